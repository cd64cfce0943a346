"""Binomial proportions and scaling exponents: exactness, coverage, and refusals."""

import numpy as np
import pytest
from scipy import stats

from fa_theory.errors import InputError
from fa_theory.statistics.binomial import Proportion
from fa_theory.statistics.exponent import fit


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (1, 1), (0, 20), (20, 20), (19, 20), (7, 50)])
def test_intervals_are_those_of_the_beta_law(successes, trials):
    low, high = Proportion(successes, trials, 0.95).interval
    s, f = successes, trials - successes
    assert low == pytest.approx(stats.beta.ppf(0.025, s, f + 1) if s else 0.0, abs=1e-10)
    assert high == pytest.approx(stats.beta.ppf(0.975, s + 1, f) if f else 1.0, abs=1e-10)


def test_none_and_all():
    # (1 − p)^N = 1 − confidence at the one-sided bound
    assert Proportion(0, 100).upper == pytest.approx(1 - 0.01 ** (1 / 100))
    assert Proportion(100, 100).lower == pytest.approx(0.01 ** (1 / 100))
    assert (Proportion(0, 100).lower, Proportion(100, 100).upper) == (0.0, 1.0)
    assert (Proportion(0, 100).estimate, Proportion(100, 100).estimate) == (0.0, 1.0)


@pytest.mark.parametrize("probability", [0.03, 0.5, 0.95])
def test_coverage_is_at_least_the_confidence(probability):
    trials, confidence = 25, 0.9
    law = stats.binom(trials, probability)
    proportions = [Proportion(s, trials, confidence) for s in range(trials + 1)]
    inside = [p.interval[0] <= probability <= p.interval[1] for p in proportions]
    assert sum(law.pmf(s) for s in range(trials + 1) if inside[s]) >= confidence
    assert sum(law.pmf(p.successes) for p in proportions if p.lower <= probability) >= confidence
    assert sum(law.pmf(p.successes) for p in proportions if p.upper >= probability) >= confidence


@pytest.mark.parametrize("delta", [0.0, 0.05, 0.3, 1.0])
def test_contradiction_is_the_exact_one_sided_test(delta):
    trials = 30
    for failures in range(trials + 1):
        tail = stats.binom.sf(failures - 1, trials, delta)  # P(at least so many failures)
        assert Proportion(trials - failures, trials, 0.95).contradicts(delta) == (tail < 0.05)


def test_one_failure_contradicts_a_certainty_but_not_a_probability():
    assert Proportion(99, 100).contradicts(0.0)
    assert not Proportion(99, 100).contradicts(0.01)
    assert not Proportion(100, 100).contradicts(0.0)


def test_the_text_rounds_outwards():
    assert str(Proportion(19, 20, 0.95)) == "19 of 20 (95.0 %), 95 % interval [0.751, 0.999]"
    assert str(Proportion(0, 1, 0.95)) == "0 of 1 (0.0 %), 95 % interval [0.000, 0.975]"
    low, high = Proportion(19, 20, 0.95).interval
    assert low >= 0.751
    assert high <= 0.999


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 0), "at least 1 trial.* 0"),
        ((-1, 5), "0 ≤ successes ≤ 5.*-1"),
        ((6, 5), "0 ≤ successes ≤ 5.*6"),
        ((0.5, 5), "whole number of successes.*0.5"),
        ((float("nan"), 5), "whole number of successes.*nan"),
        ((True, 5), "whole number of successes.*True"),
        ((1, 5, 0.0), "confidence.*0.0"),
        ((1, 5, 99), "confidence.*99"),
    ],
)
def test_impossible_counts_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        Proportion(*arguments)


def test_impossible_probabilities_are_refused():
    for delta in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match=rf"delta in \[0, 1\].*{delta}"):
            Proportion(1, 2).contradicts(delta)


# --- exponents

WIDTHS = (64, 256, 1024, 4096, 16384)
NOISE = {
    "half-normal": lambda rng, size: np.abs(rng.standard_normal(size)),
    "log-normal": lambda rng, size: np.exp(0.5 * rng.standard_normal(size)),
    "normal": lambda rng, size: rng.standard_normal(size),
}


def draws(rng, noise, alpha, replicates=20, widths=WIDTHS):
    return {p: p**alpha * NOISE[noise](rng, replicates) for p in widths}


