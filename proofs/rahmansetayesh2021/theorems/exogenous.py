"""R1 and R2: what the alignment gains under error signals and inputs that come from outside.

A linear hidden layer, a batch of n samples at every step, no loss: whatever the error signals e(t) and the inputs x(t)
are, ``⟨b, β⟩`` moves by a term of first order in η, which depends on the weights at the start, and by the sum over all
pairs of steps of a term of second order. Sums over time are recursions: ``lead`` for the first, ``pairs`` and ``gain``
for the second.
"""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Tensor,
    at_least_0,
    delta,
    forall,
    num,
    size,
    term,
    total,
)

MUTANTS_OF_IDENTITY = (
    "a step pairs with itself",
    "first order in the pairs",
    "the start is forgotten",
    "error sent back through β",
    "ascent in β",
)
MUTANTS_OF_MEAN = (
    "start correlated with the feedback",
    "feedback not isotropic",
    "a step pairs with itself on average",
)
MUTANTS_OF_STATIONARY = ("lag 0 counts", "only the inputs are stationary")
MUTANTS_OF_AR = ("limit of long times", "sum of the correlations", "innovations correlated with the start")
MUTANTS_OF_SIGN = ("the gain is never negative", "any factor above −2")

Time = IndexName | int


class Signals:
    """A linear hidden layer driven by exogenous signals."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p", "k")
        self.i, self.l = P.indices("i l", "n")
        self.j, self.h = P.indices("j h", "d")
        self.r, self.c, self.a = P.index("r", "p"), *P.indices("c a", "k")
        self.t, self.s = P.indices("t s", "time")
        self.x, self.e = P.tensor("x", "time", "n", "d"), P.tensor("e", "time", "n", "k")
        self.b, self.eta = P.tensor("b", "p", "k"), P.scalar("eta")
        self.W, self.beta = P.tensor("W", "time", "p", "d"), P.tensor("beta", "time", "p", "k")
        self.pairs = P.tensor("pairs", "time", "time")
        self.lead, self.gain = P.tensors("lead gain", "time")

    def sent(self, t: Time, i: IndexName, through: Expression | None = None) -> Expression:
        """``b_r · e_i(t)``, or with other weights in the place of b."""
        weight = self.b(self.r, self.c) if through is None else through
        return total(self.c, weight * self.e(t, i, self.c))

    def step_of_W(self, through: Expression | None = None) -> Assertion:
        t, r, j, i = self.t, self.r, self.j, self.i
        moved = self.eta * total(i, self.sent(t, i, through) * self.x(t, i, j))
        return forall(t, r, j, self.W(t + 1, r, j).equals(self.W(t, r, j) - moved))

    def step_of_beta(self, sign: int = -1) -> Assertion:
        t, r, c, i, j = self.t, self.r, self.c, self.i, self.j
        moved = self.eta * total(i, total(j, self.W(t, r, j) * self.x(t, i, j)) * self.e(t, i, c))
        return forall(t, r, c, self.beta(t + 1, r, c).equals(self.beta(t, r, c) + sign * moved))

    def first_order(self, t: Time, W: Expression | int) -> Expression:
        """``Σ_i (b e_i) · (W x_i)`` at time t."""
        return total(self.i, self.r, self.sent(t, self.i) * total(self.j, W * self.x(t, self.i, self.j)))

    def pair(self, t: Time, s: Time) -> Expression:
        """``Σ_il (b e_i(t)) · (b e_l(s))  x_i(t) · x_l(s)``."""
        i, l_, r, j = self.i, self.l, self.r, self.j
        inputs = total(j, self.x(t, i, j) * self.x(s, l_, j))
        return total(i, l_, total(r, self.sent(t, i) * self.sent(s, l_)) * inputs)

    def next_lead(self, W: Expression | int) -> Assertion:
        return forall(self.t, self.lead(self.t + 1).equals(self.lead(self.t) + self.first_order(self.t, W)))

    def next_gain(self, upto: Time) -> Assertion:
        return forall(self.t, self.gain(self.t + 1).equals(self.gain(self.t) + self.pairs(upto, self.t)))

    def aligned(self, t: Time) -> Expression:
        return total(
            self.r, self.c, self.b(self.r, self.c) * (self.beta(t, self.r, self.c) - self.beta(0, self.r, self.c))
        )


@cache
def identity() -> ProofWriter:
    """Prove ⟨b, β(T) − β(0)⟩ = −η Σ_t Σ_i be_i(t)·W(0)x_i(t) + η² Σ_{s<t} Σ_il (be_i(t)·be_l(s)) x_i(t)·x_l(s)."""
    N = Signals("The alignment under exogenous signals")
    P, j, r, c, t, s, eta, W = N.P, N.j, N.r, N.c, N.t, N.s, N.eta, N.W
    start = W(0, r, j)
    P.assume("STEP_W", N.step_of_W(), "step of the hidden layer, which is linear")
    P.assume("STEP_BETA", N.step_of_beta(), "step of the output weights")
    P.assume("LEAD0", N.lead(0).equals(0), "empty sum")
    P.assume("LEAD+", N.next_lead(start), "sum over the steps, with the hidden weights of the start")
    P.assume("PAIRS0", forall(t, N.pairs(0, t).equals(0)), "empty sum")
    next_pairs = forall(s, t, N.pairs(s + 1, t).equals(N.pairs(s, t) + N.pair(t, s)))
    P.assume("PAIRS+", next_pairs, "sum over steps before s+1, for the step t")
    P.assume("GAIN0", N.gain(0).equals(0), "empty sum")
    P.assume("GAIN+", N.next_gain(t), "sum over the pairs s < t")

    def shifted(s: Time) -> Assertion:
        return forall(t, N.first_order(t, W(s, r, j)).equals(N.first_order(t, start) - eta * N.pairs(s, t)))

    before = P.assume("hidden layer at s", shifted(s), "what earlier steps change, up to step s")
    at_0 = P.show("hidden layer at 0", shifted(0), rewrite=["PAIRS0"], reason="nothing has changed yet")
    onward = P.show(
        "hidden layer at s+1",
        shifted(s + 1),
        before(t),
        rewrite=["STEP_W", "PAIRS+"],
        reason="insert the step s of the hidden layer",
    )
    hidden = P.induct("hidden layer", s, [shifted(s)], [at_0], [onward], reason="induction over s")

    def said(t: Time, *, power: int = 2) -> Assertion:
        return N.aligned(t).equals(-eta * N.lead(t) + eta**power * N.gain(t))

    now = P.assume("alignment at t", said(t), "the alignment up to step t")
    at_start = P.show("alignment at 0", said(0), rewrite=["LEAD0", "GAIN0"], reason="both sums are empty")
    then = P.show(
        "alignment at t+1",
        said(t + 1),
        now,
        hidden(t, t) * eta,
        rewrite=["STEP_BETA", "LEAD+", "GAIN+"],
        reason="insert the step t of the output weights, and the hidden layer before it",
    )
    P.conclude(P.induct("alignment", t, [said(t)], [at_start], [then], reason="induction over t"))
    P.mutant("a step pairs with itself", {"GAIN+": N.next_gain(t + 1)})
    P.mutant("first order in the pairs", {}, conclusion=said(t, power=1))
    P.mutant("the start is forgotten", {"LEAD+": N.next_lead(0)})
    P.mutant("error sent back through β", {"STEP_W": N.step_of_W(N.beta(t, r, c))})
    P.mutant("ascent in β", {"STEP_BETA": N.step_of_beta(1)})
    return P


class RandomSignals:
    """Signals and weights on finite probability spaces: u for the errors, v for the inputs, z for the weights.

    Their product makes errors, inputs and weights independent.
    """

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("U", "V", "Z", "d", "p", "k")
        self.u, self.v, self.z = P.index("u", "U"), P.index("v", "V"), P.index("z", "Z")
        self.j, self.r, (self.c, self.a) = P.index("j", "d"), P.index("r", "p"), P.indices("c a", "k")
        self.t, self.s = P.indices("t s", "time")
        self.rho, self.nu, self.omega = P.tensor("rho", "U"), P.tensor("nu", "V"), P.tensor("omega", "Z")
        self.e, self.x = P.tensor("e", "U", "time", "k"), P.tensor("x", "V", "time", "d")
        self.b, self.first = P.tensor("b", "Z", "p", "k"), P.tensor("first", "Z", "p", "d")
        self.W, self.beta = P.tensor("W", *"UVZ", "time", "p", "d"), P.tensor("beta", *"UVZ", "time", "p", "k")
        self.R, self.Q, self.pairs = P.tensors("R Q pairs", "time", "time")
        self.gain, (self.eta, self.sigma) = P.tensor("gain", "time"), P.scalars("eta sigma")
        self.here = (self.u, self.v, self.z)

    # --------------------------------------------------------------------------------------------------- expectations
    def over_errors(self, e: Tensor, t: Time, s: Time) -> Expression:
        """The mean of ``e(t) · e(s)``, e being the errors or another tensor at the first place."""
        return total(self.u, self.rho(self.u) * total(self.c, e(self.u, t, self.c) * self.e(self.u, s, self.c)))

    def over_inputs(self, x: Tensor, t: Time, s: Time) -> Expression:
        """The mean of ``x(t) · x(s)``, x being the inputs or another tensor at the first place."""
        return total(self.v, self.nu(self.v) * total(self.j, x(self.v, t, self.j) * self.x(self.v, s, self.j)))

    def over_weights(self, inside: Expression) -> Expression:
        return total(self.z, self.omega(self.z) * total(self.r, inside))

    def average(self, inside: Expression) -> Expression:
        return total(*self.here, self.rho(self.u) * self.nu(self.v) * self.omega(self.z) * inside)

    def mean_alignment(self, t: Time) -> Expression:
        r, c = self.r, self.c
        moved = self.beta(*self.here, t, r, c) - self.beta(*self.here, 0, r, c)
        return self.average(total(r, c, self.b(self.z, r, c) * moved))

    # ----------------------------------------------------------------------------------------------------- hypotheses
    def uncorrelated(self) -> Expression:
        return self.over_weights(self.b(self.z, self.r, self.c) * self.first(self.z, self.r, self.j))

    def second_moment(self) -> Expression:
        return self.over_weights(self.b(self.z, self.r, self.c) * self.b(self.z, self.r, self.a))

    def sent(self, t: Time) -> Expression:
        return total(self.c, self.b(self.z, self.r, self.c) * self.e(self.u, t, self.c))

    def assume_run(self) -> None:
        P, (u, v, z), t, r, c, a, j = self.P, self.here, self.t, self.r, self.c, self.a, self.j
        W, beta, here = self.W, self.beta, self.here
        moved = self.eta * self.sent(t) * self.x(v, t, j)
        P.assume(
            "STEP_W",
            forall(*here, t, r, j, W(*here, t + 1, r, j).equals(W(*here, t, r, j) - moved)),
            "step of the hidden layer, which is linear",
        )
        moved = self.eta * total(j, W(*here, t, r, j) * self.x(v, t, j)) * self.e(u, t, c)
        P.assume(
            "STEP_BETA",
            forall(*here, t, r, c, beta(*here, t + 1, r, c).equals(beta(*here, t, r, c) - moved)),
            "step of the output weights",
        )
        start = forall(*here, r, j, W(*here, 0, r, j).equals(self.first(z, r, j)))
        P.assume("START", start, "the weights at the start do not depend on the signals")
        P.assume("CENTRED", forall(c, j, self.uncorrelated().equals(0)), "feedback and start are uncorrelated")
        isotropic = forall(c, a, self.second_moment().equals(self.sigma * delta(c, a)))
        P.assume("ISOTROPIC", isotropic, "E bᵀb is a multiple of the identity")

    def assume_sums(self) -> None:
        P, t, s, R, Q = self.P, self.t, self.s, self.R, self.Q
        P.assume("R", forall(t, s, R(t, s).equals(self.over_errors(self.e, t, s))), "autocorrelation of the errors")
        P.assume("Q", forall(t, s, Q(t, s).equals(self.over_inputs(self.x, t, s))), "autocorrelation of the inputs")
        assume_pairs(P, s, t, R, Q, self.pairs)
        P.assume("GAIN0", self.gain(0).equals(0), "empty sum")
        P.assume("GAIN+", self.next_gain(t), "sum over the pairs s < t")

    def next_gain(self, upto: Time) -> Assertion:
        return forall(self.t, self.gain(self.t + 1).equals(self.gain(self.t) + self.pairs(upto, self.t)))

    def even(self) -> list[Assertion]:
        """Of points at which the hypotheses on the weights hold if there is one output."""
        trace = self.over_weights(total(self.c, self.b(self.z, self.r, self.c) ** 2))
        no_start = forall(self.z, self.r, self.j, self.first(self.z, self.r, self.j).equals(0))
        return [no_start, self.sigma.equals(size("k", -1) * trace)]

    # ---------------------------------------------------------------------------------------------------------- proof
    def show_mean(self) -> Fact:
        """``E⟨b, β(t) − β(0)⟩ = η²σ gain(t)`` for all t."""
        P, (u, v, _), t, s, r, c, a, j = self.P, self.here, self.t, self.s, self.r, self.c, self.a, self.j
        eta, sigma = self.eta, self.sigma

        def shifted(s: Time) -> Assertion:
            answer = total(j, self.W(*self.here, s, r, j) * self.x(v, t, j))
            return forall(t, self.average(total(r, self.sent(t) * answer)).equals(-eta * sigma * self.pairs(s, t)))

        before = P.assume("hidden layer at s", shifted(s), "the mean of what earlier steps change")
        signals = total(u, self.rho(u) * self.e(u, t, c)) * total(v, self.nu(v) * self.x(v, t, j))
        at_0 = P.show(
            "hidden layer at 0",
            shifted(0),
            item(Fact("CENTRED")(c, j), signals, over=[c, j]),
            rewrite=["START", "PAIRS0"],
            reason="feedback and start are uncorrelated",
        )
        products = total(u, self.rho(u) * self.e(u, t, c) * self.e(u, s, a)) * self.over_inputs(self.x, t, s)
        onward = P.show(
            "hidden layer at s+1",
            shifted(s + 1),
            before(t),
            item(Fact("ISOTROPIC")(c, a), eta * products, over=[c, a]),
            rewrite=["STEP_W", "PAIRS+", "R", "Q"],
            reason="insert the step s of the hidden layer; errors, inputs and feedback are independent",
        )
        hidden = P.induct("hidden layer", s, [shifted(s)], [at_0], [onward], reason="induction over s")

        def said(t: Time) -> Assertion:
            return self.mean_alignment(t).equals(eta**2 * sigma * self.gain(t))

        now = P.assume("mean at t", said(t), "the mean up to step t")
        start = P.show("mean at 0", said(0), rewrite=["GAIN0"], reason="nothing has moved")
        then = P.show(
            "mean at t+1",
            said(t + 1),
            now,
            hidden(t, t) * eta,
            rewrite=["STEP_BETA", "GAIN+"],
            reason="insert the step t of the output weights, and the hidden layer before it",
        )
        return P.induct("mean", t, [said(t)], [start], [then], reason="induction over t")


def assume_pairs(P: ProofWriter, s: IndexName, t: IndexName, R: Tensor, Q: Tensor, pairs: Tensor) -> None:
    P.assume("PAIRS0", forall(t, pairs(0, t).equals(0)), "empty sum")
    product = R(t, s) * Q(t, s)
    P.assume("PAIRS+", forall(s, t, pairs(s + 1, t).equals(pairs(s, t) + product)), "sum over steps before s+1")


@cache
def mean() -> ProofWriter:
    """Prove E⟨b, β(T) − β(0)⟩ = η²σ Σ_{s<t} R(t, s) Q(t, s) for independent errors, inputs and isotropic feedback."""
    N = RandomSignals("The mean alignment of independent signals")
    P, c, a, j = N.P, N.c, N.a, N.j
    N.assume_run()
    N.assume_sums()
    P.conclude(N.show_mean(), witness=N.even())
    correlated = forall(c, j, N.uncorrelated().equals(N.uncorrelated()))
    P.mutant("start correlated with the feedback", {"CENTRED": correlated}, witness=N.even()[1:])
    P.mutant("feedback not isotropic", {"ISOTROPIC": forall(c, a, N.second_moment().equals(N.second_moment()))})
    P.mutant("a step pairs with itself on average", {"GAIN+": N.next_gain(N.t + 1)})
    return P


class LagSum:
    """Sums over lags in the place of sums over pairs of steps, for stationary signals."""

    def __init__(self, P: ProofWriter, s: IndexName, t: IndexName, R: Tensor, Q: Tensor, pairs: Tensor) -> None:
        self.P, self.s, self.t, self.R, self.Q, self.pairs = P, s, t, R, Q, pairs
        self.sum = P.tensor("lags", "time")

    def assume(self) -> None:
        self.P.assume("LAGS0", self.sum(0).equals(0), "empty sum")
        self.P.assume("LAGS+", self.next(self.t + 1), "sum over the lags 1, 2, …")

    def next(self, lag: Time) -> Assertion:
        return forall(self.t, self.sum(self.t + 1).equals(self.sum(self.t) + self.R(lag, 0) * self.Q(lag, 0)))

    def show(self, errors: Fact, inputs: Fact) -> Fact:
        """``pairs(t, t) = lags(t)``, from R and Q that do not change when both steps are shifted by one."""
        P, s, t, R, Q, pairs = self.P, self.s, self.t, self.R, self.Q, self.pairs

        def moved(s: Time) -> Assertion:
            return forall(t, pairs(s + 1 if isinstance(s, IndexName) else 1, t + 1).equals(newest + pairs(s, t)))

        newest = R(t + 1, 0) * Q(t + 1, 0)
        before = P.assume("pairs at s", moved(s), "one step later, one more pair, up to s")
        empty = Fact("PAIRS0")
        first = P.show(
            "pairs at 0", moved(0), Fact("PAIRS+")(0, t + 1), empty(t), empty(t + 1), reason="the sum has one term"
        )
        product = P.show(
            "products",
            (R(t + 1, s + 1) * Q(t + 1, s + 1)).equals(R(t, s) * Q(t, s)),
            errors(t, s) * Q(t + 1, s + 1),
            inputs(t, s) * R(t, s),
            reason="the signals are stationary",
        )
        onward = P.show(
            "pairs at s+1",
            moved(s + 1),
            before(t),
            product,
            Fact("PAIRS+")(s + 1, t + 1),
            Fact("PAIRS+")(s, t),
            reason="one more term on both sides",
        )
        shift = P.induct("pairs", s, [moved(s)], [first], [onward], reason="induction over s")

        def said(t: Time) -> Assertion:
            return pairs(t, t).equals(self.sum(t))

        now = P.assume("lags at t", said(t), "the sum over lags up to step t")
        start = P.show("lags at 0", said(0), empty(0), Fact("LAGS0"), reason="both sums are empty")
        then = P.show("lags at t+1", said(t + 1), now, shift(t, t), Fact("LAGS+")(t), reason="shift both steps by one")
        return P.induct("lags", t, [said(t)], [start], [then], reason="induction over t")


@cache
def stationary() -> ProofWriter:
    """Prove Σ_{s<t} R(t, s) Q(t, s) = Σ_{m=1}^t R(m, 0) Q(m, 0) for stationary signals."""
    P = ProofWriter("Stationary signals: a sum over lags")
    s, t = P.indices("s t", "time")
    R, Q, pairs = P.tensors("R Q pairs", "time", "time")

    def unmoved(R: Tensor) -> Assertion:
        return forall(t, s, R(t + 1, s + 1).equals(R(t, s)))

    errors = P.assume("R", unmoved(R), "the errors are stationary")
    inputs = P.assume("Q", unmoved(Q), "the inputs are stationary")
    assume_pairs(P, s, t, R, Q, pairs)
    lags = LagSum(P, s, t, R, Q, pairs)
    lags.assume()
    constant = forall(t, s, Q(t, s).equals(3))
    P.conclude(lags.show(errors, inputs), witness=(forall(t, s, R(t, s).equals(num(t) - num(s))), constant))
    P.mutant("lag 0 counts", {"LAGS+": lags.next(t)})
    P.mutant(
        "only the inputs are stationary",
        {"R": forall(t, s, R(t, s).equals(R(t, s)))},
        witness=(forall(t, s, R(t, s).equals(num(t) + num(s))), constant),
    )
    return P


@cache
def autoregressive() -> ProofWriter:
    """Prove (1 − q)² E⟨b, β(T) − β(0)⟩ = η²σ v q [(1 − q) T − (1 − q^T)] for AR(1) signals, q = αγ."""
    N = RandomSignals("The mean alignment of AR(1) signals")
    P, u, v, t, s, c, j, R, Q = N.P, N.u, N.v, N.t, N.s, N.c, N.j, N.R, N.Q
    alpha, gamma, q, V = P.scalars("alpha gamma q v0")
    new, fresh = P.tensor("new", "U", "time", "k"), P.tensor("fresh", "V", "time", "d")
    N.assume_run()
    ar_errors = forall(u, t, c, N.e(u, t + 1, c).equals(alpha * N.e(u, t, c) + new(u, t, c)))
    ar_inputs = forall(v, t, j, N.x(v, t + 1, j).equals(gamma * N.x(v, t, j) + fresh(v, t, j)))
    P.assume("AR_E", ar_errors, "AR(1) errors")
    P.assume("AR_X", ar_inputs, "AR(1) inputs")
    uncorrelated = "innovations are uncorrelated with the start"
    P.assume("NEW_E", forall(t, N.over_errors(new, t, 0).equals(0)), uncorrelated)
    P.assume("NEW_X", forall(t, N.over_inputs(fresh, t, 0).equals(0)), uncorrelated)
    still_e = forall(t, s, N.over_errors(N.e, t + 1, s + 1).equals(N.over_errors(N.e, t, s)))
    still_x = forall(t, s, N.over_inputs(N.x, t + 1, s + 1).equals(N.over_inputs(N.x, t, s)))
    P.assume("STATIONARY_E", still_e, "the errors are stationary")
    P.assume("STATIONARY_X", still_x, "the inputs are stationary")
    P.assume("POWER", V.equals(N.over_errors(N.e, 0, 0) * N.over_inputs(N.x, 0, 0)), "mean squares")
    P.assume("FACTOR", q.equals(alpha * gamma), "product of the correlations")
    N.assume_sums()
    lags = LagSum(P, s, t, R, Q, N.pairs)
    lags.assume()

    mean = N.show_mean()
    moved = [
        P.show(
            f"{name} is stationary",
            forall(t, s, A(t + 1, s + 1).equals(A(t, s))),
            still(t, s),
            rewrite=[name],
            reason="the signals are stationary",
        )
        for name, A, still in (("R", R, Fact("STATIONARY_E")), ("Q", Q, Fact("STATIONARY_X")))
    ]
    diagonal = lags.show(*moved)
    # rewriting would also unroll the steps themselves, so that the recursions of the signals are items
    errors = P.show(
        "R at t+1",
        R(t + 1, 0).equals(alpha * R(t, 0)),
        item(Fact("AR_E")(u, t, c), N.rho(u) * N.e(u, 0, c), over=[u, c]),
        Fact("NEW_E")(t),
        rewrite=["R"],
        reason="insert the recursion of the errors",
    )
    inputs = P.show(
        "Q at t+1",
        Q(t + 1, 0).equals(gamma * Q(t, 0)),
        item(Fact("AR_X")(v, t, j), N.nu(v) * N.x(v, 0, j), over=[v, j]),
        Fact("NEW_X")(t),
        rewrite=["Q"],
        reason="insert the recursion of the inputs",
    )

    def power(t: Time, factor: Expression | int) -> Assertion:
        return (R(t, 0) * Q(t, 0)).equals(V * factor)

    at_t = P.assume("power at t", power(t, q**t), "the product of the autocorrelations at lag t")
    at_0 = P.show("power at 0", power(0, 1), Fact("POWER"), rewrite=["R", "Q"], reason="lag 0")
    later = P.show(
        "power at t+1",
        power(t + 1, q ** (t + 1)),
        errors * Q(t + 1, 0),
        inputs * (alpha * R(t, 0)),
        Fact("FACTOR") * (R(t, 0) * Q(t, 0)),
        at_t * q,
        reason="both fall by their factor",
    )
    powers = P.induct("powers", t, [power(t, q**t)], [at_0], [later], reason="induction over the lag")

    def inner(t: Time, factor: Expression | int) -> Assertion:
        return ((1 - q) * lags.sum(t)).equals(V * q * (1 - factor))

    before = P.assume("geometric at t", inner(t, q**t), "the sum over lags up to t")
    start = P.show("geometric at 0", inner(0, 1), Fact("LAGS0") * (1 - q), reason="empty")
    onward = P.show(
        "geometric at t+1",
        inner(t + 1, q ** (t + 1)),
        before,
        Fact("LAGS+")(t) * (1 - q),
        powers(t + 1) * (1 - q),
        reason="geometric sum",
    )
    geometric = P.induct("geometric", t, [inner(t, q**t)], [start], [onward], reason="induction over t")

    def outer(t: Time, factor: Expression | int) -> Assertion:
        return ((1 - q) ** 2 * N.gain(t)).equals(V * q * ((1 - q) * num(t) - (1 - factor)))

    before = P.assume("gain at t", outer(t, q**t), "the sum over pairs up to t")
    start = P.show("gain at 0", outer(0, 1), Fact("GAIN0") * (1 - q) ** 2, reason="empty")
    onward = P.show(
        "gain at t+1",
        outer(t + 1, q ** (t + 1)),
        before,
        Fact("GAIN+")(t) * (1 - q) ** 2,
        diagonal(t) * (1 - q) ** 2,
        geometric(t) * (1 - q),
        reason="sum the geometric sums",
    )
    closed = P.induct("gain", t, [outer(t, q**t)], [start], [onward], reason="induction over t")

    def said(late: bool = False) -> Assertion:
        found = (1 - q) * num(t)
        right = N.eta**2 * N.sigma * V * q * (found if late else found - (1 - q**t))
        return forall(t, ((1 - q) ** 2 * N.mean_alignment(t)).equals(right))

    fact = P.show("closed form", said(), mean(t) * (1 - q) ** 2, closed(t) * (N.eta**2 * N.sigma), reason="both")
    for name in ("GAIN", "LAGS", "PAIRS"):
        fact = P.drop(f"without {name}", fact, f"{name}0", f"{name}+", reason="no longer needed")
    for name in ("R", "Q"):
        fact = P.drop(f"without {name}", fact, name, reason="no longer needed")
    none = [forall(u, t, c, new(u, t, c).equals(0)), forall(v, t, j, fresh(v, t, j).equals(0))]
    alternating = [*N.even(), *none, alpha.equals(-1), gamma.equals(1)]
    P.conclude(fact, witness=alternating)
    P.mutant("limit of long times", {}, conclusion=said(late=True))
    P.mutant("sum of the correlations", {"FACTOR": q.equals(alpha + gamma)})
    correlated = forall(t, N.over_errors(new, t, 0).equals(N.over_errors(new, t, 0)))
    held = [*N.even(), none[1], alpha.equals(0), gamma.equals(1), forall(u, t, c, new(u, t, c).equals(N.e(u, 0, c)))]
    P.mutant("innovations correlated with the start", {"NEW_E": correlated}, witness=held)
    return P


class Geometric:
    """The sum over pairs of steps where the product of autocorrelations falls by a factor q with every lag."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        self.t = P.index("t", "time")
        self.q, self.power = P.scalars("q v")
        self.lags, self.gain = P.tensors("lags gain", "time")

    def assume_sums(self) -> None:
        P, t = self.P, self.t
        P.assume("LAGS0", self.lags(0).equals(0), "empty sum")
        P.assume("LAGS+", forall(t, self.lags(t + 1).equals(self.lags(t) + self.power * self.q * self.q**t)), "lag t+1")
        P.assume("GAIN0", self.gain(0).equals(0), "empty sum")
        P.assume("GAIN+", forall(t, self.gain(t + 1).equals(self.gain(t) + self.lags(t))), "sum over the steps")


