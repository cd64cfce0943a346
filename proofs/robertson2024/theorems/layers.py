"""RK1 in depth: what a layer anywhere in a network conserves, with any signals from above and any number of outputs."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, absolute, forall, total

from ...shared.motion import Motion

HALF = Fraction(1, 2)
MUTANTS_OF_FLOW = ("bracket without the half", "feedback through the weights", "not 1-homogeneous")
MUTANTS_OF_STEP = ("conserved by steps", "bracket raised", "not 1-homogeneous in steps")
MUTANTS_OF_SIGN = ("without the step", "other signs")


@cache
def flow() -> ProofWriter:
    """Prove ``½‖v_r‖² − Σ_c B_rc W_cr`` constant for every unit r of a layer V below a layer W."""
    N = Motion("The bracket of a unit anywhere in a network", "n", "a", "p", "b")
    P = N.P
    i, k, r, c = P.index("i", "n"), P.index("k", "a"), P.index("r", "p"), P.index("c", "b")
    N.starts()
    t = N.t
    h, D, Psi = P.tensor("h", "real", "n", "a"), P.tensor("D", "real", "n", "p"), P.tensor("Psi", "real", "n", "p")
    V, W = P.tensor("V", "real", "p", "a"), P.tensor("W", "real", "b", "p")
    B, sent = P.tensor("B", "p", "b"), P.tensor("sent", "real", "n", "b")
    seen = total(k, V(t, r, k) * h(t, i, k))

    def homogeneous(feature: Expression) -> Assertion:
        return forall(t, i, r, Psi(t, i, r).equals(feature))

    def pulled(weight: Expression) -> Expression:
        return -total(i, D(t, i, r) * total(c, weight * sent(t, i, c)) * h(t, i, k))

    P.assume("HOMOGENEOUS", homogeneous(D(t, i, r) * seen), "1-homogeneous activation, slopes D")
    N.moves(V, ("p", "a"), (r, k), pulled(B(r, c)), "a layer on any activations h; signals from above through B")
    N.moves(W, ("b", "p"), (c, r), -total(i, sent(t, i, c) * Psi(t, i, r)), "the layer above, which gets these signals")

    def bracket(at: IndexName | int, share: Fraction = HALF) -> Expression:
        return share * total(k, V(at, r, k) ** 2) - total(c, B(r, c) * W(at, c, r))

    def kept(share: Fraction) -> Assertion:
        return forall(t, r, bracket(t, share).equals(bracket(0, share)))

    same = N.constant(
        bracket,
        "the bracket",
        "both layers get the same signals, as the activation is 1-homogeneous",
        rewrite="HOMOGENEOUS",
    )
    P.conclude(N.stated(P.show("conserved", kept(HALF), same)), defined=N.smooth())
    P.mutant("bracket without the half", {}, conclusion=kept(Fraction(1)))
    P.mutant("feedback through the weights", {"FLOW_V": N.law(V, (r, k), pulled(W(t, c, r)))})
    P.mutant("not 1-homogeneous", {"HOMOGENEOUS": homogeneous(D(t, i, r) * (seen + 1))})
    return P


class _Step:
    """One step of two adjacent layers, V below W; names with + are those after it."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "a", "p", "b")
        self.i, self.k, self.r, self.c = P.index("i", "n"), P.index("k", "a"), P.index("r", "p"), P.index("c", "b")
        self.h, (self.D, self.Psi) = P.tensor("h", "n", "a"), P.tensors("D Psi", "n", "p")
        (self.V, self.V1), (self.W, self.W1) = P.tensors("V V+", "p", "a"), P.tensors("W W+", "b", "p")
        self.sent, self.eta = P.tensor("sent", "n", "b"), P.scalar("eta")

    def steps(self, weight: Expression) -> None:
        P, i, k, r, c = self.P, self.i, self.k, self.r, self.c
        P.assume("HOMOGENEOUS", self.homogeneous(0), "1-homogeneous activation, slopes D")
        pulled = total(i, self.D(i, r) * total(c, weight * self.sent(i, c)) * self.h(i, k))
        P.assume("STEP_V", forall(r, k, self.V1(r, k).equals(self.V(r, k) - self.eta * pulled)), "step of the layer")
        pull = total(i, self.sent(i, c) * self.Psi(i, r))
        P.assume(
            "STEP_W", forall(c, r, self.W1(c, r).equals(self.W(c, r) - self.eta * pull)), "step of the layer above"
        )

    def homogeneous(self, more: int) -> Assertion:
        seen = total(self.k, self.V(self.r, self.k) * self.h(self.i, self.k))
        feature = self.D(self.i, self.r) * (seen + more if more else seen)
        return forall(self.i, self.r, self.Psi(self.i, self.r).equals(feature))

    def moved(self) -> Expression:
        return total(self.k, (self.V1(self.r, self.k) - self.V(self.r, self.k)) ** 2)

    def grows(self, above: Callable[[int], Expression], share: Fraction, equal: bool) -> Assertion:
        """The change of ``½‖v_r‖² − above`` against a share of the squared step."""
        k, r = self.k, self.r
        after = HALF * total(k, self.V1(r, k) ** 2) - above(1)
        before = HALF * total(k, self.V(r, k) ** 2) - above(0) + share * self.moved()
        return forall(r, after.equals(before) if equal else after <= before)


