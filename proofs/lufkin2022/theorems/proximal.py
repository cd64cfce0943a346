"""L2: the sparse-coding energy falls under proximal steps.

The smooth part ``½‖x − Φa‖² + ½ aᵀLa`` is quadratic, so its change over a step d is ``g·d + ½ dᵀ(ΦᵀΦ + L)d`` exactly.
Soft thresholding satisfies ``(z − p)(v − p) ≤ κ(|v| − |p|)`` for every v; at v = a, it pays for the step.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, Lemma, ProofWriter, axiom, item, library
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
    largest,
    of,
    positive,
    square_sum,
    total,
)

MUTANTS_OF_SIGNED = ("three times the step", "against the gradient", "twice the descent")
MUTANTS_OF_NONNEGATIVE = ("three times the step", "threshold of half the size", "codes of any sign")
HALF = Fraction(1, 2)


def _least(inside: Expression) -> Expression:
    return largest(inside, 0)


def soft(z: Expression, threshold: Expression) -> Expression:
    """Soft thresholding, ``max(z − κ, 0) − max(−z − κ, 0)``."""
    return _least(z - threshold) - _least(-z - threshold)


def one_sided(z: Expression, threshold: Expression) -> Expression:
    """Thresholding of codes that are not negative, ``max(z − κ, 0)``."""
    return _least(z - threshold)


class _Threshold:
    """A number z, its threshold κ, and what thresholding makes of it, p."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        self.z, self.v, self.k, self.p = P.scalars("z v kappa p")
        P.assume("κ ≥ 0", at_least_0(self.k))

    def maximum(self, name: str, inside: Expression, *, positive_: bool) -> Fact:
        """What ``max(inside, 0)`` is, from a known sign of the inside."""
        value, rule = (inside, "max_left") if positive_ else (0, "max_right")
        known = axiom(rule)(inside, 0, given=[f"{name}'s sign, {positive_}"])
        return self.P.show(f"{name}'s maximum, {positive_}", largest(inside, 0).equals(value), known)

    def split(self, name: str, inside: Expression) -> tuple[Fact, Fact]:
        """The maximum where the inside is at most 0, and where it is positive."""
        P = self.P
        P.assume(f"{name} ≤ 0", inside <= 0)
        P.assume(f"{name} > 0", positive(inside))
        P.show(f"{name}'s sign, False", inside <= 0, f"{name} ≤ 0")
        P.show(f"{name}'s sign, True", at_least_0(inside), f"{name} > 0")
        return self.maximum(name, inside, positive_=False), self.maximum(name, inside, positive_=True)


@cache
def soft_threshold() -> Lemma:
    """``0 ≤ κ, p = soft(z, κ) ⟹ (z − p)(v − p) ≤ κ(|v| − |p|)``."""
    N = _Threshold("soft thresholding")
    P, z, v, k, p = N.P, N.z, N.v, N.k, N.p
    P.assume("P", p.equals(soft(z, k)))
    up, down = z - k, -z - k
    (up_0, up_), (down_0, down_) = N.split("up", up), N.split("down", down)
    above = P.show("0 ≤ |v| − v", at_least_0(absolute(v) - v), P.use(library.below_abs())(v))
    below = P.show("0 ≤ |v| + v", at_least_0(absolute(v) + v), P.use(library.minus_below_abs())(v))
    goal = (z - p) * (v - p) <= k * (absolute(v) - absolute(p))
    # 0 < z − κ: p = z − κ
    P.show("down's sign, False, if up", down <= 0, "up > 0", "κ ≥ 0")
    closed = P.show(
        "down's maximum, if up",
        largest(down, 0).equals(0),
        axiom("max_right")(down, 0, given=["down's sign, False, if up"]),
    )
    at_up = P.show("p up", p.equals(z - k), "P", up_, closed)
    P.show("0 ≤ p", at_least_0(p), at_up, "up > 0")
    size_up = P.instance("|p| up", axiom("abs_up")(p, given=["0 ≤ p"]))
    one = P.show("up", goal, item(above, k, sign="κ ≥ 0"), item(size_up, k), item(at_up, v - p))
    # 0 < −z − κ: p = z + κ
    at_down = P.show("p down", p.equals(z + k), "P", up_0, down_)
    P.show("p ≤ 0", p <= 0, at_down, "down > 0")
    size_down = P.instance("|p| down", axiom("abs_down")(p, given=["p ≤ 0"]))
    two = P.show("down", goal, item(below, k, sign="κ ≥ 0"), item(size_down, k), item(at_down, v - p))
    # |z| ≤ κ: p = 0
    at_0 = P.show("p = 0", p.equals(0), "P", up_0, down_0)
    P.show("0 ≤ p, at 0", at_least_0(p), at_0)
    size_0 = P.instance("|p| at 0", axiom("abs_up")(p, given=["0 ≤ p, at 0"]))
    three = P.show(
        "between",
        goal,
        item("up ≤ 0", HALF * (absolute(v) + v), sign=P.signed(HALF * (absolute(v) + v))),
        item("down ≤ 0", HALF * (absolute(v) - v), sign=P.signed(HALF * (absolute(v) - v))),
        item(size_0, k),
        *(item(at_0, factor) for factor in (z, v, p, k)),
    )
    not_up = P.cases("not up", down, 0, three, two)
    either = P.cases("either way", up, 0, not_up, one)
    said = given(at_least_0(k), p.equals(soft(z, k)), goal)
    return P.lemma("soft_threshold", P.show("result", forall(z, v, k, p, said), either))


