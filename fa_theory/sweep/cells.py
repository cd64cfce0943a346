"""The cells of a grid, and the work items of a sweep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

from fa_theory.errors import InputError
from fa_theory.model.deep_problem import DeepLaw
from fa_theory.model.law import Law
from fa_theory.model.rules import Rule, as_rule
from fa_theory.seeds import generator
from fa_theory.work.sizes import check_memory

from .spec import AXES, Spec

LARGEST_BLOCK = 1000
"""Larger work items save no time."""
WORK = {"auto": 2e9, "numpy": 2e9, "jax": 6e10}
"""Elementary operations in one work item, by backend, about a second: little to lose in a kill, but enough to hide the
overhead, which in JAX includes compiling."""
MOST_WORK = 1e15
"""One network that takes more, about ten days, is rejected as a typing error."""
STEP = 5e4
"""Fixed cost of one step in the same unit."""
FLOATS = 2**23
"""Numbers that the weights or the recorded path of one work item may hold: 64 MiB."""

OF_LAYERS = ("scaling", "momentum", "rows", "loss", "batch", "order", "test")
"""What only a law of any depth has."""


@dataclass(frozen=True, slots=True)
class SweepCell:
    """One combination of the grid; attributes as in `fa_theory.model.law.Law` and `fa_theory.sweep.spec.Grid`."""

    activation: str
    rule: str
    data: str
    n: int
    d: int | None
    k: int | None
    eta: float
    lam: float
    cutoff: int | str
    depth: int | None = field(default=None, kw_only=True)
    scaling: str | None = field(default=None, kw_only=True)
    momentum: float | None = field(default=None, kw_only=True)
    rows: str | None = field(default=None, kw_only=True)
    loss: str | None = field(default=None, kw_only=True)
    batch: int | None = field(default=None, kw_only=True)
    order: str | None = field(default=None, kw_only=True)
    test: int | None = field(default=None, kw_only=True)
    p: int

    @property
    def of_layers(self) -> dict[str, Any]:
        """What only a law of any depth has, as far as it is given."""
        given = {name: getattr(self, name) for name in OF_LAYERS}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def law(self) -> Law | DeepLaw:
        """The law its networks are drawn from."""
        cutoff = self.cutoff if isinstance(self.cutoff, int) else None
        if self.depth is not None or self.of_layers:
            data: dict[str, Any] = {"data": self.data, "k": self.k or 1, "eta": self.eta, "lam": self.lam}
            hidden = ((self.depth or 2) - 1) * (self.p,)
            return DeepLaw(
                self.activation, self.n, self.d, hidden, cutoff=cutoff, rule=self.rule, **data, **self.of_layers
            )
        return Law(self.activation, self.n, self.d, self.p, self.data, self.eta, self.lam, cutoff, self.k)

    @property
    def learning(self) -> Rule:
        """The learning rule."""
        return as_rule(self.rule)

    def cost(self, steps: int) -> float:
        """Elementary operations of one network, roughly."""
        d, k = self.d or 100, self.k or 1
        # a linear network has an exact law of the size of its inputs
        if isinstance(self.law, DeepLaw):
            return (steps + 1.0) * (self.batch or self.n) * self._squares(d, k)
        width = min(self.p, d + 2) if self.activation == "linear" else self.p
        return (steps + 1.0) * self.n * width * (2 * d + 2 * k + 16)

    def _squares(self, d: int, k: int) -> float:
        """Weights of all layers, and some more for their neurons."""
        return self.p * (2.0 * d + 2.0 * k + ((self.depth or 2) - 2) * (2.0 * self.p + 16) + 16)

    @property
    def numbers(self) -> float:
        """Float64s that one network needs at once, roughly."""
        d, k = self.d or 100, self.k or 1
        if isinstance(self.law, DeepLaw):
            return float(self.n) * d + 4.0 * self._squares(d, k) + 4.0 * (self.depth or 2) * self.n * self.p
        width = min(self.p, d + 2) if self.activation == "linear" else self.p
        return float(self.n) * d + 3.0 * self.n * width * k  # large first layers are drawn block by block

    def block(self, steps: int, recorded: int, backend: str = "auto") -> int:
        """Networks in one work item; depends only on the specification, and so do the bits."""
        weights = float(self.p) * ((self.d or 100) + self.n + 2 * (self.k or 1))
        if isinstance(self.law, DeepLaw):
            weights = self.numbers
        return max(1, int(min(WORK[backend] / self.cost(steps), FLOATS / weights, FLOATS / recorded, LARGEST_BLOCK)))

    def seed(self, seed: int, first: int) -> int:
        """The seed of the networks from number ``first`` on."""
        named = {axis: x for axis, x in asdict(self).items() if axis not in ("depth", *OF_LAYERS) or x is not None}
        address = json.dumps(named, sort_keys=True)
        return int(generator(seed, "sweep", address, first).integers(2**63))

    def __str__(self) -> str:
        return named(asdict(self))


@dataclass(frozen=True, slots=True)
class Item:
    """A work item: ``count`` networks of one cell, from number ``first`` on.

    Attributes
    ----------
    number
        The index of the cell in the grid.
    seed
        For `fa_theory.simulate`.
    steps, every, functionals, backend, device
        As in the specification.
    """

    number: int
    cell: SweepCell
    first: int
    count: int
    seed: int
    steps: int
    every: int
    functionals: tuple[str, ...]
    backend: str = "auto"
    device: str | None = None

    @property
    def key(self) -> tuple[int, int]:
        """The key under which it is stored."""
        return self.number, self.first

    @property
    def cost(self) -> float:
        """Elementary operations, roughly; used to estimate the remaining time."""
        return self.count * self.cell.cost(self.steps) + STEP * self.steps


def cells(spec: Spec) -> list[SweepCell]:
    """Every combination of the grid, the width varying fastest.

    Examples
    --------
    >>> from .reading import parse
    >>> spec = parse('steps = 9\\nrepeats = 7\\nfunctionals = ["final loss"]\\n[grid]\\nactivation = "tanh"\\n'
    ...              'n = 2\\nd = 3\\neta = 0.1\\np = [10, 20]\\nlam = [0, 0.1]')
    >>> [(cell.lam, cell.p) for cell in cells(spec)]
    [(0.0, 10), (0.0, 20), (0.1, 10), (0.1, 20)]
    """
    return [
        SweepCell(**dict(zip(AXES, values, strict=True)))
        for values in product(*(getattr(spec.grid, axis) for axis in AXES))
    ]


def items(spec: Spec) -> Iterator[Item]:
    """The work items of a sweep, cell by cell.

    Examples
    --------
    >>> from .reading import parse
    >>> spec = parse('steps = 9\\nrepeats = 7\\nblock = 3\\nfunctionals = ["final loss"]\\n[grid]\\n'
    ...              'activation = "tanh"\\nn = 2\\nd = 3\\neta = 0.1\\np = 10')
    >>> [(item.first, item.count) for item in items(spec)]
    [(0, 3), (3, 3), (6, 1)]
    """
    check_work(spec)
    every = spec.interval
    recorded = (spec.steps // every + 2) * len(spec.functionals)
    for number, cell in enumerate(cells(spec)):
        size = spec.block or cell.block(spec.steps, recorded, spec.backend)
        for first in range(0, spec.repeats, size):
            count = min(size, spec.repeats - first)
            asked = spec.steps, every, tuple(spec.functionals), spec.backend, spec.device
            yield Item(number, cell, first, count, cell.seed(spec.seed, first), *asked)


def check_sizes(spec: Spec) -> None:
    """Check that no network needs more memory than available.

    Raises
    ------
    InputError
        If one does; the message names its cell, the memory and the limit.
    """
    largest = max(cells(spec), key=lambda cell: cell.numbers)
    check_memory(f"one network of the cell {largest}", largest.numbers)


def check_work(spec: Spec) -> None:
    """Check that no network takes too long.

    Raises
    ------
    InputError
        If one does; the message names its cell.
    """
    heaviest = max(cells(spec), key=lambda cell: cell.cost(spec.steps))
    cost = heaviest.cost(spec.steps)
    if cost > MOST_WORK:
        raise InputError(
            f"one network of the cell {heaviest} takes about {cost:.0e} operations in {spec.steps:,} steps; limit "
            f"{MOST_WORK:.0e}; use smaller sizes, fewer steps, or a linear network, whose exact law covers any width"
        )


SYMBOLS = {axis: axis for axis in AXES} | {"eta": "η", "lam": "λ"}


def named(values: dict[str, object]) -> str:
    """Coordinates in words.

    Examples
    --------
    >>> named({"activation": "tanh", "lam": 0.1, "p": 100, "k": None})
    'tanh, λ = 0.1, p = 100'
    """
    return ", ".join(
        str(value) if isinstance(value, str) and axis != "cutoff" else f"{SYMBOLS[axis]} = {shown(value)}"
        for axis, value in values.items()
        if value is not None
    )


def shown(value: object) -> str:
    """A coordinate as text, with all its digits."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
