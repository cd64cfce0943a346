"""Display of objects of all layers in notebooks.

The HTML is written by `fa_theory.display`, which is above everything it shows. It is registered as an entry point and
loaded when a notebook needs it, so that no lower layer depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
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
        A method that never raises: if the function fails it returns None, and a notebook shows the ``repr``.

    Examples
    --------
    >>> class Broken:
    ...     _repr_html_ = displayed_by("claims.nothing")
    >>> Broken()._repr_html_() is None
    True
    """

    def show(self: Any) -> str | None:
        try:
            shown = _display(writer, self)
        except Exception:  # an object that cannot be displayed must not stop a notebook
            return None
        return None if shown is None else str(shown)

    return show


def drawn_by(writer: str, *args: Any) -> Any:
    """The `matplotlib.figure.Figure` that a function of `fa_theory.display` draws from its arguments."""
    return _display(writer, *args)


def _display(writer: str, *args: Any, **options: Any) -> Any:
    (display,) = entry_points(group="fa_theory.display", name="write")
    return display.load()(writer, *args, **options)
