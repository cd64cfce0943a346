"""The steps of `pairs` for smooth ψ and one output, with what the theorem of `sharp` needs to know of them.

The exact step is taken with the pairs e*. For row r of N, δ_r is √n times what no entry of pull is off, and for the sum
``4u²(‖N_r‖ + ‖pull_r‖)``. D̂ and Ψ̂ are those of the next exact state, which are needed there anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from flint import arb, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.binary64.bounds import Array, Upper, above, column_norms, largest
from fa_theory.checker.binary64.pair_tables import PairValues, evaluate_pairs
from fa_theory.checker.binary64.pairs import FloatPair, multiply

from .floats import _BITS, u
from .pairs import PairOrbit, PairStep
from .sharp import SharpShadow, SharpStep, largest_row_product


@dataclass(frozen=True)
class SharpPairStep(PairStep, SharpStep):
    """A step in pairs, and what is there afterwards."""


class SharpPairOrbit(PairOrbit):
    """The steps in pairs, for the theorem of `sharp`."""

    def __init__(self, state: doc.ExactState, follow: SharpShadow) -> None:
        super().__init__(state)
        self.activation, self.L1, self.L2 = state.activation, follow.L1, follow.L2
        self.K_row = largest_row_product(follow.K)
        self._seen: tuple[FloatPair, PairValues] | None = None

    def values(self, N: FloatPair, Z: FloatPair, zeta: arb) -> PairValues:
        """ψ and ψ' of Z̃; those of the last Z are remembered."""
        if self._seen is None or self._seen[0] is not Z:
            self._seen = Z, evaluate_pairs(self.activation, Z)
        found = self._seen[1]
        with ctx.workprec(_BITS):
            return replace(
                found,
                feature_error=found.feature_error + self.L1 * zeta,
                slope_error=found.slope_error + self.L2 * zeta,
            )

    def pulled(self, R: FloatPair, slopes: FloatPair) -> tuple[FloatPair, arb]:
        """``D∘R``, and by how much no entry is off."""
        return multiply(R, slopes)

    def step(
        self, N: FloatPair, beta: FloatPair, keep: arb, known: tuple[FloatPair, arb] | None = None
    ) -> tuple[FloatPair, SharpPairStep]:
        """Ñ⁺ and the step; Z and ζ are known from the step before."""
        N_next, step = super().step(N, beta, keep, known)
        with ctx.workprec(_BITS):
            found = self.values(N_next, step.Z_pair, step.zeta_pair)
            psi, slopes = found.features, found.slopes
            moved = self.K_row * step.given_n
            entries: Array = np.full(self.p, above(arb(self.n).sqrt() * step.given_entry).x)
            rows = Upper(entries) + (column_norms(N.high) + column_norms(step.pull)) * above(4 * u**2)
            there = {
                "features_next": psi.high,
                "slopes_next": slopes.high,
                "phi_next": found.feature_error + largest(psi.low) + self.L1 * moved,
                "sigma_next": found.slope_error + largest(slopes.low) + self.L2 * moved,
                "delta_rows": rows,
                "far": step.epsilon_pair,
            }
            of_e = {"delta_n": step.given_n, "delta_beta": step.given_beta}
            return N_next, SharpPairStep(**(vars(step) | there | of_e))
