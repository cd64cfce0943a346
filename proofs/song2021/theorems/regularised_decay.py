"""S7, deterministic form: a contracting one-step matrix bounds the regularised error, for one step and for all."""

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
    delta,
    forall,
    given,
    inv,
    norm,
    of,
    op,
    total,
)

from ...shared.one_step import INVERSE, ROOT

MUTANTS = ("pull of the targets dropped", "twice the rate", "matrix without the decay of the kernel")
MUTANTS_OF_CONSTANT = ("geometric sum one term short", "level omitted")
MUTANTS_OF_SCHEDULE = ("pulls omitted from the sum", "twice the rate, any schedule")
QUARTER = Fraction(1, 4)


class RegularisedRun:
    """A run with regularisation ``lam(t)``, which is a schedule or constant."""

    def __init__(self, title: str, *, constant: bool = False) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        self.i, self.j = P.indices("i j", "n")
        self.k, self.r, self.t = P.index("k", "d"), P.index("r", "p"), P.index("t", "time")
        self.X, self.y, self.b = P.tensor("X", "n", "d"), P.tensor("y", "n"), P.tensor("b", "p")
        self.eta, self.gamma = P.scalars("eta gamma")
        self.e, self.W, self.beta = (
            P.tensor("e", "time", "n"),
            P.tensor("W", "time", "p", "d"),
            P.tensor("beta", "time", "p"),
        )
        self.Psi, self.D, self.s = P.tensors("Psi D s", "time", "n", "p")
        self.G, self.H = P.tensors("G~ H~", "time", "n", "n")
        self.lam: Callable[[IndexName | int], Expression] = (
            self._constant(P.scalar("lam")) if constant else P.tensor("lam", "time")
        )
        self._assume_run()
        P.assume("ETA", at_least_0(self.eta), "step size")
        sign = at_least_0(self.lam(self.t))
        P.assume("LAMBDA", sign if constant else forall(self.t, sign), "regularisation")
        self.pull_sign = P.show(
            "ηλ ≥ 0",
            at_least_0(self.eta * self.lam(self.t)),
            item("ETA", self.lam(self.t), sign=Fact("LAMBDA") if constant else Fact("LAMBDA")(self.t)),
        )
        self.step = self._show_step()

    @staticmethod
    def _constant(value: Expression) -> Callable[[IndexName | int], Expression]:
        return lambda t: value

    def _assume_run(self) -> None:
        P, i, j, k, r, t = self.P, self.i, self.j, self.k, self.r, self.t
        X, W, beta, e, Psi, D, b = self.X, self.W, self.beta, self.e, self.Psi, self.D, self.b
        output = total(r, beta(t, r) * Psi(t, i, r)) * ROOT
        P.assume("ERROR", forall(t, i, e(t, i).equals(output - self.y(i))), "error")
        sent = self.eta * ROOT * b(r) * total(j, D(t, j, r) * X(j, k) * e(t, j))
        P.assume("STEP_W", forall(t, r, k, W(t + 1, r, k).equals(W(t, r, k) - sent)), "step of the first-layer weights")
        moved = self.keep(t) * beta(t, r) - self.eta * ROOT * total(j, Psi(t, j, r) * e(t, j))
        P.assume("STEP_BETA", forall(t, r, beta(t + 1, r).equals(moved)), "step of the output weights")
        secant = Psi(t, i, r) + self.s(t, i, r) * total(k, (W(t + 1, r, k) - W(t, r, k)) * X(i, k))
        P.assume("SECANT", forall(t, i, r, Psi(t + 1, i, r).equals(secant)), "secant slopes of the step")
        kernel = INVERSE * total(r, Psi(t + 1, i, r) * Psi(t, j, r))
        P.assume("KERNEL", forall(t, i, j, self.G(t, i, j).equals(kernel)), "features after and before the step")
        slopes = INVERSE * total(r, beta(t, r) * b(r) * self.s(t, i, r) * D(t, j, r)) * total(k, X(i, k) * X(j, k))
        P.assume("FEEDBACK", forall(t, i, j, self.H(t, i, j).equals(slopes)), "secant slopes and slopes")

    # ----------------------------------------------------------------------------------------------------- one step
    def keep(self, t: IndexName | int) -> Expression:
        return 1 - self.eta * self.lam(t)

    def length(self, t: IndexName | int) -> Expression:
        """``‖e(t)‖``."""
        return norm(self.i, self.e(t, self.i))

    @property
    def length_y(self) -> Expression:
        return norm(self.i, self.y(self.i))

    def entry(self, t: IndexName | int, decay: Value) -> Expression:
        """An entry of the one-step matrix; ``decay`` multiplies the feedback kernel."""
        i, j = self.i, self.j
        return self.keep(t) * delta(i, j) - self.eta * (self.G(t, i, j) + decay * self.H(t, i, j))

    def norm_of_step(self, t: IndexName | int, decay: Value | None = None) -> Expression:
        return op(self.i, self.j, self.entry(t, self.keep(t) if decay is None else decay))

    def rate(self, t: IndexName | int, share: Fraction | int = QUARTER) -> Expression:
        """``1 − ηγ/4 − ηλ``."""
        return 1 - share * self.eta * self.gamma - self.eta * self.lam(t)

    def contracts(self, t: IndexName | int, decay: Value | None = None) -> Assertion:
        return self.norm_of_step(t, decay) <= self.rate(t)

    def falls(self, t: IndexName, *, share: Fraction | int = QUARTER, pull: Value | None = None) -> Assertion:
        pulled = self.eta * self.lam(t) * self.length_y if pull is None else pull
        return self.length(t + 1) <= self.rate(t, share) * self.length(t) + pulled

    def _show_step(self) -> Fact:
        """If the one-step matrix contracts, so does the error, up to the pull of the targets."""
        P, i, j, t = self.P, self.i, self.j, self.t
        moved, pull = total(j, self.entry(t, self.keep(t)) * self.e(t, j)), -self.eta * self.lam(t)
        error = Fact("ERROR")
        identity = P.show(
            "step of the error",
            forall(i, self.e(t + 1, i).equals(moved + pull * self.y(i))),
            error(t + 1, i),
            error(t, i) * self.keep(t),
            rewrite=["STEP_W", "STEP_BETA", "SECANT", "KERNEL", "FEEDBACK"],
            reason="the secant-kernel identity, as a matrix",
        )
        contracts = P.assume("contraction at t", self.contracts(t))
        down = P.show("−ηλ ≤ 0", pull <= 0, self.pull_sign)
        return P.show(
            "one step",
            forall(t, given(self.contracts(t), self.falls(t))),
            P.use(library.triangle(), A="n")(of(i, moved), of(i, pull * self.y(i))),
            P.use(library.homogeneous(), A="n")(pull, of(i, self.y(i))),
            axiom("abs_down")(pull, given=[down]) * self.length_y,
            P.use(library.op_bound(), A="n", B="n")(of(i, j, self.entry(t, self.keep(t))), of(i, self.e(t, i))),
            contracts * self.length(t),
            rewrite=[identity],
            reason="triangle inequality, definition of the operator norm, and contraction",
        )

    # ---------------------------------------------------------------------------------------------------- all steps
    def assume_contraction(self) -> tuple[Fact, Fact]:
        """Assume that every step contracts; return its bound at time t and the sign of the rate."""
        P, t = self.P, self.t
        every = P.assume("CONTRACTION", forall(t, self.contracts(t)), "every one-step matrix contracts")
        falls = P.instance("step at t", self.step(t, given=[every(t)]), reason="the bound of one step")
        sign = P.show(
            "rate ≥ 0",
            at_least_0(self.rate(t)),
            every(t),
            P.signed(self.norm_of_step(t)),
            reason="a norm is non-negative",
        )
        return falls, sign

    def witness(self) -> list[Assertion]:
        """A small error, small steps, and a γ that the first step satisfies with a margin."""
        i, j, k, r, t = self.i, self.j, self.k, self.r, self.t
        positive = INVERSE * total(i, r, self.Psi(0, i, r) ** 2 + self.beta(0, r) ** 2 * total(k, self.X(i, k) ** 2))
        return [
            self.eta.equals(Fraction(1, 100) * inv(1 + positive)),
            forall(r, self.b(r).equals(self.beta(0, r))),
            *(forall(t, i, r, x(t, i, r).equals(1)) for x in (self.s, self.D)),
            forall(r, k, self.W(0, r, k).equals(Fraction(1, 3))),
            forall(i, self.y(i).equals(total(r, self.beta(0, r) * self.Psi(0, i, r)) * ROOT + Fraction(1, 100))),
            self.gamma.equals(
                Fraction(18, 5) * inv(self.eta) * (1 - self.eta * self.lam(0) - op(i, j, self.entry(0, self.keep(0))))
            ),
        ]


