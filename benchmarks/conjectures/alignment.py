"""Labelled conjectures about the alignment of the weights."""

from fa_theory.conjectures import Domain, conjecture, eigmin, inner, norm, smallest

ANY = Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation=("linear", "tanh"), eta=(0.01, 1.0))
FROM_ZERO = Domain(n=(1, 3), d=(1, 3), p=(1, 4), eta=(0.01, 1.0), steps=2, W_scale=0, beta_scale=0)
DEFINED = {
    "b is not 0": lambda run: norm(run.b) > 0,
    "β is not 0": lambda run: norm(run[0].beta) > 0,
}

LABELS = {
    "cosine_at_most_one": ("true", "Cauchy–Schwarz; equality for p = 1"),
    "cauchy_schwarz": ("true", "‖b‖²‖β‖² − (b·β)² = Σ_{r<s} (b_rβ_s − b_sβ_r)²"),
    "alignment_never_drops": ("false", "p = d = n = 1: b·Δβ = −η e b w x, negative if e b w x > 0"),
    "zero_start_aligns": ("true", "β(1) = 0, W(1) = η p^{-1/2} b yᵀX, so b·β(2) = (η²/p)‖b‖² yᵀXXᵀy"),
    "zero_start_aligns_tanh": (
        "false",
        "tanh saturates: x = (10, 0.1), y = (1, −5), b = η = 1 gives b·β(2) = tanh 95 − 5 tanh 0.95 < 0",
    ),
    "from_zero_alignment_grows_every_step": (
        "true",
        "n = 1, Wx = sb, β = ab: e⁺ = e[1 − η(a + s²) + η²es/√p] with |s| ≤ 0.5, 0 ≤ a ≤ 0.25 within 5 steps, so e "
        "keeps the sign of −y, s that of y, and b·Δβ = −√p ηes ≥ 0",
    ),
    "half_aligned_start_stays_aligned": ("false", "p = 1: one large step turns the sign of β"),
    "H_positive_if_neurons_aligned": ("true", "Schur product of XXᵀ and p⁻¹ Σ_r b_rβ_r D_r D_rᵀ, both ⪰ 0"),
    "H_positive_if_aligned": ("false", "ReLU: the anti-aligned neuron is on, the aligned one is off"),
    "zero_readout_aligns": ("false", "β(1) = η p^{-1/2} Ψᵀy has either sign against b"),
}


@conjecture(ANY, assuming=DEFINED)
def cosine_at_most_one(run):
    """The alignment lies between −1 and 1."""
    return abs(run[0].alignment) <= 1


@conjecture(ANY)
def cauchy_schwarz(run):
    """(b·β)² ≤ ‖b‖²‖β‖², without roots and quotients."""
    b, beta = run.b, run[0].beta
    return inner(b, beta) ** 2 <= inner(b, b) * inner(beta, beta)


@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation=("linear", "tanh"), eta=(0.01, 0.5), steps=3))
def alignment_never_drops(run):
    """b·β never decreases."""
    return run.every_step(lambda s, after: inner(run.b, after.beta) >= inner(run.b, s.beta))


@conjecture(FROM_ZERO)
def zero_start_aligns(run):
    """Two steps after a start at zero, a linear network is aligned."""
    return inner(run.b, run[2].beta) >= 0


@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 4), activation="tanh", eta=(0.01, 1.0), steps=2, W_scale=0, beta_scale=0))
def zero_start_aligns_tanh(run):
    """Two steps after a start at zero, a tanh network is aligned."""
    return inner(run.b, run[2].beta) >= 0


@conjecture(
    Domain(
        n=1, d=(1, 3), p=(1, 8), eta=(0.01, 0.1), steps=(1, 5), W_scale=0, beta_scale=0,
        inputs="sphere", targets="bounded", feedback="sign",
    )
)  # fmt: skip
def from_zero_alignment_grows_every_step(run):
    """From zero, with signs for feedback and one sample, b·β grows every step."""
    return run.every_step(lambda s, after: inner(run.b, after.beta) >= inner(run.b, s.beta))


@conjecture(
    Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation=("linear", "tanh"), eta=(0.01, 0.5)),
    assuming={**DEFINED, "the start is half aligned": lambda run: run[0].alignment >= 0.5},
)
def half_aligned_start_stays_aligned(run):
    """A network that is half aligned is aligned after a step."""
    return inner(run.b, run[1].beta) >= 0


@conjecture(
    Domain(n=(1, 3), d=(1, 3), p=(1, 4), activation=("linear", "relu", "tanh"), steps=0),
    assuming={"every neuron is aligned": lambda run: smallest(run.b * run[0].beta)},
)
def H_positive_if_neurons_aligned(run):
    """If b_r β_r ≥ 0 for every neuron, H is positive semidefinite."""
    return eigmin(run[0].H) >= 0


@conjecture(
    Domain(n=(1, 3), d=(1, 3), p=(2, 6), activation=("relu", "tanh"), steps=0),
    assuming={"b and β are aligned": lambda run: inner(run.b, run[0].beta)},
)
def H_positive_if_aligned(run):
    """If b·β ≥ 0, H is positive semidefinite."""
    return eigmin(run[0].H) >= 0


@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation=("linear", "tanh"), eta=(0.01, 1.0), beta_scale=0))
def zero_readout_aligns(run):
    """From β = 0 the first step aligns β with b."""
    return inner(run.b, run[1].beta) >= 0
