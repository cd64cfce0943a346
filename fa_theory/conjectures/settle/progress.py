"""Progress messages while a conjecture is being checked."""

from __future__ import annotations

import msgspec


class CheckProgress(msgspec.Struct, frozen=True):
    """Progress of the work on one conjecture."""

    phase: str
    """The current phase: ``attacking``, ``shrinking``, …"""
    trials: int = 0
    """Networks evaluated so far."""
    margin: float | None = None
    """Smallest margin so far."""
    fraction: float = 0.0
    """Fraction of the budget used, from 0 to 1."""
