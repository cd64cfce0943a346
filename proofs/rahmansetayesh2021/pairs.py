"""R5 to R7 and cross-correlation: what a pair of steps gains, for every b and on average."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, Instance, Instances, Predicted, Proved, wrong_proofs
from fa_theory.enclosure.asserted import Asserted, number
from fa_theory.model.ball import Array, balls

from .driven import ABSTRACTS, RULE, joint_mean_gain, mean_by_rule, rational, signs, small
from .theorems import pairs

TRIALS = Trials(40, 400, 4000)
MATRIX = Hypothesis(
    "matrix of a pair of steps",
    r"$M = \sum_{i,l} e_l(s)\, \bigl(x_l(s) \cdot x_i(t)\bigr)\, e_i(t)^\top \in \mathbb{R}^{k \times k}$ "
    "for steps $s < t$",
)


def source(place: str, changes: str) -> Source:
    return Source("rahmansetayesh2021", place, Fidelity.ADAPTED, f"{changes} {ABSTRACTS}")


def form(b: Array, M: Array) -> Any:
    """``⟨b, bM⟩``."""
    return np.sum(b * (b @ M))


def _drawn(rng: np.random.Generator, **fixed: Any) -> tuple[Array, Array]:
    """Feedback weights, and the matrix of the last and the first step of a short run, in balls."""
    run = small(rng, T=2, **fixed)
    return run.b, run.pair(1, 0)


def _case(name: str, says: str, trial: Any, **fixed: Any) -> Check:
    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(128):
            found = trial(*_drawn(context.rng(name), **fixed))
        return CheckOutcome(found.shown(1e-9), "holds in ball arithmetic")

    return Check(name, says, run)


def _cases(trial: Any) -> tuple[Check, ...]:
    return (
        _case("k=1", "one output: M is a number", trial, k=1),
        _case("p=1", "one neuron: holds", trial, p=1),
        _case("b=0", "no feedback: no gain", trial, zero=("b",)),
        _case("e=0", "no error signals: M = 0", trial, zero=("e",)),
    )


# R5 ------------------------------------------------------------------------------------------------------------------
def _symmetric(b: Array, M: Array) -> Instance:
    return Instance(vanishes=(form(b, (M - M.T) / 2), form(b, M) - form(b, (M + M.T) / 2)))


def _asymmetric(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        drawn = [_drawn(context.rng(i), k=2) for i in range(20)]
        apart = sum(not (M - M.T)[0, 1].contains(0) for _, M in drawn)
    return CheckOutcome(apart > 0, f"M is certainly not symmetric for {apart} of 20 pairs of steps")


symmetric_part = Claim(
    id="rahmansetayesh2021.symmetric-part",
    title="Only the symmetric part of a pair of steps counts",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="Two steps gain ⟨b, bM⟩ in alignment, and the antisymmetric part of M gains nothing, whatever b is.",
    statement=r"""Steps $s < t$ add $\eta^2 \langle b, bM \rangle$ to $\langle b, \beta \rangle$:
