"""One point of the exact check: a value for every entry, and the value of every formula there."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from fa_theory.errors import InputError
from fa_theory.seeds import generator

from .dual import Dual
from .equation import Equation, free_indices, head
from .notation import SIZES, Expr, Mean, Norm, OperatorNorm, lam, size, tau

N = 2**61
"""Entries are drawn uniformly from {1, …, N}."""
KINDS = 2
"""Expectations: each neuron is one of this many random kinds, equally likely."""
STANDARD_LAW = ((-2, Fraction(1, 5)), (Fraction(1, 2), Fraction(4, 5)))
"""A skewed law with mean 0 and variance 1: value, probability."""
LARGEST_EXPONENT = 5
"""Symbols that are integers (number of steps t) are drawn from {0, …, 5}."""

Value = Any
"""An int, a Fraction, or a Dual of these."""


class Place:
    """One point: sizes, and a random integer for every entry and scalar that no rule defines."""

    def __init__(
        self, sizes: Mapping[Expr, int], rules: Mapping[str, Equation], address: tuple[int, str], no_lam: bool = False
    ) -> None:
        self.sizes = sizes
        self.rules = rules
        self.address = address
        self.no_lam = no_lam
        self._entries: dict[tuple[Any, ...], Value] = {}
        self._unknown: dict[tuple[Any, ...], int] = {}
        self._drawn: dict[str, Any] = {}
        self._standard: Mapping[str, tuple[Value, ...]] = {}
        self._varying: Mapping[str, tuple[int, ...]] = {}
        self._means: dict[tuple[Any, ...], Value] = {}
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
            case Mean():
                at = tuple(scope[index] for index in sorted(free_indices(expr), key=str))
                if (expr, at) not in self._means:
                    self._means[expr, at] = self._mean(expr, scope)
                return self._means[expr, at]
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
            elif name in self._standard:
                (neuron,) = at
                entry = self._standard[name][neuron]
            elif name in self._varying:
                entry = self._random_entry(name, indices, at)
            else:
                entry = self._draw(f"{name}:{len(at)}", at, tuple(self.sizes[size(index)] for index in indices))
            self._entries[name, at] = entry
        return self._entries[name, at]

    def _mean(self, expr: Mean, scope: Mapping[Any, Any]) -> Value:
        formula, *random = expr.args
        standard, varying = ([str(base.label) for base in bases] for bases in random)
        kinds = [(kind, Fraction(1, KINDS)) for kind in range(KINDS)]
        # One law per standard tensor, and one for all varying tensors together: the kind of the neuron.
        laws: list[Any] = [STANDARD_LAW] * len(standard) + [kinds] * bool(varying)
        before = self._entries, self._standard, self._varying
        width = self.sizes[SIZES[2]]
        result: Value = 0
        for draws in itertools.product(*(itertools.product(law, repeat=width) for law in laws)):
            values = [tuple(value for value, _ in draw) for draw in draws]
            self._standard = dict(zip(standard, values, strict=False))
            self._varying = dict.fromkeys(varying, values[-1] if varying else ())
            self._entries = {}  # they are computed anew for every outcome
            chance = math.prod(chance for draw in draws for _, chance in draw)
            result = result + chance * self.value(formula, scope)
        self._entries, self._standard, self._varying = before
        return result

    def _random_entry(self, name: str, indices: tuple[Any, ...], at: tuple[int, ...]) -> Value:
        neurons = [place for place, index in enumerate(indices) if size(index) == SIZES[2]]
        if len(neurons) != 1:
            raise InputError(f"the random tensor {name} must have exactly one neuron index but has {len(neurons)}")
        (neuron,) = neurons
        kind = self._varying[name][at[neuron]]
        shape = tuple(KINDS if place == neuron else self.sizes[size(index)] for place, index in enumerate(indices))
        return self._draw(f"{name} by kind", (*at[:neuron], kind, *at[neuron + 1 :]), shape)

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
            case Mean():
                return self.degree(expr.args[0])
            case sympy.Subs():
                # Differentiating ψ(v) gives ψ'(v) v': one factor more, of the degree of v.
                curve = expr.args[0].expr
                return self.degree(curve) + sum(self.degree(call.args[0]) for call in curve.atoms(sympy.Function))
        return 1

    def collisions(self) -> int:
        """Expected number of equal arguments, times N: pairs of calls of unknown functions × degree of arguments."""
        return math.comb(self._calls, 2) * self._argument_degree
