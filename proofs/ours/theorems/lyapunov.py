"""O1: a Lyapunov function of linear feedback alignment at every depth, in steps and along the flow.

Only the first and the last layer enter. What lies between is the matrix H of the activations that the last layer sees:
any numbers, so the proofs cover every depth at once.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Tensor,
    at_least_0,
    d,
    delta,
    forall,
    given,
    num,
    of,
    size,
    total,
)

HALF = Fraction(1, 2)
Time = IndexName | int
MUTANTS_OF_STEP = ("without second order", "the other sign", "backpropagation in the first layer")
MUTANTS_OF_DESCENT = ("steps of any size", "falls by more")
MUTANTS_OF_FLOW = ("half the speed", "backpropagation along the flow")
MUTANTS_OF_DECAY = ("half the decay", "decay in the other direction")
MUTANTS_OF_FLOOR = ("without the width", "without the aims")
MUTANTS_OF_TOTAL = ("a lower start",)
MUTANTS_OF_TWO = ("half the width", "without the start")


class Ends:
    """First layer V, last layer W, feedback B on the way to the first layer, activations H below the last layer."""

    def __init__(self, title: str, time: str, last: str = "l") -> None:
        self.P = P = ProofWriter(title)
        P.sorts(*dict.fromkeys(("n", "d", "p", last, "k")))
        self.i, self.j = P.indices("i j", "n")
        self.m, self.r, self.q = P.index("m", "d"), P.index("r", "p"), P.index("q", last)
        self.c = P.index("c", "k")
        self.X, self.Theta, self.B = P.tensor("X", "n", "d"), P.tensor("Theta", "k", "d"), P.tensor("B", "p", "k")
        self.V, self.W = P.tensor("V", time, "p", "d"), P.tensor("W", time, "k", last)
        self.H, self.E = P.tensor("H", time, "n", last), P.tensor("E", time, "n", "k")

    def error(self, t: IndexName) -> None:
        i, c, q, m = self.i, self.c, self.q, self.m
        aim = total(m, self.X(i, m) * self.Theta(c, m))
        output = total(q, self.H(t, i, q) * self.W(t, c, q))
        self.P.assume("ERROR", forall(t, i, c, self.E(t, i, c).equals(output - aim)), "error")

    def sent(self, at: Time, r: IndexName, i: IndexName) -> Expression:
        """``(BEᵀ)_ri``."""
        return total(self.c, self.B(r, self.c) * self.E(at, i, self.c))

    def size_of_sent(self, at: Time) -> Expression:
        """``‖BEᵀ‖²``."""
        return total(self.r, self.i, self.sent(at, self.r, self.i) ** 2)

    def pulled(self, at: Time, c: IndexName, q: IndexName) -> Expression:
        """``(EᵀH)_cq``."""
        return total(self.i, self.E(at, self.i, c) * self.H(at, self.i, q))

    def F(self, at: Time) -> Expression:
        """``½‖BW‖² − ⟨BΘ, V⟩``."""
        seen = total(self.r, self.q, total(self.c, self.B(self.r, self.c) * self.W(at, self.c, self.q)) ** 2)
        aim = total(self.c, self.B(self.r, self.c) * self.Theta(self.c, self.m))
        return HALF * seen - total(self.r, self.m, aim * self.V(at, self.r, self.m))

    def second_order(self, at: Time) -> Expression:
        """``‖BEᵀH‖²``."""
        return total(self.r, self.q, total(self.i, self.sent(at, self.r, self.i) * self.H(at, self.i, self.q)) ** 2)


class LyapunovSteps(Ends):
    """LyapunovSteps of size η."""

    def __init__(self, title: str) -> None:
        super().__init__(title, "time")
        P = self.P
        self.t, self.eta = P.index("t", "time"), P.scalar("eta")
        t, r, c, q = self.t, self.r, self.c, self.q
        self.error(t)
        P.assume("STEP_FIRST", self.first(self.sent(t, r, self.i)), "step of the first layer")
        last = self.W(t, c, q) - self.eta * self.pulled(t, c, q)
        P.assume("STEP_LAST", forall(t, c, q, self.W(t + 1, c, q).equals(last)), "step of the last layer")

    def first(self, sent: Expression) -> Assertion:
        t, r, m = self.t, self.r, self.m
        move = total(self.i, sent * self.X(self.i, m))
        return forall(t, r, m, self.V(t + 1, r, m).equals(self.V(t, r, m) - self.eta * move))

    def after(self, share: Fraction, sign: int = 1) -> Assertion:
        t = self.t
        change = -self.eta * self.size_of_sent(t) + share * self.eta**2 * self.second_order(t)
        return forall(t, self.F(t + 1).equals(self.F(t) + (change if sign == 1 else -change)))

    def show_step(self) -> Fact:
        return self.P.show(
            "F after a step",
            self.after(HALF),
            rewrite=["STEP_FIRST", "STEP_LAST", "ERROR"],
            reason="insert both steps and the error; F is linear in the first layer and quadratic in the last",
        )


@cache
def step() -> ProofWriter:
    """Prove ``F⁺ − F = −η‖BEᵀ‖² + ½η²‖BEᵀH‖²``."""
    N = LyapunovSteps("The Lyapunov function after a step")
    P = N.P
    P.conclude(N.show_step())
    P.mutant("without second order", {}, conclusion=N.after(Fraction(0)))
    P.mutant("the other sign", {}, conclusion=N.after(HALF, -1))
    back = total(N.c, N.B(N.r, N.c) ** 2 * N.E(N.t, N.i, N.c))
    P.mutant("backpropagation in the first layer", {"STEP_FIRST": N.first(back)})
    return P


@cache
def descent() -> ProofWriter:
    """Prove ``F⁺ ≤ F − η(1 − ½ηh²)‖BEᵀ‖²`` if ``‖H‖ ≤ h``."""
    N = LyapunovSteps("The Lyapunov function falls in steps that are small enough")
    P, t, r, i, q = N.P, N.t, N.r, N.i, N.q
    h, v = P.scalar("h"), P.tensor("v", "n")
    exact = N.show_step()

    def bound(size: Expression) -> Assertion:
        seen = total(q, total(i, v(i) * N.H(t, i, q)) ** 2)
        return forall(t, v, seen <= size * total(i, v(i) ** 2))

    P.assume("ACTIVATIONS", bound(h**2), "‖H(t)‖ ≤ h")

    def falls(share: Fraction) -> Assertion:
        return forall(t, N.F(t + 1) <= N.F(t) - N.eta * (1 - share * N.eta * h**2) * N.size_of_sent(t))

    found = P.show(
        "F falls",
        falls(HALF),
        exact(t),
        item(Fact("ACTIVATIONS")(t, of(i, N.sent(t, r, i))), N.eta**2, over=[r]),
        reason="row by row, ‖BEᵀH‖² ≤ h²‖BEᵀ‖²",
    )
    zero = [forall(t, i, q, N.H(t, i, q).equals(0)), h.equals(0)]
    P.conclude(found, witness=zero)
    one = [forall(t, i, q, N.H(t, i, q).equals(1)), h.equals(0), N.eta.equals(1)]
    P.mutant("steps of any size", {"ACTIVATIONS": bound(h**2 + 100)}, witness=one)
    full = [forall(t, i, q, N.H(t, i, q).equals(0)), h.equals(1), N.eta.equals(1)]
    P.mutant("falls by more", {}, conclusion=falls(Fraction(-1)), witness=full)
    return P


class LyapunovFlow(Ends):
    """Continuous time."""

    def __init__(self, title: str, *, decay: bool = False, last: str = "l") -> None:
        super().__init__(title, "real", last)
        P = self.P
        self.lam: Expression | None = P.scalar("lam") if decay else None
        self.mu: Expression | None = P.scalar("mu") if decay else None
        self.V_rate, self.W_rate = P.tensor("V.", "real", "p", "d"), P.tensor("W.", "real", "k", last)
        self.flow = Flow(P, "s", "t")
        self.s, self.t = self.flow.s, self.flow.t
        self.flow.moves(self.V, self.V_rate)
        self.flow.moves(self.W, self.W_rate)
        t, r, m, c, q = self.t, self.r, self.m, self.c, self.q
        self.error(t)
        first = P.assume("FLOW_FIRST", self.first(self.sent(t, r, self.i)), "flow of the first layer")
        pull = P.assume(
            "FLOW_LAST",
            forall(t, c, q, d(self.s, self.W(self.s, c, q), t).equals(self.last())),
            "flow of the last layer",
        )
        velocity = forall(t, r, m, self.V_rate(t, r, m).equals(self.move(self.sent(t, r, self.i))))
        P.show("velocity of V", velocity, Fact("V rate")(t, r, m), first(t, r, m))
        velocity = forall(t, c, q, self.W_rate(t, c, q).equals(self.last()))
        P.show("velocity of W", velocity, Fact("W rate")(t, c, q), pull(t, c, q))

    def first(self, sent: Expression) -> Assertion:
        t, r, m = self.t, self.r, self.m
        return forall(t, r, m, d(self.s, self.V(self.s, r, m), t).equals(self.move(sent)))

    def move(self, sent: Expression) -> Expression:
        """The rate of the first layer."""
        pull = -total(self.i, sent * self.X(self.i, self.m))
        return pull if self.mu is None else pull - self.mu * self.V(self.t, self.r, self.m)

    def last(self) -> Expression:
        """The rate of the last layer."""
        pull = -self.pulled(self.t, self.c, self.q)
        return pull if self.lam is None else pull - self.lam * self.W(self.t, self.c, self.q)

    def falls(self, share: Fraction | int) -> Assertion:
        return forall(self.t, d(self.s, self.F(self.s), self.t).equals(-share * self.size_of_sent(self.t)))

    def show_rate(self) -> Fact:
        self.along = self.flow.rate(self.F(self.s))
        return self.P.show(
            "rate of F",
            self.falls(1),
            self.along.equation,
            rewrite=["velocity of V", "velocity of W", "ERROR"],
            reason="insert both flows and the error",
        )

    def stated(self, fact: Fact) -> Fact:
        for name in "VW":
            fact = self.P.drop(f"without {name}.", fact, f"{name} rate")
        return fact

    def defined(self) -> list[Fact]:
        return [Fact("V differentiable"), Fact("W differentiable")]


@cache
def flow() -> ProofWriter:
    """Prove ``F' = −‖BEᵀ‖²``."""
    N = LyapunovFlow("The Lyapunov function along the flow")
    P, t = N.P, N.t
    found = N.show_rate()
    smooth = P.generalise("F is differentiable", N.along.smooth, t)
    P.conclude(N.stated(found), defined=[smooth, *N.defined()])
    P.mutant("half the speed", {}, conclusion=N.falls(HALF))
    back = total(N.c, N.B(N.r, N.c) ** 2 * N.E(t, N.i, N.c))
    P.mutant("backpropagation along the flow", {"FLOW_FIRST": N.first(back)})
    return P


