"""Search for counterexamples: networks that violate a conjecture, by draws, structured networks and local search."""

from .attack import Search, attack
from .record import Attack, AttackProgress, SampleCounts, Violation

__all__ = ["Attack", "AttackProgress", "SampleCounts", "Search", "Violation", "attack"]
