"""Linear chains under random backpropagation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, vanishes
from .theorems import chain


def _equation(draw: Draw, *, c: Fraction | None = None, beta: Fraction | None = None) -> Array:
    """What the closed equation leaves of the rate of ``a₁``."""
    a, w, back, alpha, spread = draw(5)
    c, beta = back if c is None else c, spread**2 if beta is None else beta
    C = c * w - a**2 / 2
    return np.array([c * (alpha - beta * a * w) - (c * alpha - beta * (a**3 / 2 + C * a))])


two_weights = Claim(
    id="baldi2018.two-weight-chain",
    title="A linear chain of two weights converges under random backpropagation",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Chain of two weights: (a₁ − r)² falls at least at the rate β(2C + ¾r²), C = ca₂ − ½a₁², r a root.",
    statement=r"""Along $\dot a_1 = c(\alpha - \beta a_1 a_2)$, $\dot a_2 = a_1 (\alpha - \beta a_1 a_2)$, with random
feedback $c$ and $\beta \ge 0$, $C = c a_2 - \tfrac12 a_1^2$ is conserved. At a root $r$ of
$\beta(\tfrac12 r^3 + Cr) = c\alpha$,
\[ \tfrac{d}{dt} (a_1 - r)^2 \le -\beta \bigl(2C + \tfrac34 r^2\bigr) (a_1 - r)^2 . \]
So if $\beta > 0$, $C \ge 0$ and $c\alpha \neq 0$, the chain converges to its fixed point exponentially.""",
    hypotheses=(
        Hypothesis(
            "chain", r"one input, one hidden and one output unit, linear; $\alpha = E[yx]$, $\beta = E[x^2] \ge 0$"
        ),
        Hypothesis("conserved number", r"$C = c a_2(0) - \tfrac12 a_1(0)^2$"),
        Hypothesis("root", r"$\beta(\tfrac12 r^3 + Cr) = c\alpha$"),
    ),
    source=Source(
        "baldi2018",
        "convergence of linear chains",
        Fidelity.ADAPTED,
        "Stated from a summary, for the shortest chain. The rate is ours; the paper has no condition on C.",
    ),
    procedures=(Proved(chain.proof),),
    mutants=wrong_proofs(chain.proof, *chain.MUTANTS),
    degenerate=(
        vanishes("c=0", "no feedback: a₁ stays", lambda draw: _equation(draw, c=Fraction(0))),
        vanishes("β=0", "no input", lambda draw: _equation(draw, beta=Fraction(0))),
    ),
    witness=vanishes("non-vacuity", "numbers drawn at random", _equation),
)
