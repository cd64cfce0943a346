"""Steps of the shadow of a few neurons against a second writing in floats, and against runs in high precision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from deep_certificates import Run
from flint import arb, arb_mat, ctx
from test_deep_twice import RULES, SHAPES, document, floats, problem_near

from fa_theory.checker.decay import deep, deep_shadow, deep_start
from fa_theory.checker.linalg import euclidean, up
from fa_theory.enclosure.deep_rows import FloatRows, inner
from fa_theory.model.deep_problem import DeepProblem


def largest(low: Any, high: Any) -> Any:
    return np.maximum(abs(low), abs(high))


def two(A: Any) -> float:
    return float(np.linalg.norm(A, 2))


class Twice:
    """(5) and (6) in floats."""

    def __init__(self, problem: DeepProblem, shadow: Any) -> None:
        self.problem, self.shadow, self.psi = problem, shadow, problem.network.psi
        self.k, self.scales = problem.y.shape[1], [float(s) for s in shadow.scales]
        self.X, self.y = np.repeat(problem.X, self.k, axis=0), problem.y.ravel()
        self.W, self.units = [floats(W) for W in shadow.state.W], np.tile(np.eye(self.k), (len(problem.X), 1))
        self.nu, self.eps = [np.array([float(x) for x in nu]) for nu in shadow.nu], float(shadow.eps)
        self.moves = shadow.state.rule_name in ("bp", "kolen-pollack")

    def forward(self, W: Any, nu: Any) -> Any:
        z, H, dz, off, slopes = [self.X @ W[0].T], [FloatRows(self.X)], [], [], []
        for at, scale in enumerate(self.scales[:-1]):
            radius, reach = np.outer(H[-1].longest, nu[at]), np.linalg.norm(nu[at]) * H[-1].longest
            before = FloatRows(z[-1])
            if at:
                before = FloatRows(z[-1], scale * H[-1].radius @ abs(W[at]).T, scale * two(W[at]) * H[-1].reach)
            moved = FloatRows(z[-1], before.radius + scale * radius, before.reach + scale * reach)
            ends = z[-1] - moved.radius, z[-1] + moved.radius
            value, slope = self.psi.value(z[-1]), self.psi.slope(z[-1])
            (low, high), (flat, steep) = self.psi.value_bounds(*ends), self.psi.slope_bounds(*ends)
            H.append(
                FloatRows(value, largest(high - value, low - value), largest(flat, steep).max(axis=1) * moved.reach)
            )
            slopes.append(slope)
            dz.append(moved.radius)
            off.append(largest(steep - slope, flat - slope))
            z.append(self.scales[at + 1] * value @ W[at + 1].T)
        e = np.array([z[-1][a, a % self.k] for a in range(len(self.y))]) - self.y
        return z, H, dz, off, slopes, e

    def behind(self, V: FloatRows, M: Any, moves: bool, at: int, columns: bool) -> FloatRows:
        radius = V.radius @ abs(M)
        if columns:
            radius = np.minimum(radius, np.outer(V.reach, np.linalg.norm(M, axis=0)))
        found = FloatRows(V.centre @ M, radius, two(M) * V.reach)
        more = V.most @ self.nu[at] if moves else np.zeros(len(V.most))
        found = FloatRows(found.centre, found.radius + more[:, None], found.reach + more)
        s = self.scales[at]
        return FloatRows(s * found.centre, s * found.radius, s * found.reach)

    @staticmethod
    def times(A: FloatRows, middle: Any, off: Any) -> FloatRows:
        steepest, moved = abs(middle) + off, A.sizes * off
        reach = steepest.max(axis=1) * A.reach + np.linalg.norm(moved, axis=1)
        return FloatRows(A.centre * middle, A.radius * steepest + moved, reach)

    def step(self) -> tuple[Any, float]:
        eta, state = self.problem.eta, self.shadow.state
        z, H, dz, off, slopes, e = self.forward(self.W, self.nu)
        G, depth = [FloatRows(self.units)], len(self.W)
        for at in range(depth - 1, 0, -1):
            F = {"bp": self.W[at]}.get(state.rule_name)
            F = floats(state.backwards(at + 1)) if F is None else F
            above = FloatRows(self.units) if state.rule.direct else G[0]
            back = self.behind(above, F, self.moves, at, state.rule_name != "bp")
            G.insert(0, self.times(back, slopes[at - 1], off[at - 1]))
        nu, W = [], []
        for scale, h, g, w, old in zip(self.scales, H, G, self.W, self.nu, strict=True):
            u = g.radius.T @ (abs(e) * h.longest) + g.sizes.T @ (abs(e) * h.reach)
            u = u + self.eps * np.sqrt((g.most**2).T @ h.longest**2)
            nu.append(old + eta * scale * u)
            W.append(w - eta * scale * (g.centre * e[:, None]).T @ h.centre)
        z_, H_, dz_, _, _, _ = self.forward(W, nu)
        J = [FloatRows(self.units)]
        for at in range(depth - 1, 0, -1):
            back = self.behind(J[0], self.W[at], True, at, False)
            a, b, da, db = z[at - 1], z_[at - 1], dz[at - 1], dz_[at - 1]
            middle = np.mean(self.psi.slope_bounds(np.minimum(a, b), np.maximum(a, b)), axis=0)
            spread = self.psi.slope_bounds(np.minimum(a - da, b - db), np.maximum(a + da, b + db))
            most = float(self.shadow.curvature)
            J.insert(0, self.times(back, middle, (da + db) * most / 2 if most < 1e9 else spread[1] - spread[0]))
        m = len(self.units)
        K, R = np.zeros((m, m)), np.zeros((m, m))
        for scale, new, old, j, g in zip(self.scales, H_, H, J, G, strict=True):
            (x, dx), (y, dy) = inner(new, old), inner(j, g)
            K += scale**2 * x * y
            R += scale**2 * (abs(x) * dy + dx * abs(y) + dx * dy)
        eps = two(np.eye(m) - eta * K) * self.eps + eta * np.linalg.norm(R) * (np.linalg.norm(e) + self.eps)
        return nu, float(eps)


def shadow_of(problem: DeepProblem, nu: float, eps: float) -> Any:
    shadow = deep_shadow._Shadow(deep.DeepDecayFromState.read(document(problem, 0.5)).state)
    shadow.nu = [[arb(nu * (1 + at + r)) for r in range(W.nrows())] for at, W in enumerate(shadow.W)]
    shadow.eps = arb(eps)
    shadow.now = shadow.forward()
    return shadow


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_step_is_that_of_the_second_writing(rule: str, shape: Any) -> None:
    cases = (
        ("tanh", 1e-3, 0.01, 2e-3),
        ("softplus", 0.02, 1e-5, 0.1),
        ("relu", 0.05, 0.02, 0.1),
        ("softplus", 0.4, 0.01, 0.1),
        ("tanh", 0, 0.03, 0),
    )
    for psi, nu, eps, gap in cases:
        problem = problem_near(rule, psi, shape, gap=gap)
        with ctx.workprec(64):
            shadow = shadow_of(problem, nu, eps)
            before = Twice(problem, shadow)
            shadow.step(False)
        after, error = before.step()
        for found, its in zip(shadow.nu, after, strict=True):
            assert [float(x) for x in found] == pytest.approx(its, rel=1e-2)
        assert up(shadow.eps) == pytest.approx(error, rel=3e-2)


def test_norms_are_those_of_the_weights_or_more() -> None:
    with ctx.workprec(64):
        shadow = shadow_of(problem_near("bp", shape=SHAPES[1], gap=0.5), 0.0, 0.0)
        for renew in (False, False, True):
            before = [float(x) for x in shadow.norms]
            shadow.step(renew)
            true = [two(floats(W)) for W in shadow.W]
            for least, found, old in zip(true[1:], shadow.norms[1:], before[1:], strict=True):
                assert least <= float(found) * (1 + 1e-14)
                if renew:
                    assert found <= 1.01 * least
                else:
                    assert float(found) > old


@pytest.mark.parametrize("rule", RULES)
def test_what_is_rounded_at_every_step_is_counted(rule: str) -> None:
    """From exact weights on: all that keeps run and stored network apart is rounding."""
    doc = document(problem_near(rule, gap=0.5, shape=SHAPES[2]), 0.5)
    claim = deep.DeepDecayFromState.read(doc)
    for steps, bits, most in ((0, 32, 0.0), (1, 32, 2.0**-26), (2, 32, 2.0**-24), (40, 96, 2.0**-20)):
        seen: list[tuple[int, int]] = []
        end = deep_shadow.enclose_deep(claim.state, steps, bits=bits, watch=lambda t, T: seen.append((t, T)))  # noqa: B023
        assert seen == [(t + 1, steps) for t in range(steps)]
        assert not isinstance(end, tuple)
        with ctx.workprec(300):
            run = Run(doc)
            for _ in range(steps):
                run.step()
            for W, stored, nu in zip(run.W, end.state.W, end.nu, strict=True):
                for row, r in zip((W - stored).tolist(), nu, strict=True):
                    assert sum((x * x for x in row), arb(0)).sqrt() <= r <= most
            W = [floats(M) for M in end.state.W]
            assert [pytest.approx(floats(M), abs=1e-6) for M in run.W] == W
            off = run.step() - deep.Sweep(end.state).e
            size = sum((x.mid() ** 2 for x in off.entries()), arb(0)).sqrt().mid()
            assert (size <= end.eps <= most) if steps else (end.eps == 0)
        if rule == "kolen-pollack":
            moved = [floats(B) - floats(old) for B, old in zip(end.state.B, claim.state.B, strict=True)]
            for moved_B, now, then in zip(moved, end.state.W[1:], claim.state.W[1:], strict=True):
                assert moved_B == pytest.approx(floats(now) - floats(then), abs=1e-9)


def test_what_is_added_to_nu_is_not_rounded_away() -> None:
    """Errors of the size of 2⁻⁷⁴, and 64 bits."""
    with ctx.workprec(64):
        shadow = shadow_of(problem_near("bp", shape=SHAPES[1]), 0.25, 0.0)
        shadow.W = shadow.balls = [W * arb(2.0**-16) for W in shadow.W]  # so that they are rounded by less
        shadow.now = shadow.forward()
        before, e = shadow.nu, shadow.now.e
        shadow.now = replace(shadow.now, e=arb_mat(e.nrows(), 1, [arb(2.0**-74)] * e.nrows()))
        shadow.step(False)
    assert all(
        new > old for now, then in zip(shadow.nu, before, strict=True) for new, old in zip(now, then, strict=True)
    )


def test_two_errors_in_a_ball_are_its_diameter_apart() -> None:
    """Where the run starts at the stored network, ε is only what is not known of the error after the step."""
    with ctx.workprec(64):
        shadow = shadow_of(problem_near("bp", shape=SHAPES[2], gap=0.3), 0.0, 0.0)
        shadow.step(False)
        assert shadow.eps >= euclidean([2 * x.rad() for x in shadow.now.e.entries()]) > 0


@pytest.mark.parametrize("rule", ["usf", "sign"])
def test_signs_must_be_known_to_the_last_bit(rule: str) -> None:
    with ctx.workprec(64):
        shadow = shadow_of(problem_near(rule, shape=SHAPES[1], gap=0.0), 0.0, 0.0)
        for at in (1, 2):
            for r, row in enumerate(shadow.W[at].tolist()):
                least = min(abs(float(x)) for x in row)
                for factor, known in ((1 - 1e-9, True), (1.0, False), (1 + 1e-9, False)):
                    shadow.nu = [[arb(0)] * W.nrows() for W in shadow.W]
                    shadow.nu[at][r] = arb(least * factor)
                    assert shadow.signs_known() is known
        shadow.nu = [[arb(9)] * shadow.W[0].nrows(), *([arb(0)] * W.nrows() for W in shadow.W[1:])]
        assert shadow.signs_known()
        shadow.nu = [[arb(0)] * W.nrows() for W in shadow.W]
        shadow.W[1][0, 0] = arb(1e-12)
        shadow.nu[1][0] = arb(1e-6)
        shadow.y = shadow.y + shadow.forward().e.mid()
        shadow.now = shadow.forward()
        assert "sign of a weight" in shadow.step(False)


def test_an_enclosure_that_is_lost_is_not_used() -> None:
    with ctx.workprec(64):
        shadow = shadow_of(problem_near("bp", "linear", SHAPES[1]), 0.0, 2.0)
        assert "lost" in shadow.step(False)
        shadow = shadow_of(problem_near("bp", "linear", SHAPES[1]), 0.0, 0.01)
        assert shadow.step(False) == ""
    state = deep.DeepDecayFromState.read(document(problem_near("bp", gap=3.0, eta=50.0), 0.5)).state
    end = deep_shadow.enclose_deep(state, 400, bits=32)
    assert isinstance(end, tuple)
    assert f"at step {end[0]} of 400: 32 bits are too few" in end[1]


def test_the_cost_counts_steps_layers_and_bits() -> None:
    """Sums written out for two layers."""
    for bits, words, halves in ((32, 1, 1), (64, 2, 1), (600, 10, 2)):
        one = 6 * (60 + 16 * words) + 3000 * 7 * halves + 3 * (60 + 16 * words) + 3000 * 6 * halves
        for steps in (0, 31, 64):
            norms = steps // 32 * (6 * 2**3 + 6)
            assert deep_start.cost(2, (2, 3, 1), steps, bits) == (steps + 1) * (one + 400) + norms
    assert deep.cost(2, (2, 3, 1)) == 160 + 200 * 2 * 9 + 10 * (8 + 1) + 20_000 * 2 * (7 + 6)
