"""RK2 for steps of finite size: linear networks with a positive bracket converge exponentially, at any width.

One induction proves four statements together: the squared error decays, the sum of the brackets falls by at most half
and never grows, and the first layer stays within a distance R. Within a step the order is fixed: a small error gives a
small change, so the first layer stays near its start and the brackets decrease little; then the alignment after the
step is positive and not too large, so that the step reduces the error.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    at_least_0,
    forall,
    inv,
    of,
    positive,
    size,
    sqrt,
    square_sum,
    total,
)

from ...shared.one_step import INVERSE, ROOT
from .data import floor
from .run import HALF, UnregularisedRun

MUTANTS_OF_LOSS = ("brackets conserved by steps", "half the decrease", "backpropagated error")
MUTANTS_OF_STEP = ("alignment before the step", "fixed first layer")
MUTANTS_OF_DECAY = ("five times the rate of decay",)
MUTANTS_OF_ALIGNMENT = ("the alignment never falls",)
MUTANTS_OF_DISTANCE = ("the first layer does not change",)


class _AnyWidth(UnregularisedRun):
    """A run of a linear network, with the quantities that the proof names."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P = self.P
        self.m = P.index("m", "d")
        self.y = P.tensor("y", "n")
        self.C, self.E, self.s = P.tensors("C E s", "time")
        self.a, self.g, self.v = P.tensor("a", "time", "d"), P.tensor("g", "time", "p"), P.tensor("v", "time", "d")
        self.B, self.q, self.R, self.omega = P.scalars("B q R omega")
        self.kappa, self.Lam = P.scalars("kappa Lambda")
        self.steps()

    def of_W(self, at: IndexName | int) -> Expression:
        return total(self.r, self.k, self.W(at, self.r, self.k) ** 2)

    def aligned(self, at: IndexName | int) -> Expression:
        return total(self.r, self.b(self.r) * self.beta(at, self.r))

    def moved(self, t: IndexName, since: IndexName | int) -> Expression:
        """``‖W(t) − W(since)‖²``."""
        r, k = self.r, self.k
        return total(r, k, (self.W(t, r, k) - self.W(since, r, k)) ** 2)

    def inputs(self) -> Expression:
        return square_sum(self.k, self.a(self.t, self.k))

    def brackets(self) -> None:
        P, t, j, k, r = self.P, self.t, self.j, self.k, self.r
        pull = total(j, self.X(j, k) * self.e(t, j))
        P.assume("PULL", forall(t, k, self.a(t, k).equals(pull)), "the error mapped back to the inputs, Xᵀe")
        P.assume("BRACKETS", self.sum_of_brackets(HALF), "sum of the brackets")
        P.assume("FEEDBACK", self.B.equals(total(r, self.b(r) ** 2)), "squared length of the feedback weights")

    def sum_of_brackets(self, share: Fraction) -> Assertion:
        return forall(self.t, self.C(self.t).equals(self.aligned(self.t) - share * self.of_W(self.t)))

    def what_comes_back(self) -> None:
        P, t, i, k, r = self.P, self.t, self.i, self.k, self.r
        seen = total(k, self.W(t, r, k) * self.a(t, k))
        back = total(r, self.W(t, r, k) * self.g(t, r)) + self.s(t) * self.a(t, k)
        P.assume("ERROR", forall(t, i, self.e(t, i).equals(self.output(t))), "error of a linear network")
        P.assume("SEEN", forall(t, r, self.g(t, r).equals(seen)), "projection of Xᵀe onto the weights of a neuron")
        P.assume("ALIGNED", self.alignment(t + 1), "alignment after the step")
        P.assume("BACK", forall(t, k, self.v(t, k).equals(back)), "direction in which the end-to-end weights change")

    def alignment(self, at: IndexName) -> Assertion:
        return forall(self.t, self.s(self.t).equals(self.aligned(at)))

    def output(self, at: IndexName, weights_at: IndexName | None = None) -> Expression:
        i, k, r = self.i, self.k, self.r
        return ROOT * total(r, k, self.beta(at, r) * self.W(weights_at or at, r, k) * self.X(i, k)) - self.y(i)

    def loses(self, lost: Expression | int) -> Assertion:
        return forall(self.t, self.C(self.t + 1).equals(self.C(self.t) - lost))

    def show_loss(self) -> Fact:
        return self.P.show(
            "decrease of the brackets in a step",
            self.loses(HALF * self.eta**2 * INVERSE * self.B * self.inputs()),
            rewrite=["BRACKETS", "STEP_BETA", "STEP_W", "PULL", "FEEDBACK"],
            reason="substitute both steps; the terms of first order in the step size cancel",
        )

    def next_error(self) -> Assertion:
        t, i, k = self.t, self.i, self.k
        right = self.e(t, i) - self.eta * INVERSE * total(k, self.X(i, k) * self.v(t, k))
        return forall(t, i, self.e(t + 1, i).equals(right))

    def show_next_error(self) -> Fact:
        t, i = self.t, self.i
        error = Fact("ERROR")
        return self.P.show(
            "the error after a step",
            self.next_error(),
            *(error(t + 1, i), error(t, i)),
            rewrite=["BACK", "SEEN", "ALIGNED", "PULL", "STEP_BETA", "STEP_W"],
            reason="substitute both steps; the remaining terms are the error before the step",
        )


