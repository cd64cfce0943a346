"""The result document: the one JSON file that the command line writes and the report reads."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from fa_theory.errors import InputError
from fa_theory.record.evidence import CheckResult, CoqStatement, Evidence, MutantResult, Result
from fa_theory.record.text import below, count
from fa_theory.shown import displayed_by
from fa_theory.work.files import write

from .claim import Bound, Erratum, Hypothesis, Kind, Source
from .procedure import Budget
from .verdict import reaches

SCHEMA = "fa-theory/result/1"


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """The run that settled a claim: a document may hold the results of several runs."""

    command: str = ""
    """The command of the run, if there was one."""
    code: str = ""
    """Digest of the code and the versions of its libraries: everything that can change a result except its inputs."""
    target: str = ""
    """Of a conjecture: ``FILE.py::NAME``, as it was checked."""


class ClaimResult(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as declared, with all results about it."""

    id: str
    title: str
    kind: Kind
    bound: Bound | None
    """The sort of assertion; None for a conjecture, whose statement contains it."""
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
    """Whether this claim and all it uses are settled as expected, at the probability stated if one is."""
    evidence: list[Evidence]
    mutants: list[MutantResult]
    degenerate: list[CheckResult]
    witness: CheckResult
    proof: str = ""
    """A proof in prose, as a LaTeX fragment, of what is not derived or not derived in full."""

    probability: float | None = None
    """The probability that the claim states."""
    reached: float | None = None
    """The probability that the trials have shown."""
    reachable: Budget | None = None
    """The smallest budget with enough trials for the probability stated."""
    coq: CoqStatement | None = None
    """The theorem of ``proofs/coq`` that states the claim or a part of it, whether or not Coq has checked it here."""
    provenance: Provenance = Provenance()

    _repr_html_ = displayed_by("claims.result")
    _repr_latex_ = displayed_by("claims.latex")

    def __repr__(self) -> str:
        return f"ClaimResult({self.id}: {self.words}{'' if self.complete else ', not complete'})"

    def words_for(self, result: Result) -> str:
        """A result for this claim in words: an expected refutation has its own name."""
        if result is not Result.FALSIFIED or self.erratum is None:
            return result.value
        return "variant refuted" if self.kind.is_ours else "falsified as stated"

    @property
    def words(self) -> str:
        """The verdict in words."""
        return self.words_for(self.verdict)

    @property
    def level(self) -> str:
        """The probability that a statistical verdict supports, with the one stated; empty for other verdicts."""
        if self.verdict is not Result.SUPPORTED or self.probability is None or self.reached is None:
            return ""
        return f"P ≥ {below(self.reached)} (states {self.probability:g})"

    @property
    def verdict_in_full(self) -> str:
        """The verdict with its level.

        For instance ``supported at P ≥ 0.67 (states 0.95)``.
        """
        return f"{self.words} at {self.level}" if self.level else self.words


class ResultDocument(msgspec.Struct, frozen=True, kw_only=True):
    """All results of a run, without times or dates: on machines of one kind, the same seed gives the same document.

    Machines of one kind have the same `fa_theory.work.provenance.arithmetic`, recorded in ``machine``.
    """

    schema: str
    seed: int
    budget: Budget | None
    """Budget of a run of claims; for conjectures see ``seconds``."""
    command: str
    versions: dict[str, str]
    claims: list[ClaimResult]
    failures: list[str]
    """Tasks that crashed, one line each."""
    exit_code: int
    machine: dict[str, str] = {}
    """Processor, cores, system: the kind of machine, not its identity."""
    seconds: float | None = None
    """Time for each conjecture, if conjectures were checked."""

    @property
    def asked(self) -> str:
        """The requested budget in words.

        Examples
        --------
        >>> ResultDocument(schema=SCHEMA, seed=0, budget=None, command="", versions={}, claims=[], failures=[],
        ...                exit_code=0, seconds=20.0).asked
        '20 s per conjecture'
        """
        if self.seconds is not None:
            return f"{self.seconds:g} s per conjecture"
        return self.budget.value if self.budget else "not recorded"

    _repr_html_ = displayed_by("claims.document")

    def __repr__(self) -> str:
        counts = Counter(claim.words for claim in self.claims)
        found = ", ".join(f"{count} {words}" for words, count in counts.most_common())
        crashed = f"; {len(self.failures)} tasks crashed" if self.failures else ""
        return f"ResultDocument({found or 'no claims'}; budget {self.asked}, seed {self.seed}{crashed})"

    @property
    def on_probabilities(self) -> str:
        """How many claims with a probability reach it, and what a larger budget adds; empty without such claims.

        Computed, for the front page of the report and for the summary on the terminal.
        """
        stating = [claim for claim in self.claims if claim.probability is not None]
        if not stating:
            return ""
        supported = [claim for claim in stating if claim.level]
        short = [claim for claim in supported if not reaches(claim.probability, claim.reached)]
        reached, are = len(supported) - len(short), "is" if len(stating) == 1 else "are"
        said = f"{reached} of {count(len(stating), 'claim')} about a probability {are} supported at the stated level"
        if not short:
            return f"{said}."
        budgets = list(Budget)
        needed = [budgets.index(claim.reachable) for claim in short if claim.reachable is not None]
        few = f"the {self.asked} budget has too few trials"
        if len(needed) == len(short):
            few += f", the {budgets[max(needed)].value} budget has enough"
        return f"{said}, {len(short)} at a lower level, given in the verdict: {few}."

    def write(self, path: Path) -> None:
        """Write as JSON, indented for people.

        Raises
        ------
        FATheoryError
            If the file cannot be written.
        """
        write(path, _json(self))


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that says something twice: readers differ in what they take."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError(f"an object has the key {next(name for name in names if names.count(name) > 1)!r} twice")


def read(path: Path) -> ResultDocument:
    """Read a result document.

    Raises
    ------
    InputError
        If the file is missing, is not JSON, or does not follow the schema; the message says where.
    """
    try:
        data = path.read_bytes()
        document = msgspec.json.decode(data, type=ResultDocument)
        json.loads(data, object_pairs_hook=_once)
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
    schema: dict[str, Any] = _unindented(msgspec.json.schema(ResultDocument))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **schema}


def _unindented(schema: Any) -> Any:
    """The schema with docstrings as in Python 3.13, which strips their indentation."""
    match schema:
        case dict():
            return {
                key: cleandoc(value) if key == "description" and isinstance(value, str) else _unindented(value)
                for key, value in schema.items()
            }
        case list():
            return [_unindented(value) for value in schema]
    return schema


if __name__ == "__main__":
    write(Path(__file__).with_name("result.schema.json"), _json(json_schema()))
