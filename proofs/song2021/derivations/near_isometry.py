"""Gershgorin for Gram matrices: rows that are nearly orthonormal make a nearly isometric matrix."""

from __future__ import annotations

from sympy import IndexedBase, Integer, Rational, Symbol

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import KnownInequality, Summed
from fa_theory.symbolic.notation import X, delta, i, j, k, total

from ...shared.setting import INPUT_GRAM, K

R = IndexedBase("R")
v = IndexedBase("v")
A = IndexedBase("A")
Lam = Symbol("Lambda", nonnegative=True)
quarter, one = Rational(1, 4), Integer(1)

DEVIATION = Equation(R[i, j], K[i, j] - delta[i, j], "deviation from the identity")
ABOVE = KnownInequality(R[i, j], A[i, j], "A bounds the deviation, entry by entry")
BELOW = KnownInequality(-R[i, j], A[i, j], "A bounds the deviation, entry by entry")
ROWS = KnownInequality(total(A[i, j], j), Lam, "every row of A sums to at most Λ")
COLUMNS = KnownInequality(total(A[i, j], i), Lam, "so does every column")
SQUARES = total(v[i] ** 2, i)


def derivation() -> Derivation:
    """Derive ``(1 − Λ)‖v‖² ≤ ‖Xᵀv‖² ≤ (1 + Λ)‖v‖²``."""

    def side(sign: int, words: str) -> Part:
        form = sign * total(v[i] * R[i, j] * v[j], i, j)
        spread = total(A[i, j] * (v[i] ** 2 + v[j] ** 2), i, j) / 2
        apart, together = quarter * (v[i] - v[j]) ** 2, quarter * (v[i] + v[j]) ** 2
        first, second = (apart, together) if sign < 0 else (together, apart)
        return Part(
            words,
            form,
            Lam * SQUARES,
            (
                Step(
                    spread,
                    "squares are not negative",
                    (),
                    ((one, Summed(ABOVE, first, (i, j))), (one, Summed(BELOW, second, (i, j)))),
                ),
                Step(
                    (total(A[i, j] * v[i] ** 2, i, j) + Lam * SQUARES) / 2,
                    "columns of A",
                    (),
                    ((Rational(1, 2), Summed(COLUMNS, v[j] ** 2, (j,))),),
                ),
                Step(Lam * SQUARES, "rows of A", (), ((Rational(1, 2), Summed(ROWS, v[i] ** 2, (i,))),)),
            ),
        )

    above, below = side(1, "the deviation from above"), side(-1, "the deviation from below")
    length = total(total(X[i, k] * v[i], i) ** 2, k)
    exact = SQUARES + total(v[i] * R[i, j] * v[j], i, j)
    named = (INPUT_GRAM, DEVIATION)
    return Derivation(
        "Near-isometry",
        r"If the deviation $R = XX^\top - I$ is bounded entry by entry by $A$, whose rows and columns sum to at most "
        r"$\Lambda$, then $XX^\top$ is the identity up to $\Lambda$.",
        (INPUT_GRAM, DEVIATION),
        (
            above,
            below,
            Part(
                "length from above",
                length,
                (1 + Lam) * SQUARES,
                (
                    Step(exact, "multiply out", named),
                    Step((1 + Lam) * SQUARES, "the deviation", (), ((one, above.inequality()),)),
                ),
            ),
            Part(
                "length from below",
                (1 - Lam) * SQUARES,
                length,
                (
                    Step(exact, "the deviation", (), ((one, below.inequality()),)),
                    Step(length, "multiply out", named),
                ),
            ),
        ),
        hypotheses=(ABOVE, BELOW, ROWS, COLUMNS),
        sizes=((1, 1, 1), (1, 2, 1), (2, 1, 1), (3, 2, 1)),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "half the room": right.with_end((1 + Lam / 2) * SQUARES, part=2),
        "the diagonal forgotten": right.with_rule(Equation(R[i, j], K[i, j], "deviation from 0")),
    }
