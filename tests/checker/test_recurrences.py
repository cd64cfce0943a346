"""Runs beside that of a network, as documents state them: what is not well formed, false or too dear is refused."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

import jsonschema
import numpy as np
import pytest
from breakable import SCHEMA
from flint import arb, arb_mat, fmpq

from fa_theory.checker import document as doc
from fa_theory.checker.counterexample import formula, matrices
from fa_theory.checker.counterexample.numbers import Undefined, Value
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.eigenvalues import all_eigenvalues
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import Conjecture, Domain, conjecture, iterate, norm
from fa_theory.conjectures.shrink.certify import certify_counterexample

DOMAIN = Domain(n=1, d=1, p=2, steps=1, arrays={"V": ("p", "p")})


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    """‖x(3)‖ ≤ 0 for x(t + 1) = x(t) + V x(t), which is false, and once more with another length."""

    def says(run: Any) -> Any:
        x = iterate({"x": run.b, "V": run.array("V")}, lambda s: {"x": s.x + s.V @ s.x}, steps=3)
        z = iterate({"z": x[-1].x}, lambda s: {"z": s.z * s.t}, steps=run.p)
        return norm(x[-1].x) + norm(z[-1].z) <= 0

    made: Conjecture = conjecture(DOMAIN)(says)
    drawn = DOMAIN.sample(DOMAIN.smallest(), np.random.default_rng(0), 1)
    document = certify_counterexample(made, drawn)
    assert document is not None
    jsonschema.validate(document, SCHEMA)
    return document


def changed(base: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """A document with a change, and with digests that fit it."""
    made = copy.deepcopy(base)
    change(made)
    parts = {key: made[key] for key in ("domain", "hypotheses", "conclusion", "runs") if key in made}
    about = {key: made["conjecture"][key] for key in ("name", "title")}
    made["conjecture"]["digest"] = doc.digest(parts | about)
    made["digest"] = doc.digest(made)
    return made


def test_it_is_valid_and_says_what_the_runs_are(base: dict[str, Any]) -> None:
    verdict = recheck(base)
    assert verdict.valid
    assert "run 1 has 3 steps" in verdict.reason
    assert "run 2 has p steps" in verdict.reason


def one(base: dict[str, Any]) -> dict[str, Any]:
    run: dict[str, Any] = base["runs"][0]
    return run


MALFORMED: dict[str, Callable[[dict[str, Any]], object]] = {
    "no runs": lambda d: d.update(runs=[]),
    "not a list": lambda d: d.update(runs={}),
    "too many": lambda d: d.update(runs=d["runs"] * 9),
    "another key": lambda d: one(d).update(until=3),
    "no length": lambda d: one(d).pop("length"),
    "no variables": lambda d: one(d).update(start={}, step={}),
    "a step without a start": lambda d: one(d)["step"].update(w=one(d)["step"]["x"]),
    "a strange name": lambda d: one(d)["start"].update({"a b": one(d)["start"]["x"]}),
    "of itself": lambda d: one(d)["start"].update(x=[["state", [], [0, "x", 0, "start"]]]),
    "of a later one": lambda d: one(d).update(length=[["state", [], [1, "z", 0, "start"]]]),
    "of itself, over time": lambda d: one(d).update(
        length=[["sum_over_time", [], [0, [["state", [], [0, "x", 0, "bound"]]]]]]
    ),
    "a name of the network": lambda d: d["network"]["arrays"].update(W=[["1"]]),
    "a time from nowhere": lambda d: one(d).update(length=[["state", [], [0, "x", 0, "middle"]]]),
    "a negative number": lambda d: one(d).update(length=[["clock", [], -1]]),
    "a step of 0": lambda d: one(d)["start"].update(x=[["leaf", [], ["b"]], ["slice", [0], [[None, None, 0]]]]),
    "ragged rows": lambda d: one(d)["start"].update(V=[["array", [], [["1"], ["1", "2"]]]]),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_well_formed_is_refused(name: str, base: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument):
        recheck(changed(base, MALFORMED[name]))


REFUSED: dict[str, Callable[[dict[str, Any]], object]] = {
    "no recurrence of that number": lambda d: d["conclusion"][0].update(
        program=[["state", [], [7, "x", 0, "start"]], ["norm", [0], None], ["neg", [1], None]]
    ),
    "no variable of that name": lambda d: d["conclusion"][0].update(
        program=[["state", [], [0, "q", 0, "start"]], ["norm", [0], None], ["neg", [1], None]]
    ),
    "beyond its end": lambda d: d["conclusion"][0].update(
        program=[["state", [], [0, "x", 4, "start"]], ["norm", [0], None], ["neg", [1], None]]
    ),
    "before its start": lambda d: d["conclusion"][0].update(
        program=[["state", [], [0, "x", 4, "end"]], ["norm", [0], None], ["neg", [1], None]]
    ),
    "a variable outside": lambda d: d["conclusion"][0].update(program=[["previous", [], "x"], ["norm", [0], None]]),
    "a clock outside": lambda d: d["conclusion"][0].update(program=[["clock", [], 0]]),
    "a length that is no number": lambda d: one(d).update(length=[["leaf", [], ["b"]]]),
    "a length below 0": lambda d: one(d).update(length=[["const", [], "-1"]]),
    "a length between two numbers": lambda d: one(d).update(length=[["const", [], "0"], ["log", [0], None]]),
    "too long": lambda d: one(d).update(length=[["const", [], "10001"]]),
    "an empty part": lambda d: one(d)["start"].update(x=[["leaf", [], ["b"]], ["slice", [0], [[2, 2, None]]]]),
    "a singular inverse": lambda d: one(d)["start"].update(
        V=[["leaf", [], ["V"]], ["sub", [0, 0], None], ["inverse", [1], None]]
    ),
    "an array of another shape": lambda d: d["network"]["arrays"].update(V=[["1", "2"]]),
    "no array": lambda d: d["network"].update(arrays={}),
    "another array": lambda d: d["network"]["arrays"].update(U=[["1"]]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused(name: str, base: dict[str, Any]) -> None:
    verdict = recheck(changed(base, REFUSED[name]))
    assert not verdict.valid
    assert verdict.reason.isprintable()


def test_a_changed_run_changes_the_conjecture(base: dict[str, Any]) -> None:
    made = copy.deepcopy(base)
    one(made)["length"] = [["const", [], "4"]]
    made["digest"] = doc.digest(made)
    assert "not the conjecture it names" in recheck(made).reason


def test_a_dear_recurrence_is_given_up_in_time(base: dict[str, Any]) -> None:
    """It doubles its variable at every step; its numbers grow without bound."""
    doubled = [["previous", [], "x"], ["stack", [0, 0], 0]]
    squared = [["previous", [], "x"], ["mul", [0, 0], None], ["const", [], "3"], ["add", [1, 2], None]]
    for step in (doubled, squared):
        slow = changed(base, lambda d, step=step: one(d).update(length=[["const", [], "10000"]], step={"x": step}))
        begin = time.process_time()
        assert not recheck(slow).valid
        assert time.process_time() - begin < 40


def test_matrices_are_exact_on_rationals_and_enclosed_on_balls() -> None:
    A = Value((2, 2), [fmpq(1), fmpq(2), fmpq(3), fmpq(4)])
    assert matrices.inverse(A).entries == [fmpq(-2), fmpq(1), fmpq(3, 2), fmpq(-1, 2)]
    assert matrices.determinant(A).entries == [fmpq(-2)]
    assert matrices.rank(A).entries == [fmpq(2)]
    B = Value((2, 2), [arb(x) for x in (1, 2, 3, 4)])
    assert all(x.contains(arb(y)) for x, y in zip(matrices.inverse(B).entries, (-2, 1, 1.5, -0.5), strict=True))
    with pytest.raises(Undefined, match="not known in rationals"):
        matrices.rank(B)
    with pytest.raises(Undefined, match="not certainly invertible"):
        matrices.inverse(Value((1, 1), [arb(0, 1)]))
    assert formula.constant(3).entries == [fmpq(3)]


def test_all_eigenvalues_are_enclosed_also_where_they_are_equal() -> None:
    rng = np.random.default_rng(0)
    for size in (2, 3, 5):
        for _ in range(20):
            Q = np.linalg.qr(rng.standard_normal((size, size)))[0]
            A = Q @ np.diag(np.round(rng.standard_normal(size))) @ Q.T
            A = (A + A.T) / 2
            found = all_eigenvalues(arb_mat(A.tolist()))
            for ball, exact in zip(found, np.linalg.eigvalsh(A), strict=True):
                assert abs(float(ball.mid()) - exact) <= float(ball.rad()) + 1e-9
    wide = all_eigenvalues(arb_mat([[arb(0, 1), arb(0, 1)], [arb(0, 1), arb(0, 1)]]))
    assert all(ball.contains(arb(2)) or ball.contains(arb(-2)) or ball.contains(arb(0)) for ball in wide)
