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
        left, right = _bare(statement.left), statement.right
        gap = right if left.op == "const" and left.value == 0 else right - statement.left
        yield from _opened("gt" if statement.strict else "ge", gap)


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
    elif x.op == "neg" and _bare(x.args[0]).op == "largest":
        inside = _bare(_bare(x.args[0]).args[0])
        if inside.op == "abs" and relation == "ge":
            yield Goal("eq", inside.args[0])
        else:
            yield from _opened(relation, -inside)
    else:
        yield Goal(relation, x)
