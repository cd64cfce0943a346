"""Optional libraries: a missing one is reported in one line."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from .errors import InputError

EXTRAS = {
    "cma": "full",
    "distributed": "dask",
    "grandalf": "full",
    "hypothesis": "full",
    "jax": "fast",
    "jinja2": "full",
    "latex2mathml": "full",
    "markupsafe": "full",
    "matplotlib": "full",
    "mpmath": "full",
    "msgspec": "full",
    "networkx": "full",
    "numpy": "full",
    "pandas": "tables",
    "pyarrow": "tables",
    "pybtex": "full",
    "pylatexenc": "full",
    "pytest": "full",
    "rich": "full",
    "scipy": "full",
    "sklearn": "full",
    "sympy": "full",
    "threadpoolctl": "full",
    "torch": "bench",
    "typer": "full",
    "xarray": "tables",
}
"""The extra of ``pyproject.toml`` that installs a module."""


class MissingExtra(InputError, ImportError):
    """A library is not installed; the message says how to install it."""


def needed(module: str) -> ModuleType:
    """Import a module.

    Raises
    ------
    MissingExtra
        If it needs a library of an extra that is not installed.
    ModuleNotFoundError
        If there is no such module at all.

    Examples
    --------
    >>> needed("json").dumps([1])
    '[1]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise (explained(error) or error) from None


def explained(error: ModuleNotFoundError) -> MissingExtra | None:
    """The error for a module that was not found, if an extra installs it.

    Examples
    --------
    >>> print(explained(ModuleNotFoundError("No module named 'typer'", name="typer")))
    typer is not installed; install it with: pip install 'fa-theory[full]'
    >>> explained(ModuleNotFoundError("No module named 'mine'", name="mine")) is None
    True
    """
    library = (error.name or "").partition(".")[0]
    if library not in EXTRAS:
        return None
    return MissingExtra(f"{library} is not installed; install it with: pip install 'fa-theory[{EXTRAS[library]}]'")
