"""The results of an attack so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from fa_theory.conjectures.language.networks import PARTS, Networks

from .judge import Judged
from .shapes import simplicity


@dataclass
class SampleCounts:
    """Networks drawn from the distribution of the domain, independent of each other and of earlier results.

    Only these count for an interval of the failure probability; an interrupted round of draws is omitted.
    """

    drawn: int = 0
    accepted: int = 0
    """Number that satisfy the hypotheses."""
    failing: int = 0
    """Number of these that violate the conclusion by more than rounding."""
    tied: int = 0
    """Number that violate it within rounding (for a strict statement also: equality)."""
    undefined: int = 0
    """Number without a margin, because their run overflows."""

    def count(self, judged: Judged) -> None:
        """Add a batch."""
        self.drawn += len(judged.networks)
        self.accepted += int(judged.accepted.sum())
        self.failing += int(judged.fails.sum())
        self.tied += int(judged.tied.sum())
        self.undefined += int(judged.undefined.sum())

    def join(self, other: SampleCounts) -> None:
        """Add the counts of another."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)


@dataclass(frozen=True)
class Violation:
    """A network that violates the conjecture in floats; not certified."""

    network: Networks
    margin: float
    severity: float
    """The margin relative to the numbers it was computed from."""
    tied: bool
    """Whether it is within rounding, and so unlikely to be certified."""
    source: str
    trials: int
    """Number of networks judged when its batch was done."""
    seconds: float
    """Time of the attack until then."""

    @cached_property
    def rank(self) -> tuple[float, ...]:
        """Sorts violations: beyond rounding, small, made of few different numbers, and bad ones first."""
        return _rank_in(self.network, 0, self.tied, self.severity)


@dataclass(frozen=True)
class AttackProgress:
    """The progress of an attack."""

    trials: int
    smallest: float
    """The smallest margin so far."""
    source: str
    """The current source."""
    seconds: float


@dataclass
class Attack:
    """The record of an attack.

    Attributes
    ----------
    sources
        Number of networks from each source.
    law
        The counts for an interval of the failure probability.
    accepted, undefined
        Number of networks that satisfy the hypotheses, and number without a margin; over all sources.
    smallest, where
        The smallest margin among the accepted networks, and the network (a batch of one), if there was any.
    violations
        The best of the violations found, the simplest first.
    """

    sources: Counter[str] = field(default_factory=Counter)
    law: SampleCounts = field(default_factory=SampleCounts)
    accepted: int = 0
    undefined: int = 0
    smallest: float = np.inf
    where: Networks | None = None
    violations: list[Violation] = field(default_factory=list)
    first: Violation | None = None
    """The violation that was found first."""
    seconds: float = 0.0

    @property
    def n_trials(self) -> int:
        """Number of networks judged."""
        return self.sources.total()

    @property
    def candidates(self) -> list[Networks]:
        """The violating networks as batches of one, the simplest first."""
        return [violation.network for violation in self.violations]

    def add(self, judged: Judged, source: str) -> None:
        """Count a batch and remember its smallest margin; one within rounding of 0 counts as 0."""
        self.sources[source] += len(judged.networks)
        self.accepted += int(judged.accepted.sum())
        self.undefined += int(judged.undefined.sum())
        margins = np.where(judged.accepted & ~judged.undefined, np.where(judged.tied, 0.0, judged.margin), np.inf)
        i = int(np.argmin(margins))
        if margins[i] < self.smallest:
            self.smallest, self.where = float(margins[i]), judged.networks[i]

    def violations_in(self, judged: Judged, source: str) -> list[Violation]:
        """The worst violation of a batch and the one made of the simplest numbers, if it has any."""
        found = np.flatnonzero(judged.fails if judged.fails.any() else judged.tied)
        order = found[np.argsort(judged.severity[found], kind="stable")][:CONSIDERED]
        ranks = [_rank_in(judged.networks, int(i), judged.tied[i], judged.severity[i]) for i in order]
        simplest = sorted(range(len(order)), key=ranks.__getitem__)[:1]  # the worst of the simplest
        chosen = sorted({0, *simplest}, key=ranks.__getitem__) if ranks else []
        return [self._violation(judged, int(order[i]), source) for i in chosen]

    def _violation(self, judged: Judged, i: int, source: str) -> Violation:
        return Violation(
            network=judged.networks[i],
            margin=float(judged.margin[i]),
            severity=float(judged.severity[i]),
            tied=bool(judged.tied[i]),
            source=source,
            trials=self.n_trials,
            seconds=self.seconds,
        )

    def keep(self, violation: Violation) -> bool:
        """Keep a violation if it is among the first, has a simpler shape than before, or is much worse."""
        self.first = self.first or violation
        same = [v for v in self.violations if v.network.shape == violation.network.shape]
        worth = len(same) < 2 or violation.rank < same[0].rank or violation.severity < 2 * same[-1].severity
        if worth:
            self.violations = sorted([*self.violations, violation], key=_rank)[:KEPT]
        return worth and violation in self.violations


KEPT = 32
"""Number of violations kept."""
CONSIDERED = 8
"""Number of the worst of a batch that are examined."""


def _rank_in(networks: Networks, i: int, tied: bool, severity: float) -> tuple[float, ...]:
    """The rank of a violation by one network of a batch."""
    complexity = sum(len(set(abs(getattr(networks, name)[i]).flat)) for name in PARTS)
    return bool(tied), bool(severity > -1e-6), *simplicity(networks.shape), complexity


def _rank(violation: Violation) -> tuple[float, ...]:
    return violation.rank
