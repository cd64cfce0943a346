"""The pages of the file formats, written from their JSON Schemas."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from generated import write
from sphinx.application import Sphinx

SCHEMAS = {
    "certificate": (
        "Certificates and counterexamples",
        "checker/certificate.schema.json",
        "What ``fa-theory certify`` and ``fa-theory check`` write, and what ``fa-theory recheck`` reads. Numbers are "
        "exact: ``float.hex`` strings or rationals.",
    ),
    "result": (
        "Results",
        "claims/result.schema.json",
        "What ``fa-theory verify`` writes to ``out/results.json``, and all that ``fa-theory report`` reads.",
    ),
}


def kind(schema: Any) -> str:
    """What a value is, in a few words."""
    if not isinstance(schema, dict) or not schema:
        return "anything"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"`{name}`_"
    if "const" in schema:
        return f"``{json.dumps(schema['const'])}``"
    if "enum" in schema:
        return " or ".join(f"``{json.dumps(x)}``" for x in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(map(kind, schema[key]))
    named = schema.get("type")
    if named == "array":
        return f"list of {kind(schema['items'])}" if "items" in schema else "list"
    if isinstance(named, list):
        return " or ".join(named)
    return named or "see the schema"


def table(schema: dict[str, Any]) -> list[str]:
    """The entries of an object."""
    required = set(schema.get("required", ()))
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 25 30 45", ""]
    lines += ["   * - entry", "     - is", "     -"]
    for name, entry in schema["properties"].items():
        words = entry.get("description", "") if isinstance(entry, dict) else ""
        optional = "" if name in required else "optional; "
        lines += [
            f"   * - ``{name}``",
            f"     - {kind(entry)}",
            f"     - {optional}{words}".replace("|", r"\|").rstrip(),
        ]
    return [*lines, ""]


def page(title: str, file: str, words: str) -> str:
    """The page of a format."""
    text = files("fa_theory").joinpath(file).read_text("utf-8")
    schema = json.loads(text)
    lines = [title, "=" * len(title), "", words, "", schema.get("description", "").replace("|", r"\|"), ""]
    if "properties" in schema:
        lines += table(schema)
    objects_first = sorted(schema.get("$defs", {}).items(), key=lambda item: "properties" not in item[1])
    for name, entry in objects_first:
        about = entry.get("description", "").partition("\n\n")[0].replace("|", r"\|")
        lines += [f".. _{name}:", "", name, "-" * len(name), "", about, ""]
        lines += table(entry) if "properties" in entry else [kind(entry).capitalize(), ""]
    return "\n".join([*lines, f":download:`The JSON Schema <../../../fa_theory/{file}>`", ""])


def build(app: Sphinx) -> None:
    """Write the pages."""
    write({f"formats/{name}.rst": page(*described) for name, described in SCHEMAS.items()})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", build)
    return {"parallel_read_safe": True}
