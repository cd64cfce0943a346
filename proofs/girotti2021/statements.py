"""What Girotti, Mitliagkas & Gidel (2021) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Under spectral initialisation each component obeys an equation of its own.",
        ("girotti2021.component-equation",),
    ),
    PaperStatement(
        "Its fixed points, and which of them are stable.",
        ("girotti2021.stable-roots", "girotti2021.component-converges"),
    ),
    PaperStatement(
        "Some initialisations learn negligible components first.",
        ("girotti2021.negligible-first",),
    ),
    PaperStatement(
        "Rates for deep linear networks, in continuous and discrete time.",
        ("girotti2021.component-converges", "girotti2021.component-steps"),
        unsettled="two layers, component by component; three in baldi2018.three-weight-chain; the general rates "
        "were not at hand",
    ),
    PaperStatement(
        "Initialisations for which components are learned by decreasing importance.",
        unsettled="equal feedback m for all components does it, by girotti2021.negligible-first; the scheme of the "
        "paper was not at hand",
    ),
)
