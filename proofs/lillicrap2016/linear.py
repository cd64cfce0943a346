"""The linear networks of the supplement: what is conserved, what shrinks, where it leads."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Disproved, Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import conserved, hidden_size, numbers, sent_error, still

SETTING = Hypothesis(
    "linear network on white inputs",
    r"$E = T - WA$; $\dot A = BE$, $\dot W = EA^\top$, or steps of size $\eta$ along these; $B$ is constant",
)
POSITIVE = Hypothesis(
    "positive start", r"$C(0) = BW + W^\top B^\top - AA^\top \succeq 0$ at time 0, as from $A = W = 0$"
)
BALANCED = Hypothesis("balanced start", r"$BW + W^\top B^\top = AA^\top$ at time 0, as from $A = W = 0$")
RANK = Hypothesis("full column rank", r"$\|Bv\|^2 \ge \kappa \|v\|^2$ for all $v$")


def _source(place: str, changes: str) -> Source:
    return Source("lillicrap2016", place, Fidelity.ADAPTED, changes)


def bracket(A: Array, W: Array, B: Array) -> Array:
    """``BW + WᵀBᵀ − AAᵀ``."""
    C: Array = B @ W + (B @ W).T - A @ A.T
    return C


def stepped(A: Array, W: Array, B: Array, T: Array, eta: Fraction) -> tuple[Array, Array]:
    """The weights after one step."""
    E = T - W @ A
    return A + eta * B @ E, W + eta * E @ A.T


def drift(A: Array, W: Array, B: Array, T: Array, eta: Fraction) -> Array:
    """What one step changes of the bracket, plus ``η² BE(BE)ᵀ``."""
    sent = B @ (T - W @ A)
    left: Array = bracket(*stepped(A, W, B, T, eta), B) - bracket(A, W, B) + eta**2 * sent @ sent.T
    return left


def _one(draw: Draw) -> Array:
    return drift(draw(1, 1), draw(1, 1), draw(1, 1), draw(1, 1), Fraction(1, 3))


def _from_zero(draw: Draw) -> Array:
    A, W = 0 * draw(3, 2), 0 * draw(2, 3)
    return drift(A, W, draw(3, 2), draw(2, 2), Fraction(10))


def _without_feedback(draw: Draw) -> Array:
    A, W, B, T = draw(3, 2), draw(2, 3), 0 * draw(3, 2), draw(2, 2)
    return bracket(*stepped(A, W, B, T, Fraction(1, 2)), B) - bracket(A, W, B)


def _moves(draw: Draw) -> bool:
    A, W, B, T = draw(3, 2), draw(2, 3), draw(3, 2), draw(2, 2)
    return bool(np.any(stepped(A, W, B, T, Fraction(1, 8))[0] != A))


conserved_bracket = Claim(
    id="lillicrap2016.conserved-bracket",
    title="What feedback alignment conserves in linear networks",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="The flow conserves BW + WᵀBᵀ − AAᵀ, for any error; a step of size η lowers it by η²BE(BE)ᵀ exactly.",
    statement=r"""Let $C = BW + W^\top B^\top - AA^\top$. Along the flow $C(t) = C(0)$, for all sizes and whatever the
