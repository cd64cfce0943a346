"""What Launay, Poli, Boniface & Krzakala (2020) state, and why nothing here settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Direct feedback alignment trains architectures for view synthesis, recommendation, graphs and language, close "
        "to fine-tuned backpropagation.",
        unsettled="measured in the paper on large networks; nothing of that size is run here",
    ),
    PaperStatement(
        "Where it learns, its signals are aligned with those of backpropagation.",
        unsettled="measured in the paper; fa-theory review --rule dfa measures it on networks and data of yours",
    ),
)
