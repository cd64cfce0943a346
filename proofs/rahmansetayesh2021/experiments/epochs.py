"""``rahmansetayesh2021-lags``: which earlier steps a step aligns with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    from ..lags import LagPlan

CASES = {
    "same order in all epochs": (False, False),
    "reshuffled": (True, False),
    "same order, shuffled labels": (False, True),
    "reshuffled, shuffled labels": (True, True),
}
"""Whether epochs are reshuffled, and whether labels are dealt out at random."""


class LagJob(NamedTuple):
    """One network to train."""

    folder: str
    """Of the data; empty: digits."""
    case: str
    plan: LagPlan
    seed: int
    number: int


@dataclass(frozen=True, kw_only=True)
class Lags(OnImages[LagJob]):
    """Gain in alignment by the lag between two steps, on digits or MNIST.

    With the same order in every epoch, with a new one for each, and with labels dealt out at random.
    """

    name = "rahmansetayesh2021-lags"
    source = "rahmansetayesh2021, on lags between batches"

    epochs: int = option(8, least=3, help="Epochs.")
    warmup: int = option(3, least=0, help="Epochs at the start that are left out of the gains.")
    repeats: int = option(3, least=1, help="Networks for each case.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--epochs", self.epochs, MOST_STEPS)
        if self.warmup + 2 > self.epochs:
            raise InputError(
                f"expected at least 2 epochs after the warm-up but got {self.epochs} and --warmup {self.warmup}"
            )

    def jobs(self) -> Sequence[LagJob]:
        from ..lags import LagPlan

        self.check_batch()
        found = []
        for case, (reshuffled, shuffled) in CASES.items():
            plan = LagPlan(self.width, self.batch, self.rate, self.epochs, self.warmup, reshuffled, shuffled)
            found += [LagJob(self.folder, case, plan, self.seed, i) for i in range(self.repeats)]
        return found

    @staticmethod
    def work(job: LagJob, out: Path) -> Record:
        from fa_theory.seeds import generator

        from ...shared.images import images

        # networks that differ in the case only begin alike
        gains, aligned = job.plan.run(images(job.folder), generator(job.seed, Lags.name, job.plan.p, job.number))
        return {"gains": [float(value) for value in gains], "alignment": aligned}

    @staticmethod
    def label(job: LagJob) -> str:
        return f"{job.case}, network {job.number}"

    def findings(self, records: Mapping[LagJob, Record]) -> Findings:
        from ...shared.images import images

        data = images(self.folder)
        epoch = len(data.X) // self.batch
        rows = []
        for case in CASES:
            ours = [record for job, record in records.items() if job.case == case]
            by_lag = [mean_within(values) for values in zip(*(record["gains"] for record in ours), strict=True)]
            rows.append(
                {
                    "case": case,
                    "epoch": epoch,
                    "gains": by_lag,
                    "alignment": mean_within([r["alignment"] for r in ours]),
                }
            )
        return Findings(
            rows=rows, tables=[table(rows, epoch)], figures=[figure(self.name, rows)], notes=[data.provenance]
        )


def table(rows: Sequence[Record], epoch: int) -> Table:
    """A row for each case."""
    lines = []
    for row in rows:
        others = [found["mean"] for lag, found in enumerate(row["gains"]) if lag % epoch]
        largest = max(others, key=abs) if others else None
        shown = "" if largest is None else f"{largest:+.3f}"
        lines.append([row["case"], cell(row["gains"][epoch]), shown, cell(row["alignment"]), row["alignment"]["count"]])
    return Table(
        caption=f"gain over that at lag 0; an epoch has {epoch} steps; means with their 95 % intervals",
        columns=["", "gain at one epoch", "largest at other lags", "cos at the end", "networks"],
        rows=lines,
    )


def figure(name: str, rows: Sequence[Record]) -> Figure:
    """The gain against the lag, in epochs."""
    return Figure(
        name=name,
        caption="Mean gain of two steps by the lag between them, over that at lag 0.",
        x=Axis(label="lag in epochs"),
        y=Axis(label="gain $\\langle b, bM \\rangle$, relative"),
        curves=[
            curve(
                row["case"],
                [lag / row["epoch"] for lag in range(len(row["gains"]))],
                [found["mean"] for found in row["gains"]],
                style="dashed" if "shuffled labels" in row["case"] else "line",
            )
            for row in rows
        ],
    )
