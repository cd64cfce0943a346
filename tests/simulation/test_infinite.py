"""Infinite width: the closed form against the recursion, and both as the limit of networks of finite width."""

import numpy as np
import pytest

from fa_theory.errors import InputError
from fa_theory.gram.decay import infinite_decay
from fa_theory.gram.limit import limit_gram
from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.problem import Problem, gaussian_network
from fa_theory.model.schedules import Schedule
from fa_theory.seeds import generator
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.infinite import follow
from fa_theory.simulation.linear_law import Start
from fa_theory.simulation.quantities import QUANTITIES

SCHEDULES = (Schedule.none(), Schedule.constant(0.3), Schedule.with_cutoff(0.3, 7))


def data(n=4, d=3, seed=0, k=()):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1)[:, None], rng.standard_normal((n, *k))


def recursion(X, y, psi, f, steps, *, eta, schedule):
    """The plain recursion, step by step: e and s."""
    G, e, s = limit_gram(X, psi), f - y, 0 * y
    found = []
    for t in range(steps + 1):
        found.append((e, s))
        lam = schedule(t)
        e, s = (1 - eta * lam) * e - eta * G @ e - eta * lam * y, s + eta * e
    return tuple(map(np.array, zip(*found, strict=True)))


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["none", "constant", "cutoff"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_closed_form_is_the_recursion(name, schedule):
    X, y = data()
    X[3], X[2] = X[0], 0  # equal rows and a zero row: Ḡ is singular
    for eta in (0.05, 1.9):  # 1 − ηg of either sign
        f = np.ones(4)
        e, s = recursion(X, y, activation(name), f, 20, eta=eta, schedule=schedule)
        record = ("error", "loss", "movement_W", "movement_beta")
        found = follow(X, y, activation(name), eta=eta, schedule=schedule, grid=range(21), record=record, start=f)
        assert np.allclose(found["error"][0], e, rtol=1e-12, atol=1e-13 * np.abs(e).max())
        assert np.allclose(found["loss"][0], np.sum(e**2, axis=1) / 2, rtol=1e-12)
        G = limit_gram(X, activation(name))
        squares = np.sum((s @ G) * s, axis=1)
        if schedule.lam:
            assert np.isinf(found["movement_beta"][0, 1:]).all()
            assert found["movement_beta"][0, 0] == 0
        else:
            assert np.allclose(found["movement_beta"][0], np.sqrt(squares), rtol=1e-7, atol=1e-7)


def networks(name, p, count, X, y, steps, schedule, record, k=None):
    """Finite networks, and networks of infinite width that start from the same outputs."""
    psi, eta = activation(name), 0.4
    nets = [gaussian_network(generator(3, name, p, i), p, X.shape[1], psi, k) for i in range(count)]
    finite = simulate([Problem(X, y, net, eta, schedule) for net in nets], steps, record=record)
    shape = (count, *X.shape), (count, *y.shape)
    wide, targets = np.broadcast_to(X, shape[0]), np.broadcast_to(y, shape[1])
    start = np.stack([net.output(X) for net in nets])
    limit = follow(wide, targets, psi, eta=eta, schedule=schedule, grid=range(steps + 1), record=record, start=start)
    return finite, limit


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["none", "constant", "cutoff"])
@pytest.mark.parametrize("name", ["linear", "relu", "erf", "tanh", "sigmoid"])
def test_wide_networks_come_near_the_limit_like_one_over_the_root_of_p(name, schedule):
    X, y = data()
    record = ("error", "movement_W", "movement_beta", "alignment", "farthest_W", "farthest_beta")
    far = {}
    few, many = 500, 50_000
    for p, count in ((few, 20), (many, 1)):
        finite, limit = networks(name, p, count, X, y, 20, schedule, record)
        for quantity in record:
            if schedule.lam and "beta" in quantity:
                assert np.isinf(limit[quantity][:, 1:]).all()
                continue
            away = np.abs(finite[quantity] - limit[quantity])
            far[quantity, p] = np.sqrt(np.mean(away**2))
            # a number of order 1, or √log p for the farthest of p neurons, over √p
            assert away.max() * np.sqrt(p) < (100 if "farthest" in quantity else 50)
        if schedule.lam:
            shrunk = 1 - np.cumprod([1 - 0.4 * schedule(t) for t in range(20)])
            growing = finite["movement_beta"][:, 1:] / np.sqrt(p)
            assert np.abs(growing - shrunk).max() < 5 / np.sqrt(p)
    for quantity in {quantity for quantity, _ in far}:
        assert 4 < far[quantity, few] / far[quantity, many] < 100  # √100, and noise


