"""Sharper bounds for ReLU and one output: between kinks a step is linear, and hardly any perturbation grows.

`deviation` pays for every entry that crosses its kink in a step, although the run crosses it as well. Neurons whose
samples disagree stay at their kinks and cross them at nearly every step, so that its bounds grow by a twelfth at every
step. Here what matters is only whether the run is on the side of the exact state. If it is, both have the same slopes,
and the distance obeys a linear recursion, whose matrices change little from step to step. The notation is that of
`deviation`, with k = 1.

θ is (W, β), and ``|dθ|² = ‖dW‖² + ‖dβ‖²``. Two n×p matrices j and l are a map from dθ to ℝⁿ, and so is its transpose:

    [j, l] dθ = Σ_r j_r∘Xdw_r + l dβ,   [j, l]ᵀδ = ((Xᵀ(j_r∘δ))_r, lᵀδ),   [j, l][j', l']ᵀ = K∘(jj'ᵀ) + ll'ᵀ,  K = XXᵀ.

The step from the exact state is taken with any vector e*. With its slopes D̃ (0 or 1), the run errs by
``δ = e − e*``, and moves on with ``J̃ = p^{-1/2}[D̃ diag(β̃), Ψ̃]`` and ``B̃ = s[D̃ diag(b), Ψ̃]``: let U be the entries
where z and z̃ may be on two sides of the kink, ``ν̄ ≥ ‖dW‖``, ``l_r ≥ ‖XᵀD̃_re*‖`` and ``|ẽ − e*| ≤ ϵ``; then

    (1)   δ = J̃dθ + q,                  |q| ≤ ϵ + p^{-1/2} (‖(‖x_i‖ Σ_{r: U} ν_r|β̃_r|)_i‖ + xν̄μ),
    (2)   dθ⁺ = (dW, κdβ) − B̃ᵀδ − ρ,    |ρ| ≤ s (max_r l_r ν̄ + ‖(ν_r Σ_{i: U} ‖x_i‖|e*_i|)_r‖ + xν̄|δ|)
                                               + sx ‖(b_r (|e*_i| + |δ|))_U‖ + xδ_N + δ_β.

For ``dΨ = D̃∘dZ`` off U, and on U it is off from that by at most ``|dz_ir| ≤ ‖x_i‖ν_r``, as ψ has slopes in [0, 1].
Hence ``√p(e − ẽ) = dΨβ̃ + Ψ̃dβ + dΨdβ`` is (1). The rule says ``dw_r⁺ = dw_r − s b_rXᵀ(D̃_r∘δ + dD_r∘e)`` and ``dβ⁺ =
κdβ − s(Ψ̃ᵀδ + dΨᵀe* + dΨᵀδ)``, up to what the next exact state misses; ``|dD_ir| ≤ 1`` on U, and it is 0 elsewhere.

Let R be the rows of any two such maps J and B, the reference, and P a symmetric 2n×2n matrix. We carry ω with

    |dθ|_G ≤ ω,        |dθ|_G² = |dθ|² + (Rdθ)ᵀP(Rdθ),        m|dθ|² ≤ |dθ|_G² ≤ M|dθ|²,   m > 0.

θ has parts θ_i that a step multiplies by κ_i: W and β, by 1 and κ, or θ as a whole if κ = 1. For each let Γ_i be the
Gram matrix of the rows of J, B, J̃ and B̃, restricted to this part, and ``L_iL_iᵀ − Γ_i`` positive semidefinite. Let Y,
R₀, R₁ and S be the matrices that take ``a = (a_i)`` to

    Ya = Σ_i (L_ia_i)_J̃,    Sa = Σ_i κ_i(L_ia_i)_B̃,    R₀a = Σ_i (L_ia_i)_R,
    R₁a = Σ_i κ_i(L_ia_i)_R − Σ_i (Γ_i)_{R,B̃} Ya.

Theorem. Let ``g ≥ κ_i² − 1`` for every i and g ≥ 0. If this form is not negative for any a,

    Σ_i (1 + g − κ_i²)|a_i|² + (1 + g)(R₀a)ᵀP(R₀a) + 2(Sa)ᵀ(Ya) − (Ya)ᵀΣ_i(Γ_i)_{B̃,B̃}(Ya) − (R₁a)ᵀP(R₁a),

then after the step

    ω⁺ = (1 + g)^{1/2} ω + f|q| + M^{1/2}|ρ|,    f² = ‖B̃B̃ᵀ + (RB̃ᵀ)ᵀP(RB̃ᵀ)‖₂,    |δ| ≤ ‖J̃‖ m^{-1/2} ω + |q|.

Proof. (1) and (2) say ``dθ⁺ = Tdθ − B̃ᵀq − ρ`` with ``Tdθ = (κ_idθ_i)_i − B̃ᵀJ̃dθ``. What q and ρ add is clear. Let E_i be
the rows of J, B, J̃ and B̃, restricted to part i. As ``E_iE_iᵀ = Γ_i ≤ L_iL_iᵀ``, there is an a_i with ``E_idθ_i =
L_ia_i`` and ``|a_i| ≤ |dθ_i|`` (Douglas, Proc. AMS 17, 1966). Then ``J̃dθ = Ya``, ``Rdθ = R₀a``, ``RTdθ = R₁a`` and

    |Tdθ|² = Σ_i κ_i²|dθ_i|² − 2(Sa)ᵀ(Ya) + (Ya)ᵀB̃B̃ᵀ(Ya).

So ``(1 + g)|dθ|_G² − |Tdθ|_G²`` is the form, with ``Σ_i (1 + g − κ_i²)|dθ_i|²`` in place of its first sum, which is not
smaller. ∎

In the same way m, M and the change of the reference are found: ``I + LᵀPL``, with ``LLᵀ ≥ Γ`` for J and B alone, is at
least m and at most M, where m ≤ 1 ≤ M; and ω' = χω for R' and P' if ``χ ≥ 1`` and ``χ²(I + R₀ᵀPR₀) − I − R₀'ᵀP'R₀'`` is
positive semidefinite, for one part and the rows of R and R'.

Any reference will do. A good one is near the maps of late steps: its slopes are means over time, which lie between 0
and 1 at the kinks. With κ = 1, ``J̃ = J`` and ``B̃ = B`` nothing moves but in the range of Bᵀ, where Jdθ contracts, as
``M = JBᵀ`` says. So P leaves of |dθ|² only the distance from this range, and adds ``η(Jdθ)ᵀM⁻¹(Jdθ)``: it is near
``diag(ηM⁻¹, −(BBᵀ)⁻¹)``. Of ``J̃ − J`` and ``B̃ − B`` only products are left in g.

Distances: ``|dθ| ≤ m^{-1/2}ω`` bounds every ν_r, ν̄ and μ. ``‖e − ẽ‖ ≤ p^{-1/2} (xν̄(‖β̃‖ + μ) + ‖Ψ̃‖μ)``. And ``ω ≤
M^{1/2}|dθ|``. The bounds of `deviation` are carried along, and the better ones of both are used by both.

In floats: J̃ and B̃ are replaced by maps of floats near them. What they are off, in the norm, is multiplied by |dθ| and
|δ|, and added to |q| and |ρ|. The matrices with n rows carry what they are off (`NearMatrix`); e* is a pair. Products
of entries that underflow lose less than 2^-1075 each, and are multiplied by 2^240 at most: `_SLACK` pays for 2^26 of
them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import frexp

import numpy as np
from flint import arb, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.binary64.bounds import Array, U, Upper, above, gamma, largest, norm
from fa_theory.checker.binary64.forms import NearMatrix, exact, factor_above, identity, least_multiple
from fa_theory.checker.binary64.products import OutOfRange

from .floats import _BITS, Away, KinkedFloatShadow, totals
from .pairs import PairStep

u = arb(U)
_MOST = 2.0**60
_SLACK = 2.0**-600
_LEAST = 2.0**-30
"""Smallest eigenvalues, relative to the largest, that matter to P."""
_FIRST = 25
"""Steps after which there is a new reference: this number, doubled again and again."""


def covers(state: doc.ExactState) -> bool:
    """Whether the theorem is about this network."""
    return state.activation == "relu" and state.k == 1


@dataclass(frozen=True)
class ParameterMap:
    """``[j, l]``, exactly."""

    j: Array
    l: Array  # noqa: E741

    def times(self, power: float) -> ParameterMap:
        """A multiple by a power of two."""
        return ParameterMap(self.j * power, self.l * power)


@dataclass(frozen=True)
class ReferenceNorm:
    """What ω is measured by."""

    rows: tuple[ParameterMap, ParameterMap]
    """J and B, multiplied by a power of two and divided by it."""
    P: Array
    least: arb
    """m."""
    most: arb
    """M."""


@dataclass(frozen=True)
class ReluAway(Away):
    """The bounds, with ω."""

    t: int
    omega: arb
    reference: ReferenceNorm | None
    """None if nothing is known of ω."""
    slopes: Array
    """The sum of D̃ since the reference was chosen."""
    count: int


class ReluShadow(KinkedFloatShadow):
    """Carries the bounds along: `carry` is the theorem."""

    def __init__(self, state: doc.ExactState) -> None:
        super().__init__(state)
        self.power = 2.0 ** (frexp(self.eta_float)[1] // 2)
        """Near ``√η``: J times this and B divided by it are of one size."""

    def start(self) -> ReluAway:
        """The run is at the exact state."""
        nothing = np.zeros((self.n, self.p))
        return ReluAway(**vars(super().start()), t=0, omega=arb(0), reference=None, slopes=nothing, count=0)

    def carry(self, at: PairStep, away: ReluAway) -> ReluAway:  # type: ignore[override]
        """Bounds after a step."""
        with ctx.workprec(_BITS):
            plain = Away(*self.further(at, away.nu, away.whole, away.mu, away.epsilon))
            self.refuse_large(at)
            away = self.referred(at, away)
            after = replace(away, t=away.t + 1, slopes=away.slopes + at.slopes, count=away.count + 1)
            reference = away.reference
            if reference is None:
                return replace(after, nu=plain.nu, whole=plain.whole, mu=plain.mu, epsilon=plain.epsilon)
            try:
                omega = self.stepped(at, away, reference)
            except OutOfRange:  # the step is too far from the reference; what the distances say of ω is left
                omega = arb("inf")
            reach = omega / reference.least.sqrt()
            far = Upper(above(reach).x)
            nu = Upper(np.minimum(plain.nu.x, far.x))
            whole, mu = (min(bound, reach, key=float) for bound in (plain.whole, plain.mu))
            psi = norm(np.maximum(at.Z_next, 0.0)) + arb(self.n * self.p).sqrt() * at.zeta_next
            beta = norm(at.beta_next) * (1 + at.errors.beta)
            error = (self.x * whole * (beta + mu) + psi * mu) / arb(self.p).sqrt()
            epsilon = min(plain.epsilon, error, key=float)
            omega = min(omega, (reference.most * (whole**2 + mu**2)).sqrt(), key=float)
            whole, mu, epsilon, omega = (bound.upper() for bound in (whole, mu, epsilon, omega))
            return replace(after, nu=nu, whole=whole, mu=mu, epsilon=epsilon, omega=omega)

    def refuse_large(self, at: PairStep) -> None:
        """Products of these numbers neither overflow nor, but for the slack, underflow."""
        parts = (self.K, self.b_floats, at.e, at.beta, at.features, at.Z)
        if not all(size < _MOST for size in (self.s, abs(at.keep), *map(largest, parts))):
            raise OutOfRange("numbers of more than 60 bits before the point")

    def stepped(self, at: PairStep, away: ReluAway, reference: ReferenceNorm) -> arb:
        """ω⁺ of the theorem."""
        s, x, root, omega, nu = self.s, self.x, arb(self.p).sqrt(), away.omega, away.nu
        J, off_J = self.forward(at)
        B, off_B = self.backward(at)
        keep = float(at.keep.mid())
        growth, f, J_size = self.growth(J, B, keep, reference)
        far = min(omega / reference.least.sqrt(), (away.whole**2 + away.mu**2).sqrt(), key=float)
        near = self.near(at, nu)
        beta = Upper(np.abs(at.beta[:, 0])) * above(1 + at.errors.beta)
        errors = Upper(np.abs(at.e[:, 0])) * above(1 + 2 * u)
        bent = (self.long * totals(near, nu * beta)).norm()
        q = arb(self.n).sqrt() * at.epsilon_pair + (bent + x * away.whole * away.mu) / root + off_J * far
        delta = J_size * far + q
        sizes = errors + above(delta)
        rho = abs(at.keep - keep) * away.mu
        rho += s * (largest(self.lean(at).x) * away.whole + x * away.whole * delta)
        rho += s * (nu * totals(near.T, self.long * errors)).norm()
        rho += s * x * (self.size * totals(near.T, sizes * sizes).sqrt()).norm()
        rho += off_B * delta + x * at.given_n + at.given_beta
        return growth * omega + f * q + reference.most.sqrt() * rho

    def growth(self, J: ParameterMap, B: ParameterMap, keep: float, reference: ReferenceNorm) -> tuple[arb, arb, arb]:
        """``(1 + g)^{1/2}``, f and ``‖J̃‖``."""
        n, power, P = self.n, self.power, exact(reference.P)
        R, J_rows, B_rows = slice(0, 2 * n), slice(2 * n, 3 * n), slice(3 * n, 4 * n)
        grams = self.grams(*reference.rows, J.times(power), B.times(1 / power))
        whole = grams[0] + grams[1]
        parts = [(1.0, whole)] if keep == 1 else list(zip((1.0, keep), grams, strict=True))
        kept = [kappa for kappa, _ in parts]
        L = [factor_above(gram) for _, gram in parts]
        Y, R0 = (beside([exact(A[rows]) for A in L]) for rows in (J_rows, R))
        S, R1 = (
            beside([exact(A[rows]).times(kappa) for kappa, A in zip(kept, L, strict=True)]) for rows in (B_rows, R)
        )
        RB, BB = whole[R, B_rows], whole[B_rows, B_rows]
        R1 = R1 - RB @ Y
        shrunk = NearMatrix(np.diag(np.repeat([1 - kappa * kappa for kappa in kept], 4 * n)), 4 * u * max(1, keep**2))
        crossed = S.T @ Y
        form = R0.T @ P @ R0
        change = shrunk + form + crossed + crossed.T - Y.T @ BB @ Y - R1.T @ P @ R1
        g = least_multiple(change, identity(len(form.x)) + form, max(0.0, keep * keep * (1 + 2.0**-50) - 1))
        f = (BB + RB.T @ P @ RB).size().sqrt() * power
        return (1 + arb(g)).sqrt(), f, whole[J_rows, J_rows].size().sqrt() / power

    def grams(self, *maps: ParameterMap) -> tuple[NearMatrix, NearMatrix]:
        """The Gram matrix of the rows of all, of what they do with W and with β."""
        j, l = (np.vstack([getattr(each, name) for each in maps]) for name in "jl")  # noqa: E741
        K = np.tile(self.K, (len(maps), len(maps)))
        size, slope = norm(j), gamma(self.p)
        # K ⊗ 1 is positive, with χ² at most on its diagonal; what it is off counts once in every block
        off_K = self.K_error * len(maps)
        of_W = NearMatrix(K * (j @ j.T), ((self.chi**2 + off_K) * (slope + 3 * u) + off_K) * size**2 + _SLACK)
        return of_W, NearMatrix(l @ l.T, slope * norm(l) ** 2 + _SLACK)

    def forward(self, at: PairStep) -> tuple[ParameterMap, arb]:
        """A map near J̃, and how far it is off."""
        root = np.sqrt(self.p)
        found = ParameterMap(at.slopes * (at.beta[:, 0] / root), at.features / root)
        off = (4 * u + at.errors.beta) * (self.x * norm(found.j) + norm(found.l))
        return found, off + arb(self.n).sqrt() * at.errors.phi * (1 + 4 * u) + _SLACK

    def backward(self, at: PairStep) -> tuple[ParameterMap, arb]:
        """A map near B̃, and how far it is off."""
        s = float(self.s.mid())
        found = ParameterMap(at.slopes * (self.b_floats[:, 0] * s), at.features * s)
        share = 4 * u + abs(self.s - s) / self.s * (1 + 4 * u)
        off = share * (self.x * norm(found.j) + norm(found.l))
        return found, off + self.s * arb(self.n * self.p).sqrt() * at.errors.phi * (1 + 4 * u) + _SLACK

    def referred(self, at: PairStep, away: ReluAway) -> ReluAway:
        """The same, measured by a new reference at some steps."""
        times, rest = divmod(away.t, _FIRST)
        if rest or times & (times - 1):
            return away
        mean = away.slopes / away.count if away.count else at.slopes
        try:
            new = self.reference(mean, at)
            grown = arb("inf") if away.reference is None else self.change(away.reference, new)
        except OutOfRange:
            return away
        omega = (new.most * (away.whole**2 + away.mu**2)).sqrt()
        if away.reference is not None:
            omega = min(omega, grown * away.omega, key=float)
        return replace(away, omega=omega, reference=new, slopes=np.zeros_like(mean), count=0)

    def reference(self, slopes: Array, at: PairStep) -> ReferenceNorm:
        """The norm by maps with these slopes, and the weights and features of this step.

        Raises
        ------
        OutOfRange
            If the kernel may be singular.
        """
        n, power = self.n, self.power
        s, root = float(self.s.mid()), np.sqrt(self.p)
        J = ParameterMap(slopes * (at.beta[:, 0] / root), at.features / root).times(power)
        B = ParameterMap(slopes * (self.b_floats[:, 0] * s), at.features * s).times(1 / power)
        of_W, of_beta = self.grams(J, B)
        gram = of_W + of_beta
        P = np.zeros_like(gram.x)
        P[:n, :n] = inverse_of(gram.x[:n, n:]) * (self.eta_float / power**2)
        P[n:, n:] = -inverse_of(gram.x[n:, n:])
        L = exact(factor_above(gram))
        form, one = L.T @ exact(P) @ L, identity(2 * n)
        least = -least_multiple(one + form, one, -1.0)
        if not least > 0:
            raise OutOfRange("a norm of ReLU's maps may be degenerate")
        most = least_multiple((one + form).times(-1.0), one, 1.0)
        return ReferenceNorm((J, B), P, arb(least), arb(most))

    def change(self, old: ReferenceNorm, new: ReferenceNorm) -> arb:
        """χ: by how much ω grows when the reference changes."""
        n = self.n
        of_W, of_beta = self.grams(*old.rows, *new.rows)
        L, one = factor_above(of_W + of_beta), identity(4 * n)
        forms = (
            exact(L[: 2 * n].T) @ exact(old.P) @ exact(L[: 2 * n]),
            exact(L[2 * n :].T) @ exact(new.P) @ exact(L[2 * n :]),
        )
        before, after = (one + form for form in forms)
        return arb(least_multiple(after.times(-1.0), before, 1.0)).sqrt()


def beside(blocks: list[NearMatrix]) -> NearMatrix:
    """Matrices side by side."""
    return NearMatrix(np.hstack([block.x for block in blocks]), sum((block.off for block in blocks), arb(0)))


def inverse_of(A: Array) -> Array:
    """A positive matrix near the inverse of the symmetric part of A, exactly symmetric.

    Raises
    ------
    OutOfRange
        If A has no positive direction.
    """
    try:
        sizes, vectors = np.linalg.eigh((A + A.T) / 2)
    except np.linalg.LinAlgError:
        raise OutOfRange("the eigenvalues of a kernel are not found") from None
    if not sizes.max() > 0:
        raise OutOfRange("a kernel without a positive direction")
    found: Array = (vectors / np.maximum(sizes, sizes.max() * _LEAST)) @ vectors.T
    return (found + found.T) / 2
