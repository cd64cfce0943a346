"""O4 to O10: what the flows of several learning rules conserve, for any errors."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Value,
    d,
    forall,
    of,
    size,
    total,
)

from ...shared.motion import Motion

MUTANTS_OF_DECAY = ("equal decay", "half the rate")
MUTANTS_OF_POLLACK = ("fixed feedback", "half the rate")
MUTANTS_OF_BIAS = ("hidden bias alone", "the sum")
MUTANTS_OF_POTENTIAL = ("feedback from another function", "not homogeneous")
MUTANTS_OF_DIRECT = ("any K and L", "without the second layer")
MUTANTS_OF_MOMENTUM = ("without the second layer", "half the rate", "other feedback")
MUTANTS_OF_PREDICTIVE = ("conserved", "the other sign", "not at equilibrium")


@cache
def matched_decay() -> ProofWriter:
    """O5: prove ``Q' = −2λQ`` for ``Q = VVᵀ − BW − WᵀBᵀ``, decay λ on V and 2λ on W."""
    N = Motion("What matched decay does to the bracket", "n", "d", "p", "k")
    P = N.P
    i, m, (r, q), c = P.index("i", "n"), P.index("m", "d"), P.indices("r q", "p"), P.index("c", "k")
    N.starts()
    s, t = N.s, N.t
    X, B, E = P.tensor("X", "n", "d"), P.tensor("B", "p", "k"), P.tensor("E", "real", "n", "k")
    V, W, lam = P.tensor("V", "real", "p", "d"), P.tensor("W", "real", "k", "p"), P.scalar("lam")
    pull = total(i, E(t, i, c) * total(m, X(i, m) * V(t, r, m)))
    first = -lam * V(t, r, m) - total(i, total(c, B(r, c) * E(t, i, c)) * X(i, m))
    N.moves(V, ("p", "d"), (r, m), first, "first layer, decay λ")
    N.moves(W, ("k", "p"), (c, r), -2 * lam * W(t, c, r) - pull, "second layer, decay 2λ")

    def Q(at: IndexName) -> Expression:
        crossed = total(c, B(r, c) * W(at, c, q) + B(q, c) * W(at, c, r))
        return total(m, V(at, r, m) * V(at, q, m)) - crossed

    def falls(rate: int) -> Assertion:
        return forall(t, r, q, d(s, Q(s), t).equals(-rate * lam * Q(t)))

    found = N.rate(Q(s), "rate of the bracket", falls(2), "the errors cancel; what is left is the decay")
    P.conclude(N.stated(found), defined=N.defined(r, q))
    P.mutant("equal decay", {"FLOW_W": N.law(W, (c, r), -lam * W(t, c, r) - pull)})
    P.mutant("half the rate", {}, conclusion=falls(1))
    return P


@cache
def kolen_pollack() -> ProofWriter:
    """O4: prove ``Q' = −2λQ`` for ``Q = VVᵀ − BBᵀ``, B with the steps of the second layer, decay λ on both."""
    N = Motion("What Kolen–Pollack feedback conserves", "n", "d", "p", "k")
    P = N.P
    i, m, (r, q), c = P.index("i", "n"), P.index("m", "d"), P.indices("r q", "p"), P.index("c", "k")
    N.starts()
    s, t = N.s, N.t
    X, E = P.tensor("X", "n", "d"), P.tensor("E", "real", "n", "k")
    V, B, lam = P.tensor("V", "real", "p", "d"), P.tensor("B", "real", "p", "k"), P.scalar("lam")
    first = -lam * V(t, r, m) - total(i, total(c, B(t, r, c) * E(t, i, c)) * X(i, m))
    N.moves(V, ("p", "d"), (r, m), first, "first layer, with decay")
    learnt = -lam * B(t, r, c) - total(i, E(t, i, c) * total(m, X(i, m) * V(t, r, m)))
    N.moves(B, ("p", "k"), (r, c), learnt, "feedback: the flow of the second layer")

    def Q(at: IndexName) -> Expression:
        return total(m, V(at, r, m) * V(at, q, m)) - total(c, B(at, r, c) * B(at, q, c))

    def falls(rate: int) -> Assertion:
        return forall(t, r, q, d(s, Q(s), t).equals(-rate * lam * Q(t)))

    found = N.rate(Q(s), "rate of the bracket", falls(2), "the errors cancel; what is left is the decay")
    P.conclude(N.stated(found), defined=N.defined(r, q))
    P.mutant("fixed feedback", {"FLOW_B": N.law(B, (r, c), 0 * learnt)})
    P.mutant("half the rate", {}, conclusion=falls(1))
    return P


