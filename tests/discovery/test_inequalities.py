"""Inequalities found on samples: known ones are among them, false ones are not, and the files are taken by check."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from fa_theory.cli import app
from fa_theory.conjectures.language.load import conjectures
from fa_theory.discovery import inequalities
from fa_theory.discovery.inequalities import Inequality, candidates, reduced, sampled
from fa_theory.discovery.inequality_files import read_domain, written
from fa_theory.errors import InputError

SPEC = "n=1..2,d=1..2,p=1..3,activation=tanh,steps=0"
HALF = Fraction(1, 2)


@pytest.fixture(scope="module")
def data() -> inequalities.Sampled:
    with pytest.MonkeyPatch.context() as patched, np.errstate(all="ignore"):
        patched.setattr(inequalities, "EACH", 60)
        return sampled(read_domain(SPEC), np.random.default_rng(0))


@pytest.fixture(scope="module")
def found(data: inequalities.Sampled) -> dict[tuple[object, ...], Inequality]:
    with np.errstate(all="ignore"):
        return {(each.left, each.right, each.powers, each.plus): each for each in candidates(data)}


KNOWN = [
    ("‖∇_β L‖", ("‖Ψ‖", "‖e‖"), (-HALF, Fraction(0)), False),
    ("‖f‖", ("‖β‖", "‖Ψ‖"), (-HALF, Fraction(0)), False),
    ("‖e‖", ("‖y‖", "‖f‖"), (Fraction(0), Fraction(0)), True),
    ("|b·β|", ("‖b‖", "‖β‖"), (Fraction(0), Fraction(0)), False),
    ("‖W‖₂", ("‖W‖",), (Fraction(0), Fraction(0)), False),
    ("|⟨∇_W L, Δ_W⟩|", ("‖∇_W L‖", "‖Δ_W‖"), (Fraction(0), Fraction(0)), False),
]
"""Theorems that the search is not told."""


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known[0])
def test_a_hidden_theorem_is_found(known: tuple[object, ...], found: dict[tuple[object, ...], Inequality]) -> None:
    left, right, powers, plus = known
    assert isinstance(right, tuple)
    assert known in found or (left, right[::-1], powers, plus) in found


def test_what_is_false_is_not_found(found: dict[tuple[object, ...], Inequality]) -> None:
    zero = Fraction(0), Fraction(0)
    for left, right in (("‖W‖", ("‖W‖₂",)), ("‖f‖", ("‖e‖",)), ("‖b‖", ("‖β‖",)), ("‖Ψ‖", ("‖Ψ‖₂",))):
        assert (left, right, zero, False) not in found


def test_what_is_kept_is_best_somewhere(
    data: inequalities.Sampled, found: dict[tuple[object, ...], Inequality]
) -> None:
    kept = reduced(data, list(found.values()))
    assert 0 < len(kept) < len(found)
    assert kept == sorted(kept, key=lambda each: -each.typical)
    assert {each.left for each in kept} == {each.left for each in found.values()}


def test_the_file_is_taken_by_check(data: inequalities.Sampled, tmp_path: Path) -> None:
    made = [
        Inequality("‖∇_β L‖", ("‖Ψ‖", "‖e‖"), (-HALF, Fraction(0))),
        Inequality("‖e‖", ("‖y‖", "‖f‖"), plus=True),
        Inequality("‖W‖", ("max ‖w_r‖",), (HALF, Fraction(1))),
    ]
    file = tmp_path / "inequalities.py"
    file.write_text(written(read_domain(SPEC), made, data.library), "utf-8")
    loaded = conjectures(str(file))
    assert [each.name for each in loaded] == ["inequality_1", "inequality_2", "inequality_3"]
    for each in loaded:
        each.build()
    assert str(made[0]) == "‖∇_β L‖ ≤ p^(-1/2) · ‖Ψ‖ · ‖e‖"
    assert loaded[0].domain == read_domain(SPEC)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n=1,d=1", "needs p"),
        ("n=1,d=1,p=1,q=2", "expected a file or parameters"),
        ("nowhere.py", "no file"),
        ("n=1,d=1,p=0", "1 ≤ low"),
    ],
)
def test_a_wrong_domain_is_named(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_domain(text)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inequalities, "EACH", 20)
    monkeypatch.setattr(inequalities, "LIBRARY", {"‖b‖": "norm(run.b)", "‖β‖": "norm(run[0].beta)",
                                                  "|b·β|": "abs(inner(run.b, run[0].beta))"})  # fmt: skip
    result = tmp_path / "found.json"
    options = ["--most", "2", "--budget", "0.3", "--out", str(tmp_path), "--json", str(result)]
    ran = CliRunner().invoke(app, ["discover", "inequalities", "n=1,d=1,p=1..2,steps=0", *options])
    assert ran.exit_code == 0, ran.output
    rows = json.loads(result.read_text("utf-8"))["inequalities"]
    assert [row["inequality"] for row in rows] == ["|b·β| ≤ ‖b‖ · ‖β‖"]
    assert rows[0]["verdict"] in ("proved", "supported")
