"""What Rahmansetayesh, Ghazizadeh & Marvasti (2021) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Alignment arises from the signals that drive the layers, without any reduction of the loss.",
        ("rahmansetayesh2021.alignment-identity",),
    ),
    PaperStatement(
        "Autocorrelated errors and outputs align the weights.",
        (
            "rahmansetayesh2021.independent-signals",
            "rahmansetayesh2021.autoregressive-signals",
            "rahmansetayesh2021.autocorrelation-aligns",
        ),
    ),
    PaperStatement(
        "Cross-correlation of outputs and errors aligns them.",
        ("rahmansetayesh2021.cross-correlation", "rahmansetayesh2021.cross-correlated-align"),
    ),
    PaperStatement(
        "The correlation of two steps acts through a matrix M: its symmetric part, its sign, its trace.",
        (
            "rahmansetayesh2021.symmetric-part",
            "rahmansetayesh2021.positive-matrix",
            "rahmansetayesh2021.mean-over-feedback",
        ),
    ),
    PaperStatement("Outputs that are never negative align.", ("rahmansetayesh2021.nonnegative-outputs",)),
    PaperStatement(
        "Bounding the norm of input weights raises alignment and accuracy.",
        (
            "rahmansetayesh2021.normalised-linear",
            "rahmansetayesh2021.normalisation-aligns",
            "rahmansetayesh2021.normalised-accuracy",
        ),
    ),
    PaperStatement(
        "Gains peak at lags of whole epochs when the order of samples is fixed.", ("rahmansetayesh2021.lag-structure",)
    ),
)
