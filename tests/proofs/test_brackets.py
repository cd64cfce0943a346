"""Networks whose brackets are positive: the bounds of both claims, on runs in floating point."""

import numpy as np
import pytest
from flint import ctx

from fa_theory.model.activations import activation
from fa_theory.model.ball import balls
from fa_theory.model.network import Network, norm
from fa_theory.model.rules import step
from fa_theory.proofs.robertson2024.conservation import brackets
from fa_theory.proofs.robertson2024.flow_decay import data_floor, with_brackets
from fa_theory.proofs.robertson2024.linear_decay import constants, instance, start


def drawn(psi: str, p: int, seed: int) -> tuple[Network, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    network = Network(rng.normal(size=(p, 4)), rng.normal(size=p), rng.normal(size=p), activation(psi))
    return with_brackets(network, rng.exponential(size=p)), rng.normal(size=(3, 4)) / 2, rng.normal(size=3)


@pytest.mark.parametrize("p", [1, 2, 30])
@pytest.mark.parametrize("psi", ["linear", "relu"])
def test_small_steps_follow_the_flow(psi, p):
    network, X, y = drawn(psi, p, p)
    Q, rate = brackets(network), brackets(network).sum() * np.linalg.eigvalsh(X @ X.T)[0] / p
    eta = 1e-4 / p  # weights b_r near 0 make output weights huge
    first = last = norm(network.error(X, y))
    for t in range(1, 2000):
        network = step(network, X, y, eta=eta)
        now = norm(network.error(X, y))
        assert now <= last * (1 + 1e-12)
        assert (network.b * network.beta > 0).all()
        if psi == "linear":
            assert now <= first * np.exp(-rate * eta * t * 0.99)
        last = now
    assert (brackets(network) <= Q + 1e-12).all()


@pytest.mark.parametrize("p", [1, 3])
def test_the_theorem_for_steps_over_a_long_run(p):
    rng = np.random.default_rng(p)
    with ctx.workprec(256):
        found = instance(*start(rng, 2.0, p=p), length=150)
    assert found.applies
    assert found.shown(1.0)


def test_without_positive_bracket_or_independent_samples_there_is_no_theorem():
    network, X, y = start(np.random.default_rng(0), 1.0, n=2, p=2)
    assert constants(network, X, y) is not None
    assert constants(Network(network.W, -network.beta, network.b, network.psi), X, y) is None
    assert constants(network, X[[0, 0]], y) is None
    assert constants(network, X, network.output(X)) is None


def test_the_floor_of_the_data_is_a_lower_bound():
    X = balls([[1.0, 0.0], [0.0, 2.0]])
    assert 0.999 < data_floor(X).midpoint <= 1
    assert data_floor(X[[0, 0]]) == 0
