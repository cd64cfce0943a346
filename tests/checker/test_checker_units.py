"""The parts of the checker one by one: every bound against an independent one, every refusal, every exact value."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from certificates import instance, sealed
from flint import arb, arb_mat, ctx
from references import in_floats

from fa_theory.checker import document, eigenvalues, linalg, ranges, verdict
from fa_theory.checker.counterexample import growth as growth_module
from fa_theory.checker.decay import from_start, from_state, kinks, trajectory
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.certify import growth_counterexample
from fa_theory.model.activations import activation
from fa_theory.model.network import Network

NAN = arb("nan")


def exactly(x: arb, value: float) -> bool:
    """Whether x is this one number."""
    return bool(x.is_exact() and x == value)


# linear algebra


def test_up_is_the_upper_end() -> None:
    assert linalg.up(arb(1, 0.5)) >= 1.5
    assert linalg.up(arb(1, 0.5)) < 1.5 + 1e-8
    assert linalg.up(arb(0.75)) == 0.75
    assert arb(linalg.up(arb("1.5e-330"))) >= arb("1.5e-330")
    assert math.isnan(linalg.up(NAN))
    with ctx.workprec(200):
        for i in range(1, 40):
            x = arb(i) / 7 + arb(0, 2.0**-70)
            assert arb(linalg.up(x)) >= x.upper()


def test_entry_by_entry() -> None:
    A, B = arb_mat([[1, 2, 3], [4, 5, 6]]), arb_mat([[6, 5, 4], [3, 2, 1]])
    assert linalg.elementwise(lambda a, b: a - b, A, B) == arb_mat([[-5, -3, -1], [1, 3, 5]])
    with pytest.raises(ValueError, match="shorter"):
        linalg.elementwise(lambda a, b: a, A, arb_mat([[1]]))
    assert linalg.kron(arb_mat([[1, 2]]), arb_mat([[3], [5]])) == arb_mat([[3, 6], [5, 10]])
    assert linalg.row_products(A, B).tolist()[1] == [3, 4, 3]
    assert linalg.identity(2) == arb_mat([[1, 0], [0, 1]])


def test_euclidean_norms_of_balls() -> None:
    balls = [arb(3, 0.5), arb(-4, 0.5)]
    most, least = linalg.euclidean(balls), linalg.least_norm(balls)
    assert most.is_exact()
    assert least.is_exact()
    assert 0 <= float(most) - math.hypot(3.5, 4.5) < 1e-7
    assert 0 <= math.hypot(2.5, 3.5) - float(least) < 1e-7
    with ctx.workprec(32):
        above, below = linalg.euclidean([arb(1), arb(1)]), linalg.least_norm([arb(1), arb(1)])
        norm = linalg.spectral_norm(arb_mat([[1, 2], [2, 4]]))
    with ctx.workprec(300):
        assert above**2 > 2
        assert below**2 < 2
        assert norm > 5
    assert linalg.spectral_norm(arb_mat([[1, 2], [2, 4]])).is_exact()


def test_definiteness_of_three_by_three() -> None:
    assert linalg.positive_definite(arb_mat([[4, 9, 9], [2, 5, 9], [2, 3, 3.0001]]))  # the lower triangle counts
    assert not linalg.positive_definite(arb_mat([[4, 2, 2], [2, 5, 3], [2, 3, 2.5]]) - linalg.identity(3) * 0.5001)
    assert not linalg.norm_below(arb_mat(2, 2), arb(0))
    assert linalg.inverse(arb_mat([[1, 1], [1, 1]])) is None


def test_violations_are_measured() -> None:
    one = (arb(1), arb(2))
    assert verdict.violations("", one, one) == []
    assert verdict.violations("", (arb(0), arb(3)), (arb(1), arb(3)))[0][0] == pytest.approx(0.5, rel=1e-12)
    for low, high, size in ((0.5, 4, 2), (-1, 2.5, 2), (0, 3, 1), (1.5, 2.25, 0.25)):
        ((found, text),) = verdict.violations("here", (arb(low), arb(high)), one)
        assert found == pytest.approx(size, rel=1e-12)
        assert text == f"here: the claimed [1, 2] does not contain [{low:g}, {high:g}]"
    assert verdict.violations("", (arb(1), NAN), one)[0][0] == math.inf
    assert verdict.violations("", (NAN, arb(2)), one)
    assert verdict.violation_size(arb(1) / 4) == 0.25
    assert verdict.violations("", (arb(1), arb(2, 0.5)), one)
    assert verdict.violations("", (arb(1, 0.5), arb(2)), one)


# eigenvalues


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_eigenvalues_of_every_matrix_inside(n: int) -> None:
    g = np.random.default_rng(n)
    A = g.normal(size=(n, n))
    A = A + A.T
    exact = eigenvalues.extreme_eigenvalues(arb_mat(A.tolist()))
    w = np.linalg.eigvalsh(A)
    for ball, value in zip(exact, (w[0], w[-1]), strict=True):
        assert ball.rad() < 1e-12
        assert abs(ball - value) < 1e-12
    radius = 0.01
    low, high = eigenvalues.extreme_eigenvalues(arb_mat([[arb(x, radius) for x in row] for row in A.tolist()]))
    # the extremes over all matrices inside: signs along an eigenvector
    for vector in np.linalg.eigh(A)[1].T:
        for sign in (-1, 1):
            w = np.linalg.eigvalsh(A + sign * radius * np.sign(np.outer(vector, vector)))
            assert float(low.lower()) <= w[0] <= float(low.upper())
            assert float(high.lower()) <= w[-1] <= float(high.upper())
    assert low.rad() < 4 * n * radius


def test_eigenvalues_are_unknown_rather_than_wrong() -> None:
    for A in (arb_mat([[NAN]]), arb_mat([[1, 0], [0, arb(0, "inf")]])):
        for ball in eigenvalues.extreme_eigenvalues(A):
            assert not ball > 2
            assert not ball < 0.5
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eigenvalues, "inverse", lambda V: None)
        for ball in eigenvalues.extreme_eigenvalues(arb_mat([[1]])):
            assert not ball.is_finite()
            assert ball.contains(1)
        # a basis that is no good: still right
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eigenvalues, "_basis", lambda M: arb_mat([[1, 0.5], [0, 1]]))
        low, high = eigenvalues.extreme_eigenvalues(arb_mat([[2, 1], [1, 5]]))
        assert low.contains((7 - arb(13).sqrt()) / 2)
        assert high.contains((7 + arb(13).sqrt()) / 2)
        low, high = eigenvalues.extreme_eigenvalues(arb_mat([[5, -1], [-1, 2]]))
        assert low.contains((7 - arb(13).sqrt()) / 2)
        assert high.contains((7 + arb(13).sqrt()) / 2)


@pytest.mark.parametrize(
    ("A", "low", "high"),
    [
        ([[1, 0.5, 0.25], [0.5, 4, 0], [0.25, 0, 2]], (0.25, 1), (4, 4.5)),
        ([[4, 0.5, 0.25], [0.5, 1, 0], [0.25, 0, 2]], (0.5, 1), (4, 4.75)),
        ([[1, 0.5, 0.25], [0.5, 1, 0], [0.25, 0, 1]], (0.25, 1), (1, 1.75)),
        ([[2, 0.5, 0], [0.5, 1, 0.25], [0, 0.25, 4]], (0.25, 1), (4, 4.25)),
    ],
)
def test_eigenvalues_are_gershgorins_where_the_basis_does_nothing(A: Any, low: Any, high: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eigenvalues, "_basis", lambda M: linalg.identity(3))
        for ball, ends in zip(eigenvalues.extreme_eigenvalues(arb_mat(A)), (low, high), strict=True):
            assert float(ball.lower()) == pytest.approx(ends[0], abs=1e-8)
            assert float(ball.upper()) == pytest.approx(ends[1], abs=1e-8)


# ranges


def test_the_slope_of_relu_at_an_unknown_number_is_known() -> None:
    for x in (NAN, arb(0, "inf")):
        slope = ranges.slope_range("relu", x)
        assert float(slope.lower()) == pytest.approx(0, abs=1e-8)
        assert float(slope.upper()) == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("name", ranges.ACTIVATIONS)
def test_ranges_are_tight_at_their_ends(name: str) -> None:
    (psi, slope), declared = REFERENCE[name], activation(name)
    for low, high in ((-2.0, 0.5), (0.25, 3.0), (-3.0, -0.25), (0.0, 1.0), (-1.0, 0.0), (0.0, 0.0), (0.5, 0.5)):
        if name == "relu" and low * high == 0:
            continue  # a ball that ends at 0 reaches beyond it
        x = ranges.hull(arb(low), arb(high)) if low < high else arb(low)
        value = ranges.value_range(name, x)
        values = [psi(t) for t in (low, high, *(t for t in declared.value_turns if low < t < high))]
        assert float(value.lower()) == pytest.approx(min(values), abs=1e-8)
        assert float(value.upper()) == pytest.approx(max(values), abs=1e-8)
        inside = [slope(t) for t in (low, high, *(t for t in declared.slope_turns if low < t < high))]
        found = ranges.slope_range(name, x)
        assert float(found.lower()) == pytest.approx(min(inside), abs=1e-8)
        assert float(found.upper()) == pytest.approx(max(inside), abs=1e-8)
    steepest = max(abs(slope(t)) for t in (0.0, 40.0, *declared.slope_turns))
    assert float(ranges.steepest(name).upper()) == pytest.approx(steepest, abs=1e-12)
    for t in (0.7, -0.7, 20.0, -20.0):
        assert float(ranges.value_range(name, arb(t))) == pytest.approx(psi(t), rel=1e-14, abs=1e-15)
        assert float(ranges.slope_range(name, arb(t))) == pytest.approx(slope(t), rel=1e-13)


def _sigmoid(t: float) -> float:
    return 1 / (1 + math.exp(-t))


REFERENCE: dict[str, Any] = {
    "linear": (lambda t: t, lambda t: 1.0),
    "relu": (lambda t: max(t, 0.0), lambda t: float(t > 0)),
    "tanh": (math.tanh, lambda t: math.cosh(t) ** -2),
    "erf": (math.erf, lambda t: 2 / math.sqrt(math.pi) * math.exp(-t * t)),
    "sigmoid": (_sigmoid, lambda t: math.exp(-abs(t)) * _sigmoid(abs(t)) ** 2),
    "softplus": (lambda t: max(t, 0.0) + math.log1p(math.exp(-abs(t))), _sigmoid),
}
REFERENCE |= {name: in_floats(name) for name in ranges.ACTIVATIONS if name not in REFERENCE}


def test_a_ball_around_the_kink_has_every_slope() -> None:
    for x in (arb(0, 1), arb(0.5, 1), arb(-0.5, 1), arb(1, 1), arb(-1, 1), arb(0, 2.0**-400)):
        for slope in (ranges._step(x), ranges.slope_range("relu", x)):
            assert slope.contains(0)
            assert slope.contains(1)
            assert slope.contains(0.5)
    assert exactly(ranges.slope_range("relu", arb(0)), 0)
    assert exactly(ranges._step(arb(2, 1)), 1)
    assert exactly(ranges._step(arb(-2, 1)), 0)


# decay: every quantity of the theorem, computed another way


def floats(values: Any) -> np.ndarray:
    """Nested lists of hexadecimal numbers as an array."""
    array = np.array(values, dtype=object)
    return np.array([float.fromhex(x) for x in array.ravel()]).reshape(array.shape)


def ends(name: str, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, ...]:
    """Ranges of ψ and of ψ' over intervals."""
    found: list[np.ndarray] = []
    declared = activation(name)
    for f, turns in zip(REFERENCE[name], (declared.value_turns, declared.slope_turns), strict=True):
        at = [np.vectorize(f, otypes=[float])(np.clip(t, low, high)) for t in (-np.inf, np.inf, *turns)]
        found += [np.minimum.reduce(at), np.maximum.reduce(at)]
    return tuple(found)


