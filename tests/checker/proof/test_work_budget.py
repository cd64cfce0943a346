"""Work is counted, exactly, and numbers and messages have an end."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fa_theory.checker.proof import Refused
from fa_theory.checker.proof.budget import MAX_SHOWN, UNITS, Allowance, fresh, need, spend, working
from fa_theory.checker.proof.monomials import DELTA, MAX_BITS, Factor, Monomial, head, moved, products, times


def monomial(
    coefficient: Fraction | int, sizes: dict[str, Fraction] | None = None, factors: str = "", bound: str = ""
) -> Monomial:
    made = tuple(Factor(head(name, frozenset({name}), name), ((("n", name), 0),)) for name in factors)
    return Monomial(Fraction(coefficient), sizes or {}, made, tuple(("n", name) for name in bound))


def test_an_allowance_is_spent_to_the_last_unit() -> None:
    with working(Allowance(5)):
        spend(2)
        spend(3)
        with pytest.raises(Refused, match="too much work"):
            spend(1)


def test_an_allowance_ends_with_its_block() -> None:
    outer = Allowance(5)
    with working(outer):
        with pytest.raises(Refused), working(Allowance(1)):
            spend(2)
        spend(5)
    assert outer.left == 0


def test_fresh_names_are_later_ones() -> None:
    with working(Allowance(0)):
        names = [fresh() for _ in range(1001)]
    assert names == sorted(set(names))
    assert all(name.startswith("#") for name in names)


def test_a_message_is_one_line_and_not_too_long() -> None:
    need(True, "nothing")
    need([0], "nothing")
    with pytest.raises(Refused) as caught:
        need([], "{} and {}", "a\nb\u202e", "x" * (MAX_SHOWN + 1))
    assert str(caught.value) == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER} and " + "x" * MAX_SHOWN + "…"
    with pytest.raises(Refused, match=r"^x{400}\Z"):
        need(0, "{}", "x" * MAX_SHOWN)
    assert (UNITS, MAX_SHOWN, MAX_BITS) == (2_000_000, 400, 20_000)


def test_the_product_of_monomials() -> None:
    left = monomial(Fraction(2, 3), {"n": Fraction(1), "p": Fraction(1, 2)}, "a", "a")
    right = monomial(Fraction(-3, 5), {"n": Fraction(-1, 2), "q": Fraction(3)}, "b", "b")
    with working(Allowance(3)):
        product = times(left, right)
        with pytest.raises(Refused, match="too much work"):
            times(left, right)
    assert product.coefficient == Fraction(-2, 5)
    assert product.sizes == {"n": Fraction(1, 2), "p": Fraction(1, 2), "q": Fraction(3)}
    assert product.factors == left.factors + right.factors
    assert product.bound == (("n", "a"), ("n", "b"))
    assert left.sizes == {"n": Fraction(1), "p": Fraction(1, 2)}


def test_all_products() -> None:
    with working(Allowance(100)):
        found = products(iter([monomial(2), monomial(3)]), iter([monomial(5), monomial(7)]))
    assert [m.coefficient for m in found] == [10, 14, 15, 21]


@pytest.mark.parametrize(
    ("largest", "next_one"),
    [
        (Fraction(2**19_997), Fraction(2**19_998)),
        (Fraction(1, 2**19_997), Fraction(1, 2**19_998)),
        (Fraction(2**9_997, 2**10_000 + 1), Fraction(2**9_998, 2**10_000 + 1)),
    ],
    ids=["numerator", "denominator", "both"],
)
def test_coefficients_have_fewer_than_20000_bits(largest: Fraction, next_one: Fraction) -> None:
    with working(Allowance(2)):
        assert times(monomial(largest), monomial(1)).coefficient == largest
        with pytest.raises(Refused, match="a number is too long"):
            times(monomial(next_one), monomial(1))


def test_labels_are_renamed_in_places() -> None:
    at = ((("n", "i"), 0), (("time", "t"), 2), (("p", "i"), 1))
    f = Factor(head("f", frozenset(), "f"), at)
    names = {("n", "i"): ("n", "j"), ("time", "t"): ("time", "u")}
    assert moved([f], names) == [Factor(f.head, ((("n", "j"), 0), (("time", "u"), 2), (("p", "i"), 1)))]


def test_heads_are_digests_of_their_content() -> None:
    one = head(("x", 1), frozenset({"x"}), "x", ((0, 1),))
    assert (one.tensors, one.shown, one.groups) == (frozenset({"x"}), "x", ((0, 1),))
    assert one == head(("x", 1), frozenset(), "other")
    assert one != head(("x", 2), frozenset({"x"}), "x")
    assert (DELTA, DELTA.tensors, DELTA.shown, DELTA.groups) == (head("delta", frozenset(), ""), frozenset(), "δ", ())
