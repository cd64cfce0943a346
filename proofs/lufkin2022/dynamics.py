"""L6: bumps above the threshold of the linear lattice, none below, and waves where inhibition is slow: simulated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Planned
from fa_theory.model.ball import Array

from .lattice import LateralKernel
from .patterns import ABSTRACT
from .sheets import Sheet, SpikingNeurons, activity, contrast, persistence, wave_number

LOCATOR = "on the leaky integrate-and-fire model of neural waves"
SMALL = 20
"""SpikingNeurons along each side of the torus in the claims: two wavelengths."""
LAGS = range(1, 13)
DELTA = 0.3
TRIALS = Trials(15, 60, 300)
SPIKING = SpikingNeurons(dt=0.04)


def still(frames: Array) -> bool:
    """Whether a pattern stands: frames correlate over every lag."""
    return min(persistence(frames, lag) for lag in LAGS) > 0.8


def moving(frames: Array) -> bool:
    """Whether activity becomes its opposite and so keeps moving."""
    return min(persistence(frames, lag) for lag in LAGS) < -0.1


def of_rates(sheet: Sheet, rng: np.random.Generator) -> Array:
    return sheet.rates(rng, 80.0, dt=0.1)


def rates_follow(p: int, rng: np.random.Generator, *, below: float = 0.9) -> bool:
    """Activity dies out below the threshold, bumps stand above it, waves travel with slow inhibition."""
    expected = np.sqrt(2 * float(LateralKernel().peak()))
    dead = activity(of_rates(Sheet(below, side=p), rng)) < 1e-3
    bumps = of_rates(Sheet(1.2, side=p), rng)
    waves = of_rates(Sheet(1.4, b=1.0, side=p), rng)
    stands = contrast(bumps) > 0.3 and still(bumps) and abs(wave_number(bumps[-1]) / expected - 1) < 0.2
    return bool(dead and stands and activity(waves) > 0.2 and moving(waves))


def spikes_follow(p: int, rng: np.random.Generator, *, below: float = 0.7) -> bool:
    """The same of spiking neurons, whose noise is there below the threshold as well."""
    noise = SPIKING.run(Sheet(below, side=p), rng, 40.0)
    bumps = SPIKING.run(Sheet(1.5, side=p), rng, 40.0)
    waves = SPIKING.run(Sheet(2.0, b=1.5, side=p), rng, 40.0)
    nothing = abs(persistence(noise, 5)) < 0.3
    stands = contrast(bumps) > 4 * contrast(noise) and still(bumps)
    return bool(nothing and stands and activity(waves) > 1.5 * activity(noise) and moving(waves))


RATES = Planned(rates_follow, (SMALL,), TRIALS, DELTA, "silence, bumps and waves where predicted", name="firing rates")
SPIKES = Planned(
    spikes_follow, (SMALL,), TRIALS, DELTA, "noise, bumps and waves where predicted", name="spiking neurons"
)


def _uncoupled(context: Context) -> CheckOutcome:
    frames = Sheet(1e-9, side=8).rates(context.rng("γ→0"), 20.0)
    return CheckOutcome(activity(frames) < 1e-6, f"no coupling: activity decays to {activity(frames):.1e}")


def _fast_inhibition(context: Context) -> CheckOutcome:
    """Inhibition at once: the onset is raised by b, and the pattern stands."""
    sheet = Sheet(2.0, b=0.2, tau=0.5, side=SMALL)
    frames = of_rates(sheet, context.rng("τ"))
    return CheckOutcome(still(frames), f"bτ < 1: the pattern stands at {sheet.gain:g}, onset {sheet.onset():g}")


def _no_noise(context: Context) -> CheckOutcome:
    drive, rng = 1.2, context.rng("noise")
    found = SpikingNeurons(noise=0.0, dt=0.002).rate(rng, drive, count=50)
    exact = 1 / np.log(drive / (drive - 1))
    return CheckOutcome(abs(found / exact - 1) < 0.05, f"the rate is 1/log(I/(I−1)) = {exact:.3f}: {found:.3f}")


def _silent(context: Context) -> CheckOutcome:
    found = SpikingNeurons(noise=0.0).rate(context.rng("silent"), 0.9, count=50, time=20.0)
    return CheckOutcome(found < 0.06, f"I < 1 without noise: spikes of the start alone, rate {found:.3f}")


def _shown(trial: Callable[[int, np.random.Generator], bool]) -> Callable[[Context], CheckOutcome]:
    def run(context: Context) -> CheckOutcome:
        found = trial(SMALL, context.rng("shown"))
        return CheckOutcome(found, "one sheet shows all three regimes")

    return run


RATE_MODEL = Hypothesis(
    "firing rates",
    r"$\dot u = -u + S(\gamma\, k * u) - b v$, $\tau \dot v = -v + u$ on a torus, $S$ saturating with $S(0) = 0$ and "
    r"$S'(0) = 1$, $\tau = 5$, the standard difference of Gaussians, small random activity at the start",
)
LIF_MODEL = Hypothesis(
    "leaky integrate-and-fire neurons",
    r"$\dot V = -V + I + w\, k * s - b' v$ with noise on a torus; a spike and $V = 0$ where $V \ge 1$; synapses $s$ "
    r"follow spikes and $v$ follows $s$ with $\tau = 5$; $\gamma = w f'(I)$ with the slope of the rate $f$ of "
    r"neurons without coupling",
)

bumps = Claim(
    id="lufkin2022.bumps-and-waves",
    title="Firing rates form bumps and waves where the linear lattice says",
    kind=Kind.CONJECTURE,
    bound=Bound.PROBABILITY,
    summary="Saturating rates: silence below the threshold, standing bumps above it, moving ones with slow inhibition.",
    statement=rf"""Let $\gamma_0$ be the threshold of the linear lattice. On a torus of {SMALL} × {SMALL} neurons, with
