"""Which samples a step sees: minibatches in a cyclic or shuffled order, or new samples at every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fa_theory.errors import InputError
from fa_theory.seeds import generator

from . import checks
from .checks import Rows

ORDERS = ("cyclic", "shuffled", "online")


@dataclass(frozen=True, slots=True)
class Batches:
    """Minibatches.

    Attributes
    ----------
    size
        Samples of a step.
    order
        ``"cyclic"``: the samples in their order, over and over; ``"shuffled"``: in a new random order every time;
        both are cut into batches without regard to the ends. ``"online"``: new samples of the law at every step.

    Raises
    ------
    InputError
        If the size is not a whole number ≥ 1, or the order is unknown.

    Examples
    --------
    >>> Batches(2).rows(3, seed=0, network=0, first=1, steps=3).tolist()
    [[2, 0], [1, 2], [0, 1]]
    """

    size: int
    order: str = "cyclic"

    def __post_init__(self) -> None:
        checks.size("size", self.size)
        if self.order not in ORDERS:
            raise InputError(f"unknown order {self.order!r}; choose one of {', '.join(ORDERS)}")

    def rows(self, n: int, *, seed: int, network: int, first: int, steps: int) -> Rows:
        """The rows of n samples that the steps ``first, …, first + steps − 1`` see, ``(steps, size)``.

        The order of pass number j through the data depends on the seed, the network and j only.
        """
        places = np.arange(first * self.size, (first + steps) * self.size)
        rows = places % n
        if self.order == "shuffled":
            passes = places // n
            orders = {int(j): generator(seed, "order", network, int(j)).permutation(n) for j in np.unique(passes)}
            rows = np.array([orders[j][r] for j, r in zip(passes.tolist(), rows.tolist(), strict=True)], dtype=np.intp)
        return rows.reshape(steps, self.size)
