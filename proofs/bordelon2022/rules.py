"""The effective kernel of a learning rule, and its mean over correlated feedback."""

from __future__ import annotations

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, vanishes
from .theorems import kernel, lazy


def source(place: str, changes: str) -> Source:
    return Source("bordelon2022", place, Fidelity.ADAPTED, changes)


def _left(draw: Draw, *, depth: int = 3, silent: bool = False) -> Array:
    """What the kernel leaves of the rate of the outputs of a linear network with signals drawn at random."""
    width, n = 2, 3
    W = [draw(width, width) for _ in range(depth)]
    sent, u, e = [draw(n, width) for _ in range(depth)], draw(width), draw(n)
    if silent:
        sent = [0 * part for part in sent]
    H = [draw(n, width)]
    for part in W:
        H.append(H[-1] @ part.T)
    G = [np.tile(u, (n, 1))]
    for part in reversed(W[1:]):
        G.insert(0, G[0] @ part)
    rate, K = 0 * H[0], 0 * draw(n, n)
    for part, below, signal, g in zip(W, H, sent, G, strict=False):
        rate = rate @ part.T - below @ ((e[:, None] * signal).T @ below).T
        K = K + (g @ signal.T) * (below @ below.T)
    found: Array = rate @ u + K @ e
    return found


effective_kernel = Claim(
    id="bordelon2022.effective-kernel",
    title="Every local learning rule has an effective tangent kernel, at any width and depth",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="f' = −Ke with K the sum over layers of (signals sent)·(gradients) times (features), for any signals.",
    statement=r"""Let a network of any depth and width learn by $\dot W_l = -p^{-1/2} \sum_j e_j\,
\tilde g^{l+1}_j (h^l_j)^\top$ with signals $\tilde g$ of any kind: gradients, feedback alignment, direct feedback,
Hebb. With $g$ the gradients of the output, $\tilde G^l_{ij} = g^l_i \cdot \tilde g^l_j$ and $\Phi^l_{ij} = \tfrac1p
h^l_i \cdot h^l_j$, exactly
\[ \dot f = -K e, \qquad K = \sum_l \tilde G^{l+1} \circ \Phi^l . \]""",
    hypotheses=(
        Hypothesis("layers", r"$z^{l+1} = p^{-1/2} W_l h^l$ without biases; $h^0$ are the inputs"),
        Hypothesis("chain rule", r"$\dot h = \psi'(z)\, \dot z$: no unit is at a kink"),
    ),
    source=source(
        "effective neural tangent kernel",
        "Proved at every width; all layers have p units, some of them idle. Gated linear networks are left out.",
    ),
    procedures=(Proved(kernel.effective),),
    mutants=wrong_proofs(kernel.effective, *kernel.MUTANTS),
    degenerate=(
        vanishes("L=1", "one layer: K is the kernel of its inputs", lambda draw: _left(draw, depth=1)),
        vanishes("g̃=0", "no signals: nothing moves", lambda draw: _left(draw, silent=True)),
    ),
    witness=vanishes("non-vacuity", "four linear layers with random signals", lambda draw: _left(draw, depth=4)),
)


def _mean(draw: Draw, *, rho: int | None = None) -> Array:
    """The formula for two layers, with noise that takes both signs with equal weight in place of the normal law."""
    W, w, Z, xi, D1, D2 = draw(3, 2), draw(3), draw(3, 2), draw(3), draw(2, 2), draw(2, 3)
    r = draw(1)[0] if rho is None else rho

    def sent(A: Array, v: Array) -> Array:
        found: Array = D1 * ((D2 * v) @ A)
        return found

    g = sent(W, w)
    both = np.array([sent(r * W + a * Z, r * w + b * xi) for a in (1, -1) for b in (1, -1)])
    left: Array = g @ np.sum(both, axis=0).T / 4 - r**2 * g @ g.T
    return left


lazy_kernel = Claim(
    id="bordelon2022.lazy-kernel-mean",
    title="Feedback that agrees by ρ uses a layer with the factor ρ for every layer above",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Signals sent by ρW + σZ meet the gradients as ρ times backpropagation per layer, on average over Z.",
    statement=r"""Let the errors travel back through $\rho W + \sigma Z$, $Z$ with independent standard normal
entries. For given weights, slopes and widths, exactly on average over $Z$, at the start
\[ E\, \tilde G^{L} = \rho\, G^{L} , \qquad E\, \tilde G^{L-1} = \rho^2 G^{L-1} \]
for the last two hidden layers, so the kernel is $\Phi^L + \rho\, G^L \circ \Phi^{L-1} + \rho^2 G^{L-1} \circ
\Phi^{L-2}$ on average. For $\rho = 0$, as for direct feedback, $E\, \tilde G = 0$ for signals of any gradients: only
the last layer is used.""",
    hypotheses=(
        Hypothesis(
            "slopes of the forward pass", r"$\tilde g^l = \psi'(z^l) \circ (\rho W + \sigma Z)^\top \tilde g^{l+1}$"
        ),
        Hypothesis("fresh feedback", r"$Z$ is independent of the weights: before training, or in the lazy limit"),
    ),
    source=source(
        "lazy limit",
        "The limit of infinite width becomes a mean at every width; proved two layers deep.",
    ),
    procedures=(
        Proved(lazy.mean_kernel, name="proof two layers below the output"),
        Proved(lazy.one_layer, name="proof below the output"),
    ),
    mutants=(
        *wrong_proofs(lazy.mean_kernel, *lazy.MUTANTS),
        *wrong_proofs(lazy.one_layer, *lazy.MUTANTS_OF_ONE),
    ),
    degenerate=(
        vanishes("ρ=0", "no agreement: nothing arrives on average", lambda draw: _mean(draw, rho=0)),
        vanishes("ρ=1", "agreement in the mean: backpropagation on average", lambda draw: _mean(draw, rho=1)),
    ),
    witness=vanishes("non-vacuity", "signs in place of normal noise, all four of them", _mean),
)
