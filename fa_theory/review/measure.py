"""What is measured of one network: every step of its run, and whether a certificate can be found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fa_theory.enclosure import deep
from fa_theory.enclosure.certificate import write
from fa_theory.enclosure.certify import CertificationOutcome, certify_run
from fa_theory.enclosure.start import certify_from_start
from fa_theory.errors import FATheoryError, InputError
from fa_theory.experiments.values import finite
from fa_theory.model.ball import Array, namespace
from fa_theory.model.deep_problem import DeepProblem
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule, from_above, from_output
from fa_theory.model.schedules import Schedule
from fa_theory.seeds import generator
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.moment import Moment, cosine, inner, root, stacked
from fa_theory.simulation.quantities import Quantity

from .plan import ReviewJob
from .rules import file_of

ROUNDING = 1e-12
"""A change of the loss by less than this, relative to ``‖e‖ (‖e‖ + ‖y‖)``, may be due to rounding; so may a cosine."""
FLOOR = 1e-10
"""Nor is a step looked at once ``‖e‖`` is below this part of ``‖y‖``."""
LOOKS = 201
"""Points of a curve that are kept for figures."""
LATEST = 3000
"""Last step at which a certificate is sought, if the run is not longer."""


def step_cosine(now: Moment) -> Array:
    """Cosines of the step and of that of backpropagation, before decay: of each layer, then of all together."""
    ours, theirs = (now.network.gradients(now.seen, now.signals(rule)) for rule in (now.learning.rule, Rule.BP))
    pairs = list(zip(ours, theirs, strict=True))
    both, of_ours, of_theirs = (
        stacked([inner(*pair) for pair in some]).sum(axis=1)
        for some in (pairs, [(A, A) for A, _ in pairs], [(B, B) for _, B in pairs])
    )
    return stacked([*(cosine(A, B) for A, B in pairs), both / root(of_ours) / root(of_theirs)])


def path_cosine(now: Moment) -> Array:
    """``cos∠(B, J)`` of each hidden layer: B takes errors to signals by the rule, J by backpropagation."""
    net, k = now.network, now.y.shape[-1]
    xp = namespace(now.y)
    layers: list[list[Array]] = [[] for _ in range(net.depth - 1)]
    for a in range(k):
        unit = xp.zeros_like(now.y) + xp.eye(k)[a]
        ours, theirs = (net.signals(now.seen, unit, now.y, rule) for rule in (now.learning.rule, Rule.BP))
        for column, B, J in zip(layers, ours, theirs, strict=False):
            column.append(xp.stack([inner(B, J), inner(B, B), inner(J, J)]))
    sums = [sum(column[1:], column[0]) for column in layers]
    return stacked([both / root(of_b) / root(of_j) for both, of_b, of_j in sums])


STEP = Quantity(
    "step_cosine",
    step_cosine.__doc__ or "",
    "cosine of steps",
    moved_weights=True,  # the step of the first weights, not of the products of inputs that may stand for them
    of_layers=step_cosine,
    axes=("layer",),
)
PATH = Quantity("path_cosine", path_cosine.__doc__ or "", r"$\cos\angle(B, J)$", of_layers=path_cosine, axes=("layer",))


def has_path(rule: Rule) -> bool:
    """Whether the signals of a rule are a linear image of the error, so that there is a map B."""
    return rule.signal in (from_above, from_output)


def reviewed(job: ReviewJob, out: Path) -> dict[str, Any]:
    """The record of one network.

    Parameters
    ----------
    job
        Which.
    out
        The folder of the results; certificates go into ``certificates`` below it.

    Returns
    -------
    dict
        As JSON; ``{"error": …}`` for what the user can correct.
    """
    try:
        return _reviewed(job, out)
    except FATheoryError as error:
        return {"error": str(error)}
    except Exception as error:
        if file_of(job.plan.rule) is None:
            raise
        return {"error": f"the rule {job.plan.rule} failed: {type(error).__name__}: {' '.join(str(error).split())}"}


def _reviewed(job: ReviewJob, out: Path) -> dict[str, Any]:
    plan, problem = job.plan, job.problem()
    rule = problem.learning.rule
    seed = int(generator(plan.seed, "review", "steps", job.number).integers(2**32))
    scored = classes(problem.y)
    ends = ["loss", *(["accuracy"] if scored else []), *(["test_accuracy"] if scored and problem.test else [])]
    record: list[str | Quantity] = [*ends, "layer_alignment", STEP, *([PATH] if has_path(rule) else [])]
    with np.errstate(all="ignore"):
        ours = simulate(problem, plan.steps, record=record, seed=seed, backend="numpy")
        # of the shapes that the feedback weights of the rule have
        backward = Rule("backpropagation", "beta", direct=rule.direct)
        theirs = simulate(problem, plan.steps, rule=backward, record=ends, seed=seed, backend="numpy")
    run = LossHistory(ours["loss"][0], ours["step_cosine"][0], float(np.linalg.norm(problem.y)), plan.law.loss)
    drawn = generator(plan.seed, "review", "drawn step", job.number)
    looks = np.unique(np.linspace(0, plan.steps, min(LOOKS, plan.steps + 1)).round().astype(int))
    return {
        **run.counted(drawn),
        "diverged": bool(ours.diverged[0] >= 0),
        "rate": run.rate,
        "rate of backpropagation": LossHistory(theirs["loss"][0], None, run.size, run.loss_name).rate,
        "path": _least(ours["path_cosine"][0]) if has_path(rule) else None,
        "alignment": [finite(x) for x in ours["layer_alignment"][0, -1]],
        "start": {name: finite(ours[name][0, 0]) for name in ends},
        "end": {name: finite(ours[name][0, -1]) for name in ends},
        "end of backpropagation": {name: finite(theirs[name][0, -1]) for name in ends},
        "curves": {
            "steps": looks.tolist(),
            "loss": [finite(x) for x in ours["loss"][0, looks]],
            "loss of backpropagation": [finite(x) for x in theirs["loss"][0, looks]],
            "step": [finite(x) for x in ours["step_cosine"][0, looks, -1]],
        },
        "certificate": _certificate(problem, job, out),
    }


def classes(y: Array) -> bool:
    """Whether targets are classes: one-hot rows, or the signs ±1.

    Examples
    --------
    >>> classes(np.eye(3)), classes(np.array([[1.0], [-1.0]])), classes(np.array([[0.5], [-1.0]]))
    (True, True, False)
    """
    if y.shape[1] == 1:
        return bool((abs(y) == 1).all())
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def _least(cosines: Array) -> list[float | None]:
    """The least over the run, of each layer."""
    return [finite(column[np.isfinite(column)].min()) if np.isfinite(column).any() else None for column in cosines.T]


@dataclass(frozen=True)
class LossHistory:
    """The losses of a run, and what follows from them.

    Attributes
    ----------
    loss
        ``(T + 1,)``.
    cosines
        `step_cosine`, ``(T + 1, L + 1)``; None if nobody asks.
    size
        ``‖y‖``.
    loss_name
        Name of the loss.
    """

    loss: Array
    cosines: Array | None
    size: float
    loss_name: str

    @property
    def error(self) -> Array:
        """``‖e‖`` at every step, or for another loss what has its size."""
        error: Array = np.sqrt(2 * self.loss)
        return error

    @property
    def above(self) -> Array:
        """At which steps the error is larger than rounding."""
        above: Array = np.isfinite(self.loss) & (self.error > FLOOR * self.size)
        return above

    def counted(self, rng: np.random.Generator) -> dict[str, Any]:
        """How many steps ascend and how many are obtuse, of those that rounding does not decide; and one at random."""
        assert self.cosines is not None
        rise, e = np.diff(self.loss), self.error[:-1]
        told = self.above[:-1] & (abs(rise) > ROUNDING * e * (e + self.size))
        lost = self.above[:-1] & ~np.isfinite(self.loss[1:])  # overflow is an ascent
        place = rng.random()
        obtuse = []
        for column in self.cosines.T:
            clear = self.above[:-1] & np.isfinite(column[:-1]) & (abs(column[:-1]) > ROUNDING)
            obtuse.append(_steps(clear, column[:-1] < 0, place))
        return {"ascents": _steps(told | lost, (rise > 0) | lost, place), "obtuse": obtuse}

    @property
    def rate(self) -> float | None:
        """The factor of ``‖e‖`` in a step, on geometric average over the second half of the run above rounding."""
        last = int(np.argmin([*self.above, False])) - 1
        first = last // 2
        if last <= first or not self.loss[first] > 0:
            return None
        return float((self.loss[last] / self.loss[first]) ** (1 / (2 * (last - first))))


def _steps(decided: Array, happens: Array, place: float) -> dict[str, Any]:
    """Counts, and whether it happens at one step drawn at random from those decided."""
    at = np.flatnonzero(decided)
    drawn = bool(happens[at[math.floor(place * len(at))]]) if len(at) else None
    return {"steps": len(at), "of": len(decided), "happens": int((happens & decided).sum()), "drawn": drawn}


def _certificate(problem: DeepProblem, job: ReviewJob, out: Path) -> dict[str, Any]:
    """The path and the rate of a certificate, or the reason why there is none."""
    plan = job.plan
    if plan.certificates == "none":
        return {"reason": "not asked for"}
    latest = max(plan.steps, LATEST)
    try:
        outcome = _certified(problem, plan.certificates == "start", latest)
    except InputError as error:
        return {"reason": str(error)}
    if outcome.certificate is None:
        return {"reason": outcome.reason}
    path = write(outcome.certificate, out / "certificates")
    return {"path": str(path), "rate": outcome.certificate.rate, "step": outcome.steps}


def _certified(problem: DeepProblem, start: bool, latest: int) -> CertificationOutcome:
    learning, net = problem.learning, problem.network
    if learning.loss.name != "squares" or problem.batches is not None:
        raise InputError("certificates are for the squared loss of all samples")
    if any(problem.lams):
        raise InputError("certificates need a regularisation that ends, and λ is constant here")
    if net.depth == 2 and net.scaling.name == "ntk" and learning.rule.constant:
        two, y = net.two_layers(), problem.y
        if y.shape[1] == 1:
            two, y = Network(two.W, two.beta[:, 0], two.b[:, 0], two.psi), y[:, 0]
        certify = certify_from_start if start else certify_run
        return certify(Problem(problem.X, y, two, problem.eta, Schedule(), learning.rule), max_steps=latest)
    # from the start, in a version that has it
    found = getattr(deep, "certify_deep_from_start", None) if start else deep.certify_deep_run
    if found is None:
        raise InputError(
            "certificates from the start are for two layers, the scaling ntk and constant feedback, not for "
            f"{net.depth} layers, {net.scaling.name} and {learning.rule.name}; seek late ones"
        )
    outcome: CertificationOutcome = found(problem, max_steps=latest)
    return outcome
