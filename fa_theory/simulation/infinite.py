"""Networks of infinite width: the limit of feedback alignment as ``p → ∞``, in closed form at any step.

**The limit.** Fix the data and a number of steps. With Ḡ and ``Σ_ij = (x_i·x_j) E ψ'(w·x_i) ψ'(w·x_j)``, as
``p → ∞`` for i.i.d. standard Gaussian ``W, β, b``,

    f(0) → N(0, Ḡ),    e⁺ = ((1 − ηλ) I − ηḠ) e − ηλ y,                                               (∞)
    ‖W(t) − W(0)‖_F² → sᵀΣs,    ‖β(t) − β(0)‖² → sᵀḠs  (λ = 0),    s(t) = η Σ_{τ<t} e(τ),
    cos∠(b, β) → 0,    max_r ‖w_r(t) − w_r(0)‖ → 0,    max_r |β_r(t) − β_r(0)| → 0  (λ = 0).

With several outputs each follows (∞) by itself, from independent f(0), and the squares are sums over the outputs. Once
λ > 0 has acted, β has shrunk by a factor: ``‖β(t) − β(0)‖`` grows like ``√p`` and ``max_r |β_r(t) − β_r(0)|`` like
``√(log p)``. These limits are infinite, and so recorded.

*Why.* By induction on t, s is bounded in probability, ``w_r(t) − w_r(0) = −(b_r/√p) Σ_τ η Xᵀ(ψ'_r ∘ e)`` is of order
``1/√p``, and so is ``β_r(t) − α(t) β_r(0)`` with ``α = Π(1 − ηλ)``. Hence in the one-step identity
``e⁺ = (1 − ηλ)e − ηλy − η[G̃ + (1 − ηλ)H̃]e`` the kernel ``G̃`` tends to Ḡ and ``H̃``, a mean of terms with the factor
``α β_r(0) b_r`` of mean 0, to 0. The same law of large numbers, with ``E b² = 1``, gives the movements; and ``b·β/p``
tends to ``α E bβ = 0``. For λ = 0 and all t at once: Song, Xu & Lafferty (2021), Theorem 3.2.

**In closed form.** In a basis of eigenvectors of Ḡ, eigenvalue g, (∞) is ``e⁺ = (1 − x)e − ηλy`` with ``x = η(λ + g)``,
so with ``e* = −λy/(λ + g)``

    e(t) = e* + (1 − x)^t (e(0) − e*),    s(t) = η t e* + η (e(0) − e*) Σ_{τ<t} (1 − x)^τ,

and a step in the far future costs what the first one costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from fa_theory.errors import InputError
from fa_theory.gram.limit import limit_gram, limit_slopes
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array
from fa_theory.model.data import Dataset
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem
from fa_theory.model.schedules import Schedule
from fa_theory.seeds import generator

from .ensemble import Ensemble, stream
from .path import Path, SimulationRequest
from .quantities import Quantity, Record, quantities
from .trajectories import Trajectories

PATH = "infinite width"


def follow(
    X: Array,
    y: Array,
    psi: Activation,
    *,
    eta: Any,
    schedule: Schedule,
    grid: Sequence[int],
    record: Record,
    start: Array | None = None,
    seed: int = 0,
) -> Trajectories:
    """Networks of infinite width at the steps of the grid.

    Parameters
    ----------
    X, y
        Inputs ``(m, n, d)`` and targets ``(m, n)`` or ``(m, n, k)``, floats; without the first axis: one network.
    psi
        Any activation.
    eta
        Step size, one for all or ``(m,)``.
    schedule
        λ(t).
    grid
        Steps in increasing order, of any size: the time does not depend on them.
    record
        Names from `fa_theory.simulation.quantities.QUANTITIES`.
    start
        Outputs f(0), of the shape of y; None: drawn from N(0, Ḡ), as those of a network of infinite width are.
    seed
        For the draws; those of network i depend on the seed, i, and Ḡ only.

    Returns
    -------
    Trajectories
        With the path ``"infinite width"``. In float64: an eigenvalue of Ḡ has an error of about ``1e-15 λ_max``, which
        matters for its component of e after some ``1e15/(η λ_max)`` steps.

    Raises
    ------
    InputError
        If shapes do not fit, an element is not finite, a step size is not positive, or a name is unknown.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> X, y = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([1.0, -1.0])
    >>> rule = {"eta": 0.5, "schedule": Schedule.none(), "record": ("loss", "movement_beta")}
    >>> found = follow(X, y, activation("tanh"), grid=(0, 10, 10**9), start=0 * y, **rule)
    >>> found["loss"].round(3), found["movement_beta"].round(3)
    (array([[1.   , 0.171, 0.   ]]), array([[0.   , 2.017, 3.439]]))
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    one = X.ndim == 2
    X, y = (X[None], y[None]) if one else (X, y)
    if X.ndim != 3 or y.ndim not in (2, 3) or y.shape[:2] != X.shape[:2]:
        raise InputError(f"expected X (m, n, d) and y (m, n) or (m, n, k) but got shapes {X.shape} and {y.shape}")
    if not np.isfinite(y).all():
        raise InputError("y has an element that is not finite; repair or remove its row")
    columns = quantities(record)
    m, n, _ = X.shape
    rate = np.broadcast_to(np.asarray(eta, dtype=float), (m,))
    if not (np.isfinite(rate) & (rate > 0)).all():
        raise InputError(f"expected finite step sizes eta > 0 but got {eta!r}")

    values, Q = np.linalg.eigh(np.stack([limit_gram(x, psi) for x in X]))
    g, targets = np.maximum(values, 0), y.reshape(m, n, -1)
    if start is None:
        z = np.stack([generator(seed, PATH, i).standard_normal(targets.shape[1:]) for i in range(m)])
        f = np.sqrt(g)[:, :, None] * _turned(Q, z)
    else:
        given = np.asarray(start, dtype=float)
        given = given[None] if one else given
        if given.shape != y.shape or not np.isfinite(given).all():
            raise InputError(f"expected finite outputs start of shape {y.shape} but got shape {given.shape}")
        f = _turned(Q, given.reshape(targets.shape))

    t: Array = np.asarray(grid)
    with np.errstate(over="ignore", invalid="ignore"):
        e, s = _Modes(g, _turned(Q, targets), rate).at(t, f, schedule)
        lost: Array = ~np.asarray(np.isfinite(e).all(axis=(2, 3)))
        e[lost] = s[lost] = np.nan
        limit = WidthLimit(X, psi, Q, g, e, s, (t > 0) & (schedule.off_from != 0))
        found = {one.name: _observed(one, limit) for one in columns}
    if "error" in found:
        found["error"] = found["error"].reshape(m, len(t), *y.shape[1:])
    for seen in found.values():
        seen[lost] = np.nan
    diverged = np.where(lost.any(axis=1), t[lost.argmax(axis=1)], -1)
    return Trajectories(t, found, diverged, PATH, "numpy", stiffness=rate * (g[:, -1] + schedule(0)))


