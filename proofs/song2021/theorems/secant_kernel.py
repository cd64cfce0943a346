"""(★) The exact one-step error identity of any activation, with regularisation and no remainder term."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Value, forall, total

from ...shared.one_step import INVERSE, ROOT, OneStep

MUTANTS = (
    "no decay in the step of β",
    "error propagated through β",
    "ascent in W",
    "decay factor of the feedback kernel dropped",
    "pull of the targets dropped",
    "kernel transposed",
)


@cache
def proof() -> ProofWriter:
    """Prove e⁺ = (1−ηλ)e − ηλy − η[G̃ + (1−ηλ)H̃]e."""
    P = ProofWriter("Secant-kernel identity")
    N = OneStep(P)
    i, j, k, r = N.i, N.j, N.k, N.r
    X, y, e, beta, b, eta, lam = N.X, N.y, N.e, N.beta, N.b, N.eta, N.lam
    s = P.tensor("s", "n", "p")
    G, H = P.tensors("G~ H~", "n", "n")
    N.errors()
    N.step_of_beta()
    N.step_of_W()
    secant = N.Psi(i, r) + s(i, r) * total(k, (N.W1(r, k) - N.W(r, k)) * X(i, k))
    kernel = INVERSE * total(r, N.Psi1(i, r) * N.Psi(j, r))
    feedback = INVERSE * total(r, beta(r) * b(r) * s(i, r) * N.D(j, r)) * total(k, X(i, k) * X(j, k))
    P.assume("SECANT", forall(i, r, N.Psi1(i, r).equals(secant)), "secant slopes between the pre-activations")
    P.assume("KERNEL", forall(i, j, G(i, j).equals(kernel)), "features after and before the step")
    P.assume("FEEDBACK", forall(i, j, H(i, j).equals(feedback)), "secant slopes and slopes")

    keep = 1 - eta * lam

    def after(decay: Value, pull: Value) -> Assertion:
        pulled = total(j, (G(i, j) + decay * H(i, j)) * e(j))
        return forall(i, N.e1(i).equals(keep * e(i) - pull * y(i) - eta * pulled))

    moved = P.show(
        "step of the output weights",
        forall(
            i,
            N.e1(i).equals(keep * ROOT * total(r, beta(r) * N.Psi1(i, r)) - eta * total(j, G(i, j) * e(j)) - y(i)),
        ),
        rewrite=["NEXT_ERROR", "STEP_BETA", "KERNEL"],
        reason="substitute the step of the output weights; its second term is the kernel of features after and before",
    )
    identity = P.show(
        "the error after the step",
        after(keep, eta * lam),
        moved(i),
        Fact("ERROR")(i) * keep,
        rewrite=["SECANT", "STEP_W", "FEEDBACK"],
        reason="write the features after the step with their secant slopes and substitute the step of the first layer; "
        "the remaining terms are the error before the step",
    )
    P.conclude(identity)

    forgotten = N.beta(r) - eta * ROOT * total(j, N.Psi(j, r) * e(j))
    pull = eta * ROOT * total(j, N.D(j, r) * X(j, k) * e(j))
    P.mutant("no decay in the step of β", {"STEP_BETA": forall(r, N.beta1(r).equals(forgotten))})
    P.mutant("error propagated through β", {"STEP_W": forall(r, k, N.W1(r, k).equals(N.W(r, k) - beta(r) * pull))})
    P.mutant("ascent in W", {"STEP_W": forall(r, k, N.W1(r, k).equals(N.W(r, k) + b(r) * pull))})
    P.mutant("decay factor of the feedback kernel dropped", {}, conclusion=after(1, eta * lam))
    P.mutant("pull of the targets dropped", {}, conclusion=after(keep, 0))
    transposed = INVERSE * total(r, N.Psi(i, r) * N.Psi1(j, r))
    P.mutant("kernel transposed", {"KERNEL": forall(i, j, G(i, j).equals(transposed))})
    return P
