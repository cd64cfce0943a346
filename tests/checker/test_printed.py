"""What the checker prints is what the document says, and every bound is rounded to the safe side."""

from __future__ import annotations

import copy
import random
import re
import struct
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fa_theory.checker.counterexample.stated import conjecture_digest
from fa_theory.checker.decimals import above, below, interval
from fa_theory.checker.document import digest
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import Conjecture, Domain, Run, conjecture, eigmin, equal, norm
from fa_theory.conjectures.shrink.certify import certify_counterexample


def test_decimals_are_rounded_outwards() -> None:
    rng = random.Random(0)
    for _ in range(5000):
        (x,) = struct.unpack("d", rng.randbytes(8))
        if not np.isfinite(x):
            continue
        for digits in (1, 2, 4, 9):
            low, high = below(x, digits), above(x, digits)
            assert Fraction(low) <= Fraction(x) <= Fraction(high), (x, digits)
            assert abs(Fraction(high) - Fraction(low)) <= abs(Fraction(x)) * 10 * Fraction(1, 10**digits) * 2
    assert interval(1.23449e-12, 1.23449e-12, 4) == "[1.234e-12, 1.235e-12]"
    assert (below(0.0), above(-0.0), above(float("inf"))) == ("0", "0", "inf")
    assert interval(0.83184, 0.99999, places=3) == "[0.831, 1.000]"


def sealed(doc: dict[str, Any]) -> dict[str, Any]:
    doc = copy.deepcopy(doc)
    doc["conjecture"]["digest"] = conjecture_digest(doc)
    return doc | {"digest": digest(doc)}


DOMAIN = Domain(n=(1, 4), d=1, p=1, eta=(0.1, 8.0), activation=("linear", "tanh"), lam=(0, 0.5), cutoff=3)


def refuted(claim: Conjecture) -> dict[str, Any]:
    batch = claim.domain.sample(claim.domain.smallest(), np.random.default_rng(0), 1)
    ones = {name: np.ones_like(getattr(batch, name)) for name in ("X", "W", "beta", "b")}
    document = certify_counterexample(
        claim, batch.replace(**ones, y=0 * batch.y, eta=3 + 0 * batch.eta, lam=0 * batch.lam)
    )
    assert document is not None
    return document


@conjecture(DOMAIN, assuming={"Theorem 3.2": lambda run: run[0].alignment >= 0.5})
def shrinks(run: Run) -> Any:
    """Theorem 3.2 of everyone."""
    return [run.eta > 0.01, norm(run[1].error) <= norm(run[0].error)]


def test_the_title_is_never_printed() -> None:
    document = sealed(refuted(shrinks) | {"conclusion": [{"program": [["const", [], "-1"]], "strict": False}]})
    document["conjecture"] |= {"title": "Theorem 3.2 (Song et al. 2021)", "name": "sound"}
    verdict = recheck(sealed(document))
    assert verdict.valid
    assert "Theorem" not in verdict.reason
    assert "Song" not in verdict.reason
    assert "then (-1) ≥ 0" in verdict.reason or "then -1 ≥ 0" in verdict.reason


def test_domain_hypotheses_and_formula_are_printed() -> None:
    reason = recheck(refuted(shrinks)).reason
    assert "Theorem" not in reason
    for part in (
        "1 ≤ n ≤ 4, d = 1, p = 1, T = 1, linear or tanh, 1/10 ≤ η ≤ 8, 0 ≤ λ ≤ 1/2 before step 3, rule fa",
        "if 1/2 ≤ sum(b · β(0))/(‖b‖ · ‖β(0)‖), then 1/100 < η and ",
        "‖((ψ(X @ W(1)ᵀ) @ β(1))/√(p)) − y‖ ≤ ‖((ψ(X @ W(0)ᵀ) @ β(0))/√(p)) − y‖",
        "the margin of statement 2 is at most -",
    ):
        assert part in reason, reason


@pytest.mark.parametrize(
    ("says", "printed"),
    [
        (lambda run: run.every_step(lambda s, t: t.loss < s.loss), "for all t < T)"),
        (lambda run: equal(run[1].W, run[0].W), "W(1) = W(0)"),
        (lambda run: eigmin(run[0].G) - 2, "2 ≤ λ_min((ψ(X @ W(0)ᵀ) @ ψ(X @ W(0)ᵀ)ᵀ)/p)"),
        (
            lambda run: run.sum_over_time(lambda s: s.beta @ s.beta) <= -(run.eta**-2),
            "Σ_(t < T) (β(t) @ β(t)) ≤ −η^(-2)",
        ),
    ],
)
def test_statements_as_people_write_them(says: Any, printed: str) -> None:
    reason = recheck(refuted(conjecture(DOMAIN)(says))).reason
    assert printed in reason, reason


def test_a_statement_of_thousands_of_operations_is_not_written_out() -> None:
    doubled: list[Any] = [["const", [], "1"], ["leaf", [], ["W", 0, "start"]], ["norm", [1], None]]
    doubled += [["add", [i, i], None] for i in range(2, 3900)]
    wide: list[Any] = [["min", [2] * 3000, None] for _ in range(200)]
    for nodes in (doubled, [*doubled[:3], *wide]):
        program = [*nodes, ["sub", [0, 0], None], ["sub", [len(nodes), 0], None]]
        document = refuted(shrinks) | {"conclusion": [{"program": program, "strict": False}]}
        verdict = recheck(sealed(document))
        assert verdict.valid, verdict.reason
        assert len(verdict.reason) < 6000
        assert re.search(r"a statement of \d+ operations", verdict.reason) or "s1" in verdict.reason
