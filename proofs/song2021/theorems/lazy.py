"""S6: exponential decay bounds the drift of every weight by an explicit constant over √p."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    absolute,
    at_least_0,
    forall,
    inv,
    norm,
    positive,
    size,
    square_sum,
)

from ...shared.one_step import ROOT
from .run import NetworkRun

MUTANTS = ("1/p instead of 1/√p", "first error left out", "b replaced by β", "slopes omitted")
MUTANTS_OF_BETA = ("1/p instead of 1/√p for output weights", "features omitted")
MUTANTS_CONTRACTING = ("half the drift of a neuron",)
MUTANTS_BY_SUM = ("1/p instead of 1/√p, by the sum", "newest error omitted from the sum")
MUTANTS_OF_BETA_BY_SUM = ("1/p instead of 1/√p for output weights, by the sum",)
MUTANTS_OF_BETA_CONTRACTING = ("half the drift of an output weight", "step size counted twice")
HALF, SAMPLES = Fraction(1, 2), size("n", Fraction(1, 2))


class Drift(NetworkRun):
    """A run with bounded slopes and features, the error any sequence of vectors."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.B, self.K, self.q, self.g = self.P.scalars("B K q g")
        self.assume_step_size()
        self.assume_sum()
        self.start_length = self.length(0)

    def assume_step_size(self) -> None:
        self.P.assume("ETA", at_least_0(self.eta), "step size")

    # ----------------------------------------------------------------------------------------- the sum of the errors
    def show_sum(self) -> Fact:
        """``T(t) ≤ K‖e(0)‖/(1 − q)`` from exponential decay."""
        P, t, q, T = self.P, self.t, self.q, self.T
        P.assume("Q", at_least_0(q), "the rate is non-negative")
        P.assume("Q < 1", q < 1, "the rate is below 1")
        level = self.K * self.start_length
        decay = P.assume("DECAY", forall(t, self.length(t) <= self.K * q**t * self.start_length), "exponential decay")
        before = P.assume("sum at t", (1 - q) * T(t) <= level * (1 - q**t))
        gap = P.show("1 − q > 0", positive(1 - q), "Q < 1")
        start = P.show("sum at 0", (1 - q) * T(0) <= 0, rewrite=["T0"], reason="empty sum")
        onward = P.show(
            "sum at t+1",
            (1 - q) * T(t + 1) <= level * (1 - q ** (t + 1)),
            before,
            item(decay(t), 1 - q, sign=gap),
            rewrite=["T+"],
            reason="exponential decay; the geometric sum",
        )
        goal = (1 - q) * T(t) <= level * (1 - q**t)
        sums = P.induct("sum at all times", t, [goal], [start], [onward], reason="induction over t")
        sign = P.show(
            "K‖e(0)‖ ≥ 0", at_least_0(level), decay(0), axiom("sqrt_sign")(square_sum(self.i, self.e(0, self.i)))
        )
        power = P.use(library.power_sign())(q, t, given=["Q"])
        bounded = P.show("(1−q) sum", (1 - q) * T(t) <= level, sums(t), item(sign, q**t, sign=power))
        self.defined = [P.show("(1−q)² > 0", positive((1 - q) ** 2), item(gap, 1 - q, sign=gap))]
        return self.divided(T(t), 1 - q, level, bounded, gap)

    def show_contracting_sum(self) -> Fact:
        """``η T(t) ≤ ‖e(0)‖/g`` from contraction by ``1 − ηg`` in every step."""
        P, t, g, eta, T = self.P, self.t, self.g, self.eta, self.T
        sign = P.assume("G", positive(g), "g is positive")
        contracts = forall(t, self.length(t + 1) <= (1 - eta * g) * self.length(t))
        step = P.assume("CONTRACTION", contracts, "every step contracts")
        goal = g * (eta * T(t)) + self.length(t) <= self.start_length
        before = P.assume("sum at t", goal)
        start = P.show("sum at 0", g * (eta * T(0)) + self.start_length <= self.start_length, rewrite=["T0"])
        onward = P.show(
            "sum at t+1",
            g * (eta * T(t + 1)) + self.length(t + 1) <= self.start_length,
            before,
            step(t),
            rewrite=["T+"],
            reason="the newest term of the sum is at most the decrease of the norm of the error",
        )
        sums = P.induct("sum at all times", t, [goal], [start], [onward], reason="induction over t")
        rest = axiom("sqrt_sign")(square_sum(self.i, self.e(t, self.i)))
        bounded = P.show("g sum", g * (eta * T(t)) <= self.start_length, sums(t), rest, reason="norms are non-negative")
        self.defined = [P.show("g² > 0", positive(g**2), item(sign, g, sign=sign))]
        return self.divided(eta * T(t), g, self.start_length, bounded, sign)

    def divided(self, value: Expression, by: Expression, most: Expression, bound: Fact, sign: Fact) -> Fact:
        """``value ≤ most/by`` from ``by·value ≤ most`` and ``by > 0``."""
        P = self.P
        below = P.show("−1 ≤ 0", Expression(-1) <= by * Expression(0))
        quotient = P.use(library.quotient())(Expression(-1), 0, by, given=[sign, below])
        weak = P.show("1/c ≥ 0", at_least_0(inv(by)), quotient, reason="the quotient of positive numbers")
        one = axiom("inverse")(by, given=[self.defined[0]])
        return P.show(
            "sum of the errors",
            value <= most * inv(by),
            item(bound, inv(by), sign=weak),
            one * value,
            reason="divide by a positive number",
        )

    # ----------------------------------------------------------------------------------------------------- distances
    def neuron(self) -> Fact:
        """``‖w_r(t) − w_r(0)‖ ≤ a_r T(t)`` for all t."""
        P, j, r, t = self.P, self.j, self.r, self.t
        self.assume_step_of_W()
        slopes = forall(t, j, r, absolute(self.D(t, j, r)) <= self.L)
        slope = P.assume("SLOPES", slopes, "slopes are bounded by L")(t, j, r)
        P.show(
            "L ≥ 0",
            at_least_0(self.L),
            slope,
            P.signed(absolute(self.D(t, j, r))),
            reason="it bounds an absolute value",
        )
        before = P.assume("neuron at t", self.within_W(t, self.T(t)))
        move = self.show_move_of_W(slope)
        onward = self.show_next_distance_of_W(move, before)
        start = self.show_start_of_W(self.no_distance_of_W())
        goal = self.within_W(t, self.T(t))
        return P.induct("neuron at all times", t, [goal], [start], [onward], reason="induction over t")(t, r)

    def output_weight(self) -> Fact:
        """``|β_r(t) − β_r(0)| ≤ η/√p B√n T(t)`` for all t."""
        P, i, j, r, t, B = self.P, self.i, self.j, self.r, self.t, self.B
        self.assume_step_of_beta()
        bounded = forall(t, i, r, absolute(self.Psi(t, i, r)) <= B)
        P.assume("BOUNDED", bounded, "the activation is bounded by B")
        feature = Fact("BOUNDED")(t, i, r)
        entry = absolute(self.Psi(t, i, r))
        P.show("B ≥ 0", at_least_0(B), feature, P.signed(entry), reason="it bounds an absolute value")
        squared = P.show(
            "squared features",
            forall(i, self.Psi(t, i, r) ** 2 <= B**2),
            feature * (B + entry),
            P.use(library.abs_square())(self.Psi(t, i, r)),
        )
        squares = square_sum(j, self.Psi(t, j, r))
        P.show(
            "squared length of the features",
            norm(j, self.Psi(t, j, r)) ** 2 <= (SAMPLES * B) ** 2,
            item(squared(j), over=[j]),
            axiom("sqrt_square")(squares, given=[P.signed(squares)]),
            reason="sum over the samples",
        )
        given = [P.signed(SAMPLES * B), Fact("squared length of the features")]
        length = P.use(library.root())(norm(j, self.Psi(t, j, r)), SAMPLES * B, given=given)
        before = P.assume("output weight at t", self.within_beta(t, SAMPLES * B, self.T(t)))
        move = self.show_move_of_beta(SAMPLES * B, length)
        onward = self.show_next_distance_of_beta(SAMPLES * B, move, before)
        start = self.show_start_of_beta(SAMPLES * B)
        goal = self.within_beta(t, SAMPLES * B, self.T(t))
        return P.induct("output weight at all times", t, [goal], [start], [onward], reason="induction over t")(t, r)

    def concludes(self, goal: Assertion, distance: Fact, total: Fact, rate: Expression) -> None:
        """``goal`` from a distance in terms of the sum, and the bound of the sum."""
        P = self.P
        fact = P.show("drift", goal, distance, total * rate, reason="bound of the sum of the errors")
        fact = P.drop("drift for all times", fact, "T0", "T+", reason="the sum is not in the statement")
        P.conclude(fact, defined=self.defined, witness=self.witness())

    def witness(self) -> list[Assertion]:
        """Each step halves the error; slopes and features attain their bounds."""
        i, r, t = self.i, self.r, self.t
        return [
            self.eta.equals(HALF),
            self.q.equals(HALF),
            self.K.equals(1),
            self.g.equals(1),
            self.L.equals(2),
            self.B.equals(2),
            forall(t, i, self.e(t + 1, i).equals(HALF * self.e(t, i))),
            forall(t, i, r, self.D(t, i, r).equals(2)),
            forall(t, i, r, self.Psi(t, i, r).equals(2)),
        ]


