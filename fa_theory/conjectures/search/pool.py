"""The worst networks of a shape: the starts of local search."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.networks import Networks

from .judge import Floats

POOL = 24
"""Number of networks kept in a regime."""
WORST_REGIME = 0.1
"""Share of the starts that are in the worst regime, besides its share of the others."""
STEP_SIZES, DECAYS = 3, 2
"""Number of parts of the ranges of log η and of λ; a regime is one part of each."""


@dataclass(eq=False)
class Worst:
    """The worst networks of a regime by one aim, the worst first."""

    networks: Networks
    objectives: Floats

    @property
    def best(self) -> float:
        """The smallest objective."""
        return float(self.objectives[0])

    @staticmethod
    def of(networks: Networks, objectives: Floats) -> Worst:
        """The worst of some, only one of those with equal objectives."""
        kept = np.unique(objectives, return_index=True)[1][:POOL]
        return Worst(networks[kept], objectives[kept])

    def with_(self, networks: Networks, objectives: Floats) -> Worst:
        """The worst of these and others."""
        if len(self.objectives) == POOL and objectives.min() >= self.objectives[-1]:
            return self
        order = np.argsort(objectives, kind="stable")[: POOL // 3]
        both = Networks.join([self.networks, networks[order]])
        return Worst.of(both, np.concatenate([self.objectives, objectives[order]]))


@dataclass(eq=False)
class Pool:
    """The worst networks of a shape by one aim, in every regime of η and λ.

    A margin that is proportional to η is smallest where η is, although it may be negative only where η is large; so the
    worst of every regime are kept.

    Examples
    --------
    >>> domain = Domain(n=1, d=1, p=1, eta=(0.01, 1.0))
    >>> pool = Pool(domain)
    >>> drawn = domain.sample(domain.smallest(), np.random.default_rng(0), 100)
    >>> pool.add(drawn, drawn.eta)
    >>> print(*[round(kept.best, 2) for _, kept in sorted(pool.regimes.items())])
    0.01 0.05 0.22
    """

    domain: Domain
    regimes: dict[int, Worst] = field(default_factory=dict)

    @property
    def best(self) -> float:
        """The smallest objective, or more than any if there is none."""
        return min((worst.best for worst in self.regimes.values()), default=np.inf)

    def start(self, rng: np.random.Generator) -> Networks:
        """The worst networks, the worst first, of the worst regime or of any; there must be at least one."""
        kept = list(self.regimes.values())
        if len(kept) == 1 or rng.random() < WORST_REGIME:
            return min(kept, key=lambda regime: regime.best).networks
        return kept[rng.integers(len(kept))].networks

    def add(self, batch: Networks, found: Floats) -> None:
        """Add the worst of a batch, only one of those with equal objectives."""
        regime = _regime(self.domain, batch)
        for name in np.unique(regime):
            here = np.flatnonzero(regime == name)
            kept, networks, objectives = self.regimes.get(int(name)), batch[here], found[here]
            order = np.argsort(objectives, kind="stable")[: POOL // 3]
            made = Worst.of(networks[order], objectives[order]) if kept is None else kept.with_(networks, objectives)
            self.regimes[int(name)] = made


def _regime(domain: Domain, networks: Networks) -> NDArray[np.intp]:
    """The number of the regime of every network."""
    (slow, fast), (weak, strong) = domain.real("eta"), domain.real("lam")
    number = np.zeros(len(networks), dtype=np.intp)
    if slow < fast:
        number += _part(np.log(networks.eta / slow) / np.log(fast / slow), STEP_SIZES)
    if weak < strong:
        number += STEP_SIZES * _part((networks.lam - weak) / (strong - weak), DECAYS)
    return number


def _part(share: Floats, parts: int) -> NDArray[np.intp]:
    return np.clip((parts * share).astype(np.intp), 0, parts - 1)
