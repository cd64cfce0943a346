"""Every derivation passes both checks, and both checks refuse each of its mutants."""

import pkgutil
from dataclasses import replace
from importlib import import_module

import pytest
from sympy import Integer

from fa_theory.proofs.robertson2024 import derivations as of_robertson
from fa_theory.proofs.shared import gradient_flow
from fa_theory.proofs.song2021 import derivations as of_song
from fa_theory.symbolic.checking import DerivationReport
from fa_theory.symbolic.derivation import Derivation
from fa_theory.symbolic.notation import lam

IN_FOLDERS = {
    info.name: import_module(f"{derivations.__name__}.{info.name}")
    for derivations in (of_song, of_robertson)
    for info in pkgutil.iter_modules(derivations.__path__)
}
MODULES = {name: module for name, module in IN_FOLDERS.items() if hasattr(module, "mutants")} | {
    "gradient_flow": gradient_flow
}
MUTANTS = [(name, wrong) for name, module in MODULES.items() for wrong in module.mutants()]


@pytest.fixture(scope="module")
def reports() -> dict[str, DerivationReport]:
    return {name: module.derivation().check(seed=1) for name, module in MODULES.items()}


@pytest.mark.parametrize("name", MODULES)
def test_derivation_passes_both_checks(name: str, reports: dict[str, DerivationReport]) -> None:
    report = reports[name]
    assert report.failures == ()
    assert report.ok
    assert all(step.ok_normal_form and step.ok_exact for step in report.steps)
    assert 0 < report.error_probability < 1e-25
    assert (1, 1, 1) in report.sizes


@pytest.mark.parametrize(("name", "wrong"), MUTANTS)
def test_mutant_is_refused_by_both_checks(name: str, wrong: str) -> None:
    report = MODULES[name].mutants()[wrong].check(seed=1)
    refused = [
        step for step in report.steps if "normal forms differ" in step.detail and "the sides differ" in step.detail
    ]
    assert refused, [step.detail for step in report.failures]
    assert not report.ok


@pytest.mark.parametrize("name", MODULES)
def test_there_are_mutants(name: str) -> None:
    assert len(MODULES[name].mutants()) >= 2


@pytest.mark.parametrize("name", MODULES)
def test_report_material(name: str, reports: dict[str, DerivationReport]) -> None:
    derivation: Derivation = MODULES[name].derivation()
    rows = derivation.rows(reports[name])
    assert len(rows) == len(reports[name].steps)
    assert all(row["latex"] and row["reason"] and row["checks"].startswith("normal form ✓") for row in rows)
    source = derivation.to_latex()
    assert source == MODULES[name].derivation().to_latex()
    assert source.count(r"\begin{align*}") == source.count(r"\end{align*}") == 1 + len(derivation.parts)
    assert source.count("{") == source.count("}")
    assert source.count(r"\left") == source.count(r"\right")
    assert derivation.title in derivation.to_text()


def test_the_conclusions_are_the_published_ones() -> None:
    last = {name: module.derivation().conclusions()[-1] for name, module in MODULES.items()}
    assert last["gradient_flow"] == r"\dot {e}_{i} = -\sum_{j} \left(G_{ij} + H_{ij}\right) e_{j}"


def test_the_aligned_flow_starts_from_the_error_flow_that_is_derived() -> None:
    conclusion = MODULES["gradient_flow"].derivation().parts[-1].rule()
    rule = MODULES["flow"].ERROR_FLOW
    assert (rule.left, rule.right) == (conclusion.left, conclusion.right)
    flows = {r.left: r.right for r in MODULES["gradient_flow"].derivation().rules}
    for rule in (MODULES["flow"].FLOW_W, MODULES["flow"].FLOW_BETA):
        assert rule.right == flows[rule.left].xreplace({lam: Integer(0)})


def test_what_the_brackets_conclude() -> None:
    flow, steps = (MODULES[name].derivation().conclusions() for name in ("flow", "steps"))
    assert flow[0] == r"\dot {Q}_{r} = 0"
    assert flow[1] == r"0 \le \beta_{r} b_{r}"
    assert flow[4] == r"\dot {L} \le 0"
    assert steps[-1] == r"E^{+} \le q^{t+1} E_{0}"


def test_mutating_a_derivation_that_others_build_on_breaks_them() -> None:
    steps, bracket = MODULES["steps"].derivation(), MODULES["bracket"]
    assert steps.builds_on
    broken = next(iter(bracket.mutants().values()))
    assert not replace(steps, builds_on=(broken,)).check().ok


def test_the_mean_of_the_alignment() -> None:
    drift, mean = (MODULES[name].derivation().conclusions() for name in ("feedback_drift", "mean_alignment"))
    assert drift[:2] == [r"\dot {A} = -\sum_{i} q_{i} e_{i}", r"\dot {q}_{i} = -\sum_{j} \Sigma_{ij} e_{j}"]
    assert mean[1].endswith("= 0")
    assert mean[2] == r"\mathbb{E} \left(\Sigma_{ij}\right) = \bar {\Sigma}_{ij}"


def test_a_mutant_says_what_it_changes() -> None:
    module = MODULES["accrual"]
    says = {name: module.derivation().errors_of(wrong) for name, wrong in module.mutants().items()}
    assert says["the energy starts at 1"] == "C₀ = 1 (wrong start)"
    assert module.derivation().errors_of(module.derivation()) == ""
    assert module.derivation().first_refused() is None
    refused = module.mutants()["the energy starts at 1"].first_refused()
    assert refused is not None
    assert refused.reason == "the sums are empty"
