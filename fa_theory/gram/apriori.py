r"""Convergence guaranteed at initialisation: a theorem with every constant explicit, and its proof.

**Setting.** Fixed data ``X`` (n×d), ``y``; ``|ψ| ≤ B``, ``|ψ'| ≤ L₁``, ψ' Lipschitz with constant ``L₂``; ``W, β, b``
i.i.d. N(0, 1); feedback alignment with step size η, no regularisation. Let ``0 < γ ≤ λ_min(Ḡ)``, ``μ ≥ λ_max(Ḡ)``,
``τ ≥ tr Ḡ``, ``Λ = ‖X‖₂²``, ``x = max_i ‖x_i‖``, a share ``0 < κ < 1``, a failure probability δ. Each of N = 8 events
below may fail with probability δ/N; ``ℓ = log(N/δ)``.

**Definitions at width p** (`Setting.at` computes them in this order)::

    θ  = √(2 n B² log(nN/δ) / (pγ))
    g  = min(nB², μ (1 + a/3 + √(a²/9 + 2a))),   a = n B² log(nN/δ) / (pμ)
    E₀ = √(min(nB², τ + n B² √(ℓ/2p)) + ‖y‖²) + √(2gℓ)
    b̂  = √(1 + 2√(ℓ/p) + 2ℓ/p)
    m  = √(2/π) b̂² + 2 b̂ √(ℓ log(pN/δ) / p)
    h  = b̂ L₁² Λ √(2 log(2nN/δ) / p)
    U  = E₀ / (κγ)
    D  = b̂ L₁² Λ U
    g* = (√g + D/√p)²,   γ* = (√((1 − θ)γ) − D/√p)²
    s  = η b̂ L₁² Λ E₀ √g* / √p
    u  = b̂ L₁² Λ U √g* / √p
    v  = 2 L₁² L₂ Λ^{3/2} x U m / √p

**Theorem.** If ``θ < 1``, ``D/√p ≤ √((1 − θ)γ)`` and

    (i)  γ* − (s + h + u + v) ≥ κγ,      (ii)  η (g* + s + h + u + v + κγ) ≤ 2,

then with probability at least ``1 − δ``, for all t and all r,

* ``‖e(t+1)‖ ≤ (1 − ηκγ) ‖e(t)‖`` and ``‖e(0)‖ ≤ E₀``;
* ``‖w_r(t) − w_r(0)‖ ≤ |b_r| L₁ √Λ U / √p ≤ √(2 log(pN/δ)) L₁ √Λ U / √p``, ``‖W(t) − W(0)‖_F ≤ b̂ L₁ √Λ U``;
* ``|β_r(t) − β_r(0)| ≤ B √n U / √p``, ``‖β(t) − β(0)‖ ≤ √g* U``.

The same holds at every larger width: θ, g, E₀, b̂, m, h do not increase with p (each p stands in a denominator, alone
or as ``log(pN/δ)/p``, which decreases since ``pN/δ > e``; g increases with a, and ``a`` decreases with p), hence
neither do U, D/√p, g*, s, u, v, and γ* does not decrease. So the widths that satisfy (i) and (ii) are exactly those
from some width on.

**Proof, random part.** Each event at initialisation fails with probability at most δ/N.

1. ``λ_min(G) ≥ (1 − θ)γ``: ``G`` is a mean of p i.i.d. matrices ``ψψᵀ ⪰ 0`` with ``‖ψψᵀ‖ ≤ nB²``, so matrix Chernoff
   (Tropp 2012, Thm 1.1) gives ``n [e^{−θ}/(1−θ)^{1−θ}]^{pγ/(nB²)} ≤ n e^{−θ²pγ/(2nB²)}``. It holds with a lower bound
   γ of λ_min(Ḡ), since for a fixed threshold the bound decreases in λ_min(Ḡ).
2. ``λ_max(G) ≤ g``: the same theorem from above, ``n [e^c/(1+c)^{1+c}]^{pμ/(nB²)} ≤ n exp(−c²/(2 + 2c/3) · pμ/(nB²))``,
   and ``c = a/3 + √(a²/9 + 2a)`` solves ``c² = a (2 + 2c/3)``; ``λ_max(G) ≤ tr G ≤ nB²`` always.
3. ``tr G ≤ τ + nB² √(ℓ/2p)``: Hoeffding, a mean of p independent numbers in [0, nB²].
4. ``‖e(0)‖ ≤ E₀`` on events 2, 3: given W, the map ``β ↦ ‖Ψβ/√p − y‖`` is Lipschitz with constant ``‖Ψ‖₂/√p ≤ √g``,
   and has mean at most ``√(tr G + ‖y‖²)`` (Jensen); Gaussian concentration adds ``√(2gℓ)``.
5. ``‖b‖² ≤ p b̂²``: χ² tail of Laurent & Massart (2000).
6. ``‖H‖ ≤ h`` on event 5: given W and b, ``H = Σ_r β_r (b_r/p) A_r`` with ``A_r = diag(ψ'_r) XXᵀ diag(ψ'_r)``,
   ``‖A_r‖ ≤ L₁²Λ``, is a Gaussian series of symmetric matrices with
   ``‖Σ_r (b_r/p)² A_r²‖ ≤ b̂² L₁⁴ Λ² / p``; Tropp 2012, Thm 4.1.
7. ``max_r b_r² ≤ 2 log(pN/δ)``: ``P(|b_r| ≥ c) ≤ e^{−c²/2}``.
8. ``p⁻¹ Σ_r |β_r| b_r² ≤ m`` on events 5, 7: given b, a function of β with mean ``√(2/π) ‖b‖²/p`` and Lipschitz
   constant ``p⁻¹ (Σ_r b_r⁴)^{1/2} ≤ p⁻¹ max|b_r| ‖b‖``; Gaussian concentration.

**Proof, deterministic part.** Suppose the contraction up to time t. Then ``Σ_{s≤t} η‖e(s)‖ ≤ ηE₀ Σ_s (1 − ηκγ)^s ≤ U``,
so all states up to time t + 1 satisfy the following; ``Δ`` is a difference from the start.

* *First layer.* ``‖Δw_r‖ ≤ Σ_s (η/√p) |b_r| ‖Xᵀ(ψ'_r ∘ e)‖ ≤ |b_r| L₁ √Λ U/√p``; sum the squares for ``‖ΔW‖_F``.
* *Features.* ``‖ΔΨ‖_F ≤ L₁ ‖ΔW Xᵀ‖_F ≤ L₁ √Λ ‖ΔW‖_F ≤ D``. By Weyl ``√p (√g + D/√p)`` and ``√p (√((1−θ)γ) − D/√p)``
  bound the singular values of Ψ(t), so ``γ* ≤ λ_min(G(t))`` and ``λ_max(G(t)) ≤ g*``. (The square root is taken
  before the drift is subtracted, so the drift costs ``2√γ D/√p`` and not ``2√g D/√p``.)
* *One step.* ``G̃ − G(t) = (Ψ⁺ − Ψ)Ψᵀ/p`` and ``‖Ψ⁺ − Ψ‖_F ≤ η b̂ L₁² Λ ‖e(t)‖``, hence ``‖G̃ − G(t)‖ ≤ s``.
* *Output weights.* ``‖Δβ‖ ≤ Σ_s (η/√p) ‖Ψᵀe‖ ≤ √g* U``, and for one of them ``|Δβ_r| ≤ B√n U/√p``.
* *Feedback kernel.* Write ``Ã_r = diag(s_r) XXᵀ diag(ψ'_r(t))`` with the secant slopes ``s_r``, so that
  ``H̃ = p⁻¹ Σ_r β_r b_r Ã_r``. Then ``H̃ − H(0) = p⁻¹ Σ_r Δβ_r b_r Ã_r + p⁻¹ Σ_r β_r(0) b_r (Ã_r − A_r)``. The first
  sum is at most ``p⁻¹ ‖Δβ‖ ‖b‖ L₁²Λ ≤ u``. In the second, secant slopes are averages of slopes in the ball around
  ``w_r(0)``, so slopes differ from those at the start by at most ``L₂ x ‖Δw_r‖`` and
  ``‖Ã_r − A_r‖ ≤ 2 L₁ L₂ Λ x |b_r| L₁ √Λ U/√p``; the sum is at most v.
* *Contraction.* By the secant-kernel identity ``e(t+1) = (I − ηG̃ − ηH̃) e(t)``, and ``G(t)`` is symmetric:
  ``‖I − ηG̃ − ηH̃‖ ≤ max(1 − ηγ*, ηg* − 1) + η(s + h + u + v)``, which is at most ``1 − ηκγ`` by (i) and (ii). ∎

**Compared with the paper** (rate ``1 − ηγ/4``, width of order ``n⁴ log p/γ⁴``): no ``log p`` in the leading term,
since only sums over neurons are bounded; every δ under a logarithm; ``κ = ½`` gives the faster rate ``1 − ηγ/2`` at a
smaller width; and η may be as large as ``2/(λ_max(Ḡ) + κγ)``. With Λ, μ and ``‖y‖²/n`` of order 1 the width is of
order ``n/γ⁴``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flint import arb, fmpq

from fa_theory.checker.ranges import steepest
from fa_theory.errors import InputError
from fa_theory.model.activations import ACTIVATIONS, Activation

if TYPE_CHECKING:
    import sympy

EVENTS = 8
"""Number N of events that share the failure probability."""


def supremum(psi: Activation, order: int) -> arb:
    """``sup |ψ⁽ᵒʳᵈᵉʳ⁾|`` as a ball.

    Raises
    ------
    InputError
        If it is infinite.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> supremum(activation("sigmoid"), 1) == arb(1) / 4
    True
    """
    if order == 1:
        return steepest(psi.name)
    if psi.bounds[order] == "oo":
        what = ("ψ", "ψ'", "ψ''")[order]
        good = [name for name, other in ACTIVATIONS.items() if "oo" not in other.bounds]
        raise InputError(
            f"{psi.name!r} has unbounded {what}; the theorem needs a bound: use {', '.join(good[:-1])} or {good[-1]}"
        )
    return _ball(psi.supremum(order))


def _ball(value: sympy.Expr) -> arb:
    """A constant made of rationals, π, roots and exponentials as a ball."""
    import sympy

    if isinstance(value, sympy.Rational):
        return arb(fmpq(int(value.p), int(value.q)))
    if value is sympy.pi:
        return arb.pi()
    parts = [_ball(part) for part in value.args]
    if isinstance(value, sympy.exp):
        return parts[0].exp()
    if isinstance(value, sympy.Pow):
        return parts[0] ** parts[1]
    total = parts[0]
    for part in parts[1:]:
        total = total * part if isinstance(value, sympy.Mul) else total + part
    return total


@dataclass(frozen=True, slots=True)
class AtWidth:
    """The quantities of the theorem at one width, named as in the module's text."""

    theta: arb
    top: arb
    start: arb
    feedback: arb
    weight: arb
    trace: arb
    reach: arb
    moved: arb
    top_later: arb
    bottom_later: arb | None
    """γ*, or None unless certainly ``θ < 1`` and ``D/√p ≤ √((1 − θ)γ)``."""
    kernel: dict[str, arb]
    """h, s, u and v: the contributions to the deviation of ``G̃ + H̃`` from ``G(t)``."""


