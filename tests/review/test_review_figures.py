"""The figures of a review: each is what its name says, and rounding is not counted."""

from __future__ import annotations

import numpy as np
import pytest

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.deep_problem import DeepLaw
from fa_theory.model.rules import Rule
from fa_theory.review.measure import PATH, STEP, LossHistory, has_path, reviewed
from fa_theory.review.plan import ReviewPlan
from fa_theory.review.summary import summarised
from fa_theory.simulation.engine import simulate


def plan(rule: str = "fa", *, steps: int = 40, networks: int = 3, eta: float = 0.1, **law: object) -> ReviewPlan:
    kind = DeepLaw(**{"activation": "linear", "n": 4, "d": 6, "hidden": (8,), "eta": eta} | law)  # type: ignore[arg-type]
    return ReviewPlan(rule=rule, law=kind, steps=steps, networks=networks, seed=1, confidence=0.95, certificates="none")


def test_cosines_of_backpropagation_with_itself_are_1() -> None:
    found = simulate(DeepLaw("tanh", 4, 6, (8, 7), rule="bp"), 5, record=(STEP, PATH))
    assert np.allclose(found["step_cosine"], 1)
    assert found["step_cosine"].shape == (1, 6, 4)  # three layers, then all
    assert np.allclose(found["path_cosine"], 1)


def test_in_a_linear_network_of_two_layers_cos_b_j_is_the_alignment() -> None:
    found = simulate(DeepLaw("linear", 4, 6, (8,), k=3), 20, record=(PATH, "layer_alignment"))
    assert np.allclose(found["path_cosine"], found["layer_alignment"], rtol=1e-12)


def test_the_cosine_of_all_layers_is_that_of_one_long_vector() -> None:
    problem = DeepLaw("tanh", 4, 6, (8, 7), rule="fa").sample(0)
    seen = problem.network.forward(problem.X)
    e = seen.f - problem.y

    def step(rule: Rule) -> Array:
        signals = problem.network.signals(seen, e, problem.y, rule)
        return np.concatenate([one.ravel() for one in problem.network.gradients(seen, signals)])

    ours, theirs = step(Rule.FA), step(Rule.BP)
    whole = ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs)
    assert simulate(problem, 0, record=(STEP,))["step_cosine"][0, 0, -1] == pytest.approx(whole, rel=1e-12)


def test_ascents_are_counted_and_rounding_is_not() -> None:
    loss = np.array([4.0, 1.0, 1.0 + 1e-15, 2.0, 0.5, 1e-25, 2e-25])
    run = LossHistory(loss, np.zeros((7, 1)), 1.0, "squares")
    found = run.counted(np.random.default_rng(0))["ascents"]
    assert found["of"] == 6
    assert found["steps"] == 4  # not the tie, not what follows the floor
    assert found["happens"] == 1
    overflow = LossHistory(np.array([1.0, 2.0, np.nan]), np.zeros((3, 1)), 1.0, "squares")
    assert overflow.counted(np.random.default_rng(0))["ascents"]["happens"] == 2


def test_the_rate_of_a_geometric_loss_is_its_factor() -> None:
    run = LossHistory(0.9 ** (2 * np.arange(100.0)), None, 1.0, "squares")
    assert run.rate == pytest.approx(0.9)
    assert LossHistory(np.array([1.0]), None, 1.0, "squares").rate is None


def test_large_steps_ascend_and_diverge() -> None:
    wild = plan(eta=50.0, steps=400)
    records = [reviewed(job, None) for job in wild.jobs()]  # type: ignore[arg-type]
    found = summarised(wild, records, "", (6, 8, 1)).figures
    assert found.diverged.count == found.ascents.ever.count == 3
    assert found.loss_at_end.mean is None


def test_counts_are_of_networks_and_intervals_exact() -> None:
    steady = plan(networks=5, hidden=(200,), eta=0.02)
    found = summarised(steady, [reviewed(job, None) for job in steady.jobs()], "", (6, 8, 1)).figures  # type: ignore[arg-type]
    assert found.ascents.ever.of == 5
    assert found.ascents.ever.high == pytest.approx(1 - 0.025 ** (1 / 5))  # Clopper–Pearson at 0 of 5
    assert found.path is not None
    assert found.path[0].holds == pytest.approx(0.05 ** (1 / 5))
    assert found.decay.certified.count == 0


def test_rules_without_a_linear_path_have_no_cos_b_j() -> None:
    one = plan("hebb")
    assert reviewed(one.jobs()[0], None)["path"] is None  # type: ignore[arg-type]
    assert has_path(plan("dfa").jobs()[0].problem().learning.rule)


def test_rules_of_one_shape_meet_the_same_networks() -> None:
    fa, bp = (plan(rule, hidden=(8, 7)).jobs()[1].problem() for rule in ("fa", "bp"))
    assert (fa.X == bp.X).all()
    assert all((a == b).all() for a, b in zip(fa.network.weights.W, bp.network.weights.W, strict=True))


def test_a_plan_refuses_what_makes_no_sense() -> None:
    with pytest.raises(InputError, match="--steps ≥ 1"):
        plan(steps=0)
    with pytest.raises(InputError, match="unknown rule"):
        plan("f")
