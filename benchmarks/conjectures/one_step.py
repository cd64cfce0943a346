"""Labelled conjectures about one step of learning."""

from fa_theory.conjectures import Domain, conjecture, eigmin, equal, inner, norm, smallest

SMALL = Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation=("linear", "tanh"), eta=(0.01, 1.0))
LINEAR = Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation="linear", eta=(0.01, 1.0), lam=(0.0, 1.0))
KERNEL = Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation="linear", eta=(0.01, 1.0))
BOUNDED = Domain(n=(1, 3), d=(1, 3), p=(1, 6), eta=(0.001, 0.01), rule="bp", inputs="ball", targets="bounded")

LABELS = {
    "error_never_grows": ("false", "x = 1, w = 0, β = 1, b = −1, y = −1: e = 1 becomes 1 + η"),
    "loss_is_nonnegative": ("true", "half a sum of squares"),
    "aligned_neurons_descend": ("true", "⟨∇L, Δ⟩ = p⁻¹ Σ_r b_rβ_r ‖Σ_i e_iψ'_ir x_i‖², every term ≥ 0"),
    "aligned_on_average_descend": ("false", "one anti-aligned active neuron beside an aligned ReLU neuron that is off"),
    "aligned_on_average_descend_linear": ("true", "⟨∇L, Δ⟩ = p⁻¹ (b·β) ‖Xᵀe‖² if ψ = id"),
    "one_step_identity": ("true", "expand β⁺W⁺; mathematics.md §2, the identity for ψ = id"),
    "textbook_recursion_is_exact": ("false", "the term in η² is missing: all numbers 1, y = 0, η = 1 give 0, not −1"),
    "step_is_feedback_step": ("true", "the definition of the step; DFA is FA in a network of two layers"),
    "sign_step_is_feedback_step": ("false", "|b| sign β ≠ b where b_rβ_r < 0"),
    "small_backprop_step_descends": (
        "true",
        "e⁺ = (I − ηM + η²N)e with M = (XWᵀWXᵀ + ‖β‖²K)/p, N = p^{-3/2}(β·WXᵀe)K; AM–GM gives eᵀNe ≤ ‖Xᵀe‖ eᵀMe/(2√p) "
        "and ‖M‖ ≤ 6, ‖Ne‖² ≤ 54 eᵀMe, so ‖e⁺‖² ≤ ‖e‖² − 2η(1 − 0.03 − 0.07) eᵀMe",
    ),
    "large_backprop_step_descends": ("false", "x = w = β = 1, y = 0, η = 4: e = 1 becomes (1 − 4)(1 − 4) = 9"),
    "kernel_is_positive": ("false", "W = 0 makes G = 0, and b·β < 0 makes H = (b·β/p) XXᵀ negative"),
}


@conjecture(SMALL)
def error_never_grows(run):
    """One step of feedback alignment never increases the error."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(SMALL)
def loss_is_nonnegative(run):
    """The loss is never negative."""
    return run.always(lambda state: state.loss)


@conjecture(
    Domain(n=(1, 3), d=(1, 3), p=(1, 4), activation=("linear", "relu", "tanh"), steps=0),
    assuming={"every neuron is aligned": lambda run: smallest(run.b * run[0].beta)},
)
def aligned_neurons_descend(run):
    """If b_r β_r ≥ 0 for every neuron, feedback alignment goes down the loss (Moskovitz et al. 2018, one output)."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@conjecture(
    Domain(n=(1, 3), d=(1, 3), p=(1, 4), activation=("relu", "tanh"), steps=0),
    assuming={"b and β are aligned": lambda run: inner(run.b, run[0].beta)},
)
def aligned_on_average_descend(run):
    """If b·β ≥ 0, feedback alignment goes down the loss."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@conjecture(
    Domain(n=(1, 3), d=(1, 3), p=(1, 4), activation="linear", steps=0),
    assuming={"b and β are aligned": lambda run: inner(run.b, run[0].beta)},
)
def aligned_on_average_descend_linear(run):
    """If b·β ≥ 0, feedback alignment of a linear network goes down the loss."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@conjecture(LINEAR)
def one_step_identity(run):
    """e⁺ = (1 − ηλ)e − ηλy − (η/p)[XWᵀWXᵀ + (b·β⁺)XXᵀ]e for linear networks (Song et al. 2021)."""
    s, e, eta = run[0], run[0].error, run.eta
    keep = 1 - eta * run.lam
    kernel = s.features @ s.features.T + inner(run.b, run[1].beta) * (run.X @ run.X.T)
    return equal(run[1].error, keep * e - eta * run.lam * run.y - eta / run.p * (kernel @ e))


@conjecture(KERNEL)
def textbook_recursion_is_exact(run):
    """e⁺ = e − η(G + H)e, the recursion of gradient flow, holds for a step of any size."""
    s = run[0]
    return equal(run[1].error, s.error - run.eta * ((s.G + s.H) @ s.error))


@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation=("relu", "tanh"), rule="dfa"))
def step_is_feedback_step(run):
    """A step of direct feedback alignment moves W by −η times the error sent back through b."""
    return equal(run[1].W, run[0].W - run.eta * run[0].feedback_W)


@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation=("relu", "tanh"), rule="sign"))
def sign_step_is_feedback_step(run):
    """A step of sign-symmetric feedback moves W by −η times the error sent back through b."""
    return equal(run[1].W, run[0].W - run.eta * run[0].feedback_W)


@conjecture(
    BOUNDED,
    assuming={
        "W is small": lambda run: norm(run[0].W) <= 1,
        "β is small": lambda run: norm(run[0].beta) <= 1,
    },
)
def small_backprop_step_descends(run):
    """Backpropagation with η ≤ 0.01 never increases the loss of a small linear network."""
    return run[1].loss <= run[0].loss


@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 4), activation=("linear", "relu"), eta=(0.5, 4.0), rule="bp"))
def large_backprop_step_descends(run):
    """Backpropagation never increases the loss, however large the step."""
    return run[1].loss <= run[0].loss


@conjecture(Domain(n=(1, 4), d=(1, 4), p=(1, 8), activation=("linear", "tanh"), steps=0))
def kernel_is_positive(run):
    """The kernel G + H of the error dynamics is positive semidefinite."""
    return eigmin(run[0].G + run[0].H) >= 0
