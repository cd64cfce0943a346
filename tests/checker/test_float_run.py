"""A run in binary64 from step to step: what is looked at, when it is lost, and what is said of its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx
from test_floats import balls, drawn

from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.environment import Unfit
from fa_theory.checker.decay import float_run, trajectory
from fa_theory.checker.decay.float_run import At, FloatRun, enclose
from fa_theory.checker.decay.floats import Away, FloatShadow, KinkedFloatShadow, Orbit
from fa_theory.checker.decay.pairs import PairOrbit
from fa_theory.checker.decay.relu import ReluShadow
from fa_theory.checker.decay.sharp import SharpOrbit, SharpShadow
from fa_theory.checker.decay.sharp_pairs import SharpPairOrbit
from fa_theory.checker.decay.trajectory import Enclosure


def test_the_theorem_and_the_steps_belong_together() -> None:
    for name, k, kinds in (
        ("tanh", 1, ((SharpShadow, SharpOrbit), (SharpShadow, SharpPairOrbit))),
        ("tanh", 2, ((FloatShadow, Orbit),)),
        ("gelu", 1, ((FloatShadow, Orbit),)),
        ("relu", 1, ((ReluShadow, PairOrbit),)),
        ("relu", 2, ((KinkedFloatShadow, PairOrbit),)),
    ):
        of = drawn(name, k, 0)
        assert tuple(tuple(map(type, float_run.followed(of, width))) for width in float_run.widths(of, 9)) == kinds


def test_pairs_are_tried_unless_they_would_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    of = drawn("tanh", 1, 0)
    monkeypatch.setattr(float_run, "MAX_FLOAT_COST", trajectory.float_cost(of, 9, 2))
    assert float_run.widths(of, 9) == (1, 2)
    assert float_run.widths(of, 10) == (1,)
    assert trajectory.float_cost(of, 10, 1) == trajectory.float_cost(of, 10) < trajectory.float_cost(of, 10, 2)
    relu = drawn("relu", 1, 0)
    assert float_run.widths(relu, 10**6) == (2,)
    assert trajectory.float_cost(relu, 10) == trajectory.float_cost(relu, 10, 2) > trajectory.float_cost(of, 10, 2)


def test_where_floats_are_lost_the_run_begins_again_in_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end and the points of a curve are those of pairs, and what is said is said of them."""
    of = drawn("tanh", 1, 0)
    used: list[int] = []
    true = FloatRun.step

    def lost(self: FloatRun, at: At) -> Any:
        used.append(self.width)
        if self.width < enough and at.t == 2:
            raise float_run.Lost("it is made up")
        return true(self, at)

    monkeypatch.setattr(FloatRun, "step", lost)
    for enough, widths in ((1, [1] * 4), (2, [1] * 3 + [2] * 4), (3, [1] * 3 + [2] * 3)):
        used.clear()
        found = enclose(of, arb(0), None, 4)
        assert used == widths
        if enough < 3:
            assert isinstance(found, Enclosure)
            assert (float(found.beta[0].rad()) < 1e-20) is (enough == 2)
        else:
            assert found == (2, "the enclosure is lost at step 2 of 4: it is made up")


def test_products_of_all_shapes_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, ...]] = []
    monkeypatch.setattr(float_run, "examine", lambda *shapes: asked.extend(shapes))
    of = drawn("tanh", 2, 3)
    n, p = of.X.nrows(), of.p
    assert len({n, p, 2}) == 3
    FloatRun(of, arb(0), None, 1)
    # XXᵀN, features Gram matrix, f, turn, received, the propagator
    assert asked == [(n, n, p), (n, p, n), (n, p, 2), (p, n, 2), (n, 2, p), (2 * n, 2 * n, 2 * n)]


def test_other_activations_and_machines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unfit(*shapes: tuple[int, int, int]) -> None:
        raise Unfit("binary64: 1 + 1 came out as 3")

    of = drawn("tanh", 1, 0)
    other = replace(of, activation="leaky")
    assert enclose(other, arb(0), None, 3) == (0, "binary64 is not implemented for leaky")
    monkeypatch.setattr(float_run, "examine", unfit)
    assert enclose(of, arb(0), None, 3) == (0, "binary64: 1 + 1 came out as 3")


