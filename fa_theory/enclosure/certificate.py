"""Writing certificates: exact states as documents for `fa_theory.checker`."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from flint import arb, ctx

from fa_theory.checker.decay import from_state
from fa_theory.checker.document import FORMAT, MAX_ERRORS, digest
from fa_theory.checker.linalg import up
from fa_theory.checker.recheck import recheck
from fa_theory.checker.stored import KEYS, Stored, plain
from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.schedules import Schedule
from fa_theory.work import files

from .search import Candidate

_SLACK = 2.0**-24
"""Relative slack on claimed bounds: radii of balls have 30 bits, so another precision gives slightly other bounds."""


IN_FILES = 200_000
"""Arrays of at least so many numbers are written to files of their own by the commands."""


def exact(values: Array) -> Any:
    """Floats as `float.hex` strings, in nested lists of the same shape."""
    values = np.asarray(values, dtype=np.float64)
    return values.item().hex() if values.ndim == 0 else [exact(row) for row in values]


def checked_inputs(network: Network, X: Array, y: Array, eta: float, label: str = "") -> None:
    """Reject what a certificate cannot hold.

    Raises
    ------
    InputError
        Naming the offending value.
    """
    if network.W.ndim != 2:
        raise InputError(f"a certificate is for one network, but W has shape {network.W.shape}")
    arrays = {"X": X, "y": y, "W": network.W, "beta": network.beta, "b": network.b}
    for name, A in arrays.items():
        if A.dtype not in (np.float64, np.float32):
            raise InputError(f"certificates need float64 arrays, but {name} has dtype {A.dtype}")
        if not np.isfinite(A).all():
            raise InputError(f"{name} contains {A[~np.isfinite(A)][0]!r}; all numbers must be finite")
    if X.ndim != 2 or not len(X) or y.shape != (len(X), *network.beta.shape[1:]):
        raise InputError(
            f"expected X of shape (n, d) and y of shape (n,) or (n, k), for the k outputs of beta, but X, y and beta "
            f"have shapes {X.shape}, {y.shape} and {network.beta.shape}"
        )
    if y.size > MAX_ERRORS:
        most = MAX_ERRORS // (y.size // len(y))
        raise InputError(
            f"expected at most {MAX_ERRORS} samples times outputs but y has shape {y.shape}; use n = {most} or fewer"
        )
    if X.shape[1] != network.d:
        raise InputError(f"X has shape {X.shape} but the network takes inputs of dimension {network.d}")
    if not (math.isfinite(eta) and eta > 0):
        raise InputError(f"expected a step size eta > 0 but got {eta!r}")
    if len(label) > 200:
        raise InputError(f"expected a data label of at most 200 characters but got {len(label)}")


def state_document(kind: str, network: Network, X: Array, y: Array, eta: float, label: str) -> dict[str, Any]:
    """The entries that all kinds share; one output is written without its axis."""
    y, beta, b = (A[:, 0] if A.shape[1:] == (1,) else A for A in (y, network.beta, network.b))
    return {
        "format": FORMAT,
        "kind": kind,
        "data": label,
        "activation": network.psi.name,
        "eta": float(eta).hex(),
        "X": exact(X),
        "y": exact(y),
        "W": exact(network.W),
        "beta": exact(beta),
        "b": exact(b),
    }


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its digest."""
    return {**document, "digest": digest(document)}


def decay_document(
    kind: str,
    candidate: Candidate,
    network: Network,
    X: Array,
    y: Array,
    *,
    eta: float,
    step: int,
    schedule: Schedule,
    label: str,
) -> dict[str, Any]:
    """A document about exponential decay, still without conclusions and digest."""
    return state_document(kind, network, X, y, eta, label) | {
        "step": step,
        "schedule": {"lam": float(schedule.lam).hex(), "cutoff": schedule.cutoff},
        "norm": exact(candidate.C),
        "rate": candidate.q.hex(),
        "tube": {"rho": exact(candidate.rho), "tau": exact(candidate.tau)},
        "conclusions": dict.fromkeys(from_state.CLAIMS, (0.0).hex()) | {"alignment": None},
        "digest": "",
    }


