"""When a step through sign-symmetric feedback descends: on average, with one output, and not always with several."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import (
    Bound,
    Check,
    CheckOutcome,
    Claim,
    Erratum,
    Fidelity,
    Formalised,
    Hypothesis,
    Kind,
    Source,
)
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, Refuted, wrong_proofs
from fa_theory.enclosure.certify import growth_counterexample
from fa_theory.enclosure.reading import Certificate
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule, step

from ..shared.instances import small
from .feedback import layer, magnitudes, product, sign_symmetric
from .signs import DRAWN, FEEDBACK, LAYER
from .theorems import direction, isotropic, several, wide

LOCATOR = "on why sign-symmetric feedback learns"
ETA = 2.0**-10
"""Small: counterexamples are not to come from the size of the step."""


def _one_direction(context: Context) -> CheckOutcome:
    """Errors that all have one direction: e = ±(1, −2), and a layer of one input."""
    found = agreement((3, 1), (1, 1), (1, -2))
    return CheckOutcome(found == -1, f"A = (3, 1)ᵀ, B = sign A, e = ±(1, −2): (Aᵀe)(Bᵀe) = {found} in every draw")


def agreement(w: tuple[int, ...], v: tuple[int, ...], error: tuple[int, ...]) -> Fraction:
    """``(w·e)(v·e)``, exactly."""
    through = [sum((Fraction(a) * e for a, e in zip(x, error, strict=True)), start=Fraction(0)) for x in (w, v)]
    return through[0] * through[1]


def _single_output_layer(context: Context) -> CheckOutcome:
    rng = context.rng("k=1")
    A = layer(rng, 1)
    B, error = sign_symmetric(A, magnitudes(rng, A)), Ball(float(rng.standard_normal()))
    found = product(A * error, B * error)
    return CheckOutcome(bool(found > 0), f"⟨Aᵀe, Bᵀe⟩ = e²⟨A, B⟩ = {found.midpoint:.3f}, positive for every error")


def _no_error(context: Context) -> CheckOutcome:
    A = layer(context.rng("σ=0"))
    return CheckOutcome(bool(product(0 * A, 0 * A) == 0), "σ = 0: nothing is sent back")


isotropic_errors = Claim(
    id="moskovitz2018.isotropic-errors",
    title="Isotropic errors descend on average through sign-symmetric feedback",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="For isotropic errors E⟨Aᵀe, Bᵀe⟩ = σ²⟨A, B⟩ = σ²Σ|M||A|: positive on average, for any number of outputs.",
    statement=r"""For an error of any law with second moments $\Sigma = E\,e e^\top$, and all $A, B$,
\[ E\,\langle A^\top e, B^\top e\rangle = \sum_{c,a} \Sigma_{ca}\, (A B^\top)_{ca} ; \]
so for an isotropic one, $\Sigma = \sigma^2 I$, it is $\sigma^2 \langle A, B\rangle$, and for sign-symmetric feedback
\[ E\,\langle A^\top e, B^\top e\rangle = \sigma^2 \sum_{c,r} |M_{cr}|\, |A_{cr}| \ge 0 , \]
positive if $\sigma \ne 0$ and $M_{cr} A_{cr} \ne 0$ for one entry. It is an average: single errors may be sent back
against the gradient.""",
    hypotheses=(LAYER, FEEDBACK, Hypothesis("isotropic error", r"$e = \sigma\xi$, $\xi$ standard normal")),
    source=Source(
        "moskovitz2018",
        LOCATOR,
        Fidelity.ADAPTED,
        "The average over isotropic errors is our reading of “signs suffice”; the identity for any law is ours.",
    ),
    uses=("moskovitz2018.acute-angle",),
    procedures=(
        Proved(isotropic.covariance, name="proof for errors of any law"),
        Proved(isotropic.mean_product),
    ),
    mutants=(
        *wrong_proofs(isotropic.covariance, *isotropic.MUTANTS_OF_COVARIANCE),
        *wrong_proofs(isotropic.mean_product, *isotropic.MUTANTS_OF_MEAN),
        Check("errors of one direction", "the mean is not negative for errors of any law", _one_direction),
    ),
    degenerate=(
        Check("k=1", "one output", _single_output_layer),
        Check("σ=0", "no error", _no_error),
    ),
    witness=DRAWN,
)


def direction_of(network: Network, X: Array, y: Array, eta: Ball, rule: Rule) -> Array:
    """What a step of the rule takes from W, for a step of size 1."""
    moved: Array = (network.W - step(network, X, y, eta=eta, lam=0 * eta, rule=rule).W) / eta
    return moved


def squares(network: Network, X: Array, y: Array, sent: Array) -> Ball:
    """``p⁻¹ Σ_r b_r β_r ‖Σ_i e_i ψ'(w_r·x_i) x_i‖²``."""
    Z, e = network.preactivations(X), network.error(X, y)
    pulls = (network.psi.slope(Z) * e[:, None]).T @ X
    total: Ball = np.sum(sent * network.beta * np.sum(pulls * pulls, axis=1)) / network.p
    return total