def theorem(doc: dict[str, Any]) -> dict[str, Any]:
    """The quantities of the theorem in floating point, as `decay` and `kinks` define them."""
    X, W, C = (floats(doc[key]) for key in ("X", "W", "norm"))
    y, beta, b = (floats(doc[key]) for key in ("y", "beta", "b"))
    (n, _), p, k = X.shape, len(W), y.shape[1] if y.ndim == 2 else 1
    y, beta, b = y.reshape(n, k), beta.reshape(p, k), b.reshape(p, k)
    rho, tau = floats(doc["tube"]["rho"]), floats(doc["tube"]["tau"])
    q, eta = float.fromhex(doc["rate"]), float.fromhex(doc["eta"])
    name, scale, Ci, XX = doc["activation"], eta / np.sqrt(p), np.linalg.inv(C), X @ X.T
    Z = X @ W.T
    e = (np.vectorize(REFERENCE[name][0])(Z) @ beta / np.sqrt(p) - y).ravel()
    sigma, weighted = np.linalg.norm(Ci, 2), np.linalg.norm(C @ e)
    S = sigma * weighted / (1 - q)
    coarse = np.linalg.norm(X, axis=1)[:, None] * rho
    steepest = np.maximum(*(abs(end) for end in ends(name, Z - coarse, Z + coarse)[2:]))
    force = scale * np.linalg.norm(b, axis=1) * S
    delta = np.array(
        [[min(coarse[i, r], force[r] * np.linalg.norm(XX[i] * steepest[:, r])) for r in range(p)] for i in range(n)]
    )
    low, high, least, most = ends(name, Z - delta, Z + delta)
    values, slopes = ((low + high) / 2, (high - low) / 2), ((least + most) / 2, (most - least) / 2)

    def times(u: Any, v: Any) -> Any:
        return u[0] * v[0], abs(u[0]) * v[1] + u[1] * abs(v[0]) + u[1] * v[1]

    K, R = np.zeros((n * k, n * k)), np.zeros((n * k, n * k))
    for i, c, j, f in np.ndindex(n, k, n, k):
        at = i * k + c, j * k + f
        for r in range(p):
            of = [(values[0][a, r], values[1][a, r]) for a in (i, j)]
            sl = [(slopes[0][a, r], slopes[1][a, r]) for a in (i, j)]
            weight = beta[r, c], tau[r]
            terms = [times(times(times(weight, (b[r, f], 0.0)), (XX[i, j], 0.0)), times(*sl))]
            terms += [times(*of)] if c == f else []
            for mid, radius in terms:
                K[at] += mid / p
                R[at] += radius / p
    A = C @ (np.eye(n * k) - eta * K) @ Ci
    features = np.maximum(abs(low), abs(high))
    size = np.linalg.norm(X, 2)
    inner, reach = (b * beta).sum(), scale * S
    radius = reach * np.linalg.norm(np.abs(values[0] @ b) + values[1] @ abs(b))
    middle = np.linalg.norm(values[0], 2)
    spread = reach * middle, reach * (middle + np.linalg.norm(values[1], 2))
    return {
        "rho": force * size * steepest.max(axis=0),
        "tau": scale * S * np.linalg.norm(features, axis=0),
        "error": np.linalg.norm(e),
        "budget": S,
        "movement_w": (force * size * steepest.max(axis=0)).max(),
        "movement_beta": (scale * S * np.linalg.norm(features, axis=0)).max(),
        "overshoot": sigma * min(np.linalg.norm(C, 2), weighted / np.linalg.norm(e)),
        "A": A,
        "s": eta * np.linalg.norm(abs(C) @ R @ abs(Ci), 2),
        "x": C @ e,
        "alignment": (inner, radius, np.linalg.norm(b), np.linalg.norm(beta), spread),
    }


