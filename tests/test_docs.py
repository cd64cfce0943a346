"""What the documentation shows can be typed: commands, options, Python."""

from __future__ import annotations

import ast
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fa_theory.cli import app

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("[!_g]*/*.md")])
_BLOCK = re.compile(r"^ *```+\{?(?P<kind>[\w-]*)\}?[^\n]*\n(?P<body>.*?)^ *```+ *$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(fa-theory [^`]+)`")


def blocks(page: Path, *kinds: str) -> list[str]:
    """Fenced blocks of these kinds."""
    return [m["body"] for m in _BLOCK.finditer(page.read_text("utf-8")) if m["kind"] in kinds]


def commands(page: Path) -> list[list[str]]:
    """The words of every ``fa-theory`` command on a page, comments left out."""
    lines = [line.strip()[2:] for body in blocks(page, "console") for line in body.splitlines() if "$ fa-" in line]
    lines += _INLINE.findall(page.read_text("utf-8"))
    found = [shlex.split(line.replace("…", ""), comments=True) for line in lines]
    return [words[1:] for words in found if words[0] == "fa-theory" and len(words) > 1]


@cache
def help_of(*command: str) -> str:
    """What a command says to ``--help``."""
    answer = CliRunner().invoke(app, [*command, "--help"])
    assert answer.exit_code == 0, f"fa-theory {' '.join(command)} does not exist"
    return answer.output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_exist(page: Path) -> None:
    for words in commands(page):
        if words[0].startswith("-") or words[0].isupper():  # the program's own options, COMMAND as a placeholder
            continue
        command = words[:2] if words[0] in ("simulate", "discover") and words[1:] else words[:1]
        said = help_of(*command)
        for option in (word.partition("=")[0] for word in words if re.match(r"--?[A-Za-z]", word)):
            assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", said), f"{page.name}: {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_can_be_read(page: Path) -> None:
    for body in blocks(page, "python", "code-cell"):
        code = "\n".join(line for line in body.splitlines() if not line.strip().startswith(":tags:"))
        indent = min((len(line) - len(line.lstrip()) for line in code.splitlines() if line.strip()), default=0)
        ast.parse("\n".join(line[indent:] for line in code.splitlines()))


def test_the_pages_are_found() -> None:
    names = {page.name for page in PAGES}
    assert {"README.md", "tutorial.md", "certify.md", "certificate.md", "checker.md"} <= names
    assert sum(len(commands(page)) for page in PAGES) > 30
