"""Networks of any depth, direct feedback, rules of your own.

    fa-theory check examples/conjectures/17_depth.py

Expected verdicts: falsified, then falsified, then proved.
"""

from fa_theory.conjectures import Domain, conjecture, deep, equal

# The further layers and their feedback are arrays of the domain.
DEEP = Domain(
    n=1, d=(1, 2), p=(1, 2), eta=0.1, activation=("linear", "tanh"), arrays={"V": ("p", "p"), "B": ("p", "p")}
)


@conjecture(DEEP)
def three_layers_descend(run):
    """One step of feedback alignment in three layers does not increase the loss."""
    three = deep(run, [run[0].W, run.array("V"), run[0].beta], [run.array("B"), run.b])
    return three[1].loss <= three[0].loss


@conjecture(DEEP)
def direct_feedback_is_feedback(run):
    """Direct feedback alignment with B b moves the first layer as feedback alignment does."""
    layers = [run[0].W, run.array("V"), run[0].beta]
    chained = deep(run, layers, [run.array("B"), run.b])
    direct = deep(run, layers, [run.array("B").T @ run.b, run.b], rule="dfa")
    return equal(direct[1].W(1), chained[1].W(1))


# Any rule: formulas for one step. Here Kolen & Pollack (1994), where the feedback learns as well.
@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 8), activation="tanh"))
def kolen_pollack_keeps_the_difference(run):
    """Where b learns by the step of β, b − β stays as it is."""
    both = run.with_(step=lambda s: {"b": s.b - run.eta * s.gradient_beta}, start={"b": run.b}, lam=0)
    return equal(both[1].b - both[1].beta, both[0].b - both[0].beta)
