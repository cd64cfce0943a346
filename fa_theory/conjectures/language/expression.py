"""Formulas as data: the statement of a conjecture, written once with ordinary operators.

A conjecture is a Python function that is called once, with symbols. It returns a tree of `Expr`, which is evaluated on
batches of floats and of balls (`evaluate`) and by the checker, printed in LaTeX, and used in the search for proofs. A
formula stores its rank (0 a number, 1 a vector, 2 a matrix) and the line of its source, where errors are reported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from fa_theory.errors import InputError

from .literal import rational


class NoSuchAttribute(InputError, AttributeError):
    """A formula has no attribute of this name; the message says what to write."""


HERE = str(Path(__file__).parents[2])
NUMPY = str(Path(np.__file__).parent)

Number = int | float | Fraction


@dataclass(frozen=True, slots=True)
class Time:
    """A time of a run: step ``offset`` (from the end if ``from_end``), or ``offset`` steps after a bound time t.

    Where two times are bound, ``outer`` is the earlier one.
    """

    offset: int
    bound: bool = False
    from_end: bool = False
    outer: bool = False
    endless: bool = False
    """Whether it is t → ∞."""

    @property
    def origin(self) -> str:
        """From where it counts, as programs for the checker say it."""
        if self.endless:
            return "limit"
        return "outer" if self.outer else "bound" if self.bound else "end" if self.from_end else "start"


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """A formula: an operation, its arguments, its rank, and the position in the source.

    Examples
    --------
    >>> x = constant(3)
    >>> (x + 1).op, (x + 1).rank, bool(1)
    ('add', 0, True)
    >>> bool(x)
    Traceback (most recent call last):
    ...
    fa_theory.errors.InputError: ...a formula has no value yet...
    """

    op: str
    args: tuple[Expr, ...]
    rank: int
    value: Any = None
    """Data of ``op`` besides its arguments: constant, name of a quantity, label or index."""
    time: Time | None = None
    line: int = 0

    def __add__(self, other: object) -> Expr:
        return elementwise("add", self, other)

    def __radd__(self, other: object) -> Expr:
        return elementwise("add", other, self)

    def __sub__(self, other: object) -> Expr:
        return elementwise("sub", self, other)

    def __rsub__(self, other: object) -> Expr:
        return elementwise("sub", other, self)

    def __mul__(self, other: object) -> Expr:
        return elementwise("mul", self, other)

    def __rmul__(self, other: object) -> Expr:
        return elementwise("mul", other, self)

    def __truediv__(self, other: object) -> Expr:
        return elementwise("div", self, other)

    def __rtruediv__(self, other: object) -> Expr:
        return elementwise("div", other, self)

    def __neg__(self) -> Expr:
        return node("neg", self)

    def __abs__(self) -> Expr:
        return node("abs", self)

    def __pow__(self, exponent: object) -> Expr:
        if isinstance(exponent, bool) or not isinstance(exponent, int):
            raise InputError(f"{where()}: exponents must be whole numbers, not {exponent!r}; for roots use sqrt")
        return node("pow", self, value=exponent)

    def __matmul__(self, other: object) -> Expr:
        left, right = self, formula(other)
        if left.rank == 0 or right.rank == 0:
            raise InputError(f"{where()}: @ multiplies vectors and matrices; use * for numbers")
        return node("matmul", left, right, rank=left.rank + right.rank - 2)

    @property
    def T(self) -> Expr:
        """The transpose of a matrix."""
        if self.rank != 2:
            raise InputError(f"{where()}: only a matrix has a transpose, not {KINDS[self.rank]}")
        return node("transpose", self)

    def __getitem__(self, index: int | slice | tuple[int | slice, ...]) -> Expr:
        """A single entry, counted from 0; a row ``A[i]``; or the part that slices choose, as in NumPy."""
        indices = index if isinstance(index, tuple) else (index,)
        indices += (slice(None),) * (self.rank - len(indices))
        if len(indices) != self.rank or not all(
            _is_slice(i) if isinstance(i, slice) else type(i) is int and i >= 0 for i in indices
        ):
            raise InputError(
                f"{where()}: {KINDS[self.rank]} takes {self.rank} indices ≥ 0 or slices of numbers, not {index!r}"
            )
        if all(type(i) is int for i in indices):
            return node("entry", self, rank=0, value=indices)
        ranges = [i if isinstance(i, slice) else slice(i, i + 1) for i in indices]
        part = node("slice", self, value=tuple((s.start, s.stop, s.step) for s in ranges))
        single = [type(i) is int for i in indices]
        return node("flat", part, rank=1) if any(single) else part

    def __le__(self, other: object) -> Statement:
        return Statement("le", self, formula(other))

    def __lt__(self, other: object) -> Statement:
        return Statement("lt", self, formula(other))

    def __ge__(self, other: object) -> Statement:
        return Statement("le", formula(other), self)

    def __gt__(self, other: object) -> Statement:
        return Statement("lt", formula(other), self)

    def __bool__(self) -> bool:
        self._no_value("if, and, or, not and chained comparisons cannot use it; write a list of two statements")

    def __index__(self) -> int:
        self._no_value(
            "for loops over time use every_step, always, sometime or sum_over_time; run[-1] is the last state"
        )

    def __float__(self) -> float:
        self._no_value("use the functions of fa_theory.conjectures instead of those of math")

    def __len__(self) -> int:
        self._no_value("its sizes are rows(x) and columns(x)")

    def __iter__(self) -> Iterator[Expr]:
        self._no_value("its entries cannot be looped over; use total, smallest, largest or an index")

    def __array__(self, *_: object, **__: object) -> np.ndarray[Any, Any]:
        self._no_value("use the functions of fa_theory.conjectures instead of those of NumPy")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **options: object) -> Expr:
        name = _UFUNCS.get(ufunc.__name__)
        if name is None or method != "__call__" or options:
            self._no_value(
                f"np.{ufunc.__name__} cannot be applied to it; see fa_theory.conjectures for functions that can"
            )
        if len(inputs) == 1:
            return node(name, formula(inputs[0]))
        if name == "matmul":
            return formula(inputs[0]) @ inputs[1]
        return elementwise(name, *inputs)

    def __or__(self, other: object) -> NoReturn:
        raise InputError(f"{where()}: | joins statements, such as (a <= b) | (c <= d), not formulas")

    def __and__(self, other: object) -> NoReturn:
        raise InputError(f"{where()}: & joins nothing here; return a list of statements, which must all hold")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # what Python and its libraries ask of any object
            raise AttributeError(name)
        known = METHODS.get(name)
        advice = (
            f"write {known}" if known else "a formula has no such attribute; use a function of fa_theory.conjectures"
        )
        raise NoSuchAttribute(f"{where()}: .{name}: {advice}")

    def _no_value(self, advice: str) -> NoReturn:
        raise InputError(f"{where()}: a formula has no value yet: {advice}")


METHODS = {
    "sum": "total(x)",
    "mean": "mean(x)",
    "min": "smallest(x)",
    "max": "largest(x)",
    "prod": "product(x)",
    "dot": "x @ y",
    "transpose": "x.T",
    "trace": "trace(x)",
    "shape": "rows(x) or columns(x)",
    "diagonal": "diagonal(x)",
    "norm": "norm(x)",
    "all": "a list of statements",
    "any": "either(a, b)",
}
"""Methods of arrays, and how formulas say the same."""


def _is_slice(part: slice) -> bool:
    return part.step != 0 and all(x is None or type(x) is int for x in (part.start, part.stop, part.step))


KINDS = ("a number", "a vector", "a matrix")
_UFUNCS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "negative": "neg",
    "absolute": "abs",
    "sqrt": "sqrt",
    "exp": "exp",
    "log": "log",
    "arcsin": "arcsin",
    "sign": "sign",
    "maximum": "max",
    "minimum": "min",
    "matmul": "matmul",
}
"""NumPy functions that work on formulas, under the name of the operation."""


@dataclass(frozen=True, slots=True)
class Statement:
    """``left ≤ right`` or ``left < right`` (``le``, ``lt``), entry by entry, or ``left = right`` (``eq``).

    With the relation ``or`` one of the alternatives holds; ``right`` is then the largest of their margins, and ``left``
    is 0.
    """

    relation: str
    left: Expr
    right: Expr
    alternatives: tuple[Statement, ...] = ()

    @property
    def strict(self) -> bool:
        """Whether equality violates it; of alternatives, whether it may."""
        return self.relation == "lt" or any(s.strict for s in self.alternatives)

    @property
    def negation(self) -> Statement:
        """The statement that it does not hold."""
        match self.relation:
            case "or":
                raise InputError(
                    f"{where()}: alternatives cannot be a premise of implies; state one implication for each"
                )
            case "eq":
                size = node("largest", abs(self.right - self.left), rank=0)
                return Statement("lt", constant(0), size)
            case "le" | "lt":
                return Statement("le" if self.strict else "lt", constant(0), -self.margin)
        raise ValueError(f"there is no relation {self.relation}")

    def __or__(self, other: object) -> Statement:
        return either(self, other)

    def __and__(self, other: object) -> NoReturn:
        raise InputError(f"{where()}: & joins nothing here; return a list of statements, which must all hold")

    @property
    def margin(self) -> Expr:
        """The margin by which it holds: a number, < 0 where it fails (≤ 0 if strict)."""
        if self.right.op == "least_over_time":  # as `Run.every_step` writes it: 0 ≤ the minimum over all moments
            return self.right
        if self.relation == "or":
            return self.right
        gap = self.right - self.left
        if self.relation == "eq":
            return -node("largest", abs(gap), rank=0)
        return node("smallest", gap, rank=0)

    def __bool__(self) -> bool:
        raise InputError(
            f"{where()}: a statement has no truth value yet; return it, or a list of statements, "
            "and write a ≤ b ≤ c as [a <= b, b <= c]"
        )


def where() -> str:
    """File and line of the user's code being executed."""
    file, line = origin()
    return f"{file}, line {line}" if line else "conjecture"


