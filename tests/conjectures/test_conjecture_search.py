"""The search finds needles, reports nothing outside a domain, counts honestly, and can be repeated."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
from scipy import stats

from fa_theory.conjectures import (
    BestConstant,
    Conjecture,
    Domain,
    Run,
    conjecture,
    equal,
    inner,
    log,
    norm,
    smallest,
    sqrt,
)
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.networks import PARTS, Networks
from fa_theory.conjectures.search import Attack, AttackProgress, Search, Violation, attack
from fa_theory.conjectures.search.descent import Chart, Coordinates, _exchanged, methods
from fa_theory.conjectures.search.pool import DECAYS, STEP_SIZES, Pool
from fa_theory.conjectures.search.severity import severity
from fa_theory.conjectures.search.shapes import shapes
from fa_theory.errors import InputError

SMALL = Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation=("linear", "tanh"), eta=(0.01, 1.0))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def first(found: Conjecture, seed: int = 0, trials: int = 400_000) -> Violation | None:
    return next(Search(found, rng=rng(seed)).violations(trials=trials), None)


def assert_valid(found: Conjecture, network: Networks) -> None:
    """A network of the domain satisfies the hypotheses and violates the conclusion."""
    assert len(network) == 1
    assert_inside(found.domain, network)
    value = Evaluator(network)
    assert all(value(margin)[0] >= 0 for margin in found.hypothesis_margins.values())
    margin = value(found.margin)[0]
    assert margin < 0 or (found.strict and margin == 0)


def assert_inside(domain: Domain, network: Networks) -> None:
    """All networks of a batch belong to the domain."""
    assert domain.contains_shape(network.shape)
    projected = domain.project(network)
    for name in PARTS:
        np.testing.assert_allclose(getattr(projected, name), getattr(network, name), rtol=0, atol=1e-12)


# needles


@conjecture(SMALL)
def error_never_grows(run: Run) -> object:
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(
    Domain(n=2, d=(2, 3), p=(2, 4), inputs="sphere", eta=(0.01, 0.1)),
    assuming={
        "nearly collinear": lambda run: (run.X @ run.X.T)[0, 1] >= 0.99,
        "anti-aligned": lambda run: run[0].alignment <= -0.9,
    },
)
def collinear_and_anti_aligned(run: Run) -> object:
    return run[1].loss <= 1.02 * run[0].loss


@conjecture(Domain(n=2, d=2, p=(1, 3)))
def no_determinant_meets_a_point(run: Run) -> object:
    determinant = run.X[0, 0] * run.X[1, 1] - run.X[0, 1] * run.X[1, 0]
    return abs(determinant - 0.7) + abs(run.y[0] - 3) + abs(run[0].beta[0] + 2.5) >= 0.02


@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(2, 4), k=2, activation="tanh"),
    assuming={
        "aligned": lambda run: inner(run.b, run[0].beta) >= 0.9 * norm(run.b) * norm(run[0].beta),
    },
)
def aligned_outputs_descend(run: Run) -> object:
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@conjecture(
    Domain(n=1, d=(1, 2), p=(1, 2), eta=(0.01, 0.1), inputs="sphere", targets="bounded"),
    assuming={"balanced": lambda run: [smallest(run.b * run[0].beta) >= norm(run[0].W) ** 2 / 2, norm(run.b) <= 1]},
)
def balance_survives_a_step(run: Run) -> object:
    """Fails in a sliver near W = 0, where the relative margin is ±1 and tells no direction."""
    return inner(run.b, run[1].beta) >= 0


@conjecture(Domain(n=2, d=2, p=2, activation="relu", steps=0))
def no_neuron_at_a_kink(run: Run) -> object:
    return smallest(abs(run[0].preactivations)) > 0


@conjecture(
    Domain(n=1, d=1, p=1, eta=0.1, inputs="sphere", targets="bounded"),
    assuming={
        "moderate": lambda run: [norm(run[0].W) <= 1, norm(run.b) <= 1, norm(run[0].beta) <= 1],
        "aligned": lambda run: smallest(run.b * run[0].beta) >= 0.0022,
    },
)
def barely_aligned_never_hurts(run: Run) -> object:
    """Fails at b = 1, β = 0.0022 only, while the margin is as small all along b β = 0.0022."""
    return norm(run[1].error) <= norm(run[0].error)


NEEDLES = [
    barely_aligned_never_hurts,
    error_never_grows,
    collinear_and_anti_aligned,
    no_determinant_meets_a_point,
    aligned_outputs_descend,
    balance_survives_a_step,
    no_neuron_at_a_kink,
]


@pytest.mark.parametrize("needle", NEEDLES, ids=lambda needle: needle.name)
@pytest.mark.parametrize("seed", [0, 1])
def test_needles_are_found(needle: Conjecture, seed: int) -> None:
    violation = first(needle, seed)
    assert violation is not None
    assert_valid(needle, violation.network)


def test_the_attack_goes_on_after_a_violation_towards_simpler_ones() -> None:
    search = Search(error_never_grows, rng=rng())
    found = list(itertools.islice(search.violations(trials=5000), 5))
    assert search.attack.first is found[0]
    more = list(search.violations(trials=10_000))
    assert search.attack.n_trials >= 10_000
    for violation in [*found, *more]:
        assert_valid(error_never_grows, violation.network)
    assert search.attack.candidates[0].shape == error_never_grows.domain.smallest()
    assert len(found) + len(more) < 500


# nothing outside the domain

DOMAINS = [
    Domain(n=(1, 3), d=(1, 3), p=(1, 4), inputs="sphere", feedback="sign", lam=(0.0, 1.0)),
    Domain(n=(1, 3), d=(1, 3), p=(1, 4), inputs="ball", targets="bounded", feedback="tied"),
    Domain(n=(1, 3), d=(1, 3), p=(1, 4), inputs="orthonormal", targets="zero", k=(1, 2), steps=(0, 3)),
    Domain(n=2, d=2, p=2, W_scale=0, beta_scale=0, activation="relu", rule="sign", cutoff=1, lam=0.1, steps=2),
]


@pytest.mark.parametrize("domain", DOMAINS)
def test_nothing_outside_the_domain_or_the_hypotheses_is_reported(domain: Domain) -> None:
    @conjecture(
        domain,
        assuming={"y and X": lambda run: 2 + run.X[0, 0] - norm(run.y), "small W": lambda run: 3 - norm(run[0].W)},
    )
    def never(run: Run) -> object:
        return -1 - norm(run[0].W) * run.eta

    search = Search(never, rng=rng())
    found = list(search.violations(trials=10_000))
    assert {"law", "structured", "mutate"} <= set(search.attack.sources)
    assert search.attack.violations
    for network in (*search.attack.candidates, *(violation.network for violation in found)):
        assert_valid(never, network)


@pytest.mark.parametrize("name", ["mutate", "gradient", "evolve"])
@pytest.mark.parametrize("domain", DOMAINS)
def test_local_search_stays_in_the_domain_and_goes_down(domain: Domain, name: str) -> None:
    at = Coordinates(domain, shapes(domain)[-1])
    start = domain.sample(at.shape, rng(1), 8)
    method = methods(at)[name](at, lambda: start, rng(2))
    asked, best = next(method), []
    for _ in range(12):
        assert_inside(domain, asked)
        objective = np.sum(asked.X**2, axis=(1, 2)) + np.sum(asked.b**2, axis=tuple(range(1, asked.b.ndim)))
        best.append(objective.min())
        asked = method.send(objective)
    assert min(best[1:]) <= best[0]


def test_the_worst_of_every_regime_are_kept() -> None:
    """Where margins are proportional to η, the networks of the smallest η do not crowd out the others."""
    domain = Domain(n=1, d=1, p=1, eta=(0.01, 1.0), lam=(0.0, 1.0))
    pool = Pool(domain)
    for seed in range(3):
        drawn = domain.sample(domain.smallest(), rng(seed), 200)
        pool.add(drawn, drawn.eta)
    assert len(pool.regimes) == STEP_SIZES * DECAYS
    started = [pool.start(rng(seed)) for seed in range(30)]
    assert all((np.diff(networks.eta) > 0).all() for networks in started)  # the worst first
    assert min(networks.eta.min() for networks in started) == pool.best
    assert max(networks.eta.min() for networks in started) > 0.2
    assert len({networks.lam.max() < 0.5 for networks in started}) == 2


def test_layers_are_rescaled_by_the_same_factor() -> None:
    """One of three layers becomes larger and another one smaller: some product of two is as it was."""
    domain = Domain(n=1, d=2, p=3)
    networks = domain.sample(domain.smallest(), rng(), 50)
    chosen = np.arange(50) < 40
    made = _exchanged(networks, chosen, rng(1))
    before, after = ((n.W[:, :, 0], n.beta, n.b) for n in (networks, made))
    kept = [np.allclose(u * v, s * t) for (u, s), (v, t) in itertools.combinations(zip(before, after, strict=True), 2)]
    assert kept.count(True) == 1
    changed = [not np.array_equal(u, v) for u, v in zip(before, after, strict=True)]
    assert changed.count(True) == 2
    for name in PARTS:
        np.testing.assert_array_equal(getattr(made, name)[40:], getattr(networks, name)[40:])


@pytest.mark.parametrize("seed", range(8))
def test_a_chart_starts_at_its_point(seed: int) -> None:
    domain = Domain(n=1, d=2, p=2, eta=(0.1, 0.5), lam=(0.0, 1.0))
    at = Coordinates(domain, domain.smallest())
    x = at.points(domain.sample(domain.smallest(), rng(seed), 1))[0]
    x[3] = 0
    chart = Chart.drawn(at, x, rng(seed))
    np.testing.assert_allclose(chart.points(chart.origin[None])[0], chart.x)
    eta, lam = at.rates
    assert (eta, lam) == (at.dimension - 2, at.dimension - 1)
    same = np.delete(np.arange(len(x)), [eta, lam])
    np.testing.assert_array_equal(chart.x[same], x[same])
    assert chart.free[eta] == chart.free[lam]
    if not chart.free[eta]:
        assert np.exp(chart.x[eta]) == pytest.approx(0.1) or np.exp(chart.x[eta]) == pytest.approx(0.5)
    moved = chart.points(chart.origin[None] + 1)[0]
    np.testing.assert_array_equal(moved[~chart.free], chart.x[~chart.free])
    assert (np.sign(moved) == np.sign(chart.x))[same].all() or not chart.scaled.any()


def test_large_networks_are_not_asked_for_gradients_or_covariances() -> None:
    domain = Domain(n=100, d=100, p=1000)
    assert set(methods(Coordinates(domain, domain.smallest()))) == {"mutate"}


def test_a_true_conjecture_is_not_violated_by_rounding() -> None:
    @conjecture(Domain(n=(1, 4), d=(1, 4), p=(1, 6), activation="tanh", eta=(0.01, 1.0), steps=3))
    def definition(run: Run) -> object:
        return [
            equal(run[1].W, run[0].W - run.eta * run[0].feedback_W),
            equal(run[0].loss, norm(run[0].error) ** 2 / 2),
        ]

    found = attack(definition, rng=rng(), trials=20_000)
    assert all(violation.tied for violation in found.violations)
    assert not found.law.failing
    assert found.law.tied
    assert found.smallest == 0


# repeatable


def fingerprint(found: Attack) -> tuple[object, ...]:
    candidates = [[getattr(network, name).tolist() for name in PARTS] for network in found.candidates]
    return found.n_trials, found.sources, found.law, found.smallest, candidates


def test_an_attack_limited_by_trials_can_be_repeated() -> None:
    needle = collinear_and_anti_aligned
    slowly = attack(needle, rng=rng(3), trials=5000, notify=lambda progress: time.sleep(0.001))
    again = attack(needle, rng=rng(3), trials=5000)
    assert fingerprint(slowly) == fingerprint(again)
    assert fingerprint(again) != fingerprint(attack(needle, rng=rng(4), trials=5000))


def test_an_attack_in_two_parts_is_the_same_attack() -> None:
    search = Search(collinear_and_anti_aligned, rng=rng(5))
    next(search.violations())
    assert search.attack.n_trials < 10_000
    for _ in search.violations(trials=10_000):
        pass
    assert fingerprint(search.attack) == fingerprint(attack(collinear_and_anti_aligned, rng=rng(5), trials=10_000))


def test_it_stops_at_the_deadline_and_tells_how_it_goes() -> None:
    @conjecture(SMALL)
    def loss_is_not_negative(run: Run) -> object:
        return run[0].loss >= 0

    told: list[AttackProgress] = []
    begin = time.monotonic()
    with effort.metered() as meter:
        found = attack(loss_is_not_negative, rng=rng(), deadline=0.3, notify=told.append)
    assert time.monotonic() - begin < 30
    assert 0.3 <= meter.seconds < 0.4
    assert not meter.struck
    assert told[-1].trials == found.n_trials == sum(found.sources.values())
    assert told[-1].smallest == found.smallest
    smallest_so_far = [progress.smallest for progress in told]
    assert smallest_so_far == sorted(smallest_so_far, reverse=True)


# honest counts


def test_only_draws_from_the_law_count() -> None:
    @conjecture(Domain(n=1, d=1, p=1, steps=0), assuming={"b is positive": lambda run: run.b[0] >= 0})
    def beta_is_at_most_one(run: Run) -> object:
        return run[0].beta[0] <= 1

    law = attack(beta_is_at_most_one, rng=rng(), trials=20_000).law
    assert 4000 < law.drawn < 20_000
    assert stats.binomtest(law.accepted, law.drawn, 0.5).pvalue > 1e-4
    assert stats.binomtest(law.failing, law.accepted, stats.norm.sf(1)).pvalue > 1e-4
    assert law.undefined == 0


def test_shapes_of_the_law_have_the_odds_of_the_domain() -> None:
    domain = Domain(n=(1, 4), d=1, p=1, steps=0)

    @conjecture(domain)
    def single_sample(run: Run) -> object:
        return run.n <= 1.5

    law = attack(single_sample, rng=rng(), trials=20_000).law
    draws = rng(7)
    single = float(np.mean([domain.random_shape(draws).n == 1 for _ in range(20_000)]))
    assert abs(law.failing / law.drawn - (1 - single)) < 5 * math.sqrt(0.25 / law.drawn + 0.25 / 20_000)


def test_runs_that_leave_the_numbers_are_counted_as_undefined() -> None:
    @conjecture(Domain(n=2, d=2, p=2, eta=(5.0, 10.0), steps=40))
    def difference(run: Run) -> object:
        return (norm(run[-1].error) - norm(run[-1].W)) ** 2 + 1

    found = attack(difference, rng=rng(), trials=3000)
    assert found.undefined > 0
    assert found.law.undefined > 0
    assert not found.violations


# what is not a number


def test_nan_out_of_finite_numbers_names_file_and_line() -> None:
    @conjecture(Domain(n=1, d=1, p=2))
    def entropy(run: Run) -> object:
        return 1 - log(run[0].alignment)

    line = entropy.conclusion.__code__.co_firstlineno + 2
    with pytest.raises(InputError, match=rf"test_conjecture_search\.py, line {line}: entropy is not defined"):
        attack(entropy, rng=rng(), trials=10_000)


def test_nan_in_a_hypothesis_is_reported_too() -> None:
    @conjecture(Domain(n=1, d=1, p=2), assuming={"root": lambda run: sqrt(run.y[0]) >= 0})
    def anything(run: Run) -> object:
        return run.eta > 0

    with pytest.raises(InputError, match=r"is not defined \(NaN\)"):
        attack(anything, rng=rng(), trials=10_000)


def test_a_point_of_probability_0_where_nothing_is_defined_is_no_error() -> None:
    @conjecture(Domain(n=1, d=1, p=2))
    def bounded(run: Run) -> object:
        return run[0].alignment <= 2  # 0/0 where b = 0

    found = attack(bounded, rng=rng(), trials=20_000)
    assert found.undefined > found.law.undefined == 0


# best constants


def test_the_best_constant_is_approached() -> None:
    @conjecture(Domain(n=1, d=1, p=(1, 4)), quantifier=BestConstant())
    def largest_alignment(run: Run) -> object:
        return 3 * run[0].alignment - run[0].alignment ** 2

    found = attack(largest_alignment, rng=rng(), trials=10_000)
    assert not found.violations
    assert found.smallest == pytest.approx(-2, abs=1e-6)
    assert found.where is not None


@pytest.mark.parametrize(("claimed", "false"), [(1.9, True), (2.1, False)])
def test_a_claimed_constant_is_attacked(claimed: float, false: bool) -> None:
    @conjecture(Domain(n=1, d=1, p=(1, 4)), quantifier=BestConstant(claimed))
    def largest_alignment(run: Run) -> object:
        return 3 * run[0].alignment - run[0].alignment ** 2

    assert bool(attack(largest_alignment, rng=rng(), trials=20_000).violations) is false


# severities


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_severities_have_no_unit(scale: float) -> None:
    run = Run(steps=1)
    networks = SMALL.sample(SMALL.smallest(), rng(), 50)
    networks = networks.replace(y=scale * networks.y, beta=scale * networks.beta)
    shown = Evaluator(networks)(severity((norm(run[0].error) <= 0.9 * norm(run.y)).margin))
    known = Evaluator(networks.replace(y=networks.y / scale, beta=networks.beta / scale))(
        severity((norm(run[0].error) <= 0.9 * norm(run.y)).margin)
    )
    np.testing.assert_allclose(shown, known, rtol=1e-9)
    assert (abs(shown) <= 1).all()
