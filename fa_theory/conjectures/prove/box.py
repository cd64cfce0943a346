"""Proofs on a box of a few numbers: branch and bound in ball arithmetic."""

from __future__ import annotations

from collections.abc import Callable

from fa_theory.conjectures.declare import Conjecture

from .proof import Proof


def by_boxes(conjecture: Conjecture, *, deadline: float, tell: Callable[[str], None]) -> Proof | None:
    """Nothing yet."""
    return None
