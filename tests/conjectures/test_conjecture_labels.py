"""The labels of the benchmark: every conjecture has one, and what is called false has a counterexample in balls."""

from __future__ import annotations

import importlib.util
import re
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from flint import ctx

import fa_theory.conjectures as language
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import BestConstant, Conjecture, ForAll, Statement
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.expression import is_limit, parts
from fa_theory.conjectures.language.networks import PARTS, Networks, NetworkShape
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.model.ball import Array, balls

FOLDER = Path(__file__).parents[2] / "benchmarks" / "conjectures"
OTHERS = ("counterexamples", "peers", "run")


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"labelled_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


FILES = {file.stem: load(file) for file in sorted(FOLDER.glob("*.py")) if file.stem not in OTHERS}
KNOWN = load(FOLDER / "counterexamples.py")
LABELS: dict[str, tuple[str, str]] = {name: label for module in FILES.values() for name, label in module.LABELS.items()}
CONJECTURES = {c.name: c for module in FILES.values() for c in vars(module).values() if isinstance(c, Conjecture)}
REFUTED = [
    name
    for name, (label, _) in LABELS.items()
    if "false" in label and isinstance(CONJECTURES[name].quantifier, ForAll) and name in KNOWN.COUNTEREXAMPLES
]


def exact(values: object) -> Array:
    array = np.array(values, dtype=object)
    return np.asarray(np.frompyfunc(Fraction, 1, 1)(array), dtype=object)


def network(conjecture: Conjecture, given: dict[str, Any]) -> Networks:
    """A network of one, of rationals."""
    arrays = {name: exact({**KNOWN.ONES, **given}[name])[None] for name in PARTS if name != "more"}
    domain = conjecture.domain
    n, d = arrays["X"].shape[1:]
    k = arrays["beta"].shape[2] if arrays["beta"].ndim == 3 else None
    shape = NetworkShape(
        n, d, arrays["W"].shape[1], k, given.get("activation", domain.activations[-1]), domain.whole("steps")[0]
    )
    return Networks(shape=shape, rule=domain.rule, cutoff=domain.cutoff, **arrays)


def assert_inside(conjecture: Conjecture, networks: Networks) -> None:
    """The network belongs to the set that the domain describes; exactly, where it says ≤."""
    domain = conjecture.domain
    assert domain.contains_shape(networks.shape)
    squares = np.sum(networks.X * networks.X, axis=-1)
    assert domain.inputs != "sphere" or (squares == 1).all()
    assert domain.inputs != "ball" or (squares <= 1).all()
    assert domain.inputs != "orthonormal"
    assert domain.targets != "bounded" or (abs(networks.y) <= 1).all()
    assert domain.targets != "zero" or not networks.y.any()
    assert domain.feedback != "sign" or (abs(networks.b) == 1).all()
    assert domain.feedback != "tied" or (networks.b == networks.beta).all()
    assert domain.W_scale or not networks.W.any()
    assert domain.beta_scale or not networks.beta.any()
    for name, value in (("eta", networks.eta), ("lam", networks.lam)):
        low, high = domain.real(name)
        assert Fraction(low) <= value[0] <= Fraction(high)


def certainly(evaluation: Evaluator, statements: Any) -> bool:
    """Whether all of the statements hold for certain."""
    found = []
    for statement in statements:
        strict = isinstance(statement, Statement) and statement.strict
        margin = evaluation(statement.margin if isinstance(statement, Statement) else statement)[0]
        found.append(bool(margin > 0) if strict else bool(margin >= 0))
    return all(found)


def test_every_conjecture_has_a_label_and_a_reason() -> None:
    assert LABELS.keys() == CONJECTURES.keys()
    assert len(LABELS) >= 44
    assert all(label in KINDS and len(why) > 5 for label, why in LABELS.values())
    false = sum(label == "false" for label, _ in LABELS.values())
    assert 0.4 < false / len(LABELS) < 0.6


KINDS = ("true", "false", "vacuous", "undecided", "undecided (true)", "undecided (false)")


def test_every_false_one_has_a_counterexample() -> None:
    false = {name for name, (label, _) in LABELS.items() if label == "false"}
    for_all = {name for name in false if isinstance(CONJECTURES[name].quantifier, ForAll)}
    assert for_all <= KNOWN.COUNTEREXAMPLES.keys() <= LABELS.keys()


