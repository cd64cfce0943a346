"""R4: what bounding the input weights of neurons does, derived for linear networks, measured on digits."""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from flint import ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Planned, Proved, wrong_proofs
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.rules import Rule

from ..shared.images import images
from .classifier import BATCH, STEP_SIZE, WIDTH, Classifier, batches, norms
from .theorems import normalisation

LINEAR = Hypothesis(
    "normalised linear network, one output",
    r"$w_r(t{+}1) = f_r(t)\, [w_r(t) - \frac{\eta}{\sqrt p}\, b_r X^\top e(t)]$ and "
    r"$\beta_r(t{+}1) = g(t)\, [\beta_r(t) - \frac{\eta}{\sqrt p}\, w_r(t) \cdot X^\top e(t)]$, "
    "with any factors $f_r(t), g(t)$ and any errors $e(t)$",
)


# the mechanism -------------------------------------------------------------------------------------------------------
def residual(rng: np.random.Generator, *, steps: int = 3, feedback: int = 1, plain: bool = False, p: int = 3) -> Array:
    """What the closed form of β leaves of a run of a small network in balls, with random factors."""
    n, d = 2, 3
    W0, X = balls(rng.standard_normal((p, d))), balls(rng.standard_normal((n, d)))
    beta0, b = balls(rng.standard_normal(p)), feedback * balls(rng.standard_normal(p))
    eta, root = Ball(float(rng.uniform(0.1, 1))), 1 / Ball(p).root_of_square()
    K, zero = X @ X.T, balls(np.zeros((p, n)))
    W, beta, kept, s, alpha, v, a = W0, beta0, 1 + 0 * beta0, zero, Ball(1), zero, 0 * beta0
    for _ in range(steps):
        f, g = (balls(np.ones(p)), Ball(1)) if plain else (balls(rng.uniform(0, 1, p)), Ball(float(rng.uniform(0, 1))))
        e = balls(rng.standard_normal(n))
        v, a = g * (v + eta * kept[:, None] * e), g * (a + eta / p * (s @ (K @ e)))
        W, beta = f[:, None] * (W - eta * root * b[:, None] * (X.T @ e)), g * (beta - eta * root * (W @ (X.T @ e)))
        kept, s, alpha = f * kept, f[:, None] * (s + eta * e), g * alpha
    left_W = W - (kept[:, None] * W0 - root * b[:, None] * (s @ X))
    left_beta = beta - (alpha * beta0 - root * np.sum(W0 * (v @ X), axis=1) + a * b)
    found: Array = np.concatenate([left_W.ravel(), left_beta])
    return found


def _case(name: str, says: str, **fixed: Any) -> Check:
    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(128):
            found = Instance(vanishes=tuple(residual(context.rng(name), **fixed)))
        return CheckOutcome(found.shown(1e-9), f"residual 0 within {found.radius():.0e}")

    return Check(name, says, run)


def _bounded(context: Context) -> CheckOutcome:
    """A linear network whose β is rescaled to at most its first norm: the product of its factors is what is left."""
    rng = context.rng("bounded")
    X, W, b = rng.standard_normal((4, 6)), rng.standard_normal((50, 6)), rng.standard_normal(50)
    beta, y, left = rng.standard_normal(50), rng.standard_normal(4), 1.0
    most = float(np.linalg.norm(beta))
    for _ in range(100):
        e = X @ W.T @ beta / np.sqrt(50) - 20 * y
        pull = X.T @ e * 0.1 / np.sqrt(50)
        W, beta = W - np.outer(b, pull), beta - W @ pull
        factor = min(1.0, most / float(np.linalg.norm(beta)))
        beta, left = factor * beta, factor * left
    return CheckOutcome(0 < left < 0.9, f"after 100 steps that bound ‖β‖ by its start, α = {left:.3f}")


