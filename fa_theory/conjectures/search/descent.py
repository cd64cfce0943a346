"""Local search from the worst networks of a shape: by small changes, gradients, and CMA-ES.

Every method is a generator that yields batches and is sent their objectives, so that it can be interrupted and resumed
at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

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
EXCHANGED, AT_END = 0.4, 0.15
"""Shares of mutations in which two layers are rescaled, and in which η and λ are moved to an end of their ranges."""
FRESH = 16
"""Networks drawn anew, from the best of which CMA-ES may start."""
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

    @property
    def rates(self) -> dict[int, Floats]:
        """The places of log η and λ among the coordinates, if they are free, and the ends of their ranges."""
        ends = {"eta": np.log(self.domain.real("eta")), "lam": np.array(self.domain.real("lam"))}
        last = [name for name in self.free if name in ends]
        return {self.dimension - len(last) + i: ends[name] for i, name in enumerate(last)}

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
        for place, ends in at.rates.items():
            at_end = rng.random(size) < AT_END
            children[at_end, place] = rng.choice(ends, at_end.sum())
        made = at.domain.project(_exchanged(at.networks(children), rng.random(size) < EXCHANGED, rng))
        structured = kind[:, 0] == 5
        if structured.any():
            changed = at.domain.project(varied(made[structured], rng))
            made = Networks.join([made[~structured], changed])
        yield made


def _exchanged(networks: Networks, chosen: NDArray[np.bool_], rng: np.random.Generator) -> Networks:
    """Some of the networks with one layer of weights made larger and another smaller by the same factor, by neurons."""
    larger, smaller = rng.permutation(["W", "beta", "b"])[:2]
    scale = 10.0 ** rng.normal(0, 1, (len(networks), networks.shape.p))
    scale = np.where(chosen[:, None] & (rng.random(scale.shape) < 0.7), scale, 1)

    def times(name: str, factor: Floats) -> Floats:
        array: Floats = getattr(networks, name)
        return array * factor.reshape(*factor.shape, *[1] * (array.ndim - 2))

    return networks.replace(**{larger: times(larger, scale), smaller: times(smaller, 1 / scale)})


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
    """CMA-ES (Hansen 2016), restarted with other starts, initial step sizes and charts.

    It starts from one of the worst networks, or from the best of a few drawn anew: where the margin is small because
    little happens, as for small η, all of the worst networks may lie.
    """
    import cma  # takes a second

    while True:
        if rng.random() < 0.5:
            points = at.points(start())
            x = points[min(rng.geometric(0.3) - 1, len(points) - 1)]
        else:
            drawn = at.domain.sample(at.shape, rng, FRESH)
            x = at.points(drawn)[np.argmin((yield drawn))]
        chart = Chart.drawn(at, x, rng)
        if not chart.free.sum() > 1:
            continue
        y = chart.origin
        count = 4 * (4 + int(3 * np.log(len(y))))  # four times the usual, since small batches cost as much
        options = {
            "verbose": -9,
            "seed": np.nan,
            "randn": lambda *size: rng.standard_normal(size),
            "CMA_diagonal": len(y) > 60,
            "popsize": count,
            "maxiter": 40 + 4 * len(y),
        }
        strategy = cma.CMAEvolutionStrategy(y, float(rng.choice([0.03, 0.3, 1.0])), options)
        while not strategy.stop():
            effort.spend(ASKED * count + 0.01 * len(y) ** 2)
            asked = np.array(strategy.ask())
            strategy.tell(list(asked), list((yield at.networks(chart.points(asked)))))


@dataclass(frozen=True, eq=False)
class Chart:
    """Some of the coordinates of a point, others held fixed; numbers, or logarithms of their absolute values.

    In logarithms a product that is held, such as ``b_r β_r``, is a plane instead of a curve, and numbers of any size
    are as near as any other. Signs and zeros stay.

    Attributes
    ----------
    x
        The point, ``(dimension,)``.
    free
        Which coordinates vary.
    scaled
        Which of all coordinates are replaced by their logarithms.
    """

    x: Floats
    free: NDArray[np.bool_]
    scaled: NDArray[np.bool_]

    @staticmethod
    def drawn(at: Coordinates, x: Floats, rng: np.random.Generator) -> Chart:
        """A chart at a point: with or without logarithms, with η and λ free or at the ends of their ranges."""
        x, rates = x.copy(), at.rates
        free = np.ones(len(x), dtype=bool)
        scaled = np.full(len(x), rng.random() < 0.5)
        scaled[list(rates)] = False
        if rng.random() < 0.5:
            for place, ends in rates.items():
                x[place], free[place] = rng.choice(ends), False
        return Chart(x, free & ~(scaled & (x == 0)), scaled)

    @property
    def origin(self) -> Floats:
        """The coordinates of the point."""
        with np.errstate(divide="ignore"):
            return np.where(self.scaled, np.log(abs(self.x)), self.x)[self.free]

    def points(self, y: Floats) -> Floats:
        """The points ``(m, dimension)`` with these coordinates ``(m, number of free ones)``."""
        made = np.repeat(self.x[None], len(y), axis=0)
        scaled = np.sign(self.x[self.free]) * np.exp(np.clip(y, -700, 700))
        made[:, self.free] = np.where(self.scaled[self.free], scaled, y)
        return made


def methods(at: Coordinates) -> dict[str, Callable[[Coordinates, Start, np.random.Generator], Method]]:
    """The methods suitable for a shape, the cheapest first."""
    suited: dict[str, Callable[[Coordinates, Start, np.random.Generator], Method]]
    suited = {"mutate": mutate}
    if at.dimension <= GRADIENT_LARGEST:
        suited["gradient"] = gradient
    if 1 < at.dimension <= CMA_LARGEST:
        suited["evolve"] = evolve
    return suited
