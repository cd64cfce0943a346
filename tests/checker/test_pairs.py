"""Pairs of floats against exact rationals, and the steps of networks in pairs against balls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx
from test_binary64 import exact, matrix, rational
from test_floats import balls, drawn
from test_sharp import NAMES, derivatives

from fa_theory.checker.binary64 import pairs
from fa_theory.checker.binary64.pairs import FloatPair, add, cut, nearest_pairs, product, slices, two_sum
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.decay import float_run, trajectory
from fa_theory.checker.decay import pairs as pairs_of_steps
from fa_theory.checker.decay.pairs import PairOrbit
from fa_theory.checker.decay.sharp_pairs import SharpPairOrbit, SharpPairStep
from fa_theory.checker.document import ExactState

TRIALS = 150


def pair(g: Any, rows: int, columns: int) -> FloatPair:
    high = np.clip(matrix(g, rows, columns), -(2.0**190), 2.0**190)
    return two_sum(high, high * g.choice([-1, 0.3, 1], size=high.shape) * 2.0**-53)


def value(A: FloatPair) -> Any:
    return exact(A.high) + exact(A.low)


def check_products(trials: int = TRIALS) -> float:
    """Largest share of the bound."""
    g, share = np.random.default_rng(3), 0.0
    for _ in range(trials):
        k = int(g.choice([1, 2, 3, 7, 30]))
        A, B = pair(g, 3, k), pair(g, k, 2)
        by = cut(k)
        C, error = product(slices(A, *by), slices(B, *by))
        off = abs(value(C) - value(A) @ value(B)).max()
        assert off <= rational(error)
        assert (abs(C.low) <= abs(C.high) * 2.0**-53).all()
        share = max(share, float(off / rational(error)))
    return share


def test_products_are_as_near_as_they_say() -> None:
    assert check_products() > 1e-3


def test_levels_are_exact_at_the_limit() -> None:
    """Slices as large as they get, which fill 53 bits."""
    for k in (1, 30, 819):
        t, m = cut(k)
        full = FloatPair(np.full((1, k), 1 - 2.0**-53), np.full((1, k), 2.0**-54 - 2.0**-107))
        A = slices(full, t, m)
        C, error = product(A, A_columns := slices(FloatPair(full.high.T, full.low.T), t, m))
        assert abs(value(C) - value(full) @ value(full).T)[0, 0] <= rational(error)
        assert rational(error) < k * m * m * 2.0**-103
        assert A_columns.parts[0].max() * 2.0**t >= 2.0**t * 0.99


def test_more_bits_than_are_exact_are_refused() -> None:
    g = np.random.default_rng(1)
    A, B = pair(g, 2, 30), pair(g, 30, 2)
    t, m = cut(30)
    for first, second in (((t + 1, m), (t + 1, m)), ((t, m), (t - 1, m)), ((t, m), (t, m + 1)), ((t, 2), (t, 2))):
        with pytest.raises(ValueError, match="cannot be multiplied"):
            product(slices(A, *first), slices(B, *second))


def test_slices_lose_no_more_than_a_unit() -> None:
    g = np.random.default_rng(2)
    for _ in range(TRIALS):
        A = pair(g, 3, 4)
        t, m = int(g.integers(5, 25)), int(g.integers(3, 8))
        found = slices(A, t, m)
        rest = value(A) - sum(map(exact, found.parts))
        for i, part in enumerate(found.parts):
            assert (abs(part) <= found.top * 2.0 ** (-i * t)).all()
            assert (part == np.rint(part / found.top * 2.0 ** ((i + 1) * t)) * found.top / 2.0 ** ((i + 1) * t)).all()
        assert (abs(rest) <= exact(np.array(found.top))[()] / 2 ** (m * t)).all()


def test_sums_are_as_near_as_they_say() -> None:
    g, share = np.random.default_rng(4), 0.0
    for _ in range(TRIALS):
        A, B = pair(g, 2, 3), pair(g, 2, 3)
        if g.uniform() < 0.3:
            B = FloatPair(-A.high, g.normal() * A.low)
        C, error = add(A, two_sum(B.high, B.low))
        off = abs(value(C) - value(A) - value(B)).max()
        assert off <= rational(error)
        share = max(share, float(off / rational(error)) if error > 0 else 0)
    assert share > 0.1


def test_errors_of_factors_are_passed_on() -> None:
    t, m = cut(2)
    one = FloatPair(np.ones((1, 2)), np.zeros((1, 2)))
    A = slices(one, t, m, arb(0.25))
    B = slices(FloatPair(one.high.T, one.low.T), t, m, arb(0.5))
    assert product(A, B)[1] >= 2 * (1.25 * 1.5 - 1)


def test_huge_and_undefined_numbers_are_refused() -> None:
    for x in (1e70, np.inf, np.nan):
        with pytest.raises(OutOfRange):
            slices(FloatPair(np.array([[x]]), np.zeros((1, 1))), 20, 6)


def test_balls_become_pairs() -> None:
    with ctx.workprec(200):
        third, off = nearest_pairs(arb_mat([[arb(1) / 3, arb(1, 0.5)]]))
        assert abs(third.balls()[0] - arb(1) / 3) <= off
        assert off >= 0.5
        assert nearest_pairs(arb_mat([[arb(1) / 3]]))[1] < arb(2) ** -107


# steps

ACTIVATIONS = ("relu", *NAMES)
SIZES = (1.0, 2.0**-6, 16.0)
"""Of the inputs."""


def values(name: str, Z: arb_mat) -> tuple[arb_mat, arb_mat]:
    """ψ and ψ'."""
    z = Z.entries()
    psi, slope = ([x if x > 0 else arb(0) for x in z], [arb(int(x > 0)) for x in z])
    if name != "relu":
        psi, slope, _ = derivatives(name, z)
    return arb_mat(Z.nrows(), Z.ncols(), psi), arb_mat(Z.nrows(), Z.ncols(), slope)


