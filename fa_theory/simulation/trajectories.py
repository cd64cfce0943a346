"""What a simulation returns: recorded quantities of every network at the recorded steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.shown import displayed_by


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Recorded runs of m networks; after a network has diverged its values are nan.

    Attributes
    ----------
    t
        The recorded steps, ``(r,)``.
    values
        By name, see `fa_theory.simulation.quantities.QUANTITIES`.
    diverged
        ``(m,)``: the first recorded step at which the error is not finite, −1 for a network that did not diverge.
    path, backend
        How it was computed: the formulas, and what ran them.
    states
        The states asked for, by step: batches of m networks.
    stiffness
        ``η(λ_max(G) + λ)`` at the start of each network, ``(m,)``, or None where it was not computed. While W stands
        still, the step multiplies the error along the top eigenvector of G by 1 minus this number: above 2 the error
        grows.
    """

    t: Array
    values: Mapping[str, Array]
    diverged: Array
    path: str
    backend: str
    states: Mapping[int, Network] = field(default_factory=dict)
    stiffness: Array | None = None

    _repr_html_ = displayed_by("runs.trajectories")

    def __getitem__(self, name: str) -> Array:
        if name not in self.values:
            raise InputError(f"{name!r} was not recorded, only {', '.join(self.values)}; ask for it with record=")
        return self.values[name]

    def __len__(self) -> int:
        return len(self.diverged)

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known of the runs, in words: step sizes that are too large, networks that diverged."""
        return (*self._stiff(), *self._lost())

    def _stiff(self) -> Iterator[str]:
        stiff = [] if self.stiffness is None else [float(factor) for factor in self.stiffness if factor > 2]
        if stiff:
            yield (
                f"{len(stiff)} of {len(self)} networks start with η(λ_max(G) + λ) above 2 (as high as "
                f"{max(stiff):.3g}), where the output layer alone makes the error grow: choose a smaller η"
            )

    def _lost(self) -> Iterator[str]:
        lost = self.diverged[self.diverged >= 0]
        if len(lost):
            yield f"{len(lost)} of {len(self)} networks diverged, the first by step {lost.min()}"

    def network(self, step: int, i: int) -> Network:
        """The state of network i at a step whose states were kept.

        Raises
        ------
        InputError
            If they were not.
        """
        if step not in self.states:
            raise InputError(f"the states of step {step!r} were not kept; ask for them with states=({step!r},)")
        batch = self.states[step]
        return Network(batch.W[i], batch.beta[i], batch.b[i], batch.psi)

    @property
    def finished(self) -> Array:
        """Which networks did not diverge, ``(m,)``."""
        finished: Array = np.asarray(self.diverged) < 0
        return finished


def joined(parts: Sequence[Trajectories]) -> Trajectories:
    """Trajectories of further networks, recorded alike, one after the other."""
    first = parts[0]
    if len(parts) == 1:
        return first
    stiffness = [part.stiffness for part in parts if part.stiffness is not None]
    return replace(
        first,
        values={name: np.concatenate([part.values[name] for part in parts]) for name in first.values},
        diverged=np.concatenate([part.diverged for part in parts]),
        states={t: _together([part.states[t] for part in parts]) for t in first.states},
        stiffness=np.concatenate(stiffness) if len(stiffness) == len(parts) else None,
    )


def _together(networks: Sequence[Network]) -> Network:
    W, beta, b = (np.concatenate([getattr(net, name) for net in networks]) for name in ("W", "beta", "b"))
    return Network(W, beta, b, networks[0].psi)
