"""Malformed and hostile documents: always a verdict or one clear line, in bounded time and memory."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from almost_every import proof as almost_every
from boxed import proof
from certificates import certificate, certified, scaled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moving_certificates import epochs, moving
from test_checker_formulas import SUM, changed, const, one
from test_checker_units import growth

from fa_theory.checker import document
from fa_theory.checker.counterexample import stated
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck, recheck_file
from fa_theory.checker.verdict import Verdict
from fa_theory.conjectures import norm, rank
from fa_theory.proofs.lufkin2022 import patterns

ZERO = (0.0).hex()


@cache
def _document(kind: str) -> dict[str, Any]:
    made: dict[str, Callable[[], dict[str, Any]]] = {
        "decay-from-state": lambda: certificate(),
        "outputs": lambda: certificate(outputs=(2,)),
        "relu": lambda: certificate("relu"),
        "decay-from-start": lambda: certified(cutoff=0),
        "decay-of-epochs": lambda: epochs(),
        "decay-with-momentum": lambda: moving(),
        "growth": growth,
        "enclosure": lambda: patterns._standard(np.random.default_rng(0)),
        "boxes": lambda: proof(
            lambda run: [run[1].loss <= 0.75, abs(run[1].W) <= 1], lambda run: run.y[0] >= 0.5, p=(1, 2)
        ),
        "almost-every": lambda: almost_every(
            lambda run: [norm(run[1].W) > 0, abs(1 / run.b[0]) > 0, rank(run.X) >= 1], n=1, d=1, p=(1, 2), steps=1
        ),
        "counterexample": lambda: changed(
            hypotheses={"h": [one(["leaf", [], ["eta"]])]},
            conclusion=[
                one(["leaf", [], ["W", 1, "end"]], ["norm", [0], None], ["exp", [1], None], ["neg", [2], None]),
                one([*SUM, [1, [const("-1"), ["leaf", [], ["beta", 1, "bound"]], ["pow", [0], 3]]]], strict=True),
            ],
        ),
    }
    return made[kind]()


DECAY = ("decay-from-state", "outputs", "relu", "decay-from-start", "decay-of-epochs", "decay-with-momentum")
KINDS = (*DECAY, "growth", "enclosure", "counterexample", "boxes", "almost-every")


def sealed(doc: dict[str, Any]) -> dict[str, Any]:
    """With digests that fit, as far as it has any."""
    try:
        if "conjecture" in doc:
            doc["conjecture"]["digest"] = stated.conjecture_digest(doc)
        doc["digest"] = document.digest(doc)
    except (TypeError, ValueError, KeyError, RecursionError):
        pass
    return doc


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths to everything inside."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key)
        if child is not DEEP:
            yield from places(child, (*path, key))


DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]

NUMBERS = [
    "nan",
    "inf",
    "-inf",
    "1e999",
    "0x1p+1023",
    "0x1.0000000000000p+1023",
    "-0x1.fffffffffffffp+1023",
    ZERO,
    "-0x0.0p+0",
]
NUMBERS += [
    "0x0.0000000000001p-1022",
    "0x1.0000000000000p-40",
    "0x1.0000000000000p+40",
    "9" * 399,
    "1/" + "9" * 390,
    "-1",
    "1/3",
]
HOSTILE: list[Any] = [
    *NUMBERS,
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    64,
    10**15,
    10**16,
    -(10**30),
    2**64,
    0.5,
    float("nan"),
    float("inf"),
]
HOSTILE += ["", " ", "\0", "\ud800", "é" * 300, "tanh", "relu", "growth", "decay-from-start", "x" * 10**6, DEEP, [], {}]
HOSTILE += [
    [[]],
    [ZERO],
    [[ZERO]],
    [[ZERO], [ZERO, ZERO]],
    {"low": ZERO, "high": ZERO},
    [None],
    [[1]],
    "W",
    ["W", 0, "bound"],
]
HOSTILE += [["pow", [0], 64], ["eigmin", [0], None], [*SUM, [0, [const("1")]]], 10**5000]


@st.composite
def hostile(draw: st.DrawFn) -> dict[str, Any]:
    """A valid document with up to three changes, mostly with digests that fit."""
    doc = copy.deepcopy(_document(draw(st.sampled_from(KINDS))))
    for _ in range(draw(st.integers(1, 3))):
        paths = list(places(doc))
        short = [path for path in paths if len(path) < 3]
        *parents, key = draw(st.sampled_from(short if draw(st.booleans()) and short else paths))
        place: Any = doc
        for step in parents:
            place = place[step]
        match draw(st.sampled_from(["replace", "delete", "double", "rename", "reverse", "scale"])):
            case "replace":
                place[key] = draw(st.sampled_from(HOSTILE))
            case "delete":
                del place[key]
            case "double" if isinstance(place, list):
                place.insert(key, copy.deepcopy(place[key]) if place[key] is not DEEP else DEEP)
            case "rename" if isinstance(place, dict):
                place[draw(st.sampled_from(["", "X", "low", "digest", "\ud800", "steps", str(key) + " "]))] = place.pop(
                    key
                )
            case "reverse" if isinstance(place[key], list):
                place[key] = place[key][::-1]
            case "scale":
                try:
                    place[key] = scaled(place[key], draw(st.sampled_from([0.0, -1.0, 1e-300, 2.0**60, 1e6])))
                except (TypeError, ValueError, OverflowError, RecursionError):
                    place[key] = 7
            case _:
                place[key] = None
        if not isinstance(doc, dict) or not doc:
            break
    return sealed(doc) if draw(st.integers(0, 9)) else doc


def outcome(do: Callable[[], Verdict]) -> str:
    """What came of a check; fails if that is neither a verdict nor one clear line, or took too long."""
    start = time.process_time()
    try:
        verdict = do()
        line, limit = verdict.reason, 60
        if verdict.valid and verdict.kind == "enclosure":  # a statement of several lines
            line = line.splitlines()[0]
    except MalformedDocument as error:
        line, limit = str(error), 10
    assert time.process_time() - start < limit
    assert 0 < len(line) < 500
    assert "\n" not in line
    return line


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(hostile())
def test_whatever_is_changed_gets_a_verdict_or_one_line(doc: dict[str, Any]) -> None:
    outcome(lambda: recheck(doc))


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(KINDS), st.data())
def test_whatever_is_done_to_the_text_gets_a_verdict_or_one_line(kind: str, data: st.DataObject) -> None:
    text = bytearray(json.dumps(_document(kind)).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 1, 1, 2, 10, 1000]))
        text[at : at + length] = data.draw(
            st.one_of(
                st.binary(max_size=3),
                st.sampled_from([b"[" * 9, b"null", b"1e999", b'"', b"{}", b"\xff\xfe", b",", b":"]),
            )
        )
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"hostile-{os.getpid()}.json"
    path.write_bytes(text)
    try:
        outcome(lambda: recheck_file(path))
    finally:
        path.unlink()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x) | st.dictionaries(st.text(max_size=5), x),
    )
)
def test_any_json_gets_one_line(value: Any) -> None:
    with pytest.raises(MalformedDocument):
        recheck(value)


def test_integers_of_thousands_of_digits_get_one_line() -> None:
    for kind in KINDS:
        for key in _document(kind):
            if key != "digest":
                doc = _document(kind) | {key: 10**5000}
                assert "9999" not in outcome(lambda doc=doc: recheck(doc))  # type: ignore[misc]


# files, in a process that has 2 GiB


CHILD = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
from fa_theory.checker.__main__ import main
for path in sys.argv[1:]:
    start = time.process_time()
    code = main([path])
    print(code, round(time.process_time() - start, 2))
"""


