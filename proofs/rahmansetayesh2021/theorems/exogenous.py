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
MUTANTS_OF_AUTOCORRELATION = ("innovations correlated with the start",)
MUTANTS_OF_AR = ("sum of the autocorrelations", "limit of long times")
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
        return forall(self.t, self.gain(self.t + 1).equals(self.gain(self.t) + self.pairs(self.t, upto)))

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
    P.assume("PAIRS0", forall(t, N.pairs(t, 0).equals(0)), "empty sum")
    next_pairs = forall(t, s, N.pairs(t, s + 1).equals(N.pairs(t, s) + N.pair(t, s)))
    P.assume("PAIRS+", next_pairs, "sum over the steps s, for a step t")
    P.assume("GAIN0", N.gain(0).equals(0), "empty sum")
    P.assume("GAIN+", N.next_gain(t), "sum over the pairs s < t")

    def shifted(s: Time) -> Assertion:
        return forall(t, N.first_order(t, W(s, r, j)).equals(N.first_order(t, start) - eta * N.pairs(t, s)))

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
    """Signals and weights on finite probability spaces: u for the errors, v for the inputs, w for the weights.

    Their product makes errors, inputs and weights independent.
    """

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("U", "V", "Z", "d", "p", "k")
        self.u, self.v, self.z = P.index("u", "U"), P.index("v", "V"), P.index("z", "Z")
        self.j, self.r, (self.c, self.a) = P.index("j", "d"), P.index("r", "p"), P.indices("c a", "k")
        self.t, self.s = P.indices("t s", "time")
        self.mu, self.nu, self.pi = P.tensor("rho", "U"), P.tensor("nu", "V"), P.tensor("omega", "Z")
        self.e, self.x = P.tensor("e", "U", "time", "k"), P.tensor("x", "V", "time", "d")
        self.b = P.tensor("b", "Z", "p", "k")
        self.R, self.Q = P.tensors("R Q", "time", "time")
        self.eta, self.sigma = P.scalars("eta sigma")

    def over_errors(self, t: Time, s: Time) -> Expression:
        """``E e(t) · e(s)``."""
        return total(self.u, self.mu(self.u) * total(self.c, self.e(self.u, t, self.c) * self.e(self.u, s, self.c)))

    def over_inputs(self, t: Time, s: Time) -> Expression:
        """``E x(t) · x(s)``."""
        return total(self.v, self.nu(self.v) * total(self.j, self.x(self.v, t, self.j) * self.x(self.v, s, self.j)))

    def assume_autocorrelations(self) -> None:
        t, s = self.t, self.s
        self.P.assume("R", forall(t, s, self.R(t, s).equals(self.over_errors(t, s))), "autocorrelation of the errors")
        self.P.assume("Q", forall(t, s, self.Q(t, s).equals(self.over_inputs(t, s))), "autocorrelation of the inputs")


