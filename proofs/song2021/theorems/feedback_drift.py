"""S8′ for any activation: how the alignment changes along the unregularised flow.

With ``q_i = p^{-1/2} Σ_r b_r ψ(w_r·x_i)`` and ``Σ_ij = x_i·x_j p^{-1} Σ_r b_r² ψ'(w_r·x_i) ψ'(w_r·x_j)``, exactly at
every width, ``d/dt b·β = −q·e`` and ``q̇ = −Σe``. So ``b·β + S·q + ½ SᵀΣS``, where ``Ṡ = e``, changes only as Σ does.
The mean for constant Σ is in `mean_alignment`.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, Multiple, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, forall, of, total

from ...shared.flow import HALF, REAL, AlongFlow
from ...shared.one_step import INVERSE, ROOT

MUTANTS_OF_ALIGNMENT = ("the alignment grows",)
MUTANTS_OF_DRIFT = ("error propagated through beta", "one slope in the kernel")
MUTANTS_OF_BALANCE = ("s counted twice", "whole quadratic form")
MUTANTS_OF_FROZEN = ("quadratic form counted twice", "S starts at 1")
VELOCITIES = ("velocity of W", "velocity of beta", "velocity of Psi")


class _Drift(AlongFlow):
    """The alignment, the overlap q of feedback weights and features, its kernel Σ and the sum S of the errors."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P, t, i, r = self.P, self.t, self.i, self.r
        self.q, self.Sig = P.tensor("q", REAL, "n"), P.tensor("Sigma", REAL, "n", "n")
        self.S, self.S_rate = P.tensors("S S.", REAL, "n")
        self.features_move()
        self.flow_of_W()
        self.flow_of_beta()
        self.input_gram()
        against = ROOT * total(r, self.b(r) * self.Psi(t, i, r))
        P.assume("FEEDBACK", forall(t, i, self.q(t, i).equals(against)), "overlap of feedback weights and features")
        P.assume("SIGMA", self.kernel(self.D(t, self.j, r)), "kernel of the drift")

    def kernel(self, slope: Expression | int) -> Assertion:
        t, i, j, r = self.t, self.i, self.j, self.r
        slopes = INVERSE * total(r, self.b(r) ** 2 * self.D(t, i, r) * slope)
        return forall(t, i, j, self.Sig(t, i, j).equals(self.K(i, j) * slopes))

    def sums(self, share: int = 1) -> Assertion:
        t, i = self.t, self.i
        return forall(t, i, self.of(self.S(self.s, i)).equals(share * self.e(t, i) if share != 1 else self.e(t, i)))

    def sum_of_errors(self) -> None:
        P, t, i = self.P, self.t, self.i
        self.flow.moves(self.S, self.S_rate)
        flow = P.assume("SUM", self.sums(), "S is the sum of the errors")
        named = forall(t, i, self.S_rate(t, i).equals(self.e(t, i)))
        P.show("velocity of S", named, Fact("S rate")(t, i), flow(t, i))

    def alignment(self, at: IndexName | int) -> Expression:
        return total(self.r, self.b(self.r) * self.beta(at, self.r))

    def against(self, at: IndexName | int) -> Expression:
        return ROOT * total(self.r, self.b(self.r) * self.Psi(at, self.i, self.r))

    def aligned_rate(self, sign: int = 1) -> Assertion:
        seen = total(self.i, self.q(self.t, self.i) * self.e(self.t, self.i))
        return forall(self.t, self.of(self.alignment(self.s)).equals(-seen if sign > 0 else seen))

    def show_q(self) -> tuple[Fact, Fact]:
        """Show that q is differentiable, and its rate."""
        P, s, t, i, j = self.P, self.s, self.t, self.i, self.j
        rate = self.flow.rate(self.against(s))
        smooth = self.smooth("q is differentiable", self.q(s, i), rate, "FEEDBACK")
        moved = P.show("the rate of q", self.of(self.q(s, i)).equals(rate.value), rate.equation, rewrite=["FEEDBACK"])
        drift = P.show(
            "rate of the overlap of feedback weights and features",
            forall(t, i, self.of(self.q(s, i)).equals(-total(j, self.Sig(t, i, j) * self.e(t, j)))),
            moved,
            rewrite=["velocity of W", "velocity of Psi", "SIGMA", "INPUT_GRAM"],
            reason="each neuron moves in proportion to its feedback weight; the inner sum is Σ",
        )
        return P.generalise("q is always differentiable", smooth, t, i), drift


@cache
def alignment() -> ProofWriter:
    """Prove d/dt b·β = −q·e."""
    N = _Drift("The alignment along the flow")
    P = N.P
    rate = N.flow.rate(N.alignment(N.s))
    found = P.show(
        "the alignment",
        N.aligned_rate(),
        rate.equation,
        rewrite=["velocity of beta", "FEEDBACK"],
        reason="only β changes; the inner sum is q",
    )
    P.conclude(N.stated(found), defined=[rate.smooth, "W differentiable", "beta differentiable"])
    P.mutant("the alignment grows", {}, conclusion=N.aligned_rate(-1))
    return P


@cache
def drift() -> ProofWriter:
    """Prove q̇ = −Σe."""
    N = _Drift("The overlap of feedback weights and features along the flow")
    P = N.P
    smooth, found = N.show_q()
    P.conclude(N.stated(found, "Psi"), defined=[smooth, N.seen_moves, "W differentiable", "Psi differentiable"])
    P.mutant("error propagated through beta", {"FLOW_W": N.rate_of_W(N.beta(N.t, N.r))})
    P.mutant("one slope in the kernel", {"SIGMA": N.kernel(1)})
    return P


