"""R2: signals that are independent of each other align as far as their autocorrelations have the same sign."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, Instance, Instances, Predicted, Proved, wrong_proofs
from fa_theory.enclosure.asserted import Asserted, WrittenTerm, number
from fa_theory.model.ball import Array

from .driven import ABSTRACTS, RULE, as_ball, chain, mean_by_rule, mean_gain, rational, signs
from .theorems import exogenous

STEPS, INPUTS, OUTPUTS, WIDTH = 20, 16, 16, 40
"""Of the simulated runs."""
INDEPENDENT = Hypothesis(
    "independent signals",
    r"the error signals, the inputs, and the pair of $W(0)$ and $b$ are independent of each other; $n = 1$",
)
ISOTROPIC = Hypothesis(
    "isotropic feedback", r"$E\, b^\top b = \sigma I$ and $E\, b^\top W(0) = 0$, as for independent entries of mean 0"
)
STATIONARY = Hypothesis(
    "stationary signals", r"$E\, e(t)\cdot e(s) = R(t-s)$ and $E\, x(t)\cdot x(s) = Q(t-s)$ for $s \le t$"
)


def pairs_of_steps(q: float, steps: int) -> float:
    """``Σ_{s<t<T} q^{t−s} = q [(1−q)T − (1−q^T)] / (1−q)²``; ``T(T−1)/2`` for q = 1.

    Examples
    --------
    >>> pairs_of_steps(0.5, 3), pairs_of_steps(-1.0, 4), pairs_of_steps(1.0, 4)
    (1.25, -2.0, 6.0)
    """
    if q == 1:
        return steps * (steps - 1) / 2
    return q * ((1 - q) * steps - (1 - q**steps)) / (1 - q) ** 2


def autoregressive(rng: np.random.Generator, correlation: float, steps: int, size: int) -> Array:
    """A stationary AR(1) signal of variance 1 with independent coordinates, shape ``(steps, size)``."""
    noise = rng.standard_normal((steps, size))
    for t in range(1, steps):
        noise[t] = correlation * noise[t - 1] + np.sqrt(1 - correlation**2) * noise[t]
    return noise


def driven(e: Array, x: Array, p: int, rng: np.random.Generator) -> tuple[float, float]:
    """``⟨b, β(T) − β(0)⟩ / (p d k)`` for η = 1 and standard normal weights, and the cosine of ``β(T) − β(0)`` and b."""
    W, b = rng.standard_normal((p, x.shape[1])), rng.standard_normal((p, e.shape[1]))
    moved = np.zeros_like(b)
    for error, inputs in zip(e, x, strict=True):
        sent = b @ error
        moved -= np.outer(W @ inputs, error)
        W -= np.outer(sent, inputs)
    gained = float(np.sum(b * moved))
    return gained / (p * x.shape[1] * e.shape[1]), gained / float(np.linalg.norm(b) * np.linalg.norm(moved))


CASES = {
    "independent in time": (0.0, 0.0),
    "inputs .8": (0.0, 0.8),
    "errors .8": (0.8, 0.0),
    "both .8": (0.8, 0.8),
    "errors −.8, inputs .8": (-0.8, 0.8),
    "both −.8": (-0.8, -0.8),
}
"""Autocorrelation of the errors and of the inputs at lag 1."""


def gained(case: str, rng: np.random.Generator) -> float:
    a, c = CASES[case]
    errors, inputs = autoregressive(rng, a, STEPS, OUTPUTS), autoregressive(rng, c, STEPS, INPUTS)
    return 1 + driven(errors, inputs, WIDTH, rng)[0] / STEPS


def predicted(case: str) -> float:
    a, c = CASES[case]
    return 1 + pairs_of_steps(a * c, STEPS) / STEPS


SIMULATED = Predicted(
    gained,
    r"$1 + \langle b, \beta(T) - \beta(0) \rangle / (\eta^2 p\, d\, k\, T)$",
    tuple(CASES),
    predicted,
    Trials(200, 800, 4000),
    tolerance=0.1,
    name="simulated AR(1) signals",
    settles=False,
    block=50,
)


# exact means ---------------------------------------------------------------------------------------------------------
LENGTH = 3


def exact(a: Fraction, c: Fraction, steps: int = LENGTH) -> Fraction:
    """The mean gain per η² of ±1 signals with these autocorrelations, over all outcomes; sizes 1."""
    return mean_gain(chain(a, steps), chain(c, steps), Fraction(1))


def _exact_trial(rng: np.random.Generator) -> Instance:
    a, c = rational(rng, -1, 1), rational(rng, -1, 1)
    q = a * c
    closed = sum((q ** (t - s) for t in range(LENGTH) for s in range(t)), Fraction(0))
    return Instance(vanishes=(as_ball(exact(a, c) - closed),), margins=(as_ball(q * exact(a, c) - q * q),))


EXACT = Instances(_exact_trial, Trials(10, 40, 200), name="exact means over all outcomes", block=5)


def _exact_case(name: str, says: str, a: Fraction, c: Fraction, expected: int, steps: int = LENGTH) -> Check:
    def run(context: Context) -> CheckOutcome:
        value = exact(a, c, steps)
        return CheckOutcome(value == expected, f"mean gain {value} η²")

    return Check(name, says, run)


ZERO, ONE = Fraction(0), Fraction(1)
CORNERS = (
    _exact_case("T=1", "one step: no pair of steps", ONE, ONE, 0, 1),
    _exact_case("errors independent in time", "q = 0: no gain, exactly", ZERO, Fraction(4, 5), 0),
    _exact_case("held constant", "q = 1: T(T−1)/2 pairs", ONE, ONE, 3),
    _exact_case("alternating errors", "q = −1: −⌊T/2⌋", -ONE, ONE, -1),
)


def _no_signal(context: Context) -> CheckOutcome:
    errors = [(ONE, [[0]] * LENGTH)]
    value = mean_gain(errors, chain(Fraction(4, 5), LENGTH), ONE)
    return CheckOutcome(value == 0, f"e = 0: mean gain {value}")


def _not_isotropic(context: Context) -> CheckOutcome:
    """Without the mean over b: one fixed b on two outputs that are anticorrelated with each other."""
    b = np.array([[1.0, 1.0]])
    M = np.array([[2.0, -3.0], [-3.0, 2.0]])
    value = float(np.sum(b * (b @ M)))
    return CheckOutcome(value < 0 < np.trace(M), f"tr M = {np.trace(M):g}, but ⟨b, bM⟩ = {value:g} for b = (1, 1)")


def _drawn(context: Context) -> CheckOutcome:
    rng = context.rng("AR")
    a, c = (float(np.mean(x[1:] * x[:-1])) for x in (autoregressive(rng, r, 4000, 3) for r in (0.8, -0.8)))
    return CheckOutcome(
        abs(a - 0.8) < 0.1 and abs(c + 0.8) < 0.1, f"AR(1) signals of .8 and −.8 drawn: {a:.3f}, {c:.3f}"
    )


independent_signals = Claim(
    id="rahmansetayesh2021.independent-signals",
    title="Independent signals gain the products of their autocorrelations",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="If errors and inputs are independent, the mean alignment is a sum of products of autocorrelations.",
    statement=r"""Let $R(t,s) = E\, e(t)\cdot e(s)$ and $Q(t,s) = E\, x(t)\cdot x(s)$. For errors, inputs and weights
