"""Domains that restrict the angle between b and β: as a law, as a set, and for the checker."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import fa_theory.checker
from fa_theory.checker import document
from fa_theory.checker.counterexample import stated
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import Domain, Run, conjecture, inner
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.search import attack
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.conjectures.shrink.shrink import shrink
from fa_theory.errors import InputError

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())
DOMAIN = Domain(n=2, d=2, p=(2, 64), activation="tanh", steps=0, alignment=(0.6, 0.75))


@conjecture(DOMAIN)
def descends(run: Run) -> Any:
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@pytest.mark.parametrize("k", [None, 2])
def test_the_law_has_the_angle_and_any_norm(k: int | None) -> None:
    domain = Domain(n=1, d=1, p=(2, 64), k=k, alignment=(0.6, 0.75))
    run = conjecture(domain)(lambda run: run[0].loss).run
    batch = domain.sample(domain.shape({"n": 1, "d": 1, "p": 64, "steps": 1}, "linear"), np.random.default_rng(0), 400)
    cosine = Evaluator(batch)(run[0].alignment)
    assert ((cosine > 0.6) & (cosine < 0.75)).all()
    assert cosine.mean() == pytest.approx(0.675, abs=0.01)
    sizes = np.linalg.norm(batch.b.reshape(400, -1), axis=1)
    assert sizes.mean() == pytest.approx(np.sqrt(64 * (k or 1)), rel=0.02)
    far = batch.replace(b=-batch.b)
    moved = Evaluator(domain.project(far))(run[0].alignment)
    assert moved == pytest.approx(np.full(400, 0.6), abs=1e-6)


def test_a_counterexample_keeps_the_angle() -> None:
    found = attack(descends, rng=np.random.default_rng(0), trials=4000)
    network = shrink(descends, found.candidates[0], deadline=effort.now() + 4)
    made = certify_counterexample(descends, network)
    assert made is not None
    jsonschema.validate(made, SCHEMA)
    verdict = recheck(made)
    assert verdict.valid, verdict.reason
    assert "3/5 ≤ cos∠(b, β(0)) ≤ 3/4" in verdict.reason
    for ends in (["3/4", "1"], ["-1", "1/2"]):
        doc = copy.deepcopy(made)
        doc["domain"]["alignment"] = ends
        doc["conjecture"]["digest"] = stated.conjecture_digest(doc)
        doc["digest"] = document.digest(doc)
        assert "cos∠(b, β) is not within" in recheck(doc).reason
    zero = copy.deepcopy(made)
    zero["network"]["b"] = ["0" for _ in zero["network"]["b"]]
    zero["digest"] = document.digest(zero)
    assert "cos∠(b, β) is not within" in recheck(zero).reason


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"alignment": (0.5, 0.5)}, "a pair −1 ≤ low < high ≤ 1"),
        ({"alignment": 0.5}, "a pair −1 ≤ low < high ≤ 1"),
        ({"alignment": (0.5, 2)}, "a pair −1 ≤ low < high ≤ 1"),
        ({"alignment": (0.5, 0.9), "p": 1}, "start p at 2"),
        ({"alignment": (0.5, 1), "feedback": "sign"}, "any weights"),
        ({"alignment": (0.5, 1), "beta_scale": 0}, "any weights"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match="domain: ") as caught:
        Domain(**{"n": 1, "d": 1, "p": 2, **changes})
    assert says in str(caught.value)
