"""The slack of the theory: the width the theorem asks for against the width at which networks are certified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fa_theory.claims.evidence import Axis, Curve, Evidence, Figure, Method, Result, Table
from fa_theory.claims.procedure import Budget, Context, Procedure, Record, Task, Trials
from fa_theory.claims.procedures.frequency import judge
from fa_theory.enclosure.certify import certify_run
from fa_theory.gram.width import RequiredWidth, required_width
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.problem import gaussian_network
from fa_theory.statistics.binomial import Proportion

PSI = activation("erf")
ETA = 0.5
DELTAS = (0.5, 0.1, 1e-6)


@dataclass(frozen=True)
class Case:
    """n unit inputs with the same cosine between any two, and targets that alternate between 1 and −1."""

    n: int
    cosine: float

    def data(self) -> tuple[Array, Array]:
        X = np.hstack(
            [np.full((self.n, 1), np.sqrt(self.cosine)), np.sqrt(1 - self.cosine) * np.eye(self.n)],
        )
        return X, (-1.0) ** np.arange(self.n)

    def required(self, delta: float) -> RequiredWidth:
        return required_width(*self.data(), PSI, eta=ETA, delta=delta)


BY_SIZE = tuple(Case(n, 0.0) for n in (2, 4, 8))
BY_GAMMA = (Case(4, 0.8), Case(4, 0.4), Case(4, 0.0))
CASES = (*BY_SIZE, Case(4, 0.4), Case(4, 0.8))


@dataclass(frozen=True)
class Slack(Procedure):
    """Certify random networks on fixed data at several widths and compare with the required width.

    Supported if, for every case, the probability of a certificate is at least ``1 − δ`` (at the stated confidence,
    jointly) at the largest width tried, which lies below the required width.
    """

    widths: tuple[int, ...]
    trials: Trials
    delta: float = DELTAS[0]
    confidence: float = 0.99
    name: str = "slack of the theory"
    settles: bool = False
    method: Method = Method.SAMPLING

    def tasks(self, budget: Budget) -> list[Task]:
        return [
            Task(f"n={case.n} cos={case.cosine:g} p={p} trial {i}", {"case": k, "p": p, "trial": i})
            for k, case in enumerate(CASES)
            for p in self.widths
            for i in range(self.trials[budget])
        ]

    def run(self, task: Task, context: Context) -> Record:
        X, y = CASES[task.params["case"]].data()
        network = gaussian_network(context.rng(task.key), task.params["p"], X.shape[1], PSI)
        found = certify_run(network, X, y, eta=ETA, max_steps=1000).certificate is not None
        return {"case": task.params["case"], "p": task.params["p"], "certified": found}

    def observed(self, records: Mapping[str, Record]) -> dict[Case, dict[int, tuple[int, int]]]:
        """(certified, tried) by case and width."""
        return {
            case: {
                p: (sum(hits), len(hits))
                for p in self.widths
                if (hits := [r["certified"] for r in records.values() if (r["case"], r["p"]) == (k, p)])
            }
            for k, case in enumerate(CASES)
        }

    def enough(self, counts: Mapping[int, tuple[int, int]]) -> int | None:
        """The smallest width tried from which on a certificate has probability ≥ 1 − δ; None if there is none."""
        first = None
        for p in reversed(self.widths):
            if judge(*counts[p], self.delta, self._each) is not Result.SUPPORTED:
                break
            first = p
        return first

    @property
    def _each(self) -> float:
        return 1 - (1 - self.confidence) / (len(CASES) * len(self.widths))

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        observed = self.observed(records)
        enough = {case: self.enough(counts) for case, counts in observed.items()}
        required = {case: {delta: case.required(delta) for delta in DELTAS} for case in CASES}
        last = self.widths[-1]
        results = [judge(*counts[last], self.delta, self._each) for counts in observed.values()]
        result = next(r for r in (Result.FALSIFIED, Result.UNDECIDED, Result.SUPPORTED) if r in results)
        worst = min((counts[last] for counts in observed.values()), key=lambda c: c[0] / c[1])
        ratios = [required[case][self.delta].p / p for case, p in enough.items() if p]
        rows: list[list[Any]] = [
            [
                case.n,
                case.cosine,
                round(float(required[case][self.delta].setting.gamma), 4),
                f"≤ {p}" if p == self.widths[0] else p,
                *(float(f"{found.p:.3g}") for found in required[case].values()),
                float(f"{required[case][self.delta].p / p:.2g}") if p else None,
            ]
            for case, p in enough.items()
        ]
        if result is Result.SUPPORTED:
            says = (
                f"at p = {last} networks of all {len(CASES)} cases are certified with probability at least "
                f"{1 - self.delta:g}; the theorem asks for {min(ratios):.0e} to {max(ratios):.0e} times the width at "
                "which that begins"
            )
        else:
            says = f"at p = {last} only {worst[0]} of {worst[1]} networks of one case are certified"
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=says,
            n=len(records),
            interval=Proportion(*worst, self._each).interval,
            confidence=self.confidence,
            quantity=f"P(certified) at p = {last}, smallest of all cases",
            tables=[
                Table(
                    caption=f"Required width against the smallest of the widths {list(self.widths)} at which a "
                    f"certificate has probability at least {1 - self.delta:g} (erf, η = {ETA:g})",
                    columns=["n", "cosine", "γ", "certified from", *(f"required, δ={d:g}" for d in DELTAS), "slack"],
                    rows=rows,
                )
            ],
            figures=[
                self._figure("slack-n", "the number $n$ of orthogonal inputs", "$n$", BY_SIZE, enough, required),
                self._figure("slack-gamma", "$\\gamma$ ($n = 4$)", "$\\gamma$", BY_GAMMA, enough, required),
            ],
        )

    def _figure(
        self,
        name: str,
        against: str,
        label: str,
        cases: tuple[Case, ...],
        enough: Mapping[Case, int | None],
        required: Mapping[Case, Mapping[float, RequiredWidth]],
    ) -> Figure:
        def place(case: Case) -> float:
            return float(case.n) if name == "slack-n" else float(required[case][self.delta].setting.gamma)

        met = [case for case in cases if enough[case]]
        return Figure(
            name=name,
            caption=f"Width required by the theorem, and width at which networks are certified, against {against}.",
            x=Axis(label=label, scale="log"),
            y=Axis(label="width $p$", scale="log"),
            curves=[
                *(
                    Curve(
                        label=f"required, $\\delta = {delta:g}$",
                        x=[place(case) for case in cases],
                        y=[float(required[case][delta].p) for case in cases],
                    )
                    for delta in DELTAS
                ),
                Curve(
                    label=f"certified with probability $\\geq {1 - self.delta:g}$",
                    x=[place(case) for case in met],
                    y=[float(enough[case] or 0) for case in met],
                    style="points",
                ),
            ],
        )
