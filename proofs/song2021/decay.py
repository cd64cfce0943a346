"""Theorem 3.2 a posteriori: for one concrete network, the error decays exponentially for all time."""

from __future__ import annotations

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Trials
from fa_theory.claims.procedures import Certified, Proved, wrong_proofs
from fa_theory.enclosure.certify import certify_run
from fa_theory.model.law import Law

from ..shared.tampered import multiplied, tampered, wider_gap
from .certificates import attempted, from_state
from .theorems import tube

LAWS = (
    Law("tanh", 10, 20, 500),
    Law("tanh", 10, 20, 500, lam=0.3, cutoff=60),
    Law("linear", 10, 20, 500),
    Law("relu", 10, 20, 2000),
    Law("tanh", 10, 64, 500, data="digits"),
)


tube_theorem = Claim(
    id="song2021.tube-theorem",
    title="A contraction on a tube persists for all time",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="If the secant kernels contract on a tube that the weights cannot leave, the error decays for all time.",
    statement=r"""Let $\lambda = 0$ from the present state on, $\|v\|_C = \|Cv\|_2$, and let $S, L \ge 0$ with
$\|C^{-1}\|_2 \|e(0)\|_C \le (1-q) S$; for $q < 1$ the least such $S$ is $\|C^{-1}\|_2 \|e(0)\|_C / (1-q)$. On the tube
$\|w'_r - w_r\|_2 \le \rho_r = \frac{\eta}{\sqrt p} |b_r| \|X\|_2 L\, S$,
$|\beta'_r - \beta_r| \le \tau_r = \frac{\eta}{\sqrt p} F_r S$ let slopes be at most $L$, let the features of a neuron
have norm at most $F_r$, and let $K \pm R$ enclose $\tilde G + \tilde H$, entry by entry. If
\[ \|C(I - \eta K)C^{-1}\|_2 + \eta\, \bigl\|\,|C| R\, |C^{-1}|\,\bigr\|_2 \le q \]
then for all $t \ge 0$
\[ \|e(t)\|_C \le q^t \|e(0)\|_C, \qquad \sum_{s<t} \|e(s)\|_2 \le S (1 - q^t), \qquad
   \|w_r(t) - w_r(0)\|_2 \le \rho_r, \qquad |\beta_r(t) - \beta_r(0)| \le \tau_r . \]""",
    source=Source(
        "song2021",
        "Theorem 3.2, proof",
        Fidelity.OURS,
        "The bootstrap of the paper's proof, with a Lyapunov norm, secant kernels and no asymptotics. One joint "
        "induction proves all four conclusions. The activation enters only by its features, slopes and secant slopes.",
    ),
    uses=("song2021.secant-kernel",),
    procedures=(
        Proved(tube.proof, name="proof of the decay"),
        Proved(tube.total_error, name="proof for the sum of the errors"),
        Proved(tube.neurons, name="proof for the neurons"),
        Proved(tube.output_weights, name="proof for the output weights"),
    ),
    mutants=(
        *wrong_proofs(tube.proof, *tube.MUTANTS),
        *wrong_proofs(tube.total_error, *tube.MUTANTS_OF_SUM),
        *wrong_proofs(tube.neurons, *tube.MUTANTS_OF_W),
        *wrong_proofs(tube.output_weights, *tube.MUTANTS_OF_BETA),
    ),
    degenerate=(
        attempted("e=0", Law("tanh", 2, 4, 9), "zero error: the tube is a point", certified=True, zero=("y", "beta")),
    ),
    witness=Check(
        "non-vacuity",
        "every certificate satisfies the hypothesis",
        lambda context: CheckOutcome(
            certify_run(Law("tanh", 4, 6, 60).sample(context.rng("witness"))).certified, "a network satisfies it"
        ),
    ),
)

decay_certified = Claim(
    id="song2021.decay-certified",
    title="The error of these networks decays exponentially for all time",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="For every network with a certificate, the error decays exponentially at all later times.",
    statement=r"""For every network listed with a certificate there are a rate $q < 1$, an invertible $C$ and radii
$\rho_r, \tau_r$ such that from the recorded state $(W(T), \beta(T))$ on, for all $t \ge 0$,
\[ \|C e(T+t)\|_2 \le q^t\, \|C e(T)\|_2, \qquad \|w_r(T+t) - w_r(T)\|_2 \le \rho_r, \qquad
   |\beta_r(T+t) - \beta_r(T)| \le \tau_r, \]
the parameters converge, and the limit of $\cos\angle(b, \beta)$ lies in the stated interval.""",
    hypotheses=(
        Hypothesis(
            "contraction on the tube",
            r"$\|C(I - \eta K)C^{-1}\|_2 + \eta\, \bigl\|\,|C| R\, |C^{-1}|\,\bigr\|_2 \le q$, where $K \pm R$ "
            r"encloses $\tilde G + \tilde H$ on the tube of radii $\rho_r, \tau_r$; or, for neurons at kinks, the "
            r"matrix inequality of the claim on kinks",
        ),
        Hypothesis("no further regularisation", r"$\lambda(t) = 0$ for all $t \ge T$"),
    ),
    source=Source(
        "song2021",
        "Theorem 3.2",
        Fidelity.ADAPTED,
        "A posteriori and for one concrete network: finitely many inequalities in ball arithmetic replace the "
        "asymptotic width, and the recorded float64 state at step T replaces the random start.",
    ),
    uses=("song2021.tube-theorem", "song2021.relu-kinks"),
    procedures=(Certified(LAWS, Trials(2, 20, 100)),),
    mutants=(
        tampered("rate", "the gap 1 − q is 1.5 times as large", from_state, wider_gap(1.5)),
        tampered(
            "radius of w",
            "every neuron moves at most half the certified distance",
            from_state,
            multiplied("tube", "rho", by=0.5),
        ),
        tampered(
            "radius of β",
            "every output weight moves at most half the certified distance",
            from_state,
            multiplied("tube", "tau", by=0.5),
        ),
        tampered("step size", "the step size is ten times as large", from_state, multiplied("eta", by=10)),
        tampered("sign of y", "the targets have the other sign", from_state, multiplied("y", by=-1)),
    ),
    degenerate=(
        attempted("n=1", Law("tanh", 1, 4, 50), "one sample: certified", certified=True),
        attempted("y=0", Law("tanh", 4, 6, 60), "zero targets: certified", certified=True, zero=("y",)),
        attempted("b=0", Law("tanh", 4, 6, 60), "no feedback: certified", certified=True, zero=("b",)),
        attempted(
            "singular Gram",
            Law("linear", 6, 3, 60),
            "linear with n > d: one component of the error never changes, so there is no certificate",
            certified=False,
        ),
    ),
    witness=Check(
        "non-vacuity",
        "certificates exist",
        lambda context: CheckOutcome(
            (n := sum("artefact" in r for r in context.records("certificates").values())) > 0,
            f"{n} of {len(context.records('certificates'))} networks drawn were certified",
        ),
    ),
)
