"""Why one certificate covers all later times: decay keeps the weights in the tube, and the tube keeps the decay."""

from __future__ import annotations

from sympy import Abs, IndexedBase, Integer, Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import (
    AbsoluteHomogeneity,
    Adding,
    CauchySchwarz,
    Homogeneity,
    KnownInequality,
    OperatorBound,
    Triangle,
)
from fa_theory.symbolic.notation import (
    D,
    Norm,
    OperatorNorm,
    Psi,
    W,
    X,
    b,
    beta,
    delta,
    e,
    eta,
    i,
    j,
    k,
    l,
    lam,
    m,
    p,
    r,
    total,
)

from ...shared.setting import STEP_BETA, STEP_W, W_, beta_, e_
from .secant_kernel import RIGHT as SECANT_KERNEL_IDENTITY
from .secant_kernel import G_s, H_s

A, B, C, K_mid, N, P, Q, R, W0, a, v, v_ = (
    IndexedBase(name) for name in ("A", "B", "C", "K-", "N", "P", "Q", "R", "W0", "a", "v", "v+")
)
t = Symbol("t", integer=True, nonnegative=True)
E, E_, E0, L, S, T, T_, T0, q, sigma = (
    Symbol(name, nonnegative=True) for name in ("E", "E+", "E0", "L", "S", "T", "T+", "T0", "q", "sigma")
)
one, zero = Integer(1), Integer(0)
NORM_X = OperatorNorm(X[j, k], k, j)
NORM_A, NORM_B, NORM_P = (OperatorNorm(matrix[i, j], i, j) for matrix in (A, B, P))

IDENTITY = Equation(e_[i], SECANT_KERNEL_IDENTITY, "secant-kernel identity")
UNREGULARISED = Equation(lam, zero, "no regularisation from here on")
KERNEL = Equation(N[i, j], G_s[i, j] + H_s[i, j], "secant kernel of this step")
SCALED = Equation(e[i], total(Q[i, j] * v[j], j), "v is the error scaled by C; Q is the inverse of C")
NEXT_SCALED = Equation(v_[i], total(C[i, j] * e_[j], j), "scaled error after the step")
MIDDLE = Equation(
    A[i, j], total(C[i, l] * (delta[l, m] - eta * K_mid[l, m]) * Q[m, j], l, m), "one-step matrix at the midpoint"
)
DEVIATION = Equation(
    P[i, j], -eta * total(C[i, l] * (N[l, m] - K_mid[l, m]) * Q[m, j], l, m), "deviation of the one-step matrix"
)
RADIUS = Equation(B[i, j], total(Abs(C[i, l]) * R[l, m] * Abs(Q[m, j]), l, m), "largest deviation, entry by entry")
DOMINATED = KnownInequality(NORM_P, eta * NORM_B, "the kernel is within its radius R: entries dominate the norm")
CERTIFICATE = KnownInequality(NORM_A + eta * NORM_B, q, "the certified inequality")
LENGTH = Equation(E, Norm(v[i], i), "length of the scaled error")
NEXT_LENGTH = Equation(E_, Norm(v_[i], i), "the same after the step")
INVERSE = Equation(sigma, OperatorNorm(Q[i, j], i, j), "norm of the inverse of C")
DECAY = KnownInequality(E, q**t * E0, "induction hypothesis: decay")
NEXT_T = Equation(T_, T + Norm(e[i], i), "sum of the lengths of the errors so far")
START_T = Equation(T0, zero, "empty sum")
LEVEL = KnownInequality(sigma * E0, (1 - q) * S, "choice of S")
SUM = KnownInequality(T, S * (1 - q**t), "induction hypothesis: sum")
SLOPES = KnownInequality(Norm(D[j, r] * e[j], j), L * Norm(e[j], j), "slopes in the tube are at most L")
RATE_W = Equation(a[r], eta / sqrt(p) * Abs(b[r]) * NORM_X * L, "how far a neuron moves per length of error")
DISTANCE = KnownInequality(Norm(W[r, k] - W0[r, k], k), a[r] * T, "induction hypothesis: distance")

BEFORE = {E: E0, T: T0, t: zero, W: W0}
AFTER = {E: E_, T: T_, t: t + 1, W: W_}


