"""The run stays within the bounds that are carried along the exact states which shadow it."""

from __future__ import annotations

from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
from certificates import ETA, instance
from flint import arb, arb_mat, ctx

from fa_theory.checker import deviation, trajectory
from fa_theory.checker.deviation import Deviation, Step, shadow
from fa_theory.checker.document import State
from fa_theory.enclosure.certificate import state_document
from fa_theory.model.activations import ACTIVATIONS
from fa_theory.model.network import Network
from fa_theory.model.rules import step
from fa_theory.model.schedules import Schedule
from fa_theory.seeds import generator

LAM, CUTOFF, STEPS, SIZES = 0.3, 20, 30, {"n": 3, "d": 4, "p": 12}
FAR = mpmath.mpf(10) ** -60
"""More than the reference is off."""

PSI: dict[str, Any] = {
    "linear": (lambda z: z, lambda z: mpmath.mpf(1)),
    "relu": (lambda z: max(z, mpmath.mpf(0)), lambda z: mpmath.mpf(z > 0)),
    "tanh": (mpmath.tanh, lambda z: mpmath.sech(z) ** 2),
    "erf": (mpmath.erf, lambda z: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-z * z)),
    "sigmoid": (lambda z: 1 / (1 + mpmath.exp(-z)), lambda z: mpmath.exp(-z) / (1 + mpmath.exp(-z)) ** 2),
    "softplus": (lambda z: mpmath.log1p(mpmath.exp(z)), lambda z: 1 / (1 + mpmath.exp(-z))),
}
number = np.vectorize(mpmath.mpf, otypes=[object])


@cache
def exact(name: str, steps: int = STEPS, cutoff: int = CUTOFF) -> tuple[Any, Any]:
    """W and β after some steps in 80 digits: weight space, entry by entry, as the rule is written."""
    network, X, y = instance(name, **SIZES)
    psi, slope = (np.vectorize(f, otypes=[object]) for f in PSI[name])
    schedule = Schedule.with_cutoff(LAM, cutoff)
    with mpmath.workdps(80):
        X, y, W, beta, b = (number(A) for A in (X, y, network.W, network.beta, network.b))
        eta, root = mpmath.mpf(ETA), mpmath.sqrt(SIZES["p"])
        for t in range(steps):
            Z = X @ W.T
            e = psi(Z) @ beta / root - y
            beta = (1 - eta * mpmath.mpf(schedule(t))) * beta - eta / root * (psi(Z).T @ e)
            W = W - eta / root * (slope(Z) * np.outer(e, b)).T @ X
    return W, beta


def state(network: Network, X: Any, y: Any) -> State:
    return State.read(state_document("", network, X, y, ETA, ""))


def precise(x: arb) -> Any:
    """The midpoint, exactly."""
    mantissa, exponent = x.mid().man_exp()
    return mpmath.mpf(int(mantissa)) * mpmath.mpf(2) ** int(exponent)


def strayed(name: str, bits: int, steps: int = STEPS, cutoff: int = CUTOFF, sign: int = 1) -> tuple[Any, Any, Any]:
    """How far the exact run is from the exact state that is said to shadow it, and how far it may be."""
    network, X, y = instance(name, **SIZES)
    network.b[:] *= sign
    end = trajectory.enclose(state(network, X, y), arb(LAM), cutoff, steps, bits=bits)
    assert isinstance(end, trajectory.Enclosure), end
    W, beta = exact(name)
    with mpmath.workdps(80):
        N = np.array([[precise(x) for x in row] for row in end.N.tolist()])
        off = W - (number(network.W) - N.T @ number(X))
        beta_off = [abs(precise(x) - y) for x, y in zip(end.beta, beta, strict=True)]
        Z, Z_off = number(X) @ W.T, [precise(x) for x in end.Z.entries()]
        allowed = [*end.nu, *(x.rad() for x in end.beta), *(x.rad() for x in end.Z.entries())]
        found = [mpmath.sqrt(sum(x * x for x in row)) for row in off]
        found += [*beta_off, *(abs(x - y) for x, y in zip(Z_off, Z.flat, strict=True))]
        return found, [precise(x) for x in allowed], max(map(float, allowed))


@pytest.mark.parametrize("bits", [40, 64, 128])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_exact_run_is_inside(name: str, bits: int) -> None:
    found, allowed, widest = strayed(name, bits)
    assert all(x <= r + FAR for x, r in zip(found, allowed, strict=True))
    assert widest < 2.0 ** (24 - bits)
    if name != "linear":
        assert max(found) > 2.0 ** -(bits + 8)  # there was something to enclose


