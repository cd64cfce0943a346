"""What Caillon, Fagnou, Delattre & Allauzen (2026) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "The estimate (Jp)pᵀ of a Jacobian from one random probe has a positive expected cosine with it.",
        ("caillon2026.probe-direction", "caillon2026.expected-cosine"),
        unsettled="the bound on the mean is enclosed for Jacobians of rank one, orthogonal ones, and two inputs",
    ),
    PaperStatement(
        "Steps of positive expected cosine converge in expectation.",
        unsettled="a standard theorem on stochastic approximation, which the paper recalls; it is not derived here",
    ),
    PaperStatement(
        "GrAPE trains deep convolutional networks and transformers.",
        unsettled="measured in the paper on large networks; nothing of that size is run here",
    ),
)
