"""Proofs on the kernel as a report prints them: what matters, once, and legible."""

from __future__ import annotations

import msgspec
import pytest
from refused_documents import document as refused_document
from report_documents import claim, document, evidence

from fa_theory.checker.proof.language import Declarations
from fa_theory.claims.library import select
from fa_theory.claims.procedures import Proved
from fa_theory.claims.procedures.proved import steps
from fa_theory.record.evidence import DerivationRow, Evidence, Given, Method, Result
from fa_theory.report import latex
from fa_theory.report.view import report_view
from fa_theory.symbolic.proof.render import latex as written
from fa_theory.symbolic.proof.render import text


def row(formula: str, name: str = "", *, routine: bool = False) -> DerivationRow:
    return DerivationRow(part="", latex=formula, reason="so", checks="", name=name, routine=routine)


def proof(name: str, *rows: DerivationRow, given: str = "") -> Evidence:
    start = [Given(latex=given, words="given")] if given else []
    return evidence(Method.SYMBOLIC, Result.DERIVED, procedure=name, derivation=list(rows), given=start)


def test_routine_steps_and_those_above_are_counted_and_left_out() -> None:
    first = proof("one", row("a"), row("0 \\le a", routine=True), row("b"), given="x")
    second = proof("two", row("a"), row("0 \\le a", routine=True), row("c"), given="x")
    same = proof("three", row("a"), row("b"), given="y")
    shown = claim("a.b", Result.DERIVED, first, second, same)
    view = report_view(msgspec.structs.replace(document(), claims=[shown]))
    printed = [view.printed(shown, each) for each in shown.evidence]
    formulas = [[(k, step.latex) for _, rows in each.parts for k, step in rows] for each in printed]
    assert formulas == [[(1, "a"), (2, "b")], [(1, "c")], [(1, "b")]]  # the conclusion is always there
    assert [(each.routine, each.repeated, each.given_with) for each in printed] == [
        (1, 0, ""),
        (1, 1, "one"),
        (0, 1, ""),
    ]


PROOFS = [
    (located.claim.id, procedure)
    for located in select(["song2021.error-flow", "song2021.linear-closure", "robertson2024.neuron-bracket"])
    for procedure in located.claim.procedures
    if isinstance(procedure, Proved)
]


@pytest.mark.parametrize(("id", "procedure"), PROOFS, ids=[f"{id}, {each.name}" for id, each in PROOFS])
def test_the_last_step_that_is_printed_is_the_conclusion(id: str, procedure: Proved) -> None:
    finished = procedure.proof()
    assert finished.finished is not None
    told = [step for step in steps(finished) if not step.routine]
    assert told[-1].latex == written(finished.finished.theorem.formula)
    assert all(step.reason for step in told)
    printed = " ".join(step.latex for step in told)
    assert "+ 0" not in printed
    assert "beta" not in " ".join(f"{step.name} {step.reason}" for step in told)


def test_a_time_in_a_product_has_parentheses() -> None:
    from fa_theory.symbolic.proof import ProofWriter
    from fa_theory.symbolic.proof.notation import forall, num

    proof = ProofWriter()
    (t,) = proof.indices("t", "time")
    c, eta = proof.tensor("c", "time"), proof.scalar("eta")
    proof.assume("reached", forall(t, c(t + 1) <= eta * num(t + 1)))
    proof.assume("start", c(0) <= eta * num(0))
    proof.assume("exponent", forall(t, c(t) <= num(t + 1)))
    said = proof.live.assumed
    assert "(t+1)" in text(said["reached"]).replace("c(t+1)", "")
    assert text(said["start"]) == "c(0) ≤ 0"
    assert text(said["exponent"]).startswith("c(t) ≤ t+1")


def test_the_power_of_a_mean_is_not_the_mean_of_a_power() -> None:
    from fa_theory.symbolic.proof import ProofWriter
    from fa_theory.symbolic.proof.notation import IndexName, forall, mean

    proof = ProofWriter()
    proof.sorts("p")
    proof.indices("r", "p")
    b = proof.tensor("b", "p")
    r = IndexName("r")
    law = proof.law("normal", "gauss", ["p"])
    proof.assume("power", forall(r, (mean(law, (b,), b(r)) ** 2).equals(0)))
    proof.assume("mean", forall(r, mean(law, (b,), b(r) ** 2).equals(1)))
    power, moment = (text(proof.live.assumed[name]) for name in ("power", "mean"))
    assert power.replace(" ", "").startswith("(E(b_r))")
    assert moment.replace(" ", "").startswith("E(b_r")


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        (["^", ["fn", "sqrt", "x"], 2], "(√x)²"),
        (["fn", "sqrt", ["^", "x", 2]], "√x²"),
        (["fn", "sqrt", ["+", "x", 1]], "√(x + 1)"),
        (["^", ["fn", "inv", ["+", "x", 1]], 2], "((x + 1)⁻¹)²"),
        (["^", ["^t", "x", "t"], 2], "(xᵗ)²"),
        (["^", ["size", "n", "1/2"], 3], "(√n)³"),
        (["^", ["d", "s", ["f", "s"], "w"], 2], "(d/dw f(w))²"),
        (["*", ["d", "s", ["f", "s"], "w"], ["f", "w"]], "f(w) (d/dw f(w))"),
        (["d", "s", ["*", ["f", "s"], ["f", "s"]], "w"], "d/dw f(w) f(w)"),
    ],
)
def test_an_exponent_and_a_derivative_belong_to_what_they_seem_to(said: object, printed: str) -> None:
    declared = {k: v for k, v in refused_document().items() if k in ("sorts", "indices", "tensors")}
    assert text(Declarations(declared).term(said)) == printed


def test_a_wide_formula_may_break_inside_brackets() -> None:
    found = latex.step(r"\left\lVert e \right\rVert \le \left(1 - \eta\right) \quad\text{if } 0 \le q")
    whole, loose = found.removeprefix(r"\longformula{").split("}{", 1)
    assert r"\left(1" in whole
    assert r"\left" not in loose
    assert r"\bigl\lVert e \bigr\rVert" in loose
    assert latex.step(r"a &= b \\ &= c").startswith(r"\formula{\begin{aligned}")
