"""The cosine between random weights and sign-symmetric feedback: its limits, and how close it is at finite size.

A law of large numbers with explicit deviations is proved for independent pairs of any law (`theorems.angle`). For
normal weights the constants in it are integrals, which are enclosed. For uSF and for normal magnitudes the mean is
known at every size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, Instance, Instances, Predicted, Proved, wrong_proofs
from fa_theory.enclosure.asserted import PI, Asserted, WrittenTerm, bound, mean, number
from fa_theory.errors import InputError
from fa_theory.model.ball import Array, Ball

from .moments import LAWS, mean_cosine
from .signs import FEEDBACK
from .theorems import angle

PAIRS = Hypothesis(
    "independent pairs",
    r"$(B_a, A_a)$, $a = 1, \dots, N$, are independent with one law of finite fourth moments, "
    r"$s^2 = E B_a^2 > 0$, $u^2 = E A_a^2 > 0$, $E B_a A_a > 0$",
)
POWERS, DIGITS = (1, 2, 4), 30
NORMAL = Hypothesis(
    "normal weights",
    r"$A$ has $N$ independent $N(0, \tau^2)$ entries; those of $|M|$ have one law; all are independent",
)


def drawn(law: str, N: int, count: int, rng: np.random.Generator) -> Array:
    """Cosines between weights and feedback of ``count`` layers of N weights."""
    w = np.abs(rng.standard_normal((count, N)))
    match law:
        case "uSF":
            m = np.ones((count, N))
        case "uniform":
            m = rng.uniform(size=(count, N))
        case "normal":
            m = np.abs(rng.standard_normal((count, N)))
        case unknown:
            raise InputError(f"unknown law of magnitudes {unknown!r}; choose one of {', '.join(LAWS)}")
    found: Array = np.sum(m * w, axis=1) / (np.linalg.norm(m, axis=1) * np.linalg.norm(w, axis=1))
    return found


def _small_deviation(context: Context) -> CheckOutcome:
    """Layers of 10,000 weights are close enough for ε = 1/10, as Markov's inequality says of most."""
    cosines = drawn("uSF", 10_000, 50, context.rng("close"))
    limit = float(LAWS["uSF"].limit().mid())
    near = int(np.sum((cosines / limit > 0.9 / 1.1) & (cosines / limit < 1.1 / 0.9)))
    K = float(LAWS["uSF"].spread().mid())
    return CheckOutcome(near == 50, f"{near} of 50 layers with N = 10⁴ and ε = 1/10, where κ/(Nε²) = {K / 100:.3f}")


def _one_pair(context: Context) -> CheckOutcome:
    cosines = drawn("normal", 1, 20, context.rng("N=1"))
    return CheckOutcome(
        bool(np.allclose(cosines, 1)), "the cosine of two numbers of one sign is 1; κ/(Nε²) > 1 says nothing"
    )


def _equal_pairs(context: Context) -> CheckOutcome:
    ones = np.ones(7)
    cosine, K = float(ones @ ones / np.linalg.norm(ones) ** 2), 1.0 + 1.0 + 1.0 - 3.0
    return CheckOutcome(abs(cosine - 1) < 1e-12 and K == 0, "B and A constant: κ = 0, and the cosine is c = 1")


