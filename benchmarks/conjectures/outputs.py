"""Labelled conjectures about networks of several outputs."""

from fa_theory.conjectures import Domain, conjecture, equal, inner, norm, smallest

STILL = Domain(n=(1, 2), d=(1, 2), p=(1, 4), k=(2, 3), activation=("linear", "relu", "tanh"), steps=0)
STEP = Domain(n=(1, 2), d=(1, 2), p=(1, 4), k=(2, 3), activation=("linear", "relu"), eta=(0.01, 1.0))
ALIGNED = {"b and β agree in every sign": lambda run: smallest(run.b * run[0].beta)}

LABELS = {
    "aligned_outputs_descend": ("false", "one neuron, β = (3, 1), b = (1, 3), e = (1, −2): (β·e)(b·e) = 1 · (−5)"),
    "tied_outputs_descend": ("true", "b = β: ⟨∇L, Δ⟩ = ‖∇L‖²"),
    "proportional_outputs_descend": ("false", "k outputs, ⟨b, β⟩ ≥ 0.9‖b‖‖β‖ leaves room for an error across both"),
    "bracket_of_several_outputs": ("true", "w·Δw = ⟨b_r, Δβ_r⟩ as for one output"),
    "tied_step_never_increases_loss": ("false", "b = β is a gradient step, and η ≤ 1 is too large for large weights"),
    "gradient_of_readout_bounded": ("true", "‖Ψᵀe‖_F ≤ ‖Ψ‖_F ‖e‖_F"),
    "sign_feedback_descends_outputs": (
        "false",
        "sign-symmetric feedback |b| sign β agrees in every sign, which is not enough for two outputs",
    ),
}


@conjecture(STILL, assuming=ALIGNED)
def aligned_outputs_descend(run):
    """If b and β agree in every sign, feedback alignment goes down the loss, also with several outputs."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@conjecture(
    Domain(
        n=(1, 2), d=(1, 2), p=(1, 4), k=(2, 3), activation=("linear", "relu", "tanh"), steps=0, feedback="tied"
    )
)  # fmt: skip
def tied_outputs_descend(run):
    """With b = β, feedback alignment goes down the loss."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@conjecture(
    Domain(n=1, d=(1, 2), p=(1, 3), k=2, activation=("linear", "tanh"), steps=0),
    assuming={"the alignment is 0.9": lambda run: inner(run.b, run[0].beta) >= 0.9 * norm(run.b) * norm(run[0].beta)},
)
def proportional_outputs_descend(run):
    """If the alignment is at least 0.9, feedback alignment goes down the loss."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@conjecture(STEP)
def bracket_of_several_outputs(run):
    """½‖w_r‖² − ⟨b_r, β_r⟩, summed over neurons, grows by ½‖ΔW‖² in a step."""
    s, after = run[0], run[1]
    growth = (norm(after.W) ** 2 - norm(s.W) ** 2) / 2 - inner(run.b, after.beta - s.beta)
    return equal(growth, norm(after.W - s.W) ** 2 / 2)


@conjecture(Domain(n=(1, 2), d=(1, 2), p=(1, 4), k=2, activation=("linear", "tanh"), eta=(0.01, 1.0), feedback="tied"))
def tied_step_never_increases_loss(run):
    """With b = β, a step never increases the loss."""
    return run[1].loss <= run[0].loss


@conjecture(STILL)
def gradient_of_readout_bounded(run):
    """‖∇_β L‖ ≤ ‖Ψ‖‖e‖/√p."""
    s = run[0]
    return inner(s.gradient_beta, s.gradient_beta) * run.p <= inner(s.features, s.features) * inner(s.error, s.error)


@conjecture(Domain(n=(1, 2), d=(1, 2), p=(1, 3), k=2, activation="linear", eta=(0.001, 0.01), rule="sign"))
def sign_feedback_descends_outputs(run):
    """A step of sign-symmetric feedback moves W down the loss."""
    s = run[0]
    return inner(s.gradient_W, s.W - run[1].W) >= 0