\[ \sum_{i,l} \bigl(b\, e_i(t) \cdot b\, e_l(s)\bigr) \bigl(x_i(t) \cdot x_l(s)\bigr) = \langle b, b M \rangle , \]
and for every $b \in \mathbb{R}^{p\times k}$
\[ \langle b, b M \rangle = \bigl\langle b, b\, \tfrac{1}{2}(M + M^\top) \bigr\rangle , \qquad
   \langle b, b A \rangle = 0 \quad \text{if } A^\top = -A . \]""",
    hypotheses=(MATRIX,),
    source=source(
        "the terms of the alignment",
        "M is δ[k−o]ᵀ L[k−o] L[k]ᵀ δ[k] with the lag o = t − s, and b = Bᵀ.",
    ),
    uses=("rahmansetayesh2021.alignment-identity",),
    procedures=(
        Proved(pairs.gain, name="proof for the gain"),
        Proved(pairs.symmetric, name="proof for the symmetric part"),
        Proved(pairs.skew, name="proof for the antisymmetric part"),
        Instances(lambda rng: _symmetric(*_drawn(rng)), TRIALS),
    ),
    mutants=(
        *wrong_proofs(pairs.gain, *pairs.MUTANTS_OF_GAIN),
        *wrong_proofs(pairs.symmetric, *pairs.MUTANTS_OF_SYMMETRIC),
        *wrong_proofs(pairs.skew, *pairs.MUTANTS_OF_SKEW),
    ),
    degenerate=_cases(_symmetric),
    witness=Check("non-vacuity", "there are pairs of steps with an antisymmetric part", _asymmetric),
)


# R6 ------------------------------------------------------------------------------------------------------------------
def _definite(rng: np.random.Generator, **fixed: int) -> Instance:
    """``M = AᵀA`` and an antisymmetric part, for random weights."""
    k, p = (int(fixed.get(name, rng.integers(1, 5))) for name in "kp")
    A, S, b = (balls(rng.standard_normal(shape)) for shape in ((k, k), (k, k), (p, k)))
    return Instance(margins=(form(fixed.get("b", 1) * b, A.T @ A + S - S.T),))


def _definite_case(name: str, says: str, **fixed: int) -> Check:
    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(128):
            found = _definite(context.rng(name), **fixed)
        return CheckOutcome(found.shown(1e-9), f"⟨b, bM⟩ = {found.margins[0].midpoint:.3g}")

    return Check(name, says, run)


def _held(context: Context) -> CheckOutcome:
    """The same inputs and errors at both steps: M = AᵀA."""
    with ctx.workprec(128):
        runs = [small(context.rng(i), T=1) for i in range(20)]
        positive = sum(bool(form(run.b, run.pair(0, 0)).arb > 0) for run in runs)
    return CheckOutcome(positive == 20, f"signals that are held constant certainly align in {positive} of 20 runs")


positive_matrix = Claim(
    id="rahmansetayesh2021.positive-matrix",
    title="A positive semidefinite pair of steps aligns for every feedback",
    kind=Kind.LEMMA,
    bound=Bound.LOWER,
    summary="If M + Mᵀ is positive semidefinite, the two steps do not lower ⟨b, β⟩, whatever the feedback weights are.",
    statement=r"""If $v^\top M v \ge 0$ for all $v \in \mathbb{R}^k$, then $\langle b, bM \rangle \ge 0$ for every
