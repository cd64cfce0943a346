"""Labelled conjectures about regularisation and about what learning conserves."""

from fa_theory.conjectures import Domain, conjecture, eigmax, equal, inner, norm, row_norms

FREE = Domain(n=(1, 3), d=(1, 3), p=(1, 5), activation=("linear", "relu"), eta=(0.01, 1.0), steps=1)
RUNS = Domain(n=(1, 2), d=(1, 2), p=(1, 3), activation=("linear", "relu"), eta=(0.01, 0.1), steps=(1, 4))
DECAY = Domain(n=(1, 3), d=(1, 3), p=(1, 5), activation=("linear", "relu"), eta=(0.01, 0.5), lam=(0.1, 1.0))

LABELS = {
    "bracket_per_neuron": ("true", "w·Δw = b_rΔβ_r since ψ(z) = zψ'(z); ½‖Δw‖² remains (Robertson & Koyejo 2024)"),
    "bracket_per_neuron_tanh": ("false", "ψ(z) ≠ zψ'(z): all numbers 1 but y = 0"),
    "bracket_never_decreases": ("true", "it grows by ½‖ΔW‖² at every step"),
    "bracket_never_decreases_with_decay": ("false", "w = y = 0, b = 1, β = −1: only the decay acts, and adds ηλ b·β"),
    "decay_shrinks_readout": ("false", "β = 0, w = x = y = 1: β becomes η"),
    "stable_readout_shrinks_without_targets": (
        "true",
        "y = 0: β⁺ = ((1 − ηλ)I − (η/p)ΨᵀΨ)β, symmetric, of norm ≤ 1 if η(λ + λ_max(G)) ≤ 2",
    ),
    "readout_shrinks_without_targets": ("false", "x = β = 1, w = 5, η = 0.1: β becomes 1 − ηw² = −1.5"),
    "decay_aligns": ("false", "λ changes no angle; x = w = β = b = 1, y = −10, η = ½: β changes its sign"),
    "step_at_zero_error_decays_only": ("true", "e = 0: β⁺ = (1 − ηλ)β and W⁺ = W"),
}


def bracket(state, run):
    """½‖W‖² − ⟨b, β⟩, a constant of the gradient flow."""
    return inner(state.W, state.W) / 2 - inner(run.b, state.beta)


@conjecture(FREE)
def bracket_per_neuron(run):
    """½‖w_r‖² − b_rβ_r grows by ½‖Δw_r‖² in a step, neuron by neuron, kinks included."""
    s, after = run[0], run[1]
    before = row_norms(s.W) ** 2 / 2 - run.b * s.beta
    return equal(row_norms(after.W) ** 2 / 2 - run.b * after.beta - before, row_norms(after.W - s.W) ** 2 / 2)


@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 5), activation="tanh", eta=(0.01, 1.0)))
def bracket_per_neuron_tanh(run):
    """The same for tanh."""
    s, after = run[0], run[1]
    before = row_norms(s.W) ** 2 / 2 - run.b * s.beta
    return equal(row_norms(after.W) ** 2 / 2 - run.b * after.beta - before, row_norms(after.W - s.W) ** 2 / 2)


@conjecture(RUNS)
def bracket_never_decreases(run):
    """½‖W‖² − b·β never decreases along a run."""
    return run.every_step(lambda s, after: bracket(after, run) >= bracket(s, run))


@conjecture(DECAY)
def bracket_never_decreases_with_decay(run):
    """½‖W‖² − b·β never decreases in a regularised step either."""
    return bracket(run[1], run) >= bracket(run[0], run)


@conjecture(DECAY)
def decay_shrinks_readout(run):
    """A regularised step never increases ‖β‖."""
    return norm(run[1].beta) <= norm(run[0].beta)


@conjecture(
    Domain(n=(1, 3), d=(1, 3), p=(1, 5), activation=("linear", "tanh"), lam=(0.0, 1.0), targets="zero"),
    assuming={"the step is stable": lambda run: run.eta * (run.lam + eigmax(run[0].G)) <= 2},
)
def stable_readout_shrinks_without_targets(run):
    """Without targets, a stable step never increases ‖β‖."""
    return norm(run[1].beta) <= norm(run[0].beta)


@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(1, 4), activation=("linear", "relu"), eta=(0.01, 0.1), targets="zero", inputs="ball")
)
def readout_shrinks_without_targets(run):
    """Without targets, a step with η ≤ 0.1 never increases ‖β‖."""
    return norm(run[1].beta) <= norm(run[0].beta)


@conjecture(DECAY, assuming={"b and β are not 0": lambda run: norm(run.b) * norm(run[0].beta) > 0})
def decay_aligns(run):
    """A regularised step never decreases the alignment."""
    b, beta, after = run.b, run[0].beta, run[1].beta
    return inner(b, after) * norm(beta) >= inner(b, beta) * norm(after)


@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(1, 3), lam=(0.0, 0.5), targets="zero", beta_scale=0),
)
def step_at_zero_error_decays_only(run):
    """Where the error is 0, a step changes nothing but the length of β."""
    return [equal(run[1].W, run[0].W), equal(run[1].beta, (1 - run.eta * run.lam) * run[0].beta)]
