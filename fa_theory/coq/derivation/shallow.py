"""Terms and formulas as Coq reads them: indices are ordinals, tensors functions of indices, times natural numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from fa_theory.checker.proof.terms import (
    NUMERAL,
    REAL,
    TIME,
    Add,
    Apply,
    Delta,
    Entry,
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
from fa_theory.coq.exact import NotExportable

UNARY = 1000
"""Numbers below are written in unary notation, which mathcomp's literals are."""
_WORDS = """
_ Axiom CoFixpoint Definition Fixpoint Hypothesis IF Parameter Prop SProp Set Theorem Type Variable as at by cofix
else end exists exists2 fix for forall fun have if in is let match mod of return then using where with

R dim dim_gt0 statement real_time start clock clock_start rcfType operator_norm nat bool I O S tt conj proj1 proj2
erefl true false Ordinal Num Order GRing
QR At Dl Sz Plus Neg Times Pow Big Atom Ix Nat Frac Rat eval_eq
gap_eq gap_le gap_lt item_eq item_eqN item_le item_lt sum_eq sum_le sum_lt both_eq gain_first gain_last eq_ge
frac_ge frac_gt rat_ge same_eq same_eqN same_le same_lt sign_le sign_lt sign_number_le sign_number_lt le_or_lt
false_eq false_eqN false_le false_lt false_zero sqrt_square sqrt_sign inverse abs_up abs_down max_right max_left
size_one time_sign half half_gt op_bound op_sign op_least op_same
congr1 congr2 ltW addr_ge0 ltr0Sn natrD exprD nat_rect
"""
RESERVED = frozenset(_WORDS.split())
"""Names that a variable must not have: Coq's keywords, and what the text of a file refers to. Names that the steps bind
end in an underscore."""
MINUS_ONE = number(-1)
ANY = "&any"
"""The name of an index whose value does not matter."""


FIRST_TERM, TERM, FIRST_FACTOR, FACTOR, BASE, ARGUMENT = range(1, 7)
"""Places of a term: first or later in a sum, first or later in a product, the base of a power, an argument."""


class Names:
    """One Coq identifier for each variable, sort and function of a file."""

    def __init__(self) -> None:
        self.of: dict[object, str] = {}
        self.taken: set[str] = set(RESERVED)
        self.sorts: list[str] = []
        self.norms: list[tuple[str, str]] = []
        self.functions: dict[str, int] = {}
        self.functionals: list[tuple[str, str]] = []
        self.axioms: dict[str, str] = {}
        """Axioms that are hypotheses of the file, by name."""
        self.real_time = False

    def new(self, wish: str, about: str = "") -> str:
        """An identifier that nothing else has; with the ending ``about``, it is the name of what is known about it."""
        name = re.sub(r"[^A-Za-z0-9_']", "_", wish).strip("_'") or "x"
        name = name if name[0].isalpha() else f"h{name}"
        free, k = name, 2
        while not self.taken.isdisjoint({free, f"{free}{about}"}):
            free, k = f"{name}_{k}", k + 1
        self.taken.update((free, f"{free}{about}"))
        return free

    def variable(self, x: Variable) -> str:
        """The identifier of a variable."""
        if x.name == ANY and isinstance(x, IndexVariable):
            return f"(Ordinal {self.size(x.sort)}_gt0)"
        if x not in self.of:
            self.of[x] = self.new(x.name.replace("'", "_").replace("+", "_next").replace("%", "i").replace("&", "k"))
        return self.of[x]

    def sort(self, sort: str) -> int:
        """The number of a finite sort."""
        if sort not in self.sorts:
            self.sorts.append(sort)
            self.of["sort", sort] = self.new(sort, "_gt0")
        return self.sorts.index(sort)

    def size(self, sort: str) -> str:
        """The identifier of the size of a finite sort."""
        self.sort(sort)
        return self.of["sort", sort]

    def norm(self, rows: str, columns: str) -> str:
        """The identifier of the operator norm of matrices with these sorts."""
        if (rows, columns) not in self.norms:
            self.norms.append((rows, columns))
            self.of["norm", rows, columns] = self.new(f"op_{self.size(rows)}_{self.size(columns)}", "_is")
        return self.of["norm", rows, columns]

    def functional(self, name: str, sort: str) -> str:
        """The identifier of a function of functions: of sequences, matrices or functions of real time."""
        if (name, sort) not in self.functionals:
            self.functionals.append((name, sort))
            called = {"d": "derivative", "top": f"top_{sort}"}.get(name, name)
            self.of["functional", name, sort] = self.new(called, "_same")
        return self.of["functional", name, sort]

    def axiom(self, name: str, sorts: Sequence[str]) -> str:
        """The identifier of an axiom that is a hypothesis of the file."""
        known = ("axiom", name, *sorts)
        if known not in self.of:
            self.of[known] = self.new("_".join([name, *map(self.size, sorts)]))
        return self.of[known]

    def function(self, name: str, count: int) -> str:
        """The identifier of an unknown function."""
        if name not in self.functions:
            self.functions[name] = count
            self.of["function", name] = self.new(name)
        return self.of["function", name]


