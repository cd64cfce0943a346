"""Streams, error signals from outside, learned and redrawn feedback.

    fa-theory check examples/conjectures/22_streams_and_signals.py

Expected verdicts: falsified, then falsified.
"""

from fa_theory.conjectures import Domain, conjecture, iterate, norm

ONE = Domain(n=1, d=2, p=(1, 3), eta=0.1, steps=0, arrays={"stream": (6, "d"), "noise": (6, "p")})


# One sample at a time: inputs may depend on the time.
@conjecture(ONE)
def noise_in_the_feedback_is_harmless(run):
    """Feedback that is disturbed at every step trains as well as fixed feedback, up to a factor of 2."""
    disturbed = run.with_(
        step=lambda s: {"b": run.b + s["noise"], "noise": -s["noise"]},
        start={"b": run.b, "noise": run.array("noise")[0]},
        steps=6,
    )
    return norm(disturbed[-1].error) <= 2 * norm(run.with_(steps=6)[-1].error)


# `iterate` follows any variables: here Oja's rule on a stream that repeats its first two inputs.
@conjecture(ONE)
def oja_never_grows(run):
    """Oja's rule with η = 1/10 never increases the norm of the weights."""
    x, z = run.array("stream")[0], run.array("stream")[1]

    def step(s):
        v = s.x @ s.w
        return {"w": s.w + 0.1 * v * (s.x - v * s.w), "x": s.z, "z": s.x}

    path = iterate({"w": run[0].W[0], "x": x, "z": z}, step, steps=6)
    return path.every_step(lambda now, after: norm(after.w) <= norm(now.w))
