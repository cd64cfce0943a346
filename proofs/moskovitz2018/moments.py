"""Laws of magnitudes: their moments as integrals that are enclosed, and what the angles take from them.

The integral over a normal number is one on [0, 30τ] and a tail: where v ≥ 2, ``v^m exp(−v²/2)`` with m ≤ 4 is less than
minus the derivative of ``(v³ + 4v) exp(−v²/2)``, so that its integral beyond R is at most ``(R³ + 4R) exp(−R²/2)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import acb, arb

from fa_theory.model.ball import Ball

CUT = 30
Moment = Callable[[int, arb], Ball]
"""From a power and a scale to the mean of that power of a random number of that scale."""


def normal(power: int, scale: arb) -> Ball:
    """``E |w|^m`` for a normal w of standard deviation ``scale``, 1 ≤ m ≤ 4, enclosed."""
    inside = acb.integral(lambda w, _: w**power * (-((w / scale) ** 2) / 2).exp(), 0, CUT * scale).real
    beyond = scale ** (power + 1) * (arb(CUT) ** 3 + 4 * CUT) * (-(arb(CUT) ** 2) / 2).exp()
    return Ball(inside + arb(0, beyond.upper())) * Ball((2 / arb.pi()).sqrt() / scale)


def uniform(power: int, scale: arb) -> Ball:
    """``E m^k`` for m uniform on [0, ``scale``], enclosed."""
    return Ball(acb.integral(lambda m, _: m**power / scale, 0, scale).real)


def constant(power: int, scale: arb) -> Ball:
    """The power itself: magnitudes that are all equal."""
    return Ball(scale**power)


@dataclass(frozen=True, slots=True)
class Magnitudes:
    """A law of magnitudes, and the constants in closed form that the integrals are to give.

    Attributes
    ----------
    moment
        The moments, by integration.
    limit
        What the cosine with normal weights tends to.
    spread
        ``κ``, the relative variances of ``|M||w|``, ``M²`` and ``w²`` together.
    """

    moment: Moment
    limit: Callable[[], arb]
    spread: Callable[[], arb]

    def integrated(self, magnitude: arb, weight: arb) -> tuple[Ball, Ball]:
        """Both constants from the integrals, for magnitudes and weights of these scales."""
        m, w = ([moment(k, scale) for k in (1, 2, 4)] for moment, scale in ((self.moment, magnitude), (normal, weight)))
        spread = m[1] * w[1] / (m[0] * w[0]) ** 2 + m[2] / m[1] ** 2 + w[2] / w[1] ** 2 - 3
        return m[0] * w[0] / (m[1] * w[1]).sqrt(), spread


LAWS = {
    "uSF": Magnitudes(constant, lambda: (2 / arb.pi()).sqrt(), lambda: arb.pi() / 2 + 1),
    "uniform": Magnitudes(
        uniform, lambda: (2 / arb.pi()).sqrt() * arb(3).sqrt() / 2, lambda: 2 * arb.pi() / 3 + arb(9) / 5
    ),
    "normal": Magnitudes(normal, lambda: 2 / arb.pi(), lambda: arb.pi() ** 2 / 4 + 3),
}
"""uSF; magnitudes uniform on [0, 1]; magnitudes of normal numbers."""


def mean_cosine(N: int) -> arb:
    """``√(N/π) Γ(N/2)/Γ((N+1)/2)``: the mean of ``‖w‖₁/(√N ‖w‖₂)`` for N normal weights."""
    return (N / arb.pi()).sqrt() * (arb(N) / 2).gamma() / (arb(N + 1) / 2).gamma()