def synthetic(name: str, k: int, radius: float, length: float) -> dict[str, Any]:
    """A document of any kind of numbers, which need not be true."""
    g = np.random.default_rng(3)
    n, d, p = 3, 2, 5

    def exact(A: Any) -> Any:
        return [exact(row) for row in A] if np.ndim(A) else float(A).hex()

    outputs = (k,) if k > 1 else ()
    X = length * g.normal(size=(n, d))
    X[0] /= 4
    return {
        "activation": name,
        "eta": exact(0.125),
        "X": exact(X),
        "W": exact(g.normal(size=(p, d)) / length),
        **{key: exact(g.normal(size=(size, *outputs))) for key, size in (("y", n), ("beta", p), ("b", p))},
        "data": "",
        "format": "",
        "kind": "",
        "digest": "",
        "step": 0,
        "schedule": {"lam": exact(0.0), "cutoff": None},
        "norm": exact(np.eye(n * k) + 0.2 * g.normal(size=(n * k, n * k))),
        "rate": exact(0.9),
        "tube": {"rho": exact(radius * g.uniform(0.5, 1, size=p)), "tau": exact(radius * g.uniform(0.5, 1, size=p))},
        "conclusions": dict.fromkeys(from_state.CLAIMS, exact(0.0)) | {"alignment": None},
    }


