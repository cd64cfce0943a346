"""Loss and alignment along a run in verified binary64."""

from __future__ import annotations

import numpy as np
from flint import arb, ctx

from fa_theory.checker.binary64.bounds import TINY, Array, gamma, norm
from fa_theory.checker.binary64.environment import Unfit
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.linalg import euclidean, least_norm
from fa_theory.checker.verdict import Interval

from .curve import CurveFromStart, Followed, Point, point
from .float_run import At, FloatRun, Lost, widths
from .floats import FloatStep
from .trajectory import Watch


def in_floats(claim: CurveFromStart, watch: Watch) -> Followed:
    """Follow the run in binary64, as far as it goes."""
    found = Followed({}, "")
    for width in widths(claim.state, claim.steps[-1]):
        found = _follow(claim, width, watch)
        if not found.reason:
            break
    return found


def _follow(claim: CurveFromStart, width: int, watch: Watch) -> Followed:
    wanted, points, last = set(claim.steps), {}, claim.steps[-1]
    t = 0
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused
            run = FloatRun(claim.state, claim.lam, claim.cutoff, width)
            at = run.start()
            for t in range(last + 1):
                here = at
                if t < last:
                    at, step = run.step(here)
                elif t in wanted:
                    step = run.look(here)
                if t in wanted:
                    points[t] = seen(run, here, step)
                watch(t, last)
    except Unfit as why:
        return Followed({}, str(why))
    except (Lost, OutOfRange) as why:
        return Followed(points, f"the enclosure is lost at step {t} of {last}: {why}")
    return Followed(points, "")


def seen(run: FloatRun, at: At, step: FloatStep) -> Point:
    """The intervals at a step."""
    with ctx.workprec(64):
        e = [arb(x, step.errors.epsilon.upper()) for x in step.e.ravel().tolist()]
        error = (least_norm(e) - at.away.epsilon).lower(), (euclidean(e) + at.away.epsilon).upper()
        b, beta = run.follow.b_floats.ravel(), step.beta.ravel()
        sizes, size = norms(b), norms(beta)
        slip = (arb(gamma(b.size)) * sizes[1] * size[1] + b.size * TINY).upper()
        inner = arb(float(b @ beta), slip)
        # where the state is in pairs, β here is the high part
        return point(run.follow.n, error, inner, sizes, size, at.away.mu + step.errors.beta * size[1])


def norms(v: Array) -> Interval:
    """Numbers below and above the Euclidean norm.

    A computed sum of k squares is at most ``1 + γ_k`` times the true one, and what underflow adds.
    """
    squares = (arb(float(v @ v)) - v.size * TINY).max(arb(0))
    return (squares / (1 + arb(gamma(v.size)))).sqrt().lower(), norm(v)
