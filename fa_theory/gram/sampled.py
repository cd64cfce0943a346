"""Infinite-width kernels by Monte Carlo, with confidence intervals; shares no formula with the other methods."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model import checks
from fa_theory.model.activations import Activation
from fa_theory.model.checks import Floats

from .kernel import Kernel
from .number import inputs

_CHUNK = 2**20  # pre-activations held at a time


def sampled_gram(
    X: Floats,
    psi: Activation,
    *,
    rng: np.random.Generator,
    draws: int = 100_000,
    slope: bool = False,
    confidence: float = 0.99,
) -> Kernel:
    """Estimate ``E ψ(w·x_i) ψ(w·x_j)``, or with ψ' in place of ψ, from independent ``w ~ N(0, I)``.

    Returns
    -------
    Kernel
        Means; the error is the normal quantile of the confidence level times the standard error of the entry.

    Raises
    ------
    InputError
        If X is not a finite float matrix, there are fewer than 2 draws, or the level is not between 0 and 1.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> estimate = sampled_gram(np.eye(2), activation("relu"), rng=np.random.default_rng(1), draws=1000)
    >>> bool(np.all(np.abs(estimate.value - [[0.5, 0.159], [0.159, 0.5]]) < estimate.error))
    True
    """
    X = inputs(X)
    if X.dtype == object:
        raise InputError("a Monte Carlo estimate is not rigorous for balls; pass X as floats")
    if checks.size("draws", draws) < 2:
        raise InputError(f"a standard error needs draws ≥ 2 but got {draws}")
    if not 0 < confidence < 1:
        raise InputError(f"expected a confidence level strictly between 0 and 1 but got {confidence!r}")
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
    quantile = NormalDist().inv_cdf((1 + confidence) / 2)
    return Kernel(mean, quantile * np.sqrt(variance / draws), confidence, "sampled")