def test_several_outputs_follow_the_limit_each_by_itself():
    X, y = data(k=(2,))
    record = ("error", "movement_W", "movement_beta")
    finite, limit = networks("tanh", 100_000, 1, X, y, 15, Schedule.none(), record, k=2)
    for quantity in record:
        assert np.abs(finite[quantity] - limit[quantity]).max() < 12 / np.sqrt(100_000)
    one = follow(
        X,
        y[:, 0],
        activation("tanh"),
        eta=0.4,
        schedule=Schedule.none(),
        grid=(5,),
        record=("error",),
        start=0 * y[:, 0],
    )
    both = follow(
        X, y, activation("tanh"), eta=0.4, schedule=Schedule.none(), grid=(5,), record=("error",), start=0 * y
    )
    assert np.allclose(both["error"][..., 0], one["error"], rtol=1e-13)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["none", "constant", "cutoff"])
def test_the_exact_law_of_linear_networks_tends_to_the_limit(schedule):
    X, y = data()
    start = Start.sample(X, 10**12, np.random.default_rng(1))
    limit = follow(
        X,
        y,
        activation("linear"),
        eta=0.4,
        schedule=schedule,
        grid=range(60),
        record=("error", "alignment"),
        start=start.f,
    )
    for (state, e), mine in zip(start.run(y, eta=0.4, schedule=schedule), limit["error"][0], strict=False):
        assert np.abs(e - mine).max() < 1e-4  # 100/√p
        assert abs(state.alignment) < 1e-4
    assert (limit["alignment"] == 0).all()


def test_the_far_future_is_the_fixed_point():
    X, y = data()
    psi, rule = activation("tanh"), {"eta": 0.4, "record": ("error",), "start": 0 * y}
    G = limit_gram(X, psi)
    at = follow(X, y, psi, schedule=Schedule.constant(0.3), grid=(10**9, 10**18), **rule)["error"][0]
    assert np.allclose(at, -np.linalg.solve(G / 0.3 + np.eye(4), y), rtol=1e-12)
    # and far, but not at the end, in steps of 10: a tiny step size
    rule["eta"] = 1e-9
    grid = (0, 10**8, 10**9 + 1)
    at = follow(X, y, psi, schedule=Schedule.with_cutoff(0.3, 10**8), grid=grid, **rule)["error"][0]
    g, Q = np.linalg.eigh(G)
    rest = -0.3 / (0.3 + g) * (Q.T @ y)
    then = rest + np.exp(-0.1 * (0.3 + g)) * (-(Q.T @ y) - rest)
    assert np.allclose(at, [-y, Q @ then, Q @ (np.exp(-0.9 * g) * then)], rtol=1e-7)


def test_outputs_at_the_start_are_drawn_with_the_kernel_as_covariance():
    psi, rule = activation("tanh"), {"eta": 0.1, "schedule": Schedule.none(), "grid": (0,), "record": ("error",)}
    X, y = data(k=(4000,))  # the outputs of one network are independent in the limit
    f = follow(X, y, psi, seed=5, **rule)["error"][0, 0] + y
    G = limit_gram(X, psi)
    assert np.abs(f @ f.T / 4000 - G).max() < 5 * np.abs(G).max() * np.sqrt(2 / 4000)
    X, y = data()
    many, few = (follow(np.stack([X] * m), np.stack([y] * m), psi, seed=5, **rule)["error"] for m in (3, 2))
    assert np.array_equal(few, many[:2])
    assert np.abs(few[0] - few[1]).max() > 0.1


