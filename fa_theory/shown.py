"""How objects on any floor come to display themselves in a notebook.

What writes the HTML stands above everything it shows, in `fa_theory.display`; it is named here and imported when a
notebook asks, so that no lower floor depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def displayed_by(writer: str) -> Callable[[Any], str | None]:
    """A ``_repr_html_`` or ``_repr_latex_`` that calls a function of `fa_theory.display`.

    Parameters
    ----------
    writer
        ``module.function`` below `fa_theory.display`; the function takes the object and returns text, or None

    Returns
    -------
    Callable
        A method that never raises: where the function fails it returns None, and a notebook shows the ``repr``.

    Examples
    --------
    >>> class Broken:
    ...     _repr_html_ = displayed_by("claims.nothing")
    >>> Broken()._repr_html_() is None
    True
    """
    module, _, function = writer.partition(".")

    def show(self: Any) -> str | None:
        try:
            shown = getattr(import_module(f"fa_theory.display.{module}"), function)(self)
        except Exception:  # an object that cannot be displayed must not stop a notebook
            return None
        return None if shown is None else str(shown)

    return show
