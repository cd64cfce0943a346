"""Rows read from outside, before normalisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model import checks
from fa_theory.model.checks import Floats, Rows

Choose = Callable[[int], Rows]
"""From the number of rows available to the positions to take, in increasing order."""


@dataclass(frozen=True, eq=False)
class SourceRows:
    """Chosen rows of a source.

    Attributes
    ----------
    X
        Inputs, ``(n, d)``.
    y
        Targets ``(n,)`` or ``(n, k)``; class labels if ``classes`` is set; None if the source has none.
    rows, available
        Their positions in the source, counted from 0, and how many rows it has.
    classes
        Number of classes, for labels ``0 … classes − 1``.
    """

    X: Floats
    y: Floats | None
    rows: Rows
    available: int
    classes: int | None = None


def chooser(rng: np.random.Generator, n: int | None, where: str) -> Choose:
    """Choose ``n`` different rows at random, or all of them if ``n`` is None."""

    def choose(available: int) -> Rows:
        if n is None:
            return np.arange(available)
        if n > available:
            raise InputError(f"{where} has {available} rows but n = {n} were asked for; ask for fewer, or leave n out")
        return np.sort(rng.choice(available, checks.size("n", n), replace=False))

    return choose


def label_targets(labels: Floats, classes: int, k: int | None, where: str) -> tuple[Floats, str]:
    """Turn class labels into targets, and say in words what they are.

    One output (``k`` None): the label, shifted and scaled to mean 0 and variance 1 under the uniform law on
    ``0 … classes − 1``. So a target does not depend on which rows were drawn. ``k = classes``: one-hot rows.

    Examples
    --------
    >>> label_targets(np.array([0.0, 1.0]), 2, None, "example")[0]
    array([-1.,  1.])
    >>> label_targets(np.array([1.0]), 3, 3, "example")[0]
    array([[0., 1., 0.]])
    """
    if k is not None:
        if k != classes:
            raise InputError(f"{where} has {classes} classes, so k is {classes} (one-hot) or left out; got k = {k}")
        return np.eye(classes)[labels.astype(int)], f"the class as a one-hot vector of length {classes}"
    spread = np.sqrt((classes**2 - 1) / 12) if classes > 1 else 1.0
    targets: Floats = (labels - (classes - 1) / 2) / spread
    return targets, f"the class label 0…{classes - 1}, scaled to mean 0 and variance 1 under the uniform law"
