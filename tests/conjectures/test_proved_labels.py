"""What is proved of the benchmark and of the examples: none of it gets lost unnoticed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from fa_theory.checker.proof import replay
from fa_theory.conjectures import Conjecture
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.prove.rules import by_rules

ROOT = Path(__file__).parents[2]
PROVED = {
    "benchmarks/conjectures/alignment.py": (
        "cosine_at_most_one cauchy_schwarz zero_start_aligns H_positive_if_neurons_aligned"
    ),
    "benchmarks/conjectures/gram.py": (
        "gram_is_psd largest_eigenvalue_below_trace gram_entries_cauchy_schwarz spectral_below_frobenius "
        "gram_dominated_by_inputs"
    ),
    "benchmarks/conjectures/kinks.py": "relu_is_homogeneous relu_features_nonnegative",
    "benchmarks/conjectures/limits.py": "tanh_below_one sigmoid_above_zero exponential_above_tangent cancellation",
    "benchmarks/conjectures/one_step.py": (
        "loss_is_nonnegative aligned_neurons_descend aligned_on_average_descend_linear one_step_identity "
        "step_is_feedback_step"
    ),
    "benchmarks/conjectures/outputs.py": (
        "tied_outputs_descend bracket_of_several_outputs gradient_of_readout_bounded"
    ),
    "benchmarks/conjectures/regimes.py": "feedback_is_weak_beyond_width_one",
    "benchmarks/conjectures/regularised.py": (
        "bracket_per_neuron bracket_never_decreases step_at_zero_error_decays_only"
    ),
    "examples/conjectures/02_with_a_hypothesis.py": "aligned_neurons_descend",
    "examples/conjectures/05_several_outputs.py": "tied_feedback_descends",
    "examples/conjectures/09_gram_matrices_provable.py": (
        "gram_is_positive_semidefinite alignment_is_a_cosine error_recursion"
    ),
    "examples/conjectures/10_relu_kinks.py": "bracket_grows_by_the_step",
}
CASES = [(file, name) for file, names in PROVED.items() for name in names.split()]


def load(file: str, name: str) -> Conjecture:
    path = ROOT / file
    spec = importlib.util.spec_from_file_location(f"proved_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found = getattr(module, name)
    assert isinstance(found, Conjecture)
    return found


@pytest.mark.parametrize(("file", "name"), CASES)
def test_it_is_proved_for_every_size(file: str, name: str) -> None:
    proof = by_rules(load(file, name), deadline=effort.now() + 10, notify=lambda _: None)
    assert proof is not None
    for document in proof.documents:
        replay(document)


def test_a_cosine_is_proved_with_a_budget_of_4_seconds() -> None:
    """The attempt at a proof gets a quarter of the budget, and the rules 70% of that."""
    cosine = load("examples/conjectures/09_gram_matrices_provable.py", "alignment_is_a_cosine")
    assert by_rules(cosine, deadline=effort.now() + 0.7, notify=lambda _: None) is not None
