"""The learning rules: each is one object, for two layers and for any depth, and one formula for any number.

A rule says through what the error travels back to a hidden layer, what a step does to the feedback weights, and what it
draws at every step. Everything else asks the object. A new rule is one `Rule` more; see the example there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from fa_theory.errors import InputError

from .activations import Activation
from .ball import Array, Ball, namespace
from .network import Network, transpose


@dataclass(frozen=True, slots=True)
class Signs:
    """Feedback through ``m ∘ sign W``, whose magnitudes m are made from B.

    Attributes
    ----------
    magnitude
        From B to m.
    norm_of
        Scale the feedback of a layer to the norm of its W ("strict" normalisation) or of its B, which is drawn as W
        is; None: leave it as it is.
    """

    magnitude: Callable[[Any], Any]
    norm_of: Literal["W", "B"] | None = None

    def __call__(self, W: Any, B: Any) -> Any:
        """What the error is sent back through."""
        signs = self.magnitude(B) * namespace(W).sign(W)
        if self.norm_of is None:
            return signs
        return signs * (_norm(W if self.norm_of == "W" else B) / _norm(signs))


def _norm(A: Any) -> Any:
    """Frobenius norm of each matrix."""
    xp = namespace(A)
    return xp.sqrt(xp.sum(A * A, axis=(-2, -1), keepdims=True))


Sent = Literal["b", "beta"] | Signs | Callable[[Any, Any], Any]
"""What the error is sent back through: B, W, signs of W, or a function of W and B that gives a matrix of the shape of
B. In a network of two layers b and β are B and W of the second layer, transposed."""


class Backward(NamedTuple):
    """What the rule can know when the signal δ of hidden layer l is formed; the rows of a matrix are samples.

    Attributes
    ----------
    V
        What the error is sent back through, in the place of ``W``.
    W
        Weights of layer l + 1, ``(…, w_{l+1}, w_l)``.
    scale
        Their scaling ``s_{l+1}``.
    above
        The signal ``δ_{l+1}``, ``(…, n, w_{l+1})``.
    e, y
        Error and targets, ``(…, n, k)``.
    h, slope
        ``h_l`` and ``ψ'(z_l)``, ``(…, n, w_l)``.
    """

    V: Array
    W: Array
    scale: Any
    above: Array
    e: Array
    y: Array
    h: Array
    slope: Array


Signal = Callable[[Backward], Array]
"""From what is known to the signal δ of a hidden layer, whose step is ``W ← W − η s Σ_i δ_i hᵀ``."""


def from_above(at: Backward) -> Array:
    """``δ_l = ψ'(z_l) ∘ (s_{l+1} δ_{l+1} V)``: from layer to layer, as backpropagation does."""
    signal: Array = at.slope * (at.scale * (at.above @ at.V))
    return signal


def from_output(at: Backward) -> Array:
    """``δ_l = ψ'(z_l) ∘ (s_{l+1} e V)``: from the output to each layer directly."""
    signal: Array = at.slope * (at.scale * (at.e @ at.V))
    return signal


def from_target(at: Backward) -> Array:
    """``δ_l = ψ'(z_l) ∘ (s_{l+1} y V)``: from the targets, before there is an output."""
    signal: Array = at.slope * (at.scale * (at.y @ at.V))
    return signal


def from_activity(at: Backward) -> Array:
    """``δ_l = −h_l``: what fires together is wired together."""
    return -at.h


class Relearning(NamedTuple):
    """What the rule can know when the feedback weights of a layer change.

    Attributes
    ----------
    B, W
        Feedback weights and weights of the layer before the step.
    keep, move
        The step of W is ``W ← keep W − move``, with ``keep = 1 − ηλ``.
    draws
        What the rule asked for: independent N(0, 1).
    scale, spread
        The scaling ``s`` of the layer, and the standard deviation of its weights at the start.
    psi
        The activation.
    """

    B: Array
    W: Array
    keep: Any
    move: Array
    draws: Any = None
    scale: Any = 1
    spread: Any = 1
    psi: Activation | None = None