@dataclass(frozen=True)
class WidthLimit:
    """Networks of infinite width at r steps, in a basis Q of eigenvectors of Ḡ with eigenvalues g.

    Attributes
    ----------
    X, psi, Q, g
        Inputs ``(m, n, d)``, the activation, ``(m, n, n)`` and ``(m, n)``.
    e, s
        The error and η times its sum over the steps before, in the basis, ``(m, r, n, k)``.
    shrunk
        ``(r,)``: whether regularisation has acted.
    """

    X: Array
    psi: Activation
    Q: Array
    g: Array
    e: Array
    s: Array
    shrunk: Array

    @property
    def nothing(self) -> Array:
        """What tends to 0, ``(m, r)``."""
        return np.zeros(self.e.shape[:2])

    def movement_W(self) -> Array:
        """``‖W(t) − W(0)‖_F``."""
        Sigma = np.stack([x @ x.T * limit_slopes(x, self.psi) for x in self.X])[:, None]
        moved = self.Q[:, None] @ self.s
        return np.asarray(np.sqrt(np.maximum(np.sum(moved * (Sigma @ moved), axis=(2, 3)), 0)))

    def movement_beta(self) -> Array:
        """``‖β(t) − β(0)‖`` without regularisation."""
        return np.asarray(np.sqrt(np.sum(self.g[:, None, :, None] * self.s**2, axis=(2, 3))))

    def beta_moves(self, without: Array) -> Array:
        """How far β moves: infinitely far once regularisation has acted."""
        return np.where(self.shrunk, np.inf, without)


def _observed(one: Quantity, limit: WidthLimit) -> Array:
    """A limit, ``(m, r, …)``."""
    if one.of_error is not None:
        return np.array(one.of_error(limit.e if one.rotates else limit.Q[:, None] @ limit.e))
    if one.of_limit is None:
        raise InputError(f"the limit of infinite width does not determine {one.name}")
    return np.array(one.of_limit(limit))


def _turned(Q: Array, f: Array) -> Array:
    """``Qᵀf``, ``(m, n, k)``."""
    return np.asarray(np.swapaxes(Q, -1, -2) @ f)


