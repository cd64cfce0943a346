"""L1: Fourier modes of excitation and inhibition on a lattice, their growth, and the gain that forms a pattern."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, fmpq

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, Proved, wrong_proofs
from fa_theory.enclosure.asserted import PI, Asserted, WrittenTerm, number, table
from fa_theory.model.ball import Array

from .lattice import SIDE, LateralKernel, enclosed_threshold
from .theorems import modes
from .theorems import threshold as peak

LOCATOR = "on local patterns of excitation and inhibition"
ABSTRACT = "Stated from the abstract and the beginning of the introduction; the full text was not at hand."
LATTICE = Hypothesis(
    "linear lattice",
    r"$\dot u = -u + k * u$ on a periodic lattice: a leak, and lateral coupling by a kernel $k$ of displacements",
)
EVEN = Hypothesis("even kernel", r"$k(-m) = k(m)$: excitation and inhibition do not depend on the direction")
DOG = Hypothesis(
    "difference of Gaussians",
    r"$\hat k(q) = A e^{-\sigma_E^2 q^2/2} - B e^{-\sigma_I^2 q^2/2}$ with $A, B > 0$ and $0 < \sigma_E < \sigma_I$",
)


def torus(rng: np.random.Generator, side: int) -> tuple[Array, Array, Array]:
    """A random even kernel on a torus, its symbols, and the activity of a random mode: ``(side, side)`` each."""
    k = rng.standard_normal((side, side))
    k = (k + np.roll(k[::-1, ::-1], 1, axis=(0, 1))) / 2
    j, l_ = rng.integers(side, size=2)
    sites = np.arange(side)
    phase = 2 * np.pi * (j * sites[:, None] + l_ * sites) / side + rng.uniform(0, 2 * np.pi)
    return k, np.real(np.fft.fft2(k))[j, l_], np.cos(phase)


def convolved(k: Array, u: Array) -> Array:
    """``k ∗ u`` on the torus, as the sum over displacements."""
    total = np.zeros_like(u)
    for m in np.ndindex(*k.shape):
        total += k[m] * np.roll(u, m, axis=(0, 1))
    return total


def _on_tori(context: Context) -> CheckOutcome:
    worst = 0.0
    for i in range(5):
        k, symbol, u = torus(context.rng("torus", i), 6)
        worst = max(worst, float(np.max(np.abs(-u + convolved(k, u) - (symbol - 1) * u))))
    return CheckOutcome(worst < 1e-10, f"five modes of random even kernels on a torus of 6×6: residual {worst:.1e}")


def _one_site(context: Context) -> CheckOutcome:
    k = context.rng("one").standard_normal((1, 1))
    found = float((-1 + k).item())
    return CheckOutcome(np.isclose(found, k.sum() - 1), f"one site: the only mode is constant, rate {found:.3f}")


def _no_coupling(context: Context) -> CheckOutcome:
    _, _, u = torus(context.rng("k=0"), 4)
    return CheckOutcome(bool(np.all(-u + convolved(np.zeros((4, 4)), u) == -u)), "k = 0: every mode decays at rate 1")


fourier_modes = Claim(
    id="lufkin2022.fourier-modes",
    title="Fourier modes are eigenfunctions of lateral excitation and inhibition",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="On any periodic lattice −u + k∗u = (k̂(q) − 1)u for every Fourier mode u of wave number q, k even.",
    statement=r"""Let every translation $S_m$ of the lattice rotate a pair of functions $c, s$ by an angle,