CASES = [(name, 1, 1.0) for name in ranges.ACTIVATIONS]
CASES += [("tanh", 2, 1.0), ("tanh", 1, 3.0), ("softplus", 2, 0.25)]


@cache
def expectation(name: str, k: int, length: float, radius: float) -> dict[str, Any]:
    """What this test finds."""
    return theorem(synthetic(name, k, radius, length))


def both(name: str, k: int, length: float, radius: float) -> tuple[dict[str, Any], from_state.DecayBounds]:
    """What this test and what the checker find."""
    claim = from_state.DecayFromState.read(synthetic(name, k, radius, length))
    with ctx.workprec(64):
        found = from_state.bounds(claim.state, claim.C, claim.q, claim.rho, claim.tau)
    assert found is not None
    return expectation(name, k, length, radius), found


@pytest.mark.parametrize("radius", [0.2, 0.001, 5.0])
@pytest.mark.parametrize("case", CASES)
def test_every_bound_of_decay_is_above_and_near_the_one_computed_otherwise(case: Any, radius: float) -> None:
    expected, found = both(*case, radius)
    pairs = [(key, expected[key], found.at_most[key]) for key in found.at_most]
    for name in ("rho", "tau"):
        pairs += [(name, *pair) for pair in zip(expected[name], getattr(found, name), strict=True)]
    pairs += [("s", expected["s"], found.s), ("contraction", np.linalg.norm(expected["A"], 2), found.contraction)]
    for name, value, bound in pairs:
        # squaring overestimates a spectral norm by n^(1/16384); nothing else may show
        assert -1e-10 * value <= float(bound.upper()) - value <= 5e-4 * value, name
        assert bound.is_exact(), name
    for A, M in ((expected["A"], found.A), (expected["x"], found.x)):
        assert all(ball.rad() < 1e-9 for ball in M.entries())
        assert [float(x) for x in M.entries()] == pytest.approx(A.ravel().tolist(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("radius", [0.2, 0.001])
@pytest.mark.parametrize("case", CASES)
def test_alignment_is_above_and_near_the_one_computed_otherwise(case: Any, radius: float) -> None:
    expected, found = both(*case, radius)
    inner, radius, b, beta, spread = expected["alignment"]
    if found.alignment is None:
        assert beta < spread[1] * 1.001
        return
    inside, outside = (
        [(inner + s * radius) / (b * (beta + t * reach)) for s in (-1, 1) for t in (-1, 1)] for reach in spread
    )
    low, high = (float(end) for end in found.alignment)
    slack = 5e-4 * (max(outside) - min(outside)) + 1e-9
    assert max(min(outside), -1) - slack <= low <= max(min(inside), -1) + 1e-9
    assert min(max(outside), 1) + slack >= high >= min(max(inside), 1) - 1e-9


def coarse_case(seed: int, radius: float = 0.0) -> tuple[Any, ...]:
    """One sample: C = 1, so that nothing is overestimated but by rounding and by the radius."""
    network, X, y = instance("tanh", n=1, d=2, p=3, seed=seed)
    state = document.ExactState(
        "tanh",
        arb(0.125),
        arb_mat(X.tolist()),
        [arb(t) for t in y],
        arb_mat(network.W.tolist()),
        [arb(t, radius) for t in network.beta],
        [arb(t) for t in network.b],
    )
    return state, arb_mat([[1]]), arb(0.7), [arb(0.1)] * 3, [arb(0.2)] * 3


def test_bounds_are_rounded_up() -> None:
    for seed in range(12):
        case = coarse_case(seed)
        with ctx.workprec(32):
            coarse = from_state.bounds(*case)
        with ctx.workprec(400):
            fine = from_state.bounds(*case)
            assert coarse is not None
            assert fine is not None
            for key in fine.at_most:
                assert coarse.at_most[key] >= fine.at_most[key], key
            for mine, theirs in zip(coarse.rho + coarse.tau, fine.rho + fine.tau, strict=True):
                assert mine >= theirs
            assert coarse.contraction >= fine.contraction
            assert coarse.s >= fine.s
            assert coarse.alignment is not None
            assert fine.alignment is not None
            assert coarse.alignment[0] <= fine.alignment[0]
            assert coarse.alignment[1] >= fine.alignment[1]


def test_bounds_hold_for_all_states_in_the_balls() -> None:
    g = np.random.default_rng(0)
    for seed in range(4):
        wide = coarse_case(seed, radius=0.01)
        state, C, q, rho, tau = wide
        rest = C, q, [x / (1 if seed % 2 else 100) for x in rho], tau
        tilt = arb(0, 0.02)
        state = replace(
            state, X=state.X * (1 + tilt), b=[x * (1 + tilt) for x in state.b], eta=state.eta * arb(1, 0.25)
        )
        Z = linalg.elementwise(lambda z: z + arb(0, 0.02), state.X * state.W.transpose())
        above = from_state.bounds(state, *rest, Z)
        assert above is not None
        for _ in range(20):
            inside = [arb(z.mid() + arb(0.02 * g.choice([-1, 1]))) for z in Z.entries()]
            beta = [arb(x.mid() + arb(0.01 * g.choice([-1, 1]))) for x in state.beta]
            X, eta = state.X.mid() * arb(1.02), state.eta.mid() * arb(1.25)
            b = [arb(x.mid()) * (1 + g.choice([-1, 1]) * arb(0.02)) for x in state.b]
            found = from_state.bounds(replace(state, X=X, b=b, eta=eta, beta=beta), *rest, arb_mat(1, 3, inside))
            assert found is not None
            for key in found.at_most:
                assert above.at_most[key] >= found.at_most[key].lower() * (1 - 1e-9), key
            for mine, theirs in zip(above.rho + above.tau, found.rho + found.tau, strict=True):
                assert mine >= theirs
            if above.alignment is not None:
                assert found.alignment is not None
                assert above.alignment[0] <= found.alignment[0] + 1e-9
                assert above.alignment[1] >= found.alignment[1] - 1e-9


@pytest.mark.parametrize("radius", [0.5, 1000.0])
def test_bounds_hold_for_all_inputs_feedback_and_rates_in_the_balls(radius: float) -> None:
    for seed in range(3):
        state, C, _, _, tau = coarse_case(seed)
        state, tilt, most, Z = replace(state, y=[arb(3)]), arb(1, 0.25), arb(1.25), state.X * state.W.transpose()
        both_ends = []
        for size, q in ((tilt, arb(0.75, 0.125)), (most, arb(0.875))):
            tilted = replace(state, X=state.X * size, b=[x * size for x in state.b], eta=size / 2)
            both_ends.append(from_state.bounds(tilted, C, q, [arb(radius) * size] * 3, tau, Z))
        above, found = both_ends
        assert above is not None
        assert found is not None
        for mine, theirs in zip(above.rho + above.tau, found.rho + found.tau, strict=True):
            assert mine >= theirs
        for key in ("budget", "movement_w", "movement_beta"):
            assert above.at_most[key] >= found.at_most[key]


def test_no_bounds_without_an_inverse_or_a_rate() -> None:
    state, C, q, rho, tau = coarse_case(0)
    for norm, rate in ((C * 0, q), (C, arb(1)), (C, arb(1.5)), (C, arb(1, 0.1)), (C, NAN)):
        assert from_state.bounds(state, norm, rate, rho, tau) is None


def test_wide_slopes_are_asked_where_norms_do_not_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    state, C, q, rho, tau = coarse_case(0)
    for answer in (True, False):
        monkeypatch.setattr(kinks, "contract", lambda *args, answer=answer: answer)
        for rate in (q, arb(2) ** -20):
            found = from_state.bounds(state, C, rate, rho, tau)
            assert found is not None
            certain = linalg.norm_below(found.A, rate - found.s)
            assert found.contracts == (certain or answer)


def test_regularisation_must_be_off_at_the_step_itself() -> None:
    claim = SimpleNamespace(lam=arb(0.5), cutoff=7, step=7, q=arb(0.5))
    assert from_state.obstacle(claim) == ""  # type: ignore[arg-type]
    for change in ({"step": 6}, {"cutoff": 8}, {"cutoff": None}):
        assert "still on" in from_state.obstacle(SimpleNamespace(**(vars(claim) | change)))  # type: ignore[arg-type]
    assert from_state.obstacle(SimpleNamespace(**(vars(claim) | {"lam": arb(0), "cutoff": None}))) == ""  # type: ignore[arg-type]
    assert "rate" in from_state.obstacle(SimpleNamespace(**(vars(claim) | {"q": arb(1)})))  # type: ignore[arg-type]


def test_overshoot_is_rounded_up() -> None:
    for i in range(1, 30):
        C, sigma, weighted = arb_mat([[arb(1 + i / 64)]]), arb(1 + i / 32), arb(1 + 3 * i / 128)
        for error in (2.0**-20, 1 + i / 16):
            with ctx.workprec(9):
                coarse = from_state.overshoot(C, sigma, weighted, arb_mat([[error]]))
            with ctx.workprec(300):
                assert coarse >= from_state.overshoot(C, sigma, weighted, arb_mat([[error]]))


def test_alignment_has_both_signs_or_is_not_defined() -> None:
    state, *_ = coarse_case(0)
    features = arb_mat([[0.5, 0.25, 0]])
    opposite = replace(state, b=[arb(1), arb(0), arb(0)], beta=[arb(-1), arb(1), arb(0)])
    found = from_state.limit_alignment(opposite, features, arb(0))
    assert found is not None
    assert all(abs(end + arb(0.5).sqrt()) < 1e-9 for end in found)
    wide = from_state.limit_alignment(opposite, features, arb(0.5, 0.25))
    narrow = from_state.limit_alignment(opposite, features, arb(0.75))
    assert wide is not None
    assert narrow is not None
    assert wide[0] <= narrow[0]
    assert wide[1] >= narrow[1]
    along = replace(state, b=[arb(1), arb(0), arb(0)], beta=[arb(3), arb(0), arb(0)])
    both_ends = from_state.limit_alignment(along, features, arb(0.25))
    assert both_ends is not None
    assert exactly(both_ends[1], 1)
    nothing = replace(state, beta=[arb(0)] * 3)
    for reach in (0, 0.25):
        assert from_state.limit_alignment(nothing, features, arb(reach)) is None
    assert from_state.limit_alignment(replace(state, b=[arb(0)] * 3), features, arb(0)) is None


def test_overshoot_is_the_smaller_of_two_bounds() -> None:
    e, zero = arb_mat([[3], [4]]), arb_mat([[arb(0, 1)], [arb(0, 1)]])
    C = arb_mat([[2, 0], [0, 1]])
    assert 10 <= float(from_state.overshoot(C, arb(5), arb(100), e)) < 10.01
    assert 1 <= float(from_state.overshoot(C, arb(5), arb(1), e)) < 1.01
    assert 10 <= float(from_state.overshoot(C, arb(5), arb(1), zero)) < 10.01
    fuzzy = arb_mat([[arb(3, 0.5)], [arb(4, 0.5)]])
    assert float(from_state.overshoot(C, arb(5), arb(1), fuzzy)) >= 5 / math.hypot(2.5, 3.5)


def test_widening() -> None:
    wide = from_state.widen(arb_mat([[1, 2]]), arb_mat([[arb(0.5, 0.25), 0]]))
    assert wide[0, 0].contains(1.75)
    assert wide[0, 0].contains(0.25)
    assert exactly(wide[0, 1], 2)
    assert exactly(from_state.max_upper([arb(1), arb(3), arb(2)]), 3)
    assert from_state.max_upper([arb(1, 3), arb(3)]) >= 4
    assert from_state.max_upper([arb(1, 3), arb(3)]).is_exact()


# from the start


def test_limits_are_around_what_was_found() -> None:
    low, high = from_start.around([arb(3, 0.5), arb(4, 0.5)], arb(1))
    assert 0 <= math.hypot(2.5, 3.5) - 1 - float(low) < 1e-7
    assert 0 <= float(high) - math.hypot(3.5, 4.5) - 1 < 1e-7
    assert low.is_exact()
    assert high.is_exact()
    assert exactly(from_start.around([arb(1)], arb(2))[0], 0)
    state, *_ = coarse_case(0)
    state = replace(state, X=arb_mat([[3, 4]]), beta=[arb(0)] * 3)
    rho, nu, tau = [arb(x) for x in (1, 2, 3)], [arb(x) for x in (0.5, 0.25, 0)], [arb(3, 1), arb(4, 1), arb(0)]
    end = trajectory.Enclosure(arb_mat([[1, 2, 4]]), nu, arb_mat(1, 3), [arb(30), arb(0), arb(40)], arb_mat(1, 1))
    found = from_start.limits(state, end, SimpleNamespace(rho=rho, tau=tau, alignment=None))  # type: ignore[arg-type]
    for (low, high), (middle, reach) in zip(found.movement, ((5, 1.5), (10, 2.25), (20, 3)), strict=True):
        assert (float(low), float(high)) == pytest.approx((middle - reach, middle + reach))
    total, reach = math.hypot(5, 10, 20), math.hypot(1.5, 2.25, 3)
    assert tuple(map(float, found.totals["total_w"])) == pytest.approx((total - reach, total + reach))
    reach = math.hypot(4, 5)
    assert tuple(map(float, found.totals["total_beta"])) == pytest.approx((50 - reach, 50 + reach))


def test_pre_activations_are_as_uncertain_as_the_weights_times_the_inputs() -> None:
    state, *_ = coarse_case(0)
    state = replace(state, X=state.X * 8, W=state.W * 0.125)
    end = trajectory.enclose(state, arb(0.25), None, 3, bits=64)
    assert isinstance(end, trajectory.Enclosure)
    for z, nu in zip(end.Z.entries(), end.nu, strict=True):
        assert nu > 0
        assert z.rad() >= 7.99 * nu


# kinks: the matrix of (3'), as its module describes it


def kink_matrix(C: Any, q: float, eta: float, inputs: Any, gram: Any, slopes: Any, weights: Any) -> Any:
    """(3') in floating point; balls are pairs (middle, radius)."""
    (mid, rad), (beta, tau), b = slopes, weights[0], weights[1]
    (n, p), k, Ci = mid.shape, len(b), np.linalg.inv(C)
    low, high = (np.where(rad >= kinks.WIDE, mid + s * rad, 0) for s in (-1, 1))
    low = np.maximum(low, 0)
    D, spread = (np.where(rad >= kinks.WIDE, 0, part) for part in (mid, rad))
    m, rho = (low + high) / 2, (high - low) / 2
    N, R = gram[0] / p, gram[1] / p
    E, F = np.zeros((n * k, n * k)), np.zeros((n * k, n * k))

    def term(u: Any, v: Any, t: float | None = None) -> None:
        u, v = C @ u, Ci.T @ v
        t = np.linalg.norm(v) / np.linalg.norm(u) if t is None else t
        E[:] += eta * t * np.outer(u, u)
        F[:] += eta * np.outer(v, v) / t

    unit = np.eye(n * k)
    for i, c, j, f in np.ndindex(n, k, n, k):
        at, P = (i * k + c, j * k + f), 0.0
        for r in range(p):
            x, d = inputs[at] * b[f, r], D + m
            half = 0.5 * (low[i, r] * low[j, r] + high[i, r] * high[j, r])
            # (D+m)(D+m) − m m + half, with the radius of D and of β
            left = d[i, r], spread[i, r]
            right = d[j, r], spread[j, r]
            B = beta[c, r], tau[c, r]
            first = left[0] * B[0], abs(left[0]) * B[1] + left[1] * (abs(B[0]) + B[1])
            middle = first[0] * right[0]
            radius = first[1] * (abs(right[0]) + right[1]) + abs(first[0]) * right[1]
            N[at] += x * (middle + B[0] * (half - m[i, r] * m[j, r])) / p
            R[at] += abs(x) * (radius + B[1] * (half + m[i, r] * m[j, r])) / p
            size = abs(inputs[at]) * (abs(B[0]) + B[1]) * abs(b[f, r])
            P += size * (high[i, r] * high[j, r] - low[i, r] * low[j, r]) / (2 * p)
        if P:
            term(P * unit[at[0]], unit[at[1]], np.linalg.norm(Ci[at[1]]) / np.linalg.norm(C[:, at[0]]) / P)
    for i, r in np.argwhere(rho > 0):
        wide_beta = np.zeros((n, k))
        wide_beta[i] = beta[:, r]
        narrow_b = np.array([rho[i, r] / p * inputs[i * k, j * k] * D[j, r] * b[:, r] for j in range(n)])
        term(wide_beta.ravel(), narrow_b.ravel())
        wide_b = np.zeros((n, k))
        wide_b[i] = b[:, r]
        narrow_beta = np.array([rho[i, r] / p * inputs[i * k, j * k] * D[j, r] * beta[:, r] for j in range(n)])
        term(narrow_beta.ravel(), wide_b.ravel())
    A = C @ (np.eye(n * k) - eta * N) @ Ci
    s = eta * np.linalg.norm(abs(C) @ R @ abs(Ci), 2)
    one = np.eye(n * k)
    return np.block([[(q * q - q * s) * one - F, A.T], [A, (1 - s / q) * one - E]])


def test_the_matrix_of_kinks_is_the_one_of_the_theorem(monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[arb_mat] = []
    monkeypatch.setattr(kinks, "positive_definite", lambda M: bool(caught.append(M)) or True)
    for seed, k in ((0, 1), (1, 1), (2, 2)):
        g = np.random.default_rng(seed)
        n, p, q, eta = 3, 4, 0.9, 0.25
        X = g.normal(size=(n, 2))
        C = np.eye(n * k) + 0.1 * g.normal(size=(n * k, n * k))
        inputs = np.kron(X @ X.T, np.ones((k, k)))
        gram = g.normal(size=(n * k, n * k))
        mid, rad = g.uniform(0.3, 1, size=(n, p)), np.zeros((n, p))
        rad[0, 0], rad[1, 0], rad[2, 3], rad[0, 2], rad[1, 1] = 0.25, 0.125, 0.5, 0.0625, 0.5
        mid[1, 1] = 0.25  # reaches below 0, as no slope does
        beta, b, tau = g.normal(size=(k, p)), g.normal(size=(k, p)), np.full((k, p), 2.0**-40)
        expected = kink_matrix(C, q, eta, inputs, (gram, 0 * gram), (mid, rad), ((beta, tau), b))
        balls = [
            [arb(x, r) for x, r in zip(*rows, strict=True)] for rows in zip(mid.tolist(), rad.tolist(), strict=True)
        ]
        weights = arb_mat([[arb(x, 2.0**-40) for x in row] for row in beta.tolist()]), arb_mat(b.tolist())
        Cm = arb_mat(C.tolist())
        arguments = (arb(q), arb(eta), arb_mat(inputs.tolist()), arb_mat(gram.tolist()), arb_mat(balls), weights)
        assert kinks.contract(Cm, Cm.inv(), *arguments)
        found = np.array([[float(x.mid()) for x in row] for row in caught.pop().tolist()])
        for most, fits in ((4 * n * k, True), (4 * n * k - 1, False)):
            with monkeypatch.context() as patch:
                patch.setattr(kinks, "MAX_WIDE", most)
                assert kinks.contract(Cm, Cm.inv(), *arguments) is fits
        assert found.shape == expected.shape
        # the spectral norm in s is overestimated, which lowers the diagonal
        assert np.allclose(found, expected, rtol=1e-8, atol=1e-4)
        off = ~np.eye(len(found), dtype=bool)
        assert np.allclose(found[off], expected[off], rtol=1e-7, atol=1e-8)
        assert (np.diag(found) <= np.diag(expected) + 1e-9).all()


def test_kinks_say_nothing_without_wide_slopes_or_rate() -> None:
    one, half = arb_mat([[1]]), arb(0.5)
    weights = (one, one)
    for slope, q, answer in ((arb(0.5, 0.5), 0.99, True), (half, 0.99, False), (arb(0.5, 0.5), 0.0, False)):
        found = kinks.contract(one, one, arb(q), arb(0.25), one, one, arb_mat([[slope]]), weights)
        assert found is answer
    assert not kinks.contract(one, one, arb(0.99), arb(0.25), one, one, arb_mat([[NAN]]), weights)
    assert float(kinks.length([arb(3), arb(4)])) == pytest.approx(5)
    assert kinks.length([arb(0)]) > 0


# growth


def growth(name: str = "tanh", factor: float = 1.0) -> dict[str, Any]:
    """A valid certificate of kind ``growth``."""
    network, X, y = instance(name)
    doc = growth_counterexample(
        Network(network.W, -9 * network.b, network.b, network.psi), X, y, eta=1.0, factor=factor
    )
    assert doc is not None
    return doc.document


@pytest.mark.parametrize(
    ("key", "value"),
    [("lam", (0.3).hex()), ("lam", 0), ("steps", 2), ("steps", True), ("steps", "1"), ("factor", (-0.5).hex())],
)
def test_growth_is_about_one_step_without_regularisation(key: str, value: Any) -> None:
    with pytest.raises(MalformedDocument, match=key):
        recheck(sealed(growth() | {key: value}))


def test_growth_is_measured_as_it_is() -> None:
    for name in ("tanh", "relu", "softplus"):
        doc = growth(name)
        network, X, y = instance(name)
        before = Network(network.W, -9 * network.b, network.b, network.psi)
        errors = []
        for W, beta in ((before.W, before.beta), stepped(before, X, y)):
            errors.append(np.linalg.norm(before.psi.value(X @ W.T) @ beta / np.sqrt(len(beta)) - y))
        answer = recheck(doc)
        assert answer.valid
        assert answer.bounds["growth_low"] <= errors[1] / errors[0] * (1 + 1e-12)
        assert answer.bounds["growth_high"] == pytest.approx(errors[1] / errors[0], rel=1e-10)
        assert recheck(sealed(doc | {"factor": (0.5).hex()})).valid
    with pytest.raises(MalformedDocument, match="unknown key 'more'"):
        growth_module.ErrorGrowth.read(doc | {"more": 1})


def stepped(network: Network, X: Any, y: Any) -> tuple[Any, Any]:
    """One step with η = 1."""
    root = np.sqrt(len(network.beta))
    Z = X @ network.W.T
    e = network.psi.value(Z) @ network.beta / root - y
    W = network.W - (np.outer(e, network.b) * network.psi.slope(Z)).T @ X / root
    return W, network.beta - network.psi.value(Z).T @ e / root
