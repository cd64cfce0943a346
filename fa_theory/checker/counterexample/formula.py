"""Formulas of a conjecture, read from JSON and evaluated on one network.

A program is a list of nodes ``[operation, [indices of earlier nodes], extra]``; its value is that of the last node. The
extra is a rational (``const``), a quantity (``leaf``: ``[name]``, or ``[name, offset, "start" | "end" | "bound"]``), an
exponent (``pow``), an index (``entry``), a name (``limit``: one of `LIMITS`), or, for what runs over time, ``[pairs,
program]``: the nested program is evaluated at t = 0 … T−pairs, and its ``bound`` leaves are taken at t + offset.
Otherwise it is null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from flint import fmpq

from fa_theory.checker import document as doc

from . import numbers as num
from .numbers import ZERO, Real, Undefined, Value

MAX_NODES, MAX_DEPTH = 4000, 3
BUDGET = 10_000_000
"""Operations on numbers, about a quarter of a minute."""

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
_OVER_TIME = ("least_over_time", "sum_over_time")
_ARGUMENTS = (
    dict.fromkeys(("const", "leaf", "limit", *_OVER_TIME), 0)
    | dict.fromkeys((*_ENTRYWISE, *_NUMBER, "psi", "slope", "pow", "entry", "row_norms", "transpose"), 1)
    | dict.fromkeys(("add", "sub", "mul", "div", "matmul", "outer"), 2)
)
"""How many arguments; ``min`` and ``max`` take one or more."""
CONSTANTS = ("X", "y", "b", "eta", "lam", "n", "d", "p", "T")
MOVING = ("W", "beta")
LIMITS = ("alignment", "movement_W", "movement_beta", "total_W")
"""cos∠(b, β), ‖w_r − w_r(0)‖ for every neuron, ‖β − β(0)‖ and ‖W − W(0)‖_F as t → ∞."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation; ``extra`` is checked."""

    op: str
    args: tuple[int, ...]
    extra: Any


