"""M4 with several outputs: a hidden neuron ascends for some error unless its feedback is parallel to its readout."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import ProofWriter, axiom, item
from fa_theory.symbolic.proof.notation import Expression, Tensor, forall, norm, positive, square_sum, total

MUTANTS_OF_ASCENT = ("feedback that may be parallel", "difference without norms")
MUTANTS_OF_PARALLEL = ("any sign",)


class _Neuron:
    """A hidden neuron with readout w and feedback v to k outputs, and an error δ."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("k")
        self.c = P.index("c", "k")
        self.w, self.v, self.error = P.tensors("w v e", "k")

    def dot(self, x: Tensor, y: Tensor) -> Expression:
        return total(self.c, x(self.c) * y(self.c))

    @property
    def agreement(self) -> Expression:
        """``(w·δ)(v·δ)``: negative where the neuron is moved against the gradient."""
        return self.dot(self.w, self.error) * self.dot(self.v, self.error)


@cache
def ascent() -> ProofWriter:
    """Prove ``(w·δ)(v·δ) < 0`` for ``δ = ‖w‖ v − ‖v‖ w`` unless w and v have the same direction."""
    N = _Neuron("An error for which the neuron ascends")
    P, c, w, v = N.P, N.c, N.w, N.v
    nw, nv = norm(c, w(c)), norm(c, v(c))
    w_nonzero = P.assume("READOUT", positive(nw), "a readout that is not 0")
    v_nonzero = P.assume("SENT", positive(nv), "feedback that is not 0")
    gap = nw * nv - N.dot(v, w)
    apart = P.assume("APART", N.dot(v, w) < nw * nv, "feedback and readout are not parallel")
    P.assume("ERROR", forall(c, N.error(c).equals(nw * v(c) - nv * w(c))), "the error")
    squares = [axiom("sqrt_square")(square_sum(c, x(c)), given=[P.signed(square_sum(c, x(c)))]) for x in (w, v)]
    of_w, of_v = (P.instance(f"‖{name}‖²", fact) for name, fact in zip("wv", squares, strict=True))
    first = P.show(
        "through the readout",
        N.dot(w, N.error).equals(-nw * gap),
        item(of_w, nv),
        rewrite=["ERROR"],
        reason="w·w = ‖w‖²",
    )
    second = P.show(
        "through the feedback",
        N.dot(v, N.error).equals(nv * gap),
        item(of_v, nw),
        rewrite=["ERROR"],
        reason="v·v = ‖v‖²",
    )
    open_ = P.show("the gap", positive(gap), apart)
    wide = P.show("the gap squared", positive(gap**2), item(open_, gap, sign=open_))
    both = P.show("product of norms", positive(nw * nv), item(w_nonzero, nv, sign=v_nonzero))
    size_of = P.show("size", positive(nw * nv * gap**2), item(both, gap**2, sign=wide))
    P.conclude(
        P.show(
            "the neuron ascends",
            N.agreement < 0,
            item(first, N.dot(v, N.error)),
            item(second, -nw * gap),
            size_of,
            reason="the product is −‖w‖‖v‖ times the square of the gap",
        )
    )
    P.mutant("feedback that may be parallel", {"APART": N.dot(v, w) <= nw * nv})
    P.mutant("difference without norms", {"ERROR": forall(c, N.error(c).equals(v(c) - w(c)))})
    return P


@cache
def parallel() -> ProofWriter:
    """Prove ``0 ≤ (w·δ)(v·δ)`` for ``v = m w`` with ``m ≥ 0``, whatever the error."""
    N = _Neuron("Parallel feedback never ascends")
    P, c, w, v = N.P, N.c, N.w, N.v
    m = P.scalar("m")
    sign = P.assume("MAGNITUDE", m >= 0, "a magnitude")
    P.assume("PARALLEL", forall(c, v(c).equals(m * w(c))), "feedback parallel to the readout")
    P.conclude(
        P.show(
            "the neuron descends",
            N.agreement >= 0,
            item(sign, N.dot(w, N.error) ** 2),
            rewrite=["PARALLEL"],
            reason="m times a square",
        )
    )
    P.mutant("any sign", {"MAGNITUDE": m <= 0})
    return P
