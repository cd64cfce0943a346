"""Second check: evaluate both sides exactly, in rational numbers, at random integer points.

This module shares no code with SymPy's simplifier or with `fa_theory.symbolic.normal`: it walks the expression tree
and computes with `fractions.Fraction`. At fixed sizes two sides differ by a polynomial in the entries. If it is not the
zero polynomial and has degree ≤ D, it vanishes at a point drawn uniformly from ``{1, …, N}^m`` with probability at
most D/N (Schwartz 1980, Zippel 1979), so independent points leave at most ``(D/N)^points``. The widths are squares,
which makes √p rational. Expectations are exact averages over a finite probability space. ψ, ψ', |·| and norms are
unknown functions: each new argument gets a fresh random value. Two arguments that differ as polynomials may collide by
chance; the bound includes that.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .equation import Equation, by_head, free_indices, heads
from .notation import SIZES, Expr, lam, size
from .place import N, Place

POINTS = 2
SIZES_TRIED: tuple[tuple[int, int, int], ...] = ((1, 1, 1), (1, 2, 4), (2, 1, 4), (3, 2, 1), (2, 2, 9))
"""The (n, d, p) at which identities are evaluated, the degenerate ones among them."""


@dataclass(frozen=True)
class ExactResult:
    """What exact evaluation found.

    Attributes
    ----------
    ok
        No difference at any size and point.
    degree
        Upper bound on the degree of the difference.
    error_probability
        Upper bound on the probability, for any one size, that a false identity passes.
    counterexample
        The first size at which the sides differ, in words, or "".
    """

    ok: bool
    degree: int
    error_probability: float
    counterexample: str = ""


def agree(
    left: Expr,
    right: Expr,
    using: Iterable[Equation] = (),
    *,
    seed: int = 0,
    points: int = POINTS,
    sizes: Any = SIZES_TRIED,
) -> ExactResult:
    """Compare two formulas at random integer points, for every value of their free indices.

    If λ occurs, every size gets one more point with λ = 0, the degenerate case of no regularisation; it is not
    counted in the bound.

    Parameters
    ----------
    left, right
        The formulas.
    using
        Equations that define some of their symbols; all other symbols get random values.
    seed
        Where the random points come from.
    points
        Number of random points per size.
    sizes
        The triples (n, d, p); where √p occurs, p must be a square.

    Raises
    ------
    InputError
        If a formula has a part that cannot be evaluated exactly, such as √p at p = 2.

    Examples
    --------
    >>> from fa_theory.symbolic.notation import y, i, j, total
    >>> square = total(y[i], i) ** 2
    >>> agree(square, total(y[i] * y[j], i, j)).ok
    True
    >>> wrong = agree(square, total(y[i] ** 2, i))
    >>> wrong.ok, wrong.counterexample
    (False, 'the sides differ at n=2, d=1, p=4')
    """
    rules = by_head(using)
    free = sorted(free_indices(left) | free_indices(right), key=str)
    regularised = any(lam.name in heads(side) for side in (left, right, *(rule.right for rule in rules.values())))
    degree, chance = 0, 0.0
    for dimensions in sizes:
        for point in range(points + regularised):
            place = Place(dict(zip(SIZES, dimensions, strict=True)), rules, (seed, str(point)), no_lam=point == points)
            for values in itertools.product(*(range(place.sizes[size(index)]) for index in free)):
                scope = dict(zip(free, values, strict=True))
                if place.value(left, scope) != place.value(right, scope):
                    n, d, p = dimensions
                    where = f"the sides differ at n={n}, d={d}, p={p}"
                    return ExactResult(False, degree, 1.0, where + (", λ=0" if place.no_lam else ""))
            degree = max(degree, place.degree(left), place.degree(right))
            chance = max(chance, (degree + place.collisions()) / N)
    return ExactResult(True, degree, min(1.0, chance**points))
