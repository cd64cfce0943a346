"""How the slow coordinate c of an orthogonal start evolves while λ > 0, at every step and every width.

Everything is proved by induction up to a slow time S̄, for which the steps are stable. First six statements together:
c, ν, w and g are non-negative, ``w ≤ cν`` and ``c ≤ YS`` for the slow time ``S = ηt/√p``. Then the bounds, each by an
induction of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, Multiple, ProofWriter, axiom, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    at_least_0,
    forall,
    given,
    inv,
    num,
)

from ...shared.one_step import INVERSE, ROOT
from .slow_numbers import SlowNumbers

Statement = Callable[[IndexName | int], Assertion]
THIRD, HALF = Fraction(1, 3), Fraction(1, 2)

MUTANTS_OF_SIGNS = {
    "c": ("c starts below 0",),
    "nu": ("ν starts below 0",),
    "w": ("w starts below 0",),
    "g": ("the length of the targets is negative",),
}
MUTANTS_OF_ALONG = ("w starts at 1",)
MUTANTS_OF_REACHED = ("slow time scales like 1/p", "c starts at 1")
MUTANTS_OF_BEHIND = ("no distance from cν",)
MUTANTS_OF_CUBIC_FROM_ABOVE = ("cubic term without ⅓", "w omitted from the error")
MUTANTS_OF_CUBIC_FROM_BELOW = ("error omitted below the cubic",)
MUTANTS_OF_ERROR_FROM_ABOVE = ("no memory of the start",)
MUTANTS_OF_ERROR_FROM_BELOW = ("without 1 + c²",)
MUTANTS_OF_TARGET = ("w does not decay",)


class SlowCoordinate(SlowNumbers):
    """The recursion with λ, the joint induction, and the bounds."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P, c, nu, w = self.P, self.c, self.nu, self.w
        self.keep = 1 - self.eta * self.lam
        self.stiff = 1 + self.lam + c(self.t) ** 2
        self.w1 = self.kept(w(self.t)) + self.eta * c(self.t) * self.g(self.t)
        self.rate = 1 - self.eta * (self.stiff + self.w1 * ROOT)
        self.error = self._show_error()
        self.last = P.scalar("Sbar")
        for name, number in (("C0", c), ("NU0", nu), ("W0", w)):
            P.assume(name, number(0).equals(0), "start")
        P.assume("Y", at_least_0(self.Y), "length of the targets")
        most = self.Y**2 * self.last**2 + self.Y**2 * self.last * ROOT
        P.assume("STABLE", self.eta * (1 + self.lam + most) <= 1, "stable steps")
        self.first: dict[str, Statement] = {
            "c": lambda t: at_least_0(c(t)),
            "nu": lambda t: at_least_0(nu(t)),
            "w": lambda t: at_least_0(w(t)),
            "g": lambda t: at_least_0(self.g(t)),
            "along": lambda t: w(t) <= c(t) * nu(t),
            "reached": lambda t: c(t) <= self.Y * self.slow(t),
        }
        self.now = {name: P.assume(f"{name} now", said(self.t), "at time t") for name, said in self.first.items()}
        onward = self._show_onward()
        P.assume("within 0", self.within(0), "time 0 is within the slow time")
        base = [self._at_0(name, said) for name, said in self.first.items()]
        self.always = dict(zip(self.first, self._induct(self.first, base, onward, {}), strict=True))

    def kept(self, weight: Expression) -> Expression:
        return (1 - self.eta * self.lam) * weight

    def slow(self, t: IndexName | int) -> Expression:
        """``ηt/√p``."""
        return self.eta * ROOT * num(t)

    def within(self, t: IndexName | int) -> Assertion:
        return self.slow(t) <= self.last

    def whenever(self, said: Assertion) -> Assertion:
        """A statement at all times within the last slow time."""
        return forall(self.t, given(self.within(self.t), said))

    def cubic(self, t: IndexName | int, share: Fraction | int = THIRD) -> Expression:
        return share * self.c(t) ** 3 + (1 + self.lam) * self.c(t)

    # ------------------------------------------------------------------------------------------------- one step
    def _show_error(self) -> Fact:
        t = self.t
        return self.P.show(
            "error",
            self.g(t + 1).equals(self.rate * self.g(t) + self.eta * self.lam * self.Y),
            *(Fact("LENGTH")(t + 1), Fact("LENGTH")(t) * self.keep),
            rewrite=["C+", "NU+", "W+"],
            reason="substitute the recursions; Y − g is ν + wc",
        )

    def _at_0(self, name: str, said: Statement) -> Fact:
        """At time 0 all are 0 except g = Y."""
        return self.P.show(
            f"{name} at 0",
            given(self.within(0), said(0)),
            *("Y", item("Y", ROOT), item("Y", self.lam), item("Y", self.Y * ROOT)),
            item("within 0", 2 * self.Y**3 * ROOT),
            rewrite=["LENGTH", "C0", "NU0", "W0"],
            reason="all are 0 at time 0 except g = Y",
        )

    def _show_onward(self) -> list[Fact]:
        P, t, c, nu, w, g, now = self.P, self.t, self.c, self.nu, self.w, self.g, self.now
        eta, Y, keep, move, last = self.eta, self.Y, self.keep, self.move, self.last
        P.assume("within next", self.within(t + 1), "the next step is within the slow time")
        P.show("t", at_least_0(num(t)), axiom("time_sign")(t), reason="times are non-negative")
        P.show("within", self.within(t), "within next", self.sign(eta * ROOT), reason="the current step is as well")
        P.show(
            "Sbar",
            at_least_0(last),
            "within",
            self.sign(eta * ROOT * num(t)),
            reason="it is at least the current slow time",
        )
        room = self.sign(eta * (Y**2 * last**2 + Y**2 * last * ROOT))
        P.show("short", eta <= keep, "STABLE", room, reason="stable steps")
        P.show("keep", at_least_0(keep), "short", "ETA", reason="η ≤ 1 − ηλ")
        length, wc = Fact("LENGTH")(t), self.sign(w(t) * c(t))
        shares = P.show("ν + g", nu(t) + g(t) <= Y, length, wc, reason="the rest is wc")
        P.show("g at most Y", g(t) <= Y, shares, now["nu"], reason="ν is non-negative")
        P.show("ν at most Y", nu(t) <= Y, shares, now["g"], reason="g is non-negative")
        nu1, w1 = keep * nu(t) + eta * g(t), self.w1
        P.show(
            *("ν next, at most Y", nu1 <= Y, item("short", g(t)), item(shares, keep), self.sign(eta * self.lam * Y)),
            reason="η ≤ 1 − ηλ",
        )
        P.show("w next, at most", w1 <= c(t) * nu1, item(now["along"], keep), reason="w is at most cν")
        P.show("ν next, sign", at_least_0(nu1), self.sign(nu1), reason="both terms are non-negative")
        reached = P.show(
            "reached next",
            self.first["reached"](t + 1),
            *(now["reached"], item("g at most Y", eta * ROOT)),
            rewrite=["C+"],
            reason="g is at most Y",
        )
        high = P.show(
            *("c next, at most", c(t) + move <= Y * last, now["reached"], item("g at most Y", eta * ROOT)),
            item("within next", Y),
            reason="c is at most YS, and S at most S̄",
        )
        low = P.show("c at most", c(t) <= Y * last, high, self.sign(move), reason="c grows")
        rate = P.show(
            "rate",
            at_least_0(self.rate),
            *("STABLE", low * (eta * Y * last), low * (eta * c(t)), low * (eta * Y * ROOT)),
            *(item("w next, at most", eta * ROOT), item("ν next, at most Y", eta * c(t) * ROOT)),
            reason="c is at most YS̄, w⁺ at most cν⁺ and ν⁺ at most Y; stable steps",
        )
        return [
            P.show("c next", at_least_0(c(t + 1)), now["c"], self.sign(move), rewrite=["C+"], reason="c grows"),
            P.show(
                "nu next", at_least_0(nu(t + 1)), "ν next, sign", rewrite=["NU+"], reason="both terms are non-negative"
            ),
            P.show("w next", at_least_0(w(t + 1)), self.sign(w1), rewrite=["W+"], reason="both terms are non-negative"),
            P.show(
                *("g next", at_least_0(g(t + 1)), self.error, item(rate, g(t)), self.sign(eta * self.lam * Y)),
                reason="the rate is non-negative",
            ),
            P.show(
                "along next",
                self.first["along"](t + 1),
                *("w next, at most", item("ν next, sign", move)),
                rewrite=["C+", "NU+", "W+"],
                reason="w⁺ is at most cν⁺, and c grows",
            ),
            reached,
        ]

    # ------------------------------------------------------------------------------------------------ induction
    def _induct(
        self,
        goals: Mapping[str, Statement],
        base: Sequence[Fact],
        onward: Sequence[Fact],
        before: Mapping[str, Statement],
    ) -> list[Fact]:
        """Statements at all times within the slow time, from their steps; ``before`` hold at all times."""
        P, t = self.P, self.t
        here = [self.always[name](t, given=["within"]) for name in before]
        for name, said in goals.items():
            so_far = P.assume(f"{name} so far", given(self.within(t), said(t)), "at time t, if it is within")
            here.append(so_far(given=["within"]))
        premises = [said(t) for said in (*before.values(), *goals.values())]
        steps = []
        for (name, said), fact in zip(goals.items(), onward, strict=True):
            later = given(*premises, self.within(t + 1), said(t + 1))
            step = P.show(f"{name} next, if all hold", later, fact, reason="as shown")
            closed = given(self.within(t + 1), said(t + 1))
            steps.append(
                P.show(
                    *(f"{name}, onward", closed, step(given=[*here, "within next"])),
                    reason="all hold at time t, which is also within the slow time",
                )
            )
        whole = [given(self.within(t), said(t)) for said in goals.values()]
        return [
            P.induct(f"{name} at all times", t, whole, base, steps, n, reason="induction over t, all together")
            for n, name in enumerate(goals)
        ]

    def bound(self, name: str, said: Statement, *by: Fact | Multiple, rewrite: Sequence[str], reason: str) -> Fact:
        """A bound at all times, from facts of one step; ``{name} now`` must have been assumed."""
        onward = self.P.show(f"{name} next", said(self.t + 1), *by, rewrite=rewrite, reason=reason)
        return self._induct({name: said}, [self._at_0(name, said)], [onward], self.first)[0]

    # --------------------------------------------------------------------------------------------------- bounds
    def behind(self) -> Fact:
        P, t, lam, move = self.P, self.t, self.lam, self.move

        def said(t: IndexName | int) -> Assertion:
            return lam * (self.c(t) * self.nu(t) - self.w(t)) <= self.Y**2 * ROOT

        now = P.assume("behind now", said(t), "at time t")
        by = (
            item(now, self.keep),
            item("ν next, at most Y", lam * move),
            item("g at most Y", self.eta * lam * self.Y * ROOT),
        )
        reason = "the distance decays at the rate ηλ; c grows by at most ηY/√p, and ν⁺ is at most Y"
        return self.bound("behind", said, *by, rewrite=["C+", "NU+", "W+"], reason=reason)

    def _show_cubic(self) -> Fact:
        t, move = self.t, self.move
        gain = self.eta * self.lam * self.Y * ROOT - self.keep * self.w(t) * move * ROOT + THIRD * move**3
        return self.P.show(
            "cubic",
            (self.cubic(t + 1) + self.g(t + 1) * ROOT).equals(self.cubic(t) + self.g(t) * ROOT + gain),
            self.error * ROOT,
            rewrite=["C+"],
            reason="the decrease of the error gives the increase of c",
        )

    def from_above(self, share: Fraction | int = THIRD) -> Statement:
        def said(t: IndexName | int) -> Assertion:
            room = THIRD * INVERSE * self.eta**2 * self.Y**2 * self.c(t)
            return self.cubic(t, share) + self.g(t) * ROOT <= self.lam * self.Y * self.slow(t) + self.Y * ROOT + room

        return said

    def cubic_from_above(self) -> Fact:
        P, t, move, said = self.P, self.t, self.move, self.from_above()
        now, cubic = P.assume("cubic from above now", said(t), "at time t"), self._show_cubic()
        small = THIRD * INVERSE * self.eta**2 * move
        by: list[Fact | Multiple] = [cubic, now, self.sign(self.keep * self.w(t) * move * ROOT)]
        by += [item("g at most Y", small * self.g(t)), item("g at most Y", small * self.Y)]
        return self.bound("cubic from above", said, *by, rewrite=["C+"], reason="g is at most Y, twice")

    def from_below(self, *, with_error: bool = True) -> Statement:
        def said(t: IndexName | int) -> Assertion:
            room = HALF * self.Y * ROOT * self.c(t) ** 2
            left = self.lam * self.Y * self.slow(t) + self.Y * ROOT
            found = self.cubic(t) + self.g(t) * ROOT if with_error else self.cubic(t)
            return left <= found + room

        return said

    def cubic_from_below(self) -> Fact:
        P, t, move, said = self.P, self.t, self.move, self.from_below()
        now, cubic = P.assume("cubic from below now", said(t), "at time t"), self._show_cubic()
        by: list[Fact | Multiple] = [cubic, now, self.sign(move**3), self.sign(self.Y * ROOT * move**2)]
        by += [self.sign(self.eta * self.lam * self.w(t) * move * ROOT), item(self.now["along"], move * ROOT)]
        by += [item("ν at most Y", self.c(t) * move * ROOT)]
        return self.bound("cubic from below", said, *by, rewrite=["C+"], reason="w is at most cν, and ν at most Y")

    def error_from_below(self) -> Fact:
        P, t, c, g, Y, lam, eta, move = self.P, self.t, self.c, self.g, self.Y, self.lam, self.eta, self.move

        def said(t: IndexName | int) -> Assertion:
            return lam * Y <= g(t) * (1 + lam + c(t) ** 2 + Y * c(t) * ROOT)

        now = P.assume("error from below now", said(t), "at time t")
        wide = self.stiff + Y * c(t) * ROOT
        by: list[Fact | Multiple] = [
            *(self.error * wide, item(now, self.rate)),
            *(item("w next, at most", eta * lam * Y * ROOT), item("ν next, at most Y", eta * lam * Y * c(t) * ROOT)),
            self.sign(g(t + 1) * (move * (2 * c(t) + move) + Y * move * ROOT)),
        ]
        reason = "substitute the error after the step; w⁺ is at most cν⁺, ν⁺ at most Y, and c grows"
        return self.bound("error from below", said, *by, rewrite=["C+"], reason=reason)

    def below_target(self, rate: Expression) -> Statement:
        """``(1+λ) g (1+λ+c²) ≤ (1+λ)(λY + rate^t Y) + 2Y³S̄/√p``."""

        def said(t: IndexName | int) -> Assertion:
            start = rate**t * self.Y
            room = 2 * self.Y**3 * self.last * ROOT
            stiff = 1 + self.lam + self.c(t) ** 2
            return (1 + self.lam) * self.g(t) * stiff <= (1 + self.lam) * (self.lam * self.Y + start) + room

        return said

    def error_from_above(self) -> Fact:
        P, t, c, g, w, Y = self.P, self.t, self.c, self.g, self.w, self.Y
        lam, eta, move, last = self.lam, self.eta, self.move, self.last
        slowest = 1 - eta * (1 + lam)
        said = self.below_target(slowest)
        now = P.assume("error from above now", said(t), "at time t")
        room = self.sign(eta * (Y**2 * last**2 + Y**2 * last * ROOT))
        P.show("slowest", at_least_0(slowest), "STABLE", room, reason="stable steps")
        self.sign(slowest**t)
        left, level = slowest**t * Y, 2 * Y**3 * last * ROOT
        P.show("w next, sign", at_least_0(self.w1), self.sign(self.w1), reason="both terms are non-negative")
        wc = self.sign(w(t + 1) * c(t + 1))
        P.show("g next, at most Y", g(t + 1) <= Y, Fact("LENGTH")(t + 1), "nu next", wc, reason="as at time t")
        upper = (1 + lam) * (lam * Y + left) + level
        by: list[Fact | Multiple] = [
            *(self.error * ((1 + lam) * self.stiff), item(now, self.rate)),
            self.sign((1 + lam) * g(t + 1) * move**2),
            item("c next, at most", 2 * (1 + lam) * g(t + 1) * move),
            item("g next, at most Y", 2 * (1 + lam) * Y * last * move),
            item("g at most Y", 2 * (1 + lam) * Y * last * eta * Y * ROOT),
            item("w next, sign", eta * ROOT * upper),
            self.sign(eta * c(t) ** 2 * ((1 + lam) * left + level)),
        ]
        reason = (
            "substitute the error after the step; c⁺ is at most YS̄, g and g⁺ at most Y; the rate is at most 1 − η(1+λ)"
        )
        return self.bound("error from above", said, *by, rewrite=["C+"], reason=reason)

    def witness(self) -> list[Assertion]:
        """Four steps that are stable for any λ and Y."""
        return [
            self.eta.equals(Fraction(1, 4) * inv(1 + self.lam + self.Y**2)),
            self.last.equals(4 * self.eta * ROOT),
        ]


