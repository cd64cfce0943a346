"""The choice of the path of a simulation."""

from __future__ import annotations

import os
from collections.abc import Sequence

from fa_theory.errors import InputError

from . import as_layers, infinite, linear_path, sample_space, weight_space
from .arrays import available
from .path import Path, SimulationRequest

WAYS: tuple[Path, ...] = (
    weight_space.WeightSpace(),
    sample_space.SampleSpace(),
    sample_space.UnheldSampleSpace(),
    as_layers.AsLayers(weight_space.PATH, "jax"),
    as_layers.AsLayers(sample_space.PATH, "jax"),
    as_layers.AsLayers("layers", "numpy"),
    linear_path.LinearLaw("numpy"),
    linear_path.LinearLaw("jax"),
    infinite.InfiniteWidth(),
)
"""Every path with everything that can run it."""
WORTH_COMPILING = 2.0
"""Seconds of NumPy below which nothing is compiled unasked."""
PATHS = ("auto", *dict.fromkeys(way.name for way in WAYS))
BACKENDS = ("auto", *dict.fromkeys(way.backend for way in WAYS))


def choose(asked: SimulationRequest, path: str, backend: str) -> Path:
    """The cheapest path that supports the request.

    Raises
    ------
    InputError
        If there is none; the message names alternatives.
    """
    backend = preferred(backend)
    wanted = [way for way in WAYS if way.name == path or (path == "auto" and way.unasked)]
    fitting = [way for way in wanted if backend in ("auto", way.backend)]
    able = [way for way in fitting if not way.refusal(asked)]
    if backend == "auto" and asked.seconds < WORTH_COMPILING:
        able = [way for way in able if way.backend == "numpy"] or able
    if able:
        chosen = min(able, key=lambda way: way.cost(asked))
        chosen.check(asked)
        return chosen
    if not fitting:
        raise InputError(f"the path {path} does not run on {backend}; choose backend='auto' or 'numpy'")
    if path == "auto":
        # the reason of the path that would otherwise be chosen
        fitting = sorted(fitting, key=lambda way: way.name != cheaper(asked))
    raise InputError(fitting[0].refusal(asked))


def preferred(backend: str) -> str:
    """The backend that is asked for, if not here then by the environment."""
    if backend != "auto":
        return backend
    return one_of("FA_THEORY_BACKEND", os.environ.get("FA_THEORY_BACKEND", "auto"), BACKENDS)


def backend_for(seconds: float, backend: str = "auto") -> str:
    """NumPy or JAX; ``"auto"`` takes JAX where it is installed and NumPy would take long, about so many seconds."""
    asked = preferred(backend)
    if asked == "auto":
        return "jax" if available() and seconds > WORTH_COMPILING else "numpy"
    return asked


def cheaper(asked: SimulationRequest) -> str:
    """The cheaper of the two NumPy paths that support all requests."""
    return sample_space.PATH if asked.samples_cheaper else weight_space.PATH


def one_of(name: str, value: str, known: Sequence[str]) -> str:
    """Return a name if it is known.

    Raises
    ------
    InputError
        If it is not; the message lists those that are.
    """
    if value not in known:
        raise InputError(f"unknown {name} {value!r}; choose one of {', '.join(known)}")
    return value