def interval(low: arb, high: arb, least: float = -math.inf, most: float = math.inf) -> dict[str, str]:
    """An interval around the proved one, widened by the slack but within the possible range."""
    ends = -up(-low), up(high)
    slack = _SLACK * (ends[1] - ends[0]) + 2.0**-48 * max(1.0, abs(ends[1]))
    return {"low": max(ends[0] - slack, least).hex(), "high": min(ends[1] + slack, most).hex()}


def claimed(value: arb) -> str:
    """The bound that is claimed for one that was found."""
    return (up(value) * (1 + _SLACK)).hex()


def all_claimed(found: Mapping[str, arb]) -> dict[str, Any]:
    """The bounds that are claimed, by name."""
    return {key: claimed(value) for key, value in found.items()}


def conclusions(found: from_state.DecayBounds) -> dict[str, Any]:
    """The conclusions that follow from these bounds."""
    alignment = None if found.alignment is None else interval(*found.alignment, -1.0, 1.0)
    return all_claimed(found.at_most) | {"alignment": alignment}


def decay_certificate(
    candidate: Candidate, network: Network, X: Array, y: Array, *, eta: float, step: int, schedule: Schedule, label: str
) -> tuple[dict[str, Any] | None, str]:
    """The document for a candidate, or None if the checker rejects it; with the message of the checker."""
    document = decay_document(
        "decay-from-state", candidate, network, X, y, eta=eta, step=step, schedule=schedule, label=label
    )
    claim = from_state.DecayFromState.read(document)
    with ctx.workprec(64):
        found = from_state.bounds(claim.state, claim.C, claim.q, claim.rho, claim.tau)
    if found is None:
        return None, "norm: C is not certainly invertible"
    document = sealed(document | {"conclusions": conclusions(found)})
    verdict = recheck(document)
    return document if verdict.valid else None, verdict.reason


def write(certificate: Mapping[str, Any], folder: str | Path) -> Path:
    """Write a certificate into a folder, under a name that depends on its digest only.

    Parameters
    ----------
    certificate
        A document made by this package.
    folder
        Created if it does not exist.

    Returns
    -------
    Path
        The file; the same certificate always gives the same name and bytes.
    """
    path = Path(folder) / f"{certificate['kind']}-{certificate['digest'][:16]}.json"
    for value in certificate.values():
        if isinstance(value, Stored):
            numbers = floats(value)
            files.write(path.with_name(value.reference["file"]), numbers.astype("<f8").tobytes())
    written = {key: plain(value) for key, value in certificate.items()}
    return files.write(path, json.dumps(written, sort_keys=True, separators=(",", ":")) + "\n")


def beside(document: Mapping[str, Any], least: int = 0) -> dict[str, Any]:
    """The document with references to files in the place of arrays of at least so many numbers; `write` writes both.

    Examples
    --------
    >>> document = sealed({"X": exact(np.ones((2, 3))), "y": exact(np.ones(2))})
    >>> found = beside(document, least=6)
    >>> found["X"].reference["shape"], found["X"] == document["X"], found["y"] == document["y"]
    ([2, 3], True, True)
    >>> found["digest"] == digest(found) != document["digest"]
    True
    """
    found = dict(document)
    for key in KEYS:
        if _is_array(found.get(key)):
            numbers = floats(found[key])
            if numbers.size >= least:
                sha = hashlib.sha256(numbers.astype("<f8").tobytes()).hexdigest()
                reference = {"file": f"{sha[:24]}.f64", "sha256": sha, "shape": list(numbers.shape)}
                found[key] = Stored(found[key], reference)
    return sealed(found)


def _is_array(value: Any) -> bool:
    """Whether it is a list of numbers, or of rows of equal length."""
    rows = value if isinstance(value, list) and value and isinstance(value[0], list) else [value]
    lengths = {len(row) if isinstance(row, list) and all(isinstance(x, str) for x in row) else 0 for row in rows}
    return len(lengths) == 1 and 0 not in lengths


def floats(values: Any) -> Array:
    """Undo `exact`."""
    if isinstance(values, str):
        return np.asarray(float.fromhex(values))
    return np.array([floats(row) for row in values])


def state_of(certificate: Mapping[str, Any]) -> tuple[Network, Array, Array]:
    """The network, inputs and targets of a certificate, exactly, in float64."""
    W, beta, b, X, y = (floats(certificate[key]) for key in ("W", "beta", "b", "X", "y"))
    return Network(W, beta, b, activation(certificate["activation"])), X, y