def whole(A: FloatPair) -> arb_mat:
    rows, columns = A.high.shape
    return arb_mat(rows, columns, A.balls())


def most(A: arb_mat, B: arb_mat) -> arb:
    return max((abs(x - v) for x, v in zip(A.entries(), B.entries(), strict=True)), key=float)


def size(A: arb_mat) -> arb:
    return sum((x * x for x in A.entries()), arb(0)).sqrt()


def share_of(A: FloatPair, high: Any) -> arb:
    """How far the high parts are off, relative to what they are of."""
    gaps = [abs(x - v) / abs(x) for x, v in zip(A.balls(), high.ravel().tolist(), strict=True) if x != 0]
    return max(gaps, key=float, default=arb(0))


def by_entry(A: arb_mat, B: arb_mat) -> arb_mat:
    return arb_mat(A.nrows(), A.ncols(), [x * y for x, y in zip(A.entries(), B.entries(), strict=True)])


def inputs(state: ExactState, N: arb_mat) -> arb_mat:
    """Z."""
    return state.X * state.W.transpose() - state.X * state.X.transpose() * N


Shares = dict[str, tuple[arb, arb]]
"""How far a step is off, in balls, and how far it may be."""


def distances(state: ExactState, N: FloatPair, beta: FloatPair, step: Any, N_next: FloatPair) -> Shares:
    """For the step from the exact error."""
    with ctx.workprec(600):
        n, k = state.X.nrows(), state.k
        Z = inputs(state, whole(N))
        psi, slope = values(state.activation, Z)
        s = state.scale()
        e = psi * whole(beta) * (1 / arb(state.p).sqrt()) - arb_mat(n, k, state.y)
        pull = by_entry(slope, e * state.by_output(state.b).transpose() * s)
        turn, Z_next, by = psi.transpose() * e * s, inputs(state, whole(N_next)), step.errors
        return {
            "Z": (most(balls(step.Z), Z), by.zeta),
            "features": (most(balls(step.features), psi), by.phi),
            "slopes": (most(balls(step.slopes), slope), by.sigma),
            "e": (most(balls(step.e), e), by.epsilon),
            "rough": (share_of(beta, step.beta), by.beta),
            "pull": (size(balls(step.pull) - pull), step.pull_error),
            "turn": (size(balls(step.turn) - turn), step.turn_error),
            "N": (size(whole(N_next) - whole(N) - pull), step.delta_n),
            "beta": (size(whole(step.beta_pair) - whole(beta) * step.keep + turn), step.delta_beta),
            "Z next": (most(whole(step.Z_pair), Z_next), step.zeta_pair),
            "Z next, rough": (most(balls(step.Z_next), Z_next), step.zeta_next),
        }