@cache
def proof() -> ProofWriter:
    """Prove ‖e(t+1)‖ ≤ (1 − ηγ/4 − ηλ)‖e(t)‖ + ηλ‖y‖ for every step whose matrix contracts."""
    N = RegularisedRun("Regularised decay: one step")
    P, t = N.P, N.t
    half = forall(t, N.lam(t).equals(Fraction(1, 2)))
    P.conclude(N.step, witness=[half, *N.witness()])
    P.mutant("pull of the targets dropped", {}, conclusion=forall(t, given(N.contracts(t), N.falls(t, pull=0))))
    faster = N.falls(t, share=2 * QUARTER)
    P.mutant("twice the rate", {}, conclusion=forall(t, given(N.contracts(t), faster)))
    undecayed = forall(t, given(N.contracts(t, 1), N.falls(t)))
    P.mutant("matrix without the decay of the kernel", {}, conclusion=undecayed, witness=_undecayed(N))
    return P


def _undecayed(N: RegularisedRun) -> list[Assertion]:
    """A large step with strong regularisation, whose γ is that of the wrong matrix."""
    i, k, r, t = N.i, N.k, N.r, N.t
    return [
        N.eta.equals(Fraction(1, 2)),
        forall(t, N.lam(t).equals(1)),
        forall(r, N.b(r).equals(Fraction(1, 2))),
        forall(r, N.beta(0, r).equals(Fraction(1, 2))),
        *(forall(t, i, r, x(t, i, r).equals(1)) for x in (N.s, N.D)),
        forall(i, k, N.X(i, k).equals(Fraction(1, 2))),
        forall(r, k, N.W(0, r, k).equals(Fraction(1, 3))),
        forall(i, r, N.Psi(0, i, r).equals(Fraction(1, 4))),
        N.gamma.equals(4 * inv(N.eta) * (1 - N.eta * N.lam(0) - N.norm_of_step(0, 1))),
    ]