Learnt = Callable[[Relearning], Array]
"""To the feedback weights after a step."""


RULES: dict[str, Rule] = {}
"""The rules by name."""


@dataclass(frozen=True, eq=False, repr=False)
class Rule:
    """A learning rule. A name such as ``"fa"`` stands for its rule wherever a rule is asked for, see `as_rule`.

    Attributes
    ----------
    name
        The name.
    sent
        The feedback path: the weights V that the error is propagated through.
    learnt
        How a step changes the feedback weights; None: not at all.
    signal
        How the signal of a hidden layer is formed.
    direct
        Whether feedback weights lead from the output straight to each hidden layer, and not from the layer above.
    draws
        From the shape of the weights of a layer to that of what the rule draws for it at every step; None: nothing.
    nonnegative
        Whether weights past the first layer are replaced by their absolute values after each step.
    source
        Where it is from.

    Examples
    --------
    >>> as_rule("bp"), Rule.BP.sent, Rule.BP.constant, Rule.FA.constant
    (Rule.BP, 'beta', False, True)

    A rule of one's own, here one that mixes backpropagation and feedback alignment:

    >>> half = Rule("half", sent=lambda W, B: (W + B) / 2)
    >>> half, half.entrywise
    (Rule('half'), False)
    """

    FA: ClassVar[Rule]
    DFA: ClassVar[Rule]
    BP: ClassVar[Rule]
    SIGN: ClassVar[Rule]
    USF: ClassVar[Rule]
    BRSF: ClassVar[Rule]
    KOLEN_POLLACK: ClassVar[Rule]
    WEIGHT_MIRROR: ClassVar[Rule]
    DRTP: ClassVar[Rule]
    HEBB: ClassVar[Rule]
    GEVB: ClassVar[Rule]

    name: str
    sent: Sent = "b"
    learnt: Learnt | None = None
    signal: Signal = from_above
    direct: bool = False
    draws: Callable[[tuple[int, int]], tuple[int, int]] | None = None
    nonnegative: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        if self.name in RULES:
            raise InputError(f"there is a rule {self.name!r} already; give yours another name, or use as_rule")

    def __repr__(self) -> str:
        return f"Rule.{_attribute(self.name)}" if RULES.get(self.name) is self else f"Rule({self.name!r})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # IPython and Hypothesis would print a dataclass field by field
        printer.text(repr(self))

    def __reduce__(self) -> tuple[Callable[..., Rule], tuple[Any, ...]]:
        if RULES.get(self.name) is self:
            return as_rule, (self.name,)
        return Rule, tuple(getattr(self, one.name) for one in fields(self))

    @property
    def constant(self) -> bool:
        """Whether the error is propagated through constant weights, as theorems on feedback alignment require."""
        return self.sent == "b" and self.learnt is None and self.signal in (from_above, from_output)

    @property
    def entrywise(self) -> bool:
        """Whether, in a network of two layers, a step treats every neuron by itself, given the error.

        Such a rule runs in all paths for two layers; every other one in those for any depth.
        """
        local = self.sent in ("b", "beta") or (isinstance(self.sent, Signs) and self.sent.norm_of is None)
        return local and self.draws is None and not self.nonnegative and self.signal in (from_above, from_output)

    def require_constant(self, what: str) -> None:
        """Reject a rule whose feedback changes, because ``what`` is about feedback alignment.

        Raises
        ------
        InputError
            If the feedback is not constant.
        """
        if not self.constant:
            good = " or ".join(rule.name for rule in RULES.values() if rule.constant)
            raise InputError(
                f"{what} needs constant feedback weights, which the rule {self.name!r} does not have; use {good}"
            )

    def feedback(self, network: Network) -> Array:
        """The weights that the error is propagated through."""
        sent: Array = self.through(network.beta, network.b)
        return sent

    def through(self, W: Any, B: Any) -> Any:
        """What the error is sent back through, of weights and feedback weights alone; also of formulas."""
        if self.sent == "b":
            return B
        if self.sent == "beta":
            return W
        return self.sent(W, B)

    def after(self, at: Relearning) -> Array:
        """The feedback weights after a step."""
        return at.B if self.learnt is None else self.learnt(at)

    def refuse_unless_entrywise(self, what: str) -> None:
        """Refuse a rule for what knows one neuron at a time, see `entrywise`.

        Raises
        ------
        InputError
            If the rule asks for more.
        """
        if not self.entrywise:
            good = ", ".join(rule.name for rule in RULES.values() if rule.entrywise)
            raise InputError(
                f"{what} treats neurons one by one, which the rule {self.name!r} does not; use {good}, "
                "or fa_theory.model.deep.advance"
            )


