"""Hostile inputs of every kind, each given to the command that reads it: an exit code as documented, and clear lines.

Never a traceback, never a crash or a wait, never "valid" for what shows nothing. ``test_checker_hostile.py`` does this
to the checker at random and with huge files; here it is a list, one of each kind, through the commands.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import proof_documents
import pytest
import report_documents
from refused_documents import DOCUMENTS, HOSTILE, combine, document, says
from test_checker_hostile import _document

from fa_theory.cli import main
from fa_theory.sweep import execute

EXAMPLE = (Path(execute.__file__).with_name("example.toml")).read_text("utf-8")
Content = bytes | str | Callable[[Path], None]
LIMIT = 40
"""Seconds of processor time for one input; nearly all take less than one."""


@contextmanager
def limited() -> Iterator[None]:
    def late(*_: object) -> None:
        raise BaseException(f"more than {LIMIT} s")

    old = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


def dumped(x: Any) -> str:
    return json.dumps(x)


def symlink_to_itself(path: Path) -> None:
    path.symlink_to(path)


def directory(path: Path) -> None:
    path.mkdir()


def broken_symlink(path: Path) -> None:
    path.symlink_to("nowhere")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unreadable(path: Path) -> None:
    path.write_text("{}")
    path.chmod(0)


ANY_FILE: dict[str, Content] = {
    "empty": b"",
    "blank": b"  \n\n ",
    "every byte": bytes(range(256)) * 20,
    "zeros": b"\0" * 5000,
    "utf-16 half": "{}".encode("utf-16")[:-1],
    "latin-1": 'x = "é"'.encode("latin-1"),
    "a symlink to itself": symlink_to_itself,
    "a symlink to nothing": broken_symlink,
    "a directory": directory,
}
ANY_JSON: dict[str, Content] = {
    "open": b'{"a": [1, 2',
    "brackets": b"[" * 200_000,
    "objects": b'{"a":' * 100_000,
    "digits": b'{"format": ' + b"9" * 100_000 + b"}",
    "1e999": b'{"format": 1e999}',
    "NaN": b"[NaN, Infinity, -Infinity]",
    "a string": b'"' + b"x" * 10**5 + b'"',
    "null": b"null",
    "a number": b"7",
    "a list": b"[]",
    "an object": b"{}",
    "a surrogate": b'{"format": "\\ud800"}',
    "a key twice": b'{"format": "a", "format": "b"}',
    "two documents": b"{}{}",
    "a comment": b"// {}\n{}",
    "single quotes": b"{'format': 1}",
    "a bell": b'{"format": "\\u0007\\u001b[2J"}',
}
VALUES: dict[str, Any] = {"null": None, "7": 7, "-1": -1, "text": "x", "[]": [], "{}": {}, "[[]]": [[]], "true": True}


def json_cases(right: dict[str, Any], keys: list[str]) -> dict[str, Content]:
    """A document with each key left out or wrong, and cut short."""
    text = dumped(right)
    out: dict[str, Content] = {f"cut at {k}/5": text[: len(text) * k // 5] for k in range(1, 5)}
    out["latin-1 inside"] = text.encode().replace(b'"', b'\xe9"', 3)
    out["a key twice inside"] = text[:-1] + f", {dumped(keys[0])}: {dumped(right[keys[0]])}}}"
    for k, key in enumerate(keys):
        out[f"no {key}"] = dumped({name: value for name, value in right.items() if name != key})
        for name in list(VALUES)[k % 3 :: 3]:
            out[f"{key}: {name}"] = dumped(right | {key: VALUES[name]})
    return out


def proofs() -> dict[str, Content]:
    """Those that the kernel is tested with, and some that only a file can be."""
    proof = proof_documents.every()["gram"][0]
    out = {f"refused: {name}": dumped(case) for name, case in DOCUMENTS.items() if isinstance(case, dict)}
    out |= {f"hostile: {name}": dumped(case) for name, case in HOSTILE.items() if isinstance(case, dict)}
    out |= json_cases(proof, ["steps", "concludes", "hypotheses", "sorts", "tensors", "laws", "indices", "format"])
    return out


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy(header: str) -> bytes:
    text = header.encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


X, Y = np.ones((4, 2)) + np.arange(8).reshape(4, 2), np.arange(4.0)
CSV: dict[str, Content] = {
    "one column": "1\n2\n3\n",
    "words": "a,b\nx,y\n",
    "ragged": "1,2,3\n4,5\n",
    "nan": "1,2\nnan,3\n",
    "inf": "1,2\ninf,3\n",
    "1e999": "1,2\n1e999,3\n",
    "a quote left open": '1,"2\n3,4\n',
    "semicolons": "1;2\n3;4\n",
    "a header only": "a,b,c\n",
    "zeros": "0,0\n0,0\n",
    "the same rows": "1,2\n1,2\n",
    "one long line": "1," * 200_000,
    "a null byte": "1,2\n3,\0\n",
    "huge": "1e308,1e308,1\n-1e308,1e308,2\n",
    "tiny": "1e-320,1e-320,1\n1e-321,0,2\n",
    "a decimal comma": '"1,5","2,5"\n"3,5","4,5"\n',
    "a formula": "=1+1,2\n3,4\n",
}
NPZ: dict[str, Content] = {
    "no zip": b"PK\x03\x04" + b"\0" * 50,
    "empty zip": b"PK\x05\x06" + b"\0" * 18,
    "cut": npz(X=X, y=Y)[:100],
    "no y": npz(X=X),
    "no X": npz(y=Y),
    "objects": npz(X=np.array([[{}, 1]] * 4, dtype=object), y=Y),
    "text": npz(X=np.array([["a", "b"]] * 4), y=Y),
    "nan": npz(X=X * np.nan, y=Y),
    "inf": npz(X=X / 0.5 * np.inf, y=Y),
    "complex": npz(X=X * 1j, y=Y),
    "other lengths": npz(X=X, y=Y[:3]),
    "no rows": npz(X=X[:0], y=Y[:0]),
    "no columns": npz(X=X[:, :0], y=Y),
    "a vector": npz(X=X[0], y=Y),
    "four axes of nothing": npz(X=np.ones((0, 2, 2, 2)), y=Y[:0]),
    "a lie about the shape": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000, 10)}\n"),
    "code for a header": npy("__import__('os').system('true')\n"),
}


def idx(magic: bytes, *sizes: int, data: bytes = b"") -> bytes:
    return magic + b"".join(struct.pack(">I", size) for size in sizes) + data


IDX: dict[str, Content] = {
    "a header only": idx(b"\0\0\x08\x03", 5, 2, 2),
    "no axes": idx(b"\0\0\x08\0"),
    "an unknown type": idx(b"\0\0\x07\x03", 1, 1, 1, data=b"1"),
    "billions of images": idx(b"\0\0\x08\x03", 2**32 - 1, 2**31, 2**31),
    "too much data": idx(b"\0\0\x08\x03", 1, 1, 1, data=b"123"),
    "no images": idx(b"\0\0\x08\x03", 0, 2, 2),
    "images of nothing": idx(b"\0\0\x08\x03", 2, 0, 0),
    "another magic number": b"\1\2\3\4" * 5,
    "cut": b"\0\0\x08",
}


def toml(**changes: str) -> str:
    """The example with lines changed."""
    lines = EXAMPLE.splitlines()
    for name, value in changes.items():
        at = next((k for k, line in enumerate(lines) if line.startswith(f"{name} =")), None)
        if at is None:
            lines.append(f"{name} = {value}")
        else:
            lines[at] = f"{name} = {value}"
    return "\n".join(lines)


SWEEPS: dict[str, Content] = {
    "no toml": "[[[",
    "a key twice": "seed = 0\nseed = 1\n",
    "another table": EXAMPLE + "\n[gird]\np = 3\n",
    "an unknown key": toml(widht="3"),
    "negative seed": toml(seed="-1"),
    "seed of text": toml(seed='"x"'),
    "no repeats": toml(repeats="0"),
    "infinite repeats": toml(repeats="inf"),
    "billions of steps": toml(steps="99999999999999999999999"),
    "no steps": toml(steps="-3"),
    "steps nan": toml(steps="nan"),
    "width 0": toml(p="0"),
    "width 1.5": toml(p="1.5"),
    "a width of billions": toml(p="[100000000000]", repeats="1"),
    "no widths": toml(p="[]"),
    "eta nan": toml(eta="nan"),
    "eta inf": toml(eta="inf"),
    "eta of text": toml(eta='"0.2"'),
    "nested lists": toml(p="[[1, 2], [3]]"),
    "an unknown activation": toml(activation='["rleu"]'),
    "an unknown rule": toml(rule='"forward"'),
    "unknown data": toml(data='"nothing.npz"'),
    "data in the parent folder": toml(data='"../../../../etc/passwd"'),
    "a date": toml(seed="1979-05-27"),
    "a true": toml(p="true"),
    "a cutoff before the start": toml(cutoff="-5"),
    "a long title": toml(title='"' + "x" * 10**6 + '"', steps="-1"),
    "a title of two lines": toml(title='"a\\nb"', steps="-1"),
    "deep": "a = " + "[" * 20_000 + "]" * 20_000,
    "many cells": toml(
        n="[" + ",".join(map(str, range(1, 2000))) + "]", d="[" + ",".join(map(str, range(1, 2000))) + "]"
    ),
    "samples below 0": toml(n="-1"),
    "a functional of nothing": 'functionals = ["final nothing"]\n[grid]\np = 3\n',
    "no functionals": "functionals = []\n[grid]\np = 3\n",
    "a threshold nan": 'functionals = ["steps until loss <= nan"]\n[grid]\np = 3\nn = 2\nd = 2\n',
}

SAYS = "from fa_theory.conjectures import *\n"
NUMBERS = "@conjecture(Domain(), assuming={'h': lambda run: 3})\ndef c(run): return run.eta > 0\n"
CONJECTURES: dict[str, Content] = {
    "no python": "def (",
    "an error": "1 / 0\n",
    "an exit": "import sys; sys.exit(0)\n",
    "a keyboard interrupt at once": "raise SystemExit('bye')\n",
    "no conjecture": "x = 1\n",
    "a null byte": b"x = 1\0",
    "an import of nothing": "import no_such_module_at_all\n",
    "an import of itself": "from input import nothing\n",
    "recursion": "def f(): return f()\nf()\n",
    "a domain of nothing": SAYS + "@conjecture(Domain(n=(3, 2)))\ndef c(run): return run.eta > 0\n",
    "a negative width": SAYS + "@conjecture(Domain(p=-1))\ndef c(run): return run.eta > 0\n",
    "an unknown activation": SAYS + "@conjecture(Domain(activation='rleu'))\ndef c(run): return run.eta > 0\n",
    "an unknown word": SAYS + "@conjecture(Domain())\ndef c(run): return run.nothing > 0\n",
    "no statement": SAYS + "@conjecture(Domain())\ndef c(run): return None\n",
    "a number": SAYS + "@conjecture(Domain())\ndef c(run): return 3\n",
    "truth": SAYS + "@conjecture(Domain())\ndef c(run): return bool(run.eta > 0)\n",
    "axes that do not fit": SAYS + "@conjecture(Domain())\ndef c(run): return norm(run.y + run.b) > 0\n",
    "an error inside": SAYS + "@conjecture(Domain())\ndef c(run): return 1 / 0\n",
    "an exit inside": SAYS + "@conjecture(Domain())\ndef c(run): raise SystemExit(0)\n",
    "nan": SAYS + "@conjecture(Domain())\ndef c(run): return run.eta > float('nan')\n",
    "inf": SAYS + "@conjecture(Domain())\ndef c(run): return run.eta > float('inf')\n",
    "two arguments": SAYS + "@conjecture(Domain())\ndef c(run, more): return run.eta > 0\n",
    "no arguments": SAYS + "@conjecture(Domain())\ndef c(): return 0\n",
    "a domain twice": SAYS + "@conjecture(Domain(), Domain())\ndef c(run): return run.eta > 0\n",
    "bytes beyond utf-8": b"# \xff\xfe\nx = 1\n",
    "hypotheses of numbers": SAYS + NUMBERS,
    "nan in the domain": SAYS + "@conjecture(Domain(eta=(float('nan'), 1)))\ndef c(run): return run.eta > 0\n",
    "infinite steps": SAYS + "@conjecture(Domain(steps=10**30))\ndef c(run): return run.eta > 0\n",
}  # fmt: skip


OPTIONAL = {"claims: []", "failures: []", "versions: {}", "command: text"}
"""These are reports."""


def results() -> dict[str, Content]:
    import msgspec

    right = json.loads(msgspec.json.encode(report_documents.document()))
    out = json_cases(right, ["claims", "schema", "versions", "failures", "command"])
    out |= {f"{key}: [7]": dumped(right | {key: [7]}) for key in sorted(right)}
    claim = right["claims"][0]
    for key in sorted(claim):
        out[f"claim with {key}: [7]"] = dumped(right | {"claims": [claim | {key: [7]}]})
    return {name: content for name, content in out.items() if name not in OPTIONAL}


def damaged(path: Path, damage: Callable[[bytes], bytes]) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table run (id integer primary key, key text not null, finished integer not null)")
    connection.commit()
    connection.close()
    path.write_bytes(damage(path.read_bytes()))


LEDGERS: dict[str, Content] = {
    "no database": b"not a database at all, but long enough to be taken for one" * 100,
    "cut": lambda path: damaged(path, lambda data: data[:600]),
    "zeros inside": lambda path: damaged(path, lambda data: data[:100] + b"\0" * (len(data) - 100)),
    "another table": lambda path: sqlite3.connect(path).executescript("create table run (id text)"),
    "a directory": directory,
    "a symlink to itself": symlink_to_itself,
}  # fmt: skip

Case = tuple[str, str, Content]


def cases() -> Iterator[Case]:
    """Command, name, content."""
    for name, content in {**ANY_FILE, **ANY_JSON}.items():
        yield "recheck", name, content
    yield "recheck", "a pipe", pipe
    for name, content in proofs().items():
        yield "recheck", f"proof, {name}", content
    for kind, keys in {"growth": 8, "counterexample": 8, "decay-from-state": 6}.items():
        certificate = _document(kind)
        for name, content in json_cases(certificate, sorted(certificate)[:keys]).items():
            yield "recheck", f"{kind}, {name}", content
    for name, content in ANY_FILE.items():
        yield "certify .csv", name, content
        yield "certify .npz", name, content
        yield "sweep", name, content
        yield "report", name, content
        if name not in ("empty", "blank"):
            yield "check", name, content
    for command, table in {
        "certify .csv": CSV, "certify .npz": NPZ, "certify -idx3-ubyte": IDX, "sweep": SWEEPS, "check": CONJECTURES,
        "report": {**ANY_JSON, **results()}, "verify": LEDGERS,
    }.items():  # fmt: skip
        for name, content in table.items():
            yield command, name, content


FILES = {
    "recheck": ("input.json", ["recheck", "input.json"]),
    "certify .csv": ("input.csv", ["certify", "--data", "input.csv", "--max-steps", "5"]),
    "certify .npz": ("input.npz", ["certify", "--data", "input.npz", "--max-steps", "5"]),
    "certify -idx3-ubyte": ("input-idx3-ubyte", ["certify", "--data", "input-idx3-ubyte", "--max-steps", "5"]),
    "sweep": ("input.toml", ["sweep", "input.toml"]),
    "report": ("input.json", ["report", "--from", "input.json", "--format", "tex"]),
    "check": ("input.py", ["check", "input.py", "--budget", "1"]),
    "verify": ("out/ledger.sqlite", ["verify", "song2021.linear-recursion"]),
}
"""Where the content goes, and the command."""


def ended(command: str, content: Content, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, output and errors of a command on an input."""
    name, arguments = FILES[command]
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SystemExit) as stop, pytest.MonkeyPatch.context() as patch, limited():  # noqa: PT012
        patch.setattr(sys, "argv", ["fa-theory", *arguments])
        patch.delenv("FA_THEORY_TRACEBACK", raising=False)
        main()
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out, said.err


