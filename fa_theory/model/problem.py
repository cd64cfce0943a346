"""A training problem: data, initial network, step size, schedule and rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fa_theory.errors import InputError
from fa_theory.seeds import as_generator
from fa_theory.shown import displayed_by

from . import checks
from .activations import Activation
from .activations import activation as activation_named
from .ball import Array
from .data import Dataset, dataset
from .network import Network
from .rules import Rule, as_rule
from .schedules import Schedule, as_schedule


def gaussian_network(rng: np.random.Generator, p: int, d: int, psi: Activation, k: int | None = None) -> Network:
    """Draw ``W, β, b`` i.i.d. N(0, 1), mutually independent: the initialisation of the theorems.

    Parameters
    ----------
    rng
        The generator; ``W`` is drawn first, then ``β``, then ``b``.
    p, d, k
        Width, input dimension, number of outputs (None: one output, β and b of shape ``(p,)``).
    psi
        The activation.

    Raises
    ------
    InputError
        If a size is not a whole number ≥ 1.

    Notes
    -----
    Song, Xu & Lafferty (2021), Section 2.

    Examples
    --------
    >>> gaussian_network(np.random.default_rng(1), 4, 3, activation_named("tanh")).W.shape
    (4, 3)
    """
    p, d = checks.size("p", p), checks.size("d", d)
    outputs = (p,) if k is None else (p, checks.size("k", k))
    W, beta, b = rng.standard_normal((p, d)), rng.standard_normal(outputs), rng.standard_normal(outputs)
    return Network(W, beta, b, psi)


def step_size(eta: float) -> float:
    """Return a step size; an InputError unless it is finite and positive."""
    number = isinstance(eta, int | float | np.integer | np.floating) and not isinstance(eta, bool)
    if not (number and math.isfinite(eta) and eta > 0):
        raise InputError(f"expected a finite step size eta > 0 but got {eta!r}")
    return eta


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything that determines a run: the dynamics have no further randomness.

    Attributes
    ----------
    X, y
        Inputs ``(n, d)`` and targets ``(n,)`` or ``(n, k)``.
    network
        The state at step 0.
    eta
        Step size η > 0, on the loss ``½‖e‖²``.
    schedule
        Regularisation λ(t).
    rule
        The learning rule, or its name.
    label
        A short description for tables.

    Raises
    ------
    InputError
        If η is not finite and positive, an element is not finite, the shapes do not match, or the rule is unknown.

    Examples
    --------
    >>> Problem([[1.0]], [2.0], Network([[1.0]], [0.5], [1.0], "linear"), eta=0.1, rule="bp")
    Problem(linear, n=1, d=1, p=1, eta=0.1, rule='bp')
    """

    X: Array
    y: Array
    network: Network
    eta: float
    schedule: Schedule = Schedule()  # noqa: RUF009 - frozen, so one instance may be shared
    rule: Rule = Rule.FA
    label: str = ""

    _repr_html_ = displayed_by("runs.problem")

    def __post_init__(self) -> None:
        network = self.network
        if not isinstance(network, Network):
            raise InputError(f"expected a Network but got {network!r}; build one with Network(W, beta, b, activation)")
        as_schedule(self.schedule)
        step_size(self.eta)
        object.__setattr__(self, "rule", as_rule(self.rule))
        for name, array in zip(("X", "y"), checks.pair(self.X, self.y, self.label or "problem"), strict=True):
            if not isinstance(getattr(self, name), np.ndarray):
                object.__setattr__(self, name, array)
        for name, weights in (("W", network.W), ("beta", network.beta), ("b", network.b)):
            checks.floats(weights, f"{self.label or 'problem'}: {name}")
        if network.W.ndim != 2:
            raise InputError(f"a problem has one network but W has shape {network.W.shape}")
        if self.d != network.d:
            raise InputError(f"X has shape {self.X.shape} but the network takes inputs of dimension {network.d}")
        if self.y.shape[1:] != network.beta.shape[1:]:
            raise InputError(f"y has shape {self.y.shape} but beta has shape {network.beta.shape}")

    def __repr__(self) -> str:
        """In one line, without the numbers."""
        outputs = "".join(f", k={k}" for k in self.y.shape[1:])
        schedule, rule = self.schedule, "" if self.rule is Rule.FA else f", rule={self.rule.name!r}"
        until = "" if schedule.cutoff is None else f", cutoff={schedule.cutoff}"
        lam = f", lam={schedule.lam:g}{until}" if schedule.lam else ""
        sizes = f"n={self.n}, d={self.d}, p={self.p}{outputs}"
        return f"Problem({self.network.psi.name}, {sizes}, eta={self.eta:g}{lam}{rule})"

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.X.shape[0])

    @property
    def d(self) -> int:
        """Input dimension."""
        return int(self.X.shape[1])

    @property
    def p(self) -> int:
        """Width."""
        return self.network.p


class RunArguments(NamedTuple):
    """All that determines a run, for any kind of number; see `Problem`."""

    network: Network
    X: Array
    y: Array
    eta: float
    schedule: Schedule
    rule: Rule
    label: str


