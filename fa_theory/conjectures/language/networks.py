"""A batch of networks with all that determines their runs, of floats, rationals or balls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.rules import step

from . import effort

PARTS = ("X", "y", "W", "beta", "b", "more", "eta", "lam")
"""The arrays a network consists of; ``more`` holds the further arrays of the domain, one after the other."""
Axes = tuple[str | int, ...]
"""Sizes of an array: n, d, p, k, or numbers."""

STEP, NUMBER, PRODUCT, BALL = 60.0, 0.01, 0.001, 400.0
"""Units of work (`effort`): for a step of a batch, for every number and product of two in it; balls take so many times
as long."""


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """Sizes, activation and number of steps; the networks of a batch share them."""

    n: int
    d: int
    p: int
    k: int | None
    activation: str
    steps: int

    @property
    def outputs(self) -> tuple[int, ...]:
        """The axis of the outputs: none, or k."""
        return () if self.k is None else (self.k,)

    def layout(self, arrays: Mapping[str, Axes]) -> dict[str, tuple[slice, tuple[int, ...]]]:
        """Where each further array lies in ``more``, and its shape.

        Examples
        --------
        >>> NetworkShape(1, 2, 3, None, "linear", 0).layout({"V": ("p", "p"), "u": ("d",)})
        {'V': (slice(0, 9, None), (3, 3)), 'u': (slice(9, 11, None), (2,))}
        """
        made, begin = {}, 0
        for name, axes in arrays.items():
            lengths = tuple(getattr(self, axis) if isinstance(axis, str) else axis for axis in axes)
            made[name] = slice(begin, begin + prod(lengths)), lengths
            begin += prod(lengths)
        return made

    @property
    def size(self) -> int:
        """``n·d·p``, which is kept small in counterexamples."""
        return self.n * self.d * self.p


@dataclass(frozen=True, eq=False)
class Networks:
    """Networks of one shape, with their data.

    Attributes
    ----------
    X, y, W, beta, b
        ``(B, n, d)``, ``(B, n[, k])``, ``(B, p, d)``, ``(B, p[, k])`` twice; B networks.
    eta, lam
        Step sizes and regularisation, ``(B,)``.
    rule, cutoff
        The learning rule by name, and the step from which λ is 0 (None: there is none).
    """

    shape: NetworkShape
    rule: str
    cutoff: int | None
    X: Array
    y: Array
    W: Array
    beta: Array
    b: Array
    eta: Array
    lam: Array
    arrays: Mapping[str, Axes] = field(default_factory=dict)
    """The further arrays, with their axes."""
    more: Array = field(default_factory=lambda: np.zeros((0, 0)))

    def __post_init__(self) -> None:
        if not self.arrays and self.more.shape != (len(self.eta), 0):
            object.__setattr__(self, "more", np.zeros((len(self.eta), 0), self.X.dtype))

    def array(self, name: str) -> Array:
        """A further array, ``(B, ...)``."""
        return self.more[:, self.shape.layout(self.arrays)[name][0]].reshape(
            len(self), *self.shape.layout(self.arrays)[name][1]
        )

    def __len__(self) -> int:
        return len(self.eta)

    def __getitem__(self, index: Any) -> Networks:
        """Some of the networks, by any index that keeps the first axis of an array."""
        chosen = slice(index, index + 1) if isinstance(index, int) else index
        return self.map(lambda array: array[chosen])

    def map(self, change: Callable[[Array], Array]) -> Networks:
        """Apply a function to every array."""
        return self.replace(**{name: change(getattr(self, name)) for name in PARTS})

    def replace(self, **changes: Any) -> Networks:
        """The same networks with some parts replaced."""
        return dataclasses.replace(self, **changes)

    @staticmethod
    def join(batches: Sequence[Networks]) -> Networks:
        """Several batches of the same shape as one."""
        return batches[0].replace(
            **{name: np.concatenate([getattr(batch, name) for batch in batches]) for name in PARTS}
        )

    def _price(self) -> float:
        """Units of work of the run (`effort`)."""
        shape = self.shape
        k = shape.k or 1
        numbers = 3 * shape.n * shape.p + shape.p * shape.d + shape.n * k
        products = 2 * shape.n * shape.p * (shape.d + k)
        each = (NUMBER * numbers + PRODUCT * products) * (BALL if self.X.dtype == object else 1)
        return shape.steps * (STEP + each * len(self))

    @cached_property
    def states(self) -> list[Network]:
        """The states at steps 0 … T, by the formula of `fa_theory.model.rules.step`."""
        state = Network(self.W, self.beta, self.b, activation(self.shape.activation))
        eta, lam = self.eta[:, None, None], self.lam[:, None, None]
        found = [state]
        effort.spend(self._price())
        with np.errstate(all="ignore"):  # a run may diverge; the margin then shows it
            for t in range(self.shape.steps):
                on = self.cutoff is None or t < self.cutoff
                state = step(state, self.X, self.y, eta=eta, lam=lam if on else 0, rule=self.rule)
                found.append(state)
        return found
