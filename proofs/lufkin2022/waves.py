"""L1: when excitation and inhibition turn, and when a pattern of them travels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from .lattice import LateralKernel
from .patterns import ABSTRACT, DOG, LOCATOR, drawn, rational
from .theorems import rotation, threshold

PAIR = Hypothesis(
    "excitation and inhibition at one wave number",
    r"$\dot x = a x - b y$, $\dot y = c x - h y$; for $\dot u = -u + k_{EE} * u - k_{EI} * v$ and "
    r"$\tau \dot v = -v + k_{IE} * u - k_{II} * v$ these are $a = \hat k_{EE} - 1$, $b = \hat k_{EI}$, "
    r"$c = \hat k_{IE}/\tau$ and $h = (1 + \hat k_{II})/\tau$",
)
SIGNS = Hypothesis("signs", r"$b > 0$ and $c > 0$: excitation drives inhibition, which acts back on it")


def spectrum(a: float, b: float, c: float, h: float) -> Array:
    """Eigenvalues of ``[[a, −b], [c, −h]]``."""
    found: Array = np.linalg.eigvals(np.array([[a, -b], [c, -h]]))
    return found


def _pairs(context: Context) -> CheckOutcome:
    """Of random pairs, those with tr² < 4 det are those with complex eigenvalues."""
    same, complex_ = 0, 0
    for i in range(200):
        a, b, c, h = context.rng("pairs", i).uniform(0, 2, 4)
        wave = bool((a - h) ** 2 < 4 * (b * c - a * h))
        same += wave == bool(np.any(np.abs(spectrum(a, b, c, h).imag) > 0))
        complex_ += wave
    return CheckOutcome(
        same == 200 and 0 < complex_ < 200, f"{complex_} of 200 random pairs turn, all as their eigenvalues say"
    )


def _no_feedback(context: Context) -> CheckOutcome:
    found = spectrum(0.5, 0.0, 1.0, 1.0)
    return CheckOutcome(not np.any(found.imag), f"b = 0: det = −ah and tr² − 4det = (a+h)² ≥ 0, eigenvalues {found}")


def _equal(context: Context) -> CheckOutcome:
    found = spectrum(-1.0, 1.0, 1.0, 1.0)
    return CheckOutcome(
        bool(np.allclose(found, [-1 + 1j, -1 - 1j]) or np.allclose(found, [-1 - 1j, -1 + 1j])),
        "a = −h: excitation and inhibition turn at the frequency √(bc), whatever their strength",
    )


turning = Claim(
    id="lufkin2022.complex-eigenvalues",
    title="Excitation and inhibition turn if and only if the eigenvalues are complex",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="The plane of excitation and inhibition turns one way iff tr² < 4det; the turning grows at the rate tr.",
    statement=r"""Let $T = a - h$ be the trace and $D = bc - ah$ the determinant. If $T^2 < 4 D$, then away from
rest
\[ x \dot y - y \dot x > 0 : \]
activity turns from excitation towards inhibition and never stops. If $T^2 \ge 4 D$, there is a
direction $(b, a - \lambda)$ in which nothing turns, $\dot x = \lambda x$ and $\dot y = \lambda y$, with
$\lambda = \frac12 (T + \sqrt{T^2 - 4 D})$. In either case the form by which activity turns grows at exactly the rate
$T$: $(x \dot y - y \dot x)\, z$ is constant for $\dot z = -T z$.""",
    hypotheses=(PAIR, SIGNS),
    source=Source(
        "lufkin2022",
        LOCATOR,
        Fidelity.ADAPTED,
        f"That travelling waves need complex eigenvalues, as conditions on trace and determinant. {ABSTRACT}",
    ),
    procedures=(
        Proved(rotation.turning, name="proof of turning"),
        Proved(rotation.straight, name="proof of a direction that does not turn"),
        Proved(rotation.growth, name="proof of growth"),
    ),
    mutants=(
        *wrong_proofs(rotation.turning, *rotation.MUTANTS_OF_TURNING),
        *(
            Check(f"{each.name} (real)", each.says, each.run)
            for each in wrong_proofs(rotation.straight, *rotation.MUTANTS_OF_STRAIGHT)
        ),
        *wrong_proofs(rotation.growth, *rotation.MUTANTS_OF_TRACE),
    ),
    degenerate=(
        Check("b=0", "inhibition does not act back", _no_feedback),
        Check("a=−h", "equal rates", _equal),
    ),
    witness=Check("non-vacuity", "random pairs of both kinds", _pairs),
)


def travelling(side: int, mode: int, time: float, *, steps: int = 4000) -> tuple[Array, float]:
    """Two ring populations started as the travelling wave of a mode: excitation at the end, and the gap to the wave."""
    kernel = LateralKernel()
    khat, tau, b = kernel.on_ring(side), 4.0, 2.0
    gain = (1 + 1 / tau) / khat[mode]
    a, c, h = gain * khat - 1, np.full(side, 1 / tau), np.full(side, 1 / tau)
    mu = (a[mode] - h[mode]) / 2
    omega = np.sqrt(b * c[mode] - a[mode] * h[mode] - mu**2)
    theta = 2 * np.pi * mode * np.arange(side) / side
    u = np.cos(theta)
    v = ((a[mode] + h[mode]) / 2 * np.cos(theta) - omega * np.sin(theta)) / b
    U, V, dt = np.fft.fft(u), np.fft.fft(v), time / steps
    for _ in range(steps):
        halfway = U + dt / 2 * (a * U - b * V), V + dt / 2 * (c * U - h * V)
        U, V = U + dt * (a * halfway[0] - b * halfway[1]), V + dt * (c * halfway[0] - h * halfway[1])
    found = np.real(np.fft.ifft(U))
    wave = np.exp(mu * time) * np.cos(omega * time - theta)
    return found, float(np.max(np.abs(found - wave)))


def _travels(context: Context) -> CheckOutcome:
    _, gap = travelling(32, 3, 10.0)
    return CheckOutcome(gap < 1e-3, f"a ring of 32 sites, mode 3, at the onset: after time 10 off by {gap:.1e}")


def _standing(context: Context) -> CheckOutcome:
    """ω = 0: the wave does not move."""
    a, h, b = -1.0, 1.0, 1.0
    c = (a * h + ((a - h) / 2) ** 2) / b
    return CheckOutcome(c == 0.0, "tr² = 4det gives ω = 0: the wave stands, E = exp(μt) cos θ")


wave = Claim(
    id="lufkin2022.travelling-wave",
    title="Complex eigenvalues carry a wave that travels",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="If tr² < 4det at q, exp(μt)cos(ωt − q·x) solves the lattice, μ = tr/2 and ω² = det − μ²; inhibition lags.",
    statement=r"""Let the couplings have a mode $c_i = \cos\theta_i$, $s_i = \sin\theta_i$ in common with the values
