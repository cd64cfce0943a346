"""The front door of simulation: every path against the one formula of the step, and what their bits depend on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from threadpoolctl import threadpool_limits

from fa_theory.errors import InputError
from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.law import Law
from fa_theory.model.network import Network, alignment
from fa_theory.model.problem import Problem, sample
from fa_theory.model.rules import RULES, Rule
from fa_theory.model.schedules import Schedule
from fa_theory.simulation import arrays, as_layers, choice, infinite, linear_path, neurons, stepping
from fa_theory.simulation import path as paths
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.ensemble import stream
from fa_theory.simulation.quantities import QUANTITIES
from fa_theory.simulation.run import run
from fa_theory.simulation.trajectories import Trajectories

HELD = ("weight space", "sample space")
OF_INNER_PRODUCTS = ("error", "loss", "alignment", "movement_W", "movement_beta")

TOLD = [name for name, one in QUANTITIES.items() if one.of_error or one.of_neurons]
ENTRYWISE = [rule for rule in RULES.values() if rule.entrywise]


@pytest.fixture(autouse=True)
def _by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else is installed."""
    monkeypatch.setenv("FA_THEORY_BACKEND", "numpy")


def plain(problem: Problem, steps: int) -> Iterator[tuple[Network, dict[str, Any]]]:
    """The formula of the step, and every quantity by its definition."""
    start, rule = problem.network, problem.rule
    X, y = problem.X, problem.y
    for net, e in islice(run(start, X, y, eta=problem.eta, schedule=problem.schedule, rule=rule), steps + 1):
        dW, dbeta = net.W - start.W, (net.beta - start.beta).reshape(net.p, -1)
        seen = {
            "error": e,
            "loss": 0.5 * np.sum(e**2),
            "largest_error": np.abs(e).max(),
            "alignment": alignment(net.b.ravel(), net.beta.ravel()),
            "movement_W": np.linalg.norm(dW),
            "movement_beta": np.linalg.norm(dbeta),
            "farthest_W": np.linalg.norm(dW, axis=1).max(),
            "farthest_beta": np.linalg.norm(dbeta, axis=1).max(),
        }
        yield net, seen


def tame(problem: Problem, steps: int) -> list[tuple[Network, dict[str, Any]]]:
    """`plain`, for a run that does not blow up; another problem is drawn if it does."""
    with np.errstate(over="ignore", invalid="ignore"):
        expected = list(plain(problem, steps))
    losses = np.array([seen["loss"] for _, seen in expected])
    assume(bool(np.all(losses <= 1e4 * (1 + losses[0]))))
    return expected


def problem_of(name: str, shape: tuple[int, int, int], seed: int, **more: Any) -> Problem:
    n, d, p = shape
    eta = 0.2 / (1 + n + d)
    return sample(rng=np.random.default_rng(seed), data="gaussian", n=n, d=d, p=p, activation=name, eta=eta, **more)


def assert_close(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    assert np.allclose(found, expected, rtol=0, atol=tolerance * (1 + np.linalg.norm(expected)))


shapes = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 40))


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(ACTIVATIONS)),
    shape=shapes,
    k=st.none() | st.integers(1, 3),
    rule=st.sampled_from(ENTRYWISE),
    lam=st.floats(0, 2),
    cutoff=st.none() | st.integers(0, 20),
    every=st.integers(1, 7),
    block=st.sampled_from([4, 16, 64]),
    seed=st.integers(0, 2**32 - 1),
)
def test_paths_that_hold_neurons_agree_with_the_step(
    name: str,
    shape: tuple[int, int, int],
    k: int | None,
    rule: Rule,
    lam: float,
    cutoff: int | None,
    every: int,
    block: int,
    seed: int,
) -> None:
    problem = problem_of(name, shape, seed, k=k, rule=rule, lam=lam, cutoff=cutoff)
    expected = tame(problem, 20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neurons, "BLOCK", 0)
        patch.setattr(neurons, "NARROWEST", block)
        for path in HELD:
            found = simulate(problem, 20, record=TOLD, every=every, states=(0, 7, 20), path=path)
            assert (found.path, found.backend) == (path, "numpy")
            for i, t in enumerate(found.t):
                for quantity in TOLD:
                    assert_close(found[quantity][0, i], expected[t][1][quantity])
            for t, state in found.states.items():
                assert_close(state.W[0], expected[t][0].W)
                assert_close(state.beta[0], expected[t][0].beta)


