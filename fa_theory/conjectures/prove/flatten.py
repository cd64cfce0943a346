"""Formulas as polynomials over atoms: numbers such as ``‖e‖``, ``⟨e, Ge⟩``, η or an entry of Ψ.

Atoms are named by their entries multiplied out (`entries`), so two ways to write one number give one atom; and every
way is remembered, since the lemmas speak of what is written. Used here, besides the rules of `entries`:

* sums, means and traces are linear; ``Σ v² = ‖v‖²``, ``tr AAᵀ = ‖A‖²``, ``⟨u, v⟩`` is bilinear in numbers;
* ``‖u vᵀ‖ = ‖u‖ ‖v‖``, ``‖Aᵀ‖ = ‖A‖``, ``‖ |v| ‖ = ‖v‖``, ``‖c v‖ = |c| ‖v‖``; ``√(a²) = a`` for a ≥ 0;
* ``λ_min(cA) = c λ_min(A)`` for c ≥ 0, and the same for λ_max;
* ``x_i·x_i = 1`` on the sphere.

Division by a formula is only meant where it is not 0; `conditions` says where.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from fa_theory.conjectures.language.expression import Expr

from .bounds import EntryBounds
from .entries import Entries, Sum, content
from .polynomial import Monomial, Poly, atom, minus, number, plus, power, scaled, single, times
from .ranges import Range, above
from .shapes import NotProvable, axes, square
from .signs import of_sum
from .term import Label

HALF = Fraction(1, 2)


@dataclass(eq=False)
class Atom:
    """A number that formulas are made of: how it is bounded, and the ways it was written."""

    name: str
    bounds: Range
    size_of: str = ""
    """The atom whose absolute value it is."""
    written: list[tuple[Expr, tuple[Label, ...]]] = field(default_factory=list)


class Flatten:
    """From formulas to polynomials."""

    def __init__(self, bounds: EntryBounds, entries: Entries) -> None:
        self.bounds = bounds
        self.entries = entries
        self.atoms: dict[str, Atom] = {}
        self.conditions: dict[str, None] = {}
        self._known: dict[tuple[int, tuple[Label, ...]], tuple[Poly, Expr]] = {}

    def __call__(self, x: Expr, labels: tuple[Label, ...] = ()) -> Poly:
        """The entry of ``x`` at these labels."""
        key = (id(x), labels)
        if key not in self._known:
            self._known[key] = self._poly(x, labels), x
        return self._known[key][0]

    def _poly(self, x: Expr, labels: tuple[Label, ...]) -> Poly:
        args = x.args
        parts = [labels[len(labels) - arg.rank :] for arg in args]
        match x.op:
            case "const":
                return number(x.value)
            case "leaf" if x.rank == 0:
                return self.scalar(str(x.value))
            case "add":
                return plus(self(args[0], parts[0]), self(args[1], parts[1]))
            case "sub":
                return minus(self(args[0], parts[0]), self(args[1], parts[1]))
            case "neg":
                return scaled(self(args[0], labels), Fraction(-1))
            case "mul":
                return times(self(args[0], parts[0]), self(args[1], parts[1]))
            case "div":
                return times(self(args[0], parts[0]), self.inverse(args[1], parts[1]))
            case "pow" if x.value >= 0:
                return times(*[self(args[0], labels)] * x.value)
            case "pow":
                return times(*[self.inverse(args[0], labels)] * -x.value)
            case "transpose":
                return self(args[0], labels[::-1])
            case "outer":
                return times(self(args[0], labels[:1]), self(args[1], labels[1:]))
            case "entry":
                at = tuple((name, f"={i}") for name, i in zip(axes(args[0]), x.value, strict=True))
                return self(args[0], at)
            case "psi" if self.entries.linear:
                return self(args[0], labels)
            case "slope" if self.entries.linear:
                return number(Fraction(1))
            case "abs":
                return self.absolute(args[0], labels)
            case "sqrt":
                return self.root(x, labels)
            case "norm":
                return self.norm(args[0])
            case "row_norms" if self._unit_rows(args[0]):
                return number(Fraction(1))
            case "total":
                return self.total(args[0])
            case "mean":
                return times(self.total(args[0]), self.sizes(args[0], Fraction(-1)))
            case "matmul" | "inner" if x.rank == 0:
                return self.inner(*args)
            case "trace":
                return self.trace(args[0])
            case "eigmin" | "eigmax":
                return self.eigenvalue(x)
            case "max" | "min" if len(args) == 2:
                return self.extreme(x, labels, parts)
            case "log":
                self.conditions[f"the argument of the logarithm in line {x.line} is positive"] = None
        return self.atom(x, labels)

    def extreme(self, x: Expr, labels: tuple[Label, ...], parts: list[tuple[Label, ...]]) -> Poly:
        """A maximum or minimum; one of the two, if it is plain which."""
        left, right = (self(arg, at) for arg, at in zip(x.args, parts, strict=True))
        gap = self.range(minus(left, right))
        if gap.nonnegative or gap.is_nonpositive:
            return left if gap.nonnegative == (x.op == "max") else right
        return self.atom(x, labels)

    def scalar(self, name: str, exponent: Fraction = Fraction(1)) -> Poly:
        """A power of η, λ, n, d, p, k or T."""
        if name not in self.atoms:
            self.atoms[name] = Atom(name, self.bounds(Expr("leaf", (), 0, name)))
        return atom(name, exponent)

    def atom(self, x: Expr, labels: tuple[Label, ...]) -> Poly:
        """A formula as a multiple of an atom."""
        bounds = self.bounds(x)
        try:
            found: Sum = self.entries.normal(x, labels)
        except NotProvable:
            scale, name = number(Fraction(1)), f"{x.op} of line {x.line} #{id(x)} {labels}"
        else:
            if not found:
                return {}
            shared, left = content(found)
            scale = number(shared.coefficient)
            for size, exponent in shared.powers.items():
                scale = times(scale, self.scalar(size, Fraction(int(exponent.p), int(exponent.q))))
            if set(left) == {""}:
                return scale
            name = " + ".join(f"{c} {text}" for text, (c, _) in left.items())
            bounds = bounds * self._inverse_range(scale)
        known = self.atoms.setdefault(name, Atom(name, bounds))
        known.bounds = _both(known.bounds, bounds)
        if not any(x is other and labels == at for other, at in known.written):
            known.written.append((x, labels))
        return times(scale, atom(name))

    def _inverse_range(self, scale: Poly) -> Range:
        """Of 1/c, if c is never 0 by its range."""
        found = self.range(scale)
        return found.inverse() if found.positive or (-found).positive else Range()

    def range(self, x: Poly) -> Range:
        """Bounds of a polynomial from those of its atoms, term by term."""
        return of_sum(x, self.of)

    def of(self, name: str) -> Range:
        """Bounds of an atom."""
        return self.atoms[name].bounds

    def inverse(self, x: Expr, labels: tuple[Label, ...]) -> Poly:
        """``1/x``."""
        found = self(x, labels)
        if not self.range(found).positive and not (-self.range(found)).positive:
            self.conditions[f"the divisor in line {x.line} is not 0"] = None
        term = single(found)
        if term is None:
            return self.atom(Expr("inverse", (x,), x.rank, line=x.line), labels)
        self._nonzero(term[0])
        return {power(term[0], Fraction(-1)): 1 / term[1]}

    def _nonzero(self, m: Monomial) -> None:
        """Everything is said only where these atoms are not 0; those ≥ 0 are then > 0."""
        for name, exponent in m:
            own = self.atoms[name]
            if own.bounds.nonnegative and exponent > 0:
                own.bounds = Range(own.bounds.low, own.bounds.high, True)

    def absolute(self, x: Expr, labels: tuple[Label, ...]) -> Poly:
        """``|x|``."""
        found = self(x, labels)
        size = self.size(found)
        return self.atom(Expr("abs", (x,), x.rank, line=x.line), labels) if size is None else size

    def size(self, x: Poly) -> Poly | None:
        """``|x|``, or None if x is a sum of unknown sign."""
        if self.range(x).nonnegative:
            return x
        if self.range(x).is_nonpositive:
            return scaled(x, Fraction(-1))
        term = single(x)
        if term is None or any(e.denominator != 1 and not self.atoms[name].bounds.nonnegative for name, e in term[0]):
            return None
        product = number(abs(term[1]))
        for name, exponent in term[0]:
            even = exponent.denominator == 1 and exponent % 2 == 0
            if not even and not self.atoms[name].bounds.nonnegative:
                product = times(product, self.size_of(name, exponent))
            else:
                product = times(product, atom(name, exponent))
        return product

    def size_of(self, name: str, exponent: Fraction = Fraction(1)) -> Poly:
        """A power of the absolute value of an atom."""
        size = f"|{name}|"
        if size not in self.atoms:
            self.atoms[size] = Atom(size, self.atoms[name].bounds.absolute(), size_of=name)
        return atom(size, exponent)

    def root(self, x: Expr, labels: tuple[Label, ...]) -> Poly:
        """``√x``."""
        found = self(x.args[0], labels)
        if not self.range(found).nonnegative:
            self.conditions[f"the argument of the root in line {x.line} is not negative"] = None
        if not found:
            return {}
        term = single(found)
        if term is not None and term[1] > 0 and all(self.atoms[name].bounds.nonnegative for name, _ in term[0]):
            above, below = math.isqrt(term[1].numerator), math.isqrt(term[1].denominator)
            if Fraction(above**2, below**2) == term[1]:
                return {power(term[0], HALF): Fraction(above, below)}
        return self.atom(x, labels)

    def sizes(self, x: Expr, exponent: Fraction = Fraction(1)) -> Poly:
        """The number of entries, to a power."""
        found = number(Fraction(1))
        for name, count in Counter(axes(x)).items():
            found = times(found, self.scalar(name, exponent * count))
        return found

    def core(self, x: Expr) -> tuple[Poly, Expr]:
        """Numbers that multiply a whole vector or matrix, and the rest."""
        if x.op == "neg":
            scale, rest = self.core(x.args[0])
            return scaled(scale, Fraction(-1)), rest
        if x.op == "div" and x.args[1].rank == 0:
            scale, rest = self.core(x.args[0])
            return times(scale, self.inverse(x.args[1], ())), rest
        if x.op == "mul":
            for c, v in (x.args, x.args[::-1]):
                if c.rank == 0 < v.rank:
                    scale, rest = self.core(v)
                    return times(scale, self(c)), rest
        return number(Fraction(1)), x

    def norm(self, v: Expr) -> Poly:
        """``‖v‖``."""
        if v.rank == 0:
            return self.absolute(v, ())
        scale, rest = self.core(v)
        size = self.size(scale)
        if size is None:
            return self.atom(Expr("norm", (v,), 0, line=v.line), ())
        if rest.op in ("transpose", "abs"):
            return times(size, self.norm(rest.args[0]))
        if rest.op == "outer":
            return times(size, self.norm(rest.args[0]), self.norm(rest.args[1]))
        return times(size, self.atom(Expr("norm", (rest,), 0, line=v.line), ()))

    def total(self, x: Expr) -> Poly:
        """Sum of all entries."""
        if x.rank == 0:
            return self(x)
        scale, rest = self.core(x)
        if rest.op in ("add", "sub") and rest.args[0].rank == rest.args[1].rank:
            left, right = (self.total(arg) for arg in rest.args)
            return times(scale, plus(left, scaled(right, Fraction(1 if rest.op == "add" else -1))))
        if rest.op == "transpose":
            return times(scale, self.total(rest.args[0]))
        if rest.op == "pow" and rest.value == 2:
            return times(scale, self._norm_squared(rest.args[0]))
        if rest.op == "mul" and rest.args[0].rank == rest.args[1].rank:
            return times(scale, self.inner(*rest.args))
        return times(scale, self.atom(Expr("total", (rest,), 0, line=x.line), ()))

    def inner(self, u: Expr, v: Expr) -> Poly:
        """``⟨u, v⟩`` of vectors or matrices with the same axes."""
        if axes(u) != axes(v):
            raise NotProvable(f"line {u.line}: a product along different axes")
        (a, left), (c, right) = self.core(u), self.core(v)
        if self.bounds.same(left, right):
            return times(a, c, self._norm_squared(left))
        return times(a, c, self.atom(Expr("inner", (left, right), 0, line=u.line), ()))

    def _norm_squared(self, v: Expr) -> Poly:
        return times(*[self.norm(v)] * 2)

    def trace(self, A: Expr) -> Poly:
        """``tr A``."""
        scale, rest = self.core(A)
        if rest.op in ("add", "sub") and rest.args[0].rank == rest.args[1].rank:
            left, right = (self.trace(arg) for arg in rest.args)
            return times(scale, plus(left, scaled(right, Fraction(1 if rest.op == "add" else -1))))
        if rest.op == "matmul":
            return times(scale, self.inner(rest.args[0], Expr("transpose", (rest.args[1],), 2, line=A.line)))
        if rest.op == "outer":
            return times(scale, self.inner(*rest.args))
        square(rest)
        return times(scale, self.atom(Expr("trace", (rest,), 0, line=A.line), ()))

    def eigenvalue(self, x: Expr) -> Poly:
        """An extreme eigenvalue."""
        scale, rest = self.core(x.args[0])
        if rest.op == "transpose":
            rest = rest.args[0]
        bounds = self.range(scale)
        if bounds.nonnegative:
            return times(scale, self.atom(Expr(x.op, (rest,), 0, line=x.line), ()))
        if bounds.is_nonpositive:
            other = "eigmax" if x.op == "eigmin" else "eigmin"
            return times(scale, self.atom(Expr(other, (rest,), 0, line=x.line), ()))
        return self.atom(x, ())

    def _unit_rows(self, x: Expr) -> bool:
        return x.op == "leaf" and x.value == "X" and self.bounds.domain.inputs in ("sphere", "orthonormal")


def _both(a: Range, b: Range) -> Range:
    lows = [x for x in (a.low, b.low) if x is not None]
    highs = [x for x in (a.high, b.high) if x is not None]
    return above(max(lows, default=None), min(highs, default=None), a.positive or b.positive)