@cache
def biases() -> ProofWriter:
    """O6: prove that ``a − Bc`` is constant, for hidden biases a and output biases c."""
    N = Motion("What feedback alignment conserves of biases", "n", "p", "k")
    P = N.P
    i, r, c = P.index("i", "n"), P.index("r", "p"), P.index("c", "k")
    N.starts()
    s, t = N.s, N.t
    B, E = P.tensor("B", "p", "k"), P.tensor("E", "real", "n", "k")
    a, o = P.tensor("a", "real", "p"), P.tensor("o", "real", "k")
    N.moves(a, ("p",), (r,), -total(i, total(c, B(r, c) * E(t, i, c))), "hidden biases, slope 1")
    N.moves(o, ("k",), (c,), -total(i, E(t, i, c)), "output biases")

    def bias(at: IndexName | int, share: int = 1) -> Expression:
        seen = total(c, B(r, c) * o(at, c))
        return a(at, r) - (seen if share == 1 else share * seen)

    still = N.rate(bias(s), "rate", d(s, bias(s), t).equals(0), "both get the same errors")
    every = [P.generalise("smooth", N.along.smooth, t), P.generalise("never moves", still, t)]

    def kept(share: int) -> Assertion:
        return forall(t, r, bias(t, share).equals(bias(0, share)))

    found = P.show("conserved", kept(1), P.use(library.flow_constant())(of(s, bias(s)), t, given=every))
    P.conclude(N.stated(found), defined=[Fact("a differentiable"), Fact("o differentiable")])
    P.mutant("hidden bias alone", {}, conclusion=kept(0))
    P.mutant("the sum", {}, conclusion=kept(-1))
    return P


@cache
def potential() -> ProofWriter:
    """O8: prove that ``½‖v_r‖² − Σ_c φ(W_cr)`` has rate 0 if the feedback weights are ``φ'(W_cr)``."""
    N = Motion("What feedback that is a gradient conserves", "n", "d", "p", "k")
    P = N.P
    i, m, r, c = P.index("i", "n"), P.index("m", "d"), P.index("r", "p"), P.index("c", "k")
    N.starts()
    s, t = N.s, N.t
    phi: Callable[[Value], Expression] = P.function("phi")
    slope: Callable[[Value], Expression] = P.function("dphi")
    X, E, D = P.tensor("X", "n", "d"), P.tensor("E", "real", "n", "k"), P.tensor("D", "real", "n", "p")
    V, W, Psi = P.tensor("V", "real", "p", "d"), P.tensor("W", "real", "k", "p"), P.tensor("Psi", "real", "n", "p")
    N.flow.chain("phi", "dphi")
    seen = total(m, V(t, r, m) * X(i, m))

    def homogeneous(feature: Expression) -> Assertion:
        return forall(t, i, r, Psi(t, i, r).equals(feature))

    P.assume("HOMOGENEOUS", homogeneous(D(t, i, r) * seen), "1-homogeneous activation")

    def first(weight: Expression) -> Expression:
        return -total(i, D(t, i, r) * total(c, weight * E(t, i, c)) * X(i, m))

    N.moves(V, ("p", "d"), (r, m), first(slope(W(t, c, r))), "first layer: feedback weights φ'(W)")
    N.moves(W, ("k", "p"), (c, r), -total(i, E(t, i, c) * Psi(t, i, r)), "second layer")
    body = total(m, V(s, r, m) ** 2) - 2 * total(c, phi(W(s, c, r)))

    def still(body: Expression) -> Assertion:
        return forall(t, r, d(s, body, t).equals(0))

    found = N.rate(body, "rate", still(body), "insert both flows", "HOMOGENEOUS")
    P.conclude(N.stated(found), defined=[*N.defined(r), Fact("phi differentiable")])
    P.mutant("feedback from another function", {"FLOW_V": N.law(V, (r, m), first(slope(W(t, c, r)) + 1))})
    P.mutant("not homogeneous", {"HOMOGENEOUS": homogeneous(D(t, i, r) * (seen + 1))})
    return P


