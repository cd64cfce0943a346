"""The result of a simulation: recorded quantities of every network at the recorded steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.deep import DeepNetwork, together
from fa_theory.model.network import Network
from fa_theory.shown import displayed_by, drawn_by

from . import export

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure as Drawing


State = Network | DeepNetwork


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
        How it was computed: the formulas, and the implementation.
    states
        The requested states, by step: batches of m networks, of two layers or of any depth.
    stiffness
        ``η(λ_max(G) + λ)`` at the start of each network, ``(m,)``, or None if not computed. While W does not
        change, the step multiplies the error along the top eigenvector of G by 1 minus this number: above 2 the error
        grows.
    """

    t: Array
    values: Mapping[str, Array]
    diverged: Array
    path: str
    backend: str
    states: Mapping[int, State] = field(default_factory=dict)
    stiffness: Array | None = None

    _repr_html_ = displayed_by("runs.trajectories")

    def plot(self, *names: str) -> Drawing:
        """Draw recorded quantities against the steps, one panel each: the median over the networks, and their range.

        Parameters
        ----------
        names
            What to draw; default: all recorded quantities.

        Returns
        -------
        matplotlib.figure.Figure
            A notebook shows it, and ``savefig`` writes it.

        Raises
        ------
        InputError
            If one was not recorded, or is not finite at any step.
        """
        drawing: Drawing = drawn_by("runs.drawing", self, *names)
        return drawing

    def __repr__(self) -> str:
        """In one line, without the numbers."""
        networks = f"{len(self)} network{'' if len(self) == 1 else 's'}"
        lost = int((~self.finished).sum())
        steps = f"steps {self.t[0]}…{self.t[-1]}: {', '.join(self.values)}"
        diverged = f"; {lost} diverged" if lost else ""
        return f"Trajectories({networks}, {steps}; {self.path}, {self.backend}{diverged})"

    def to_dataframe(self) -> pd.DataFrame:
        """A pandas table with a row for every network and recorded step, and a column for every recorded quantity.

        The entries of ``error`` are columns ``error[0]``, ``error[1]``, …, or ``error[0,0]``, … with several outputs.
        Needs ``pip install 'fa-theory[tables]'``.
        """
        return export.dataframe(self)

    def to_xarray(self) -> xr.Dataset:
        """An xarray data set with the dimensions network, t, and for the error sample and output.

        Needs ``pip install 'fa-theory[tables]'``.
        """
        return export.xarray(self)

    def save(self, path: str | Path) -> Path:
        """Write everything to one NumPy archive (``.npz``), which `load` reads. Returns the path.

        Raises
        ------
        InputError
            If the name does not end in ``.npz``.
        OSError
            If the file cannot be written.
        """
        return export.save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Trajectories:
        """Read a file written by `save`.

        Raises
        ------
        InputError
            If the file is not such an archive.
        OSError
            If it cannot be read.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from fa_theory.model.law import Law
        >>> from fa_theory.simulation.engine import simulate
        >>> found = simulate(Law("tanh", 4, 8, 60), 50, ensemble=3, every=25, states=(50,))
        >>> with TemporaryDirectory() as folder:
        ...     again = Trajectories.load(found.save(f"{folder}/run.npz"))
        >>> bool((again["loss"] == found["loss"]).all()), again.network(50, 2)
        (True, Network(tanh, p=60, d=8))
        """
        return export.load(Path(path))

    def __getitem__(self, name: str) -> Array:
        if name not in self.values:
            raise InputError(f"{name!r} was not recorded, only {', '.join(self.values)}; request it with record=")
        return self.values[name]

    def __len__(self) -> int:
        return len(self.diverged)

    @property
    def notes(self) -> tuple[str, ...]:
        """Warnings about the runs: step sizes that are too large, networks that diverged."""
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

    def network(self, step: int, i: int) -> Any:
        """The state of network i at a step whose states were stored.

        Raises
        ------
        InputError
            If they were not.
        """
        if step not in self.states:
            raise InputError(f"the states of step {step!r} were not stored; request them with states=({step!r},)")
        batch = self.states[step]
        if isinstance(batch, DeepNetwork):
            return batch.member(i)
        return Network(batch.W[i], batch.beta[i], batch.b[i], batch.psi)

    @property
    def finished(self) -> Array:
        """Which networks did not diverge, ``(m,)``."""
        finished: Array = np.asarray(self.diverged) < 0
        return finished


def joined(parts: Sequence[Trajectories]) -> Trajectories:
    """Trajectories of several groups of networks with the same recorded quantities, concatenated."""
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


def _together(parts: Sequence[State]) -> State:
    first = parts[0]
    if isinstance(first, DeepNetwork):
        each = [net.weights for net in parts if isinstance(net, DeepNetwork)]
        return first.with_weights(together(each, np.concatenate))
    W, beta, b = (np.concatenate([getattr(net, name) for net in parts]) for name in ("W", "beta", "b"))
    return Network(W, beta, b, first.psi)
