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
        ("refinetti2021.degeneracy-breaking", "refinetti2021.align-then-memorise"),
    ),
    PaperStatement(
        "ReLU networks recover the teacher with a probability that is a binomial sum.",
        ("refinetti2021.recovery-probability",),
        unsettled="the sum is settled; that training recovers the teacher if and only if enough signs agree is not",
    ),
    PaperStatement(
        "Equations of online learning for erf units.",
        ("refinetti2021.online-drift", "refinetti2021.online-equations"),
        unsettled="compared with sampled steps and simulated students; no theorem on the limit",
    ),
    PaperStatement(
        "Networks align, then memorise, bottom layer first.",
        ("refinetti2021.align-then-memorise",),
        unsettled="settled for two erf units; the order of layers in deep networks is measured in the paper",
    ),
)
