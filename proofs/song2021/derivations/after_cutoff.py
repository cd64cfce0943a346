"""S9 and S9′ after the cutoff: the error of an orthogonal start decays exponentially, and the alignment is kept."""

from __future__ import annotations

from sympy import Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import Adding, KnownInequality
from fa_theory.symbolic.notation import eta, p

from .orthogonal_start import LENGTH, NEXT_C, Y, c, c_, g, g_, nu, nu_, w, w_
from .slow_setting import ALONG, NEXT_LENGTH, SIZES, at, one, zero

C, Delta, E = (Symbol(name, nonnegative=True) for name in ("C", "F", "E"))
c1, nu1, w1, g1 = (Symbol(name, nonnegative=True) for name in ("c1", "nu1", "w1", "g1"))
t = Symbol("t", integer=True, nonnegative=True)
rate, decay = Symbol("kappa", nonnegative=True), Symbol("q", nonnegative=True)
root = sqrt(p)
MOVE = eta * g / root

NEXT_NU = Equation(nu_, nu + eta * g, "recursion, λ = 0")
NEXT_W = Equation(w_, w + eta * c * g, "recursion, λ = 0")
RATE = Equation(rate, 1 - eta * (1 + c**2 + w_ / root), "rate of the error")
DECAY = Equation(decay, 1 - eta, "rate at least")
CUTOFF = (
    Equation(g1, E, "error at the cutoff"),
    Equation(C, c1 + g1 / root, "c and the error at the cutoff"),
    Equation(Delta, c1 * nu1 - w1 + Y * g1 / root, "distance and error at the cutoff"),
)
STABLE = KnownInequality(eta * (1 + C**2 + C * Y / root), one, "stable steps")
NONNEGATIVE = tuple(KnownInequality(zero, x, f"{x} is not negative") for x in (c, nu, w, g))
SMALL = KnownInequality(g, decay**t * E, "induction hypothesis: exponential decay")
REACHED = KnownInequality(c + g / root, C, "induction hypothesis: the slow coordinate stands nearly still")
DISTANCE = KnownInequality(c * nu - w + Y * g / root, Delta, "induction hypothesis: distance of w from cν")
BEFORE = {c: c1, nu: nu1, w: w1, g: g1, t: zero}
AFTER = {c: c_, nu: nu_, w: w_, g: g_, t: t + 1}


def start(fact: KnownInequality, words: str) -> Part:
    low, high = at(fact, BEFORE)
    return Part(f"{words}: at the cutoff", low, high, (Step(high, "definition", CUTOFF),))


