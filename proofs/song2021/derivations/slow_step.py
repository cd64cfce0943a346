"""The bounds of the slow coordinate and of the error, from time t to t + 1."""

from __future__ import annotations

from fa_theory.symbolic.derivation import Part, Step
from fa_theory.symbolic.inequality import Adding
from fa_theory.symbolic.notation import eta, lam, p

from .orthogonal_start import NEXT_C, Y, c, c_, g, g_, nu, w, w_
from .slow_setting import (
    AFTER,
    ALONG,
    BOUNDED,
    CUBIC,
    ERROR_ABOVE,
    ERROR_BELOW,
    KEEP,
    LEVEL,
    LOWER,
    MOVE,
    NEXT_S,
    NEXT_U,
    NEXT_W,
    RATE,
    SLOWEST,
    STIFF,
    UPPER,
    Lam,
    M,
    S,
    U,
    at,
    keep,
    one,
    rate,
    root,
)


def cubics(error: Part, cubic: Part, bound: dict[str, Part]) -> tuple[Part, ...]:
    """The cubic from both sides, from time t to t + 1 and then at any time."""
    upper, lower = (at(fact, AFTER) for fact in (UPPER, LOWER))
    small, gain = bound["error"].inequality(), eta * lam * Y / root
    above = Part(
        "the cubic from above: from time t to t + 1",
        *upper,
        (
            Step(cubic.right, "the exact change", (), ((one, cubic.inequality()),)),
            Step(
                CUBIC + g / root + gain + MOVE**3 / 3,
                "what is taken away is not negative",
                (),
                ((one, Adding(keep * w * MOVE / root)),),
            ),
            Step(
                CUBIC + g / root + gain + (eta * Y) ** 2 / (3 * p) * MOVE,
                "the error is at most Y, twice",
                (),
                ((eta**2 / (3 * p) * MOVE * g, small), (eta**2 / (3 * p) * MOVE * Y, small)),
            ),
            Step(UPPER.upper + gain + (eta * Y) ** 2 / (3 * p) * MOVE, "the bound at time t", (), ((one, UPPER),)),
            Step(upper[1], "recursions of c and S", (NEXT_C, NEXT_S)),
        ),
    )
    below = Part(
        "the cubic from below: from time t to t + 1",
        *lower,
        (
            Step(LOWER.lower + gain, "slow time", (NEXT_S,)),
            Step(LOWER.upper + gain, "the bound at time t", (), ((one, LOWER),)),
            Step(
                LOWER.upper + gain + MOVE**3 / 3 + Y * MOVE**2 / (2 * root) + eta * lam * w * MOVE / root,
                "non-negative amounts are added",
                (),
                ((one, Adding(MOVE**3 / 3 + Y * MOVE**2 / (2 * root) + eta * lam * w * MOVE / root)),),
            ),
            Step(
                cubic.right + Y * (c**2 + MOVE**2) / (2 * root) + w * MOVE / root,
                "sort; what is left of w is q w",
                (KEEP,),
            ),
            Step(
                cubic.right + Y * (c**2 + MOVE**2) / (2 * root) + c * nu * MOVE / root,
                "w is at most cν",
                (),
                ((MOVE / root, ALONG),),
            ),
            Step(
                cubic.right + Y * (c + MOVE) ** 2 / (2 * root),
                "ν is at most Y",
                (),
                ((c * MOVE / root, bound["old fast"].inequality()),),
            ),
            Step(lower[1], "the exact change, as above", (error.rule(), RATE, NEXT_C, NEXT_W, KEEP)),
        ),
    )
    from_above = Part(
        "so the cubic is at most",
        CUBIC,
        UPPER.upper,
        (
            Step(UPPER.lower, "a non-negative amount is added", (), ((one, Adding(g / root)),)),
            Step(UPPER.upper, "the bound at time t", (), ((one, UPPER),)),
        ),
    )
    from_below = Part(
        "and at least",
        lam * Y * S,
        CUBIC + Y * c**2 / (2 * root),
        (
            Step(LOWER.upper - Y / root, "the bound at time t", (), ((one, LOWER),)),
            Step(CUBIC + Y * c**2 / (2 * root), "the error is at most Y", (), ((1 / root, small),)),
        ),
    )
    return above, below, from_above, from_below