class Shallow:
    """Prints terms and formulas with the names of one file."""

    def __init__(self, names: Names) -> None:
        self.names = names

    # ----------------------------------------------------------------------------------------------------- types
    def sort(self, sort: str) -> str:
        """The type of an index."""
        if sort == REAL:
            self.names.real_time = True
            return "real_time"
        return "nat" if sort == TIME else f"'I_{self.names.size(sort)}"

    def type(self, x: Variable) -> str:
        """The type of a variable."""
        match x:
            case IndexVariable(_, sort):
                return self.sort(sort)
            case TensorVariable(_, axes):
                return " -> ".join([*map(self.sort, axes), "R"])

    def binder(self, x: Variable) -> str:
        """A variable with its type."""
        return f"({self.names.variable(x)} : {self.type(x)})"

    def binders(self, xs: Iterable[Variable]) -> str:
        """Variables with their types."""
        return " ".join(map(self.binder, xs))

    def default(self, x: Variable) -> str:
        """A value of any variable's type; no sort is empty."""
        match x:
            case IndexVariable(_, sort):
                if sort == REAL:
                    return "start"
                return "0%N" if sort == TIME else f"(Ordinal {self.names.size(sort)}_gt0)"
            case TensorVariable(_, axes):
                return f"(fun {'_ ' * len(axes)}=> 0)" if axes else "0"

    # ----------------------------------------------------------------------------------------------------- terms
    def index(self, x: Index) -> str:
        """An index."""
        if x.name == NUMERAL:
            if x.sort == REAL and x.offset:
                raise NotExportable(f"the real time {x.offset}")
            return "start" if x.sort == REAL else f"{x.offset}%N"
        name = self.names.variable(IndexVariable(x.name, x.sort))
        if not x.offset:
            return name
        return f"{name}.+{x.offset}" if x.offset < 5 else f"({x.offset} + {name})%N"

    def number(self, value: Fraction, level: int = 0) -> str:
        """A rational number."""
        if value < 0:
            return _enclosed(f"- {self.number(-value, FACTOR)}", level > FIRST_TERM)
        if max(value.numerator, value.denominator) >= UNARY:
            return f"(QR R ({value.numerator}#{value.denominator})%Q)"
        if value.denominator == 1:
            return str(value.numerator) if value.numerator < 2 else f"{value.numerator}%:R"
        return _enclosed(f"{value.numerator}%:R / {value.denominator}%:R", level > FIRST_FACTOR)

    def size(self, sort: str, exponent: Fraction, level: int = 0) -> str:
        """A power of a size, as `half` has it."""
        size, k = f"({self.names.size(sort)}%:R : R)", int(2 * exponent)
        root = f"Num.sqrt {size}"
        match k:
            case 0:
                return "1"
            case 2:
                return size
            case -2:
                return f"{size}^-1"
            case 1:
                return _enclosed(root, level >= ARGUMENT)
            case -1:
                return f"({root})^-1"
            case _ if k > 0:
                return _enclosed(f"{root} ^+ {k}", level > FACTOR)
            case _:
                return f"({root} ^+ {-k})^-1"

    def term(self, x: Term, level: int = 0) -> str:
        """A term; the level says where it stands."""
        match x:
            case Number(value):
                return self.number(value, level)
            case Entry(tensor, at):
                name = self.names.variable(tensor)
                return _enclosed(" ".join([name, *map(self.index, at)]), bool(at) and level >= ARGUMENT)
            case Add(()):
                return "0"
            case Add((first, *others)):
                text = self.term(first, FIRST_TERM) + "".join(map(self.added, others))
                return _enclosed(text, bool(others) and level > FIRST_TERM) if others else self.term(first, level)
            case Multiply(()):
                return "1"
            case Multiply((a, b)) if a == MINUS_ONE:
                return _enclosed(f"- {self.term(b, FACTOR)}", level > FIRST_TERM)
            case Multiply((single,)):
                return self.term(single, level)
            case Multiply((first, *others)):
                factors = [self.term(first, FIRST_FACTOR), *(self.term(t, FACTOR) for t in others)]
                return _enclosed(" * ".join(factors), level > FIRST_FACTOR)
            case Power(base, exponent):
                return _enclosed(f"{self.term(base, BASE)} ^+ {exponent}", level > FACTOR)
            case Sum(index, body):
                range_ = f"{self.names.variable(index)} < {self.names.size(index.sort)}"
                return _enclosed(f"\\sum_({range_}) {self.term(body, TERM)}", level > TERM)
            case Size(sort, exponent):
                return self.size(sort, exponent, level)
            case Delta(left, right):
                return f"({self.index(left)} == {self.index(right)})%:R"
            case Apply():
                return self.apply(x, level)
            case _:
                raise NotExportable("expected values")

    def added(self, x: Term) -> str:
        """A term after the first of a sum; ``a - b`` is ``a + (- b)`` to Coq, too."""
        match x:
            case Multiply((a, b)) if a == MINUS_ONE:
                return f" - {self.term(b, TERM)}"
            case _:
                return f" + {self.term(x, TERM)}"

    def apply(self, x: Apply, level: int = 0) -> str:
        """A function at its arguments."""
        arguments = [argument.body for argument in x.arguments]
        match x.function, x.at:
            case "inv", _:
                return f"{self.term(arguments[0], ARGUMENT)}^-1"
            case "abs", _:
                return f"`| {self.term(arguments[0])} |"
            case "^t", Index() as at:
                return _enclosed(f"{self.term(arguments[0], BASE)} ^+ {self.index(at)}", level > FACTOR)
            case "num", Index() as at if at.sort == TIME:
                return f"(({self.index(at)})%:R : R)"
            case "op", _:
                called = f"{self.names.norm(*x.arguments[0].sorts)} {self.function(x.arguments[0])}"
            case "num", Index() as at:
                called = f"clock {self.index(at)}"
            case (("d" | "differentiable"), Index() as at):
                called = f"{self.names.functional(x.function, REAL)} {self.function(x.arguments[0])} {self.index(at)}"
            case (("top" | "sup"), _):
                functional = self.names.functional(x.function, x.arguments[0].sorts[0])
                called = f"{functional} {self.function(x.arguments[0])}"
            case name, _:
                known = {"sqrt": "Num.sqrt", "max": "Num.max"}
                head = known[name] if name in known else self.names.function(name, len(arguments))
                called = " ".join([head, *(self.term(t, ARGUMENT) for t in arguments)])
        return _enclosed(called, level >= ARGUMENT)

    def function(self, x: Lambda) -> str:
        """A function of indices."""
        return (
            f"(fun {self.binders(x.parameters)} => {self.term(x.body)})"
            if x.parameters
            else self.term(x.body, ARGUMENT)
        )

    def value(self, x: Index | Lambda) -> str:
        """The value of a variable."""
        return f"({self.index(x)})" if isinstance(x, Index) else self.function(x)

    # -------------------------------------------------------------------------------------------------- formulas
    def formula(self, x: Formula, inner: bool = False) -> str:
        """A proposition."""
        every = f"forall {self.binders(x.variables)}, " if x.variables else ""
        premises = "".join(f"{self.formula(p, inner=True)} -> " for p in x.premises)
        # a tensor has values in R, but of numbers and indices alone Coq cannot tell
        of_what = "" if any(isinstance(v, TensorVariable) for v in x.left.free | x.right.free) else " :> R"
        said = f"{every}{premises}{self.term(x.left)} {x.relation} {self.term(x.right)}{of_what}"
        return _enclosed(said, inner)


def _enclosed(text: str, yes: bool) -> str:
    return f"({text})" if yes else text


def ordered(variables: Iterable[Variable]) -> Sequence[Variable]:
    """Variables in an order that depends on their names only."""
    return sorted(variables, key=lambda v: (isinstance(v, TensorVariable), str(v)))
