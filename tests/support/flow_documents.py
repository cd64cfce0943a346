"""Proofs along flows: the error under gradient flow, and why aligned brackets make it fall."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from proof_documents import _finished

from fa_theory.checker.proof import Proof
from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import (
    Expression,
    at_least_0,
    d,
    forall,
    num,
    of,
    size,
    square_sum,
    total,
)
from fa_theory.symbolic.proof.writer import REAL

HALF = Fraction(1, 2)
root = size("p", -HALF)


@cache
def gradient_flow() -> tuple[dict[str, object], Proof]:
    """S1: ``ė = −λ(e + y) − (G + H)e`` for every differentiable activation."""
    P = ProofWriter("gradient flow")
    P.sorts("n", "d", "p")
    (i, j), (k,), (r,) = P.indices("i j", "n"), P.indices("k", "d"), P.indices("r", "p")
    psi, slope = P.function("psi"), P.function("dpsi")
    X, y, b, lam = P.tensor("X", "n", "d"), P.tensor("y", "n"), P.tensor("b", "p"), P.scalar("lam")
    (W, W_rate), (beta, beta_rate) = P.tensors("W W.", REAL, "p", "d"), P.tensors("beta beta.", REAL, "p")
    e, (Psi, D), (G, H) = (
        P.tensor("e", REAL, "n"),
        P.tensors("Psi D", REAL, "n", "p"),
        P.tensors("G H", REAL, "n", "n"),
    )
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    flow.moves(W, W_rate)
    flow.moves(beta, beta_rate)
    flow.chain("psi", "dpsi")
    z = lambda x: total(k, W(x, r, k) * X(i, k))  # noqa: E731
    output = lambda x: total(r, beta(x, r) * psi(z(x))) * root - y(i)  # noqa: E731
    P.assume("ERROR", forall(t, i, e(t, i).equals(output(t))))
    P.assume("FEATURES", forall(t, i, r, Psi(t, i, r).equals(psi(z(t)))))
    P.assume("SLOPES", forall(t, i, r, D(t, i, r).equals(slope(z(t)))))
    pull = total(j, D(t, j, r) * X(j, k) * e(t, j))
    P.assume("FLOW_W", forall(t, r, k, W_rate(t, r, k).equals(-root * b(r) * pull)))
    decay = -lam * beta(t, r) - root * total(j, Psi(t, j, r) * e(t, j))
    P.assume("FLOW_BETA", forall(t, r, beta_rate(t, r).equals(decay)))
    P.assume("GRAM", forall(t, i, j, G(t, i, j).equals(size("p", -1) * total(r, Psi(t, i, r) * Psi(t, j, r)))))
    aligned = total(r, beta(t, r) * b(r) * D(t, i, r) * D(t, j, r)) * total(k, X(i, k) * X(j, k))
    P.assume("FGRAM", forall(t, i, j, H(t, i, j).equals(size("p", -1) * aligned)))
    rate = flow.rate(output(s))
    goal = -lam * (e(t, i) + y(i)) - total(j, (G(t, i, j) + H(t, i, j)) * e(t, j))
    smooth = P.show(
        "e differentiable",
        Expression(["differentiable", "s", e(s, i).json, "t"]).equals(1),
        rate.smooth,
        rewrite=["ERROR"],
    )
    # e itself stands on both sides; ERROR is an item on the right
    derived = P.show("the rate of e", d(s, e(s, i), t).equals(rate.value), rate.equation, rewrite=["ERROR"])
    definitions = ["FLOW_W", "FLOW_BETA", "GRAM", "FGRAM", "FEATURES", "SLOPES"]
    fact = P.show("flow", d(s, e(s, i), t).equals(goal), derived, Fact("ERROR")(t, i) * lam, rewrite=definitions)
    fact = P.drop("without W.", P.generalise("flow, always", fact, t, i), "W rate")
    fact = P.drop("without beta.", fact, "beta rate")
    return _finished(P, fact, defined=[smooth, "psi differentiable", "W differentiable", "beta differentiable"])


@cache
def aligned_flow() -> tuple[dict[str, object], Proof]:
    """RK2: brackets that start non-negative stay, and the loss never grows."""
    P = ProofWriter("aligned flow")
    P.sorts("n", "d", "p")
    (i, j), (k,), (r,) = P.indices("i j", "n"), P.indices("k", "d"), P.indices("r", "p")
    X, b = P.tensor("X", "n", "d"), P.tensor("b", "p")
    (W, W_rate), (beta, beta_rate) = P.tensors("W W.", REAL, "p", "d"), P.tensors("beta beta.", REAL, "p")
    e, e_rate = P.tensors("e e.", REAL, "n")
    (Psi, D), (G, H) = P.tensors("Psi D", REAL, "n", "p"), P.tensors("G H", REAL, "n", "n")
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    for tensor, rate in ((W, W_rate), (beta, beta_rate), (e, e_rate)):
        flow.moves(tensor, rate)
    P.assume("HOMOGENEOUS", forall(t, i, r, Psi(t, i, r).equals(D(t, i, r) * total(k, W(t, r, k) * X(i, k)))))
    pull = total(j, D(t, j, r) * X(j, k) * e(t, j))
    P.assume("FLOW_W", forall(t, r, k, W_rate(t, r, k).equals(-root * b(r) * pull)))
    P.assume("FLOW_BETA", forall(t, r, beta_rate(t, r).equals(-root * total(j, Psi(t, j, r) * e(t, j)))))
    P.assume("FLOW_E", forall(t, i, e_rate(t, i).equals(-total(j, (G(t, i, j) + H(t, i, j)) * e(t, j)))))
    over_p = size("p", -1)
    P.assume("GRAM", forall(t, i, j, G(t, i, j).equals(over_p * total(r, Psi(t, i, r) * Psi(t, j, r)))))
    aligned = total(r, beta(t, r) * b(r) * D(t, i, r) * D(t, j, r)) * total(k, X(i, k) * X(j, k))
    P.assume("FGRAM", forall(t, i, j, H(t, i, j).equals(over_p * aligned)))
    bracket = lambda x: b(r) * beta(x, r) - HALF * square_sum(k, W(x, r, k))  # noqa: E731
    P.assume("START", forall(r, at_least_0(bracket(0))))
    conserved = flow.rate(bracket(s))
    still = P.show(
        "the bracket has rate 0",
        d(s, bracket(s), t).equals(0),
        conserved.equation,
        rewrite=["FLOW_W", "FLOW_BETA", "HOMOGENEOUS"],
    )
    every = [P.generalise(name, x, t) for name, x in (("smooth bracket", conserved.smooth), ("still", still))]
    constant = P.use(library.flow_constant())(of(s, bracket(s)), t, given=every)
    squares = P.sign(HALF * square_sum(k, W(t, r, k)))
    signs = P.show("b·beta ≥ 0", forall(t, r, at_least_0(b(r) * beta(t, r))), Fact("START")(r), constant, squares)
    pulls = square_sum(k, pull)
    form = total(i, j, e(t, i) * H(t, i, j) * e(t, j))
    psd = P.show(
        "H ⪰ 0", at_least_0(form), item(signs(t, r), over_p * pulls, over=[r]), rewrite=["FGRAM"],
        reason="no product of output and feedback weight is negative",
    )  # fmt: skip
    loss = lambda x: HALF * square_sum(i, e(x, i))  # noqa: E731
    falling = flow.rate(loss(s))
    features = total(r, total(i, Psi(t, i, r) * e(t, i)) ** 2) * over_p
    falls = P.show(
        "the loss falls", d(s, loss(s), t) <= 0, falling.equation, psd, P.sign(features), rewrite=["FLOW_E", "GRAM"]
    )
    given = [P.generalise(name, x, t) for name, x in (("smooth loss", falling.smooth), ("falls", falls))]
    less = P.use(library.flow_decreasing())(of(s, loss(s)), t, given=given)
    fact = P.show("loss", forall(t, square_sum(i, e(t, i)) <= square_sum(i, e(0, i))), less)
    for tensor in ("W", "beta", "e"):
        fact = P.drop(f"without {tensor}.", fact, f"{tensor} rate")
    return _finished(P, fact, defined=[f"{tensor} differentiable" for tensor in ("W", "beta", "e")])


@cache
def flow_decay() -> tuple[dict[str, object], Proof]:
    """For linear networks ``g‖e‖² ≤ ‖e(0)‖²`` where ``g' = 2cg``, ``g(0) = 1``, at the rate c = C κ / p."""
    P = ProofWriter("decay along the aligned flow of a linear network")
    P.sorts("n", "d", "p")
    (i, j), (k,), (r,) = P.indices("i j", "n"), P.indices("k", "d"), P.indices("r", "p")
    X, b, kappa, C = P.tensor("X", "n", "d"), P.tensor("b", "p"), P.scalar("kappa"), P.scalar("C")
    W, beta = P.tensor("W", REAL, "p", "d"), P.tensor("beta", REAL, "p")
    e, e_rate = P.tensors("e e.", REAL, "n")
    g, g_rate = P.tensors("g g.", REAL)
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    flow.moves(e, e_rate)
    flow.moves(g, g_rate)
    over_p = size("p", -1)
    inputs = total(j, X(j, k) * e(t, j))
    back = total(r, total(k, W(t, r, k) * X(i, k)) * total(k, W(t, r, k) * inputs))
    weights = total(r, b(r) * beta(t, r))
    P.assume("FLOW_E", forall(t, i, e_rate(t, i).equals(-over_p * (back + weights * total(k, X(i, k) * inputs)))))
    brackets = weights - HALF * total(r, k, W(t, r, k) ** 2)
    P.assume("BRACKETS", forall(t, brackets.equals(C)))
    P.assume("C ≥ 0", at_least_0(C))
    P.assume("EIGENVALUE", forall(t, kappa * square_sum(i, e(t, i)) <= square_sum(k, inputs)))
    rate = C * kappa * over_p
    P.assume("WEIGHT", forall(t, g_rate(t).equals(2 * rate * g(t))))
    P.assume("g0", g(0).equals(1))
    P.assume("g ≥ 0", forall(t, at_least_0(g(t))))
    scaled = lambda x: g(x) * square_sum(i, e(x, i))  # noqa: E731
    falling = flow.rate(scaled(s))
    features = total(r, total(k, W(t, r, k) * inputs) ** 2) * over_p
    falls = P.show(
        "the weighted square falls",
        d(s, scaled(s), t) <= 0,
        falling.equation,
        item(P.sign(features), g(t), sign=Fact("g ≥ 0")(t)),
        item(P.sign(total(r, k, W(t, r, k) ** 2)), g(t) * over_p * square_sum(k, inputs)),
        Fact("BRACKETS")(t) * (g(t) * over_p * square_sum(k, inputs)),
        Fact("EIGENVALUE")(t) * (g(t) * C * over_p),
        rewrite=["FLOW_E", "WEIGHT"],
    )
    given = [P.generalise(name, x, t) for name, x in (("smooth", falling.smooth), ("falls", falls))]
    less = P.use(library.flow_decreasing())(of(s, scaled(s)), t, given=given)
    goal = forall(t, g(t) * square_sum(i, e(t, i)) <= square_sum(i, e(0, i)))
    fact = P.show("decay", goal, less, Fact("g0") * square_sum(i, e(0, i)))
    for tensor in ("e", "g"):
        fact = P.drop(f"without {tensor}.", fact, f"{tensor} rate")
    return _finished(P, fact, defined=["e differentiable", "g differentiable"])


