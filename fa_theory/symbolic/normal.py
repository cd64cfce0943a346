"""First check: a normal form for polynomials in tensor entries with sums of symbolic length.

A formula is multiplied out into a list of terms ``coefficient · powers of scalars · Σ_{bound indices} Π entries``. Each
rewriting is an identity for all n, d, p ≥ 1:

* products distribute over sums, and bound indices may be renamed;
* a sum over an index that does not occur multiplies by the size of its range;
* ``Σ_j δ_ij a_j = a_i`` and ``δ_ii = 1``;
* ``p^a p^b = p^{a+b}``, since p > 0;
* equal arguments give equal values of ψ, ψ', ‖·‖, so these are entries of a tensor named by the normal form of their
  argument, and nothing else about them is used.

Therefore **equal normal forms imply equal formulas, for all sizes**. The converse may fail; a step is then
refused although it is true, which is the safe side. No SymPy simplification is used; `rate` alone asks SymPy to
differentiate.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction

import sympy

from fa_theory.errors import InputError

from .equation import Equation, by_head, free_indices, head
from .moments import expectation
from .notation import Expr, Mean, Norm, OperatorNorm, size, tau
from .term import Label, SumTerm, canonical

Scope = Mapping[sympy.Idx, Label]
NormalForm = dict[str, Fraction]
"""Canonical term → coefficient; terms with coefficient 0 are left out."""


def normal_form(expr: Expr, using: Iterable[Equation] = ()) -> NormalForm:
    """Multiply a formula out and name its bound indices canonically, after replacing what the rules define.

    Raises
    ------
    InputError
        If the formula is not a polynomial in tensor entries and scalars (and powers of single symbols).

    Examples
    --------
    >>> from fa_theory.symbolic.notation import X, y, i, j, k, h, n, total
    >>> normal_form(total(y[i], i) ** 2 - total(y[i] * y[j], i, j))
    {}
    >>> normal_form(total(y[j], i, j))
    {'n^1 sum(n:1) y[n:#0]': Fraction(1, 1)}
    """
    result: NormalForm = defaultdict(Fraction)
    for term in _Expansion(by_head(using)).terms(expr, {index: _free(index) for index in free_indices(expr)}):
        result[canonical(term)] += term.coefficient
    return {key: result[key] for key in sorted(result) if result[key]}


def _free(index: sympy.Idx) -> Label:
    return str(size(index)), str(index.label)


class _Expansion:
    def __init__(self, rules: Mapping[str, Equation]) -> None:
        self.rules = rules
        self.fresh = itertools.count()
        self.means = 0

    def terms(self, expr: Expr, scope: Scope) -> list[SumTerm]:
        match expr:
            case sympy.Rational():
                return [SumTerm(Fraction(int(expr.p), int(expr.q)))] if expr else []
            case sympy.Symbol() | sympy.Indexed():
                return self.entry(expr, scope)
            case sympy.Add():
                return [term for part in expr.args for term in self.terms(part, scope)]
            case sympy.Mul():
                return self.product(self.terms(part, scope) for part in expr.args)
            case sympy.Pow():
                return self.power(expr.base, expr.exp, scope)
            case sympy.Sum():
                return self.sum(expr, scope)
            case sympy.Subs():
                return self.terms(_differentiated(expr), scope)
            case sympy.Function() | Norm() | OperatorNorm():
                return [self.unknown(expr, scope)]
            case Mean():
                return self.mean(expr, scope)
        raise InputError(f"cannot bring {expr} to normal form: {type(expr).__name__} is not known to it")

    def entry(self, atom: Expr, scope: Scope) -> list[SumTerm]:
        labels = tuple(scope[index] for index in atom.indices) if isinstance(atom, sympy.Indexed) else ()
        rule = self.rules.get(head(atom))
        if rule is not None:
            return self.terms(rule.right, dict(zip(rule.indices, labels, strict=True)))
        return [SumTerm(factors=((head(atom), labels),)) if labels else SumTerm(powers={atom.name: sympy.S.One})]

    def product(self, parts: Iterable[list[SumTerm]]) -> list[SumTerm]:
        product = [SumTerm()]
        for part in parts:
            product = [a * b for a in product for b in part]
        return product

    def power(self, base: Expr, exponent: Expr, scope: Scope) -> list[SumTerm]:
        if isinstance(base, sympy.Symbol) and base.name not in self.rules:
            if not (base.is_positive or (exponent.is_integer and exponent.is_nonnegative)):
                raise InputError(f"{base}**({exponent}) needs a base that is declared positive")
            return [SumTerm(powers={base.name: exponent})]
        if not (exponent.is_Integer and exponent > 0):
            raise InputError(f"{base}**({exponent}) is not polynomial; only single symbols may have such exponents")
        # Each copy is expanded anew, so that each gets bound indices of its own.
        return self.product(self.terms(base, scope) for _ in range(int(exponent)))

    def sum(self, expr: sympy.Sum, scope: Scope) -> list[SumTerm]:
        for index, low, high in expr.limits:
            if (low, high) != (index.lower, index.upper):
                raise InputError(f"{expr} does not run over the whole range of {index}; build it with total(...)")
        bound = {index: (str(size(index)), f"#{next(self.fresh)}") for index in expr.variables}
        sums = SumTerm(bound=tuple(bound.values()))
        return [sums * term for term in self.terms(expr.function, {**scope, **bound})]

    def mean(self, expr: Mean, scope: Scope) -> list[SumTerm]:
        standard, varying = ({str(base.label) for base in bases} for bases in expr.args[1:])
        self.means += 1
        inside = self.terms(expr.args[0], scope)
        self.means -= 1
        return [part for term in inside for part in expectation(term, standard, varying)]

    def unknown(self, expr: Expr, scope: Scope) -> SumTerm:
        if self.means:
            raise InputError(f"cannot take the expectation of {expr}: it is not a polynomial in random entries")
        # The value depends on the free indices and on the shape of the argument: a tensor entry.
        own = expr.args[1:] if isinstance(expr, Norm | OperatorNorm) else ()
        outer = sorted(free_indices(expr), key=lambda index: (scope[index][0], str(index.label)))
        shape: NormalForm = defaultdict(Fraction)
        inside: dict[sympy.Idx, Label] = {index: (_free(index)[0], f"arg{m}") for m, index in enumerate(outer)}
        inside.update({index: (_free(index)[0], f"own{m}") for m, index in enumerate(own)})
        for term in self.terms(expr.args[0], inside):
            shape[canonical(term)] += term.coefficient
        text = " + ".join(f"{shape[key]} {key}" for key in sorted(shape) if shape[key])
        return SumTerm(factors=((f"{type(expr).__name__}({text})", tuple(scope[index] for index in outer)),))


def _differentiated(expr: sympy.Subs) -> Expr:
    curve, variable, at = expr.args
    if (tuple(variable), tuple(at)) != ((tau,), (0,)) or not isinstance(curve, sympy.Derivative):
        raise InputError(f"{expr} is not a rate; build it with rate(...)")
    return curve.expr.diff(tau).xreplace({tau: sympy.S.Zero})
