"""Means, variances, quantiles and probabilities: known values, honest intervals, and runs that overflow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from fa_theory.conjectures import (
    Conjecture,
    Domain,
    Run,
    Scales,
    WithProbability,
    conjecture,
    expectation,
    inner,
    norm,
    probability,
    quantile,
    total,
    variance,
)
from fa_theory.conjectures.language.latex import text
from fa_theory.conjectures.language.of_law import LawFunctional
from fa_theory.conjectures.settle.check import check
from fa_theory.conjectures.settle.of_law import _interval
from fa_theory.conjectures.settle.outcome import ConjectureOutcome
from fa_theory.errors import InputError

STILL = Domain(n=1, d=1, p=16, steps=0)
WILD = Domain(n=2, d=3, p=8, eta=5.0, steps=60)


def settled(says: Callable[[Run], Any], out: Path, domain: Domain = STILL, **how: Any) -> ConjectureOutcome:
    made: Conjecture = conjecture(domain, **how)(says)
    made.build()
    return check(made, budget=2.0, seed=0, out=out)


CASES: dict[str, tuple[Callable[[Run], Any], str]] = {
    "mean": (lambda run: expectation(run[0].alignment ** 2, p=64) * 64 >= 0.8, "supported"),
    "mean, false": (lambda run: expectation(run[0].alignment ** 2, p=64) * 64 >= 1.3, "contradicted"),
    "variance": (lambda run: variance(inner(run.b, run[0].beta)) <= 20, "supported"),
    "variance, false": (lambda run: variance(inner(run.b, run[0].beta)) <= 12, "contradicted"),
    "quantile": (lambda run: quantile(abs(total(run.b)), 0.5) >= 2, "supported"),
    "quantile, false": (lambda run: quantile(abs(total(run.b)), 0.5) >= 4, "contradicted"),
    "probability": (lambda run: probability(inner(run.b, run[0].beta) > 0) <= 0.6, "supported"),
    "two probabilities": (
        lambda run: probability(norm(run.b) >= 4) > probability(norm(run.b) >= 5),
        "supported",
    ),
    "several": (
        lambda run: [probability(run[0].alignment > 0) >= 0.4, probability(run[0].alignment > 0) >= 0.6],
        "contradicted",
    ),
    "equal": (lambda run: probability(run[0].alignment > 0) >= 0.5, "undecided"),
}


@pytest.mark.parametrize("name", CASES)
def test_known_values(name: str, tmp_path: Path) -> None:
    says, verdict = CASES[name]
    outcome = settled(says, tmp_path)
    assert outcome.verdict == verdict, outcome.why
    assert outcome.counterexample is None
    assert outcome.quantifier == "of the distribution of the domain"


def test_hypotheses_are_conditions(tmp_path: Path) -> None:
    given = {"aligned": lambda run: inner(run.b, run[0].beta) >= 0}
    outcome = settled(lambda run: probability(run[0].alignment >= 0) >= 0.9, tmp_path, assuming=given)
    assert outcome.verdict == "supported"
    assert 0.3 < (outcome.acceptance or 0) < 0.7


def test_runs_that_overflow_have_an_answer(tmp_path: Path) -> None:
    """They are infinite for quantiles, failures for probabilities, and no number for means."""
    assert settled(lambda run: quantile(run[-1].loss, 0.5) <= 1000, tmp_path, WILD).verdict == "contradicted"
    assert settled(lambda run: probability(run[-1].loss <= 1000) <= 0.5, tmp_path, WILD).verdict == "supported"
    assert settled(lambda run: expectation(run[-1].loss) <= 1000, tmp_path, WILD).verdict == "undecided"
    likely = settled(lambda run: run[-1].loss <= 1000, tmp_path, WILD, quantifier=WithProbability(0.5))
    assert likely.verdict == "contradicted"
    growth = settled(lambda run: run[-1].loss, tmp_path, WILD, quantifier=Scales(0.0, widths=(2, 4, 8, 16)))
    assert growth.verdict == "undecided"
    assert "infinite" in growth.why
    bounded = settled(lambda run: run[-1].loss <= 10**300, tmp_path, WILD)
    assert bounded.verdict == "falsified"


@pytest.mark.parametrize("kind", ["mean", "variance", "quantile", "probability"])
def test_intervals_contain_the_truth_as_often_as_they_say(kind: str) -> None:
    rng, of = np.random.default_rng(0), LawFunctional(kind, 0.8, True, ())
    truth = {"mean": 0.0, "variance": 1.0, "quantile": float(stats.norm.ppf(0.8)), "probability": 0.5}[kind]
    inside = 0
    for _ in range(300):
        low, high = _interval(of, rng.standard_normal(400), 0.9)
        inside += low <= truth <= high
    assert inside >= 255  # 85 % of 300; below with probability 0.003 if it is 90 %


def test_a_dominant_draw_gives_no_mean() -> None:
    values = np.ones(400)
    values[7] = 1e6
    assert _interval(LawFunctional("mean", 0, False, ()), values, 0.9) == (-np.inf, np.inf)


@pytest.mark.parametrize(
    ("says", "how", "message"),
    [
        (lambda run: expectation(run[0].loss) <= run[0].loss, {}, "fixed numbers only"),
        (lambda run: expectation(expectation(run[0].loss)) <= 1, {}, "cannot be nested"),
        (lambda run: expectation(run.b) <= 1, {}, "takes a number"),
        (lambda run: quantile(run.eta, 2) <= 1, {}, "level between 0 and 1"),
        (lambda run: expectation(run.eta, q=2) <= 1, {}, "not at 'q'"),
        (lambda run: expectation(run.eta) <= 1, {"quantifier": WithProbability(0.5)}, "leave out the quantifier"),
        (lambda run: expectation(0 / (run.eta - run.eta)) <= 1, {}, "not defined"),
    ],
)
def test_mistakes_are_named(says: Callable[[Run], Any], how: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        settled(says, tmp_path, **how)


def test_it_is_printed() -> None:
    run = conjecture(STILL)(lambda run: run.eta).run
    assert text(expectation(run[0].loss, p=64)) == "E[L(0) | p=64]"
    assert text(quantile(run[0].loss, 0.5)) == "Q_{0.5}[L(0)]"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (Scales(-1.0, of="mean"), "supported"),
        (Scales(-0.8, bound="at most"), "supported"),
        (Scales(-1.5, bound="at least"), "supported"),
        (Scales(-1.0, of=0.9), "supported"),
        (Scales(1.0), "contradicted"),
    ],
)
def test_exponents_of_other_statistics_and_one_sided(claim: Scales, verdict: str, tmp_path: Path) -> None:
    outcome = settled(lambda run: run[0].alignment ** 2, tmp_path, quantifier=claim)
    assert outcome.verdict == verdict, outcome.why
    assert claim.statistic in outcome.statement


def test_exponents_of_the_step_size(tmp_path: Path) -> None:
    domain = Domain(n=1, d=2, p=4)
    claim = Scales(1.0, size="eta", widths=(0.0001, 0.001, 0.01, 0.1))
    assert settled(lambda run: norm(run[1].W - run[0].W), tmp_path, domain, quantifier=claim).verdict == "supported"
    for wrong in ({"size": "q"}, {"bound": "below"}, {"of": "mode"}, {"of": 1.5}):
        with pytest.raises(InputError, match="expected"):
            Scales(1.0, **wrong)
