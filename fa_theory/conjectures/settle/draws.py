"""Draws from the distribution of a domain: margins of a conjecture, and the networks that satisfy its hypotheses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from fa_theory.conjectures.language import limits
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.expression import Statement
from fa_theory.conjectures.language.networks import Networks, NetworkShape
from fa_theory.model.ball import Array

BATCH = 4_000_000
"""Approximate limit on the numbers in a batch: X, W and the intermediate results, at every step."""


def batches(conjecture: Conjecture, count: int, rng: np.random.Generator) -> Iterator[Networks]:
    """``count`` networks from the distribution of the domain, those of one shape together.

    The shapes are drawn first, one for each network, so the networks are independent and identically distributed.
    """
    shapes = Counter(conjecture.domain.random_shape(rng) for _ in range(count))
    for shape, number in shapes.items():
        yield from _of_shape(conjecture, shape, number, rng)


def _of_shape(conjecture: Conjecture, shape: NetworkShape, number: int, rng: np.random.Generator) -> Iterator[Networks]:
    steps = limits.priced(conjecture, shape).steps
    each = (shape.n * (shape.d + 2 * shape.p) + 2 * shape.p * shape.d + shape.n**2) * (1 + steps) * (shape.k or 1)
    most = max(1, BATCH // each)
    for start in range(0, number, most):
        yield conjecture.domain.sample(shape, rng, min(most, number - start))


def margins(conjecture: Conjecture, networks: Networks) -> tuple[Array, Array]:
    """Margins of the conclusion, and which networks satisfy all hypotheses (floats; not rigorous)."""
    evaluation = Evaluator(networks)
    return evaluation(conjecture.margin), accepted(conjecture, evaluation)


def accepted(conjecture: Conjecture, evaluation: Evaluator) -> Array:
    """Which networks of a batch satisfy all hypotheses; one that is not defined counts as not satisfied."""
    holds = np.ones(len(evaluation.networks), dtype=bool)
    for name, margin in conjecture.hypothesis_margins.items():
        value = evaluation(margin)
        strict = any(isinstance(s, Statement) and s.strict for s in conjecture.hypotheses[name])
        holds &= value > 0 if strict else value >= 0
    return holds