def origin() -> tuple[str, int]:
    """The innermost frame outside this package and NumPy, which calls back."""
    frame: FrameType | None = sys._getframe(1)
    while frame:
        name = frame.f_code.co_filename
        if not _ours(name):
            return name, frame.f_lineno
        frame = frame.f_back
    return "", 0


@cache
def _ours(file: str) -> bool:
    return file.startswith((HERE, NUMPY, "<string"))  # "<string>": what dataclasses generates


def node(op: str, *args: Expr, rank: int | None = None, value: Any = None, time: Time | None = None) -> Expr:
    """Make a formula; the rank is that of its first argument unless it is given."""
    line = origin()[1] or max((arg.line for arg in args), default=0)
    return Expr(op, args, args[0].rank if rank is None else rank, value, time, line)


RECURRENT = ("state", "previous")
"""Operations whose ``value`` is a recurrence (`fa_theory.conjectures.language.recurrence`) and a variable of it."""


def parts(x: Expr) -> Iterator[Expr]:
    """A formula and all its subexpressions, each once.

    Examples
    --------
    >>> [part.op for part in parts(constant(2) + 1)]
    ['add', 'const', 'const']
    """
    seen: set[int] = set()
    waiting = [x]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting.extend(part.args)
            if part.op in RECURRENT:
                waiting.extend(part.value[0].formulas)


