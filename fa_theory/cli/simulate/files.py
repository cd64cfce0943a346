"""Writing files."""

from __future__ import annotations

from pathlib import Path

from fa_theory.errors import FATheoryError


def write(path: Path, content: str | bytes) -> None:
    """Write a file, and its folder.

    Raises
    ------
    FATheoryError
        If that is not possible.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise FATheoryError(f"cannot write {path}: {error.strerror}; choose another place") from None
