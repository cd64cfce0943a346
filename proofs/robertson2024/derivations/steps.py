"""RK2 for steps of finite size: a linear network with a positive bracket converges exponentially, at any width."""

from __future__ import annotations

from sympy import IndexedBase, Integer, Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import Adding, KnownInequality
from fa_theory.symbolic.notation import D, W, X, b, beta, e, eta, i, j, k, p, r, total, y

from ...shared.setting import ERROR, NEXT_ERROR, NEXT_FEATURES_LINEAR, STEP_BETA, STEP_W, W_, Psi_, beta_, e_
from . import bracket
from .bracket import BRACKET, HOMOGENEOUS, NEXT_BRACKET, Q_, UNREGULARISED, Q, half

a, g, v = (IndexedBase(name) for name in "agv")
t = Symbol("t", integer=True, nonnegative=True)
C, C_, C0 = (Symbol(name, real=True) for name in ("C", "C+", "C0"))
B, E, E_, E0, L, c, kappa, ell, omega, q, s = (
    Symbol(name, nonnegative=True) for name in ("B", "E", "E+", "E0", "Lambda", "c", "kappa", "l", "omega", "q", "s")
)
one, zero = Integer(1), Integer(0)

LINEAR = Equation(D[i, r], one, "linear activation")
PULL = Equation(a[k], total(X[j, k] * e[j], j), "the error seen from the inputs")
SEEN = Equation(g[r], total(W[r, k] * a[k], k), "the same, seen by a neuron")
PUSH = Equation(v[k], total(W[r, k] * g[r], r) + s * a[k], "what comes back to the inputs")
ALIGNMENT = Equation(s, total(b[r] * beta_[r], r), "alignment after the step")
FEEDBACK = Equation(B, total(b[r] ** 2, r), "squared length of the feedback weights")
TOTAL = Equation(C, total(Q[r], r), "sum of the brackets")
NEXT_TOTAL = Equation(C_, total(Q_[r], r), "sum of the brackets after the step")
SIZE = Equation(E, total(e[i] ** 2, i), "squared error")
NEXT_SIZE = Equation(E_, total(e_[i] ** 2, i), "squared error after the step")
RATE = Equation(q, 1 - eta * c * kappa / p, "rate")
FLOOR = Equation(c, C0 - ell, "what is left of the brackets")

INPUTS, SEEN_SQUARES = total(a[k] ** 2, k), total(g[r] ** 2, r)
GAIN = SEEN_SQUARES + s * INPUTS
CROSS = total(e[i] * X[i, k] * v[k], i, k)
LARGEST = KnownInequality(
    total(total(X[i, k] * v[k], k) ** 2, i), L * total(v[k] ** 2, k), "largest eigenvalue of the data"
)
LARGEST_TOO = KnownInequality(INPUTS, L * total(e[i] ** 2, i), "largest eigenvalue of the data")
SMALLEST = KnownInequality(kappa * total(e[i] ** 2, i), INPUTS, "smallest eigenvalue of the data")
WEIGHTS = KnownInequality(
    total(total(W[r, k] * g[r], r) ** 2, k), omega * SEEN_SQUARES, "squared norm of the first-layer weights"
)
STEP_SIZE = KnownInequality(eta * L * (omega + 2 * s), p, "small steps: no overshooting")
LEVEL = KnownInequality(eta**2 / (2 * p) * B * L * E0, (1 - q) * ell, "small steps: choice of the part to be lost")
DECAY = KnownInequality(E, q**t * E0, "induction hypothesis: decay")
LOSS = KnownInequality(C0, C + ell * (1 - q**t), "induction hypothesis: the brackets lose little")

BEFORE = {E: E0, C: C0, t: zero}
AFTER = {E: E_, C: C_, t: t + 1}


