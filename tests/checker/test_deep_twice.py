"""Sweeps, tubes and (4') of networks of a few neurons, from tubes made up here, against a second writing in floats.

On so few neurons every term is of the size of the result, and the norms in use are nearly exact: a term that is left
out, doubled or turned round is seen.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from certificates import sealed
from flint import arb, arb_mat, ctx
from judged import faulty, refusal

from fa_theory.checker import document as doc
from fa_theory.checker.decay import deep, deep_kinks
from fa_theory.checker.decay.rows import Rows, around, inflated, within
from fa_theory.checker.linalg import euclidean, inverse, up
from fa_theory.checker.recheck import recheck
from fa_theory.enclosure import deep_kinks as float_kinks
from fa_theory.enclosure.deep import document_of
from fa_theory.enclosure.deep_rows import FloatRows, inner
from fa_theory.enclosure.deep_search import DeepCandidate, FloatSweep, FloatTube
from fa_theory.model.deep_problem import DeepLaw, DeepProblem

RULES = ("fa", "dfa", "bp", "kolen-pollack", "usf", "sign")
SHAPES = (((1, 1), 1, 1), ((2, 3), 2, 1), ((2, 1), 1, 2), ((2, 2, 2), 1, 1))
"""Hidden widths, samples, outputs."""


def problem_near(
    rule: str, psi: str = "tanh", shape: Any = SHAPES[0], gap: float = 0.01, scaling: str = "ntk", eta: float = 0.4
) -> DeepProblem:
    """A network whose outputs are a given distance from the targets."""
    hidden, n, k = shape
    problem = DeepLaw(psi, n, 2, hidden, rule=rule, eta=eta, k=k, scaling=scaling).sample(rng=5)
    f = problem.network.forward(problem.X).f
    return replace(problem, y=f + gap * np.linspace(-1, 0.5, f.size).reshape(f.shape))


def norm_of(m: int) -> Any:
    """A matrix C that is neither symmetric nor orthogonal."""
    return 1.5 * np.eye(m) + 0.25 * np.arange(m * m).reshape(m, m) / m


def document(problem: DeepProblem, q: float) -> dict[str, Any]:
    return sealed(document_of(problem, DeepCandidate(norm_of(problem.y.size), q), 0))


def exact(A: Any) -> arb_mat:
    return arb_mat([[arb(float(x)) for x in row] for row in A])


def floats(M: arb_mat) -> Any:
    return np.array([[float(x.mid()) for x in row] for row in M.tolist()])


def float_rows(rows: Rows) -> FloatRows:
    return FloatRows(floats(rows.centre), floats(rows.radius), np.array([float(x) for x in rows.reach]))


class Pair:
    """A sweep and its second writing, with a made-up tube."""

    def __init__(self, problem: DeepProblem, S: float, size: float = 0.2, wide: float = 0.0) -> None:
        g = np.random.default_rng(3)
        self.claim = deep.DeepDecayFromState.read(document(problem, 0.5))
        self.sweep, self.other, self.S = deep.Sweep(self.claim.state), FloatSweep.of(problem), S
        self.sweep.S = arb(S)
        if wide:
            self.sweep.middle = [exact(0.3 + 0.5 * g.random((M.nrows(), M.ncols()))) for M in self.sweep.middle]
        start = self.sweep.start()

        def some(rows: Rows) -> Rows:
            shape = rows.centre.nrows(), rows.centre.ncols()
            return around(rows.centre, exact(size * g.random(shape)), [arb(x) for x in size * g.random(shape[0])])

        self.tube = deep.DeepTube(
            [start.H[0], *map(some, start.H[1:])], [*map(some, start.G[:-1]), start.G[-1]],
            [*map(some, start.J[:-1]), start.J[-1]],
        )  # fmt: skip
        off = [wide * g.choice([0.1, 0.5], size=(M.nrows(), M.ncols())) for M in self.sweep.middle]
        self.slopes = [
            arb_mat(M.nrows(), M.ncols(), [arb(c, r) for c, r in zip(M.entries(), o.ravel().tolist(), strict=True)])
            for M, o in zip(self.sweep.middle, off, strict=True)
        ]

    def floats(self) -> FloatTube:
        H, G, J = ([float_rows(rows) for rows in part] for part in self.tube)
        ends = [
            tuple(np.array([[up(f(x)) for x in row] for row in M.tolist()]) for f in (arb.lower, arb.upper))
            for M in self.slopes
        ]
        return FloatTube(H, G, J, [(low, high) for low, high in ends])


def agree(rows: Rows, other: FloatRows) -> None:
    assert floats(rows.centre) == pytest.approx(other.centre, rel=1e-9, abs=1e-12)
    assert floats(rows.radius) == pytest.approx(other.radius, rel=8e-3, abs=1e-12)
    assert [float(x) for x in rows.reach] == pytest.approx(other.reach, rel=8e-3, abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_sweep_is_that_of_the_second_writing(rule: str, shape: Any) -> None:
    for psi, S in (("tanh", 0.3), ("softplus", 0.05)):
        with ctx.workprec(64):
            pair = Pair(problem_near(rule, psi, shape), S)
            _, slopes = pair.sweep(pair.tube)
            pair.sweep.middle = [M.mid() for M in slopes]
            found, _ = pair.sweep(pair.tube)
        other = pair.other(pair.floats(), S)
        for part, its in zip(found, other[:3], strict=True):
            for rows, row in zip(part, its, strict=True):
                agree(rows, row)
        K, R = pair.other.kernel(pair.floats())
        kernel = pair.sweep.kernel(pair.tube)
        assert floats(kernel) == pytest.approx(K, rel=1e-9)
        assert [up(x.rad()) for x in kernel.entries()] == pytest.approx(R.ravel(), rel=1e-6)


@pytest.mark.parametrize("scaling", ["ntk", "standard", "mean-field"])
@pytest.mark.parametrize("rule", RULES)
def test_the_quantities_of_the_theorem(rule: str, scaling: str) -> None:
    """One sample and one output: every norm is exact, so only the last sweep of the tube is a little larger."""
    problem = problem_near(rule, shape=((2, 3), 1, 1), scaling=scaling)
    claim = deep.DeepDecayFromState.read(document(problem, 0.9))
    with ctx.workprec(64):
        found = deep.bounds(claim.state, claim.C, claim.q)
    assert not isinstance(found, str)
    other = FloatSweep.of(problem)
    S = 0.01 / (1 - 0.9)
    assert [up(x) for x in found.at_most.values()] == pytest.approx([0.01, S, 1.0], rel=1e-9)
    tube = other.closed(S)
    assert tube is not None
    (K, R), eta = other.kernel(tube), 0.4
    assert up(found.contraction) == pytest.approx(abs(1 - eta * K[0, 0]), rel=1e-4)
    assert up(found.perturbation) == pytest.approx(eta * R[0, 0], rel=5e-3)
    for scale, G, H, moved in zip(other.scales, tube.G, tube.H, found.movement, strict=True):
        squared = [(abs(x) + dx).item() for x, dx in (inner(rows, rows) for rows in (G, H))]
        assert up(moved) == pytest.approx(eta * scale * S * (squared[0] * squared[1]) ** 0.5, rel=2e-3)


def test_a_norm_that_is_not_the_euclidean_one() -> None:
    problem, q = problem_near("fa", shape=((2, 2), 2, 1)), 0.95
    claim = deep.DeepDecayFromState.read(document(problem, q))
    with ctx.workprec(64):
        found = deep.bounds(claim.state, claim.C, claim.q)
    assert not isinstance(found, str)
    C, e = norm_of(2), np.array([0.01, -0.005])
    sigma, weighted = np.linalg.norm(np.linalg.inv(C), 2), np.linalg.norm(C @ e)
    S = sigma * weighted / (1 - q)
    expected = [np.linalg.norm(e), S, sigma * weighted / np.linalg.norm(e)]
    assert [up(x) for x in found.at_most.values()] == pytest.approx(expected, rel=1e-4)
    with ctx.workprec(64):
        off = deep.bounds(claim.state, claim.C, claim.q, None, arb("0.001"))
    assert not isinstance(off, str)
    most = weighted + np.linalg.norm(C, 2) * 0.001
    assert up(off.at_most["budget"]) == pytest.approx(sigma * most / (1 - q), rel=1e-4)
    assert up(off.at_most["error"]) == pytest.approx(np.linalg.norm(np.abs(e) + 0.001), rel=1e-4)


def test_the_budget_is_rounded_upwards() -> None:
    """In 20 bits, with a norm and a rate that are powers of two: all that is rounded is a sum."""
    made = document(problem_near("fa"), 0.5) | {"norm": [[(1.0).hex()]]}
    claim = deep.DeepDecayFromState.read(made)
    for k in range(20):
        eps = arb(2.0**-24 * (1 + k / 16))
        with ctx.workprec(20):
            e = euclidean(deep.Sweep(claim.state).e.entries())
            found = deep.bounds(claim.state, claim.C, claim.q, None, eps)
        assert not isinstance(found, str)
        with ctx.workprec(200):
            assert found.at_most["budget"] >= 2 * (e + eps)


@pytest.mark.parametrize("rule", ["fa", "bp", "sign"])
def test_a_tube_that_is_found_is_not_left(rule: str) -> None:
    """Up to the largest errors for which there is one, where many sweeps are needed."""
    with ctx.workprec(64):
        sweep = deep.Sweep(deep.DeepDecayFromState.read(document(problem_near(rule, shape=SHAPES[1]), 0.5)).state)
        S, found = 0.3, 0
        for _ in range(10):
            closed = sweep.closed(arb(S))
            if closed is None:
                S *= 0.9
                continue
            again, slopes = sweep(closed[0])
            for rows, before in zip(again.each(), closed[0].each(), strict=True):
                assert within(rows, inflated(before, arb(1) + arb(2) ** -20))
            for now, then in zip(slopes, closed[1], strict=True):
                assert all(
                    (y + arb(0, 2.0**-20)).contains(x) for x, y in zip(now.entries(), then.entries(), strict=True)
                )
            found += 1
            S *= 1.4
        assert found > 3


def test_what_nu_adds_to_a_sweep() -> None:
    """Weights that are ν away, row by row: where nothing else moves, one neuron a layer reaches the bounds."""
    for rule in ("bp", "fa"):
        with ctx.workprec(64):
            state = deep.DeepDecayFromState.read(document(problem_near(rule, "linear"), 0.5)).state
            nu = [[arb(0.01)], [arb(0.02)], [arb(0.03)]]
            sweep = deep.Sweep(state, nu)
            tube, _ = sweep(sweep.start())
        W, x = [abs(float(M.entries()[0])) for M in state.W[1:]], floats(state.X)[0]
        first = 0.01 * np.linalg.norm(x)
        h = abs(float(sweep.h[1][0, 0]))
        second = W[0] * first + 0.02 * (h + first)
        assert [float(rows.reach[0]) for rows in tube.H] == pytest.approx([0, first, second], rel=1e-6)
        J2, J1 = 0.03, W[0] * 0.03 + 0.02 * (W[1] + 0.03)
        assert [float(rows.reach[0]) for rows in tube.J] == pytest.approx([J1, J2, 0], rel=1e-6)
        G = [J1, J2, 0] if rule == "bp" else [0, 0, 0]
        assert [float(rows.reach[0]) for rows in tube.G] == pytest.approx(G, rel=1e-6)


@pytest.mark.parametrize("nu", [0.0, 0.3])
def test_signs_are_known_exactly_where_the_weight_is_larger_than_what_moves_it(nu: float) -> None:
    with ctx.workprec(64):
        pair = Pair(problem_near("usf", shape=((2, 3), 2, 1)), 0.7)
        sweep, tube = pair.sweep, pair.tube
        if nu:
            sweep.nu = [[arb(nu * (r + 1)) for r in range(M.nrows())] for M in sweep.state.W]
        state = sweep.state
        for at in (1, 2):
            most = [floats(tube.G[at].most), floats(tube.H[at].most)]
            edge = 0.4 * float(sweep.scales[at]) * 0.7 * np.sqrt((most[0] ** 2).T @ most[1] ** 2)
            edge += nu * np.arange(1, len(edge) + 1)[:, None]
            for r, c in product(*map(range, edge.shape)):
                for factor, known in ((1 + 1e-6, True), (1 - 1e-6, False)):
                    for sign in (-1, 1):
                        W = [exact(np.full((M.nrows(), M.ncols()), 1e3)) for M in state.W]
                        W[at][r, c] = arb(sign * factor * edge[r, c])
                        sweep.state = state._replace(W=W)
                        says = sweep.turns(tube)
                        assert (says == "") is known
                        assert known or f"({r}, {c}) of W_{at + 1}" in says


# (4')


@pytest.mark.parametrize("rule", ["fa", "dfa", "bp"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("S", "size"), [(0.0, 0.3), (0.3, 0.05)])
def test_the_smallest_rate_of_wide_slopes(rule: str, shape: Any, S: float, size: float) -> None:
    with ctx.workprec(64):
        pair = Pair(problem_near(rule, "relu", shape, eta=0.1), S, size=size, wide=0.6)
        kernels = deep_kinks.expansion(pair.sweep, pair.tube, pair.slopes)
        assert kernels is not None
        m = pair.sweep.units.nrows()
        C = norm_of(m)
        Ci = inverse(exact(C))
        assert Ci is not None
        least = float_kinks.smallest_rate(pair.other, pair.floats(), S, C, np.linalg.inv(C))
        assert 0.5 < least < 3
        for factor, holds in ((1.0003, True), (0.9997, False)):
            q = arb(float(least * factor))
            assert deep_kinks.contract(kernels, exact(C), Ci, q, arb(0.1)) is holds


@pytest.mark.parametrize("rule", ["fa", "dfa", "bp"])
@pytest.mark.parametrize("shape", [((1, 1), 1, 1), ((1, 1, 1), 1, 1), ((2, 2), 1, 2)], ids=str)
def test_kernels_of_slopes_at_their_ends_are_inside_the_expansion(rule: str, shape: Any) -> None:
    """All slopes at once, wide ones and narrow ones, with weights that do not move: products of two wide slopes of J,
    of two of G, and of one of each are what the remainder is for."""
    with ctx.workprec(64):
        pair = Pair(problem_near(rule, "relu", shape), 0.0, size=0.0, wide=0.6)
        sweep, start = pair.sweep, pair.sweep.start()
        tube = deep.DeepTube(start.H, *sweep._backward(None, start.H, pair.slopes))
        kernels = deep_kinks.expansion(sweep, tube, pair.slopes)
        assert kernels is not None
    N, R, U, V = floats(kernels.N), floats(kernels.R), *(floats(arb_mat(A)) for A in (kernels.U, kernels.V))
    middle = [floats(M) for M in sweep.middle]
    off = [np.array([[up(x.rad()) for x in row] for row in M.tolist()]) for M in pair.slopes]
    wide = [o >= deep_kinks.WIDE for o in off]
    count, g, reached = len(U) // 2, np.random.default_rng(0), 0.0
    assert count
    H, scales = [floats(rows.centre) for rows in tube.H], [float(s) for s in sweep.scales]
    for tried in range(64):
        theta = [[g.choice([-1.0, 1.0], size=o.shape) for o in off] for _ in range(2)]
        if tried < 2:
            theta = [[np.full(o.shape, 1.0 - 2 * tried) for o in off] for _ in range(2)]
        sides = []
        for maps, signs, direct in ((sweep.back, theta[0], False), (sweep.feedback, theta[1], rule == "dfa")):
            rows = [floats(sweep.units)]
            for at in range(len(off) - 1, -1, -1):
                above = floats(sweep.units) if direct else rows[0]
                rows.insert(0, scales[at + 1] * above @ floats(maps[at].matrix) * (middle[at] + signs[at] * off[at]))
            sides.append(rows)
        K = sum(s**2 * (h @ h.T) * (j @ g_.T) for s, h, j, g_ in zip(scales, H, *sides, strict=True))
        chosen = np.concatenate([signs[at][wide[at]] for signs in theta for at in range(len(off) - 1, -1, -1)])
        gap = abs(K - N - (U * chosen[:, None]).T @ V)
        assert (gap <= R * (1 + 1e-9) + 1e-14).all()
        reached = max(reached, float((gap / R).max()))
    assert reached > (0.99 if shape[0] == (1, 1) else 0.5)


@pytest.mark.parametrize("hidden", [(1, 1), (1, 1, 1)], ids=str)
def test_weights_that_are_nu_away_are_inside_the_expansion(hidden: Any) -> None:
    """Backpropagation with one neuron a layer: all weights larger by ν is the worst case, and is what is bounded."""
    with ctx.workprec(64):
        pair = Pair(problem_near("bp", "linear", (hidden, 1, 1)), 0.0)
        sweep, depth = pair.sweep, len(hidden) + 1
        sweep.nu = [[arb(0.1 / (1 + at))] for at in range(depth)]
        tube = sweep.start()
        for _ in range(6):
            tube, slopes = sweep(tube)
        kernels = deep_kinks.expansion(sweep, tube, slopes)
        assert kernels is not None
        assert not kernels.U
    W = [floats(M) for M in sweep.state.W]
    x = floats(sweep.state.X)
    moved = [W[0] + 0.1 * np.sign(W[0] @ x.T) * x / np.linalg.norm(x)]
    moved += [M + 0.1 / (1 + at) * np.sign(M) for at, M in enumerate(W[1:], 1)]
    found = []
    for V in (W, moved):
        s, h, j = [float(x) for x in sweep.scales], [x.T], [np.ones((1, 1))]
        for at in range(depth - 1):
            h.append(s[at] * V[at] @ h[-1])
            j.insert(0, s[depth - 1 - at] * j[0] @ V[depth - 1 - at])
        found.append(sum(a**2 * (v.T @ v).item() * y.item() ** 2 for a, v, y in zip(s, h, j, strict=True)))
    assert float(kernels.N[0, 0]) == pytest.approx(found[0], rel=1e-9)
    assert up(kernels.R[0, 0]) == pytest.approx(found[1] - found[0], rel=1e-6)


def test_the_radius_of_the_centre_is_part_of_the_remainder() -> None:
    with ctx.workprec(64):
        pair = Pair(problem_near("fa", "linear", SHAPES[1]), 0.0, size=0.0)
        start = pair.sweep.start()
        wide = [
            replace(rows, centre=rows.centre + arb_mat([[arb(0, 1e-3)] * rows.centre.ncols()] * 2)) for rows in start.H
        ]
        narrow, kernels = (deep_kinks.expansion(pair.sweep, start._replace(H=H), pair.slopes) for H in (start.H, wide))
        assert narrow is not None
        assert kernels is not None
        y = [j.centre * g.centre.transpose() for j, g in zip(start.J, start.G, strict=True)]
        for sign in (-1, 1):
            h = [rows.centre + arb_mat([[arb(sign * 1e-3)] * rows.centre.ncols()] * 2) for rows in start.H]
            K = sum(
                float(s) ** 2 * floats(a * a.transpose()) * floats(b)
                for s, a, b in zip(pair.sweep.scales, h, y, strict=True)
            )
            assert (abs(K - floats(kernels.N)) <= floats(kernels.R)).all()
            assert (abs(K - floats(narrow.N)) > floats(narrow.R)).any()


@pytest.mark.parametrize(
    ("name", "original", "fault", "notices"),
    [
        ("deep", "all(map(lies_within", "any(map(lies_within", lambda: test_a_tube_that_is_found_is_not_left("bp")),
        (
            *("deep_kinks", "elementwise(mul, carried, off[at])", "carried * 0"),
            lambda: test_kernels_of_slopes_at_their_ends_are_inside_the_expansion("bp", SHAPES[0]),
        ),
        (
            *("deep_kinks", "rest = j.first * g.first.transpose()", "rest = arb_mat(m, m)"),
            lambda: test_kernels_of_slopes_at_their_ends_are_inside_the_expansion("bp", SHAPES[0]),
        ),
    ],
    ids=["any tube", "same-side product", "product of both sides"],
)
def test_faults_are_noticed(
    name: str, original: str, fault: str, notices: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = faulty(globals()[name], original, fault, monkeypatch)
    monkeypatch.setitem(globals(), name, mutant)
    with pytest.raises(AssertionError):
        notices()


def test_wide_slopes_are_counted_with_the_errors() -> None:
    with ctx.workprec(64):
        pair = Pair(problem_near("fa", "relu", ((2, 3), 2, 1)), 0.0, wide=0.6)
        count = sum(not x.rad() < deep_kinks.WIDE for M in pair.slopes for x in M.entries())
        for most, found in ((2 * count, True), (2 * count - 1, False)):
            with patch.object(deep_kinks, "MAX_WIDE", most):
                assert (deep_kinks.expansion(pair.sweep, pair.tube, pair.slopes) is not None) is found


# documents


@pytest.mark.parametrize("hidden", [(2,), (2, 3), (1,) * 63], ids=len)
def test_limits_of_size_are_sharp(hidden: Any) -> None:
    truth = document(problem_near("fa", shape=(hidden, 2, 2)), 0.5)
    needed = deep.cost(4, (2, *hidden, 2))
    with patch.object(doc, "MAX_ERRORS", 4), patch.object(deep, "MAX_COST", needed):
        assert deep.DeepDecayFromState.read(truth).state.widths == (2, *hidden, 2)
        tiny = deep.DeepDecayFromState.read(truth | {"eta": (2.0**-1074).hex(), "rate": (0.0).hex()})
        assert tiny.state.eta == 2.0**-1074
        assert tiny.q == 0
        assert "eta" in refusal(sealed(truth | {"eta": (0.0).hex()}))
    with patch.object(doc, "MAX_ERRORS", 3):
        assert "y: expected at most 3 samples times outputs" in refusal(truth)
    with patch.object(deep, "MAX_COST", needed - 1):
        assert "cost" in refusal(truth)
    with patch.object(deep, "MAX_LAYERS", len(hidden)):
        assert f"W: expected a list of 2 to {len(hidden)} matrices" in refusal(truth)


def finished(made: dict[str, Any]) -> dict[str, Any]:
    """With the bounds that are proved."""
    proved = recheck(made).bounds
    moved = [v.hex() for key, v in proved.items() if key.startswith("movement_")]
    found = {key: proved[key].hex() for key in deep.CLAIMS} | {"movement": moved}
    return sealed(made | {"conclusions": found})


def less(x: str) -> str:
    return (float.fromhex(x) * (1 - 1e-9)).hex()


@pytest.mark.parametrize("rule", ["fa", "sign"])
def test_every_number_that_is_too_small_is_refused(rule: str) -> None:
    truth = finished(document(problem_near(rule, gap=1e-4, shape=((2, 3), 1, 1)), 0.99))
    assert recheck(truth).valid
    claims = truth["conclusions"]
    for key in deep.CLAIMS:
        assert f"conclusions.{key}" in refusal(sealed(truth | {"conclusions": claims | {key: less(claims[key])}}))
    for at, x in enumerate(claims["movement"]):
        moved = [*claims["movement"][:at], less(x), *claims["movement"][at + 1 :]]
        assert f"layer {at + 1}" in refusal(sealed(truth | {"conclusions": claims | {"movement": moved}}))


def test_a_rate_holds_exactly_if_it_is_above_contraction_and_tube_term() -> None:
    with patch.object(deep_kinks, "MAX_WIDE", -1):
        seen = set()
        for q in (0.5, 0.81, 0.815, 0.82, 0.9):
            found = recheck(finished(document(problem_near("fa", gap=0.02, shape=((2, 3), 1, 1)), float(q))))
            reached = found.bounds.get("contraction", 9.0) + found.bounds.get("perturbation", 9.0)
            assert found.valid is bool(reached < q)
            seen.add(found.valid)
        assert seen == {True, False}
