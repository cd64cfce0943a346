"""The slack of the theory: the width that the theorem requires against the width at which networks are certified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials
from fa_theory.enclosure.certify import certify_run
from fa_theory.gram.width import RequiredWidth, required_width
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.problem import gaussian_network
from fa_theory.record.evidence import Evidence, Method, Result
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Table
from fa_theory.statistics.binomial import Proportion
from fa_theory.work.ledger import Record

PSI = activation("erf")
ETA = 0.5
DELTAS = (0.5, 0.1, 0.01)
SMALLER = (*DELTAS, 1e-3, 1e-4, 1e-5, 1e-6)
STEPS = 500


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
MIDDLE = BY_SIZE[1]
BY_GAMMA = (Case(4, 0.8), Case(4, 0.4), Case(4, 0.0))
CASES = (*BY_SIZE, Case(4, 0.4), Case(4, 0.8))

Begins: TypeAlias = Mapping[tuple[Case, float], int | None]
Required: TypeAlias = Mapping[tuple[Case, float], RequiredWidth]


@dataclass(frozen=True)
class Slack(Procedure):
    """Certify random networks on fixed data at several widths and compare with the required width.

    The certified width for a failure probability δ is the smallest width tested such that at it and all larger ones the
    lower confidence bound of the probability of a certificate is at least ``1 − δ``. The bounds of all cases and widths
    hold jointly, and so for all δ at once; a small δ needs more trials than a small budget has.

    Supported if, for every case, the probability is at least ``1 − δ`` at the largest width tested, for the largest δ.
    """

    widths: tuple[int, ...]
    trials: Trials
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
        found = certify_run(network, X, y, eta=ETA, max_steps=STEPS).certificate is not None
        return {"case": task.params["case"], "p": task.params["p"], "certified": found}

    def observed(self, records: Mapping[str, Record]) -> dict[Case, dict[int, Proportion]]:
        """The number of certified networks by case and width, each with its share of the confidence."""
        each = 1 - (1 - self.confidence) / (len(CASES) * len(self.widths))
        return {
            case: {
                p: Proportion(sum(hits), len(hits), each)
                for p in self.widths
                if (hits := [r["certified"] for r in records.values() if (r["case"], r["p"]) == (k, p)])
            }
            for k, case in enumerate(CASES)
        }

    def begins(self, found: Mapping[int, Proportion], delta: float) -> int | None:
        """The smallest tested width from which a certificate has probability ≥ 1 − δ; None if not shown."""
        first = None
        for p in reversed(self.widths):
            if found[p].lower < 1 - delta:
                break
            first = p
        return first

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        observed = self.observed(records)
        begins = {(case, delta): self.begins(observed[case], delta) for case in CASES for delta in DELTAS}
        required = {(case, delta): case.required(delta) for case in CASES for delta in DELTAS}
        last, easy = self.widths[-1], DELTAS[0]
        worst = min((found[last] for found in observed.values()), key=lambda x: x.lower)
        slack = {key: required[key].p / p for key, p in begins.items() if p}
        if worst.contradicts(easy):
            result, says = Result.CONTRADICTED, f"at p = {last} only {worst.successes} of {worst.trials} are certified"
        elif any(begins[case, easy] is None for case in CASES):
            result, says = Result.UNDECIDED, f"at p = {last} it is undecided whether half of the networks are certified"
        else:
            result = Result.SUPPORTED
            shown = [delta for delta in DELTAS if all(begins[case, delta] for case in CASES)]
            says = (
                f"at p = {last} networks of all {len(CASES)} cases are certified with probability at least "
                f"{1 - min(shown):g}; the theorem requires {min(slack.values()):.0e} to {max(slack.values()):.0e} "
                "times the smallest certified width"
            )
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=says,
            n=len(records),
            interval=(worst.lower, 1.0),
            confidence=self.confidence,
            quantity=f"P(certified) at p = {last}, lower bound over all cases",
            tables=[self._frequencies(observed), self._slack(begins, required, slack)],
            figures=_figures(begins, required),
        )

    def _frequencies(self, observed: Mapping[Case, Mapping[int, Proportion]]) -> Table:
        rows: list[list[Any]] = [
            [case.n, case.cosine, *(f"{x.successes}/{x.trials}" for x in found.values())]
            for case, found in observed.items()
        ]
        return Table(
            caption=f"Networks certified within {STEPS} steps, by width (erf, η = {ETA:g}, targets ±1)",
            columns=["n", "cosine", *(f"p = {p}" for p in self.widths)],
            rows=rows,
        )

    def _slack(self, begins: Begins, required: Required, slack: Mapping[tuple[Case, float], float]) -> Table:
        rows: list[list[Any]] = [
            [
                case.n,
                round(float(found.setting.gamma), 4),
                delta,
                f"≤ {self.widths[0]}" if begins[case, delta] == self.widths[0] else begins[case, delta],
                float(f"{found.p:.3g}"),
                float(f"{slack[case, delta]:.2g}") if begins[case, delta] else None,
            ]
            for (case, delta), found in required.items()
        ]
        return Table(
            caption=f"Smallest width at which networks are certified with probability at least 1 − δ (jointly at "
            f"{self.confidence:.0%}; none if there are too few trials), width that the theorem requires, and ratio",
            columns=["n", "γ", "δ", "certified from", "required", "slack"],
            rows=rows,
        )


def _figures(begins: Begins, required: Required) -> list[Figure]:
    def curves(cases: tuple[Case, ...], place: Callable[[Case], float]) -> list[Curve]:
        found = []
        for delta in DELTAS:
            met = [(case, p) for case in cases if (p := begins[case, delta])]
            found += [
                Curve(
                    label=f"required, $\\delta = {delta:g}$",
                    x=[place(case) for case in cases],
                    y=[float(required[case, delta].p) for case in cases],
                ),
                Curve(
                    label=f"certified with probability $\\geq {1 - delta:g}$",
                    x=[place(case) for case, _ in met],
                    y=[float(p) for _, p in met],
                    style="points",
                ),
            ]
        return [curve for curve in found if curve.x]

    def figure(name: str, against: str, label: str, curves: list[Curve]) -> Figure:
        return Figure(
            name=name,
            caption=f"Width required by the theorem and width at which networks are certified, against {against}.",
            x=Axis(label=label, scale="log"),
            y=Axis(label="width $p$", scale="log"),
            curves=curves,
        )

    met = [(delta, p) for delta in DELTAS if (p := begins[MIDDLE, delta])]
    by_delta = [
        Curve(label="required", x=list(SMALLER), y=[float(MIDDLE.required(delta).p) for delta in SMALLER]),
        Curve(
            label="certified with probability $\\geq 1 - \\delta$",
            x=[delta for delta, _ in met],
            y=[float(p) for _, p in met],
            style="points",
        ),
    ]
    return [
        figure("slack-n", "the number $n$ of orthogonal inputs", "$n$", curves(BY_SIZE, lambda case: float(case.n))),
        figure(
            "slack-gamma",
            "$\\gamma$ ($n = 4$)",
            "$\\gamma$",
            curves(BY_GAMMA, lambda case: float(required[case, DELTAS[0]].setting.gamma)),
        ),
        figure(
            "slack-delta",
            "the failure probability $\\delta$ ($n = 4$ orthogonal inputs)",
            "$\\delta$",
            [c for c in by_delta if c.x],
        ),
    ]
