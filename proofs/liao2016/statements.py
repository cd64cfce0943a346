"""What Liao, Leibo & Poggio (2016) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "The signs of feedback weights matter, their magnitudes hardly do.",
        ("moskovitz2018.acute-angle", "moskovitz2018.single-output-descent"),
        unsettled="settled for the angle and for one output; that accuracy hardly suffers is measured in the paper",
    ),
    PaperStatement(
        "Batch Manhattan stabilises learning.", ("liao2016.manhattan-descends",), unsettled="only its descent"
    ),
    PaperStatement("Batch normalisation makes asymmetric feedback work.", unsettled="measured in the paper"),
)
