"""The steps in pairs of floats: what `floats` does in 53 bits, in about 106.

At the kinks of ReLU more bits are lost than a float has, and so they are in long runs whose error does not go to 0. The
exact states are pairs; every product is one of `binary64.pairs`, with an error κ that no entry exceeds, and so is every
sum. With ``F = sbᵀ`` and ``s = η/√p`` in balls:

* ``ζ = |Z0 − Z(0)| + κ_KN + κ_+``. Entries of Ψ are off by φ and those of D by σ: for ReLU Ψ is Z where Z̃ is positive,
  ``φ = ζ``, and slopes are exact; otherwise φ and σ are the errors of `pair_tables` and ``L₁ζ``, ``L₂ζ``;
* ``f = Ψβ`` is off by ``κ_f + φ Σ_r |β_rc|``; ``e = f/√p − y`` is formed in balls and rounded to a pair: ϵ;
* ``R = eF`` is off by ``κ_R + k(ϵ top_F + |e| off_F + ϵ off_F) =: r`` in every entry, ``pull = D∘R`` by ``|D|r + σ(|R|
  + r) + κ_D``, and δ_N is that and ``κ_+``, times ``√(np)``;
* if the step is to be the exact one with the pairs ``e*``, then ϵ is no part of that;
* ``turn = Ψᵀ(se)``, se rounded to a pair, is off by ``κ_T + n(φ|se| + (φ + |Ψ|)off)`` in every entry, where off is by
  how much no entry of se is off; δ_β is that with the errors of κβ̃ and of the sum, times ``√(pk)``.

The norms of the theorem are computed from the high parts, which are off by another u of themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.binary64.bounds import Array, U, Upper, above, gamma, largest, norm
from fa_theory.checker.binary64.pair_tables import PairValues
from fa_theory.checker.binary64.pairs import FloatPair, Slices, add, cut, nearest_pairs, product, slices
from fa_theory.checker.binary64.products import OutOfRange

from .floats import Errors, FloatStep, exactly

_BITS = 64
_EXACT = 300
"""Bits with which X and W are multiplied."""
_MORE = 120
"""Bits of the slices of XXᵀ and N, whose product is not to add to the rounding of Z."""
_AT_THE_KINK = 4096
"""Most pre-activations of a step whose signs are found in balls."""
u = arb(U)


@dataclass(frozen=True)
class PairStep(FloatStep):
    """A step, and the next state in pairs."""

    beta_pair: FloatPair
    Z_pair: FloatPair
    zeta_pair: arb
    zeta_here: arb
    """The same for Z at this state, in pairs."""
    epsilon_pair: arb
    """By how much no entry of the pairs e* is off."""
    given_entry: arb
    """By how much no entry of pull is off for the exact step that is taken with e*."""
    given_n: arb
    """δ_N for that step, in Frobenius's norm."""
    given_beta: arb
    """δ_β for that step."""

    def following(self) -> tuple[FloatPair, tuple[FloatPair, arb]]:  # type: ignore[override]
        """β̃⁺, and Z with ζ at the next state."""
        return self.beta_pair, (self.Z_pair, self.zeta_pair)

    def off(self) -> tuple[Upper, Upper]:
        """By how much entries of the high parts of Z are off, here and at the next state."""
        rough = 2 * U
        here, there = (Upper(rough * np.abs(Z)) for Z in (self.Z, self.Z_next))
        return here + above(self.zeta_here), there + above(self.zeta_pair)


