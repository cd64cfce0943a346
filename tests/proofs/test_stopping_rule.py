"""The stopping rule of the alignment simulations, against its definition on whole runs."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from fa_theory.model.network import alignment
from fa_theory.model.schedules import Schedule
from fa_theory.proofs.song2021.experiments.networks import DIMENSION, SAMPLES, AlignmentCell, least_steps
from fa_theory.simulation.linear_law import Start
from fa_theory.simulation.run import run


def latch(loss: list[float]) -> int:
    """The first look at which the loss, known at every step, has changed by less than 10⁻³ since the look before."""
    looks = range(999, len(loss), 1000)
    return next(t for t in looks[1:] if abs(loss[t] - loss[t - 1000]) < 1e-3)


def by_definition(cell: AlignmentCell, seed: int, steps: int) -> tuple[float, int]:
    """The alignment of one linear network, and the step at which its loss first settles."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((SAMPLES, DIMENSION))
    y = X @ rng.standard_normal(DIMENSION)
    states = Start.sample(X, cell.p, rng).run(y, eta=cell.eta, schedule=Schedule.constant(cell.lam_here))
    loss, cosines = [], []
    for state, e in islice(states, steps):
        loss.append(float(np.mean(e**2)))
        cosines.append(float(state.alignment))
    first = latch(loss)
    return cosines[max(least_steps(cell.p), first)], first


@pytest.mark.parametrize(("lam", "p", "early"), [(0.0, 800, True), (0.3, 20, False)])
def test_linear_networks_stop_where_the_loss_settles_but_not_too_early(lam: float, p: int, early: bool) -> None:
    cell, seeds = AlignmentCell("linear", lam, p), (1, 2)
    expected = [by_definition(cell, seed, 16_000) for seed in seeds]
    assert all((first < least_steps(p)) is early for _, first in expected)
    found = cell.alignments([np.random.default_rng(seed) for seed in seeds])
    assert found == pytest.approx([cosine for cosine, _ in expected], abs=1e-9)


@pytest.mark.parametrize(("name", "p"), [("tanh", 3), ("sigmoid", 3), ("relu", 60)])
def test_other_networks_stop_by_the_same_rule(name: str, p: int) -> None:
    """The same network stepped in weight space."""
    early = name == "relu"
    cell = AlignmentCell(name, 0.0 if early else 0.1, p)
    problem = cell.problem(np.random.default_rng(1))
    states = run(problem.network, problem.X, problem.y, eta=cell.eta, schedule=Schedule.constant(cell.lam_here))
    loss, cosines = [], []
    for state, e in islice(states, 6000):
        loss.append(float(np.mean(e**2)))
        cosines.append(float(alignment(state.b, state.beta)))
    found = cell.alignments([np.random.default_rng(1)])[0]
    assert (latch(loss) < least_steps(p)) is early
    assert found == pytest.approx(cosines[max(least_steps(p), latch(loss))], abs=1e-8)
