"""Formulas multiplied out, entry by entry: equal texts mean equal formulas, for all sizes.

An entry of a formula becomes a sum of terms ``coefficient · powers of scalars · Σ_{bound indices} Π entries``, named by
`term.canonical`. What is not a polynomial (ψ, ψ', norms, eigenvalues, …) is an unknown function,
named by the terms of its argument: equal arguments give equal values, and only these facts are used besides:

* ψ(0) = 0 where that holds for all activations of the domain;
* ψ(z) = z and ψ' = 1 where the domain has linear networks only; ψ(z) = z ψ'(z) where all are homogeneous;
* ``‖c v‖ = |c| ‖v‖``, also for |·| and row norms, with c a product of numbers ≥ 0 and a sign;
* ``‖v‖² = Σ v²``, and the same for every row;
* ``Σ_t c f = c Σ_t f``.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.expression import Expr
from fa_theory.model.activations import activation

from .shapes import Axes, NotProvable, axes, square
from .term import Label, SumTerm, canonical

LARGEST = 3000
"""Terms of one formula, and ways to name the bound indices of one term; beyond, it is left alone."""
TERM, NAMING = 20.0, 12.0
"""Units of work (`effort`) for a formula or term, and for every way to name its bound indices."""
HOMOGENEOUS = ("norm", "row_norms", "abs")
Sum = dict[str, tuple[Fraction, SumTerm]]
"""A multiplied-out formula: canonical text → coefficient, and the term."""


class Entries:
    """Multiply formulas out; remembers what it has seen."""

    def __init__(self, activations: tuple[str, ...]) -> None:
        each = [activation(name) for name in activations]
        self.linear = set(activations) == {"linear"}
        self.homogeneous = all(psi.homogeneous for psi in each)
        self.fixes_zero = all(psi.fixes_zero for psi in each)
        self.fresh = itertools.count()
        self._normal: dict[tuple[int, tuple[Label, ...]], tuple[Sum, Expr]] = {}

    def normal(self, x: Expr, labels: tuple[Label, ...]) -> Sum:
        """The entry of ``x`` at these labels, multiplied out.

        Raises
        ------
        NotProvable
            If the axes do not agree by name or there are too many terms.
        """
        key = (id(x), labels)
        if key not in self._normal:
            found: Sum = {}
            for term in self.terms(x, labels):
                text = _text(term)
                coefficient = found[text][0] + term.coefficient if text in found else term.coefficient
                found[text] = (coefficient, term)
            self._normal[key] = {text: found[text] for text in sorted(found) if found[text][0]}, x
        return self._normal[key][0]

    def same(self, x: Expr, z: Expr) -> bool:
        """Whether both are formulas of the same axes that multiply out to the same."""
        if axes(x) != axes(z):
            return False
        at = own(axes(x))
        left, right = self.normal(x, at), self.normal(z, at)
        return {text: c for text, (c, _) in left.items()} == {text: c for text, (c, _) in right.items()}

    def terms(self, x: Expr, labels: tuple[Label, ...]) -> list[SumTerm]:
        """The terms of an entry, with bound indices that occur nowhere else."""
        found = self._terms(x, labels)
        if len(found) > LARGEST:
            raise NotProvable(f"line {x.line}: more than {LARGEST} terms")
        return found

    def _terms(self, x: Expr, labels: tuple[Label, ...]) -> list[SumTerm]:
        op, args = x.op, x.args
        effort.spend(TERM)
        match op:
            case "const":
                return [SumTerm(x.value)] if x.value else []
            case "leaf":
                if x.rank == 0:
                    return [SumTerm(powers={x.value: sympy.S.One})]
                return [SumTerm(factors=((x.value + (f"@{x.time}" if x.time else ""), labels),))]
            case "opaque":
                return [SumTerm(factors=((f"opaque{x.value[0]}", labels),))]
            case "add" | "sub":
                left, right = (self.terms(arg, _last(labels, arg.rank)) for arg in args)
                return left + (right if op == "add" else [_scaled(term, -1) for term in right])
            case "neg":
                return [_scaled(term, -1) for term in self.terms(args[0], labels)]
            case "mul":
                if args[0].op == "norm" and args[1].op == "norm" and self.same(args[0].args[0], args[1].args[0]):
                    return self._square(args[0].args[0])
                return self.product([self.terms(arg, _last(labels, arg.rank)) for arg in args])
            case "div":
                above = self.terms(args[0], _last(labels, args[0].rank))
                return self.product([above, self._inverse(args[1], _last(labels, args[1].rank))])
            case "pow":
                return self._power(args[0], x.value, labels)
            case "sqrt":
                return self._root(x, labels)
            case "transpose":
                return self.terms(args[0], labels[::-1])
            case "matmul":
                return self._matmul(x, labels)
            case "outer":
                axes(x)
                return self.product([self.terms(args[0], labels[:1]), self.terms(args[1], labels[1:])])
            case "total" | "mean":
                bound = self.bind(axes(args[0]))
                size = {name: sympy.Integer(-count) for name, count in Counter(axes(args[0])).items()}
                factor = SumTerm(bound=bound, powers=size if op == "mean" else {})
                return [factor * term for term in self.terms(args[0], bound)]
            case "trace":
                (label,) = self.bind((square(args[0]),))
                return [SumTerm(bound=(label,)) * term for term in self.terms(args[0], (label, label))]
            case "entry":
                at = tuple((name, f"={i}") for name, i in zip(axes(args[0]), x.value, strict=True))
                return self.terms(args[0], at)
            case "psi" | "slope" if self.linear:
                axes(x)
                return self.terms(args[0], labels) if op == "psi" else [SumTerm()]
            case "inner":
                bound = self.bind(axes(args[0]))
                product = self.product([self.terms(args[0], bound), self.terms(args[1], bound)])
                return [SumTerm(bound=bound) * term for term in product]
            case "psi" if self.fixes_zero and not self.normal(args[0], labels):
                return []
            case "psi" if self.homogeneous:
                return self.terms(args[0] * Expr("slope", args, x.rank, line=x.line), labels)
        return [self.unknown(x, labels)]

    def bind(self, names: Axes) -> tuple[Label, ...]:
        """New bound indices."""
        return tuple((name, f"#{next(self.fresh)}") for name in names)

    def product(self, parts: list[list[SumTerm]]) -> list[SumTerm]:
        """Multiply sums out."""
        if math.prod(len(part) for part in parts) > LARGEST:
            raise NotProvable(f"more than {LARGEST} terms")
        found = [SumTerm()]
        for part in parts:
            found = [a * b for a in found for b in part]
        return found

    def _matmul(self, x: Expr, labels: tuple[Label, ...]) -> list[SumTerm]:
        left, right = x.args
        axes(x)
        (bound,) = self.bind(axes(left)[-1:])
        rows = left.rank - 1
        parts = [self.terms(left, (*labels[:rows], bound)), self.terms(right, (bound, *labels[rows:]))]
        return [SumTerm(bound=(bound,)) * term for term in self.product(parts)]

    def _square(self, v: Expr) -> list[SumTerm]:
        bound = self.bind(axes(v))
        return [SumTerm(bound=bound) * term for term in self.product([self.terms(v, bound), self.terms(v, bound)])]

    def _row_squares(self, A: Expr, labels: tuple[Label, ...]) -> list[SumTerm]:
        (column,) = self.bind(axes(A)[1:])
        row = self.product([self.terms(A, (*labels, column)), self.terms(A, (*labels, column))])
        return [SumTerm(bound=(column,)) * term for term in row]

    def _power(self, x: Expr, exponent: int, labels: tuple[Label, ...]) -> list[SumTerm]:
        if exponent < 0:
            return self._inverse(Expr("pow", (x,), x.rank, -exponent, line=x.line), labels)
        if x.op == "norm" and exponent % 2 == 0:
            return self.product([self._square(x.args[0]) for _ in range(exponent // 2)])
        if x.op == "row_norms" and exponent % 2 == 0:
            return self.product([self._row_squares(x.args[0], labels) for _ in range(exponent // 2)])
        # each copy is multiplied out anew, so that each gets bound indices of its own
        return self.product([self.terms(x, labels) for _ in range(exponent)])

    def _inverse(self, x: Expr, labels: tuple[Label, ...]) -> list[SumTerm]:
        found = list(self.normal(x, labels).values())
        if len(found) == 1 and found[0][1].factors == () and not found[0][1].bound:
            coefficient, term = found[0]
            return [SumTerm(1 / coefficient, {name: -power for name, power in term.powers.items()})]
        return [self.unknown(Expr("inverse", (x,), x.rank, line=x.line), labels)]

    def _root(self, x: Expr, labels: tuple[Label, ...]) -> list[SumTerm]:
        found = list(self.normal(x.args[0], labels).values())
        if len(found) == 1 and found[0][1].factors == () and not found[0][1].bound and found[0][0] > 0:
            coefficient, term = found[0]
            above, below = math.isqrt(coefficient.numerator), math.isqrt(coefficient.denominator)
            if above * above == coefficient.numerator and below * below == coefficient.denominator:
                return [SumTerm(Fraction(above, below), {name: power / 2 for name, power in term.powers.items()})]
        return [self.unknown(x, labels)]

    def unknown(self, x: Expr, labels: tuple[Label, ...]) -> SumTerm:
        """A value of an unknown function, named by its arguments multiplied out."""
        axes(x)
        inside = tuple((name, f"arg{m}") for m, (name, _) in enumerate(labels))
        scale, texts = SumTerm(), []
        for arg in x.args:
            at = _last(inside, arg.rank) if x.rank or arg.rank == 0 else own(axes(arg))
            if x.op == "row_norms":
                at = (*inside, (axes(arg)[1], "own"))
            found = self.normal(arg, at)
            if x.op in HOMOGENEOUS or x.op == "sum_over_time":
                if not found:
                    return SumTerm(Fraction(0))
                scale, found = content(found)
                if x.op in HOMOGENEOUS:
                    scale = SumTerm(abs(scale.coefficient), scale.powers)
            # entries may not depend on an axis, but what runs over it does: ‖1‖ is √n or √p
            over = f" over {', '.join(axes(arg))}" if arg.rank > x.rank else ""
            texts.append(" + ".join(f"{c} {text}" for text, (c, _) in found.items()) + over)
        extra = "" if x.value is None else f"{x.value}; "
        return scale * SumTerm(factors=((f"{x.op}({extra}{'; '.join(texts)})", labels),))


def content(found: Sum) -> tuple[SumTerm, Sum]:
    """The scalar factor that all terms share, with the sign of the first term, and what is left.

    Scalars are numbers ≥ 0 (η, λ, sizes, T), so only the sign of the coefficient matters.
    """
    terms = [term for _, term in found.values()]
    names = {name for term in terms for name in term.powers}
    shared: Mapping[str, Any] = {
        name: min(term.powers.get(name, sympy.S.Zero) for term in terms) for name in sorted(names)
    }
    shared = {name: power for name, power in shared.items() if power != 0}
    first = next(iter(found.values()))[0]
    left = SumTerm(powers={name: -power for name, power in shared.items()})
    rest = [(coefficient / first, term * left) for coefficient, term in found.values()]
    return SumTerm(first, shared), {_text(term): (c, term) for c, term in sorted(rest, key=lambda pair: _text(pair[1]))}


def own(names: Axes) -> tuple[Label, ...]:
    """Labels for all axes of an argument."""
    return tuple((name, f"own{m}") for m, name in enumerate(names))


def _last(labels: tuple[Label, ...], rank: int) -> tuple[Label, ...]:
    return labels[len(labels) - rank :]


def _scaled(term: SumTerm, by: int) -> SumTerm:
    return SumTerm(term.coefficient * by, term.powers, term.factors, term.bound)


def _text(term: SumTerm) -> str:
    ways = math.prod(math.factorial(count) for count in Counter(name for name, _ in term.bound).values())
    if ways > LARGEST:
        raise NotProvable("too many sums in one term")
    effort.spend(TERM + NAMING * ways)
    return canonical(term)
