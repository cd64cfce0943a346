"""A trial of what was proved, by a way that shares nothing with the proof: networks evaluated in balls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import within
from fa_theory.errors import FATheoryError
from fa_theory.model.ball import Ball, balls
from fa_theory.seeds import generator

SHAPES, EACH, LARGEST = 6, 3, 120
"""Shapes drawn, networks of each, and the largest ``n·d·p·(1 + T)`` that is evaluated."""
SLACK = 1e-6
"""Drawn networks lie in the domain up to rounding only (inputs of norm 1)."""


@dataclass(frozen=True)
class Trial:
    """What became of the networks that a proof was compared with.

    Attributes
    ----------
    tried
        Networks that certainly satisfy the hypotheses and whose margin could be evaluated.
    shapes, large, undefined
        Shapes considered; those of them left out because they are larger than `LARGEST`; and those where the statement
        could not be evaluated in balls.
    contradiction
        Where the conclusion certainly fails, or nothing.
    """

    tried: int
    shapes: int
    large: int
    undefined: int
    contradiction: str = ""

    def __str__(self) -> str:
        left = [f"{self.large} with n·d·p·(1 + T) > {LARGEST}"] if self.large else []
        left += [f"{self.undefined} where balls do not decide it"] if self.undefined else []
        out = f"; of {self.shapes} shapes drawn, left out: {' and '.join(left)}" if left else ""
        return f"compared with {self.tried or 'no'} networks drawn from the domain, in balls{out}"


def trial(conjecture: Conjecture) -> Trial:
    """Compare a conjecture with networks drawn from its domain; a violation must exceed rounding.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture
    >>> @conjecture(Domain(n=9, d=9, p=(9, 99)))
    ... def loss_is_not_negative(run):
    ...     return run[0].loss >= 0
    >>> print(trial(loss_is_not_negative))
    compared with no networks drawn from the domain, in balls; of 7 shapes drawn, left out: 7 with n·d·p·(1 + T) > 120
    """
    rng = generator(0, "proof", conjecture.name)
    domain = conjecture.domain
    smallest = domain.smallest()
    shapes = [smallest] if domain.contains_shape(smallest) else []
    shapes += [domain.random_shape(rng) for _ in range(SHAPES)]
    tried = large = undefined = 0
    for shape in shapes:
        if shape.size * (1 + shape.steps) > LARGEST:
            large += 1
            continue
        drawn = within(domain, domain.sample(shape, rng, EACH))
        evaluation = Evaluator(drawn.map(lambda x: balls(np.asarray(x))))
        try:
            margins = evaluation(conjecture.margin)
            hypotheses = [evaluation(margin) for margin in conjecture.hypothesis_margins.values()]
        except FATheoryError:
            undefined += 1
            continue
        for i, margin in enumerate(margins):
            if not all(Ball(values[i]).arb > SLACK for values in hypotheses):
                continue
            tried += 1
            if Ball(margin).arb < -SLACK:
                return Trial(tried, len(shapes), large, undefined, f"it fails at {shape}")
    return Trial(tried, len(shapes), large, undefined)
