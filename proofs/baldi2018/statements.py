"""What Baldi, Sadowski & Lu (2018) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Linear chains of any length converge to fixed points under random backpropagation.",
        ("baldi2018.two-weight-chain",),
        unsettled="settled for two weights; longer chains have the Lyapunov function of ours.lyapunov-any-depth",
    ),
    PaperStatement("Linear autoencoders on decorrelated data converge.", unsettled="not settled yet"),
    PaperStatement("Non-linear chains; adaptive feedback channels.", unsettled="not settled yet"),
)