errors $E(t)$ are. In steps of size $\eta$, exactly,
\[ C(t{+}1) = C(t) - \eta^2\, BE(t)\, (BE(t))^\top . \]""",
    hypotheses=(
        Hypothesis("feedback alignment", r"$\dot A = BE$, $\dot W = EA^\top$, or steps along these; $B$ is constant"),
    ),
    source=_source("supplement, proof of convergence", "For any errors, and with the exact change in a step."),
    procedures=(Proved(conserved.flow, name="proof along the flow"), Proved(conserved.step, name="proof for a step")),
    mutants=(
        *wrong_proofs(conserved.flow, *conserved.MUTANTS_OF_FLOW),
        *wrong_proofs(conserved.step, *conserved.MUTANTS_OF_STEP),
    ),
    degenerate=(
        vanishes("sizes 1", "three numbers", _one),
        vanishes("A=W=0", "from zero, a step of size 10", _from_zero),
        vanishes("B=0", "without feedback the bracket stays, as only W moves", _without_feedback),
    ),
    witness=holds("non-vacuity", "a network whose first layer moves", _moves, "the first layer moves"),
)


def _rate_left(draw: Draw, A: Array | None = None, W: Array | None = None) -> Array:
    """The rate of ``½‖BE‖²`` minus its formula, in exact numbers."""
    B, T = draw(3, 2), draw(2, 2)
    A = draw(3, 2) if A is None else A
    W = draw(2, 3) if W is None else W
    E = T - W @ A
    sent, change = B @ E, -E @ A.T @ A - W @ B @ E
    rate = np.sum(sent * (B @ change))
    back, across = sent @ A.T, A.T @ sent
    formula = -np.sum(back * back) - np.sum(across * across) / 2 - np.trace(sent.T @ bracket(A, W, B) @ sent) / 2
    return np.array([rate - formula])


sent_error_falls = Claim(
    id="lillicrap2016.sent-error-falls",
    title="What the hidden layer is sent never grows",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Along the flow ‖BE‖ does not grow, if BW + WᵀBᵀ − AAᵀ is positive semi-definite at the start.",
    statement=r"""Let $C = BW + W^\top B^\top - AA^\top$. Along the flow, for all sizes,
\[ \tfrac{d}{dt}\, \tfrac12 \|BE\|^2 = -\|BEA^\top\|^2 - \tfrac12 \|A^\top BE\|^2
   - \tfrac12 \mathrm{tr}\, (BE)^\top C\, BE . \]
So if $C(0) \succeq 0$, then $\|BE(w)\| \le \|BE(u)\|$ for all times $u \le w$.""",
    hypotheses=(SETTING, POSITIVE),
    source=_source(
        "supplement, proof of convergence",
        "The rate is written as squares; C(0) positive semi-definite instead of a start from zero.",
    ),
    procedures=(
        Proved(sent_error.rate, name="proof of the rate"),
        Proved(sent_error.falls, name="proof of its sign"),
        Proved(sent_error.monotone, name="proof for two times"),
    ),
    mutants=(
        *wrong_proofs(sent_error.rate, *sent_error.MUTANTS_OF_RATE),
        *wrong_proofs(sent_error.falls, *sent_error.MUTANTS_OF_FALL),
        *wrong_proofs(sent_error.monotone, *sent_error.MUTANTS_OF_MONOTONE),
    ),
    degenerate=(
        vanishes("A=0", "a first layer of zeros", lambda draw: _rate_left(draw, A=0 * draw(3, 2))),
        vanishes("W=0", "a second layer of zeros", lambda draw: _rate_left(draw, W=0 * draw(2, 3))),
    ),
    witness=vanishes(
        "non-vacuity",
        "the start A = W = 0 has C = 0",
        lambda draw: bracket(0 * draw(3, 2), 0 * draw(2, 3), draw(3, 2)),
        "C(0) = 0",
    ),
    uses=("lillicrap2016.conserved-bracket",),
)


def _zero_target(draw: Draw) -> Array:
    A, W, B = 0 * draw(3, 2), 0 * draw(2, 3), draw(3, 2)
    after = stepped(A, W, B, 0 * draw(2, 2), Fraction(1))
    return np.concatenate([np.ravel(part) for part in after])


def _full_rank(draw: Draw) -> bool:
    B = np.array([[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)], [Fraction(1), Fraction(1)]])
    v = draw(2, 5)
    return all(np.sum((B @ v) ** 2, axis=0) >= np.sum(v**2, axis=0))


converges_from_zero = Claim(
    id="lillicrap2016.converges-from-zero",
    title="From zero the error vanishes, of order 1/t at least",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Along the flow from zero, κt‖E(t)‖² ≤ ‖BT‖² + p/8, where BᵀB ⪰ κ: the error goes to 0.",
    statement=r"""Let $C = BW + W^\top B^\top - AA^\top$ and $F = \tfrac12 \|BW\|^2 - \langle BT, A\rangle$. Along the
