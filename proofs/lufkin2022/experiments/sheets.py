"""``lufkin2022-sheets``: bumps and waves of neurons with lateral excitation and inhibition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from fa_theory.errors import InputError
from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.intervals import cell, mean_within
from fa_theory.experiments.options import option
from fa_theory.record.raster import Raster
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, check_count

FRAMES = 8
LONGEST = 2000
LARGEST = 256


class Model(StrEnum):
    """Firing rates, or leaky integrate-and-fire neurons."""

    RATES = "rates"
    SPIKING = "spiking"


class SheetJob(NamedTuple):
    """One run."""

    model: Model
    case: str
    gain: float
    b: float
    tau: float
    side: int
    rows: int
    time: int
    seed: int
    number: int


@dataclass(frozen=True, kw_only=True)
class Sheets(Experiment[SheetJob]):
    """Neurons with lateral excitation and inhibition, below and above the threshold, and with slow inhibition.

    Gains are multiples of the threshold of the linear lattice. Strips of frames show a torus of neurons from an
    almost uniform start, and pictures of a ring show its activity against time.
    """

    name = "lufkin2022-sheets"
    source = "lufkin2022, on neural waves"
    columns = 1

    model: tuple[Model, ...] = option((Model.RATES, Model.SPIKING), help="rates or spiking neurons; default: both.")
    below: float = option(0.8, least=0, help="Gain below the threshold.")
    above: float = option(1.3, least=0, help="Gain above it.")
    waves: float = option(2.0, least=0, help="Gain with slow inhibition.")
    inhibition: float = option(1.5, least=0, help="Strength b of slow inhibition.")
    tau: float = option(5.0, least=0, help="Time constant of slow inhibition.")
    side: int = option(48, least=8, help="SpikingNeurons along each side of the torus, and half of those on the ring.")
    time: int = option(80, least=16, help="Duration, in membrane time constants.")
    repeats: int = option(5, least=1, help="Runs of each case on the torus.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--time", self.time, LONGEST)
        check_count("--side", self.side, LARGEST)
        for name in ("below", "above", "waves", "tau"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InputError(f"expected --{name} to be positive and finite but got {getattr(self, name)!r}")

    def jobs(self) -> Sequence[SheetJob]:
        cases = {
            "below the threshold": (self.below, 0.0),
            "above the threshold": (self.above, 0.0),
            "slow inhibition": (self.waves, self.inhibition),
        }
        return [
            SheetJob(model, case, gain, b, self.tau, side, rows, self.time, self.seed, number)
            for model in self.model
            for case, (gain, b) in cases.items()
            for side, rows, count in ((self.side, self.side, self.repeats), (2 * self.side, 1, 1))
            for number in range(count)
        ]

    @staticmethod
    def work(job: SheetJob, out: Path) -> Record:
        import numpy as np

        from fa_theory.seeds import generator

        from ..dynamics import LAGS
        from ..sheets import Sheet, SpikingNeurons, activity, contrast, persistence, wave_number

        rng = generator(job.seed, Sheets.name, job.model.value, job.case, job.side, job.rows, job.number)
        sheet = Sheet(job.gain, b=job.b, tau=job.tau, side=job.side, rows=job.rows)
        every = 0.5
        match job.model:
            case Model.RATES:
                frames = sheet.rates(rng, float(job.time), every=every, dt=0.05)
            case Model.SPIKING:
                frames = SpikingNeurons().run(sheet, rng, float(job.time), every=every)
        whole = frames[::2]
        found: Record = {
            "onset": sheet.onset(),
            "contrast": contrast(whole),
            "activity": activity(whole),
            "persistence": min(persistence(whole, lag) for lag in LAGS if lag < len(whole) // 2),
            "wave number": wave_number(whole[-1]),
        }
        if job.rows == 1:
            found["ring"] = np.round(frames[:, 0], 3).tolist()
        elif job.number == 0:
            at = np.unique(np.linspace(0, len(frames) - 1, 2 * FRAMES).round().astype(int))[-FRAMES:]
            found["frames"] = np.round(frames[at], 3).tolist()
            found["times"] = [float(every * k) for k in at]
        return found

    @staticmethod
    def label(job: SheetJob) -> str:
        return f"{job.model.value}, {job.case}, {'ring' if job.rows == 1 else f'torus {job.number}'}"

    def findings(self, records: Mapping[SheetJob, Record]) -> Findings:
        rows: list[Record] = []
        pictures: list[Raster] = []
        kinds = dict.fromkeys((job.model, job.case) for job in records)
        for model, case in kinds:
            ours = {job: r for job, r in records.items() if (job.model, job.case) == (model, case) and job.rows > 1}
            job = next(iter(ours))
            row: Record = {"model": model.value, "case": case, "gain": job.gain, "b": job.b, "tau": job.tau}
            row |= {"onset": ours[job]["onset"]}
            row |= {name: mean_within([r[name] for r in ours.values()]) for name in MEASURES}
            rows.append(row)
            pictures.append(frames(self.name, f"{WORDS[model]}, {case}", ours[job]))
        for model, case in kinds:
            (record,) = (r for job, r in records.items() if job.rows == 1 and (job.model, job.case) == (model, case))
            pictures.append(course(self.name, f"{WORDS[model]}, {case}: a ring", record["ring"], self.time))
        return Findings(rows=rows, tables=[table(rows, self.repeats)], figures=pictures)


WORDS = {Model.RATES: "firing rates", Model.SPIKING: "spiking neurons"}
MEASURES = ("contrast", "activity", "persistence", "wave number")
"""Of the mean of late frames, of single ones, the least correlation of frames up to 12 apart, and the mean |q|."""


def frames(name: str, case: str, record: Record) -> Raster:
    """A strip of frames of a torus."""
    from fa_theory.record.raster import rows, strip

    first, last = record["times"][0], record["times"][-1]
    return Raster(
        name=f"{name}-frames",
        caption=f"{case}: from time {first:g} to {last:g}",
        values=rows(strip(record["frames"], gap=2)),
    )


def course(name: str, case: str, activity: Sequence[Sequence[float]], time: float) -> Raster:
    """The activity of a ring against time, from left to right."""
    turned: Any = list(zip(*activity, strict=True))
    return Raster(
        name=f"{name}-ring", caption=case, values=turned, x="time", y="neuron", width=float(time), scale="activity"
    )


def table(rows: Sequence[Record], repeats: int) -> Table:
    """A row for each case."""
    from ..lattice import LateralKernel

    q = (2 * float(LateralKernel().peak())) ** 0.5
    return Table(
        caption=f"torus, means of {repeats} runs with their 95 % intervals; the linear lattice has q = {q:.3f}",
        columns=["neurons", "case", "gain", "onset", *MEASURES],
        rows=[
            [
                row["model"],
                row["case"],
                f"{row['gain']:g}",
                f"{row['onset']:g}",
                *(cell(row[name]) for name in MEASURES),
            ]
            for row in rows
        ],
    )
