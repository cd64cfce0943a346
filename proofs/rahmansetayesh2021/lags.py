"""The lag structure of alignment on digits: which earlier steps a step aligns with, and what labels contribute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Planned
from fa_theory.model.ball import Array

from ..shared.images import Images, images
from .classifier import BATCH, STEP_SIZE, WIDTH, Classifier, batches, by_lag, error_signals, pair_gains
from .driven import ABSTRACTS


@dataclass(frozen=True)
class LagPlan:
    """A run whose steps are recorded.

    Attributes
    ----------
    p, batch, step_size
        Width, images in a batch, and step size.
    epochs, warmup
        Epochs of training, and those at the start that are left out.
    reshuffled
        Whether every epoch has an order of its own.
    shuffled_labels
        Whether labels are dealt out at random, once for all.
    """

    p: int = WIDTH
    batch: int = BATCH
    step_size: float = STEP_SIZE
    epochs: int = 7
    warmup: int = 3
    reshuffled: bool = False
    shuffled_labels: bool = False

    def run(self, data: Images, rng: np.random.Generator) -> tuple[Array, float]:
        """The mean gain by lag, over that at lag 0, and the alignment at the end."""
        epoch = len(data.X) // self.batch
        network = Classifier.drawn(rng, p=self.p, d=data.X.shape[1], k=data.classes, normalised=False)
        labels = rng.permutation(data.labels) if self.shuffled_labels else data.labels
        inputs, errors = [], []
        for t, rows in enumerate(
            islice(batches(len(data.X), self.batch, rng, reshuffled=self.reshuffled), epoch * self.epochs)
        ):
            X = data.X[rows]
            if t >= epoch * self.warmup:
                inputs.append(X)
                errors.append(error_signals(network.output(X), labels[rows]))
            network = network.step(X, labels[rows], step_size=self.step_size)
        gains = pair_gains(np.stack(inputs), np.stack(errors), network.b)
        return by_lag(gains, epoch * (self.epochs - self.warmup - 1) + 1), network.alignment


PLAN = LagPlan()
DELTA = 0.3


def _peaks(gains: Array, epoch: int) -> bool:
    """Whether the gain is at least ½ at multiples of the epoch, and below ½ elsewhere."""
    multiples = np.arange(len(gains)) % epoch == 0
    return bool(np.all(gains[multiples] >= 0.5) and np.all(np.abs(gains[~multiples]) < 0.5))


def structured(p: int, rng: np.random.Generator, *, plan: LagPlan = PLAN) -> bool:
    data = images("")
    epoch, seed = len(data.X) // plan.batch, int(rng.integers(2**32))
    fixed, _ = replace(plan, p=p).run(data, np.random.default_rng(seed))
    mixed, _ = replace(plan, p=p, reshuffled=True).run(data, np.random.default_rng(seed))
    return _peaks(fixed, epoch) and bool(np.all(np.abs(mixed[1:]) < 0.5))


def labels_matter(p: int, rng: np.random.Generator) -> bool:
    data, seed = images(""), int(rng.integers(2**32))
    (_, true), (_, shuffled) = (
        replace(PLAN, p=p, reshuffled=True, shuffled_labels=mixed).run(data, np.random.default_rng(seed))
        for mixed in (False, True)
    )
    return true > shuffled


def _reshuffled(p: int, rng: np.random.Generator) -> bool:
    data = images("")
    gains, _ = replace(PLAN, p=p, reshuffled=True).run(data, rng)
    return _peaks(gains, len(data.X) // PLAN.batch)


TRIALS = Trials(15, 60, 300)
STRUCTURE = Planned(
    structured, (WIDTH,), TRIALS, DELTA, "peaks at multiples of the epoch, and only without reshuffling", name="lags"
)
LABELS = Planned(
    labels_matter, (WIDTH,), TRIALS, DELTA, "true labels align better than shuffled ones", name="shuffled labels"
)


def _full_batches(context: Context) -> CheckOutcome:
    """One batch is the whole epoch: every lag is a multiple."""
    data = images("")
    gains, _ = replace(PLAN, batch=len(data.X), epochs=14).run(data, context.rng("full"))
    return CheckOutcome(bool(np.all(gains > 0.5)), f"gains at lags 0 to {len(gains) - 1}: at least {gains.min():.2f}")


def _no_feedback(context: Context) -> CheckOutcome:
    rng = context.rng("b=0")
    gains = pair_gains(rng.standard_normal((3, 2, 4)), rng.standard_normal((3, 2, 5)), np.zeros((7, 5)))
    return CheckOutcome(not gains.any(), "no feedback: no pair of steps gains anything")


def _learns(context: Context) -> CheckOutcome:
    _, aligned = PLAN.run(images(""), context.rng("learns"))
    return CheckOutcome(aligned > 0.2, f"cos∠(b, β) = {aligned:.3f} after {PLAN.epochs} epochs")


lag_structure = Claim(
    id="rahmansetayesh2021.lag-structure",
    title="Steps align with the steps that saw the same images",
    kind=Kind.CONJECTURE,
    bound=Bound.PROBABILITY,
    summary="On digits in a fixed order, gains peak at lags of whole epochs; reshuffling removes it, labels matter.",
    statement=rf"""Let $G(o)$ be the mean of $\langle b, bM \rangle$ over pairs of steps with lag $o$, and let an epoch
have $E$ steps. With probability at least ${1 - DELTA:g}$ over weights and orders: $G(o) \ge \frac12 G(0)$ at the
lags $o = E, 2E, 3E$ and $|G(o)| < \frac12 G(0)$ at all other lags between, if every epoch has the same order;
$|G(o)| < \frac12 G(0)$ at all lags $o \ge 1$ if every epoch has an order of its own; and training with true labels ends
with a higher alignment $\cos\angle(b, \beta)$ than training with labels dealt out at random.""",
    hypotheses=(
        Hypothesis(
            "digits in epochs",
            rf"ReLU network with $p = {WIDTH}$ hidden neurons and softmax on scikit-learn's digits, batches of "
            rf"${BATCH}$, step size {STEP_SIZE:g}, {PLAN.epochs} epochs of feedback alignment, "
            rf"the first {PLAN.warmup} left out of $G$",
        ),
        Hypothesis(
            "matrix of a pair of batches",
            r"$M = \sum_{i,l} e_l(s)\, \bigl(x_l(s) \cdot x_i(t)\bigr)\, e_i(t)^\top$; slopes of hidden neurons "
            "are left out",
        ),
    ),
    source=Source(
        "rahmansetayesh2021",
        "simulations of lags, shuffled epochs and shuffled labels",
        Fidelity.ADAPTED,
        f"On digits instead of MNIST, with the threshold ½. {ABSTRACTS}",
        proved=False,
    ),
    uses=("rahmansetayesh2021.symmetric-part",),
    probability=1 - DELTA,
    procedures=(STRUCTURE, LABELS),
    mutants=(
        STRUCTURE.elsewhere(
            "reshuffled epochs", "the same peaks if every epoch has an order of its own", _reshuffled, 8
        ),
        STRUCTURE.stronger("more than the trials show", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(
        Check("one batch", "a batch that is the whole epoch", _full_batches),
        Check("b=0", "no feedback", _no_feedback),
    ),
    witness=Check("non-vacuity", "the network aligns", _learns),
)
