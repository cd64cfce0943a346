"""Kinks: no kernel on the tube beats the bound of the checker, and the bound is better than the entrywise one."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from certificates import ETA, instance
from flint import arb, arb_mat

from fa_theory.checker import linalg, ranges
from fa_theory.checker.decay import kinks
from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.certify import certify_run
from fa_theory.enclosure.kinks import smallest_rate
from fa_theory.seeds import generator


@dataclass
class Tube:
    """Intervals for features, slopes and β (k×p), ends in float64, with b (k×p) and a norm."""

    X: Any
    features: tuple[Any, Any]
    slopes: tuple[Any, Any]
    beta: tuple[Any, Any]
    b: Any
    C: Any
    eta: float = 0.2

    @property
    def inputs(self) -> Any:
        k = len(self.b)
        return np.kron(self.X @ self.X.T, np.ones((k, k)))

    def contracts(self, q: float, module: Any = kinks) -> bool:
        C, b, inputs = (arb_mat(A.tolist()) for A in (self.C, self.b, self.inputs))
        features, slopes, beta = (
            arb_mat(*pair[0].shape, [arb(x).union(arb(y)) for x, y in zip(pair[0].flat, pair[1].flat, strict=True)])
            for pair in (self.features, self.slopes, self.beta)
        )
        gram = linalg.kron(features * features.transpose(), linalg.identity(len(self.b)))
        return bool(module.contract(C, C.inv(), arb(q), arb(self.eta), inputs, gram, slopes, (beta, b)))

    def least(self, module: Any = kinks) -> float:
        """Smallest q that the module accepts, nearly."""
        low, high = 0.0, 64.0
        for _ in range(22):
            q = (low + high) / 2
            low, high = (low, q) if self.contracts(q, module) else (q, high)
        return high

    def worst(self, g: np.random.Generator, samples: int) -> float:
        """Largest ``‖C(I − ηK)C⁻¹‖`` among random kernels, mostly from the corners."""
        (n, p), k = self.slopes[0].shape, len(self.b)

        def draw(pair: tuple[Any, Any]) -> Any:
            share = g.choice([0.0, 1.0, 0.5], size=(samples, *pair[0].shape), p=[0.45, 0.45, 0.1])
            return pair[0] + share * (pair[1] - pair[0])

        left = (draw(self.slopes)[:, :, None] * draw(self.beta)[:, None]).reshape(samples, n * k, p)
        right = (draw(self.slopes)[:, :, None] * self.b).reshape(samples, n * k, p)
        G = draw(self.features) @ draw(self.features).transpose(0, 2, 1)
        gram = np.einsum("sij,cd->sicjd", G, np.eye(k)).reshape(samples, n * k, n * k)
        M = np.eye(n * k) - self.eta / p * (gram + self.inputs * (left @ right.transpose(0, 2, 1)))
        return float(np.linalg.norm(self.C @ M @ np.linalg.inv(self.C), 2, axis=(1, 2)).max())

    def entrywise(self) -> float:
        """Condition (3): the smallest q when every entry of the kernel has an interval of its own; one output."""
        p, n = self.slopes[0].shape[1], len(self.X)
        (f, fr), (s, sr), (c, cr) = (
            ((low + high) / 2, (high - low) / 2) for low, high in (self.features, self.slopes, self.beta)
        )
        K = (f @ f.T + self.X @ self.X.T * ((s * c) @ s.T)) / p
        f, fr = abs(f), abs(f) + fr
        R = (fr @ fr.T - f @ f.T) / p
        R += abs(self.X @ self.X.T) * (((s + sr) * (abs(c) + cr)) @ (s + sr).T - (s * abs(c)) @ s.T) / p
        Ci = np.linalg.inv(self.C)
        centre = np.linalg.norm(self.C @ (np.eye(n) - self.eta * K) @ Ci, 2)
        return float(centre + self.eta * np.linalg.norm(abs(self.C) @ R @ abs(Ci), 2))


def tube(
    g: np.random.Generator,
    n: int,
    p: int,
    *,
    kinks: float = 0.4,
    width: float = 0.0,
    skew: float = 0.3,
    outputs: int | None = None,
) -> Tube:
    """Random tube: slopes 0, 1 or [0, 1]; with ``width``, any non-negative intervals; b = 1 unless k is given."""
    X, k = g.normal(size=(n, 3)), outputs or 1
    X /= np.linalg.norm(X, axis=1)[:, None]
    active = g.integers(0, 2, size=(n, p)).astype(float)
    at_kink = g.random(size=(n, p)) < kinks
    low, high = np.where(at_kink, 0, active), np.where(at_kink, 1, active)
    if width:
        low, high = low + width * g.random((n, p)), high + width * (1 + g.random((n, p)))
    features, beta = g.normal(size=(n, p)), 3 * g.normal(size=(k, p))
    C = np.eye(n * k) + skew * g.normal(size=(n * k, n * k))
    return Tube(
        X,
        (features - width / 9, features + width / 9),
        (low, high),
        (beta - width / 5, beta + width / 5),
        np.ones((k, p)) if outputs is None else g.normal(size=(k, p)),
        C,
    )


SMALL = [tube(generator(0, "kinks", i), 1 + i % 4, 1 + i % 3, width=0.2 * (i % 2)) for i in range(16)]
SMALL += [tube(generator(0, "kinks", 2, i), 1 + i % 3, 1 + i % 4, width=0.2 * (i % 2), outputs=2) for i in range(8)]
ONE = np.ones((1, 1))
KINK, UNEVEN, STRONG = np.array([[0.0], [1.0]]), np.array([[0.7**0.5], [0.0]]), np.array([[0.7]])
SHARP = [  # the bound is nearly attained: one slope alone; a wide slope times a narrow one, as row and as column
    Tube(ONE, (ONE, ONE), (0 * ONE, ONE), (-ONE, -ONE), ONE, ONE),
    *(
        Tube(
            np.array([[0.1], [1.0]]), (UNEVEN, UNEVEN), (KINK, KINK * 0 + 1), (STRONG, STRONG), ONE, np.diag(C), eta=1.0
        )
        for C in ((7.0, 1.0), (1.0, 7.0), (0.07, 0.01), (0.01, 0.07))
    ),
]


@pytest.mark.parametrize("case", range(len(SMALL)))
def test_no_kernel_on_the_tube_beats_the_bound(case: int) -> None:
    assert SMALL[case].worst(generator(1, "kinks", case), 3000) <= SMALL[case].least()


def test_bound_of_one_slope_is_attained() -> None:
    # K = 1 − s·d with s, d ∈ [0, 1], so the largest |1 − η(1 − sd)| is 1
    assert SHARP[0].least() == pytest.approx(1, abs=1e-4)


def test_tighter_than_entrywise() -> None:
    g = generator(2, "kinks")
    tubes = [tube(g, 6, 60, kinks=0.05, skew=skew) for skew in (0, 0, 0, 0.05, 0.05, 0.05)]
    gains = [(t.entrywise() - t.least()) / (t.entrywise() - t.worst(g, 200)) for t in tubes]
    assert min(gains) > 0.3


MUTANTS = {
    "radius of the force halved": ("(high[a] - low[a]) / 2 / p", "(high[a] - low[a]) / 4 / p"),
    "pairs halved": ("/ (2 * p), inputs", "/ (4 * p), inputs"),
    "pairs dropped": ("abs(x) * h / (2", "0 * h / (2"),
    "rows dropped": ("U += [wide_beta, narrow_beta]", "U += [zero, narrow_beta]"),
    "columns dropped": ("U += [wide_beta, narrow_beta]", "U += [wide_beta, zero]"),
    "sides exchanged": ("V += [narrow_b, wide_b]", "V += [wide_b, narrow_b]"),
    "E dropped": ("(1 - s / q) - E", "(1 - s / q)"),
    "F dropped": ("(q * q - q * s) - F", "(q * q - q * s)"),
    "E halved": ("(1 - s / q) - E", "(1 - s / q) - E * arb(0.5)"),
    "rest dropped": ("(eta * spectral_norm", "(0 * spectral_norm"),
    "wide slopes forgotten": ("both = (products(L, weights) + products(H, weights))", "both = products(L, weights)"),
    "C dropped from U": ("CU, CV = C * arb_mat", "CU, CV = arb_mat"),
    "C⁻¹ dropped from V": ("Ci.transpose() * arb_mat(V)", "arb_mat(V)"),
    "C dropped from pairs": ("weighted(C, on_rows)", "weighted(identity(n * k), on_rows)"),
    "C⁻¹ dropped from pairs": ("weighted(Ci.transpose(), on", "weighted(identity(n * k), on"),
    "pairs turned": ("(arb_mat([mu]) * P)", "(arb_mat([mu]) * P.transpose())"),
    "η dropped": ("on_columns)) * eta", "on_columns)) * eta * eta"),
    "weights on one side": ("[1 / x for x in t]", "[arb(1) for x in t]"),
    "β for b": ("V += [narrow_b, wide_b]", "V += [narrow_beta, wide_beta]"),
}


def mutant(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    original, mutation = MUTANTS[name]
    source = Path(kinks.__file__).read_text(encoding="utf-8")
    assert original in source
    module = types.ModuleType("fa_theory.checker.decay.mutant")
    module.__package__ = "fa_theory.checker.decay"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source.replace(original, mutation), "mutant", "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("name", MUTANTS)
def test_kernels_on_the_tube_refute_mutants(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = mutant(name, monkeypatch)
    g = generator(3, "kinks")
    tubes = [*SHARP, *SMALL, *(tube(g, n, 1, kinks=0.6, skew=0.2 * n) for n in (2, 2, 2, 2, 3, 3, 3))]
    tubes += [tube(g, n, 1, kinks=0.6, skew=0.2 * n, outputs=2) for n in (1, 1, 1, 2, 2, 2, 2)]
    assert any(t.worst(g, 4000) > t.least(module) * (1 + 1e-6) for t in tubes)


def test_says_nothing_without_wide_slopes() -> None:
    g = generator(4, "kinks")
    assert not tube(g, 3, 4, kinks=0).contracts(0.999999)
    assert not SHARP[0].contracts(0)
    assert not SHARP[0].contracts(float("nan"))


def test_no_feedback() -> None:
    off = Tube(ONE, (ONE, ONE), (0 * ONE, ONE), (0 * ONE, 0 * ONE), ONE, ONE)
    assert off.least() == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize("outputs", [None, 2])
def test_search_agrees_with_the_checker(outputs: int | None) -> None:
    g = generator(5, "kinks")
    for _ in range(5):
        t = tube(g, 5, 200, kinks=0.02, skew=0.05, outputs=outputs)
        t.features = tuple(4 * f for f in t.features)  # type: ignore[assignment]
        t.eta = 0.02
        gram = np.kron(t.features[0] @ t.features[0].T, np.eye(len(t.b)))
        beta = t.beta[0].T, np.zeros(200)
        rate = smallest_rate(t.C, np.linalg.inv(t.C), t.eta, t.inputs, gram, 0 * gram, t.slopes, beta, t.b.T)
        assert t.least() == pytest.approx(rate, rel=1e-4)


def test_certifies_what_entrywise_intervals_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    network, X, y = instance("relu", 10, 20, 100, seed=1)
    outcome = certify_run(network, X, y, eta=ETA, max_steps=300)
    assert outcome.certificate is not None
    assert recheck(outcome.certificate).valid
    monkeypatch.setattr(kinks, "contract", lambda *_: False)
    verdict = recheck(outcome.certificate)
    assert not verdict.valid
    assert "the tube is too wide" in verdict.reason


def test_slopes_are_never_negative() -> None:
    # the proof takes products of the ends of intervals
    for name in filter(ranges.non_decreasing, ranges.ACTIVATIONS):
        assert all(ranges.slope_range(name, arb(x)).upper() >= 0 for x in (-9, -1, 0, 1, 9))
