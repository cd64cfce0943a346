"""Why one certificate covers all later times: decay keeps the weights in the tube, and the tube implies decay."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Tensor,
    absolute,
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
from fa_theory.symbolic.proof.writer import Multiple

from ...shared.one_step import INVERSE, ROOT
from .run import SecantRun

MUTANTS = ("radius omitted", "deviation scaled without its inverse", "decay one step ahead", "ascent in W")
MUTANTS_OF_SUM = ("newest error counted twice", "half the sum of the errors")
MUTANTS_OF_W = ("half the radius of a neuron", "1/p instead of 1/√p for a neuron")
MUTANTS_OF_BETA = ("half the radius of an output weight", "1/p instead of 1/√p for an output weight")
HALF, SMALL = Fraction(1, 2), Fraction(1, 100)


class Tube(SecantRun):
    """The run, the certified properties of the tube, and the joint induction over four statements."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P = self.P
        self.F, self.S, self.q = P.tensor("F", "p"), P.scalar("S"), P.scalar("q")
        self.C, self.Q, self.K, self.R = P.tensors("C Q K R", "n", "n")
        self.assume_run()
        self._assume_certificate()
        # auxiliary definitions, which are dropped at the end of the proof
        self.v = P.tensor("v", "time", "n")
        self.A, self.B, self.M = P.tensor("A", "n", "n"), P.tensor("B", "n", "n"), P.tensor("M", "time", "n", "n")
        self._name()
        self.now = [P.assume(f"now {k}", said) for k, said in enumerate(self.statements(self.t), 1)]
        self._show_all()

    # ----------------------------------------------------------------------------------------------- what is assumed
    def _assume_certificate(self) -> None:
        P, i, j, l_, m, r, t = self.P, self.i, self.j, self.l, self.m, self.r, self.t
        inverse = total(l_, self.Q(i, l_) * self.C(l_, j))
        P.assume("INVERSE", forall(i, j, inverse.equals(delta(i, j))), "Q is the inverse of C")
        P.assume("ETA", at_least_0(self.eta), "step size")
        P.assume("S ≥ 0", at_least_0(self.S), "S is non-negative")
        P.assume("L ≥ 0", at_least_0(self.L), "L is non-negative")
        P.assume("LEVEL", self.norm_Q * self.scaled(0) <= (1 - self.q) * self.S, "choice of S")
        P.assume("CERTIFICATE", self.certificate(self.radius()), "the certified inequality")
        tube = [self.in_W(t), self.in_W(t + 1), self.in_beta(t)]
        near = absolute(self.N(t, l_, m) - self.K(l_, m)) <= self.R(l_, m)
        P.assume("ENCLOSURE", forall(t, l_, m, given(*tube, near)), "in the tube, K ± R encloses the secant kernels")
        slope = absolute(self.D(t, j, r)) <= self.L
        P.assume("SLOPES", forall(t, j, r, given(self.in_W(t), slope)), "in the tube, slopes are at most L")
        features = norm(j, self.Psi(t, j, r)) <= self.F(r)
        P.assume("FEATURES", forall(t, r, given(self.in_W(t), features)), "in the tube, features have length at most F")

    @property
    def norm_Q(self) -> Expression:
        return op(self.i, self.j, self.Q(self.i, self.j))

    def in_W(self, t: IndexName | int) -> Assertion:
        return self.within_W(t, self.S)

    def in_beta(self, t: IndexName | int) -> Assertion:
        return self.within_beta(t, self.F(self.r), self.S)

    def scaled(self, t: IndexName | int) -> Expression:
        """``‖Ce(t)‖``."""
        return norm(self.i, total(self.j, self.C(self.i, self.j) * self.e(t, self.j)))

    def radius(self, back: Expression | None = None) -> Expression:
        """``|C| R |Q|``, or with another factor in place of the last one."""
        i, j, l_, m = self.i, self.j, self.l, self.m
        last = absolute(self.Q(m, j)) if back is None else back
        return total(l_, m, absolute(self.C(i, l_)) * self.R(l_, m) * last)

    def middle(self) -> Expression:
        """``C(I − ηK)Q``."""
        i, j, l_, m = self.i, self.j, self.l, self.m
        return total(l_, m, self.C(i, l_) * (delta(l_, m) - self.eta * self.K(l_, m)) * self.Q(m, j))

    def certificate(self, radius: Expression | int) -> Assertion:
        i, j = self.i, self.j
        return op(i, j, self.middle()) + self.eta * op(i, j, radius) <= self.q

    def _name(self) -> None:
        P, i, j, l_, m, t = self.P, self.i, self.j, self.l, self.m, self.t
        scaled = total(j, self.C(i, j) * self.e(t, j))
        apart = total(l_, m, self.C(i, l_) * (self.N(t, l_, m) - self.K(l_, m)) * self.Q(m, j))
        self.assume_sum()
        P.assume("V", forall(t, i, self.v(t, i).equals(scaled)), "scaled error")
        P.assume("A", forall(i, j, self.A(i, j).equals(self.middle())), "one-step matrix at the midpoint")
        P.assume("B", forall(i, j, self.B(i, j).equals(self.radius())), "largest deviation, entry by entry")
        P.assume("M", forall(t, i, j, self.M(t, i, j).equals(apart)), "deviation from the midpoint")

    # ----------------------------------------------------------------------------------------------- what is proved
    def statements(self, t: IndexName | int) -> tuple[Assertion, ...]:
        """The statements at time t: decay, the sum of the errors, and both distances."""
        first = norm(self.i, self.v(t, self.i)) <= self.q**t * norm(self.i, self.v(0, self.i))
        return (
            first,
            self.T(t) <= self.S * (1 - self.q**t),
            self.within_W(t, self.T(t)),
            self.within_beta(t, self.F(self.r), self.T(t)),
        )

    def _show_all(self) -> None:
        P, j, r, t = self.P, self.j, self.r, self.t
        self.none = self.no_distance_of_W()
        self._show_signs()
        self._show_sum()
        rate = P.show("a ≥ 0", forall(r, at_least_0(self.rate_of_W)), P.signed(self.rate_of_W), reason="a product")
        stays = P.show(
            "neurons in the tube",
            self.in_W(t),
            self.now[2](r),
            item("T ≤ S", self.rate_of_W, sign=rate(r)),
            reason="the errors so far sum to at most S",
        )
        bound = Fact("FEATURES")(t, r, given=[stays])
        self._show_features_sign()
        feature = self.F(r)
        outputs = P.show(
            "output weights in the tube",
            self.in_beta(t),
            self.now[3](r),
            Fact("T ≤ S") * self.rate_of_beta(feature),
            reason="the errors so far sum to at most S",
        )
        move = self.show_move_of_W(Fact("SLOPES")(t, j, r, given=[stays]))
        next_W = self.show_next_distance_of_W(move, self.now[2])
        stays_on = P.show(
            "neurons in the tube after the step",
            self.in_W(t + 1),
            next_W(r),
            item("T+ ≤ S", self.rate_of_W, sign=rate(r)),
            reason="the sum includes the newest error",
        )
        turn = self.show_move_of_beta(feature, bound)
        next_beta = self.show_next_distance_of_beta(feature, turn, self.now[3])
        decay = self._show_decay([stays, stays_on, outputs])
        self.onward = [decay, Fact("sum at t+1"), next_W, next_beta]
        first, second, _, _ = self.statements(0)
        self.start = [
            P.show("decay at 0", first, reason="no steps yet"),
            P.show("sum at 0", second, rewrite=["T0"], reason="empty sum"),
            self.show_start_of_W(self.none),
            self.show_start_of_beta(feature),
        ]

    def all_times(self, which: int) -> Fact:
        """One of the four statements for all times, by joint induction."""
        goals = list(self.statements(self.t))
        reason = "all four statements together, by induction over t"
        return self.P.induct("at all times", self.t, goals, self.start, self.onward, which, reason=reason)

    def ever(self, which: int) -> tuple[Fact, Fact]:
        """One of both distances at all times, at t and r, and that the errors sum to at most S."""
        P, t = self.P, self.t
        goals = list(self.statements(t))
        words = "all four statements together, by induction over t"
        sums = P.induct("sum at all times", t, goals, self.start, self.onward, 1, reason=words)
        rest = item("S ≥ 0", self.q**t, sign=Fact("q^t ≥ 0")(t))
        bounded = P.show("sum at most S", self.T(t) <= self.S, sums(t), rest, reason="the remainder is non-negative")
        return self.all_times(which)(t, self.r), bounded

    def unnamed(
        self, name: str, goal: Assertion, *by: Fact | Multiple, rewrite: Sequence[str] = (), keep_sum: bool = False
    ) -> Fact:
        """A conclusion in which the auxiliary definitions are expanded."""
        P = self.P
        fact = P.show(name, goal, *by, rewrite=rewrite)
        for k, definition in enumerate("VABM"):
            fact = P.drop(f"{name} {k + 1}", fact, definition, reason="expand the definition")
        if not keep_sum:
            fact = P.drop(f"{name} 5", fact, "T0", "T+", reason="the sum is not in the statement")
        return fact

    def _show_features_sign(self) -> None:
        """``F_r ≥ 0``: features have a length, and the start is in the tube."""
        P, j, r = self.P, self.j, self.r
        at_0 = P.show(
            "start in the tube",
            self.in_W(0),
            self.none,
            P.signed(self.rate_of_W * self.S),
            reason="no steps yet",
        )
        length = norm(j, self.Psi(0, j, r))
        P.show(
            "F ≥ 0",
            forall(r, at_least_0(self.F(r))),
            Fact("FEATURES")(0, r, given=[at_0]),
            P.signed(length),
            reason="it bounds a length",
        )

    def _show_signs(self) -> None:
        P, i, j, t = self.P, self.i, self.j, self.t
        P.show(
            "q ≥ 0",
            at_least_0(self.q),
            "CERTIFICATE",
            P.signed(op(i, j, self.middle())),
            P.signed(self.eta * op(i, j, self.radius())),
            reason="norms are non-negative",
        )
        power = P.use(library.power_sign())
        P.generalise("q^t ≥ 0", P.instance("q^t ≥ 0 at t", power(self.q, t, given=["q ≥ 0"])), t)

    def _show_sum(self) -> None:
        P, i, j, t = self.P, self.i, self.j, self.t
        back = P.show(
            "error from the scaled error",
            forall(t, i, self.e(t, i).equals(total(j, self.Q(i, j) * self.v(t, j)))),
            item(Fact("INVERSE")(i, j), self.e(t, j), over=[j]),
            rewrite=["V"],
            reason="Q is the inverse of C",
        )
        bounded = P.show(
            "length of the error",
            self.length(t) <= self.norm_Q * norm(i, self.v(t, i)),
            P.use(library.op_bound(), A="n", B="n")(of(i, j, self.Q(i, j)), of(i, self.v(t, i))),
            rewrite=[back],
            reason="definition of the operator norm",
        )
        level = P.show(
            "choice of S", self.norm_Q * norm(i, self.v(0, i)) <= (1 - self.q) * self.S, "LEVEL", rewrite=["V"]
        )
        onward = P.show(
            "sum at t+1",
            self.statements(t + 1)[1],
            self.now[1],
            bounded,
            self.now[0] * self.norm_Q,
            item(level, self.q**t, sign=Fact("q^t ≥ 0")(t)),
            rewrite=["T+"],
            reason="one more error in the sum; by the choice of S the geometric sum is bounded",
        )
        rest = Fact("q^t ≥ 0")
        P.show("T ≤ S", self.T(t) <= self.S, self.now[1], item("S ≥ 0", self.q**t, sign=rest(t)))
        P.show("T+ ≤ S", self.T(t + 1) <= self.S, onward, item("S ≥ 0", self.q ** (t + 1), sign=rest(t + 1)))

    def _show_step(self) -> Fact:
        """``v(t+1) = Av − ηMv``."""
        P, i, j, l_, t = self.P, self.i, self.j, self.l, self.t
        step, back = self.show_step(), Fact("error from the scaled error")
        return P.show(
            "step of the scaled error",
            forall(i, self.v(t + 1, i).equals(self._middle_part(i) - self.eta * self._rest(i))),
            Fact("V")(t + 1, i),
            item(step(t, j), self.C(i, j), over=[j]),
            item(back(t, j), self.C(i, j) - self.eta * total(l_, self.C(i, l_) * self.N(t, l_, j)), over=[j]),
            rewrite=["A", "M"],
            reason="split the kernel into midpoint and deviation",
        )

    def _middle_part(self, i: IndexName) -> Expression:
        return total(self.j, self.A(i, self.j) * self.v(self.t, self.j))

    def _rest(self, i: IndexName) -> Expression:
        return total(self.j, self.M(self.t, i, self.j) * self.v(self.t, self.j))

    def _show_dominated(self, tube: Sequence[Fact]) -> Fact:
        """``‖M‖ ≤ ‖B‖`` in the tube."""
        P, i, j, l_, m, t = self.P, self.i, self.j, self.l, self.m, self.t
        C, Q, Z = self.C(i, l_), self.Q(m, j), self.N(t, l_, m) - self.K(l_, m)
        near = Fact("ENCLOSURE")(t, l_, m, given=list(tube))
        product = P.use(library.abs_product())
        facts = (
            item(product(C * Q, Z), over=[l_, m]),
            item(product(C, Q), absolute(Z), over=[l_, m]),
            item(near, absolute(C) * absolute(Q), over=[l_, m]),
        )
        goal = self.B(i, j)
        above, below = P.use(library.below_abs()), P.use(library.minus_below_abs())
        both = [
            P.show(
                name, sign * self.M(t, i, j) <= goal, item(lemma(C * Q * Z), over=[l_, m]), *facts, rewrite=["M", "B"]
            )
            for name, sign, lemma in (("M ≤ B", 1, above), ("−M ≤ B", -1, below))
        ]
        entries = P.use(library.abs_at_most())(self.M(t, i, j), goal, given=both)
        said = P.show("|M| ≤ B", forall(i, j, absolute(self.M(t, i, j)) <= goal), entries, reason="entry by entry")
        dominated = P.use(library.op_dominated(), A="n", B="n")
        return dominated(of(i, j, self.M(t, i, j)), of(i, j, goal), given=[said])

    def _show_decay(self, tube: Sequence[Fact]) -> Fact:
        P, i, j, t, eta = self.P, self.i, self.j, self.t, self.eta
        step, near, length = self._show_step(), self._show_dominated(tube), norm(i, self.v(t, i))
        bound, vector = P.use(library.op_bound(), A="n", B="n"), of(i, self.v(t, i))
        down = P.show("−η ≤ 0", -eta <= 0, "ETA")
        minus = axiom("abs_down")(-eta, given=[down])
        certificate = P.show(
            "certified inequality",
            op(i, j, self.A(i, j)) + eta * op(i, j, self.B(i, j)) <= self.q,
            "CERTIFICATE",
            rewrite=["A", "B"],
        )
        return P.show(
            "decay at t+1",
            self.statements(t + 1)[0],
            P.use(library.triangle(), A="n")(of(i, self._middle_part(i)), of(i, -eta * self._rest(i))),
            P.use(library.homogeneous(), A="n")(-eta, of(i, self._rest(i))),
            minus * norm(i, self._rest(i)),
            bound(of(i, j, self.A(i, j)), vector),
            bound(of(i, j, self.M(t, i, j)), vector) * eta,
            near * (eta * length),
            certificate * length,
            item(self.now[0], self.q, sign=Fact("q ≥ 0")),
            rewrite=[step],
            reason="‖v(t+1)‖ ≤ (‖A‖ + η‖M‖)‖v‖, and the kernel is within its radius",
        )

    # ------------------------------------------------------------------------------------------------------ witness
    def witness(self, *, apart: Fraction | int = 0, back: Expression | None = None) -> list[Assertion]:
        """A small error, so that the kernels hardly change, and a step that halves it for one sample.

        ``apart`` is the distance of the first kernel from the midpoint, in radii; ``back`` as in `radius`.
        """
        i, j, k, r, t = self.i, self.j, self.k, self.r, self.t
        trace = INVERSE * total(i, r, self.Psi(0, i, r) ** 2 + self.beta(0, r) ** 2 * total(k, self.X(i, k) ** 2))

        def multiple(M: Tensor, c: Fraction | int) -> Assertion:
            return forall(i, j, M(i, j).equals(delta(i, j) * c))

        return [
            self.eta.equals(HALF * inv(trace)),
            forall(r, self.b(r).equals(self.beta(0, r))),
            *(forall(t, i, r, x(t, i, r).equals(1)) for x in (self.s, self.D)),
            self.L.equals(1),
            multiple(self.C, HALF),
            multiple(self.Q, 2),
            forall(i, j, self.R(i, j).equals(SMALL * trace)),
            forall(i, j, self.K(i, j).equals(self.N(0, i, j) + apart * self.R(i, j))),
            self.q.equals(op(i, j, self.middle()) + self.eta * op(i, j, self.radius(back))),
            self.S.equals(self.norm_Q * self.scaled(0) * inv(1 - self.q)),
            forall(r, self.F(r).equals((1 + SMALL) * norm(i, self.Psi(0, i, r)))),
            forall(r, k, self.W(0, r, k).equals(Fraction(1, 3))),
            forall(i, self.y(i).equals(total(r, self.beta(0, r) * self.Psi(0, i, r)) * ROOT + SMALL**2)),
        ]


