"""Proofs written for the kernel: one step of the error, the tube theorem, the time after the cutoff, random kernels."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from fa_theory.checker.proof import Proof
from fa_theory.proofs.song2021.theorems import after_cutoff
from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    absolute,
    at_least_0,
    delta,
    forall,
    given,
    inv,
    mean,
    norm,
    of,
    op,
    size,
    square_sum,
    total,
)
from fa_theory.symbolic.proof.writer import TIME, Multiple

HALF = Fraction(1, 2)
root = size("p", -HALF)


def _finished(P: ProofWriter, fact: Fact, **more: Any) -> tuple[dict[str, object], Proof]:
    proof = P.conclude(fact, **more)
    return P.document, proof


@cache
def linear() -> tuple[dict[str, object], Proof]:
    """S2: the error after one step of a linear network."""
    P = ProofWriter("error recursion")
    P.sorts("n", "d", "p")
    (i, j, l_), (k, h), (r,) = P.indices("i j l", "n"), P.indices("k h", "d"), P.indices("r", "p")
    X, G, H, K = P.tensor("X", "n", "d"), *P.tensors("G H K", "n", "n")
    y, e, e1 = P.tensors("y e e+", "n")
    W, W1 = P.tensors("W W+", "p", "d")
    beta, beta1, b = P.tensors("beta beta+ b", "p")
    eta, lam = P.scalars("eta lam")
    output = lambda beta, W: total(r, k, beta(r) * W(r, k) * X(i, k)) * root - y(i)  # noqa: E731
    P.assume("ERROR", forall(i, e(i).equals(output(beta, W))))
    P.assume("NEXT", forall(i, e1(i).equals(output(beta1, W1))))
    P.assume("STEP_W", forall(r, k, W1(r, k).equals(W(r, k) - eta * root * b(r) * total(j, X(j, k) * e(j)))))
    pull = total(j, k, W(r, k) * X(j, k) * e(j))
    P.assume("STEP_B", forall(r, beta1(r).equals((1 - eta * lam) * beta(r) - eta * root * pull)))
    gram = size("p", -1) * total(r, k, h, W(r, k) * X(i, k) * W(r, h) * X(j, h))
    P.assume("GRAM", forall(i, j, G(i, j).equals(gram)))
    P.assume("INPUT", forall(i, j, K(i, j).equals(total(k, X(i, k) * X(j, k)))))
    aligned = size("p", -1) * total(r, b(r) * beta(r))
    P.assume("FGRAM", forall(i, j, H(i, j).equals(aligned * K(i, j))))
    Ke, pulled = total(j, K(i, j) * e(j)), total(r, k, l_, b(r) * W(r, k) * X(l_, k) * e(l_))
    goal = e1(i).equals(
        (1 - eta * lam) * e(i)
        - eta * total(j, (G(i, j) + H(i, j)) * e(j))
        - eta * lam * y(i)
        + eta**2 * lam * aligned * Ke
        + eta**2 * size("p", Fraction(-3, 2)) * pulled * Ke
    )
    definitions = ["NEXT", "STEP_W", "STEP_B", "GRAM", "INPUT", "FGRAM"]
    fact = P.show(
        "S2",
        forall(i, goal),
        Fact("ERROR")(i) * (1 - eta * lam),
        rewrite=definitions,
        reason="insert the step; the old output is the error plus the target",
    )
    return _finished(P, fact)


@cache
def tube() -> tuple[dict[str, object], Proof]:
    """The tube theorem: decay, total error and both distances by one joint induction."""
    P = ProofWriter("tube theorem")
    P.sorts("n", "d", "p")
    (i, j, l_, m), (k,), (r,), (t,) = (
        P.indices("i j l m", "n"),
        P.indices("k", "d"),
        P.indices("r", "p"),
        P.indices("t", TIME),
    )
    X, y, b, eta = P.tensor("X", "n", "d"), P.tensor("y", "n"), P.tensor("b", "p"), P.scalar("eta")
    W, beta, e = P.tensor("W", TIME, "p", "d"), P.tensor("beta", TIME, "p"), P.tensor("e", TIME, "n")
    Psi, D, s = P.tensors("Psi D s", TIME, "n", "p")
    N, Pt = P.tensors("N P", TIME, "n", "n")
    C, Q, K, A, B = P.tensors("C Q K A B", "n", "n")
    v, T = P.tensor("v", TIME, "n"), P.tensor("T", TIME)
    q, S, L = P.scalars("q S L")
    F, a = P.tensors("F a", "p")
    t1 = t + 1
    matrix = lambda M: op(i, j, M(i, j))  # noqa: E731
    opX, opP = op(k, j, X(j, k)), op(i, j, Pt(t, i, j))
    nv, ne = (lambda x: norm(i, v(x, i))), (lambda x: norm(i, e(x, i)))
    # definitions
    P.assume("ERROR", forall(t, i, e(t, i).equals(total(r, beta(t, r) * Psi(t, i, r)) * root - y(i))))
    pull = total(j, D(t, j, r) * X(j, k) * e(t, j))
    P.assume("STEP_W", forall(t, r, k, W(t1, r, k).equals(W(t, r, k) - eta * root * b(r) * pull)))
    step_b = beta(t, r) - eta * root * total(j, Psi(t, j, r) * e(t, j))
    P.assume("STEP_B", forall(t, r, beta(t1, r).equals(step_b)))
    secant = Psi(t, i, r) + s(t, i, r) * total(k, (W(t1, r, k) - W(t, r, k)) * X(i, k))
    P.assume("SECANT", forall(t, i, r, Psi(t1, i, r).equals(secant)))
    slopes = total(r, beta(t, r) * b(r) * s(t, i, r) * D(t, j, r)) * total(k, X(i, k) * X(j, k))
    kernel = size("p", -1) * (total(r, Psi(t1, i, r) * Psi(t, j, r)) + slopes)
    P.assume("KERNEL", forall(t, i, j, N(t, i, j).equals(kernel)))
    P.assume("V", forall(t, i, v(t, i).equals(total(j, C(i, j) * e(t, j)))))
    P.assume("INV", forall(i, j, total(l_, Q(i, l_) * C(l_, j)).equals(delta(i, j))))
    P.assume("A", forall(i, j, A(i, j).equals(total(l_, m, C(i, l_) * (delta(l_, m) - eta * K(l_, m)) * Q(m, j)))))
    rest = -eta * total(l_, m, C(i, l_) * (N(t, l_, m) - K(l_, m)) * Q(m, j))
    P.assume("P", forall(t, i, j, Pt(t, i, j).equals(rest)))
    P.assume("T0", T(0).equals(0))
    P.assume("T1", forall(t, T(t1).equals(T(t) + ne(t))))
    P.assume("RATE", forall(r, a(r).equals(eta * root * absolute(b(r)) * opX * L)))
    # assumptions
    dist_w = lambda x: norm(k, W(x, r, k) - W(0, r, k))  # noqa: E731
    dist_b = lambda x: absolute(beta(x, r) - beta(0, r))  # noqa: E731
    in_w = lambda x: forall(r, dist_w(x) <= a(r) * S)  # noqa: E731
    in_b = lambda x: forall(r, dist_b(x) <= eta * root * F(r) * S)  # noqa: E731
    P.assume("ETA", at_least_0(eta))
    P.assume("S ≥ 0", at_least_0(S))
    P.assume("L ≥ 0", at_least_0(L))
    P.assume("F ≥ 0", forall(r, at_least_0(F(r))))
    P.assume("LEVEL", matrix(Q) * nv(0) <= (1 - q) * S)
    P.assume("CERT", matrix(A) + eta * matrix(B) <= q)
    P.assume("NEAR", forall(t, given(in_w(t), in_w(t1), in_b(t), opP <= eta * matrix(B))))
    P.assume("SLOPE", forall(t, j, r, given(in_w(t), absolute(D(t, j, r)) <= L)))
    P.assume("FEATURE", forall(t, r, given(in_w(t), norm(j, Psi(t, j, r)) <= F(r))))
    sqrt_sq, abs_le = axiom("sqrt_square"), P.use(library.abs_at_most())
    tri = P.use(library.triangle(), A="n")
    opnn = P.use(library.op_bound(), A="n", B="n")
    # the error after a step
    error = Fact("ERROR")
    star = P.show(
        "STAR",
        forall(t, i, e(t1, i).equals(e(t, i) - eta * total(j, N(t, i, j) * e(t, j)))),
        *(error(t1, i), error(t, i)),
        rewrite=["STEP_W", "STEP_B", "SECANT", "KERNEL"],
        reason="the kernel between two steps",
    )
    back = P.show(
        "e = Qv",
        forall(t, i, e(t, i).equals(total(j, Q(i, j) * v(t, j)))),
        item(Fact("INV")(i, j), e(t, j), over=[j]),
        rewrite=["V"],
    )
    Av, Pv = total(j, A(i, j) * v(t, j)), total(j, Pt(t, i, j) * v(t, j))
    step_v = P.show(
        "v+",
        forall(t, i, v(t1, i).equals(Av + Pv)),
        *(Fact("V")(t1, i), item(star(t, j), C(i, j), over=[j])),
        item(back(t, j), C(i, j) - eta * total(l_, C(i, l_) * N(t, l_, j)), over=[j]),
        rewrite=["A", "P"],
    )
    # what holds at time t
    f1 = lambda x: nv(x) <= q**x * nv(0)  # noqa: E731
    f2 = lambda x: T(x) <= S * (1 - q**x)  # noqa: E731
    f3 = lambda x: forall(r, dist_w(x) <= a(r) * T(x))  # noqa: E731
    f4 = lambda x: forall(r, dist_b(x) <= eta * root * F(r) * T(x))  # noqa: E731
    before = [P.assume(f"D{n}", f(t)) for n, f in enumerate((f1, f2, f3, f4), 1)]
    # signs
    P.show(
        "q ≥ 0", at_least_0(q), "CERT", axiom("op_sign", "n", "n")(of(i, j, A(i, j))), Fact(P.sign(eta * matrix(B)).ref)
    )
    power = P.use(library.power_sign())
    qt = P.generalise("q^t", P.instance("q^t at t", power(q, t, given=["q ≥ 0"])), t)
    P.show("a ≥ 0", forall(r, at_least_0(a(r))), P.sign(eta * root * absolute(b(r)) * opX * L), rewrite=["RATE"])
    # the sum of the errors
    bounded = P.show(
        "‖e‖ ≤ ‖Q‖‖v‖",
        ne(t) <= matrix(Q) * nv(t),
        opnn(of(i, j, Q(i, j)), of(i, v(t, i))),
        rewrite=[back],
        reason="e = Qv",
    )
    f2n = P.show(
        "T+",
        f2(t1),
        *(before[1], bounded, item(before[0], matrix(Q)), item("LEVEL", q**t, sign=qt(t))),
        rewrite=["T1"],
    )
    P.show("T ≤ S", T(t) <= S, before[1], item("S ≥ 0", q**t, sign=qt(t)))
    P.show("T+ ≤ S", T(t1) <= S, f2n, item("S ≥ 0", q**t1, sign=qt(t1)))
    # in the tube at t
    a_sign = Fact("a ≥ 0")(r)
    inw = P.show("in W", in_w(t), before[2](r), item("T ≤ S", a(r), sign=a_sign))
    inb = P.show("in B", in_b(t), before[3](r), item("T ≤ S", eta * root * F(r)))
    # the move of a neuron: ‖W+ − W‖ ≤ c|b| ‖X‖ ‖De‖ ≤ a ‖e‖
    De = lambda x: D(t, x, r) * e(t, x)  # noqa: E731
    pull, w = total(j, X(j, k) * De(j)), -eta * root * b(r)
    cb = eta * root * absolute(b(r))
    mv1 = P.use(library.homogeneous(), A="d")(w, of(k, pull))
    mv2 = P.use(library.op_bound(), A="n", B="d")(of(k, j, X(j, k)), of(j, De(j)))
    slope = Fact("SLOPE")(t, j, r, given=[inw])
    abs2 = P.use(library.abs_square())
    d2 = P.show(
        "D² ≤ L²",
        forall(j, D(t, j, r) ** 2 <= L**2),
        *(slope * (L + absolute(D(t, j, r))), abs2(D(t, j, r))),
    )
    De2, e2 = square_sum(j, De(j)), square_sum(i, e(t, i))
    P.show("(De)²", De2 <= L**2 * square_sum(j, e(t, j)), item(d2(j), e(t, j) ** 2, over=[j]))
    norms = [sqrt_sq(x, given=[P.sign(x)]) for x in (De2, e2)]
    P.show("‖De‖²", norm(j, De(j)) ** 2 <= (L * ne(t)) ** 2, "(De)²", norms[0], norms[1] * L**2)
    mv3 = P.use(library.root())(norm(j, De(j)), L * ne(t), given=[P.sign(L * ne(t)), "‖De‖²"])
    up, down = P.use(library.below_abs())(b(r)), P.use(library.minus_below_abs())(b(r))
    P.show("w ≤ c|b|", w <= cb, down * (eta * root))
    P.show("-w ≤ c|b|", -w <= cb, up * (eta * root))
    ab = abs_le(w, cb, given=["w ≤ c|b|", "-w ≤ c|b|"])
    move = P.show(
        "move",
        forall(r, norm(k, W(t1, r, k) - W(t, r, k)) <= a(r) * ne(t)),
        *(mv1, ab * norm(k, pull), mv2 * cb, mv3 * (cb * opX)),
        rewrite=["STEP_W", "RATE"],
        reason="a step moves a neuron by at most c|b| ‖X‖ L ‖e‖",
    )
    trid = P.use(library.triangle(), A="d")
    f3n = P.show(
        "W+",
        f3(t1),
        *(trid(of(k, W(t1, r, k) - W(t, r, k)), of(k, W(t, r, k) - W(0, r, k))), move(r), before[2](r)),
        rewrite=["T1"],
    )
    inw1 = P.show("in W at t+1", in_w(t1), f3n(r), item("T+ ≤ S", a(r), sign=a_sign))
    # output weights
    feature = Fact("FEATURE")(t, r, given=[inw])
    cs = P.use(library.cauchy_schwarz(), A="n")
    for sign, name in ((1, "db"), (-1, "-db")):
        P.show(
            name,
            -sign * (beta(t1, r) - beta(t, r)) <= eta * root * F(r) * ne(t),
            cs(of(j, sign * Psi(t, j, r)), of(j, e(t, j))) * (eta * root),
            feature * (eta * root * ne(t)),
            rewrite=["STEP_B"],
        )
    moved = beta(t1, r) - beta(t, r)
    f4n = P.show(
        "beta+",
        f4(t1),
        P.use(library.abs_triangle())(moved, beta(t, r) - beta(0, r)),
        abs_le(moved, eta * root * F(r) * ne(t), given=["-db", "db"]),
        before[3](r),
        rewrite=["T1"],
    )
    # decay
    near = Fact("NEAR")(t, given=[inw, inw1, inb])
    vn = of(i, v(t, i))
    at_t = P.generalise("v+ at t", P.instance("v+ at t, i", step_v(t, i)), i)
    f1n = P.show(
        "decay",
        f1(t1),
        tri(of(i, Av), of(i, Pv)),
        *(opnn(of(i, j, A(i, j)), vn), opnn(of(i, j, Pt(t, i, j)), vn)),
        *(near * nv(t), item("CERT", nv(t)), item(before[0], q, sign=Fact("q ≥ 0"))),
        rewrite=[at_t],
        reason="‖v+‖ ≤ (‖A‖ + ‖P‖)‖v‖",
    )
    # start
    zero = P.show("0 ≤ 0", at_least_0(0))
    P.show("√0 squared", (norm(k, W(0, r, k) - W(0, r, k)) ** 2).equals(0), sqrt_sq(0, given=[zero]))
    sign = P.show("√0² ≤ 0²", norm(k, W(0, r, k) - W(0, r, k)) ** 2 <= Expression(["^", 0, 2]), "√0 squared")
    none = P.use(library.root())(norm(k, W(0, r, k) - W(0, r, k)), 0, given=[zero, sign])
    start = [
        P.show("start 1", f1(0)),
        P.show("start 2", f2(0), rewrite=["T0"]),
        P.show("start 3", f3(0), none, rewrite=["T0"]),
        P.show("start 4", f4(0), axiom("abs_up")(0, given=[zero]), rewrite=["T0"]),
    ]
    goals = [f(t) for f in (f1, f2, f3, f4)]
    done = P.induct("all", t, goals, start, [f1n, f2n, f3n, f4n], reason="all four together")
    one = lambda M, c: forall(i, j, M(i, j).equals(delta(i, j) * c))  # noqa: E731
    witness = [
        eta.equals(Fraction(1, 300)),
        forall(r, b(r).equals(beta(0, r))),
        *(forall(t, i, r, x(t, i, r).equals(1)) for x in (s, D)),
        *(L.equals(1), one(C, 2), one(Q, HALF), one(B, Fraction(1, 3))),
        forall(i, j, K(i, j).equals(N(0, i, j))),
        q.equals(matrix(A) + eta * matrix(B)),
        S.equals(matrix(Q) * nv(0) * inv(1 - q)),
        forall(r, F(r).equals(2 * norm(i, Psi(0, i, r)) + 1)),
        forall(r, k, W(0, r, k).equals(Fraction(1, 3))),
        forall(i, y(i).equals(total(r, beta(0, r) * Psi(0, i, r)) * root + Fraction(1, 50))),
    ]
    return _finished(P, done, witness=witness)


def cutoff() -> tuple[dict[str, object], Proof]:
    """After the cutoff the length left decays, by a joint induction over seven statements."""
    P = after_cutoff.proof()
    assert P.finished is not None
    return P.document, P.finished


@cache
def random_gram(which: str) -> tuple[dict[str, object], Proof]:
    """Moments of the kernels of a random network: ``gram`` (variance of G), ``mean`` and ``second`` of H."""
    P = ProofWriter("random kernels")
    P.sorts("n", "p")
    (i, j), (r,) = P.indices("i j", "n"), P.indices("r", "p")
    Psi, D = P.tensors("Psi D", "n", "p")
    beta, b = P.tensors("beta b", "p")
    K, limit, fourth = P.tensors("K Gbar Fourth", "n", "n")
    V, L = P.scalars("V L")
    neuron = P.law("neuron", "iid", ["n", "p"], ["n", "p"], axis="p")
    normal = P.law("normal", "gauss", ["p"], ["p"])
    E = lambda x: mean(neuron, (Psi, D), x)  # noqa: E731
    Eb = lambda x: mean(normal, (beta, b), x)  # noqa: E731
    over_p = size("p", -1)
    one = lambda x: E(total(r, x)) * over_p  # noqa: E731
    P.assume("LIMIT", forall(i, j, limit(i, j).equals(one(Psi(i, r) * Psi(j, r)))))
    P.assume("VARIANCE", V.equals(total(i, j, one((Psi(i, r) * Psi(j, r) - limit(i, j)) ** 2))))
    P.assume("FOURTH", forall(i, j, fourth(i, j).equals(one(D(i, r) ** 2 * D(j, r) ** 2))))
    P.assume("BOUND", forall(i, j, fourth(i, j) <= L**4))
    G = over_p * total(r, Psi(i, r) * Psi(j, r))
    H = K(i, j) * over_p * total(r, beta(r) * b(r) * D(i, r) * D(j, r))
    goals: dict[str, tuple[Assertion, list[Fact | Multiple | str], list[str]]] = {
        "gram": (E(total(i, j, (G - limit(i, j)) ** 2)).equals(V * over_p), [], ["LIMIT", "VARIANCE"]),
        "mean": (forall(i, j, E(Eb(H)).equals(0)), [], []),
        "second": (
            E(Eb(total(i, j, H**2))) <= L**4 * over_p * total(i, j, K(i, j) ** 2),
            [item(Fact("BOUND")(i, j), over_p * K(i, j) ** 2, over=[i, j])],
            ["FOURTH"],
        ),
    }
    goal, facts, rules = goals[which]
    return _finished(P, P.show(which, goal, *facts, rewrite=rules))


def every() -> dict[str, tuple[dict[str, object], Proof]]:
    """All of them by name."""
    names = ("gram", "mean", "second")
    return {"linear": linear(), "tube": tube(), "cutoff": cutoff(), **{name: random_gram(name) for name in names}}


__all__ = ["IndexName", "cutoff", "every", "linear", "random_gram", "tube"]
