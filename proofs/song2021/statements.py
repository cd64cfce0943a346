"""What Song, Xu & Lafferty (2021) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "The error of a network trained by feedback alignment obeys a closed recursion in two kernels, G and H.",
        ("song2021.error-flow", "song2021.secant-kernel", "song2021.linear-recursion", "song2021.linear-closure"),
    ),
    PaperStatement(
        "At initialisation G is near its limit and H near 0, by order p^(-1/2).",
        ("song2021.gram-moments", "song2021.gram-concentration", "song2021.gram-deviation-enclosed"),
    ),
    PaperStatement("The least eigenvalue γ of the limit is positive.", ("song2021.limit-gram-positive",)),
    PaperStatement(
        "Theorem 3.2: above a width polynomial in n and 1/γ, the error decays exponentially with high probability.",
        (
            "song2021.explicit-width",
            "song2021.convergence-probability",
            "song2021.convergence-at-published-size",
            "song2021.contraction-rate",
            "song2021.contraction-any-width",
        ),
    ),
    PaperStatement(
        "The same for one network at hand, as a theorem that its own numbers prove.",
        (
            "song2021.tube-theorem",
            "song2021.relu-kinks",
            "song2021.decay-certified",
            "song2021.decay-from-start",
        ),
    ),
    PaperStatement(
        "All weights stay within order p^(-1/2) of where they started.",
        ("song2021.apriori-tube", "song2021.lazy-drift", "song2021.lazy-drift-exponent"),
    ),
    PaperStatement(
        "With regularisation each step contracts the error towards a floor.", ("song2021.regularised-recursion",)
    ),
    PaperStatement(
        "Without regularisation the alignment vanishes with the width.",
        (
            "song2021.alignment-vanishes",
            "song2021.alignment-mean",
            "song2021.alignment-mean-root-order",
            "song2021.regularisation-necessary",
        ),
    ),
    PaperStatement(
        "Regularisation up to a cutoff aligns b and β, on isometric data.",
        (
            "song2021.orthogonal-start",
            "song2021.slow-coordinate",
            "song2021.cutoff-orthogonal-start",
            "song2021.alignment-after-cutoff",
            "song2021.cutoff-aligns",
            "song2021.short-regularisation",
        ),
    ),
    PaperStatement("The same for Gaussian data.", ("song2021.near-isometry", "song2021.cutoff-aligns-gaussian-design")),
    PaperStatement(
        "Constant regularisation keeps the error bounded.",
        ("song2021.constant-regularisation", "song2021.constant-regularisation-bounded"),
    ),
    PaperStatement(
        "Simulations: alignment against width for four activations and four strengths of regularisation; digits.",
        unsettled="an experiment, not a claim; fa-theory simulate repeats it: song2021-alignment, song2021-loss, "
        "song2021-mnist and song2021-digits",
    ),
)
