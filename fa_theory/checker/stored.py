"""Arrays in files of their own, which a document names by their digest.

In the place of X, y, W, beta, b or norm a document in a file may have ``{"file", "sha256", "shape"}``. The file lies in
the same folder and holds the numbers row by row, 8 bytes each, little-endian IEEE 754 binary64, and nothing else. It is
refused unless its name is plain, it is a regular file and no link, it has just the size that the shape says, and its
SHA-256 is the one named. What is read is put in the place of the reference, as the strings that `float.hex` writes, and
is subject to all other rules. The digest of the document is that with the references.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from array import array
from collections.abc import Mapping
from math import prod
from pathlib import Path
from stat import S_ISREG
from typing import Any

KEYS = ("X", "y", "W", "beta", "b", "norm")
"""The entries that may be stored."""
MAX_BYTES = 64 * 2**20
"""Of all files of a document together."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.f64")
_FLAGS = sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Unreadable(ValueError):
    """A reference is malformed, or its file is not what it says."""


class Stored(list[Any]):
    """Rows, or numbers, that were read from a file; a list like those of JSON, with the reference it came from."""

    def __init__(self, rows: list[Any], reference: Mapping[str, Any]) -> None:
        super().__init__(rows)
        self.reference = dict(reference)


def plain(value: Any) -> Any:
    """A stored list as its reference; everything else as it is."""
    return value.reference if isinstance(value, Stored) else value


def digests(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The digests of all stored entries, for people."""
    return tuple(f"{key} sha256 {value.reference['sha256']}" for key, value in document.items()
                 if isinstance(value, Stored))  # fmt: skip


def resolve(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Put the content of the files in the place of references.

    Raises
    ------
    Unreadable
        With the entry, and what is wrong.
    """
    left, found = MAX_BYTES, dict(document)
    for key in KEYS:
        if isinstance(document.get(key), dict):
            shape = _shape(document[key], key)
            size = 8 * prod(shape)
            left -= size
            if left < 0:
                raise Unreadable(f"{key}: expected at most {MAX_BYTES:,} bytes in files")
            content = _content(document[key], key, folder, size)
            found[key] = Stored(_nested(content, shape), document[key])
    return found


def _shape(reference: Mapping[str, Any], key: str) -> list[int]:
    if set(reference) != {"file", "sha256", "shape"}:
        raise Unreadable(f"{key}: expected a list, or an object with the keys file, sha256 and shape")
    name, digest, shape = (reference[part] for part in ("file", "sha256", "shape"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Unreadable(
            f"{key}.file: expected a name of letters, digits, - and _ that ends with .f64, without a folder"
        )
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise Unreadable(f"{key}.sha256: expected 64 hexadecimal digits, in lower case")
    if not isinstance(shape, list) or len(shape) not in (1, 2) or any(type(n) is not int or n < 1 for n in shape):
        raise Unreadable(f"{key}.shape: expected one or two whole numbers ≥ 1")
    return shape


def _content(reference: Mapping[str, Any], key: str, folder: Path, size: int) -> bytes:
    name = reference["file"]
    path = folder / name
    try:
        if not S_ISREG(path.lstat().st_mode):  # opening others may never end
            raise Unreadable(f"{key}: {name} is not a regular file")
        with os.fdopen(os.open(path, os.O_RDONLY | _FLAGS), "rb") as file:
            content = file.read(size + 1)
    except OSError as error:
        raise Unreadable(f"{key}: {name}: {error.strerror or error}") from None
    if len(content) != size:
        more = "more than " if len(content) > size else ""
        raise Unreadable(f"{key}: expected {size:,} bytes in {name} but got {more}{min(len(content), size):,}")
    digest = hashlib.sha256(content).hexdigest()
    if digest != reference["sha256"]:
        raise Unreadable(f"{key}: {name} has the SHA-256 {digest}, not {reference['sha256']}")
    return content


def _nested(content: bytes, shape: list[int]) -> list[Any]:
    numbers = array("d")
    if numbers.itemsize != 8:
        raise Unreadable("floats are not IEEE 754 binary64 numbers")
    numbers.frombytes(content)
    if sys.byteorder == "big":
        numbers.byteswap()
    flat = [x.hex() for x in numbers]
    if len(shape) == 1:
        return flat
    rows, columns = shape
    return [flat[i * columns : (i + 1) * columns] for i in range(rows)]