deviation = Claim(
    id="moskovitz2018.angle-deviation",
    title="The angle between random weights and feedback, with an explicit deviation",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="For N independent pairs the cosine is within (1+ε)/(1−ε) of its limit, but for probability κ/(Nε²).",
    statement=r"""Let $c = E B_a A_a / (s u)$, and let $x, w, z$ be the relative deviations of $\langle B, A\rangle$,
$\|B\|^2$, $\|A\|^2$ from their means $N c s u$, $N s^2$, $N u^2$. For every $N$
\[ E\,[x^2 + w^2 + z^2] = \frac{\kappa}{N}, \qquad
   \kappa = \frac{E B_a^2 A_a^2}{(E B_a A_a)^2} + \frac{E B_a^4}{s^4} + \frac{E A_a^4}{u^4} - 3 , \]
and wherever $x^2 + w^2 + z^2 \le \varepsilon^2$ with $0 \le \varepsilon < 1$
\[ \frac{1-\varepsilon}{1+\varepsilon}\, c \;\le\; \cos\angle(B, A) \;\le\; \frac{1+\varepsilon}{1-\varepsilon}\, c . \]
By Markov's inequality that is so with probability at least $1 - \kappa/(N\varepsilon^2)$; so the cosine tends to $c$ in
probability as $N \to \infty$.""",
    hypotheses=(PAIRS,),
    source=Source(
        "moskovitz2018",
        "on the alignment of sign-symmetric feedback",
        Fidelity.OURS,
        "An inequality at every size, where a limit would do. The mean square and the two bounds on the cosine are "
        "proved; that a number of mean κ/N exceeds ε² with probability at most κ/(Nε²) is Markov's inequality.",
    ),
    procedures=(
        Proved(angle.deviation, name="proof for the mean square"),
        Proved(angle.below, name="proof from below"),
        Proved(angle.above, name="proof from above"),
    ),
    mutants=(
        *wrong_proofs(angle.deviation, *angle.MUTANTS_OF_DEVIATION),
        *wrong_proofs(angle.below, *angle.MUTANTS_OF_BELOW),
        *wrong_proofs(angle.above, *angle.MUTANTS_OF_ABOVE),
    ),
    degenerate=(
        Check("N=1", "a single weight", _one_pair),
        Check("no spread", "all pairs equal", _equal_pairs),
    ),
    witness=Check("non-vacuity", "layers with small deviations can be drawn", _small_deviation),
)


def _moment(scale: WrittenTerm, power: int) -> WrittenTerm:
    """``E |scale Z|^power``."""
    return mean(lambda z: abs(scale * z) ** power)


def _constants(rng: np.random.Generator) -> Mapping[str, Any]:
    """The integrals of every law, at random scales, against the constants in closed form."""
    said = Asserted()
    m, w = (said.let(name, number(Fraction(int(rng.integers(16, 256)), 64))) for name in ("m", "w"))
    weights = [said.let(f"w{k}", _moment(w, k)) for k in POWERS]
    room = f"1e-{DIGITS}"
    laws: dict[str, tuple[Callable[[int], WrittenTerm], WrittenTerm, WrittenTerm]] = {
        "u": (lambda k: m**k, (2 / PI).of("sqrt"), PI / 2 + 1),
        "r": (
            lambda k: bound("integral", "x", 0, m, of=lambda x: x**k / m),
            (2 / PI).of("sqrt") * number(3).of("sqrt") / 2,
            2 * PI / 3 + "9/5",
        ),
        "g": (lambda k: _moment(m, k), 2 / PI, PI**2 / 4 + 3),
    }
    for name, (moment, limit, spread) in laws.items():
        sizes = [said.let(f"{name}{k}", moment(k)) for k in POWERS]
        said.near(sizes[0] * weights[0] / (sizes[1] * weights[1]).of("sqrt"), limit, room)
        relative = sizes[1] * weights[1] / (sizes[0] * weights[0]) ** 2
        said.near(relative + sizes[2] / sizes[1] ** 2 + weights[2] / weights[1] ** 2 - 3, spread, room)
    return said.document


def _other_constant(wrong: str, right: str, factor: Callable[[], arb]) -> Check:
    """The mutant that a law has another constant: the integrals certainly give a different one."""

    def run(context: Context) -> CheckOutcome:
        cosine, _ = LAWS[right].integrated(arb(1), arb(1))
        gap = cosine - Ball(factor())
        return CheckOutcome(not gap.contains(0), f"the integrals give {cosine.midpoint:.6f}, off by {gap.midpoint:.4f}")

    return Check(wrong, f"another limit for {right} magnitudes", run)


def _point_mass(context: Context) -> CheckOutcome:
    cosine, spread = (Ball(1) * Ball(1)) / (Ball(1) * Ball(1)).sqrt(), Ball(1) + Ball(1) + Ball(1) - 3
    return CheckOutcome(bool(cosine == 1) and bool(spread == 0), "weights ±1 and M = 1: B = A, c = 1 and κ = 0")


