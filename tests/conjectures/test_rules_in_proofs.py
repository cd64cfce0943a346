"""Every rule the checker knows has its step in the language of conjectures and in its proofs."""

from __future__ import annotations

import pytest

from fa_theory.conjectures import Domain, conjecture, equal
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.domain import RULES
from fa_theory.conjectures.language.operations import sign
from fa_theory.conjectures.prove import attempt
from fa_theory.model.rules import as_rule


@pytest.mark.parametrize("rule", RULES)
def test_the_step_of_a_rule_is_proved_for_every_size(rule: str) -> None:
    @conjecture(Domain(n=(1, 9), d=(1, 9), p=(1, 9), activation="tanh", steps=1, rule=rule))
    def first_layer(run):  # type: ignore[no-untyped-def]
        start = run[0]
        sent = {
            "fa": run.b,
            "dfa": run.b,
            "bp": start.beta,
            "sign": abs(run.b) * sign(start.beta),
            "usf": sign(start.beta),
        }[rule]
        return equal(run[1].W, start.W - run.eta * start.gradient_through(sent))

    assert attempt(first_layer, deadline=effort.now() + 10) is not None


@pytest.mark.parametrize("rule", RULES)
def test_the_step_of_another_rule_is_not(rule: str) -> None:
    @conjecture(Domain(n=(1, 9), d=(1, 9), p=(1, 9), activation="tanh", steps=1, rule=rule))
    def first_layer(run):  # type: ignore[no-untyped-def]
        other = run.b if as_rule(rule).sent != "b" else run[0].beta
        return equal(run[1].W, run[0].W - run.eta * run[0].gradient_through(other))

    assert attempt(first_layer, deadline=effort.now() + 10) is None
