"""Polynomials at random points modulo a prime: a rank found there is a lower bound of the rank over the rationals.

A matrix of polynomials with rational coefficients that has rank r modulo the prime at one point has a minor of order r
that is not 0 there; so the minor is not 0 as a polynomial, and the rank is at least r at almost every real point.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from .contractions import Factor, Template

PRIME = 2**29 - 3
"""Products of two residues, summed over up to 32 indices, fit in 64 bits."""
Values = Mapping[str, Any]


def point(axes: Mapping[str, tuple[str, ...]], sizes: Mapping[str, int], draw: random.Random) -> dict[str, Any]:
    """Random residues for each tensor."""
    return {name: residues([sizes[sort] for sort in legs], draw) for name, legs in axes.items()}


def residues(shape: Sequence[int], draw: random.Random) -> Any:
    """An array of random residues."""
    count = int(np.prod(shape, dtype=int))
    return np.array([draw.randrange(1, PRIME) for _ in range(count)], dtype=np.int64).reshape(shape)


def evaluated(body: Template, values: Values, shape: Sequence[int]) -> Any:
    """A template at a point: an array with one axis for each leg."""
    total = np.zeros(shape, dtype=np.int64)
    for c, factors in body:
        total = (total + _residue(c) * _product(factors, values, len(shape))) % PRIME
    return total


def _residue(c: Fraction) -> int:
    return c.numerator * pow(c.denominator, -1, PRIME) % PRIME


def _product(factors: Sequence[Factor], values: Values, legs: int, batch: int | None = None) -> Any:
    """A product of factors, contracted one after another; factor number ``batch`` has one axis more, which is kept."""
    names: dict[int, int] = {-1 - k: k + 1 for k in range(legs)}
    pieces = []
    for k, (name, at) in enumerate(factors):
        axes = [names.setdefault(i, len(names) + 1) for i in at]
        pieces.append((values[name] if k != batch else values[f"d {name}"], axes if k != batch else [0, *axes]))
    kept = [*([] if batch is None else [0]), *range(1, legs + 1)]
    here, axes = np.ones((), dtype=np.int64), []
    while pieces:
        k = next((k for k, (_, other) in enumerate(pieces) if set(other) & set(axes)), 0)
        value, other = pieces.pop(k)
        needed = {*kept, *(i for _, rest in pieces for i in rest)}
        out = [i for i in dict.fromkeys([*axes, *other]) if i in needed]
        if len(set(other)) < len(other):  # an index twice on one factor is summed or made a diagonal first
            single = list(dict.fromkeys(other))
            value, other = np.einsum(value, other, single) % PRIME, single
        here, axes = np.einsum(here, axes, value, other, out) % PRIME, out
    return np.einsum(here, axes, kept) if axes != kept else here


def rank(rows: Sequence[Sequence[int]]) -> int:
    """The rank of a matrix modulo the prime."""
    return int(flint.nmod_mat([[int(x) for x in row] for row in rows], PRIME).rank()) if rows else 0


def directions(axes: Mapping[str, tuple[str, ...]], moving: Iterable[str], sizes: Mapping[str, int]) -> dict[str, Any]:
    """For each moving tensor ``d T``: one unit vector of the state space per coordinate, along the first axis."""
    moving = list(moving)
    shapes = {name: [sizes[sort] for sort in axes[name]] for name in moving}
    counts = {name: int(np.prod(shape, dtype=int)) for name, shape in shapes.items()}
    total, start, out = sum(counts.values()), 0, {}
    for name in moving:
        block = np.zeros((total, counts[name]), dtype=np.int64)
        block[start : start + counts[name]] = np.eye(counts[name], dtype=np.int64)
        out[f"d {name}"] = block.reshape([total, *shapes[name]])
        start += counts[name]
    return out


def gradients(body: Template, values: Values, moving: Iterable[str], sizes: Sequence[int]) -> list[list[int]]:
    """The gradients of the entries of a template, one per row; ``values`` has the `directions` too."""
    moving = set(moving)
    coordinates = next(len(value) for name, value in values.items() if name.startswith("d "))
    total = np.zeros((coordinates, *sizes), dtype=np.int64)
    for c, factors in body:
        for k, (name, _) in enumerate(factors):
            if name in moving:
                total = (total + _residue(c) * _product(factors, values, len(sizes), batch=k)) % PRIME
    rows: list[list[int]] = total.reshape(coordinates, -1).T.tolist()
    return rows
