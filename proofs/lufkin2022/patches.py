"""Whitened patches of the photographs that come with scikit-learn."""

from __future__ import annotations

from functools import cache

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array

PHOTOGRAPHS = ("china.jpg", "flower.jpg")
CUTOFF = 0.25
"""Frequency, in cycles per pixel, from which on whitening is damped."""


@cache
def photographs() -> tuple[Array, ...]:
    """The photographs in grey, whitened: each frequency f times ``f exp(−(f/cutoff)⁴)``, and of variance 1."""
    try:
        from sklearn.datasets import load_sample_image

        loaded = [np.asarray(load_sample_image(name), dtype=float) for name in PHOTOGRAPHS]
    except ImportError as why:
        raise InputError(
            f"the photographs cannot be read ({why}); it needs scikit-learn and Pillow: install fa-theory[full]"
        ) from None
    return tuple(whitened(picture.mean(axis=2)) for picture in loaded)


def whitened(picture: Array) -> Array:
    """A picture whose spectrum is flat up to the cutoff, ``(h, w)``."""
    down, across = (np.fft.fftfreq(size) for size in picture.shape)
    f = np.hypot(down[:, None], across)
    found: Array = np.real(np.fft.ifft2(np.fft.fft2(picture - picture.mean()) * f * np.exp(-((f / CUTOFF) ** 4))))
    scaled: Array = found / found.std()
    return scaled


def patches(rng: np.random.Generator, count: int, size: int, pictures: tuple[Array, ...] | None = None) -> Array:
    """Patches from random places, ``(count, size²)``: mean 0, and norm 1 but for those of little contrast."""
    pictures = pictures or photographs()
    found = np.empty((count, size * size))
    for row in found:
        picture = pictures[rng.integers(len(pictures))]
        top, left = (int(rng.integers(length - size + 1)) for length in picture.shape)
        row[:] = picture[top : top + size, left : left + size].ravel()
    found -= found.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    scaled: Array = found / np.maximum(norms, 0.5 * np.median(norms))
    return scaled


def noise(rng: np.random.Generator, count: int, size: int) -> Array:
    """White noise of the same norm, which has no structure to be found."""
    found = rng.standard_normal((count, size * size))
    found -= found.mean(axis=1, keepdims=True)
    normalised: Array = found / np.linalg.norm(found, axis=1, keepdims=True)
    return normalised
