"""Every side condition of the kernel has an input that it alone refuses."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from refused_documents import BARE, DOCUMENTS, document, using

from fa_theory.checker import proof
from fa_theory.checker.proof import Refused, budget, replay, rules, terms
from fa_theory.checker.proof.budget import Allowance, working
from fa_theory.checker.proof.normal import Rewrite, normal

FOLDER = Path(proof.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "evaluate"))
Site = tuple[str, int]
"""A call of ``need``: module and line."""

INDEX, TIME = terms.IndexVariable("i", "n"), terms.IndexVariable("t", "time")

CALLS: dict[str, Callable[[], object]] = {
    "a theorem made by hand": lambda: rules.Theorem(None, {}, FALSE),
    "an axiom with a free variable": lambda: rules.axiom(terms.Formula((), (), SCALAR, "=", SCALAR)),
    "an instance without values": lambda: rules.instance(GENERAL, [], ()),
    "an entry with too few indices": lambda: terms.Entry(terms.TensorVariable("v", ("n",)), ()),
    "a function that binds twice": lambda: terms.Lambda((INDEX, INDEX), SCALAR),
    "a mean that draws twice": lambda: terms.Expectation(TWO, (DRAWN, DRAWN), SCALAR),
    "a formula that binds twice": lambda: terms.Formula((INDEX, INDEX), (), SCALAR, "=", SCALAR),
    "an index for a tensor": lambda: rules.instance(GENERAL, [terms.Index("i", "n")], ()),
    "sums of many numbers": lambda: normal(terms.Add(tuple(terms.number(Fraction(1, 10**2000 + k)) for k in range(9)))),
    "too much work": lambda: within(5, terms.Power(SCALAR, 20)),
    "rewriting without end": lambda: within(10**5, SCALAR, [Rewrite((), SCALAR, SCALAR)]),
    "a definition of a diagonal": lambda: rules.defined_tensor(DIAGONAL, 0),
    "an exponent": lambda: terms.Power(SCALAR, 65),
}
SCALAR = terms.Entry(terms.TensorVariable("x", ()), ())
FALSE = terms.Formula((), (), terms.number(1), "<=", terms.number(0))
DRAWN = terms.TensorVariable("b", ())
TWO = terms.Distribution("N", "gauss", "", ((), ()))
with working(Allowance(1000)):
    GENERAL = rules.axiom(terms.Formula((DRAWN,), (), SCALAR.__class__(DRAWN, ()), "=", SCALAR.__class__(DRAWN, ())))


DIAGONAL = terms.Formula(
    (INDEX,), (), terms.Entry(terms.TensorVariable("M", ("n", "n")), (terms.Index("i", "n"),) * 2), "=", SCALAR
)


def within(units: int, term: terms.Term, rewriting: Sequence[Rewrite] = ()) -> None:
    with working(Allowance(units)):
        normal(term, rewriting)


class Refusing:
    """Stands in for ``need``: notes where it refuses, and lets one place pass."""

    def __init__(self, passing: Site | None = None) -> None:
        self.passing, self.refused = passing, list[Site]()

    def __call__(self, condition: object, why: str, *shown: object) -> None:
        if condition:
            return
        frame = sys._getframe(1)
        site = (Path(frame.f_code.co_filename).stem, frame.f_lineno)
        if site != self.passing:
            self.refused.append(site)
            raise Refused(why.format(*(str(x)[:400] for x in shown)))


@contextmanager
def standing_in(need: Refusing) -> Iterator[None]:
    modules = [importlib.import_module(f"fa_theory.checker.proof.{name}") for name in MODULES]
    kept = [(module, module.__dict__["need"]) for module in modules if "need" in module.__dict__]
    for module, _ in kept:
        module.__dict__["need"] = need
    try:
        yield
    finally:
        for module, original in kept:
            module.__dict__["need"] = original


def run(case: Any, passing: Site | None = None) -> tuple[str, list[Site]]:
    """What came of it, and where it was refused."""
    need = Refusing(passing)
    with standing_in(need), working(Allowance(budget.UNITS)):
        try:
            case() if callable(case) else replay(case)
        except Refused as why:
            return f"refused: {why}", need.refused
        except Exception as error:
            return f"{type(error).__name__}: {error}", need.refused
    return "accepted", need.refused


def sites() -> list[Site]:
    """Every call of ``need`` in the kernel."""
    found = []
    for module in MODULES:
        calls = [x for x in ast.walk(ast.parse((FOLDER / f"{module}.py").read_text())) if isinstance(x, ast.Call)]
        found += [(module, x.lineno) for x in calls if isinstance(x.func, ast.Name) and x.func.id == "need"]
    return found


CASES: dict[str, Any] = DOCUMENTS | CALLS


def test_a_document_to_start_from_is_accepted() -> None:
    assert run(document())[0] == "accepted"
    assert run(using(A=BARE))[0] == "accepted"


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_in_one_line_by_one_condition(name: str) -> None:
    answer, where = run(CASES[name])
    assert answer.startswith("refused: ")
    assert "\n" not in answer
    again, _ = run(CASES[name], where[-1])
    assert not again.startswith("refused: ") or "nested too deeply" in again, f"{where[-1]} is not needed: {again}"


def test_every_condition_refuses_something() -> None:
    covered = {run(case)[1][-1] for case in CASES.values() if run(case)[1]}
    assert sorted(set(sites()) - covered) == []
