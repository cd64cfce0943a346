"""The largest eigenvalue: its axioms hold at evaluated points, what is near them is refuted, and lemmas follow."""

from __future__ import annotations

import pytest

from fa_theory.checker.proof import Refused, replay
from fa_theory.checker.proof.axioms import use
from fa_theory.checker.proof.budget import UNITS, Allowance, working
from fa_theory.checker.proof.evaluate import evaluate
from fa_theory.symbolic.proof import ProofWriter, axiom
from fa_theory.symbolic.proof.notation import Assertion, delta, forall, of, square_sum, top, total

P = ProofWriter("top")
P.sorts("n", "p")
i, j = P.indices("i j", "n")
M, v, x = P.tensor("M", "n", "n"), P.tensor("v", "n"), P.tensor("x", "n")
form = total(i, j, v(i) * M(i, j) * v(j))
DIAGONAL = top(i, j, delta(i, j) * x(i))


@pytest.mark.parametrize("name", ["top_bound", "top_least"])
def test_its_axioms_are_not_refuted(name: str) -> None:
    with working(Allowance(UNITS)):
        said = use(name, ["n"], None).formula
    assert not evaluate((), said, points=20).refuted


@pytest.mark.parametrize(
    "wrong",
    [
        form <= top(i, j, M(i, j)),
        form.equals(top(i, j, M(i, j)) * square_sum(i, v(i))),
        -form <= top(i, j, M(i, j)) * square_sum(i, v(i)),
        top(i, j, M(i, j)) <= top(i, j, M(i, j) / 2),
        top(i, j, M(i, j) + M(j, i)).equals(top(i, j, M(i, j))),
        total(i, x(i)) >= DIAGONAL,
        forall(i, x(i) >= DIAGONAL),
    ],
)
def test_what_is_near_its_axioms_is_refuted(wrong: Assertion) -> None:
    plain = P.formula(wrong)  # may declare names
    with P._working():
        said = P.live.names.formula(plain)
    assert evaluate((), said, points=40).refuted


def test_of_a_diagonal_matrix_it_is_the_largest_entry() -> None:
    proof = ProofWriter("largest entry")
    proof.sorts("n")
    proof.indices("i j k", "n")
    proof.tensor("x", "n")
    entry = axiom("top_bound", "n")(of(i, j, delta(i, j) * x(i)), of(i, Delta_k))
    done = proof.show("x_k", forall(K, x(K) <= DIAGONAL), entry)
    assert replay(proof.conclude(done) and proof.document).text.endswith("x[k] ≤ top(i:n j:n ↦ δ[i,j]·x[i])")


K = P.index("k", "n")
Delta_k = delta(i, K)


def test_of_the_symmetric_part_it_is_the_same() -> None:
    proof = ProofWriter("symmetric part")
    proof.sorts("n")
    proof.indices("i j", "n")
    proof.tensor("M", "n", "n")
    proof.tensor("v", "n")
    both = top(i, j, (M(i, j) + M(j, i)) / 2)
    bound = axiom("top_bound", "n")(of(i, j, M(i, j)), of(i, v(i)))
    every = proof.show("form", forall(v, total(i, j, v(i) * (M(i, j) + M(j, i)) / 2 * v(j)) <= top(i, j, M(i, j))
                                      * square_sum(i, v(i))), bound)  # fmt: skip
    least = axiom("top_least", "n")(of(i, j, (M(i, j) + M(j, i)) / 2), top(i, j, M(i, j)), given=[every])
    assert not proof.conclude(proof.show("least", both <= top(i, j, M(i, j)), least)).hypotheses
    of_another = axiom("top_least", "n")(of(i, j, M(j, i) / 3), top(i, j, M(i, j)), given=[every])
    with pytest.raises(Refused, match="premise"):
        proof.instance("wrong", of_another)
