"""Formulas evaluated on a batch of networks: one interpreter for floats and for balls.

Every value has the batch as its first axis. On balls, comparisons that are not certain are never decided: minima,
maxima, norms and eigenvalues are enclosed instead.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from flint import arb, arb_mat

from fa_theory.checker.eigenvalues import extreme_eigenvalues
from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball
from fa_theory.model.network import transpose

from . import effort, limits
from .expression import Expr, Time
from .networks import Networks

OPERATION, NUMBER, TRANSCENDENTAL, PRODUCT, MATRIX, EIGENVALUES, BALL = 4.0, 0.002, 0.015, 0.001, 0.2, 0.005, 400.0
"""Units of work (`effort`): for an operation on a batch, for every number, product of two or matrix in it; balls take
so many times as long."""


class Evaluator:
    """The values of formulas on a batch; what was computed once is remembered.

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
            except ValueError:  # of NumPy, or of `_square`
                shapes = " and ".join(str(self._value(arg, t).shape[1:]) for arg in formula.args)
                raise InputError(f"line {formula.line}: there is no {formula.op} of shapes {shapes}") from None
        return self._known[key]

    def _price(self, formula: Expr, made: Array, t: int | None) -> float:
        """Units of work that an operation counts (`effort`), without its arguments."""
        args = [] if formula.op.endswith("_over_time") else [self._value(arg, t) for arg in formula.args]
        numbers = max((x.size for x in args), default=0)
        if formula.op in ("matmul", "outer"):
            inner = args[0].shape[-1] if formula.op == "matmul" else 1
            work = PRODUCT * made.size * inner + MATRIX * len(made)
        elif formula.op in ("eigmin", "eigmax"):
            work = EIGENVALUES * args[0].size * args[0].shape[-1] + 12 * MATRIX * len(made)
        else:
            work = (TRANSCENDENTAL if formula.op in _TRANSCENDENTAL else NUMBER) * max(numbers, made.size)
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
            return reduce(self._least, values) if values else self._nothing_to_hold()
        args = [self._value(arg, t) for arg in formula.args]
        if op in _ELEMENTWISE:
            rank = formula.rank
            return reduce(_ELEMENTWISE[op], [_lift(x, a.rank, rank) for x, a in zip(args, formula.args, strict=True)])
        if op in ("min", "max"):
            lifted = [_lift(x, a.rank, formula.rank) for x, a in zip(args, formula.args, strict=True)]
            return reduce(self._least if op == "min" else self._most, lifted)
        if op in ("psi", "slope"):
            psi = activation(self.networks.shape.activation)
            return psi.value(args[0]) if op == "psi" else psi.slope(args[0])
        if op == "pow":
            power: Array = args[0] ** abs(formula.value)
            return power if formula.value >= 0 else 1 / power
        if op == "entry":
            return self._entry(formula, args[0])
        if op == "matmul":
            return _matmul(args[0], formula.args[0].rank, args[1], formula.args[1].rank)
        if op == "outer":
            return args[0].reshape(len(args[0]), -1, 1) * args[1].reshape(len(args[1]), 1, -1)
        return _ONE_ARGUMENT[op](self, args[0])

    def _constant(self, value: Any) -> Array:
        count = len(self.networks)
        if not self.balls:
            return np.full(count, float(value))
        return np.array([Ball(value)] * count, dtype=object)

    def _nothing_to_hold(self) -> Array:
        """The minimum over no moments at all: a statement about every step of a run of 0 steps is true."""
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
                f"line {formula.line}: there is no entry {formula.value} where the shape is {value.shape[1:]}; "
                "the smallest sizes of the domain decide which entries exist"
            ) from None
        return entry

    def _least(self, u: Array, v: Array) -> Array:
        return _MIN(u, v) if self.balls else np.minimum(u, v)

    def _most(self, u: Array, v: Array) -> Array:
        return _MAX(u, v) if self.balls else np.maximum(u, v)

    def _fold(self, combine: Callable[[Array, Array], Array], x: Array) -> Array:
        return reduce(combine, np.moveaxis(x.reshape(len(x), -1), 1, 0))

    def _norm(self, x: Array) -> Array:
        flat = x.reshape(len(x), -1)
        return self._root(np.sum(flat * flat, axis=-1))

    def _root(self, squares: Array) -> Array:
        return _ROOT(squares) if self.balls else np.sqrt(squares)

    def _square(self, x: Array) -> Array:
        if x.shape[-1] != x.shape[-2]:
            raise ValueError("not a square matrix")
        return x

    def _extreme(self, which: int, x: Array) -> Array:
        symmetric = (self._square(x) + transpose(x)) / 2
        if not self.balls:
            finite = np.asarray(np.isfinite(symmetric).all(axis=(-1, -2)))
            found = np.linalg.eigvalsh(np.where(finite[:, None, None], symmetric, 0))[:, (0, -1)[which]]
            return np.where(finite, found, np.nan)
        size = x.shape[-1]
        matrices = [arb_mat(size, size, [ball.arb for ball in A.flat]) for A in symmetric]
        return np.array([Ball(extreme_eigenvalues(A)[which]) for A in matrices], dtype=object)


_ELEMENTWISE: dict[str, Callable[[Array, Array], Array]] = {
    "add": lambda u, v: u + v,
    "sub": lambda u, v: u - v,
    "mul": lambda u, v: u * v,
    "div": lambda u, v: u / v,
}
_TRANSCENDENTAL = ("exp", "log", "psi", "slope", "sqrt")
_ONE_ARGUMENT: dict[str, Callable[[Evaluator, Array], Array]] = {
    "named": lambda self, x: x,
    "neg": lambda self, x: -x,
    "abs": lambda self, x: abs(x),
    "sqrt": lambda self, x: np.sqrt(x),
    "exp": lambda self, x: np.exp(x),
    "log": lambda self, x: np.log(x),
    "sign": lambda self, x: _sign(x) if self.balls else np.sign(x),
    "transpose": lambda self, x: transpose(x),
    "total": lambda self, x: np.sum(x.reshape(len(x), -1), axis=-1),
    "mean": lambda self, x: np.sum(x.reshape(len(x), -1), axis=-1) / (x.size // len(x)),
    "smallest": lambda self, x: self._fold(self._least, x),
    "largest": lambda self, x: self._fold(self._most, x),
    "norm": Evaluator._norm,
    "row_norms": lambda self, x: self._root(np.sum(x * x, axis=-1)),
    "trace": lambda self, x: np.sum(np.diagonal(self._square(x), axis1=-2, axis2=-1), axis=-1),
    "eigmin": lambda self, x: self._extreme(0, x),
    "eigmax": lambda self, x: self._extreme(1, x),
}
_MIN = np.frompyfunc(lambda u, v: Ball(_arb(u).min(_arb(v))), 2, 1)
_MAX = np.frompyfunc(lambda u, v: Ball(_arb(u).max(_arb(v))), 2, 1)
_ROOT = np.frompyfunc(lambda x: x.root_of_square(), 1, 1)


def _arb(x: Any) -> arb:
    return Ball(x).arb


def _sign(x: Array) -> Array:
    return np.asarray(np.frompyfunc(lambda ball: Ball(_arb(ball).sgn()), 1, 1)(x), dtype=object)


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
    """Line of the operation that made a NaN out of finite numbers, or 0 if it was the run itself that diverged."""
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
