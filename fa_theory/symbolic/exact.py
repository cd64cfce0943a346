"""Second check: evaluate both sides exactly, in rational numbers, at random integer points.

This module shares no code with SymPy's simplifier or with `fa_theory.symbolic.normal`: it walks the expression tree
and computes with `fractions.Fraction`. At fixed sizes two sides differ by a polynomial in the entries. If it is not the
zero polynomial and has degree ≤ D, it vanishes at a point drawn uniformly from ``{1, …, N}^m`` with probability at
most D/N (Schwartz 1980, Zippel 1979), so independent points leave at most ``(D/N)^points``. The widths are squares,
which makes √p rational. ψ, ψ' and norms are unknown functions: each new argument gets a fresh random value. Two
arguments that differ as polynomials may collide by chance; the bound includes that.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from fa_theory.errors import InputError
from fa_theory.seeds import generator

from .dual import Dual
from .notation import SIZES, Expr, Norm, OperatorNorm, lam, size, tau
from .rule import Rule, by_head, free_indices, head

N = 2**61
"""Entries are drawn uniformly from {1, …, N}."""
POINTS = 2
SIZES_TRIED: tuple[tuple[int, int, int], ...] = ((1, 1, 1), (1, 2, 4), (2, 1, 4), (3, 2, 1), (2, 2, 9))
"""The (n, d, p) at which identities are evaluated, the degenerate ones among them."""
LARGEST_EXPONENT = 5
"""Symbols that are integers (number of steps t) are drawn from {0, …, 5}."""

Value = Any
"""An int, a Fraction, or a Dual of these."""


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
    using: Iterable[Rule] = (),
    *,
    seed: int = 0,
    points: int = POINTS,
    sizes: Any = SIZES_TRIED,
) -> ExactResult:
    """Compare two formulas at random integer points, for every value of their free indices.

    At every size one more point has λ = 0, the degenerate case of no regularisation; it is not counted in the bound.

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
    degree, chance = 0, 0.0
    for dimensions in sizes:
        for point in range(points + 1):
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


