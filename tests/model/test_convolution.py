"""Convolutions as tied linear maps: the map, its gradients under every rule, and a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fa_theory.errors import InputError
from fa_theory.model.convolution import Convolution
from fa_theory.model.deep import DeepNetwork, DeepWeights, Learning, advance, gaussian_deep_network
from fa_theory.model.deep_problem import DeepLaw
from fa_theory.model.secant import exact_step
from fa_theory.simulation.arrays import available
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.quantities import DeepState
from fa_theory.simulation.trajectories import Trajectories

WIDTHS = (2 * 5 * 4, Convolution(3, 2), Convolution(2, 3, stride=2), 4, 2)
IMAGE = (2, 5, 4)


def drawn(rule: str, seed: int = 0) -> tuple[DeepNetwork, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    net = gaussian_deep_network(rng, WIDTHS, "tanh", rule, image=IMAGE, biases=True)
    return net, rng.normal(size=(3, 40)), rng.normal(size=(3, 2))


def test_the_map_is_the_sum_over_the_window() -> None:
    layer = Convolution(3, 2, stride=2).on((2, 5, 4))
    rng = np.random.default_rng(0)
    kernel, x = rng.normal(size=layer.shape), rng.normal(size=(2, 5, 4))
    out = (layer.spread(kernel) @ x.ravel()).reshape(layer.out)
    for (c, row, column), value in np.ndenumerate(out):
        patch = x[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        assert value == pytest.approx((kernel[c].reshape(2, 2, 2) * patch).sum())


def test_gradients_are_gathered_by_the_adjoint() -> None:
    layer = Convolution(3, 2).on((2, 4, 4))
    rng = np.random.default_rng(1)
    kernel, G = rng.normal(size=(5, *layer.shape)), rng.normal(size=(5, 27, 32))
    spread, gathered = layer.spread(kernel), layer.gathered(G)
    assert np.allclose((spread * G).sum(axis=(1, 2)), (kernel * gathered).sum(axis=(1, 2)))


def test_backpropagation_is_the_gradient() -> None:
    net, X, y = drawn("bp")
    after, _ = advance(net, X, y, eta=1.0, keep=[1] * 4, learning=Learning("bp"))

    def loss(W: tuple[np.ndarray, ...]) -> float:
        moved = net.with_weights(DeepWeights(W, net.weights.B, net.weights.c))
        return float(0.5 * ((moved.forward(X).f - y) ** 2).sum())

    for layer, (old, new) in enumerate(zip(net.weights.W, after.weights.W, strict=True)):
        place, tiny = (old.shape[0] // 2, old.shape[1] // 2), 1e-6
        change = np.zeros_like(old)
        change[place] = tiny
        up, down = (
            loss((*net.weights.W[:layer], old + sign * change, *net.weights.W[layer + 1 :])) for sign in (1, -1)
        )
        assert (old - new)[place] == pytest.approx((up - down) / (2 * tiny), rel=1e-6, abs=1e-8)


def test_feedback_alignment_sends_the_error_through_a_kernel_of_its_own() -> None:
    net, X, y = drawn("fa")
    tied = net.with_weights(net.weights._replace(B=net.weights.W[1:]))
    fa, bp = (advance(tied, X, y, eta=0.1, keep=[1] * 4, learning=Learning(rule))[0] for rule in ("fa", "bp"))
    assert all(np.array_equal(a, b) for a, b in zip(fa.weights.W, bp.weights.W, strict=True))
    other, _ = advance(net, X, y, eta=0.1, keep=[1] * 4, learning=Learning("fa"))
    assert not np.allclose(other.weights.W[0], bp.weights.W[0])


@pytest.mark.parametrize("rule", ["fa", "dfa", "usf", "kolen-pollack", "weight-mirror"])
def test_networks_with_convolutions_are_run(rule: str, tmp_path: Path) -> None:
    law = DeepLaw("tanh", 6, 40, (Convolution(3, 2), 8), k=2, rule=rule, image=IMAGE)
    record = ("loss", "layer_alignment", "movement", "update_cosine")
    found = simulate(law, 60, ensemble=2, record=record, every=20, states=(60,), backend="numpy")
    assert (found["loss"][:, -1] < found["loss"][:, 0]).all()
    again = Trajectories.load(found.save(tmp_path / "run.npz"))
    assert again.network(60, 1).ties == found.network(60, 1).ties
    if available() and rule in ("dfa", "weight-mirror"):
        jax = simulate(law, 60, ensemble=2, record=record, every=20, backend="jax")
        assert all(np.allclose(found[name], jax[name], rtol=1e-11, atol=1e-11) for name in record)


def test_the_tangent_kernel_is_that_of_kernels_and_biases() -> None:
    """Against the Jacobian of the outputs, by central differences."""
    law = DeepLaw("tanh", 3, 40, (Convolution(3, 2), 4), k=2, rule="bp", image=IMAGE, biases=True)

    def inputs(state: DeepState) -> np.ndarray:
        return state.X

    found = simulate(law, 0, record=("tangent_spectrum", inputs), states=(0,), backend="numpy")
    net, X, columns = found.network(0, 0), found["inputs"][0, 0], []
    for part in ("W", "c"):
        arrays = getattr(net.weights, part)
        for layer, A in enumerate(arrays):
            for place in np.ndindex(A.shape):
                ends = []
                for tiny in (1e-6, -1e-6):
                    moved = A.copy()
                    moved[place] += tiny
                    weights = net.weights._replace(**{part: (*arrays[:layer], moved, *arrays[layer + 1 :])})
                    ends.append(net.with_weights(weights).forward(X).f.ravel())
                columns.append((ends[0] - ends[1]) / 2e-6)
    J = np.array(columns)
    assert np.allclose(found["tangent_spectrum"][0, 0], np.linalg.eigvalsh(J.T @ J), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("widths", "image", "message"),
    [
        ((4, Convolution(1, 2), 1), None, "give image="),
        ((5, Convolution(1, 2), 1), (1, 2, 2), r"images of \(1, 2, 2\) have 4 numbers, but there are 5 inputs"),
        ((4, Convolution(1, 3), 1), (1, 2, 2), "does not fit into images of"),
        ((4, 3, Convolution(1, 1), 1), (1, 2, 2), "a convolution is a hidden layer on an image"),
    ],
)
def test_what_does_not_fit_is_refused(
    widths: tuple[int | Convolution, ...], image: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        gaussian_deep_network(np.random.default_rng(0), widths, "tanh", "fa", image=image)


def test_the_exact_step_is_for_matrices() -> None:
    net, X, _ = drawn("fa")
    with pytest.raises(InputError, match="this network has convolutions"):
        exact_step(net, net, X, rule="fa")