that are independent of each other, on finite probability spaces, and isotropic feedback, for all $d, p, k$ and $T$
\[ E \langle b, \beta(T) - \beta(0) \rangle = \eta^2 \sigma \sum_{s<t<T} R(t,s)\, Q(t,s) , \]
where $\sigma = p$ for weights of mean 0 and variance 1. For stationary signals this is
\[ \eta^2 \sigma \sum_{t<T}\, \sum_{m=1}^{t} R(m)\, Q(m) : \]
at every lag the \emph{product} of the two autocorrelations counts.""",
    hypotheses=(RULE, INDEPENDENT, ISOTROPIC, STATIONARY),
    source=Source(
        "rahmansetayesh2021",
        "abstract: signals that are autocorrelated",
        Fidelity.ADAPTED,
        f"The sufficient condition is made an exact mean. {ABSTRACTS}",
    ),
    uses=("rahmansetayesh2021.alignment-identity", "rahmansetayesh2021.mean-over-feedback"),
    procedures=(
        Proved(exogenous.mean, name="proof for the mean"),
        Proved(exogenous.stationary, name="proof for stationary signals"),
        EXACT,
    ),
    mutants=(
        *wrong_proofs(exogenous.mean, *exogenous.MUTANTS_OF_MEAN),
        *wrong_proofs(exogenous.stationary, *exogenous.MUTANTS_OF_STATIONARY),
        Check("every feedback", "the sign of the mean is that of the gain for every b", _not_isotropic),
    ),
    degenerate=(*CORNERS, Check("e=0", "no error signals", _no_signal)),
    witness=Check("non-vacuity", "stationary signals can be drawn", _drawn),
    proof=r"""In the derivation $u$, $v$ and $z$ are the outcomes for errors, inputs and weights, with probabilities
