"""Online learning of two erf units by direct feedback: its equations, simulated networks, and the two phases."""

from __future__ import annotations

import numpy as np
from scipy.special import erf

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Planned, Predicted
from fa_theory.model.ball import Array

from . import online
from .online import Overlaps

ETA, DELTA = 0.5, 0.2
FEEDBACK = np.array([1.0, -0.7])
SOME = Overlaps(np.array([[0.6, 0.3], [0.3, 0.7]]), np.array([[0.5, 0.2], [0.1, 0.6]]), np.array([0.2, 0.3]))
SMALL = Overlaps(0.1 * np.eye(2), np.array([[0.05, 0.02], [0.01, 0.06]]), np.zeros(2))
SETTING = Hypothesis(
    "online learning",
    r"student and teacher of two units $\mathrm{erf}(x/\sqrt2)$, teacher $w^*_n$ orthogonal with output weights 1; "
    r"fresh standard normal inputs; $\eta = \tfrac12$ in both layers; direct feedback $F$",
)
LIMIT = Hypothesis("limit", r"$N \to \infty$ inputs, time is steps$/N$")


def _source(place: str, changes: str) -> Source:
    return Source("refinetti2021", place, Fidelity.ADAPTED, changes, proved=False)


def step_means(rng: np.random.Generator, *, F: Array = FEEDBACK, samples: int = 20000) -> Array:
    """N times the change of R₁₁, Q₁₁, Q₁₂ and v₁ in a step from `SOME`, averaged over inputs."""
    fields = rng.multivariate_normal(np.zeros(4), SOME.covariance(), samples)
    g = erf(fields / np.sqrt(2))
    delta = g @ SOME.signs()
    step = -ETA * F * np.sqrt(2 / np.pi) * np.exp(-(fields[:, :2] ** 2) / 2) * delta[:, None]
    a, b = step.T
    x, z, teacher = fields[:, 0], fields[:, 1], fields[:, 2]
    changes = (a * teacher, 2 * a * x + a * a, a * z + b * x + a * b, -ETA * g[:, 0] * delta)
    return np.array([np.mean(change) for change in changes])


ENTRIES = ("R₁₁", "Q₁₁", "Q₁₂", "v₁")


def rates(*, eta: float = ETA, F: Array = FEEDBACK) -> dict[str, float]:
    """The same by the equations."""
    found = online.drift(SOME, F, eta)
    return dict(zip(ENTRIES, map(float, (found.R[0, 0], found.Q[0, 0], found.Q[0, 1], found.v[0])), strict=True))


_DRIFT = Predicted(
    lambda case, rng: float(step_means(rng)[ENTRIES.index(case)]),
    "$N \\delta$",
    ENTRIES,
    lambda case: rates()[case],
    Trials(20, 50, 200),
    tolerance=0.1,
)


def _without_noise(case: str) -> float:
    """Rates without the term of second order in η."""
    tiny = 1e-6
    scaled: float = rates(eta=tiny)[case] * ETA / tiny
    return scaled


def _no_feedback(context: Context) -> CheckOutcome:
    found = online.drift(SOME, np.zeros(2), ETA)
    return CheckOutcome(not found.R.any() and not found.Q.any(), "F = 0: the first layer rests")


def _learned(context: Context) -> CheckOutcome:
    found = online.drift(Overlaps(np.eye(2), np.eye(2), np.ones(2)), FEEDBACK, ETA)
    largest = float(np.max(abs(found.flat())))
    return CheckOutcome(largest < 1e-12, f"student = teacher: all rates below {largest:.0e}")


def _moves(context: Context) -> CheckOutcome:
    found = rates()
    return CheckOutcome(min(map(abs, found.values())) > 0.01, "all four rates are larger than 0.01")


