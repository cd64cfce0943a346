"""Results of several runs in one document, so that settling one claim keeps the results of the others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from fa_theory.errors import InputError

from .assembly import result_document
from .result import ClaimResult, ResultDocument, read


def keep(document: ResultDocument, path: Path) -> Path | None:
    """Write a document to a path that may hold another one, without losing that one.

    Claims of the old document that are not in the new one are kept if both were settled by the same code, seed
    and budget. Otherwise the old file is renamed, unless the new document contains all its claims.

    Parameters
    ----------
    document
        The results of a run.
    path
        Where it is written.

    Returns
    -------
    Path or None
        The new name of the old file, if it was renamed.

    Raises
    ------
    FATheoryError
        If the file cannot be written.
    """
    moved = None
    if path.is_file():
        try:
            old = read(path)
        except InputError:
            old = None
        if old is not None and compatible(old, document):
            document = merged(old, document)
        elif old is None or not superseded(old, document):
            moved = path.with_name(f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}{path.suffix}")
            path.replace(moved)
    document.write(path)
    return moved


def compatible(old: ResultDocument, new: ResultDocument) -> bool:
    """Whether the results of two runs can be combined as if from one run."""
    one, other = ((d.seed, d.budget, d.versions, d.machine) for d in (old, new))
    code = {claim.provenance.code for claim in (*_by_id(old, without=new).values(), *new.claims)}
    return one == other and len(code) == 1


def superseded(old: ResultDocument, new: ResultDocument) -> bool:
    """Whether a document contains all claims of another, with the same seed and budget."""
    return (old.seed, old.budget) == (new.seed, new.budget) and not _by_id(old, without=new)


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
        ordered, seed=new.seed, budget=new.budget, command=" && ".join(commands), failures=[*failures, *new.failures]
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
