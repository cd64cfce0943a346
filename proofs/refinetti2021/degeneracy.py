"""Which solution aligns best, and how often ReLU units can recover a teacher."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from math import comb
from typing import Any

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, Proved, wrong_proofs
from fa_theory.enclosure.asserted import Asserted, WrittenTerm, bound, number
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import structure


def lost(draw: Draw, *, zero: bool = False) -> Array:
    """What the formula leaves of ``Σ|c| − Σ cσ``, over all signs σ of four units."""
    c = 0 * draw(4) if zero else draw(4)
    tau = np.array([1 if x >= 0 else -1 for x in c])
    return np.array(
        [
            np.sum(abs(c)) - np.sum(c * np.array(sigma)) - np.sum(abs(c) * (tau - np.array(sigma)) ** 2) / 2
            for sigma in product((-1, 1), repeat=4)
        ]
    )


def _unique(draw: Draw) -> bool:
    c = abs(draw(4)) + 1
    values = [np.sum(c * np.array(sigma)) for sigma in product((-1, 1), repeat=4)]
    return bool(sum(value == np.sum(c) for value in values) == 1)


degeneracy_breaking = Claim(
    id="refinetti2021.degeneracy-breaking",
    title="Of solutions that differ by signs, one aligns best",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="Σcᵢσᵢ over signs σ is Σ|cᵢ| − ½Σ|cᵢ|(τᵢ − σᵢ)², τ the signs of c: largest for σ = τ alone if all cᵢ ≠ 0.",
    statement=r"""For signs $\sigma_i = \pm 1$ and coefficients $c_i = |c_i| \tau_i$, $\tau_i = \pm 1$,
\[ \sum_i |c_i| - \sum_i c_i \sigma_i = \tfrac12 \sum_i |c_i| (\tau_i - \sigma_i)^2 . \]
So $\sum_i c_i \sigma_i$ is largest for $\sigma = \tau$, and only for it if no $c_i$ is 0: of solutions that differ by
signs of units, one has the largest overlap with the feedback.""",
    hypotheses=(Hypothesis("signs", r"$\sigma_i^2 = \tau_i^2 = 1$ and $c_i = |c_i| \tau_i$"),),
    source=Source("refinetti2021", "degeneracy breaking", Fidelity.ADAPTED, "Stated as an identity for what is lost."),
    procedures=(Proved(structure.signs),),
    mutants=wrong_proofs(structure.signs, *structure.MUTANTS_OF_SIGNS),
    degenerate=(vanishes("c=0", "no coefficients: all signs tie", lambda draw: lost(draw, zero=True)),),
    witness=holds("non-vacuity", "four coefficients that are not 0", _unique, "one of the 16 choices is largest"),
)


def counted(units: int, needed: int) -> Fraction:
    """How often at least ``needed`` of ``units`` fair signs are positive, by counting all cases."""
    hits = sum(sum(signs) >= needed for signs in product((0, 1), repeat=units))
    return Fraction(hits, 2**units)


def formula(units: int, needed: int, above: int = 0) -> Fraction:
    """``2^{−K} Σ_{k ≤ K−M+above} C(K, k)``."""
    return Fraction(sum(comb(units, k) for k in range(units - needed + above + 1)), 2**units)


MOST = 8
"""Units up to which all signs are counted."""


def _all_signs(rng: np.random.Generator) -> Mapping[str, Any]:
    """For all K up to 8 and all M: the share of the signs with at least M positive ones, against the formula."""
    del rng
    said = Asserted()
    for units in range(1, MOST + 1):
        for needed in range(units + 1):
            hits = WrittenTerm(
                ["at_least", sum((WrittenTerm(f"s{k}") for k in range(1, units)), WrittenTerm("s0")).json, str(needed)]
            )
            for k in range(units):
                hits = bound("sum", f"s{k}", 0, 1, of=lambda _, inner=hits: inner)  # type: ignore[misc]
            ways = bound("sum", "k", 0, units - needed, of=lambda k, n=units: WrittenTerm(["binomial", str(n), k.json]))  # type: ignore[misc]
            share = number(2) ** units
            said.equal(hits / share, ways / share)
    return said.document


def _one_more(context: Context) -> CheckOutcome:
    gap = formula(4, 3, above=1) - counted(4, 3)
    return CheckOutcome(gap > 0, f"K = 4, M = 3: {formula(4, 3, above=1)} against {counted(4, 3)}")


recovery_probability = Claim(
    id="refinetti2021.recovery-probability",
    title="How often enough units have feedback of the right sign",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="At least M of K fair signs are positive with probability 2^(−K) times the sum of C(K, k), k = 0 to K − M.",
    statement=r"""Let $K$ ReLU units have feedback weights with independent fair signs, and let $M$ of them be needed
with the positive sign, because positive units cannot change theirs. They are there with probability
\[ P(K, M) = 2^{-K} \sum_{k=0}^{K-M} \binom{K}{k} . \]""",
    hypotheses=(Hypothesis("fair signs", r"$P(\mathrm{sign}\, b_k = 1) = \tfrac12$, independent"),),
    source=Source(
        "refinetti2021",
        "recovery of the teacher by ReLU students",
        Fidelity.ADAPTED,
        "The count; that M units of the right sign suffice is not settled here. Settled by counting, for K up to 8.",
    ),
    procedures=(
        Enclosures(
            _all_signs, Trials(1, 1, 1), "all signs are counted for every K ≤ 8 and M", name="all signs counted"
        ),
    ),
    mutants=(Check("one term more", "the sum up to K − M + 1", _one_more),),
    degenerate=(
        holds("M=0", "no unit is needed", lambda draw: counted(5, 0) == formula(5, 0) == 1, "probability 1"),
        holds("M=K", "all are needed", lambda draw: counted(5, 5) == formula(5, 5) == Fraction(1, 32), "2^(−K)"),
    ),
    witness=holds("non-vacuity", "K = M = 1", lambda draw: counted(1, 1) == Fraction(1, 2), "probability ½"),
)
