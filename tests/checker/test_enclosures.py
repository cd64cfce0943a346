"""Documents of kind ``enclosure``: what is true is accepted, and nothing that is false, near-true or hostile."""

from __future__ import annotations

import json
import math
import os
import re
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jsonschema
import numpy as np
import pytest
from flint import acb, arb, arb_mat, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

import fa_theory.checker
from fa_theory.checker import ranges
from fa_theory.checker.document import FORMAT, MalformedDocument, digest
from fa_theory.checker.enclosure import integrals, values
from fa_theory.checker.enclosure.evaluate import evaluate
from fa_theory.checker.enclosure.terms import Reader, exact
from fa_theory.checker.enclosure.words import said
from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import Verdict
from fa_theory.gram.enclosed import enclosed_gram
from fa_theory.model.activations import activation
from fa_theory.proofs.lufkin2022 import patterns
from fa_theory.proofs.song2021 import gram_limits, tube_bounds

Json = Any
SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text("utf-8"))
A = ["A", ["matrix", [["2", "1"], ["1", "2"]]]]
X = ["X", ["matrix", [["1", "0"], ["0.6", "0.8"], ["0.5", "-2"]]]]


def document(*asserted: Json, define: Json = (), precision: Json = 64) -> dict[str, Json]:
    made = {"format": FORMAT, "kind": "enclosure", "precision": precision}
    made |= {"define": list(define), "assert": list(asserted)}
    return made | {"digest": digest(made)}


def checked(*asserted: Json, define: Json = (), precision: Json = 64) -> Verdict:
    return recheck(document(*asserted, define=define, precision=precision))


def near(term: Json, value: str, room: str) -> Json:
    return [["abs", ["-", term, value]], "<=", room]


# what is true --------------------------------------------------------------------------------------------------------

TRUE: list[tuple[str, Json, Json]] = [
    ("decimals mean what they say", [["*", "0.1", "10"], "<=", "1.000000000000001"], []),
    ("a fraction", ["1/3", "<", "0.3333333334"], []),
    ("a float", ["0x1.8000000000000p+1", "=", "3"], []),
    ("pi", near(["pi"], "3.14159265358979", "1e-14"), []),
    ("functions", near(["exp", ["log", ["sqrt", "2"]]], "1.4142135623730950", "1e-15"), []),
    ("sine and cosine", near(["+", ["^", ["sin", "1"], 2], ["^", ["cos", "1"], 2]], "1", "1e-17"), []),
    ("minimum and maximum", [["-", ["max", "1", "2"], ["min", "1", "2"]], "=", "1"], []),
    ("the slope of ReLU at 0", [["relu'", "0"], "=", "0"], []),
    ("eigenvalues", near(["min_eigenvalue", "A"], "1", "1e-15"), [A]),
    ("the norm", near(["norm", "A"], "3", "1e-15"), [A]),
    ("a product", [["entry", ["@", "A", "A"], "0", "1"], "=", "4"], [A]),
    ("trace and total", [["+", ["trace", "A"], ["total", "A"]], "=", "10"], [A]),
    ("every entry", [["table", "i", 0, 1, "j", 0, 1, ["*", "i", "j"]], "<", "A"], [A]),
    ("a sum", [["sum", "k", 0, 10, ["binomial", "10", "k"]], "=", "1024"], []),
    ("a product of numbers", [["prod", "k", 1, 5, "k"], "=", "120"], []),
    ("counting", [["sum", "i", 0, 9, ["sum", "j", 0, 9, ["at_least", ["+", "i", "j"], "10"]]], "=", "45"], []),
    ("identity and ones", [["trace", ["@", ["identity", 3], ["ones", 3, 3]]], "=", "3"], []),
    (
        "an iteration",
        [["-", ["*", "a", "a"], ["*", "2", "b", "b"]], "=", "1"],
        [["iterate", 6, [["a", "1", ["+", "a", ["*", "2", "b"]]], ["b", "0", ["+", "a", "b"]]]]],
    ),
    ("an integral", near(["integral", "x", "0", ["pi"], ["sin", "x"]], "2", "1e-15"), []),
    ("an integral backwards", near(["integral", "x", "1", "0", "x"], "-0.5", "1e-15"), []),
    ("an integral across a kink", near(["integral", "x", "-1", "2", ["abs", "x"]], "2.5", "1e-15"), []),
    ("an integral of a minimum", near(["integral", "x", "0", "1", ["min", "x", "0.25"]], "0.21875", "1e-15"), []),
    ("an integral of a maximum", near(["integral", "x", "0", "1", ["max", "x", "0.25"]], "0.53125", "1e-15"), []),
    ("a mean", near(["mean", "z", ["^", "z", 8]], "105", "1e-12"), []),
    ("a mean across a kink", near(["mean", "z", ["relu", "z"]], "0.39894228040143267794", "1e-16"), []),
    ("a mean of a step", near(["mean", "z", ["relu'", "z"]], "0.5", "1e-15"), []),
    (
        "a mean of what is bounded",
        near(["mean", "z", ["exp", ["neg", ["^", "z", 2]]]], "0.57735026918962576", "1e-15"),
        [],
    ),
    ("a mean of a cosine", near(["mean", "z", ["cos", "z"]], "0.60653065971263342", "1e-15"), []),
]


