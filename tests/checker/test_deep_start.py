"""Certificates from the start at any depth: runs stay within the bounds, and false documents are refused."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from certificates import scaled, sealed
from deep_certificates import Run, length
from flint import arb, arb_mat, ctx
from judged import faulty

import fa_theory.checker
from fa_theory.checker.decay import deep, deep_shadow, deep_start
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.deep import certify_deep_from_start, document_of
from fa_theory.enclosure.deep_search import DeepCandidate
from fa_theory.model.deep_problem import DeepLaw

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())
RULES = ("fa", "dfa", "bp", "kolen-pollack", "usf", "sign")


@cache
def _made(rule: str, activation: str, hidden: tuple[int, ...], eta: float, k: int) -> dict[str, Any]:
    law = DeepLaw(activation, 2, 6, hidden, rule=rule, eta=eta, k=k)
    outcome = certify_deep_from_start(law.sample(rng=1))
    assert outcome.certificate is not None, outcome.reason
    return outcome.certificate.document


def made(
    rule: str = "fa", activation: str = "tanh", hidden: tuple[int, ...] = (12, 12), eta: float = 0.8, k: int = 1
) -> dict[str, Any]:
    """A valid certificate, free to be changed."""
    return copy.deepcopy(_made(rule, activation, hidden, eta, k))


CASES = [
    *({"rule": rule} for rule in RULES),
    {"activation": "softplus", "rule": "bp", "eta": 0.3},
    {"hidden": (8, 8, 8), "rule": "dfa", "eta": 0.6},
    {"k": 2, "hidden": (16, 16), "eta": 0.5},
]


@pytest.mark.parametrize("at", range(len(CASES)))
def test_runs_stay_within_their_bounds(at: int) -> None:
    doc = made(**CASES[at])  # type: ignore[arg-type]
    answer = recheck(doc)
    assert answer.valid, answer.reason
    assert "from the initial network on" in answer.reason
    jsonschema.Draft202012Validator(SCHEMA).validate(doc)
    claim = deep_start.DeepDecayFromStart.read(doc)
    end = deep_start.enclosed(claim)
    assert not isinstance(end, tuple)
    q, bounds = float.fromhex(doc["rate"]), answer.bounds
    with ctx.workprec(400):
        run = Run(doc)
        for _ in range(doc["step"]):
            run.step()
        for W, stored, nu in zip(run.W, end.state.W, end.nu, strict=True):
            for row, r in zip((W - stored).tolist(), nu, strict=True):
                assert sum((x * x for x in row), arb(0)).sqrt() <= r
        if doc["rule"] == "kolen-pollack":
            off = [B - stored for B, stored in zip(run.B, end.state.B, strict=True)]
            assert max(float(x.abs_upper()) for M in off for x in M.entries()) < 1e-25
        run.start = [W * 1 for W in run.W]
        errors, sizes = [], []
        for _ in range(30):
            e = run.step()
            errors.append(length(e))
            sizes.append(length(run.C * e))
            assert all(x <= bounds[f"movement_{layer}"] for layer, x in enumerate(run.moved(), 1))
    assert errors[0] <= bounds["error"] <= errors[0] * (1 + 1e-6)
    assert all(size <= sizes[0] * q**t for t, size in enumerate(sizes))
    assert sum(errors) <= bounds["budget"]


# one step of the shadow, from perturbed weights: bounds hold, and terms that are left out are missed


def state(doc: dict[str, Any]) -> deep.ExactDeepState:
    return deep.ExactDeepState.read(doc)


def steps_out(module: Any, doc: dict[str, Any], size: float, seed: int, aligned: bool = False) -> float:
    """By what factor a run from perturbed weights gets beyond the bounds after a step; at most 1 if they hold."""
    g = np.random.default_rng(seed)
    with ctx.workprec(150):
        shadow, run = module._Shadow(state(doc)), Run(doc)
        off = []
        for W in run.W:
            shape = W.nrows(), W.ncols()
            A = g.choice([-1.0, 1.0], size=shape) if aligned else g.normal(size=shape)
            off.append(matrix(size * A / np.linalg.norm(A, axis=1)[:, None]))
        run.W = [W + A for W, A in zip(run.W, off, strict=True)]
        if run.rule == "kolen-pollack":
            run.B = [B + A for B, A in zip(run.B, off[1:], strict=True)]
        shadow.nu = [lengths(A) for A in off]
        shadow.eps = above(run.step() - shadow.now.e)
        shadow.now = shadow.forward()
        shadow.step(True)
        moved = [lengths(W - stored) for W, stored in zip(run.W, shadow.W, strict=True)]
        ratios = [length(run.step() - shadow.now.e) / float(shadow.eps)]
        ratios += [float(x / r) for xs, nu in zip(moved, shadow.nu, strict=True) for x, r in zip(xs, nu, strict=True)]
    return float(max(ratios))


def above(v: arb_mat) -> arb:
    return sum((x * x for x in v.entries()), arb(0)).sqrt().upper()


def lengths(A: arb_mat) -> list[arb]:
    return [above(arb_mat([row])) for row in A.tolist()]


def matrix(A: Any) -> arb_mat:
    return arb_mat([[arb(float(x)) for x in row] for row in A])


def tiny(rule: str, activation: str = "tanh", hidden: tuple[int, ...] = (1, 1), n: int = 1) -> dict[str, Any]:
    """Where nearly every bound is reached: one neuron a layer, one sample."""
    law = DeepLaw(activation, n, 1, hidden, rule=rule, eta=0.5)
    problem = law.sample(rng=3)
    return document_of(problem, DeepCandidate(np.eye(n), 0.5), 0)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("size", [1e-6, 1e-3, 0.02])
def test_a_step_of_the_shadow_contains_perturbed_runs(rule: str, size: float) -> None:
    doc = made(rule=rule)
    if rule in ("usf", "sign"):  # signs that a perturbation of this size can turn are refused in a run
        size = min(size, 1e-4)
    for seed in range(3):
        assert steps_out(deep_shadow, doc, size, seed) <= 1
    for activation in ("tanh", "linear", "softplus"):
        for seed in range(8):
            assert steps_out(deep_shadow, tiny(rule, activation), min(size, 1e-3), seed, aligned=True) <= 1


MUTANTS = {
    "G moves, dropped": ("x + self.eps * y.sqrt() + v", "self.eps * y.sqrt() + v"),
    "e moves, dropped": ("x + self.eps * y.sqrt() + v", "x + v"),
    "H moves, dropped": ("x + self.eps * y.sqrt() + v", "x + self.eps * y.sqrt()"),
    "old distance dropped": ("(old + state.eta * scale * x + r)", "(state.eta * scale * x + r)"),
    "ΔK dropped": ("(kept + drift +", "(kept +"),
    "ε not kept": ("(kept + drift +", "(drift +"),
    "W moves in front, dropped": (
        "off_in_front(H[-1], self.nu[at], scale)",
        "off_in_front(H[-1], [arb(0)], scale)",
    ),
    "W moves behind, dropped": ("        if moves:\n", "        if False:\n"),
    "slopes do not move": (
        "off.append(elementwise(arb.abs_upper, steep - slope))",
        "off.append(slope * 0)",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_mutants_of_the_shadow_are_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original, mutation = MUTANTS[name]
    mutant = faulty(deep_shadow, original, mutation, monkeypatch)
    tried = ((rule, psi, seed) for psi in ("linear", "tanh", "softplus") for rule in ("bp", "fa") for seed in range(12))
    assert any(steps_out(mutant, tiny(rule, psi), 1e-3, seed, aligned=True) > 1 + 1e-9 for rule, psi, seed in tried)


@pytest.mark.parametrize("activation", ["tanh", "softplus", "gelu", "sigmoid", "erf", "linear"])
def test_secant_slopes_are_as_close_as_is_said(activation: str) -> None:
    assert secants_hold(deep_shadow, activation)


@pytest.mark.parametrize(
    ("original", "mutation"),
    [
        (" + (after - z) * _UNIT * (self.curvature / 4)", ""),
        ("(self.curvature / 4)", "(self.curvature / 40)"),
        ("(self.now.slopes[at] + later.slopes[at]) * _HALF", "later.slopes[at]"),
        ("off = (dz + dafter) * (self.curvature / 2)", "off = (dz + dafter) * (self.curvature / 50)"),
        ("off = (dz + dafter) * (self.curvature / 2)", "off = dz * (self.curvature / 2)"),
    ],
)
def test_mutants_of_secant_slopes_are_seen(original: str, mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = faulty(deep_shadow, original, mutation, monkeypatch)
    assert not all(secants_hold(mutant, activation) for activation in ("tanh", "softplus", "gelu", "sigmoid"))


def test_norms_of_rounding_and_of_steps() -> None:
    g = np.random.default_rng(4)
    U, V = g.normal(size=(3, 7)), g.normal(size=(3, 5))
    found = deep_shadow.lengths_of_rows(matrix(U))
    assert all(0 <= float(x) - y <= 1e-14 for x, y in zip(found, np.linalg.norm(U, axis=1), strict=True))
    balls = arb_mat([[arb(0, float(abs(x))) for x in row] for row in U])
    assert all(x <= y * (1 + 1e-8) for x, y in zip(deep_shadow.lengths_of_rows(balls), found, strict=True))
    assert all(x >= y for x, y in zip(deep_shadow.lengths_of_rows(balls), lengths(matrix(U)), strict=True))
    assert 0 <= float(deep_shadow.length_of_sum(matrix(U), matrix(V))) - np.linalg.norm(U.T @ V) <= 1e-13


@pytest.mark.parametrize("activation", ["tanh", "softplus", "linear"])
def test_what_the_inputs_do_from_perturbed_weights(activation: str) -> None:
    assert forward_holds(deep_shadow, activation)


@pytest.mark.parametrize(
    ("original", "mutation"),
    [
        ("radius + entries * scale", "radius"),
        ("radius + entries * scale", "entries * scale"),
        ("[x + y * scale for", "[x for"),
        ("list(map(mul, most, reach))", "[x / 2 for x in reach]"),
    ],
)
def test_mutants_of_the_way_forward_are_seen(original: str, mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not forward_holds(faulty(deep_shadow, original, mutation, monkeypatch), "linear")


def forward_holds(module: Any, activation: str) -> bool:
    """Whether z and h of perturbed networks are where they should be."""
    g, holds = np.random.default_rng(5), True
    with ctx.workprec(100):
        for hidden in ((1, 1, 1), (4, 3, 2)):
            doc = tiny("fa", activation, hidden)
            shadow, run = module._Shadow(state(doc)), Run(doc)
            for _ in range(20):
                off = [matrix(1e-3 * g.choice([-1.0, 1.0], size=(W.nrows(), W.ncols()))) for W in shadow.W]
                shadow.nu = [lengths(A) for A in off]
                now, h = shadow.forward(), shadow.X
                for at, (W, A) in enumerate(zip(shadow.W[:-1], off[:-1], strict=True)):
                    z = h * (W + A).transpose() * shadow.scales[at]
                    h = arb_mat(1, z.ncols(), [run.value(x) for x in z.entries()])
                    for D, most in ((z - now.z[at], now.dz[at]), (h - now.H[at + 1].centre, now.H[at + 1].radius)):
                        holds = holds and all(map(lambda x, r: abs(x).lower() <= r, D.entries(), most.entries()))
                    holds = holds and bool(above(h - now.H[at + 1].centre) * (1 - 1e-15) <= now.H[at + 1].reach[0])
    return holds


def secants_hold(module: Any, activation: str) -> bool:
    """Whether secant slopes of the stored step, and of runs nearby, are where they should be, at many points."""
    g, holds = np.random.default_rng(0), True
    with ctx.workprec(100):
        far = tiny("fa", activation, (3, 2), 2) | {"eta": (20.0).hex()}
        shadow, run = module._Shadow(state(far)), Run(tiny("fa", activation))
        shadow.nu = [[arb(0.05)] * W.nrows() for W in shadow.W]
        shadow.now = shadow.forward()
        before = shadow.now
        shadow.step(True)
        later = shadow.now
        shadow.now = before
        for at, (middle, off) in enumerate(shadow.secants(later)):
            parts = (before.z[at], before.dz[at], later.z[at], later.dz[at], middle, off)
            for z, dz, after, dafter, allowed, most in zip(*(M.entries() for M in parts), strict=True):
                stored = (run.value(z) - run.value(after)) / (z - after)
                holds = holds and allowed.overlaps(stored)
                for _ in range(10):
                    u, v = z + dz * g.choice([-1, 1]), after + dafter * g.choice([-1, 1])
                    slope = (run.value(u) - run.value(v)) / (u - v)
                    holds = holds and bool(abs(slope - stored).lower() <= most)
    return holds


# documents


def test_refuses_what_is_false() -> None:
    truth = made()
    found, q = truth["conclusions"], float.fromhex(truth["rate"])
    lies: dict[str, dict[str, Any]] = {
        "fewer steps": {"step": 1},
        "too few bits": {"precision": 32},
        "rate of 1": {"rate": (1.0).hex()},
        "much faster": {"rate": (1 - 3 * (1 - q)).hex()},
        "other targets": {"y": scaled(truth["y"], 2)},
        "error too small": {"conclusions": found | {"error": scaled(found["error"], 0.99)}},
        "budget too small": {"conclusions": found | {"budget": scaled(found["budget"], 0.99)}},
        "movement too small": {"conclusions": found | {"movement": scaled(found["movement"], 0.99)}},
        "large steps": {"eta": (50.0).hex()},
    }
    for name, change in lies.items():
        answer = recheck(sealed(copy.deepcopy(truth) | change))
        assert not answer.valid, name
        assert "\n" not in answer.reason
    assert not recheck(truth | {"step": 3}).valid  # the digest


def test_refuses_what_takes_too_long() -> None:
    answer = recheck(sealed(made() | {"step": 10**12}))
    assert not answer.valid
    assert answer.reason.startswith("cost: ")
    for precision in (31, 10**6, "128", True):
        with pytest.raises(MalformedDocument, match="precision"):
            recheck(made() | {"precision": precision})


def test_every_key_is_asked_for_and_no_other() -> None:
    truth = made()
    with pytest.raises(MalformedDocument, match="unknown key"):
        recheck(truth | {"note": ""})
    for key in deep_start.KEYS:
        if key not in ("kind", "format"):
            with pytest.raises(MalformedDocument, match="missing key"):
                recheck({name: value for name, value in truth.items() if name != key})


def test_the_statement_begins_at_the_step() -> None:
    truth = made()
    answer = recheck(truth)
    assert f"‖e({truth['step']}+t)‖ ≤ " in answer.reason
    assert " after step" not in answer.reason


def test_relu_at_a_kink_is_refused_in_words() -> None:
    doc = made() | {"activation": "relu", "step": 40}
    doc["W"][1] = [[(0.0).hex()] * 12 for _ in range(12)]
    answer = recheck(sealed(doc))
    assert not answer.valid
