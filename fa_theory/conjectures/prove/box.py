"""Proofs on a box of a few numbers: branch and bound in ball arithmetic.

Where a domain leaves at most `FREE` numbers open, each in an interval, it is cut into boxes on which the conclusion
certainly holds, or a hypothesis certainly fails. What is found is a document of kind ``boxes``, which the checker
evaluates again (`fa_theory.checker.boxes.cover`); the boxes are tried with the checker's own evaluation, so that it
sees what was seen here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain, product
from typing import Any

from flint import ctx, fmpq

from fa_theory.checker import document as doc
from fa_theory.checker.boxes import cover
from fa_theory.checker.boxes.extent import Extent, Place, Shape, extents, shapes
from fa_theory.checker.boxes.tree import Box, Cut
from fa_theory.checker.counterexample import network
from fa_theory.checker.counterexample.numbers import ZERO, Undefined
from fa_theory.checker.counterexample.stated import StatedConjecture
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.expression import RECURRENT, Expr, Statement
from fa_theory.conjectures.language.program import declaration
from fa_theory.model.rules import as_rule

from .proof import ConjectureProof
from .words import words

FREE, SIGNS = 4, 6
"""How many numbers with an interval, and how many with two values, a shape may leave open."""
BOXES, WITNESSES = 50_000, 100
"""How many boxes are looked at, and in how many of them a network is sought that satisfies the hypotheses."""
PROBE = 8
"""The centre of one box in so many that are not settled is looked at by itself."""
BITS = 24
"""Cuts have mantissas of so many bits, so that a ball has exactly these ends."""
PRECISION = 64
"""Of the checker, at first."""
OPERATION = 0.6
"""Units of work (`effort`) for an operation that the checker counts."""
NETWORK = 500.0
"""Operations that one network counts that may satisfy the hypotheses."""


@dataclass
class Branching:
    """The search for boxes that cover a domain.

    Attributes
    ----------
    stated
        The conjecture as the checker reads it.
    needs
        The parts of a network that it can depend on.
    deadline
        On the clock of `effort.now`.
    left
        How many operations the checker will still be willing to do.
    count
        Boxes looked at.
    met
        Boxes on which no hypothesis certainly fails, with their shapes; the first `WITNESSES`.
    """

    stated: StatedConjecture
    needs: set[str]
    deadline: float
    left: int = cover.BUDGET
    count: int = 0
    met: list[tuple[Shape, Mapping[str, Extent], Box]] = field(default_factory=list)

    def tree(self, shape: Shape) -> list[Cut | None] | None:
        """A tree of cuts, with a settled box at every leaf; None if there is none, or it is not found in time."""
        whole = extents(self.stated.domain, shape)
        places = open_places(shape, whole, self.needs)
        if places is None:
            return None
        nodes: list[Cut | None] = []
        waiting: list[Box] = [{}]
        while waiting:
            if self.count == BOXES or effort.passed(self.deadline):
                return None
            box = waiting.pop()
            found = self.settle(shape, whole, box)
            if not found.doubt:
                nodes.append(None)
                if not found.empty and len(self.met) < WITNESSES:
                    self.met.append((shape, whole, box))
                continue
            now = {place: box.get(place, whole[place[0]]) for place in places}
            cut = _widest(now)
            if cut is None or (self.count % PROBE == 1 and self.settle(shape, whole, _centre(now)).doubt):
                return None  # no box around a network at which it is not certain will ever be settled
            nodes.append(cut)
            waiting += [{**box, cut.place: part} for part in reversed(now[cut.place].cut(cut.at) or ())]
        return nodes

    def settle(self, shape: Shape, whole: Mapping[str, Extent], box: Box) -> cover.Settled:
        """What the checker says of a box."""
        found = cover.settle(self.stated, shape, whole, box, self.left)
        effort.spend(OPERATION * (self.left - found.left))
        self.count, self.left = self.count + 1, found.left
        return found

    def witness(self) -> dict[str, Any] | None:
        """A network that satisfies the hypotheses, as a document holds it; None if none is found in these boxes."""
        for (shape, whole, box), pick in product(self.met, range(3)):
            made = _network(self.stated.domain, shape, whole, box, pick)
            effort.spend(OPERATION * NETWORK)
            try:
                if not cover.unsatisfied(self.stated, network.read(made, "witness")):
                    return made
            except Undefined:
                pass
        return None


def by_boxes(conjecture: Conjecture, *, deadline: float, notify: Callable[[str], None]) -> ConjectureProof | None:
    """A proof for every network of a domain that leaves few numbers open; None if it leaves more, or boxes remain."""
    try:
        said = declaration(conjecture)
        search = Branching(StatedConjecture.read(said), relevant(conjecture), deadline)
        with ctx.workprec(PRECISION):
            trees = []
            for shape in shapes(search.stated.domain):
                trees.append(search.tree(shape))
                if trees[-1] is None:
                    return None
            witness = search.witness()
    except (doc.MalformedDocument, Undefined) as reason:
        notify(f"no proof by boxes: {reason}")
        return None
    if witness is None:
        notify("no proof by boxes: none of them has a network for which the hypotheses are certain")
        return None
    written = [[node and [*node.place, str(node.at)] for node in nodes or ()] for nodes in trees]
    document = {"format": doc.FORMAT, "kind": "boxes", **said, "trees": written, "witness": witness}
    document["digest"] = doc.digest(document)
    count = sum(node is None for nodes in trees for node in nodes or ())
    text, tex = words(conjecture)
    how = f"{count} boxes in ball arithmetic"
    return ConjectureProof("boxes", text, tex, (), (how,), (document,))


def relevant(conjecture: Conjecture) -> set[str]:
    """The parts of a network that the conclusion and the hypotheses can depend on."""
    found: set[str] = set()

    seen: set[int] = set()

    def visit(x: Expr) -> None:
        if id(x) in seen:
            return
        seen.add(id(x))
        if x.time is not None and (x.time.bound or x.time.from_end or x.time.offset):
            found.update(("X", "y", "W", "beta", "eta", "lam"))
            found.update(() if as_rule(conjecture.domain.rule).sent == "beta" else ("b",))
        elif x.op == "leaf":
            found.add(str(x.value))
        elif x.op in RECURRENT:
            for inner in x.value[0].formulas:
                visit(inner)
        for arg in x.args:
            visit(arg)

    for statement in chain(conjecture.statements, *conjecture.hypotheses.values()):
        for part in (statement.left, statement.right) if isinstance(statement, Statement) else (statement,):
            visit(part)
    return found


def open_places(shape: Shape, whole: Mapping[str, Extent], needs: set[str]) -> list[Place] | None:
    """The numbers that matter and that may be cut; None if they are too many, or one has no bounds."""
    matter = {part: extent for part, extent in whole.items() if part in needs and _width(extent) != 0}
    if any(_width(extent) is None for extent in matter.values()):
        return None
    places = [(part, i) for part in matter for i in range(math.prod(shape.arrays.get(part, ())))]
    signs = sum(matter[part].two for part, _ in places)
    return places if signs <= SIGNS and len(places) - signs <= FREE else None


def _width(extent: Extent) -> fmpq | None:
    return None if extent.ends is None else extent.ends[1] - extent.ends[0]


def _widest(at: Mapping[Place, Extent]) -> Cut | None:
    """Where to cut: first what has two values, then the widest interval; None if there is nothing to cut."""
    place = max(at, key=lambda place: (at[place].two, _width(at[place])), default=None)
    if place is None:
        return None
    low, high = at[place].ends or (ZERO, ZERO)
    cut = Cut(place, _rounded((low + high) / 2))
    return cut if at[place].cut(cut.at) else None


def _centre(at: Mapping[Place, Extent]) -> Box:
    """One network of a box."""
    return {place: Extent((x, x)) for place, x in ((place, _middle(extent)) for place, extent in at.items())}


def _middle(extent: Extent) -> fmpq:
    """The middle of an interval, and the lower one of two values."""
    low, high = extent.ends or (ZERO, ZERO)
    return low if extent.two else (low + high) / 2


def _rounded(x: fmpq) -> fmpq:
    """Round down to a mantissa of `BITS` bits."""
    if x == 0:
        return x
    unit = fmpq(2) ** (math.frexp(int(x.p) / int(x.q))[1] - BITS)
    return fmpq((x / unit).floor()) * unit


def _network(
    domain: Mapping[str, Any], shape: Shape, whole: Mapping[str, Extent], box: Box, pick: int
) -> dict[str, Any]:
    """A network as a document holds it: at the lower ends of a box (0), at the upper ones (1), or between them (2).

    Inputs of norm 1 are columns of the identity if they have more than one entry.
    """

    def number(part: str, i: int) -> str:
        part = part if part in whole else "beta"  # tied
        extent = box.get((part, i), whole[part])
        return str((*(extent.ends or (ZERO, ZERO)), _middle(extent))[pick])

    def array(part: str) -> Any:
        rows, *columns = shape.arrays[part]
        if not columns:
            return [number(part, i) for i in range(rows)]
        wide = range(columns[0])
        if part == "X" and shape.d > 1 and domain["inputs"] in ("sphere", "orthonormal"):
            return [[str(int(i % shape.d == j)) for j in wide] for i in range(rows)]
        return [[number(part, i * columns[0] + j) for j in wide] for i in range(rows)]

    made = {part: array(part) for part in shape.arrays} | {part: number(part, 0) for part in ("eta", "lam")}
    fixed = {name: domain[name] for name in ("rule", "cutoff")}
    return made | fixed | {"activation": shape.activation, "steps": shape.steps}