$b \in \mathbb{R}^{p \times k}$ and every $p$. Signals that are held constant, $e(t) = e(s)$ and $x(t) = x(s)$, are of
this kind: $M = A^\top A$ with $A = \sum_i x_i e_i^\top$.""",
    hypotheses=(
        MATRIX,
        Hypothesis("positive semidefinite", r"$v^\top M v \ge 0$ for all $v$; $M$ need not be symmetric"),
    ),
    source=source("the sign of the terms", "Stated for every b, without a probability."),
    uses=("rahmansetayesh2021.symmetric-part",),
    procedures=(Proved(pairs.definite), Instances(_definite, TRIALS)),
    mutants=wrong_proofs(pairs.definite, *pairs.MUTANTS_OF_DEFINITE),
    degenerate=(
        _definite_case("k=1", "one output: M is a number ≥ 0", k=1),
        _definite_case("p=1", "one neuron: holds", p=1),
        _definite_case("b=0", "no feedback: the gain is 0", b=0),
    ),
    witness=Check("non-vacuity", "signals that are held constant qualify", _held),
)


# R7 ------------------------------------------------------------------------------------------------------------------
TRACES = {"definite": 1.0, "negative": -1.0, "traceless": 0.0}
K = 3


def _matrix(case: str) -> Array:
    """A matrix of this trace per output, with an antisymmetric part and symmetric entries beside the diagonal."""
    found: Array = TRACES[case] * np.eye(K) + np.array([[0.0, 2.0, -1.0], [0.0, 0.5, 0.0], [1.0, 0.0, -0.5]])
    return found


def _scaled_gain(case: str, rng: np.random.Generator) -> float:
    p = 200
    return 2 + float(form(rng.standard_normal((p, K)), _matrix(case))) / (p * K)


GAUSSIAN_FEEDBACK = Predicted(
    _scaled_gain,
    r"$2 + \langle b, bM \rangle / (pk)$",
    tuple(TRACES),
    lambda case: 2 + TRACES[case],
    Trials(200, 1000, 10000),
    tolerance=0.1,
    name="mean over the feedback",
    settles=False,
    block=100,
)


def _entries(context: Context) -> CheckOutcome:
    """Signs in the place of normal weights, exactly: the mean is the same, p tr M."""
    M = np.array([[Fraction(1), Fraction(5)], [Fraction(-2), Fraction(-3)]], dtype=object)
    values = [form(np.array([b], dtype=object), M) for b in signs(2)]
    mean = sum(values) / len(values)
    return CheckOutcome(mean == M[0, 0] + M[1, 1], f"mean over b ∈ {{±1}}²: {mean}; tr M = {M[0, 0] + M[1, 1]}")


def _one_output(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        b, M = _drawn(context.rng("k=1"), k=1)
        left = form(b, M) - np.sum(b * b) * M[0, 0]
    return CheckOutcome(left.contains(0), "k = 1: ⟨b, bM⟩ = ‖b‖² M for every b")


def _no_error(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        b, M = _drawn(context.rng("e=0"), zero=("e",))
    return CheckOutcome(bool(form(b, M) == 0), "M = 0: nothing is gained")


def _both_signs(context: Context) -> CheckOutcome:
    traces = []
    for i in range(20):
        with ctx.workprec(128):
            traces.append(np.trace(_drawn(context.rng(i))[1]))
    up = sum(bool(x.arb > 0) for x in traces)
    return CheckOutcome(0 < up < 20, f"tr M is certainly positive for {up} of 20 random pairs of steps")


mean_over_feedback = Claim(
    id="rahmansetayesh2021.mean-over-feedback",
    title="On average over the feedback a pair of steps gains the trace",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="For standard normal feedback weights the mean of ⟨b, bM⟩ is p tr M, so its sign is that of the trace.",
    statement=r"""If $b \in \mathbb{R}^{p\times k}$ has independent $N(0,1)$ entries,
