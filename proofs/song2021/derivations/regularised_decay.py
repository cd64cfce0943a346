"""S7, deterministic form: a contracting one-step matrix bounds the regularised error, for one step and for all."""

from __future__ import annotations

from sympy import IndexedBase, Integer, Symbol

from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import Adding, Homogeneity, KnownInequality, OperatorBound, Triangle
from fa_theory.symbolic.notation import Norm, OperatorNorm, delta, e, eta, i, j, lam, total, y

from ...shared.setting import e_
from . import secant_kernel
from .secant_kernel import G_s, H_s

M = IndexedBase("M")
gamma = Symbol("gamma", positive=True)
t = Symbol("t", integer=True, nonnegative=True)
E, E_, E0, S, S_, S0, kappa, q, q_bar, push = (
    Symbol(name, nonnegative=True) for name in ("E", "E+", "E0", "S", "S+", "S0", "kappa", "q", "q-", "c")
)

STEP_MATRIX = Equation(
    M[i, j],
    (1 - eta * lam) * delta[i, j] - eta * (G_s[i, j] + (1 - eta * lam) * H_s[i, j]),
    "one-step matrix",
)
RATE = 1 - eta * gamma / 4 - eta * lam
CONTRACTING = KnownInequality(OperatorNorm(M[i, j], i, j), RATE, "the one-step matrix contracts")

LENGTH = Equation(E, Norm(e[i], i), "length of the error")
NEXT_LENGTH = Equation(E_, Norm(e_[i], i), "length of the error after the step")
RATE_NAME = Equation(q, RATE, "rate")
BEST_RATE = Equation(q_bar, 1 - eta * gamma / 4, "rate without regularisation")
PULL = Equation(push, eta * lam * Norm(y[i], i), "pull of the targets")
BALANCE = KnownInequality(push, (1 - q) * kappa, "a level at which decay outweighs the pull")
GEOMETRIC = KnownInequality(E, q**t * E0 + kappa * (1 - q**t), "induction hypothesis, constant regularisation")
SUMMED = KnownInequality(E, q_bar**t * E0 + S, "induction hypothesis, any schedule")
NEXT_S = Equation(S_, S + push, "sum of the pulls so far")
START_S = Equation(S0, Integer(0), "empty sum")


