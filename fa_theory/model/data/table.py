"""Rows read from a source, before normalisation."""

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
        Their positions in the source, counted from 0, and the number of rows it has.
    labels
        If the targets are class labels: all labels in the source, in increasing order; otherwise None.
    target
        The position of the targets in the source, in words; empty if there is only one possibility.
    """

    X: Floats
    y: Floats | None
    rows: Rows
    available: int
    labels: tuple[int, ...] | None = None
    target: str = ""


def chooser(rng: np.random.Generator, n: int | None, where: str) -> Choose:
    """Choose ``n`` different rows at random, or all of them if ``n`` is None."""

    def choose(available: int) -> Rows:
        if n is None:
            return np.arange(available)
        if n > available:
            raise InputError(f"{where} has {available} rows but n = {n} were requested; request fewer, or omit n")
        return np.sort(rng.choice(available, checks.size("n", n), replace=False))

    return choose


def label_targets(labels: Floats, known: tuple[int, ...], k: int | None, where: str) -> tuple[Floats, str]:
    """Turn class labels into targets, and describe these in words.

    The classes are the labels in the source, in increasing order. One output (``k`` None): the number of the class,
    shifted and scaled to mean 0 and variance 1 under the uniform distribution on the classes. So a target does not
    depend on the rows drawn. ``k`` = number of classes: one-hot rows.

    Examples
    --------
    >>> label_targets(np.array([0.0, 1.0]), (0, 1), None, "example")[0]
    array([-1.,  1.])
    >>> label_targets(np.array([2.0]), (1, 2, 5), 3, "example")
    (array([[0., 1., 0.]]), 'one-hot vectors of the 3 classes 1, 2, 5')
    """
    classes = len(known)
    places = np.searchsorted(known, labels)
    listed = f"{known[0]}…{known[-1]}" if known == (*range(known[0], known[-1] + 1),) else _few(known)
    if k is not None:
        if k != classes:
            raise InputError(f"{where} has {classes} classes, so k must be {classes} (one-hot) or omitted; got k = {k}")
        return np.eye(classes)[places], f"one-hot vectors of the {classes} classes {listed}"
    spread = np.sqrt((classes**2 - 1) / 12) if classes > 1 else 1.0
    targets: Floats = ((places - (classes - 1) / 2) / spread).astype(np.float64)
    return targets, f"the class, of {classes}: {listed}, scaled to mean 0 and variance 1 under the uniform law"


def _few(labels: tuple[int, ...]) -> str:
    return ", ".join(map(str, labels[:12])) + (f" and {len(labels) - 12} more" if len(labels) > 12 else "")
