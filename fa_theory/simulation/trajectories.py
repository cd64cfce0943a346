"""What a simulation returns: recorded quantities of every network at the recorded steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.shown import displayed_by

QUANTITIES: dict[str, str] = {
    "error": "e = f − y, shape (m, r, n) or (m, r, n, k)",
    "loss": "½‖e‖²",
    "alignment": "cos∠(b, β), of all outputs together; nan where b or β is 0",
    "movement_W": "‖W(t) − W(0)‖_F",
    "movement_beta": "‖β(t) − β(0)‖",
    "farthest_W": "max_r ‖w_r(t) − w_r(0)‖",
    "farthest_beta": "max_r |β_r(t) − β_r(0)|",
}
"""What can be recorded; shape (m, r) where none is given: m networks, r recorded steps."""


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Recorded runs of m networks; after a network has diverged its values are nan.

    Attributes
    ----------
    t
        The recorded steps, ``(r,)``.
    values
        By name, see `QUANTITIES`.
    diverged
        ``(m,)``: the first recorded step at which the error is not finite, −1 for a network that did not diverge.
    path, backend
        How it was computed: the formulas, and what ran them.
    states
        The states asked for, by step: batches of m networks.
    """

    t: Array
    values: Mapping[str, Array]
    diverged: Array
    path: str
    backend: str
    states: Mapping[int, Network] = field(default_factory=dict)

    _repr_html_ = displayed_by("runs.trajectories")

    def __getitem__(self, name: str) -> Array:
        if name not in self.values:
            raise InputError(f"{name!r} was not recorded, only {', '.join(self.values)}; ask for it with record=")
        return self.values[name]

    def __len__(self) -> int:
        return len(self.diverged)

    @property
    def finished(self) -> Array:
        """Which networks did not diverge, ``(m,)``."""
        finished: Array = np.asarray(self.diverged) < 0
        return finished
