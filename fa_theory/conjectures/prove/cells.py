"""Formulas of networks of one shape, written out entry by entry as terms of the proof kernel.

Nothing is multiplied out or simplified here, except numbers: what the kernel is to prove is what the formula says.
Entries of the data and of the weights at the start are free scalars such as ``X.0.1``; later states of the run of the
network are scalars with definitions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

import numpy as np

from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.expression import Expr, Time
from fa_theory.conjectures.language.literal import rational
from fa_theory.conjectures.language.networks import NetworkShape
from fa_theory.conjectures.language.quantities import Run, RunState
from fa_theory.conjectures.language.recurrence import Recurrence
from fa_theory.model.ball import Array
from fa_theory.model.rules import Rule, Signs, as_rule

from .shapes import NotProvable
from .statement import number

Json = Any
Moments = tuple[int, ...]
"""The bound times, the outer one first."""
LONGEST = 12
"""Most steps that are written out."""
MOST = 60_000
"""Most operations of a statement."""


@dataclass(frozen=True, eq=False)
class Cell:
    """A number as a term; ``value`` is ``(q, m)`` for ``q √m`` with m without square factors, where it is known."""

    json: Json
    value: tuple[Fraction, int] | None = None

    @staticmethod
    def of(q: Fraction | int, m: int = 1) -> Cell:
        """``q √m``."""
        q = Fraction(q)
        factor = 2
        while factor * factor <= m:
            if m % factor**2 == 0:
                q, m = q * factor, m // factor**2
            else:
                factor += 1
        if m == 1 or not q:
            return Cell(number(q), (q, 1))
        root = ["fn", "sqrt", m]
        return Cell(root if q == 1 else ["*", number(q), root], (q, m))

    @property
    def rational(self) -> Fraction | None:
        """The number, if it is known and rational."""
        return self.value[0] if self.value is not None and self.value[1] == 1 else None

    def __add__(self, other: Cell) -> Cell:
        a, b = self.rational, other.rational
        return Cell.of(a + b) if a is not None and b is not None else Cell(["+", self.json, other.json])

    def __sub__(self, other: Cell) -> Cell:
        a, b = self.rational, other.rational
        return Cell.of(a - b) if a is not None and b is not None else Cell(["-", self.json, other.json])

    def __neg__(self) -> Cell:
        return Cell(["-", self.json]) if self.value is None else Cell.of(-self.value[0], self.value[1])

    def __mul__(self, other: Cell) -> Cell:
        if self.value is not None and other.value is not None:
            return Cell.of(self.value[0] * other.value[0], self.value[1] * other.value[1])
        if self.rational == 1 or other.rational == 1:
            return other if self.rational == 1 else self
        if self.json == other.json:
            return self.raised(2)
        return Cell(["*", self.json, other.json])

    def __truediv__(self, other: Cell) -> Cell:
        return self * other.inverted()

    def inverted(self) -> Cell:
        """``1/x``."""
        if self.value is None:
            return Cell(["fn", "inv", self.json])
        if not self.value[0]:
            raise NotProvable("division by 0")
        return Cell.of(1 / (self.value[0] * self.value[1]), self.value[1])

    def raised(self, exponent: int) -> Cell:
        """A power."""
        if exponent < 0:
            return self.inverted().raised(-exponent)
        if self.value is not None:
            q, m = self.value
            return Cell.of(q**exponent * m ** (exponent // 2), m if exponent % 2 else 1)
        return Cell(["^", self.json, exponent])

    def function(self, name: str) -> Cell:
        """A function of it."""
        q = self.rational
        if name == "sqrt" and q is not None and q >= 0:
            return Cell.of(Fraction(1, q.denominator), q.numerator * q.denominator) if q else Cell.of(0)
        if name == "abs" and self.value is not None:
            return Cell.of(abs(self.value[0]), self.value[1])
        return Cell(["fn", name, self.json])

    def most(self, other: Cell) -> Cell:
        """The larger of both."""
        a, b = self.rational, other.rational
        return Cell.of(max(a, b)) if a is not None and b is not None else Cell(["fn", "max", self.json, other.json])

    def least(self, other: Cell) -> Cell:
        """The smaller of both."""
        return -((-self).most(-other))


ZERO, UNIT = Cell.of(0), Cell.of(1)


def cells(shape: tuple[int, ...], made: Callable[..., Cell]) -> Array:
    """An array of cells by place."""
    out = np.empty(shape, dtype=object)
    for at in np.ndindex(*shape):
        out[at] = made(*at)
    return out


def alone(x: Cell) -> Array:
    """A number as an array without axes."""
    return cells((), lambda: x)


def summed(terms: Sequence[Cell]) -> Cell:
    """A sum; numbers that are 0 are left out."""
    kept = [x for x in terms if x.rational != 0]
    if len(kept) < 2 or all(x.rational is not None for x in kept):
        return sum(kept[1:], kept[0]) if kept else ZERO
    return Cell(["+", *(x.json for x in kept)])


class Cells:
    """The formulas of a conjecture for networks of one shape.

    Attributes
    ----------
    definitions
        Scalars that stand for entries of later states of the run, with what they are, in order.
    functions
        Functions of one number that occur.
    """

    def __init__(self, domain: Domain, shape: NetworkShape, run: Run) -> None:
        self.domain, self.shape, self.run = domain, shape, run
        self.linear = shape.activation == "linear"
        self.definitions: dict[str, Json] = {}
        self.free: dict[str, None] = {}
        self.functions: set[str] = set()
        self._known: dict[tuple[int, Moments], Array] = {}
        self._kept: list[Expr] = []
        self._runs: dict[Recurrence, list[dict[str, Array]]] = {}
        self._states: list[dict[str, Array]] = []
        self._count = 0

    # ------------------------------------------------------------------------------------------------------- formulas
    def value(self, x: Expr, t: Moments = ()) -> Array:
        """The entries of a formula."""
        self._kept.append(x)
        key = id(x), t
        if key not in self._known:
            self._count += 1
            try:
                made = self._made(x, t)
            except (ValueError, IndexError) as reason:  # of NumPy: axes that do not fit for this shape
                raise NotProvable(f"line {x.line}: {x.op} is not defined for this shape: {reason}") from None
            self._count += made.size
            if self._count > MOST:
                raise NotProvable("too long to be written out entry by entry")
            self._known[key] = made
        return self._known[key]

    def number(self, x: Expr, t: Moments = ()) -> Cell:
        """A formula that is a number."""
        made = self.value(x, t)
        found = made[()]
        assert isinstance(found, Cell)
        return found

    def _made(self, x: Expr, t: Moments) -> Array:
        op, args = x.op, x.args
        match op:
            case "const":
                return alone(Cell.of(x.value))
            case "leaf":
                return self._leaf(str(x.value), x.time, x.rank, t)
            case "array":
                fixed = np.array(x.value, dtype=object)
                return cells(fixed.shape, lambda *at: Cell.of(fixed[at]))
            case "state":
                recurrence, name = x.value
                return self._state(recurrence, name, x.time, t)
            case "previous":
                recurrence, name = x.value
                before: Array = self._runs[recurrence][t[-1]][name]
                return before
            case "clock":
                return alone(Cell.of(t[-1] + x.value))
            case "sum_over_time" | "most_over_time" | "least_over_time":
                return alone(self._over_time(x, t))
        given = [self.value(arg, t) for arg in args]
        match op:
            case "named":
                return given[0]
            case "add" | "sub" | "mul" | "div" | "max" | "min":
                return self._elementwise(op, [_lifted(a, x.rank) for a in given])
            case "neg":
                return _each(lambda c: -c, given[0])
            case "pow":
                return _each(lambda c: c.raised(x.value), given[0])
            case "sqrt" | "abs":
                return _each(lambda c: c.function(op), given[0])
            case "exp" | "log" | "sign":
                self.functions.add(op)
                return _each(lambda c: c.function(op), given[0])
            case "psi" | "slope":
                return _each(self._slope if op == "slope" else self._psi, given[0])
            case "transpose":
                turned: Array = given[0].T
                return turned
            case "outer":
                u, v = (a.ravel() for a in given)
                return cells((u.size, v.size), lambda i, j: _at(u, i) * _at(v, j))
            case "matmul":
                return _product(given[0], given[1])
            case "total":
                return alone(summed(list(given[0].flat)))
            case "mean":
                return alone(Cell.of(Fraction(1, given[0].size)) * summed(list(given[0].flat)))
            case "product":
                return alone(_of(lambda a, b: a * b, given[0]))
            case "trace":
                return alone(summed(list(np.diagonal(_square(given[0])))))
            case "norm" if args[0].rank == 0:
                return alone(_at(given[0]).function("abs"))
            case "norm":
                return alone(_length(list(given[0].flat)))
            case "row_norms":
                return cells((len(given[0]),), lambda i: _length(list(given[0][i])))
            case "largest":
                return alone(_of(Cell.most, given[0]))
            case "smallest":
                return alone(_of(Cell.least, given[0]))
            case "eigmax" | "eigmin" | "eigenvalue" if _square(given[0]).shape == (1, 1) and not x.value:
                return alone(given[0][0, 0])
            case "det":
                return alone(_determinant(_square(given[0])))
            case "inverse":
                return _inverse(_square(given[0]))
            case "rows" | "columns":
                return alone(Cell.of(given[0].shape[op == "columns"]))
            case "identity":
                size = len(given[0])
                return cells((size, size), lambda i, j: UNIT if i == j else ZERO)
            case "diagonal" if given[0].ndim == 1:
                size = len(given[0])
                return cells((size, size), lambda i, j: _at(given[0], i) if i == j else ZERO)
            case "diagonal":
                main: Array = np.diagonal(_square(given[0]))
                return main
            case "flat":
                return given[0].ravel()
            case "entry":
                return alone(given[0][x.value])
            case "slice":
                part: Array = given[0][tuple(slice(*each) for each in x.value)]
                if not part.size:
                    raise NotProvable(f"line {x.line}: an empty part")
                return part
            case "stack":
                return np.concatenate(given, axis=x.value)
        raise NotProvable(f"line {x.line}: {op} is not written out entry by entry")

    def _elementwise(self, op: str, given: list[Array]) -> Array:
        combine = {
            "add": lambda a, b: a + b,
            "sub": lambda a, b: a - b,
            "mul": lambda a, b: a * b,
            "div": lambda a, b: a / b,
            "max": Cell.most,
            "min": Cell.least,
        }[op]
        made, *others = given
        for other in others:
            left, right = np.broadcast_arrays(made, other)
            made = cells(left.shape, lambda *at, u=left, v=right: combine(u[at], v[at]))
        return made

    def _psi(self, z: Cell) -> Cell:
        if self.linear:
            return z
        self.functions.add("psi")
        return z.function("psi")

    def _slope(self, z: Cell) -> Cell:
        if self.linear:
            return UNIT
        self.functions.add("psi'")
        return z.function("psi'")

    # ---------------------------------------------------------------------------------------------------------- leaves
    def _leaf(self, name: str, time: Time | None, rank: int, t: Moments) -> Array:
        shape, domain = self.shape, self.domain
        if time is not None:
            return self.state(_moment(time, shape.steps, t))[name]
        if name in ("n", "d", "p", "T"):
            return alone(Cell.of({"n": shape.n, "d": shape.d, "p": shape.p, "T": shape.steps}[name]))
        if name in ("eta", "lam"):
            low, high = domain.exact(name)
            return alone(Cell.of(low) if low == high else self.scalar(name))
        if name in domain.data:
            fixed = domain.data[name]
            return cells(fixed.shape, lambda *at: Cell.of(Fraction(fixed[at])))
        if name == "y" and domain.targets == "zero":
            return cells(self._axes(name), lambda *_: ZERO)
        if name == "b" and domain.feedback == "tied":
            return self.state(0)["beta"]
        return self.free_array(name, self._axes(name))

    def _axes(self, name: str) -> tuple[int, ...]:
        shape, arrays = self.shape, self.domain.arrays
        if name in arrays:
            return shape.layout(arrays)[name][1]
        return {
            "X": (shape.n, shape.d),
            "y": (shape.n, *shape.outputs),
            "W": (shape.p, shape.d),
            "beta": (shape.p, *shape.outputs),
            "b": (shape.p, *shape.outputs),
        }[name]

    def scalar(self, name: str) -> Cell:
        """A free number."""
        self.free[name] = None
        return Cell(name)

    def free_array(self, name: str, axes: tuple[int, ...]) -> Array:
        """An array of free numbers."""
        return cells(axes, lambda *at: self.scalar(".".join([name, *map(str, at)])))

    # ---------------------------------------------------------------------------------------------------------- states
    def state(self, moment: int) -> dict[str, Array]:
        """W and β of the run of the network."""
        if not 0 <= moment <= min(self.shape.steps, LONGEST):
            raise NotProvable(f"a run of {self.shape.steps} steps has no state {moment} that is written out")
        if not self._states:
            scales = {"W": self.domain.W_scale, "beta": self.domain.beta_scale}
            self._states.append(
                {
                    name: self.free_array(name, self._axes(name)) if scale else cells(self._axes(name), lambda *_: ZERO)
                    for name, scale in scales.items()
                }
            )
        while len(self._states) <= moment:
            self._states.append(self._next(len(self._states)))
        return self._states[moment]

    def _next(self, after: int) -> dict[str, Array]:
        """The state after so many steps, as the rule says."""
        here, cutoff = RunState(self.run, Time(after - 1)), self.domain.cutoff
        rule = as_rule(self.domain.rule)
        if isinstance(rule.sent, Signs) and rule.sent.norm_of is not None:
            raise NotProvable("this rule is not written out entry by entry")
        eta = self.number(self.run.eta)
        lam = ZERO if cutoff is not None and after > cutoff else self.number(self.run.lam)
        W = self.value(here.W)
        move = self.value(here.gradient_through(_sent(rule, here)))
        beta, pull = self.value(here.beta), self.value(here.gradient_beta)
        made = {
            "W": cells(W.shape, lambda *at: W[at] - eta * move[at]),
            "beta": cells(beta.shape, lambda *at: (UNIT - eta * lam) * beta[at] - eta * pull[at]),
        }
        return {name: self._defined(f"{name}'{after}", x) for name, x in made.items()}

    def _defined(self, name: str, x: Array) -> Array:
        """Names for entries that are longer than a name."""

        def entry(*at: int) -> Cell:
            cell: Cell = x[at]
            if cell.value is not None or isinstance(cell.json, str):
                return cell
            symbol = ".".join([name, *map(str, at)])
            self.definitions[symbol] = cell.json
            return Cell(symbol)

        return cells(x.shape, entry)

    def _state(self, recurrence: Recurrence, name: str, time: Time | None, t: Moments) -> Array:
        assert time is not None
        last = self._steps(recurrence.steps)
        moment = _moment(time, last, t)
        if not 0 <= moment <= last:
            raise NotProvable(f"a run of {last} steps has no state {moment}")
        states = self._runs.setdefault(recurrence, [])
        if not states:
            states.append({variable: self.value(x) for variable, x in recurrence.start.items()})
        while len(states) <= moment:
            now = len(states) - 1
            states.append(states[now] | {v: self.value(x, (now,)) for v, x in recurrence.step.items()})
        return states[moment][name]

    def _steps(self, steps: Expr) -> int:
        """A number of steps, rounded to the nearest whole number."""
        found = self.number(steps).value
        if found is None:
            raise NotProvable(f"line {steps.line}: a number of steps that is not known")
        q, m = found
        doubled = 2 * q
        if m > 1:  # floor of 2 q √m, exactly
            square = 4 * q * q * m
            doubled = Fraction(isqrt(square.numerator // square.denominator))
        last = (doubled.numerator // doubled.denominator + 1) // 2
        if not 0 <= last <= LONGEST or q < 0:
            raise NotProvable(f"line {steps.line}: {last} steps are not written out")
        return last

    def moments(self, x: Expr, t: Moments) -> range:
        """The times that a formula runs over."""
        following, after = x.value
        last = self._steps(x.args[1]) if len(x.args) > 1 else self.shape.steps
        if last > LONGEST:
            raise NotProvable(f"line {x.line}: {last} steps are not written out")
        return range(t[-1] + 1 if after else 0, last + 1 - following)

    def _over_time(self, x: Expr, t: Moments) -> Cell:
        values = [self.number(x.args[0], (*t, moment)) for moment in self.moments(x, t)]
        if x.op == "sum_over_time":
            return summed(values)
        if not values:
            raise NotProvable(f"line {x.line}: there is no such time")
        return _of(Cell.most if x.op == "most_over_time" else Cell.least, np.array(values, dtype=object))

    # ---------------------------------------------------------------------------------------------------- the domain
    def known(self) -> Iterator[tuple[str, Json, str, Json, str]]:
        """What the domain says of free numbers: name, left, relation, right, in words."""
        domain, shape = self.domain, self.shape
        if "X" not in domain.data and domain.inputs in ("sphere", "ball", "orthonormal"):
            X = self._leaf("X", None, 2, ())
            pairs = itertools.combinations_with_replacement(range(shape.n), 2)
            for i, j in pairs:
                product = summed([X[i, h] * X[j, h] if i != j else X[i, h].raised(2) for h in range(shape.d)]).json
                if i == j:
                    relation = "<=" if domain.inputs == "ball" else "="
                    yield f"INPUTS {i}", product, relation, 1, "inputs have length 1"
                elif domain.inputs == "orthonormal":
                    yield f"INPUTS {i} {j}", product, "=", 0, "inputs are orthonormal"
        if "y" not in domain.data and domain.targets == "bounded":
            for cell in self._leaf("y", None, 1, ()).flat:
                yield f"TARGETS {cell.json}", cell.json, "<=", 1, "targets are at most 1"
                yield f"TARGETS {cell.json} low", -1, "<=", cell.json, "targets are at least −1"
        if domain.feedback == "sign":
            for cell in self._leaf("b", None, 1, ()).flat:
                yield f"FEEDBACK {cell.json}", cell.raised(2).json, "=", 1, "feedback weights are ±1"
        for name, bound in domain.bounds.items():
            array = self.state(0)[name] if name in ("W", "beta") else self._leaf(name, None, 1, ())
            square = summed([cell.raised(2) for cell in array.flat]).json
            yield f"BOUND {name}", square, "<=", number(rational(bound) ** 2), f"‖{name}‖ ≤ {bound}"
        for name, symbol in (("eta", "η"), ("lam", "λ")):
            low, high = domain.exact(name)
            if low != high:
                yield f"{name.upper()} low", number(low), "<=", name, f"{symbol} is at least {low}"
                yield f"{name.upper()} high", name, "<=", number(high), f"{symbol} is at most {high}"


def _sent(rule: Rule, state: RunState) -> Expr:
    made = rule.through(state.beta, state.b)
    assert isinstance(made, Expr)
    return made


def _moment(time: Time, last: int, t: Moments) -> int:
    if time.endless:
        raise NotProvable("limits are not written out")
    if time.from_end:
        return last - time.offset
    return time.offset + (t[-2] if time.outer else t[-1] if time.bound else 0)


def _at(x: Array, *at: int) -> Cell:
    found: Cell = x[at]
    return found


def _lifted(x: Array, rank: int) -> Array:
    return x.reshape((1,) * (rank - x.ndim) + x.shape)


def _each(f: Callable[[Cell], Cell], x: Array) -> Array:
    return cells(x.shape, lambda *at: f(x[at]))


def _of(f: Callable[[Cell, Cell], Cell], x: Array) -> Cell:
    made, *others = x.flat
    for other in others:
        made = f(made, other)
    assert isinstance(made, Cell)
    return made


def _product(A: Array, B: Array) -> Array:
    if A.shape[-1] != B.shape[0]:
        raise ValueError(f"a product of shapes {A.shape} and {B.shape}")
    left, right = A.reshape(-1, A.shape[-1]), B.reshape(len(B), -1)

    def entry(i: int, j: int) -> Cell:
        return summed([u * v for u, v in zip(left[i], right[:, j], strict=True)])

    made = cells((len(left), right.shape[1]), entry)
    return made.reshape(A.shape[:-1] + B.shape[1:])


def _length(entries: Sequence[Cell]) -> Cell:
    return summed([x.raised(2) for x in entries]).function("sqrt")


def _square(A: Array) -> Array:
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError(f"a matrix of shape {A.shape} is not square")
    return A


def _determinant(A: Array) -> Cell:
    """By the first row."""
    if len(A) == 1:
        found = A[0, 0]
        assert isinstance(found, Cell)
        return found
    if len(A) > 3:
        raise NotProvable("determinants of more than 3 rows are not written out")
    terms = []
    for j in range(len(A)):
        term = A[0, j] * _determinant(np.delete(A[1:], j, axis=1))
        terms.append(-term if j % 2 else term)
    return summed(terms)


def _inverse(A: Array) -> Array:
    """By Cramer's rule."""
    if len(A) == 1:
        return cells((1, 1), lambda *_: A[0, 0].inverted())
    over = _determinant(A).inverted()

    def entry(i: int, j: int) -> Cell:
        minor = _determinant(np.delete(np.delete(A, j, axis=0), i, axis=1))
        return (-minor if (i + j) % 2 else minor) * over

    return cells(A.shape, entry)


__all__ = ["Cell", "Cells"]