@cache
def proof() -> ProofWriter:
    """Prove ‖Ce(t)‖ ≤ q^t ‖Ce(0)‖ for all t."""
    N = Tube("The tube theorem: decay")
    P, t = N.P, N.t

    def decays(at: IndexName) -> Assertion:
        return forall(t, N.scaled(t) <= N.q**at * N.scaled(0))

    P.conclude(N.unnamed("decay", decays(t), N.all_times(0)(t), rewrite=["V"]), witness=N.witness())
    nothing = Expression(0)
    P.mutant(
        "radius omitted",
        {"CERTIFICATE": N.certificate(N.radius(nothing))},
        witness=N.witness(apart=Fraction(1, 2), back=nothing),
    )
    one = delta(N.m, N.j)
    P.mutant(
        "deviation scaled without its inverse",
        {"CERTIFICATE": N.certificate(N.radius(one))},
        witness=N.witness(apart=Fraction(3, 4), back=one),
    )
    P.mutant("decay one step ahead", {}, conclusion=decays(t + 1))
    P.mutant("ascent in W", {"STEP_W": N.next_W(-N.b(N.r))})
    return P


@cache
def total_error() -> ProofWriter:
    """Prove Σ_{s<t} ‖e(s)‖ ≤ S(1 − q^t) for all t."""
    N = Tube("The tube theorem: sum of the errors")
    P, t = N.P, N.t

    def sums_to(most: Expression) -> Assertion:
        return forall(t, N.T(t) <= most * (1 - N.q**t))

    P.conclude(N.unnamed("sum", sums_to(N.S), N.all_times(1)(t), keep_sum=True), witness=N.witness())
    P.mutant("newest error counted twice", {"T+": N.next_T(2 * N.length(t))})
    P.mutant("half the sum of the errors", {}, conclusion=sums_to(HALF * N.S))
    return P


