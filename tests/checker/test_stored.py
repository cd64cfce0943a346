"""Arrays in files: the same verdict, and every difference refused."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import fa_theory.checker
from fa_theory.checker import stored
from fa_theory.checker.__main__ import main
from fa_theory.checker.document import MalformedDocument, digest, load
from fa_theory.checker.recheck import recheck, recheck_file
from fa_theory.enclosure.certificate import beside, write
from fa_theory.enclosure.reading import Certificate
from fa_theory.enclosure.start import certify_from_start
from fa_theory.errors import InputError
from fa_theory.model.problem import sample

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    found = certify_from_start(sample(rng=1, n=3, d=6, p=60, activation="tanh", eta=0.2)).certificate
    assert found is not None
    return found


def test_the_same_verdict_and_a_smaller_document(
    certificate: Certificate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = certificate.beside().save(tmp_path)
    assert len(list(tmp_path.glob("*.f64"))) == len(stored.KEYS)
    assert path.stat().st_size < 0.7 * len(certificate.to_json())
    jsonschema.validate(json.loads(path.read_text()), SCHEMA)
    verdict, before = recheck_file(path), recheck(certificate)
    assert verdict.valid
    assert (verdict.reason, verdict.bounds) == (before.reason, before.bounds)
    assert before.data == ()
    sha = hashlib.sha256(np.asarray(certificate.network.W, "<f8").tobytes()).hexdigest()
    assert f"W sha256 {sha}" in verdict.data
    assert main([str(path)]) == 0
    assert sha in capsys.readouterr().out
    again = Certificate.load(path)
    assert (again.network.W == certificate.network.W).all()
    (tmp_path / "again").mkdir()
    assert again.save(tmp_path / "again").name == path.name
    with pytest.raises(InputError, match="existing folder"):
        again.save(tmp_path / "one.json")


def test_only_large_arrays_are_stored(certificate: Certificate) -> None:
    found = beside(certificate, least=60)
    assert [key for key in stored.KEYS if isinstance(found[key], stored.Stored)] == ["W", "beta", "b"]


def test_the_format_of_a_file(certificate: Certificate, tmp_path: Path) -> None:
    """Written here by hand."""
    numbers = [float.fromhex(x) for row in certificate["W"] for x in row]
    content = b"".join(struct.pack("<d", x) for x in numbers)
    (tmp_path / "weights.f64").write_bytes(content)
    reference = {"file": "weights.f64", "sha256": hashlib.sha256(content).hexdigest(), "shape": [60, 6]}
    document = dict(certificate) | {"W": reference}
    document["digest"] = digest(document)
    (tmp_path / "c.json").write_text(json.dumps(document))
    assert recheck_file(tmp_path / "c.json").valid


def lie(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    document["digest"] = digest(document)
    path.write_text(json.dumps(document))


@pytest.fixture
def path(certificate: Certificate, tmp_path: Path) -> Path:
    return write(beside(certificate), tmp_path / "folder")


def stored_file(path: Path, key: str = "W") -> Path:
    name: str = json.loads(path.read_text())[key]["file"]
    return path.with_name(name)


def flip(path: Path) -> None:
    content = bytearray(stored_file(path).read_bytes())
    content[100] ^= 1
    stored_file(path).write_bytes(content)


def linked(path: Path) -> None:
    file = stored_file(path)
    file.rename(path.with_name("elsewhere"))
    file.symlink_to("elsewhere")


def piped(path: Path) -> None:
    stored_file(path).unlink()
    os.mkfifo(stored_file(path))


def folder(path: Path) -> None:
    stored_file(path).unlink()
    stored_file(path).mkdir()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (flip, "has the SHA-256"),
        (linked, "not a regular file"),
        (piped, "not a regular file"),
        (folder, "not a regular file"),
        (lambda path: stored_file(path).unlink(), "No such file"),
        (lambda path: stored_file(path).write_bytes(stored_file(path).read_bytes() + b"\0"), "more than 2,880"),
        (lambda path: stored_file(path).write_bytes(stored_file(path).read_bytes()[:-1]), "but got 2,879"),
    ],
)
def test_files_that_are_not_what_they_should_be(path: Path, spoil: Callable[[Path], object], reason: str) -> None:
    spoil(path)
    with pytest.raises(MalformedDocument, match=reason) as error:
        recheck_file(path)
    assert "\n" not in str(error.value)
    assert main([str(path)]) == 2


@pytest.mark.parametrize(
    "name",
    [
        *("../w.f64", "/etc/w.f64", "a/b.f64", "..f64", ".f64", "w.txt", "w.f64\n", "w f64", "C:w.f64", ""),
        *("a" * 101 + ".f64", "a\\b.f64", "a\0.f64", None, 3, ["w.f64"]),
    ],
)
def test_names_of_other_places(path: Path, name: Any) -> None:
    lie(path, lambda document: document["W"].update(file=name))
    with pytest.raises(MalformedDocument, match=r"W\.file"):
        recheck_file(path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"shape": [6, 60]}, "X: expected|W: expected|W"),
        ({"shape": []}, "one or two whole numbers"),
        ({"shape": [1, 60, 6]}, "one or two whole numbers"),
        ({"shape": [60, 6.0]}, "exact numbers|one or two whole numbers"),
        ({"shape": [True, 360]}, "one or two whole numbers"),
        ({"shape": [-60, -6]}, "one or two whole numbers"),
        ({"shape": [0, 6]}, "one or two whole numbers"),
        ({"shape": [10**9, 10**9]}, "bytes in files"),
        ({"shape": 360}, "one or two whole numbers"),
        ({"sha256": "0" * 63}, "64 hexadecimal digits"),
        ({"sha256": "G" * 64}, "64 hexadecimal digits"),
        ({"sha256": "0" * 64}, "has the SHA-256"),
        ({"sha256": None}, "64 hexadecimal digits"),
        ({"more": 1}, "keys file, sha256 and shape"),
    ],
)
def test_references_that_are_malformed(path: Path, change: dict[str, Any], reason: str) -> None:
    lie(path, lambda document: document["W"].update(change))
    with pytest.raises(MalformedDocument, match=reason):
        recheck_file(path)


def test_all_files_together_are_limited(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total = sum(file.stat().st_size for file in path.parent.glob("*.f64"))
    monkeypatch.setattr(stored, "MAX_BYTES", total)
    assert load(path)
    monkeypatch.setattr(stored, "MAX_BYTES", total - 1)
    with pytest.raises(MalformedDocument, match="bytes in files"):
        load(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(path: Path, value: float) -> None:
    file = stored_file(path)
    numbers = np.frombuffer(file.read_bytes(), "<f8").copy()
    numbers[7] = value
    file.write_bytes(numbers.tobytes())
    sha = hashlib.sha256(numbers.tobytes()).hexdigest()
    lie(path, lambda document: document["W"].update(sha256=sha))
    with pytest.raises(MalformedDocument, match=r"W\[1\]\[1\]"):
        recheck_file(path)


def test_another_file_of_the_right_size_is_another_document(path: Path) -> None:
    """The digest of the document covers the reference."""
    file, document = stored_file(path), json.loads(path.read_text())
    numbers = -np.frombuffer(file.read_bytes(), "<f8")
    file.write_bytes(numbers.tobytes())
    document["W"]["sha256"] = hashlib.sha256(numbers.tobytes()).hexdigest()
    path.write_text(json.dumps(document))
    verdict = recheck_file(path)
    assert not verdict.valid
    assert "digest" in verdict.reason


def test_references_are_read_from_files_only(certificate: Certificate) -> None:
    document = {key: stored.plain(value) for key, value in beside(certificate).items()}
    with pytest.raises(MalformedDocument, match="a list"):
        recheck(document)


def test_other_entries_are_not_references(path: Path) -> None:
    lie(path, lambda document: document.update(eta=document["W"]))
    with pytest.raises(MalformedDocument, match="eta"):
        recheck_file(path)
