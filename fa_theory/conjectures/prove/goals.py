"""What has to be proved: one formula after the other that is ≥ 0, > 0 or = 0, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fa_theory.conjectures.language.expression import Expr, Statement

from .shapes import NotProvable


@dataclass(frozen=True, eq=False)
class Goal:
    """``x ≥ 0`` (``ge``), ``x > 0`` (``gt``) or ``x = 0`` (``eq``), entry by entry; x may speak of any step t."""

    relation: str
    x: Expr


def goals(statement: Expr | Statement, *, steps: bool) -> Iterator[Goal]:
    """The goals that together say what a statement says.

    Parameters
    ----------
    statement
        Of a conjecture; a formula on its own is meant to be ≥ 0.
    steps
        Whether every run of the domain has a step; in one that has none, a minimum over the steps is 0.
    """
    if isinstance(statement, Expr):
        yield from _opened("ge", statement, steps)
    elif statement.relation == "eq":
        yield Goal("eq", statement.right - statement.left)
    else:
        left, right = _bare(statement.left), statement.right
        gap = right if left.op == "const" and left.value == 0 else right - statement.left
        yield from _opened("gt" if statement.strict else "ge", gap, steps)


def _bare(x: Expr) -> Expr:
    while x.op == "named":
        x = x.args[0]
    return x


def _opened(relation: str, x: Expr, steps: bool) -> Iterator[Goal]:
    """A minimum is ≥ 0 exactly where everything it is taken of is."""
    x = _bare(x)
    if x.op == "least_over_time":
        if relation == "gt" and not steps and x.value:
            raise NotProvable("in a run without steps the minimum over the steps is 0")
        yield from _opened(relation, x.args[0], steps)
    elif x.op in ("smallest", "min"):
        for arg in x.args:
            yield from _opened(relation, arg, steps)
    elif x.op == "neg" and _bare(x.args[0]).op == "largest":
        inside = _bare(_bare(x.args[0]).args[0])
        if inside.op == "abs" and relation == "ge":
            yield Goal("eq", inside.args[0])
        else:
            yield from _opened(relation, -inside, steps)
    else:
        yield Goal(relation, x)
