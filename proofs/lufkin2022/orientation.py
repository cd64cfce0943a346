"""L3: receptive fields of natural images form an orientation map, and do not without lateral coupling."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Planned

from .energy import CODING
from .maps import MapPlan, TopographicMap, trained
from .patches import noise, patches
from .patterns import ABSTRACT
from .topography import alike, correlations, orientations, permutation_test, pinwheels

SIDE, SIZE = 8, 8
"""Neurons along each side, and pixels along each side of a patch, in the claim."""
SMALL = MapPlan(side=SIDE, steps=60, batch=50, inference=20)
LEVEL = 0.01
DELTA = 0.3


def of_images(rng: np.random.Generator, count: int, size: int = SIZE) -> np.ndarray:
    return patches(rng, count, size)


def seen(plan: MapPlan, rng: np.random.Generator, *, natural: bool = True, size: int = SIZE) -> TopographicMap:
    """A map of natural patches, or of white noise."""
    return trained(plan, partial(patches if natural else noise, size=size), size**2, rng)


def selectivity(found: TopographicMap, size: int = SIZE) -> float:
    """Mean selectivity for orientation."""
    return float(np.mean(np.abs(orientations(found.Phi, size))))


def ordered(p: int, rng: np.random.Generator, *, lateral: float = SMALL.lateral) -> bool:
    """Whether receptive fields are oriented, neighbours alike, and pinwheels fewer than by chance."""
    plan = replace(SMALL, side=p, lateral=lateral)
    found, of_noise = seen(plan, rng), seen(plan, rng, natural=False)
    z = orientations(found.Phi, SIZE)
    fields = permutation_test(correlations(found.Phi), p, rng)
    turned = permutation_test(alike(z), p, rng)
    chance = float(np.mean([len(pinwheels(rng.permutation(z), p)) for _ in range(20)]))
    orderly = max(fields.p, turned.p) <= LEVEL and len(pinwheels(z, p)) < chance
    return bool(orderly and selectivity(found) > 1.2 * selectivity(of_noise))


ORDERED = Planned(ordered, (SIDE,), Trials(15, 60, 300), DELTA, "an orientation map", name="maps of natural patches")


def _one_batch(context: Context) -> CheckOutcome:
    """Without training: random fields, and no order."""
    rng = context.rng("untrained")
    found = TopographicMap(SMALL, SIZE**2, rng)
    order = permutation_test(correlations(found.Phi), SIDE, rng)
    return CheckOutcome(order.p > LEVEL, f"no steps: similarity {order.similarity:+.3f}, p = {order.p:.3f}")


def _white(context: Context) -> CheckOutcome:
    rng = context.rng("white")
    found = selectivity(seen(SMALL, rng, natural=False)), selectivity(seen(SMALL, rng))
    return CheckOutcome(found[0] < found[1], f"selectivity {found[0]:.2f} on noise, {found[1]:.2f} on photographs")


def _shown(context: Context) -> CheckOutcome:
    rng = context.rng("map")
    found = seen(SMALL, rng)
    order = permutation_test(correlations(found.Phi), SIDE, rng)
    wheels = pinwheels(orientations(found.Phi, SIZE), SIDE)
    balance = sum(sign for *_, sign in wheels)
    return CheckOutcome(
        order.p <= LEVEL and balance == 0,
        f"similarity {order.similarity:.2f}, shuffled {order.null:+.2f} ± {order.deviation:.2f}; "
        f"{len(wheels)} pinwheels, as many of either sign",
    )


orientation_map = Claim(
    id="lufkin2022.orientation-map",
    title="Natural images and lateral coupling make an orientation map",
    kind=Kind.CONJECTURE,
    bound=Bound.PROBABILITY,
    summary="On whitened photographs receptive fields get oriented and neighbours alike, with pinwheels; not if L = 0.",
    statement=rf"""Train a map of {SIDE} × {SIDE} neurons on whitened patches of {SIZE} × {SIZE} pixels. With
probability at least ${1 - DELTA:g}$ over starts and patches: neighbouring receptive fields correlate, and prefer
similar orientations, more than in shuffled maps (permutation tests at the level {LEVEL:g}); there are fewer
pinwheels than in shuffled maps; and fields are more selective for orientation than those of a map trained on white
noise, by a factor of more than 1.2.""",
    hypotheses=(
        CODING,
        Hypothesis(
            "map",
            r"$a \ge 0$, $L = -\gamma K / \max \hat k$ with a difference of Gaussians on a torus, $\gamma = 3$; "
            r"$\Phi_i \mapsto \Phi_i + \epsilon\, \overline{a_i x}$, then $\|\Phi_i\|_2 = 1$; thresholds "
            r"$\lambda_i$ rise where activity is above average; the radius of excitation shrinks from 1.5 to 1",
        ),
    ),
    source=Source(
        "lufkin2022",
        "experiments with natural images",
        Fidelity.ADAPTED,
        f"With a rule of learning of our own, on the two photographs of scikit-learn. {ABSTRACT}",
        proved=False,
    ),
    uses=("lufkin2022.energy-descent",),
    probability=1 - DELTA,
    procedures=(ORDERED,),
    mutants=(
        ORDERED.elsewhere("no lateral coupling", "the same with L = 0", lambda p, rng: ordered(p, rng, lateral=0.0), 8),
        ORDERED.stronger("more than the trials show", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(
        Check("no steps", "a map that is not trained", _one_batch),
        Check("white noise", "inputs without structure", _white),
    ),
    witness=Check("non-vacuity", "a map, and its pinwheels", _shown),
)
