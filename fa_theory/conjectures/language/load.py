"""Where conjectures are found: in Python files of the user."""

from __future__ import annotations

from pathlib import Path

from fa_theory.claims.library import imported
from fa_theory.errors import InputError

from .declare import Conjecture


def conjectures(target: str) -> list[Conjecture]:
    """The conjectures of ``FILE.py`` or ``FILE.py::NAME``, in the order of their lines.

    Raises
    ------
    InputError
        If the file does not exist, fails to import (with file and line), or declares no such conjecture.
    """
    file, _, name = target.partition("::")
    path = Path(file).resolve()  # the file may change the current folder
    if path.is_dir():
        raise InputError(f"{file} is a folder; name a file of conjectures, such as {Path(file) / 'my_conjecture.py'}")
    if not path.is_file():
        raise InputError(f"there is no file {file}; write one with fa-theory new NAME")
    found = {id(v): v for v in vars(imported(path)).values() if isinstance(v, Conjecture)}
    mine = [c for c in found.values() if c.file == path]
    if not mine:
        raise InputError(f"{file} declares no conjecture; decorate a function with @conjecture(Domain(...))")
    names = [c.name for c in mine]
    twice = [other for other in names if names.count(other) > 1]
    if twice:
        raise InputError(f"{file} declares the conjecture {twice[0]} twice; names must differ")
    if name and name not in names:
        raise InputError(f"{file} declares no conjecture {name!r}; there are {', '.join(names)}")
    return sorted((c for c in mine if name in ("", c.name)), key=lambda c: c.line)
