"""The strategies themselves: planted false claims must shrink to small, readable networks; misuse must not pass."""

import math

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis.vendor.pretty import pretty

from fa_theory import strategies
from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.network import Network, alignment
from fa_theory.model.problem import Problem
from fa_theory.model.rules import RULES, Rule, step
from fa_theory.model.schedules import Schedule


def norms(problem):
    """‖e‖ before and after one step."""
    net, X, y = problem.network, problem.X, problem.y
    after = step(net, X, y, eta=problem.eta, lam=problem.schedule(0), rule=problem.rule)
    return [float(np.linalg.norm(state.error(X, y))) for state in (net, after)]


def b_beta_falls(problem):
    net = problem.network
    after = step(net, problem.X, problem.y, eta=problem.eta, lam=problem.schedule(0))
    return net.b @ after.beta < net.b @ net.beta


PLANTED = {
    "the error norm never grows": (strategies.problems(), lambda problem: norms(problem)[1] > norms(problem)[0] + 1e-9),
    "it never grows for tanh with η ≤ 1": (
        strategies.problems(psi=strategies.activations(names=["tanh"])),
        lambda problem: norms(problem)[1] > norms(problem)[0] + 1e-9,
    ),
    "it never grows twofold without regularisation": (
        strategies.problems(schedule=strategies.schedules(max_lam=0)),
        lambda problem: norms(problem)[1] > 2 * norms(problem)[0],
    ),
    "b·β never falls": (strategies.problems(), b_beta_falls),
    "b and β are never opposed": (
        strategies.problems(),
        lambda problem: alignment(problem.network.b, problem.network.beta) < -0.1,
    ),
    "no ReLU neuron sits at its kink": (
        strategies.problems(psi=strategies.activations(names=["relu"])),
        lambda problem: np.any(problem.network.preactivations(problem.X) == 0),
    ),
}


@pytest.mark.parametrize(("problems", "violates"), PLANTED.values(), ids=PLANTED)
def test_planted_claims_shrink(problems, violates):
    """A false claim is found and shrinks to next to nothing, with entries that are short, and prints on three lines."""
    smallest = find(problems, violates)
    assert smallest.n + smallest.d + smallest.p <= 5
    net = smallest.network
    entries = np.concatenate([A.ravel() for A in (smallest.X, smallest.y, net.W, net.beta, net.b)])
    assert np.all(entries * 16 == np.round(entries * 16))
    assert np.all(abs(entries) <= 4)
    assert len(repr(smallest)) < 300


@pytest.mark.parametrize("claim", ["the error norm never grows", "b·β never falls", "b and β are never opposed"])
def test_the_smallest_counterexample_has_one_of_everything(claim):
    """Where one linear neuron and one sample suffice, that is what comes out, unregularised."""
    smallest = find(*PLANTED[claim])
    net = smallest.network
    assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)
    assert (net.psi, smallest.eta, smallest.schedule, smallest.rule) == (activation("linear"), 1, Schedule(), Rule.FA)
    assert len(repr(smallest)) < 240


@pytest.mark.parametrize(
    ("strategy", "wanted", "sizes"),
    [
        (strategies.problems(), lambda problem: problem.n > problem.d, (2, 1, 1)),
        (strategies.problems(), lambda problem: problem.p == 3, (1, 1, 3)),
        (strategies.problems(full_rank=True), lambda problem: np.linalg.matrix_rank(problem.X) == 2, (2, 2, 1)),
        (strategies.problems(d=(2, 4)), lambda problem: np.linalg.matrix_rank(problem.X) < problem.n, (2, 2, 1)),
        (strategies.problems(k=(2, 2)), lambda problem: problem.y.shape[1] == 2, (1, 1, 1)),
    ],
)
def test_other_minima(strategy, wanted, sizes):
    """Sizes shrink to what the claim needs and no further."""
    smallest = find(strategy, wanted)
    assert (smallest.n, smallest.d, smallest.p) == sizes


ENTRYWISE = tuple(rule for rule in RULES.values() if rule.entrywise)
MADE_OF = (Problem, Network, Schedule, Rule)

DEGENERATE = {
    "b = 0": lambda problem: not np.any(problem.network.b),
    "β = 0": lambda problem: not np.any(problem.network.beta),
    "W = 0": lambda problem: not np.any(problem.network.W),
    "y = 0": lambda problem: not np.any(problem.y),
    "X = 0": lambda problem: not np.any(problem.X),
    "a zero row": lambda problem: problem.n > 1 and np.any(problem.X) and not np.all(np.any(problem.X, axis=1)),
    "repeated rows": lambda problem: problem.n > 1 and np.any(problem.X) and np.ptp(problem.X, axis=0).max() == 0,
    "rank 1 of 3": lambda problem: problem.X.shape == (3, 3) and np.linalg.matrix_rank(problem.X) == 1,
    "rank 3 of 3": lambda problem: problem.X.shape == (3, 3) and np.linalg.matrix_rank(problem.X) == 3,
    "λ = 0": lambda problem: problem.schedule.lam == 0,
    "λ for ever": lambda problem: problem.schedule.lam > 0 and problem.schedule.off_from is None,
    "cutoff at once": lambda problem: problem.schedule.lam > 0 and problem.schedule.off_from == 0,
    "e = 0": lambda problem: not np.any(problem.network.error(problem.X, problem.y)),
}


