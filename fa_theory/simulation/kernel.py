"""The loops of the compiled path, for numba; `compiled` prepares their arguments and reads their results.

The neurons stand in chunks of 64, so that what a step needs of a chunk stays in the nearest cache; arrays have the
shape (chunks, rows, 64), the rows being samples, inputs or outputs. Pre-activations Z are moved, never computed anew:
with the signal ``S = −(η/√p) e cᵀ ∘ ψ'(Z)`` the step is ``Z ← Z + L R S``, where

    sample space   L = XXᵀ, R = 1    and the sum V of all S gives W = W₀ + VᵀX
    weight space   L = X,   R = Xᵀ   and the sum V of all R S gives W = W₀ + Vᵀ

V is kept only if something asks for W, and changes no bit of the rest.

Every sum has a fixed order: neurons in eight lanes within a chunk, then chunk after chunk. So the bits depend on the
processor (whether it fuses multiplication and addition) and on the version of numba, not on the number of threads.
``fastmath`` allows that fusing and nothing else: infinities and nan are kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

CHUNK = 64
"""Neurons in a chunk, the last one filled up with zeros."""
LINEAR, RELU, TANH, SIGMOID, ERF, SOFTPLUS, GELU = range(7)
"""What an activation declares as its ``loop``."""
SUMS, MAXIMA = 6, (3, 5)
"""What is recorded: ‖β‖², b·β, ‖β − β₀‖² and its largest term, ‖W − W₀‖²_F and its largest term."""

_ROUND = 1.5 * 2.0**52  # added and taken away again, rounds to an integer and leaves it in the last bits
_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_TAYLOR = tuple(1.0 / math.factorial(j) for j in range(13, 1, -1))
_SLOPE_OF_ERF = 2 / math.sqrt(math.pi)
_ROOT_HALF, _PEAK = math.sqrt(0.5), 1 / math.sqrt(2 * math.pi)


def compiled(function: F) -> F:
    """`numba.njit` with the arithmetic of this package; kept on disk where there is a place for it."""
    settings: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    try:
        made: F = numba.njit(cache=True, **settings)(function)
    except RuntimeError:  # neither the folder of this file nor that of the user can be written
        made = numba.njit(**settings)(function)
    return made


@compiled
def exponential(x: float) -> tuple[float, float]:
    """``s, q`` with ``eˣ = s(1 + q)``, ``s = 2ᵏ`` and |q| ≤ √2 − 1, for −700 ≤ x ≤ 0; nan gives nan.

    ``x = k log 2 + r`` with |r| ≤ ½ log 2, and q is the Taylor polynomial of degree 13 of ``eʳ − 1``, whose remainder
    is below ``|r|¹⁴/14! · e^{|r|} < 2⁻⁵⁷``. Without branches, so that it runs on vectors.
    """
    shifted = x * 1.4426950408889634 + _ROUND
    k = shifted - _ROUND
    r = (x - k * _LOG2_HIGH) - k * _LOG2_LOW
    tail = 0.0
    for coefficient in _TAYLOR:
        tail = tail * r + coefficient
    bits = (np.float64(shifted).view(np.int64) + 1023) << 52
    return np.int64(bits).view(np.float64), tail * r * r + r


@compiled
def logistic(z: float) -> tuple[float, float, float]:
    """``σ(z), σ(−z)`` and ``e^{−|z|}``, each to the last bits."""
    x = -abs(z)
    s, q = exponential(-700.0 if x < -700.0 else x)
    small = s + s * q
    share = 1.0 / (1.0 + small)
    return (small * share if z < 0 else share), (share if z < 0 else small * share), small


@compiled
def activate(kind: int, n: int, Z: Any, A: Any) -> None:
    """``A = ψ(Z)`` in the first n rows."""
    for i in range(n):
        if kind == LINEAR:
            for r in range(CHUNK):
                A[i, r] = Z[i, r]
        elif kind == RELU:
            for r in range(CHUNK):
                A[i, r] = 0.0 if Z[i, r] <= 0 else Z[i, r]
        elif kind == TANH:
            for r in range(CHUNK):
                x = -2.0 * abs(Z[i, r])
                s, q = exponential(-80.0 if x < -80.0 else x)
                m = s * q + (s - 1.0)  # e^{−2|z|} − 1, to the last bits also near 0
                A[i, r] = m / (2.0 + m) if Z[i, r] < 0 else -m / (2.0 + m)
        elif kind == SIGMOID:
            for r in range(CHUNK):
                A[i, r] = logistic(Z[i, r])[0]
        elif kind == ERF:
            for r in range(CHUNK):
                A[i, r] = math.erf(Z[i, r])
        elif kind == SOFTPLUS:
            for r in range(CHUNK):
                A[i, r] = (0.0 if Z[i, r] < 0 else Z[i, r]) + math.log1p(logistic(Z[i, r])[2])
        elif kind == GELU:
            for r in range(CHUNK):
                A[i, r] = 0.5 * Z[i, r] * math.erfc(-_ROOT_HALF * Z[i, r])
        else:
            raise ValueError("there are no loops of this number")


@compiled
def slopes(kind: int, n: int, Z: Any, A: Any, D: Any) -> None:
    """``D = ψ'(Z)`` in the first n rows, from ``A = ψ(Z)`` where that is less work."""
    for i in range(n):
        if kind == LINEAR:
            for r in range(CHUNK):
                D[i, r] = 1.0
        elif kind == RELU:
            for r in range(CHUNK):
                D[i, r] = 1.0 if Z[i, r] > 0 else 0.0
        elif kind == TANH:
            for r in range(CHUNK):
                D[i, r] = 1.0 - A[i, r] * A[i, r]
        elif kind == SIGMOID:
            for r in range(CHUNK):
                D[i, r] = logistic(Z[i, r])[1] * A[i, r]
        elif kind == ERF:
            for r in range(CHUNK):
                x = -Z[i, r] * Z[i, r]
                s, q = exponential(-700.0 if x < -700.0 else x)
                D[i, r] = _SLOPE_OF_ERF * (s + s * q)
        elif kind == SOFTPLUS:
            for r in range(CHUNK):
                D[i, r] = logistic(Z[i, r])[0]
        elif kind == GELU:
            for r in range(CHUNK):
                x = -0.5 * Z[i, r] * Z[i, r]
                s, q = exponential(-700.0 if x < -700.0 else x)
                D[i, r] = 0.5 * math.erfc(-_ROOT_HALF * Z[i, r]) + Z[i, r] * _PEAK * (s + s * q)
        else:
            raise ValueError("there are no loops of this number")


