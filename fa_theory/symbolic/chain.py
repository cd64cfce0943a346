"""What a derivation is made of: steps, chains of steps, and inductions over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fa_theory.errors import InputError

from .equation import Equation
from .inequality import Inequality, KnownInequality
from .notation import Expr


@dataclass(frozen=True)
class Step:
    """One link of a chain: what precedes it equals ``after`` (or is at most ``after``).

    Attributes
    ----------
    after
        The formula the step arrives at.
    reason
        Why, in words.
    using
        The equations the step uses. The checks know no others: a step whose reason is incomplete fails.
    because
        For an inequality: pairs (non-negative multiplier, inequality); see `fa_theory.symbolic.inequality`.
    """

    after: Expr
    reason: str
    using: tuple[Equation, ...] = ()
    because: tuple[tuple[Expr, Inequality], ...] = ()

    @property
    def relation(self) -> str:
        """``=`` or ``≤``."""
        return "≤" if self.because else "="


@dataclass(frozen=True)
class Part:
    """A chain from ``left`` to ``right``; its conclusion is ``left = right``, or ``left ≤ right`` if a step says ≤.

    Raises
    ------
    InputError
        If there is no step.
    """

    words: str
    left: Expr
    right: Expr
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise InputError(f"the chain “{self.words}” has no step; say at least why both sides are the same")

    @property
    def relation(self) -> str:
        """``=`` or ``≤``."""
        return "≤" if any(step.because for step in self.steps) else "="

    def rule(self) -> Equation:
        """The conclusion, for use in later parts: an equation."""
        return Equation(self.left, self.right, self.words)

    def inequality(self) -> KnownInequality:
        """The conclusion, for use in later parts: an inequality."""
        return KnownInequality(self.left, self.right, self.words)

    def links(self) -> Iterator[tuple[Expr, Step]]:
        """Every step with the formula it starts from, so that there is no gap between steps."""
        before = self.left
        for step in self.steps:
            yield before, step
            before = step.after


@dataclass(frozen=True)
class Induction:
    """``hypothesis`` holds at every time t, because two parts conclude it at time 0 and, from time t, at time t + 1.

    Attributes
    ----------
    words
        The conclusion.
    hypothesis
        What is claimed at time t: a rule or a hypothesis that the part at place ``step`` uses.
    base, step
        Places of the two parts in the derivation.
    start, following
        How the quantities at time t are called at time 0 and at time t + 1. Renamed so, the hypothesis must be
        exactly what the two parts conclude; this is checked.
    """

    words: str
    hypothesis: Equation | KnownInequality
    base: int
    step: int
    start: dict[Expr, Expr] = field(hash=False)
    following: dict[Expr, Expr] = field(hash=False)


def sides(fact: Equation | Part | Inequality) -> tuple[Expr, Expr]:
    """Both sides of an equation, an inequality or the conclusion of a part."""
    return (fact.left, fact.right) if isinstance(fact, Equation | Part) else (fact.lower, fact.upper)
