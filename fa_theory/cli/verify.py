"""``fa-theory verify``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa_theory.claims.procedure import Budget

from .options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out, Seed
from .terminal import SYMBOLS, console, plain, progress, style_of, table

if TYPE_CHECKING:
    from fa_theory.claims.result import ResultDocument


def verify(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="ID|PATH", help="Claim ids, or files of claims; default: all.")
    ] = None,
    budget: Annotated[Budget, typer.Option(help="Seconds, minutes or hours of work.")] = Budget.QUICK,
    seed: Seed = 0,
    jobs: Jobs = DEFAULT_JOBS,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """Settle claims: derive, certify, sample, refute the mutants; write DIR/results.json."""
    from fa_theory.claims.library import select
    from fa_theory.claims.runner import Settings
    from fa_theory.claims.runner import verify as run

    located = select(targets or [])
    command = shlex.join(["fa-theory", "verify", *(targets or []), "--budget", budget.value, "--seed", str(seed)])
    results = out / "results.json"
    files = [results, *([json] if json else [])]
    with progress("verifying") as notify:
        document = run(located, Settings(seed, budget, jobs, out), command=command, progress=notify, files=files)
    summarise(document, results)
    raise typer.Exit(document.exit_code)


def summarise(document: ResultDocument, path: Path) -> None:
    """Print the verdict table and what to do next."""
    rows = []
    for claim in document.claims:
        refuted = sum(m.refuted for m in claim.mutants)
        rows.append(
            (
                f"{SYMBOLS[claim.verdict][0]} {claim.words}",
                claim.id,
                f"{refuted}/{len(claim.mutants)}",
                "yes" if claim.complete else "no",
                plain(claim.why) if "$" in claim.why else claim.why,
            )
        )
    table(("verdict", "claim", "mutants refuted", "complete", "because"), rows, [style_of(c) for c in document.claims])
    screen = console()
    for failure in document.failures:
        screen.print(f"crashed: {failure}", style="red", markup=False)
    count = len(document.claims)
    absent = sorted({other for claim in document.claims for other in claim.uses} - {c.id for c in document.claims})
    if absent:
        screen.print(f"\nnot complete without {', '.join(absent)}: used, but not part of this run", markup=False)
    screen.print(
        f"\n{count} claim{'s' if count != 1 else ''}, budget {document.budget.value}, seed {document.seed}; "
        f"written to {path}. Print them with: fa-theory report --from {path}",
        markup=False,
    )
