"""L6: neurons on a torus with lateral excitation and inhibition: firing rates, and leaky integrate-and-fire neurons.

Both have fast lateral coupling by a difference of Gaussians and slow local inhibition, of strength b and time τ. Their
linear part is the lattice of `patterns` and `waves`, whose thresholds are what the simulations are held against.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array

from .lattice import SIDE, LateralKernel
from .waves import SlowInhibition

ASYMMETRY = 0.5
"""Activity rises more steeply than it falls, which makes bumps rather than stripes."""


def response(x: Array) -> Array:
    """A saturating response with slope 1 at 0: ``(tanh(x − θ) + tanh θ)/(1 − tanh² θ)``."""
    low = np.tanh(ASYMMETRY)
    found: Array = (np.tanh(x - ASYMMETRY) + low) / (1 - low**2)
    return found


@dataclass(frozen=True)
class Sheet:
    """A torus of neurons.

    Attributes
    ----------
    gain
        γ over the threshold of the linear lattice without slow inhibition: a pattern forms above 1 (if b = 0).
    b, tau
        Strength and time constant of slow local inhibition.
    side, rows
        SpikingNeurons along each side; with ``rows`` a rectangle of ``rows × side``, with one row a ring.
    kernel
        Lateral excitation and inhibition.
    """

    gain: float
    b: float = 0.0
    tau: float = 5.0
    side: int = SIDE
    rows: int | None = None
    kernel: LateralKernel = field(default_factory=LateralKernel)

    def __post_init__(self) -> None:
        if not (self.gain > 0 and self.b >= 0 and self.tau > 0 and self.side >= 4):
            raise InputError(
                f"expected a gain > 0, b ≥ 0, τ > 0 and at least 4 neurons along a side but got {self.gain}, {self.b}, "
                f"{self.tau}, {self.side}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return (self.rows or self.side, self.side)

    def symbols(self) -> Array:
        """``γ k̂`` of the half of all modes that a real transform has."""
        khat = self.kernel.on_torus(self.side, self.rows)
        found: Array = (self.gain / khat.max() * khat)[:, : self.side // 2 + 1]
        return found

    def onset(self) -> float:
        """The gain, in the same units, from which on a mode grows."""
        if self.b == 0:
            return 1.0
        return float(SlowInhibition(self.kernel, self.b, self.tau).onset() * self.kernel.largest())

    def rates(self, rng: np.random.Generator, time: float, *, every: float = 1.0, dt: float = 0.05) -> Array:
        """``u̇ = −u + S(γ k∗u) − b v``, ``τ v̇ = −v + u`` from small random activity: frames, ``(T, rows, side)``."""
        symbols, shape = self.symbols(), self.shape
        u, v = 0.01 * rng.standard_normal(shape), np.zeros(shape)
        frames, per_frame = [], max(1, round(every / dt))
        for step in range(round(time / dt) + 1):
            if step % per_frame == 0:
                frames.append(u.copy())
            lateral = np.fft.irfft2(symbols * np.fft.rfft2(u), s=shape)
            u, v = u + dt * (response(lateral) - u - self.b * v), v + dt / self.tau * (u - v)
        return np.stack(frames)


@dataclass(frozen=True)
class SpikingNeurons:
    """Leaky integrate-and-fire neurons: ``V̇ = −V + I + w k∗s − w_b v + noise``, a spike and V = 0 where V ≥ 1.

    Time is in membrane time constants. Synapses s follow spikes with the time constant 1, slow inhibition v follows s.

    Attributes
    ----------
    drive, noise
        The current I, and the standard deviation of white noise.
    synapse
        Time constant of synapses.
    dt
        Time step.
    """

    drive: float = 1.2
    noise: float = 0.2
    synapse: float = 1.0
    dt: float = 0.02

    def rate(self, rng: np.random.Generator, drive: float, *, count: int = 500, time: float = 40.0) -> float:
        """Mean firing rate of neurons without coupling."""
        V, spikes, kick = rng.uniform(0, 1, count), 0, self.noise * np.sqrt(self.dt)
        for _ in range(round(time / self.dt)):
            V += self.dt * (drive - V) + kick * rng.standard_normal(count)
            fired = V >= 1
            spikes += int(fired.sum())
            V[fired] = 0.0
        return spikes / count / time

    def slope(self, rng: np.random.Generator) -> float:
        """How much the firing rate rises with the current, ``f'(I)``; the coupling threshold is ``1/(f' k̂_c)``."""
        step = 0.1
        high, low = (self.rate(rng, self.drive + sign * step) for sign in (1, -1))
        return (high - low) / (2 * step)

    def run(self, sheet: Sheet, rng: np.random.Generator, time: float, *, every: float = 1.0) -> Array:
        """Synaptic activity of spiking neurons as frames, ``(T, rows, side)``; the slope of the rate is part of γ."""
        slope, shape = self.slope(rng), sheet.shape
        symbols, mean = sheet.symbols() / slope, self.rate(rng, self.drive)
        V, s, v = rng.uniform(0, 1, shape), np.full(shape, mean), np.zeros(shape)
        kick, frames, per_frame = self.noise * np.sqrt(self.dt), [], max(1, round(every / self.dt))
        for step in range(round(time / self.dt) + 1):
            if step % per_frame == 0:
                frames.append(s.copy())
            current = self.drive + np.fft.irfft2(symbols * np.fft.rfft2(s), s=shape) - sheet.b / slope * v
            V += self.dt * (current - V) + kick * rng.standard_normal(shape)
            fired = V >= 1
            V[fired] = 0.0
            s += fired / self.synapse - self.dt / self.synapse * s
            v += self.dt / sheet.tau * (s - mean - v)
        return np.stack(frames)


def contrast(frames: Array) -> float:
    """Standard deviation over the sheet, of the mean of the last quarter of the frames."""
    return float(np.std(frames[-(len(frames) // 4) :].mean(axis=0)))


def activity(frames: Array) -> float:
    """Standard deviation over the sheet in single frames, over the last quarter of them."""
    return float(np.mean(np.std(frames[-(len(frames) // 4) :], axis=(1, 2))))


def persistence(frames: Array, lag: int) -> float:
    """Correlation of frames ``lag`` apart, over the last half of the run, each about its mean."""
    late = frames[len(frames) // 2 :].reshape(-1, frames[0].size)
    late = late - late.mean(axis=1, keepdims=True)
    a, b = late[:-lag], late[lag:]
    return float(np.mean(np.sum(a * b, axis=1) / np.sqrt(np.sum(a**2, axis=1) * np.sum(b**2, axis=1))))


def wave_number(frame: Array) -> float:
    """The mean wave number |q| of a frame, weighted by power, without the uniform mode."""
    power = np.abs(np.fft.fft2(frame)) ** 2
    power[0, 0] = 0.0
    down, across = (2 * np.pi * np.fft.fftfreq(sites) for sites in frame.shape)
    return float(np.sum(np.hypot(down[:, None], across) * power) / np.sum(power))
