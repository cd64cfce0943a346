"""Recheck any document: `recheck` takes a document, `recheck_file` a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from flint import ctx

from . import document as doc
from .almost_every import claim as almost_every
from .boxes import cover
from .counterexample import growth, violation
from .decay import curve, deep, deep_start, epochs, from_start, from_state, momentum
from .enclosure import assertion
from .proof import Refused, replay
from .proof.evaluate import evaluate
from .stored import digests
from .verdict import VACUOUS, Verdict

_KINDS: dict[str, tuple[Any, ModuleType]] = {
    "almost-every": (almost_every.AlmostEvery, almost_every),
    "boxes": (cover.Cover, cover),
    "counterexample": (violation.Counterexample, violation),
    "curve-from-start": (curve.CurveFromStart, curve),
    "decay-from-start": (from_start.DecayFromStart, from_start),
    "decay-from-state": (from_state.DecayFromState, from_state),
    "decay-of-epochs": (epochs.DecayOfEpochs, epochs),
    "decay-with-momentum": (momentum.DecayWithMomentum, momentum),
    "deep-decay-from-start": (deep_start.DeepDecayFromStart, deep_start),
    "enclosure": (assertion.Assertions, assertion),
    "deep-decay-from-state": (deep.DeepDecayFromState, deep),
    "growth": (growth.ErrorGrowth, growth),
}
"""Kind → the class of its claims, with ``read(document)``, and the module with ``check(claim)``."""
_IN_FLOATS = ("curve-from-start", "decay-from-start")
"""Kinds whose steps may be in binary64."""
_IN_BITS_NAMED = ("almost-every", "counterexample")
"""Kinds that are evaluated once, with at least the precision that the document names."""
_PRECISIONS = (64, 192)
"""Bits of working precision, tried in turn: 64 nearly always suffice, ill-conditioned C may need more."""


def recheck(
    document: Mapping[str, Any], *, precision: int | None = None, arithmetic: from_start.Arithmetic = "arb"
) -> Verdict:
    """Check one document from its exact data alone: a certificate in balls, or a proof by replaying it.

    Parameters
    ----------
    document
        The certificate, counterexample, enclosure or proof, as read from JSON.
    precision
        Working precision in bits, at least 32; by default 64, and 192 if that does not suffice. The trajectory of
        ``decay-from-start``, ``deep-decay-from-start`` and ``curve-from-start`` is enclosed at the precision that the
        document names.
    arithmetic
        Of the steps of ``decay-from-start`` and ``curve-from-start``: ``arb``, balls of python-flint; or ``binary64``,
        floats of NumPy with proved bounds on every error, which is much faster. All the rest is in balls. The verdict
        names what it trusts.

    Returns
    -------
    Verdict
        Valid or not, with the reason.

    Raises
    ------
    MalformedDocument
        If the document is none of these; the message is one line.
    ValueError
        If the arithmetic is unknown.
    """
    if arithmetic not in from_start.ARITHMETICS:
        raise ValueError(f"arithmetic: expected one of {', '.join(from_start.ARITHMETICS)} but got {arithmetic!r}")
    if not isinstance(document, Mapping):
        raise doc.MalformedDocument(f"document: expected a JSON object but got a {type(document).__name__}")
    document = dict(document)
    if document.get("kind") == "proof":
        return _recheck_proof(document)
    doc.text(document.get("format"), "format", (doc.FORMAT,))
    kind = doc.text(document.get("kind"), "kind", tuple(_KINDS))
    assertion, module = _KINDS[kind]
    chosen = (arithmetic,) if kind in _IN_FLOATS else ()
    claim, data = assertion.read(document, *chosen), digests(document)
    if doc.digest(document) != document["digest"]:
        return Verdict(False, kind, "digest: the document was changed after it was written", {})
    tried = _PRECISIONS[:1] if kind in _IN_BITS_NAMED else _PRECISIONS
    for bits in tried if precision is None else (max(precision, 32),):
        with ctx.workprec(bits):
            finding = module.check(claim, *chosen)
        if not finding.violations:
            return Verdict(True, kind, finding.statement, finding.bounds, finding.trusted, data)
    return Verdict(False, kind, max(finding.violations)[1], finding.bounds, finding.trusted, data)


def _recheck_proof(document: Mapping[str, Any]) -> Verdict:
    """Replay a proof, and print its statement."""
    try:
        proof = replay(document)
    except Refused as why:
        return Verdict(False, "proof", str(why), {})
    hypotheses = tuple(proof.theorem.hypotheses.values())
    seen = evaluate(hypotheses, proof.theorem.formula, witness=proof.witness)
    if seen.refuted:
        return Verdict(False, "proof", f"replayed, but false at {seen.refuted}; please report this", {})
    statement = "\n".join(f"  {line}" for line in proof.text.splitlines())
    if not seen.met:
        return Verdict(False, "proof", f"{VACUOUS} its hypotheses hold at no point tried\n{statement}", {})
    met = f"its hypotheses hold at {seen.met} points tried"
    met = met if seen.points else f"{met}, where it was not evaluated"
    return Verdict(True, "proof", f"a proof of {len(proof.steps)} steps; {met}\n{statement}", {})


def recheck_file(
    path: str | Path, *, precision: int | None = None, arithmetic: from_start.Arithmetic = "arb"
) -> Verdict:
    """Read and check one file; see `recheck`, and `document.load` for what a file may contain.

    Raises
    ------
    MalformedDocument
        If the file is not such a document.
    OSError
        If it cannot be read.
    """
    return recheck(doc.load(path), precision=precision, arithmetic=arithmetic)
