"""What machine search found on linear feedback alignment, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Linear feedback alignment of any depth has a Lyapunov function, from every start.",
        ("ours.lyapunov-any-depth", "ours.small-steps-descend", "ours.decay-of-lyapunov"),
    ),
    PaperStatement(
        "So its error goes to that of least squares from every start.",
        ("ours.error-bounded-in-time", "ours.two-layers-any-start", "ours.three-layers-floor"),
        unsettled="proved is that what is sent back gets below any bound, with the time that it takes; that it stays "
        "there is proved only for starts with a positive bracket, and depth 4 and more lacks the lower bound",
    ),
    PaperStatement(
        "Kolen–Pollack, matched decay, biases, feedback that is a gradient, and direct feedback conserve brackets.",
        (
            "ours.matched-decay",
            "ours.kolen-pollack-bracket",
            "ours.bias-bracket",
            "ours.potential-feedback",
            "ours.direct-feedback-bracket",
        ),
    ),
    PaperStatement(
        "Heavy-ball momentum conserves brackets up to decay, and equilibria of predictive coding grow one.",
        ("ours.heavy-ball-bracket", "ours.predictive-coding-balance"),
    ),
    PaperStatement(
        "A step of the error of a deep network is exact with secant slopes, for every feedback and decay.",
        ("ours.deep-step", "ours.deep-step-any-depth"),
    ),
    PaperStatement(
        "Minibatches of two layers contract every epoch, in every order.",
        ("ours.minibatch-steps", "ours.minibatch-epochs", "ours.perturbed-products", "ours.epochs-certified"),
        unsettled="for every network with a constant kernel; where it moves, for the networks with a certificate",
    ),
    PaperStatement(
        "With momentum the error decays exponentially for all time.",
        ("ours.fading-memory", "ours.momentum-certified"),
        unsettled="for the networks with a certificate",
    ),
    PaperStatement(
        "Concrete deep networks converge exponentially, for all time, under every one of six learning rules.",
        ("ours.deep-decay", "ours.deep-decay-probability", "ours.certified-at-every-depth"),
    ),
    PaperStatement(
        "Depth slows feedback alignment more than backpropagation.",
        ("ours.depth-slows-feedback",),
        unsettled="sampled, for one law of data and weights",
    ),
)
