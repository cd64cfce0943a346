"""The exact one-step and many-step identities of Song, Xu & Lafferty (2021), on random networks."""

import numpy as np
import pytest
from claimed import (
    PRECISION,
    case,
    exact,
    floats,
    fractions,
    holds,
    linear_residual,
    linear_short_residual,
    refute,
    secant_residual,
    secant_terms,
    vanishes,
)
from flint import ctx
from hypothesis import assume, given

from fa_theory import strategies
from fa_theory.model.ball import balls
from fa_theory.model.rules import step

PROBLEMS = strategies.problems()
SMOOTH = strategies.problems(psi=strategies.activations(names=["tanh", "erf", "sigmoid", "softplus"]))
LINEAR = strategies.problems(psi=strategies.activations(names=["linear"]))
PIECEWISE_LINEAR = strategies.problems(psi=strategies.activations(names=["linear", "relu"]), square_width=True)
FEW_NEURONS = strategies.problems(
    psi=strategies.activations(names=["linear"]), n=(1, 2), d=(1, 2), p=(1, 4), square_width=True
)


@given(PROBLEMS)
def test_secant_kernel_in_floats(problem):
    """song2021.secant-kernel (★): the float64 residual is rounding, at most 64 ulp of the terms it is made of."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one = floats(problem)
        residual, size = secant_residual(one), sum(abs(term) for term in secant_terms(one).values())
    assert np.all(abs(residual) <= 64 * np.finfo(float).eps * (size + rounding(one)))


def rounding(one):
    """Magnitude of what is added up, which may exceed the sum; a secant slope is a quotient of two small numbers."""
    net, X = one.network, one.X
    after = one.after()
    Z, Z_after = net.preactivations(X), after.preactivations(X)
    reach = abs(X) @ abs(net.W).T + abs(X) @ abs(after.W).T
    features = abs(net.psi.value(Z)) + abs(net.psi.value(Z_after))
    moved = abs(Z_after - Z)
    slope = 2 + np.where(moved > 0, (features + 2 * reach) / np.where(moved > 0, moved, 1), 0)
    f = (features + 2 * reach) @ (abs(net.beta) + abs(after.beta)) / net.root_p + abs(one.y)
    kernel = abs(X) @ abs(X).T * ((slope * abs(net.beta * net.b)) @ net.psi.slope(Z).T) / net.p
    return f + one.eta * (kernel + (features + 2 * reach) @ (features + 2 * reach).T / net.p) @ f


@given(SMOOTH)
def test_secant_kernel_in_balls(problem):
    """song2021.secant-kernel (★): the residual's enclosure contains 0 and is narrower than 1e-10, smooth ψ."""
    assert holds(secant_residual)(problem)


@given(PIECEWISE_LINEAR)
def test_secant_kernel_in_rationals(problem):
    """song2021.secant-kernel (★): for linear and ReLU, kinks included, the residual is exactly 0."""
    one = exact(problem)
    assert one.network.W.flat[0].denominator  # rationals, not balls
    assert vanishes(secant_residual(one))


@given(strategies.problems(psi=strategies.activations(names=["linear", "relu"]), p=(2, 3)))
def test_secant_kernel_at_irrational_width(problem):
    """song2021.secant-kernel (★): for linear and ReLU with irrational √p, in balls."""
    with ctx.workprec(PRECISION):
        one = case(problem, balls)
        moved = one.after().preactivations(one.X) - one.network.preactivations(one.X)
        assume(not any(x.contains(0) and not x.arb.is_exact() for x in moved.flat))  # cannot tell whether it moved
        assert vanishes(secant_residual(one))


@pytest.mark.parametrize("residual", [linear_residual, linear_short_residual])
@given(problem=strategies.problems(psi=strategies.activations(names=["linear"]), square_width=True))
def test_linear_recursion_in_rationals(residual, problem):
    """song2021.linear-recursion (S2), both forms: the residual is exactly 0."""
    assert vanishes(residual(exact(problem)))


