"""Messages for long waits: the first compilation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

COMPILING = "compiling the fast path for this processor; this happens once and takes about 10 seconds …"


@contextmanager
def announced(message: str = COMPILING, seconds: float = 1.0) -> Iterator[None]:
    """Print a message to stderr if the block takes longer than some seconds."""
    late = Timer(seconds, lambda: print(f"fa-theory: {message}", file=sys.stderr, flush=True))
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()
