"""Reading terms and formulas from JSON; malformed input is rejected.

::

    term    = integer | "p/q" | "T" | ["T", index…] | ["+", term…] | ["*", term…] | ["-", term] | ["-", term, term]
            | ["^", term, k] | ["^t", term, index] | ["sum", [i…], term] | ["size", sort] | ["size", sort, "k/2"]
            | ["delta", i, j] | ["num", index] | ["fn", f, argument…] | ["mean", law, [T…], term]
            | ["d", s, term, index] | ["differentiable", s, term, index]
    argument = term | ["of", [i…], term]
    index   = i | [i, k] | k
    formula = {"say": [term, "=" | "<=" | "<", term], "if": [formula…], "all": [name…]}

A name is declared once in a document, so it has one type; binders must not shadow each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from .budget import Refused, need
from .terms import (
    BUILT_IN,
    FINITE,
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
    Power,
    Size,
    Sum,
    TensorVariable,
    Term,
    Variable,
    number,
)

NAME = re.compile(r"(?=.{1,40}\Z)[A-Za-z][A-Za-z0-9_~.']*[+.']*")
"""A plus stands at the end only, or a name would read like a sum."""
RATIONAL = re.compile(r"-?[0-9]{1,60}(/[0-9]{1,60})?")
WORDS = {"sum", "size", "delta", "fn", "of", "mean", "num", "d", "differentiable", "by", "ax"}
MAX_DEPTH, MAX_INTEGER = 80, 10**60


def shown(x: object) -> str:
    """A JSON value in a message."""
    text = repr(x) if not isinstance(x, int) or abs(x) < MAX_INTEGER else "a number of thousands of digits"
    return text if len(text) < 60 else text[:57] + "…"


def a_list(x: object, what: str) -> list[object]:
    """A list; otherwise `Refused`."""
    if not isinstance(x, list):
        raise Refused(f"{what}: expected a list but got {shown(x)}")
    return x


def a_text(x: object, what: str) -> str:
    """A text; otherwise `Refused`."""
    if not isinstance(x, str):
        raise Refused(f"{what}: expected a name but got {shown(x)}")
    return x


def an_integer(x: object, what: str) -> int:
    """An integer of at most 60 digits; otherwise `Refused`."""
    if not isinstance(x, int) or isinstance(x, bool) or abs(x) >= MAX_INTEGER:
        raise Refused(f"{what}: expected an integer but got {shown(x)}")
    return x


def an_object(x: object, what: str, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, object]:
    """An object with these keys and no others."""
    if not isinstance(x, dict):
        raise Refused(f"{what}: expected an object but got {shown(x)}")
    missing = [name for name in required if name not in x]
    unknown = [name for name in x if name not in (*required, *optional)]
    need(not missing, "{}: {} is missing", what, ", ".join(missing))
    need(not unknown, "{}: {} is not known", what, ", ".join(map(shown, unknown)))
    return x


def a_table(x: object, what: str) -> dict[str, object]:
    """An object whose keys are names."""
    if not isinstance(x, dict):
        raise Refused(f"{what}: expected an object but got {shown(x)}")
    return x


def texts(x: object, what: str) -> list[str]:
    """A list of different texts."""
    names = [a_text(name, what) for name in a_list(x, what)]
    need(len(set(names)) == len(names), "{}: {} has a name twice", what, names)
    return names


class Declarations:
    """The names of one document. ``sorts`` maps its sorts to their names in the document that uses it."""

    def __init__(self, document: Mapping[str, object], sorts: Mapping[str, str] | None = None) -> None:
        own = texts(document.get("sorts", []), "sorts")
        need({TIME, REAL, FINITE}.isdisjoint(own), "time, real and finite are no names of sorts")
        need(sorts is None or set(sorts) == set(own), "say what the sorts {} are", ", ".join(own))
        self.sorts = dict(sorts) if sorts is not None else {sort: sort for sort in own}
        self.indices = {
            name: IndexVariable(name, self.sort(sort))
            for name, sort in a_table(document.get("indices", {}), "indices").items()
        }
        self.tensors = {
            name: TensorVariable(name, self.axes(axes))
            for name, axes in a_table(document.get("tensors", {}), "tensors").items()
        }
        self.functions = {
            name: an_integer(count, "functions")
            for name, count in a_table(document.get("functions", {}), "functions").items()
        }
        need(all(1 <= count <= 8 for count in self.functions.values()), "a function has 1 to 8 arguments")
        self.laws = {name: self.law(name, law) for name, law in a_table(document.get("laws", {}), "laws").items()}
        names = [*own, *self.indices, *self.tensors, *self.functions, *self.laws]
        need(
            len(set(names)) == len(names),
            "the name {} is declared twice",
            next((n for n in names if names.count(n) > 1), ""),
        )
        for name in names:
            need(NAME.fullmatch(name), "{} is no name", shown(name))
        words = WORDS.union(BUILT_IN).intersection(names).difference(own).union({"E"}.intersection(self.functions))
        need(not words, "{} means something else and is no name", ", ".join(sorted(words)))
        self.depth = 0

    def sort(self, x: object) -> str:
        """A sort by its name in the outermost document."""
        name = a_text(x, "sort")
        need(name in (TIME, REAL) or name in self.sorts, "unknown sort {}", shown(name))
        return self.sorts.get(name, name)

    def axes(self, x: object) -> tuple[str, ...]:
        """The sorts of the axes of a tensor."""
        return tuple(map(self.sort, a_list(x, "axes")))

    def law(self, name: str, x: object) -> Distribution:
        """A law and its tensors."""
        law = an_object(x, f"law {name}", ["kind", "axes"], ["axis"])
        axes = tuple(map(self.axes, a_list(law["axes"], f"law {name}")))
        kind = a_text(law["kind"], f"law {name}")
        need(("axis" in law) == (kind == "iid"), "law {}: an axis belongs to kind iid", name)
        return Distribution(name, kind, self.sort(law["axis"]) if "axis" in law else "", axes)

    # ------------------------------------------------------------------------------------------------- variables
    def variable(self, x: object) -> Variable:
        """A declared index or tensor."""
        name = a_text(x, "variable")
        if name in self.indices:
            return self.indices[name]
        return self.tensor(name)

    def tensor(self, x: object) -> TensorVariable:
        """A declared tensor."""
        name = a_text(x, "tensor")
        if name not in self.tensors:
            raise Refused(f"{shown(name)} is not declared")
        return self.tensors[name]

    def index_variable(self, x: object) -> IndexVariable:
        """A declared index."""
        name = a_text(x, "index")
        if name not in self.indices:
            raise Refused(f"the index {shown(name)} is not declared")
        return self.indices[name]

    def index(self, x: object, sort: str) -> Index:
        """``i``, ``[i, k]`` or the number k of sort time or real."""
        if isinstance(x, int) and not isinstance(x, bool):
            return Index(NUMERAL, sort, x)
        name, offset = a_list(x, "index")[:2] if isinstance(x, list) and len(x) == 2 else (x, 0)
        variable = self.index_variable(name)
        return Index(variable.name, variable.sort, an_integer(offset, "index"))

    def binders(self, x: object, bound: frozenset[str]) -> tuple[IndexVariable, ...]:
        """Distinct declared indices, none of which is bound already."""
        variables = tuple(self.index_variable(name) for name in texts(x, "bound indices"))
        self.no_shadow((v.name for v in variables), bound)
        return variables

    @staticmethod
    def no_shadow(names: object, bound: frozenset[str]) -> None:
        """Reject names that are bound already."""
        hidden = sorted(bound.intersection(names))  # type: ignore[arg-type]
        need(not hidden, "{} is bound where it is bound already: take another name", ", ".join(hidden))

    # ----------------------------------------------------------------------------------------------------- terms
    def term(self, x: object, bound: frozenset[str] = frozenset()) -> Term:
        """A term; ``bound`` are the names bound in its context."""
        if isinstance(x, int) and not isinstance(x, bool):
            return number(an_integer(x, "number"))
        if isinstance(x, str):
            return number(self.rational(x)) if RATIONAL.fullmatch(x) else Entry(self.tensor(x), ())
        parts = a_list(x, "term")
        need(parts, "an empty list is no term")
        self.depth += 1
        need(self.depth <= MAX_DEPTH, "a term is deeper than {}", MAX_DEPTH)
        term = self.compound(a_text(parts[0], "term"), parts[1:], bound)
        self.depth -= 1
        return term

    @staticmethod
    def rational(x: object) -> Fraction:
        """A rational number."""
        if isinstance(x, int):
            return Fraction(an_integer(x, "number"))
        text = a_text(x, "number")
        need(RATIONAL.fullmatch(text) and not re.search(r"/0+$", text), "{} is no rational number", shown(text))
        return Fraction(text)

    def compound(self, head: str, args: list[object], bound: frozenset[str]) -> Term:
        """A term with a head and arguments."""
        match head, args:
            case "+", _:
                return Add(tuple(self.term(a, bound) for a in args))
            case "*", _:
                return Multiply(tuple(self.term(a, bound) for a in args))
            case "-", [a]:
                return Multiply((number(-1), self.term(a, bound)))
            case "-", [a, b]:
                return Add((self.term(a, bound), Multiply((number(-1), self.term(b, bound)))))
            case "^", [base, k]:
                return Power(self.term(base, bound), an_integer(k, "exponent"))
            case "^t", [base, at]:
                return Apply("^t", (Lambda((), self.term(base, bound)),), self.index(at, TIME))
            case "sum", [names, body]:
                variables = self.binders(names, bound)
                term = self.term(body, bound.union(v.name for v in variables))
                for v in reversed(variables):
                    term = Sum(v, term)
                return term
            case "size", [sort]:
                return Size(self.sort(sort), Fraction(1))
            case "size", [sort, exponent]:
                return Size(self.sort(sort), self.rational(exponent))
            case "delta", [i, j]:
                return Delta(self.index(i, ""), self.index(j, ""))
            case "num", [at]:
                return Apply("num", (), self.index(at, TIME))
            case (("d" | "differentiable"), [name, body, at]):
                return Apply(head, (self.function([name], body, bound),), self.index(at, REAL))
            case "fn", [name, *arguments]:
                return self.call(a_text(name, "function"), arguments, bound)
            case "mean", [law, names, body]:
                known, tensors = self.averaging(law, names)
                self.no_shadow((v.name for v in tensors), bound)
                return Expectation(known, tensors, self.term(body, bound.union(v.name for v in tensors)))
            case _:
                axes = self.tensor(head).axes
                need(len(args) == len(axes), "{} has {} axes and is given {} indices", head, len(axes), len(args))
                return Entry(self.tensor(head), tuple(self.index(a, s) for a, s in zip(args, axes, strict=True)))

    def function(self, names: object, body: object, bound: frozenset[str]) -> Lambda:
        """Bound indices and a body."""
        variables = self.binders(names, bound)
        return Lambda(variables, self.term(body, bound.union(v.name for v in variables)))

    def argument(self, x: object, bound: frozenset[str]) -> Lambda:
        """A term, or ``["of", [i…], term]``."""
        match x:
            case ["of", names, body]:
                return self.function(names, body, bound)
            case _:
                return Lambda((), self.term(x, bound))

    def call(self, name: str, arguments: list[object], bound: frozenset[str]) -> Term:
        """A function and its arguments."""
        plain = name in BUILT_IN and not BUILT_IN[name].at
        need(plain or name in self.functions, "the function {} is not declared", shown(name))
        got = tuple(self.argument(a, bound) for a in arguments)
        count = self.functions.get(name, len(got))
        need(len(got) == count, "{} takes {} arguments and is given {}", name, count, len(got))
        return Apply(name, got)

    def averaging(self, law: object, names: object) -> tuple[Distribution, tuple[TensorVariable, ...]]:
        """A law and the tensors drawn from it."""
        name = a_text(law, "law")
        if name not in self.laws:
            raise Refused(f"the law {shown(name)} is not declared")
        return self.laws[name], tuple(map(self.tensor, texts(names, "tensors of a mean")))

    def formula(self, x: object, bound: frozenset[str] = frozenset()) -> Formula:
        """A formula; ``bound`` are the names bound in its context."""
        parts = an_object(x, "formula", ["say"], ["all", "if"])
        names = texts(parts.get("all", []), "variables")
        self.no_shadow(names, bound)
        inner = bound.union(names)
        variables = tuple(map(self.variable, names))
        said = a_list(parts["say"], "say")
        need(len(said) == 3, "say: expected left side, relation, right side but got {}", shown(said))
        self.depth += 1
        need(self.depth <= MAX_DEPTH, "a formula is deeper than {}", MAX_DEPTH)
        premises = tuple(self.formula(p, inner) for p in a_list(parts.get("if", []), "premises"))
        left, right = self.term(said[0], inner), self.term(said[2], inner)
        self.depth -= 1
        return Formula(variables, premises, left, a_text(said[1], "relation"), right)

    def value(self, x: object, variable: Variable) -> Index | Lambda | None:
        """The value of a variable in an instance; null leaves it bound."""
        match variable:
            case _ if x is None:
                return None
            case IndexVariable(_, sort):
                return self.index(x, sort)
            case TensorVariable():
                return self.argument(x, frozenset())
        raise Refused(f"{variable} is no variable")
