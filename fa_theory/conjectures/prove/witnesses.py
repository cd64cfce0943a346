"""Points at which the hypotheses of a proof hold: equations that single them out for networks of every size.

The kernel looks for such points itself. Where the domain or a hypothesis asks for what random numbers do not satisfy
(rows of length 1, feedback weights ±1), the document says where to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from fa_theory.checker.proof import replay
from fa_theory.checker.proof.evaluate import evaluate
from fa_theory.conjectures.language.domain import Domain

from .statement import POOLS, number

Json = Any
VALUES = (Fraction(0), Fraction(1), Fraction(1, 4), Fraction(-1), Fraction(4))
"""All weights and targets may be one of these."""


def add_witness(document: dict[str, Json], domain: Domain, outputs: tuple[str, ...]) -> dict[str, Json]:
    """The document with equations at which the checker sees its hypotheses hold, if some are needed and found."""
    for witness in ([], *_candidates(domain, outputs)):
        said = {"witness": _declared(document, witness)} if witness else {}
        made = document | said
        proof = replay(made)
        hypotheses = tuple(proof.theorem.hypotheses.values())
        if evaluate(hypotheses, proof.theorem.formula, witness=proof.witness, points=1).met:
            return made
    return document


def _declared(document: dict[str, Json], witness: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Only what is said about tensors of the document, in indices that it has."""
    known = document.get("tensors", {}).keys()
    indices = document.get("indices", {}).keys()
    return [
        said
        for said in witness
        if (said["say"][0] if isinstance(said["say"][0], str) else said["say"][0][0]) in known
        and set(said.get("all", ())) <= indices
    ]


def _candidates(domain: Domain, outputs: tuple[str, ...]) -> Iterator[list[dict[str, Json]]]:
    o = [POOLS[s] for s in outputs]
    given: list[dict[str, Json]] = []
    if domain.inputs != "gaussian":
        given.append({"all": ["i", "h"], "say": [["X", "i", "h"], "=", ["size", "d", "-1/2"]]})
    for name in ("eta", "lam"):
        low, high = domain.exact(name)
        if low != high:
            given.append({"say": [name, "=", number((low + high) / 2)]})
    b = {"all": ["r", *o], "say": [["b", "r", *o], "=", 1]}
    weights = [given, [*given, b]] if domain.feedback != "tied" else [given]
    yield from weights
    for value in VALUES:
        start = [
            {"all": ["r", "h"], "say": [["W", 0, "r", "h"], "=", number(value)]},
            {"all": ["r", *o], "say": [["beta", 0, "r", *o], "=", number(value)]},
        ]
        targets = {"all": ["i", *o], "say": [["y", "i", *o], "=", number(value)]}
        yield from ([*known, *start] for known in weights)
        yield from ([*known, *start, targets] for known in weights)


__all__ = ["add_witness"]
