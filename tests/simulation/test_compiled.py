"""The compiled path says what the plain formula of the step says, with the same bits however it is run."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.law import Law
from fa_theory.model.rules import RULES, Rule
from fa_theory.simulation import compiled, weight_space
from fa_theory.simulation.announcement import announced
from fa_theory.simulation.ensemble import Ensemble
from fa_theory.simulation.quantities import QUANTITIES, Quantity
from fa_theory.simulation.trajectories import Trajectories

pytest.importorskip("numba")
from fa_theory.simulation import kernel

EVERYTHING = list(QUANTITIES)


def same_bits(a: Trajectories, b: Trajectories, i: int = 0, j: int = 0) -> bool:
    """Whether network i of one ensemble and network j of another are equal to the last bit."""
    values = all(a[name][i].tobytes() == b[name][j].tobytes() for name in a.values)
    states = all(a.states[t].W[i].tobytes() == b.states[t].W[j].tobytes() for t in a.states)
    return values and states


@settings(deadline=None, max_examples=60)
@given(
    psi=st.sampled_from([name for name, psi in ACTIVATIONS.items() if psi.loop is not None]),
    rule=st.sampled_from([rule for rule in RULES.values() if rule.entrywise and rule.learnt is None]),
    n=st.integers(1, 9),
    d=st.integers(1, 9),
    p=st.integers(1, 150),
    k=st.none() | st.integers(1, 3),
    lam=st.sampled_from([0.0, 0.3]),
    cutoff=st.none() | st.integers(0, 12),
    size=st.integers(1, 3),
    seed=st.integers(0, 2**32),
)
def test_agrees_with_the_plain_formula(
    psi: str, rule: Rule, n: int, d: int, p: int, k: int | None, lam: float, cutoff: int | None, size: int, seed: int
) -> None:
    law = Law(psi, n, d, p, eta=0.05, lam=lam, cutoff=cutoff, k=k)
    runs = replace(Ensemble.draw(law, size, seed=seed), rule=rule)
    assert compiled.supports(runs, EVERYTHING, [])
    ours, plain = (path.follow(runs, [0, 1, 7, 20], EVERYTHING, [0, 3, 22]) for path in (compiled, weight_space))
    assert ours.path == ("sample space" if n < 2 * d else "weight space")
    assert ours.t.tolist() == plain.t.tolist()
    assert ours.diverged.tolist() == plain.diverged.tolist()
    for name in EVERYTHING:
        np.testing.assert_allclose(ours[name], plain[name], rtol=1e-12, atol=1e-12, err_msg=name)
    for t in (0, 3, 22):
        np.testing.assert_allclose(ours.states[t].W, plain.states[t].W, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(ours.states[t].beta, plain.states[t].beta, rtol=1e-12, atol=1e-12)


def test_equal_samples_do_not_spoil_the_movement() -> None:
    runs = Ensemble.draw(Law("tanh", 2, 5, 30), 1, seed=3)
    runs = replace(runs, X=np.repeat(runs.X[:, :1], 2, axis=1), y=np.array([[1.0, -1.0]]))
    ours, plain = (path.follow(runs, [0, 40], EVERYTHING, []) for path in (compiled, weight_space))
    np.testing.assert_allclose(ours["movement_W"], plain["movement_W"], atol=1e-13)


def test_bits_do_not_depend_on_the_rest_of_the_ensemble_nor_on_the_way_through_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compiled, "_threads", lambda: 2)
    law, grid = Law("tanh", 6, 4, 700), [0, 5, 30]
    many = compiled.follow(Ensemble.draw(law, 4, seed=2), grid, EVERYTHING, [30])
    few = compiled.follow(Ensemble.draw(law, 2, seed=2), grid, EVERYTHING, [30])
    assert all(same_bits(many, few, i, i) for i in range(2))
    one = Ensemble.draw(law, 1, seed=2)
    in_turn = compiled.follow(one, grid, EVERYTHING, [30])
    monkeypatch.setattr(compiled, "WIDE", 0)
    shared_out = compiled.follow(one, grid, EVERYTHING, [30])
    assert same_bits(many, in_turn)
    assert same_bits(in_turn, shared_out)
    in_pieces = compiled.follow(one, grid, EVERYTHING, [3, 4, 17, 30])
    assert same_bits(in_turn, replace(in_pieces, states=in_turn.states))


RUN = """
import hashlib
from fa_theory.model.law import Law
from fa_theory.simulation import compiled
from fa_theory.simulation.ensemble import Ensemble
from fa_theory.simulation.quantities import QUANTITIES
compiled.WIDE = 1000
for law, size in ((Law("tanh", 7, 5, 200), 3), (Law("erf", 12, 3, 900), 1)):
    found = compiled.follow(Ensemble.draw(law, size, seed=1), [0, 10, 20], list(QUANTITIES), [20])
    data = b"".join(A.tobytes() for A in (*found.values.values(), found.states[20].W, found.states[20].beta))
    print(hashlib.sha256(data).hexdigest())
