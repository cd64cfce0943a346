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
    (2)   dθ⁺ = dθ − B̃ᵀδ − ρ,           |ρ| ≤ |1 − κ|μ + s (max_r l_r ν̄ + ‖(ν_r Σ_{i: U} ‖x_i‖|e*_i|)_r‖ + xν̄|δ|)
                                               + sx ‖(b_r (|e*_i| + |δ|))_U‖ + xδ_N + δ_β.

For ``dΨ = D̃∘dZ`` off U, and on U it is off from that by at most ``|dz_ir| ≤ ‖x_i‖ν_r``, as ψ has slopes in [0, 1].
Hence ``√p(e − ẽ) = dΨβ̃ + Ψ̃dβ + dΨdβ`` is (1). The rule says ``dw_r⁺ = dw_r − s b_rXᵀ(D̃_r∘δ + dD_r∘e)`` and ``dβ⁺ =
κdβ − s(Ψ̃ᵀδ + dΨᵀe* + dΨᵀδ)``, up to what the next exact state misses; ``|dD_ir| ≤ 1`` on U, and it is 0 elsewhere.

Let J and B be any two such maps, the reference, with ``M = JBᵀ`` invertible; C an invertible n×n matrix, and τ > 0. We
carry ω with: there is a u with

    dθ − u in the range of Bᵀ,        |u|² + τ²|CJdθ|² ≤ ω².

For the maps of this step let ``Q = J̃BᵀM⁻¹``, ``z ≥ ‖J̃ − QJ‖``, ``a ≥ ‖B̃ − B‖``, ``F = JB̃ᵀ``, ``N = I − FQ``, with hats
``Q̂ = QC⁻¹`` and ``N̂ = CNC⁻¹``, ``f ≥ τ‖CF‖``, and ``c ≥ τ‖CJ‖``.

Theorem. After the step ω⁺ belongs to dθ⁺, for any g > 0:

    ω⁺ = √Γ ω + (a + f)|q| + (1 + c)|ρ|,         |δ| ≤ (z² + ‖Q̂‖²/τ²)^{1/2} ω + |q|,
    Γ = max{ (1 + az)² + g + f²z²,  ‖ N̂ᵀN̂ + (a/τ)² (1 + 2(1 + az)²/g) Q̂ᵀQ̂ + (2/g)τ²z² N̂ᵀ(CF)(CF)ᵀN̂ ‖₂ }.

Proof. Let ``dθ = u − BᵀA`` and ``ε = Jdθ``. So ``A = M⁻¹(Ju − ε)`` and ``J̃dθ = J̃u − QJu + Qε``; call it ζu + Qε. With
``u⁺ = u − (B̃ − B)ᵀδ − ρ`` is ``dθ⁺ − u⁺ = −Bᵀ(A + δ)``, and ``Jdθ⁺ = ε − Fδ − Jρ``. What q and ρ add is at most ``(a +
f)|q| + (1 + c)|ρ|``. The rest is ``u − (B̃ − B)ᵀ(ζu + Qε)`` and ``Nε − Fζu``, and its square at most

    ((1 + az)|u| + a|Qε|)² + τ²|CNε|² + 2τ²z|u||FᵀCᵀCNε| + f²z²|u|².

Products ``2|u|(v + w)`` are at most ``g|u|² + (2/g)(v² + w²)``. With ``ε̂ = τCε``, |u|² then has the first number of Γ
as its coefficient, and what is left is the quadratic form of the second one at ε̂. ∎

The reference is exact numbers near the maps of late steps: their slopes are means over time, which lie between 0 and 1
at the kinks. ``C = M^{-1/2}`` or so, and ``τ = √η``: the range of Bᵀ contracts as M says, slowly in some directions,
but as much as J̃ − J moves u there, so much of it comes back with B̃ − B. Of either only the product az is left in Γ.

Distances: ``|dθ| ≤ Rω``, ``R² = (1 + hc)² + h²`` with ``h ≥ ‖BᵀM⁻¹C⁻¹‖/τ``, from ``dθ = u − BᵀM⁻¹(Ju − ε)``. It
bounds every ν_r, ν̄ and μ. ``‖e − ẽ‖ ≤ p^{-1/2} (xν̄(‖β̃‖ + μ) + ‖Ψ̃‖μ)``. And ``ω ≤ (1 + c²)^{1/2} |dθ|``, with u = dθ.
The bounds of `deviation` are carried along, and the better ones of both are used by both.

