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
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.network import transpose

from . import effort, limits
from .arithmetic import Arithmetic
from .expression import Expr, Time
from .networks import Networks
from .operations import OPERATIONS
from .recurrence import Recurrence

Moments = tuple[int, ...]
"""The bound times, the outer one first."""
LONGEST = 10_000
"""Most steps of a recurrence."""

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
        self._runs: dict[Recurrence, list[dict[str, Array]]] = {}
        self._lengths: dict[Recurrence, int] = {}
        self.balls = networks.X.dtype == object
        self.arithmetic = Arithmetic(self.balls, activation(networks.shape.activation))
        self._known: dict[tuple[int, Moments], Array] = {}
        self._limits: dict[Recurrence | None, limits.Variables] = {}
        self._formulas: list[Expr] = []  # keeps them alive, so that no id is used twice

    def __call__(self, formula: Expr) -> Array:
        """Value of a formula, ``(B, ...)``."""
        self._formulas.append(formula)
        with np.errstate(all="ignore"):
            return self._value(formula, ())

    def assume(self, key: int, value: Array) -> None:
        """Take a value for the formula whose ``id`` this is."""
        self._known[key, ()] = value

    def _value(self, formula: Expr, t: Moments) -> Array:
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

    def _price(self, formula: Expr, made: Array, t: Moments) -> float:
        """Units of work of an operation (`effort`), without its arguments."""
        if formula.op in _ELEMENTWISE and not self.balls:  # the usual one; its arguments are no larger
            return OPERATION + NUMBER * made.size
        args = [] if formula.op.endswith("_over_time") else [self._value(arg, t) for arg in formula.args]
        numbers = max((x.size for x in args), default=0)
        if formula.op in ("matmul", "outer"):
            inner = args[0].shape[-1] if formula.op == "matmul" else 1
            work = PRODUCT * made.size * inner + MATRIX * len(made)
        elif formula.op in ("eigmin", "eigmax", "eigenvalue", "inverse", "det", "rank"):
            work = EIGENVALUES * args[0].size * args[0].shape[-1] + 12 * MATRIX * len(made)
        else:
            work = (TRANSCENDENTAL if _transcendental(formula.op) else NUMBER) * max(numbers, made.size)
        return OPERATION + (BALL * work if self.balls else work)

    def _compute(self, formula: Expr, t: Moments) -> Array:
        op = formula.op
        if op in _ELEMENTWISE:
            args, rank = [self._value(arg, t) for arg in formula.args], formula.rank
            return reduce(_ELEMENTWISE[op], [_lift(x, a.rank, rank) for x, a in zip(args, formula.args, strict=True)])
        if op == "const":
            return self._constant(formula.value)
        if op == "leaf":
            return self._leaf(str(formula.value), formula.time, t)
        if op == "of_law":
            raise InputError(
                f"line {formula.line}: means, quantiles and probabilities belong to statements about the distribution, "
                "with the quantifier left out"
            )
        if op == "array":
            numbers = np.array(formula.value, dtype=object)
            numbers = np.broadcast_to(numbers, (len(self.networks), *numbers.shape))
            return balls(numbers) if self.balls else numbers.astype(float)
        if op == "state":
            recurrence, name = formula.value
            return self._state(recurrence, name, formula.time, t)
        if op == "previous":
            recurrence, name = formula.value
            return self._runs[recurrence][t[-1]][name]
        if op == "clock":
            return self._constant(t[-1] + formula.value)
        if op.endswith("_over_time"):
            return self._over_time(formula, t)
        args = [self._value(arg, t) for arg in formula.args]
        if op in ("min", "max"):
            lifted = [_lift(x, a.rank, formula.rank) for x, a in zip(args, formula.args, strict=True)]
            return reduce(self.arithmetic.least if op == "min" else self.arithmetic.most, lifted)
        if op == "pow":
            power: Array = args[0] ** abs(formula.value)
            return power if formula.value >= 0 else 1 / power
        if op == "entry":
            return self._entry(formula, args[0])
        if op == "slice":
            part: Array = args[0][(slice(None), *(slice(*each) for each in formula.value))]
            if not part.size:
                raise ValueError("an empty part")
            return part
        if op == "stack":
            return np.concatenate(args, axis=1 + formula.value)
        if op == "eigenvalue":
            return self.arithmetic.eigenvalue(formula.value, args[0])
        if op == "matmul":
            return _matmul(args[0], formula.args[0].rank, args[1], formula.args[1].rank)
        if op == "outer":
            return args[0].reshape(len(args[0]), -1, 1) * args[1].reshape(len(args[1]), 1, -1)
        return _GRAMMAR[op](args[0]) if op in _GRAMMAR else OPERATIONS[op].value(self.arithmetic, args[0])

    def _over_time(self, formula: Expr, t: Moments) -> Array:
        following, after = formula.value
        last = self._whole(formula.args[1], t) if len(formula.args) > 1 else self.networks.shape.steps
        moments = range(t[-1] + 1 if after else 0, last + 1 - following)
        values = [self._value(formula.args[0], (*t, moment)) for moment in moments]
        match formula.op:
            case "sum_over_time":
                return sum(values, self._constant(0))
            case "first_over_time":
                return self._first(values, last)
            case "most_over_time":
                return reduce(self.arithmetic.most, values) if values else -self._nothing_to_hold()
        return reduce(self.arithmetic.least, values) if values else self._nothing_to_hold()

    def _first(self, values: list[Array], last: int) -> Array:
        """The first time at which a value is ≥ 0, and T + 1 where there is none; not defined in balls."""
        if self.balls:
            return np.array([Ball(arb("nan"))] * len(self.networks), dtype=object)
        found = self._constant(last + 1)
        for moment, value in reversed(list(enumerate(values))):
            found = np.where(value >= 0, float(moment), found)
        return found

    def _whole(self, formula: Expr, t: Moments) -> int:
        """A number of steps: a formula that has the same value, rounded, for all networks of a shape."""
        value = self._value(formula, t)
        numbers = np.array([float(Ball(x).midpoint) for x in value]) if self.balls else value
        rounded = np.floor(numbers + 0.5)
        if not np.isfinite(rounded).all() or len(set(rounded)) != 1 or not 0 <= rounded[0] <= LONGEST:
            raise InputError(
                f"line {formula.line}: the number of steps must depend on sizes only, and be at most {LONGEST}; "
                f"it is {numbers[0]:.6g}"
            )
        return int(rounded[0])

    def _state(self, recurrence: Recurrence, name: str, time: Time | None, t: Moments) -> Array:
        assert time is not None
        if time.endless:
            return self._limit(recurrence, name)
        if recurrence not in self._lengths:
            self._lengths[recurrence] = self._whole(recurrence.steps, ())
        last = self._lengths[recurrence]
        moment = _moment(time, last, t)
        if not 0 <= moment <= last:
            raise InputError(f"a run of {last} steps has no state {moment}; give it more steps")
        states = self._runs.setdefault(recurrence, [])
        if not states:
            states.append({variable: self._value(x, ()) for variable, x in recurrence.start.items()})
        while len(states) <= moment:
            now = len(states) - 1
            states.append(states[now] | {v: self._value(x, (now,)) for v, x in recurrence.step.items()})
        return states[moment][name]

    def _limit(self, recurrence: Recurrence | None, name: str) -> Array:
        """The limit of a variable; not defined in balls, where only `settling` of the checker encloses it."""
        if recurrence not in self._limits:
            self._limits[recurrence] = self._settled(recurrence)
        return self._limits[recurrence][name]

    def _settled(self, recurrence: Recurrence | None) -> limits.Variables:
        if self.balls:
            unknown = Ball(arb("nan"))
            return {name: np.full(x.shape, unknown, dtype=object) for name, x in self._last(recurrence).items()}
        return self.lasting(recurrence)[0]

    def lasting(self, recurrence: Recurrence | None) -> tuple[limits.Variables, Array]:
        """The limits of a run, of the networks themselves if it is None, and how many steps they take; in floats."""
        follow = limits.network_step if recurrence is None else _follow(recurrence)
        last = self._last(recurrence)
        since = self.networks.shape.steps if recurrence is None else self._lengths[recurrence]
        return limits.lasting(self.networks, last, follow, since)

    def _last(self, recurrence: Recurrence | None) -> limits.Variables:
        """The variables after the last step."""
        if recurrence is None:
            last = self.networks.states[-1]
            return {"W": last.W, "beta": last.beta}
        return {name: self._state(recurrence, name, Time(0, from_end=True), ()) for name in recurrence.start}

    def _constant(self, value: Any) -> Array:
        count = len(self.networks)
        if not self.balls:
            return np.full(count, float(value))
        return np.array([Ball(value)] * count, dtype=object)

    def _nothing_to_hold(self) -> Array:
        """The minimum over an empty set of times: a statement about every step of a run of 0 steps is true."""
        top = Ball(arb("inf")) if self.balls else np.inf
        return np.array([top] * len(self.networks))

    def _leaf(self, name: str, time: Time | None, t: Moments) -> Array:
        networks = self.networks
        if time is not None and time.endless:
            return self._limit(None, name)
        if time is not None:
            moment = _moment(time, networks.shape.steps, t)
            if not 0 <= moment <= networks.shape.steps and not time.from_end:
                raise InputError(
                    f"a run of {networks.shape.steps} steps has no state {moment}; give the domain more steps"
                )
            if moment < 0:
                raise InputError(f"a run of {networks.shape.steps} steps has no state run[{-1 - time.offset}]")
            state = networks.states[moment]
            return state.W if name == "W" else state.beta
        if name in ("X", "y", "b", "eta", "lam"):
            value: Array = getattr(networks, name)
            return value
        if name in networks.arrays:
            return networks.array(name)
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


def _follow(recurrence: Recurrence) -> limits.Follow:
    """One step of a recurrence that does not depend on the time."""

    def follow(networks: Networks, state: limits.Variables, t: int) -> limits.Variables:
        evaluation = Evaluator(networks)
        evaluation._runs[recurrence] = [state]
        with np.errstate(all="ignore"):
            return state | {name: evaluation._value(x, (0,)) for name, x in recurrence.step.items()}

    return follow


def _moment(time: Time, last: int, t: Moments) -> int:
    """A time, as a number of steps of a run of ``last`` steps."""
    if time.from_end:
        return last - time.offset
    return time.offset + (t[-2] if time.outer else t[-1] if time.bound else 0)


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
    """Line of the operation that divided by 0 or produced NaN from finite numbers, or 0 if the run itself diverged."""
    evaluation = Evaluator(networks)

    def search(part: Expr) -> int:
        for arg in part.args:
            found = search(arg)
            if found:
                return found
        if not part.args or part.op.endswith("_over_time"):
            return 0
        values = [evaluation(arg) for arg in part.args]
        made = np.isnan(evaluation(part)).any() or (part.op == "div" and (values[1] == 0).any())
        return part.line if made and all(np.isfinite(value).all() for value in values) else 0

    return search(formula)