def _loss() -> tuple[Part, ...]:
    before = bracket.derivation()
    move, lowered = (part.rule() for part in before.parts)
    lost = eta**2 / (2 * p) * B * INPUTS
    exact = Part(
        "what a step costs the brackets",
        C_,
        C - lost,
        (
            Step(total(Q_[r], r), "definition", (NEXT_TOTAL,)),
            Step(total(Q[r] - half * bracket.S[r], r), "the bracket after a step", (lowered,)),
            Step(C - half * total(bracket.S[r], r), "sum of the brackets", (TOTAL,)),
            Step(C - lost, "the length of the move, with slopes 1", (move, LINEAR, PULL, FEEDBACK)),
        ),
    )
    bounded = Part(
        "which is little",
        C,
        C_ + eta**2 / (2 * p) * B * L * E,
        (
            Step(C_ + lost, "what the step costs", (exact.rule(),)),
            Step(
                C_ + eta**2 / (2 * p) * B * L * total(e[i] ** 2, i),
                "largest eigenvalue of the data",
                (),
                ((eta**2 / (2 * p) * B, LARGEST_TOO),),
            ),
            Step(C_ + eta**2 / (2 * p) * B * L * E, "name", (SIZE,)),
        ),
    )
    start_end = LOSS.upper.xreplace(BEFORE)
    start = Part("brackets: the start", C0, start_end, (Step(start_end, "nothing is lost yet"),))
    end = LOSS.upper.xreplace(AFTER)
    following = Part(
        "brackets: from time t to t + 1",
        C0,
        end,
        (
            Step(LOSS.upper, "the bound at time t", (), ((one, LOSS),)),
            Step(
                C_ + eta**2 / (2 * p) * B * L * E + ell * (1 - q**t),
                "what the step costs",
                (),
                ((one, bounded.inequality()),),
            ),
            Step(
                C_ + eta**2 / (2 * p) * B * L * q**t * E0 + ell * (1 - q**t),
                "decay",
                (),
                ((eta**2 / (2 * p) * B * L, DECAY),),
            ),
            Step(end, "small steps: the geometric sum closes", (), ((q**t, LEVEL),)),
        ),
    )
    square = half * total(W_[r, k] ** 2, r, k)
    alignment = Part(
        "so the alignment after the step is positive",
        c,
        s,
        (
            Step(C0 - ell, "definition", (FLOOR,)),
            Step(C_ - ell * q ** (t + 1), "the brackets at time t + 1", (), ((one, following.inequality()),)),
            Step(C_, "the rest is not negative", (), ((one, Adding(ell * q ** (t + 1))),)),
            Step(total(b[r] * beta_[r], r) - square, "definition of the brackets", (NEXT_TOTAL, NEXT_BRACKET)),
            Step(total(b[r] * beta_[r], r), "squares are not negative", (), ((one, Adding(square)),)),
            Step(s, "name", (ALIGNMENT,)),
        ),
    )
    return exact, bounded, start, following, alignment


def _decay(alignment: Part) -> tuple[Part, ...]:
    rate = eta / p
    step = Part(
        "the error after one step",
        e_[i],
        e[i] - rate * total(X[i, k] * v[k], k),
        (
            Step(total(beta_[r] * total(W_[r, k] * X[i, k], k), r) / sqrt(p) - y[i], "definition", ERROR_AFTER),
            Step(
                total(beta_[r] * total(W[r, k] * X[i, k], k), r) / sqrt(p)
                - rate * total(b[r] * beta_[r], r) * total(X[i, k] * a[k], k)
                - y[i],
                "step of the first-layer weights",
                (STEP_W, LINEAR, PULL),
            ),
            Step(
                total(beta_[r] * total(W[r, k] * X[i, k], k), r) / sqrt(p) - rate * s * total(X[i, k] * a[k], k) - y[i],
                "name",
                (ALIGNMENT,),
            ),
            Step(
                e[i] - rate * total(W[r, k] * X[i, k] * g[r], r, k) - rate * s * total(X[i, k] * a[k], k),
                "step of the output weights; the rest is the error before the step",
                (STEP_BETA, UNREGULARISED, HOMOGENEOUS, LINEAR, ERROR, SEEN, PULL),
            ),
            Step(e[i] - rate * total(X[i, k] * v[k], k), "collect what comes back", (PUSH,)),
        ),
    )
    cross = Part(
        "the change of first order is a sum of squares",
        GAIN,
        CROSS,
        (
            Step(total(a[k] * (total(W[r, k] * g[r], r) + s * a[k]), k), "seen by a neuron", (SEEN,)),
            Step(total(a[k] * v[k], k), "collect what comes back", (PUSH,)),
            Step(CROSS, "the error seen from the inputs", (PULL,)),
        ),
    )
    push = Part(
        "which bounds the change of second order",
        total(v[k] ** 2, k),
        (omega + 2 * s) * GAIN,
        (
            Step(
                total(total(W[r, k] * g[r], r) ** 2, k) + 2 * s * total(a[k] * W[r, k] * g[r], k, r) + s**2 * INPUTS,
                "square",
                (PUSH,),
            ),
            Step(
                total(total(W[r, k] * g[r], r) ** 2, k) + 2 * s * SEEN_SQUARES + s**2 * INPUTS,
                "seen by a neuron",
                (SEEN,),
            ),
            Step(
                omega * SEEN_SQUARES + 2 * s * SEEN_SQUARES + s**2 * INPUTS,
                "norm of the first-layer weights",
                (),
                ((one, WEIGHTS),),
            ),
            Step((omega + 2 * s) * GAIN, "complete", (), ((one, Adding(s * (omega + s) * INPUTS)),)),
        ),
    )
    square, moved = total(e[i] ** 2, i), total(total(X[i, k] * v[k], k) ** 2, i)
    contraction = Part(
        "one step",
        E_,
        q * E,
        (
            Step(total((e[i] - rate * total(X[i, k] * v[k], k)) ** 2, i), "definition", (NEXT_SIZE, step.rule())),
            Step(square - 2 * rate * CROSS + rate**2 * moved, "square"),
            Step(
                square - 2 * rate * GAIN + rate**2 * moved,
                "the change of first order",
                (),
                ((2 * rate, cross.inequality()),),
            ),
            Step(
                square - 2 * rate * GAIN + rate**2 * L * total(v[k] ** 2, k),
                "largest eigenvalue of the data",
                (),
                ((rate**2, LARGEST),),
            ),
            Step(
                square - 2 * rate * GAIN + rate**2 * L * (omega + 2 * s) * GAIN,
                "the change of second order",
                (),
                ((rate**2 * L, push.inequality()),),
            ),
            Step(square - rate * GAIN, "small steps: no overshooting", (), ((rate / p * GAIN, STEP_SIZE),)),
            Step(square - rate * s * INPUTS, "squares are not negative", (), ((one, Adding(rate * SEEN_SQUARES)),)),
            Step(square - rate * c * INPUTS, "the alignment", (), ((rate * INPUTS, alignment.inequality()),)),
            Step((1 - rate * c * kappa) * square, "smallest eigenvalue", (), ((rate * c, SMALLEST),)),
            Step(q * E, "names", (RATE, SIZE)),
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
            Step(q * E, "one step", (), ((one, contraction.inequality()),)),
            Step(end, "the bound at time t, times the rate", (), ((q, DECAY),)),
        ),
    )
    return step, cross, push, contraction, start, following


