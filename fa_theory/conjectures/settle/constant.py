"""Best constants: the smallest c with ``quantity ≤ c`` for all networks of a domain, bounded from below.

An instance with ``quantity > c``, certified as a counterexample to ``quantity ≤ c``, shows that the best constant is
larger than c. From above, only the fraction of draws that exceed c is known, unless ``quantity ≤ c`` can be proved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np

from fa_theory.checker.decimals import interval as outwards
from fa_theory.conjectures.language.declare import BestConstant, Conjecture, ForAll
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.language.quantities import Run
from fa_theory.errors import InputError
from fa_theory.statistics.binomial import Proportion

from .draws import accepted, batches
from .scaling import quantity

Certificate = TypeVar("Certificate")


@dataclass(frozen=True)
class Constant(Generic[Certificate]):
    """Bounds on the best constant.

    Attributes
    ----------
    above
        The best constant is certified to be larger than this number; None if nothing was certified.
    certificate
        The certificate of this bound.
    largest
        The largest value of the quantity that was found, in floats.
    share
        The number of draws from the distribution of the domain that do not exceed `largest`.
    """

    above: float | None
    certificate: Certificate | None
    largest: float
    share: Proportion

    def __str__(self) -> str:
        certain = "nothing certified from below" if self.above is None else f"c > {self.above!r}, certified"
        low, high = self.exceeded
        return (
            f"{certain}; supported: c = {self.largest:.6g}, exceeded with probability in "
            f"{outwards(low, high, 2)} at {100 * self.share.confidence:g} % confidence ({self.share.trials} draws)"
        )

    @property
    def exceeded(self) -> tuple[float, float]:
        """Two-sided interval of the probability that the quantity exceeds `largest`."""
        low, high = self.share.interval
        return 1 - high, 1 - low


def at_most(conjecture: Conjecture, c: float) -> Conjecture:
    """The conjecture that the quantity is at most c for all networks of the domain.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture
    >>> @conjecture(Domain(n=1, d=1, p=1), quantifier=BestConstant(claimed=1.0))
    ... def alignment(run):
    ...     return run[0].alignment
    >>> at_most(alignment, 1.0).quantifier
    ForAll()
    """
    quantity(conjecture)
    if isinstance(c, bool) or not math.isfinite(c):
        raise InputError(f"expected a finite constant but got {c!r}")

    def says(run: Run) -> object:
        made = conjecture.conclusion(run)
        return (made[0] if isinstance(made, list | tuple) else made) <= c

    return replace(conjecture, quantifier=ForAll(), conclusion=says)


def claimed(conjecture: Conjecture) -> Conjecture | None:
    """The conjecture that the best constant is at most the claimed one; None if none is claimed."""
    if not isinstance(conjecture.quantifier, BestConstant):
        raise InputError(f"{conjecture.name} is not about a constant but {conjecture.quantifier}")
    c = conjecture.quantifier.claimed
    return None if c is None else at_most(conjecture, c)


def enclose(
    conjecture: Conjecture,
    worst: Networks,
    *,
    certify: Callable[[Conjecture, Networks], Certificate | None],
    rng: np.random.Generator,
    draws: int = 10_000,
    confidence: float = 0.99,
) -> Constant[Certificate]:
    """Bound the best constant, given the worst network found.

    Parameters
    ----------
    conjecture
        With the quantifier `BestConstant`.
    worst
        A network of the domain with a large quantity, of floats; for instance one that minimises the margin of
        ``at_most(conjecture, 0)``.
    certify
        From the conjecture ``quantity ≤ c`` and the network to a certified counterexample, or None.
    rng
        Generator of the draws that are compared with the largest value.
    draws, confidence
        Their number, and the confidence of their fraction.
    """
    formula = quantity(conjecture)
    largest = float(Evaluator(worst)(formula)[0])
    if not math.isfinite(largest):
        raise InputError(f"{conjecture.name}: the quantity of the worst network is {largest}; it has no best constant")
    above, certificate = None, None
    for digits in (9, 6, 4, 2):  # some slack, for an exact network near this one
        c = _rounded_down(largest, digits)
        certificate = certify(at_most(conjecture, c), worst)
        if certificate is not None:
            above = c
            break
    fine = total = 0
    for batch in batches(conjecture, draws, rng):
        evaluation = Evaluator(batch)
        values = evaluation(formula)[accepted(conjecture, evaluation)]
        fine, total = fine + int(np.sum(values <= largest)), total + len(values)
    if not total:
        raise InputError(f"{conjecture.name}: none of {draws} draws satisfies the hypotheses")
    return Constant(above, certificate, largest, Proportion(fine, total, confidence))


def _rounded_down(x: float, digits: int) -> float:
    """Below x, by one to two units of the last of ``digits`` significant digits, and short as a decimal."""
    if x == 0:
        return -(10.0**-digits)
    unit = 10.0 ** (math.floor(math.log10(abs(x))) + 1 - digits)
    return round((math.floor(x / unit) - 1) * unit, 12 + digits)
