"""A proof: by which method, of exactly what, and the documents by which anyone can check it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ConjectureProof:
    """What was proved.

    Attributes
    ----------
    method
        ``rules``: for networks of all sizes, by identities and known inequalities; ``entries``: the same for each of
        the few shapes of a domain, written out entry by entry; ``boxes``: for every network of the
        domain, by branch and bound in ball arithmetic; ``witnesses``: for almost every network, by an exact network of
        every shape at which an analytic margin is not 0.
    words, latex
        Exactly what was proved.
    conditions
        Where the statement is meant: only where its divisors are not 0, and the like.
    lemmas
        The known inequalities that were used.
    documents
        What the checker accepts (`fa_theory.checker.recheck`), to be written as JSON: one for each conclusion.
    trial
        What networks it was compared with, and which shapes were left out.
    """

    method: str
    words: str
    latex: str
    conditions: tuple[str, ...]
    lemmas: tuple[str, ...]
    documents: tuple[dict[str, Any], ...]
    trial: str = ""

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
            "entries": "for each shape of the domain, entry by entry, in steps that the proof kernel replays",
            "boxes": "by branch and bound in ball arithmetic over the whole domain",
            "witnesses": "by an exact network of every shape, at which an analytic formula is not 0",
        }[self.method]
