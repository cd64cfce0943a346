"""The language of enclosures: closed terms for real numbers and matrices over exact numbers, read strictly.

A term is a number, a name, or a list that starts with an operation::

    term ::= "3/5" | "-0.125" | "1e-30" | "0x1.8p+1"                   exactly the number that is written
           | name                                                      defined before, or bound around it
           | ["pi"]
           | [F, t]                                                    a function, of every entry
           | ["+", t, t, …] | ["*", t, t, …] | ["-", t, t] | ["/", t, t] | ["neg", t] | ["^", t, k]
           | ["min", t, t] | ["max", t, t]                             of every entry; numbers go with any matrix
           | ["@", A, B] | ["T", A] | ["trace", A] | ["total", A] | ["least", A] | ["largest", A]
           | ["min_eigenvalue", A] | ["max_eigenvalue", A] | ["norm", A]
           | ["entry", A, t, t] | ["ones", k, k] | ["identity", k]
           | ["at_least", t, t] | ["binomial", t, t]
           | ["sum", i, k, k, t] | ["prod", i, k, k, t] | ["table", i, k, k, j, k, k, t]
           | ["integral", x, t, t, t] | ["mean", z, t] | ["gram", X, z, t, k]

where k is a whole number, and i, j, x and z are names that are bound in the last term. Definitions are
``[name, term]``, ``[name, ["matrix", rows]]`` with exact numbers, and ``["iterate", k, [[name, term, term], …]]``: the
values after k steps from the first terms, where every second term is the next value. Names never have two meanings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flint import fmpq

from fa_theory.checker import document as doc
from fa_theory.checker import ranges

MAX_DEPTH, MAX_TERMS, MAX_NUMBERS, MAX_SIZE, MAX_STEPS, MAX_POWER = 60, 5_000, 400_000, 400_000, 100_000, 1_000
MAX_DEGREE = 64
"""Largest number of Hermite coefficients for ``gram``."""

_SLOPED = tuple(name for name in ranges.ACTIVATIONS if name != "linear")
FUNCTIONS = ("exp", "log", "sqrt", "abs", "sin", "cos", *_SLOPED, *(f"{name}'" for name in _SLOPED))
"""Of every entry. A prime is a derivative; that of relu is 0 at 0."""

_SEVERAL = ("+", "*")
_ARITY = dict.fromkeys((*FUNCTIONS, "neg", "T", "trace", "total", "least", "largest", "norm"), 1)
_ARITY |= dict.fromkeys(("min_eigenvalue", "max_eigenvalue"), 1)
_ARITY |= dict.fromkeys(("-", "/", "min", "max", "@", "at_least", "binomial"), 2) | {"pi": 0, "entry": 3}

_RESERVED = {"E", "sum", "prod", "table", "integral", "mean", "gram", "ones", "identity", "matrix", "iterate", *_ARITY}
"""Names that would be read as something else."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
_DECIMAL = re.compile(r"(-?)([0-9]{1,400})(?:\.([0-9]{1,400}))?(?:e(-?[0-9]{1,3}))?")
_FRACTION = re.compile(r"-?[0-9]{1,400}/[1-9][0-9]{0,399}")


