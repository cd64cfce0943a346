"""Formulas evaluated on a batch of networks: one interpreter for floats and for balls.

Every value has the batch as its first axis. On balls, comparisons that are not certain are never decided: minima,
maxima, norms and eigenvalues are enclosed instead.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from flint import arb

from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball
from fa_theory.model.network import transpose

from . import effort, limits
from .arithmetic import Arithmetic
from .expression import Expr, Time
from .networks import Networks
from .operations import OPERATIONS

OPERATION, NUMBER, TRANSCENDENTAL, PRODUCT, MATRIX, EIGENVALUES, BALL = 4.0, 0.002, 0.015, 0.001, 0.2, 0.005, 400.0
"""Units of work (`effort`): for an operation on a batch, for every number, product of two or matrix in it; balls take
so many times as long."""


class Evaluator:
    """The values of formulas on a batch, cached.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, Run, norm
    >>> domain = Domain(n=2, d=2, p=4)
    >>> batch = domain.sample(domain.smallest(), np.random.default_rng(0), 3)
    >>> Evaluator(batch)(norm(Run(steps=1)[1].error)).shape
    (3,)
    """

    def __init__(self, networks: Networks) -> None:
        self.networks = networks
        self.balls = networks.X.dtype == object
        self.arithmetic = Arithmetic(self.balls, activation(networks.shape.activation))
        self._known: dict[tuple[int, int | None], Array] = {}
        self._limits: limits.Limits = {}
        self._formulas: list[Expr] = []  # keeps them alive, so that no id is used twice

    def __call__(self, formula: Expr) -> Array:
        """Value of a formula, ``(B, ...)``."""
        self._formulas.append(formula)
        with np.errstate(all="ignore"):
            return self._value(formula, None)

    def _value(self, formula: Expr, t: int | None) -> Array:
        key = (id(formula), t)
        if key not in self._known:
            try:
                made = self._known[key] = self._compute(formula, t)
                effort.spend(self._price(formula, made, t))
            except InputError:
                raise
            except ValueError:  # of NumPy, or of `arithmetic.square`
                shapes = " and ".join(str(self._value(arg, t).shape[1:]) for arg in formula.args)
                raise InputError(f"line {formula.line}: {formula.op} is not defined for shapes {shapes}") from None
        return self._known[key]

    def _price(self, formula: Expr, made: Array, t: int | None) -> float:
        """Units of work of an operation (`effort`), without its arguments."""
        args = [] if formula.op.endswith("_over_time") else [self._value(arg, t) for arg in formula.args]
        numbers = max((x.size for x in args), default=0)
        if formula.op in ("matmul", "outer"):
            inner = args[0].shape[-1] if formula.op == "matmul" else 1
            work = PRODUCT * made.size * inner + MATRIX * len(made)
        elif formula.op in ("eigmin", "eigmax"):
            work = EIGENVALUES * args[0].size * args[0].shape[-1] + 12 * MATRIX * len(made)
        else:
            work = (TRANSCENDENTAL if _transcendental(formula.op) else NUMBER) * max(numbers, made.size)
        return OPERATION + (BALL * work if self.balls else work)

    def _compute(self, formula: Expr, t: int | None) -> Array:
        op = formula.op
        if op == "const":
            return self._constant(formula.value)
        if op == "leaf":
            return self._leaf(str(formula.value), formula.time, t)
        if op == "limit":
            self._limits = self._limits or (limits.in_balls if self.balls else limits.in_floats)(self.networks)
            return self._limits[formula.value]
        if op in ("least_over_time", "sum_over_time"):
            moments = range(self.networks.shape.steps + 1 - formula.value)
            values = [self._value(formula.args[0], moment) for moment in moments]
            if op == "sum_over_time":
                return sum(values, self._constant(0))
            return reduce(self.arithmetic.least, values) if values else self._nothing_to_hold()
        args = [self._value(arg, t) for arg in formula.args]
        if op in _ELEMENTWISE:
            rank = formula.rank
            return reduce(_ELEMENTWISE[op], [_lift(x, a.rank, rank) for x, a in zip(args, formula.args, strict=True)])
        if op in ("min", "max"):
            lifted = [_lift(x, a.rank, formula.rank) for x, a in zip(args, formula.args, strict=True)]
            return reduce(self.arithmetic.least if op == "min" else self.arithmetic.most, lifted)
        if op == "pow":
            power: Array = args[0] ** abs(formula.value)
            return power if formula.value >= 0 else 1 / power
        if op == "entry":
            return self._entry(formula, args[0])
        if op == "matmul":
            return _matmul(args[0], formula.args[0].rank, args[1], formula.args[1].rank)
        if op == "outer":
            return args[0].reshape(len(args[0]), -1, 1) * args[1].reshape(len(args[1]), 1, -1)
        return _GRAMMAR[op](args[0]) if op in _GRAMMAR else OPERATIONS[op].value(self.arithmetic, args[0])

    def _constant(self, value: Any) -> Array:
        count = len(self.networks)
        if not self.balls:
            return np.full(count, float(value))
        return np.array([Ball(value)] * count, dtype=object)

    def _nothing_to_hold(self) -> Array:
        """The minimum over an empty set of times: a statement about every step of a run of 0 steps is true."""
        top = Ball(arb("inf")) if self.balls else np.inf
        return np.array([top] * len(self.networks))

    def _leaf(self, name: str, time: Time | None, t: int | None) -> Array:
        networks = self.networks
        if time is not None:
            moment = time.offset + (t or 0) if time.bound else time.offset
            moment = networks.shape.steps - time.offset if time.from_end else moment
            if moment < 0:
                raise InputError(f"a run of {networks.shape.steps} steps has no state run[{-1 - time.offset}]")
            state = networks.states[moment]
            return state.W if name == "W" else state.beta
        if name in ("X", "y", "b", "eta", "lam"):
            value: Array = getattr(networks, name)
            return value
        sizes = {"n": networks.shape.n, "d": networks.shape.d, "p": networks.shape.p, "T": networks.shape.steps}
        return self._constant(sizes[name])

    def _entry(self, formula: Expr, value: Array) -> Array:
        try:
            entry: Array = value[(slice(None), *formula.value)]
        except IndexError:
            raise InputError(
                f"line {formula.line}: there is no entry {formula.value} in shape {value.shape[1:]}; "
                "the smallest sizes of the domain decide which entries exist"
            ) from None
        return entry


_ELEMENTWISE: dict[str, Callable[[Array, Array], Array]] = {
    "add": lambda u, v: u + v,
    "sub": lambda u, v: u - v,
    "mul": lambda u, v: u * v,
    "div": lambda u, v: u / v,
}
_GRAMMAR: dict[str, Callable[[Array], Array]] = {
    "named": lambda x: x,
    "neg": lambda x: -x,
    "abs": lambda x: abs(x),
    "transpose": transpose,
}


def _transcendental(op: str) -> bool:
    return op in OPERATIONS and OPERATIONS[op].transcendental


def _lift(x: Array, rank: int, to: int) -> Array:
    """Give a value of a lower rank the axes it lacks, before those it has."""
    return x.reshape(x.shape[0], *([1] * (to - rank)), *x.shape[1:])


def _matmul(A: Array, left: int, B: Array, right: int) -> Array:
    rows = A if left == 2 else A[:, None, :]
    columns = B if right == 2 else B[:, :, None]
    product: Array = rows @ columns
    if right == 1:
        product = product[..., 0]
    return product if left == 2 else product[:, 0]


def blame(formula: Expr, networks: Networks) -> int:
    """Line of the operation that produced NaN from finite numbers, or 0 if the run itself diverged."""
    evaluation = Evaluator(networks)

    def search(part: Expr) -> int:
        for arg in part.args:
            found = search(arg)
            if found:
                return found
        if part.op == "leaf" or part.op.endswith("_over_time") or not part.args:
            return 0
        values = [evaluation(arg) for arg in part.args]
        made = np.isnan(evaluation(part)).any()
        return part.line if made and all(np.isfinite(value).all() for value in values) else 0

    return search(formula)
