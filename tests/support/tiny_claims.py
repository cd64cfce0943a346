"""Claims files that run in no time, for the tests of the engine."""

from __future__ import annotations

import textwrap
from pathlib import Path

from fa_theory.claims.library import Located, select

PREAMBLE = '''\
"""Claims without mathematics."""

import os
import sys
import time
from pathlib import Path

from fa_theory.claims.claim import Bound, Check, Claim, Erratum, Fidelity, Kind, CheckOutcome, Source
from fa_theory.record.evidence import SHOWN, Artefact, Evidence, Method, Result
from fa_theory.claims.procedure import Procedure, Task


DOCUMENT = Artefact(path="proofs/tiny.json", sha256="0" * 64, kind="proofs")


def drawn(i, context):
    return {"x": int(context.rng(i).integers(10**6))}


class Tiny(Procedure):
    """``n`` tasks, each of which calls ``does(i, context)``; the result is what it is told to be."""

    def __init__(self, does=drawn, n=3, result=Result.ENCLOSED, name="tiny", settles=True):
        self.does, self.n, self.result, self.name, self.settles = does, n, result, name, settles
        self.method = Method.ENCLOSURE

    def tasks(self, budget):
        return [Task(f"task {i}", {"i": i}) for i in range(self.n)]

    def run(self, task, context):
        return self.does(task.params["i"], context)

    def conclude(self, records):
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=self.result,
            settles=self.settles,
            says=f"found {[r.get('x') for r in records.values()]}",
            n=len(records),
            artefacts=[DOCUMENT] if self.result in SHOWN else [],
        )


def check(name, holds=True):
    return Check(name, f"says {name}", lambda context: CheckOutcome(holds, f"detail of {name}"))


def variant(id, *procedures, **more):
    """A variant of a published statement, known to fail."""
    source = Source("song2021", "nowhere", Fidelity.ADAPTED, "a hypothesis is left out", proved=False)
    return tiny(id, *procedures, **(dict(kind=Kind.VARIANT, source=source) | more))


def tiny(id, *procedures, **more):
    fields = dict(
        id=id,
        title="A title",
        kind=Kind.LEMMA,
        bound=Bound.UPPER,
        statement="$1 = 1$",
        summary="One is one.",
        source=Source("song2021", "nowhere", Fidelity.OURS),
        procedures=procedures or (Tiny(),),
        mutants=(check("mutant"),),
        degenerate=(check("n=1"),),
        witness=check("non-vacuity"),
    )
    return Claim(**(fields | more))


'''


def write(folder: Path, body: str, name: str = "claims.py") -> Path:
    """Write a claims file and return its path."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(PREAMBLE + textwrap.dedent(body), encoding="utf-8")
    return file


def line_of(file: Path, text: str) -> int:
    """Number of the first line that contains a text."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(k for k, line in enumerate(lines, 1) if text in line)


def located(folder: Path, body: str, name: str = "claims.py") -> list[Located]:
    """Claims of a file written for the purpose."""
    return select([str(write(folder, body, name))])