@cache
def neurons() -> ProofWriter:
    """Prove ‖w_r(t) − w_r(0)‖ ≤ ρ_r for all t."""
    N = Tube("The tube theorem: neurons stay in the tube")
    P, r, t = N.P, N.r, N.t

    def stays(radius: Expression) -> Assertion:
        return forall(t, r, N.from_start_of_W(t) <= radius)

    always, bounded = N.ever(2)
    rate = item(bounded, N.rate_of_W, sign=Fact("a ≥ 0")(r))
    P.conclude(N.unnamed("neurons", stays(N.rate_of_W * N.S), always, rate), witness=N.witness())
    P.mutant("half the radius of a neuron", {}, conclusion=stays(HALF * N.rate_of_W * N.S))
    P.mutant("1/p instead of 1/√p for a neuron", {}, conclusion=stays(ROOT * N.rate_of_W * N.S))
    return P


@cache
def output_weights() -> ProofWriter:
    """Prove |β_r(t) − β_r(0)| ≤ τ_r for all t."""
    N = Tube("The tube theorem: output weights stay in the tube")
    P, r, t = N.P, N.r, N.t
    rate = N.rate_of_beta(N.F(r))

    def stays(radius: Expression) -> Assertion:
        return forall(t, r, N.from_start_of_beta(t) <= radius)

    always, bounded = N.ever(3)
    P.conclude(N.unnamed("output weights", stays(rate * N.S), always, bounded * rate), witness=N.witness())
    P.mutant("half the radius of an output weight", {}, conclusion=stays(HALF * rate * N.S))
    P.mutant("1/p instead of 1/√p for an output weight", {}, conclusion=stays(ROOT * rate * N.S))
    return P
