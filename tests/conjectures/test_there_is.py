"""Statements that something exists: what is found, what is not, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fa_theory.conjectures import Domain, Run, ThereIs, conjecture, norm
from fa_theory.conjectures.settle import there_is
from fa_theory.conjectures.settle.check import check
from fa_theory.conjectures.settle.outcome import ConjectureVerdict
from fa_theory.conjectures.settle.there_is import existence
from fa_theory.errors import InputError

NETWORKS = Domain(n=1, d=1, p=(1, 2), beta_scale=1.0)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer draws."""
    monkeypatch.setattr(there_is, "DRAWS", 40)
    monkeypatch.setattr(there_is, "GENERATIONS", 8)


def verdict_of(says: Any, *chosen: str, tmp_path: Path, **options: Any) -> Any:
    claim = conjecture(options.pop("domain", NETWORKS), quantifier=ThereIs(*chosen), **options)(says)
    return check(claim, budget=20, seed=0, out=tmp_path)


def test_what_exists_is_found(tmp_path: Path) -> None:
    found = verdict_of(lambda run: norm(run[0].error) <= 0.01, "y", tmp_path=tmp_path)
    assert found.verdict is ConjectureVerdict.SUPPORTED
    assert "found for 40 of 40 draws: it exists with probability ≥ 0.89" in found.why
    assert found.interval is not None
    assert found.interval[1] == 1


def test_what_does_not_exist_is_undecided_not_false(tmp_path: Path) -> None:
    found = verdict_of(lambda run: norm(run.y) <= norm(run[0].W) - norm(run[0].W), "beta", tmp_path=tmp_path)
    assert found.verdict is ConjectureVerdict.UNDECIDED
    assert "found for 0 of 40 draws" in found.why
    assert "does not show that none exists" in found.why


def test_the_other_parts_stay_as_they_are() -> None:
    domain = Domain(n=2, d=2, p=3, steps=0, alignment=(0.2, 0.9), arrays={"V": ("p",), "U": ("p",)})

    @conjecture(domain, quantifier=ThereIs("beta", "V"))
    def claim(run: Run) -> Any:
        return norm(run.array("V") - run.b) - 10 >= 0

    one = domain.sample(domain.smallest(), np.random.default_rng(0), 1)
    margins = there_is._Margins(claim)
    seen = 0
    for choices in there_is._choices(claim, one, ("beta", "V"), np.random.default_rng(1), margins):
        margins(choices)
        for name in ("X", "y", "W", "b", "eta"):
            assert abs(getattr(choices, name) - getattr(one, name)).max() <= 1e-12
        assert (choices.array("U") == one.array("U")).all()
        assert not (choices.array("V") == one.array("V")).any()
        seen += len(choices)
    assert seen > 50


def test_hypotheses_that_nothing_satisfies(tmp_path: Path) -> None:
    found = verdict_of(
        lambda run: norm(run[0].error) <= 1, "beta", tmp_path=tmp_path, assuming={"none": lambda run: norm(run.y) < 0}
    )
    assert found.verdict is ConjectureVerdict.VACUOUS


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(InputError, match="ThereIs takes names of parts"):
        ThereIs()
    with pytest.raises(InputError, match=r"test_there_is.py, line \d+: ThereIs chooses .*, not 'alpha'"):
        conjecture(NETWORKS, quantifier=ThereIs("alpha"))(lambda run: run.eta).build()
    for assumed in (lambda run: run[0].loss <= 1, lambda run: run[1].W[0, 0] <= 1):
        claim = conjecture(NETWORKS, quantifier=ThereIs("beta"), assuming={"it": assumed})(lambda run: run.eta)
        with pytest.raises(InputError, match="speaks of the parts that are chosen"):
            claim.build()
    with pytest.raises(InputError, match="does not claim that something exists"):
        existence(conjecture(NETWORKS)(lambda run: run.eta), rng=np.random.default_rng(0), deadline=1.0)
