"""Feedback that agrees with the weights in sign: its angle with them, and strict normalisation."""

from __future__ import annotations

import numpy as np
from flint import ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.model.activations import activation
from fa_theory.model.ball import Ball, balls
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule

from .feedback import cosine, layer, magnitudes, norm, product, sign_symmetric, strictly_normalised, uniform_feedback
from .theorems import isotropic, normalisation, signs

TRIALS = Trials(40, 400, 4000)
BITS = 128
FEEDBACK = Hypothesis(
    "sign-symmetric feedback",
    r"$B = |M| \circ \operatorname{sign} A$ entry by entry, for weights $A$ and any matrix $M$ of the same shape",
)
LAYER = Hypothesis("one layer", r"$A$ has $k$ rows (outputs) and $p$ columns (inputs); errors go back through $B^\top$")


def _rules(rng: np.random.Generator) -> Instance:
    """The learning rules of the package against the definitions, and the product of every entry."""
    p, k = (int(rng.integers(1, 5)) for _ in range(2))
    beta, b = (balls(rng.standard_normal((p, k))) for _ in range(2))
    network = Network(balls(rng.standard_normal((p, 2))), beta, b, activation("tanh"))
    ones = balls(np.ones((p, k)))
    uniform = Rule.USF.feedback(network) - sign_symmetric(beta, ones)
    fixed = Rule.SIGN.feedback(network) - sign_symmetric(beta, b)
    entries = sign_symmetric(beta, b) * beta - np.abs(b) * np.abs(beta)
    return Instance(vanishes=(*map(Ball, uniform.flat), *fixed.flat, *entries.flat))


def _zero_weight(context: Context) -> CheckOutcome:
    A = layer(context.rng("zero"), 2, 2, zeros=1)
    B = sign_symmetric(A, magnitudes(context.rng("magnitudes"), A))
    return CheckOutcome(bool(B[0, 0] == 0), "a weight 0 gets feedback 0, whatever its magnitude")


def _zero_magnitude(context: Context) -> CheckOutcome:
    A = layer(context.rng("M=0"))
    B = sign_symmetric(A, balls(np.zeros(A.shape)))
    return CheckOutcome(all(x == 0 for x in B.flat), "no feedback: B = 0, the product is 0 and there is no angle")


def _drawn(context: Context) -> CheckOutcome:
    rng = context.rng("drawn")
    kept = 0
    for _ in range(20):
        A = layer(rng)
        B = sign_symmetric(A, magnitudes(rng, A))
        kept += bool(product(B, A) > 0)
    return CheckOutcome(kept == 20, f"⟨B, A⟩ > 0 for {kept} of 20 layers drawn")


ZERO = Check("A_cr=0", "a weight that is 0", _zero_weight)
NONE = Check("M=0", "all magnitudes 0", _zero_magnitude)
DRAWN = Check("non-vacuity", "weights and magnitudes can be drawn, and B is not 0", _drawn)
DEFINED_BY = "sign-concordant feedback of Liao, Leibo & Poggio (2016), which the paper calls sign-symmetric"

rules = Claim(
    id="moskovitz2018.sign-symmetric-feedback",
    title="Sign-symmetric feedback, and strict normalisation",
    kind=Kind.DEFINITION,
    bound=Bound.IDENTITY,
    summary="uSF, frSF and brSF send errors back through |M| ∘ sign A; each entry times its weight is |M||A|.",
    statement=r"""Feedback $B$ for a layer with weights $A$ is \emph{sign-symmetric} if
$B = |M| \circ \operatorname{sign} A$, with $\operatorname{sign} 0 = 0$. It is called uSF if $M = 1$,
$B = \operatorname{sign} A$; frSF if $M$ is drawn once and stays; brSF if $M$ is drawn anew in each batch. In all three
the signs are those of the present weights. \emph{Strict normalisation} replaces $B$ by $B\, \|A\|_F / \|B\|_F$. For all
$A$ and $M$, entry by entry, \[ B_{cr} A_{cr} = |M_{cr}|\, |A_{cr}| \ge 0 . \]""",
    hypotheses=(LAYER, FEEDBACK),
    source=Source(
        "moskovitz2018",
        "feedback rules; " + DEFINED_BY,
        Fidelity.ADAPTED,
        "A and B stand for its W and V. Stated from the abstract and from descriptions by others, as the full text "
        "was not at hand: that the magnitudes are |M|, and that the norm is the Frobenius norm of a layer, is assumed.",
    ),
    procedures=(Proved(signs.entries), Instances(_rules, TRIALS, name="rules of the package in ball arithmetic")),
    mutants=wrong_proofs(signs.entries, *signs.MUTANTS_OF_ENTRIES),
    degenerate=(ZERO, NONE),
    witness=DRAWN,
)