@cache
def proof() -> ProofWriter:
    """Prove ‖w_r(t) − w_r(0)‖ ≤ |b_r| L ‖X‖/√p · ηK‖e(0)‖/(1 − q) for all t."""
    N = Drift("Lazy drift: neurons")
    P, r, t, rate = N.P, N.r, N.t, N.rate_of_W
    level = N.K * N.start_length * inv(1 - N.q)

    def within(radius: Expression) -> Assertion:
        return forall(t, r, N.from_start_of_W(t) <= radius)

    sums = N.show_sum()
    N.concludes(within(rate * level), N.neuron(), sums, rate)
    P.mutant("1/p instead of 1/√p", {}, conclusion=within(ROOT * rate * level))
    P.mutant("first error left out", {}, conclusion=within(rate * N.q * level))
    P.mutant("b replaced by β", {"STEP_W": N.next_W(N.beta(t, r))})
    P.mutant("slopes omitted", {}, conclusion=within(N.eta * ROOT * absolute(N.b(r)) * N.norm_X * level))
    return P


@cache
def output_weights() -> ProofWriter:
    """Prove |β_r(t) − β_r(0)| ≤ B√n/√p · ηK‖e(0)‖/(1 − q) for all t."""
    N = Drift("Lazy drift: output weights")
    P, r, t = N.P, N.r, N.t
    level = N.K * N.start_length * inv(1 - N.q)

    def within(features: Expression) -> Assertion:
        return forall(t, r, N.from_start_of_beta(t) <= N.rate_of_beta(features) * level)

    sums, features = N.show_sum(), SAMPLES * N.B
    N.concludes(within(features), N.output_weight(), sums, N.rate_of_beta(features))
    P.mutant("1/p instead of 1/√p for output weights", {}, conclusion=within(ROOT * features))
    P.mutant("features omitted", {}, conclusion=within(SAMPLES))
    return P


