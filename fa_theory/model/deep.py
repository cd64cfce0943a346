"""Networks of any depth and one step of any rule: written once, for floats, balls, rationals and arrays of JAX.

Layers are numbered ``l = 1, …, L`` with widths ``w_0 = d, w_1, …, w_L = k``:

    h_0 = x,   z_l = s_l W_l h_{l−1} + c_l,   h_l = ψ(z_l) for l < L,   f = z_L,   e = f − y.

The rows of a matrix are samples, and leading axes are a batch of networks. The network of two layers of
`fa_theory.model.network` is the case ``L = 2`` with ``W = W_1``, ``β = W_2ᵀ``, ``b = B_2ᵀ`` and ``s = (1, p^{-1/2})``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from fa_theory.errors import InputError

from . import checks
from .activations import Activation, activation
from .ball import Array, namespace
from .convolution import Convolution
from .losses import SQUARES, Loss, as_loss
from .network import Network, kind_of, root_of, transpose
from .rules import Backward, Relearning, Rule, as_rule


@dataclass(frozen=True, slots=True)
class WeightScaling:
    """The factors ``s_l`` of the layers past the first, and the law of their weights at the start, N(0, spread²).

    In every scaling the first layer has ``s_1 = 1`` and weights of N(0, 1).

    Attributes
    ----------
    name
        The name.
    powers
        ``s_l = w_{l−1}^{−a}``: the exponent a of the layers in the middle, and that of the last.
    spread_power
        ``spread = w_{l−1}^{−c}``: the exponent c.
    """

    name: str
    powers: tuple[float, float]
    spread_power: float = 0.0

    def power(self, layer: int, depth: int) -> float:
        """The exponent a of a layer."""
        if layer == 1:
            return 0.0
        return self.powers[1] if layer == depth else self.powers[0]

    def spread(self, layer: int, fan_in: int) -> float:
        """Standard deviation of the weights at the start."""
        return 1.0 if layer == 1 else fan_in**-self.spread_power


SCALINGS = {
    one.name: one
    for one in (
        WeightScaling("ntk", (0.5, 0.5)),
        # as most programs have it: no factors, and weights of size w^{-1/2}
        WeightScaling("standard", (0.0, 0.0), 0.5),
        # for two layers the mean-field limit (Mei, Montanari & Nguyen 2018); layers in between as in "ntk"
        WeightScaling("mean-field", (0.5, 1.0)),
    )
}
"""The scalings by name."""


def as_scaling(name: str | WeightScaling) -> WeightScaling:
    """Look a scaling up by name; a scaling is returned as it is.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if isinstance(name, WeightScaling):
        return name
    if not isinstance(name, str) or name not in SCALINGS:
        raise InputError(f"unknown scaling {name!r}; choose one of {', '.join(SCALINGS)}")
    return SCALINGS[name]


class DeepWeights(NamedTuple):
    """All numbers of a network that learning can change.

    Attributes
    ----------
    W
        ``W_1, …, W_L``, each ``(…, w_l, w_{l−1})``.
    B
        Feedback weights ``B_2, …, B_L`` in the place of ``W_2, …, W_L``; for a rule that is direct, of shape
        ``(…, k, w_{l−1})``.
    c
        Biases ``c_1, …, c_L``, each ``(…, w_l)``; none: no biases.
    V
        Velocities of W and then of c, for momentum; none: not moving yet.
    """

    W: tuple[Array, ...]
    B: tuple[Array, ...]
    c: tuple[Array, ...] = ()
    V: tuple[Array, ...] = ()

    def each(self, change: Callable[[Array], Array]) -> DeepWeights:
        """All of them changed."""
        return DeepWeights(*(tuple(map(change, part)) for part in self))


def together(each: Sequence[DeepWeights], join: Callable[[Sequence[Array]], Array]) -> DeepWeights:
    """The weights of several networks of one shape, joined one by one."""
    return DeepWeights(*(tuple(map(join, zip(*parts, strict=True))) for parts in zip(*each, strict=True)))


