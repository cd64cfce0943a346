"""Terms and formulas: everything that can be said.

A *sort* is a named finite non-empty set of any size, ``time`` (the natural numbers) or ``real`` (real time, ``t ≥ 0``).
A *tensor* is any real function of its axes; a scalar has none. Division, roots, suprema and derivatives are total:
``inv(0) = 0``, ``sqrt(x) = 0`` for ``x < 0``, ``sup`` of an unbounded sequence and ``d`` where there is no derivative
are 0. So every term has a value; that a printed statement means what it seems to is asked once, of the statement
(``document.obligations``). Nothing has a sign, a bound, a law or a definition but through hypotheses.

Constructors check their arguments, so an ill-typed term does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from .budget import Refused, need, spend

TIME, REAL, FINITE = "time", "real", "finite"
NUMERAL = "0"
"""The name of an index of sort ``time`` or ``real`` that is a number."""
RELATIONS = ("=", "<=", "<")
MAX_EXPONENT, MAX_OFFSET = 64, 1000


@dataclass(frozen=True)
class IndexVariable:
    """A variable for elements of a sort."""

    name: str
    sort: str

    def __str__(self) -> str:
        return f"{self.name}:{self.sort}"


@dataclass(frozen=True)
class TensorVariable:
    """A variable for real functions of the axes."""

    name: str
    axes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}:{'×'.join(self.axes) or 'ℝ'}"


Variable = IndexVariable | TensorVariable


@dataclass(frozen=True)
class Index:
    """``name``, ``name + offset`` (of sort time) or, with the name "0", the number ``offset``."""

    name: str
    sort: str
    offset: int = 0

    def __post_init__(self) -> None:
        need(
            0 <= self.offset <= MAX_OFFSET, "an index offset is a number from 0 to {}, not {}", MAX_OFFSET, self.offset
        )
        if self.name == NUMERAL:
            need(self.sort in (TIME, REAL), "the number {} is no element of {}", self.offset, self.sort)
        else:
            need(self.offset == 0 or self.sort == TIME, "{}+{}: only a time has a successor", self.name, self.offset)

    @property
    def free(self) -> frozenset[Variable]:
        """Its variable, unless it is a number."""
        return frozenset() if self.name == NUMERAL else frozenset({IndexVariable(self.name, self.sort)})

    def __str__(self) -> str:
        return str(self.offset) if self.name == NUMERAL else self.name + (f"+{self.offset}" if self.offset else "")


@dataclass(frozen=True)
class Distribution:
    """``gauss``: independent standard normal entries; ``iid``: independent slices along an axis, of one unknown law.

    An ``iid`` law may correlate its tensors and the entries of a slice; all its moments are finite.
    """

    name: str
    kind: str
    axis: str
    axes: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        need(self.kind in ("gauss", "iid"), "law {}: {} is not gauss or iid", self.name, self.kind)
        need(self.axes, "law {}: no tensors", self.name)
        need(all(sort not in (TIME, REAL) for axes in self.axes for sort in axes), "law {}: an axis of time", self.name)
        if self.kind == "iid":
            need(all(a.count(self.axis) == 1 for a in self.axes), "law {}: {} must occur once", self.name, self.axis)

    def __str__(self) -> str:
        tensors = ", ".join("×".join(axes) or "ℝ" for axes in self.axes)
        if self.kind == "gauss":
            return f"{self.name}: independent standard normal entries, {tensors}"
        return f"{self.name}: independent slices along {self.axis} of one law with all moments, {tensors}"


class Term:
    """A real number, given values of its free variables."""

    def parts(self) -> tuple[tuple[tuple[Variable, ...], Term], ...]:
        """The terms right below, each with the variables bound there."""
        return ()

    def own(self) -> frozenset[Variable]:
        """Variables that occur here and not in a part."""
        return frozenset()

    @cached_property
    def free(self) -> frozenset[Variable]:
        return self.own().union(*(part.free.difference(bound) for bound, part in self.parts()))

    def text(self, level: int = 0) -> str:
        """The term in usual notation; ``level`` is the precedence of the context."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.text()


