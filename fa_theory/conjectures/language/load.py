"""Loading of conjectures from Python files of the user."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from fa_theory.claims.library import imported
from fa_theory.errors import InputError

from .declare import Conjecture, declared, meant
from .program import declaration


def conjectures(target: str) -> list[Conjecture]:
    """The conjectures of ``FILE.py`` or ``FILE.py::NAME``, in the order of their lines.

    Raises
    ------
    InputError
        If the file does not exist, fails to import (with file and line), does not declare this conjecture, or declares
        two of the same name.
    """
    file, _, name = target.partition("::")
    path = Path(file).resolve()  # the file may change the current folder
    if path.is_dir():
        raise InputError(f"{file} is a folder; name a file of conjectures, such as {Path(file) / 'my_conjecture.py'}")
    if not path.is_file():
        raise InputError(f"there is no file {file}; create one with fa-theory new NAME")
    with declared() as made:
        try:
            module = imported(path)
        except InputError as error:
            raise InputError(f"{error}{meant(error.__cause__ or error.__context__)}") from None
        kept = {id(v): v for v in vars(module).values() if isinstance(v, Conjecture)}
    mine = [c for c in kept.values() if c.file == path]
    if not mine:
        raise InputError(f"{file} declares no conjecture; decorate a function with @conjecture(Domain(...))")
    names = [c.name for c in mine]
    lost = [c for c in made if id(c) not in kept and c.name in names and c.file.resolve() == path.resolve()]
    for c in [*mine, *lost]:
        lines = sorted({other.line for other in (*mine, *lost) if other.name == c.name})
        if len(lines) > 1 or names.count(c.name) > 1:
            where = " and ".join(map(str, lines))
            raise InputError(f"{file} declares the conjecture {c.name} twice, in lines {where}; names must differ")
    if name and name not in names:
        raise InputError(f"{file} declares no conjecture {name!r}; it has {', '.join(names)}")
    return sorted((c for c in mine if name in ("", c.name)), key=lambda c: c.line)


def settled(target: str) -> Conjecture:
    """The conjecture ``FILE.py::NAME``, built twice with different seeds of the global random generators.

    Raises
    ------
    InputError
        As `conjectures`; and if the two statements differ: random numbers, the time and the like would become part of
        the statement.
    """
    first, second = (_seeded(target, seed) for seed in (0, 1))
    if _says(first) != _says(second):
        raise InputError(
            f"{first.file}, line {first.line}: {first.name} changes each time it is built: it contains random numbers, "
            "the time or the like; use fixed numbers, or draw them from a generator with a seed"
        )
    return first


def _seeded(target: str, seed: int) -> Conjecture:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  # what a file of the user may draw from
    found = conjectures(target)[0]
    found.build()
    return found


def _says(conjecture: Conjecture) -> tuple[str, str]:
    return declaration(conjecture)["conjecture"]["digest"], repr(conjecture.quantifier)