@pytest.mark.parametrize(
    ("noise", "average"), [("half-normal", "mean"), ("half-normal", "rms"), ("log-normal", "mean"), ("normal", "rms")]
)
def test_the_interval_covers_the_exponent(noise, average):
    rng, repetitions = np.random.default_rng(11), 300
    fits = [fit(draws(rng, noise, -0.5), average=average) for _ in range(repetitions)]
    assert sum(not f.excludes(-0.5) for f in fits) >= 0.97 * repetitions
    # and it is not wide for nothing: it tells −1/2 from −1 and its width fits the scatter of the estimates
    assert all(f.excludes(-1) for f in fits)
    scatter = np.std([f.estimate for f in fits])
    assert np.mean([f.interval[1] - f.interval[0] for f in fits]) < 7 * scatter


def test_uneven_replicates_and_spreads_are_covered_too():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        samples = {p: p**0.3 * np.abs(1 + s * rng.standard_normal(r)) for p, s, r in ((10, 0.3, 8), (100, 0.01, 40))}
        samples[1000] = 1000**0.3 * np.abs(1 + 0.1 * rng.standard_normal(15))
        truth = np.polyfit(np.log([10, 100, 1000]), np.log([10**0.3, 100**0.3, 1000**0.3]), 1)[0]
        covered += not fit(samples, average="mean").excludes(truth)
    assert covered >= 0.97 * 300


def test_misfit_tells_a_power_law_from_a_curve():
    rng = np.random.default_rng(0)
    straight = [fit(draws(rng, "normal", -0.5, 50)).misfit for _ in range(100)]
    assert np.mean(np.array(straight) < 0.05) < 0.2
    curved = {p: (p**-0.5 + 0.02) * rng.standard_normal(200) for p in WIDTHS}
    assert fit(curved).misfit < 1e-3


def test_scale_of_the_quantity_and_order_of_the_widths_do_not_matter():
    rng = np.random.default_rng(0)
    samples = draws(rng, "normal", -1)
    plain = fit(samples)
    for scale in (1e-250, 1e250):
        scaled = fit({p: scale * q for p, q in reversed(samples.items())})
        assert scaled.estimate == pytest.approx(plain.estimate, rel=1e-9)
        assert scaled.interval == pytest.approx(plain.interval, rel=1e-9)
    assert (plain.widths, plain.n, plain.confidence) == (tuple(map(float, WIDTHS)), 100, 0.99)
    assert "99 % interval" in str(plain)
    assert "5 widths, n = 100" in str(plain)


def test_a_zero_among_the_replicates_is_a_value_like_any_other():
    samples = {p: [0.0, p**-0.5, 2 * p**-0.5] for p in (1, 10, 100)}
    for average in ("rms", "mean"):
        assert fit(samples, average=average).estimate == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({100: None}, {}, r"at least 3 widths.*\[1, 10\]"),
        ({100: [0.1]}, {}, "width 100 has 1 replicates"),
        ({100: []}, {}, "width 100 has 0 replicates"),
        ({100: [[0.1, 0.2]]}, {}, "width 100 has 2 replicates.*one number each"),
        ({100: [0.1, float("nan")]}, {}, "width 100: replicate 1 is nan"),
        ({100: [float("inf"), 0.1]}, {}, "width 100: replicate 0 is inf"),
        ({100: [0.0, 0.0]}, {}, "width 100: all replicates are 0"),
        ({100: [0.1, -0.2]}, {"average": "mean"}, "width 100: replicate 1 is -0.2.*rms"),
        ({-5: [0.1, 0.2]}, {}, "widths > 0.*-5"),
        ({0: [0.1, 0.2]}, {}, "widths > 0.*0"),
        ({}, {"confidence": 1.0}, "confidence.*1.0"),
        ({}, {"average": "median"}, "median.*rms or mean"),
    ],
)
def test_unusable_samples_are_refused(change, options, words):
    samples = {1: [1.0, 1.1], 10: [0.3, 0.4], 100: [0.1, 0.2]} | change
    with pytest.raises(InputError, match=words):
        fit({p: q for p, q in samples.items() if q is not None}, **options)


def test_replicates_that_never_vary_are_refused():
    with pytest.raises(InputError, match="do not vary"):
        fit({p: [p**-0.5] * 3 for p in WIDTHS})