def _concluded(N: SlowCoordinate, fact: Fact) -> ProofWriter:
    N.P.conclude(fact, witness=N.witness())
    return N.P


@cache
def sign_of(name: str) -> ProofWriter:
    """Prove that c, nu, w or g is non-negative."""
    N = SlowCoordinate(f"The slow coordinate: {name} is non-negative")
    P = _concluded(N, N.always[name])
    below: dict[str, dict[str, Assertion]] = {
        "c": {"C0": N.c(0).equals(-1)},
        "nu": {"NU0": N.nu(0).equals(-1)},
        "w": {"W0": N.w(0).equals(-1)},
        "g": {"Y": N.Y <= 0},
    }
    (wrong,) = MUTANTS_OF_SIGNS[name]
    P.mutant(wrong, below[name])
    return P


@cache
def along() -> ProofWriter:
    """Prove w ≤ cν."""
    N = SlowCoordinate("The slow coordinate: w is at most cν")
    P = _concluded(N, N.always["along"])
    P.mutant("w starts at 1", {"W0": N.w(0).equals(1)})
    return P


@cache
def reached() -> ProofWriter:
    """Prove c ≤ YS."""
    N = SlowCoordinate("The slow coordinate: c grows at rate at most Y")
    P, t = _concluded(N, N.always["reached"]), N.t
    P.mutant("slow time scales like 1/p", {}, conclusion=N.whenever(N.c(t) <= N.Y * N.slow(t) * ROOT))
    P.mutant("c starts at 1", {"C0": N.c(0).equals(1)})
    return P


