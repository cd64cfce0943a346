"""M4: errors sent back through B and through A agree on average as B and A do, if the error is isotropic."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import ProofWriter, item
from fa_theory.symbolic.proof.notation import Expression, Tensor, forall, mean, size, total

from .signs import SignSymmetric

MUTANTS_OF_MEAN = ("standard deviation instead of variance", "magnitudes with signs")
MUTANTS_OF_GAIN = ("gain of the weights",)
MUTANTS_OF_COVARIANCE = ("any covariance counts as isotropic",)


class _Sent(SignSymmetric):
    """Errors ``e = σ ξ`` with standard normal ξ, sent back to the p inputs of the layer."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.xi, self.sigma = self.P.tensor("xi", "k"), self.P.scalar("sigma")
        self.normal = self.P.law("normal", "gauss", ["k"])

    def through(self, T: Tensor) -> Expression:
        """``(Tᵀe)_r``."""
        return total(self.c, T(self.c, self.r) * self.sigma * self.xi(self.c))

    def mean(self, term: Expression) -> Expression:
        return mean(self.normal, (self.xi,), term)


@cache
def mean_product() -> ProofWriter:
    """Prove ``E⟨Aᵀe, Bᵀe⟩ = σ² ⟨A, B⟩ = σ² Σ |M| |A|``."""
    N = _Sent("Error signals through sign-symmetric feedback, on average")
    P, c, r = N.P, N.c, N.r
    N.signs()
    N.feedback()
    of_all = N.show_product()
    agreement = N.mean(total(r, N.through(N.A) * N.through(N.B)))
    each = P.show(
        "the mean agreement",
        agreement.equals(N.sigma**2 * N.product),
        reason="different entries of the error are independent with mean zero; each has variance σ²",
    )
    P.conclude(
        P.show(
            "the mean agreement through sign-symmetric feedback",
            agreement.equals(N.sigma**2 * total(c, r, N.magnitudes)),
            each,
            item(of_all, N.sigma**2),
            reason="insert the product of feedback and weights",
        ),
        witness=N.witness(),
    )
    P.mutant(
        "standard deviation instead of variance",
        {},
        conclusion=agreement.equals(N.sigma * total(c, r, N.magnitudes)),
    )
    P.mutant("magnitudes with signs", {"FEEDBACK": N.sent(N.M(c, r) * N.sign)})
    return P


@cache
def gain() -> ProofWriter:
    """Prove ``E‖Bᵀe‖² = σ² ‖B‖²`` for any B."""
    N = _Sent("The size of error signals")
    P, c, r = N.P, N.c, N.r
    length = N.mean(total(r, N.through(N.B) ** 2))
    P.conclude(
        P.show(
            "the mean square of an error signal",
            length.equals(N.sigma**2 * total(c, r, N.B(c, r) ** 2)),
            reason="different entries of the error are independent with mean zero; each has variance σ²",
        )
    )
    P.mutant("gain of the weights", {}, conclusion=length.equals(N.sigma**2 * total(c, r, N.A(c, r) ** 2)))
    return P


@cache
def covariance() -> ProofWriter:
    """Prove ``E⟨Aᵀe, Bᵀe⟩ = Σ_ca Σ_ca (ABᵀ)_ca`` for errors of any law, Σ their second moments."""
    P = ProofWriter("Error signals of any law")
    P.sorts("n", "k", "p")
    i, r = P.index("i", "n"), P.index("r", "p")
    c, a = P.indices("c a", "k")
    A, B = P.tensors("A B", "k", "p")
    error, C = P.tensor("e", "n", "k"), P.tensor("Sigma", "k", "k")
    law = P.law("errors", "iid", ["n", "k"], axis="n")

    def over_samples(term: Expression) -> Expression:
        return size("n", -1) * mean(law, (error,), total(i, term))

    P.assume("SECOND", forall(c, a, C(c, a).equals(over_samples(error(i, c) * error(i, a)))), "second moments")
    agreement = over_samples(total(r, total(c, A(c, r) * error(i, c)) * total(a, B(a, r) * error(i, a))))
    P.conclude(
        P.show(
            "the mean agreement",
            agreement.equals(total(c, a, C(c, a) * total(r, A(c, r) * B(a, r)))),
            rewrite=["SECOND"],
            reason="the product is linear in the products of two entries of the error",
        )
    )
    isotropic = total(c, C(c, c)) * size("k", -1) * total(c, r, A(c, r) * B(c, r))
    P.mutant("any covariance counts as isotropic", {}, conclusion=agreement.equals(isotropic))
    return P
