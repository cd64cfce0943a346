"""The axioms, written down a second time, and evaluated."""

from fractions import Fraction

import pytest

from fa_theory.checker.proof import Refused, axioms
from fa_theory.checker.proof.budget import Allowance, working
from fa_theory.checker.proof.evaluate import evaluate

STATED = {
    "sqrt_square": "∀ x:ℝ. (0 ≤ x) → sqrt(x)^2 = x",
    "sqrt_sign": "∀ x:ℝ. 0 ≤ sqrt(x)",
    "inverse": "∀ x:ℝ. (0 < x^2) → x·inv(x) = 1",
    "abs_up": "∀ x:ℝ. (0 ≤ x) → abs(x) = x",
    "abs_down": "∀ x:ℝ. (x ≤ 0) → abs(x) = -x",
    "max_right": "∀ x:ℝ, y:ℝ. (x ≤ y) → max(x, y) = y",
    "max_left": "∀ x:ℝ, y:ℝ. (y ≤ x) → max(x, y) = x",
    "size_sign": "0 < |n|^(-1/2)",
    "size_one": "1 ≤ |n|",
    "op_bound": "∀ M:n×p, v:p. Σ_i:n (Σ_j:p M[i, j]·v[j])^2 ≤ op(i:n j:p ↦ M[i, j])^2·(Σ_j:p v[j]^2)",
    "op_sign": "∀ M:n×p. 0 ≤ op(i:n j:p ↦ M[i, j])",
    "op_least": (
        "∀ M:n×p, c:ℝ. (0 ≤ c) → (∀ v:p. Σ_i:n (Σ_j:p M[i, j]·v[j])^2 ≤ c^2·(Σ_j:p v[j]^2)) → op(i:n j:p ↦ M[i, j]) ≤ c"
    ),
    "sup_upper": "∀ a:time, c:ℝ, m:time. (∀ t:time. a[t] ≤ c) → a[m] ≤ sup(t:time ↦ a[t])",
    "sup_least": "∀ a:time, c:ℝ. (∀ t:time. a[t] ≤ c) → sup(t:time ↦ a[t]) ≤ c",
    "time_sign": "∀ t:time. 0 ≤ num(t)",
    "real_sign": "∀ w:real. 0 ≤ num(w)",
    "differentiable_constant": "∀ x:ℝ, w:real. differentiable(s:real ↦ x)[w] = 1",
    "d_constant": "∀ x:ℝ, w:real. d(s:real ↦ x)[w] = 0",
    "differentiable_time": "∀ w:real. differentiable(s:real ↦ num(s))[w] = 1",
    "d_time": "∀ w:real. d(s:real ↦ num(s))[w] = 1",
    "differentiable_sum": (
        "∀ f:real, g:real, w:real. (differentiable(s:real ↦ f[s])[w] = 1) → (differentiable(s:real ↦ g[s])[w] = 1) → "
        "differentiable(s:real ↦ f[s] + g[s])[w] = 1"
    ),
    "d_sum": (
        "∀ f:real, g:real, w:real. (differentiable(s:real ↦ f[s])[w] = 1) → (differentiable(s:real ↦ g[s])[w] = 1) → "
        "d(s:real ↦ f[s] + g[s])[w] = d(s:real ↦ f[s])[w] + d(s:real ↦ g[s])[w]"
    ),
    "differentiable_product": (
        "∀ f:real, g:real, w:real. (differentiable(s:real ↦ f[s])[w] = 1) → (differentiable(s:real ↦ g[s])[w] = 1) → "
        "differentiable(s:real ↦ f[s]·g[s])[w] = 1"
    ),
    "d_product": (
        "∀ f:real, g:real, w:real. (differentiable(s:real ↦ f[s])[w] = 1) → (differentiable(s:real ↦ g[s])[w] = 1) → "
        "d(s:real ↦ f[s]·g[s])[w] = d(s:real ↦ f[s])[w]·g[w] + f[w]·d(s:real ↦ g[s])[w]"
    ),
    "differentiable_total": (
        "∀ F:n×real, w:real. (∀ i:n. differentiable(s:real ↦ F[i, s])[w] = 1) → "
        "differentiable(s:real ↦ Σ_i:n F[i, s])[w] = 1"
    ),
    "d_total": (
        "∀ F:n×real, w:real. (∀ i:n. differentiable(s:real ↦ F[i, s])[w] = 1) → "
        "d(s:real ↦ Σ_i:n F[i, s])[w] = Σ_i:n d(s:real ↦ F[i, s])[w]"
    ),
    "top_bound": "∀ S:n×n, q:n. Σ_i:n Σ_h:n q[i]·S[i, h]·q[h] ≤ top(i:n h:n ↦ S[i, h])·(Σ_i:n q[i]^2)",
    "top_least": (
        "∀ S:n×n, c:ℝ. (∀ q:n. Σ_i:n Σ_h:n q[i]·S[i, h]·q[h] ≤ c·(Σ_i:n q[i]^2)) → top(i:n h:n ↦ S[i, h]) ≤ c"
    ),
    "decreasing": (
        "∀ f:real, r:real, w:real. (num(r) ≤ num(w)) → (∀ u:real. differentiable(s:real ↦ f[s])[u] = 1) → "
        "(∀ u:real. (num(r) ≤ num(u)) → (num(u) ≤ num(w)) → d(s:real ↦ f[s])[u] ≤ 0) → f[w] ≤ f[r]"
    ),
}
NOT_EVALUATED = {"sup_upper", "sup_least", "op_least", "top_least", "decreasing"}
"""A supremum has no value at a point, and a premise about all tensors or times is never known to hold."""


def formula(name):  # type: ignore[no-untyped-def]
    known = axioms.AXIOMS[name]
    with working(Allowance(10_000)):
        return axioms.use(name, ("n", "p")[: len(known.sorts)], Fraction(-1, 2) if known.exponent else None).formula


def test_there_are_no_others() -> None:
    assert set(axioms.AXIOMS) == set(STATED)


@pytest.mark.parametrize("name", STATED)
def test_an_axiom_says_this(name: str) -> None:
    known = axioms.AXIOMS[name]
    assert str(formula(name)) == STATED[name]
    assert set(known.formula) == {"all", "if", "say"}
    assert known.proof
    assert isinstance(known.proof, str)


@pytest.mark.parametrize("name", [name for name in STATED if name not in NOT_EVALUATED])
def test_an_axiom_holds_at_points(name: str) -> None:
    found = evaluate((), formula(name), points=20, tries=60)
    assert not found.refuted
    assert found.points


def test_an_axiom_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="there is no axiom choice"):
        axioms.use("choice", (), None)
