"""What the proofs along flows and of networks of any width say, and that their statements are evaluated."""

import json
from collections.abc import Callable

import pytest

from fa_theory.checker.proof import replay
from fa_theory.checker.proof.evaluate import evaluate
from fa_theory.proofs.robertson2024.theorems import aligned_flow, any_width, bracket
from fa_theory.proofs.song2021.theorems import accrual, feedback_drift, gradient_flow, mean_alignment
from fa_theory.symbolic.proof import ProofWriter

CONCLUSIONS = {
    gradient_flow.proof: "∀ t:real, i:n. d(s:real ↦ e[s, i])[t] = -(Σ_j:n (G[t, i, j] + H[t, i, j])·e[t, j])",
    aligned_flow.bracket: "∀ t:real, r:p. b[r]·beta[t, r] - (1/2)·(Σ_k:d W[t, r, k]^2) = b[r]·beta[0, r] - "
    "(1/2)·(Σ_k:d W[0, r, k]^2)",
    aligned_flow.feedback: "∀ t:real, v:n. 0 ≤ Σ_i:n Σ_j:n v[i]·H[t, i, j]·v[j]",
    aligned_flow.loss: "∀ t:real. d(s:real ↦ Σ_i:n e[s, i]^2)[t] ≤ 0",
    aligned_flow.monotone: "∀ u:real, w:real. (num(u) ≤ num(w)) → Σ_i:n e[w, i]^2 ≤ Σ_i:n e[u, i]^2",
    aligned_flow.decay: "∀ t:real. Σ_i:n e[t, i]^2 ≤ exp((-C)·kappa·|p|^(-1)·num(t))^2·(Σ_i:n e[0, i]^2)",
    any_width.decay: "∀ t:time. E[t] ≤ q^t·E[0]",
    any_width.alignment: "∀ t:time. (1/2)·C[0] ≤ Σ_r:p b[r]·beta[t, r]",
    any_width.distance: "∀ t:time. sqrt(Σ_r:p Σ_k:d (W[t, r, k] - W[0, r, k])^2) ≤ R",
    feedback_drift.drift: "∀ t:real, i:n. d(s:real ↦ q[s, i])[t] = -(Σ_j:n Sigma[t, i, j]·e[t, j])",
    accrual.weight: "∀ t:time. 2·|p|·a[t] = (Σ_i:n Σ_j:n s[t, i]·K[i, j]·s[t, j]) - eta^2·C[t]",
}
OTHERS = (
    *(bracket.proof, bracket.over_run, bracket.feedback, any_width.loss, any_width.error, gradient_flow.regularised),
    *(feedback_drift.alignment, feedback_drift.balance, feedback_drift.frozen),
    *(mean_alignment.mean, mean_alignment.linear, accrual.error, accrual.eigenvector),
)


def named(proof: Callable[[], ProofWriter]) -> str:
    return f"{proof.__module__.rpartition('.')[2]}.{proof.__name__}"


@pytest.mark.parametrize("proof", CONCLUSIONS, ids=named)
def test_the_conclusion(proof: Callable[[], ProofWriter]) -> None:
    found = proof().finished
    assert found is not None
    assert found.text.splitlines()[-1].strip() == CONCLUSIONS[proof]


@pytest.mark.parametrize("proof", [*CONCLUSIONS, *OTHERS], ids=named)
def test_the_document_replays_and_its_hypotheses_are_met(proof: Callable[[], ProofWriter]) -> None:
    found = replay(json.dumps(proof().document))
    assert not found.axioms
    assert not found.theorem.formula.free & set(found.theorem.formula.variables)
    seen = evaluate(tuple(found.theorem.hypotheses.values()), found.theorem.formula, witness=found.witness, points=3)
    assert seen.points == 3
    assert not seen.refuted


def test_what_linear_networks_of_any_width_assume() -> None:
    """The signs of the step size and of the radius among it."""
    found = any_width.decay().finished
    assert found is not None
    said = {name: str(formula) for name, formula in found.hypotheses.items()}
    assert said["η ≥ 0"] == "0 ≤ eta"
    assert said["R ≥ 0"] == "0 ≤ R"
    assert said["RADIUS"] == "16·|p|·Lambda·B·E[0] ≤ (R·C[0]·kappa)^2"
    assert {"C > 0", "κ > 0", "SMALLEST", "LARGEST", "LOSS", "SMALL"} <= said.keys()
    assert not any(name.endswith("at t") for name in said)
