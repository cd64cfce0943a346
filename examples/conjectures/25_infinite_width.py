"""The Gram matrix of infinite width, Ḡ, and its smallest eigenvalue γ.

    fa-theory check examples/conjectures/25_infinite_width.py

Expected verdicts: falsified, contradicted, supported.
"""

from fa_theory.conjectures import Domain, Scales, WithProbability, conjecture, eigmin, norm

RELU = Domain(n=2, d=3, p=(1, 64), activation="relu", steps=0, inputs="sphere")


@conjecture(RELU)
def narrow_networks_reach_gamma(run):
    """λ_min(G) is at least γ/10."""
    return eigmin(run[0].G) >= run.gamma / 10


@conjecture(RELU, quantifier=WithProbability(0.99))
def narrow_networks_mostly_reach_gamma(run):
    """λ_min(G) is at least γ/10, with probability 0.99 under the law of the domain, widths and all."""
    return eigmin(run[0].G) >= run.gamma / 10


@conjecture(
    Domain(n=2, d=3, p=(16, 512), activation="erf", steps=0, inputs="sphere"), quantifier=Scales(-0.5, tolerance=0.1)
)
def gram_matrix_converges(run):
    """G − Ḡ is of size p^{-1/2}."""
    return norm(run[0].G - run.Gbar)