def _descends(rng: np.random.Generator) -> Instance:
    network, X, y, eta, _ = small(rng)
    rule = (Rule.USF, Rule.SIGN)[int(rng.integers(2))]
    gradient, sent = (direction_of(network, X, y, eta, r) for r in (Rule.BP, rule))
    found = squares(network, X, y, rule.feedback(network) * balls(np.ones(network.p)))
    return Instance(vanishes=(product(gradient, sent) - found,))


def _degenerate(name: str, says: str, check: Callable[[Ball], bool], **fixed: object) -> Check:
    def run(context: Context) -> CheckOutcome:
        network, X, y, eta, _ = small(context.rng(name), "tanh", **fixed)
        found = product(*(direction_of(network, X, y, eta, r) for r in (Rule.BP, Rule.SIGN)))
        return CheckOutcome(check(found), f"⟨∇_W L, Δ⟩ = {found.midpoint:.2e}")

    return Check(name, says, run)


def _at_rest(context: Context) -> CheckOutcome:
    network, X, _, eta, _ = small(context.rng("rest"), "tanh")
    moved = direction_of(network, X, network.output(X), eta, Rule.SIGN)
    return CheckOutcome(all(x.contains(0) for x in moved.flat), "e = 0: the direction is 0")


def _networks(context: Context) -> CheckOutcome:
    rng = context.rng("networks")
    found = 0
    for _ in range(20):
        network, X, y, eta, _ = small(rng, "tanh")
        found += bool(product(*(direction_of(network, X, y, eta, r) for r in (Rule.BP, Rule.USF))) > 0)
    return CheckOutcome(found == 20, f"⟨∇_W L, Δ⟩ > 0 for {found} of 20 tanh networks drawn")


ONE_OUTPUT = Hypothesis("one output", r"$\beta_r$ and $b_r$ are numbers")
NETWORK = Hypothesis(
    "two layers",
    r"$f(x) = p^{-1/2} \sum_r \beta_r \psi(w_r\cdot x)$, $L = \frac{1}{2}\|e\|_2^2$; "
    r"$\Delta$ is $\nabla_W L$ with $b$ in the place of $\beta$, so that a step is $W^+ = W - \eta\Delta$",
)

