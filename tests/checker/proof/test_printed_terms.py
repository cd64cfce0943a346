"""Terms as they are printed in a statement: nothing can be read in two ways."""

from __future__ import annotations

from typing import Any

import pytest

from fa_theory.checker.proof.budget import Allowance, working
from fa_theory.checker.proof.language import Declarations
from fa_theory.checker.proof.normal import normal

NAMES = Declarations(
    {
        "sorts": ["n", "p"],
        "indices": {"i": "n", "j": "n", "r": "p", "t": "time", "s": "real", "w": "real"},
        "tensors": {
            "x": [],
            "y": [],
            "z": ["n"],
            "v": ["n"],
            "M": ["n", "n"],
            "b": ["p"],
            "a": ["time"],
            "f": ["real"],
        },
        "functions": {"F": 1, "G": 2},
        "laws": {"N": {"kind": "gauss", "axes": [["n"]]}, "B": {"kind": "gauss", "axes": [["n"], ["p"]]}},
    }
)
PRINTED: list[tuple[Any, str]] = [
    ("-2", "-2"),
    ("1/2", "1/2"),
    (["*", "1/2", "x"], "(1/2)·x"),
    (["*", "-2", "x"], "(-2)·x"),
    (["*", "-1/2", "x"], "(-1/2)·x"),
    (["*", 2, "x"], "2·x"),
    (["+"], "0"),
    (["+", "x", "y"], "x + y"),
    (["+", "x", -2], "x - 2"),
    (["-", "x", "y"], "x - y"),
    (["-", ["+", "x", "y"]], "-(x + y)"),
    (["-", "x", ["+", "y", 1]], "x - (y + 1)"),
    (["-", ["-", "x"]], "-(-x)"),
    (["+", ["-", "x"], "y"], "-x + y"),
    (["+", ["*", -2, "x"], "y"], "(-2)·x + y"),
    (["*"], "1"),
    (["*", "x", "y", 2], "x·y·2"),
    (["*", ["+", "x", "y"], 2], "(x + y)·2"),
    (["*", "x", ["*", "y", 2]], "x·y·2"),
    (["*", -1, "x", "y"], "(-1)·x·y"),
    (["*", -1], "(-1)"),
    (["*", 0, "x"], "0·x"),
    (["-", ["*", "x", "y"]], "-x·y"),
    (["^", "x", 2], "x^2"),
    (["^", ["+", "x", 1], 2], "(x + 1)^2"),
    (["^", ["*", "x", "y"], 2], "(x·y)^2"),
    (["^", ["^", "x", 2], 3], "(x^2)^3"),
    (["^", "1/2", 2], "(1/2)^2"),
    (["^", -2, 2], "(-2)^2"),
    (["^", 2, 3], "2^3"),
    (["^", "x", 64], "x^64"),
    (["sum", ["i"], ["v", "i"]], "Σ_i:n v[i]"),
    (["sum", ["i"], ["*", ["v", "i"], ["z", "i"]]], "Σ_i:n v[i]·z[i]"),
    (["sum", ["i"], ["+", ["v", "i"], 1]], "Σ_i:n (v[i] + 1)"),
    (["sum", ["i", "j"], ["M", "i", "j"]], "Σ_i:n Σ_j:n M[i, j]"),
    (["+", "x", ["sum", ["i"], ["v", "i"]]], "x + (Σ_i:n v[i])"),
    (["*", "x", ["sum", ["i"], ["v", "i"]]], "x·(Σ_i:n v[i])"),
    (["^", ["sum", ["i"], ["v", "i"]], 2], "(Σ_i:n v[i])^2"),
    (["size", "n"], "|n|"),
    (["size", "n", "1/2"], "|n|^(1/2)"),
    (["^", ["size", "n", "1/2"], 2], "(|n|^(1/2))^2"),
    (["*", ["size", "n", "1/2"], "x"], "|n|^(1/2)·x"),
    (["^", ["size", "n"], 2], "|n|^2"),
    (["delta", "i", "j"], "δ[i,j]"),
    (["a", ["t", 2]], "a[t+2]"),
    (["a", 3], "a[3]"),
    (["^t", "x", "t"], "x^t"),
    (["^t", "x", ["t", 1]], "x^(t+1)"),
    (["^t", "x", 3], "x^3"),
    (["^t", ["+", "x", 1], "t"], "(x + 1)^t"),
    (["^", ["^t", "x", "t"], 2], "(x^t)^2"),
    (["*", ["^t", "x", "t"], "y"], "x^t·y"),
    (["num", "t"], "num(t)"),
    (["num", ["t", 1]], "num(t+1)"),
    (["num", 0], "num(0)"),
    (["fn", "F", "x"], "F(x)"),
    (["fn", "G", "x", ["+", "y", 1]], "G(x, y + 1)"),
    (["fn", "op", ["of", ["i", "j"], ["M", "i", "j"]]], "op(i:n j:n ↦ M[i, j])"),
    (["d", "s", ["f", "s"], "w"], "d(s:real ↦ f[s])[w]"),
    (["differentiable", "s", ["f", "s"], 0], "differentiable(s:real ↦ f[s])[0]"),
    (["mean", "N", ["v"], ["v", "i"]], "E[v ~ N](v[i])"),
    (["mean", "B", ["v", "b"], ["+", ["v", "i"], ["b", "r"]]], "E[v, b ~ B](v[i] + b[r])"),
    (["^", ["mean", "N", ["v"], ["v", "i"]], 2], "(E[v ~ N](v[i]))^2"),
    (["*", ["mean", "N", ["v"], ["v", "i"]], "x"], "E[v ~ N](v[i])·x"),
    (["-", ["mean", "N", ["v"], ["v", "i"]]], "-E[v ~ N](v[i])"),
    (["+", "x", "1/2"], "x + 1/2"),
    (["+", "x", "-1/2"], "x - 1/2"),
    (["*", ["fn", "F", "x"], "3/2"], "F(x)·(3/2)"),
]


@pytest.mark.parametrize(("term", "text"), PRINTED)
def test_terms_are_printed(term: Any, text: str) -> None:
    assert str(NAMES.term(term)) == text


def test_no_two_terms_that_differ_are_printed_alike() -> None:
    """x³ as a power and as a power of a time are one number."""
    with working(Allowance(100_000)):
        forms: dict[str, set[object]] = {}
        for term, text in PRINTED:
            forms.setdefault(text, set()).add(normal(NAMES.term(term)))
    assert all(len(found) == 1 for found in forms.values())
