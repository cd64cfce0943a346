"""Facts that a proof may use: what they say, and how they are proved if they are used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fa_theory.symbolic.proof import Fact

from .algebra import Poly

Json = Any


@dataclass(eq=False)
class UsableFact:
    """``∀ variables. left relation right``; ``made`` proves it, which happens only when it is used."""

    left: Json
    relation: str
    right: Json
    made: Callable[[], Fact] = field(repr=False)
    why: str = ""
    variables: tuple[str, ...] = ()
    failed: bool = False
    """Whether its proof was refused."""
    gap: Poly | None = field(default=None, repr=False)
    """``right − left`` multiplied out."""
    _fact: Fact | None = field(default=None, repr=False)

    def fact(self, values: Sequence[Json] = ()) -> Fact:
        """The proved fact, at values of its variables."""
        if self._fact is None:
            self.failed = True
            self._fact = self.made()
            self.failed = False
        return self._fact(*values) if self.variables else self._fact


@dataclass(eq=False)
class Sign:
    """``0 ≤ term`` or, if ``strict``, ``0 < term``."""

    term: Json
    strict: bool
    made: Callable[[], Fact] = field(repr=False)
    _fact: Fact | None = field(default=None, repr=False)

    @property
    def fact(self) -> Fact:
        """The proved fact."""
        if self._fact is None:
            self._fact = self.made()
        return self._fact