"""


def test_bits_do_not_depend_on_the_number_of_threads() -> None:
    answers = set()
    for threads in ("1", "2"):
        environment = {**os.environ, "NUMBA_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True, env=environment)
        answers.add(done.stdout)
    assert len(answers) == 1


def test_divergence_is_reported_network_by_network() -> None:
    runs = Ensemble.draw(Law("linear", 4, 3, 50), 3, seed=0)
    runs = replace(runs, eta=np.array([0.1, 60.0, 0.1]))
    ours, plain = (path.follow(runs, [0, 20, 2000], EVERYTHING, [2000]) for path in (compiled, weight_space))
    assert ours.diverged.tolist() == plain.diverged.tolist() == [-1, 20, -1]
    assert ours.finished.tolist() == [True, False, True]
    for name in EVERYTHING:
        assert np.isnan(ours[name][1, 1:]).all()
        assert np.isfinite(ours[name][[0, 2]]).all()


# activations


def activated(psi: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ψ and ψ' of a vector, by the kernel."""
    A = np.zeros((-(-len(z) // kernel.CHUNK), kernel.CHUNK))
    A.reshape(-1)[: len(z)] = z
    Z, A, D = A, np.zeros_like(A), np.zeros_like(A)
    kernel.activate(activation(psi).loop, len(Z), Z, A)
    kernel.slopes(activation(psi).loop, len(Z), Z, A, D)
    return A.reshape(-1)[: len(z)], D.reshape(-1)[: len(z)]


EXACT = {
    "tanh": (mpmath.tanh, lambda z: mpmath.sech(z) ** 2),
    "sigmoid": (lambda z: 1 / (1 + mpmath.exp(-z)), lambda z: 1 / ((1 + mpmath.exp(-z)) * (1 + mpmath.exp(z)))),
    "erf": (mpmath.erf, lambda z: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-z * z)),
    "softplus": (lambda z: mpmath.log1p(mpmath.exp(z)), lambda z: 1 / (1 + mpmath.exp(-z))),
}


@pytest.mark.parametrize("psi", EXACT)
def test_activations_are_right_to_the_last_bits(psi: str) -> None:
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.standard_normal(150) * scale for scale in (1e-9, 1e-4, 0.1, 1.0, 4.0, 20.0)])
    with mpmath.workdps(40):
        exact = [[function(mpmath.mpf(float(x))) for x in z] for function in EXACT[psi]]
        values, slopes = activated(psi, z)
        off = [abs(mpmath.mpf(float(ours)) - true) for ours, true in zip(values, exact[0], strict=True)]
        ulps = [float(error / math.ulp(float(true))) for error, true in zip(off, exact[0], strict=True)]
        assert max(ulps) <= 3.0
        # the slope of tanh is 1 − tanh², as in the plain formula: its error is absolute
        assert max(abs(float(ours - true)) for ours, true in zip(slopes, exact[1], strict=True)) <= 1e-15


@pytest.mark.parametrize(("psi", "low", "high"), [("tanh", -1, 1), ("sigmoid", 0, 1), ("erf", -1, 1)])
def test_activations_saturate_and_keep_nan(psi: str, low: float, high: float) -> None:
    values, slopes = activated(psi, np.array([-np.inf, -1e300, 1e300, np.inf, np.nan, 0.0]))
    np.testing.assert_allclose(values[:4], [low, low, high, high], atol=1e-300)
    assert np.isnan(values[4])
    assert np.isnan(slopes[4])
    assert values[5] == (low + high) / 2


# what it needs


def test_says_what_it_does_not_do() -> None:
    runs = Ensemble.draw(Law("tanh", 3, 2, 10), 1, seed=0)
    assert compiled.supports(runs, ["loss"], [1])
    assert not compiled.supports(runs, [Quantity("width", "p", "$p$", of_state=lambda state: state.network.p)], [])
    assert not compiled.supports(replace(runs, X=runs.X.astype(np.float32)), ["loss"], [])


def test_is_not_available_without_numba() -> None:
    code = (
        "import sys\n"
        "sys.modules['numba'] = None\n"
        "from fa_theory.simulation import compiled\n"
        "print(compiled.available())"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"
    assert compiled.available()


def test_runs_where_nothing_can_be_kept_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = kernel.numba.njit

    def without_a_place(**options: object) -> object:
        if options.pop("cache", False):
            raise RuntimeError("cannot cache function: no locator available")
        return plain(**options)

    monkeypatch.setattr(kernel.numba, "njit", without_a_place)

    @kernel.compiled
    def double(x: float) -> float:
        return 2 * x

    assert double(2.0) == 4.0


def test_a_long_wait_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    with announced("compiling", seconds=0.0):
        time.sleep(0.2)
    with announced("nothing", seconds=60.0):
        pass
    assert capsys.readouterr().err == "fa-theory: compiling\n"