drift = Claim(
    id="refinetti2021.online-drift",
    title="A step of online direct feedback changes the overlaps by the closed formulas, on average",
    kind=Kind.LEMMA,
    bound=Bound.TIGHT,
    summary="Two erf units: the mean change of Q, R and v in a step, over inputs, is that of the online equations.",
    statement=r"""On average over an input, $N$ times the change of $R_{11}$, $Q_{11}$, $Q_{12}$ and $v_1$ in a step
is, up to $10\, \%$, with $\Delta = \sum_k v_k g(\lambda_k) - \sum_n g(\nu_n)$,
\[ \dot R_{kn} = -\eta F_k\, E[g'(\lambda_k) \Delta\, \nu_n] , \qquad \dot v_k = -\eta\, E[g(\lambda_k) \Delta] , \]
\[ \dot Q_{kl} = -\eta F_k\, E[g'(\lambda_k) \Delta\, \lambda_l] - \eta F_l\, E[g'(\lambda_l) \Delta\, \lambda_k]
   + \eta^2 F_k F_l\, E[g'(\lambda_k) g'(\lambda_l) \Delta^2] , \]
where the means are the closed forms of Saad and Solla in $Q$ and $R$.""",
    hypotheses=(SETTING, LIMIT),
    source=_source(
        "equations of online learning",
        "The equations of backpropagation with F in place of v in the first layer; at one set of overlaps.",
    ),
    procedures=(_DRIFT,),
    mutants=(
        _DRIFT.mutant("backpropagation", "output weights in place of the feedback", lambda case: rates(F=SOME.v)[case]),
        _DRIFT.mutant("no noise", "without the term of order η²", _without_noise),
    ),
    degenerate=(
        Check("F=0", "no feedback", _no_feedback),
        Check("perfect student", "the teacher itself", _learned),
    ),
    witness=Check("non-vacuity", "overlaps at which all rates are far from 0", _moves),
)


TIMES = {"time 2": 2.0, "time 8": 8.0, "time 20": 20.0}


def _error_at(case: str, F: Array = FEEDBACK) -> float:
    return online.error(online.solved(SMALL, F, ETA, np.array([0.0, TIMES[case]]))[-1])


_TRAJECTORY = Predicted(
    lambda case, rng: float(np.mean(online.networks(SMALL, FEEDBACK, ETA, TIMES[case], rng, N=100, runs=20))),
    "$\\tfrac12 \\Delta^2$",
    tuple(TIMES),
    _error_at,
    Trials(10, 20, 100),
    tolerance=0.1,
)


def _tolerances(context: Context) -> CheckOutcome:
    """The solution does not depend on the tolerance of the solver."""
    ends = [online.solved(SMALL, FEEDBACK, ETA, np.array([0.0, 20.0]), rtol=r)[-1].flat() for r in (1e-6, 1e-10)]
    gap = float(np.max(abs(ends[0] - ends[1])))
    return CheckOutcome(gap < 1e-4, f"relative tolerances 1e-6 and 1e-10 differ by {gap:.0e} at time 20")


def _start(context: Context) -> CheckOutcome:
    found = float(online.networks(SMALL, FEEDBACK, ETA, 0.0, context.rng("start"), N=100, runs=1)[0])
    return CheckOutcome(abs(found - online.error(SMALL)) < 1e-12, "before the first step both errors are 1/3")


equations = Claim(
    id="refinetti2021.online-equations",
    title="Simulated students follow the equations of online direct feedback",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="Two erf units with 100 inputs: the mean error at times 2, 8 and 20 is that of the equations, up to 10 %.",
    statement=r"""Students of $N = 100$ inputs with given overlaps at the start learn by direct feedback
$F = (1, -0.7)$. Their error $\tfrac12 E\, \Delta^2$ at times $2$, $8$ and $20$, on average over runs, is that of the
solution of the equations up to $10\, \%$, integrated by a Runge–Kutta method of order 8 with error control.""",
    hypotheses=(SETTING, LIMIT),
    source=_source("equations of online learning, compared with simulation", "Sizes, step and times of our choice."),
    procedures=(_TRAJECTORY,),
    mutants=(
        _TRAJECTORY.mutant("other feedback", "half of the feedback", lambda case: _error_at(case, FEEDBACK / 2)),
        _TRAJECTORY.mutant("no learning", "the error of the start", lambda case: online.error(SMALL)),
    ),
    degenerate=(
        Check("time 0", "no step", _start),
        Check("tolerance", "a solver of other accuracy", _tolerances),
    ),
    witness=Check("non-vacuity", "overlaps at which all rates are far from 0", _moves),
    uses=("refinetti2021.online-drift",),
)


