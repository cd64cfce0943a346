"""Kind ``counterexample``: one exact network that lies in the domain of a conjecture, satisfies its hypotheses, and
violates its conclusion.

The document holds the conjecture (name, title, domain, and its hypotheses and conclusion as programs, see `stated`)
and a network with its data in rationals. The checker verifies, exactly, that the network lies in the domain; it runs
the network for T steps in rationals or balls; and it evaluates the margins of all statements. Every hypothesis must
hold for certain, and one statement of the conclusion must certainly fail. Where they speak of limits of the run, these
are enclosed as `settling` says, for any rule that settles.

With a ``radius`` r > 0 the document says more: all this holds for every network of the domain whose numbers differ from
these by at most r. It is evaluated in balls of that radius around all numbers that the domain leaves open. So the
violations contain an open set, and the conjecture is not even true of almost every network.

What is printed of a valid document is written from its domain and programs (`words`); the name and the title are what
its author typed, and are not printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import inf, isfinite
from typing import Any

from flint import ctx, fmpq

from fa_theory.checker import document as doc
from fa_theory.checker import linalg
from fa_theory.checker.decimals import above
from fa_theory.checker.verdict import Finding

from . import membership, network, settling
from . import numbers as num
from .formula import Machine
from .numbers import Undefined, Value
from .stated import Condition, StatedConjecture, conditions, margin_of, unmet
from .stated import keys as stated_keys

OWN = ("format", "kind", "network", "precision", "digest")
OPTIONAL = ("limits", "radius")
MIN_BITS, MAX_BITS = 32, 4096


@dataclass(frozen=True)
class Counterexample:
    """The claims of a document of this kind; not trusted."""

    stated: StatedConjecture
    arrays: dict[str, Value]
    network: Mapping[str, Any]
    bits: int
    limits: list[settling.Settling]
    radius: fmpq | None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Counterexample:
        """Read a document of kind ``counterexample``."""
        doc.fields(document, "document", stated_keys(document, *OWN, *(k for k in OPTIONAL if k in document)))
        bits = doc.whole(document["precision"], "precision")
        if not MIN_BITS <= bits <= MAX_BITS:
            raise doc.MalformedDocument(f"precision: expected {MIN_BITS} to {MAX_BITS} bits but got {bits}")
        described, arrays = network.read(document["network"], "network")
        return cls(
            stated=StatedConjecture.read(document),
            arrays=arrays,
            network=described,
            bits=bits,
            limits=settling.read(document["limits"]) if "limits" in document else [],
            radius=_radius(document["radius"]) if "radius" in document else None,
        )


def _radius(value: object) -> fmpq:
    radius = num.rational(value, "radius")
    if not radius > 0:
        raise doc.refusal("radius", "a rational > 0", value)
    return radius


def run(claim: Counterexample) -> Machine:
    """The network with all its states; with a radius, all networks of the domain around it."""
    described, arrays = claim.network, claim.arrays
    if claim.radius is not None:
        described, arrays = membership.around(claim.stated.domain, described, arrays, claim.radius)
    machine = network.start(described, arrays)
    machine.recurrences = claim.stated.recurrences
    network.advance(machine, described)
    return machine


def check(claim: Counterexample) -> Finding:
    """Check a claim of this kind."""
    if not claim.stated.same:
        return _refused("conjecture.digest: this is not the conjecture it names")
    with ctx.workprec(max(ctx.prec, claim.bits)):
        try:
            reason = membership.outside(claim.stated.domain, claim.network, claim.arrays)
            return _refused(f"domain: {reason}") if reason else _judge(claim)
        except Undefined as error:
            return _refused(str(error))


def _judge(claim: Counterexample) -> Finding:
    machine = run(claim)
    settling.find(machine, claim.network, claim.limits)
    missed = unmet(machine, claim.stated.hypotheses)
    if missed:
        return _refused(missed)
    found: list[str] = []
    for number, statement in enumerate(claim.stated.conclusion, 1):
        margin = _violated(machine, statement)
        if isinstance(margin, str):
            found.append(margin)
            continue
        low, high = -linalg.up(-num.ball(margin)), linalg.up(num.ball(margin))
        size = ", ".join(f"{name} = {claim.network[name]}" for name in membership.SIZES)
        which = f" of statement {number}" if len(claim.stated.conclusion) > 1 else ""
        who = (
            f"a network with {size} violates"
            if claim.radius is None
            else f"every network of the domain within {claim.radius} of one with {size} violates"
        )
        shown = f"{who}: {claim.stated.text()}; the margin{which} is at most {above(high)}"
        bounds = {"margin_low": low, "margin_high": high}
        return Finding([], {name: bound for name, bound in bounds.items() if isfinite(bound)}, shown)
    return _refused(f"conclusion: nothing certainly violates it: {'; '.join(found)}")


def _violated(machine: Machine, said: Condition) -> num.Real | str:
    """The largest margin of the alternatives if all certainly fail, or why they do not."""
    margins: list[num.Real] = []
    for each in conditions(said):
        try:
            margin = margin_of(machine, each)
        except Undefined as error:
            machine.spend(0)  # raises again if nothing is left
            return str(error)
        if margin is None:
            return "it speaks of every step, and the run has none"
        if not each.fails(margin):
            return f"its margin is {margin}"
        margins.append(margin)
    return reduce(lambda u, v: num.extreme("max", u, v), margins)


def _refused(reason: str) -> Finding:
    return Finding([(inf, reason[:300])], {}, "")
