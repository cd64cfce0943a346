"""The printed statement is the sequent: every declaration, every assumption, and no other."""

from __future__ import annotations

from typing import Any

import pytest
from refused_documents import combine, document, lemma, says, step

from fa_theory.checker.proof import Refused, replay
from fa_theory.checker.proof.language import Declarations
from fa_theory.checker.proof.show import ProvedStatement, finite_sorts, symbols

SORTS = ["n", "p", "q", "m"]
NAMES = Declarations(
    {
        "sorts": SORTS,
        "indices": {"i": "n", "j": "p", "k": "q", "h": "m", "t": "time", "s": "real", "w": "real"},
        "tensors": {"x": [], "v": ["n"], "M": ["p", "q"], "a": ["time"], "f": ["real"], "b": ["m"]},
        "functions": {"F": 1, "G": 2, "H": 1},
        "laws": {"N": {"kind": "gauss", "axes": [["m"]]}, "L": {"kind": "iid", "axis": "p", "axes": [["p", "q"]]}},
    }
)
MEAN = ["mean", "N", ["b"], ["fn", "F", ["b", "h"]]]


def formula(*said: Any, **more: Any) -> Any:
    return NAMES.formula(says(*said, **more))


def test_a_statement_with_everything() -> None:
    printed = ProvedStatement(
        {"H": formula(["v", "i"], "<=", ["fn", "G", "x", 1], all=["i"]), "K": formula(0, "<", ["a", 0])},
        {"LIT": formula("x", "<=", ["fn", "F", "x"], all=["x"])},
        {"LIT": "Rudin, 1.33"},
        formula(["mean", "N", ["b"], ["b", "h"]], "=", ["size", "p"], all=["h"]),
    )
    assert str(printed).splitlines() == [
        "for all sizes of m, n, p",
        "for all a:time, v:n, x:ℝ",
        "for all functions F of 1, G of 2 real arguments",
        "law N: independent standard normal entries, m",
        "if",
        "  H: ∀ i:n. v[i] ≤ G(x, 1)",
        "  K: 0 < a[0]",
        "using, without proof",
        "  LIT [Rudin, 1.33]: ∀ x:ℝ. x ≤ F(x)",
        "then",
        "  ∀ h:m. E[b ~ N](b[h]) = |p|",
    ]
    assert printed.formulas == (*printed.hypotheses.values(), *printed.axioms.values(), printed.conclusion)


def test_a_statement_with_nothing() -> None:
    assert str(ProvedStatement({}, {}, {}, formula(0, "<=", 1))) == "then\n  0 ≤ 1"


def test_only_tensors_are_for_all() -> None:
    """A sequent that fixes an index is refused, so only tensors are free."""
    assert str(ProvedStatement({}, {}, {}, formula(["v", "i"], "=", 0))).splitlines()[1] == "for all v:n"


def test_declarations_are_in_alphabetical_order() -> None:
    names = ["a1", "b2", "c3", "d4", "e5", "g6"]
    law = {"kind": "gauss", "axes": [[]]}
    declared = Declarations({"tensors": {"x": []}, "functions": dict.fromkeys(names, 1),
                             "laws": {name.upper(): law for name in names}})  # fmt: skip
    parts = [["fn", name, ["mean", name.upper(), ["x"], 1]] for name in reversed(names)]
    printed = str(ProvedStatement({}, {}, {}, declared.formula(says(["+", *parts], "=", 0)))).splitlines()
    assert printed[0] == "for all functions " + ", ".join(f"{name} of 1" for name in names) + " real arguments"
    assert [line.split(":")[0] for line in printed[1:7]] == [f"law {name.upper()}" for name in names]


def test_what_only_an_axiom_names_is_declared() -> None:
    axiom = formula(["fn", "H", ["size", "q"]], "<=", ["mean", "N", ["b"], ["b", "h"]], all=["h"])
    lines = str(ProvedStatement({}, {"A": axiom}, {"A": "here"}, formula(0, "=", 0))).splitlines()
    assert lines[:3] == [
        "for all sizes of m, q",
        "for all functions H of 1 real arguments",
        "law N: independent standard normal entries, m",
    ]