@pytest.mark.parametrize("lie", [{"steps": STEPS - 1}, {"cutoff": CUTOFF - 1}, {"cutoff": CUTOFF + 1}, {"sign": -1}])
def test_another_run_is_outside(lie: dict[str, int]) -> None:
    found, allowed, _ = strayed("tanh", 64, **lie)
    assert sum(x > r + FAR for x, r in zip(found, allowed, strict=True)) > len(found) / 2


def mat(A: Any) -> arb_mat:
    return arb_mat(np.atleast_2d(A).tolist())


def one_step(name: str, size: float, lam: float, seed: int) -> tuple[list[float], list[float]]:
    """True distances after a step from two states that far apart, and the bounds of the theorem."""
    g = generator(seed, "strayed", name)
    network, X, y = instance(name, n=4, d=3, p=9, seed=seed)
    apart = {key: getattr(network, key) + size * g.normal(size=getattr(network, key).shape) for key in ("W", "beta")}
    run = Network(apart["W"], apart["beta"], network.b, network.psi)
    p, keep = network.p, 1 - ETA * lam
    next_exact, next_run = (step(s, X, y, eta=ETA, lam=lam) for s in (network, run))
    # the next exact state need not be the outcome of the step
    slip = size * 1e-2 * g.normal(size=(len(X), p)), size * 1e-2 * g.normal(size=p)
    placed = Network(next_exact.W + slip[0].T @ X, next_exact.beta + slip[1], network.b, network.psi)

    def distances(s: Network, t: Network) -> list[float]:
        e = np.linalg.norm(s.error(X, y) - t.error(X, y))
        return [*np.linalg.norm(s.W - t.W, axis=1).tolist(), float(np.linalg.norm(s.beta - t.beta)), float(e)]

    Z, e = network.preactivations(X), network.error(X, y)
    features, slopes = network.psi.value(Z), network.psi.slope(Z)
    at = Step(
        Z=mat(Z),
        features=mat(features),
        slopes=mat(slopes),
        e=mat(e).transpose(),
        beta=mat(network.beta).transpose(),
        pull=mat(ETA / np.sqrt(p) * slopes * np.outer(e, network.b)),
        turn=mat(ETA / np.sqrt(p) * features.T @ e).transpose(),
        keep=arb(keep),
        Z_next=mat(placed.preactivations(X)),
        beta_next=mat(placed.beta).transpose(),
        delta_n=arb(float(np.linalg.norm(slip[0]))),
        delta_beta=arb(float(np.linalg.norm(slip[1]))),
    )
    *nu, mu, epsilon = map(arb, distances(network, run))
    after = shadow(state(network, X, y)).after(at, Deviation(nu, mu, epsilon))
    return distances(next_run, placed), [float(x) for x in (*after.nu, after.mu, after.epsilon)]


@pytest.mark.parametrize("lam", [0.0, 0.5, 9.0])
@pytest.mark.parametrize("size", [1e-6, 1e-3, 0.1, 1.0])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_theorem_holds_far_apart(name: str, size: float, lam: float) -> None:
    for seed in range(8):
        found, allowed = one_step(name, size, lam, seed)
        assert all(x <= r * (1 + 1e-9) + 1e-12 for x, r in zip(found, allowed, strict=True))
        assert max(allowed) < 400 * size


def test_every_part_of_the_bound_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the curvature, or without the kinks, the theorem would be false."""
    monkeypatch.setitem(deviation._CURVATURE, "tanh", "0")
    monkeypatch.setattr(deviation.KinkedShadow, "sides", lambda self, Z, nu: [1] * (self.n * self.p))
    for name in ("tanh", "relu"):
        found, allowed = zip(*(one_step(name, 0.3, 0.0, seed) for seed in range(8)), strict=True)
        assert (np.array(found) > np.array(allowed)).any()


@pytest.mark.parametrize(
    ("name", "far"), [("tanh", 3), ("erf", 3), ("sigmoid", 3), ("softplus", 3)], ids=lambda x: str(x)
)
def test_curvature(name: str, far: float) -> None:
    _, slope = PSI[name]
    with ctx.workprec(64):
        bound = float(arb(deviation._CURVATURE[name]))
    steepest = max(abs(mpmath.diff(slope, z)) for z in np.linspace(-far, far, 301))
    assert steepest <= bound < 1.001 * steepest
