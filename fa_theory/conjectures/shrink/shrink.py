"""Shrinking: from a violation to the smallest and simplest one.

Batches of networks of small whole numbers and fractions are tried over the small shapes of the domain: most false
conjectures fail there. If none is found, samples, inputs, neurons, outputs and steps of the given network are
dropped. Last, every number is replaced by the simplest one that still violates. The result is exact, lies in the
domain exactly, and is certified if any violation could be.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from fa_theory.conjectures.language import effort, limits
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.exact import exact
from fa_theory.conjectures.language.networks import PARTS, Networks
from fa_theory.model.ball import Array

from .certify import certify_counterexample
from .coordinates import constrained, coordinates, free, realise
from .simplify import NICE, affordable, dropped, smallest, violates, weight

DENOMINATORS = (1, 2, 3, 4, 5, 8, 10, 16, 100, 1000, 10**4, 10**6)
SIMPLE = [Fraction(i, j) for i, j in ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2), (3, 1), (-3, 1))]
Place = tuple[str, tuple[int, ...]]
"""Position of a number in a network: the part, and the index."""
Move = tuple[list[Place], tuple[Fraction, ...]]
"""Numbers to be replaced, and their replacements."""
JOINT = 20_000
"""Random moves of several numbers tried at once."""
QUICK, TRIES = 500, 3
"""Up to this size every step is certified, if necessary in a few attempts; above it, only the end."""
MOVE = 2.0
"""Units of work (`effort`) for every number of a network that is changed."""
POOL = sorted({*SIMPLE, *NICE, *(-x for x in NICE)})


def shrink(conjecture: Conjecture, networks: Networks, *, deadline: float) -> Networks:
    """The smallest and simplest violation that can be found in the time given.

    Parameters
    ----------
    conjecture
        The violated conjecture.
    networks
        A violation: a batch of one, of floats.
    deadline
        When to stop, on the clock of `effort.now`, which counts work.

    Returns
    -------
    Networks
        A batch of one, of rationals, in the domain exactly; the one given, made exact, if nothing better was found.
        `certify_counterexample` accepts it unless it can certify none.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture, norm
    >>> from fa_theory.conjectures.language import effort
    >>> from fa_theory.conjectures.language.networks import NetworkShape
    >>> @conjecture(Domain(n=(1, 4), d=(1, 4), p=(1, 16), eta=(0.01, 8.0)))
    ... def shrinks(run):
    ...     return norm(run[1].error) <= norm(run[0].error)
    >>> batch = shrinks.domain.sample(NetworkShape(3, 2, 9, None, "linear", 1), np.random.default_rng(0), 100)
    >>> worst = int(np.flatnonzero(violates(shrinks, batch))[0])
    >>> shrink(shrinks, batch[worst], deadline=effort.now() + 5).shape
    NetworkShape(n=1, d=1, p=1, k=None, activation='linear', steps=1)
    """
    domain, rng, now = conjecture.domain, np.random.default_rng(0), effort.now()
    given = exact(coordinates(domain, networks))
    found = smallest(conjecture, networks.shape, rng, now + 0.4 * (deadline - now))
    if found is None:
        part = dropped(conjecture, networks, rng, now + 0.7 * (deadline - now))
        found = exact(coordinates(domain, part))
    trail = [given, found]
    trail.extend(simplified(conjecture, found, deadline))
    for back in (*(2**i for i in range(len(trail).bit_length())), len(trail)):  # the simplest first
        candidate = realise(domain, trail[-back])
        if certify_counterexample(conjecture, candidate) is not None:
            return candidate
    return realise(domain, given)


def simplified(conjecture: Conjecture, start: Networks, deadline: float) -> Iterator[Networks]:
    """Successively simpler coordinates, from a violation: all numbers at once, by parts, by rows, and one by one."""
    masks, best, rng = free(conjecture.domain, start), start, np.random.default_rng(0)
    everything = [(name, tuple(int(i) for i in index)) for name in PARTS for index in np.argwhere(masks[name])]
    groups: dict[tuple[object, ...], list[Place]] = {(): everything}
    for name, index in everything:
        for key in ((name,), (name, *index[:1]), (name, *index)):
            groups.setdefault(key, []).append((name, index))
    order = sorted(groups.values(), key=len, reverse=True)
    changed = True
    while changed:
        changed = False
        for group in order:
            if effort.passed(deadline):
                return
            simpler = _simplest(conjecture, best, group)
            if simpler is not None:
                best, changed = simpler, True
                yield best
        if not changed:
            joint = _together(conjecture, best, masks, everything, rng)
            if joint is not None:
                best, changed = joint, True
                yield best


def _simplest(conjecture: Conjecture, now: Networks, places: list[Place]) -> Networks | None:
    """The simplest networks that still violate when some numbers get equal changes; None: these are the simplest."""
    old = _values(now, places)
    rounded = [[Fraction(round(x * m), m) for x in old] for m in DENOMINATORS]
    rounded += [[Fraction(int(x / 2)) for x in old], [x - (x > 0) + (x < 0) for x in rounded[0]]]
    alike = SIMPLE if places[0][1] else NICE
    proposals = {tuple(new) for new in [*rounded, *([x] * len(old) for x in alike)]} - {tuple(old)}
    return _lightest(conjecture, now, [(places, new) for new in sorted(proposals)])


def _together(
    conjecture: Conjecture, now: Networks, masks: dict[str, Array], places: list[Place], rng: np.random.Generator
) -> Networks | None:
    """Three numbers replaced at random by simple ones, where single numbers cannot be simplified."""
    old, shape = _values(now, places), (affordable(limits.priced(conjecture, now.shape), JOINT), min(3, len(places)))
    chosen, new = rng.integers(len(places), size=shape), rng.integers(len(POOL), size=shape)
    distinct = np.all(np.diff(np.sort(chosen, axis=1), axis=1) > 0, axis=1)
    gain = np.sum(np.array([weight(x) for x in old])[chosen] - np.array([weight(x) for x in POOL])[new], axis=1)
    best = np.argsort(-gain)
    best = best[(distinct & (gain > 0))[best]]
    if shape[1] < 2 or not len(best):
        return None
    flat = np.tile(np.array(old, float), (len(best), 1))
    np.put_along_axis(flat, chosen[best], np.array(POOL, float)[new[best]], axis=1)
    parts, start = {}, 0
    for name in PARTS:
        parts[name] = np.repeat(getattr(now, name).astype(float), len(best), axis=0)
        size = int(np.count_nonzero(masks[name]))
        parts[name][:, masks[name]] = flat[:, start : start + size]
        start += size
    found = best[violates(conjecture, realise(conjecture.domain, now.replace(**parts)))]
    moves = [([places[i] for i in chosen[j]], tuple(POOL[i] for i in new[j])) for j in found[:20]]
    return _lightest(conjecture, now, moves)


def _lightest(conjecture: Conjecture, now: Networks, moves: list[Move]) -> Networks | None:
    """The simplest of the networks that violate after one of the moves, if it is simpler than this one."""
    domain = conjecture.domain
    effort.spend(MOVE * len(moves) * sum(getattr(now, name).size for name in PARTS))
    weighed = []
    for places, values in moves:
        changed = constrained(domain, _changed(now, places, values))
        gain = sum(map(weight, _values(now, places))) - sum(map(weight, _values(changed, places)))
        if gain > 0:
            weighed.append((gain, changed))
    if not weighed:
        return None
    candidates = [changed for _, changed in sorted(weighed, key=lambda pair: -pair[0])]
    floats = Networks.join(candidates).map(lambda x: x.astype(float))
    found = [candidates[int(i)] for i in np.flatnonzero(violates(conjecture, realise(domain, floats)))]
    if now.shape.size * (now.shape.steps + 1) > QUICK:
        return next(iter(found), None)
    return next((c for c in found[:TRIES] if certify_counterexample(conjecture, realise(domain, c)) is not None), None)


def _values(networks: Networks, places: list[Place]) -> list[Fraction]:
    return [getattr(networks, name)[(0, *index)] for name, index in places]


def _changed(networks: Networks, places: list[Place], values: tuple[Fraction, ...]) -> Networks:
    copies = {name: getattr(networks, name).copy() for name in {name for name, _ in places}}
    for (name, index), value in zip(places, values, strict=True):
        copies[name][(0, *index)] = value
    return networks.replace(**copies)
