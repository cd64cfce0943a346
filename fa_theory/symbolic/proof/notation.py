"""Python notation for the terms and formulas of proofs: operators produce the JSON that ``checker.proof`` reads.

Nothing here is trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

Json = Any


class IndexName:
    """``i`` or, for a time, ``t + k``."""

    def __init__(self, name: str, offset: int = 0) -> None:
        self.name, self.offset = name, offset

    def __add__(self, k: int) -> IndexName:
        return IndexName(self.name, self.offset + k)

    @property
    def json(self) -> Json:
        """As in a document."""
        return [self.name, self.offset] if self.offset else self.name


class Expression:
    """A term; ``+ - * **`` give sums, products and powers, comparisons give formulas."""

    def __init__(self, json: Json) -> None:
        self.json = json

    def __add__(self, other: Value) -> Expression:
        return Expression(["+", self.json, json(other)])

    def __radd__(self, other: Value) -> Expression:
        return Expression(["+", json(other), self.json])

    def __mul__(self, other: Value) -> Expression:
        return Expression(["*", self.json, json(other)])

    def __rmul__(self, other: Value) -> Expression:
        return Expression(["*", json(other), self.json])

    def __sub__(self, other: Value) -> Expression:
        return Expression(["-", self.json, json(other)])

    def __rsub__(self, other: Value) -> Expression:
        return Expression(["-", json(other), self.json])

    def __neg__(self) -> Expression:
        return Expression(["-", self.json])

    def __pow__(self, exponent: int | IndexName) -> Expression:
        return Expression(["^", self.json, exponent] if isinstance(exponent, int) else ["^t", self.json, exponent.json])

    def __truediv__(self, other: Value) -> Expression:
        if isinstance(other, int | Fraction):
            return self * (Fraction(1) / other)
        return self * inv(other)

    def __rtruediv__(self, other: Value) -> Expression:
        return other * inv(self)

    def __le__(self, other: Value) -> Assertion:
        return Assertion(say=[self.json, "<=", json(other)])

    def __lt__(self, other: Value) -> Assertion:
        return Assertion(say=[self.json, "<", json(other)])

    def __ge__(self, other: Value) -> Assertion:
        return Assertion(say=[json(other), "<=", self.json])

    def __gt__(self, other: Value) -> Assertion:
        return Assertion(say=[json(other), "<", self.json])

    def equals(self, other: Value) -> Assertion:
        """The formula ``self = other``."""
        return Assertion(say=[self.json, "=", json(other)])


class Assertion:
    """``∀ all. if → say``."""

    def __init__(self, say: Json, premises: tuple[Assertion, ...] = (), variables: tuple[str, ...] = ()) -> None:
        self.say, self.premises, self.variables = say, premises, variables

    def __bool__(self) -> bool:
        raise TypeError("a formula has no truth value; comparisons cannot be chained")

    @property
    def json(self) -> Json:
        """As in a document."""
        out: dict[str, Json] = {"say": self.say}
        if self.premises:
            out["if"] = [p.json for p in self.premises]
        if self.variables:
            out["all"] = list(self.variables)
        return out


Value = Expression | IndexName | int | Fraction
"""Values that are accepted as a term or an index; floats are not."""
Variable = "IndexName | Tensor | Expression"


def json(x: Any) -> Json:
    """The JSON of a term, an index, a function of indices or a number."""
    match x:
        case Expression() | IndexName() | Assertion() | Function():
            return x.json
        case Fraction():
            return str(x) if x.denominator != 1 else x.numerator
        case bool() | float():
            raise TypeError(f"{x!r} is not an exact number: use a Fraction")
        case int() | str() | list() | dict() | None:
            return x
        case _:
            raise TypeError(f"{x!r} is not a term")


class Tensor:
    """A declared tensor; calling it gives an entry."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *at: IndexName | int) -> Expression:
        return Expression([self.name, *map(json, at)])


class Function:
    """``indices ↦ body``, as an argument or as a value for a tensor."""

    def __init__(self, names: tuple[IndexName, ...], body: Value) -> None:
        self.names, self.body = names, body

    @property
    def json(self) -> Json:
        """As in a document."""
        return ["of", [i.name for i in self.names], json(self.body)]


