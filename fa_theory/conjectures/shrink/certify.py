"""From a violation found in floating point to a counterexample that the checker verifies."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from fa_theory.checker import document as doc
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures.language import limits
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.networks import PARTS, Networks
from fa_theory.conjectures.language.program import declaration
from fa_theory.model.ball import Array

PRECISIONS = (128, 256, 1024)


def exact(networks: Networks) -> Networks:
    """The same networks in rationals; floats are taken exactly.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain
    >>> domain = Domain(n=1, d=1, p=1, eta=0.5)
    >>> exact(domain.sample(domain.smallest(), np.random.default_rng(0), 1)).eta
    array([Fraction(1, 2)], dtype=object)
    """
    return networks.map(lambda array: np.asarray(_FRACTIONS(array), dtype=object).reshape(array.shape))


_FRACTIONS = np.frompyfunc(Fraction, 1, 1)


def certifiable(conjecture: Conjecture, networks: Networks) -> Networks:
    """Rationals as they are; rounded to float64s if the conjecture speaks of limits, which are certified of these."""
    return exact(networks.map(lambda x: x.astype(float))) if conjecture.has_limits else networks


def _strings(array: Array) -> Any:
    return [_strings(row) for row in array] if isinstance(array, np.ndarray) and array.ndim else str(array)


def counterexample_document(conjecture: Conjecture, networks: Networks, precision: int) -> dict[str, Any]:
    """The counterexample as the checker reads it; ``networks`` is a batch of one."""
    instance = exact(networks)
    network = {name: _strings(getattr(instance, name)[0]) for name in PARTS} | {
        "activation": instance.shape.activation,
        "rule": instance.rule,
        "cutoff": instance.cutoff,
        "steps": instance.shape.steps,
    }
    made = {
        "format": doc.FORMAT,
        "kind": "counterexample",
        **declaration(conjecture),
        "network": network,
        "precision": precision,
    }
    if conjecture.has_limits:
        made["limits"] = limits.limits_certificate(instance)
    return made | {"digest": doc.digest(made)}


def certify_counterexample(conjecture: Conjecture, networks: Networks) -> dict[str, Any] | None:
    """A counterexample that the checker accepts, or None if this network's is not certain, or outside the domain.

    Parameters
    ----------
    conjecture
        What is violated.
    networks
        One network (a batch of one), of floats or rationals, which are taken exactly.

    Returns
    -------
    dict or None
        A document of kind ``counterexample`` (`fa_theory.checker.counterexample.violation`), to be written as JSON.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture, norm
    >>> @conjecture(Domain(n=1, d=1, p=1, eta=(0.5, 8.0)))
    ... def shrinks(run):
    ...     return norm(run[1].error) <= norm(run[0].error)
    >>> batch = shrinks.domain.sample(shrinks.domain.smallest(), np.random.default_rng(0), 1)
    >>> one = batch.replace(**{name: np.ones_like(getattr(batch, name)) for name in ("X", "W", "beta", "b", "eta")})
    >>> certify_counterexample(shrinks, one.replace(y=0 * one.y)) is None  # 1 → 0
    True
    >>> certify_counterexample(shrinks, one.replace(y=0 * one.y, eta=3 * one.eta))["network"]["eta"]
    '3'
    """
    if conjecture.has_limits and limits.limits_certificate(networks) is None:
        return None
    for precision in PRECISIONS:
        made = counterexample_document(conjecture, networks, precision)
        try:
            verdict = recheck(made, precision=precision)
        except doc.MalformedDocument:
            return None  # larger than what the checker reads
        if verdict.valid:
            return made
        if verdict.reason.startswith("domain:"):
            return None
    return None
