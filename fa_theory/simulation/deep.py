"""Simulation of problems and laws of any depth, a batch of networks at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TypeVar

import numpy as np

from fa_theory.model.ball import Array
from fa_theory.model.deep import DeepNetwork
from fa_theory.model.deep_problem import DeepLaw, DeepProblem
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule
from fa_theory.seeds import generator

from .arrays import Arrays
from .ensemble import of_one_kind
from .layers import LayersEnsemble, batched, by_products, follow
from .quantities import Quantity
from .trajectories import Trajectories

Deep = TypeVar("Deep", DeepLaw, DeepProblem)

DRAWN = ("activation", "n", "d", "hidden", "data", "k", "scaling", "biases", "test", "target", "image")
"""What the data and the weights of a law depend on: laws that differ in how they learn have the same ones."""
NUMBERS = 2**24
"""Numbers in the weights and layers of a batch of networks, about."""


def learning_by(problem: Deep, rule: Rule | None, schedule: Schedule | None) -> Deep:
    """A problem or law with another rule and schedule."""
    if schedule is not None:
        problem = replace(problem, lam=schedule.lam, cutoff=schedule.cutoff)
    if rule is None:
        return problem
    if isinstance(problem, DeepLaw):
        return replace(problem, rule=rule)
    return replace(problem, learning=replace(problem.learning, rule=rule))


def of_law(
    law: DeepLaw,
    size: int,
    grid: Sequence[int],
    record: Sequence[Quantity],
    states: Collection[int],
    arrays: Arrays,
    seed: int,
) -> Iterator[Trajectories]:
    """Networks of a law; the data and the start of network i depend on the seed, i and what `DRAWN` names."""
    address = ", ".join(f"{name}={value!r}" for name, value in asdict(law).items() if name in DRAWN)
    at_once = _batch(law.sample(generator(seed, "deep", address, 0)))
    for first in range(0, size, at_once):
        drawn = [law.drawn(generator(seed, "deep", address, i)) for i in range(first, min(first + at_once, size))]
        problems = [law.problem(*parts) for parts in drawn]
        runs = replace(ensemble(problems, seed, first), batches=law.batches)
        if law.order == "online":
            runs = replace(runs, stream=partial(_stream, law, [parts[0] for parts in drawn]))
        yield follow(runs, grid, record, states, arrays, products=by_products(runs, record))


def _stream(
    law: DeepLaw, teachers: Sequence[DeepNetwork | None], i: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """New samples for network i of a batch."""
    return law.samples(rng, law.batch or law.n, teachers[i])


def of_problems(
    problems: Sequence[DeepProblem],
    grid: Sequence[int],
    record: Sequence[Quantity],
    states: Collection[int],
    arrays: Arrays,
    seed: int,
) -> Iterator[Trajectories]:
    """Given problems of one kind."""
    size = _batch(problems[0])
    for first in range(0, len(problems), size):
        runs = ensemble(problems[first : first + size], seed, first)
        yield follow(runs, grid, record, states, arrays, products=by_products(runs, record))


def ensemble(problems: Sequence[DeepProblem], seed: int, first: int) -> LayersEnsemble:
    """Problems as an ensemble, the first of which has the number ``first``.

    Raises
    ------
    InputError
        If they differ in shapes, activation, scaling, rule, batches or cutoff.
    """
    one = problems[0]
    of_one_kind(
        problems,
        lambda each: {
            "X.shape": each.X.shape,
            "learning": each.learning,
            "batches": each.batches,
            "cutoff": each.cutoff,
            "a test": each.test is not None,
        },
        first,
    )
    tests = [each.test for each in problems if each.test is not None]
    return LayersEnsemble(
        np.stack([each.X for each in problems]),
        np.stack([each.y for each in problems]),
        batched([each.network for each in problems]),
        np.array([each.eta for each in problems], dtype=float),
        np.array([each.lams for each in problems]),
        one.cutoff,
        one.learning,
        one.batches,
        (np.stack([X for X, _ in tests]), np.stack([y for _, y in tests])) if tests else None,
        seed,
        first,
    )


def _batch(one: DeepProblem) -> int:
    """How many networks run together."""
    numbers = sum(W.size for W in one.network.weights.W) + len(one.X) * sum(one.network.widths)
    return max(1, NUMBERS // (4 * numbers))
