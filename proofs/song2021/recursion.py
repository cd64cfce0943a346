"""The dynamics of the error: gradient flow, the exact discrete step, its linear form, and linear closure."""

from __future__ import annotations

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Formalised, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instances, Proved, wrong_proofs

from ..shared.hypotheses import DYNAMICS, FLOW, LINEAR
from ..shared.instances import always, degenerate, small, vanishing
from . import residuals
from .theorems import gradient_flow, linear_closure, linear_step, secant_kernel

TRIALS = Trials(40, 400, 4000)
STEPS = 3


def _at_rest(context: Context) -> CheckOutcome:
    """At e = 0 the flow is at rest, and a step of any size changes nothing."""
    network, X, _, eta, _ = small(context.rng("rest"), "tanh")
    left = residuals.secant_kernel(network, X, network.output(X), eta=eta, lam=0)
    moved = network.error(X, network.output(X))
    return CheckOutcome(all(x.contains(0) for x in (*left, *moved)), "e = 0 stays 0")


error_flow = Claim(
    id="song2021.error-flow",
    title="Gradient flow of the error",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="In continuous time the error obeys ė = −(G + H)e, for any differentiable activation.",
    statement=r"""Along the gradient flow of feedback alignment without regularisation, for all $n, d, p$ and any
differentiable $\psi$, \[ \dot e = -(G + H)\, e . \]""",
    hypotheses=(FLOW,),
    source=Source("song2021", "Section 3, error flow", Fidelity.VERBATIM),
    procedures=(
        Proved(gradient_flow.proof),
        Proved(gradient_flow.regularised, name="proof with regularisation"),
    ),
    mutants=(
        *wrong_proofs(gradient_flow.proof, *gradient_flow.MUTANTS),
        *wrong_proofs(gradient_flow.regularised, *gradient_flow.MUTANTS_OF_REGULARISED),
    ),
    degenerate=(Check("y=f", "zero error: no weight changes", _at_rest),),
    witness=always("every network with a differentiable activation satisfies the hypotheses", "tanh"),
)

secant_step = Claim(
    id="song2021.secant-kernel",
    title="The exact step of the error",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="One step maps the error by the secant kernels G̃ and H̃ exactly, with no remainder, for any activation.",
    statement=r"""Let $s_{ir}$ be a secant slope of $\psi$ between $w_r \cdot x_i$ and $w_r^+ \cdot x_i$,
$\tilde G_{ij} = \frac{1}{p} \sum_r \psi(w_r^+\cdot x_i)\, \psi(w_r\cdot x_j)$ and
$\tilde H_{ij} = (x_i\cdot x_j)\, \frac{1}{p} \sum_r \beta_r b_r\, s_{ir}\, \psi'(w_r\cdot x_j)$. Then for all $n, d, p$
\[ e^+ = (1-\eta\lambda)\, e - \eta\lambda\, y - \eta\, [\tilde G + (1-\eta\lambda) \tilde H]\, e . \]""",
    hypotheses=(DYNAMICS,),
    source=Source(
        "song2021", "Section 3, discrete error recursion", Fidelity.OURS, "Exact, where the paper bounds a remainder."
    ),
    procedures=(Proved(secant_kernel.proof), Instances(vanishing(residuals.secant_kernel), TRIALS)),
    mutants=wrong_proofs(secant_kernel.proof, *secant_kernel.MUTANTS),
    degenerate=degenerate(residuals.secant_kernel),
    witness=always("every network satisfies the hypotheses"),
    coq=Formalised("secant_kernel", "s is 1/√p, lam is λ, and S holds the secant slopes", whole=True),
)

linear_step_claim = Claim(
    id="song2021.linear-recursion",
    title="The step of a linear network in closed form",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="For linear networks the error recursion is closed: first order in G + H, plus two explicit terms in η².",
    statement=r"""For $\psi = \mathrm{id}$, $K = XX^\top$ and $H = \frac{b\cdot\beta}{p} K$, for all $n, d, p$
\[ e^+ = [(1-\eta\lambda) I - \eta(G+H)]\, e - \eta\lambda\, y + \frac{\eta^2\lambda}{p} (b\cdot\beta)\, K e
   + \frac{\eta^2}{p^{3/2}} (b^\top W X^\top e)\, K e . \]""",
    hypotheses=(DYNAMICS, LINEAR),
    source=Source(
        "song2021",
        "Section 4, linear networks",
        Fidelity.ADAPTED,
        "The terms of order η² are kept rather than bounded.",
    ),
    uses=("song2021.secant-kernel",),
    procedures=(
        Proved(linear_step.compact, name="proof of the compact form"),
        Proved(linear_step.proof),
        Instances(vanishing(residuals.linear_recursion, "linear"), TRIALS),
    ),
    mutants=(
        *wrong_proofs(linear_step.compact, *linear_step.MUTANTS_OF_COMPACT),
        *wrong_proofs(linear_step.proof, *linear_step.MUTANTS),
    ),
    degenerate=degenerate(residuals.linear_recursion, "linear"),
    witness=always("every linear network satisfies the hypotheses", "linear"),
    coq=Formalised(
        "linear_error_recursion", "s is 1/√p, align b v is b·v, Gmx and Hmx are G and H, and gram X is K", whole=True
    ),
)

closure = Claim(
    id="song2021.linear-closure",
    title="2n+2 numbers describe the trajectory of a linear network, at any width",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="The whole trajectory of a linear network is a function of 2n + 2 numbers that obey a closed recursion.",
    statement=r"""For $\psi = \mathrm{id}$ let $r(0) = 1$, $v(0) = s(0) = 0$, $a(0) = 0$ and
\[ r^+ = (1-\eta\lambda) r, \quad v^+ = (1-\eta\lambda) v + \eta e, \quad
   a^+ = (1-\eta\lambda) a + \tfrac{\eta}{p}\, s^\top K e, \quad s^+ = s + \eta e . \]
Then for all $t$ and all $n, d, p$
\[ W(t) = W_0 - \tfrac{1}{\sqrt p}\, b\, s^\top X, \qquad
   \beta(t) = r \beta_0 - \tfrac{1}{\sqrt p}\, W_0 X^\top v + a\, b . \]""",
    hypotheses=(DYNAMICS, LINEAR),
    source=Source(
        "song2021",
        "Section 4, linear networks",
        Fidelity.ADAPTED,
        "The decomposition of β(t) in the proof is extended to a closed recursion for the whole network.",
    ),
    uses=("song2021.linear-recursion",),
    procedures=(
        Proved(linear_closure.first_layer, name="proof for the first layer"),
        Proved(linear_closure.proof, name="proof for the output weights"),
        Instances(vanishing(residuals.linear_closure, "linear", steps=STEPS), TRIALS),
    ),
    mutants=(
        *wrong_proofs(linear_closure.first_layer, *linear_closure.MUTANTS_OF_W),
        *wrong_proofs(linear_closure.proof, *linear_closure.MUTANTS),
    ),
    degenerate=degenerate(residuals.linear_closure, "linear", steps=STEPS),
    witness=always("every linear network satisfies the hypotheses", "linear"),
)
