"""S6: exponential decay bounds the drift of every weight by an explicit constant over √p."""

from __future__ import annotations

from sympy import Abs, IndexedBase, Integer, Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import Adding, KnownInequality
from fa_theory.symbolic.notation import Norm, Psi, b, beta, e, eta, i, j, p, r

from ...shared.setting import STEP_BETA, STEP_W, beta_
from .tube import (
    AFTER,
    BEFORE,
    DISTANCE,
    E0,
    NEXT_T,
    NORM_X,
    RATE_W,
    SLOPES,
    START_T,
    SUM,
    T0,
    T_,
    UNREGULARISED,
    L,
    S,
    T,
    distance,
    output_weights,
    q,
    t,
)

beta0, c = IndexedBase("beta0"), Symbol("c", nonnegative=True)
K, M = (Symbol(name, nonnegative=True) for name in "KM")
g = Symbol("g", positive=True)
one, zero = Integer(1), Integer(0)

DECAY = KnownInequality(Norm(e[i], i), K * q**t * E0, "exponential decay")
LEVEL = KnownInequality(K * E0, (1 - q) * S, "choice of S")
FEATURES = KnownInequality(Norm(Psi[j, r], j), M, "length of the features of a neuron")
RATE_BETA = Equation(c, eta / sqrt(p) * M, "how far an output weight moves per length of error")
RISE = KnownInequality(beta[r] - beta0[r], c * T, "induction hypothesis: rise")
FALL = KnownInequality(beta0[r] - beta[r], c * T, "induction hypothesis: fall")
CHOICE = Equation(S, E0 / (eta * g), "S for K = 1 and the rate 1 − ηg")
FROM, TO = BEFORE | {beta: beta0}, AFTER | {beta: beta_}


def _sum() -> tuple[Part, ...]:
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
            Step(SUM.upper + K * q**t * E0, "exponential decay", (), ((one, DECAY),)),
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
    return start, following, bounded


def _output_weight(move: Part, so_far: KnownInequality, bounded: Part, words: str) -> tuple[Part, ...]:
    left, right = (side.xreplace(FROM) for side in (so_far.lower, so_far.upper))
    start = Part(f"{words}: at the start", left, right, (Step(right, "the sum is empty", (START_T,)),))
    left, right = (side.xreplace(TO) for side in (so_far.lower, so_far.upper))
    length, rate = Norm(e[j], j), eta / sqrt(p)
    following = Part(
        f"{words}: from time t to t + 1",
        left,
        right,
        (
            Step(so_far.lower + move.left, "split the way"),
            Step(c * T + move.left, "the bound at time t", (), ((one, so_far),)),
            Step(c * T + rate * Norm(Psi[j, r], j) * length, "the last step", (), ((one, move.inequality()),)),
            Step(c * T + rate * M * length, "length of the features", (), ((rate * length, FEATURES),)),
            Step(right, "one more error in the sum", (NEXT_T, RATE_BETA)),
        ),
    )
    ever = Part(
        f"{words}: for ever",
        so_far.lower,
        E0 * M / (g * sqrt(p)),
        (
            Step(c * T, "the bound at time t", (), ((one, so_far),)),
            Step(rate * M * T, "the factor in full", (RATE_BETA,)),
            Step(rate * M * S, "the sum never exceeds S", (), ((rate * M, bounded.inequality()),)),
            Step(E0 * M / (g * sqrt(p)), "choice of S", (CHOICE,)),
        ),
    )
    return start, following, ever


def derivation() -> Derivation:
    """Derive the drift of a neuron and of an output weight from exponential decay."""
    sums = _sum()
    neuron = distance(sums[-1])
    first_layer = Part(
        "drift of a neuron",
        neuron[-1].left,
        Abs(b[r]) * NORM_X * L * E0 / (g * sqrt(p)),
        (
            Step(neuron[-1].right, "a neuron never leaves its ball", (), ((one, neuron[-1].inequality()),)),
            Step(Abs(b[r]) * NORM_X * L * E0 / (g * sqrt(p)), "choice of S", (CHOICE,)),
        ),
    )
    rise, fall = output_weights()
    return Derivation(
        "Lazy drift",
        r"If $\|e(t)\| \le K q^t \|e(0)\|$ at all times, the errors sum to at most any $S \ge K\|e(0)\|/(1-q)$. A "
        r"weight moves in each step by at most a multiple of the error, so it never moves further than that multiple "
        r"of $S$. For the contraction by $q = 1 - \eta g$ in every step ($K = 1$) that is a constant over $\sqrt p$.",
        (UNREGULARISED, STEP_W, STEP_BETA, NEXT_T, START_T, RATE_W, RATE_BETA, CHOICE),
        (
            *sums,
            *neuron,
            first_layer,
            rise,
            fall,
            *_output_weight(rise, RISE, sums[-1], "an output weight rises"),
            *_output_weight(fall, FALL, sums[-1], "an output weight falls"),
        ),
        hypotheses=(DECAY, LEVEL, SLOPES, FEATURES, SUM, DISTANCE, RISE, FALL),
        inductions=(
            Induction("the sum of the errors is bounded at every time", SUM, 0, 1, BEFORE, AFTER),
            Induction("the drift of a neuron is bounded at every time", DISTANCE, 4, 5, BEFORE, AFTER),
            Induction("the rise of an output weight is bounded at every time", RISE, 10, 11, FROM, TO),
            Induction("the fall of an output weight is bounded at every time", FALL, 13, 14, FROM, TO),
        ),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "1/p instead of 1/√p": right.with_end(Abs(b[r]) * NORM_X * L * E0 / (g * p), part=7),
        "features forgotten": right.with_end(E0 / (g * sqrt(p)), part=12),
        "newest error forgotten in the sum": right.with_rule(Equation(T_, T, "sum without the newest error")),
        "sum one step too short": right.with_end(S * (1 - q**t), part=1),
    }