@cache
def loss() -> ProofWriter:
    """Prove by how much a step decreases the sum of the brackets of a linear network."""
    N = _AnyWidth("The sum of the brackets of a linear network")
    P, t = N.P, N.t
    N.brackets()
    P.conclude(P.drop("without names", N.show_loss(), "PULL"))
    lost = N.eta**2 * INVERSE * N.B * total(N.k, total(N.j, N.X(N.j, N.k) * N.e(t, N.j)) ** 2)
    P.mutant("brackets conserved by steps", {}, conclusion=N.loses(0))
    P.mutant("half the decrease", {}, conclusion=N.loses(Fraction(1, 4) * lost))
    P.mutant("backpropagated error", {"STEP_W": N.next_W(N.beta(t, N.r))})
    return P


@cache
def error() -> ProofWriter:
    """Prove the error of a linear network after a step, through the alignment after the step."""
    N = _AnyWidth("The error of a linear network after a step")
    P, t = N.P, N.t
    N.brackets()
    N.what_comes_back()
    P.conclude(N.show_next_error())
    P.mutant("alignment before the step", {"ALIGNED": N.alignment(t)})
    P.mutant("fixed first layer", {"STEP_W": forall(t, N.r, N.k, N.W(t + 1, N.r, N.k).equals(N.W(t, N.r, N.k)))})
    return P


@dataclass(frozen=True)
class _Finished:
    network: _AnyWidth
    decay: Fact
    brackets: Fact
    distance: Fact

    def conclude(self, fact: Fact) -> ProofWriter:
        """Drop the auxiliary definitions of the proof, and conclude."""
        N = self.network
        for name in ("BACK", "SEEN", "ALIGNED", "PULL"):
            fact = N.P.drop(f"without {name}", fact, name)
        N.P.conclude(fact, witness=_witness(N))
        return N.P


def _witness(N: _AnyWidth) -> list[Assertion]:
    """One sample, a small first layer, and bracket 1."""
    r, k, i = N.r, N.k, N.i
    data, feedback = total(i, k, N.X(i, k) ** 2), total(r, N.b(r) ** 2)
    slow = 2 * N.Lam * INVERSE * ((sqrt(N.of_W(0)) + N.R) ** 2 + N.C(0))
    lossy = 2 * N.Lam * N.B * N.E(0) * inv(N.C(0) ** 2 * N.kappa)
    return [
        N.Lam.equals(data),
        N.kappa.equals(floor(N.X, i, N.j, k)),
        forall(r, k, N.W(0, r, k).equals(Fraction(1, 10))),
        forall(r, N.beta(0, r).equals((HALF * N.of_W(0) + 1) * N.b(r) * inv(feedback))),
        N.R.equals(4 * sqrt(size("p") * N.Lam * N.B * N.E(0)) * inv(N.C(0) * N.kappa)),
        N.eta.equals(inv(slow + lossy)),
    ]