@pytest.mark.parametrize("degenerate", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_cases_are_reachable(degenerate):
    """Every degenerate case the claims must speak about is drawn."""
    find(strategies.problems(), degenerate)


@pytest.mark.parametrize("rank", range(5))
def test_every_rank_is_reachable(rank):
    """X of shape (4, 4) has every rank from 0 to 4, without being constant."""
    find(
        strategies.datasets(n=(4, 4), d=(4, 4)),
        lambda data: np.linalg.matrix_rank(data[0]) == rank and (rank == 0 or len(np.unique(data[0])) > 2),
        settings=settings(max_examples=500),
    )


@given(
    strategies.problems(n=(2, 3), d=(1, 2), p=(4, 9), rules=ENTRYWISE, square_width=True)
    | strategies.problems(n=(2, 3), d=(1, 2), p=(4, 9), k=(2, 3), rules=ENTRYWISE, square_width=True)
)
def test_options_are_respected(problem):
    """Sizes lie in their ranges, entries are short dyadics, and what Hypothesis prints rebuilds the problem."""
    assert 2 <= problem.n <= 3
    assert 1 <= problem.d <= 2
    assert problem.p in (4, 9)
    again = eval(
        pretty(problem), {"array": np.array, **{made.__name__: made for made in MADE_OF}, "activation": activation}
    )
    for mine, theirs in [
        (problem.X, again.X),
        (problem.y, again.y),
        (problem.network.W, again.network.W),
        (problem.network.beta, again.network.beta),
        (problem.network.b, again.network.b),
    ]:
        np.testing.assert_array_equal(mine, theirs)
        assert np.all(mine * 16 == np.round(mine * 16))
        assert not np.any(np.signbit(mine) & (mine == 0))
    assert (problem.network.psi, problem.eta, problem.schedule, problem.rule) == (
        again.network.psi,
        again.eta,
        again.schedule,
        again.rule,
    )


@given(strategies.problems(full_rank=True))
def test_full_rank(problem):
    """``full_rank`` means rank min(n, d)."""
    assert np.linalg.matrix_rank(problem.X) == min(problem.n, problem.d)


@given(strategies.schedules(max_lam=0.5, max_cutoff=2))
def test_schedules_stay_in_their_domain(schedule):
    """λ ≤ max_lam and the cutoff ≤ max_cutoff."""
    assert 0 <= schedule.lam <= 0.5
    assert schedule.cutoff is None or 0 <= schedule.cutoff <= 2
    assert math.isfinite(schedule(10))


MISUSE = {
    "reversed range": lambda: strategies.sizes(n=(3, 1)),
    "range from 0": lambda: strategies.problems(p=(0, 3)),
    "range of floats": lambda: strategies.networks(d=(1.0, 2.0)),
    "range of bools": lambda: strategies.networks(d=(True, True)),
    "no range": lambda: strategies.datasets(n=3),
    "outputs from 0": lambda: strategies.datasets(k=(0, 1)),
    "no square width": lambda: strategies.problems(p=(5, 8), square_width=True),
    "unknown activation": lambda: strategies.activations(names=["thanh"]),
    "no activation": lambda: strategies.activations(names=[]),
    "one name as text": lambda: strategies.activations(names="tanh"),
    "activation for a strategy": lambda: strategies.networks(psi=activation("tanh")),
    "name for a strategy": lambda: strategies.problems(psi="tanh"),
    "schedule for a strategy": lambda: strategies.problems(schedule=Schedule()),
    "negative lam": lambda: strategies.schedules(max_lam=-1),
    "nan lam": lambda: strategies.schedules(max_lam=math.nan),
    "negative cutoff": lambda: strategies.schedules(max_cutoff=-1),
    "no rules": lambda: strategies.problems(rules=()),
    "a name of no rule": lambda: strategies.problems(rules=["sgd"]),
    "one rule": lambda: strategies.problems(rules=Rule.FA),
}


@pytest.mark.parametrize("misuse", MISUSE.values(), ids=MISUSE)
def test_misuse_fails_at_the_call(misuse):
    """A wrong option raises InputError when the strategy is made, not when the first example is drawn."""
    with pytest.raises(InputError, match=r"but got|unknown"):
        misuse()