def _paid(
    N: LyapunovFlow, epsilon: Expression, floor: Expression, low: Fact
) -> tuple[Fact, Callable[[Expression], Assertion]]:
    """Show ``w ε ≤ F(0) − floor`` if ``‖BEᵀ‖² ≥ ε`` up to time w; ``low`` says ``floor ≤ F(t)`` for all t."""
    P, s, t = N.P, N.s, N.t
    exact = N.show_rate()
    w = P.index("w", "real")
    large = forall(t, given(num(t) <= num(w), epsilon <= N.size_of_sent(t)))
    P.assume("LARGE", large, "what is sent stays large up to time w")
    body = N.F(s) + epsilon * num(s)
    rate = N.flow.rate(body)
    late = P.show("0 ≤ w", num(0) <= num(w), axiom("real_sign")(w))
    here = P.assume("t ≤ w", num(t) <= num(w), "a time up to w")
    falls = P.show(
        "F + εt falls",
        forall(t, given(num(0) <= num(t), num(t) <= num(w), d(s, body, t) <= 0)),
        *(rate.equation, N.along.equation, exact(t), Fact("LARGE")(t, given=[here])),
    )
    smooth = P.generalise("it is differentiable", rate.smooth, t)
    less = axiom("decreasing")(of(s, body), 0, w, given=[late, smooth, falls])

    def bound(start: Expression) -> Assertion:
        return forall(w, given(large, num(w) * epsilon <= start - floor))

    return P.show("the time is bounded", bound(N.F(0)), less, low(w), reason="compare with time 0"), bound