@dataclass(frozen=True, slots=True)
class ClosedTerm:
    """A term; ``whole`` has the whole numbers, ``bound`` the bound names, in the order of the document."""

    op: str
    args: tuple[ClosedTerm, ...] = ()
    bound: tuple[str, ...] = ()
    whole: tuple[int, ...] = ()
    number: fmpq | None = None
    text: str = ""
    """A number as it is written."""
    free: frozenset[str] = frozenset()
    """Names that it depends on."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of exact numbers."""

    rows: tuple[tuple[fmpq, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    """As they are written."""


@dataclass(frozen=True, slots=True)
class Iteration:
    """Names, their first values and the next ones."""

    steps: int
    names: tuple[str, ...]
    first: tuple[ClosedTerm, ...]
    then: tuple[ClosedTerm, ...]


Definition = tuple[str, ClosedTerm | Matrix] | Iteration


@dataclass
class Reader:
    """Reads definitions and terms; ``known`` has the names defined so far."""

    known: set[str] = field(default_factory=set)
    terms: int = 0
    numbers: int = 0

    def definition(self, value: object, where: str) -> Definition:
        """Read a definition; its names are known afterwards."""
        if isinstance(value, list) and len(value) == 3 and value[0] == "iterate":
            return self._iteration(value, where)
        if not isinstance(value, list) or len(value) != 2:
            raise doc.refusal(where, 'a name and a term, or ["iterate", steps, …]', value)
        name, body = value
        if isinstance(body, list) and body[:1] == ["matrix"]:
            found: ClosedTerm | Matrix = self._matrix(body, where)
        else:
            found = self.term(body, where)
        return self._defined(name, where), found

    def _defined(self, name: object, where: str) -> str:
        new = self._new(name, where)
        self.known.add(new)
        return new

    def _new(self, name: object, where: str, inside: frozenset[str] = frozenset()) -> str:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise doc.refusal(where, "a name of letters, digits and _", name)
        if name in _RESERVED:
            raise doc.MalformedDocument(f"{where}: {name!r} is a word of the language, and cannot be a name")
        if name in self.known or name in inside:
            raise doc.MalformedDocument(f"{where}: the name {name!r} has a meaning already")
        return name

    def _matrix(self, body: Sequence[object], where: str) -> Matrix:
        rows = body[1] if len(body) == 2 else None
        if not (isinstance(rows, list) and rows and all(isinstance(row, list) and row for row in rows)):
            raise doc.refusal(where, "a list of rows of numbers", rows)
        if len({len(row) for row in rows}) > 1:
            raise doc.refusal(where, "rows of the same length", rows)
        self.numbers += len(rows) * len(rows[0])
        if self.numbers > MAX_NUMBERS:
            raise doc.MalformedDocument(f"{where}: matrices have more than {MAX_NUMBERS:,} numbers")
        return Matrix(tuple(tuple(exact(x, where) for x in row) for row in rows), tuple(map(tuple, rows)))

    def _iteration(self, value: Sequence[Any], where: str) -> Iteration:
        steps = _whole(value[1], where, 1, MAX_STEPS)
        parts = value[2]
        if not (isinstance(parts, list) and parts and all(isinstance(p, list) and len(p) == 3 for p in parts)):
            raise doc.refusal(where, "a list of [name, first, next]", parts)
        first = tuple(self.term(p[1], f"{where}.first") for p in parts)  # the new names have no meaning there
        names = tuple(self._defined(p[0], where) for p in parts)
        return Iteration(steps, names, first, tuple(self.term(p[2], f"{where}.next") for p in parts))

    def term(self, value: object, where: str, inside: frozenset[str] = frozenset(), depth: int = 0) -> ClosedTerm:
        """Read a term; ``inside`` has the names bound around it."""
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise doc.MalformedDocument(f"{where}: more than {MAX_TERMS:,} terms")
        if depth > MAX_DEPTH:
            raise doc.MalformedDocument(f"{where}: terms are nested more than {MAX_DEPTH} deep")
        if isinstance(value, str):
            if not _NAME.fullmatch(value):
                return ClosedTerm("number", number=exact(value, where), text=value)
            if value not in self.known and value not in inside:
                raise doc.MalformedDocument(f"{where}: the name {value!r} is not defined")
            return ClosedTerm("name", bound=(value,), free=frozenset({value}))
        if not isinstance(value, list) or not value or not isinstance(value[0], str):
            raise doc.refusal(where, "a number, a name or a list that starts with an operation", value)
        op, rest = value[0], value[1:]

        def inner(part: object, *names: str) -> ClosedTerm:
            return self.term(part, where, inside | {*names}, depth + 1)

        def shape(count: int) -> None:
            if len(rest) != count:
                raise doc.MalformedDocument(f"{where}: {op!r} takes {count} parts, not {len(rest)}")

        def bind(name: object, *others: str) -> str:
            return self._new(name, where, inside | {*others})

        if op in _SEVERAL and len(rest) > 1:
            return _made(op, [inner(part) for part in rest])
        if op in _ARITY:
            shape(_ARITY[op])
            return _made(op, [inner(part) for part in rest])
        match op:
            case "^":
                shape(2)
                return _made(op, [inner(rest[0])], whole=(_whole(rest[1], where, 0, MAX_POWER),))
            case "ones" | "identity":
                shape(2 if op == "ones" else 1)
                return _made(op, [], whole=tuple(_whole(k, where, 1, MAX_SIZE) for k in rest))
            case "sum" | "prod":
                shape(4)
                name = bind(rest[0])
                return _made(op, [inner(rest[3], name)], (name,), _range(rest[1], rest[2], where))
            case "table":
                shape(7)
                i = bind(rest[0])
                j = bind(rest[3], i)
                ends = (*_range(rest[1], rest[2], where), *_range(rest[4], rest[5], where))
                return _made(op, [inner(rest[6], i, j)], (i, j), ends)
            case "integral":
                shape(4)
                name = bind(rest[0])
                return _made(op, [inner(rest[3], name), inner(rest[1]), inner(rest[2])], (name,))
            case "mean":
                shape(2)
                name = bind(rest[0])
                return _made(op, [inner(rest[1], name)], (name,))
            case "gram":
                shape(4)
                name = bind(rest[1])
                degree = _whole(rest[3], where, 0, MAX_DEGREE)
                return _made(op, [inner(rest[2], name), inner(rest[0])], (name,), (degree,))
        raise doc.refusal(where, "an operation of the language", op)


def _made(op: str, args: Sequence[ClosedTerm], bound: tuple[str, ...] = (), whole: tuple[int, ...] = ()) -> ClosedTerm:
    """A term whose bound names are bound in its first argument."""
    free = (arg.free - {*bound} if k == 0 else arg.free for k, arg in enumerate(args))
    return ClosedTerm(op, tuple(args), bound, whole, free=frozenset().union(*free))


def _whole(value: object, where: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise doc.refusal(where, f"a whole number from {least} to {most}", value)
    return value


def _range(low: object, high: object, where: str) -> tuple[int, int]:
    first = _whole(low, where, -MAX_SIZE, MAX_SIZE)
    return first, _whole(high, where, first, MAX_SIZE)


def exact(value: object, where: str) -> fmpq:
    """The number that is written: a decimal, a fraction, or a float64 as `float.hex` writes it.

    Examples
    --------
    >>> exact("-0.125", ""), exact("1e-2", ""), exact("6/4", ""), exact("0x1.8000000000000p+1", "")
    (-1/8, 1/100, 3/2, 3)
    """
    if isinstance(value, str):
        if found := _DECIMAL.fullmatch(value):
            sign, digits, after, power = found[1], found[2], found[3] or "", int(found[4] or 0) - len(found[3] or "")
            x = fmpq(int(sign + digits + after))
            return x * 10**power if power >= 0 else x / fmpq(10**-power)
        if _FRACTION.fullmatch(value):
            above, below = value.split("/")
            return fmpq(int(above), int(below))
        if "0x" in value:
            mantissa, exponent = doc.number(value, where).man_exp()
            return fmpq(mantissa) * fmpq(2) ** int(exponent)
    raise doc.refusal(where, 'an exact number such as "-0.125", "3/5" or a float.hex', value)


def read(document: Mapping[str, Any]) -> tuple[tuple[Definition, ...], tuple[tuple[ClosedTerm, str, ClosedTerm], ...]]:
    """The definitions and the assertions of a document."""
    reader = Reader()
    definitions, assertions = document["define"], document["assert"]
    if not isinstance(definitions, list):
        raise doc.refusal("define", "a list of definitions", definitions)
    defined = tuple(reader.definition(each, f"define[{k}]") for k, each in enumerate(definitions))
    if not (isinstance(assertions, list) and assertions):
        raise doc.refusal("assert", "one or more assertions", assertions)
    found = []
    for k, each in enumerate(assertions):
        where = f"assert[{k}]"
        if not isinstance(each, list) or len(each) != 3:
            raise doc.refusal(where, "[term, relation, term]", each)
        relation = doc.text(each[1], where, ("=", "<=", "<"))
        found.append((reader.term(each[0], where), relation, reader.term(each[2], where)))
    return defined, tuple(found)
