"""What Frenkel, Lefebvre & Bol (2021) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement("One-hot targets are a proxy of the sign of the error.", ("frenkel2021.target-signs",)),
    PaperStatement(
        "The signals of direct random target projection are within 90 degrees of those of backpropagation, from zero, "
        "for one sample and linear hidden layers.",
        ("frenkel2021.parallel-signals", "frenkel2021.acute-signals", "frenkel2021.deeper-layers"),
    ),
    PaperStatement(
        "It is a trade-off between accuracy and cost for adaptive devices.",
        unsettled="measured in the paper on MNIST and CIFAR; fa-theory review --rule drtp measures it on data of yours",
    ),
)
