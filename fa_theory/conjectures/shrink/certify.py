"""From a violation found in floating point to a counterexample that the checker verifies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fa_theory.checker import document as doc
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture, Generic
from fa_theory.conjectures.language.exact import within
from fa_theory.conjectures.language.networks import PARTS, Networks
from fa_theory.conjectures.language.program import declaration
from fa_theory.model.ball import Array

from .settled import limits_of

PRECISIONS = (128, 256, 1024)
AROUND = ((128, Fraction(1, 10**6)), (128, Fraction(1, 10**16)), (512, Fraction(1, 10**60)))
"""Bits, and radii around a network, that are tried where an open set has to violate the conjecture."""
RECURRED = 8
"""How often the formulas of a recurrence are counted."""
DOCUMENT, WRITTEN, CHECKED = 400.0, 5.0, 3.0
"""Units of work (`effort`): for a document, for every number in it, and for every operation of the run."""


def _strings(array: Array) -> Any:
    return [_strings(row) for row in array] if isinstance(array, np.ndarray) and array.ndim else str(array)


def written(instance: Networks) -> dict[str, Any]:
    """A network in rationals (a batch of one) as the checker reads it."""
    network = {name: _strings(getattr(instance, name)[0]) for name in PARTS if name != "more"} | {
        "activation": instance.shape.activation,
        "rule": instance.rule,
        "cutoff": instance.cutoff,
        "steps": instance.shape.steps,
    }
    if instance.arrays:
        network["arrays"] = {name: _strings(instance.array(name)[0]) for name in instance.arrays}
    return network


def counterexample_document(
    conjecture: Conjecture,
    networks: Networks,
    precision: int,
    radius: Fraction | None = None,
    claims: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """The counterexample as the checker reads it; ``networks`` is a batch of one.

    The radius is that of `Generic`, and the claims are about limits (`settled`).
    """
    made: dict[str, Any] = {
        "format": doc.FORMAT,
        "kind": "counterexample",
        **declaration(conjecture),
        "network": written(within(conjecture.domain, networks)),
        "precision": precision,
    }
    if radius is not None:
        made["radius"] = str(radius)
    if claims is not None:
        made["limits"] = claims
    return made | {"digest": doc.digest(made)}


def _price(made: Mapping[str, Any], networks: Networks) -> float:
    """Units of work (`effort`) for writing and checking a document, in rationals and balls."""
    shape = networks.shape
    k = shape.k or 1
    numbers = shape.n * (shape.d + k) + shape.p * (shape.d + 2 * k)
    products = shape.n * shape.p * (shape.d + k)
    said = [*made["conclusion"], *(s for items in made["hypotheses"].values() for s in items)]
    nodes = sum(len(each["program"]) for s in said for each in s.get("any", [s]))
    for recurrence in made.get("runs", ()):
        programs = [*recurrence["start"].values(), *recurrence["step"].values()]
        nodes += RECURRED * sum(map(len, programs))
    return DOCUMENT + WRITTEN * (numbers + nodes) + CHECKED * (shape.steps + 1) * (products + numbers) + 20 * nodes


def certify_counterexample(conjecture: Conjecture, networks: Networks) -> dict[str, Any] | None:
    """A counterexample that the checker accepts, or None if the violation is not certain or the network outside the
    domain.

    Parameters
    ----------
    conjecture
        The violated conjecture.
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
    generic = isinstance(conjecture.quantifier, Generic)
    for precision, radius in AROUND if generic else ((bits, None) for bits in PRECISIONS):
        made = counterexample_document(conjecture, networks, precision, radius)
        effort.spend(_price(made, networks))
        try:
            if conjecture.has_limits:
                claims = limits_of(conjecture, within(conjecture.domain, networks), made, precision)
                if claims is None:
                    continue
                made = counterexample_document(conjecture, networks, precision, radius, claims)
            verdict = recheck(made, precision=precision)
        except doc.MalformedDocument:
            return None  # larger than what the checker reads
        if verdict.valid:
            return made
        if verdict.reason.startswith("domain:"):
            return None
    return None
