"""The distribution that a random problem is drawn from."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from . import checks
from .activations import activation
from .data import Dataset
from .problem import Problem, sample, step_size, training_data
from .schedules import Schedule


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution of data, initial networks and hyperparameters, with ``W, β, b`` i.i.d. N(0, 1).

    Attributes
    ----------
    activation
        An activation, or its name.
    n, d, p
        Samples, input dimension (None: that of the data), width.
    data
        A source for `fa_theory.model.data.dataset`.
    eta, lam, cutoff
        Step size; regularisation, and the step at which it ends.
    k
        Number of outputs; None: that of the data, or one.
    target
        Where the targets stand in a file; see `fa_theory.model.data.dataset`.

    Raises
    ------
    InputError
        If the activation is unknown, or a number is invalid.

    Examples
    --------
    >>> law = Law("tanh", 4, 8, 60)
    >>> print(law)
    tanh, sphere, (n,d,p)=(4,8,60), η=0.2
    >>> law.sample(rng=0).X.shape
    (4, 8)
    """

    activation: str
    n: int
    d: int | None
    p: int
    data: str = "sphere"
    eta: float = 0.2
    lam: float = 0.0
    cutoff: int | None = None
    k: int | None = None
    target: str | int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", activation(self.activation).name)
        for name in ("n", "d", "p", "k"):
            if getattr(self, name) is not None or name in ("n", "p"):
                checks.size(name, getattr(self, name))
        step_size(self.eta)
        Schedule(self.lam, self.cutoff)

    def sample(self, rng: int | np.random.Generator) -> Problem:
        """Draw a problem, from a generator or a seed."""
        return sample(rng=rng, **asdict(self))

    def sample_data(self, rng: np.random.Generator) -> Dataset:
        """Draw only the data of a problem: the same as `sample` draws from the same generator."""
        psi = activation(self.activation)
        return training_data(
            rng=rng, data=self.data, n=self.n, d=self.d, p=self.p, psi=psi, k=self.k, target=self.target
        )

    def __str__(self) -> str:
        regularised = f", λ={self.lam:g} for {self.cutoff} steps" if self.lam else ""
        sizes = f"(n,d,p)=({self.n},{self.d},{self.p})" if self.d else f"(n,p)=({self.n},{self.p})"
        outputs = "" if self.k is None else f", {self.k} outputs"
        return f"{self.activation}, {self.data}, {sizes}{outputs}, η={self.eta:g}{regularised}"
