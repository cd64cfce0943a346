"""Conjectures near true ones: none that fails at a network is proved, and conditions are printed.

Each is put through the public front end and ``prove.attempt``; the truth comes from networks: drawn from the domain, of
small integers, with parts tied or 0, evaluated in float64 and, where a margin is negative, again in balls.
``HYPOTHESIS_PROFILE=thorough`` takes more than ten thousand; ``-s`` shows the counts.
"""

from __future__ import annotations

import os
from collections import Counter
from itertools import islice
from typing import NamedTuple

import near_conjectures
import numpy as np
import pytest
from near_conjectures import TRUE, Written

from fa_theory.conjectures import Conjecture
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import within
from fa_theory.conjectures.prove import attempt
from fa_theory.conjectures.search.families import structured
from fa_theory.errors import FATheoryError
from fa_theory.model.ball import Ball, balls

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
EACH, BATCH, SLACK = (400, 120, 1e-6) if THOROUGH else (18, 60, 1e-6)
FEWEST = 250 if THOROUGH else 16
"""Of some statements there are no more changes."""
WORK = 0.5
"""Seconds of work for one attempt."""


class Seen(NamedTuple):
    """What networks say: how many were tried, one that violates it for certain, whether it has no value at some."""

    tried: int
    violated: str
    undefined: bool


def looked(conjecture: Conjecture, seed: int) -> Seen:
    """Evaluate a conjecture at many networks."""
    rng = np.random.default_rng(seed)
    tried, undefined = 0, False
    for k in range(3):
        domain = conjecture.domain
        shape = domain.smallest() if k == 0 else domain.random_shape(rng)
        drawn = structured(domain, shape, rng, BATCH) if k < 2 else domain.sample(shape, rng, BATCH)
        evaluate = Evaluator(drawn)
        try:
            margins = np.asarray(evaluate(conjecture.margin), dtype=float)
            assumed = [np.asarray(evaluate(m), dtype=float) for m in conjecture.hypothesis_margins.values()]
        except FATheoryError:
            continue
        met = np.ones(len(margins), dtype=bool)
        for values in assumed:
            met &= values > SLACK
        tried += int(met.sum())
        undefined = undefined or bool(np.isnan(margins[met]).any())
        for i in np.flatnonzero(met & (margins < -SLACK))[:5]:
            one = within(domain, drawn[int(i) : int(i) + 1])
            again = Evaluator(one.map(lambda x: balls(np.asarray(x))))
            try:
                certain = all(Ball(again(m)[0]).arb > 0 for m in conjecture.hypothesis_margins.values())
                if certain and Ball(again(conjecture.margin)[0]).arb < 0:
                    return Seen(tried, f"{shape}: margin {margins[i]:.3g}", undefined)
            except FATheoryError:
                continue
    return Seen(tried, "", undefined)


def changed(right: Written, seed: int, number: int) -> list[Written]:
    """So many different conjectures near a true one, if there are."""
    draws = islice(near_conjectures.near(right, seed), 8 * number)
    return list({repr(written): written for written in draws if written != right}.values())[:number]


def attacked(right: Written, seed: int, number: int) -> Counter[str]:
    """Offer changed conjectures; fails if one that is false is proved, or withheld because a network contradicts it."""
    counts = Counter[str]()
    for written in changed(right, seed, number):
        counts["tried"] += 1
        try:
            conjecture = written.conjecture()
            assert conjecture.margin is not None
            assert conjecture.hypothesis_margins is not None
            truth = looked(conjecture, seed)
        except (FATheoryError, TypeError, AttributeError, ValueError, IndexError):
            counts["says nothing"] += 1
            continue
        said: list[str] = []
        proof = attempt(conjecture, deadline=effort.now() + WORK, notify=said.append)
        assert not any("withheld" in line for line in said), (written, said)
        kind = "false" if truth.violated else "not refuted" if truth.tried else "no network"
        counts[f"{kind}, {'proved' if proof else 'not proved'}"] += 1
        if proof is None:
            continue
        assert not truth.violated, f"proved, and false at {truth.violated}: {written}\n{proof.says}"
        if truth.undefined:
            counts["undefined somewhere, proved with its condition"] += 1
            assert proof.conditions, f"proved without a condition, and has no value somewhere: {written}\n{proof.says}"
    return counts


@pytest.mark.parametrize("k", range(len(TRUE)))
def test_nothing_false_is_proved_near_a_true_conjecture(k: int) -> None:
    counts = attacked(TRUE[k], seed=k, number=EACH)
    print(dict(counts))
    assert counts["tried"] >= FEWEST


def test_so_many_are_tried() -> None:
    tried = sum(len(changed(right, k, EACH)) for k, right in enumerate(TRUE))
    assert tried >= (10_000 if THOROUGH else 500)


def test_the_true_ones_are_not_refuted() -> None:
    for k, right in enumerate(TRUE):
        truth = looked(right.conjecture(), k)
        assert truth.tried
        assert not truth.violated, right
