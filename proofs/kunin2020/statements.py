"""What Kunin, Nayebi, Sagastuy-Brena, Ganguli, Bloom & Yamins (2020) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Symmetric alignment, decay with a pull towards the weights, makes feedback follow the weights.",
        ("kunin2020.symmetric-alignment",),
    ),
    PaperStatement(
        "A weight mirror depends on its metaparameters.",
        ("kunin2020.untuned-mirror",),
        unsettled="that its learning becomes unstable, and that information alignment repairs it, is measured there",
    ),
    PaperStatement(
        "These rules match backpropagation on ImageNet, also when updates are noisy.",
        unsettled="measured in the paper on large networks; nothing of that size is run here",
    ),
)
