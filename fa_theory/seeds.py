"""Randomness has an address: every draw comes from a generator keyed by where it is used."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def generator(seed: int, *address: str | int) -> np.random.Generator:
    """Return the random generator that belongs to an address.

    Parameters
    ----------
    seed
        The one number a user chooses.
    address
        Where the draws are used, for instance ``(claim id, procedure, trial)``.

    Returns
    -------
    numpy.random.Generator
        The same bits for the same seed and address, on any number of workers.

    Examples
    --------
    >>> a = generator(1, "song2021.linear-recursion", "sampling", 3).integers(1000)
    >>> bool(a == generator(1, "song2021.linear-recursion", "sampling", 3).integers(1000))
    True
    """
    import numpy as np

    key = "\x1f".join(str(part) for part in address).encode()
    words = np.frombuffer(hashlib.sha256(key).digest(), dtype=np.uint32)
    return np.random.default_rng(np.random.SeedSequence([seed, *map(int, words)]))
