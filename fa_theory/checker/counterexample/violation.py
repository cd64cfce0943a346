"""Kind ``counterexample``: one exact network that lies in the domain of a conjecture, satisfies its hypotheses, and
violates its conclusion.

The document holds the conjecture (name, title, domain, and its hypotheses and conclusion as programs, see `stated`)
and a network with its data in rationals. The checker verifies, exactly, that the network lies in the domain; it runs
the network for T steps in rationals or balls; and it evaluates the margins of all statements. Every hypothesis must
hold for certain, and one statement of the conclusion must certainly fail. Where they speak of limits of the run, these
are enclosed by a certificate inside the document, see `limits`.

What is printed of a valid document is written from its domain and programs (`words`); the name and the title are what
its author typed, and are not printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

from flint import ctx

from fa_theory.checker import document as doc
from fa_theory.checker import linalg
from fa_theory.checker.decimals import above
from fa_theory.checker.verdict import Finding

from . import limits, membership, network
from . import numbers as num
from .formula import Machine
from .numbers import Undefined, Value
from .stated import KEYS as STATED
from .stated import StatedConjecture, margin_of, unmet

KEYS = ("format", "kind", *STATED, "network", "precision", "digest")
MIN_BITS, MAX_BITS = 32, 4096


@dataclass(frozen=True)
class Counterexample:
    """The claims of a document of this kind; not trusted."""

    stated: StatedConjecture
    arrays: dict[str, Value]
    network: Mapping[str, Any]
    bits: int
    limits: limits.LimitsCertificate | None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Counterexample:
        """Read a document of kind ``counterexample``."""
        doc.fields(document, "document", (*KEYS, "limits") if "limits" in document else KEYS)
        bits = doc.whole(document["precision"], "precision")
        if not MIN_BITS <= bits <= MAX_BITS:
            raise doc.MalformedDocument(f"precision: expected {MIN_BITS} to {MAX_BITS} bits but got {bits}")
        described, arrays = network.read(document["network"], "network")
        return cls(
            stated=StatedConjecture.read(document),
            arrays=arrays,
            network=described,
            bits=bits,
            limits=limits.LimitsCertificate.read(document.get("limits")),
        )


def run(claim: Counterexample) -> Machine:
    """The network with all its states."""
    machine = network.start(claim.network, claim.arrays)
    network.advance(machine, claim.network)
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
    if claim.limits is not None:
        machine.limits.update(claim.limits.values(claim.network, claim.arrays))
    missed = unmet(machine, claim.stated.hypotheses)
    if missed:
        return _refused(missed)
    found: list[str] = []
    for number, statement in enumerate(claim.stated.conclusion, 1):
        try:
            margin = margin_of(machine, statement)
        except Undefined as error:
            found.append(str(error))
            continue
        if margin is None:
            found.append("it speaks of every step, and the run has none")
        elif statement.fails(margin):
            low, high = -linalg.up(-num.ball(margin)), linalg.up(num.ball(margin))
            size = ", ".join(f"{name} = {claim.network[name]}" for name in membership.SIZES)
            which = f" of statement {number}" if len(claim.stated.conclusion) > 1 else ""
            shown = f"a network with {size} violates: {claim.stated.text()}; the margin{which} is at most {above(high)}"
            bounds = {"margin_low": low, "margin_high": high}
            return Finding([], {name: bound for name, bound in bounds.items() if isfinite(bound)}, shown)
        else:
            found.append(f"its margin is {margin}")
    return _refused(f"conclusion: nothing certainly violates it: {'; '.join(found)}")


def _refused(reason: str) -> Finding:
    return Finding([(inf, reason[:300])], {}, "")
