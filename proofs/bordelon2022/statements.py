"""What Bordelon & Pehlevan (2022) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "For every learning rule the outputs follow an effective tangent kernel.", ("bordelon2022.effective-kernel",)
    ),
    PaperStatement(
        "In the lazy limit full feedback alignment uses earlier layers with a scale set by the correlation of feedback "
        "and weights; direct feedback and Hebb use the last layer alone.",
        ("bordelon2022.lazy-kernel-mean", "bordelon2022.lazy-kernel-width"),
        unsettled="proved as a mean at every width, two layers deep; that kernels stay in the lazy limit is not",
    ),
    PaperStatement(
        "Two linear layers on white data obey one equation at infinite width.",
        ("bordelon2022.white-data-equation", "bordelon2022.white-data-features"),
    ),
    PaperStatement(
        "Features change as γ₀² at small richness; at large as its power ⅔ under feedback alignment, and as γ₀ under "
        "gradient descent.",
        ("bordelon2022.feature-scaling", "bordelon2022.gradient-features"),
    ),
    PaperStatement(
        "With less initial correlation of feedback and weights, more features are learned.",
        ("bordelon2022.correlation-trade-off",),
    ),
    PaperStatement(
        "Hebbian kernels hardly align with the task.",
        ("bordelon2022.hebb-keeps-directions",),
        unsettled="settled for linear units on white data; the formula of the paper was not at hand",
    ),
    PaperStatement("The squared error of the limit is of order 1/N at width N.", ("bordelon2022.width-error",)),
    PaperStatement(
        "Gated linear networks have a simple lazy kernel, and their pre-activations stay Gaussian given the gates.",
        unsettled="no gated layers in the package: their gates depend on side information",
    ),
    PaperStatement(
        "Mean-field theory of deep nonlinear networks under each rule.",
        unsettled="its self-consistent equations for whole trajectories were not at hand, and are not integrated here",
    ),
)
