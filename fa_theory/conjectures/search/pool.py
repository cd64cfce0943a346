"""The worst networks of a shape: the starts of local search."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fa_theory.conjectures.language.networks import Networks

from .judge import Floats

POOL = 24
"""Number of networks kept."""


@dataclass(eq=False)
class Pool:
    """The worst networks of a shape by one aim, the worst first."""

    networks: Networks | None = None
    objectives: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """The smallest objective, or more than any if there is none."""
        return self.objectives[0] if self.objectives else np.inf

    def worst(self) -> Networks:
        """The networks, the worst first; there must be at least one."""
        assert self.networks is not None
        return self.networks

    def add(self, batch: Networks, found: Floats) -> None:
        """Add the worst of a batch, only one of those with equal objectives."""
        order = np.argsort(found, kind="stable")[: POOL // 3]
        order = order[np.concatenate([[True], np.diff(found[order]) > 0])]
        if len(self.objectives) == POOL and found[order[0]] >= self.objectives[-1]:
            return
        networks, objectives = batch[order], found[order]
        if self.networks is not None:
            networks = Networks.join([self.networks, networks])
            objectives = np.concatenate([self.objectives, objectives])
        objectives, kept = np.unique(objectives, return_index=True)
        self.networks, self.objectives = networks[kept[:POOL]], list(objectives[:POOL])
