"""Verdicts are computed: pure functions of what was recorded."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from fa_theory.claims.verdict import STRENGTH, complete, decide, established, exit_code
from fa_theory.record.evidence import SHOWN, Artefact, CheckResult, Evidence, Method, MutantResult, Result

K, D, E, S, F, C, U, V, N = (
    Result.KERNEL_CHECKED,
    Result.DERIVED,
    Result.ENCLOSED,
    Result.SUPPORTED,
    Result.FALSIFIED,
    Result.CONTRADICTED,
    Result.UNDECIDED,
    Result.VACUOUS,
    Result.NOT_RUN,
)
DOCUMENT = Artefact(path="proofs/a.json", sha256="0" * 64, kind="proofs")
METHODS = {K: Method.KERNEL, D: Method.SYMBOLIC, E: Method.ENCLOSURE, S: Method.SAMPLING}


def found(result: Result, *, settles: bool = True, method: Method | None = None) -> Evidence:
    return Evidence(
        procedure=f"procedure {result.value}",
        method=method or METHODS.get(result, Method.ENCLOSURE),
        result=result,
        settles=settles,
        says=f"says {result.value}",
        n=1,
        interval=(0.0, 1.0),
        confidence=0.99,
        quantity="a quantity",
        artefacts=[DOCUMENT] if result in SHOWN and result is not K else [],  # K: a theorem of the library
    )


def mutant(refuted: bool = True) -> MutantResult:
    return MutantResult(name="sign", says="the sign is flipped", refuted=refuted, detail="seen")


def case(holds: bool = True, name: str = "n=1") -> CheckResult:
    return CheckResult(name=name, says="one sample", holds=holds, detail="measured")


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([D], D),
        ([E], E),
        ([S], S),
        ([D, K], K),  # Coq states the whole claim
        ([S, E, K], K),
        ([K, U], U),
        ([K, N], N),
        ([K, F], F),
        ([C, D], C),  # trials against a proof: a person must look
        ([C, F], F),
        ([C, U], C),
        ([D, E], E),  # the weakest of those that settle
        ([E, D], E),
        ([D, S, E], S),
        ([D, U], U),
        ([D, N], N),
        ([U, N], N),
        ([D, F], F),  # a refutation beats everything
        ([U, F, N], F),
        ([N, U, F], F),
    ],
)
def test_the_weakest_settling_result_wins_and_a_refutation_beats_it(results: list[Result], verdict: Result) -> None:
    evidence = [found(result) for result in results]
    assert decide(evidence, [mutant()], [case()]) == (verdict, f"says {verdict.value}")


@pytest.mark.parametrize(("other", "verdict"), [(D, E), (E, E), (S, E), (F, F), (U, U), (N, N)])
def test_a_procedure_that_does_not_settle_can_only_contradict(other: Result, verdict: Result) -> None:
    assert decide([found(E), found(other, settles=False)], [mutant()], [case()])[0] is verdict


def test_a_mutant_that_survives_leaves_the_claim_undecided() -> None:
    verdict, why = decide([found(D)], [mutant(), mutant(refuted=False)], [case()])
    assert verdict is U
    assert "'sign' was not refuted: seen" in why


@pytest.mark.parametrize("name", ["n=1", "non-vacuity"])
def test_a_failing_degenerate_case_or_a_vacuous_witness_leaves_the_claim_undecided(name: str) -> None:
    verdict, why = decide([found(D)], [mutant()], [case(), case(holds=False, name=name)])
    assert verdict is U
    assert f"{name!r} does not hold: measured" in why


def test_a_refutation_counts_even_if_checks_fail() -> None:
    assert decide([found(F)], [mutant(refuted=False)], [case(holds=False)])[0] is F


def test_an_expected_refutation_must_tell_the_mutant_from_the_claim() -> None:
    assert decide([found(F)], [mutant()], [case()], expects_refutation=True)[0] is F
    assert decide([found(F)], [mutant(refuted=False)], [case()], expects_refutation=True)[0] is U
    assert decide([found(F)], [mutant()], [case(holds=False)], expects_refutation=True)[0] is U


def test_a_theorem_about_a_part_of_the_claim_changes_no_verdict() -> None:
    assert decide([found(D), found(K, settles=False)], [mutant()], [case()])[0] is D


def test_a_kernel_check_does_not_excuse_a_mutant_that_survives() -> None:
    assert decide([found(D), found(K)], [mutant(refuted=False)], [case()])[0] is U


def test_deciding_changes_nothing_and_repeats_itself() -> None:
    evidence, mutants, cases = [found(E), found(S)], [mutant()], [case()]
    before = copy.deepcopy((evidence, mutants, cases))
    assert decide(evidence, mutants, cases) == decide(evidence, mutants, cases)
    assert (evidence, mutants, cases) == before


POSSIBLE = {
    Method.SYMBOLIC: {D, F, U, V, N},
    Method.KERNEL: {K, U, V, N},
    Method.ENCLOSURE: {E, S, F, C, U, V, N},
    Method.SAMPLING: {S, C, U, V, N},
}


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("result", Result)
def test_a_method_establishes_only_what_it_can(method: Method, result: Result) -> None:
    if result in POSSIBLE[method]:
        assert found(result, method=method).result is result
    else:
        with pytest.raises(ValueError, match=f"{method.value} cannot establish"):
            found(result, method=method)


@pytest.mark.parametrize("result", Result)
def test_a_result_above_supported_needs_a_document(result: Result) -> None:
    method = METHODS.get(result, Method.ENCLOSURE)
    bare: dict[str, Any] = {"procedure": "x", "method": method, "result": result, "settles": True, "says": "", "n": 1}
    if result in SHOWN and method is not Method.KERNEL:
        with pytest.raises(ValueError, match=f"{result.value} needs a document that the checker accepts"):
            Evidence(**bare)
        shown = Evidence(**bare, artefacts=[DOCUMENT])
        assert shown.recheck == "fa-theory recheck proofs/a.json"
    elif method is not Method.SAMPLING:
        assert Evidence(**bare).recheck == ""
    assert (result in SHOWN) == (result is Result.FALSIFIED or STRENGTH[1:].count(result) == 1)


@pytest.mark.parametrize("missing", [{"interval": None}, {"confidence": None}, {"quantity": ""}])
@pytest.mark.parametrize("result", [S, C])
def test_a_statistical_result_needs_its_interval(result: Result, missing: dict[str, object]) -> None:
    good = {"interval": (0.0, 1.0), "confidence": 0.99, "quantity": "q"}
    with pytest.raises(ValueError, match="needs its interval, confidence and quantity"):
        Evidence(
            procedure="sampling", method=Method.SAMPLING, result=result, settles=True, says="", n=1, **(good | missing)
        )


@pytest.mark.parametrize("result", Result)
def test_established(result: Result) -> None:
    assert established(result, expects_refutation=False) == (result in STRENGTH)
    assert established(result, expects_refutation=True) == (result in (F, C))


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 0),
        ([(D, False), (E, False), (S, False)], 0),
        ([(F, True)], 0),  # falsified as stated
        ([(F, False)], 1),
        ([(C, True)], 0),
        ([(C, False)], 1),
        ([(U, False)], 3),
        ([(N, False)], 3),
        ([(U, False), (F, False)], 1),
        ([(U, False), (F, True)], 3),
        ([(S, True)], 1),  # a refutation on record does not succeed
        ([(U, True)], 1),
        ([(D, False), (N, True)], 1),
    ],
)
def test_exit_codes(verdicts: list[tuple[Result, bool]], code: int) -> None:
    assert exit_code(verdicts) == code
    assert exit_code(reversed(verdicts)) == code
    assert exit_code(verdicts, crashed=True) == 2


@pytest.mark.parametrize(
    ("settled", "uses", "expected"),
    [
        ({"a": True}, {"a": []}, {"a": True}),
        ({"a": False}, {}, {"a": False}),
        ({"a": True, "b": True, "c": True}, {"b": ["a"], "c": ["b"]}, {"a": True, "b": True, "c": True}),
        ({"a": False, "b": True, "c": True}, {"b": ["a"], "c": ["b"]}, {"a": False, "b": False, "c": False}),
        ({"a": True, "b": True, "c": False}, {"c": ["a", "b"]}, {"a": True, "b": True, "c": False}),
        ({"b": True}, {"b": ["not in this run"]}, {"b": False}),
        ({"c": True, "b": True}, {"c": ["b"], "b": ["not in this run"]}, {"c": False, "b": False}),
        ({"d": True, "b": True, "c": False, "a": True}, {"d": ["b", "c"], "b": ["a"], "c": ["a"]}, None),
    ],
)
def test_complete_asks_all_ancestors(
    settled: dict[str, bool], uses: dict[str, list[str]], expected: dict[str, bool] | None
) -> None:
    assert complete(settled, uses) == (expected or {"d": False, "b": True, "c": False, "a": True})
