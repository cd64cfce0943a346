"""Labelled conjectures about powers of the width, and about best constants."""

from fa_theory.conjectures import BestConstant, Domain, Scales, conjecture, inner, largest, mean, norm, sqrt, total

STILL = Domain(n=2, d=3, p=(16, 512), steps=0)
STEP = Domain(n=2, d=3, p=(16, 512), activation="tanh", eta=0.1)

LABELS = {
    "alignment_shrinks_like_root": ("true", "√p |cos| → |N(0, 1)| in law, uniformly accurate for p ≥ 16"),
    "alignment_shrinks_like_inverse": ("false", "the median of |cos| is 0.67 p^{-1/2}"),
    "exponent_at_the_edge": ("undecided", "the exponent is −1/2, exactly at the end of −0.45 ± 0.05"),
    "readout_grows_like_root": ("true", "‖β‖² is χ² with p degrees of freedom"),
    "largest_feedback_is_bounded": (
        "undecided (true)",
        "max|b_r| ~ √(2 log p): exponent 0, local slope > 0.09",
    ),
    "H_shrinks_like_root": ("true", "‖H(0)‖ = ‖XXᵀ‖|b·β|/p (linear); S5 of the atlas"),
    "movement_shrinks_like_root": ("true", "mean_r ‖Δw_r‖ = (η/√p) mean_r |b_r| ‖…‖, a law of large numbers"),
    "movement_does_not_shrink": ("false", "mean_r ‖Δw_r‖ ~ p^{-1/2}"),
    "norm_ratio": ("true", "Cauchy–Schwarz: (Σ|β_r|)² ≤ p‖β‖², attained at equal |β_r|"),
    "norm_ratio_too_small": ("false", "p = 1 or equal entries: the ratio is 1"),
    "growth_in_one_step": ("false", "x = 1, b = 0, w = 10, η = 0.1: the factor is |1 − ηw²| = 9"),
}


@conjecture(STILL, quantifier=Scales(-0.5))
def alignment_shrinks_like_root(run):
    """|cos∠(b, β(0))| ~ p^{-1/2}."""
    return abs(run[0].alignment)


@conjecture(STILL, quantifier=Scales(-1))
def alignment_shrinks_like_inverse(run):
    """|cos∠(b, β(0))| ~ 1/p."""
    return abs(run[0].alignment)


@conjecture(STILL, quantifier=Scales(-0.45))
def exponent_at_the_edge(run):
    """|b_1|/√p ~ p^{-0.45}, give or take 0.05."""
    return abs(run.b[0]) / sqrt(run.p)


@conjecture(STILL, quantifier=Scales(0.5))
def readout_grows_like_root(run):
    """‖β(0)‖ ~ p^{1/2}."""
    return norm(run[0].beta)


@conjecture(STILL, quantifier=Scales(0))
def largest_feedback_is_bounded(run):
    """max_r |b_r| does not grow with the width, up to logarithms."""
    return largest(abs(run.b))


@conjecture(STILL, quantifier=Scales(-0.5))
def H_shrinks_like_root(run):
    """‖H(0)‖ ~ p^{-1/2} (Song, Xu & Lafferty 2021)."""
    return norm(run[0].H)


@conjecture(STEP, quantifier=Scales(-0.5))
def movement_shrinks_like_root(run):
    """In one step the average neuron moves by ~ p^{-1/2}: lazy training."""
    return mean(run[1].movement_W)


@conjecture(STEP, quantifier=Scales(0))
def movement_does_not_shrink(run):
    """In one step the average neuron moves as far at any width."""
    return mean(run[1].movement_W)


@conjecture(
    Domain(n=1, d=1, p=(1, 6), steps=0),
    assuming={"β is not 0": lambda run: norm(run[0].beta) > 0},
    quantifier=BestConstant(claimed=1.0),
)
def norm_ratio(run):
    """(Σ|β_r|)² ≤ c p‖β‖² with c = 1."""
    beta = run[0].beta
    return total(abs(beta)) ** 2 / (run.p * inner(beta, beta))


@conjecture(
    Domain(n=1, d=1, p=(1, 6), steps=0),
    assuming={"β is not 0": lambda run: norm(run[0].beta) > 0},
    quantifier=BestConstant(claimed=0.9),
)
def norm_ratio_too_small(run):
    """(Σ|β_r|)² ≤ c p‖β‖² with c = 0.9."""
    beta = run[0].beta
    return total(abs(beta)) ** 2 / (run.p * inner(beta, beta))


@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(1, 3), eta=(0.01, 0.1), inputs="sphere"),
    assuming={"the error is not 0": lambda run: norm(run[0].error) > 0},
    quantifier=BestConstant(claimed=2.0),
)
def growth_in_one_step(run):
    """One step with η ≤ 0.1 increases the error by a factor of at most 2."""
    return norm(run[1].error) / norm(run[0].error)
