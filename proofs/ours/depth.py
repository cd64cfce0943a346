"""Deep networks under six learning rules: concrete ones whose error provably decays for all time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Certified, Planned
from fa_theory.claims.procedures.frequency import Trial
from fa_theory.enclosure.deep import certify_deep_run
from fa_theory.model.deep_problem import DeepLaw, DeepProblem
from fa_theory.statistics.planner import plan

from ..shared.tampered import Change, multiplied, tampered, wider_gap

RULES = ("fa", "dfa", "bp", "kolen-pollack", "usf", "sign")
SMALL = DeepLaw("tanh", 2, 6, (16, 16), eta=0.8)
DEEPER = replace(SMALL, hidden=(14, 14, 14), eta=0.6)
LAWS = tuple(replace(law, rule=rule) for law in (SMALL, DEEPER) for rule in RULES)
OTHERS = (
    DeepLaw("softplus", 2, 6, (20, 20), eta=0.3, rule="bp"),
    DeepLaw("linear", 2, 6, (10, 10), eta=0.2),
    DeepLaw("relu", 2, 6, (30, 30), eta=0.2, rule="bp"),
    replace(SMALL, k=2, hidden=(20, 20), eta=0.5),
)
"""Other activations, and two outputs."""


def _mutant(name: str, says: str, change: Change, law: DeepLaw = SMALL) -> Check:
    return tampered(name, says, lambda rng: certify_deep_run(law.sample(rng)).certificate, change)


def _weight_at_zero(certificate: dict[str, Any]) -> None:
    certificate["W"][1][0][0] = (0.0).hex()


def _attempted(name: str, says: str, law: DeepLaw, *, certified: bool, change: Any = lambda problem: problem) -> Check:
    """A degenerate case: whether a certificate is found."""

    def run(context: Context) -> CheckOutcome:
        outcome = certify_deep_run(change(law.sample(context.rng(name))), max_steps=600)
        return CheckOutcome(outcome.certified == certified, outcome.reason)

    return Check(name, says, run)


def _no_targets(problem: DeepProblem) -> DeepProblem:
    return replace(problem, y=np.zeros_like(problem.y))


def _no_feedback(problem: DeepProblem) -> DeepProblem:
    weights = problem.network.weights
    silent = weights._replace(B=tuple(map(np.zeros_like, weights.B)))
    return replace(problem, network=problem.network.with_weights(silent))


decay = Claim(
    id="ours.deep-decay",
    title="The error of these deep networks decays exponentially for all time",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Networks of 3 and 4 layers under FA, DFA, BP, Kolen–Pollack, uSF and frSF: certified decay for all time.",
    statement=r"""Let $h_0 = x$, $z_l = s_l W_l h_{l-1}$, $h_l = \psi(z_l)$, $f = z_L$, $e = f - y$, and let a step be