class Pass(NamedTuple):
    """What the input does on its way forward.

    Attributes
    ----------
    z
        ``z_1, …, z_L``.
    h
        ``h_0, …, h_{L−1}``.
    slopes
        ``ψ'(z_1), …, ψ'(z_{L−1})``.
    """

    z: tuple[Array, ...]
    h: tuple[Any, ...]
    slopes: tuple[Array, ...]

    @property
    def f(self) -> Array:
        """The output, ``(…, n, k)``."""
        return self.z[-1]


class Products(NamedTuple):
    """The inputs known by their products; the first weights are then A, ``(…, n, w_1)``, of ``W_1 = W_1(0) + AᵀX``.

    A step moves A by ``−η δ_1``, and ``z_1 = Z + K A``: less work than moving W_1 where there are fewer samples than
    inputs. The first layer must not decay.

    Attributes
    ----------
    K
        ``XXᵀ``, ``(…, n, n)``.
    Z
        ``X W_1(0)ᵀ``, ``(…, n, w_1)``.
    """

    K: Array
    Z: Array


Inputs = Array | Products
"""Inputs ``(…, n, d)``, or their products."""


@dataclass(frozen=True, eq=False)
class DeepNetwork:
    """State of a network of L layers.

    Attributes
    ----------
    weights
        All its numbers.
    psi
        The activation of the hidden layers, or its name.
    scaling
        The factors ``s_l``, or their name.
    ties
        For each layer the convolution whose kernel stands in the place of W and B, or None; empty: none anywhere.

    Raises
    ------
    InputError
        If the shapes do not fit together, or a name is unknown.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> net = gaussian_deep_network(rng, (4, 30, 30, 2), "tanh", "fa")
    >>> net
    DeepNetwork(tanh, 4-30-30-2, ntk)
    >>> net.forward(np.ones((5, 4))).f.shape
    (5, 2)
    """

    weights: DeepWeights
    psi: Activation
    scaling: WeightScaling = SCALINGS["ntk"]
    ties: tuple[Convolution | None, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "psi", activation(self.psi))
        object.__setattr__(self, "scaling", as_scaling(self.scaling))
        W, B, c, _ = self.weights
        if len(W) < 2 or len(B) != len(W) - 1 or len(c) not in (0, len(W)):
            raise InputError(
                f"expected L ≥ 2 weights, L − 1 feedback weights and L or no biases but got {len(W)}, {len(B)} and "
                f"{len(c)}"
            )
        for layer, (below, here) in enumerate(pairwise(W), 1):
            if not self.ties and here.shape[-1] not in below.shape[-2:]:
                raise InputError(f"W_{layer} has shape {below.shape} but W_{layer + 1} has shape {here.shape}")

    def __repr__(self) -> str:
        batch = self.weights.W[0].shape[:-2]
        sizes = "-".join(map(str, self.widths))
        return f"DeepNetwork({self.psi.name}, {sizes}, {self.scaling.name}{f', batch={batch}' if batch else ''})"

    @property
    def depth(self) -> int:
        """L, the number of layers of weights."""
        return len(self.weights.W)

    def tie(self, layer: int) -> Convolution | None:
        """The convolution of a layer, if it is one."""
        return self.ties[layer - 1] if self.ties else None

    @property
    def widths(self) -> tuple[int, ...]:
        """``w_0, …, w_L``."""
        first = self.tie(1)
        into = int(self.weights.W[0].shape[-1]) if first is None else math.prod(first.image or ())
        ties = [self.tie(layer) for layer in range(1, self.depth + 1)]
        outs = [math.prod(tie.out) if tie else int(W.shape[-2]) for tie, W in zip(ties, self.weights.W, strict=True)]
        return (into, *outs)

    def matrix(self, layer: int) -> Array:
        """``W_l``."""
        tie, W = self.tie(layer), self.weights.W[layer - 1]
        return W if tie is None else tie.spread(W)

    def feedback(self, layer: int, rule: Rule) -> Array:
        """What the rule sends the error back through, in the place of ``W_l``."""
        tie, V = self.tie(layer), rule.through(self.weights.W[layer - 1], self.weights.B[layer - 2])
        found: Array = V if tie is None or rule.direct else tie.spread(V)
        return found

    def scale(self, layer: int) -> Any:
        """``s_l``, in the kind of number the network is made of."""
        power, w = self.scaling.power(layer, self.depth), int(self.weights.W[layer - 1].shape[-1])
        kind = kind_of(self.weights.W[0])
        if kind is float:
            return float(w**-power)
        if power == 0:
            return 1
        return 1 / root_of(w, kind) if power == 0.5 else kind(1) / w

    def forward(self, X: Inputs) -> Pass:
        """Everything on the way from the inputs to the output."""
        z, h, slopes = [], [X], []
        for layer in range(1, self.depth + 1):
            W, below = self.matrix(layer), h[-1]
            z.append(below.Z + below.K @ W if isinstance(below, Products) else below @ transpose(W))
            if layer > 1:
                z[-1] = self.scale(layer) * z[-1]
            if self.weights.c:
                z[-1] = z[-1] + self.weights.c[layer - 1][..., None, :]
            if layer < self.depth:
                value, slope = self.psi.both(z[-1])
                h.append(value)
                slopes.append(slope)
        return Pass(tuple(z), tuple(h), tuple(slopes))

    def signals(self, seen: Pass, e: Array, y: Array, rule: Rule) -> tuple[Array, ...]:
        """``δ_1, …, δ_L``, each ``(…, n, w_l)``: the step is ``W_l ← W_l − η s_l δ_lᵀ h_{l−1}``."""
        found = [e]
        for layer in range(self.depth - 1, 0, -1):
            V, W, s = self.feedback(layer + 1, rule), self.matrix(layer + 1), self.scale(layer + 1)
            found.insert(0, rule.signal(Backward(V, W, s, found[0], e, y, seen.h[layer], seen.slopes[layer - 1])))
        return tuple(found)

    def gradients(self, seen: Pass, signals: Sequence[Array]) -> list[Array]:
        """``s_l δ_lᵀ h_{l−1}``, of the shapes of ``W_l``."""
        found = []
        for layer, (d, h) in enumerate(zip(signals, seen.h, strict=True), 1):
            tie, gradient = self.tie(layer), _product(h, d)
            found.append(self.scale(layer) * (gradient if tie is None else tie.gathered(gradient)))
        return found

    def with_weights(self, weights: DeepWeights) -> DeepNetwork:
        """The same network with other weights."""
        return replace(self, weights=weights)

    def member(self, i: int) -> DeepNetwork:
        """Network i of a batch."""
        return self.with_weights(self.weights.each(lambda A: A[i]))

    def two_layers(self) -> Network:
        """The same as a `fa_theory.model.network.Network`; outputs keep their axis.

        Raises
        ------
        InputError
            If it is deeper, has biases, or another scaling.
        """
        (W, B, c, _) = self.weights
        if self.depth != 2 or c or self.scaling.name != "ntk":
            raise InputError(f"{self} is not a network of two layers without biases in the NTK scaling")
        return Network(W[0], transpose(W[1]), transpose(B[0]), self.psi)


