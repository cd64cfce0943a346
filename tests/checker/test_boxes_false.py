"""Statements that miss the truth by very little: made from true and tight ones, false at an exact point, never proved.

``FALSE_STATEMENTS=5000`` in the environment makes more of them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from boxed import Says, answer, says_instead, stated

from fa_theory.conjectures import Run, maximum
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.prove import attempt
from fa_theory.conjectures.prove.box import by_boxes
from fa_theory.conjectures.shrink.certify import certify_counterexample

COUNT = int(os.environ.get("FALSE_STATEMENTS", "250"))
SHARES = 10
"""Each share of the statements is a test of its own."""

Point = Mapping[str, Fraction]
Of = Callable[[Run], Any]


@dataclass(frozen=True)
class Quantity:
    """A quantity twice: as a formula, and as a number at a point, by formulas of this file."""

    formula: Of
    at: Callable[[Point], Fraction]


def moved(p: Point) -> Fraction:
    """W(1) of a linear network of one neuron that starts at 0: e = −y and ψ' = 1, so the step is η b y x."""
    return p["eta"] * p["b"] * p["y"] * p["x"]


ATOMS = {
    "eta": Quantity(lambda run: run.eta, lambda p: p["eta"]),
    "lam": Quantity(lambda run: run.lam, lambda p: p["lam"]),
    "y": Quantity(lambda run: run.y[0], lambda p: p["y"]),
    "b": Quantity(lambda run: run.b[0], lambda p: p["b"]),
    "x": Quantity(lambda run: run.X[0, 0], lambda p: p["x"]),
    "W": Quantity(lambda run: run[1].W[0, 0], moved),
}


def multilinear(draw: random.Random) -> Quantity:
    """A sum of products of different numbers: of degree 1 in each, so largest and smallest at a corner."""
    terms: list[tuple[Fraction, tuple[str, ...]]] = []
    for _ in range(draw.randint(1, 3)):
        names = draw.sample(["eta", "lam", "y", "b", "x"], draw.randint(1, 3))
        if draw.random() < 0.3:
            names = [*draw.sample(["lam"], draw.randint(0, 1)), "W"]  # W holds all others once
        terms.append((Fraction(draw.choice([-3, -2, -1, 1, 2, 3]), draw.choice([1, 2, 5])), tuple(names)))

    def formula(run: Run) -> Any:
        made: Any = 0
        for factor, names in terms:
            part: Any = factor
            for name in names:
                part = part * ATOMS[name].formula(run)
            made = made + part
        return made

    def at(p: Point) -> Fraction:
        total = Fraction(0)
        for factor, names in terms:
            for name in names:
                factor *= ATOMS[name].at(p)
            total += factor
        return total

    return Quantity(formula, at)


def wrapped(draw: random.Random, f: Quantity, g: Quantity) -> Quantity:
    """A quantity whose greatest value over a box is that over its corners."""
    match draw.randint(0, 5):
        case 0:
            return Quantity(lambda run: abs(f.formula(run)), lambda p: abs(f.at(p)))
        case 1:
            return Quantity(lambda run: maximum(f.formula(run), g.formula(run)), lambda p: max(f.at(p), g.at(p)))
        case 2:
            return Quantity(lambda run: f.formula(run) ** 2, lambda p: f.at(p) ** 2)
        case 3:  # (f − m)⁺ is convex along every edge
            return Quantity(
                lambda run: maximum(f.formula(run) - 0.25, 0), lambda p: max(f.at(p) - Fraction(1, 4), Fraction(0))
            )
        case _:
            return f


@dataclass(frozen=True)
class Box:
    """A domain, with the ends of its intervals as they are written."""

    eta: tuple[str, str]
    lam: tuple[str, str]

    @property
    def domain(self) -> dict[str, Any]:
        ends = {name: tuple(map(float, getattr(self, name))) for name in ("eta", "lam")}
        return {"activation": "linear", **ends}

    def inside(self, draw: random.Random) -> Point:
        share = Fraction(draw.randint(1, 99), 100)
        between = {name: (1 - share) * low + share * high for name, (low, high) in self.ends.items()}
        return between | {"y": 2 * share - 1, "b": Fraction(draw.choice((-1, 1))), "x": Fraction(draw.choice((-1, 1)))}

    @property
    def ends(self) -> dict[str, tuple[Fraction, Fraction]]:
        return {name: (Fraction(low), Fraction(high)) for name, (low, high) in (("eta", self.eta), ("lam", self.lam))}

    def corners(self) -> list[Point]:
        signs = (Fraction(-1), Fraction(1))
        every = product(*self.ends.values(), signs, signs, signs)
        return [dict(zip(("eta", "lam", "y", "b", "x"), corner, strict=True)) for corner in every]