def given_distances(
    state: ExactState, N: FloatPair, beta: FloatPair, step: Any, N_next: FloatPair, e_pair: FloatPair
) -> Shares:
    """For the step from the pairs e*."""
    with ctx.workprec(600):
        n, s, e = state.X.nrows(), state.scale(), whole(e_pair)
        Z = inputs(state, whole(N))
        psi, slope = values(state.activation, Z)
        true = psi * whole(beta) * (1 / arb(state.p).sqrt()) - arb_mat(n, 1, state.y)
        pull, turn = by_entry(slope, e * state.by_output(state.b).transpose() * s), psi.transpose() * e * s
        N_hat, beta_hat = whole(N) + pull, whole(beta) * step.keep - turn
        slip = whole(N_next) - N_hat
        rough = arb_mat(n, state.p, [abs(v) * 2.0**-52 for v in step.Z.ravel().tolist()])
        off_z = max(
            (abs(x - y) - r for x, y, r in zip(Z.entries(), balls(step.Z).entries(), rough.entries(), strict=True)),
            key=float,
        )
        found = {
            "N": (size(slip), step.given_n),
            "beta": (size(whole(step.beta_pair) - beta_hat), step.given_beta),
            "e": (most(true, e), step.epsilon_pair),
            "Z": (off_z, step.zeta_here),
        }
        if not isinstance(step, SharpPairStep):
            return found
        there = values(state.activation, inputs(state, N_hat))
        rows = [size(arb_mat([[slip[i, r]] for i in range(n)])) for r in range(state.p)]
        bounds = [arb(bound) for bound in step.delta_rows.x.tolist()]
        return found | {
            **{f"row {r}": both for r, both in enumerate(zip(rows, bounds, strict=True))},
            "N in the theorem": (size(slip), step.delta_n),
            "beta in the theorem": (size(whole(step.beta_pair) - beta_hat), step.delta_beta),
            "e in the theorem": (most(true, e), step.far),
            "features there": (most(balls(step.features_next), there[0]), step.phi_next),
            "slopes there": (most(balls(step.slopes_next), there[1]), step.sigma_next),
            "pull": (size(balls(step.pull) - pull), step.pull_error),
            "turn": (size(balls(step.turn) - turn), step.turn_error),
            "e, rough": (share_of(e_pair, step.e), step.errors.beta),
            "beta, rough": (share_of(beta, step.beta), step.errors.beta),
            "beta there, rough": (share_of(step.beta_pair, step.beta_next), step.errors.beta),
        }


def followed(state: ExactState) -> PairOrbit:
    """What takes the steps."""
    orbit = float_run.followed(state, 2)[1]
    assert isinstance(orbit, PairOrbit)
    return orbit


def taken(found: Shares, shares: dict[str, float], case: Any) -> None:
    """No distance is larger than it may be; the largest shares of the bounds are kept."""
    for key, (off, allowed) in found.items():
        assert off.upper() <= allowed.upper(), (case, key)
        shares[key] = max(shares.get(key, 0), float(off / allowed) if allowed > 0 else 0)