@cache
def step() -> ProofWriter:
    """Prove that a step raises the bracket by exactly ``½‖v_r⁺ − v_r‖²``."""
    N = _Step("The bracket of a unit anywhere in a network, in one step")
    P, r, c = N.P, N.r, N.c
    B = P.tensor("B", "p", "b")
    N.steps(B(r, c))

    def above(after: int) -> Expression:
        return total(c, B(r, c) * (N.W1 if after else N.W)(c, r))

    found = P.show(
        "after a step",
        N.grows(above, HALF, True),
        rewrite=["STEP_V", "STEP_W", "HOMOGENEOUS"],
        reason="the terms of first order in the step size cancel",
    )
    P.conclude(found)
    P.mutant("conserved by steps", {}, conclusion=N.grows(above, Fraction(0), True))
    P.mutant("bracket raised", {}, conclusion=N.grows(above, Fraction(1), True))
    P.mutant("not 1-homogeneous in steps", {"HOMOGENEOUS": N.homogeneous(1)})
    return P


@cache
def sign() -> ProofWriter:
    """Prove ``½‖v⁺‖² − Σ|W⁺| ≤ ½‖v‖² − Σ|W| + ½‖v⁺ − v‖²`` for feedback by signs, whether signs change or not."""
    N = _Step("Sign feedback anywhere in a network, in one step")
    P, r, c = N.P, N.r, N.c
    S = P.tensor("S", "p", "b")
    N.steps(S(r, c))

    def signs(factor: int) -> Assertion:
        size = absolute(N.W(c, r))
        return forall(r, c, (S(r, c) * N.W(c, r)).equals(size if factor == 1 else factor * size))

    P.assume("SIGNS", signs(1), "S are the signs of W; where W = 0 anything between −1 and 1")
    P.assume("S ≤ 1", forall(r, c, S(r, c) <= 1), "signs")
    P.assume("S ≥ −1", forall(r, c, S(r, c) >= -1), "signs")
    up, down = P.use(library.below_abs()), P.use(library.minus_below_abs())
    W1 = N.W1(c, r)
    low = P.show("1 − S ≥ 0", 1 - S(r, c) >= 0, Fact("S ≤ 1")(r, c))
    high = P.show("1 + S ≥ 0", 1 + S(r, c) >= 0, Fact("S ≥ −1")(r, c))
    above_line = P.show(
        "|W+| is above its line",
        forall(r, c, S(r, c) * W1 <= absolute(W1)),
        *(item(up(W1), 1 + S(r, c), sign=high), item(down(W1), 1 - S(r, c), sign=low)),
        reason="|x| is the largest of sx, −1 ≤ s ≤ 1",
    )

    def above(after: int) -> Expression:
        return total(c, absolute((N.W1 if after else N.W)(c, r)))

    linear = P.show(
        "the line after a step",
        forall(r, (HALF * total(N.k, N.V1(r, N.k) ** 2) - total(c, S(r, c) * W1)).equals(
            HALF * total(N.k, N.V(r, N.k) ** 2) - total(c, S(r, c) * N.W(c, r)) + HALF * N.moved())),
        rewrite=["STEP_V", "STEP_W", "HOMOGENEOUS"],
        reason="the terms of first order in the step size cancel",
    )  # fmt: skip
    found = P.show(
        "after a step",
        N.grows(above, HALF, False),
        *(linear(r), item(Fact("SIGNS")(r, c), over=[c]), item(above_line(r, c), over=[c])),
        reason="Σ|W| = ΣSW before the step, and Σ|W| ≥ ΣSW after it",
    )
    example = [forall(r, c, S(r, c).equals(1)), forall(c, r, N.W(c, r).equals(1))]
    P.conclude(found, witness=example)
    P.mutant("without the step", {}, conclusion=N.grows(above, Fraction(0), False), witness=example)
    wrong = [forall(r, c, S(r, c).equals(1)), forall(c, r, N.W(c, r).equals(-1))]
    P.mutant("other signs", {"SIGNS": signs(-1)}, witness=wrong)
    return P
