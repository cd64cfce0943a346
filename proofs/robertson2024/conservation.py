"""Feedback alignment of 1-homogeneous networks almost conserves one quantity per neuron, at any width."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Formalised, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball
from fa_theory.model.network import Network
from fa_theory.model.rules import step

from ..shared.hypotheses import DYNAMICS, UNREGULARISED
from ..shared.instances import always, degenerate, small
from .theorems import bracket

STEPS = 3
HOMOGENEOUS = ("linear", "relu")
HOMOGENEITY = Hypothesis(
    "1-homogeneous activation",
    r"$\psi(z) = \psi'(z)\, z$ for all $z$: linear, or ReLU with any convention for $\psi'(0)$",
)


def brackets(network: Network) -> Array:
    """``b_rβ_r − ½‖w_r‖²`` for every neuron."""
    found: Array = network.b * network.beta - np.sum(network.W * network.W, axis=-1) / 2
    return found


def residual(network: Network, X: Array, y: Array, *, eta: Any, lam: Any) -> Array:
    """The decrease of the bracket over a few unregularised steps, minus half the squared displacements."""
    now, lost = network, 0 * network.b
    for _ in range(STEPS):
        after = step(now, X, y, eta=eta, lam=0 * lam)
        lost = lost + np.sum((after.W - now.W) * (after.W - now.W), axis=-1) / 2
        now = after
    left: Array = brackets(network) - lost - brackets(now)
    return left


def _trial(rng: np.random.Generator) -> Instance:
    network, X, y, eta, lam = small(rng, str(rng.choice(HOMOGENEOUS)))
    return Instance(vanishes=tuple(residual(network, X, y, eta=eta, lam=lam)))


def _flow_literally(context: Context) -> CheckOutcome:
    """From bracket 0 the first step of any size leaves the set ``b_rβ_r ≥ ½‖w_r‖²`` that the flow never leaves."""
    network, X, y, eta, _ = small(context.rng("literal"), "linear", n=2, d=2, p=4)
    with ctx.workprec(128):
        start = Network(network.W, np.sum(network.W * network.W, axis=-1) / 2, 0 * network.b + 1, network.psi)
        after = brackets(step(start, X, y, eta=eta, lam=Ball(0)))
    negative = sum(bool(x.arb < 0) for x in after)
    return CheckOutcome(negative > 0, f"{negative} of 4 brackets are certainly negative after one step")


def _standstill(context: Context) -> CheckOutcome:
    network, X, _, eta, _ = small(context.rng("rest"), "linear")
    with ctx.workprec(128):
        left = residual(network, X, network.output(X), eta=eta, lam=Ball(0))
    return CheckOutcome(all(x.contains(0) for x in left), "e = 0: the brackets do not change")


def _at_the_kink(context: Context) -> CheckOutcome:
    """In exact rationals: one neuron starts with ``w_r·x_i = 0``, where the slope of ReLU is a convention."""
    one, zero = Fraction(1), Fraction(0)
    W = np.array([[zero, one], [one, one], [-one, one], [one, zero]])
    beta, b = np.array([one, -one, one, one / 2]), np.array([one, one, -one, one])
    network = Network(W, beta, b, activation("relu"))
    X, y = np.array([[one, zero], [one, one / 3]]), np.array([one, -one])
    kinks = int(np.sum(network.preactivations(X) == 0))
    left = residual(network, X, y, eta=one / 7, lam=zero)
    return CheckOutcome(kinks > 0 and all(x == 0 for x in left), f"{kinks} inputs at the kink: residual exactly 0")


neuron_bracket = Claim(
    id="robertson2024.neuron-bracket",
    title="The bracket of a neuron, at any width",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="Each step lowers b_rβ_r − ½‖w_r‖² by exactly ½‖w_r⁺ − w_r‖², for linear and ReLU networks of any width.",
    statement=r"""For 1-homogeneous $\psi$, $\lambda = 0$ and all $n, d, p$, for every neuron
\[ b_r \beta_r^+ - \tfrac{1}{2} \|w_r^+\|_2^2
   = b_r \beta_r - \tfrac{1}{2} \|w_r\|_2^2 - \tfrac{1}{2} \|w_r^+ - w_r\|_2^2 , \]
so with $L_r(t) = \sum_{s<t} \|w_r(s{+}1) - w_r(s)\|_2^2$, for all $t$,
\[ b_r \beta_r(t) - \tfrac{1}{2} \|w_r(t)\|_2^2 = b_r \beta_r(0) - \tfrac{1}{2} \|w_r(0)\|_2^2
   - \tfrac{1}{2} L_r(t) , \]
and at any $t$ at which $L_r(t) \le 2 b_r \beta_r(0) - \|w_r(0)\|_2^2$ for all $r$, $H(t) \succeq 0$.""",
    hypotheses=(
        DYNAMICS,
        HOMOGENEITY,
        UNREGULARISED,
        Hypothesis("any width", r"no condition on $n, d, p$, the data or the initial weights"),
    ),
    source=Source(
        "robertson2024",
        "Conservation law of the feedback-alignment flow",
        Fidelity.ADAPTED,
        "Stated per neuron and for steps of finite size, with the exact decrease; holds at any width.",
    ),
    procedures=(
        Proved(bracket.proof),
        Proved(bracket.over_run, name="proof for a run"),
        Proved(bracket.feedback, name="proof for the feedback kernel"),
        Instances(_trial, Trials(40, 400, 4000)),
    ),
    mutants=(
        *wrong_proofs(bracket.proof, *bracket.MUTANTS),
        *wrong_proofs(bracket.over_run, *bracket.MUTANTS_OF_SUM),
        *wrong_proofs(bracket.feedback, *bracket.MUTANTS_OF_FEEDBACK),
        Check("statement for the flow, applied to steps", "steps also preserve b_rβ_r ≥ ½‖w_r‖²", _flow_literally),
    ),
    degenerate=(
        *degenerate(residual, "linear"),
        Check("y=f", "zero error: no weight changes", _standstill),
        Check("kink", "a neuron at the kink of ReLU for some input", _at_the_kink),
    ),
    witness=always("every ReLU network satisfies the hypotheses", "relu"),
    coq=Formalised(
        "neuron_bracket",
        "s is 1/√p, bracket is b_rβ_r − ½‖w_r‖², travelled is L_r(t), and feedback_kernel is H(t)",
        whole=True,
    ),
)