$W_l^+ = W_l - \eta s_l \sum_i g_{l,i} e_i h_{l-1,i}^\top$, where $g_L = I$ and below it
$g_{l,i} = s_{l+1} \psi'(z_{l,i}) \circ F_{l+1}^\top g_{l+1,i}$ with the weights $F$ of the rule: $B$ (FA), $W$ (BP),
$B(0) + W - W(0)$ (Kolen–Pollack), $\mathrm{sign}(W)$ (uSF), $|B| \circ \mathrm{sign}(W)$ (frSF), or from the output
directly (DFA). For every network listed with a certificate there are a rate $q < 1$ and an invertible $C$ such that
from the recorded state on, for all $t \ge 0$,
\[ \|C e(T+t)\|_2 \le q^t\, \|C e(T)\|_2 , \]
every layer moves by at most the recorded bound in Frobenius norm, and the weights converge.""",
    hypotheses=(
        Hypothesis(
            "contraction on the tube",
            r"$\|C(I - \eta K)C^{-1}\|_2 + \eta\, \bigl\|\,|C| R\, |C^{-1}|\,\bigr\|_2 < q$, where $K \pm R$ encloses "
            r"the kernel of the exact step on a tube that no step leaves",
        ),
        Hypothesis("signs", r"under uSF and frSF no entry of $W_l$, $l \ge 2$, changes its sign in the tube"),
        Hypothesis("no regularisation", r"$\lambda(t) = 0$ for all $t \ge T$"),
    ),
    source=Source(
        "song2021",
        "Theorem 3.2, at any depth and for other rules",
        Fidelity.OURS,
        "The paper has two layers and feedback alignment. One exact step for all depths and rules, bounds of every "
        "layer in entries and in norm, and finitely many inequalities in ball arithmetic for one concrete state.",
    ),
    procedures=(Certified(LAWS, Trials(1, 10, 50)), Certified(OTHERS, Trials(1, 10, 50), name="other networks")),
    mutants=(
        _mutant("rate", "the gap 1 − q is three times as large", wider_gap(3)),
        _mutant("step size", "the step size is 30 times as large", multiplied("eta", by=30)),
        _mutant("sign of y", "the targets have the other sign", multiplied("y", by=-1)),
        _mutant("movement", "every layer moves at most half as far", multiplied("conclusions", "movement", by=0.5)),
        _mutant("sign of W", "a weight may change its sign, under uSF", _weight_at_zero, replace(SMALL, rule="usf")),
    ),
    degenerate=(
        _attempted("n=1", "one sample: certified", replace(SMALL, n=1), certified=True),
        _attempted("y=0", "zero targets: certified", SMALL, certified=True, change=_no_targets),
        _attempted("B=0", "no feedback: the last layer alone, certified", SMALL, certified=True, change=_no_feedback),
        _attempted("p=1", "one neuron a layer, n = 1: certified", replace(SMALL, hidden=(1, 1), n=1), certified=True),
        _attempted(
            "singular kernel",
            "linear with n > d: a component of the error never changes, so there is no certificate",
            DeepLaw("linear", 6, 3, (8, 8), eta=0.1),
            certified=False,
        ),
    ),
    witness=Check(
        "non-vacuity",
        "certificates exist for every law",
        lambda context: CheckOutcome(
            (n := sum("artefact" in r for r in context.records("certificates").values())) > 0,
            f"{n} of {len(context.records('certificates'))} networks drawn were certified",
        ),
    ),
)

LIKELY = replace(SMALL, rule="dfa")
WIDTHS = (16,)
DELTA = 0.05
STEPS = 3000


def _certified(law: DeepLaw) -> Trial:
    def trial(p: int, rng: np.random.Generator) -> bool:
        return certify_deep_run(replace(law, hidden=(p, p)).sample(rng), max_steps=STEPS).certified

    return trial


def _trials() -> Trials:
    """Quick: P ≥ 0.8 without failures; standard and thorough: the claim, with up to one and eight failures."""
    return Trials(*(plan(delta, failures=k, widths=1).trials for delta, k in ((0.2, 0), (DELTA, 1), (DELTA, 8))))


PLANNED = Planned(_certified(LIKELY), WIDTHS, _trials(), DELTA, "certified exponential decay")

probability = Claim(
    id="ours.deep-decay-probability",
    title="Random deep networks converge exponentially with high probability",
    kind=Kind.THEOREM,
    bound=Bound.PROBABILITY,
    summary="Two hidden layers of 16, DFA (n=2, d=6, tanh): exponential decay for all time, P ≥ 0.95 (quick: 0.8).",
    statement=r"""Let $n = 2$, $d = 6$, $\psi = \tanh$, two hidden layers of $16$ neurons, $\eta = 0.8$. With
probability at least $1 - \delta = 0.95$ over data, initialisation and feedback, direct feedback alignment reaches
within $3000$ steps a state with a certificate, from which $\|e(t)\|_2$ decays exponentially for all later times.

The number of networks is planned in advance; a network that is not certified counts as a failure. \emph{A quick run
uses fewer networks and tests $1-\delta = 0.8$ instead}; the standard and the thorough budget test the statement itself,
at confidence $99\,\%$.""",
    hypotheses=(
        Hypothesis("Gaussian weights", r"all entries of $W_l$ and $B_l$ are independent $N(0,1)$"),
        Hypothesis("unit data", r"$x_i$ uniform on the sphere, $y_i \sim N(0,1)$"),
    ),
    source=Source(
        "song2021",
        "Theorem 3.2, at depth 3 under DFA",
        Fidelity.OURS,
        "The probability is bounded from below by the frequency of certificates at one small width.",
    ),
    uses=("ours.deep-decay",),
    probability=1 - DELTA,
    procedures=(PLANNED,),
    mutants=(
        PLANNED.elsewhere("large steps", "the same probability for η = 20", _certified(replace(LIKELY, eta=20)), 14),
        PLANNED.stronger("more than the trials support", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(
        _attempted("n=1", "one sample: certified", replace(LIKELY, n=1), certified=True),
        _attempted("y=0", "zero targets: certified", LIKELY, certified=True, change=_no_targets),
        _attempted("B=0", "no feedback: certified", LIKELY, certified=True, change=_no_feedback),
    ),
    witness=Check(
        "non-vacuity",
        "networks drawn from the law have weights of variance 1",
        lambda context: CheckOutcome(
            abs((v := float(np.var(LIKELY.sample(context.rng("drawn")).network.weights.W[1]))) - 1) < 0.5,
            f"the 256 weights of a second layer have variance {v:.3f}",
        ),
    ),
)
