"""The result document: the one JSON file that the command line writes and the report reads."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from fa_theory.errors import FATheoryError, InputError
from fa_theory.record.evidence import CheckResult, Evidence, MutantResult, Result
from fa_theory.shown import displayed_by

from .claim import Bound, Erratum, Hypothesis, Kind, Source
from .procedure import Budget

SCHEMA = "fa-theory/result/1"


class ClaimResult(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as declared, with everything found out about it."""

    id: str
    title: str
    kind: Kind
    bound: Bound | None
    """What sort of assertion it is; None for a conjecture, which says so in its own words."""
    statement: str
    summary: str
    hypotheses: tuple[Hypothesis, ...]
    source: Source
    uses: tuple[str, ...]
    erratum: Erratum | None
    verdict: Result
    why: str
    """The reason for the verdict, in one sentence."""
    complete: bool
    """Whether this claim and all it uses are settled as expected."""
    evidence: list[Evidence]
    mutants: list[MutantResult]
    degenerate: list[CheckResult]
    witness: CheckResult
    proof: str = ""
    """A proof in prose, as a LaTeX fragment, of what is not derived or not derived in full."""

    _repr_html_ = displayed_by("claims.result")
    _repr_latex_ = displayed_by("claims.latex")

    @property
    def words(self) -> str:
        """The verdict as shown to people."""
        refuted = self.verdict is Result.FALSIFIED and self.erratum is not None
        return "falsified as stated" if refuted else self.verdict.value


class ResultDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run found, without times or dates: on one machine, the same seed gives the same document."""

    schema: str
    seed: int
    budget: Budget | None
    """Of a run of claims; conjectures are given ``seconds``."""
    command: str
    versions: dict[str, str]
    claims: list[ClaimResult]
    failures: list[str]
    """Tasks that crashed, one line each."""
    exit_code: int
    machine: dict[str, str] = {}
    """Processor, cores, system: what kind of machine it was, not which."""
    seconds: float | None = None
    """Time given to each conjecture, where conjectures were checked."""

    @property
    def asked(self) -> str:
        """The budget in words, as it was asked for.

        Examples
        --------
        >>> ResultDocument(schema=SCHEMA, seed=0, budget=None, command="", versions={}, claims=[], failures=[],
        ...                exit_code=0, seconds=20.0).asked
        '20 s for each conjecture'
        """
        if self.seconds is not None:
            return f"{self.seconds:g} s for each conjecture"
        return self.budget.value if self.budget else "not recorded"

    _repr_html_ = displayed_by("claims.document")

    def write(self, path: Path) -> None:
        """Write as JSON, indented for people.

        Raises
        ------
        FATheoryError
            If the file cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_json(self))
        except OSError as error:
            raise FATheoryError(f"cannot write {path}: {error.strerror}; choose another place") from None


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def read(path: Path) -> ResultDocument:
    """Read a result document.

    Raises
    ------
    InputError
        If the file is missing, is not JSON, or does not follow the schema; the message says where.
    """
    try:
        document = msgspec.json.decode(path.read_bytes(), type=ResultDocument)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise InputError(f"{path} is not a result document: {error}; write one with fa-theory verify --json") from None
    if document.schema != SCHEMA:
        raise InputError(f"{path} has schema {document.schema!r} but this version reads {SCHEMA!r}")
    return document


@cache
def json_schema() -> dict[str, Any]:
    """The JSON Schema of the result document.

    Published as ``fa_theory/claims/result.schema.json``; write it again with ``python -m fa_theory.claims.result``.
    """
    schema = msgspec.json.schema(ResultDocument)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **schema}


if __name__ == "__main__":
    Path(__file__).with_name("result.schema.json").write_bytes(_json(json_schema()))