def derivation() -> Derivation:
    """Derive the decay, and that c, ν and w hardly move, for ever."""
    error = Part(
        "the error after the step",
        g_,
        rate * g,
        (
            Step(NEXT_LENGTH.right, "definition", (NEXT_LENGTH,)),
            Step(Y - nu_ - w_ * c - w_ * MOVE, "the slow coordinate", (NEXT_C,)),
            Step(Y - nu - w * c - eta * (1 + c**2 + w_ / root) * g, "the recursions", (NEXT_NU, NEXT_W)),
            Step(rate * g, "length and rate of the error", (LENGTH, RATE)),
        ),
    )
    short = Part(
        "a step is at most 1",
        eta,
        one,
        (
            Step(STABLE.lower, "a non-negative amount is added", (), ((one, Adding(eta * (C**2 + C * Y / root))),)),
            Step(one, "stable steps", (), ((one, STABLE),)),
        ),
    )
    fast_small = Part(
        "ν is at most Y after the step",
        nu_,
        Y,
        (
            Step(nu + eta * g, "recursion", (NEXT_NU,)),
            Step(nu + g, "a step is at most 1", (), ((g, short.inequality()),)),
            Step(nu + g + w * c, "a non-negative amount is added", (), ((one, Adding(w * c)),)),
            Step(Y, "length of the error", (LENGTH,)),
        ),
    )
    before = Part(
        "c is at most C",
        c,
        C,
        (
            Step(c + g / root, "a non-negative amount is added", (), ((one, Adding(g / root)),)),
            Step(C, "the bound at time t", (), ((one, REACHED),)),
        ),
    )
    stable = Part(
        "the rate of the error is not negative",
        zero,
        rate,
        (
            Step(1 - STABLE.lower, "stable steps", (), ((one, STABLE),)),
            Step(
                1 - eta * (1 + c**2 + Y * c / root),
                "c is at most C",
                (),
                tuple((eta * factor, before.inequality()) for factor in (C, c, Y / root)),
            ),
            Step(
                1 - eta * (1 + c**2 + c * nu_ / root),
                "ν is at most Y",
                (),
                ((eta * c / root, fast_small.inequality()),),
            ),
            Step(1 - eta * (1 + c**2 + (c * nu + eta * c * g) / root), "recursion of ν", (NEXT_NU,)),
            Step(1 - eta * (1 + c**2 + (w + eta * c * g) / root), "w is at most cν", (), ((eta / root, ALONG),)),
            Step(rate, "recursion of w; definition of the rate", (NEXT_W, RATE)),
        ),
    )
    positive = [
        Part(
            f"{name} is not negative: from time t to t + 1",
            zero,
            after,
            (
                Step(amount, "all parts are not negative", (), ((one, Adding(amount)),)),
                Step(after, "recursion", (rule,)),
            ),
        )
        for name, after, amount, rule in (
            ("c", c_, c + MOVE, NEXT_C),
            ("ν", nu_, nu + eta * g, NEXT_NU),
            ("w", w_, w + eta * c * g, NEXT_W),
            ("g", g_, rate * g, error.rule()),
        )
    ]
    slower = Part(
        "the error shrinks by its rate at least",
        g_,
        decay * g,
        (
            Step(rate * g, "the error after the step", (error.rule(),)),
            Step(
                (rate + eta * (c**2 + w_ / root)) * g,
                "a non-negative amount is added",
                (),
                ((one, Adding(eta * (c**2 + w_ / root) * g)),),
            ),
            Step(decay * g, "the rates", (RATE, DECAY)),
        ),
    )
    small = Part(
        "exponential decay: from time t to t + 1",
        *at(SMALL, AFTER),
        (
            Step(decay * g, "the bound just derived", (), ((one, slower.inequality()),)),
            Step(decay ** (t + 1) * E, "the bound at time t", (), ((decay, SMALL),)),
        ),
    )
    reached = Part(
        "the slow coordinate: from time t to t + 1",
        *at(REACHED, AFTER),
        (
            Step(c + MOVE + g_ / root, "recursion", (NEXT_C,)),
            Step(c + MOVE + decay * g / root, "the error shrinks", (), ((1 / root, slower.inequality()),)),
            Step(c + g / root, "what c gains the error loses", (DECAY,)),
            Step(C, "the bound at time t", (), ((one, REACHED),)),
        ),
    )
    along = Part(
        "w is at most cν: from time t to t + 1",
        *at(ALONG, AFTER),
        (
            Step(w + eta * c * g, "recursion", (NEXT_W,)),
            Step(c * nu + eta * c * g, "the bound at time t", (), ((one, ALONG),)),
            Step(c * nu_ + MOVE * nu_, "c grows", (NEXT_NU,), ((one, Adding(MOVE * nu_)),)),
            Step(c_ * nu_, "recursion of c", (NEXT_C,)),
        ),
    )
    distance = Part(
        "distance of w from cν: from time t to t + 1",
        *at(DISTANCE, AFTER),
        (
            Step(c * nu - w + MOVE * nu_ + Y * g_ / root, "recursions", (NEXT_C, NEXT_NU, NEXT_W)),
            Step(c * nu - w + MOVE * Y + Y * g_ / root, "ν is at most Y", (), ((MOVE, fast_small.inequality()),)),
            Step(
                c * nu - w + MOVE * Y + Y * decay * g / root,
                "the error shrinks",
                (),
                ((Y / root, slower.inequality()),),
            ),
            Step(c * nu - w + Y * g / root, "what is gained the error loses", (DECAY,)),
            Step(Delta, "the bound at time t", (), ((one, DISTANCE),)),
        ),
    )
    closer = Part(
        "so w is close to cν",
        c * nu,
        w + Delta,
        (
            Step(c * nu + Y * g / root, "a non-negative amount is added", (), ((one, Adding(Y * g / root)),)),
            Step(w + Delta, "the bound at time t", (), ((one, DISTANCE),)),
        ),
    )
    substance = Part(
        "ν does not vanish as the error does",
        Y,
        g + (1 + c**2) * nu,
        (
            Step(g + nu + w * c, "length of the error", (LENGTH,)),
            Step(g + (1 + c**2) * nu, "w is at most cν", (), ((c, ALONG),)),
        ),
    )
    angle = Part(
        "the angle: w/ν is nearly c",
        Y * c * nu,
        Y * w + Delta * ((1 + c**2) * nu + g),
        (
            Step(Y * (w + Delta), "w is close to cν", (), ((Y, closer.inequality()),)),
            Step(Y * w + Delta * (g + (1 + c**2) * nu), "ν does not vanish", (), ((Delta, substance.inequality()),)),
        ),
    )
    parts = (
        *(
            error,
            short,
            fast_small,
            before,
            stable,
            *positive,
            slower,
            small,
            reached,
            along,
            distance,
            closer,
            substance,
            angle,
        ),
        *(start(SMALL, "exponential decay"), start(REACHED, "the slow coordinate"), start(DISTANCE, "distance")),
    )

    def induction(words: str, fact: KnownInequality) -> Induction:
        places = {(part.left, part.right): place for place, part in enumerate(parts)}
        return Induction(words, fact, places[at(fact, BEFORE)], places[at(fact, AFTER)], BEFORE, AFTER)

    return Derivation(
        "After the cutoff",
        r"Let $\lambda = 0$ from some step on at which $c, \nu, w, g$ are not negative and $w \le c\nu$; so they stay. "
        r"Then the error decays like $(1-\eta)^t$, the slow coordinate grows by at most $g/\sqrt p$, and "
        r"$w/\nu$ stays close to $c$; the cosine is $w/\sqrt{\nu^2+w^2}$.",
        (LENGTH, NEXT_LENGTH, NEXT_C, NEXT_NU, NEXT_W, RATE, DECAY, *CUTOFF),
        parts,
        hypotheses=(STABLE, *NONNEGATIVE, ALONG, SMALL, REACHED, DISTANCE),
        inductions=(
            induction("the error decays exponentially", SMALL),
            induction("the slow coordinate stays below its bound", REACHED),
            induction("w stays close to cν", DISTANCE),
        ),
        sizes=SIZES,
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "twice the rate": right.with_rule(Equation(decay, 1 - 2 * eta, "twice the rate")),
        "w moves like ν": right.with_rule(Equation(w_, w + eta * g, "recursion without c")),
        "c starts beyond its bound": right.with_rule(Equation(C, c1, "the error at the cutoff is forgotten")),
        "the distance forgets the error": right.with_rule(
            Equation(Delta, c1 * nu1 - w1, "distance at the cutoff alone")
        ),
    }
