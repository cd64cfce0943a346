"""S8′: how the alignment of an unregularised linear network accrues, step by step.

By `linear_closure`, the part of β along b is a, with ``a⁺ = a + (η/p) sᵀKe`` and ``s⁺ = s + ηe``. The difference
``p a − ½ sᵀKs`` then loses ``½η² eᵀKe`` in every step, and nothing in the flow. In the lazy limit ``e⁺ = e − ηKe``,
so that ``e + Ks`` stands still: at the end of training ``Ks = e(0)``.
"""

from __future__ import annotations

from sympy import IndexedBase, Integer, Symbol

from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import e, eta, i, j, p, total

from ...shared.setting import INPUT_GRAM, K

a, a_, a0, C, C_, C0 = (Symbol(name) for name in ("a", "a+", "a0", "C", "C+", "C0"))
s, s_, s0, e_, e0 = (IndexedBase(name) for name in ("s", "s+", "s0", "e+", "e0"))

NEXT_S = Equation(s_[i], s[i] + eta * e[i], "recursion of linear closure")
NEXT_A = Equation(a_, a + eta / p * total(s[i] * K[i, j] * e[j], i, j), "recursion of linear closure, without decay")
LAZY = Equation(e_[i], e[i] - eta * total(K[i, j] * e[j], j), "limit of large width")
NEXT_C = Equation(C_, C + total(e[i] * K[i, j] * e[j], i, j), "energy of the errors so far")
FORM_A = Equation(
    a, (total(s[i] * K[i, j] * s[j], i, j) - eta**2 * C) / (2 * p), "form of the weight of the feedback direction"
)
FORM_E = Equation(e[i], e0[i] - total(K[i, j] * s[j], j), "form of the error")
START = (
    Equation(a0, Integer(0), "start"),
    Equation(s0[i], Integer(0), "start"),
    Equation(C0, Integer(0), "start"),
)
FITTED = Equation(e0[i], total(K[i, j] * s[j], j), "the targets are met: the error is 0")

BEFORE_A, AFTER_A = {s: s0, C: C0, a: a0}, {s: s_, C: C_, a: a_}
BEFORE_E, AFTER_E = {s: s0, e: e0}, {s: s_, e: e_}


def derivation() -> Derivation:
    """Derive the weight of the feedback direction by induction, the lazy error, and the end of training."""
    start, following = FORM_A.right.xreplace(BEFORE_A), FORM_A.right.xreplace(AFTER_A)
    error_start, error_next = FORM_E.right.xreplace(BEFORE_E), FORM_E.right.xreplace(AFTER_E)
    square, energy = total((s[i] + eta * e[i]) * K[i, j] * (s[j] + eta * e[j]), i, j), NEXT_C.right
    return Derivation(
        "The accrual of alignment",
        "Without regularisation, the weight $a$ of the feedback direction in the output weights of a linear network "
        "is a quadratic form in the sum $s$ of the errors, less the energy of the steps. The error $e$ may be any "
        "vector in the first two parts.",
        (NEXT_S, NEXT_A, NEXT_C, FORM_A, LAZY, FORM_E, FITTED, INPUT_GRAM, *START),
        (
            Part("the weight at time 0", a0, start, (Step(start, "the sums are empty", START),)),
            Part(
                "the weight from time t to t + 1",
                a_,
                following,
                (
                    Step(NEXT_A.right, "recursion", (NEXT_A,)),
                    Step(FORM_A.right + NEXT_A.right - a, "insert the form at time t", (FORM_A,)),
                    Step((square - eta**2 * energy) / (2 * p), "complete the square; K is symmetric", (INPUT_GRAM,)),
                    Step(following, "recursions of s and C", (NEXT_S, NEXT_C)),
                ),
            ),
            Part("the error at time 0", e0[i], error_start, (Step(error_start, "the sum is empty", START),)),
            Part(
                "the error from time t to t + 1",
                e_[i],
                error_next,
                (
                    Step(LAZY.right, "limit of large width", (LAZY,)),
                    Step(
                        e0[i] - total(K[i, j] * s[j], j) - eta * total(K[i, j] * e[j], j),
                        "insert the form at time t",
                        (FORM_E,),
                    ),
                    Step(error_next, "recursion of s", (NEXT_S,)),
                ),
            ),
            Part(
                "at the end of training",
                total(s[i] * K[i, j] * s[j], i, j),
                total(s[i] * e0[i], i),
                (Step(total(s[i] * e0[i], i), "the error is 0", (FITTED,)),),
            ),
        ),
        inductions=(
            Induction(
                "the weight of the feedback direction has its form at every time", FORM_A, 0, 1, BEFORE_A, AFTER_A
            ),
            Induction("in the lazy limit the error has its form at every time", FORM_E, 2, 3, BEFORE_E, AFTER_E),
        ),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "s shrinks": right.with_rule(Equation(s_[i], s[i] - eta * e[i], "recursion, wrong sign")),
        "half the gain": right.with_rule(
            Equation(a_, a + eta / (2 * p) * total(s[i] * K[i, j] * e[j], i, j), "recursion, half the gain")
        ),
        "the energy starts at 1": right.with_rule(Equation(C0, Integer(1), "wrong start")),
    }
