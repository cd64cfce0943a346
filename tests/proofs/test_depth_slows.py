"""The simulation of how depth slows learning: its table, its figures, and one network of each activation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fa_theory.errors import InputError
from fa_theory.proofs.ours.experiments.depth import CertifiedActivation, CertifiedRule, DepthSlows

OPTIONS: dict[str, Any] = {
    "layers": (2, 3),
    "activation": (CertifiedActivation.TANH,),
    "rule": (CertifiedRule.BP, CertifiedRule.DFA),
    "width": 12,
    "samples": 1,
    "eta": 0.8,
    "repeats": 2,
}


def test_shares_steps_and_rates_come_with_intervals(tmp_path: Path) -> None:
    experiment = DepthSlows(**OPTIONS)
    jobs = experiment.jobs()
    assert len(jobs) == 8
    found = experiment.findings({job: experiment.work(job, tmp_path) for job in jobs})
    assert [row["certified"] for row in found.rows] == [2, 2, 2, 2]
    low, high = found.rows[0]["share"]["ends"]
    assert low == pytest.approx(0.158, abs=1e-3)
    assert high == 1
    assert len(found.tables[0].rows) == 4
    assert [figure.name for figure in found.figures] == [
        f"ours-depth-tanh-{what}" for what in ("share", "steps", "time")
    ]
    assert all(len(curve.x) == 2 for figure in found.figures for curve in figure.curves)


def test_a_network_that_is_not_certified_counts() -> None:
    experiment = DepthSlows(**OPTIONS)
    jobs = experiment.jobs()[:4]
    records: dict[Any, dict[str, Any]] = {job: {"steps": None, "rate": None, "reason": "tube"} for job in jobs[:3]}
    records[jobs[3]] = {"steps": 10, "rate": 0.75, "reason": ""}
    rows = experiment.findings(records).rows
    assert [row["certified"] for row in rows] == [0, 1]
    assert rows[0]["steps"] is None
    assert rows[1]["time"]["mean"] == 4


@pytest.mark.parametrize("change", [{"eta": 0.0}, {"layers": (99,)}, {"width": 10**4}, {"layers": (1,)}])
def test_refuses_sizes_that_are_out_of_range(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        DepthSlows(**OPTIONS | change)