@settings(max_examples=40, deadline=None)
@given(shape=shapes, lam=st.floats(0, 2), cutoff=st.integers(0, 20), seed=st.integers(0, 2**32 - 1))
def test_the_linear_law_agrees_with_the_step(shape: tuple[int, int, int], lam: float, cutoff: int, seed: int) -> None:
    problems = [problem_of("linear", shape, seed + i, lam=lam, cutoff=cutoff) for i in range(2)]
    found = simulate(problems, 20, record=OF_INNER_PRODUCTS, every=4)
    assert found.path == "linear law"
    for i, problem in enumerate(problems):
        expected = tame(problem, 20)
        for j, t in enumerate(found.t):
            for quantity in ("error", "loss"):
                assert_close(found[quantity][i, j], expected[t][1][quantity])
            # a difference of inner products: its square is exact to rounding
            assert_close(found["movement_beta"][i, j], expected[t][1]["movement_beta"], 1e-7)
            assert_close(found["movement_W"][i, j], expected[t][1]["movement_W"], 1e-7)
            size = np.linalg.norm(expected[t][0].beta) / np.sqrt(problem.p)
            assert_close(found["alignment"][i, j], expected[t][1]["alignment"], 1e-8 + 1e-14 / size**2)


def test_a_network_of_the_law_is_the_same_on_every_path() -> None:
    law = Law("tanh", 6, 5, 70, lam=0.3, cutoff=4)
    one, other = (simulate(law, 30, ensemble=3, seed=5, record=("error",), path=path) for path in HELD)
    assert_close(one["error"], other["error"])
    drawn = law.sample(stream(law, 5, 2))
    assert_close(one["error"][2, 0], drawn.network.error(drawn.X, drawn.y))


# bits


def same_bits(one: Trajectories, other: Trajectories, i: int) -> bool:
    """Whether network 0 of one is network i of the other in all that both have."""
    names = set(one.values) & set(other.values)
    return bool(names) and all(np.array_equal(one[name][0], other[name][i], equal_nan=True) for name in names)


@pytest.mark.parametrize("k", [None, 3])
@pytest.mark.parametrize("shape", [(8, 8, 128), (5, 3, 37), (50, 30, 800), (1, 1, 1)])
@pytest.mark.parametrize("path", HELD)
def test_bits_do_not_depend_on_the_ensemble(path: str, shape: tuple[int, int, int], k: int | None) -> None:
    n, d, p = shape
    law = Law("tanh", n, d, p, eta=0.05, k=k)
    record = ("error", "alignment", "movement_W", "farthest_beta")
    together = simulate(law, 20, ensemble=7, seed=3, record=record, path=path)
    problems = [law.sample(stream(law, 3, i)) for i in range(7)]
    for i in (0, 4, 6):
        assert same_bits(simulate(problems[i], 20, record=record, path=path), together, i)
    assert same_bits(simulate(law, 20, seed=3, record=record, path=path), together, 0)


def test_bits_do_not_depend_on_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in (("tanh", "sample space"), ("tanh", "weight space"), ("linear", "linear law")):
        law = Law(name, 6, 7, 40)
        record = ("error", "alignment", "movement_beta")
        whole = simulate(law, 20, ensemble=9, record=record, path=path, states=() if name == "linear" else (5,))
        with monkeypatch.context() as patch:
            patch.setattr(paths, "MANY", 2)
            parts = simulate(law, 20, ensemble=9, record=record, path=path, states=() if name == "linear" else (5,))
        for quantity in record:
            assert np.array_equal(whole[quantity], parts[quantity])
        assert np.array_equal(whole.stiffness, parts.stiffness)
        for t, state in whole.states.items():
            assert np.array_equal(state.W, parts.states[t].W)


@pytest.mark.parametrize("path", HELD)
def test_bits_do_not_depend_on_what_is_recorded(path: str) -> None:
    for rule in ENTRYWISE:
        law = Law("sigmoid", 6, 7, 40)
        little = simulate(law, 25, rule=rule, record=("loss",), every=25, path=path)
        much = simulate(law, 25, rule=rule, record=TOLD, states=(3, 25), path=path)
        assert little["loss"][0, -1] == much["loss"][0, -1]


