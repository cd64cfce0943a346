"""Kind ``enclosure``: inequalities between closed terms, which the checker evaluates itself, in balls.

The document holds definitions and assertions in the language of `terms`, nothing else: the statement that is printed is
written from them. A relation is accepted only if it holds for every pair of numbers in the two balls, between matrices
entry by entry; ``=`` only if both balls are exact. So a document whose assertion is true but too close to be decided at
its precision is refused, and none is accepted that is false, as every ball contains the value of its term (`values`,
`integrals`, each with its proof).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from flint import arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.decimals import interval
from fa_theory.checker.linalg import up
from fa_theory.checker.verdict import Finding

from .evaluate import define, evaluate
from .terms import ClosedTerm, Definition, Iteration, Matrix, read
from .values import NotDefined, Operations, Value, paired, shape
from .words import said

KEYS = ("format", "kind", "precision", "define", "assert", "digest")
MAX_PRECISION = 1024


@dataclass(frozen=True)
class Assertions:
    """What a document of this kind asserts."""

    precision: int
    definitions: tuple[Definition, ...]
    assertions: tuple[tuple[ClosedTerm, str, ClosedTerm], ...]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Assertions:
        """Read a document of this kind."""
        doc.fields(document, "document", KEYS)
        precision = doc.whole(document["precision"], "precision")
        if not 32 <= precision <= MAX_PRECISION:
            raise doc.refusal("precision", f"32 to {MAX_PRECISION} bits", precision)
        return cls(precision, *read(document))


def check(claim: Assertions) -> Finding:
    """Check a claim of this kind, at the precision that it names."""
    with ctx.workprec(claim.precision):
        return _check(claim)


def _check(claim: Assertions) -> Finding:
    work = Operations()
    try:
        known = define(claim.definitions, work)
        lines, least = [], arb("inf")
        for k, (left, relation, right) in enumerate(claim.assertions):
            a, b = evaluate(left, known, work), evaluate(right, known, work)
            text = f"{said(left)} {_SIGNS[relation]} {said(right)}"
            found = f"{_found(a)}, {_found(b)}"
            if not _holds(a, relation, b):
                shown = text if len(text) <= 200 else f"{text[:200]}…"
                return Finding([(inf, f"assert[{k}]: {shown} is not certain: the sides are {found}")], {}, "")
            least = least.min(_margin(a, b))
            lines.append(f"  {text}   ({found})")
    except NotDefined as why:
        return Finding([(inf, f"assert: {why}")], {}, "")
    count = "an assertion" if len(lines) == 1 else f"{len(lines)} assertions"
    statement = "\n".join([f"{count} about exact numbers, enclosed:", *map(_defined, claim.definitions), *lines])
    return Finding([], {"margin": -up(-least)}, statement)


_SIGNS = {"=": "=", "<=": "≤", "<": "<"}


def _holds(a: Value, relation: str, b: Value) -> bool:
    def certain(x: arb, y: arb) -> arb:
        return arb(bool(x == y if relation == "=" else x <= y if relation == "<=" else x < y))

    found = paired(certain, a, b, "assert")
    entries = found.entries() if isinstance(found, arb_mat) else [found]
    return all(x == 1 for x in entries)


def _margin(a: Value, b: Value) -> arb:
    found = paired(lambda x, y: y - x, a, b, "assert")
    entries = found.entries() if isinstance(found, arb_mat) else [found]
    least = entries[0].lower()
    for x in entries[1:]:
        least = least.min(x.lower())
    return least


def _found(value: Value) -> str:
    """The ball, or what kind of matrix it is, rounded outwards."""
    return shape(value) if isinstance(value, arb_mat) else interval(-up(-value) + 0.0, up(value) + 0.0, 9)


def _defined(definition: Definition) -> str:
    """A definition as it is printed."""
    if isinstance(definition, Iteration):
        first = ", ".join(f"{n} = {said(t)}" for n, t in zip(definition.names, definition.first, strict=True))
        then = ", ".join(f"{n} := {said(t)}" for n, t in zip(definition.names, definition.then, strict=True))
        return f"  from {first}, {definition.steps} times at once: {then}"
    name, body = definition
    if isinstance(body, ClosedTerm):
        return f"  {name} = {said(body)}"
    return f"  {name} = {_numbers(body)}"


def _numbers(matrix: Matrix) -> str:
    rows, columns = len(matrix.rows), len(matrix.rows[0])
    if rows * columns <= 12:
        return "[" + "; ".join(map(", ".join, matrix.texts)) + "]"
    return f"the matrix of {rows} × {columns} exact numbers in the document"