@pytest.mark.parametrize(
    ("said", "functions", "laws"),
    [
        (formula(0, "=", 0), [], []),
        (formula(["fn", "F", 0], "=", 0), [("F", 1)], []),
        (formula(0, "=", ["fn", "G", 0, 0]), [("G", 2)], []),
        (formula(0, "=", 0, **{"if": [says(["fn", "F", 0], "=", 0)]}), [("F", 1)], []),
        (formula(0, "=", 0, **{"if": [says(0, "=", 0), says(0, "=", ["fn", "F", 0])]}), [("F", 1)], []),
        (formula(["*", 2, ["^", ["fn", "sqrt", ["fn", "F", ["fn", "H", 0]]], 2]], "=", 0), [("F", 1), ("H", 1)], []),
        (formula(["fn", "max", 1, 2], "=", ["num", "t"], all=["t"]), [], []),
        (formula(MEAN, "=", 0, all=["h"]), [("F", 1)], ["N"]),
        (formula(["mean", "L", ["M"], ["sum", ["i"], MEAN]], "=", 0, all=["h"]), [("F", 1)], ["L", "N"]),
    ],
)
def test_functions_and_laws_of_a_formula(said: Any, functions: list[tuple[str, int]], laws: list[str]) -> None:
    found = symbols(said)
    assert found == (frozenset(found[0]), frozenset(found[1]))
    assert sorted(found[0]) == functions
    assert sorted(law.name for law in found[1]) == laws


@pytest.mark.parametrize(
    ("said", "sorts"),
    [
        (formula(0, "=", ["a", "t"], all=["t", "a"]), ""),
        (formula(["d", "s", ["f", "s"], "w"], "=", 0, all=["w"]), ""),
        (formula(0, "=", 0, all=["i"]), "n"),
        (formula(0, "=", 0, all=["M"]), "p q"),
        (formula(["v", "i"], "=", 0), "n"),
        (formula(0, "=", 0, **{"if": [says(0, "=", 0, all=["i"])]}), "n"),
        (formula(0, "=", 0, **{"if": [says(0, "=", 0), says(0, "=", ["size", "p"])]}), "p"),
        (formula(["sum", ["i"], 1], "=", 0), "n"),
        (formula(0, "=", ["fn", "op", ["of", ["i", "j"], 1]]), "n p"),
        (formula(["*", 2, ["^", ["size", "q"], 2]], "=", ["size", "m"]), "m q"),
        (formula(["mean", "N", ["b"], 1], "=", 0), "m"),
        (formula(["delta", "i", "i"], "=", 0), "n"),
    ],
)
def test_sorts_of_a_formula(said: Any, sorts: str) -> None:
    assert sorted(finite_sorts(said)) == sorts.split()


# what a proof states
def test_hypotheses_have_their_names_and_their_order() -> None:
    """In the order of the document; of lemmas after them, numbered; axioms apart, each with its own source."""
    cites = lemma(
        combine("done", says(0, "<=", "z"), [{"use": {"by": "A", "at": [0]}, "times": 0}, {"use": "OWN"}]),
        tensors={"z": []},
        hypotheses={"OWN": says(0, "<=", "z")},
        axioms={"A": {"source": "Lemma's book", "statement": says("z", "<=", ["+", "z", 7], all=["z"])}},
        concludes="done",
    )
    data = document(
        combine(
            "done",
            says(0, "<=", 1),
            [{"use": name, "times": 0} for name in ("L", "Z", "A", {"by": "CITED", "at": [0]}, "B")],
        ),
        tensors={"x": [], "y": [], "z": []}, functions={}, laws={},
        hypotheses={"Z": says("x", "<=", 1), "unused": says("x", "<=", 5), "A": says("x", "<=", 2),
                    "B": says("y", "<=", 3)},
        axioms={"CITED": {"source": "The book", "statement": says("x", "<=", ["+", "x", 9], all=["x"])}},
        uses={"L": {"lemma": "L", "sorts": {}}},
        lemmas={"L": cites},
        concludes="done",
    )  # fmt: skip
    proof = replay(data)
    assert proof.text.splitlines() == [
        "for all x:ℝ, y:ℝ, z:ℝ",
        "if",
        "  Z: x ≤ 1",
        "  A: x ≤ 2",
        "  B: y ≤ 3",
        "  (4): 0 ≤ z",
        "using, without proof",
        "  A [Lemma's book]: ∀ z:ℝ. z ≤ z + 7",
        "  CITED [The book]: ∀ x:ℝ. x ≤ x + 9",
        "then",
        "  0 ≤ 1",
    ]
    assert proof.sources == {"A": "Lemma's book", "CITED": "The book"}
    assert proof.statement.conclusion == proof.theorem.formula
    assert {*proof.hypotheses.values(), *proof.axioms.values()} == {*proof.theorem.hypotheses.values()}