@pytest.mark.parametrize("path", HELD)
def test_bits_do_not_depend_on_threads(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither on those of BLAS nor on ours."""
    law, found = Law("relu", 40, 60, 2000), []
    for threads, worth in ((1, 0), (2, 0), (2, 10**12)):
        monkeypatch.setattr(stepping, "WORTH_THREADS", worth)
        with threadpool_limits(threads):
            found.append(simulate(law, 10, record=("error", "movement_W"), path=path))
    for other in found[1:]:
        assert same_bits(found[0], other, 0)


def test_threads_see_no_warnings_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "WORTH_THREADS", 0)
    with threadpool_limits(2):
        found = simulate(Law("relu", 40, 60, 2000, eta=1e6), 100, every=100)
    assert not found.finished.any()


def test_a_first_layer_that_is_never_held_has_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    record = ("error", "movement_W", "farthest_W", "alignment")
    for k, rule, data in ((None, Rule.FA, "sphere"), (3, Rule.BP, "teacher")):
        law = Law("tanh", 30, 20, 1500, data=data, lam=0.2, k=k)
        held = simulate(law, 10, ensemble=2, record=record, rule=rule, path="sample space")
        with monkeypatch.context() as patch:
            patch.setattr(paths, "HELD", 0)
            unheld = simulate(law, 10, ensemble=2, record=record, rule=rule)
        for name in record:
            assert np.array_equal(held[name], unheld[name])


def test_a_first_layer_that_is_never_held_takes_no_memory() -> None:
    """W would be 480 MB."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of the memory of a process is read from /proc")
    statement = (
        "from pathlib import Path\n"
        "from fa_theory.model.law import Law\n"
        "from fa_theory.simulation.engine import simulate\n"
        "found = simulate(Law('tanh', 20, 300, 200_000), 1)\n"
        "status = Path('/proc/self/status').read_text()\n"  # getrusage counts the memory of the parent, too
        "print(found.path, status.split('VmHWM:')[1].split()[0])"
    )
    answer = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True)
    path, kilobytes = answer.stdout.rsplit(maxsplit=1)
    assert path == "sample space"
    assert int(kilobytes) < 300_000


# in law


@pytest.mark.parametrize("data", ["sphere", "teacher"])
def test_linear_networks_drawn_in_law_have_the_law_of_drawn_weights(data: str) -> None:
    """Kolmogorov–Smirnov at level 1e-4 for each of the functionals, 600 networks a side."""
    law = Law("linear", 4, 5, 12, data=data, eta=0.01, lam=2.0, cutoff=20)
    record = OF_INNER_PRODUCTS
    drawn = simulate(law, 30, ensemble=600, seed=1, record=record, every=15)
    direct = simulate(law, 30, ensemble=600, seed=2, record=record, every=15, path="sample space")
    assert drawn.path == "linear law"
    for i, name in (
        (1, "alignment"),
        (2, "alignment"),
        (0, "loss"),
        (2, "loss"),
        (2, "movement_W"),
        (2, "movement_beta"),
    ):
        assert stats.ks_2samp(drawn[name][:, i], direct[name][:, i]).pvalue > 1e-4, (name, i)
    for i in (0, 2):
        assert stats.ks_2samp(drawn["error"][:, i, 1], direct["error"][:, i, 1]).pvalue > 1e-4


def test_any_width() -> None:
    found = simulate(Law("linear", 3, 5, 10**12, data="isometric"), 60, ensemble=4, record=OF_INNER_PRODUCTS, every=20)
    assert found.finished.all()
    assert (found["loss"][:, -1] < 1e-3 * found["loss"][:, 0]).all()
    assert (abs(found["alignment"]) < 1e-4).all()


def test_infinite_width_is_that_of_the_data() -> None:
    law = Law("tanh", 4, 6, 30, eta=0.4, lam=0.2, cutoff=8)
    found = simulate(law, 20, ensemble=3, seed=7, record=OF_INNER_PRODUCTS, every=10, path="infinite width")
    assert (found.path, found.backend, found["error"].shape) == ("infinite width", "numpy", (3, 3, 4))
    assert found.notes == ()
    problems = [law.sample(stream(law, 7, i)) for i in range(3)]
    again = simulate(problems, 20, seed=7, record=OF_INNER_PRODUCTS, every=10, path="infinite width")
    X, y = np.stack([problem.X for problem in problems]), np.stack([problem.y for problem in problems])
    schedule = Schedule.with_cutoff(0.2, 8)
    direct = infinite.follow(
        X, y, activation("tanh"), eta=0.4, schedule=schedule, grid=(0, 10, 20), record=OF_INNER_PRODUCTS, seed=7
    )
    for name in OF_INNER_PRODUCTS:
        assert np.array_equal(found[name], again[name])
        assert np.array_equal(found[name], direct[name])