UNDECIDED = {("certify .csv", "huge"), ("certify .csv", "tiny")}
"""Numbers at the ends of float64 are data; no certificate is found."""


@pytest.mark.parametrize("command", FILES)
def test_hostile_inputs_are_refused_in_clear_lines(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = [(name, content) for of, name, content in cases() if of == command]
    wrong = []
    for k, (name, content) in enumerate(mine):
        folder = tmp_path / str(k)
        folder.mkdir()
        monkeypatch.chdir(folder)
        code, out, err = ended(command, content, folder, capsys)
        lines = [line for line in err.splitlines() if line]
        fine = "Traceback" not in err + out and all(len(line) < 1000 for line in lines)
        if command == "recheck":  # a verdict: one line for the file
            fine = fine and code in (1, 2) and not err and len(out.splitlines()) == 1
            fine = (
                fine
                and out.startswith("input.json: ")
                and {1: "INVALID", 2: "MALFORMED"}[code] in out.replace("UNREADABLE", "MALFORMED")
            )
        elif (command, name) in UNDECIDED:
            fine = fine and code == 3
        else:
            fine = fine and code == 2 and 1 <= len(lines) <= 3
        if not fine:
            wrong.append((name, code, out[:300], err[:300]))
    assert not wrong


def test_endless_evaluations_end_and_say_what_is_proved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tower: Any = 3
    for _ in range(5):
        tower = ["^", tower, 64]
    claim = combine("done", says("x", "<=", ["+", "x", 1]))
    endless = document(claim, witness=[says("x", "=", tower)], concludes="done")
    code, out, err = ended("recheck", dumped(endless), tmp_path, capsys)
    assert (code, err) == (0, "")
    assert "valid: a proof of 1 steps" in out


def test_they_are_many() -> None:
    counts = [command for command, _, _ in cases()]
    print({command: counts.count(command) for command in FILES})
    assert len(counts) >= 450
    assert all(counts.count(command) >= 6 for command in FILES)
