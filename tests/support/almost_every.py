"""Statements about almost every network as documents, for the tests that attack them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from boxed import answer, sealed

from fa_theory.checker import document
from fa_theory.conjectures import Conjecture, Domain, Generic, Run, conjecture
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.program import declaration
from fa_theory.conjectures.prove.almost import by_witnesses

Says = Callable[[Run], Any]
DOMAIN: dict[str, Any] = {"n": 1, "d": 2, "p": 2, "steps": 0, "activation": "tanh", "eta": (0.25, 1.0)}


def stated(says: Says, assuming: Says | None = None, **domain: Any) -> Conjecture:
    """A statement about almost every network."""
    given = {"assumed": assuming} if assuming else None
    made: Conjecture = conjecture(Domain(**{**DOMAIN, **domain}), quantifier=Generic(), assuming=given)(says)
    return made


def proof(says: Says, **domain: Any) -> dict[str, Any]:
    """The document of a proof, which the checker accepts."""
    found = by_witnesses(stated(says, **domain), deadline=effort.now() + 5 * effort.SECOND, notify=print)
    assert found is not None
    made: dict[str, Any] = copy.deepcopy(found.documents[0])
    assert made["kind"] == "almost-every"
    return made


def about(networks: list[dict[str, Any]], says: Says, assuming: Says | None = None, **domain: Any) -> dict[str, Any]:
    """A document that says something of almost every network, with these networks as its reason."""
    said = declaration(stated(says, assuming, **domain))
    made = {"format": document.FORMAT, "kind": "almost-every", **said, "networks": networks, "precision": 128}
    return sealed(copy.deepcopy(made))


__all__ = ["DOMAIN", "about", "answer", "proof", "sealed", "stated"]
