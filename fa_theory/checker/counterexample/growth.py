"""Kind ``growth``: a counterexample to "one step of feedback alignment contracts the error by the factor φ".

The document holds data X, y, a state (W, β), feedback b, step size η and a factor φ ≥ 0, all exact. One step of
the rule (λ = 0) is evaluated in balls, and the claim ``‖e(t+1)‖₂ > φ ‖e(t)‖₂`` must come out certain. The proof is the
evaluation; a slope at the kink of ReLU counts as the whole of [0, 1] unless the pre-activation is exactly 0, where
``ψ'(0) = 0`` by convention.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from operator import mul
from typing import Any

from flint import arb, arb_mat

from fa_theory.checker import document as doc
from fa_theory.checker.decimals import below
from fa_theory.checker.linalg import elementwise, up
from fa_theory.checker.verdict import Finding

KEYS = (*doc.STATE_KEYS, "steps", "lam", "factor")


@dataclass(frozen=True)
class ErrorGrowth:
    """What a document of this kind asserts."""

    state: doc.ExactState
    factor: arb

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> ErrorGrowth:
        """Read a document of kind ``growth``."""
        doc.fields(document, "document", KEYS)
        for key, only in (("steps", 1), ("lam", "0x0.0p+0")):
            if type(document[key]) is not type(only) or document[key] != only:
                raise doc.MalformedDocument(f"{key}: this format knows only {only!r}")
        return cls(doc.ExactState.read(document), doc.number(document["factor"], "factor", least=0.0))


def squared_errors(state: doc.ExactState) -> tuple[arb, arb]:
    """Enclose ``‖e‖₂²`` before and after one step with λ = 0."""
    X, b, scale = state.X, state.by_output(state.b), state.scale()
    Z = X * state.W.transpose()
    features = state.features(Z)
    e = state.error(features, state.beta)
    by_output = arb_mat(X.nrows(), state.k, e.entries())
    signal = elementwise(mul, by_output * b.transpose(), state.slopes(Z))
    W_next = state.W - signal.transpose() * X * scale
    beta_next = state.by_output(state.beta) - features.transpose() * by_output * scale
    e_next = state.error(state.features(X * W_next.transpose()), beta_next.entries())
    before, after = (sum((x * x for x in v.entries()), arb(0)) for v in (e, e_next))
    return before, after


def check(claim: ErrorGrowth) -> Finding:
    """Check a claim of this kind."""
    before, after = squared_errors(claim.state)
    growth = (after / before).sqrt()
    bounds = {"growth_low": -up(-growth), "growth_high": up(growth)}
    if after > claim.factor * claim.factor * before:
        return Finding([], bounds, f"one step multiplies the error by more than {below(float(claim.factor))}")
    refused = f"factor: growth by more than {float(claim.factor):.6g} is claimed, found {growth}"
    return Finding([(inf, refused)], bounds, "")