def _product(h: Inputs, d: Array) -> Array:
    """``dᵀh``, or ``d`` for the first weights of `Products`."""
    if isinstance(h, Products):
        return d
    # the smaller of the two is transposed
    return transpose(d) @ h if d.shape[-1] <= h.shape[-1] else transpose(transpose(h) @ d)


def of_two_layers(network: Network) -> DeepNetwork:
    """A network of two layers as one of depth 2.

    Examples
    --------
    >>> of_two_layers(Network([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.25], [1.0, -1.0], "tanh")).widths
    (2, 2, 1)
    """
    beta, b = network.columns(network.beta), network.columns(network.b)
    return DeepNetwork(DeepWeights((network.W, transpose(beta)), (transpose(b),)), network.psi)


def gaussian_deep_network(
    rng: np.random.Generator,
    widths: Sequence[int | Convolution],
    psi: str | Activation,
    rule: str | Rule,
    *,
    scaling: str | WeightScaling = "ntk",
    biases: bool = False,
    image: tuple[int, int, int] | None = None,
) -> DeepNetwork:
    """Draw independent Gaussian weights and feedback weights; biases start at 0.

    Parameters
    ----------
    rng
        The generator: first ``W_1, …, W_L``, then ``B_L, …, B_2``, as a network of two layers draws W, β, b.
    widths
        ``w_0, …, w_L``: inputs, hidden layers, outputs; a hidden layer can be a convolution.
    psi, scaling
        Activation and scaling, or their names.
    rule
        The rule, which determines the shapes of B.
    biases
        Whether there are any.
    image
        Channels, height and width of the inputs, for a convolution.

    Raises
    ------
    InputError
        If there are fewer than three widths, or one is not a whole number ≥ 1.
    """
    scaling, rule = as_scaling(scaling), as_rule(rule)
    if len(widths) < 3:
        raise InputError(f"expected at least 3 widths, of inputs, hidden layers and outputs, but got {widths}")
    sizes, ties = _tied(widths, image)
    shapes = [tie.shape if tie else (out, into) for (into, out), tie in zip(pairwise(sizes), ties, strict=True)]
    spreads = [scaling.spread(layer, into) for layer, (_, into) in enumerate(shapes, 1)]
    # the last layer is drawn as (w_{L−1}, k), which is the order of β and b
    W = [spread * rng.standard_normal(shape) for shape, spread in zip(shapes[:-1], spreads, strict=False)]
    W.append(spreads[-1] * rng.standard_normal(shapes[-1][::-1]).T)
    B: list[Array] = []
    for below, shape, spread in list(zip(sizes, shapes, spreads, strict=False))[:0:-1]:
        out, into = (sizes[-1], below) if rule.direct else shape
        B.insert(0, spread * rng.standard_normal((into, out)).T)
    c = tuple(np.zeros(w) for w in sizes[1:]) if biases else ()
    weights = DeepWeights(tuple(W), tuple(B), c)
    return DeepNetwork(weights, activation(psi), scaling, tuple(ties) if any(ties) else ())