@cache
def behind() -> ProofWriter:
    """Prove λ(cν − w) ≤ Y²/√p."""
    N = SlowCoordinate("The slow coordinate: w is not far below cν")
    P, t = _concluded(N, N.behind()), N.t
    P.mutant("no distance from cν", {}, conclusion=N.whenever(N.lam * (N.c(t) * N.nu(t) - N.w(t)) <= 0))
    return P


@cache
def cubic_from_above() -> ProofWriter:
    """Prove c³/3 + (1+λ)c + g/√p ≤ λYS + Y/√p + (ηY)²c/(3p)."""
    N = SlowCoordinate("The slow coordinate: the cubic from above")
    P = _concluded(N, N.cubic_from_above())
    P.mutant("cubic term without ⅓", {}, conclusion=N.whenever(N.from_above(1)(N.t)))
    forgotten = forall(N.t, N.g(N.t).equals(N.Y - N.nu(N.t)))
    P.mutant("w omitted from the error", {"LENGTH": forgotten})
    return P


@cache
def cubic_from_below() -> ProofWriter:
    """Prove λYS + Y/√p ≤ c³/3 + (1+λ)c + g/√p + Yc²/(2√p)."""
    N = SlowCoordinate("The slow coordinate: the cubic from below")
    P = _concluded(N, N.cubic_from_below())
    P.mutant("error omitted below the cubic", {}, conclusion=N.whenever(N.from_below(with_error=False)(N.t)))
    return P


