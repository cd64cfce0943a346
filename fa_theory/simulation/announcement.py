"""Waits that are announced: whoever compiles for the first time is told what takes so long."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

COMPILING = "compiling the fast path for this processor; this happens once and takes some 10 seconds …"


@contextmanager
def announced(message: str = COMPILING, seconds: float = 1.0) -> Iterator[None]:
    """Say on stderr what is being waited for, if it takes longer than some seconds."""
    late = Timer(seconds, lambda: print(f"fa-theory: {message}", file=sys.stderr, flush=True))
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()
