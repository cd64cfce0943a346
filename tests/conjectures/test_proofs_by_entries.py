"""Proofs for domains of few small shapes, written out entry by entry; their false neighbours have none."""

from __future__ import annotations

import pytest

from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import (
    Conjecture,
    Domain,
    conjecture,
    det,
    eigenvalue,
    equal,
    identity,
    inner,
    inverse,
    iterate,
    largest,
    norm,
    product,
    row_norms,
    smallest,
    stack,
    total,
    trace,
)
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.prove import ConjectureProof
from fa_theory.conjectures.prove.concrete import by_entries

PLANE = Domain(n=2, d=2, p=2, steps=0)
SPHERE = Domain(n=2, d=2, p=1, steps=0, inputs="sphere")
TANH = Domain(n=1, d=1, p=(1, 2), steps=0, activation="tanh")
STEP = Domain(n=1, d=1, p=2, steps=1, eta=(0.1, 0.5))
MINE = Domain(n=2, d=2, p=1, steps=0, inputs=[[1, 0], [0.6, 0.8]], targets=[1, -0.5])
REGULAR = {"det X is not small": lambda run: det(run.X) ** 2 >= 0.01}
EITHER = {"one of two": lambda run: (run.X[0, 0] > 0) | (run.X[0, 1] >= 0)}
LEAST = {"the smallest entry is 0": lambda run: equal(smallest(run.X), 0)}

STATEMENTS = {
    "Hadamard": (PLANE, lambda r: det(r.X) ** 2 <= norm(r.X[0]) ** 2 * norm(r.X[1]) ** 2, {}),
    "multiplicative": (PLANE, lambda r: equal(det(r.X @ r.W_), det(r.X) * det(r.W_)), {}),
    "a stack": (PLANE, lambda r: equal(norm(stack(r.X, r.X)) ** 2, 2 * norm(r.X) ** 2), {}),
    "a row": (PLANE, lambda r: norm(r.X[0]) <= norm(r.X), {}),
    "every row": (PLANE, lambda r: largest(row_norms(r.X)) <= norm(r.X), {}),
    "unit vectors": (SPHERE, lambda r: r.X[0] @ r.X[1] <= 1, {}),
    "an inverse": (
        PLANE,
        lambda r: abs(trace(inverse(r.X) @ r.X) - 2) <= 0.001 * norm(inverse(r.X)) * norm(r.X),
        REGULAR,
    ),
    "identity": (PLANE, lambda r: equal(det(identity(r.X)), 1), {}),
    "halving": (PLANE, lambda r: iterate({"x": 1}, lambda s: {"x": s.x / 2}, steps=10)[-1].x < 0.001, {}),
    "my inputs": (MINE, lambda r: equal(r.X[1] @ r.X[1], 1), {}),
    "order of neurons": (
        TANH,
        lambda r: equal(r.with_(W=r[0].W[::-1], beta=r[0].beta[::-1])[0].output, r[0].output),
        {},
    ),
    "a step": (STEP, lambda r: equal(r[1].beta[0], r[0].beta[0] - r.eta * r[0].gradient_beta[0]), {}),
}
FALSE = {
    "Hadamard": (PLANE, lambda r: det(r.X) ** 2 <= 0.99 * norm(r.X[0]) ** 2 * norm(r.X[1]) ** 2, {}),
    "additive": (PLANE, lambda r: equal(det(r.X + r.W_), det(r.X) + det(r.W_)), {}),
    "a permanent": (PLANE, lambda r: equal(det(r.X), r.X[0, 0] * r.X[1, 1] + r.X[0, 1] * r.X[1, 0]), {}),
    "a stack": (PLANE, lambda r: equal(norm(stack(r.X, r.X[0:1])) ** 2, 2 * norm(r.X) ** 2), {}),
    "a row": (PLANE, lambda r: norm(r.X) <= norm(r.X[0]), {}),
    "every row": (PLANE, lambda r: largest(row_norms(r.X)) <= 0.99 * norm(r.X), {}),
    "unit vectors": (SPHERE, lambda r: r.X[0] @ r.X[1] <= 0.99, {}),
    "an inverse": (PLANE, lambda r: equal(trace(inverse(r.X) @ r.X.T), 2), REGULAR),
    "a side": (PLANE, lambda r: equal(inverse(r.X) @ r.W_ @ r.X, r.W_), REGULAR),
    "identity": (PLANE, lambda r: equal(total(identity(r.X)), 1), {}),
    "halving": (PLANE, lambda r: iterate({"x": 1}, lambda s: {"x": s.x / 2}, steps=9)[-1].x < 0.001, {}),
    "my inputs": (MINE, lambda r: equal(r.X[0] @ r.X[1], 1), {}),
    "order of W": (TANH, lambda r: equal(r.with_(W=r[0].W[::-1])[0].output, r[0].output), {}),
    "a step": (STEP, lambda r: equal(r[1].beta[0], r[0].beta[0] - 2 * r.eta * r[0].gradient_beta[0]), {}),
    "one alternative is strict": (PLANE, lambda r: total(abs(r.X)) > 0, EITHER),
    "smallest is not all": (PLANE, lambda r: equal(r.X[0, 0], 0), LEAST),
    "two times": (STEP, lambda r: equal(r[1].W[0, 0], r[0].W[0, 0]), {}),
    "a product": (PLANE, lambda r: product(r.X[0]) >= 0, {}),
    "a second eigenvalue": (Domain(n=1, d=1, p=1, steps=0), lambda r: eigenvalue(r.X, 0) >= 0, {}),
    "an axis": (PLANE, lambda r: equal(stack(r.X, r.X, axis=1)[0], stack(r.X, r.X, axis=0)[:, 0]), {}),
    "positive products": (SPHERE, lambda r: inner(r.X[0], r.X[1]) >= 0, {}),
}


class _Written:
    """A run with W(0) under a short name."""

    def __init__(self, run):
        self.run = run

    def __getattr__(self, name):
        return self.run[0].W if name == "W_" else getattr(self.run, name)

    def __getitem__(self, t):
        return self.run[t]


def declared(domain, says, assuming) -> Conjecture:
    def stated(run):
        """A statement."""
        return says(_Written(run))

    made = conjecture(domain, assuming=assuming)(stated)
    assert isinstance(made, Conjecture)
    return made


def attempted(case) -> ConjectureProof | None:
    return by_entries(declared(*case), deadline=effort.now() + 3, notify=lambda _: None)


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_is_proved_for_every_shape(name: str) -> None:
    proof = attempted(STATEMENTS[name])
    assert proof is not None
    assert [v.reason for v in map(recheck, proof.documents) if not v.valid] == []


@pytest.mark.parametrize("name", FALSE)
def test_a_false_neighbour_is_not(name: str) -> None:
    assert attempted(FALSE[name]) is None


def test_large_domains_are_left_alone() -> None:
    assert attempted((Domain(n=(1, 9), d=(1, 9), p=(1, 9), steps=0), lambda r: norm(r.X[0]) <= norm(r.X), {})) is None


def test_limits_are_not_written_out() -> None:
    limit = declared(STEP, lambda r: norm(r.limit.W - r.limit.W) <= 1, {})
    assert by_entries(limit, deadline=effort.now() + 3, notify=lambda _: None) is None