@cache
def direct() -> ProofWriter:
    """O10: prove ``K V VᵀKᵀ − L U Kᵀ − K UᵀLᵀ`` constant under linear DFA if ``K B₁ = L B₂``."""
    N = Motion("What linear direct feedback alignment conserves in hidden layers", "n", "d", "p", "q", "k", "g")
    P = N.P
    i, m, r, a, c = P.index("i", "n"), P.index("m", "d"), P.index("r", "p"), P.index("a", "q"), P.index("c", "k")
    u, v = P.indices("u v", "g")
    N.starts()
    s, t = N.s, N.t
    X, E = P.tensor("X", "n", "d"), P.tensor("E", "real", "n", "k")
    B1, B2, K, L = P.tensor("B1", "p", "k"), P.tensor("B2", "q", "k"), P.tensor("K", "g", "p"), P.tensor("L", "g", "q")
    V, U = P.tensor("V", "real", "p", "d"), P.tensor("U", "real", "q", "p")
    from_first = total(r, K(u, r) * B1(r, c))
    P.assume("MATCHED", forall(u, c, from_first.equals(total(a, L(u, a) * B2(a, c)))), "K B₁ = L B₂")
    N.moves(V, ("p", "d"), (r, m), -total(i, total(c, B1(r, c) * E(t, i, c)) * X(i, m)), "first layer")
    pulled = total(i, total(c, B2(a, c) * E(t, i, c)) * total(m, X(i, m) * V(t, r, m)))
    N.moves(U, ("q", "p"), (a, r), -pulled, "second layer")

    def image(at: IndexName, u: IndexName) -> Expression:
        return total(r, K(u, r) * V(at, r, m))

    def crossed(at: IndexName, u: IndexName, v: IndexName) -> Expression:
        return total(a, r, L(u, a) * U(at, a, r) * K(v, r))

    def Q(at: IndexName, share: int = 1) -> Expression:
        square = total(m, image(at, u) * image(at, v))
        return square - (crossed(at, u, v) + crossed(at, v, u)) if share else square

    def still(share: int) -> Assertion:
        return forall(t, u, v, d(s, Q(s, share), t).equals(0))

    rate = N.flow.rate(Q(s))
    N.along = rate

    def drive(u: IndexName) -> Expression:
        return total(i, E(t, i, c) * total(m, X(i, m) * image(t, u)))

    found = P.show(
        "rate of the bracket",
        still(1),
        rate.equation,
        item(Fact("MATCHED")(u, c), drive(v), over=[c]),
        item(Fact("MATCHED")(v, c), drive(u), over=[c]),
        rewrite=["velocity of V", "velocity of U"],
        reason="both layers get the same errors after K and L",
    )
    P.conclude(
        N.stated(found),
        defined=N.defined(u, v),
        witness=[
            *(forall(r, c, B1(r, c).equals(1)), forall(a, c, B2(a, c).equals(1))),
            *(forall(u, r, K(u, r).equals(size("p", -1))), forall(u, a, L(u, a).equals(size("q", -1)))),
        ],
    )
    P.mutant("any K and L", {"MATCHED": forall(u, c, (0 * from_first).equals(0))}, witness=())
    P.mutant("without the second layer", {}, conclusion=still(0))
    return P


