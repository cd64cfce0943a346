"""Linear networks of any width by their exact law: an ensemble at the cost of n numbers for each network.

The recursion of `fa_theory.simulation.linear_law`, in the basis in which K is diagonal and with what is linear in
``(v, α, c/p)`` in one matrix: a step is one product of a matrix with a vector, of size n, for each network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array, namespace
from fa_theory.model.law import Law
from fa_theory.model.network import transpose
from fa_theory.model.problem import step_size
from fa_theory.model.schedules import Schedule

from . import arrays as computing
from .arrays import Arrays
from .ensemble import Ensemble, stream
from .linear_law import LinearState, Start, stack
from .path import Path, SimulationRequest, cached
from .quantities import ERROR, QUANTITIES, Quantity, Record, quantities
from .trajectories import Trajectories

PATH = "linear law"
AT_ONCE = 2**8
"""Recorded steps that are evaluated together."""
WORTH_COMPILING = 10**6
"""Steps of single networks that take NumPy seconds."""


def follow(
    runs: Ensemble,
    grid: Sequence[int],
    record: Record,
    arrays: Arrays,
) -> Trajectories:
    """Run given networks of one output and record them at the steps of the grid; no states are stored."""
    return follow_starts(Start.of(runs.network, runs.X), runs.y, runs.eta, runs.schedule, grid, record, arrays)


def follow_drawn(
    law: Law,
    which: Sequence[int],
    grid: Sequence[int],
    record: Record,
    *,
    seed: int,
    schedule: Schedule,
    arrays: Arrays,
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
    return follow_starts(stack(starts), np.stack(targets), eta, schedule, grid, record, arrays)


def follow_starts(
    start: Start,
    y: Array,
    eta: Array,
    schedule: Schedule,
    grid: Sequence[int],
    record: Record,
    arrays: Arrays,
) -> Trajectories:
    """Run networks that are known by their inner products at the start."""
    stiffness = eta * (np.linalg.eigvalsh(start.G)[:, -1] + schedule(0))
    diverged = np.full(len(y), -1)
    found: dict[str, tuple[Quantity, list[Array]]] = {one.name: (one, []) for one in quantities(record)}
    with arrays.ready():
        rotated, U = _diagonal(start)
        targets = (transpose(U) @ y[:, :, None])[:, :, 0]
        for ts, state, e in _recorded(rotated, targets, eta, schedule, grid, arrays):
            lost = ~np.isfinite(e).all(axis=2)  # (r, m)
            diverged = np.where((diverged < 0) & lost.any(axis=0), ts[lost.argmax(axis=0)], diverged)
            for one, column in found.values():
                seen = _observed(one, state, e, U)
                seen[lost] = np.nan
                column.append(seen)
    values = {name: np.swapaxes(np.concatenate(seen), 0, 1) for name, (_, seen) in found.items()}
    return Trajectories(np.array(grid), values, diverged, PATH, arrays.name, stiffness=stiffness)


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
    start: Start, y: Array, eta: Array, schedule: Schedule, grid: Sequence[int], arrays: Arrays
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
    whole = np.zeros((m, 2 * n + 3, 1))  # columns throughout: x and, below it, s
    whole[:, n], whole[:, n + 2] = 1, 1
    keep = np.ones((2, *whole.shape))  # what is left of it after a step without regularisation, and with
    keep[1, :, : n + 2] -= schedule.lam * rate[:, None]
    stops = np.unique([0, *grid, min(schedule.cutoff or 0, grid[-1])])
    gaps = np.diff(stops, append=stops[-1])
    regular = np.array([int(schedule(int(t)) > 0) for t in stops])
    numbers, walk = tuple(map(arrays.array, (M, Lam, keep))), arrays.compiled(_walk, (2, 3))
    now, rows = arrays.array(whole), {PATH: arrays.array(np.zeros((AT_ONCE, *whole.shape)))}
    for some in np.split(np.arange(len(stops)), range(AT_ONCE, len(stops), AT_ONCE)):
        fill = (0, AT_ONCE - len(some))
        ahead = (arrays.array(np.pad(column[some], fill)) for column in (gaps, regular))
        now, rows = walk(arrays, None, now, rows, numbers, *ahead, len(some))
        wanted = some[np.isin(stops[some], grid)]
        seen = np.array(rows[PATH], dtype=float)[wanted - some[0]]
        x, s = seen[:, :, : n + 3], seen[:, :, n + 3 :]
        state = LinearState(start, s[..., 0], x[:, :, :n, 0], p * x[:, :, n + 1, 0] / eta, x[:, :, n, 0])
        yield stops[wanted], state, _move(M, x, Lam * s)[..., 0] / rate


def _move(M: Array, x: Array, leaning: Array) -> Array:
    """``ηe``, with ``leaning = ηKs/p``."""
    h, n = M @ x, leaning.shape[-2]
    move: Array = h[..., :n, :] - h[..., n:, :] * leaning
    return move


def _walk(
    arrays: Arrays,
    task: None,
    whole: Array,
    rows: dict[str, Array],
    numbers: tuple[Array, Array, Array],
    gaps: Array,
    regular: Array,
    count: Any,
) -> tuple[Array, dict[str, Array]]:
    """Record, and take the next of the gaps in steps; count times."""
    M, Lam, keep = numbers
    n = Lam.shape[1]
    zero = 0 * Lam[:, :1]

    def stretch(r: Any, carry: tuple[Array, dict[str, Array]]) -> tuple[Array, dict[str, Array]]:
        whole, rows = carry
        kept, rows = keep[regular[r]], arrays.put(rows, r, {PATH: whole})

        def step(_: Any, whole: Array) -> Array:
            leaning = Lam * whole[:, n + 3 :]
            move = _move(M, whole[:, : n + 3], leaning)
            gain = transpose(leaning) @ move
            moved: Array = kept * whole + namespace(whole).concatenate([move, zero, gain, zero, move], axis=1)
            return moved

        return arrays.loop(0, gaps[r], step, whole), rows

    found: tuple[Array, dict[str, Array]] = arrays.loop(0, count, stretch, (whole, rows))
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
        if self.backend == "numpy" and (asked.dtype != "float64" or asked.device not in (None, "cpu")):
            return "with NumPy the linear law runs on the CPU in float64; choose backend='jax'"
        return computing.missing() if self.backend == "jax" else ""

    def cost(self, asked: SimulationRequest) -> float:
        """Less than anything else: it does not depend on the width. Many steps are worth being compiled."""
        many = asked.size * asked.grid[-1] > WORTH_COMPILING
        return 0.0 if many == (self.backend == "jax") else 0.5

    def check(self, asked: SimulationRequest) -> None:
        """Nothing grows with the width."""

    def batch(self, asked: SimulationRequest) -> int:
        """The number for which the matrices fit in a cache."""
        return cached(asked.n**2)

    def follow(self, runs: Ensemble, asked: SimulationRequest) -> Trajectories:
        """See the function of this name."""
        return follow(runs, asked.grid, asked.record, self._arrays(asked))

    def of_law(self, law: Law, size: int, asked: SimulationRequest) -> Iterator[Trajectories]:
        """The weights are drawn only in distribution."""
        schedule, batch = asked.schedule or Schedule(law.lam, law.cutoff), self.batch(asked)
        for first in range(0, size, batch):
            which = range(first, min(first + batch, size))
            arrays = self._arrays(asked)
            yield follow_drawn(law, which, asked.grid, asked.record, seed=asked.seed, schedule=schedule, arrays=arrays)

    def _arrays(self, asked: SimulationRequest) -> Arrays:
        return computing.arrays(self.backend, asked.device, asked.dtype)
