"""The lower bound of the rate: no perturbed run decays faster, and the bound is near the slowest mode."""

from __future__ import annotations

import sys
import types
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from certificates import ETA, certificate
from flint import arb, arb_mat, ctx

from fa_theory.checker.decay import from_state, slow
from fa_theory.enclosure.certificate import state_of
from fa_theory.enclosure.certify import certify_state
from fa_theory.enclosure.slow import rates, slowest_rate
from fa_theory.seeds import generator
from fa_theory.simulation.run import states


def case(g: np.random.Generator, n: int, s: float, skew: float) -> tuple[Any, float, Any]:
    """A contraction with real modes, a perturbation, and an error that mostly sits in the slow modes."""
    Q = np.linalg.qr(g.normal(size=(n, n)))[0] + skew * g.normal(size=(n, n))
    modes = np.sort(g.uniform(0.3, 0.99, size=n))[::-1]
    x = Q @ (g.normal(size=n) * 10.0 ** -(np.arange(n) ** 1.0))
    return Q @ np.diag(modes) @ np.linalg.inv(Q), s, x


CASES = [case(generator(i, "slow"), 1 + i % 5, 0.002 * (i % 4), 0.1 * (i % 2)) for i in range(24)]
FLAT = np.diag([0.9, 0.5])
CASES += [(FLAT, s, np.array(x)) for s in (0.0, 0.05) for x in ([1.0, 0.1], [0.1, 1.0], [0.0, 1.0], [1.0, 1.0])]
CASES += [(np.diag([0.9, -0.5]), 0.05, np.array([1.0, 0.1])), (np.array([[0.5]]), 0.1, np.ones(1))]


def accepted(A: Any, s: float, x: Any, module: Any = slow) -> float:
    """The highest rate of a grid that the module accepts."""
    A, x = arb_mat(A.tolist()), arb_mat([[t] for t in x.tolist()])
    grid = np.linspace(0.995, 0.005, 199)
    return next((mu for mu in grid if module.decays_no_faster(A, arb(s), x, arb(mu))), 0.0)


def fastest(A: Any, s: float, x: Any, steps: int = 400) -> float:
    """The rate over the last half of a run whose perturbations try to shrink the slow modes, or everything."""
    left = np.linalg.eig(A.T)[1].real
    attempts = []
    for target in (*left.T, None):
        v, sizes = x / np.linalg.norm(x), [0.0]
        for _ in range(steps):
            after = A @ v
            push = after if target is None else target * (target @ after)
            size = np.linalg.norm(push)
            if size > 0:
                after = after - min(s, size) * push / size
            norm = float(np.linalg.norm(after))
            if norm == 0:
                return 0.0
            v, sizes = after / norm, [*sizes, sizes[-1] + np.log(norm)]
        attempts.append(np.exp((sizes[-1] - sizes[steps // 2]) / (steps - steps // 2)))
    return float(min(attempts))


@pytest.mark.parametrize("number", range(len(CASES)))
def test_no_run_decays_faster(number: int) -> None:
    A, s, x = CASES[number]
    assert accepted(A, s, x) <= fastest(A, s, x) + 1e-9


def test_near_the_slowest_mode() -> None:
    found = [(accepted(A, s, x), max(abs(np.linalg.eigvals(A)))) for A, s, x in CASES[:24] if s <= 0.002]
    assert sum(mode - mu < 0.02 for mu, mode in found) > 0.7 * len(found)


MUTANTS = {
    "perturbation dropped": ("one * loss", "one * 0"),
    "perturbation halved": ("loss = 2 * s", "loss = arb(0.5) * s"),
    "start dropped": ("(x.transpose() * J * x)[0, 0] > 0", "True"),
    "start not positive": ("(x.transpose() * J * x)[0, 0] > 0", "(x.transpose() * J * x)[0, 0] > -9"),
    "J for A": ("A.transpose() * J * A", "J"),
    "μ for μ²": ("(mu * mu)", "(mu * mu * mu)"),
    "definiteness dropped": ("positive_definite(gain)", "True"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_runs_refute_mutants(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original, mutation = MUTANTS[name]
    source = Path(slow.__file__).read_text(encoding="utf-8")
    assert original in source
    module = types.ModuleType("fa_theory.checker.decay.mutant")
    module.__package__ = "fa_theory.checker.decay"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source.replace(original, mutation), "mutant", "exec"), module.__dict__)
    assert any(accepted(A, s, x, module) > fastest(A, s, x) + 1e-6 for A, s, x in CASES)


def test_an_error_that_may_vanish_has_no_rate() -> None:
    x = arb_mat([[arb(0.01, 0.02)], [arb(0)]])
    assert not slow.decays_no_faster(arb_mat(FLAT.tolist()), arb(0), x, arb(0.1))
    assert not slow.decays_no_faster(arb_mat(FLAT.tolist()), arb("nan"), x, arb(0.1))
    assert slow.decays_no_faster(arb_mat(FLAT.tolist()), arb(0), x, arb(0))


def test_the_search_finds_what_the_checker_accepts() -> None:
    for A, s, x in CASES:
        best = next(rates(A, s, x), 0.0)
        assert best == 0 or slow.decays_no_faster(
            arb_mat(A.tolist()), arb(s), arb_mat([[t] for t in x.tolist()]), arb(best)
        )
        assert best > accepted(A, s, x) - 0.02 - s


@pytest.mark.parametrize("outputs", [(), (2,)])
def test_two_sided_rate_of_a_network(outputs: tuple[int, ...]) -> None:
    network, X, y = state_of(certificate(outputs=outputs))
    run = list(islice(states(network, X, y, eta=ETA), 601))
    outcome = certify_state(run[100], X, y, eta=ETA)
    assert outcome.certificate is not None
    claim = from_state.DecayFromState.read(outcome.certificate.document)
    with ctx.workprec(64):
        found = from_state.bounds(claim.state, claim.C, claim.q, claim.rho, claim.tau)
        assert found is not None
        low = slowest_rate(found)
    errors = [np.linalg.norm(state.error(X, y)) for state in run]
    measured = (errors[600] / errors[400]) ** (1 / 200)
    assert measured - 0.01 < low <= measured + 1e-9
