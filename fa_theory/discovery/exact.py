"""Exact linear algebra over the rationals on sparse columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import flint

Row = TypeVar("Row", bound=Hashable)
PRIME = 2**61 - 1


def blocks(columns: Sequence[Mapping[Row, Fraction]]) -> list[list[int]]:
    """The columns that are connected by common rows, as lists of their numbers."""
    parent = list(range(len(columns)))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    first: dict[Row, int] = {}
    for k, column in enumerate(columns):
        for row in column:
            parent[root(first.setdefault(row, k))] = root(k)
    groups: dict[int, list[int]] = defaultdict(list)
    for k in range(len(columns)):
        groups[root(k)].append(k)
    return list(groups.values())


def null_space(columns: Sequence[Mapping[Row, Fraction]]) -> list[dict[int, Fraction]]:
    """A basis of all combinations of the columns that vanish, by number of the column.

    A block whose rank modulo a prime is full has no null space over the rationals, since a minor that is not 0 modulo
    the prime is not 0. Other blocks are reduced exactly.

    Examples
    --------
    >>> null_space([{"x": Fraction(2)}, {"x": Fraction(3)}, {"y": Fraction(1)}])
    [{1: Fraction(1, 1), 0: Fraction(-3, 2)}]
    """
    out: list[dict[int, Fraction]] = []
    for block in blocks(columns):
        rows = {row: k for k, row in enumerate(dict.fromkeys(row for j in block for row in columns[j]))}
        if not rows:
            out += [{j: Fraction(1)} for j in block]
            continue
        if _full_rank(columns, block, rows):
            continue
        matrix = flint.fmpq_mat(len(rows), len(block))
        for k, j in enumerate(block):
            for row, x in columns[j].items():
                matrix[rows[row], k] = flint.fmpq(x.numerator, x.denominator)
        reduced, rank = matrix.rref()
        pivots = [next(k for k in range(len(block)) if reduced[r, k] != 0) for r in range(rank)]
        for k in sorted(set(range(len(block))) - set(pivots)):
            vector = {block[k]: Fraction(1)}
            for r, pivot in enumerate(pivots):
                entry = reduced[r, k]
                if entry != 0:
                    vector[block[pivot]] = -Fraction(int(entry.p), int(entry.q))
            out.append(vector)
    return out


def _full_rank(columns: Sequence[Mapping[Row, Fraction]], block: Sequence[int], rows: Mapping[Row, int]) -> bool:
    if len(block) > len(rows):
        return False
    table = [[0] * len(block) for _ in rows]
    for k, j in enumerate(block):
        for row, x in columns[j].items():
            if x.denominator % PRIME == 0:
                return False
            table[rows[row]][k] = x.numerator * pow(x.denominator, -1, PRIME) % PRIME
    return int(flint.nmod_mat(table, PRIME).rank()) == len(block)


class RationalSpan:
    """A growing linear span of sparse vectors.

    Examples
    --------
    >>> span = RationalSpan()
    >>> span.add({"x": Fraction(1), "y": Fraction(1)}), span.add({"x": Fraction(2), "y": Fraction(2)})
    (True, False)
    """

    def __init__(self) -> None:
        self.rows: dict[Any, dict[Any, Fraction]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def reduced(self, vector: Mapping[Row, Fraction]) -> dict[Row, Fraction]:
        """A vector modulo the span; empty if it lies in it."""
        left: dict[Row, Fraction] = dict(vector)
        for pivot in [key for key in vector if key in self.rows]:
            c = left.get(pivot)
            if c:
                _subtract(left, c, self.rows[pivot])
        return left

    def add(self, vector: Mapping[Row, Fraction]) -> bool:
        """Add a vector; False if it is in the span already."""
        left = self.reduced(vector)
        if not left:
            return False
        pivot = min(left, key=repr)
        row: dict[Any, Fraction] = {key: x / left[pivot] for key, x in left.items()}
        for other in self.rows.values():
            if pivot in other:
                _subtract(other, other[pivot], row)
        self.rows[pivot] = row
        return True


def _subtract(vector: dict[Row, Fraction], c: Fraction, row: Mapping[Row, Fraction]) -> None:
    for key, x in row.items():
        value = vector.get(key, Fraction(0)) - c * x
        if value:
            vector[key] = value
        else:
            vector.pop(key, None)