flow, if $C(0) \succeq 0$, then for all $t$ and all sizes ($p$ hidden units)
\[ t\, \|BE(t)\|^2 \le F(0) + \|BT\|^2 + \tfrac{p}{8} - \tfrac14 \mathrm{tr}\, C(0) , \]
and $\|BE\|^2 \ge \kappa \|E\|^2$ if $B^\top B \succeq \kappa$. From $A = W = 0$:
$\kappa t\, \|E(t)\|^2 \le \|BT\|^2 + p/8$. So the error vanishes if $B$ has full column rank.""",
    hypotheses=(SETTING, POSITIVE, RANK),
    source=_source(
        "supplement, Theorem 1",
        "The theorem assumes C = 0 and a B with left inverse, and concludes that E tends to 0. The start is more "
        "general and the rate explicit; both are ours.",
    ),
    procedures=(
        Proved(sent_error.convergence, name="proof of the rate"),
        Proved(still.rest, name="proof that B sees the error"),
    ),
    mutants=(
        *wrong_proofs(sent_error.convergence, *sent_error.MUTANTS_OF_CONVERGENCE),
        *wrong_proofs(still.rest, *still.MUTANTS_OF_REST),
    ),
    degenerate=(vanishes("T=0", "no target: nothing moves from zero", _zero_target, "no weight moves"),),
    witness=holds("non-vacuity", "feedback with BᵀB ⪰ 1", _full_rank, "‖Bv‖ ≥ ‖v‖ for five vectors v, exactly"),
    uses=("lillicrap2016.sent-error-falls",),
)

first_layer_bounded = Claim(
    id="lillicrap2016.first-layer-bounded",
    title="The first layer stays in a ball",
    kind=Kind.LEMMA,
    bound=Bound.UPPER,
    summary="Along the flow from zero, ‖A(t)‖² ≤ ‖BT‖² + p at all times: half the last term of Lemma 3.",
    statement=r"""Along the flow, if $BW + W^\top B^\top = AA^\top$ and $\|A\|^2 \le \|BT\|^2 + p$ at the start, then
for all $t$ and all sizes ($p$ hidden units)
\[ \|A(t)\|^2 \le \|BT\|^2 + p . \]""",
    hypotheses=(
        SETTING,
        BALANCED,
        Hypothesis("start in the ball", r"$\|A(0)\|^2 \le \|BT\|^2 + p$"),
        Hypothesis("exponential function", r"$\exp' = \exp$ and $\exp(0) = 1$, used in the proof"),
    ),
    source=_source("supplement, Lemma 3", "The lemma has 2p in place of p; the sharper constant is ours."),
    procedures=(Proved(hidden_size.proof),),
    mutants=wrong_proofs(hidden_size.proof, *hidden_size.MUTANTS),
    degenerate=(
        holds(
            "T=0",
            "no target: A with AAᵀ = 1 and BW = ½ is in the ball and rests only if WA = 0",
            lambda draw: bool(np.all(bracket(*_numbers("1", "1/2"), np.array([[Fraction(1)]])) == 0)),
            "balanced, and ‖A‖² = 1 ≤ 0 + 1: the bound holds with equality at the start",
        ),
    ),
    witness=vanishes(
        "non-vacuity",
        "the start A = W = 0 is balanced",
        lambda draw: bracket(0 * draw(3, 2), 0 * draw(2, 3), draw(3, 2)),
        "C(0) = 0",
    ),
    uses=("lillicrap2016.conserved-bracket",),
)


def _numbers(A: str, W: str) -> tuple[Array, Array]:
    return np.array([[Fraction(A)]]), np.array([[Fraction(W)]])


def asymmetry(T: Array, B: Array, U: Array) -> Fraction:
    """The difference of mixed derivatives at A = W = 0 along U and V = TUᵀ; quadratics are differentiated exactly."""
    V, A, W = T @ U.T, 0 * U, 0 * (T @ U.T)

    def of_W(s: int) -> Fraction:
        value: Fraction = np.sum(V * ((T - W @ (A + s * U)) @ (A + s * U).T))
        return value

    def of_A(s: int) -> Fraction:
        value: Fraction = np.sum(U * (B @ (T - (W + s * V) @ A)))
        return value

    return (of_W(1) - of_W(-1) - of_A(1) + of_A(-1)) / 2


def _asymmetric(draw: Draw) -> bool:
    one = np.array([[Fraction(1)]])
    T, B, U = draw(2, 2), draw(3, 2), draw(3, 2)
    return asymmetry(one, one, one) == 1 and asymmetry(T, B, U) == np.sum((T @ U.T) ** 2)


no_gradient = Claim(
    id="lillicrap2016.no-gradient",
    title="Feedback alignment is not gradient descent on any function",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Mixed derivatives of the field differ by ‖TUᵀ‖² at A = W = 0, for any B: it is no gradient if T ≠ 0.",
    statement=r"""Let $a(A,W) = BE$ and $w(A,W) = EA^\top$ be the two parts of the field, $E = T - WA$. At $A = W = 0$,
