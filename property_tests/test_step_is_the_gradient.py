"""The step against the flow and against finite differences of the loss: no automatic differentiation involved."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from claimed import PRECISION, Case, case, exact, floats, refute, vanishes
from flint import ctx
from hypothesis import assume, given

from fa_theory import strategies
from fa_theory.model.ball import balls
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule

ONE_OUTPUT = strategies.problems()
ANY_RULE = strategies.problems(rules=(Rule.FA, Rule.BP))
SEVERAL_OUTPUTS = strategies.problems(k=(1, 3), rules=(Rule.FA, Rule.BP))
TINY = Fraction(1, 2**40)  # with 300 bits, differences over it keep 200


def off_the_kinks(one: Case) -> bool:
    """Whether ψ is differentiable at every pre-activation; differences across a kink of ReLU have no limit."""
    return one.network.psi.name != "relu" or all(z != 0 for z in one.network.preactivations(one.X).flat)


def flow_gap(one: Case, eta: Fraction):
    """``(e(η) − e)/η + (G + H) e``, which has to vanish with η."""
    net, X, e = one.network, one.X, one.error()
    rate = (net.gram(X) + net.feedback_gram(X)) @ e
    return (one._replace(eta=eta, lam=0).error_after() - e) / eta + rate


def follows_the_flow(one: Case, gap=flow_gap) -> bool:
    coarse, fine = gap(one, TINY), gap(one, TINY / 2)
    # first order: the gap halves with η, up to η²
    return all(abs(x).upper < 1e-6 for x in coarse) and all(abs(x).upper < 1e-15 for x in 2 * fine - coarse)


@given(ONE_OUTPUT)
def test_small_steps_follow_the_flow(problem):
    """song2021.error-flow (S1): ``(e⁺ − e)/η = −(G + H) e + O(η)``, and the gap halves when η does."""
    with ctx.workprec(PRECISION):
        one = case(problem, balls)
        assume(off_the_kinks(one))
        assert follows_the_flow(one)


def test_flow_without_feedback_is_refuted():
    """Mutant of S1: ``ė = −G e``."""

    def gap(one, eta):
        return flow_gap(one, eta) - one.network.feedback_gram(one.X) @ one.error()

    with ctx.workprec(PRECISION):
        smallest = refute(
            strategies.problems(psi=strategies.activations(names=["linear", "tanh"])),
            lambda problem: follows_the_flow(case(problem, balls), gap),
        )
    assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)


def loss(net: Network, X, y):
    e = net.error(X, y)
    return np.sum(e * e) / 2


def gradient(one: Case, name: str):
    """Central differences of ``½‖e‖²`` in every entry of W or β."""
    weights = getattr(one.network, name)
    slopes = np.empty_like(weights)
    for index in np.ndindex(weights.shape):
        nudge = np.zeros(weights.shape, dtype=object)
        nudge[index] = TINY
        up, down = (dataclasses.replace(one.network, **{name: weights + sign * nudge}) for sign in (1, -1))
        slopes[index] = (loss(up, one.X, one.y) - loss(down, one.X, one.y)) / (2 * TINY)
    return slopes


def step_is_gradient(one: Case) -> bool:
    after, close = one.after(), 1e-15
    first = (one.network.W - after.W) / one.eta - gradient(one, "W")
    second = (one.network.beta - after.beta) / one.eta - one.lam * one.network.beta - gradient(one, "beta")
    return all(abs(x).upper < close for x in [*first.flat, *second.flat])


@pytest.mark.parametrize("problems", [ONE_OUTPUT, SEVERAL_OUTPUTS], ids=["one output", "several outputs"])
def test_backpropagation_is_gradient_descent(problems):
    """BP moves W and β down the gradient of ``½‖e‖²`` (plus ηλβ), by central differences, both layers."""

    @given(problems)
    def check(problem):
        with ctx.workprec(PRECISION):
            one = case(problem, balls)._replace(rule=Rule.BP)
            assume(off_the_kinks(one))
            assert step_is_gradient(one)

    check()


def test_feedback_alignment_is_not_gradient_descent():
    """Mutant: the same claim for FA is refuted by a network with one of everything."""
    with ctx.workprec(PRECISION):
        smallest = refute(
            strategies.problems(psi=strategies.activations(names=["linear"])),
            lambda problem: step_is_gradient(case(problem, balls)),
        )
    assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)
    assert smallest.network.b != smallest.network.beta


@given(SEVERAL_OUTPUTS | ANY_RULE)
def test_rules_agree_when_feedback_equals_output_weights(problem):
    """FA with ``b = β`` is BP, bit for bit, for one and for several outputs."""
    one = floats(problem)
    tied = one._replace(network=dataclasses.replace(one.network, b=one.network.beta))
    fa, bp = tied._replace(rule=Rule.FA).after(), tied._replace(rule=Rule.BP).after()
    np.testing.assert_array_equal(fa.W, bp.W)
    np.testing.assert_array_equal(fa.beta, bp.beta)


@given(SEVERAL_OUTPUTS | ANY_RULE)
def test_second_layer_ignores_the_feedback(problem):
    """β moves alike under FA and BP; FA leaves b alone."""
    one = floats(problem)
    fa, bp = one._replace(rule=Rule.FA).after(), one._replace(rule=Rule.BP).after()
    np.testing.assert_array_equal(fa.beta, bp.beta)
    assert fa.b is one.network.b


def loops(one: Case):
    """The learning rule entry by entry, sums written out, on lists: no broadcasting that could go wrong."""
    net, X, eta, lam = one.network, one.X, one.eta, one.lam
    (p, d), n, root = net.W.shape, len(X), net.root_p
    y, beta, b = (A.reshape(len(A), -1) for A in (one.y, net.beta, net.b))
    k, back = y.shape[1], beta if one.rule is Rule.BP else b
    z = [[sum(net.W[r, j] * X[i, j] for j in range(d)) for r in range(p)] for i in range(n)]
    psi = [list(net.psi.value(np.array(row, dtype=object))) for row in z]
    slope = [list(net.psi.slope(np.array(row, dtype=object))) for row in z]
    e = [[sum(psi[i][r] * beta[r, c] for r in range(p)) / root - y[i, c] for c in range(k)] for i in range(n)]
    W = [
        [
            net.W[r, j]
            - eta / root * sum(back[r, c] * e[i][c] * slope[i][r] * X[i, j] for i in range(n) for c in range(k))
            for j in range(d)
        ]
        for r in range(p)
    ]
    out = [
        [(1 - eta * lam) * beta[r, c] - eta / root * sum(e[i][c] * psi[i][r] for i in range(n)) for c in range(k)]
        for r in range(p)
    ]
    return np.array(W, dtype=object), np.array(out, dtype=object).reshape(net.beta.shape)


@given(
    strategies.problems(rules=(Rule.FA, Rule.BP), square_width=True)
    | strategies.problems(k=(1, 3), rules=(Rule.FA, Rule.BP), square_width=True)
)
def test_step_equals_the_written_out_rule(problem):
    """The step is ``w_r⁺ = w_r − (η/√p) Σ_i (c_r·e_i) ψ'(w_r·x_i) x_i`` and its twin for β: exact where ψ is."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        W, beta = loops(one)
        assert vanishes(one.after().W - W)
        assert vanishes(one.after().beta - beta)