def _tied(
    widths: Sequence[int | Convolution], image: tuple[int, int, int] | None
) -> tuple[list[int], list[Convolution | None]]:
    """Sizes of all layers, and the convolutions from layer 1 on."""
    sizes: list[int] = []
    ties: list[Convolution | None] = []
    for at, width in enumerate(widths):
        if isinstance(width, Convolution):
            if image is None or at in (0, len(widths) - 1):
                raise InputError("a convolution is a hidden layer on an image: give image=(channels, height, width)")
            if at == 1 and math.prod(image) != sizes[0]:
                raise InputError(f"images of {image} have {math.prod(image)} numbers, but there are {sizes[0]} inputs")
            layer = width.on(image)
            image = layer.out
            ties.append(layer)
            sizes.append(math.prod(image))
        else:
            image = image if at == 0 else None
            ties.append(None)
            sizes.append(checks.size("width", width))
    return sizes, ties[1:]


@dataclass(frozen=True, slots=True)
class Learning:
    """What a step does besides following the rule.

    Attributes
    ----------
    rule
        The rule, or its name.
    momentum
        μ of ``V ← μV + η∇``, ``W ← W − V`` (as in PyTorch: ∇ contains the decay).
    rows
        ``"fixed"``: after each step every row of ``W_l`` is scaled to the norm ``spread · √w_{l−1}`` that it has on
        average at the start; ``"bounded"``: only if it is longer; None: not at all.
    loss
        The loss, or its name: ``"squares"`` or ``"cross-entropy"``.

    Raises
    ------
    InputError
        If μ is not in [0, 1), or a name is unknown.
    """

    rule: Rule = Rule.FA
    momentum: float = 0.0
    rows: str | None = None
    loss: Loss = SQUARES

    def __post_init__(self) -> None:
        object.__setattr__(self, "rule", as_rule(self.rule))
        object.__setattr__(self, "loss", as_loss(self.loss))
        if not 0 <= self.momentum < 1:
            raise InputError(f"expected a momentum in [0, 1) but got {self.momentum!r}")
        if self.rows not in ROWS:
            raise InputError(f"expected rows to be one of {', '.join(map(repr, ROWS))} but got {self.rows!r}")


