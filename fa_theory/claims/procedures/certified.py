"""Certificates of decay for all time for concrete networks: found in floating point, verified by the checker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fa_theory.checker.decimals import above, interval
from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials
from fa_theory.claims.procedures.trained_law import TrainedLaw
from fa_theory.enclosure.certify import certify_run
from fa_theory.enclosure.curves import curves
from fa_theory.enclosure.deep import certify_deep_run
from fa_theory.enclosure.start import certify_from_start
from fa_theory.model.deep_problem import DeepLaw
from fa_theory.model.law import Law
from fa_theory.record.evidence import Artefact, Evidence, Method, Result
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Table
from fa_theory.work.ledger import Record

if TYPE_CHECKING:
    from fa_theory.enclosure.certify import CertificationOutcome
    from fa_theory.model.problem import Problem


@dataclass(frozen=True)
class Certified(Procedure):
    """Certify random problems, each of several laws a number of times.

    The result is ``enclosed`` if every law has at least one network with a valid certificate: a theorem about each
    network whose certificate is listed, and about no other. ``from_start``: for the initial networks, with every step
    enclosed; ``alignment_width`` continues until the limit alignment is known to this width. Networks of any depth,
    and those trained by minibatches or with momentum, are certified from a late state.
    """

    laws: tuple[Law | DeepLaw | TrainedLaw, ...]
    trials: Trials
    max_steps: int = 3000
    from_start: bool = False
    alignment_width: float | None = None
    name: str = "certificates"
    settles: bool = True
    method: Method = field(default=Method.ENCLOSURE)

    def tasks(self, budget: Budget) -> list[Task]:
        return [
            Task(f"{law} trial {i}", {"law": k, "trial": i})
            for k, law in enumerate(self.laws)
            for i in range(self.trials[budget])
        ]

    def run(self, task: Task, context: Context) -> Record:
        problem, outcome = self._certify(self.laws[task.params["law"]], task.key, context)
        record: dict[str, Any] = {"law": task.params["law"], "steps": outcome.steps, "reason": outcome.reason}
        if outcome.certificate is None:
            return record
        artefact = context.keep(outcome.certificate, "certificates")
        limit = outcome.certificate["conclusions"].get("alignment")
        record |= {
            "artefact": {"path": artefact.path, "sha256": artefact.sha256, "kind": artefact.kind},
            "rate": float.fromhex(outcome.certificate["rate"]),
            "alignment": None if limit is None else [float.fromhex(limit["low"]), float.fromhex(limit["high"])],
        }
        if self.from_start:
            total = outcome.certificate["conclusions"]["limits"]["total_w"]
            record["movement"] = [float.fromhex(total["low"]), float.fromhex(total["high"])]
        if task.params["trial"] == 0 and problem is not None:
            record["curves"] = _curves(problem, outcome)
        return record

    def _certify(
        self, law: Law | DeepLaw | TrainedLaw, key: str, context: Context
    ) -> tuple[Problem | None, CertificationOutcome]:
        """The outcome for one network, and the network itself if its curves can be drawn."""
        match law:
            case TrainedLaw():
                return None, law.certify(context, key, self.max_steps)
            case DeepLaw():
                return None, certify_deep_run(law.sample(context.rng(key)), max_steps=self.max_steps)
            case Law():
                problem = law.sample(context.rng(key))
        if self.from_start:
            return problem, certify_from_start(
                problem, max_steps=self.max_steps, alignment_width=self.alignment_width, arithmetic="arb"
            )
        return problem, certify_run(problem, max_steps=self.max_steps)

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        by_law = [[r for r in records.values() if r["law"] == k] for k in range(len(self.laws))]
        certified = [[r for r in found if "artefact" in r] for found in by_law]
        n, total = sum(map(len, certified)), len(records)
        missing = [str(law) for law, good in zip(self.laws, certified, strict=True) if not good]
        if missing:
            reason = next(r["reason"] for found in by_law for r in found if "artefact" not in r)
            result, says = Result.UNDECIDED, f"no network from the law {missing[0]} was certified: {reason}"
        else:
            result = Result.ENCLOSED
            says = f"{n} of {total} networks have a certificate that the checker accepts"
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=says,
            n=n,
            tables=[self._table(by_law, certified)],
            figures=[f for good, law in zip(certified, self.laws, strict=True) for f in self._figures(good, law)],
            artefacts=[Artefact(**r["artefact"]) for good in certified for r in good],
        )

    def _table(self, by_law: list[list[Record]], certified: list[list[Record]]) -> Table:
        rows: list[list[Any]] = []
        for law, found, good in zip(self.laws, by_law, certified, strict=True):
            steps, rates = sorted(r["steps"] for r in good), sorted(r["rate"] for r in good)
            limits = [r["alignment"] for r in good if r["alignment"] is not None]
            rows.append(
                [
                    str(law),
                    len(good),
                    len(found),
                    steps[len(steps) // 2] if good else None,
                    above(max(rates)) if good else None,
                    interval(min(low for low, _ in limits), max(high for _, high in limits), places=3)
                    if limits
                    else "",
                    *([_widest(limits), _widest([r["movement"] for r in good])] if self.from_start else []),
                ]
            )
        from_start = "; then the widest interval of a limit alignment, and of the limit of ‖W(t) − W(0)‖"
        return Table(
            caption="Certified networks by law; T is the median step at which the certificate is found, "
            "q the largest rate, of an epoch where there are minibatches; the limit alignment is an interval that "
            "contains every certified one" + (from_start if self.from_start else ""),
            columns=["law", "certified", "trials", "T", "rate q", "limit alignment"]
            + (["widest", "widest, W"] if self.from_start else []),
            rows=rows,
        )

    def _figures(self, good: list[Record], law: Law | DeepLaw | TrainedLaw) -> list[Figure]:
        shown = next((r for r in good if "curves" in r), None)
        if shown is None:
            return []
        data, number = shown["curves"], self.laws.index(law) + 1
        error = Figure(
            name=f"error-{number}",
            caption=f"Error of a certified network ({law}): the run, and the bound that holds for all time.",
            x=Axis(label="step $t$"),
            y=Axis(label="$\\|e(t)\\|_2$", scale="log"),
            curves=[
                Curve(label="run", x=data["steps"], y=data["error"]),
                Curve(label="certified bound", x=data["later"], y=data["envelope"], style="dashed"),
            ],
        )
        curves = [Curve(label="run", x=data["steps"], y=data["alignment"])]
        if shown["alignment"] is not None:
            low, high = ([end] * len(data["later"]) for end in shown["alignment"])
            middle = [sum(shown["alignment"]) / 2] * len(data["later"])
            curves.append(Curve(label="certified limit", x=data["later"], y=middle, low=low, high=high, style="dashed"))
        alignment = Figure(
            name=f"alignment-{number}",
            caption=f"Alignment of the same network ({law}), and the certified interval of its limit.",
            x=Axis(label="step $t$"),
            y=Axis(label="$\\cos\\angle(b, \\beta(t))$"),
            curves=curves,
        )
        return [error, alignment]


def _widest(intervals: list[list[float]]) -> str:
    return above(max(high - low for low, high in intervals), 2) if intervals else ""


def _curves(problem: Problem, outcome: CertificationOutcome) -> dict[str, list[float]]:
    """The run and its certified bound, over twice the steps needed to certify, at about a hundred steps."""
    assert outcome.certificate is not None
    length = max(2 * outcome.steps, 50)
    run = curves(outcome.certificate, length, start=problem.network, schedule=problem.schedule)
    every = slice(None, None, max(1, length // 100))
    later = run.steps >= outcome.certificate["step"]
    return {
        "steps": run.steps[every].tolist(),
        "error": run.error[every].tolist(),
        "alignment": run.alignment[every].tolist(),
        "later": run.steps[later][every].tolist(),
        "envelope": run.envelope[later][every].tolist(),
    }
