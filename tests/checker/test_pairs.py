"""Pairs of floats against exact rationals, and the steps of ReLU networks in pairs against balls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx
from test_binary64 import exact, matrix, rational
from test_floats import balls, drawn

from fa_theory.checker.binary64 import pairs
from fa_theory.checker.binary64.pairs import FloatPair, add, cut, nearest_pairs, product, slices, two_sum
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.decay import float_run, trajectory
from fa_theory.checker.decay import pairs as pairs_of_steps
from fa_theory.checker.decay.pairs import PairOrbit
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


def distances(
    state: ExactState, N: FloatPair, beta: FloatPair, step: Any, N_next: FloatPair
) -> dict[str, tuple[arb, arb]]:
    """How far a step is off, in balls, and how far it may be."""
    with ctx.workprec(600):
        n, p, k = state.X.nrows(), state.p, state.k

        def whole(A: FloatPair) -> arb_mat:
            return arb_mat(*A.high.shape, A.balls())

        def most(A: arb_mat, B: arb_mat) -> arb:
            return max((abs(x - v) for x, v in zip(A.entries(), B.entries(), strict=True)), key=float)

        def size(A: arb_mat) -> arb:
            return sum((x * x for x in A.entries()), arb(0)).sqrt()

        Z = state.X * state.W.transpose() - state.X * state.X.transpose() * whole(N)
        slope = arb_mat(n, p, [arb(int(z > 0)) for z in Z.entries()])
        psi = arb_mat(n, p, [z if z > 0 else arb(0) for z in Z.entries()])
        assert balls(step.slopes) == slope
        s = state.scale()
        e = psi * whole(beta) * (1 / arb(p).sqrt()) - arb_mat(n, k, state.y)
        received = e * state.by_output(state.b).transpose() * s
        pull = arb_mat(n, p, [x * y for x, y in zip(slope.entries(), received.entries(), strict=True)])
        turn = psi.transpose() * e * s
        Z_next = state.X * state.W.transpose() - state.X * state.X.transpose() * whole(N_next)
        by = step.errors
        relative = max((abs(x - v) / abs(x) for x, v in zip(whole(beta).entries(), step.beta.ravel().tolist(),
                                                             strict=True) if x != 0), key=float)  # fmt: skip
        return {
            "Z": (most(balls(step.Z), Z), by.zeta),
            "features": (most(balls(step.features), psi), by.phi),
            "e": (most(balls(step.e), e), by.epsilon),
            "rough": (relative, by.beta),
            "pull": (size(balls(step.pull) - pull), step.pull_error),
            "turn": (size(balls(step.turn) - turn), step.turn_error),
            "N": (size(whole(N_next) - whole(N) - pull), step.delta_n),
            "beta": (size(whole(step.beta_pair) - whole(beta) * step.keep + turn), step.delta_beta),
            "Z next": (most(whole(step.Z_pair), Z_next), step.zeta_pair),
            "Z next, rough": (most(balls(step.Z_next), Z_next), step.zeta_next),
        }


def check_steps(sizes: Any = (1.0, 2.0**-6, 16.0), seeds: int = 5) -> dict[str, float]:
    """Largest shares of the bounds that are taken."""
    shares: dict[str, float] = {}
    for k in (1, 2):
        for size in sizes:
            for seed in range(seeds):
                state = drawn("relu", k, seed, size)
                orbit = PairOrbit(state)
                N, beta = orbit.start(state.by_output(state.beta))
                with ctx.workprec(300):
                    keep = 1 - state.eta * arb(0.3)
                for _ in range(3):
                    N_next, step = orbit.step(N, beta, keep)
                    for key, (off, allowed) in distances(state, N, beta, step, N_next).items():
                        assert off.upper() <= allowed.upper(), (k, size, seed, key)
                        shares[key] = max(shares.get(key, 0), float(off / allowed) if allowed > 0 else 0)
                    N, beta = N_next, step.beta_pair
                    assert step.delta_n < 1e-24 * size
                    assert step.delta_beta < 1e-22 * size
    return shares


def test_no_step_is_further_off_than_is_said() -> None:
    shares = check_steps()
    assert all(share > 1e-4 for share in shares.values()), shares


def test_the_step_with_the_error_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a step misses that is taken with the pairs e*, and how far these are from the error."""
    seen: list[FloatPair] = []

    def remembered(A: arb_mat) -> tuple[FloatPair, arb]:
        found = nearest_pairs(A)
        seen.append(found[0])
        return found

    monkeypatch.setattr(pairs_of_steps, "nearest_pairs", remembered)
    shares: dict[str, float] = {}
    for size, seed in ((size, seed) for size in (1.0, 2.0**-6, 16.0) for seed in range(4)):
        state = drawn("relu", 1, seed, size)
        orbit = PairOrbit(state)
        N, beta = orbit.start(state.by_output(state.beta))
        with ctx.workprec(300):
            keep = 1 - state.eta * arb(0.3)
        for _ in range(3):
            seen.clear()
            N_next, step = orbit.step(N, beta, keep)
            e = seen[0]  # the pairs of se come next
            with ctx.workprec(600):
                n, p, s = state.X.nrows(), state.p, state.scale()
                before, after, e_star = (arb_mat(*A.high.shape, A.balls()) for A in (N, N_next, e))
                Z = state.X * state.W.transpose() - state.X * state.X.transpose() * before
                D = [arb(int(z > 0)) for z in Z.entries()]
                psi = arb_mat(n, p, [z * x for z, x in zip(Z.entries(), D, strict=True)])
                old, new = (arb_mat(*A.high.shape, A.balls()) for A in (beta, step.beta_pair))
                true = psi * old * (1 / arb(p).sqrt()) - arb_mat(n, 1, state.y)
                received = e_star * state.by_output(state.b).transpose() * s
                pull = arb_mat(n, p, [x * y for x, y in zip(D, received.entries(), strict=True)])
                off_n = sum((x * x for x in (after - before - pull).entries()), arb(0)).sqrt()
                off_beta = sum(
                    (x * x for x in (new - old * keep + psi.transpose() * e_star * s).entries()), arb(0)
                ).sqrt()
                off_e = max((abs(x) for x in (true - e_star).entries()), key=float)
                off_z = max(
                    (abs(x - y) - 2.0**-52 * abs(y) for x, y in zip(Z.entries(), step.Z.ravel().tolist(), strict=True)),
                    key=float,
                )
            for key, off, allowed in (
                ("N", off_n, step.given_n),
                ("beta", off_beta, step.given_beta),
                ("e", off_e, step.epsilon_pair),
                ("Z", off_z, step.zeta_here),
            ):
                assert off.upper() <= allowed.upper(), (size, seed, key)
                shares[key] = max(shares.get(key, 0), float(off / allowed))
            N, beta = N_next, step.beta_pair
    assert all(shares[key] > 1e-5 for key in ("N", "beta", "e")), shares


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