class _Modes:
    """(∞) in eigenvectors of Ḡ: eigenvalues ``(m, n)``, targets ``(m, n, k)`` and step sizes ``(m,)``."""

    def __init__(self, g: Array, y: Array, eta: Array) -> None:
        self.g, self.y, self.eta = g[:, None, :, None], y[:, None], eta[:, None, None, None]

    def at(self, t: Array, f: Array, schedule: Schedule) -> tuple[Array, Array]:
        """``e`` and s at the steps t, ``(m, r, n, k)`` each, from the outputs f at step 0."""
        t, e = t[:, None, None], f[:, None] - self.y
        off = schedule.off_from
        if off == 0:
            return self._later(e, t, 0.0)
        first = self._later(e, t, schedule.lam)
        if off is None:
            return first
        then, moved = self._later(e, np.full((1, 1, 1), off), schedule.lam)
        last, since = self._later(then, np.maximum(t - off, 0), 0.0)
        early = t <= off
        return np.where(early, first[0], last), np.where(early, first[1], moved + since)

    def _later(self, e: Array, t: Array, lam: float) -> tuple[Array, Array]:
        """``e`` after t more steps with a constant λ, and η times its sum over them."""
        x = self.eta * (lam + self.g)
        rest = -lam * self.y / (lam + self.g) if lam else 0.0 * self.y
        power, total = _geometric(x, t)
        far = e - rest
        # a component that is exactly at rest stays there, whatever the power
        moved = self.eta * (t * rest + np.where(far == 0, 0.0, total * far))
        return rest + np.where(far == 0, 0.0, power * far), moved


def _geometric(x: Array, t: Array) -> tuple[Array, Array]:
    """``(1 − x)^t`` and ``Σ_{τ<t} (1 − x)^τ`` for ``x ≥ 0`` and whole ``t ≥ 0``, without cancellation for small x."""
    x, t = np.broadcast_arrays(x, t)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        log = t * np.log1p(-np.minimum(x, 0.5))
        sign = np.where(t % 2, -1.0, 1.0)
        power = np.where(x <= 0.5, np.exp(log), np.where(x > 1, sign, 1.0) * np.abs(1 - x) ** t)
        total = np.where(x == 0, t, np.where(x <= 0.5, -np.expm1(log), 1 - power) / x)
    return power, total


class InfiniteWidth(Path):
    """The limit of feedback alignment for the data of a problem; without states."""

    name = PATH
    unasked: ClassVar[bool] = False

    def refusal(self, asked: SimulationRequest) -> str:
        """Requests that the limit does not cover."""
        beyond = asked.lacking("of_limit") or ("" if asked.rule.constant else f"the rule {asked.rule.name}")
        if beyond:
            return f"the limit of infinite width is for errors under FA or DFA, and does not cover {beyond}"
        return ""

    def cost(self, asked: SimulationRequest) -> float:
        """It depends on no step."""
        return 0.0

    def check(self, asked: SimulationRequest) -> None:
        """There are no weights."""

    def batch(self, asked: SimulationRequest) -> int:
        """All at once."""
        return 2**62

    def follow(self, runs: Ensemble, asked: SimulationRequest) -> Trajectories:
        """The limit for the data; outputs at the start are drawn by the seed."""
        return self._at(runs.X, runs.y, asked, runs.network.psi, runs.eta, runs.schedule)

    def of_problems(self, problems: Sequence[Problem], asked: SimulationRequest) -> Iterator[Trajectories]:
        """All at once."""
        eta = [problem.eta for problem in problems]
        yield self._of(problems, asked, problems[0].network.psi, eta, problems[0].schedule)

    def of_law(self, law: Law, size: int, asked: SimulationRequest) -> Iterator[Trajectories]:
        """All at once; of the law only data are drawn."""
        data = [law.sample_data(stream(law, asked.seed, i)) for i in range(size)]
        yield self._of(data, asked, asked.psi, law.eta, Schedule(law.lam, law.cutoff))

    def _of(
        self,
        sources: Sequence[Problem | Dataset],
        asked: SimulationRequest,
        psi: Activation,
        eta: Any,
        schedule: Schedule,
    ) -> Trajectories:
        X, y = np.stack([source.X for source in sources]), np.stack([source.y for source in sources])
        return self._at(X, y, asked, psi, eta, schedule)

    @staticmethod
    def _at(
        X: Array, y: Array, asked: SimulationRequest, psi: Activation, eta: Any, schedule: Schedule
    ) -> Trajectories:
        lam = asked.schedule or schedule
        return follow(X, y, psi, eta=eta, schedule=lam, grid=asked.grid, record=asked.record, seed=asked.seed)