def test_a_hypothesis_said_twice_has_its_first_name() -> None:
    data = document(
        combine("done", says("x", "<=", 1), [{"use": "second"}]),
        hypotheses={"first": says("x", "<=", 1), "second": says(["+", "x", 1], "<=", 2)},
        concludes="done",
    )
    assert list(replay(data).hypotheses) == ["first"]


def test_an_axiom_of_document_and_lemma_has_the_source_of_the_document() -> None:
    axiom = says("z", "<=", ["+", "z", 7], all=["z"])
    parts = {"tensors": {"z": []}, "concludes": "done"}
    cites = lemma(
        combine("done", says(0, "<=", 7), [{"use": {"by": "A", "at": [0]}}]),
        axioms={"A": {"source": "Lemma's book", "statement": axiom}},
        **parts,
    )
    data = document(
        combine("done", says(0, "<=", 7), [{"use": "L"}]),
        axioms={"MINE": {"source": "The book", "statement": axiom}},
        uses={"L": {"lemma": "L", "sorts": {}}}, lemmas={"L": cites}, functions={}, laws={}, **parts,
    )  # fmt: skip
    assert replay(data).sources == {"MINE": "The book"}


def test_hypotheses_keep_their_names_when_a_definition_is_put_in() -> None:
    """x := y + 1 in A, B and C; and the third has had a name already."""
    data = document(
        combine("all", says(0, "<=", 1), [{"use": name, "times": 0} for name in ("A", "DEF", "B", "C")]),
        step("done", "drop", use="all", defs=["DEF"]),
        hypotheses={
            "A": says("x", "<=", 2), "DEF": says("x", "=", ["+", "y", 1]), "B": says("x", "<=", 5),
            "C": says("x", "<=", 9), "KNOWN": says("y", "<=", 8),
        },
        concludes="done",
    )  # fmt: skip
    assert {name: str(said) for name, said in replay(data).hypotheses.items()} == {
        "A": "y + 1 ≤ 2", "B": "y + 1 ≤ 5", "KNOWN": "y + 1 ≤ 9",
    }  # fmt: skip


def test_hypotheses_that_become_one_have_no_wrong_name() -> None:
    """With x := y the hypotheses x ≤ 2 and y ≤ 2 are one, so the others do not move up."""
    data = document(
        combine("all", says(0, "<=", 1), [{"use": name, "times": 0} for name in ("A", "B", "C", "DEF")]),
        step("done", "drop", use="all", defs=["DEF"]),
        hypotheses={
            "A": says("x", "<=", 2), "B": says("y", "<=", 2), "C": says("x", "<=", 3), "DEF": says("x", "=", "y"),
        },
        concludes="done",
    )  # fmt: skip
    assert {name: str(said) for name, said in replay(data).hypotheses.items()} == {"B": "y ≤ 2", "(2)": "y ≤ 3"}


# what a statement may be about
@pytest.mark.parametrize(
    ("said", "why"),
    [
        (says("z", "=", "z"), "z:ℝ is not declared here"),
        (says(["v", "i"], "=", ["v", "i"]), "the statement is about a fixed i:n"),
        (says(["fn", "F", "x"], "=", ["fn", "F", "x"]), "the function F is not declared here"),
        (says(["mean", "N", ["c"], ["fn", "abs", "x"]], "=", ["fn", "abs", "x"]), "the law N is not declared here"),
    ],
)
@pytest.mark.parametrize("assumed", [False, True])
def test_names_of_a_lemma_are_declared_where_it_is_used(said: Any, why: str, assumed: bool) -> None:
    """In what it concludes and in what it assumes."""
    declared: dict[str, Any] = {
        "sorts": ["n"],
        "indices": {"i": "n"},
        "tensors": {"x": [], "z": [], "c": [], "v": ["n"]},
        "functions": {"F": 1},
        "laws": {"N": {"kind": "gauss", "axes": [[]]}},
    }
    if assumed:
        other = combine("done", says(0, "<=", 1), [{"use": "H", "times": 0}])
        used = lemma(other, **declared, hypotheses={"H": {**said, "say": [said["say"][0], "=", 2]}}, concludes="done")
    else:
        used = lemma(combine("done", said), **declared, concludes="done")
    closed = "fixed" in why
    if closed:
        with pytest.raises(Refused, match="fixed"):
            replay(used)
        return
    replay(used)
    here = {"tensors": {"x": [], "c": [], "v": ["n"]}, "functions": {"F": 2}, "laws": {}}
    with pytest.raises(Refused) as caught:
        replay(document(uses={"A": {"lemma": "A", "sorts": {"n": "n"}}}, lemmas={"A": used}, concludes="A", **here))
    assert why in str(caught.value)