def test_wide_networks_come_near_their_limit() -> None:
    law = Law("tanh", 3, 6, 10**5, eta=0.5)
    problem = law.sample(stream(law, 1, 0))
    wide = simulate(problem, 20, record=("error",))
    e = infinite.follow(
        problem.X,
        problem.y,
        activation("tanh"),
        eta=0.5,
        schedule=Schedule.none(),
        grid=wide.t.tolist(),
        record=("error",),
        start=problem.network.output(problem.X),
    )["error"]
    assert abs(wide["error"] - e).max() < 0.02


# divergence


@pytest.mark.parametrize("path", [*HELD, "linear law"])
def test_a_network_that_diverges_is_reported_and_leaves_the_others_alone(path: str) -> None:
    good = [problem_of("linear", (4, 5, 20), seed) for seed in range(3)]
    wild = Problem(good[1].X, good[1].y, good[1].network, 1e6, good[1].schedule)
    found = simulate([good[0], wild, good[2]], 400, every=10, path=path)
    assert found.diverged[[0, 2]].tolist() == [-1, -1]
    at = found.diverged[1]
    assert at in found.t
    lost = found.t >= at
    for name in ("loss", "alignment"):
        assert np.isnan(found[name][1, lost]).all()
    assert np.isfinite(found["loss"][1, ~lost]).all()
    assert len(found.notes) == 2
    assert found.notes[0].startswith("1 of 3 networks start with η(λ_max(G) + λ) above 2")
    assert found.notes[1] == f"1 of 3 networks diverged, the first by step {at}"
    for i in (0, 2):
        assert same_bits(simulate(good[i], 400, every=10, path=path), found, i)


def test_no_notes_for_steps_that_are_small_enough() -> None:
    for name in ("tanh", "linear"):
        found = simulate(Law(name, 4, 5, 60), 5, ensemble=3)
        assert found.notes == ()
        assert found.stiffness is not None
        assert found.stiffness.shape == (3,)


@pytest.mark.parametrize("shape", [(1, 1, 1), (4, 6, 30), (30, 5, 8)])
def test_stiffness_is_nearly_the_top_eigenvalue_and_never_above_it(shape: tuple[int, int, int]) -> None:
    problem = problem_of("sigmoid", shape, 1, lam=0.7)
    (found,) = simulate(problem, 0).stiffness or ()
    exact = problem.eta * (np.linalg.eigvalsh(problem.network.gram(problem.X))[-1] + 0.7)
    assert 0.99 * exact <= found <= exact * (1 + 1e-12)


def test_degenerate_networks() -> None:
    X = np.zeros((2, 3))
    zero = Network(np.zeros((4, 3)), np.zeros(4), np.zeros(4), activation("tanh"))
    for path in HELD:
        found = simulate(Problem(X, np.ones(2), zero, 0.1), 3, record=TOLD, path=path)
        assert found["loss"].tolist() == [[1.0] * 4]
        assert np.isnan(found["alignment"]).all()
        assert found.stiffness == 0


def test_whole_numbers_are_taken_as_floats() -> None:
    net = Network(np.eye(2, dtype=int), np.array([1, 2]), np.array([1, -1]), activation("relu"))
    problem = Problem(np.array([[1, 0]]), np.array([1]), net, 0.1)
    for path in HELD:
        assert (
            simulate(problem, 1, record=("loss",), path=path)["loss"].tolist()[0][0] == 0.5 * (1 / np.sqrt(2) - 1) ** 2
        )


# choice


@pytest.mark.parametrize(
    ("law", "more", "path"),
    [
        (Law("tanh", 5, 3, 10), {}, "sample space"),
        (Law("tanh", 6, 3, 10), {}, "weight space"),
        (Law("linear", 6, 3, 10), {}, "linear law"),
        (Law("linear", 6, 3, 10), {"rule": Rule.DFA}, "linear law"),
        (Law("linear", 6, 3, 10), {"rule": Rule.BP}, "weight space"),
        (Law("linear", 5, 3, 10, k=1), {}, "sample space"),
        (Law("linear", 5, 3, 10), {"states": (1,)}, "sample space"),
        (Law("linear", 5, 3, 10), {"record": ("loss", "farthest_W")}, "sample space"),
        (Law("tanh", 5, None, 10, data="digits"), {}, "sample space"),
    ],
)
def test_the_cheapest_path_that_can_is_chosen(law: Law, more: dict[str, Any], path: str) -> None:
    found = simulate(law, 2, **more)
    assert (found.path, found.backend) == (path, "numpy")