def check_steps(name: str, sizes: Any = SIZES, seeds: int = 5) -> dict[str, float]:
    """Largest shares of the bounds that are taken."""
    shares: dict[str, float] = {}
    for k, by, seed in ((k, by, seed) for k in (1, 2)[: 1 + (name == "relu")] for by in sizes for seed in range(seeds)):
        state = drawn(name, k, seed, by)
        orbit = followed(state)
        N, beta = orbit.start(state.by_output(state.beta))
        with ctx.workprec(300):
            keep = 1 - state.eta * arb(0.3)
        for _ in range(3):
            N_next, step = PairOrbit.step(orbit, N, beta, keep)
            taken(distances(state, N, beta, step, N_next), shares, (k, by, seed))
            N, beta = N_next, step.beta_pair
            assert step.delta_n < 1e-24 * by
            assert step.delta_beta < 1e-22 * by
    return shares


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_step_is_further_off_than_is_said(name: str) -> None:
    shares = check_steps(name, seeds=5 if name == "relu" else 2)
    assert all(share > 1e-5 for key, share in shares.items() if key != "slopes"), shares


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_step_with_the_error_that_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a step misses that is taken with the pairs e*, and how far these are from the error."""
    seen: list[FloatPair] = []

    def remembered(A: arb_mat) -> tuple[FloatPair, arb]:
        found = nearest_pairs(A)
        seen.append(found[0])
        return found

    monkeypatch.setattr(pairs_of_steps, "nearest_pairs", remembered)
    shares: dict[str, float] = {}
    for by, seed in ((by, seed) for by in SIZES for seed in range(4 if name == "relu" else 2)):
        state = drawn(name, 1, seed, by)
        orbit = followed(state)
        N, beta = orbit.start(state.by_output(state.beta))
        with ctx.workprec(300):
            keep = 1 - state.eta * arb(0.3)
        for _ in range(3):
            seen.clear()
            N_next, step = orbit.step(N, beta, keep)
            assert isinstance(step, SharpPairStep) == isinstance(orbit, SharpPairOrbit) == (name != "relu")
            taken(given_distances(state, N, beta, step, N_next, seen[0]), shares, (by, seed))  # then come those of se
            N, beta = N_next, step.beta_pair
    assert all(share > 1e-5 for key, share in shares.items() if key not in ("Z", "slopes there")), shares


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "low parts of sums are dropped": lambda patch: patch.setattr(
        pairs, "two_sum", lambda a, b, f=pairs.two_sum: FloatPair(f(a, b).high, 0 * a)
    ),
    "u is smaller": lambda patch: patch.setattr(pairs, "U", 2.0**-58),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[fault](monkeypatch)

    def checks() -> None:
        test_sums_are_as_near_as_they_say()
        check_products()

    with pytest.raises(AssertionError):
        checks()


def test_signs_at_the_kink_are_found_in_balls() -> None:
    """``z = 2^-90`` by cancellation of the inputs, which pairs see, and 0, which is not positive."""
    tiny = arb(2) ** -90
    X, W = arb_mat([[1, 1], [0, 0]]), arb_mat([[1, tiny - 1], [1, -1], [-1, 1 - tiny]])
    weights = [arb(1)] * 3
    state = ExactState("relu", arb(0.25), X, [arb(1)] * 2, W, weights, weights)
    with ctx.workprec(300):
        W = arb_mat([[1, arb(2) ** -90 - 1], [1, -1], [-1, 1 - arb(2) ** -90]])
    orbit = PairOrbit(replace(state, W=W))
    N, beta = orbit.start(state.by_output(state.beta))
    _, step = orbit.step(N, beta, arb(1))
    assert step.slopes.tolist() == [[1, 0, 0], [0, 0, 0]]


def test_pre_activations_that_are_0_are_not_positive() -> None:
    state = drawn("relu", 1, 0)
    still = replace(state, W=arb_mat(state.p, state.X.ncols()))
    orbit = PairOrbit(still)
    N, beta = orbit.start(still.by_output(still.beta))
    _, step = orbit.step(N, beta, arb(1))
    assert not step.slopes.any()


def test_arb_agrees() -> None:
    """Two enclosures of one state have it in common."""
    for seed in range(6):
        state = replace(drawn("relu", 1 + seed % 2, seed), eta=arb(2.0**-6))
        run = state, arb(0.25), 3, 12
        with ctx.workprec(300):
            first, second = float_run.enclose(*run), trajectory.enclose(*run, bits=128)
            assert isinstance(first, trajectory.Enclosure), first
            assert isinstance(second, trajectory.Enclosure), second
            pairs_of = [*zip(first.beta, second.beta, strict=True)]
            pairs_of += [*zip(first.Z.entries(), second.Z.entries(), strict=True)]
            assert all(x.overlaps(y) for x, y in pairs_of)
            assert max(float(x.rad()) for x, _ in pairs_of) < 1e-20


def test_wide_and_narrow_networks_have_their_own_slices() -> None:
    """More samples than neurons, and the other way round."""
    for n, p in ((9, 1), (1, 9), (1, 1)):
        g = np.random.default_rng(n)
        X, W = g.normal(size=(n, 2)), g.normal(size=(p, 2))
        y, beta, b = (list(map(arb, g.normal(size=m).tolist())) for m in (n, p, p))
        state = ExactState("relu", arb(0.125), balls(X), y, balls(W), beta, b)
        assert isinstance(float_run.enclose(state, arb(0), None, 3), trajectory.Enclosure)
