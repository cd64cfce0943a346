"""``rahmansetayesh2021-relabelling``: class labels change, with and without normalisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fa_theory.errors import InputError
from fa_theory.experiments.experiment import Findings, Record
from fa_theory.experiments.intervals import cell, mean_within
from fa_theory.experiments.options import option
from fa_theory.record.figure import Axis, Figure, curve
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, MOST_STEPS, check_count

from .on_images import OnImages

if TYPE_CHECKING:
    from fa_theory.model.rules import Rule

NAMES = {"fa": "feedback alignment", "bp": "backpropagation"}
QUANTITIES = {"accuracy": "test accuracy", "alignment": "alignment of $\\beta$ with $b$"}


class RelabellingJob(NamedTuple):
    """One network to train."""

    folder: str
    """Of the data; empty: digits."""
    rule: Rule
    normalised: bool
    width: int
    batch: int
    step_size: float
    changes: int
    steps: int
    every: int
    seed: int
    number: int


@dataclass(frozen=True, kw_only=True)
class Relabelling(OnImages[RelabellingJob]):
    """Networks on digits or MNIST whose class labels are permuted again and again.

    With and without bounds on the norms of input weights, by feedback alignment and by backpropagation. Networks with
    the same number begin alike and see the same batches and labels.
    """

    name = "rahmansetayesh2021-relabelling"
    source = "rahmansetayesh2021, on weight normalisation and changes of class labels"

    steps: int = option(300, least=1, help="Steps with the same labels.")
    changes: int = option(3, least=1, help="How often the labels change.")
    every: int = option(10, least=1, help="Steps between two looks at the network.")
    repeats: int = option(5, least=1, help="Networks of each kind.")
    bp: bool = option(True, help="Train by backpropagation too.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--steps", self.steps * (self.changes + 1), MOST_STEPS)
        if self.steps % self.every:
            raise InputError(f"expected --every to divide --steps but got {self.every} and {self.steps}")

    def jobs(self) -> Sequence[RelabellingJob]:
        from fa_theory.model.rules import Rule

        self.check_batch()
        sizes = (self.width, self.batch, self.rate, self.changes, self.steps, self.every, self.seed)
        return [
            RelabellingJob(self.folder, rule, normalised, *sizes, i)
            for rule in ([Rule.FA, Rule.BP] if self.bp else [Rule.FA])
            for normalised in (False, True)
            for i in range(self.repeats)
        ]

    @staticmethod
    def work(job: RelabellingJob, out: Path) -> Record:
        from itertools import islice

        import numpy as np

        from fa_theory.seeds import generator

        from ...shared.images import images
        from ..classifier import Classifier, batches

        data, rng = images(job.folder), generator(job.seed, Relabelling.name, job.width, job.batch, job.number)
        network = Classifier.drawn(rng, p=job.width, d=data.X.shape[1], k=data.classes, normalised=job.normalised)
        names = [np.arange(data.classes), *(rng.permutation(data.classes) for _ in range(job.changes))]
        seen = batches(len(data.X), job.batch, rng)
        found: Record = {name: [] for name in QUANTITIES}
        for new in names:
            for at in range(0, job.steps + 1, job.every):  # the first look is that after the change
                for rows in islice(seen, job.every if at else 0):
                    labels = new[data.labels[rows]]
                    network = network.step(data.X[rows], labels, step_size=job.step_size, rule=job.rule)
                found["accuracy"].append(network.accuracy(data.X_test, new[data.labels_test]))
                found["alignment"].append(network.alignment)
        return found

    @staticmethod
    def label(job: RelabellingJob) -> str:
        return f"{job.rule.name.upper()}{', normalised' if job.normalised else ''}, network {job.number}"

    def findings(self, records: Mapping[RelabellingJob, Record]) -> Findings:
        from ...shared.images import images

        looks = self.steps // self.every + 1
        shown = [phase * self.steps + at * self.every for phase in range(self.changes + 1) for at in range(looks)]
        kinds: dict[tuple[str, bool], list[Record]] = {}
        for job, record in records.items():
            kinds.setdefault((job.rule.name, job.normalised), []).append(record)
        rows = [
            {"rule": rule, "normalised": normalised, "steps": shown}
            | {name: [mean_within(at) for at in zip(*(r[name] for r in found), strict=True)] for name in QUANTITIES}
            | {name: mean_within([pick(r, looks) for r in found]) for name, pick in MEASURES.items()}
            for (rule, normalised), found in kinds.items()
        ]
        differences = [
            {"rule": rule}
            | {
                name: mean_within(
                    [pick(b, looks) - pick(a, looks) for a, b in zip(plain, kinds[rule, True], strict=True)]
                )
                for name, pick in MEASURES.items()
            }
            for (rule, normalised), plain in kinds.items()
            if not normalised
        ]
        return Findings(
            rows=[*rows, *({"difference": True} | row for row in differences)],
            tables=[table(rows, differences)],
            figures=[figure(self.name, name, rows) for name in QUANTITIES],
            notes=[images(self.folder).provenance],
        )


def _recovered(record: Record, looks: int) -> float:
    """Mean accuracy in the fifth of the steps after a change of labels, over all changes."""
    early = max(2, looks // 5)
    values = [
        x
        for first in range(looks, len(record["accuracy"]), looks)
        for x in record["accuracy"][first + 1 : first + early]
    ]
    return float(sum(values) / len(values)) if values else float(record["accuracy"][looks])


MEASURES: dict[str, Callable[[Record, int], float]] = {
    "alignment before": lambda record, looks: float(record["alignment"][looks - 1]),
    "accuracy before": lambda record, looks: float(record["accuracy"][looks - 1]),
    "accuracy after changes": _recovered,
    "accuracy at the end": lambda record, looks: float(record["accuracy"][-1]),
    "alignment at the end": lambda record, looks: float(record["alignment"][-1]),
}
"""Before the first change, in the first fifth of the steps after changes, and at the end."""


def table(rows: Sequence[Record], differences: Sequence[Record]) -> Table:
    """A row for each kind of network, and the differences that normalisation makes, network by network."""
    lines = [
        [row["rule"].upper(), "yes" if row["normalised"] else "no", *(cell(row[name]) for name in MEASURES)]
        for row in rows
    ]
    lines += [
        [row["rule"].upper(), "difference", *(cell(row[name], "+.3f") for name in MEASURES)] for row in differences
    ]
    return Table(
        caption=f"means of {rows[0]['accuracy at the end']['count']} networks with their 95 % intervals",
        columns=["rule", "normalised", *MEASURES],
        rows=lines,
    )


def figure(title: str, name: str, rows: Sequence[Record]) -> Figure:
    """A quantity against steps; of the accuracy, what is missing to 1. Backpropagation is dashed."""
    missing = name == "accuracy"
    return Figure(
        name=f"{title}-{name}",
        caption="Means, with 95 % intervals. Dashed: backpropagation."
        if len(rows) > 2
        else "Means, with 95 % intervals.",
        x=Axis(label="step"),
        y=Axis(label="test error" if missing else QUANTITIES[name], scale="log" if missing else "linear"),
        curves=[
            curve(
                f"{NAMES[row['rule']]}{', normalised' if row['normalised'] else ''}",
                row["steps"],
                [1 - found["mean"] if missing else found["mean"] for found in row[name]],
                [] if missing else [found["half"] for found in row[name]],
                style="dashed" if row["rule"] == "bp" else "line",
            )
            for row in rows
        ],
    )
