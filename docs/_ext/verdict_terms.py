"""The glossary's entries for verdicts, from the table by which the program shows them."""

from __future__ import annotations

from generated import write
from sphinx.application import Sphinx

from fa_theory.figures.verdicts import LOOKS


def page() -> str:
    """One entry for each verdict."""
    entries = "\n".join(f"{word}\n  {look.symbol} {look.meaning}\n" for word, look in LOOKS.items())
    return f"```{{glossary}}\n{entries}```\n"


def build(app: Sphinx) -> None:
    """Write the entries."""
    write({"verdicts/terms.md": page()})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", build)
    return {"parallel_read_safe": True}
