"""``lufkin2022-images``: receptive fields of natural images, their orientations, and pinwheels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.intervals import cell, mean_within
from fa_theory.experiments.options import option
from fa_theory.record.raster import Raster
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, MOST_STEPS, check_count

if TYPE_CHECKING:
    from ..maps import MapPlan

LARGEST = 40
CASES = {"lateral coupling": (True, True), "no lateral coupling": (False, True), "white noise": (True, False)}
"""Whether there is lateral coupling, and whether the inputs are photographs."""
MEASURES = ("similarity", "orientation", "selectivity", "pinwheels", "shuffled")


class ImageMapJob(NamedTuple):
    """One map to train."""

    case: str
    plan: MapPlan
    size: int
    seed: int
    number: int


@dataclass(frozen=True, kw_only=True)
class ImageMaps(Experiment[ImageMapJob]):
    """Sparse coding of whitened photographs by neurons on a torus that excite and inhibit each other.

    Beside it maps without lateral coupling, and of white noise. Neighbours are compared with shuffled maps. The
    photographs come with scikit-learn.
    """

    name = "lufkin2022-images"
    source = "lufkin2022, on natural images"

    side: int = option(16, least=4, help="Neurons along each side of the torus.")
    size: int = option(10, least=4, help="Pixels along each side of a patch.")
    steps: int = option(400, least=1, help="Updates of the receptive fields.")
    batch: int = option(100, least=1, help="Patches in an update.")
    lateral: float = option(3.0, least=0, help="Strength of lateral coupling, over its threshold.")
    repeats: int = option(3, least=1, help="Maps of each kind.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--steps", self.steps, MOST_STEPS)
        check_count("--side", self.side, LARGEST)
        check_count("--size", self.size, LARGEST)

    def jobs(self) -> Sequence[ImageMapJob]:
        from ..maps import MapPlan

        return [
            ImageMapJob(
                case,
                MapPlan(self.side, self.steps, self.batch, self.lateral if coupled else 0.0),
                self.size,
                self.seed,
                number,
            )
            for case, (coupled, _) in CASES.items()
            for number in range(self.repeats)
        ]

    @staticmethod
    def work(job: ImageMapJob, out: Path) -> Record:
        import numpy as np

        from fa_theory.seeds import generator

        from ..orientation import seen
        from ..topography import alike, correlations, orientations, permutation_test, pinwheels

        rng = generator(job.seed, ImageMaps.name, job.plan.side, job.size, job.number)
        found = seen(job.plan, rng, natural=CASES[job.case][1], size=job.size)
        z, side = orientations(found.Phi, job.size), job.plan.side
        fields, turned = permutation_test(correlations(found.Phi), side, rng), permutation_test(alike(z), side, rng)
        wheels = pinwheels(z, side)
        record: Record = {
            "similarity": fields.similarity,
            "p": fields.p,
            "orientation": turned.similarity,
            "p of orientations": turned.p,
            "selectivity": float(np.mean(np.abs(z))),
            "pinwheels": len(wheels),
            "shuffled": float(np.mean([len(pinwheels(rng.permutation(z), side)) for _ in range(50)])),
        }
        if job.number == 0:
            record["fields"] = np.round(found.Phi.T, 4).tolist()
            record["z"] = [[round(float(x.real), 4), round(float(x.imag), 4)] for x in z]
            record["wheels"] = wheels
        return record

    @staticmethod
    def label(job: ImageMapJob) -> str:
        return f"{job.case}, map {job.number}"

    def findings(self, records: Mapping[ImageMapJob, Record]) -> Findings:
        rows: list[Record] = []
        figures: list[Raster] = []
        for case in CASES:
            ours = [record for job, record in records.items() if job.case == case]
            row: Record = {"case": case} | {name: mean_within([r[name] for r in ours]) for name in MEASURES}
            rows.append(
                row | {"p": [r["p"] for r in ours], "p of orientations": [r["p of orientations"] for r in ours]}
            )
            if case != "white noise":
                figures += [fields(case, ours[0], self.side, self.size), orientation(case, ours[0], self.side)]
        return Findings(rows=rows, tables=[table(rows)], figures=figures, notes=[PROVENANCE])


PROVENANCE = "whitened patches of the photographs china.jpg and flower.jpg of scikit-learn"


def fields(case: str, record: Record, side: int, size: int) -> Raster:
    """All receptive fields in their places."""
    import numpy as np

    from fa_theory.record.raster import rows, strip

    tiles = [np.reshape(field, (size, size)) for field in record["fields"]]
    tiles = [tile / max(float(np.abs(tile).max()), 1e-12) for tile in tiles]
    return Raster(
        name="lufkin2022-images-fields",
        caption=f"{case}: receptive fields",
        values=rows(strip(tiles, columns=side), digits=2),
        colours="signed",
    )


def orientation(case: str, record: Record, side: int) -> Raster:
    """The orientation map with its pinwheels."""
    import numpy as np

    from fa_theory.record.raster import rows

    from ..topography import angle

    z = np.array([complex(*pair) for pair in record["z"]])
    marks = [(float(x), float(y), int(sign)) for x, y, sign in record["wheels"]]
    return Raster(
        name="lufkin2022-images-orientation",
        caption=f"{case}: orientation, {len(marks)} pinwheels",
        values=rows(angle(z).reshape(side, side)),
        colours="cyclic",
        scale="orientation / $\\pi$",
        marks=marks,
    )


def table(rows: Sequence[Record]) -> Table:
    """A row for each kind of map."""
    return Table(
        caption="similarity: correlation of neighbouring fields; p: the largest of the permutation tests; "
        "means with their 95 % intervals",
        columns=["map", "similarity", "p", "similar orientation", "p", "selectivity", "pinwheels", "if shuffled"],
        rows=[
            [
                row["case"],
                cell(row["similarity"]),
                f"{max(row['p']):.3f}",
                cell(row["orientation"]),
                f"{max(row['p of orientations']):.3f}",
                cell(row["selectivity"]),
                cell(row["pinwheels"], ".1f"),
                cell(row["shuffled"], ".1f"),
            ]
            for row in rows
        ],
    )