@cache
def total_paid() -> ProofWriter:
    """Prove ``t · ε ≤ F(0) − f`` if ``‖BEᵀ‖² ≥ ε`` up to time t and ``F ≥ f``."""
    N = LyapunovFlow("How long the error can stay large")
    P, t = N.P, N.t
    epsilon, floor = P.scalars("epsilon f")
    low = P.assume("FLOOR", forall(t, floor <= N.F(t)), "F is bounded below")
    found, bound = _paid(N, epsilon, floor, low)
    P.conclude(N.stated(found), defined=N.defined(), witness=[epsilon.equals(0), floor.equals(-1000)])
    low_start = [epsilon.equals(0), floor.equals(N.F(0) - 1)]
    P.mutant("a lower start", {}, conclusion=bound(N.F(0) - 2), witness=low_start)
    return P


@cache
def two_layers() -> ProofWriter:
    """Prove ``t ε ≤ F(0) + ‖BΘ‖² + p/8 + c/4`` in two layers, from every start, if ``‖BEᵀ‖² ≥ ε`` up to time t."""
    N = LyapunovFlow("Two layers: how long the error can stay large, from any start", last="p")
    P, s, t, r, q, i, m, c = N.P, N.s, N.t, N.r, N.q, N.i, N.m, N.c
    hidden = forall(t, i, q, N.H(t, i, q).equals(total(m, N.X(i, m) * N.V(t, q, m))))
    P.assume("HIDDEN", hidden, "two layers: H = XVᵀ")

    def trace(at: Time) -> Expression:
        crossed = total(r, c, N.B(r, c) * N.W(at, c, r))
        return total(r, m, N.V(at, r, m) ** 2) - 2 * crossed

    moved = N.flow.rate(trace(s))
    still = P.show(
        "‖V‖² − 2 tr BW has rate 0",
        d(s, trace(s), t).equals(0),
        moved.equation,
        rewrite=["velocity of V", "velocity of W", "HIDDEN"],
        reason="insert both flows",
    )
    every = [P.generalise("it is differentiable too", moved.smooth, t), P.generalise("it never moves", still, t)]
    kept = P.use(library.flow_constant())(of(s, trace(s)), t, given=every)

    def aim(r: IndexName, m: IndexName) -> Expression:
        return total(c, N.B(r, c) * N.Theta(c, m))

    def seen(r: IndexName, q: IndexName) -> Expression:
        return total(c, N.B(r, c) * N.W(t, c, q))

    aims = total(r, m, aim(r, m) ** 2)
    floor = -(aims + Fraction(1, 8) * size("p") + Fraction(1, 4) * trace(0))
    low = P.show(
        "F is bounded below",
        forall(t, floor <= N.F(t)),
        kept,
        P.signed(total(r, m, (aim(r, m) - HALF * N.V(t, r, m)) ** 2)),
        P.signed(total(r, q, (seen(r, q) - HALF * delta(r, q)) ** 2)),
        reason="⟨BΘ, V⟩ ≤ ‖BΘ‖² + ¼‖V‖², ‖V‖² = 2 tr BW + c, and tr BW ≤ ‖BW‖² + p/4",
    )
    epsilon = P.scalar("epsilon")
    found, bound = _paid(N, epsilon, floor, low)
    P.conclude(N.stated(found), defined=N.defined(), witness=[epsilon.equals(0)])
    tight = [
        epsilon.equals(0),
        forall(r, c, N.B(r, c).equals(1)),
        forall(c, m, N.Theta(c, m).equals(Fraction(1, 32) * size("k", -1))),
        forall(r, m, N.V(0, r, m).equals(0)),
        forall(c, r, N.W(0, c, r).equals(HALF * size("k", -1))),
    ]
    P.mutant("half the width", {}, conclusion=bound(N.F(0) - Fraction(1, 16) * size("p")), witness=tight)
    P.mutant("without the start", {}, conclusion=bound(-aims - size("p")), witness=tight)
    return P


