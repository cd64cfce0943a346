"""Hypothesis strategies: random networks, data and schedules that shrink to small, readable cases.

Only sizes, the rank of X, scales and seeds are drawn; NumPy builds the arrays from the seeds. All entries are short
dyadic numbers (multiples of 1/16), so they print compactly and are exact in float64, as rationals and as balls. Seed
0 stands for an array of ones, scale 0 for an array of zeros, so that shrinking ends at networks such as
``n = d = p = 1`` with all weights 1, and degenerate cases (``b = 0``, ``y = 0``, singular data) are drawn often.

Options describe the domain, not the distribution. A range is a pair ``(low, high)`` that includes both ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from .errors import InputError
from .model.activations import ACTIVATIONS, Activation, activation
from .model.network import Network
from .model.problem import Problem
from .model.rules import Rule, as_rule
from .model.schedules import Schedule
from .seeds import generator

T = TypeVar("T")
Range: TypeAlias = tuple[int, int]
Floats: TypeAlias = NDArray[np.float64]

__all__ = ["Sizes", "activations", "datasets", "networks", "problems", "schedules", "sizes"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Number of samples n, input dimension d, width p and outputs k (None: one output, arrays without that axis)."""

    n: int
    d: int
    p: int
    k: int | None = None

    @property
    def outputs(self) -> tuple[int, ...]:
        """Trailing axes of ``y``, ``beta`` and ``b``."""
        return () if self.k is None else (self.k,)


def sizes(
    *, n: Range = (1, 4), d: Range = (1, 4), p: Range = (1, 6), k: Range | None = None, square_width: bool = False
) -> SearchStrategy[Sizes]:
    """Sizes of a problem.

    Parameters
    ----------
    n, d, p
        Ranges of the number of samples, the input dimension and the width.
    k
        Range of the number of outputs; None for a single output.
    square_width
        Draw only widths 1, 4, 9, …, for which √p is rational.

    Raises
    ------
    InputError
        At the call, if a range is empty or goes below 1, or no square lies in the range of ``p``.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(sizes(n=(2, 4)), lambda size: True)
    Sizes(n=2, d=1, p=1, k=None)
    """
    for name, limits in {"n": n, "d": d, "p": p, "k": k}.items():
        if limits is not None:
            _check_range(name, limits)
    widths = st.integers(*p)
    if square_width:
        squares = [width for width in range(p[0], p[1] + 1) if math.isqrt(width) ** 2 == width]
        if not squares:
            raise InputError(f"expected a range of p that contains a square but got {p!r}")
        widths = st.sampled_from(squares)
    outputs = st.none() if k is None else st.integers(*k)
    return st.builds(Sizes, n=st.integers(*n), d=st.integers(*d), p=widths, k=outputs)


def activations(*, names: Iterable[str] | None = None) -> SearchStrategy[Activation]:
    """Activations; shrinks towards the first name, by default ``"linear"``.

    Parameters
    ----------
    names
        The activations to choose from; None for all of them.

    Raises
    ------
    InputError
        At the call, if a name is unknown or there is none.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(activations(), lambda psi: not psi.piecewise_linear)
    activation('tanh')
    """
    chosen = [activation(name) for name in (ACTIVATIONS if names is None else names)]
    if not chosen:
        raise InputError(f"expected at least one activation but got {names!r}; choose from {', '.join(ACTIVATIONS)}")
    return st.sampled_from(chosen)


def schedules(*, max_lam: float = 1.0, max_cutoff: int = 5) -> SearchStrategy[Schedule]:
    """Schedules without regularisation, with a constant λ, and with a cutoff; λ is ``max_lam`` times 0, 1/8, …, 1.

    Raises
    ------
    InputError
        At the call, if ``max_lam`` is not finite, or either bound is negative.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(schedules(), lambda schedule: schedule(0) > schedule(1))
    Schedule(lam=0.125, cutoff=1)
    """
    Schedule(max_lam, max_cutoff)  # raises if either is out of range
    lam = st.integers(1, 8).map(lambda eighths: max_lam * eighths / 8)
    return st.one_of(
        st.just(Schedule.none()),
        st.builds(Schedule.constant, lam),
        st.builds(Schedule.with_cutoff, lam, st.integers(0, max_cutoff)),
    )


def datasets(
    *, n: Range = (1, 4), d: Range = (1, 4), k: Range | None = None, full_rank: bool = False
) -> SearchStrategy[tuple[Floats, Floats]]:
    """Inputs ``X (n, d)`` and targets ``y (n,)`` or ``(n, k)``.

    Repeated rows, zero rows and all ranks from 0 to ``min(n, d)`` occur.

    Parameters
    ----------
    n, d, k
        Ranges as in `sizes`.
    full_rank
        Draw only X of rank ``min(n, d)``.

    Raises
    ------
    InputError
        At the call, if a range is empty or goes below 1.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(datasets(), lambda data: len(data[0]) == 2)
    (array([[1.],
           [1.]]), array([1., 1.]))
    """
    sized, most = sizes(n=n, d=d, k=k), _most(n=n, d=d, k=k)

    @st.composite
    def data(draw: st.DrawFn) -> tuple[Floats, Floats]:
        size = draw(sized)
        return _data(draw, draw(_SEEDS), size, most, full_rank)

    return data()