single = Claim(
    id="moskovitz2018.single-output-descent",
    title="With one output, sign-symmetric feedback always descends",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="One output: ⟨∇_W L, Δ⟩ = p⁻¹Σ b_rβ_r‖Σ e_iψ'x_i‖², which is never negative for uSF, frSF and brSF.",
    statement=r"""For one output, any $\psi$, and all $n, d, p$
\[ \langle \nabla_W L, \Delta\rangle = \frac{1}{p} \sum_r b_r \beta_r\,
   \Bigl\| \sum_i e_i\, \psi'(w_r\cdot x_i)\, x_i \Bigr\|_2^2 , \]
which is $\ge 0$ if $b_r \beta_r \ge 0$ for all $r$. So with $b_r = |M_r| \operatorname{sign}\beta_r$ for any $M$, fixed
or drawn anew (uSF, frSF, brSF), $-\Delta$ is a direction of descent in every step, or one along which the loss is
stationary. Where $\psi$ is differentiable, $\nabla_W L$ is the gradient: on any differentiable path that
starts with velocity $\dot W, \dot\beta$, $\frac{d}{ds} L = \langle \nabla_W L, \dot W\rangle
+ \langle \nabla_\beta L, \dot\beta\rangle$.""",
    hypotheses=(NETWORK, ONE_OUTPUT),
    source=Source(
        "moskovitz2018",
        LOCATOR,
        Fidelity.OURS,
        "The paper reports that agreement of signs suffices in practice; for two layers and one output this is why.",
        proved=False,
    ),
    uses=("moskovitz2018.sign-symmetric-feedback",),
    procedures=(
        Proved(direction.gradient, name="proof that this is the gradient"),
        Proved(direction.product, name="proof of the identity"),
        Proved(direction.agreeing, name="proof for weights that agree in sign"),
        Proved(direction.descent, name="proof for sign-symmetric feedback"),
        Instances(_descends, Trials(40, 400, 4000), width=1e-6, name="steps of the package in ball arithmetic"),
    ),
    mutants=(
        *wrong_proofs(direction.gradient, *direction.MUTANTS_OF_GRADIENT),
        *wrong_proofs(direction.product, *direction.MUTANTS_OF_PRODUCT),
        *wrong_proofs(direction.agreeing, *direction.MUTANTS_OF_AGREEING),
        *wrong_proofs(direction.descent, *direction.MUTANTS_OF_DESCENT),
    ),
    degenerate=(
        _degenerate("n=1", "one sample", lambda x: bool(x > 0), n=1),
        _degenerate("p=1", "one neuron", lambda x: bool(x > 0), p=1),
        _degenerate("b=0", "magnitudes 0: W stands still", lambda x: bool(x == 0), zero=("b",)),
        _degenerate("β=0", "output weights 0: no gradient", lambda x: bool(x == 0), zero=("beta",)),
        Check("y=f", "no error: nothing moves", _at_rest),
    ),
    witness=Check("non-vacuity", "directions of random networks descend strictly", _networks),
    coq=Formalised(
        "single_output_descent",
        "the identity, and that it is ≥ 0 for weights that agree in sign; not that ∇_W L is the gradient. s is 1/√p, "
        "inner b is ⟨∇_W L, Δ⟩",
        whole=False,
    ),
)


def ascending(beta: Array, error: Array, b: Array) -> tuple[Network, Array, Array]:
    """A linear network at W = 0 with this error on its only sample, x = 1.

    Its features are 0, so that only the first layer moves.
    """
    return Network(np.zeros((len(beta), 1)), beta, b, activation("linear")), np.ones((1, 1)), -error[None, :]


def counterexample(beta: Array, error: Array, b: Array) -> Certificate | None:
    """A certified step along a direction that ascends, however small the step.

    There the error becomes ``e − (η/p) B e`` with ``B = Σ_r β_r b_rᵀ``, where ``eᵀBe = p ⟨∇_W L, Δ⟩``. Were this not
    negative, ``‖e‖²`` would grow by ``1 + (η‖B‖_F/p)²`` at most; more is certified.
    """
    network, X, y = ascending(beta, error, b)
    factor = 1 + (ETA * float(np.linalg.norm(beta.T @ b)) / len(beta)) ** 2
    return growth_counterexample(network, X, y, eta=ETA, factor=factor)


def _ascent(p: int, rng: np.random.Generator) -> Certificate | None:
    """A random readout of two outputs with uniform feedback, and a random error."""
    beta = rng.standard_normal((p, 2))
    return counterexample(beta, rng.standard_normal(2), np.sign(beta))


def _named_network(context: Context) -> CheckOutcome:
    """The smallest example: readout (3, 1), feedback (1, 1), error (1, −2)."""
    document = counterexample(np.array([[3.0, 1.0]]), np.array([1.0, -2.0]), np.ones((1, 2)))
    value = agreement((3, 1), (1, 1), (1, -2))
    return CheckOutcome(document is not None and value == -1, f"(w·e)(v·e) = {value}, and the checker accepts it")


