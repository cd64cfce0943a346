"""Local search from the worst networks of a shape: by small changes, gradients, and CMA-ES.

Every method is a generator that yields batches and is sent their objectives, so that it can be interrupted and resumed
at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import cached_property

import numpy as np

from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.networks import PARTS, Networks, NetworkShape

from .families import varied
from .judge import Floats
from .shapes import batch

Method = Generator[Networks, Floats, None]
Start = Callable[[], Networks]
"""The worst known networks of a shape, the worst first; not empty."""

DIRECTIONS = 48
"""Largest number of directions of a gradient."""
STARTS = 12
"""Most descents at once."""
LENGTHS = 4.0 ** np.arange(-6, 3)
"""Steps of the line search, relative to the last one."""
GRADIENT_LARGEST = 4000
"""No gradients in more dimensions than this."""
ASKED = 30.0
"""Units of work (`effort`) that CMA-ES itself takes for a network."""
CMA_LARGEST = 400
"""No CMA-ES in more dimensions than this; in more than 60 with a diagonal covariance."""


class Coordinates:
    """Networks of a shape as points: their free arrays, log η and λ, flattened.

    Examples
    --------
    >>> domain = Domain(n=1, d=2, p=3, feedback="tied", eta=(0.1, 1.0))
    >>> at = Coordinates(domain, domain.smallest())
    >>> batch = domain.sample(domain.smallest(), np.random.default_rng(0), 5)
    >>> at.points(batch).shape, bool(np.allclose(at.networks(at.points(batch)).W, batch.W))
    ((5, 13), True)
    """

    def __init__(self, domain: Domain, shape: NetworkShape) -> None:
        fixed = {
            "X": "X" in domain.data,
            "y": domain.targets == "zero" or "y" in domain.data,
            "W": not domain.W_scale,
            "beta": not domain.beta_scale,
            "b": domain.feedback == "tied",
            "more": not domain.arrays,
            **{name: len(set(domain.real(name))) == 1 for name in ("eta", "lam")},
        }
        self.domain, self.shape = domain, shape
        self.free = [name for name in PARTS if not fixed[name]]

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        n, d, p, k = self.shape.n, self.shape.d, self.shape.p, self.shape.k or 1
        sizes = {"X": n * d, "y": n * k, "W": p * d, "beta": p * k, "b": p * k, "eta": 1, "lam": 1}
        sizes["more"] = self.domain.numbers_more(self.shape)
        return sum(sizes[name] for name in self.free)

    @cached_property
    def frame(self) -> Networks:
        """A network of the shape, for the fixed parts."""
        return self.domain.sample(self.shape, np.random.default_rng(0), 1)

    def points(self, networks: Networks) -> Floats:
        """Coordinates ``(B, dimension)``."""
        parts = [getattr(networks, name).reshape(len(networks), -1) for name in self.free]
        return np.concatenate([np.log(x) if name == "eta" else x for name, x in zip(self.free, parts, strict=True)], 1)

    def networks(self, points: Floats) -> Networks:
        """The networks of the domain at, or next to, these points ``(..., dimension)``."""
        points = points.reshape(-1, self.dimension)
        parts = {name: np.repeat(getattr(self.frame, name), len(points), axis=0) for name in PARTS}
        begin = 0
        for name in self.free:
            like = getattr(self.frame, name)
            part = points[:, begin : begin + like.size].reshape(len(points), *like.shape[1:])
            parts[name] = np.exp(np.clip(part, -700, 700)) if name == "eta" else part
            begin += like.size
        return self.domain.project(self.frame.replace(**parts))


def mutate(at: Coordinates, start: Start, rng: np.random.Generator) -> Method:
    """Mutations of the worst networks: noise of all sizes, parts of others, rounded numbers, or structure."""
    while True:
        parents = start()
        size = batch(parents.shape)
        chosen = np.minimum(rng.geometric(0.2, size) - 1, len(parents) - 1)
        points = at.points(parents)
        children = points[chosen].copy()
        some = rng.random(children.shape) < rng.choice([0.1, 0.3, 1.0], (size, 1))
        step = 10.0 ** rng.uniform(-3, 0.5, (size, 1)) * rng.standard_normal(children.shape)
        crossed = points[rng.integers(len(points), size=size)]
        kind = rng.integers(6, size=(size, 1))
        children += np.where(some & (kind <= 1), step, 0)
        children = np.where(some & (kind == 2), children * (1 + step), children)
        children = np.where(some & (kind == 3), crossed, children)
        children = np.where(some & (kind == 4), np.round(2 * children) / 2, children)
        made = at.networks(children)
        structured = kind[:, 0] == 5
        if structured.any():
            changed = at.domain.project(varied(made[structured], rng))
            made = Networks.join([made[~structured], changed])
        yield made


def gradient(at: Coordinates, start: Start, rng: np.random.Generator) -> Method:
    """Steepest descent with finite differences, from several of the worst networks at once, with a line search.

    In many dimensions the differences are taken in random directions.
    """
    while True:
        parents = at.points(start())
        several = max(1, min(STARTS, batch(at.shape) // DIRECTIONS))
        x = parents[np.unique(np.minimum(rng.geometric(0.2, several) - 1, len(parents) - 1))]
        starts, dimension = x.shape
        length, best = np.ones(starts), (yield at.networks(x))
        for _ in range(12):
            if dimension <= DIRECTIONS:
                directions = np.eye(dimension)
            else:
                directions = rng.standard_normal((DIRECTIONS, dimension)) / np.sqrt(dimension)
            h = 1e-6 * np.maximum(1, abs(x).max(axis=1))[:, None, None]
            found = yield at.networks(np.concatenate([x[:, None] + h * directions, x[:, None] - h * directions]))
            ahead, behind = np.nan_to_num(found).reshape(2, starts, -1)
            slope = ((ahead - behind) / h[:, 0]) @ directions
            slope /= np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-300)
            lengths = length[:, None] * LENGTHS
            trials = x[:, None] - lengths[..., None] * slope[:, None]
            found = (yield at.networks(trials)).reshape(starts, -1)
            chosen = np.arange(starts), np.argmin(found, axis=1)
            better = found[chosen] < best
            x = np.where(better[:, None], trials[chosen], x)
            best = np.where(better, found[chosen], best)
            length = np.where(better, lengths[chosen], 1e-3 * length)
            if length.max() < 1e-8:
                break


def evolve(at: Coordinates, start: Start, rng: np.random.Generator) -> Method:
    """CMA-ES (Hansen 2016) from the worst networks, restarted with other starts and initial step sizes."""
    import cma  # takes a second

    while True:
        points = at.points(start())
        x = points[min(rng.geometric(0.3) - 1, len(points) - 1)]
        count = 4 * (4 + int(3 * np.log(len(x))))  # four times the usual, since small batches cost as much
        options = {
            "verbose": -9,
            "seed": np.nan,
            "randn": lambda *size: rng.standard_normal(size),
            "CMA_diagonal": len(x) > 60,
            "popsize": count,
            "maxiter": 40 + 4 * len(x),
        }
        strategy = cma.CMAEvolutionStrategy(x, float(rng.choice([0.03, 0.3, 1.0])), options)
        while not strategy.stop():
            effort.spend(ASKED * count + 0.01 * len(x) ** 2)
            asked = np.array(strategy.ask())
            strategy.tell(list(asked), list((yield at.networks(asked))))


def methods(at: Coordinates) -> dict[str, Callable[[Coordinates, Start, np.random.Generator], Method]]:
    """The methods suitable for a shape, the cheapest first."""
    suited: dict[str, Callable[[Coordinates, Start, np.random.Generator], Method]]
    suited = {"mutate": mutate}
    if at.dimension <= GRADIENT_LARGEST:
        suited["gradient"] = gradient
    if 1 < at.dimension <= CMA_LARGEST:
        suited["evolve"] = evolve
    return suited