@cache
def one_sided_threshold() -> Lemma:
    """``0 ≤ v, p = max(z − κ, 0) ⟹ (z − p)(v − p) ≤ κ(v − p)``."""
    N = _Threshold("thresholding of codes that are not negative")
    P, z, v, k, p = N.P, N.z, N.v, N.k, N.p
    P.assume("P", p.equals(one_sided(z, k)))
    P.assume("v ≥ 0", at_least_0(v))
    shut, open_ = N.split("up", z - k)
    goal = (z - p) * (v - p) <= k * (v - p)
    at = P.show("p up", p.equals(z - k), "P", open_)
    one = P.show("up", goal, item(at, v - p))
    at_0 = P.show("p = 0", p.equals(0), "P", shut)
    two = P.show("shut", goal, item("up ≤ 0", v, sign="v ≥ 0"), *(item(at_0, factor) for factor in (z, v, p, k)))
    either = P.cases("either way", z - k, 0, two, one)
    said = given(at_least_0(v), p.equals(one_sided(z, k)), goal)
    return P.lemma("one_sided_threshold", P.show("result", forall(z, v, k, p, said), either))


class _Coding:
    """Codes a of an input x by a dictionary Φ with lateral matrix L, and the code p after a proximal step."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("d", "n")
        self.k, (self.i, self.j) = P.index("k", "d"), P.indices("i j", "n")
        self.x, self.Phi, self.L = P.tensor("x", "d"), P.tensor("Phi", "d", "n"), P.tensor("L", "n", "n")
        self.a, self.p, self.g, self.v = P.tensors("a p g v", "n")
        (self.eta, self.most), self.lam = P.scalars("eta Lip"), P.tensor("lam", "n")
        i, j = self.i, self.j
        P.assume("SYMMETRIC", forall(i, j, self.L(i, j).equals(self.L(j, i))), "a symmetric lateral matrix")
        P.assume("GRADIENT", self.moves_by(self.gradient), "gradient of the smooth part")
        P.assume("LIPSCHITZ", forall(self.v, self.curvature(self.v) <= self.most * square_sum(i, self.v(i))), "bound")
        P.assume("η ≥ 0", at_least_0(self.eta), "a step size")
        P.assume("STEP SIZE", self.eta * self.most <= 1, "a step size of at most 1 over the bound")
        sparse = P.assume("λ ≥ 0", forall(i, at_least_0(self.lam(i))), "a weight of sparsity for each neuron")
        P.show("0 ≤ ηλ", at_least_0(self.eta * self.lam(i)), item(sparse(i), self.eta, sign="η ≥ 0"))

    @property
    def gradient(self) -> Expression:
        i, j, k = self.i, self.j, self.k
        return -total(k, self.Phi(k, i) * self.residual(self.a)) + total(j, self.L(i, j) * self.a(j))

    def moves_by(self, direction: Expression) -> Assertion:
        return forall(self.i, self.g(self.i).equals(direction))

    def residual(self, code: Tensor) -> Expression:
        return self.x(self.k) - total(self.j, self.Phi(self.k, self.j) * code(self.j))

    def curvature(self, v: Tensor) -> Expression:
        """``‖Φv‖² + vᵀLv``."""
        i, j = self.i, self.j
        spread = square_sum(self.k, total(j, self.Phi(self.k, j) * v(j)))
        return spread + total(i, j, v(i) * self.L(i, j) * v(j))

    def smooth(self, code: Tensor) -> Expression:
        i, j = self.i, self.j
        lateral = total(i, j, code(i) * self.L(i, j) * code(j))
        return HALF * square_sum(self.k, self.residual(code)) + HALF * lateral

    def moved(self, i: IndexName) -> Expression:
        """The code after the gradient step, before thresholding."""
        return self.a(i) - self.eta * self.g(i)

    def show_smooth(self) -> Fact:
        """The change of the smooth part."""
        P, i, j = self.P, self.i, self.j
        step = of(i, self.p(i) - self.a(i))
        change = P.show(
            "change of the smooth part",
            (self.smooth(self.p) - self.smooth(self.a)).equals(
                total(i, self.g(i) * (self.p(i) - self.a(i))) + HALF * self.curvature_of_step()
            ),
            item(Fact("SYMMETRIC")(i, j), HALF * self.p(i) * self.a(j), over=[i, j]),
            rewrite=["GRADIENT"],
            reason="it is quadratic: gradient times step, and half of the curvature along the step",
        )
        bound = P.instance("curvature along the step", Fact("LIPSCHITZ")(step))
        return P.show(
            "bound of the smooth part",
            self.smooth(self.p) - self.smooth(self.a)
            <= total(i, self.g(i) * (self.p(i) - self.a(i))) + HALF * self.most * self.squared_step,
            change,
            bound,
            reason="the curvature is at most the bound",
        )

    def curvature_of_step(self) -> Expression:
        i, j, k = self.i, self.j, self.k
        spread = square_sum(k, total(j, self.Phi(k, j) * (self.p(j) - self.a(j))))
        return spread + total(i, j, (self.p(i) - self.a(i)) * self.L(i, j) * (self.p(j) - self.a(j)))

    @property
    def squared_step(self) -> Expression:
        return square_sum(self.i, self.p(self.i) - self.a(self.i))

    def descends(self, energy: dict[str, Expression], share: Fraction = HALF) -> Assertion:
        return self.eta * energy["p"] + share * self.squared_step <= self.eta * energy["a"]

    def conclude(self, energy: dict[str, Expression], paid: Fact) -> None:
        P, i = self.P, self.i
        bound = self.show_smooth()
        P.conclude(
            P.show(
                "the energy falls",
                self.descends(energy),
                item(bound, self.eta, sign="η ≥ 0"),
                item(paid(i), over=[i]),
                item("STEP SIZE", HALF * self.squared_step, sign=P.signed(HALF * self.squared_step)),
                reason="what thresholding pays exceeds the curvature, as η is at most 1 over the bound",
            ),
            witness=self.witness(),
        )

    def witness(self) -> list[Assertion]:
        """Any dictionary, with a lateral matrix that makes the curvature the same in all directions."""
        i, j, k = self.i, self.j, self.k
        gram = total(k, self.Phi(k, i) * self.Phi(k, j))
        return [forall(i, j, self.L(i, j).equals(self.most * delta(i, j) - gram)), self.most.equals(3)]


@cache
def signed() -> ProofWriter:
    """Prove ``ηF(p) + ½‖p − a‖² ≤ ηF(a)`` for the energy F with ``Σ λ_i |a_i|``."""
    N = _Coding("Proximal steps lower the sparse-coding energy")
    P, i = N.P, N.i

    def step(threshold: Expression) -> Assertion:
        return forall(i, N.p(i).equals(soft(N.moved(i), threshold)))

    P.assume("STEP", step(N.eta * N.lam(i)), "a gradient step, then soft thresholding at ηλ")
    paid = P.instance(
        "thresholding pays",
        P.use(soft_threshold())(N.moved(i), N.a(i), N.eta * N.lam(i), N.p(i), given=["0 ≤ ηλ", Fact("STEP")(i)]),
    )
    energy = {u.name: N.smooth(u) + total(i, N.lam(i) * absolute(u(i))) for u in (N.a, N.p)}
    N.conclude(energy, P.generalise("thresholding pays everywhere", paid, i))
    P.mutant("three times the step", {"STEP SIZE": N.eta * N.most <= 3})
    P.mutant("against the gradient", {"GRADIENT": N.moves_by(-N.gradient)})
    P.mutant("twice the descent", {}, conclusion=N.descends(energy, Fraction(1)))
    return P


@cache
def nonnegative() -> ProofWriter:
    """Prove ``ηF(p) + ½‖p − a‖² ≤ ηF(a)`` for codes that are not negative, F with ``Σ λ_i a_i``."""
    N = _Coding("Proximal steps with codes that are not negative")
    P, i = N.P, N.i

    def step(threshold: Expression) -> Assertion:
        return forall(i, N.p(i).equals(one_sided(N.moved(i), threshold)))

    P.assume("STEP", step(N.eta * N.lam(i)), "a gradient step, then max(· − ηλ, 0)")
    P.assume("CODE", forall(i, at_least_0(N.a(i))), "a code that is not negative")
    paid = P.instance(
        "thresholding pays",
        P.use(one_sided_threshold())(
            N.moved(i), N.a(i), N.eta * N.lam(i), N.p(i), given=[Fact("CODE")(i), Fact("STEP")(i)]
        ),
    )
    energy = {u.name: N.smooth(u) + total(i, N.lam(i) * u(i)) for u in (N.a, N.p)}
    N.conclude(energy, P.generalise("thresholding pays everywhere", paid, i))
    P.mutant("three times the step", {"STEP SIZE": N.eta * N.most <= 3})
    P.mutant("threshold of half the size", {"STEP": step(HALF * N.eta * N.lam(i))})
    P.mutant("codes of any sign", {"CODE": forall(i, N.a(i) <= 0)})
    return P
