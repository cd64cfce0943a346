"""Deep networks on images: how they are built, and what is measured while they learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.batches import Batches
from fa_theory.model.convolution import Convolution
from fa_theory.model.deep import Learning, gaussian_deep_network
from fa_theory.model.deep_problem import DeepProblem
from fa_theory.model.rules import Rule
from fa_theory.simulation.engine import simulate

from ..shared.images import Images, images

BATCH = 50
"""Images of a step."""
SMALL_SIDE = 12
"""Larger images lose three quarters of their places in each of the first two layers."""


def side_of(data: Images) -> int:
    """Height and width of square images.

    Raises
    ------
    InputError
        If they are not square.
    """
    pixels = int(data.X.shape[1])
    side = math.isqrt(pixels)
    if side * side != pixels:
        raise InputError(f"expected square images but got {pixels} pixels; use --layers dense")
    return side


def convolutional(side: int) -> tuple[int | Convolution, ...]:
    """Three convolutions and a dense layer, for images of a size."""
    if side <= SMALL_SIDE:
        return Convolution(6, 3), Convolution(8, 3), Convolution(8, 3), 30
    return Convolution(8, 5, stride=2), Convolution(16, 5, stride=2), Convolution(16, 3), 50


@dataclass(frozen=True, slots=True)
class DeepNet:
    """A network to train.

    Attributes
    ----------
    folder
        Of the data; empty: digits.
    hidden
        The hidden layers; none: those of `convolutional`.
    rule
        The rule.
    activation
        Its name.
    eta
        Step size, on half the squared error of a batch, with targets that are 1 for the class and 0 elsewhere.
    seed
        Of the weights and of the order of the images. Rules differ in nothing else than the feedback.
    """

    folder: str
    hidden: tuple[int, ...]
    rule: Rule
    activation: str = "tanh"
    eta: float = 0.003
    seed: int = 0

    def problem(self) -> DeepProblem:
        """The data, inputs divided by the root of the inputs of a neuron, and the network."""
        data, rng = images(self.folder), np.random.default_rng(self.seed)
        pixels = data.X.shape[1]
        hidden: tuple[int | Convolution, ...] = self.hidden
        image = None
        if not hidden:
            side = side_of(data)
            hidden, image = convolutional(side), (1, side, side)
        first = hidden[0]
        seen = first.window**2 if isinstance(first, Convolution) else pixels
        network = gaussian_deep_network(
            rng, (pixels, *hidden, data.classes), self.activation, self.rule, scaling="standard", image=image
        )
        X, test = (A.astype(float) / seen**0.5 for A in (data.X, data.X_test))
        y, of_test = (np.eye(data.classes)[labels] for labels in (data.labels, data.labels_test))
        learning, batches = Learning(self.rule), Batches(BATCH, "shuffled")
        return DeepProblem(X, y, network, self.eta, learning=learning, batches=batches, test=(test, of_test))

    def measure(self, steps: int, every: int, record: Sequence[str]) -> dict[str, Array]:
        """What is recorded at steps 0, every, 2 every, …, each with an axis for them; ``nan`` after a divergence."""
        runs = simulate(self.problem(), steps, seed=self.seed, record=record, every=every, backend="numpy")
        return {name: np.asarray(runs[name][0]) for name in record}
