"""Linear networks of any width by their exact law: an ensemble at the cost of n numbers for each network.

The recursion of `fa_theory.simulation.linear_law`, in the basis in which K is diagonal and with what is linear in
``(v, α, c/p)`` in one matrix: a step is one product of a matrix with a vector, of size n, for each network.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.law import Law
from fa_theory.model.network import transpose
from fa_theory.model.problem import step_size
from fa_theory.model.schedules import Schedule

from . import compiled
from .announcement import announced
from .ensemble import Ensemble, stream
from .linear_law import LinearState, Start, stack
from .path import Path, SimulationRequest, cached
from .quantities import ERROR, QUANTITIES, Quantity, Record, quantities
from .trajectories import Trajectories

PATH = "linear law"
AT_ONCE = 2**8
"""Recorded steps that are evaluated together."""

Advance = Callable[..., None]
"""`_advance`, or the same compiled."""


def follow(
    runs: Ensemble,
    grid: Sequence[int],
    record: Record,
    states: Collection[int] = (),
    *,
    backend: str = "numpy",
) -> Trajectories:
    """Run given networks of one output and record them at the steps of the grid; no states are stored."""
    return _follow(Start.of(runs.network, runs.X), runs.y, runs.eta, runs.schedule, grid, record, backend)


def follow_drawn(
    law: Law,
    which: Sequence[int],
    grid: Sequence[int],
    record: Record,
    *,
    seed: int,
    schedule: Schedule,
    backend: str = "numpy",
) -> Trajectories:
    """Run networks of a law by drawing their inner products, but not their weights."""
    starts, targets = [], []
    for i in which:
        rng = stream(law, seed, i)
        data = replace(law, data="gaussian" if law.data == "teacher" else law.data).sample_data(rng)
        # a teacher is an independent network of the same law
        targets.append(Start.sample(data.X, law.p, rng).f if law.data == "teacher" else data.y)
        starts.append(Start.sample(data.X, law.p, rng))
    eta = np.full(len(which), step_size(law.eta))
    return _follow(stack(starts), np.stack(targets), eta, schedule, grid, record, backend)


def _follow(
    start: Start,
    y: Array,
    eta: Array,
    schedule: Schedule,
    grid: Sequence[int],
    record: Record,
    backend: str,
) -> Trajectories:
    stiffness = eta * (np.linalg.eigvalsh(start.G)[:, -1] + schedule(0))
    diverged = np.full(len(y), -1)
    found: dict[str, tuple[Quantity, list[Array]]] = {one.name: (one, []) for one in quantities(record)}
    with np.errstate(over="ignore", invalid="ignore"):
        rotated, U = _diagonal(start)
        targets, advance = (transpose(U) @ y[:, :, None])[:, :, 0], _compiled() if backend == "numba" else _advance
        for ts, state, e in _recorded(rotated, targets, eta, schedule, grid, advance):
            lost = ~np.isfinite(e).all(axis=2)  # (r, m)
            diverged = np.where((diverged < 0) & lost.any(axis=0), ts[lost.argmax(axis=0)], diverged)
            for one, column in found.values():
                seen = _observed(one, state, e, U)
                seen[lost] = np.nan
                column.append(seen)
    values = {name: np.swapaxes(np.concatenate(seen), 0, 1) for name, (_, seen) in found.items()}
    return Trajectories(np.array(grid), values, diverged, PATH, backend, stiffness=stiffness)


def _observed(one: Quantity, state: LinearState, e: Array, U: Array) -> Array:
    """A quantity at r steps of m networks, ``(r, m, ...)``, from errors in the basis U."""
    if one.of_error is not None:
        found = np.array(one.of_error(e[..., None] if one.rotates else U @ e[..., None]))
        return found[..., 0] if one is ERROR else found
    if one.of_law is None:
        raise InputError(f"inner products of the weights do not determine {one.name}")
    return np.array(one.of_law(state))


def _diagonal(start: Start) -> tuple[Start, Array]:
    """The same networks with samples ``UᵀX``, for which K is diagonal, and U."""
    Lam, U = np.linalg.eigh(start.K)
    f, q = ((transpose(U) @ x[:, :, None])[:, :, 0] for x in (start.f, start.q))
    K = Lam[:, :, None] * np.eye(Lam.shape[1])
    return replace(start, K=K, G=transpose(U) @ start.G @ U, f=f, q=q), U


def _recorded(
    start: Start, y: Array, eta: Array, schedule: Schedule, grid: Sequence[int], advance: Advance
) -> Iterator[tuple[Array, LinearState, Array]]:
    """Some recorded steps at a time: which, the states ``(r, m, ...)`` and the errors ``(r, m, n)``."""
    m, n = y.shape
    p, rate = start.p, eta[:, None]
    # for x = (v, α, ηc/p, 1) the step is (M x)[:n] − (M x)[n] ηKs/p = ηe, with (M x)[n] = b·β
    M = np.zeros((m, n + 1, n + 3))
    M[:, :n, :n], M[:, :n, n] = -rate[:, None] * start.G, rate * start.f
    M[:, :n, n + 1], M[:, :n, n + 2] = start.q, -rate * y
    M[:, n, :n], M[:, n, n], M[:, n, n + 1] = -start.q, np.sqrt(p) * start.r, p * start.B / eta
    Lam = rate[:, None] * np.diagonal(start.K, axis1=1, axis2=2)[:, :, None] / p
    both = np.zeros((2, m, n + 3, 1))  # columns throughout: x and, below it, s
    both[0, :, n], both[0, :, n + 2] = 1, 1
    keep = 1 - np.array([schedule(t) for t in range(grid[-1] + 1)])[:, None] * eta
    first = 0
    for at in range(0, len(grid), AT_ONCE):
        ts = np.array(grid[at : at + AT_ONCE])
        states, moves = np.empty((len(ts), *both.shape)), np.empty((len(ts), m, n, 1))
        row = np.full(ts[-1] + 1, -1)
        row[ts] = range(len(ts))
        advance(first, int(ts[-1]), M, Lam, keep, row, both, states, moves)
        first = int(ts[-1]) + 1
        x, s = states[:, 0, :, :, 0], states[:, 1, :, :n, 0]
        state = LinearState(start, s, x[:, :, :n], p * x[:, :, n + 1] / eta, x[:, :, n])
        yield ts, state, moves[..., 0] / rate


def _advance(
    first: int,
    last: int,
    M: Array,
    Lam: Array,
    keep: Array,
    row: Array,
    both: Array,
    states: Array,
    moves: Array,
) -> None:
    """Steps ``first, …, last`` of every network, those with ``row[t] ≥ 0`` recorded there."""
    m, n = Lam.shape[:2]
    # x and s move by (ηe, 0, gain)
    move, h, w = np.zeros((m, n + 2, 1)), np.empty((m, n + 1, 1)), np.empty((m, n, 1))
    x, s, moving, decaying = both[0], both[1, :, :n], both[:, :, : n + 2], both[0, :, : n + 2]
    affine, size, w_row, ahead, gain = h[:, :n], h[:, n:], transpose(w), move[:, :n], move[:, n + 1 :]
    decays = (keep != 1).any(axis=1)
    for t in range(first, last + 1):
        np.matmul(M, x, out=h)
        np.multiply(Lam, s, out=w)
        np.multiply(size, w, out=ahead)
        np.subtract(affine, ahead, out=ahead)
        if row[t] >= 0:
            states[row[t]], moves[row[t]] = both, ahead
        if decays[t]:
            decaying *= keep[t, :, None, None]
        np.matmul(w_row, ahead, out=gain)
        moving += move


@cache
def _compiled() -> Advance:
    """`_advance`, compiled."""
    with announced():
        from .linear_kernel import advance

        one = np.ones((1, 1, 1))
        advance(0, 0, np.ones((1, 2, 4)), one, np.ones((1, 1)), np.zeros(1, dtype=int), np.ones((2, 1, 4, 1)),
                np.ones((1, 2, 1, 4, 1)), np.ones((1, 1, 1, 1)))  # fmt: skip
    found: Advance = advance
    return found


class LinearLaw(Path):
    """Linear networks of one output under feedback alignment; no states, only functions of inner products."""

    name = PATH

    def __init__(self, backend: str) -> None:
        self.backend = backend

    def refusal(self, asked: SimulationRequest) -> str:
        """Requests that the law does not cover."""
        if not (asked.psi.name == "linear" and asked.single_output and asked.rule.constant):
            return "the linear law is for linear networks with one output under feedback alignment; choose path='auto'"
        if beyond := asked.lacking("of_law"):
            told = [name for name, one in QUANTITIES.items() if one.of_error or one.of_law]
            return (
                f"the linear law has only inner products of the weights, which do not determine {beyond}; choose "
                f"path='sample space' or 'weight space', or record only {', '.join(told)}"
            )
        return compiled.missing() if self.backend == "numba" else ""

    def cost(self, asked: SimulationRequest) -> float:
        """Less than anything else: it does not depend on the width."""
        return 0.0 if self.backend == "numba" else 0.5

    def check(self, asked: SimulationRequest) -> None:
        """Nothing grows with the width."""

    def batch(self, asked: SimulationRequest) -> int:
        """The number for which the matrices fit in a cache."""
        return cached(asked.n**2)

    def follow(self, runs: Ensemble, asked: SimulationRequest) -> Trajectories:
        """See the function of this name."""
        return follow(runs, asked.grid, asked.record, backend=self.backend)

    def of_law(self, law: Law, size: int, asked: SimulationRequest) -> Iterator[Trajectories]:
        """The weights are drawn only in distribution."""
        schedule, batch = asked.schedule or Schedule(law.lam, law.cutoff), self.batch(asked)
        for first in range(0, size, batch):
            which = range(first, min(first + batch, size))
            yield follow_drawn(
                law, which, asked.grid, asked.record, seed=asked.seed, schedule=schedule, backend=self.backend
            )