@pytest.mark.parametrize("residual", [linear_residual, linear_short_residual])
@given(problem=LINEAR)
def test_linear_recursion_in_balls(residual, problem):
    """song2021.linear-recursion (S2), both forms, at every width: the enclosure contains 0 and is narrow."""
    assert holds(residual)(problem)


@given(LINEAR)
def test_linear_recursion_agrees_with_the_secant_kernel(problem):
    """song2021.linear-recursion (S2) and (★) predict the same error for ψ = id."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        assert vanishes(linear_residual(one) - secant_residual(one))


STEPS = 5


def closure_residuals(problem, *, forget_decay=False):
    """S3: after each of 5 steps, what W and β differ by from their closed form in 2n + 2 scalars."""
    one = case(problem, fractions)
    net, X, y, eta = one.network, one.X, one.y, one.eta
    W, beta, b, root = net.W, net.beta, net.b, net.root_p
    K = X @ X.T
    v = s = fractions(np.zeros(problem.n))
    r, a = fractions(np.array([1, 0]))
    for t in range(STEPS):
        lam = fractions(np.array([problem.schedule(t)]))[0]
        e = net.error(X, y)
        net = step(net, X, y, eta=eta, lam=lam)
        decay = 1 - eta * lam
        r, a = decay * r, decay * a + eta / net.p * (s @ K @ e)
        v = (1 if forget_decay else decay) * v + eta * e
        s = s + eta * e
        yield net.W - (W - np.outer(b, s @ X) / root)
        yield net.beta - (r * beta - W @ X.T @ v / root + a * b)


@given(strategies.problems(psi=strategies.activations(names=["linear"]), square_width=True))
def test_linear_closure(problem):
    """song2021.linear-closure (S3): the dynamics close in 2n + 2 scalars, exactly, over 5 steps and any schedule."""
    for residual in closure_residuals(problem):
        assert vanishes(residual)


@given(PIECEWISE_LINEAR)
def test_free_energy_grows_by_the_squared_step(problem):
    """Linear and ReLU, λ = 0: ``½‖w_r‖² − b_r β_r`` grows by exactly ``½‖Δw_r‖²`` per step, kinks included."""
    assert energy_balance(problem, lam=0)


def energy_balance(problem, lam):
    one = case(problem, fractions)._replace(lam=lam)
    before, after = one.network, one.after()

    def energy(net):
        return np.sum(net.W * net.W, axis=1) / 2 - net.b * net.beta

    moved = after.W - before.W
    return vanishes(energy(after) - energy(before) - np.sum(moved * moved, axis=1) / 2)


@given(PROBLEMS)
def test_regularised_recursion(problem):
    """song2021.regularised-recursion (S7): ``‖e⁺‖ ≤ ‖(1−ηλ)I − η[G̃+(1−ηλ)H̃]‖ ‖e‖ + ηλ‖y‖``."""
    assert regularised_bound(problem)


def regularised_bound(problem, *, forget_targets=False):
    one = floats(problem)
    net, X, eta, lam = one.network, one.X, one.eta, one.lam
    Z, Z_after = net.preactivations(X), one.after().preactivations(X)
    e, e_after = one.error(), one.error_after()
    moved = Z_after - Z
    # a float's secant slope is noise where the neuron hardly moved, and there ψ' is as good
    still = abs(moved) < 1e-7
    rise = net.psi.value(Z_after) - net.psi.value(Z)
    s = np.where(still, net.psi.slope(Z), rise / np.where(still, 1, moved))
    H = (X @ X.T) * ((s * net.beta * net.b) @ net.psi.slope(Z).T) / net.p
    G = net.psi.value(Z_after) @ net.psi.value(Z).T / net.p
    M = (1 - eta * lam) * (np.eye(problem.n) - eta * H) - eta * G
    allowed = np.linalg.norm(M, 2) * np.linalg.norm(e)
    if not forget_targets:
        allowed += eta * lam * np.linalg.norm(one.y)
    return np.linalg.norm(e_after) <= allowed + 1e-6 * (1 + allowed)


class TestMutants:
    """Each claim above with a term dropped or weakened: Hypothesis must find a counterexample, and a small one."""

    def test_targets_dropped(self):
        """(★) without ηλy."""

        def wrong(one):
            return secant_residual(one) - one.eta * one.lam * one.y

        smallest = refute(FEW_NEURONS, holds(wrong))
        assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)
        assert smallest.schedule(0) > 0

    def test_feedback_not_decayed(self):
        """(★) with H̃ instead of (1 − ηλ) H̃."""

        def wrong(one):
            return secant_residual(one) - (1 / (1 - one.eta * one.lam) - 1) * secant_terms(one)["feedback"]

        some_decay = FEW_NEURONS.filter(lambda problem: problem.eta * problem.schedule(0) != 1)
        assert refute(some_decay, holds(wrong)).schedule(0) > 0

    def test_slopes_for_secants(self):
        """(★) with ψ' in place of the secant slope, which is only the first order."""

        def wrong(one):
            net, X = one.network, one.X
            D = net.psi.slope(net.preactivations(X))
            H = (X @ X.T) * ((D * net.beta * net.b) @ D.T) / net.p
            return (
                secant_residual(one)
                + secant_terms(one)["feedback"]
                + one.eta * (1 - one.eta * one.lam) * (H @ one.error())
            )

        smallest = refute(SMOOTH, holds(wrong))
        assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)

    def test_third_order_term_dropped(self):
        """S2 without its term of order η² p^{-3/2}: the textbook recursion is not exact."""

        def wrong(one):
            net, X, e = one.network, one.X, one.error()
            third = one.eta**2 / (net.p * net.root_p) * (net.b @ net.W @ X.T @ e) * (X @ X.T @ e)
            return linear_residual(one) + third

        smallest = refute(LINEAR, holds(wrong))
        assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)

    def test_old_output_weights(self):
        """S2, short form, with b·β instead of b·β⁺."""

        def wrong(one):
            drift = one.network.b @ (one.after().beta - one.network.beta)
            return linear_short_residual(one) - one.eta * drift * (one.X @ one.X.T @ one.error()) / one.network.p

        assert refute(LINEAR, holds(wrong)).p == 1

    def test_closure_without_decay(self):
        """S3 with ``v⁺ = v + ηe``."""
        strategy = strategies.problems(psi=strategies.activations(names=["linear"]), square_width=True)
        smallest = refute(strategy, lambda problem: all(map(vanishes, closure_residuals(problem, forget_decay=True))))
        assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)

    def test_energy_with_regularisation(self):
        """The balance of ``½‖w_r‖² − b_r β_r`` needs λ = 0."""
        assert refute(PIECEWISE_LINEAR, lambda problem: energy_balance(problem, problem.schedule(0))).schedule(0) > 0

    def test_energy_of_other_activations(self):
        """The balance needs a 1-homogeneous ψ: for tanh it fails, certainly, on one fixed network."""
        from fa_theory.model.activations import activation
        from fa_theory.model.network import Network

        one = np.array([1.0])
        net = Network(balls([[1.0]]), balls(one), balls(one), activation("tanh"))
        after = step(net, balls([[1.0]]), balls([0.0]), eta=1)
        moved = after.W - net.W
        grown = (after.W**2 - net.W**2)[0] / 2 - net.b * (after.beta - net.beta) - moved[0] ** 2 / 2
        assert not grown[0].contains(0)

    def test_regularised_recursion_without_targets(self):
        """S7 without ηλ‖y‖."""
        smallest = refute(PROBLEMS, lambda problem: regularised_bound(problem, forget_targets=True))
        assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)