def _one_output(context: Context) -> CheckOutcome:
    rng = context.rng("one output")
    readouts = [rng.standard_normal((2, 1)) for _ in range(50)]
    found = sum(counterexample(beta, rng.standard_normal(1), np.sign(beta)) is not None for beta in readouts)
    return CheckOutcome(found == 0, f"the checker accepts {found} of 50 networks of one output")


def _backpropagation(context: Context) -> CheckOutcome:
    rng = context.rng("backpropagation")
    readouts = [rng.standard_normal((2, 2)) for _ in range(50)]
    found = sum(counterexample(beta, rng.standard_normal(2), beta) is not None for beta in readouts)
    return CheckOutcome(found == 0, f"the checker accepts {found} of 50 networks whose feedback is the readout")


def _no_error_no_growth(context: Context) -> CheckOutcome:
    document = counterexample(np.array([[3.0, 1.0]]), np.zeros(2), np.ones((1, 2)))
    return CheckOutcome(document is None, "e = 0 stays 0")


several_outputs = Claim(
    id="moskovitz2018.several-outputs-descent",
    title="Sign-symmetric feedback always descends, with any number of outputs",
    kind=Kind.VARIANT,
    bound=Bound.LOWER,
    summary="The descent theorem without its hypothesis of one output: false, most often in narrow networks.",
    statement=r"""For networks of two layers with any number $k$ of outputs and uniform sign-symmetric feedback, the
step of the first layer never ascends: $\langle \nabla_W L, \Delta\rangle \ge 0$.""",
    proof=r"""A counterexample is a linear network with $W = 0$, of which only the first layer moves in a step: the
error becomes $e - \frac{\eta}{p} B e$, $B = \sum_r \beta_r b_r^\top$, where
$e^\top B e = p\, \langle \nabla_W L, \Delta\rangle$. If this were not negative, $\|e\|^2$ would grow by the factor
$1 + (\eta \|B\|_F/p)^2$ at most. The checker certifies more. The smallest example is
$\beta = (3, 1)$, $b = (1, 1)$, $e = (1, -2)$, where $(\beta\cdot e)(b\cdot e) = 1\cdot(-1) = -1$.""",
    hypotheses=(NETWORK,),
    source=Source(
        "moskovitz2018",
        LOCATOR,
        Fidelity.ADAPTED,
        "The hypothesis of one output is left out. The authors make no such statement; it shows what it is for.",
        proved=False,
    ),
    uses=("moskovitz2018.single-output-descent",),
    procedures=(
        Refuted(
            _ascent,
            (1, 2, 4, 8),
            Trials(50, 200, 1000),
            "a step grows the error by more than one along a direction of descent can",
        ),
    ),
    mutants=(
        Check(
            "counterexample with one output",
            "a step with one output is claimed to be a counterexample",
            _one_output,
        ),
        Check(
            "counterexample with backpropagation",
            "a step through the output weights themselves is claimed to be one",
            _backpropagation,
        ),
    ),
    degenerate=(
        Check("n=p=d=1, k=2", "readout (3, 1) and error (1, −2)", _named_network),
        Check("y=f", "at zero error nothing grows: no counterexample", _no_error_no_growth),
    ),
    witness=DRAWN,
    erratum=Erratum("certified steps of networks with two outputs", "moskovitz2018.single-output-descent"),
)


def _worst_error(rng: np.random.Generator) -> Instance:
    w, v = (layer(rng, 1, int(k)) for k in [rng.integers(2, 5)] * 2)
    nw, nv = (np.sum(x * x).sqrt() for x in (w, v))
    error = v * nw - w * nv
    gap = nw * nv - product(v, w)
    found = product(w, error) * product(v, error)
    return Instance(vanishes=(found + nw * nv * gap * gap,), margins=(-found,))