def _mirrored(at: Relearning) -> Array:
    """Noise ξ comes out as ``ψ(s W ξ)``, so that the mean of ``ψ(s W ξ) ξᵀ`` is ``s W``, times a constant."""
    assert at.psi is not None
    out = at.psi.value(at.scale * (at.draws @ transpose(at.W)))
    seen = transpose(out) @ at.draws / (at.scale * at.draws.shape[-2])
    mirrored: Array = at.B + MIRRORING * (seen - at.B)
    return mirrored


MIRRORING, NOISES = 0.1, 8
"""Of the weight mirror: how fast B forgets, and how many noise vectors a layer gets at each step."""

_SIZES, _ONES = Signs(abs), Signs(lambda B: 1 + 0 * B)


def _declared() -> dict[str, Rule]:
    moskovitz, akrout = "Moskovitz, Litwin-Kumar & Abbott 2018", "Akrout et al. 2019"
    redrawn: dict[str, Any] = {"learnt": lambda at: at.spread * at.draws, "draws": lambda shape: shape}
    strict = replace(_SIZES, norm_of="W")
    found = (
        # the fixed random weights B themselves
        Rule("fa", source="Lillicrap et al. 2016"),
        # in a network of two layers the same as FA
        Rule("dfa", signal=from_output, direct=True, source="Nøkland 2016"),
        # the weights themselves: the exact gradient
        Rule("bp", "beta", source="Rumelhart, Hinton & Williams 1986"),
        # sign-symmetric feedback: of fixed magnitude |B|, of magnitude 1, and of a magnitude that is redrawn
        Rule("sign", _SIZES, source=f"{moskovitz}: frSF"),
        Rule("usf", _ONES, source="Liao, Leibo & Poggio 2016"),
        Rule("brsf", _SIZES, **redrawn, source=f"{moskovitz}: brSF"),
        Rule("usf-normalised", replace(_ONES, norm_of="B"), source=f"{moskovitz}, scaled to the norm of B"),
        Rule("sign-strict", strict, source=f"{moskovitz}: frSF, strict normalisation"),
        Rule("usf-strict", replace(_ONES, norm_of="W"), source=f"{moskovitz}: uSF, strict normalisation"),
        Rule("brsf-strict", strict, **redrawn, source=f"{moskovitz}: brSF, strict normalisation"),
        # B takes the same step as W, so that W − B shrinks by 1 − ηλ
        Rule("kolen-pollack", learnt=lambda at: at.keep * at.B - at.move, source="Kolen & Pollack 1994"),
        # B learns the weights from noise
        Rule("weight-mirror", learnt=_mirrored, draws=lambda shape: (NOISES, shape[1]), source=akrout),
        # the targets in the place of the error
        Rule("drtp", signal=from_target, direct=True, source="Frenkel, Lefebvre & Bol 2021"),
        # hidden layers without feedback; the last layer learns from the error
        Rule("hebb", signal=from_activity, source="Hebb 1949"),
        # the error to every unit alike; a theorem makes that the sign of the gradient in vectorised networks
        Rule(
            "gevb",
            lambda W, B: 1 + 0 * B,
            signal=from_output,
            direct=True,
            nonnegative=True,
            source="Clark, Abbott & Chung 2021",
        ),
    )
    return {rule.name: rule for rule in found}


