"""A conjecture as a document states it: its domain, its hypotheses and its conclusion.

A statement is the program of a margin, which must be ≥ 0, or > 0 if strict (see `formula`). The conjecture carries a
digest of its own, of its name, title, domain and programs. Two documents with that digest speak of the same conjecture;
the checker cannot know what conjecture a reader has in mind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fa_theory.checker import document as doc

from . import formula, membership, words
from .formula import Machine, Program
from .numbers import Real, Undefined

KEYS = ("conjecture", "domain", "hypotheses", "conclusion")
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


@dataclass(frozen=True)
class StatedConjecture:
    """What is stated; whether it is true is another question."""

    domain: Mapping[str, Any]
    hypotheses: list[MarginCondition]
    conclusion: list[MarginCondition]
    same: bool
    """Whether the digest of the conjecture is that of what the document contains."""

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
        )

    def text(self) -> str:
        """The conjecture in one line, written from what is computed; its name and its title are not looked at."""
        return words.conjecture(
            self.domain,
            [(s.program, s.strict) for s in self.hypotheses],
            [(s.program, s.strict) for s in self.conclusion],
        )


def conjecture_digest(document: Mapping[str, Any]) -> str:
    """Digest of the conjecture alone: its name, title, domain, hypotheses and conclusion."""
    parts = {key: document[key] for key in ("domain", "hypotheses", "conclusion")}
    return doc.digest(parts | {key: document["conjecture"][key] for key in ("name", "title")})


def _line(value: object, where: str) -> str:
    made = doc.text(value, where)
    if not made.isprintable():
        raise doc.MalformedDocument(f"{where}: expected one printable line")
    return made


def _statements(value: object, where: str) -> list[MarginCondition]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_STATEMENTS:
        raise doc.MalformedDocument(f"{where}: expected a list of 1 to {MAX_STATEMENTS} statements")
    made = []
    for item in value:
        doc.fields(item, where, ("program", "strict"))
        if type(item["strict"]) is not bool:
            raise doc.MalformedDocument(f"{where}: strict is true or false")
        made.append(MarginCondition(where, formula.read(item["program"], where), item["strict"]))
    return made


def margin_of(machine: Machine, statement: MarginCondition) -> Real | None:
    """The margin; None where the statement is about every step of a run that has none, which makes it true."""
    last = statement.program[-1]
    if last.op == "least_over_time" and len(machine.states) == last.extra[0]:
        return None
    value = machine.run(statement.program)
    if value.shape:
        raise Undefined(f"{statement.name}: a margin must be a number, not of shape {value.shape}")
    return value.entries[0]


def unmet(machine: Machine, hypotheses: Sequence[MarginCondition]) -> str:
    """Which hypothesis does not certainly hold, or nothing."""
    for statement in hypotheses:
        margin = margin_of(machine, statement)
        if not statement.holds(margin):
            return f"{statement.name}: its margin {margin} is not certainly {'>' if statement.strict else '≥'} 0"
    return ""
