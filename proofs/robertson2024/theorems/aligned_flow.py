"""RK2 in continuous time: initially non-negative brackets keep the feedback kernel positive, at any width.

The chain rule for the features is a hypothesis. It holds for linear networks, and for ReLU networks until
a pre-activation changes sign.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Value,
    at_least_0,
    d,
    forall,
    given,
    num,
    of,
    square_sum,
    total,
)

from ...shared.flow import HALF, REAL, AlongFlow
from ...shared.one_step import INVERSE, ROOT
from .data import floor

MUTANTS_OF_BRACKET = ("bracket without the half", "bracket with the other sign", "backpropagation", "not homogeneous")
MUTANTS_OF_FEEDBACK = ("brackets of any sign", "one slope in the feedback kernel")
MUTANTS_OF_LOSS = ("the loss falls at once", "brackets of any sign at the start")
MUTANTS_OF_DECAY = ("twice the rate", "brackets of any sum")


class _Aligned(AlongFlow):
    """The unregularised flow of a network with a 1-homogeneous activation."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P, t, i, r = self.P, self.t, self.i, self.r
        self.v = P.tensor("v", "n")
        P.assume(
            "HOMOGENEOUS",
            self.homogeneous(self.D(t, i, r) * self.seen(t)),
            "1-homogeneous activation: a feature is slope times pre-activation",
        )
        self.flow_of_W()
        self.flow_of_beta()

    def homogeneous(self, feature: Expression) -> Assertion:
        t, i, r = self.t, self.i, self.r
        return forall(t, i, r, self.Psi(t, i, r).equals(feature))

    def bracket(self, at: IndexName | int, share: Fraction = HALF) -> Expression:
        return self.b(self.r) * self.beta(at, self.r) - share * square_sum(self.k, self.W(at, self.r, self.k))

    def conserved(self, share: Fraction = HALF) -> Assertion:
        return forall(self.t, self.r, self.bracket(self.t, share).equals(self.bracket(0, share)))

    def show_conserved(self) -> Fact:
        P, s, t = self.P, self.s, self.t
        rate = self.flow.rate(self.bracket(s))
        still = P.show(
            "the bracket has rate 0",
            self.of(self.bracket(s)).equals(0),
            rate.equation,
            rewrite=["velocity of W", "velocity of beta", "HOMOGENEOUS"],
            reason="substitute both flows; the activation is 1-homogeneous",
        )
        every = [
            P.generalise(n, x, t)
            for n, x in (("brackets are differentiable", rate.smooth), ("brackets have rate 0", still))
        ]
        return P.show(
            "the bracket is conserved",
            self.conserved(),
            P.use(library.flow_constant())(of(s, self.bracket(s)), t, given=every),
            reason="a function with zero rate is constant",
        )

    def start(self) -> None:
        start = forall(self.r, at_least_0(self.bracket(0)))
        self.P.assume("START", start, "the brackets are initially non-negative")

    def form(self) -> Expression:
        i, j, t = self.i, self.j, self.t
        return total(i, j, self.v(i) * self.H(t, i, j) * self.v(j))

    def positive(self) -> Assertion:
        return forall(self.t, self.v, at_least_0(self.form()))

    def show_feedback(self, conserved: Fact) -> Fact:
        P, t, i, k, r = self.P, self.t, self.i, self.k, self.r
        signs = P.show(
            "output and feedback weights agree in sign",
            forall(t, r, at_least_0(self.b(r) * self.beta(t, r))),
            *(conserved(t, r), Fact("START")(r), P.signed(HALF * square_sum(k, self.W(t, r, k)))),
            reason="the bracket and the square are non-negative",
        )
        pulls = square_sum(k, total(i, self.v(i) * self.D(t, i, r) * self.X(i, k)))
        return P.show(
            "H ⪰ 0",
            self.positive(),
            item(signs(t, r), INVERSE * pulls, over=[r]),
            rewrite=["FEEDBACK_GRAM"],
            reason="the quadratic form is a sum over neurons of b β times a square",
        )

    def errors(self) -> None:
        """The error depends on the features and the output weights."""
        t, i, r = self.t, self.i, self.r
        self.features_move()
        output = ROOT * total(r, self.beta(t, r) * self.Psi(t, i, r))
        self.P.assume("ERROR", forall(t, i, self.e(t, i).equals(output - self.y(i))), "error")

    def loss(self, at: IndexName | int) -> Expression:
        return square_sum(self.i, self.e(at, self.i))

    def show_error(self) -> None:
        """The error is differentiable, and its rate has the name e. from here."""
        P, s, t, i, r = self.P, self.s, self.t, self.i, self.r
        self.e_rate = P.tensor("e.", REAL, "n")
        rate = self.flow.rate(ROOT * total(r, self.beta(s, r) * self.Psi(s, i, r)) - self.y(i))
        smooth = self.smooth("the error is differentiable, i", self.e(s, i), rate, "ERROR")
        self.e_smooth = P.generalise("the error is differentiable", smooth, t, i)
        named = P.assume("e rate", forall(t, i, self.e_rate(t, i).equals(self.of(self.e(s, i)))), "rate of e")
        self.flow.moving["e"] = (self.e_smooth, named, self.e_rate)
        derived = P.show(
            "rate of the error", self.of(self.e(s, i)).equals(rate.value), rate.equation, rewrite=["ERROR"]
        )
        P.show(
            "velocity of e",
            forall(t, i, self.e_rate(t, i).equals(rate.value)),
            *(named(t, i), derived),
            reason="product rule and chain rule",
        )

    def defined(self) -> list[Fact]:
        names = ("W", "beta", "Psi") if hasattr(self, "Psi_rate") else ("W", "beta")
        moved = [self.seen_moves] if hasattr(self, "Psi_rate") else []
        return [*moved, *(Fact(f"{name} differentiable") for name in names)]


