"""Steps in binary64: what each is said to be off by, against balls; and the theorem, against its second writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx
from test_checker_deviation import ETA, NAMES, exact, problem, theorem

from fa_theory.checker import ranges
from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.decay import float_run, floats
from fa_theory.checker.decay.floats import FloatShadow, FloatStep, Orbit
from fa_theory.checker.decay.trajectory import Enclosure
from fa_theory.checker.document import ExactState

SMOOTH = [name for name in floats.BINARY64 if name != "relu"]


def balls(A: Any) -> arb_mat:
    return arb_mat(np.asarray(A).tolist())


def drawn(name: str, k: int, seed: int, size: float = 1.0) -> ExactState:
    """A network with inputs of this size."""
    g = np.random.default_rng([seed, k])
    n, d, p = (int(x) for x in g.integers(2, 8, size=3))
    X, W = size * g.normal(size=(n, d)), g.normal(size=(p, d)) / max(size, 1)
    y, beta, b = (list(map(arb, g.normal(size=m * k).tolist())) for m in (n, p, p))
    return ExactState(name, arb(0.15625 / max(size, 1) ** 2), balls(X), y, balls(W), beta, b)


def steps(orbit: Orbit, state: ExactState, lam: float, count: int) -> Iterator[tuple[Any, FloatStep, Any]]:
    """Ñ, the step, Ñ⁺."""
    N, beta = np.zeros((orbit.n, orbit.p)), floats.nearest(state.by_output(state.beta))
    with ctx.workprec(192):
        keep = 1 - state.eta * arb(lam)
    for _ in range(count):
        N_next, step = orbit.step(N, beta, keep)
        yield N, step, N_next
        N, beta = N_next, step.beta_next


def distances(state: ExactState, N: Any, step: FloatStep, N_next: Any) -> dict[str, tuple[arb, arb]]:
    """How far a step is off, in balls, and how far it may be."""
    with ctx.workprec(250):
        n, p, k = state.X.nrows(), state.p, state.k
        Z = state.X * state.W.transpose() - state.X * state.X.transpose() * balls(N)
        psi, slope = (arb_mat(n, p, part) for part in ranges.known(state.activation).narrow(Z.entries()))
        beta, s = balls(step.beta), state.scale()
        e = psi * beta * (1 / arb(p).sqrt()) - arb_mat(n, k, state.y)
        received = e * state.by_output(state.b).transpose() * s
        pull = arb_mat(n, p, [x * y for x, y in zip(slope.entries(), received.entries(), strict=True)])
        turn = psi.transpose() * e * s

        def most(found: Any, true: arb_mat) -> arb:
            return max((abs(x - v) for x, v in zip(true.entries(), found.ravel().tolist(), strict=True)), key=float)

        def whole(found: Any, true: arb_mat) -> arb:
            return sum(
                ((x - v) ** 2 for x, v in zip(true.entries(), found.ravel().tolist(), strict=True)), arb(0)
            ).sqrt()

        by = step.errors
        return {
            "Z": (most(step.Z, Z), by.zeta),
            "features": (most(step.features, psi), by.phi),
            "slopes": (most(step.slopes, slope), by.sigma),
            "e": (most(step.e, e), by.epsilon),
            "pull": (whole(step.pull, pull), step.pull_error),
            "turn": (whole(step.turn, turn), step.turn_error),
            "N": (whole(N_next, balls(N) + pull), step.delta_n),
            "beta": (whole(step.beta_next, beta * step.keep - turn), step.delta_beta),
        }


def check_steps(names: Any = SMOOTH, sizes: Any = (1.0, 2.0**-6, 16.0), seeds: int = 4) -> dict[str, float]:
    """Largest shares of the bounds that are taken."""
    shares: dict[str, float] = {}
    for name in names:
        for k in (1, 2):
            for size in sizes:
                for seed in range(seeds):
                    state = drawn(name, k, seed, size)
                    orbit = Orbit(state, FloatShadow(state))
                    for row in steps(orbit, state, 0.3, 3):
                        for key, (off, allowed) in distances(state, *row).items():
                            assert off.upper() <= allowed.upper() or allowed == off == 0, (name, k, size, seed, key)
                            if allowed > 0:
                                shares[key] = max(shares.get(key, 0), float(off / allowed))
    return shares


def test_no_step_is_further_off_than_is_said() -> None:
    shares = check_steps()
    assert all(share > 0.01 for share in shares.values()), shares


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "ψ(Z) is as good as ψ": lambda patch: patch.setattr(floats, "largest", lambda A: arb(0)),
    "products are exact": lambda patch: patch.setattr(
        floats, "product", lambda A, B, product=floats.product: (product(A, B)[0], arb(0))
    ),
    "u is smaller": lambda patch: patch.setattr(floats, "u", arb(2) ** -60),
    "ψ is exact": lambda patch: patch.setattr(
        floats, "evaluate", lambda *a, f=floats.evaluate: replace(f(*a), feature_error=arb(0), slope_error=arb(0))
    ),
    "sums are exact": lambda patch: patch.setattr(floats, "gamma", lambda k: 0.0),
}
NOTICED = ("ψ(Z) is as good as ψ", "u is smaller")
"""The others are within the slack of the rest for these networks, and are noticed where they are bounded."""


@pytest.mark.parametrize("fault", NOTICED)
def test_faults_of_steps_are_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[fault](monkeypatch)
    with pytest.raises(AssertionError):
        check_steps(["linear", "tanh"])


# the theorem


def float_step(step: dict[str, Any], errors: arb) -> FloatStep:
    """A step of these numbers, off by that in everything."""
    names = ("Z", "features", "slopes", "e", "beta", "pull", "turn", "Z_next")
    kept = {key: np.ascontiguousarray(step[key]) for key in names}
    return FloatStep(
        **kept,
        beta_next=step["beta_next"],
        keep=arb(step["keep"]),
        errors=floats.Errors(errors, errors, errors, errors),
        zeta_next=errors,
        pull_error=errors,
        turn_error=errors,
        delta_n=arb(step["delta_n"]),
        delta_beta=arb(step["delta_beta"]),
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_bounds_are_those_of_the_theorem(name: str, k: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floats, "SHARP", 22)
    monkeypatch.setattr(floats, "ROUGH", 22)
    state, step, apart = problem(name, k, seed)
    assert float(state.eta) == ETA
    expected = theorem(name, step, apart, in_floats=True)
    follow, nu = floats.shadow(state), Upper(apart["nu"])
    found = follow.after(float_step(step, arb(0)), nu, arb(apart["mu"]), arb(apart["epsilon"]))
    pairs = [*zip(map(arb, found[0].x.tolist()), expected["nu_next"], strict=True)]
    pairs += [(found[1], expected["mu"]), (found[2], expected["epsilon"])]
    for bound, true in pairs:
        with ctx.workprec(200):
            assert true <= exact(bound.upper()) <= true * (1 + 1e-5)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("name", ["tanh", "erf"])
@pytest.mark.parametrize("wide", ["features", "slopes", "e", "pull", "turn"])
def test_bounds_hold_for_all_steps_that_may_be_meant(name: str, k: int, wide: str) -> None:
    """Each matrix off by its bound: in every entry, or as a whole."""
    g = np.random.default_rng([k, len(wide)])
    for seed in range(3):
        state, step, apart = problem(name, k, seed)
        off = 2.0**-4
        said = replace(float_step(step, arb(0)))
        errors, whole = replace(said.errors), arb(off)
        match wide:
            case "features":
                said = replace(said, errors=replace(errors, phi=arb(off)))
            case "slopes":
                said = replace(said, errors=replace(errors, sigma=arb(off)))
            case "e":
                said = replace(said, errors=replace(errors, epsilon=arb(off)))
            case "pull":
                said = replace(said, pull_error=whole)
            case "turn":
                said = replace(said, turn_error=whole)
        found = FloatShadow(state).after(said, Upper(apart["nu"]), arb(apart["mu"]), arb(apart["epsilon"]))
        for _ in range(6):
            change = g.choice([-off, off], size=step[wide].shape)
            if wide in ("pull", "turn"):
                change /= np.sqrt(change.size)
            if wide == "slopes":
                change = abs(change)
            expected = theorem(name, step | {wide: step[wide] + change}, apart)
            with ctx.workprec(200):
                assert all(exact(arb(v)) >= w for v, w in zip(found[0].x.tolist(), expected["nu_next"], strict=True))
                assert exact(found[1].upper()) >= expected["mu"]
                assert exact(found[2].upper()) >= expected["epsilon"]


def test_what_is_not_finite_is_lost() -> None:
    state = drawn("tanh", 1, 1)
    for change in ({"eta": arb(2.0**900)}, {"W": balls(np.full((state.p, state.X.ncols()), 1e300))}):
        end = float_run.enclose(replace(state, **change), arb(0), None, 40)
        assert isinstance(end, tuple)
        assert "lost at step" in end[1]


def test_data_that_are_no_floats_are_refused() -> None:
    state = drawn("tanh", 1, 1)
    third = replace(state, beta=[arb(1) / 3, *state.beta[1:]])
    end = float_run.enclose(third, arb(0), None, 1)
    assert isinstance(end, tuple)
    assert "not binary64 numbers" in end[1]
    with pytest.raises(OutOfRange):
        floats.exactly(arb_mat([[arb(1, 1e-9)]]))


def test_no_steps_are_exact() -> None:
    state = drawn("tanh", 2, 1)
    end = float_run.enclose(state, arb(0), None, 0)
    assert isinstance(end, Enclosure)
    assert all(x == 0 for x in end.nu)
    assert all(x == y for x, y in zip(end.beta, state.beta, strict=True))
    with ctx.workprec(300):
        true = state.X * state.W.transpose()
    assert all(x.contains(y) for x, y in zip(end.Z.entries(), true.entries(), strict=True))


@pytest.mark.parametrize("name", ["tanh", "gelu", "relu"])
def test_both_bounds_enter_the_error_at_the_end(name: str) -> None:
    of = drawn(name, 1, 1)
    run = float_run.FloatRun(of, arb(0), None, float_run.widths(of, 3)[0])
    at = run.start()
    for _ in range(3):
        at, _ = run.step(at)
    computed = run.look(at).errors.epsilon
    assert computed > 0
    for far in (arb(0), computed, arb(0.5)):
        radii = [x.rad() for x in run.enclosure(replace(at, away=replace(at.away, epsilon=far))).e.entries()]
        assert all(radius >= (far + computed).lower() for radius in radii)