ROWS = (None, "fixed", "bounded")


def advance(
    network: DeepNetwork,
    X: Inputs,
    y: Array,
    *,
    eta: Any,
    keep: Sequence[Any],
    learning: Learning = Learning(),
    draws: Sequence[Any] = (),
    seen: Pass | None = None,
) -> tuple[DeepNetwork, Array]:
    """One step on the loss of the samples given, ``½‖e‖²`` if no other is chosen, and the error before it.

        W_l⁺ = κ_l W_l − η s_l Σ_i δ_{l,i} h_{l−1,i}ᵀ,    c_l⁺ = c_l − η Σ_i δ_{l,i},    δ_L = e

    Parameters
    ----------
    network
        The state, made of floats, balls, rationals or arrays of JAX.
    X, y
        Inputs ``(…, n, d)`` and targets ``(…, n, k)``.
    eta
        Step size η; for a batch ``(…, 1, 1)``.
    keep
        ``κ_l = 1 − ηλ_l`` of each layer; biases do not decay.
    learning
        The rule and the rest.
    draws
        What the rule asks for, of layers 2 to L.
    seen
        ``network.forward(X)``, if it is known already.
    """
    (W, B, c, V), rule, depth = network.weights, learning.rule, network.depth
    seen = network.forward(X) if seen is None else seen
    e = learning.loss.error(seen.f, y)
    signals = network.signals(seen, e, y, rule)
    moves = [eta * gradient for gradient in network.gradients(seen, signals)]
    pushes = [eta[..., 0] * d.sum(axis=-2) if hasattr(eta, "shape") else eta * d.sum(axis=-2) for d in signals if c]
    relearnt = []
    for layer in range(2, depth + 1):
        spread, scale = network.scaling.spread(layer, W[layer - 1].shape[-1]), network.scale(layer)
        drawn, at = draws[layer - 2] if rule.draws else None, layer - 1
        known = Relearning(B[at - 1], W[at], keep[at], moves[at], drawn, scale, spread, network.psi)
        relearnt.append(rule.after(known))
    if learning.momentum:
        towards = [m + (1 - k) * w for m, k, w in zip(moves, keep, W, strict=True)] + pushes
        V = tuple(learning.momentum * v + g for v, g in zip(V, towards, strict=True)) if V else tuple(towards)
        W = tuple(w - v for w, v in zip(W, V[:depth], strict=True))
        c = tuple(a - v for a, v in zip(c, V[depth:], strict=True))
    else:
        W = tuple(k * w - m for k, w, m in zip(keep, W, moves, strict=True))
        c = tuple(a - p for a, p in zip(c, pushes, strict=True))
    if rule.nonnegative:
        W = (W[0], *(abs(w) for w in W[1:]))
    if learning.rows:
        W = tuple(_scaled(w, network.scaling.spread(layer, w.shape[-1]), learning) for layer, w in enumerate(W, 1))
    return network.with_weights(DeepWeights(W, tuple(relearnt), c, V)), e


def _scaled(W: Array, spread: float, learning: Learning) -> Array:
    xp = namespace(W)
    factor = spread * math.sqrt(W.shape[-1]) / xp.sqrt(xp.sum(W * W, axis=-1, keepdims=True))
    scaled: Array = W * (factor if learning.rows == "fixed" else xp.minimum(factor, 1))
    return scaled
