"""A network that satisfies the hypotheses of a conjecture: without one, a proof is vacuous."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fa_theory.conjectures.language.declare import Conjecture, ForAll, Generic
from fa_theory.conjectures.language.expression import constant
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.conjectures.shrink.shrink import shrink


def impossible(conjecture: Conjecture) -> Conjecture:
    """The conjecture that no network of the domain satisfies the hypotheses; a counterexample to it is a witness."""
    quantifier = conjecture.quantifier if isinstance(conjecture.quantifier, Generic) else ForAll()
    return replace(conjecture, quantifier=quantifier, conclusion=lambda run: constant(-1))


def witness(conjecture: Conjecture, candidate: Networks, *, deadline: float) -> tuple[Networks, dict[str, Any]] | None:
    """A network of the domain that satisfies all hypotheses, and the document by which the checker accepts it.

    Parameters
    ----------
    conjecture
        With hypotheses.
    candidate
        A batch of one, of floats, which satisfies them as far as floats can show.
    deadline
        For `shrink`, which searches for an exact network near it, or a simpler one.

    Examples
    --------
    >>> from fa_theory.conjectures.language import effort
    >>> import numpy as np
    >>> from fa_theory.conjectures import Domain, conjecture, norm
    >>> @conjecture(Domain(n=1, d=1, p=1), assuming={"some error": lambda run: norm(run[0].error) >= 1})
    ... def any_conclusion(run):
    ...     return run[1].loss <= run[0].loss
    >>> drawn = any_conclusion.domain.sample(any_conclusion.domain.smallest(), np.random.default_rng(0), 1)
    >>> found = witness(any_conclusion, drawn.replace(y=0 * drawn.y + 9), deadline=effort.now() + 1)
    >>> found[1]["kind"]
    'counterexample'
    """
    nothing_meets_them = impossible(conjecture)
    document = certify_counterexample(nothing_meets_them, candidate)
    if document is not None:
        return candidate, document
    near = shrink(nothing_meets_them, candidate, deadline=deadline)
    document = certify_counterexample(nothing_meets_them, near)
    return None if document is None else (near, document)