def run_arguments(
    network: Network | Problem,
    X: Any = None,
    y: Any = None,
    *,
    eta: float | None = None,
    schedule: Schedule | None = None,
    rule: str | Rule | None = None,
    label: str | None = None,
) -> RunArguments:
    """The arguments of functions that take a whole problem, or a network with its data and settings.

    Raises
    ------
    InputError
        If an argument is missing, is given in addition to a problem that has it, or has the wrong type.

    Examples
    --------
    >>> network = Network([[1.0]], [0.5], [1.0], "linear")
    >>> run_arguments(network, [[1.0]], [2.0], eta=0.1) == run_arguments(network, [[1.0]], [2.0], eta=0.1, rule="fa")
    True
    """
    given = {"X": X, "y": y, "eta": eta, "schedule": schedule, "rule": rule, "data_label": label}
    if isinstance(network, Problem):
        twice = [name for name, value in given.items() if value is not None]
        if twice:
            raise InputError(f"the problem has its own {twice[0]}; omit it, or change it with dataclasses.replace")
        one = network
        return RunArguments(one.network, one.X, one.y, one.eta, one.schedule, one.rule, one.label)
    if not isinstance(network, Network):
        raise InputError(f"expected a Problem, or a Network with X, y and eta, but got {network!r:.60}")
    missing = [name for name in ("X", "y", "eta") if given[name] is None]
    if missing or eta is None:
        raise InputError(f"a network also needs {' and '.join(missing)}; or give a Problem")
    X, y = (A if isinstance(A, np.ndarray) else checks.floats(A, name) for name, A in (("X", X), ("y", y)))
    rule = Rule.FA if rule is None else as_rule(rule)
    return RunArguments(network, X, y, eta, as_schedule(schedule), rule, label or "")


def sample(
    *,
    rng: int | np.random.Generator,
    data: str | Path | Dataset | tuple[Any, Any] = "sphere",
    n: int | None = None,
    d: int | None = None,
    p: int,
    activation: str | Activation,
    eta: float,
    lam: float = 0.0,
    cutoff: int | None = None,
    k: int | None = None,
    rule: str | Rule = Rule.FA,
    normalisation: str | None = None,
    target: str | Path | int | None = None,
) -> Problem:
    """Draw data and a network, with ``W, β, b`` i.i.d. N(0, 1).

    Parameters
    ----------
    rng
        A seed, or the generator used for all draws, the data first.
    data
        A source for `fa_theory.model.data.dataset`, or a `Dataset` or a pair ``(X, y)``, used unchanged. ``"teacher"``
        data come from an independent network of the same activation and width.
    n, d, k
        Number of samples, input dimension, number of outputs. n and d are needed for drawn data; other data determine
        them.
    p
        Width.
    activation
        ψ or its name.
    eta, lam, cutoff
        Step size η; regularisation λ, for the first ``cutoff`` steps or, without cutoff, in all steps.
    rule, normalisation, target
        The learning rule, and arguments of `fa_theory.model.data.dataset`.

    Raises
    ------
    InputError
        If any value is invalid.

    Examples
    --------
    >>> problem = sample(rng=1, n=3, d=5, p=20, activation="tanh", eta=0.2)
    >>> problem.label
    'tanh, n=3, d=5, p=20, eta=0.2, sphere'
    >>> sample(rng=0, data=(np.eye(3), np.ones(3)), p=20, activation="tanh", eta=0.2)
    Problem(tanh, n=3, d=3, p=20, eta=0.2)
    """
    psi, rng, rule = activation_named(activation), as_generator(rng), as_rule(rule)
    p, eta = checks.size("p", p), step_size(eta)
    source = training_data(rng=rng, data=data, n=n, d=d, p=p, psi=psi, k=k, normalisation=normalisation, target=target)
    network = gaussian_network(rng, p, source.d, psi, source.k)
    label = f"{psi.name}, n={source.n}, d={source.d}, p={p}, eta={eta:g}, {source.name}"
    return Problem(source.X, source.y, network, eta, Schedule(lam, cutoff), as_rule(rule), label)


def training_data(
    *,
    rng: np.random.Generator,
    data: str | Path | Dataset | tuple[Any, Any],
    n: int | None,
    d: int | None,
    p: int,
    psi: Activation,
    k: int | None,
    normalisation: str | None = None,
    target: str | Path | int | None = None,
) -> Dataset:
    """Only the data of `sample`, which it draws first; parameters and errors as there."""
    if not isinstance(data, str | Path | Dataset | tuple) or (isinstance(data, tuple) and len(data) != 2):
        raise InputError(f"expected data to be the name of a source, a path, a Dataset or (X, y) but got {data!r:.60}")
    if isinstance(data, tuple):
        data = Dataset(*data, name="data")
    if isinstance(data, Dataset):
        if target is not None or normalisation is not None:
            raise InputError("given data are used unchanged; omit target and normalisation")
        wanted, there = (n, d, k), (data.n, data.d, data.k)
        if any(w not in (None, t) for w, t in zip(wanted, there, strict=True)):
            raise InputError(f"the data have (n, d, k) = {there} but {wanted} was requested; omit these")
        return data
    teacher = None
    if data == "teacher":
        if d is None:
            raise InputError("'teacher' data need n and d but got d = None")
        teacher = gaussian_network(rng, p, d, psi, k)
    return dataset(data, rng=rng, n=n, d=d, k=k, normalisation=normalisation, teacher=teacher, target=target)
