"""What the flows of learning rules conserve beside the brackets that are known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, vanishes
from .theorems import invariants

CONSTANT = Hypothesis("constant feedback", r"$B$ does not change; $E$ are errors of any kind")


def _source(key: str = "robertson2024") -> Source:
    return Source(key, "nearest published conservation law", Fidelity.OURS, "Found by machine search.")


def _symmetric(M: Array) -> Array:
    both: Array = M + M.T
    return both


def _matched(draw: Draw, lam: Fraction, *, silent: bool = False) -> Array:
    """The rate of the bracket plus 2λ times the bracket."""
    V, W, B, X, E = draw(3, 2), draw(2, 3), draw(3, 2), draw(4, 2), draw(4, 2)
    if silent:
        E = 0 * E
    of_V, of_W = -lam * V - B @ E.T @ X, -2 * lam * W - E.T @ X @ V.T
    left: Array = _symmetric(of_V @ V.T - B @ of_W) + 2 * lam * (V @ V.T - _symmetric(B @ W))
    return left


def _learnt(draw: Draw, lam: Fraction, *, silent: bool = False) -> Array:
    V, B, X, E = draw(3, 2), draw(3, 2), draw(4, 2), draw(4, 2)
    if silent:
        E = 0 * E
    of_V, of_B = -lam * V - B @ E.T @ X, -lam * B - V @ X.T @ E
    left: Array = _symmetric(of_V @ V.T - of_B @ B.T) + 2 * lam * (V @ V.T - B @ B.T)
    return left


matched_decay = Claim(
    id="ours.matched-decay",
    title="Decay λ on the hidden and 2λ on the output layer keeps the bracket of feedback alignment",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="With decay λ on V and 2λ on W, VVᵀ − BW − WᵀBᵀ shrinks as exp(−2λt), whatever the errors are.",
    statement=r"""Along $\dot V = -BE^\top X - \lambda V$, $\dot W = -E^\top XV^\top - 2\lambda W$, for all sizes and
any errors,
\[ Q = VV^\top - BW - W^\top B^\top \quad\text{obeys}\quad \dot Q = -2\lambda Q , \]
so $e^{2\lambda t} Q(t)$ is conserved.""",
    hypotheses=(CONSTANT,),
    source=_source(),
    procedures=(Proved(invariants.matched_decay),),
    mutants=wrong_proofs(invariants.matched_decay, *invariants.MUTANTS_OF_DECAY),
    degenerate=(
        vanishes("λ=0", "no decay: Q is conserved", lambda draw: _matched(draw, Fraction(0))),
        vanishes("E=0", "no errors: only decay is left", lambda draw: _matched(draw, Fraction(1, 3), silent=True)),
    ),
    witness=vanishes("non-vacuity", "a network with decay", lambda draw: _matched(draw, Fraction(1, 2))),
)

kolen_pollack_bracket = Claim(
    id="ours.kolen-pollack-bracket",
    title="Kolen–Pollack feedback conserves VVᵀ − BBᵀ, up to decay",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="If B takes the steps of the second layer, VVᵀ − BBᵀ is conserved without decay and shrinks as exp(−2λt).",
    statement=r"""Along $\dot V = -BE^\top X - \lambda V$, $\dot B = -VX^\top E - \lambda B$, for all sizes and any
errors,
\[ Q = VV^\top - BB^\top \quad\text{obeys}\quad \dot Q = -2\lambda Q . \]
Without decay it is conserved: what balancedness is for backpropagation, with $B$ in place of the weights.""",
    hypotheses=(Hypothesis("learnt feedback", r"$B^\top$ has the flow of the second layer"),),
    source=_source("akrout2019"),
    procedures=(Proved(invariants.kolen_pollack),),
    mutants=wrong_proofs(invariants.kolen_pollack, *invariants.MUTANTS_OF_POLLACK),
    degenerate=(
        vanishes("λ=0", "no decay: Q is conserved", lambda draw: _learnt(draw, Fraction(0))),
        vanishes("E=0", "no errors: only decay is left", lambda draw: _learnt(draw, Fraction(1, 3), silent=True)),
    ),
    witness=vanishes("non-vacuity", "a network with decay", lambda draw: _learnt(draw, Fraction(1, 2))),
)


def _bias(draw: Draw, silent: bool = False) -> Array:
    B, E = draw(3, 2), draw(4, 2)
    if silent:
        E = 0 * E
    hidden = [-(B @ e) for e in E]  # sample by sample, as the hidden biases learn
    left: Array = np.sum(hidden, axis=0) - B @ -np.sum(E, axis=0)
    return left


bias_bracket = Claim(
    id="ours.bias-bracket",
    title="Hidden and output biases keep a combination",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="In a linear hidden layer with biases a and output biases c, a − Bc is conserved, whatever the errors are.",
    statement=r"""Along $\dot a = -\sum_i B e_i$, $\dot c = -\sum_i e_i$, the flow of the biases of a linear hidden