@compiled
def add_product(M: Any, B: Any, out: Any) -> None:
    """``out += M B`` for numbers of rows that are multiples of 4."""
    for i in range(0, M.shape[0], 4):
        for j in range(0, M.shape[1], 4):
            a0, a1, a2, a3 = M[i, j], M[i, j + 1], M[i, j + 2], M[i, j + 3]
            b0, b1, b2, b3 = M[i + 1, j], M[i + 1, j + 1], M[i + 1, j + 2], M[i + 1, j + 3]
            c0, c1, c2, c3 = M[i + 2, j], M[i + 2, j + 1], M[i + 2, j + 2], M[i + 2, j + 3]
            d0, d1, d2, d3 = M[i + 3, j], M[i + 3, j + 1], M[i + 3, j + 2], M[i + 3, j + 3]
            for r in range(CHUNK):
                x0, x1, x2, x3 = B[j, r], B[j + 1, r], B[j + 2, r], B[j + 3, r]
                out[i, r] = out[i, r] + a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3
                out[i + 1, r] = out[i + 1, r] + b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3
                out[i + 2, r] = out[i + 2, r] + c0 * x0 + c1 * x1 + c2 * x2 + c3 * x3
                out[i + 3, r] = out[i + 3, r] + d0 * x0 + d1 * x1 + d2 * x2 + d3 * x3


