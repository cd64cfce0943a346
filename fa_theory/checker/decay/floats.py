"""The first T steps in verified binary64: the theorem of `deviation` along an orbit of floats.

The exact states are float64 numbers (Ñ, β̃): those that NumPy computes. What has to be bounded is by how much the
computed step misses the exact step from the same floats, and by how much the norms of the theorem are off. With
``u = 2^-53`` and s, κ, L₁, L₂ as there, all of it follows from four bounds on single entries:

    ζ ≥ |Z − Z̃|    computed pre-activations, Z̃ = Z(0) − XXᵀÑ
    φ ≥ |Ψ − ψ(Z̃)|,  σ ≥ |D − ψ'(Z̃)|        ϵ ≥ |e − ẽ|

* Z is ``fl(Z0 − P)``, Z0 the rounded Z(0), P the computed product: ``ζ = |Z0 − Z(0)| + u|P| + κ_P + u|Z|``, the largest
  of each (`products`).
* ψ of a float is off by a (`tables`), and ψ(Z) by another ``L₁ζ``; slopes by ``L₂ζ``. ReLU takes its steps in `pairs`.
* ``f = Ψβ`` is off by ``u|f| + κ_f``, and ``Σ_r |β_rc| (a + (|D_ir| + σ + L₂ζ)ζ)`` from Ψ; ``e = fl(fl(f/fl(√p)) −
  y)`` by another ``4u|f/√p| + u|e|``.

Then, in Frobenius norms, with ``R = fl(eF)``, F the rounded ``s bᵀ``, ``pull = fl(D∘R)``, and T the computed Ψᵀe:

    ‖R − ẽsbᵀ‖ ≤ γ_k‖e‖‖F‖ + ‖e‖‖F − sbᵀ‖ + √(nk) ϵ ‖sb‖ =: ρ
    ‖pull − (N̂ − Ñ)‖ ≤ u‖pull‖ + σ‖R‖ + L₁ρ =: π,         δ_N = π + u‖Ñ⁺‖
    ‖turn − ũ‖ ≤ u‖turn‖ + |fl(s) − s|‖T‖ + s(u‖T‖ + √(pk) κ_T + √(np) φ‖e‖ + ‖Ψ̃‖√(nk) ϵ) =: τ,
    δ_β = τ + |κ − fl(κ)|‖β̃‖ + u‖fl(κβ̃)‖ + u‖β̃⁺‖.

A product of entries that underflows loses at most 2^-1075, which is added with the number of products and what they are
multiplied by. The norms of the theorem are those of computed matrices, enlarged: every computed product AB by
``γ_k‖A‖‖B‖``, and by what its factors are off.

ReLU: Z̃ and all pre-activations within ``‖x_i‖ν_r`` of it are positive if ``Z > ‖x_i‖ν_r + ζ``, and not positive if
``Z ≤ −(‖x_i‖ν_r + ζ)``, or if ``x_i = 0``. The sets U and V of the theorem are the entries for which neither is known,
at Ñ with ν, and at Ñ or Ñ⁺ with ν⁺; for that ``|ẑ − z̃⁺| ≤ ‖x_i‖δ_W ≤ ‖x_i‖ν⁺``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from fa_theory.checker import document as doc
from fa_theory.checker.binary64.bounds import (
    TINY,
    Array,
    U,
    Upper,
    above,
    column_norms,
    gamma,
    largest,
    norm,
    spectral_norm,
)
from fa_theory.checker.binary64.products import OutOfRange, bits, product, split, split_balls
from fa_theory.checker.binary64.tables import SMOOTH, Values, evaluate

from .deviation import ShadowSetting, StepNorms

_BITS = 64
_EXACT = 192
"""Bits with which X and W are multiplied."""
SHARP, ROUGH = 11, 5
"""Squarings for the norm of a step, and for others."""
u = arb(U)
BINARY64 = (*SMOOTH, "relu")
"""Activations whose runs can be enclosed."""


@dataclass(frozen=True)
class Errors:
    """By how much no entry is off."""

    zeta: arb
    phi: arb
    sigma: arb
    epsilon: arb
    beta: arb = field(default_factory=lambda: arb(0))
    """Of the high parts of β̃ and, in `sharp`, of e*: relative to the entry."""


@dataclass(frozen=True)
class FloatStep:
    """One computed step from an exact state of floats."""

    Z: Array
    features: Array
    slopes: Array
    e: Array
    beta: Array
    pull: Array
    turn: Array
    beta_next: Array
    keep: arb
    Z_next: Array
    errors: Errors
    zeta_next: arb
    """ζ of Z_next."""
    pull_error: arb
    """π."""
    turn_error: arb
    """τ."""
    delta_n: arb
    delta_beta: arb

    def following(self) -> tuple[Array, tuple[Array, arb]]:
        """β̃⁺, and Z with ζ at the next state."""
        return self.beta_next, (self.Z_next, self.zeta_next)

    def off(self) -> tuple[Upper, Upper]:
        """By how much entries of Z are off, here and at the next state."""
        return above(self.errors.zeta), above(self.zeta_next)


@dataclass(frozen=True)
class Away:
    """How far the run may be from an exact state."""

    nu: Upper
    whole: arb
    """At least ``‖W − W̃‖``."""
    mu: arb
    epsilon: arb


class FloatShadow(ShadowSetting):
    """Carries the bounds along: `after` is the theorem, for smooth ψ."""

    def __init__(self, state: doc.ExactState) -> None:
        super().__init__(state)
        with ctx.workprec(_BITS):
            self.k = state.k
            self.K = nearest(self.XX)
            self.K_size, self.K_off = norm(self.K), distance(self.XX, self.K)
            self.K_error = self.n * self.K_off
            self.b_floats, self.eta_float = exactly(self.b), float(exactly(arb_mat([[self.eta]]))[0, 0])
            self.long = Upper(np.array([above(x).x for x in self.lengths]))
            self.size = Upper(np.array([above(x).x for x in self.sizes]))
            self.still = np.array([all(x == 0 for x in row) for row in state.X.tolist()])
            """Samples that are 0."""

    def start(self) -> Away:
        """The run is at the exact state."""
        return Away(Upper(np.zeros(self.p)), arb(0), arb(0), arb(0))

    def carry(self, at: FloatStep, away: Away) -> Away:
        """Bounds after a step."""
        return Away(*self.further(at, away.nu, away.whole, away.mu, away.epsilon))

    def after(self, at: FloatStep, nu: Upper, mu: arb, epsilon: arb) -> tuple[Upper, arb, arb]:
        """Bounds after a step."""
        with ctx.workprec(_BITS):
            n, p, k, x = self.n, self.p, self.k, above(self.x)
            by, wide = at.errors, arb(n * p).sqrt()
            beta_size = column_norms(at.beta.T) * above(1 + by.beta)
            a = beta_size + above(mu)
            psi_size, phi_error = norm(at.features), wide * by.phi
            G = at.features @ at.features.T / p
            G_error = (2 * gamma(p + 2) * psi_size**2 + phi_error * (2 * psi_size + phi_error)) / p + n * TINY
            phi = ((spectral_norm(G, ROUGH) + G_error) * p).sqrt()

            error_rows = column_norms(at.e.T) + above(arb(k).sqrt() * by.epsilon)
            B = self.bent(at, nu, error_rows)
            nu_hat = nu + x * (B + above(self.s * self.L1 * epsilon) * self.size)
            nu_next = nu_hat + above(self.x * at.delta_n)

            V = self.K @ at.pull
            pull_size = norm(at.pull)
            V_error = (gamma(n) * self.K_size + self.K_error) * pull_size + n * wide * TINY
            V_error += (self.K_size + self.K_error) * at.pull_error
            E, S = self.bends(at, nu, nu_hat, nu_next, a, V, V_error)
            gathered = self.gathered(at, nu, error_rows)
            turn_size = column_norms(at.turn.T)
            sizes = StepNorms(
                propagator=self.propagator(at, G, G_error),
                phi=phi,
                moved=norm(V) + V_error,
                gathered=gathered.norm(),
                nu=nu.norm(),
                nu_hat=nu_hat.norm(),
                turned=nu_hat.dot(turn_size) + nu_hat.norm() * at.turn_error,
                bent=a.dot(B),
                E=E,
                S=S,
                beta_next=norm(at.beta_next) * (1 + by.beta),
            )
            return nu_next, *self.combine(sizes, mu, epsilon, at.keep, at.delta_n, at.delta_beta)

    def further(self, at: FloatStep, nu: Upper, whole: arb, mu: arb, epsilon: arb) -> tuple[Upper, arb, arb, arb]:
        """Bounds after a step, with that of ``‖W − W̃‖``, which is not used here."""
        nu_next, mu_next, epsilon_next = self.after(at, nu, mu, epsilon)
        return nu_next, nu_next.norm(), mu_next, epsilon_next

    def bent(self, at: FloatStep, nu: Upper, errors: Upper) -> Upper:
        """B of the theorem; the errors are at least ``‖ẽ_i‖``."""
        weights = errors.x
        # the weights are rounded up, and their products with K are off by 2u
        weighted = weights[:, None] * self.K * weights
        Y = spectral_norm(weighted, ROUGH) + 4 * u * norm(weighted) + norm(weights) ** 2 * self.K_error
        Y = (Y + TINY * self.n * (1 + norm(weights)) ** 2).sqrt()
        return above(self.L2 * self.s * Y) * nu * self.size

    def gathered(self, at: FloatStep, nu: Upper, errors: Upper) -> Upper:
        """g of the theorem."""
        omega = (self.long * errors).norm()
        return nu * (self.lean(at) + above(self.L2 * self.x * omega / 2) * nu)

    def bends(
        self, at: FloatStep, nu: Upper, nu_hat: Upper, nu_next: Upper, a: Upper, V: Array, V_error: arb
    ) -> tuple[arb, arb]:
        """E and S of the theorem; V is off by the error."""
        j = column_norms(self.long.x[:, None] * V) * Upper(1 + 4 * U)
        j = j + above(self.chi * V_error + arb(self.n * self.p).sqrt() * TINY)
        c = a * self.size
        E = self.L2 * (a * nu_hat).dot(j)
        return E, self.L2 * (2 * self.chi * self.x * c.dot(nu_hat) + c.dot(j) / 2)

    def lean(self, at: FloatStep) -> Upper:
        """Upper bounds of ``‖XᵀD̃_rẽ‖``: of ``√(fᵀKf)`` with f = fl(D_r e), and x times the distance of f."""
        n = self.n
        squares, off = Upper(np.zeros(self.p)), Upper(0.0)
        for column in at.e.T:
            f = at.slopes * column[:, None]
            sizes = column_norms(f)
            form = np.maximum(np.einsum("ir,ir->r", f, self.K @ f), 0.0)
            share = (2 * gamma(2 * n + 4) * self.K_size + self.K_error).upper()
            squares = squares + (Upper(form) + above(share) * sizes * sizes)
            squares = squares + above(arb(2 * n * n) * TINY) * (Upper(1.0) + sizes)
            rest = at.errors.sigma * norm(column) + self.L1 * arb(n).sqrt() * at.errors.epsilon + n * TINY
            off = off + (above(u) * sizes + above(rest))
        return squares.sqrt() + above(self.x) * off

    def propagator(self, at: FloatStep, G: Array, G_error: arb) -> arb:
        """``‖κ(I − ηH) − ηG⊗I‖₂`` from above."""
        n, p, k, eta, keep = self.n, self.p, self.k, self.eta_float, float(at.keep.mid())
        H = np.zeros((n, k, n, k))
        H_error, D_size = arb(0), norm(at.slopes)
        D_error = arb(n * p).sqrt() * at.errors.sigma
        top = largest(self.K)
        for c in range(k):
            for o in range(k):
                w = at.beta[:, c] * self.b_floats[:, o]
                left = at.slopes * w
                Q = left @ at.slopes.T
                H[:, c, :, o] = self.K * Q / p
                w_size = norm(w) * (1 + 4 * u) * (1 + at.errors.beta)
                error = (gamma(p + 4) + at.errors.beta) * norm(left) * (1 + 4 * u) * D_size
                error += arb(n).sqrt() * at.errors.sigma * w_size * (2 * D_size + D_error)
                error += n * p * TINY * (1 + D_size) ** 2
                H_error += ((top + self.K_off) * error + (4 * u * top + self.K_off) * norm(Q)) / p + 2 * n * TINY
        flat: Array = H.reshape(n * k, n * k)
        one = np.eye(n * k)
        G_all: Array = np.kron(G, np.eye(k)).astype(np.float64)
        A = keep * (one - eta * flat) - eta * G_all
        sums = arb(n * k).sqrt() + abs(self.eta) * (norm(flat) + norm(G_all))
        error = 16 * u * (1 + abs(at.keep)) * sums + abs(at.keep - keep) * sums + 4 * n * k * TINY * (1 + abs(at.keep))
        error += abs(self.eta) * (abs(at.keep) * H_error + arb(k).sqrt() * G_error)
        return spectral_norm(A, SHARP) + error


class KinkedFloatShadow(FloatShadow):
    """The same for ReLU."""

    def __init__(self, state: doc.ExactState) -> None:
        super().__init__(state)
        self._seen: tuple[FloatStep, Upper, NDArray[np.int8]] | None = None

    def bent(self, at: FloatStep, nu: Upper, errors: Upper) -> Upper:
        """At least ``s‖(ẽ_i·b_r)_(i,r) in U‖`` for every neuron."""
        near = self.near(at, nu)
        return above(self.s) * (totals(near.T, errors * errors).sqrt() * self.size)

    def gathered(self, at: FloatStep, nu: Upper, errors: Upper) -> Upper:
        """g of the theorem, with sums over U."""
        near = self.near(at, nu)
        return nu * (self.lean(at) + totals(near.T, self.long * errors))

    def bends(
        self, at: FloatStep, nu: Upper, nu_hat: Upper, nu_next: Upper, a: Upper, V: Array, V_error: arb
    ) -> tuple[arb, arb]:
        """Sums over V, and over U; rows of ``XXᵀ`` have length at most ``x‖x_i‖``."""
        old, new = self.sides_here(at, nu), self.sides(at.Z_next, at.off()[1], nu_next)
        crossing, near = (old * new != 1).astype(np.float64), self.near(at, nu)
        c = a * self.size
        E = (self.long * totals(crossing, a * nu)).norm()
        return E, (self.long * totals(crossing, c)).norm() + self.x * totals(near, c).dot(Upper(np.ones(self.n)))

    def near(self, at: FloatStep, nu: Upper) -> Array:
        """1 where it is not certain on which side of the kink all states are that near, and 0 elsewhere."""
        found: Array = (self.sides_here(at, nu) == 0).astype(np.float64)
        return found

    def sides_here(self, at: FloatStep, nu: Upper) -> NDArray[np.int8]:
        """`sides` at this state; the last ones are remembered."""
        if self._seen is None or self._seen[0] is not at or self._seen[1] is not nu:
            self._seen = at, nu, self.sides(at.Z, at.off()[0], nu)
        return self._seen[2]

    def sides(self, Z: Array, off: Upper, nu: Upper) -> NDArray[np.int8]:
        """On which side of the kink all states are that near: 1, or −1 (which includes the kink); 0 if not certain."""
        far = (Upper(self.long.x[:, None]) * nu + off).x
        right, left = Z - far > 0, Z + far <= 0  # a difference of floats has the sign of the exact one
        found: NDArray[np.int8] = right.astype(np.int8) - left
        found[self.still] = -1
        return found


def totals(chosen: Array, sizes: Upper) -> Upper:
    """Numbers ≥ the sums of these numbers that the rows choose, by 0 and 1."""
    return Upper(chosen @ sizes.x) * Upper(1 + 2 * gamma(chosen.shape[1]))


def shadow(state: doc.ExactState) -> FloatShadow:
    """What carries the bounds along for this activation."""
    return KinkedFloatShadow(state) if state.activation == "relu" else FloatShadow(state)


class Orbit:
    """The steps in floats, for smooth ψ."""

    def __init__(self, state: doc.ExactState, follow: FloatShadow) -> None:
        self._seen: tuple[Array, Values] | None = None
        with ctx.workprec(_EXACT):
            self.n, self.p, self.k = state.X.nrows(), state.p, state.k
            self.activation, self.L1, self.L2 = state.activation, follow.L1, follow.L2
            self.t = bits(max(self.n, self.p))
            X = state.X
            self.K = split_balls(X * X.transpose(), self.t)
            start = X * state.W.transpose()
            self.Z0 = nearest(start)
            self.Z0_error = distance(start, self.Z0)
            self.y = exactly(arb_mat(self.n, self.k, state.y))
            feedback = (state.by_output(state.b) * state.scale()).transpose()
            self.F = nearest(feedback)
            self.F_entry = distance(feedback, self.F)
            self.F_off = arb(self.k * self.p).sqrt() * self.F_entry
            self.s_exact, self.root = state.scale(), float(arb(self.p).sqrt().mid())
            self.s = float(self.s_exact.mid())
            self.s_off = abs(self.s_exact - self.s)
        with ctx.workprec(_BITS):
            self.F_size, self.parts = norm(self.F), self.n * self.p * TINY

    def start(self, beta: arb_mat) -> tuple[Array, Array]:
        """Ñ and β̃ at first."""
        return np.zeros((self.n, self.p)), exactly(beta)

    def balls(self, A: Array) -> list[arb]:
        """Entries of a state."""
        return [arb(x) for x in A.ravel().tolist()]

    def preactivations(self, N: Array) -> tuple[Array, arb]:
        """Z and ζ."""
        P, kappa = product(self.K, split(N, self.t))
        Z = self.Z0 - P
        return Z, self.Z0_error + u * largest(P) + kappa + u * largest(Z)

    def values(self, Z: Array) -> Values:
        """ψ and ψ'; those of the last Z are remembered."""
        if self._seen is None or self._seen[0] is not Z:
            self._seen = Z, evaluate(self.activation, Z)
        return self._seen[1]

    def received(self, far: arb) -> arb:
        """By how much the error that the exact step is taken with is off from the computed one, which ẽ is by far."""
        return far

    def step(self, N: Array, beta: Array, keep: arb, known: tuple[Array, arb] | None = None) -> tuple[Array, FloatStep]:
        """Ñ⁺ and the step; Z and ζ are known from the step before."""
        with ctx.workprec(_BITS):
            n, p, k = self.n, self.p, self.k
            Z, zeta = known or self.preactivations(N)
            if not zeta < 1:
                raise OutOfRange(f"pre-activations as large as {float(largest(Z)):.3g}")
            found = self.values(Z)
            psi, D = found.features, found.slopes
            phi = found.feature_error + self.L1 * zeta
            sigma = found.slope_error + self.L2 * zeta
            psi_parts, beta_parts = split(psi, self.t), split(beta, self.t)
            f, kappa = product(psi_parts, beta_parts)
            scaled = f / self.root
            e = scaled - self.y
            weights = np.abs(beta)
            total, steep = arb(float(weights.sum(axis=0).max())), largest(np.abs(D) @ weights)
            of_psi = (found.feature_error + (sigma + self.L2 * zeta) * zeta) * total + zeta * steep
            of_psi = of_psi * (1 + 2 * arb(gamma(p + 1))) + p * TINY
            epsilon = (u * largest(f) + kappa + of_psi) / arb(p).sqrt()
            epsilon += 4 * u * largest(scaled) + u * largest(e) + TINY
            far = self.received(arb(n * k).sqrt() * epsilon)

            R = e @ self.F
            e_size, R_size = norm(e), norm(R)
            rho = (
                gamma(k) * e_size * self.F_size
                + e_size * self.F_off
                + far * (self.F_size + self.F_off)
                + k * self.parts
            )
            pull = D * R
            pull_error = u * norm(pull) + sigma * R_size + self.L1 * rho + self.parts
            N_next = N + pull
            Z_next, zeta_next = self.preactivations(N_next)

            T, kappa = product(psi_parts.T, split(e, self.t))
            turn = self.s * T
            Phi = norm(psi) + arb(n * p).sqrt() * phi
            inner = u * norm(T) + arb(p * k).sqrt() * kappa + arb(n * p).sqrt() * phi * e_size + Phi * far
            turn_error = u * norm(turn) + self.s_off * norm(T) + self.s_exact * inner + p * k * TINY
            keep_float = float(keep.mid())
            kept = keep_float * beta
            beta_next = kept - turn
            delta_beta = turn_error + abs(keep - keep_float) * norm(beta) + u * norm(beta_next) + p * k * TINY
            delta_beta += 0 if keep_float == 1 else u * norm(kept)
            return N_next, FloatStep(
                Z=Z,
                features=psi,
                slopes=D,
                e=e,
                beta=beta,
                pull=pull,
                turn=turn,
                beta_next=beta_next,
                keep=keep,
                Z_next=Z_next,
                zeta_next=zeta_next,
                errors=Errors(zeta, phi, sigma, epsilon),
                pull_error=pull_error,
                turn_error=turn_error,
                delta_n=pull_error + u * norm(N_next),
                delta_beta=delta_beta,
            )


def nearest(A: arb_mat) -> Array:
    """The floats nearest to the midpoints."""
    return np.array([float(x.mid()) for x in A.entries()]).reshape(A.nrows(), A.ncols())


def exactly(A: arb_mat) -> Array:
    """The floats that the entries are."""
    floats = nearest(A)
    if not distance(A, floats) == 0:
        raise OutOfRange("data that are not binary64 numbers")
    return floats


def distance(A: arb_mat, floats: Array) -> arb:
    """Largest distance of an entry from its float."""
    top = arb(0)
    for x, v in zip(A.entries(), floats.ravel().tolist(), strict=True):
        top = top.max((x - v).abs_upper())
    return top