def _theorem(title: str) -> _Finished:
    N = _AnyWidth(title)
    P, t, i, k, r, m = N.P, N.t, N.i, N.k, N.r, N.m
    X, W, e, g, v, s, C, E, B = N.X, N.W, N.e, N.g, N.v, N.s, N.C, N.E, N.B
    eta, q, R, omega, kappa, Lam = N.eta, N.q, N.R, N.omega, N.kappa, N.Lam
    u, w = P.tensor("u", "n"), P.tensor("w", "d")
    t1 = t + 1
    N.brackets()
    N.what_comes_back()
    seen = square_sum(k, total(i, X(i, k) * u(i)))
    P.assume("SQUARE", forall(t, E(t).equals(square_sum(i, e(t, i)))), "squared error")
    P.assume("C > 0", positive(C(0)), "the sum of the brackets is initially positive")
    P.assume("κ > 0", positive(kappa), "the samples are independent")
    P.assume("SMALLEST", forall(u, kappa * square_sum(i, u(i)) <= seen), "smallest eigenvalue of XXᵀ at least κ")
    P.assume("LARGEST", forall(u, seen <= Lam * square_sum(i, u(i))), "largest eigenvalue of XXᵀ at most Λ")
    P.assume("η ≥ 0", at_least_0(eta), "the step size is non-negative")
    P.assume("R ≥ 0", at_least_0(R), "the distance is non-negative")
    P.assume("RADIUS", 16 * size("p") * Lam * B * E(0) <= (R * C(0) * kappa) ** 2, "R is large enough")
    P.assume("REACH", omega.equals((sqrt(N.of_W(0)) + R) ** 2), "bound on the squared norm of the first layer")
    P.assume("LOSS", 2 * eta * Lam * B * E(0) <= C(0) ** 2 * kappa, "small steps: the brackets decrease little")
    P.assume("SMALL", 2 * eta * Lam * (omega + C(0)) <= size("p"), "small steps: no overshooting")
    P.assume("RATE", q.equals(1 - HALF * eta * C(0) * kappa * INVERSE), "rate of decay")

    # the data
    ones = of(i, 1)
    P.show(
        "κ ≤ Λ",
        kappa <= Lam,
        *(Fact(name)(ones) * size("n", -1) for name in ("SMALLEST", "LARGEST")),
        reason="both hold for the vector of ones",
    )
    P.show("Λ > 0", positive(Lam), "κ > 0", "κ ≤ Λ")
    Xw = total(m, X(i, m) * w(m))
    P.show(
        "Λ‖Xw‖²",
        Lam * square_sum(i, Xw) <= Lam * (Lam * square_sum(k, w(k))),
        P.signed(square_sum(k, Lam * w(k) - total(i, X(i, k) * Xw))),
        Fact("LARGEST")(of(i, Xw)),
        reason="‖Λw − XᵀXw‖² is non-negative",
    )
    cancelled = P.use(library.cancel())(square_sum(i, Xw), Lam * square_sum(k, w(k)), Lam, given=["Λ > 0", "Λ‖Xw‖²"])
    transposed = P.generalise("‖Xw‖² ≤ Λ‖w‖²", P.instance("‖Xw‖² ≤ Λ‖w‖² for w", cancelled), w)

    # the rate and its root
    h = sqrt(q)
    P.show("ω ≥ 0", at_least_0(omega), P.signed((sqrt(N.of_W(0)) + R) ** 2), rewrite=["REACH"])
    P.show("B ≥ 0", at_least_0(B), P.signed(total(r, N.b(r) ** 2)), rewrite=["FEEDBACK"])
    e0 = P.show("E ≥ 0", forall(t, at_least_0(E(t))), P.signed(square_sum(i, e(t, i))), rewrite=["SQUARE"])
    P.instance("E(0) ≥ 0", e0(0))
    P.show(
        "q ≥ 0",
        at_least_0(q),
        Fact("SMALL") * INVERSE,
        P.signed(eta * Lam * omega * INVERSE),
        Fact("κ ≤ Λ") * (eta * C(0) * INVERSE),
        rewrite=["RATE"],
        reason="η C₀κ ≤ η C₀Λ ≤ p/2",
    )
    P.show("q ≤ 1", q <= 1, P.signed(eta * C(0) * kappa * INVERSE), rewrite=["RATE"])
    h2 = P.instance("h² = q", axiom("sqrt_square")(q, given=["q ≥ 0"]))
    P.show("h² ≤ 1", h**2 <= Expression(["^", 1, 2]), h2, "q ≤ 1")
    one = P.show("0 ≤ 1", at_least_0(1))
    P.instance("h ≤ 1", P.use(library.root())(h, 1, given=[one, "h² ≤ 1"]))
    P.show("1 − h ≥ 0", at_least_0(1 - h), "h ≤ 1")
    P.show("1 − q ≥ 0", at_least_0(1 - q), "q ≤ 1")
    P.show("(1 − q)/2 ≤ 1 − h", HALF * (1 - q) <= 1 - h, P.signed((1 - h) ** 2), h2, reason="(1 − h)² ≥ 0")
    same = (h**t) ** 2
    power = P.assume("(h^t)² at t", same.equals(q**t), "powers of the root at time t")
    start = P.show("(h^0)²", ((h**0) ** 2).equals(Expression(["^t", q.json, 0])))
    onward = P.show("(h^(t+1))²", ((h**t1) ** 2).equals(q**t1), power * h**2, h2 * q**t)
    powers = P.induct("(h^t)² = q^t", t, [same.equals(q**t)], [start], [onward])
    qt, ht = (P.use(library.power_sign())(x, t, given=[y]) for x, y in ((q, "q ≥ 0"), (h, axiom("sqrt_sign")(q))))
    qt, ht = P.instance("q^t ≥ 0", qt), P.instance("h^t ≥ 0", ht)
    qt1 = P.show("q^(t+1) ≥ 0", at_least_0(q**t1), item(qt, q, sign="q ≥ 0"))
    ht1 = P.show("h^(t+1) ≥ 0", at_least_0(h**t1), item(ht, h, sign=axiom("sqrt_sign")(q)))

    # the four statements
    def decay(at: IndexName | int, power: Expression) -> Assertion:
        return E(at) <= power * E(0)

    def kept(at: IndexName | int, power: Expression) -> Assertion:
        return HALF * C(0) * (1 + power) <= C(at)

    def capped(at: IndexName | int) -> Assertion:
        return C(at) <= C(0)

    def near(at: IndexName | int, power: Expression) -> Assertion:
        return sqrt(total(r, k, (W(at, r, k) - W(0, r, k)) ** 2)) <= R * (1 - power)

    goals = [decay(t, q**t), kept(t, q**t), capped(t), near(t, h**t)]
    names = ("decay", "brackets kept", "brackets capped", "distance")
    now = {n: P.assume(f"{n} at t", x, f"{n} at time t") for n, x in zip(names, goals, strict=True)}

    # the move of the first layer
    length = P.show(
        "length of the move",
        N.moved(t1, t).equals(eta**2 * INVERSE * B * N.inputs()),
        rewrite=["STEP_W", "PULL", "FEEDBACK"],
    )
    pulled = P.show(
        "pull",
        N.inputs() <= Lam * E(t),
        Fact("LARGEST")(of(i, e(t, i))),
        rewrite=["PULL", "SQUARE"],
        reason="largest eigenvalue of the data",
    )
    short = P.show(
        "squared move",
        N.moved(t1, t) <= eta**2 * INVERSE * B * Lam * q**t * E(0),
        *(length, pulled * (eta**2 * INVERSE * B), now["decay"] * (eta**2 * INVERSE * B * Lam)),
    )
    step = R * h**t * (1 - h)
    halves = P.show(
        "((1 − q)/2)² ≤ (1 − h)²",
        Fraction(1, 4) * (1 - q) ** 2 <= (1 - h) ** 2,
        item("(1 − q)/2 ≤ 1 − h", HALF * (1 - q) + (1 - h)),
    )
    room = P.show(
        "R is large enough for one step",
        eta**2 * INVERSE * B * Lam * E(0) <= R**2 * (1 - h) ** 2,
        Fact("RADIUS") * (eta**2 * size("p", -2)),
        halves * R**2,
        rewrite=["RATE"],
    )
    moves = sqrt(N.moved(t1, t))
    squared = axiom("sqrt_square")(N.moved(t1, t), given=[P.signed(N.moved(t1, t))])
    P.show(
        "move, squared",
        moves**2 <= step**2,
        *(squared, short, room * q**t, powers(t) * (R**2 * (1 - h) ** 2)),
    )
    move = P.use(library.root())(moves, step, given=[P.signed(step), "move, squared"])
    far = P.use(library.frobenius_triangle(), A="d", B="p")
    onward_near = P.show(
        "distance at t+1",
        near(t1, h**t1),
        *(far(of(r, k, W(t1, r, k) - W(t, r, k)), of(r, k, W(t, r, k) - W(0, r, k))), move, now["distance"]),
        reason="the change is at most R (h^t − h^(t+1))",
    )

    def within(name: str, at: IndexName, bound: Fact, sign: Fact) -> Fact:
        """``‖W‖² ≤ ω`` at a time."""
        root, reach = sqrt(N.of_W(at)), sqrt(N.of_W(0)) + R
        inside = P.show(
            f"‖W‖ {name}",
            root <= reach,
            *(far(of(r, k, W(at, r, k) - W(0, r, k)), of(r, k, W(0, r, k))), bound, item(sign, R)),
        )
        exact = axiom("sqrt_square")(N.of_W(at), given=[P.signed(N.of_W(at))])
        return P.show(f"‖W‖² {name}", N.of_W(at) <= omega, exact, item(inside, root + reach), rewrite=["REACH"])

    here, there = within("at t", t, now["distance"], ht), within("at t+1", t1, onward_near, ht1)

    # the brackets
    lost = N.show_loss()
    share = HALF * eta**2 * INVERSE * B
    onward_kept = P.show(
        "brackets kept at t+1",
        kept(t1, q**t1),
        *(lost(t), now["brackets kept"], pulled * share, now["decay"] * (share * Lam)),
        Fact("LOSS") * (Fraction(1, 4) * eta * INVERSE * q**t),
        Fact("RATE") * (q**t * C(0)),
        reason="the decrease is at most the corresponding term of a geometric sum",
    )
    onward_capped = P.show(
        "brackets capped at t+1", capped(t1), lost(t), now["brackets capped"], P.signed(share * N.inputs())
    )
    aligned = P.show(
        "alignment after the step",
        HALF * C(0) <= s(t),
        *(onward_kept, P.signed(N.of_W(t1)), item(qt1, C(0)), Fact("BRACKETS")(t1), Fact("ALIGNED")(t)),
        reason="the brackets at time t + 1 are at least C₀/2, and squares are non-negative",
    )
    at_most = P.show(
        "and at most",
        s(t) <= C(0) + HALF * omega,
        *(onward_capped, there, Fact("BRACKETS")(t1), Fact("ALIGNED")(t)),
    )
    P.show("s ≥ 0", at_least_0(s(t)), aligned, "C > 0")

    # the error
    G, A = square_sum(r, g(t, r)), N.inputs()
    gain = G + s(t) * A
    Xv = total(k, X(i, k) * v(t, k))
    new = N.show_next_error()
    at_t = P.generalise("the error after this step", P.instance("the error after this step, i", new(t, i)), i)
    cross = P.show(
        "first order",
        total(i, e(t, i) * Xv).equals(gain),
        rewrite=["BACK", "SEEN", "PULL"],
        reason="the first-order change is a sum of squares",
    )
    rows = P.use(library.cauchy_schwarz_squared(), A="p")(of(r, W(t, r, k)), of(r, g(t, r)))
    through = total(r, W(t, r, k) * g(t, r))
    P.show(
        "through the first layer",
        square_sum(k, through) <= omega * G,
        item(rows, over=[k]),
        item(here, G),
        reason="Cauchy–Schwarz; squared norm of the first layer",
    )
    exact = P.show(
        "squared direction",
        square_sum(k, v(t, k)).equals(square_sum(k, through) + 2 * s(t) * G + s(t) ** 2 * A),
        rewrite=["BACK", "SEEN"],
    )
    back = P.show(
        "second order",
        square_sum(k, v(t, k)) <= (omega + 2 * s(t)) * gain,
        *(exact, "through the first layer", P.signed(s(t) * omega * A), P.signed(s(t) ** 2 * A)),
    )
    P.show("no overshooting", eta * Lam * (omega + 2 * s(t)) <= size("p"), "SMALL", at_most * (2 * eta * Lam))
    P.signed(gain)
    rate = eta * INVERSE
    shrinks = P.show(
        "one step",
        E(t1) <= q * E(t),
        Fact("SQUARE")(t1),
        Fact("SQUARE")(t) * (1 - rate * HALF * C(0) * kappa),
        cross * rate,
        transposed(of(k, v(t, k))) * rate**2,
        back * (rate**2 * Lam),
        Fact("no overshooting") * (rate * INVERSE * gain),
        P.signed(rate * G),
        aligned * (rate * A),
        Fact("SMALLEST")(of(i, e(t, i))) * (rate * HALF * C(0)),
        Fact("RATE") * E(t),
        rewrite=[at_t, "PULL"],
        reason="square; the second-order change is at most half the first-order change",
    )
    onward_decay = P.show("decay at t+1", decay(t1, q**t1), shrinks, item(now["decay"], q, sign="q ≥ 0"))

    # the start
    zero = P.show("0 ≤ 0", at_least_0(0))
    none = sqrt(total(r, k, (W(0, r, k) - W(0, r, k)) ** 2))
    P.show("√0 squared", none**2 <= Expression(["^", 0, 2]), axiom("sqrt_square")(0, given=[zero]))
    starts = [
        P.show("decay at 0", decay(0, Expression(["^t", q.json, 0]))),
        P.show("brackets kept at 0", kept(0, Expression(["^t", q.json, 0]))),
        P.show("brackets capped at 0", capped(0)),
        P.show(
            "distance at 0",
            near(0, Expression(["^t", h.json, 0])),
            P.use(library.root())(none, 0, given=[zero, "√0 squared"]),
        ),
    ]
    steps = [onward_decay, onward_kept, onward_capped, onward_near]
    every = [
        P.induct(f"{name} at all times", t, goals, starts, steps, which=n, reason="all four together")
        for n, name in enumerate(names)
    ]
    return _Finished(
        N,
        every[0],
        P.show(
            "alignment at all times",
            forall(t, HALF * C(0) <= N.aligned(t)),
            *(every[1](t), Fact("BRACKETS")(t), P.signed(N.of_W(t)), item(qt, C(0))),
            reason="squares are non-negative",
        ),
        P.show(
            "distance",
            forall(t, sqrt(total(r, k, (W(t, r, k) - W(0, r, k)) ** 2)) <= R),
            *(every[3](t), item(ht, R)),
        ),
    )


@cache
def decay() -> ProofWriter:
    """Prove that the squared error decays at the rate ``1 − ηC₀κ/(2p)``."""
    found = _theorem("Exponential convergence at any width: the error")
    N, P = found.network, found.network.P
    found.conclude(found.decay)
    rate = 1 - Fraction(5, 2) * N.eta * N.C(0) * N.kappa * INVERSE
    P.mutant("five times the rate of decay", {"RATE": N.q.equals(rate)})
    return P


@cache
def alignment() -> ProofWriter:
    """Prove that ``b·β`` stays at least half the sum of the brackets at the start."""
    found = _theorem("Exponential convergence at any width: the alignment")
    N, P, t = found.network, found.network.P, found.network.t
    found.conclude(found.brackets)
    P.mutant("the alignment never falls", {}, conclusion=forall(t, N.aligned(0) <= N.aligned(t)))
    return P


@cache
def distance() -> ProofWriter:
    """Prove that the first layer stays within R."""
    found = _theorem("Exponential convergence at any width: the first layer")
    N, P, t = found.network, found.network.P, found.network.t
    found.conclude(found.distance)
    P.mutant("the first layer does not change", {}, conclusion=forall(t, sqrt(N.moved(t, 0)) <= 0))
    return P
