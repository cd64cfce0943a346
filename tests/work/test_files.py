"""Files are replaced as a whole or not at all."""

from __future__ import annotations

import ast
import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import fa_theory
from fa_theory.errors import FATheoryError
from fa_theory.work import files
from fa_theory.work.files import write


@pytest.mark.parametrize(("content", "found"), [("ψ\n", "ψ\n".encode()), (b"\0\xff", b"\0\xff"), ("", b"")])
def test_a_file_and_its_folders_are_made(tmp_path: Path, content: str | bytes, found: bytes) -> None:
    path = tmp_path / "a" / "b" / "file"
    assert write(path, content) == path
    assert path.read_bytes() == found
    assert os.listdir(path.parent) == ["file"]


def test_permissions_stay_and_new_files_have_those_of_all_others(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("old")
    (tmp_path / "mine").chmod(0o640)
    write(tmp_path / "mine", "new")
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o640
    (tmp_path / "like").write_text("")
    write(tmp_path / "new", "")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "like").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_a_device_is_written_to() -> None:
    write("/dev/null", "nothing")
    assert not Path("/dev/null").is_file()


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    write(tmp_path / ("n" * 255), "content")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
def test_a_full_disk_leaves_the_good_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, call: str
) -> None:
    path = tmp_path / "results.json"
    path.write_text("good")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, call, fail)
    with pytest.raises(FATheoryError, match=f"cannot write .*results.json: {os.strerror(number)}; choose another"):
        write(path, "bad")
    assert path.read_text() == "good"
    assert os.listdir(tmp_path) == ["results.json"]


@pytest.mark.parametrize("name", ["file/below", ".", "n" * 300, "null\0byte"])
def test_what_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FATheoryError, match="cannot write "):
        write(tmp_path / name, "content")
    assert os.listdir(tmp_path) == ["file"]


def test_text_without_bytes_is_refused_before_anything_happens(tmp_path: Path) -> None:
    with pytest.raises(FATheoryError, match=r"cannot write .*surrogates not allowed"):
        write(tmp_path / "file", "\udcff")
    assert not os.listdir(tmp_path)


WRITER = """
import sys
from fa_theory.work.files import write
print("ready", flush=True)
while True:
    for letter in "abc":
        write(sys.argv[1], letter * 2_000_000)
"""


def test_whenever_a_writer_is_killed_the_file_is_whole(tmp_path: Path) -> None:
    path, rng = tmp_path / "file", random.Random(0)
    write(path, "a" * 2_000_000)
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        content = path.read_text()
        assert content == content[0] * 2_000_000


# nobody writes in another way

ALLOWED = {"work/files.py", "work/isolation.py"}
"""The second writes to a pipe."""
WRITERS = {"write_text", "write_bytes", "savefig", "dump", "to_csv", "to_parquet", "savez", "save", "tofile"}


def direct_writes(source: str) -> list[int]:
    """Lines that write a file, and do not leave it to `fa_theory.work.files`."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        constants = [a.value for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Constant)]
        opens = name == "open" and any(isinstance(c, str) and set(c) & set("wax+") and len(c) < 4 for c in constants)
        into_memory = bool(node.args) and isinstance(node.args[0], ast.Name) and node.args[0].id in ("out", "buffer")
        if opens or (name in WRITERS and not into_memory and _owner(node) not in ("drawing", "json", "self", "export")):
            lines.append(node.lineno)
    return lines


def _owner(call: ast.Call) -> str:
    value = call.func.value if isinstance(call.func, ast.Attribute) else None
    return value.id if isinstance(value, ast.Name) else ""


@pytest.mark.parametrize(
    "line", ["path.write_text('x')", "Path(p).write_bytes(b'')", "open('f', 'w')", "p.open(mode='ab')", "np.save(f, X)"]
)
def test_a_direct_write_is_noticed(line: str) -> None:
    assert direct_writes(line) == [1]


def test_every_file_of_the_package_is_written_here() -> None:
    root = Path(fa_theory.__file__).parent
    found = {
        f"{name}:{line}"
        for file in root.rglob("*.py")
        if (name := file.relative_to(root).as_posix()) not in ALLOWED
        for line in direct_writes(file.read_text("utf-8"))
    }
    assert not found
