"""A conjecture as a document states it: its domain, its hypotheses and its conclusion.

A statement is the program of a margin, which must be ≥ 0, or > 0 if strict (see `formula`), or a list of such, of which
one must hold. The conjecture carries a
digest of its own, of its name, title, domain and programs. Two documents with that digest speak of the same conjecture;
the checker cannot know what conjecture a reader has in mind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from fa_theory.checker import document as doc

from . import formula, membership, recurrences, words
from .formula import Machine, Program, StatedRecurrence, within_smallest
from .numbers import Real, Undefined

KEYS = ("conjecture", "domain", "hypotheses", "conclusion")
OPTIONAL = ("runs",)
"""Runs beside that of the network, see `recurrences`."""
MAX_ALTERNATIVES = 16
MAX_STATEMENTS = 64


@dataclass(frozen=True, slots=True)
class MarginCondition:
    """A margin, which must be ≥ 0, or > 0 if strict."""

    name: str
    program: Program
    strict: bool

    def holds(self, margin: Real | None) -> bool:
        """Whether it certainly holds."""
        return margin is None or bool(margin > 0 if self.strict else margin >= 0)

    def fails(self, margin: Real | None) -> bool:
        """Whether it certainly fails."""
        return margin is not None and bool(margin <= 0 if self.strict else margin < 0)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Margins, of which one must be ≥ 0, or > 0 if strict."""

    name: str
    alternatives: list[MarginCondition]


Condition: TypeAlias = MarginCondition | Alternatives


@dataclass(frozen=True)
class StatedConjecture:
    """What is stated; whether it is true is another question."""

    domain: Mapping[str, Any]
    hypotheses: list[Condition]
    conclusion: list[Condition]
    same: bool
    """Whether the digest of the conjecture is that of what the document contains."""
    recurrences: list[StatedRecurrence]
    """The runs beside that of the network."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> StatedConjecture:
        """Read the `KEYS` of a document."""
        about = doc.fields(document["conjecture"], "conjecture", ("name", "title", "digest"))
        for key in about:
            _line(about[key], f"conjecture.{key}")
        assumed = document["hypotheses"]
        if not isinstance(assumed, dict) or len(assumed) > MAX_STATEMENTS:
            raise doc.MalformedDocument(f"hypotheses: expected an object of at most {MAX_STATEMENTS} by name")
        return cls(
            domain=membership.read(document["domain"]),
            hypotheses=[
                s
                for name, item in assumed.items()
                for s in _statements(item, f"hypothesis {_line(name, 'hypotheses')}")
            ],
            conclusion=_statements(document["conclusion"], "conclusion"),
            same=about["digest"] == conjecture_digest(document),
            recurrences=recurrences.read(document["runs"]) if "runs" in document else [],
        )

    def vacuous(self) -> str:
        """Which statement of the conclusion is true of all runs that the domain has, as they have too few steps."""
        longest = self.domain["steps"][1]
        short = (c.name for s in self.conclusion for c in conditions(s) if _following(c.program) > longest)
        return next((f"{name}: it speaks of every step, and no run of the domain has enough" for name in short), "")

    def text(self, of: str = "every network") -> str:
        """The conjecture in one line, written from what is computed; its name and its title are not looked at."""
        return words.conjecture(
            of,
            self.domain,
            [[(c.program, c.strict) for c in conditions(s)] for s in self.hypotheses],
            [[(c.program, c.strict) for c in conditions(s)] for s in self.conclusion],
            self.recurrences,
        )


def keys(document: Mapping[str, Any], *more: str) -> tuple[str, ...]:
    """The keys of a document that states a conjecture: those that any has, more, and the optional ones it has."""
    return (*KEYS, *more, *(key for key in OPTIONAL if key in document))


def conditions(said: Condition) -> list[MarginCondition]:
    """The alternatives of a statement; itself, if there is only one."""
    return said.alternatives if isinstance(said, Alternatives) else [said]


def conjecture_digest(document: Mapping[str, Any]) -> str:
    """Digest of the conjecture alone: its name, title, domain, hypotheses and conclusion."""
    parts = {key: document[key] for key in ("domain", "hypotheses", "conclusion", *OPTIONAL) if key in document}
    return doc.digest(parts | {key: document["conjecture"][key] for key in ("name", "title")})


def _line(value: object, where: str) -> str:
    made = doc.text(value, where)
    if not made.isprintable():
        raise doc.MalformedDocument(f"{where}: expected one printable line")
    return made


def _statements(value: object, where: str) -> list[Condition]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_STATEMENTS:
        raise doc.MalformedDocument(f"{where}: expected a list of 1 to {MAX_STATEMENTS} statements")
    return [_statement(item, where) for item in value]


def _statement(item: object, where: str) -> Condition:
    if isinstance(item, dict) and "any" in item:
        among = doc.fields(item, where, ("any",))["any"]
        if not isinstance(among, list) or not 1 < len(among) <= MAX_ALTERNATIVES:
            raise doc.MalformedDocument(f"{where}: expected 2 to {MAX_ALTERNATIVES} alternatives")
        return Alternatives(where, [_condition(each, where) for each in among])
    return _condition(item, where)


def _condition(item: object, where: str) -> MarginCondition:
    stated = doc.fields(item, where, ("program", "strict"))
    if type(stated["strict"]) is not bool:
        raise doc.MalformedDocument(f"{where}: strict is true or false")
    return MarginCondition(where, formula.read(stated["program"], where), stated["strict"])


def _following(program: Program) -> int:
    """How many steps a run needs, for a statement about every step of it to say anything."""
    last = within_smallest(program)[-1]
    return last.extra[0] if last.op == "least_over_time" and not last.args else 0


def margin_of(machine: Machine, statement: MarginCondition) -> Real | None:
    """The margin; None where the statement is about every step of a run that has none, which makes it true."""
    last = statement.program[-1]
    if last.op == "least_over_time" and not last.args and len(machine.states) - 1 < last.extra[0]:
        return None
    value = machine.run(statement.program)
    if value.shape:
        raise Undefined(f"{statement.name}: a margin must be a number, not of shape {value.shape}")
    return value.entries[0]


def unmet(machine: Machine, hypotheses: Sequence[Condition]) -> str:
    """Which hypothesis does not certainly hold, or nothing."""
    return next(filter(None, (_unmet(machine, said) for said in hypotheses)), "")


def _unmet(machine: Machine, said: Condition) -> str:
    missed = ""
    for each in conditions(said):
        try:
            margin = margin_of(machine, each)
        except Undefined as error:
            if not isinstance(said, Alternatives):
                raise
            machine.spend(0)  # raises again if nothing is left
            missed = str(error)
            continue
        if each.holds(margin):
            return ""
        missed = f"{each.name}: its margin {margin} is not certainly {'>' if each.strict else '≥'} 0"
    return missed
