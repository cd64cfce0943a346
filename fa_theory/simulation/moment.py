"""Networks of any depth at one step, and what can be said of them: one formula for NumPy and for JAX."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fa_theory.model.ball import Array, namespace
from fa_theory.model.deep import DeepNetwork, Inputs, Learning, Pass, Products
from fa_theory.model.network import transpose
from fa_theory.model.rules import Rule

Matrices = list[Array]


@dataclass(frozen=True, eq=False)
class Moment:
    """m networks of one shape at one step.

    Attributes
    ----------
    network
        The networks, a batch with the leading axis m.
    inputs, y
        All their samples: inputs ``(m, n, d)`` or their products, targets ``(m, n, k)``.
    start
        The weights ``W_l`` at step 0; none where nothing asks for them.
    learning
        The rule, the loss, and the rest.
    seen
        What the inputs do on their way forward.
    test
        Further samples ``(m, n', d)`` and ``(m, n', k)``, or None.
    """

    network: DeepNetwork
    inputs: Inputs
    y: Array
    start: tuple[Array, ...]
    learning: Learning
    seen: Pass
    test: tuple[Array, Array] | None = None

    @cached_property
    def e(self) -> Array:
        """The error, ``(m, n, k)``."""
        return self.learning.loss.error(self.seen.f, self.y)

    def signals(self, rule: Rule) -> tuple[Array, ...]:
        """``δ_1, …, δ_L`` of a rule."""
        return self.network.signals(self.seen, self.e, self.y, rule)

    @cached_property
    def moved(self) -> Matrices:
        """``W_l − W_l(0)``."""
        return [W - start for W, start in zip(self.network.weights.W, self.start, strict=True)]

    @cached_property
    def pairs(self) -> list[tuple[Array, Array]]:
        """The feedback weights of layers 2 to L, and the weights they stand for.

        For a rule that is direct these are the products ``s_L W_L ⋯ s_l W_l``, which lead from the output to layer l.
        """
        W, B = self.network.weights.W, self.network.weights.B
        if not self.learning.rule.direct:
            return list(zip(B, W[1:], strict=True))
        product, found = W[-1], [(B[-1], W[-1])]
        for layer in range(len(W) - 1, 1, -1):
            product = product @ (self.network.scale(layer) * self.network.matrix(layer))
            found.insert(0, (B[layer - 2], product))
        return found


def inner(A: Array, B: Array) -> Array:
    """``⟨A, B⟩`` of matrices, ``(m,)``."""
    product: Array = (A * B).sum(axis=(-2, -1))
    return product


def root(x: Array) -> Array:
    """√x."""
    found: Array = namespace(x).sqrt(x)
    return found


def cosine(A: Array, B: Array) -> Array:
    """Of matrices, ``(m,)``; nan where one is 0."""
    return inner(A, B) / root(inner(A, A)) / root(inner(B, B))


def stacked(columns: Matrices) -> Array:
    """Numbers ``(m, …)`` of several layers, ``(m, layers, …)``."""
    whole: Array = namespace(columns[0]).stack(columns, axis=1)
    return whole


def alignment(now: Moment) -> Array:
    """The cosine of all feedback weights together."""
    pairs = now.pairs
    three = pairs, [(B, B) for B, _ in pairs], [(W, W) for _, W in pairs]
    both, of_b, of_w = (stacked([inner(*pair) for pair in some]).sum(axis=1) for some in three)
    whole: Array = both / root(of_b) / root(of_w)
    return whole


def layer_alignment(now: Moment) -> Array:
    """``cos∠(B_l, W_l)`` of each layer l ≥ 2; of direct feedback with the product of weights that it stands for."""
    return stacked([cosine(B, W) for B, W in now.pairs])


def update_cosine(now: Moment) -> Array:
    """The cosine of the step of each layer and that of backpropagation, before decay and momentum."""
    ours, theirs = (now.network.gradients(now.seen, now.signals(rule)) for rule in (now.learning.rule, Rule.BP))
    return stacked([cosine(A, B) for A, B in zip(ours, theirs, strict=True)])


def obtuse(now: Moment) -> Array:
    """1 for each layer whose step leads away from that of backpropagation, else 0: its mean says how often."""
    away: Array = (update_cosine(now) < 0) * 1.0
    return away


def signal_alignment(now: Moment) -> Array:
    """The cosine of the signal of each hidden layer and that of backpropagation, on average over the samples."""
    columns = []
    for ours, theirs in list(zip(now.signals(now.learning.rule), now.signals(Rule.BP), strict=True))[:-1]:
        lengths = root((ours * ours).sum(axis=-1)) * root((theirs * theirs).sum(axis=-1))
        some = lengths > 0  # a signal of 0 has no direction
        cosines = (ours * theirs).sum(axis=-1) / namespace(lengths).where(some, lengths, 1)
        columns.append(cosines.sum(axis=-1) / some.sum(axis=-1))
    return stacked(columns)


def movement(now: Moment) -> Array:
    """``‖W_l − W_l(0)‖_F`` of each layer."""
    return stacked([root(inner(A, A)) for A in now.moved])


def farthest(moved: Array, axis: int) -> Array:
    """The longest of the vectors along an axis of matrices, ``(m,)``."""
    longest: Array = root((moved * moved).sum(axis=axis)).max(axis=-1)
    return longest


def correct(f: Array, y: Array) -> Array:
    """The part of the samples whose largest output is where the largest target is; for one output, with its sign."""
    right: Array = (f > 0) == (y > 0) if y.shape[-1] == 1 else (f.argmax(axis=-1) == y.argmax(axis=-1))[..., None]
    share: Array = (right * 1.0).mean(axis=(-2, -1))
    return share


def loss(now: Moment) -> Array:
    """The loss that the networks learn by."""
    return now.learning.loss.value(now.seen.f, now.y)


def accuracy(now: Moment) -> Array:
    """The part of the samples whose largest output is where the largest target is; for one output, its sign counts."""
    return correct(now.seen.f, now.y)


def accuracy_of_test(now: Moment) -> Array:
    """The accuracy on the samples of the test."""
    assert now.test is not None
    return correct(now.network.forward(now.test[0]).f, now.test[1])


def loss_of_test(now: Moment) -> Array:
    """The loss of the samples of the test."""
    assert now.test is not None
    return now.learning.loss.value(now.network.forward(now.test[0]).f, now.test[1])


def _grams(now: Moment) -> Matrices:
    return [h @ transpose(h) / h.shape[-1] for h in now.seen.h[1:]]


def _eigenvalues(G: Array) -> Array:
    """Of symmetric matrices, in increasing order; those of networks that diverged are not looked at."""
    xp = namespace(G)
    found: Array = xp.linalg.eigvalsh(xp.where(xp.isfinite(G), G, 0))
    return found


def gram_spectrum(now: Moment) -> Array:
    """Eigenvalues of ``h_l h_lᵀ / w_l`` of each hidden layer, in increasing order."""
    return stacked([_eigenvalues(G) for G in _grams(now)])


def kernel_alignment(now: Moment) -> Array:
    """The cosine of ``h_l h_lᵀ`` of each hidden layer and ``y yᵀ``."""
    target = now.y @ transpose(now.y)
    return stacked([cosine(G, target) for G in _grams(now)])


def tangent_kernel(now: Moment) -> Array:
    """The kernel of backpropagation, ``(m, nk, nk)``, of weights and biases; the outputs of a sample side by side."""
    net, seen, k = now.network, now.seen, now.y.shape[-1]
    xp = namespace(now.y)
    signals = [net.signals(seen, xp.zeros_like(now.y) + xp.eye(k)[a], now.y, Rule.BP) for a in range(k)]
    kernel: Any = 0
    for layer, h in enumerate(seen.h, 1):
        J, tie = xp.stack([signal[layer - 1] for signal in signals], axis=-2), net.tie(layer)  # (m, n, k, w)
        G = J.reshape(*J.shape[:-3], -1, J.shape[-1])
        each = G @ transpose(G)
        if net.weights.c:
            kernel = kernel + each
        if tie is None:
            products = h.K if isinstance(h, Products) else h @ transpose(h)
            each = each * xp.repeat(xp.repeat(products, k, axis=-2), k, axis=-1)
        else:
            slopes = tie.gathered(J[..., None] * h[..., None, None, :])  # of each sample and output
            G = slopes.reshape(*slopes.shape[:-4], slopes.shape[-4] * k, -1)
            each = G @ transpose(G)
        kernel = kernel + net.scale(layer) ** 2 * each
    found: Array = xp.asarray(kernel)
    return found


def tangent_spectrum(now: Moment) -> Array:
    """Eigenvalues of the kernel of backpropagation, the neural tangent kernel, in increasing order."""
    return _eigenvalues(tangent_kernel(now))
