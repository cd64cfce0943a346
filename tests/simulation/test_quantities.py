"""What is recorded: functions of a user's own, and which path tells them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fa_theory.errors import InputError
from fa_theory.model.law import Law
from fa_theory.model.problem import sample
from fa_theory.simulation.arrays import available
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.quantities import QUANTITIES, NetworkState, Quantity, quantities
from fa_theory.simulation.run import run


def largest_weight(state: NetworkState) -> float:
    """max |W|."""
    return float(np.abs(state.network.W).max())


def everything(state: NetworkState) -> Any:
    """The step, the loss from the error, the error from the network, and the data."""
    again = state.network.error(state.X, state.y)
    return [state.t, 0.5 * (state.error**2).sum(), 0.5 * (again**2).sum(), state.X.sum(), state.y.sum()]


@pytest.mark.parametrize("path", ["auto", "weight space", "sample space"])
@pytest.mark.parametrize("k", [None, 2])
def test_a_function_sees_the_state_of_each_network(path: str, k: int | None) -> None:
    law = Law("tanh", 4, 5, 30, k=k, lam=0.3, cutoff=5)
    found = simulate(law, 12, ensemble=3, every=4, record=("loss", everything, largest_weight), path=path)
    assert found.backend == "numpy"
    assert found["everything"].shape == (3, 4, 5)
    assert found["everything"][:, :, 0].tolist() == [[0, 4, 8, 12]] * 3
    assert np.allclose(found["everything"][:, :, 1], found["loss"], rtol=1e-12)
    assert np.allclose(found["everything"][:, :, 2], found["loss"], rtol=1e-10)
    assert len({x for row in found["everything"][:, :, 3] for x in row}) == 3  # each network has data of its own
    kept = simulate(law, 12, ensemble=3, states=(0, 4, 8, 12), path=path, backend="numpy")
    for i in range(3):
        for j, t in enumerate((0, 4, 8, 12)):
            assert found["largest_weight"][i, j] == np.abs(kept.network(t, i).W).max()


def test_recording_a_function_changes_no_other_bit() -> None:
    law = Law("tanh", 4, 5, 30)
    one, other = (
        simulate(law, 12, record=record, backend="numpy")["loss"] for record in ("loss", ("loss", largest_weight))
    )
    assert np.array_equal(one, other)


def test_paths_that_cannot_tell_a_function_fall_back_or_say_so() -> None:
    linear = Law("linear", 4, 8, 30)
    assert simulate(linear, 3).path == "linear law"
    fallen = simulate(linear, 3, record=("loss", largest_weight))
    assert (fallen.path, fallen.backend) == ("sample space", "numpy")
    with pytest.raises(
        InputError, match="do not determine largest_weight; choose path='sample space' or 'weight space'"
    ):
        simulate(linear, 3, record=largest_weight, path="linear law")
    with pytest.raises(InputError, match="does not cover largest_weight"):
        simulate(linear, 3, record=largest_weight, path="infinite width")


def test_a_diverged_network_is_nan_in_a_function_too() -> None:
    problem = sample(rng=0, n=3, d=4, p=20, activation="linear", eta=90.0)
    found = simulate(problem, 400, record=(largest_weight, "loss"), path="weight space")
    assert found.diverged[0] > 0
    assert np.isnan(found["largest_weight"][0, found.diverged[0] :]).all()
    assert np.isfinite(found["largest_weight"][0, 0])


def test_a_quantity_of_ones_own_is_told_by_every_path_that_knows_the_error() -> None:
    spread = Quantity(
        "spread", "max e − min e", "spread", of_error=lambda e: e.max(axis=(-2, -1)) - e.min(axis=(-2, -1))
    )
    problem = sample(rng=0, n=3, d=4, p=20, activation="linear", eta=0.1)
    paths = ["weight space", "sample space", "linear law"]
    backends = [("auto", "numpy"), ("layers", "numpy"), *([("auto", "jax")] if available() else [])]
    expected = [np.ptp(e) for _, (_, e) in zip(range(6), run(problem), strict=False)]
    for path, backend in [(path, "numpy") for path in paths] + backends:
        found = simulate(problem, 5, record=spread, path=path, backend=backend)
        assert np.allclose(found["spread"][0], expected, rtol=1e-9)
    limit = simulate(problem, 5, record=(spread, "error"), path="infinite width")
    assert np.allclose(limit["spread"][0], np.ptp(limit["error"][0], axis=-1), rtol=1e-12)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (lambda state: 1.0, "a named function of the state"),
        ((3,), "cannot record 3"),
        ("spead", "unknown record 'spead'; choose one of error, loss"),
        ((largest_weight, Quantity("largest_weight", "", "", of_error=np.abs)), "two quantities have the name"),
    ],
)
def test_what_is_no_quantity_is_refused(record: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        simulate(Law("tanh", 2, 3, 4), 2, record=record)


def test_a_function_that_fails_is_named_with_its_step() -> None:
    def ragged(state: NetworkState) -> Any:
        return np.zeros(state.t)

    def wrong(state: NetworkState) -> Any:
        return "high"

    with pytest.raises(InputError, match="recording 'wrong' at step 0 failed"):
        simulate(Law("tanh", 2, 3, 4), 2, record=wrong)
    with pytest.raises(InputError, match=r"'ragged' at step 1 .*with the same shape"):
        simulate(Law("tanh", 2, 3, 4), 2, record=ragged)


def test_names_in_the_table_are_those_of_the_quantities() -> None:
    assert all(name == one.name and one.meaning and one.label for name, one in QUANTITIES.items())
    assert quantities(("loss", "loss", QUANTITIES["error"])) == (QUANTITIES["loss"], QUANTITIES["error"])