@cache
def sign() -> ProofWriter:
    """Prove q gain(T) ≥ v q² for T ≥ 2, v q^m at lag m, v ≥ 0 and q ≥ −1."""
    N = Geometric("AR(1) signals: the sign of the gain")
    P, t, q, v, lags, gain = N.P, N.t, N.q, N.power, N.lags, N.gain
    N.assume_sums()
    P.assume("POWER", at_least_0(v), "mean squares")
    P.assume("BELOW", term(-1) <= q, "as for correlations")

    def again(t: Time, power: Expression | int) -> Assertion:
        return (lags(t) + v * q * power).equals(q * (lags(t) + v))

    now = P.assume("again at t", again(t, q**t), "the recursion at t")
    start = P.show("again at 0", again(0, 1), Fact("LAGS0") * (1 - q), reason="the sums are empty")
    then = P.show("again at t+1", again(t + 1, q ** (t + 1)), now, Fact("LAGS+")(t) * (1 - q), reason="geometric sum")
    geometric = P.induct("again", t, [again(t, q**t)], [start], [then], reason="induction over t")
    P.show("recursion", lags(t + 1).equals(q * (lags(t) + v)), Fact("LAGS+")(t), geometric(t), reason="geometric sum")

    low, high = P.assume("q ≤ 0", q <= 0), P.assume("q > 0", q > 0)
    both = [at_least_0(lags(t) + v), lags(t) <= 0]
    lower, upper = P.assume("from below", both[0]), P.assume("from above", both[1])
    base = [
        P.show("from below at 0", at_least_0(lags(0) + v), Fact("POWER"), Fact("LAGS0")),
        P.show("from above at 0", lags(0) <= 0, Fact("LAGS0")),
    ]
    steps = [
        P.show(
            "from below at t+1",
            at_least_0(lags(t + 1) + v),
            Fact("recursion"),
            item(upper, -q, sign=P.show("−q ≥ 0", at_least_0(-q), low)),
            item(Fact("BELOW"), v),
            reason="−1 ≤ q ≤ 0 and lags ≤ 0",
        ),
        P.show("from above at t+1", lags(t + 1) <= 0, Fact("recursion"), item(lower, -q, sign="−q ≥ 0")),
    ]
    negative = P.induct("sums if q ≤ 0", t, both, base, steps, reason="induction over t")
    onward = P.show(
        "from below at t+1, q > 0",
        at_least_0(lags(t + 1) + v),
        Fact("recursion"),
        item(lower, q, sign=high),
        Fact("POWER"),
        reason="0 < q",
    )
    positive_ = P.induct("sums if q > 0", t, both[:1], base[:1], [onward], reason="induction over t")
    summed = P.cases("sums", q, 0, negative, positive_, reason="whatever the sign of q")
    grows = P.show(
        "more lags",
        at_least_0(q * lags(t + 1)),
        Fact("recursion") * q,
        item(summed(t), q**2),
        reason="q lags(t+1) = q² (lags(t) + v)",
    )

    def said(t: Time, factor: Expression | int) -> Assertion:
        return v * q**2 <= factor * gain(t + 2 if isinstance(t, IndexName) else 2)

    before = P.assume("gain at t", said(t, q), "the sum over pairs up to step t+2")
    two = P.show(
        "two steps",
        said(0, q),
        *(fact * q for fact in (Fact("GAIN+")(1), Fact("GAIN+")(0), Fact("GAIN0"), Fact("LAGS+")(0))),
        Fact("LAGS0") * q,
        reason="one pair",
    )
    more = P.generalise("more lags at all times", grows, t)
    longer = P.show(
        "gain at t+1", said(t + 1, q), before, Fact("GAIN+")(t + 2) * q, more(t + 1), reason="one more step"
    )
    P.conclude(P.induct("gain", t, [said(t, q)], [two], [longer], reason="induction over t"))
    P.mutant("the gain is never negative", {}, conclusion=at_least_0(gain(t + 2)))
    P.mutant("any factor above −2", {"BELOW": term(-2) <= q})
    return P