layer and of the outputs, for all sizes and any errors $a(t) - Bc(t) = a(0) - Bc(0)$.""",
    hypotheses=(CONSTANT,),
    source=_source(),
    procedures=(Proved(invariants.biases),),
    mutants=wrong_proofs(invariants.biases, *invariants.MUTANTS_OF_BIAS),
    degenerate=(vanishes("E=0", "no errors: nothing moves", lambda draw: _bias(draw, True)),),
    witness=vanishes("non-vacuity", "biases that move", _bias),
)

potential_feedback = Claim(
    id="ours.potential-feedback",
    title="Feedback that is a function of the weights conserves a bracket per neuron",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Feedback φ'(W) and a 1-homogeneous activation conserve ½‖v_r‖² − Σ_c φ(W_cr) for every hidden unit r.",
    statement=r"""Let the error travel back through $\varphi'(W_{cr})$, entry by entry, $\varphi$ differentiable, and
let the activation be 1-homogeneous. Then along the flow, for all sizes, data and errors, every hidden unit $r$
conserves
\[ \tfrac12 \|v_r\|^2 - \sum_c \varphi(W_{cr}) . \]
Backpropagation is $\varphi(w) = \tfrac12 w^2$, feedback alignment $\varphi(w) = b w$. Sign-symmetric feedback is
$\varphi(w) = |w|$, away from $w = 0$, where $\varphi$ is not differentiable.""",
    hypotheses=(
        Hypothesis("feedback with a potential", r"feedback weights $\varphi'(W_{cr})$"),
        Hypothesis("1-homogeneous activation", r"$\psi(z) = \psi'(z) z$"),
    ),
    source=_source(),
    procedures=(Proved(invariants.potential),),
    mutants=wrong_proofs(invariants.potential, *invariants.MUTANTS_OF_POTENTIAL),
    degenerate=(
        vanishes(
            "φ(w) = bw",
            "feedback alignment: the bracket of Robertson & Koyejo",
            lambda draw: np.diag(_matched(draw, Fraction(0))),
        ),
    ),
    witness=vanishes("non-vacuity", "feedback alignment with linear units", lambda draw: _matched(draw, Fraction(0))),
)


def _direct(draw: Draw, *, silent: bool = False) -> Array:
    """Rate of the bracket of DFA with B₁ = B₂ and K = L = 1."""
    V, B, X, E = draw(2, 3), draw(2, 2), draw(4, 3), draw(4, 2)
    if silent:
        E = 0 * E
    of_V, of_U = -B @ E.T @ X, -B @ E.T @ X @ V.T
    left: Array = _symmetric(of_V @ V.T) - _symmetric(of_U)
    return left


direct_feedback = Claim(
    id="ours.direct-feedback-bracket",
    title="Linear direct feedback alignment conserves brackets in hidden layers",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Linear DFA with KB₁ = LB₂ conserves K V VᵀKᵀ − L U Kᵀ − K UᵀLᵀ for the first two layers V and U.",
    statement=r"""Let $V$ and $U$ be the first two layers of a linear network under direct feedback alignment,