@cache
def clock() -> tuple[dict[str, object], Proof]:
    """A linear bound with times as numbers: ``x(t+1) ≤ x(t) + c`` gives ``x(t) ≤ x(0) + c t``."""
    P = ProofWriter("times as numbers")
    x, c, (t,) = P.tensor("x", "time"), P.scalar("c"), P.indices("t", "time")
    P.assume("STEP", forall(t, x(t + 1) <= x(t) + c))
    P.assume("before", x(t) <= x(0) + c * num(t))
    start = P.show("start", x(0) <= x(0) + c * num(0))
    onward = P.show("onward", x(t + 1) <= x(0) + c * num(t + 1), Fact("STEP")(t), "before")
    return _finished(P, P.induct("all", t, [x(t) <= x(0) + c * num(t)], [start], [onward]))


@cache
def real_clock() -> tuple[dict[str, object], Proof]:
    """The same along real time: ``x' ≤ c`` gives ``x(t) ≤ x(0) + c t``."""
    P = ProofWriter("real times as numbers")
    (x, rate), c = P.tensors("x x.", REAL), P.scalar("c")
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    flow.moves(x, rate)
    P.assume("SLOW", forall(t, d(s, x(s), t) <= c))
    drift = flow.rate(x(s) - c * num(s))
    falls = P.show("falls", d(s, x(s) - c * num(s), t) <= 0, drift.equation, Fact("SLOW")(t), rewrite=["x rate"])
    given = [P.generalise(name, f, t) for name, f in (("smooth", drift.smooth), ("falls always", falls))]
    less = P.use(library.flow_decreasing())(of(s, x(s) - c * num(s)), t, given=given)
    fact = P.drop("without x.", P.show("bound", forall(t, x(t) <= x(0) + c * num(t)), less), "x rate")
    return _finished(P, fact, defined=["x differentiable"])


@cache
def relu() -> tuple[dict[str, object], Proof]:
    """``0 ≤ relu(x) ≤ |x|``, with relu as a maximum."""
    P = ProofWriter("ReLU")
    (i,) = P.sorts("n") and P.indices("i", "n")
    x, a = P.tensor("x", "n"), P.tensor("a", "n")
    P.assume("RELU", forall(i, a(i).equals(Expression(["fn", "max", 0, x(i).json]))))
    up, sign = P.use(library.below_abs())(x(i)), P.use(library.abs_sign())(x(i))
    size_ = Expression(["fn", "abs", x(i).json])
    high = P.use(library.max_at_most())(0, x(i), size_, given=[sign, P.show("up", x(i) <= size_, up)])
    fact = P.show("relu ≤ |x|", forall(i, a(i) <= size_), high, rewrite=["RELU"])
    P.show("0 ≤ relu", forall(i, at_least_0(a(i))), P.use(library.max_left())(0, x(i)), rewrite=["RELU"])
    return _finished(P, fact)


FLOWS = (gradient_flow, aligned_flow, flow_decay, clock, real_clock, relu)
