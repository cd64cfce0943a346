"""Results of several runs in one document, so that settling one claim keeps the results of the others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fa_theory.errors import InputError
from fa_theory.work.files import exclusive, write

from .assembly import result_document
from .result import ClaimResult, ResultDocument, read


@dataclass(frozen=True)
class Kept:
    """What a file of results holds after a run.

    Attributes
    ----------
    document
        All that is in it.
    others
        How many results of other runs are among it.
    moved
        Where the results of another run are now, if they could not stay.
    """

    document: ResultDocument
    others: int
    moved: Path | None


def keep(document: ResultDocument, path: Path) -> Kept:
    """Write a document to a path that may hold another one, without losing that one.

    Claims of the old document that are not in the new one are kept if both were settled by the same code, seed
    and budget. Otherwise the old file is renamed, unless the new document contains all its claims. Several processes
    may write to the same file at the same time; each keeps what the others wrote.

    Parameters
    ----------
    document
        The results of a run.
    path
        Where it is written.

    Raises
    ------
    FATheoryError
        If the file cannot be written.
    """
    with exclusive(path):
        everything, moved = _beside(document, path)
        everything.write(path)
    return Kept(everything, len(everything.claims) - len(document.claims), moved)


def _beside(document: ResultDocument, path: Path) -> tuple[ResultDocument, Path | None]:
    """A document with what stays of the file, and the copy of the file if nothing can."""
    if not path.is_file():
        return document, None
    try:
        old = read(path)
    except InputError:
        old = None
    if old is not None and compatible(old, document):
        return merged(old, document), None
    if old is not None and superseded(old, document):
        return document, None
    content = path.read_bytes()
    return document, write(
        path.with_name(f"{path.stem}-{hashlib.sha256(content).hexdigest()[:8]}{path.suffix}"), content
    )


def compatible(old: ResultDocument, new: ResultDocument) -> bool:
    """Whether the results of two runs can be combined as if from one run."""
    one, other = ((_asked(d), d.versions, d.machine) for d in (old, new))
    code = {claim.provenance.code for claim in (*_by_id(old, without=new).values(), *new.claims)}
    return one == other and len(code) == 1 and _same_conjectures(old, new)


def superseded(old: ResultDocument, new: ResultDocument) -> bool:
    """Whether a document contains all claims of another, with the same seed and budget."""
    return _asked(old) == _asked(new) and not _by_id(old, without=new) and _same_conjectures(old, new)


def _asked(document: ResultDocument) -> tuple[object, ...]:
    return document.seed, document.budget, document.seconds


def _same_conjectures(old: ResultDocument, new: ResultDocument) -> bool:
    """Whether an id in both means the same; conjectures in files of one name in two folders may share it."""
    known = _by_id(old)
    return all(known[c.id].provenance.target == c.provenance.target for c in new.claims if c.id in known)


def merged(old: ResultDocument, new: ResultDocument) -> ResultDocument:
    """The claims of both, preferring the new document; every claim after those it uses.

    The command is that of each claim: see `ClaimResult.provenance`.
    """
    claims = _by_id(old) | _by_id(new)
    kept = _by_id(old, without=new)
    failures = [line for line in old.failures if line.partition(" / ")[0] in kept]
    ordered = _ordered(claims)
    commands = dict.fromkeys(claim.provenance.command for claim in ordered if claim.provenance.command)
    return result_document(
        ordered,
        seed=new.seed,
        budget=new.budget,
        command=" && ".join(commands),
        failures=[*failures, *new.failures],
        seconds=new.seconds,
    )


def _by_id(document: ResultDocument, without: ResultDocument | None = None) -> dict[str, ClaimResult]:
    others = {claim.id for claim in without.claims} if without is not None else set()
    return {claim.id: claim for claim in document.claims if claim.id not in others}


def _ordered(claims: Mapping[str, ClaimResult]) -> list[ClaimResult]:
    """In their order, but every claim after those it uses."""
    placed: dict[str, ClaimResult] = {}

    def place(claim: ClaimResult) -> None:
        if claim.id not in placed:
            for other in claim.uses:
                if other in claims:
                    place(claims[other])
            placed[claim.id] = claim

    for claim in claims.values():
        place(claim)
    return list(placed.values())
