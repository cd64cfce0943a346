"""One look-up of verdict symbols for all who show verdicts."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import fa_theory
from fa_theory.conjectures.settle.outcome import ConjectureVerdict
from fa_theory.display import page
from fa_theory.figures.verdicts import CHANGES, LOOKS, look
from fa_theory.record.evidence import Result

SYMBOLS = {each.symbol for each in LOOKS.values()} - {"?", "!", "–"}


@pytest.mark.parametrize("word", [*Result, *ConjectureVerdict])
def test_every_verdict_has_a_look(word: Result | ConjectureVerdict) -> None:
    assert look(word.value).symbol in page.verdict(word.value)


@pytest.mark.parametrize("word", Result)
def test_every_verdict_says_what_would_change_it(word: Result) -> None:
    assert CHANGES[word.value]


def test_an_unknown_verdict_is_an_error_and_no_default() -> None:
    with pytest.raises(KeyError):
        look("true")


def test_no_other_module_types_a_symbol_of_a_verdict() -> None:
    package = Path(fa_theory.__file__).parent
    typed = {
        file.relative_to(package).as_posix()
        for file in package.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip() in SYMBOLS
    }
    # marks of checks, and what LaTeX makes of signs in texts of users, are no verdicts
    assert typed == {"figures/verdicts.py", "report/html.py", "report/latex.py"}
