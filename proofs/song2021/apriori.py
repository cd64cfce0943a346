"""Theorem 3.2 with every constant explicit: convergence is known before the first step."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import FrequencyByWidth, Instances
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

PSI = activation("erf")
BOUNDED = Hypothesis(
    "bounded activation",
    r"$|\psi| \le B$, $|\psi'| \le L_1$, $|\psi''| \le L_2$ (tanh, erf, sigmoid)",
)

# a saturated neuron attains |ψ| = B to within e^(−z²): more bits than usual
TUBE = Instances(
    tube_bounds.trial, Trials(60, 600, 6000), name="bounds in ball arithmetic", settles=True, bits=320, block=20
)


def _neuron(name: str, factor: float, *, w: float, beta: float, y: float, eta: float = 1e-3) -> Check:
    """A mutant: one bound times a factor, refuted by a single neuron on which the bound is nearly attained."""

    def run_(context: Context) -> CheckOutcome:
        network = Network(balls([[w]]), balls([beta]), balls([1.0]), PSI)
        with ctx.workprec(128):
            found = [
                tube_bounds.margins(network, balls([[1.0]]), balls([y]), eta=Ball(eta), steps=3, factor=factors)
                for factors in ({}, {name.split(":")[0]: factor})
            ]
        right, wrong = (tube_bounds.holds(margins) for margins in found)
        return CheckOutcome(right and not wrong, "one neuron: the right bounds hold, this one is exceeded for certain")

    return Check(f"{name} times {factor:g}", f"the bound “{name}” with {factor:g} of its constant", run_)


def _tube_case(name: str, says: str, **fixed: Any) -> Check:
    def run_(context: Context) -> CheckOutcome:
        network, X, y, eta, _ = small(context.rng(name), "erf", **fixed)
        with ctx.workprec(128):
            found = tube_bounds.margins(network, X, y, eta=eta, steps=2)
        return CheckOutcome(tube_bounds.holds(found), f"{sum(map(len, found.values()))} margins, none negative")

    return Check(name, says, run_)


apriori_tube = Claim(
    id="song2021.apriori-tube",
    title="How far kernels can drift, with explicit constants",
    kind=Kind.LEMMA,
    bound=Bound.UPPER,
    summary="The drift of weights, features and both kernels is bounded by explicit multiples of the summed errors.",
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
The general proof is prose (text of the module fa\_theory.gram.apriori); enclosed are its instances.""",
    hypotheses=(DYNAMICS, UNREGULARISED, BOUNDED),
    source=Source(
        "song2021",
        "Lemmas on the stability of G and H",
        Fidelity.OURS,
        "Explicit constants, sums over neurons instead of maxima, and square roots of eigenvalues.",
    ),
    uses=("song2021.secant-kernel",),
    procedures=(TUBE,),
    mutants=(
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
        _tube_case("y=0", "targets 0", zero=("y",)),
        _tube_case("b=0", "no feedback: the first layer and both kernels' slopes stand still", zero=("b",)),
        _tube_case(
            "singular Gram", "all samples equal: the bound of the smallest eigenvalue says nothing", n=3, duplicate=True
        ),
    ),
    witness=Check(
        "non-vacuity",
        "the bound of the smallest eigenvalue says something in some instances",
        lambda context: _says_something(context),
    ),
)


def _says_something(context: Context) -> CheckOutcome:
    said = 0
    for i in range(20):
        network, X, y, eta, _ = small(context.rng(i), "erf", n=1)
        with ctx.workprec(128):
            said += "smallest eigenvalue" in tube_bounds.margins(network, X, y, eta=eta, steps=1)
    return CheckOutcome(said > 0, f"in {said} of 20")


# two orthogonal inputs: small enough a width to be run
X, Y, ETA, DELTA = np.eye(2), np.array([0.5, -0.5]), 1.5, 0.5
REQUIRED = required_width(X, Y, PSI, eta=ETA, delta=DELTA)


def _concluded(required: RequiredWidth, rate: float, rng: np.random.Generator) -> bool:
    """Whether a random network of the required width does all that the theorem says, to a millionth of the error."""
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
    return CheckOutcome(judge_frequency(held, 10, DELTA, 0.99) is Result.FALSIFIED, f"holds for {held} of 10 networks")


def _tenth(context: Context) -> CheckOutcome:
    """The conditions of the theorem are not met at a tenth of the width: the number is not simply huge."""
    p = REQUIRED.p // 10
    return CheckOutcome(not REQUIRED.setting.contracts(p), f"condition (i) fails at p = {p}")


def _refused(name: str, says: str, X: Array, eta: float) -> Check:
    def run_(context: Context) -> CheckOutcome:
        try:
            required_width(X, np.ones(len(X)), PSI, eta=eta, delta=0.1)
        except InputError as error:
            return CheckOutcome(True, str(error))
        return CheckOutcome(False, "a width was given")

    return Check(name, says, run_)


def _met(context: Context) -> CheckOutcome:
    found = [case.required(0.1) for case in CASES]
    return CheckOutcome(
        all(f.setting.contracts(f.p) and f.setting.slow(f.p) for f in found),
        f"the conditions hold at finite widths, {min(f.p for f in found):.1e} to {max(f.p for f in found):.1e}",
    )


explicit_width = Claim(
    id="song2021.explicit-width",
    title="Exponential convergence before the first step, with an explicit width",
    kind=Kind.THEOREM,
    bound=Bound.PROBABILITY,
    summary="From an explicitly computed width on, every step shrinks the error by 1 − ηγ/2 with probability ≥ 1 − δ.",
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
If the conditions hold at one width they hold at all larger ones. The proof is prose (text of the module
fa\_theory.gram.apriori). Tested here are each random event by its frequency, and the conclusions at the required
width for $\kappa = \frac12$ of one small problem; the deterministic bounds are the claim song2021.apriori-tube.""",
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
    procedures=(EVENTS, AT_REQUIRED_WIDTH, SLACK),
    mutants=(
        *(EVENTS.mutant(name) for name in NAMES),
        Check("faster than the limit", "every step contracts by 1 − 1.1 ηγ", _faster),
        Check("a tenth of the width", "the conditions hold at a tenth of the required width already", _tenth),
    ),
    degenerate=(
        _refused("singular Gram", "γ = 0: no width is enough", np.eye(2)[[0, 0]], 0.2),
        _refused("step too large", "η ≥ 2/(λ_max(Ḡ) + κγ): no width is enough", np.eye(2), 3.0),
    ),
    witness=Check("non-vacuity", "the conditions can be met", _met),
)