$a, b, c, h$, of which the trace $T = a - h$ and the determinant $D = bc - ah$ satisfy $T^2 < 4 D$, and let
$\mu = \frac12 T$ and $\omega^2 = D - \mu^2$. Then
\[ E_i(t) = e^{\mu t} \cos(\omega t - \theta_i), \qquad
   b\, I_i(t) = \tfrac12 (a + h)\, E_i(t) + \omega\, e^{\mu t} \sin(\omega t - \theta_i) \]
solve the equations of excitation and of inhibition, $\dot E = A E - B I$ and $\dot I = C E - H I$. On a lattice with
$\theta = q \cdot x$ the wave travels with the speed $\omega/|q|$, in either direction along $q$.""",
    hypotheses=(PAIR, SIGNS),
    source=Source("lufkin2022", LOCATOR, Fidelity.ADAPTED, f"The wave itself, in closed form. {ABSTRACT}"),
    uses=("lufkin2022.fourier-modes", "lufkin2022.complex-eigenvalues"),
    procedures=(
        Proved(rotation.excitation, name="proof for excitation"),
        Proved(rotation.inhibition, name="proof for inhibition"),
    ),
    mutants=(
        *wrong_proofs(rotation.excitation, *rotation.MUTANTS_OF_EXCITATION),
        *(
            Check(f"{each.name} (inhibition)", each.says, each.run)
            for each in wrong_proofs(rotation.inhibition, *rotation.MUTANTS_OF_INHIBITION)
        ),
    ),
    degenerate=(Check("ω=0", "eigenvalues that coincide", _standing),),
    witness=Check("non-vacuity", "a wave on a ring", _travels),
)


@dataclass(frozen=True)
class SlowInhibition:
    """``u̇ = −u + γ k∗u − b v``, ``τ v̇ = −v + u``: fast lateral inhibition in k, and slow local inhibition v.

    Numbers may be floats or balls.

    Examples
    --------
    >>> model = SlowInhibition(LateralKernel(), b=1.0, tau=5.0)
    >>> model.travels(), round(float(model.onset()), 4), round(model.frequency(), 4)
    (True, 2.5398, 0.4)
    """

    kernel: LateralKernel
    b: Any
    tau: Any

    def travels(self) -> bool:
        """Whether the first mode to grow travels: ``bτ > 1``."""
        return bool(self.b * self.tau > 1)

    def onset(self) -> Any:
        """The gain from which on a mode grows: ``(1 + min(b, 1/τ))/max k̂``."""
        return (1 + (1 / self.tau if self.travels() else self.b)) * self.kernel.threshold()

    def frequency(self) -> Any:
        """ω of the first mode, which travels: ``√((b − 1/τ)/τ)``."""
        square = (self.b - 1 / self.tau) / self.tau
        return square.sqrt() if isinstance(square, arb) else float(np.sqrt(square))

    def trace_and_determinant(self, gain: Any, khat: Any) -> tuple[Any, Any]:
        """At one mode."""
        a, h = gain * khat - 1, 1 / self.tau
        return a - h, (self.b - a) * h


def _wrong_onset(name: str, says: str, wrong: Any) -> Check:
    def run(context: Context) -> CheckOutcome:
        for i in range(100):
            rng = context.rng(name, i)
            model = SlowInhibition(drawn(rng), rational(rng, 0, 3), rational(rng, 0, 8))
            if not model.kernel.patterned() or (model.b * model.tau - 1).contains(0):
                continue
            gain = wrong(model) * model.kernel.threshold()
            trace, determinant = model.trace_and_determinant(gain, model.kernel.largest())
            if trace > 0 or determinant < 0 or (trace < 0 and determinant > 0):
                return CheckOutcome(True, f"network {i}: at this gain it does not lose its stability")
        return CheckOutcome(False, "no network refutes it")

    return Check(name, says, run)


def _fast(context: Context) -> CheckOutcome:
    model = SlowInhibition(LateralKernel(), b=0.5, tau=1e-3)
    return CheckOutcome(
        not model.travels(),
        f"τ → 0: inhibition only adds to the leak; the pattern stands from γ = {model.onset():.4f}",
    )


def _none(context: Context) -> CheckOutcome:
    model = SlowInhibition(LateralKernel(), b=1e-300, tau=5.0)
    return CheckOutcome(bool(np.isclose(model.onset(), LateralKernel().threshold())), "b → 0: the threshold without it")


def _modes(context: Context) -> CheckOutcome:
    model = SlowInhibition(LateralKernel(), b=1.0, tau=5.0)
    khat = LateralKernel().on_torus()
    gain = 1.001 * (1 + 1 / model.tau) / float(khat.max())
    worst = max(
        (spectrum(gain * float(x) - 1, model.b, 1 / model.tau, 1 / model.tau) for x in khat.ravel()),
        key=lambda values: float(values.real.max()),
    )
    return CheckOutcome(
        bool(worst.real.max() > 0 and abs(worst.imag).max() > 0),
        f"on the torus the first eigenvalues are {worst.real.max():.4f} ± {abs(worst.imag).max():.3f}i",
    )


onset = Claim(
    id="lufkin2022.wave-threshold",
    title="The gain from which a pattern travels",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="With local inhibition of strength b and time τ the first pattern travels iff bτ > 1, from (1+1/τ)/k̂_c on.",
    statement=r"""Let $\dot u = -u + \gamma\, k * u - b v$ and $\tau \dot v = -v + u$ with $b, \tau > 0$ and a kernel
