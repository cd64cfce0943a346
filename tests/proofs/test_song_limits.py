"""The limits of the alignment: formulas against each other and against what is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, ctx

from fa_theory.model.activations import activation
from fa_theory.proofs.song2021 import alignment_mean, constant_regularisation, cutoff, small_initialisation
from fa_theory.simulation.linear_law import Start


@pytest.mark.parametrize("cosine", [0.0, 0.7])
def test_the_general_limit_is_the_linear_one_for_linear_networks(cosine: float) -> None:
    X, y = alignment_mean.gram(cosine), np.array(alignment_mean.TARGETS)
    expected = (3 + y @ np.linalg.solve(X @ X.T, y)) / 2
    assert alignment_mean.flow_limit(X, y, activation("linear")) == pytest.approx(expected)
    assert alignment_mean.linear_limit(X, y, 0.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("S", "lam", "length"), [(0.5, 0.5, 2.0), (5.0, 2.0, 2.0), (100.0, 3.0, 0.1), (1e-3, 1e-3, 1.0)]
)
def test_the_root_is_enclosed(S: float, lam: float, length: float) -> None:
    with ctx.workprec(128):
        c = cutoff.root(S, lam, length)
        assert cutoff.polynomial(c, S, lam, length).contains(0)
        assert cutoff.polynomial(arb(c.upper()) + arb(1e-15), S, lam, length) > 0
        assert cutoff.polynomial(arb(c.lower()) - arb(1e-15), S, lam, length) < 0
        assert float(c.rad()) < 1e-12


def test_no_regularisation_and_no_targets_have_the_root_0() -> None:
    assert cutoff.root(1.0, 0.0) == 0
    assert cutoff.root(1.0, 2.0, 0.0) == 0


def test_the_error_under_constant_regularisation_is_the_slope_of_c() -> None:
    """``dc/dτ = ‖e‖``."""
    h = 1e-4
    slope = float((cutoff.root(5 + h, 1.0) - cutoff.root(5 - h, 1.0)).mid()) / (2 * h)
    assert constant_regularisation.predicted(5.0) == pytest.approx(slope, rel=1e-6)


def test_scaled_weights_have_scaled_inner_products() -> None:
    rng = np.random.default_rng(0)
    start = Start.sample(np.eye(2), 10, rng)
    assert small_initialisation.scaled(start, 1.0).f == pytest.approx(start.f)
    nothing = small_initialisation.scaled(start, 0.0)
    assert not nothing.G.any()
    assert nothing.B == start.B
