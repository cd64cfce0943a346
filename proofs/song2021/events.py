"""The random part of the explicit theorem: each of its eight events fails with probability at most δ/8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb

from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials
from fa_theory.claims.procedures.frequency import judge_frequency
from fa_theory.gram.apriori import EVENTS, Setting
from fa_theory.gram.width import setting
from fa_theory.model.problem import Problem, gaussian_network
from fa_theory.record.evidence import Evidence, Method, Result
from fa_theory.record.table import Table
from fa_theory.statistics.binomial import Proportion
from fa_theory.work.ledger import Record

NAMES = {
    "smallest eigenvalue of G(0)": "λ_min(G(0)) ≥ (1 − θ)γ",
    "largest eigenvalue of G(0)": "λ_max(G(0)) ≤ g",
    "trace of G(0)": "tr G(0) ≤ τ + nB²√(ℓ/2p)",
    "initial error": "‖e(0)‖ ≤ E₀",
    "feedback weights": "‖b‖² ≤ p b̂²",
    "feedback kernel": "‖H(0)‖ ≤ h",
    "largest feedback weight": "max b_r² ≤ 2 log(pN/δ)",
    "mixed moment": "p⁻¹ Σ|β_r| b_r² ≤ m",
}


def bounds(constants: Setting, p: int) -> dict[str, float]:
    """The bounds of the theorem as floats; all are upper bounds (the first one bounds ``γ − λ_min``)."""
    q = constants.at(p)
    largest = 2 * (p * EVENTS / constants.delta).log()
    kernel = q.kernel["feedback kernel at the start"]
    values = (q.theta * constants.gamma, q.top, q.trace, q.start, p * q.feedback**2, kernel, largest, q.weight)
    return dict(zip(NAMES, map(_float, values), strict=True))


def too_tight(constants: Setting, p: int) -> dict[str, float]:
    """Wrong bounds: the deviation from the mean is omitted; for H(0) an eighth, for ``max b_r²`` half the bound."""
    allowed = bounds(constants, p)
    mean = (constants.trace + constants.target**2).sqrt()
    values = (
        0.0,
        _float(constants.top),
        _float(constants.trace),
        _float(mean),
        float(p),
        allowed["feedback kernel"] / 8,
        allowed["largest feedback weight"] / 2,
        float(np.sqrt(2 / np.pi)),
    )
    return dict(zip(NAMES, values, strict=True))


def observe(problem: Problem, gamma: float, p: int, rng: np.random.Generator) -> list[float]:
    """The eight quantities of one random network, in floating point."""
    network = gaussian_network(rng, p, problem.d, problem.network.psi)
    spectrum = np.linalg.eigvalsh(network.gram(problem.X))
    squares = network.b**2
    return [
        float(value)
        for value in (
            gamma - spectrum[0],
            spectrum[-1],
            spectrum.sum(),
            np.linalg.norm(network.error(problem.X, problem.y)),
            squares.sum(),
            np.linalg.norm(network.feedback_gram(problem.X), 2),
            squares.max(),
            np.mean(np.abs(network.beta) * squares),
        )
    ]


def _float(x: arb) -> float:
    return float(x.mid())


@dataclass(frozen=True)
class Events(Procedure):
    """Test ``P(event fails) ≤ δ/8`` for all eight events at one width, jointly at the stated confidence."""

    problem: Problem = field(repr=False)
    p: int
    delta: float
    trials: Trials
    confidence: float = 0.99
    name: str = "events at initialisation"
    settles: bool = True
    method: Method = Method.SAMPLING
    block: int = 25

    @property
    def constants(self) -> Setting:
        return setting(self.problem.X, self.problem.y, self.problem.network.psi, eta=self.problem.eta, delta=self.delta)

    def tasks(self, budget: Budget) -> list[Task]:
        count = -(-self.trials[budget] // self.block)
        return [Task(f"block {i}", {"first": i * self.block, "count": self.block}) for i in range(count)]

    def run(self, task: Task, context: Context) -> Record:
        gamma = _float(self.constants.gamma)
        first, count = int(task.params["first"]), int(task.params["count"])
        return {"values": [observe(self.problem, gamma, self.p, context.rng(i)) for i in range(first, first + count)]}

    def kept(self, records: Mapping[str, Record], limits: Mapping[str, float]) -> dict[str, int]:
        """How often each quantity stays within a limit."""
        values = np.array([row for r in records.values() for row in r["values"]])
        return {name: int(np.sum(values[:, k] <= limits[name])) for k, name in enumerate(NAMES)}

    def result(self, kept: int, trials: int) -> Result:
        """The result for one event."""
        return judge_frequency(kept, trials, self.delta / EVENTS, self._each)

    @property
    def _each(self) -> float:
        return 1 - (1 - self.confidence) / EVENTS

    def mutant(self, name: str) -> Check:
        """The bound of one event without its deviation term; the same records must falsify it."""

        def run(context: Context) -> CheckOutcome:
            records = context.records(self.name)
            kept, n = self.kept(records, too_tight(self.constants, self.p))[name], _count(records)
            return CheckOutcome(self.result(kept, n) is Result.CONTRADICTED, f"satisfied by {kept} of {n} networks")

        special = {"feedback kernel": "divided by 8", "largest feedback weight": "halved"}
        wrong = (dict.fromkeys(NAMES, "without the deviation term") | special)[name]
        return Check(f"{name}, {wrong}", f"the bound in “{NAMES[name]}”, {wrong}", run)

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        allowed, n = bounds(self.constants, self.p), _count(records)
        kept = self.kept(records, allowed)
        values = np.array([row for r in records.values() for row in r["values"]])
        worst = min(kept, key=lambda name: kept[name])
        results = [self.result(count, n) for count in kept.values()]
        result = next(r for r in (Result.CONTRADICTED, Result.UNDECIDED, Result.SUPPORTED) if r in results)
        interval = Proportion(kept[worst], n, self._each).interval
        rows: list[list[Any]] = [
            [NAMES[name], float(f"{allowed[name]:.4g}"), float(f"{values[:, k].max():.4g}"), kept[name], n]
            for k, name in enumerate(NAMES)
        ]
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=(
                f"each of the {EVENTS} events holds for at least {kept[worst]} of {n} networks at p = {self.p}; "
                f"claimed {1 - self.delta / EVENTS:g}"
            ),
            n=n,
            interval=interval,
            confidence=self.confidence,
            quantity=f"P({NAMES[worst]}) at p = {self.p}",
            tables=[
                Table(
                    caption=f"Events of the explicit theorem at p = {self.p}, δ = {self.delta:g} (the first row "
                    "shows γ − λ_min ≤ θγ)",
                    columns=["event", "bound", "largest value", "satisfied", "trials"],
                    rows=rows,
                )
            ],
        )


def _count(records: Mapping[str, Record]) -> int:
    return sum(len(r["values"]) for r in records.values())
