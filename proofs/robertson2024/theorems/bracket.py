"""RK1 for 1-homogeneous activations: the bracket of a neuron, step by step and over a run."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, at_least_0, forall, given, total

from ...shared.one_step import INVERSE
from .run import HALF, UnregularisedRun

MUTANTS = (
    "conserved by steps",
    "bracket raised",
    "backpropagated error",
    "whole square in the bracket",
    "features of another activation",
)
MUTANTS_OF_SUM = ("no decrease", "half the decrease")
MUTANTS_OF_FEEDBACK = ("any start", "features of the feedback kernel")


class _Brackets(UnregularisedRun):
    """A run of a network with a 1-homogeneous activation."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.slopes()
        self.steps()

    def after(self, lost: Expression | int, share: Fraction = HALF) -> Assertion:
        t, r = self.t, self.r
        return forall(t, r, self.bracket(t + 1, share).equals(self.bracket(t, share) - lost))

    def show_step(self) -> Fact:
        return self.P.show(
            "the bracket after a step",
            self.after(HALF * self.move()),
            rewrite=["STEP_BETA", "STEP_W", "HOMOGENEOUS"],
            reason="substitute both steps; the terms of first order in the step size cancel, as the activation is "
            "1-homogeneous",
        )

    def lost(self) -> None:
        """L is the sum of the squared displacements of a neuron up to a time."""
        P, t, r = self.P, self.t, self.r
        self.L = P.tensor("L", "time", "p")
        P.assume("L0", forall(r, self.L(0, r).equals(0)), "no displacement at time 0")
        P.assume(
            "L+", forall(t, r, self.L(t + 1, r).equals(self.L(t, r) + self.move())), "sum of the squared displacements"
        )

    def over_run(self, share: Fraction = HALF) -> Assertion:
        t, r = self.t, self.r
        return forall(r, self.bracket(t).equals(self.bracket(0) - share * self.L(t, r)))

    def show_sum(self) -> Fact:
        P, t, r = self.P, self.t, self.r
        step = self.show_step()
        before = P.assume("at t", self.over_run(), "decrease of the bracket up to time t")
        start = P.show("at 0", forall(r, self.bracket(0).equals(self.bracket(0) - HALF * self.L(0, r))), rewrite=["L0"])
        later = forall(r, self.bracket(t + 1).equals(self.bracket(0) - HALF * self.L(t + 1, r)))
        onward = P.show("at t+1", later, before(r), step(t, r), Fact("L+")(t, r), reason="one more step")
        return P.induct("the bracket over a run", t, [self.over_run()], [start], [onward], reason="induction over t")


@cache
def proof() -> ProofWriter:
    """Prove that a step lowers ``b_rβ_r − ½‖w_r‖²`` by exactly ``½‖w_r⁺ − w_r‖²``."""
    N = _Brackets("The bracket of a neuron")
    P, t, i, r = N.P, N.t, N.i, N.r
    P.conclude(N.show_step())
    P.mutant("conserved by steps", {}, conclusion=N.after(0))
    P.mutant("bracket raised", {}, conclusion=N.after(-HALF * N.move()))
    P.mutant("backpropagated error", {"STEP_W": N.next_W(N.beta(t, r))})
    P.mutant("whole square in the bracket", {}, conclusion=N.after(HALF * N.move(), Fraction(1)))
    P.mutant("features of another activation", {"HOMOGENEOUS": forall(t, i, r, N.Psi(t, i, r).equals(1))})
    return P


@cache
def over_run() -> ProofWriter:
    """Prove by how much the bracket has decreased after t steps."""
    N = _Brackets("The bracket of a neuron over a run")
    P = N.P
    N.lost()
    P.conclude(N.show_sum())
    P.mutant("no decrease", {}, conclusion=N.over_run(Fraction(0)))
    P.mutant("half the decrease", {}, conclusion=N.over_run(Fraction(1, 4)))
    return P


@cache
def feedback() -> ProofWriter:
    """Prove that H is positive semi-definite as long as no neuron has moved too far."""
    N = _Brackets("The feedback kernel is positive while the neurons have moved little")
    P, t, i, j, k, r = N.P, N.t, N.i, N.j, N.k, N.r
    N.lost()
    H, v = P.tensor("H", "time", "n", "n"), P.tensor("v", "n")

    def kernel(slope: Expression) -> Assertion:
        inside = total(r, N.beta(t, r) * N.b(r) * N.D(t, i, r) * slope)
        return forall(t, i, j, H(t, i, j).equals(INVERSE * inside * total(k, N.X(i, k) * N.X(j, k))))

    P.assume("FEEDBACK_GRAM", kernel(N.D(t, j, r)), "feedback-alignment Gram matrix")
    run = N.show_sum()
    room = 2 * N.b(r) * N.beta(0, r) - total(k, N.W(0, r, k) ** 2)
    little = forall(r, N.L(t, r) <= room)
    P.assume("LITTLE", little, "no neuron has moved too far up to time t")
    sign = P.show(
        "signs",
        forall(r, at_least_0(N.b(r) * N.beta(t, r))),
        run(t, r),
        Fact("LITTLE")(r),
        P.signed(total(k, N.W(t, r, k) ** 2)),
        reason="the decrease is at most the initial bracket, and squares are non-negative",
    )
    pulls = total(k, total(i, v(i) * N.D(t, i, r) * N.X(i, k)) ** 2)
    form = at_least_0(total(i, j, v(i) * H(t, i, j) * v(j)))
    P.conclude(
        P.show(
            "H ⪰ 0",
            forall(t, given(little, forall(v, form))),
            item(sign(r), INVERSE * pulls, over=[r]),
            rewrite=["FEEDBACK_GRAM"],
            reason="the quadratic form is a sum over neurons of b β times a square",
        ),
        witness=[
            N.eta.equals(Fraction(1, 100)),
            forall(r, N.b(r).equals(1)),
            forall(r, N.beta(0, r).equals(HALF * total(k, N.W(0, r, k) ** 2) + 5)),
        ],
    )
    P.mutant("any start", {}, conclusion=forall(t, v, form), witness=())
    P.mutant("features of the feedback kernel", {"FEEDBACK_GRAM": kernel(N.Psi(t, j, r))})
    return P