def test_jax_is_taken_where_it_is_installed_and_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jax")
    monkeypatch.delenv("FA_THEORY_BACKEND")
    law = Law("tanh", 9, 4, 20)
    assert simulate(law, 5).backend == "numpy"
    monkeypatch.setattr(choice, "WORTH_COMPILING", 0.0)
    found = simulate(law, 5)
    assert (found.path, found.backend) == ("weight space", "jax")
    assert simulate(law, 5, backend="numpy").backend == "numpy"
    assert np.allclose(found.stiffness, simulate(law, 5, backend="numpy").stiffness, rtol=1e-12)
    monkeypatch.setenv("FA_THEORY_BACKEND", "numpy")
    assert simulate(law, 5).backend == "numpy"
    with pytest.raises(InputError, match="the path infinite width does not run on jax"):
        simulate(law, 5, path="infinite width", backend="jax")


@pytest.mark.parametrize(("lam", "cutoff"), [(0.0, None), (0.3, None), (0.3, 7), (0.3, 100)])
def test_the_linear_law_is_the_same_in_jax(lam: float, cutoff: int | None) -> None:
    pytest.importorskip("jax")
    law = Law("linear", 5, 7, 30, eta=0.1, lam=lam, cutoff=cutoff)
    more: dict[str, Any] = {"ensemble": 3, "record": ("loss", "error", "alignment", "movement_W")}
    for steps, every in ((300, 1), (40, 9)):
        ours, theirs = (simulate(law, steps, every=every, backend=name, **more) for name in ("numpy", "jax"))
        assert (theirs.path, theirs.backend) == ("linear law", "jax")
        for name in more["record"]:
            assert np.allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("k", [None, 2])
def test_sample_space_in_jax_gives_the_weights_back(k: int | None) -> None:
    pytest.importorskip("jax")
    law = Law("tanh", 4, 9, 20, k=k, eta=0.1, lam=0.2, cutoff=20)
    ours, theirs = (simulate(law, 30, ensemble=2, states=(0, 7, 30), backend=name) for name in ("numpy", "jax"))
    assert (theirs.path, theirs.backend) == ("sample space", "jax")
    for t in (0, 7, 30):
        for one, other in ((ours.network(t, i), theirs.network(t, i)) for i in range(2)):
            for A, B in ((one.W, other.W), (one.beta, other.beta), (one.b, other.b)):
                assert A.shape == B.shape
                assert np.allclose(A, B, rtol=1e-12, atol=1e-13)
    with pytest.raises(InputError, match="in JAX the sample space does not tell movement"):
        simulate(law, 1, path="sample space", backend="jax", record="movement")


def test_many_steps_of_the_linear_law_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jax")
    monkeypatch.delenv("FA_THEORY_BACKEND")
    monkeypatch.setattr(choice, "WORTH_COMPILING", 0.0)
    law = Law("linear", 5, 7, 30)
    assert simulate(law, 5).backend == "numpy"
    monkeypatch.setattr(linear_path, "WORTH_COMPILING", 4)
    assert simulate(law, 5).backend == "jax"


