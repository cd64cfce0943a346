"""A run of feedback alignment without regularisation: how far one step moves the weights, relative to the error."""

from __future__ import annotations

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    absolute,
    at_least_0,
    forall,
    norm,
    of,
    op,
    square_sum,
    total,
)

from ...shared.one_step import INVERSE, ROOT


class NetworkRun:
    """The quantities of a run, and what a proof may assume of them."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        self.i, self.j, self.l, self.m = P.indices("i j l m", "n")
        self.k, self.r, self.t = P.index("k", "d"), P.index("r", "p"), P.index("t", "time")
        self.X, self.b, self.eta, self.L = P.tensor("X", "n", "d"), P.tensor("b", "p"), P.scalar("eta"), P.scalar("L")
        self.W, self.beta = P.tensor("W", "time", "p", "d"), P.tensor("beta", "time", "p")
        self.e, self.T = P.tensor("e", "time", "n"), P.tensor("T", "time")
        self.Psi, self.D = P.tensors("Psi D", "time", "n", "p")
        self.norm_X = op(self.k, self.j, self.X(self.j, self.k))

    # ------------------------------------------------------------------------------------------------- definitions
    def next_W(self, sent: Expression) -> Assertion:
        """The step of the first layer, with ``sent`` in place of the feedback weights."""
        t, r, k, j = self.t, self.r, self.k, self.j
        moved = self.eta * ROOT * sent * total(j, self.D(t, j, r) * self.X(j, k) * self.e(t, j))
        return forall(t, r, k, self.W(t + 1, r, k).equals(self.W(t, r, k) - moved))

    def assume_step_of_W(self) -> None:
        self.P.assume("STEP_W", self.next_W(self.b(self.r)), "step of the first-layer weights")

    def assume_step_of_beta(self) -> None:
        t, r, j = self.t, self.r, self.j
        moved = self.eta * ROOT * total(j, self.Psi(t, j, r) * self.e(t, j))
        said = forall(t, r, self.beta(t + 1, r).equals(self.beta(t, r) - moved))
        self.P.assume("STEP_BETA", said, "step of the output weights, λ = 0")

    def next_T(self, newest: Expression) -> Assertion:
        return forall(self.t, self.T(self.t + 1).equals(self.T(self.t) + newest))

    def assume_sum(self) -> None:
        self.P.assume("T0", self.T(0).equals(0), "empty sum")
        self.P.assume("T+", self.next_T(self.length(self.t)), "sum of the lengths of the errors so far")

    # ------------------------------------------------------------------------------------------------------ lengths
    def length(self, t: IndexName | int) -> Expression:
        """``‖e(t)‖``."""
        return norm(self.i, self.e(t, self.i))

    def from_start_of_W(self, t: IndexName | int) -> Expression:
        """``‖w_r(t) − w_r(0)‖``."""
        return norm(self.k, self.W(t, self.r, self.k) - self.W(0, self.r, self.k))

    def from_start_of_beta(self, t: IndexName | int) -> Expression:
        """``|β_r(t) − β_r(0)|``."""
        return absolute(self.beta(t, self.r) - self.beta(0, self.r))

    @property
    def rate_of_W(self) -> Expression:
        """The change of a neuron relative to the norm of the error: ``η/√p |b_r| ‖X‖ L``."""
        return self.eta * ROOT * absolute(self.b(self.r)) * self.norm_X * self.L

    def rate_of_beta(self, features: Expression) -> Expression:
        """The change of an output weight relative to the norm of the error."""
        return self.eta * ROOT * features

    # -------------------------------------------------------------------------------------------------------- moves
    def show_move_of_W(self, slope: Fact) -> Fact:
        """``‖w_r(t+1) − w_r(t)‖ ≤ η/√p |b_r| ‖X‖ L ‖e(t)‖`` from ``|D(t, j, r)| ≤ L``."""
        P, i, j, k, r, t = self.P, self.i, self.j, self.k, self.r, self.t
        square, length = axiom("sqrt_square"), self.length(t)

        def sent(j: IndexName) -> Expression:
            return self.D(t, j, r) * self.e(t, j)

        squared = P.show(
            "squared slopes",
            forall(j, self.D(t, j, r) ** 2 <= self.L**2),
            slope * (self.L + absolute(self.D(t, j, r))),
            P.use(library.abs_square())(self.D(t, j, r)),
            reason="slopes are at most L",
        )
        squares, errors = square_sum(j, sent(j)), square_sum(i, self.e(t, i))
        P.show(
            "squared propagated error",
            norm(j, sent(j)) ** 2 <= (self.L * length) ** 2,
            item(squared(j), self.e(t, j) ** 2, over=[j]),
            square(squares, given=[P.signed(squares)]),
            square(errors, given=[P.signed(errors)]) * self.L**2,
            reason="sum over the samples",
        )
        most = self.L * length
        sent_back = P.use(library.root())(norm(j, sent(j)), most, given=[P.signed(most), "squared propagated error"])
        pull, factor = total(j, self.X(j, k) * sent(j)), -self.eta * ROOT * self.b(r)
        rate = self.eta * ROOT * absolute(self.b(r))
        up, down = P.use(library.below_abs())(self.b(r)), P.use(library.minus_below_abs())(self.b(r))
        above = P.show("η/√p b above", factor <= rate, down * (self.eta * ROOT), reason="−b ≤ |b|")
        below = P.show("η/√p b below", -factor <= rate, up * (self.eta * ROOT), reason="b ≤ |b|")
        bounded = P.use(library.abs_at_most())(factor, rate, given=[above, below])
        return P.show(
            "move of a neuron",
            forall(r, norm(k, self.W(t + 1, r, k) - self.W(t, r, k)) <= self.rate_of_W * length),
            P.use(library.homogeneous(), A="d")(factor, of(k, pull)),
            bounded * norm(k, pull),
            P.use(library.op_bound(), A="n", B="d")(of(k, j, self.X(j, k)), of(j, sent(j))) * rate,
            sent_back * (rate * self.norm_X),
            rewrite=["STEP_W"],
            reason="step of the first layer, definition of the operator norm, and the slopes",
        )

    def show_next_distance_of_W(self, move: Fact, before: Fact) -> Fact:
        """``‖w_r(t+1) − w_r(0)‖ ≤ a_r T(t+1)`` from the move and the same at time t."""
        P, k, r, t, W = self.P, self.k, self.r, self.t, self.W
        triangle = P.use(library.triangle(), A="d")
        return P.show(
            "neuron at t+1",
            self.within_W(t + 1, self.T(t + 1)),
            triangle(of(k, W(t + 1, r, k) - W(t, r, k)), of(k, W(t, r, k) - W(0, r, k))),
            move(r),
            before(r),
            rewrite=["T+"],
            reason="triangle inequality; one more error in the sum",
        )

    def within_W(self, t: IndexName | int, sum_of_errors: Expression) -> Assertion:
        return forall(self.r, self.from_start_of_W(t) <= self.rate_of_W * sum_of_errors)

    def within_beta(self, t: IndexName | int, features: Expression, sum_of_errors: Expression) -> Assertion:
        return forall(self.r, self.from_start_of_beta(t) <= self.rate_of_beta(features) * sum_of_errors)

    def no_distance_of_W(self) -> Fact:
        """``‖w_r(0) − w_r(0)‖ ≤ 0``."""
        P, k, r = self.P, self.k, self.r
        apart = norm(k, self.W(0, r, k) - self.W(0, r, k))
        zero = P.show("0 ≤ 0", at_least_0(0))
        none = axiom("sqrt_square")(0, given=[zero])
        squared = P.show("no distance", apart**2 <= Expression(["^", 0, 2]), none, reason="√0 = 0")
        return P.use(library.root())(apart, 0, given=[zero, squared])

    def show_start_of_W(self, none: Fact) -> Fact:
        """``‖w_r(0) − w_r(0)‖ ≤ a_r T(0)``."""
        goal = self.within_W(0, self.T(0))
        return self.P.show("neuron at 0", goal, none, rewrite=["T0"], reason="no steps yet")

    def show_move_of_beta(self, features: Expression, bound: Fact) -> Fact:
        """``|β_r(t+1) − β_r(t)| ≤ η/√p F ‖e(t)‖`` from ``‖Ψ(t, ·, r)‖ ≤ F``."""
        P, j, r, t = self.P, self.j, self.r, self.t
        moved, most = self.beta(t + 1, r) - self.beta(t, r), self.rate_of_beta(features) * self.length(t)
        cauchy, rate = P.use(library.cauchy_schwarz(), A="n"), self.eta * ROOT
        for sign, name in ((1, "output weight falls"), (-1, "output weight rises")):
            P.show(
                name,
                -sign * moved <= most,
                cauchy(of(j, sign * self.Psi(t, j, r)), of(j, self.e(t, j))) * rate,
                bound * (rate * self.length(t)),
                rewrite=["STEP_BETA"],
                reason="step of the output weights, Cauchy–Schwarz inequality, and the features",
            )
        return P.use(library.abs_at_most())(moved, most, given=["output weight rises", "output weight falls"])

    def show_next_distance_of_beta(self, features: Expression, move: Fact, before: Fact) -> Fact:
        """``|β_r(t+1) − β_r(0)| ≤ η/√p F T(t+1)`` from the move and the same at time t."""
        P, r, t, beta = self.P, self.r, self.t, self.beta
        return P.show(
            "output weight at t+1",
            self.within_beta(t + 1, features, self.T(t + 1)),
            P.use(library.abs_triangle())(beta(t + 1, r) - beta(t, r), beta(t, r) - beta(0, r)),
            move,
            before(r),
            rewrite=["T+"],
            reason="triangle inequality; one more error in the sum",
        )

    def show_start_of_beta(self, features: Expression) -> Fact:
        """``|β_r(0) − β_r(0)| ≤ η/√p F T(0)``."""
        P = self.P
        zero = P.show("0 is non-negative", at_least_0(0))
        return P.show(
            "output weight at 0",
            self.within_beta(0, features, self.T(0)),
            axiom("abs_up")(0, given=[zero]),
            rewrite=["T0"],
            reason="no steps yet",
        )


class SecantRun(NetworkRun):
    """A run with the secant kernels of its steps, for any activation."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.y, self.s = self.P.tensor("y", "n"), self.P.tensor("s", "time", "n", "p")
        self.N = self.P.tensor("N", "time", "n", "n")

    def assume_run(self) -> None:
        P, i, j, k, r, t = self.P, self.i, self.j, self.k, self.r, self.t
        output = total(r, self.beta(t, r) * self.Psi(t, i, r)) * ROOT
        P.assume("ERROR", forall(t, i, self.e(t, i).equals(output - self.y(i))), "error")
        self.assume_step_of_W()
        self.assume_step_of_beta()
        moved = total(k, (self.W(t + 1, r, k) - self.W(t, r, k)) * self.X(i, k))
        secant = self.Psi(t, i, r) + self.s(t, i, r) * moved
        P.assume("SECANT", forall(t, i, r, self.Psi(t + 1, i, r).equals(secant)), "secant slopes of the step")
        P.assume("KERNEL", forall(t, i, j, self.N(t, i, j).equals(self.kernel(t, 1))), "secant kernels G̃ + H̃ of a step")

    def kernel(self, t: IndexName | int, after: int) -> Expression:
        """``G̃ + H̃`` at a step, with the features ``after`` steps later."""
        i, j, k, r = self.i, self.j, self.k, self.r
        later = t + after
        features = total(r, self.Psi(later, i, r) * self.Psi(t, j, r))
        slopes = total(r, self.beta(t, r) * self.b(r) * self.s(t, i, r) * self.D(t, j, r))
        return INVERSE * (features + slopes * total(k, self.X(i, k) * self.X(j, k)))

    def show_step(self) -> Fact:
        """``e(t+1) = e(t) − η N(t) e(t)``."""
        P, i, j, t, error = self.P, self.i, self.j, self.t, Fact("ERROR")
        return P.show(
            "step of the error",
            forall(t, i, self.e(t + 1, i).equals(self.e(t, i) - self.eta * total(j, self.N(t, i, j) * self.e(t, j)))),
            error(t + 1, i),
            error(t, i),
            rewrite=["STEP_W", "STEP_BETA", "SECANT", "KERNEL"],
            reason="the secant-kernel identity",
        )
