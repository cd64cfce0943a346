"""A hand: five fingers with receptors, touched at random places; one finger falls silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array

from .maps import MapPlan, TopographicMap

FINGERS = ("thumb", "index", "middle", "ring", "little")


@dataclass(frozen=True)
class Hand:
    """Receptors along the fingers.

    Attributes
    ----------
    length
        Receptors along each finger.
    width
        Radius of a touch, in receptors.
    joint
        Share of touches that reach two neighbouring fingers.
    """

    length: int = 12
    width: float = 1.2
    joint: float = 0.25

    @property
    def receptors(self) -> int:
        return self.length * len(FINGERS)

    def touches(self, rng: np.random.Generator, count: int, silent: int | None = None) -> Array:
        """Touches of norm 1, ``(count, receptors)``; none is felt by the silent finger.

        Raises
        ------
        InputError
            If there is no such finger.
        """
        if silent is not None and not 0 <= silent < len(FINGERS):
            raise InputError(f"expected a finger from 0 to {len(FINGERS) - 1} but got {silent}")
        fingers = np.array([f for f in range(len(FINGERS)) if f != silent])
        first = rng.choice(fingers, count)
        second = np.where(rng.random(count) < self.joint, first + rng.choice([-1, 1], count), first)
        second = np.where(np.isin(second, fingers), second, first)
        places = np.arange(self.length) - rng.uniform(0, self.length - 1, count)[:, None]
        bumps = np.exp(-(places**2) / (2 * self.width**2))
        found = np.zeros((count, len(FINGERS), self.length))
        at = np.arange(count)
        found[at, first] = bumps
        found[at, second] = bumps
        flat = found.reshape(count, -1)
        touched: Array = flat / np.linalg.norm(flat, axis=1, keepdims=True)
        return touched

    def preferred(self, Phi: Array) -> Array:
        """The finger that each neuron prefers, ``(n,)``: where its receptive field has most of its power."""
        power = np.sum(Phi.reshape(len(FINGERS), self.length, -1) ** 2, axis=1)
        found: Array = np.argmax(power, axis=0)
        return found

    def territories(self, Phi: Array) -> Array:
        """Share of the neurons that prefer each finger, ``(5,)``."""
        found: Array = np.bincount(self.preferred(Phi), minlength=len(FINGERS)) / Phi.shape[1]
        return found


@dataclass(frozen=True, eq=False)
class Reorganisation:
    """Territories of the fingers while the statistics of touch change.

    Attributes
    ----------
    steps
        Steps since the finger fell silent, ``(T,)``.
    shares
        Shares of the fingers then, ``(T, 5)``.
    before, after
        The finger that each neuron prefers at the first and the last of these, ``(side²,)``.
    """

    steps: Array
    shares: Array
    before: Array
    after: Array

    def lost(self, finger: int) -> float:
        """The part of a finger's territory that it has lost at the end."""
        return float(1 - self.shares[-1, finger] / max(self.shares[0, finger], 1e-12))

    def half_time(self, finger: int) -> float | None:
        """Steps until half of the territory is lost, by interpolation; None if that never happens."""
        half, values = self.shares[0, finger] / 2, self.shares[:, finger]
        below = np.flatnonzero(values <= half)
        if not below.size or below[0] == 0:
            return None
        k = int(below[0])
        share = (values[k - 1] - half) / (values[k - 1] - values[k])
        return float(self.steps[k - 1] + share * (self.steps[k] - self.steps[k - 1]))

    def taken_by_neighbours(self, finger: int) -> float | None:
        """Of the neurons that left a finger, the part that prefer one of its neighbours; None if none left."""
        left = (self.before == finger) & (self.after != finger)
        if not left.any():
            return None
        return float(np.mean(np.abs(self.after[left] - finger) == 1))


def reorganised(
    plan: MapPlan,
    hand: Hand,
    rng: np.random.Generator,
    *,
    silent: int | None,
    steps: int,
    every: int = 10,
) -> Reorganisation:
    """Train a map on a hand, then go on for ``steps`` more with a finger silent (None: nothing changes)."""
    found = TopographicMap(plan, hand.receptors, rng)
    for _ in range(plan.steps):
        found.learn(hand.touches(rng, plan.batch))
    before, at, shares = hand.preferred(found.Phi), [0], [hand.territories(found.Phi)]
    for step in range(1, steps + 1):
        found.learn(hand.touches(rng, plan.batch, silent))
        if step % every == 0:
            at.append(step)
            shares.append(hand.territories(found.Phi))
    return Reorganisation(np.array(at), np.stack(shares), before, hand.preferred(found.Phi))
