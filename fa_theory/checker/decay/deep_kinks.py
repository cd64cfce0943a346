"""Contraction at any depth on a tube in which some slopes are wide: ReLU neurons at their kinks.

Condition (4) of `deep` adds up absolute values where an uncertain slope moves many entries of the kernel together. Here
every wide slope is kept apart, to first order. As in that module, let ``s = m + θρ`` for a wide slope in the tube,
``|θ| ≤ 1``, and ``|s − m| ≤ δ`` for a narrow one, with m the centres that the checker chose; ρ is 0 for narrow
slopes and δ for wide ones. Write a star for centres. A wide slope w of neuron r in layer l₀, for error a, moves rows a
of J_{l₀}, J_{l₀−1}, … by θ_w times

    j^w_{l₀} = ρ (s_{l₀+1} J*_{l₀+1,a} W_{l₀+1})_r 1_r,         j^w_l = (s_{l+1} j^w_{l+1} W_{l+1}) ∘ m_l   for l < l₀,

and what is left, ``J_l = J*_l + Σ_w θ_w j^w_l + ΔJ_l``, obeys, with ``b = s_{l+1} J*_{l+1} W_{l+1}``,
``p = Σ_w |s_{l+1} j^w_{l+1} W_{l+1}|`` and ŝ the largest slopes,

    |ΔJ_l| ≤ |b| ∘ δ + p ∘ (ρ + δ) + s_{l+1} (what ΔJ_{l+1} becomes through W_{l+1}, and (3)) ∘ ŝ.

For ``J_l = (b + Σ_w θ_w s_{l+1} j^w_{l+1} W_{l+1} + rest) ∘ (m + θρ + δ)``, and multiplying out leaves ``b∘m``, which
is J*_l, the terms of first order above, and this. The same holds for G, with F for W, with (3) only where F moves, and
with nothing from above for a direct rule. Multiplying out (1), the kernels on the tube are

    K̃ = N + Δ + Σ_w θ_w u_w v_wᵀ,   |Δ| ≤ R,   N_ab = Σ_l s_l² (h_a·h_b)* (J_l,a·G_l,b)*,

with ``u = 1_a``, ``v_b = Σ_l s_l² (h_a·h_b)* j^w_l·G*_l,b`` for a slope in J, and for one in G
``u_a = Σ_l s_l² (h_a·h_b)* J*_l,a·g^w_l``, ``v = 1_b``. R is the sum over l of ``s_l²`` times two parts: |(h_a·h_b)*|
times ``Σ|j^w|·Σ|g^w| + |ΔJ|·Ĝ + (|J*| + Σ|j^w|)·|ΔG|``, and δ(h_a·h_b) times the largest |J_a·G_b|.

Theorem. Let ``A = C(I − ηN)C⁻¹``. With any t_w > 0 and τ_ab > 0 let

    E = η Σ_w t_w (Cu_w)(Cu_w)ᵀ + η C diag(Σ_b R_ab τ_ab) Cᵀ,
    F = η Σ_w t_w⁻¹ (C⁻ᵀv_w)(C⁻ᵀv_w)ᵀ + η C⁻ᵀ diag(Σ_a R_ab/τ_ab) C⁻¹.

If q > 0 and

    (4')   ( q² I − F     Aᵀ   )
           (     A      I − E  )  ≻ 0

then ``‖C(I − ηK̃)C⁻¹‖₂ < q`` for all kernels on the tube, and (4') can replace (4) of `deep`.

Proof. For all vectors x, y, as ``2|αβ| ≤ τα² + β²/τ``,

    −2ηθ_w (yᵀCu_w)(v_wᵀC⁻¹x) ≥ −η t_w (yᵀCu_w)² − η t_w⁻¹ (v_wᵀC⁻¹x)²,
    −2ηyᵀCΔC⁻¹x ≥ −η Σ_ab R_ab (τ_ab (Cᵀy)_a² + (C⁻¹x)_b²/τ_ab).

So with ``M = C(I − ηK̃)C⁻¹`` the form ``q²|x|² + 2yᵀMx + |y|²`` is at least that of (4') at (x, y), hence positive
unless x = y = 0; at y = −Mx it is ``q²|x|² − |Mx|²``. ∎

The t_w make Cu_w and C⁻ᵀv_w about equally long, and ``τ_ab = ‖C⁻ᵀ1_b‖/‖C1_a‖``.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING

from flint import arb, arb_mat

from fa_theory.checker.linalg import elementwise, euclidean, identity, positive_definite

from .kinks import beside, length, weighted
from .rows import Map, Rows, added, around, ceiling, greatest, inner, outer, products, scaled, through

if TYPE_CHECKING:
    from .deep import DeepTube, Sweep

WIDE = 0.125
"""Distance from the centre from which a slope is treated as wide. Any choice is sound."""
MAX_WIDE = 4000
"""Largest number of wide slopes times errors; larger problems are not attempted."""


@dataclass(frozen=True)
class _Layer:
    """J or G at one layer, without its centre."""

    owners: list[int]
    """The error that each wide slope belongs to."""
    terms: list[list[arb]]
    """``j^w``, one row for each of them."""
    first: arb_mat
    """``Σ_w |j^w|``, error by error."""
    rest: Rows
    """Bounds on ΔJ; the centre is 0."""


@dataclass(frozen=True)
class Expansion:
    """The kernels on a tube, ``N + Δ + Σ_w θ_w u_w v_wᵀ``."""

    N: arb_mat
    R: arb_mat
    """Exact numbers."""
    U: list[list[arb]]
    V: list[list[arb]]
    """First the slopes in J, then those in G."""


def expansion(sweep: Sweep, tube: DeepTube, slopes: list[arb_mat]) -> Expansion | None:
    """Keep wide slopes apart; None if they are too many.

    Parameters
    ----------
    sweep, tube, slopes
        A tube that no step leaves, and the slopes in it.
    """
    off = [elementwise(lambda s, m: (s - m).abs_upper(), *pair) for pair in zip(slopes, sweep.middle, strict=True)]
    m, rule = sweep.units.nrows(), sweep.state.rule
    wide = [[[not x < WIDE for x in row] for row in M.tolist()] for M in off]
    if sum(x for M in wide for row in M for x in row) * m > MAX_WIDE:
        return None
    in_J = _path(sweep, tube, tube.J, sweep.back, off, wide, moves=True, direct=False)
    in_G = _path(sweep, tube, tube.G, sweep.feedback, off, wide, moves=rule.moves, direct=rule.direct)
    N, R = arb_mat(m, m), arb_mat(m, m)
    from_J, from_G = ([[arb(0)] * m for _ in side[0].owners] for side in (in_J, in_G))
    for scale, H, G, J, g, j in zip(sweep.scales, tube.H, tube.G, tube.J, in_G, in_J, strict=True):
        square, (x, dx), (y, dy) = scale * scale, products(H, H), products(J, G)
        N += elementwise(mul, x, y) * square
        sizes = J.sizes + j.first
        sized = [euclidean(row) for row in sizes.tolist()]
        rest = j.first * g.first.transpose()
        rest += _smaller(j.rest.radius * G.most.transpose(), outer(j.rest.reach, G.longest))
        rest += _smaller(sizes * g.rest.radius.transpose(), outer(sized, g.rest.reach))
        R += elementwise(lambda x, dx, y, dy, r: abs(x) * r + dx * (abs(y) + dy), x, dx, y, dy, rest) * square
        for layer, other, total in ((j, G, from_J), (g, J, from_G)):
            moved = (arb_mat(layer.terms) * other.centre.transpose()).tolist() if layer.terms else []
            for w, (owner, row) in enumerate(zip(layer.owners, moved, strict=True)):
                total[w] = [s + square * x[owner, b] * row[b] for b, s in enumerate(total[w])]
    units = identity(m).tolist()
    U = [*(units[a] for a in in_J[0].owners), *from_G]
    V = [*from_J, *(units[b] for b in in_G[0].owners)]
    return Expansion(N.mid(), ceiling(R + elementwise(arb.rad, N)), U, V)


def contract(kernels: Expansion, C: arb_mat, Ci: arb_mat, q: arb, eta: arb) -> bool:
    """Whether (4') certainly holds for a norm, its inverse, a rate and a step size."""
    m, R = C.nrows(), kernels.R
    A = C * (identity(m) - kernels.N * eta) * Ci
    mu, nu = [length(column) for column in C.transpose().tolist()], [length(row) for row in Ci.tolist()]
    on_rows = [x / size for x, size in zip((arb_mat([nu]) * R.transpose()).entries(), mu, strict=True)]
    on_columns = [x / size for x, size in zip((arb_mat([mu]) * R).entries(), nu, strict=True)]
    E, F = weighted(C, on_rows), weighted(Ci.transpose(), on_columns)
    if kernels.U:
        CU, CV = C * arb_mat(kernels.U).transpose(), Ci.transpose() * arb_mat(kernels.V).transpose()
        pairs = zip(CU.transpose().tolist(), CV.transpose().tolist(), strict=True)
        t = [(length(v) / length(u)).mid() for u, v in pairs]
        E, F = E + weighted(CU, t), F + weighted(CV, [1 / x for x in t])
    top, bottom = identity(m) * (q * q) - F * eta, identity(m) - E * eta
    return bool(q > 0) and positive_definite(arb_mat([*beside(top, A.transpose()), *beside(A, bottom)]))


def _smaller(by_entry: arb_mat, by_norm: arb_mat) -> arb_mat:
    return elementwise(lambda x, y: x.upper().min(y.upper()), by_entry, by_norm)


def _path(
    sweep: Sweep,
    tube: DeepTube,
    rows: list[Rows],
    maps: list[Map],
    off: list[arb_mat],
    wide: list[list[list[bool]]],
    *,
    moves: bool,
    direct: bool,
) -> list[_Layer]:
    """J or G, from the last layer to the first: the terms of first order, and the rest."""
    m, k = sweep.units.nrows(), sweep.units.ncols()
    owners: list[int] = []
    terms: list[list[arb]] = []
    nothing = arb_mat(m, k)
    rest = Rows(nothing, nothing, [arb(0)] * m)
    found = [_Layer([], [], nothing, rest)]
    for at in range(sweep.depth - 2, -1, -1):
        scale, M, middle = sweep.scales[at + 1], maps[at], sweep.middle[at]
        w = middle.ncols()
        zero = arb_mat(m, w)
        back = (sweep.units if direct else rows[at + 1].centre) * M.matrix * scale
        if direct:
            rest, terms = Rows(zero, zero, [arb(0)] * m), [[arb(0)] * w for _ in terms]
        else:
            rest = through(rest, M)
            if moves:
                rest = added(
                    rest, *sweep.pushed(inner(rows[at + 1], tube.G[at + 1]), tube.H[at + 1], sweep.scales[at + 1])
                )
                rest = added(rest, *sweep.off_behind(rows[at + 1], at + 1))
            rest = scaled(rest, scale)
            terms = (arb_mat(terms) * M.matrix * scale).tolist() if terms else []
        carried = _by_owner(terms, owners, m, w)
        sizes = elementwise(arb.abs_upper, back)
        narrow = [
            x * (arb(0) if kept else d)
            for x, d, kept in zip(sizes.entries(), off[at].entries(), (x for row in wide[at] for x in row), strict=True)
        ]
        moved = arb_mat(m, w, narrow) + elementwise(mul, carried, off[at])
        steepest = elementwise(lambda c, d: (c.abs_upper() + d).upper(), middle, off[at])
        each = zip(moved.tolist(), steepest.tolist(), rest.reach, strict=True)
        reach = [euclidean(row) + greatest(steep) * r for row, steep, r in each]
        rest = around(zero, moved + elementwise(mul, rest.radius, steepest), reach)
        centre, slack = middle.tolist(), off[at]
        terms = [list(map(mul, row, centre[a])) for a, row in zip(owners, terms, strict=True)]
        for a in range(m):
            for r in range(w):
                if wide[at][a][r]:
                    owners = [*owners, a]
                    terms.append([back[a, r] * slack[a, r] if c == r else arb(0) for c in range(w)])
        found.insert(0, _Layer(owners, terms, _by_owner(terms, owners, m, w), rest))
    return found


def _by_owner(terms: list[list[arb]], owners: list[int], m: int, w: int) -> arb_mat:
    """The sum of absolute values, error by error."""
    total = [[arb(0)] * w for _ in range(m)]
    for a, row in zip(owners, terms, strict=True):
        total[a] = [(s + x.abs_upper()).upper() for s, x in zip(total[a], row, strict=True)]
    return arb_mat(total)
