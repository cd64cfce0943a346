"""Multipliers by linear arithmetic: a combination of known facts that gives the goal. Exact; not trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from fa_theory.checker.proof.normal import CONSTANT, Polynomial


def multipliers(goal: Polynomial, facts: Sequence[tuple[Polynomial, str]], relation: str) -> list[Fraction] | None:
    """Numbers λ such that ``goal − Σ λ_k fact_k`` is a number allowed by the relation.

    Parameters
    ----------
    goal
        The normal form of the right minus the left side.
    facts
        The same for each fact, with its relation; for = the number may have any sign, otherwise it is not negative.
    relation
        Of the goal: the remainder is 0 for =, and ≥ 0 for <=; for < as much as possible comes from strict facts.

    Returns
    -------
    list or None
        One number per fact; None if there is no solution.
    """
    columns: list[tuple[int, int]] = []
    for k, (_, said) in enumerate(facts):
        columns += [(k, 1), (k, -1)] if said == "=" else [(k, 1)]
    tables: list[Mapping[Any, Fraction]] = [dict(p) for p, _ in facts]
    wanted = dict(goal)
    rows = sorted({*wanted, *(key for table in tables for key in table)} | {CONSTANT}, key=repr)
    matrix = [[sign * tables[k].get(row, Fraction(0)) for k, sign in columns] for row in rows]
    right = [wanted.get(row, Fraction(0)) for row in rows]
    gain = [Fraction(int(facts[k][1] == "<")) for k, _ in columns]
    if relation != "=":  # a constant remainder
        for row, line in zip(rows, matrix, strict=True):
            line.append(Fraction(int(row == CONSTANT)))
        gain.append(Fraction(1))
    if relation == "<":  # a bounded amount of strictness, 1 if that is enough
        for line in matrix:
            line.append(Fraction(0))
        matrix.append([*gain, Fraction(1)])
        gain.append(Fraction(0))
        found = maximum(matrix, [*right, Fraction(1)], gain) or maximum(matrix, [*right, Fraction(10**6)], gain)
    else:
        found = maximum(matrix, right, [Fraction(0)] * len(gain))
    if found is None:
        return None
    out = [Fraction(0)] * len(facts)
    for (k, sign), value in zip(columns, found, strict=False):
        out[k] += sign * value
    return out


def maximum(
    matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction], gain: Sequence[Fraction]
) -> list[Fraction] | None:
    """A vertex ``x ≥ 0`` of ``matrix x = right`` where ``gain · x`` is largest: the simplex method with Bland's rule.

    Examples
    --------
    >>> one = Fraction(1)
    >>> maximum([[one, one]], [2 * one], [one, 0 * one])
    [Fraction(2, 1), Fraction(0, 1)]
    """
    width = len(gain)
    rows = [
        [(-x if b < 0 else x) for x in line] + [Fraction(int(k == m)) for m in range(len(right))] + [abs(b)]
        for k, (line, b) in enumerate(zip(matrix, right, strict=True))
    ]
    basis = [width + k for k in range(len(rows))]
    artificial = [Fraction(0)] * width + [Fraction(-1)] * len(rows)
    _improve(rows, basis, artificial, width + len(rows))
    if any(rows[k][-1] for k, b in enumerate(basis) if b >= width):
        return None
    for k, b in enumerate(basis):  # artificial variables that are 0 leave the basis if possible
        if b >= width:
            column = next((c for c in range(width) if rows[k][c]), None)
            if column is not None:
                _pivot(rows, basis, k, column)
    _improve(rows, basis, list(gain) + [Fraction(0)] * len(rows), width)
    out = [Fraction(0)] * width
    for k, b in enumerate(basis):
        if b < width:
            out[b] = rows[k][-1]
    return out


def _improve(rows: list[list[Fraction]], basis: list[int], gain: Sequence[Fraction], width: int) -> None:
    while True:
        costs = [(k, gain[b]) for k, b in enumerate(basis) if gain[b]]
        enter = next(
            (c for c in range(width) if c not in basis and gain[c] - sum(g * rows[k][c] for k, g in costs) > 0), None
        )
        if enter is None:
            return
        ratios = [(rows[k][-1] / rows[k][enter], basis[k], k) for k in range(len(rows)) if rows[k][enter] > 0]
        if not ratios:
            return
        _pivot(rows, basis, min(ratios)[2], enter)


def _pivot(rows: list[list[Fraction]], basis: list[int], row: int, column: int) -> None:
    pivot = rows[row][column]
    rows[row] = [x / pivot for x in rows[row]]
    for k, line in enumerate(rows):
        if k != row and line[column]:
            factor = line[column]
            rows[k] = [x - factor * y for x, y in zip(line, rows[row], strict=True)]
    basis[row] = column
