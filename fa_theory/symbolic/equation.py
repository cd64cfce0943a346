"""Equations that may be used from left to right: definitions, hypotheses, and conclusions already derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import sympy

from fa_theory.errors import InputError

from .notation import Expr, Norm, OperatorNorm, tau


@dataclass(frozen=True)
class Equation:
    """``left = right``, where ``left`` is a symbol, or an entry of a tensor at free indices.

    Attributes
    ----------
    left
        For instance ``e[i]``; its indices are placeholders for any indices.
    right
        What stands for it; it has no free indices that ``left`` has not.
    words
        What the equation is, for a reader: ``"definition of the error"``.

    Raises
    ------
    InputError
        If ``left`` cannot be replaced, or ``right`` has an index that ``left`` does not bind.

    Examples
    --------
    >>> from fa_theory.symbolic.notation import X, i, j, k, total
    >>> K = sympy.IndexedBase("K")
    >>> Equation(K[i, j], total(X[i, k] * X[j, k], k), "definition of K").head
    'K'
    """

    left: Expr
    right: Expr
    words: str

    def __post_init__(self) -> None:
        if isinstance(self.left, sympy.Indexed):
            if len(set(self.indices)) < len(self.indices):
                raise InputError(f"the left side {self.left} of “{self.words}” repeats an index; use distinct ones")
        elif not isinstance(self.left, sympy.Symbol):
            raise InputError(f"the left side of “{self.words}” must be a symbol or a tensor entry but is {self.left}")
        loose = free_indices(self.right) - set(self.indices)
        if loose:
            raise InputError(f"“{self.words}” has {sorted(map(str, loose))} free on the right but not on the left")
        if tau in self.right.free_symbols:
            raise InputError(f"“{self.words}” mentions tau outside of rate(...); a rule must not vary along a curve")

    @cached_property
    def head(self) -> str:
        """Name of the symbol or tensor that is replaced."""
        return head(self.left)

    @property
    def indices(self) -> tuple[sympy.Idx, ...]:
        """The free indices of the left side."""
        return tuple(self.left.indices) if isinstance(self.left, sympy.Indexed) else ()


def head(atom: Expr) -> str:
    """Name of a symbol, or of the tensor an entry belongs to."""
    return str((atom.base.label if isinstance(atom, sympy.Indexed) else atom).name)


@cache
def free_indices(expr: Expr) -> frozenset[sympy.Idx]:
    """The indices that no sum and no norm in the formula binds."""
    if isinstance(expr, sympy.Idx):
        return frozenset((expr,))
    if isinstance(expr, sympy.Sum):
        return free_indices(expr.function) - set(expr.variables)
    inner = frozenset[sympy.Idx]().union(*(free_indices(part) for part in expr.args))
    return inner - set(expr.args[1:]) if isinstance(expr, Norm | OperatorNorm) else inner


def heads(expr: Expr) -> set[str]:
    """Names of all symbols and tensors that occur in a formula."""
    if isinstance(expr, sympy.Indexed | sympy.Symbol):
        return {head(expr)}
    if isinstance(expr, sympy.Idx):
        return set()
    return set[str]().union(*(heads(part) for part in expr.args))


def by_head(rules: Iterable[Equation]) -> Mapping[str, Equation]:
    """Index rules by what they replace.

    Raises
    ------
    InputError
        If two rules replace the same thing, or a rule leads back to itself. Rules without either fault can always
        be satisfied: choose values for whatever no rule replaces and compute the rest. So no set of definitions
        and hypotheses that passes here is contradictory.
    """
    table: dict[str, Equation] = {}
    for rule in rules:
        if table.setdefault(rule.head, rule) != rule:
            raise InputError(f"“{rule.words}” and “{table[rule.head].words}” both say what {rule.head} is; use one")

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise InputError(f"circular definitions: {' → '.join((*path, name))}")
        if name in table:
            for part in sorted(heads(table[name].right)):
                visit(part, (*path, name))

    for name in table:
        visit(name, ())
    return table
