"""What is to be reviewed: the rule, the networks, the data and the length of the runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from fa_theory.errors import InputError
from fa_theory.model.deep_problem import DeepLaw, DeepProblem
from fa_theory.seeds import generator
from fa_theory.statistics.binomial import check_confidence
from fa_theory.work.sizes import MOST_REPEATS, MOST_STEPS, check_count, check_memory

from .rules import rule_of

CERTIFICATES = ("late", "start", "none")
"""Kinds of certificates to look for: of a state that a run has reached, of the start, none."""


@dataclass(frozen=True, kw_only=True)
class ReviewPlan:
    """Everything that determines a review.

    Attributes
    ----------
    rule
        The name of a rule, or ``FILE.py:NAME``.
    law
        The law of data and networks; its own rule is not looked at.
    steps
        Length of a run.
    networks
        Number of independent networks.
    seed
        Seed of all random numbers.
    confidence
        Of every interval.
    certificates
        One of `CERTIFICATES`.

    Raises
    ------
    InputError
        If a number is out of range, or there is no such rule.
    """

    rule: str
    law: DeepLaw
    steps: int
    networks: int
    seed: int
    confidence: float
    certificates: str

    def __post_init__(self) -> None:
        rule_of(self.rule)
        check_confidence(self.confidence)
        if self.certificates not in CERTIFICATES:
            raise InputError(f"expected certificates to be {', '.join(CERTIFICATES)} but got {self.certificates!r}")
        for name, value, most in (("steps", self.steps, MOST_STEPS), ("networks", self.networks, MOST_REPEATS)):
            if value < 1:
                raise InputError(f"expected --{name} ≥ 1 but got {value}")
            check_count(f"--{name}", value, most)
        widths, n = self.law.widths, self.law.n
        numbers = 6.0 * sum(a * b for a, b in pairwise(widths)) + 8.0 * n * sum(widths)
        check_memory(f"a network {'-'.join(map(str, widths))} on {n} samples", numbers)

    def jobs(self) -> list[ReviewJob]:
        """One for each network."""
        return [ReviewJob(self, number) for number in range(self.networks)]


class ReviewJob(NamedTuple):
    """One network of a plan."""

    plan: ReviewPlan
    number: int

    def problem(self) -> DeepProblem:
        """Data and network; every rule of the same shapes of feedback meets the same ones."""
        rng = generator(self.plan.seed, "review", self.number)
        return replace(self.plan.law, rule=rule_of(self.plan.rule)).sample(rng)
