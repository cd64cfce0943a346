"""How a command ends: one line for an error, and an exit code that distinguishes a crash from a refutation."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import fa_theory
from fa_theory.errors import FATheoryError
from fa_theory.extras import explained

FALSIFIED, INPUT, FAULT, INTERRUPTED, CLOSED = 1, 2, 70, 130, 141
"""The first is a result of a command, and never the code of an error."""
EPILOG = (
    "Exit codes: 0 nothing falsified; 1 something falsified or contradicted; 2 usage or input error; 3 something "
    f"undecided; {FAULT} internal error; {INTERRUPTED} interrupted."
)
TOO_LARGE = ("Maximum allowed", "array is too big")
"""How NumPy reports sizes beyond all memory, in `ValueError`."""
TRACEBACK = "FA_THEORY_TRACEBACK"
"""With this in the environment, errors are shown with their traceback."""


def guarded(program: Callable[[], object]) -> None:
    """Run a program; whatever it raises becomes one line on the standard error, and `SystemExit`.

    A typer program turns some errors into `SystemExit`, whose context holds the original error.
    """
    try:
        program()
    except BaseException as error:
        code, line = _ending(error)
        if line:
            if os.environ.get(TRACEBACK):
                traceback.print_exception(error)
            print(f"fa-theory: {line}", file=sys.stderr)
        sys.exit(code)


def _ending(error: BaseException) -> tuple[int | str | None, str]:
    """Exit code and line; no line if the error has already been reported."""
    if not isinstance(error, SystemExit):
        return _explained(error)
    causes = list(_causes(error))
    interrupt = next((cause for cause in causes if isinstance(cause, KeyboardInterrupt)), None)
    if interrupt is not None:
        return _explained(interrupt)
    if error.code == FALSIFIED:  # typer ends with this code for two kinds of error
        for cause in causes:
            if isinstance(cause, BrokenPipeError | EOFError):
                return _explained(cause)
    return error.code, ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__ or error.__context__
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _explained(error: BaseException) -> tuple[int, str]:
    notes = "; ".join(getattr(error, "__notes__", ()))
    match error:
        case KeyboardInterrupt():
            print(file=sys.stderr)  # the terminal shows ^C on the line before
            return INTERRUPTED, _joined("interrupted", notes)
        case BrokenPipeError():
            return CLOSED, ""
        case FATheoryError():
            return INPUT, _joined(str(error), notes)
        case ModuleNotFoundError() if (missing := explained(error)) is not None:
            return INPUT, _joined(str(missing), notes)
        case MemoryError():
            needed = f" ({_one_line(error)})" if str(error) else ""
            return INPUT, _joined(f"out of memory{needed}; use smaller sizes or fewer processes (--jobs)", notes)
        case RecursionError():
            return INPUT, _joined("the input is nested too deeply", notes)
        case UnicodeError():
            return INPUT, _joined(f"a name or text is not valid UTF-8: {_one_line(error)}", notes)
        case OverflowError():
            return INPUT, _joined(f"a number is too large: {_one_line(error)}", notes)
        case ValueError() if str(error).startswith(TOO_LARGE):
            return INPUT, _joined(f"a size is too large: {_one_line(error)}", notes)
        case OSError():
            where = f"{error.filename}: " if error.filename is not None else ""
            return INPUT, _joined(f"{where}{error.strerror or _one_line(error)}", notes)
    what = f"{type(error).__name__}: {_one_line(error)}" if str(error) else type(error).__name__
    return FAULT, _joined(
        f"internal error: {what}{_place(error)}; please report it with the traceback ({TRACEBACK}=1 shows it)",
        notes,
    )


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else f"{text[:300]}…"


def _joined(line: str, notes: str) -> str:
    return f"{line}; {notes}" if notes else line


def _place(error: BaseException) -> str:
    """The innermost line of this package in the traceback of an error."""
    root = Path(fa_theory.__file__).parent
    passed = (f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(root))
    frames = [f for f in passed if f.filename != __file__]
    return f" (in {Path(frames[-1].filename).relative_to(root.parent)}, line {frames[-1].lineno})" if frames else ""
