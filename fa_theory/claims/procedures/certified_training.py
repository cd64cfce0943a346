"""Certificates of decay for all time where a step is not that of all samples: minibatches, and momentum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fa_theory.checker.decimals import above
from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials
from fa_theory.enclosure.certify import CertificationOutcome
from fa_theory.enclosure.epochs import certify_epochs
from fa_theory.enclosure.momentum import certify_momentum
from fa_theory.model.law import Law
from fa_theory.model.rules import as_rule
from fa_theory.record.evidence import Artefact, Evidence, Method, Result
from fa_theory.record.table import Table
from fa_theory.work.ledger import Record


@dataclass(frozen=True, slots=True)
class TrainedLaw:
    """How networks of a law are trained: by minibatches, or with momentum.

    Attributes
    ----------
    law
        The networks.
    rule
        ``"fa"`` or ``"bp"``.
    batch
        Size of a minibatch; None: all samples, with momentum.
    orders
        ``"all"`` or ``"cyclic"``, of minibatches.
    momentum
        μ, without minibatches.
    """

    law: Law
    rule: str = "fa"
    batch: int | None = None
    orders: str = "all"
    momentum: float = 0.0

    def __str__(self) -> str:
        if self.batch is None:
            return f"{self.rule}, {self.law}, μ={self.momentum:g}"
        return f"{self.rule}, {self.law}, batches of {self.batch}, {self.orders} orders"

    def certify(self, context: Context, key: str, max_steps: int) -> CertificationOutcome:
        """Draw a network, train it, and certify a state of it."""
        problem = replace(self.law.sample(context.rng(key)), rule=as_rule(self.rule))
        if self.batch is None:
            return certify_momentum(problem, mu=self.momentum, max_steps=max_steps)
        rng = context.rng(f"{key}, orders")
        return certify_epochs(problem, batch=self.batch, orders=self.orders, max_steps=max_steps, rng=rng)


@dataclass(frozen=True)
class CertifiedTraining(Procedure):
    """Certify random networks, trained in each of several ways a number of times.

    The result is ``enclosed`` if every way has at least one network with a valid certificate: a theorem about each
    network whose certificate is listed, and about no other.
    """

    ways: tuple[TrainedLaw, ...]
    trials: Trials
    max_steps: int = 10_000
    name: str = "certificates"
    settles: bool = True
    method: Method = field(default=Method.ENCLOSURE)

    def tasks(self, budget: Budget) -> list[Task]:
        return [
            Task(f"{way} trial {i}", {"way": k, "trial": i})
            for k, way in enumerate(self.ways)
            for i in range(self.trials[budget])
        ]

    def run(self, task: Task, context: Context) -> Record:
        outcome = self.ways[task.params["way"]].certify(context, task.key, self.max_steps)
        record: dict[str, Any] = {"way": task.params["way"], "steps": outcome.steps, "reason": outcome.reason}
        if outcome.certificate is None:
            return record
        artefact = context.keep(outcome.certificate, "certificates")
        return record | {
            "artefact": {"path": artefact.path, "sha256": artefact.sha256, "kind": artefact.kind},
            "rate": float.fromhex(outcome.certificate["rate"]),
        }

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        by_way = [[r for r in records.values() if r["way"] == k] for k in range(len(self.ways))]
        certified = [[r for r in found if "artefact" in r] for found in by_way]
        n, total = sum(map(len, certified)), len(records)
        missing = [str(way) for way, good in zip(self.ways, certified, strict=True) if not good]
        if missing:
            reason = next(r["reason"] for found in by_way for r in found if "artefact" not in r)
            result, says = Result.UNDECIDED, f"no network of {missing[0]} was certified: {reason}"
        else:
            result = Result.ENCLOSED
            says = f"{n} of {total} networks have a certificate that the checker accepts"
        rows: list[list[Any]] = []
        for way, found, good in zip(self.ways, by_way, certified, strict=True):
            steps, rates = sorted(r["steps"] for r in good), [r["rate"] for r in good]
            middle, rate = (steps[len(steps) // 2], above(max(rates))) if good else (None, None)
            rows.append([str(way), len(good), len(found), middle, rate])
        caption = (
            "Certified networks; T is the median step at which the certificate is found, q the largest rate: of an "
            "epoch with minibatches, of a step with momentum"
        )
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=says,
            n=n,
            tables=[Table(caption=caption, columns=["networks", "certified", "trials", "T", "rate q"], rows=rows)],
            artefacts=[Artefact(**r["artefact"]) for good in certified for r in good],
        )
