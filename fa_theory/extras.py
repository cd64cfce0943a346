"""What is installed on demand: a library that is missing is asked for in one line."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from .errors import InputError


class MissingExtra(InputError, ImportError):
    """A library is not installed; the message says how to get it."""


def needed(module: str, extra: str) -> ModuleType:
    """Import a library that belongs to an extra of this package.

    Parameters
    ----------
    module
        Name of the module.
    extra
        The extra of ``pyproject.toml`` that installs it.

    Raises
    ------
    MissingExtra
        If it is not installed.

    Examples
    --------
    >>> needed("no_such_library", "tables")
    Traceback (most recent call last):
    fa_theory.extras.MissingExtra: no_such_library is not installed; get it with: pip install 'fa-theory[tables]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise MissingExtra(f"{module} is not installed; get it with: pip install 'fa-theory[{extra}]'") from None
