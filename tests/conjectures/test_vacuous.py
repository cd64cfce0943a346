"""A proof counts only where some network satisfies the hypotheses; otherwise the conjecture is vacuous."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import Domain, Run, conjecture, eigmin, equal, norm
from fa_theory.conjectures.prove import attempt
from fa_theory.conjectures.prove.rules import by_rules
from fa_theory.conjectures.prove.trial import trial
from fa_theory.conjectures.settle.check import check
from fa_theory.conjectures.settle.outcome import ConjectureOutcome, ConjectureVerdict

DOMAIN = Domain(n=(1, 9), d=(1, 9), p=(1, 30), activation="tanh")
Says = Callable[[Run], Any]


def settled(hypothesis: Says, out: Path, domain: Domain = DOMAIN) -> ConjectureOutcome:
    made = conjecture(domain, assuming={"assumed": hypothesis})(lambda run: run[0].loss >= 0)
    assert by_rules(made, deadline=float("inf"), notify=lambda _: None) is not None  # there is a proof
    return check(made, budget=2.0, seed=0, out=out)


@pytest.mark.parametrize(
    "hypothesis",
    [
        lambda run: run[0].loss <= -1,
        lambda run: [norm(run.b) >= 1, norm(run.b) <= 0.5],
        lambda run: eigmin(run[0].G) <= -0.125,
        lambda run: run.eta >= 2,
    ],
)
def test_under_impossible_hypotheses_nothing_is_proved(hypothesis: Says, tmp_path: Path) -> None:
    outcome = settled(hypothesis, tmp_path)
    assert outcome.verdict is ConjectureVerdict.VACUOUS, outcome.why
    assert "satisfies the hypotheses" in outcome.why


@pytest.mark.parametrize(
    ("hypothesis", "domain"),
    [
        (lambda run: norm(run.b) >= 1, DOMAIN),
        (lambda run: equal(norm(run.b), 1), DOMAIN),
        (lambda run: run[0].alignment >= 0.9, Domain(n=2, d=3, p=5, inputs="sphere")),
        (lambda run: equal(run.b, 2 * run[0].beta), Domain(n=2, d=3, p=5, inputs="orthonormal", eta=0.1)),
    ],
)
def test_a_proof_comes_with_a_network_that_satisfies_the_hypotheses(
    hypothesis: Says, domain: Domain, tmp_path: Path
) -> None:
    outcome = settled(hypothesis, tmp_path, domain)
    assert outcome.verdict is ConjectureVerdict.PROVED, outcome.why
    (witness,) = (tmp_path / "witnesses").glob("*.json")
    assert recheck(json.loads(witness.read_text())).valid
    assert any(str(witness) in line for line in outcome.shown)


def test_the_exit_code_of_a_vacuous_conjecture_is_3(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from fa_theory.conjectures import *\n"
        "@conjecture(Domain(n=1, d=1, p=1), assuming={'no loss': lambda run: run[0].loss <= -1})\n"
        "def anything(run):\n    return run[0].loss >= 0\n"
    )
    command = [sys.executable, "-m", "fa_theory.cli", "check", "mine.py", "--budget", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "vacuous" in done.stdout


@pytest.mark.parametrize(("p", "large"), [((200, 300), 7), ((1, 2), 0)])
def test_shapes_that_a_proof_is_not_compared_with_are_said(p: tuple[int, int], large: int) -> None:
    made = conjecture(Domain(n=1, d=1, p=p, activation="tanh"))(lambda run: run[0].loss >= 0)
    found = trial(made)
    assert (found.large, found.shapes, found.tried) == (large, 7, 0 if large else 21)
    proof = attempt(made, deadline=float("inf"))
    assert proof is not None
    assert (f"left out: {large} with n·d·p·(1 + T) > 120" in "\n".join(proof.lines)) == bool(large)
    assert "compared with" in "\n".join(proof.lines)
