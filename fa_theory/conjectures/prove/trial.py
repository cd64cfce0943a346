"""A trial of what was proved, by a way that shares nothing with the proof: networks evaluated in balls."""

from __future__ import annotations

import numpy as np

from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.evaluate import Evaluation
from fa_theory.errors import FATheoryError
from fa_theory.model.ball import Ball, balls
from fa_theory.seeds import generator

SHAPES, EACH, LARGEST = 6, 3, 120
SLACK = 1e-6
"""Drawn networks lie in the domain up to rounding only (inputs of norm 1)."""


def contradicted(conjecture: Conjecture) -> str | None:
    """Where networks drawn from the domain satisfy the hypotheses and violate the conclusion by more than rounding."""
    rng = generator(0, "proof", conjecture.name)
    domain = conjecture.domain
    shapes = [domain.smallest(), *(domain.random_shape(rng) for _ in range(SHAPES))]
    for shape in shapes:
        if shape.size * (1 + shape.steps) > LARGEST or not domain.contains_shape(shape):
            continue
        evaluation = Evaluation(domain.sample(shape, rng, EACH).map(lambda x: balls(np.asarray(x))))
        try:
            margins = evaluation(conjecture.margin)
            hypotheses = [evaluation(margin) for margin in conjecture.hypothesis_margins.values()]
        except FATheoryError:
            continue
        for i, margin in enumerate(margins):
            holds = all(Ball(values[i]).arb > SLACK for values in hypotheses)
            if holds and Ball(margin).arb < -SLACK:
                return f"it fails at {shape}"
    return None
