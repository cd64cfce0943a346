"""A counterexample by hand to every labelled conjecture that is false "for all": the proof of its label.

Numbers are exact: fractions as text, and the smallest networks there are where nothing else is said.
"""

from __future__ import annotations

from typing import Any

ONES: dict[str, Any] = {"X": [[1]], "y": [0], "W": [[1]], "beta": [1], "b": [1], "eta": 1, "lam": 0}
"""One sample, one input, one neuron, all numbers 1 but for y = 0."""

COUNTEREXAMPLES: dict[str, dict[str, Any]] = {
    # one_step.py
    "error_never_grows": {"W": [[0]], "b": [-1], "y": [-1]},
    "aligned_on_average_descend": {"activation": "relu", "W": [[1], [-1]], "b": [1, 1], "beta": [-1, 2]},
    "textbook_recursion_is_exact": {},
    "sign_step_is_feedback_step": {"activation": "relu", "beta": [-1]},
    "large_backprop_step_descends": {"activation": "linear", "eta": 4},
    "kernel_is_positive": {"W": [[0]], "beta": [-1]},
    # alignment.py
    "alignment_never_drops": {"eta": "1/2"},
    "zero_start_aligns_tanh": {"X": [[10], ["1/10"]], "y": [1, -5], "W": [[0]], "beta": [0]},
    "half_aligned_start_stays_aligned": {"y": [-10], "eta": "1/2"},
    "H_positive_if_aligned": {"activation": "relu", "W": [[1], [-1]], "b": [1, 1], "beta": [-1, 2]},
    "zero_readout_aligns": {"beta": [0], "y": [-1]},
    # gram.py
    "gram_is_positive_definite": {"X": [[1, 0]], "W": [[0, 0]] * 3, "beta": [0] * 3, "b": [0] * 3},
    "H_below_G": {"W": [[0]] * 2, "beta": [1] * 2, "b": [1] * 2},
    # regularised.py
    "bracket_per_neuron_tanh": {},
    "bracket_never_decreases_with_decay": {"W": [[0]], "beta": [-1], "eta": "1/4", "lam": 1},
    "decay_shrinks_readout": {"beta": [0], "y": [1], "eta": "1/4", "lam": 1},
    "readout_shrinks_without_targets": {"W": [[5]], "eta": "1/10"},
    "decay_aligns": {"y": [-10], "eta": "1/2", "lam": 1},
    # outputs.py
    "aligned_outputs_descend": {"y": [[-1, 2]], "W": [[0]], "beta": [[3, 1]], "b": [[1, 3]]},
    "proportional_outputs_descend": {"y": [[-1, 3]], "W": [[0]], "beta": [[1, 0]], "b": [[1, "2/5"]]},
    "tied_step_never_increases_loss": {
        "activation": "linear", "y": [[0, 0]], "W": [[5]], "beta": [[1, 0]], "b": [[1, 0]], "eta": "1/2",
    },
    "sign_feedback_descends_outputs": {
        "y": [[-1, 2]], "W": [[0]], "beta": [[3, 1]], "b": [[1, 3]], "eta": "1/128",
    },
    # limits_certified.py
    "first_layer_moves_less": {"activation": "linear", "eta": "1/2"},
    # kinks.py
    "active_neurons_have_slope": {"W": [[0]]},
    "active_neurons_stay_active": {"W": [["1/10"]], "y": [-1]},
    "no_kink_is_crossed": {"W": [["1/10000"]], "y": [-1], "eta": "1/1024"},
    "small_relu_backprop_descends": {
        "X": [[1], [-1]], "W": [["1/1000"]], "y": ["-1/2", -1], "eta": "1/128",
    },
    "relu_keeps_a_tenth": {
        "X": [[1, 1]] * 2, "y": [0, 0], "W": [[-1, -1]] * 2, "beta": [0, 0], "b": [0, 0],
    },
    # rare.py
    "strong_alignment_descends": {"W": [[3], [0]], "b": [1, "1/20"], "beta": [1, "-1/20"]},
    "error_never_collapses": {"activation": "linear", "X": [[1], [1]], "y": [0, 0], "b": [0], "eta": "1/2"},
    "error_never_explodes": {"W": [[60]], "b": [0], "eta": "1/32"},
    "nearly_orthogonal_feedback_is_harmless": {
        "X": [[1, 0]] * 2, "y": [1, 1], "W": [[0, 0]] * 2, "b": [1, 0], "beta": ["-1/25", 1], "eta": "1/32",
    },
    "alignment_below_three_sigma": {"W": [[0]] * 10, "beta": [1] * 10, "b": [1] * 10},
    "alignment_is_strict": {},
    "two_good_steps_make_a_third": {
        "activation": "linear", "y": [-5], "W": [["-1/2"]], "beta": ["-7/5"], "b": [-2], "eta": "1/5"},
    "aligned_neurons_never_hurt": {"y": [1], "W": [["-1/32"]], "beta": [0], "eta": "1/16"},
    "barely_aligned_neurons_never_hurt": {"y": [1], "W": [["-1/20"]], "beta": ["9/4000"], "eta": "1/10"},
    "balanced_start_stays_aligned": {"y": ["-7/8"], "W": [["1/20"]], "beta": ["1/790"], "eta": "1/16"},
    "saturated_network_stays_small": {"y": [1], "W": [["1/2"]], "b": [100], "eta": "1/11"},
    # regimes.py
    "aligned_networks_learn_at_any_step": {"eta": 4},
    "feedback_is_weak": {},
    # limits.py
    "barely_false": {},
}  # fmt: skip
