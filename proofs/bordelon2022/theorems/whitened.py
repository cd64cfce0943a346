"""B3, B4, B6: two linear layers on white data, at any width: feedback alignment, gradient descent and Hebb."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, Value, d, forall, total

from ...shared.motion import Motion
from ...shared.one_step import INVERSE

MUTANTS_OF_CLOSED = ("whole square of the read-out", "without the start of the read-out", "backpropagation")
MUTANTS_OF_FEATURES = ("without the start", "not from zero")
MUTANTS_OF_SIGNALS = ("whole square", "a start elsewhere")
MUTANTS_OF_GRADIENT = ("only once the overlap", "feedback that is fixed")
MUTANTS_OF_HEBB = ("without the factor", "feedback alignment")
HALF = Fraction(1, 2)
Time = IndexName | int


class _White(Motion):
    """Hidden units ``h_i`` of sample i on white data, and a read-out w; E is γ₀ times the error ``y − f``."""

    def __init__(self, title: str) -> None:
        super().__init__(title, "n", "p")
        P = self.P
        (self.i, self.j), self.r = P.indices("i j", "n"), P.index("r", "p")
        self.starts()
        self.h, self.E, self.b = P.tensor("h", "real", "n", "p"), P.tensor("E", "real", "n"), P.tensor("b", "p")

    def hidden(self, sent: Value, words: str) -> None:
        self.moves(self.h, ("n", "p"), (self.i, self.r), self.pushed(sent), words)

    def pushed(self, sent: Value) -> Expression:
        return self.E(self.t, self.i) * sent

    def read_out(self) -> None:
        self.w = self.P.tensor("w", "real", "p")
        pulled = total(self.i, self.E(self.t, self.i) * self.h(self.t, self.i, self.r))
        self.moves(self.w, ("p",), (self.r,), pulled, "flow of the read-out")


class _Feedback(_White):
    """Feedback alignment: the hidden units move along b, by the number ``a_i`` for sample i."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P, t, i = self.P, self.t, self.i
        self.a = P.tensor("a", "real", "n")
        self.hidden(self.b(self.r), "hidden units: pushed along the feedback b")
        self.moves(self.a, ("n",), (i,), self.E(t, i), "a: the sum of the errors over time")
        P.assume("A0", self.from_zero(0), "from 0")
        same = self.constant(
            lambda t: self.h(t, i, self.r) - self.a(t, i) * self.b(self.r), "h − ab", "both move by the error"
        )
        said = self.h(t, i, self.r).equals(self.h(0, i, self.r) + self.a(t, i) * self.b(self.r))
        self.moved = P.show(
            "the hidden units", forall(t, i, self.r, said), same, Fact("A0")(i) * self.b(self.r), reason="h = h₀ + ab"
        )

    def from_zero(self, value: int) -> Assertion:
        return forall(self.i, self.a(0, self.i).equals(value))

    def squares(self, at: Time) -> Expression:
        return total(self.j, self.a(at, self.j) ** 2)

    def read_from(self) -> None:
        """The read-out as a function of a."""
        P, t, i, j, r = self.P, self.t, self.i, self.j, self.r
        self.read_out()

        def body(t: IndexName) -> Expression:
            return 2 * self.w(t, r) - 2 * total(j, self.a(t, j) * self.h(0, j, r)) - self.squares(t) * self.b(r)

        same = self.constant(
            body, "the read-out", "insert the hidden units", item(self.moved(t, i, r), self.E(t, i), over=[i])
        )
        at = Fact("A0")(j)
        said = self.w(t, r).equals(
            self.w(0, r) + total(j, self.a(t, j) * self.h(0, j, r)) + HALF * self.squares(t) * self.b(r)
        )
        zeros = [item(at, self.h(0, j, r), over=[j]), item(at, self.a(0, j) * self.b(r), over=[j])]
        self.read = P.show("the read-out is", forall(t, r, said), same, *zeros, reason="w = w₀ + Σah₀ + ½‖a‖²b")

    def now(self) -> list[Fact]:
        """Both solutions at this time, to rewrite with."""
        P, t, i, r = self.P, self.t, self.i, self.r
        hidden = P.generalise("hidden units at t", P.instance("hidden unit at t", self.moved(t, i, r)), i, r)
        if not hasattr(self, "w"):
            return [hidden]
        return [P.generalise("read-out at t", P.instance("read-out of r at t", self.read(t, r)), r), hidden]

    def mean(self, left: Expression, right: Expression) -> Expression:
        return INVERSE * total(self.r, left * right)


