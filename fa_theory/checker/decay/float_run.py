"""A run in verified binary64: in floats or in pairs of floats, with the bounds of the theorem carried along.

Floats are tried first, and where their bits do not suffice, the run begins again in pairs. ReLU networks need pairs at
once; several outputs, and GELU, have floats only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.binary64.bounds import largest
from fa_theory.checker.binary64.environment import Unfit, examine
from fa_theory.checker.binary64.products import OutOfRange

from . import relu, sharp
from .floats import BINARY64, Away, FloatShadow, FloatStep, KinkedFloatShadow, Orbit
from .pairs import PairOrbit
from .sharp_pairs import SharpPairOrbit
from .trajectory import MAX_FLOAT_COST, Enclosure, Watch, float_cost, unwatched

_EXACT = 192


class Lost(ArithmeticError):
    """The bounds are too large."""


@dataclass(frozen=True)
class At:
    """The run at a step: an exact state, Z there with ζ, and how far from it the run may be."""

    t: int
    N: Any
    beta: Any
    known: tuple[Any, arb]
    away: Away


def widths(state: doc.ExactState, steps: int) -> tuple[int, ...]:
    """Floats per number, in the order in which they are tried; none that would take too long after the first."""
    if state.activation == "relu":  # at kinks more bits are lost than a float has
        return (2,)
    return (1, 2) if sharp.covers(state) and float_cost(state, steps, 2) <= MAX_FLOAT_COST else (1,)


class FloatRun:
    """The run of a network from its exact initial state, with so many floats per number.

    Raises
    ------
    Unfit
        If the activation is not covered, or this machine's arithmetic is not what is assumed.
    """

    def __init__(self, state: doc.ExactState, lam: arb, cutoff: int | None, width: int) -> None:
        if state.activation not in BINARY64:
            raise Unfit(f"binary64 is not implemented for {state.activation}")
        n, p, k = state.X.nrows(), state.p, state.k
        examine((n, n, p), (n, p, n), (n, p, k), (p, n, k), (n, k, p), (n * k, n * k, n * k))
        self.state, self.cutoff, self.width = state, cutoff, width
        self.follow, self.orbit = followed(state, width)
        with ctx.workprec(_EXACT):
            self.regularised = 1 - state.eta * lam

    def start(self) -> At:
        """The run at step 0."""
        N, beta = self.orbit.start(self.state.by_output(self.state.beta))
        return At(0, N, beta, self.orbit.preactivations(N), self.follow.start())

    def keep(self, t: int) -> arb:
        """``1 − ηλ(t)``."""
        return self.regularised if self.cutoff is None or t < self.cutoff else arb(1)

    def look(self, at: At) -> FloatStep:
        """What is computed at a step."""
        step: FloatStep = self.orbit.step(at.N, at.beta, self.keep(at.t), at.known)[1]
        return step

    def step(self, at: At) -> tuple[At, FloatStep]:
        """The next step, and what was computed at this one."""
        N, step = self.orbit.step(at.N, at.beta, self.keep(at.t), at.known)
        away = self.follow.carry(step, at.away)
        if not (largest(away.nu.x) + away.mu + away.epsilon < 1):
            raise Lost(f"binary64 has too few bits{' in pairs of floats' if self.width == 2 else ''}")
        beta, known = step.following()
        return At(at.t + 1, N, beta, known, away), step

    def enclosure(self, at: At) -> Enclosure:
        """The state in balls."""
        n, p = self.state.X.nrows(), self.state.p
        last = self.look(at)
        with ctx.workprec(_EXACT):
            Z, zeta = at.known
            reach = [arb(v) for v in at.away.nu.x.tolist()]
            radii = [(zeta + length * r).upper() for length in self.follow.lengths for r in reach]
            around = [z + arb(0, radius) for z, radius in zip(self.orbit.balls(Z), radii, strict=True)]
            balls = [x + arb(0, at.away.mu) for x in self.orbit.balls(at.beta)]
            off = (last.errors.epsilon + at.away.epsilon).upper()
            error = arb_mat(last.e.size, 1, [arb(x, off) for x in last.e.ravel().tolist()])
            return Enclosure(arb_mat(n, p, self.orbit.balls(at.N)), reach, arb_mat(n, p, around), balls, error)


def followed(state: doc.ExactState, width: int) -> tuple[FloatShadow, Any]:
    """What carries the bounds along, and what takes the steps."""
    if state.activation == "relu":
        follow = relu.ReluShadow(state) if relu.covers(state) else KinkedFloatShadow(state)
        return follow, PairOrbit(state)
    if sharp.covers(state):
        sharper = sharp.SharpShadow(state)
        return sharper, SharpPairOrbit(state, sharper) if width == 2 else sharp.SharpOrbit(state, sharper)
    plain = FloatShadow(state)
    return plain, Orbit(state, plain)


def enclose(
    state: doc.ExactState, lam: arb, cutoff: int | None, steps: int, *, watch: Watch = unwatched
) -> Enclosure | tuple[int, str]:
    """Enclose the state after some steps, as `trajectory.enclose` does."""
    found: Enclosure | tuple[int, str] = 0, ""
    for width in widths(state, steps):
        found = _enclose(state, lam, cutoff, steps, width, watch)
        if isinstance(found, Enclosure):
            break
    return found


def _enclose(
    state: doc.ExactState, lam: arb, cutoff: int | None, steps: int, width: int, watch: Watch
) -> Enclosure | tuple[int, str]:
    t = 0
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused
            run = FloatRun(state, lam, cutoff, width)
            at = run.start()
            for t in range(steps):
                at, _ = run.step(at)
                watch(t + 1, steps)
            return run.enclosure(at)
    except Unfit as why:
        return 0, str(why)
    except (Lost, OutOfRange) as why:
        return t, f"the enclosure is lost at step {t} of {steps}: {why}"
