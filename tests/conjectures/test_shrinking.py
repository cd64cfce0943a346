"""Shrinking: counterexamples get small and simple, and people can read and run them."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from breakable import SCHEMA, network, never_grows

from fa_theory.checker.__main__ import main
from fa_theory.checker.ranges import ACTIVATIONS
from fa_theory.conjectures import (
    Conjecture,
    Domain,
    conjecture,
    eigmin,
    inner,
    norm,
)
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.exact import exact
from fa_theory.conjectures.language.networks import PARTS, Networks, NetworkShape
from fa_theory.conjectures.language.snippet import formulas, lines, snippet
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.conjectures.shrink.coordinates import coordinates, realise
from fa_theory.conjectures.shrink.shrink import shrink
from fa_theory.conjectures.shrink.simplify import dropped, violates

# shrinking


def violation(claim: Conjecture, seed: int = 1) -> Networks:
    """A violation by a large network, found at random."""
    rng = np.random.default_rng(seed)
    for _ in range(200):
        batch = claim.domain.sample(claim.domain.random_shape(rng), rng, 100)
        found = np.flatnonzero(violates(claim, batch))
        if len(found) and batch.shape.size > 4:
            return batch[int(found[0])]
    raise AssertionError("no violation found")


ALL = tuple(ACTIVATIONS)
KNOWN: dict[str, tuple[Conjecture, tuple[Any, ...]]] = {
    "the error never grows": (never_grows, (1, 1, 1, None, "linear", 1)),
    "on the sphere": (
        conjecture(
            Domain(n=(1, 5), d=(2, 5), p=(1, 32), eta=(0.01, 1.0), steps=(1, 4), inputs="sphere", activation=ALL)
        )(lambda run: run[-1].loss <= run[0].loss),
        (1, 2, 1, None, "linear", 1),
    ),
    "orthonormal inputs, p at least 4": (
        conjecture(Domain(n=(2, 4), d=(2, 5), p=(4, 32), eta=(0.01, 0.1), inputs="orthonormal", activation="tanh"))(
            lambda run: run[1].loss <= run[0].loss
        ),
        (2, 2, 4, None, "tanh", 1),
    ),
    "inputs in the ball, bounded targets": (
        conjecture(Domain(n=(2, 4), d=(2, 5), p=(2, 9), eta=0.1, inputs="ball", targets="bounded", feedback="sign"))(
            lambda run: eigmin(run[0].H) >= 0
        ),
        (2, 2, 2, None, "linear", 1),
    ),
    "two outputs": (
        conjecture(Domain(n=(1, 4), d=(1, 4), p=(1, 9), k=(2, 3), eta=(0.01, 0.5), steps=2, activation="relu"))(
            lambda run: inner(run[0].gradient_W, run[0].feedback_W) >= 0
        ),
        (1, 1, 1, 2, "relu", 2),
    ),
    "aligned at first": (
        conjecture(
            Domain(n=(1, 4), d=(1, 4), p=(2, 9), eta=(0.01, 0.5), steps=(1, 9), feedback="gaussian"),
            assuming={"aligned": lambda run: run[0].alignment >= 0.5},
        )(lambda run: run[-1].alignment >= run[0].alignment),
        (1, 1, 2, None, "linear", 1),
    ),
    "tied, regularised, by BP": (
        conjecture(
            Domain(n=(1, 4), d=(1, 4), p=(1, 9), eta=0.5, lam=(0.5, 1.0), cutoff=1, steps=3, feedback="tied", rule="bp")
        )(lambda run: run.every_step(lambda before, after: after.loss <= before.loss)),
        (1, 1, 1, None, "linear", 3),
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_shrinking_finds_the_smallest_shape_and_simple_numbers(name: str) -> None:
    claim, shape = KNOWN[name]
    small = shrink(claim, violation(claim), deadline=effort.now() + 20)
    assert (*(getattr(small.shape, x) for x in ("n", "d", "p", "k", "activation", "steps")),) == shape
    assert all(isinstance(x, Fraction) for part in PARTS for x in getattr(small, part).flat)
    assert all(max(abs(x.numerator), x.denominator) <= 25 for part in "XyWb" for x in getattr(small, part).flat)
    doc = certify_counterexample(claim, small)
    assert doc is not None
    jsonschema.validate(doc, SCHEMA)


def test_the_error_grows_with_the_simplest_numbers() -> None:
    small = shrink(never_grows, violation(never_grows), deadline=effort.now() + 20)
    numbers = [x for part in PARTS for x in getattr(small, part).flat]
    assert all(x.denominator == 1 and abs(x) <= 2 for x in numbers)


def test_parts_are_dropped_where_small_numbers_do_not_fail() -> None:
    claim = conjecture(Domain(n=(1, 8), d=(1, 8), p=(1, 40), k=(1, 3), eta=(0.01, 8.0), steps=(1, 4)))(
        lambda run: norm(run[-1].error) <= norm(run[0].error)
    )
    batch = claim.domain.sample(NetworkShape(5, 6, 33, 3, "linear", 4), np.random.default_rng(0), 100)
    large = batch[int(np.flatnonzero(violates(claim, batch))[0])]
    part = dropped(claim, large, np.random.default_rng(0), effort.now() + 30)
    assert violates(claim, part).all()
    assert part.shape.size <= 4
    assert part.shape.steps == part.shape.k == 1


def test_shrinking_keeps_its_deadline_and_never_loses_the_violation() -> None:
    claim = conjecture(Domain(n=10, d=8, p=60, eta=0.1, steps=5, activation="tanh", inputs="sphere"))(
        lambda run: run[-1].alignment >= 2
    )
    batch = network(claim)
    start = time.monotonic()
    small = shrink(claim, batch, deadline=effort.now())
    assert time.monotonic() - start < 10
    assert certify_counterexample(claim, small) is not None


@pytest.mark.parametrize("inputs", ["sphere", "orthonormal"])
def test_coordinates_lead_back(inputs: str) -> None:
    domain = Domain(n=3, d=4, p=2, inputs=inputs)
    batch = domain.sample(domain.smallest(), np.random.default_rng(3), 5)
    there = coordinates(domain, batch)
    np.testing.assert_allclose(realise(domain, there).X, batch.X, atol=1e-12)
    for one in range(5):
        X = realise(domain, exact(there[one])).X[0]
        np.testing.assert_allclose(X.astype(float), batch.X[one], atol=1e-12)
        products = X @ X.T
        assert all(products[i, i] == 1 for i in range(3))
        assert inputs == "sphere" or all(products[i, j] == 0 for i in range(3) for j in range(i))


# what people read


def test_the_snippet_runs_and_the_checker_command_accepts(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from fa_theory.conjectures import Domain, conjecture, norm\n"
        "@conjecture(Domain(n=(1, 3), d=2, p=(1, 9), eta=0.1, steps=2, inputs='sphere', activation='tanh'),\n"
        "            assuming={'small targets': lambda run: norm(run.y) <= 1})\n"
        "def shrinks(run):\n"
        "    'The error shrinks.'\n"
        "    return norm(run[2].error) < norm(run[0].error)\n"
    )
    claim = runpy.run_path(str(file))["shrinks"]
    small = shrink(claim, violation(claim), deadline=effort.now() + 10)
    code = snippet(claim, small)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    name, floats = ran.stdout.splitlines()[-1].split()[:2]
    assert name == "conclusion"
    assert float(floats) <= 0
    shown = lines(claim, small)
    assert len(shown) <= 25
    assert shown[-1].startswith("conclusion: margin")
    assert r"\begin{pmatrix}" in " ".join(formulas(small))
    written_to = tmp_path / "counterexample.json"
    written_to.write_text(json.dumps(certify_counterexample(claim, small)))
    assert main([str(written_to)]) == 0


def test_large_counterexamples_stay_readable() -> None:
    domain = Domain(n=9, d=9, p=9, k=2, inputs="sphere")
    claim = conjecture(domain, assuming={f"assumption {i}": lambda run: run.eta for i in range(40)})(
        lambda run: run.eta
    )
    instance = exact(domain.sample(domain.smallest(), np.random.default_rng(0), 1))
    shown = lines(claim, instance)
    assert len(shown) <= 25
    assert max(map(len, shown)) <= 100
    assert len(" ".join(formulas(instance))) < 1000
