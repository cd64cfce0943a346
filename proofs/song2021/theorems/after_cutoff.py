"""After the cutoff the error of an orthogonal start decays, c hardly changes, and w stays close to cν.

Time 0 is the cutoff. The assumptions at time 0 are what `slow_coordinate` proves for the time before.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, at_least_0, forall, given, inv, of

from ...shared.one_step import ROOT
from .slow_numbers import SlowNumbers

MUTANTS = ("twice the rate",)
MUTANTS_OF_SIGN = ("g stays above its initial value",)
MUTANTS_OF_ALONG = ("w moves like ν",)
MUTANTS_OF_REACHED = ("c below its initial value",)
MUTANTS_OF_DISTANCE = ("the distance omits the error",)
MUTANTS_OF_ANGLE = ("λ for 1 + λ", "twice the distance at the cutoff")
HALF = Fraction(1, 2)


class AfterCutoff(SlowNumbers):
    """The joint induction over the signs, the bound of c, and the distance of w from cν."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P, t, Y = self.P, self.t, self.Y
        self.S = P.scalar("S")
        P.assume("STABLE", self.eta * (1 + self.lam + Y**2 * (self.S + 2 * ROOT) ** 2) <= 1, "stable steps")
        P.assume("REACHED", self.c(0) <= Y * self.S, "c at the cutoff")
        signs = {"c": self.c, "ν": self.nu, "w": self.w, "g": self.g}
        self.goals = {
            **{name: at_least_0(number(t)) for name, number in signs.items()},
            "along": self.w(t) <= self.c(t) * self.nu(t),
            "reached": self.total(t) <= self.total(0),
            "distance": self.distance(t) <= self.distance(0),
        }
        start = [
            P.assume(f"{key} at 0", at_least_0(number(0)), f"{name} at the cutoff")
            for key, name, number in zip(("c", "nu", "w", "g"), signs, signs.values(), strict=True)
        ]
        start += [
            P.assume("along at 0", self.w(0) <= self.c(0) * self.nu(0), "w is at most cν at the cutoff"),
            P.show("reached at 0", self.total(0) <= self.total(0), reason="equal"),
            P.show("distance at 0", self.distance(0) <= self.distance(0), reason="equal"),
        ]
        self._show_stable()
        onward, self.falls_now = self._show_step()
        self._always = [
            P.induct(f"{name} at all times", t, list(self.goals.values()), start, onward, n, "all seven together")
            for n, name in enumerate(self.goals)
        ]

    def always(self, name: str) -> Fact:
        """A statement for all times."""
        return self._always[list(self.goals).index(name)]

    def total(self, t: IndexName | int) -> Expression:
        """``c + g/√p``."""
        return self.c(t) + self.g(t) * ROOT

    def distance(self, t: IndexName | int) -> Expression:
        """``cν − w + Yg/√p``."""
        return self.c(t) * self.nu(t) - self.w(t) + self.Y * ROOT * self.g(t)

    def _show_stable(self) -> None:
        """``η(1 + C² + CY/√p) ≤ 1`` for C = c + g/√p at the cutoff, and that 0 ≤ Y, 0 ≤ C."""
        P, Y, S, eta, C = self.P, self.Y, self.S, self.eta, self.total(0)
        c0, g0, nu0 = Fact("c at 0"), Fact("g at 0"), Fact("nu at 0")
        cw = self.sign(self.c(0) * self.w(0))
        P.show("Y", at_least_0(Y), Fact("LENGTH")(0), g0, nu0, cw, reason="the length is the sum of ν, wc and g")
        P.show("g at most Y", self.g(0) <= Y, Fact("LENGTH")(0), nu0, cw, reason="the same")
        P.show("C", at_least_0(C), c0, g0 * ROOT, reason="both terms are non-negative")
        P.show("YS", at_least_0(Y * S), "REACHED", c0, reason="c is at most YS")
        most = Y * (S + ROOT)
        P.show("most", most >= C, "REACHED", Fact("g at most Y") * ROOT, reason="c ≤ YS and g ≤ Y")
        P.show("most, sign", at_least_0(most), "YS", Fact("Y") * ROOT, reason="YS and Y are non-negative")
        P.show(
            "stable",
            eta * (1 + C**2 + C * Y * ROOT) <= 1,
            "STABLE",
            item("most", eta * C),
            item("most", eta * most),
            item("most", eta * Y * ROOT),
            item("most, sign", eta * Y * ROOT),
            self.sign(eta * Y * ROOT * Y * ROOT),
            self.sign(eta * self.lam),
            reason="C(C + Y/√p) is at most Y²(S + 1/√p)(S + 2/√p)",
        )

    def _show_step(self) -> tuple[list[Fact], Fact]:
        P, t, c, nu, w, g = self.P, self.t, self.c, self.nu, self.w, self.g
        eta, Y, C, move = self.eta, self.Y, self.total(0), self.move
        now = {name: P.assume(f"{name} now".replace("ν", "nu"), said) for name, said in self.goals.items()}
        length = Fact("LENGTH")
        low = P.show("c at most C", c(t) <= C, now["reached"], self.sign(g(t) * ROOT), reason="g is non-negative")
        P.show("C² + CY/√p", at_least_0(C**2 + C * Y * ROOT), item("C", C, sign=Fact("C")), item("Y", C * ROOT))
        short = P.show("short", eta <= 1, "stable", item("C² + CY/√p", eta), reason="stable steps")
        wc = self.sign(w(t) * c(t))
        high = P.show(
            *("ν at most Y", nu(t) + eta * g(t) <= Y, item(short, g(t)), wc, length(t)),
            reason="a step is at most 1, and ν + g + wc = Y",
        )
        w1 = w(t) + eta * c(t) * g(t)
        rate = 1 - eta * (1 + c(t) ** 2 + w1 * ROOT)
        rate_sign = P.show(
            "rate",
            at_least_0(rate),
            *("stable", low * (eta * C), low * (eta * c(t)), low * (eta * ROOT * Y)),
            *(high * (eta * c(t) * ROOT), now["along"] * (eta * ROOT)),
            reason="c is at most C, ν is at most Y, and w at most cν",
        )
        equal = P.show(
            *("error", g(t + 1).equals(rate * g(t)), length(t + 1), length(t)),
            rewrite=["C+", "NU+", "W+"],
            reason="substitute the recursions",
        )
        gains = self.sign(eta * w1 * ROOT * g(t)), self.sign(eta * c(t) * c(t) * g(t))
        falls = P.show("falls", g(t + 1) <= (1 - eta) * g(t), equal, *gains, reason="c² and w are non-negative")
        wrong = self.sign(move * (nu(t) + eta * g(t)))
        onward = [
            P.show("c next", at_least_0(c(t + 1)), now["c"], self.sign(move), rewrite=["C+"], reason="c grows"),
            P.show("ν next", at_least_0(nu(t + 1)), now["ν"], self.sign(eta * g(t)), rewrite=["NU+"], reason="ν grows"),
            P.show("w next", at_least_0(w(t + 1)), self.sign(w1), rewrite=["W+"], reason="w grows"),
            P.show("g next", at_least_0(g(t + 1)), item(rate_sign, g(t)), equal, reason="the rate is non-negative"),
            P.show(
                *("along next", w(t + 1) <= c(t + 1) * nu(t + 1), now["along"], wrong),
                rewrite=["C+", "NU+", "W+"],
                reason="substitute the recursions; c grows",
            ),
            P.show(
                *("reached next", self.total(t + 1) <= self.total(0), now["reached"], falls * ROOT),
                rewrite=["C+"],
                reason="the increase of c is at most the decrease of the error",
            ),
            P.show(
                *("distance next", self.distance(t + 1) <= self.distance(0), now["distance"]),
                *(high * move, item(falls, Y * ROOT)),
                rewrite=["C+", "NU+", "W+"],
                reason="ν is at most Y; the increase of the distance is at most the decrease of the error",
            ),
        ]
        return onward, falls

    def without_now(self, name: str, goal: Assertion, fact: Fact) -> Fact:
        """A fact at time t that was shown from all seven statements."""
        if_all = self.P.show(f"{name}, if all hold", given(*self.goals.values(), goal), fact)
        every = [fact(self.t) for fact in self._always]
        return self.P.instance(name, if_all(given=every), reason="all hold")

    def witness(self) -> list[Assertion]:
        """Short steps from ``cν = w``."""
        start = (self.c(0), HALF), (self.nu(0), HALF**2), (self.w(0), HALF**3), (self.Y, 1), (self.S, 1)
        numbers = [number.equals(value) for number, value in start]
        return [*numbers, self.eta.equals(inv(20 + self.lam))]

    def far(self, times: int) -> list[Assertion]:
        """A start at which ``λ(cν − w)`` is this multiple of ``Y²/√p`` and λ is small."""
        start = (self.c(0), 1), (self.nu(0), HALF**5), (self.w(0), HALF**5 - times * HALF**6 * ROOT)
        numbers = (self.Y, HALF**4), (self.S, 16), (self.lam, HALF**2), (self.eta, Fraction(1, 100))
        return [number.equals(value) for number, value in (*start, *numbers)]


