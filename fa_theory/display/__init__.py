"""Notebook output: claims, evidence, derivations, certificates, conjectures and runs as small pieces of HTML.

Nothing here is called directly: objects have a ``_repr_html_`` (`fa_theory.shown`) that finds its writer here. The
pieces need no script, no style sheet and no network: formulas are MathML, plots are SVG, and all text is escaped.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def write(writer: str, *args: Any, **options: Any) -> Any:
    """Display an object with ``module.function`` of this package; None if the function has nothing to show."""
    module, _, function = writer.partition(".")
    return getattr(import_module(f"{__name__}.{module}"), function)(*args, **options)