def _steady(N: _Aligned) -> list[Assertion]:
    """Slopes that do not change."""
    return [forall(N.t, N.i, N.r, N.D(N.t, N.i, N.r).equals(N.D(0, N.i, N.r)))]


def _positive(N: _Aligned) -> list[Assertion]:
    """Brackets 1 at the start."""
    start = HALF * square_sum(N.k, N.W(0, N.r, N.k)) + 1
    return [forall(N.r, N.b(N.r).equals(1)), forall(N.r, N.beta(0, N.r).equals(start))]


@cache
def bracket() -> ProofWriter:
    """Prove that every bracket is conserved."""
    N = _Aligned("The bracket along the flow")
    P, t, i, r = N.P, N.t, N.i, N.r
    P.conclude(N.stated(N.show_conserved()), defined=N.defined())
    P.mutant("bracket without the half", {}, conclusion=N.conserved(Fraction(1)))
    P.mutant("bracket with the other sign", {}, conclusion=N.conserved(-HALF))
    P.mutant("backpropagation", {"FLOW_W": N.rate_of_W(N.beta(t, r))})
    P.mutant("not homogeneous", {"HOMOGENEOUS": N.homogeneous(N.D(t, i, r) * (N.seen(t) + 1))})
    return P


@cache
def feedback() -> ProofWriter:
    """Prove that H stays positive semi-definite."""
    N = _Aligned("A positive feedback kernel along the flow")
    P = N.P
    N.start()
    N.gram_of_feedback()
    P.conclude(N.stated(N.show_feedback(N.show_conserved())), defined=N.defined(), witness=_positive(N))
    anything = forall(N.r, -9 - square_sum(N.k, N.W(0, N.r, N.k)) <= N.bracket(0))
    P.mutant("brackets of any sign", {"START": anything}, witness=())
    P.mutant("one slope in the feedback kernel", {"FEEDBACK_GRAM": N.feedback_gram(1)})
    return P


def _falling(title: str) -> tuple[_Aligned, Fact, Fact]:
    """The network, and the facts that its loss is differentiable and decreases."""
    N = _Aligned(title)
    P, s, t, i, j, r = N.P, N.s, N.t, N.i, N.j, N.r
    N.start()
    N.gram_of_feedback()
    N.errors()
    N.show_error()
    psd = N.show_feedback(N.show_conserved())
    rate = N.flow.rate(N.loss(s))
    features = INVERSE * total(r, total(j, N.Psi(t, j, r) * N.e(t, j)) ** 2)
    falls = P.show(
        "the loss falls",
        forall(t, N.of(N.loss(s)) <= 0),
        rate.equation,
        psd(t, of(i, N.e(t, i))),
        P.signed(features),
        rewrite=["velocity of e", "velocity of W", "velocity of beta", "velocity of Psi", "FEEDBACK_GRAM"],
        reason="the features contribute squares, and the feedback kernel is positive",
    )
    return N, P.generalise("the loss is differentiable", rate.smooth, t), falls


@cache
def loss() -> ProofWriter:
    """Prove that the rate of the squared error is at most 0."""
    N, smooth, falls = _falling("The loss along the flow")
    P, t, s = N.P, N.t, N.s
    found = P.drop("without e.", falls, "e rate")
    P.conclude(N.stated(found, "Psi"), defined=[smooth, N.e_smooth, *N.defined()], witness=[*_steady(N), *_positive(N)])
    P.mutant("the loss falls at once", {}, conclusion=forall(t, N.of(N.loss(s)) <= -N.loss(t)))
    anything = forall(N.r, -9 - square_sum(N.k, N.W(0, N.r, N.k)) <= N.bracket(0))
    P.mutant("brackets of any sign at the start", {"START": anything}, witness=_steady(N))
    return P


