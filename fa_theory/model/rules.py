"""The learning rules: one step of feedback alignment and of backpropagation, one formula for all types of number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, Literal, assert_never

import numpy as np

from fa_theory.errors import InputError

from .ball import Array, Ball
from .network import Network, transpose


@dataclass(frozen=True, slots=True)
class Signs:
    """Feedback through ``m ∘ sign β`` with constant magnitudes m, computed from b."""

    magnitude: Callable[[Any], Any]


Sent = Literal["b", "beta"] | Signs
"""The weights that the error is propagated through: the feedback weights, the output weights, or their signs."""
Learnt = Callable[[Array, Any, Array], Array]
"""From b, ``1 − ηλ`` and the step of β, ``(η/√p) Ψᵀe``, to b after the step."""


class Rule(Enum):
    """A learning rule: how the error is propagated to the first layer, and how the feedback weights b change.

    A name such as ``"fa"`` may be given wherever a rule is expected, see `as_rule`.

    Attributes
    ----------
    value
        The name.
    sent
        The feedback path: the weights that the error is propagated through.
    learnt
        The update of b; None: b does not change.

    Examples
    --------
    >>> as_rule("bp"), Rule.BP.sent, Rule.BP.constant, Rule.FA.constant
    (Rule.BP, 'beta', False, True)
    """

    FA = "fa", "b"
    """Through the fixed random weights ``b`` (Lillicrap et al. 2016)."""
    DFA = "dfa", "b"
    """Direct feedback alignment (Nøkland 2016); in a two-layer network the same as FA."""
    BP = "bp", "beta"
    """Through the output weights ``β`` themselves: the exact gradient."""
    SIGN = "sign", Signs(abs)
    """Through ``|b| sign β``: sign-symmetric feedback of fixed magnitude (Moskovitz et al. 2018)."""
    USF = "usf", Signs(lambda b: 1 + 0 * b)
    """Through ``sign β`` alone: uniform sign-symmetric feedback (Liao, Leibo & Poggio 2016)."""
    KOLEN_POLLACK = "kolen-pollack", "b", lambda b, keep, move: keep * b - move
    """Through b, which takes the same step as β, so that ``β − b`` shrinks by ``1 − ηλ`` (Kolen & Pollack 1994)."""

    def __new__(cls, name: str, sent: Sent, learnt: Learnt | None = None) -> Rule:
        made = object.__new__(cls)
        made._value_ = name
        return made

    def __init__(self, name: str, sent: Sent, learnt: Learnt | None = None) -> None:
        self.sent: Sent = sent  # type: ignore[misc]  # not a member: mypy takes the name of a parameter for one
        self.learnt: Learnt | None = learnt

    def __repr__(self) -> str:
        return f"Rule.{self.name}"

    @property
    def constant(self) -> bool:
        """Whether the error is propagated through constant weights, as theorems on feedback alignment require."""
        return self.sent == "b" and self.learnt is None

    def require_constant(self, what: str) -> None:
        """Reject a rule whose feedback changes, because ``what`` is about feedback alignment.

        Raises
        ------
        InputError
            If the feedback is not constant.
        """
        if not self.constant:
            good = " or ".join(rule.value for rule in Rule if rule.constant)
            raise InputError(
                f"{what} needs constant feedback weights, which the rule {self.value!r} does not have; use {good}"
            )

    def feedback(self, network: Network) -> Array:
        """The weights that the error is propagated through."""
        sent: Array = self.through(network.beta, network.b)
        return sent

    def through(self, beta: Any, b: Any) -> Any:
        """`feedback` from output and feedback weights alone, which may be formulas."""
        match self.sent:
            case "b":
                return b
            case "beta":
                return beta
            case Signs(magnitude):
                return magnitude(b) * np.sign(beta)
            case _ as unknown:
                assert_never(unknown)

    def after(self, b: Array, keep: Any, move: Array) -> Array:
        """The feedback weights after a step; with ``keep = 1 − ηλ`` the step of β is ``β ← keep β − move``."""
        return b if self.learnt is None else self.learnt(b, keep, move)


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
    names = {rule.value: rule for rule in Rule}
    if not isinstance(name, str) or name not in names:
        raise InputError(f"unknown rule {name!r}; choose one of {', '.join(names)}")
    return names[name]


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
    b = network.b if rule.learnt is None else network.like_targets(rule.after(network.columns(network.b), keep, move))
    W = network.W - scale * (transpose(signal) @ X)
    return Network(W, network.like_targets(beta), b, network.psi), error
