"""Procedures settle claims: each is split into independent tasks, whose records give one piece of evidence."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fa_theory.errors import InputError
from fa_theory.record.evidence import Artefact, Evidence, Method
from fa_theory.seeds import generator
from fa_theory.work.files import write
from fa_theory.work.ledger import Record

if TYPE_CHECKING:
    import numpy as np


class Budget(StrEnum):
    """How much work to spend: seconds, minutes, hours."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


@dataclass(frozen=True, slots=True)
class Trials:
    """A number of trials for every budget.

    Raises
    ------
    InputError
        If there is no trial, or a larger budget has fewer.

    Examples
    --------
    >>> Trials(10, 100, 1000)[Budget.STANDARD]
    100
    """

    quick: int
    standard: int
    thorough: int

    def __post_init__(self) -> None:
        if not 1 <= self.quick <= self.standard <= self.thorough:
            raise InputError(f"expected 1 ≤ quick ≤ standard ≤ thorough but got {self}")

    def __getitem__(self, budget: Budget) -> int:
        return int(getattr(self, budget.value))


@dataclass(frozen=True, slots=True)
class Task:
    """A unit of work: its key within the procedure, and parameters as JSON."""

    key: str
    params: Mapping[str, Any]


def by_width(widths: Sequence[int], trials: int, block: int) -> list[Task]:
    """Distribute ``trials`` trials at every width to tasks of ``block`` trials (the last block is full, too).

    Examples
    --------
    >>> [task.key for task in by_width([8], 30, 20)]
    ['p=8 block 0', 'p=8 block 1']
    """
    return [
        Task(f"p={p} block {i}", {"p": p, "first": i * block, "count": block})
        for p in widths
        for i in range(-(-trials // block))
    ]


@dataclass(frozen=True)
class Context:
    """The context of a task: its address (for randomness), the folder for artefacts, and earlier records."""

    seed: int
    claim: str
    procedure: str
    out: Path
    recorded: Mapping[str, Mapping[str, Record]] = field(default_factory=dict)

    def rng(self, *address: str | int) -> np.random.Generator:
        """The random generator of an address below this claim and procedure."""
        return generator(self.seed, self.claim, self.procedure, *address)

    def records(self, procedure: str) -> Mapping[str, Record]:
        """What a procedure of the same claim recorded, by task key."""
        try:
            return self.recorded[procedure]
        except KeyError:
            raise InputError(
                f"{self.claim} has no records of a procedure {procedure!r}; available: {', '.join(self.recorded)}"
            ) from None

    def keep(self, document: Mapping[str, Any], kind: str) -> Artefact:
        """Write a JSON document below the output folder, named by its hash, and return its reference."""
        text = json.dumps(dict(document), sort_keys=True, separators=(",", ":"))
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        path = Path(kind) / f"{self.claim}-{sha256[:16]}.json"
        write(self.out / path, text)
        return Artefact(path=path.as_posix(), sha256=sha256, kind=kind)


class Procedure(ABC):
    """A way to obtain evidence, declared with its claim.

    Subclasses decide the result from the records alone, so that nobody can type one.
    """

    name: str
    method: Method
    settles: bool

    @abstractmethod
    def tasks(self, budget: Budget) -> list[Task]:
        """The work for a budget; a larger budget repeats the tasks of a smaller one and adds to them."""

    def reachable(self, budget: Budget) -> float | None:
        """The largest probability that the trials of a budget can show; None if the claim states no probability."""
        return None

    @abstractmethod
    def run(self, task: Task, context: Context) -> Record:
        """Do one task. Must depend on the seed, the task and nothing else."""

    @abstractmethod
    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        """Turn the records into evidence."""


class Provable(Procedure):
    """A procedure whose evidence is one proof, which Coq can check as well."""

    @abstractmethod
    def document(self) -> Mapping[str, Any]:
        """Write the proof as a document of the checker."""
