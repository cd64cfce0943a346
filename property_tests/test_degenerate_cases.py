"""What happens at the edges: one of everything, zeros, repeated rows, a network that fits already."""

import dataclasses
import math

import numpy as np
import pytest
from claimed import (
    PRECISION,
    case,
    exact,
    floats,
    fractions,
    linear_residual,
    linear_short_residual,
    refute,
    secant_residual,
    vanishes,
)
from flint import ctx
from hypothesis import given

from fa_theory import strategies
from fa_theory.model.network import alignment
from fa_theory.model.rules import Rule

RULES = (Rule.FA, Rule.BP)
PROBLEMS = strategies.problems(square_width=True)
ANY_RULE = strategies.problems(rules=RULES, square_width=True) | strategies.problems(
    rules=RULES, square_width=True, k=(1, 3)
)
UNREGULARISED = strategies.schedules(max_lam=0.0)

EDGES = {
    "n = 1": {"n": (1, 1)},
    "d = 1": {"d": (1, 1)},
    "p = 1": {"p": (1, 1)},
    "n = d = p = 1": {"n": (1, 1), "d": (1, 1), "p": (1, 1)},
    "n > d": {"n": (3, 4), "d": (1, 2)},
    "λ = 0": {"schedule": UNREGULARISED},
}


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES)
def test_identities_at_small_sizes(edge):
    """(★) and, for ψ = id, both forms of S2 hold where sizes are 1 or λ = 0."""

    @given(strategies.problems(square_width=True, **{"p": (1, 4), **edge}))
    def check(problem):
        with ctx.workprec(PRECISION):
            one = exact(problem)
            assert vanishes(secant_residual(one))
            if problem.network.psi.name == "linear":
                assert vanishes(linear_residual(one))
                assert vanishes(linear_short_residual(one))

    check()


@pytest.mark.parametrize("name", ["W", "beta", "b"])
@given(problem=PROBLEMS)
def test_identities_with_zero_weights(name, problem):
    """(★) holds with W = 0 (every ReLU at its kink), β = 0 and b = 0."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        zero = 0 * getattr(one.network, name)
        assert vanishes(secant_residual(one._replace(network=dataclasses.replace(one.network, **{name: zero}))))


@given(PROBLEMS)
def test_identities_with_zero_targets(problem):
    """(★) holds with y = 0."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        assert vanishes(secant_residual(one._replace(y=0 * one.y)))


@given(ANY_RULE)
def test_a_network_that_fits_stays(problem):
    """e = 0 is an equilibrium for λ = 0, bit for bit; with λ > 0 only β shrinks, by 1 − ηλ."""
    one = floats(problem)
    fits = one._replace(y=one.network.output(one.X))
    assert not np.any(fits.error())
    still = fits._replace(lam=0).after()
    np.testing.assert_array_equal(still.W, one.network.W)
    np.testing.assert_array_equal(still.beta, one.network.beta)
    shrunk = fits.after()
    np.testing.assert_array_equal(shrunk.W, one.network.W)
    np.testing.assert_array_equal(shrunk.beta, (1 - one.eta * one.lam) * one.network.beta)


@given(ANY_RULE)
def test_no_feedback_no_first_layer_learning(problem):
    """W stays for b = 0 under FA, and for β = 0 under BP; H = 0 in both."""
    one = floats(problem)
    zero = 0 * one.network.b
    for rule, name in ((Rule.FA, "b"), (Rule.BP, "beta")):
        still = one._replace(network=dataclasses.replace(one.network, **{name: zero}), rule=rule)
        np.testing.assert_array_equal(still.after().W, one.network.W)
        if still.network.single_output:
            assert not np.any(still.network.feedback_gram(one.X))


@given(strategies.networks())
def test_alignment_with_a_zero_vector_is_undefined(network):
    """cos∠(b, 0) is nan, without a warning; otherwise it lies in [−1, 1]."""
    assert math.isnan(alignment(network.b, 0 * network.b))
    cosine = alignment(network.b, network.beta)
    if np.any(network.b) and np.any(network.beta):
        assert abs(cosine) <= 1 + 1e-12
    else:
        assert math.isnan(cosine)


@given(ANY_RULE)
def test_zero_row(problem):
    """A zero input moves no w_r: the step of W is the one without that sample."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        X = np.concatenate([one.X, 0 * one.X[:1]])
        y = np.concatenate([one.y, one.y[:1]])
        assert vanishes(one._replace(X=X, y=y).after().W - one.after().W)


@given(PROBLEMS)
def test_zero_row_is_never_fitted(problem):
    """With ψ(0) = 0 a zero input's error stays −y: the Gram matrices are singular and e cannot vanish."""
    if problem.network.psi.name in ("sigmoid", "softplus"):
        return
    with ctx.workprec(PRECISION):
        one = exact(problem)
        zero = one._replace(X=np.concatenate([one.X, 0 * one.X[:1]]), y=np.concatenate([one.y, one.y[:1]]))
        assert vanishes(zero.error()[-1] + one.y[0])
        assert vanishes(zero.error_after()[-1] + one.y[0])
        assert vanishes(zero.network.gram(zero.X)[-1])


@given(ANY_RULE)
def test_repeated_rows_stay_repeated(problem):
    """Two equal inputs get equal outputs for ever: contradicting targets keep their difference."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        twice = one._replace(X=np.concatenate([one.X, one.X[:1]]), y=np.concatenate([one.y, one.y[:1] + 1]))
        assert vanishes(twice.error_after()[0] - twice.error_after()[-1] - 1)


@given(strategies.problems(psi=strategies.activations(names=["linear"]), n=(2, 4), d=(1, 1), square_width=True))
def test_linear_network_with_more_samples_than_inputs(problem):
    """ψ = id, n > d: γ = 0, and the part of e outside the column space of X never moves (λ = 0)."""
    one = case(problem, fractions)._replace(lam=0)
    x = one.X[:, 0]
    for v in x[0] * fractions(np.eye(problem.n)) - np.outer(x, fractions(np.eye(problem.n))[0]):
        assert v @ x == 0
        assert v @ one.error_after() == v @ one.error()


@given(ANY_RULE)
def test_zero_initialisation_of_relu(problem):
    """ReLU with W = 0 and ψ'(0) = 0 is stuck for λ = 0: no feature, no slope, no learning."""
    if problem.network.psi.name != "relu":
        return
    one = floats(problem)._replace(lam=0)
    stuck = one._replace(network=dataclasses.replace(one.network, W=0 * one.network.W))
    assert not np.any(stuck.after().W)
    np.testing.assert_array_equal(stuck.after().beta, one.network.beta)


def test_fitting_is_no_equilibrium_with_regularisation():
    """Mutant: "e = 0 stays 0" with λ > 0."""

    def claim(problem):
        one = floats(problem)
        fits = one._replace(y=one.network.output(one.X))
        return not np.any(fits.error_after())

    smallest = refute(PROBLEMS, claim)
    assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)
    assert smallest.schedule(0) > 0


def test_zero_rows_of_sigmoid_learn():
    """Mutant: "a zero input's error never moves" needs ψ(0) = 0."""

    def claim(problem):
        one = exact(problem)._replace(lam=0)
        zero = one._replace(X=0 * one.X)
        return vanishes(zero.error_after() - zero.error())

    sigmoid = strategies.problems(psi=strategies.activations(names=["sigmoid", "softplus"]))
    assert refute(sigmoid, claim).p == 1
