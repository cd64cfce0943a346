"""The two recursions behind certificates of momentum and of minibatches."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import Assertion, IndexName, Value, at_least_0, forall

MUTANTS_OF_MEMORY = ("memory forgotten", "forcing forgotten", "one step ahead")
MUTANTS_OF_EPOCH = ("half the deviations", "pieces twice as large", "one step behind")
HALF = Fraction(1, 2)

Time = IndexName | int


@cache
def memory() -> ProofWriter:
    """Prove ``n(t) ≤ q^t Γ`` if ``n(t+1) ≤ a n(t) + y Σ_s μ^{t−s} n(s) + μ^{t+1} F`` and ``aΓ + ycΓ + μF ≤ qΓ``."""
    P = ProofWriter("A recursion with fading memory and fading forcing")
    t = P.index("t", "time")
    n, S, E = P.tensors("n S E", "time")
    a, y, mu, q, c, F, level = P.scalars("a y mu q c F Gamma")
    for name, x in (("a ≥ 0", a), ("y ≥ 0", y), ("μ ≥ 0", mu), ("F ≥ 0", F), ("Γ ≥ 0", level)):
        P.assume(name, at_least_0(x), "not negative")
    P.assume("MOMENTUM", mu <= q, "the momentum is at most the rate")
    P.assume("SHARE", (c * (q - mu)).equals(q), "c = 1/(1 − μ/q)")
    P.assume("c ≥ 1", c >= 1, "c = 1/(1 − μ/q)")
    P.assume("START", n(0) <= level, "the level at the start")
    P.assume("S0", S(0).equals(n(0)), "S: all so far, each with its power of μ")
    P.assume("S+", forall(t, S(t + 1).equals(n(t + 1) + mu * S(t))), "S: all so far, each with its power of μ")
    P.assume("E0", E(0).equals(1), "E: powers of μ")
    P.assume("E+", forall(t, E(t + 1).equals(mu * E(t))), "E: powers of μ")
    P.assume("STEP", forall(t, n(t + 1) <= a * n(t) + y * S(t) + mu * E(t) * F), "a step")

    def certified(share: Value, forced: Value) -> Assertion:
        return a * level + y * share * level + forced <= q * level

    P.assume("CERTIFICATE", certified(c, mu * F), "the certified inequality")
    P.show("q ≥ 0", at_least_0(q), "MOMENTUM", "μ ≥ 0")
    power = P.use(library.power_sign())
    sign = P.generalise("q^t ≥ 0", P.instance("q^t ≥ 0 at t", power(q, t, given=["q ≥ 0"])), t)

    def said(at: Time) -> tuple[Assertion, ...]:
        return n(at) <= q**at * level, S(at) <= q**at * c * level, E(at) <= q**at

    now = [P.assume(name, one, "up to t") for name, one in zip(("now n", "now S", "now E"), said(t), strict=True)]
    first = [
        P.show("n at 0", said(0)[0], "START"),
        P.show("S at 0", said(0)[1], "START", item("c ≥ 1", level, sign="Γ ≥ 0"), rewrite=["S0"]),
        P.show("E at 0", said(0)[2], rewrite=["E0"]),
    ]
    step = P.show(
        "n at t+1",
        said(t + 1)[0],
        Fact("STEP")(t),
        item(now[0], a, sign="a ≥ 0"),
        item(now[1], y, sign="y ≥ 0"),
        now[2] * (mu * F),
        item("CERTIFICATE", q**t, sign=sign(t)),
        reason="the bounds at t, and the certified inequality times q^t",
    )
    onward = [
        step,
        P.show(
            "S at t+1",
            said(t + 1)[1],
            step,
            item(now[1], mu, sign="μ ≥ 0"),
            item("SHARE", q**t * level),
            rewrite=["S+"],
            reason="q + μc = qc",
        ),
        P.show(
            "E at t+1",
            said(t + 1)[2],
            item(now[2], mu, sign="μ ≥ 0"),
            item("MOMENTUM", q**t, sign=sign(t)),
            rewrite=["E+"],
        ),
    ]
    decay = P.induct("at all times", t, list(said(t)), first, onward, 0, reason="all three together, by induction")

    def decays(at: Time) -> Assertion:
        return forall(t, n(t) <= q**at * level)

    halved = [n(0).equals(level), level.equals(1), a.equals(HALF), y.equals(Fraction(1, 16)), mu.equals(Fraction(1, 4))]
    witness = [
        *(*halved, F.equals(HALF), q.equals(Fraction(3, 4)), c.equals(Fraction(3, 2))),
        forall(t, n(t + 1).equals(a * n(t) + y * S(t) + mu * E(t) * F)),
    ]
    P.conclude(P.show("decay", decays(t), decay(t)), witness=witness)
    exact = forall(t, n(t + 1).equals(a * n(t) + y * S(t) + mu * E(t) * F))
    tight = [n(0).equals(level), level.equals(1), mu.equals(Fraction(1, 4)), q.equals(HALF), c.equals(2), exact]
    memoryless = [*tight, a.equals(HALF), y.equals(1), F.equals(0)]
    P.mutant("memory forgotten", {"CERTIFICATE": certified(0, mu * F)}, witness=memoryless)
    unforced = [*tight, a.equals(HALF), y.equals(0), F.equals(1)]
    P.mutant("forcing forgotten", {"CERTIFICATE": certified(c, 0)}, witness=unforced)
    P.mutant("one step ahead", {}, conclusion=decays(t + 1), witness=[*tight, a.equals(HALF), y.equals(0), F.equals(0)])
    return P


@cache
def epoch() -> ProofWriter:
    """Prove ``n(0) + T(t) ≤ G(t) n(0)``: products of A_t + Y_t, if the pieces of the A_t have norm at most g."""
    P = ProofWriter("Perturbed products")
    t = P.index("t", "time")
    n, T, G, y = P.tensors("n T G y", "time")
    g = P.scalar("g")
    P.assume("g ≥ 0", at_least_0(g), "g: bound on the norms of the pieces")
    P.assume("y ≥ 0", forall(t, at_least_0(y(t))), "y: norms of the deviations")
    P.assume("T0", T(0).equals(0), "T: the deviations so far, each times the norm it acts on")
    P.assume("T+", forall(t, T(t + 1).equals(T(t) + y(t) * n(t))), "T: the deviations so far, each times that norm")
    P.assume("G0", G(0).equals(1), "G: the product of 1 + g y")
    P.assume("G+", forall(t, G(t + 1).equals(G(t) * (1 + g * y(t)))), "G: the product of 1 + g y")

    def varied(size: Value) -> Assertion:
        return forall(t, n(t) <= size * (n(0) + T(t)))

    P.assume("VARIATION", varied(g), "every term of the product is a piece, or has one deviation between two")

    def said(at: Time, ahead: int = 0) -> Assertion:
        return n(0) + T(at + ahead) <= G(at) * n(0)

    now = P.assume("now", said(t), "up to t")
    first = P.show("at 0", said(0), rewrite=["T0", "G0"])
    grown = P.show("1 + g y ≥ 0", forall(t, at_least_0(1 + g * y(t))), item(Fact("y ≥ 0")(t), g, sign="g ≥ 0"))
    onward = P.show(
        "at t+1",
        said(t + 1),
        item(Fact("VARIATION")(t), y(t), sign=Fact("y ≥ 0")(t)),
        item(now, 1 + g * y(t), sign=grown(t)),
        rewrite=["T+", "G+"],
        reason="n(0) + T grows by at most the factor 1 + g y",
    )
    bound = P.induct("at all times", t, [said(t)], [first], [onward], reason="induction over the steps")
    ones = [g.equals(1), n(0).equals(1), forall(t, y(t).equals(1))]
    tight = [*ones, forall(t, n(t + 1).equals(n(0) + T(t + 1)))]
    P.conclude(P.show("perturbed products", forall(t, said(t)), bound(t)), witness=tight)
    half = forall(t, G(t + 1).equals(G(t) * (1 + HALF * g * y(t))))
    P.mutant("half the deviations", {"G+": half}, witness=tight)
    twice = [*ones, forall(t, n(t + 1).equals(2 * (n(0) + T(t + 1))))]
    P.mutant("pieces twice as large", {"VARIATION": varied(2 * g)}, witness=twice)
    P.mutant("one step behind", {}, conclusion=forall(t, said(t, 1)), witness=tight)
    return P
