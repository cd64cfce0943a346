"""Bounds of updates and of norms, products of ReLU features: true statements are proved, false ones near them not.

``HYPOTHESIS_PROFILE=thorough`` takes more of them, and more time for those that are false.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from fa_theory.checker.proof import replay
from fa_theory.conjectures import (
    Conjecture,
    Domain,
    conjecture,
    equal,
    inner,
    largest,
    maximum,
    norm,
    row_norms,
    spectral_norm,
    sqrt,
)
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Says
from fa_theory.conjectures.prove.rules import by_rules

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
BASE: dict[str, Any] = {
    "n": (1, 4), "d": (1, 3), "p": (1, 6), "activation": ("tanh", "relu"), "steps": 1, "lam": 0.0,
}  # fmt: skip
SPHERE: dict[str, Any] = {"inputs": "sphere"}
RUNS: dict[str, Any] = {**SPHERE, "steps": (1, 3), "lam": (0, 0.5)}
RELU: dict[str, Any] = {"activation": "relu"}
ORTHONORMAL: dict[str, Any] = {"inputs": "orthonormal", "d": (4, 6)}


def moved(run: Any) -> Any:
    return run[1].W - run[0].W


def rate(run: Any) -> Any:
    return run.eta * sqrt(run.n / run.p)


def young(run: Any, c: Any) -> Any:
    return 2 * norm(run.b) * norm(run[0].beta) <= norm(run.b) ** 2 / c + c * norm(run[0].beta) ** 2


TRUE: dict[str, tuple[dict[str, Any], Says]] = {
    "ΔW": ({}, lambda run: norm(moved(run)) <= run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error) * norm(run.X)),
    "unit rows": (SPHERE, lambda run: norm(moved(run)) <= rate(run) * norm(run.b) * norm(run[0].error)),
    "rows in the ball": (
        {"inputs": "ball"},
        lambda run: norm(moved(run)) <= rate(run) * norm(run.b) * norm(run[0].error),
    ),
    "largest feedback": (
        SPHERE,
        lambda run: norm(moved(run)) <= run.eta * sqrt(run.n) * largest(abs(run.b)) * norm(run[0].error),
    ),
    "signs": (
        {**SPHERE, "feedback": "sign"},
        lambda run: norm(moved(run)) <= run.eta * sqrt(run.n) * norm(run[0].error),
    ),
    "one neuron": (SPHERE, lambda run: row_norms(moved(run)) <= rate(run) * abs(run.b) * norm(run[0].error)),
    "outputs": ({**SPHERE, "k": 2}, lambda run: norm(moved(run)) <= rate(run) * norm(run.b) * norm(run[0].error)),
    "backpropagation": (
        {**SPHERE, "rule": "bp"},
        lambda run: norm(moved(run)) <= rate(run) * norm(run[0].beta) * norm(run[0].error),
    ),
    "every step": (
        RUNS,
        lambda run: run.every_step(lambda s, t: norm(t.W - s.W) <= rate(run) * norm(run.b) * norm(s.error)),
    ),
    "whole run": (
        RUNS,
        lambda run: run[-1].movement_W <= rate(run) * norm(run.b) * run.sum_over_time(lambda s: norm(s.error)),
    ),
    "Δβ": (
        {"activation": "tanh"},
        lambda run: norm(run[1].beta - run[0].beta) <= run.eta * sqrt(run.n) * norm(run[0].error),
    ),
    "spectral": ({}, lambda run: spectral_norm(moved(run)) <= norm(moved(run))),
    "spectral, unit rows": (
        SPHERE,
        lambda run: spectral_norm(moved(run)) <= rate(run) * norm(run.b) * norm(run[0].error),
    ),
    "spectral, step": ({}, lambda run: spectral_norm(moved(run)) <= run.eta * spectral_norm(run[0].feedback_W)),
    "spectral, after": (
        {},
        lambda run: spectral_norm(run[1].W) <= spectral_norm(run[0].W) + run.eta * spectral_norm(run[0].feedback_W),
    ),
    "spectral, inputs": (
        {"activation": "linear"},
        lambda run: (
            spectral_norm(moved(run)) <= run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error) * spectral_norm(run.X)
        ),
    ),
    "Frobenius by spectral": ({}, lambda run: norm(run[0].W) <= sqrt(run.p) * spectral_norm(run[0].W)),
    "product": ({}, lambda run: norm(run[0].preactivations) <= norm(run.X) * spectral_norm(run[0].W)),
    "products": (
        {},
        lambda run: spectral_norm(run[0].preactivations) <= spectral_norm(run.X) * spectral_norm(run[0].W),
    ),
    "ψψ' = ψ": (RELU, lambda run: equal(run[0].features * run[0].slopes, run[0].features)),
    "zψ' = ψ": (RELU, lambda run: equal(run[0].preactivations * run[0].slopes, run[0].features)),
    "ψ'² = ψ'": (RELU, lambda run: equal(run[0].slopes ** 2, run[0].slopes)),
    "zψ = ψ²": (RELU, lambda run: equal(run[0].features * run[0].preactivations, run[0].features ** 2)),
    "ψ = max(z, 0)": (RELU, lambda run: equal(maximum(run[0].preactivations, 0), run[0].features)),
    "AM–GM": ({}, lambda run: norm(run.b) * norm(run[0].beta) <= (norm(run.b) ** 2 + norm(run[0].beta) ** 2) / 2),
    "AM–GM, loss": ({}, lambda run: norm(run[0].error) * norm(run[0].W) <= run[0].loss + norm(run[0].W) ** 2 / 2),
    "AM–GM, roots": ({}, lambda run: sqrt(norm(run.b) * norm(run[0].beta)) <= (norm(run.b) + norm(run[0].beta)) / 2),
    "parallelogram": (
        {},
        lambda run: norm(run.b + run[0].beta) ** 2 <= 2 * norm(run.b) ** 2 + 2 * norm(run[0].beta) ** 2,
    ),
    "Young, η": (
        {},
        lambda run: young(run, run.eta),
    ),
    "Young, 3": (
        {},
        lambda run: young(run, 3),
    ),
    "Young, inner product": (
        {},
        lambda run: (
            -inner(run.b, run[0].beta) <= norm(run.b) ** 2 / (2 * run.eta) + run.eta * norm(run[0].beta) ** 2 / 2
        ),
    ),
    "Young, loss": (
        {},
        lambda run: norm(run[0].error) * norm(run[0].W) <= run[0].loss / run.eta + run.eta * norm(run[0].W) ** 2 / 2,
    ),
    "Young, size": (
        {},
        lambda run: young(run, run.n),
    ),
    "Young, a sum": ({}, lambda run: young(run, 1 + norm(run[0].W) ** 2)),
    "Young, sum of squares": (
        {},
        lambda run: (
            norm(run.b + run[0].beta) ** 2
            <= (1 + run.eta) * norm(run.b) ** 2 + (1 + 1 / run.eta) * norm(run[0].beta) ** 2
        ),
    ),
    "Young, with 1": ({}, lambda run: 2 * norm(run.b) <= 1 + norm(run.b) ** 2),
    "weighted squares": (
        {},
        lambda run: (
            2 * run.eta * norm(run.b) * norm(run[0].beta)
            <= run.eta * norm(run.b) ** 2 + run.eta * norm(run[0].beta) ** 2
        ),
    ),
    "orthonormal": (
        ORTHONORMAL,
        lambda run: norm(moved(run)) <= run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error),
    ),
    "orthonormal, spectral": (
        ORTHONORMAL,
        lambda run: spectral_norm(moved(run)) <= run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error),
    ),
    "orthonormal, one neuron": (
        ORTHONORMAL,
        lambda run: row_norms(moved(run)) <= run.eta / sqrt(run.p) * abs(run.b) * norm(run[0].error),
    ),
    "orthonormal, outputs": (
        {**ORTHONORMAL, "k": 2},
        lambda run: norm(moved(run)) <= run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error),
    ),
    "orthonormal, product": (ORTHONORMAL, lambda run: norm(run[0].preactivations) <= norm(run[0].W)),
    "signs descend": ({"rule": "sign"}, lambda run: inner(run[0].gradient_W, moved(run)) <= 0),
}
FALSE: dict[str, tuple[dict[str, Any], Says]] = {
    "no inputs": ({}, lambda run: norm(moved(run)) <= run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error)),
    "no √n": (SPHERE, lambda run: norm(moved(run)) <= run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error)),
    "strict": (SPHERE, lambda run: norm(moved(run)) < rate(run) * norm(run.b) * norm(run[0].error)),
    "√d for √n": (
        SPHERE,
        lambda run: norm(moved(run)) <= run.eta * sqrt(run.d / run.p) * norm(run.b) * norm(run[0].error),
    ),
    "largest without |·|": (
        SPHERE,
        lambda run: norm(moved(run)) <= run.eta * sqrt(run.n) * largest(run.b) * norm(run[0].error),
    ),
    "one neuron, no |·|": (SPHERE, lambda run: row_norms(moved(run)) <= rate(run) * run.b * norm(run[0].error)),
    "another neuron": (SPHERE, lambda run: row_norms(moved(run)) <= rate(run) * abs(run.b[0]) * norm(run[0].error)),
    "the error after": (SPHERE, lambda run: norm(moved(run)) <= rate(run) * norm(run.b) * norm(run[1].error)),
    "β for b": (SPHERE, lambda run: norm(moved(run)) <= rate(run) * norm(run[0].beta) * norm(run[0].error)),
    "Δβ, ReLU": (RELU, lambda run: norm(run[1].beta - run[0].beta) <= run.eta * sqrt(run.n) * norm(run[0].error)),
    "Frobenius below spectral": ({}, lambda run: norm(moved(run)) <= run.eta * spectral_norm(run[0].feedback_W)),
    "spectral, strict": ({}, lambda run: spectral_norm(moved(run)) < run.eta * norm(run[0].feedback_W) + 0 * run.eta),
    "difference": (
        {},
        lambda run: spectral_norm(run[1].W) <= spectral_norm(run[0].W) - run.eta * spectral_norm(run[0].feedback_W),
    ),
    "Frobenius by spectral": ({}, lambda run: norm(run[0].W) <= spectral_norm(run[0].W)),
    "product": ({}, lambda run: norm(run[0].preactivations) <= spectral_norm(run.X) * spectral_norm(run[0].W)),
    "ψψ' = ψ": ({"activation": "tanh"}, lambda run: equal(run[0].features * run[0].slopes, run[0].features)),
    "ψ'² = ψ'": ({}, lambda run: equal(run[0].slopes ** 2, run[0].slopes)),
    "ψ' = 1": (RELU, lambda run: equal(run[0].slopes, 1 + 0 * run[0].slopes)),
    "AM–GM, weights": (
        {},
        lambda run: norm(run.b) * norm(run[0].beta) <= norm(run.b) ** 2 / 2 + norm(run[0].beta) ** 2 / 4,
    ),
    "AM–GM, strict": ({}, lambda run: 2 * norm(run.b) * norm(run[0].beta) < norm(run.b) ** 2 + norm(run[0].beta) ** 2),
    "parallelogram": ({}, lambda run: norm(run.b + run[0].beta) ** 2 <= norm(run.b) ** 2 + norm(run[0].beta) ** 2),
    "Young, no sign": ({}, lambda run: young(run, run[0].alignment)),
    "Young, negative": ({}, lambda run: young(run, -run.eta)),
    "Young, too small": (
        {},
        lambda run: (
            2 * norm(run.b) * norm(run[0].beta) <= norm(run.b) ** 2 / run.eta + run.eta * norm(run[0].beta) ** 2 / 2
        ),
    ),
    "Young, two weights": (
        {"lam": (0.1, 1.0)},
        lambda run: (
            2 * norm(run.b) * norm(run[0].beta) <= norm(run.b) ** 2 / run.eta + run.lam * norm(run[0].beta) ** 2
        ),
    ),
    "Young, strict": (
        {},
        lambda run: 2 * norm(run.b) * norm(run[0].beta) < norm(run.b) ** 2 / run.eta + run.eta * norm(run[0].beta) ** 2,
    ),
    "Young, without 1": ({}, lambda run: 2 * norm(run.b) <= norm(run.b) ** 2),
    "orthonormal, product": (ORTHONORMAL, lambda run: norm(run[0].W) <= norm(run[0].preactivations)),
    "orthonormal, half": (
        ORTHONORMAL,
        lambda run: norm(moved(run)) <= run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error) / 2,
    ),
    "orthonormal, strict": (
        ORTHONORMAL,
        lambda run: norm(moved(run)) < run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error),
    ),
    "orthonormal, features": (
        {**ORTHONORMAL, "activation": "sigmoid"},
        lambda run: norm(run[0].features) <= norm(run[0].W),
    ),
    "signs do not always descend": ({"rule": "fa"}, lambda run: inner(run[0].gradient_W, moved(run)) <= 0),
}


SLOW = (
    "ΔW", "rows in the ball", "signs", "one neuron", "outputs", "backpropagation", "every step", "spectral",
    "spectral, unit rows", "spectral, after", "spectral, inputs", "orthonormal, spectral", "orthonormal, one neuron",
    "orthonormal, outputs",
)  # fmt: skip
"""About a second each; the rest takes the same ways."""


def made(domain: dict[str, Any], says: Says) -> Conjecture:
    return conjecture(Domain(**{**BASE, **domain}))(says)


@pytest.mark.parametrize("name", [name for name in TRUE if THOROUGH or name not in SLOW])
def test_bounds_are_proved_for_every_size(name: str) -> None:
    proof = by_rules(made(*TRUE[name]), deadline=effort.now() + 6, notify=lambda _: None)
    assert proof is not None
    assert not proof.conditions
    for document in proof.documents:
        replay(document)


@pytest.mark.parametrize("name", FALSE)
def test_no_false_bound_is_proved(name: str) -> None:
    assert by_rules(made(*FALSE[name]), deadline=effort.now() + (2 if THOROUGH else 0.1), notify=lambda _: None) is None
