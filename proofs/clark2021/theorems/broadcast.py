"""Cl1: where weights past the first layer are not negative, a broadcast error vector gives steps of the right sign."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Expression, at_least_0, forall, total

MUTANTS_OF_GRADIENT = ("no gate", "another error")
MUTANTS_OF_SIGNS = ("weights of any sign", "gates of any sign")
MUTANTS_OF_BATCH = ("another sample",)


class _Layers:
    """Vector units with K components: inputs h, a hidden layer V, one above W, an output w; gates stay as they are."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("d", "p", "q", "K")
        self.m, self.r, self.a, self.c = P.index("m", "d"), P.index("r", "p"), P.index("a", "q"), P.index("c", "K")
        self.h, self.e = P.tensor("h", "d", "K"), P.tensor("e", "K")
        self.gate, self.upper = P.tensor("g", "p"), P.tensor("G", "q")
        self.W, self.w = P.tensor("W", "q", "p"), P.tensor("w", "q")

    @property
    def path(self) -> Expression:
        """What unit r weighs in the output: J_r."""
        return total(self.a, self.w(self.a) * self.upper(self.a) * self.W(self.a, self.r))

    @property
    def broadcast(self) -> Expression:
        """The step of weight (r, m), with the sign left out: gate, error vector, inputs."""
        return self.gate(self.r) * total(self.c, self.e(self.c) * self.h(self.m, self.c))


@cache
def gradient() -> ProofWriter:
    """Prove that the error moves by ``Σ J_r (broadcast step)_rm D_rm`` when the weights move by D."""
    N = _Layers("The gradient in a network of vector units")
    P, m, r, a, c = N.P, N.m, N.r, N.a, N.c
    D, V = P.tensor("D", "p", "d"), P.tensor("V", "p", "d")
    other = P.tensor("f", "K")

    def output(weight: Expression, gated: bool) -> Expression:
        unit = total(m, weight * N.h(m, c))
        return total(a, r, N.w(a) * N.upper(a) * N.W(a, r) * (N.gate(r) * unit if gated else unit))

    def formed(error: Expression, gated: bool = True) -> Assertion:
        change = total(c, error * (output(V(r, m) + D(r, m), gated) - output(V(r, m), gated)))
        return change.equals(total(r, m, N.path * N.broadcast * D(r, m)))

    P.conclude(P.show("the change of the error", formed(N.e(c)), reason="with open gates the output is linear in V"))
    P.mutant("no gate", {}, conclusion=formed(N.e(c), gated=False))
    P.mutant("another error", {}, conclusion=formed(other(c)))
    return P


@cache
def signs() -> ProofWriter:
    """Prove that each entry of the gradient has the sign of the broadcast step, or is 0."""
    N = _Layers("A broadcast error vector matches the gradient in sign")
    P, m, r, a = N.P, N.m, N.r, N.a

    def weights(low: int) -> Assertion:
        return forall(a, r, N.W(a, r) >= low)

    def gates(low: int) -> Assertion:
        return forall(a, N.upper(a) >= low)

    P.assume("WEIGHTS", weights(0), "weights past the first layer are not negative")
    P.assume("OUTPUT", forall(a, at_least_0(N.w(a))), "nor are those of the output")
    P.assume("GATES", gates(0), "gates are open or closed, 1 or 0")
    P.instance("weight", Fact("WEIGHTS")(a, r))
    P.instance("output weight", Fact("OUTPUT")(a))
    P.instance("gate", Fact("GATES")(a))
    found = P.show(
        "they agree",
        forall(r, m, at_least_0(N.broadcast * (N.path * N.broadcast))),
        P.signed(N.path * N.broadcast**2),
        reason="J_r ≥ 0 times a square",
    )
    ones = {
        "W": forall(a, r, N.W(a, r).equals(1)),
        "w": forall(a, N.w(a).equals(1)),
        "G": forall(a, N.upper(a).equals(1)),
    }
    P.conclude(found, witness=[*ones.values()])
    bad = {"W": forall(a, r, N.W(a, r).equals(-1)), "G": forall(a, N.upper(a).equals(-1))}
    P.mutant("weights of any sign", {"WEIGHTS": weights(-1)}, witness=[*(ones | {"W": bad["W"]}).values()])
    P.mutant("gates of any sign", {"GATES": gates(-1)}, witness=[*(ones | {"G": bad["G"]}).values()])
    return P


@cache
def batch() -> ProofWriter:
    """Prove that two samples with different open gates may disagree: J = 3 and 1, steps 1 and −2."""
    P = ProofWriter("A broadcast error vector on two samples")
    first, second, one, two = P.scalars("J1 J2 u1 u2")
    P.assume("J1", first.equals(3), "three open paths above for sample 1")
    P.assume("J2", second.equals(1), "one open path for sample 2")
    P.assume("u1", one.equals(1), "gate times error times input, sample 1")
    P.assume("u2", two.equals(-2), "the same, sample 2")
    product = (one + two) * (first * one + second * two)
    P.conclude(P.show("they disagree", product < 0, rewrite=["J1", "J2", "u1", "u2"], reason="−1 against 1"))
    P.mutant("another sample", {"u2": two.equals(2)})
    return P
