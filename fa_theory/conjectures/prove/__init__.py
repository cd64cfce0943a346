"""Proofs of conjectures of a kind that can be decided; every proof says exactly what it shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from fa_theory.checker.recheck import recheck
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture, ForAll

from .box import by_boxes
from .proof import ConjectureProof, recheck_proof
from .rules import by_rules
from .trial import trial

__all__ = ["ConjectureProof", "attempt", "recheck_proof"]

SHARE = 0.5
"""Of the time left, for each method but the last."""


def attempt(
    conjecture: Conjecture, *, deadline: float, notify: Callable[[str], None] = lambda _: None
) -> ConjectureProof | None:
    """Try to prove a conjecture for all networks of its domain.

    Parameters
    ----------
    conjecture
        With the quantifier `ForAll`; others are never proved, and neither is what speaks of limits as t → ∞.
    deadline
        On the clock of `effort.now`, which counts work.
    notify
        Called with one line of progress at a time.

    Returns
    -------
    Proof or None
        None says nothing about the conjecture.

    Notes
    -----
    The checker must accept the document of a proof; one that has none is multiplied out again from its record. Then it
    is compared with networks drawn from the domain, evaluated in balls. None can violate what is proved; if one did,
    the proof would be withheld.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture, eigmin
    >>> from fa_theory.conjectures.language import effort
    >>> @conjecture(Domain(n=(1, 9), d=(1, 9), p=(1, 99), activation="tanh", steps=(0, 9)))
    ... def gram_is_positive(run):
    ...     return eigmin(run[-1].G) >= 0
    >>> proof = attempt(gram_is_positive, deadline=effort.now() + 10)
    >>> proof.method
    'rules'
    """
    if not isinstance(conjecture.quantifier, ForAll) or conjecture.has_limits:
        return None  # nothing is known about limits in general
    for method in (by_rules, by_boxes):
        now = effort.now()
        proof = method(conjecture, deadline=now + SHARE * max(0.0, deadline - now), notify=notify)
        if proof is not None:
            checked = _checked(proof)
            seen = trial(conjecture)
            if checked and not seen.contradiction:
                return replace(proof, trial=str(seen))
            why = seen.contradiction if checked else "the checker refuses it, or its record does not add up"
            notify(f"a proof by {proof.method} was withheld: {why}; please report this")
    return None


def _checked(proof: ConjectureProof) -> bool:
    """Whether the checker accepts the document of a proof; without one, whether its record adds up."""
    return recheck(proof.document).valid if proof.document else recheck_proof(json.loads(proof.to_json()))
