"""What Lufkin, Puri, Song, Zhong & Lafferty (2022) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Local excitation and inhibition form patterns above a threshold.",
        ("lufkin2022.fourier-modes", "lufkin2022.pattern-growth", "lufkin2022.pattern-threshold"),
    ),
    PaperStatement(
        "Activity can travel in waves.",
        ("lufkin2022.complex-eigenvalues", "lufkin2022.travelling-wave", "lufkin2022.wave-threshold"),
    ),
    PaperStatement(
        "Bumps and waves in networks of rates and of spiking neurons.",
        ("lufkin2022.bumps-and-waves", "lufkin2022.spiking-bumps-and-waves"),
    ),
    PaperStatement(
        "Sparse coding with lateral coupling descends an energy.",
        ("lufkin2022.energy-descent",),
    ),
    PaperStatement(
        "On natural images receptive fields form a map of orientations with pinwheels.",
        ("lufkin2022.orientation-map",),
        unsettled="settled for a rule of learning of ours; that of the paper is not known here",
    ),
    PaperStatement(
        "On natural language text they form a map of the meaning of words.",
        ("lufkin2022.text-map",),
        unsettled="settled for a rule of learning of ours; that of the paper is not known here",
    ),
    PaperStatement(
        "A map of a body reorganises if its input changes.",
        ("lufkin2022.silenced-finger",),
        unsettled="settled for a rule of learning of ours; that of the paper is not known here",
    ),
)
