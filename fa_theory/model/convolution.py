"""Convolutional layers as linear maps with tied weights: small ones, for theory, not for speed.

The numbers of a layer are its kernel, ``(…, c, c' k²)`` for c channels out of c' and a window of k × k. The matrix W
that the formulas of `fa_theory.model.deep` see is spread out of it, and gradients are summed back: every number stands
in W once for every place of the window. So what holds for matrices holds for convolutions, with a sum over places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from fa_theory.errors import InputError

from . import checks
from .ball import Array, namespace


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolutional layer without padding.

    Attributes
    ----------
    channels
        Channels that come out.
    window
        The side k of the window.
    stride
        How far the window moves.
    image
        Channels, height and width of what comes in; None: those of the layer below, see `on`.

    Raises
    ------
    InputError
        If a number is not whole and ≥ 1.

    Examples
    --------
    >>> layer = Convolution(2, 3).on((1, 4, 5))
    >>> layer.shape, layer.out, layer.places
    ((2, 9), (2, 2, 3), 6)
    >>> layer.spread(np.ones((2, 9))).shape
    (12, 20)
    """

    channels: int
    window: int
    stride: int = 1
    image: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        for name in ("channels", "window", "stride"):
            checks.size(name, getattr(self, name))

    def on(self, image: tuple[int, int, int]) -> Convolution:
        """The same layer on images of a size.

        Raises
        ------
        InputError
            If the window does not fit into them.
        """
        if min(image[1:]) < self.window:
            raise InputError(f"a window of {self.window} × {self.window} does not fit into images of {image}")
        return Convolution(self.channels, self.window, self.stride, image)

    @property
    def _image(self) -> tuple[int, int, int]:
        if self.image is None:
            raise InputError(f"{self} knows no images yet; write layer.on((channels, height, width))")
        return self.image

    @property
    def out(self) -> tuple[int, int, int]:
        """Channels, height and width of what comes out."""
        _, height, width = self._image
        rows, columns = ((side - self.window) // self.stride + 1 for side in (height, width))
        return self.channels, rows, columns

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the kernel."""
        return self.channels, self._image[0] * self.window**2

    @property
    def places(self) -> int:
        """Places of the window."""
        _, height, width = self.out
        return height * width

    def spread(self, kernel: Array) -> Array:
        """The matrix of the map, from flat images to flat images."""
        xp, numbers = namespace(kernel), kernel.reshape(*kernel.shape[:-2], -1)
        padded = xp.concatenate([numbers, xp.zeros_like(numbers[..., :1])], axis=-1)
        matrix: Array = padded[..., _number(self)]
        return matrix

    def gathered(self, gradient: Array) -> Array:
        """The gradient of the kernel from that of the matrix."""
        flat = gradient.reshape(*gradient.shape[:-2], -1)
        summed: Array = flat[..., _where(self)].sum(axis=-1).reshape(*gradient.shape[:-2], *self.shape)
        return summed


@cache
def _number(layer: Convolution) -> Array:
    """For each entry of the matrix the number in the kernel that stands there, and one past the last for 0."""
    (into, height, width), (channels, rows, columns), k = layer._image, layer.out, layer.window
    kernel = np.arange(channels * into * k * k).reshape(channels, into, k, k)
    found = np.full((channels, rows, columns, into, height, width), kernel.size)
    for row in range(rows):
        for column in range(columns):
            top, left = row * layer.stride, column * layer.stride
            found[:, row, column, :, top : top + k, left : left + k] = kernel
    return found.reshape(channels * rows * columns, into * height * width)


@cache
def _where(layer: Convolution) -> Array:
    """For each number in the kernel its places in the flat matrix."""
    flat = _number(layer).ravel()
    order = np.argsort(flat, kind="stable")
    return order[: layer.shape[0] * layer.shape[1] * layer.places].reshape(-1, layer.places)
