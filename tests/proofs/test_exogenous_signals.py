"""Rahmansetayesh 2021: runs that are driven from outside, exact means, and what is claimed of them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import ctx

from fa_theory.checker.proof import replay
from fa_theory.proofs.rahmansetayesh2021 import nonnegative, signals
from fa_theory.proofs.rahmansetayesh2021.driven import Drive, chain, joint_mean_gain, mean_gain, small
from fa_theory.proofs.rahmansetayesh2021.normalisation import residual
from fa_theory.proofs.rahmansetayesh2021.pairs import correlated_gain, predicted_gain
from fa_theory.proofs.rahmansetayesh2021.theorems import exogenous, normalisation, pairs
from fa_theory.proofs.rahmansetayesh2021.theorems import nonnegative as nonnegative_theorems

PROOFS = {
    "identity": exogenous.identity,
    "mean": exogenous.mean,
    "stationary": exogenous.stationary,
    "autoregressive": exogenous.autoregressive,
    "sign": exogenous.sign,
    "gain": pairs.gain,
    "skew": pairs.skew,
    "symmetric": pairs.symmetric,
    "definite": pairs.definite,
    "expected": pairs.expected,
    "cross": pairs.cross,
    "constant": pairs.constant,
    "non-negative": nonnegative_theorems.gain,
    "memory": nonnegative_theorems.memory,
    "hidden": normalisation.hidden,
    "output": normalisation.output,
    "decay": normalisation.decay,
}


@pytest.mark.parametrize("name", PROOFS)
def test_the_kernel_replays_the_proof(name: str) -> None:
    proof = PROOFS[name]()
    assert replay(proof.document).text == proof.finished.text  # type: ignore[union-attr]
    assert proof.mutants


def test_no_axiom_is_cited() -> None:
    assert not any(proof().document.get("axioms") for proof in PROOFS.values())


def test_the_identity_in_floats_and_in_exact_rationals() -> None:
    rng = np.random.default_rng(0)
    T, n, d, p, k = 6, 3, 4, 5, 2
    shapes = {"W": (p, d), "beta": (p, k), "b": (p, k), "e": (T, n, k), "x": (T, n, d)}
    run = Drive(**{name: rng.standard_normal(shape) for name, shape in shapes.items()}, eta=0.1)
    assert abs(run.residual()) < 1e-12 * abs(run.gained())
    whole = {name: rng.integers(-3, 4, shape).astype(object) for name, shape in shapes.items()}
    assert Drive(**whole, eta=Fraction(1, 7)).residual() == 0


def test_the_pair_of_steps_is_the_double_sum() -> None:
    rng = np.random.default_rng(1)
    with ctx.workprec(128):
        run = small(rng, T=3, n=2)
        M = run.pair(2, 0)
        sent, inputs = run.e[2] @ run.b.T @ (run.e[0] @ run.b.T).T, run.x[2] @ run.x[0].T
        assert (np.sum(run.b * (run.b @ M)) - np.sum(sent * inputs)).contains(0)


@pytest.mark.parametrize(("a", "c"), [("1/2", "1/3"), ("-4/5", "4/5"), ("-1/2", "-1/2"), ("0", "1")])
def test_exact_means_have_the_closed_form(a: str, c: str) -> None:
    value = mean_gain(chain(Fraction(a), 4), chain(Fraction(c), 4), Fraction(1, 2))
    q = Fraction(a) * Fraction(c)
    assert value == Fraction(1, 4) * sum((q ** (t - s) for t in range(4) for s in range(t)), Fraction(0))
    assert float(4 * value) == pytest.approx(signals.pairs_of_steps(float(q), 4))
    assert q * value >= 0


def test_probabilities_of_a_chain_add_up() -> None:
    assert sum(chance for chance, _ in chain(Fraction(-4, 5), 4)) == 1


def test_a_cross_correlation_that_flips_its_sign_costs_alignment() -> None:
    outcomes = [([[-a], [c]], [[a], [c]]) for a in (-1, 1) for c in (-1, 1)]
    assert joint_mean_gain([(Fraction(1, 4), e, x) for e, x in outcomes], Fraction(1)) == -1
    same = [([[a], [c]], [[a], [c]]) for a in (-1, 1) for c in (-1, 1)]
    assert joint_mean_gain([(Fraction(1, 4), e, x) for e, x in same], Fraction(1)) == 1


@pytest.mark.parametrize("case", ["e = x at both steps", "e = −x, then e = x"])
def test_correlated_steps_gain_what_is_predicted(case: str) -> None:
    values = [correlated_gain(case, np.random.default_rng(i)) for i in range(200)]
    assert np.mean(values) == pytest.approx(predicted_gain(case), abs=4 * np.std(values) / 200**0.5)


def test_ar_signals_have_their_correlation_and_variance() -> None:
    x = signals.autoregressive(np.random.default_rng(0), -0.8, 5000, 4)
    assert np.mean(x[1:] * x[:-1]) == pytest.approx(-0.8, abs=0.05)
    assert np.var(x) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("name", nonnegative.MEANS)
def test_means_of_activations(name: str) -> None:
    draw = nonnegative.fresh(name)
    outputs = np.concatenate([draw(np.random.default_rng(i)).ravel() for i in range(300)])
    assert float(np.mean(outputs)) ** 2 == pytest.approx(nonnegative.MEANS[name][1], abs=0.005)


@pytest.mark.parametrize("fixed", [{}, {"plain": True}, {"feedback": 0}, {"steps": 6}])
def test_the_closed_form_of_normalised_networks(fixed: dict[str, int]) -> None:
    with ctx.workprec(128):
        assert all(x.contains(0) for x in residual(np.random.default_rng(3), **fixed))
