"""The name that was probably meant, for the errors that Python raises about names it does not know."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any


def suggestion(error: BaseException | None, names: Iterable[str], takers: Iterable[Callable[..., Any]]) -> str:
    """What to add to the message of an error about an unknown name; nothing for other errors.

    Parameters
    ----------
    error
        As Python raised it.
    names
        What a file of conjectures may use.
    takers
        Functions and classes whose arguments may be misspelt.

    Examples
    --------
    >>> def weigh(width): ...
    >>> suggestion(NameError("name 'nrom' is not defined"), ["norm"], [])
    '; did you mean norm?'
    >>> suggestion(TypeError("weigh() got an unexpected keyword argument 'widht'"), [], [weigh])
    '; did you mean width?'
    """
    said = str(error)
    match error:
        case NameError() if found := re.search(r"name '(\w+)' is not defined", said):
            return _near(found[1], names)
        case ImportError() if found := re.search(r"cannot import name '(\w+)'", said):
            return _near(found[1], names)
        case TypeError() if found := re.search(
            r"(\w+)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w+)'", said
        ):
            known = [p for taker in takers if taker.__name__ == found[1] for p in inspect.signature(taker).parameters]
            return _near(found[2], known)
    return ""


def _near(name: str, names: Iterable[str]) -> str:
    known = list(names)
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}" if len(known) < 20 else ""
