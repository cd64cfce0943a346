"""What Amit (2019) states, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Feedback that starts equal to the weights and takes the same steps stays equal: backpropagation.",
        ("akrout2019.kolen-pollack",),
    ),
    PaperStatement(
        "In the linear case, updating the feedback accelerates convergence.",
        ("amit2019.updated-conserves", "amit2019.faster-at-equal-error"),
        unsettled="settled for one weight in each layer, from zero; the paper has more",
    ),
    PaperStatement(
        "Networks with updated feedback learn about as well as by backpropagation, also untied ones.",
        unsettled="measured in the paper on CIFAR; fa-theory review --rule kolen-pollack measures it on data of yours",
    ),
)
