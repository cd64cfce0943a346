"""The theorem of the checker's `deviation`, written down a second time, and steps that reach its bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, arb_mat, ctx

from fa_theory.checker.decay import deviation, from_start, slow, trajectory
from fa_theory.checker.decay.deviation import Deviation, ExactStep
from fa_theory.checker.decay.kinks import one_step
from fa_theory.checker.document import ExactState

mp = mpmath.mp.clone()
mp.dps = 40
number = np.vectorize(mp.mpf, otypes=[object])
NAMES = ("linear", "relu", "tanh", "erf", "sigmoid", "softplus")
L1 = {name: mp.mpf(1) for name in NAMES} | {"erf": 2 / mp.sqrt(mp.pi), "sigmoid": mp.mpf(1) / 4}
L2 = {"linear": "0", "tanh": "0.77", "erf": "0.968", "sigmoid": "0.0963", "softplus": "0.25", "relu": "inf"}
ETA = 0.375
N, D, P = 3, 2, 5


@pytest.fixture(autouse=True)
def _sharp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deviation, "ROUGH", 12)


def mat(A: Any) -> arb_mat:
    return arb_mat(np.asarray(A, float).tolist())


def norm(v: Any) -> Any:
    return mp.sqrt(sum(x * x for x in np.ravel(v)))


def norms(rows: Any) -> Any:
    return np.array([norm(row) for row in rows], dtype=object)


def spectral(A: Any) -> Any:
    return max(mp.svd_r(mp.matrix(A.tolist()), compute_uv=False))


def exact(x: arb) -> Any:
    """The number that x is."""
    assert x.is_exact()
    mantissa, exponent = x.man_exp()
    return mp.mpf(int(mantissa)) * mp.mpf(2) ** int(exponent)


def near(found: arb, expected: Any) -> bool:
    """Whether a bound is not below, and not far above, the number computed here."""
    with ctx.workprec(200):
        value = exact(found)
    return bool(expected * (1 - mp.mpf(10) ** -30) <= value <= expected * (1 + mp.mpf(10) ** -6) + mp.mpf(10) ** -30)


def problem(name: str, k: int, seed: int = 0) -> tuple[ExactState, dict[str, Any], dict[str, Any]]:
    """A network, a step whose entries have nothing to do with one another, and large deviations.

    The theorem's bounds are formulas in these entries; that they belong to one step is only needed for its proof.
    """
    g = np.random.default_rng([seed, k, NAMES.index(name)])
    X, b = g.normal(size=(N, D)) + 0.25, g.normal(size=(P, k))
    weights = [[arb(x) for x in g.normal(size=size)] for size in (N * k, P * k)]
    state = ExactState(name, arb(ETA), mat(X), weights[0], arb_mat(P, D), weights[1], [arb(x) for x in b.ravel()])
    step = {
        "Z": g.normal(size=(N, P)),
        "features": g.normal(size=(N, P)),
        "slopes": g.uniform(size=(N, P)),
        "e": g.normal(size=(N, k)),
        "beta": g.normal(size=(P, k)),
        "pull": g.normal(size=(N, P)),
        "turn": g.normal(size=(P, k)),
        "keep": float(g.uniform(-1.5, 1)),
        "Z_next": g.normal(size=(N, P)),
        "beta_next": g.normal(size=(P, k)),
        "delta_n": float(g.uniform(0.2, 0.8)),
        "delta_beta": float(g.uniform(0.2, 0.8)),
    }
    apart = {"nu": g.uniform(0.05, 0.3, size=P), "mu": float(g.uniform(0.3, 2)), "epsilon": float(g.uniform(0.3, 2))}
    return state, step, apart | {"X": X, "b": b}


def balls(step: dict[str, Any]) -> ExactStep:
    return ExactStep(**{key: arb(x) if isinstance(x, float) else mat(x) for key, x in step.items()})


def before(apart: dict[str, Any]) -> Deviation:
    return Deviation([arb(x) for x in apart["nu"]], arb(apart["mu"]), arb(apart["epsilon"]))


def theorem(name: str, step: dict[str, Any], apart: dict[str, Any], in_floats: bool = False) -> dict[str, Any]:
    """All bounds of the theorem, letter by letter.

    In floats the margin of a neuron at its kink is its own, and ``‖ẽ_i‖‖b_r‖`` is in the place of ``ẽ_i·b_r``.
    """
    at = {key: number(x) for key, x in step.items()}
    X, b, nu = (number(apart[key]) for key in ("X", "b", "nu"))
    mu, eps = mp.mpf(apart["mu"]), mp.mpf(apart["epsilon"])
    n, p = at["Z"].shape
    k = b.shape[1]
    eta, l1, kappa = mp.mpf(ETA), L1[name], mp.mpf(step["keep"])
    root = mp.sqrt(p)
    s, x, K = eta / root, spectral(X), X @ X.T
    lengths, b_sizes = norms(X), norms(b)
    a = norms(at["beta"]) + mu
    c = a * b_sizes
    Phi, V = spectral(at["features"]), K @ at["pull"]
    M, wide = norm(V), norm(nu)
    reach, errors = Phi + l1 * M, norms(at["e"])

    H, G = number(np.zeros((n * k, n * k))), at["features"] @ at["features"].T / p
    A = number(np.zeros((n * k, n * k)))
    for i, j in np.ndindex(n, n):
        for o, q in np.ndindex(k, k):
            paths = sum(at["beta"][r, o] * b[r, q] * at["slopes"][i, r] * at["slopes"][j, r] for r in range(p))
            H[i * k + o, j * k + q] = K[i, j] * paths / p
            A[i * k + o, j * k + q] = kappa * ((i, o) == (j, q)) - eta * G[i, j] * (o == q)
    A = A - kappa * eta * H

    eb = np.outer(errors, b_sizes) if in_floats else at["e"] @ b.T
    if name == "relu":
        near = np.outer(lengths, nu) if in_floats else np.outer(lengths, [max(nu)] * p)
        near_kink = np.array([not (z > m or z <= -m) for z, m in zip(at["Z"].flat, near.flat, strict=True)])
        near_kink = near_kink.reshape(n, p)
        B = np.array([s * norm([eb[i, r] for i in range(n) if near_kink[i][r]] or [0]) for r in range(p)])
        rest = [sum(lengths[i] * errors[i] for i in range(n) if near_kink[i][r]) for r in range(p)]
    else:
        l2 = mp.mpf(L2[name])
        B = s * l2 * spectral(errors[:, None] * X) * nu * b_sizes
        rest = l2 / 2 * x * norm(lengths * errors) * nu
    lean = [norm([X.T @ (at["slopes"][:, r] * at["e"][:, o]) for o in range(k)]) for r in range(p)]
    g = nu * (np.array(lean, dtype=object) + rest)
    nu_hat = nu + x * (B + s * l1 * b_sizes * eps)
    nu_next = nu_hat + x * at["delta_n"]
    if name == "relu":
        over = np.zeros((n, p), dtype=bool)
        for i, r in np.ndindex(n, p):
            sides = [
                {z > 0, z - m > 0, z + m > 0}
                for z, m in (
                    (at["Z"][i, r], near[i, r]),
                    (at["Z_next"][i, r], lengths[i] * (nu_next[r] if in_floats else max(nu_next))),
                )
            ]
            over[i, r] = len(sides[0] | sides[1]) > 1
        E = norm([sum(a[r] * lengths[i] * nu[r] for r in range(p) if over[i, r]) for i in range(n)])
        S = norm([sum(c[r] * lengths[i] for r in range(p) if over[i, r]) for i in range(n)])
        S += x * sum(c[r] for i, r in np.ndindex(n, p) if near_kink[i][r])
    else:
        # |dσ| is at most L₂/2 times |dz| + |dz⁺|, each at most ‖x_i‖ν̂
        chi, j = max(lengths), norms((lengths[:, None] * V).T)
        E = sum(a[r] * l2 * nu_hat[r] * j[r] for r in range(p))
        S = l2 * sum(c[r] * (2 * x * chi * nu_hat[r] + j[r] / 2) for r in range(p))

    theta = s * (norm(g) + (Phi + l1 * x * wide) * eps)
    turned = sum(nu_hat * norms(at["turn"]))
    epsilon = (
        spectral(A) * eps
        + eta / p * (l1 * M * Phi * eps + reach * (norm(g) + l1 * x * wide * eps))
        + l1 * (x * (turned + norm(nu_hat) * theta) + abs(kappa) * mu * M) / root
        + abs(kappa) / root * (E + l1 * x**2 * sum(a * B))
        + abs(kappa) * eta / p * x * l1 * (x * l1 * norm(b) * mu + S) * eps
        + (l1 * x * x * at["delta_n"] * norm(at["beta_next"]) + reach * at["delta_beta"]) / root
    )
    return {
        "A": A,
        "B": B,
        "nu_hat": nu_hat,
        "nu_next": nu_next,
        "a": a,
        "V": V,
        "g": g,
        "E": E,
        "S": S,
        "mu": abs(kappa) * mu + theta + at["delta_beta"],
        "epsilon": epsilon,
    }


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_every_bound_is_the_one_of_the_theorem(name: str, k: int, seed: int) -> None:
    state, step, apart = problem(name, k, seed)
    expected = theorem(name, step, apart)
    after = deviation.shadow(state).after(balls(step), before(apart))
    assert all(near(v, w) for v, w in zip(after.nu, expected["nu_next"], strict=True))
    assert near(after.mu, expected["mu"])
    assert near(after.epsilon, expected["epsilon"])


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("name", ["relu", "tanh", "erf"])
def test_the_parts_are_those_of_the_theorem(name: str, k: int) -> None:
    """As they can be much smaller than the sum they are in."""
    state, step, apart = problem(name, k)
    expected, at, old = theorem(name, step, apart), balls(step), before(apart)
    with ctx.workprec(64):
        theirs = deviation.shadow(state)
        A = theirs.propagator(at, at.features * at.features.transpose() * (1 / arb(P)))
        B = theirs.bent(at, old.nu)
        hats, nexts, a = ([arb(mp.nstr(x, 30)) for x in expected[key]] for key in ("nu_hat", "nu_next", "a"))
        g = theirs.gathered(at, old.nu)
        parts = theirs.bends(at, old, hats, nexts, a, theirs.XX * at.pull)
    for ball, entry in zip(A.entries(), expected["A"].ravel(), strict=True):
        assert abs(ball - arb(mp.nstr(entry, 30))) < 1e-15
    for found, key in ((B, "B"), (g, "g")):
        assert all(near(u.upper(), v) for u, v in zip(found, expected[key], strict=True))
    assert all(near(u.upper(), expected[key]) for u, key in zip(parts, "ES", strict=True))


def corners(step: dict[str, Any], radius: dict[str, float], g: Any) -> Iterator[dict[str, Any]]:
    """Steps inside the balls: all ends on one side, and ends at random."""
    for sign in (1, -1, 0, 0, 0):
        signs = {key: sign or g.choice([-1, 1], size=np.shape(x)) for key, x in step.items()}
        yield {key: x + radius.get(key, 0.0) * signs[key] for key, x in step.items()}


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("name", ["relu", "tanh"])
@pytest.mark.parametrize("wide", [*(field.name for field in fields(ExactStep)), "everything"])
def test_bounds_hold_for_every_step_in_the_balls(name: str, k: int, wide: str) -> None:
    for flip in (1, -1):
        state, step, apart = problem(name, k, 7)
        step = {key: flip * abs(x) if key != "keep" else x for key, x in step.items()}
        step |= {key: abs(step[key]) for key in ("slopes", "delta_n", "delta_beta")}
        radius = {key: 0.125 for key in step if wide in (key, "everything")}
        at = ExactStep(
            **{
                key: arb(x, r) if isinstance(x, float) else arb_mat([[arb(y, r) for y in row] for row in x.tolist()])
                for key, x in step.items()
                for r in [radius.get(key, 0.0)]
            }
        )
        after = deviation.shadow(state).after(at, before(apart))
        for inside in corners(step, radius, np.random.default_rng(k)):
            expected = theorem(name, {key: float(x) if np.ndim(x) == 0 else x for key, x in inside.items()}, apart)
            found = [*after.nu, after.mu, after.epsilon]
            bounds = [*expected["nu_next"], expected["mu"], expected["epsilon"]]
            assert all(exact(u) >= v * (1 - mp.mpf(10) ** -30) for u, v in zip(found, bounds, strict=True))


# steps of linear networks that reach the bounds: every inequality of the proof is an equality


def reaching(kind: str, copies: tuple[int, int, int]) -> tuple[list[Any], Deviation]:
    """True distances after one step, and the bounds; samples, neurons and outputs are copies of one."""
    n, p, k = copies
    y, kappa, slip = 0.0, -0.5, (0.0, 0.0)
    w, beta, b, dw, dbeta, x = 1.5, 0.0, -0.75, 0.0, 0.5, 1.25
    if kind == "features":  # only W is off, the error is large, and W stays
        y, b, dw, dbeta = -2.0, 0.0, 0.5, 0.0
    elif kind == "moving":  # only β is off, by a little, and W moves far
        y, b, dbeta = 2.0, 0.75, 2.0**-70
    elif kind == "placed":  # nothing is off but what is put in the place of the outcome
        y, b, dbeta, slip = -2.0, -0.75, 0.0, (0.25, 0.5)
    one = number(np.ones((n, 1)))
    with mp.workdps(80):
        eta, root = mp.mpf(ETA), mp.sqrt(p)
        s, b_all, Y = eta / root, number(np.full((p, k), b)), number(np.full((n, k), y))
        X = one * x

        def error(W: Any, V: Any) -> Any:
            return X @ W.T @ V / root - Y

        def stepped(W: Any, V: Any) -> tuple[Any, Any]:
            e = error(W, V)
            return W - s * (e @ b_all.T).T @ X, kappa * V - s * (X @ W.T).T @ e

        exact_state = number(np.full((p, 1), w)), number(np.full((p, k), beta))
        run = number(np.full((p, 1), w + dw)), number(np.full((p, k), beta + dbeta))
        e, e_run = error(*exact_state), error(*run)
        outcome, run_next = stepped(*exact_state), stepped(*run)
        # N̂ moves along X, and W̃⁺ = Ŵ + slip·sign
        sign = 1 if outcome[0][0, 0] >= 0 else -1
        towards = 1 if outcome[1][0, 0] > 0 else -1
        placed = outcome[0] + slip[0] * sign, outcome[1] + slip[1] * towards
        with ctx.workprec(200):

            def fine(A: Any) -> arb_mat:
                return arb_mat([[arb(mp.nstr(z, 60)) for z in row] for row in A])

            Z = X @ exact_state[0].T
            at = ExactStep(
                Z=fine(Z),
                features=fine(Z),
                slopes=fine(number(np.ones((n, p)))),
                e=fine(e),
                beta=fine(exact_state[1]),
                pull=fine(s * e @ b_all.T),
                turn=fine(s * Z.T @ e),
                keep=arb(kappa),
                Z_next=fine(X @ placed[0].T),
                beta_next=fine(placed[1]),
                # ‖slip‖ of W, as a multiple of the one row that all rows of X are
                delta_n=arb(slip[0]) * arb(p).sqrt() / (arb(x) * arb(n).sqrt()),
                delta_beta=arb(slip[1]) * arb(p * k).sqrt(),
            )
            apart = Deviation(
                [arb(abs(dw))] * p, arb(abs(dbeta)) * arb(p * k).sqrt(), arb(mp.nstr(norm(e_run - e), 60))
            )
            matrix = [arb(v) for v in np.full(p * k, b)]
            state = ExactState("linear", arb(ETA), fine(X), [arb(y)] * (n * k), fine(exact_state[0]), matrix, matrix)
        after = deviation.shadow(state).after(at, apart)
        off = run_next[0] - placed[0], run_next[1] - placed[1], error(*run_next) - error(*placed)
        return [max(norms(off[0])), norm(off[1]), norm(off[2])], after


@pytest.mark.parametrize("copies", [(1, 1, 1), (2, 1, 1), (1, 4, 1), (1, 1, 2), (2, 3, 2)], ids=str)
@pytest.mark.parametrize("kind", ["far", "moving"])
def test_steps_that_reach_every_bound(kind: str, copies: tuple[int, int, int]) -> None:
    """Half of any term of the theorem, or a forgotten one, would be too little for these."""
    found, after = reaching(kind, copies)
    for true, bound in zip(found, (after.nu[0], after.mu, after.epsilon), strict=True):
        assert true * (1 - mp.mpf(10) ** -25) <= exact(bound) <= true * (1 + mp.mpf(10) ** -3)


@pytest.mark.parametrize("copies", [(1, 1, 1), (2, 1, 1), (1, 1, 2)], ids=str)
@pytest.mark.parametrize("kind", ["features", "placed"])
def test_steps_that_nearly_reach_every_bound(kind: str, copies: tuple[int, int, int]) -> None:
    found, after = reaching(kind, copies)
    for true, bound in zip(found, (after.nu[0], after.mu, after.epsilon), strict=True):
        assert true * (1 - mp.mpf(10) ** -25) <= exact(bound) <= true * 1.05 + mp.mpf(10) ** -30


@pytest.mark.parametrize(("error", "share"), [(2.0, 2), (0.0, 3)])
def test_neurons_at_their_kinks_reach_a_share_of_the_bound(error: float, share: int) -> None:
    """One sample; the first neuron is off the kink by nearly nothing, on two sides, and that is all: E or S.

    The bound is the sum of two or three equal ones, of which the run may take any but only one. Without an error of the
    exact state the second neuron, which learns nothing, gives the run one.
    """
    tiny, x, kappa, moved = mp.mpf(2) ** -60, mp.mpf("1.25"), mp.mpf("-0.5"), mp.mpf(2) ** -20 * (not error)
    s = mp.mpf(ETA) / mp.sqrt(2)
    b = np.array([64 if error else -64, 0])
    second = 0 if error else 1
    W, V = number([-tiny, second]), number([128, 0])
    W_run, V_run = number([tiny, second]), V + number([0, moved])

    def stepped(W: Any, V: Any) -> tuple[Any, ...]:
        z = x * W
        psi, slope = np.where(z > 0, z, 0 * z), number(z > 0)
        e = psi @ V / mp.sqrt(2) - error
        W_next, V_next = W - s * x * e * b * slope, kappa * V - s * psi * e
        z_next = x * W_next
        e_next = np.where(z_next > 0, z_next, 0 * z_next) @ V_next / mp.sqrt(2) - error
        return z, psi, slope, e, W_next, V_next, e_next

    z, psi, slope, e, *outcome = stepped(W, V)
    _, _, _, e_run, *outcome_run = stepped(W_run, V_run)
    with ctx.workprec(200):

        def fine(v: Any) -> arb_mat:
            return arb_mat(1, len(v), [arb(mp.nstr(u, 50)) for u in v])

        at = ExactStep(
            Z=fine(z),
            features=fine(psi),
            slopes=fine(slope),
            e=fine([e]),
            beta=fine(V).transpose(),
            pull=fine(s * e * b * slope),
            turn=fine(s * psi * e).transpose(),
            keep=arb(-0.5),
            Z_next=fine(x * outcome[0]),
            beta_next=fine(outcome[1]).transpose(),
            delta_n=arb(0),
            delta_beta=arb(0),
        )
        apart = Deviation([2 * arb(2) ** -60, arb(0)], arb(mp.nstr(moved, 50)), arb(mp.nstr(abs(e_run - e), 50)))
        weights = [arb(int(v)) for v in b]
        state = ExactState("relu", arb(ETA), fine([x]), [arb(error)], arb_mat(2, 1), weights, weights)
    after = deviation.shadow(state).after(at, apart)
    off = [u - v for u, v in zip(outcome_run, outcome, strict=True)]
    assert abs(off[0][0]) <= exact(after.nu[0]) <= abs(off[0][0]) * (1 + mp.mpf(10) ** -9)
    assert norm(off[1]) <= exact(after.mu)
    assert abs(off[2]) <= exact(after.epsilon) <= abs(off[2]) * (share + 0.01)


# single decisions and roundings


@pytest.mark.parametrize("name", NAMES)
def test_steepness_and_curvature_are_not_below_their_constants(name: str) -> None:
    theirs = deviation.shadow(problem(name, 1)[0])
    assert near(theirs.L1, L1[name])
    if name != "relu":
        value = exact(theirs.L2)
        assert Fraction(L2[name]) <= Fraction(str(mp.nstr(value, 40))) <= Fraction(L2[name]) + Fraction(1, 10**15)


def test_sides_of_the_kink_at_its_very_margin() -> None:
    state = replace(problem("relu", 1)[0], X=arb_mat([[3, 4]]))
    theirs = deviation.shadow(state)
    assert isinstance(theirs, deviation.KinkedShadow)
    nu, tiny = [arb(0.25), arb(0.5), arb(0.125), arb(0), arb(0), arb(0)], 2.0**-40
    Z = [2.5, 2.5 + tiny, -2.5, -2.5 + tiny, 0.0, -2.5 - tiny]
    assert theirs.sides(arb_mat([Z]), nu) == [0, 1, -1, 0, 0, -1]
    wide = [arb(z, 0.5) for z in (2.75, 3.5, -2.75, -3.5, 0, 9)]
    assert theirs.sides(arb_mat([wide]), nu) == [0, 1, 0, -1, 0, 1]
    assert theirs.sides(arb_mat([[0.0, tiny]]), [arb(0)] * 2) == [-1, 1]


def test_margins_of_the_kink_are_rounded_up() -> None:
    rounded_down = 0
    theirs = deviation.shadow(problem("relu", 1)[0])
    assert isinstance(theirs, deviation.KinkedShadow)
    for i in range(1, 40):
        far = 1 / arb(2 * i + 1)
        far = far.mid()
        with ctx.workprec(64):
            middle = [(length * far).mid() for length in theirs.lengths]
            with ctx.workprec(256):
                true = [length * far for length in theirs.lengths]
                between = [(m + t) / 2 for m, t in zip(middle, true, strict=True)]
            sides = theirs.sides(arb_mat([[z] for z in between]), [far])
        for m, t, side in zip(middle, true, sides, strict=True):
            rounded_down += bool(m < t)
            assert side == 0 or not m < t
    assert rounded_down > 20


def test_norms_are_rounded_up() -> None:
    for i in range(1, 40):
        M = arb_mat([[arb(i), arb(i + 3)]])
        with ctx.workprec(24):
            (size,) = deviation.row_norms(M, arb_mat([[1, 0], [0, 1]]))
            whole = deviation.frobenius(M)
        with ctx.workprec(200):
            true = (arb(i) ** 2 + arb(i + 3) ** 2).sqrt()
            assert size >= true.mid()
            assert whole >= true.mid()


def test_small_is_about_the_sum() -> None:
    def small(*nu: float, mu: float, epsilon: float) -> bool:
        return Deviation([arb(v) for v in nu], arb(mu), arb(epsilon)).small

    assert small(0.25, 0.5, mu=0.25, epsilon=0.125)
    for nu, mu, epsilon in ((0.5, 0.25, 0.25), (0.0, 0.5, 0.75), (0.75, 0.0, 0.75), (0.75, 0.75, 0.0)):
        assert not small(0, nu, mu=mu, epsilon=epsilon)
    for far in (1.5, float("nan"), float("inf")):
        assert not small(far, mu=0, epsilon=0)
        assert not small(0, mu=far, epsilon=0)
        assert not small(0, mu=0, epsilon=far)


def test_norms_are_upper_bounds_of_all_in_the_balls() -> None:
    M = arb_mat([[arb(3, 0.5), arb(-4, 0.5)]])
    assert near(deviation.frobenius(M), mp.sqrt(mp.mpf("32.5")))
    assert near(deviation.frobenius(M.transpose()), mp.sqrt(mp.mpf("32.5")))
    assert near(deviation.largest([arb(1, 0.5), arb(0.25), arb(1.25, 1)]), mp.mpf("2.25"))
    (size,) = deviation.row_norms(arb_mat([[arb(3, 0.5), arb(4, 0.5)]]), arb_mat([[2, 1], [1, 2]]))
    assert near(size, mp.sqrt(2 * (mp.mpf("3.5") ** 2 + mp.mpf("4.5") ** 2 + mp.mpf("3.5") * mp.mpf("4.5"))))


def test_limits_are_rounded_outwards() -> None:
    for i in range(1, 40):
        radius = (1 / arb(2 * i + 1)).mid()
        with ctx.workprec(24):
            low, high = from_start.around([arb(i)], radius)  # the norm is exact, the sum is not
            assert low.is_exact()
            assert high.is_exact()
        with ctx.workprec(200):
            assert low <= i - radius
            assert high >= i + radius


def test_limits_are_as_far_as_the_bounds_may_be() -> None:
    state = replace(problem("tanh", 1)[0], X=arb_mat([[3, 4]]), beta=[arb(0)] * 2)
    end = trajectory.Enclosure(
        arb_mat([[1, 2]]), [arb(1, 0.5), arb(0)], arb_mat(1, 2), [arb(30), arb(40)], arb_mat(1, 1)
    )
    bounds = SimpleNamespace(rho=[arb(1.5), arb(4)], tau=[arb(3, 1), arb(3)], alignment=None)
    found = from_start.limits(state, end, bounds).totals  # type: ignore[arg-type]
    ends = {key: tuple(map(float, pair)) for key, pair in found.items()}
    size = math.hypot(5, 10)
    assert ends["total_w"] == pytest.approx((size - 5, size + 5))
    assert ends["total_beta"] == pytest.approx((45, 55))


def test_the_share_of_the_radius_is_rounded_up() -> None:
    for i in range(1, 40):
        K = arb_mat([[arb(1, 0.125 * i)]])
        with ctx.workprec(24):
            eta = arb(1) / 7
            _, s = one_step(arb_mat([[1]]), arb_mat([[1]]), eta, K)
        with ctx.workprec(200):
            assert s.is_exact()
            assert s >= eta.upper() * K[0, 0].rad()


def test_radii_of_pre_activations_are_rounded_up() -> None:
    """Of exact ones, so that nothing is added to ``‖x‖ν``: with W(0) = 0 they are multiples of N."""
    state = replace(problem("tanh", 1)[0], X=arb_mat([[1, 1]]), y=[arb(1)])
    for steps in (1, 2, 3, 4):
        end = trajectory.enclose(state, arb(0.25), None, steps, bits=24)
        assert isinstance(end, trajectory.Enclosure)
        with ctx.workprec(200):
            assert all(z.mid() == -2 * n for z, n in zip(end.Z.entries(), end.N.entries(), strict=True))
            for z, nu in zip(end.Z.entries(), end.nu, strict=True):
                assert z.rad() >= arb(2).sqrt() * nu


@pytest.mark.parametrize(("k", "cost"), [(1, 15_494), (2, 23_130)])
def test_cost_of_a_step(k: int, cost: int) -> None:
    """15 numbers and 32, at 64 bits, and products of 3k×3k with 5 more."""
    state = problem("tanh", k)[0]
    assert [trajectory.cost(state, steps, 64) for steps in (1, 7)] == [cost, 7 * cost]


def test_the_cone_of_slow_modes_pays_for_every_perturbation() -> None:
    """One mode: (4) is ``μ² < a² − 2sa − s²``, here 0.4375; and it needs a start inside the cone."""
    A, s, x = arb_mat([[1]]), arb(0.25), arb_mat([[1]])
    assert slow.decays_no_faster(A, s, x, arb(0.6614))
    assert not slow.decays_no_faster(A, s, x, arb(0.6615))
    assert not slow.decays_no_faster(A, s, x * 0, arb(0.5))
