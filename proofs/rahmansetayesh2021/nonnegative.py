"""R3: outputs of ReLU and sigmoid neurons are not negative, and that is enough memory for errors to align with."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Predicted, Proved, wrong_proofs
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array

from .driven import ABSTRACTS, RULE, as_ball, chain, mean_gain, rational
from .signals import INDEPENDENT, INPUTS, ISOTROPIC, OUTPUTS, STEPS, WIDTH, autoregressive, driven, pairs_of_steps
from .theorems import nonnegative

MEANS: dict[str, tuple[str, float]] = {
    "ReLU": ("relu", 1 / (2 * np.pi)),
    "sigmoid": ("sigmoid", 1 / 4),
    "tanh": ("tanh", 0.0),
}
"""Activation, and the squared mean of its output at a standard normal pre-activation."""
CASES = {
    f"{name}, errors {shown}": (name, a) for name in MEANS for shown, a in (("0", 0.0), (".8", 0.8), ("−.8", -0.8))
}


def fresh(name: str) -> Callable[[np.random.Generator], Array]:
    """Outputs of a layer whose pre-activations are standard normal and drawn afresh at every step."""
    psi = activation(MEANS[name][0])

    def draw(rng: np.random.Generator) -> Array:
        found: Array = psi.value(rng.standard_normal((STEPS, INPUTS)))
        return found

    return draw


def gained(case: str, rng: np.random.Generator) -> float:
    name, a = CASES[case]
    return 1 + driven(autoregressive(rng, a, STEPS, OUTPUTS), fresh(name)(rng), WIDTH, rng)[0] / STEPS


def predicted(case: str) -> float:
    name, a = CASES[case]
    return 1 + MEANS[name][1] * pairs_of_steps(a, STEPS) / STEPS


SIMULATED = Predicted(
    gained,
    r"$1 + \langle b, \beta(T) - \beta(0) \rangle / (\eta^2 p\, d\, k\, T)$",
    tuple(CASES),
    predicted,
    Trials(100, 800, 4000),
    tolerance=0.1,
    name="layers driven afresh",
    settles=False,
    block=50,
)


def _exact_trial(rng: np.random.Generator) -> Instance:
    """Outputs 0 or 1, drawn afresh: a mean of ½, in exact rationals over all outcomes."""
    a = rational(rng, 0.0, 1.0)
    inputs = [
        (chance, [[(1 + value) // 2 for value in step] for step in path]) for chance, path in chain(Fraction(0), 3)
    ]
    value = mean_gain(chain(a, 3), inputs, Fraction(1))
    return Instance(vanishes=(as_ball(value - (2 * a + a * a) / 4),), margins=(as_ball(value),))


EXACT = Instances(_exact_trial, Trials(10, 40, 200), name="exact means over all outcomes", block=5)


def _centred(context: Context) -> CheckOutcome:
    value = mean_gain(chain(Fraction(4, 5), 3), chain(Fraction(0), 3), Fraction(1))
    return CheckOutcome(value == 0, f"outputs ±1 drawn afresh, errors .8: mean gain {value}")


def _held(context: Context) -> CheckOutcome:
    value = mean_gain([(Fraction(1), [[1]] * 3)], [(Fraction(1), [[1]] * 3)], Fraction(1))
    return CheckOutcome(value == 3, f"everything held constant: mean gain {value} η², one for each pair of steps")


def _silent(context: Context) -> CheckOutcome:
    value = mean_gain(chain(Fraction(4, 5), 3), [(Fraction(1), [[0]] * 3)], Fraction(1))
    return CheckOutcome(value == 0, f"outputs 0: mean gain {value}")


def _alternating(context: Context) -> CheckOutcome:
    value = mean_gain(chain(Fraction(-4, 5), 3), [(Fraction(1), [[1]] * 3)], Fraction(1))
    return CheckOutcome(value < 0, f"outputs 1, errors −.8: mean gain {value} η²")


def _met(context: Context) -> CheckOutcome:
    drawn = {name: fresh(name)(context.rng(name)) for name in MEANS}
    least = {name: float(x.min()) for name, x in drawn.items()}
    said = ", ".join(f"{name} {value:.2f}" for name, value in least.items())
    return CheckOutcome(least["ReLU"] >= 0 and least["sigmoid"] >= 0 > least["tanh"], f"least outputs drawn: {said}")


nonnegative_outputs = Claim(
    id="rahmansetayesh2021.nonnegative-outputs",
    title="Outputs that are not negative align with errors that keep their direction",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="Inputs ≥ 0 correlate positively at any two steps, so positively autocorrelated errors align with them.",
    statement=r"""Let the inputs of the layer be outputs of neurons with $x_j(t) \ge 0$ for all $j, t$ (ReLU, sigmoid),
and independent of the errors, with $R(t,s) = E\, e(t)\cdot e(s) \ge 0$. Then for all $T$
\[ \sum_{s<t<T} R(t,s)\, E\, x(t)\cdot x(s) \ge 0 , \]
so $E \langle b, \beta(T) - \beta(0) \rangle \ge 0$ for isotropic feedback. The inputs need no memory: if they are drawn
afresh at every step with mean $m$,
\[ E\, x(t) \cdot x(s) = \|m\|_2^2 \quad (s \ne t) , \]
which is positive for outputs that are not negative, unless they are all 0; it vanishes for centred ones. Measured: the
gain of layers driven by normal pre-activations is $\|m\|_2^2$ times the sum of the autocorrelations of the errors.""",
    hypotheses=(
        RULE,
        INDEPENDENT,
        ISOTROPIC,
        Hypothesis("outputs that are not negative", r"$x_j(t) \ge 0$"),
        Hypothesis("errors", r"$R(t,s) \ge 0$ for all $s, t$"),
    ),
    source=Source(
        "rahmansetayesh2021",
        "abstract of the journal version: properties of the outputs of neurons",
        Fidelity.ADAPTED,
        "That non-negative outputs correlate positively is read of the uncentred outputs at two steps. The condition "
        f"on the errors is ours: without it the sign is theirs. {ABSTRACTS}",
    ),
    uses=("rahmansetayesh2021.independent-signals",),
    procedures=(
        Proved(nonnegative.gain, name="proof for the gain"),
        Proved(nonnegative.memory, name="proof for outputs drawn afresh"),
        EXACT,
        SIMULATED,
    ),
    mutants=(
        *wrong_proofs(nonnegative.gain, *nonnegative.MUTANTS_OF_GAIN),
        *wrong_proofs(nonnegative.memory, *nonnegative.MUTANTS_OF_MEMORY),
        Check("centred outputs", "outputs of mean 0, drawn afresh, align as well", _centred),
        SIMULATED.mutant("no memory", "outputs drawn afresh gain nothing", lambda case: 1.0),
    ),
    degenerate=(
        Check("held constant", "e = 1 and x = 1 at every step", _held),
        Check("x=0", "outputs 0: no gain", _silent),
        Check(
            "errors that alternate",
            "R(1) < 0: the condition on the errors fails, and the gain is negative",
            _alternating,
        ),
    ),
    witness=Check("non-vacuity", "ReLU and sigmoid have outputs that are not negative, tanh has not", _met),
)
