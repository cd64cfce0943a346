"""Lateral excitation and inhibition on periodic lattices: kernels, their Fourier transforms, and thresholds.

The kernel is a difference of Gaussians with masses A > 0 (excitation) and B > 0 (inhibition) and radii σ_E < σ_I. One
formula serves floats and balls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from fa_theory.errors import InputError
from fa_theory.model.ball import Array

SIDE = 32
"""Sites along each side of the standard torus."""


@dataclass(frozen=True)
class LateralKernel:
    """``k(x) = A N(x; σ_E²) − B N(x; σ_I²)``; numbers may be floats or balls.

    Attributes
    ----------
    A, B
        Masses of excitation and inhibition.
    near, far
        Radii σ_E < σ_I, in distances between sites.

    Raises
    ------
    InputError
        If a mass or a radius is not positive, or the radii are not in order.

    Examples
    --------
    >>> kernel = LateralKernel(1.0, 1.0, 1.5, 3.0)
    >>> round(kernel.wavelength(), 1), round(float(kernel.threshold()), 4)
    (9.8, 2.1165)
    """

    A: Any = 1.0
    B: Any = 1.0
    near: Any = 1.5
    far: Any = 3.0

    def __post_init__(self) -> None:
        if not (self.A > 0 and self.B > 0 and 0 < self.near < self.far):
            raise InputError(
                f"expected masses > 0 and radii 0 < σ_E < σ_I but got A = {self.A}, B = {self.B}, "
                f"σ_E = {self.near}, σ_I = {self.far}"
            )

    def symbol(self, x: Any) -> Any:
        """``k̂`` at ``x = q²/2`` on the continuous plane: ``A exp(−σ_E² x) − B exp(−σ_I² x)``."""
        return self.A * _exp(-(self.near**2) * x) - self.B * _exp(-(self.far**2) * x)

    def patterned(self) -> bool:
        """Whether the largest ``k̂`` is at a q > 0: ``B σ_I² > A σ_E²``."""
        return bool(self.B * self.far**2 > self.A * self.near**2)

    def peak(self) -> Any:
        """``x* = q*²/2``, where ``k̂`` is largest; 0 if it falls from q = 0 on."""
        if not self.patterned():
            return 0 * self.near
        return _log(self.B * self.far**2 / (self.A * self.near**2)) / (self.far**2 - self.near**2)

    def largest(self) -> Any:
        """The largest ``k̂``, in closed form."""
        if not self.patterned():
            return self.A - self.B
        ratio = self.A * self.near**2 / (self.B * self.far**2)
        power = self.near**2 / (self.far**2 - self.near**2)
        return self.A * (1 - self.near**2 / self.far**2) * _exp(power * _log(ratio))

    def threshold(self) -> Any:
        """The gain ``1/max k̂`` from which on some mode grows."""
        return 1 / self.largest()

    def wavelength(self) -> float:
        """``2π/q*``, in sites."""
        x = float(self.peak())
        if x <= 0:
            raise InputError("this kernel has no pattern, so no wavelength; take B σ_I² > A σ_E²")
        return float(2 * np.pi / np.sqrt(2 * x))

    def on_torus(self, side: int = SIDE, rows: int | None = None) -> Array:
        """Symbols of all modes of a torus of ``rows × side`` sites, in the order of `numpy.fft`; default: a square."""
        parts = []
        for sigma in (self.near, self.far):
            down, across = (np.real(np.fft.fft(ring(sigma, sites))) for sites in (rows or side, side))
            parts.append(np.outer(down, across))
        found: Array = self.A * parts[0] - self.B * parts[1]
        return found

    def on_ring(self, side: int) -> Array:
        """Symbols of all modes of a ring of ``side`` sites, ``(side,)``."""
        found: Array = self.on_torus(side, 1)[0]
        return found


def ring(sigma: float, side: int) -> Array:
    """A Gaussian on a ring of sites, of mass 1, ``(side,)``; the displacement at index m is the shorter way round.

    Examples
    --------
    >>> found = ring(1.0, 8)
    >>> bool(abs(found.sum() - 1) < 1e-15 and found[1] == found[-1])
    True
    """
    m = np.arange(side)
    distance = np.minimum(m, side - m)
    found: Array = np.exp(-(distance**2) / (2 * float(sigma) ** 2))
    share: Array = found / found.sum()
    return share


def enclosed_threshold(kernel: LateralKernel, side: int = SIDE) -> tuple[arb, tuple[int, int]]:
    """The threshold of a torus as a ball, by the sums over all sites for every mode; and the mode that has it."""
    near, far = (_cosine_sums(arb(sigma), side) for sigma in (kernel.near, kernel.far))
    best, where = arb(0), (0, 0)
    for j in range(side // 2 + 1):
        for l_ in range(j + 1):
            value = arb(kernel.A) * near[j] * near[l_] - arb(kernel.B) * far[j] * far[l_]
            if value.mid() > best.mid():
                where = (j, l_)
            best = best.max(value)
    return 1 / best, where


def _cosine_sums(sigma: arb, side: int) -> list[arb]:
    """``Σ_m g(m) cos(2πjm/side)`` over the ring for every mode j up to half."""
    weights = [(-(arb(min(m, side - m)) ** 2) / (2 * sigma**2)).exp() for m in range(side)]
    mass = sum(weights, arb(0))
    cosines = [(2 * arb.pi() * m / side).cos() for m in range(side)]
    return [
        sum((w * cosines[j * m % side] for m, w in enumerate(weights)), arb(0)) / mass for j in range(side // 2 + 1)
    ]


def _exp(x: Any) -> Any:
    return x.exp() if isinstance(x, arb) else np.exp(x)


def _log(x: Any) -> Any:
    return x.log() if isinstance(x, arb) else np.log(x)
