"""What Crafton, Parihar, Gebhardt & Raychowdhury (2019) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Direct feedback works with a single connection for each hidden unit.",
        ("crafton2019.sparse-signal",),
        unsettled="what such feedback sends is settled; that accuracy hardly suffers is measured in the paper",
    ),
    PaperStatement("It saves memory accesses on hardware.", unsettled="a count of operations of a device"),
)