def networks(
    *,
    d: Range = (1, 4),
    p: Range = (1, 6),
    k: Range | None = None,
    psi: SearchStrategy[Activation] | None = None,
    square_width: bool = False,
) -> SearchStrategy[Network]:
    """Float64 networks; weights may be zero arrays.

    Parameters
    ----------
    d, p, k, square_width
        As in `sizes`.
    psi
        The activations; None for all of them.

    Raises
    ------
    InputError
        At the call, if a range is empty or goes below 1.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(networks(), lambda network: True)
    Network(W=[[1.0]], beta=[1.0], b=[1.0], psi='linear')
    """
    psi = activations() if psi is None else _check_strategy("psi", psi, "activations()")
    sized, most = sizes(d=d, p=p, k=k, square_width=square_width), _most(d=d, p=p, k=k)

    @st.composite
    def network(draw: st.DrawFn) -> Network:
        size = draw(sized)
        return _network(draw, draw(_SEEDS), size, most, draw(psi))

    return network()


def problems(
    *,
    n: Range = (1, 4),
    d: Range = (1, 4),
    p: Range = (1, 6),
    k: Range | None = None,
    psi: SearchStrategy[Activation] | None = None,
    schedule: SearchStrategy[Schedule] | None = None,
    rules: Iterable[Rule | str] = (Rule.FA,),
    square_width: bool = False,
    full_rank: bool = False,
) -> SearchStrategy[Problem]:
    """Training problems: data, a network, a step size η in {1, 1/2, …, 1/16}, a schedule and a rule.

    Parameters
    ----------
    n, d, p, k, square_width
        As in `sizes`.
    psi, schedule
        The activations and the schedules; None for all of them.
    rules
        The learning rules to choose from.
    full_rank
        As in `datasets`.

    Raises
    ------
    InputError
        At the call, if an option is invalid.

    Examples
    --------
    >>> from hypothesis import find
    >>> smallest = find(problems(), lambda problem: True)
    >>> smallest.X, smallest.y, smallest.network.W, smallest.eta
    (array([[1.]]), array([1.]), array([[1.]]), 1.0)
    """
    psi = activations() if psi is None else _check_strategy("psi", psi, "activations()")
    schedule = schedules() if schedule is None else _check_strategy("schedule", schedule, "schedules()")
    allowed = [] if isinstance(rules, Rule | str) else [as_rule(rule) for rule in rules]
    if not allowed:
        raise InputError(f"expected rules such as (Rule.FA, Rule.BP) but got {rules!r}")
    sized, most = sizes(n=n, d=d, p=p, k=k, square_width=square_width), _most(n=n, d=d, p=p, k=k)

    @st.composite
    def problem(draw: st.DrawFn) -> Problem:
        size, seed = draw(sized), draw(_SEEDS)
        X, y = _data(draw, seed, size, most, full_rank)
        network = _network(draw, seed, size, most, draw(psi))
        eta = draw(st.sampled_from([1.0, 0.5, 0.25, 0.125, 0.0625]))
        return Problem(X, y, network, eta, draw(schedule), draw(st.sampled_from(allowed)))

    return problem()


_SEEDS = st.integers(0, 2**16)
_SCALES = st.sampled_from([1.0, 2.0, 0.0, -1.0, 0.5, -0.5, 1.5, 0.25])  # simplest first


def _entries(seed: int, name: str, shape: tuple[int, ...]) -> Floats:
    """Standard Gaussian entries rounded to multiples of 1/2; ones for seed 0."""
    if seed == 0:
        return np.ones(shape)
    return np.round(2 * generator(seed, "strategies", name).standard_normal(shape)) / 2


@dataclass(frozen=True)
class _Arrays:
    """Scaled arrays from one seed; a smaller array is a corner of a larger one, so that shrinking keeps its entries."""

    draw: st.DrawFn
    seed: int

    def __call__(self, name: str, *axes: tuple[int | None, int | None]) -> Floats:
        """``axes`` are pairs (size, largest size); (None, None) is no axis."""
        size, most = zip(*((s, m) for s, m in axes if s is not None and m is not None), strict=True)
        array = _entries(self.seed, name, most)[tuple(map(slice, size))]
        return self.draw(_SCALES) * array + 0.0  # no -0.0


def _data(draw: st.DrawFn, seed: int, size: Sizes, most: Sizes, full_rank: bool) -> tuple[Floats, Floats]:
    array, n = _Arrays(draw, seed), (size.n, most.n)
    X, y = array("X", n, (size.d, most.d)), array("y", n, (size.k, most.k))
    lost = draw(st.sampled_from([0] * 8 + list(range(1, size.d + 1))))
    if lost:  # the last columns become combinations of the first
        rank = size.d - lost
        X[:, rank:] = X[:, :rank] @ _entries(lost, "mix", (rank, lost)) + 0.0
    if full_rank and np.linalg.matrix_rank(X) < min(size.n, size.d):
        X = np.eye(size.n, size.d)
    return X, y


def _network(draw: st.DrawFn, seed: int, size: Sizes, most: Sizes, psi: Activation) -> Network:
    array, p, k = _Arrays(draw, seed), (size.p, most.p), (size.k, most.k)
    return Network(array("W", p, (size.d, most.d)), array("beta", p, k), array("b", p, k), psi)


def _most(*, n: Range = (1, 1), d: Range = (1, 1), p: Range = (1, 1), k: Range | None = None) -> Sizes:
    """The largest sizes in the ranges."""
    return Sizes(n[1], d[1], p[1], None if k is None else k[1])


def _check_range(name: str, limits: Range) -> None:
    try:
        low, high = limits
        usable = 1 <= low <= high and all(type(limit) is int for limit in limits)
    except (TypeError, ValueError):
        usable = False
    if not usable:
        raise InputError(
            f"expected {name} to be a range (low, high) of integers with 1 ≤ low ≤ high but got {limits!r}"
        )


def _check_strategy(name: str, value: SearchStrategy[T], example: str) -> SearchStrategy[T]:
    if not isinstance(value, SearchStrategy):
        raise InputError(f"expected {name} to be a Hypothesis strategy such as {example} but got {value!r}")
    return value