$\rho$, $\nu$ and $\omega$. The kernel averages over finite probability spaces. Both sides are polynomials of second
degree in each of the three independent parts, so that only second moments count, and every matrix of second moments of
finitely many variables is that of a finite space: the statement carries over to all laws with second moments.""",
)

autoregressive_signals = Claim(
    id="rahmansetayesh2021.autoregressive-signals",
    title="AR(1) signals align if their correlations have the same sign",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="For AR(1) signals the gain has a closed form in the product q of the two correlations, and the sign of q.",
    statement=r"""Let $e(t{+}1) = \alpha\, e(t) + \xi(t)$ and $x(t{+}1) = \gamma\, x(t) + \zeta(t)$ be stationary, with
innovations that are uncorrelated with the start, $q = \alpha\gamma$ and $v = E\|e(0)\|_2^2\; E\|x(0)\|_2^2$. Then for
all $T$
\[ (1-q)^2\, E \langle b, \beta(T) - \beta(0) \rangle = \eta^2 \sigma v\, q\, \bigl[(1-q)\, T - (1 - q^T)\bigr] . \]
This is $\eta^2 \sigma v\, g_T(q)$ with $g_T(q) = \sum_{s<t<T} q^{t-s}$, and if $q \ge -1$, then $q\, g_T(q) \ge q^2$
for all $T \ge 2$: the alignment has the sign of the product, whatever the sign of each correlation. Measured: simulated
signals follow.""",
    hypotheses=(
        RULE,
        INDEPENDENT,
        ISOTROPIC,
        Hypothesis(
            "AR(1)",
            r"stationary signals, $e(t{+}1) = \alpha\, e(t) + \xi(t)$ and $x(t{+}1) = \gamma\, x(t) + \zeta(t)$",
        ),
    ),
    source=Source(
        "rahmansetayesh2021",
        "abstract: signals that are autocorrelated",
        Fidelity.OURS,
        "A closed form for one family of signals, with the sign that the condition needs.",
    ),
    uses=("rahmansetayesh2021.independent-signals",),
    procedures=(
        Proved(exogenous.autoregressive, name="proof of the closed form"),
        Proved(exogenous.sign, name="proof of the sign"),
        SIMULATED,
    ),
    mutants=(
        *wrong_proofs(exogenous.autoregressive, *exogenous.MUTANTS_OF_AR),
        *wrong_proofs(exogenous.sign, *exogenous.MUTANTS_OF_SIGN),
        SIMULATED.mutant(
            "errors alone",
            "the autocorrelation of the errors alone decides",
            lambda case: 1 + pairs_of_steps(CASES[case][0], STEPS) / STEPS,
        ),
        SIMULATED.mutant(
            "size of the product",
            "the sign of the product does not matter",
            lambda case: 1 + pairs_of_steps(abs(CASES[case][0] * CASES[case][1]), STEPS) / STEPS,
        ),
    ),
    degenerate=CORNERS,
    witness=Check("non-vacuity", "AR(1) signals can be drawn", _drawn),
    proof=r"""In the derivation $u$, $v$ and $z$ are the outcomes for errors, inputs and weights, with probabilities
