"""``fa-theory check``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from fa_theory.figures.verdicts import look
from fa_theory.record.text import count

from .options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out, Seed
from .terminal import console, prose, table

if TYPE_CHECKING:
    from fa_theory.claims.merge import Kept
    from fa_theory.conjectures.settle.outcome import ConjectureOutcome
    from fa_theory.conjectures.settle.progress import CheckProgress


def check(
    targets: Annotated[list[str], typer.Argument(metavar="FILE.py[::NAME]", help="Files of conjectures.")],
    budget: Annotated[
        float,
        typer.Option(
            min=1.0, metavar="SECONDS", help="Work per conjecture: about this many seconds on an idle machine."
        ),
    ] = 20.0,
    seed: Seed = 0,
    jobs: Jobs = DEFAULT_JOBS,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """Check your own conjectures: find a certified counterexample or a proof, or report how hard the search was.

    Writes DIR/conjectures.json. Existing results of other conjectures are kept if they have the same seed, budget and
    code. FILE contains only the results of this run.
    """
    from fa_theory.claims.merge import keep
    from fa_theory.conjectures.settle import isolation
    from fa_theory.conjectures.settle.claim import conjectures_document
    from fa_theory.conjectures.settle.outcome import ConjectureOutcome, encode, exit_code
    from fa_theory.work.files import write
    from fa_theory.work.ledger import open_ledger

    command = shlex.join(["fa-theory", "check", *targets, "--budget", f"{budget:g}", "--seed", str(seed)])
    named = {f"{target.partition('::')[0]}::{name}": None for target in targets for name in isolation.names(target)}
    outcomes: dict[str, ConjectureOutcome] = {}
    with open_ledger(out / "conjectures.sqlite", _run_key(list(named), budget, seed)) as ledger:
        for target in named:
            record = ledger.get(target, "check", "")
            if record is not None:
                outcomes[target] = msgspec.convert(record, ConjectureOutcome)
        if outcomes:
            console(stderr=True).print(f"resuming: {len(outcomes)} of {len(named)} conjectures already finished")
        left = [target for target in named if target not in outcomes]
        try:
            with _board(left) as board:
                running = isolation.run(left, budget=budget, seed=seed, out=str(out), jobs=jobs, notify=board.notify)
                with closing(running):
                    for outcome in running:
                        target = f"{outcome.file}::{outcome.name}"
                        outcomes[target] = outcome
                        ledger.add(target, "check", "", msgspec.to_builtins(outcome))
                        board.finished(target, outcome)
            ledger.finish()
        finally:
            done = [outcomes[target] for target in named if target in outcomes]
            if done:  # an interruption keeps finished conjectures
                results = out / "conjectures.json"
                kept = keep(conjectures_document(done, seed=seed, command=command, out=out), results)
                if json:
                    write(json, encode(done))
                _summarise(done, results, kept)
    raise typer.Exit(exit_code(done))


def _run_key(targets: list[str], budget: float, seed: int) -> str:
    from fa_theory.work.provenance import file_digest, run_key

    files = sorted({target.partition("::")[0] for target in targets})
    return run_key(seed, budget, targets, [file_digest(file) for file in files])


class _Board:
    """Shows progress: without a terminal, only finished conjectures."""

    def notify(self, target: str, progress: CheckProgress) -> None:
        """Show the progress of a conjecture."""

    def finished(self, target: str, outcome: ConjectureOutcome) -> None:
        """Show that a conjecture is finished."""
        name = target.partition("::")[2]
        console(stderr=True).print(f"{name}: {outcome.verdict.value} after {outcome.seconds:.1f} s", markup=False)


class _Terminal(_Board):
    """One line for each running conjecture, with the smallest margin so far."""

    def __init__(self, targets: list[str]) -> None:
        from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        self.bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("{task.fields[at]}"),
            console=console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def notify(self, target: str, progress: CheckProgress) -> None:
        if target not in self._tasks:
            self._tasks[target] = self.bars.add_task(target.partition("::")[2], total=1.0, at="")
        margin = "" if progress.margin is None else f"smallest margin {progress.margin:.3g}"
        at = f"{progress.phase}  {progress.trials:,} networks  {margin}"
        self.bars.update(self._tasks[target], completed=progress.fraction, at=at)

    def finished(self, target: str, outcome: ConjectureOutcome) -> None:
        if target in self._tasks:
            self.bars.remove_task(self._tasks.pop(target))
        shown = look(outcome.verdict.value)
        name = target.partition("::")[2]
        self.bars.console.print(f"{shown.symbol} {name}: {outcome.verdict.value}", style=shown.style, markup=False)


@contextmanager
def _board(targets: list[str]) -> Iterator[_Board]:
    if not console(stderr=True).is_terminal:
        yield _Board()
        return
    board = _Terminal(targets)
    with board.bars:
        yield board


def _summarise(outcomes: list[ConjectureOutcome], results: Path, kept: Kept) -> None:
    rows, styles = [], []
    for outcome in outcomes:
        shown = look(outcome.verdict.value)
        margin = "" if outcome.margin is None else f"{outcome.margin + 0.0:.3g}"
        rows.append(
            (
                f"{shown.symbol} {outcome.verdict.value}",
                outcome.name,
                margin,
                f"{outcome.n_trials:,}",
                f"{outcome.seconds:.1f} s",
                outcome.why,
            )
        )
        styles.append(shown.style)
    table(("verdict", "conjecture", "least margin", "networks", "time", "because"), rows, styles)
    screen = console()
    for outcome in outcomes:
        for warning in outcome.warnings:
            prose(f"warning: {outcome.name}: {warning}", style="yellow")
    for outcome in outcomes:
        if outcome.shown:
            screen.print(f"\n{outcome.name}: {outcome.title}", style="bold", markup=False)
            for line in outcome.shown:
                prose(line, indent=2, hang=2)
        documents = [outcome.counterexample] if outcome.counterexample else outcome.documents
        if documents:
            screen.print(f"  check it:  fa-theory recheck {' '.join(documents)}", markup=False)
        if outcome.snippet:
            screen.print(f"  rerun it:  python {outcome.snippet}", markup=False)
    beside = f", beside {count(kept.others, 'other conjecture')} checked before" if kept.others else ""
    screen.print()
    prose(f"written to {results}{beside}")
    prose(f"print it with: fa-theory report --from {results}")
    if kept.moved:
        prose(f"the results of another run were there; they are kept in {kept.moved}")
