"""One page for every module, one for every package, and one for the names of ``fa_theory`` itself."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
from importlib.util import find_spec
from pathlib import Path

from generated import write
from sphinx.application import Sphinx

import fa_theory

PACKAGES = {
    "model": "Activations, networks, learning rules, schedules, data",
    "simulation": "Runs in floating point, and the exact law of linear networks",
    "enclosure": "The search for certificates",
    "checker": "The trusted kernel",
    "gram": "Gram matrices at finite and infinite width, and the width that the theorem asks for",
    "statistics": "Exact intervals, exponents, plans",
    "symbolic": "Derivations with indexed sums",
    "conjectures": "Saying, attacking and proving conjectures",
    "claims": "Declarations, evidence, verdicts",
    "display": "What notebooks show",
}
INTERNAL = ("conjectures.prove", "conjectures.search", "cli", "report", "reports", "proofs", "pytest_plugin")
"""What nobody imports by hand."""


def inside(module: str) -> list[str] | None:
    """Where the modules of a package lie; None for a module. Nothing is run: optional libraries may be absent."""
    spec = find_spec(module)
    assert spec is not None
    return spec.submodule_search_locations


def below(package: str) -> list[str]:
    """Public modules and packages directly in a package."""
    path = inside(package) or []
    names = [f"{package}.{info.name}" for info in pkgutil.iter_modules(path) if not info.name.startswith("_")]
    return [name for name in names if name.removeprefix("fa_theory.") not in INTERNAL]


def summary(name: str) -> str:
    """The first line of a module's docstring."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    text = ast.get_docstring(ast.parse(Path(spec.origin).read_text("utf-8"))) or ""
    first = text.partition("\n")[0]
    return re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", first)


def page(module: str, package: str | None, parts: list[str]) -> str:
    """A page about a module, and what is in it if it is a package.

    Pages inside packages are found through these tables and the search: in the navigation, which stands on every page,
    they would be too many.
    """
    title = module.removeprefix("fa_theory.")
    above = [":orphan:", "", f"in :doc:`{package}`", ""] if package else []
    options = ["   :no-members:"] if parts else []
    listed = [f"   * - :doc:`{part.removeprefix('fa_theory.')} <{part}>`\n     - {summary(part)}" for part in parts]
    table = [".. list-table::", "   :widths: 35 65", "", *listed, ""] if parts else []
    heading = [title, "=" * len(title), ""]
    return "\n".join([*above[:2], *heading, *above[2:], f".. automodule:: {module}", *options, "", *table, ""])


def pages_of(module: str, package: str | None = None) -> dict[str, str]:
    """The pages of a module and, if it is a package, of everything in it."""
    parts = below(module) if inside(module) is not None else []
    found = {f"api/{module}.rst": page(module, package, parts)}
    for part in parts:
        found |= pages_of(part, module)
    return found


def everything() -> list[str]:
    """Packages and modules of ``fa_theory``: those above in their order, then the others."""
    first = [f"fa_theory.{name}" for name in PACKAGES]
    return first + [name for name in below("fa_theory") if name not in first]


def front() -> str:
    """The names that ``import fa_theory as fa`` gives, and the packages."""
    rows = []
    for name in fa_theory.__all__:
        home = f"fa_theory.{fa_theory._HOME[name]}"
        value = getattr(fa_theory, name)
        owner = value.__module__ if inspect.isclass(value) or inspect.isfunction(value) else home
        words = (inspect.getdoc(value) or "").partition("\n")[0] if callable(value) else "The activations, by name."
        rows.append(f"   * - :py:obj:`fa.{name} <{owner}.{name}>`\n     - {words}")
    modules = everything()
    packages = [
        f"   * - :doc:`{name}`\n     - {PACKAGES.get(name.partition('.')[2]) or summary(name)}" for name in modules
    ]
    lines = [
        "The interface",
        "=============",
        "",
        "``import fa_theory as fa`` gives the names that are needed most; they are imported when they are first used.",
        "",
        *(".. list-table::", "   :widths: 30 70", "", *rows, ""),
        "Everything else is found in its package. A package imports only from packages that stand on a lower floor.",
        "",
        *(".. list-table::", "   :widths: 30 70", "", *packages, ""),
        *(".. toctree::", "   :hidden:", "", *(f"   {name}" for name in modules), ""),
    ]
    return "\n".join(lines)


def build(app: Sphinx) -> None:
    """Write the pages."""
    pages = {"api/index.rst": front()}
    for module in everything():
        pages |= pages_of(module)
    write(pages)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", build)
    return {"parallel_read_safe": True}
