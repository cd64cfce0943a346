"""The perturbation lemma behind kinks: one definite matrix bounds a step with many bounded rank-one terms."""

from __future__ import annotations

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
    inv,
    norm,
    of,
    op,
    positive,
    square_sum,
    term,
    total,
)

MUTANTS = ("unstructured part omitted", "rate too small", "right vectors halved", "left vectors omitted")


@cache
def proof() -> ProofWriter:
    """Prove ‖v⁺‖² ≤ q²‖v‖²."""
    P = ProofWriter("Contraction with rank-one terms")
    P.sorts("n", "p")
    (i, j), r = P.indices("i j", "n"), P.index("r", "p")
    A, R = P.tensors("A P", "n", "n")
    U, V = P.tensors("U V", "n", "p")
    v, v1 = P.tensors("v v+", "n")
    theta, (q, s) = P.tensor("theta", "p"), P.scalars("q s")
    unstructured = total(j, R(i, j) * v(j))
    one_rank = total(r, j, theta(r) * U(i, r) * V(j, r) * v(j))
    P.assume(
        "STEP",
        forall(i, v1(i).equals(total(j, A(i, j) * v(j)) + unstructured + one_rank)),
        "step of the scaled error: known part, unstructured part, rank-one terms",
    )
    rate = P.assume("RATE", positive(q), "the rate is positive")
    P.assume("REST", op(i, j, R(i, j)) <= s, "the unstructured part is at most s")
    P.assume("PARAMETER", forall(r, theta(r) ** 2 <= 1), "every parameter is between −1 and 1")
    square, next_square = square_sum(i, v(i)), square_sum(i, v1(i))

    def left_of(r: IndexName) -> Expression:
        return total(i, U(i, r) * v1(i))

    def right_of(r: IndexName) -> Expression:
        return total(j, V(j, r) * v(j))

    def definite(left: Value, right: Value, rest: Value) -> Assertion:
        room = (q**2 - q * rest) * square + (1 - rest * inv(q)) * next_square
        return 2 * total(i, j, v1(i) * A(i, j) * v(j)) <= room - left - right

    lefts, rights = square_sum(r, left_of(r)), square_sum(r, right_of(r))
    P.assume("DEFINITE", definite(lefts, rights, s), "the certified matrix is non-negative at (v, −v⁺)")

    squared = P.show("q² > 0", positive(q**2), item(rate, q, sign=rate))
    quotient = P.show("q/q = 1", (q * inv(q)).equals(1), axiom("inverse")(q, given=[squared]))
    below = P.show("−1 ≤ 0q", term(-1) <= q * 0)
    above = P.show("1/q ≥ 0", at_least_0(inv(q)), P.use(library.quotient())(-1, 0, q, given=[rate, below]))
    size = P.show("s ≥ 0", at_least_0(s), "REST", axiom("op_sign", "n", "n")(of(i, j, R(i, j))))
    length, next_length = norm(i, v(i)), norm(i, v1(i))
    signs = [
        P.show(f"‖{x}‖² ≥ 0", at_least_0(y), item(P.use(library.square())(z), over=[i]))
        for x, y, z in (("v", square, v(i)), ("v+", next_square, v1(i)))
    ]
    lengths = [axiom("sqrt_square")(x, given=[sign]) for x, sign in zip((square, next_square), signs, strict=True)]
    cauchy = P.use(library.cauchy_schwarz(), A="n")
    bound = P.use(library.op_bound(), A="n", B="n")
    ratio = P.show("s/q ≥ 0", at_least_0(s * inv(q)), item(size, inv(q), sign=above))
    difference = P.use(library.square())(next_length - q * length)
    rest = P.show(
        "the unstructured part",
        2 * total(i, v1(i) * unstructured) <= q * s * square + s * inv(q) * next_square,
        cauchy(of(i, v1(i)), of(i, unstructured)) * 2,
        bound(of(i, j, R(i, j)), of(j, v(j))) * (2 * next_length),
        Fact("REST") * (2 * next_length * length),
        item(difference, s * inv(q), sign=ratio),
        quotient * (2 * s * next_length * length - q * s * length**2),
        lengths[0] * (q * s),
        lengths[1] * (s * inv(q)),
        reason="Cauchy–Schwarz, the operator norm, and a square",
    )
    each = P.use(library.square())(left_of(r) - theta(r) * right_of(r))
    P.conclude(
        P.show(
            "the step contracts",
            next_square <= q**2 * square,
            rest,
            "DEFINITE",
            item(each, over=[r]),
            item(Fact("PARAMETER")(r), right_of(r) ** 2, over=[r]),
            item(Fact("STEP")(i), 2 * v1(i), over=[i]),
            reason="twice the square minus the square, with the step in one factor; add a square for every "
            "rank-one term; then use the certified matrix",
        ),
        defined=[squared],
        witness=[
            q.equals(100),
            s.equals(op(i, j, R(i, j)) + 1),
            forall(i, r, U(i, r).equals(Fraction(1, 50) * V(i, r))),
            forall(r, theta(r).equals(inv(1 + square_sum(i, V(i, r))))),
        ],
    )

    def example(a: int, rest: int, left: int, right: int, rate: int) -> list[Assertion]:
        """All matrices multiples of the identity or constant, all parameters 1."""
        return [
            forall(i, j, A(i, j).equals(a * delta(i, j))),
            forall(i, j, R(i, j).equals(rest * delta(i, j))),
            forall(i, r, U(i, r).equals(left)),
            forall(i, r, V(i, r).equals(right)),
            forall(r, theta(r).equals(1)),
            s.equals(rest),
            q.equals(rate),
        ]

    P.mutant("unstructured part omitted", {"DEFINITE": definite(lefts, rights, 0)}, witness=example(0, 3, 0, 0, 1))
    small = next_square <= (q**2 - q * s) * square
    P.mutant("rate too small", {}, conclusion=small, witness=example(1, 1, 0, 0, 2))
    halved = definite(lefts, Fraction(1, 4) * rights, s)
    P.mutant("right vectors halved", {"DEFINITE": halved}, witness=example(0, 0, 1, 2, 1))
    P.mutant("left vectors omitted", {"DEFINITE": definite(0, rights, s)}, witness=example(0, 0, 4, 1, 1))
    return P
