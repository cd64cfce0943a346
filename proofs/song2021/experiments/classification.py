"""``song2021-mnist`` and ``song2021-digits``: classification of images."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.options import option
from fa_theory.experiments.values import finite, shown, spread
from fa_theory.record.figure import Axis, Figure, curve
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, MOST_STEPS, check_count, check_network

if TYPE_CHECKING:
    from ...shared.images import Images
    from .images import Training

PIXELS = 28 * 28
"""Largest number of pixels in an image."""
POINTS = 50
"""Number of recorded steps."""
TITLES = {
    "alignment": ("alignment of $\\beta$ with $b$", "cos(β, b)"),
    "signals": ("alignment of the error signals", "cos of signals"),
    "accuracy": ("test accuracy", "test accuracy"),
    "loss": ("training loss", "training loss"),
}
"""Label on the axis and heading in the table."""


class ImageJob(NamedTuple):
    """One network to train."""

    folder: str
    """Folder of the data; empty: digits."""
    training: Training
    seed: int
    number: int


@dataclass(frozen=True, kw_only=True)
class Classification(Experiment[ImageJob]):
    """ReLU networks on images, by feedback alignment and by backpropagation."""

    source = "song2021, Section 5"

    width: int = option(1000, least=1, help="Hidden neurons.")
    steps: int = option(3000, least=1, help="Steps of stochastic gradient descent.")
    lam: tuple[float, ...] = option(
        (0.0, 0.1, 0.3), least=0, metavar="λ,λ,…", help="Regularisation of the second layer."
    )
    repeats: int = option(1, least=1, help="Networks for each λ.")
    batch: int = option(600, least=1, help="Images in a batch.")
    step_size: float = option(1e-2, help="Step size for the mean loss of a batch.")
    bp: bool = option(True, help="Also train by backpropagation.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--steps", self.steps, MOST_STEPS)
        check_network(self.width, self.batch, PIXELS)

    @property
    @abstractmethod
    def folder(self) -> str:
        """Folder of the data; empty: digits."""

    @property
    def preamble(self) -> str:
        return images(self.folder).provenance

    @property
    def depends_on(self) -> Sequence[str]:
        from ...shared.images import digest

        return [digest(images(self.folder))]

    def trainings(self) -> list[Training]:
        """The training settings: for each λ feedback alignment, then backpropagation."""
        from fa_theory.model.rules import Rule

        from .images import Training

        every = max(1, self.steps // POINTS)
        sizes = {"p": self.width, "steps": self.steps, "every": every, "batch": self.batch}
        rules = [Rule.FA, Rule.BP] if self.bp else [Rule.FA]
        return [Training(lam=x, rule=rule, step_size=self.step_size, **sizes) for x in self.lam for rule in rules]

    def jobs(self) -> Sequence[ImageJob]:
        return [
            ImageJob(self.folder, training, self.seed, i) for training in self.trainings() for i in range(self.repeats)
        ]

    @staticmethod
    def work(job: ImageJob, out: Path) -> Record:
        from fa_theory.seeds import generator

        training = job.training
        # networks that differ only in λ or the rule start from the same weights and see the same batches
        rng = generator(job.seed, "song2021-images", training.p, training.batch, job.number)
        found = training.run(images(job.folder), rng)
        return {name: [finite(value) for value in values] for name, values in found.items()}

    @staticmethod
    def label(job: ImageJob) -> str:
        return f"λ = {job.training.lam:g}, {job.training.rule.name.upper()}, network {job.number}"

    def findings(self, records: Mapping[ImageJob, Record]) -> Findings:
        provenance = images(self.folder).provenance
        rows = [
            row(training, provenance, [records[job] for job in records if job.training == training])
            for training in self.trainings()
        ]
        lost = sum(self.repeats - each["repeats"] for each in rows)
        return Findings(
            rows=rows,
            tables=[table(rows)],
            figures=[figure(f"{self.name}-{name}", name, rows) for name in TITLES],
            warnings=[f"{lost} of the networks diverged and are omitted after that"] if lost else [],
            notes=[provenance],
        )


@dataclass(frozen=True, kw_only=True)
class Mnist(Classification):
    """MNIST (Song, Xu & Lafferty 2021): alignment of weights and of error signals, accuracy and loss against steps.

    ReLU network with cross-entropy, without dropout, by feedback alignment and by backpropagation. If the folder has
    only one of the two sets of images, it is split.
    """

    name = "song2021-mnist"

    data: Path = option(metavar="FOLDER", help="Folder with the IDX files of MNIST, plain or .gz.")

    @property
    def folder(self) -> str:
        return str(self.data)


@dataclass(frozen=True, kw_only=True)
class Digits(Classification):
    """song2021-mnist on the small digits included in scikit-learn: needs no files and takes a minute."""

    name = "song2021-digits"

    width: int = option(300, least=1, help="Hidden neurons.")
    repeats: int = option(3, least=1, help="Networks for each λ.")
    batch: int = option(100, least=1, help="Images in a batch.")

    @property
    def folder(self) -> str:
        return ""


def images(folder: str) -> Images:
    """The images of a folder, or the digits."""
    from ...shared.images import images

    return images(folder)


def row(training: Training, provenance: str, records: Sequence[Record]) -> Record:
    """Mean and standard deviation at every recorded step, over the networks that have not diverged."""
    row: Record = {
        "data": provenance,
        "lam": training.lam,
        "rule": training.rule.name,
        "p": training.p,
        "batch": training.batch,
        "step_size": training.step_size,
        "steps": training.recorded,
    }
    for name in TITLES:
        columns = [spread(values) for values in zip(*(record[name] for record in records), strict=True)]
        row[name] = {"mean": [mean for mean, _, _ in columns], "sd": [sd for _, sd, _ in columns]}
        row["repeats"] = columns[-1][2]
    return row


def table(rows: Sequence[Record]) -> Table:
    """The last step, a row for each λ and rule."""
    lines = []
    for row in rows:
        cells = []
        for name in TITLES:
            mean, sd = row[name]["mean"][-1], row[name]["sd"][-1]
            cells.append(shown(mean, ".4f") + (f" ± {sd:.4f}" if sd is not None else ""))
        lines.append([f"{row['lam']:g}", row["rule"].upper(), *cells, row["repeats"]])
    return Table(
        caption=f"after {rows[0]['steps'][-1]} steps, width {rows[0]['p']}:",
        columns=["λ", "rule", *(title for _, title in TITLES.values()), "networks"],
        rows=lines,
    )


def figure(title: str, name: str, rows: Sequence[Record]) -> Figure:
    """A quantity against steps, a line for each λ; backpropagation is dashed."""
    styles = {"fa": "line", "bp": "dashed"}
    return Figure(
        name=title,
        caption="Dashed: backpropagation." if any(row["rule"] == "bp" for row in rows) else "",
        x=Axis(label="step"),
        y=Axis(label=TITLES[name][0], scale="log" if name == "loss" else "linear"),
        curves=[
            curve(f"$\\lambda = {row['lam']:g}$", row["steps"], row[name]["mean"], row[name]["sd"], styles[row["rule"]])
            for row in rows
        ],
    )
