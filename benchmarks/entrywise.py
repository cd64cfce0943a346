"""The peer of `fa_theory.checker.decay.trajectory`: the same run with a ball for every number.

It is as rigorous and needs no theorem. But balls know nothing of each other, so each step widens them by half a bit or
more, and the precision has to grow with the number of steps; it falls linearly to 80 bits at the last one.
"""

from __future__ import annotations

from operator import mul

from flint import arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.ranges import known


def radius(state: doc.ExactState, steps: int, bits: int) -> float:
    """Largest radius of the balls around N and β after some steps with λ = 0, or inf."""
    with ctx.workprec(bits):
        n, p, X = state.X.nrows(), len(state.b), state.X
        XX, start = X * X.transpose(), X * state.W.transpose()
        N, beta, targets = arb_mat(n, p), doc.column(state.beta), doc.column(state.y)
        scale, norm = state.scale(), 1 / arb(p).sqrt()
        feedback = (doc.column(state.b) * scale).transpose()
        for t in range(steps):
            ctx.prec = bits - (bits - 80) * t // steps
            values, slopes = known(state.activation).narrow((start - XX * N).entries())
            features = arb_mat(n, p, values)
            e = features * beta * norm - targets
            if not all(x.rad() < 1 for x in e.entries()):
                return float("inf")
            N = N + arb_mat(n, p, list(map(mul, slopes, (e * feedback).entries())))
            beta = beta - features.transpose() * (e * scale)
        return max(float(x.rad()) for x in (*N.entries(), *beta.entries()))
