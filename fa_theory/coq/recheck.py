"""A decay certificate or a proof checked by the kernel of Coq.

What is compiled is always the text derived from the JSON document. A ``.v`` file beside it, if there is one, must be
this text, character by character. So the theorem that the kernel accepts is about the network of the document, or is
the statement of the proof.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fa_theory.checker import document as doc
from fa_theory.checker.proof import Refused
from fa_theory.errors import InputError
from fa_theory.record.text import count
from fa_theory.work.files import write

from . import compiler, library
from .compiler import CoqLimits
from .derivation.export import CoqDerivation
from .documents import exported as written
from .exact import NotExportable
from .export import CoqCertificate
from .theorems import CLOSED, theorems

PRIMITIVE = ("PrimInt63.", "Uint63.", "PrimFloat.", "FloatAxioms.", "FloatOps.", "FloatClass.", "PrimArray.")
"""Beginnings of the names of Coq's machine integers and floats, which are listed among the axioms."""


class Status(StrEnum):
    """The outcome of a kernel check."""

    CHECKED = "kernel-checked"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    MEMORY = "out of memory"
    ABSENT = "coq-absent"
    NOT_COVERED = "not covered"
    """The theorems of the library do not apply to the document, as far as was found."""


@dataclass(frozen=True)
class KernelVerdict:
    """The outcome, the statement or the reason, and the axioms."""

    status: Status
    reason: str
    axioms: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The verdict on one line, and after it the statement of a proof."""
        return f"{self.status.value}: {self.reason}"


def certificate_and_text(path: Path) -> tuple[Path, Path]:
    """The JSON document and the Coq file that belong to a path of either kind.

    Raises
    ------
    InputError
        If the path is neither ``.json`` nor ``.v``.
    """
    if path.suffix not in (".json", ".v"):
        raise InputError(f"{path}: expected a document FILE.json, or the FILE.v exported beside it")
    return path.with_suffix(".json"), path.with_suffix(".v")


def recheck(path: Path, allowance: CoqLimits, notify: library.Notify = lambda done, of, what: None) -> KernelVerdict:
    """Have the kernel of Coq check a decay certificate or a proof.

    Parameters
    ----------
    path
        The document, or the Coq file beside it.
    allowance
        Time and memory for the certificate; the library has its own.
    notify
        Told about the files of the library while it is compiled.

    Raises
    ------
    MalformedDocument
        If the document cannot be read as a decay certificate or a proof.
    OSError
        If a file cannot be read.
    """
    source, exported = certificate_and_text(path)
    document = doc.load(source)
    try:
        made = written(document)
    except NotExportable as why:
        return KernelVerdict(Status.NOT_COVERED, str(why))
    except Refused as why:
        return KernelVerdict(Status.REJECTED, f"{source.name} is no proof: {why}")
    if exported.exists() or path == exported:
        difference = compare(exported.read_bytes(), made.text)
        if difference:
            return KernelVerdict(Status.REJECTED, f"{exported.name} is not what {source.name} says: {difference}")
    return checked(made, allowance, notify)


def checked(
    made: CoqCertificate | CoqDerivation,
    allowance: CoqLimits,
    notify: library.Notify = lambda done, of, what: None,
) -> KernelVerdict:
    """Have the kernel of Coq check an exported file, if there is Coq."""
    absent = compiler.absence()
    if absent:
        return KernelVerdict(Status.ABSENT, absent)
    return compiled(made, library.built(notify), allowance)


def compare(found: bytes, derived: str) -> str:
    """Where two texts differ first; empty if they are the same.

    Examples
    --------
    >>> compare(b"a\\nb 2\\n", "a\\nb 1\\n")
    "line 2 has '2' where '1' follows from the document"
    """
    expected = derived.encode()
    if found == expected:
        return ""
    text = found.decode("utf-8", "replace")
    at = next((i for i, (a, b) in enumerate(zip(text, derived, strict=False)) if a != b), min(len(text), len(derived)))
    line = derived.count("\n", 0, at) + 1
    here, there = (json.dumps(t[at : at + 20].partition("\n")[0])[1:-1] or "nothing" for t in (text, derived))
    return f"line {line} has {here!r} where {there!r} follows from the document"


def compiled(made: CoqCertificate | CoqDerivation, theories: Path, allowance: CoqLimits) -> KernelVerdict:
    """Compile a file, and read the axioms of its theorem."""
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder) / "Certificate.v", made.text)
        found = compiler.compile_file(file, theories, allowance)
    if found.late:
        reason = f"coqc took more than {allowance.seconds:g} s; allow more with --timeout"
        return KernelVerdict(Status.TIMEOUT, reason, seconds=found.seconds)
    if found.exhausted:
        reason = f"coqc needed more than {allowance.mebibytes} MiB; allow more with --memory"
        return KernelVerdict(Status.MEMORY, reason, seconds=found.seconds)
    if not found.accepted:
        return KernelVerdict(Status.REJECTED, f"coqc: {found.error}", seconds=found.seconds)
    axioms = printed_axioms(found.printed)
    if axioms is None:
        return KernelVerdict(Status.REJECTED, "coqc printed no axioms for the theorem", seconds=found.seconds)
    own = tuple(name for name in axioms if not name.startswith(PRIMITIVE))
    expected = theorems()[made.general].axioms if isinstance(made, CoqCertificate) else ()
    foreign = sorted(set(own) - set(expected))
    if foreign:
        return KernelVerdict(Status.REJECTED, f"the proof uses the axiom {foreign[0]}", seconds=found.seconds)
    return KernelVerdict(Status.CHECKED, _statement(made, axioms, own), axioms, found.seconds)


def printed_axioms(printed: str) -> tuple[str, ...] | None:
    """The axioms that ``Print Assumptions`` printed; None if it printed nothing.

    Examples
    --------
    >>> printed_axioms("Closed under the global context\\n"), printed_axioms("Axioms:\\nA.b : P\\nC.d\\n  : Q\\n")
    ((), ('A.b', 'C.d'))
    >>> printed_axioms("") is None
    True
    """
    lines = printed.splitlines()
    if CLOSED in lines:
        return ()
    if "Axioms:" not in lines:
        return None
    return tuple(line.split()[0] for line in lines[lines.index("Axioms:") + 1 :] if line and not line[0].isspace())


def _statement(made: CoqCertificate | CoqDerivation, axioms: tuple[str, ...], own: tuple[str, ...]) -> str:
    from .theorems import rests_on

    if isinstance(made, CoqDerivation):
        given = f"assuming {', '.join(made.assumed)}; " if made.assumed else ""
        # first what no name in the document can imitate: names have neither colons nor line breaks
        statement = "\n".join(f"  {line}" for line in made.said.splitlines())
        return f"a proof of {count(made.lemmas, 'lemma')}; {given}rests on {rests_on(own)}:\n{statement}"
    after = f"{made.steps}+t" if made.steps else "t"
    primitive = " and Coq's machine integers" if len(axioms) > len(own) else ""
    return (
        f"‖e({after})‖ ≤ {_above(made.epsilon)} · {_above(made.rho)}^t for all t ≥ 0; "
        f"rests on {rests_on(own)}{primitive}"
    )


def _above(x: object) -> str:
    from fractions import Fraction

    from fa_theory.checker.decimals import above

    assert isinstance(x, Fraction)
    nearest = float(x)
    return above(nearest if Fraction(nearest) >= x else nearest * (1 + 2**-52))
