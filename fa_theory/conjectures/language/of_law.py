"""Means, variances, quantiles and probabilities under the distribution of a domain, as numbers in formulas.

A statement with such numbers is about the distribution. It is settled by draws and confidence intervals, so its verdict
is never above ``supported``.
"""

from __future__ import annotations

from typing import NamedTuple

from fa_theory.errors import InputError

from .expression import Expr, Statement, formula, node, parts, where

SIZES = ("n", "d", "p", "k", "steps", "eta", "lam")


class LawFunctional(NamedTuple):
    """A number that belongs to a distribution.

    Attributes
    ----------
    kind
        ``mean``, ``variance``, ``quantile`` or ``probability``.
    level
        Of a quantile.
    strict
        Of a probability: whether the margin must be > 0.
    at
        Sizes and parameters that replace those of the domain.
    """

    kind: str
    level: float
    strict: bool
    at: tuple[tuple[str, object], ...]

    def __str__(self) -> str:
        name = f"{self.level:g}-quantile" if self.kind == "quantile" else self.kind
        return name + (f" at {', '.join(f'{size} = {value}' for size, value in self.at)}" if self.at else "")


def _of_law(kind: str, quantity: object, at: dict[str, object], level: float = 0.0) -> Expr:
    strict = isinstance(quantity, Statement) and quantity.strict
    body = quantity.margin if isinstance(quantity, Statement) else formula(quantity)
    if body.rank:
        raise InputError(f"{where()}: {kind} takes a number, not a vector or a matrix")
    if any(part.op == "of_law" for part in parts(body)):
        raise InputError(f"{where()}: means, quantiles and probabilities cannot be nested")
    for name in at:
        if name not in SIZES:
            raise InputError(f"{where()}: {kind} can be taken at {', '.join(SIZES)}, not at {name!r}")
    return node("of_law", body, rank=0, value=LawFunctional(kind, level, strict, tuple(at.items())))


def expectation(quantity: object, **at: object) -> Expr:
    """The mean of a number under the distribution of the domain, given the hypotheses.

    Parameters
    ----------
    quantity
        A number.
    at
        Sizes and parameters in place of those of the domain: ``expectation(q, p=64)``.

    Examples
    --------
    >>> from fa_theory.conjectures import Run
    >>> run = Run(steps=1)
    >>> (expectation(run[1].loss) <= expectation(run[0].loss)).relation
    'le'
    """
    return _of_law("mean", quantity, at)


def variance(quantity: object, **at: object) -> Expr:
    """The variance of a number under the distribution of the domain, given the hypotheses; see `expectation`."""
    return _of_law("variance", quantity, at)


def quantile(quantity: object, level: float, **at: object) -> Expr:
    """The quantile of a number at a level between 0 and 1, such as 0.5 for the median; see `expectation`.

    A run that overflows counts as an infinite number.
    """
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise InputError(f"{where()}: a quantile has a level between 0 and 1, not {level!r}")
    return _of_law("quantile", quantity, at, float(level))


def probability(statement: object, **at: object) -> Expr:
    """The probability of a statement under the distribution of the domain, given the hypotheses; see `expectation`.

    A statement about a run that overflows counts as false, unless it holds there.
    """
    return _of_law("probability", statement, at)
