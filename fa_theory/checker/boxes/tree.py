"""A box cut in two, its parts cut in two, and so on: the leaves cover the box whatever the cuts are.

A tree is a list. It begins with the whole box; null leaves a box as it is, and ``[part, place, "cut"]`` cuts an entry
of a part of the network (0 for η and λ) at a rational strictly between its ends. What follows a cut is the tree of the
part below it, and then that of the part above. Both parts contain the cut, so nothing lies between them; a cut of an
entry that is −1 or 1 separates the two values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from flint import fmpq

from fa_theory.checker import document as doc
from fa_theory.checker.counterexample.numbers import rational

from .extent import Extent, Place, Shape

MAX_NODES, MAX_DEPTH = 100_000, 200
"""Of all trees of a document together, and along one branch."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a box is cut in two."""

    place: Place
    at: fmpq


Tree = Sequence[Cut | None]
Box = Mapping[Place, Extent]
"""What was cut; all other numbers have the extent that the domain gives them."""


def read(value: object, where: str, shape: Shape, whole: Mapping[str, Extent]) -> Tree:
    """Read a tree of a shape, in which ``whole`` says what the entries of every part may be.

    Raises
    ------
    MalformedDocument
        If it is none, has too many nodes, is too deep, ends early or late, or a cut does not lie inside what it cuts.
    """
    if not isinstance(value, list) or not 0 < len(value) <= MAX_NODES:
        raise doc.refusal(where, f"a list of 1 to {MAX_NODES} nodes", value)
    sizes = {"eta": 1, "lam": 1} | {name: prod(shape.arrays[name]) for name in shape.arrays if name in whole}
    made = [_node(node, f"{where}[{i}]", sizes) for i, node in enumerate(value)]
    missing = 1
    for i, node in enumerate(made):
        if missing == 0:
            raise doc.MalformedDocument(f"{where}[{i}]: the tree is complete before this node")
        missing += -1 if node is None else 1
    if missing:
        raise doc.MalformedDocument(f"{where}: the tree ends where {missing} of its boxes are still to come")
    for _ in leaves(made, whole):
        pass  # every cut is looked at before anything is evaluated
    return made


def _node(node: object, where: str, sizes: Mapping[str, int]) -> Cut | None:
    if node is None:
        return None
    if not isinstance(node, list) or len(node) != 3:
        raise doc.refusal(where, "null or [part, place, cut]", node)
    part, place = doc.text(node[0], where, tuple(sizes)), doc.whole(node[1], where)
    if place >= sizes[part]:
        raise doc.refusal(where, f"a place below {sizes[part]} in {part}", place)
    return Cut((part, place), rational(node[2], where))


def leaves(tree: Tree, whole: Mapping[str, Extent]) -> Iterator[Box]:
    """The leaves of a tree, which cover the whole box.

    Raises
    ------
    MalformedDocument
        If a cut does not lie strictly inside what it cuts, or the tree is too deep.
    """
    waiting: list[tuple[int, dict[Place, Extent]]] = [(0, {})]
    for node in tree:
        depth, box = waiting.pop()
        if node is None:
            yield box
            continue
        extent = box.get(node.place, whole[node.place[0]])
        parts = extent.cut(node.at)
        if parts is None or depth == MAX_DEPTH:
            name = f"{node.place[0]}[{node.place[1]}]"
            reason = f"branches are at most {MAX_DEPTH} long" if parts else f"{name} is {extent}"
            raise doc.MalformedDocument(f"tree: it cannot cut {name} at {str(node.at)[:40]}: {reason[:100]}")
        waiting += [(depth + 1, box | {node.place: part}) for part in reversed(parts)]
