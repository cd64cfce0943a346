"""Small certificates of minibatches and of momentum that several test files start from."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache
from typing import Any

from certificates import ETA, instance

from fa_theory.enclosure.epochs import certify_epochs
from fa_theory.enclosure.momentum import certify_momentum
from fa_theory.model.problem import Problem
from fa_theory.model.rules import as_rule

MU = 0.5


def problem(name: str = "tanh", rule: str = "fa", outputs: tuple[int, ...] = (), eta: float = ETA) -> Problem:
    network, X, y = instance(name, outputs=outputs)
    return replace(Problem(X, y, network, eta, label="sphere"), rule=as_rule(rule))


@cache
def _epochs(name: str, rule: str, batch: int, orders: str, outputs: tuple[int, ...]) -> dict[str, Any]:
    outcome = certify_epochs(problem(name, rule, outputs), batch=batch, orders=orders)
    assert outcome.certificate is not None, outcome.reason
    return outcome.certificate.document


def epochs(
    name: str = "tanh", rule: str = "fa", batch: int = 2, orders: str = "all", outputs: tuple[int, ...] = ()
) -> dict[str, Any]:
    """A valid certificate of minibatches, free to be changed."""
    return copy.deepcopy(_epochs(name, rule, batch, orders, outputs))


@cache
def _moving(name: str, rule: str, outputs: tuple[int, ...]) -> dict[str, Any]:
    outcome = certify_momentum(problem(name, rule, outputs), mu=MU)
    assert outcome.certificate is not None, outcome.reason
    return outcome.certificate.document


def moving(name: str = "tanh", rule: str = "fa", outputs: tuple[int, ...] = ()) -> dict[str, Any]:
    """A valid certificate with momentum, free to be changed."""
    return copy.deepcopy(_moving(name, rule, outputs))