@pytest.mark.parametrize(("name", "asserted", "define"), TRUE, ids=[case[0] for case in TRUE])
def test_what_is_true_is_accepted(name: str, asserted: Json, define: Json) -> None:
    verdict = checked(asserted, define=define)
    assert verdict.valid, verdict.reason
    jsonschema.validate(document(asserted, define=define), SCHEMA)


@pytest.mark.parametrize(("name", "asserted", "define"), TRUE, ids=[case[0] for case in TRUE])
def test_the_contrary_of_what_is_true_is_refused(name: str, asserted: Json, define: Json) -> None:
    left, relation, right = asserted
    contrary = {"=": [[left, "<", right], [right, "<", left]], "<=": [[right, "<", left]], "<": [[right, "<=", left]]}
    for each in contrary[relation]:
        assert not checked(each, define=define).valid
    if relation == "=":
        assert not checked([["+", left, "1e-15"], "=", right], define=define).valid


@pytest.mark.parametrize("psi", [name for name in ranges.ACTIVATIONS if name != "linear"])
def test_kernels_are_those_of_the_package(psi: str) -> None:
    """Against the mixtures of arcsines, in both directions, to the width of the checker's ball."""
    rows = np.array([[1.0, 0.0], [0.6, 0.8], [0.5, -2.0]])
    text = [[format(x, "g") for x in row] for row in rows.tolist()]
    define = [["X", ["matrix", text]], ["G", ["gram", "X", "z", [psi, "z"], 14]]]
    exact_rows = np.array([[arb(Fraction(x).numerator) / Fraction(x).denominator for x in row] for row in text])
    from fa_theory.model.ball import Ball

    with ctx.workprec(96):
        known = enclosed_gram(np.vectorize(Ball, otypes=[object])(exact_rows), activation(psi))
    right, wrong = [], []
    for i in range(3):
        for j in range(i + 1):
            value, entry = known[i, j].arb.mid().str(25, radius=False), ["entry", "G", str(i), str(j)]
            right.append(near(entry, value, "1e-15" if i == j else "0.005"))
            wrong.append([["+", value, "2e-15" if i == j else "0.05"], "<=", entry])
    verdict = checked(*right, define=define)
    assert verdict.valid, verdict.reason
    assert not checked(wrong[2], define=define).valid


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("psi", ["relu", "sigmoid"])
def test_few_coefficients_leave_room_for_the_rest(psi: str, degree: int) -> None:
    """The partial sums are off by more than 1e-4, and are not taken for the whole."""
    rows = [["1", "0"], ["0.6", "0.8"]]
    define = [["X", ["matrix", rows]], ["G", ["gram", "X", "z", [psi, "z"], degree]]]
    value = enclosed_gram(np.array(rows, dtype=float), activation(psi))[0, 1].arb.mid().str(25, radius=False)
    entry = ["entry", "G", "0", "1"]
    assert checked(near(entry, value, "0.5"), define=define).valid
    assert not checked([["+", entry, "1e-4"], "<=", value], define=define).valid
    assert not checked([["+", value, "1e-4"], "<=", entry], define=define).valid


@pytest.mark.parametrize("m", range(9))
def test_the_tail_of_a_normal_number_is_bounded(m: int) -> None:
    """``E (1 + |Z|)^m 1{|Z| > R}``, from moments over the tail by incomplete Gamma functions."""
    for R in (arb(2 * m).sqrt().upper().max(arb(1)), arb(5), arb(9)):
        if not 2 * m <= R * R:
            continue
        half = R * R / 2
        parts = (
            math.comb(m, k) * arb(2) ** (arb(k) / 2) * half.gamma_upper(arb(k + 1) / 2) / arb.pi().sqrt()
            for k in range(m + 1)
        )
        exact = sum(parts, arb(0))
        assert exact <= integrals._tail(arb(1), m, R) < 1000 * exact


