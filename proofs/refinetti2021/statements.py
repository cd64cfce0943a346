"""What Refinetti, d'Ascoli, Ohana & Goldt (2021) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Deep linear networks that learn by direct feedback from zero are products of feedback and alignment matrices.",
        ("refinetti2021.alignment-matrices",),
    ),
    PaperStatement(
        "Of all solutions with low loss, direct feedback chooses the one that aligns best: degeneracy breaking.",
        ("refinetti2021.degeneracy-breaking",),
        unsettled="which solution aligns best is settled; that training goes there is not",
    ),
    PaperStatement(
        "ReLU networks recover the teacher with a probability that is a binomial sum.",
        ("refinetti2021.recovery-probability",),
    ),
    PaperStatement("Equations of online learning for erf units.", unsettled="not settled yet"),
    PaperStatement("Networks align, then memorise, bottom layer first.", unsettled="measured in the paper"),
)
