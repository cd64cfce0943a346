"""Simulation of networks of any depth, under any rule: one formulation, run by NumPy or by JAX."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array, namespace
from fa_theory.model.batches import Batches
from fa_theory.model.convolution import Convolution
from fa_theory.model.deep import (
    DeepNetwork,
    DeepWeights,
    Inputs,
    Learning,
    Products,
    WeightScaling,
    advance,
    together,
)
from fa_theory.model.network import transpose
from fa_theory.seeds import generator

from .arrays import Arrays
from .moment import Moment
from .quantities import DeepState, Quantity, recorded
from .trajectories import Trajectories

ROWS = 64
"""Recorded steps in a block, which runs without a look from outside."""
WORK = 2e9
"""Multiplications in a block, about: what a block may take until it can be interrupted."""
FEED = 2**22
"""Numbers that are drawn ahead for the steps of a block."""
HELD = 2**25
"""Numbers in the layers of the networks of a batch on the way forward."""
NEVER = 2**31 - 1


@dataclass(frozen=True)
class LayersTask:
    """What a compiled function depends on.

    Attributes
    ----------
    psi, scaling, ties, learning
        As in `fa_theory.model.deep`.
    record
        The quantities that are told in formulas.
    """

    psi: Activation
    scaling: WeightScaling
    ties: tuple[Convolution | None, ...]
    learning: Learning
    record: tuple[Quantity, ...]


class Runs(NamedTuple):
    """The numbers of m runs that stay as they are.

    Attributes
    ----------
    X
        Inputs ``(m, n, d)``, or their `Products`.
    y
        Targets ``(m, n, k)``.
    eta
        ``(m, 1, 1)``.
    lam
        ``λ_l`` of each layer, each ``(m, 1, 1)``.
    cutoff
        The step from which they are 0.
    start
        ``W_1, …, W_L`` at step 0; none where nothing asks for them.
    test
        Samples of a test, or None.
    """

    X: Inputs
    y: Array
    eta: Array
    lam: tuple[Array, ...]
    cutoff: int
    start: tuple[Array, ...] = ()
    test: tuple[Array, Array] | None = None


class Feed(NamedTuple):
    """What the steps of a block take in, the first axis being steps; empty: all samples at every step, and no draws.

    Attributes
    ----------
    rows
        Rows of the samples of a step, ``(s, m, size)``.
    X, y
        New samples, ``(s, m, size, d)`` and ``(s, m, size, k)``.
    draws
        What the rule draws, for layers 2 to L, each ``(s, m, …)``.
    """

    rows: Array | None = None
    X: Array | None = None
    y: Array | None = None
    draws: tuple[Array, ...] = ()


def _network(task: LayersTask, weights: DeepWeights) -> DeepNetwork:
    return DeepNetwork(weights, task.psi, task.scaling, task.ties)


def _step(
    task: LayersTask, runs: Runs, feed: Feed, j: Any, t: Any, weights: DeepWeights, seen: Any = None
) -> DeepWeights:
    """Step t, the j-th of its block; ``seen`` is what all inputs do on their way, if it is known."""
    X, y = runs.X, runs.y
    if feed.rows is not None:
        which = feed.rows[j][..., None]
        X, y = (namespace(A).take_along_axis(A, which, axis=1) for A in (runs.X, runs.y))
    if feed.X is not None and feed.y is not None:
        X, y = feed.X[j], feed.y[j]
    keep = [1 - runs.eta * lam * (t < runs.cutoff) for lam in runs.lam]
    draws = [drawn[j] for drawn in feed.draws]
    network = _network(task, weights)
    return advance(network, X, y, eta=runs.eta, keep=keep, learning=task.learning, draws=draws, seen=seen)[0].weights


def _moment(task: LayersTask, runs: Runs, weights: DeepWeights) -> Moment:
    network = _network(task, weights)
    return Moment(network, runs.X, runs.y, runs.start, task.learning, network.forward(runs.X), runs.test)


def _row(task: LayersTask, now: Moment) -> dict[str, Array]:
    found = {one.name: _told(one, now) for one in task.record}
    return found | {"": abs(now.e).max(axis=(-2, -1))}


def _told(one: Quantity, now: Moment) -> Array:
    if one.of_layers is not None:
        return one.of_layers(now)
    assert one.of_error is not None
    return one.of_error(now.e)


def block(
    arrays: Arrays,
    task: LayersTask,
    weights: DeepWeights,
    rows: dict[str, Array],
    runs: Runs,
    feed: Feed,
    first: Any,
    ahead: Any,
    every: Any,
    count: Any,
    tail: Any,
) -> tuple[DeepWeights, dict[str, Array]]:
    """Take ``ahead`` steps from ``first``; then count times record one and take ``every``, the last time ``tail``."""
    whole = feed.rows is None and feed.X is None

    def plain(j: Any, weights: DeepWeights) -> DeepWeights:
        return _step(task, runs, feed, j, first + j, weights)

    def stretch(r: Any, carry: tuple[DeepWeights, dict[str, Array]]) -> tuple[DeepWeights, dict[str, Array]]:
        weights, rows = carry
        now, j = _moment(task, runs, weights), ahead + r * every
        rows = arrays.put(rows, r, _row(task, now))
        steps = arrays.where(r < count - 1, every, tail)
        seen = now.seen if whole else None
        weights = arrays.when(steps > 0, lambda W: _step(task, runs, feed, j, first + j, W, seen), weights)
        return arrays.loop(j + 1, j + steps, plain, weights), rows

    weights = arrays.loop(0, ahead, plain, weights)
    found: tuple[DeepWeights, dict[str, Array]] = arrays.loop(0, count, stretch, (weights, rows))
    return found


@dataclass(frozen=True, eq=False)
class LayersEnsemble:
    """m networks of one shape with data of their own.

    Attributes
    ----------
    X, y
        Inputs ``(m, n, d)``, targets ``(m, n, k)``.
    network
        The networks at step 0, a batch.
    eta
        Step sizes, ``(m,)``.
    lam
        ``λ_1, …, λ_L`` of each, ``(m, L)``.
    cutoff
        The step at which regularisation is switched off; None: never.
    learning, batches
        As in `fa_theory.model.deep_problem.DeepProblem`, common to all.
    test
        Samples of a test, or None.
    seed, first
        The seed, and the number of the first network: addresses of what is drawn at every step.
    stream
        From a network and a generator to new inputs and targets, for the order ``"online"``.
    """

    X: Array
    y: Array
    network: DeepNetwork
    eta: Array
    lam: Array
    cutoff: int | None
    learning: Learning
    batches: Batches | None = None
    test: tuple[Array, Array] | None = None
    seed: int = 0
    first: int = 0
    stream: Callable[[int, np.random.Generator], tuple[Array, Array]] | None = None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def work(self) -> float:
        """Multiplications of a step of all networks, about."""
        size = self.X.shape[1] if self.batches is None else self.batches.size
        return 6.0 * size * sum(W.size for W in self.network.weights.W)


class _Feeding:
    """Draws ahead, a block at a time, from streams of their own: what a step takes in depends on no block."""

    def __init__(self, runs: LayersEnsemble, arrays: Arrays) -> None:
        self.runs, self.arrays = runs, arrays
        self.next = 0
        rule = runs.learning.rule
        shapes = [W.shape[-2:] for W in runs.network.weights.W[1:]]
        self.shapes = [rule.draws(shape) for shape in shapes] if rule.draws else []
        numbers = range(runs.first, runs.first + len(runs))
        self.drawing = [
            [generator(runs.seed, "draws", i, layer) for i in numbers] for layer, _ in enumerate(self.shapes)
        ]
        self.streaming = [generator(runs.seed, "samples", i) for i in numbers] if runs.stream else []

    @property
    def longest(self) -> int:
        """Steps for which so much is drawn ahead that it fits."""
        runs, size = self.runs, self.runs.batches.size if self.runs.batches else 0
        numbers = sum(a * b for a, b in self.shapes) + size * (runs.X.shape[-1] + 1 if runs.stream else 1)
        return max(1, FEED // max(1, numbers * len(runs)))

    def take(self, steps: int) -> Feed:
        """For the next steps."""
        runs, batches = self.runs, self.runs.batches
        first, self.next = self.next, self.next + steps
        draws = tuple(
            self._sent(np.stack([rng.standard_normal((steps, *shape)) for rng in each], axis=1))
            for shape, each in zip(self.shapes, self.drawing, strict=True)
        )
        if batches is None:
            return Feed(draws=draws)
        if runs.stream is not None:
            shape = steps, len(runs), batches.size
            X, y = np.empty((*shape, runs.X.shape[-1])), np.empty((*shape, runs.y.shape[-1]))
            for t in range(steps):
                for i, rng in enumerate(self.streaming):
                    X[t, i], y[t, i] = runs.stream(i, rng)
            return Feed(None, self._sent(X), self._sent(y), draws)
        n, numbers = runs.X.shape[1], range(runs.first, runs.first + len(runs))
        rows = [batches.rows(n, seed=runs.seed, network=i, first=first, steps=steps) for i in numbers]
        return Feed(self._sent(np.stack(rows, axis=1)), draws=draws)

    def _sent(self, A: Array) -> Array:
        """For the steps of a block, filled up to one of few lengths where each would be compiled anew."""
        if self.arrays.compiles:
            length = next(length for length in (64, 1024, 2**14, max(2**18, len(A))) if length >= len(A))
            A = np.concatenate([A, np.zeros((length - len(A), *A.shape[1:]), A.dtype)])
        return self.arrays.array(A)


def by_products(runs: LayersEnsemble, record: Sequence[Quantity]) -> bool:
    """Whether the inputs need to be known by their products alone, and that is less work."""
    net = runs.network
    whole = runs.learning.rows or runs.batches or runs.test or net.ties or net.weights.V or runs.lam[:, 0].any()
    return not whole and not any(one.moved_weights for one in record) and runs.X.shape[1] < 2 * runs.X.shape[2]


def follow(
    runs: LayersEnsemble,
    grid: Sequence[int],
    record: Sequence[Quantity],
    states: Collection[int],
    arrays: Arrays,
    *,
    products: bool,
) -> Trajectories:
    """Run an ensemble and record it at the steps of the grid.

    Parameters
    ----------
    runs, grid, record, states
        The networks, the steps and what to record at them, and the steps whose whole states are kept.
    arrays
        What runs the formulas.
    products
        Whether the inputs are known by their products alone, see `by_products`.

    Raises
    ------
    InputError
        If a quantity is not told of networks of any depth, or asks for a test that there is none of.
    """
    for one in record:
        if one.of_error is None and one.of_layers is None and one.of_state is None:
            raise InputError(f"networks of any depth do not tell {one.name}")
        if one.test and runs.test is None:
            raise InputError(f"{one.name} needs samples of a test, and there are none")
    with arrays.ready():
        following = _Following(runs, grid, record, states, arrays, products)
        following.run(sorted(states))
        return following.trajectories()


class _Following:
    """Networks on their way, and what was recorded so far."""

    def __init__(
        self,
        runs: LayersEnsemble,
        grid: Sequence[int],
        record: Sequence[Quantity],
        states: Collection[int],
        arrays: Arrays,
        products: bool,
    ) -> None:
        self.runs, self.grid, self.arrays = runs, list(grid), arrays
        self.of_state = [one for one in record if one.of_state is not None]
        told = tuple(one for one in record if one.of_state is None)
        net, weights = runs.network, runs.network.weights
        self.task = LayersTask(net.psi, net.scaling, net.ties, runs.learning, told)
        X: Inputs = arrays.array(runs.X)
        self.products = products
        if products:
            Z = runs.X @ transpose(weights.W[0])
            X = Products(arrays.array(runs.X @ transpose(runs.X)), arrays.array(Z))
            weights = weights._replace(W=(np.zeros_like(Z), *weights.W[1:]))
        if runs.learning.momentum and not weights.V:
            weights = weights._replace(V=tuple(np.zeros_like(A) for A in weights.W + weights.c))
        self.weights = weights.each(arrays.array)
        self.numbers = Runs(
            X,
            arrays.array(runs.y),
            arrays.array(runs.eta[:, None, None]),
            tuple(arrays.array(lam[:, None, None]) for lam in runs.lam.T),
            NEVER if runs.cutoff is None else runs.cutoff,
            tuple(map(arrays.array, net.weights.W)) if any(one.moved_weights for one in record) else (),
            runs.test and (arrays.array(runs.test[0]), arrays.array(runs.test[1])),
        )
        self.feeding = _Feeding(runs, arrays)
        self.longest = min(self.feeding.longest, max(1, int(WORK / runs.work)))
        self.columns: dict[str, list[Array]] = {one.name: [] for one in (*record, _SIZE)}
        self.kept: dict[int, DeepNetwork] = {}
        shapes = arrays.shapes(lambda: _row(self.task, _moment(self.task, self.numbers, self.weights)))
        self.rows = {name: arrays.array(np.zeros((ROWS, *shape))) for name, shape in shapes.items()}

    def run(self, states: Sequence[int]) -> None:
        """From step to step at which something has to be done outside."""
        rows, last = set(self.grid), max([*self.grid, *states])
        stops = sorted({0, last, *states, *(self.grid if self.of_state else (self.grid[-1],))})
        for here, there in pairwise([*stops, last]):
            if here in states:
                self.kept[here] = self._network()
            if here == there or self.of_state:
                if here in rows:
                    self._look(here)
                self._walk(here, there)
            else:
                self._record([t for t in self.grid if here <= t < there], here, there)

    def trajectories(self) -> Trajectories:
        """All that was recorded."""
        size = np.stack(self.columns.pop(_SIZE.name), axis=1)
        lost = ~np.isfinite(size)
        diverged = np.where(lost.any(axis=1), np.array(self.grid)[lost.argmax(axis=1)], -1)
        values = {name: np.stack(column, axis=1) for name, column in self.columns.items()}
        for column in values.values():
            column[lost] = np.nan
        path = "sample space" if self.products else "weight space"
        return Trajectories(np.array(self.grid), values, diverged, path, self.arrays.name, self.kept)

    def _record(self, rows: list[int], here: int, there: int) -> None:
        """Record at some steps from here on, and go there."""
        self._walk(here, rows[0] if rows else there)
        while rows:
            gaps = np.diff([*rows[: ROWS + 1], there][: ROWS + 1])
            every, alike = int(gaps[0]), int(np.argmax([*(gaps != gaps[0]), True]))
            count = min(alike, ROWS, self.longest // max(every, 1))
            if count:
                self._block(rows[0], every=every, count=count, tail=every)
            else:
                self._look(rows[0])
                self._walk(rows[0], rows[0] + every)
            rows = rows[max(count, 1) :]

    def _block(self, first: int, *, ahead: int = 0, every: int = 1, count: int = 0, tail: int = 0) -> None:
        """See `block`; there are no more than `ROWS` rows."""
        feed = self.feeding.take(ahead + max(count - 1, 0) * every + tail)
        run = self.arrays.compiled(block, (2, 3))
        self.weights, self.rows = run(
            self.arrays, self.task, self.weights, self.rows, self.numbers, feed, first, ahead, every, count, tail
        )
        for name, column in self.rows.items() if count else ():
            self.columns[name] += list(np.array(column[:count], dtype=float))

    def _look(self, t: int) -> None:
        """Record one step, and stay there."""
        self._block(t, count=1)
        if self.of_state:
            e = np.array(_moment(self.task, self.numbers, self.weights).e, dtype=float)
            batch, each = self._network(), zip(self.runs.X, self.runs.y, e, strict=True)
            now = [DeepState(t, batch.member(i), *known) for i, known in enumerate(each)]
            for one in self.of_state:
                self.columns[one.name].append(recorded(one, now, self.columns[one.name]))

    def _walk(self, here: int, there: int) -> None:
        """Steps with nothing to record."""
        while here < there:
            steps = min(self.longest, there - here)
            self._block(here, ahead=steps)
            here += steps

    def _network(self) -> DeepNetwork:
        """The state as it is now, in NumPy."""
        weights = self.weights.each(lambda A: np.array(A, dtype=float))
        if self.products:
            (W, _, _, V), X, start = weights, self.runs.X, self.runs.network.weights.W[0]
            W, V = (start + transpose(W[0]) @ X, *W[1:]), (*(transpose(A) @ X for A in V[:1]), *V[1:])
            weights = weights._replace(W=W, V=V)
        return _network(self.task, weights)


_SIZE = Quantity("", "max_i |e_i|, for what is not finite", "")


def batched(each: Sequence[DeepNetwork]) -> DeepNetwork:
    """Networks of one shape as a batch.

    Raises
    ------
    InputError
        If they differ in shape, activation or scaling.
    """
    first = each[0]
    kinds = {(net.widths, net.psi.name, net.scaling, net.ties, len(net.weights.c)) for net in each}
    if len(kinds) > 1:
        raise InputError(f"the networks of an ensemble are of one kind, but these are {first} and {each[-1]}")
    return first.with_weights(together([net.weights for net in each], np.stack))