$\dot V = -B_1 E^\top X$, $\dot U = -B_2 E^\top X V^\top$. If constant $K$, $L$ satisfy $K B_1 = L B_2$, then for all
sizes and any errors
\[ K V V^\top K^\top - L U K^\top - K U^\top L^\top \]
is conserved. Such $K$, $L$ exist whenever the two hidden layers have more units together than there are outputs.""",
    hypotheses=(CONSTANT, Hypothesis("matched", r"$K B_1 = L B_2$")),
    source=_source(),
    procedures=(Proved(invariants.direct),),
    mutants=wrong_proofs(invariants.direct, *invariants.MUTANTS_OF_DIRECT),
    degenerate=(vanishes("E=0", "no errors: nothing moves", lambda draw: _direct(draw, silent=True)),),
    witness=vanishes("non-vacuity", "B₁ = B₂ and K = L = 1", _direct),
)


def _momentum(draw: Draw, *, gamma: Fraction = Fraction(1, 3), silent: bool = False) -> Array:
    """The rate of the bracket of velocities plus γ times the bracket."""
    V, U, g, B, X, E = draw(3, 2), draw(3, 2), draw(2, 3), draw(3, 2), draw(4, 2), draw(4, 2)
    if silent:
        E = 0 * E
    of_U, of_g = -gamma * U - B @ E.T @ X, -gamma * g - E.T @ X @ V.T

    def turned(A: Array) -> Array:
        half: Array = A - A.T
        return half

    left: Array = turned(of_U @ V.T + U @ U.T - B @ of_g) + gamma * turned(U @ V.T - B @ g)
    return left


heavy_ball = Claim(
    id="ours.heavy-ball-bracket",
    title="With momentum, feedback alignment conserves a bracket of velocities up to friction",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Heavy ball with friction γ: UVᵀ − VUᵀ + gᵀBᵀ − Bg shrinks as exp(−γt), U and g the velocities.",
    statement=r"""Let $U = \dot V$ and $g = \dot W$ be the velocities of two linear layers with momentum,
$\dot U = -\gamma U - BE^\top X$, $\dot g = -\gamma g - E^\top XV^\top$. For all sizes and any errors
\[ Q = UV^\top - VU^\top + g^\top B^\top - Bg \quad\text{obeys}\quad \dot Q = -\gamma Q , \]
so $e^{\gamma t} Q(t)$ is conserved. From rest $Q = 0$ at all times.""",
    hypotheses=(CONSTANT,),
    source=_source(),
    procedures=(Proved(invariants.momentum),),
    mutants=wrong_proofs(invariants.momentum, *invariants.MUTANTS_OF_MOMENTUM),
    degenerate=(
        vanishes("γ=0", "no friction: Q is conserved", lambda draw: _momentum(draw, gamma=Fraction(0))),
        vanishes("E=0", "no errors: only friction is left", lambda draw: _momentum(draw, silent=True)),
    ),
    witness=vanishes("non-vacuity", "two layers that move", _momentum),
)


def _predictive(draw: Draw, *, silent: bool = False) -> Array:
    """What the formula leaves of the rate of the balance; the hidden units are put at rest."""
    V, W, X, E = draw(3, 2), draw(2, 3), draw(4, 2), draw(4, 2)
    if silent:
        E = 0 * E
    hidden_error = E @ W
    h = X @ V.T + hidden_error
    of_V, of_W = hidden_error.T @ X, E.T @ h
    left: Array = _symmetric(of_W.T @ W - of_V @ V.T) - 2 * hidden_error.T @ hidden_error
    return left


predictive_coding = Claim(
    id="ours.predictive-coding-balance",
    title="Predictive coding at equilibrium unbalances two layers, in one direction",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="At the equilibrium of predictive coding (WᵀW − VVᵀ)' = 2(EW)ᵀ(EW): the balance never falls.",
    statement=r"""Two linear layers learn by predictive coding, $\dot V = F^\top X$, $\dot W = E^\top h$, with hidden
errors $F = h - XV^\top$, once the hidden units rest: $F = EW$. Then for all sizes and any errors $E$
\[ \tfrac{d}{dt}\, \tfrac12 \bigl(W^\top W - VV^\top\bigr) = (EW)^\top EW \succeq 0 . \]
Backpropagation conserves this matrix; here it grows until the errors sent back vanish.""",
    hypotheses=(
        Hypothesis("updates", r"$\dot V = F^\top X$, $\dot W = E^\top h$, where $h = XV^\top + F$"),
        Hypothesis("equilibrium", r"$F = EW$"),
    ),
    source=_source(),
    procedures=(Proved(invariants.predictive),),
    mutants=wrong_proofs(invariants.predictive, *invariants.MUTANTS_OF_PREDICTIVE),
    degenerate=(vanishes("E=0", "no errors: nothing moves", lambda draw: _predictive(draw, silent=True)),),
    witness=vanishes("non-vacuity", "two layers, the hidden units at rest", _predictive),
)