whose largest $\hat k(q_c) = \hat k_c$ is at $q_c \neq 0$. All activity decays if
$\gamma \hat k_c < 1 + \min(b, 1/\tau)$. If $b \tau > 1$, the first modes to grow are those near $q_c$ from
$\gamma = (1 + 1/\tau)/\hat k_c$ on, and they travel, with the frequency $\omega = \sqrt{(b - 1/\tau)/\tau}$ at the
onset. If $b \tau < 1$, they grow from $\gamma = (1 + b)/\hat k_c$ on, and stand.""",
    hypotheses=(DOG, SIGNS),
    source=Source(
        "lufkin2022",
        LOCATOR,
        Fidelity.OURS,
        "The thresholds of a model with slow local inhibition, from trace and determinant at each mode.",
    ),
    uses=("lufkin2022.complex-eigenvalues", "lufkin2022.pattern-threshold"),
    procedures=(
        Proved(threshold.trace, name="proof below the onset of waves"),
        Proved(threshold.determinant, name="proof below the onset of patterns"),
        Proved(threshold.travelling, name="proof that waves come first"),
        Proved(threshold.frequency, name="proof of the frequency"),
        Proved(threshold.rise, name="proof that waves grow"),
        Proved(threshold.standing, name="proof that patterns come first"),
        Proved(threshold.fall, name="proof that patterns grow"),
    ),
    mutants=(
        *wrong_proofs(threshold.trace, *threshold.MUTANTS_OF_TRACE),
        *wrong_proofs(threshold.determinant, *threshold.MUTANTS_OF_DETERMINANT),
        *wrong_proofs(threshold.travelling, *threshold.MUTANTS_OF_TRAVELLING),
        *wrong_proofs(threshold.frequency, *threshold.MUTANTS_OF_FREQUENCY),
        *wrong_proofs(threshold.rise, *threshold.MUTANTS_OF_RISE),
        *wrong_proofs(threshold.standing, *threshold.MUTANTS_OF_STANDING),
        *wrong_proofs(threshold.fall, *threshold.MUTANTS_OF_FALL),
        _wrong_onset("without the leak of inhibition", "waves grow from 1/k̂* on", lambda m: arb(1)),
        _wrong_onset(
            "the other threshold", "the larger of the two gains", lambda m: 1 + (m.b if m.travels() else 1 / m.tau)
        ),
    ),
    degenerate=(
        Check("τ→0", "inhibition at once", _fast),
        Check("b→0", "no local inhibition", _none),
    ),
    witness=Check("non-vacuity", "the modes of the standard torus", _modes),
    proof=r"""At a mode $T = \gamma \hat k - 1 - 1/\tau$ and $D = (1 + b - \gamma \hat k)/\tau$. Both
eigenvalues have negative real parts iff $T < 0 < D$, that is $\gamma \hat k < 1 + \min(b, 1/\tau)$.
At $T = 0$ the determinant is $(b - 1/\tau)/\tau$. In the derivation $h = 1/\tau$ and $m = \gamma \hat k_c$.""",
)