def test_regularisation_ends_at_the_cutoff() -> None:
    of = replace(drawn("tanh", 1, 0), eta=arb(0.25))
    for cutoff, kept in ((None, [True] * 4), (2, [True, True, False, False]), (0, [False] * 4)):
        run = FloatRun(of, arb(0.5), cutoff, 1)
        found = [run.keep(t) for t in range(4)]
        assert found == [arb(0.875) if regularised else arb(1) for regularised in kept]
    with ctx.workprec(300):
        third = arb(1) / 3
    narrow = FloatRun(of, third, None, 1).keep(0)
    with ctx.workprec(300):
        assert abs(narrow - (1 - third / 4)) < arb(2) ** -180


def test_a_run_starts_where_it_is() -> None:
    of = drawn("tanh", 1, 2)
    run = FloatRun(of, arb(0), None, 1)
    at = run.start()
    assert at.t == 0
    assert not at.N.any()
    assert at.beta.ravel().tolist() == [float(v) for v in of.beta]
    assert at.away.nu.x.tolist() == [0.0] * of.p
    assert at.away.whole == at.away.mu == at.away.epsilon == 0
    assert (at.known[0] == run.orbit.preactivations(at.N)[0]).all()


class Given:
    """Bounds that are made up."""

    def __init__(self, *bounds: Any) -> None:
        self.bounds = Away(*bounds)

    def start(self) -> Away:
        return self.bounds

    def carry(self, *_: object) -> Away:
        return self.bounds


