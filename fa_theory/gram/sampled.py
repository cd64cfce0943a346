"""Infinite-width kernels by Monte Carlo, with standard errors: the twin that shares no formula with the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.data import checks
from fa_theory.model.data.checks import Floats

from .number import inputs

_CHUNK = 2**20  # pre-activations held at a time


@dataclass(frozen=True, eq=False)
class SampledGram:
    """Monte-Carlo estimate of a kernel.

    Attributes
    ----------
    mean, standard_error
        Per entry, ``(n, n)``.
    draws
        Number of draws of ``w``, at least 2.
    """

    mean: Floats
    standard_error: Floats
    draws: int


def sampled_gram(
    X: Floats, psi: Activation, *, rng: np.random.Generator, draws: int = 100_000, slope: bool = False
) -> SampledGram:
    """Estimate ``E ψ(w·x_i) ψ(w·x_j)``, or with ψ' in place of ψ, from independent ``w ~ N(0, I)``.

    Raises
    ------
    InputError
        If X is not a finite float matrix, or there are fewer than 2 draws.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> estimate = sampled_gram(np.eye(2), activation("relu"), rng=np.random.default_rng(1), draws=1000)
    >>> bool(np.all(np.abs(estimate.mean - [[0.5, 0.159], [0.159, 0.5]]) < 4 * estimate.standard_error))
    True
    """
    X = inputs(X)
    if X.dtype == object:
        raise InputError("a Monte-Carlo estimate proves nothing of balls; pass X as floats")
    if checks.size("draws", draws) < 2:
        raise InputError(f"a standard error needs draws ≥ 2 but got {draws}")
    apply = psi.slope if slope else psi.value
    total, squares = np.zeros((len(X), len(X))), np.zeros((len(X), len(X)))
    left = draws
    while left:
        count = min(left, max(1, _CHUNK // max(X.shape)))
        features = apply(rng.standard_normal((count, X.shape[1])) @ X.T)
        total += features.T @ features
        squares += (features**2).T @ features**2
        left -= count
    mean = total / draws
    variance = np.maximum(squares / draws - mean**2, 0) * draws / (draws - 1)
    return SampledGram(mean, np.sqrt(variance / draws), draws)
