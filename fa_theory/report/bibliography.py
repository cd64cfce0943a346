"""The references a report cites, formatted by Pybtex."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from . import latex


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry: BibTeX key, label as printed, and the formatted text."""

    key: str
    label: str
    latex: str
    html: str


def references(keys: Iterable[str]) -> list[Reference]:
    """Format the entries with these keys; keys the bibliography does not have are left out.

    Examples
    --------
    >>> [(r.key, r.label) for r in references(["song2021", "nobody1900"])]
    [('song2021', 'SXL21')]
    """
    from pybtex.database import parse_string
    from pybtex.style.formatting.alpha import Style

    text = files("fa_theory.reports").joinpath("references.bib").read_text("utf-8")
    database = parse_string(text, "bibtex")
    known = sorted(set(keys) & set(database.entries))
    formatted = Style().format_bibliography(database, known)
    return [
        Reference(entry.key, entry.label, latex.fragment(entry.text.render_as("latex")), entry.text.render_as("html"))
        for entry in formatted
    ]
