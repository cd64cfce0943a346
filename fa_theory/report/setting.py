"""The setting of a report: the network, the rules, and the hypotheses that several claims share, each written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from fa_theory.claims.claim import Hypothesis
from fa_theory.claims.result import ClaimResult
from fa_theory.model import notation

PARAGRAPHS = (
    rf"""A network with one hidden layer of width $p$ maps an input $x \in \mathbb{{R}}^d$ to
\[ {notation.NETWORK} , \]
with weights $W \in \mathbb{{R}}^{{p \times d}}$, whose row $w_r$ belongs to neuron $r$, output weights
$\beta \in \mathbb{{R}}^p$, and an activation function $\psi$ that acts on each entry. The rows $x_1, \dots, x_n$ of
$X \in \mathbb{{R}}^{{n \times d}}$ are the samples, and $y \in \mathbb{{R}}^n$ contains the targets. The error is
$e_i = f(x_i) - y_i$ and the loss $\tfrac12 \|e\|_2^2$.""",
    rf"""Feedback alignment propagates the error back through fixed random weights $b \in \mathbb{{R}}^p$ in place of
$\beta$. With step size $\eta$ and $\ell_2$ regularisation of the output weights with strength $\lambda$, one step is
\[ {notation.FIRST_STEP} , \]
\[ {notation.OUTPUT_STEP} . \]
Backpropagation uses $\beta_r$ in place of $b_r$. Without regularisation, the limit of small steps is the flow
\[ {notation.FIRST_FLOW} , \qquad {notation.OUTPUT_FLOW} . \]""",
)
"""Network, data, update rule and flow, as LaTeX fragments."""

RULE = "setting"
"""The place where the update rule and the flow are defined."""

_RULES = (notation.STEP, notation.FLOW)


class Shared(NamedTuple):
    """A hypothesis of several claims, and the place where the report defines it."""

    hypothesis: Hypothesis
    place: str


def shared(claims: Sequence[ClaimResult]) -> list[Shared]:
    """The hypotheses that at least two claims share verbatim, in order of first use, except the update rules."""
    used = Counter(hypothesis for claim in claims for hypothesis in claim.hypotheses)
    several = [h for h, count in used.items() if count > 1 and h.statement not in _RULES]
    return [Shared(hypothesis, f"hypothesis-{k}") for k, hypothesis in enumerate(several, 1)]


def place(hypothesis: Hypothesis, found: Sequence[Shared]) -> str | None:
    """The place where the report defines a hypothesis, or None if the claim itself must."""
    if hypothesis.statement in _RULES:
        return RULE
    return next((one.place for one in found if one.hypothesis == hypothesis), None)
