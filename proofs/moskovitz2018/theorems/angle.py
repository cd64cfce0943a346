"""M3: the cosine between independent random weights and feedback is close to its limit, with an explicit deviation.

The pairs (B_a, A_a) are N independent draws of one law, of which all that counts is ``E BA = c s u``, ``E B² = s²`` and
``E A² = u²``. The relative deviations of ``⟨B, A⟩``, ``‖B‖²`` and ``‖A‖²`` from their means have a total mean square of
exactly κ/N; and where their squares sum to at most ε², the cosine is within a factor (1+ε)/(1−ε) of c.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, Multiple, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    forall,
    inv,
    mean,
    norm,
    positive,
    size,
    term,
    total,
)

MUTANTS_OF_DEVIATION = ("deviation of the second moments only", "another power of N", "not relative")
MUTANTS_OF_ABOVE = ("half the room above", "no room for the norms above")
MUTANTS_OF_BELOW = ("half the room", "no room for the norms")
SHARE = size("N", -1)


@cache
def deviation() -> ProofWriter:
    """Prove ``E[x² + w² + z²] = κ/N`` for the relative deviations x, w, z."""
    P = ProofWriter("The deviations of product and norms from their means")
    P.sorts("N")
    a = P.index("a", "N")
    B, A = P.tensors("B A", "N")
    product, sent, weight, K = P.scalars("mu s2 u2 kappa")
    law = P.law("weights", "iid", ["N"], ["N"], axis="N")

    def average(value: Expression) -> Expression:
        """The mean for one pair, as the average over all."""
        return SHARE * mean(law, (B, A), total(a, value))

    parts = {
        "PRODUCT": (B(a) * A(a), product),
        "FEEDBACK": (B(a) ** 2, sent),
        "WEIGHTS": (A(a) ** 2, weight),
    }
    ones = []
    for name, (value, limit) in parts.items():
        P.assume(name, limit.equals(average(value)), "mean for one pair")
        sign = P.assume(f"{name} > 0", positive(limit), "a mean that is not 0")
        squared = P.show(f"{name}² > 0", positive(limit**2), item(sign, limit, sign=sign))
        ones.append(P.instance(f"{name}/{name} = 1", axiom("inverse")(limit, given=[squared])))

    gaps = [(SHARE * total(a, value) * inv(limit) - 1) ** 2 for value, limit in parts.values()]
    deviations = mean(law, (B, A), gaps[0] + gaps[1] + gaps[2])
    excess = sum((average(value**2) * inv(limit) ** 2 for value, limit in parts.values()), start=term(-3))
    P.assume("K", K.equals(excess), "relative variances for one pair")
    found = P.show(
        "the mean square of the deviations",
        deviations.equals(K * SHARE),
        *(
            one * factor
            for one, (_, limit) in zip(ones, parts.values(), strict=True)
            for factor in (term(1), SHARE, limit * inv(limit), SHARE * limit * inv(limit))
        ),
        rewrite=["K", "PRODUCT", "FEEDBACK", "WEIGHTS"],
        reason="each is a mean over N independent pairs: its variance is that of one pair over N",
    )
    P.conclude(found, defined=[f"{name}² > 0" for name in parts])
    P.mutant("another power of N", {}, conclusion=deviations.equals(K * SHARE**2))
    P.mutant(
        "deviation of the second moments only", {}, conclusion=mean(law, (B, A), gaps[1] + gaps[2]).equals(K * SHARE)
    )
    P.mutant("not relative", {"K": K.equals(excess + 1)})
    return P


class _Close:
    """Vectors whose product and norms have relative deviations x, w, z from ``N c s u``, ``N s²`` and ``N u²``."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("N")
        self.a = a = P.index("a", "N")
        self.B, self.A = P.tensors("B A", "N")
        self.c, self.s, self.u, self.x, self.w, self.z, self.eps = P.scalars("c s u x w z eps")
        c, s, u = self.c, self.s, self.u
        P.assume("PRODUCT", self.product.equals(size("N") * c * s * u * (1 + self.x)), "deviation of the product")
        P.assume("FEEDBACK", total(a, self.B(a) ** 2).equals(size("N") * s**2 * (1 + self.w)), "that of the feedback")
        P.assume("WEIGHTS", total(a, self.A(a) ** 2).equals(size("N") * u**2 * (1 + self.z)), "that of the weights")
        for name in "csu":
            P.assume(f"{name} > 0", positive(P.scalar(name)), "a positive number")
        P.assume("ε ≥ 0", self.eps >= 0, "a bound")
        P.assume("ε < 1", self.eps < 1, "a bound below 1")
        P.assume("CLOSE", self.total_deviation(self.eps), "the deviations are small")

    def total_deviation(self, eps: Expression) -> Assertion:
        return self.x**2 + self.w**2 + self.z**2 <= eps**2

    @property
    def product(self) -> Expression:
        return total(self.a, self.B(self.a) * self.A(self.a))

    @property
    def norms(self) -> Expression:
        return norm(self.a, self.B(self.a)) * norm(self.a, self.A(self.a))

    @property
    def scale(self) -> Expression:
        """``N s u``, what ``‖B‖ ‖A‖`` is on average."""
        return size("N") * self.s * self.u

    def deviations(self) -> dict[str, Fact]:
        """``±x ≤ ε``, and so for w and z."""
        P, found = self.P, {}
        parts = {"x": self.x, "w": self.w, "z": self.z}
        for name, part in parts.items():
            rest = [P.signed(other**2) for key, other in parts.items() if key != name]
            square = P.show(f"{name}²", part**2 <= self.eps**2, "CLOSE", *rest)
            for sign, at in (("+", part), ("-", -part)):
                turned = P.show(f"({sign}{name})²", at**2 <= self.eps**2, square)
                found[sign + name] = P.instance(
                    f"{sign}{name} ≤ ε", P.use(library.root())(at, self.eps, given=["ε ≥ 0", turned])
                )
        return found

    def squares(self) -> Fact:
        """``(‖B‖‖A‖)² = N² s² u² (1+w)(1+z)``."""
        P, a = self.P, self.a
        inside = [total(a, x(a) ** 2) for x in (self.B, self.A)]
        roots = [
            P.instance(f"‖{name}‖²", axiom("sqrt_square")(x, given=[P.signed(x)]))
            for name, x in zip("BA", inside, strict=True)
        ]
        return P.show(
            "the product of the norms, squared",
            (self.norms**2).equals(self.scale**2 * (1 + self.w) * (1 + self.z)),
            item(roots[0], norm(a, self.A(a)) ** 2),
            item(roots[1], inside[0]),
            item("FEEDBACK", inside[1]),
            item("WEIGHTS", size("N") * self.s**2 * (1 + self.w)),
        )

    def bounds(self) -> dict[str, Fact]:
        """``1 − ε ≤ 1 + x ≤ 1 + ε``, and so for w and z, with ``0 ≤ 1 − ε``."""
        P, eps = self.P, self.eps
        at_most = self.deviations()
        found = {
            "down": P.show("0 ≤ 1-ε", 1 - eps >= 0, "ε < 1"),
            "up": P.show("0 ≤ 1+ε", 1 + eps >= 0, "ε ≥ 0"),
        }
        for name, part in (("x", self.x), ("w", self.w), ("z", self.z)):
            found[f"{name} low"] = P.show(f"1-ε ≤ 1+{name}", 1 - eps <= 1 + part, at_most[f"-{name}"])
            found[f"{name} high"] = P.show(f"1+{name} ≤ 1+ε", 1 + part <= 1 + eps, at_most[f"+{name}"])
            found[f"{name} sign"] = P.show(f"0 ≤ 1+{name}", 1 + part >= 0, found[f"{name} low"], found["down"])
        return found

    def conclude(self, goal: Assertion, *by: Fact | Multiple, reason: str, change: Fraction) -> None:
        """Conclude, with a point at which all numbers are rational and the bound is nearly met."""
        length, x = 1 + change, -4 * change
        norms = length**2
        values = ((self.s, 1), (self.u, 1), (self.x, x), (self.w, norms - 1), (self.z, norms - 1))
        entries = (forall(self.a, tensor(self.a).equals(length)) for tensor in (self.B, self.A))
        witness = [*entries, *(scalar.equals(value) for scalar, value in values)]
        witness += [self.c.equals(norms / (1 + x)), self.eps.equals(Fraction(1, 20))]
        self.P.conclude(self.P.show("the cosine", goal, *by, reason=reason), witness=witness)