Program = list[Node]


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
    op = doc.text(item[0], where, (*_ARGUMENTS, "min", "max"))
    args, extra = tuple(item[1]), item[2]
    if (len(args) != _ARGUMENTS[op] if op in _ARGUMENTS else not 0 < len(args) <= MAX_NODES) or not all(
        type(a) is int and 0 <= a < index for a in args
    ):
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
        case "least_over_time" | "sum_over_time" if len(parts) == 2 and type(parts[0]) is int and parts[0] in (0, 1):
            return parts[0], read(parts[1], where, depth + 1)
        case "leaf" if len(parts) == 1 and parts[0] in CONSTANTS:
            return parts[0], 0, ""
        case "leaf" if len(parts) == 3 and parts[0] in MOVING and parts[2] in ("start", "end", "bound"):
            return parts[0], doc.whole(parts[1], where), parts[2]
        case "limit" if extra in LIMITS:
            return extra
        case _ if extra is None and op not in ("pow", "entry", "leaf", "limit", *_OVER_TIME):
            return None
    raise doc.MalformedDocument(f"{where}: {op} does not take this extra")


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
        The limits that are proved, by name (`LIMITS`).
    left
        How many operations are left; beyond that `Undefined` is raised.
    """

    activation: str
    data: dict[str, Value]
    states: list[dict[str, Value]] = field(default_factory=list)
    limits: dict[str, Value] = field(default_factory=dict)
    left: int = field(default_factory=lambda: BUDGET)

    def spend(self, operations: int) -> None:
        """Pay for operations on numbers, and a little for the call itself."""
        self.left -= operations + 10
        if self.left < 0:
            raise Undefined("cost: the run and its formulas take more than this checker is willing to do")

    def psi(self, which: str, Z: Value) -> Value:
        """ψ(Z) or ψ'(Z)."""
        self.spend(20 * len(Z.entries))
        return num.entrywise(lambda z: num.activate(which, self.activation, z), Z)

    def matmul(self, A: Value, B: Value) -> Value:
        """``A @ B``."""
        self.spend(len(A.entries) * (B.shape[1] if len(B.shape) == 2 else 1))
        return num.matmul(A, B)

    def combine(self, op: str, *values: Value) -> Value:
        """``add``, ``sub``, ``mul``, ``div``, ``min`` or ``max``, entry by entry."""
        self.spend(len(values) * max(len(v.entries) for v in values))
        return reduce(lambda u, v: num.entrywise(_BINARY[op], u, v), values)

    def run(self, program: Program, t: int | None = None) -> Value:
        """Value of a program; t is the time its ``bound`` leaves count from.

        Raises
        ------
        Undefined
            If it has no certain value, or takes too long.
        """
        known: list[Value] = []
        for node in program:
            known.append(self._apply(node, [known[i] for i in node.args], t))
            self.spend(4 * len(known[-1].entries))  # they are all kept
        return known[-1]

    def _apply(self, node: Node, args: list[Value], t: int | None) -> Value:
        op, extra = node.op, node.extra
        if op in _BINARY:
            return self.combine(op, *args)
        self.spend((20 if op in ("exp", "log") else 1) * sum(len(v.entries) for v in args))
        if op in _ENTRYWISE:
            return num.entrywise(_ENTRYWISE[op], args[0])
        if op in ("eigmin", "eigmax"):
            self.spend(100 * args[0].shape[0] ** 3 if args[0].shape else 0)
        if op in _NUMBER:
            return Value((), [_NUMBER[op](args[0])])
        match op:
            case "const":
                return Value((), [extra])
            case "leaf":
                name, offset, origin = extra
                return self._leaf(name, offset, origin, t)
            case "limit":
                if extra not in self.limits:
                    raise Undefined(f"limits: nothing is proved about the limit of {extra}")
                return self.limits[extra]
            case "least_over_time" | "sum_over_time":
                pairs, body = extra
                values = [self._number(body, moment) for moment in range(len(self.states) - pairs)]
                combine = num.add if op == "sum_over_time" else _BINARY["min"]
                if not values and op == "least_over_time":
                    raise Undefined("a formula takes the least of no numbers: the run has no steps")
                return Value((), [reduce(combine, values) if values else ZERO])
            case "psi" | "slope":
                return self.psi(op, args[0])
            case "pow":
                self.spend(len(args[0].entries) * abs(extra))
                return num.entrywise(lambda x: num.power(x, extra), args[0])
            case "matmul":
                return self.matmul(*args)
            case "outer":
                u, v = (Value((len(x.entries), 1), x.entries) for x in args)
                return self.matmul(u, num.transpose(v))
            case "entry":
                return Value((), [_entry(args[0], extra)])
        if len(args[0].shape) != 2:
            raise Undefined(f"a formula takes the {op} of shape {args[0].shape}")
        if op == "transpose":
            return num.transpose(args[0])
        return Value((args[0].shape[0],), [num.norm(row) for row in args[0].rows()])

    def _number(self, body: Program, t: int) -> Real:
        value = self.run(body, t)
        if value.shape:
            raise Undefined(f"what runs over time must be a number, not of shape {value.shape}")
        return value.entries[0]

    def _leaf(self, name: str, offset: int, origin: str, t: int | None) -> Value:
        if not origin:
            return self.data[name]
        last = len(self.states) - 1
        moment = {"start": offset, "end": last - offset, "bound": offset + (0 if t is None else t)}[origin]
        if not 0 <= moment <= last:
            raise Undefined(f"a formula speaks of step {moment} of a run of {last} steps")
        return self.states[moment][name]


def _entry(value: Value, index: tuple[int, ...]) -> Real:
    if len(index) != len(value.shape) or any(i >= size for i, size in zip(index, value.shape, strict=True)):
        raise Undefined(f"a formula takes entry {index} of shape {value.shape}")
    return value.entries[index[0] if len(index) == 1 else index[0] * value.shape[1] + index[1]]


def constant(x: int) -> Value:
    """A whole number as a value."""
    return Value((), [fmpq(x)])


def looks_ahead(program: Program) -> bool:
    """Whether a program speaks of a state after the first.

    Examples
    --------
    >>> [looks_ahead(read([["leaf", [], ["W", 0, origin]]], "")) for origin in ("start", "end")]
    [False, True]
    """
    return any(
        looks_ahead(node.extra[1]) if node.op in _OVER_TIME else node.op == "leaf" and node.extra[1:] not in AT_START
        for node in program
    )


AT_START = ((0, ""), (0, "start"))
"""What is said of a time where there is none, or where it is 0."""
