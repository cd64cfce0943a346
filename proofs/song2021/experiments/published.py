"""The parameters of the paper's simulations and the mean alignments that it reports."""

from __future__ import annotations

from enum import StrEnum


class ActivationName(StrEnum):
    """The networks of the paper."""

    LINEAR = "linear"
    RELU = "relu"
    TANH = "tanh"
    SIGMOID = "sigmoid"


WIDTHS = tuple(200 * 2**k for k in range(7))
LAMBDAS = {
    ActivationName.LINEAR: (0.0, 0.2, 0.3, 0.5),
    ActivationName.RELU: (0.0, 0.02, 0.05, 0.2),
    ActivationName.TANH: (0.0, 0.001, 0.002, 0.005),
    ActivationName.SIGMOID: (0.0, 0.001, 0.003, 0.01),
}
"""Regularisation in the alignment table, in the notation of the paper."""
LOSS_LAMBDAS = (0.0, 0.1, 0.2, 0.3)
"""Regularisation of the loss curves."""

REPEATS = 50
"""Networks in each cell of the alignment table."""
MEANS = {
    (ActivationName.LINEAR, 0.0): dict(zip(WIDTHS, (0.206, 0.119, 0.059, 0.031, 0.012, 0.009, 0.004), strict=True)),
    (ActivationName.LINEAR, 0.3): dict(zip(WIDTHS, (0.867, 0.861, 0.854, 0.836, 0.818, 0.799, 0.770), strict=True)),
    (ActivationName.TANH, 0.002): {200: 0.372},
}
"""Published mean alignment by width, where known."""


def published(activation: str, lam: float, p: int) -> float | None:
    """The published mean, or None if unknown.

    Examples
    --------
    >>> published("linear", 0.3, 400), published("tanh", 0.3, 400)
    (0.861, None)
    """
    key = (ActivationName(activation), lam)
    return MEANS[key].get(p) if key in MEANS else None
