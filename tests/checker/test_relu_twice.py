"""The bounds of `relu`, written down a second time.

Whatever is rounded or bounds an error is made large, so that a part left out is seen: the unit roundoff, what underflow
adds, by how much K, s and κ are off. Steps and norms are any numbers: the bounds are the same functions of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx
from test_forms import (
    GAMMA,
    SLACK,
    UNIT,
    Near,
    close,
    fro,
    minus,
    multiple,
    plus,
    same,
    size,
    times,
    top,
    turned,
)

from fa_theory.checker.binary64 import forms
from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.forms import NearMatrix, exact
from fa_theory.checker.binary64.pairs import FloatPair
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.decay import floats, relu
from fa_theory.checker.decay.pairs import PairStep
from fa_theory.checker.decay.relu import ParameterMap, ReferenceNorm, ReluAway, ReluShadow
from fa_theory.checker.document import ExactState

N, P = 3, 5
K_OFF, S_OFF, KEEP_OFF = 2.0**-10, 2.0**-8, 2.0**-6
Maps = tuple[Any, Any]
"""``[j, l]``."""


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding that is seen, and the true norms."""
    for module in (relu, forms):
        monkeypatch.setattr(module, "u", arb(UNIT))
        monkeypatch.setattr(module, "gamma", GAMMA)
        monkeypatch.setattr(module, "_SLACK", SLACK)
    monkeypatch.setattr(forms, "spectral_norm", lambda A, squarings: arb(float(np.linalg.norm(A, 2))))
    made = floats.FloatShadow.__init__

    def worse(self: floats.FloatShadow, of: ExactState) -> None:
        made(self, of)
        self.K_off, self.K_error, self.s = arb(K_OFF), arb(self.n * K_OFF), arb(self.s.mid(), S_OFF)

    monkeypatch.setattr(floats.FloatShadow, "__init__", worse)


def balls(A: Any) -> arb_mat:
    return arb_mat(np.asarray(A, float).tolist())


def network(seed: int) -> ExactState:
    g = np.random.default_rng([seed, 3])
    X, W = g.normal(size=(N, 4)), g.normal(size=(P, 4))
    parts = [[arb(v) for v in g.normal(size=m).tolist()] for m in (N, P, P)]
    eta = float(g.choice([0.03125, 0.125, 2.0]))
    return ExactState("relu", arb(eta), balls(X), parts[0], balls(W), parts[1], parts[2])


def drawn(seed: int) -> tuple[ReluShadow, PairStep]:
    """A network, and a step."""
    of, g = network(seed), np.random.default_rng([seed, 5])
    small = [arb(float(v)) for v in g.uniform(0.5, 1, size=16) / 16]
    parts = {name: g.normal(size=(N, P)) for name in ("Z", "features", "pull", "Z_next")}
    parts |= {name: g.normal(size=(P, 1)) for name in ("turn", "beta_next", "beta")}
    zero = FloatPair(np.zeros((P, 1)), np.zeros((P, 1)))
    return ReluShadow(of), PairStep(
        **parts,
        slopes=g.integers(0, 2, size=(N, P)).astype(float),
        e=g.normal(size=(N, 1)),
        keep=arb(float(g.choice([0.75, -0.5, 1.5])), KEEP_OFF),
        errors=floats.Errors(*small[:5]),
        zeta_next=small[5],
        pull_error=small[6],
        turn_error=small[7],
        delta_n=small[8],
        delta_beta=small[9],
        beta_pair=zero,
        Z_pair=zero,
        zeta_pair=small[10] * 8,
        zeta_here=small[11] * 2,
        epsilon_pair=small[12],
        given_entry=small[15],
        given_n=small[13],
        given_beta=small[14],
    )


def made_up(seed: int) -> ReferenceNorm:
    """A norm of any numbers; what belongs together in it does not."""
    g = np.random.default_rng([seed, 7])
    J, B = (ParameterMap(g.normal(size=(N, P)), g.normal(size=(N, P))) for _ in range(2))
    form = g.normal(size=(2 * N, 2 * N)) / 8
    least, most = (arb(float(v)) for v in (g.uniform(0.25, 0.9), g.uniform(1.1, 3)))
    return ReferenceNorm((J, B), form + form.T, least, most)


