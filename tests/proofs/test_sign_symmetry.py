"""Sign-symmetric feedback: what the proofs say, the constants of the angles, and the counterexamples."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from flint import arb, ctx

from fa_theory.checker.proof import replay
from fa_theory.checker.proof.evaluate import evaluate
from fa_theory.checker.recheck import recheck
from fa_theory.errors import InputError
from fa_theory.model.ball import Ball, balls
from fa_theory.proofs.moskovitz2018.angles import drawn
from fa_theory.proofs.moskovitz2018.descent import agreement, counterexample
from fa_theory.proofs.moskovitz2018.feedback import (
    cosine,
    norm,
    sign_symmetric,
    strictly_normalised,
    uniform_feedback,
)
from fa_theory.proofs.moskovitz2018.moments import LAWS, mean_cosine, normal, uniform
from fa_theory.proofs.moskovitz2018.theorems import angle, direction, isotropic, normalisation, several, signs, wide
from fa_theory.symbolic.proof import ProofWriter

CONCLUSIONS = {
    signs.entries: "∀ c:k, r:p. B[c, r]·A[c, r] = abs(M[c, r])·abs(A[c, r])",
    signs.product: "Σ_c:k Σ_r:p B[c, r]·A[c, r] = Σ_c:k Σ_r:p abs(M[c, r])·abs(A[c, r])",
    signs.acute: "∀ a:k, u:p. abs(M[a, u])·abs(A[a, u]) ≤ Σ_c:k Σ_r:p B[c, r]·A[c, r]",
    signs.worst: "(Σ_c:k Σ_r:p A[c, r]^2)·(Σ_c:k Σ_r:p S[c, r]^2) ≤ |k|·|p|·(Σ_c:k Σ_r:p S[c, r]·A[c, r])^2",
    normalisation.norm: "sqrt(Σ_c:k Σ_r:p B[c, r]^2) = sqrt(Σ_c:k Σ_r:p A[c, r]^2)",
    isotropic.gain: "E[xi ~ normal](Σ_r:p (Σ_c:k B[c, r]·sigma·xi[c])^2) = sigma^2·(Σ_c:k Σ_r:p B[c, r]^2)",
    angle.below: "(1 - eps)·c·sqrt(Σ_a:N B[a]^2)·sqrt(Σ_a:N A[a]^2) ≤ (1 + eps)·(Σ_a:N B[a]·A[a])",
    angle.above: "(1 - eps)·(Σ_a:N B[a]·A[a]) ≤ (1 + eps)·c·sqrt(Σ_a:N B[a]^2)·sqrt(Σ_a:N A[a]^2)",
    direction.agreeing: "0 ≤ Σ_r:p Σ_k:d g[r, k]·h[r, k]",
    direction.descent: "0 ≤ Σ_r:p Σ_k:d g[r, k]·h[r, k]",
    several.ascent: "(Σ_c:k w[c]·e[c])·(Σ_c:k v[c]·e[c]) < 0",
    several.parallel: "0 ≤ (Σ_c:k w[c]·e[c])·(Σ_c:k v[c]·e[c])",
    wide.every_error: "∀ e:k. 0 ≤ Σ_r:p (Σ_c:k A[c, r]·e[c])·(Σ_a:k B[a, r]·e[a])",
}
OTHERS = (
    *(normalisation.direction, isotropic.mean_product, isotropic.covariance),
    *(angle.deviation, direction.gradient, direction.product, wide.spread),
)


def named(proof: Callable[[], ProofWriter]) -> str:
    return f"{proof.__module__.rpartition('.')[2]}.{proof.__name__}"


@pytest.mark.parametrize("proof", CONCLUSIONS, ids=named)
def test_the_conclusion(proof: Callable[[], ProofWriter]) -> None:
    found = proof().finished
    assert found is not None
    assert found.text.splitlines()[-1].strip() == CONCLUSIONS[proof]


@pytest.mark.parametrize("proof", [*CONCLUSIONS, *OTHERS], ids=named)
def test_the_document_replays_and_its_hypotheses_are_met(proof: Callable[[], ProofWriter]) -> None:
    found = replay(json.dumps(proof().document))
    assert not found.axioms
    seen = evaluate(tuple(found.theorem.hypotheses.values()), found.theorem.formula, witness=found.witness, points=3)
    assert seen.points == 3
    assert not seen.refuted


def test_what_the_feedback_may_be() -> None:
    """Nothing is assumed of the magnitudes, and of the sign only what it is."""
    found = signs.acute().finished
    assert found is not None
    assert {name: str(formula) for name, formula in found.hypotheses.items()} == {
        "POSITIVE": "∀ c:k, r:p. (0 < A[c, r]) → S[c, r] = 1",
        "NEGATIVE": "∀ c:k, r:p. (A[c, r] < 0) → S[c, r] = -1",
        "FEEDBACK": "∀ c:k, r:p. B[c, r] = abs(M[c, r])·S[c, r]",
    }


def test_feedback_on_numbers() -> None:
    W, M = balls([[3.0, -4.0], [0.0, 12.0]]), balls([[-1.0, 2.0], [5.0, 0.5]])
    assert [float(x.midpoint) for x in sign_symmetric(W, M).flat] == [1, -2, 0, 0.5]
    U = uniform_feedback(W)
    assert cosine(U, W).contains(Ball(19) / (Ball(3).sqrt() * 13))
    V = strictly_normalised(U, W)
    assert norm(V).contains(13)
    assert (cosine(V, W) - cosine(U, W)).contains(0)


def test_moments_of_a_number_of_any_scale() -> None:
    with ctx.workprec(128):
        assert normal(2, arb(3)).contains(9)
        assert normal(4, arb("0.5")).contains(arb(3) / 16)
        assert float(normal(4, arb(3)).arb.rad()) < 1e-30
        assert uniform(4, arb(2)).contains(arb(16) / 5)


@pytest.mark.parametrize("law", LAWS)
def test_the_limits_are_those_of_large_layers(law: str) -> None:
    found = drawn(law, 20_000, 30, np.random.default_rng(1))
    limit, spread = (float(x.mid()) for x in (LAWS[law].limit(), LAWS[law].spread()))
    assert abs(found.mean() / limit - 1) < 0.005
    assert found.std() / limit < np.sqrt(spread / 20_000)


def test_a_law_that_does_not_exist() -> None:
    with pytest.raises(InputError, match="unknown law of magnitudes 'cauchy'"):
        drawn("cauchy", 3, 2, np.random.default_rng(0))


def test_the_mean_cosine_of_one_and_two_weights() -> None:
    assert mean_cosine(1).contains(1)
    assert mean_cosine(2).overlaps(2 * arb(2).sqrt() / arb.pi())


def test_the_smallest_counterexample() -> None:
    assert agreement((3, 1), (1, 1), (1, -2)) == -1
    document = counterexample(np.array([[3.0, 1.0]]), np.array([1.0, -2.0]), np.ones((1, 2)))
    assert document is not None
    assert recheck(document).valid


@pytest.mark.parametrize("error", [[1.0, 1.0], [1.0, -3.5], [0.0, 1.0]])
def test_no_counterexample_where_the_direction_descends(error: list[float]) -> None:
    assert counterexample(np.array([[3.0, 1.0]]), np.array(error), np.ones((1, 2))) is None
