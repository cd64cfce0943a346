"""Options that take one value are refused when given twice, in every command."""

from __future__ import annotations

import sys

import pytest
from typer.main import get_command

from fa_theory.cli import app, main
from fa_theory.cli.once import Once

COMMANDS = ["certify", "check", "list", "new", "recheck", "report", "show", "sweep", "verify"]


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("certify", "--lam", "0.2", "--lam", "0.5"), "--lam"),
        (("certify", "-n", "4", "-p", "20", "-n", "5"), "-n"),
        (("verify", "--seed", "1", "--seed", "1"), "--seed"),
        (("report", "--format", "html", "--format", "pdf"), "--format"),
        (("sweep", "spec.toml", "--out", "a", "--out", "b"), "--out"),
    ],
)
def test_an_option_given_twice_is_named(
    words: tuple[str, ...], option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fa-theory", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert option in error
    assert "given twice" in error


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_repetitions(name: str) -> None:
    command = get_command(app).get_command(None, name)
    assert isinstance(command, Once)