def of_entries(A: arb_mat) -> Any:
    return np.array([[float(x) for x in row] for row in A.tolist()])


def maps(A: ParameterMap) -> Maps:
    return A.j, A.l


# maps


class Again:
    """The formulas of the theorem, for one network."""

    def __init__(self, of: ExactState, shadow: ReluShadow) -> None:
        self.X, self.eta = of_entries(of.X), float(of.eta)
        self.K, self.long = self.X @ self.X.T, np.linalg.norm(self.X, axis=1)
        self.b, self.s, self.x = np.array([float(v) for v in of.b]), self.eta / np.sqrt(P), top(shadow.x)
        self.s_top = self.s + S_OFF
        self.scale = 2.0 ** np.floor(np.floor(1 + np.log2(self.eta)) / 2)
        with ctx.workprec(64):
            self.s_share = top(abs(shadow.s - float(shadow.s.mid())) / shadow.s)

    def grams(self, *of: Maps) -> tuple[Near, Near]:
        """Of the rows of all maps, what they do with W and with β."""
        j, l = (np.vstack([each[i] for each in of]) for i in range(2))  # noqa: E741
        off = len(of) * N * K_OFF
        error = ((self.long.max() ** 2 + off) * (GAMMA(P) + 3 * UNIT) + off) * fro(j) ** 2 + SLACK
        K = np.kron(np.ones((len(of), len(of))), self.K)
        return (K * (j @ j.T), error), (l @ l.T, GAMMA(P) * fro(l) ** 2 + SLACK)

    def forward(self, at: PairStep) -> tuple[Maps, float]:
        """J̃."""
        j, l = at.slopes * at.beta.T / np.sqrt(P), at.features / np.sqrt(P)  # noqa: E741
        rounded = (4 * UNIT + top(at.errors.beta)) * (self.x * fro(j) + fro(l))
        return (j, l), rounded + np.sqrt(N) * top(at.errors.phi) * (1 + 4 * UNIT) + SLACK

    def backward(self, at: PairStep) -> tuple[Maps, float]:
        """B̃."""
        j, l = at.slopes * self.b * self.s, at.features * self.s  # noqa: E741
        rounded = (4 * UNIT + self.s_share * (1 + 4 * UNIT)) * (self.x * fro(j) + fro(l))
        return (j, l), rounded + self.s_top * np.sqrt(N * P) * top(at.errors.phi) * (1 + 4 * UNIT) + SLACK

    def growth(self, J: Maps, B: Maps, keep: float, of: ReferenceNorm, L: list[Any]) -> dict[str, Any]:
        """The Gram matrices, the forms ``change + g·rest``, f and ‖J̃‖."""
        scaled = [(A[0] * by, A[1] * by) for A, by in ((J, self.scale), (B, 1 / self.scale))]
        grams = self.grams(*map(maps, of.rows), *scaled)
        whole = grams[0][0] + grams[1][0], grams[0][1] + grams[1][1] + UNIT * fro(grams[0][0] + grams[1][0])
        kept = [1.0] if len(L) == 1 else [1.0, keep]
        R, at_J, at_B = slice(2 * N), slice(2 * N, 3 * N), slice(3 * N, 4 * N)
        P = of.P, 0.0

        def beside(rows: slice, by: list[float] | None = None) -> Near:
            blocks = [A[rows] if by is None else A[rows] * k for A, k in zip(L, by or kept, strict=True)]
            found = np.hstack(blocks)
            return found, 0.0 if by is None else sum(UNIT * fro(block) + SLACK for block in blocks)

        Y, R0, S = beside(at_J), beside(R), beside(at_B, kept)
        RB, BB = (whole[0][R, at_B], whole[1]), (whole[0][at_B, at_B], whole[1])
        R1 = minus(beside(R, kept), times(RB, Y))
        shrunk = np.diag([1 - k**2 for k in kept for _ in range(4 * N)]), 4 * UNIT * max(1, keep**2)
        form = times(times(turned(R0), P), R0)
        SY = times(turned(S), Y)
        change = plus(plus(plus(shrunk, form), SY), turned(SY))
        change = minus(change, times(times(turned(Y), BB), Y))
        change = minus(change, times(times(turned(R1), P), R1))
        f = np.sqrt(size(plus(BB, times(times(turned(RB), P), RB)))) * self.scale
        return {
            "grams": [whole] if len(L) == 1 else list(grams),
            "change": change,
            "rest": plus((np.eye(len(form[0])), 0.0), form),
            "f": f,
            "J": np.sqrt(size((whole[0][at_J, at_J], whole[1]))) / self.scale,
        }

    def stepped(self, at: PairStep, away: ReluAway, of: ReferenceNorm, given: tuple[float, float, float]) -> float:
        """ω⁺, where growth, f and the norm of J̃ are given."""
        (_, J_off), (_, B_off), (growth, f, J_size) = self.forward(at), self.backward(at), given
        omega, whole, mu, nu = top(away.omega), top(away.whole), top(away.mu), away.nu.x
        by = at.errors
        beta, e = np.abs(at.beta[:, 0]) * (1 + top(by.beta)), np.abs(at.e[:, 0])
        U = np.abs(at.Z) <= self.long[:, None] * nu + top(at.zeta_here)
        bent = fro(self.long * (U @ (nu * beta)))
        far = min(omega / np.sqrt(top(of.least)), np.hypot(whole, mu))
        q = np.sqrt(N) * top(at.epsilon_pair) + (bent + self.x * whole * mu) / np.sqrt(P) + J_off * far
        delta = J_size * far + q
        D_e = at.slopes * at.e
        lean = np.sqrt(np.sum(D_e * (self.K @ D_e), axis=0) + N * K_OFF * np.sum(D_e**2, axis=0))
        lean = lean + self.x * (top(by.sigma) * fro(e) + np.sqrt(N) * top(by.epsilon))
        e = e * (1 + 2 * UNIT)
        rho = KEEP_OFF * mu + self.s_top * (lean.max() * whole + self.x * whole * delta)
        rho += self.s_top * fro(nu * (U.T @ (self.long * e)))
        rho += self.s_top * self.x * fro(U * np.outer(e + delta, self.b))
        rho += B_off * delta + self.x * top(at.given_n) + top(at.given_beta)
        return float(growth * omega + f * q + np.sqrt(top(of.most)) * rho)


