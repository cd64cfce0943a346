"""A Lyapunov function of linear feedback alignment, at every depth and from every start."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.deep import DeepNetwork, DeepWeights, Learning, advance, as_scaling
from fa_theory.model.rules import Rule

from ..shared.exact import Draw, holds, vanishes
from .theorems import lyapunov

ENDS = Hypothesis(
    "ends of the network",
    r"first layer $V$, last layer $W$; $E = HW^\top - X\Theta^\top$, where $H$ are the activations that $W$ sees, "
    r"whatever the layers between are",
)
STEPS = Hypothesis(
    "steps",
    r"$V^+ = V - \eta\, BE^\top X$ and $W^+ = W - \eta\, E^\top H$; $B = B_1 \cdots B_{L-1}$ is constant (for direct "
    r"feedback: the feedback to the first layer)",
)
FLOW = Hypothesis("flow", r"$\dot V = -BE^\top X$ and $\dot W = -E^\top H$; $B$ is constant")


def _source(changes: str, key: str = "garg2021") -> Source:
    return Source(key, "nearest published convergence result", Fidelity.OURS, changes)


def network(draw: Draw, widths: tuple[int, ...]) -> tuple[list[Array], list[Array]]:
    """Weights and feedback weights of a linear network."""
    W = [draw(out, into) for into, out in pairwise(widths)]
    B = [draw(into, out) for into, out in pairwise(widths[1:])]
    return W, B


def lyapunov_left(
    draw: Draw, widths: tuple[int, ...], *, direct: bool = False, eta: Fraction = Fraction(1, 3), zero: bool = False
) -> Array:
    """What the formula leaves of the change of F in one step of all layers of a network."""
    W, B = network(draw, widths)
    if zero:
        W = [0 * part for part in W]
    depth, n = len(W), 3
    X, Theta = draw(n, widths[0]), draw(widths[-1], widths[0])
    to = (
        [draw(width, widths[-1]) for width in widths[1:-1]]
        if direct
        else [reduce(np.matmul, B[layer:]) for layer in range(depth - 1)]
    )
    H = [X]
    for part in W:
        H.append(H[-1] @ part.T)
    E = H[-1] - X @ Theta.T
    after = [part - eta * (to[k] @ E.T if k < depth - 1 else E.T) @ H[k] for k, part in enumerate(W)]

    def F(parts: list[Array]) -> Fraction:
        value: Fraction = np.sum((to[0] @ parts[-1]) ** 2) / 2 - np.sum((to[0] @ Theta) * parts[0])
        return value

    sent = to[0] @ E.T
    change = -eta * np.sum(sent**2) + eta**2 * np.sum((sent @ H[-2]) ** 2) / 2
    return np.array([F(after) - F(W) - change])


def _depths(draw: Draw) -> Array:
    return np.concatenate([lyapunov_left(draw, (2, 3, 2, 3, 2)[: depth + 1]) for depth in (2, 3, 4)])


def engine_left(rng: np.random.Generator) -> Instance:
    """The same for a step of the package's own feedback alignment, in ball arithmetic, at depth 2 to 4."""
    widths = (2, 3, 2, 3, 2)[: int(rng.integers(3, 6))]
    shapes = [(out, into) for into, out in pairwise(widths)]
    W, B = ([balls(rng.standard_normal(shape)) for shape in these] for these in (shapes, shapes[1:]))
    network = DeepNetwork(DeepWeights(tuple(W), tuple(B)), activation("linear"), as_scaling("standard"))
    X, Theta = balls(rng.standard_normal((3, 2))), balls(rng.standard_normal((widths[-1], 2)))
    eta = Ball(float(rng.uniform(0.01, 0.5)))
    keep = (Ball(1),) * network.depth
    after, _ = advance(network, X, X @ Theta.T, eta=eta, keep=keep, learning=Learning(Rule.FA))
    to = reduce(np.matmul, reversed(B)).T
    H = reduce(lambda h, part: h @ part.T, W[:-1], X)

    def F(now: DeepNetwork) -> Ball:
        first, last = now.weights.W[0], now.weights.W[-1]
        value: Ball = np.sum((to @ last) ** 2) / 2 - np.sum((to @ Theta) * first)
        return value

    sent = to @ (H @ W[-1].T - X @ Theta.T).T
    change = -eta * np.sum(sent**2) + eta**2 * np.sum((sent @ H) ** 2) / 2
    return Instance(vanishes=(F(after) - F(network) - change,))


def _moves(draw: Draw) -> bool:
    return all(x == 0 for x in lyapunov_left(draw, (2, 3, 2, 2))) and bool(np.any(draw(3, 2) != 0))


