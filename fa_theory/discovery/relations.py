"""Relations between constants, such as ``B2[a,r] K[r] = 0``: the left side is replaced wherever it occurs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from .contractions import Factor, Template, connected_parts, largest_index, put
from .modular import PRIME, Values, evaluated


@dataclass(frozen=True)
class Relation:
    """``left = right`` for all values of the labels −1, −2, ….

    Attributes
    ----------
    left
        A connected product.
    right
        What it equals.
    labels
        The sorts of the labels.
    text
        As it was written.
    """

    left: tuple[Factor, ...]
    right: Template
    labels: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class RelationUse:
    """One replacement: ``c · rest · (left − right)``, with these indices on the labels of the relation."""

    relation: Relation
    c: Fraction
    rest: tuple[Factor, ...]
    at: tuple[int, ...]


def used(relations: Sequence[Relation], c: Fraction, factors: Sequence[Factor]) -> RelationUse | None:
    """The first place in a product where a relation applies."""
    count = Counter(i for _, at in factors for i in at)
    for relation in relations:
        inner = Counter(i for _, at in relation.left for i in at if i >= 0)
        for chosen, names in _matches(relation.left, factors):
            images = [names[i] for i in inner]
            if len(set(images)) == len(images) and all(names[i] >= 0 and count[names[i]] == inner[i] for i in inner):
                rest = tuple(f for k, f in enumerate(factors) if k not in chosen)
                return RelationUse(relation, c, rest, tuple(names[-1 - k] for k in range(len(relation.labels))))
    return None


def _matches(pattern: Sequence[Factor], factors: Sequence[Factor]) -> Iterator[tuple[tuple[int, ...], dict[int, int]]]:
    """Which factors a pattern can stand for, and what its indices then are."""
    partial: list[tuple[tuple[int, ...], dict[int, int]]] = [((), {})]
    for name, at in pattern:
        longer = []
        for chosen, names in partial:
            for k, (other, where) in enumerate(factors):
                if other == name and k not in chosen:
                    new = dict(names)
                    if all(new.setdefault(i, j) == j for i, j in zip(at, where, strict=True)):
                        longer.append(((*chosen, k), new))
        partial = longer
    yield from partial


def replaced(use: RelationUse) -> list[tuple[Fraction, list[Factor]]]:
    """The product with the right side in the place of the left one."""
    above = max([*use.at, largest_index(use.rest), -1])
    return [(use.c * x, [*use.rest, *put(body, use.at, above)]) for x, body in use.relation.right]


def uses(relations: Sequence[Relation], terms: Iterable[tuple[Fraction, Sequence[Factor]]]) -> list[RelationUse]:
    """All replacements that bring a sum of products to a form where none applies."""
    todo, out = [(c, list(factors)) for c, factors in terms], []
    while todo:
        use = used(relations, *todo.pop())
        if use is not None:
            out.append(use)
            todo += replaced(use)
    return out


def satisfied(
    relations: Sequence[Relation],
    helpers: Sequence[str],
    axes: Mapping[str, tuple[str, ...]],
    values: Values,
    seed: int,
) -> dict[str, Any]:
    """Random values of the helpers, in each of which all relations are linear, that satisfy the relations mod p."""
    draw = random.Random(seed)
    shapes = {name: values[name].shape for name in helpers}
    total = sum(int(np.prod(shape, dtype=int)) for shape in shapes.values())
    columns = []
    for k in range(total):
        unit = _split(np.eye(total, dtype=np.int64)[k], shapes)
        sizes = _sizes(axes, values)
        here = {**values, **unit}
        column: list[int] = []
        for relation in relations:
            shape = [sizes[sort] for sort in relation.labels]
            left = evaluated([(Fraction(1), relation.left)], here, shape)
            column += [int(x) for x in ((left - evaluated(relation.right, here, shape)) % PRIME).ravel()]
        columns.append(column)
    matrix = flint.nmod_mat([list(row) for row in zip(*columns, strict=True)], PRIME)
    kernel, nullity = matrix.nullspace()
    vector = np.zeros(total, dtype=np.int64)
    for j in range(nullity):
        c = draw.randrange(1, PRIME)
        vector = (vector + c * np.array([int(kernel[i, j]) for i in range(total)], dtype=np.int64)) % PRIME
    return _split(vector, shapes)


def _sizes(axes: Mapping[str, tuple[str, ...]], values: Values) -> dict[str, int]:
    return {
        sort: size
        for name, legs in axes.items()
        if name in values
        for sort, size in zip(legs, values[name].shape, strict=True)
    }


def _split(vector: Any, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    out, start = {}, 0
    for name, shape in shapes.items():
        count = int(np.prod(shape, dtype=int))
        out[name] = vector[start : start + count].reshape(shape)
        start += count
    return out


def is_connected(factors: Sequence[Factor]) -> bool:
    """Whether a product is one component."""
    return len(connected_parts(factors)) == 1
