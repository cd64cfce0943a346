"""Proofs of conjectures of a kind that can be decided; every proof says exactly what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import VACUOUS
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture, ForAll, Generic

from .almost import by_witnesses
from .box import by_boxes
from .concrete import by_entries
from .plain import plain
from .proof import ConjectureProof
from .rules import by_rules
from .trial import trial

__all__ = ["ConjectureProof", "attempt"]

SHARE = 0.7
"""Of the time left, for each method but the last."""


def attempt(
    conjecture: Conjecture, *, deadline: float, notify: Callable[[str], None] = lambda _: None
) -> ConjectureProof | None:
    """Try to prove a conjecture for all networks of its domain.

    Parameters
    ----------
    conjecture
        With the quantifier `ForAll` or `Generic`; others are never proved, and neither is what speaks of limits as
        t → ∞ or of the distribution.
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
    The checker must accept every document of a proof. Then it is compared with networks drawn from the domain,
    evaluated in balls. None can violate what is proved; if one did, the proof would be withheld.

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
    if not isinstance(conjecture.quantifier, ForAll | Generic) or conjecture.has_limits or conjecture.of_law:
        return None  # nothing is known about limits in general
    methods = [(by_rules, plain(conjecture)), (by_entries, conjecture), (by_boxes, conjecture)]
    if isinstance(conjecture.quantifier, Generic):
        methods.insert(0, (by_witnesses, conjecture))
    for method, stated in methods:
        now = effort.now()
        if stated is None:
            continue  # the kernel does not know these words
        proof = method(stated, deadline=now + SHARE * max(0.0, deadline - now), notify=notify)
        if proof is not None:
            wrong = [v.reason.partition("\n")[0] for v in map(recheck, proof.documents) if not v.valid]
            vacuous = next((reason for reason in wrong if reason.startswith(VACUOUS)), "")
            refused = next((f"the checker refuses it: {reason}" for reason in wrong if reason != vacuous), "")
            seen = trial(conjecture)
            if vacuous and not refused:
                notify(f"a proof by {proof.method} is not used, as far as the checker sees {vacuous}")
                continue
            if not refused and not seen.contradiction:
                return replace(proof, trial=str(seen))
            notify(f"a proof by {proof.method} was withheld: {refused or seen.contradiction}; please report this")
    return None