GROWING: list[Json] = [
    *("7", "z", ["neg", "z"], ["sin", "z"], ["cos", ["*", "2", "z"]], ["exp", ["neg", ["^", "z", 2]]]),
    *(["*", "3", "z", ["+", "z", "1"]], ["^", ["-", "z", "2"], 3], ["/", ["+", "z", "9"], "-0.25"], ["abs", "z"]),
    *(["min", "z", "-3"], ["max", ["*", "2", "z"], "5"], ["+", "z", "z", "z"]),
    *([name, ["*", "4", "z"]] for name in ranges.ACTIVATIONS if name != "linear"),
    *([name, ["*", "0.01", "z"]] for name in ranges.ACTIVATIONS if name != "linear"),
    *([f"{name}'", ["*", "4", "z"]] for name in ranges.ACTIVATIONS if name != "linear"),
]
GRID = (-30.0, -3.0, -0.5, 0.0, 0.25, 1.0, 2.0, 25.0)


def integrand(term: Json) -> integrals._Body:
    parsed, work = Reader({"z"}).term(term, "term"), values.Operations()
    return integrals._Body(parsed, "z", lambda term: evaluate(term, {}, work), work)


@pytest.mark.parametrize("term", GROWING, ids=str)
def test_an_integrand_is_within_its_bound(term: Json) -> None:
    body = integrand(term)
    c, m = body.growth(body.term)
    assert all(abs(body(acb(z), False).real).lower() <= c * (1 + abs(z)) ** m for z in GRID)


@pytest.mark.parametrize("term", GROWING[:13], ids=str)
def test_every_mean_of_a_gram_matrix_is_within_the_bound_of_its_tail(term: Json) -> None:
    """Of ``f(σz)²`` and of ``f(σz) h_k(z)``, for σ below and above 1."""
    body, seen = integrand(term), []

    def watched(f: Any, bound: Any, weight: Any = lambda z: acb(1), scale: Any = arb(1)) -> arb:  # noqa: B008
        seen.append(scale)
        c, m = bound
        for z in GRID:
            assert abs((f(acb(z) * scale, False) * weight(acb(z))).real) <= c * (1 + abs(z)) ** m * (1 + 1e-12)
        return arb(1)

    with patch.object(integrals, "_mean", watched):
        integrals._gram(arb_mat([[0.5, 0], [3, 4]]), body, 2)
    assert [float(x) for x in seen] == [0.5] * 4 + [5] * 4


def test_the_bound_of_a_tail_is_asked_only_where_it_holds_and_is_used_whole() -> None:
    seen = []
    tail = integrals._tail

    def watched(c: arb, m: int, R: arb) -> arb:
        assert 2 * m <= R * R
        assert R >= 1
        seen.append(m)
        return tail(c, m, R)

    with patch.object(integrals, "_tail", watched):
        for power in (0, 1, 60, 190):
            checked([["mean", "z", ["^", "z", power]], "<", "0"], precision=32)
    assert seen[::2] == seen[1::2] == [0, 1, 60, 190]  # in two precisions
    body = integrand("z")
    with patch.object(integrals, "_tail", lambda *_: arb(1, 0.5)):
        assert integrals._mean(body, (arb(1), 1)).rad() >= 1.5


def test_roots_and_logarithms_are_asked_only_to_the_right_of_0() -> None:
    for z in (acb(arb(1, 1)), acb(0), acb(-1), acb(arb(0, 1))):
        with pytest.raises(values.NotDefined):
            integrals._right(z)
    assert integrals._right(acb(arb(2, 1), 1)).real.contains(2)


def test_an_integral_that_is_not_finite_is_named() -> None:
    assert "an integral" in checked([["integral", "x", "0", "1", ["/", "1", "x"]], "<", "9"]).reason


@pytest.mark.parametrize("psi", [name for name in ranges.ACTIVATIONS if name != "linear"])
def test_an_activation_on_a_complex_ball_is_the_one_on_a_real_one(psi: str) -> None:
    known = ranges.known(psi)
    for x in (-3.7, -0.4, 0.3, 2.9):
        for real, complex_ in ((known.value, known.complex_value), (known.slope, known.complex_slope)):
            found = complex_(acb(x), True)
            assert found.real.overlaps(real(arb(x)))
            assert found.imag.contains(0)


# what is false or near-true ------------------------------------------------------------------------------------------

FALSE: list[tuple[str, Json, Json]] = [
    ("equal up to rounding", [["*", ["sqrt", "2"], ["sqrt", "2"]], "=", "2"], []),
    ("at most itself, not exactly known", [["sqrt", "2"], "<=", ["sqrt", "2"]], []),
    ("below itself", ["1", "<", "1"], []),
    ("one entry is too large", [["table", "i", 0, 1, "j", 0, 1, ["*", "2", ["max", "i", "j"]]], "<", "A"], [A]),
    ("the 17th digit", [["pi"], "<", "3.14159265358979323"], []),
    ("a mean from below", [["mean", "z", ["abs", "z"]], "<=", "0.79788456080286535"], []),
    ("an integral from above", ["0.33333333333333334", "<=", ["integral", "x", "0", "1", ["^", "x", 2]]], []),
    ("an eigenvalue", [["max_eigenvalue", "A"], "<=", "2.9999999999999999"], [A]),
    ("a variance without its tail", [["mean", "z", ["^", "z", 8]], "<=", "104.99999999"], []),
]