@cache
def balance() -> ProofWriter:
    """Prove that ``b·β + S·q + ½ SᵀΣS`` has the rate ``½ SᵀΣ̇S``."""
    N = _Drift("The balance of the alignment")
    P, s, t, i, j = N.P, N.s, N.t, N.i, N.j
    N.sum_of_errors()
    Sig_rate = P.tensor("Sigma.", REAL, "n", "n")
    N.flow.moves(N.Sig, Sig_rate)
    smooth, drift = N.show_q()
    q_rate = P.tensor("q.", REAL, "n")
    P.assume("q rate", forall(t, i, q_rate(t, i).equals(N.of(N.q(s, i)))), "rate of q")
    N.flow.moving["q"] = (smooth, Fact("q rate"), q_rate)
    P.show(
        "velocity of q",
        forall(t, i, q_rate(t, i).equals(-total(j, N.Sig(t, i, j) * N.e(t, j)))),
        *(Fact("q rate")(t, i), drift(t, i)),
    )
    form = total(i, j, N.S(s, i) * N.Sig(s, i, j) * N.S(s, j))
    curve = N.alignment(s) + total(i, N.S(s, i) * N.q(s, i)) + HALF * form
    rate = N.flow.rate(curve)

    def moves(share: Fraction) -> Assertion:
        left = total(i, j, N.S(t, i) * N.of(N.Sig(s, i, j)) * N.S(t, j))
        return forall(t, N.of(curve).equals(share * left))

    found = P.show(
        "the balance",
        moves(HALF),
        rate.equation,
        item(Fact("Sigma rate")(t, i, j), HALF * N.S(t, i) * N.S(t, j), over=[i, j]),
        rewrite=["velocity of S", "velocity of q", "velocity of beta", "FEEDBACK", "SIGMA", "INPUT_GRAM"],
        reason="product rule and the rates of b·β and q; Σ is symmetric",
    )
    found = P.drop("without q.", found, "q rate")
    P.conclude(
        N.stated(found, "Psi", "S", "Sigma"),
        defined=[
            *(rate.smooth, smooth, N.seen_moves),
            *(f"{name} differentiable" for name in ("W", "beta", "Psi", "S", "Sigma")),
        ],
    )
    P.mutant("s counted twice", {"SUM": N.sums(2)})
    P.mutant("whole quadratic form", {}, conclusion=moves(Fraction(1)))
    return P


@cache
def frozen() -> ProofWriter:
    """Prove the alignment for constant Σ: ``b·β₀ − S·q₀ + ½ SᵀΣS``."""
    N = _Drift("The alignment for a constant kernel of the drift")
    P, s, t, i, j, r = N.P, N.s, N.t, N.i, N.j, N.r
    N.sum_of_errors()
    still = P.assume("STILL", forall(t, i, j, N.Sig(t, i, j).equals(N.Sig(0, i, j))), "Σ is constant")
    P.assume("S0", forall(i, N.S(0, i).equals(0)), "S starts at 0")
    constant = P.use(library.flow_constant())

    def form(at: IndexName | int) -> Expression:
        return total(i, j, N.S(at, i) * N.Sig(0, i, j) * N.S(at, j))

    def followed(at: IndexName | int) -> Expression:
        return N.against(at) + total(j, N.Sig(0, i, j) * N.S(at, j))

    def level(name: str, curve: Expression, *by: Fact | Multiple) -> Fact:
        """Show that a curve of rate 0 is constant."""
        rate = N.flow.rate(curve)
        rules = [*VELOCITIES, "velocity of S", "FEEDBACK", "SIGMA", "INPUT_GRAM"]
        rests = P.show(f"rate of {name}", N.of(curve).equals(0), rate.equation, *by, rewrite=rules)
        every = [P.generalise(f"{n} {name}", x, t) for n, x in (("smooth", rate.smooth), ("still", rests))]
        return constant(of(s, curve), t, given=every)

    moved = P.show(
        "q at time t",
        forall(t, i, N.q(t, i).equals(N.q(0, i) - total(j, N.Sig(0, i, j) * N.S(t, j)))),
        level("q + ΣS", followed(s), item(still(t, i, j), N.e(t, j), over=[j])),
        Fact("FEEDBACK")(t, i),
        Fact("FEEDBACK")(0, i),
        item(Fact("S0")(j), N.Sig(0, i, j), over=[j]),
        reason="Σ is constant, so q + ΣS is constant",
    )
    curve = N.alignment(s) + total(i, N.S(s, i) * N.against(s)) + HALF * form(s)
    balance = level("the balance", curve, item(still(t, i, j), N.S(t, i) * N.e(t, j), over=[i, j]))

    def aligned(share: Fraction) -> Assertion:
        left = N.alignment(0) - total(i, N.S(t, i) * N.q(0, i))
        return forall(t, N.alignment(t).equals(left + share * form(t)))

    found = P.show(
        "the alignment",
        aligned(HALF),
        balance,
        item(moved(t, i), N.S(t, i), over=[i]),
        *(item(Fact("FEEDBACK")(at, i), N.S(at, i), over=[i]) for at in (t, 0)),
        rewrite=["S0"],
        reason="the balance is constant as well; q is a function of S",
    )
    P.conclude(
        N.stated(found, "Psi", "S"),
        defined=[N.seen_moves, *(f"{name} differentiable" for name in ("W", "beta", "Psi", "S"))],
        witness=[
            forall(t, i, r, N.D(t, i, r).equals(N.D(0, i, r))),
        ],
    )
    P.mutant("quadratic form counted twice", {}, conclusion=aligned(Fraction(1)))
    P.mutant("S starts at 1", {"S0": forall(i, N.S(0, i).equals(1))})
    return P