class PairOrbit:
    """The steps in pairs, for ReLU."""

    def __init__(self, state: doc.ExactState) -> None:
        self.n, self.p, self.k = state.X.nrows(), state.p, state.k
        with ctx.workprec(_EXACT):
            XX = state.X * state.X.transpose()
            start = state.X * state.W.transpose()
            self.X, self.XX, self.W = ([arb_mat([row]) for row in M.tolist()] for M in (state.X, XX, state.W))
            """Row by row."""
            self.by_n, self.by_p, self.by_k = cut(self.n, _MORE), cut(max(self.n, self.p)), cut(self.k)
            self.K = rounded(XX, self.by_n)
            self.Z0, self.Z0_error = nearest_pairs(start)
            self.s, self.root = state.scale(), arb(self.p).sqrt()
            self.y = arb_mat(self.n, self.k, state.y)
            self.F = rounded((state.by_output(state.b) * self.s).transpose(), self.by_k)

    def start(self, beta: arb_mat) -> tuple[FloatPair, FloatPair]:
        """Ñ and β̃ at first."""
        floats, zero = exactly(beta), np.zeros((self.n, self.p))
        return FloatPair(zero, zero), FloatPair(floats, np.zeros_like(floats))

    def balls(self, A: FloatPair) -> list[arb]:
        """Entries of a state."""
        with ctx.workprec(_EXACT):
            return A.balls()

    def preactivations(self, N: FloatPair) -> tuple[FloatPair, arb]:
        """Z and ζ."""
        with ctx.workprec(_BITS):
            P, kappa = product(self.K, slices(N, *self.by_n))
            Z, last = add(self.Z0, FloatPair(-P.high, -P.low))
            return Z, (self.Z0_error + kappa + last).upper()

    def positive(self, N: FloatPair, Z: FloatPair, zeta: arb) -> Array:
        """1 where Z̃ is positive, and 0 where it is not."""
        size = abs(Z.high)
        with ctx.workprec(_BITS):
            margins = above(zeta).x + 2 * U * size
        D: Array = (Z.high > 0).astype(np.float64)
        unclear = np.argwhere(~(size > 2 * margins)).tolist()
        if len(unclear) > _AT_THE_KINK:
            raise OutOfRange(f"{len(unclear)} pre-activations are at the kink, as far as pairs of floats can tell")
        with ctx.workprec(_EXACT):
            for i, r in unclear:
                column = arb_mat(self.n, 1, FloatPair(N.high[:, r], N.low[:, r]).balls())
                z = (self.X[i] * self.W[r].transpose() - self.XX[i] * column)[0, 0]
                if not (z > 0 or z <= 0):
                    raise OutOfRange(f"a pre-activation is at the kink, as far as {_EXACT} bits can tell")
                D[i, r] = float(z > 0)
        return D

    def values(self, N: FloatPair, Z: FloatPair, zeta: arb) -> PairValues:
        """ψ and ψ' of Z̃."""
        D = self.positive(N, Z, zeta)
        return PairValues(Z.times(D), FloatPair(D, np.zeros_like(D)), zeta, arb(0))

    def pulled(self, R: FloatPair, slopes: FloatPair) -> tuple[FloatPair, arb]:
        """``D∘R``, and by how much no entry is off."""
        return R.times(slopes.high), arb(0)

    def step(
        self, N: FloatPair, beta: FloatPair, keep: arb, known: tuple[FloatPair, arb] | None = None
    ) -> tuple[FloatPair, PairStep]:
        """Ñ⁺ and the step; Z and ζ are known from the step before."""
        n, p, k = self.n, self.p, self.k
        Z, zeta = known or self.preactivations(N)
        with ctx.workprec(_BITS):
            if not zeta < 1:
                raise OutOfRange(f"pre-activations as large as {float(largest(Z.high)):.3g}")
        found = self.values(N, Z, zeta)
        psi, phi, sigma = found.features, found.feature_error, found.slope_error
        parts = slices(psi, *self.by_p)
        with ctx.workprec(_BITS):
            f, kappa = product(parts, slices(beta, *self.by_p))
            sums = max(float(np.abs(column).sum()) for column in beta.high.T)
            off_f = kappa + phi * arb(sums) * (1 + 2 * arb(gamma(p)) + 2 * u)
        with ctx.workprec(_EXACT):
            e_balls = arb_mat(n, k, f.balls()) * (1 / self.root) - self.y
            e, rest = nearest_pairs(e_balls)
            se, rest_s = nearest_pairs(e_balls * self.s)
        with ctx.workprec(_BITS):
            epsilon = (off_f / self.root + rest).upper()
            off_s = (self.s * epsilon + rest_s).upper()
            R, kappa = product(slices(e, *self.by_k), self.F)
            pull, rounding = self.pulled(R, found.slopes)
            steep, size = (largest(A.high) * (1 + 2 * u) for A in (found.slopes, R))
            off_given = kappa + k * largest(e.high) * 2 * self.F.error
            off_R = off_given + k * epsilon * (arb(self.F.top) + self.F.error)
            off_pull, off_pull_given = (steep * off + sigma * (size + off) + rounding for off in (off_R, off_given))
            N_next, last = add(N, pull)
            wide, tall = arb(n * p).sqrt(), arb(p * k).sqrt()
            delta_n = wide * (off_pull + last)
            given_n = wide * off_pull_given + rounded_sum(N, pull)

            turn, kappa = product(parts.T, slices(se, *self.by_p))
            sizes = (largest(se.high) + off_s) * (1 + 2 * u), largest(psi.high) * (1 + 2 * u)
            off_turn = kappa + n * (phi * sizes[0] + (phi + sizes[1]) * off_s)
            kept, off_kept = (beta, arb(0)) if keep == 1 else self.scaled(beta, keep)
            beta_next, last = add(kept, FloatPair(-turn.high, -turn.low))
            delta_beta = tall * (off_turn + off_kept + last)
            off_given_s = self.s * rest + rest_s
            off_given = kappa + n * (phi * sizes[0] + (phi + sizes[1]) * off_given_s)
            given_beta = tall * (off_given + off_kept) + rounded_sum(kept, turn)
        Z_next, zeta_next = self.preactivations(N_next)
        with ctx.workprec(_BITS):
            rough = 2 * u
            top, top_next = largest(Z.high), largest(Z_next.high)
            return N_next, PairStep(
                Z=Z.high,
                features=psi.high,
                slopes=found.slopes.high,
                e=e.high,
                beta=beta.high,
                pull=pull.high,
                turn=turn.high,
                beta_next=beta_next.high,
                keep=keep,
                Z_next=Z_next.high,
                zeta_next=zeta_next + rough * top_next,
                errors=Errors(
                    zeta + rough * top,
                    phi + rough * largest(psi.high),
                    sigma + largest(found.slopes.low),
                    epsilon + rough * largest(e.high),
                    rough,
                ),
                pull_error=wide * off_pull + rough * norm(pull.high),
                turn_error=tall * off_turn + rough * norm(turn.high),
                delta_n=delta_n.upper(),
                delta_beta=delta_beta.upper(),
                beta_pair=beta_next,
                Z_pair=Z_next,
                zeta_pair=zeta_next,
                zeta_here=zeta,
                epsilon_pair=epsilon,
                given_entry=off_pull_given.upper(),
                given_n=given_n.upper(),
                given_beta=given_beta.upper(),
            )

    def scaled(self, beta: FloatPair, factor: arb) -> tuple[FloatPair, arb]:
        """``κβ̃`` and by how much no entry is off."""
        t, m = self.by_k
        with ctx.workprec(_EXACT):
            one = rounded(arb_mat([[factor]]), (t, m))
        columns = FloatPair(beta.high.reshape(-1, 1), beta.low.reshape(-1, 1))
        found, error = product(slices(columns, t, m), one)
        return FloatPair(found.high.reshape(beta.high.shape), found.low.reshape(beta.high.shape)), error


def rounded_sum(A: FloatPair, B: FloatPair) -> arb:
    """By how much `add` is off as a whole: its bound holds for every entry with the sizes of that entry."""
    return 4 * u**2 * (norm(A.high) + norm(B.high))


def rounded(A: arb_mat, by: tuple[int, int]) -> Slices:
    """Slices of pairs near A, and by how much they are off."""
    near, off = nearest_pairs(A)
    return slices(near, *by, off)
