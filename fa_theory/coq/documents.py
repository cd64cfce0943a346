"""The Coq file of any document that has one: a decay certificate or a proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .derivation.export import CoqDerivation
from .derivation.export import export as derivation
from .export import CoqCertificate
from .export import export as certificate


def exported(document: Mapping[str, Any]) -> CoqCertificate | CoqDerivation:
    """Write the Coq file of a document.

    Raises
    ------
    MalformedDocument
        If it is neither a decay certificate nor a proof.
    Refused
        If it is no proof of what it concludes.
    NotExportable
        If Coq's side does not cover it; the message says why.
    """
    if isinstance(document, Mapping) and document.get("kind") == "proof":
        return derivation(document)
    return certificate(document)
