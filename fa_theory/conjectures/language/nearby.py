"""Networks of a domain near others."""

from __future__ import annotations

import numpy as np

from fa_theory.model.ball import Array

from .domain import Domain
from .networks import Networks


def shaken(domain: Domain, networks: Networks, rng: np.random.Generator, scale: float | Array) -> Networks:
    """Networks of the domain near these, at random: none of them is special."""
    size = np.broadcast_to(scale, (len(networks),))

    def changed(x: Array) -> Array:
        each = size.reshape(-1, *[1] * (x.ndim - 1))
        made: Array = x + each * (abs(x) + 0.1) * rng.standard_normal(x.shape)
        return made

    return domain.project(networks.map(changed))
