"""Violations in floating point, evaluated again in balls of 1024 bits."""

from __future__ import annotations

from enum import Enum

import numpy as np
from flint import arb, ctx

from fa_theory.conjectures.language.declare import Conjecture, Generic, margin
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import within
from fa_theory.conjectures.language.expression import Expr, Statement
from fa_theory.conjectures.language.nearby import shaken
from fa_theory.conjectures.language.networks import Networks
from fa_theory.errors import UncertainComparison
from fa_theory.model.ball import balls

BITS = 1024
AGREEING = arb(2) ** (-BITS // 2)
"""Two sides count as equal if their distance is certainly less than this."""
DIGITS = 150
NEAR, AROUND = 1e-8, 4
"""Relative distance and number of the networks nearby that show a violation to be in a null set, as far as they go."""
LARGEST = 20_000
"""Largest ``n·p·(d + k)·(steps + 1)`` of a network that is evaluated again."""


class SecondLook(Enum):
    """The result in balls."""

    HOLDS = "the conclusion certainly holds"
    OUTSIDE = "a hypothesis certainly fails"
    EQUAL = "both sides agree to 150 digits"
    ISOLATED = "the conclusion certainly holds for networks nearby, and it is about almost every network"
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
    found = _looked(conjecture, networks)
    if found is SecondLook.UNKNOWN and isinstance(conjecture.quantifier, Generic):
        rng = np.random.default_rng(0)
        near = [shaken(conjecture.domain, networks, rng, NEAR) for _ in range(AROUND)]
        if all(_looked(conjecture, each) is SecondLook.HOLDS for each in near):
            return SecondLook.ISOLATED
    return found


def _looked(conjecture: Conjecture, networks: Networks) -> SecondLook:
    try:
        with ctx.workprec(BITS):
            return _look(conjecture, Evaluator(within(conjecture.domain, networks).map(balls)))
    except UncertainComparison:
        return SecondLook.UNKNOWN


def _look(conjecture: Conjecture, evaluation: Evaluator) -> SecondLook:
    for said in conjecture.hypotheses.values():
        for statement in said:
            value, strict = _margin(evaluation, statement)
            if value <= 0 if strict else value < 0:
                return SecondLook.OUTSIDE
    found = {_of(evaluation, statement) for statement in conjecture.statements}
    worst = (SecondLook.UNKNOWN, SecondLook.EQUAL, SecondLook.HOLDS)
    return next(look for look in worst if look in found)


def _of(evaluation: Evaluator, statement: Expr | Statement) -> SecondLook:
    """The result for one statement of the conclusion; of alternatives, the best."""
    if isinstance(statement, Statement) and statement.alternatives:
        found = {_of(evaluation, each) for each in statement.alternatives}
        return next(look for look in (SecondLook.HOLDS, SecondLook.EQUAL, SecondLook.UNKNOWN) if look in found)
    value, strict = _margin(evaluation, statement)
    if value > 0 or (value >= 0 and not strict):
        return SecondLook.HOLDS
    return SecondLook.UNKNOWN if strict or not value.abs_upper() < AGREEING else SecondLook.EQUAL


def _margin(evaluation: Evaluator, statement: Expr | Statement) -> tuple[arb, bool]:
    """A margin, and whether 0 is too little."""
    strict = isinstance(statement, Statement) and statement.strict
    return evaluation(margin([statement]))[0].arb, strict
