"""Hypotheses about all times of a run of unknown length: what follows is proved, what does not is not."""

from __future__ import annotations

from typing import Any

import pytest

from fa_theory.checker.proof import replay
from fa_theory.conjectures import Domain, conjecture, inner, norm, sqrt
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Says
from fa_theory.conjectures.prove import ConjectureProof, attempt
from fa_theory.conjectures.prove.rules import by_rules

RUN: dict[str, Any] = {
    "n": (1, 4), "d": (1, 3), "p": (1, 6), "activation": ("tanh", "relu"), "steps": (0, 9), "lam": 0.0,
    "inputs": "sphere",
}  # fmt: skip


def rate(run: Any) -> Any:
    return run.eta * sqrt(run.n / run.p) * norm(run.b)


def falls(run: Any) -> Any:
    return run.every_step(lambda s, after: after.loss <= s.loss)


def small(run: Any) -> Any:
    return run.always(lambda s: norm(s.error) <= 1)


def aligned(run: Any) -> Any:
    return run.always(lambda s: run.b * s.beta >= 0)


TRUE: dict[str, tuple[Says, Says]] = {
    "a loss that never grows": (falls, lambda run: run[-1].loss <= run[0].loss),
    "at every time": (falls, lambda run: run.always(lambda s: s.loss <= run[0].loss)),
    "halved": (
        lambda run: run.every_step(lambda s, after: norm(after.error) <= 0.5 * norm(s.error)),
        lambda run: run.always(lambda s: norm(s.error) <= norm(run[0].error)),
    ),
    "the last state": (small, lambda run: norm(run[-1].error) <= 1),
    "the first state": (small, lambda run: norm(run[0].error) <= 1),
    "squares": (
        lambda run: run.always(lambda s: s.loss <= 1),
        lambda run: run.always(lambda s: norm(s.error) ** 2 <= 2),
    ),
    "a step": (small, lambda run: run.every_step(lambda s, after: norm(after.W - s.W) <= rate(run))),
    "the way": (small, lambda run: norm(run[-1].W - run[0].W) <= run.T * rate(run)),
    "a sum": (small, lambda run: run.sum_over_time(lambda s: norm(s.error)) <= run.T),
    "signs": (aligned, lambda run: run.every_step(lambda s, after: inner(s.gradient_W, after.W - s.W) <= 0)),
}
FALSE: dict[str, tuple[Says, Says]] = {
    "strictly": (falls, lambda run: run[-1].loss < run[0].loss),
    "backwards": (falls, lambda run: run[0].loss <= run[-1].loss),
    "all steps but not the last state": (
        lambda run: run.every_step(lambda s, after: s.loss <= 1),
        lambda run: run[-1].loss <= 1,
    ),
    "all steps but there may be none": (
        lambda run: run.every_step(lambda s, after: s.loss <= 1),
        lambda run: run[0].loss <= 1,
    ),
    "after steps but not before": (
        lambda run: run.every_step(lambda s, after: after.loss <= 1),
        lambda run: run.always(lambda s: s.loss <= 1),
    ),
    "the last state only": (lambda run: norm(run[-1].error) <= 1, small),
    "the last state, said of the first": (lambda run: norm(run[-1].error) <= 1, lambda run: norm(run[0].error) <= 1),
    "the way without steps": (small, lambda run: norm(run[-1].W - run[0].W) <= rate(run)),
    "a shorter sum": (small, lambda run: run.sum_over_time(lambda s: norm(s.error)) <= run.T - 1),
    "signs on average": (
        lambda run: run.always(lambda s: inner(run.b, s.beta) >= 0),
        lambda run: run.every_step(lambda s, after: inner(s.gradient_W, after.W - s.W) <= 0),
    ),
    "signs, the gradient after": (
        aligned,
        lambda run: run.every_step(lambda s, after: inner(after.gradient_W, after.W - s.W) <= 0),
    ),
}


def tried(assuming: Says, says: Says, seconds: float) -> ConjectureProof | None:
    made = conjecture(Domain(**RUN), assuming={"assumed": assuming})(says)
    return by_rules(made, deadline=effort.now() + seconds, notify=lambda _: None)


@pytest.mark.parametrize("name", TRUE)
def test_what_follows_is_proved(name: str) -> None:
    proof = tried(*TRUE[name], 8)
    assert proof is not None
    for document in proof.documents:
        found = replay(document)
        assert "assumed" not in found.hypotheses  # it stands in the conclusion, where T is


@pytest.mark.parametrize("name", FALSE)
def test_what_does_not_follow_is_not_proved(name: str) -> None:
    assert tried(*FALSE[name], 0.2) is None


def test_the_statement_says_until_when_it_is_assumed() -> None:
    proof = tried(*TRUE["at every time"], 8)
    assert proof is not None
    (line,) = [line for line in replay(proof.documents[0]).text.splitlines() if "→" in line]
    assert line.strip().startswith("∀ T:time, t:time. (∀ t2:time. (num(t2) + 1 ≤ num(T)) → ")
    assert "→ (num(t) ≤ num(T)) → " in line


def test_a_run_on_which_the_hypothesis_never_holds_gives_no_proof() -> None:
    made = conjecture(Domain(**RUN), assuming={"impossible": lambda run: run.always(lambda s: s.loss <= -1)})(
        lambda run: run[-1].loss <= 7
    )
    told: list[str] = []
    assert attempt(made, deadline=effort.now() + 0.5, notify=told.append) is None
    assert any("vacuous" in line for line in told)
