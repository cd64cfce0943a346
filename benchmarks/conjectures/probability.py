"""Labelled conjectures that hold with a probability, under the law of their domain."""

from fa_theory.conjectures import Domain, WithProbability, conjecture, eigmin, inner, norm, sqrt

FIRST = Domain(n=(1, 3), d=(1, 3), p=(1, 6), eta=(0.01, 1.0), beta_scale=0)
WIDE = Domain(n=3, d=6, p=64, activation="tanh", eta=0.05, inputs="sphere")
NARROW = Domain(n=3, d=6, p=(1, 3), activation="tanh", eta=0.05, inputs="sphere")
STILL = Domain(n=1, d=1, p=50, steps=0)

LABELS = {
    "first_step_often_aligns": ("true", "b is independent of β(1) and symmetric: the probability is exactly 1/2"),
    "first_step_mostly_aligns": ("false", "b is independent of β(1) and symmetric: the probability is exactly 1/2"),
    "first_step_aligns_half_the_time": ("undecided (true)", "exactly 1/2: no sample tells it from a little less"),
    "wide_networks_learn": ("true", "measured"),
    "narrow_networks_learn": ("false", "measured"),
    "alignment_is_small": ("true", "√p cos is nearly N(0, 1), with lighter tails: P(|N| > 3) = 0.0027"),
    "alignment_is_very_small": ("false", "P(|N| > 2) = 0.046 > 0.01"),
    "wide_gram_is_positive": ("true", "measured"),
}


@conjecture(FIRST, quantifier=WithProbability(0.4))
def first_step_often_aligns(run):
    """From β = 0 the first step aligns β with b, with probability at least 0.4."""
    return inner(run.b, run[1].beta) >= 0


@conjecture(FIRST, quantifier=WithProbability(0.55))
def first_step_mostly_aligns(run):
    """From β = 0 the first step aligns β with b, with probability at least 0.55."""
    return inner(run.b, run[1].beta) >= 0


@conjecture(FIRST, quantifier=WithProbability(0.5))
def first_step_aligns_half_the_time(run):
    """From β = 0 the first step aligns β with b, with probability at least 1/2."""
    return inner(run.b, run[1].beta) >= 0


@conjecture(WIDE, quantifier=WithProbability(0.99))
def wide_networks_learn(run):
    """At width 64, one step decreases the error with probability at least 0.99."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(NARROW, quantifier=WithProbability(0.99))
def narrow_networks_learn(run):
    """At widths 1 to 3, one step decreases the error with probability at least 0.99."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(STILL, quantifier=WithProbability(0.99))
def alignment_is_small(run):
    """At width 50, |cos∠(b, β)| ≤ 3/√p with probability at least 0.99."""
    return abs(inner(run.b, run[0].beta)) * sqrt(run.p) <= 3 * norm(run.b) * norm(run[0].beta)


@conjecture(STILL, quantifier=WithProbability(0.99))
def alignment_is_very_small(run):
    """At width 50, |cos∠(b, β)| ≤ 2/√p with probability at least 0.99."""
    return abs(inner(run.b, run[0].beta)) * sqrt(run.p) <= 2 * norm(run.b) * norm(run[0].beta)


@conjecture(Domain(n=3, d=6, p=64, activation="relu", steps=0, inputs="orthonormal"), quantifier=WithProbability(0.99))
def wide_gram_is_positive(run):
    """At width 64, λ_min(G) ≥ 0.1 with probability at least 0.99."""
    return eigmin(run[0].G) >= 0.1
