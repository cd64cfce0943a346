"""The references a report cites, formatted by Pybtex."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry: BibTeX key, label, last names of the authors, year, title, and the entry as XML of the report."""

    key: str
    label: str
    people: str
    year: str
    title: str
    xml: str


def references(keys: Iterable[str]) -> list[Reference]:
    """Format the entries with these keys; unknown keys are omitted.

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
        Reference(entry.key, entry.label, *_cited(database.entries[entry.key]), _xml(entry.text.render_as("html")))
        for entry in formatted
    ]


def _cited(entry: Any) -> tuple[str, str, str]:
    """Last names of the authors, the year, and the title."""
    from pybtex.richtext import Text

    people = [str(Text.from_latex(" ".join(person.last_names))) for person in entry.persons["author"]]
    names = people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"
    title = str(Text.from_latex(entry.fields["title"]))
    return (names if len(people) < 4 else f"{people[0]} et al."), entry.fields["year"], title


def _xml(html: str) -> str:
    """Convert Pybtex's emphasis, links and named characters to the XML of the report."""
    text = re.sub(r"&(?!amp;|lt;|gt;|quot;)(\w+);", lambda match: unescape(match[0]), html)
    return re.sub(r'<a href="([^"]*)">(.*?)</a>', r'<url to="\1">\2</url>', re.sub("</?span[^>]*>", "", text))
