"""A two-layer network and its observables: written once, for floats, balls and rationals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from fa_theory.errors import InputError

from . import checks
from .activations import Activation, activation
from .ball import Array, Ball


def root_of(p: int, kind: type) -> float | Ball | Fraction:
    """√p in a kind of number.

    Raises
    ------
    InputError
        If the numbers are rational, and the root is not.
    """
    if kind is float:
        return math.sqrt(p)
    if kind is Ball:
        return Ball(p).sqrt()
    root = math.isqrt(p)
    if root * root != p:
        raise InputError(f"exact rationals need a width that is a square, but p = {p}; use 1, 4, 9, … or balls")
    return Fraction(root)


def kind_of(*arrays: Array) -> type:
    """What arrays are made of: ``float``, ``Ball``, or, for exact numbers, ``Fraction``."""
    if all(A.dtype != object for A in arrays):
        return float
    return Ball if any(isinstance(x, Ball) for A in arrays for x in A.flat) else Fraction


def transpose(A: Array) -> Array:
    """Swap the last two axes."""
    swapped: Array = A.swapaxes(-1, -2)
    return swapped


@dataclass(frozen=True, eq=False)
class Network:
    """State of a two-layer network ``f(x) = p^{-1/2} Σ_r β_r ψ(w_r·x)`` with feedback weights ``b``.

    Attributes
    ----------
    W
        First-layer weights, ``(..., p, d)``; leading axes are a batch of networks.
    beta, b
        Output and feedback weights, ``(..., p)``, or ``(..., p, k)`` for k outputs.
    psi
        The activation, or its name.

    Raises
    ------
    InputError
        If the shapes do not match, or the activation is unknown.

    Examples
    --------
    >>> Network([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.25], [1.0, -1.0], "tanh")
    Network(W=[[1.0, 0.0], [0.0, 1.0]], beta=[0.5, 0.25], b=[1.0, -1.0], psi='tanh')
    """

    W: Array
    beta: Array
    b: Array
    psi: Activation

    def __post_init__(self) -> None:
        object.__setattr__(self, "psi", activation(self.psi))
        for name in ("W", "beta", "b"):
            if not isinstance(getattr(self, name), np.ndarray):
                object.__setattr__(self, name, checks.floats(getattr(self, name), name))
        if self.W.ndim < 2 or 0 in self.W.shape:
            raise InputError(f"expected W of shape (p, d) with p, d ≥ 1 but got shape {self.W.shape}")
        if self.beta.shape != self.b.shape:
            raise InputError(f"beta has shape {self.beta.shape} but b has shape {self.b.shape}; they must be equal")
        rows = self.beta.shape[: self.W.ndim - 1]
        if rows != self.W.shape[:-1] or self.beta.ndim not in (self.W.ndim - 1, self.W.ndim):
            raise InputError(
                f"expected beta of shape (p,) or (p, k) with p = {self.W.shape[-2]} but got shape {self.beta.shape}"
            )

    def __repr__(self) -> str:
        if self.W.size + 2 * self.beta.size <= 12:
            arrays = (f"{name}={getattr(self, name).tolist()}" for name in ("W", "beta", "b"))
            return f"Network({', '.join(arrays)}, psi={self.psi.name!r})"
        batch, outputs = self.W.shape[:-2], self.beta.shape[self.W.ndim - 1 :]
        sizes = f"p={self.p}, d={self.d}" + "".join(f", k={k}" for k in outputs)
        kind = "" if self.kind is float else f", {self.kind.__name__}s"
        return f"Network({self.psi.name}, {sizes}{kind}{f', batch={batch}' if batch else ''})"

    @property
    def p(self) -> int:
        """Width."""
        return int(self.W.shape[-2])

    @property
    def d(self) -> int:
        """Input dimension."""
        return int(self.W.shape[-1])

    @property
    def single_output(self) -> bool:
        """Whether β has shape ``(..., p)`` and not ``(..., p, k)``."""
        return self.beta.ndim == self.W.ndim - 1

    @cached_property
    def kind(self) -> type:
        """The type of its numbers: ``float``, ``Ball``, or, for exact numbers, ``Fraction``."""
        return kind_of(self.W, self.beta, self.b)

    @cached_property
    def root_p(self) -> float | Ball | Fraction:
        """√p as a number of the type of the network: exact, enclosed, or an error."""
        return root_of(self.p, self.kind)

    def columns(self, v: Array) -> Array:
        """View ``(..., m)`` as ``(..., m, 1)`` for a single output; leave ``(..., m, k)`` alone."""
        return v[..., None] if self.single_output else v

    def like_targets(self, v: Array) -> Array:
        """Undo `columns`."""
        return v[..., 0] if self.single_output else v

    def refuse_mixed(self, name: str, A: Array) -> None:
        """Reject numbers that would silently make the computation non-rigorous.

        A float64 network would introduce its rounded √p into a computation with balls or rationals; a float would turn
        rationals into floats. Floats are exact as balls.
        """
        if self.kind is float and A.dtype == object:
            raise InputError(f"{name} holds {type(A.flat[0]).__name__}s but the network holds floats; convert it too")
        if self.kind is Fraction and any(isinstance(x, float | np.floating) for x in A.flat):
            raise InputError(f"{name} holds floats but the network holds rationals; convert {name} to Fractions")

    def preactivations(self, X: Array) -> Array:
        """``Z = X Wᵀ``, shape ``(..., n, p)``."""
        if X.ndim < 2 or X.shape[-1] != self.d:
            raise InputError(f"expected X of shape (n, d) with d = {self.d} but got shape {X.shape}")
        self.refuse_mixed("X", X)
        return X @ transpose(self.W)

    def readout(self, features: Array) -> Array:
        """``f = Ψβ / √p`` from the features ``Ψ = ψ(Z)``, shape ``(..., n)`` or ``(..., n, k)``."""
        return self.like_targets(features @ self.columns(self.beta)) / self.root_p

    def output(self, X: Array) -> Array:
        """``f = ψ(Z) β / √p``, shape ``(..., n)`` or ``(..., n, k)``."""
        return self.readout(self.psi.value(self.preactivations(X)))

    def error(self, X: Array, y: Array) -> Array:
        """``e = f − y``."""
        return self.deviation(self.output(X), y)

    def deviation(self, f: Array, y: Array) -> Array:
        """``f − y`` for an output f of this network."""
        axes = 1 if self.single_output else 2
        if y.shape[-axes:] != f.shape[-axes:]:
            raise InputError(f"y has shape {y.shape} but the network's output has shape {f.shape}")
        self.refuse_mixed("y", y)
        return f - y

    def gram(self, X: Array) -> Array:
        """``G = ΨΨᵀ / p``, shape ``(..., n, n)``."""
        features = self.psi.value(self.preactivations(X))
        return features @ transpose(features) / self.p

    def feedback_gram(self, X: Array) -> Array:
        """``H_ij = (x_i·x_j) p⁻¹ Σ_r β_r b_r ψ'(z_ir) ψ'(z_jr)``, shape ``(..., n, n)``; one output only."""
        if not self.single_output:
            raise InputError(f"H is an n×n matrix only for one output, but beta has shape {self.beta.shape}")
        slopes = self.psi.slope(self.preactivations(X))
        weights = (self.beta * self.b)[..., None, :]
        kernel: Array = (X @ transpose(X)) * ((slopes * weights) @ transpose(slopes)) / self.p
        return kernel


def inner(u: Array, v: Array) -> Array:
    """``⟨u, v⟩`` over the last axis, for any kind of number.

    Examples
    --------
    >>> inner(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.float64(11.0)
    """
    product: Array = np.sum(u * v, axis=-1)
    return product


def norm(v: Array) -> Array:
    """Euclidean norm over the last axis, for any kind of number that has a square root."""
    squares = inner(v, v)
    if v.dtype != object:
        return np.sqrt(squares)
    roots: Array = np.frompyfunc(lambda x: x.root_of_square() if isinstance(x, Ball) else np.sqrt(x), 1, 1)(squares)
    return roots


def alignment(b: Array, beta: Array) -> Array:
    """``cos∠(b, β) = ⟨b, β⟩ / (‖b‖ ‖β‖)`` over the last axis; for k outputs flatten the last two axes first.

    Not defined when either vector is 0: floats give nan.

    Examples
    --------
    >>> alignment(np.array([3.0, 4.0]), np.array([4.0, 3.0]))
    np.float64(0.96)
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine: Array = inner(b, beta) / (norm(b) * norm(beta))
    return cosine