@cache
def proof() -> ProofWriter:
    """Prove g(t) ≤ (1 − η)^t g(0) for all t."""
    N = AfterCutoff("After the cutoff: the error decays")
    P, t, g, eta = N.P, N.t, N.g, N.eta
    fall = P.generalise("falls at all times", N.without_now("falls at t", g(t + 1) <= (1 - eta) * g(t), N.falls_now), t)
    short = N.without_now("a step is short", eta <= 1, Fact("short"))
    keep = P.show("1 − η", at_least_0(1 - eta), short, reason="a step is at most 1")
    start = P.show("g at the cutoff", g(0) <= g(0), reason="equal")
    decay = P.use(library.geometric())(of(t, g(t)), 1 - eta, g(0), t, given=[start, fall, keep])
    goal = forall(t, g(t) <= (1 - eta) ** t * g(0))
    P.conclude(P.show("decay", goal, decay, reason="a geometric sequence"), witness=N.witness())
    P.mutant("twice the rate", {}, conclusion=forall(t, g(t) <= (1 - 2 * eta) ** t * g(0)))
    return P


@cache
def sign() -> ProofWriter:
    """Prove 0 ≤ g(t) for all t."""
    N = AfterCutoff("After the cutoff: g is non-negative")
    N.P.conclude(N.always("g"), witness=N.witness())
    N.P.mutant("g stays above its initial value", {}, conclusion=forall(N.t, N.g(0) <= N.g(N.t)))
    return N.P


