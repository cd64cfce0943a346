"""An operation that proofs know nothing of: evaluated, printed, falsified, rechecked, and never proved by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flint import fmpq

import fa_theory as fa
from fa_theory.checker.counterexample import formula
from fa_theory.checker.counterexample.formula import Machine
from fa_theory.checker.counterexample.numbers import Value
from fa_theory.conjectures import Domain, Run, conjecture, equal, log, product, total
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.latex import latex, text
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.prove import attempt
from fa_theory.conjectures.search.severity import size
from fa_theory.model.ball import balls, midpoints

RUN = Run(steps=0)


def networks(convert=np.asarray) -> Networks:  # type: ignore[no-untyped-def]
    drawn = Domain(n=3, d=2, p=4).sample(Domain(n=3, d=2, p=4).smallest(), np.random.default_rng(0), 2)
    parts = {name: convert(getattr(drawn, name)) for name in ("X", "y", "W", "beta", "b", "eta", "lam")}
    return Networks(drawn.shape, drawn.rule, drawn.cutoff, **parts)


def test_values() -> None:
    expected = [np.prod(x) for x in networks().X]
    assert np.allclose(Evaluator(networks())(product(RUN.X)), expected, rtol=1e-15)
    assert np.allclose(midpoints(Evaluator(networks(balls))(product(RUN.X))), expected, rtol=1e-15)
    sizes = Evaluator(networks())(size(product(RUN.X - RUN.X / 2)))
    assert (sizes >= np.abs(Evaluator(networks())(product(RUN.X / 2)))).all()


def test_texts() -> None:
    assert latex(product(RUN.y)) == r"\operatorname{prod}\left(y\right)"
    assert text(product(RUN.y)) == "prod(y)"


def test_the_checker_multiplies_exactly() -> None:
    program = formula.read([["leaf", [], ["y"]], ["product", [0], None]], "here")
    machine = Machine("tanh", {"y": Value((3,), [fmpq(1, 2), fmpq(-3), fmpq(5, 7)])})
    assert machine.run(program).entries == [fmpq(-15, 14)]


def test_a_false_conjecture_is_falsified(tmp_path: Path) -> None:
    @conjecture(Domain(n=(1, 3), d=1, p=1, inputs="ball", targets="bounded", steps=0))
    def products_are_small(run: Run):  # type: ignore[no-untyped-def]
        """The product of the targets is at most a half."""
        return product(run.y) <= 0.5

    assert fa.check(products_are_small, budget=3, out=tmp_path).verdict == "falsified"


@pytest.mark.parametrize("scale", [2, 1])
def test_products_over_different_axes_are_not_the_same(scale: int) -> None:
    @conjecture(Domain(n=(1, 9), d=(1, 9), p=(20, 30), activation="tanh", steps=0))
    def same(run: Run):  # type: ignore[no-untyped-def]
        return equal(product(run.y * 0 + scale), product(run.b * 0 + scale))  # 2ⁿ = 2ᵖ

    assert attempt(same, deadline=effort.now() + 5) is None


def test_it_is_no_sum() -> None:
    @conjecture(Domain(n=2, d=1, p=1, steps=0))
    def confused(run: Run):  # type: ignore[no-untyped-def]
        return equal(product(run.y), total(run.y))

    assert attempt(confused, deadline=effort.now() + 5) is None
    assert log(product(RUN.y)).op == "log"
