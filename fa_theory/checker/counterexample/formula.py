"""Formulas of a conjecture, read from JSON and evaluated on one network.

A program is a list of nodes ``[operation, [indices of earlier nodes], extra]``; its value is that of the last node. The
extra is a rational (``const``), rows of rationals (``array``), a quantity (``leaf``: ``[name]``, or ``[name, offset,
"start" | "end" | "bound" | "outer" | "limit"]``), an exponent (``pow``), an index (``entry``), a number
(``eigenvalue``), an axis (``stack``), ``[first, end, step]`` for every axis (``slice``), or, for what runs over time,
``[following, program]`` or ``[following, program, true]``: the nested program is evaluated at t = 0 … T−following, or
only at times after the outer one, and its ``bound`` leaves are taken at t + offset. Otherwise it is null.

Runs beside the run of the network are recurrences, see `recurrences`: ``state`` has the extra ``[number of the
recurrence, name, offset, origin]``, ``previous`` has the name of a variable of the recurrence whose step is computed,
and ``clock`` an offset: the number t + offset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from flint import ctx, fmpq

from fa_theory.checker import document as doc

from . import matrices
from . import numbers as num
from .numbers import ZERO, Real, Undefined, Value

MAX_NODES, MAX_DEPTH = 4000, 3
MAX_LENGTH, MAX_ARRAY = 10_000, 20_000
"""Most steps of a recurrence, and most numbers in an array of constants."""
BUDGET = 10_000_000
"""Operations on numbers, about a quarter of a minute."""
LONG, LONG_BALL = 128, 512
"""An operation counts once more for so many bits of a rational, or of the working precision."""

_BINARY: dict[str, Callable[[Real, Real], Real]] = {
    "add": num.add,
    "sub": num.sub,
    "mul": num.mul,
    "div": num.div,
    "min": lambda a, b: num.extreme("min", a, b),
    "max": lambda a, b: num.extreme("max", a, b),
}
_ENTRYWISE: dict[str, Callable[[Real], Real]] = {
    "neg": lambda x: num.sub(ZERO, x),
    "abs": num.absolute,
    "sqrt": num.root,
    "exp": num.exp,
    "log": num.log,
    "arcsin": num.arcsine,
    "sign": num.sign,
}
_NUMBER: dict[str, Callable[[Value], Real]] = {
    "total": lambda v: reduce(num.add, v.entries),
    "product": lambda v: reduce(num.mul, v.entries),
    "mean": lambda v: num.div(reduce(num.add, v.entries), fmpq(len(v.entries))),
    "smallest": lambda v: reduce(lambda a, b: num.extreme("min", a, b), v.entries),
    "largest": lambda v: reduce(lambda a, b: num.extreme("max", a, b), v.entries),
    "norm": lambda v: num.norm(v.entries),
    "trace": num.trace,
    "eigmin": lambda v: num.eigenvalue(0, v),
    "eigmax": lambda v: num.eigenvalue(1, v),
}
OVER_TIME = ("least_over_time", "most_over_time", "sum_over_time", "first_over_time")
"""With the length of a recurrence as an argument they run over its times. The last one is the first time at which the
number is certainly ≥ 0, and T + 1 if it is certainly < 0 at all times."""
_CUBIC: dict[str, Callable[[Value], Value]] = {
    "inverse": matrices.inverse,
    "det": matrices.determinant,
    "rank": matrices.rank,
}
_ARGUMENTS = (
    dict.fromkeys(("const", "array", "leaf", "state", "previous", "clock"), (0, 0))
    | dict.fromkeys(OVER_TIME, (0, 1))
    | dict.fromkeys((*_ENTRYWISE, *_NUMBER, *_CUBIC, "psi", "slope", "pow", "entry", "row_norms", "transpose"), (1, 1))
    | dict.fromkeys(("eigenvalue", "slice", "rows", "columns", "diagonal", "identity", "flat"), (1, 1))
    | dict.fromkeys(("add", "sub", "mul", "div", "matmul", "outer"), (2, 2))
    | dict.fromkeys(("min", "max", "stack"), (1, MAX_NODES))
)
"""Least and largest number of arguments."""
CONSTANTS = ("X", "y", "b", "eta", "lam", "n", "d", "p", "T")
MOVING = ("W", "beta")


@dataclass(frozen=True, slots=True)
class Node:
    """One operation; ``extra`` is checked."""

    op: str
    args: tuple[int, ...]
    extra: Any


Program = list[Node]
State = dict[str, Value]
ORIGINS = ("start", "end", "bound", "outer", "limit")
"""From where a time counts; ``limit`` is t → ∞."""


@dataclass(frozen=True)
class StatedRecurrence:
    """Variables with their values at the start, their values one step later, and the number of steps."""

    length: Program
    start: Mapping[str, Program]
    step: Mapping[str, Program]


def read(value: object, where: str, depth: int = 0) -> Program:
    """Read a program.

    Raises
    ------
    MalformedDocument
        If it is none, too long, or nested too deeply.
    """
    if not isinstance(value, list) or not 0 < len(value) <= MAX_NODES or depth > MAX_DEPTH:
        raise doc.MalformedDocument(f"{where}: expected a list of 1 to {MAX_NODES} nodes, nested {MAX_DEPTH} deep")
    return [_node(item, f"{where}[{i}]", i, depth) for i, item in enumerate(value)]


def _node(item: object, where: str, index: int, depth: int) -> Node:
    if not isinstance(item, list) or len(item) != 3 or not isinstance(item[1], list):
        raise doc.MalformedDocument(f"{where}: expected [operation, [indices], extra]")
    op = item[0]
    if not isinstance(op, str) or op not in _ARGUMENTS:
        raise doc.refusal(where, "an operation", op)
    args, extra = tuple(item[1]), item[2]
    least, most = _ARGUMENTS[op]
    if not least <= len(args) <= most or not all(type(a) is int and 0 <= a < index for a in args):
        raise doc.MalformedDocument(f"{where}: {op} does not take these arguments, or not from earlier nodes")
    return Node(op, args, _extra(op, extra, where, depth))


def _extra(op: str, extra: object, where: str, depth: int) -> Any:
    parts = extra if isinstance(extra, list) else []
    match op:
        case "const":
            return num.rational(extra, where)
        case "pow" if type(extra) is int and abs(extra) <= 64:
            return extra
        case "entry" if 0 < len(parts) <= 2 and all(type(i) is int and i >= 0 for i in parts):
            return tuple(parts)
        case "array":
            return num.array(extra, where, MAX_ARRAY)
        case "eigenvalue" | "clock":
            return doc.whole(extra, where)
        case "stack" if type(extra) is int and extra in (0, 1):
            return extra
        case "slice" if 0 < len(parts) <= 2 and all(map(_is_range, parts)):
            return tuple(slice(*part) for part in parts)
        case _ if op in OVER_TIME and len(parts) in (2, 3) and parts[2:] in ([], [True]):
            following = doc.whole(parts[0], where)
            return following, read(parts[1], where, depth + 1), bool(parts[2:])
        case "leaf" if len(parts) == 1 and is_name(parts[0]) and parts[0] not in MOVING:
            return parts[0], 0, ""
        case "leaf" if len(parts) == 3 and parts[0] in MOVING and parts[2] in ORIGINS:
            return parts[0], doc.whole(parts[1], where), parts[2]
        case "state" if len(parts) == 4 and type(parts[0]) is int and is_name(parts[1]) and parts[3] in ORIGINS:
            return parts[0], parts[1], doc.whole(parts[2], where), parts[3]
        case "previous" if is_name(extra):
            return extra
        case _ if extra is None and op not in _WITH_EXTRA:
            return None
    raise doc.MalformedDocument(f"{where}: {op} does not take this extra")


_WITH_EXTRA = (
    "array", "clock", "eigenvalue", "entry", "leaf", "pow", "previous", "slice", "stack", "state", *OVER_TIME
)  # fmt: skip


def is_name(value: object) -> bool:
    """Whether it may be the name of a variable or of an array: up to 30 letters, digits and underscores."""
    return isinstance(value, str) and value.isascii() and value.isidentifier() and len(value) <= 30


def _is_range(part: object) -> bool:
    return (
        isinstance(part, list)
        and len(part) == 3
        and all(x is None or (type(x) is int and abs(x) <= 10**6) for x in part)
        and part[2] != 0
    )


@dataclass
class Machine:
    """One network with its run, and what may still be spent on evaluating formulas.

    Attributes
    ----------
    activation
        The name of ψ.
    data
        The quantities that do not change, by name (`CONSTANTS`).
    states
        W and β at the steps 0 … T.
    limits
        The limits that are proved, of the recurrences by number, and of the network under None (`settling`).
    recurrences
        The runs beside this one, which a formula may speak of.
    left
        How many operations are left; beyond that `Undefined` is raised.
    """

    activation: str
    data: dict[str, Value]
    states: list[dict[str, Value]] = field(default_factory=list)
    limits: dict[int | None, State] = field(default_factory=dict)
    recurrences: Sequence[StatedRecurrence] = ()
    left: int = field(default_factory=lambda: BUDGET)

    def spend(self, operations: int, *on: Value) -> None:
        """Pay for operations on numbers, more for long ones and at high precision, and a little for the call itself."""
        longest = max((x.height_bits() for v in on for x in v.entries if isinstance(x, fmpq)), default=0)
        self.left -= (operations * (1 + longest // LONG) + 10) * (1 + ctx.prec // LONG_BALL)
        if self.left < 0:
            raise Undefined("cost: the run and its formulas take more than this checker is willing to do")

    def psi(self, which: str, Z: Value) -> Value:
        """ψ(Z) or ψ'(Z)."""
        self.spend(20 * len(Z.entries))
        return num.entrywise(lambda z: num.activate(which, self.activation, z), Z)

    def matmul(self, A: Value, B: Value) -> Value:
        """``A @ B``."""
        self.spend(len(A.entries) * (B.shape[1] if len(B.shape) == 2 else 1), A, B)
        return num.matmul(A, B)

    def combine(self, op: str, *values: Value) -> Value:
        """``add``, ``sub``, ``mul``, ``div``, ``min`` or ``max``, entry by entry."""
        self.spend(len(values) * max(len(v.entries) for v in values), *values)
        return reduce(lambda u, v: num.entrywise(_BINARY[op], u, v), values)

    def run(
        self,
        program: Program,
        moments: tuple[int, ...] = (),
        before: State | None = None,
        replaced: Mapping[int, Value] | None = None,
    ) -> Value:
        """Value of a program: that of its last node, see `values`."""
        return self.values(program, moments, before, replaced)[-1]

    def values(
        self,
        program: Program,
        moments: tuple[int, ...] = (),
        before: State | None = None,
        replaced: Mapping[int, Value] | None = None,
    ) -> list[Value]:
        """Values of all nodes of a program.

        Parameters
        ----------
        program
            As `read` gives it.
        moments
            The times that ``outer`` and ``bound`` leaves count from.
        before
            The variables of a recurrence at that time, if this is its step.
        replaced
            Values of some nodes, by their places.

        Raises
        ------
        Undefined
            If it has no certain value, or takes too long.
        """
        known: list[Value] = []
        for place, node in enumerate(program):
            if replaced and place in replaced:
                known.append(replaced[place])
                continue
            known.append(self._apply(node, [known[i] for i in node.args], moments, before))
            self.spend(4 * len(known[-1].entries))  # they are all kept
        return known

    def _apply(self, node: Node, args: list[Value], moments: tuple[int, ...], before: State | None) -> Value:
        op, extra = node.op, node.extra
        if op in _BINARY:
            return self.combine(op, *args)
        self.spend((20 if op in ("exp", "log", "arcsin") else 1) * sum(len(v.entries) for v in args), *args)
        if op in _ENTRYWISE:
            return num.entrywise(_ENTRYWISE[op], args[0])
        if op in ("eigmin", "eigmax", "eigenvalue", *_CUBIC):
            self.spend(100 * max(args[0].shape, default=0) ** 3)
        if op in _NUMBER:
            return Value((), [_NUMBER[op](args[0])])
        if op in _CUBIC:
            return _CUBIC[op](args[0])
        match op:
            case "const":
                return Value((), [extra])
            case "array":
                return Value(extra.shape, extra.entries)
            case "leaf":
                name, offset, origin = extra
                return self._leaf(name, offset, origin, moments)
            case "state":
                which, name, offset, origin = extra
                return self._variable(which, name, offset, origin, moments)
            case "previous":
                if before is None or extra not in before:
                    raise Undefined(f"there is no variable {extra} here")
                return before[extra]
            case "clock":
                return constant(_moment("bound", extra, 0, moments))
            case "psi" | "slope":
                return self.psi(op, args[0])
            case "pow":
                self.spend(len(args[0].entries) * abs(extra), *args)
                return num.entrywise(lambda x: num.power(x, extra), args[0])
            case "matmul":
                return self.matmul(*args)
            case "outer":
                u, v = (Value((len(x.entries), 1), x.entries) for x in args)
                return self.matmul(u, num.transpose(v))
            case "entry":
                return Value((), [_entry(args[0], extra)])
            case "eigenvalue":
                return Value((), [matrices.eigenvalue(extra, args[0])])
            case "slice":
                return matrices.part(args[0], extra)
            case "stack":
                return matrices.stacked(args, extra)
            case "rows" | "columns" | "diagonal" | "identity" | "flat":
                self.spend((args[0].shape[0] if args[0].shape else 0) ** 2)
                return matrices.SIMPLE[op](args[0])
        if op in OVER_TIME:
            return self._over_time(op, extra, args, moments)
        if len(args[0].shape) != 2:
            raise Undefined(f"a formula takes the {op} of shape {args[0].shape}")
        if op == "transpose":
            return num.transpose(args[0])
        return Value((args[0].shape[0],), [num.norm(row) for row in args[0].rows()])

    def _over_time(self, op: str, extra: Any, args: list[Value], moments: tuple[int, ...]) -> Value:
        following, body, after = extra
        last = _whole(args[0]) if args else len(self.states) - 1
        if last > MAX_LENGTH:
            raise Undefined(f"cost: a run of {last} steps is longer than this checker follows")
        times = bound_times(last, following, after, moments)
        if op == "first_over_time":
            for moment in times:
                value = self._number(body, (*moments, moment))
                if value >= 0:
                    return constant(moment)
                if not value < 0:
                    raise Undefined(f"it is not certain whether it holds at time {moment}")
            return constant(last + 1)
        values = [self._number(body, (*moments, moment)) for moment in times]
        if not values and op != "sum_over_time":
            raise Undefined("a formula takes the least of no numbers, or the largest: the run has too few steps")
        combine = {"sum_over_time": num.add, "least_over_time": _BINARY["min"], "most_over_time": _BINARY["max"]}[op]
        return Value((), [reduce(combine, values) if values else ZERO])

    def _number(self, body: Program, moments: tuple[int, ...]) -> Real:
        value = self.run(body, moments)
        if value.shape:
            raise Undefined(f"what runs over time must be a number, not of shape {value.shape}")
        return value.entries[0]

    def _leaf(self, name: str, offset: int, origin: str, moments: tuple[int, ...]) -> Value:
        if not origin:
            if name not in self.data:
                raise Undefined(f"there is no array {name}")
            return self.data[name]
        if origin == "limit":
            return self._settled(None, name)
        last = len(self.states) - 1
        moment = _moment(origin, offset, last, moments)
        if not 0 <= moment <= last:
            raise Undefined(f"a formula speaks of step {moment} of a run of {last} steps")
        return self.states[moment][name]

    def _variable(self, which: int, name: str, offset: int, origin: str, moments: tuple[int, ...]) -> Value:
        """A variable of a recurrence, whose steps are computed as far as needed."""
        if not 0 <= which < len(self.recurrences):
            raise Undefined(f"there is no recurrence {which}")
        recurrence = self.recurrences[which]
        if name not in recurrence.start:
            raise Undefined(f"the recurrence {which} has no variable {name}")
        if origin == "limit":
            return self._settled(which, name)
        last = self.length(which)
        moment = _moment(origin, offset, last, moments)
        if not 0 <= moment <= last:
            raise Undefined(f"a formula speaks of step {moment} of a recurrence of {last} steps")
        return self.variables(which, moment)[name]

    def variables(self, which: int, moment: int) -> State:
        """The variables of a recurrence at a time, be it after its last step."""
        if not 0 <= which < len(self.recurrences):
            raise Undefined(f"there is no recurrence {which}")
        recurrence, states = self.recurrences[which], self._rolled.setdefault(which, [])
        if not states:
            states.append({variable: self.run(program) for variable, program in recurrence.start.items()})
        while len(states) <= moment:
            now = states[-1]
            made = {variable: self.run(p, (len(states) - 1,), now) for variable, p in recurrence.step.items()}
            states.append({**now, **made})
        return states[moment]

    def _settled(self, which: int | None, name: str) -> Value:
        """The limit of a variable, if it is proved."""
        if which not in self.limits:
            whose = "the run" if which is None else f"the recurrence {which}"
            raise Undefined(f"limits: nothing is proved about the limits of {whose}")
        return self.limits[which][name]

    def length(self, which: int) -> int:
        """The number of steps of a recurrence: its formula, rounded to a whole number."""
        if which not in self._lengths:
            last = _whole(self.run(self.recurrences[which].length))
            if last > MAX_LENGTH:
                raise Undefined(f"cost: a recurrence of {last} steps is longer than this checker follows")
            self._lengths[which] = last
        return self._lengths[which]

    _rolled: dict[int, list[State]] = field(default_factory=dict)
    _lengths: dict[int, int] = field(default_factory=dict)


