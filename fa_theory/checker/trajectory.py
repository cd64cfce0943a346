"""The first T steps of feedback alignment from exact initial data, enclosed in balls.

The state is carried in sample space. With ``N(t)_ir = (η/√p) b_r Σ_{s<t} e_i(s) ψ'(z_ir(s))`` the rule says
``w_r(t) = w_r(0) − Xᵀ N_r(t)``, hence ``Z(t) = Z(0) − XXᵀ N(t)``: n×p numbers instead of p×d, one product with an n×n
matrix per step, and every movement can be read off N.

Every operation is one of balls, so what comes out contains the exact trajectory, at any precision whatsoever. The
precision only decides how wide it is. A rounding error at step t is magnified by about ``2^{a(T−t)}`` (measured:
a = 0.6 bits per step for tanh at p = 50, 0.9 at p = 500), so that step t needs ``a(T−t)`` bits more than the last one:
the working precision falls linearly from ``first`` to ``last`` bits, which costs half as much as ``first`` throughout.

Formulas of ψ and ψ' are chosen so that they widen a ball by its derivative and no more. At the kink of ReLU a ball gets
the hull of all slopes, [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import mul

from flint import arb, arb_mat, ctx

from . import document as doc
from . import ranges

ONE, QUARTER, HALF = arb(1), arb(0.25), arb(0.5)
MAX_COST = 2**36
"""Largest `cost` of an enclosure, about ten minutes."""

Pair = tuple[list[arb], list[arb]]


@dataclass(frozen=True)
class Enclosure:
    """Balls around the exact state after T steps."""

    N: arb_mat
    """``W(T) = W(0) − NᵀX``."""
    Z: arb_mat
    beta: list[arb]


def cost(state: doc.State, steps: int, first: int) -> int:
    """Steps × numbers × bits, with a constant for what Python itself takes."""
    return steps * (state.X.nrows() * len(state.b) + 32) * (first + 256)


def _tanh(Z: list[arb]) -> Pair:
    values = [ONE - 2 / (ONE + (z + z).exp()) for z in Z]
    return values, [ONE - square for square in map(mul, values, values)]


def _sigmoid(Z: list[arb]) -> Pair:
    values = [ONE / (ONE + (-z).exp()) for z in Z]
    shifted = [value - HALF for value in values]
    return values, [QUARTER - square for square in map(mul, shifted, shifted)]


def _softplus(Z: list[arb]) -> Pair:
    powers = [z.exp() for z in Z]
    return [power.log1p() for power in powers], [ONE - ONE / (ONE + power) for power in powers]


def _erf(Z: list[arb]) -> Pair:
    top = 2 / arb.pi().sqrt()
    return [z.erf() for z in Z], [top * (-square).exp() for square in map(mul, Z, Z)]


def _relu(Z: list[arb]) -> Pair:
    values = [z if z > 0 else ranges.value_range("relu", z) for z in Z]
    return values, [ranges.slope_range("relu", z) for z in Z]


_PAIR: dict[str, Callable[[list[arb]], Pair]] = {
    "linear": lambda Z: (Z, [ONE] * len(Z)),
    "relu": _relu,
    "tanh": _tanh,
    "erf": _erf,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
}
"""ψ and ψ' of narrow balls: one transcendental per entry wherever that is enough."""


def enclose(
    state: doc.State, lam: arb, cutoff: int | None, steps: int, *, first: int, last: int
) -> Enclosure | tuple[int, str]:
    """Enclose the state after some steps.

    Parameters
    ----------
    state
        The exact initial data.
    lam, cutoff
        ``λ(t) = lam`` for ``t < cutoff``, then 0; None: never switched off.
    steps
        T.
    first, last
        Working precision in bits at the first and after the last step.

    Returns
    -------
    Enclosure or (int, str)
        Or the step at which the enclosure became useless, and why.
    """
    with ctx.workprec(first):
        n, p, X = state.X.nrows(), len(state.b), state.X
        XX, start = X * X.transpose(), X * state.W.transpose()
        N, beta, targets = arb_mat(n, p), doc.column(state.beta), doc.column(state.y)
        scale, norm = state.scale(), 1 / arb(p).sqrt()
        feedback = (doc.column(state.b) * scale).transpose()
        pair = _PAIR[state.activation]
        for t in range(steps):
            ctx.prec = first - (first - last) * t // steps
            values, slopes = pair((start - XX * N).entries())
            features = arb_mat(n, p, values)
            e = features * beta * norm - targets
            if not all(x.rad() < 1 for x in e.entries()):
                return t, f"the enclosure is lost at step {t} of {steps}: {first} bits are too few"
            N = N + arb_mat(n, p, list(map(mul, slopes, (e * feedback).entries())))
            if lam > 0 and (cutoff is None or t < cutoff):
                beta = beta * (1 - state.eta * lam)
            beta = beta - features.transpose() * (e * scale)
        ctx.prec = last
        return Enclosure(N, start - XX * N, beta.entries())