for every direction $U$ of $A$ and the direction $V = TU^\top$ of $W$, and for every $B$,
\[ \tfrac{d}{ds} \langle V, w(A + sU, W)\rangle - \tfrac{d}{ds} \langle U, a(A, W + sV)\rangle = \|TU^\top\|^2
   \quad\text{at } s = 0 . \]
For a gradient these are equal. So if $T \neq 0$, the field is not the gradient of any function.""",
    hypotheses=(Hypothesis("linear network on white inputs", r"$E = T - WA$"),),
    source=_source("supplement, eq. 79", "At the origin, for all sizes and every B, with the size of the asymmetry."),
    procedures=(Proved(still.field),),
    mutants=wrong_proofs(still.field, *still.MUTANTS_OF_FIELD),
    degenerate=(
        vanishes(
            "T=0",
            "no target: no asymmetry in these directions",
            lambda draw: np.array([asymmetry(0 * draw(2, 2), draw(3, 2), draw(3, 2))]),
        ),
    ),
    witness=holds("non-vacuity", "a target and a direction", _asymmetric, "the gap is 1 for T = U = B = 1, exactly"),
)


def _saddle(draw: Draw) -> bool:
    """At A = W = 0 the gradient of the loss is 0, but feedback alignment moves."""
    A, W, T = 0 * draw(2, 2), 0 * draw(2, 2), np.array([[Fraction(1), Fraction(2)], [Fraction(0), Fraction(1)]])
    B = np.array([[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]])
    E = T - W @ A
    critical = bool(np.all(W.T @ E == 0) and np.all(E @ A.T == 0))
    return critical and bool(np.any(B @ E != 0))


def _blind(draw: Draw) -> bool:
    """Feedback without full rank rests at an error that it does not see."""
    A, B, E = (
        0 * draw(2, 2),
        np.array([[Fraction(1), Fraction(0)], [Fraction(0), Fraction(0)]]),
        np.array([[0, 0], [1, 1]]),
    )
    return bool(np.all(B @ E == 0) and np.all(E @ A.T == 0))


rest_points = Claim(
    id="lillicrap2016.rest-points",
    title="Feedback alignment rests only where the error is 0",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="The weights move with speed² ≥ κ‖E‖², BᵀB ⪰ κ: no critical point of the loss with an error holds them.",
    statement=r"""If $B^\top B \succeq \kappa$, then for all sizes, weights and errors