@pytest.mark.parametrize(
    ("nu", "mu", "epsilon", "lost"),
    [
        ([0.25, 0.5], 0.25, 0.25, True),
        ([0.5, 0.25], 0.125, 0.25, False),
        ([0.25, 0.5], 0.25, 0.125, False),
        ([0.0, 0.0], 0.0, np.nan, True),
        ([0.0, np.nan], 0.0, 0.0, True),
        ([0.0, 0.0], np.nan, 0.0, True),
        ([0.0, 0.0], np.inf, 0.0, True),
        ([1.0, 0.0], 0.0, 0.0, True),
        ([0.0, 0.0], 1.0, 0.0, True),
        ([0.0, 0.0], 0.0, 1.0, True),
        ([0.4375, 0.4375], 0.25, 0.25, False),
    ],
)
def test_bounds_of_1_are_lost(
    nu: list[float], mu: float, epsilon: float, lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = FloatRun(drawn("tanh", 1, 0), arb(0), None, 1)
    monkeypatch.setattr(run, "follow", Given(Upper(np.array(nu)), arb(9), arb(mu), arb(epsilon)))
    if lost:
        with pytest.raises(float_run.Lost):
            run.step(run.start())
        return
    at, step = run.step(run.start())
    assert (at.t, at.away.whole, at.away.mu, at.away.epsilon) == (1, 9, mu, epsilon)
    assert at.away.nu.x.tolist() == nu
    assert at.beta is step.beta_next
    assert at.known == (step.Z_next, step.zeta_next)
    assert (run.orbit.step(run.start().N, run.start().beta, arb(1))[0] == at.N).all()
    assert (run.look(run.start()).e == step.e).all()


def test_what_a_run_hands_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is taken from where the run is, with its λ, and the theorem has its bounds."""
    of = replace(drawn("tanh", 2, 0), eta=arb(0.25))
    run = FloatRun(of, arb(0.5), 4, 1)
    start = run.start()
    seen: list[Any] = []
    zero = Upper(np.zeros(of.p))
    monkeypatch.setattr(run.follow, "further", lambda *given: seen.append(given) or (zero, arb(0), arb(0), arb(0)))
    away = Away(Upper(np.full(of.p, 0.125)), whole=arb(2), mu=arb(3), epsilon=arb(4))
    at = replace(start, t=3, away=away)
    there, step = run.step(at)
    assert there.t == 4
    assert step.keep == 0.875
    assert seen == [(step, away.nu, away.whole, away.mu, away.epsilon)]
    assert run.step(replace(at, t=4))[1].keep == 1
    assert run.look(at).keep == 0.875
    assert run.look(replace(at, t=4)).keep == 1
    moved = replace(at, N=at.N + 0.5, known=(at.known[0] + 0.25, arb(0.125)))
    assert run.look(moved).errors.zeta == 0.125
    assert (at.known[0] + 0.25 == run.look(moved).Z).all()


@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_balls_of_the_end_have_these_radii(name: str) -> None:
    X = balls([[3.0, 4.0], [0.0, 0.0], [0.0, 1.0]])
    weights = [arb(1)] * 2
    of = replace(drawn(name, 1, 0), X=X, y=[arb(1)] * 3, W=balls(np.eye(2)), beta=weights, b=weights)
    run = FloatRun(of, arb(0), None, float_run.widths(of, 3)[0])
    start = run.start()
    away = Away(Upper(np.array([0.25, 0.5])), arb(1), arb(0.0625), arb(1))
    at = At(7, start.N, start.beta, (start.known[0], arb(0.125)), away)
    found = run.enclosure(at)
    assert isinstance(found, Enclosure)
    assert arb_mat(3, 2) == found.N
    assert [float(v) for v in found.nu] == [0.25, 0.5]
    radii = [float(z.rad()) for z in found.Z.entries()]
    assert np.allclose(radii, [1.375, 2.625, 0.125, 0.125, 0.375, 0.625], rtol=1e-6)
    assert all(r >= v for r, v in zip(radii, [1.375, 2.625, 0.125, 0.125, 0.375, 0.625], strict=True))
    assert [float(z.mid()) for z in found.Z.entries()] == [3, 4, 0, 0, 0, 1]
    assert [(float(v.mid()), float(v.rad())) for v in found.beta] == [(1, pytest.approx(0.0625))] * 2
    assert all(v.rad() >= 0.0625 for v in found.beta)
    last = run.look(at)
    assert [float(v.mid()) for v in found.e.entries()] == last.e.ravel().tolist()
    assert all(v.rad() >= last.errors.epsilon + 1 for v in found.e.entries())


def test_radii_are_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where balls have few bits."""
    of = drawn("linear", 1, 0)
    run = FloatRun(of, arb(0), None, 1)
    monkeypatch.setattr(float_run, "_EXACT", 12)
    start, g, p = run.start(), np.random.default_rng(0), of.p
    for zeta, epsilon in g.uniform(size=(8, 2)).tolist():
        away = Away(Upper(g.uniform(size=p)), arb(1), arb(0), arb(epsilon))
        at = At(0, start.N, start.beta, (start.known[0], arb(zeta)), away)
        found, last = run.enclosure(at), run.look(at)
        for k, ball in enumerate(found.Z.entries()):
            with ctx.workprec(200):
                assert ball.rad() >= zeta + run.follow.lengths[k // p].mid() * float(away.nu.x[k % p])
        with ctx.workprec(200):
            assert all(ball.rad() >= last.errors.epsilon.mid() + epsilon for ball in found.e.entries())


def test_what_is_lost_at_once_is_lost_at_step_0() -> None:
    of = drawn("tanh", 1, 1)
    third = replace(of, b=[arb(1) / 3] * of.p)
    why = "the enclosure is lost at step 0 of 3: data that are not binary64 numbers"
    assert enclose(third, arb(0), None, 3) == (0, why)


def test_steps_are_counted_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    of = drawn("tanh", 1, 1)
    end = enclose(of, arb(0), None, 3, watch=lambda *at: seen.append(at))
    assert isinstance(end, Enclosure)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    further = FloatShadow.further
    count = iter(range(99))

    def worse(*given: Any) -> Any:
        nu, whole, mu, epsilon = further(*given)
        return (nu, whole, mu, epsilon) if next(count) < 4 else (nu, whole, arb(2), epsilon)

    monkeypatch.setattr(FloatShadow, "further", worse)
    of = drawn("tanh", 2, 1)
    assert enclose(of, arb(0), None, 9) == (4, "the enclosure is lost at step 4 of 9: binary64 has too few bits")
