"""S9′ and S11 with explicit constants: how the slow coordinate c of an orthogonal start moves while λ is on.

The numbers c, ν, w, g are those of `orthogonal_start`; S = ηt/√p is the slow time. Without any limit,

    c³/3 + (1+λ)c = λYS + (Y − g)/√p − Σ (1−ηλ) w ηg/p + Σ (ηg)³/(3p^{3/2}),

so that the cubic of the limit holds up to an error of order p^{-1/2}.
"""

from __future__ import annotations

from fa_theory.symbolic.derivation import Derivation, Induction
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import KnownInequality
from fa_theory.symbolic.notation import eta, p

from .orthogonal_start import LENGTH, NEXT_C, NEXT_NU, Y, c, c0, g, nu, w, w_
from .slow_setting import (
    AFTER,
    ALONG,
    BEFORE,
    BEHIND,
    BOUNDED,
    CUBIC,
    ERROR_ABOVE,
    ERROR_BELOW,
    KEEP,
    LEVEL,
    LOWER,
    NEXT_LENGTH,
    NEXT_S,
    NEXT_U,
    NEXT_W,
    NONNEGATIVE,
    RATE,
    REACHED,
    S_,
    SIZES,
    SLOWEST,
    STABLE,
    START,
    START_U,
    UPPER,
    Lam,
    S,
    at,
    one,
    root,
    start,
)
from .slow_signs import distance, growth, signs
from .slow_step import cubics, errors

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

    def induction(words: str, fact: KnownInequality) -> Induction:
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


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "w is forgotten in the error": right.with_rule(Equation(g, Y - nu, "length of the error without w")),
        "w decays not at all": right.with_rule(Equation(w_, w + eta * c * g, "recursion without decay")),
        "slow time runs like 1/p": right.with_rule(Equation(S_, S + eta / p, "slow time, too slow")),
        "the cubic term counts whole": right.with_end(right.parts[1].right + c**3, part=1),
        "no room below the cubic": right.with_end(
            CUBIC, part=[part.words for part in right.parts].index("and at least")
        ),
        "c starts at 1": right.with_rule(Equation(c0, one, "wrong start")),
    }