def _enclosed(text: str, yes: bool) -> str:
    return f"({text})" if yes else text


@dataclass(frozen=True)
class Number(Term):
    """A rational number."""

    value: Fraction

    def text(self, level: int = 0) -> str:
        return _enclosed(str(self.value), level > 1 and (self.value < 0 or self.value.denominator > 1))


@dataclass(frozen=True)
class Entry(Term):
    """``T[i, …]``."""

    tensor: TensorVariable
    at: tuple[Index, ...]

    def __post_init__(self) -> None:
        name, axes = self.tensor.name, self.tensor.axes
        need(len(self.at) == len(axes), "{} has {} axes and is given {} indices", name, len(axes), len(self.at))
        for index, sort in zip(self.at, axes, strict=True):
            need(index.sort == sort, "{}: the index {} is of sort {}, not {}", name, index, index.sort, sort)

    def own(self) -> frozenset[Variable]:
        return frozenset({self.tensor}).union(*(index.free for index in self.at))

    def text(self, level: int = 0) -> str:
        return self.tensor.name + (f"[{', '.join(map(str, self.at))}]" if self.at else "")


@dataclass(frozen=True)
class Add(Term):
    """A sum of terms."""

    terms: tuple[Term, ...]

    def parts(self) -> tuple[tuple[tuple[()], Term], ...]:
        return tuple(((), term) for term in self.terms)

    def text(self, level: int = 0) -> str:
        texts = [term.text(1) for term in self.terms] or ["0"]
        joined = "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in texts)
        return _enclosed(joined[3:] if joined.startswith(" + ") else "-" + joined[3:], level > 1)


@dataclass(frozen=True)
class Multiply(Term):
    """A product of terms."""

    terms: tuple[Term, ...]

    def parts(self) -> tuple[tuple[tuple[()], Term], ...]:
        return tuple(((), term) for term in self.terms)

    def text(self, level: int = 0) -> str:
        if len(self.terms) == 2 and self.terms[0] == Number(Fraction(-1)):
            return _enclosed("-" + self.terms[1].text(2), level > 1)
        return _enclosed("·".join(term.text(2) for term in self.terms) or "1", level > 2)


@dataclass(frozen=True)
class Power(Term):
    """``t^k`` for a number k."""

    base: Term
    exponent: int

    def __post_init__(self) -> None:
        need(
            0 <= self.exponent <= MAX_EXPONENT,
            "an exponent is a number from 0 to {}, not {}",
            MAX_EXPONENT,
            self.exponent,
        )

    def parts(self) -> tuple[tuple[tuple[()], Term], ...]:
        return (((), self.base),)

    def text(self, level: int = 0) -> str:
        return _enclosed(f"{self.base.text(3)}^{self.exponent}", level > 2)


@dataclass(frozen=True)
class Sum(Term):
    """``Σ_i t`` over a finite sort."""

    index: IndexVariable
    body: Term

    def __post_init__(self) -> None:
        need(self.index.sort not in (TIME, REAL), "cannot sum over {}: only finite sums exist", self.index)

    def parts(self) -> tuple[tuple[tuple[Variable, ...], Term], ...]:
        return (((self.index,), self.body),)

    def text(self, level: int = 0) -> str:
        return _enclosed(f"Σ_{self.index} {self.body.text(0 if isinstance(self.body, Sum) else 2)}", level > 0)


@dataclass(frozen=True)
class Size(Term):
    """``|s|^k``, ``2k`` an integer."""

    sort: str
    exponent: Fraction

    def __post_init__(self) -> None:
        need(self.sort not in (TIME, REAL), "{} is infinite", self.sort)
        need((2 * self.exponent).denominator == 1, "|{}|^{}: only half-integer powers", self.sort, self.exponent)
        need(abs(self.exponent) <= MAX_EXPONENT, "|{}|^{}: powers to {} only", self.sort, self.exponent, MAX_EXPONENT)

    def text(self, level: int = 0) -> str:
        return f"|{self.sort}|" if self.exponent == 1 else _enclosed(f"|{self.sort}|^({self.exponent})", level > 2)