def _heavy(context: Context) -> CheckOutcome:
    """Magnitudes 0 but with probability q: the constant is √q times that of uSF, and 0 for none."""
    limits = [float((LAWS["uSF"].limit() * arb(q).sqrt()).mid()) for q in (1.0, 0.25, 0.0)]
    return CheckOutcome(limits[0] > limits[1] > limits[2] == 0, "c = √(2q/π): " + ", ".join(f"{x:.3f}" for x in limits))


def _scales(context: Context) -> CheckOutcome:
    scales = [float(np.random.default_rng(0).uniform(0.25, 4)), 1.0]
    found = [LAWS["normal"].integrated(arb(x), arb(x))[0] for x in scales]
    return CheckOutcome((found[0] - found[1]).contains(0), f"all moments are finite: c = {found[0].midpoint:.6f}")


constants = Claim(
    id="moskovitz2018.angle-constants",
    title="The limits of the cosine for normal weights",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="Limits of cos∠(B, A) for normal weights: √(2/π) (uSF), √(2/π)·√3/2 (uniform), 2/π (normal magnitudes).",
    statement=r"""For independent normal weights $A$ of any variance, and independent magnitudes $|M|$ of any scale,
$\cos\angle(B, A) \to c$ in probability as the number of weights $N \to \infty$, with
\[ c = \sqrt{\tfrac{2}{\pi}} \;\text{(uSF)}, \qquad c = \sqrt{\tfrac{2}{\pi}}\, \tfrac{\sqrt 3}{2}
   \;(|M| \sim U[0, 1]), \qquad c = \tfrac{2}{\pi} \;(M \sim N(0, 1)) , \]
angles of 37.1°, 46.3° and 50.5°. The constants $\kappa$ of the deviation are $\frac{\pi}{2} + 1$,
$\frac{2\pi}{3} + \frac{9}{5}$ and $\frac{\pi^2}{4} + 3$.""",
    hypotheses=(FEEDBACK, NORMAL),
    source=Source(
        "moskovitz2018",
        "on the alignment of sign-symmetric feedback",
        Fidelity.ADAPTED,
        "With the constants in closed form and those of the deviation. That the integrals have these values is "
        "shown to 30 digits, at scales drawn at random; the limit itself is the claim on deviations.",
    ),
    uses=("moskovitz2018.angle-deviation",),
    procedures=(
        Enclosures(
            _constants,
            Trials(3, 30, 300),
            f"the integrals for every law, at random scales, agree with the constants to {DIGITS} digits",
            name="integrals",
        ),
    ),
    mutants=(
        _other_constant("mean for root mean square", "uniform", LAWS["uSF"].limit),
        _other_constant("product of the means of squares", "normal", lambda: (2 / arb.pi()).sqrt()),
        _other_constant("magnitudes do not matter", "normal", lambda: arb(1)),
    ),
    degenerate=(
        Check("no spread", "weights of one size", _point_mass),
        Check("M=0", "most feedback weights 0", _heavy),
    ),
    witness=Check("non-vacuity", "the laws have the moments that the limit needs, at any scale", _scales),
    proof=r"""With $\tau = 1$: $\int_0^\infty w e^{-w^2/2}\,dw = 1$, so $E|w| = \sqrt{2/\pi}$, while $E w^2 = 1$ and
$E w^4 = 3$; and $E m^j = 1/(j+1)$ for $m \sim U[0,1]$. As $M$ and $A$ are independent,
$c = E|M|\,E|w| / \sqrt{E M^2\, E w^2}$.""",
)

CASES = {
    "uSF, N=3": ("uSF", 3),
    "uSF, N=100": ("uSF", 100),
    "normal, N=3": ("normal", 3),
    "normal, N=100": ("normal", 100),
    "uniform, N=2000": ("uniform", 2000),
}


def _mean_of_layers(case: str, rng: np.random.Generator) -> float:
    law, N = CASES[case]
    return float(np.mean(drawn(law, N, 1000 if N < 1000 else 10, rng)))


def predicted(case: str) -> float:
    """The mean cosine: exact for uSF and normal magnitudes, the limit for uniform ones."""
    law, N = CASES[case]
    match law:
        case "uSF":
            return float(mean_cosine(N).mid())
        case "normal":
            return float((mean_cosine(N) ** 2).mid())
        case _:
            return limit(case)


