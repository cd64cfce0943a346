"""Size checks before anything is allocated: one line instead of swapping or a traceback."""

from __future__ import annotations

import os
from pathlib import Path

from fa_theory.errors import InputError

MOST_BYTES = 64 * 2**30
"""Memory limit of one job, on any machine."""
SHARE = 0.75
"""Fraction of the machine's memory that one job may use."""
MOST_REPEATS, MOST_STEPS = 1_000_000, 100_000_000
"""Largest number of networks of one kind, and of steps of a network, in one command."""
_CGROUP = Path("/sys/fs/cgroup/memory.max")


def memory() -> int:
    """Bytes of memory that this process may use at most: those of the machine, or of its container.

    Examples
    --------
    >>> memory() > 2**20
    True
    """
    if not hasattr(os, "sysconf"):  # Windows
        return MOST_BYTES
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = _CGROUP.read_text().strip() if _CGROUP.is_file() else "max"
    return min(found, int(limit)) if limit.isdigit() else found


def check_memory(what: str, numbers: float) -> None:
    """Refuse a job that needs more memory than is available or allowed for one job.

    Parameters
    ----------
    what
        The job by its sizes, such as ``n = 10, p = 500``.
    numbers
        How many float64s it holds at once, roughly.

    Raises
    ------
    InputError
        In one line, with the sizes, the estimate and the limit.

    Examples
    --------
    >>> check_memory("n = 10, p = 500", 1e5)
    >>> check_memory("n = 1000000000, d = 20", 1e15)
    Traceback (most recent call last):
    ...
    fa_theory.errors.InputError: n = 1000000000, d = 20 needs about 7,450,581 GiB of memory, but the limit is ...
    """
    limit = min(MOST_BYTES, SHARE * memory())
    need = 8.0 * numbers
    if need > limit:
        raise InputError(
            f"{what} needs about {_gib(need)} of memory, but the limit is {_gib(limit)} (at most {_gib(MOST_BYTES)}, "
            f"and {SHARE:.0%} of the {_gib(memory())} of this machine): choose smaller sizes"
        )


def check_network(p: int, n: int, d: int) -> None:
    """Refuse a network of width p on n samples of dimension d that needs more memory than is available.

    Examples
    --------
    >>> check_network(500, 10, 20)
    """
    check_memory(f"a network of width {p}", 3.0 * p * d + 4.0 * n * p)


def check_count(what: str, count: int, most: int) -> None:
    """Refuse more jobs than allowed in one command.

    Examples
    --------
    >>> check_count("--trials", 10**10, 10**6)
    Traceback (most recent call last):
    ...
    fa_theory.errors.InputError: --trials 10000000000 exceeds the limit of 1,000,000 per command; split it up
    """
    if count > most:
        raise InputError(f"{what} {count} exceeds the limit of {most:,} per command; split it up")


def _gib(size: float) -> str:
    return f"{size / 2**30:,.1f} GiB" if size < 100 * 2**30 else f"{size / 2**30:,.0f} GiB"
