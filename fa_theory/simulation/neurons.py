"""A step of a block of neurons of a batch of networks, in buffers that stay in the cache.

A step needs of the other blocks nothing but the error e. So a network is cut into blocks of neurons, of a size that
depends on the numbers of samples and neurons only, and what blocks add to sums is added in their order. Each network of
a batch is computed as if it were alone. Hence bits depend neither on the batch nor on what is recorded or on the number
of workers; they do depend on the versions of NumPy and its BLAS, on the kind of CPU, and on the number of BLAS threads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from fa_theory.model.activations.pointwise import Pointwise
from fa_theory.model.ball import Array
from fa_theory.model.network import transpose
from fa_theory.model.rules import Relearning, Rule

BLOCK = 2**15
"""Entries of ``Z`` in a block, at most or nearly: four such buffers fit in a cache of a megabyte."""
NARROWEST = 64


def blocks(n: int, p: int) -> Iterator[slice]:
    """Cut p neurons into blocks for n samples.

    Examples
    --------
    >>> [rows.stop - rows.start for rows in blocks(8, 128)]
    [128]
    >>> [rows.stop - rows.start for rows in blocks(50, 1000)]
    [640, 360]
    """
    width = max(NARROWEST, BLOCK // n // 64 * 64)
    return (slice(first, min(first + width, p)) for first in range(0, p, width))


class Scratch:
    """Two buffers, shared by blocks that are computed one after the other."""

    def __init__(self) -> None:
        self._flat = np.empty((2, 0))
        self._views: dict[tuple[int, ...], tuple[Array, Array]] = {}

    def shaped(self, shape: tuple[int, ...]) -> tuple[Array, Array]:
        """Both buffers in a shape; their content is lost."""
        if shape not in self._views:
            size = math.prod(shape)
            if self._flat.shape[1] < size:
                self._flat = np.empty((2, size))
                self._views.clear()
            one, two = self._flat[:, :size]
            self._views[shape] = one.reshape(shape), two.reshape(shape)
        return self._views[shape]


class FirstLayer(Protocol):
    """The first layer of the neurons of a block: the part that differs between weight space and sample space."""

    Z: Array
    """Pre-activations ``(m, n, c)`` of c neurons."""

    def move(self, slopes: Array, e: Array, back: Array, spare: Array) -> None:
        """Subtract the gradient ``(e backᵀ ∘ ψ'(Z))ᵀ X``; both buffers may be overwritten."""

    def moved(self) -> Array:
        """``W − W(0)`` in an orthonormal basis of a space that contains its rows, ``(m, c, ·)``."""

    def weights(self) -> Array:
        """``W``, a new array ``(m, c, d)``."""


class Neurons:
    """c neurons of m networks.

    Attributes
    ----------
    layer
        Their first layer.
    beta, b
        Their output and feedback weights, ``(m, c, k)``.
    """

    def __init__(
        self, layer: FirstLayer, beta: Array, b: Array, pointwise: Pointwise, rule: Rule, scratch: Scratch
    ) -> None:
        self.layer, self.beta, self.b = layer, beta.copy(), b
        self._start, self._pointwise, self._rule, self._scratch = beta, pointwise, rule, scratch
        self.features = np.empty(layer.Z.shape)
        self._pointwise.value(layer.Z, self.features)

    def output(self) -> Array:
        """``ψ(Z) β``, the contribution of these neurons to ``√p f``, ``(m, n, k)``."""
        return self.features @ self.beta

    def step(self, e: Array, rate: Array, keep: Array) -> Array:
        """Step from the error e ``(m, n, k)`` with ``rate = η/√p`` and ``keep = 1 − ηλ``, and return `output`."""
        slopes, spare = self._scratch.shaped(self.features.shape)
        self._pointwise.slope(self.layer.Z, self.features, slopes)
        back = rate * self._rule.through(self.beta, self.b)
        move = rate * (transpose(self.features) @ e)
        self.b = self._rule.after(Relearning(self.b, self.beta, keep, move))
        self.beta *= keep
        self.beta -= move
        self.layer.move(slopes, e, back, spare)
        self._pointwise.value(self.layer.Z, self.features)
        return self.output()

    def moved_beta(self) -> Array:
        """``β − β(0)``, ``(m, c, k)``."""
        moved: Array = self.beta - self._start
        return moved


def outer(e: Array, back: Array, out: Array) -> Array:
    """``e backᵀ``, ``(m, n, c)``."""
    if e.shape[2] == 1:
        return np.multiply(e, transpose(back), out=out)  # BLAS is slow at products of width 1
    return np.matmul(e, transpose(back), out=out)