def _angle(rng: np.random.Generator) -> Instance:
    A = layer(rng, p=int(rng.integers(2, 5)))
    B = sign_symmetric(A, magnitudes(rng, A))
    return Instance(margins=tuple(product(B, A) - x for x in (np.abs(B) * np.abs(A)).flat))


acute = Claim(
    id="moskovitz2018.acute-angle",
    title="Sign-symmetric feedback makes an acute angle with the weights",
    kind=Kind.LEMMA,
    bound=Bound.LOWER,
    summary="⟨B, A⟩ = Σ|M||A|, which is at least every single |M||A|: positive unless all of them are 0.",
    statement=r"""For sign-symmetric feedback of any magnitudes and all sizes
\[ \langle B, A\rangle = \sum_{c,r} |M_{cr}|\, |A_{cr}| \;\ge\; |M_{au}|\, |A_{au}| \quad\text{for all } a, u , \]
so $\langle B, A\rangle \ge 0$, and $\langle B, A\rangle > 0$ as soon as $M_{au} A_{au} \ne 0$ for one entry.""",
    hypotheses=(FEEDBACK,),
    source=Source(
        "moskovitz2018",
        "on the alignment of sign-symmetric feedback",
        Fidelity.ADAPTED,
        "Stated for all magnitudes, with the condition under which the product is positive.",
    ),
    uses=("moskovitz2018.sign-symmetric-feedback",),
    procedures=(
        Proved(signs.product, name="proof of the identity"),
        Proved(signs.acute),
        Instances(_angle, TRIALS),
    ),
    mutants=(
        *wrong_proofs(signs.product, *signs.MUTANTS_OF_PRODUCT),
        *wrong_proofs(signs.acute, *signs.MUTANTS_OF_ACUTE),
    ),
    degenerate=(ZERO, NONE),
    witness=DRAWN,
)


def _uniform(rng: np.random.Generator) -> Instance:
    A = layer(rng, p=int(rng.integers(2, 5)))
    return Instance(margins=(cosine(uniform_feedback(A), A) * Ball(A.size).sqrt() - 1,))


def _one_weight(context: Context) -> CheckOutcome:
    A = layer(context.rng("one"), 1, 1)
    found = cosine(uniform_feedback(A), A)
    return CheckOutcome(found.contains(1), "k = p = 1: B and A are parallel, and the bound 1 is attained")


def _nearly(context: Context) -> CheckOutcome:
    A = balls([[1.0, 2.0**-40, 2.0**-40, -(2.0**-40)]])
    found = cosine(uniform_feedback(A), A)
    return CheckOutcome(
        bool(found > 0.5) and bool(found < 0.5 + 1e-9),
        f"three tiny weights: cos = {found.midpoint:.6f}, 1/√4 = 0.5",
    )


def _all_zero(context: Context) -> CheckOutcome:
    A = balls(np.zeros((2, 2)))
    return CheckOutcome(bool(product(uniform_feedback(A), A) == 0), "both sides are 0, and there is no angle")


