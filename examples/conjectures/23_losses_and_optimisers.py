"""Biases, cross-entropy, momentum, decay of all weights, minibatches and feedback that is drawn anew.

    fa-theory check examples/conjectures/23_losses_and_optimisers.py

Expected verdicts: all falsified.
"""

from fa_theory.conjectures import Domain, array, conjecture, exp, inner, log, norm, outer, row_at, softmax, stack

SMALL = Domain(n=2, d=(1, 2), p=(1, 3), activation="tanh", eta=(0.05, 0.5), arrays={"c": ("p", 1)})


# Biases of the neurons: one more input that is always 1.
@conjecture(SMALL)
def biases_only_help(run):
    """With biases, which start at c, the error after five steps is smaller."""
    ones = 0 * run.X[:, :1] + 1
    biased = run.with_(X=stack(run.X, ones, axis=1), W=stack(run[0].W, run.array("c"), axis=1), steps=5)
    return norm(biased[-1].error) <= norm(run.with_(steps=5)[-1].error)


# Another loss: `error` is what is sent back in place of f − y, here the derivative of the cross-entropy in f.
@conjecture(SMALL)
def cross_entropy_falls(run):
    """With labels 1 and one step of feedback alignment, the cross-entropy falls."""
    logistic = run.with_(error=lambda s: 1 / (1 + exp(-s.output)) - 1)

    def entropy(s):
        return norm(log(1 + exp(-s.output))) ** 2

    return entropy(logistic[1]) <= entropy(logistic[0])


# Several classes: one output for each, and the error of the cross-entropy is softmax(f) − y.
@conjecture(Domain(n=2, d=2, p=(1, 3), k=2, activation="tanh", eta=(0.05, 0.5), targets=[[1, 0], [0, 1]]))
def cross_entropy_of_two_classes_falls(run):
    """With two samples of two classes and one step of feedback alignment, the cross-entropy falls."""
    classified = run.with_(error=lambda s: softmax(s.output) - run.y)

    def entropy(s):
        return -inner(run.y, log(softmax(s.output)))

    return entropy(classified[1]) <= entropy(classified[0])


# Heavy ball in both layers, with decay of all weights; and its limit, where it is at rest.
@conjecture(Domain(n=1, d=1, p=(1, 2), activation="tanh", eta=0.1))
def momentum_with_decay_vanishes(run):
    """With momentum 1/2 and decay 1/2 of all weights, all weights vanish in the end."""

    def step(s):
        v = s["v"] / 2 - run.eta * (s.feedback_W + s.W / 2)
        u = s["u"] / 2 - run.eta * (s.gradient_beta + s.beta / 2)
        return {"v": v, "u": u, "W": s.W + v, "beta": s.beta + u}

    heavy = run.with_(step=step, start={"v": 0 * run[0].W, "u": 0 * run[0].beta})
    return norm(heavy.limit.W) <= 0.001


# One sample at a time, and feedback drawn anew for every step.
@conjecture(Domain(n=3, d=2, p=(1, 3), eta=(0.05, 0.5), steps=0, arrays={"B": (3, "p")}))
def redrawn_feedback_is_no_worse(run):
    """After one pass over three samples, feedback drawn anew leaves at most twice the error of fixed feedback."""
    single = {
        "X": lambda t: outer(array([1]), row_at(run.X, t, 3)),
        "y": lambda t: array([1]) * row_at(run.y, t, 3),
    }
    fixed = run.with_(steps=3, **single)
    fresh = run.with_(steps=3, b=run.redrawn("B"), **single)

    def loss(s):
        return norm(run.with_(W=s.W, beta=s.beta)[0].error)

    return loss(fresh[-1]) <= 2 * loss(fixed[-1])
