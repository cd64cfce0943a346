"""Docstrings are written for people at a terminal; this makes them reStructuredText without touching the sources.

Indented formulas stay as they are set: a paragraph that is indented after a blank line becomes a literal block. A bar
is a sign of mathematics, not of markup. Sections are read as in NumPy's style; attributes have none.
"""

from __future__ import annotations

import builtins
import collections.abc
import re
import sys
import typing
from importlib import import_module
from itertools import takewhile
from typing import Any

import flint
import numpy
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.napoleon import Config, NumpyDocstring
from sphinx.util.nodes import make_refnode

NAPOLEON = Config(
    napoleon_use_param=True,
    napoleon_use_rtype=False,
    napoleon_custom_sections=[("Attributes", "returns_style")],
)
_LITERAL = re.compile(r"(``.*?``|`[^`]+`)")
_LIST = re.compile(r"\s*([-*•]|\d+\.|>>>|\.\.|:) ?")


def literal_blocks(lines: list[str]) -> list[str]:
    """Announce indented paragraphs as literal blocks."""
    found: list[str] = []
    last, inside = "", None
    for k, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if line.strip() and inside is not None and indent <= inside:
            inside = None
        opens = line.strip() and last and not lines[k - 1].strip() and indent > len(last) - len(last.lstrip())
        if inside is None and opens and not _LIST.match(last) and not _LIST.match(line) and not last.endswith("::"):
            inside = len(last) - len(last.lstrip())
            found += [f"{' ' * inside}::", ""]
        found.append(line if inside is not None else escaped(line))
        last = line if line.strip() else last
    return found


def escaped(line: str) -> str:
    """Bars as themselves."""
    if ">>>" in line or "http" in line:
        return line
    parts = _LITERAL.split(line)
    return "".join(part if k % 2 else part.replace("|", r"\|") for k, part in enumerate(parts))


def process(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Rewrite a docstring in place."""
    lines[:] = literal_blocks(lines)
    if what not in ("attribute", "data", "property"):  # a colon there would be taken for that of a type
        lines[:] = NumpyDocstring(lines, NAPOLEON, app, what, name, thing, options).lines()


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.Element) -> nodes.Node | None:
    """Links for names that docstrings write short: the nearest module that has one; other names only have to exist."""
    if node.get("refdomain") != "py":
        return None
    target, module = node["reftarget"], node.get("py:module") or ""
    known = env.domains.python_domain.objects
    ending = f".{target}"
    found = [name for name in known if name.endswith(ending)]
    if found:
        near = max(sorted(found), key=lambda name: shared(name, module))
        entry = known[near]
        return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, shown, near)
    if not target.replace(".", "").isidentifier():
        return shown  # a type in several words
    return shown if exists(target, module, node.get("py:class")) else None


def shared(name: str, module: str) -> int:
    """How many parts of two dotted names agree from the left."""
    pairs = zip(name.split("."), module.split("."), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def exists(target: str, module: str, owner: str | None) -> bool:
    """Whether a name means something where it is used, though no page of ours describes it."""
    places = [import_module(module)] if module else []
    if owner:
        places.append(getattr(places[0], owner, None))
    head, *rest = target.replace("np.", "numpy.", 1).split(".") if target.startswith("np.") else target.split(".")
    for place in (*places, builtins, typing, collections.abc, numpy, flint, sys.modules.get(head)):
        value = place if place is sys.modules.get(head) else getattr(place, head, None)
        for name in rest:  # a field of a dataclass has no value in the class
            value = getattr(value, name, None) or getattr(value, "__annotations__", {}).get(name)
        if value is not None:
            return True
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", process, priority=100)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