probability at least ${1 - DELTA:g}$ over the start: for $b = 0$ activity dies out at $\gamma = 0.9\,\gamma_0$; at
$\gamma = 1.2\,\gamma_0$ it forms a pattern that stands, of mean wave number within 20 % of $q_c$; and for $b = 1$
at $\gamma = 1.4\,\gamma_0$, above the onset $1.2\,\gamma_0$ of waves, activity turns into its opposite and back.""",
    hypotheses=(RATE_MODEL,),
    source=Source(
        "lufkin2022", LOCATOR, Fidelity.ADAPTED, f"With a model of rates of our own. {ABSTRACT}", proved=False
    ),
    uses=("lufkin2022.pattern-threshold", "lufkin2022.wave-threshold"),
    probability=1 - DELTA,
    procedures=(RATES,),
    mutants=(
        RATES.elsewhere(
            "above the threshold",
            "activity dies out at 1.1 γ₀ as well",
            lambda p, rng: rates_follow(p, rng, below=1.1),
            8,
        ),
        RATES.stronger("more than the trials show", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(
        Check("γ→0", "no lateral coupling", _uncoupled),
        Check("bτ<1", "fast local inhibition", _fast_inhibition),
    ),
    witness=Check("non-vacuity", "a sheet with all three regimes", _shown(rates_follow)),
)

spiking = Claim(
    id="lufkin2022.spiking-bumps-and-waves",
    title="Leaky integrate-and-fire neurons form bumps and waves on either side of the threshold",
    kind=Kind.CONJECTURE,
    bound=Bound.PROBABILITY,
    summary="LIF neurons: noise alone at 0.7 of the threshold, bumps at 1.5, travelling waves with slow inhibition.",
    statement=rf"""Let $\gamma_0$ be the threshold of the linear lattice. On a torus of {SMALL} × {SMALL} neurons, with
probability at least ${1 - DELTA:g}$ over start and noise: for $b = 0$ no pattern is left after 5 membrane times at
$\gamma = 0.7\,\gamma_0$; at $\gamma = 1.5\,\gamma_0$ bumps stand, with more than 4 times the contrast; and with slow
inhibition $b = 1.5$ at $\gamma = 2\,\gamma_0$ activity moves.""",
    hypotheses=(LIF_MODEL,),
    source=Source(
        "lufkin2022",
        LOCATOR,
        Fidelity.ADAPTED,
        f"The paper's model is leaky integrate-and-fire, too; equations and parameters here are ours. {ABSTRACT}",
        proved=False,
    ),
    uses=("lufkin2022.bumps-and-waves",),
    probability=1 - DELTA,
    procedures=(SPIKES,),
    mutants=(
        SPIKES.elsewhere(
            "above the threshold",
            "no pattern is left at 1.4 γ₀ either",
            lambda p, rng: spikes_follow(p, rng, below=1.4),
            8,
        ),
        SPIKES.stronger("more than the trials show", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(
        Check("no noise", "neurons without noise fire regularly", _no_noise),
        Check("I<1", "a current that never reaches the threshold", _silent),
    ),
    witness=Check("non-vacuity", "a sheet with all three regimes", _shown(spikes_follow)),
)