\[ E_b \langle b, b M \rangle = p \operatorname{tr} M , \qquad
   \operatorname{tr} M = \sum_{i,l} \bigl(e_i(t) \cdot e_l(s)\bigr) \bigl(x_i(t) \cdot x_l(s)\bigr) . \]""",
    hypotheses=(MATRIX, Hypothesis("Gaussian feedback", r"$b$ has independent $N(0,1)$ entries")),
    source=source("the mean over random backward weights", "With the constant of proportionality."),
    uses=("rahmansetayesh2021.symmetric-part",),
    procedures=(Proved(pairs.expected), GAUSSIAN_FEEDBACK),
    mutants=(
        *wrong_proofs(pairs.expected, *pairs.MUTANTS_OF_MEAN),
        GAUSSIAN_FEEDBACK.mutant(
            "all entries",
            "the sum of all entries in the place of the trace",
            lambda case: 2 + float(_matrix(case).sum()) / K,
        ),
    ),
    degenerate=(
        Check("signs", "b of ±1: the same mean, exactly", _entries),
        Check("k=1", "one output: no mean is needed", _one_output),
        Check("e=0", "no error signals", _no_error),
    ),
    witness=Check("non-vacuity", "traces of both signs occur", _both_signs),
)


# cross-correlation ---------------------------------------------------------------------------------------------------
SIGNS = {"independent": None, "e = x at both steps": (1, 1), "e = −x, then e = x": (-1, 1), "e = −x at both": (-1, -1)}


def correlated_gain(case: str, rng: np.random.Generator) -> float:
    """``2 + ⟨b, bM⟩/(pk)``, averaged over 100 pairs of steps with independent inputs, ± which are the errors."""
    k, p = 10, 100
    x = rng.standard_normal((2, 100, k))
    held = SIGNS[case]
    e = rng.standard_normal(x.shape) if held is None else np.array(held)[:, None, None] * x
    b = rng.standard_normal((p, k))
    sent, inputs = np.sum((e[0] @ b.T) * (e[1] @ b.T), axis=-1), np.sum(x[0] * x[1], axis=-1)
    return 2 + float(np.mean(sent * inputs)) / (p * k)


def predicted_gain(case: str) -> float:
    held = SIGNS[case]
    return 2.0 if held is None else 2.0 + held[0] * held[1]


CORRELATED = Predicted(
    correlated_gain,
    r"$2 + \langle b, bM \rangle / (pk)$",
    tuple(SIGNS),
    predicted_gain,
    Trials(300, 1500, 10000),
    tolerance=0.1,
    name="simulated steps",
    settles=False,
    block=100,
)


def _uncorrelated(context: Context) -> CheckOutcome:
    """Errors independent of the inputs, as likely to be e as −e: exactly 0."""
    outcomes = list(itertools.product(signs(2), signs(2)))  # two steps, one input, one output
    chance = Fraction(1, len(outcomes))
    mean = joint_mean_gain([(chance, [[a] for a in e], [[c] for c in x]) for e, x in outcomes], Fraction(1, 3))
    return CheckOutcome(mean == 0, f"C = D = 0: mean gain {mean}")


def _one_step_correlated(context: Context) -> CheckOutcome:
    outcomes = list(itertools.product(signs(2), (-1, 1)))
    chance = Fraction(1, len(outcomes))
    mean = joint_mean_gain([(chance, [[x[0]], [e]], [[x[0]], [x[1]]]) for x, e in outcomes], Fraction(1, 3))
    return CheckOutcome(mean == 0, f"cross-correlation at the earlier step only: mean gain {mean}")


def _constant(context: Context) -> CheckOutcome:
    mean = _flipping(Fraction(1), Fraction(1))
    return CheckOutcome(mean > 0, f"e(t) = x(t) at two steps: mean gain {mean} η²")


def _flipping(*strengths: Fraction) -> Fraction:
    """The mean gain per η² of steps with ``e(t) = strength x(t)`` and independent inputs of two coordinates ±1."""
    outcomes = list(itertools.product(signs(2), repeat=len(strengths)))
    chance = Fraction(1, len(outcomes))
    signals = [
        (chance, [[q * value for value in x] for q, x in zip(strengths, run, strict=True)], list(run))
        for run in outcomes
    ]
    return joint_mean_gain(signals, Fraction(1))


cross_correlation = Claim(
    id="rahmansetayesh2021.cross-correlation",
    title="Cross-correlation aligns as far as it keeps its sign",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Independent steps with cross-correlations C and D gain ⟨bC, bD⟩ on average: at least 0 if C = D.",
    statement=r"""Let the signals of step $s$ be independent of those of step $t$, one input at a time, and