class KernelState(NamedTuple):
    """One network: matrices padded with zeros to multiples of 4 rows, neurons in chunks, k rows for k outputs."""

    L: Any
    Xt: Any
    Z: Any
    A: Any
    """ψ(Z)."""
    V: Any
    """No chunks if nothing asks for W."""
    beta: Any
    b: Any
    sizes: Any
    """Magnitudes m, where the feedback is ``m sign β``."""
    back: Any
    """The feedback: b, β itself, or kept equal to ``m sign β``."""
    start: Any
    """β at step 0."""
    y: Any
    """Targets ``(n, k)``."""
    error: Any
    """The error of the last step ``(n, k)``, padded to a multiple of 4 rows."""
    room: Any
    """To calculate in: three matrices for each piece of a step that a thread takes."""
    parts: Any
    """What each chunk adds to √p f: ``(chunks, n, k)``."""
    seen: Any
    """What each chunk adds to the sums: ``(chunks, SUMS)``."""


class KernelTask(NamedTuple):
    """What is asked of a run."""

    kind: int
    signed: bool
    sample_space: bool
    with_weights: bool
    p: int
    eta: float
    lam: Any
    """λ by step."""
    row: Any
    """By step, the row of the record, or −1."""


@compiled
def project(X: Any, W: Any, Z: Any) -> None:
    """``Z = X Wᵀ`` in chunks, from zeros."""
    inputs = np.zeros((X.shape[1], CHUNK))
    for chunk in range(len(Z)):
        first = chunk * CHUNK
        width = min(CHUNK, W.shape[0] - first)
        for r in range(width):
            for j in range(W.shape[1]):
                inputs[j, r] = W[first + r, j]
        add_product(X, inputs, Z[chunk])


@compiled
def moved(chunk: int, task: KernelTask, state: KernelState) -> Any:
    """``(W − W₀)ᵀ`` of a chunk."""
    if not task.sample_space:
        return state.V[chunk]
    change = np.zeros((state.Xt.shape[0], CHUNK))
    add_product(state.Xt, state.V[chunk], change)
    return change


@compiled
def weights(task: KernelTask, state: KernelState, W: Any) -> None:
    """Turn W from ``W₀`` into the present W."""
    for chunk in range(state.V.shape[0]):
        change = moved(chunk, task, state)
        first = chunk * CHUNK
        for r in range(min(CHUNK, W.shape[0] - first)):
            for j in range(W.shape[1]):
                W[first + r, j] += change[j, r]


@compiled
def send_back(error: Any, back: Any, scale: float, D: Any, room: Any) -> None:
    """Turn slopes D into what a step adds: ``−scale · (e cᵀ) ∘ D``."""
    for i in range(len(error)):
        first = -scale * error[i, 0]
        if len(back) == 1:
            for r in range(CHUNK):
                D[i, r] *= first * back[0, r]
        else:
            for r in range(CHUNK):
                room[r] = first * back[0, r]
            for o in range(1, len(back)):
                for r in range(CHUNK):
                    room[r] -= scale * error[i, o] * back[o, r]
            for r in range(CHUNK):
                D[i, r] *= room[r]


@compiled
def add(A: Any, out: Any) -> None:
    """``out += A``."""
    for i in range(len(out)):
        for r in range(CHUNK):
            out[i, r] += A[i, r]


@compiled
def learn_beta(error: Any, scale: float, shrink: float, A: Any, beta: Any, width: int) -> None:
    """``β ← shrink · β − scale · Aᵀe`` for as many neurons as there are; the others stay 0."""
    for o in range(len(beta)):
        for r in range(width):
            beta[o, r] *= shrink
        for i in range(0, len(error), 4):
            e0, e1, e2, e3 = error[i, o], error[i + 1, o], error[i + 2, o], error[i + 3, o]
            for r in range(width):
                beta[o, r] -= scale * (e0 * A[i, r] + e1 * A[i + 1, r] + e2 * A[i + 2, r] + e3 * A[i + 3, r])


@compiled
def read_out(A: Any, beta: Any, lane: Any, part: Any) -> None:
    """``Σ_r A_ir β_r``, in eight lanes."""
    for i in range(len(part)):
        for o in range(len(beta)):
            for r in range(8):
                lane[r] = (
                    (A[i, r] * beta[o, r] + A[i, r + 8] * beta[o, r + 8])
                    + (A[i, r + 16] * beta[o, r + 16] + A[i, r + 24] * beta[o, r + 24])
                ) + (
                    (A[i, r + 32] * beta[o, r + 32] + A[i, r + 40] * beta[o, r + 40])
                    + (A[i, r + 48] * beta[o, r + 48] + A[i, r + 56] * beta[o, r + 56])
                )
            part[i, o] = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]))