@pytest.mark.parametrize("name", REFUTED)
def test_the_counterexample_refutes(name: str) -> None:
    conjecture = CONJECTURES[name]
    networks = network(conjecture, KNOWN.COUNTEREXAMPLES[name])
    assert_inside(conjecture, networks)
    if any(is_limit(part) for part in parts(conjecture.margin)):
        document = certify_counterexample(conjecture, networks)
        assert document is not None
        assert recheck(document).valid
        return
    with ctx.workprec(256):
        evaluation = Evaluator(networks.map(balls))
        assert all(certainly(evaluation, said) for said in conjecture.hypotheses.values())
        margin = evaluation(conjecture.margin)[0]
        assert margin <= 0 if conjecture.strict else margin < 0


SECOND = {file.stem: load(file) for file in sorted((FOLDER / "second").glob("*.py"))}


def test_the_second_set_has_labels_for_what_it_declares() -> None:
    """200 labelled statements in all, about half of them false, and all of them defined."""
    labels: dict[str, str] = {}
    for module in SECOND.values():
        declared = {c.name: c for c in vars(module).values() if isinstance(c, Conjecture)}
        assert declared.keys() == module.LABELS.keys()
        assert all(label in KINDS and len(why) > 2 for label, why in module.LABELS.values())
        assert all(module.LABELS[name][0] == "false" for name in module.RARE)
        for conjecture in declared.values():
            conjecture.build()
        labels |= {f"{module.__name__}.{name}": label for name, (label, _) in module.LABELS.items()}
    every = [*labels.values(), *(label for label, _ in LABELS.values())]
    assert len(every) >= 200
    assert 0.4 < every.count("false") / len(every) < 0.6


CONSTANTS = [name for name, c in CONJECTURES.items() if isinstance(c.quantifier, BestConstant)]


@pytest.mark.parametrize("name", [name for name in CONSTANTS if LABELS[name][0] == "false"])
def test_the_constant_is_exceeded(name: str) -> None:
    conjecture = CONJECTURES[name]
    given = {"W": [[10]], "b": [0], "eta": "1/10"} if name == "growth_in_one_step" else {}
    evaluation = Evaluator(network(conjecture, given).map(balls))
    assert isinstance(conjecture.quantifier, BestConstant)
    assert evaluation(conjecture.margin)[0] > conjecture.quantifier.claimed


EXAMPLES = sorted((FOLDER.parent.parent / "examples" / "conjectures").glob("*.py"))


def test_the_examples_are_numbered() -> None:
    assert [file.name[:3] for file in EXAMPLES] == [f"{i:02}_" for i in range(1, 27)]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_is_defined_on_its_law(file: Path) -> None:
    module = load(file)
    assert f"fa-theory check examples/conjectures/{file.name}" in (module.__doc__ or "")
    draw = np.random.default_rng(0)
    for conjecture in (c for c in vars(module).values() if isinstance(c, Conjecture)):
        conjecture.build()
        if conjecture.of_law:
            continue
        networks = conjecture.domain.sample(conjecture.domain.random_shape(draw), draw, 50)
        finite = np.isfinite(Evaluator(networks)(conjecture.margin))
        assert finite.any() if conjecture.has_limits else finite.all()  # not every run has a limit


PAGE = (FOLDER.parent.parent / "docs" / "first-conjecture.md").read_text("utf-8")


def test_the_page_names_everything_and_its_conjectures_are_in_order(tmp_path: Path) -> None:
    missing = {name for name in language.__all__ if not re.search(rf"[` =.@]{name}[`(\[]", PAGE)}
    assert missing <= {"Expr", "ForAll", "Run", "RunState", "Statement", "Conjecture", "named"}
    for kind in (language.RunState, language.Run):
        names = {name for name in vars(kind) if isinstance(getattr(kind, name), property)}
        assert {n for n in names if f"`{n}`" not in PAGE and f"run.{n}`" not in PAGE} <= {"output_rank"}
    for i, block in enumerate(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)):
        file = tmp_path / f"block{i}.py"
        file.write_text(block, "utf-8")
        found = [value for value in vars(load(file)).values() if isinstance(value, Conjecture)]
        assert len(found) == 1
        found[0].build()
