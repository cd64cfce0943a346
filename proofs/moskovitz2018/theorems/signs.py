"""M1, M2: feedback that agrees in sign with the weights has a non-negative product with them."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, Lemma, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    absolute,
    delta,
    forall,
    given,
    inv,
    positive,
    size,
    total,
)

HALF = Fraction(1, 2)
MUTANTS_OF_ENTRIES = ("signs of other weights", "magnitudes with signs")
MUTANTS_OF_PRODUCT = ("signs forgotten in the product",)
MUTANTS_OF_ACUTE = ("any feedback", "a weight that is not 0 suffices")
MUTANTS_OF_WORST = ("one over the root of the inputs", "another power of the number of weights")


def sign_is(x: Expression, s: Expression) -> tuple[Assertion, Assertion]:
    """That s is the sign of x, where x is not 0."""
    return given(positive(x), s.equals(1)), given(x < 0, s.equals(-1))


@cache
def sign_times() -> Lemma:
    """``s is the sign of x ⟹ s x = |x|``, whatever s is at x = 0."""
    P = ProofWriter("a number times its sign")
    x, s = P.scalars("x s")
    up, down = P.assume("UP", sign_is(x, s)[0]), P.assume("DOWN", sign_is(x, s)[1])
    goal = (s * x).equals(absolute(x))
    P.assume("x ≤ 0", x <= 0)
    P.assume("x > 0", positive(x))
    P.assume("0 ≤ x", x >= 0)
    P.assume("x < 0", x < 0)
    P.show("x ≥ 0", x >= 0, "x > 0")
    above = P.show("above", goal, item(up(given=["x > 0"]), x), axiom("abs_up")(x, given=["x ≥ 0"]))
    P.show("x ≤ 0, weakly", x <= 0, "x < 0")
    below = P.show("below", goal, item(down(given=["x < 0"]), x), axiom("abs_down")(x, given=["x ≤ 0, weakly"]))
    P.show("x = 0", x.equals(0), P.use(library.equal_if_both())(x, 0, given=["x ≤ 0", "0 ≤ x"]))
    zero = P.show("zero", goal, item("x = 0", s), axiom("abs_up")(x, given=["0 ≤ x"]), "x = 0")
    rest = P.cases("not above", 0, x, zero, below)
    both = P.cases("either way", x, 0, rest, above)
    return P.lemma("sign_times", P.show("result", forall(x, s, given(*sign_is(x, s), goal)), both))


@cache
def sign_square() -> Lemma:
    """``s is the sign of x, and 0 at 0 ⟹ s² ≤ 1``."""
    P = ProofWriter("the square of a sign")
    x, s = P.scalars("x s")
    at_zero = given(x.equals(0), s.equals(0))
    up, down = P.assume("UP", sign_is(x, s)[0]), P.assume("DOWN", sign_is(x, s)[1])
    level = P.assume("LEVEL", at_zero)
    goal = s**2 <= 1
    for name, said in (("x ≤ 0", x <= 0), ("x > 0", positive(x)), ("0 ≤ x", x >= 0), ("x < 0", x < 0)):
        P.assume(name, said)
    one, minus = up(given=["x > 0"]), down(given=["x < 0"])
    above = P.show("above", goal, item(one, s), one)
    below = P.show("below", goal, item(minus, s), minus)
    P.show("x = 0", x.equals(0), P.use(library.equal_if_both())(x, 0, given=["x ≤ 0", "0 ≤ x"]))
    zero = P.show("zero", goal, item(level(given=["x = 0"]), s))
    both = P.cases("either way", x, 0, P.cases("not above", 0, x, zero, below), above)
    return P.lemma("sign_square", P.show("result", forall(x, s, given(*sign_is(x, s), at_zero, goal)), both))


class SignSymmetric:
    """A layer of k outputs and p inputs with weights A, and feedback ``B = |M| ∘ sign A``.

    M is any matrix: ones for uSF, fixed for frSF, redrawn for brSF.
    """

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("k", "p")
        (self.c, self.a), (self.r, self.u) = P.indices("c a", "k"), P.indices("r u", "p")
        self.A, self.S, self.M, self.B = P.tensors("A S M B", "k", "p")
        self.weight, self.sign = self.A(self.c, self.r), self.S(self.c, self.r)

    def signs(self) -> None:
        """S is the sign of A where A is not 0."""
        up, down = sign_is(self.weight, self.sign)
        self.P.assume("POSITIVE", forall(self.c, self.r, up), "the sign of a positive weight")
        self.P.assume("NEGATIVE", forall(self.c, self.r, down), "the sign of a negative weight")

    def sign_of_zero(self) -> None:
        zero = forall(self.c, self.r, given(self.weight.equals(0), self.sign.equals(0)))
        self.P.assume("ZERO", zero, "the sign of 0")

    def feedback(self) -> None:
        self.P.assume("FEEDBACK", self.sent(absolute(self.M(self.c, self.r)) * self.sign), "sign-symmetric feedback")

    def sent(self, value: Expression) -> Assertion:
        return forall(self.c, self.r, self.B(self.c, self.r).equals(value))

    @property
    def magnitudes(self) -> Expression:
        """``|M_cr| |A_cr|``."""
        return absolute(self.M(self.c, self.r)) * absolute(self.weight)

    @property
    def product(self) -> Expression:
        """``⟨B, A⟩``."""
        return total(self.c, self.r, self.B(self.c, self.r) * self.weight)

    def show_entry(self) -> Fact:
        """``sign(A_cr) A_cr = |A_cr|``."""
        c, r = self.c, self.r
        return self.P.instance(
            "a weight times its sign",
            self.P.use(sign_times())(self.weight, self.sign, given=[Fact("POSITIVE")(c, r), Fact("NEGATIVE")(c, r)]),
            reason="by cases: positive, negative, 0",
        )

    def show_product(self) -> Fact:
        c, r = self.c, self.r
        return self.P.show(
            "the product of feedback and weights",
            self.product.equals(total(c, r, self.magnitudes)),
            item(self.show_entry(), absolute(self.M(c, r)), over=[c, r]),
            rewrite=["FEEDBACK"],
            reason="insert the feedback; a weight times its sign is its size",
        )

    def witness(self) -> list[Assertion]:
        """A formula for the sign, 0 at 0."""
        return [forall(self.c, self.r, self.sign.equals(self.weight * inv(absolute(self.weight))))]


@cache
def entries() -> ProofWriter:
    """Prove ``B_cr A_cr = |M_cr| |A_cr|``."""
    N = SignSymmetric("Sign-symmetric feedback, entry by entry")
    P, c, r = N.P, N.c, N.r
    N.signs()
    N.feedback()
    P.conclude(
        P.show(
            "an entry of the feedback times its weight",
            forall(c, r, (N.B(c, r) * N.weight).equals(N.magnitudes)),
            item(N.show_entry(), absolute(N.M(c, r))),
            rewrite=["FEEDBACK"],
            reason="insert the feedback; a weight times its sign is its size",
        ),
        witness=N.witness(),
    )
    P.mutant("signs of other weights", {"FEEDBACK": N.sent(absolute(N.M(c, r)))})
    P.mutant("magnitudes with signs", {"FEEDBACK": N.sent(N.M(c, r) * N.sign)})
    return P


@cache
def product() -> ProofWriter:
    """Prove ``⟨B, A⟩ = Σ |M| |A|``."""
    N = SignSymmetric("The product of sign-symmetric feedback with the weights")
    P, c, r = N.P, N.c, N.r
    N.signs()
    N.feedback()
    P.conclude(N.show_product(), witness=N.witness())
    forgotten = total(c, r, absolute(N.M(c, r)) * N.weight)
    P.mutant("signs forgotten in the product", {}, conclusion=N.product.equals(forgotten))
    return P


@cache
def acute() -> ProofWriter:
    """Prove that ``⟨B, A⟩`` is at least each ``|M_cr| |A_cr|``, so positive unless all of these are 0."""
    N = SignSymmetric("Sign-symmetric feedback is never at an obtuse angle with the weights")
    P, c, a, r, u = N.P, N.c, N.a, N.r, N.u
    N.signs()
    N.feedback()
    of_all = N.show_product()
    here = absolute(N.M(a, u)) * absolute(N.A(a, u))
    others = 1 - delta(c, a) * delta(r, u)
    P.conclude(
        P.show(
            "at least every part",
            forall(a, u, here <= N.product),
            of_all,
            P.signed(total(c, r, others**2 * N.magnitudes)),
            reason="the other parts of the sum are not negative",
        ),
        witness=N.witness(),
    )
    P.mutant("any feedback", {"FEEDBACK": N.sent(N.M(c, r))})
    P.mutant("a weight that is not 0 suffices", {}, conclusion=forall(a, u, absolute(N.A(a, u)) <= N.product))
    return P


@cache
def worst() -> ProofWriter:
    """Prove ``‖A‖² ‖sign A‖² ≤ kp ⟨sign A, A⟩²``."""
    N = SignSymmetric("The largest angle of uniform sign-symmetric feedback")
    P, c, a, r, u = N.P, N.c, N.a, N.r, N.u
    N.signs()
    N.sign_of_zero()
    entry = P.generalise("every weight times its sign", N.show_entry(), c, r)
    size_of = absolute(N.weight)
    others = (1 - delta(c, a) * delta(r, u)) ** 2
    weights = total(c, r, N.weight**2)
    aligned = total(c, r, N.sign * N.weight)
    one_norm = P.show("the product is Σ|A|", aligned.equals(total(c, r, size_of)), item(entry(c, r), over=[c, r]))
    square = P.use(library.abs_square())
    longer = P.show(
        "the sum of sizes is at least the length",
        weights <= aligned**2,
        item(square(N.weight), over=[c, r]),
        one_norm * (aligned + total(c, r, size_of)),
        P.signed(total(c, r, a, u, others * (size_of * absolute(N.A(a, u))))),
        reason="the square of the sum has all squares, and products that are not negative",
    )
    known = [Fact(name)(c, r) for name in ("POSITIVE", "NEGATIVE", "ZERO")]
    unit = P.instance("signs are at most 1", P.use(sign_square())(N.weight, N.sign, given=known))
    count = P.show(
        "the length of the signs",
        total(c, r, N.sign**2) <= size("k") * size("p"),
        item(unit, over=[c, r]),
        reason="there are kp of them",
    )
    P.conclude(
        P.show(
            "the angle",
            weights * total(c, r, N.sign**2) <= size("k") * size("p") * aligned**2,
            item(longer, size("k") * size("p")),
            item(count, weights),
            reason="multiply both bounds",
        ),
        witness=N.witness(),
    )
    P.mutant(
        "one over the root of the inputs",
        {},
        conclusion=weights * total(c, r, N.sign**2) <= size("p") * aligned**2,
    )
    P.mutant(
        "another power of the number of weights",
        {},
        conclusion=weights * total(c, r, N.sign**2) <= size("k", HALF) * size("p", HALF) * aligned**2,
    )
    return P