@cache
def below() -> ProofWriter:
    """Prove ``(1−ε) c ‖B‖‖A‖ ≤ (1+ε) ⟨B, A⟩``."""
    N = _Close("The cosine is not far below its limit")
    P, c, eps = N.P, N.c, N.eps
    known = N.bounds()
    spread = P.show(
        "the norms are not much larger",
        (1 + N.w) * (1 + N.z) <= (1 + eps) ** 2,
        item(known["z high"], 1 + N.w, sign=known["w sign"]),
        item(known["w high"], 1 + eps, sign=known["up"]),
    )
    sign = P.show("sign of the bound", (1 + eps) * N.scale >= 0, item(P.signed(N.scale), 1 + eps, sign=known["up"]))
    squared = P.show("squares", N.norms**2 <= ((1 + eps) * N.scale) ** 2, N.squares(), item(spread, N.scale**2))
    norms = P.instance("norms", P.use(library.root())(N.norms, (1 + eps) * N.scale, given=[sign, squared]))
    positive_c = P.show("0 ≤ (1-ε)c", (1 - eps) * c >= 0, item("c > 0", 1 - eps, sign=known["down"]))
    on_average = P.signed(c * N.scale)
    room = P.show("0 ≤ (1+ε)cNsu", (1 + eps) * (c * N.scale) >= 0, item(on_average, 1 + eps, sign=known["up"]))

    def bound(less: Expression | int, more: Expression | int) -> Assertion:
        return (1 - less) * c * N.norms <= (1 + more) * N.product

    N.conclude(
        bound(eps, eps),
        item(norms, (1 - eps) * c, sign=positive_c),
        item(known["x low"], (1 + eps) * (c * N.scale), sign=room),
        item("PRODUCT", 1 + eps),
        reason="the norms are at most 1+ε times what they are on average, the product is at least 1−ε times",
        change=Fraction(1, 100),
    )
    P.mutant("half the room", {}, conclusion=bound(eps / 2, eps / 2))
    P.mutant("no room for the norms", {}, conclusion=bound(eps, 0))
    return P