def derivation() -> Derivation:
    """Derive ‖e⁺‖ ≤ (1−ηγ/4−ηλ)‖e‖ + ηλ‖y‖ and what follows for all times."""
    star = secant_kernel.derivation()
    identity = star.parts[-1].rule()
    moved, pulled = total(M[i, j] * e[j], j), -eta * lam * y[i]
    one, size = Integer(1), OperatorNorm(M[i, j], i, j)
    end = RATE * Norm(e[j], j) + eta * lam * Norm(y[i], i)
    step = Part(
        "one step",
        Norm(e_[i], i),
        end,
        (
            Step(Norm(moved + pulled, i), "the secant-kernel identity, as a matrix", (identity, STEP_MATRIX)),
            Step(Norm(moved, i) + Norm(pulled, i), "triangle inequality", (), ((one, Triangle(moved, pulled, i)),)),
            Step(
                Norm(moved, i) + eta * lam * Norm(y[i], i),
                "homogeneity of the norm",
                (),
                ((one, Homogeneity(eta * lam, y[i], i)),),
            ),
            Step(
                size * Norm(e[j], j) + eta * lam * Norm(y[i], i),
                "definition of the operator norm",
                (),
                ((one, OperatorBound(M[i, j], e[j], i, j)),),
            ),
            Step(end, "the one-step matrix contracts, and a norm is not negative", (), ((Norm(e[j], j), CONTRACTING),)),
        ),
    )
    short = Part(
        "the same in short",
        E_,
        q * E + push,
        (
            Step(Norm(e_[i], i), "definition", (NEXT_LENGTH,)),
            Step(end, "the bound just derived", (), ((one, step.inequality()),)),
            Step(q * E + push, "names of the lengths, the rate and the pull", (LENGTH, RATE_NAME, PULL)),
        ),
    )
    sign = Part(
        "the rate is not negative",
        Integer(0),
        q,
        (
            Step(size, "a norm is not negative", (), ((one, Adding(size)),)),
            Step(RATE, "the one-step matrix contracts", (), ((one, CONTRACTING),)),
            Step(q, "definition of the rate", (RATE_NAME,)),
        ),
    )
    slower = Part(
        "the rate is at most the rate without regularisation",
        q,
        q_bar,
        (Step(q_bar, "they differ by the decay", (RATE_NAME, BEST_RATE), ((one, Adding(eta * lam)),)),),
    )
    below_one = Part(
        "which is at most 1",
        q_bar,
        one,
        (Step(one, "definition", (BEST_RATE,), ((one, Adding(eta * gamma / 4)),)),),
    )
    constant_start_end = GEOMETRIC.upper.xreplace({t: Integer(0)})
    constant_start = Part(
        "constant regularisation: the start",
        E0,
        constant_start_end,
        (Step(constant_start_end, "no step has been made"),),
    )
    constant_end = GEOMETRIC.upper.xreplace({t: t + 1})
    constant = Part(
        "constant regularisation: from time t to t + 1",
        E_,
        constant_end,
        (
            Step(q * E + push, "the bound for one step", (), ((one, short.inequality()),)),
            Step(q * GEOMETRIC.upper + push, "the bound at time t, times the rate", (), ((q, GEOMETRIC),)),
            Step(constant_end, "at this level decay outweighs the pull, and the sum closes", (), ((one, BALANCE),)),
        ),
    )
    schedule_start_end = SUMMED.upper.xreplace({t: Integer(0), S: S0})
    schedule_start = Part(
        "any schedule: the start", E0, schedule_start_end, (Step(schedule_start_end, "the sum is empty", (START_S,)),)
    )
    schedule_end = SUMMED.upper.xreplace({t: t + 1, S: S_})
    schedule = Part(
        "any schedule: from time t to t + 1",
        E_,
        schedule_end,
        (
            Step(q * E + push, "the bound for one step", (), ((one, short.inequality()),)),
            Step(
                q_bar * E + push, "the rate is at most the rate without regularisation", (), ((E, slower.inequality()),)
            ),
            Step(q_bar * (q_bar**t * E0 + S) + push, "the bound at time t, times the rate", (), ((q_bar, SUMMED),)),
            Step(
                q_bar ** (t + 1) * E0 + S + push,
                "the rate is at most 1, and the sum is not negative",
                (),
                ((S, below_one.inequality()),),
            ),
            Step(schedule_end, "one more pull in the sum", (NEXT_S,)),
        ),
    )
    return Derivation(
        "Regularised decay",
        r"If the one-step matrix has operator norm at most $1-\eta\gamma/4-\eta\lambda$, the error after the step is "
        r"bounded by the error before it and the pull of the targets. If every step up to time $t$ contracts so, the "
        r"bounds unroll: for constant regularisation with any level "
        r"$\kappa \ge \lambda\lVert y\rVert/(\lambda+\gamma/4)$, and for any schedule "
        r"$\lambda(t)$ with $S = \eta\lVert y\rVert\sum_{s<t}\lambda(s)$. The rate without "
        r"regularisation $1-\eta\gamma/4$ is then non-negative as well.",
        (STEP_MATRIX, LENGTH, NEXT_LENGTH, RATE_NAME, BEST_RATE, PULL, NEXT_S, START_S),
        (step, short, sign, slower, below_one, constant_start, constant, schedule_start, schedule),
        hypotheses=(CONTRACTING, BALANCE, GEOMETRIC, SUMMED),
        inductions=(
            Induction(
                "the bound for constant regularisation holds at every time",
                GEOMETRIC,
                5,
                6,
                {E: E0, t: Integer(0)},
                {E: E_, t: t + 1},
            ),
            Induction(
                "the bound for any schedule holds at every time",
                SUMMED,
                7,
                8,
                {E: E0, t: Integer(0), S: S0},
                {E: E_, t: t + 1, S: S_},
            ),
        ),
        builds_on=(star,),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    end = right.parts[0].right
    return {
        "pull of the targets dropped": right.with_end(end - eta * lam * Norm(y[i], i), part=0),
        "rate a quarter too good": right.with_end(end - eta * gamma / 4 * Norm(e[j], j), part=0),
        "matrix without the decay of the kernel": right.with_rule(
            Equation(M[i, j], (1 - eta * lam) * delta[i, j] - eta * (G_s[i, j] + H_s[i, j]), "wrong one-step matrix")
        ),
        "geometric sum one term short": right.with_end(q ** (t + 1) * E0 + q * kappa * (1 - q**t), part=6),
        "pulls forgotten in the sum": right.with_rule(Equation(S_, S, "sum without the newest pull")),
    }
