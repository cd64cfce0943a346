"""Results of a sweep: estimates for every cell, and exponents in the width."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.statistics import exponent
from fa_theory.statistics.exponent import Exponent

from .cells import SweepCell, cells
from .spec import AXES, Spec
from .store import Store


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of a functional over the networks of a cell that have a value.

    Attributes
    ----------
    networks
        Number of simulated networks.
    n
        Number of networks with a value: neither diverged nor undefined.
    diverged, undefined
        The others: not finite at some step; or finite, but without a value (a threshold never reached).
    mean, sd
        None without values; sd None with fewer than 2.
    interval
        Confidence interval of the mean, Student's t; None with fewer than 2 values.
    """

    cell: SweepCell
    functional: str
    networks: int
    n: int
    diverged: int
    undefined: int
    mean: float | None
    sd: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Fit:
    """The exponent of a functional in the width, for fixed other coordinates.

    Attributes
    ----------
    where
        The coordinates without the width.
    average
        ``mean`` for a functional that is positive in the whole sweep, ``rms`` (root mean square) for any other.
    exponent
        None if there is none; then ``why`` states the reason.
    """

    where: dict[str, Any]
    functional: str
    average: exponent.Average
    exponent: Exponent | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Estimates and exponents of a sweep.

    Attributes
    ----------
    confidence
        Confidence level of all intervals.
    varying
        The axes that take several values.
    backends
        Number of networks by simulation path and backend.
    """

    spec: Spec
    confidence: float
    varying: tuple[str, ...]
    estimates: list[Estimate]
    fits: list[Fit]
    backends: dict[str, int]

    def document(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "title": self.spec.title,
            "spec": self.spec.identity(),
            "confidence": self.confidence,
            "interval": "Student's t for the mean; delta method for exponents",
            "backends": self.backends,
            "estimates": [asdict(estimate) for estimate in self.estimates],
            "exponents": [asdict(fit) for fit in self.fits],
        }


def summarise(spec: Spec, store: Store, *, confidence: float = 0.95) -> Summary:
    """Summarise the records in the store, in the order of the grid.

    Raises
    ------
    InputError
        If the confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise InputError(f"expected a confidence between 0 and 1 but got {confidence!r}")
    grid = cells(spec)
    texts = [f.text for f in spec.measured]
    values: dict[tuple[int, str], list[float | None]] = defaultdict(list)
    lost: dict[int, list[int]] = defaultdict(list)
    backends: dict[str, int] = defaultdict(int)
    for number, _, record in store.records():
        lost[number] += record.diverged
        backends[f"{record.path}, {record.backend}"] += len(record.diverged)
        for text in texts:
            values[number, text] += record.values[text]
    found = [(number, cell) for number, cell in enumerate(grid) if number in lost]
    estimates = [
        _estimate(cell, text, values[number, text], lost[number], confidence)
        for text in texts
        for number, cell in found
    ]
    fits = []
    if len(spec.grid.p) >= 3:
        for text in texts:
            groups: dict[SweepCell, dict[int, list[float | None]]] = defaultdict(dict)
            for number, cell in found:
                groups[replace(cell, p=0)][cell.p] = values[number, text]
            positive = all(value > 0 for number, _ in found for value in values[number, text] if value is not None)
            average: exponent.Average = "mean" if positive else "rms"
            fits += [_fit(cell, text, samples, average, confidence) for cell, samples in groups.items()]
    varying = tuple(axis for axis in AXES if len(getattr(spec.grid, axis)) > 1)
    return Summary(spec, confidence, varying, estimates, fits, dict(sorted(backends.items())))


def _estimate(
    cell: SweepCell, text: str, values: Sequence[float | None], diverged: Sequence[int], confidence: float
) -> Estimate:
    known = np.array([value for value in values if value is not None])
    lost = sum(t >= 0 for t in diverged)
    n, mean, sd, interval = len(known), None, None, None
    if n:
        top = float(np.abs(known).max()) or 1.0  # so that sums and squares neither overflow nor vanish
        mean = top * float(np.mean(known / top))
        if n > 1:
            sd = top * float(np.std(known / top, ddof=1))
            reach = _quantile(confidence, n - 1) * sd / math.sqrt(n)
            interval = (mean - reach, mean + reach)
    return Estimate(cell, text, len(values), n, lost, len(values) - n - lost, mean, sd, interval)


@cache
def _quantile(confidence: float, freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf((1 + confidence) / 2, freedom))


def _fit(
    cell: SweepCell,
    text: str,
    samples: Mapping[int, Sequence[float | None]],
    average: exponent.Average,
    confidence: float,
) -> Fit:
    where = {axis: getattr(cell, axis) for axis in AXES if axis != "p"}
    known = {p: [value for value in values if value is not None] for p, values in samples.items()}
    if missing := sum(len(values) for values in samples.values()) - sum(map(len, known.values())):
        # an average over the others would be of a different distribution at each width
        return Fit(where, text, average, None, f"{missing} network{'s' if missing > 1 else ''} without a value")
    try:
        return Fit(where, text, average, exponent.fit(known, average=average, confidence=confidence))
    except InputError as error:
        return Fit(where, text, average, None, str(error))