@cache
def decayed() -> ProofWriter:
    """Prove ``F' = −‖BEᵀ‖² − λ‖BW‖² + μ⟨BΘ, V⟩`` with decay λ on the last and μ on the first layer."""
    N = LyapunovFlow("The Lyapunov function with weight decay", decay=True)
    P, t, r, q, m, c = N.P, N.t, N.r, N.q, N.m, N.c
    along = N.flow.rate(N.F(N.s))
    seen = total(r, q, total(c, N.B(r, c) * N.W(t, c, q)) ** 2)
    aim = total(r, m, total(c, N.B(r, c) * N.Theta(c, m)) * N.V(t, r, m))

    assert N.lam is not None
    assert N.mu is not None
    lam, mu = N.lam, N.mu

    def falls(share: Fraction | int) -> Assertion:
        lost = lam * seen
        value = -N.size_of_sent(t) - (lost if share == 1 else share * lost) + mu * aim
        return forall(t, d(N.s, N.F(N.s), t).equals(value))

    found = P.show(
        "rate of F",
        falls(1),
        along.equation,
        rewrite=["velocity of V", "velocity of W", "ERROR"],
        reason="insert both flows and the error",
    )
    P.conclude(N.stated(found), defined=[P.generalise("F is differentiable", along.smooth, t), *N.defined()])
    P.mutant("half the decay", {}, conclusion=falls(HALF))
    P.mutant("decay in the other direction", {}, conclusion=falls(-1))
    return P


