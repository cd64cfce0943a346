"""Axes of formulas by name: which of n, d, p and k an axis runs over.

NumPy would let a vector with one entry meet one with many. Rules such as Cauchy–Schwarz are wrong there, so a formula
whose axes do not agree by name is left alone.
"""

from __future__ import annotations

from fa_theory.conjectures.language.expression import Expr

Axes = tuple[str, ...]
_LEAVES: dict[str, Axes] = {"X": ("n", "d"), "y": ("n", "k"), "W": ("p", "d"), "beta": ("p", "k"), "b": ("p", "k")}


class NotProvable(Exception):
    """The rules say nothing of this formula; never an error of the user."""


def axes(x: Expr) -> Axes:
    """Names of the axes of a formula.

    Raises
    ------
    NotProvable
        If the axes of its parts do not agree by name.

    Examples
    --------
    >>> from fa_theory.conjectures import Run
    >>> axes(Run(steps=1)[0].features.T)
    ('p', 'n')
    """
    op = x.op
    if x.rank == 0:
        for arg in x.args:
            axes(arg)
        if op == "matmul" and axes(x.args[0]) != axes(x.args[1]):
            raise NotProvable(f"line {x.line}: the product of vectors with different axes")
        if op in ("trace", "eigmin", "eigmax"):
            square(x.args[0])
        return ()
    if op == "leaf":
        return _LEAVES[x.value][: x.rank]
    args = [axes(arg) for arg in x.args]
    if op == "transpose":
        return args[0][::-1]
    if op == "row_norms":
        return args[0][:1]
    if op == "outer":
        if any(len(a) != 1 for a in args):
            raise NotProvable(f"line {x.line}: the outer product of anything but two vectors")
        return args[0] + args[1]
    if op == "matmul":
        left, right = args
        if left[-1] != right[0]:
            raise NotProvable(f"line {x.line}: a product over {left[-1]} and {right[0]}")
        return left[:-1] + right[1:]
    longest = max(args, key=len)
    if any(longest[len(longest) - len(a) :] != a for a in args):
        raise NotProvable(f"line {x.line}: entries meet along different axes")
    return longest


def square(x: Expr) -> str:
    """The one axis of a matrix that is square for all sizes."""
    found = axes(x)
    if len(found) != 2 or found[0] != found[1]:
        raise NotProvable(f"line {x.line}: a matrix that is not square for all sizes")
    return found[0]