DEGENERATE = (
    vanishes("L=2, 3, 4", "networks of these depths, all layers learning", _depths),
    vanishes("direct feedback", "DFA in three layers", lambda draw: lyapunov_left(draw, (2, 3, 2, 2), direct=True)),
    vanishes("sizes 1", "one unit per layer", lambda draw: lyapunov_left(draw, (1, 1, 1, 1))),
    vanishes("W=0", "all layers zero", lambda draw: lyapunov_left(draw, (2, 3, 2), zero=True)),
)
WITNESS = holds("non-vacuity", "a network of three layers", _moves, "its step satisfies the hypotheses exactly")

any_depth = Claim(
    id="ours.lyapunov-any-depth",
    title="Linear feedback alignment of any depth has a Lyapunov function, from every start",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="F = ½‖BW‖² − ⟨BΘ, V⟩ of last and first layer falls at the rate ‖BEᵀ‖², at any depth and from any start.",
    statement=r"""Let $V$ and $W$ be the first and the last layer of a linear network of depth $L \ge 2$, $\Theta$
the map of least squares, $E = X(W_{tot} - \Theta)^\top$, and $B$ the feedback on its way to the first layer. Then
\[ F = \tfrac12 \|BW\|^2 - \langle B\Theta, V\rangle \]
obeys, along the flow and in steps of any size, for all sizes,
\[ \dot F = -\|BE^\top\|^2 , \qquad F^+ - F = -\eta \|BE^\top\|^2 + \tfrac12 \eta^2 \|BE^\top H\|^2 . \]
There is no condition on the start. What the layers between do does not matter: they may learn by any rule, or be
nonlinear; then $E$ is the error for the targets $X\Theta^\top$.""",
    hypotheses=(ENDS, STEPS, FLOW),
    source=_source("Found by machine search; proved here for every depth at once, as only the two ends enter."),
    procedures=(
        Proved(lyapunov.flow, name="proof along the flow"),
        Proved(lyapunov.step, name="proof for a step"),
        Instances(engine_left, Trials(20, 100, 1000), name="steps of the package in ball arithmetic"),
    ),
    mutants=(
        *wrong_proofs(lyapunov.flow, *lyapunov.MUTANTS_OF_FLOW),
        *wrong_proofs(lyapunov.step, *lyapunov.MUTANTS_OF_STEP),
    ),
    degenerate=DEGENERATE,
    witness=WITNESS,
)

descends = Claim(
    id="ours.small-steps-descend",
    title="The Lyapunov function falls in every step below 2/‖H‖²",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="F falls by at least η(1 − ηh²/2)‖BEᵀ‖² in a step, where ‖H‖ ≤ h for the last hidden activations.",
    statement=r"""If $\|H(t)\| \le h$ for the activations that the last layer sees, then for all $t$ and all sizes
\[ F(t{+}1) \le F(t) - \eta \bigl(1 - \tfrac12 \eta h^2\bigr) \|BE(t)^\top\|^2 , \]
so $F$ falls while $\eta h^2 < 2$ and $BE^\top \neq 0$.""",
    hypotheses=(ENDS, STEPS, Hypothesis("bounded activations", r"$\|H(t)\| \le h$ at all times considered")),
    source=_source("Found by machine search."),
    procedures=(Proved(lyapunov.descent),),
    mutants=wrong_proofs(lyapunov.descent, *lyapunov.MUTANTS_OF_DESCENT),
    degenerate=DEGENERATE[:2],
    witness=WITNESS,
    uses=("ours.lyapunov-any-depth",),
)

decays = Claim(
    id="ours.decay-of-lyapunov",
    title="The Lyapunov function with weight decay",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="With decay λ on the last layer, F' = −‖BEᵀ‖² − λ‖BW‖²; with λ on both, F' + λF = −‖BEᵀ‖² − ½λ‖BW‖².",
    statement=r"""With decay $\lambda$ on the last and $\mu$ on the first layer, for any depth, sizes and start
\[ \dot F = -\|BE^\top\|^2 - \lambda \|BW\|^2 + \mu \langle B\Theta, V\rangle . \]
With $\mu = 0$, $F$ falls; with one output, $\dot F = -\|b\|^2 (\|e\|^2 + \lambda \|\beta\|^2)$. With $\mu = \lambda$,
$\dot F + \lambda F = -\|BE^\top\|^2 - \tfrac12 \lambda \|BW\|^2$.""",
    hypotheses=(
        ENDS,
        Hypothesis("flow with decay", r"$\dot V = -BE^\top X - \mu V$ and $\dot W = -E^\top H - \lambda W$"),
    ),
    source=_source(
        "Found by machine search; the case of one output is that of Song, Xu & Lafferty (2021).", "song2021"
    ),
    procedures=(Proved(lyapunov.decayed),),
    mutants=wrong_proofs(lyapunov.decayed, *lyapunov.MUTANTS_OF_DECAY),
    degenerate=DEGENERATE[2:],
    witness=WITNESS,
    uses=("ours.lyapunov-any-depth",),
)

