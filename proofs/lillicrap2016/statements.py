"""What Lillicrap, Cownden, Tweed & Akerman (2016) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Feedback alignment conserves BW + WᵀBᵀ − AAᵀ in linear networks.", ("lillicrap2016.conserved-bracket",)
    ),
    PaperStatement(
        "Theorem 1: from zero the error of a linear network goes to 0 along the flow.",
        (
            "lillicrap2016.sent-error-falls",
            "lillicrap2016.converges-from-zero",
            "lillicrap2016.first-layer-bounded",
            "lillicrap2016.scalar-loss",
            "lillicrap2016.monotone-steps",
        ),
    ),
    PaperStatement(
        "Theorem 2: from zero, on one sample, feedback is a positive multiple of what the pseudoinverse sends.",
        ("lillicrap2016.pseudoinverse", "lillicrap2016.printed-factor", "lillicrap2016.positive-factor"),
    ),
    PaperStatement("Feedback alignment is not the gradient of any function.", ("lillicrap2016.no-gradient",)),
    PaperStatement(
        "Local minima of the loss with an error are no fixed points of feedback alignment.",
        ("lillicrap2016.rest-points",),
    ),
    PaperStatement(
        "On many samples, from small weights, W comes to act as a pseudoinverse of B; nonlinear networks learn.",
        ("lillicrap2016.acute-signals", "lillicrap2016.pseudoinverse-for-all-time"),
        unsettled="settled for linear networks from zero: acute angles for orthonormal feedback, the pseudoinverse if "
        "all singular values of the target are equal; nonlinear and spiking networks are measured in the paper",
    ),
)
