"""The loss that a network learns by: its value, and its derivative, the error that the rules send back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fa_theory.errors import InputError

from .ball import Array, namespace


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss of outputs f and targets y, ``(…, n, k)``, summed over the samples.

    Attributes
    ----------
    name
        The name.
    value
        From f and y to the loss, ``(…)``.
    error
        From f and y to e, the derivative by f.
    distributions
        Whether the targets of a sample are probabilities of k classes.
    """

    name: str
    value: Callable[[Array, Array], Array]
    error: Callable[[Array, Array], Array]
    distributions: bool = False

    def check(self, y: Array) -> None:
        """Refuse targets that the loss is not made for.

        Raises
        ------
        InputError
            If the loss needs probabilities and they are none.
        """
        if self.distributions and (y.shape[-1] < 2 or (y < 0).any() or not np.allclose(y.sum(axis=-1), 1)):
            raise InputError(
                f"the loss {self.name!r} needs targets that are probabilities of k ≥ 2 classes, such as one-hot "
                f"rows, but the first are {np.asarray(y[0]).tolist()!r:.60}; use data with classes, such as digits"
            )


def _squares(f: Array, y: Array) -> Array:
    half: Array = ((f - y) ** 2).sum(axis=(-2, -1)) / 2
    return half


def _difference(f: Array, y: Array) -> Array:
    return f - y


def _logarithms(f: Array) -> Array:
    """Of the probabilities of the classes."""
    xp: Any = namespace(f)
    centred = f - f.max(axis=-1, keepdims=True)
    found: Array = centred - xp.log(xp.exp(centred).sum(axis=-1, keepdims=True))
    return found


def _cross_entropy(f: Array, y: Array) -> Array:
    found: Array = -(y * _logarithms(f)).sum(axis=(-2, -1))
    return found


def _excess(f: Array, y: Array) -> Array:
    found: Array = namespace(f).exp(_logarithms(f)) - y
    return found


SQUARES = Loss("squares", _squares, _difference)
LOSSES = {one.name: one for one in (SQUARES, Loss("cross-entropy", _cross_entropy, _excess, distributions=True))}
"""The losses by name: ``½‖f − y‖²``, and ``−Σ y·log softmax f``."""


def as_loss(name: str | Loss) -> Loss:
    """Look a loss up by name; a loss is returned as it is.

    Raises
    ------
    InputError
        If there is none of that name.

    Examples
    --------
    >>> loss = as_loss("cross-entropy")
    >>> loss.error(np.zeros((1, 2)), np.array([[1.0, 0.0]]))
    array([[-0.5,  0.5]])
    """
    if isinstance(name, Loss):
        return name
    if not isinstance(name, str) or name not in LOSSES:
        raise InputError(f"unknown loss {name!r}; choose one of {', '.join(LOSSES)}")
    return LOSSES[name]
