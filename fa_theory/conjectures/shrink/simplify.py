"""Smaller shapes: networks of small numbers, tried at random, and parts of a network that can be dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
from numpy.typing import NDArray

from fa_theory.checker.ranges import ACTIVATIONS
from fa_theory.conjectures.language import effort, limits
from fa_theory.conjectures.language.declare import Conjecture, ForAll, Generic, margin
from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import exact
from fa_theory.conjectures.language.expression import Statement
from fa_theory.conjectures.language.nearby import shaken
from fa_theory.conjectures.language.networks import PARTS, Networks, NetworkShape
from fa_theory.errors import InputError
from fa_theory.model.ball import Array

from .certify import certify_counterexample
from .coordinates import constrained, realise

NOISE = 1e-9
"""Margins closer to 0 than this may be rounding."""
BATCH, ROUNDS, NEAR, TRIES = 256, 4, 4, 4
NUMBERS = 2_000_000
"""Approximate number of networks in a batch."""
NICE = sorted(
    {Fraction(0), Fraction(1, 4)} | {Fraction(i) * Fraction(10) ** j for i in (1, 2, 3, 4, 5, 8) for j in range(-4, 4)}
)
"""Simple step sizes and regularisations."""
AXES = {
    "n": {"X": 1, "y": 1},
    "d": {"X": 2, "W": 2},
    "p": {"W": 1, "beta": 1, "b": 1},
    "k": {"y": 2, "beta": 2, "b": 2},
}
"""Which axes of which parts have the length n, d, p or k."""


def violates(conjecture: Conjecture, networks: Networks, noise: float = NOISE) -> NDArray[np.bool_]:
    """Which networks of floats satisfy the hypotheses and violate the conclusion, by more than rounding.

    A strict conclusion is also violated by a margin of exactly 0.
    """
    evaluation = Evaluator(networks)
    noise = max(noise, limits.ROUNDING) if conjecture.has_limits else noise
    holds, fails = np.ones(len(networks), bool), np.zeros(len(networks), bool)
    try:
        for s in (s for said in conjecture.hypotheses.values() for s in said):
            value = evaluation(margin([s]))
            holds &= value > noise if _strict(s) else value >= -1e-12
        for s in conjecture.statements if holds.any() else ():
            value = evaluation(margin([s]))
            fails |= (value < -noise) | (_strict(s) & (value == 0))
    except (InputError, ValueError):  # a formula that is not defined for this shape
        return np.zeros(len(networks), bool)
    if conjecture.domain.inputs == "ball":
        fails &= np.all(np.sum(networks.X**2, axis=-1) <= 1, axis=-1)
    for name, bound in conjecture.domain.bounds.items():
        part = getattr(networks, name)
        fails &= np.sum(part**2, axis=tuple(range(1, part.ndim))) <= bound**2
    if conjecture.domain.alignment is not None:
        low, high = conjecture.domain.real("alignment")
        cosine = Evaluator(networks)(conjecture.run[0].alignment)
        fails &= (cosine >= low) & (cosine <= high)
    fails &= holds
    if isinstance(conjecture.quantifier, Generic) and fails.any():
        near = replace(conjecture, quantifier=ForAll())
        rng = np.random.default_rng(0)
        for _ in range(2):
            fails[fails] = violates(near, shaken(conjecture.domain, networks[fails], rng, 1e-6), noise)
    return fails


def _strict(said: object) -> bool:
    return isinstance(said, Statement) and said.strict


def size(shape: NetworkShape) -> tuple[int, ...]:
    """The sizes to minimise, in order of priority: steps, numbers, sizes, and the activation."""
    k = shape.k or 1
    return shape.steps, shape.size * k, shape.n + shape.d + shape.p + k, ACTIVATIONS.index(shape.activation)


def weight(x: Fraction) -> float:
    """The complexity of a number: 0 is the simplest, then 1, −1, other whole numbers, and fractions.

    Examples
    --------
    >>> [str(x) for x in sorted([Fraction(1, 3), Fraction(-1), Fraction(2), Fraction(0), Fraction(1)], key=weight)]
    ['0', '1', '-1', '2', '1/3']
    """
    return abs(x.numerator).bit_length() + 2 * (x.denominator.bit_length() - 1) + (x < 0) / 2


def total_weight(networks: Networks) -> float:
    """The complexity of the numbers of a batch of one."""
    return sum(weight(x) for name in PARTS for x in getattr(networks, name).flat)


# networks of small numbers


def _shapes(domain: Domain, largest: NetworkShape) -> list[NetworkShape]:
    """Small shapes of the domain, smallest first, none larger than the one given."""
    sizes = ["n", "d", "p", "steps", *(["k"] if domain.k is not None else [])]
    ranges = [
        range(domain.whole(name)[0], min(domain.whole(name)[1], domain.whole(name)[0] + NEAR) + 1) for name in sizes
    ]
    shapes = [
        domain.shape(dict(zip(sizes, chosen, strict=True)), name)
        for chosen in product(*ranges)
        for name in domain.activations
    ]
    return sorted((s for s in shapes if domain.contains_shape(s) and size(s) <= size(largest)), key=size)


def draw(domain: Domain, shape: NetworkShape, rng: np.random.Generator, count: int) -> Networks:
    """Coordinates (see `coordinates`) of random networks of small whole numbers and fractions."""

    def numbers(*axes: int) -> Array:
        one = (count, *([1] * len(axes)))
        largest, denominator = rng.choice([1, 1, 2, 3, 5, 10], one), rng.choice([1, 1, 1, 1, 2, 2, 3, 4, 5, 10], one)
        made: Array = np.rint(rng.uniform(-largest - 0.49, largest + 0.49, (count, *axes))) / denominator
        return made

    n, d, p, outputs = shape.n, shape.d, shape.p, shape.outputs
    X, beta, b = numbers(n, d), numbers(p, *outputs), numbers(p, *outputs)
    signs = rng.choice([1.0, 1.0, 1.0, -1.0], (count, max(n, d)))
    if domain.inputs == "sphere":
        X[..., 0] = signs[:, :n]
    elif domain.inputs == "orthonormal":
        X = np.triu(numbers(d, d), 1) + np.eye(d) * signs[:, :d, None]
    kind = rng.choice([0, 0, 0, 1, -1], (count, 1, *([1] * len(outputs))))
    return Networks(
        shape=shape,
        rule=domain.rule,
        cutoff=domain.cutoff,
        X=X,
        y=numbers(n, *outputs) * rng.choice([0, 1, 1], (count, 1, *([1] * len(outputs)))),
        W=numbers(p, d),
        beta=beta,
        b=np.where(kind == 0, b, kind * beta),
        eta=_nice(domain, "eta", rng, count),
        lam=_nice(domain, "lam", rng, count),
        arrays=domain.arrays,
        more=numbers(domain.numbers_more(shape)),
    )


def _nice(domain: Domain, name: str, rng: np.random.Generator, count: int) -> Array:
    low, high = domain.exact(name)
    values = [float(x) for x in NICE if low <= x <= high] * 2
    return np.asarray(rng.choice([*values, float(low), float(high)], count))


def rationals(domain: Domain, coordinates: Networks) -> Networks:
    """Coordinates drawn as floats, as the small rationals that they stand for."""
    return constrained(domain, exact(coordinates).map(lambda x: np.asarray(_NEAR(x), dtype=object).reshape(x.shape)))


_NEAR = np.frompyfunc(lambda x: Fraction(x).limit_denominator(10**5), 1, 1)


def smallest(conjecture: Conjecture, largest: NetworkShape, rng: np.random.Generator, until: float) -> Networks | None:
    """Coordinates of a certified violation of the smallest shape, up to a given one, from random small numbers."""
    domain, best = conjecture.domain, None
    shapes = _shapes(domain, largest)
    for attempt in range(ROUNDS):
        for shape in shapes:
            if effort.passed(until) or (best is not None and size(shape) >= size(best.shape)):
                break
            drawn = draw(domain, shape, rng, affordable(limits.priced(conjecture, shape), BATCH * 2**attempt))
            found = np.flatnonzero(violates(conjecture, realise(domain, drawn)))
            if len(found):
                candidates = [rationals(domain, drawn[int(i)]) for i in found[: 4 * TRIES]]
                for candidate in sorted(candidates, key=total_weight)[:TRIES]:
                    if certify_counterexample(conjecture, realise(domain, candidate)) is not None:
                        best = candidate
                        break
    return best


def affordable(shape: NetworkShape, count: int) -> int:
    """At most this many networks, fewer if they are large."""
    numbers = (shape.steps + 1) * (shape.n * shape.p + shape.p * shape.d + shape.n * shape.d) * (shape.k or 1)
    return max(8, min(count, NUMBERS // numbers))


# parts that can be dropped


def dropped(conjecture: Conjecture, networks: Networks, rng: np.random.Generator, until: float) -> Networks:
    """A violation by a smaller part of a network of floats, with random changes to restore it."""
    shrinking = True
    while shrinking:
        shrinking = False
        for name in ("steps", "k", "n", "p", "d"):
            for smaller in _parts(conjecture.domain, networks, name, rng):
                if effort.passed(until):
                    return networks
                changed = conjecture.domain.project(_shaken(smaller, rng))
                found = np.flatnonzero(violates(conjecture, changed))
                if len(found):
                    networks, shrinking = changed[int(found[0])], True
                    break
    return networks


def _parts(domain: Domain, networks: Networks, name: str, rng: np.random.Generator) -> Iterator[Networks]:
    """Batches with one size reduced: to the minimum, by half, by one."""
    now = getattr(networks.shape, name)
    low = 0 if now is None else domain.whole(name)[0]
    for count in sorted({low, (low + now) // 2, now - 1}) if now is not None and now > low else ():
        shape = replace(networks.shape, **{name: count})
        if not domain.contains_shape(shape):
            continue
        if name == "steps":
            yield networks.replace(shape=shape)
            continue
        axes = AXES[name]
        kept = [np.delete(np.arange(now), i) for i in range(now)] if count == now - 1 else []
        kept = kept[:64] or [np.sort(rng.choice(now, count, replace=False)) for _ in range(16)]
        yield Networks.join(
            [
                networks.replace(
                    shape=shape,
                    more=_more(networks, name, rows),
                    **{part: np.take(getattr(networks, part), rows, axis) for part, axis in axes.items()},
                )
                for rows in kept
            ]
        )


def _more(networks: Networks, name: str, rows: Array) -> Array:
    """The further arrays with some rows only along all axes of the length n, d, p or k."""
    parts = []
    for array, axes in networks.arrays.items():
        part = networks.array(array)
        for axis, length in enumerate(axes):
            part = np.take(part, rows, axis + 1) if length == name else part
        parts.append(part.reshape(len(part), -1))
    return np.concatenate(parts, axis=1) if parts else networks.more


def _shaken(networks: Networks, rng: np.random.Generator) -> Networks:
    """First the networks themselves, then copies with increasing random changes."""

    def changed(x: Array, scale: float) -> Array:
        typical = np.sqrt(np.mean(np.square(x))) + 0.1 if x.ndim > 1 and x.size else x
        made: Array = x + scale * typical * rng.standard_normal(x.shape)
        return made

    copies = affordable(networks.shape, 200) // (3 * len(networks))
    scales = np.repeat([0.1, 0.3, 1.0], max(1, copies))
    parts = {name: [changed(getattr(networks, name), scale) for scale in (0.0, *scales)] for name in PARTS}
    many = {name: np.concatenate(batches) for name, batches in parts.items()}
    return networks.replace(**many)