ERROR_AFTER = (NEXT_ERROR, NEXT_FEATURES_LINEAR)


def derivation() -> Derivation:
    """Derive that the squared error decays and the brackets keep a positive sum, both for all times."""
    loss = _loss()
    return Derivation(
        "Exponential convergence at any width",
        r"Let $C_0$ be the sum of the brackets of a linear network at the start, and let the part $l$ of it be lost at "
        r"most. Both statements at time $t$ are proved together: the squared errors so far are geometric, so the "
        r"brackets have lost at most $l$ after the step; so $b\cdot\beta(t+1) \ge c = C_0 - l$; so the step shrinks "
        r"the squared error by $q = 1 - \eta c \kappa/p$.",
        (
            ERROR,
            *ERROR_AFTER,
            HOMOGENEOUS,
            LINEAR,
            UNREGULARISED,
            STEP_W,
            STEP_BETA,
            BRACKET,
            NEXT_BRACKET,
            PULL,
            SEEN,
            PUSH,
            ALIGNMENT,
            FEEDBACK,
            TOTAL,
            NEXT_TOTAL,
            SIZE,
            NEXT_SIZE,
            RATE,
            FLOOR,
        ),
        (*loss, *_decay(loss[-1])),
        hypotheses=(LARGEST, LARGEST_TOO, SMALLEST, WEIGHTS, STEP_SIZE, LEVEL, DECAY, LOSS),
        inductions=(
            Induction("the brackets lose at most their part at every time", LOSS, 2, 3, BEFORE, AFTER),
            Induction("the squared error decays at every time", DECAY, 9, 10, BEFORE, AFTER),
        ),
        builds_on=(bracket.derivation(),),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    lost = eta**2 / (2 * p) * B * INPUTS
    return {
        "brackets conserved by steps": right.with_end(C, part=0),
        "half of the loss": right.with_end(C - lost / 2, part=0),
        "twice the rate": right.with_rule(Equation(q, 1 - 2 * eta * c * kappa / p, "twice the rate")),
        "alignment before the step": right.with_rule(
            Equation(s, total(b[r] * beta[r], r), "alignment before the step")
        ),
        "first layer at rest": right.with_rule(
            Equation(Psi_[i, r], total(W[r, k] * X[i, k], k), "features of the weights before the step")
        ),
        "no room for the second order": right.with_end(omega * GAIN, part=7),
    }
