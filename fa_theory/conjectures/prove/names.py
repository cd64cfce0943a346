"""Names in terms, and factors of factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = Any


def names(x: Json) -> set[str]:
    """All texts in a term."""
    if isinstance(x, str):
        return {x}
    return set().union(*map(names, x)) if isinstance(x, list) else set()


def flat(factors: Sequence[Json]) -> list[Json]:
    """Factors of factors."""
    out: list[Json] = []
    for f in factors:
        if isinstance(f, list) and f and f[0] == "*":
            out += flat(f[1:])
        elif isinstance(f, list) and len(f) == 2 and f[0] == "-":
            out += [-1, *flat([f[1]])]
        else:
            out.append(f)
    return out
