"""Violations in floating point, evaluated again in balls of 1024 bits."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from flint import arb, ctx

from fa_theory.conjectures.language.declare import Conjecture, margin
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import within
from fa_theory.conjectures.language.expression import Expr, Statement
from fa_theory.conjectures.language.networks import Networks
from fa_theory.errors import UncertainComparison
from fa_theory.model.ball import balls

BITS = 1024
AGREEING = arb(2) ** (-BITS // 2)
"""Two sides count as equal if their distance is certainly less than this."""
DIGITS = 150
LARGEST = 20_000
"""Largest ``n·p·(d + k)·(steps + 1)`` of a network that is evaluated again."""


class SecondLook(Enum):
    """The result in balls."""

    HOLDS = "the conclusion certainly holds"
    OUTSIDE = "a hypothesis certainly fails"
    EQUAL = "both sides agree to 150 digits"
    UNKNOWN = "undecided with 1024 bits"


def second_look(conjecture: Conjecture, networks: Networks) -> SecondLook:
    """Evaluate in balls one network that violates the conjecture in floats but could not be certified.

    Parameters
    ----------
    conjecture
        Any.
    networks
        A batch of one, of floats.

    Examples
    --------
    >>> import numpy as np
    >>> from fa_theory.conjectures import Domain, conjecture, exp
    >>> @conjecture(Domain(n=1, d=1, p=1))
    ... def below_one(run):
    ...     return 1 - exp(-abs(run.y)) < 1
    >>> one = below_one.domain.sample(below_one.domain.smallest(), np.random.default_rng(0), 1)
    >>> second_look(below_one, one.replace(y=0 * one.y + 50))
    <SecondLook.HOLDS: 'the conclusion certainly holds'>
    """
    shape = networks.shape
    if shape.n * shape.p * (shape.d + (shape.k or 1)) * (shape.steps + 1) > LARGEST:
        return SecondLook.UNKNOWN
    try:
        with ctx.workprec(BITS):
            return _look(conjecture, Evaluator(within(conjecture.domain, networks).map(balls)))
    except UncertainComparison:
        return SecondLook.UNKNOWN


def _look(conjecture: Conjecture, evaluation: Evaluator) -> SecondLook:
    for said in conjecture.hypotheses.values():
        for value, strict in _margins(evaluation, said):
            if value <= 0 if strict else value < 0:
                return SecondLook.OUTSIDE
    found = SecondLook.HOLDS
    for value, strict in _margins(evaluation, conjecture.statements):
        if value > 0 or (value >= 0 and not strict):
            continue
        if strict or not value.abs_upper() < AGREEING:
            return SecondLook.UNKNOWN
        found = SecondLook.EQUAL
    return found


def _margins(evaluation: Evaluator, said: tuple[Expr | Statement, ...]) -> Iterator[tuple[arb, bool]]:
    for statement in said:
        yield evaluation(margin([statement]))[0].arb, isinstance(statement, Statement) and statement.strict