normalised_linear = Claim(
    id="rahmansetayesh2021.normalised-linear",
    title="Normalisation forgets the start as decay does",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Normalising shrinks the part α β(0) of the output weights with each factor; steps go on adding along b.",
    statement=r"""Let $\kappa_r(0) = \alpha(0) = 1$, $s_r(0) = v_r(0) = 0$, $a_r(0) = 0$, $K = XX^\top$ and
\[ \kappa_r^+ = f_r \kappa_r, \quad s_r^+ = f_r (s_r + \eta e), \quad \alpha^+ = g\, \alpha, \quad
   v_r^+ = g\, (v_r + \eta \kappa_r e), \quad a_r^+ = g\, \bigl(a_r + \tfrac{\eta}{p}\, s_r^\top K e\bigr) . \]
Then for all $t, n, d, p$
\[ w_r(t) = \kappa_r\, w_r(0) - \tfrac{1}{\sqrt p}\, b_r X^\top s_r , \qquad
   \beta_r(t) = \alpha\, \beta_r(0) - \tfrac{1}{\sqrt p}\, w_r(0) \cdot X^\top v_r + a_r b_r . \]
If $0 \le g(t) \le \kappa$ for all $t$, then $\alpha(t) \le \kappa^t$. Weight decay is $g = 1 - \eta\lambda$, up to the
order of step and factor; bounding the norm of $\beta$ is $g = \min(1, N / \|\beta\|_2)$, which is below 1 whenever a
step lengthens $\beta$ beyond $N$.""",
    hypotheses=(LINEAR,),
    source=Source(
        "rahmansetayesh2021",
        "abstract: weight normalization improves feedback alignment",
        Fidelity.OURS,
        "The abstract reports that normalisation improves alignment; this is a mechanism for linear networks.",
    ),
    procedures=(
        Proved(normalisation.hidden, name="proof for the hidden layer"),
        Proved(normalisation.output, name="proof for the output weights"),
        Proved(normalisation.decay, name="proof of the decay"),
        Instances(lambda rng: Instance(vanishes=tuple(residual(rng))), Trials(20, 200, 2000)),
    ),
    mutants=(
        *wrong_proofs(normalisation.hidden, *normalisation.MUTANTS_OF_W),
        *wrong_proofs(normalisation.output, *normalisation.MUTANTS_OF_BETA),
        *wrong_proofs(normalisation.decay, *normalisation.MUTANTS_OF_DECAY),
    ),
    degenerate=(
        _case("no factors", "f = g = 1: the closure of a linear network without regularisation", plain=True),
        _case("p=1", "one neuron: holds", p=1),
        _case("b=0", "no feedback: the hidden layer only shrinks", feedback=0),
    ),
    witness=Check("non-vacuity", "bounding the norm of β gives such factors, some below 1", _bounded),
)

# measured on digits --------------------------------------------------------------------------------------------------
BEFORE, AFTER, LOOKS = 300, 40, 4
"""Steps with the first labels and with new ones, and how often the accuracy is looked at in the latter."""
DIGITS = Hypothesis(
    "digits",
    rf"ReLU network with $p = {WIDTH}$ hidden neurons and softmax on scikit-learn's digits, batches of ${BATCH}$, step "
    rf"size ${STEP_SIZE:g}$, ${BEFORE}$ steps, then ${AFTER}$ steps with the classes permuted at random",
)
BOUNDED = Hypothesis(
    "normalisation",
    r"after every step $w_r \to w_r \min(1, \|w_r(0)\|_2 / \|w_r\|_2)$, and the same for the weights of each output",
)


class Outcome(NamedTuple):
    """Of one network: alignment and accuracy with the first labels, and mean accuracy after the change."""

    alignment: float
    accuracy: float
    recovered: float


def pair(p: int, seed: int, rule: Rule, step_size: float = STEP_SIZE) -> tuple[Outcome, Outcome]:
    """Two networks that begin alike and see the same batches: without and with normalisation."""
    return _outcome(p, seed, rule, step_size, False), _outcome(p, seed, rule, step_size, True)


def _outcome(p: int, seed: int, rule: Rule, step_size: float, normalised: bool) -> Outcome:
    rng, data = np.random.default_rng(seed), images("")
    network = Classifier.drawn(rng, p=p, d=data.X.shape[1], k=data.classes, normalised=normalised)
    seen, new = batches(len(data.X), BATCH, rng), rng.permutation(data.classes)
    for rows in islice(seen, BEFORE):
        network = network.step(data.X[rows], data.labels[rows], step_size=step_size, rule=rule)
    found = network.alignment, network.accuracy(data.X_test, data.labels_test)
    recovered = []
    for _ in range(LOOKS):
        for rows in islice(seen, AFTER // LOOKS):
            network = network.step(data.X[rows], new[data.labels[rows]], step_size=step_size, rule=rule)
        recovered.append(network.accuracy(data.X_test, new[data.labels_test]))
    return Outcome(*found, float(np.mean(recovered)))


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**32))


def aligns(p: int, rng: np.random.Generator, *, step_size: float = STEP_SIZE) -> bool:
    plain, normalised = pair(p, _seed(rng), Rule.FA, step_size)
    return normalised.alignment >= plain.alignment + 0.1 and normalised.recovered > plain.recovered


def recovers(p: int, rng: np.random.Generator) -> bool:
    plain, normalised = pair(p, _seed(rng), Rule.BP)
    return normalised.recovered > plain.recovered


def more_accurate(p: int, rng: np.random.Generator) -> bool:
    plain, normalised = pair(p, _seed(rng), Rule.BP)
    return normalised.accuracy > plain.accuracy


DELTA = 0.3
NETWORKS = Trials(20, 60, 300)
ALIGNS = Planned(
    aligns,
    (WIDTH,),
    NETWORKS,
    DELTA,
    "normalised networks align better by 0.1 and recover better under feedback alignment",
    name="feedback alignment",
)
RECOVERS = Planned(
    recovers,
    (WIDTH,),
    NETWORKS,
    DELTA,
    "normalised networks recover better under backpropagation",
    name="backpropagation",
)
ACCURACY = Planned(
    more_accurate,
    (WIDTH,),
    Trials(40, 60, 300),
    DELTA,
    "normalised networks are more accurate before the labels change",
)


