"""The public interface by topic, and apart from it a page for every module and every package.

Every name of ``fa_theory.__all__`` stands on one page of the public interface; the build stops if one has no topic.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from generated import write
from sphinx.application import Sphinx

import fa_theory

TOPICS = {
    "networks": (
        "Networks and data",
        (
            "sample",
            "Problem",
            "Network",
            "Law",
            "dataset",
            "Dataset",
            "activation",
            "Activation",
            "ACTIVATIONS",
            "alignment",
        ),
    ),
    "depth": (
        "Networks of any depth",
        ("DeepLaw", "DeepProblem", "DeepNetwork", "gaussian_deep_network", "Learning"),
    ),
    "simulation": ("Simulation", ("simulate", "Trajectories", "run", "step", "Rule", "Schedule")),
    "certificates": (
        "Certificates",
        (
            "certify_from_start",
            "certify_run",
            "certify_state",
            "certify_epochs",
            "certify_momentum",
            "Certificate",
            "recheck",
            "view",
            "curves",
            "required_width",
            "infinite_decay",
        ),
    ),
    "claims": ("Claims", ("verify", "library", "Claim")),
    "conjectures": ("Conjectures", ("check", "conjecture", "Conjecture", "Domain")),
    "errors": ("Errors", ("FATheoryError", "InputError")),
}
"""Titles of pages, and the names of ``fa_theory`` that stand on them."""
AUTHORING = {
    "fa_theory.conjectures": "The language of conjectures: all that a file of them imports",
    "fa_theory.strategies": "Hypothesis strategies: networks, data, schedules",
    "fa_theory.claims.claim": "Declaring a claim",
    "fa_theory.claims.coverage": "Declaring what a paper states",
    "fa_theory.claims.procedure": "Declaring what settles it: trials, budgets, a procedure of your own",
    "fa_theory.claims.procedures": "The procedures there are",
    "fa_theory.experiments.experiment": "Declaring a simulation of a paper",
    "fa_theory.symbolic.proof.writer": "Writing a proof that the checker replays",
}
"""Modules for those who write conjectures, property tests, claims and proofs."""
PACKAGES = {
    "model": "Activations, networks, learning rules, schedules, data",
    "simulation": "Runs in floating point, and the exact law of linear networks",
    "enclosure": "The search for certificates",
    "checker": "The trusted kernel",
    "gram": "Gram matrices at finite and infinite width, and the width that the theorem asks for",
    "statistics": "Exact intervals, exponents, plans",
    "symbolic": "Writing proofs",
    "conjectures": "Attacking and proving conjectures",
    "discovery": "What a learning rule conserves, and what it can only decrease",
    "claims": "Declarations, evidence, verdicts",
    "display": "What notebooks show",
}
NOWHERE = ("conjectures.prove", "conjectures.search", "cli", "report", "reports", "review", "proofs", "pytest_plugin")
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
    return [name for name in names if name.removeprefix("fa_theory.") not in NOWHERE]


def summary(name: str) -> str:
    """The first line of a module's docstring."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    text = ast.get_docstring(ast.parse(Path(spec.origin).read_text("utf-8"))) or ""
    first = text.partition("\n")[0]
    return re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", first)


def place(module: str) -> str:
    """The page of a module."""
    return f"{'api' if module in AUTHORING else 'internals'}/{module}"


def described(name: str) -> str:
    """Where the documentation describes a name of ``fa_theory``: what a module for authors has, under its name."""
    for module in AUTHORING:
        if name in getattr(import_module(module), "__all__", ()) or fa_theory._HOME[name] == module.partition(".")[2]:
            return f"{module}.{name}"
    home = f"fa_theory.{fa_theory._HOME[name]}"
    return f"fa_theory.{name}" if callable(getattr(fa_theory, name)) else f"{home}.{name}"  # a table has no docstring


def page(module: str, package: str | None, parts: list[str]) -> str:
    """A page about a module, and what is in it if it is a package.

    Pages inside packages are found through these tables and the search: in the navigation, which stands on every page,
    they would be too many. What the public interface describes is left out.
    """
    home, public = module.removeprefix("fa_theory."), module in AUTHORING
    title = module if public else home
    above = [":orphan:", "", f"in :doc:`/generated/{place(package)}`", ""] if package and not public else []
    options = ["   :no-members:"] if parts and not public else []
    if not public:
        elsewhere = [name for name in fa_theory.__all__ if fa_theory._HOME[name] == home]
        options += [f"   :exclude-members: {', '.join(['__init__', '__new__', *elsewhere])}"] if elsewhere else []
        above += (
            [f"Public: {', '.join(f':py:obj:`{name} <{described(name)}>`' for name in elsewhere)}.", ""]
            if elsewhere
            else []
        )
    links = [(f":doc:`{part.removeprefix('fa_theory.')} </generated/{place(part)}>`", summary(part)) for part in parts]
    table = [*(["Inside:", ""] if public else []), *listed(links)] if parts else []
    orphan, above = (above[:2], above[2:]) if above[:1] == [":orphan:"] else ([], above)
    heading = [title, "=" * len(title), ""]
    return "\n".join([*orphan, *heading, *above, f".. automodule:: {module}", *options, "", *table, ""])


