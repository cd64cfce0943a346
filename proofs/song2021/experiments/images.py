"""The classification experiment of Song, Xu & Lafferty (2021): ReLU networks on images, cross-entropy, minibatches.

The network is ``f(x) = p^{-1/2} Σ_r β_r ψ(w_r·x)`` with k outputs and all weights N(0, 1); the loss is the mean over
the m images of a batch of ``−log softmax(f)`` at the label, so that the error is ``e = softmax(f) − onehot(label)``.
With the step size s of stochastic gradient descent, feedback c = b (FA) or c = β (BP),

    w_r⁺ = w_r − (s/(m√p)) Σ_i (c_r·e_i) ψ'(w_r·x_i) x_i
    β_r⁺ = (1 − sλ) β_r − (s/(m√p)) Σ_i e_i ψ(w_r·x_i)

λ acts on the second layer only. In the notation of this package, ``η = s/m`` and ``λ_here = mλ``. The paper's dropout
is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.network import Network, alignment
from fa_theory.model.problem import gaussian_network
from fa_theory.model.rules import Relearning, Rule

from ...shared.images import Images

STEP_SIZE, BATCH, WIDTH = 1e-2, 600, 1000
PROBE = 2000
"""Training images on which loss and error signals are measured."""
QUANTITIES = ("alignment", "signals", "accuracy", "loss")


def error_signal(f: Array, labels: Array) -> Array:
    """``e = softmax(f) − onehot(labels)``, shape ``(m, k)``: the derivative of the cross-entropy with respect to f."""
    e = np.exp(f - f.max(axis=-1, keepdims=True))
    e /= e.sum(axis=-1, keepdims=True)
    e[np.arange(len(labels)), labels] -= 1
    softened: Array = e
    return softened


def cross_entropy(f: Array, labels: Array) -> float:
    """The mean of ``−log softmax(f)`` at the labels.

    Examples
    --------
    >>> round(cross_entropy(np.zeros((3, 10)), np.array([0, 4, 9])) - np.log(10), 12)
    np.float64(0.0)
    """
    shifted = f - f.max(axis=-1, keepdims=True)
    logs = np.log(np.exp(shifted).sum(axis=-1)) - shifted[np.arange(len(labels)), labels]
    return float(np.mean(logs, dtype=np.float64))


def learn(
    network: Network, X: Array, labels: Array, *, step_size: float, lam: float = 0.0, rule: Rule = Rule.FA
) -> Network:
    """One step on a batch.

    Parameters
    ----------
    network
        With k outputs.
    X, labels
        Images ``(m, d)`` and their classes ``(m,)``.
    step_size, lam
        As in the paper: s, and λ on the second layer.
    rule
        Any; BP is gradient descent.
    """
    Z = network.preactivations(X)
    features = network.psi.value(Z)
    e = error_signal(network.readout(features), labels)
    scale = step_size / (len(X) * np.sqrt(network.p).item())
    moved = (e @ rule.feedback(network).T) * network.psi.slope(Z)
    keep, move = 1 - step_size * lam, scale * (features.T @ e)
    W, b = network.W - scale * (moved.T @ X), rule.after(Relearning(network.b, network.beta, keep, move))
    return replace(network, W=W, beta=keep * network.beta - move, b=b)


def signal_alignment(network: Network, e: Array) -> float:
    """Mean over samples of the cosine between the two error signals ``b e_i`` (FA) and ``β e_i`` (BP) in ℝᵖ.

    Samples whose signals are 0 are omitted; nan if all are. Computed from the k×k matrices bᵀβ, bᵀb and βᵀβ.

    Examples
    --------
    >>> b = np.eye(2)
    >>> network = Network(np.ones((2, 1)), beta=np.array([[1.0, 1.0], [0.0, 1.0]]), b=b, psi=activation("relu"))
    >>> round(signal_alignment(network, np.array([[0.0, 1.0]])), 4)
    0.7071
    """
    b, beta = network.b.astype(np.float64), network.beta.astype(np.float64)
    e = e.astype(np.float64)

    def form(u: Array, v: Array) -> Array:
        values: Array = np.sum((e @ (u.T @ v)) * e, axis=-1)
        return values

    sizes = np.sqrt(np.maximum(form(b, b) * form(beta, beta), 0.0))
    there = sizes > 0
    return float(np.mean(form(b, beta)[there] / sizes[there])) if there.any() else float("nan")


@dataclass(frozen=True, slots=True)
class Training:
    """The settings for training one network.

    Attributes
    ----------
    lam, step_size
        As in the paper: λ on the second layer, and s.
    p, batch
        Width, and images in a batch.
    steps, every
        Steps 0, every, 2·every, … and the last one are recorded.
    rule
        FA or BP.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    lam: float
    p: int = WIDTH
    steps: int = 3000
    every: int = 100
    batch: int = BATCH
    step_size: float = STEP_SIZE
    rule: Rule = Rule.FA

    def __post_init__(self) -> None:
        for name in ("p", "steps", "every", "batch"):
            if getattr(self, name) < 1:
                raise InputError(f"expected {name} ≥ 1 but got {getattr(self, name)!r}")
        if not (np.isfinite(self.lam) and self.lam >= 0):
            raise InputError(f"expected a finite regularisation lam ≥ 0 but got {self.lam!r}")
        if not (np.isfinite(self.step_size) and self.step_size > 0):
            raise InputError(f"expected a finite step size > 0 but got {self.step_size!r}")

    @property
    def recorded(self) -> list[int]:
        """Steps at which the network is recorded."""
        return sorted({*range(0, self.steps, self.every), self.steps})

    def run(self, images: Images, rng: np.random.Generator) -> dict[str, list[float]]:
        """Train one network, and return the `QUANTITIES` at the recorded steps.

        ``alignment`` is ``cos∠(b, β)`` over all outputs; ``signals`` the mean cosine of the error signals
        (`signal_alignment`) and ``loss`` the cross-entropy, both on the first 2000 training images; ``accuracy`` the
        share of test images classified correctly. A network whose loss overflows has nan from then on.

        Raises
        ------
        InputError
            If a batch is larger than the set of training images.
        """
        if self.batch > len(images.X):
            raise InputError(
                f"a batch of {self.batch} exceeds the {len(images.X)} training images; choose a smaller batch"
            )
        kind = images.X.dtype
        drawn = gaussian_network(rng, self.p, images.X.shape[1], activation("relu"), images.classes)
        network = Network(drawn.W.astype(kind), drawn.beta.astype(kind), drawn.b.astype(kind), drawn.psi)
        batches = minibatches(len(images.X), self.batch, rng)
        found: dict[str, list[float]] = {name: [] for name in QUANTITIES}
        with np.errstate(over="ignore", invalid="ignore"):
            at = 0
            for step in self.recorded:
                for rows in (next(batches) for _ in range(step - at)):
                    network = self.step(network, images.X[rows], images.labels[rows])
                at = step
                for name, value in zip(QUANTITIES, observed(network, images), strict=True):
                    found[name].append(value)
        return found

    def step(self, network: Network, X: Array, labels: Array) -> Network:
        """`learn`, from a batch."""
        return learn(network, X, labels, step_size=self.step_size, lam=self.lam, rule=self.rule)


