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
        unsettled="the initial speed mλ shows it: a large feedback m outweighs a small λ; not stated as a claim yet",
    ),
    PaperStatement("Rates for deep linear networks, in continuous and discrete time.", unsettled="not settled yet"),
)
