"""The exact law of linear networks: against runs of the weights, and in law against drawn weights."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.network import Network, alignment
from fa_theory.model.problem import gaussian_network
from fa_theory.model.schedules import Schedule
from fa_theory.simulation.linear_law import Start, continued, flow, stack
from fa_theory.simulation.run import run

LINEAR = activation("linear")


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(*[st.integers(1, 6)] * 3),
    lam=st.floats(0, 2),
    cutoff=st.integers(0, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_agrees_with_the_run_of_the_weights(sizes: tuple[int, int, int], lam: float, cutoff: int, seed: int) -> None:
    n, d, p = sizes
    rng = np.random.default_rng(seed)
    network, X, y = gaussian_network(rng, p, d, LINEAR), rng.standard_normal((n, d)), rng.standard_normal(n)
    eta, schedule = 0.02 / (1 + np.linalg.norm(X) ** 2), Schedule.with_cutoff(lam, cutoff)
    weights = run(network, X, y, eta=eta, schedule=schedule)
    law = Start.of(network, X).run(y, eta=eta, schedule=schedule)
    for (net, e), (state, error) in islice(zip(weights, law, strict=False), 40):
        assert np.allclose(error, e, rtol=0, atol=1e-12 * (1 + np.linalg.norm(e)))
        assert float(state.size) == pytest.approx(net.beta @ net.beta / p, rel=1e-10, abs=1e-14)
        assert float(state.rho) == pytest.approx(net.b @ net.beta / np.sqrt(p), rel=1e-10, abs=1e-12)
        # ‖β‖² is a sum of terms that cancel where β is nearly 0; its rounding is what remains of the cosine's
        tolerance = 1e-8 + 1e-14 / float(state.size)
        assert float(state.alignment) == pytest.approx(float(alignment(net.b, net.beta)), abs=tolerance)


@pytest.mark.parametrize("p", [1, 2, 3, 30])
@pytest.mark.parametrize("shape", [(2, 4), (4, 2)])
def test_what_is_drawn_has_the_law_of_drawn_weights(p: int, shape: tuple[int, int]) -> None:
    """Also below the width m = rank + 2, where the Gram matrix is singular."""
    rng = np.random.default_rng(p)
    X, count = rng.standard_normal(shape), 2000

    def features(start: Start) -> list[float]:
        return [start.G[0, 1], start.f[0], start.q[1], start.q[0] * start.f[0], float(start.B), float(start.r)]

    drawn = np.array([features(Start.sample(X, p, rng)) for _ in range(count)])
    direct = np.array([features(Start.of(gaussian_network(rng, p, shape[1], LINEAR), X)) for _ in range(count)])
    assert min(stats.ks_2samp(a, b).pvalue for a, b in zip(drawn.T, direct.T, strict=True)) > 1e-4


def test_a_batch_is_its_members() -> None:
    rng = np.random.default_rng(1)
    y = np.ones(3)
    starts = [Start.sample(rng.standard_normal((3, 5)), 10, rng) for _ in range(4)]
    together, _ = next(islice(stack(starts).run(y, eta=0.05, schedule=Schedule.constant(0.3)), 30, None))
    for i, start in enumerate(starts):
        alone, _ = next(islice(start.run(y, eta=0.05, schedule=Schedule.constant(0.3)), 30, None))
        assert float(alone.alignment) == pytest.approx(float(together.alignment[i]), abs=1e-13)


def test_a_network_with_step_0_stands_still() -> None:
    rng = np.random.default_rng(2)
    y = np.ones(2)
    batch = stack([Start.sample(np.eye(2), 10, rng) for _ in range(2)]).state()
    after = batch.step(batch.error(y), eta=np.array([0.1, 0.0]), lam=0.5)
    assert after.alpha[1] == 1
    assert not after.s[1].any()
    assert after.s[0].any()


def test_the_flow_is_the_limit_of_small_steps() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((3, 5)) / 2, rng.standard_normal(3)
    start = Start.sample(X, 20, rng)
    limit = float(continued(flow(start, y, time=2.0, lam=0.5), y, time=2.0).alignment)

    def stepped(eta: float) -> float:
        schedule = Schedule.with_cutoff(0.5, round(2 / eta))
        return float(next(islice(start.run(y, eta=eta, schedule=schedule), round(4 / eta), None))[0].alignment)

    coarse, fine = (abs(stepped(eta) - limit) for eta in (0.02, 0.01))
    assert fine < 0.01
    assert fine == pytest.approx(coarse / 2, rel=0.1)


def test_reversing_the_feedback_twice_changes_nothing() -> None:
    start = Start.sample(np.eye(3), 10**12, np.random.default_rng(4))
    assert np.array_equal(start.reversed().reversed().q, start.q)
    assert start.reversed().r == -start.r


def test_no_feedback_has_no_alignment() -> None:
    network = Network(np.ones((2, 1)), np.ones(2), np.zeros(2), LINEAR)
    assert np.isnan(Start.of(network, np.eye(1)).state().alignment)


def test_what_is_refused() -> None:
    rng = np.random.default_rng(5)
    with pytest.raises(InputError, match="linear networks, but the activation is tanh"):
        Start.of(gaussian_network(rng, 2, 2, activation("tanh")), np.eye(2))
    with pytest.raises(InputError, match="width p ≥ 1 but got 0"):
        Start.sample(np.eye(2), 0, rng)
    with pytest.raises(InputError, match="X of shape"):
        Start.sample(np.ones(2), 3, rng)
    one, two = Start.sample(np.eye(2), 3, rng), Start.sample(np.eye(2), 4, rng)
    with pytest.raises(InputError, match=r"widths \[3, 4\]"):
        stack([one, two])
    with pytest.raises(InputError, match="expected eta ≥ 0"):
        one.state().step(np.ones(2), eta=-1.0)
    with pytest.raises(InputError, match="time ≥ 0"):
        flow(one, np.ones(2), time=-1.0)
