"""A training problem: data, initial network, step size, schedule and rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fa_theory.errors import InputError
from fa_theory.shown import displayed_by

from .activations import Activation
from .activations import activation as activation_named
from .ball import Array
from .data import Dataset, checks, dataset
from .network import Network
from .rules import Rule
from .schedules import Schedule


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
    """Return a step size, or refuse it with an InputError unless it is finite and positive."""
    if isinstance(eta, bool) or not (math.isfinite(eta) and eta > 0):
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
        FA or BP.
    label
        A short description for tables.

    Raises
    ------
    InputError
        If η is not finite and positive, an element is not finite, or the shapes do not fit together.
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
        step_size(self.eta)
        object.__setattr__(self, "rule", Rule.of(self.rule))
        checks.pair(self.X, self.y, self.label or "problem")
        network = self.network
        for name, weights in (("W", network.W), ("beta", network.beta), ("b", network.b)):
            checks.floats(weights, f"{self.label or 'problem'}: {name}")
        if network.W.ndim != 2:
            raise InputError(f"a problem has one network but W has shape {network.W.shape}")
        if self.d != network.d:
            raise InputError(f"X has shape {self.X.shape} but the network takes inputs of dimension {network.d}")
        if self.y.shape[1:] != network.beta.shape[1:]:
            raise InputError(f"y has shape {self.y.shape} but beta has shape {network.beta.shape}")

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


def sample(
    *,
    rng: np.random.Generator,
    data: str | Path | Dataset = "sphere",
    n: int | None = None,
    d: int | None = None,
    p: int,
    activation: str | Activation,
    eta: float,
    lam: float = 0.0,
    cutoff: int | None = None,
    k: int | None = None,
    rule: Rule | str = Rule.FA,
    normalisation: str | None = None,
    target: str | Path | None = None,
) -> Problem:
    """Draw data and a network, with ``W, β, b`` i.i.d. N(0, 1).

    Parameters
    ----------
    rng
        The generator all draws come from, the data first.
    data
        A source for `fa_theory.model.data.dataset`, or a `Dataset` to use as it is. ``"teacher"`` data come
        from an independent network of the same activation and width.
    n, d, k
        Number of samples, input dimension, number of outputs. Needed for drawn data; for a file, d and k are
        those of the file.
    p
        Width.
    activation
        ψ or its name.
    eta, lam, cutoff
        Step size η; regularisation λ, for the first ``cutoff`` steps or, without cutoff, for ever.
    rule, normalisation, target
        The learning rule, and what `fa_theory.model.data.dataset` takes.

    Raises
    ------
    InputError
        If any value is unusable.

    Examples
    --------
    >>> problem = sample(rng=np.random.default_rng(1), n=3, d=5, p=20, activation="tanh", eta=0.2)
    >>> problem.label
    'tanh, n=3, d=5, p=20, eta=0.2, sphere'
    """
    psi = activation_named(activation)
    p = checks.size("p", p)
    source = training_data(rng=rng, data=data, n=n, d=d, p=p, psi=psi, k=k, normalisation=normalisation, target=target)
    network = gaussian_network(rng, p, source.d, psi, source.k)
    label = f"{psi.name}, n={source.n}, d={source.d}, p={p}, eta={eta:g}, {source.name}"
    return Problem(source.X, source.y, network, eta, Schedule(lam, cutoff), Rule.of(rule), label)


def training_data(
    *,
    rng: np.random.Generator,
    data: str | Path | Dataset,
    n: int | None,
    d: int | None,
    p: int,
    psi: Activation,
    k: int | None,
    normalisation: str | None = None,
    target: str | Path | None = None,
) -> Dataset:
    """The data of `sample` alone, the first that it draws; parameters and errors as there."""
    if isinstance(data, Dataset):
        wanted, there = (n, d, k), (data.n, data.d, data.k)
        if any(w not in (None, t) for w, t in zip(wanted, there, strict=True)):
            raise InputError(f"the data have (n, d, k) = {there} but {wanted} was asked for; leave these out")
        return data
    teacher = None
    if data == "teacher":
        if d is None:
            raise InputError("'teacher' data need n and d but got d = None")
        teacher = gaussian_network(rng, p, d, psi, k)
    return dataset(data, rng=rng, n=n, d=d, k=k, normalisation=normalisation, teacher=teacher, target=target)