def test_without_jax_numpy_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FA_THEORY_BACKEND")
    for module in (as_layers, arrays):
        monkeypatch.setattr(module, "missing", lambda: "backend='jax' needs JAX, which is not installed")
    monkeypatch.setattr(choice, "WORTH_COMPILING", 0.0)
    assert simulate(Law("tanh", 2, 3, 4), 1).backend == "numpy"
    with pytest.raises(InputError, match="backend='jax' needs JAX, which is not installed"):
        simulate(Law("tanh", 2, 3, 4), 1, backend="jax")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"steps": -1}, "steps ≥ 0 but got -1"),
        ({"steps": 2.5}, "whole number steps ≥ 0 but got 2.5"),
        ({"seed": -1}, "seed ≥ 0 but got -1"),
        ({"every": 0}, "every ≥ 1 but got 0"),
        ({"ensemble": 0}, "ensemble ≥ 1 but got 0"),
        ({"record": "los"}, "unknown record 'los'; choose one of error, loss"),
        ({"record": ("los",)}, "unknown record 'los'; choose one of error, loss"),
        ({"states": (9,)}, "states contains step 9, but the run ends with step 3"),
        ({"states": (-1,)}, "states ≥ 0 but got -1"),
        ({"path": "magic"}, "unknown path 'magic'; choose one of auto, weight space"),
        ({"backend": "fortran"}, "unknown backend 'fortran'"),
        ({"path": "linear law"}, "the linear law is for linear networks"),
        (
            {"problem": Law("linear", 2, 3, 4), "path": "linear law", "states": (1,)},
            "which do not determine states; choose",
        ),
        (
            {"problem": Law("linear", 2, 3, 4), "path": "linear law", "record": ("farthest_W",)},
            "do not determine farthest_W",
        ),
        ({"path": "infinite width", "rule": Rule.BP}, "does not cover the rule bp"),
        ({"path": "infinite width", "states": (1,)}, "does not cover states"),
        ({"problem": Law("tanh", 2, None, 4)}, "need n and d"),
        ({"rule": "nonsense"}, "unknown rule 'nonsense'; choose one of fa, dfa, bp, sign"),
        ({"schedule": 0.1}, "expected a Schedule but got 0.1"),
        ({"problem": [3]}, "expected a Problem, several in a list, or a Law but got 3"),
        ({"problem": Law("linear", 2, 3, 4).sample(0), "ensemble": 3}, "ensemble = 3 is for a Law"),
        ({"problem": []}, "at least one problem"),
    ],
)
def test_what_is_refused(more: dict[str, Any], message: str) -> None:
    arguments = {"problem": Law("tanh", 2, 3, 4), "steps": 3, **more}
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        simulate(arguments.pop("problem"), arguments.pop("steps"), **arguments)


def test_an_unknown_backend_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FA_THEORY_BACKEND", "fortran")
    with pytest.raises(InputError, match="unknown FA_THEORY_BACKEND 'fortran'"):
        simulate(Law("tanh", 2, 3, 4), 1)


def test_problems_of_different_kinds_are_refused() -> None:
    one, other = problem_of("tanh", (2, 3, 4), 0), problem_of("relu", (2, 3, 4), 0)
    with pytest.raises(InputError, match="problem 1 has activation = 'relu' and problem 0 has 'tanh'"):
        simulate([one, other], 1)


def test_rule_and_schedule_replace_those_of_the_problem() -> None:
    law = Law("tanh", 4, 5, 30)
    ours = simulate(law, 9, seed=4, rule=Rule.BP, schedule=Schedule.constant(0.4), record=("error",))
    problem = law.sample(stream(law, 4, 0))
    theirs = Problem(problem.X, problem.y, problem.network, problem.eta, Schedule.constant(0.4), Rule.BP)
    assert same_bits(simulate(theirs, 9, record=("error",)), ours, 0)


# activations


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_fast_activations_are_those_of_the_model(name: str) -> None:
    psi, fast = activation(name), activation(name).pointwise()
    edge = np.array([0.0, -0.0, 5e-324, -5e-324, 1e-300, 1e8, -1e8, 1e300, -1e300])
    z = np.concatenate([np.linspace(-12, 12, 40001), np.linspace(-900, 900, 4001), edge])
    value, slope = np.full_like(z, 7.0), np.full_like(z, 7.0)
    with np.errstate(over="ignore"):
        fast.value(z, value)
        fast.slope(z, value, slope)
        expected = psi.value(z)
        assert (abs(value - expected) <= 4e-16 * np.maximum(1, abs(expected))).all()
        assert (abs(slope - psi.slope(z)) <= 4e-16).all()


def test_fast_activations_keep_what_is_no_number() -> None:
    z = np.array([np.nan])
    for fast in (psi.pointwise() for psi in ACTIVATIONS.values()):
        value = np.zeros(1)
        fast.value(z, value)
        assert np.isnan(value).all()


@pytest.mark.parametrize("path", ["auto", *HELD])
def test_a_network_larger_than_the_memory_is_refused(path: str) -> None:
    with pytest.raises(InputError, match=r"needs .* GiB, but this machine has"):
        simulate(Law("tanh", 4, 8, 10**15), 1, path=path)
