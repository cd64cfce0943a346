"""GV3: feedback alignment with the left factor always fitted to the right one (FA*)."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, d, forall, given, num, of, total

from ...shared.motion import Motion

MUTANTS_OF_GROWTH = ("any left factor", "half the rate, of any left factor")
MUTANTS_OF_SIZE = ("a left factor that is not fitted",)
MUTANTS_OF_TIME = ("less than nothing",)
Time = IndexName | int


class _Fitted(Motion):
    """``E = Y − ZW`` with ``EWᵀ = 0`` at all times, ``W' = BE``."""

    def __init__(self, title: str) -> None:
        super().__init__(title, "n", "r", "m")
        P = self.P
        (self.i, self.g), (self.q, self.p), self.j = P.indices("i g", "n"), P.indices("q p", "r"), P.index("j", "m")
        self.starts()
        t, i, q, j = self.t, self.i, self.q, self.j
        self.Y, self.B = P.tensor("Y", "n", "m"), P.tensor("B", "r", "n")
        self.Z, self.W = P.tensor("Z", "real", "n", "r"), P.tensor("W", "real", "r", "m")
        self.E = P.tensor("E", "real", "n", "m")
        fitted = self.Y(i, j) - total(q, self.Z(t, i, q) * self.W(t, q, j))
        P.assume("ERROR", forall(t, i, j, self.E(t, i, j).equals(fitted)), "error")
        P.assume("FITTED", self.optimal(0), "Z is the least-squares fit, given W: EWᵀ = 0")
        self.moves(self.W, ("r", "m"), (q, j), self.sent(q), "flow of W: the error sent through B")

    def optimal(self, value: Expression | int) -> Assertion:
        t, i, q, j = self.t, self.i, self.q, self.j
        return forall(t, i, q, total(j, self.E(t, i, j) * self.W(t, q, j)).equals(value))

    def sent(self, q: IndexName) -> Expression:
        return total(self.i, self.B(q, self.i) * self.E(self.t, self.i, self.j))

    def any_fit(self) -> Assertion:
        """No condition: what FITTED says of 0 times the error."""
        t, i, q, j = self.t, self.i, self.q, self.j
        return forall(t, i, q, (0 * total(j, self.E(t, i, j) * self.W(t, q, j))).equals(0))

    def aligned(self, at: Time) -> Expression:
        """``⟨BY, W⟩``, which is ``tr BZWWᵀ``."""
        return total(
            self.q, self.j, self.W(at, self.q, self.j) * total(self.i, self.B(self.q, self.i) * self.Y(self.i, self.j))
        )

    def square(self) -> Expression:
        return total(self.q, self.j, self.sent(self.q) ** 2)

    def size(self, at: Time) -> Expression:
        return total(self.q, self.j, self.W(at, self.q, self.j) ** 2)

    def grows(self, share: int) -> Assertion:
        square = self.square()
        rate = d(self.s, self.aligned(self.s), self.t)
        return forall(self.t, rate.equals(square if share == 1 else share * square))

    def show_growth(self) -> Fact:
        P, t, i, g, q, j, p = self.P, self.t, self.i, self.g, self.q, self.j, self.p
        self.along = self.flow.rate(self.aligned(self.s))
        back = total(q, self.B(q, i) * total(g, self.B(q, g) * self.Z(t, g, p)))
        return P.show(
            "growth",
            self.grows(1),
            self.along.equation,
            item(Fact("FITTED")(t, i, p), back, over=[i, p]),
            item(Fact("ERROR")(t, g, j), total(q, self.B(q, g) * self.sent(q)), over=[g, j]),
            rewrite=["velocity of W"],
            reason="Y = E + ZW, and EWᵀ = 0",
        )

    def show_size(self) -> Fact:
        """``W Wᵀ`` does not change, entry by entry."""
        P, s, t, i, q, p, j = self.P, self.s, self.t, self.i, self.q, self.p, self.j
        body = total(j, self.W(s, q, j) * self.W(s, p, j))
        rate = self.flow.rate(body)
        still = P.show(
            "rate of WWᵀ",
            d(s, body, t).equals(0),
            rate.equation,
            item(Fact("FITTED")(t, i, p), self.B(q, i), over=[i]),
            item(Fact("FITTED")(t, i, q), self.B(p, i), over=[i]),
            rewrite=["velocity of W"],
            reason="EWᵀ = 0",
        )
        every = [P.generalise("WWᵀ is differentiable", rate.smooth, t), P.generalise("WWᵀ never moves", still, t)]
        return P.use(library.flow_constant())(of(s, body), t, given=every)

    def same(self) -> Assertion:
        q, p, j, t = self.q, self.p, self.j, self.t
        now, then = (total(j, self.W(at, q, j) * self.W(at, p, j)) for at in (t, 0))
        return forall(t, q, p, now.equals(then))


