"""A number means what is written: 0.8 is 4/5, in formulas, domains, counterexamples and proofs by boxes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import Conjecture, Domain, Run, conjecture, equal, exp, inner, largest, norm, smallest
from fa_theory.conjectures.language.latex import text
from fa_theory.conjectures.prove.box import by_boxes
from fa_theory.conjectures.settle.check import check
from fa_theory.conjectures.settle.outcome import ConjectureOutcome, ConjectureVerdict

ONE = Domain(n=1, d=1, p=1, eta=(0.01, 1.0))


def settled(
    says: Callable[[Run], Any], domain: Domain, out: Path, **assuming: Callable[[Run], Any]
) -> ConjectureOutcome:
    made: Conjecture = conjecture(domain, assuming=assuming)(says)
    return check(made, budget=2.0, seed=0, out=out)


def test_kantorovich_is_not_falsified_by_the_float_next_to_its_constant(tmp_path: Path) -> None:
    """``⟨b, β⟩ ≥ 4/5 ‖b‖ ‖β‖`` for entries in [1, 2] is true and tight, at b = (1, 2), β = (2, 1)."""

    def between(run: Run) -> list[Any]:
        return [f(x) for x in (run.b, run[0].beta) for f in (lambda v: smallest(v) >= 1, lambda v: largest(v) <= 2)]

    domain = Domain(n=1, d=1, p=(1, 4))
    tight = settled(
        lambda run: inner(run.b, run[0].beta) >= 0.8 * norm(run.b) * norm(run[0].beta),
        domain,
        tmp_path,
        between=between,
    )
    assert tight.verdict is not ConjectureVerdict.FALSIFIED, tight.why
    beyond = settled(
        lambda run: inner(run.b, run[0].beta) >= 0.8001 * norm(run.b) * norm(run[0].beta),
        domain,
        tmp_path,
        between=between,
    )
    assert beyond.verdict is ConjectureVerdict.FALSIFIED, beyond.why


@pytest.mark.parametrize("x", [0.1, 0.3, 0.7, 1e-3])
def test_a_domain_and_a_formula_mean_the_same_number(x: float, tmp_path: Path) -> None:
    domain = Domain(n=1, d=1, p=1, eta=x, lam=x)
    for says in (lambda run: run.eta <= x, lambda run: run.lam >= x):
        assert settled(says, domain, tmp_path).verdict is ConjectureVerdict.PROVED
    refuted = settled(lambda run: run.lam < x, domain, tmp_path)
    assert refuted.verdict is ConjectureVerdict.FALSIFIED
    assert refuted.counterexample is not None
    document = json.loads(Path(refuted.counterexample).read_text())
    assert Fraction(document["network"]["lam"]) == Fraction(str(x))
    assert document["domain"]["lam"] == [str(Fraction(str(x)))] * 2
    assert recheck(document).valid


def test_sums_that_are_exact_in_decimals_are_exact(tmp_path: Path) -> None:
    """3/10 − 1/10 − 2/10 = 0, though not in floats."""

    settle = settled(lambda run: equal(run.eta * 0.3, run.eta * 0.1 + run.eta * 0.2), ONE, tmp_path)
    assert settle.verdict is ConjectureVerdict.PROVED
    off = settled(lambda run: equal(run.eta * 0.3, run.eta * (0.1 + 0.2)), ONE, tmp_path)  # 0.30000000000000004
    assert off.verdict is not ConjectureVerdict.PROVED


def test_boxes_cover_the_decimals_of_the_domain() -> None:
    @conjecture(Domain(n=1, d=1, p=1, eta=(0.1, 0.3)))
    def grows(run: Run) -> Any:
        return exp(run.eta) >= 1.1

    proof = by_boxes(grows, deadline=math.inf, notify=print)
    assert proof is not None
    assert proof.documents[0]["domain"]["eta"] == ["1/10", "3/10"]
    reason = recheck(proof.documents[0]).reason
    assert "1/10 ≤ η ≤ 3/10" in reason
    assert ": 11/10 ≤ exp(η)" in reason


def test_numbers_are_printed_as_they_were_written() -> None:
    run = Run(steps=1)
    assert text(run.eta <= 0.125) == "η ≤ 1/8"
    assert text(run.eta <= 0.8) == "η ≤ 4/5"
    assert text(run.eta <= 0.0022) == "η ≤ 0.0022"
    assert text(run.eta <= Fraction(1, 3)) == "η ≤ 1/3"
