"""Pairs of floats and the steps of networks in them, written down a second time, with rounding made large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx
from test_binary64 import exact, rational
from test_floats import drawn

from fa_theory.checker.binary64 import pairs
from fa_theory.checker.binary64.bounds import above
from fa_theory.checker.binary64.pair_tables import PairValues
from fa_theory.checker.binary64.pairs import FloatPair, Slices, add, cut, nearest_pairs, product, slices
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.decay import pairs as steps
from fa_theory.checker.decay import sharp_pairs
from fa_theory.checker.decay.pairs import PairOrbit, PairStep
from fa_theory.checker.decay.sharp import SharpShadow
from fa_theory.checker.decay.sharp_pairs import SharpPairOrbit, SharpPairStep
from fa_theory.checker.document import ExactState

UNIT = 2.0**-9
fro: Callable[..., float] = lambda A: float(np.linalg.norm(A))  # noqa: E731
top: Callable[..., float] = lambda A: float(np.abs(A).max())  # noqa: E731


def close(found: Any, expected: float, rtol: float = 1e-9) -> bool:
    return bool(np.isclose(float(arb(found).upper()), expected, rtol=rtol, atol=0))


def single(A: Any) -> FloatPair:
    return FloatPair(np.asarray(A, float), np.zeros_like(A, dtype=float))


# pairs


def test_cuts_are_the_finest_that_are_exact() -> None:
    for k in (1, 2, 3, 50, 819, 5000):
        t, m = cut(k)
        assert k * m * 4**t <= 2**53 < k * m * 4 ** (t + 1)
        assert m >= 4
        assert t * m >= 106
        fewer = (53 - (k * (m - 1) - 1).bit_length()) // 2
        assert m == 4 or fewer * (m - 1) < 106


def test_the_bound_of_a_sum_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "U", UNIT)
    A, B = single([[1.0, -3.0]]), single([[-7.0, 2.0]])
    assert close(add(A, B)[1], 4 * UNIT**2 * 10)
    assert rational(add(A, B)[1]) >= 4 * 10 * exact(UNIT)[()] ** 2


@pytest.mark.parametrize("errors", [(0.0, 0.0), (0.25, 0.0), (0.0, 0.5), (0.25, 0.5)])
@pytest.mark.parametrize("t", [3, 8])
def test_the_bound_of_a_product_agrees(t: int, errors: tuple[float, float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "U", UNIT)
    g = np.random.default_rng(t)
    for m, k in ((3, 1), (4, 5)):
        A, B = single(4 * g.normal(size=(2, k))), single(g.normal(size=(k, 3)))
        left, right = slices(A, t, m, arb(errors[0])), slices(B, t, m, arb(errors[1]))
        levels = [sum(left.parts[i] @ right.parts[q - i] for i in range(q + 1)) for q in range(m)]
        tops = left.top * right.top
        expected = (2 * m + 3) * k * tops * 2.0 ** (-m * t) + 2 * m * m * UNIT**2 * sum(map(top, levels))
        expected += 2 * k * (errors[0] * right.top + errors[1] * left.top) + k * errors[0] * errors[1]
        found, error = product(left, right)
        assert close(error, expected)
        assert (found.high + found.low == sum(levels)).all()
        by_rationals = (2 * m + 3) * k * exact(tops)[()] / 2 ** (m * t)
        by_rationals += 2 * m * m * exact(UNIT)[()] ** 2 * exact(np.array([top(v) for v in levels])).sum()
        by_rationals += (
            2 * k * (exact(errors[0])[()] * exact(right.top)[()] + exact(errors[1])[()] * exact(left.top)[()])
        )
        assert rational(error) >= by_rationals + k * exact(errors[0])[()] * exact(errors[1])[()]


def test_what_slices_say_of_themselves() -> None:
    for size in (2.0**-250, 1.0, 2.0**199):
        A = single(np.array([[0.75, -0.3]]) * size)
        found = slices(A, 20, 6)
        assert found.top == max(size, 2.0**-200)
        assert (found.t, len(found.parts)) == (20, 6)
        assert found.error == 0
        assert slices(A, 20, 6, arb(3)).error == 3
        turned = slices(A, 20, 6, arb(3)).T
        assert all((x == y.T).all() for x, y in zip(turned.parts, found.parts, strict=True))
        assert (turned.t, turned.top, len(turned.parts)) == (20, found.top, 6)
        assert turned.error == 3
    assert slices(single([[2.0**200 * (1 - 2.0**-53)]]), 20, 6).top == 2.0**200
    for bad in (2.0**200, -(2.0**200), np.nan, np.inf):
        with pytest.raises(OutOfRange, match="out of range"):
            slices(single([[bad]]), 20, 6)


def test_what_is_left_after_every_slice() -> None:
    """Half a unit and hardly more, and slices are multiples of their units."""
    g = np.random.default_rng(3)
    high = g.uniform(-1, 1, size=(4, 50))
    A = FloatPair(high, high * g.uniform(-1, 1, size=high.shape) * 2.0**-53)
    A = pairs.two_sum(A.high, A.low)
    for t, m in ((3, 3), (20, 6)):
        left = exact(A.high) + exact(A.low)
        for i, part in enumerate(slices(A, t, m).parts, 1):
            unit = exact(1.0)[()] / 2 ** (i * t)
            left = left - exact(part)
            assert all((x / unit).denominator == 1 for x in exact(part).flat)
            assert (abs(left) <= (exact(0.5)[()] + exact(2.0**-26)[()]) * unit).all()


def test_slices_as_long_as_53_bits_allow() -> None:
    for k, allowed in ((2, True), (3, False)):
        A, B = (slices(single(np.full(shape, 0.75)), 25, 4) for shape in ((1, k), (k, 1)))
        if allowed:  # k m 2^2t = 2^53
            assert product(A, B)[0].high == 0.5625 * k
        else:
            with pytest.raises(ValueError, match="exactly"):
                product(A, B)


def test_what_pairs_miss_of_balls() -> None:
    with ctx.workprec(300):
        third = arb(1) / 3
        entries = [third, -third, arb(2), arb(5, 2.0**-30), third + arb(2) ** -200]
        found, off = nearest_pairs(arb_mat(1, 5, entries))
        parts = found.balls()
        assert off == max((abs(x - v).upper() for x, v in zip(entries, parts, strict=True)), key=float)
        assert 2.0**-30 <= off < 1.01 * 2.0**-30
        assert found.high.tolist() == [[1 / 3, -1 / 3, 2.0, 5.0, 1 / 3]]
        assert nearest_pairs(arb_mat([[third, -2 * third]]))[1] < arb(2) ** -107
        assert nearest_pairs(arb_mat([[third, arb(2)]]))[1] > 0
        assert nearest_pairs(arb_mat([[arb(2), arb(2) + arb(2) ** -80]]))[1] == 0


# steps

FAR = {(3, 5): 2.0**-9, (3, 2): 2.0**-5, (5, 2): 2.0**-7, (3, 1): 2.0**-5, (5, 1): 2.0**-7, (10, 1): 2.0**-6}
"""By how much products of these shapes are off."""
ADDED = {(3, 5): 2.0**-8, (5, 2): 2.0**-6, (5, 1): 2.0**-6}
NEAR = {(3, 2): 2.0**-7, (3, 1): 2.0**-7}


@pytest.mark.parametrize("bits", [64, 10, 11])
@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("keep", [1.0, 0.75])
@pytest.mark.parametrize("k", [1, 2])
def test_what_a_step_is_off_by_agrees(
    k: int, keep: float, smooth: bool, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where balls have few bits: then the bounds are a little larger, and not smaller."""
    n, p = 3, 5
    g = np.random.default_rng(k)
    X, W = (arb_mat(g.normal(size=size).tolist()) for size in ((n, 4), (p, 4)))
    y, beta_start, b = ([arb(v) for v in g.normal(size=m * k).tolist()] for m in (n, p, p))
    of = ExactState("relu", arb(0.375), X, y, W, beta_start, b)
    made = PairOrbit(of)
    gamma = lambda k: k * UNIT  # noqa: E731

    def wrong_product(A: Slices, B: Slices) -> tuple[FloatPair, arb]:
        C = product(A, B)[0]
        return C, arb(FAR[C.high.shape])

    def wrong_sum(A: FloatPair, B: FloatPair) -> tuple[FloatPair, arb]:
        C = add(A, B)[0]
        return C, arb(ADDED[C.high.shape])

    def wrong_pairs(A: arb_mat) -> tuple[FloatPair, arb]:
        C = nearest_pairs(A)[0]
        # e and se, off by different amounts
        return C, arb(NEAR[C.high.shape] * (1 if abs(C.high).max() == seen.setdefault("e", abs(C.high).max()) else 3))

    seen: dict[str, float] = {}
    monkeypatch.setattr(steps, "u", arb(UNIT))
    monkeypatch.setattr(steps, "gamma", gamma)
    made.Z0_error, made.F = arb(2.0**-7), replace(made.F, error=arb(2.0**-8))
    N, beta = made.start(of.by_output(of.beta))
    Z, zeta = made.preactivations(N)
    monkeypatch.setattr(steps, "product", wrong_product)
    monkeypatch.setattr(steps, "add", wrong_sum)
    monkeypatch.setattr(steps, "nearest_pairs", wrong_pairs)
    monkeypatch.setattr(steps, "rounded", lambda A, by: slices(nearest_pairs(A)[0], *by))
    zeta, rough, z = arb(2.0**-10), 2 * UNIT, 2.0**-10
    psi, D, phi, sigma, rounding, low = Z.high * (Z.high > 0), (Z.high > 0).astype(float), z, 0.0, 0.0, 0.0
    if smooth:
        (psi, D), phi, sigma, rounding, low = g.normal(size=(2, n, p)), 2.0**-8, 2.0**-7, 2.0**-6, 2.0**-5
        parts = FloatPair(psi, 0 * psi), FloatPair(D, np.full_like(D, -low))
        monkeypatch.setattr(PairOrbit, "values", lambda *args: PairValues(*parts, arb(phi), arb(sigma)))
        pulled = lambda self, R, slopes: (FloatPair(R.high * slopes.high, 0 * D), arb(rounding))  # noqa: E731
        monkeypatch.setattr(PairOrbit, "pulled", pulled)
    monkeypatch.setattr(steps, "_BITS", bits)
    N_next, step = made.step(N, beta, arb(keep), (Z, zeta))

    s, root = float(of.scale()), np.sqrt(p)
    assert (step.slopes == D).all()
    sums = np.abs(beta.high).sum(axis=0).max()
    off_f = FAR[n, k] + phi * sums * (1 + 2 * gamma(p) + 2 * UNIT)
    f = psi @ beta.high
    e = f / root - np.array([float(v) for v in y]).reshape(n, k)
    se = s * e
    epsilon = off_f / root + NEAR[n, k]
    off_s = s * epsilon + 3 * NEAR[n, k]
    F = (np.array([float(v) for v in b]).reshape(p, k) * s).T
    R = e @ F
    off_given = FAR[n, p] + k * top(e) * 2 * 2.0**-8
    off_given_pull, off_pull = (
        top(D) * (1 + rough) * off + sigma * (top(R) * (1 + rough) + off) + rounding
        for off in (off_given, off_given + k * epsilon * (made.F.top + 2.0**-8))
    )
    off_turn = FAR[p, k] + n * (phi * (top(se) + off_s) * (1 + rough) + (phi + top(psi) * (1 + rough)) * off_s)
    turn = psi.T @ se
    off_given_turn = phi * (top(se) + off_s) * (1 + rough) + (phi + top(psi) * (1 + rough)) * (s + 3) * NEAR[n, k]
    off_given_turn = FAR[p, k] + n * off_given_turn
    off_kept = 0.0 if keep == 1 else FAR[p * k, 1]
    beta_next = keep * beta.high - turn
    wide, tall = np.sqrt(n * p), np.sqrt(p * k)
    zeta_next = 2.0**-7 + FAR[n, p] + ADDED[n, p]
    K = np.array([[float(v) for v in row] for row in (X * X.transpose()).tolist()])
    start = np.array([[float(v) for v in row] for row in (X * W.transpose()).tolist()])
    Z_next = start - K @ (D * R)
    for found, expected in (
        (step.errors.zeta, z + rough * top(Z.high)),
        (step.errors.phi, phi + rough * top(psi)),
        (step.errors.sigma, sigma + low),
        (step.errors.epsilon, epsilon + rough * top(e)),
        (step.errors.beta, rough),
        (step.pull_error, wide * off_pull + rough * fro(D * R)),
        (step.turn_error, tall * off_turn + rough * fro(turn)),
        (step.delta_n, wide * (off_pull + ADDED[n, p])),
        (step.delta_beta, tall * (off_turn + off_kept + ADDED[p, k])),
        (step.given_entry, off_given_pull),
        (step.given_n, wide * off_given_pull + 4 * UNIT**2 * (fro(N.high) + fro(D * R))),
        (step.given_beta, tall * (off_given_turn + off_kept) + 4 * UNIT**2 * (fro(keep * beta.high) + fro(turn))),
        (step.epsilon_pair, epsilon),
        (step.zeta_here, z),
        (step.zeta_pair, zeta_next),
        (step.zeta_next, zeta_next + rough * top(Z_next)),
    ):
        assert close(found, expected, 1e-7 if bits == 64 else 0.1), (found, expected)
        assert float(found.upper()) >= expected * (1 - 1e-9)
    assert step.keep == keep
    for numbers, again in (
        *((step.Z, Z.high), (step.features, psi), (step.e, e), (step.beta, beta.high), (step.pull, D * R)),
        *((step.turn, turn), (step.beta_next, beta_next), (step.Z_next, Z_next), (N_next.high, D * R)),
        *((step.beta_pair.high, beta_next), (step.Z_pair.high, Z_next)),
    ):
        assert np.allclose(numbers, again, rtol=1e-9, atol=1e-12)
    assert step.following() == (step.beta_pair, (step.Z_pair, step.zeta_pair))


