"""One declaration per thing: no table by the names of activations or rules elsewhere, no look-up that falls through."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import fa_theory
from fa_theory.model.activations import ACTIVATIONS
from fa_theory.model.rules import RULES

ROOT = Path(fa_theory.__file__).parent
FILES = {file.relative_to(ROOT).as_posix(): file for file in sorted(ROOT.rglob("*.py"))}
DECLARED = {
    "checker/almost_every/kinds.py",
    "checker/binary64/tables.py",
    "checker/counterexample/rules.py",
    "checker/decay/backwards.py",
    "checker/ranges.py",
    "conjectures/language/numpy_code.py",
    "discovery/named.py",
    "model/rules.py",
}
"""Where names may stand together: tables of the checker, what is analytic, the rules (as formulas too), ψ in NumPy."""
OTHER_WORDS = {"report/mathematics.py", "report/mathml.py"}
"""Names of functions in mathematics, not of activations."""
LOUD = ("model", "simulation", "gram", "enclosure", "conjectures", "sweep")
NAMES = (set(ACTIVATIONS), set(RULES))


def constants(node: ast.AST) -> set[str]:
    """Strings that stand directly in a collection."""
    match node:
        case ast.Dict(keys=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return set()


def tables(tree: ast.AST) -> Iterator[set[str]]:
    """Names of activations, or of rules, that a collection lists."""
    for node in ast.walk(tree):
        for names in NAMES:
            found = constants(node) & names
            if len(found) > 1:
                yield found


def silent(tree: ast.AST) -> Iterator[int]:
    """Lines of look-ups in a literal table that have a default."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="get", value=ast.Dict(keys=[_, *_])), lineno=line):
                yield line


@pytest.mark.parametrize("name", sorted(FILES.keys() - DECLARED - OTHER_WORDS))
def test_activations_and_rules_are_listed_nowhere_else(name: str) -> None:
    assert not list(tables(ast.parse(FILES[name].read_text("utf-8"))))


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(LOUD)])
def test_look_ups_in_tables_have_no_default(name: str) -> None:
    assert not list(silent(ast.parse(FILES[name].read_text("utf-8"))))


def test_both_are_noticed() -> None:
    assert list(tables(ast.parse('BOUNDED = ("tanh", "erf")')))
    assert list(tables(ast.parse('if rule in ("fa", "dfa"): pass')))
    assert list(tables(ast.parse('table = {"tanh": 1, "gelu": 2}')))
    assert not list(tables(ast.parse('if name == "linear": pass')))
    assert list(silent(ast.parse('back = {"bp": beta}.get(rule, b)')))
    assert not list(silent(ast.parse('back = {"bp": beta}[rule]')))


def test_the_package_declares_what_is_counted_in_contributing() -> None:
    text = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text("utf-8")
    for file in (
        "fa_theory/checker/ranges.py",
        "fa_theory/model/rules.py",
        "fa_theory/simulation/quantities.py",
    ):
        assert file in text
        assert (ROOT.parent / file).is_file()