@dataclass(frozen=True)
class FalseStatement:
    """A false statement, a true one like it, and a network at which the false one fails."""

    box: Box
    true: Says
    false: Says
    assuming: Says | None
    at: Point


def false_statement(draw: random.Random) -> FalseStatement:
    """A true and tight statement with its constant, its strictness, its direction or its hypothesis changed."""
    low, high = sorted(draw.sample(["0.05", "0.1", "0.125", "0.3", "0.5", "0.75", "1"], 2), key=float)
    box = Box((low, high), draw.choice([("0", "0.25"), ("0.1", "0.3"), ("0", "1"), ("0.2", "0.2")]))
    f = wrapped(draw, multilinear(draw), multilinear(draw))
    corners = box.corners()
    at = max(corners, key=f.at)
    greatest, lowest = f.at(at), min(corners, key=f.at)
    slack, by = Fraction(1, draw.choice([10, 4])), Fraction(1, 10 ** draw.randint(1, 12))

    def true(run: Run) -> Any:
        return f.formula(run) <= greatest + slack

    def closer(run: Run) -> Any:
        return f.formula(run) <= greatest - by

    def strict(run: Run) -> Any:
        return f.formula(run) < greatest

    def reversed_(run: Run) -> Any:
        return f.formula(run) >= greatest

    def alike(run: Run) -> Any:
        return run.y[0] * run.b[0] >= at["y"] * at["b"]

    inside = box.inside(draw)

    def away(run: Run) -> Any:
        return (f.formula(run) - f.at(inside)) ** 2 >= by

    match draw.randint(0, 5):
        case 0:
            return FalseStatement(box, true, strict, None, at)
        case 1 if f.at(lowest) < greatest:
            return FalseStatement(box, true, reversed_, None, lowest)
        case 2:  # a hypothesis that keeps the corner
            return FalseStatement(box, true, closer, alike, at)
        case 3:  # it fails around a point inside
            return FalseStatement(box, true, away, None, inside)
        case _:
            return FalseStatement(box, true, closer, None, at)


def test_they_are_false() -> None:
    """The checker accepts the counterexamples, so the formulas and the numbers of this file are the same."""
    for number in range(40):
        one = false_statement(random.Random(f"false {number}"))
        made = stated(one.false, one.assuming, **one.box.domain)
        drawn = made.domain.sample(made.domain.smallest(), np.random.default_rng(0), 1)
        values = {"X": one.at["x"], "y": one.at["y"], "b": one.at["b"], "eta": one.at["eta"], "lam": one.at["lam"]}
        here = {name: np.full(getattr(drawn, name).shape, x, dtype=object) for name, x in values.items()}
        assert certify_counterexample(made, drawn.replace(**here)) is not None, number


def test_a_little_less_is_often_proved() -> None:
    proved = 0
    for number in range(20):
        one = false_statement(random.Random(f"false {number}"))
        proved += by_boxes(stated(one.true, **one.box.domain), deadline=effort.now() + 2, notify=print) is not None
    assert proved >= 12


@pytest.mark.parametrize("share", range(SHARES))
def test_no_false_statement_is_proved(share: int) -> None:
    tried = 0
    for number in range(share, COUNT, SHARES):
        one = false_statement(random.Random(f"false {number}"))
        made = stated(one.false, one.assuming, **one.box.domain)
        assert by_boxes(made, deadline=effort.now() + 1, notify=lambda _: None) is None, number
        tried += 1
        true = by_boxes(stated(one.true, **one.box.domain), deadline=effort.now() + 1, notify=lambda _: None)
        for doc in true.documents if true else ():  # the boxes on which the true one was settled
            assert answer(says_instead(doc, one.false, one.assuming, **one.box.domain)), number
            tried += 1
    assert tried >= COUNT // SHARES


def test_rules_and_boxes_together_prove_none() -> None:
    for number in range(12):
        one = false_statement(random.Random(f"both {number}"))
        assert attempt(stated(one.false, one.assuming, **one.box.domain), deadline=effort.now() + 1) is None