def bound_times(last: int, following: int, after: bool, moments: tuple[int, ...]) -> range:
    """The times that an operation over time binds: those up to ``last − following``, or only the later ones."""
    return range(moments[-1] + 1 if after and moments else 0, last + 1 - following)


def _moment(origin: str, offset: int, last: int, moments: tuple[int, ...]) -> int:
    """A time, as a number of steps."""
    match origin:
        case "start":
            return offset
        case "end":
            return last - offset
        case "bound" if moments:
            return offset + moments[-1]
        case "outer" if len(moments) > 1:
            return offset + moments[-2]
    raise Undefined("a formula speaks of a time that it does not bind")


def _whole(value: Value) -> int:
    """A number rounded to the nearest whole number ≥ 0, if it is certain which one that is."""
    if value.shape:
        raise Undefined(f"a number of steps is not of shape {value.shape}")
    shifted = num.ball(value.entries[0]) + num.HALF
    rounded = shifted.floor().unique_fmpz()
    if rounded is None or rounded < 0:
        raise Undefined(f"a number of steps is not certainly a whole number ≥ 0: {value.entries[0]}")
    return int(rounded)


def _entry(value: Value, index: tuple[int, ...]) -> Real:
    if len(index) != len(value.shape) or any(i >= size for i, size in zip(index, value.shape, strict=True)):
        raise Undefined(f"a formula takes entry {index} of shape {value.shape}")
    return value.entries[index[0] if len(index) == 1 else index[0] * value.shape[1] + index[1]]


def constant(x: int) -> Value:
    """A whole number as a value."""
    return Value((), [fmpq(x)])


def looks_ahead(program: Program) -> bool:
    """Whether a program speaks of a state after the first, or of all times of a run.

    Examples
    --------
    >>> [looks_ahead(read([["leaf", [], ["W", 0, origin]]], "")) for origin in ("start", "end")]
    [False, True]
    """
    return any(
        node.op in ("state", *OVER_TIME) or (node.op == "leaf" and node.extra[1:] not in AT_START) for node in program
    )


def within_smallest(program: Program) -> Program:
    """The program of what `smallest` is taken of last, once or again; the margin is > 0 if all entries of that are."""
    place = len(program) - 1
    while program[place].op == "smallest":
        (place,) = program[place].args
    return program[: place + 1]


AT_START = ((0, ""), (0, "start"))
"""What is said of a time where there is none, or where it is 0."""
