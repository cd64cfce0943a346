"""Kind ``almost-every``: statements that hold for almost every network of a domain.

The document holds the conjecture (as in a counterexample, see `fa_theory.checker.counterexample.stated`) without
hypotheses, and one exact network of the domain for every shape of it: sizes, number of steps, activation.

**What is stated.** The networks of one shape are a convex set D: all their numbers, except those that the domain fixes
(given data, zero targets, weights that start at 0, ranges of one number, feedback that is β), are in intervals, balls,
or anything. Domains of other sets (inputs of norm 1, orthonormal inputs, signs as feedback, an angle) are refused. *For
almost every network* means: for all of every D but a null set of the Lebesgue measure of the affine hull V of D.

**What is proved.** Every statement of the conclusion has a margin M that must be > 0, entry by entry, or at every step.
The form of M shows that ``M ≥ 0`` wherever it is defined (`kinds`). M, or what it is the absolute value of, is one of
the formulas of `kinds`, and no conjugate of it is 0 at the network of the document, which lies in D and so in V. By
`nonzero` M is defined and not 0 at almost every point of V, so at almost every one of D: there ``M > 0``.

A statement of which only ``M ≥ 0`` is known in another way can be put as ``|M| > 0``. The only statements besides are
those about a rank: at least a constant, or equal to one that no rank of the matrix exceeds (`ranks`).

A statement about every step says nothing of a shape without steps. If it says nothing of any shape, it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from flint import ctx

from fa_theory.checker import document as doc
from fa_theory.checker.boxes.extent import Shape, shapes
from fa_theory.checker.counterexample import membership, network
from fa_theory.checker.counterexample.formula import Machine, Program, bound_times, looks_ahead, within_smallest
from fa_theory.checker.counterexample.numbers import Undefined, Value
from fa_theory.checker.counterexample.stated import Alternatives, Condition, StatedConjecture
from fa_theory.checker.counterexample.stated import keys as stated_keys
from fa_theory.checker.verdict import VACUOUS, Finding

from .kinds import ANALYTIC, RULES, Analysed, FormulaKind, analysed
from .nonzero import vanishing
from .ranks import short_of_rank

OWN = ("format", "kind", "networks", "precision", "digest")
MIN_BITS, MAX_BITS = 32, 1024
BUDGET = 20_000_000
"""Operations on numbers for all networks together, about half a minute."""


@dataclass(frozen=True)
class AlmostEvery:
    """The claims of a document of this kind; not trusted."""

    stated: StatedConjecture
    shapes: list[Shape]
    networks: list[tuple[Mapping[str, Any], dict[str, Value]]]
    bits: int

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> AlmostEvery:
        """Read a document of this kind."""
        doc.fields(document, "document", stated_keys(document, *OWN))
        bits = doc.whole(document["precision"], "precision")
        if not MIN_BITS <= bits <= MAX_BITS:
            raise doc.refusal("precision", f"{MIN_BITS} to {MAX_BITS} bits", bits)
        stated = StatedConjecture.read(document)
        expected, given = shapes(stated.domain), document["networks"]
        if not isinstance(given, list) or not expected or len(given) != len(expected):
            raise doc.refusal("networks", f"a list of {len(expected)}, one for every shape of the domain", given)
        read = [network.read(each, f"networks[{i}]") for i, each in enumerate(given)]
        return cls(stated, expected, read, bits)


def check(claim: AlmostEvery) -> Finding:
    """Check a claim of this kind."""
    if not claim.stated.same:
        return _refused("conjecture.digest: this is not the conjecture it names")
    reason = unfit(claim.stated)
    if reason:
        return _refused(reason)
    left = BUDGET
    with ctx.workprec(max(ctx.prec, claim.bits)):
        for i, (shape, (described, arrays)) in enumerate(zip(claim.shapes, claim.networks, strict=True)):
            try:
                doubt, left = settle(claim.stated, shape, described, arrays, left)
            except Undefined as error:
                doubt = str(error)
            if doubt:
                return _refused(f"networks[{i}]: {doubt}")
    count = "an exact network" if len(claim.shapes) == 1 else f"{len(claim.shapes)} exact networks, one of every shape"
    shown = f"{claim.stated.text('almost every network')}; analytic, and not 0 at {count}; exceptions form a null set"
    return Finding([], {}, shown)


def unfit(stated: StatedConjecture) -> str:
    """Why nothing is proved about almost every network of this conjecture, whatever the networks, or nothing."""
    domain = stated.domain
    for name, fitting in (("inputs", ("gaussian", "ball")), ("feedback", ("gaussian", "tied")), ("rule", RULES)):
        if domain[name] not in fitting:
            return f"domain.{name}: expected one of {', '.join(fitting)} but got {domain[name]}"
    kinked = [name for name in domain["activation"] if name not in ANALYTIC]
    if kinked:
        return f"domain.activation: {', '.join(kinked)} is not analytic"
    if domain["alignment"] is not None:
        return "domain.alignment: the networks with an angle between b and β are not a convex set"
    if stated.hypotheses:
        return "hypotheses: the conclusion must hold without any"
    vacuous = stated.vacuous()
    return f"{VACUOUS} {vacuous}" if vacuous else next(filter(None, map(_unfit, stated.conclusion)), "")


def _unfit(said: Condition) -> str:
    if isinstance(said, Alternatives):
        return f"{said.name}: a statement of alternatives is not taken"
    if not said.strict and not any(node.op == "rank" for node in said.program):
        return f"{said.name}: expected > and not ≥"
    return ""


def settle(
    stated: StatedConjecture, shape: Shape, described: Mapping[str, Any], arrays: dict[str, Value], left: int
) -> tuple[str, int]:
    """Why the statements do not follow from one network for almost all of its shape, or nothing; operations left.

    Raises
    ------
    Undefined
        If a formula is not analytic, or has no certain value, or that takes too long.
    """
    if shape != Shape(**{name: described[name] for name in ("n", "d", "p", "steps", "k", "activation")}):
        return f"expected a network with {shape}", left
    reason = membership.outside(stated.domain, described, arrays)
    if reason:
        return f"it is not in the domain: {reason}", left
    machine = network.start(described, arrays, left)
    machine.spend(sum(len(value.entries) for value in arrays.values()) + described["steps"])
    said = [each for each in stated.conclusion if not isinstance(each, Alternatives)]
    if any(looks_ahead(each.program) for each in said):
        network.advance(machine, described)
    doubts = (_doubt(machine, each.program, each.strict) for each in said)
    return next(filter(None, doubts), ""), machine.left


def _doubt(machine: Machine, program: Program, strict: bool, moments: tuple[int, ...] = ()) -> str:
    """Why a statement may fail on more than a null set, or nothing."""
    program = within_smallest(program)
    machine.spend(len(program))
    last = program[-1]
    if last.op == "least_over_time" and not last.args:
        following, body, after = last.extra
        times = bound_times(len(machine.states) - 1, following, after, moments)
        if moments and not times:
            raise Undefined("a formula takes the least of no numbers")
        return next(filter(None, (_doubt(machine, body, strict, (*moments, t)) for t in times)), "")
    found = short_of_rank(machine, program, strict, moments)
    if found is not None:
        return found
    made = analysed(machine, program, moments)
    if not strict:
        return "expected > and not ≥"
    if not made.signs[-1]:
        return "the form of the margin does not show that it is ≥ 0"
    inner = program[: _inside(made) + 1]
    return vanishing(machine, made if len(inner) == len(program) else analysed(machine, inner, moments))


def _inside(of: Analysed) -> int:
    """The node that is 0 just where the last one is: what the absolute value is taken of, or 0 is subtracted from."""
    place = len(of.program) - 1
    while True:
        node = of.program[place]
        if node.op not in ("abs", "neg") and not (node.op == "sub" and _nought(of, node.args[1])):
            return place
        place = node.args[0]


def _nought(of: Analysed, place: int) -> bool:
    return of.kinds[place] is FormulaKind.CONSTANT and all(x == 0 for x in of.values[place].entries)


def _refused(reason: str) -> Finding:
    return Finding([(inf, reason[:300])], {}, "")
