"""What settling a conjecture may use: randomness, time, a folder, and somebody to tell."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fa_theory.seeds import generator

from .progress import CheckProgress

Notify = Callable[[CheckProgress], None]


@dataclass(frozen=True)
class Work:
    """Time, randomness and room for one conjecture.

    Attributes
    ----------
    name, seed
        The address of its randomness.
    started, budget
        In the time of `time.monotonic`, and in seconds.
    out
        Folder for what is written.
    notify
        Called with the progress.
    """

    name: str
    seed: int
    started: float
    budget: float
    out: Path
    notify: Notify

    def rng(self, *address: str | int) -> np.random.Generator:
        """The random generator of a part of the work."""
        return generator(self.seed, "conjecture", self.name, *address)

    def at(self, share: float) -> float:
        """The moment at which a share of the budget is used up."""
        return self.started + share * self.budget

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self.started

    @property
    def fraction(self) -> float:
        """How much of the budget is used up."""
        return min(1.0, self.seconds / self.budget)

    def keep(self, document: Mapping[str, Any], kind: str) -> Path:
        """Write a JSON document into a folder of its kind, named by its hash, and return its path."""
        text = json.dumps(dict(document), sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        path = self.out / kind / f"{self.name}-{digest[:16]}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path
