"""Statements "for all … there is …": a search for what is to exist, for networks drawn from the domain.

Where it is found for all draws, the probability that it exists for a network of the distribution has a lower bound, as
what was found exists (up to rounding of floats). Where it is not found nothing is shown: the verdict is *undecided*.
So such a statement is never proved, and never falsified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fa_theory.checker.decimals import below
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture, ThereIs
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.networks import PARTS, Networks
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.statistics.binomial import Proportion

from .draws import accepted

DRAWS = 459
"""Networks for which something is to exist: found for all, it exists with probability ≥ 0.99, at 99 % confidence."""
TRIED, GENERATIONS = 128, 40
"""Choices tried at once for one network, and how often, each time nearer to the best ones."""
BEST = 8
PROPOSED = 20
"""At most this many draws for one that satisfies the hypotheses."""


@dataclass(frozen=True)
class Existence:
    """For how many draws a choice was found.

    Attributes
    ----------
    found, draws, proposed
        Draws for which there is one, that satisfy the hypotheses, and all.
    tried
        All networks evaluated.
    finished
        Whether all draws were tried that were planned.
    hardest
        The largest margin found for the draw for which it is smallest.
    missed
        The sizes of the first network without a choice.
    """

    found: int
    draws: int
    proposed: int
    tried: int
    finished: bool
    hardest: float
    missed: str

    @property
    def verdict(self) -> str:
        """``supported``, ``undecided`` or ``vacuous``."""
        if not self.draws:
            return "vacuous"
        return "supported" if self.finished and self.found == self.draws else "undecided"

    @property
    def interval(self) -> tuple[float, float]:
        """Of the probability that there is a choice; from above nothing is known."""
        return (Proportion(self.found, self.draws, 0.98).interval[0] if self.draws else 0.0), 1.0

    @property
    def reason(self) -> str:
        """One sentence."""
        if not self.draws:
            return f"none of {self.proposed} draws satisfies the hypotheses"
        said = f"found for {self.found} of {self.draws} draws"
        if self.found < self.draws:
            most = TRIED * GENERATIONS
            return f"{said}; for {self.missed} none of {most:,} choices will do, which does not show that none exists"
        if not self.finished:
            return f"{said}, and the work of the budget ended before {DRAWS} draws"
        return f"{said}: it exists with probability ≥ {below(self.interval[0], 4)} at 99 % confidence"


def existence(
    conjecture: Conjecture, *, rng: np.random.Generator, deadline: float, notify: Callable[[str], None] = lambda _: None
) -> Existence:
    """Draw networks, and look for a choice of the parts for each.

    Parameters
    ----------
    conjecture
        With the quantifier `ThereIs`.
    rng
        Generator of the draws and of the choices.
    deadline
        On the clock of `effort.now`.
    notify
        Called with one line of progress at a time.

    Raises
    ------
    InputError
        If the conjecture has another quantifier.
    """
    quantifier = conjecture.quantifier
    if not isinstance(quantifier, ThereIs):
        raise InputError(f"{conjecture.name} does not claim that something exists but {quantifier}")
    found = draws = proposed = tried = 0
    hardest, missed = np.inf, ""
    while draws < DRAWS and not effort.passed(deadline) and proposed < PROPOSED * DRAWS:
        shape = conjecture.domain.random_shape(rng)
        one = conjecture.domain.sample(shape, rng, 1)
        proposed += 1
        if not accepted(conjecture, Evaluator(one))[0]:
            continue
        best = -np.inf
        for choices in _choices(conjecture, one, quantifier.parts, rng, margins := _Margins(conjecture)):
            values = margins(choices)
            tried += len(choices)
            best = max(best, float(values.max(initial=-np.inf)))
            if best > 0 or (best == 0 and not conjecture.strict):
                found += 1
                break
        draws += 1
        hardest = min(hardest, best)
        if found < draws and not missed:
            missed = f"a network with n = {shape.n}, d = {shape.d}, p = {shape.p}"
        notify(f"found for {found} of {draws} draws")
    return Existence(found, draws, proposed, tried, draws >= DRAWS, float(hardest), missed)


class _Margins:
    """The margins of the batch that was tried last."""

    def __init__(self, conjecture: Conjecture) -> None:
        self.conjecture = conjecture
        self.last: Array = np.zeros(0)

    def __call__(self, networks: Networks) -> Array:
        values = Evaluator(networks)(self.conjecture.margin)
        self.last = np.where(np.isnan(values), -np.inf, values)
        return self.last


def _choices(
    conjecture: Conjecture, one: Networks, parts: tuple[str, ...], rng: np.random.Generator, margins: _Margins
) -> Iterator[Networks]:
    """Networks that differ from one in the parts to be chosen only: drawn, then ever nearer to the best."""
    domain, shape = conjecture.domain, one.shape
    places = shape.layout(one.arrays)
    best: Networks | None = None
    values: Array = np.zeros(0)
    for generation in range(GENERATIONS):
        drawn = domain.sample(shape, rng, TRIED)
        if best is not None and generation % 4:
            near = best[rng.integers(len(best), size=TRIED)]
            scale = 10.0 ** rng.uniform(-4, 1, TRIED)
            drawn = drawn.replace(**{name: _moved(getattr(near, name), scale, rng) for name in PARTS})
        made = {}
        for name in PARTS:
            given = np.repeat(getattr(one, name), TRIED, axis=0)
            if name in parts:
                given = getattr(drawn, name)
            elif name == "more":
                for each in parts:
                    if each in places:
                        given[:, places[each][0]] = drawn.more[:, places[each][0]]
            made[name] = given
        tried = domain.project(drawn.replace(**made))
        kept = tried[_unchanged(one, tried, parts)]
        if not len(kept):
            continue
        yield kept
        together = kept if best is None else Networks.join([best, kept])
        values = margins.last if best is None else np.concatenate([values, margins.last])
        order = np.argsort(-values)[:BEST]
        best, values = together[order], values[order]


def _moved(x: Array, scale: Array, rng: np.random.Generator) -> Array:
    size = scale.reshape(-1, *[1] * (x.ndim - 1))
    made: Array = x + size * rng.standard_normal(x.shape)
    return abs(made) if x.ndim == 1 else made


def _unchanged(one: Networks, tried: Networks, parts: tuple[str, ...]) -> NDArray[np.bool_]:
    """Where projection onto the domain left the parts that are given."""
    same = np.ones(len(tried), bool)
    for name in PARTS:
        if name not in parts and name != "more":
            gap = abs(getattr(tried, name) - getattr(one, name))
            same &= gap.reshape(len(tried), -1).max(axis=1, initial=0) <= 1e-12
    return same
