"""What Garg & Vempala (2021) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Feedback alignment finds ZW = Y if r is at least the rank of Y.",
        ("garg2021.column-space",),
        unsettled="from zero and along the flow, with the rate of lillicrap2016.converges-from-zero; that random "
        "feedback sees the columns of Y is a hypothesis",
    ),
    PaperStatement("It can be far from optimal if r is below the rank.", ("garg2021.resting-error",)),
    PaperStatement(
        "FA* converges, with alignment that increases.",
        ("garg2021.fitted-factor-aligns",),
        unsettled="its definition was not at hand; settled for a left factor that is always fitted to the right one",
    ),
    PaperStatement(
        "Representations of gradient descent and feedback alignment can be almost orthogonal.",
        unsettled="the construction was not at hand; where feedback alignment rests is in garg2021.resting-error",
    ),
)
