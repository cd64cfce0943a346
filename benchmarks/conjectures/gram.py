"""Labelled conjectures about Gram matrices and norms."""

from fa_theory.conjectures import (
    BestConstant,
    Domain,
    conjecture,
    eigmax,
    eigmin,
    norm,
    spectral_norm,
    trace,
)

ANY = Domain(n=(1, 4), d=(1, 4), p=(1, 6), activation=("linear", "relu", "tanh"), steps=0)
PAIRS = Domain(n=2, d=(1, 3), p=(1, 4), activation=("linear", "tanh"), steps=0)

LABELS = {
    "gram_is_psd": ("true", "vᵀGv = ‖Ψᵀv‖²/p; exactly 0 whenever n > p"),
    "largest_eigenvalue_below_trace": ("true", "the other eigenvalues are ≥ 0; equality for n = 1"),
    "gram_entries_cauchy_schwarz": ("true", "G_12² ≤ G_11 G_22, Cauchy–Schwarz for two rows of Ψ"),
    "spectral_below_frobenius": ("true", "λ_max(WᵀW) ≤ tr WᵀW"),
    "gram_is_positive_definite": ("false", "W = 0; also two equal inputs"),
    "H_below_G": ("false", "W = 0 makes G = 0, b·β > 0 makes H positive"),
    "gram_dominated_by_inputs": (
        "true",
        "G = X(WᵀW/p)Xᵀ ⪯ (λ_max(WᵀW)/p) XXᵀ for ψ = id; traces follow",
    ),
    "trace_share": ("true", "λ_max(G) ≤ tr G; 1 is attained at n = 1"),
    "trace_share_half": ("false", "n = 1: the share is 1"),
    "gram_positive_without_rank": (
        "vacuous",
        "linear, n > d: rank G ≤ d < n, so λ_min(G) = 0, γ = 0 in Song et al.",
    ),
}


@conjecture(ANY)
def gram_is_psd(run):
    """G is positive semidefinite."""
    return eigmin(run[0].G) >= 0


@conjecture(ANY)
def largest_eigenvalue_below_trace(run):
    """λ_max(G) ≤ tr G."""
    return eigmax(run[0].G) <= trace(run[0].G)


@conjecture(PAIRS)
def gram_entries_cauchy_schwarz(run):
    """G_12² ≤ G_11 G_22."""
    G = run[0].G
    return G[0, 1] ** 2 <= G[0, 0] * G[1, 1]


@conjecture(ANY)
def spectral_below_frobenius(run):
    """‖W‖₂ ≤ ‖W‖_F."""
    return spectral_norm(run[0].W) <= norm(run[0].W)


@conjecture(Domain(n=(1, 3), d=(2, 4), p=(3, 8), activation=("linear", "tanh"), steps=0, inputs="sphere"))
def gram_is_positive_definite(run):
    """With at least as many neurons as samples, G is positive definite."""
    return eigmin(run[0].G) > 0


@conjecture(Domain(n=(1, 3), d=(1, 4), p=(2, 8), activation=("linear", "tanh"), steps=0))
def H_below_G(run):
    """H is never larger than G."""
    return eigmax(run[0].H) <= eigmax(run[0].G)


@conjecture(Domain(n=(1, 4), d=(1, 4), p=(1, 6), steps=0))
def gram_dominated_by_inputs(run):
    """tr G ≤ λ_max(WᵀW) tr(XXᵀ)/p for linear networks."""
    W, X = run[0].W, run.X
    return trace(run[0].G) <= eigmax(W.T @ W) * trace(X @ X.T) / run.p


@conjecture(
    Domain(n=(1, 4), d=(1, 4), p=(1, 6), activation=("linear", "tanh"), steps=0),
    assuming={"G is not 0": lambda run: trace(run[0].G) > 0},
    quantifier=BestConstant(claimed=1.0),
)
def trace_share(run):
    """λ_max(G)/tr G ≤ 1."""
    return eigmax(run[0].G) / trace(run[0].G)


@conjecture(
    Domain(n=(1, 4), d=(1, 4), p=(1, 6), activation=("linear", "tanh"), steps=0),
    assuming={"G is not 0": lambda run: trace(run[0].G) > 0},
    quantifier=BestConstant(claimed=0.5),
)
def trace_share_half(run):
    """λ_max(G)/tr G ≤ 1/2."""
    return eigmax(run[0].G) / trace(run[0].G)


@conjecture(
    Domain(n=(3, 5), d=2, p=(3, 8), eta=(0.01, 0.1)),
    assuming={"G is positive definite": lambda run: eigmin(run[0].G) >= 0.001},
)
def gram_positive_without_rank(run):
    """With λ_min(G) ≥ 0.001, a step contracts the error of a linear network with more samples than inputs."""
    return norm(run[1].error) <= norm(run[0].error)