@dataclass(frozen=True)
class Delta(Term):
    """``δ[i, j]``: 1 if the indices are equal, otherwise 0."""

    left: Index
    right: Index

    def __post_init__(self) -> None:
        need(self.left.sort == self.right.sort, "δ[{},{}] compares different sorts", self.left, self.right)
        need(self.left.sort not in (TIME, REAL), "δ[{},{}] compares times", self.left, self.right)

    def own(self) -> frozenset[Variable]:
        return self.left.free | self.right.free

    def text(self, level: int = 0) -> str:
        return f"δ[{self.left},{self.right}]"


@dataclass(frozen=True)
class Lambda:
    """A function of indices: ``parameters ↦ body``."""

    parameters: tuple[IndexVariable, ...]
    body: Term

    def __post_init__(self) -> None:
        need(len(set(self.parameters)) == len(self.parameters), "{}: a variable is bound twice", self)

    @property
    def sorts(self) -> tuple[str, ...]:
        """The sorts of the parameters."""
        return tuple(v.sort for v in self.parameters)

    @property
    def free(self) -> frozenset[Variable]:
        """Variables of the body that are not parameters."""
        return self.body.free.difference(self.parameters)

    def __str__(self) -> str:
        return (" ".join(map(str, self.parameters)) + " ↦ " if self.parameters else "") + str(self.body)


@dataclass(frozen=True)
class Signature:
    """For each argument the sorts it binds (``finite``: any finite sort), and the sorts of time at which it is
    defined."""

    binds: tuple[tuple[str, ...], ...]
    at: tuple[str, ...] = ()


BUILT_IN = {
    "sqrt": Signature(((),)),
    "abs": Signature(((),)),
    "inv": Signature(((),)),
    "max": Signature(((), ())),
    "op": Signature(((FINITE, FINITE),)),
    "top": Signature(((FINITE, FINITE),)),
    "sup": Signature(((TIME,),)),
    "^t": Signature(((),), (TIME,)),
    "num": Signature((), (TIME, REAL)),
    "d": Signature(((REAL,),), (REAL,)),
    "differentiable": Signature(((REAL,),), (REAL,)),
}
"""``top`` is the largest value of the quadratic form ``Σ v_i M_ij v_j`` on unit vectors: the largest eigenvalue of the
symmetric part of M, and of a diagonal matrix the largest entry. ``num`` is a time as a real number; ``d`` the
derivative at a time (at 0 from the right), and ``differentiable`` is 1
where that exists as a finite limit and 0 elsewhere. Any other name is an unknown function of real numbers."""


@dataclass(frozen=True)
class Apply(Term):
    """``f(arguments)``, for ``t^τ``, ``num``, ``d`` and ``differentiable`` taken at a time."""

    function: str
    arguments: tuple[Lambda, ...]
    at: Index | None = None

    def __post_init__(self) -> None:
        signature = BUILT_IN.get(self.function) or Signature(((),) * len(self.arguments))
        need(len(self.arguments) == len(signature.binds), "{} takes {} arguments", self.function, len(signature.binds))
        for argument, sorts in zip(self.arguments, signature.binds, strict=True):
            fits = len(argument.sorts) == len(sorts) and all(
                got == want if want != FINITE else got not in (TIME, REAL)
                for got, want in zip(argument.sorts, sorts, strict=True)
            )
            need(
                fits,
                "an argument of {} binds ({}), not ({})",
                self.function,
                ", ".join(sorts),
                ", ".join(argument.sorts),
            )
        for argument in self.arguments if self.function == "top" else ():
            need(len(set(argument.sorts)) < 2, "top of a matrix of {} is not defined", " × ".join(argument.sorts))
        fits = not signature.at if self.at is None else self.at.sort in signature.at
        need(fits, "{} is not taken at {}", self.function, self.at)

    def parts(self) -> tuple[tuple[tuple[Variable, ...], Term], ...]:
        return tuple((argument.parameters, argument.body) for argument in self.arguments)

    def own(self) -> frozenset[Variable]:
        return frozenset() if self.at is None else self.at.free

    def text(self, level: int = 0) -> str:
        if self.function == "^t":
            time = f"({self.at})" if self.at and self.at.name != NUMERAL and self.at.offset else str(self.at)
            return _enclosed(f"{self.arguments[0].body.text(3)}^{time}", level > 2)
        if not self.arguments:
            return f"{self.function}({self.at})"
        return f"{self.function}({', '.join(map(str, self.arguments))})" + (f"[{self.at}]" if self.at else "")