uniform = Claim(
    id="moskovitz2018.uniform-angle",
    title="The largest angle of uniform sign-symmetric feedback",
    kind=Kind.LEMMA,
    bound=Bound.LOWER,
    summary="For every A, cos∠(sign A, A) is at least one over the root of the number of weights.",
    statement=r"""For uSF, $B = \operatorname{sign} A$, and every $A$ with $k$ rows and $p$ columns
\[ \|A\|_F^2\, \|B\|_F^2 \le k p\, \langle B, A\rangle^2, \qquad\text{so}\qquad
   \cos\angle(B, A) \ge \frac{1}{\sqrt{k p}} \quad (A \ne 0) . \]
The bound is approached by a layer with one large weight and others near 0.""",
    hypotheses=(Hypothesis("uniform magnitudes", r"$B = \operatorname{sign} A$, $\operatorname{sign} 0 = 0$"),),
    source=Source("moskovitz2018", "on the alignment of sign-symmetric feedback", Fidelity.OURS, "The worst case."),
    uses=("moskovitz2018.sign-symmetric-feedback",),
    procedures=(Proved(signs.worst), Instances(_uniform, TRIALS)),
    mutants=wrong_proofs(signs.worst, *signs.MUTANTS_OF_WORST),
    degenerate=(
        Check("k=p=1", "a single weight", _one_weight),
        Check("nearly attained", "one weight far larger than the others", _nearly),
        Check("A=0", "no weights at all", _all_zero),
    ),
    witness=DRAWN,
)


def _normalised(rng: np.random.Generator) -> Instance:
    A = layer(rng)
    U = sign_symmetric(A, magnitudes(rng, A))
    B = strictly_normalised(U, A)
    return Instance(vanishes=(norm(B) - norm(A), cosine(B, A) - cosine(U, A)))


def _no_feedback(context: Context) -> CheckOutcome:
    A = layer(context.rng("U=0"))
    with ctx.workprec(BITS):
        B = strictly_normalised(0 * A, A)
    return CheckOutcome(not any(x.arb.is_finite() for x in B.flat), "‖B‖ = 0: the normalisation is not defined")


def _no_weights(context: Context) -> CheckOutcome:
    U = layer(context.rng("A=0"))
    B = strictly_normalised(U, 0 * U)
    return CheckOutcome(all(x == 0 for x in B.flat), "‖A‖ = 0: the feedback becomes 0")


def _feedback_drawn(context: Context) -> CheckOutcome:
    rng = context.rng("drawn")
    found = sum(bool(norm(sign_symmetric(A, magnitudes(rng, A))) > 0) for A in (layer(rng) for _ in range(20)))
    return CheckOutcome(found == 20, f"‖B‖ > 0 for {found} of 20 layers drawn")


strict = Claim(
    id="moskovitz2018.strict-normalisation",
    title="Strict normalisation removes the mismatch of norms and keeps every angle",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="Strictly normalised feedback has the norm of A and its old angle; isotropic errors keep their mean size.",
    statement=r"""Let $U \ne 0$ be any feedback, sign-symmetric or not, and $B = U\, \|A\|_F / \|U\|_F$. Then for all
sizes \[ \|B\|_F = \|A\|_F, \qquad \langle B, A\rangle\, \|U\|_F = \langle U, A\rangle\, \|B\|_F , \]
so $\cos\angle(B, A) = \cos\angle(U, A)$. For an error $e = \sigma\xi$ with independent standard normal entries
$E\,\|B^\top e\|^2 = \sigma^2 \|B\|_F^2$ for every $B$: after strict normalisation the error signal that is sent
back has the mean square that backpropagation gives it, $\sigma^2 \|A\|_F^2$.""",
    hypotheses=(LAYER, Hypothesis("feedback", r"$U \ne 0$")),
    source=Source(
        "moskovitz2018",
        "strict normalisation",
        Fidelity.ADAPTED,
        "The paper introduces it as a remedy in deep networks; this is what it does to one layer, exactly. "
        "What it does for accuracy is not claimed here.",
    ),
    uses=("moskovitz2018.sign-symmetric-feedback",),
    procedures=(
        Proved(normalisation.norm, name="proof for the norm"),
        Proved(normalisation.direction, name="proof for the angle"),
        Proved(isotropic.gain, name="proof for the size of error signals"),
        Instances(_normalised, TRIALS),
    ),
    mutants=(
        *wrong_proofs(normalisation.norm, *normalisation.MUTANTS_OF_NORM),
        *wrong_proofs(normalisation.direction, *normalisation.MUTANTS_OF_DIRECTION),
        *wrong_proofs(isotropic.gain, *isotropic.MUTANTS_OF_GAIN),
    ),
    degenerate=(
        Check("U=0", "no feedback", _no_feedback),
        Check("A=0", "no weights", _no_weights),
    ),
    witness=Check("non-vacuity", "feedback that is not 0 can be drawn", _feedback_drawn),
)
