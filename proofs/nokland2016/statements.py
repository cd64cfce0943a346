"""What Nøkland (2016) states, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Theorem 1: constant update directions of two layers turn the weights between them until each direction "
        "descends for the other.",
        ("nokland2016.constant-directions", "nokland2016.monotone-from-zero", "nokland2016.acute-at-once"),
        unsettled="settled for one sample: in linear layers from every start, in others from zero weights",
    ),
    PaperStatement(
        "Direct feedback alignment trains deep networks from zero weights, almost as well as backpropagation.",
        unsettled="measured in the paper on MNIST and CIFAR; fa-theory review --rule dfa measures it on data of yours",
    ),
)
