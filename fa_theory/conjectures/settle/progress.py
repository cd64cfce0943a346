"""What is told while a conjecture is being checked."""

from __future__ import annotations

import msgspec


class CheckProgress(msgspec.Struct, frozen=True):
    """How far the work on one conjecture has come."""

    phase: str
    """What is being done: ``attacking``, ``shrinking``, …"""
    trials: int = 0
    """Networks evaluated so far."""
    margin: float | None = None
    """Smallest margin so far."""
    fraction: float = 0.0
    """Of the budget, from 0 to 1."""
