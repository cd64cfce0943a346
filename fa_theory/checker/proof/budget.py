"""Side conditions, and a budget of work, so that documents that are too large are rejected in bounded time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

UNITS = 2_000_000
"""Units of work for one replay: nodes built, factors multiplied, orders compared."""
MAX_SHOWN = 400


class Refused(Exception):
    """The document is not a proof; the message is one line."""

    def __init__(self, why: str) -> None:
        super().__init__("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in why))


def need(condition: object, why: str, *shown: object) -> None:
    """Raise `Refused` unless the condition holds. Every side condition of the kernel is one call."""
    if not condition:
        raise Refused(
            why.format(*(text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…" for text in map(str, shown)))
        )


class Allowance:
    """Remaining units, and the number of bound names in use."""

    def __init__(self, units: int) -> None:
        self.left, self.names = units, 0


_WORK: ContextVar[Allowance] = ContextVar("work")


@contextmanager
def working(work: Allowance) -> Iterator[None]:
    """Allowance within a budget."""
    token = _WORK.set(work)
    try:
        yield
    finally:
        _WORK.reset(token)


def spend(units: int) -> None:
    """Count work, deterministically."""
    work = _WORK.get()
    work.left -= units
    need(work.left >= 0, "too much work: shorten terms, exponents or symmetric sums")


def fresh() -> str:
    """A bound name; later ones are larger."""
    work = _WORK.get()
    work.names += 1
    return f"#{work.names:012d}"
