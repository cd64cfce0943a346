"""Statements about almost every network: only an open set refutes them, and the checker sees to it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from breakable import SCHEMA

from fa_theory.checker import document as doc
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck
from fa_theory.claims.library import imported
from fa_theory.conjectures import Conjecture, Domain, Generic, Run, conjecture, eigenvalue, implies, inner, norm
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.load import conjectures
from fa_theory.conjectures.prove.almost import by_witnesses
from fa_theory.conjectures.settle.check import check
from fa_theory.conjectures.settle.second_look import SecondLook, second_look
from fa_theory.conjectures.shrink.certify import certify_counterexample

STILL = Domain(n=1, d=1, p=(1, 2), steps=0)


def stated(says: Callable[[Run], Any], domain: Domain = STILL, **how: Any) -> Conjecture:
    made: Conjecture = conjecture(domain, quantifier=Generic(), **how)(says)
    made.build()
    return made


def at(made: Conjecture, **parts: float) -> dict[str, Any] | None:
    one = made.domain.sample(made.domain.smallest(), np.random.default_rng(0), 1)
    given = {name: np.full_like(getattr(one, name), value) for name, value in parts.items()}
    return certify_counterexample(made, one.replace(**given))


def test_what_fails_on_a_null_set_is_not_falsified_but_proved(tmp_path: Path) -> None:
    made = stated(lambda run: norm(run[0].W) > 0)
    assert at(made, W=0) is None
    found = check(made, budget=0.3, seed=0, out=tmp_path)
    assert found.verdict == "proved"
    (path,) = found.documents
    verdict = recheck(doc.load(path))
    assert verdict.valid
    assert verdict.reason.startswith("for almost every network with")


def test_a_sign_is_proved_for_all_networks_besides(tmp_path: Path) -> None:
    """That cosines are below 1 needs Cauchy and Schwarz, and that they are not 1."""
    wide = Domain(n=1, d=1, p=(2, 3), steps=0)
    made = stated(lambda run: inner(run.b, run[0].beta) < norm(run.b) * norm(run[0].beta), wide)
    found = check(made, budget=4, seed=0, out=tmp_path)
    assert found.verdict == "proved"
    assert [recheck(doc.load(path)).kind for path in found.documents] == ["almost-every", "proof"]
    assert all(recheck(doc.load(path)).valid for path in found.documents)


def test_with_hypotheses_an_open_set_has_to_satisfy_them(tmp_path: Path) -> None:
    half = stated(lambda run: run[0].loss > 0, assuming={"on a side": lambda run: run.b >= 0})
    found = check(half, budget=1, seed=0, out=tmp_path)
    assert found.verdict == "proved"
    assert any("the hypotheses hold for a network" in line for line in found.shown)
    line = stated(lambda run: run[0].loss > 0, assuming={"on a line": lambda run: 0 * run.b - abs(run.b - 1) >= 0})
    assert check(line, budget=1, seed=0, out=tmp_path).verdict != "proved"


def test_what_is_false_near_some_network_is_not_proved(tmp_path: Path) -> None:
    relu = Domain(n=1, d=1, p=(1, 2), steps=0, activation="relu")
    for says, domain in (
        (lambda run: norm(run[0].features) > 0, relu),
        (lambda run: abs(abs(run.b[0]) + run.b[0]) > 0, STILL),
        (lambda run: run[0].loss > 0.001, STILL),
        (lambda run: inner(run.b, run[0].beta) > 0, STILL),
    ):
        assert check(stated(says, domain), budget=0.5, seed=0, out=tmp_path).verdict != "proved"


def test_what_holds_for_no_network_is_not_proved(tmp_path: Path) -> None:
    """Both margins are 0: sums over a run of which no state is needed, and a minimum over steps that change nothing."""
    run = Domain(n=1, d=1, p=2, steps=2)
    for says in (
        lambda run: abs(run.sum_over_time(lambda s: run.eta) - 2 * run.eta) > 0,
        lambda run: run.every_step(lambda s, _: 0 * norm(run.X) > 0),
    ):
        assert check(stated(says, run), budget=0.5, seed=0, out=tmp_path).verdict != "proved"
    never = check(stated(lambda run: run.every_step(lambda s, _: s.loss > 9)), budget=0.5, seed=0, out=tmp_path)
    assert never.verdict == "vacuous"


def test_the_labelled_ones_that_are_true_are_proved() -> None:
    file = Path(__file__).parents[2] / "benchmarks" / "conjectures" / "second" / "generic.py"
    labels = vars(imported(file))["LABELS"]
    for each in conjectures(str(file)):
        proof = by_witnesses(each, deadline=effort.now() + 2 * effort.SECOND, notify=lambda _: None)
        assert (proof is not None) == (labels[each.name][0] == "true"), each.name


def test_what_fails_on_an_open_set_is_falsified_by_a_network_with_a_radius(tmp_path: Path) -> None:
    made = stated(lambda run: inner(run.b, run[0].beta) >= 0)
    found = check(made, budget=2, seed=0, out=tmp_path)
    assert found.verdict == "falsified"
    document = doc.load(str(found.counterexample))
    jsonschema.validate(document, SCHEMA)
    verdict = recheck(document)
    assert verdict.valid
    assert "every network of the domain within" in verdict.reason


def test_equality_on_an_open_set_is_found(tmp_path: Path) -> None:
    """Neurons that are off have features that are exactly 0, and stay off nearby."""
    domain = Domain(n=1, d=1, p=(1, 2), steps=0, activation="relu")
    found = check(stated(lambda run: norm(run[0].features) > 0, domain), budget=2, seed=0, out=tmp_path)
    assert found.verdict == "falsified"
    assert recheck(doc.load(str(found.counterexample))).valid


def test_a_radius_is_not_taken_on_trust() -> None:
    document = at(stated(lambda run: run[0].beta >= 0), beta=-1)
    assert document is not None
    assert recheck(document).valid

    def changed(**parts: Any) -> dict[str, Any]:
        made = copy.deepcopy(document) | parts
        return made | {"digest": doc.digest(made)}

    assert recheck(changed(radius="1/2")).valid
    assert not recheck(changed(radius="1")).valid  # β = 0 does not violate it
    assert not recheck(changed(radius="3")).valid
    for wrong in ("0", "-1", 1, None, "1e-3"):
        with pytest.raises(MalformedDocument, match="radius"):
            recheck(changed(radius=wrong))


def test_hypotheses_must_hold_on_all_of_it() -> None:
    line = stated(lambda run: run[0].beta >= 0, assuming={"on a line": lambda run: 0 * run.b - abs(run.b - 1) >= 0})
    assert at(line, beta=-1, b=1) is None
    half = stated(lambda run: run[0].beta >= 0, assuming={"on a side": lambda run: run.b >= 0})
    assert at(half, beta=-1, b=1) is not None


def test_what_the_domain_fixes_is_not_varied() -> None:
    fixed = Domain(n=1, d=1, p=1, steps=1, eta=0.1, W_scale=0, targets="zero", feedback="sign")
    made = stated(lambda run: norm(run[0].W) + norm(run.y) > 0, fixed)
    assert at(made, W=0, y=0, b=1) is not None  # W = 0 is all of the domain


def look(made: Conjecture, **parts: float) -> SecondLook:
    one = made.domain.sample(made.domain.smallest(), np.random.default_rng(0), 1)
    return second_look(made, one.replace(**{name: np.full_like(getattr(one, name), x) for name, x in parts.items()}))


def test_a_second_look_tells_a_null_set_by_networks_nearby() -> None:
    """λ_1 > λ_0 fails at X = 0 and similar matrices only, where 1024 bits do not tell equality."""
    square = Domain(n=2, d=2, p=1, steps=0)
    made = stated(lambda run: eigenvalue(run.X @ run.X.T, 1) > eigenvalue(run.X @ run.X.T, 0), square)
    assert look(made, X=0) is SecondLook.ISOLATED
    everywhere: Conjecture = conjecture(square)(made.conclusion)
    assert look(everywhere, X=0) is SecondLook.UNKNOWN


def test_a_second_look_keeps_what_fails_nearby_too() -> None:
    """tanh 400 < 1 is true, but 1024 bits do not tell, neither there nor nearby."""
    tanh = Domain(n=1, d=1, p=1, steps=0, activation="tanh")
    made = stated(lambda run: norm(run[0].features) < 1, tanh)
    assert look(made, X=20, W=20) is SecondLook.UNKNOWN
    assert look(made, X=2, W=2) is SecondLook.HOLDS


def test_one_alternative_that_holds_with_equality_is_enough() -> None:
    """‖e‖ > 1 or L ≤ ½: at e = 1 the first just fails, the second just holds."""
    made: Conjecture = conjecture(STILL)(lambda run: implies(norm(run[0].error) <= 1, run[0].loss <= 0.5))
    assert look(made, W=0, y=1) in (SecondLook.EQUAL, SecondLook.HOLDS)
    strict: Conjecture = conjecture(STILL)(lambda run: implies(norm(run[0].error) <= 1, run[0].loss < 0.5))
    assert look(strict, W=0, y=1) is SecondLook.UNKNOWN
