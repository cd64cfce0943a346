"""Certificates on problems that are the same written differently: both certify, at (nearly) the same rate."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.certify import certify_run
from fa_theory.model.activations import activation
from fa_theory.model.problem import Problem
from fa_theory.model.problem import sample as draw_problem
from fa_theory.model.rules import step
from fa_theory.model.schedules import Schedule
from fa_theory.seeds import generator

NAMES = ("linear", "tanh", "erf", "softplus")
SEEDS = st.integers(0, 1000)
FEW = settings(max_examples=3)


def sample(name: str, seed: int) -> Problem:
    rng = generator(seed, "certificate twins")
    return draw_problem(rng=rng, n=3, d=6, p=64, activation=name, eta=0.2)


def certify(problem: Problem, **options):
    return certify_run(problem.network, problem.X, problem.y, eta=problem.eta, schedule=problem.schedule, **options)


def rate(outcome) -> float:
    return float.fromhex(outcome.certificate["rate"])


def permuted_neurons(problem: Problem, rng) -> Problem:
    net, order = problem.network, rng.permutation(problem.p)
    network = dataclasses.replace(net, W=net.W[order], beta=net.beta[order], b=net.b[order])
    return dataclasses.replace(problem, network=network)


def permuted_samples(problem: Problem, rng) -> Problem:
    order = rng.permutation(problem.n)
    return dataclasses.replace(problem, X=problem.X[order], y=problem.y[order])


def rotated_inputs(problem: Problem, rng) -> Problem:
    Q = np.linalg.qr(rng.standard_normal((problem.d, problem.d)))[0]
    network = dataclasses.replace(problem.network, W=problem.network.W @ Q)
    return dataclasses.replace(problem, X=problem.X @ Q, network=network)


def flipped_output(problem: Problem, rng) -> Problem:
    net = problem.network
    return dataclasses.replace(problem, y=-problem.y, network=dataclasses.replace(net, beta=-net.beta, b=-net.b))


def switched_off_at_once(problem: Problem, rng) -> Problem:
    return dataclasses.replace(problem, schedule=Schedule.with_cutoff(0.5, 0))


TWINS = (permuted_neurons, permuted_samples, rotated_inputs, flipped_output, switched_off_at_once)


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.__name__)
@pytest.mark.parametrize("name", NAMES)
@FEW
@given(seed=SEEDS)
def test_twins_certify_alike(name, twin, seed):
    """Song, Xu & Lafferty's decay (S4a): a problem and its twin certify at the same step, with rates equal to 1e-6."""
    problem = sample(name, seed)
    one, other = certify(problem), certify(twin(problem, generator(seed, "twin")))
    assert one.certified, one.reason
    assert other.certified, other.reason
    assert one.steps == other.steps
    assert rate(other) == pytest.approx(rate(one), abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(seed=SEEDS)
def test_certified_networks_decay(name, seed):
    """From the certified state on, ``‖C e(t)‖ ≤ qᵗ ‖C e(0)‖`` along the run, for as long as float64 can tell."""
    problem = sample(name, seed)
    outcome = certify(problem)
    for error, envelope in decay(outcome, problem):
        assert error <= envelope * (1 + 1e-9) + 1e-12


def decay(outcome, problem, steps=60):
    document = outcome.certificate
    assert recheck(document).valid
    hexes = np.vectorize(float.fromhex)
    X, y, C = hexes(document["X"]), hexes(document["y"]), hexes(document["norm"])
    W, beta, b = (hexes(document[key]) for key in ("W", "beta", "b"))
    net = dataclasses.replace(problem.network, W=W, beta=beta, b=b)
    first = np.linalg.norm(C @ net.error(X, y))
    for t in range(steps):
        yield np.linalg.norm(C @ net.error(X, y)), rate(outcome) ** t * first
        net = step(net, X, y, eta=problem.eta)


def test_half_the_rate_is_not_certified():
    """Mutant: with the rate halved the checker refuses, and the run does leave the envelope."""
    problem = sample("tanh", 1)
    outcome = certify(problem)
    wrong = {**outcome.certificate, "rate": (rate(outcome) / 2).hex()}
    assert not recheck(wrong).valid
    assert any(error > envelope / 2**t + 1e-12 for t, (error, envelope) in enumerate(decay(outcome, problem)))


def test_another_problem_has_another_rate():
    """Mutant: a problem that is no twin (inputs stretched by 1/2) certifies at a different rate."""
    problem = sample("linear", 1)
    other = certify(dataclasses.replace(problem, X=problem.X / 2))
    assert other.certified
    assert rate(other) != pytest.approx(rate(certify(problem)), abs=1e-3)


def test_feedback_left_behind_is_no_twin():
    """Mutant: permuting W and β but not b is another network, and the certificates tell."""
    problem = sample("tanh", 2)
    net, order = problem.network, generator(0, "order").permutation(problem.p)
    other = dataclasses.replace(problem, network=dataclasses.replace(net, W=net.W[order], beta=net.beta[order]))
    one, two = certify(problem), certify(other)
    assert not two.certified or (one.steps, rate(one)) != (two.steps, pytest.approx(rate(two), abs=1e-6))


def test_activation_names_are_those_of_the_checker():
    """The model's activations and the checker's are the same six."""
    from fa_theory.checker import ranges
    from fa_theory.model.activations import ACTIVATIONS

    assert tuple(ACTIVATIONS) == ranges.ACTIVATIONS
    assert all(activation(name).name == name for name in ranges.ACTIVATIONS)
