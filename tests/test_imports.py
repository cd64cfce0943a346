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

FLOORS = (
    "errors",
    "extras",
    "papers",
    "seeds",
    "shown",
    "checker",
    "checker.binary64",
    "checker.decay",
    "checker.counterexample",
    "checker.boxes",
    "checker.almost_every",
    "checker.enclosure",
    "checker.proof",
    "checker.recheck",
    "checker.__main__",
    "record",
    "work",
    "coq",
    "model.checks",
    "model.ball",
    "model.activations",
    "model.network",
    "model.data",
    "model",
    "symbolic",
    "statistics",
    "gram",
    "simulation",
    "enclosure",
    "claims",
    "claims.procedures",
    "experiments",
    "proofs",
    "proofs.shared",
    "proofs.*",
    "conjectures.language",
    "conjectures.search",
    "conjectures.shrink",
    "conjectures.prove",
    "conjectures.settle",
    "conjectures",
    "discovery",
    "figures",
    "report",
    "reports",
    "display",
    "sweep",
    "review",
    "commands",
    "cli.options",
    "cli.terminal",
    "cli.once",
    "cli.simulate",
    "cli",
    "__main__",
    "pytest_plugin",
    "strategies",
)
"""From the lowest to the highest. A module stands on the floor of the longest name here that its own begins with, and
imports from lower floors and from its own. ``proofs.*`` stands for every paper: papers share a floor but not
imports."""


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
    everything = loaded_by("import fa_theory.checker.__main__")
    assert "numpy" not in everything
    loaded = {name for name in everything if name.startswith("fa_theory.")}
    assert loaded
    assert all(name.startswith("fa_theory.checker") for name in loaded)


# names


def test_no_two_public_classes_have_one_name() -> None:
    found: dict[str, list[str]] = {}
    for module, file in SOURCES.items():
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(module)
    assert len(found) > 100
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}


# floors


def imports(file: Path, module: str) -> Iterator[str]:
    """Absolute names of everything a file imports or reaches through the package, also inside functions."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(file.read_text("utf-8"))
    whole = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
                whole |= {alias.asname or alias.name for alias in names if alias.name == "fa_theory"}
            case ast.ImportFrom(module=base, names=names, level=level):
                base = importlib.util.resolve_name("." * level + (base or ""), package)
                yield from (f"{base}.{alias.name}" for alias in names)
                if base == "fa_theory":
                    yield from (f"fa_theory.{fa_theory._HOME[a.name]}" for a in names if a.name in fa_theory._HOME)
            case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=[name, *_]):
                yield from (part.value for part in ast.walk(name) if isinstance(part, ast.Constant))
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in whole:
                if attribute in fa_theory._HOME:
                    yield f"fa_theory.{fa_theory._HOME[attribute]}"


def sources() -> Iterator[tuple[str, Path]]:
    proofs = Path(next(iter(importlib.import_module("fa_theory.proofs").__path__)))
    for folder, prefix in ((ROOT, ("fa_theory",)), (proofs, ("fa_theory", "proofs"))):
        for file in sorted(folder.rglob("*.py")):
            parts = (*prefix, *file.relative_to(folder).with_suffix("").parts)
            yield ".".join(part for part in parts if part != "__init__"), file


SOURCES = dict(sources())
PAPERS = {name for name in SOURCES if name.count(".") == 2 and hasattr(importlib.import_module(name), "READING_ORDER")}


def floor_of(name: str) -> str:
    """The floor of a module of this package; empty for the package itself and for other packages."""
    top, _, inside = name.partition(".")
    if top != "fa_theory" or (name not in SOURCES and name.rpartition(".")[0] == top):
        return ""
    if any(f"{name}.".startswith(f"{paper}.") for paper in PAPERS):
        return "proofs.*"
    return max((floor for floor in FLOORS if f"{inside}.".startswith(f"{floor}.")), key=len, default="")


def paper_of(name: str) -> str:
    return next((paper for paper in PAPERS if f"{name}.".startswith(f"{paper}.")), "")


def test_every_module_has_a_floor() -> None:
    assert len(SOURCES) > 50
    assert [module for module in SOURCES if not floor_of(module)] == ["fa_theory"]
    assert {floor for floor in FLOORS if floor != "reports"} >= {floor_of(module) for module in SOURCES} - {""}


def wrong(module: str, file: Path) -> list[str]:
    """What a file imports from a higher floor or from another paper."""
    own, paper = floor_of(module), paper_of(module)
    return [
        f"{module} ({own}) imports {name} ({floor})"
        for name in imports(file, module)
        if (floor := floor_of(name))
        and (FLOORS.index(floor) > FLOORS.index(own) or (floor == own and paper_of(name) != paper))
    ]


@pytest.mark.parametrize("module", [name for name in SOURCES if name != "fa_theory"])
def test_a_module_imports_from_its_own_floor_and_below(module: str) -> None:
    assert not wrong(module, SOURCES[module])


@pytest.mark.parametrize(
    "line",
    [
        "from fa_theory.enclosure import certify",
        "from ..enclosure.certify import certify_run",
        "def late(): from fa_theory.cli import main",
        "import fa_theory as fa; fa.certify_run",
        "import fa_theory; fa_theory.simulate",
        "from fa_theory import certify_run",
        "import importlib; importlib.import_module('fa_theory.report.render')",
        "from importlib import import_module; import_module(f'fa_theory.display.{name}')",
    ],
)
def test_an_import_from_above_is_noticed(line: str, tmp_path: Path) -> None:
    file = tmp_path / "law.py"
    file.write_text(line)
    assert wrong("fa_theory.model.law", file)


def test_a_paper_imports_no_other_paper(tmp_path: Path) -> None:
    assert len(PAPERS) > 1
    first, second = sorted(PAPERS)[:2]
    file = tmp_path / "claims.py"
    file.write_text(f"from {second} import READING_ORDER")
    assert wrong(f"{first}.claims", file)
    assert not wrong(f"{second}.claims", file)


@pytest.mark.parametrize("module", [name for name in SOURCES if name.startswith("fa_theory.claims")])
def test_the_claims_layer_names_no_proof(module: str) -> None:
    """It finds the proofs by looking into their folder."""
    assert not any(name.startswith("fa_theory.proofs") for name in imports(SOURCES[module], module))


BY_NUMPY = tuple(
    f"fa_theory.checker.{name}" for name in ("binary64", "decay.float", "decay.pairs", "decay.relu", "decay.sharp")
)
"""The parts of the checker that use NumPy, and are loaded where binary64 is asked for."""


@pytest.mark.parametrize("module", [name for name in SOURCES if name.startswith("fa_theory.checker")])
def test_the_checker_imports_flint_the_standard_library_and_itself(module: str) -> None:
    for name in imports(SOURCES[module], module):
        top = name.split(".")[0]
        if module.startswith(BY_NUMPY) and top == "numpy":
            continue
        assert top == "flint" or top in sys.stdlib_module_names or not top or name.startswith("fa_theory.checker"), name


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
