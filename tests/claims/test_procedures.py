"""The kinds of procedure: what each makes of its records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from certificates import certificate
from flint import arb

from fa_theory.checker.recheck import recheck_file
from fa_theory.claims.claim import Check
from fa_theory.claims.procedure import Budget, Context, Procedure, Trials
from fa_theory.claims.procedures import (
    Certified,
    FrequencyByWidth,
    Instance,
    Instances,
    Proved,
    Refuted,
    Scaling,
    wrong_proofs,
)
from fa_theory.claims.procedures.frequency import judge_frequency
from fa_theory.enclosure.certify import growth_counterexample
from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.ball import Ball
from fa_theory.model.law import Law
from fa_theory.model.network import Network
from fa_theory.record.evidence import Evidence, Result
from fa_theory.symbolic.proof import ProofWriter
from fa_theory.symbolic.proof.notation import forall, total
from fa_theory.work.ledger import Record

FEW = Trials(10, 20, 40)


def records_of(procedure: Procedure, out: Path, seed: int = 0) -> dict[str, Record]:
    """Run all tasks of the quick budget; the records as they come back from the ledger."""
    context = Context(seed, "test.claim", procedure.name, out)
    return {
        task.key: json.loads(json.dumps(procedure.run(task, context), allow_nan=False))
        for task in procedure.tasks(Budget.QUICK)
    }


def settle(procedure: Procedure, out: Path, seed: int = 0) -> Evidence:
    return procedure.conclude(records_of(procedure, out, seed))


def holds(check: Check, out: Path, recorded: Mapping[str, Mapping[str, Record]] | None = None) -> bool:
    return check.run(Context(0, "test.claim", "checks", out, recorded or {})).holds


# instances in ball arithmetic

EXACT = Instance(vanishes=(Ball(0),))
UNKNOWN = Ball(arb("nan"))


@pytest.mark.parametrize(
    ("instance", "violated", "shown"),
    [
        (EXACT, False, True),
        (Instance(vanishes=(Ball(0).plus_minus(1e-12),)), False, True),
        (Instance(vanishes=(Ball(0).plus_minus(1e-3),)), False, False),  # too wide
        (Instance(vanishes=(Ball(1e-300),)), True, False),  # certainly not 0, however small
        (Instance(vanishes=(Ball(0), Ball(1))), True, False),
        (Instance(margins=(Ball(0),)), False, True),
        (Instance(margins=(Ball(1).plus_minus(0.5),)), False, True),
        (Instance(margins=(Ball(0).plus_minus(0.5),)), False, False),
        (Instance(margins=(Ball(-1e-300),)), True, False),
        (Instance(vanishes=(Ball(0),), margins=(Ball(-1),)), True, False),
        (Instance(vanishes=(UNKNOWN,)), False, False),
        (Instance(margins=(UNKNOWN,)), False, False),
        (Instance(margins=(Ball(arb("inf")),)), False, True),
    ],
)
def test_what_an_instance_shows(instance: Instance, violated: bool, shown: bool) -> None:
    assert (instance.violated(), instance.shown(1e-9)) == (violated, shown)


def test_an_instance_without_figures_shows_nothing() -> None:
    with pytest.raises(InputError, match="it has neither"):
        Instance()


def instances(*given: Instance, **more: Any) -> Instances:
    """Trial number i gives the instance number i; the last stands for all that follow."""

    def trial(rng: np.random.Generator) -> Instance:
        return given[0] if rng.random() < 0.5 else given[-1]

    return Instances(trial, FEW, **more)


def test_instances_that_all_hold(tmp_path: Path) -> None:
    found = settle(instances(EXACT), tmp_path)
    assert found.result is Result.SUPPORTED  # no document shows them again
    assert found.n == 20  # the block is filled up
    assert not found.settles  # some instances do not settle a statement about all


def test_one_instance_that_is_violated(tmp_path: Path) -> None:
    found = settle(instances(EXACT, Instance(vanishes=(Ball(1e-20),))), tmp_path)
    assert found.result is Result.CONTRADICTED
    assert "certainly contradicts the claim" in found.says


@pytest.mark.parametrize("wide", [Ball(0).plus_minus(1), UNKNOWN])
def test_instances_too_wide_to_decide(tmp_path: Path, wide: Ball) -> None:
    found = settle(instances(EXACT, Instance(vanishes=(wide,))), tmp_path)
    assert found.result is Result.UNDECIDED
    assert "too wide to decide" in found.says


def test_no_instance_meets_the_hypotheses(tmp_path: Path) -> None:
    found = settle(instances(Instance(applies=False)), tmp_path)
    assert (found.result, found.n) == (Result.UNDECIDED, 0)
    assert "nothing was tested" in found.says


def test_instances_beside_the_hypotheses_say_nothing(tmp_path: Path) -> None:
    found = settle(instances(EXACT, Instance(vanishes=(Ball(1),), applies=False)), tmp_path)
    assert found.result is Result.SUPPORTED
    assert 0 < found.n < 20
    assert "(of 20 drawn) that satisfy the hypotheses" in found.says


def test_instances_are_drawn_one_by_one(tmp_path: Path) -> None:
    """Blocks of another size draw the same instances."""
    drawn: list[float] = []

    def trial(rng: np.random.Generator) -> Instance:
        drawn.append(rng.random())
        return EXACT

    for block in (20, 5):
        records_of(Instances(trial, Trials(20, 20, 20), block=block), tmp_path)
    assert drawn[:20] == drawn[20:]
    assert len(set(drawn)) == 20


def test_the_precision_is_that_of_the_procedure(tmp_path: Path) -> None:
    def trial(rng: np.random.Generator) -> Instance:
        return Instance(vanishes=(Ball(Ball(2).arb.sqrt()) * Ball(2).arb.sqrt() - 2,))

    assert settle(Instances(trial, FEW, width=1e-30, bits=128), tmp_path).result is Result.SUPPORTED
    assert settle(Instances(trial, FEW, width=1e-30, bits=64), tmp_path).result is Result.UNDECIDED


# frequencies


def frequency(chance: dict[int, float], *, from_width: int, delta: float = 0.1, trials: int = 200) -> FrequencyByWidth:
    return FrequencyByWidth(
        lambda p, rng: bool(rng.random() < chance[p]),
        widths=tuple(chance),
        from_width=from_width,
        trials=Trials(trials, trials, trials),
        delta=delta,
        success="it works",
    )


@pytest.mark.parametrize(
    ("chance", "from_width", "result"),
    [
        ({8: 1.0, 16: 1.0}, 8, Result.SUPPORTED),
        ({8: 0.5, 16: 1.0}, 8, Result.CONTRADICTED),
        ({8: 0.5, 16: 1.0}, 16, Result.SUPPORTED),  # the claim says nothing about width 8
        ({8: 0.9, 16: 1.0}, 8, Result.UNDECIDED),
        ({8: 0.9, 16: 0.5}, 8, Result.CONTRADICTED),
        ({8: 0.0, 16: 0.0}, 8, Result.CONTRADICTED),
    ],
)
def test_frequencies(tmp_path: Path, chance: dict[int, float], from_width: int, result: Result) -> None:
    found = settle(frequency(chance, from_width=from_width), tmp_path)
    assert found.result is result
    assert found.n == 400
    assert found.interval is not None
    low, high = found.interval
    assert {
        Result.SUPPORTED: low >= 0.9,
        Result.CONTRADICTED: high < 0.9,
        Result.UNDECIDED: low < 0.9 <= high,
    }[result]


def test_few_trials_support_nothing(tmp_path: Path) -> None:
    assert settle(frequency({8: 1.0}, from_width=8, trials=25), tmp_path).result is Result.UNDECIDED


def test_the_confidence_is_shared_out_among_the_widths() -> None:
    """Bonferroni: 47 of 47 supports 0.9 at one width at 99 %, but not at one of five widths tried."""
    records = {str(p): {"p": p, "n": 53, "successes": 53} for p in range(1, 6)}
    assert judge_frequency(53, 53, 0.1, 0.99) is Result.SUPPORTED
    one = frequency({5: 1.0}, from_width=5)
    five = frequency(dict.fromkeys(range(1, 6), 1.0), from_width=5)
    assert one.conclude({"5": records["5"]}).result is Result.SUPPORTED
    found = five.conclude(records)
    assert found.result is Result.UNDECIDED
    assert found.confidence == 0.99
    assert found.interval is not None
    assert found.interval[0] == pytest.approx((0.01 / 5 / 2) ** (1 / 53))  # Clopper and Pearson without a failure


def test_the_mutant_of_a_frequency(tmp_path: Path) -> None:
    procedure = frequency({4: 0.3, 16: 1.0}, from_width=16)
    recorded = {procedure.name: records_of(procedure, tmp_path)}
    assert holds(procedure.mutant("any width", "", 4), tmp_path, recorded)
    assert not holds(procedure.mutant("the claim itself", "", 16), tmp_path, recorded)


def test_a_frequency_claimed_for_no_width() -> None:
    with pytest.raises(InputError, match="for widths ≥ 32, but none of"):
        frequency({4: 1.0, 16: 1.0}, from_width=32)


def test_a_single_trial_can_be_repeated_alone(tmp_path: Path) -> None:
    seen: dict[int, float] = {}

    def trial(p: int, rng: np.random.Generator) -> bool:
        seen[p] = rng.random()
        return True

    procedure = FrequencyByWidth(trial, (4, 8), 4, Trials(3, 3, 3), 0.1, "it works", block=1)
    records_of(procedure, tmp_path)
    context = Context(0, "test.claim", procedure.name, tmp_path)
    assert seen == {p: context.rng(p, 2).random() for p in (4, 8)}


# scaling


def scaling(exponent: float, noise: float = 0.3, **more: Any) -> Scaling:
    return Scaling(
        lambda p, rng: float(p**exponent * np.exp(noise * rng.standard_normal())),
        "$q$",
        (10, 100, 1000, 10000),
        Trials(40, 40, 40),
        **({"alpha": -0.5} | more),
    )


@pytest.mark.parametrize(
    ("exponent", "more", "result"),
    [
        (-0.5, {}, Result.SUPPORTED),
        (-0.55, {}, Result.SUPPORTED),  # within the tolerance
        (-1.0, {}, Result.CONTRADICTED),
        (0.0, {}, Result.CONTRADICTED),
        (-0.6, {}, Result.UNDECIDED),  # on the border
        (-0.5, {"noise": 3.0}, Result.UNDECIDED),
        (-1.0, {"at_most": True}, Result.SUPPORTED),
        (-0.5, {"at_most": True}, Result.SUPPORTED),
        (0.0, {"at_most": True}, Result.CONTRADICTED),
        (-0.4, {"at_most": True}, Result.UNDECIDED),
    ],
)
def test_scaling(tmp_path: Path, exponent: float, more: dict[str, Any], result: Result) -> None:
    found = settle(scaling(exponent, **more), tmp_path)
    assert found.result is result, found.says
    assert found.n == 160
    assert found.interval is not None
    low, high = found.interval
    assert low < exponent < high  # at 99 % for each of ten fixed seeds
    assert ("at most" in found.says) == more.get("at_most", False)


def test_the_mutant_of_a_scaling(tmp_path: Path) -> None:
    procedure = scaling(-0.5)
    recorded = {procedure.name: records_of(procedure, tmp_path)}
    assert holds(procedure.mutant(-1.0), tmp_path, recorded)
    assert holds(procedure.mutant(-0.25), tmp_path, recorded)
    assert not holds(procedure.mutant(-0.5), tmp_path, recorded)
    assert not holds(procedure.mutant(-0.55), tmp_path, recorded)  # not told apart at this tolerance


def test_a_scaling_of_nothing_is_refused(tmp_path: Path) -> None:
    procedure = Scaling(lambda p, rng: 0.0, "$q$", (10, 100, 1000), FEW, alpha=0.0)
    with pytest.raises(InputError, match="all replicates are 0"):
        settle(procedure, tmp_path)


# derivations


def gram(more: Fraction | int = 1, *, vacuous: bool = False) -> ProofWriter:
    """``c‖Xv‖² ≤ vᵀKv`` for a Gram matrix K, proved for c = 1; or with a hypothesis that nothing satisfies."""
    P = ProofWriter("Gram matrices")
    P.sorts("n", "d")
    (i, j), k = P.indices("i j", "n"), P.index("k", "d")
    X, v, K = P.tensor("X", "n", "d"), P.tensor("v", "n"), P.tensor("K", "n", "n")
    P.assume("GRAM", forall(i, j, K(i, j).equals(total(k, X(i, k) * X(j, k)))), "Gram matrix")
    square = total(k, total(i, X(i, k) * v(i)) ** 2)
    form = total(i, j, v(i) * K(i, j) * v(j))
    if vacuous:
        P.conclude(P.show("form", square <= form - 1, P.assume("NEVER", square <= square - 1), rewrite=["GRAM"]))
        return P
    P.conclude(P.show("form", square <= form, rewrite=["GRAM"], reason="multiply out"))
    P.mutant("half of it", {}, conclusion=2 * square <= form)
    P.mutant("another matrix", {"GRAM": forall(i, j, K(i, j).equals(-total(k, X(i, k) * X(j, k))))})
    P.mutant("no error", {"GRAM": forall(i, j, K(i, j).equals(total(k, X(j, k) * X(i, k))))})
    if more != 1:
        P.data["steps"][-1]["goal"] = {"say": [["*", str(more), square.json], "<=", form.json]}
    return P


def test_a_proof(tmp_path: Path) -> None:
    found = settle(Proved(gram), tmp_path)
    assert found.result is Result.DERIVED
    assert [row.reason for row in found.derivation] == ["multiply out"]
    assert [row.words for row in found.given] == ["Gram matrix"]
    assert found.n > 0
    (artefact,) = found.artefacts
    assert recheck_file(tmp_path / artefact.path).valid


def test_a_proof_that_the_kernel_refuses_is_never_derived(tmp_path: Path) -> None:
    found = settle(Proved(lambda: gram(Fraction(1, 2))), tmp_path)
    assert found.result is Result.UNDECIDED
    assert found.says.startswith("the kernel refuses the proof: step 'form': does not follow; left over: ")


def test_hypotheses_that_nothing_satisfies_prove_nothing(tmp_path: Path) -> None:
    found = settle(Proved(lambda: gram(vacuous=True)), tmp_path)
    assert found.result is Result.VACUOUS


def test_a_sequent_that_is_false_is_a_fault_of_the_kernel(tmp_path: Path) -> None:
    procedure = Proved(gram)
    record = procedure.run(procedure.tasks(Budget.QUICK)[0], Context(0, "mine.one", "proof", tmp_path))
    with pytest.raises(AssertionError, match="a sequent accepted by the kernel is false: somewhere"):
        procedure.conclude({"replay": {**record, "refuted": ["somewhere"]}})


def test_wrong_proofs(tmp_path: Path) -> None:
    """The kernel must refuse them, and they must be false at a point; a mutant without an error is not refuted."""
    outcomes = [holds(check, tmp_path) for check in wrong_proofs(gram, "half of it", "another matrix", "no error")]
    assert outcomes == [True, True, False]


# certificates

GOOD, HOPELESS = Law("tanh", 2, 4, 20), Law("linear", 3, 1, 5)


def test_certificates(tmp_path: Path) -> None:
    found = settle(Certified((GOOD,), Trials(2, 2, 2), max_steps=500), tmp_path)
    assert (found.result, found.n) == (Result.ENCLOSED, 2)
    assert len(found.artefacts) == 2
    assert all(recheck_file(tmp_path / artefact.path).valid for artefact in found.artefacts)
    assert {figure.name for figure in found.figures} == {"error-1", "alignment-1"}


def test_a_law_that_cannot_be_certified(tmp_path: Path) -> None:
    found = settle(Certified((GOOD, HOPELESS), Trials(1, 1, 1), max_steps=300), tmp_path)
    assert found.result is Result.UNDECIDED
    assert f"no network from the law {HOPELESS} was certified" in found.says
    assert found.n == 1
    assert [row[1:3] for row in found.tables[0].rows] == [[1, 1], [0, 1]]


def test_certificates_are_about_the_networks_they_name(tmp_path: Path) -> None:
    procedure = Certified((GOOD,), Trials(1, 1, 1), max_steps=500)
    first, again, other = (settle(procedure, tmp_path, seed).artefacts for seed in (0, 0, 1))
    assert first == again != other


# counterexamples


def growth(factor: float = 1.0) -> dict[str, Any] | None:
    one = np.ones((1, 1))
    network = Network(one, beta=np.array([-1.0]), b=np.array([3.0]), psi=activation("linear"))
    return growth_counterexample(network, one, np.zeros(1), eta=0.1, factor=factor)


def refuted(search: Any) -> Refuted:
    return Refuted(search, (2, 4), FEW, "the error grows")


def test_a_certified_counterexample(tmp_path: Path) -> None:
    found = settle(refuted(lambda p, rng: growth() if p == 4 else None), tmp_path)
    assert found.result is Result.FALSIFIED
    assert found.n == 50
    assert found.tables[0].rows == [[2, 0, 25], [4, 25, 25]]
    (artefact,) = found.artefacts
    assert recheck_file(tmp_path / artefact.path).valid


def test_no_counterexample(tmp_path: Path) -> None:
    found = settle(refuted(lambda p, rng: None), tmp_path)
    assert found.result is Result.UNDECIDED
    assert found.artefacts == []


def test_a_counterexample_that_the_checker_does_not_accept(tmp_path: Path) -> None:
    forged = dict(growth() or {}, factor=(5.0).hex())
    assert settle(refuted(lambda p, rng: forged), tmp_path).result is Result.UNDECIDED


@pytest.mark.parametrize("document", [certificate(), growth(factor=0.9)], ids=["decay", "too little growth"])
def test_a_valid_document_that_proves_something_else(tmp_path: Path, document: dict[str, Any]) -> None:
    procedure = Refuted(lambda p, rng: document, (2,), Trials(1, 1, 1), "the error grows", block=1)
    assert settle(procedure, tmp_path).result is Result.UNDECIDED