$S_m c = C_m c + D_m s$ and $S_m s = C_m s - D_m c$, as it does with $\cos(q \cdot x)$ and $\sin(q \cdot x)$, where
$C_m = \cos(q \cdot m)$ and $D_m = \sin(q \cdot m)$. For an even kernel and every combination $u = \alpha c + \beta s$
\[ -u + k * u = (\hat k - 1)\, u, \qquad k * u = \sum_m k_m S_m u, \qquad \hat k = \sum_m k_m C_m . \]""",
    hypotheses=(LATTICE, EVEN),
    source=Source("lufkin2022", LOCATOR, Fidelity.ADAPTED, f"As an identity for lattices of any shape. {ABSTRACT}"),
    procedures=(Proved(modes.eigenfunctions),),
    mutants=wrong_proofs(modes.eigenfunctions, *modes.MUTANTS_OF_EIGENFUNCTIONS),
    degenerate=(
        Check("n=1", "a lattice of one site", _one_site),
        Check("k=0", "no lateral coupling", _no_coupling),
    ),
    witness=Check("non-vacuity", "modes of tori", _on_tori),
)


def simulated(k: Array, u: Array, time: float, steps: int = 2000) -> Array:
    """``u̇ = −u + k∗u`` in the Fourier domain, where each mode is multiplied by a number."""
    rates = np.real(np.fft.fft2(k)) - 1
    found: Array = np.real(np.fft.ifft2(np.fft.fft2(u) * (1 + rates * time / steps) ** steps))
    return found


def _grows(context: Context) -> CheckOutcome:
    k, symbol, u = torus(context.rng("growth"), 6)
    found = simulated(k, u, 0.5)
    gap = float(np.max(np.abs(found - np.exp((symbol - 1) / 2) * u)))
    return CheckOutcome(
        gap < 0.02 * float(np.max(np.abs(found))), f"a mode of rate {symbol - 1:.2f} at time ½: {gap:.1e}"
    )


def _at_threshold(context: Context) -> CheckOutcome:
    k, symbol, u = torus(context.rng("threshold"), 6)
    gap = float(np.max(np.abs(convolved(k / symbol, u) - u)))
    return CheckOutcome(gap < 1e-9, f"k̂ = 1: the mode neither grows nor decays, residual {gap:.1e}")


growth = Claim(
    id="lufkin2022.pattern-growth",
    title="A mode grows if and only if its Fourier transform exceeds 1",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="The amplitude of mode q is exp((k̂(q)−1)t) times its start; if k̂ ≤ 1−g throughout, all activity decays.",
    statement=r"""For symmetric coupling $K$ with $K c = \hat k\, c$, the amplitude $a(t) = \sum_i c_i u_i(t)$ satisfies