class Place:
    """One point: sizes, and a random integer for every entry and scalar that no rule defines."""

    def __init__(
        self, sizes: Mapping[Expr, int], rules: Mapping[str, Rule], address: tuple[int, str], no_lam: bool = False
    ) -> None:
        self.sizes = sizes
        self.rules = rules
        self.address = address
        self.no_lam = no_lam
        self._entries: dict[tuple[Any, ...], Value] = {}
        self._unknown: dict[tuple[Any, ...], int] = {}
        self._drawn: dict[str, Any] = {}
        self._calls = 0
        self._argument_degree = 1
        self._degrees: dict[str, int] = {}

    def value(self, expr: Expr, scope: Mapping[Any, Any]) -> Value:
        """The value of a formula where the indices (and tau) have the given values."""
        match expr:
            case sympy.Rational():
                return int(expr.p) if expr.q == 1 else Fraction(int(expr.p), int(expr.q))
            case sympy.Symbol() | sympy.Indexed():
                return self._entry(expr, scope)
            case sympy.Add():
                return sum((self.value(part, scope) for part in expr.args[1:]), self.value(expr.args[0], scope))
            case sympy.Mul():
                return math.prod(
                    (self.value(part, scope) for part in expr.args[1:]), start=self.value(expr.args[0], scope)
                )
            case sympy.Pow():
                return self._power(self.value(expr.base, scope), self._exponent(expr.exp))
            case sympy.Sum():
                inner = dict(scope)
                result: Value = 0
                for values in itertools.product(*(range(self.sizes[size(index)]) for index in expr.variables)):
                    inner.update(zip(expr.variables, values, strict=True))
                    result = result + self.value(expr.function, inner)
                return result
            case sympy.Subs():
                # d/dτ at 0 is the ε-part at τ = 0 + 1ε.
                return Dual.of(self.value(expr.args[0].expr, {**scope, tau: Dual(0, 1)})).slope
            case sympy.Function():
                return self._call(type(expr).__name__, self.value(expr.args[0], scope), self.degree(expr.args[0]))
            case Norm() | OperatorNorm():
                own = expr.args[1:]
                grid = itertools.product(*(range(self.sizes[size(index)]) for index in own))
                entries = tuple(self.value(expr.args[0], {**scope, **dict(zip(own, at, strict=True))}) for at in grid)
                return self._call(type(expr).__name__, entries, self.degree(expr.args[0]))
        raise InputError(f"cannot evaluate {expr}: {type(expr).__name__} is not known to the exact check")

    def _entry(self, atom: Expr, scope: Mapping[Any, Any]) -> Value:
        if atom in scope:
            return scope[atom]
        if atom in self.sizes:
            return self.sizes[atom]
        name = head(atom)
        indices = atom.indices if isinstance(atom, sympy.Indexed) else ()
        at = tuple(scope[index] for index in indices)
        if name == "delta":
            return int(at[0] == at[1])
        if (name, at) not in self._entries:
            rule = self.rules.get(name)
            if rule is not None:
                entry = self.value(rule.right, dict(zip(rule.indices, at, strict=True)))
            elif atom == lam and self.no_lam:
                entry = 0
            else:
                entry = self._draw(f"{name}:{len(at)}", at, tuple(self.sizes[size(index)] for index in indices))
            self._entries[name, at] = entry
        return self._entries[name, at]

    def _draw(self, name: str, at: tuple[int, ...], shape: tuple[int, ...]) -> int:
        if name not in self._drawn:
            self._drawn[name] = generator(self.address[0], "symbolic", self.address[1], name).integers(
                1, N, size=shape, endpoint=True
            )
        return int(self._drawn[name][at])

    def _call(self, function: str, argument: Any, degree: int) -> Value:
        if isinstance(argument, Dual):
            slope = self._call(f"d{function}", argument.value, degree)
            return Dual(self._call(function, argument.value, degree), slope * argument.slope)
        self._calls += 1
        self._argument_degree = max(self._argument_degree, degree)
        if (function, argument) not in self._unknown:
            stream = self._drawn.setdefault(
                "unknown functions", generator(self.address[0], "functions", self.address[1])
            )
            self._unknown[function, argument] = int(stream.integers(1, N, endpoint=True))
        return self._unknown[function, argument]

    def _power(self, base: Value, exponent: Fraction) -> Value:
        if exponent.denominator == 2 and isinstance(base, int):
            root = math.isqrt(base)
            if root * root != base:
                raise InputError(f"√{base} is not rational; evaluate at widths that are squares: 1, 4, 9, …")
            base, exponent = root, exponent * 2
        if exponent.denominator != 1:
            raise InputError(f"cannot raise {base} to the power {exponent} exactly")
        whole = int(exponent)
        return base**whole if whole >= 0 else Fraction(1) / base**-whole

    def _exponent(self, expr: Expr) -> Fraction:
        """The value of an exponent: a rational, or made of integer symbols, which are small numbers."""
        if isinstance(expr, sympy.Symbol):
            draw = generator(self.address[0], "exponent", self.address[1], expr.name)
            return Fraction(int(draw.integers(0, LARGEST_EXPONENT, endpoint=True)))
        if isinstance(expr, sympy.Add):
            return sum((self._exponent(part) for part in expr.args), Fraction(0))
        if isinstance(expr, sympy.Mul):
            return math.prod((self._exponent(part) for part in expr.args), start=Fraction(1))
        return Fraction(int(expr.p), int(expr.q))

    def degree(self, expr: Expr) -> int:
        """Upper bound on the degree of a formula in everything that is drawn at random."""
        match expr:
            case sympy.Rational():
                return 0
            case sympy.Symbol() | sympy.Indexed():
                name = head(expr)
                if expr in self.sizes or name == "delta":
                    return 0
                if name in self.rules and name not in self._degrees:
                    self._degrees[name] = self.degree(self.rules[name].right)
                return self._degrees.get(name, 1)
            case sympy.Add():
                return max(self.degree(part) for part in expr.args)
            case sympy.Mul():
                return sum(self.degree(part) for part in expr.args)
            case sympy.Pow():
                return math.ceil(abs(self._exponent(expr.exp))) * self.degree(expr.base)
            case sympy.Sum():
                return self.degree(expr.function)
            case sympy.Subs():
                # Differentiating ψ(v) gives ψ'(v) v': one factor more, of the degree of v.
                curve = expr.args[0].expr
                return self.degree(curve) + sum(self.degree(call.args[0]) for call in curve.atoms(sympy.Function))
        return 1

    def collisions(self) -> int:
        """Expected number of equal arguments, times N: pairs of calls of unknown functions × degree of arguments."""
        return math.comb(self._calls, 2) * self._argument_degree
