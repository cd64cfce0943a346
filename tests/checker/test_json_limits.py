"""The promise of the checker: whatever the file, an answer below a minute and 2 GiB; huge JSON is not even parsed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fa_theory.checker import document
from fa_theory.checker.document import MAX_BYTES, MAX_CONTAINERS, MAX_STRING, MalformedDocument, load

CHILD = (  # whatever the process was that it comes from, the mark begins at what it needs itself
    "import sys; from fa_theory.checker.__main__ import main; open('/proc/self/clear_refs', 'w').write('5'); "
    "code = main(sys.argv[1:]); "
    "print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')), code)"
)


def checked(path: Path) -> tuple[str, int, int, float]:
    """The line printed, the exit code, the most memory in MiB, and the seconds it took."""
    begin = time.monotonic()
    command = [sys.executable, "-c", CHILD, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    line, figures = done.stdout.splitlines()
    memory, code = figures.split()
    return line, int(code), int(memory) // 1024, time.monotonic() - begin


def filled(unit: bytes, size: int, head: bytes = b"[", tail: bytes = b"0]") -> bytes:
    return head + unit * ((size - len(head) - len(tail)) // len(unit)) + tail


LARGE = MAX_BYTES - 2**20
HUGE: dict[str, Callable[[], bytes]] = {
    "objects with lists": lambda: filled(b'{"":[]},', LARGE),
    "empty lists": lambda: filled(b"[],", LARGE),
    "nested": lambda: filled(b"[", LARGE, b"", b""),
    "nested objects": lambda: filled(b'{"a":', LARGE, b"", b""),
    "numbers": lambda: filled(b"1,", LARGE),
    "short strings": lambda: filled(b'"ab",', LARGE),
    "strings of 200 kB": lambda: filled(b'"' + b"a" * 200_000 + b'",', LARGE),
    "one string": lambda: b'"' + b"a" * LARGE + b'"',
    "one string of escapes": lambda: b'"' + b'\\"' * (LARGE // 2) + b'"',
    "escapes beside a string of 200 kB": lambda: filled(b'"\\u03b2",', 50_000) + b',"' + b"a" * 200_000 + b'"',
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_json_is_refused_before_it_is_parsed(name: str, tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    path.write_bytes(HUGE[name]())
    line, code, memory, seconds = checked(path)
    assert code == 2
    assert "MALFORMED: the JSON has " in line
    assert "at most" in line
    assert memory < 500, line
    assert seconds < 30, line


PASSING: dict[str, Callable[[], bytes]] = {
    "objects": lambda: filled(b'{"":[]},', 4 * MAX_CONTAINERS - 100),  # as many objects as may be
    "strings": lambda: filled(b'"ab",', 5 * 5_900_000),
    "long strings": lambda: filled(b'"' + b"a" * (MAX_STRING - 10) + b'",', LARGE),
    "long numbers": lambda: filled(b"1" * 4000 + b",", LARGE // 4),
    "wide": lambda: filled('"😀'.encode() + b"a" * (MAX_STRING - 10) + b'",', LARGE),
    "spaces": lambda: b'"\\u03b2",' + b" " * LARGE,
}


@pytest.mark.parametrize("name", PASSING)
def test_what_just_passes_the_scan_stays_below_a_minute_and_2_gib(name: str, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(PASSING[name]())
    line, code, memory, seconds = checked(path)
    assert code == 2
    assert "MALFORMED: " in line
    assert "MALFORMED: the JSON has" not in line
    assert memory < 2048, line
    assert seconds < 60, line


def test_what_lies_between_strings_is_no_string(tmp_path: Path) -> None:
    path = tmp_path / "fine.json"
    for value in (
        {"a": list(range(4000)), "b": "c"},
        {"a": list(range(4000)), "b": 'β"\\'},
        ["a" * MAX_STRING, "β" * (MAX_STRING // 6)],
        " ",
    ):
        for indent in (None, 1):
            path.write_text(json.dumps(value, indent=indent) + " " * 10 * MAX_STRING)
            assert load(path) == value


@pytest.mark.parametrize("value", ["a" * (MAX_STRING + 1), ["β", "a" * (MAX_STRING + 1)], {"a" * (MAX_STRING + 1): 1}])
def test_a_long_string_is_found_wherever_it_is(value: object, tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text(json.dumps(value))
    with pytest.raises(MalformedDocument, match=f"a string of {MAX_STRING + 1:,} bytes; at most {MAX_STRING:,}"):
        load(path)


def test_the_limits_are_stated() -> None:
    assert (document.MAX_CONTAINERS, document.MAX_VALUES) == (1_500_000, 6_000_000)
    assert (document.MAX_ESCAPES, document.MAX_STRING) == (10_000, 3_000)
