"""Falsification: networks that violate a conjecture, found by draws, structure and local search."""

from .attack import Search, attack
from .record import Attack, Law, Progress, Violation

__all__ = ["Attack", "Law", "Progress", "Search", "Violation", "attack"]