def _same_direction(context: Context) -> CheckOutcome:
    w = layer(context.rng("parallel"), 1, 3)
    found = product(w, w * 2 - w * 2)
    return CheckOutcome(bool(found.contains(0)), "v = 2w: the error of the theorem is 0, and no error ascends")


def _opposite(context: Context) -> CheckOutcome:
    found = agreement((3, 1), (-3, -1), (1, 1))
    return CheckOutcome(found < 0, f"v = −w: (w·e)(v·e) = {found}; feedback of the wrong signs ascends for every error")


def _one_number(context: Context) -> CheckOutcome:
    found = agreement((3,), (1,), (-2,))
    return CheckOutcome(found > 0, f"k = 1: numbers of one sign are parallel; (w·e)(v·e) = {found}")


def _not_parallel(context: Context) -> CheckOutcome:
    rng = context.rng("apart")
    A = layer(rng, 1, 3)
    B = sign_symmetric(A, balls(np.ones(A.shape)))
    gap = (np.sum(A * A) * np.sum(B * B)).sqrt() - product(B, A)
    return CheckOutcome(bool(gap > 0), f"sign w is not parallel to a random w: ‖w‖‖v‖ − v·w = {gap.midpoint:.3f}")


parallel = Claim(
    id="moskovitz2018.parallel-feedback",
    title="One neuron descends for every error only if its feedback is parallel to its readout",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="With several outputs a hidden neuron ascends for some error, unless feedback and readout are parallel.",
    statement=r"""Let $w, v \in \mathbf R^k$ be the readout and the feedback of a hidden neuron, both not $0$. If
$v = m w$ with $m \ge 0$ then $(w\cdot e)(v\cdot e) \ge 0$ for every error $e$. If they do not have the
same direction, $v\cdot w < \|v\|\,\|w\|$, then for $e = \|w\|\, v - \|v\|\, w$
\[ (w\cdot e)(v\cdot e) = -\|w\|\, \|v\|\, (\|w\|\,\|v\| - v\cdot w)^2 < 0 : \]
the neuron moves against the gradient. So agreement in sign suffices for every error with one output, where numbers of
one sign are parallel, and with several outputs only where it is more than that.""",
    hypotheses=(NETWORK, Hypothesis("one hidden neuron", r"$w$ is a row of $\beta$, $v$ the same row of $b$")),
    source=Source(
        "moskovitz2018",
        LOCATOR,
        Fidelity.OURS,
        "The exact condition for one neuron; a wide network may descend although no neuron of it always does.",
        proved=False,
    ),
    uses=("moskovitz2018.single-output-descent",),
    procedures=(
        Proved(several.ascent, name="proof of ascent"),
        Proved(several.parallel, name="proof for parallel feedback"),
        Instances(_worst_error, Trials(40, 400, 4000)),
    ),
    mutants=(
        *wrong_proofs(several.ascent, *several.MUTANTS_OF_ASCENT),
        *wrong_proofs(several.parallel, *several.MUTANTS_OF_PARALLEL),
    ),
    degenerate=(
        Check("v=2w", "parallel feedback", _same_direction),
        Check("v=−w", "feedback of the opposite signs", _opposite),
        Check("k=1", "one output", _one_number),
    ),
    witness=Check("non-vacuity", "uniform feedback is not parallel to a random readout", _not_parallel),
)


def _deviations(p: int, k: int, count: int, rng: np.random.Generator) -> tuple[float, int]:
    """Mean of ``‖ABᵀ/p − μI‖_F²`` for uSF, and in how many of the layers some error ascends."""
    A = rng.standard_normal((count, k, p))
    product_ = A @ np.swapaxes(np.sign(A), 1, 2) / p
    gaps = np.sum((product_ - np.sqrt(2 / np.pi) * np.eye(k)) ** 2, axis=(1, 2))
    least = np.linalg.eigvalsh((product_ + np.swapaxes(product_, 1, 2)) / 2)[:, 0]
    return float(np.mean(gaps)), int(np.sum(least < 0))


