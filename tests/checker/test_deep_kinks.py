"""ReLU at its kinks, at any depth: kernels with any slopes are inside the expansion, and contract where it says so."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from certificates import sealed
from deep_certificates import Run, length
from flint import arb_mat, ctx
from judged import faulty

from fa_theory.checker.decay import deep, deep_kinks
from fa_theory.checker.linalg import inverse
from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.deep import certify_deep_run
from fa_theory.model.deep_problem import DeepLaw

LAWS = {
    "fa": DeepLaw("relu", 3, 6, (30, 30), rule="fa", eta=0.1),
    "dfa": DeepLaw("relu", 3, 6, (20, 20, 20), rule="dfa", eta=0.1),
    "bp": DeepLaw("relu", 3, 6, (30, 30), rule="bp", eta=0.1),
}


@cache
def with_wide_slopes(rule: str) -> dict[str, Any]:
    """A certificate that needs (4'), with slopes that are wide."""
    for seed in range(20):
        found = certify_deep_run(LAWS[rule].sample(rng=seed), max_steps=1500)
        if found.certificate is None:
            continue
        document = found.certificate.document
        kernels, _ = expanded(document)
        if len(kernels.U) >= 4:
            return document
    raise AssertionError("no network has slopes that are wide")


def expanded(document: dict[str, Any], module: Any = deep_kinks) -> tuple[Any, deep.Sweep]:
    claim = deep.DeepDecayFromState.read(document)
    with ctx.workprec(64):
        sweep = deep.Sweep(claim.state)
        found = deep.bounds(claim.state, claim.C, claim.q)
        assert not isinstance(found, str)
        closed = sweep.closed(found.at_most["budget"])
        assert closed is not None
        kernels = module.expansion(sweep, *closed)
        assert kernels is not None
        sweep.wide = [[not s.rad() < 0.1 for s in M.entries()] for M in closed[1]]  # type: ignore[attr-defined]
    return kernels, sweep


def floats(M: arb_mat) -> Any:
    return np.array([[float(x.mid()) for x in row] for row in M.tolist()])


def kernel(sweep: deep.Sweep, theta: Any) -> Any:
    """With slopes ``m + θρ``, those of J and G for themselves, in the order of the expansion."""
    middle = [floats(M) for M in sweep.middle]
    chosen = []
    for side in range(2):
        slopes, used = [M.copy() for M in middle], 0
        for at in range(len(middle) - 1, -1, -1):
            for i, wide in enumerate(sweep.wide[at]):  # type: ignore[attr-defined]
                if wide:
                    slopes[at].ravel()[i] = 0.5 + 0.5 * theta[side][used]
                    used += 1
        chosen.append(slopes)
    G, J = [floats(sweep.units)], [floats(sweep.units)]
    scales = [float(s) for s in sweep.scales]
    for at in range(len(middle) - 1, -1, -1):
        J.insert(0, scales[at + 1] * J[0] @ floats(sweep.back[at].matrix) * chosen[0][at])
        above = floats(sweep.units) if sweep.state.rule.direct else G[0]
        G.insert(0, scales[at + 1] * above @ floats(sweep.feedback[at].matrix) * chosen[1][at])
    H = [floats(h) for h in sweep.h]
    return sum(s**2 * (h @ h.T) * (j @ g.T) for s, h, j, g in zip(scales, H, J, G, strict=True))


def thetas(count: int, g: np.random.Generator) -> Any:
    return [g.choice([-1.0, 1.0], size=count) if g.random() < 0.7 else g.uniform(-1, 1, size=count) for _ in range(2)]


def excess(kernels: Any, sweep: deep.Sweep, tries: int = 40) -> float:
    """How far a kernel with slopes in the tube gets beyond N + Σ θuvᵀ ± R; 0 if not at all."""
    g, worst = np.random.default_rng(0), 0.0
    N, R, U, V = floats(kernels.N), floats(kernels.R), *(floats(arb_mat(A)) for A in (kernels.U, kernels.V))
    count = len(U) // 2
    for _ in range(tries):
        theta = thetas(count, g)
        linear = N + (U * np.concatenate(theta)[:, None]).T @ V
        worst = max(worst, float((abs(kernel(sweep, theta) - linear) - R).max()))
    return worst


@pytest.mark.parametrize("rule", LAWS)
def test_kernels_with_any_slopes_are_inside_and_contract(rule: str) -> None:
    document = with_wide_slopes(rule)
    kernels, sweep = expanded(document)
    assert excess(kernels, sweep) <= 1e-12
    C = np.array([[float.fromhex(x) for x in row] for row in document["norm"]])
    q, eta, g = float.fromhex(document["rate"]), float.fromhex(document["eta"]), np.random.default_rng(1)
    for _ in range(40):
        A = np.eye(len(C)) - eta * kernel(sweep, thetas(len(kernels.U) // 2, g))
        assert np.linalg.norm(C @ A @ np.linalg.inv(C), 2) < q


@pytest.mark.parametrize("rule", LAWS)
def test_runs_obey_what_is_proved(rule: str) -> None:
    document = with_wide_slopes(rule)
    answer = recheck(document)
    assert answer.valid
    with ctx.workprec(200):
        run, q = Run(document), float.fromhex(document["rate"])
        sizes = [length(run.C * run.step()) for _ in range(80)]
    assert all(b <= q * a for a, b in pairwise(sizes))


def test_condition_is_that_of_norms_where_nothing_is_uncertain() -> None:
    with ctx.workprec(64):
        C = arb_mat([[2, 0.5], [0, 1]])
        Ci = inverse(C)
        N = arb_mat([[1, 0.25], [0.5, 2]])
        kernels = deep_kinks.Expansion(N, arb_mat(2, 2), [], [])
        norm = np.linalg.norm(floats(C) @ (np.eye(2) - 0.3 * floats(N)) @ np.linalg.inv(floats(C)), 2)
        for q, holds in ((norm * 1.0001, True), (norm * 0.9999, False), (-norm * 1.0001, False)):
            assert deep_kinks.contract(kernels, C, Ci, deep.arb(q), deep.arb(0.3)) is holds


@pytest.mark.parametrize("seed", range(30))
def test_no_choice_of_uncertain_terms_beats_the_condition(seed: int) -> None:
    """The smallest q that is accepted is above the norm of every kernel tried, and near it for one term alone."""
    g = np.random.default_rng(seed)
    m, terms = int(g.integers(1, 4)), int(g.integers(0, 4))
    N, R = np.diag(g.uniform(0.5, 1.5, m)) + 0.1 * g.normal(size=(m, m)), 0.1 * g.random((m, m)) * (seed % 3)
    U, V, eta = 0.3 * g.normal(size=(terms, m)), g.normal(size=(terms, m)), 0.3
    C = np.eye(m) + 0.3 * g.normal(size=(m, m))
    worst = 0.0
    for _ in range(300):
        K = N + (U * g.choice([-1, 1], size=terms)[:, None]).T @ V + R * g.choice([-1, 1], size=(m, m))
        worst = max(worst, np.linalg.norm(C @ (np.eye(m) - eta * K) @ np.linalg.inv(C), 2))
    exact = arb_mat(C.tolist())
    kernels = deep_kinks.Expansion(
        arb_mat(N.tolist()), arb_mat(R.tolist()), *([[deep.arb(float(x)) for x in row] for row in A] for A in (U, V))
    )
    assert not deep_kinks.contract(kernels, exact, inverse(exact), deep.arb(worst * (1 - 1e-9)), deep.arb(eta))
    if terms == 1 and not R.any():
        assert deep_kinks.contract(kernels, exact, inverse(exact), deep.arb(worst * 1.25), deep.arb(eta))


MUTANTS = {
    "second order dropped": ("rest = j.first * g.first.transpose()", "rest = arb_mat(m, m)"),
    "terms are not carried down": (
        "[list(map(mul, row, centre[a])) for a, row in",
        "[[x * 0 for x in row] for a, row in",
    ),
    "scale of a layer dropped": ("square, (x, dx), (y, dy) = scale * scale,", "square, (x, dx), (y, dy) = scale,"),
    "sides exchanged": ("((j, G, from_J), (g, J, from_G))", "((j, J, from_J), (g, G, from_G))"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_mutants_are_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original, mutation = MUTANTS[name]
    mutant = faulty(deep_kinks, original, mutation, monkeypatch)
    assert any(excess(*expanded(with_wide_slopes(rule), mutant)) > 1e-9 for rule in LAWS)


def test_too_many_wide_slopes_are_not_attempted(monkeypatch: pytest.MonkeyPatch) -> None:
    document = with_wide_slopes("fa")
    monkeypatch.setattr(deep_kinks, "MAX_WIDE", 3)
    answer = recheck(sealed(dict(document)))
    assert not answer.valid
    assert "tube" in answer.reason
