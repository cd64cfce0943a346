"""A linear network that starts orthogonal moves, on isometric data, in three numbers: c, ν and w.

Orthogonal start: ``Z₀Z₀ᵀ = pI``, ``Z₀b = 0``, ``‖b‖² = p``, ``β₀ = 0``. Wide Gaussian networks are so up to p^{-1/2},
and up to their initial output, which regularisation forgets.
"""

from __future__ import annotations

from sympy import IndexedBase, Integer, Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import delta, e, eta, i, j, lam, p, total, y

from ...shared.setting import G, K, f
from . import sample_space
from .linear_closure import NEXT_A, NEXT_S, NEXT_V, a, a0, a_, s, s0, s_, v, v0, v_
from .sample_space import B, N, f0, q, r0, rho, size

h = IndexedBase("h")
c, nu, w, Y, c_, nu_, w_, c0, nu0, w0 = (
    Symbol(name, nonnegative=True) for name in ("c", "nu", "w", "Y", "c+", "nu+", "w+", "c0", "nu0", "w0")
)
g, g_ = (Symbol(name, nonnegative=True) for name in ("g", "g+"))

DIRECTION = Equation(y[i], Y * h[i], "the targets are of length Y in the direction h")
ORTHOGONAL = (
    Equation(G[i, j], delta[i, j], "orthogonal features at the start"),
    Equation(q[i], Integer(0), "the feedback is orthogonal to them"),
    Equation(B, Integer(1), "length of the feedback"),
    Equation(f0[i], Integer(0), "the output weights start at 0"),
    Equation(r0, Integer(0), "the output weights start at 0"),
    Equation(N, Integer(0), "the output weights start at 0"),
)
ISOMETRIC = Equation(K[i, j], delta[i, j], "isometric data")
FORM_S = Equation(s[i], -sqrt(p) * c * h[i], "form of s")
FORM_V = Equation(v[i], -nu * h[i], "form of v")
FORM_A = Equation(a, w / sqrt(p), "form of a")
ERROR = Equation(e[i], f[i] - y[i], "error")
LENGTH = Equation(g, Y - nu - w * c, "length of the error")
SQUARE = Symbol("H")
UNIT = Equation(SQUARE, total(h[i] ** 2, i), "squared length of the direction, which is 1")

NEXT_C = Equation(c_, c + eta * g / sqrt(p), "recursion")
NEXT_NU = Equation(nu_, (1 - eta * lam) * nu + eta * g, "recursion")
NEXT_W = Equation(w_, (1 - eta * lam) * w + eta * c * g * SQUARE, "recursion")
START = (
    Equation(s0[i], Integer(0), "start"),
    Equation(v0[i], Integer(0), "start"),
    Equation(a0, Integer(0), "start"),
    Equation(c0, Integer(0), "start"),
    Equation(nu0, Integer(0), "start"),
    Equation(w0, Integer(0), "start"),
)
BEFORE = {s: s0, v: v0, a: a0, c: c0, nu: nu0, w: w0}
AFTER = {s: s_, v: v_, a: a_, c: c_, nu: nu_, w: w_}


def derivation() -> Derivation:
    """Derive that s, v and e stay on the line of the targets, and how c, ν and w move."""
    _, _, aligned, output, length = (part.rule() for part in sample_space.derivation().parts)

    def start(form: Equation, words: str) -> Part:
        left, right = form.left.xreplace(BEFORE), form.right.xreplace(BEFORE)
        return Part(f"{words} at time 0", left, right, (Step(right, "all start at 0", START),))

    feedback = Part(
        "the alignment",
        rho,
        w,
        (
            Step(aligned.right, "in sample space", (aligned,)),
            Step(a * sqrt(p), "orthogonal start", ORTHOGONAL),
            Step(w, "form of a", (FORM_A,)),
        ),
    )
    error = Part(
        "the error",
        e[i],
        -g * h[i],
        (
            Step(f[i] - y[i], "definition", (ERROR,)),
            Step(output.right - Y * h[i], "in sample space", (output, DIRECTION)),
            Step(
                -v[i] - rho / sqrt(p) * s[i] - Y * h[i],
                "orthogonal start and isometric data",
                (*ORTHOGONAL, ISOMETRIC),
            ),
            Step(nu * h[i] + w * c * h[i] - Y * h[i], "insert the forms", (FORM_S, FORM_V, feedback.rule())),
            Step(-g * h[i], "length of the error", (LENGTH,)),
        ),
    )

    def following(
        form: Equation, recursion: Equation, number: Equation, words: str, using: tuple[Equation, ...] = ()
    ) -> Part:
        right = form.right.xreplace(AFTER)
        inserted = (error.rule(), FORM_S, FORM_V, FORM_A, *using)
        return Part(
            f"{words} from time t to t + 1",
            form.left.xreplace(AFTER),
            right,
            (
                Step(recursion.right, "recursion of linear closure", (recursion,)),
                Step(right.xreplace({number.left: number.right}), "insert forms and error", inserted),
                Step(right, "recursion of the number", (number,)),
            ),
        )

    return Derivation(
        "The orthogonal start",
        "Let the data be isometric, the features at the start orthogonal to each other and to the feedback, and the "
        "output weights 0 at the start. Then the error stays on the line of the targets, of length $g = Y-\\nu-wc$, "
        "and the network moves in three numbers.",
        (
            DIRECTION,
            *ORTHOGONAL,
            ISOMETRIC,
            FORM_S,
            FORM_V,
            FORM_A,
            aligned,
            output,
            length,
            ERROR,
            LENGTH,
            UNIT,
            NEXT_S,
            NEXT_V,
            NEXT_A,
            NEXT_C,
            NEXT_NU,
            NEXT_W,
            *START,
        ),
        (
            start(FORM_S, "s"),
            start(FORM_V, "v"),
            start(FORM_A, "a"),
            feedback,
            error,
            following(FORM_S, NEXT_S, NEXT_C, "s"),
            following(FORM_V, NEXT_V, NEXT_NU, "v"),
            following(FORM_A, NEXT_A, NEXT_W, "a", (ISOMETRIC, UNIT)),
            Part(
                "the length of the output weights",
                size,
                (nu**2 * SQUARE + w**2) / p,
                (
                    Step(length.right, "in sample space", (length,)),
                    Step((nu**2 * SQUARE + w**2) / p, "insert the forms", (*ORTHOGONAL, FORM_V, FORM_A, UNIT)),
                ),
            ),
        ),
        inductions=(
            Induction("s stays on the line of the targets", FORM_S, 0, 5, BEFORE, AFTER),
            Induction("v stays on the line of the targets", FORM_V, 1, 6, BEFORE, AFTER),
            Induction("a has its form at every time", FORM_A, 2, 7, BEFORE, AFTER),
        ),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "the feedback is not orthogonal to the features": right.with_rule(Equation(q[i], h[i], "not orthogonal")),
        "half the gain in w": right.with_rule(
            Equation(w_, (1 - eta * lam) * w + eta * c * g * SQUARE / 2, "recursion, half the gain")
        ),
        "c moves like 1/p": right.with_rule(Equation(c_, c + eta * g / p, "recursion, too slow")),
    }
