"""The tour of README.md, word for word: its commands and its Python run in an empty folder, and print what it shows.

    python .ci/tour.py README.md ["COMMAND=FILE" ...]

The rules:

- ``console`` blocks are run in their order, all in one empty folder; those marked ``console repository`` in the folder
  of the README. A line that begins with ``$`` is a command, and the lines below it are what it prints on its standard
  output. Where nothing stands below a command, its output is not compared.
- ``python`` blocks are run there too, each by itself. A first line ``# NAME.py`` says under which name the block is
  kept for the commands after it. The comment behind a ``print(...)`` is what that call prints.
- ``…`` matches anything: in a line any text, alone in a line any lines. Everything else must be printed as it is shown,
  every digit of a number included; but for spaces, empty lines, seconds (``0.1 s``) and the digests in names of
  documents, which depend on the machine.
- A command ends with code 0, or with the one that its comment names: ``# exit code 1``.
- ``make`` and ``pip`` set up the environment that this tour uses, and are not run. ``COMMAND=FILE`` names a file with
  what a command has printed before, and that is compared.

Exit code 0 if everything is as shown, 1 if something is not.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LIMIT = 300
"""Seconds for one command."""
_BLOCK = re.compile(
    r"^```(?P<kind>console|python)(?P<place> repository)?\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)
_CODE = re.compile(r"exit code (\d+)")
_VARIES = re.compile(
    r"(?P<any>…)|(?P<seconds>\b\d+(?:\.\d+)? s\b)|(?P<digest>(?<=-)[0-9a-f]{16}(?=\.(?:json|py)))|(?P<space>\s+)"
)
_AS = {"any": ".*?", "seconds": r"\d+(?:\.\d+)? s", "digest": "[0-9a-f]{16}", "space": " "}


@dataclass(frozen=True)
class Step:
    """Something to run, and what it must print.

    Attributes
    ----------
    line
        In the README, counted from 1.
    said
        The command without its comment, or the name of a script.
    script
        The Python to keep under that name; None for a command.
    shown
        What it prints; empty if nothing is shown.
    code
        The exit code.
    in_repository
        Whether it is run in the folder of the README.
    """

    line: int
    said: str
    script: str | None
    shown: str
    code: int = 0
    in_repository: bool = False


def steps(text: str) -> Iterator[Step]:
    """What a text shows, in its order."""
    for block in _BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 2
        if block["kind"] == "python":
            yield _script(block["body"], line)
            continue
        for part in re.split(r"^(?=\$ )", block["body"], flags=re.MULTILINE):
            if part.startswith("$ "):
                typed, _, shown = part[2:].partition("\n")
                said, _, comment = typed.partition("  # ") if "  # " in typed else (typed, "", "")
                code = _CODE.search(comment)
                yield Step(line, said.strip(), None, shown, int(code[1]) if code else 0, bool(block["place"]))
            line += part.count("\n")


def _script(body: str, line: int) -> Step:
    named = re.match(r"# (\w+\.py)\n", body)
    lines, shown = body.splitlines(), []
    for node in ast.parse(body).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "print":
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            behind = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode()
            shown.append(behind.partition("# ")[2] or "…")
    return Step(line, named[1] if named else f"line_{line}.py", body, "\n".join(shown))


def agree(shown: str, printed: str) -> bool:
    """Whether something printed is what is shown.

    Examples
    --------
    >>> agree("rate 0.97… in 2 s\\n…\\nend", "rate  0.9763 in 3.5 s\\n\\nmore\\nend\\n"), agree("0.97", "0.98")
    (True, False)
    """
    wanted = filter(None, map(str.strip, shown.splitlines()))
    found = "".join(r"(?:[^\n]*\n)*?" if line == "…" else _pattern(line) + r"\n" for line in wanted)
    lines = [" ".join(line.split()) for line in printed.splitlines() if line.strip()]
    return re.fullmatch(found, "".join(f"{line}\n" for line in lines)) is not None


def _pattern(line: str) -> str:
    """What a line that is shown matches, as a regular expression."""
    found, at = "", 0
    for varying in _VARIES.finditer(line):
        assert varying.lastgroup is not None
        found += re.escape(line[at : varying.start()]) + _AS[varying.lastgroup]
        at = varying.end()
    return found + re.escape(line[at:])


def run(step: Step, folder: Path, repository: Path) -> tuple[str, int]:
    """Run a step; what it prints on its standard output, and its exit code."""
    if step.script is not None:
        (folder / step.said).write_text(step.script, "utf-8")
    command = ["bash", "-c", step.said] if step.script is None else [sys.executable, step.said]
    place = repository if step.in_repository else folder
    here = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=place, env=os.environ | here, capture_output=True, text=True, timeout=LIMIT)
    sys.stderr.write(done.stderr if done.returncode != step.code else "")
    return done.stdout, done.returncode


def tour(readme: Path, printed: Mapping[str, str]) -> int:
    """Go through a README; the number of steps that are not as shown."""
    wrong, begun = 0, time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="tour-"))
    try:
        for step in steps(readme.read_text("utf-8")):
            at = time.monotonic()
            if step.said in printed:
                output, code = printed[step.said], step.code
            elif step.said.split()[0] in ("make", "pip"):
                print(f"       –  {step.said}: not run here")
                continue
            else:
                output, code = run(step, folder, readme.parent)
            print(f"{time.monotonic() - at:6.1f} s  {step.said}", flush=True)
            if code != step.code:
                print(f"{readme.name}:{step.line}: {step.said!r} ended with code {code}, not {step.code}")
                wrong += 1
            elif step.shown.strip() and not agree(step.shown, output):
                print(f"{readme.name}:{step.line}: {step.said!r} should print\n{step.shown}\nbut prints\n{output}")
                wrong += 1
    finally:
        shutil.rmtree(folder)
    print(f"{time.monotonic() - begun:6.1f} s  in all; {wrong} not as shown" if wrong else "everything is as shown")
    return wrong


if __name__ == "__main__":
    name, *before = sys.argv[1:]
    given = dict(each.split("=", 1) for each in before)
    texts = {command: Path(file).read_text("utf-8") for command, file in given.items()}
    sys.exit(min(tour(Path(name).resolve(), texts), 1))
