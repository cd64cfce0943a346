"""Reading a specification; mistakes are reported with their line before anything runs."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from fa_theory.errors import InputError
from fa_theory.model.activations import ACTIVATIONS
from fa_theory.model.data.sources import SOURCES
from fa_theory.model.rules import RULES

from .cells import cells, check_sizes
from .functionals import LAST, functional
from .spec import AXES, Grid, Spec

MOST_CELLS, MOST_NETWORKS, MOST_RECORDS = 10**5, 10**7, 10**6
"""Larger sweeps are rejected: they are typing errors, or should be split."""

EXPECTED = {
    "title": "a text",
    "seed": "a whole number ≥ 0",
    "repeats": "a whole number ≥ 1, the networks in each cell",
    "steps": "a whole number ≥ 1",
    "every": "a whole number ≥ 1: record the steps 0, every, 2·every, …",
    "block": "a whole number ≥ 1, the networks in one work item",
    "backend": "auto, numpy or jax",
    "device": 'a text, such as "gpu"',
    "functionals": 'a list of at least one phrase, such as ["final alignment", "loss at 100"]',
    "grid": "a table [grid] with the axes of the sweep",
    "grid.activation": f"one or more of {', '.join(ACTIVATIONS)}",
    "grid.rule": f"one or more of {', '.join(RULES)}",
    "grid.data": f"one or more of {', '.join(SOURCES)}, or the path of a file",
    "grid.n": "whole numbers ≥ 1",
    "grid.d": "whole numbers ≥ 1",
    "grid.k": "whole numbers ≥ 1",
    "grid.eta": "finite numbers > 0",
    "grid.lam": "finite numbers ≥ 0",
    "grid.cutoff": 'whole numbers ≥ 0, or "never"',
    "grid.depth": "whole numbers ≥ 2, the layers of weights",
    "grid.scaling": "one or more of ntk, standard, mean-field",
    "grid.momentum": "numbers ≥ 0 and < 1",
    "grid.rows": "one or more of fixed, bounded",
    "grid.loss": "one or more of squares, cross-entropy",
    "grid.batch": "whole numbers ≥ 1, the samples of a step",
    "grid.order": "one or more of cyclic, shuffled, online",
    "grid.test": "whole numbers ≥ 1, the samples of a test",
    "grid.p": "whole numbers ≥ 1, the widths",
}
"""The values of each key, for messages. Every axis takes one value or a list of distinct values."""


def read(path: Path) -> Spec:
    """Read a spec.

    Raises
    ------
    InputError
        If the file cannot be read or is invalid; the message states line, key, value and what is
        expected.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise InputError(
            f"cannot read the spec {path}: {error.strerror}; write one with: fa-theory sweep --example > {path}"
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(f"the spec {path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    return parse(text, str(path))


def parse(text: str, where: str = "spec") -> Spec:
    """Read a spec from a text; see `read`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} is not TOML: {error}") from None
    except RecursionError:
        raise InputError(
            f"{where}: a value is nested too deeply; a specification only has lists of numbers and words"
        ) from None
    return _Reader(text, where, table).spec()


class _Reader:
    """Converts a table to a specification, and knows the line of each key."""

    def __init__(self, text: str, where: str, table: dict[str, Any]) -> None:
        self.text, self.where, self.table = text, where, table

    def spec(self) -> Spec:
        grid = self.table.get("grid")
        if isinstance(grid, dict):
            self.table["grid"] = {axis: x if isinstance(x, list) else [x] for axis, x in grid.items()}
        try:
            spec = msgspec.convert(self.table, Spec)
        except msgspec.ValidationError as error:
            self._explain(str(error))
        self._check_grid(spec.grid)
        self._check_functionals(spec)
        self._check_size(spec)
        self._check_data(spec)
        return spec

    def _explain(self, message: str) -> NoReturn:
        """Rephrase a message of msgspec."""
        place = re.search(r"at `\$\.?(.*?)`$", message)
        key = place[1] if place else ""
        if name := re.search(r"(unknown|required) field `(.*?)`", message):
            full = f"{key}.{name[2]}".lstrip(".")
            if name[1] == "required":
                self._refuse(key, f"{full} is missing; expected {EXPECTED[full]}")
            known = list(AXES if key else Spec.__struct_fields__)
            near = difflib.get_close_matches(name[2], [*known, *AXES], n=1)
            if not near:
                hint = ""
            elif near[0] in known:
                hint = f"did you mean {near[0]}? "
            else:
                hint = f"{near[0]} is an axis and belongs under [grid]; "
            self._refuse(full, f"unknown key {full}; {hint}the keys are {', '.join(known)}")
        value: Any = self.table
        for step in re.findall(r"[^.\[\]]+", key):
            value = value[int(step)] if step.isdigit() else value[step]
        self._wrong(re.sub(r"\[\d+\]", "", key), key, value)

    def _wrong(self, key: str, place: str, value: object) -> NoReturn:
        shown = "is empty" if value == [] else f"= {value!r}"
        hint = ""
        if isinstance(value, float) and value.is_integer() and EXPECTED[key].startswith(("whole", "a whole")):
            hint = f"; write {int(value)}"
        self._refuse(key, f"{place} {shown}; expected {EXPECTED[key]}{hint}")

    def _refuse(self, key: str, message: str) -> NoReturn:
        name = key.rpartition(".")[2]
        pattern = rf"^\s*(\[\s*)?[\"']?{re.escape(name)}[\"']?\s*[=\]]"
        line = next((i for i, row in enumerate(self.text.splitlines(), 1) if name and re.match(pattern, row)), None)
        raise InputError(f"{self.where}{f', line {line}' if line else ''}: {message}")

    def _check_grid(self, grid: Grid) -> None:
        for axis in AXES:
            key, values = f"grid.{axis}", getattr(grid, axis)
            if not values:
                self._wrong(key, key, values)
            for i, value in enumerate(values):
                if value in values[:i]:
                    self._refuse(
                        key, f"{key} lists {value!r} twice; list every value once and use `repeats` for more networks"
                    )
                real = not isinstance(value, float) or (math.isfinite(value) and (axis != "eta" or value > 0))
                named = (axis != "activation" or value in ACTIVATIONS) and (axis != "rule" or value in RULES)
                if not (real and named):
                    self._wrong(key, f"{key}[{i}]", value)

    def _check_size(self, spec: Spec) -> None:
        sizes = " × ".join(
            f"{len(getattr(spec.grid, axis))} {axis}" for axis in AXES if len(getattr(spec.grid, axis)) > 1
        )
        if spec.cells > MOST_CELLS:
            self._refuse(
                "grid", f"the grid has {spec.cells:,} cells ({sizes}), but the limit is {MOST_CELLS:,}: split the sweep"
            )
        if spec.cells * spec.repeats > MOST_NETWORKS:
            self._refuse(
                "repeats",
                f"{spec.cells:,} cells × {spec.repeats:,} repeats are {spec.cells * spec.repeats:,} networks; "
                f"the limit is {MOST_NETWORKS:,}: use fewer repeats, or split the sweep",
            )

        try:
            check_sizes(spec)
            _ = [cell.law for cell in cells(spec)]
        except InputError as error:
            self._refuse("grid", str(error))
        if spec.steps // spec.interval > MOST_RECORDS:
            self._refuse(
                "steps",
                f"steps = {spec.steps:,} gives {spec.steps // spec.interval:,} records; the limit is {MOST_RECORDS:,}: "
                "record fewer steps with every = …",
            )

    def _check_functionals(self, spec: Spec) -> None:
        seen = set()
        for text in spec.functionals:
            try:
                f = functional(text)
            except InputError as error:
                self._refuse("functionals", str(error))
            if f.text in seen:
                self._refuse("functionals", f"functionals lists {f.text!r} twice")
            seen.add(f.text)
            for t in f.steps or ():
                if t > spec.steps:
                    self._refuse("functionals", f"{text!r} uses step {t} but steps = {spec.steps}")
                if spec.every and t not in (LAST, spec.steps) and t % spec.every:
                    self._refuse("every", f"{text!r} uses step {t}, which every = {spec.every} does not record")

    def _check_data(self, spec: Spec) -> None:
        """Draw from every data source once, so that impossible sizes are found before anything runs."""
        import numpy as np

        from fa_theory.model.law import Law

        grid = spec.grid
        for data in grid.data:
            for n in grid.n:
                for d in grid.d:
                    for k in grid.k:
                        try:
                            Law(grid.activation[0], n, d, 1, data, k=k).sample(np.random.default_rng(0))
                        except (ValueError, OverflowError, MemoryError) as error:
                            self._refuse("data", f"data {data!r} with n = {n}, d = {d}, k = {k}: {error}")
