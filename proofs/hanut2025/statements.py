"""What Hanut & Kadmon (2025) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Fixed feedback of low rank leads to spurious solutions.",
        ("hanut2025.rest-without-error",),
        unsettled="that a spurious point of rest exists is settled; how often training ends in one is not",
    ),
    PaperStatement(
        "Feedback that adapts to the directions of the error recovers backpropagation.",
        ("hanut2025.captured-error",),
        unsettled="settled for feedback that has adapted; that the local rules get there is not",
    ),
    PaperStatement(
        "Networks learn with feedback of the dimension of the task, at less cost.",
        unsettled="measured in the paper on CIFAR and vision transformers; nothing of that size is run here",
    ),
)
