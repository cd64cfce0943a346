"""Linear networks at any width: the exact dynamics through inner products of the initial weights.

Let ``ψ(x) = x``, ``K = XXᵀ`` and ``Z₀ = XW₀ᵀ``. Feedback alignment moves the weights by

    W(t) = W₀ − p^{-1/2} b s(t)ᵀX,    β(t) = α(t) β₀ − p^{-1/2} W₀Xᵀv(t) + (c(t)/p) b

(`song2021.linear-closure`, there with ``a = c/p``), where, with the error e at step t,

    s⁺ = s + ηe,   v⁺ = (1−ηλ)v + ηe,   c⁺ = (1−ηλ)c + η sᵀKe,   α⁺ = (1−ηλ)α.

Everything that is asked of the weights is then a function of ``s, v, c, α`` and of inner products at the start: with

    G = Z₀Z₀ᵀ/p,  f₀ = Z₀β₀/√p,  q = Z₀b/√p,  B = ‖b‖²/p,  N = ‖β₀‖²/p,  r = b·β₀/√p,

inserting the two forms gives

    ρ = b·β/√p = αr − q·v/√p + cB/√p,
    f = αf₀ − Gv + (c/p) q − (ρ/√p) Ks,
    ‖β‖²/p = α²N + vᵀGv/p + c²B/p² − 2α f₀·v/p + 2αc r/p^{3/2} − 2c q·v/p².

No number here grows with p, and a step costs two products of an n×n matrix with a vector, whatever the width.

Only ``W₀Q`` matters, where the columns of Q are an orthonormal basis of the rows of X. For independent standard normal
weights the ``m = rank + 2`` columns of ``[W₀Q | b | β₀]`` are Gaussian, and their Gram matrix is ``LLᵀ`` with L from
the LQ decomposition of a Gaussian m×p matrix (Bartlett): independent entries, ``L_ii² ~ χ²_{p−i}``, standard normal
below the diagonal, and ``min(m, p)`` columns. So a network of width 10¹² is drawn exactly in law from m² numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.schedules import Schedule


def _times(A: Array, x: Array) -> Array:
    """Matrices ``(..., n, m)`` times vectors ``(..., m)``."""
    product: Array = (A @ x[..., None])[..., 0]
    return product


def _dot(x: Array, y: Array) -> Array:
    product: Array = (x[..., None, :] @ y[..., None])[..., 0, 0]
    return product


@dataclass(frozen=True, eq=False)
class Start:
    """The initial inner products of a linear network, which determine its whole trajectory.

    Attributes
    ----------
    p
        Width.
    K, G
        ``XXᵀ`` and ``Z₀Z₀ᵀ/p``, shape ``(..., n, n)``; leading axes are a batch of networks.
    f, q
        ``Z₀β₀/√p`` and ``Z₀b/√p``, shape ``(..., n)``.
    B, N, r
        ``‖b‖²/p``, ``‖β₀‖²/p`` and ``b·β₀/√p``, shape ``(...)``.
    """

    p: int
    K: Array
    G: Array
    f: Array
    q: Array
    B: Array
    N: Array
    r: Array

    @classmethod
    def of(cls, network: Network, X: Array) -> Start:
        """The inner products of given weights.

        Raises
        ------
        InputError
            If the network is not linear, not made of floats, has several outputs, or does not match the data.
        """
        if network.psi.name != "linear":
            raise InputError(f"the exact law is for linear networks, but the activation is {network.psi.name}")
        if network.kind is not float or not network.single_output:
            raise InputError("the exact law needs networks of floats with one output")
        Z, p = network.preactivations(X), network.p
        b, beta, root = network.b, network.beta, np.sqrt(p)
        return cls(
            p,
            X @ np.swapaxes(X, -1, -2),
            Z @ np.swapaxes(Z, -1, -2) / p,
            _times(Z, beta) / root,
            _times(Z, b) / root,
            _dot(b, b) / p,
            _dot(beta, beta) / p,
            _dot(b, beta) / root,
        )

    @classmethod
    def sample(cls, X: Array, p: int, rng: np.random.Generator) -> Start:
        """Draw the inner products of a network of width p with ``W₀, β₀, b`` i.i.d. N(0, 1), exactly in law.

        Parameters
        ----------
        X
            Inputs ``(n, d)``.
        p
            Any width ≥ 1; the cost does not depend on it.

        Raises
        ------
        InputError
            If ``p < 1`` or X is not a matrix.
        """
        if p < 1:
            raise InputError(f"expected a width p ≥ 1 but got {p!r}")
        if X.ndim != 2 or 0 in X.shape:
            raise InputError(f"expected X of shape (n, d) with n, d ≥ 1 but got shape {X.shape}")
        R: Array = np.transpose(np.linalg.qr(X.T)[1])  # X = R Qᵀ
        k = R.shape[1]
        columns = min(k + 2, p)
        L = np.tril(rng.standard_normal((k + 2, columns)), -1)
        L[range(columns), range(columns)] = np.sqrt(rng.chisquare(p - np.arange(columns)))
        Z, b, beta, root = R @ L[:k], L[k], L[k + 1], np.sqrt(p)
        return cls(p, X @ X.T, Z @ Z.T / p, Z @ beta / root, Z @ b / root, b @ b / p, beta @ beta / p, b @ beta / root)

    def reversed(self) -> Start:
        """The same network with ``−b`` in place of b, which has the same distribution."""
        return replace(self, q=-self.q, r=-self.r)

    def state(self) -> LinearState:
        """The network at step 0."""
        zero = 0.0 * self.f
        return LinearState(self, zero, zero, 0.0 * self.B, 1.0 + 0.0 * self.B)

    def run(self, y: Array, *, eta: Any, schedule: Schedule | None = None) -> Iterator[tuple[LinearState, Array]]:
        """Yield the state and its error at steps 0, 1, 2, … endlessly, like `fa_theory.simulation.run.run`.

        Examples
        --------
        >>> from itertools import islice
        >>> start = Start.sample(np.eye(2), 10**12, np.random.default_rng(0))
        >>> [round(float(np.linalg.norm(e)), 3) for _, e in islice(start.run(np.ones(2), eta=0.5), 4)]
        [3.541, 1.771, 0.885, 0.443]
        """
        lam = schedule or Schedule.none()
        state, t = self.state(), 0
        while True:
            e = state.error(y)
            yield state, e
            state = state.step(e, eta=eta, lam=lam(t))
            t += 1


def stack(starts: list[Start]) -> Start:
    """Networks of one width and one number of samples as a batch.

    Raises
    ------
    InputError
        If there are none, or their widths differ.
    """
    widths = sorted({start.p for start in starts})
    if len(widths) != 1:
        raise InputError(f"a batch needs networks of one width but got the widths {widths}")
    fields = ("K", "G", "f", "q", "B", "N", "r")
    return Start(widths[0], *(np.stack([getattr(start, name) for start in starts]) for name in fields))


@dataclass(frozen=True, eq=False)
class LinearState:
    """A linear network at some step: the moving quantities (module docstring), and the start.

    Attributes
    ----------
    start
        The inner products at the start.
    s, v
        Shape ``(..., n)``.
    c, alpha
        Shape ``(...)``.
    """

    start: Start
    s: Array
    v: Array
    c: Array
    alpha: Array

    @property
    def rho(self) -> Array:
        """``b·β/√p``."""
        start = self.start
        moved: Array = (self.c * start.B - _dot(start.q, self.v)) / np.sqrt(start.p)
        return self.alpha * start.r + moved

    def error(self, y: Array) -> Array:
        """``e = f − y``, shape ``(..., n)``."""
        start = self.start
        scaled = (self.c / start.p)[..., None], (self.rho / np.sqrt(start.p))[..., None]
        f = self.alpha[..., None] * start.f - _times(start.G, self.v)
        e: Array = f + scaled[0] * start.q - scaled[1] * _times(start.K, self.s) - y
        return e

    def step(self, e: Array, *, eta: Any, lam: Any = 0.0) -> LinearState:
        """The state after a step from the error e; eta may differ from network to network, shape ``(...)``.

        Raises
        ------
        InputError
            If η < 0 or λ < 0. (A network with η = 0 does not change.)
        """
        if not np.all(np.asarray(eta) >= 0) or not np.all(np.asarray(lam) >= 0):
            raise InputError(f"expected eta ≥ 0 and lam ≥ 0 but got eta = {eta!r}, lam = {lam!r}")
        eta = np.asarray(eta)
        keep = 1 - eta * lam
        move = eta[..., None] * e
        gain = eta * _dot(self.s, _times(self.start.K, e))
        v, c, alpha = keep[..., None] * self.v + move, keep * self.c + gain, keep * self.alpha
        return LinearState(self.start, self.s + move, v, c, alpha)

    @property
    def size(self) -> Array:
        """``‖β‖²/p``, up to rounding relative to its initial value: few digits are correct where β is nearly 0."""
        return self._square(self.alpha)

    @property
    def movement_beta(self) -> Array:
        """``‖β − β₀‖``: the norm of β with ``α − 1`` in place of α."""
        squared: Array = np.sqrt(self.start.p * np.maximum(self._square(self.alpha - 1), 0))
        return squared

    @property
    def movement_W(self) -> Array:
        """``‖W − W₀‖_F = ‖b‖ ‖Xᵀs‖ / √p``."""
        s = self.s
        moved: Array = np.sqrt(self.start.B * np.maximum(_dot(s, _times(self.start.K, s)), 0))
        return moved

    def _square(self, alpha: Array) -> Array:
        """``‖αβ₀ − p^{-1/2} W₀Xᵀv + (c/p) b‖²/p``."""
        start, p, v = self.start, self.start.p, self.v
        a = self.c / p
        squares = alpha**2 * start.N + _dot(v, _times(start.G, v)) / p + a**2 * start.B
        crossed: Array = alpha * a * start.r / np.sqrt(p) - alpha * _dot(start.f, v) / p - a * _dot(start.q, v) / p
        size: Array = squares + 2 * crossed
        return size

    @property
    def alignment(self) -> Array:
        """``cos∠(b, β)``; nan where b or β is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            cosine: Array = self.rho / np.sqrt(self.start.p * self.start.B * self.size)
        return cosine


