"""Proofs by boxes as documents, for the tests that attack them."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

from fa_theory.checker import document
from fa_theory.checker.counterexample.stated import conjecture_digest
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import Conjecture, Domain, Run, conjecture
from fa_theory.conjectures.language.program import declaration
from fa_theory.conjectures.prove.box import by_boxes

Says = Callable[[Run], Any]
DOMAIN: dict[str, Any] = {
    "n": 1, "d": 1, "p": 1, "activation": "sigmoid", "steps": 1, "eta": (0.125, 0.5), "lam": (0.0, 0.25),
    "W_scale": 0, "beta_scale": 0, "inputs": "sphere", "targets": "bounded", "feedback": "sign",
}  # fmt: skip


def stated(says: Says, assuming: Says | None = None, **domain: Any) -> Conjecture:
    """A conjecture about networks with few numbers open."""
    return conjecture(Domain(**{**DOMAIN, **domain}), assuming={"assumed": assuming} if assuming else None)(says)


def proof(says: Says, assuming: Says | None = None, **domain: Any) -> dict[str, Any]:
    """The document of a proof, which the checker accepts."""
    found = by_boxes(stated(says, assuming, **domain), deadline=math.inf, notify=print)
    assert found is not None
    (document_of_boxes,) = found.documents
    return copy.deepcopy(document_of_boxes)


def says_instead(doc: dict[str, Any], says: Says, assuming: Says | None = None, **domain: Any) -> dict[str, Any]:
    """The trees and the witness of a document with another conjecture."""
    return doc | declaration(stated(says, assuming, **domain))


def sealed(doc: dict[str, Any]) -> dict[str, Any]:
    """With digests that fit."""
    doc["conjecture"] = doc["conjecture"] | {"digest": conjecture_digest(doc)}
    return doc | {"digest": document.digest(doc)}


def answer(doc: dict[str, Any]) -> str:
    """Nothing if the checker accepts a document, with digests that fit; else what it says, in one line."""
    try:
        verdict = recheck(sealed(copy.deepcopy(doc)))
        said = "" if verdict.valid else verdict.reason
        assert verdict.valid or said
    except MalformedDocument as error:
        said = f"malformed: {error}"
    assert "\n" not in said
    return said