def _decay() -> tuple[Part, ...]:
    middle, rest = total(A[i, j] * v[j], j), total(P[i, j] * v[j], j)
    length = Norm(v[j], j)
    matrix = Part(
        "the step of the scaled error",
        v_[i],
        middle + rest,
        (
            Step(total(C[i, j] * e_[j], j), "definition", (NEXT_SCALED,)),
            Step(
                total(C[i, j] * (e[j] - eta * total(N[j, l] * e[l], l)), j),
                "the secant-kernel identity without regularisation",
                (IDENTITY, UNREGULARISED, KERNEL),
            ),
            Step(middle + rest, "split the kernel into midpoint and deviation", (SCALED, MIDDLE, DEVIATION)),
        ),
    )
    step = Part(
        "one step in the tube",
        E_,
        q * E,
        (
            Step(Norm(middle + rest, i), "the step of the scaled error", (NEXT_LENGTH, matrix.rule())),
            Step(Norm(middle, i) + Norm(rest, i), "triangle inequality", (), ((one, Triangle(middle, rest, i)),)),
            Step(
                NORM_A * length + NORM_P * length,
                "definition of the operator norm, twice",
                (),
                ((one, OperatorBound(A[i, j], v[j], i, j)), (one, OperatorBound(P[i, j], v[j], i, j))),
            ),
            Step((NORM_A + eta * NORM_B) * length, "the kernel is within its radius", (), ((length, DOMINATED),)),
            Step(q * length, "the certified inequality", (), ((length, CERTIFICATE),)),
            Step(q * E, "name of the length", (LENGTH,)),
        ),
    )
    start_end = DECAY.upper.xreplace(BEFORE)
    start = Part("decay: the start", E0, start_end, (Step(start_end, "no step has been made"),))
    end = DECAY.upper.xreplace(AFTER)
    following = Part(
        "decay: from time t to t + 1",
        E_,
        end,
        (
            Step(q * E, "one step in the tube", (), ((one, step.inequality()),)),
            Step(end, "the bound at time t, times the rate", (), ((q, DECAY),)),
        ),
    )
    return matrix, step, start, following


def _sum() -> tuple[Part, ...]:
    length = Part(
        "the error from the scaled error",
        Norm(e[i], i),
        sigma * E,
        (
            Step(Norm(total(Q[i, j] * v[j], j), i), "definition", (SCALED,)),
            Step(
                OperatorNorm(Q[i, j], i, j) * Norm(v[j], j),
                "definition of the operator norm",
                (),
                ((one, OperatorBound(Q[i, j], v[j], i, j)),),
            ),
            Step(sigma * E, "names", (INVERSE, LENGTH)),
        ),
    )
    start_end = SUM.upper.xreplace(BEFORE)
    start = Part("sum of the errors: the start", T0, start_end, (Step(start_end, "the sum is empty", (START_T,)),))
    end = SUM.upper.xreplace(AFTER)
    following = Part(
        "sum of the errors: from time t to t + 1",
        T_,
        end,
        (
            Step(T + Norm(e[i], i), "one more error in the sum", (NEXT_T,)),
            Step(SUM.upper + Norm(e[i], i), "the bound at time t", (), ((one, SUM),)),
            Step(SUM.upper + sigma * E, "the error from the scaled error", (), ((one, length.inequality()),)),
            Step(SUM.upper + sigma * q**t * E0, "decay", (), ((sigma, DECAY),)),
            Step(end, "choice of S: the geometric sum closes", (), ((q**t, LEVEL),)),
        ),
    )
    bounded = Part(
        "so the sum never exceeds S",
        T,
        S,
        (
            Step(SUM.upper, "the bound at time t", (), ((one, SUM),)),
            Step(S, "the rest is not negative", (), ((one, Adding(q**t * S)),)),
        ),
    )
    return length, start, following, bounded


