"""What a batch of networks says about a conjecture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fa_theory.conjectures.declare import BestConstant, Conjecture
from fa_theory.conjectures.evaluate import Evaluation, blame
from fa_theory.conjectures.expression import Expr, Statement, constant
from fa_theory.conjectures.networks import Networks
from fa_theory.errors import InputError

from .severity import severity, shared

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

ROUNDING = 1e-11
"""A severity above minus this is taken for rounding."""
REFUSED = 2.0
"""Objectives of networks that violate a hypothesis start here, those of all others end below."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A batch and what was found out about it; every array has one entry per network.

    Attributes
    ----------
    accepted
        Whether it satisfies all hypotheses.
    undefined
        Whether the margin, or a hypothesis while no other one refuses it, is not a number.
    margin, severity
        The margin, and relative to the size of its computation.
    fails
        Whether it is accepted and violates the conclusion by more than rounding.
    tied
        Whether it violates it, but only within rounding (for a strict statement: equality).
    objectives
        What the search may minimise, by aim: ``relative``, the severity, or ``absolute``, the margin, squeezed between
        −1 and 1; beyond `REFUSED` how badly the hypotheses are violated.
    """

    networks: Networks
    accepted: Truths
    undefined: Truths
    margin: Floats
    severity: Floats
    fails: Truths
    tied: Truths
    objectives: dict[str, Floats]


class _Hypothesis(NamedTuple):
    margin: Expr
    severity: Expr
    strict: bool


class Judge:
    """Evaluates the hypotheses and the margin of a conjecture on batches.

    Raises
    ------
    InputError
        By `complain`, naming file and line, if an operation of the conjecture makes a NaN out of finite numbers.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture
    >>> @conjecture(Domain(n=1, d=1, p=(1, 4)))
    ... def always_aligned(run):
    ...     return run[0].alignment >= 0
    >>> batch = always_aligned.domain.sample(always_aligned.domain.smallest(), np.random.default_rng(0), 4)
    >>> judged = Judge(always_aligned)(batch)
    >>> bool((judged.fails == (batch.b * batch.beta < 0).ravel()).all())
    True
    """

    def __init__(self, conjecture: Conjecture) -> None:
        self.conjecture = conjecture
        self.strict = conjecture.strict
        self.claims, margin = margin_of(conjecture)
        self.aims = ("relative", "absolute") if self.claims else ("absolute",)
        relative = severity(margin) if self.claims else margin
        strict = [any(isinstance(s, Statement) and s.strict for s in said) for said in conjecture.hypotheses.values()]
        hypotheses = list(conjecture.hypothesis_margins.values())
        found = shared(margin, relative, *hypotheses, *map(severity, hypotheses))
        self.margin, self.relative = found[:2]
        margins, severities = found[2 : 2 + len(hypotheses)], found[2 + len(hypotheses) :]
        self.hypotheses = [_Hypothesis(*made) for made in zip(margins, severities, strict, strict=True)]

    def __call__(self, networks: Networks) -> Judged:
        """Judge a batch of floats."""
        value = Evaluation(networks)
        accepted = np.ones(len(networks), dtype=bool)
        refused = ~accepted
        refusal = np.zeros(len(networks))
        for hypothesis in self.hypotheses:
            margin = value(hypothesis.margin)
            satisfied = margin > 0 if hypothesis.strict else margin >= 0
            accepted &= satisfied
            refused |= ~satisfied & ~np.isnan(margin)
            if not satisfied.all():
                short = np.nan_to_num(-value(hypothesis.severity), nan=1.0, posinf=1.0, neginf=0.0)
                refusal += np.where(satisfied, 0, np.clip(short, 1e-12, 1))
        margin, relative = value(self.margin), value(self.relative)
        undefined = (
            ~refused & ~(accepted & np.isfinite(relative) & np.isfinite(margin)) & ~(accepted & (margin == np.inf))
        )
        violated = accepted & ~undefined & ((margin < 0) | ((margin == 0) & self.strict))
        fails = violated & (relative < -ROUNDING) if self.claims else np.zeros_like(accepted)
        with np.errstate(invalid="ignore"):
            aimed = {"relative": relative, "absolute": margin / (1 + abs(margin))}
        return Judged(
            networks=networks,
            accepted=accepted,
            undefined=undefined,
            margin=margin,
            severity=relative,
            fails=fails,
            tied=violated & ~fails if self.claims else fails,
            objectives={
                aim: np.where(accepted, np.nan_to_num(goal, nan=1.0, posinf=1.0, neginf=1.0), REFUSED + refusal)
                for aim, goal in aimed.items()
                if aim in self.aims
            },
        )

    def complain(self, networks: Networks) -> None:
        """Say which line of the conjecture makes a NaN out of finite numbers on one of the networks, if any does."""
        formulas: Sequence[Expr] = (*self.conjecture.hypothesis_margins.values(), self.conjecture.margin)
        for i in range(len(networks)):
            for formula in formulas:
                line = blame(formula, networks[i])
                if line:
                    raise InputError(
                        f"{self.conjecture.file}, line {line}: {self.conjecture.name} is not defined (NaN) on a "
                        f"network drawn from its domain, {networks.shape}; this operation made NaN out of finite "
                        "numbers, as 0/0 and the root or logarithm of a negative number do; exclude such networks by "
                        "a hypothesis"
                    )


def margin_of(conjecture: Conjecture) -> tuple[bool, Expr]:
    """Whether the conjecture claims anything that can be violated, and the margin to be minimised."""
    if isinstance(conjecture.quantifier, BestConstant):
        claimed = conjecture.quantifier.claimed
        return claimed is not None, constant(claimed or 0) - conjecture.margin
    return True, conjecture.margin
