"""A derivation passes both checks, and both checks refuse each of its mutants."""

from dataclasses import replace

import pytest
import small_derivation

from fa_theory.symbolic.derivation import Part, Step

MUTANTS = list(small_derivation.mutants())


def test_a_derivation_passes_both_checks() -> None:
    report = small_derivation.derivation().check(seed=1)
    assert report.failures == ()
    assert report.ok
    assert all(step.ok_normal_form and step.ok_exact for step in report.steps)
    assert 0 < report.error_probability < 1e-25
    assert (1, 1, 1) in report.sizes


@pytest.mark.parametrize("wrong", MUTANTS)
def test_mutant_is_refused_by_both_checks(wrong: str) -> None:
    report = small_derivation.mutants()[wrong].check(seed=1)
    refused = [
        step for step in report.steps if "normal forms differ" in step.detail and "the sides differ" in step.detail
    ]
    assert refused, [step.detail for step in report.failures]
    assert not report.ok


def test_report_material() -> None:
    derivation = small_derivation.derivation()
    report = derivation.check(seed=1)
    rows = derivation.rows(report)
    assert len(rows) == len(report.steps)
    assert all(row["latex"] and row["reason"] and row["checks"].startswith("normal form ✓") for row in rows)
    source = derivation.to_latex()
    assert source == small_derivation.derivation().to_latex()
    assert source.count(r"\begin{align*}") == source.count(r"\end{align*}") == 1 + len(derivation.parts)
    assert source.count("{") == source.count("}")
    assert source.count(r"\left") == source.count(r"\right")
    assert derivation.title in derivation.to_text()


def test_mutating_a_derivation_that_others_build_on_breaks_them() -> None:
    right = small_derivation.derivation()
    part = Part("twice", 2 * small_derivation.FORM, 2 * small_derivation.SQUARE, (
        Step(2 * small_derivation.SQUARE, "the form just derived", (small_derivation.GRAM,)),
    ))  # fmt: skip
    above = replace(right, title="Twice", parts=(part,), builds_on=(right,))
    assert above.check().ok
    assert not replace(above, builds_on=(small_derivation.mutants()["twice as much"],)).check().ok


def test_a_mutant_says_what_it_changes() -> None:
    right, wrong = small_derivation.derivation(), small_derivation.mutants()["a wrong sign"]
    assert "(a wrong sign)" in right.errors_of(wrong)
    assert right.errors_of(right) == ""
    assert right.first_refused() is None
    refused = wrong.first_refused()
    assert refused is not None
    assert refused.reason == "insert the Gram matrix"
