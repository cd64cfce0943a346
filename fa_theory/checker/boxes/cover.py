"""Kind ``boxes``: a conjecture holds for every network of its domain, as it does on boxes that cover the domain.

The document holds the conjecture (as in a counterexample, see `fa_theory.checker.counterexample.stated`), a tree of
cuts for every shape of the domain (`tree`), and a witness: an exact network of the domain that satisfies the
hypotheses. The checker lists the shapes itself, and takes the box of all networks of one from the domain (`extent`).

**What is proved.** A leaf of a tree gives every number of the network a set of values. All numbers are replaced by
balls that contain these sets, or by the only value there is; the network is run, and the margins are evaluated. Every
operation on balls gives a ball that contains all values of the operation on numbers from them, so a margin lies in its
ball for every network of the leaf. The leaf is settled if every statement of the conclusion has a margin that is
certainly ≥ 0 (> 0 if strict), or if some hypothesis certainly fails. The leaves cover the domain; so if all of them are
settled, every network of the domain that satisfies the hypotheses satisfies the conclusion.

**Where it is defined.** What is not certainly defined and finite settles nothing: a quotient whose divisor may be 0, a
root or a logarithm of what may be negative, an entry or a state that is not there. This holds for every node of a
program, whether or not the margin depends on it. A number of which nothing is known is a ball without ends; it is a
number all the same, so its product with an exact 0 is 0, and its sign is in [−1, 1].

**Kinks and extremes.** The minimum, the maximum and the absolute value of balls contain those of all numbers in them,
on either side of a kink. ψ and ψ' are enclosed over a ball by their values at its ends and turns
(`fa_theory.checker.ranges`); ψ' of ReLU at a ball around 0 is all of [0, 1], which contains the convention ψ'(0) = 0.
The sign of a ball around 0 is [−1, 1]. A statement about every step of a run without steps is true, and one of which
no run of the domain has steps enough is called vacuous; any other least value over no steps is not defined. States
after the first are computed only if a program speaks of one.

A conjecture whose hypotheses nothing satisfies is true and says nothing. So the witness must lie in the domain,
exactly, and satisfy the hypotheses for certain; without one the conjecture is called vacuous, and is not proved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, prod
from typing import Any

from fa_theory.checker import document as doc
from fa_theory.checker.counterexample import membership, network
from fa_theory.checker.counterexample.formula import BUDGET as ONE_NETWORK
from fa_theory.checker.counterexample.formula import Machine, looks_ahead
from fa_theory.checker.counterexample.numbers import Real, Undefined, Value, ball
from fa_theory.checker.counterexample.stated import (
    Condition,
    MarginCondition,
    StatedConjecture,
    conditions,
    margin_of,
    unmet,
)
from fa_theory.checker.counterexample.stated import keys as stated_keys
from fa_theory.checker.verdict import VACUOUS, Finding

from . import tree
from .extent import ANY, Extent, Shape, extents, shapes
from .tree import Box, Tree

OWN = ("format", "kind", "trees", "witness", "digest")
BUDGET = 20_000_000
"""Operations on numbers for all leaves together, about half a minute."""

Network = tuple[Mapping[str, Any], dict[str, Value]]
"""As `network.read` gives it."""


@dataclass(frozen=True)
class Part:
    """All networks of one shape of the domain, and the tree that cuts them into boxes."""

    shape: Shape
    whole: Mapping[str, Extent]
    tree: Tree


@dataclass(frozen=True)
class Cover:
    """What a document of this kind asserts; nothing in it is trusted."""

    stated: StatedConjecture
    parts: list[Part]
    witness: Network | None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Cover:
        """Read a document of kind ``boxes``."""
        doc.fields(document, "document", stated_keys(document, *OWN))
        stated = StatedConjecture.read(document)
        expected, given = shapes(stated.domain), document["trees"]
        if not isinstance(given, list) or len(given) != len(expected):
            raise doc.refusal("trees", f"a list of {len(expected)}, one for every shape of the domain", given)
        if sum(len(each) for each in given if isinstance(each, list)) > tree.MAX_NODES:
            raise doc.MalformedDocument(f"trees: expected at most {tree.MAX_NODES} nodes in all")
        parts = []
        for i, shape in enumerate(expected):
            whole = extents(stated.domain, shape)
            parts.append(Part(shape, whole, tree.read(given[i], f"trees[{i}]", shape, whole)))
        witness = document["witness"]
        return cls(stated, parts, None if witness is None else network.read(witness, "witness"))


def check(claim: Cover) -> Finding:
    """Check a claim of this kind."""
    if not claim.stated.same:
        return _refused("conjecture.digest: this is not the conjecture it names")
    vacuous = claim.stated.vacuous()
    if vacuous:
        return _refused(f"{VACUOUS} {vacuous}")
    count = empty = 0
    left = BUDGET
    try:
        for part in claim.parts:
            for box in tree.leaves(part.tree, part.whole):
                found = settle(claim.stated, part.shape, part.whole, box, left)
                count, empty, left = count + 1, empty + found.empty, found.left
                if found.doubt:
                    return _refused(f"box {count}, {_written(part.shape, box)}: {found.doubt}")
        missed = unsatisfied(claim.stated, claim.witness)
    except Undefined as error:
        return _refused(str(error))
    if missed:
        return _refused(f"{VACUOUS} {'a hypothesis fails on every box' if count == empty else missed}")
    boxes = "one box, which covers" if count == 1 else f"{count:,} boxes, which cover"
    said = f"{claim.stated.text()}; shown on {boxes} the domain, and the witness satisfies the hypotheses"
    return Finding([], {}, said)


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a leaf.

    Attributes
    ----------
    doubt
        Why it is not settled; nothing if it is.
    empty
        Whether a hypothesis fails on all of it.
    left
        How many operations are left.
    """

    doubt: str
    empty: bool
    left: int


