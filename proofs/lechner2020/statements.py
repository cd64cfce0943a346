"""What Lechner (2020) states, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "With one output, monotone activations and positive weights above, direct feedback and backpropagation agree "
        "in sign.",
        ("lechner2020.sign-concordance", "lechner2020.minibatch-concordance"),
    ),
    PaperStatement("Such networks learn to classify.", unsettled="measured in the paper"),
)
