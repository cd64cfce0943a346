"""The explicit theorem: its width, its monotonicity, its refusals, and its bounds against simulated networks."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import islice, pairwise
from math import comb

import numpy as np
import pytest
from flint import arb, ctx

from fa_theory.checker.recheck import recheck
from fa_theory.errors import InputError
from fa_theory.gram.apriori import AtWidth, Setting, supremum
from fa_theory.gram.definite import gamma
from fa_theory.gram.width import RequiredWidth, required_width, setting
from fa_theory.model.activations import activation
from fa_theory.model.ball import Ball, balls
from fa_theory.model.law import Law
from fa_theory.model.network import Network
from fa_theory.model.problem import gaussian_network
from fa_theory.proofs.song2021 import tube_bounds
from fa_theory.proofs.song2021.events import NAMES, bounds, observe
from fa_theory.simulation.run import run

ERF = activation("erf")
DATA = Law("erf", 4, 8, 1).sample(np.random.default_rng(5))
X, Y = DATA.X, DATA.y


def width(X=X, y=Y, eta=0.2, delta=0.1, **more) -> RequiredWidth:
    return required_width(X, y, ERF, eta=eta, delta=delta, **more)


@pytest.mark.parametrize("name", ["tanh", "erf", "sigmoid"])
def test_suprema_are_attained_on_a_grid_and_never_exceeded(name):
    psi, x = activation(name), np.linspace(-8, 8, 200_001)
    bend = np.abs(np.gradient(psi.slope(x), x))
    for order, values in enumerate((np.abs(psi.value(x)), np.abs(psi.slope(x)), bend)):
        exact = float(supremum(psi, order))
        assert exact * 0.999 < values.max() < exact * 1.0001


def test_the_conditions_hold_at_the_width_and_not_just_below():
    found = width()
    with ctx.workprec(128):
        assert found.setting.contracts(found.p)
        assert found.setting.slow(found.p)
        below = found.setting.at(found.p - 1)
        left = below.bottom_later - sum(below.kernel.values(), arb(0))
        assert left < found.setting.share * found.setting.gamma  # certainly violated, not merely undecided
        for larger in (found.p + 1, 3 * found.p, 10**6 * found.p):
            assert found.setting.contracts(larger)
            assert found.setting.slow(larger)


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_every_bounded_activation_has_a_width(name):
    X, y, psi = np.eye(2), np.array([1.0, -1.0]), activation(name)
    found = required_width(X, y, psi, eta=0.5, delta=0.1)
    assert found.setting.contracts(found.p)
    assert not found.setting.contracts(found.p - 1)
    assert float(found.setting.gamma) == pytest.approx(gamma(X, psi), abs=1e-12)


def test_the_causes_share_the_room():
    found = width()
    assert 0.999 < sum(found.budget.values()) <= 1
    assert max(found.alone.values()) < found.p
    assert set(found.budget) | {"step size"} == set(found.alone)


def test_the_step_size_can_be_what_binds():
    found = width(np.eye(2), np.zeros(2), eta=2.86)
    assert found.p == found.alone["step size"]
    with ctx.workprec(128):
        assert found.setting.contracts(found.p - 1)
        assert not found.setting.slow(found.p - 1)


def test_more_is_asked_for_when_the_demand_grows():
    p = width().p
    assert width(delta=0.01).p > p > width(delta=0.9).p
    assert width(eta=0.4).p > p > width(eta=1e-6).p
    assert width(y=2 * Y).p > p
    assert width(X[:3], Y[:3]).p < p
    assert width(share=0.25).p > p
    assert width(share=0.9).p > p


def test_only_the_logarithm_of_delta_counts():
    assert width(delta=1e-12).p < 5 * width(delta=1e-3).p


def test_large_targets_cost_their_square():
    ratio = width(y=2e6 * Y).p / width(y=1e6 * Y).p
    assert abs(ratio - 4) < 0.01


def test_rotations_and_the_order_of_the_samples_change_nothing():
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((8, 8)))[0]
    p = width().p
    assert abs(width(X @ rotation).p - p) <= 1e-6 * p
    assert abs(width(X[::-1].copy(), Y[::-1].copy()).p - p) <= 1e-6 * p


def test_no_quantity_gets_worse_with_width():
    found = width().setting
    growing = {"bottom_later"}
    with ctx.workprec(128):
        steps = [found.at(10 ** (8 + k)) for k in range(5)]
        for small, large in pairwise(steps):
            for field in fields(AtWidth):
                a, b = getattr(small, field.name), getattr(large, field.name)
                for x, y in zip(a.values(), b.values(), strict=True) if field.name == "kernel" else [(a, b)]:
                    assert (y > x) if field.name in growing else not y > x, field.name


def test_balls_stand_for_all_the_data_in_them():
    loose = np.array([[Ball(x).plus_minus(1e-12) for x in row] for row in X], dtype=object)
    assert width().p <= required_width(loose, balls(Y), ERF, eta=0.2, delta=0.1).p < width().p * 1.001


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": X[[0, 0, 1, 2]]}, "not provably positive"),
        ({"eta": 50.0}, r"eta = 50\.0 is too large for every width; use eta below"),
        ({"eta": -1.0}, "eta > 0"),
        ({"eta": float("nan")}, "eta > 0"),
        ({"delta": 0.0}, "delta strictly between 0 and 1 but got 0.0"),
        ({"delta": 1.5}, "delta strictly between"),
        ({"delta": float("nan")}, "delta strictly between"),
        ({"share": 1.0}, "share strictly between"),
        ({"y": Y[:2]}, r"y of shape \(4,\)"),
        ({"y": Y * np.inf}, "not finite"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(InputError, match=message):
        width(**change)


@pytest.mark.parametrize("name", ["relu", "linear", "softplus"])
def test_unbounded_activations_are_refused(name):
    with pytest.raises(InputError, match="use tanh, erf or sigmoid"):
        required_width(X, Y, activation(name), eta=0.2, delta=0.1)


def test_the_largest_step_size_named_is_the_right_one():
    found = setting(X, Y, ERF, eta=0.2, delta=0.1)
    largest = float(2 / (found.top + found.share * found.gamma))
    assert width(eta=largest * 0.999).p > 0
    with pytest.raises(InputError, match="too large for every width"):
        width(eta=largest * 1.001)


def test_simulated_networks_of_the_required_width_do_what_the_theorem_says():
    X, y, eta = np.eye(1), np.array([0.5]), 1.5
    found = width(X, y, eta=eta, delta=0.5)
    for seed in range(4):
        start = gaussian_network(np.random.default_rng(seed), found.p, 1, ERF)
        states = list(islice(run(start, X, y, eta=eta), 10))
        errors = [float(np.linalg.norm(e)) for _, e in states]
        assert errors[0] <= float(found.start)
        assert all(b <= float(found.rate) * a for a, b in pairwise(errors) if a > 1e-9)
        end = states[-1][0]
        assert np.linalg.norm(end.W - start.W, axis=1).max() <= float(found.first_layer_radius)
        assert np.abs(end.beta - start.beta).max() <= float(found.output_radius)


def test_each_event_is_rare_where_delta_is_small():
    """At δ = 0.01 every event should fail with probability below 0.00125: none of 8 · 40 does, up to chance 1e-2."""
    found: Setting = setting(X, Y, ERF, eta=0.2, delta=0.01)
    with ctx.workprec(128):
        limits = np.array(list(bounds(found, 2000).values()))
    assert len(limits) == len(NAMES) == 8
    seen = [observe(DATA, float(found.gamma.mid()), 2000, np.random.default_rng(i)) for i in range(40)]
    failures = (np.array(seen) > limits).sum(axis=0)
    chance = sum(comb(40, k) * 0.00125**k * 0.99875 ** (40 - k) for k in (0, 1))
    assert chance > 0.998
    assert failures.max() <= 1


def test_the_deterministic_bounds_hold_for_every_bounded_activation():
    for seed in range(20):
        assert recheck(tube_bounds.document(np.random.default_rng(seed))).valid


def test_a_bound_that_is_too_small_is_noticed():
    network = Network(balls([[0.01]]), balls([0.1]), balls([1.0]), ERF)
    with ctx.workprec(128):
        for name in ("first layer", "features"):
            found = tube_bounds.margins(
                network, balls([[1.0]]), balls([-1.0]), eta=Ball(1e-3), steps=2, factor={name: 0.9}
            )
            assert not tube_bounds.holds(found, name)


def test_norms_and_eigenvalues_enclose_the_floating_point_ones():
    rng = np.random.default_rng(0)
    for n in (1, 2, 4):
        A = rng.standard_normal((n, n))
        with ctx.workprec(128):
            norm = tube_bounds.operator_norm(balls(A))
            least = tube_bounds.smallest_eigenvalue(balls(A + A.T))
        assert float(norm.lower) - 1e-12 <= np.linalg.norm(A, 2) <= float(norm.upper) + 1e-12
        assert float(norm.upper - norm.lower) < 1e-3 * float(norm.upper)
        assert abs(least.midpoint - np.linalg.eigvalsh(A + A.T)[0]) < 1e-9


def test_a_worse_setting_needs_more_width():
    """Every constant enters in the right direction."""
    found = width().setting
    p = width().p
    with ctx.workprec(128):
        for name in ("value", "slope", "bend", "spread", "longest", "target", "top", "trace", "eta"):
            worse = replace(found, **{name: getattr(found, name) * 1.01})
            assert not worse.contracts(p), name
        assert not replace(found, gamma=found.gamma * 0.99).contracts(p)
