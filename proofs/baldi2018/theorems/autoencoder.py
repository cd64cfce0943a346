"""Ba2: a linear autoencoder with one hidden unit on decorrelated data."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, Value, d, forall, total
from fa_theory.symbolic.proof.notation import size as dimension

from ...shared.motion import Motion

HALF = Fraction(1, 2)
MUTANTS_OF_POTENTIAL = ("half the rate", "another encoder")
MUTANTS_OF_APPROACH = ("four times the rate", "weights of the wrong sign")


class _Autoencoder(Motion):
    """Encoder a, decoder b, feedback c; the inputs are uncorrelated with variances v."""

    def __init__(self, title: str) -> None:
        super().__init__(title, "n")
        P = self.P
        self.i, self.j = P.indices("i j", "n")
        self.starts()
        i, t = self.i, self.t
        (self.a, self.b), (self.c, self.v) = P.tensors("a b", "real", "n"), P.tensors("c v", "n")
        self.moves(self.a, ("n",), (i,), self.encoder(self.c(i)), "encoder: the error sent through c")
        hidden = total(self.j, self.v(self.j) * self.a(t, self.j) ** 2)
        self.moves(self.b, ("n",), (i,), self.v(i) * self.a(t, i) - self.b(t, i) * hidden, "decoder")

    def u(self, at: IndexName | int) -> Expression:
        """How far the feedback is decoded, ``c·b``."""
        return total(self.j, self.c(self.j) * self.b(at, self.j))

    def encoder(self, sent: Expression) -> Expression:
        t, i = self.t, self.i
        return self.v(i) * (sent - self.u(t) * self.a(t, i))

    def pulls(self) -> Expression:
        i = self.i
        return total(i, self.v(i) * (self.c(i) - self.u(self.t) * self.a(self.t, i)) ** 2)


@cache
def potential() -> ProofWriter:
    """Prove ``(½u² − c·a)' = −Σ v (c − ua)²``, ``u = c·b``."""
    N = _Autoencoder("An autoencoder with one hidden unit descends a function, from every start")
    P, s, t, i = N.P, N.s, N.t, N.i
    body = HALF * N.u(s) ** 2 - total(i, N.c(i) * N.a(s, i))

    def falls(share: Fraction) -> Assertion:
        return forall(t, d(s, body, t).equals(-share * N.pulls()))

    found = N.rate(body, "descent", falls(Fraction(1)), "insert both flows")
    P.conclude(N.stated(found), defined=N.defined())
    P.mutant("half the rate", {}, conclusion=falls(HALF))
    P.mutant("another encoder", {"FLOW_a": N.law(N.a, (i,), N.encoder(2 * N.c(i)))})
    return P


@cache
def approach() -> ProofWriter:
    """Prove ``(Σ g(a − a*)²)' ≤ −(2C + ½‖a*‖²)‖a − a*‖²``, g the inverse variances, at a root a* of the encoder."""
    N = _Autoencoder("An autoencoder with one hidden unit converges on decorrelated data")
    P, s, t, i, j = N.P, N.s, N.t, N.i, N.j
    (g, z), C = P.tensors("g z", "n"), P.scalar("C")

    def inverse(value: Value) -> Assertion:
        return forall(i, (g(i) * N.v(i)).equals(value))

    P.assume("INVERSE", inverse(1), "g = 1/v: no variance is 0")
    P.assume("CONSERVED", C.equals(N.u(0) - HALF * total(j, N.a(0, j) ** 2)), "the conserved number")
    size = total(j, z(j) ** 2)
    root = P.assume(
        "ROOT", forall(i, ((C + HALF * size) * z(i)).equals(N.c(i))), "a* = z: a fixed point of the encoder"
    )

    def number(at: IndexName | int) -> Expression:
        return N.u(at) - HALF * total(j, N.a(at, j) ** 2)

    same = N.constant(number, "u − ½‖a‖²", "both rates are Σ v a (c − ua)")
    kept = P.show("conserved", forall(t, N.u(t).equals(C + HALF * total(j, N.a(t, j) ** 2))), same, "CONSERVED")
    body = total(i, g(i) * (N.a(s, i) - z(i)) ** 2)
    x = N.a(t, i) - z(i)
    now = total(j, N.a(t, j) ** 2)

    def falls(times: int) -> Assertion:
        speed = 2 * C + HALF * size
        return forall(t, d(s, body, t) <= -(speed if times == 1 else times * speed) * total(i, x**2))

    found = N.rate(
        body,
        "approach",
        falls(1),
        "⟨x, ‖a‖²a − ‖z‖²z⟩ is at least half of ‖z‖²‖x‖², x = a − z",
        by=(
            item(Fact("INVERSE")(i), 2 * x * (N.c(i) - N.u(t) * N.a(t, i)), over=[i]),
            kept(t) * (2 * total(i, x * N.a(t, i))),
            item(root(i), 2 * x, over=[i]),
            P.signed((now - size) ** 2),
            P.signed(now * total(i, x**2)),
        ),
    )
    weights = P.generalise("it is differentiable", N.along.smooth, t)
    ones = [forall(i, T(i).equals(1)) for T in (g, N.v, z)]
    start = [C.equals(0), forall(i, N.a(0, i).equals(0)), forall(i, N.b(0, i).equals(0))]
    example = [*ones, forall(i, N.c(i).equals(HALF * dimension("n"))), *start]
    P.conclude(N.stated(found), defined=[weights, *N.smooth()], witness=example)
    P.mutant("four times the rate", {}, conclusion=falls(4), witness=example)
    P.mutant("weights of the wrong sign", {"INVERSE": inverse(-1)}, witness=[forall(i, g(i).equals(-1)), *example[1:]])
    return P
