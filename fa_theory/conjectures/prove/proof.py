"""A proof: by which method, of exactly what, and the documents by which anyone can check it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
        As JSON.
    trial
        What networks it was compared with, and which shapes were left out.
    documents
        One for each conclusion, as JSON data; ``fa-theory recheck`` and `fa_theory.checker.proof.replay` check them.
    """

    method: str
    words: str
    latex: str
    conditions: tuple[str, ...]
    lemmas: tuple[str, ...]
    record: Mapping[str, Any]
    trial: str = ""
    documents: tuple[Mapping[str, Any], ...] = ()

    @property
    def says(self) -> str:
        """What was proved, and where it is meant, in one sentence."""
        meant = f" (where {', and '.join(self.conditions)})" if self.conditions else ""
        return f"{self.words}{meant}"

    @property
    def lines(self) -> list[str]:
        """The proof for a terminal."""
        compared = [self.trial] if self.trial else []
        return [self.says, f"proved {self.how}", *(f"  uses {lemma}" for lemma in self.lemmas), *compared]

    @property
    def how(self) -> str:
        """The method in words."""
        return {
            "rules": "for networks of every size in the domain, in steps that the proof kernel replays",
            "boxes": "by branch and bound in ball arithmetic over the whole domain",
        }[self.method]

    def to_json(self) -> str:
        """The proof as one JSON document."""
        return json.dumps({"method": self.method, "proved": self.words, "conditions": self.conditions, **self.record})