def pages_of(module: str, package: str | None = None) -> dict[str, str]:
    """The pages of a module and, if it is a package, of everything in it."""
    parts = below(module) if inside(module) is not None else []
    found = {f"{place(module)}.rst": page(module, package, parts)}
    for part in parts:
        found |= pages_of(part, module)
    return found


def everything() -> list[str]:
    """Packages and modules of ``fa_theory``: those above in their order, then the others."""
    first = [f"fa_theory.{name}" for name in PACKAGES]
    return first + [name for name in below("fa_theory") if name not in first]


def listed(rows: list[tuple[str, str]]) -> list[str]:
    """A table of links and what they lead to."""
    cells = [f"   * - {link}\n     - {words}" for link, words in rows]
    return [".. list-table::", "   :widths: 30 70", "", *cells, ""]


def says(name: str) -> str:
    """What a name of ``fa_theory`` is for, in a line."""
    value = getattr(fa_theory, name)
    return (inspect.getdoc(value) or "").partition("\n")[0] if callable(value) else "The activations, by name."


def front() -> str:
    """The public interface."""
    missing = set(fa_theory.__all__).symmetric_difference(name for _, names in TOPICS.values() for name in names)
    if missing:
        raise ValueError(f"these names of fa_theory have no topic in docs/_ext/api_pages.py: {sorted(missing)}")
    lines = [
        *("The interface", "=============", ""),
        "``import fa_theory as fa`` gives the names below; they are imported when they are first used. They and the "
        "modules at the end of this page are public: a release that changes one says so in the changelog. Everything "
        "else is :doc:`internal </generated/internals/index>`.",
        "",
    ]
    for topic, (title, names) in TOPICS.items():
        lines += [title, "-" * len(title), ""]
        lines += listed([(f":py:obj:`fa.{name} <{described(name)}>`", says(name)) for name in names])
        lines += [f"In full: :doc:`{topic}`", ""]
    title = "For conjectures, tests, claims and proofs of your own"
    lines += [title, "-" * len(title), ""]
    lines += listed([(f":doc:`{module}`", words) for module, words in AUTHORING.items()])
    hidden = [*TOPICS, *AUTHORING]
    return "\n".join([*lines, ".. toctree::", "   :hidden:", "", *(f"   {name}" for name in hidden), ""])


def topic_page(title: str, names: tuple[str, ...]) -> str:
    """A page with some names of ``fa_theory``."""
    lines = [title, "=" * len(title), "", ".. currentmodule:: fa_theory", ""]
    for name in names:
        module, value = described(name).rpartition(".")[0], getattr(fa_theory, name)
        if module in AUTHORING:
            lines += [f":py:obj:`{name} <{described(name)}>` is described with :doc:`{module}`.", ""]
            continue
        kind = "class" if inspect.isclass(value) else "function" if callable(value) else "data"
        kind = "exception" if kind == "class" and issubclass(value, Exception) else kind
        lines += [f".. auto{kind}:: {described(name)}", *(["   :no-value:"] if kind == "data" else []), ""]
    return "\n".join(lines)


def internals() -> str:
    """All modules."""
    modules = [module for module in everything() if module not in AUTHORING]
    title = "Internals"
    return "\n".join(
        [
            *(title, "=" * len(title), ""),
            "For those who read or change the code; none of it is promised to stay. What programs should use is "
            ":doc:`the interface </generated/api/index>`. A package imports only from packages on a lower floor.",
            "",
            *listed([(f":doc:`{m}`", PACKAGES.get(m.partition(".")[2]) or summary(m)) for m in modules]),
            *(".. toctree::", "   :hidden:", "", *(f"   {name}" for name in modules), ""),
        ]
    )


def build(app: Sphinx) -> None:
    """Write the pages."""
    pages = {"api/index.rst": front(), "internals/index.rst": internals()}
    for topic, (title, names) in TOPICS.items():
        pages[f"api/{topic}.rst"] = topic_page(title, names)
    for module in everything():
        pages |= pages_of(module)
    write(pages)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", build)
    return {"parallel_read_safe": True}
