"""One step of the slow coordinate, exactly, and that nothing changes sign while the steps are stable."""

from __future__ import annotations

from fa_theory.symbolic.derivation import Part, Step
from fa_theory.symbolic.inequality import Adding
from fa_theory.symbolic.notation import eta, lam

from .orthogonal_start import LENGTH, NEXT_C, NEXT_NU, Y, c, c_, g, g_, nu, nu_, w, w_
from .slow_setting import (
    AFTER,
    ALONG,
    BEHIND,
    CUBIC,
    KEEP,
    MOVE,
    NEXT_LENGTH,
    NEXT_S,
    NEXT_W,
    RATE,
    REACHED,
    S_,
    STABLE,
    STIFF,
    S,
    at,
    keep,
    one,
    rate,
    root,
    zero,
)


def growth() -> tuple[Part, Part]:
    """How the error and the cubic change in one step, exactly."""
    error = Part(
        "the error after the step",
        g_,
        rate * g + eta * lam * Y,
        (
            Step(NEXT_LENGTH.right, "definition", (NEXT_LENGTH,)),
            Step(Y - nu_ - w_ * c - w_ * MOVE, "the slow coordinate", (NEXT_C,)),
            Step(
                Y - (1 - eta * lam) * (nu + w * c) - eta * g - eta * c**2 * g - w_ * MOVE,
                "the recursions",
                (NEXT_NU, NEXT_W),
            ),
            Step(g + eta * lam * (Y - g) - eta * (1 + c**2 + w_ / root) * g, "length of the error", (LENGTH,)),
            Step(rate * g + eta * lam * Y, "collect", (RATE,)),
        ),
    )
    left = CUBIC.xreplace({c: c_}) + g_ / root
    exact = CUBIC + g / root + eta * lam * Y / root - keep * w * MOVE / root + MOVE**3 / 3
    cubic = Part(
        "the cubic after the step",
        left,
        exact,
        (
            Step(CUBIC + STIFF * MOVE + c * MOVE**2 + MOVE**3 / 3 + g_ / root, "the slow coordinate", (NEXT_C,)),
            Step(
                CUBIC + c * MOVE**2 + MOVE**3 / 3 + g / root + eta * lam * Y / root - w_ * MOVE / root,
                "the error just derived: its decay is the motion of the slow coordinate",
                (error.rule(), RATE),
            ),
            Step(exact, "recursion of w", (NEXT_W, KEEP)),
        ),
    )
    return error, cubic


