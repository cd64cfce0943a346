"""The project's notation as SymPy objects: sizes, indices, tensors, sums over whole ranges, ψ, norms.

Every index belongs to one range: ``i, j, l, m`` run over the ``n`` samples, ``k, h`` over the ``d`` inputs, ``r, u``
over the ``p`` neurons. The sizes stay symbols, so a formula written here speaks about all n, d, p at once.

The name of a symbol or tensor may end in a mark: ``"W+"`` is W⁺ (after the step), ``"G~"`` is G̃, ``"e."`` is ė,
``"W0"`` is W₀, ``"q-"`` is q̄.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy
from sympy import Idx, IndexedBase, Symbol

Expr = Any
"""A SymPy expression (SymPy has no types of its own)."""

n, d, p = (Symbol(name, integer=True, positive=True) for name in "ndp")
SIZES = (n, d, p)

eta = Symbol("eta", positive=True)
lam = Symbol("lam", nonnegative=True)
tau = Symbol("tau", real=True)
"""The parameter of a curve of networks; only differentiated with respect to, at 0 (see `rate`)."""

i, j, l, m = (Idx(name, n) for name in "ijlm")  # noqa: E741
k, h = (Idx(name, d) for name in "kh")
r, u = (Idx(name, p) for name in "ru")

X, y, W, beta, b, e, Psi, D = (IndexedBase(name) for name in ("X", "y", "W", "beta", "b", "e", "Psi", "D"))
delta = IndexedBase("delta")
"""Kronecker's δ: both checks know that ``delta[i, j]`` is 1 if i = j and 0 otherwise."""


def total(summand: Expr, *indices: Idx) -> Expr:
    """Sum over the whole range of each index.

    Examples
    --------
    >>> total(X[i, k] * X[j, k], k)
    Sum(X[i, k]*X[j, k], (k, 0, d - 1))
    """
    return sympy.Sum(summand, *((index, index.lower, index.upper) for index in indices))


@cache
def size(index: Idx) -> Symbol:
    """The number of values an index takes: ``n``, ``d`` or ``p``."""
    return index.upper + 1


class dpsi(sympy.Function):  # type: ignore[misc]  # noqa: N801
    """ψ', the derivative of the activation: an unknown function."""

    nargs = 1


class psi(sympy.Function):  # type: ignore[misc]  # noqa: N801
    """ψ, the activation: an unknown differentiable function."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        """Tell SymPy that the derivative of ψ is ψ'."""
        return dpsi(self.args[0])


def rate(curve: Expr) -> Expr:
    """The derivative at ``tau = 0`` of a formula in ``tau``, kept as a formula.

    Examples
    --------
    >>> rate(psi(tau * y[i]))
    Subs(Derivative(psi(tau*y[i]), tau), tau, 0)
    """
    return sympy.Subs(sympy.Derivative(curve, tau), tau, 0)


class Norm(sympy.Expr):  # type: ignore[misc]
    """``‖v‖`` of the vector with entries ``v_i``: ``Norm(v[i], i)``. Both checks treat it as an unknown function."""

    is_commutative = True


class OperatorNorm(sympy.Expr):  # type: ignore[misc]
    """``‖M‖``, the operator norm of the matrix with entries ``M_ij``: ``OperatorNorm(M[i, j], i, j)``."""

    is_commutative = True


class Mean(sympy.Expr):  # type: ignore[misc]
    """``E[formula]`` over neurons that are drawn independently from one law: ``Mean(formula, (beta, b), (D,))``.

    The first tuple lists tensors with one index, the neuron, whose entries have mean 0 and variance 1 and are
    independent of everything else; the second lists tensors that are random with the neuron, together, by any law.
    Everything else is fixed.
    """

    is_commutative = True

    def __new__(
        cls, formula: Expr, standard: tuple[IndexedBase, ...] = (), varying: tuple[IndexedBase, ...] = ()
    ) -> Mean:
        mean: Mean = super().__new__(cls, formula, sympy.Tuple(*standard), sympy.Tuple(*varying))
        return mean
