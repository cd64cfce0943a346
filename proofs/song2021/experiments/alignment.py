"""``song2021-alignment``: alignment at the end of training against width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.options import option
from fa_theory.experiments.values import finite, shown, spread
from fa_theory.record.figure import Axis, Curve, Figure, curve
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, check_count, check_network

from .published import LAMBDAS, REPEATS, WIDTHS, ActivationName, published

if TYPE_CHECKING:
    from .networks import AlignmentCell

BLOCK = 10
"""Networks per job, simulated together: linear ones, and others of width 400, more or fewer of other widths. An
interruption loses at most one job of each process."""
GRIDS = "; ".join(f"{name}: " + ",".join(f"{x:g}" for x in grid) for name, grid in LAMBDAS.items())


class AlignmentBlock(NamedTuple):
    """Networks of one cell that are simulated together."""

    cell: AlignmentCell
    seed: int
    first: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Alignment(Experiment[AlignmentBlock]):
    """Alignment against width (Song, Xu & Lafferty 2021), with the paper's stopping rule.

    The paper trains by feedback alignment; --rule trains by another rule of the engine, for
    comparison. For tanh, sigmoid and ReLU networks the widths of the paper take hours, and so they do for rules whose
    feedback changes; what is finished is kept.
    """

    name = "song2021-alignment"
    source = "song2021, Section 5 and supplement"

    activation: ActivationName = option(help="Linear networks are simulated by their exact law.")
    rule: str = option("fa", metavar="RULE", help="Learning rule, such as bp; means are published for fa only.")
    widths: tuple[int, ...] = option(WIDTHS, least=1, metavar="P,P,…", help="Widths.")
    lam: tuple[float, ...] | None = option(
        None,
        least=0,
        metavar="λ,λ,…",
        help=f"Regularisation as in the paper; default: the values of the paper, {GRIDS}.",
    )
    repeats: int = option(REPEATS, least=1, help="Networks in each cell.")

    def __post_init__(self) -> None:
        from .networks import DIMENSION, SAMPLES

        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        if not self.cells()[0].by_law:  # the exact law has the size of the data
            check_network(max(self.widths), SAMPLES, DIMENSION)

    @property
    def stem(self) -> str:
        return "-".join([self.name, self.activation, *([] if self.rule == "fa" else [self.rule])])

    def cells(self) -> list[AlignmentCell]:
        """Cells of the table, λ by λ."""
        from fa_theory.model.rules import as_rule

        from .networks import AlignmentCell

        rule = as_rule(self.rule)
        rule.refuse_unless_entrywise("this simulation")
        return [
            AlignmentCell(self.activation.value, x, p, rule)
            for x in self.lam or LAMBDAS[self.activation]
            for p in self.widths
        ]

    def jobs(self) -> Sequence[AlignmentBlock]:
        cells = self.cells()
        sizes = [BLOCK if cell.by_law else max(1, 400 * BLOCK // cell.p) for cell in cells]
        return [
            AlignmentBlock(cell, self.seed, first, min(size, self.repeats - first))
            for cell, size in zip(cells, sizes, strict=True)
            for first in range(0, self.repeats, size)
        ]

    @staticmethod
    def work(job: AlignmentBlock, out: Path) -> Record:
        from fa_theory.seeds import generator

        cell, seed, first, size = job
        address = (Alignment.name, cell.activation, repr(cell.lam), cell.p)
        values = cell.alignments([generator(seed, *address, i) for i in range(first, first + size)])
        return {"alignments": [finite(value) for value in values]}

    @staticmethod
    def label(job: AlignmentBlock) -> str:
        return f"p = {job.cell.p}, λ = {job.cell.lam:g}"

    def findings(self, records: Mapping[AlignmentBlock, Record]) -> Findings:
        found: dict[AlignmentCell, list[float | None]] = {}
        for job, record in records.items():
            found.setdefault(job.cell, []).extend(record["alignments"])
        rows = [row(cell, values) for cell, values in found.items()]
        lost = sum(self.repeats - each["repeats"] for each in rows)
        left = "1 network" if lost == 1 else f"{lost} networks"
        return Findings(
            rows=rows,
            tables=[table(rows)],
            figures=[figure(rows, self._networks)],
            warnings=[f"{left} omitted: diverged or not converged"] if lost else [],
            notes=[self._networks],
        )

    @property
    def _networks(self) -> str:
        """What was trained, in words."""
        return f"{self.activation} networks{'' if self.rule == 'fa' else f' trained by the rule {self.rule}'}"


def row(cell: AlignmentCell, alignments: list[float | None]) -> Record:
    """Mean and standard deviation over the converged networks, and the distance to the published mean.

    ``z`` is our mean minus the published one, over the standard error of the difference; our standard deviation is used
    for both.
    """
    mean, sd, count = spread(alignments)
    theirs = published(cell.activation, cell.lam, cell.p) if cell.rule.name == "fa" else None
    z = None
    if mean is not None and sd and theirs is not None:
        z = (mean - theirs) / (sd * (1 / count + 1 / REPEATS) ** 0.5)
    found = {"activation": cell.activation, "rule": cell.rule.name, "lam": cell.lam, "p": cell.p}
    return found | {"mean": mean, "sd": sd, "repeats": count, "published": theirs, "z": z}


def table(rows: Sequence[Record]) -> Table:
    """A row for each cell."""
    return Table(
        caption="",
        columns=["λ", "width", "mean cos", "sd", "networks", "published", "z"],
        rows=[
            [
                f"{row['lam']:g}",
                row["p"],
                shown(row["mean"], ".4f"),
                shown(row["sd"], ".4f"),
                row["repeats"],
                shown(row["published"], ".3f"),
                shown(row["z"], "+.2f"),
            ]
            for row in rows
        ],
    )


def figure(rows: Sequence[Record], networks: str) -> Figure:
    """Mean alignment against width, one line for each λ."""
    curves = list(_curves(rows))
    remark = " Diamonds: published means." if any(each.style == "points" for each in curves) else ""
    return Figure(
        name=Alignment.name,
        caption=f"{networks}: mean ± 1 sd over the networks.{remark}",
        x=Axis(label="width $p$", scale="log"),
        y=Axis(label="alignment of $\\beta$ with $b$"),
        curves=curves,
    )


def _curves(rows: Sequence[dict[str, Any]]) -> Iterator[Curve]:
    for lam in dict.fromkeys(row["lam"] for row in rows):
        ours = sorted((row for row in rows if row["lam"] == lam), key=lambda row: row["p"])
        p, name = [row["p"] for row in ours], f"$\\lambda = {lam:g}$"
        yield curve(name, p, [row["mean"] for row in ours], [row["sd"] for row in ours])
        theirs = curve(name, p, [row["published"] for row in ours], style="points")
        if theirs.x:
            yield theirs
