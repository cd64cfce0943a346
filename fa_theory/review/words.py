"""The figures of a review in words and as drawings: the same on a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple

from fa_theory.checker.decimals import above, below, interval
from fa_theory.record.figure import Axis, Curve, Figure

from .summary import Happening, Least, NetworkCount, NetworkMean, ReviewDocument

BACK, NONE = "backpropagation", "none"
MOST_REASONS = 3
"""Reasons that are shown; all of them are in the document."""


def short(rule: str) -> str:
    """The name of a rule without the folder of its file.

    Examples
    --------
    >>> short("fa"), short("rules/mine.py:lazy")
    ('fa', 'lazy (mine.py)')
    """
    file, _, name = rule.rpartition(":")
    return f"{name} ({PurePath(file.removesuffix(':')).name})" if file else name


def heading(found: ReviewDocument) -> str:
    """What was reviewed, in one line."""
    return f"{short(found.rule)} on {found.network}"


def extent(found: ReviewDocument) -> str:
    """How much was run, in one line."""
    return f"{found.networks} networks, {found.steps} steps, {100 * found.confidence:g} % intervals, seed {found.seed}"


class FigureRow(NamedTuple):
    """One figure: what it is, its value, and its interval or what else is known."""

    name: str
    value: str
    interval: str = ""


def rows(found: ReviewDocument) -> list[FigureRow]:
    """All figures, in the order in which they are shown."""
    return list(_rows(found))


def _rows(found: ReviewDocument) -> Iterator[FigureRow]:
    figures = found.figures
    yield counted("networks that diverge", figures.diverged)
    yield from _happening("ascending", figures.ascents)
    yield from _happening("obtuse", figures.obtuse)
    for layer, each in enumerate(figures.obtuse_layers, 1):
        yield from _drawn(f"obtuse in layer {layer}", each)
    if figures.path is None:
        yield FigureRow("least cos(B, J)", NONE, "the signals of this rule are no linear image of the error")
    for layer, least in enumerate(figures.path or (), 1):
        yield _bound(f"least cos(B, J), hidden layer {layer}", least)
    for layer, mean in enumerate(figures.alignment, 2):
        yield averaged(f"alignment of layer {layer} at the end", mean)
    yield averaged("loss at the start", figures.loss_at_start, 4)
    for name, ours, theirs, digits in (
        ("loss at the end", figures.loss_at_end, figures.loss_of_backpropagation, 4),
        ("factor of the error", figures.rate, figures.rate_of_backpropagation, 7),
        ("accuracy", figures.accuracy, figures.accuracy_of_backpropagation, 4),
        ("test accuracy", figures.test_accuracy, figures.test_accuracy_of_backpropagation, 4),
    ):
        if ours is not None and theirs is not None:
            yield averaged(name, ours, digits)
            yield averaged(f"{name}, BP", theirs, digits)
    yield from _certified(found)


def counted(name: str, found: NetworkCount) -> FigureRow:
    """A count with its exact interval.

    Examples
    --------
    >>> counted("networks that diverge", NetworkCount(3, 40, 0.0157, 0.2039))[1:]
    ('3 of 40', '[0.015, 0.204]')
    """
    return FigureRow(name, f"{found.count} of {found.of}", interval(found.low, found.high, places=3))


def averaged(name: str, found: NetworkMean, digits: int = 4) -> FigureRow:
    """A mean with its interval.

    Examples
    --------
    >>> averaged("accuracy", NetworkMean(0.25, 0.125, 0.375, 8))[1:]
    ('0.25', '[0.125, 0.375]')
    >>> averaged("rate", NetworkMean(None, None, None, 0))[1:]
    ('none', '')
    """
    if found.mean is None:
        return FigureRow(name, NONE)
    around = "" if found.low is None or found.high is None else interval(found.low, found.high, digits)
    return FigureRow(name, f"{found.mean:.{digits}g}", around)


def _happening(what: str, found: Happening) -> Iterator[FigureRow]:
    yield counted(f"networks with {what} steps", found.ever)
    yield from _drawn(f"{what} steps", found)


def _drawn(what: str, found: Happening) -> Iterator[FigureRow]:
    if found.drawn is None or found.share is None:
        yield FigureRow(what, NONE, "rounding decides every step")
        return
    yield FigureRow(f"{what}, of all steps", f"{100 * found.share:.3g} %")
    yield counted(f"{what}, one per network", found.drawn)


def _bound(name: str, found: Least) -> FigureRow:
    if found.value is None or found.holds is None:
        return FigureRow(name, NONE, "B or J is 0")
    share = below(100 * found.holds, places=1)
    return FigureRow(name, below(found.value, places=3), f"exceeded in ≥ {share} % of runs")


def _certified(found: ReviewDocument) -> Iterator[FigureRow]:
    decay, name = found.figures.decay, "decay certified for all time"
    if decay.kind == "none":
        yield FigureRow(name, NONE, "not asked for")
        return
    yield counted(name, decay.certified)
    if decay.slowest is not None:
        of_what = "from the start" if decay.kind == "start" else "from a state the run reaches"
        yield FigureRow("largest certified factor of a step", above(decay.slowest, 7), of_what)
    for reason in decay.reasons[:MOST_REASONS]:
        yield FigureRow("not certified", "", reason)
    if len(decay.reasons) > MOST_REASONS:
        yield FigureRow("not certified", "", f"and {len(decay.reasons) - MOST_REASONS} further reasons, in the JSON")


def drawings(found: ReviewDocument) -> list[Figure]:
    """Loss and cosine against steps; one without a finite value is left out."""
    curves, step = found.curves, Axis(label="step")
    loss = [
        *_banded(short(found.rule), curves.steps, curves.loss, positive=True),
        *_banded(BACK, curves.steps, curves.loss_of_backpropagation, positive=True, style="dashed"),
    ]
    cosine = _banded(short(found.rule), curves.steps, curves.cosine)
    made = [
        Figure(
            name="loss",
            caption="Loss: median over the networks, and its range.",
            x=step,
            y=Axis(label="loss", scale="log"),
            curves=loss,
        ),
        Figure(
            name="cosine",
            caption="Cosine of the step and that of backpropagation: median over the networks, and its range.",
            x=step,
            y=Axis(label="cosine with backpropagation"),
            curves=cosine,
        ),
    ]
    return [each for each in made if each.curves]


def _banded(
    label: str,
    steps: Sequence[int],
    values: Sequence[Sequence[float | None]],
    *,
    positive: bool = False,
    style: str = "line",
) -> list[Curve]:
    """Median and range where they are there; on a logarithmic axis where they are positive."""
    there = [
        (float(t), low, middle, high)
        for t, low, middle, high in zip(steps, *values, strict=True)
        if low is not None and middle is not None and high is not None and (low > 0 or not positive)
    ]
    if not there:
        return []
    x, low, y, high = map(list, zip(*there, strict=True))
    return [Curve(label=label, x=x, y=y, low=low, high=high, style=style)]
