"""Theorem 3.2 with every constant explicit: convergence is guaranteed before the first step."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, FrequencyByWidth, Proved, wrong_proofs
from fa_theory.claims.procedures.frequency import judge_frequency
from fa_theory.errors import InputError
from fa_theory.gram.width import RequiredWidth, required_width
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.law import Law
from fa_theory.model.network import Network, norm
from fa_theory.model.problem import gaussian_network
from fa_theory.record.evidence import Result
from fa_theory.simulation.run import run

from ..shared.hypotheses import DYNAMICS, GAUSSIAN, UNREGULARISED
from ..shared.instances import small
from . import tube_bounds
from .events import NAMES, Events
from .slack import CASES, Slack
from .theorems import from_start, lazy, union_bound

PSI = activation("erf")
BOUNDED = Hypothesis(
    "bounded activation",
    r"$|\psi| \le B$, $|\psi'| \le L_1$, $|\psi''| \le L_2$ (tanh, erf, sigmoid)",
)

TUBE = Enclosures(
    tube_bounds.document,
    Trials(20, 200, 2000),
    "all bounds for a run of a small network",
    name="bounds of small networks",
)


def _neuron(name: str, factor: float, *, w: float, beta: float, y: float, eta: float = 1e-3) -> Check:
    """A mutant: one bound times a factor, refuted by a single neuron that nearly attains the bound."""

    def run_(context: Context) -> CheckOutcome:
        network = Network(balls([[w]]), balls([beta]), balls([1.0]), PSI)
        with ctx.workprec(128):
            found = [
                tube_bounds.margins(network, balls([[1.0]]), balls([y]), eta=Ball(eta), steps=3, factor=factors)
                for factors in ({}, {name.split(":")[0]: factor})
            ]
        right, wrong = (tube_bounds.holds(margins) for margins in found)
        return CheckOutcome(
            right and not wrong, "one neuron: the correct bounds hold, and this one is certainly violated"
        )

    return Check(f"{name} times {factor:g}", f"the bound “{name}” with {factor:g} times its constant", run_)


def _tube_case(name: str, says: str, **fixed: Any) -> Check:
    def run_(context: Context) -> CheckOutcome:
        network, X, y, eta, _ = small(context.rng(name), "erf", **fixed)
        with ctx.workprec(128):
            found = tube_bounds.margins(network, X, y, eta=eta, steps=2)
        return CheckOutcome(tube_bounds.holds(found), f"{sum(map(len, found.values()))} margins, none negative")

    return Check(name, says, run_)


TUBE_PROOF = r"""Write $\Delta$ for a difference from the start, and $\Psi$ for the matrix of features
$\psi(w_r\cdot x_i)$.
\begin{itemize}
\item \emph{First layer.}
$\|\Delta w_r\|_2 \le \sum_s \frac{\eta}{\sqrt p} |b_r| \|X^\top(\psi'_r \circ e)\|_2 \le |b_r| L_1 \sqrt\Lambda\,
U/\sqrt p$;
the sum of the squares bounds $\|\Delta W\|_F$ by $\hat b L_1 \sqrt\Lambda\, U$.
\item \emph{Features.} $\|\Delta\Psi\|_F \le L_1 \|\Delta W X^\top\|_F \le L_1 \sqrt\Lambda\, \|\Delta W\|_F \le D$. By
Weyl's
inequality the singular values of $\Psi(t)/\sqrt p$ differ from those at the start by at most $D/\sqrt p$, which bounds
both eigenvalues of $G(t)$. The square root is taken before the drift is subtracted, so the drift costs
$2\sqrt{\lambda_{\min}} D/\sqrt p$ and not $2\sqrt{\lambda_{\max}} D/\sqrt p$.
\item \emph{One step.} $\tilde G - G(t) = (\Psi^+ - \Psi)\Psi^\top/p$ and
$\|\Psi^+ - \Psi\|_F \le \eta\, \hat b L_1^2 \Lambda \|e(t)\|_2$.
\item \emph{Output weights.}
$\|\Delta\beta\|_2 \le \sum_s \frac{\eta}{\sqrt p} \|\Psi^\top e\|_2 \le \sqrt{g^*}\, U$, and
$|\Delta\beta_r| \le B \sqrt n\, U/\sqrt p$ for one of them.
\item \emph{Feedback kernel.} Put $A_r = \mathrm{diag}(\psi'_r(0))\, XX^\top \mathrm{diag}(\psi'_r(0))$ and
$\tilde A_r = \mathrm{diag}(s_r)\, XX^\top \mathrm{diag}(\psi'_r(t))$ with the secant slopes $s_r$, so that
$\tilde H = \frac1p \sum_r \beta_r b_r \tilde A_r$. Then
\[ \tilde H - H(0) = \frac1p \sum_r \Delta\beta_r\, b_r \tilde A_r
   + \frac1p \sum_r \beta_r(0)\, b_r (\tilde A_r - A_r) . \]
The first sum is at most $\frac1p \|\Delta\beta\|_2 \|b\|_2 L_1^2 \Lambda \le \hat b L_1^2 \Lambda \sqrt{g^*}\, U/\sqrt
p$. In
the second, secant slopes are averages of slopes in the ball around $w_r(0)$, so slopes differ from those at the start
by
at most $L_2\, x\, \|\Delta w_r\|_2$, hence
$\|\tilde A_r - A_r\|_2 \le 2 L_1 L_2 \Lambda\, x\, |b_r| L_1 \sqrt\Lambda\, U/\sqrt p$, and the sum is at most
$2 L_1^2 L_2 \Lambda^{3/2} x\, m\, U/\sqrt p$. $\square$
\end{itemize}"""

WIDTH_PROOF = r"""\emph{Random part.} Each of eight events at initialisation fails with probability at most $\delta/N$.
\begin{enumerate}
\item $\lambda_{\min}(G) \ge (1-\theta)\gamma$: $G$ is a mean of $p$ independent matrices $\psi\psi^\top \succeq 0$ of
norm at most $nB^2$, so the matrix Chernoff bound (Tropp 2012, Theorem 1.1) gives at most
$n \exp(-\theta^2 p \gamma/(2nB^2))$. A lower bound $\gamma$ of $\lambda_{\min}(\bar G)$ suffices, since for a fixed
threshold the bound decreases in $\lambda_{\min}(\bar G)$.
\item $\lambda_{\max}(G) \le g$: the same theorem from above with
$n \exp\bigl(-\frac{c^2}{2 + 2c/3} \cdot \frac{p\mu}{nB^2}\bigr)$, and $c = \frac a3 + \sqrt{\frac{a^2}{9} + 2a}$ solves
$c^2 = a(2 + \frac{2c}{3})$; and $\lambda_{\max}(G) \le \mathrm{tr}\, G \le nB^2$ always.
\item $\mathrm{tr}\, G \le \tau + nB^2 \sqrt{\ell/(2p)}$: Hoeffding's inequality for a mean of $p$ independent numbers
in
$[0, nB^2]$.
\item $\|e(0)\|_2 \le E_0$ on events 2 and 3: given $W$, the map $\beta \mapsto \|\Psi\beta/\sqrt p - y\|_2$ is
Lipschitz with
constant at most $\sqrt g$ and has mean at most $\sqrt{\mathrm{tr}\, G + \|y\|_2^2}$ by Jensen's inequality; Gaussian
concentration adds $\sqrt{2g\ell}$.
\item $\|b\|_2^2 \le p\, \hat b^2$: the tail of $\chi^2$ (Laurent and Massart 2000).
\item $\|H(0)\|_2 \le h$ with $h = \hat b L_1^2 \Lambda \sqrt{\frac2p \log\frac{2nN}{\delta}}$ on event 5: given $W$
and $b$, $H$ is
a Gaussian series $\sum_r \beta_r \frac{b_r}{p} A_r$ of symmetric matrices with $\|A_r\|_2 \le L_1^2 \Lambda$ and
$\|\sum_r (b_r/p)^2 A_r^2\|_2 \le \hat b^2 L_1^4 \Lambda^2/p$ (Tropp 2012, Theorem 4.1).
\item $\max_r b_r^2 \le 2 \log\frac{pN}{\delta}$, from $P(|b_r| \ge c) \le \exp(-c^2/2)$.
\item $\frac1p \sum_r |\beta_r| b_r^2 \le m$ on events 5 and 7: given $b$, a function of $\beta$ with mean
$\sqrt{2/\pi}\, \|b\|_2^2/p$ and Lipschitz constant $\frac1p (\sum_r b_r^4)^{1/2} \le \frac1p \max_r |b_r|\, \|b\|_2$.
\end{enumerate}
\emph{Deterministic part} (the proof kernel checks the induction and the bound of the norm).
Suppose that every step up to time $t$ contracts. Then
$\sum_{s \le t} \eta \|e(s)\|_2 \le \eta E_0 \sum_s (1 - \eta\kappa\gamma)^s \le U$, so
\cref{claim:song2021.apriori-tube} applies to all states up to time $t+1$ with $g$ in place of
$\lambda_{\max}(G(0))$. By the exact step of the error,
\cref{claim:song2021.secant-kernel}, $e(t+1) = (I - \eta\tilde G - \eta\tilde H)\, e(t)$, and $G(t)$ is symmetric with
eigenvalues in $[\gamma^*, g^*]$, so
\[ \|I - \eta\tilde G - \eta\tilde H\|_2 \le \max(1 - \eta\gamma^*, \eta g^* - 1) + \eta k \le 1 - \eta\kappa\gamma . \]
\emph{Larger widths.} In $\theta$, $g$, $E_0$, $\hat b$, $m$ and $h$ each $p$ occurs in a denominator, alone or as
$\frac1p \log\frac{pN}{\delta}$, which decreases since $pN/\delta > \exp(1)$. So neither they nor $U$, $D/\sqrt p$,
$g^*$ and
$k$ increase with $p$, and $\gamma^*$ does not decrease. $\square$"""


apriori_tube = Claim(
    id="song2021.apriori-tube",
    title="The kernels drift by at most explicit constants over $\\sqrt p$",
    kind=Kind.LEMMA,
    bound=Bound.UPPER,
    summary="Explicit multiples of the summed errors bound the drift of weights, features and both kernels.",
    statement=r"""Let $|\psi| \le B$, $|\psi'| \le L_1$, $|\psi''| \le L_2$, $\lambda = 0$,
$U = \eta \sum_{s \le t} \|e(s)\|_2$, $\Lambda = \|X\|_2^2$, $x = \max_i \|x_i\|_2$, $\hat b = \|b\|_2/\sqrt p$,
$m = \frac1p \sum_r |\beta_r(0)| b_r^2$, $D = \hat b L_1^2 \Lambda U$ and
$\sqrt{g^*} = \lambda_{\max}(G(0))^{1/2} + D/\sqrt p$. Then for all $n, d, p$ and $t$
\[ \|w_r(t{+}1) - w_r(0)\|_2 \le |b_r| L_1 \sqrt\Lambda\, U/\sqrt p, \qquad
   |\beta_r(t{+}1) - \beta_r(0)| \le B \sqrt n\, U/\sqrt p, \qquad \|\beta(t{+}1) - \beta(0)\|_2 \le \sqrt{g^*}\, U, \]
\[ \lambda_{\min}(G(t))^{1/2} \ge \lambda_{\min}(G(0))^{1/2} - D/\sqrt p, \qquad \lambda_{\max}(G(t)) \le g^*, \qquad
   \|\tilde G - G(t)\|_2 \le \eta\, \hat b L_1^2 \Lambda \sqrt{g^*}\, \|e(t)\|_2 /\sqrt p, \]
\[ \|\tilde H - H(0)\|_2
   \le \bigl( \hat b L_1^2 \Lambda \sqrt{g^*} + 2 L_1^2 L_2 \Lambda^{3/2} x\, m \bigr) U/\sqrt p . \]
The proof kernel checks the first two; the others are proved in prose. Instances of all are enclosed.""",
    proof=TUBE_PROOF,
    hypotheses=(DYNAMICS, UNREGULARISED, BOUNDED),
    source=Source(
        "song2021",
        "Lemmas on the stability of G and H",
        Fidelity.OURS,
        "Explicit constants, sums over neurons instead of maxima, and square roots of eigenvalues.",
    ),
    uses=("song2021.secant-kernel",),
    procedures=(
        Proved(lazy.by_sum, name="proof for neurons", settles=False),
        Proved(lazy.output_weights_by_sum, name="proof for output weights", settles=False),
        TUBE,
    ),
    mutants=(
        *wrong_proofs(lazy.by_sum, *lazy.MUTANTS_BY_SUM),
        *wrong_proofs(lazy.output_weights_by_sum, *lazy.MUTANTS_OF_BETA_BY_SUM),
        _neuron("first layer", 0.5, w=0.01, beta=0.1, y=-1.0),
        _neuron("features", 0.5, w=0.01, beta=0.1, y=-1.0),
        _neuron("features: smallest eigenvalue", 0.5, w=0.01, beta=0.1, y=1.0),
        _neuron("one step", 0.5, w=0.2, beta=0.1, y=-1.0),
        _neuron("output weights", 0.5, w=0.2, beta=0.1, y=-1.0),
        _neuron("one output weight", 0.5, w=3.0, beta=0.1, y=-1.0),
        _neuron("feedback kernel", 0.25, w=0.7, beta=10.0, y=-1.0),
    ),
    degenerate=(
        _tube_case("n=1", "one sample", n=1),
        _tube_case("p=1", "one neuron", p=1),
        _tube_case("y=0", "zero targets", zero=("y",)),
        _tube_case("b=0", "no feedback: the first layer and the slopes in both kernels do not change", zero=("b",)),
        _tube_case(
            "singular Gram", "all samples equal: the bound of the smallest eigenvalue is vacuous", n=3, duplicate=True
        ),
    ),
    witness=Check(
        "non-vacuity",
        "the bound of the smallest eigenvalue is not vacuous in some instances",
        lambda context: _not_vacuous(context),
    ),
)


def _not_vacuous(context: Context) -> CheckOutcome:
    said = 0
    for i in range(20):
        network, X, y, eta, _ = small(context.rng(i), "erf", n=1)
        with ctx.workprec(128):
            said += "smallest eigenvalue" in tube_bounds.margins(network, X, y, eta=eta, steps=1)
    return CheckOutcome(said > 0, f"in {said} of 20")


# two orthogonal inputs, so that the required width is small enough to run
X, Y, ETA, DELTA = np.eye(2), np.array([0.5, -0.5]), 1.5, 0.5
REQUIRED = required_width(X, Y, PSI, eta=ETA, delta=DELTA)


def _concluded(required: RequiredWidth, rate: float, rng: np.random.Generator) -> bool:
    """Whether a random network of the required width satisfies all conclusions, down to a millionth of the error."""
    start = gaussian_network(rng, required.p, X.shape[1], PSI)
    states = list(islice(run(start, X, Y, eta=ETA), 14))
    errors = [norm(e) for _, e in states]
    end = states[-1][0]
    return bool(
        errors[0] <= float(required.start)
        and all(b <= rate * a for a, b in pairwise(errors) if a > 1e-6 * errors[0])
        and np.linalg.norm(end.W - start.W, axis=1).max() <= float(required.first_layer_radius)
        and np.abs(end.beta - start.beta).max() <= float(required.output_radius)
    )


AT_REQUIRED_WIDTH = FrequencyByWidth(
    lambda p, rng: _concluded(REQUIRED, float(REQUIRED.rate), rng),
    widths=(REQUIRED.p,),
    from_width=REQUIRED.p,
    trials=Trials(10, 50, 200),
    delta=DELTA,
    success="the conclusions of the explicit theorem",
    name="at the required width",
    block=10,
)
EVENTS = Events(Law("erf", 5, 10, 1).sample(np.random.default_rng(2021)), 1000, 0.8, Trials(200, 400, 2000))
SLACK = Slack((2, 4, 8, 16), Trials(12, 100, 760))


def _faster(context: Context) -> CheckOutcome:
    rate = 1 - 1.1 * ETA * float(REQUIRED.setting.gamma)
    held = sum(_concluded(REQUIRED, rate, context.rng("faster", i)) for i in range(10))
    return CheckOutcome(
        judge_frequency(held, 10, DELTA, 0.99) is Result.CONTRADICTED, f"holds for {held} of 10 networks"
    )


def _tenth(context: Context) -> CheckOutcome:
    """The conditions of the theorem are not met at a tenth of the width, so the width is not merely huge."""
    p = REQUIRED.p // 10
    return CheckOutcome(not REQUIRED.setting.contracts(p), f"condition (i) fails at p = {p}")


def _refused(name: str, says: str, X: Array, eta: float) -> Check:
    def run_(context: Context) -> CheckOutcome:
        try:
            required_width(X, np.ones(len(X)), PSI, eta=eta, delta=0.1)
        except InputError as error:
            return CheckOutcome(True, str(error))
        return CheckOutcome(False, "a width was returned")

    return Check(name, says, run_)


def _met(context: Context) -> CheckOutcome:
    found = [case.required(0.1) for case in CASES]
    return CheckOutcome(
        all(f.setting.contracts(f.p) and f.setting.slow(f.p) for f in found),
        f"the conditions hold at finite widths, {min(f.p for f in found):.1e} to {max(f.p for f in found):.1e}",
    )


explicit_width = Claim(
    id="song2021.explicit-width",
    title="Exponential convergence guaranteed at initialisation, with an explicit width",
    kind=Kind.THEOREM,
    bound=Bound.PROBABILITY,
    summary="Above an explicit width, every step contracts the error by 1 − ηγ/2 with probability ≥ 1 − δ.",
    statement=r"""Let $0 < \gamma \le \lambda_{\min}(\bar G)$, $\mu \ge \lambda_{\max}(\bar G)$,
$\tau \ge \mathrm{tr}\,\bar G$, $\Lambda = \|X\|_2^2$, $x = \max_i \|x_i\|_2$, $0 < \kappa, \delta < 1$, $N = 8$,
$\ell = \log \frac N\delta$ and $a = \frac{nB^2}{p\mu} \log\frac{nN}\delta$. Put
\[ \theta^2 = \frac{2nB^2}{p\gamma} \log\frac{nN}\delta, \quad
   g = \min\Bigl(nB^2, \mu\bigl(1 + \tfrac a3 + \sqrt{\tfrac{a^2}9 + 2a}\bigr)\Bigr), \quad
   \hat b^2 = 1 + 2\sqrt{\tfrac \ell p} + \tfrac{2\ell}p, \]
\[ E_0 = \sqrt{\min\bigl(nB^2, \tau + nB^2 \sqrt{\tfrac{\ell}{2p}}\bigr) + \|y\|_2^2} + \sqrt{2g\ell}, \quad
   m = \sqrt{\tfrac2\pi}\, \hat b^2 + 2\hat b \sqrt{\tfrac\ell p \log\tfrac{pN}\delta}, \]
\[ U = \frac{E_0}{\kappa\gamma}, \quad D = \hat b L_1^2 \Lambda U, \quad
   \sqrt{g^*} = \sqrt g + \tfrac D{\sqrt p}, \quad \sqrt{\gamma^*} = \sqrt{(1-\theta)\gamma} - \tfrac D{\sqrt p}, \]
\[ k = \hat b L_1^2 \Lambda \sqrt{\tfrac2p \log\tfrac{2nN}\delta}
     + \frac{\hat b L_1^2 \Lambda (\eta E_0 + U) \sqrt{g^*} + 2L_1^2 L_2 \Lambda^{3/2} x\, U m}{\sqrt p} . \]
If $\theta < 1$, $\sqrt{\gamma^*} \ge 0$, $\gamma^* - k \ge \kappa\gamma$ and $\eta(g^* + k + \kappa\gamma) \le 2$, then
with probability at least $1 - \delta$, for all $t$ and $r$,
\[ \|e(t+1)\|_2 \le (1 - \eta\kappa\gamma) \|e(t)\|_2, \qquad \|e(0)\|_2 \le E_0, \]
\[ \|w_r(t) - w_r(0)\|_2 \le \sqrt{2 \log\tfrac{pN}\delta}\, L_1 \sqrt\Lambda\, \frac U{\sqrt p}, \qquad
   |\beta_r(t) - \beta_r(0)| \le B\sqrt n\, \frac U{\sqrt p} . \]
If the conditions hold at one width, they hold at all larger ones. The proof kernel checks the
induction: if $G(t)$ has eigenvalues in $[\gamma^*, g^*]$ and $\|\tilde G + \tilde H - G(t)\|_2 \le k$ as long as the
errors up to $t$ sum to at most $U$, then they do so for all $t$ and every step contracts. It also adds up the random
part: eight concentration bounds, each cited with its source and assumed, and a union bound. That these bounds are those
of the cited theorems, and that the kernels stay close, is in prose; the drift follows as in
\cref{claim:song2021.lazy-drift}. Each
random event is tested by its frequency, and so are the conclusions at the required
width for $\kappa = \frac12$ of one small problem; the deterministic bounds are those of
\cref{claim:song2021.apriori-tube}.""",
    proof=WIDTH_PROOF,
    hypotheses=(DYNAMICS, GAUSSIAN, UNREGULARISED, BOUNDED),
    source=Source(
        "song2021",
        "Theorem 3.2",
        Fidelity.ADAPTED,
        "Bounded ψ; every constant explicit; rate 1 − ηκγ for any κ < 1 (paper: ¼) and step sizes up to "
        "2/(λ_max(Ḡ) + κγ); no log p in the leading term of the width; δ only under logarithms.",
    ),
    uses=("song2021.secant-kernel", "song2021.apriori-tube"),
    probability=1 - DELTA,
    procedures=(
        Proved(from_start.proof, name="proof of the induction", settles=False),
        Proved(from_start.total_error, name="proof for the sum of the errors", settles=False),
        Proved(union_bound.proof, name="union bound of the random events", settles=False),
        EVENTS,
        AT_REQUIRED_WIDTH,
        SLACK,
    ),
    mutants=(
        *wrong_proofs(from_start.proof, *from_start.MUTANTS),
        *wrong_proofs(from_start.total_error, *from_start.MUTANTS_OF_SUM),
        *wrong_proofs(union_bound.proof, *union_bound.MUTANTS),
        *(EVENTS.mutant(name) for name in NAMES),
        Check("rate beyond the limit", "every step contracts by 1 − 1.1 ηγ", _faster),
        Check("a tenth of the width", "the conditions already hold at a tenth of the required width", _tenth),
    ),
    degenerate=(
        _refused("singular Gram", "γ = 0: no width suffices", np.eye(2)[[0, 0]], 0.2),
        _refused("step too large", "η ≥ 2/(λ_max(Ḡ) + κγ): no width suffices", np.eye(2), 3.0),
    ),
    witness=Check("non-vacuity", "the conditions can be satisfied", _met),
)
