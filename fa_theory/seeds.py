"""Random generators with an address: every generator is keyed by where its draws are used."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .errors import InputError

if TYPE_CHECKING:
    import numpy as np


def as_generator(rng: int | np.random.Generator) -> np.random.Generator:
    """Return a generator unchanged, and make one from a seed.

    Raises
    ------
    InputError
        If ``rng`` is neither a generator nor a whole number ≥ 0.

    Examples
    --------
    >>> bool(as_generator(0).random() == as_generator(0).random())
    True
    """
    import numpy as np

    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise InputError(f"expected rng to be a seed ≥ 0 or numpy.random.default_rng(seed) but got {rng!r}")
    return np.random.default_rng(int(rng))


def generator(seed: int, *address: str | int) -> np.random.Generator:
    """Return the random generator that belongs to an address.

    Parameters
    ----------
    seed
        The seed of the whole run.
    address
        Where the draws are used, for instance ``(claim id, procedure, trial)``.

    Returns
    -------
    numpy.random.Generator
        The same bits for the same seed and address, with any number of workers.

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