def term(x: Value) -> Expression:
    """A value as an expression."""
    return x if isinstance(x, Expression) else Expression(json(x))


def name_of(x: Any) -> str:
    """The name of an index, a tensor or a scalar."""
    match x:
        case IndexName() | Tensor():
            return x.name
        case Expression() if isinstance(x.json, str):
            return x.json
        case Expression() if isinstance(x.json, list) and len(x.json) == 1:
            return str(x.json[0])
        case str():
            return x
        case _:
            raise TypeError(f"{x!r} is not a variable")


def of(*parts: Any) -> Function:
    """``of(i, j, body)``: the function ``i, j ↦ body``."""
    return Function(tuple(parts[:-1]), parts[-1])


def total(*parts: Any) -> Expression:
    """``total(i, j, body)``: the sum over i and j."""
    return Expression(["sum", [i.name for i in parts[:-1]], json(parts[-1])])


def call(name: str, *arguments: Any) -> Expression:
    """A function by name."""
    return Expression(["fn", name, *map(json, arguments)])


def sqrt(x: Value) -> Expression:
    """``√x``, 0 for x < 0."""
    return call("sqrt", x)


def absolute(x: Value) -> Expression:
    """``|x|``."""
    return call("abs", x)


def inv(x: Value) -> Expression:
    """``1/x``, 0 at 0."""
    return call("inv", x)


def largest(x: Value, y: Value) -> Expression:
    """``max(x, y)``."""
    return call("max", x, y)


def op(i: IndexName, j: IndexName, entry: Value) -> Expression:
    """The operator norm of the matrix with these entries."""
    return call("op", of(i, j, entry))


def top(i: IndexName, j: IndexName, entry: Value) -> Expression:
    """The largest eigenvalue of the symmetric part of the matrix with these entries."""
    return call("top", of(i, j, entry))


def square_sum(i: IndexName, entry: Value) -> Expression:
    """``Σ_i entry²``."""
    return total(i, term(entry) ** 2)


def norm(i: IndexName, entry: Value) -> Expression:
    """The Euclidean norm of the vector with these entries."""
    return sqrt(square_sum(i, entry))


def size(sort: str, exponent: int | Fraction = 1) -> Expression:
    """A power of the size of a sort."""
    return Expression(["size", sort, str(Fraction(exponent))])


def delta(i: IndexName, j: IndexName) -> Expression:
    """``δ_ij``."""
    return Expression(["delta", i.json, j.json])


def num(t: IndexName | int) -> Expression:
    """A time as a number."""
    return Expression(["num", json(t)])


def d(s: IndexName, body: Value, at: IndexName | int) -> Expression:
    """The derivative of ``s ↦ body`` at a time."""
    return Expression(["d", s.name, json(body), json(at)])


def differentiable(s: IndexName, body: Value, at: IndexName | int) -> Assertion:
    """``s ↦ body`` has a derivative at a time."""
    return Expression(["differentiable", s.name, json(body), json(at)]).equals(1)


def mean(law: str, tensors: tuple[Tensor, ...], body: Value) -> Expression:
    """The expected value over tensors drawn from a law."""
    return Expression(["mean", law, [t.name for t in tensors], json(body)])


def at_least_0(x: Value) -> Assertion:
    """``0 ≤ x``."""
    return term(0) <= x


def positive(x: Value) -> Assertion:
    """``0 < x``."""
    return term(0) < x


def forall(*parts: Any) -> Assertion:
    """``forall(t, i, formula)``."""
    names, inner = tuple(map(name_of, parts[:-1])), parts[-1]
    return Assertion(inner.say, inner.premises, names + inner.variables)


def given(*parts: Assertion) -> Assertion:
    """``given(premise, …, formula)``."""
    inner = parts[-1]
    return Assertion(inner.say, tuple(parts[:-1]) + inner.premises, inner.variables)


def function(name: str) -> Callable[..., Expression]:
    """An unknown function of real numbers."""
    return lambda *arguments: call(name, *arguments)
