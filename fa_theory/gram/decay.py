"""Verified bounds on the error of a network of infinite width, for every step.

Without regularisation ``e(t) = (I − ηḠ)^t e(0)``; see `fa_theory.simulation.infinite`. All eigenvalues g of the
symmetric Ḡ lie in an interval ``[γ, μ]`` proved by `fa_theory.gram.definite` and by a verified norm. So with

    slow = max(|1 − ηγ|, |1 − ημ|)    and    fast = min over [γ, μ] of |1 − ηg|

every component of e shrinks, in each step, at least by the factor slow and at most by the factor fast:
``fast^t ‖e(0)‖ ≤ ‖e(t)‖ ≤ slow^t ‖e(0)‖``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import arb, ctx

from fa_theory.checker.linalg import euclidean, least_norm, spectral_norm
from fa_theory.errors import InputError
from fa_theory.model.activations import Activation, activation
from fa_theory.model.ball import Array, as_arb

from .definite import smallest_eigenvalue
from .enclosed import enclosed_gram
from .number import inputs, matrix


@dataclass(frozen=True, slots=True)
class InfiniteDecay:
    """Verified bounds of ``‖e(t)‖`` at infinite width.

    Attributes
    ----------
    start
        ``‖e(0)‖``.
    slow, fast
        Exact numbers: each step shrinks every component of e at least by slow, at most by fast.
    """

    start: arb
    slow: arb
    fast: arb

    def __repr__(self) -> str:
        slow, fast = (x.str(6, radius=False) for x in (self.slow, self.fast))
        return f"InfiniteDecay(‖e(0)‖ = {self.start.str(6, radius=False)}, each step by {fast} to {slow})"

    def __call__(self, t: int) -> arb:
        """A ball that contains ``‖e(t)‖``.

        Raises
        ------
        InputError
            If t < 0.
        """
        if t < 0:
            raise InputError(f"expected a step t ≥ 0 but got {t!r}")
        return (self.fast**t * self.start).union(self.slow**t * self.start)

    @property
    def decays(self) -> bool:
        """Whether the error is proved to tend to 0."""
        return bool(self.slow < 1)


def infinite_decay(X: Array, error: Array, psi: str | Activation, *, eta: float, bits: int = 128) -> InfiniteDecay:
    """Bound the error at infinite width for every step, rigorously.

    Parameters
    ----------
    X
        Inputs ``(n, d)``: floats (taken exactly), rationals or balls.
    error
        ``e(0)``, ``(n,)``; ``−y`` for a network whose outputs at the start are 0, their mean.
    psi, eta
        Any activation, or its name; step size η > 0.
    bits
        Working precision.

    Raises
    ------
    InputError
        If X or the error is not finite or of the wrong shape, or η is not positive.

    Examples
    --------
    >>> bound = infinite_decay(np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([-1.0, 1.0]), "tanh", eta=0.5)
    >>> bound.decays, bound.slow.str(8, radius=False), bool(bound(10**4) < 1e-300)
    (True, '0.91546383', True)
    """
    X, error, psi = inputs(X), np.asarray(error), activation(psi)
    if error.shape != (len(X),):
        raise InputError(f"expected an error of shape ({len(X)},) but got shape {error.shape}")
    if not 0 < eta < float("inf"):
        raise InputError(f"expected a finite step size eta > 0 but got {eta!r}")
    with ctx.workprec(bits):
        entries = [as_arb(x) for x in error]
        if not all(x.is_finite() for x in entries):
            raise InputError("the error has an element that is not finite")
        gram = enclosed_gram(X, psi)
        gamma = smallest_eigenvalue(gram)[0].max(arb(0))  # Ḡ is positive semi-definite
        first, last = 1 - as_arb(eta) * gamma, 1 - as_arb(eta) * spectral_norm(matrix(gram))  # first ≥ last
        fast = last.lower() if last > 0 else (-first).lower() if first < 0 else arb(0)
        norm = least_norm(entries).union(euclidean(entries))
        return InfiniteDecay(norm, abs(first).max(abs(last)).upper(), fast)
