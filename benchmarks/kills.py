"""Kill the commands at random moments and resume them: ``python benchmarks/kills.py [KILLS] [--seed SEED]``.

Each command runs once undisturbed. Then it runs again in another folder, and is killed (SIGKILL, which nothing can
catch) after a random part of that time, again and again; the same command goes on each time, and at last to its end.
Nothing may be lost, which means two things: every record that was in the databases when the process was killed is
there, with the same content, when the next one is killed; and at the end the results are those of the undisturbed run,
bit by bit. Times of work on the clock are no results. Exit code 1 if anything is lost or differs.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONJECTURES = """
from fa_theory.conjectures import *

D = Domain(n=(1, 2), d=(1, 2), p=(1, 4), eta=(0.01, 1.0), activation=("linear", "tanh"))
""" + "".join(
    f"""
@conjecture(D)
def bound_{k}(run):
    return norm(run[1].error) <= {1 + k / 2} * norm(run[0].error)
"""
    for k in range(6)
)
SWEEP = """
repeats = 24
steps = 400
block = 2
functionals = ["final alignment", "max farthest_W"]
[grid]
activation = ["tanh", "relu"]
p = [64, 128, 256]
n = 8
d = 8
eta = 0.2
"""
CLOCK = frozenset({"seconds", "first_violation_seconds"})
"""Fields that say how long something took."""


@dataclass(frozen=True)
class Command:
    """A command that keeps what it has finished.

    Attributes
    ----------
    arguments
        After ``fa-theory``.
    results
        Globs of the files that must be the same bit by bit.
    files
        What lies in the folder before.
    """

    arguments: str
    results: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()


COMMANDS = {
    "certify": Command(
        "certify -n 4 -d 6 -p 40 --trials 12 --jobs 2 --json found.json", ("found.json", "out/certificates/*")
    ),
    "sweep": Command(
        "sweep spec.toml --jobs 2 --export values.json",
        ("values.json", "out/sweeps/spec/summary.json"),
        (("spec.toml", SWEEP),),
    ),
    "check": Command(
        "check bounds.py --budget 2 --jobs 2 --json found.json",
        ("found.json", "out/counterexamples/*.json"),
        (("bounds.py", CONJECTURES),),
    ),
    "verify": Command(
        "verify song2021.gram-concentration song2021.alignment-vanishes song2021.secant-kernel --jobs 2",
        ("out/results.json", "out/proofs/*"),
    ),
    "simulate": Command(
        "simulate song2021-alignment --activation linear --widths 50,100 --lam 0.3 --repeats 60 --jobs 2",
        ("out/song2021-alignment-linear.json",),
    ),
}


def start(command: Command, folder: Path) -> subprocess.Popen[bytes]:
    """Start a command in a folder."""
    folder.mkdir(exist_ok=True)
    for name, content in command.files:
        (folder / name).write_text(content)
    arguments = [sys.executable, "-m", "fa_theory", *command.arguments.split()]
    return subprocess.Popen(arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(command: Command, folder: Path) -> float:
    """Run a command to its end, and return how long it took."""
    begun = time.monotonic()
    process = start(command, folder)
    _, said = process.communicate()
    assert process.returncode in (0, 1, 3), said.decode()
    return time.monotonic() - begun


def records(folder: Path) -> dict[tuple[str, str], str]:
    """Content of all records in the databases below a folder, by file and address."""
    found: dict[tuple[str, str], str] = {}
    for file in sorted(folder.rglob("*.sqlite")):
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as database:
                rows = database.execute("select address, content from record").fetchall()
        except sqlite3.OperationalError:  # killed before there was a table
            continue
        found |= {(str(file.relative_to(folder)), address): content for address, content in rows}
    return found


def results(command: Command, folder: Path) -> dict[str, Any]:
    """The results, without times on the clock."""
    files = sorted(file for pattern in command.results for file in folder.glob(pattern))
    assert files
    return {str(file.relative_to(folder)): _content(file) for file in files}


def _content(file: Path) -> Any:
    return _without_clock(json.loads(file.read_bytes())) if file.name == "found.json" else file.read_bytes()


def _without_clock(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_clock(each) for key, each in value.items() if key not in CLOCK}
        case list():
            return [_without_clock(each) for each in value]
    return value


def disturbed(command: Command, folder: Path, whole: float, kills: int, rng: random.Random) -> tuple[int, int]:
    """Kill a command so often, resume it to its end, and count kills and lost records."""
    done = lost = tried = 0
    while done < kills:
        before = records(folder) if folder.exists() else {}
        process = start(command, folder)
        try:
            process.wait(rng.uniform(0.1, 1.0) * whole / 2)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            done += 1
        process.communicate()
        time.sleep(0.2)  # workers notice that their parent is gone
        if process.returncode == -signal.SIGKILL:
            after = records(folder)
            lost += sum(after.get(address) != content for address, content in before.items())
        else:  # it came to its end: begin anew
            tried += 1
            assert tried < 10 * kills, "the command ends before it can be killed"
            shutil.rmtree(folder)
    finish(command, folder)
    return done, lost


def main() -> int:
    """Kill, resume, compare, and print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", nargs="?", type=int, default=40, help="kills in all, shared out among the commands")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    each = -(-asked.kills // len(COMMANDS))
    bad = 0
    print(f"{'command':10} {'undisturbed':>12} {'kills':>6} {'lost':>5}  results")
    for name, command in COMMANDS.items():
        rng = random.Random(f"{asked.seed} {name}")
        with tempfile.TemporaryDirectory() as place:
            whole = finish(command, Path(place) / "undisturbed")
            done, lost = disturbed(command, Path(place) / "killed", whole, each, rng)
            same = results(command, Path(place) / "undisturbed") == results(command, Path(place) / "killed")
        bad += lost + (not same)
        print(f"{name:10} {whole:10.1f} s {done:6} {lost:5}  {'the same bits' if same else 'DIFFERENT'}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
