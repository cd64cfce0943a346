"""Ḡ and γ in conjectures, against integrals, in floats and for the checker."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import arb, ctx, fmpq

from fa_theory.checker.counterexample import numbers as num
from fa_theory.checker.counterexample.numbers import Undefined
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import Domain, Run, arcsin, conjecture, eigmin
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import exact
from fa_theory.conjectures.language.expression import constant
from fa_theory.conjectures.language.latex import text
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, balls


def gaussian_mean(name: str, X: Array) -> Array:
    """``E[ψ(w·x_i) ψ(w·x_j)]`` on a grid in the plane."""
    t = np.linspace(-9, 9, 901)
    u, v = np.meshgrid(t, t)
    weight = np.exp(-(u**2 + v**2) / 2)
    psi = activation(name)
    features = np.array([psi.value(u * x[0] + v * x[1]) for x in X])
    made: Array = np.einsum("iab,jab,ab->ij", features, features, weight) / weight.sum()
    return made


@pytest.mark.parametrize("name", ["linear", "relu", "erf"])
def test_it_is_the_mean_over_gaussian_weights(name: str) -> None:
    domain = Domain(n=3, d=2, p=1, activation=name, steps=0)
    batch = domain.sample(domain.smallest(), np.random.default_rng(0), 1)
    run = conjecture(domain)(lambda run: run[0].loss).run
    found = Evaluator(batch)(run.Gbar)[0]
    assert found == pytest.approx(gaussian_mean(name, batch.X[0]), abs=2e-4)
    with ctx.workprec(128):
        enclosed = Evaluator(exact(batch).map(balls))(run.Gbar)[0]
    off = ~np.eye(3, dtype=bool)  # on the diagonal of ReLU a root of 0 is exact in rationals only
    assert all(abs(x.arb - y) < 1e-9 for x, y in zip(enclosed[off], found[off], strict=True))
    assert Evaluator(batch)(run.gamma)[0] == pytest.approx(np.linalg.eigvalsh(found)[0])


def test_a_counterexample_may_speak_of_it() -> None:
    @conjecture(Domain(n=2, d=2, p=1, activation="relu", steps=0))
    def reached(run: Run) -> Any:
        return eigmin(run[0].G) >= run.gamma / 2

    batch = reached.domain.sample(reached.domain.smallest(), np.random.default_rng(0), 1)
    made = certify_counterexample(reached, batch)
    assert made is not None
    assert recheck(made).valid
    assert "γ" in text(reached.statements[0])


def test_other_activations_are_refused_with_their_line() -> None:
    for names in ("tanh", ("linear", "relu")):
        with pytest.raises(InputError, match=r"test_infinite_width.py, line \d+: Ḡ has a closed form"):
            conjecture(Domain(n=1, d=1, p=1, activation=names))(lambda run: run.gamma).build()


def test_the_arcsine_of_the_checker() -> None:
    half_pi = arb.pi() / 2
    assert num.arcsine(fmpq(0)) == 0
    assert abs(num.ball(num.arcsine(fmpq(1))) - half_pi) < 1e-9
    assert abs(num.ball(num.arcsine(fmpq(1, 2))) - half_pi / 3) < 1e-9
    wide = num.ball(num.arcsine(arb(1, 0.25)))
    assert wide.contains(half_pi)
    assert wide.contains(arb(0.75).asin())
    for outside in (fmpq(2), arb(-2, 0.5)):
        with pytest.raises(Undefined, match="outside"):
            num.arcsine(outside)
    domain = Domain(n=1, d=1, p=1)
    batch = domain.sample(domain.smallest(), np.random.default_rng(0), 2)
    assert np.isnan(Evaluator(batch)(arcsin(constant(2)))).all()
