"""The first T steps of a network of any depth, enclosed: every exact run stays close to a stored one.

Notation as in `deep`. The *stored* network has dyadic weights W̃; Ŵ is what one exact step makes of it, and W̃⁺ is Ŵ
rounded, ``‖Ŵ_lr − W̃⁺_lr‖ ≤ δ_lr`` for every row r of layer l. Both are followed in narrow balls. The *run* is the
exact one, and starts at the stored network. Let

    ‖W_lr − W̃_lr‖₂ ≤ ν_lr,      ‖e − ẽ‖₂ ≤ ε.

Then H_l and G_l of the run are within bounds of those of the stored network, as `rows` has it, with hats for largest
sizes in them and δ for the bounds. With n rows h, ``‖(W_l − W̃_l) h‖ ≤ ‖ν_l‖ ‖h‖``, entry by entry ``ν_lr ‖h‖``, and
``‖v (W_l − W̃_l)‖ ≤ Σ_r |v_r| ν_lr``; all else is as in a sweep.

Theorem. After the step, with H = H_{l−1} and G = G_l,

    (5)   ν⁺_lr = ν_lr + η s_l u_lr + δ_lr,
          u_lr = Σ_b δG_br |ẽ_b| ‖Ĥ_b‖ + ε (Σ_b Ĝ_br² ‖Ĥ_b‖²)^½ + Σ_b |G̃_br ẽ_b| ‖δH_b‖
    (6)   ε⁺ = ‖I − ηK̃~‖₂ ε + η ‖ΔK‖_F (‖ẽ‖₂ + ε) + ‖ê − ẽ⁺‖₂

bound the run again. Here K̃~ is the kernel of the exact step from W̃ to Ŵ, ΔK bounds, entry by entry, how far that of
the run is from it, and ê is the error at Ŵ.

Proof. The step of the run and that of the stored network subtract ``η s_l Σ_b G_br e_b H_b`` and
``η s_l Σ_b G̃_br ẽ_b H̃_b`` from row r, and

    G e H − G̃ ẽ H̃ = (G − G̃) ẽ H + G (e − ẽ) H + G̃ ẽ (H − H̃),

term by term; Cauchy–Schwarz over b for the second. So ``‖W⁺_lr − Ŵ_lr‖ ≤ ν_lr + η s_l u_lr``, and (5) follows. Both
steps obey (1) of `deep`: ``e⁺ − ê = (I − ηK̃~)(e − ẽ) − η (K̃ − K̃~) e``. ∎

In ΔK the two kernels have h⁺ at W⁺ and Ŵ, which are at most ν⁺ apart, and J with secant slopes between z and z⁺. A
secant slope is the mean of ψ' over the way from z to z⁺. So two of them differ by at most ``sup|ψ''| (δz + δz⁺)/2``.
That of the stored step differs from ``(ψ'(z) + ψ'(ẑ))/2`` by at most ``sup|ψ''| |ẑ − z|/4``, as the distance of a point
of the way to the nearer end is a quarter of ``|ẑ − z|`` on average. If ψ' jumps, the slopes are from the range of ψ'
over z and ẑ, and differ by no more than its width over both networks.

Where F moves with W, F of the run is as far from that of the stored network, ``B(0) + W̃ − W(0)`` for Kolen–Pollack, as
W is from W̃. Where it depends on signs of W, ``|W̃_l|_rc > ν_lr`` must hold for all l ≥ 2 at every step. Balls around Ŵ
contain W̃⁺, too; so do all balls made from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import add, mul

from flint import arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker import ranges
from fa_theory.checker.linalg import elementwise, euclidean, identity, spectral_norm

from .deep import ExactDeepState, off_behind, off_in_front
from .rows import Map, Rows, around, capped, carried, greatest, known, products, squares, times_within

_UNIT, _HALF = arb(0, 1), arb(0.5)
Watch = Callable[[int, int], object]
_RENEWED = 32
"""Steps between two computations of the norms of weights; in between they grow by what the weights move."""


def unwatched(step: int, steps: int) -> None:
    """Nothing."""


@dataclass(frozen=True)
class ShadowedState:
    """The state after T steps."""

    state: ExactDeepState
    """With the stored weights; B of Kolen–Pollack, which moves with them, in narrow balls."""
    nu: list[list[arb]]
    """By layer and row, how far the weights of the run are from them at most."""
    eps: arb
    """How far the error of the run is from that of the stored network at most."""


@dataclass(frozen=True)
class _Forward:
    """What the inputs do on their way: in narrow balls, and how far the run may be from there."""

    z: list[arb_mat]
    slopes: list[arb_mat]
    e: arb_mat
    H: list[Rows]
    dz: list[arb_mat]
    off: list[arb_mat]
    """Of the slopes."""


class _Shadow:
    """The stored network and the bounds, at one step after the other."""

    def __init__(self, state: ExactDeepState) -> None:
        self.state, self.depth, self.k = state, len(state.W), state.y.ncols()
        psi = ranges.known(state.activation)
        self.pair, self.slope, self.curvature = psi.narrow, psi.slope, ranges.curvature(state.activation)
        self.scales = [state.scale(layer) for layer in range(1, self.depth + 1)]
        self.X = arb_mat([row for row in state.X.tolist() for _ in range(self.k)])
        self.y = doc.column(state.y.entries())
        self.units = arb_mat([[arb(a % self.k == b) for b in range(self.k)] for a in range(self.X.nrows())])
        self.W, self.balls = list(state.W), list(state.W)
        self.nu, self.eps = [[arb(0)] * W.nrows() for W in self.W], arb(0)
        self.norms: list[arb] = []
        constant = not (state.rule.moves or state.rule.signs)
        self.constant = [Map.of(B) for B in state.B] if constant else []
        self.renew()
        self.now = self.forward()

    def renew(self) -> None:
        """Compute the norms of the weights."""
        self.norms = [arb(0), *(spectral_norm(W, 5) for W in self.balls[1:])]

    def both(self, z: arb_mat) -> tuple[arb_mat, arb_mat]:
        """ψ and ψ'."""
        values, slopes = self.pair(z.entries())
        return arb_mat(z.nrows(), z.ncols(), values), arb_mat(z.nrows(), z.ncols(), slopes)

    def forward(self) -> _Forward:
        """From the balls of the weights and ν."""
        self.maps = [Map.coarse(W, norm) for W, norm in zip(self.balls[1:], self.norms[1:], strict=True)]
        z, H, slopes, dz, off = [self.X * self.balls[0].transpose()], [known(self.X)], [], [], []
        for at in range(self.depth - 1):
            scale = self.scales[at]
            value, slope = self.both(z[-1])
            radius, reach = off_in_front(H[-1], self.nu[at], scale)
            if at > 0:
                entries, norms = carried(H[-1], self.maps[at - 1].turned())
                radius, reach = radius + entries * scale, [x + y * scale for x, y in zip(reach, norms, strict=True)]
            radius, reach = capped(radius, reach)
            values, steep = self.both(z[-1] + radius * _UNIT)
            most = [greatest(list(map(arb.abs_upper, row))) for row in steep.tolist()]
            H.append(around(value, elementwise(arb.abs_upper, values - value), list(map(mul, most, reach))))
            slopes.append(slope)
            dz.append(radius)
            off.append(elementwise(arb.abs_upper, steep - slope))
            z.append(value * self.balls[at + 1].transpose() * self.scales[at + 1])
        out = doc.column([z[-1][a, a % self.k] for a in range(self.units.nrows())])
        return _Forward(z, slopes, out - self.y, H, dz, off)

    def feedback(self) -> list[Map]:
        """F of the stored network, for layers 2 to L."""
        if self.constant:
            return self.constant
        rule = self.state.rule
        if rule.moves and not rule.stored:
            return self.maps
        B = self.moved() or self.W[1:]
        return [Map.of(rule.through(W, b)) for W, b in zip(self.W[1:], B, strict=True)]

    def moved(self) -> list[arb_mat]:
        """B of the stored network."""
        state = self.state
        if not state.rule.moves:
            return state.B
        return [B + (W - W0) for B, W, W0 in zip(state.B, self.W[1:], state.W[1:], strict=bool(state.B))]

    def behind(self, V: Rows, M: Map, moves: bool, layer: int) -> Rows:
        """From rows at one layer to those below it, before the slopes."""
        scale, (radius, reach) = self.scales[layer], carried(V, M)
        if moves:
            entries, norms = off_behind(V, self.nu[layer], M.matrix.ncols())
            radius, reach = radius + entries, list(map(add, reach, norms))
        return around(V.centre * M.matrix * scale, radius * scale, [x * scale for x in reach])

    def sent(self) -> list[Rows]:
        """G_1, …, G_L."""
        G, rule, feedback = [known(self.units)], self.state.rule, self.feedback()
        for at in range(self.depth - 2, -1, -1):
            above = known(self.units) if rule.direct else G[0]
            back = self.behind(above, feedback[at], rule.moves, at + 1)
            G.insert(0, times_within(back, self.now.slopes[at], self.now.off[at]))
        return G

    def secants(self, later: _Forward) -> list[tuple[arb_mat, arb_mat]]:
        """Secant slopes of the stored step, and how far those of the run may be from them."""
        found = []
        for at in range(self.depth - 1):
            z, dz, after, dafter = self.now.z[at], self.now.dz[at], later.z[at], later.dz[at]
            if self.curvature.is_finite():
                middle = (self.now.slopes[at] + later.slopes[at]) * _HALF + (after - z) * _UNIT * (self.curvature / 4)
                off = (dz + dafter) * (self.curvature / 2)
            else:
                middle = elementwise(lambda x, y: self.slope(x.union(y)), z, after)
                wide = (elementwise(lambda x, r: x + arb(0, r), *pair) for pair in ((z, dz), (after, dafter)))
                off = elementwise(lambda x, y: 2 * self.slope(x.union(y)).rad(), *wide)
            found.append((middle, elementwise(arb.upper, off)))
        return found

    def step(self, renew: bool) -> str:
        """One step; why it fails, or nothing."""
        state, now, G = self.state, self.now, self.sent()
        maps, size = self.maps, elementwise(arb.abs_upper, now.e)
        errors, nu = now.e.entries(), []
        for at, (scale, H, g) in enumerate(zip(self.scales, now.H, G, strict=True)):
            lengths, reach = doc.column(H.longest), doc.column(H.reach)
            first = g.radius.transpose() * elementwise(mul, size, lengths)
            third = g.sizes.transpose() * elementwise(mul, size, reach)
            second = squares(g.most).transpose() * squares(lengths)
            u = [
                x + self.eps * y.sqrt() + v
                for x, y, v in zip(*(A.entries() for A in (first, second, third)), strict=True)
            ]
            sent = arb_mat([[x * e for x in row] for e, row in zip(errors, g.centre.tolist(), strict=True)])
            ball = self.W[at] - sent.transpose() * (H.centre * (state.eta * scale))
            self.W[at], self.balls[at] = ball.mid(), ball
            if at > 0:
                moved = state.eta * scale * length_of_sum(sent, H.centre)
                self.norms[at] = (self.norms[at] + moved).upper()
            each = zip(self.nu[at], u, lengths_of_rows(ball - self.W[at]), strict=True)
            nu.append([(old + state.eta * scale * x + r).upper() for old, x, r in each])
        before, self.nu = self.nu, nu
        if renew:
            self.renew()
        later = self.forward()
        after, self.nu = self.nu, before
        J = [known(self.units)]
        for at, (middle, off) in reversed(list(enumerate(self.secants(later)))):
            J.insert(0, times_within(self.behind(J[0], maps[at], True, at + 1), middle, off))
        self.nu = after
        m = self.units.nrows()
        K, spread = arb_mat(m, m), arb_mat(m, m)
        for scale, new, old, j, g in zip(self.scales, later.H, now.H, J, G, strict=True):
            (x, dx), (y, dy) = products(new, old), products(j, g)
            K += elementwise(mul, x, y) * (scale * scale)
            wide = elementwise(lambda a, da, b, db: abs(a) * db + da * abs(b) + da * db, x, dx, y, dy)
            spread += wide * (scale * scale)
        kept = spectral_norm(identity(m) - K * state.eta) * self.eps
        drift = state.eta * euclidean(spread.entries()) * (euclidean(now.e.entries()) + self.eps)
        self.eps = (kept + drift + euclidean([2 * x.rad() for x in later.e.entries()])).upper()
        self.now = later
        if not self.eps < 1:
            return "the enclosure is lost"
        if state.rule.signs and not self.signs_known():
            return "the sign of a weight is not known"
        return ""

    def signs_known(self) -> bool:
        """Whether the run has the signs of the stored network past the first layer."""
        return all(
            abs(x) > r
            for W, nu in zip(self.W[1:], self.nu[1:], strict=True)
            for row, r in zip(W.tolist(), nu, strict=True)
            for x in row
        )