def _without_bounds(context: Context) -> CheckOutcome:
    """Bounds that are never reached: the same network, bit for bit."""
    rng, data = context.rng("loose"), images("")
    plain = Classifier.drawn(rng, p=20, d=data.X.shape[1], k=data.classes, normalised=False)
    W, beta = norms(plain.W, plain.beta)
    loose = Classifier(plain.W, plain.beta, plain.b, (1e6 * W, 1e6 * beta))
    X, labels = data.X[:BATCH], data.labels[:BATCH]
    same = np.array_equal(plain.step(X, labels).W, loose.step(X, labels).W)
    return CheckOutcome(same, "bounds that are never reached change nothing")


def _kept(context: Context) -> CheckOutcome:
    rng, data = context.rng("kept"), images("")
    network = Classifier.drawn(rng, p=20, d=data.X.shape[1], k=data.classes, normalised=True)
    start = norms(network.W, network.beta)
    for rows in islice(batches(len(data.X), BATCH, rng), 50):
        network = network.step(data.X[rows], data.labels[rows])
    worst = max(float((now / most).max()) for now, most in zip(norms(network.W, network.beta), start, strict=True))
    least = min(float((now / most).min()) for now, most in zip(norms(network.W, network.beta), start, strict=True))
    return CheckOutcome(
        worst < 1 + 1e-5, f"after 50 steps norms are {least:.3f} to {worst:.6f} times those of the start"
    )


def _learns(context: Context) -> CheckOutcome:
    plain, normalised = pair(WIDTH, 0, Rule.FA)
    return CheckOutcome(
        min(plain.accuracy, normalised.accuracy) > 0.9,
        f"accuracy {plain.accuracy:.3f} without and {normalised.accuracy:.3f} with normalisation; "
        f"cos {plain.alignment:.3f} and {normalised.alignment:.3f}",
    )


LOOSE = Check("loose bounds", "norms that are never reached", _without_bounds)
LEARNS = Check("non-vacuity", "both networks learn the digits", _learns)

normalisation_aligns = Claim(
    id="rahmansetayesh2021.normalisation-aligns",
    title="Bounded input weights align better, and relearn faster, on digits",
    kind=Kind.CONJECTURE,
    bound=Bound.PROBABILITY,
    summary="On digits, bounded input weights raise the alignment by ≥ 0.1, and accuracy after a change of labels.",
    statement=rf"""With probability at least ${1 - DELTA:g}$ over the initial weights, the batches and the new labels, a
network with normalisation, compared with the same network without it, has after {BEFORE} steps of feedback alignment an
alignment $\cos\angle(b, \beta)$ that is higher by at least $0.1$, and in the {AFTER} steps after the classes are
permuted a higher test accuracy on average, under feedback alignment and under backpropagation.""",
    hypotheses=(DIGITS, BOUNDED),
    source=Source(
        "rahmansetayesh2021",
        "abstract: weight normalization improves alignment, and performance when class labels are changed",
        Fidelity.ADAPTED,
        "For two layers and digits, where the paper has deeper networks; the amounts and times are ours.",
        proved=False,
    ),
    uses=("rahmansetayesh2021.normalised-linear",),
    probability=1 - DELTA,
    procedures=(ALIGNS, RECOVERS),
    mutants=(
        ALIGNS.elsewhere(
            "large steps",
            "the same for step size 1, where bounded weights cannot fit the digits",
            lambda p, rng: aligns(p, rng, step_size=1.0),
            8,
        ),
        ALIGNS.stronger("more than the trials show", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(LOOSE, Check("norms", "no norm exceeds that of the start", _kept)),
    witness=LEARNS,
)

normalisation_raises_accuracy = Claim(
    id="rahmansetayesh2021.normalised-accuracy",
    title="Bounded input weights raise the accuracy: a literal reading",
    kind=Kind.READING,
    bound=Bound.LOWER,
    summary="Literal reading: bounded weights are more accurate. While labels stay the same, on digits, they are not.",
    statement=rf"""With probability at least ${1 - DELTA:g}$ a network with normalisation has, after {BEFORE} steps of
backpropagation with the same labels, a higher test accuracy than the same network without it.""",
    hypotheses=(DIGITS, BOUNDED),
    source=Source(
        "rahmansetayesh2021",
        "abstract: weight normalization improves performance",
        Fidelity.ADAPTED,
        "Read for labels that do not change and for two layers; the abstract speaks of changed labels and of depth.",
        proved=False,
    ),
    uses=("rahmansetayesh2021.normalised-linear",),
    procedures=(ACCURACY,),
    mutants=(ACCURACY.stronger("nearly always", "failure probability 1e-4", 1e-4),),
    degenerate=(LOOSE,),
    witness=LEARNS,
    erratum=Erratum(
        "networks on digits, most of which are less accurate with bounded weights",
        "rahmansetayesh2021.normalisation-aligns",
    ),
)