def signs(error: Part) -> tuple[tuple[Part, ...], dict[str, Part]]:
    """That nothing changes sign, and the bounds this gives; by name those that others use."""
    small = Part(
        "a step is smaller than what is left of the weights",
        eta,
        keep,
        (
            Step(
                STABLE.lower - eta * lam,
                "non-negative amounts are added",
                (),
                ((one, Adding(eta * ((Y * S_) ** 2 + Y**2 * S_ / root))),),
            ),
            Step(1 - eta * lam, "stable steps", (), ((one, STABLE),)),
            Step(keep, "definition", (KEEP,)),
        ),
    )
    positive = [
        Part(
            f"{name} is not negative: from time t to t + 1",
            zero,
            after,
            (
                Step(amount, "all parts are not negative", (), ((one, Adding(amount)),)),
                Step(after, "recursion", using),
            ),
        )
        for name, after, amount, using in (
            ("c", c_, c + MOVE, (NEXT_C,)),
            ("ν", nu_, keep * nu + eta * g, (NEXT_NU, KEEP)),
            ("w", w_, keep * w + eta * c * g, (NEXT_W, KEEP)),
            ("g", g_, rate * g + eta * lam * Y, (error.rule(),)),
        )
    ]
    shares = Part(
        "the error is at most Y, also together with ν",
        nu + g,
        Y,
        (
            Step(nu + g + w * c, "a non-negative amount is added", (), ((one, Adding(w * c)),)),
            Step(Y, "length of the error", (LENGTH,)),
        ),
    )
    error_small = Part(
        "the error is at most Y",
        g,
        Y,
        (
            Step(nu + g, "a non-negative amount is added", (), ((one, Adding(nu)),)),
            Step(Y, "the bound just derived", (), ((one, shares.inequality()),)),
        ),
    )
    old_fast = Part(
        "ν is at most Y",
        nu,
        Y,
        (
            Step(nu + g, "a non-negative amount is added", (), ((one, Adding(g)),)),
            Step(Y, "the bound just derived", (), ((one, shares.inequality()),)),
        ),
    )
    fast_small = Part(
        "ν is at most Y after the step",
        nu_,
        Y,
        (
            Step(keep * nu + eta * g, "recursion", (NEXT_NU, KEEP)),
            Step(keep * (nu + g), "the step is smaller", (), ((g, small.inequality()),)),
            Step(keep * Y, "the bound just derived", (), ((keep, shares.inequality()),)),
            Step(Y - eta * lam * Y, "definition", (KEEP,)),
            Step(Y, "a non-negative amount is added", (), ((one, Adding(eta * lam * Y)),)),
        ),
    )
    behind_old = Part(
        "w after the step, against c before it",
        w_,
        c * nu_,
        (
            Step(keep * w + eta * c * g, "recursion", (NEXT_W, KEEP)),
            Step(keep * c * nu + eta * c * g, "the bound at time t", (), ((keep, ALONG),)),
            Step(c * nu_, "recursion of ν", (NEXT_NU, KEEP)),
        ),
    )
    along = Part(
        "w is at most cν: from time t to t + 1",
        *at(ALONG, AFTER),
        (
            Step(c * nu_, "the bound just derived", (), ((one, behind_old.inequality()),)),
            Step((c + MOVE) * nu_, "c grows", (), ((one, Adding(MOVE * nu_)),)),
            Step(c_ * nu_, "recursion of c", (NEXT_C,)),
        ),
    )
    reached = Part(
        "c is at most YS: from time t to t + 1",
        *at(REACHED, AFTER),
        (
            Step(c + MOVE, "recursion", (NEXT_C,)),
            Step(Y * S + MOVE, "the bound at time t", (), ((one, REACHED),)),
            Step(Y * S + eta * Y / root, "the error is at most Y", (), ((eta / root, error_small.inequality()),)),
            Step(Y * S_, "slow time", (NEXT_S,)),
        ),
    )
    before = Part(
        "c before the step is at most YS after it",
        c,
        Y * S_,
        (
            Step(c + MOVE, "a non-negative amount is added", (), ((one, Adding(MOVE)),)),
            Step(c_, "recursion", (NEXT_C,)),
            Step(Y * S_, "the bound just derived", (), ((one, reached.inequality()),)),
        ),
    )
    stable = Part(
        "the rate of the error is not negative",
        zero,
        rate,
        (
            Step(1 - STABLE.lower, "stable steps", (), ((one, STABLE),)),
            Step(
                1 - eta * (1 + lam + Y * S_ * c + Y * c_ / root),
                "c is at most YS, before and after",
                (),
                ((eta * Y * S_, before.inequality()), (eta * Y / root, reached.inequality())),
            ),
            Step(
                1 - eta * (STIFF + c_ * nu_ / root),
                "once more, and ν is at most Y",
                (),
                ((eta * c, before.inequality()), (eta * c_ / root, fast_small.inequality())),
            ),
            Step(1 - eta * (STIFF + w_ / root), "w is at most cν", (), ((eta / root, along.inequality()),)),
            Step(rate, "definition", (RATE,)),
        ),
    )
    next_error = Part(
        "the error is at most Y after the step",
        g_,
        Y,
        (
            Step(rate * g + eta * lam * Y, "the error after the step", (error.rule(),)),
            Step((rate + eta * lam) * Y, "the error is at most Y", (), ((rate, error_small.inequality()),)),
            Step(
                (rate + eta * (STIFF + w_ / root)) * Y,
                "a non-negative amount is added",
                (),
                ((one, Adding(eta * (1 + c**2 + w_ / root) * Y)),),
            ),
            Step(Y, "definition of the rate", (RATE,)),
        ),
    )
    *three, last = positive
    parts = (
        *(small, *three, shares, error_small, old_fast, fast_small),
        *(behind_old, along, reached, before, stable, last, next_error),
    )
    return parts, {
        "error": error_small,
        "next error": next_error,
        "old fast": old_fast,
        "fast": fast_small,
        "old": behind_old,
    }


def distance(bound: dict[str, Part]) -> Part:
    """The distance of w from cν stays of order p^{-1/2}."""
    low, high = at(BEHIND, AFTER)
    return Part(
        "w is not far below cν: from time t to t + 1",
        low,
        high,
        (
            Step(
                keep * BEHIND.lower + lam * MOVE * nu_,
                "recursions of c, ν and w: the distance decays",
                (NEXT_C, NEXT_NU, NEXT_W, KEEP),
            ),
            Step(keep * high + lam * MOVE * nu_, "the bound at time t", (), ((keep, BEHIND),)),
            Step(keep * high + lam * MOVE * Y, "ν is at most Y", (), ((lam * MOVE, bound["fast"].inequality()),)),
            Step(
                keep * high + eta * lam * Y**2 / root,
                "the error is at most Y",
                (),
                ((eta * lam * Y / root, bound["error"].inequality()),),
            ),
            Step(high, "definition", (KEEP,)),
        ),
    )
