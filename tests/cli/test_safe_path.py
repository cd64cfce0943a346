"""A folder with files that are called like modules neither breaks a command nor is executed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_claims import write

NAMES = ("numpy", "json", "pickle", "statistics", "multiprocessing", "threading", "typing", "scipy", "msgspec", "flint")
SWEEP = """
repeats = 2
steps = 4
functionals = ["final alignment"]
[grid]
activation = ["tanh"]
p = [4, 8]
n = 2
d = 2
eta = 0.2
lam = 0.0
"""
CONJECTURE = """
from fa_theory.conjectures import *
@conjecture(Domain(n=1, d=1, p=1, eta=0.1))
def it(run):
    return run[0].loss >= 0
"""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    write(folder, 'one = tiny("mine.one", Tiny(n=4))')
    (folder / "sweep.toml").write_text(SWEEP)
    (folder / "mine.py").write_text(CONJECTURE)
    (folder / "fa-theory").write_text("from fa_theory.__main__ import main\nif __name__ == '__main__':\n    main()\n")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        "check {0}/mine.py --budget 1",
        "verify {0}/claims.py --jobs 2",
        "certify --late --trials 2 --jobs 2 -n 2 -p 20",
        "sweep {0}/sweep.toml --jobs 2",
        "simulate song2021-digits --repeats 2 --jobs 2 --steps 2 --width 4 --lam 0",
    ],
)
def test_a_folder_of_traps(tmp_path: Path, elsewhere: Path, command: str) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(f"open('executed-{name}', 'w').close()\nraise SystemExit(99)\n")
    done = subprocess.run(
        [sys.executable, str(elsewhere / "fa-theory"), *command.format(elsewhere).split()],  # as pip's script starts it
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("executed-*"))


@pytest.mark.parametrize("name", ["json", "numpy", "typer", "fa_theory", "norm", "print", "DOMAIN", "__main__"])
def test_a_name_that_would_hide_something_is_refused(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "fa_theory.cli", "new", name], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert f"{name!r} is " in done.stderr
    assert f"try {name}_conjecture" in done.stderr
    assert not os.listdir(tmp_path)