@cache
def growth() -> ProofWriter:
    """Prove ``(tr BZWWᵀ)' = ‖BE‖²``, as ``⟨BY, W⟩' = ‖BE‖²``."""
    N = _Fitted("With a fitted left factor, alignment never falls")
    P = N.P
    found = N.show_growth()
    P.conclude(N.stated(found), defined=N.defined(), witness=_still(N))
    P.mutant("any left factor", {"FITTED": N.any_fit()}, witness=())
    P.mutant("half the rate, of any left factor", {"FITTED": N.any_fit()}, conclusion=N.grows(2), witness=())
    return P


@cache
def size() -> ProofWriter:
    """Prove that WWᵀ does not change."""
    N = _Fitted("With a fitted left factor, WWᵀ does not change")
    P = N.P
    found = P.show("conserved", N.same(), N.show_size())
    rest = [*_still(N)[2:], forall(N.t, N.i, N.j, N.E(N.t, N.i, N.j).equals(0))]
    P.conclude(N.stated(found), defined=N.smooth(), witness=rest)
    P.mutant("a left factor that is not fitted", {"FITTED": N.any_fit()}, witness=())
    return P


@cache
def paid() -> ProofWriter:
    """Prove ``wε ≤ ‖BY‖² + ‖W(0)‖²`` if ``‖BE‖² ≥ ε`` up to time w."""
    N = _Fitted("With a fitted left factor, the error that is sent cannot stay large")
    P, s, t, q, j, i = N.P, N.s, N.t, N.q, N.j, N.i
    epsilon = P.scalar("epsilon")
    same, exact = N.show_size(), N.show_growth()
    w = P.index("w", "real")
    large = forall(t, given(num(t) <= num(w), epsilon <= N.square()))
    P.assume("LARGE", large, "what is sent stays large up to time w")
    body = epsilon * num(s) - N.aligned(s)
    rate = N.flow.rate(body)
    late = P.show("0 ≤ w", num(0) <= num(w), axiom("real_sign")(w))
    here = P.assume("t ≤ w", num(t) <= num(w), "a time up to w")
    falls = P.show(
        "εt is overtaken",
        forall(t, given(num(0) <= num(t), num(t) <= num(w), d(s, body, t) <= 0)),
        *(rate.equation, N.along.equation, exact(t), Fact("LARGE")(t, given=[here])),
    )
    smooth = P.generalise("the body is differentiable", rate.smooth, t)
    less = axiom("decreasing")(of(s, body), 0, w, given=[late, smooth, falls])
    entries = P.generalise("all of WWᵀ", same, t, q, N.p)
    trace = P.show("the trace of WWᵀ", N.size(t).equals(N.size(0)), item(entries(t, q, q), over=[q]))
    kept = P.generalise("it is conserved", trace, t)
    aim = total(i, N.B(q, i) * N.Y(i, j))
    up, down = (P.signed(total(q, j, (N.W(at, q, j) + sign * aim) ** 2)) for at, sign in ((w, -1), (0, 1)))
    target = total(q, j, aim**2)

    room = target + N.size(0)

    def bound(room: Expression) -> Assertion:
        return forall(w, given(large, num(w) * epsilon <= room))

    found = P.show("the time is bounded", bound(room), less, kept(w), up, down, reason="2⟨BY, W⟩ ≤ ‖BY‖² + ‖W‖²")
    P.conclude(N.stated(found), defined=N.smooth(), witness=[epsilon.equals(0), *_still(N)])
    P.mutant("less than nothing", {}, conclusion=bound(-room), witness=[epsilon.equals(0), *_still(N)])
    return P


def _still(N: _Fitted) -> list[Assertion]:
    """Targets 0 and no error."""
    t, i, q, j = N.t, N.i, N.q, N.j
    return [
        *(forall(i, j, N.Y(i, j).equals(0)), forall(t, i, q, N.Z(t, i, q).equals(0))),
        forall(t, q, j, N.W(t, q, j).equals(1)),
    ]
