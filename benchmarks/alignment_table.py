"""The published table of alignments: ``python benchmarks/alignment_table.py [--widths P,P] [--minutes M] --docs DIR``.

Four activations × four λ × the widths × 50 networks, by feedback alignment and, on the same networks, by
backpropagation: ``fa-theory simulate song2021-alignment`` for each width, rule and activation, narrow widths first.
``--rules`` and ``--activations`` take some of them. What is finished is kept in the output folder, each row with its
commit; no part is begun after so many minutes, and the command goes on where it was. With ``FA_THEORY_BACKEND=jax`` JAX
runs the networks, on a GPU if there is one. ``--docs`` writes all that is finished as ``alignment-table.json`` and
``alignment-table.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fa_theory.experiments.run import conducted
from fa_theory.proofs.song2021.experiments.alignment import Alignment
from fa_theory.proofs.song2021.experiments.published import LAMBDAS, REPEATS, WIDTHS
from fa_theory.simulation.arrays import available
from fa_theory.work.provenance import PACKAGES, machine, versions

RULES = ("fa", "bp")

PAGE = """# The table of alignments

Song, Xu & Lafferty (2021, Section 5) train networks with four activations to the end and ask how well the forward
weights β then align with the feedback weights b. Without regularisation the alignment decreases with the width; with
regularisation it stays. This is their table by our engine, with their data, step sizes and stopping rule, and
{repeats} networks in each cell (the paper: {theirs}). Beside it are the same networks trained by backpropagation (BP),
which does not use b.

{extent}

The column *published* has the means of the paper that this package knows; z is the difference of the means over its
standard error, with our standard deviation for both. All numbers are in [one file](alignment-table.json), with the
seed, the commit, the versions, the machine and the device ({device}).

Written by `python benchmarks/alignment_table.py --docs docs`.
"""


def parts(widths: Sequence[int], rules: Sequence[str], activations: Sequence[str]) -> list[Alignment]:
    """The parts, in the order of the work."""
    return [
        Alignment(activation=activation, rule=rule, widths=(p,), repeats=options.repeats)
        for p in widths
        for rule in rules
        for activation in LAMBDAS
        if activation in activations
    ]


def place(part: Alignment) -> Path:
    """Where the rows of a part are kept."""
    found: Path = options.out / f"{part.stem}-{part.widths[0]}-{part.repeats}.json"
    return found


def run(part: Alignment) -> list[dict[str, Any]]:
    """The rows of a part; it goes on where it was interrupted."""
    kept = place(part)
    if not kept.exists():
        with conducted(part, options.out, workers=options.jobs) as findings:
            kept.write_text(json.dumps([{**row, "commit": commit()} for row in findings.rows]), "utf-8")
    rows: list[dict[str, Any]] = json.loads(kept.read_text("utf-8"))
    return rows


def device() -> str:
    """What computed the networks that have no exact law."""
    if os.environ.get("FA_THEORY_BACKEND") != "jax" or not available():
        return "NumPy or JAX on the CPU"
    import jax

    return f"JAX on {jax.devices()[0].device_kind}"


def commit() -> str:
    """The commit of this tree, if it is one."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent)
    return done.stdout.strip() or "unknown"


def document(rows: list[dict[str, Any]], folder: Path) -> None:
    """The result file and the page."""
    known = {
        "command": "python benchmarks/alignment_table.py",
        "seed": 0,
        "device": device(),
        "versions": versions((*PACKAGES, "jax")),
        "machine": machine(),
    }
    lines = ",\n  ".join(json.dumps(row) for row in rows)
    head = json.dumps(known, indent=1)[:-2]
    (folder / "alignment-table.json").write_text(f'{head},\n "rows": [\n  {lines}\n ]\n}}\n', "utf-8")
    (folder / "alignment-table.md").write_text(page(rows), "utf-8")


def page(rows: list[dict[str, Any]]) -> str:
    """The page: a table for each activation."""
    done = sorted({row["p"] for row in rows})
    widths = {name: [p for p in done if any((r["activation"], r["p"]) == (name, p) for r in rows)] for name in LAMBDAS}
    extent = "Finished: " + "; ".join(f"{name} {', '.join(map(str, each))}" for name, each in widths.items() if each)
    extent += (
        f". The table of the paper goes on to width {WIDTHS[-1]}, which takes hours on a CPU; the command goes on."
    )
    lines = [PAGE.format(repeats=options.repeats, theirs=REPEATS, extent=extent, device=device())]
    found = {(row["activation"], row["rule"], row["lam"], row["p"]): row for row in rows}
    for activation, grid in LAMBDAS.items():
        if not widths[activation]:
            continue
        lines += [
            f"## {activation}\n",
            "| λ | width | FA: mean ± sd | published | z | BP: mean ± sd |",
            "|---" * 6 + "|",
        ]
        for lam in grid:
            for p in done:
                fa, bp = (found.get((activation, rule, lam, p)) for rule in RULES)
                if fa:
                    theirs = "" if fa["published"] is None else f"{fa['published']:.3f} | {fa['z']:+.1f}"
                    lines.append(f"| {lam:g} | {p} | {told(fa)} | {theirs or ' | '} | {told(bp)} |")
        lines.append("")
    return "\n".join(lines)


def told(row: dict[str, Any] | None) -> str:
    """Mean and standard deviation, and how many networks are missing."""
    if row is None or row["mean"] is None:
        return "" if row is None else "none converged"
    left = options.repeats - row["repeats"]
    return f"{row['mean']:.4f} ± {row['sd']:.4f}" + (f" ({left} not converged)" if left else "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", type=lambda text: tuple(map(int, text.split(","))), default=WIDTHS)
    parser.add_argument("--rules", type=lambda text: text.split(","), default=RULES)
    parser.add_argument("--activations", type=lambda text: text.split(","), default=tuple(LAMBDAS))
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--docs", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    for part in parts(options.widths, options.rules, options.activations):
        if time.monotonic() - begun > 60 * options.minutes and not place(part).exists():
            print(f"{part.stem}, width {part.widths[0]}: not begun; run the same command again to go on", flush=True)
            continue
        started = time.monotonic()
        run(part)
        print(f"{part.stem}, width {part.widths[0]}: {time.monotonic() - started:.0f} s", flush=True)
    if options.docs:
        finished = [part for part in parts(WIDTHS, RULES, tuple(LAMBDAS)) if place(part).exists()]
        document([row for part in finished for row in run(part)], options.docs)