@cache
def mean() -> ProofWriter:
    """Prove E⟨b, β(T) − β(0)⟩ = η²σ Σ_{s<t} R(t, s) Q(t, s) for independent errors, inputs and isotropic feedback."""
    N = RandomSignals("The mean alignment of independent signals")
    P, u, v, z, j, r, c, a, t, s, eta = N.P, N.u, N.v, N.z, N.j, N.r, N.c, N.a, N.t, N.s, N.eta
    W, beta = P.tensor("W", "U", "V", "Z", "time", "p", "d"), P.tensor("beta", "U", "V", "Z", "time", "p", "k")
    first, pairs, gain = P.tensor("first", "Z", "p", "d"), P.tensor("pairs", "time", "time"), P.tensor("gain", "time")
    here = (u, v, z)

    def sent(t: Time, c: IndexName) -> Expression:
        return total(c, N.b(z, r, c) * N.e(u, t, c))

    moved_W = eta * sent(t, c) * N.x(v, t, j)
    moved_beta = eta * total(j, W(*here, t, r, j) * N.x(v, t, j)) * N.e(u, t, c)
    P.assume("STEP_W", forall(*here, t, r, j, W(*here, t + 1, r, j).equals(W(*here, t, r, j) - moved_W)), "step of W")
    P.assume(
        "STEP_BETA",
        forall(*here, t, r, c, beta(*here, t + 1, r, c).equals(beta(*here, t, r, c) - moved_beta)),
        "step of β",
    )
    P.assume(
        "START", forall(*here, r, j, W(*here, 0, r, j).equals(first(z, r, j))), "the start does not know the signals"
    )
    uncorrelated = total(z, N.pi(z) * total(r, N.b(z, r, c) * first(z, r, j)))
    P.assume("CENTRED", forall(c, j, uncorrelated.equals(0)), "feedback and start are uncorrelated")
    second = total(z, N.pi(z) * total(r, N.b(z, r, c) * N.b(z, r, a)))
    P.assume("ISOTROPIC", forall(c, a, second.equals(N.sigma * delta(c, a))), "E bᵀb is a multiple of the identity")
    N.assume_autocorrelations()
    P.assume("PAIRS0", forall(t, pairs(t, 0).equals(0)), "empty sum")
    P.assume("PAIRS+", forall(t, s, pairs(t, s + 1).equals(pairs(t, s) + N.R(t, s) * N.Q(t, s))), "sum over s")
    P.assume("GAIN0", gain(0).equals(0), "empty sum")

    def next_gain(upto: Time) -> Assertion:
        return forall(t, gain(t + 1).equals(gain(t) + pairs(t, upto)))

    P.assume("GAIN+", next_gain(t), "sum over the pairs s < t")

    def average(inside: Expression) -> Expression:
        return total(u, v, z, N.mu(u) * N.nu(v) * N.pi(z) * inside)

    def first_order(t: Time, s: Time) -> Expression:
        return average(total(r, sent(t, c) * total(j, W(*here, s, r, j) * N.x(v, t, j))))

    def shifted(s: Time) -> Assertion:
        return forall(t, first_order(t, s).equals(-eta * N.sigma * pairs(t, s)))

    before = P.assume("hidden layer at s", shifted(s), "the mean of what earlier steps change")
    at_0 = P.show(
        "hidden layer at 0",
        shifted(0),
        item(
            Fact("CENTRED")(c, j),
            total(u, N.mu(u) * N.e(u, t, c)) * total(v, N.nu(v) * N.x(v, t, j)),
            over=[c, j],
        ),
        rewrite=["START", "PAIRS0"],
        reason="feedback and start are uncorrelated",
    )
    errors = total(u, N.mu(u) * N.e(u, t, c) * N.e(u, s, a))
    onward = P.show(
        "hidden layer at s+1",
        shifted(s + 1),
        before(t),
        item(Fact("ISOTROPIC")(c, a), errors * N.over_inputs(t, s), over=[c, a]),
        item(Fact("ISOTROPIC")(c, a), eta * errors * N.over_inputs(t, s), over=[c, a]),
        rewrite=["STEP_W", "PAIRS+", "R", "Q"],
        reason="insert the step s of the hidden layer; errors, inputs and feedback are independent",
    )
    hidden = P.induct("hidden layer", s, [shifted(s)], [at_0], [onward], reason="induction over s")

    def said(t: Time) -> Assertion:
        moved = total(r, c, N.b(z, r, c) * (beta(*here, t, r, c) - beta(*here, 0, r, c)))
        return average(moved).equals(eta**2 * N.sigma * gain(t))

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
    no_start = forall(z, r, j, first(z, r, j).equals(0))
    trace = total(z, r, c, N.pi(z) * N.b(z, r, c) ** 2)
    P.conclude(
        P.induct("mean", t, [said(t)], [start], [then], reason="induction over t"),
        witness=(no_start, isotropic := N.sigma.equals(size("k", -1) * trace)),
    )
    P.mutant(
        "start correlated with the feedback",
        {"CENTRED": forall(c, j, uncorrelated.equals(uncorrelated))},
        witness=[isotropic],
    )
    P.mutant("feedback not isotropic", {"ISOTROPIC": forall(c, a, second.equals(second))})
    P.mutant("a step pairs with itself on average", {"GAIN+": next_gain(t + 1)})
    return P


