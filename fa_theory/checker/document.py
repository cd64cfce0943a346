"""Strict reading of certificates: a JSON text is converted to exact numbers, or rejected with a one-line reason.

A number is a string as `float.hex` writes it, so it names one float64 exactly; whole numbers (steps) are JSON
integers. Unknown, missing or duplicate keys, other spellings of a number, NaN and infinities, ragged or oversized
arrays are all rejected. The published schema is ``certificate.schema.json``.

The digest is the SHA-256 of the document without its ``digest`` entry, written as JSON with sorted keys, no spaces and
ASCII only. It protects against accidents; it is not a signature, and nothing is trusted because of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from stat import S_ISREG
from typing import Any

from flint import arb, arb_mat

from . import ranges, stored
from .linalg import elementwise

FORMAT = "fa-theory-certificate/1"
MAX_BYTES = 128 * 2**20
MAX_ENTRIES = 4_000_000
MAX_CONTAINERS, MAX_VALUES, MAX_ESCAPES, MAX_STRING = 1_500_000, 6_000_000, 10_000, 3_000
"""Of the JSON before it is parsed: lists and objects, values, backslashes, and bytes in a string."""
MAX_ERRORS = 360
"""Largest number of samples times outputs."""
MAX_FEATURES = 400_000
"""Largest number of samples times neurons times outputs. These limits keep checking below a minute and 2 GiB."""
MAX_FLOAT_FEATURES = 2_000_000
"""The same where the steps are in binary64: a few minutes, and 8 GiB for the end of the run in balls."""

STATE_KEYS = ("format", "kind", "data", "activation", "eta", "X", "y", "W", "beta", "b", "digest")


class MalformedDocument(ValueError):
    """The document is not a certificate; the message is one line for the user."""


def refusal(where: str, expected: str, value: object) -> MalformedDocument:
    """The error for an unexpected value."""
    if isinstance(value, str):
        value = value[:60]
    try:
        shown = f"a {type(value).__name__} of {len(value)}" if isinstance(value, (list, dict)) else repr(value)
    except ValueError:
        shown = "an integer of thousands of digits"
    return MalformedDocument(f"{where}: expected {expected} but got {shown[:60]}{'…' if len(shown) > 60 else ''}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise MalformedDocument(f"key {name[:60]!r} occurs twice")
    return dict(pairs)


def _not_exact(text: str) -> None:
    raise refusal("JSON", "exact numbers as strings written by float.hex", text)


def _scan(text: bytes) -> None:
    """Reject, from the bytes alone, documents that would take much time or memory to parse.

    Commas and brackets in strings are counted, too, so there are at most as many values as are counted here.
    """
    containers = text.count(b"[") + text.count(b"{")
    values = containers + text.count(b",") + 1
    for what, found, most in (
        ("lists and objects", containers, MAX_CONTAINERS),
        ("values", values, MAX_VALUES),
        ("escaped characters", text.count(b"\\"), MAX_ESCAPES),
    ):
        if found > most:
            raise MalformedDocument(f"the JSON has {found:,} {what}; at most {most:,}")
    plain = re.sub(rb"\\.", b"--", text, flags=re.DOTALL) if b"\\" in text else text
    at = quotes = end = 0
    while at < len(plain):  # what has no quote for so long covers one of these blocks
        if plain.find(b'"', at, at + _BLOCK) < 0:
            start, stop = plain.rfind(b'"', 0, at) + 1, plain.find(b'"', at)
            stop = len(plain) if stop < 0 else stop
            quotes += plain.count(b'"', end, start)
            if quotes % 2 and stop - start > MAX_STRING:  # after an odd number of quotes it is a string
                raise MalformedDocument(f"the JSON has a string of {stop - start:,} bytes; at most {MAX_STRING:,}")
            at = end = stop
        else:
            at += _BLOCK


_BLOCK = MAX_STRING // 2


def load(path: str | Path) -> Any:
    """Read a file as JSON without duplicate keys, fractions, NaN or infinities, and the files that it names (`stored`).

    Raises
    ------
    MalformedDocument
        If the file is too large, or not such JSON; files are scanned before they are parsed, so that rejecting one is
        cheap.
    OSError
        If the file cannot be read.
    """
    if not S_ISREG(Path(path).stat().st_mode):
        raise MalformedDocument("expected a regular file")  # reading others may never end
    with Path(path).open("rb") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise MalformedDocument(f"the file is larger than {MAX_BYTES} bytes")
    _scan(text)
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_float=_not_exact, parse_constant=_not_exact)
        whole = isinstance(found, dict) and found.get("format") == FORMAT
        return stored.resolve(found, Path(path).parent) if whole else found
    except MalformedDocument:
        raise
    except stored.Unreadable as why:
        raise MalformedDocument(str(why)) from None
    except RecursionError:
        raise MalformedDocument("the JSON is nested too deeply") from None
    except MemoryError:
        raise MalformedDocument("the JSON takes more memory than there is") from None
    except ValueError as error:  # includes JSONDecodeError, UnicodeDecodeError and integers of absurd length
        raise MalformedDocument(f"not valid JSON: {' '.join(str(error).split())[:200]}") from None


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of everything except the digest, in hexadecimal."""
    content = {key: stored.plain(value) for key, value in document.items() if key != "digest"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def fields(value: object, where: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Accept an object with exactly these keys."""
    if not isinstance(value, dict):
        raise refusal(where, "an object", value)
    faults = [f"unknown key {str(key)[:60]!r}" for key in value if key not in keys]
    faults += [f"missing key {key!r}" for key in keys if key not in value]
    if faults:
        raise MalformedDocument(f"{where}: {faults[0]}")
    return value


def text(value: object, where: str, allowed: tuple[str, ...] | None = None) -> str:
    """Accept a string of at most 200 characters, or one of those allowed."""
    if not isinstance(value, str) or (len(value) > 200 if allowed is None else value not in allowed):
        raise refusal(where, f"one of {', '.join(allowed)}" if allowed else "a string of at most 200 characters", value)
    return value


def whole(value: object, where: str) -> int:
    """Accept a whole number from 0 to 10^15."""
    if type(value) is not int or not 0 <= value <= 10**15:
        raise refusal(where, "a whole number from 0 to 10^15", value)
    return value


def number(value: object, where: str, least: float | None = None) -> arb:
    """Accept one float64 exactly as written by `float.hex`, and not below ``least``."""
    try:
        x = float.fromhex(value)  # type: ignore[arg-type]  # not a string: TypeError
    except (TypeError, ValueError, OverflowError):
        x = float("nan")
    if x - x != 0 or x.hex() != value:  # NaN and infinities fail the first test
        raise refusal(where, "a finite float64 as float.hex writes it", value)
    if least is not None and x < least:
        raise refusal(where, f"a number ≥ {least}", x)
    return arb(x)


def array(value: object, where: str, shape: tuple[int | None, ...], least: float | None = None) -> list[arb]:
    """Accept non-empty lists nested to this shape (None: any length), and return their numbers row by row."""
    if not shape:
        return [number(value, where, least)]
    if not isinstance(value, list) or not value or shape[0] not in (None, len(value)):
        raise refusal(where, f"a list of {shape[0] or 'one or more'} {'rows' if shape[1:] else 'numbers'}", value)
    if prod((length or 1 for length in shape[1:]), start=len(value)) > MAX_ENTRIES:
        raise refusal(where, f"at most {MAX_ENTRIES} numbers", value)
    return [x for i, row in enumerate(value) for x in array(row, f"{where}[{i}]", shape[1:], least)]


def vector(value: object, where: str, length: int | None = None, least: float | None = None) -> list[arb]:
    """Accept a non-empty list of numbers, of the given length."""
    return array(value, where, (length,), least)


def matrix(value: object, where: str, rows: int | None = None, columns: int | None = None) -> arb_mat:
    """Accept a list of rows of equal length, of the given shape."""
    if columns is None and isinstance(value, list) and value and isinstance(value[0], list):
        columns = len(value[0])
    entries = array(value, where, (rows, columns))
    return arb_mat(len(value), columns, entries)  # type: ignore[arg-type]


def interval(value: object, where: str) -> tuple[arb, arb]:
    """Accept an object with a low and a high end; their order is not checked."""
    ends = fields(value, where, ("low", "high"))
    return number(ends["low"], f"{where}.low"), number(ends["high"], f"{where}.high")


@dataclass(frozen=True)
class ExactState:
    """One exact state of one network on its data, the object of every kind of certificate.

    ``y``, ``beta`` and ``b`` have one number per sample or neuron, or k > 1 numbers, output by output.
    """

    activation: str
    eta: arb
    X: arb_mat
    y: list[arb]
    W: arb_mat
    beta: list[arb]
    b: list[arb]

    @classmethod
    def read(cls, document: Mapping[str, Any], most: int | None = None) -> ExactState:
        """Read the entries that all kinds share; at most so many features, or `MAX_FEATURES`."""
        most = MAX_FEATURES if most is None else most
        text(document["data"], "data")
        X = matrix(document["X"], "X")
        W = matrix(document["W"], "W", columns=X.ncols())
        y, n, p = document["y"], X.nrows(), W.nrows()
        several = isinstance(y, list) and y and isinstance(y[0], list)
        outputs = (len(y[0]),) if several else ()
        if outputs == (1,):
            raise refusal("y", "numbers, not rows, if there is one output", y)
        if prod(outputs, start=n) > MAX_ERRORS:
            raise refusal("y", f"at most {MAX_ERRORS} samples times outputs", y)
        if prod(outputs, start=n * p) > most:
            raise refusal("W", f"at most {most} samples times neurons times outputs", document["W"])
        return cls(
            activation=text(document["activation"], "activation", ranges.ACTIVATIONS),
            eta=number(document["eta"], "eta", least=2.0**-1074),
            X=X,
            y=array(y, "y", (n, *outputs)),
            W=W,
            beta=array(document["beta"], "beta", (p, *outputs)),
            b=array(document["b"], "b", (p, *outputs)),
        )

    @property
    def p(self) -> int:
        """Width."""
        return self.W.nrows()

    @property
    def k(self) -> int:
        """Number of outputs."""
        return len(self.b) // self.p

    def scale(self) -> arb:
        """``η / √p``."""
        return self.eta / arb(self.p).sqrt()

    def features(self, Z: arb_mat) -> arb_mat:
        """``Ψ = ψ(Z)``, the exact range of every entry."""
        return elementwise(lambda z: ranges.value_range(self.activation, z), Z)

    def slopes(self, Z: arb_mat) -> arb_mat:
        """Enclosure of ``ψ'(Z)`` and of all secant slopes within the entries of Z."""
        return elementwise(lambda z: ranges.slope_range(self.activation, z), Z)

    def by_output(self, weights: list[arb]) -> arb_mat:
        """β or b as a p×k matrix."""
        return arb_mat(self.p, self.k, weights)

    def error(self, features: arb_mat, beta: list[arb]) -> arb_mat:
        """``e = Ψβ/√p − y`` as a column, sample after sample."""
        f = features * self.by_output(beta) * (1 / arb(self.p).sqrt())
        return column(f.entries()) - column(self.y)


def column(v: list[arb]) -> arb_mat:
    """``v`` as a matrix of one column."""
    return arb_mat(len(v), 1, v)
