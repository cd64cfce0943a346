"""L5: a finger falls silent, and the map reorganises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Planned

from .energy import CODING
from .maps import MapPlan
from .patterns import ABSTRACT
from .touch import FINGERS, Hand, reorganised

SIDE = 8
SMALL = MapPlan(side=SIDE, steps=60, batch=40, inference=15)
AFTERWARDS = 100
"""Steps after the change."""
MIDDLE = 2
DELTA = 0.3


def reassigned(p: int, rng: np.random.Generator, *, silent: int | None = MIDDLE) -> bool:
    """Whether the middle finger loses more than half of its territory, and all others together gain."""
    found = reorganised(replace(SMALL, side=p), Hand(), rng, silent=silent, steps=AFTERWARDS)
    return found.shares[0, MIDDLE] > 0 and found.lost(MIDDLE) > 0.5


def kept(p: int, rng: np.random.Generator) -> bool:
    """Whether no finger loses half of its territory if nothing changes."""
    found = reorganised(replace(SMALL, side=p), Hand(), rng, silent=None, steps=AFTERWARDS)
    return max(found.lost(finger) for finger in range(len(FINGERS))) < 0.5


TRIALS = Trials(15, 60, 300)
LOST = Planned(reassigned, (SIDE,), TRIALS, DELTA, "the silent finger loses half of its territory", name="silence")
KEPT = Planned(kept, (SIDE,), TRIALS, DELTA, "no finger loses half of its territory", name="no change")


def _never_touched(context: Context) -> CheckOutcome:
    found = Hand().touches(context.rng("silent"), 500, MIDDLE).reshape(500, len(FINGERS), -1)
    return CheckOutcome(not found[:, MIDDLE].any(), "a silent finger sends nothing; its neighbours are touched alone")


def _no_learning(context: Context) -> CheckOutcome:
    found = reorganised(replace(SMALL, rate=0.0), Hand(), context.rng("rate"), silent=MIDDLE, steps=20)
    return CheckOutcome(found.lost(MIDDLE) == 0, "step size 0: the map stays as it is")


def _five(context: Context) -> CheckOutcome:
    found = reorganised(SMALL, Hand(), context.rng("five"), silent=MIDDLE, steps=AFTERWARDS)
    half = found.half_time(MIDDLE)
    return CheckOutcome(
        bool(np.all(found.shares[0] > 0)) and half is not None,
        "shares of the fingers "
        + ", ".join(f"{x:.2f}" for x in found.shares[0])
        + " before, "
        + ", ".join(f"{x:.2f}" for x in found.shares[-1])
        + f" after; half of the territory lost in {half or 0:.0f} steps",
    )


silenced = Claim(
    id="lufkin2022.silenced-finger",
    title="A map of the hand gives the territory of a silent finger to the others",
    kind=Kind.CONJECTURE,
    bound=Bound.PROBABILITY,
    summary="A finger that falls silent loses more than half of its territory in 100 steps; else no finger does.",
    statement=rf"""Train a map of {SIDE} × {SIDE} neurons on touches of a hand of {len(FINGERS)} fingers, and let
the middle finger fall silent. With probability at least ${1 - DELTA:g}$ over starts and touches it loses more than half
of the neurons that preferred it within {AFTERWARDS} steps; and with the same probability no finger loses half of its
neurons in that time if nothing changes.""",
    hypotheses=(
        CODING,
        Hypothesis(
            "hand",
            "$12$ receptors along each finger; a touch is a Gaussian bump on one finger, or on two that are neighbours",
        ),
    ),
    source=Source(
        "lufkin2022",
        "experiments with a synthetic model of somatosensory input",
        Fidelity.ADAPTED,
        f"With a hand, a rule of learning and sizes of our own. {ABSTRACT}",
        proved=False,
    ),
    uses=("lufkin2022.energy-descent",),
    probability=1 - DELTA,
    procedures=(LOST, KEPT),
    mutants=(
        LOST.elsewhere(
            "nothing changes",
            "the middle finger loses half of its territory in any case",
            lambda p, rng: reassigned(p, rng, silent=None),
            8,
        ),
        LOST.stronger("more than the trials show", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(
        Check("no touch", "the silent finger", _never_touched),
        Check("rate 0", "receptive fields that do not change", _no_learning),
    ),
    witness=Check("non-vacuity", "all fingers have a territory at first", _five),
)
