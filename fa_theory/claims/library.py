"""Finding claims: the proofs included in the package, and files of the user."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

from fa_theory.errors import InputError
from fa_theory.papers import PROOFS, papers
from fa_theory.shown import displayed_by

from .claim import Claim


@dataclass(frozen=True, slots=True)
class Located:
    """A claim and its location, so that a worker process can load it."""

    claim: Claim
    origin: str
    """Name of a module below `PROOFS`, or path of a file."""

    _repr_html_ = displayed_by("claims.located")
    _repr_latex_ = displayed_by("claims.latex")

    def __repr__(self) -> str:
        return f"Located({self.claim!r}, {self.origin!r})"


def claims_of(module: ModuleType) -> list[Claim]:
    """Claims at the top level of a module, in the order of declaration.

    Raises
    ------
    InputError
        If two of them share an id.
    """
    claims = {id(value): value for value in vars(module).values() if isinstance(value, Claim)}  # each object once
    ids = [claim.id for claim in claims.values()]
    twice = [name for name in ids if ids.count(name) > 1]
    if twice:
        raise InputError(f"{module.__file__} declares the claim {twice[0]} twice; ids must differ")
    return list(claims.values())


def proof_modules() -> list[str]:
    """Names of the modules below `PROOFS` that declare claims, in the ``READING_ORDER`` of their folders."""
    return [f"{paper}.{module}" for paper in papers() for module in importlib.import_module(paper).READING_ORDER]


def packaged(origin: str) -> bool:
    """Whether an origin is a module below `PROOFS`, and not a file of the user."""
    return origin.startswith(f"{PROOFS}.")


def origin_of(path: Path) -> str:
    """The name by which `load` finds a file: its module if it lies below `PROOFS`, otherwise its path."""
    file = path.resolve()
    for folder in (Path(entry).resolve() for entry in importlib.import_module(PROOFS).__path__):
        if file.is_relative_to(folder):
            return ".".join((PROOFS, *file.relative_to(folder).with_suffix("").parts))
    return str(file)


def mentions_claims(file: Path) -> bool:
    """Whether a file may declare claims: cheap enough to test for every file in a folder."""
    return file.name != "__init__.py" and b"fa_theory.claims" in file.read_bytes()


@cache
def load(origin: str) -> tuple[Claim, ...]:
    """Claims of a module below `PROOFS` or of a file.

    Raises
    ------
    InputError
        If the file does not exist or its code fails; the message names file and line.
    """
    if packaged(origin):
        return tuple(claims_of(importlib.import_module(origin)))
    path = Path(origin).resolve()
    if not path.is_file():
        raise InputError(f"{origin} is neither a claim id nor a file or folder of claims; see fa-theory list")
    return tuple(claims_of(imported(path)))


def imported(path: Path) -> ModuleType:
    """Run a Python file of the user and return its module.

    While it is loaded, it may import other modules in its folder, unless they have the names of installed modules.

    Raises
    ------
    InputError
        If it is not a Python file or its code fails; the message names file and line.
    """
    path = path.resolve()
    name = f"fa_theory_file_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} is not a Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.parent)
    known = folder in sys.path
    if not known:
        sys.path.append(folder)
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise InputError(f"{where_raised(error, path)}: {type(error).__name__}: {error}") from None
    finally:
        if not known and folder in sys.path:
            sys.path.remove(folder)
    return module


def where_raised(error: BaseException, path: Path) -> str:
    """File and line in the user's file at which an error arose."""
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f"{error.filename or path}:{error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    return f"{path}:{lines[-1]}" if lines else str(path)


@cache
def library() -> dict[str, Located]:
    """All claims included in the package, by id, every claim after those it uses."""
    found = [Located(claim, origin) for origin in proof_modules() for claim in load(origin)]
    return {located.claim.id: located for located in in_order(found)}


def in_order(found: Iterable[Located], known: Mapping[str, Located] | None = None) -> list[Located]:
    """Sort so that every claim comes after the claims it uses.

    Parameters
    ----------
    found
        The claims.
    known
        Further claims that may be referred to, by id.

    Raises
    ------
    InputError
        If two claims share an id, a claim refers to one that does not exist, or the uses form a cycle.
    """
    known = known or {}
    by_id: dict[str, Located] = {}
    for located in found:
        first = known.get(located.claim.id, by_id.setdefault(located.claim.id, located))
        if first.claim is not located.claim:
            raise InputError(f"claim {first.claim.id} is declared twice: in {first.origin} and in {located.origin}")
    for id, located in by_id.items():
        erratum = located.claim.erratum
        for other in (*located.claim.uses, *((erratum.repaired_by,) if erratum else ())):
            if other not in by_id and other not in known:
                raise InputError(
                    f"{located.origin}: claim {id} refers to {other!r}, which does not exist{_near(other, known)}"
                )
    graph = {id: [other for other in located.claim.uses if other in by_id] for id, located in by_id.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
        raise InputError(f"{by_id[circle[0]].origin}: claims use each other in a cycle: {' → '.join(circle)}") from None
    ordered: dict[str, Located] = {}

    def place(id: str) -> None:
        for other in graph[id]:
            place(other)
        ordered.setdefault(id, by_id[id])

    for id in by_id:
        place(id)
    return list(ordered.values())


def select(targets: Iterable[str]) -> list[Located]:
    """Claims given by ids, by prefixes of ids (``song2021``), or by files and folders; all claims if none is given.

    Raises
    ------
    InputError
        If a target matches nothing.
    """
    chosen: list[Located] = []
    for target in targets:
        chosen += _named(target)
    return in_order(chosen, known=library()) if chosen else list(library().values())


def with_uses(chosen: Iterable[Located]) -> list[Located]:
    """Claims with all they use, directly or not, every claim after those it uses."""
    found = {located.claim.id: located for located in chosen}
    waiting = list(found.values())
    while waiting:
        for id in waiting.pop().claim.uses:
            if id not in found:
                found[id] = library()[id]
                waiting.append(found[id])
    return in_order(found.values(), known=library())


def _named(target: str) -> list[Located]:
    if os.path.exists(target):  # unlike Path.exists, never raises
        path = Path(target)
        files = filter(mentions_claims, sorted(path.rglob("*.py"))) if path.is_dir() else [path]
        found = [Located(claim, origin) for origin in map(origin_of, files) for claim in load(origin)]
        if not found:
            raise InputError(f"{target} declares no claims; define a fa_theory.claims.claim.Claim at its top level")
        return found
    found = [item for id, item in library().items() if id == target or id.startswith(target + ".")]
    if not found:
        raise InputError(f"{target!r} is neither a claim id nor an existing file{_near(target, library())}")
    return found


def _near(id: str, known: Iterable[str]) -> str:
    """Advice on an id that does not exist."""
    near = get_close_matches(id, known, n=1, cutoff=0.4)
    return f"; did you mean {near[0]}? fa-theory list shows all" if near else "; fa-theory list shows all"