@pytest.mark.parametrize("seed", range(3))
def test_what_the_theorem_for_smooth_networks_needs_agrees(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    of, g = drawn("sigmoid", 1, seed), np.random.default_rng(seed)
    follow = SharpShadow(of)
    orbit = SharpPairOrbit(of, follow)
    N, beta = orbit.start(of.by_output(of.beta))
    N = single(g.normal(size=N.high.shape))
    there = [FloatPair(*g.normal(size=(2, *N.high.shape))) for _ in range(2)]
    errors, asked = g.uniform(0.5, 1, size=2) / 32, []

    def evaluated(activation: str, Z: FloatPair) -> PairValues:
        asked.append((activation, Z))
        return PairValues(there[0], there[1], arb(float(errors[0])), arb(float(errors[1])))

    monkeypatch.setattr(sharp_pairs, "evaluate_pairs", evaluated)
    N_next, real = orbit.step(N, beta, arb(1))
    plain = {name: value for name, value in vars(real).items() if name in PairStep.__dataclass_fields__}
    plain |= {"pull": g.normal(size=N.high.shape), "Z_pair": single(real.Z_next)}
    for name in ("zeta_pair", "epsilon_pair", "given_entry", "given_n", "given_beta", "delta_n", "delta_beta"):
        plain[name] = arb(float(g.uniform(0.5, 1)) / 64)
    monkeypatch.setattr(sharp_pairs, "u", arb(UNIT))
    monkeypatch.setattr(PairOrbit, "step", lambda self, *args: (N_next, PairStep(**plain)))
    asked.clear()
    _, step = orbit.step(N, beta, arb(1))
    size = {name: float(plain[name]) for name in ("zeta_pair", "given_entry", "given_n")}
    K = np.array([[float(v) for v in row] for row in (of.X * of.X.transpose()).tolist()])
    moved = size["zeta_pair"] + np.linalg.norm(K, axis=1).max() * size["given_n"]
    L1, L2 = float(follow.L1), float(follow.L2)
    assert close(step.phi_next, errors[0] + top(there[0].low) + L1 * moved)
    assert close(step.sigma_next, errors[1] + top(there[1].low) + L2 * moved)
    rows = np.linalg.norm(N.high, axis=0) + np.linalg.norm(plain["pull"], axis=0)
    expected = np.sqrt(len(K)) * size["given_entry"] + 4 * UNIT**2 * rows
    assert np.allclose(step.delta_rows.x, expected, rtol=1e-9, atol=0)
    assert (step.features_next == there[0].high).all()
    assert (step.slopes_next == there[1].high).all()
    assert (step.far, step.delta_n, step.delta_beta) == tuple(
        plain[name] for name in ("epsilon_pair", "given_n", "given_beta")
    )
    kept = set(plain) - {"delta_n", "delta_beta"}
    assert all(getattr(step, name) is plain[name] for name in kept)
    again = orbit.values(N, step.Z_pair, step.zeta_pair)  # without asking again
    assert asked == [("sigmoid", plain["Z_pair"])]
    assert close(again.feature_error, errors[0] + L1 * size["zeta_pair"])
    orbit.values(N, FloatPair(real.Z, real.Z), step.zeta_pair)
    assert len(asked) == 2
    assert isinstance(step, SharpPairStep)


def test_products_of_slopes_are_not_exact() -> None:
    of = drawn("tanh", 1, 0)
    third = nearest_pairs(arb_mat([[arb(1) / 3]]))[0]
    found = SharpPairOrbit(of, SharpShadow(of)).pulled(third, third)
    assert found[1] > 0
    assert found[0].high == 1 / 9


def test_what_a_pre_activation_is_off_by_is_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made = PairOrbit(drawn("relu", 1, 0))
    N, _ = made.start(arb_mat(made.p, 1))
    Z = made.preactivations(N)[0]
    monkeypatch.setattr(steps, "_BITS", 10)
    for parts in np.random.default_rng(0).uniform(size=(8, 3)).tolist():
        made.Z0_error, kappa, last = map(arb, parts)
        monkeypatch.setattr(steps, "product", lambda A, B, kappa=kappa: (Z, kappa))
        monkeypatch.setattr(steps, "add", lambda A, B, last=last: (Z, last))
        found = made.preactivations(N)[1]
        assert sum(parts) * (1 - 1e-12) <= found < sum(parts) * 1.01


def test_by_how_much_high_parts_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two units of the number itself, and ζ of the pair."""
    of = drawn("relu", 1, 0)
    made = PairOrbit(of)
    step = made.step(*made.start(of.by_output(of.beta)), arb(1))[1]
    monkeypatch.setattr(steps, "U", UNIT)
    here, there = replace(step, zeta_here=arb(0.25), zeta_pair=arb(0.5)).off()
    for found, Z, zeta in ((here, step.Z, 0.25), (there, step.Z_next, 0.5)):
        assert np.allclose(found.x, 2 * UNIT * abs(Z) + zeta, rtol=1e-12, atol=0)
        assert (found.x >= 2 * UNIT * abs(Z) + zeta).all()


def test_what_the_data_of_a_run_are_off_by() -> None:
    of = drawn("relu", 2, 4)
    made = PairOrbit(of)
    n, p = of.X.nrows(), of.p
    with ctx.workprec(300):
        for found, true, error in (
            (made.Z0, of.X * of.W.transpose(), made.Z0_error),
            (FloatPair(sum(made.K.parts), 0 * made.K.parts[0]), of.X * of.X.transpose(), None),
        ):
            off = max((abs(x - v) for x, v in zip(true.entries(), found.balls(), strict=True)), key=float)
            assert off < 2.0**-49 if error is None else off <= error < arb(2) ** -100
        feedback = (of.by_output(of.b) * of.scale()).transpose().entries()
        parts = zip(*(part.ravel().tolist() for part in made.F.parts), strict=True)
        whole = [sum(map(arb, column), arb(0)) for column in parts]
        off = max((abs(x - v) for x, v in zip(feedback, whole, strict=True)), key=float)
        t, m = made.by_k
        assert 0 < made.F.error < arb(2) ** -100
        assert off <= made.F.error + made.F.top * arb(2) ** (-m * t)
        K_off = nearest_pairs(of.X * of.X.transpose())[1]
        assert made.K.error == K_off
    assert (made.by_n, made.by_p, made.by_k) == (cut(n, 120), cut(max(n, p)), cut(2))
    assert (made.n, made.p, made.k) == (n, p, 2)


@pytest.mark.parametrize("zeta", [1.0, 1.5, np.nan, np.inf])
def test_pre_activations_that_are_far_off_are_refused(zeta: float) -> None:
    of = drawn("relu", 1, 0)
    made = PairOrbit(of)
    N, beta = made.start(of.by_output(of.beta))
    with pytest.raises(OutOfRange, match="pre-activations as large as"):
        made.step(N, beta, arb(1), (made.preactivations(N)[0], arb(zeta)))
    made.step(N, beta, arb(1), (made.preactivations(N)[0], arb(0.99)))


def test_signs_that_are_not_certain_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Margins are ζ and two units of the number itself, and as much again."""
    of = drawn("relu", 1, 0)
    made = PairOrbit(of)
    N, _ = made.start(of.by_output(of.beta))
    Z, _ = made.preactivations(N)
    lies = FloatPair(-Z.high, -Z.low)
    truth = (Z.high > 0).astype(float)
    assert (made.positive(N, lies, arb(2) ** -60) == 1 - truth).all()  # certain, so not looked up
    assert (made.positive(N, lies, arb(9)) == truth).all()
    edge = np.full_like(Z.high, 0.5)
    for zeta, known in ((0.25, False), (0.25 * (1 - 2.0**-40), True), (0.26, False), (0.2, True)):
        found = made.positive(N, single(edge), arb(zeta))
        assert (found == (1 if known else truth)).all()
    monkeypatch.setattr(steps, "U", 0.25)
    assert (made.positive(N, single(edge), arb(0)) == truth).all()
    monkeypatch.setattr(steps, "U", 0.24)
    assert (made.positive(N, single(edge), arb(0)) == 1).all()
    monkeypatch.undo()
    monkeypatch.setattr(steps, "_AT_THE_KINK", Z.high.size)
    made.positive(N, Z, arb(9))
    monkeypatch.setattr(steps, "_AT_THE_KINK", Z.high.size - 1)
    with pytest.raises(OutOfRange, match=f"{Z.high.size} pre-activations are at the kink"):
        made.positive(N, Z, arb(9))


def test_a_sign_that_no_bits_tell_is_refused() -> None:
    one = [arb(1)]
    with ctx.workprec(600):
        W = arb_mat([[arb(0, arb(2) ** -200)]])
    made = PairOrbit(ExactState("relu", arb(0.25), arb_mat([[1]]), one, W, one, one))
    with pytest.raises(OutOfRange, match="300 bits"):
        made.positive(single([[0.0]]), single([[0.0]]), arb(0))


def test_a_ball_that_ends_at_0_has_no_sign() -> None:
    one, tiny = [arb(1)], 2.0**-200
    made = PairOrbit(ExactState("relu", arb(0.25), arb_mat([[1]]), one, arb_mat([[1]]), one, one))
    for share, known in ((1 - 3 * 2.0**-30, False), (0.5, True)):
        made.W = [arb_mat([[arb(tiny, share * tiny)]])]
        if known:
            assert made.positive(single([[0.0]]), single([[0.0]]), arb(0)).tolist() == [[1.0]]
        else:
            with pytest.raises(OutOfRange, match="300 bits"):
                made.positive(single([[0.0]]), single([[0.0]]), arb(0))


def test_signs_depend_on_where_the_run_is() -> None:
    """``z = w − n`` for input 1, with low parts that decide."""
    one = [arb(1)]
    made = PairOrbit(ExactState("relu", arb(0.25), arb_mat([[1]]), one, arb_mat([[1]]), one, one))
    for low, positive in ((2.0**-70, 0.0), (0.0, 0.0), (-(2.0**-70), 1.0)):
        N = FloatPair(np.array([[1.0]]), np.array([[low]]))
        assert made.positive(N, single([[0.0]]), arb(0)).tolist() == [[positive]]


def test_multiples_of_pairs() -> None:
    of = drawn("relu", 2, 1)
    made = PairOrbit(of)
    g = np.random.default_rng(1)
    beta = FloatPair(g.normal(size=(of.p, 2)), np.zeros((of.p, 2)))
    with ctx.workprec(300):
        factor = 1 - arb(1) / 3
        found, off = made.scaled(beta, factor)
        assert found.high.shape == (of.p, 2)
        gaps = [abs(x - factor * v) for x, v in zip(found.balls(), beta.balls(), strict=True)]
        assert all(gap <= off for gap in gaps)
        assert off < arb(2) ** -95
        assert above(off).x >= 0
