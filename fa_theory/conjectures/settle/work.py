"""The resources for checking a conjecture: randomness, work, a folder, and a callback for progress."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fa_theory.conjectures.language.effort import Meter
from fa_theory.seeds import generator
from fa_theory.work.files import write

from .progress import CheckProgress

Notify = Callable[[CheckProgress], None]


@dataclass(frozen=True)
class Work:
    """The resources for one conjecture.

    Attributes
    ----------
    name, seed
        The address of its randomness.
    budget
        Work, in seconds of an idle machine (`fa_theory.conjectures.language.effort`).
    meter
        Counts it.
    out
        Folder for the output.
    notify
        Called with the progress.
    root
        The folder to which a relative ``out`` refers. The conjecture may change the current folder.
    """

    name: str
    seed: int
    budget: float
    meter: Meter
    out: Path
    notify: Notify
    root: Path = field(default_factory=Path.cwd)

    def rng(self, *address: str | int) -> np.random.Generator:
        """The random generator of a part of the work."""
        return generator(self.seed, "conjecture", self.name, *address)

    def at(self, share: float) -> float:
        """The deadline at which a share of the budget is used up, as `effort.now` counts."""
        return share * self.budget

    @property
    def fraction(self) -> float:
        """The fraction of the budget that is used up."""
        return min(1.0, self.meter.seconds / self.budget)

    def keep(self, document: Mapping[str, Any], kind: str) -> Path:
        """Write a JSON document into a folder of its kind, named by its hash, and return its path."""
        text = json.dumps(dict(document), sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        return self.write(self.out / kind / f"{self.name}-{digest[:16]}.json", text)

    def write(self, path: Path, text: str) -> Path:
        """Write a file, with its path relative to the initial folder, and return the path."""
        write(self.root / path, text)
        return path