def _attribute(name: str) -> str:
    return name.replace("-", "_").upper()


RULES |= _declared()
for _rule in RULES.values():
    setattr(Rule, _attribute(_rule.name), _rule)


def as_rule(name: str | Rule) -> Rule:
    """Look a learning rule up by name; a rule is returned as it is.

    Raises
    ------
    InputError
        If there is no rule of that name; the message lists those that exist.

    Examples
    --------
    >>> as_rule("bp"), as_rule(Rule.FA)
    (Rule.BP, Rule.FA)
    """
    if isinstance(name, Rule):
        return name
    if not isinstance(name, str) or name not in RULES:
        raise InputError(f"unknown rule {name!r}; choose one of {', '.join(RULES)}")
    return RULES[name]


def step(network: Network, X: Array, y: Array, *, eta: Any, lam: Any = 0, rule: str | Rule = Rule.FA) -> Network:
    """One step of regularised learning on the loss ``½‖e‖²``.

    Implements, with feedback ``c = b`` (FA), ``c = β`` (BP), or the feedback weights of another rule,

        w_r⁺ = w_r − (η/√p) Σ_i (c_r·e_i) ψ'(w_r·x_i) x_i
        β_r⁺ = (1 − ηλ) β_r − (η/√p) Σ_i e_i ψ(w_r·x_i)

    Parameters
    ----------
    network
        The state, made of floats, balls or rationals.
    X, y
        Inputs ``(n, d)`` and targets ``(n,)`` or ``(n, k)``, of the same kind of number.
    eta, lam
        Step size η > 0 and ℓ2 regularisation λ ≥ 0 of the output weights; for a batch also arrays ``(..., 1, 1)``.
    rule
        A rule or its name, such as ``"fa"`` or ``"bp"``.

    Returns
    -------
    Network
        The state after the step; ``b`` is shared unless the rule changes it.

    Raises
    ------
    InputError
        If η ≤ 0 or λ < 0, if shapes do not match, or if the mixed types of number would silently lose rigour.

    Notes
    -----
    Song, Xu & Lafferty (2021), Algorithms 1 and 2.
    """
    return advance(network, X, y, eta=eta, lam=lam, rule=rule)[0]


def advance(
    network: Network, X: Array, y: Array, *, eta: Any, lam: Any = 0, rule: str | Rule = Rule.FA
) -> tuple[Network, Array]:
    """`step`, and the error ``e`` before the step, which is computed anyway."""
    rule = as_rule(rule)
    rule.refuse_unless_entrywise("the step of two layers")
    if not np.all(eta > 0):
        raise InputError(f"expected a step size eta > 0 but got {eta!r}")
    if not np.all(lam >= 0):
        raise InputError(f"expected a regularisation lam ≥ 0 but got {lam!r}")
    if network.kind is Fraction:
        # a float is an exact dyadic rational, but would turn rationals into floats
        eta, lam = (Fraction(x) if isinstance(x, float) else x for x in (eta, lam))
    elif network.kind is float and (isinstance(eta, Ball) or isinstance(lam, Ball)):
        raise InputError("eta or lam is a ball but the network holds floats; convert the network with balls(...) too")
    Z = network.preactivations(X)
    features = network.psi.value(Z)
    error = network.deviation(network.readout(features), y)
    e = network.columns(error)
    back = network.columns(rule.feedback(network))
    scale = eta / network.root_p
    signal = (e @ transpose(back)) * network.psi.slope(Z)
    keep, move = 1 - eta * lam, scale * (transpose(features) @ e)
    beta = network.columns(network.beta) * keep - move
    b = network.b
    if rule.learnt is not None:
        b = network.like_targets(rule.after(Relearning(network.columns(b), network.columns(network.beta), keep, move)))
    W = network.W - scale * (transpose(signal) @ X)
    return Network(W, network.like_targets(beta), b, network.psi), error