@cache
def closed() -> ProofWriter:
    """Prove the closed equation of a, in the overlaps at the start."""
    N = _Feedback("White data: one number for each sample, and a closed equation")
    N.read_from()
    P, s, t, i, j, r = N.P, N.s, N.t, N.i, N.j, N.r
    Y, S, T = P.tensors("Y S T", "n")
    Q, (R, B) = P.tensor("Q", "n", "n"), P.scalars("R B")
    output = N.mean(N.w(t, r), N.h(t, i, r))
    P.assume("ERROR", forall(t, i, N.E(t, i).equals(Y(i) - output)), "γ₀(y − f), with γ₀f = w·h/p; Y is γ₀y")
    P.assume("S", forall(i, S(i).equals(N.mean(N.w(0, r), N.h(0, i, r)))), "read-out and sample at the start")
    P.assume("Q", forall(i, j, Q(i, j).equals(N.mean(N.h(0, i, r), N.h(0, j, r)))), "samples at the start")
    P.assume("R", R.equals(N.mean(N.w(0, r), N.b(r))), "read-out and feedback at the start")
    P.assume("T", forall(i, T(i).equals(N.mean(N.h(0, i, r), N.b(r)))), "samples and feedback at the start")
    P.assume("B", B.equals(N.mean(N.b(r), N.b(r))), "size of the feedback")

    def law(half: Fraction, start: int) -> Assertion:
        seen = total(j, Q(i, j) * N.a(t, j)) + total(j, N.a(t, j) * T(j)) * N.a(t, i)
        linear = S(i) + R * N.a(t, i) if start else S(i)
        cubic = half * N.squares(t) * (T(i) + B * N.a(t, i))
        return forall(t, i, d(s, N.a(s, i), t).equals(Y(i) - linear - seen - cubic))

    found = P.show(
        "closed equation",
        law(HALF, 1),
        *(Fact("FLOW_a")(t, i), Fact("ERROR")(t, i)),
        rewrite=[*N.now(), "S", "Q", "R", "T", "B"],
        reason="insert the solutions into w·h",
    )
    P.conclude(N.stated(found), defined=N.smooth())
    P.mutant("whole square of the read-out", {}, conclusion=law(Fraction(1), 1))
    P.mutant("without the start of the read-out", {}, conclusion=law(HALF, 0))
    P.mutant("backpropagation", {"FLOW_h": N.law(N.h, (i, r), N.pushed(N.w(t, r)))})
    return P


@cache
def features() -> ProofWriter:
    """Prove ``h_i·h_j = h_i·h_j (0) + a_i b·h_j(0) + a_j b·h_i(0) + a_i a_j b·b``."""
    N = _Feedback("White data: how the features move under feedback alignment")
    P, t, i, j, r = N.P, N.t, N.i, N.j, N.r

    def law(start: int) -> Assertion:
        cross = N.a(t, i) * N.mean(N.b(r), N.h(0, j, r)) + N.a(t, j) * N.mean(N.b(r), N.h(0, i, r))
        moved = cross + N.a(t, i) * N.a(t, j) * N.mean(N.b(r), N.b(r))
        before = N.mean(N.h(0, i, r), N.h(0, j, r))
        return forall(t, i, j, N.mean(N.h(t, i, r), N.h(t, j, r)).equals(before + moved if start else moved))

    found = P.show("features", law(1), rewrite=N.now(), reason="h = h₀ + ab")
    P.conclude(N.stated(found), defined=N.smooth())
    P.mutant("without the start", {}, conclusion=law(0))
    P.mutant("not from zero", {"A0": N.from_zero(1)})
    return P


