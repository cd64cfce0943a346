"""Vector-valued units: the network is the one of the paper, and so is the step of GEVB."""

from __future__ import annotations

import numpy as np
import pytest

from fa_theory.model.deep import Learning, advance
from fa_theory.model.deep_problem import DeepProblem
from fa_theory.model.rules import Rule
from fa_theory.model.vectorised import _signs, vectorised
from fa_theory.simulation.arrays import available
from fa_theory.simulation.engine import simulate

K, HIDDEN = 3, (6, 8)


def problem(n: int = 4, rule: str = "gevb") -> tuple[DeepProblem, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n, 5)), rng.normal(size=(n, K))
    return vectorised(X, y, HIDDEN, rng=rng, eta=0.05, rule=rule), X, y


def forward(one: DeepProblem, x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Of one sample, as the paper has it: vectors ``(K, units)`` of each layer, and which units are active."""
    W, widths = one.network.weights.W, one.network.widths
    h, active = [np.kron(np.eye(K), x)], []
    for layer, A in enumerate(W):
        z = (1 if layer == 0 else widths[layer] ** -0.5) * h[-1] @ A.T
        if layer == len(W) - 1:
            return [*h, z], active
        active.append((z * _signs(K, z.shape[1], 0)).sum(axis=0) >= 0)
        h.append(z * active[-1])
    raise AssertionError


def test_the_network_is_that_of_the_paper() -> None:
    one, X, y = problem()
    f = one.network.forward(one.X).f.reshape(len(X), K)
    assert np.allclose(f, [forward(one, x)[0][-1][:, 0] for x in X])
    assert np.array_equal(one.y.reshape(y.shape), y)
    assert all((W >= 0).all() for W in one.network.weights.W[1:])
    assert np.allclose(one.network.weights.W[0][::2], -one.network.weights.W[0][1::2])


def test_the_step_is_that_of_the_paper() -> None:
    """``Δw_mn ∝ −(postsynaptic unit m is active) · (error vector · presynaptic vector n)``."""
    one, X, y = problem()
    after, _ = advance(one.network, one.X, one.y, eta=0.05, keep=[1, 1, 1], learning=Learning("gevb"))
    widths = one.network.widths
    for layer, (old, new) in enumerate(zip(one.network.weights.W, after.weights.W, strict=True)):
        step = np.zeros_like(old)
        for x, target in zip(X, y, strict=True):
            h, active = forward(one, x)
            e = h[-1][:, 0] - target
            gate = active[layer] if layer < 2 else np.ones(1)
            reached = (
                widths[layer + 1] ** -0.5 if layer < 2 else 1
            )  # s of the layer above, through which the error comes
            step += reached * np.outer(gate, e @ h[layer])
        scale = 1 if layer == 0 else widths[layer] ** -0.5
        expected = old - 0.05 * scale * step
        assert np.allclose(new, expected if layer == 0 else np.abs(expected), atol=1e-14)


def test_for_one_sample_it_has_the_sign_of_the_gradient() -> None:
    one, _, _ = problem(1)
    net = one.network
    seen = net.forward(one.X)
    e = seen.f - one.y
    ours, theirs = (net.gradients(seen, net.signals(seen, e, one.y, rule)) for rule in (Rule.GEVB, Rule.BP))
    for a, b in zip(ours, theirs, strict=True):
        assert (a * b >= -1e-15).all()
        assert (a * b).sum() > 0


@pytest.mark.parametrize("rule", ["gevb", "bp"])
def test_it_learns(rule: str) -> None:
    one, _, _ = problem(rule=rule)
    found = simulate(one, 200, every=200, backend="numpy")
    assert found["loss"][0, 1] < found["loss"][0, 0] / 2
    if available() and rule == "gevb":
        assert np.allclose(simulate(one, 200, every=200, backend="jax")["loss"], found["loss"], rtol=1e-9)