@dataclass(frozen=True)
class Expectation(Term):
    """The expected value over tensors drawn from a law; it binds them."""

    law: Distribution
    tensors: tuple[TensorVariable, ...]
    body: Term

    def __post_init__(self) -> None:
        need(tuple(v.axes for v in self.tensors) == self.law.axes, "law {}: the tensors have other axes", self.law.name)
        need(len(set(self.tensors)) == len(self.tensors), "law {}: a tensor is drawn twice", self.law.name)

    def parts(self) -> tuple[tuple[tuple[Variable, ...], Term], ...]:
        return ((self.tensors, self.body),)

    def text(self, level: int = 0) -> str:
        mean = f"E[{', '.join(v.name for v in self.tensors)} ~ {self.law.name}]({self.body})"
        return _enclosed(mean, level > 2)  # E[…](x)^2 could be the mean of x^2


@dataclass(frozen=True)
class Formula:
    """``∀ variables. premises → left relation right``."""

    variables: tuple[Variable, ...]
    premises: tuple[Formula, ...]
    left: Term
    relation: str
    right: Term

    def __post_init__(self) -> None:
        need(self.relation in RELATIONS, "{} is no relation", self.relation)
        need(len(set(self.variables)) == len(self.variables), "a variable is bound twice")

    @property
    def bare(self) -> bool:
        """Whether it has neither variables nor premises."""
        return not self.variables and not self.premises

    @cached_property
    def free(self) -> frozenset[Variable]:
        inner = self.left.free | self.right.free
        return inner.union(*(p.free for p in self.premises)).difference(self.variables)

    def __str__(self) -> str:
        every = f"∀ {', '.join(map(str, self.variables))}. " if self.variables else ""
        say = f"{self.left} {self.relation.replace('<=', '≤')} {self.right}"
        return every + "".join(f"({p}) → " for p in self.premises) + say


# ---------------------------------------------------------------------------------------------------- substitution
Values = Mapping[Variable, Index | Lambda]


def number(value: int | Fraction) -> Number:
    """A number as a term."""
    return Number(Fraction(value))


ZERO, ONE = number(0), number(1)


def difference(left: Term, right: Term) -> Term:
    """``right - left``."""
    return Add((right, Multiply((number(-1), left))))


def as_value(variable: Variable) -> Index | Lambda:
    """A variable as a value for substitution."""
    match variable:
        case IndexVariable(name, sort):
            return Index(name, sort)
        case TensorVariable(_, axes):
            parameters = tuple(IndexVariable(f"%{k}", sort) for k, sort in enumerate(axes))
            return Lambda(parameters, Entry(variable, tuple(Index(v.name, v.sort) for v in parameters)))


def _moved(index: Index, values: Values) -> Index:
    new = values.get(IndexVariable(index.name, index.sort))
    return replace(new, offset=new.offset + index.offset) if isinstance(new, Index) else index


V = TypeVar("V", IndexVariable, TensorVariable, Variable)


