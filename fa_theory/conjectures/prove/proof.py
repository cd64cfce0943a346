"""A proof: by which method, of exactly what, and a record that can be checked again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .polynomial import Poly, minus, scaled
from .ranges import Range
from .signs import multiplies, of_monomial, visible


@dataclass(frozen=True)
class ConjectureProof:
    """What was proved.

    Attributes
    ----------
    method
        ``rules``: for networks of all sizes, by identities and known inequalities; ``boxes``: for every network of the
        domain, by branch and bound in ball arithmetic.
    words, latex
        Exactly what was proved.
    conditions
        Where the statement is meant: only where its divisors are not 0, and the like.
    lemmas
        The known inequalities that were used.
    record
        As JSON; see `verify`.
    trial
        What networks it was compared with, and which shapes were left out.
    document
        What the checker accepts (`fa_theory.checker.recheck`), to be written as JSON; empty if there is none.
    """

    method: str
    words: str
    latex: str
    conditions: tuple[str, ...]
    lemmas: tuple[str, ...]
    record: Mapping[str, Any]
    trial: str = ""
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def says(self) -> str:
        """What was proved, and where it is meant, in one sentence."""
        meant = f" (where {', and '.join(self.conditions)})" if self.conditions else ""
        return f"{self.words}{meant}"

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The statement in LaTeX and what it rests on: formula, reason."""
        return [(self.latex, self.how), *(("", lemma) for lemma in self.lemmas)]

    @property
    def lines(self) -> list[str]:
        """The proof for a terminal."""
        compared = [self.trial] if self.trial else []
        return [self.says, f"proved {self.how}", *(f"  uses {lemma}" for lemma in self.lemmas), *compared]

    @property
    def how(self) -> str:
        """The method in words."""
        return {
            "rules": "for networks of every size in the domain, by exact identities and the inequalities listed",
            "boxes": "by branch and bound in ball arithmetic over the whole domain",
        }[self.method]

    def to_json(self) -> str:
        """The proof as one JSON document."""
        return json.dumps({"method": self.method, "proved": self.words, "conditions": self.conditions, **self.record})


def written(x: Poly, names: Mapping[str, str]) -> list[Any]:
    """A polynomial for a record: ``[coefficient, [[atom, exponent], …]]`` for every term."""
    return [[str(c), [[names[name], str(e)] for name, e in m]] for m, c in x.items()]


def _read_end(end: str | None) -> Fraction | None:
    return None if end is None else Fraction(end)


def _read(terms: Iterable[Any]) -> Poly:
    return {tuple(sorted((str(name), Fraction(e)) for name, e in m)): Fraction(c) for c, m in terms}


def recheck_proof(record: Mapping[str, Any]) -> bool:
    """Check a record by rules again: every goal is the sum of what it is said to be, and no summand is negative.

    That the facts are true is not checked here: each names its lemma. The ranges of the atoms are taken as recorded;
    identities and sums of squares leave nothing to check again.

    Parameters
    ----------
    record
        `Proof.record` of a proof by ``rules``.
    """
    ranges = {
        name: Range(_read_end(low), _read_end(high), positive) for name, _, low, high, positive in record["atoms"]
    }
    return all(_verified(goal, ranges) for goal in record["goals"])


def _verified(goal: Mapping[str, Any], ranges: Mapping[str, Range]) -> bool:
    rest, strict, of = _read(goal["goal"]), False, ranges.__getitem__
    if goal["relation"] == "eq":
        return not rest
    for use in goal["uses"]:
        ((m, c),) = _read([use["multiplier"]]).items()
        if c <= 0 or not multiplies(m, of):
            return False
        strict = strict or (bool(use["strict"]) and of_monomial(m, of).positive)
        rest = minus(rest, scaled(_read(use["fact"]), c, m))
    found = visible(rest, of)
    return found.nonnegative and (goal["relation"] == "ge" or strict or found.positive)
