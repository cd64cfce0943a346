"""The declaration of a simulation: options, jobs, and the evaluation of their records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from fa_theory.record.figure import Figure
from fa_theory.record.raster import Raster
from fa_theory.record.table import Table

from .options import check, option

Job = TypeVar("Job")
Record: TypeAlias = dict[str, Any]
"""As JSON."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The results of an experiment.

    Attributes
    ----------
    rows
        The numbers, as JSON.
    tables, figures
        For display.
    warnings
        Problems, one sentence each.
    notes
        Further remarks.
    """

    rows: list[Record]
    tables: list[Table]
    figures: Sequence[Figure | Raster]
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Experiment(ABC, Generic[Job]):
    """A simulation with its options; each subclass declares one, and its fields are the options.

    A subclass is a frozen dataclass with keyword-only fields, each of them made by `option`. Its docstring is the help
    of the command ``fa-theory simulate NAME``. For ``--help`` to answer at once, its module imports heavy libraries
    inside functions.

    Attributes
    ----------
    name
        Name of the command; begins with the key of the paper.
    source
        Key of the paper in the bibliography, and the location.
    lowest
        Lower limit of a logarithmic axis of its figures, as a fraction of the highest value.
    columns
        Number of figures side by side.
    seed
        The option that all experiments have.

    Raises
    ------
    InputError
        If the value of an option is out of range.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Dice(Experiment[int]):
    ...     \"\"\"Throw dice.\"\"\"
    ...
    ...     name = "someone2025-dice"
    ...     source = "someone2025, Figure 1"
    ...     sides: tuple[int, ...] = option((4, 6), least=1, help="Numbers of sides.")
    ...
    ...     def jobs(self):
    ...         return self.sides
    ...
    ...     @staticmethod
    ...     def work(job, out):
    ...         return {"mean": (1 + job) / 2}
    ...
    ...     def findings(self, records):
    ...         rows = [[job, record["mean"]] for job, record in records.items()]
    ...         return Findings(rows=rows, tables=[], figures=[])
    >>> Dice(sides=(4, 4))
    Traceback (most recent call last):
        ...
    fa_theory.errors.InputError: sides contains 4 twice; give every value once
    """

    name: ClassVar[str]
    source: ClassVar[str]
    lowest: ClassVar[float] = 0.0
    columns: ClassVar[int] = 2

    seed: int = option(0, least=0, help="Seed of all random numbers.")

    def __post_init__(self) -> None:
        check(self)

    @property
    def stem(self) -> str:
        """Name of the files of results, without their suffix."""
        return self.name

    @property
    def preamble(self) -> str:
        """A sentence printed before the work begins, such as which data are used."""
        return ""

    @property
    def depends_on(self) -> Sequence[str]:
        """Further inputs of the records, such as the digest of a data file."""
        return ()

    @abstractmethod
    def jobs(self) -> Sequence[Job]:
        """Units of work, hashable and picklable, with a ``repr`` that identifies them completely."""

    @staticmethod
    @abstractmethod
    def work(job: Any, out: Path) -> Record:
        """Do a job.

        Parameters
        ----------
        job
            One of `jobs`.
        out
            The folder of the results, for files that belong to the record.

        Returns
        -------
        dict
            The results, as JSON without ``nan``.
        """

    @staticmethod
    def label(job: Any) -> str:
        """A short description of a job, for the progress bar."""
        return str(job)

    @abstractmethod
    def findings(self, records: Mapping[Job, Record]) -> Findings:
        """Evaluate the records of all jobs."""