def checked(*paths: Path) -> list[tuple[str, int, float]]:
    """Line, exit code and seconds for every file."""
    command = [sys.executable, "-c", CHILD, *map(str, paths)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    lines = ran.stdout.splitlines()
    assert len(lines) == 2 * len(paths), lines
    made = []
    for line, figures in zip(lines[::2], lines[1::2], strict=True):
        code, seconds = figures.split()
        assert len(line) < 600
        made.append((line, int(code), float(seconds)))
    return made


def test_what_is_no_certificate_file_gets_one_line(tmp_path: Path) -> None:
    loop, pipe = tmp_path / "loop", tmp_path / "pipe"
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    contents = {
        "empty": b"",
        "random": bytes(range(256)) * 100,
        "open": b'{"a": [1, 2',
        "brackets": b"[" * 10**6,
        "objects": b'{"a":' * 10**6,
        "digits": b'{"step": ' + b"9" * 10**6 + b"}",
        "exponent": b'{"eta": 1e999}',
        "nan": b"[NaN]",
        "utf-16": json.dumps(growth()).encode("utf-16"),
        "bom": b"\xef\xbb\xbf" + json.dumps(growth()).encode(),
        "string": b'"' + b"x" * 10**6 + b'"',
        "doubled": b"{" + b'"a":1,' * 10**5 + b'"a":1}',
        "keys": b"{" + b",".join(b'"%d":1' % i for i in range(10**5)) + b"}",
        "surrogate": b'{"format": "\\ud800"}',
        "nothing": b"null",
    }
    paths = [loop, pipe, tmp_path, tmp_path / "absent", Path("/dev/zero")]
    for name, content in contents.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(content)
    for line, code, seconds in checked(*paths):
        assert code == (0 if line.split(":")[0].endswith(("utf-16", "bom")) else 2), line
        assert seconds < 10, line
        assert ": MALFORMED: " in line or ": UNREADABLE: " in line or code == 0


def test_huge_files_get_one_line(tmp_path: Path) -> None:
    """100 MB and more; sparse files and repeated bytes, so that it takes seconds."""
    sparse = tmp_path / "300 MB"
    with sparse.open("wb") as file:
        file.truncate(300 * 10**6)
    digits = tmp_path / "100 MB of digits"
    digits.write_bytes(b"[" + b"7" * 10**8 + b"]")
    label = tmp_path / "100 MB label"
    label.write_bytes(json.dumps(growth() | {"data": "@"}).encode().replace(b"@", "é".encode() * (5 * 10**7)))
    matrix = tmp_path / "100 MB matrix"
    row = json.dumps(["0x1.0000000000000p+0"] * 1000)
    text = json.dumps(growth() | {"W": []}).replace('"W": []', '"W": [' + ",".join([row] * 4000) + "]")
    matrix.write_text(text)
    lists = tmp_path / "lists"
    lists.write_bytes(b"[" + b"[]," * (3 * 10**7) + b"[]]")
    for path in (digits, label, matrix, lists):
        assert path.stat().st_size > 80 * 10**6
    for line, code, seconds in checked(sparse, digits, label, matrix, lists):
        assert code == 2, line
        assert ": MALFORMED: " in line
        assert seconds < 10, line
