"""Functionals: one number for each network from its trajectory, named by a short phrase."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.simulation.quantities import QUANTITIES
from fa_theory.simulation.trajectories import Trajectories

LAST = -1
"""Denotes the last step in `Functional.steps`."""
ROUNDING = 1e-26
"""A loss below this fraction of its initial value is rounding error (≈ (100 ε)²) and gives no rate."""

NUMBERS = tuple(name for name, one in QUANTITIES.items() if one.axes in ((), ("layer",)))
"""Recorded quantities that are one number for each network and step, or one for each layer besides."""
Q = r"(\w+(?:\[\d+\])?)"

FORMS = {
    "final Q": "the value after the last step",
    "Q at T": "the value after T steps",
    "max Q": "the largest value over the recorded steps",
    "min Q": "the smallest value over the recorded steps",
    "steps until Q halves": "the first recorded step at which Q ≤ half its start",
    "steps until Q <= X": "the first recorded step at which Q ≤ X; also >=; `<= X of start` is relative to step 0",
    "contraction rate": "γ = 1 − (loss(B)/loss(A))^(1/(2(B−A))), the mean contraction of ‖e‖ in one step; "
    "A = 0, B = the last step, or write `contraction rate A..B`",
}
"""The phrases, with A, B, T, X for numbers and Q for the name of a quantity, or ``name[1]``, ``name[2]``, … for those
that have a number for each layer."""


@dataclass(frozen=True, slots=True)
class Functional:
    """A number for each network.

    Attributes
    ----------
    text
        The phrase, which is its name.
    quantity
        The quantity to record.
    steps
        The steps it uses (`LAST` for the last one); None: all recorded steps.
    values
        From trajectories to an array ``(m,)``; nan where it is undefined.
    """

    text: str
    quantity: str
    steps: tuple[int, ...] | None
    values: Callable[[Trajectories], Array]

    @property
    def slug(self) -> str:
        """The phrase as a file name."""
        return re.sub(r"[^\w.]+", "-", self.text.replace("<=", "below").replace(">=", "above"))


@cache
def functional(text: str) -> Functional:
    """Read a phrase.

    Raises
    ------
    InputError
        If it has none of the `FORMS`, or its quantity is not in `NUMBERS`.

    Examples
    --------
    >>> functional("final  alignment").text, functional("loss at 20").steps
    ('final alignment', (20,))
    >>> from fa_theory.model.law import Law
    >>> from fa_theory.simulation.engine import simulate
    >>> found = simulate(Law("linear", 3, 6, 50), 60, ensemble=2)
    >>> functional("steps until loss halves").values(found).shape
    (2,)
    """
    text = " ".join(text.split())
    if words := re.fullmatch(rf"final {Q}", text):
        q = _quantity(words[1], text)
        return Functional(text, _recorded(q), (LAST,), lambda found: _path(found, q)[:, -1])
    if words := re.fullmatch(rf"(max|min) {Q}", text):
        extreme, q = np.max if words[1] == "max" else np.min, _quantity(words[2], text)
        # an undefined value on the way leaves the extreme undefined
        return Functional(text, _recorded(q), None, lambda found: np.asarray(extreme(_path(found, q), axis=1)))
    if words := re.fullmatch(rf"{Q} at (\d+)", text):
        q, t = _quantity(words[1], text), int(words[2])
        return Functional(text, _recorded(q), (t,), lambda found: _at(found, q, t))
    if words := re.fullmatch(rf"steps until {Q} halves", text):
        return _until(text, _quantity(words[1], text), "<=", 0.5, relative=True)
    if words := re.fullmatch(rf"steps until {Q} (<=|>=) (\S+?)( of start)?", text):
        return _until(text, _quantity(words[1], text), words[2], _number(words[3], text), relative=bool(words[4]))
    if words := re.fullmatch(r"contraction rate(?: (\d+)\.\.(\d+))?", text):
        start, end = (int(words[1]), int(words[2])) if words[1] else (0, LAST)
        if 0 <= end <= start:
            raise InputError(f"expected A < B but got {text!r}")
        return Functional(text, "loss", (start, end), lambda found: _rate(found, start, end))
    near = difflib.get_close_matches(text, FORMS, n=1, cutoff=0.7)
    hint = f"did you mean {near[0]!r}? " if near else ""
    forms = "; ".join(FORMS)
    raise InputError(f"unknown functional {text!r}; {hint}the forms are: {forms}, with Q one of {', '.join(NUMBERS)}")


def _quantity(name: str, text: str) -> str:
    if _recorded(name) not in NUMBERS:
        raise InputError(f"unknown quantity {name!r} in {text!r}; choose from {', '.join(NUMBERS)}")
    if QUANTITIES[_recorded(name)].axes and "[" not in name:
        raise InputError(f"{name!r} in {text!r} has a number for each layer; write {name}[1], {name}[2], …")
    return name


def _recorded(name: str) -> str:
    """The quantity of a name such as ``movement[2]``."""
    return name.partition("[")[0]


def _path(found: Trajectories, name: str) -> Array:
    """A number for each network and recorded step; layers are counted from 1.

    Raises
    ------
    InputError
        If there are not so many layers.
    """
    values, (_, _, layer) = found[_recorded(name)], name.partition("[")
    if not layer:
        return values
    if values.ndim < 3 or not 1 <= int(layer[:-1]) <= values.shape[2]:
        raise InputError(f"{name}: there are {values.shape[2] if values.ndim > 2 else 'no'} layers to choose from")
    path: Array = values[:, :, int(layer[:-1]) - 1]
    return path


def _number(word: str, text: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise InputError(f"expected a finite number in {text!r} but got {word!r}")
    return number


def _at(found: Trajectories, q: str, t: int) -> Array:
    column = len(found.t) - 1 if t == LAST else int(np.searchsorted(found.t, t))
    values: Array = _path(found, q)[:, column]
    return values


def _until(text: str, q: str, sign: str, threshold: float, *, relative: bool) -> Functional:
    def values(found: Trajectories) -> Array:
        path = _path(found, q)
        level = threshold * path[:, :1] if relative else threshold
        reached = path <= level if sign == "<=" else path >= level
        return np.where(reached.any(axis=1), found.t[reached.argmax(axis=1)], np.nan)

    return Functional(text, _recorded(q), None, values)


def _rate(found: Trajectories, start: int, end: int) -> Array:
    before, after = _at(found, "loss", start), _at(found, "loss", end)
    span = int(found.t[-1] if end == LAST else end) - start
    first = found["loss"][:, 0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rate = 1 - (after / before) ** (1 / (2 * span)) if span else np.full(len(before), np.nan)
    return np.where((before > 0) & (after > ROUNDING * first), rate, np.nan)
