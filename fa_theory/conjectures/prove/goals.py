"""What has to be proved: one formula after the other that is ≥ 0, > 0 or = 0, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fa_theory.conjectures.language.expression import Expr, Statement


@dataclass(frozen=True, eq=False)
class Goal:
    """``x ≥ 0`` (``ge``), ``x > 0`` (``gt``) or ``x = 0`` (``eq``), entry by entry; x may speak of any step t."""

    relation: str
    x: Expr


def goals(statement: Expr | Statement) -> Iterator[Goal]:
    """The goals that together say what a statement says; one about every step of a run without steps is true.

    Parameters
    ----------
    statement
        Of a conjecture; a formula on its own is meant to be ≥ 0.
    """
    if isinstance(statement, Expr):
        yield from _opened("ge", statement)
    elif statement.relation == "eq":
        yield Goal("eq", statement.right - statement.left)
    else:
        yield from _compared("gt" if statement.strict else "ge", statement.left, statement.right)


def _compared(relation: str, left: Expr, right: Expr) -> Iterator[Goal]:
    """``left ≤ right``, where the largest entry is at most what all are."""
    low, high = _bare(left), _bare(right)
    if low.op == "const" and low.value == 0:
        yield from _opened(relation, right)
    elif low.op in ("largest", "max") and right.rank == 0:
        for arg in low.args:
            yield from _compared(relation, arg, right)
    elif high.op in ("smallest", "min") and left.rank == 0:
        for arg in high.args:
            yield from _compared(relation, left, arg)
    else:
        yield Goal(relation, right - left)


def _bare(x: Expr) -> Expr:
    while x.op == "named":
        x = x.args[0]
    return x


def _opened(relation: str, x: Expr) -> Iterator[Goal]:
    """A minimum is ≥ 0 exactly where everything it is taken of is."""
    x = _bare(x)
    if x.op == "least_over_time":
        yield from _opened(relation, x.args[0])
    elif x.op in ("smallest", "min"):
        for arg in x.args:
            yield from _opened(relation, arg)
    elif x.op == "sub":
        yield from _compared(relation, x.args[1], x.args[0])
    elif x.op == "neg" and _bare(x.args[0]).op == "largest":
        inside = _bare(_bare(x.args[0]).args[0])
        if inside.op == "abs" and relation == "ge":
            yield Goal("eq", inside.args[0])
        else:
            yield from _opened(relation, -inside)
    else:
        yield Goal(relation, x)