$C_s = E[e(s)\, x(s)^\top] \in \mathbb{R}^{k\times d}$. For every $b$
\[ E \langle b, bM \rangle = \langle b\, C_s, b\, C_t \rangle , \]
which is $\|b\, C\|_F^2 \ge 0$ if $C_s = C_t = C$. For $C_s = -C_t$ it is negative unless $b\, C_t = 0$.""",
    hypotheses=(
        RULE,
        MATRIX,
        Hypothesis("independent steps", r"$(e(s), x(s))$ and $(e(t), x(t))$ are independent for $s \ne t$"),
    ),
    source=source(
        "abstract of the journal version: cross-correlation",
        "With the condition that makes it true, that the cross-correlation does not change between the steps.",
    ),
    uses=("rahmansetayesh2021.symmetric-part",),
    procedures=(
        Proved(pairs.cross, name="proof for the mean"),
        Proved(pairs.constant, name="proof for a constant cross-correlation"),
        CORRELATED,
    ),
    mutants=(
        *wrong_proofs(pairs.cross, *pairs.MUTANTS_OF_CROSS),
        *wrong_proofs(pairs.constant, *pairs.MUTANTS_OF_CONSTANT),
        CORRELATED.mutant("sign of the later step", "the earlier step does not matter", lambda case: 3.0),
    ),
    degenerate=(
        Check("C=D=0", "errors independent of the inputs: no gain", _uncorrelated),
        Check("D=0", "cross-correlation at one step: no gain", _one_step_correlated),
    ),
    witness=Check("non-vacuity", "errors that are the inputs have a constant cross-correlation", _constant),
)


# the reading ---------------------------------------------------------------------------------------------------------
def _literal(rng: np.random.Generator) -> Mapping[str, Any]:
    """``e(t) = q(t) x(t)``, two independent inputs ±1, and q(0), q(1) of opposite signs: the mean gain is negative."""
    said = Asserted(64)
    q = [said.let(f"q{t}", number(sign * rational(rng, 0.25, 2.0))) for t, sign in enumerate((-1, 1))]
    gain = mean_by_rule(2, lambda u, v: (number("1/16"), [q[0] * u[0], q[1] * u[1]], u))
    said.below(gain, 0)
    return said.document


LITERAL = Enclosures(
    _literal, Trials(2, 20, 100), "the mean gain of two steps is negative", refutes=True, name="exact means"
)


def _at_least_as_strong(context: Context) -> CheckOutcome:
    """Even where the signs agree, the gain is no more than its value."""
    mean = _flipping(Fraction(1, 2), Fraction(1, 2))
    return CheckOutcome(0 < mean < 1, f"e(t) = x(t)/2: mean gain {mean} η², less than η²")


def _reversed(context: Context) -> CheckOutcome:
    mean = _flipping(Fraction(-1), Fraction(1))
    return CheckOutcome(mean < 0, f"e(0) = −x(0), e(1) = x(1): mean gain {mean} η²")


cross_correlation_aligns = Claim(
    id="rahmansetayesh2021.cross-correlated-align",
    title="Cross-correlated errors and outputs align: a literal reading",
    kind=Kind.READING,
    bound=Bound.LOWER,
    summary="Literal reading: errors that correlate with the outputs align. If the correlation flips, they anti-align.",
    statement=r"""If $E[e(t)\, x(t)^\top] \ne 0$ at every step, independent steps have
$E \langle b, \beta(T) - \beta(0) \rangle \ge 0$.""",
    hypotheses=(RULE, Hypothesis("cross-correlated signals", r"$E[e(t)\, x(t)^\top] \ne 0$ for all $t$")),
    source=Source(
        "rahmansetayesh2021",
        "abstract of the journal version: cross-correlation",
        Fidelity.ADAPTED,
        f"Read without a condition on how the cross-correlation changes between steps. {ABSTRACTS}",
        proved=False,
    ),
    uses=("rahmansetayesh2021.cross-correlation",),
    procedures=(LITERAL,),
    mutants=(Check("gain of 1", "the mean gain is at least η²", _at_least_as_strong),),
    degenerate=(Check("signs", "the cross-correlation changes its sign: the mean is negative", _reversed),),
    witness=Check("non-vacuity", "errors that are the inputs qualify", _constant),
    erratum=Erratum(
        "exact means over all outcomes of two steps whose cross-correlations differ in sign",
        "rahmansetayesh2021.cross-correlation",
    ),
)