def settle(stated: StatedConjecture, shape: Shape, whole: Mapping[str, Extent], box: Box, left: int) -> Settled:
    """Evaluate a conjecture on a leaf.

    Parameters
    ----------
    stated
        The conjecture.
    shape, whole
        The shape of the networks, and what their numbers may be in the domain.
    box
        Extents of the numbers that were cut, which lie in those of ``whole``.
    left
        How many operations it may take.

    Raises
    ------
    Undefined
        If it takes more.
    """
    machine = _run(stated, _networks(stated.domain, shape, whole, box), left)
    doubt = next(filter(None, (_doubts(machine, each) for each in stated.conclusion)), "")
    if doubt and any(all(_fails(machine, each) for each in conditions(said)) for said in stated.hypotheses):
        return Settled("", True, machine.left)
    return Settled(doubt, False, machine.left)


def unsatisfied(stated: StatedConjecture, witness: Network | None) -> str:
    """Why a network is not one of the domain that certainly satisfies the hypotheses, or nothing.

    Raises
    ------
    Undefined
        If a hypothesis has no certain value there.
    """
    if witness is None:
        return "no network is named that satisfies the hypotheses"
    reason = membership.outside(stated.domain, *witness)
    if reason:
        return f"the witness is not in the domain: {reason}"
    missed = unmet(_run(stated, witness, ONE_NETWORK), stated.hypotheses)
    return f"at the witness, {missed}" if missed else ""


def _networks(domain: Mapping[str, Any], shape: Shape, whole: Mapping[str, Extent], box: Box) -> Network:
    """All networks of a leaf as one whose numbers are balls."""
    sizes = shape.arrays | {"eta": (), "lam": ()}
    parts = {name: Value(sizes[name], [extent.number] * prod(sizes[name])) for name, extent in whole.items()}
    for (name, place), extent in box.items():
        parts[name].entries[place] = extent.number
    parts.setdefault("b", parts["beta"])  # tied
    described = {name: getattr(shape, name) for name in ("n", "d", "p", "k", "steps", "activation")}
    described |= {"rule": domain["rule"], "cutoff": domain["cutoff"]}
    described |= {name: parts.pop(name).entries[0] for name in ("eta", "lam")}
    return described, parts


def _run(stated: StatedConjecture, of: Network, left: int) -> Machine:
    """A network with all states that the conjecture speaks of; those whose enclosure is lost may be anything."""
    described, arrays = of
    machine = network.start(described, arrays, left)
    machine.spend(sum(len(value.entries) for value in arrays.values()) + described["steps"])
    machine.recurrences = stated.recurrences
    programs = [each.program for said in (*stated.conclusion, *stated.hypotheses) for each in conditions(said)]
    if any(map(looks_ahead, programs)):
        try:
            network.advance(machine, described)
        except Undefined:
            machine.spend(0)  # raises again if nothing is left
    unknown = {name: Value(value.shape, [ANY.number] * len(value.entries)) for name, value in machine.states[0].items()}
    machine.states += [unknown] * (described["steps"] + 1 - len(machine.states))
    return machine


def _margin(machine: Machine, statement: MarginCondition) -> Real | str | None:
    """The margin, None if the statement is true without one, or why it has none that is certain."""
    try:
        margin = margin_of(machine, statement)
    except Undefined as error:
        machine.spend(0)  # raises again if nothing is left
        return str(error)
    return margin if margin is None or ball(margin).is_finite() else "nothing is known of its margin"


def _doubts(machine: Machine, said: Condition) -> str:
    """Why no alternative of a statement certainly holds, or nothing."""
    doubts = [_doubt(machine, each) for each in conditions(said)]
    return doubts[0] if all(doubts) else ""


def _doubt(machine: Machine, statement: MarginCondition) -> str:
    """Why a statement of the conclusion does not certainly hold, or nothing."""
    margin = _margin(machine, statement)
    if isinstance(margin, str):
        return margin
    sign = ">" if statement.strict else "≥"
    return "" if statement.holds(margin) else f"the margin of the {statement.name}, {margin}, is not certainly {sign} 0"


def _fails(machine: Machine, statement: MarginCondition) -> bool:
    """Whether a hypothesis certainly fails."""
    margin = _margin(machine, statement)
    return not isinstance(margin, str) and statement.fails(margin)


def _written(shape: Shape, box: Box) -> str:
    return ", ".join([str(shape), *(f"{name}[{place}] in {extent}" for (name, place), extent in box.items())])


def _refused(reason: str) -> Finding:
    return Finding([(inf, reason[:300])], {}, "")
