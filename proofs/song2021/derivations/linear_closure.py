"""S3: a linear network moves in 2n + 2 numbers s, v, α, a, whatever its width.

The literature's r(t), the factor of β(0) in β(t), is called α here, since r counts neurons.
"""

from __future__ import annotations

from sympy import IndexedBase, Integer, Rational, Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import W, X, b, beta, e, eta, h, i, j, k, lam, p, r, total

from ...shared.setting import INPUT_GRAM, STEP_W_LINEAR, W_, K, beta_, f

alpha, alpha_, alpha0 = (Symbol(name) for name in ("alpha", "alpha+", "alpha0"))
a, a_, a0 = (Symbol(name) for name in ("a", "a+", "a0"))
s, s_, s0, v, v_, v0, W0, beta0 = (IndexedBase(name) for name in ("s", "s+", "s0", "v", "v+", "v0", "W0", "beta0"))
M, q, m = (IndexedBase(name) for name in "Mqm")
B, c = Symbol("B"), Symbol("c")

STEP_BETA_LINEAR = Equation(
    beta_[r],
    (1 - eta * lam) * beta[r] - eta / sqrt(p) * total(W[r, k] * X[j, k] * e[j], k, j),
    "step of the output weights, linear activation",
)
FORM_W = Equation(W[r, k], W0[r, k] - b[r] * total(s[i] * X[i, k], i) / sqrt(p), "form of the first-layer weights")
FORM_BETA = Equation(
    beta[r],
    alpha * beta0[r] - total(W0[r, k] * X[i, k] * v[i], k, i) / sqrt(p) + a * b[r],
    "form of the output weights",
)
NEXT_S = Equation(s_[i], s[i] + eta * e[i], "recursion")
NEXT_V = Equation(v_[i], (1 - eta * lam) * v[i] + eta * e[i], "recursion")
NEXT_ALPHA = Equation(alpha_, (1 - eta * lam) * alpha, "recursion")
NEXT_A = Equation(a_, (1 - eta * lam) * a + eta / p * total(s[i] * K[i, j] * e[j], i, j), "recursion")
START = (
    Equation(s0[i], Integer(0), "start"),
    Equation(v0[i], Integer(0), "start"),
    Equation(alpha0, Integer(1), "start"),
    Equation(a0, Integer(0), "start"),
)
STATISTICS = (
    Equation(M[k, h], total(W0[r, k] * W0[r, h], r) / p, "Gram matrix of the columns of the first layer at the start"),
    Equation(q[k], total(b[r] * W0[r, k], r) / sqrt(p), "feedback against those columns"),
    Equation(m[k], total(beta0[r] * W0[r, k], r) / sqrt(p), "output weights against those columns"),
    Equation(B, total(b[r] ** 2, r) / p, "squared length of the feedback"),
    Equation(c, total(b[r] * beta0[r], r) / sqrt(p), "feedback against output weights at the start"),
)
OUTPUT = Equation(f[i], total(beta[r] * W[r, k] * X[i, k], r, k) / sqrt(p), "output of the linear network")

AFTER_W = {W: W_, s: s_}
AFTER_BETA = {beta: beta_, alpha: alpha_, v: v_, a: a_}
BEFORE_W = {W: W0, s: s0}
BEFORE_BETA = {beta: beta0, alpha: alpha0, v: v0, a: a0}