def errors(error: Part, bound: dict[str, Part]) -> tuple[Part, ...]:
    """The error from both sides, from time t to t + 1; and how it moves about its moving target, exactly."""
    wide = STIFF + Y * c / root
    low, high = at(ERROR_BELOW, AFTER)
    grown = wide + MOVE * (c_ + c) + Y * MOVE / root
    below = Part(
        "the error from below: from time t to t + 1",
        low,
        high,
        (
            Step(rate * lam * Y + eta * lam * Y * (STIFF + w_ / root), "definition of the rate", (RATE,)),
            Step(
                rate * lam * Y + eta * lam * Y * wide,
                "w after the step is at most cν, which is at most cY",
                (),
                (
                    (eta * lam * Y / root, bound["old"].inequality()),
                    (eta * lam * Y * c / root, bound["fast"].inequality()),
                ),
            ),
            Step(rate * g * wide + eta * lam * Y * wide, "the bound at time t", (), ((rate, ERROR_BELOW),)),
            Step(g_ * wide, "the error after the step", (error.rule(),)),
            Step(
                g_ * grown,
                "c grows",
                (),
                ((one, Adding(g_ * (MOVE * (c_ + c) + Y * MOVE / root))),),
            ),
            Step(high, "recursion of c", (NEXT_C,)),
        ),
    )
    up_low, up_high = at(ERROR_ABOVE, AFTER)
    fast = 1 - eta * STIFF
    above = Part(
        "the error from above: from time t to t + 1",
        up_low,
        up_high,
        (
            Step(g_ * STIFF + g_ * MOVE * (c_ + c), "recursion of c", (NEXT_C,)),
            Step(g_ * STIFF + g_ * MOVE * 2 * c_, "c grows", (NEXT_C,), ((one, Adding(g_ * MOVE**2)),)),
            Step(g_ * STIFF + 2 * g_ * MOVE * M, "M bounds the slow coordinate", (), ((2 * g_ * MOVE, BOUNDED),)),
            Step(
                g_ * STIFF + 2 * M * eta * Y**2 / root,
                "the errors are at most Y",
                (),
                (
                    (2 * M * MOVE, bound["next error"].inequality()),
                    (2 * M * eta * Y / root, bound["error"].inequality()),
                ),
            ),
            Step(g_ * STIFF + eta * (1 + lam) * Lam, "choice of Λ", (), ((eta, LEVEL),)),
            Step(
                rate * g * STIFF + eta * lam * Y * STIFF + eta * (1 + lam) * Lam,
                "the error after the step",
                (error.rule(),),
            ),
            Step(
                rate * ERROR_ABOVE.upper + eta * lam * Y * STIFF + eta * (1 + lam) * Lam,
                "the bound at time t",
                (),
                ((rate, ERROR_ABOVE),),
            ),
            Step(
                fast * ERROR_ABOVE.upper + eta * lam * Y * STIFF + eta * (1 + lam) * Lam,
                "w is not negative",
                (RATE,),
                ((one, Adding(eta * w_ / root * ERROR_ABOVE.upper)),),
            ),
            Step(
                lam * Y + (1 - eta * (1 + lam)) * (Lam + U) + eta * (1 + lam) * Lam,
                "the slowest rate",
                (),
                ((one, Adding(eta * c**2 * (Lam + U))),),
            ),
            Step(up_high, "what is left of the start", (SLOWEST, NEXT_U)),
        ),
    )
    stiff = STIFF + w_ / root
    about = Part(
        "the error about its moving target: stable only while η(1 + λ + c² + w⁺/√p) is below 2",
        stiff * g_ - lam * Y,
        (1 - eta * stiff) * (stiff * g - lam * Y),
        (
            Step(stiff * (rate * g + eta * lam * Y) - lam * Y, "the error after the step", (error.rule(),)),
            Step((1 - eta * stiff) * (stiff * g - lam * Y), "definition of the rate", (RATE,)),
        ),
    )
    return below, above, about