def _wide_layers(context: Context) -> CheckOutcome:
    p, k = 1000, 3
    mean, ascending_ = _deviations(p, k, 200, context.rng("wide"))
    predicted = k * (k - 2 / np.pi) / p
    return CheckOutcome(
        abs(mean / predicted - 1) < 0.2 and ascending_ == 0,
        f"k = {k}, p = {p}: mean square {mean:.5f}, Q/p = {predicted:.5f}; some error ascends in {ascending_} of 200",
    )


def _narrow_layers(context: Context) -> CheckOutcome:
    _, found = _deviations(1, 3, 200, context.rng("narrow"))
    return CheckOutcome(found > 150, f"k = 3: some error ascends in {found} of 200 layers; the bound says nothing")


def _one_output_layer(context: Context) -> CheckOutcome:
    _, found = _deviations(1, 1, 200, context.rng("k=1"))
    return CheckOutcome(found == 0, f"k = 1, p = 1: no error ascends in {200 - found} of 200 layers, at any width")


def _twice_as_wide(context: Context) -> CheckOutcome:
    mean, _ = _deviations(50, 2, 500, context.rng("root"))
    wrong = 2 * (2 - 2 / np.pi) / np.sqrt(50)
    return CheckOutcome(mean < wrong / 2, f"k = 2, p = 50: mean square {mean:.4f}, Q/√p = {wrong:.4f}")


wide_layers = Claim(
    id="moskovitz2018.wide-layers-descend",
    title="In wide layers no error ascends, whatever the number of outputs",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Several outputs: ⟨Aᵀe, Bᵀe⟩ ≥ 0 for every error at once, but for a probability of order k²/p.",
    statement=r"""Let the columns $(A_{\cdot r}, B_{\cdot r})$, $r = 1, \dots, p$, be independent with one law, and
$\Lambda_{ca} = E\, A_{cr} B_{ar}$. For all $k, p$
\[ E\, \bigl\| \tfrac{1}{p} A B^\top - \Lambda \bigr\|_F^2 = \frac{Q}{p}, \qquad
   Q = \sum_{c,a} \bigl( E\, A_{cr}^2 B_{ar}^2 - \Lambda_{ca}^2 \bigr) ; \]
and if $\| \frac{1}{p} A B^\top - \mu I \|_F \le \mu$ with $\mu > 0$, then
$\langle A^\top e, B^\top e\rangle \ge 0$ for every error $e$. So where
$\Lambda = \mu I$, by Markov's inequality some error ascends with probability at most $Q/(\mu^2 p)$. For uSF and
standard normal weights $\mu = \sqrt{2/\pi}$ and $Q = k(k - \frac{2}{\pi})$: at most
$\frac{\pi}{2}\, k (k - \frac{2}{\pi})/p$.""",
    hypotheses=(
        LAYER,
        Hypothesis(
            "independent inputs",
            r"$(A_{\cdot r}, B_{\cdot r})$ are independent for different $r$, with one law of finite fourth moments",
        ),
        Hypothesis("at the start", r"$A$ and $B$ are as drawn, before training makes the columns dependent"),
    ),
    source=Source(
        "moskovitz2018",
        LOCATOR,
        Fidelity.OURS,
        "What repairs the statement for several outputs. The mean square and the condition are proved; the "
        "probability is Markov's inequality, and Q for uSF follows from E A² = 1 and the symmetry of A.",
        proved=False,
    ),
    uses=("moskovitz2018.angle-constants",),
    procedures=(
        Proved(wide.spread, name="proof for the mean square"),
        Proved(wide.every_error, name="proof for every error"),
    ),
    mutants=(
        *wrong_proofs(wide.spread, *wide.MUTANTS_OF_SPREAD),
        *wrong_proofs(wide.every_error, *wide.MUTANTS_OF_EVERY),
        Check("root of the width", "the mean square is of order one over the root of the width", _twice_as_wide),
    ),
    degenerate=(
        Check("p=1", "one input of the layer", _narrow_layers),
        Check("k=1", "one output", _one_output_layer),
    ),
    witness=Check("non-vacuity", "wide layers with uniform feedback can be drawn", _wide_layers),
)
