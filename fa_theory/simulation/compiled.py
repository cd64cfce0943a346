"""The compiled path: any rule, activation and number of outputs, through loops that numba compiles.

The formulas are those of `weight_space` rearranged, see `kernel`: pre-activations are tracked through ``K = XXᵀ`` where
that is less work than through the weights (``n < 2d``). An ensemble runs one network per thread, with all its steps;
a few wide networks run one after the other, each on all threads.

numba is an optional dependency, ``pip install 'fa-theory[fast]'``; call `available` first. The first call compiles for
some seconds and stores the result on disk: next to the module, in the user's cache folder if that is not writable, or
in ``NUMBA_CACHE_DIR``; each later process loads it within a second.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from multiprocessing import parent_process
from threading import Event
from types import ModuleType
from typing import Any, assert_never

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation, activation
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule, Signs

from .announcement import announced
from .ensemble import Ensemble
from .path import HELD, Path, SimulationRequest
from .quantities import ERROR, Quantity, Record, quantities
from .trajectories import Trajectories

WIDE = 100_000
"""Size of Z from which all threads work on one network; below it, synchronisation at every step costs more."""


@cache
def available() -> bool:
    """Whether numba is installed and works with this NumPy."""
    try:
        import numba  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def missing() -> str:
    """Why nothing can be compiled; empty if it can."""
    if available():
        return ""
    return "backend='numba' needs numba, which is not installed: pip install 'fa-theory[fast]'"


def unable(psi: Activation, rule: Rule) -> str:
    """Why there are no compiled loops for this activation and rule; empty if there are."""
    if psi.loop is None:
        return f"there are no compiled loops for the activation {psi.name}; choose backend='auto' or 'numpy'"
    if rule.learnt is not None:
        return f"the compiled loops need constant b, not the rule {rule.value}; choose backend='auto' or 'numpy'"
    return ""


def supports(runs: Ensemble, record: Record, states: Collection[int]) -> bool:
    """Whether `follow` can run this ensemble and record these quantities; does not require numba."""
    floats = all(A.dtype == np.float64 for A in (runs.X, runs.y, runs.network.W, runs.network.beta, runs.network.b))
    told = all(one.of_error is not None or one.of_sums is not None for one in quantities(record))
    return floats and told and not unable(runs.network.psi, runs.rule)


def follow(runs: Ensemble, grid: Sequence[int], record: Record, states: Collection[int]) -> Trajectories:
    """Run an ensemble and record it at the steps of the grid.

    The bits depend on the processor and on the version of numba; not on the number of threads (``NUMBA_NUM_THREADS``,
    one in a worker process), nor on what else is in the ensemble.

    Examples
    --------
    >>> from fa_theory.model.law import Law
    >>> runs = Ensemble.draw(Law("tanh", 4, 8, 60), 3, seed=0)
    >>> found = follow(runs, [0, 50], ["loss"], [])
    >>> found["loss"].shape, found.path, found.backend
    ((3, 2), 'sample space', 'numba')
    """
    columns, threads = quantities(record), _threads()
    if reason := unable(runs.network.psi, runs.rule):
        raise InputError(reason)
    wide = len(runs) < threads and runs.X.shape[1] * runs.network.p >= WIDE
    kernel = _kernel()
    n, d = runs.X.shape[1:]
    sample_space = n < 2 * d
    steps = max([*grid, *states])
    row = np.full(steps + 1, -1)
    row[list(grid)] = range(len(grid))
    task = kernel.KernelTask(
        runs.network.psi.loop,
        isinstance(runs.rule.sent, Signs),
        sample_space,
        bool(states) or any(one.moved_weights for one in columns),
        runs.network.p,
        0.0,
        np.array([runs.schedule(t) for t in range(steps + 1)]),
        row,
    )
    # a kernel cannot be interrupted: it runs for half a second or so at a time
    stop, stride = Event(), 1 + int(5e8 / (n * task.p * (2 + min(n, 2 * d) / 25)))
    pauses = sorted({*states, steps, *range(stride, steps, stride)})
    values = {one: np.empty((len(runs), len(grid), *(runs.y.shape[1:] if one is ERROR else ()))) for one in columns}
    lost = np.empty((len(runs), len(grid)), dtype=bool)
    kept = {t: replace(runs.network, W=runs.network.W.copy(), beta=runs.network.beta.copy()) for t in states}

    def follow_one(i: int) -> None:
        """Everything about network i, written where it belongs."""
        state = _state(kernel, runs, i, task, threads if wide else 1)
        errors, sums = np.zeros((len(grid), *state.y.shape)), np.zeros((len(grid), kernel.SUMS))
        first = 0
        for last in pauses:
            if stop.is_set():
                return
            arguments = task._replace(eta=float(runs.eta[i])), state, errors, sums
            if wide:
                _shared_out(kernel, pool, first, last, *arguments)
            else:
                kernel.in_turn(first, last, *arguments)
            first = last + 1
            if last in kept:
                kernel.weights(task, state, kept[last].W[i])
                kept[last].beta[i] = _joined(state.beta, task.p).reshape(kept[last].beta[i].shape)
        lost[i] = ~np.isfinite(errors).all(axis=(1, 2))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for one, column in values.items():
                column[i] = _observed(one, errors, sums, runs.network.b[i]).reshape(column[i].shape)
                column[i, lost[i]] = np.nan

    with ThreadPoolExecutor(threads) as pool:
        try:
            list((map if wide else pool.map)(follow_one, range(len(runs))))
        except BaseException:
            stop.set()
            raise
    diverged = np.where(lost.any(axis=1), np.array(grid)[lost.argmax(axis=1)], -1)
    path = "sample space" if sample_space else "weight space"
    found = {one.name: column for one, column in values.items()}
    return Trajectories(np.array(grid), found, diverged, path, "numba", kept)


def _shared_out(
    kernel: ModuleType,
    pool: ThreadPoolExecutor,
    first: int,
    last: int,
    task: Any,
    state: Any,
    errors: Array,
    sums: Array,
) -> None:
    """`kernel.in_turn` for one network on all threads, each with its share of the chunks."""
    size = -(-len(state.Z) // len(state.room))
    pieces = [(j * size, min((j + 1) * size, len(state.Z)), room) for j, room in enumerate(state.room)]
    for t in range(first, last + 1):
        waiting = [pool.submit(kernel.advance, start, end, t, task, state, room) for start, end, room in pieces]
        for each in waiting:
            each.result()
        kernel.settle(t, task, state, errors, sums)


def _observed(one: Quantity, errors: Array, sums: Array, b: Array) -> Array:
    """A recorded quantity of one network, from the sums of the kernel."""
    if one.of_error is not None:
        return np.asarray(one.of_error(errors))
    if one.of_sums is None:
        raise InputError(f"the compiled loops cannot record {one.name}")
    return np.asarray(one.of_sums(sums, b))


def _state(kernel: ModuleType, runs: Ensemble, i: int, task: Any, pieces: int = 1) -> Any:
    """Network i at its start in the format of the kernel, for steps that are split into pieces."""
    X, W = _padded(runs.X[i]), runs.network.W[i]
    y, beta, b = (A[i].reshape(len(A[i]), -1) for A in (runs.y, runs.network.beta, runs.network.b))
    Xt, y = _padded(X.T), np.array(y, order="C")
    # einsum and not a BLAS, whose bits depend on its threads
    L = np.einsum("id,jd->ij", X, X) if task.sample_space else X
    size, chunks = kernel.CHUNK, -(-len(W) // kernel.CHUNK)
    Z, A = (np.zeros((chunks, len(X), size)) for _ in range(2))
    V = np.zeros((chunks if task.with_weights else 0, L.shape[1], size))
    kernel.project(X, np.require(W, requirements=["C", "W"]), Z)
    beta, b = _chunks(beta, size), _chunks(b, size)
    match runs.rule.sent:
        case "b":
            sizes, back = b, b
        case "beta":
            sizes, back = b, beta
        case Signs(magnitude):
            sizes = magnitude(b)
            back = sizes * np.sign(beta)
        case _ as unknown:
            assert_never(unknown)
    room = np.zeros((min(pieces, chunks), 3, max(len(X), L.shape[1]), size))
    parts, seen = np.zeros((chunks, *y.shape)), np.zeros((chunks, kernel.SUMS))
    error = np.zeros((len(X), y.shape[1]))
    return kernel.KernelState(L, Xt, Z, A, V, beta, b, sizes, back, beta.copy(), y, error, room, parts, seen)


def _padded(A: Array) -> Array:
    """A with zeros to numbers of rows and columns that are multiples of 4."""
    m, n = A.shape
    padded = np.zeros((m + -m % 4, n + -n % 4))
    padded[:m, :n] = A
    return padded


def _chunks(A: Array, size: int) -> Array:
    """``(p, k)`` as ``(chunks, k, size)``, the last chunk filled up with zeros."""
    padded = np.zeros((len(A) + -len(A) % size, A.shape[1]))
    padded[: len(A)] = A
    return np.ascontiguousarray(padded.reshape(-1, size, A.shape[1]).transpose(0, 2, 1))


def _joined(A: Array, p: int) -> Array:
    """Undo `_chunks`."""
    rows: Array = A.transpose(0, 2, 1).reshape(-1, A.shape[1])[:p]
    return rows


def _threads() -> int:
    """The number of threads of numba, but one in a worker process."""
    import numba

    return 1 if parent_process() is not None else int(vars(numba.config)["NUMBA_NUM_THREADS"])


@cache
def _kernel() -> ModuleType:
    """The kernel with everything compiled that a run needs."""
    with announced():
        from . import kernel

        one = Network(np.ones((1, 1)), np.ones(1), np.ones(1), activation("linear"))
        runs = Ensemble.of([Problem(np.ones((1, 1)), np.ones(1), one, 1.0)])
        task = kernel.KernelTask(0, False, True, True, 1, 1.0, np.zeros(1), np.zeros(1, dtype=int))
        state = _state(kernel, runs, 0, task)
        kernel.in_turn(0, 0, task, state, np.zeros((1, 1, 1)), np.zeros((1, kernel.SUMS)))
        kernel.weights(task, state, np.zeros((1, 1)))
    return kernel


class Compiled(Path):
    """Weight space or sample space, whichever costs less, with the rules and activations that have loops."""

    backend = "numba"

    def __init__(self, name: str) -> None:
        self.name = name

    def refusal(self, asked: SimulationRequest) -> str:
        """Requests without a compiled form."""
        if asked.unheld and asked.samples_cheaper:
            return (
                f"there is no compiled form of the path sample space at width {asked.p}, where W is never held; "
                "choose backend='auto' or 'numpy'"
            )
        if (self.name == "sample space") != asked.samples_cheaper:
            return (
                f"there is no compiled form of the path {self.name} for n = {asked.n}, d = {asked.d}; "
                "choose backend='auto' or 'numpy'"
            )
        if untold := next((one.name for one in asked.record if one.of_error is None and one.of_sums is None), ""):
            return f"the compiled loops cannot record {untold}; choose backend='auto' or 'numpy'"
        return unable(asked.psi, asked.rule) or missing()

    def cost(self, asked: SimulationRequest) -> float:
        """Less than in NumPy."""
        return 1.0

    def batch(self, asked: SimulationRequest) -> int:
        """The number for which W and Z need at most `HELD` bytes."""
        return max(1, HELD // (8 * asked.p * (asked.n + asked.d)))

    def follow(self, runs: Ensemble, asked: SimulationRequest) -> Trajectories:
        """See the function of this name."""
        return follow(runs, asked.grid, asked.record, asked.states)
