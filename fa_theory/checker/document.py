"""Strict reading of certificates: a JSON text becomes exact numbers, or one clear line says why it cannot.

A number is a string as `float.hex` writes it, so it names one float64 exactly; whole numbers (steps) are JSON
integers. Unknown, missing or doubled keys, other spellings of a number, NaN and infinities, ragged or oversized
arrays are all refused. The published schema is ``certificate.schema.json``.

The digest is the SHA-256 of the document without its ``digest`` entry, written as JSON with sorted keys, no spaces and
ASCII only. It guards against accidents; it is no signature, and nothing is believed because of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flint import arb, arb_mat

from . import linalg, ranges

FORMAT = "fa-theory-certificate/1"
MAX_BYTES = 256 * 2**20
MAX_ENTRIES = 4_000_000
MAX_SAMPLES = 512

STATE_KEYS = ("format", "kind", "data", "activation", "eta", "X", "y", "W", "beta", "b", "digest")


class MalformedCertificate(ValueError):
    """The document is not a certificate; the message is one line for the user."""


def _refuse(where: str, expected: str, value: object) -> MalformedCertificate:
    shown = repr(value) if not isinstance(value, (list, dict)) else f"a {type(value).__name__}"
    return MalformedCertificate(f"{where}: expected {expected} but got {shown[:60]}{'…' if len(shown) > 60 else ''}")


def load(path: str | Path) -> dict[str, Any]:
    """Read a file as JSON without doubled keys, fractions, NaN or infinities.

    Raises
    ------
    MalformedCertificate
        If the file is too large, or not such JSON.
    OSError
        If the file cannot be read.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        entries = dict(pairs)
        if len(entries) < len(pairs):
            names = [name for name, _ in pairs]
            doubled = next(name for name in names if names.count(name) > 1)
            raise MalformedCertificate(f"key {doubled[:60]!r} occurs twice")
        return entries

    def not_exact(text: str) -> None:
        raise _refuse("JSON", "exact numbers as strings written by float.hex", text)

    with Path(path).open("rb") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise MalformedCertificate(f"the file is larger than {MAX_BYTES} bytes")
    try:
        document = json.loads(text, object_pairs_hook=unique, parse_float=not_exact, parse_constant=not_exact)
    except MalformedCertificate:
        raise
    except RecursionError:
        raise MalformedCertificate("the JSON is nested too deeply") from None
    except ValueError as error:  # includes JSONDecodeError, UnicodeDecodeError and integers of absurd length
        raise MalformedCertificate(f"not valid JSON: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(document, dict):
        raise _refuse("document", "a JSON object", document)
    return document


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of everything except the digest, in hexadecimal."""
    content = {key: value for key, value in document.items() if key != "digest"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def fields(value: object, where: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Accept an object with exactly these keys."""
    if not isinstance(value, dict):
        raise _refuse(where, "an object", value)
    for key in value:
        if key not in keys:
            raise MalformedCertificate(f"{where}: unknown key {str(key)[:60]!r}")
    for key in keys:
        if key not in value:
            raise MalformedCertificate(f"{where}: missing key {key!r}")
    return value


def text(value: object, where: str, allowed: tuple[str, ...] | None = None) -> str:
    """Accept a string of at most 200 characters, or one of those allowed."""
    if not isinstance(value, str) or (len(value) > 200 if allowed is None else value not in allowed):
        raise _refuse(where, f"one of {', '.join(allowed)}" if allowed else "a string of at most 200 characters", value)
    return value


def whole(value: object, where: str) -> int:
    """Accept a whole number from 0 to 10^15."""
    if type(value) is not int or not 0 <= value <= 10**15:
        raise _refuse(where, "a whole number from 0 to 10^15", value)
    return value


def number(value: object, where: str, least: float | None = None) -> arb:
    """Accept one float64 in the one spelling of `float.hex`, exactly, and not below ``least``."""
    try:
        x = float.fromhex(value)  # type: ignore[arg-type]  # not a string: TypeError
    except (TypeError, ValueError, OverflowError):
        x = float("nan")
    if x - x != 0 or x.hex() != value:  # NaN and infinities fail the first test
        raise _refuse(where, "a finite float64 as float.hex writes it", value)
    if least is not None and x < least:
        raise _refuse(where, f"a number ≥ {least}", x)
    return arb(x)


def vector(value: object, where: str, length: int | None = None, least: float | None = None) -> list[arb]:
    """Accept a non-empty list of numbers, of the given length."""
    if not isinstance(value, list) or not value or (length is not None and len(value) != length):
        shown: object = f"{len(value)} entries" if isinstance(value, list) else value
        raise _refuse(where, "a non-empty list of numbers" if length is None else f"{length} numbers", shown)
    if len(value) > MAX_ENTRIES:
        raise _refuse(where, f"at most {MAX_ENTRIES} entries", len(value))
    return [number(x, f"{where}[{i}]", least) for i, x in enumerate(value)]


def matrix(value: object, where: str, rows: int | None = None, columns: int | None = None) -> arb_mat:
    """Accept a list of rows of equal length, of the given shape."""
    if not isinstance(value, list) or not value or (rows is not None and len(value) != rows):
        shown: object = f"{len(value)} rows" if isinstance(value, list) else value
        raise _refuse(where, "a non-empty list of rows" if rows is None else f"{rows} rows", shown)
    columns = len(value[0]) if columns is None and isinstance(value[0], list) else columns
    if len(value) * (columns or 0) > MAX_ENTRIES:
        raise _refuse(where, f"at most {MAX_ENTRIES} entries", len(value) * (columns or 0))
    entries = [x for i, row in enumerate(value) for x in vector(row, f"{where}[{i}]", columns)]
    return arb_mat(len(value), len(entries) // len(value), entries)


@dataclass(frozen=True)
class State:
    """One exact state of one network on its data: what every kind of certificate speaks about. One output."""

    activation: str
    eta: arb
    X: arb_mat
    y: list[arb]
    W: arb_mat
    beta: list[arb]
    b: list[arb]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> State:
        """Read the entries that all kinds share."""
        text(document["data"], "data")
        X = matrix(document["X"], "X")
        if X.nrows() > MAX_SAMPLES:
            raise _refuse("X", f"at most {MAX_SAMPLES} rows", X.nrows())
        W = matrix(document["W"], "W", columns=X.ncols())
        eta = number(document["eta"], "eta", least=0.0)
        if not eta > 0:
            raise _refuse("eta", "a number > 0", document["eta"])
        return cls(
            activation=text(document["activation"], "activation", ranges.ACTIVATIONS),
            eta=eta,
            X=X,
            y=vector(document["y"], "y", X.nrows()),
            W=W,
            beta=vector(document["beta"], "beta", W.nrows()),
            b=vector(document["b"], "b", W.nrows()),
        )

    def scale(self) -> arb:
        """``η / √p``."""
        return self.eta / arb(len(self.b)).sqrt()

    def features(self, Z: arb_mat) -> arb_mat:
        """``Ψ = ψ(Z)``, the exact range of every entry."""
        return linalg.elementwise(lambda z: ranges.value_range(self.activation, z), Z)

    def slopes(self, Z: arb_mat) -> arb_mat:
        """Enclosure of ``ψ'(Z)`` and of all secant slopes within the entries of Z."""
        return linalg.elementwise(lambda z: ranges.slope_range(self.activation, z), Z)

    def error(self, features: arb_mat, beta: list[arb]) -> arb_mat:
        """``e = Ψβ/√p − y`` as an n×1 matrix."""
        return features * column(beta) * (1 / arb(len(beta)).sqrt()) - column(self.y)


def column(v: list[arb]) -> arb_mat:
    """``v`` as an n×1 matrix."""
    return arb_mat(len(v), 1, v)
