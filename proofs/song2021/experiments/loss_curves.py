"""``song2021-loss``: loss curves, with proved bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.options import option
from fa_theory.experiments.values import finite, shown
from fa_theory.record.figure import Axis, Curve, Figure, curve
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_STEPS, check_count, check_network

from .published import LOSS_LAMBDAS, ActivationName

if TYPE_CHECKING:
    from fa_theory.model.rules import Rule

    from .networks import AlignmentCell

POINTS = 100
"""Number of recorded steps."""
RULES = {"fa": "feedback alignment", "bp": "backpropagation"}
"""By the names of `fa_theory.model.rules.Rule`."""


class LossJob(NamedTuple):
    """One network to simulate."""

    cell: AlignmentCell
    rule: Rule
    seed: int
    steps: int
    certify: bool
    enclosed: bool
    cutoff: int | None


@dataclass(frozen=True, kw_only=True)
class LossCurves(Experiment[LossJob]):
    """Loss curves of one network for each activation and λ (Song, Xu & Lafferty 2021), with certified envelopes.

    Linear networks: loss and alignment are enclosed at all steps shown. Others, for λ = 0, and after --cutoff, from
    which step on λ is 0: a bound for all later steps from the first certified state on; the certificate is written next
    to the results for fa-theory recheck.
    With --enclosed, loss and alignment of every network are enclosed at all steps shown from the initial network on, as
    far as verified binary64 goes, in documents for fa-theory recheck --arithmetic binary64.
    Networks with the same activation differ only in λ. Each network is also trained by backpropagation.
    """

    name = "song2021-loss"
    source = "song2021, Section 5"
    lowest = 1e-10  # a smaller loss relative to the largest is rounding error

    activation: tuple[ActivationName, ...] = option(tuple(ActivationName), help="May be repeated; default: all four.")
    width: int = option(3200, least=1, help="Width (3200 in the paper).")
    steps: int = option(5000, least=1, help="Steps (5000 in the paper).")
    lam: tuple[float, ...] = option(LOSS_LAMBDAS, least=0, metavar="λ,λ,…", help="Regularisation as in the paper.")
    certify: bool = option(True, help="Attempt to prove a bound for every feedback-alignment curve.")
    enclosed: bool = option(False, help="Enclose loss and alignment from the initial network on.")
    cutoff: int | None = option(None, least=0, help="First step without regularisation; default: there is none.")
    bp: bool = option(True, help="Also train by backpropagation.")

    def __post_init__(self) -> None:
        from .networks import DIMENSION, SAMPLES

        super().__post_init__()
        check_count("--steps", self.steps, MOST_STEPS)
        check_network(self.width, SAMPLES, DIMENSION)

    def jobs(self) -> Sequence[LossJob]:
        from fa_theory.model.rules import Rule

        from .networks import AlignmentCell

        rules = [Rule.FA, Rule.BP] if self.bp else [Rule.FA]
        cells = [AlignmentCell(name.value, x, self.width) for name in self.activation for x in self.lam]
        return [
            LossJob(cell, rule, self.seed, self.steps, self.certify, self.enclosed and rule is Rule.FA, self.cutoff)
            for cell in cells
            for rule in rules
        ]

    @staticmethod
    def work(job: LossJob, out: Path) -> Record:
        from fa_theory.enclosure.certificate import IN_FILES, beside, write
        from fa_theory.enclosure.curves import envelope
        from fa_theory.seeds import generator

        from .loss import loss_curve
        from .networks import SAMPLES

        cell, rule, seed, steps, certify, enclosed, cutoff = job
        rng = generator(seed, LossCurves.name, cell.activation, cell.p)
        every = max(1, steps // POINTS)
        proofs = {"certify": certify, "from_start": enclosed}
        found = loss_curve(cell, rng, rule=rule, steps=steps, every=every, cutoff=cutoff, **proofs)
        record: Record = {
            "activation": cell.activation,
            "lam": cell.lam,
            "p": cell.p,
            "rule": rule.name,
            "steps": found.t.tolist(),
            "loss": [finite(x) for x in found.loss],
            "alignment": [finite(x) for x in found.alignment],
            "enclosed": None,
            "envelope": None,
            "from_start": None,
            "proved": found.reason,
        }
        if found.enclosed is not None:
            both = {"loss": found.enclosed.loss, "alignment": found.enclosed.alignment}
            record["enclosed"] = {name: [list(ends) for ends in values] for name, values in both.items()}
        if found.curve is not None and found.curve.document is not None:
            record["from_start"] = {
                "steps": found.curve.t,
                "loss": [list(ends) for ends in found.curve.loss],
                "alignment": [list(ends) for ends in found.curve.alignment],
                "certificate": write(found.curve.document.beside(IN_FILES), out / "certificates").name,
            }
        if found.certificate is not None:
            above = envelope(found.certificate, found.t) ** 2 / SAMPLES
            record["envelope"] = {
                "from": found.certificate["step"],
                "loss": [finite(x) for x in above],
                "certificate": write(beside(found.certificate, IN_FILES), out / "certificates").name,
            }
        return record

    @staticmethod
    def label(job: LossJob) -> str:
        return f"{job.cell.activation}, λ = {job.cell.lam:g}, {RULES[job.rule.name]}"

    def findings(self, records: Mapping[LossJob, Record]) -> Findings:
        rows = list(records.values())
        panels = dict.fromkeys((row["activation"], row["rule"]) for row in rows)
        certified = any(row["envelope"] or row["from_start"] for row in rows)
        return Findings(
            rows=rows,
            tables=[table(rows)],
            figures=[panel(*each, [row for row in rows if (row["activation"], row["rule"]) == each]) for each in panels]
            + [
                alignments(name, of)
                for name in dict.fromkeys(row["activation"] for row in rows)
                if (of := [row for row in rows if row["activation"] == name and row["from_start"]])
            ],
            notes=[
                "certificates are in the folder certificates next to the results; verify with fa-theory recheck FILE"
            ]
            if certified
            else [],
        )


def table(rows: Sequence[Record]) -> Table:
    """A row for each network."""
    return Table(
        caption="",
        columns=["activation", "λ", "width", "rule", "loss at 0", "at the end", "cos", "proved"],
        rows=[
            [
                row["activation"],
                f"{row['lam']:g}",
                row["p"],
                row["rule"].upper(),
                shown(row["loss"][0], ".4g"),
                shown(row["loss"][-1], ".4g") or "diverged",
                shown(row["alignment"][-1], ".4f"),
                row["proved"],
            ]
            for row in rows
        ],
    )


def panel(activation: str, rule: str, rows: Sequence[Record]) -> Figure:
    """The loss of networks with one activation and rule, and the proved bounds."""
    curves, bare = [], 0
    for row in rows:
        label, steps, losses = f"$\\lambda = {row['lam']:g}$", row["steps"], row["loss"]
        if row["enclosed"]:
            losses = [high for _, high in row["enclosed"]["loss"]]
        elif not (row["from_start"] or row["envelope"]):
            bare += 1
        else:
            if row["from_start"]:
                curves.append(band(label, row, "loss"))
            if row["envelope"]:
                curves.append(curve(label, steps, positive(row["envelope"]["loss"]), style="dashed"))
        curves.append(curve(label, steps, positive(losses)))
    remarks = [
        "Enclosed in ball arithmetic." if any(row["enclosed"] for row in rows) else "",
        "Bands: enclosed from step 0." if any(row["from_start"] for row in rows) else "",
        "Dashed: proved bound." if any(row["envelope"] for row in rows) else "",
        "" if not bare else "Nothing proved." if bare == len(rows) else "Other curves: nothing proved.",
    ]
    return Figure(
        name=f"{LossCurves.name}-{activation}-{rule}",
        caption=" ".join([f"{activation}, {RULES[rule]}.", *filter(None, remarks)]),
        x=Axis(label="step $t$"),
        y=Axis(label="mean squared error", scale="log"),
        curves=curves,
    )


def band(label: str, row: Record, name: str) -> Curve:
    """The intervals from the initial network on, around the values of the run in floats."""
    found, seen = row["from_start"], dict(zip(row["steps"], row[name], strict=True))
    low, high = ([ends[i] for ends in found[name]] for i in (0, 1))
    return Curve(label=label, x=found["steps"], y=[seen[step] for step in found["steps"]], low=low, high=high)


def alignments(activation: str, rows: Sequence[Record]) -> Figure:
    """The alignment of networks with one activation, enclosed."""
    return Figure(
        name=f"{LossCurves.name}-{activation}-enclosed",
        caption=f"{activation}, {RULES['fa']}: enclosed from step 0.",
        x=Axis(label="step $t$"),
        y=Axis(label="$\\cos\\angle(b, \\beta(t))$"),
        curves=[band(f"$\\lambda = {row['lam']:g}$", row, "alignment") for row in rows],
    )


def positive(losses: Sequence[float | None]) -> list[float | None]:
    """The losses that a logarithmic axis can show."""
    return [loss or None for loss in losses]
