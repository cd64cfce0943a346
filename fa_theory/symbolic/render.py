"""Formulas as LaTeX and as plain text: what is printed is the very expression that was checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy
from sympy.core.mul import Mul

from .notation import Expr, Mean, Norm, OperatorNorm, tau
from .style import GREEK, Latex, Style, Text, split

ORDER = ("beta", "b", "W", "Psi", "s", "D", "", "G", "H", "K", "X", "v", "e", "y")
"""The order in which entries are written inside a product."""


def latex(expr: Expr) -> str:
    r"""Render a formula as LaTeX.

    Examples
    --------
    >>> from fa_theory.symbolic.notation import Psi, beta, eta, i, lam, p, r, total, y
    >>> latex(total(beta[r] * Psi[i, r], r) / sympy.sqrt(p) - y[i])
    '\\frac{1}{\\sqrt{p}} \\sum_{r} \\beta_{r} \\Psi_{ir} - y_{i}'
    """
    return _Printer(Latex()).sum(expr)


def text(expr: Expr) -> str:
    """Render a formula as plain text.

    Examples
    --------
    >>> from fa_theory.symbolic.notation import e, eta, i, lam, y
    >>> text((1 - eta * lam) * e[i] - eta * lam * y[i])
    '(1 − η λ) e_i − η λ y_i'
    """
    return _Printer(Text()).sum(expr)


@dataclass(frozen=True)
class _Printer:
    style: Style

    def sum(self, expr: Expr) -> str:
        """A formula that stands where a sum needs no parentheses."""
        parts = [self.signed(term) for term in (_in_order(expr.args) if isinstance(expr, sympy.Add) else [expr])]
        text = (self.style.minus() if parts[0][0] else "") + parts[0][1]
        for negative, body in parts[1:]:
            text += f" {self.style.minus() if negative else '+'} {body}"
        return text

    def signed(self, term: Expr) -> tuple[bool, str]:
        coefficient, rest = term.as_coeff_Mul() if not isinstance(term, sympy.Add) else (sympy.S.One, term)
        if coefficient.is_negative:
            return True, self.product(rest if coefficient == -1 else Mul(-coefficient, *Mul.make_args(rest)))
        return False, self.product(term)

    def product(self, expr: Expr) -> str:
        above: list[Expr] = []
        below: list[Expr] = []
        rest: list[Expr] = []
        for factor in Mul.make_args(expr):
            base, exponent = factor.as_base_exp()
            if isinstance(factor, sympy.Rational):
                above += [sympy.Integer(factor.p)] if factor.p != 1 else []
                below += [sympy.Integer(factor.q)] if factor.q != 1 else []
            elif isinstance(base, sympy.Symbol) and exponent.is_Rational and exponent < 0:
                below.append(base**-exponent)
            else:
                (above if isinstance(base, sympy.Symbol) else rest).append(factor)
        if not below:
            return " ".join(self.factors(above + rest)) or "1"
        prefix = self.style.fraction(" ".join(self.factors(above)) or "1", " ".join(self.factors(below)))
        return " ".join([prefix, *self.factors(rest)])

    def factors(self, factors: Sequence[Expr]) -> list[str]:
        """Scalars, then brackets, entries, norms, and sums last; only the very last sum needs no parentheses."""
        ordered = sorted(factors, key=lambda factor: (_kind(factor), _place(factor), str(factor)))
        return [self.factor(factor, last=factor is ordered[-1], alone=len(ordered) == 1) for factor in ordered]

    def factor(self, expr: Expr, last: bool = False, alone: bool = False) -> str:
        match expr:
            case sympy.Add():
                return self.style.group(self.sum(expr))
            case sympy.Sum():
                body = expr.function
                inside = self.style.sum(
                    self.indices(expr.variables), self.factor(body) if isinstance(body, sympy.Add) else self.sum(body)
                )
                return inside if last else self.style.group(inside)
            case sympy.Subs():
                return self.style.rate(self.style.group(self.sum(expr.args[0].expr)))
            case sympy.Pow():
                if expr.exp == sympy.Rational(1, 2):
                    return self.style.root(self.sum(expr.base))
                return self.style.power(self.factor(expr.base), self.sum_of_exponent(expr.exp))
            case Mean():
                return self.style.mean(self.style.group(self.sum(expr.args[0])))
            case Norm() | OperatorNorm():
                return self.style.norm(self.vector(expr))
            case sympy.Function():
                if isinstance(expr, sympy.Abs):
                    return self.style.absolute(self.sum(expr.args[0]))
                name = {"psi": "psi", "dpsi": "psi'"}.get(type(expr).__name__, type(expr).__name__)
                return self.style.name(name) + self.style.group(self.sum(expr.args[0]))
            case sympy.Indexed():
                return self.style.name(str(expr.base.label), self.indices(expr.indices))
            case sympy.Symbol():
                return self.style.name(expr.name)
            case sympy.Rational():
                return str(expr)
        return self.style.group(self.sum(expr))

    def vector(self, expr: Expr) -> str:
        """The inside of a norm; a bare entry is printed as the vector or matrix it belongs to."""
        inside, *own = expr.args
        if not isinstance(inside, sympy.Indexed):
            return self.sum(inside)
        name = str(inside.base.label)
        if set(inside.indices) <= set(own):
            return self.style.name(name)
        return self.style.name(name, "".join("·" if index in own else str(index.label) for index in inside.indices))

    def sum_of_exponent(self, exponent: Expr) -> str:
        number, symbols = exponent.as_coeff_Add()
        if not symbols or not number:
            return str(exponent) if not symbols else self.sum(exponent)
        return self.sum(symbols) + (f"+{number}" if number > 0 else str(number))

    def indices(self, indices: Sequence[sympy.Idx]) -> str:
        return "".join(str(index.label) for index in indices)


def _kind(factor: Expr) -> int:
    base = factor.base if isinstance(factor, sympy.Pow) else factor
    order = (sympy.Rational, sympy.Symbol, sympy.Add, sympy.Indexed, sympy.Function, OperatorNorm, Norm, sympy.Sum)
    return next((place for place, kind in enumerate(order) if isinstance(base, kind)), len(order))


def _place(factor: Expr) -> int:
    """Entries in the order of `ORDER`; Greek scalars before small letters before capitals."""
    base = factor.base if isinstance(factor, sympy.Pow) else factor
    if isinstance(base, sympy.Symbol):
        stem = split(base.name)[0]
        return 0 if stem in GREEK else 1 if stem.islower() else 2
    stem = split(str(base.base.label))[0] if isinstance(base, sympy.Indexed) else ""
    return ORDER.index(stem) if stem in ORDER else ORDER.index("")


def _in_order(terms: Sequence[Expr]) -> list[Expr]:
    """Positive terms first, then those with fewer sums, then shorter ones: a fixed order that reads well."""

    def key(term: Expr) -> tuple[bool, int, int, int, str]:
        negative = bool(term.as_coeff_Mul()[0].is_negative)
        sums = sum(1 for part in sympy.preorder_traversal(term) if isinstance(part, sympy.Sum))
        return negative, sums, term.count(tau), len(str(term)), str(term)

    return sorted(terms, key=key)
