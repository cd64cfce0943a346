"""The headline theorems: what they state, and the axioms they rest on, as recorded and as Coq prints them.

``Audit.v`` of each part of the library prints the closed statement of every headline theorem and its axioms;
``Audit.expected`` records what it prints. `audit` compiles the audits and compares, word for word.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fa_theory.work.files import write

from .compiler import CoqLimits, compile_file
from .library import CoqError, built, source

PARTS = ("core", "reals")
AUDIT = CoqLimits(seconds=300.0)
CLOSED = "Closed under the global context"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_'.]*")


@dataclass(frozen=True)
class CoqTheorem:
    """A headline theorem.

    Attributes
    ----------
    name
        Its name in the library.
    statement
        Its statement, as Coq prints it.
    axioms
        The axioms it rests on; none if it is closed.
    """

    name: str
    statement: str
    axioms: tuple[str, ...]

    @property
    def rests_on(self) -> str:
        """Its axioms in words.

        Examples
        --------
        >>> CoqTheorem("t", "True", ()).rests_on
        'no axioms'
        """
        return rests_on(self.axioms)


def rests_on(axioms: tuple[str, ...]) -> str:
    """Axioms in words.

    Examples
    --------
    >>> rests_on(("Classical_Prop.classic",))
    'the axiom classic'
    """
    short = [name.rpartition(".")[2] for name in axioms]
    return f"the axiom{'s' if len(short) > 1 else ''} {', '.join(short)}" if short else "no axioms"


def parse(printed: str) -> list[CoqTheorem]:
    """The theorems that an audit printed.

    Examples
    --------
    >>> parse("t\\n     : True\\nClosed under the global context\\n")
    [CoqTheorem(name='t', statement='True', axioms=())]
    """
    found: list[CoqTheorem] = []
    name, lines, axioms = "", list[str](), list[str]()
    state = "name"
    for line in printed.splitlines():
        indented = line.startswith(" ")
        if line == CLOSED or line == "Axioms:":
            state = "axioms"
            continue
        if not indented and _NAME.fullmatch(line) and state != "statement" and "." not in line:
            if name:
                found.append(CoqTheorem(name, _dedented(lines), tuple(axioms)))
            name, lines, axioms, state = line, [], [], "statement"
        elif state == "axioms" and not indented:
            axioms.append(line.split()[0])
        elif state == "statement":
            lines.append(line)
    if name:
        found.append(CoqTheorem(name, _dedented(lines), tuple(axioms)))
    return found


def _dedented(lines: list[str]) -> str:
    """A statement without the column in which Coq prints it."""
    return "\n".join(line[7:].rstrip() for line in lines)


def recorded(part: str) -> str:
    """What the audit of a part is expected to print."""
    return (source() / "theories" / part / "Audit.expected").read_text("utf-8")


@cache
def theorems() -> Mapping[str, CoqTheorem]:
    """All headline theorems, as recorded.

    Examples
    --------
    >>> theorems()["linear_error_recursion"].rests_on
    'no axioms'
    """
    return {theorem.name: theorem for part in PARTS for theorem in parse(recorded(part))}


def printed(part: str, allowance: CoqLimits) -> str:
    """What the audit of a part prints now.

    Raises
    ------
    CoqError
        If it does not compile.
    """
    theories = built()
    with tempfile.TemporaryDirectory() as temporary:
        file = write(Path(temporary) / "Audit.v", (source() / "theories" / part / "Audit.v").read_bytes())
        found = compile_file(file, theories, allowance)
    if not found.accepted:
        raise CoqError(f"the audit of {part}: {'timeout' if found.late else found.error}")
    return found.printed


def audit(part: str, allowance: CoqLimits = AUDIT) -> None:
    """Compare what Coq prints about the headline theorems of a part with what is recorded.

    Raises
    ------
    CoqError
        If it differs.
    """
    now, before = printed(part, allowance), recorded(part)
    if now != before:
        pairs = zip(now.splitlines(), before.splitlines(), strict=False)
        line = next((i for i, (a, b) in enumerate(pairs, 1) if a != b), min(now.count("\n"), before.count("\n")) + 1)
        raise CoqError(f"theories/{part}/Audit.expected, line {line}: Coq prints something else")
