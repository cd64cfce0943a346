"""Writing files: a file is replaced completely or not at all, whenever the program ends."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fa_theory.errors import FATheoryError


def write(path: str | Path, content: str | bytes) -> Path:
    """Write a file, and create its folder if necessary.

    The content is written to a temporary file next to the target, synced, and renamed. A full disk or a kill leaves the
    old file unchanged. Links are followed; devices and pipes are written to directly.

    Parameters
    ----------
    path
        The file.
    content
        Text is encoded as UTF-8.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FATheoryError
        If the file cannot be written; the message names it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder) / "new" / "file", "ψ").read_text("utf-8")
    'ψ'
    """
    path = Path(path)
    try:
        data = content.encode() if isinstance(content, str) else content
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = _mode(target)
        if mode is None:
            target.write_bytes(data)
        else:
            _replace(target, data, mode)
    except OSError as error:
        raise FATheoryError(f"cannot write {path}: {error.strerror or error}; choose another location") from None
    except ValueError as error:  # a null byte in the name, or text that cannot be encoded in UTF-8
        raise FATheoryError(f"cannot write {str(path)!r}: {error}") from None
    return path


@contextmanager
def exclusive(path: str | Path) -> Iterator[None]:
    """Let no other process read, change and write a file at the same time; one that comes meanwhile waits.

    All of them must ask. The lock is a hidden file beside the target and goes with the process, also when it is killed.
    On a file system without locks nobody waits.

    Parameters
    ----------
    path
        The file, which need not be there.

    Raises
    ------
    FATheoryError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, exclusive(Path(folder) / "file"):
    ...     write(Path(folder) / "file", "1").read_text()
    '1'
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o666)
    except (OSError, ValueError) as error:
        says = (isinstance(error, OSError) and error.strerror) or error
        raise FATheoryError(f"cannot write {str(path)!r}: {says}; choose another place") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP):
                raise
        yield
    finally:
        os.close(handle)


def _mode(target: Path) -> int | None:
    """Permissions for a file: those it has, or those of any new file; None if it is not a regular file."""
    try:
        found = target.stat()
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
    return stat.S_IMODE(found.st_mode) if stat.S_ISREG(found.st_mode) else None


def _replace(target: Path, data: bytes, mode: int) -> None:
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied")  # renaming would overwrite a file that is protected
    # the name of the target is left out: with it, the longest allowed name would become too long
    handle, name = tempfile.mkstemp(prefix=".fa-theory-", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    _to_disk(target.parent)


def _to_disk(folder: Path) -> None:
    """Sync the new name to disk, if the system allows it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