@cache
def along() -> ProofWriter:
    """Prove w(t) ≤ c(t)ν(t) for all t."""
    N = AfterCutoff("After the cutoff: w is at most cν")
    N.P.conclude(N.always("along"), witness=N.witness())
    N.P.mutant("w moves like ν", {"W+": N.next_w(N.w(N.t), 1)})
    return N.P


@cache
def reached() -> ProofWriter:
    """Prove c(t) + g(t)/√p ≤ c(0) + g(0)/√p for all t."""
    N = AfterCutoff("After the cutoff: c is nearly constant")
    N.P.conclude(N.always("reached"), witness=N.witness())
    N.P.mutant("c below its initial value", {}, conclusion=forall(N.t, N.total(N.t) <= N.c(0)))
    return N.P


@cache
def distance() -> ProofWriter:
    """Prove c(t)ν(t) − w(t) + Yg(t)/√p ≤ c(0)ν(0) − w(0) + Yg(0)/√p for all t."""
    N = AfterCutoff("After the cutoff: w stays close to cν")
    N.P.conclude(N.always("distance"), witness=N.witness())
    forgets = N.distance(N.t) <= N.c(0) * N.nu(0) - N.w(0)
    N.P.mutant("the distance omits the error", {}, conclusion=forall(N.t, forgets))
    return N.P


@cache
def angle() -> ProofWriter:
    """Prove λ(cν − w) ≤ (1 + λ)(Y/√p)((1 + c²)ν + g) for all t: w/ν is nearly c once g is small."""
    N = AfterCutoff("After the cutoff: the angle")
    P, t, c, nu, w, g, lam, Y = N.P, N.t, N.c, N.nu, N.w, N.g, N.lam, N.Y

    def behind(room: Expression) -> Assertion:
        return lam * (c(0) * nu(0) - w(0)) <= room * ROOT

    def close(factor: Expression) -> Assertion:
        return forall(t, lam * (c(t) * nu(t) - w(t)) <= factor * Y * ROOT * ((1 + c(t) ** 2) * nu(t) + g(t)))

    P.assume("BEHIND", behind(Y**2), "w is not far below cν at the cutoff")
    near, low, sign = N.always("distance")(t), N.always("along")(t), N.always("g")(t)
    P.show("along at t", w(t) <= c(t) * nu(t), low, reason="at time t")
    P.show("g at t", at_least_0(g(t)), sign, reason="at time t")
    P.show("c at t", at_least_0(c(t)), N.always("c")(t), reason="at time t")
    substance = P.show(
        "lower bound of ν",
        g(t) + (1 + c(t) ** 2) * nu(t) >= Y,
        *(Fact("LENGTH")(t), item("along at t", c(t), sign=Fact("c at t"))),
        reason="the length is the sum of g, ν and wc, and w is at most cν",
    )
    P.conclude(
        P.show(
            "angle",
            close(1 + lam),
            *(item(near, lam), "BEHIND", item("g at most Y", lam * Y * ROOT), item(substance, (1 + lam) * Y * ROOT)),
            item("g at t", lam * Y * ROOT),
            reason="the distance is at most (1 + λ)Y²/√p, and Y at most g + (1 + c²)ν",
        ),
        witness=N.witness(),
    )
    P.mutant("λ for 1 + λ", {}, conclusion=close(lam), witness=N.far(1))
    P.mutant("twice the distance at the cutoff", {"BEHIND": behind(2 * Y**2)}, witness=N.far(2))
    return P
