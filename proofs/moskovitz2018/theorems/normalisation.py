"""M5: strict normalisation, ``B = U ‖A‖/‖U‖``, gives the feedback the norm of the weights and keeps its direction."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, Tensor, forall, inv, positive, sqrt, total

MUTANTS_OF_NORM = ("divided by the square", "norm of the weights forgotten")
MUTANTS_OF_DIRECTION = ("norms exchanged",)


class _Normalised:
    """Feedback U of any kind, not all 0, and B with the norm of A in its place."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("k", "p")
        self.c, self.r = P.index("c", "k"), P.index("r", "p")
        self.A, self.U, self.B = P.tensors("A U B", "k", "p")
        self.nonzero = P.assume("NONZERO", positive(self.squares(self.U)), "the feedback is not 0")
        self.normalised = P.assume(
            "NORMALISED", self.sent(self.norm(self.A) * inv(self.norm(self.U))), "strict normalisation"
        )
        inside = self.squares(self.U)
        weak = P.show("‖U‖² ≥ 0", inside >= 0, self.nonzero)
        root = axiom("sqrt_square")(inside, given=[weak])
        self.square_of_norm = P.show("‖U‖²", (self.norm(self.U) ** 2).equals(inside), root)
        self.norm_nonzero = P.show("‖U‖ is not 0", positive(self.norm(self.U) ** 2), root, self.nonzero)
        self.one = P.show(
            "‖U‖/‖U‖ = 1",
            (self.norm(self.U) * inv(self.norm(self.U))).equals(1),
            axiom("inverse")(self.norm(self.U), given=[self.norm_nonzero]),
        )

    def sent(self, factor: Expression) -> Assertion:
        c, r = self.c, self.r
        return forall(c, r, self.B(c, r).equals(self.U(c, r) * factor))

    def squares(self, T: Tensor) -> Expression:
        return total(self.c, self.r, T(self.c, self.r) ** 2)

    def norm(self, T: Tensor) -> Expression:
        """The Frobenius norm."""
        return sqrt(self.squares(T))

    def product(self, T: Tensor) -> Expression:
        return total(self.c, self.r, T(self.c, self.r) * self.A(self.c, self.r))

    def show_norm(self) -> Fact:
        P, A, U, B = self.P, self.A, self.U, self.B
        inside = self.squares(A)
        root = axiom("sqrt_square")(inside, given=[P.signed(inside)])
        ratio = inv(self.norm(U))
        squares = P.show(
            "squares",
            self.squares(B).equals(inside),
            root,
            item(self.square_of_norm, self.norm(A) ** 2 * ratio**2),
            item(self.one, self.norm(A) ** 2),
            item(self.one, self.norm(A) ** 2 * self.norm(U) * ratio),
            rewrite=["NORMALISED"],
            reason="insert the feedback: ‖U‖² over ‖U‖² is 1",
        )
        return P.congruence("norms", "sqrt", squares, reason="take the root on both sides")


@cache
def norm() -> ProofWriter:
    """Prove ``‖B‖ = ‖A‖``."""
    N = _Normalised("Strict normalisation")
    P = N.P
    same = N.norm(N.B).equals(N.norm(N.A))
    P.conclude(P.show("the norm of the feedback", same, N.show_norm()), defined=[N.norm_nonzero])
    ratio = inv(N.norm(N.U))
    P.mutant("divided by the square", {"NORMALISED": N.sent(N.norm(N.A) * ratio**2)})
    P.mutant("norm of the weights forgotten", {"NORMALISED": N.sent(ratio)})
    return P


@cache
def direction() -> ProofWriter:
    """Prove ``⟨B, A⟩ ‖U‖ = ⟨U, A⟩ ‖B‖``: the cosine with the weights is what it was."""
    N = _Normalised("Strict normalisation keeps the direction")
    P = N.P
    same = N.show_norm()
    product = N.product(N.U)
    P.conclude(
        P.show(
            "the direction of the feedback",
            (N.product(N.B) * N.norm(N.U)).equals(product * N.norm(N.B)),
            item(N.one, product * N.norm(N.A)),
            item(same, product),
            rewrite=["NORMALISED"],
            reason="feedback of the norm of the weights; ‖U‖/‖U‖ = 1",
        ),
        defined=[N.norm_nonzero],
    )
    P.mutant("norms exchanged", {}, conclusion=(N.product(N.B) * N.norm(N.B)).equals(product * N.norm(N.U)))
    return P


__all__ = ["direction", "norm"]
