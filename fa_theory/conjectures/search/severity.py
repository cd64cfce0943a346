"""The violation of a formula relative to the numbers it was computed from.

A margin of −10⁻¹² is a violation if it was computed from numbers of size 10⁻¹², and rounding if they were of size 1.
The severity of a margin is the margin divided by the *size* of its computation: the value of the same formula with
every number replaced by its absolute value and every minus by a plus. Since float64 loses at most about 10⁻¹⁶ of that
size per operation, a severity below −10⁻¹¹ is hardly ever rounding. A proof needs a certificate.

The search minimises severities. They are dimensionless and lie between about −1 and 1, so that scaling all numbers
down does not bring a margin closer to 0.
"""

from __future__ import annotations

from fa_theory.conjectures.language.expression import Expr, constant, elementwise
from fa_theory.conjectures.language.operations import OPERATIONS, norm

TINY = 1e-300
"""Avoids 0/0 where a computation consists of zeros only."""
_LEAST = ("named", "min", "smallest", "least_over_time", "most_over_time")
_SAME = ("transpose", "entry", "matmul", "outer", "sum_over_time", "slice", "stack", "flat", "diagonal")
"""Operations that grow with the absolute values of their arguments."""


def severity(margin: Expr) -> Expr:
    """The smallest of the relative margins of which a margin is the minimum, as a formula.

    Examples
    --------
    >>> import numpy as np
    >>> from fa_theory.conjectures import Domain, Run
    >>> from fa_theory.conjectures.language.evaluate import Evaluator
    >>> run = Run(steps=1)
    >>> domain = Domain(n=1, d=1, p=1)
    >>> drawn = domain.sample(domain.smallest(), np.random.default_rng(0), 1)
    >>> print(*Evaluator(drawn)(severity((1e-9 * run.eta - 2e-9 * run.eta))).round(6))
    -0.333333
    """
    if margin.op.endswith("_over_time") and margin.op in _LEAST:
        return _again(margin, severity(margin.args[0]), *margin.args[1:])
    if margin.op in _LEAST or (margin.op == "max" and margin.rank == 0):
        return _again(margin, *(severity(arg) for arg in margin.args))
    return elementwise("div", margin, size(margin) + constant(TINY))


def size(x: Expr) -> Expr:
    """The size of the computation of a formula, at least its absolute value."""
    op, args = x.op, x.args
    if not args:
        return abs(x)
    if op in ("named", "neg", "abs"):
        return size(args[0])
    if op in ("rows", "columns", "rank", "identity", "first_over_time"):
        return abs(x)
    if op == "eigenvalue":
        return norm(size(args[0]))
    if op == "sum_over_time":
        return _again(x, size(args[0]), *args[1:])
    sizes = [size(arg) for arg in args]
    if op in ("add", "sub"):
        return elementwise("add", *sizes)
    if op == "mul":
        return elementwise("mul", *sizes)
    if op == "div":
        return (sizes[0] / abs(args[1])) * (sizes[1] / abs(args[1]))
    if op == "pow":
        power: int = x.value
        return sizes[0] ** power if power >= 0 else abs(x) * (sizes[0] / abs(args[0])) ** -power
    if op in ("max", "min"):
        return elementwise("max", *sizes)
    if op in ("least_over_time", "most_over_time"):
        return Expr("most_over_time", (sizes[0], *args[1:]), x.rank, x.value, x.time, x.line)
    if op in _SAME:
        return _again(x, *sizes)
    if op in OPERATIONS:
        return OPERATIONS[op].size(x, sizes[0])
    raise ValueError(f"the size of the operation {op} is not known")


def _again(x: Expr, *args: Expr) -> Expr:
    """The same operation on other arguments."""
    return Expr(x.op, args, x.rank, x.value, x.time, x.line)


def shared(*formulas: Expr) -> tuple[Expr, ...]:
    """The same formulas with equal parts as one object, so that an `Evaluator` computes them once.

    Examples
    --------
    >>> from fa_theory.conjectures import Run
    >>> run = Run(steps=1)
    >>> u, v = shared(run.eta * run.lam, run.eta * run.p)
    >>> u.args[0] is v.args[0]
    True
    """
    known: dict[object, Expr] = {}
    seen: dict[int, Expr] = {}

    def share(x: Expr) -> Expr:
        if id(x) not in seen:
            args = tuple(share(arg) for arg in x.args)
            key = (x.op, tuple(id(arg) for arg in args), x.rank, x.value, x.time)
            seen[id(x)] = args[0] if x.op == "named" else known.setdefault(key, _again(x, *args))
        return seen[id(x)]

    return tuple(share(x) for x in formulas)
