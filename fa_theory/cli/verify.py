"""``fa-theory verify``."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa_theory.claims.procedure import Budget
from fa_theory.record.text import count

from .options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out, Seed
from .terminal import progress, prose, table

if TYPE_CHECKING:
    from fa_theory.claims.result import ClaimResult, ResultDocument


def verify(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="ID|PATH", help="Claim ids or files of claims; default: all.")
    ] = None,
    budget: Annotated[Budget, typer.Option(help="Seconds, minutes or hours of work.")] = Budget.QUICK,
    uses: Annotated[bool, typer.Option("--with-uses", help="Also verify the claims that these use.")] = False,
    coq: Annotated[
        bool,
        typer.Option("--coq", help="Also have Coq check proofs, and the theorems that state claims."),
    ] = False,
    seed: Seed = 0,
    jobs: Jobs = DEFAULT_JOBS,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """Verify claims: run proofs, certificates and trials, refute the mutants, and write DIR/results.json.

    Existing results of other claims are kept if they have the same seed, budget and code. FILE contains only the
    results of this run.
    """
    from fa_theory.claims.library import select, with_uses
    from fa_theory.claims.merge import Kept, keep
    from fa_theory.claims.runner import Settings
    from fa_theory.claims.runner import verify as run

    located = with_uses(select(targets or [])) if uses else select(targets or [])
    options = ["--budget", budget.value, "--seed", str(seed), *(["--with-uses"] if uses else [])]
    options += ["--coq"] if coq else []
    command = shlex.join(["fa-theory", "verify", *(targets or []), *options])
    results, tasks, kept, begun = out / "results.json", list[tuple[int, int]](), list[Kept](), time.monotonic()

    def write(document: ResultDocument) -> None:
        kept.append(keep(document, results))
        if json:
            document.write(json)

    kernel = coq and _audited()
    with progress("verifying") as notify:

        def told(done: int, total: int, label: str) -> None:
            tasks.append((done, total))
            notify(done, total, label)

        document = run(located, Settings(seed, budget, jobs, out, kernel), command=command, progress=told, keep=write)
    (held,) = kept
    summarise(document, held.document, WorkDone(*tasks[0], time.monotonic() - begun))
    beside = f", with {count(held.others, 'other claim')} verified before" if held.others else ""
    prose(f"budget {budget.value}, seed {seed}; written to {results}{beside}")
    prose(f"print with: {_printing(results)}")
    if held.moved:
        prose(f"the results of another run were there; they are kept in {held.moved}")
    raise typer.Exit(document.exit_code)


def _audited() -> bool:
    """Whether Coq accepts the library, with the statements and axioms recorded; False, and a line, without Coq."""
    from fa_theory.coq import compiler, library, theorems

    absent = compiler.absence()
    if absent:
        prose(f"coq-absent: {absent}; verdicts are those without Coq")
        return False
    with progress("compiling the Coq library, once") as notify:
        library.built(notify)
    for part in theorems.PARTS:
        theorems.audit(part)
    return True


@dataclass(frozen=True, slots=True)
class WorkDone:
    """The work of a run: tasks found in the ledger, all tasks, and seconds."""

    found: int
    total: int
    seconds: float


def summarise(document: ResultDocument, everything: ResultDocument, work: WorkDone) -> None:
    """Print the verdict table, the totals, a legend, and warnings.

    Parameters
    ----------
    document
        What the run found.
    everything
        All current results, which determine whether a claim is complete.
    work
        The work that the run took.
    """
    from fa_theory.figures.verdicts import look
    from fa_theory.record.plain import in_unicode

    known = {claim.id: claim for claim in everything.claims}
    claims = [known[claim.id] for claim in document.claims]
    rows = [
        (
            f"{look(claim.words).symbol} {claim.words}",
            claim.id,
            f"{sum(m.refuted for m in claim.mutants)}/{len(claim.mutants)}",
            "yes" if claim.complete else "no",
            in_unicode(f"{claim.verdict_in_full}: {claim.why}" if claim.level else claim.why),
        )
        for claim in claims
    ]
    table(("verdict", "claim", "mutants", "complete", "because"), rows, [look(claim.words).style for claim in claims])
    print()
    for failure in document.failures:
        prose(f"crashed: {failure}", style="red")
    absent = sorted({other for claim in claims for other in claim.uses} - known.keys())
    if absent:
        prose(f"not complete without {', '.join(absent)} (used, but not part of this run); --with-uses includes them")
    for line in (*_totals(claims), document.on_probabilities, _work(work)):
        if line:
            prose(line)


def _totals(claims: list[ClaimResult]) -> list[str]:
    """The number of claims per verdict, the meaning of the verdicts, and the expected refutations."""
    from fa_theory.figures.verdicts import LOOKS

    counts = Counter(claim.words for claim in claims)
    seen = {word: look for word, look in LOOKS.items() if counts[word]}
    total = ", ".join(f"{counts[word]} {word}" for word in seen)
    complete = sum(claim.complete for claim in claims)
    expected = [claim.id for claim in claims if claim.words != claim.verdict.value]
    return [
        f"{count(len(claims), 'claim')}: {total}; {complete} complete",
        *(f"{look.symbol} {word}: {look.brief}" for word, look in seen.items()),
        f"refuted as expected: {', '.join(expected)}" if expected else "",
    ]


def _work(work: WorkDone) -> str:
    kept = f", {work.found} of them from an interrupted run" if work.found else ""
    return f"{count(work.total, 'task')} in {_duration(work.seconds)}{kept}"


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def _printing(results: Path) -> str:
    return shlex.join(["fa-theory", "report", "--from", str(results)])
