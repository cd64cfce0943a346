"""S9′ and S11 with explicit constants: how the slow coordinate c of an orthogonal start moves while λ is on.

The numbers c, ν, w, g are those of `orthogonal_start`; S = ηt/√p is the slow time. Without any limit,

    c³/3 + (1+λ)c = λYS + (Y − g)/√p − Σ (1−ηλ) w ηg/p + Σ (ηg)³/(3p^{3/2}),

so that the cubic of the limit holds up to an error of order p^{-1/2}.
"""

from __future__ import annotations

from sympy import Integer, Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.inequality import Adding, Hypothesis
from fa_theory.symbolic.notation import Expr, eta, lam, p
from fa_theory.symbolic.rule import Rule

from .orthogonal_start import LENGTH, NEXT_C, NEXT_NU, SQUARE, Y, c, c0, c_, g, g_, nu, nu0, nu_, w, w0, w_
from .orthogonal_start import NEXT_W as NEXT_W_ANY

S, S_, S0, M, Lam, U, U_, U0, g0 = (
    Symbol(name, nonnegative=True) for name in ("S", "S+", "S0", "M", "Lambda", "U", "U+", "U0", "g0")
)
keep, rate, slow = (Symbol(name, nonnegative=True) for name in ("q", "kappa", "r"))
one, zero = Integer(1), Integer(0)
root = sqrt(p)

NEXT_W = Rule(w_, NEXT_W_ANY.right.xreplace({SQUARE: one}), "recursion, for a direction of length 1")
NEXT_LENGTH = Rule(g_, LENGTH.right.xreplace({nu: nu_, w: w_, c: c_}), "length of the error after the step")
NEXT_S = Rule(S_, S + eta / root, "slow time")
KEEP = Rule(keep, 1 - eta * lam, "what is left of the weights")
STIFF = 1 + lam + c**2
RATE = Rule(rate, 1 - eta * (STIFF + w_ / root), "rate of the error")
SLOWEST = Rule(slow, 1 - eta * (1 + lam), "slowest rate")
START = (
    Rule(c0, zero, "start"),
    Rule(nu0, zero, "start"),
    Rule(w0, zero, "start"),
    Rule(S0, zero, "start"),
    Rule(g0, Y, "start"),
)
STABLE = Hypothesis(eta * (1 + lam + (Y * S_) ** 2 + Y**2 * S_ / root), one, "stable steps")
BOUNDED = Hypothesis(c_, M, "M bounds the slow coordinate")
LEVEL = Hypothesis(2 * M * Y**2 / root, (1 + lam) * Lam, "choice of Λ")
NEXT_U = Rule(U_, slow * U, "what is left of the start")
START_U = Rule(U0, Y, "start")

NONNEGATIVE = tuple(Hypothesis(zero, x, f"{x} is not negative") for x in (c, nu, w, g))
ALONG = Hypothesis(w, c * nu, "induction hypothesis: w is at most cν")
BEHIND = Hypothesis(lam * (c * nu - w), Y**2 / root, "induction hypothesis: and not far below")
REACHED = Hypothesis(c, Y * S, "induction hypothesis: the slow coordinate moves at most at speed Y")
CUBIC = c**3 / 3 + (1 + lam) * c
UPPER = Hypothesis(
    CUBIC + g / root, lam * Y * S + Y / root + (eta * Y) ** 2 * c / (3 * p), "induction hypothesis: cubic from above"
)
LOWER = Hypothesis(
    lam * Y * S + Y / root, CUBIC + g / root + Y * c**2 / (2 * root), "induction hypothesis: cubic from below"
)
ERROR_BELOW = Hypothesis(lam * Y, g * (STIFF + Y * c / root), "induction hypothesis: error from below")
ERROR_ABOVE = Hypothesis(g * STIFF, lam * Y + Lam + U, "induction hypothesis: error from above")

BEFORE = {c: c0, nu: nu0, w: w0, g: g0, S: S0, U: U0}
AFTER = {c: c_, nu: nu_, w: w_, g: g_, S: S_, U: U_}
MOVE = eta * g / root