def derivation() -> Derivation:
    """Derive the form of the weights by induction, and the output from 2n + 2 numbers and fixed statistics."""
    w_start, w_next = FORM_W.right.xreplace(BEFORE_W), FORM_W.right.xreplace(AFTER_W)
    beta_start, beta_next = FORM_BETA.right.xreplace(BEFORE_BETA), FORM_BETA.right.xreplace(AFTER_BETA)
    aligned = alpha * c - total(q[k] * X[i, k] * v[i], k, i) / sqrt(p) + a * sqrt(p) * B
    aligned_j = alpha * c - total(q[h] * X[j, h] * v[j], h, j) / sqrt(p) + a * sqrt(p) * B
    output = total(
        X[i, k]
        * (
            alpha * m[k]
            - total(M[k, h] * X[j, h] * v[j], h, j)
            + a * q[k]
            - aligned_j / sqrt(p) * total(s[j] * X[j, k], j)
        ),
        k,
    )
    start_w = Part("the first layer at time 0", W0[r, k], w_start, (Step(w_start, "the sum is empty", START),))
    start_beta = Part(
        "the output weights at time 0", beta0[r], beta_start, (Step(beta_start, "only the first term is left", START),)
    )
    step_w = Part(
        "the first layer from time t to t + 1",
        W_[r, k],
        w_next,
        (
            Step(STEP_W_LINEAR.right, "step of the first-layer weights", (STEP_W_LINEAR,)),
            Step(
                W0[r, k] - b[r] * total((s[i] + eta * e[i]) * X[i, k], i) / sqrt(p),
                "insert the form at time t; both terms point along the feedback",
                (FORM_W,),
            ),
            Step(w_next, "recursion of s", (NEXT_S,)),
        ),
    )
    step_beta = Part(
        "the output weights from time t to t + 1",
        beta_[r],
        beta_next,
        (
            Step(STEP_BETA_LINEAR.right, "step of the output weights", (STEP_BETA_LINEAR,)),
            Step(
                (1 - eta * lam) * beta[r]
                - eta / sqrt(p) * total(W0[r, k] * X[j, k] * e[j], k, j)
                + eta / p * b[r] * total(s[i] * K[i, j] * e[j], i, j),
                "insert the form of the first layer at time t",
                (FORM_W, INPUT_GRAM),
            ),
            Step(
                (1 - eta * lam) * alpha * beta0[r]
                - total(W0[r, k] * X[i, k] * ((1 - eta * lam) * v[i] + eta * e[i]), k, i) / sqrt(p)
                + ((1 - eta * lam) * a + eta / p * total(s[i] * K[i, j] * e[j], i, j)) * b[r],
                "insert the form of the output weights at time t and sort by direction",
                (FORM_BETA,),
            ),
            Step(beta_next, "recursions of the numbers", (NEXT_ALPHA, NEXT_V, NEXT_A)),
        ),
    )
    alignment = Part(
        "the alignment from the same numbers",
        total(b[r] * beta[r], r) / sqrt(p),
        aligned,
        (Step(aligned, "insert the form of the output weights", (FORM_BETA, *STATISTICS)),),
    )
    closed = Part(
        "the output from the same numbers",
        f[i],
        output,
        (
            Step(OUTPUT.right, "output of the linear network", (OUTPUT,)),
            Step(
                total(X[i, k] * total(beta[r] * W0[r, k], r), k) / sqrt(p)
                - total(b[r] * beta[r], r) * total(s[j] * K[i, j], j) / p,
                "insert the form of the first layer",
                (FORM_W, INPUT_GRAM),
            ),
            Step(
                total(X[i, k] * total(beta[r] * W0[r, k], r), k) / sqrt(p)
                - aligned_j / sqrt(p) * total(s[j] * K[i, j], j),
                "the alignment just derived",
                (FORM_BETA, *STATISTICS),
            ),
            Step(output, "insert the form of the output weights", (FORM_BETA, INPUT_GRAM, *STATISTICS)),
        ),
    )
    return Derivation(
        "Linear closure",
        "A linear network under regularised feedback alignment moves in $2n+2$ numbers $s, v, \\alpha, a$ at any "
        "width. The error $e$ may be any vector at every step, and the rates may change with time.",
        (
            STEP_W_LINEAR,
            STEP_BETA_LINEAR,
            FORM_W,
            FORM_BETA,
            INPUT_GRAM,
            NEXT_S,
            NEXT_V,
            NEXT_ALPHA,
            NEXT_A,
            OUTPUT,
            *START,
            *STATISTICS,
        ),
        (start_w, start_beta, step_w, step_beta, alignment, closed),
        inductions=(
            Induction("the first layer has its form at every time", FORM_W, 0, 2, BEFORE_W, AFTER_W),
            Induction("the output weights have their form at every time", FORM_BETA, 1, 3, BEFORE_BETA, AFTER_BETA),
        ),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "wrong sign in the recursion of a": right.with_rule(
            Equation(a_, (1 - eta * lam) * a - eta / p * total(s[i] * K[i, j] * e[j], i, j), "recursion, wrong sign")
        ),
        "p replaced by its root in the recursion of a": right.with_rule(
            Equation(
                a_, (1 - eta * lam) * a + eta * p ** Rational(-1, 2) * total(s[i] * K[i, j] * e[j], i, j), "recursion"
            )
        ),
        "v decays like s": right.with_rule(Equation(v_[i], v[i] + eta * e[i], "recursion without decay")),
        "s decays like v": right.with_rule(
            Equation(s_[i], NEXT_V.right.xreplace({v[i]: s[i]}), "recursion with decay")
        ),
        "b replaced by beta in the step": right.with_rule(
            Equation(W_[r, k], STEP_W_LINEAR.right.xreplace({b[r]: beta[r]}), "backpropagation step")
        ),
        "alpha starts at 0": right.with_rule(Equation(alpha0, Integer(0), "wrong start")),
    }
