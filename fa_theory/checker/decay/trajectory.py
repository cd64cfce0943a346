"""The first T steps of feedback alignment from exact initial data: an orbit of exact numbers that shadows the run.

The state is carried in sample space. With ``N(t)_ir = (η/√p) Σ_{s<t} b_r·e_i(s) ψ'(z_ir(s))`` the rule says
``w_r(t) = w_r(0) − Xᵀ N_r(t)``, hence ``Z(t) = Z(0) − XXᵀ N(t)``: n×p numbers instead of p×d, one product with an n×n
matrix per step, and every movement can be read off N.

A step is evaluated in balls at an exact state (Ñ, β̃); the midpoints of the result are the next exact state, and its
radii bound the defect of that step. `deviation` bounds the distance of the run itself from the exact states. The bounds
grow while the error is large and hardly afterwards, so that the precision depends on how fast the error decreases, not
on T.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import mul

from flint import arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker import ranges

from .deviation import Deviation, ExactStep, frobenius, shadow

ONE = arb(1)
MAX_COST = 2**36
"""Largest `cost` of an enclosure, about a quarter of an hour."""

MAX_FLOAT_COST = 2**33
"""Largest `float_cost`, about a quarter of an hour."""

Watch = Callable[[int, int], object]


Note = Callable[[int, arb_mat, arb_mat, Deviation], object]
"""Called at every step with its number, ẽ, β̃ and the bounds."""


def unwatched(step: int, steps: int) -> None:
    """No progress is reported."""


@dataclass(frozen=True)
class Enclosure:
    """The state after T steps."""

    N: arb_mat
    """Exact."""
    nu: list[arb]
    """``‖w_r(T) − w_r(0) + XᵀN_r‖₂`` is at most this."""
    Z: arb_mat
    """Balls around the pre-activations."""
    beta: list[arb]
    """Balls around β(T), neuron after neuron."""
    e: arb_mat
    """Balls around the error, nk×1: narrower than what Z and β tell, as `deviation` bounds its distance by itself."""


def cost(state: doc.ExactState, steps: int, bits: int) -> int:
    """The cost of the steps, in units of about 14 ns: for every number, and for products of matrices."""
    p, k, m = state.p, state.k, len(state.y)
    numbers = state.X.nrows() * p + 32
    return steps * (numbers * (bits + 128 + 128 * k + bits * bits // 2048) + 5 * m * m * (m + p))


def float_cost(state: doc.ExactState, steps: int, width: int | None = None) -> int:
    """The cost of the steps in binary64, in units of about 100 ns, with so many floats per number.

    Without a width, that of the first attempt: one float, or two for ReLU. With one output, ReLU also compares
    quadratic forms of 8n numbers.
    """
    p, k, n, m = state.p, state.k, state.X.nrows(), len(state.y)
    relu = state.activation == "relu"
    pairs = relu if width is None else width == 2
    factor = 6 if pairs else 1
    forms = 4 * n**3 if relu and k == 1 else 0
    return steps * (factor * (n * p * k * (1 + k * n // 100) + m**3 // 1000 + 2**12) + forms)


def centred(M: arb_mat) -> tuple[arb_mat, arb]:
    """The midpoints, and a bound on the Frobenius norm of their distance from any matrix in M."""
    middle = M.mid()
    return middle, frobenius(M - middle)


def enclose(
    state: doc.ExactState,
    lam: arb,
    cutoff: int | None,
    steps: int,
    *,
    bits: int,
    watch: Watch = unwatched,
    note: Note | None = None,
) -> Enclosure | tuple[int, str]:
    """Enclose the state after some steps.

    Parameters
    ----------
    state
        The exact initial data.
    lam, cutoff
        ``λ(t) = lam`` for ``t < cutoff``, then 0; None: λ is constant.
    steps
        T.
    bits
        Working precision.
    watch
        Called after every step with its number and T.
    note
        Called at every step from 0 to T.

    Returns
    -------
    Enclosure or (int, str)
        Or the step at which the enclosure became too wide, and why.
    """
    with ctx.workprec(bits):
        n, p, k, X = state.X.nrows(), state.p, state.k, state.X
        XX, start = X * X.transpose(), X * state.W.transpose()
        scale, norm, pair = state.scale(), 1 / arb(p).sqrt(), ranges.known(state.activation).narrow
        y, feedback = arb_mat(n, k, state.y), (state.by_output(state.b) * scale).transpose()
        N, beta, Z = arb_mat(n, p), state.by_output(state.beta), start
        follow, away = shadow(state), Deviation([arb(0)] * p, arb(0), arb(0))
        for t in range(steps):
            values, slopes = (arb_mat(n, p, entries) for entries in pair(Z.entries()))
            e = values * beta * norm - y
            if note is not None:
                note(t, e, beta, away)
            pull = arb_mat(n, p, list(map(mul, slopes.entries(), (e * feedback).entries())))
            turn = values.transpose() * (e * scale)
            keep = 1 - state.eta * lam if cutoff is None or t < cutoff else ONE
            N, delta_n = centred(N + pull)
            beta_next, delta_beta = centred(beta * keep - turn)
            Z_next = start - XX * N
            step = ExactStep(Z, values, slopes, e, beta, pull, turn, keep, Z_next, beta_next, delta_n, delta_beta)
            away, beta, Z = follow.after(step, away), beta_next, Z_next
            if not away.small:
                return t, f"the enclosure is lost at step {t} of {steps}: {bits} bits are too few"
            watch(t + 1, steps)
        values, _ = (arb_mat(n, p, entries) for entries in pair(Z.entries()))
        e = values * beta * norm - y
        if note is not None:
            note(steps, e, beta, away)
        radii = [(length * r).upper() for length in follow.lengths for r in away.nu]
        around = arb_mat(n, p, [z + arb(0, radius) for z, radius in zip(Z.entries(), radii, strict=True)])
        error = arb_mat(n * k, 1, [x + arb(0, away.epsilon) for x in e.entries()])
        return Enclosure(N, away.nu, around, [x + arb(0, away.mu) for x in beta.entries()], error)