def phases(rng: np.random.Generator, aim: Array | None = None) -> tuple[bool, bool]:
    """Whether all output weights get the signs of ``aim`` for good before the error is at 10 %, and ends below 1 %.

    The feedback is of random signs and sizes, and the first weights start small; ``aim`` is the feedback itself.
    """
    F = rng.uniform(0.5, 1.5, 2) * rng.choice([-1, 1], 2)
    W = 0.2 * rng.standard_normal((2, 4))
    start, times = Overlaps(W @ W.T, W[:, :2], np.zeros(2)), np.concatenate([[0.0], np.geomspace(0.2, 400, 60)])
    run = online.solved(start, F, ETA, times, rtol=1e-5)
    errors = np.array([online.error(now) for now in run])
    agree = np.array([bool(np.all(np.sign(now.v) == np.sign(F if aim is None else aim))) for now in run])
    memorised = int(np.argmax(errors < errors[0] / 10))
    return bool(agree[memorised:].all()), bool(errors[-1] < errors[0] / 100)


_PHASES = Planned(
    lambda p, rng: all(phases(rng)),
    (2,),
    Trials(21, 90, 300),
    DELTA,
    "signs of the feedback before 10 % of the error, and less than 1 % at the end",
    name="phases",
)


def _one_run(context: Context) -> CheckOutcome:
    times = np.array([0.0, 2.0, 30.0, 300.0])
    run = online.solved(SMALL, FEEDBACK, ETA, times, rtol=1e-6)
    cosine = [float(now.v @ FEEDBACK / np.linalg.norm(FEEDBACK) / np.linalg.norm(now.v)) for now in run[1:]]
    shares = [online.error(now) / online.error(run[0]) for now in run[1:]]
    text = "; ".join(
        f"time {t:g}: cosine {c:.3f}, error {s:.2%}" for t, c, s in zip(times[1:], cosine, shares, strict=True)
    )
    return CheckOutcome(cosine[0] > 0.95 and shares[0] > 0.7 and cosine[2] < cosine[1] and shares[2] < 1e-3, text)


def _still(context: Context) -> CheckOutcome:
    run = online.solved(Overlaps(np.eye(2), np.eye(2), np.ones(2)), FEEDBACK, ETA, np.array([0.0, 10.0]))
    return CheckOutcome(
        online.error(run[-1]) < 1e-12, "a student that is the teacher keeps its error of 0, and its signs"
    )


align_memorise = Claim(
    id="refinetti2021.align-then-memorise",
    title="Output weights align with the feedback first, and then the student learns the teacher",
    kind=Kind.THEOREM,
    bound=Bound.PROBABILITY,
    summary="Two erf units: output weights take the signs of their feedback before the error is at 10 % of its start.",
    statement=r"""Let the feedback $F$ of two units have random signs and sizes in $[\tfrac12, \tfrac32]$, the first
weights small random overlaps, and $v = 0$ at the start. With probability at least $80\, \%$ in the solution of the
equations all $v_k$ have the sign of $F_k$ from before the error has fallen to $10\, \%$ of its start, up to time 400,
and the error ends below $1\, \%$. So of the four solutions that differ by signs the student reaches the one that aligns
with its feedback.""",
    hypotheses=(SETTING, LIMIT),
    source=_source(
        "align, then memorise; degeneracy breaking",
        "The paper shows both phases in examples, also for deep networks; here for two erf units with random feedback.",
    ),
    procedures=(_PHASES,),
    probability=1 - DELTA,
    mutants=(
        _PHASES.elsewhere(
            "signs of the teacher",
            "the output weights take the signs of the teacher's",
            lambda p, rng: phases(rng, np.ones(2))[0],
            8,
        ),
        _PHASES.stronger("more than the trials show", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(Check("perfect student", "the teacher itself, against its feedback", _still),),
    witness=Check("non-vacuity", "one run: alignment, plateau, then the fit", _one_run),
    uses=("refinetti2021.online-equations", "refinetti2021.degeneracy-breaking"),
)
