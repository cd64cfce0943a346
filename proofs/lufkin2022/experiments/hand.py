"""``lufkin2022-hand``: a finger falls silent, and the map of the hand reorganises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fa_theory.errors import InputError
from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.intervals import cell, mean_within
from fa_theory.experiments.options import option
from fa_theory.record.figure import Axis, Figure, curve
from fa_theory.record.raster import Raster
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, MOST_STEPS, check_count

if TYPE_CHECKING:
    from ..maps import MapPlan

LARGEST = 40


class HandJob(NamedTuple):
    """One map to train; ``silent`` is -1 if nothing changes."""

    rate: float
    silent: int
    plan: MapPlan
    steps: int
    every: int
    seed: int
    number: int


@dataclass(frozen=True, kw_only=True)
class HandMaps(Experiment[HandJob]):
    """Maps of a hand whose touch changes: a finger falls silent, and its neurons turn to other fingers.

    How much of its territory is lost, and how fast, for several step sizes of learning, beside maps of a hand that
    does not change.
    """

    name = "lufkin2022-hand"
    source = "lufkin2022, on synthetic somatosensory input"

    side: int = option(12, least=4, help="Neurons along each side of the torus.")
    steps: int = option(200, least=1, help="Updates before the change, and after it.")
    every: int = option(10, least=1, help="Updates between two looks at the map.")
    batch: int = option(50, least=1, help="Touches in an update.")
    rates: tuple[float, ...] = option((2.0, 4.0, 8.0), least=0, metavar="ε,ε,…", help="Step sizes of receptive fields.")
    finger: int = option(2, least=0, help="The finger that falls silent, from 0 (thumb) to 4.")
    repeats: int = option(10, least=1, help="Maps of each kind.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--steps", self.steps, MOST_STEPS)
        check_count("--side", self.side, LARGEST)
        if self.finger > 4:
            raise InputError(f"expected a --finger from 0 to 4 but got {self.finger}")
        if self.steps % self.every:
            raise InputError(f"expected --every to divide --steps but got {self.every} and {self.steps}")
        if not all(0 < rate < float("inf") for rate in self.rates):
            raise InputError(f"expected positive, finite --rates but got {', '.join(map(str, self.rates))}")

    def jobs(self) -> Sequence[HandJob]:
        from ..maps import MapPlan

        return [
            HandJob(
                rate,
                silent,
                MapPlan(self.side, self.steps, self.batch, rate=rate, inference=20),
                self.steps,
                self.every,
                self.seed,
                number,
            )
            for rate in self.rates
            for silent in (self.finger, -1)
            for number in range(self.repeats)
        ]

    @staticmethod
    def work(job: HandJob, out: Path) -> Record:
        from fa_theory.seeds import generator

        from ..touch import Hand, reorganised

        rng = generator(job.seed, HandMaps.name, job.plan.side, job.number)
        silent = None if job.silent < 0 else job.silent
        found = reorganised(job.plan, Hand(), rng, silent=silent, steps=job.steps, every=job.every)
        return {
            "steps": found.steps.tolist(),
            "shares": found.shares.tolist(),
            "before": found.before.tolist(),
            "after": found.after.tolist(),
        }

    @staticmethod
    def label(job: HandJob) -> str:
        return f"step size {job.rate:g}, {'no change' if job.silent < 0 else 'silent finger'}, map {job.number}"

    def findings(self, records: Mapping[HandJob, Record]) -> Findings:
        import numpy as np

        from ..touch import Reorganisation

        rows: list[Record] = []
        maps: list[Raster] = []
        for rate in self.rates:
            for silent in (self.finger, -1):
                ours = [
                    Reorganisation(*(np.array(record[key]) for key in ("steps", "shares", "before", "after")))
                    for job, record in records.items()
                    if (job.rate, job.silent) == (rate, silent)
                ]
                relative = [found.shares[:, self.finger] / max(found.shares[0, self.finger], 1e-12) for found in ours]
                rows.append(
                    {
                        "rate": rate,
                        "silent": silent >= 0,
                        "lost": mean_within([found.lost(self.finger) for found in ours]),
                        "half time": mean_within([found.half_time(self.finger) for found in ours]),
                        "to neighbours": mean_within([found.taken_by_neighbours(self.finger) for found in ours]),
                        "steps": ours[0].steps.tolist(),
                        "kept": [mean_within(list(values)) for values in np.transpose(relative)],
                    }
                )
                if silent >= 0 and rate == self.rates[-1]:
                    maps = [
                        territories("before", ours[0].before, self.side),
                        territories(f"{self.steps} updates after", ours[0].after, self.side),
                    ]
        return Findings(
            rows=rows, tables=[table(rows, self.repeats, self.finger)], figures=[*maps, figure(self.name, rows)]
        )


def territories(when: str, preferred: Any, side: int) -> Raster:
    """The finger that each neuron prefers."""
    import numpy as np

    from fa_theory.record.raster import rows

    return Raster(
        name="lufkin2022-hand-map",
        caption=f"{when}: thumb 0 to little finger 4",
        values=rows(np.reshape(preferred, (side, side))),
        colours="classes",
        scale="finger",
    )


def figure(name: str, rows: Sequence[Record]) -> Figure:
    """The territory that is left, against steps."""
    return Figure(
        name=name,
        caption="territory of the finger over that before, with 95 % intervals. Dashed: no change",
        x=Axis(label="updates since the change"),
        y=Axis(label="territory kept"),
        curves=[
            curve(
                f"$\\epsilon = {row['rate']:g}$",
                row["steps"],
                [found["mean"] for found in row["kept"]],
                [found["half"] for found in row["kept"]] if row["silent"] else [],
                style="line" if row["silent"] else "dashed",
            )
            for row in rows
        ],
    )


def table(rows: Sequence[Record], repeats: int, finger: int) -> Table:
    """A row for each kind of map."""
    adjacent = 1 if finger in (0, 4) else 2
    return Table(
        caption=f"means of {repeats} maps with their 95 % intervals; half time: updates until half is lost, and in how "
        "many maps that happens; to neighbours: of the neurons that left, those that turn to an adjacent finger (by "
        f"chance {adjacent / 4:g})",
        columns=["step size", "finger", "territory lost", "half time", "maps", "to neighbours"],
        rows=[
            [
                f"{row['rate']:g}",
                "silent" if row["silent"] else "no change",
                cell(row["lost"], ".2f"),
                cell(row["half time"], ".0f"),
                row["half time"]["count"],
                cell(row["to neighbours"], ".2f"),
            ]
            for row in rows
        ],
    )
