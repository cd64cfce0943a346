"""The setting of the supplement: a linear network of two layers on white inputs, as the hypotheses of a proof."""

from __future__ import annotations

from fractions import Fraction

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, Tensor, d, forall, total

HALF = Fraction(1, 2)
Time = IndexName | int


class Matrices:
    """``E = T − WA``, A first layer, W second layer, B feedback; times are natural or real."""

    def __init__(self, title: str, time: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("d", "p", "k")
        self.i, self.j = P.indices("i j", "d")
        self.r, self.q = P.indices("r q", "p")
        self.c, self.a = P.indices("c a", "k")
        self.T, self.B = P.tensor("T", "k", "d"), P.tensor("B", "p", "k")
        self.A, self.W, self.E = (
            P.tensor("A", time, "p", "d"),
            P.tensor("W", time, "k", "p"),
            P.tensor("E", time, "k", "d"),
        )

    def sent(self, at: Time, r: IndexName, i: IndexName) -> Expression:
        """``(BE)_ri``."""
        return total(self.c, self.B(r, self.c) * self.E(at, self.c, i))

    def pulled(self, at: Time, c: IndexName, r: IndexName) -> Expression:
        """``(EAᵀ)_cr``."""
        return total(self.i, self.E(at, c, self.i) * self.A(at, r, self.i))

    def output(self, at: Time, c: IndexName, i: IndexName) -> Expression:
        """``(WA)_ci``."""
        return total(self.r, self.W(at, c, self.r) * self.A(at, self.r, i))

    def bracket(self, at: Time, r: IndexName, q: IndexName) -> Expression:
        """``(BW + WᵀBᵀ − AAᵀ)_rq``."""
        crossed = total(self.c, self.B(r, self.c) * self.W(at, self.c, q) + self.B(q, self.c) * self.W(at, self.c, r))
        return crossed - total(self.i, self.A(at, r, self.i) * self.A(at, q, self.i))

    def size_of_sent(self, at: Time) -> Expression:
        """``‖BE‖²``."""
        return total(self.r, self.i, self.sent(at, self.r, self.i) ** 2)

    def error(self, at: IndexName) -> None:
        c, i = self.c, self.i
        self.P.assume("ERROR", forall(at, c, i, self.E(at, c, i).equals(self.T(c, i) - self.output(at, c, i))), "error")


class Steps(Matrices):
    """Steps of size η."""

    def __init__(self, title: str) -> None:
        super().__init__(title, "time")
        self.t, self.eta = self.P.index("t", "time"), self.P.scalar("eta")
        self.P.assume("STEP_A", self.step_of_A(), "step of the first layer")
        self.P.assume("STEP_W", self.step_of_W(), "step of the second layer")

    def step_of_A(self, sent: Expression | None = None) -> Assertion:
        t, r, i = self.t, self.r, self.i
        move = self.sent(t, r, i) if sent is None else sent
        return forall(t, r, i, self.A(t + 1, r, i).equals(self.A(t, r, i) + self.eta * move))

    def step_of_W(self) -> Assertion:
        t, r, c = self.t, self.r, self.c
        return forall(t, c, r, self.W(t + 1, c, r).equals(self.W(t, c, r) + self.eta * self.pulled(t, c, r)))


class Flowing(Matrices):
    """Continuous time."""

    def __init__(self, title: str) -> None:
        super().__init__(title, "real")
        P = self.P
        self.A_rate, self.W_rate = P.tensor("A.", "real", "p", "d"), P.tensor("W.", "real", "k", "p")
        self.flow = Flow(P, "s", "t")
        self.s, self.t = self.flow.s, self.flow.t
        self.flow.moves(self.A, self.A_rate)
        self.flow.moves(self.W, self.W_rate)
        r, i, c = self.r, self.i, self.c
        self._flows("A", self.A, self.A_rate, (r, i), self.flow_of_A())
        self._flows("W", self.W, self.W_rate, (c, r), self.flow_of_W())

    def _flows(self, name: str, X: Tensor, rate: Tensor, at: tuple[IndexName, ...], flow: Assertion) -> None:
        P, t = self.P, self.t
        known = P.assume(f"FLOW_{name}", flow, f"flow of the {'first' if name == 'A' else 'second'} layer")
        move = self.sent(t, *at) if name == "A" else self.pulled(t, *at)
        P.show(
            f"velocity of {name}",
            forall(t, *at, rate(t, *at).equals(move)),
            Fact(f"{name} rate")(t, *at),
            known(t, *at),
        )

    def flow_of_A(self, sent: Expression | None = None) -> Assertion:
        t, r, i = self.t, self.r, self.i
        move = self.sent(t, r, i) if sent is None else sent
        return forall(t, r, i, d(self.s, self.A(self.s, r, i), t).equals(move))

    def flow_of_W(self, move: Expression | None = None) -> Assertion:
        t, r, c = self.t, self.r, self.c
        move = self.pulled(t, c, r) if move is None else move
        return forall(t, c, r, d(self.s, self.W(self.s, c, r), t).equals(move))

    def rate_of(self, term: Expression) -> Expression:
        return d(self.s, term, self.t)

    def stated(self, fact: Fact) -> Fact:
        """The fact without the names of the rates."""
        for name in ("A", "W"):
            fact = self.P.drop(f"without {name}.", fact, f"{name} rate")
        return fact

    def defined(self) -> list[Fact]:
        return [Fact("A differentiable"), Fact("W differentiable")]
