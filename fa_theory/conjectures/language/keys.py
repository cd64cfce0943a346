"""Syntactic equality of formulas."""

from __future__ import annotations

from .expression import Expr, Statement


def key(x: Expr | Statement) -> object:
    """A formula without names and lines; equal keys mean equal formulas."""
    if isinstance(x, Statement):
        return x.relation, key(x.left), key(x.right)
    if x.op == "named":
        return key(x.args[0])
    return x.op, x.value, x.time, x.rank, tuple(key(arg) for arg in x.args)
