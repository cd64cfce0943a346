"""L1: excitation and inhibition at one wave number, ``ẋ = a x − b y, ẏ = c x − h y``: rotation and travelling waves.

The plane of (x, y) turns if and only if the matrix has complex eigenvalues: ``tr² < 4 det`` with ``tr = a − h`` and
``det = bc − ah``. The form ``x ẏ − y ẋ`` by which it turns grows at exactly the rate tr. On a lattice the turning of
each pair of modes is a wave that travels.
"""

from __future__ import annotations

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
    differentiable,
    forall,
    inv,
    of,
    positive,
    sqrt,
    total,
)

MUTANTS_OF_TURNING = ("determinant of excitation alone", "twice the determinant", "the other direction")
MUTANTS_OF_STRAIGHT = ("eigenvalue with the other trace", "determinant of excitation alone")
MUTANTS_OF_TRACE = ("growth at half the trace", "growth of excitation alone")
MUTANTS_OF_EXCITATION = ("inhibition in phase", "growth at the full trace")
MUTANTS_OF_INHIBITION = ("frequency of the determinant", "growth at the full trace")
HALF = Fraction(1, 2)


class _Pair:
    """The coefficients of excitation and inhibition at one wave number."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        self.a, self.b, self.c, self.h = P.scalars("a b c h")

    @property
    def trace(self) -> Expression:
        return self.a - self.h

    @property
    def determinant(self) -> Expression:
        return self.b * self.c - self.a * self.h

    def form(self, x: Expression, y: Expression) -> Expression:
        """``x ẏ − y ẋ``."""
        return x * (self.c * x - self.h * y) - y * (self.a * x - self.b * y)


@cache
def turning() -> ProofWriter:
    """Prove ``0 < x ẏ − y ẋ`` away from rest if ``tr² < 4 det``, b > 0 and c > 0."""
    N = _Pair("Complex eigenvalues make excitation and inhibition turn")
    P, b, c = N.P, N.b, N.c
    x, y = P.scalars("x y")
    P.assume("INHIBITS", positive(b), "inhibition acts on excitation")
    P.assume("EXCITES", positive(c), "excitation drives inhibition")
    complex_ = P.assume("COMPLEX", N.trace**2 < 4 * N.determinant, "complex eigenvalues")
    away = P.assume("AWAY", positive(x**2 + y**2), "not at rest")
    form, both, size = N.form(x, y), N.a + N.h, x**2 + y**2
    gap = 4 * N.determinant - N.trace**2
    open_ = P.show("0 < 4det − tr²", positive(gap), complex_)
    scaled = P.show("0 < (4det − tr²)(x² + y²)", positive(gap * size), item(away, gap, sign=open_))
    turned = P.show(
        "the form is definite",
        gap * size <= 4 * (b + c) * form,
        P.signed((2 * c * x - both * y) ** 2),
        P.signed((2 * b * y - both * x) ** 2),
        reason="complete the square in x and in y, and add",
    )
    weight = P.show("0 < b + c", positive(b + c), "INHIBITS", "EXCITES")
    low, high = P.assume("FORM ≤ 0", form <= 0), P.assume("0 < FORM", positive(form))
    never = P.show("never", positive(0), item(low, 4 * (b + c), sign=P.signed(4 * (b + c))), turned, scaled)
    cases = P.cases(
        "either way", form, 0, P.absurd("not so", never, positive(form)), P.show("so", positive(form), high)
    )
    del weight
    P.conclude(
        P.show("excitation and inhibition turn", positive(form), cases, reason="b + c is positive: divide by it")
    )
    P.mutant("determinant of excitation alone", {"COMPLEX": N.trace**2 < 4 * b * c})
    P.mutant("twice the determinant", {"COMPLEX": N.trace**2 < 8 * N.determinant})
    P.mutant("the other direction", {}, conclusion=form < 0)
    return P


@cache
def straight() -> ProofWriter:
    """Prove that ``4 det ≤ tr²`` leaves a direction in which nothing turns: ``M v = λ v`` with v = (b, a − λ)."""
    N = _Pair("Real eigenvalues leave a direction that does not turn")
    P, b = N.P, N.b
    value = P.scalar("lam")
    gap = N.trace**2 - 4 * N.determinant
    real = P.assume("REAL", 4 * N.determinant <= N.trace**2, "real eigenvalues")
    P.assume("VALUE", value.equals(HALF * (N.trace + sqrt(gap))), "the larger eigenvalue")
    sign = P.show("0 ≤ tr² − 4det", at_least_0(gap), real)
    square = P.instance("root", axiom("sqrt_square")(gap, given=[sign]))
    P.conclude(
        P.show(
            "the direction keeps its inhibition",
            (N.c * b - N.h * (N.a - value)).equals(value * (N.a - value)),
            square,
            rewrite=["VALUE"],
            reason="λ is a root of λ² − tr λ + det",
        ),
        defined=[sign],
    )
    P.mutant("eigenvalue with the other trace", {"VALUE": value.equals(HALF * (N.a + N.h + sqrt(gap)))})
    P.mutant("determinant of excitation alone", {"VALUE": value.equals(HALF * (N.trace + sqrt(gap + 4 * N.a * N.h)))})
    return P


@cache
def growth() -> ProofWriter:
    """Prove that the form by which the plane turns grows at the rate tr: ``(x ẏ − y ẋ) z`` is constant, ż = −tr z."""
    N = _Pair("How turning grows")
    P = N.P
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    x, y, z, x_, y_, z_ = P.tensors("x y z x. y. z.", "real")
    for moving, velocity in ((x, x_), (y, y_), (z, z_)):
        flow.moves(moving, velocity)
    P.assume("EXCITATION", forall(t, x_(t).equals(N.a * x(t) - N.b * y(t))), "activity of excitatory neurons")
    P.assume("INHIBITION", forall(t, y_(t).equals(N.c * x(t) - N.h * y(t))), "activity of inhibitory neurons")

    def clock(rate: Expression) -> Assertion:
        return forall(t, z_(t).equals(-rate * z(t)))

    P.assume("CLOCK", clock(N.trace), "z is the exponential of −tr·t")

    def scaled(at: IndexName | int) -> Expression:
        return N.form(x(at), y(at)) * z(at)

    rate = flow.rate(scaled(s))
    still = P.show(
        "the scaled form has rate 0",
        d(s, scaled(s), t).equals(0),
        rate.equation,
        rewrite=["EXCITATION", "INHIBITION", "CLOCK"],
        reason="the area spanned by a state and its velocity grows at the rate of the trace",
    )
    every = [P.generalise(n, f, t) for n, f in (("it is differentiable", rate.smooth), ("its rate is 0", still))]
    P.conclude(
        P.show(
            "turning grows with the trace",
            forall(t, scaled(t).equals(scaled(0))),
            P.use(library.flow_constant())(of(s, scaled(s)), t, given=every),
            reason="a function with zero rate is constant",
        ),
        defined=[f"{name} differentiable" for name in "xyz"],
    )
    P.mutant("growth at half the trace", {"CLOCK": clock(HALF * N.trace)})
    P.mutant("growth of excitation alone", {"CLOCK": clock(N.a)})
    return P


class _Wave(_Pair):
    """A wave of growth μ and frequency ω over a mode with cosine c and sine s: E and I at time t and site i.

    p and q are ``exp(μt) cos ωt`` and ``exp(μt) sin ωt``; then ``E = exp(μt) cos(ωt − θ_i)``, a wave that travels.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P = self.P
        P.sorts("n")
        self.i, self.j = P.indices("i j", "n")
        self.flow = flow = Flow(P, "s", "t")
        self.s, self.t = flow.s, flow.t
        self.p, self.q, p_, q_ = P.tensors("p q p. q.", "real")
        flow.moves(self.p, p_)
        flow.moves(self.q, q_)
        self.cosine, self.sine = P.tensors("cosine sine", "n")
        self.couplings = self.A, self.B, self.C, self.H = P.tensors("A B C H", "n", "n")
        self.mu, self.omega = P.scalars("mu omega")
        self.E, self.I = P.tensors("E I", "real", "n")
        i, j, t, p, q = self.i, self.j, self.t, self.p, self.q
        self.modes: dict[tuple[str, str], Fact] = {}
        for K, value in zip(self.couplings, (self.a, self.b, self.c, self.h), strict=True):
            for u in (self.cosine, self.sine):
                equation = forall(i, total(j, K(i, j) * u(j)).equals(value * u(i)))
                self.modes[K.name, u.name] = P.assume(f"{K.name} {u.name}", equation, "a mode of each coupling")
        P.assume("GROWTH", self.grows(self.trace), "half the trace")
        P.assume("FREQUENCY", self.oscillates(self.determinant - self.mu**2), "complex eigenvalues")
        P.assume("INHIBITS", positive(self.b), "inhibition acts on excitation")
        P.assume("COSINE IN TIME", forall(t, p_(t).equals(self.mu * p(t) - self.omega * q(t))), "exp(μt) cos ωt")
        P.assume("SINE IN TIME", forall(t, q_(t).equals(self.omega * p(t) + self.mu * q(t))), "exp(μt) sin ωt")
        P.assume("WAVE", forall(t, i, self.E(t, i).equals(self.wave(t))), "a travelling wave of excitation")
        P.assume("LAG", forall(t, i, self.I(t, i).equals(self.follows(t))), "inhibition follows it")
        squared = P.show("0 < b²", positive(self.b**2), item("INHIBITS", self.b, sign=Fact("INHIBITS")))
        self.one = P.show("b/b = 1", (self.b * inv(self.b)).equals(1), axiom("inverse")(self.b, given=[squared]))
        self.defined: list[Fact | str] = [squared, "p differentiable", "q differentiable"]

    def grows(self, trace: Expression) -> Assertion:
        return self.mu.equals(HALF * trace)

    def oscillates(self, square: Expression) -> Assertion:
        return (self.omega**2).equals(square)

    def in_phase(self, part: Expression) -> Assertion:
        """Inhibition that is the wave times this."""
        return forall(self.t, self.i, self.I(self.t, self.i).equals(part * self.wave(self.t) * inv(self.b)))

    def wave(self, t: IndexName) -> Expression:
        return self.p(t) * self.cosine(self.i) + self.q(t) * self.sine(self.i)

    def follows(self, t: IndexName) -> Expression:
        """``((a+h)/2 E + ω E_late)/b``, where E_late is the wave a quarter of a period later."""
        late = self.q(t) * self.cosine(self.i) - self.p(t) * self.sine(self.i)
        return (HALF * (self.a + self.h) * self.wave(t) + self.omega * late) * inv(self.b)

    def coupled(self, K: Tensor, of_: Tensor) -> Expression:
        return total(self.j, K(self.i, self.j) * of_(self.t, self.j))

    def spread(self, K: Tensor, value: Expression, of_: Tensor) -> Fact:
        """A coupling acts on the wave as a number."""
        P, i, t = self.P, self.i, self.t
        p, q, mixed = self.p(t), self.q(t), HALF * (self.a + self.h)
        if of_.name == "E":
            weights = {"cosine": p, "sine": q}
        else:
            weights = {
                "cosine": (mixed * p + self.omega * q) * inv(self.b),
                "sine": (mixed * q - self.omega * p) * inv(self.b),
            }
        return P.show(
            f"{K.name}{of_.name}",
            self.coupled(K, of_).equals(value * of_(t, i)),
            *(item(self.modes[K.name, name](i), weight) for name, weight in weights.items()),
            rewrite=["WAVE", "LAG"],
            reason="the wave is a combination of two modes",
        )

    def show_rate(self, of_: Tensor, body: Expression) -> Fact:
        """The rate of the wave; and that there is one."""
        P, i, s, t = self.P, self.i, self.s, self.t
        rate = self.flow.rate(body)
        smooth = P.show("a smooth wave", differentiable(s, of_(s, i), t), rate.smooth, rewrite=["WAVE", "LAG"])
        self.defined.append(P.generalise("the wave is differentiable", smooth, t, i))
        return P.show("its rate", d(s, of_(s, i), t).equals(rate.value), rate.equation, rewrite=["WAVE", "LAG"])

    def solved(self, of_: Tensor, body: Expression, drive: Fact, brake: Fact, through: Tensor, back: Tensor) -> None:
        """Conclude that the rate of the wave is the drive through one coupling minus the brake through another."""
        P, i, s, t = self.P, self.i, self.s, self.t
        derived = self.show_rate(of_, body)
        wave, late = self.wave(t), self.q(t) * self.cosine(i) - self.p(t) * self.sine(i)
        goal = d(s, of_(s, i), t).equals(self.coupled(through, self.E) - self.coupled(back, self.I))
        P.conclude(
            P.show(
                "the wave is a solution",
                forall(t, i, goal),
                *(derived, drive, brake),
                item(self.one, HALF * (self.a + self.h) * wave),
                item(self.one, self.omega * late),
                item(self.one, self.c * wave),
                item("FREQUENCY", wave * inv(self.b)),
                rewrite=["COSINE IN TIME", "SINE IN TIME", "WAVE", "LAG", "GROWTH"],
                reason="compare the two parts of the wave, in phase and a quarter of a period behind",
            ),
            defined=self.defined,
            witness=self.witness(),
        )

    def wrong_growth(self) -> None:
        self.P.mutant("growth at the full trace", {"GROWTH": self.grows(2 * self.trace)}, witness=self.witness())

    def witness(self, growth: int = 1) -> list[Assertion]:
        """Couplings that act as numbers, and the one for which ω is the frequency."""
        i, j = self.i, self.j
        numbers = zip(self.couplings, (self.a, self.b, self.c, self.h), strict=True)
        determinant = self.omega**2 + growth * self.mu**2
        return [
            *(forall(i, j, K(i, j).equals(x * delta(i, j))) for K, x in numbers),
            self.c.equals((determinant + self.a * self.h) * inv(self.b)),
        ]


@cache
def excitation() -> ProofWriter:
    """Prove ``Ė = A E − B I`` for the travelling wave."""
    N = _Wave("A travelling wave solves the equation of excitation")
    N.solved(N.E, N.wave(N.s), N.spread(N.A, N.a, N.E), N.spread(N.B, N.b, N.I), N.A, N.B)
    N.P.mutant("inhibition in phase", {"LAG": N.in_phase(HALF * (N.a + N.h))}, witness=N.witness())
    N.wrong_growth()
    return N.P


@cache
def inhibition() -> ProofWriter:
    """Prove ``İ = C E − H I`` for the travelling wave."""
    N = _Wave("A travelling wave solves the equation of inhibition")
    N.solved(N.I, N.follows(N.s), N.spread(N.C, N.c, N.E), N.spread(N.H, N.h, N.I), N.C, N.H)
    N.P.mutant("frequency of the determinant", {"FREQUENCY": N.oscillates(N.determinant)}, witness=N.witness(growth=0))
    N.wrong_growth()
    return N.P