def distance(bounded: Part) -> tuple[Part, ...]:
    """How far a neuron moves, given that the errors sum to at most S."""
    rate = eta / sqrt(p)
    pull = total(X[j, k] * (D[j, r] * e[j]), j)
    length = Norm(e[j], j)
    move = Part(
        "the move of one neuron",
        Norm(W_[r, k] - W[r, k], k),
        a[r] * length,
        (
            Step(Norm(-rate * b[r] * pull, k), "step of the first-layer weights", (STEP_W,)),
            Step(rate * Norm(b[r] * pull, k), "homogeneity", (), ((one, Homogeneity(rate, b[r] * pull, k)),)),
            Step(rate * Abs(b[r]) * Norm(pull, k), "homogeneity", (), ((rate, AbsoluteHomogeneity(b[r], pull, k)),)),
            Step(
                rate * Abs(b[r]) * NORM_X * Norm(D[j, r] * e[j], j),
                "definition of the operator norm",
                (),
                ((rate * Abs(b[r]), OperatorBound(X[j, k], D[j, r] * e[j], k, j)),),
            ),
            Step(
                rate * Abs(b[r]) * NORM_X * L * length,
                "slopes in the tube are bounded",
                (),
                ((rate * Abs(b[r]) * NORM_X, SLOPES),),
            ),
            Step(a[r] * length, "name of the factor", (RATE_W,)),
        ),
    )
    left, right = (side.xreplace(BEFORE) for side in (DISTANCE.lower, DISTANCE.upper))
    start = Part(
        "distance from the start: at the start",
        left,
        right,
        (
            Step(zero, "no distance", (), ((one, Homogeneity(zero, W0[r, k], k)),)),
            Step(right, "the sum is empty", (START_T,)),
        ),
    )
    left, right = (side.xreplace(AFTER) for side in (DISTANCE.lower, DISTANCE.upper))
    so_far, now = W[r, k] - W0[r, k], W_[r, k] - W[r, k]
    following = Part(
        "distance from the start: from time t to t + 1",
        left,
        right,
        (
            Step(Norm(so_far, k) + Norm(now, k), "triangle inequality", (), ((one, Triangle(so_far, now, k)),)),
            Step(a[r] * T + Norm(now, k), "the bound at time t", (), ((one, DISTANCE),)),
            Step(a[r] * T + a[r] * length, "the move of one neuron", (), ((one, move.inequality()),)),
            Step(right, "one more error in the sum", (NEXT_T,)),
        ),
    )
    factor = RATE_W.right
    inside = Part(
        "so a neuron never leaves its ball",
        DISTANCE.lower,
        factor * S,
        (
            Step(a[r] * T, "the bound at time t", (), ((one, DISTANCE),)),
            Step(factor * T, "the factor in full", (RATE_W,)),
            Step(factor * S, "the sum never exceeds S", (), ((factor, bounded.inequality()),)),
        ),
    )
    return move, start, following, inside


def output_weights() -> tuple[Part, ...]:
    """How far an output weight moves in one step, up and down."""
    rate = eta / sqrt(p)
    parts = []
    for sign, words, negative in ((1, "an output weight rises at most so much", True), (-1, "and falls", False)):
        signed = -sign * total(Psi[j, r] * e[j], j)
        end = rate * Norm(Psi[j, r], j) * Norm(e[j], j)
        parts.append(
            Part(
                words,
                sign * (beta_[r] - beta[r]),
                end,
                (
                    Step(rate * signed, "step of the output weights", (STEP_BETA, UNREGULARISED)),
                    Step(
                        end,
                        "Cauchy–Schwarz inequality",
                        (),
                        ((rate, CauchySchwarz(Psi[j, r], e[j], j, negative)),),
                    ),
                ),
            )
        )
    return tuple(parts)


def derivation() -> Derivation:
    """Derive decay for all times, the bound on the sum of the errors, and that the weights stay in the tube."""
    total_of_errors = _sum()
    return Derivation(
        "Certified decay for all times",
        r"All statements at time $t$ are proved together. If the state has been in the tube up to time $t$, the secant "
        r"kernel of the step is within its radius of the midpoint (a secant slope is an average of slopes in the "
        r"convex tube), so the certified inequality gives decay at time $t+1$; the errors sum to at most $S$; and so "
        r"the state is in the tube at time $t+1$. For output weights the same sum bounds the drift.",
        (
            IDENTITY,
            UNREGULARISED,
            STEP_W,
            STEP_BETA,
            KERNEL,
            SCALED,
            NEXT_SCALED,
            MIDDLE,
            DEVIATION,
            RADIUS,
            LENGTH,
            NEXT_LENGTH,
            INVERSE,
            NEXT_T,
            START_T,
            RATE_W,
        ),
        (*_decay(), *total_of_errors, *distance(total_of_errors[-1]), *output_weights()),
        hypotheses=(DOMINATED, CERTIFICATE, LEVEL, SLOPES, DECAY, SUM, DISTANCE),
        inductions=(
            Induction("the scaled error decays at every time", DECAY, 2, 3, BEFORE, AFTER),
            Induction("the sum of the errors is bounded at every time", SUM, 5, 6, BEFORE, AFTER),
            Induction("every neuron stays in its ball", DISTANCE, 9, 10, BEFORE, AFTER),
        ),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    length = Norm(e[j], j)
    return {
        "radius forgotten": right.with_end(NORM_A * Norm(v[j], j), part=1),
        "deviation scaled without its inverse": right.with_rule(
            Equation(P[i, j], -eta * total(C[i, l] * (N[l, j] - K_mid[l, j]), l), "deviation, not scaled back")
        ),
        "decay one step too fast": right.with_end(q ** (t + 2) * E0, part=3),
        "width forgotten in the move": right.with_end(RATE_W.right * sqrt(p) * length, part=8),
        "newest error forgotten in the sum": right.with_rule(Equation(T_, T, "sum without the newest error")),
    }