@cache
def signals() -> ProofWriter:
    """Prove ``w·b = w·b (0) + Σ a_j h_j·b (0) + ½‖a‖² b·b``."""
    N = _Feedback("White data: how read-out and feedback come to overlap")
    N.read_from()
    P, t, j, r = N.P, N.t, N.j, N.r

    def law(half: Fraction) -> Assertion:
        learnt = total(j, N.a(t, j) * N.mean(N.h(0, j, r), N.b(r)))
        grown = half * N.squares(t) * N.mean(N.b(r), N.b(r))
        return forall(t, N.mean(N.w(t, r), N.b(r)).equals(N.mean(N.w(0, r), N.b(r)) + learnt + grown))

    found = P.show("overlap", law(HALF), rewrite=N.now(), reason="w = w₀ + Σah₀ + ½‖a‖²b")
    P.conclude(N.stated(found), defined=N.smooth())
    P.mutant("whole square", {}, conclusion=law(Fraction(1)))
    P.mutant("a start elsewhere", {"A0": N.from_zero(1)})
    return P


@cache
def gradient() -> ProofWriter:
    """Prove ``(‖h‖² + ‖w‖²)² − 4(w·h)²`` constant for gradient descent on one sample."""
    N = _White("White data: features against output under gradient descent")
    P, t, r = N.P, N.t, N.r
    h, w, E = P.tensor("g", "real", "p"), P.tensor("w", "real", "p"), P.tensor("e", "real")
    N.moves(h, ("p",), (r,), E(t) * w(t, r), "hidden units g: pushed along the read-out")
    N.moves(w, ("p",), (r,), E(t) * h(t, r), "flow of the read-out; e is any error")

    def number(at: Time, share: int) -> Expression:
        sizes = total(r, h(at, r) ** 2) + total(r, w(at, r) ** 2)
        return sizes**2 - share * total(r, w(at, r) * h(at, r)) ** 2

    def kept(share: int) -> Assertion:
        return forall(t, number(t, share).equals(number(0, share)))

    same = N.constant(lambda t: number(t, 4), "the number", "both rates are 4 e (H + V) C, up to factors")
    P.conclude(N.stated(P.show("conserved", kept(4), same)), defined=N.smooth())
    P.mutant("only once the overlap", {}, conclusion=kept(1))
    P.mutant("feedback that is fixed", {"FLOW_g": N.law(h, (r,), E(t) * w(0, r))})
    return P


@cache
def hebb() -> ProofWriter:
    """Prove ``m_i m_j h_i·h_j = h_i·h_j (0)`` for Hebb: every sample keeps its direction, m are scalar factors."""
    N = _White("White data: the Hebb rule scales the features of each sample")
    P, t, i, j, r = N.P, N.t, N.i, N.j, N.r
    m = P.tensor("m", "real", "n")
    N.hidden(N.h(t, i, r), "hidden units: pushed along themselves; E is γ₀(y − f)²")
    N.moves(m, ("n",), (i,), -N.E(t, i) * m(t, i), "m: a factor for each sample")
    P.assume("M0", forall(i, m(0, i).equals(1)), "from 1")
    same = N.constant(lambda t: m(t, i) * N.h(t, i, r), "the product", "the rates cancel")
    at = Fact("M0")(i)
    kept = P.show(
        "each sample", forall(t, i, r, (m(t, i) * N.h(t, i, r)).equals(N.h(0, i, r))), same, at * N.h(0, i, r)
    )

    def law(scaled: int) -> Assertion:
        now = total(r, N.h(t, i, r) * N.h(t, j, r))
        return forall(
            t, i, j, (m(t, i) * m(t, j) * now if scaled else now).equals(total(r, N.h(0, i, r) * N.h(0, j, r)))
        )

    found = P.show(
        "features",
        law(1),
        item(kept(t, i, r), m(t, j) * N.h(t, j, r), over=[r]),
        item(kept(t, j, r), N.h(0, i, r), over=[r]),
        reason="each sample is scaled back to its start",
    )
    P.conclude(N.stated(found), defined=N.smooth())
    P.mutant("without the factor", {}, conclusion=law(0))
    P.mutant("feedback alignment", {"FLOW_h": N.law(N.h, (i, r), N.pushed(N.b(r)))})
    return P
