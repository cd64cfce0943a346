"""A part of a result document: some of its claims, everything else unchanged."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec

from fa_theory.claims.result import ResultDocument
from fa_theory.errors import InputError


def select(document: ResultDocument, ids: Iterable[str]) -> ResultDocument:
    """Keep the claims with these ids, or with ids that begin with one of these and a dot; all if none is given.

    Raises
    ------
    InputError
        If an id matches no claim of the document; the message names the nearest ones.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return document
    known = [claim.id for claim in document.claims]
    chosen: set[str] = set()
    for id in wanted:
        found = {other for other in known if other == id or other.startswith(f"{id}.")}
        if not found:
            near = get_close_matches(id, known, n=3, cutoff=0.4) or sorted(known)[:3]
            what = f"the nearest are {', '.join(near)}" if near else "it contains no claims"
            settle = f"; settle it first: fa-theory verify {id} --with-uses" if _declared(id) else ""
            raise InputError(f"the result document has no claim {id!r}; {what}{settle}")
        chosen |= found
    return msgspec.structs.replace(document, claims=[claim for claim in document.claims if claim.id in chosen])


def _declared(id: str) -> bool:
    """Whether there is such a claim, which was not settled."""
    from fa_theory.claims.library import library

    return id in library()
