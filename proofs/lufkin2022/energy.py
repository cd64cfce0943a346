"""L2: sparse coding with lateral excitation and inhibition: an energy, and steps that lower it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.model.ball import Array, Ball, balls

from .patterns import ABSTRACT
from .theorems import proximal

LOCATOR = "on sparse coding in networks of excitatory and inhibitory neurons"
CODING = Hypothesis(
    "sparse coding with lateral coupling",
    r"$F(a) = \frac12 \|x - \Phi a\|_2^2 + \frac12 a^\top L a + \sum_i \lambda_i |a_i|$ with symmetric $L$ and "
    r"$\lambda_i \ge 0$; $L$ holds lateral excitation (negative entries) and inhibition (positive entries)",
)
STEP = Hypothesis(
    "proximal step",
    r"$p_i = \max(z_i - \eta\lambda_i, 0) - \max(-z_i - \eta\lambda_i, 0)$ with "
    r"$z = a - \eta\,(\Phi^\top(\Phi a - x) + L a)$; "
    r"for codes that are not negative $p_i = \max(z_i - \eta\lambda_i, 0)$",
)
SIZE = Hypothesis(
    "step size",
    r"$\eta \ge 0$ and $\eta \Lambda \le 1$, where $\|\Phi v\|_2^2 + v^\top L v \le \Lambda \|v\|_2^2$ for all $v$",
)


@dataclass(frozen=True, eq=False)
class Coder:
    """A dictionary with lateral coupling; arrays of floats or of balls.

    Attributes
    ----------
    Phi
        Dictionary, ``(d, n)``: column i is the receptive field of neuron i.
    L
        Symmetric lateral matrix, ``(n, n)``.
    sparsity
        Weights ``λ_i ≥ 0`` of activity, ``(n,)``.
    signed
        Whether activities may be negative.
    """

    Phi: Array
    L: Array
    sparsity: Array
    signed: bool = True

    def energy(self, x: Array, a: Array) -> Any:
        """``F(a)``, for inputs ``(d,)`` and codes ``(n,)``."""
        gap = x - self.Phi @ a
        return np.sum(gap * gap) / 2 + np.sum(a * (self.L @ a)) / 2 + np.sum(self.sparsity * np.abs(a))

    def step(self, x: Array, a: Array, eta: Any) -> Array:
        """A proximal step of size η."""
        z = a - eta * (self.Phi.T @ (self.Phi @ a - x) + self.L @ a)
        k = eta * self.sparsity
        found: Array = _positive(z - k) - _positive(-z - k) if self.signed else _positive(z - k)
        return found

    def bound(self) -> float:
        """The largest eigenvalue of ``ΦᵀΦ + L``, in floats."""
        return float(np.linalg.eigvalsh(self.Phi.T @ self.Phi + self.L)[-1])


def _positive(z: Array) -> Array:
    """``max(z, 0)``, for balls as the hull of both where the sign is not known."""
    if z.dtype != object:
        positive: Array = np.maximum(z, 0.0)
        return positive
    found = np.empty_like(z)
    for at, value in np.ndenumerate(z):
        found[at] = Ball(value.arb.max(0))
    return found


def random_coder(rng: np.random.Generator, *, signed: bool, d: int = 3, n: int = 4) -> tuple[Coder, Array, Array]:
    """A coder, an input and a code in exact dyadic numbers."""

    def dyadic(*shape: int) -> Array:
        found: Array = np.round(rng.standard_normal(shape) * 64) / 64
        return found

    half = dyadic(n, n)
    a = dyadic(n)
    coder = Coder(dyadic(d, n), half + half.T, np.abs(dyadic(n)), signed)
    return coder, dyadic(d), a if signed else np.abs(a)


def _descends(rng: np.random.Generator) -> Instance:
    """``ηF(p) + ½‖p − a‖² ≤ ηF(a)`` in balls; Λ is a Frobenius norm, which is a bound whatever was rounded."""
    coder, x, a = random_coder(rng, signed=bool(rng.integers(2)))
    whole = Coder(balls(coder.Phi), balls(coder.L), balls(coder.sparsity), coder.signed)
    matrix = whole.Phi.T @ whole.Phi + whole.L
    eta = 1 / Ball(np.sum(matrix * matrix)).root_of_square()
    inputs, before = balls(x), balls(a)
    after = whole.step(inputs, before, eta)
    moved = after - before
    fallen = eta * whole.energy(inputs, before) - eta * whole.energy(inputs, after) - np.sum(moved * moved) / 2
    return Instance(margins=(fallen,))


def run(coder: Coder, x: Array, a: Array, eta: float, steps: int) -> Array:
    """The energies along proximal steps, ``(steps + 1,)``."""
    found = [float(coder.energy(x, a))]
    for _ in range(steps):
        a = coder.step(x, a, eta)
        found.append(float(coder.energy(x, a)))
    return np.array(found)


def _large_steps(context: Context) -> CheckOutcome:
    """A step three times too large raises the energy of some input."""
    for i in range(50):
        coder, x, a = random_coder(context.rng("large", i), signed=True)
        coder = Coder(coder.Phi, np.zeros_like(coder.L), coder.sparsity)
        before, after = run(coder, x, a, 3 / coder.bound(), 1)
        if after > before * (1 + 1e-6):
            return CheckOutcome(True, f"input {i}: a step of 3/Λ raises the energy from {before:.3f} to {after:.3f}")
    return CheckOutcome(False, "no step of 3/Λ raised the energy")


def _no_lateral(context: Context) -> CheckOutcome:
    coder, x, _ = random_coder(context.rng("L=0"), signed=True)
    coder = Coder(coder.Phi, np.zeros_like(coder.L), np.zeros(4))
    found = run(coder, x, np.zeros(4), 1 / coder.bound(), 4000)
    least = float(np.sum((x - coder.Phi @ np.linalg.lstsq(coder.Phi, x)[0]) ** 2) / 2)
    return CheckOutcome(abs(found[-1] - least) < 1e-6, f"λ = 0, L = 0: gradient descent, to least squares {least:.2e}")


def _no_input(context: Context) -> CheckOutcome:
    coder, _, _ = random_coder(context.rng("x=0"), signed=True)
    found = coder.step(np.zeros(3), np.zeros(4), 1.0)
    return CheckOutcome(not found.any(), "x = 0, a = 0: nothing moves")


def _still(context: Context) -> CheckOutcome:
    coder, x, a = random_coder(context.rng("η=0"), signed=True)
    return CheckOutcome(bool(np.array_equal(coder.step(x, a, 0.0), a)), "η = 0: nothing moves")


def _falls(context: Context) -> CheckOutcome:
    coder, x, a = random_coder(context.rng("falls"), signed=False)
    coder = Coder(coder.Phi, np.abs(coder.L), coder.sparsity, signed=False)
    found = run(coder, x, a, 1 / coder.bound(), 100)
    return CheckOutcome(
        bool(np.all(np.diff(found) <= 1e-12)), f"the energy falls from {found[0]:.3f} to {found[-1]:.3f} in 100 steps"
    )


descent = Claim(
    id="lufkin2022.energy-descent",
    title="Proximal steps lower the energy of sparse coding with lateral coupling",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="For any dictionary and lateral coupling a proximal step with η ≤ 1/Λ lowers ηF by at least ½‖p − a‖².",
    statement=r"""A proximal step from $a$ to $p$ satisfies
