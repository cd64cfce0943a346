"""What a check comes to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What the method for one kind of certificate found."""

    violations: list[tuple[float, str]]
    """How badly (a ratio, ``inf`` where there is none) and in which words each constraint fails; empty if none does."""
    bounds: dict[str, float]
    statement: str
    """What is proved if there is no violation."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a certificate is valid, and what it proves.

    Attributes
    ----------
    valid
        True only if every claim of the document follows.
    kind
        ``counterexample``, ``decay-from-start``, ``decay-from-state`` or ``growth``.
    reason
        One line: what is proved, or the worst violated constraint.
    bounds
        The checker's own bounds, as floats rounded to the safe side.
    """

    valid: bool
    kind: str
    reason: str
    bounds: dict[str, float]