def observed(network: Network, images: Images) -> tuple[float, float, float, float]:
    """The current values of the `QUANTITIES`."""
    f, labels = network.output(images.X[:PROBE]), images.labels[:PROBE]
    loss = cross_entropy(f, labels)
    if not np.isfinite(loss):
        return (float("nan"),) * 4
    flat = (A.astype(np.float64).ravel() for A in (network.b, network.beta))
    right = [
        network.output(images.X_test[rows : rows + PROBE]).argmax(axis=-1) == images.labels_test[rows : rows + PROBE]
        for rows in range(0, len(images.X_test), PROBE)
    ]
    signals = signal_alignment(network, error_signal(f, labels))
    return float(alignment(*flat)), signals, float(np.mean(np.concatenate(right))), loss


def minibatches(n: int, batch: int, rng: np.random.Generator) -> Iterator[Array]:
    """An endless iterator over batches of rows: a new order in every epoch, incomplete batches omitted.

    There must be at least one batch.

    Examples
    --------
    >>> from itertools import islice
    >>> [len(rows) for rows in islice(minibatches(5, 2, np.random.default_rng(0)), 4)]
    [2, 2, 2, 2]
    """
    while True:
        order = rng.permutation(n)
        for first in range(0, n - batch + 1, batch):
            yield order[first : first + batch]
