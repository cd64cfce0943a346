"""The drift of weights: the bound holds on certified networks, and a smaller one would not be vacuous."""

from dataclasses import replace

import numpy as np
import pytest
from flint import ctx

from fa_theory.proofs.song2021.lazy import LAW, instance


@pytest.mark.parametrize("psi", ["tanh", "erf"])
def test_the_certified_limits_are_inside(psi):
    problem = replace(LAW, activation=psi, p=16).sample(np.random.default_rng(3))
    with ctx.workprec(192):
        found = instance(problem)
    assert found.applies
    assert found.shown(1e-9)
    assert len(found.margins) == 17


def test_without_certificate_nothing_is_said():
    problem = LAW.sample(np.random.default_rng(0))
    assert not instance(replace(problem, eta=50.0)).applies
