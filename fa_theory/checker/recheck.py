"""Recheck any document: `recheck` takes what was read, `recheck_file` a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from flint import ctx

from . import document as doc
from .counterexample import growth, violation
from .decay import from_start, from_state
from .verdict import Verdict

_KINDS: dict[str, tuple[Any, ModuleType]] = {
    "counterexample": (violation.Counterexample, violation),
    "decay-from-start": (from_start.DecayFromStart, from_start),
    "decay-from-state": (from_state.DecayFromState, from_state),
    "growth": (growth.ErrorGrowth, growth),
}
"""Kind → what a document asserts, with ``read(document)``, and the module with ``check(assertion)``."""
_PRECISIONS = (64, 192)
"""Bits of working precision, tried in turn: 64 nearly always do, ill-conditioned C may need more."""


def recheck(document: Mapping[str, Any], *, precision: int | None = None) -> Verdict:
    """Check one certificate in ball arithmetic, from its exact data alone.

    Parameters
    ----------
    document
        The certificate, as read from JSON.
    precision
        Working precision in bits, at least 32; by default 64, and 192 if that does not suffice. The trajectory of
        ``decay-from-start`` is enclosed at the precision that the document names.

    Returns
    -------
    Verdict
        Valid or not, with the reason.

    Raises
    ------
    MalformedDocument
        If the document is not a certificate at all; the message is one line.
    """
    if not isinstance(document, Mapping):
        raise doc.MalformedDocument(f"document: expected a JSON object but got a {type(document).__name__}")
    document = dict(document)
    doc.text(document.get("format"), "format", (doc.FORMAT,))
    kind = doc.text(document.get("kind"), "kind", tuple(_KINDS))
    assertion, module = _KINDS[kind]
    claim = assertion.read(document)
    if doc.digest(document) != document["digest"]:
        return Verdict(False, kind, "digest: the document was changed after it was written", {})
    for bits in _PRECISIONS if precision is None else (max(precision, 32),):
        with ctx.workprec(bits):
            finding = module.check(claim)
        if not finding.violations:
            return Verdict(True, kind, finding.statement, finding.bounds)
    return Verdict(False, kind, max(finding.violations)[1], finding.bounds)


def recheck_file(path: str | Path, *, precision: int | None = None) -> Verdict:
    """Read and check one file; see `recheck`, and `document.load` for what a file may contain.

    Raises
    ------
    MalformedDocument
        If the file is not a certificate.
    OSError
        If it cannot be read.
    """
    return recheck(doc.load(path), precision=precision)