@cache
def momentum() -> ProofWriter:
    """O7: prove ``Q' = −γQ`` for ``Q = UVᵀ − VUᵀ + gᵀBᵀ − Bg``, U and g the velocities of V and W with friction γ."""
    N = Motion("What feedback alignment with momentum conserves up to friction", "n", "d", "p", "k")
    P = N.P
    i, m, (r, q), c = P.index("i", "n"), P.index("m", "d"), P.indices("r q", "p"), P.index("c", "k")
    N.starts()
    s, t = N.s, N.t
    X, B, E = P.tensor("X", "n", "d"), P.tensor("B", "p", "k"), P.tensor("E", "real", "n", "k")
    V, friction = P.tensor("V", "real", "p", "d"), P.scalar("gamma")
    U, g = P.tensor("U", "real", "p", "d"), P.tensor("g", "real", "k", "p")

    def sent(weight: Expression) -> Expression:
        return -friction * U(t, r, m) - total(i, total(c, weight * E(t, i, c)) * X(i, m))

    N.moves(V, ("p", "d"), (r, m), U(t, r, m), "U is the velocity of the first layer")
    N.moves(U, ("p", "d"), (r, m), sent(B(r, c)), "feedback alignment accelerates the first layer; friction γ")
    pull = total(i, E(t, i, c) * total(m, X(i, m) * V(t, r, m)))
    N.moves(g, ("k", "p"), (c, r), -friction * g(t, c, r) - pull, "g is the velocity of the second layer")

    def Q(at: IndexName, share: int = 1) -> Expression:
        turned = total(m, U(at, r, m) * V(at, q, m) - V(at, r, m) * U(at, q, m))
        second = total(c, g(at, c, r) * B(q, c) - B(r, c) * g(at, c, q))
        return turned + second if share else turned

    def falls(rate: Fraction, share: int = 1) -> Assertion:
        return forall(t, r, q, d(s, Q(s, share), t).equals(-rate * friction * Q(t, share)))

    found = N.rate(Q(s), "rate", falls(Fraction(1)), "the errors cancel; what is left is the friction")
    P.conclude(N.stated(found), defined=N.defined(r, q))
    P.mutant("without the second layer", {}, conclusion=falls(Fraction(1), 0))
    P.mutant("half the rate", {}, conclusion=falls(Fraction(1, 2)))
    P.mutant("other feedback", {"FLOW_U": N.law(U, (r, m), sent(B(r, c) + 1))})
    return P


@cache
def predictive() -> ProofWriter:
    """O9: prove ``½(WᵀW − VVᵀ)' = (EW)ᵀ(EW)`` for predictive coding at its equilibrium."""
    N = Motion("What predictive coding adds to the balance of two layers", "n", "d", "p", "k")
    P = N.P
    i, m, (r, q), c = P.index("i", "n"), P.index("m", "d"), P.indices("r q", "p"), P.index("c", "k")
    N.starts()
    s, t = N.s, N.t
    X, V, W = P.tensor("X", "n", "d"), P.tensor("V", "real", "p", "d"), P.tensor("W", "real", "k", "p")
    h, F, E = P.tensor("h", "real", "n", "p"), P.tensor("F", "real", "n", "p"), P.tensor("E", "real", "n", "k")
    hidden = total(m, V(t, r, m) * X(i, m)) + F(t, i, r)
    P.assume("HIDDEN", forall(t, i, r, h(t, i, r).equals(hidden)), "hidden units h with error F; E is of the outputs")

    def settled(value: Expression) -> Assertion:
        return forall(t, i, r, F(t, i, r).equals(value))

    back = total(c, E(t, i, c) * W(t, c, r))
    rest = P.assume("EQUILIBRIUM", settled(back), "the hidden units are at rest: both errors pull alike")
    N.moves(V, ("p", "d"), (r, m), total(i, F(t, i, r) * X(i, m)), "first layer: Hebbian on the hidden error")
    N.moves(W, ("k", "p"), (c, r), total(i, E(t, i, c) * h(t, i, r)), "second layer: Hebbian on the output error")

    def grows(share: int) -> Assertion:
        balance = total(c, W(s, c, r) * W(s, c, q)) - total(m, V(s, r, m) * V(s, q, m))
        return forall(t, r, q, d(s, balance, t).equals(2 * share * total(i, F(t, i, r) * F(t, i, q))))

    N.along = N.flow.rate(total(c, W(s, c, r) * W(s, c, q)) - total(m, V(s, r, m) * V(s, q, m)))
    found = P.show(
        "rate of the balance",
        grows(1),
        N.along.equation,
        item(rest(t, i, r), total(m, V(t, q, m) * X(i, m)), over=[i]),
        item(rest(t, i, q), total(m, V(t, r, m) * X(i, m)), over=[i]),
        item(rest(t, i, r), F(t, i, q), over=[i]),
        item(rest(t, i, q), F(t, i, r), over=[i]),
        rewrite=["velocity of V", "velocity of W", "HIDDEN"],
        reason="at rest EW = F, and h − XVᵀ = F",
    )
    P.conclude(N.stated(found), defined=N.defined(r, q))
    P.mutant("conserved", {}, conclusion=grows(0))
    P.mutant("the other sign", {}, conclusion=grows(-1))
    P.mutant("not at equilibrium", {"EQUILIBRIUM": settled(2 * back)})
    return P