def is_limit(x: Expr) -> bool:
    """Whether a formula is a limit as t → ∞; its parts may be."""
    return x.time is not None and x.time.endless


def constant(x: object) -> Expr:
    """A number as a formula, see `literal.rational`: 0.8 is 4/5.

    Examples
    --------
    >>> constant(0.8).value
    Fraction(4, 5)
    """
    if isinstance(x, Expr):
        return x
    if isinstance(x, bool | np.bool_) or not isinstance(x, int | float | Fraction | np.integer | np.floating):
        raise InputError(f"{where()}: expected a number or a formula but got {x!r} of type {type(x).__name__}")
    try:
        exact = rational(x)
    except (ValueError, OverflowError):
        raise InputError(f"{where()}: expected a finite number but got {x!r}") from None
    return Expr("const", (), 0, exact, None, origin()[1])


formula = constant


def elementwise(op: str, *operands: object) -> Expr:
    """Combine numbers, vectors or matrices entry by entry; a vector is broadcast over rows, as in NumPy."""
    args = tuple(formula(x) for x in operands)
    if op == "div" and args[1].op == "const" and args[1].value == 0:
        raise InputError(f"{where()}: division by 0")
    return node(op, *args, rank=max(arg.rank for arg in args))


def equal(left: object, right: object) -> Statement:
    """The statement that two formulas are equal, entry by entry."""
    return Statement("eq", formula(left), formula(right))


def either(*statements: object) -> Statement:
    """The statement that at least one of the statements holds; ``a | b`` is the same.

    Examples
    --------
    >>> either(constant(1) <= 2, constant(3) < 2).relation
    'or'
    """
    given = [s if isinstance(s, Statement) else formula(s) >= 0 for s in statements]
    if len(given) < 2:
        raise InputError(f"{where()}: either takes two or more statements")
    flat = tuple(a for s in given for a in (s.alternatives or (s,)))
    return Statement("or", constant(0), node("max", *(s.margin for s in flat), rank=0), flat)


def implies(premise: object, *conclusions: object) -> Statement:
    """The statement that one of the conclusions holds wherever the premise does.

    Examples
    --------
    >>> implies(constant(1) <= 2, constant(3) < 2).alternatives[0].relation
    'lt'
    """
    given = premise if isinstance(premise, Statement) else formula(premise) >= 0
    return either(given.negation, *conclusions)


def named(label: str, x: Expr) -> Expr:
    """The same formula, printed as ``label`` (LaTeX)."""
    return node("named", x, value=label, time=None)