\[ \eta\, F(p) + \tfrac12 \|p - a\|_2^2 \;\le\; \eta\, F(a) , \]
whatever the dictionary $\Phi$, the input $x$ and the lateral matrix $L$, which need not be positive. The same holds for
codes $a \ge 0$ that stay so, with the one-sided step.""",
    hypotheses=(CODING, STEP, SIZE),
    source=Source(
        "lufkin2022",
        LOCATOR,
        Fidelity.ADAPTED,
        f"The energy and its proximal steps are those of sparse coding; the paper's algorithm may differ. {ABSTRACT}",
    ),
    procedures=(
        Proved(proximal.signed, name="proof"),
        Proved(proximal.nonnegative, name="proof for codes that are not negative"),
        Instances(_descends, Trials(60, 600, 6000), name="descent in ball arithmetic"),
    ),
    mutants=(
        *wrong_proofs(proximal.signed, *proximal.MUTANTS_OF_SIGNED),
        *(
            Check(f"{each.name} (one-sided)", each.says, each.run)
            for each in wrong_proofs(proximal.nonnegative, *proximal.MUTANTS_OF_NONNEGATIVE)
        ),
        Check("steps of any size", "the energy falls for η = 3/Λ", _large_steps),
    ),
    degenerate=(
        Check("λ=0, L=0", "gradient descent on squared error", _no_lateral),
        Check("x=0", "no input and no activity", _no_input),
        Check("η=0", "no step", _still),
    ),
    witness=Check("non-vacuity", "a run of 100 steps", _falls),
)
