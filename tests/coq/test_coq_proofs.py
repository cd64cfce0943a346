"""Proof documents in Coq: the exported statement, what the kernel of Coq accepts, and false neighbours it rejects."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fa_theory.checker.proof import Refused, rules
from fa_theory.coq import compiler, library
from fa_theory.coq.compiler import CoqLimits
from fa_theory.coq.derivation import steps
from fa_theory.coq.derivation.export import CoqDerivation, export
from fa_theory.coq.derivation.shallow import RESERVED
from fa_theory.coq.exact import NotExportable
from fa_theory.coq.recheck import KernelVerdict, Status, compiled, recheck
from fa_theory.proofs.song2021.theorems import gradient_flow, linear_step, random_gram

AMPLE = CoqLimits(seconds=200.0)
RECURSION = linear_step.proof().document

Json = Any


def every_rule() -> dict[str, Json]:
    """A document with every rule of inference; the last step needs all the others."""
    absolute, squares = ["fn", "abs", "x"], ["sum", ["i"], ["^", ["u", "i"], 2]]
    norm = ["fn", "op", ["of", ["i", "j"], ["M", "i", "j"]]]
    later = ["a", ["t", 1]]
    trivial = {"say": ["y", "=", ["+", "y", 0]]}
    squared, x2 = ["^", absolute, 2], ["^", "x", 2]
    square = {"say": [squared, "=", x2]}
    power = {"say": [["a", "t"], "=", ["^t", "q", "t"]]}

    def combine(name: str, goal: Json, *items: Json) -> Json:
        return {"as": name, "rule": "combine", "goal": goal, "items": list(items)}

    def item(use: Json, times: Json = 1, **more: Json) -> Json:
        return {"use": use, "times": times, **more}

    return {
        "format": "fa-theory-proof/1",
        "kind": "proof",
        "sorts": ["n"],
        "indices": {"i": "n", "j": "n", "t": "time"},
        "tensors": {"a": ["time"], "q": [], "x": [], "y": [], "u": ["n"], "s": [], "M": ["n", "n"]},
        "hypotheses": {
            "START": {"say": [["a", 0], "=", 1]},
            "STEP": {"all": ["t"], "say": [later, "=", ["*", "q", ["a", "t"]]]},
            "SO FAR": power,
            "SQUARES": {"say": ["s", "=", squares]},
            "ABOVE": {"all": ["i"], "say": [0, "<=", ["u", "i"]]},
            "LOW": {"say": ["x", "<=", 0]},
            "HIGH": {"say": [0, "<", "x"]},
            "NEVER": {"say": [1, "<=", 0]},
        },
        "steps": [
            combine("start", {"say": [["a", 0], "=", ["^t", "q", 0]]}, item("START")),
            combine(
                *("onward", {"say": [later, "=", ["^t", "q", ["t", 1]]]}),
                *(item({"by": "STEP", "at": ["t"]}), item("SO FAR", "q")),
            ),
            {"as": "always", "rule": "induction", "var": "t", "goals": [power], "base": ["start"], "step": ["onward"]},
            combine(
                *("next", {"say": [["^t", "q", ["t", 1]], "=", ["*", "q", ["^t", "q", "t"]]]}),
                *(item({"by": "always", "at": [["t", 1]]}, -1), item({"by": "always", "at": ["t"]}, "q")),
                item({"by": "STEP", "at": ["t"]}),
            ),
            {"as": "powers", "rule": "drop", "use": "next", "defs": ["START", "STEP"]},
            {"as": "all powers", "rule": "generalise", "use": "powers", "over": ["t"]},
            combine(
                *("down", square),
                item({"by": ["ax", "abs_down"], "at": ["x"], "given": ["LOW"]}, ["+", absolute, ["-", "x"]]),
            ),
            combine("weaker", {"say": [0, "<=", "x"]}, item("HIGH")),
            combine(
                *("up", square),
                item({"by": ["ax", "abs_up"], "at": ["x"], "given": ["weaker"]}, ["+", absolute, "x"]),
            ),
            {"as": "square", "rule": "cases", "split": ["x", 0], "low": "down", "high": "up"},
            {"as": "impossible", "rule": "absurd", "use": "NEVER", "goal": trivial},
            combine("possible", trivial),
            {"as": "trivial", "rule": "cases", "split": [1, 0], "low": "impossible", "high": "possible"},
            {"as": "root", "rule": "congruence", "fn": "sqrt", "use": "SQUARES"},
            {"as": "same root", "rule": "drop", "use": "root", "defs": ["SQUARES"]},
            {"as": "if below", "rule": "discharge", "use": "down", "hyp": "LOW"},
            combine(
                *("all", {"say": [0, "<=", ["+", ["*", norm, "1/2"], ["sum", ["i"], ["u", "i"]], ["-", squared, x2]]]}),
                item({"by": ["ax", "op_sign", "n", "n"], "at": [["of", ["i", "j"], ["M", "i", "j"]]]}, "1/2"),
                item({"by": "ABOVE", "at": ["i"]}, over=["i"]),
                *(
                    item("square", -1),
                    item({"by": "all powers", "at": [3]}, 0),
                    item("trivial", "y"),
                    item("same root"),
                ),
                item({"by": "if below", "given": ["LOW"]}, 0),
            ),
        ],
        "concludes": "all",
    }


def written(folder: Path, data: dict[str, Json]) -> Path:
    file = folder / "proof.json"
    file.write_text(json.dumps(data))
    return file


def statement(made: CoqDerivation) -> str:
    """The theorem as exported, without its proof."""
    return made.text[made.text.index("Theorem statement") : made.text.rindex("Proof.")]


def with_statement(made: CoqDerivation, old: str, new: str) -> CoqDerivation:
    """The same file with another theorem."""
    said = statement(made)
    assert said.count(old) >= 1, old
    return replace(made, text=made.text.replace(said, said.replace(old, new, 1)))


# what is exported


def test_the_theorem_is_the_statement_over_big_operators() -> None:
    said = statement(export(RECURSION))
    assert "(FEATURES : forall (i : 'I_n) (r : 'I_p), Psi i r = \\sum_(k < d) W r k * X i k)" in said
    assert "eta ^+ 2 * (Num.sqrt (p%:R : R) ^+ 3)^-1 * (\\sum_(r < p) \\sum_(k < d) \\sum_(l < n) b r * W r k" in said
    assert len(re.findall(r"^ +\((\w+) : ", said, flags=re.MULTILINE)) == len(RECURSION["hypotheses"])
    for name in RECURSION["hypotheses"]:
        assert f"({name} : " in said


def test_the_exported_proof_assumes_nothing_else() -> None:
    for data in (RECURSION, every_rule()):
        text = export(data).text
        assert not re.search(r"\b(Admitted|admit|Axioms?|Parameters?|Conjecture)\b", text)
        assert set(re.findall(r"Hypothesis (\w+)", text)) <= {"n_gt0", "d_gt0", "p_gt0", "op_n_n_is"}


def test_the_text_of_a_proof_does_not_depend_on_the_process(tmp_path: Path) -> None:
    file = written(tmp_path, every_rule())
    code = "import sys; from fa_theory.coq.documents import exported; from fa_theory.checker.document import load; "
    code += "sys.stdout.write(exported(load(sys.argv[1])).text)"
    command = [sys.executable, "-c", code, str(file)]
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert there == export(every_rule()).text


def test_proofs_that_are_not_covered_say_why() -> None:
    with pytest.raises(NotExportable, match="expected values"):
        export(random_gram.gram().document)


def test_axioms_without_a_counterpart_in_coq_are_hypotheses_of_the_theorem() -> None:
    made = export(gradient_flow.proof().document)
    assert {"d_sum", "d_product", "d_total_p"} <= set(made.assumed)
    for name in made.assumed:
        assert made.text.count(f"Hypothesis {name} : ") == 1
    assert {"clock_start", "d_same"} & set(made.assumed)
    assert export(RECURSION).assumed == export(every_rule()).assumed == ()


def positive_sum(tensor: str, sort: str, hypothesis: str) -> dict[str, Json]:
    """That a sum of positive numbers is positive, with names from outside."""
    entry, total = [tensor, "i"], ["sum", ["i"], [tensor, "i"]]
    item = {"use": {"by": hypothesis, "at": ["i"]}, "times": 1, "over": ["i"]}
    return {
        "format": "fa-theory-proof/1",
        "kind": "proof",
        "sorts": [sort],
        "indices": {"i": sort},
        "tensors": {tensor: [sort]},
        "hypotheses": {hypothesis: {"all": ["i"], "say": [0, "<", entry]}},
        "steps": [{"as": "total", "rule": "combine", "goal": {"say": [0, "<", total]}, "items": [item]}],
        "concludes": "total",
    }


def same_top(sort: str) -> dict[str, Json]:
    """That equal matrices have equal largest eigenvalues, which rests on a hypothesis of the file."""
    equal = {"all": ["i", "h"], "say": [["A", "i", "h"], "=", ["B", "i", "h"]]}
    return {
        "format": "fa-theory-proof/1",
        "kind": "proof",
        "sorts": [sort],
        "indices": {"i": sort, "h": sort},
        "tensors": {"A": [sort, sort], "B": [sort, sort]},
        "hypotheses": {"EQUAL": equal},
        "steps": [{"as": "top", "rule": "congruence", "fn": "top", "use": "EQUAL"}],
        "concludes": "top",
    }


def about_time(goal: Json, **more: Json) -> dict[str, Json]:
    """An identity without tensors."""
    step = {"as": "done", "rule": "combine", "goal": goal}
    return {"format": "fa-theory-proof/1", "kind": "proof", "steps": [step], "concludes": "done", **more}


NAMES = [
    ("Admitted", "Axiom", "(* *)"),
    ("exists2", "Theorem", "Variable"),
    ("IF", "n", "n_gt0"),
    ("n_gt0", "n", "Ordinal"),
    ("statement", "nat", "statement"),
    ("is", "rcfType", '"'),
    ("sum_lt", "operator_norm", "gap_lt"),
    ("dim_gt0", "dim", "E_"),
    ("erefl", "False", "I0_"),
    ("true", "n.q", "step_1"),
]
"""Names of a tensor, a sort and a hypothesis that mean something in a file of Coq."""


@pytest.mark.parametrize("sort", ["n", "n'q", "x_same", "clock_start"])
def test_every_hypothesis_of_the_file_is_named_whatever_the_names(sort: str) -> None:
    made = export(same_top(sort))
    found = re.findall(r"Hypothesis ([^ ]+) :", made.text)
    assert len(made.assumed) == 1
    assert sorted(made.assumed) == sorted(name for name in found if not name.endswith("_gt0"))


@pytest.mark.parametrize(("tensor", "sort", "hypothesis"), NAMES)
def test_names_are_neither_keywords_nor_taken_twice(tensor: str, sort: str, hypothesis: str) -> None:
    text = export(positive_sum(tensor, sort, hypothesis)).text
    declared = re.findall(r"(?:Variable|Hypothesis|Definition|Lemma|Theorem) ([\w']+)", text)
    bound = re.findall(r"\(([\w']+) : ", statement(export(positive_sum(tensor, sort, hypothesis))))
    assert len(set(declared)) == len(declared)
    assert RESERVED.isdisjoint({*declared, *bound} - {"R", "dim", "dim_gt0", "statement"})
    assert not set(declared).intersection(bound)


# what is rejected before Coq is asked


def test_one_changed_digit_of_an_exported_proof_is_rejected(tmp_path: Path) -> None:
    file = written(tmp_path, RECURSION)
    text = export(RECURSION).text
    places = [match.start() for match in re.finditer(r"\d", text)]
    for place in places[:: len(places) // 5]:
        other = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        file.with_suffix(".v").write_text(other)
        verdict = recheck(file, AMPLE)
        assert verdict.status is Status.REJECTED
        assert verdict.reason.startswith("proof.v is not what proof.json says: line ")


def test_a_document_that_proves_something_else_is_rejected(tmp_path: Path) -> None:
    data = copy.deepcopy(RECURSION)
    text = json.dumps(data)
    assert text.count('"-3/2"') == 1
    file = written(tmp_path, json.loads(text.replace('"-3/2"', '"-1"')))
    with pytest.raises(Refused):
        export(json.loads(file.read_text()))
    verdict = recheck(file, AMPLE)
    assert verdict.status is Status.REJECTED
    assert "proof.json is no proof: step" in verdict.reason


def test_without_coq_no_proof_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "absence", lambda: "coqc is not on the path")
    verdict = recheck(written(tmp_path, RECURSION), AMPLE)
    assert verdict == KernelVerdict(Status.ABSENT, "coqc is not on the path")


# what the kernel of Coq says


@pytest.mark.usefixtures("coq")
@pytest.mark.parametrize("data", [RECURSION, every_rule()], ids=["linear recursion", "every rule"])
def test_proofs_are_kernel_checked_without_axioms(tmp_path: Path, data: dict[str, Json]) -> None:
    verdict = recheck(written(tmp_path, data), AMPLE)
    assert verdict.status is Status.CHECKED, verdict.reason
    assert verdict.axioms == ()
    assert re.match(r"a proof of \d+ lemmas?; rests on no axioms:\n  for all sizes of ", verdict.reason)


@pytest.mark.usefixtures("coq")
def test_no_name_in_a_document_can_imitate_the_verdict(tmp_path: Path) -> None:
    name = "then 0 = 1; rests on no axioms"
    verdict = recheck(written(tmp_path, positive_sum("x", "n", name)), AMPLE)
    assert verdict.text.splitlines()[0] == "kernel-checked: a proof of 1 lemma; rests on no axioms:"
    assert f"    {name}: ∀ i:n. 0 < x[i]" in verdict.text.splitlines()


@pytest.mark.usefixtures("coq")
def test_too_little_memory_rejects_nothing(tmp_path: Path) -> None:
    verdict = recheck(written(tmp_path, positive_sum("x", "n", "POSITIVE")), CoqLimits(mebibytes=100))
    assert verdict == replace(verdict, status=Status.MEMORY, axioms=())
    assert verdict.reason == "coqc needed more than 100 MiB; allow more with --memory"


@pytest.mark.usefixtures("coq")
@pytest.mark.parametrize(
    "data",
    [
        positive_sum("sum_lt", "Axiom", "exists2"),
        same_top("n'q"),
        about_time({"all": ["t"], "say": [["^t", 2, ["t", 1]], "=", ["*", 2, ["^t", 2, "t"]]]}, indices={"t": "time"}),
        about_time({"all": ["i"], "say": [["delta", "i", "i"], "<=", 1]}, sorts=["n"], indices={"i": "n"}),
    ],
    ids=["names", "apostrophe", "powers of a number", "delta"],
)
def test_proofs_with_unusual_names_or_without_tensors_are_accepted(tmp_path: Path, data: dict[str, Json]) -> None:
    verdict = recheck(written(tmp_path, data), AMPLE)
    assert verdict.status is Status.CHECKED, verdict.reason
    assert ("assuming top_n'q_same;" in verdict.reason) == ("B" in data.get("tensors", {}))


@pytest.mark.usefixtures("coq")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("^+ 3)^-1", "^+ 2)^-1"),  # p^{3/2} as p
        ("b r * beta r", "b r * b r"),
        ("(STEP_BETA : ", "(STEP_BETA : True -> "),
    ],
)
def test_the_kernel_rejects_false_neighbours(old: str, new: str) -> None:
    broken = with_statement(export(RECURSION), old, new)
    assert compiled(broken, library.built(), AMPLE).status is Status.REJECTED


@pytest.mark.usefixtures("coq")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0 <= op_n_n", "0 < op_n_n"),
        ("(ABOVE : forall (i : 'I_n), 0 <= ", "(ABOVE : forall (i : 'I_n), - 1 <= "),
    ],
)
def test_the_kernel_rejects_false_inequalities(old: str, new: str) -> None:
    broken = with_statement(export(every_rule()), old, new)
    assert compiled(broken, library.built(), AMPLE).status is Status.REJECTED


@pytest.mark.usefixtures("coq")
def test_the_kernel_rejects_what_a_broken_checker_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rules, steps):
        monkeypatch.setattr(module, "constant", lambda polynomial: Fraction(0))
    broken = export(json.loads(json.dumps(RECURSION).replace('"-3/2"', '"-1"')))
    assert "eta ^+ 2 * (p%:R : R)^-1 * (\\sum_(r < p) \\sum_(k < d)" in statement(broken)
    assert compiled(broken, library.built(), AMPLE).status is Status.REJECTED


@pytest.mark.usefixtures("coq")
def test_the_decision_procedure_rejects_a_false_identity(tmp_path: Path) -> None:
    (tmp_path / "Checks.v").write_text(
        """\
