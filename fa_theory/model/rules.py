"""The learning rules: one step of feedback alignment and of backpropagation, one formula for any number."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from typing import Any

import numpy as np

from fa_theory.errors import InputError

from .ball import Array, Ball
from .network import Network, transpose


class Rule(Enum):
    """How the error travels back to the first layer."""

    FA = "fa"
    """Through the fixed random weights ``b`` (Lillicrap et al. 2016)."""
    DFA = "dfa"
    """Direct feedback alignment (Nøkland 2016); in a network of two layers the same as FA."""
    BP = "bp"
    """Through the output weights ``β`` themselves: the exact gradient."""
    SIGN = "sign"
    """Through ``|b| sign β``: sign-symmetric feedback of fixed magnitude (Moskovitz et al. 2018)."""

    def __repr__(self) -> str:
        return f"Rule.{self.name}"

    def feedback(self, network: Network) -> Array:
        """The weights the error is sent back through."""
        return self.through(network.beta, network.b)

    def through(self, beta: Array, b: Array) -> Array:
        """`feedback`, of output and feedback weights alone."""
        if self is Rule.SIGN:
            return abs(b) * np.sign(beta)
        return beta if self is Rule.BP else b


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
    try:
        return Rule(name)
    except ValueError:
        raise InputError(f"unknown rule {name!r}; choose one of {', '.join(rule.value for rule in Rule)}") from None


def step(network: Network, X: Array, y: Array, *, eta: Any, lam: Any = 0, rule: str | Rule = Rule.FA) -> Network:
    """One step of regularised learning on the loss ``½‖e‖²``.

    Implements, with feedback ``c = b`` (FA) or ``c = β`` (BP),

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
        A rule or its name: ``"fa"``, ``"dfa"``, ``"bp"`` or ``"sign"``.

    Returns
    -------
    Network
        The state after the step; ``b`` is shared.

    Raises
    ------
    InputError
        If η ≤ 0 or λ < 0, if shapes do not fit, or if the kinds of number would lose rigour silently.

    Notes
    -----
    Song, Xu & Lafferty (2021), Algorithms 1 and 2.
    """
    return advance(network, X, y, eta=eta, lam=lam, rule=rule)[0]


def advance(
    network: Network, X: Array, y: Array, *, eta: Any, lam: Any = 0, rule: str | Rule = Rule.FA
) -> tuple[Network, Array]:
    """`step`, and the error ``e`` before the step, which it computes anyway."""
    if not np.all(eta > 0):
        raise InputError(f"expected a step size eta > 0 but got {eta!r}")
    if not np.all(lam >= 0):
        raise InputError(f"expected a regularisation lam ≥ 0 but got {lam!r}")
    if network.kind is Fraction:
        # a float is an exact dyadic rational, but would turn the rationals it meets into floats
        eta, lam = (Fraction(x) if isinstance(x, float) else x for x in (eta, lam))
    elif network.kind is float and (isinstance(eta, Ball) or isinstance(lam, Ball)):
        raise InputError("eta or lam is a ball but the network holds floats; convert the network with balls(...) too")
    Z = network.preactivations(X)
    features = network.psi.value(Z)
    error = network.deviation(network.readout(features), y)
    e = network.columns(error)
    back = network.columns(as_rule(rule).feedback(network))
    scale = eta / network.root_p
    signal = (e @ transpose(back)) * network.psi.slope(Z)
    beta = network.columns(network.beta) * (1 - eta * lam) - scale * (transpose(features) @ e)
    W = network.W - scale * (transpose(signal) @ X)
    return Network(W, network.like_targets(beta), network.b, network.psi), error