@pytest.mark.parametrize(("name", "asserted", "define"), FALSE, ids=[case[0] for case in FALSE])
def test_what_is_false_or_cannot_be_decided_is_refused(name: str, asserted: Json, define: Json) -> None:
    verdict = checked(asserted, define=define)
    assert not verdict.valid
    assert verdict.reason.startswith("assert[0]: ")
    assert "\n" not in verdict.reason


def test_one_false_assertion_among_true_ones() -> None:
    assert not checked(["1", "<", "2"], ["2", "<", "1"], ["2", "<", "3"]).valid


def test_more_precision_decides_more() -> None:
    close = [["pi"], "<", "3.14159265358979323847"]
    assert [checked(close, precision=bits).valid for bits in (48, 96)] == [False, True]


def test_every_digit_of_the_thresholds_counts() -> None:
    right = patterns._standard(np.random.default_rng(0))
    assert recheck(right).valid
    for value in (patterns.ON_PLANE, patterns.ON_TORUS):
        for k, digit in enumerate(value):
            if digit != ".":
                wrong = value[:k] + str((int(digit) + 1) % 10) + value[k + 1 :]
                tampered = json.loads(json.dumps(right).replace(value, wrong))
                assert not recheck(tampered | {"digest": digest(tampered)}).valid, wrong
                assert recheck(tampered).reason.startswith("digest: ")


def test_documents_of_claims_with_weaker_bounds_are_refused() -> None:
    """Bounds that are 64 times smaller are false for some of these networks."""
    refused = 0
    for seed in range(2):
        right = tube_bounds.document(np.random.default_rng(seed))
        assert recheck(right).valid
        for k, (left, relation, bound) in enumerate(right["assert"]):
            others = [*right["assert"][:k], [["*", "64", left], relation, bound], *right["assert"][k + 1 :]]
            wrong = right | {"assert": others}
            refused += not recheck(wrong | {"digest": digest(wrong)}).valid
    assert refused > 6


def test_twice_the_bound_of_the_limit_kernel_is_refused() -> None:
    right = gram_limits._positive(np.random.default_rng(1), "sphere")
    twice = json.loads(json.dumps(right).replace('["*", "K", ["@"', '["*", "2", "K", ["@"'))
    assert twice != right
    assert not recheck(twice | {"digest": digest(twice)}).valid


# what has no certain value -------------------------------------------------------------------------------------------

UNDEFINED: list[tuple[str, Json, Json]] = [
    ("division by 0", [["tanh", ["/", "1", "0"]], "<=", "2"], []),
    ("division by what may be 0", [["tanh", ["/", "1", ["-", "1", ["*", "3", "1/3"]]]], "<=", "2"], []),
    ("a root of what is negative", [["^", ["sqrt", "-1"], 2], "<=", "2"], []),
    ("a logarithm of 0", [["exp", ["log", "0"]], "<=", "1"], []),
    ("0 times infinity", [["*", "0", ["exp", ["exp", ["exp", "1000"]]]], "<=", "1"], []),
    ("which of two is larger", [["at_least", ["*", ["sqrt", "2"], ["sqrt", "2"]], "2"], "<=", "2"], []),
    ("a pole inside", [["integral", "x", "-1", "1", ["/", "1", "x"]], "<=", "1"], []),
    ("a bounded function of a pole", [["integral", "x", "-1", "1", ["tanh", ["/", "1", "x"]]], "<=", "3"], []),
    (
        "an imaginary part that cancels",
        [["integral", "x", "-1", "1", ["*", ["sqrt", "x"], ["sqrt", "x"]]], "<=", "1"],
        [],
    ),
    ("a logarithm at its end", [["integral", "x", "0", "1", ["log", "x"]], "<=", "0"], []),
    ("a mean over 0", [["mean", "z", ["/", "z", "0"]], "<=", "1"], []),
    ("a row of zeros", [["trace", ["gram", ["-", "X", "X"], "z", ["tanh", "z"], 3]], "<=", "1"], [X]),
    ("an iteration that explodes", ["0", "<=", "x"], [["iterate", 60, [["x", "2", ["*", "x", "x"]]]]]),
]


@pytest.mark.parametrize(("name", "asserted", "define"), UNDEFINED, ids=[case[0] for case in UNDEFINED])
def test_what_is_not_certainly_defined_is_refused(name: str, asserted: Json, define: Json) -> None:
    verdict = checked(asserted, define=define)
    assert not verdict.valid
    assert re.match(r"assert: .*(not certainly|exceeds|not certain which)", verdict.reason), verdict.reason


# one input for every condition ---------------------------------------------------------------------------------------

DEEP: Json = "1"
for _ in range(70):
    DEEP = ["neg", DEEP]