def flow(start: Start, y: Array, *, time: float, lam: float = 0.0, tolerance: float = 1e-9) -> LinearState:
    """The limit ``η → 0`` of the run: a state after the given time ``ηt``, by an implicit method.

    The recursions become ``ṡ = e, v̇ = e − λv, ċ = sᵀKe − λc, α̇ = −λα``. They are stiff when time is long, as after
    ``ηt = S√p`` at large width; the method takes steps as long as the slow motion allows.

    Parameters
    ----------
    start
        One network.
    y
        Targets ``(n,)``.
    time
        ``ηt ≥ 0``.
    tolerance
        Relative, for the error of the integration (estimated, not bounded). Much below 1e-8 the rounding of e, which is
        a difference of numbers of order 1, slows the integration down over long times.

    Raises
    ------
    InputError
        If the integration fails, or the times or λ are negative.
    """
    return continued(start.state(), y, time=time, lam=lam, tolerance=tolerance)


def continued(state: LinearState, y: Array, *, time: float, lam: float = 0.0, tolerance: float = 1e-9) -> LinearState:
    """`flow` from a given state; λ with a cutoff is one flow continued by another."""
    from scipy.integrate import solve_ivp

    if not (time >= 0 and lam >= 0):
        raise InputError(f"expected time ≥ 0 and lam ≥ 0 but got time = {time!r}, lam = {lam!r}")
    start, n = state.start, len(y)
    # in the units of long times s grows like √p and c with it
    unit = np.sqrt(start.p)

    def unpack(z: Array) -> LinearState:
        return LinearState(start, unit * z[:n], z[n : 2 * n], unit * z[-2], z[-1])

    def velocity(_: float, z: Array) -> Array:
        at = unpack(z)
        e = at.error(y)
        gain = z[:n] @ (start.K @ e)
        return np.concatenate([e / unit, e - lam * at.v, [gain - lam * z[-2], -lam * at.alpha]])

    begin = np.concatenate([state.s / unit, state.v, [state.c / unit, state.alpha]])
    found = solve_ivp(velocity, (0.0, time), begin, method="LSODA", rtol=tolerance, atol=tolerance * 1e-2)
    if not found.success:
        raise InputError(f"the flow cannot be followed to time {time!r}: {found.message}")
    return unpack(found.y[:, -1])