@cache
def error_from_above() -> ProofWriter:
    """Prove (1+λ)g(1+λ+c²) ≤ (1+λ)(λY + (1−η(1+λ))^t Y) + 2Y³S̄/√p."""
    N = SlowCoordinate("The slow coordinate: the error from above")
    P = _concluded(N, N.error_from_above())
    P.mutant("no memory of the start", {}, conclusion=N.whenever(N.below_target(0 * N.eta)(N.t)))
    return P


@cache
def error_from_below() -> ProofWriter:
    """Prove λY ≤ g(1+λ+c²+Yc/√p)."""
    N = SlowCoordinate("The slow coordinate: the error from below")
    P = _concluded(N, N.error_from_below())
    P.mutant("without 1 + c²", {}, conclusion=N.whenever(N.lam * N.Y <= N.g(N.t) * N.lam))
    return P


@cache
def target() -> ProofWriter:
    """Prove Ag⁺ − λY = (1 − ηA)(Ag − λY), A = 1 + λ + c² + w⁺/√p, for steps of any size."""
    N = SlowCoordinate("The slow coordinate: the error relative to its moving target")
    P, t, pull = N.P, N.t, N.lam * N.Y
    A = N.stiff + N.w(t + 1) * ROOT
    goal = forall(t, (A * N.g(t + 1) - pull).equals((1 - N.eta * A) * (A * N.g(t) - pull)))
    by = N.error * (N.stiff + N.w1 * ROOT)
    P.conclude(P.show("target", goal, by, rewrite=["W+"], reason="substitute the error after the step"))
    P.mutant("w does not decay", {"W+": N.next_w(N.w(t), N.c(t))})
    return P