@cache
def monotone() -> ProofWriter:
    """Prove that the error at a later time is no larger."""
    N, smooth, falls = _falling("The error never grows along the flow")
    P, s, t = N.P, N.s, N.t
    u, w = P.indices("u w", REAL)
    order = P.assume("u ≤ w", num(u) <= num(w), "a later time")
    between = forall(t, given(num(u) <= num(t), num(t) <= num(w), d(s, N.loss(s), t) <= 0))
    rate = P.show("the loss falls between them", between, falls(t))
    later = axiom("decreasing")(of(s, N.loss(s)), u, w, given=[order, smooth, rate])
    found = P.show("the error never grows", forall(u, w, given(num(u) <= num(w), N.loss(w) <= N.loss(u))), later)
    found = P.drop("without e.", found, "e rate")
    P.conclude(N.stated(found, "Psi"), defined=[smooth, N.e_smooth, *N.defined()], witness=[*_steady(N), *_positive(N)])
    return P


@cache
def decay() -> ProofWriter:
    """Prove ``‖e(t)‖² ≤ exp(−C₀κt/p)² ‖e(0)‖²`` for linear networks."""
    N = _Aligned("The decay of the error of a linear network along the flow")
    P, s, t, i, j, k, r = N.P, N.s, N.t, N.i, N.j, N.k, N.r
    exp: Callable[[Value], Expression] = P.function("exp")
    N.flow.chain("exp", "exp")
    P.assume("EXP", exp(0).equals(1), "exp is 1 at 0")
    C, kappa, u = *P.scalars("C kappa"), P.tensor("u", "n")
    P.assume("SLOPES", N.slopes(1), "linear activation")
    seen = square_sum(k, total(i, N.X(i, k) * u(i)))
    P.assume("SMALLEST", forall(u, kappa * square_sum(i, u(i)) <= seen), "smallest eigenvalue of XXᵀ at least κ")
    P.assume("TOTAL", C.equals(total(r, N.bracket(0))), "sum of the brackets at the start")
    P.assume("C ≥ 0", at_least_0(C), "the sum of the brackets is initially non-negative")
    N.errors()
    N.show_error()
    conserved = N.show_conserved()

    def curve(at: IndexName | int, sign: int = 1) -> Expression:
        return exp(sign * C * kappa * INVERSE * num(at))

    def weighted(at: IndexName | int) -> Expression:
        return curve(at) ** 2 * N.loss(at)

    rate = N.flow.rate(weighted(s))
    pull = total(j, N.X(j, k) * N.e(t, j))
    features = total(r, total(k, N.W(t, r, k) * pull) ** 2)
    scale = INVERSE * curve(t) ** 2
    falls = P.show(
        "the weighted square falls",
        N.of(weighted(s)) <= 0,
        rate.equation,
        item(P.signed(features), scale),
        item(P.signed(total(r, k, N.W(t, r, k) ** 2)), scale * square_sum(k, pull)),
        item(conserved(t, r), scale * square_sum(k, pull), over=[r]),
        Fact("TOTAL") * (scale * square_sum(k, pull)),
        Fact("SMALLEST")(of(i, N.e(t, i))) * (scale * C),
        rewrite=["velocity of e", "velocity of W", "velocity of beta", "velocity of Psi", "HOMOGENEOUS", "SLOPES"],
        reason="b·β is at least the sum of the brackets, and the features contribute squares",
    )
    smooth = P.generalise("the weighted square is differentiable", rate.smooth, t)
    every = [smooth, P.generalise("the weighted square always falls", falls, t)]
    less = P.use(library.flow_decreasing())(of(s, weighted(s)), t, given=every)
    both = N.flow.rate(curve(s) * curve(s, -1))
    still = P.show("the product of exponentials has rate 0", N.of(curve(s) * curve(s, -1)).equals(0), both.equation)
    level = [
        P.generalise(n, x, t)
        for n, x in (("the product is differentiable", both.smooth), ("the product has rate 0", still))
    ]
    constant = P.use(library.flow_constant())(of(s, curve(s) * curve(s, -1)), t, given=level)
    one = P.show("exp(c t) exp(−c t) = 1", (curve(t) * curve(t, -1)).equals(1), constant, Fact("EXP") * (exp(0) + 1))

    def bound(times: int) -> Assertion:
        return forall(t, N.loss(t) <= exp(-times * C * kappa * INVERSE * num(t)) ** 2 * N.loss(0))

    found = P.show(
        "decay",
        bound(1),
        item(less, curve(t, -1) ** 2),
        one * ((curve(t) * curve(t, -1) + 1) * N.loss(t)),
        Fact("EXP") * ((exp(0) + 1) * curve(t, -1) ** 2 * N.loss(0)),
    )
    found = P.drop("without e.", found, "e rate")
    data = [kappa.equals(floor(N.X, i, j, k))]
    P.conclude(
        N.stated(found, "Psi"),
        defined=[smooth, N.e_smooth, Fact("exp differentiable"), *N.defined()],
        witness=[*data, forall(r, k, N.W(0, r, k).equals(Fraction(1, 3))), *_positive(N)],
    )
    P.mutant("twice the rate", {}, conclusion=bound(2))
    P.mutant("brackets of any sum", {"C ≥ 0": C >= -9}, witness=data)
    return P