@compiled
def observe(chunk: int, task: KernelTask, state: KernelState) -> None:
    """The sums and maxima over the neurons of a chunk, for the record."""
    beta, b, start = state.beta[chunk], state.b[chunk], state.start[chunk]
    change = moved(chunk, task, state) if task.with_weights else np.zeros((0, CHUNK))
    square = product = sum_beta = sum_weights = farthest_beta = farthest_weights = 0.0
    for r in range(CHUNK):
        of_beta = of_weights = 0.0
        for o in range(len(beta)):
            square += beta[o, r] * beta[o, r]
            product += b[o, r] * beta[o, r]
            of_beta += (beta[o, r] - start[o, r]) ** 2
        for j in range(len(change)):
            of_weights += change[j, r] ** 2
        sum_beta += of_beta
        farthest_beta = max(farthest_beta, of_beta)
        sum_weights += of_weights
        farthest_weights = max(farthest_weights, of_weights)
    found = (square, product, sum_beta, farthest_beta, sum_weights, farthest_weights)
    for s in range(SUMS):
        state.seen[chunk, s] = found[s]


@compiled
def learn(chunk: int, t: int, task: KernelTask, state: KernelState, room: Any) -> None:
    """The step of a chunk from t − 1 to t."""
    Z, A, beta, back = state.Z[chunk], state.A[chunk], state.beta[chunk], state.back[chunk]
    D, moves = room[0], room[0] if task.sample_space else room[1]
    scale = task.eta / math.sqrt(task.p)
    slopes(task.kind, len(state.y), Z, A, D)
    send_back(state.error, back, scale, D, room[2, 0])
    if not task.sample_space:
        moves[:] = 0.0
        add_product(state.Xt, D[: len(Z)], moves)
    add_product(state.L, moves, Z)
    if task.with_weights:
        add(moves, state.V[chunk])
    shrink = 1.0 - task.eta * task.lam[t - 1]
    learn_beta(state.error, scale, shrink, A, beta, min(CHUNK, task.p - chunk * CHUNK))
    if task.signed:
        for o in range(len(back)):
            for r in range(CHUNK):
                back[o, r] = state.sizes[chunk, o, r] * np.sign(beta[o, r])


@compiled
def advance(start: int, stop: int, t: int, task: KernelTask, state: KernelState, room: Any) -> None:
    """Everything of step t that chunks start to stop − 1 can do by themselves."""
    for chunk in range(start, stop):
        A, beta = state.A[chunk], state.beta[chunk]
        if t > 0:
            learn(chunk, t, task, state, room)
        activate(task.kind, len(state.y), state.Z[chunk], A)
        read_out(A, beta, room[2, 0], state.parts[chunk])
        if task.row[t] >= 0:
            observe(chunk, task, state)


@compiled
def settle(t: int, task: KernelTask, state: KernelState, errors: Any, sums: Any) -> None:
    """Add the chunks up to the error of step t, and record it."""
    n, k = state.y.shape
    error, row = state.error, task.row[t]
    for i in range(n):
        for o in range(k):
            f = 0.0
            for chunk in range(len(state.parts)):
                f += state.parts[chunk, i, o]
            error[i, o] = f / math.sqrt(task.p) - state.y[i, o]
    if row < 0:
        return
    errors[row] = error[:n]
    for chunk in range(len(state.seen)):
        for s in range(SUMS):
            both = sums[row, s], state.seen[chunk, s]
            sums[row, s] = max(both) if s in MAXIMA else both[0] + both[1]


@compiled
def in_turn(first: int, last: int, task: KernelTask, state: KernelState, errors: Any, sums: Any) -> None:
    """Steps first to last, on one thread."""
    for t in range(first, last + 1):
        advance(0, len(state.Z), t, task, state, state.room[0])
        settle(t, task, state, errors, sums)