class Stationary:
    """Autocorrelations R and Q of errors and inputs, and the sums over pairs of steps."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        self.t, self.s = P.indices("t s", "time")
        self.R, self.Q, self.pairs = P.tensors("R Q pairs", "time", "time")
        self.lags, self.gain = P.tensors("lags gain", "time")

    def unmoved(self, R: Tensor) -> Assertion:
        return forall(self.t, self.s, R(self.t + 1, self.s + 1).equals(R(self.t, self.s)))


@cache
def stationary() -> ProofWriter:
    """Prove Σ_{s<t} R(t, s) Q(t, s) = Σ_{m=1}^t R(m, 0) Q(m, 0) for stationary signals."""
    N = Stationary("Stationary signals: a sum over lags")
    P, t, s, R, Q, pairs, lags = N.P, N.t, N.s, N.R, N.Q, N.pairs, N.lags
    P.assume("R", N.unmoved(R), "the errors are stationary")
    P.assume("Q", N.unmoved(Q), "the inputs are stationary")
    P.assume("PAIRS0", forall(t, pairs(t, 0).equals(0)), "empty sum")
    P.assume("PAIRS+", forall(t, s, pairs(t, s + 1).equals(pairs(t, s) + R(t, s) * Q(t, s))), "sum over s")
    P.assume("LAGS0", lags(0).equals(0), "empty sum")

    def next_lags(lag: Time) -> Assertion:
        return forall(t, lags(t + 1).equals(lags(t) + R(lag, 0) * Q(lag, 0)))

    P.assume("LAGS+", next_lags(t + 1), "sum over the lags 1, 2, …")

    def moved(s: Time) -> Assertion:
        return forall(t, pairs(t + 1, s + 1).equals(R(t + 1, 0) * Q(t + 1, 0) + pairs(t, s)))

    before = P.assume("pairs at s", moved(s), "one step later, one more pair, up to s")
    first = P.show(
        "pairs at 0",
        moved(0),
        Fact("PAIRS+")(t + 1, 0),
        Fact("PAIRS0")(t),
        Fact("PAIRS0")(t + 1),
        reason="the sum has one term",
    )
    product = P.show(
        "products",
        (R(t + 1, s + 1) * Q(t + 1, s + 1)).equals(R(t, s) * Q(t, s)),
        Fact("R")(t, s) * Q(t + 1, s + 1),
        Fact("Q")(t, s) * R(t, s),
        reason="the signals are stationary",
    )
    onward = P.show(
        "pairs at s+1",
        moved(s + 1),
        before(t),
        product,
        Fact("PAIRS+")(t + 1, s + 1),
        Fact("PAIRS+")(t, s),
        reason="one more term on both sides",
    )
    shift = P.induct("pairs", s, [moved(s)], [first], [onward], reason="induction over s")

    def said(t: Time) -> Assertion:
        return pairs(t, t).equals(lags(t))

    now = P.assume("lags at t", said(t), "the sum over lags up to step t")
    start = P.show("lags at 0", said(0), Fact("PAIRS0")(0), Fact("LAGS0"), reason="both sums are empty")
    then = P.show("lags at t+1", said(t + 1), now, shift(t, t), Fact("LAGS+")(t), reason="shift both steps by one")
    P.conclude(
        P.induct("lags", t, [said(t)], [start], [then], reason="induction over t"),
        witness=(forall(t, s, R(t, s).equals(num(t) - num(s))), forall(t, s, Q(t, s).equals(3))),
    )
    P.mutant("lag 0 counts", {"LAGS+": next_lags(t)})
    P.mutant(
        "only the inputs are stationary",
        {"R": forall(t, s, R(t, s).equals(R(t, s)))},
        witness=(forall(t, s, R(t, s).equals(num(t) + num(s))), forall(t, s, Q(t, s).equals(3))),
    )
    return P


class Autoregressive:
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
def autocorrelation() -> ProofWriter:
    """Prove E x(t)·x(0) = aᵗ E ‖x(0)‖² for x(t+1) = a x(t) + innovation."""
    P = ProofWriter("The autocorrelation of AR(1) signals")
    P.sorts("V", "d")
    v, j, t, a = P.index("v", "V"), P.index("j", "d"), P.index("t", "time"), P.scalar("a")
    nu, x, new = P.tensor("nu", "V"), P.tensor("x", "V", "time", "d"), P.tensor("new", "V", "time", "d")

    def correlated(y: Tensor, t: Time) -> Expression:
        return total(v, nu(v) * total(j, y(v, t, j) * x(v, 0, j)))

    P.assume("AR", forall(v, t, j, x(v, t + 1, j).equals(a * x(v, t, j) + new(v, t, j))), "AR(1) signal")
    P.assume("NEW", forall(t, correlated(new, t).equals(0)), "innovations are uncorrelated with the start")

    def said(t: Time) -> Assertion:
        return correlated(x, t).equals((a**t if isinstance(t, IndexName) else term(1)) * correlated(x, 0))

    now = P.assume("at t", said(t), "the autocorrelation at lag t")
    start = P.show("at 0", said(0), reason="lag 0")
    then = P.show(
        "at t+1", said(t + 1), now * a, Fact("NEW")(t), rewrite=["AR"], reason="insert the recursion of the signal"
    )
    P.conclude(
        P.induct("at all lags", t, [said(t)], [start], [then], reason="induction over the lag"),
        witness=(forall(v, t, j, new(v, t, j).equals(0)),),
    )
    P.mutant(
        "innovations correlated with the start",
        {"NEW": forall(t, correlated(new, t).equals(correlated(new, t)))},
        witness=(forall(v, t, j, new(v, t, j).equals(1)),),
    )
    return P


@cache
def autoregressive() -> ProofWriter:
    """Prove (1 − q)² gain(T) = v q [(1 − q) T − (1 − q^T)] for v q^m at lag m."""
    N = Autoregressive("AR(1) signals: the sum over pairs of steps")
    P, t, q, v, lags, gain = N.P, N.t, N.q, N.power, N.lags, N.gain
    N.assume_sums()

    def inner(t: Time, power: Expression | int) -> Assertion:
        return ((1 - q) * lags(t)).equals(v * q * (1 - power))

    now = P.assume("lags at t", inner(t, q**t), "the sum over lags up to t")
    start = P.show("lags at 0", inner(0, 1), Fact("LAGS0") * (1 - q), reason="empty")
    then = P.show("lags at t+1", inner(t + 1, q ** (t + 1)), now, Fact("LAGS+")(t) * (1 - q), reason="geometric sum")
    summed = P.induct("lags", t, [inner(t, q**t)], [start], [then], reason="induction over t")

    def said(t: Time, power: Expression | int, *, late: bool = False) -> Assertion:
        steps = (1 - q) * num(t)
        return ((1 - q) ** 2 * gain(t)).equals(v * q * (steps if late else steps - (1 - power)))

    before = P.assume("gain at t", said(t, q**t), "the sum over pairs up to t")
    at_0 = P.show("gain at 0", said(0, 1), Fact("GAIN0") * (1 - q) ** 2, reason="empty")
    onward = P.show(
        "gain at t+1",
        said(t + 1, q ** (t + 1)),
        before,
        summed(t) * (1 - q),
        Fact("GAIN+")(t) * (1 - q) ** 2,
        reason="sum the geometric sums",
    )
    P.conclude(P.induct("gain", t, [said(t, q**t)], [at_0], [onward], reason="induction over t"))
    P.mutant("limit of long times", {}, conclusion=said(t, q**t, late=True))
    P.mutant(
        "sum of the autocorrelations",
        {"LAGS+": forall(t, lags(t + 1).equals(lags(t) + v * (q + q**t)))},
    )
    return P


@cache
def sign() -> ProofWriter:
    """Prove q gain(T) ≥ 0 for v q^m at lag m, v ≥ 0 and |q| ≤ 1."""
    N = Autoregressive("AR(1) signals: the sign of the gain")
    P, t, q, v, lags, gain = N.P, N.t, N.q, N.power, N.lags, N.gain
    N.assume_sums()
    P.assume("POWER", at_least_0(v), "mean squares")
    P.assume("ABOVE", q <= 1, "autocorrelations")
    P.assume("BELOW", term(-1) <= q, "autocorrelations")

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
