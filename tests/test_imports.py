"""How the house is built: what imports what, how fast it starts, and that everything public is documented."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import fa_theory

ROOT = Path(fa_theory.__file__).parent
PACKAGE = [
    info.name
    for info in pkgutil.walk_packages(fa_theory.__path__, "fa_theory.")
    if not info.name.startswith(("fa_theory.proofs", "fa_theory.reports")) and not info.name.endswith("__main__")
]
HEAVY = ("scipy", "sympy", "matplotlib", "hypothesis", "sklearn", "jinja2", "networkx")

FLOORS = {
    "errors": 0,
    "seeds": 0,
    "shown": 0,
    "model": 1,
    "symbolic": 2,
    "simulation": 2,
    "enclosure": 2,
    "gram": 2,
    "statistics": 2,
    "claims": 3,
    "conjectures": 3,
    "proofs": 3,
    "report": 4,
    "display": 4,
    "reports": 4,
    "sweep": 4,
    "cli": 5,
    "pytest_plugin": 5,
    "strategies": 5,
}
ASIDE = {"checker": 0}
"""Anyone may import the checker."""
SIDEWAYS = {
    ("proofs", "claims"),  # both are written in the words of claims
    ("conjectures", "claims"),
    ("enclosure", "simulation"),  # a run leads to the state that is certified
    ("simulation", "gram"),  # networks of infinite width are simulated by their kernels
    ("sweep", "report"),  # everything drawn and printed looks alike
    ("display", "report"),
}
"""Imports on one floor."""


def loaded_by(statement: str) -> set[str]:
    """Names of the modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(answer.stdout.splitlines())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import fa_theory").isdisjoint({*HEAVY, "numpy", "flint", "typer", "msgspec", "pytest"})


def test_the_help_of_the_command_line_loads_nothing_heavy() -> None:
    statement = (
        "import sys\n"
        "sys.argv = ['fa-theory', '--help']\n"
        "from fa_theory.cli import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert stop.code == 0"
    )
    assert loaded_by(statement).isdisjoint({*HEAVY, "scipy.stats", "fa_theory.proofs"})


def test_the_checker_loads_nothing_of_the_rest() -> None:
    loaded = {name for name in loaded_by("import fa_theory.checker.__main__") if name.startswith("fa_theory.")}
    assert loaded
    assert all(name.startswith("fa_theory.checker") for name in loaded)


# floors


def imports(file: Path, module: str) -> Iterator[str]:
    """Absolute names of everything a file imports, also inside functions."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def sources() -> Iterator[tuple[str, Path]]:
    proofs = Path(next(iter(importlib.import_module("fa_theory.proofs").__path__)))
    for folder, prefix in ((ROOT, ("fa_theory",)), (proofs, ("fa_theory", "proofs"))):
        for file in sorted(folder.rglob("*.py")):
            parts = (*prefix, *file.relative_to(folder).with_suffix("").parts)
            yield ".".join(part for part in parts if part != "__init__"), file


SOURCES = dict(sources())


def floor_of(module: str) -> int | None:
    """The floor of a module of this package; None for the package itself and for other packages."""
    parts = module.split(".")
    if parts[0] != "fa_theory" or len(parts) == 1:
        return None
    return (FLOORS | ASIDE)[parts[1]]


def test_every_module_has_a_floor() -> None:
    assert len(SOURCES) > 50
    for module in SOURCES:
        assert floor_of(module) is not None or module == "fa_theory", module


@pytest.mark.parametrize("module", [name for name in SOURCES if name != "fa_theory"])
def test_a_module_imports_from_its_own_floor_and_below(module: str) -> None:
    own, folder = floor_of(module), module.split(".")[1]
    assert own is not None
    for name in imports(SOURCES[module], module):
        other = floor_of(name)
        if other is None:
            continue
        target = name.split(".")[1]
        allowed = other < own or target == folder or (folder, target) in SIDEWAYS
        assert allowed, f"{module} (floor {own}) imports {name} (floor {other})"


@pytest.mark.parametrize("module", [name for name in SOURCES if name.startswith("fa_theory.claims")])
def test_the_claims_layer_names_no_proof(module: str) -> None:
    """It finds the proofs by looking into their folder."""
    assert not any(name.startswith("fa_theory.proofs") for name in imports(SOURCES[module], module))


@pytest.mark.parametrize("module", [name for name in SOURCES if name.startswith("fa_theory.checker")])
def test_the_checker_imports_flint_the_standard_library_and_itself(module: str) -> None:
    for name in imports(SOURCES[module], module):
        top = name.split(".")[0]
        assert top == "flint" or top in sys.stdlib_module_names or name.startswith("fa_theory.checker"), name


# documentation


def public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Public classes, functions and methods that a module defines."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value):
            yield name, value
        if inspect.isclass(value):
            yield name, value
            for member, method in vars(value).items():
                if member.startswith("_"):
                    continue
                if isinstance(method, staticmethod | classmethod):
                    method = method.__func__
                if inspect.isfunction(method) or isinstance(method, property):
                    yield f"{name}.{member}", getattr(value, member)


def documented(value: object) -> bool:
    """Whether a text of its own, or of what it overrides, describes a value."""
    text = inspect.getdoc(value) or ""
    generated = inspect.isclass(value) and text.startswith(f"{value.__name__}(")  # that of a dataclass
    return bool(text) and not generated


@pytest.mark.parametrize("name", PACKAGE)
def test_everything_public_is_documented(name: str) -> None:
    module = importlib.import_module(name)
    path = Path(module.__file__ or "")
    assert module.__doc__ or not path.read_text("utf-8").strip(), "the module has no docstring"
    missing = {member for member, value in public(module) if not documented(value)}
    assert not missing


@pytest.mark.parametrize("name", ["fa_theory", *PACKAGE])
def test_exported_names_exist(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", [])
    assert len(set(exported)) == len(exported)
    for member in exported:
        assert getattr(module, member) is not None


def test_lazy_names_are_listed_once() -> None:
    assert sorted(fa_theory._HOME) == fa_theory.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        fa_theory.nothing  # noqa: B018
