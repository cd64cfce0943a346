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
        "Receptive fields organise into maps: of orientation, of words, of a body whose input changes.",
        ("lufkin2022.orientation-map", "lufkin2022.text-map", "lufkin2022.silenced-finger"),
    ),
)
