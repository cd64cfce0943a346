"""A rule that changes b: by hand, in every path that can run it, and refused by everything that is about a fixed b."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from fa_theory.conjectures import Domain
from fa_theory.enclosure.certify import certify_run
from fa_theory.errors import InputError
from fa_theory.model.law import Law
from fa_theory.model.problem import sample
from fa_theory.model.rules import Rule, step
from fa_theory.model.schedules import Schedule
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.run import states

KP = Rule.KOLEN_POLLACK


@pytest.mark.parametrize("k", [None, 2])
def test_b_takes_the_step_of_beta(k: int | None) -> None:
    case = sample(rng=0, n=3, d=4, p=7, activation="tanh", eta=0.3, k=k, rule="kolen-pollack")
    after = step(case.network, case.X, case.y, eta=0.3, lam=0.5, rule=KP)
    fa = step(case.network, case.X, case.y, eta=0.3, lam=0.5, rule=Rule.FA)
    assert np.array_equal(after.W, fa.W)
    assert np.array_equal(after.beta, fa.beta)
    assert np.allclose(after.b, case.network.b * (1 - 0.15) + after.beta - 0.85 * case.network.beta, atol=1e-14)
    assert np.allclose(after.beta - after.b, 0.85 * (case.network.beta - case.network.b), atol=1e-14)


@pytest.mark.parametrize("path", ["auto", "weight space", "sample space"])
@pytest.mark.parametrize("k", [None, 2])
def test_every_path_in_numpy_runs_it(path: str, k: int | None) -> None:
    case = sample(rng=0, n=5, d=4, p=700, activation="tanh", eta=0.3, lam=0.2, k=k, rule=KP)
    found = simulate(case, 20, record=("loss", "alignment"), states=(0, 7, 20), path=path)
    assert found.backend == "numpy"
    run = states(case.network, case.X, case.y, eta=0.3, schedule=case.schedule, rule=KP)
    reference = list(islice(run, 21))
    for t in (0, 7, 20):
        for name in ("W", "beta", "b"):
            assert np.allclose(getattr(found.network(t, 0), name), getattr(reference[t], name), atol=1e-12)
    b, beta = reference[20].b.ravel(), reference[20].beta.ravel()
    assert found["alignment"][0, 20] == pytest.approx(b @ beta / np.linalg.norm(b) / np.linalg.norm(beta), abs=1e-12)
    apart = [np.linalg.norm(found.network(t, 0).beta - found.network(t, 0).b) for t in (0, 20)]
    assert apart[1] == pytest.approx(0.94**20 * apart[0], rel=1e-12)


def test_networks_that_are_never_held_run_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from fa_theory.simulation import path as paths

    law = Law("tanh", 5, 8, 900, lam=0.2)
    held = simulate(law, 9, rule=KP, record=("error", "alignment"))
    monkeypatch.setattr(paths, "HELD", 0)
    unheld = simulate(law, 9, rule=KP, record=("error", "alignment"))
    assert all(np.array_equal(held[name], unheld[name]) for name in ("error", "alignment"))


def test_what_is_about_a_fixed_b_refuses_it() -> None:
    law = Law("tanh", 3, 4, 20)
    with pytest.raises(InputError, match="does not cover the rule kolen-pollack"):
        simulate(law, 2, rule=KP, path="infinite width")
    with pytest.raises(InputError, match="for linear networks with one output under feedback alignment"):
        simulate(Law("linear", 3, 4, 20), 2, rule=KP, path="linear law")
    assert simulate(Law("linear", 3, 4, 20), 2, rule=KP).path == "sample space"
    with pytest.raises(InputError, match="rule is one of fa, bp, dfa, sign"):
        Domain(n=1, d=1, p=1, rule="kolen-pollack")
    with pytest.raises(InputError, match="which the rule 'kolen-pollack' does not have"):
        certify_run(sample(rng=0, n=3, d=4, p=7, activation="tanh", eta=0.3, rule=KP))


def test_weights_that_start_equal_are_backpropagation() -> None:
    case = sample(rng=0, n=3, d=4, p=7, activation="tanh", eta=0.3)
    tied = type(case.network)(case.network.W, case.network.beta, case.network.beta.copy(), case.network.psi)
    runs = (states(tied, case.X, case.y, eta=0.3, schedule=Schedule.constant(0.2), rule=rule) for rule in (KP, "bp"))
    for t, (kp, bp) in enumerate(zip(*runs, strict=True)):
        assert np.allclose(kp.W, bp.W, atol=1e-13)
        assert np.array_equal(kp.b, kp.beta)
        if t == 30:
            break
