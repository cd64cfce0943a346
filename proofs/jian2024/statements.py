"""What Ji-An & Benna (2024) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Product feedback alignment approximates backpropagation without symmetric weights.",
        ("jian2024.product-follows",),
        unsettled="settled for the steps of one layer; how near the product comes in training is measured there",
    ),
    PaperStatement(
        "It trains deep convolutional networks about as well as backpropagation.",
        unsettled="measured in the paper on large networks; nothing of that size is run here",
    ),
)
