"""Evaluation of a conjecture on a batch of networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fa_theory.conjectures.language import effort, limits
from fa_theory.conjectures.language.declare import BestConstant, Conjecture, Generic
from fa_theory.conjectures.language.evaluate import Evaluator, blame
from fa_theory.conjectures.language.expression import Expr, Statement, constant
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.language.operations import minimum, smallest
from fa_theory.errors import InputError

from .severity import TINY, severity, shared

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

ROUNDING = 1e-11
"""A severity above the negative of this is treated as rounding; see also `limits.ROUNDING`."""
JUDGE, JUDGED = 150.0, 0.3
"""Units of work (`effort`) for a batch and for every network, beyond its formulas."""
REFUSED = 2.0
"""Relative objectives of networks that violate a hypothesis start here, those of all others end below."""
TRIVIAL, PLATEAU = 1e-13, 0.5
"""Relative margins of this size count as large, as they are 0 but for rounding."""
PENALTY = 10.0
"""Penalty for a violated hypothesis in the absolute objective, which has no jumps, for the sake of gradients."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A batch and its evaluation; every array has one entry per network.

    Attributes
    ----------
    accepted
        Whether it satisfies all hypotheses.
    undefined
        Whether the margin is not a number, or a hypothesis is not while no other one is violated.
    margin, severity
        The margin, and relative to the size of its computation.
    fails
        Whether it is accepted and violates the conclusion by more than rounding.
    tied
        Whether it violates the conclusion only within rounding (for a strict statement: equality).
    objectives
        The objectives of the search, by aim. ``relative``: the severity, but above `REFUSED` if a hypothesis is
        violated. ``ratio``: the same with `ratio_of` instead, where there is one. ``absolute``: the margin, mapped to
        [−1, 1], plus a penalty for violated hypotheses.
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
        By `complain`, with file and line, if an operation of the conjecture gives NaN from finite numbers.

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
        self.generic = isinstance(conjecture.quantifier, Generic)
        self.rounding = limits.ROUNDING if conjecture.has_limits else ROUNDING
        self.claims, margin = margin_of(conjecture)
        ratio = ratio_of(conjecture) if self.claims else None
        relatives = ("relative",) if ratio is None else ("ratio",)
        self.aims = (*relatives, "absolute") if self.claims else ("absolute",)
        relative = severity(margin) if self.claims else margin
        strict = [any(isinstance(s, Statement) and s.strict for s in said) for said in conjecture.hypotheses.values()]
        hypotheses = list(conjecture.hypothesis_margins.values())
        first, *found = shared(
            relative if ratio is None else ratio, margin, relative, *hypotheses, *map(severity, hypotheses)
        )
        self.ratio = first if ratio is not None else None
        self.margin, self.relative = found[:2]
        margins, severities = found[2 : 2 + len(hypotheses)], found[2 + len(hypotheses) :]
        self.hypotheses = [_Hypothesis(*made) for made in zip(margins, severities, strict, strict=True)]

    def __call__(self, networks: Networks) -> Judged:
        """Judge a batch of floats."""
        effort.spend(JUDGE + JUDGED * len(networks))
        value = Evaluator(networks)
        margin, relative = value(self.margin), value(self.relative)
        relative = np.where(np.isfinite(margin) & np.isnan(relative), 0, relative)  # a size may overflow
        goals = self._aimed(margin, relative)
        trivial = abs(relative) <= TRIVIAL  # where nothing happens, as at e = 0, local search learns nothing
        goals["relative"] = np.where(trivial, PLATEAU, goals["relative"])
        accepted = np.ones(len(networks), dtype=bool)
        refused = ~accepted
        refusal = {aim: np.zeros(len(networks)) for aim in goals}
        for hypothesis in self.hypotheses:
            gap = value(hypothesis.margin)
            satisfied = gap > 0 if hypothesis.strict else gap >= 0
            accepted &= satisfied
            refused |= ~satisfied & ~np.isnan(gap)
            if not satisfied.all():
                for aim, short in self._aimed(gap, value(hypothesis.severity)).items():
                    refusal[aim] += np.where(satisfied, 0, np.where(short < 0, np.maximum(-short, 1e-12), 1))
        if self.ratio is not None:
            goals["ratio"] = np.nan_to_num(value(self.ratio), nan=1.0)
            goals["ratio"] = np.where(trivial, PLATEAU, goals["ratio"])
        objectives = {"absolute": goals["absolute"] + PENALTY * refusal["absolute"]}
        for aim in set(self.aims) - {"absolute"}:
            objectives[aim] = np.where(accepted, goals[aim], REFUSED + refusal["relative"])
        defined = accepted & ((np.isfinite(relative) & np.isfinite(margin)) | (margin == np.inf))
        violated = defined & ((margin < 0) | ((margin == 0) & self.strict)) & self.claims
        overflown = accepted & (margin == -np.inf) & self.claims  # exact numbers do not overflow
        relative = np.where(overflown, -1.0, relative)
        fails = (violated & (relative < -self.rounding)) | overflown
        return Judged(
            networks=networks,
            accepted=accepted,
            undefined=~refused & ~defined & ~overflown,
            margin=margin,
            severity=relative,
            fails=fails,
            tied=violated & ~fails & ((margin == 0) | (not self.generic)),
            objectives=objectives,
        )

    def _aimed(self, margin: Floats, relative: Floats) -> dict[str, Floats]:
        """A margin by aim, mapped to [−1, 1]; 1 where it is not a number."""
        with np.errstate(invalid="ignore"):
            squeezed = {"relative": relative, "absolute": margin / (1 + abs(margin))}
        return {aim: np.nan_to_num(x, nan=1.0, posinf=1.0, neginf=-1.0) for aim, x in squeezed.items()}

    def complain(self, networks: Networks) -> None:
        """Report the line of the conjecture that gives NaN from finite numbers on one of the networks, if any."""
        formulas: Sequence[Expr] = (*self.conjecture.hypothesis_margins.values(), self.conjecture.margin)
        for i in range(len(networks)):
            for formula in formulas:
                line = blame(formula, networks[i])
                if line:
                    raise InputError(
                        f"{self.conjecture.file}, line {line}: {self.conjecture.name} is not defined (NaN) on a "
                        f"network drawn from its domain, {networks.shape}; this operation gave NaN from finite "
                        "numbers, like 0/0 or the root or logarithm of a negative number; exclude such networks by "
                        "a hypothesis"
                    )


def ratio_of(conjecture: Conjecture) -> Expr | None:
    """The gap between two sides relative to the sides themselves, the smallest over all statements; None without sides.

    Unlike the severity it does not vanish where both sides do, as in "the loss falls" near a loss of 0.
    """
    found: list[Expr] = []
    for said in conjecture.statements:
        if not isinstance(said, Statement) or said.relation not in ("le", "lt") or said.right.op.endswith("_over_time"):
            return None
        if not said.left.args or not said.right.args:  # then it is ±1 or nearly so where the other side is far from it
            return None
        scale = abs(said.left) + abs(said.right) + constant(TINY)
        gap = (said.right - said.left) / scale
        found.append(smallest(gap) if gap.rank else gap)
    return minimum(*found) if len(found) > 1 else found[0]


def margin_of(conjecture: Conjecture) -> tuple[bool, Expr]:
    """Whether the conjecture makes a claim that can be violated, and the margin to be minimised."""
    if isinstance(conjecture.quantifier, BestConstant):
        claimed = conjecture.quantifier.claimed
        return claimed is not None, constant(claimed or 0) - conjecture.margin
    return True, conjecture.margin
