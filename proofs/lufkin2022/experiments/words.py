"""``lufkin2022-words``: a map of the words of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fa_theory.errors import InputError
from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.intervals import cell, mean_within
from fa_theory.experiments.options import option
from fa_theory.record.raster import Raster
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, MOST_STEPS, check_count

if TYPE_CHECKING:
    from ..maps import MapPlan
    from ..words import WordVectors

LARGEST = 40
MEASURES = ("similarity", "meaning", "shuffled")


class ShippedText(StrEnum):
    """A text that comes with a package."""

    PYTHON = "python"
    LEE = "lee"


class WordMapJob(NamedTuple):
    """One map to train."""

    source: str
    """A file, or the name of a text."""
    plan: MapPlan
    vocabulary: int
    seed: int
    number: int


@lru_cache(maxsize=4)
def known(source: str, vocabulary: int) -> tuple[WordVectors, str]:
    """The vectors of a text, and where it is from."""
    from ..words import from_file, lee_background, python_reference, vectors

    match source:
        case ShippedText.PYTHON:
            corpus = python_reference()
        case ShippedText.LEE:
            corpus = lee_background()
        case path:
            corpus = from_file(Path(path))
    return vectors(corpus, vocabulary=vocabulary), corpus.provenance


@dataclass(frozen=True, kw_only=True)
class WordMaps(Experiment[WordMapJob]):
    """A map of words by the words around them, trained on one half of a text and judged by the other.

    The text is a file of yours, the reference of the Python language (python), or the 300 news documents in the test
    data of gensim, if that is installed (lee).
    """

    name = "lufkin2022-words"
    source = "lufkin2022, on natural language text"
    columns = 1

    corpus: Path | None = option(None, metavar="FILE", help="Text in UTF-8; default: --text.")
    text: ShippedText = option(ShippedText.PYTHON, help="A text that comes with a package.")
    side: int = option(14, least=4, help="Neurons along each side of the torus.")
    steps: int = option(300, least=1, help="Updates of the receptive fields.")
    vocabulary: int = option(400, least=200, help="Largest number of words.")
    lateral: float = option(3.0, least=0, help="Strength of lateral coupling, over its threshold.")
    repeats: int = option(3, least=1, help="Maps, the first of which is shown.")
    shown: int = option(12, least=1, help="Words whose neighbours are printed.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--steps", self.steps, MOST_STEPS)
        check_count("--side", self.side, LARGEST)
        check_count("--vocabulary", self.vocabulary, 5000)
        if self.corpus is not None and not self.corpus.is_file():
            raise InputError(f"{self.corpus} is not a file; give a text in UTF-8 with --corpus FILE")

    @property
    def read(self) -> str:
        """The file, or the name of the text."""
        return self.text.value if self.corpus is None else str(self.corpus)

    @property
    def preamble(self) -> str:
        return known(self.read, self.vocabulary)[1]

    @property
    def depends_on(self) -> Sequence[str]:
        import hashlib

        found, _ = known(self.read, self.vocabulary)
        return [hashlib.sha256(found.train.round(6).tobytes()).hexdigest()]

    def jobs(self) -> Sequence[WordMapJob]:
        from ..maps import MapPlan

        plan = MapPlan(self.side, self.steps, batch=50, lateral=self.lateral)
        return [WordMapJob(self.read, plan, self.vocabulary, self.seed, number) for number in range(self.repeats)]

    @staticmethod
    def work(job: WordMapJob, out: Path) -> Record:
        from fa_theory.seeds import generator

        from ..topography import correlations, permutation_test
        from ..words import meaning, places, titles, word_map

        given, _ = known(job.source, job.vocabulary)
        rng, side = generator(job.seed, WordMaps.name, job.plan.side, job.number), job.plan.side
        found = word_map(job.plan, given, rng)
        at = places(found, given)
        fields, order = permutation_test(correlations(found.Phi), side, rng), meaning(at, given, side, rng)
        record: Record = {
            "similarity": fields.similarity,
            "p": fields.p,
            "meaning": order.similarity,
            "shuffled": order.null,
            "p of meaning": order.p,
        }
        if job.number == 0:
            record |= {"titles": titles(found, given), "places": at.tolist()}
        return record

    @staticmethod
    def label(job: WordMapJob) -> str:
        return f"map {job.number}"

    def findings(self, records: Mapping[WordMapJob, Record]) -> Findings:
        import numpy as np

        from ..words import nearest

        given, provenance = known(self.read, self.vocabulary)
        found = list(records.values())
        at, words = np.array(found[0]["places"]), given.vocabulary
        chosen = words[:: max(1, len(words) // self.shown)][: self.shown]
        near = {word: nearest(word, at, given, self.side) for word in chosen}
        row: Record = {name: mean_within([r[name] for r in found]) for name in MEASURES}
        row |= {name: [r[name] for r in found] for name in ("p", "p of meaning")}
        row |= {"nearest": near, "titles": found[0]["titles"], "words": len(words), "text": provenance}
        return Findings(
            rows=[row],
            tables=[table(row, self.repeats), neighbours(near)],
            figures=[picture(found[0]["titles"], at, self.side)],
            notes=[provenance],
        )


def table(row: Record, repeats: int) -> Table:
    """The tests."""
    return Table(
        caption=f"means of {repeats} maps with their 95 % intervals; p: the largest of the permutation tests",
        columns=["", "similarity of neighbours", "p"],
        rows=[
            ["receptive fields", cell(row["similarity"]), f"{max(row['p']):.3f}"],
            ["meaning, in the unseen half", cell(row["meaning"], ".4f"), f"{max(row['p of meaning']):.3f}"],
            ["meaning, words shuffled", cell(row["shuffled"], ".4f"), ""],
        ],
    )


def neighbours(near: Mapping[str, Sequence[str]]) -> Table:
    """The nearest words."""
    return Table(
        caption="nearest on the map",
        columns=["word", "nearest words"],
        rows=[[word, ", ".join(others)] for word, others in near.items()],
    )


def picture(titles: Sequence[str], at: Any, side: int) -> Raster:
    """The word of each neuron; colours show how many words stand there."""
    import numpy as np

    from fa_theory.record.raster import rows

    count = np.zeros((side, side))
    np.add.at(count, tuple(np.transpose(at)), 1.0)
    words = [(float(k % side), float(k // side), title[:11]) for k, title in enumerate(titles)]
    return Raster(
        name="lufkin2022-words",
        caption="the word to which each neuron answers most",
        values=rows(count),
        colours="pale",
        scale="words at the neuron",
        words=words,
    )
