"""``rahmansetayesh2021-signals``: alignment by signals that have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fa_theory.errors import InputError
from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.intervals import cell, mean_within
from fa_theory.experiments.options import option
from fa_theory.record.figure import Axis, Figure, curve
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, MOST_STEPS, check_count, check_network


class SignalJob(NamedTuple):
    """Runs with the same autocorrelations."""

    errors: float
    inputs: float
    steps: int
    size: int
    width: int
    repeats: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class DrivenNetworks(Experiment[SignalJob]):
    """Alignment of linear networks driven by AR(1) error signals and inputs that are independent of each other.

    Nothing is learned: error signals come from outside. Beside the cosine stands the gain, whose mean is known.
    """

    name = "rahmansetayesh2021-signals"
    source = "rahmansetayesh2021, on autocorrelated signals"

    errors: tuple[float, ...] = option(
        (-0.8, 0.0, 0.8), least=-1, metavar="ρ,ρ,…", help="Autocorrelations of the errors at lag 1."
    )
    inputs: tuple[float, ...] = option(
        (-0.8, -0.4, 0.0, 0.4, 0.8), least=-1, metavar="ρ,ρ,…", help="Autocorrelations of the inputs at lag 1."
    )
    steps: int = option(100, least=2, help="Steps of a run.")
    size: int = option(20, least=1, help="Inputs, and outputs.")
    width: int = option(50, least=1, help="Hidden neurons.")
    repeats: int = option(50, least=1, help="Runs of each case.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--steps", self.steps, MOST_STEPS)
        check_network(self.width, self.steps, self.size)
        if high := [x for x in (*self.errors, *self.inputs) if x > 1]:
            raise InputError(f"expected autocorrelations between -1 and 1 but got {high[0]:g}")

    def jobs(self) -> Sequence[SignalJob]:
        sizes = (self.steps, self.size, self.width, self.repeats, self.seed)
        return [SignalJob(a, c, *sizes) for a in self.errors for c in self.inputs]

    @staticmethod
    def work(job: SignalJob, out: Path) -> Record:
        from fa_theory.seeds import generator

        from ..signals import autoregressive, driven

        gains, cosines = [], []
        for i in range(job.repeats):
            rng = generator(job.seed, DrivenNetworks.name, repr(job.errors), repr(job.inputs), job.steps, job.size, i)
            errors, inputs = (autoregressive(rng, rho, job.steps, job.size) for rho in (job.errors, job.inputs))
            gain, cosine = driven(errors, inputs, job.width, rng)
            gains.append(gain / job.steps)
            cosines.append(cosine)
        return {"gains": gains, "cosines": cosines}

    @staticmethod
    def label(job: SignalJob) -> str:
        return f"errors {job.errors:g}, inputs {job.inputs:g}"

    def findings(self, records: Mapping[SignalJob, Record]) -> Findings:
        from ..signals import pairs_of_steps

        rows = [
            {
                "errors": job.errors,
                "inputs": job.inputs,
                "gain": mean_within(record["gains"]),
                "predicted": pairs_of_steps(job.errors * job.inputs, job.steps) / job.steps,
                "cos": mean_within(record["cosines"]),
            }
            for job, record in records.items()
        ]
        return Findings(rows=rows, tables=[table(rows)], figures=[figure(self, rows)])


def table(rows: Sequence[Record]) -> Table:
    """A row for each case."""
    return Table(
        caption="gain: ⟨b, β(T) − β(0)⟩ / (η²pdkT); means with their 95 % intervals",
        columns=["errors", "inputs", "mean cos", "mean gain", "predicted", "runs"],
        rows=[
            [
                f"{row['errors']:g}",
                f"{row['inputs']:g}",
                cell(row["cos"]),
                cell(row["gain"]),
                f"{row['predicted'] + 0.0:.3f}",
                row["cos"]["count"],
            ]
            for row in rows
        ],
    )


def figure(given: DrivenNetworks, rows: Sequence[Record]) -> Figure:
    """The cosine against the autocorrelation of the inputs, a line for each autocorrelation of the errors."""
    curves = []
    for rho in given.errors:
        ours = sorted((row for row in rows if row["errors"] == rho), key=lambda row: float(row["inputs"]))
        cosines = [row["cos"] for row in ours]
        label = f"errors $\\rho = {rho:g}$"
        x = [row["inputs"] for row in ours]
        curves.append(curve(label, x, [found["mean"] for found in cosines], [found["half"] for found in cosines]))
    return Figure(
        name=given.name,
        caption="Mean cosine, with its 95 % interval. The sign is that of the product of the two autocorrelations.",
        x=Axis(label="autocorrelation of the inputs at lag 1"),
        y=Axis(label="alignment of $\\beta(T) - \\beta(0)$ with $b$"),
        curves=curves,
    )