def at(fact: Hypothesis, names: dict[Expr, Expr]) -> tuple[Expr, Expr]:
    return fact.lower.xreplace(names), fact.upper.xreplace(names)


def start(fact: Hypothesis, words: str, *added: Expr) -> Part:
    """An inequality at time 0; ``added`` are the non-negative amounts by which the sides differ."""
    low, high = at(fact, BEFORE)
    because = tuple((one, Adding(amount)) for amount in added)
    return Part(f"{words}: at time 0", low, high, (Step(high, "all start at 0", (*START, START_U), because),))


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


STARTS = (
    *(start(fact, f"{name} is not negative") for fact, name in zip(NONNEGATIVE[:3], "cνw", strict=True)),
    start(NONNEGATIVE[3], "g is not negative", Y),
    start(ALONG, "w is at most cν"),
    start(BEHIND, "w is not far below cν", Y**2 / root),
    start(REACHED, "c is at most YS"),
    start(UPPER, "the cubic from above"),
    start(LOWER, "the cubic from below"),
    start(ERROR_BELOW, "the error from below", Y),
    start(ERROR_ABOVE, "the error from above", Lam),
)


def derivation() -> Derivation:
    """Derive the cubic and the error with their distances from the limit, at every step of every width."""
    error, cubic = growth()
    order, bound = signs(error)
    parts = (error, cubic, *order, distance(bound), *cubics(error, cubic, bound), *errors(error, bound), *STARTS)

    def induction(words: str, fact: Hypothesis) -> Induction:
        places = {(part.left, part.right): place for place, part in enumerate(parts)}
        return Induction(words, fact, places[at(fact, BEFORE)], places[at(fact, AFTER)], BEFORE, AFTER)

    return Derivation(
        "The slow coordinate",
        r"From an orthogonal start on isometric data, with constant $\lambda$ and slow time $S = \eta t/\sqrt p$, the "
        r"slow coordinate $c$ obeys the cubic of the limit at every step, up to explicit errors of order "
        r"$p^{-1/2}$, and the error $g$ is its speed. The bounds hold together: each step uses all of them at time "
        r"$t$.",
        (
            *(LENGTH, NEXT_LENGTH, NEXT_C, NEXT_NU, NEXT_W, NEXT_S),
            *(KEEP, RATE, SLOWEST, NEXT_U, START_U),
            *START,
        ),
        parts,
        hypotheses=(
            STABLE,
            BOUNDED,
            LEVEL,
            *NONNEGATIVE,
            ALONG,
            BEHIND,
            REACHED,
            UPPER,
            LOWER,
            ERROR_BELOW,
            ERROR_ABOVE,
        ),
        inductions=(
            *(
                induction(f"{name} never becomes negative", fact)
                for name, fact in zip("cνwg", NONNEGATIVE, strict=True)
            ),
            induction("w never exceeds cν", ALONG),
            induction("and stays close to it", BEHIND),
            induction("c never exceeds YS", REACHED),
            induction("the cubic is bounded from above at every time", UPPER),
            induction("and from below", LOWER),
            induction("the error is bounded from below at every time", ERROR_BELOW),
            induction("and from above", ERROR_ABOVE),
        ),
        sizes=SIZES,
    )


SIZES = ((1, 1, 1), (1, 1, 4), (1, 1, 9))
"""Nothing here depends on n and d."""


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "w is forgotten in the error": right.with_rule(Rule(g, Y - nu, "length of the error without w")),
        "w decays not at all": right.with_rule(Rule(w_, w + eta * c * g, "recursion without decay")),
        "slow time runs like 1/p": right.with_rule(Rule(S_, S + eta / p, "slow time, too slow")),
        "the cubic term counts whole": right.with_end(right.parts[1].right + c**3, part=1),
        "no room below the cubic": right.with_end(
            CUBIC, part=[part.words for part in right.parts].index("and at least")
        ),
        "c starts at 1": right.with_rule(Rule(c0, one, "wrong start")),
    }
