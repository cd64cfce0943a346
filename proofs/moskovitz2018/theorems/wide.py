"""M4 with several outputs, repaired by width: ``ABᵀ/p`` is near ``μI`` in wide layers, and no error ascends."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import ProofWriter, item, library
from fa_theory.symbolic.proof.notation import Assertion, Expression, delta, forall, mean, positive, size, total

from ...shared.one_step import INVERSE

MUTANTS_OF_SPREAD = ("another power of the width", "not centred")
MUTANTS_OF_EVERY = ("twice the room", "feedback of the wrong signs")


@cache
def spread() -> ProofWriter:
    """Prove ``E‖ABᵀ/p − Λ‖_F² = p⁻¹ Σ_ca (E A_c² B_a² − Λ_ca²)`` for independent inputs of the layer."""
    P = ProofWriter("The product of weights and feedback in a wide layer")
    P.sorts("k", "p")
    c, a, r = *P.indices("c a", "k"), P.index("r", "p")
    A, B = P.tensors("A B", "k", "p")
    limit, variance = P.tensor("Lambda", "k", "k"), P.scalar("Q")
    law = P.law("inputs", "iid", ["k", "p"], ["k", "p"], axis="p")

    def of_one(value: Expression) -> Expression:
        """The mean for one input, as the average over all, which have the same law."""
        return INVERSE * mean(law, (A, B), total(r, value))

    def says(value: Expression) -> Assertion:
        return variance.equals(total(c, a, value))

    one = A(c, r) * B(a, r)
    P.assume("LIMIT", forall(c, a, limit(c, a).equals(of_one(one))), "mean of the product")
    P.assume("VARIANCE", says(of_one(one**2) - limit(c, a) ** 2), "variance for one input of the layer")
    square = mean(law, (A, B), total(c, a, (INVERSE * total(r, one) - limit(c, a)) ** 2))
    P.conclude(
        P.show(
            "the mean square of the deviation",
            square.equals(INVERSE * variance),
            rewrite=["LIMIT", "VARIANCE"],
            reason="different inputs of the layer are independent, so that only equal ones count",
        )
    )
    P.mutant("another power of the width", {}, conclusion=square.equals(INVERSE**2 * variance))
    P.mutant("not centred", {"VARIANCE": says(of_one(one**2))})
    return P


@cache
def every_error() -> ProofWriter:
    """Prove ``⟨Aᵀe, Bᵀe⟩ ≥ 0`` for every e, if ``‖ABᵀ/p − μI‖_F ≤ μ``."""
    P = ProofWriter("A layer through which no error ascends")
    P.sorts("k", "p")
    c, a, r = *P.indices("c a", "k"), P.index("r", "p")
    f, g = P.indices("f g", "k")
    A, B, error = *P.tensors("A B", "k", "p"), P.tensor("e", "k")
    gap, mu = P.tensor("R", "k", "k"), P.scalar("mu")
    P.assume("μ > 0", positive(mu), "the mean product of a weight and its feedback")

    def deviation(A_part: Expression) -> Assertion:
        return forall(c, a, gap(c, a).equals(INVERSE * total(r, A_part * B(a, r)) - mu * delta(c, a)))

    P.assume("DEVIATION", deviation(A(c, r)), "deviation from a multiple of the identity")

    def near(room: Expression) -> Assertion:
        return total(c, a, gap(c, a) ** 2) <= room**2

    P.assume("NEAR", near(mu), "a deviation of at most μ")
    form = total(c, a, gap(c, a) * error(c) * error(a))
    length = total(c, error(c) ** 2)
    schwarz = P.show(
        "Cauchy–Schwarz",
        (-form) ** 2 <= total(c, a, gap(c, a) ** 2) * length**2,
        item(
            P.use(library.square())(gap(c, a) * error(f) * error(g) - gap(f, g) * error(c) * error(a)),
            over=[c, a, f, g],
        ),
        reason="for matrices",
    )
    squared = P.show("the form, squared", (-form) ** 2 <= (mu * length) ** 2, schwarz, item("NEAR", length**2))
    sign = P.show("sign of the bound", mu * length >= 0, item(P.signed(length), mu, sign="μ > 0"))
    bound = P.instance("the form", P.use(library.root())(-form, mu * length, given=[sign, squared]))
    agreement = total(r, total(c, A(c, r) * error(c)) * total(a, B(a, r) * error(a)))
    scaled = P.show("per input of the layer", INVERSE * agreement >= 0, bound, rewrite=["DEVIATION"])
    P.conclude(
        P.show(
            "no error ascends",
            forall(error, agreement >= 0),
            item(scaled, size("p")),
            reason="μ‖e‖² less what the deviation can take away",
        ),
        witness=[forall(c, r, B(c, r).equals(A(c, r))), mu.equals(INVERSE * total(c, r, A(c, r) ** 2))],
    )
    P.mutant("twice the room", {"NEAR": near(2 * mu)}, witness=())
    P.mutant("feedback of the wrong signs", {"DEVIATION": deviation(-A(c, r))}, witness=())
    return P
