"""GELU, whose slopes are negative in places: certified from a state and from the start; (3') is not for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from certificates import sealed
from flint import arb

import fa_theory as fa
from fa_theory.checker import ranges
from fa_theory.checker.decay import kinks
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import Domain, conjecture, smallest
from fa_theory.enclosure import search as untrusted
from fa_theory.enclosure.certify import certify_run
from fa_theory.enclosure.start import certify_from_start
from fa_theory.model.problem import Problem, sample
from fa_theory.simulation.run import states
from fa_theory.sweep.reading import parse


def problem(k: int | None = None) -> Problem:
    return sample(rng=1, n=4, d=6, p=60, activation="gelu", eta=0.1, k=k)


@pytest.mark.parametrize("k", [None, 2])
@pytest.mark.parametrize("certify", [certify_run, certify_from_start])
def test_certified_and_the_run_obeys(certify: Any, k: int | None) -> None:
    case = problem(k)
    outcome = certify(case)
    assert outcome.certificate is not None, outcome.reason
    assert recheck(outcome.certificate).valid
    claims = {name: float.fromhex(x) for name, x in outcome.certificate["conclusions"].items() if isinstance(x, str)}
    rate = float.fromhex(outcome.certificate["rate"])
    run = states(case.network, case.X, case.y, eta=case.eta)
    late = [state for t, state in zip(range(outcome.steps + 400), run, strict=False) if t >= outcome.steps]
    sizes = [float(np.linalg.norm(state.error(case.X, case.y))) for state in late]
    bound = claims["overshoot"] * claims["error"]
    assert all(size <= bound * rate**t * (1 + 1e-9) + 1e-12 for t, size in enumerate(sizes))


def test_the_condition_for_rising_activations_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """(3') takes slopes ≥ 0; the checker does not try it for GELU, and says why the certificate was refused."""

    def asked(*_: Any) -> bool:
        raise AssertionError("(3') was tried")

    outcome = certify_run(problem())
    assert outcome.certificate is not None
    document = dict(outcome.certificate)
    monkeypatch.setattr(kinks, "contract", asked)
    monkeypatch.setattr(untrusted, "smallest_rate", asked)
    assert recheck(document).valid
    wide = dict(document) | {"tube": {"rho": [(3.0).hex()] * 60, "tau": [(3.0).hex()] * 60}}
    verdict = recheck(sealed(wide))
    assert not verdict.valid
    assert "(3') needs a non-decreasing ψ, which gelu is not" in verdict.reason
    # a rising activation is still offered it
    monkeypatch.setitem(ranges._KNOWN, "gelu", ranges.known("softplus"))
    with pytest.raises(AssertionError, match=r"\(3'\) was tried"):
        recheck(sealed(wide))


def test_a_kernel_of_a_rising_activation_is_no_longer_claimed() -> None:
    """Mutant: GELU declared non-decreasing would have ranges that lose its minimum."""
    x = ranges.hull(arb(-2), arb(1))
    ends_only = ranges.rising(lambda t: ranges.value_range("gelu", t))(x)
    assert not ends_only.contains(ranges.value_range("gelu", arb(-0.75)))
    assert ranges.value_range("gelu", x).contains(ranges.value_range("gelu", arb(-0.75)))


def test_conjectures_and_sweeps_know_it(tmp_path: Path) -> None:
    @conjecture(Domain(n=1, d=1, p=1, activation="gelu", steps=0))
    def features_are_not_negative(run):  # type: ignore[no-untyped-def]
        """ψ ≥ 0, which fails left of 0."""
        return smallest(run[0].features) >= 0

    assert fa.check(features_are_not_negative, budget=2, out=tmp_path).verdict == "falsified"
    grid = 'activation = "gelu"\nn = 2\nd = 3\neta = 0.1\np = 10'
    assert parse(f'steps = 9\nrepeats = 2\nfunctionals = ["final loss"]\n[grid]\n{grid}').grid.activation == ["gelu"]