From mathcomp Require Import all_ssreflect.
From FA.core Require Import IndexedSums.
(* Sums over i and j of x_i y_j and of x_j y_i are equal; of x_i y_j and of x_i y_i are not. *)
Definition product := Big 0 (Big 0 (Times (At 0 [:: 0]) (At 1 [:: 1]))).
Definition swapped := Big 0 (Big 0 (Times (At 0 [:: 1]) (At 1 [:: 0]))).
Definition diagonal := Big 0 (Times (At 0 [:: 0]) (At 1 [:: 0])).
Definition with_delta := Big 0 (Big 0 (Times (Dl 1 0) (Times (At 0 [:: 0]) (At 1 [:: 1])))).
Lemma right : zero_check [::] [::] (Plus product (Neg swapped)). Proof. by vm_compute. Qed.
Lemma also_right : zero_check [::] [::] (Plus with_delta (Neg diagonal)). Proof. by vm_compute. Qed.
Lemma wrong : ~~ zero_check [::] [::] (Plus product (Neg diagonal)). Proof. by vm_compute. Qed.
Lemma also_wrong : ~~ zero_check [::] [::] (Plus product (Neg with_delta)). Proof. by vm_compute. Qed.
Lemma sort_matters : ~~ zero_check [::] [::] (Plus (Big 0 (Nat 1)) (Neg (Big 1 (Nat 1)))). Proof. by vm_compute. Qed.
"""
    )
    found = compiler.compile_file(tmp_path / "Checks.v", library.built(), AMPLE)
    assert found.accepted, found.error


@pytest.mark.usefixtures("coq")
def test_a_size_may_be_called_like_a_bound_variable(tmp_path: Path) -> None:
    data = json.loads(json.dumps(RECURSION).replace('"n"', '"s"'))
    assert recheck(written(tmp_path, data), AMPLE).status is Status.CHECKED