def both(seed: int) -> tuple[ReluShadow, PairStep, Again]:
    shadow, at = drawn(seed)
    return shadow, at, Again(network(seed), shadow)


class Told:
    """A function that remembers what it was asked."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer, self.asked, self.said = answer, [], []

    def __call__(self, *args: Any) -> Any:
        self.asked.append(args)
        self.said.append(self.answer(*args))
        return self.said[-1]


@pytest.mark.parametrize("seed", range(4))
def test_maps_agree(seed: int) -> None:
    shadow, at, again = both(seed)
    of = made_up(seed)
    assert shadow.power == again.scale
    for rows in ((of.rows[0],), of.rows, (*of.rows, of.rows[1])):
        for found, true in zip(shadow.grams(*rows), again.grams(*map(maps, rows)), strict=True):
            assert same(found, true)
    twice = of.rows[0].times(2.0)
    assert (twice.j == 2 * of.rows[0].j).all()
    assert (twice.l == 2 * of.rows[0].l).all()
    for (near, off), expected in ((shadow.forward(at), again.forward(at)), (shadow.backward(at), again.backward(at))):
        assert np.allclose(near.j, expected[0][0], rtol=1e-12, atol=0)
        assert np.allclose(near.l, expected[0][1], rtol=1e-12, atol=0)
        assert close(off, expected[1], 1e-7)  # of a radius 30 bits are kept


@pytest.mark.parametrize("eta", [2.0**-9, 2.0**-4, 0.75, 1.0, 3.0, 64.0])
def test_the_power_of_two_is_near_the_root(eta: float) -> None:
    power = ReluShadow(replace(network(0), eta=arb(eta))).power
    assert 0.5 * np.sqrt(eta) <= power <= 2 * np.sqrt(eta)
    assert np.log2(power) == int(np.log2(power))


@pytest.mark.parametrize("share", [1 - 2.0**-6, 1 + 2.0**-6])
def test_rounding_of_s_counts(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where s is rounded to a number that is smaller, or larger."""
    shadow, at, again = both(0)
    shadow.s = arb(shadow.s.mid())
    s = again.s * share
    monkeypatch.setattr(relu, "float", lambda v: s, raising=False)
    j, l = at.slopes * again.b * s, at.features * s  # noqa: E741
    off = (4 * UNIT + abs(share - 1) * (1 + 4 * UNIT)) * (again.x * fro(j) + fro(l))
    off += again.s * np.sqrt(N * P) * top(at.errors.phi) * (1 + 4 * UNIT) + SLACK
    assert close(shadow.backward(at)[1], off)


