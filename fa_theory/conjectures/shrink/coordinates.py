"""Networks in free coordinates: for all rational coordinates, the network lies in the domain exactly.

Most parts are their own coordinates. Inputs on the sphere are ``x = s·((1 − |t|²), 2t) / (1 + |t|²)`` (stereographic,
s = ±1), so that t = 1/2 is (3/5, 4/5); orthonormal inputs are the first n rows of ``S (I − A)(I + A)⁻¹`` (Cayley, S
diagonal of signs, A skew). Coordinates are stored in place of X: ``(s, t)`` in each row, or a d×d matrix with the signs
on its diagonal and A above it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.networks import Networks
from fa_theory.model.ball import Array


def realise(domain: Domain, coordinates: Networks) -> Networks:
    """The networks with these coordinates, of floats or rationals; they lie in the domain, except for norms of inputs
    in a ball.

    Examples
    --------
    >>> domain = Domain(n=1, d=2, p=1, inputs="sphere")
    >>> batch = domain.sample(domain.smallest(), np.random.default_rng(0), 1)
    >>> realise(domain, batch.replace(X=np.array([[[1.0, 0.5]]]))).X.tolist()
    [[[0.6, 0.8]]]
    """
    networks = constrained(domain, coordinates)
    if domain.inputs == "sphere":
        return networks.replace(X=_stereographic(networks.X))
    if domain.inputs == "orthonormal":
        X = np.stack([_cayley(C)[: networks.shape.n] for C in networks.X])
        return networks.replace(X=X)
    return networks


def coordinates(domain: Domain, networks: Networks) -> Networks:
    """The coordinates of networks of floats; `realise` is the inverse, up to rounding."""
    X = networks.X
    if domain.inputs == "sphere":
        signs = np.where(X[..., :1] < 0, -1.0, 1.0)
        X = np.concatenate([signs, signs * X[..., 1:] / (1 + signs * X[..., :1])], axis=-1)
    if domain.inputs == "orthonormal":
        X = np.stack([_skew(rows) for rows in X])
    return constrained(domain, networks.replace(X=X))


def free(domain: Domain, coordinates: Networks) -> dict[str, Array]:
    """The entries of each part that may be any number of some range."""
    X = np.ones(coordinates.X.shape[1:], bool)
    if domain.inputs == "sphere":
        X[:, 0] = False
    if domain.inputs == "orthonormal":
        X = np.triu(X, 1)
    masks = {"X": X} | {
        name: np.ones(getattr(coordinates, name).shape[1:], bool) for name in ("y", "W", "beta", "b", "more")
    }
    masks["y"] &= domain.targets != "zero"
    for name in domain.data:
        masks[name] &= False
    masks["b"] &= domain.feedback == "gaussian"
    masks["W"] &= domain.W_scale != 0
    masks["beta"] &= domain.beta_scale != 0
    return masks | {name: np.array(len(set(domain.real(name))) > 1) for name in ("eta", "lam")}


def constrained(domain: Domain, networks: Networks) -> Networks:
    """Coordinates with the parts that the domain prescribes, and with all numbers clipped to their ranges."""
    exact = networks.X.dtype == object
    one: Any = Fraction(1) if exact else 1.0
    ends: Callable[[str], tuple[float | Fraction, float | Fraction]] = domain.exact if exact else domain.real
    X, y, b = networks.X, networks.y, networks.b
    beta = networks.beta if domain.beta_scale else 0 * networks.beta
    for name, numbers in domain.data.items():
        fixed = np.broadcast_to(numbers if exact else numbers.astype(float), getattr(networks, name).shape)
        X, y = (fixed, y) if name == "X" else (X, fixed)
    if domain.targets in ("zero", "bounded"):
        y = 0 * y if domain.targets == "zero" else np.minimum(np.maximum(y, -one), one)
    if domain.feedback != "gaussian":
        b = beta if domain.feedback == "tied" else np.where(b < 0, -one, one)
    return networks.replace(
        X=X,
        y=y,
        b=b,
        beta=beta,
        W=networks.W if domain.W_scale else 0 * networks.W,
        **{name: _within(getattr(networks, name), *ends(name)) for name in ("eta", "lam")},
    )


def _within(x: Array, low: float | Fraction, high: float | Fraction) -> Array:
    ends: Any = (low, high)
    clipped: Array = np.minimum(np.maximum(x, ends[0]), ends[1])
    return clipped


def _stereographic(C: Array) -> Array:
    s, t = C[..., :1], C[..., 1:]
    squares = np.sum(t * t, axis=-1, keepdims=True)
    points: Array = s * np.concatenate([1 - squares, 2 * t], axis=-1) / (1 + squares)
    return points


def _cayley(C: Array) -> Array:
    """``S (I − A)(I + A)⁻¹``; I + A is invertible since A is skew."""
    signs, A, unit = np.diagonal(C)[:, None], np.triu(C, 1), np.eye(len(C), dtype=int)
    A = A - A.T
    if C.dtype != object:
        made: Array = signs * ((unit - A) @ np.linalg.inv(unit + A))
        return made
    d = len(C)
    M, N = (fmpq_mat(d, d, [fmpq(x.numerator, x.denominator) for x in B.flat]) for B in (unit - A, unit + A))
    entries = [Fraction(int(x.p), int(x.q)) for x in (M * N.inv()).entries()]
    turned: Array = signs * np.array(entries, dtype=object).reshape(d, d)
    return turned


def _skew(rows: Array) -> Array:
    """Coordinates of orthonormal rows: they are completed to a basis, with the signs for which A is smallest."""
    n, d = rows.shape
    Q = np.concatenate([rows, np.linalg.svd(rows)[2][n:]])
    patterns = (
        product((1.0, -1.0), repeat=d)
        if d <= 6
        else np.where(np.random.default_rng(0).random((64, d)) < 0.5, -1.0, 1.0)
    )
    unit, best = np.eye(d), None
    for pattern in patterns:
        turned = np.array(pattern)[:, None] * Q
        if abs(np.linalg.det(unit + turned)) > 1e-6:
            A = (unit - turned) @ np.linalg.inv(unit + turned)
            if best is None or abs(A).max() < abs(best[0]).max():
                best = A, np.array(pattern)
    if best is None:
        return unit
    return np.asarray(np.triu((best[0] - best[0].T) / 2, 1) + np.diag(best[1]))
