"""What Baldi, Sadowski & Lu (2018) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Linear chains of any length converge to fixed points under random backpropagation.",
        ("baldi2018.two-weight-chain", "baldi2018.three-weight-chain", "baldi2018.chain-potential"),
        unsettled="with rates for two weights, and three from zero; at any length a function falls from every start",
    ),
    PaperStatement(
        "Linear autoencoders on decorrelated data converge.",
        ("baldi2018.autoencoder",),
        unsettled="settled for one hidden unit; for more see ours.two-layers-any-start",
    ),
    PaperStatement(
        "Non-linear chains converge if the derivative of the activation is part of the rule.",
        ("baldi2018.nonlinear-chain", "baldi2018.chain-potential"),
        unsettled="what is conserved and what falls is settled, for two weights; not that runs stay bounded",
    ),
    PaperStatement(
        "Feedback that learns by the same rule converges, and becomes symmetric.",
        ("baldi2018.adaptive-feedback",),
        unsettled="settled for two weights that agree with their feedback at the start",
    ),
    PaperStatement(
        "Random backpropagation and its variants classify images almost as well as backpropagation.",
        unsettled="measured in the paper; claims on digits are in moskovitz2018.plain-feedback-fails",
    ),
)