def lengths_of_rows(A: arb_mat) -> list[arb]:
    """Upper bounds on the norms of the rows."""
    return [x.abs_upper().sqrt().upper() for x in (squares(A) * arb_mat(A.ncols(), 1, [1] * A.ncols())).entries()]


def length_of_sum(U: arb_mat, V: arb_mat) -> arb:
    """Upper bound on ``‖UᵀV‖_F``, whose square is ``Σ_ab (u_a·u_b)(v_a·v_b)`` over the rows."""
    products = elementwise(mul, U * U.transpose(), V * V.transpose())
    return sum(products.entries(), arb(0)).abs_upper().sqrt().upper()


def enclose_deep(
    state: ExactDeepState, steps: int, *, bits: int, watch: Watch = unwatched
) -> ShadowedState | tuple[int, str]:
    """Enclose the state after some steps without regularisation.

    Parameters
    ----------
    state
        The exact initial data.
    steps
        T.
    bits
        Working precision.
    watch
        Called after every step with its number and T.

    Returns
    -------
    ShadowedState or (int, str)
        Or the step at which the enclosure became too wide, and why.
    """
    with ctx.workprec(bits):
        shadow = _Shadow(state)
        for t in range(steps):
            reason = shadow.step(t % _RENEWED == _RENEWED - 1)
            if reason:
                return t, f"{reason} at step {t} of {steps}: {bits} bits are too few"
            watch(t + 1, steps)
        return ShadowedState(state._replace(W=shadow.W, B=shadow.moved()), shadow.nu, shadow.eps)