@cache
def contracting() -> ProofWriter:
    """Prove ‖w_r(t) − w_r(0)‖ ≤ |b_r| L ‖X‖ ‖e(0)‖/(g√p) if every step contracts by 1 − ηg."""
    N = Drift("Lazy drift under contraction: neurons")
    P, r, t = N.P, N.r, N.t
    rate = ROOT * absolute(N.b(r)) * N.norm_X * N.L

    def within(rate: Expression) -> Assertion:
        return forall(t, r, N.from_start_of_W(t) <= rate * N.start_length * inv(N.g))

    sums = N.show_contracting_sum()
    N.concludes(within(rate), N.neuron(), sums, rate)
    P.mutant("half the drift of a neuron", {}, conclusion=within(HALF * rate))
    return P


@cache
def output_weights_contracting() -> ProofWriter:
    """Prove |β_r(t) − β_r(0)| ≤ B√n‖e(0)‖/(g√p) if every step contracts by 1 − ηg."""
    N = Drift("Lazy drift under contraction: output weights")
    P, r, t = N.P, N.r, N.t
    rate = ROOT * SAMPLES * N.B

    def within(rate: Expression) -> Assertion:
        return forall(t, r, N.from_start_of_beta(t) <= rate * N.start_length * inv(N.g))

    sums = N.show_contracting_sum()
    N.concludes(within(rate), N.output_weight(), sums, rate)
    P.mutant("half the drift of an output weight", {}, conclusion=within(HALF * rate))
    P.mutant("step size counted twice", {}, conclusion=within(N.eta * rate))
    return P


@cache
def by_sum() -> ProofWriter:
    """Prove ‖w_r(t) − w_r(0)‖ ≤ |b_r| L ‖X‖/√p · η Σ_{s<t} ‖e(s)‖ for all t."""
    N = Drift("Drift of neurons by the sum of the errors")
    P, r, t = N.P, N.r, N.t

    def within(rate: Expression) -> Assertion:
        return forall(t, r, N.from_start_of_W(t) <= rate * N.T(t))

    goal = within(N.rate_of_W)
    P.conclude(P.show("drift", goal, N.neuron(), reason="at all times"), witness=N.witness())
    P.mutant("1/p instead of 1/√p, by the sum", {}, conclusion=within(ROOT * N.rate_of_W))
    P.mutant("newest error omitted from the sum", {"T+": forall(t, N.T(t + 1).equals(N.T(t)))})
    return P


@cache
def output_weights_by_sum() -> ProofWriter:
    """Prove |β_r(t) − β_r(0)| ≤ B√n/√p · η Σ_{s<t} ‖e(s)‖ for all t."""
    N = Drift("Drift of output weights by the sum of the errors")
    P, r, t = N.P, N.r, N.t
    rate = N.rate_of_beta(SAMPLES * N.B)

    def within(rate: Expression) -> Assertion:
        return forall(t, r, N.from_start_of_beta(t) <= rate * N.T(t))

    P.conclude(P.show("drift", within(rate), N.output_weight(), reason="at all times"), witness=N.witness())
    P.mutant("1/p instead of 1/√p for output weights, by the sum", {}, conclusion=within(ROOT * rate))
    return P
