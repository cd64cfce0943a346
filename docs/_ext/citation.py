"""BibTeX for those who cite: the software, from ``CITATION.cff``, and the papers, from the bibliography."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from generated import write
from sphinx.application import Sphinx

from fa_theory.papers import papers

ROOT = Path(__file__).parent.parent.parent


def software(cff: dict[str, Any]) -> str:
    """The entry of the software itself."""
    people = " and ".join(
        f"{{{author['name']}}}" if "name" in author else f"{author['family-names']}, {author['given-names']}"
        for author in cff["authors"]
    )
    fields = {"author": people, "title": f"{{{cff['title']}}}", "version": str(cff["version"])}
    fields |= {"year": str(cff["date-released"])[:4]} if "date-released" in cff else {}
    fields |= {"url": cff["repository-code"]} if "repository-code" in cff else {}
    fields |= {"doi": cff["doi"]} if "doi" in cff else {}
    width = max(map(len, fields))
    lines = [f"  {name:{width}} = {{{value}}}" for name, value in fields.items()]
    return "\n".join(["@software{fa-theory,", ",\n".join(lines), "}", ""])


def cited(bibliography: str, keys: list[str]) -> str:
    """The entries with these keys, as they stand; what was found here has none."""
    entries = {m[1]: m[0] for m in re.finditer(r"^@\w+\{([^,]+),.*?^\}\n", bibliography, re.DOTALL | re.MULTILINE)}
    return "\n".join(entries[key] for key in keys if key in entries)


def build(app: Sphinx) -> None:
    """Write the entries."""
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    bibliography = (ROOT / "reports" / "references.bib").read_text("utf-8")
    keys = sorted((name.rpartition(".")[2] for name in papers()), reverse=True)
    write({"citation/software.bib": software(cff), "citation/papers.bib": cited(bibliography, keys)})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", build)
    return {"parallel_read_safe": True}