bounded_time = Claim(
    id="ours.error-bounded-in-time",
    title="The error that is sent back cannot stay large",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="If ‖BEᵀ‖² ≥ ε up to time t and F ≥ f, then tε ≤ F(0) − f: at any depth, from any start.",
    statement=r"""If $F \ge f$ at all times and $\|BE(u)^\top\|^2 \ge \varepsilon$ for all $u \le t$, then along the
flow, at any depth and from any start,
\[ t\, \varepsilon \le F(0) - f . \]
So by every time $t$ there was one at which $\|BE^\top\|^2 \le (F(0) - f)/t$.""",
    hypotheses=(ENDS, FLOW, Hypothesis("bounded below", r"$F(t) \ge f$ for all $t$")),
    source=_source("A consequence of the Lyapunov function."),
    procedures=(Proved(lyapunov.total_paid),),
    mutants=wrong_proofs(lyapunov.total_paid, *lyapunov.MUTANTS_OF_TOTAL),
    degenerate=DEGENERATE[2:],
    witness=WITNESS,
    uses=("ours.lyapunov-any-depth",),
)

two_layers = Claim(
    id="ours.two-layers-any-start",
    title="Two linear layers: the error sent back gets small from every start",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Two layers, any start: if ‖BEᵀ‖² ≥ ε up to t, then tε ≤ F(0) + ‖BΘ‖² + p/8 + (‖V₀‖² − 2 tr BW₀)/4.",
    statement=r"""In two linear layers with $p$ hidden units, along the flow, from every start and for all sizes: if
$\|BE(u)^\top\|^2 \ge \varepsilon$ for all $u \le t$, then
\[ t\, \varepsilon \le F(0) + \|B\Theta\|^2 + \tfrac{p}{8} + \tfrac14 \bigl(\|V(0)\|^2 - 2\, \mathrm{tr}\,
BW(0)\bigr) . \] There is no condition on the data, on the rank of $B$ or on the weights.""",
    hypotheses=(ENDS, FLOW, Hypothesis("two layers", r"$H = XV^\top$")),
    source=_source(
        "From the Lyapunov function and what two layers conserve. Garg & Vempala show convergence under conditions."
    ),
    procedures=(Proved(lyapunov.two_layers),),
    mutants=wrong_proofs(lyapunov.two_layers, *lyapunov.MUTANTS_OF_TWO),
    degenerate=DEGENERATE[2:],
    witness=WITNESS,
    uses=("ours.error-bounded-in-time",),
)

three_layers = Claim(
    id="ours.three-layers-floor",
    title="Three linear layers: the Lyapunov function is bounded below",
    kind=Kind.LEMMA,
    bound=Bound.LOWER,
    summary="Three layers: κF ≥ −½κ(‖BΘ‖² + ‖B₁‖² + c₁ + c₂) − ½q, where B₁ᵀB₁ ⪰ κ and c₁, c₂ are conserved.",
    statement=r"""In three linear layers $V$, $M$, $W$ with feedback $B = B_1 B_2$ and $q$ units in the second hidden
layer, let $c_1 = \|V\|^2 - 2\, \mathrm{tr}\, B_1 M$ and $c_2 = \|M\|^2 - 2\, \mathrm{tr}\, B_2 W$, which the flow
conserves. If $\|B_1 B_2 W\|^2 \ge \kappa \|B_2 W\|^2$ with $\kappa \ge 0$, as for $B_1^\top B_1 \succeq \kappa$, then
\[ \kappa F \ge -\tfrac12 \kappa \bigl(\|B\Theta\|^2 + \|B_1\|^2 + c_1 + c_2\bigr) - \tfrac{q}{2} . \]
With $\kappa > 0$ the error that is sent back cannot stay large, from any start.""",
    hypotheses=(
        Hypothesis(
            "conserved", r"$\|V\|^2 = 2\, \mathrm{tr}\, B_1 M + c_1$, $\|M\|^2 = 2\, \mathrm{tr}\, B_2 W + c_2$"
        ),
        Hypothesis("rank", r"$\|B_1 B_2 W\|^2 \ge \kappa \|B_2 W\|^2$, $\kappa \ge 0$"),
    ),
    source=_source("From the Lyapunov function and what each layer conserves."),
    procedures=(Proved(lyapunov.floor),),
    mutants=wrong_proofs(lyapunov.floor, *lyapunov.MUTANTS_OF_FLOOR),
    degenerate=DEGENERATE[2:],
    witness=WITNESS,
    uses=("ours.error-bounded-in-time",),
)
