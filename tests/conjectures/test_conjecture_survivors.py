"""What is said of conjectures that are not for all networks: frequencies, exponents, constants; warnings; printing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fa_theory.conjectures import (
    BestConstant,
    Conjecture,
    Domain,
    Scales,
    WithProbability,
    conjecture,
    eigmin,
    equal,
    inner,
    norm,
    row_norms,
)
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Quantifier, Says
from fa_theory.conjectures.language.latex import latex, text
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.settle.constant import at_most, claimed, enclose
from fa_theory.conjectures.settle.lint import lint
from fa_theory.conjectures.settle.probability import FAILURES, Frequency, frequency, planned
from fa_theory.conjectures.settle.scaling import Growth, growth, judge_exponent
from fa_theory.errors import InputError

WIDTHS = (16, 32, 64, 128, 256, 512)


def made(says: Says, quantifier: Quantifier | None = None, assuming: Says | None = None, **domain: Any) -> Conjecture:
    asked: dict[str, Any] = {} if quantifier is None else {"quantifier": quantifier}
    given = {"n": (1, 3), "d": 2, "p": (1, 6), **domain}
    return conjecture(Domain(**given), assuming={"assumed": assuming} if assuming else None, **asked)(says)


def often(says: Says, at_least: float, assuming: Says | None = None, seconds: float = 20.0) -> Frequency:
    what = made(says, WithProbability(at_least), assuming)
    return frequency(what, rng=np.random.default_rng(1), deadline=effort.now() + seconds)


def test_a_probability_is_supported_contradicted_or_left_open() -> None:
    assert often(lambda run: run[0].loss >= 0, 0.9).verdict == "supported"
    half = often(lambda run: run.b[0], 0.9)
    assert half.verdict == "contradicted"
    assert half.interval[0] < 0.5 < half.interval[1] < 0.9
    assert often(lambda run: run.b[0], 0.5).verdict == "undecided"
    assert often(lambda run: run.b[0], 0.9, seconds=-1.0).verdict == "undecided"


def test_a_probability_under_hypotheses_that_never_hold_is_vacuous() -> None:
    assert often(lambda run: run.b[0], 0.9, assuming=lambda run: run[0].loss < 0).verdict == "vacuous"


def test_a_conditional_probability() -> None:
    assert often(lambda run: run.b[0], 0.9, assuming=lambda run: run.b[0]).verdict == "supported"


def test_a_margin_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="not a number"):
        often(lambda run: run.b[0] / norm(0 * run.b) * 0, 0.9)


def test_stages_together_keep_the_confidence() -> None:
    from scipy.stats import binom

    stages = planned(0.9)
    assert list(stages) == sorted(stages)
    share = 1 - 0.01 / len(stages)
    wrong = sum(float(binom.cdf(k, n, 0.1)) for n, k in zip(stages, FAILURES, strict=True))
    assert wrong <= len(stages) * (1 - share) + 1e-12


def grown(says: Says, alpha: float, **domain: Any) -> Growth:
    what = made(says, Scales(alpha, widths=(8, 16, 32, 64)), **{"p": 1, "steps": 0, **domain})
    return growth(what, rng=np.random.default_rng(0), deadline=effort.now() + 3)


def test_the_alignment_falls_with_the_root_of_the_width() -> None:
    assert grown(lambda run: norm(run[0].beta), 0.5).verdict == "supported"
    assert grown(lambda run: norm(run[0].beta), 1.0).verdict == "contradicted"


def test_an_exponent_needs_a_quantity_and_draws() -> None:
    with pytest.raises(InputError, match="one number"):
        grown(lambda run: run[0].loss >= 0, 0.5)
    what = made(lambda run: run[0].loss, Scales(0.0), assuming=lambda run: run[0].loss < 0, steps=0)
    assert growth(what, rng=np.random.default_rng(0), deadline=effort.now()).verdict == "vacuous"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gamma", [0.5, 1.0])
def test_a_bent_line_is_never_a_false_verdict(gamma: float, seed: int) -> None:
    """A quantity with the exponent −1/2 and a correction is not contradicted, and −0.9 is not supported."""
    rng = np.random.default_rng(seed)
    for c in (-1.0, 1.0, 3.0, 10.0):
        curve = {p: p**-0.5 * (1 + c * p**-gamma) * rng.normal(1, 0.02, 40) for p in WIDTHS}
        assert judge_exponent(curve, Scales(-0.5)).verdict != "contradicted"
        assert judge_exponent(curve, Scales(-0.9)).verdict != "supported"


def test_too_few_draws_leave_an_exponent_open() -> None:
    rng = np.random.default_rng(0)
    noisy = {p: p**-0.5 * np.exp(rng.normal(0, 2, 10)) for p in WIDTHS}
    assert judge_exponent(noisy, Scales(-0.5)).verdict == "undecided"
    assert judge_exponent({p: np.zeros(10) for p in WIDTHS}, Scales(-0.5)).verdict == "undecided"


def test_a_best_constant_is_enclosed_from_below() -> None:
    what = made(lambda run: run[0].alignment, BestConstant(1.0), steps=0, p=2)
    worst = what.domain.sample(what.domain.smallest(), np.random.default_rng(0), 1)
    worst = worst.replace(b=worst.beta * 2)
    asked: list[Conjecture] = []

    def certify(refuted: Conjecture, network: Networks) -> str | None:
        asked.append(refuted)
        return "certificate" if len(asked) == 2 else None

    found = enclose(what, worst, certify=certify, rng=np.random.default_rng(0), draws=500)
    assert found.above is not None
    assert 1 - 1e-4 < found.above < 1
    assert found.certificate == "certificate"
    assert found.share.successes >= 499
    assert "certified" in str(found)


def test_a_claimed_constant_is_a_statement_for_all_networks() -> None:
    what = claimed(made(lambda run: [run[0].alignment], BestConstant(0.5)))
    assert what is not None
    assert text(what.statements[0]) == "cos∠(b,β)(0) ≤ 1/2"
    assert claimed(made(lambda run: run[0].alignment, BestConstant())) is None
    with pytest.raises(InputError, match="finite"):
        at_most(made(lambda run: run[0].alignment), float("inf"))


def kinds(what: Conjecture) -> set[str]:
    return {warning.kind for warning in lint(what, rng=np.random.default_rng(0))}


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("tautology", made(lambda run: run[0].loss <= run[0].loss)),
        ("degenerate", made(lambda run: run[0].loss - norm(run[0].error) ** 2 / 2 <= 1)),
        ("restates", made(lambda run: run[0].alignment >= 0.5, assuming=lambda run: run[0].alignment >= 0.5)),
        ("independent", made(lambda run: run.eta * run.lam <= 1)),
        ("independent", made(lambda run: norm(run.X) >= 0)),
        ("one-network", made(lambda run: run[0].loss >= 0, n=1, p=1, W_scale=0, beta_scale=0, eta=0.1)),
        ("vacuous", made(lambda run: run[0].loss >= 0, assuming=lambda run: run[0].loss < 0)),
        ("never-binds", made(lambda run: run[0].alignment <= 1, assuming=lambda run: run[0].loss >= 0)),
        ("undefined", made(lambda run: run[0].alignment <= 1, beta_scale=0)),
        ("only-n-1", made(lambda run: run.n >= 1.5)),
    ],
)
def test_the_linter_warns(kind: str, what: Conjecture) -> None:
    assert kind in kinds(what)


def test_the_linter_is_silent_about_a_sound_conjecture() -> None:
    assert not kinds(made(lambda run: norm(run[1].error) <= norm(run[0].error)))
    assert not kinds(made(lambda run: run[0].alignment, Scales(-0.5), n=2, p=8))


def test_formulas_are_printed() -> None:
    domain = Domain(n=2, d=2, p=4, steps=2)

    @conjecture(domain)
    def says(run: Any) -> Any:
        return [
            run.every_step(lambda s, after: after.loss <= s.loss),
            run.always(lambda s: s.loss),
            (1 - run.eta * run.lam) ** 2 * norm(run[0].W.T @ run[0].W) <= inner(run.b, run[-1].beta) / 3,
            equal(row_norms(run[0].W), abs(run[0].beta)),
            eigmin(run[0].G + run[0].H) > -0.5,
            run[0].beta[1] >= 1,
        ]

    printed = [text(s) for s in says.statements]
    assert printed == [
        "L(t+1) ≤ L(t) for all t<T",
        "L(t) ≥ 0 for all t ≤ T",
        "(1 − η λ)^2 ‖W(0)ᵀ W(0)‖ ≤ ⟨b, β(T)⟩/3",
        "row_norms(W(0)) = |β(0)|",
        "−1/2 < λ_min(G(0) + H(0))",
        "1 ≤ β(0)[2]",
    ]
    for statement in says.statements:
        made_latex = latex(statement)
        assert made_latex.count("{") == made_latex.count("}")
        assert made_latex.count(r"\left") == made_latex.count(r"\right")
