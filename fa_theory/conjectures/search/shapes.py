"""The shapes to attack, their order, and the number of networks of a shape in a batch."""

from __future__ import annotations

from itertools import product

import numpy as np

from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.networks import NetworkShape

SHAPES = 48
"""Number of shapes that are attacked by all sources; the random draws cover all others."""
BATCH = 512
"""Most networks in a batch, unless more work is requested."""


def shapes(domain: Domain) -> list[NetworkShape]:
    """Corners of the ranges and small sizes, from the smallest shapes to the largest.

    Examples
    --------
    >>> [(s.n, s.d, s.p) for s in shapes(Domain(n=(1, 9), d=2, p=(1, 2)))][:4]
    [(1, 2, 1), (1, 2, 2), (2, 2, 1), (3, 2, 1)]
    """
    ranges = {name: _values(*domain.whole(name)) for name in ("n", "d", "p", "steps")}
    if domain.k is not None:
        ranges["k"] = _values(*domain.whole("k"))
    made = (
        domain.shape(dict(zip(ranges, sizes, strict=True)), activation)
        for sizes in product(*ranges.values())
        for activation in domain.activations
    )
    ordered = sorted((shape for shape in made if domain.contains_shape(shape)), key=simplicity)
    if len(ordered) <= SHAPES:
        return ordered
    few = 2 * SHAPES // 3
    spread = np.linspace(few, len(ordered) - 1, SHAPES - few)
    return ordered[:few] + [ordered[int(i)] for i in spread]


def _values(low: int, high: int) -> list[int]:
    return sorted({low, min(low + 1, high), min(low + 2, high), high})


def simplicity(shape: NetworkShape) -> tuple[float, ...]:
    """Sorts shapes, the simplest first."""
    return work(shape), shape.size, shape.n, shape.p


def work(shape: NetworkShape) -> float:
    """Cost of judging one network, in a unit of about a microsecond.

    Not measured times, so that attacks are reproducible.
    """
    k = shape.k or 1
    numbers = shape.n * shape.d + (shape.n + shape.d + k) * shape.p + shape.n * k
    products = shape.n * shape.p * (shape.d + k)
    return (shape.steps + 1) * (0.05 * numbers + 0.01 * products) + 0.005 * shape.n**3


def overhead(shape: NetworkShape) -> float:
    """Fixed cost of judging a batch, in the same unit."""
    return 400.0 + 100.0 * shape.steps


def batch(shape: NetworkShape, budget: float | None = None) -> int:
    """Number of networks of a shape to judge at once, for a given amount of work; by default an efficient number."""
    bargain = 8 * overhead(shape)
    budget = budget or bargain
    return max(2, min(int(BATCH * budget / bargain), int(budget / work(shape))))
