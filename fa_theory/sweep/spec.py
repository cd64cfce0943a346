"""The specification of a sweep: the schema of its TOML file."""

from __future__ import annotations

import hashlib
import math
import os
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from fa_theory.errors import InputError
from fa_theory.model.data.sources import SOURCES

from .functionals import LAST, Functional, functional

Whole = Annotated[int, Meta(ge=1)]
Natural = Annotated[int, Meta(ge=0)]
Real = Annotated[float, Meta(ge=0)]


class Grid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The axes; every combination of their values is a cell.

    Attributes
    ----------
    depth
        Layers of weights, all hidden ones of width p; None: two.
    scaling, momentum, rows, loss, batch, order, test
        As in `fa_theory.model.deep_problem.DeepLaw`; None: as there.
    """

    activation: list[str]
    rule: list[str] = msgspec.field(default_factory=lambda: ["fa"])
    data: list[str] = msgspec.field(default_factory=lambda: ["sphere"])
    n: list[Whole]
    d: list[Whole | None] = msgspec.field(default_factory=lambda: [None])
    k: list[Whole | None] = msgspec.field(default_factory=lambda: [None])
    eta: list[Real]
    lam: list[Real] = msgspec.field(default_factory=lambda: [0.0])
    cutoff: list[Natural | Literal["never"]] = msgspec.field(default_factory=lambda: ["never"])
    depth: list[Annotated[int, Meta(ge=2)] | None] = msgspec.field(default_factory=lambda: [None])
    scaling: list[Literal["ntk", "standard", "mean-field"] | None] = msgspec.field(default_factory=lambda: [None])
    momentum: list[Annotated[float, Meta(ge=0, lt=1)] | None] = msgspec.field(default_factory=lambda: [None])
    rows: list[Literal["fixed", "bounded"] | None] = msgspec.field(default_factory=lambda: [None])
    loss: list[Literal["squares", "cross-entropy"] | None] = msgspec.field(default_factory=lambda: [None])
    batch: list[Whole | None] = msgspec.field(default_factory=lambda: [None])
    order: list[Literal["cyclic", "shuffled", "online"] | None] = msgspec.field(default_factory=lambda: [None])
    test: list[Whole | None] = msgspec.field(default_factory=lambda: [None])
    p: list[Whole]


AXES = Grid.__struct_fields__
"""The axes, the width last."""


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sweep.

    Attributes
    ----------
    title
        Title for display.
    seed
        Seed of all random numbers.
    repeats
        Networks in each cell.
    steps
        Steps of training.
    every
        Record every this many steps; None: every step, or as rarely as the functionals allow.
    block
        Networks in one work item; None: about a second of work.
    backend, device
        What runs the networks, and where, see `fa_theory.simulation.engine.simulate`.
    functionals
        The quantities to measure, see `fa_theory.sweep.functionals.FORMS`.
    grid
        The axes.
    """

    title: str = ""
    seed: Natural = 0
    repeats: Whole
    steps: Whole
    every: Whole | None = None
    block: Whole | None = None
    backend: Literal["auto", "numpy", "jax"] = "auto"
    device: str | None = None
    functionals: Annotated[list[str], Meta(min_length=1)]
    grid: Grid

    @property
    def measured(self) -> list[Functional]:
        """The functionals."""
        return [functional(text) for text in self.functionals]

    @property
    def interval(self) -> int:
        """Steps between two records: as many as the functionals allow."""
        if self.every is not None:
            return self.every
        looked_at = [f.steps for f in self.measured]
        if None in looked_at:
            return 1
        inner = {t for steps in looked_at for t in steps or ()} - {LAST, self.steps}
        return math.gcd(*inner) or self.steps

    @property
    def cells(self) -> int:
        """Number of cells."""
        return math.prod(len(getattr(self.grid, axis)) for axis in AXES)

    def identity(self) -> dict[str, Any]:
        """Everything that the results depend on: different values are different sweeps.

        Raises
        ------
        InputError
            If a data file cannot be read.
        """
        known: dict[str, Any] = msgspec.to_builtins(self)
        del known["title"]
        known["data files"] = {name: _digest(name) for name in self.grid.data if name not in SOURCES}
        return known


def _digest(name: str) -> str:
    try:
        with open(os.fspath(name), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot read the data file {name}: {error.strerror}") from None