def _renamed(bound: tuple[V, ...], taken: Set[str], others: Set[str]) -> tuple[V, ...]:
    """Binders without the names that are taken; new names are none of the others.

    Names are compared, not variables: what is printed must not show a name where two of other sorts could be meant.
    """
    new: list[V] = []
    for variable in bound:
        fresh = variable
        while fresh.name in taken or (fresh != variable and fresh.name in others):
            fresh = replace(fresh, name=fresh.name + "'")
        new.append(fresh)
    return tuple(new)


def _moves(old: tuple[V, ...], new: tuple[V, ...]) -> Values:
    return {before: as_value(after) for before, after in zip(old, new, strict=True) if before != after}


def _under(bound: tuple[V, ...], inside: frozenset[Variable], values: Values) -> tuple[tuple[V, ...], Values]:
    """Pass binders: values of what they bind are forgotten, and binders that would capture something get new names."""
    inner = {v: s for v, s in values.items() if v in inside and v not in bound}
    taken = {v.name for s in inner.values() for v in s.free}
    new = _renamed(bound, taken, {v.name for v in inside.union(bound)})
    return new, {**inner, **_moves(bound, new)}


def substitute(term: Term, values: Values) -> Term:
    """Replace free variables simultaneously, without capture: indices by indices, tensors by functions of indices."""
    if term.free.isdisjoint(values):
        return term
    spend(3)
    match term:
        case Entry(tensor, at):
            at = tuple(_moved(index, values) for index in at)
            new = values.get(tensor)
            if isinstance(new, Lambda):
                return substitute(new.body, dict(zip(new.parameters, at, strict=True)))
            return Entry(tensor, at)
        case Add(terms):
            return Add(tuple(substitute(t, values) for t in terms))
        case Multiply(terms):
            return Multiply(tuple(substitute(t, values) for t in terms))
        case Power(base, exponent):
            return Power(substitute(base, values), exponent)
        case Sum(index, body):
            (index,), inner = _under((index,), body.free, values)
            return Sum(index, substitute(body, inner))
        case Delta(left, right):
            return Delta(_moved(left, values), _moved(right, values))
        case Apply(function, arguments, at):
            new_arguments = []
            for argument in arguments:
                parameters, inner = _under(argument.parameters, argument.body.free, values)
                new_arguments.append(Lambda(parameters, substitute(argument.body, inner)))
            return Apply(function, tuple(new_arguments), None if at is None else _moved(at, values))
        case Expectation(law, tensors, body):
            tensors, inner = _under(tensors, body.free, values)
            return Expectation(law, tensors, substitute(body, inner))
        case _:
            raise Refused(f"no substitution in {type(term).__name__}")


def instantiate(formula: Formula, values: Values) -> Formula:
    """Replace free variables of a formula."""
    if formula.free.isdisjoint(values):
        return formula
    variables, inner = _under(formula.variables, formula.free, values)
    return _replaced(formula, variables, inner)


def _replaced(formula: Formula, variables: tuple[Variable, ...], values: Values) -> Formula:
    premises = tuple(instantiate(p, values) for p in formula.premises)
    return Formula(
        variables, premises, substitute(formula.left, values), formula.relation, substitute(formula.right, values)
    )


def opened(formula: Formula, values: Values) -> Formula:
    """The formula with values for some of its bound variables, which are then no longer bound; without capture."""
    kept = tuple(v for v in formula.variables if v not in values)
    inside = formula.free.union(formula.variables)
    variables, inner = _under(kept, inside, values)
    return _replaced(formula, variables, inner)


def apart(formula: Formula, variables: Iterable[Variable]) -> Formula:
    """The same formula with bound variables whose names are not among those of the variables."""
    outside = {v.name for v in variables}
    new = _renamed(formula.variables, outside, outside.union(v.name for v in formula.free.union(formula.variables)))
    return _replaced(formula, new, _moves(formula.variables, new))