MALFORMED: list[tuple[str, dict[str, Json]]] = [
    ("is not defined", document(["x", "<", "1"])),
    ("is not defined", document([["sum", "i", 0, 1, "j"], "<", "1"])),
    ("is not defined", document(["i", "<", "1"], define=[["x", ["sum", "i", 0, 1, "i"]]])),
    ("is not defined", document(["1", "<", "2"], define=[["x", "x"]])),
    ("is not defined", document(["1", "<", "2"], define=[["iterate", 2, [["x", "x", "x"]]]])),
    ("has a meaning already", document(["1", "<", "2"], define=[["x", "1"], ["x", "2"]])),
    ("has a meaning already", document(["1", "<", "2"], define=[["x", "1"], ["iterate", 2, [["x", "1", "1"]]]])),
    ("has a meaning already", document(["1", "<", "2"], define=[["iterate", 2, [["x", "1", "x"], ["x", "1", "x"]]]])),
    ("has a meaning already", document([["sum", "x", 0, 1, "x"], "<", "2"], define=[["x", "1"]])),
    ("has a meaning already", document([["sum", "i", 0, 1, ["sum", "i", 0, 1, "i"]], "<", "9"])),
    ("has a meaning already", document([["total", ["table", "i", 0, 1, "i", 0, 1, "i"]], "<", "9"])),
    ("has a meaning already", document([["sum", "z", 0, 1, ["mean", "z", "z"]], "<", "9"])),
    ("a word of the language", document(["1", "<", "2"], define=[["exp", "1"]])),
    ("a word of the language", document([["sum", "E", 0, 1, "E"], "<", "2"])),
    ("a name of letters", document(["1", "<", "2"], define=[["", "1"]])),
    ("a name of letters", document(["1", "<", "2"], define=[["π", "1"]])),
    ("a name of letters", document(["1", "<", "2"], define=[[["x"], "1"]])),
    ("a name and a term", document(["1", "<", "2"], define=["x"])),
    ("a list of definitions", document(["1", "<", "2"]) | {"define": {}}),
    ("an operation of the language", document([["gamma", "1"], "<", "2"])),
    ("an operation of the language", document([["+", "1"], "<", "2"])),
    ("an operation of the language", document([["matrix", [["1"]]], "<", "2"])),
    ("takes 1 parts", document([["exp", "1", "2"], "<", "2"])),
    ("takes 2 parts", document([["-", "1", "2", "3"], "<", "2"])),
    ("takes 4 parts", document([["sum", "i", 0, "i"], "<", "2"])),
    ("a number, a name or a list", document([1.5, "<", "2"])),
    ("a number, a name or a list", document([[], "<", "2"])),
    ("a number, a name or a list", document([[["exp"], "1"], "<", "2"])),
    ("a number, a name or a list", document([None, "<", "2"])),
    ("an exact number", document(["1.", "<", "2"])),
    ("an exact number", document(["1e9999", "<", "2"])),
    ("an exact number", document(["1" * 401, "<", "2"])),
    ("an exact number", document(["1/0", "<", "2"])),
    ("an exact number", document(["١", "<", "2"])),
    ("an exact number", document(["1 + 1", "<", "2"])),
    ("a finite float64", document(["0x1p0", "<", "2"])),
    ("a whole number from 0", document([["^", "2", "3"], "<", "2"])),
    ("a whole number from 0", document([["^", "2", True], "<", "2"])),
    ("a whole number from 0", document([["^", "2", -1], "<", "2"])),
    ("a whole number from 0 to 1000", document([["^", "2", 1001], "<", "2"])),
    ("a whole number from 3", document([["sum", "i", 3, 2, "i"], "<", "2"])),
    ("a whole number from 0 to 64", document([["trace", ["gram", "X", "z", "z", 65]], "<", "2"], define=[X])),
    ("a whole number from 1 to 100000", document(["1", "<", "2"], define=[["iterate", 0, [["x", "1", "x"]]]])),
    ("a list of [name, first, next]", document(["1", "<", "2"], define=[["iterate", 1, [["x", "1"]]]])),
    ("rows of the same length", document(["1", "<", "2"], define=[["A", ["matrix", [["1"], ["1", "2"]]]]])),
    ("a list of rows", document(["1", "<", "2"], define=[["A", ["matrix", []]]])),
    ("a list of rows", document(["1", "<", "2"], define=[["A", ["matrix", [[]]]]])),
    ("nested more than 60 deep", document([DEEP, "<", "2"])),
    ("more than 5,000 terms", document([["+", *["1"] * 5000], "<", "2"])),
    ("one or more assertions", document()),
    ("[term, relation, term]", document(["1", "<"])),
    ("one of =, <=, <", document(["1", ">", "0"])),
    ("one of =, <=, <", document(["1", "!=", "0"])),
    ("32 to 1024 bits", document(["1", "<", "2"], precision=16)),
    ("32 to 1024 bits", document(["1", "<", "2"], precision=10**6)),
    ("unknown key 'title'", document(["1", "<", "2"]) | {"title": "anything"}),
    ("missing key", {k: v for k, v in document(["1", "<", "2"]).items() if k != "define"}),
    ("does not go with", document([["+", "A", "X"], "<", "2"], define=[A, X])),
    ("does not go with", document(["A", "<", "X"], define=[A, X])),
    ("cannot be multiplied", document([["total", ["@", "A", "X"]], "<", "2"], define=[A, X])),
    ("expected a matrix", document([["trace", "1"], "<", "2"])),
    ("expected a matrix", document([["@", "A", "1"], "<", "2"], define=[A])),
    ("expected a square matrix", document([["trace", "X"], "<", "2"], define=[X])),
    ("expected a square matrix", document([["min_eigenvalue", "X"], "<", "2"], define=[X])),
    ("expected a number", document([["sum", "i", 0, 1, ["integral", "x", "0", "A", "x"]], "<", "2"], define=[A])),
    ("expected a number", document([["mean", "z", ["*", "A", "z"]], "<", "2"], define=[A])),
    ("expected a number", document([["total", ["table", "i", 0, 1, "j", 0, 1, "A"]], "<", "2"], define=[A])),
    ("lies outside", document([["entry", "A", "2", "0"], "<", "2"], define=[A])),
    ("lies outside", document([["entry", "A", "-1", "0"], "<", "2"], define=[A])),
    ("expected a whole number", document([["entry", "A", "0.5", "0"], "<", "2"], define=[A])),
    ("expected a whole number", document([["binomial", ["sqrt", "4"], ["exp", "0.5"]], "<", "2"])),
    ("expected 0 ≤ k ≤ n", document([["binomial", "2", "3"], "<", "2"])),
    ("at most those of a 40 × 40", document([["norm", ["identity", 41]], "<", "2"])),
    ("no bound of 'exp'", document([["mean", "z", ["exp", "z"]], "<", "2"])),
    ("no bound of 'exp'", document([["mean", "z", ["exp", ["neg", ["^", "z", 3]]]], "<", "2"])),
    ("no bound of '/'", document([["mean", "z", ["sin", ["/", "1", ["-", "z", "1000"]]]], "<", "2"])),
    ("no bound of '/'", document([["mean", "z", ["tanh'", ["/", "1", ["-", "z", "1000"]]]], "<", "2"])),
    ("no bound of '/'", document([["mean", "z", ["exp", ["neg", ["^", ["/", "1", ["-", "z", "99"]], 2]]]], "<", "2"])),
    ("grows faster", document([["mean", "z", ["^", "z", 300]], "<", "2"])),
    ("cannot stand in an integrand", document([["integral", "x", "0", "1", ["sum", "i", 0, 1, "x"]], "<", "2"])),
    ("cannot stand in an integrand", document([["integral", "x", "0", "1", ["at_least", "x", "0.5"]], "<", "2"])),
    ("too many operations", document([["sum", "i", 0, 9999, ["sum", "j", 0, 9999, "1"]], "<", "2"])),
    ("too many operations", document([["total", ["ones", 400000, 400000]], "<", "2"])),
    ("too many operations", document([["total", ["@", ["ones", 9999, 1], ["ones", 1, 9999]]], "<", "2"])),
    (
        "too many operations",
        document(["x", "<", "9"], define=[["iterate", 99999, [["x", "1", ["+", *["0.01"] * 99]]]]]),
    ),
    ("too many operations", document([["sum", "i", 0, 99999, ["norm", ["identity", 9]]], "<", "2"])),
    ("too many operations", document([["sum", "i", 0, 9999, ["mean", "z", ["tanh", "z"]]], "<", "2"])),
]


