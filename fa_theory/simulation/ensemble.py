"""An ensemble: networks of one shape, each with its own data, simulated together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.law import Law
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule
from fa_theory.seeds import generator

from .stepping import SteppingTask


@dataclass(frozen=True, eq=False)
class Ensemble:
    """m networks and their data.

    Attributes
    ----------
    X, y
        Inputs ``(m, n, d)`` and targets ``(m, n)`` or ``(m, n, k)``.
    network
        The states at step 0, a batch with the leading axis m.
    eta
        Step size of each network, ``(m,)``.
    schedule, rule
        Common to all.
    """

    X: Array
    y: Array
    network: Network
    eta: Array
    schedule: Schedule
    rule: Rule

    def __len__(self) -> int:
        return len(self.X)

    @property
    def task(self) -> SteppingTask:
        """All but the first layers."""
        net = self.network
        return SteppingTask(self.X, self.y, net.beta, net.b, net.psi, self.eta, self.schedule, self.rule)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Ensemble:
        """Given problems as an ensemble.

        Raises
        ------
        InputError
            If there are none, or they differ in shape, activation, schedule or rule.
        """
        alike(problems)
        first = problems[0]
        networks = [problem.network for problem in problems]
        W, beta, b = (_stacked([getattr(net, name) for net in networks]) for name in ("W", "beta", "b"))
        return cls(
            _stacked([problem.X for problem in problems]),
            _stacked([problem.y for problem in problems]),
            Network(W, beta, b, first.network.psi),
            np.array([problem.eta for problem in problems]),
            first.schedule,
            first.rule,
        )

    @classmethod
    def draw(cls, law: Law, size: int, *, seed: int, first: int = 0) -> Ensemble:
        """Draw networks ``first, …, first + size − 1`` of a law; network i depends only on the law, the seed and i.

        Examples
        --------
        >>> law = Law("tanh", 3, 5, 20)
        >>> few, many = (Ensemble.draw(law, m, seed=1) for m in (2, 3))
        >>> bool(np.all(few.network.W == many.network.W[:2]))
        True
        """
        if size < 1:
            raise InputError(f"expected an ensemble of at least 1 network but got {size!r}")
        return cls.of([law.sample(stream(law, seed, i)) for i in range(first, first + size)])


def alike(problems: Sequence[Problem]) -> None:
    """Reject problems that are not an ensemble, see `Ensemble.of`."""
    if not problems:
        raise InputError("an ensemble needs at least one problem but got none")
    of_one_kind(
        problems,
        lambda one: {
            "X.shape": one.X.shape,
            "y.shape": one.y.shape,
            "p": one.p,
            "activation": one.network.psi.name,
            "schedule": one.schedule,
            "rule": one.rule,
        },
    )


def of_one_kind(problems: Sequence[Any], kind: Callable[[Any], Mapping[str, Any]], number: int = 0) -> None:
    """Reject problems that differ in what their kind consists of, the first of which has this number.

    Raises
    ------
    InputError
        If they do; the message names the first difference.
    """
    first = kind(problems[0])
    for i, other in enumerate(map(kind, problems), number):
        for name, theirs in other.items():
            if (ours := first[name]) != theirs:
                raise InputError(
                    f"the problems of an ensemble must be of one kind, but problem {i} has {name} = {theirs!r} and "
                    f"problem {number} has {ours!r}; simulate them separately"
                )


def stream(law: Law, seed: int, i: int) -> np.random.Generator:
    """The generator of network i of a law."""
    return generator(seed, "ensemble", str(law), i)


def _stacked(arrays: Sequence[Array]) -> Array:
    return np.stack(arrays).astype(float, copy=False)
