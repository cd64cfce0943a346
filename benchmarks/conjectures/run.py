"""All labelled conjectures: ``python benchmarks/conjectures/run.py [--budget S] [--only WORD] [--keep FILE]``.

With ``--keep FILE`` every verdict is added to the file as it comes, and those that it holds for the same budget and
seed are not computed again. A budget counts work, so that the verdicts do not depend on the load of the machine.

First the verdict on each, and whether it agrees with the label; then, on those that are false for all networks, the
time to the first violation beside that of plain Hypothesis and of random draws (`peers`).

A label is ``true``, ``false``, ``vacuous``, ``undecided``, or ``undecided (true)``/``undecided (false)`` where the
truth is known but no honest attack can tell. A verdict is *right* if it is one the label asks for, *WRONG* if it says
something untrue, and *missed* otherwise.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from peers import FINDERS
from threadpoolctl import threadpool_limits

from fa_theory.claims.library import imported
from fa_theory.conjectures import BestConstant, Conjecture, ForAll, Generic
from fa_theory.conjectures.language.load import conjectures
from fa_theory.conjectures.settle import isolation
from fa_theory.conjectures.settle.outcome import ConjectureOutcome

HERE = Path(__file__).parent
OTHERS = ("counterexamples", "peers", "run")

RIGHT = {
    "true": {"proved", "supported"},
    "false": {"falsified", "contradicted"},
    "vacuous": {"vacuous"},
    "undecided": {"undecided"},
    "undecided (true)": {"undecided", "proved"},
    "undecided (false)": {"undecided", "falsified", "contradicted"},
}
"""Verdicts that agree with a label."""
UNTRUE = {
    "true": {"falsified", "contradicted", "vacuous"},
    "false": {"proved", "vacuous"},
    "vacuous": {"falsified", "contradicted", "supported"},
    "undecided": {"proved", "falsified", "contradicted"},
    "undecided (true)": {"falsified", "contradicted", "vacuous"},
    "undecided (false)": {"proved", "vacuous"},
}
"""Verdicts that contradict a label."""


@dataclass(frozen=True)
class Labelled:
    """A conjecture with its label."""

    conjecture: Conjecture
    label: str
    why: str
    rare: bool = False
    """Whether it is false, and fails for rare networks only."""

    @property
    def target(self) -> str:
        return f"{self.conjecture.file}::{self.conjecture.name}"

    @property
    def refutable(self) -> bool:
        """Whether a single network refutes it, and one exists."""
        return (
            self.label == "false"
            and isinstance(self.conjecture.quantifier, ForAll | BestConstant)
            and not self.conjecture.of_law
        )

    def agrees(self, verdict: str) -> str:
        """``right``, ``missed``, ``WRONG`` or ``error``."""
        if verdict == "error":
            return verdict
        if verdict in RIGHT[self.label]:
            return "right"
        return "WRONG" if verdict in UNTRUE[self.label] else "missed"


@dataclass(frozen=True)
class Row:
    """What became of a conjecture."""

    name: str
    target: str
    rare: bool
    certified: bool
    for_all: bool
    budget: float
    seed: int
    label: str
    verdict: str
    agrees: str
    seconds: float
    first_violation: float | None
    size: int | None
    why: str


@dataclass(frozen=True)
class Race:
    """Times to the first violation by finder, one per seed; None where there was none in time."""

    name: str
    times: dict[str, list[float | None]]


def labelled(only: str = "") -> list[Labelled]:
    """All conjectures beside this file whose file or name contains a word, with their labels."""
    found = []
    for file in [*sorted(HERE.glob("*.py")), *sorted(HERE.glob("second/*.py"))]:
        if file.stem not in OTHERS or file.parent != HERE:
            module = imported(file)
            rare = vars(module).get("RARE", set(module.LABELS) if file.stem == "rare" else set())
            found += [Labelled(c, *module.LABELS[c.name], rare=c.name in rare) for c in conjectures(str(file))]
    return [item for item in found if only in item.target]


def verdicts(items: list[Labelled], budget: float, seed: int, jobs: int, keep: Path | None = None) -> list[Row]:
    """Check them all, each in a process of its own; print a line as each comes, and keep it."""
    by_target = {item.target: item for item in items}
    known = [Row(**json.loads(line)) for line in keep.read_text().splitlines()] if keep and keep.exists() else []
    done = [row for row in known if row.budget == budget and row.seed == seed and row.target in _short(by_target)]
    left = {target: item for target, item in by_target.items() if _name(target) not in {row.target for row in done}}
    print(f"{'conjecture':<42} {'label':<17} {'verdict':<12} {'':<6} {'s':>6} {'first':>8} {'n·d·p':>5}")
    rows = [replace(row, agrees=_short(by_target)[row.target].agrees(row.verdict)) for row in done]
    for each in rows:
        print(line(each))
    with tempfile.TemporaryDirectory() as out:
        run = isolation.run(list(left), budget=budget, seed=seed, out=out, jobs=jobs, notify=lambda *_: None)
        for outcome in run:
            rows.append(row(by_target[f"{outcome.file}::{outcome.name}"], outcome))
            print(line(rows[-1]), flush=True)
            if keep is not None:
                with keep.open("a") as file:
                    file.write(json.dumps(asdict(rows[-1])) + "\n")
    return rows


def _name(target: str) -> str:
    """A target without the folder of the benchmark."""
    return target.removeprefix(f"{HERE}/")


def _short(by_target: dict[str, Labelled]) -> dict[str, Labelled]:
    return {_name(target): item for target, item in by_target.items()}


def row(item: Labelled, outcome: ConjectureOutcome) -> Row:
    """A verdict beside its label."""
    return Row(
        name=outcome.name,
        target=_name(item.target),
        rare=item.rare,
        certified=outcome.counterexample is not None,
        for_all=isinstance(item.conjecture.quantifier, ForAll | Generic) and not item.conjecture.of_law,
        budget=outcome.budget,
        seed=outcome.seed,
        label=item.label,
        verdict=str(outcome.verdict),
        agrees=item.agrees(str(outcome.verdict)),
        seconds=outcome.seconds,
        first_violation=outcome.first_violation_seconds,
        size=outcome.size,
        why=outcome.why,
    )


def line(r: Row) -> str:
    """A row for people."""
    first = "" if r.first_violation is None else f"{r.first_violation:.4f}"
    size = "" if r.size is None else str(r.size)
    remark = "" if r.agrees == "right" else f"  {r.why.removeprefix(f'{HERE}/')[:120]}"
    return f"{r.name:<42} {r.label:<17} {r.verdict:<12} {r.agrees:<6} {r.seconds:6.1f} {first:>8} {size:>5}{remark}"


REFUTED = ("falsified", "contradicted")
"""Verdicts against a statement: with a document, and by trials."""


def summary(rows: list[Row]) -> None:
    """The figures to reach: no verdict that contradicts a label comes first."""
    false = [r for r in rows if r.label == "false"]
    single = [r for r in false if r.for_all]
    true = [r for r in rows if r.label == "true" and r.for_all]
    wrong = [r.name for r in rows if r.agrees == "WRONG"]
    failed = [r.name for r in rows if r.agrees == "error"]
    sizes = [r.size for r in false if r.size is not None]
    stopped = sum("stopped by the clock" in r.why for r in rows)
    print(f"\n{len(rows)} conjectures, {len(false)} of them false")
    print(f"false verdicts: {len(wrong)} {wrong or ''}; errors: {len(failed)} {failed or ''}")
    _share("false ones falsified or contradicted", false, lambda r: r.verdict in REFUTED)
    _share("false ones about single networks with a certified counterexample", single, lambda r: r.certified)
    _share("rare false ones with a certified counterexample", [r for r in single if r.rare], lambda r: r.certified)
    _share("true ones about single networks proved", true, lambda r: r.verdict == "proved")
    _share("verdicts against a statement that are right (precision)",
           [r for r in rows if r.verdict in ("falsified", "contradicted")],
           lambda r: r.label in ("false", "undecided (false)"))  # fmt: skip
    print(f"verdicts that the clock cut short: {stopped}")
    if sizes:
        print(f"counterexamples: median n·d·p {median(sizes):g}, largest {max(sizes)}")


def _share(what: str, among: list[Row], holds: Callable[[Row], bool]) -> None:
    if among:
        count = sum(map(holds, among))
        missed = [r.name for r in among if not holds(r)]
        print(
            f"{what}: {count} of {len(among)} ({100 * count / len(among):.0f} %)"
            + (f"; not {', '.join(missed)}" * bool(missed))
        )


def races(items: list[Labelled], limit: float, seeds: int) -> list[Race]:
    """Time to the first violation by all finders, in turns, so that the load of the machine is shared."""
    chosen = [item.conjecture for item in items]
    for find in FINDERS.values():  # what is imported and compiled on the first call is on nobody's clock
        find(chosen[0], 0.2, 0)
    print(f"\nmedian time to the first violation (s) of {seeds} runs, at most {limit:g} s each")
    print(f"{'conjecture':<42} " + " ".join(f"{name:>15}" for name in FINDERS))
    found = []
    for conjecture in chosen:
        times = {name: [find(conjecture, limit, key) for key in range(seeds)] for name, find in FINDERS.items()}
        found.append(Race(conjecture.name, times))
        print(
            f"{conjecture.name:<42} " + " ".join(f"{shown(typical(times[name])):>15}" for name in FINDERS), flush=True
        )
    return found


def typical(times: list[float | None]) -> float:
    """Median, with infinity for what was not found."""
    return median(math.inf if t is None else t for t in times)


def shown(seconds: float) -> str:
    """A time for people."""
    return "–" if math.isinf(seconds) else f"{seconds:.4f}"


def compare(found: list[Race], limit: float) -> None:
    """Medians over the conjectures, and of the ratios; a search without success counts as the whole limit."""
    mine = [min(typical(race.times[next(iter(FINDERS))]), limit) for race in found]
    print()
    for name in FINDERS:
        theirs = [typical(race.times[name]) for race in found]
        capped = [min(t, limit) for t in theirs]
        ratio = median(a / b for a, b in zip(capped, mine, strict=True))
        print(
            f"{name:<16} found {sum(not math.isinf(t) for t in theirs)}/{len(theirs)}, median {median(capped):.4f} s, "
            f"{median(capped) / median(mine):.1f} × ours; median of the ratios {ratio:.1f}"
        )


def main() -> int:
    """Run both parts; 1 if any verdict contradicts its label, or could not be reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--budget", type=float, default=10.0, help="seconds for each conjecture")
    parser.add_argument("--limit", type=float, default=None, help="seconds for each race (default: the budget)")
    parser.add_argument("--only", default="", help="part of a file's or a conjecture's name")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=3, help="races for each conjecture")
    parser.add_argument(
        "--raced", type=int, default=None, metavar="N", help="races for N statements, drawn by the seed"
    )
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-check", action="store_true", help="races only")
    parser.add_argument("--no-race", action="store_true", help="verdicts only")
    parser.add_argument("--keep", type=Path, default=None, metavar="FILE", help="add verdicts to this file, and resume")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE")
    chosen = parser.parse_args()
    limit = chosen.limit or chosen.budget
    begin = time.monotonic()
    items = labelled(chosen.only)
    if not items:
        parser.error(f"no conjecture contains {chosen.only!r}")
    rows = [] if chosen.no_check else verdicts(items, chosen.budget, chosen.seed, chosen.jobs, chosen.keep)
    if rows:
        summary(rows)
    with threadpool_limits(1):
        raced = [] if chosen.no_race else [item for item in items if item.refutable]
        if chosen.raced is not None and chosen.raced < len(raced):
            raced = random.Random(chosen.seed).sample(raced, chosen.raced)
        found = races(raced, limit, chosen.seeds) if raced else []
    if found:
        compare(found, limit)
    print(f"{time.monotonic() - begin:.0f} s")
    if chosen.json:
        document = {"budget": chosen.budget, "limit": limit, "rows": [asdict(r) for r in rows]}
        chosen.json.write_text(json.dumps(document | {"races": [asdict(r) for r in found]}, indent=1), "utf-8")
    return int(any(r.agrees in ("WRONG", "error") for r in rows))


if __name__ == "__main__":
    sys.exit(main())
