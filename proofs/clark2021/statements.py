"""What Clark, Abbott & Chung (2021) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "In vectorised networks with non-negative weights, broadcast steps match the gradient in sign.",
        ("clark2021.gradient-form", "clark2021.sign-match", "clark2021.minibatch-sign-match"),
    ),
    PaperStatement(
        "At the start they are proportional to it, in the limit of infinite width.",
        unsettled="a law of large numbers for J_r, which the gradient form makes explicit; its rate is not derived",
    ),
    PaperStatement(
        "They train such networks as well as backpropagation does, convolutions included.",
        unsettled="measured in the paper; fa-theory review --rule gevb measures accuracy in plain networks only",
    ),
)
