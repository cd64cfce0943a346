"""What Akrout, Wilson, Humphreys, Lillicrap & Tweed (2019) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement("A weight mirror turns feedback weights towards the weights.", ("akrout2019.weight-mirror",)),
    PaperStatement(
        "The Kolen–Pollack algorithm makes feedback weights and weights converge.", ("akrout2019.kolen-pollack",)
    ),
    PaperStatement(
        "Both outperform feedback alignment on ImageNet, and come close to backpropagation.",
        unsettled="measured in the paper on large networks; nothing of that size is run here",
    ),
)