@cache
def floor() -> ProofWriter:
    """Prove ``κF ≥ −½κ(‖BΘ‖² + ‖B₁‖² + c₁ + c₂) − ½q`` in three layers, ``B = B₁B₂``, from what is conserved."""
    P = ProofWriter("The Lyapunov function of three layers is bounded below")
    P.sorts("d", "p", "q", "k")
    m, r, (a, a2), c = P.index("m", "d"), P.index("r", "p"), P.indices("a a2", "q"), P.index("c", "k")
    V, M, W = P.tensor("V", "p", "d"), P.tensor("M", "q", "p"), P.tensor("W", "k", "q")
    B1, B2, Theta = P.tensor("B1", "p", "q"), P.tensor("B2", "q", "k"), P.tensor("Theta", "k", "d")
    kappa, c1, c2 = P.scalars("kappa c1 c2")

    def seen(a: IndexName, b: IndexName) -> Expression:
        return total(c, B2(a, c) * W(c, b))

    def back(r: IndexName, b: IndexName) -> Expression:
        return total(a2, B1(r, a2) * seen(a2, b))

    def aim(r: IndexName, m: IndexName) -> Expression:
        return total(a2, B1(r, a2) * total(c, B2(a2, c) * Theta(c, m)))

    squares = {"V": total(r, m, V(r, m) ** 2), "M": total(a, r, M(a, r) ** 2), "B1": total(r, a, B1(r, a) ** 2)}
    P.assume("FIRST", squares["V"].equals(2 * total(r, a, B1(r, a) * M(a, r)) + c1), "conserved by the first layer")
    P.assume("SECOND", squares["M"].equals(2 * total(a, seen(a, a)) + c2), "conserved by the second layer")
    of_W = total(a, a2, seen(a, a2) ** 2)
    of_back = total(r, a, back(r, a) ** 2)
    P.assume("RANK", kappa * of_W <= of_back, "B₁ᵀB₁ ⪰ κ")
    P.assume("κ ≥ 0", at_least_0(kappa), "κ is not negative")
    F = HALF * of_back - total(r, m, aim(r, m) * V(r, m))
    aims = total(r, m, aim(r, m) ** 2)

    def low(rest: Expression) -> Assertion:
        return -HALF * (kappa * (aims + squares["B1"] + c1 + c2)) - rest <= kappa * F

    found = P.show(
        "F is bounded below",
        low(HALF * size("q")),
        item(P.signed(total(r, m, (aim(r, m) - V(r, m)) ** 2)), kappa),
        item(P.signed(total(r, a, (B1(r, a) - M(a, r)) ** 2)), kappa),
        P.signed(total(a, a2, (kappa * seen(a, a2) - delta(a, a2)) ** 2)),
        Fact("FIRST") * kappa,
        Fact("SECOND") * kappa,
        item(Fact("RANK"), kappa),
        reason="Young's inequality four times: layer by layer, the first is bounded by the last",
    )
    from_zero = [
        *(forall(r, m, V(r, m).equals(0)), forall(a, r, M(a, r).equals(0)), forall(c, a, W(c, a).equals(0))),
        *(c1.equals(0), c2.equals(0), kappa.equals(1)),
    ]
    P.conclude(found, witness=from_zero)
    below = forall(c, a, B2(a, c).equals(0))
    P.mutant("without the width", {}, conclusion=low(-HALF * size("q")), witness=[*from_zero, below, *_no(B1, r, a)])
    P.mutant("without the aims", {}, conclusion=low(-2 * kappa * (aims + 1) - size("q")), witness=from_zero)
    return P


def _no(B1: Tensor, r: IndexName, a: IndexName) -> list[Assertion]:
    return [forall(r, a, B1(r, a).equals(0))]