def limit(case: str) -> float:
    return float(LAWS[CASES[case][0]].limit().mid())


FINITE = Predicted(
    _mean_of_layers,
    r"$\cos\angle(B, A)$",
    tuple(CASES),
    predicted,
    Trials(60, 600, 6000),
    tolerance=0.01,
    name="cosine at finite size",
)


def _between(rng: np.random.Generator) -> Instance:
    """``√(2/π) ≤ c_N ≤ √(2/π) √(1+1/N)``."""
    N = int(np.exp(rng.uniform(0, np.log(1e6))))
    found, limit = Ball(mean_cosine(N)), Ball(LAWS["uSF"].limit())
    return Instance(margins=(found - limit, limit * (1 + Ball(1) / N).sqrt() - found))


def _exact_at(N: int, value: Callable[[], arb]) -> Callable[[Context], CheckOutcome]:
    def run(context: Context) -> CheckOutcome:
        gap = Ball(mean_cosine(N) - value())
        return CheckOutcome(gap.contains(0), f"c_N = {float(value().mid()):.6f}, within {float(gap.arb.rad()):.0e}")

    return run


finite = Claim(
    id="moskovitz2018.angle-finite-size",
    title="The mean cosine at every size",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="For N normal weights the mean of cos∠(B, A) is a ratio of Gamma functions (uSF) or its square (normal M).",
    statement=r"""Let $c_N = \sqrt{\frac{N}{\pi}}\, \Gamma(\tfrac{N}{2}) / \Gamma(\tfrac{N+1}{2})$. For $N$ independent
normal weights $E \cos\angle(B, A) = c_N$ for uSF, and $E \cos\angle(B, A) = c_N^2$ for $M$ normal, too. Here
\[ \sqrt{\tfrac{2}{\pi}} \;\le\; c_N \;\le\; \sqrt{\tfrac{2}{\pi}}\, \sqrt{1 + \tfrac{1}{N}} , \]
so the mean is never below its limit, and above it by at most the part $1/(2N)$ for uSF, $1/N$ for normal $M$. For
uniform magnitudes, where it has no such form, the limit is compared at $N = 2000$.""",
    hypotheses=(FEEDBACK, NORMAL),
    source=Source(
        "moskovitz2018",
        "on the alignment of sign-symmetric feedback",
        Fidelity.OURS,
        "The mean at finite size. The proof is in prose, so it is tested by simulation and no verdict above supported "
        "is claimed; the bounds on c_N are those of Wendel (1948), checked in balls at random N up to a million.",
        proved=False,
    ),
    uses=("moskovitz2018.angle-constants",),
    procedures=(FINITE, Instances(_between, Trials(40, 400, 4000), name="bounds in ball arithmetic")),
    mutants=(
        FINITE.mutant("the limit at every size", "E cos = c for every N", limit),
        FINITE.mutant(
            "not squared",
            "normal magnitudes have the mean of uSF",
            lambda case: float(mean_cosine(CASES[case][1]).mid()),
        ),
    ),
    degenerate=(
        Check("N=1", "one weight: the cosine is 1", _exact_at(1, lambda: arb(1))),
        Check(
            "N=2",
            "two weights: the mean over an angle in the plane",
            _exact_at(2, lambda: 2 * arb(2).sqrt() / arb.pi()),
        ),
    ),
    witness=Check("non-vacuity", "layers can be drawn, and most are near the limit", _small_deviation),
    proof=r"""The direction $w/\|w\|_2$ of a normal vector is independent of its length, so
$E\,|w_1| = E\,\frac{|w_1|}{\|w\|_2}\; E\,\|w\|_2$, where $E|w_1| = \sqrt{2/\pi}$ and
$E\|w\|_2 = \sqrt 2\, \Gamma(\frac{N+1}{2}) / \Gamma(\frac{N}{2})$; hence $E\,|w_1|/\|w\|_2 = c_N/\sqrt N$. For uSF
the cosine is $N^{-1/2} \sum_a |w_a| / \|w\|_2$, of mean $c_N$. For normal magnitudes, independent of $A$, it is
$\sum_a \frac{|m_a|}{\|m\|_2} \frac{|w_a|}{\|w\|_2}$, of mean $N (c_N/\sqrt N)^2$.""",
)
