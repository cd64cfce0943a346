"""Where claims are found: the proofs that come with the package, and files of the user."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil
import sys
import traceback
from collections.abc import Container, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

from fa_theory.errors import InputError

from .claim import Claim

PROOFS = "fa_theory.proofs"


@dataclass(frozen=True, slots=True)
class Located:
    """A claim and where it was found, so that a worker process finds it again."""

    claim: Claim
    origin: str
    """Name of a module below `PROOFS`, or path of a file."""


def claims_of(module: ModuleType) -> list[Claim]:
    """Claims bound at the top level of a module, in the order of their declaration."""
    return [value for value in vars(module).values() if isinstance(value, Claim)]


@cache
def proof_modules() -> dict[str, Path]:
    """The modules that come with the package, name and file, in the reading order that their folders declare.

    A folder names the modules that declare claims in ``READING_ORDER``.
    """
    proofs = importlib.import_module(PROOFS)
    files: dict[str, Path] = {}
    for paper in pkgutil.iter_modules(proofs.__path__, f"{PROOFS}."):
        for module in importlib.import_module(paper.name).READING_ORDER:
            spec = importlib.util.find_spec(f"{paper.name}.{module}")
            if spec is None or spec.origin is None:
                raise InputError(f"{paper.name} lists {module!r} in READING_ORDER, but there is no such module")
            files[spec.name] = Path(spec.origin).resolve()
    return files


def origin_of(path: Path) -> str:
    """The name by which `load` finds a file: its module if it comes with the package, otherwise its path."""
    file = path.resolve()
    return next((name for name, known in proof_modules().items() if known == file), str(file))


@cache
def load(origin: str) -> tuple[Claim, ...]:
    """Claims of a module below `PROOFS` or of a file.

    Raises
    ------
    InputError
        If the file does not exist or its code fails; the message names file and line.
    """
    if origin in proof_modules():
        return tuple(claims_of(importlib.import_module(origin)))
    path = Path(origin).resolve()
    if not path.is_file():
        raise InputError(f"{origin} is neither a claim id nor a file or folder of claims; see fa-theory list")
    name = f"fa_theory_claims_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(f"{origin} is not a Python file; claims are declared in files that end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise InputError(f"{_where(error, path)}: {type(error).__name__}: {error}") from None
    return tuple(claims_of(module))


def _where(error: BaseException, path: Path) -> str:
    """File and line in the user's file at which an error arose."""
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f"{path}:{error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    return f"{path}:{lines[-1]}" if lines else str(path)


@cache
def library() -> dict[str, Located]:
    """All claims that come with the package, by id, every claim after those it uses."""
    found = [Located(claim, origin) for origin in proof_modules() for claim in load(origin)]
    return {located.claim.id: located for located in in_order(found)}


def in_order(found: Iterable[Located], known: Container[str] = ()) -> list[Located]:
    """Sort so that every claim stands after the claims it uses.

    Parameters
    ----------
    found
        The claims.
    known
        Ids of further claims that may be referred to.

    Raises
    ------
    InputError
        If two claims share an id, a claim refers to one that does not exist, or the uses form a circle.
    """
    by_id: dict[str, Located] = {}
    for located in found:
        first = by_id.setdefault(located.claim.id, located)
        if first.claim is not located.claim:
            raise InputError(f"claim {first.claim.id} is declared twice: in {first.origin} and in {located.origin}")
    for id, located in by_id.items():
        erratum = located.claim.erratum
        for other in (*located.claim.uses, *((erratum.repaired_by,) if erratum else ())):
            if other not in by_id and other not in known:
                raise InputError(f"claim {id} refers to {other!r}, which does not exist; see fa-theory list")
    graph = {id: [other for other in located.claim.uses if other in by_id] for id, located in by_id.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise InputError(f"claims use each other in a circle: {' → '.join(error.args[1])}") from None
    ordered: dict[str, Located] = {}

    def place(id: str) -> None:
        for other in graph[id]:
            place(other)
        ordered.setdefault(id, by_id[id])

    for id in by_id:
        place(id)
    return list(ordered.values())


def select(targets: Iterable[str]) -> list[Located]:
    """Claims named by ids, by prefixes of ids (``song2021``), or by files and folders; all claims if none is named.

    Raises
    ------
    InputError
        If a target names nothing.
    """
    chosen: list[Located] = []
    for target in targets:
        chosen += _named(target)
    return in_order(chosen, known=library()) if chosen else list(library().values())


def _named(target: str) -> list[Located]:
    path = Path(target)
    if path.exists():
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        origins = [origin_of(file) for file in files if file.name != "__init__.py"]
        found = [Located(claim, origin) for origin in origins for claim in load(origin)]
        if not found:
            raise InputError(f"{target} declares no claims; bind a fa_theory.claims.Claim at the top level of a module")
        return found
    found = [item for id, item in library().items() if id == target or id.startswith(target + ".")]
    if not found:
        near = get_close_matches(target, library(), n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"{target!r} is neither a claim id nor an existing file{hint} (fa-theory list shows all)")
    return found