\[ a(t)\, z(t) = a(0)\, z(0) \quad\text{for } \dot z = (1 - \hat k)\, z, \qquad
\text{so } a(t) = e^{(\hat k - 1)t} a(0) . \]
If $v^\top K v \le (1 - g) \|v\|_2^2$ for all $v$, that is if no mode has $\hat k > 1 - g$, then
\[ \|u(t)\|_2^2\, z(t) \le \|u(0)\|_2^2\, z(0) \quad\text{for } \dot z = 2 g z, \qquad\text{so }
\|u(t)\|_2 \le e^{-gt} \|u(0)\|_2 . \]""",
    hypotheses=(LATTICE, EVEN),
    source=Source("lufkin2022", LOCATOR, Fidelity.ADAPTED, f"With rates, and for any lattice. {ABSTRACT}"),
    uses=("lufkin2022.fourier-modes",),
    procedures=(
        Proved(modes.amplitude, name="proof for one mode"),
        Proved(modes.decay, name="proof below the threshold"),
    ),
    mutants=(
        *wrong_proofs(modes.amplitude, *modes.MUTANTS_OF_AMPLITUDE),
        *wrong_proofs(modes.decay, *modes.MUTANTS_OF_DECAY),
    ),
    degenerate=(
        Check("at the threshold", "k̂ = 1", _at_threshold),
        Check("k=0", "no lateral coupling", _no_coupling),
    ),
    witness=Check("non-vacuity", "a mode of a torus", _grows),
)


def rational(rng: np.random.Generator, low: int, high: int) -> arb:
    """A random rational number between two integers, as a ball."""
    return arb(fmpq(int(rng.integers(low * 64 + 1, high * 64)), 64))


def drawn(rng: np.random.Generator) -> LateralKernel:
    """A random kernel in balls."""
    near = rational(rng, 0, 3)
    return LateralKernel(rational(rng, 0, 4), rational(rng, 0, 4), near, near + rational(rng, 0, 3))


def _closed_form(rng: np.random.Generator) -> Mapping[str, Any]:
    """At ``x_c = q_c²/2`` the slope of k̂ is 0 and k̂ has the value stated, for a random kernel."""
    said = Asserted()
    A, B, near = (said.let(name, number(Fraction(int(rng.integers(1, 256)), 64))) for name in ("A", "B", "near"))
    wide = int(rng.integers(1, 256))
    far = said.let("far", near + Fraction(wide, 64))
    a, b = said.let("a", near**2), said.let("b", far**2)
    x = said.let("x", (B * b / (A * a)).of("log") / (b - a))
    excitation, inhibition = (
        said.let(n, k * (-s * x).of("exp")) for n, k, s in (("excitation", A, a), ("inhibition", B, b))
    )
    value = A * (1 - a / b) * (a / (b - a) * (A * a / (B * b)).of("log")).of("exp")
    said.near(b * inhibition, a * excitation, "1e-20")
    said.near(excitation - inhibition, value, "1e-20")
    return said.document


STANDARD = LateralKernel(arb(1), arb(1), arb("1.5"), arb(3))
ON_PLANE, ON_TORUS = "2.11653474", "2.12011590"


def _standard(rng: np.random.Generator) -> Mapping[str, Any]:
    """The thresholds of the standard kernel, to 8 digits: on the plane, and on the torus, by sums over its sites."""
    del rng
    said, sites, modes = Asserted(), range(SIDE), range(SIDE // 2 + 1)
    a, b = number("9/4"), number(9)
    x = said.let("x", (b / a).of("log") / (b - a))
    said.near(1 / ((-a * x).of("exp") - (-b * x).of("exp")), ON_PLANE, "5e-9")
    distance = said.let("m", table(sites, range(1), lambda i, _: WrittenTerm(["min", i.json, (SIDE - i).json])))
    cosines = said.let("C", table(modes, sites, lambda j, m: (2 * PI * j * m / SIDE).of("cos")))
    parts = []
    for name, variance in (("near", a), ("far", b)):
        weights = said.let(f"{name}Weights", (-(distance**2) / (2 * variance)).of("exp"))
        sums = said.let(name, cosines @ weights / weights.of("total"))
        parts.append(sums @ sums.T)
    said.near(1 / (parts[0] - parts[1]).of("largest"), ON_TORUS, "5e-9")
    return said.document


def _other(name: str, says: str, wrong: Callable[[LateralKernel], arb]) -> Check:
    """The mutant that the largest k̂ is another number: some kernel has a mode above it, or none near it."""

    def run(context: Context) -> CheckOutcome:
        for i in range(50):
            kernel = drawn(context.rng(name, i))
            gap = kernel.symbol(kernel.peak()) - wrong(kernel)
            if kernel.patterned() and not gap.contains(0):
                return CheckOutcome(True, f"kernel {i}: the largest k̂ is off by {float(gap.mid()):+.4f}")
        return CheckOutcome(False, "no kernel refutes it")

    return Check(name, says, run)


def _narrow_inhibition(context: Context) -> CheckOutcome:
    kernel = LateralKernel(arb(4), arb(1), arb(1), arb("1.5"))
    found = kernel.symbol(arb(0)) - kernel.symbol(arb("0.01"))
    return CheckOutcome(
        not kernel.patterned() and bool(found > 0), "Bσ_I² ≤ Aσ_E²: k̂ is largest at q = 0, and no pattern forms first"
    )


def _balanced(context: Context) -> CheckOutcome:
    kernel = LateralKernel(arb(1), arb(1), arb(1), arb(2))
    return CheckOutcome(bool(kernel.symbol(arb(0)) == 0), "A = B: the uniform mode has k̂(0) = 0 and decays at rate 1")


def _found(context: Context) -> CheckOutcome:
    values = np.sort(LateralKernel().on_torus().ravel())[::-1]
    _, mode = enclosed_threshold(STANDARD)
    return CheckOutcome(
        bool(values[0] > values[8]), f"on the torus of {SIDE}×{SIDE} the modes ±{mode} and those by symmetry come first"
    )


threshold = Claim(
    id="lufkin2022.pattern-threshold",
    title="The gain from which a pattern forms",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="A difference of Gaussians forms a pattern at q_c > 0 iff Bσ_I² > Aσ_E² and the gain exceeds 1/k̂(q_c).",
    statement=rf"""Let $\dot u = -u + \gamma\, k * u$ with gain $\gamma > 0$. If $B \sigma_I^2 > A \sigma_E^2$, then
