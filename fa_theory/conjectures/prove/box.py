"""Proofs on a box of a few numbers: branch and bound in ball arithmetic.

Where a domain leaves at most `FREE` numbers open, each in an interval, the whole domain is covered by boxes on which
the margin, evaluated in balls, is certainly not negative. A box on which it is not certain is cut in two. Entries that
are ±1 are tried both ways; the ends of intervals are rounded outwards, so a little more than the domain is covered.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb, fmpq

from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.expression import Expr, Statement
from fa_theory.conjectures.language.networks import Networks, NetworkShape
from fa_theory.errors import FATheoryError
from fa_theory.model.ball import Array, Ball
from fa_theory.model.rules import as_rule

from .proof import ConjectureProof
from .words import words

FREE, SIGNS, SHAPES = 4, 64, 12
BATCH, BOXES = 32, 20_000
BITS = 24
"""Ends of boxes have mantissas of so many bits, so that a ball has exactly these ends."""

Entry = tuple[str, tuple[int, ...]]
Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Open:
    """What a shape leaves open: intervals and signs, by part and place; everything else is 0, or β(0) if b is tied."""

    intervals: dict[Entry, Interval]
    signs: tuple[Entry, ...]


def by_boxes(conjecture: Conjecture, *, deadline: float, notify: Callable[[str], None]) -> ConjectureProof | None:
    """A proof for every network of a domain that leaves few numbers open; None if it leaves more, or boxes remain."""
    domain = conjecture.domain
    shapes = list(itertools.islice(_shapes(domain), SHAPES + 1))
    needs = relevant(conjecture)
    opened = [left_open(domain, shape, needs) for shape in shapes]
    if len(shapes) > SHAPES or any(one is None for one in opened):
        return None
    count = 0
    try:
        for shape, one in zip(shapes, opened, strict=True):
            assert one is not None
            for signs in itertools.product((-1, 1), repeat=len(one.signs)):
                boxes = _cover(conjecture, shape, one, dict(zip(one.signs, signs, strict=True)), deadline)
                if boxes is None:
                    return None
                count += boxes
    except FATheoryError as reason:
        notify(f"no proof by boxes: {reason}")
        return None
    said, tex = words(conjecture)
    return ConjectureProof("boxes", said, tex, (), (f"{count} boxes in ball arithmetic",), {"boxes": count})


def relevant(conjecture: Conjecture) -> set[str]:
    """The parts of a network that the conclusion and the hypotheses can depend on."""
    found: set[str] = set()

    def visit(x: Expr) -> None:
        if x.time is not None and (x.time.bound or x.time.from_end or x.time.offset):
            found.update(("X", "y", "W", "beta", "eta", "lam"))
            found.update(() if as_rule(conjecture.domain.rule).sent == "beta" else ("b",))
        elif x.op == "leaf":
            found.add(str(x.value))
        for arg in x.args:
            visit(arg)

    for statement in itertools.chain(conjecture.statements, *conjecture.hypotheses.values()):
        for part in (statement.left, statement.right) if isinstance(statement, Statement) else (statement,):
            visit(part)
    return found


def _shapes(domain: Domain) -> Iterator[NetworkShape]:
    names = ("n", "d", "p", "steps", *(("k",) if domain.k is not None else ()))
    every = (range(low, high + 1) for low, high in map(domain.whole, names))
    for sizes in itertools.product(*every):
        for activation in domain.activations:
            shape = domain.shape(dict(zip(names, sizes, strict=True)), activation)
            if domain.contains_shape(shape):
                yield shape


def left_open(domain: Domain, shape: NetworkShape, needs: set[str]) -> Open | None:
    """What a shape leaves open; None if that is more than a few numbers, or one without bounds."""
    intervals: dict[Entry, Interval] = {}
    signs: list[Entry] = []
    one = (Fraction(-1), Fraction(1))
    sizes = {"X": (shape.n, shape.d), "y": (shape.n, *shape.outputs), "b": (shape.p, *shape.outputs)}
    for part in needs & {"eta", "lam"}:
        intervals[part, ()] = domain.exact(part)
    if ("W" in needs and domain.W_scale) or (
        ("beta" in needs or ("b" in needs and domain.feedback == "tied")) and domain.beta_scale
    ):
        return None
    kinds = {
        "X": {"ball": "interval", "sphere": "sign", "orthonormal": "sign", "gaussian": None}[domain.inputs],
        "y": {"bounded": "interval", "zero": "none", "gaussian": None}[domain.targets],
        "b": {"sign": "sign", "tied": "none", "gaussian": None}[domain.feedback],
    }
    if "X" in needs and kinds["X"] == "sign" and shape.d > 1:
        return None
    for part in sorted(needs & kinds.keys()):
        if kinds[part] is None:
            return None
        for at in np.ndindex(*sizes[part]) if kinds[part] != "none" else ():
            if kinds[part] == "sign":
                signs.append((part, at))
            else:
                intervals[part, at] = one
    free = sum(low < high for low, high in intervals.values())
    return Open(intervals, tuple(signs)) if free <= FREE and 2 ** len(signs) <= SIGNS else None


def _cover(
    conjecture: Conjecture, shape: NetworkShape, one: Open, signs: dict[Entry, int], deadline: float
) -> int | None:
    """How many boxes cover everything; None if there are too many, or the conclusion fails on one."""
    entries = list(one.intervals)
    todo = [tuple(_outward(*one.intervals[entry]) for entry in entries)]
    done = 0
    while todo:
        batch, todo = todo[-BATCH:], todo[:-BATCH]
        if done + len(batch) + len(todo) > BOXES or effort.passed(deadline):
            return None
        networks = _networks(conjecture.domain, shape, entries, batch, signs)
        evaluation = Evaluator(networks)
        margins = evaluation(conjecture.margin)
        given = [evaluation(margin) for margin in conjecture.hypothesis_margins.values()]
        for i, box in enumerate(batch):
            margin = Ball(margins[i]).arb
            holds = margin > 0 if conjecture.strict else margin >= 0
            if holds or any(Ball(values[i]).arb < 0 for values in given):
                done += 1
                continue
            widest = max(range(len(box)), key=lambda j: box[j][1] - box[j][0], default=None)
            if widest is None or margin < 0 or box[widest][0] == box[widest][1]:
                return None
            low, high = box[widest]
            middle = _rounded((low + high) / 2, math.floor)
            if not low < middle < high:
                return None
            todo += [(*box[:widest], half, *box[widest + 1 :]) for half in ((low, middle), (middle, high))]
    return done


def _networks(
    domain: Domain,
    shape: NetworkShape,
    entries: list[Entry],
    boxes: list[tuple[Interval, ...]],
    signs: dict[Entry, int],
) -> Networks:
    outputs, count = shape.outputs, len(boxes)
    sizes = {
        "X": (shape.n, shape.d),
        "y": (shape.n, *outputs),
        "W": (shape.p, shape.d),
        "beta": (shape.p, *outputs),
        "b": (shape.p, *outputs),
        "eta": (),
        "lam": (),
    }
    parts: dict[str, Array] = {}
    for name, size in sizes.items():
        # a part that does not matter may be anything; η > 0
        parts[name] = np.array([Ball(int(name == "eta")) for _ in range(count * math.prod(size))], dtype=object)
        parts[name] = parts[name].reshape(count, *size)
    for i, box in enumerate(boxes):
        for (part, at), (low, high) in zip(entries, box, strict=True):
            kind = _NonNegative if low == 0 else Ball
            parts[part][(i, *at)] = kind(_arb(low).union(_arb(high)))
        for (part, at), sign in signs.items():
            parts[part][(i, *at)] = Ball(sign)
    return Networks(shape, domain.rule, domain.cutoff, **parts)


class _NonNegative(Ball):
    """A number ≥ 0 whose ball reaches below 0, because no ball has the ends 0 and h > 0 exactly."""

    __slots__ = ()

    def __ge__(self, other: object) -> bool:
        return (isinstance(other, int) and other == 0) or super().__ge__(other)


def _arb(x: Fraction) -> arb:
    return arb(fmpq(x.numerator, x.denominator))


def _outward(low: Fraction, high: Fraction) -> Interval:
    return _rounded(low, math.floor), _rounded(high, math.ceil)


def _rounded(x: Fraction, to: Callable[[Fraction], int]) -> Fraction:
    """Round to a mantissa of `BITS` bits."""
    if x == 0:
        return x
    unit = Fraction(2) ** (math.frexp(float(x))[1] - BITS)
    return to(x / unit) * unit