Another reference J', B', C', τ': ``u' = u + (B' − B)ᵀA``, so that ``dθ = u' − B'ᵀA``. With ``Q' = J'BᵀM⁻¹``, ``z' ≥
τ'‖C'(J' − Q'J)‖``, ``h' ≥ ‖(B' − B)ᵀM⁻¹C⁻¹‖/τ`` and ``t ≥ (τ'/τ)‖C'Q'C⁻¹‖`` the new ω is at most that of ``(|u|, |ε̂|)``
under ``((1 + h'c, h'), (z', t))``, whose norm is at most the root of its largest sums of a row and of a column.

In floats: J̃ and B̃ are replaced by maps of floats near them. What they are off, in the norm, is multiplied by |dθ| and
|δ|, and added to |q| and |ρ|. The matrices with n rows carry what they are off (`NearMatrix`); e* is a pair. Products
of entries that underflow lose less than 2^-1075 each, and are multiplied by 2^240 at most: `_SLACK` pays for 2^26 of
them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from flint import arb, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.binary64.bounds import Array, U, Upper, above, gamma, largest, norm, spectral_norm
from fa_theory.checker.binary64.products import OutOfRange

from .floats import _BITS, SHARP, Away, KinkedFloatShadow, totals
from .pairs import PairStep

u = arb(U)
_MOST = 2.0**60
_SLACK = 2.0**-600
_LEAST = 2.0**-30
"""Smallest eigenvalue, relative to the largest, that C is made for."""
_FIRST = 25
"""Steps after which there is a new reference: this number, doubled again and again."""


def covers(state: doc.ExactState) -> bool:
    """Whether the theorem is about this network."""
    return state.activation == "relu" and state.k == 1


@dataclass(frozen=True)
class NearMatrix:
    """A square matrix, and how far it is, at most, from the one it stands for, in the spectral norm."""

    x: Array
    off: arb

    def __add__(self, other: NearMatrix) -> NearMatrix:
        found = self.x + other.x
        return NearMatrix(found, self.off + other.off + u * norm(found))

    def __sub__(self, other: NearMatrix) -> NearMatrix:
        return self + NearMatrix(-other.x, other.off)

    def __matmul__(self, other: NearMatrix) -> NearMatrix:
        sizes = norm(self.x), norm(other.x)
        off = gamma(len(self.x)) * sizes[0] * sizes[1] + _SLACK
        return NearMatrix(self.x @ other.x, off + self.off * (sizes[1] + other.off) + sizes[0] * other.off)

    def times(self, factor: float) -> NearMatrix:
        """A multiple."""
        found = self.x * factor
        return NearMatrix(found, abs(factor) * self.off + u * norm(found) + _SLACK)

    @property
    def T(self) -> NearMatrix:
        """The transpose."""
        return NearMatrix(self.x.T, self.off)

    def size(self) -> arb:
        """Number ≥ the spectral norm."""
        return (spectral_norm(self.x, SHARP) + self.off).upper()


def inverse(A: NearMatrix) -> NearMatrix:
    """The inverse: with any R near it and ``h = ‖I − AR‖ < 1`` it is off from R by at most ``‖R‖h/(1 − h)``.

    Raises
    ------
    OutOfRange
        If A may be singular.
    """
    try:
        found: Array = np.linalg.inv(A.x).astype(np.float64)
    except np.linalg.LinAlgError:
        raise OutOfRange("a kernel is singular") from None
    R = NearMatrix(found, arb(0))
    h = (NearMatrix(np.eye(len(A.x)), arb(0)) - A @ R).size()
    if not h < 0.5:
        raise OutOfRange("a kernel is nearly singular")
    return NearMatrix(R.x, R.size() * h / (1 - h))


@dataclass(frozen=True)
class ParameterMap:
    """``[j, l]``, exactly."""

    j: Array
    l: Array  # noqa: E741

    def less(self, other: ParameterMap) -> tuple[ParameterMap, arb]:
        """The difference, and how far it is off in the norm of all entries, where j counts x times."""
        found = ParameterMap(self.j - other.j, self.l - other.l)
        return found, u * (norm(found.j) + norm(found.l))


@dataclass(frozen=True)
class ReferenceMaps:
    """What ω is measured by."""

    J: ParameterMap
    B: ParameterMap
    M_inverse: NearMatrix
    C: NearMatrix
    C_inverse: NearMatrix
    tau: float
    JJ: NearMatrix
    """``JJᵀ``."""
    c: arb
    reach: arb
    """R of the theorem."""


@dataclass(frozen=True)
class ReluAway(Away):
    """The bounds, with ω."""

    t: int
    omega: arb
    reference: ReferenceMaps | None
    """None if nothing is known of ω."""
    slopes: Array
    """The sum of D̃ since the reference was chosen."""
    count: int


class ReluShadow(KinkedFloatShadow):
    """Carries the bounds along: `carry` is the theorem."""

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
            omega = self.stepped(at, away, reference)
            far = Upper(above(reference.reach * omega).x)
            nu = Upper(np.minimum(plain.nu.x, far.x))
            whole, mu = (min(bound, reference.reach * omega, key=float) for bound in (plain.whole, plain.mu))
            psi = norm(np.maximum(at.Z_next, 0.0)) + arb(self.n * self.p).sqrt() * at.zeta_next
            beta = norm(at.beta_next) * (1 + at.errors.beta)
            error = (self.x * whole * (beta + mu) + psi * mu) / arb(self.p).sqrt()
            epsilon = min(plain.epsilon, error, key=float)
            omega = min(omega, ((1 + reference.c**2) * (whole**2 + mu**2)).sqrt(), key=float)
            whole, mu, epsilon, omega = (bound.upper() for bound in (whole, mu, epsilon, omega))
            return replace(after, nu=nu, whole=whole, mu=mu, epsilon=epsilon, omega=omega)

    def refuse_large(self, at: PairStep) -> None:
        """Products of these numbers neither overflow nor, but for the slack, underflow."""
        parts = (self.K, self.b_floats, at.e, at.beta, at.features, at.Z)
        if not all(size < _MOST for size in (self.s, abs(at.keep), *map(largest, parts))):
            raise OutOfRange("numbers of more than 60 bits before the point")

    def stepped(self, at: PairStep, away: ReluAway, reference: ReferenceMaps) -> arb:
        """ω⁺ of the theorem."""
        s, x, root, omega, nu = self.s, self.x, arb(self.p).sqrt(), away.omega, away.nu
        J, off_J = self.forward(at)
        B, off_B = self.backward(at)
        growth, a, f, received = self.growth(J, B, reference)
        far = min(reference.reach * omega, (away.whole**2 + away.mu**2).sqrt(), key=float)
        near = (self.sides(at.Z, at.off()[0], nu) == 0).astype(np.float64)
        beta = Upper(np.abs(at.beta[:, 0])) * above(1 + at.errors.beta)
        errors = Upper(np.abs(at.e[:, 0])) * above(1 + 2 * u)
        bent = (self.long * totals(near, nu * beta)).norm()
        q = arb(self.n).sqrt() * at.epsilon_pair + (bent + x * away.whole * away.mu) / root + off_J * far
        delta = received * omega + q
        sizes = errors + above(delta)
        rho = abs(1 - at.keep) * away.mu
        rho += s * (largest(self.lean(at).x) * away.whole + x * away.whole * delta)
        rho += s * (nu * totals(near.T, self.long * errors)).norm()
        rho += s * x * (self.size * totals(near.T, sizes * sizes).sqrt()).norm()
        rho += off_B * delta + x * at.given_n + at.given_beta
        return growth * omega + (a + f) * q + (1 + reference.c) * rho

    def growth(self, J: ParameterMap, B: ParameterMap, reference: ReferenceMaps) -> tuple[arb, arb, arb, arb]:
        """``√Γ``, a, f and ``(z² + ‖Q̂‖²/τ²)^{1/2}``."""
        of, tau, one = reference, arb(reference.tau), NearMatrix(np.eye(self.n), arb(0))
        Q = self.gram(J, of.B) @ of.M_inverse
        z, a = self.turned(J, Q, of).size().sqrt(), self.distance(B, of.B)
        F = self.gram(of.J, B)
        Q_hat, N_hat, CF = Q @ of.C_inverse, of.C @ (one - F @ Q) @ of.C_inverse, of.C @ F
        share = (1 + a * z) ** 2
        g = 2 * (a**2 / tau**2 + tau**2 * z**2) + arb(2) ** -40
        first, second = (a / tau) ** 2 * (1 + 2 * share / g), 2 * tau**2 * z**2 / g
        received, pushed = Q_hat.T @ Q_hat, CF.T @ N_hat
        form = (
            N_hat.T @ N_hat + received.times(float(above(first).x)) + (pushed.T @ pushed).times(float(above(second).x))
        )
        f = tau * CF.size()
        top = (share + g + f**2 * z**2).max(form.size())
        return top.sqrt(), a, f, (z**2 + received.size() / tau**2).sqrt()

    def turned(self, J: ParameterMap, Q: NearMatrix, reference: ReferenceMaps) -> NearMatrix:
        """``ζζᵀ`` for ``ζ = J̃ − QJ``."""
        mixed = Q @ self.gram(reference.J, J)
        return self.gram(J, J) - mixed - mixed.T + Q @ reference.JJ @ Q.T

    def gram(self, P: ParameterMap, Q: ParameterMap) -> NearMatrix:
        """``PQᵀ``."""
        first, second = P.j @ Q.j.T, P.l @ Q.l.T
        size = norm(P.j) * norm(Q.j)
        error = (self.chi**2 + self.K_off) * (gamma(self.p) + 3 * u) * size + self.K_off * size
        found = self.K * first + second
        error += gamma(self.p) * norm(P.l) * norm(Q.l) + u * norm(found) + _SLACK
        return NearMatrix(found, error)

    def distance(self, P: ParameterMap, Q: ParameterMap) -> arb:
        """Number ≥ ``‖P − Q‖``."""
        between, off = P.less(Q)
        return (self.gram(between, between).size().sqrt() + (1 + self.x) * off).upper()

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
        except OutOfRange:
            return away
        dtheta = (away.whole**2 + away.mu**2).sqrt()
        omega = (1 + new.c**2).sqrt() * dtheta
        if away.reference is not None:
            omega = min(omega, self.change(away.reference, new) * away.omega, key=float)
        return replace(away, omega=omega, reference=new, slopes=np.zeros_like(mean), count=0)

    def reference(self, slopes: Array, at: PairStep) -> ReferenceMaps:
        """The maps with these slopes, and the weights and features of this step.

        Raises
        ------
        OutOfRange
            If the kernel may be singular.
        """
        s, root, tau = float(self.s.mid()), np.sqrt(self.p), float(self.eta.sqrt().mid())
        J = ParameterMap(slopes * (at.beta[:, 0] / root), at.features / root)
        B = ParameterMap(slopes * (self.b_floats[:, 0] * s), at.features * s)
        M = self.gram(J, B)
        sizes, vectors = np.linalg.eigh((M.x + M.x.T) / 2)
        if not sizes.max() > 0:
            raise OutOfRange("a kernel without a positive direction")
        C = NearMatrix((vectors / np.sqrt(np.maximum(sizes, sizes.max() * _LEAST))) @ vectors.T, arb(0))
        M_inverse, C_inverse, JJ = inverse(M), inverse(C), self.gram(J, J)
        c = tau * (C @ JJ @ C.T).size().sqrt()
        Y = M_inverse @ C_inverse
        h = (Y.T @ self.gram(B, B) @ Y).size().sqrt() / tau
        reach = ((1 + h * c) ** 2 + h**2).sqrt()
        return ReferenceMaps(J, B, M_inverse, C, C_inverse, tau, JJ, c.upper(), reach.upper())

    def change(self, old: ReferenceMaps, new: ReferenceMaps) -> arb:
        """By how much ω grows when the reference changes."""
        Y = old.M_inverse @ old.C_inverse
        between, off = new.B.less(old.B)
        moved = (Y.T @ self.gram(between, between) @ Y).size().sqrt() + (1 + self.x) * off * Y.size()
        h = moved / old.tau
        Q = self.gram(new.J, old.B) @ old.M_inverse
        z = new.tau * (new.C @ self.turned(new.J, Q, old) @ new.C.T).size().sqrt()
        kept = arb(new.tau) / old.tau * (new.C @ Q @ old.C_inverse).size()
        first = 1 + h * old.c
        return ((first + h).max(z + kept) * (first + z).max(h + kept)).sqrt()
