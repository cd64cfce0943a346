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
        unsettled="only two layers are settled here",
    ),
    PaperStatement(
        "The implicit regularisation of sign feedback, and of several outputs.",
        unsettled="only one output and fixed feedback are settled here",
    ),
)