@pytest.mark.parametrize("eta", [0.01, 0.4, 1.3, 40.0])
@pytest.mark.parametrize("name", ["linear", "relu", "erf", "tanh", "sigmoid"])
def test_the_verified_bounds_hold_the_error_at_every_step(name, eta):
    X, y = data(n=3)
    psi, grid = activation(name), [0, 1, 2, 10, 50]
    bound = infinite_decay(X, -y, psi, eta=eta)
    G = limit_gram(X, psi)
    g = np.linalg.eigvalsh(G)
    assert float(bound.slow) == pytest.approx(np.abs(1 - eta * g).max(), rel=2e-4)
    inside = 1 - eta * g[-1] < 0 < 1 - eta * g[0]
    assert float(bound.fast) == pytest.approx(0 if inside else np.abs(1 - eta * g).min(), abs=2e-4 * eta * g[-1])
    assert bound.decays == (np.abs(1 - eta * g).max() < 1)
    found = follow(X, y, psi, eta=eta, schedule=Schedule.none(), grid=grid, record=("error",), start=0 * y)
    for t, e in zip(grid, found["error"][0], strict=True):
        size = float(np.linalg.norm(e))
        assert bound(t).lower() <= size * (1 + 1e-10) + 1e-300
        assert bound(t).upper() >= size * (1 - 1e-10)


def test_verified_bounds_are_tight_where_all_directions_decay_alike():
    bound = infinite_decay(np.eye(3), np.ones(3), activation("tanh"), eta=0.5)
    assert bound.slow - bound.fast < 1e-3
    assert bound(5).rad() < 1e-3
    with pytest.raises(InputError, match=r"shape \(3,\) but got shape \(2,\)"):
        infinite_decay(np.eye(3), np.ones(2), activation("tanh"), eta=0.5)
    with pytest.raises(InputError, match="eta > 0 but got 0"):
        infinite_decay(np.eye(3), np.ones(3), activation("tanh"), eta=0)
    with pytest.raises(InputError, match="not finite"):
        infinite_decay(np.eye(2), np.array([1, np.inf]), activation("tanh"), eta=0.5)
    with pytest.raises(InputError, match="t ≥ 0 but got -1"):
        bound(-1)
    equal = infinite_decay(np.ones((2, 3)), np.ones(2), activation("tanh"), eta=0.1)
    assert not equal.decays  # Ḡ is singular, and e may lie in its kernel for all that is known
    assert equal.slow >= 1


def test_divergence_is_reported():
    X, y = np.eye(2), np.array([1.0, -1.0])
    found = follow(
        np.stack([X, X]),
        np.stack([y, y]),
        activation("linear"),
        eta=np.array([0.5, 3.0]),
        schedule=Schedule.none(),
        grid=(0, 10, 5000),
        record=[name for name, one in QUANTITIES.items() if one.of_limit or one.of_error],
        start=np.zeros((2, 2)),
    )
    assert found.diverged.tolist() == [-1, 5000]
    for name in found.values:
        assert np.isnan(found[name][1, 2]).all()
        assert np.isfinite(found[name][0]).all()
    # e = 0 stays 0, whatever the step size
    rest = follow(
        X, 0 * y, activation("linear"), eta=3.0, schedule=Schedule.none(), grid=(5000,), record=("loss",), start=0 * y
    )
    assert rest["loss"] == 0
    assert rest.path == "infinite width"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y": np.ones(3)}, r"got shapes \(1, 2, 2\) and \(1, 3\)"),
        ({"y": np.array([1, np.nan])}, "not finite"),
        ({"X": np.array([[1, np.nan], [0, 1]])}, r"X\[0, 1\] is nan"),
        ({"eta": 0.0}, "eta > 0 but got 0.0"),
        ({"start": np.ones(3)}, r"outputs start of shape \(1, 2\)"),
        ({"record": ("height",)}, "unknown record 'height'"),
    ],
)
def test_unusable_requests_are_refused(change, words):
    call = {"X": np.eye(2), "y": np.ones(2), "psi": activation("tanh"), "eta": 0.1, "schedule": Schedule.none()}
    with pytest.raises(InputError, match=words):
        follow(**(call | {"grid": (0,), "record": ("loss",)} | change))
