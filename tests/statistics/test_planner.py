"""The planner of certified trials: exact, minimal, and honest about several widths at once."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from fa_theory.errors import InputError
from fa_theory.statistics.binomial import Proportion
from fa_theory.statistics.planner import Plan, holm, p_value, plan, strongest


def tail(n, k, delta):
    delta = Fraction(str(delta))
    return sum(math.comb(n, j) * delta**j * (1 - delta) ** (n - j) for j in range(k + 1))


@pytest.mark.parametrize("widths", [1, 3])
@pytest.mark.parametrize("failures", [0, 1, 4])
@pytest.mark.parametrize(("delta", "confidence"), [(0.01, 0.99), (0.1, 0.95), (0.5, 0.9), (0.9, 0.99)])
def test_the_number_is_enough_and_minimal(delta, confidence, failures, widths):
    n = plan(delta, confidence=confidence, failures=failures, widths=widths).trials
    alpha = (1 - Fraction(str(confidence))) / widths
    assert tail(n, failures, delta) <= alpha
    assert n == failures + 1 or tail(n - 1, failures, delta) > alpha


def test_published_numbers():
    # success-run formula: N = ln(1 − confidence) / ln(1 − δ)
    assert plan(0.01).trials == 459
    assert plan(0.05, confidence=0.95).trials == 59
    assert plan(0.1, confidence=0.9).trials == 22
    assert plan(0.05, confidence=0.95, failures=1).trials == 93


def test_ties_are_decided_exactly():
    assert plan(0.5, confidence=0.5).trials == 1
    assert plan(0.5, confidence=0.75).trials == 2
    assert plan(0.9, confidence=0.9).trials == 1  # the floats 1 - 0.9 and 0.1 differ


def test_it_agrees_with_clopper_and_pearson():
    for failures in (0, 2):
        for confidence in (0.9, 0.99):
            n = plan(0.03, confidence=confidence, failures=failures).trials
            assert Proportion(n - failures, n, confidence).lower >= 0.97
            assert Proportion(n - 1 - failures, n - 1, confidence).lower < 0.97


def test_a_false_statement_is_rarely_shown():
    # the true failure probability is δ itself, so the statement is on the verge of being false
    design = plan(0.1, confidence=0.9, failures=1, widths=3)
    rng = np.random.default_rng(0)
    failed = rng.binomial(design.trials, 0.1, (4000, 3))
    wrong = np.mean((failed <= design.failures).any(axis=1))
    assert 0.04 < wrong < 0.1 + 3 * math.sqrt(0.1 * 0.9 / 4000)


def test_small_delta_is_planned_fast():
    assert plan(1e-6).trials == math.ceil(math.log(0.01) / math.log1p(-1e-6))
    with pytest.raises(InputError, match="more than 1000000000 trials"):
        plan(1e-12)


def test_a_plan_reads_as_a_sentence_and_binds():
    design = plan(0.01, failures=1, widths=2)
    assert isinstance(design, Plan)
    n = design.trials
    assert str(design) == (
        f"{n} networks at each of 2 widths: if at least {n - 1} of {n} are certified, "
        "then P ≥ 0.99 at 99 % confidence for all of them together"
    )
    assert design.shown_by(Proportion(n - 1, n))
    assert not design.shown_by(Proportion(n - 2, n))
    with pytest.raises(InputError, match=rf"plan is for {n} trials but 10 were run"):
        design.shown_by(Proportion(10, 10))


@pytest.mark.parametrize(("successes", "trials", "delta"), [(50, 50, 0.1), (45, 50, 0.1), (0, 5, 0.3), (98, 100, 0.05)])
def test_the_p_value_is_the_binomial_tail(successes, trials, delta):
    p = p_value(Proportion(successes, trials), delta)
    assert p == pytest.approx(stats.binom.cdf(trials - successes, trials, delta), rel=1e-12)
    assert Fraction(p) >= min(tail(trials, trials - successes, delta), 1)


def test_holm_shows_no_less_than_bonferroni_and_in_order():
    p = {1: 0.0024, 2: 0.0033, 3: 0.0049, 4: 0.5}
    assert holm(p) == {1, 2, 3}
    assert {w for w, value in p.items() if value <= 0.01 / 4} == {1}
    assert holm({1: 0.02, 2: 0.0001}) == {2}
    assert holm({1: 0.006, 2: 0.0051}) == set()  # the smallest fails, so all fail
    assert holm({}) == set()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plan(0.0), r"delta strictly between 0 and 1 but got 0\.0"),
        (lambda: plan(1.0), "delta"),
        (lambda: plan(math.nan), "nan"),
        (lambda: plan(0.1, confidence=1.0), "confidence"),
        (lambda: plan(0.1, failures=-1), r"failures .*-1"),
        (lambda: plan(0.1, failures=1.5), r"failures .*1\.5"),
        (lambda: plan(0.1, widths=0), r"widths .*0"),
        (lambda: holm({3: 1.5}), r"width 3 .*1\.5"),
        (lambda: holm({1: 0.1, 5: math.nan}), r"width 5 .*nan"),
        (lambda: p_value(Proportion(1, 1), 2.0), "delta"),
    ],
)
def test_unusable_requests_are_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


@pytest.mark.parametrize("failures", [0, 3])
@pytest.mark.parametrize("widths", [1, 4])
@pytest.mark.parametrize("n", [30, 500])
def test_the_strongest_statement_is_shown_and_no_stronger_one(n, widths, failures):
    found = strongest(n, failures=failures, widths=widths)
    alpha = Fraction(1, 100) / widths
    assert tail(n, failures, found.delta) <= alpha < tail(n, failures, round(found.delta - 0.001, 3))
    assert plan(found.delta, failures=failures, widths=widths).trials <= n
    assert found.trials == n


def test_few_trials_may_show_nothing():
    with pytest.raises(InputError, match="3 trials of which 3 may fail are too few"):
        strongest(3, failures=3)
    with pytest.raises(InputError, match=r"trials .*0"):
        strongest(0)
