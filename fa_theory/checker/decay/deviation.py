"""How far a run can be from exact states that shadow it: three bounds, carried from step to step.

The run is at (W, β), with error e; nearby is an exact state (W̃, β̃), with error ẽ. There are k outputs: β and b are
p×k with rows β_r and b_r, and e is n×k; for k = 1 they are vectors, and ‖b_r‖ is |b_r|. `Deviation` holds

    ν_r ≥ ‖w_r − w̃_r‖₂,    μ ≥ ‖β − β̃‖,    ε ≥ ‖e − ẽ‖.

One step takes the run to W⁺, β⁺, e⁺ and the exact state to Ŵ, β̂, ê. The next exact state (W̃⁺, β̃⁺) is close to that:
``‖N̂ − Ñ⁺‖ ≤ δ_N`` with ``W = W(0) − NᵀX``, and ``‖β̂ − β̃⁺‖ ≤ δ_β``. Norms are Euclidean, of matrices Frobenius's, but
``x = ‖X‖₂`` and ``Φ = ‖Ψ̃‖₂ = √(p‖G‖₂)``. Write ``s = η/√p``, ``κ = 1 − ηλ``, ``L₁ = sup |ψ'|``, ``V = Ẑ − Z̃ = −XXᵀ(N̂
− Ñ)``, ``M = ‖V‖``, ``a_r = ‖β̃_r‖ + μ``, ``c_r = a_r‖b_r‖``, and d in front of what belongs to the run less what
belongs to the exact state, such as ``de = e − ẽ``, ``dΨ⁺ = ψ(XW⁺ᵀ) − ψ(XŴᵀ)``. So ``|dz_ir| ≤ ‖x_i‖ν_r``, ``‖dz_r‖ ≤
xν_r``, ``‖dψ_r‖ ≤ L₁xν_r``; ``eb_r`` is the vector of the ``e_i·b_r``, and ``‖de b_r‖ ≤ ‖b_r‖ε``. The kernels act on
n×k matrices, read sample after sample: G as ``G⊗I_k``, and ``pH_(i,c),(j,c') = x_i·x_j Σ_r β̃_rc b_rc' D̃_ir D̃_jr``.

Theorem. Let σ_ir be the secant slope of the run, ``ψ(z⁺) − ψ(z) = σ(z⁺ − z)``, and

    g_r ≥ ‖ẽᵀdψ_r‖,    B_r ≥ s‖dD_r∘ẽb_r‖,    E ≥ ‖Σ_r (dσ_r∘v̂_r) β_rᵀ‖    with v̂_r = ẑ_r − z̃_r,
    S xL₁ε ≥ ‖Σ_r ((σ_r − D̃_r)∘XXᵀ(D_r∘de b_r)) β̃_rᵀ‖ + ‖Σ_r (D̃_r∘XXᵀ(dD_r∘de b_r)) β̃_rᵀ‖.

After the step these bounds hold, with ``θ = s(‖g‖ + (Φ + L₁x‖ν‖)ε)``, ``ũ = sΨ̃ᵀẽ`` and ``δ_W = xδ_N``:

    ν⁺_r = ν̂_r + δ_W,    ν̂_r = ν_r + x(B_r + sL₁‖b_r‖ε),        μ⁺ = |κ|μ + θ + δ_β,
    ε⁺ = ‖κ(I − ηH) − ηG⊗I‖₂ ε + (η/p) (L₁MΦε + (Φ + L₁M) (‖g‖ + L₁x‖ν‖ε))
         + p^{-1/2} L₁ (x(Σ_r ν̂_r‖ũ_r‖ + ‖ν̂‖θ) + |κ|μM)
         + |κ| p^{-1/2} (E + L₁x² Σ_r a_r B_r) + |κ| (η/p) xL₁ (xL₁‖b‖μ + S)ε
         + p^{-1/2} (L₁xδ_W‖β̃⁺‖ + (Φ + L₁M)δ_β).

Proof. The rule gives ``w_r⁺ − ŵ_r = dw_r − sXᵀ(dD_r∘ẽb_r + D_r∘de b_r)``; and ``β⁺ = κβ − u``, ``β̂ = κβ̃ − ũ`` with
``u = sΨᵀe``, ``du = s(dΨᵀẽ + Ψᵀde)``, ``‖dΨᵀẽ‖ ≤ ‖g‖`` and ``‖du‖ ≤ θ``. Hence ν⁺ and μ⁺. From ``e + y = p^{-1/2} Σ_r
ψ_rβ_rᵀ``,

    e⁺ − ê = κ de + p^{-1/2} (−d(Ψ⁺u) + κ Σ_r d((ψ_r⁺ − ψ_r)β_rᵀ)),
    d(Ψ⁺u) = dΨ⁺u + sΨ̂Ψ̃ᵀde + sΨ̂dΨᵀe,      Ψ̂Ψ̃ᵀ = pG + (Ψ̂ − Ψ̃)Ψ̃ᵀ,      ‖Ψ̂ − Ψ̃‖ ≤ L₁M,
    ‖dΨᵀe‖ ≤ ‖g‖ + L₁x‖ν‖ε,      ‖dΨ⁺u‖ ≤ Σ_r ‖dψ_r⁺‖(‖ũ_r‖ + ‖du_r‖),      ‖dψ_r⁺‖ ≤ L₁xν̂_r,
    d((ψ_r⁺ − ψ_r)β_rᵀ) = (ψ̂_r − ψ̃_r)dβ_rᵀ + (dσ_r∘v̂_r)β_rᵀ + (σ_r∘(dz_r⁺ − dz_r))β_rᵀ,
    dz_r⁺ − dz_r = −sXXᵀ(dD_r∘ẽb_r + D_r∘de b_r),
    (σ_r∘v_r)β_rᵀ = (D̃_r∘XXᵀ(D̃_r∘de b_r))β̃_rᵀ + (σ_r∘v_r)dβ_rᵀ + ((σ_r − D̃_r)∘v_r)β̃_rᵀ
                    + (D̃_r∘XXᵀ(dD_r∘de b_r))β̃_rᵀ      with  v_r = XXᵀ(D_r∘de b_r),  ‖v_r‖ ≤ x²L₁‖b_r‖ε.

Summed over r, the first term of the last identity is pH applied to de: with G it makes up the first one of ε⁺. The
others are bounded by the norms of their factors, ``‖vβᵀ‖ = ‖v‖‖β‖``, ``‖β_r‖ ≤ a_r``, and Cauchy–Schwarz over r. Last,
``ê − ẽ⁺ = p^{-1/2}((Ψ̂ − Ψ̃⁺)β̃⁺ + Ψ̂(β̂ − β̃⁺))``. ∎

Smooth ψ with ``L₂ = sup |ψ''|`` (`Shadow`). Let ``χ = max_i ‖x_i‖``, ``ω = ‖(‖x_i‖‖ẽ_i‖)_i‖``,
``Y = ‖diag(‖ẽ_i‖) X‖₂`` and ``j_r = ‖(‖x_i‖ v̂_ir)_i‖``. These are valid:

    g_r = ν_r (‖XᵀD̃_rẽ‖ + ½ L₂xων_r),    B_r = sL₂Yν_r‖b_r‖,    E = L₂ Σ_r a_rν̂_r j_r,
    S = L₂ Σ_r c_r (2χxν̂_r + ½ j_r).

For ``|dD_ir| ≤ L₂|dz_ir|``; and ``dψ_ir = D̃_ir dz_ir + ρ_ir``, ``|ρ_ir| ≤ ½L₂dz_ir²``, with ``dz_r = X dw_r``, so that
``‖ẽᵀ(D̃_r∘dz_r)‖ ≤ ‖XᵀD̃_rẽ‖ν_r`` and ``Σ_i ‖ẽ_i‖‖x_i‖ν_r|dz_ir| ≤ ων_r‖dz_r‖``. With ``|ẽ_i·b_r| ≤ ‖ẽ_i‖‖b_r‖`` the
norm of ``dD_r∘ẽb_r`` is at most ``L₂‖b_r‖ ‖diag(‖ẽ_i‖)X dw_r‖``. A secant slope is the mean of the slopes from z to z⁺,
so ``|dσ_ir| ≤ ½L₂(|dz_ir| + |dz_ir⁺|) ≤ L₂‖x_i‖ν̂_r``, whence E. As ``|v_ir| ≤ x‖x_i‖L₁‖b_r‖ε``, ``‖v̂_r∘v_r‖ ≤
xL₁‖b_r‖ε j_r``; and ``|σ − D̃| ≤ |dσ| + ½L₂|v̂|``. So the first sum of S xL₁ε is at most ``L₂ Σ_r ‖β̃_r‖ (χν̂_r‖v_r‖ +
½‖v̂_r∘v_r‖)``, and the second at most ``L₁x² L₂χ Σ_r ‖β̃_r‖ν_r‖b_r‖ε``.

ReLU (`KinkedShadow`): let U be the entries where z and z̃ may not be on one side of the kink (``z ≤ 0`` or ``z > 0``),
V those where z, z⁺, z̃, ẑ may not be. Off U, dD = 0. With slopes ``ψ(z⁺) − ψ(ẑ) = h⁺dz⁺`` and ``ψ(z) − ψ(z̃) = h dz``,
both in [0, 1], ``d(ψ⁺ − ψ) = (h⁺ − h)dz + h⁺(dz⁺ − dz)``. So the proof holds with h⁺ in the place of σ and ``(h⁺ −
h)dz`` in that of ``dσ∘v̂``, which is at most ``‖x_i‖ν_r`` on V; off V, ``h⁺ = h = D̃``. Both sums of S are over
entries: ``|v_ir| ≤ x‖x_i‖‖b_r‖ε``, and an entry in U adds at most ``x²‖b_r‖‖β̃_r‖ε``. As ``dψ − D̃dz`` is 0 off U and
at most ``|dz|`` on U, ``g_r = ν_r (‖XᵀD̃_rẽ‖ + Σ_{i in U} ‖x_i‖‖ẽ_i‖)``.

For smooth ψ all that leads from ν and μ to ε⁺ has a factor of the size of ẽ (in g, M, ũ, B_r and E, too), while ε
itself contracts. So the bounds grow by a factor like ``exp(const · Σ_t ‖ẽ(t)‖)``; for ReLU neurons at the kink add to
that.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import add, mul

from flint import arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.linalg import elementwise, euclidean, identity, kron, spectral_norm
from fa_theory.checker.ranges import curvature, steepest

from .kinks import products

_BITS = 64
"""Working precision of the bounds."""
ROUGH = 4
"""Squarings for norms that may be a little too large."""


@dataclass(frozen=True)
class ExactStep:
    """One step at an exact state, in balls, and the exact state that is put in the place of its outcome."""

    Z: arb_mat
    features: arb_mat
    slopes: arb_mat
    e: arb_mat
    beta: arb_mat
    pull: arb_mat
    """``N̂ − Ñ``."""
    turn: arb_mat
    """``sΨ̃ᵀẽ``."""
    keep: arb
    """``1 − ηλ``."""
    Z_next: arb_mat
    beta_next: arb_mat
    delta_n: arb
    """δ_N."""
    delta_beta: arb
    """δ_β."""


@dataclass(frozen=True)
class Deviation:
    """The bounds ν, μ, ε."""

    nu: list[arb]
    mu: arb
    epsilon: arb

    @property
    def small(self) -> bool:
        """Whether there is still something to be had from these bounds."""
        return bool(largest(self.nu) + self.mu + self.epsilon < 1)


@dataclass(frozen=True)
class StepNorms:
    """The norms of one step that the theorem combines, from above."""

    propagator: arb
    """``‖κ(I − ηH) − ηG⊗I‖₂``."""
    phi: arb
    """Φ."""
    moved: arb
    """M."""
    gathered: arb
    """``‖g‖``."""
    nu: arb
    """``‖ν‖``."""
    nu_hat: arb
    """``‖ν̂‖``."""
    turned: arb
    """``Σ_r ν̂_r‖ũ_r‖``."""
    bent: arb
    """``Σ_r a_r B_r``."""
    E: arb
    S: arb
    beta_next: arb
    """``‖β̃⁺‖``."""


class ShadowSetting:
    """What the theorem needs of a network, the same at every step; in balls."""

    def __init__(self, state: doc.ExactState) -> None:
        with ctx.workprec(_BITS):
            self.n, self.p, self.eta, self.s = state.X.nrows(), state.p, state.eta, state.scale()
            self.XX, self.x = state.X * state.X.transpose(), spectral_norm(state.X)
            self.lengths = [euclidean(row) for row in state.X.tolist()]
            self.chi = largest(self.lengths)
            self.b, self.same, self.one = state.by_output(state.b), identity(state.k), identity(len(state.y))
            self.sizes, self.samples = row_norms(self.b, self.same), identity(self.n)
            self.inputs = kron(self.XX, arb_mat(state.k, state.k, [arb(1)] * state.k**2))
            self.L1 = steepest(state.activation).upper()
            self.L2 = curvature(state.activation)

    def combine(
        self, by: StepNorms, mu: arb, epsilon: arb, keep: arb, delta_n: arb, delta_beta: arb
    ) -> tuple[arb, arb]:
        """μ⁺ and ε⁺ of the theorem."""
        with ctx.workprec(_BITS):
            s, x, L1, root, k = self.s, self.x, self.L1, arb(self.p).sqrt(), abs(keep)
            reach = by.phi + L1 * by.moved
            theta = s * (by.gathered + (by.phi + L1 * x * by.nu) * epsilon)
            terms = (
                by.propagator * epsilon,
                s / root * (L1 * by.moved * by.phi * epsilon + reach * (by.gathered + L1 * x * by.nu * epsilon)),
                L1 * (x * (by.turned + by.nu_hat * theta) + k * mu * by.moved) / root,
                k * (by.E + L1 * x * x * by.bent) / root,
                k * s / root * x * L1 * (x * L1 * euclidean(self.sizes) * mu + by.S) * epsilon,
                (L1 * x * x * delta_n * by.beta_next + reach * delta_beta) / root,
            )
            return (k * mu + theta + delta_beta).upper(), sum(terms, arb(0)).upper()


class Shadow(ShadowSetting):
    """Carries the bounds along, for smooth ψ: `after` is the theorem."""

    def after(self, at: ExactStep, before: Deviation) -> Deviation:
        """Bounds after a step."""
        with ctx.workprec(_BITS):
            nu, epsilon = before.nu, before.epsilon
            a = [size + before.mu for size in row_norms(at.beta, self.same)]
            G = at.features * at.features.transpose() * (1 / arb(self.p))
            B = self.bent(at, nu)
            nu_hat = [
                v + self.x * (u + self.s * self.L1 * size * epsilon)
                for v, size, u in zip(nu, self.sizes, B, strict=True)
            ]
            nu_next = [(v + self.x * at.delta_n).upper() for v in nu_hat]
            V = self.XX * at.pull
            E, S = self.bends(at, before, nu_hat, nu_next, a, V)
            sizes = StepNorms(
                propagator=spectral_norm(self.propagator(at, G)),
                phi=(spectral_norm(G, ROUGH) * self.p).sqrt(),
                moved=frobenius(V),
                gathered=euclidean(self.gathered(at, nu)),
                nu=euclidean(nu),
                nu_hat=euclidean(nu_hat),
                turned=dot(nu_hat, row_norms(at.turn, self.same)),
                bent=dot(a, B),
                E=E,
                S=S,
                beta_next=euclidean(at.beta_next.entries()),
            )
            return Deviation(nu_next, *self.combine(sizes, before.mu, epsilon, at.keep, at.delta_n, at.delta_beta))

    def propagator(self, at: ExactStep, G: arb_mat) -> arb_mat:
        """``κ(I − ηH) − ηG⊗I`` at an exact state."""
        paths = products(at.slopes, (at.beta.transpose(), self.b.transpose()))
        H = elementwise(mul, self.inputs, paths) * (1 / arb(self.p))
        return (self.one - H * self.eta) * at.keep - kron(G * self.eta, self.same)

    def lean(self, at: ExactStep) -> list[arb]:
        """Upper bounds of ``‖XᵀD̃_rẽ‖``."""
        squares = [arb(0)] * self.p
        for column in at.e.transpose().tolist():
            F = elementwise(mul, at.slopes, arb_mat([[x] * self.p for x in column]))
            both = elementwise(mul, F, self.XX * F)
            squares = list(map(add, squares, (arb_mat([[arb(1)] * self.n]) * both).entries()))
        return [x.abs_upper().sqrt().upper() for x in squares]

    def gathered(self, at: ExactStep, nu: list[arb]) -> list[arb]:
        """g of the theorem."""
        rest = self.L2 * self.x * euclidean(map(mul, self.lengths, self.errors(at))) / 2
        return [v * (u + rest * v) for v, u in zip(nu, self.lean(at), strict=True)]

    def errors(self, at: ExactStep) -> list[arb]:
        """Upper bounds of ``‖ẽ_i‖``."""
        return row_norms(at.e, self.same)

    def bent(self, at: ExactStep, nu: list[arb]) -> list[arb]:
        """B of the theorem."""
        weights = arb_mat(self.n, self.n, [0] * self.n**2)
        for i, size in enumerate(self.errors(at)):
            weights[i, i] = size
        # ‖diag(w)X‖₂² = ‖diag(w)XXᵀdiag(w)‖₂
        force = self.L2 * self.s * spectral_norm(weights * self.XX * weights, ROUGH).sqrt()
        return [force * v * size for v, size in zip(nu, self.sizes, strict=True)]

    def bends(
        self, at: ExactStep, before: Deviation, nu_hat: list[arb], nu_next: list[arb], a: list[arb], V: arb_mat
    ) -> tuple[arb, arb]:
        """E and S of the theorem."""
        weights = doc.column(self.lengths) * arb_mat([[arb(1)] * self.p])
        j = row_norms(elementwise(mul, weights, V).transpose(), self.samples)
        c = list(map(mul, a, self.sizes))
        S = 2 * self.chi * self.x * dot(c, nu_hat) + dot(c, j) / 2
        return self.L2 * dot(list(map(mul, a, nu_hat)), j), self.L2 * S


class KinkedShadow(Shadow):
    """The same for ReLU."""

    def gathered(self, at: ExactStep, nu: list[arb]) -> list[arb]:
        """g of the theorem, with sums over U."""
        sums, weights = self.lean(at), list(map(mul, self.lengths, self.errors(at)))
        for k, side in enumerate(self.sides(at.Z, nu)):
            if side == 0:
                i, r = divmod(k, self.p)
                sums[r] += weights[i]
        return list(map(mul, nu, sums))

    def bent(self, at: ExactStep, nu: list[arb]) -> list[arb]:
        """``s‖(ẽ_i·b_r)_(i,r) in U‖`` for every neuron."""
        squares, e, b = [arb(0)] * self.p, at.e.tolist(), self.b.tolist()
        for k, side in enumerate(self.sides(at.Z, nu)):
            if side == 0:
                i, r = divmod(k, self.p)
                squares[r] += dot(e[i], b[r]) ** 2
        return [self.s * u.abs_upper().sqrt() for u in squares]

    def bends(
        self, at: ExactStep, before: Deviation, nu_hat: list[arb], nu_next: list[arb], a: list[arb], V: arb_mat
    ) -> tuple[arb, arb]:
        """Sums over V, and over U; rows of ``XXᵀ`` have length at most ``x‖x_i‖``."""
        E, S, jumps = [arb(0)] * self.n, [arb(0)] * self.n, arb(0)
        c = list(map(mul, a, self.sizes))
        sides = zip(self.sides(at.Z, before.nu), self.sides(at.Z_next, nu_next), strict=True)
        for k, (old, new) in enumerate(sides):
            if old * new != 1:
                i, r = divmod(k, self.p)
                E[i] += a[r] * self.lengths[i] * before.nu[r]
                S[i] += c[r] * self.lengths[i]
                jumps += c[r] * (old == 0)
        return euclidean(E), euclidean(S) + self.x * jumps

    def sides(self, Z: arb_mat, nu: list[arb]) -> list[int]:
        """On which side of the kink all states are that near: 1, or −1 (which includes the kink); 0 if not certain."""
        far = largest(nu)
        margins = [(length * far).upper() for length in self.lengths for _ in nu]
        return [(z > m) - (z <= -m) for z, m in zip(Z.entries(), margins, strict=True)]


def shadow(state: doc.ExactState) -> Shadow:
    """What carries the bounds along for this activation."""
    smooth = curvature(state.activation).is_finite()
    if not smooth and state.activation != "relu":
        raise ValueError(f"the slopes of {state.activation} jump, and this is proved for the kink of ReLU only")
    return Shadow(state) if smooth else KinkedShadow(state)


def largest(entries: list[arb]) -> arb:
    """Exact upper bound of all entries."""
    top = arb(0)
    for entry in entries:
        top = top.max(entry.upper())
    return top


def row_norms(M: arb_mat, Q: arb_mat) -> list[arb]:
    """Upper bounds of ``√(mᵀQm)`` for the rows m of M, where Q is positive semidefinite."""
    squares = elementwise(mul, M * Q, M) * doc.column([arb(1)] * M.ncols())
    return [x.abs_upper().sqrt().upper() for x in squares.entries()]


def dot(u: list[arb], v: list[arb]) -> arb:
    """``u·v``."""
    return sum(map(mul, u, v), arb(0))


def frobenius(M: arb_mat) -> arb:
    """Exact upper bound of the Frobenius norm of every matrix in M."""
    M = M if M.nrows() < M.ncols() else M.transpose()
    return (M * M.transpose()).trace().abs_upper().sqrt().upper()