$\rho$, $\nu$ and $\omega$; the innovations are \emph{new} and \emph{fresh}, and $v$ is $v_0$.""",
)


# the reading ---------------------------------------------------------------------------------------------------------
def _literal(rng: np.random.Generator) -> Mapping[str, Any]:
    """Signals ±1 whose neighbours correlate by a > 0 and −c < 0: the mean gain is negative."""
    said = Asserted(64)
    a, c = (said.let(name, number(sign * rational(rng, 0.25, 0.95))) for name, sign in (("a", 1), ("c", -1)))

    def outcome(u: list[WrittenTerm], v: list[WrittenTerm]) -> tuple[WrittenTerm, list[WrittenTerm], list[WrittenTerm]]:
        chance = number("1/4")
        for signal, correlation in ((u, a), (v, c)):
            for now, later in itertools.pairwise(signal):
                chance = chance * (1 + now * later * correlation) / 2
        return chance, u, v

    said.below(mean_by_rule(LENGTH, outcome), 0)
    return said.document


LITERAL = Enclosures(
    _literal,
    Trials(2, 20, 100),
    "the mean gain of three steps is negative",
    refutes=True,
    name="means over all outcomes",
)


def _strictly(context: Context) -> CheckOutcome:
    """Autocorrelated errors with inputs that are drawn afresh: exactly 0, so not positive."""
    value = exact(Fraction(4, 5), ZERO)
    return CheckOutcome(value == 0, f"errors .8, inputs independent in time: mean gain {value}")


def _opposite(context: Context) -> CheckOutcome:
    values = [exact(x * Fraction(4, 5), y * Fraction(4, 5)) for x, y in itertools.product((1, -1), repeat=2)]
    said = ", ".join(f"{float(v):+.3f}" for v in values)
    return CheckOutcome(values[1] < 0 < values[0] == values[3], f"errors ±.8, inputs ±.8: mean gains {said} η²")


def _qualifies(context: Context) -> CheckOutcome:
    found = chain(Fraction(-4, 5), LENGTH)
    neighbours = sum((chance * path[0][0] * path[1][0] for chance, path in found), ZERO)
    return CheckOutcome(neighbours == Fraction(-4, 5), f"{len(list(signs(LENGTH)))} outcomes, correlation {neighbours}")


autocorrelation_aligns = Claim(
    id="rahmansetayesh2021.autocorrelation-aligns",
    title="Autocorrelated signals align: a literal reading",
    kind=Kind.READING,
    bound=Bound.LOWER,
    summary="Literal reading: autocorrelated errors and outputs align. With correlations of opposite sign they do not.",
    statement=r"""If error signals and inputs are stationary and autocorrelated, $R(1) \ne 0 \ne Q(1)$, then
$E \langle b, \beta(T) - \beta(0) \rangle \ge 0$.""",
    hypotheses=(RULE, INDEPENDENT, ISOTROPIC, Hypothesis("autocorrelated", r"$R(1) \ne 0$ and $Q(1) \ne 0$")),
    source=Source(
        "rahmansetayesh2021",
        "abstract: signals that are autocorrelated",
        Fidelity.ADAPTED,
        f"Read without a condition on the signs of the autocorrelations. {ABSTRACTS}",
        proved=False,
    ),
    uses=("rahmansetayesh2021.independent-signals",),
    procedures=(LITERAL,),
    mutants=(Check("errors alone", "autocorrelated errors alone align: the mean is positive", _strictly),),
    degenerate=(Check("signs", "the four combinations of ±.8", _opposite),),
    witness=Check("non-vacuity", "signals of ±1 with any correlation exist", _qualifies),
    erratum=Erratum(
        "exact means over all outcomes of signals ±1 whose autocorrelations differ in sign",
        "rahmansetayesh2021.autoregressive-signals",
    ),
)
