"""Enclosed curves: exact runs lie inside, lies are refused, and both arithmetics agree."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import jsonschema
import numpy as np
import pytest
from flint import arb, arb_mat, ctx
from test_floats import balls

import fa_theory.checker
from fa_theory.checker.binary64.bounds import norm
from fa_theory.checker.decay import curve, float_curve, float_run
from fa_theory.checker.document import MalformedDocument, digest
from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.loss_curve import enclose_curve
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem
from fa_theory.model.schedules import Schedule

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())
ACTIVATIONS = ("linear", "tanh", "erf", "sigmoid", "softplus", "gelu", "relu")
STEPS = [0, 1, 2, 5, 9]


def problem(name: str, k: int | None = None, lam: float = 0.5, cutoff: int | None = 4) -> Problem:
    drawn = Law(name, 4, 5, 9, k=k).sample(np.random.default_rng(len(name)))
    return replace(drawn, schedule=Schedule(lam, cutoff))


@pytest.fixture
def document() -> dict[str, Any]:
    found = enclose_curve(problem("tanh"), STEPS).document
    assert found is not None
    return dict(found)


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "digest": digest(document)}


def exact(given: Problem) -> dict[int, tuple[arb, arb]]:
    """Loss and alignment by the rule as it is written, in balls of 500 bits."""
    psi = {
        "linear": lambda z: (z, arb(1)),
        "tanh": lambda z: (z.tanh(), 1 - z.tanh() ** 2),
        "erf": lambda z: (z.erf(), 2 * (-z * z).exp() / arb.pi().sqrt()),
        "sigmoid": lambda z: (1 / (1 + (-z).exp()), 1 / (2 + z.exp() + (-z).exp())),
        "softplus": lambda z: ((1 + z.exp()).log(), 1 / (1 + (-z).exp())),
        "gelu": lambda z: (
            z * (-z / arb(2).sqrt()).erfc() / 2,
            (-z / arb(2).sqrt()).erfc() / 2 + z * (-z * z / 2).exp() / (2 * arb.pi()).sqrt(),
        ),
        "relu": lambda z: (z, arb(1)) if z > 0 else (arb(0), arb(0)),
    }[given.network.psi.name]
    found = {}
    with ctx.workprec(500):
        net = given.network
        n, p = len(given.X), net.p
        X, W, y, beta, b = (balls(A.reshape(len(A), -1)) for A in (given.X, net.W, given.y, net.beta, net.b))
        s = arb(given.eta) / arb(p).sqrt()
        for t in range(STEPS[-1] + 1):
            both = [psi(z) for z in (X * W.transpose()).entries()]
            values, slopes = (arb_mat(n, p, [pair[i] for pair in both]) for i in (0, 1))
            e = values * beta * (1 / arb(p).sqrt()) - y
            size = [sum((x * x for x in v.entries()), arb(0)).sqrt() for v in (b, beta)]
            inner = sum((x * z for x, z in zip(b.entries(), beta.entries(), strict=True)), arb(0))
            found[t] = sum((x * x for x in e.entries()), arb(0)) / n, inner / (size[0] * size[1])
            received = (e * b.transpose()).entries()
            pull = arb_mat(n, p, [x * z for x, z in zip(slopes.entries(), received, strict=True)])
            lam = arb(given.schedule(t))
            W, beta = W - pull.transpose() * X * s, beta * (1 - arb(given.eta) * lam) - values.transpose() * e * s
    return found


@pytest.mark.parametrize("k", [None, 2])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_exact_run_is_inside(name: str, k: int | None) -> None:
    given = problem(name, k)
    found, true = enclose_curve(given, STEPS), exact(given)
    assert found.t == STEPS
    for t, loss, cosine in zip(found.t, found.loss, found.alignment, strict=True):
        for value, (low, high) in zip(true[t], (loss, cosine), strict=True):
            assert low <= value <= high
            assert high - low < 1e-9
    assert found.document is not None
    jsonschema.validate(dict(found.document), SCHEMA)
    in_balls = recheck(found.document)
    assert in_balls.valid, in_balls.reason
    assert in_balls.trusted == "python-flint"
    assert "NumPy" in recheck(found.document, arithmetic="binary64").trusted


def test_another_run_is_outside(document: dict[str, Any]) -> None:
    for change in (
        {"eta": (0.25).hex()},
        {"schedule": document["schedule"] | {"cutoff": 3}},
        {"schedule": document["schedule"] | {"lam": (0.25).hex()}},
        {"steps": [0, 1, 2, 5, 8]},
        {"y": document["y"][::-1]},
    ):
        for arithmetic in ("arb", "binary64"):
            assert not recheck(sealed(document | change), arithmetic=arithmetic).valid  # type: ignore[arg-type]


@pytest.mark.parametrize("arithmetic", ["arb", "binary64"])
@pytest.mark.parametrize("name", curve.CURVES)
def test_every_end_counts(document: dict[str, Any], name: str, arithmetic: Any) -> None:
    for i in range(len(STEPS)):
        ends = {end: list(numbers) for end, numbers in document["conclusions"][name].items()}
        low, high = (float.fromhex(ends[end][i]) for end in ("low", "high"))
        for end, value in (("low", high), ("high", low)):
            changed = ends | {end: [*ends[end][:i], value.hex(), *ends[end][i + 1 :]]}
            lie = sealed(document | {"conclusions": document["conclusions"] | {name: changed}})
            verdict = recheck(lie, arithmetic=arithmetic)
            assert not verdict.valid
            assert f"conclusions.{name}, step {STEPS[i]}" in verdict.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"steps": []}, "1 to 10000 steps"),
        ({"steps": [0, 1, 1, 5, 9]}, "increasing order"),
        ({"steps": [5, 1, 2, 0, 9]}, "increasing order"),
        ({"steps": [0, 1, 2.0, 5, 9]}, "whole number"),
        ({"steps": [0, 1, 2, 5]}, "a list of 4"),
        ({"steps": list(range(10_001))}, "1 to 10000 steps"),
        ({"precision": 31}, "32 to 65536"),
        ({"precision": 65537}, "32 to 65536"),
        ({"conclusions": {}}, "missing key"),
        ({"extra": 1}, "unknown key"),
    ],
)
def test_what_is_no_such_document_is_refused(document: dict[str, Any], change: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedDocument, match=reason):
        recheck(sealed(document | change))


def test_too_many_steps_cost_too_much(document: dict[str, Any]) -> None:
    long = sealed(document | {"steps": [0, 1, 2, 5, 10**12]})
    for arithmetic in ("arb", "binary64"):
        assert "cost" in recheck(long, arithmetic=arithmetic).reason  # type: ignore[arg-type]


def test_a_lost_enclosure_ends_the_document() -> None:
    given = replace(problem("tanh", lam=0.0, cutoff=None), eta=2.0)
    found = enclose_curve(given, list(range(200)))
    assert 0 < len(found.t) < 200
    assert "too few bits" in found.reason
    assert found.document is not None
    assert recheck(found.document, arithmetic="binary64").valid
    longer = sealed(dict(found.document) | {"steps": [*found.t[:-1], 199]})
    assert "nothing is proved at step 199" in recheck(longer, arithmetic="binary64").reason


@pytest.mark.parametrize("lost", [(), (1,), (1, 2)])
def test_where_floats_are_lost_points_are_those_of_pairs(lost: tuple[int, ...]) -> None:
    given, true = problem("tanh"), exact(problem("tanh"))
    step = float_run.FloatRun.step

    def stepped(self: float_run.FloatRun, at: float_run.At) -> Any:
        if self.width in lost and at.t == 4:
            raise float_run.Lost("it is made up")
        return step(self, at)

    with patch.dict(curve._last, clear=True), patch.object(float_run.FloatRun, "step", stepped):
        found = enclose_curve(given, STEPS)
    assert found.t == (STEPS if len(lost) < 2 else [0, 1, 2])
    for t, (low, high) in zip(found.t, found.loss, strict=True):
        assert low <= true[t][0].lower()
        assert true[t][0].upper() <= high
    assert ("the enclosure is lost at step 4 of 9: it is made up" in found.reason) is (len(lost) == 2)


def test_nothing_is_known_of_the_cosine_of_0() -> None:
    given = problem("tanh")
    still = replace(given, network=replace(given.network, b=np.zeros(9)))
    assert enclose_curve(still, [0, 3]).alignment == [(-1.0, 1.0)] * 2


def test_intervals_hold_for_all_that_may_be_meant() -> None:
    """For every sign of the inner product, and of its ends."""
    g = np.random.default_rng(5)
    for _ in range(400):
        b, beta = g.normal(size=3), g.normal(size=3)
        mu, eps = float(g.uniform(0, 0.6)), float(g.uniform(0, 1.5))
        e, sizes = g.normal(size=4), [np.linalg.norm(v) for v in (b, beta)]
        size = float(np.linalg.norm(e))
        found = curve.point(
            4,
            (arb(size - eps), arb(size + eps)),
            arb(float(b @ beta)),
            (arb(sizes[0]), arb(sizes[0])),
            (arb(sizes[1]), arb(sizes[1])),
            arb(mu),
        )
        for _ in range(10):
            move, shift = g.normal(size=3), g.normal(size=4)
            near = beta + mu * move / np.linalg.norm(move)
            if g.uniform() < 0.5:
                near = beta + mu * g.choice([-1, 1]) * b / sizes[0]
            cosine = float(b @ near / sizes[0] / np.linalg.norm(near))
            assert found.alignment[0] <= cosine + 1e-12
            assert cosine - 1e-12 <= found.alignment[1]
            other = e + eps * shift / np.linalg.norm(shift)
            loss = float(other @ other) / 4
            assert found.loss[0] <= loss + 1e-12
            assert loss - 1e-12 <= found.loss[1]
        assert found.loss[1] <= (size + eps) ** 2 / 4 * (1 + 1e-12)


@pytest.mark.parametrize(
    ("inner", "low", "high"), [(3.0, 2.0 / 18, 4.0 / 6), (-3.0, -4.0 / 6, -2.0 / 18), (0.5, -0.5 / 6, 1.5 / 6)]
)
def test_every_end_of_every_size_has_its_place(inner: float, low: float, high: float) -> None:
    """``‖b‖`` from 2 to 3, so 1 is ``‖b‖μ`` for μ = 1/3; ``‖β̃‖ ± μ`` from 3 to 6."""
    third = arb(1) / 3
    sizes = (arb(2), arb(3)), (3 + third, 6 - third)
    found = curve.point(2, (arb(-0.5), arb(2)), arb(inner), *sizes, third)
    assert [float(x) for x in found.alignment] == pytest.approx([low, high], rel=1e-12)
    assert [float(x) for x in found.loss] == [0, 2]
    assert [float(x) for x in curve.point(2, (arb(1), arb(2)), arb(inner), *sizes, third).loss] == [0.5, 2]


def test_norms_in_few_bits_are_on_both_sides(document: dict[str, Any]) -> None:
    claim, g = curve.CurveFromStart.read(document), np.random.default_rng(1)
    for _ in range(60):
        b, beta = (g.integers(1, 5, size=9) for _ in range(2))
        state = replace(claim.state, b=[arb(int(x)) for x in b])
        column = arb_mat([[int(x)] for x in beta])

        def enclose(*_: Any, bits: int, watch: Any, note: Any, column: arb_mat = column) -> None:
            note(0, column, column, SimpleNamespace(epsilon=arb(0), mu=arb(0)))

        with ctx.workprec(12), patch.object(curve.trajectory, "enclose", enclose):
            at = curve.in_balls(replace(claim, state=state), lambda *_: None).points[0]
        with ctx.workprec(200):
            true = int(b @ beta) / (arb(int(b @ b)) * int(beta @ beta)).sqrt()
            assert at.alignment[0] <= true <= at.alignment[1]
            assert at.loss[0] <= arb(int(beta @ beta)) / 4 <= at.loss[1]


def test_norms_are_on_both_sides() -> None:
    g = np.random.default_rng(6)
    for size in (1, 3, 1000):
        v = g.normal(size=size) * 2.0 ** int(g.integers(-20, 20))
        low, high = float_curve.norms(v)
        with ctx.workprec(300):
            true = sum((arb(float(x)) ** 2 for x in v), arb(0)).sqrt()
            assert low <= true <= high
            assert high - low < 1e-12 * true
        assert high == norm(v)
    assert float_curve.norms(np.full(3, 2.0**-600))[0] == 0


def cosine(inner: tuple[float, float], b: float, size: float, mu: float) -> tuple[float, float]:
    """The ends of the alignment for positive sizes that are known."""
    low, high = inner[0] - b * mu, inner[1] + b * mu
    least, most = b * (size - mu), b * (size + mu)
    return max(-1.0, low / (least if low < 0 else most)), min(1.0, high / (most if high < 0 else least))


@pytest.mark.parametrize("sign", [-1.0, 0.01, 1.0])
def test_how_far_the_run_may_be_counts_in_balls(document: dict[str, Any], sign: float) -> None:
    claim = curve.CurveFromStart.read(document)
    e, beta = np.array([0.5, -1.0, 0.25, 2.0]), sign * np.array([float(x) for x in claim.state.b])
    beta[0] += 0.25
    b, away = np.array([float(x) for x in claim.state.b]), SimpleNamespace(epsilon=arb(0.25), mu=arb(0.125))

    def enclose(*_: Any, bits: int, watch: Any, note: Any) -> Any:
        assert bits == claim.bits
        for t in (0, 3, 5):
            note(t, arb_mat([[float(x)] for x in e]), arb_mat([[float(x)] for x in beta]), away)
        return 6, "lost"

    with patch.object(curve.trajectory, "enclose", enclose):
        found = curve.in_balls(claim, lambda *_: None)
    assert (sorted(found.points), found.reason) == ([0, 5], "lost")
    at = found.points[5]
    size = float(np.linalg.norm(e))
    expected = [(size - 0.25) ** 2 / 4, (size + 0.25) ** 2 / 4]
    inner = float(b @ beta)
    expected += cosine((inner, inner), float(np.linalg.norm(b)), float(np.linalg.norm(beta)), 0.125)
    assert [float(x) for x in (*at.loss, *at.alignment)] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("sign", [-1.0, 0.01, 1.0])
def test_how_far_the_run_may_be_counts_in_floats(sign: float) -> None:
    b, e = np.array([3.0, 4.0, 12.0]), np.array([[0.5, -1.0], [0.25, 2.0]])
    beta = sign * b[:, None] + np.array([[0.25], [0], [0]])
    run = SimpleNamespace(follow=SimpleNamespace(b_floats=b, n=2))
    at = SimpleNamespace(away=SimpleNamespace(epsilon=arb(0.25), mu=arb(0.125)))
    step = SimpleNamespace(errors=SimpleNamespace(epsilon=arb(0.0625), beta=arb(2.0**-6)), e=e, beta=beta)
    found = float_curve.seen(run, at, step)  # type: ignore[arg-type]
    low, high = (float(np.linalg.norm(abs(e) + off)) for off in (-0.0625, 0.0625))
    size, inner = float(np.linalg.norm(beta)), float(b @ beta[:, 0])
    expected = [(low - 0.25) ** 2 / 2, (high + 0.25) ** 2 / 2, *cosine((inner, inner), 13.0, size, 0.125 + size / 64)]
    assert [float(x) for x in (*found.loss, *found.alignment)] == pytest.approx(expected, rel=1e-9)


def test_the_ends_of_a_product_of_floats_hold_what_is_rounded() -> None:
    """Sums of products that cancel, against exact ones."""
    g = np.random.default_rng(3)
    for k in range(60):
        b = g.normal(size=7) * 2.0 ** (20 * (k % 3))
        beta = g.normal(size=(7, 1)) * 2.0 ** (20 * (k % 2))
        beta -= b[:, None] * float(b @ beta[:, 0]) / float(b @ b)
        run = SimpleNamespace(follow=SimpleNamespace(b_floats=b, n=1))
        at = SimpleNamespace(away=SimpleNamespace(epsilon=arb(0), mu=arb(0)))
        step = SimpleNamespace(errors=SimpleNamespace(epsilon=arb(0), beta=arb(0)), e=np.ones((1, 1)), beta=beta)
        low, high = float_curve.seen(run, at, step).alignment  # type: ignore[arg-type]
        with ctx.workprec(300):
            true = sum((arb(float(x)) * arb(float(z)) for x, z in zip(b, beta[:, 0], strict=True)), arb(0))
            for v in (b, beta[:, 0]):
                true /= sum((arb(float(x)) ** 2 for x in v), arb(0)).sqrt()
            assert low <= true <= high


def test_runs_in_floats_are_watched_to_the_last_step(document: dict[str, Any]) -> None:
    claim, seen = curve.CurveFromStart.read(document), []
    found = float_curve.in_floats(claim, lambda t, last: seen.append((t, last)))
    assert seen == [(t, 9) for t in range(10)]
    assert (sorted(found.points), found.reason) == (STEPS, "")
    with ctx.workprec(64):
        balls_ = curve.in_balls(claim, lambda *_: None).points
    for t in STEPS:
        for name in curve.CURVES:
            (a, b), (low, high) = getattr(found.points[t], name), getattr(balls_[t], name)
            assert a <= high
            assert low <= b
            assert b - a < 1e-9


def test_what_is_proved_is_compared_and_said(document: dict[str, Any]) -> None:
    ends = [(arb(k + 1), arb(k + 1.5)) for k in range(5)]
    claims = {"low": [float(k + 1).hex() for k in range(5)], "high": [float(k + 1.5).hex() for k in range(5)]}
    claimed = sealed(document | {"conclusions": dict.fromkeys(curve.CURVES, claims)})
    claim = curve.CurveFromStart.read(claimed)
    points = {t: curve.Point(x, x) for t, x in zip(STEPS, ends, strict=True)}
    with patch.object(curve, "followed", lambda *_, **__: curve.Followed(points, "")):
        found = curve.check(claim)
        assert found.violations == []
        assert found.bounds == {
            "width": pytest.approx(1 / 3),
            **{f"{name}_{end}": x for name in curve.CURVES for end, x in (("low", 5.0), ("high", 5.5))},
        }
        assert "at 5 steps from 0 to 9, from the initial network on" in found.statement
        assert "relative width of 0.34" in found.statement
        points[9] = curve.Point(points[9].loss, (arb(5), arb(5.75)))
        assert next(where for _, where in curve.check(claim).violations).startswith("conclusions.alignment, step 9")
        del points[2]
        assert "nothing is proved at step 2" in curve.check(claim).violations[0][1]