\[ \|\dot A\|^2 + \|\dot W\|^2 = \|BE\|^2 + \|EA^\top\|^2 \ge \kappa \|E\|^2 . \]
So with $\kappa > 0$ all fixed points have $E = 0$. Critical points of the loss with an error, as $A = W = 0$, are no
fixed points.""",
    hypotheses=(RANK,),
    source=_source("supplement, remarks on fixed points", "Stated as a lower bound on the speed."),
    procedures=(Proved(still.rest),),
    mutants=wrong_proofs(still.rest, *still.MUTANTS_OF_REST),
    degenerate=(
        holds("rank of B", "without full column rank", _blind, "B = diag(1, 0) rests at the error (0, 1) if A = 0"),
    ),
    witness=holds("non-vacuity", "the origin", _saddle, "at A = W = 0 the gradient is 0, and feedback alignment moves"),
)


def _rises(draw: Draw) -> bool:
    """From A = 0, W = −1 with B = T = 1."""
    one = np.array([[Fraction(1)]])
    A, W = stepped(*_numbers("0", "-1"), one, one, Fraction(1, 100))
    return bool((one - W @ A)[0, 0] == Fraction(101, 100))


scalar_loss = Claim(
    id="lillicrap2016.scalar-loss",
    title="Three numbers: the loss falls along the flow from a balanced start",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="One unit per layer, 2BW = A² at the start: the loss falls with rate (3/2)E²A² along the flow.",
    statement=r"""For numbers $A, B, W, T$ with $2BW = A^2$ at the start, along the flow
\[ \tfrac{d}{dt}\, \tfrac12 E^2 = -\tfrac32\, E^2 A^2 . \]""",
    hypotheses=(SETTING, Hypothesis("balanced start", r"$2BW = A^2$ at time 0, as from $A = W = 0$")),
    source=_source("supplement, scalar example", "The exact rate."),
    procedures=(Proved(numbers.flow),),
    mutants=wrong_proofs(numbers.flow, *numbers.MUTANTS_OF_FLOW),
    degenerate=(
        holds(
            "opposed start",
            "A = 0, W = −1, B = T = 1 is not balanced, and the loss rises at first",
            _rises,
            "the error is 1, and 1.01 after a step of size 1/100",
        ),
    ),
    witness=holds(
        "non-vacuity",
        "A = 1, W = ½, B = 1",
        lambda draw: bool(np.all(bracket(*_numbers("1", "1/2"), np.array([[Fraction(1)]])) == 0)),
        "2BW = A² = 1",
    ),
)

monotone_steps = Claim(
    id="lillicrap2016.monotone-steps",
    title="What holds for the flow holds for steps of any size",
    kind=Kind.VARIANT,
    bound=Bound.UPPER,
    summary="The loss never grows in a step of any size from a balanced start. It fails: 1/8 becomes 512.",
    statement=r"""From a balanced start, $BW + W^\top B^\top = AA^\top$, a step of any size does not raise the loss
$\tfrac12 \|E\|^2$. (Fails: $A = B = T = 1$, $W = \tfrac12$, $\eta = 10$ takes it from $1/8$ to $512$.)""",
    hypotheses=(SETTING, BALANCED),
    source=Source(
        "lillicrap2016",
        "supplement, convergence of the flow",
        Fidelity.ADAPTED,
        "The paper states it for the flow; here it is applied to steps.",
        proved=False,
    ),
    procedures=(Disproved(numbers.step, violation="a step from a balanced start takes the loss from 1/8 to 512"),),
    mutants=wrong_proofs(numbers.step, *numbers.MUTANTS_OF_STEP),
    degenerate=(
        vanishes("η=0", "no step", lambda draw: drift(draw(1, 1), draw(1, 1), draw(1, 1), draw(1, 1), Fraction(0))),
    ),
    witness=holds(
        "non-vacuity",
        "A = 1, W = ½, B = 1",
        lambda draw: bool(np.all(bracket(*_numbers("1", "1/2"), np.array([[Fraction(1)]])) == 0)),
        "2BW = A² = 1",
    ),
    erratum=Erratum("one step of size 10 of three numbers", "lillicrap2016.sent-error-falls"),
)