@cache
def constant() -> ProofWriter:
    """Prove ‖e(t)‖ ≤ q^t‖e(0)‖ + κ(1 − q^t) for constant regularisation, q = 1 − ηγ/4 − ηλ."""
    N = RegularisedRun("Regularised decay: constant regularisation", constant=True)
    P, t, eta, gamma, lam = N.P, N.t, N.eta, N.gamma, N.lam(N.t)
    kappa, q = P.scalar("kappa"), N.rate(N.t)
    outweighs = lam * N.length_y <= (lam + QUARTER * gamma) * kappa
    level = P.assume("LEVEL", outweighs, "a level at which decay outweighs the pull of the targets")
    falls, sign = N.assume_contraction()

    def bound(at: IndexName | int, late: int = 0, kept: Value = kappa) -> Assertion:
        powers = q ** (at + late) if isinstance(at, IndexName) else Expression(1)
        before = q**at if isinstance(at, IndexName) else Expression(1)
        return N.length(at) <= powers * N.length(0) + kept * (1 - before)

    before = P.assume("bound at t", bound(t))
    start = P.show("bound at 0", bound(0), reason="no steps yet")
    onward = P.show(
        "bound at t+1",
        bound(t + 1),
        falls,
        item(before, q, sign=sign),
        level * eta,
        reason="the bound at time t times the rate; at this level the decay outweighs the pull",
    )
    P.conclude(
        P.induct("bound at all times", t, [bound(t)], [start], [onward], reason="induction over t"),
        witness=[lam.equals(Fraction(1, 2)), kappa.equals(lam * N.length_y * inv(lam + QUARTER * gamma)), *N.witness()],
    )
    P.mutant("geometric sum one term short", {}, conclusion=bound(t, 1))
    P.mutant("level omitted", {}, conclusion=bound(t, 0, 0))
    return P


@cache
def schedule() -> ProofWriter:
    """Prove ‖e(t)‖ ≤ (1 − ηγ/4)^t‖e(0)‖ + η‖y‖ Σ_{s<t} λ(s) for any schedule."""
    N = RegularisedRun("Regularised decay: any schedule")
    P, t, eta, gamma, lam = N.P, N.t, N.eta, N.gamma, N.lam
    S = P.tensor("S", "time")
    P.assume("GAMMA", at_least_0(gamma), "γ is non-negative")
    P.assume("S0", S(0).equals(0), "empty sum")

    P.assume("S+", forall(t, S(t + 1).equals(S(t) + lam(t))), "sum of the regularisation so far")
    falls, sign = N.assume_contraction()
    q = 1 - QUARTER * eta * gamma

    def bound(at: IndexName | int, share: Fraction = QUARTER) -> Assertion:
        power = (1 - share * eta * gamma) ** at if isinstance(at, IndexName) else Expression(1)
        return N.length(at) <= power * N.length(0) + eta * N.length_y * S(at)

    goals = [bound(t), at_least_0(S(t))]
    before = [P.assume("bound at t", goals[0]), P.assume("sum at t", goals[1])]
    start = [
        P.show("bound at 0", bound(0), rewrite=["S0"], reason="no steps yet"),
        P.show("sum at 0", at_least_0(S(0)), rewrite=["S0"], reason="empty sum"),
    ]
    best = P.show("best rate ≥ 0", at_least_0(q), sign, N.pull_sign, reason="the rate is larger without regularisation")
    onward = [
        P.show(
            "bound at t+1",
            bound(t + 1),
            falls,
            N.pull_sign * N.length(t),
            item(before[0], q, sign=best),
            P.signed(QUARTER * eta * gamma * (eta * N.length_y * S(t))),
            rewrite=["S+"],
            reason="the bound at time t times the rate, which is at most 1; one more pull in the sum",
        ),
        P.show("sum at t+1", at_least_0(S(t + 1)), before[1], Fact("LAMBDA")(t), rewrite=["S+"]),
    ]
    P.conclude(
        P.induct("bound at all times", t, goals, start, onward, reason="both statements together, by induction over t"),
        witness=[forall(t, lam(t).equals(Fraction(1, 2))), *N.witness()],
    )
    P.mutant("pulls omitted from the sum", {"S+": forall(t, S(t + 1).equals(S(t)))})
    P.mutant("twice the rate, any schedule", {}, conclusion=bound(t, 2 * QUARTER))
    return P
