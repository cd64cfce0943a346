"""The figures of a review, from the records of its networks, with their intervals."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from math import inf
from typing import Any

import msgspec

from fa_theory.experiments.experiment import Record
from fa_theory.experiments.values import spread
from fa_theory.statistics.binomial import Proportion

from .plan import ReviewPlan

FORMAT = "fa-theory-review/1"


class NetworkCount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of the networks, with an exact binomial interval for the probability."""

    count: int
    of: int
    low: float
    high: float


class NetworkMean(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mean over the ``of`` networks that have a value, and Student's interval, within the range of the quantity."""

    mean: float | None
    low: float | None
    high: float | None
    of: int


class Happening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often something happens at a step.

    Steps of one network depend on each other, so networks are counted: those where it ever happens, and those where it
    happens at one step that is drawn at random.
    """

    ever: NetworkCount
    drawn: NetworkCount | None
    """None if rounding decides every step of every network."""
    share: float | None
    """Of all steps that rounding does not decide."""
    undecided: int
    """Steps that it does."""


class Least(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The least value over all networks and steps; at least the share ``holds`` of networks stays above it."""

    value: float | None
    holds: float | None
    of: int


class Decay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Certificates of exponential decay that the checker accepts."""

    kind: str
    certified: NetworkCount
    slowest: float | None
    """The largest factor of a step that is proved."""
    certificates: list[str]
    reasons: list[str]
    """Why the others have none, each once."""


class ReviewFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is measured of a rule."""

    diverged: NetworkCount
    ascents: Happening
    obtuse: Happening
    """Of all layers together."""
    obtuse_layers: list[Happening]
    path: list[Least] | None
    """``cos∠(B, J)`` of each hidden layer; None if the rule has no map B."""
    alignment: list[NetworkMean]
    """``cos∠(B_l, W_l)`` of layers 2 to L at the end."""
    loss_at_start: NetworkMean
    loss_at_end: NetworkMean
    loss_of_backpropagation: NetworkMean
    rate: NetworkMean
    """Factor of the error in a step, over the second half of the run."""
    rate_of_backpropagation: NetworkMean
    accuracy: NetworkMean | None
    accuracy_of_backpropagation: NetworkMean | None
    test_accuracy: NetworkMean | None
    test_accuracy_of_backpropagation: NetworkMean | None
    decay: Decay


class ReviewCurves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Medians and extremes over the networks that did not diverge."""

    steps: list[int]
    loss: list[list[float | None]]
    """Least, median and largest, at every one of the steps."""
    loss_of_backpropagation: list[list[float | None]]
    cosine: list[list[float | None]]
    """Of the step and that of backpropagation."""


class ReviewDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The result of ``fa-theory review``, as JSON."""

    format: str
    rule: str
    network: str
    data: str
    layers: list[int]
    steps: int
    networks: int
    seed: int
    confidence: float
    figures: ReviewFigures
    curves: ReviewCurves


def summarised(plan: ReviewPlan, records: Sequence[Record], data: str, layers: Sequence[int]) -> ReviewDocument:
    """The document of a review.

    Parameters
    ----------
    plan
        What was reviewed.
    records
        Of all networks, see `fa_theory.review.measure.reviewed`.
    data
        Where the data are from, in words.
    layers
        The widths of all layers.
    """
    counts = _Counts(plan.confidence)
    scored, tested = "accuracy" in records[0]["end"], "test_accuracy" in records[0]["end"]

    def end(name: str, place: str = "end") -> NetworkMean:
        return counts.mean([r[place][name] for r in records], (0.0, inf if name == "loss" else 1.0))

    *by_layer, whole = (counts.happening([r["obtuse"][k] for r in records]) for k in range(len(layers)))
    paths = [r["path"] for r in records]
    back = "end of backpropagation"
    figures = ReviewFigures(
        diverged=counts.of([r["diverged"] for r in records]),
        ascents=counts.happening([r["ascents"] for r in records]),
        obtuse=whole,
        obtuse_layers=by_layer,
        path=None if paths[0] is None else [counts.least(column) for column in zip(*paths, strict=True)],
        alignment=[counts.mean(column, (-1.0, 1.0)) for column in zip(*(r["alignment"] for r in records), strict=True)],
        loss_at_start=end("loss", "start"),
        loss_at_end=end("loss"),
        loss_of_backpropagation=end("loss", back),
        rate=counts.mean([r["rate"] for r in records], (0.0, inf)),
        rate_of_backpropagation=counts.mean([r["rate of backpropagation"] for r in records], (0.0, inf)),
        accuracy=end("accuracy") if scored else None,
        accuracy_of_backpropagation=end("accuracy", back) if scored else None,
        test_accuracy=end("test_accuracy") if tested else None,
        test_accuracy_of_backpropagation=end("test_accuracy", back) if tested else None,
        decay=_decay(plan, counts, [r["certificate"] for r in records]),
    )
    curves = [r["curves"] for r in records if not r["diverged"]]
    return ReviewDocument(
        format=FORMAT,
        rule=plan.rule,
        network=", ".join(part for part in str(plan.law).split(", ") if part != plan.law.learning.rule.name),
        data=data,
        layers=list(layers),
        steps=plan.steps,
        networks=plan.networks,
        seed=plan.seed,
        confidence=plan.confidence,
        figures=figures,
        curves=ReviewCurves(
            records[0]["curves"]["steps"],
            _range([c["loss"] for c in curves]),
            _range([c["loss of backpropagation"] for c in curves]),
            _range([c["step"] for c in curves]),
        ),
    )


class _Counts:
    """Intervals of one confidence."""

    def __init__(self, confidence: float) -> None:
        self.confidence = confidence

    def of(self, happens: Sequence[bool]) -> NetworkCount:
        found = Proportion(sum(happens), len(happens), self.confidence)
        return NetworkCount(found.successes, found.trials, *found.interval)

    def mean(self, values: Sequence[float | None], within: tuple[float, float]) -> NetworkMean:
        from scipy.special import stdtrit

        mean, sd, count = spread(values)
        if mean is None or sd is None:
            return NetworkMean(mean, None, None, count)
        half = float(stdtrit(count - 1, (1 + self.confidence) / 2)) * sd / count**0.5
        return NetworkMean(mean, max(mean - half, within[0]), min(mean + half, within[1]), count)

    def happening(self, found: Sequence[Record]) -> Happening:
        steps, drawn = sum(each["steps"] for each in found), [e["drawn"] for e in found if e["drawn"] is not None]
        return Happening(
            ever=self.of([each["happens"] > 0 for each in found]),
            drawn=self.of(drawn) if drawn else None,
            share=sum(each["happens"] for each in found) / steps if steps else None,
            undecided=sum(each["of"] for each in found) - steps,
        )

    def least(self, values: Sequence[float | None]) -> Least:
        there = [value for value in values if value is not None]
        if not there:
            return Least(None, None, 0)
        return Least(min(there), Proportion(len(there), len(there), self.confidence).lower, len(there))


def _decay(plan: ReviewPlan, counts: _Counts, found: Sequence[Record]) -> Decay:
    made = [each for each in found if "path" in each]
    return Decay(
        kind=plan.certificates,
        certified=counts.of(["path" in each for each in found]),
        slowest=max((each["rate"] for each in made), default=None),
        certificates=[each["path"] for each in made],
        reasons=list(dict.fromkeys(each["reason"] for each in found if "reason" in each)),
    )


def _range(curves: Sequence[Sequence[float | None]]) -> list[list[float | None]]:
    """Least, median and largest of the values that are there, at every place."""
    found: list[list[float | None]] = [[], [], []]
    for column in zip(*curves, strict=True):
        there = [value for value in column if value is not None]
        ends: Any = (min(there), statistics.median(there), max(there)) if there else (None, None, None)
        for row, value in zip(found, ends, strict=True):
            row.append(value)
    return found
