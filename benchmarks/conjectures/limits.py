"""Labelled conjectures at the limits of arithmetic, and conjectures that say nothing."""

from fractions import Fraction

from fa_theory.conjectures import Domain, conjecture, exp, inner, largest, log, norm, psi, smallest

TANH = Domain(n=(1, 2), d=(1, 2), p=(1, 2), activation="tanh", steps=0)
STEP = Domain(n=(1, 3), d=(1, 3), p=(1, 4), activation=("linear", "tanh"), eta=(0.01, 0.1))

LABELS = {
    "tanh_below_one": ("true", "|tanh| < 1 everywhere, though float64 rounds tanh 20 to 1"),
    "sigmoid_above_zero": ("true", "1/(1 + e^{-z}) > 0 everywhere, though float64 underflows at z = −800"),
    "exponential_above_tangent": ("true", "eˣ ≥ 1 + x, with equality at 0 and overflow at 710"),
    "cancellation": ("true", "the left side is L, exactly; float64 loses it beside 2^80"),
    "double_angle": (
        "true",
        "tanh 2z = 2 tanh z/(1 + tanh² z): an equality, which no ball confirms, but 150 digits do",
    ),
    "double_angle_strict": (
        "undecided (false)",
        "the addition theorem of tanh, claimed to be strict",
    ),
    "logarithm_of_exponential_strict": ("undecided (false)", "log exp x = x, claimed to be less"),
    "barely_false": ("undecided (false)", "false for p = 1 by one part in 2^80, far below the rounding of float64"),
    "negative_error": ("vacuous", "a norm is never negative"),
    "alignment_beyond_one": ("vacuous", "a cosine is never 2"),
    "large_bounded_target": ("vacuous", "|y| ≤ 1 in the domain, but the hypothesis asks for ‖y‖ > √n"),
    "contradicting_hypotheses": ("vacuous", "b·β cannot be ≥ 1 and ≤ −1"),
}


@conjecture(TANH)
def tanh_below_one(run):
    """Features of a tanh network are strictly below 1."""
    return largest(abs(run[0].features)) < 1


@conjecture(Domain(n=(1, 2), d=(1, 2), p=(1, 2), activation="sigmoid", steps=0))
def sigmoid_above_zero(run):
    """Features of a sigmoid network are strictly positive."""
    return smallest(run[0].features) > 0


@conjecture(TANH)
def exponential_above_tangent(run):
    """exp L ≥ 1 + L."""
    return exp(run[0].loss) >= 1 + run[0].loss


@conjecture(TANH)
def cancellation(run):
    """(L + 2^80) − 2^80 ≥ L/2."""
    L = run[0].loss
    return (L + 2**80) - 2**80 >= L / 2


@conjecture(TANH)
def double_angle(run):
    """tanh 2z ≥ 2 tanh z/(1 + tanh² z)."""
    z, u = run[0].preactivations, run[0].features
    return psi(2 * z) >= 2 * u / (1 + u * u)


@conjecture(TANH)
def double_angle_strict(run):
    """tanh(2z + 2) > (tanh 2z + tanh 2)/(1 + tanh 2z tanh 2)."""
    z = run[0].preactivations
    return psi(2 * z + 2) > (psi(2 * z) + psi(2)) / (1 + psi(2 * z) * psi(2))


@conjecture(TANH)
def logarithm_of_exponential_strict(run):
    """log exp L < L for L ≥ 1."""
    L = 1 + run[0].loss
    return log(exp(L)) < L


@conjecture(Domain(n=1, d=1, p=(1, 3), steps=0))
def barely_false(run):
    """(b·β)² ≤ (1 − 2^{-80})‖b‖²‖β‖²."""
    b, beta = run.b, run[0].beta
    return inner(b, beta) ** 2 <= (1 - Fraction(1, 2**80)) * inner(b, b) * inner(beta, beta)


@conjecture(STEP, assuming={"the error is negative": lambda run: norm(run[0].error) < 0})
def negative_error(run):
    """If the error is negative, it decreases."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(
    STEP, assuming={"the alignment is 2": lambda run: inner(run.b, run[0].beta) > 2 * norm(run.b) * norm(run[0].beta)}
)
def alignment_beyond_one(run):
    """If the alignment is 2, the error decreases."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(
    Domain(n=(1, 3), d=(1, 3), p=(1, 4), targets="bounded"),
    assuming={"the targets are large": lambda run: inner(run.y, run.y) > run.n},
)
def large_bounded_target(run):
    """If the bounded targets are large, the error decreases."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(
    STEP,
    assuming={
        "b·β is large": lambda run: inner(run.b, run[0].beta) >= 1,
        "b·β is very negative": lambda run: inner(run.b, run[0].beta) <= -1,
    },
)
def contradicting_hypotheses(run):
    """If b and β are aligned and anti-aligned, the error decreases."""
    return norm(run[1].error) <= norm(run[0].error)
