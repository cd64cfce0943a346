"""What the numbers of a network may be in a domain, and balls that contain them.

A domain is a set of networks, one part of it for every shape: sizes, number of steps, activation. In each part, every
number of a network has an extent of its own: η and λ and bounded entries have an interval, entries of ±1 two values,
entries of weights that are zero one value, and all others any real number. Together the extents are a box that contains
the part of the domain. It may contain more: inputs of norm 1 (or at most 1, or orthonormal) in two dimensions or more
are taken as any with entries from −1 to 1, and η > 0 as η ≥ 0 where the interval begins at 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product, starmap
from math import prod
from typing import Any

from flint import arb, fmpq

from fa_theory.checker import document as doc
from fa_theory.checker.counterexample.membership import SIZES
from fa_theory.checker.counterexample.network import MAX_STEPS, MAX_STORED
from fa_theory.checker.counterexample.numbers import ONE, ZERO, Real

Ends = tuple[fmpq, fmpq]
Place = tuple[str, int]
"""A part of a network and the place of an entry in it, row by row; η and λ have the place 0."""

MAX_SHAPES, MAX_NUMBERS = 64, 4096
"""How many shapes a domain may have, and how many numbers a network."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes, steps and activation of the networks in one part of a domain."""

    n: int
    d: int
    p: int
    steps: int
    k: int | None
    activation: str

    @property
    def arrays(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the arrays."""
        outputs = () if self.k is None else (self.k,)
        return {
            "X": (self.n, self.d),
            "y": (self.n, *outputs),
            "W": (self.p, self.d),
            "beta": (self.p, *outputs),
            "b": (self.p, *outputs),
        }

    def __str__(self) -> str:
        outputs = "" if self.k is None else f", k = {self.k}"
        return f"n = {self.n}, d = {self.d}, p = {self.p}, T = {self.steps}{outputs}, {self.activation}"


def shapes(domain: Mapping[str, Any]) -> list[Shape]:
    """All shapes of a domain, in the order of n, d, p, steps, k and activation, each from the least on.

    Raises
    ------
    MalformedDocument
        If there are too many, or one is too large.
    """
    names = (*SIZES, *(("k",) if domain["k"] is not None else ()))
    for name in names:
        low, high = domain[name]
        least = 0 if name == "steps" else 1
        if not least <= low <= high:
            raise doc.refusal(f"domain.{name}", f"{least} ≤ low ≤ high", [low, high])
    count = prod((domain[name][1] - domain[name][0] + 1 for name in names), start=len(domain["activation"]))
    if count > MAX_SHAPES:
        raise doc.MalformedDocument(f"domain: expected at most {MAX_SHAPES} shapes, each with its boxes, but got more")
    return list(_fitting(domain))


def _fitting(domain: Mapping[str, Any]) -> Iterator[Shape]:
    n, d, p, steps = (range(low, high + 1) for low, high in (domain[name] for name in SIZES))
    k = (None,) if domain["k"] is None else range(domain["k"][0], domain["k"][1] + 1)
    for shape in starmap(Shape, product(n, d, p, steps, k, domain["activation"])):
        states = (shape.steps + 1) * shape.p * (shape.d + (shape.k or 1))
        if sum(map(prod, shape.arrays.values())) > MAX_NUMBERS or shape.steps > MAX_STEPS or states > MAX_STORED:
            raise doc.MalformedDocument(f"domain: networks with {shape} have more numbers than this checker takes")
        if domain["inputs"] != "orthonormal" or shape.n <= shape.d:  # others have no orthonormal inputs
            yield shape


@dataclass(frozen=True, slots=True)
class Extent:
    """All numbers from ``low`` to ``high``; only these two, if ``two``; any real number, if there are no ends."""

    ends: Ends | None
    two: bool = False

    def cut(self, at: fmpq) -> tuple[Extent, Extent] | None:
        """Both parts, which together are the whole; None unless the cut lies strictly between two ends."""
        if self.ends is None or not self.ends[0] < at < self.ends[1]:
            return None
        low, high = self.ends
        left, right = ((low, low), (high, high)) if self.two else ((low, at), (at, high))
        return Extent(left), Extent(right)

    @property
    def number(self) -> Real:
        """The only number there is, exactly, or a ball that contains all."""
        if self.ends is None:
            return arb(0, "inf")
        low, high = self.ends
        return low if low == high else enclosed(low, high)

    def __str__(self) -> str:
        if self.ends is None:
            return "any"
        low, high = self.ends
        return str(low) if low == high else f"{low} or {high}" if self.two else f"[{low}, {high}]"


ANY, NOUGHT = Extent(None), Extent((ZERO, ZERO))
UNIT, SIGNS = Extent((-ONE, ONE)), Extent((-ONE, ONE), two=True)


def extents(domain: Mapping[str, Any], shape: Shape) -> dict[str, Extent]:
    """By part of a network, what each of its entries may be; b is left out where it is β(0)."""
    unit = SIGNS if shape.d == 1 else UNIT  # an input of one entry and of norm 1 is ±1
    made = {
        "eta": Extent(domain["eta"]),
        "lam": Extent(domain["lam"]),
        "X": {"gaussian": ANY, "ball": UNIT, "sphere": unit, "orthonormal": unit}[domain["inputs"]],
        "y": {"gaussian": ANY, "zero": NOUGHT, "bounded": UNIT}[domain["targets"]],
        "W": NOUGHT if domain["W_scale"] == 0 else ANY,
        "beta": NOUGHT if domain["beta_scale"] == 0 else ANY,
    }
    return made if domain["feedback"] == "tied" else made | {"b": {"gaussian": ANY, "sign": SIGNS}[domain["feedback"]]}


def enclosed(low: fmpq, high: fmpq) -> arb:
    """A ball that contains the interval, with exactly these ends if they have few bits.

    A radius is rounded up even where that is not needed. The ball made of a radius that is a little smaller is taken if
    it turns out to contain both ends.

    Examples
    --------
    >>> enclosed(fmpq(0), fmpq(1)) >= 0, enclosed(fmpq(1, 10), fmpq(3, 10)) >= fmpq(99, 1000)
    (True, True)
    """
    least, most = arb(low), arb(high)
    narrow = arb(((least + most) / 2).mid(), ((most - least) / 2 * NARROWER).mid())
    return narrow if narrow.contains(least) and narrow.contains(most) else least.union(most)


NARROWER = 1 - arb(2) ** -40
