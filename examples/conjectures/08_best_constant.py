"""Finding the best constant in an inequality.

    fa-theory check examples/conjectures/08_best_constant.py

Expected verdicts: supported or proved, falsified; the last one claims no value and reports the largest one found.
"""

from fa_theory.conjectures import BestConstant, Domain, conjecture, eigmax, norm, trace

# The function returns a quantity, and the question is the smallest c with `quantity ≤ c` for all networks.
# Exclude networks for which it is undefined, here G = 0: a quotient 0/0 would be reported as an error.
NETWORKS = Domain(n=(1, 4), d=(1, 4), p=(1, 6), steps=0)
DEFINED = {"G is not 0": lambda run: trace(run[0].G) > 0}


@conjecture(NETWORKS, assuming=DEFINED, quantifier=BestConstant(claimed=1.0))
def largest_share_of_the_trace(run):
    """λ_max(G) ≤ c · tr G with c = 1."""
    return eigmax(run[0].G) / trace(run[0].G)


@conjecture(NETWORKS, assuming=DEFINED, quantifier=BestConstant(claimed=0.9))
def smaller_share_of_the_trace(run):
    """λ_max(G) ≤ c · tr G with c = 0.9."""
    return eigmax(run[0].G) / trace(run[0].G)


# Without a claimed value: how much can a step increase the error of a network with moderate weights?
@conjecture(
    Domain(n=1, d=(1, 2), p=(1, 3), eta=(0.01, 0.1), inputs="sphere", targets="bounded"),
    assuming={
        "weights are moderate": lambda run: [norm(run[0].W) <= 1, norm(run[0].beta) <= 1, norm(run.b) <= 1],
        "the error is not small": lambda run: norm(run[0].error) >= 0.1,
    },
    quantifier=BestConstant(),
)
def growth_of_the_error(run):
    """‖e(1)‖ ≤ c ‖e(0)‖; what is the best c?"""
    return norm(run[1].error) / norm(run[0].error)
