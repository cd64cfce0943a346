"""Derivatives along the continuous flow.

    fa-theory check examples/conjectures/19_flow.py

Expected verdicts: proved, then falsified.
"""

from fa_theory.conjectures import Domain, conjecture, equal, inner

FLOW = Domain(n=(1, 3), d=(1, 3), p=(1, 8), steps=0, activation="linear")


# `state.rate(q)` is dq/dt along W' = −Δ_W, β' = −∇L − λβ. What has a rate ≥ 0 at every state grows along every flow.
@conjecture(FLOW)
def balance_is_conserved(run):
    """Along the flow of linear feedback alignment ½‖W‖² − b·β is conserved."""
    s = run[0]
    return equal(s.rate(inner(s.W, s.W) / 2 - inner(s.b, s.beta)), 0)


@conjecture(FLOW)
def alignment_grows_along_the_flow(run):
    """b·β never decreases along the flow."""
    s = run[0]
    return s.rate(inner(s.b, s.beta)) >= 0