@pytest.mark.parametrize(("says", "made"), MALFORMED, ids=[f"{k} {case[0]}" for k, case in enumerate(MALFORMED)])
def test_every_condition_has_an_input_that_it_refuses(
    says: str, made: dict[str, Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "MAX_WORK", 100_000)  # so that the tests take no time; see below for the real one
    start = time.process_time()
    with pytest.raises(MalformedDocument) as why:
        recheck(made)
    assert says in str(why.value), why.value
    assert "\n" not in str(why.value)
    assert len(str(why.value)) < 300
    assert time.process_time() - start < 30


@pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE") != "thorough", reason="half a minute")
def test_the_largest_amount_of_work_takes_seconds() -> None:
    start = time.process_time()
    with pytest.raises(MalformedDocument, match="too many operations"):
        checked([["sum", "i", 0, 9999, ["mean", "z", ["gelu'", "z"]]], "<", "2"])
    assert time.process_time() - start < 60


COSTLY: list[tuple[str, Json, Json]] = [
    (
        "towers",
        ["1", "<", "2"],
        [["a", ["^", "1e300", 1000]], *([f"a{k}", ["^", f"a{k - 1}" if k else "a", 1000]] for k in range(300))],
    ),
    ("sines of towers", [["sin", ["^", ["^", ["^", "1e300", 1000], 1000], 1000]], "<=", "2"], []),
    ("exponentials of towers", [["exp", ["neg", ["^", ["^", "1e300", 1000], 1000]]], "<=", "2"], []),
    ("a wild integrand", [["integral", "x", "0", "1", ["sin", ["*", "1e6", ["^", "x", 3]]]], "<=", "2"], []),
    ("a steep integrand", [["integral", "x", "-1", "1", ["tanh", ["*", "1e9", "x"]]], "<=", "2"], []),
]


@pytest.mark.parametrize(("name", "asserted", "define"), COSTLY, ids=[case[0] for case in COSTLY])
@pytest.mark.parametrize("precision", [64, 1024])
def test_what_is_costly_is_answered_in_seconds(name: str, asserted: Json, define: Json, precision: int) -> None:
    start = time.process_time()
    with suppress(MalformedDocument):  # too many operations
        checked(asserted, define=define, precision=precision)
    assert time.process_time() - start < 60


# random terms --------------------------------------------------------------------------------------------------------


def _terms() -> st.SearchStrategy[Json]:
    leaves = st.one_of(st.sampled_from(["0", "1", "-2", "0.1", "3/7", "x", "y"]), st.just(["pi"]))
    unary = ["neg", "abs", "sin", "cos", "exp", "tanh", "erf", "sigmoid", "softplus", "relu", "gelu", "sqrt", "log"]

    def larger(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
        return st.one_of(
            st.tuples(st.sampled_from(unary), inner).map(list),
            st.tuples(st.sampled_from(["+", "-", "*", "/", "min", "max"]), inner, inner).map(list),
            st.tuples(st.just("^"), inner, st.integers(0, 4)).map(list),
        )

    return st.recursive(leaves, larger, max_leaves=10)


def valued(term: Json, known: dict[str, float]) -> float:
    """The value in floating point, by code of its own."""
    if isinstance(term, str):
        return known[term] if term in known else float(Fraction(term))
    values = [valued(part, known) if not isinstance(part, int) else part for part in term[1:]]
    match term[0]:
        case "pi":
            return math.pi
        case "+" | "-" | "*" | "/":
            a, b = values
            return {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else math.nan}[term[0]]
        case "min" | "max":
            return min(values) if term[0] == "min" else max(values)
        case "neg":
            return -values[0]
        case "^":
            return float(values[0] ** values[1])
        case "abs":
            return abs(values[0])
        case "sigmoid":
            return 1 / (1 + math.exp(-values[0]))
        case "softplus":
            return math.log1p(math.exp(-abs(values[0]))) + max(values[0], 0.0)
        case "relu":
            return max(values[0], 0.0)
        case "gelu":
            return values[0] * (1 + math.erf(values[0] / math.sqrt(2))) / 2
        case name:
            return float(getattr(math, name)(values[0]))


@given(_terms(), st.sampled_from([-2.5, -0.25, 0.5, 3.0]), st.sampled_from([-1.0, 0.125, 7.0]), st.booleans())
def test_no_random_term_is_shown_to_have_another_value(term: Json, x: float, y: float, above: bool) -> None:
    try:
        value = valued(term, {"x": x, "y": y})
    except (ValueError, OverflowError, ZeroDivisionError):
        return
    if not abs(value) < 1e100:
        return
    room = 1e-6 * (1 + abs(value))
    bound = Fraction(value + room if above else value - room)
    define = [["x", str(Fraction(x))], ["y", str(Fraction(y))]]
    text = str(bound) if bound.denominator > 1 else str(bound.numerator)
    if len(text) > 350:
        return
    false = [text, "<=", term] if above else [term, "<=", text]
    assert not checked(false, define=define).valid


@given(_terms(), st.floats(-40, 40))
def test_the_bound_of_an_integrand_holds(term: Json, z: float) -> None:
    reader = Reader({"x", "y", "z"})
    parsed = reader.term(json.loads(json.dumps(term).replace('"x"', '"z"').replace('"y"', '"z"')), "term")
    work = values.Operations()
    body = integrals._Body(parsed, "z", lambda term: evaluate(term, {}, work), work)
    try:
        c, m = body.growth(parsed)
        value = valued(json.loads(json.dumps(term).replace('"x"', '"z"').replace('"y"', '"z"')), {"z": z})
    except (MalformedDocument, ArithmeticError, ValueError):
        return
    assert abs(value) <= float(c) * (1 + abs(z)) ** m * (1 + 1e-9) + 1e-9


def test_the_statement_is_written_from_the_terms() -> None:
    verdict = checked([["mean", "z", ["*", "a", ["^", "z", 2]]], "<=", ["sum", "k", 0, 3, "k"]], define=[["a", "5/2"]])
    assert verdict.reason.splitlines()[1:2] == ["  a = 5/2"]
    assert "E[a · z^2; z ~ N(0, 1)] ≤ Σ_{k=0..3} k" in verdict.reason
    assert checked(["1", "<=", "3"]).bounds == {"margin": 2.0}


SAID: list[tuple[Json, str]] = [
    (["-", ["+", "a", "b"], ["+", "a", "b"]], "a + b − (a + b)"),
    (["-", "a", ["-", "a", "b"]], "a − (a − b)"),
    (["*", ["+", "a", "b"], ["-", "a", "b"]], "(a + b) · (a − b)"),
    (["+", ["*", "a", "b"], ["/", "a", ["*", "a", "b"]]], "a · b + a / (a · b)"),
    (["/", ["/", "a", "b"], "a"], "a / b / a"),
    (["@", ["@", "a", "b"], ["T", ["@", "a", "b"]]], "a @ b @ (a @ b)ᵀ"),
    (["^", ["neg", "a"], 2], "(−a)^2"),
    (["*", ["neg", "a"], ["neg", "b"]], "−a · (−b)"),
    (["neg", ["neg", "a"]], "−(−a)"),
    (["neg", ["+", "a", "b"]], "−(a + b)"),
    (["*", "-1", "2/3", "0.5"], "(-1) · (2/3) · 0.5"),
    (["^", "1/2", 3], "(1/2)^3"),
    (["sum", "k", -1, 3, ["*", "k", "a"]], "Σ_{k=-1..3} k · a"),
    (["*", ["prod", "k", 1, 2, ["+", "k", "a"]], "b"], "(Π_{k=1..2} (k + a)) · b"),
    (["+", ["sum", "k", 1, 2, "k"], "b"], "Σ_{k=1..2} k + b"),
    (["trace", ["table", "i", 0, 1, "j", 2, 3, ["+", "i", "j"]]], "trace(the matrix of i + j for i = 0..1, j = 2..3)"),
    (["T", ["table", "i", 0, 1, "j", 2, 3, "i"]], "(the matrix of i for i = 0..1, j = 2..3)ᵀ"),
    (["+", ["integral", "x", "a", "b", ["sin", "x"]], "1"], "(∫ (sin(x)) dx from a to b) + 1"),
    (["^", ["mean", "z", ["*", "z", "z"]], 2], "E[z · z; z ~ N(0, 1)]^2"),
    (["gram", "a", "z", "z", 3], "(E f(x_i·w) f(x_j·w); w ~ N(0, I), f: z ↦ z, x_i the rows of a)"),
    (
        ["-", ["min_eigenvalue", "a"], ["max_eigenvalue", "b"]],
        "λ_min(symmetric part of a) − λ_max(symmetric part of b)",
    ),
    (["norm", ["+", "a", "b"]], "‖a + b‖₂"),
    (["at_least", "a", "b"], "[a ≥ b]"),
    (["entry", ["+", "a", "b"], "0", "1"], "(a + b)[0, 1]"),
    (["+", ["ones", 2, 3], ["identity", 4]], "ones(2, 3) + identity(4)"),
    (["max", ["pi"], ["binomial", "a", "b"]], "max(π, binomial(a, b))"),
]


@pytest.mark.parametrize(("term", "text"), SAID, ids=[text for _, text in SAID])
def test_every_term_is_written_as_it_is_meant(term: Json, text: str) -> None:
    assert said(Reader({"a", "b"}).term(term, "")) == text


def test_the_sides_of_an_assertion_are_shown_rounded_outwards() -> None:
    reason = checked(["2/3", "<", "1"], ["-1", "=", "-1"], ["A", "<=", "A"], define=[A]).reason
    assert reason.splitlines() == [
        "3 assertions about exact numbers, enclosed:",
        "  A = [2, 1; 1, 2]",
        "  2/3 < 1   ([0.666666666, 0.666666667], [1, 1])",
        "  -1 = -1   ([-1, -1], [-1, -1])",
        "  A ≤ A   (a matrix of 2 × 2, a matrix of 2 × 2)",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1e3", 1000), ("-1.25e2", -125), ("2.5", 2.5), ("12.50e-1", 1.25), ("25e-2", 0.25), ("0.50", 0.5)),
        *(("-7/4", -1.75), ((12.0).hex(), 12), ((-0.1875).hex(), -0.1875), ((0.0).hex(), 0)),
    ],
)
def test_numbers_are_read_as_they_are_written(text: str, value: float) -> None:
    assert exact(text, "") == fmpq(*value.as_integer_ratio())