@cache
def above() -> ProofWriter:
    """Prove ``(1−ε) ⟨B, A⟩ ≤ (1+ε) c ‖B‖‖A‖``."""
    N = _Close("The cosine is not far above its limit")
    P, c, eps = N.P, N.c, N.eps
    known = N.bounds()
    spread = P.show(
        "the norms are not much smaller",
        (1 - eps) ** 2 <= (1 + N.w) * (1 + N.z),
        item(known["z low"], 1 + N.w, sign=known["w sign"]),
        item(known["w low"], 1 - eps, sign=known["down"]),
    )
    roots = axiom("sqrt_sign")(total(N.a, N.B(N.a) ** 2)), norm(N.a, N.A(N.a))
    sign = P.show("sign of the norms", N.norms >= 0, item(roots[0], roots[1]))
    squared = P.show("squares", ((1 - eps) * N.scale) ** 2 <= N.norms**2, N.squares(), item(spread, N.scale**2))
    norms = P.instance("norms", P.use(library.root())((1 - eps) * N.scale, N.norms, given=[sign, squared]))
    positive_c = P.show("0 ≤ (1+ε)c", (1 + eps) * c >= 0, item("c > 0", 1 + eps, sign=known["up"]))
    on_average = P.signed(c * N.scale)
    room = P.show("0 ≤ (1-ε)cNsu", (1 - eps) * (c * N.scale) >= 0, item(on_average, 1 - eps, sign=known["down"]))

    def bound(less: Expression | int, more: Expression | int) -> Assertion:
        return (1 - less) * N.product <= (1 + more) * c * N.norms

    N.conclude(
        bound(eps, eps),
        item(norms, (1 + eps) * c, sign=positive_c),
        item(known["x high"], (1 - eps) * (c * N.scale), sign=room),
        item("PRODUCT", 1 - eps),
        reason="the norms are at least 1−ε times what they are on average, the product is at most 1+ε times",
        change=Fraction(-1, 100),
    )
    P.mutant("half the room above", {}, conclusion=bound(eps / 2, eps / 2))
    P.mutant("no room for the norms above", {}, conclusion=bound(0, eps))
    return P
