"""Random terms and formulas over a few names, so that binders, free indices and definitions meet often."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from fa_theory.checker.proof import terms
from fa_theory.checker.proof.terms import (
    NUMERAL,
    REAL,
    TIME,
    Add,
    Apply,
    Delta,
    Distribution,
    Entry,
    Expectation,
    Formula,
    Index,
    IndexVariable,
    Lambda,
    Multiply,
    Number,
    Power,
    Size,
    Sum,
    TensorVariable,
    Term,
    Variable,
    number,
)

NAMES = {"A": "ijk", "B": "rq", TIME: "tu", REAL: "sw"}
INDICES = {name: IndexVariable(name, sort) for sort, names in NAMES.items() for name in names}
AXES: dict[str, tuple[str, ...]] = {"x": (), "y": (), "v": ("A",), "b": ("B",), "M": ("A", "A"), "P": ("A", "B")}
AXES |= {"a": (TIME,), "f": (REAL,)}
TENSORS = {name: TensorVariable(name, axes) for name, axes in AXES.items()}
LAWS = (
    (Distribution("N", "gauss", "", (("B",),)), (TENSORS["b"],)),
    (Distribution("L", "iid", "B", (("B",),)), (TENSORS["b"],)),
    (Distribution("K", "iid", "B", (("A", "B"), ("B",))), (TENSORS["P"], TENSORS["b"])),
)


def at(variable: IndexVariable, offset: int = 0) -> Index:
    """A variable as an index."""
    return Index(variable.name, variable.sort, offset)


class Draw:
    """Random terms."""

    def __init__(self, seed: object, functions: bool = True) -> None:
        self.random, self.functions = random.Random(str(seed)), functions

    def variable(self, sort: str, *others: IndexVariable) -> IndexVariable:
        """An index variable that is none of the others."""
        return self.random.choice([v for v in INDICES.values() if v.sort == sort and v not in others])

    def places(self, axes: Sequence[str]) -> tuple[IndexVariable, ...]:
        """Different variables for axes."""
        out: tuple[IndexVariable, ...] = ()
        for sort in axes:
            out = (*out, self.variable(sort, *out))
        return out

    def index(self, sort: str) -> Index:
        """An index."""
        if sort in (TIME, REAL) and self.random.random() < 0.25:
            return Index(NUMERAL, sort, self.random.randint(0, 2 if sort == TIME else 1))
        return at(self.variable(sort), self.random.choice((0, 0, 1, 2)) if sort == TIME else 0)

    def entry(self) -> Entry:
        """An entry of a tensor."""
        tensor = self.random.choice(list(TENSORS.values()))
        return Entry(tensor, tuple(map(self.index, tensor.axes)))

    def _leaf(self) -> Term:
        match self.random.randint(0, 7):
            case 0:
                return number(self.random.choice((0, 1, -1, 2, Fraction(1, 2))))
            case 1:
                return Size(self.random.choice("AB"), Fraction(self.random.choice((2, 2, -2, 1, 4)), 2))
            case 2:
                sort = self.random.choice("AB")
                return Delta(self.index(sort), self.index(sort))
            case 3:
                return Apply("num", (), self.index(self.random.choice((TIME, REAL))))
            case _:
                return self.entry()

    def term(self, depth: int) -> Term:
        """A term of at most this depth."""
        if depth <= 0 or self.random.random() < 0.2:
            return self._leaf()
        below = lambda: self.term(depth - 1)  # noqa: E731
        match self.random.randint(0, 9 if self.functions else 7):
            case 0 | 1:
                return Add(tuple(below() for _ in range(self.random.choice((1, 2, 2)))))
            case 2 | 3:
                return Multiply(tuple(below() for _ in range(self.random.choice((1, 2, 2, 3)))))
            case 4:
                return Power(below(), self.random.choice((0, 1, 2, 2, 3)))
            case 5 | 6:
                return Sum(self.variable(self.random.choice("AAB")), below())
            case 7:
                law, tensors = self.random.choice(LAWS)
                return Expectation(law, tensors, below())
            case _:
                return self._function(depth)

    def _function(self, depth: int) -> Term:
        name = self.random.choice(("abs", "sqrt", "inv", "F", "max", "G", "^t", "op", "top", "d"))
        axes = {"op": ("A", "B"), "top": ("A", "A"), "d": (REAL,)}.get(name, ())
        count = 2 if name in ("max", "G") else 1
        arguments = tuple(Lambda(self.places(axes), self.term(depth - 1)) for _ in range(count))
        sort = {"^t": TIME, "d": REAL}.get(name)
        return Apply(name, arguments, None if sort is None else self.index(sort))

    def definition(self) -> tuple[Formula, Lambda]:
        """``∀ places. T[places] = s`` with T not in s, and T as a function."""
        tensor = self.random.choice(list(TENSORS.values()))
        places, right = self.places(tensor.axes), self.term(2)
        if tensor in right.free:
            right = number(self.random.randint(-1, 2))
        left = Entry(tensor, tuple(at(v) for v in places))
        return Formula(places, (), left, "=", right), Lambda(places, right)

    def formula(self, depth: int = 1) -> Formula:
        """A formula; its premises are less deep."""
        premises = ()
        if depth and self.random.random() < 0.3:
            premises = tuple(self.formula(depth - 1) for _ in range(self.random.choice((1, 1, 2))))
        left = self.entry() if self.random.random() < 0.6 else self.term(1)
        right, relation = self.term(1), self.random.choice(("=", "=", "<=", "<"))
        free = sorted(left.free.union(right.free, *(p.free for p in premises)), key=str)
        share = lambda v: 0.5 if isinstance(v, IndexVariable) else 0.2  # noqa: E731
        return Formula(tuple(v for v in free if self.random.random() < share(v)), premises, left, relation, right)

    def value(self, variable: Variable) -> Index | Lambda | None:
        """Something to put in for a variable."""
        if self.random.random() < 0.1:
            return None
        if isinstance(variable, IndexVariable):
            return self.index(variable.sort)
        return Lambda(self.places(variable.axes), self.term(1))

    def near(self, term: Term, share: float) -> Term:
        """A term with some parts written in another way that is often, not always, the same."""
        if self.random.random() < share:
            term = self._rewritten(term)
        inner = lambda part: self.near(part, share)  # noqa: E731
        match term:
            case Add(parts):
                return Add(tuple(map(inner, parts)))
            case Multiply(parts):
                return Multiply(tuple(map(inner, parts)))
            case Power(base, exponent):
                return Power(inner(base), exponent)
            case Sum(index, body):
                return Sum(index, inner(body))
            case Expectation(law, tensors, body):
                return Expectation(law, tensors, inner(body))
            case Apply(name, arguments, time):
                return Apply(name, tuple(Lambda(a.parameters, inner(a.body)) for a in arguments), time)
            case _:
                return term

    def _rewritten(self, term: Term) -> Term:
        coin = self.random.random() < 0.5
        match term:
            case Add(parts) if len(parts) > 1:
                return Add(parts[::-1])
            case Multiply((x, Sum(index, body))) if coin:  # captures an index of x, if x has it
                return Sum(index, Multiply((x, body)))
            case Multiply((x, Add(parts))):
                return Add(tuple(Multiply((x, part)) for part in parts))
            case Multiply(parts) if len(parts) > 1:
                return Multiply(parts[::-1])
            case Power(base, exponent):
                return Multiply((base,) * exponent)
            case Sum(one, Sum(two, body)) if coin:
                return Sum(two, Sum(one, body))
            case Sum(index, body):  # renamed, whether the new name is free or not
                new = self.variable(index.sort, index)
                return Sum(new, terms.substitute(body, {index: at(new)}))
            case Expectation(law, tensors, Sum(index, body)):
                return Sum(index, Expectation(law, tensors, body))
            case Expectation(law, tensors, Multiply((x, *rest))):
                return Multiply((x, Expectation(law, tensors, Multiply(tuple(rest)))))
            case Entry(tensor, (*first, last)) if last.sort in "AB" and coin:
                new = self.variable(last.sort)
                return Sum(new, Multiply((Delta(at(new), last), Entry(tensor, (*first, at(new))))))
            case Entry(tensor, places) if places:
                return Entry(tensor, (*places[:-1], self.index(places[-1].sort)))
            case Delta(left, right):
                return Delta(right, left)
            case Size(sort, exponent) if exponent == 1:
                return Sum(self.variable(sort), number(1))
            case Apply("max" | "G" as name, arguments):
                return Apply(name, arguments[::-1])
            case Apply("op", (Lambda((row, column), body),)):
                return Apply("op", (Lambda((column, row), body),))
            case Apply("^t", (Lambda((), base),) as same, Index(offset=offset) as time) if offset:
                return Multiply((base, Apply("^t", same, replace(time, offset=offset - 1))))
            case Number():
                return Add((term, number(0)))
            case _:
                return Multiply((term, number(1)))
