"""Small certificates that several test files start from."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
from flint import ctx

from fa_theory.checker.decay import from_state
from fa_theory.checker.document import digest
from fa_theory.checker.linalg import up
from fa_theory.enclosure import search
from fa_theory.enclosure.certificate import exact, state_document
from fa_theory.enclosure.certify import CertificationOutcome, certify_run
from fa_theory.enclosure.start import certify_from_start
from fa_theory.model.activations import activation
from fa_theory.model.network import Network
from fa_theory.model.schedules import Schedule
from fa_theory.seeds import generator

ETA = 0.2
LAM, CUTOFF = 0.3, 20


def instance(
    name: str = "tanh", n: int = 4, d: int = 6, p: int = 40, seed: int = 2, outputs: tuple[int, ...] = ()
) -> tuple[Network, Any, Any]:
    """Gaussian network, inputs on the unit sphere, Gaussian targets; ``outputs`` is (k,) for k outputs."""
    g = generator(seed, "tests", name, n, d, p)
    X = g.normal(size=(n, d))
    X /= np.linalg.norm(X, axis=1)[:, None]
    W, beta, b = g.normal(size=(p, d)), g.normal(size=(p, *outputs)), g.normal(size=(p, *outputs))
    return Network(W, beta, b, activation(name)), X, g.normal(size=(n, *outputs))


_NORMS = search.norms


def _skew(M: Any, radius: float) -> Any:
    """Only the Lyapunov norm: with C = I, errors of the checker in C would not show."""
    return iter(list(_NORMS(M, radius))[-1:])


@cache
def _certificate(name: str, seed: int, cutoff: int, outputs: tuple[int, ...]) -> dict[str, Any]:
    network, X, y = instance(name, p=100 if name == "relu" else 40, seed=seed, outputs=outputs)
    schedule = Schedule.with_cutoff(0.3, cutoff) if cutoff else Schedule.none()
    with patch.object(search, "norms", _skew):
        outcome = certify_run(network, X, y, eta=ETA, schedule=schedule, data_label="sphere")
    assert outcome.certificate is not None, outcome.reason
    return outcome.certificate.document


def certificate(name: str = "tanh", seed: int = 2, cutoff: int = 0, outputs: tuple[int, ...] = ()) -> dict[str, Any]:
    """A valid certificate, free to be changed."""
    return copy.deepcopy(_certificate(name, seed, cutoff, outputs))


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """With a fresh digest: only the mathematics can object now."""
    document["digest"] = digest(document)
    return document


def scaled(value: Any, factor: float) -> Any:
    """Multiply the exact numbers in nested lists."""
    if isinstance(value, str):
        return (float.fromhex(value) * factor).hex()
    return [scaled(x, factor) for x in value]


def honest_but(network: Network, X: Any, y: Any, C: Any, q: float, rho: Any, tau: Any) -> dict[str, Any]:
    """A document whose conclusions are the checker's own bounds, whether or not the contraction (3) holds."""
    document = state_document("decay-from-state", network, X, y, ETA, "") | {
        "step": 0,
        "schedule": {"lam": (0.0).hex(), "cutoff": None},
        "norm": exact(C),
        "rate": float(q).hex(),
        "tube": {"rho": exact(rho), "tau": exact(tau)},
        "conclusions": dict.fromkeys(from_state.CLAIMS, (0.0).hex()) | {"alignment": None},
        "digest": "",
    }
    claim = from_state.DecayFromState.read(document)
    with ctx.workprec(64):
        found = from_state.bounds(claim.state, claim.C, claim.q, claim.rho, claim.tau)
    assert found is not None
    document["conclusions"] |= {key: (up(value) * (1 + 2.0**-24)).hex() for key, value in found.at_most.items()}
    return sealed(document)


def problem(name: str, k: int = 1) -> tuple[Any, Any, Any]:
    outputs = (k,) if k > 1 else ()
    return instance(name, n=1 if name == "sigmoid" else 3, d=4, p=100 if name == "relu" else 30 * k, outputs=outputs)


@cache
def outcome_of(name: str, cutoff: int, k: int) -> CertificationOutcome:
    """With a certificate; free to be read only."""
    network, X, y = problem(name, k)
    schedule = Schedule.with_cutoff(LAM, cutoff) if cutoff else Schedule.none()
    outcome = certify_from_start(network, X, y, eta=ETA, schedule=schedule)
    assert outcome.certificate is not None, outcome.reason
    return outcome


def certified(name: str = "tanh", cutoff: int = CUTOFF, k: int = 1) -> dict[str, Any]:
    document = outcome_of(name, cutoff, k).certificate
    assert document is not None
    return copy.deepcopy(document.document)
