"""The interface of a path of simulation: its name, the supported requests, and how it runs networks."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from fa_theory.errors import InputError
from fa_theory.model import checks
from fa_theory.model.activations import Activation, activation
from fa_theory.model.data.synthetic import SYNTHETIC
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule

from .ensemble import Ensemble, stream
from .quantities import Quantity
from .stability import stiffness
from .trajectories import Trajectories

MANY = 64
"""Networks in a batch at most."""
ENTRIES = 2**16
"""Entries of ``Z``, or of the matrices of the linear law, in a batch: what fits in a cache."""
HELD = 2**28
"""Bytes of W above which networks that come from a law are drawn block by block."""


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """The request of a simulation, for the choice of a path and for the path.

    Attributes
    ----------
    n, d, p
        Samples, input dimension, width.
    psi, single_output, rule
        Of the networks.
    from_law
        Whether the weights come from a law.
    grid, record, states
        Steps to record, quantities, steps whose whole states are kept.
    seed, schedule
        The seed, and λ(t) in place of that of the problem, or None.
    device, dtype
        Where JAX computes, and in which floats.
    size
        How many networks there are.
    """

    n: int
    d: int
    p: int
    psi: Activation
    single_output: bool
    rule: Rule
    from_law: bool
    grid: Sequence[int]
    record: tuple[Quantity, ...]
    states: Collection[int]
    seed: int = 0
    schedule: Schedule | None = None
    device: str | None = None
    dtype: str = "float64"
    size: int = 1

    @property
    def seconds(self) -> float:
        """What NumPy takes for all networks, about."""
        return 1e-8 * self.size * self.n * self.p * self.grid[-1]

    @property
    def whole_states(self) -> bool:
        """Whether all weights at a step are requested."""
        return bool(self.states) or any(one.of_state is not None for one in self.record)

    @property
    def unheld(self) -> bool:
        """Whether the first layer is too large for memory, and is not needed as a whole."""
        return self.from_law and not self.whole_states and 8 * self.p * self.d > HELD

    @property
    def samples_cheaper(self) -> bool:
        """Whether a step costs less in sample space than in weight space."""
        return self.n < 2 * self.d

    def lacking(self, field: str) -> str:
        """The first requested quantity that does not define ``field``."""
        for one in self.record:
            if one.of_error is None and getattr(one, field) is None:
                return one.name
        return "states" if self.states else ""

    def beyond_neurons(self) -> str:
        """Why a path that knows one block of neurons at a time cannot do what is asked, or nothing."""
        if not self.rule.entrywise:
            return f"the rule {self.rule.name} does not treat neurons one by one; choose path='layers' or 'auto'"
        for one in self.record:
            if one.of_error is None and one.of_neurons is None and one.of_state is None:
                return f"{one.name} is not told of single neurons; choose path='layers' or 'auto'"
        if self.dtype != "float64" or self.device not in (None, "cpu"):
            return "with NumPy networks of two layers run on the CPU in float64; choose backend='jax'"
        return ""

    def refuse_too_large(self, need: int) -> None:
        """Raise an error for a request that exceeds the memory."""
        if not hasattr(os, "sysconf"):
            return
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if need > memory:
            raise InputError(
                f"a network with n = {self.n}, d = {self.d}, p = {self.p} needs {need / 2**30:,.0f} GiB, but this "
                f"machine has {memory / 2**30:,.0f} GiB; choose a smaller width, or path='infinite width'"
            )


def cached(entries: int) -> int:
    """The number of networks with this many entries that fit in a cache."""
    return max(1, min(MANY, ENTRIES // entries))


def shape_of_law(law: Law, seed: int) -> tuple[int, int, int, bool]:
    """``n, d, p`` and whether there is one output; data of unknown shape are drawn once to find it."""
    activation(law.activation)
    p = checks.size("p", law.p)
    n, d, k = law.n, law.d, law.k
    if d is None or law.data not in SYNTHETIC:
        data = law.sample_data(stream(law, seed, 0))
        n, d, k = data.n, data.d, data.k
    return checks.size("n", n), checks.size("d", d), p, k is None


class Path(ABC):
    """A way to run networks. A new one is a class in a module of its own, and an entry in `choice.WAYS`.

    Attributes
    ----------
    name
        The formulas: the value of ``path=``.
    backend
        The implementation.
    unasked
        Whether ``path="auto"`` may take it.
    """

    name: str
    backend: str = "numpy"
    unasked: ClassVar[bool] = True

    @abstractmethod
    def refusal(self, asked: SimulationRequest) -> str:
        """Why this path does not support the request, and what to do instead; empty if it does."""

    @abstractmethod
    def cost(self, asked: SimulationRequest) -> float:
        """The cost of a step of one network, for comparison with other paths."""

    def check(self, asked: SimulationRequest) -> None:
        """Raise an error if the request exceeds the resources of this machine."""
        asked.refuse_too_large(16 * asked.p * (asked.n + asked.d))

    @abstractmethod
    def batch(self, asked: SimulationRequest) -> int:
        """The number of networks to run together."""

    @abstractmethod
    def follow(self, runs: Ensemble, asked: SimulationRequest) -> Trajectories:
        """Run networks that are in memory."""

    def of_problems(self, problems: Sequence[Problem], asked: SimulationRequest) -> Iterator[Trajectories]:
        """Run given problems, a batch at a time."""
        size = self.batch(asked)
        for first in range(0, len(problems), size):
            yield self.held(Ensemble.of(problems[first : first + size]), asked)

    def of_law(self, law: Law, size: int, asked: SimulationRequest) -> Iterator[Trajectories]:
        """Run networks of a law, a batch at a time, drawn when it is needed."""
        batch = self.batch(asked)
        for first in range(0, size, batch):
            drawn = Ensemble.draw(law, min(batch, size - first), seed=asked.seed, first=first)
            yield self.held(drawn, asked)

    def held(self, runs: Ensemble, asked: SimulationRequest) -> Trajectories:
        """`follow` with the requested rule and schedule."""
        runs = replace(runs, rule=asked.rule, schedule=asked.schedule or runs.schedule)
        found = self.follow(runs, asked)
        if found.stiffness is None:
            found = replace(found, stiffness=stiffness(runs.network, runs.X, runs.eta, runs.schedule(0)))
        return found