@dataclass(frozen=True, slots=True)
class Setting:
    """All data of the theorem: of the samples, the activation and the requirements; each a ball.

    Attributes
    ----------
    n
        Number of samples.
    value, slope, bend
        ``B, L₁, L₂``.
    spread, longest, target
        ``Λ = ‖X‖₂²``, ``x = max ‖x_i‖``, ``‖y‖``; upper bounds suffice.
    gamma, top, trace
        A lower bound on ``λ_min(Ḡ)``, upper bounds on ``λ_max(Ḡ)`` and ``tr Ḡ``.
    eta, delta, share
        η, δ and κ.
    """

    n: int
    value: arb
    slope: arb
    bend: arb
    spread: arb
    longest: arb
    target: arb
    gamma: arb
    top: arb
    trace: arb
    eta: arb
    delta: arb
    share: arb

    def at(self, p: int) -> AtWidth:
        """The quantities at width p, in the order of the theorem."""
        each = EVENTS / self.delta
        log, most = each.log(), self.n * self.value**2
        root = arb(p).sqrt()
        pull = self.slope**2 * self.spread
        theta = (2 * most * (self.n * each).log() / (p * self.gamma)).sqrt()
        a = most * (self.n * each).log() / (p * self.top)
        top = (self.top * (1 + a / 3 + (a * a / 9 + 2 * a).sqrt())).min(most)
        trace = (self.trace + most * (log / (2 * p)).sqrt()).min(most)
        start = (trace + self.target**2).sqrt() + (2 * top * log).sqrt()
        feedback = (1 + 2 * (log / p).sqrt() + 2 * log / p).sqrt()
        weight = (2 / arb.pi()).sqrt() * feedback**2 + 2 * feedback * (log * (p * each).log() / p).sqrt()
        reach = start / (self.share * self.gamma)
        moved = feedback * pull * reach
        top_later = (top.sqrt() + moved / root) ** 2
        bottom = ((1 - theta) * self.gamma).sqrt() - moved / root if theta < 1 else arb("nan")
        kernel = {
            "feedback kernel at the start": feedback * pull * (2 * (2 * self.n * each).log() / p).sqrt(),
            "one step of the features": self.eta * feedback * pull * start * top_later.sqrt() / root,
            "drift of the output weights": moved * top_later.sqrt() / root,
            "drift of the slopes": 2 * pull * self.bend * self.spread.sqrt() * self.longest * reach * weight / root,
        }
        return AtWidth(
            theta=theta,
            top=top,
            start=start,
            feedback=feedback,
            weight=weight,
            trace=trace,
            reach=reach,
            moved=moved,
            top_later=top_later,
            bottom_later=bottom**2 if bottom >= 0 else None,
            kernel=kernel,
        )

    def contracts(self, p: int) -> bool:
        """Whether condition (i) and those before it certainly hold."""
        q = self.at(p)
        return q.bottom_later is not None and bool(
            q.bottom_later - sum(q.kernel.values(), arb(0)) >= self.share * self.gamma
        )

    def slow(self, p: int) -> bool:
        """Whether condition (ii) certainly holds."""
        q = self.at(p)
        return bool(self.eta * (q.top_later + sum(q.kernel.values(), arb(0)) + self.share * self.gamma) <= 2)