# the growth of ω


@pytest.mark.parametrize("keep", [1.0, 0.75, -0.5, 1.5])
@pytest.mark.parametrize("seed", range(3))
def test_growth_agrees(seed: int, keep: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is factored, which forms are compared, and what is made of g."""
    shadow, at, again = both(seed)
    of, (J, _), (B, _) = made_up(seed), shadow.forward(at), shadow.backward(at)
    factored, compared = Told(relu.factor_above), Told(lambda A, B, floor: 0.5 + floor)
    monkeypatch.setattr(relu, "factor_above", factored)
    monkeypatch.setattr(relu, "least_multiple", compared)
    found = shadow.growth(J, B, keep, of)
    L = factored.said
    assert len(L) == (1 if keep == 1 else 2)
    expected = again.growth(maps(J), maps(B), keep, of, L)
    for (gram,), true in zip(factored.asked, expected["grams"], strict=True):
        assert same(gram, true)
    ((change, rest, floor),) = compared.asked
    assert same(change, expected["change"])
    assert same(rest, expected["rest"])
    assert max(0.0, keep**2 - 1) <= floor < max(0.0, keep**2 - 1) + 1e-12
    assert close(found, (np.sqrt(1.5 + floor), expected["f"], expected["J"]))


def test_the_least_g_is_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """``κ² − 1`` in floats may be below the true number."""
    shadow, at, _ = both(0)
    (J, _), (B, _) = shadow.forward(at), shadow.backward(at)
    compared = Told(lambda A, B, floor: floor)
    monkeypatch.setattr(relu, "least_multiple", compared)
    for keep in np.random.default_rng(0).uniform(-3, 3, size=20).tolist():
        shadow.growth(J, B, keep, made_up(0))
        floor = compared.said[-1]
        with ctx.workprec(300):
            assert floor >= arb(keep) ** 2 - 1
            assert floor >= 0


@pytest.mark.parametrize("small", [1.0, 0.125])
@pytest.mark.parametrize("seed", range(6))
def test_omega_after_a_step_agrees(seed: int, small: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ω says more of the distance, and where it says less."""
    shadow, at, again = both(seed)
    g, of = np.random.default_rng([seed, 9]), made_up(seed)
    nu = g.uniform(0.1, 1, size=P) * g.choice([0.1, 1.0], size=P)
    whole, mu, epsilon = (arb(float(v)) for v in g.uniform(0.5, 1, size=3))
    away = ReluAway(Upper(nu), whole, mu, epsilon, 3, arb(small), of, at.slopes, 2)
    U = np.abs(at.Z) <= again.long[:, None] * nu + top(at.zeta_here)
    assert 0 < U.mean() < 1
    given = tuple(g.uniform(0.5, 2, size=3).tolist())
    asked = Told(lambda *args: tuple(map(arb, given)))
    monkeypatch.setattr(ReluShadow, "growth", lambda self, *args: asked(*args))
    assert close(shadow.stepped(at, away, of), again.stepped(at, away, of, given), 1e-7)
    ((J, B, keep, reference),) = asked.asked
    assert (J.j == shadow.forward(at)[0].j).all()
    assert (B.j == shadow.backward(at)[0].j).all()
    assert keep == float(at.keep.mid())
    assert reference is of


# references


@pytest.mark.parametrize("seed", range(3))
def test_changes_of_the_reference_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, _, again = both(seed)
    old, new = made_up(seed), made_up(seed + 1)
    factored, compared = Told(relu.factor_above), Told(lambda *args: 2.25)
    monkeypatch.setattr(relu, "factor_above", factored)
    monkeypatch.setattr(relu, "least_multiple", compared)
    assert close(shadow.change(old, new), 1.5)
    ((gram,),), (L,) = factored.asked, factored.said
    assert same(gram, plus(*again.grams(*map(maps, (*old.rows, *new.rows)))))
    one = np.eye(4 * N), 0.0
    before, after = (
        plus(one, times(times((A.T, 0.0), (of.P, 0.0)), (A, 0.0))) for A, of in ((L[: 2 * N], old), (L[2 * N :], new))
    )
    ((A, B, floor),) = compared.asked
    assert same(A, multiple(after, -1))
    assert same(B, before)
    assert floor == 1


@pytest.mark.parametrize("seed", range(3))
def test_references_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, again = both(seed)
    slopes = np.random.default_rng(seed).uniform(size=(N, P))
    factored, compared = Told(relu.factor_above), Told(lambda A, B, floor: -0.25 if floor < 0 else 3.0)
    monkeypatch.setattr(relu, "factor_above", factored)
    monkeypatch.setattr(relu, "least_multiple", compared)
    found, by = shadow.reference(slopes, at), again.scale
    J = slopes * at.beta.T / np.sqrt(P) * by, at.features / np.sqrt(P) * by
    B = slopes * again.b * again.s / by, at.features * again.s / by
    for near, expected in zip(found.rows, (J, B), strict=True):
        assert np.allclose(near.j, expected[0], rtol=1e-12, atol=0)
        assert np.allclose(near.l, expected[1], rtol=1e-12, atol=0)
    gram = plus(*again.grams(J, B))
    ((asked,),), (L,) = factored.asked, factored.said
    assert same(asked, gram)
    P_true = np.zeros((2 * N, 2 * N))
    P_true[:N, :N] = relu.inverse_of(gram[0][:N, N:]) * again.eta / by**2
    P_true[N:, N:] = -relu.inverse_of(gram[0][N:, N:])
    assert np.allclose(found.P, P_true, rtol=1e-9, atol=1e-12)
    assert (found.P == found.P.T).all()
    one = np.eye(2 * N), 0.0
    form = plus(one, times(times((L.T, 0.0), (found.P, 0.0)), (L, 0.0)))
    (lower, upper) = compared.asked
    assert same(lower[0], form)
    assert same(upper[0], multiple(form, -1))
    for A, _, _ in compared.asked:
        assert len(A.x) == 2 * N
    assert same(lower[1], one)
    assert same(upper[1], one)
    assert (lower[2], upper[2]) == (-1, 1)
    assert (found.least, found.most) == (0.25, 3)


@pytest.mark.parametrize("g", [0.0, 0.5])
def test_a_norm_that_may_be_degenerate_is_refused(g: float, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)
    monkeypatch.setattr(relu, "least_multiple", lambda *args: g)
    with pytest.raises(OutOfRange, match="degenerate"):
        shadow.reference(at.slopes, at)


def test_inverses_are_positive_and_symmetric() -> None:
    g = np.random.default_rng(0)
    V = np.linalg.qr(g.normal(size=(N, N)))[0]
    for sizes, expected in (
        ([4.0, 2.0, 1.0], [0.25, 0.5, 1.0]),
        ([4.0, -1.0, 2.0**-40], [0.25, 2.0**28, 2.0**28]),
    ):
        A = (V * np.array(sizes)) @ V.T
        skew = g.normal(size=(N, N))
        found = relu.inverse_of(A + skew - skew.T)
        assert (found == found.T).all()
        assert np.allclose(found, (V * np.array(expected)) @ V.T, rtol=1e-6, atol=1e-6)
    for sign in (0.0, -1.0):
        with pytest.raises(OutOfRange, match="positive direction"):
            relu.inverse_of(sign * np.eye(N))


def test_matrices_side_by_side() -> None:
    A, B = NearMatrix(np.eye(2), arb(0.25)), NearMatrix(2 * np.eye(2), arb(0.5))
    found = relu.beside([A, B])
    assert (found.x == np.hstack([np.eye(2), 2 * np.eye(2)])).all()
    assert found.off == 0.75
    assert (relu.beside([exact(np.eye(2))]).x == np.eye(2)).all()


# the bounds that are carried along


def away_from(g: Any, of: ReferenceNorm | None, t: int = 3) -> ReluAway:
    whole, mu, epsilon, omega = (arb(float(v)) for v in g.uniform(0.5, 1, size=4))
    return ReluAway(Upper(g.uniform(0.1, 1, size=P)), whole, mu, epsilon, t, omega, of, g.uniform(size=(N, P)), 2)


@pytest.mark.parametrize("large", ["nu", "whole", "mu", "epsilon", "omega"])
@pytest.mark.parametrize("seed", range(3))
def test_of_two_bounds_the_better_one_is_used(large: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """ω after the step, those of the first theorem, and what either says of the other."""
    shadow, at, again = both(seed)
    g, of = np.random.default_rng([seed, 13]), made_up(seed)
    away = away_from(g, of)
    reach, most = 1 / np.sqrt(top(of.least)), top(of.most)
    by = {name: 64.0 if name == large else 1.0 for name in ("nu", "whole", "mu", "epsilon", "omega")}
    by["omega"] = 64.0 if large == "omega" else 0.5
    nu = by["nu"] * g.uniform(0.1, 1, size=P)
    whole, mu, epsilon = (by[name] * g.uniform(0.5, 1) for name in ("whole", "mu", "epsilon"))
    omega, wide = by["omega"] * g.uniform(0.5, 1), 2.0**-20
    balls_of = [arb(v, wide) for v in (whole, mu, epsilon, omega)]
    monkeypatch.setattr(ReluShadow, "further", lambda *args: (Upper(nu), *balls_of[:3]))
    monkeypatch.setattr(ReluShadow, "stepped", lambda *args: balls_of[3])
    after = shadow.carry(at, away)

    whole, mu, epsilon, omega = (v + wide for v in (whole, mu, epsilon, omega))
    whole, mu = min(whole, reach * omega), min(mu, reach * omega)
    psi = fro(np.maximum(at.Z_next, 0)) + np.sqrt(N * P) * top(at.zeta_next)
    beta = fro(at.beta_next) * (1 + top(at.errors.beta))
    error = (again.x * whole * (beta + mu) + psi * mu) / np.sqrt(P)
    assert np.allclose(after.nu.x, np.minimum(nu, reach * omega), rtol=1e-7, atol=0)
    assert close((after.whole, after.mu), (whole, mu), 1e-7)
    assert close(after.epsilon, min(epsilon, error), 1e-7)
    assert close(after.omega, min(omega, np.sqrt(most) * np.hypot(whole, mu)), 1e-7)
    assert after.whole.rad() == after.mu.rad() == after.epsilon.rad() == after.omega.rad() == 0
    assert (after.t, after.count, after.reference) == (4, 3, of)
    assert (after.slopes == away.slopes + at.slopes).all()
    assert (large == "epsilon") == (error < epsilon)


def test_without_a_reference_the_first_theorem_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)
    away = away_from(np.random.default_rng(0), None)
    nu, *rest = Upper(np.full(P, 2.0)), arb(3), arb(4), arb(5)
    monkeypatch.setattr(ReluShadow, "further", lambda *args: (nu, *rest))
    after = shadow.carry(at, away)
    assert [after.nu, after.whole, after.mu, after.epsilon] == [nu, *rest]
    assert (after.t, after.count, after.reference) == (4, 3, None)
    assert (after.slopes == away.slopes + at.slopes).all()


def test_the_first_theorem_continues_from_all_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(1)
    away, seen = away_from(np.random.default_rng(1), made_up(1)), []

    def further(*args: Any) -> tuple[Upper, arb, arb, arb]:
        seen.append(args[1:])
        return away.nu, arb(1), arb(1), arb(1)

    monkeypatch.setattr(ReluShadow, "further", further)
    monkeypatch.setattr(ReluShadow, "stepped", lambda *args: arb(1))
    shadow.carry(at, away)
    assert seen == [(at, away.nu, away.whole, away.mu, away.epsilon)]


def test_a_run_starts_at_the_exact_state() -> None:
    shadow, _, _ = both(0)
    start = shadow.start()
    assert not start.nu.x.any()
    assert start.whole == start.mu == start.epsilon == start.omega == 0
    assert (start.t, start.count, start.reference) == (0, 0, None)
    assert start.slopes.shape == (N, P)
    assert not start.slopes.any()


def test_references_are_chosen_at_doubling_times(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)
    new, times_of = made_up(5), []
    monkeypatch.setattr(ReluShadow, "reference", lambda self, slopes, at: new)
    monkeypatch.setattr(ReluShadow, "change", lambda self, old, new: arb(1))
    for t in range(401):
        away = away_from(np.random.default_rng(t), made_up(0), t)
        found = shadow.referred(at, away)
        if found is not away:
            times_of.append(t)
            assert found.reference is new
            assert (found.t, found.count) == (t, 0)
            assert found.slopes.shape == (N, P)
            assert not found.slopes.any()
    assert times_of == [0, 25, 50, 100, 200, 400]


@pytest.mark.parametrize("grown", [0.25, 64.0, None])
def test_what_a_new_reference_says(grown: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the better one of what the old reference and the distances say."""
    shadow, at, _ = both(0)
    old, new, seen = made_up(0), made_up(1), []

    def told(answer: Any) -> Callable[..., Any]:
        def method(*args: Any) -> Any:
            seen.append(args[1:])
            return answer

        return method

    monkeypatch.setattr(ReluShadow, "reference", told(new))
    monkeypatch.setattr(ReluShadow, "change", told(arb(grown or 0)))
    away = away_from(np.random.default_rng(0), old if grown else None, 25)
    found = shadow.referred(at, away)
    from_distance = np.sqrt(top(new.most)) * np.hypot(top(away.whole), top(away.mu))
    assert close(found.omega, min(from_distance, grown * top(away.omega)) if grown else from_distance)
    assert (seen[0][0] == away.slopes / 2).all()
    assert seen[0][1] is at
    assert seen[1:] == ([(old, new)] if grown else [])
    assert (found.nu, found.whole, found.mu, found.epsilon) == (away.nu, away.whole, away.mu, away.epsilon)
    shadow.referred(at, replace(away, count=0))
    assert seen[-1 if not grown else -2][0] is at.slopes


def test_a_reference_that_is_refused_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)

    def refuse(*args: Any) -> ReferenceNorm:
        raise OutOfRange

    monkeypatch.setattr(ReluShadow, "reference", refuse)
    away = away_from(np.random.default_rng(0), made_up(0), 25)
    assert shadow.referred(at, away) is away


MOST = 2.0**60


def test_every_large_number_is_refused() -> None:
    shadow, at, _ = both(0)
    shadow.refuse_large(at)
    for name in ("e", "beta", "features", "Z"):
        for entry in (MOST, -MOST, np.nan):
            large = getattr(at, name).copy()
            large[-1, 0] = entry
            with pytest.raises(OutOfRange, match="60 bits"):
                shadow.refuse_large(replace(at, **{name: large}))
        large[-1, 0] = 0.75 * MOST
        shadow.refuse_large(replace(at, **{name: large}))
    for keep in (MOST, -MOST):
        with pytest.raises(OutOfRange):
            shadow.refuse_large(replace(at, keep=arb(keep)))
        shadow.refuse_large(replace(at, keep=arb(0.75 * keep)))
    for name, value in (("K", MOST), ("b_floats", MOST), ("s", arb(MOST))):
        shadow, _ = drawn(0)
        old = getattr(shadow, name)
        setattr(shadow, name, value if isinstance(value, arb) else np.full_like(old, value))
        with pytest.raises(OutOfRange):
            shadow.refuse_large(at)
    with pytest.raises(OutOfRange):
        drawn(0)[0].carry(replace(at, e=np.full((N, 1), MOST)), away_from(np.random.default_rng(0), made_up(0)))


def test_the_slack_pays_for_what_underflows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert relu.covers(network(0))
    assert arb(2) ** 26 * arb(MOST) ** 4 * arb(2) ** -1075 < relu._SLACK < 2.0**-500
    assert relu._MOST == MOST


def test_precision_does_not_depend_on_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)
    monkeypatch.setattr(ReluShadow, "growth", lambda *args: (arb(1), arb(1), arb(1)))
    away, found = away_from(np.random.default_rng(0), made_up(0)), []
    for bits in (20, 300):
        with ctx.workprec(bits):
            found.append(shadow.carry(at, away).omega)
    assert found[0] == found[1]
