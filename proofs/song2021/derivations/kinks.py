"""The perturbation lemma behind kinks: one definite matrix bounds a step with many bounded terms of rank one."""

from __future__ import annotations

from sympy import IndexedBase, Integer, Symbol

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import Adding, CauchySchwarz, KnownInequality, OperatorBound, Summed
from fa_theory.symbolic.notation import Norm, OperatorNorm, i, j, r, total

A, P, U, V, a, c, theta, v, v_ = (IndexedBase(name) for name in ("A", "P", "U", "V", "a", "c", "theta", "v", "v+"))
q, s = Symbol("q", positive=True), Symbol("s", nonnegative=True)
one, two = Integer(1), Integer(2)

STEP = Equation(
    v_[i],
    total(A[i, j] * v[j], j) + total(P[i, j] * v[j], j) + total(theta[r] * U[i, r] * V[j, r] * v[j], j, r),
    "step of the scaled error: known part, unstructured part, terms of rank one",
)
LEFT = Equation(a[r], total(U[i, r] * v_[i], i), "the next error along the left vectors")
RIGHT = Equation(c[r], total(V[j, r] * v[j], j), "the error along the right vectors")

LENGTH, NEXT_LENGTH = Norm(v[j], j), Norm(v_[i], i)
SQUARE, NEXT_SQUARE = total(v[j] ** 2, j), total(v_[i] ** 2, i)
REST = KnownInequality(OperatorNorm(P[i, j], i, j), s, "the unstructured part is at most s")
PARAMETER = KnownInequality(theta[r] ** 2, one, "every parameter is between −1 and 1")
SIZE = KnownInequality(LENGTH**2, SQUARE, "definition of the Euclidean norm")
NEXT_SIZE = KnownInequality(NEXT_LENGTH**2, NEXT_SQUARE, "definition of the Euclidean norm")
KNOWN = 2 * total(v_[i] * A[i, j] * v[j], i, j)
UNKNOWN = 2 * total(v_[i] * P[i, j] * v[j], i, j)
SQUARES = total(a[r] ** 2, r) + total(c[r] ** 2, r)
DEFINITE = KnownInequality(
    KNOWN,
    (q**2 - q * s) * SQUARE + (1 - s / q) * NEXT_SQUARE - SQUARES,
    "the certified matrix is not negative at (v, −v⁺)",
)


def derivation() -> Derivation:
    """Derive ‖v⁺‖² ≤ q²‖v‖²."""
    moved = total(P[i, j] * v[j], j)
    rest = q * s * SQUARE + s / q * NEXT_SQUARE
    unstructured = Part(
        "the unstructured part",
        UNKNOWN,
        rest,
        (
            Step(
                2 * NEXT_LENGTH * Norm(moved, i),
                "Cauchy–Schwarz inequality",
                (),
                ((two, CauchySchwarz(v_[i], moved, i)),),
            ),
            Step(
                2 * OperatorNorm(P[i, j], i, j) * NEXT_LENGTH * LENGTH,
                "definition of the operator norm",
                (),
                ((2 * NEXT_LENGTH, OperatorBound(P[i, j], v[j], i, j)),),
            ),
            Step(
                2 * s * NEXT_LENGTH * LENGTH, "size of the unstructured part", (), ((2 * NEXT_LENGTH * LENGTH, REST),)
            ),
            Step(
                q * s * LENGTH**2 + s / q * NEXT_LENGTH**2,
                "a square is added",
                (),
                ((s / q, Adding((NEXT_LENGTH - q * LENGTH) ** 2)),),
            ),
            Step(rest, "definition of the norm, twice", (), ((q * s, SIZE), (s / q, NEXT_SIZE))),
        ),
    )
    structured = KNOWN + UNKNOWN + SQUARES - NEXT_SQUARE
    contraction = Part(
        "the step contracts",
        NEXT_SQUARE,
        q**2 * SQUARE,
        (
            Step(
                KNOWN + UNKNOWN + 2 * total(theta[r] * v_[i] * U[i, r] * V[j, r] * v[j], i, j, r) - NEXT_SQUARE,
                "twice the square less the square, with the step in one factor",
                (STEP,),
            ),
            Step(
                KNOWN + UNKNOWN + 2 * total(theta[r] * a[r] * c[r], r) - NEXT_SQUARE,
                "names",
                (LEFT, RIGHT),
            ),
            Step(
                KNOWN + UNKNOWN + total(a[r] ** 2, r) + total(theta[r] ** 2 * c[r] ** 2, r) - NEXT_SQUARE,
                "a square is added for every term",
                (),
                ((one, Adding(total((a[r] - theta[r] * c[r]) ** 2, r))),),
            ),
            Step(structured, "size of the parameters", (), ((one, Summed(PARAMETER, c[r] ** 2, (r,))),)),
            Step(
                KNOWN + rest + SQUARES - NEXT_SQUARE,
                "the unstructured part",
                (),
                ((one, unstructured.inequality()),),
            ),
            Step(q**2 * SQUARE, "the certified matrix", (), ((one, DEFINITE),)),
        ),
    )
    return Derivation(
        "Contraction with terms of rank one",
        r"Let $v^+$ be the scaled error after a step whose matrix is known up to a part of norm at most $s$ and terms "
        r"$\theta_r\, U_r V_r^\top$ with $|\theta_r| \le 1$. If the matrix of the statement is positive semi-definite, "
        r"then $\|v^+\|_2 \le q\, \|v\|_2$, whatever the $\theta_r$. Scaling $U_r$ and $V_r$ against each other "
        r"changes nothing in the step.",
        (STEP, LEFT, RIGHT),
        (unstructured, contraction),
        hypotheses=(REST, PARAMETER, SIZE, NEXT_SIZE, DEFINITE),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "unstructured part forgotten on one side": right.with_end(q * s * SQUARE, part=0),
        "rate too small": right.with_end((q**2 - q * s) * SQUARE, part=1),
        "right vectors doubled": right.with_rule(
            Equation(c[r], 2 * total(V[j, r] * v[j], j), "right vectors of another length")
        ),
        "left vectors forgotten": right.with_rule(Equation(a[r], v_[r], "the next error itself")),
    }
