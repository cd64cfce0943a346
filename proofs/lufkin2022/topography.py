"""How orderly a map is: similarity of neighbours against shuffled maps, orientations, pinwheels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fa_theory.model.ball import Array

SHUFFLES = 199


class Order(NamedTuple):
    """The similarity of neighbours.

    Attributes
    ----------
    similarity
        Mean over pairs of neighbours.
    null, deviation
        Mean and standard deviation of the same over shuffled maps.
    p
        Probability under shuffling to be at least as similar, by permutations: never below 1/(shuffles + 1).
    """

    similarity: float
    null: float
    deviation: float
    p: float


def neighbours(similar: Array, side: int, places: Array | None = None) -> float:
    """Mean similarity of neighbours on a torus, given that of all pairs ``(side², side²)`` and who stands where."""
    grid = (np.arange(side**2) if places is None else places).reshape(side, side)
    return float(np.mean([similar[grid, np.roll(grid, 1, axis)].mean() for axis in (0, 1)]))


def permutation_test(similar: Array, side: int, rng: np.random.Generator, shuffles: int = SHUFFLES) -> Order:
    """Compare the similarity of neighbours with that in maps whose neurons are shuffled."""
    found = neighbours(similar, side)
    null = np.array([neighbours(similar, side, rng.permutation(side**2)) for _ in range(shuffles)])
    p = (1 + int(np.sum(null >= found))) / (1 + shuffles)
    return Order(found, float(null.mean()), float(null.std()), p)


def correlations(Phi: Array) -> Array:
    """Correlations of receptive fields (columns)."""
    fields = Phi - Phi.mean(axis=0)
    norms = np.maximum(np.linalg.norm(fields, axis=0), 1e-12)
    fields = fields / norms
    found: Array = fields.T @ fields
    return found


def orientations(Phi: Array, size: int) -> Array:
    """Orientation of square receptive fields as complex numbers, ``(n,)``, from the second moment of their power.

    The argument is twice the orientation of the stripes, the modulus the selectivity between 0 and 1.

    Examples
    --------
    >>> x = np.arange(8)
    >>> field = np.cos(2 * np.pi * x / 4)[None, :] * np.ones((8, 1))  # vertical stripes
    >>> found = orientations(field.reshape(64, 1), 8)
    >>> bool(abs(angle(found)[0] - 0.5) < 1e-6 and abs(found[0]) > 0.8)
    True
    """
    fields = Phi.T.reshape(-1, size, size)
    window = np.hanning(size + 2)[1:-1]
    power = np.abs(np.fft.fft2(fields * np.outer(window, window), s=(2 * size, 2 * size))) ** 2
    f = np.fft.fftfreq(2 * size)
    down, across = f[:, None], f[None, :]
    double = (across + 1j * down) ** 2
    weight = np.abs(double)
    direction = np.where(weight > 0, double / np.where(weight > 0, weight, 1), 0)
    direction[size, :] = direction[:, size] = 0  # the highest frequency has no sign
    power = power * (direction != 0)
    moment = np.sum(power * direction, axis=(1, 2)) / np.maximum(np.sum(power, axis=(1, 2)), 1e-12)
    found: Array = -np.conj(moment)  # stripes are perpendicular to their frequency; rows count downwards
    return found


def angle(z: Array) -> Array:
    """Orientation over π, in [0, 1): 0 for horizontal stripes, ½ for vertical ones."""
    found: Array = (np.angle(z) / (2 * np.pi)) % 1.0
    return found


def alike(z: Array) -> Array:
    """Similarity of orientations, ``cos 2(θ − θ')`` times both selectivities over their mean square, ``(n, n)``."""
    found: Array = np.real(z[:, None] * np.conj(z)) / max(float(np.mean(np.abs(z) ** 2)), 1e-12)
    return found


def pinwheels(z: Array, side: int) -> list[tuple[float, float, int]]:
    """Places ``(column, row, sign)`` between four neurons around which the orientation turns once by 180°."""
    grid = np.angle(z).reshape(side, side)

    def turn(a: Array, b: Array) -> Array:
        found: Array = (b - a + np.pi) % (2 * np.pi) - np.pi
        return found

    right, below = np.roll(grid, -1, 1), np.roll(grid, -1, 0)
    across = np.roll(right, -1, 0)
    winding = turn(grid, right) + turn(right, across) + turn(across, below) + turn(below, grid)
    charge = np.round(winding / (2 * np.pi)).astype(int)
    return [
        (column + 0.5, row + 0.5, int(charge[row, column])) for row, column in zip(*np.nonzero(charge), strict=True)
    ]
