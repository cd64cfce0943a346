"""What Robertson & Koyejo (2024) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Feedback alignment conserves b_rβ_r − ½‖w_r‖² along the flow, for 1-homogeneous activations.",
        ("robertson2024.neuron-bracket",),
    ),
    PaperStatement(
        "Networks that start aligned enough stay aligned, and their error falls at any width.",
        ("robertson2024.aligned-flow", "robertson2024.linear-any-width"),
    ),
    PaperStatement(
        "The conservation law holds layer by layer in deep networks.",
        ("robertson2024.layer-bracket",),
    ),
    PaperStatement(
        "Sign feedback conserves a bracket of its own, for several outputs too.",
        ("robertson2024.sign-bracket", "robertson2024.layer-bracket"),
    ),
    PaperStatement(
        "Training converges if alignment dominates, and better alignment goes with better accuracy.",
        ("robertson2024.aligned-flow",),
        unsettled="settled for two layers and one output; accuracy of deep networks is measured in the paper",
    ),
)