$\hat k$ is largest at $q_c$, where
\[ q_c^2 = \frac{{2}}{{\sigma_I^2 - \sigma_E^2}} \log \frac{{B \sigma_I^2}}{{A \sigma_E^2}}, \qquad
\hat k(q_c) = A \left(1 - \frac{{\sigma_E^2}}{{\sigma_I^2}}\right)
\left(\frac{{A \sigma_E^2}}{{B \sigma_I^2}}\right)^{{\sigma_E^2/(\sigma_I^2 - \sigma_E^2)}} , \]
so modes near $q_c \neq 0$ grow if and only if $\gamma > 1/\hat k(q_c)$. If $B \sigma_I^2 \le A \sigma_E^2$, then
$\hat k$ is largest at $q = 0$, and no pattern grows before uniform activity does. For $A = B = 1$, $\sigma_E = 1.5$,
$\sigma_I = 3$ the threshold is ${ON_PLANE}$ on the plane and ${ON_TORUS}$ on the torus of ${SIDE} \times {SIDE}$ sites,
to 8 decimals.""",
    hypotheses=(LATTICE, DOG),
    source=Source(
        "lufkin2022",
        LOCATOR,
        Fidelity.OURS,
        "That a pattern forms iff max k̂ > 1 at some q ≠ 0 is the textbook reading; the closed form and the enclosures "
        "are ours. That no mode exceeds the stationary one is proved from the tangents of the exponential; the closed "
        "form of that mode is enclosed for random kernels, the two thresholds for the standard one.",
    ),
    uses=("lufkin2022.pattern-growth",),
    procedures=(
        Proved(peak.largest, name="proof for wide inhibition"),
        Proved(peak.uniform, name="proof for narrow inhibition"),
        Enclosures(
            _closed_form, Trials(4, 40, 400), "stationary at the mode stated, with the value stated", name="closed form"
        ),
        Enclosures(
            _standard, Trials(1, 1, 1), "both thresholds of the standard kernel to 8 decimals", name="standard kernel"
        ),
    ),
    mutants=(
        *wrong_proofs(peak.largest, *peak.MUTANTS_OF_LARGEST),
        *wrong_proofs(peak.uniform, *peak.MUTANTS_OF_UNIFORM),
        _other("radii exchanged", "the power of the ratio is that of inhibition", lambda k: _with_power(k, k.far)),
        _other("uniform mode", "the threshold is that of q = 0", lambda k: k.A - k.B),
        _other("excitation alone", "inhibition does not matter at q*", lambda k: k.A * (-(k.near**2) * k.peak()).exp()),
    ),
    degenerate=(
        Check("narrow inhibition", "inhibition too narrow or weak", _narrow_inhibition),
        Check("A=B", "balanced excitation and inhibition", _balanced),
    ),
    witness=Check("non-vacuity", "the modes of the standard torus", _found),
    proof=r"""With $x = q^2/2$, the derivative of $\hat k$ by $x$ is
$e^{-\sigma_E^2 x} (B \sigma_I^2 e^{-(\sigma_I^2 - \sigma_E^2) x} - A \sigma_E^2)$, whose bracket falls with $x$ and
vanishes at $q_c^2/2$. There $B e^{-\sigma_I^2 x} = A \frac{\sigma_E^2}{\sigma_I^2} e^{-\sigma_E^2 x}$, which gives the
value. In the derivation $r = \sigma_E^2/\sigma_I^2 = a/b$, $E$ and $I$ are the two terms of $\hat k(q_c)$, and $u$ and
$v$ the factors $e^{-ay}$ and $e^{-by}$ by which they change over $y = (q^2 - q_c^2)/2$.""",
)


def _with_power(kernel: LateralKernel, radius: arb) -> arb:
    ratio = kernel.A * kernel.near**2 / (kernel.B * kernel.far**2)
    power = radius**2 / (kernel.far**2 - kernel.near**2)
    found: arb = kernel.A * (1 - kernel.near**2 / kernel.far**2) * (power * ratio.log()).exp()
    return found
