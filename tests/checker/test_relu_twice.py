"""The bounds of `relu`, written down a second time.

Whatever is rounded or bounds an error is made large, so that a part left out is seen: the unit roundoff, what underflow
adds, by how much K, s and κ are off. Steps and references are any numbers: the bounds are the same functions of them.
Factors L are any functions of Γ, and multiples g any numbers: what matters is of which matrices they are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx

from fa_theory.checker.binary64 import forms
from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.forms import NearMatrix
from fa_theory.checker.binary64.pairs import FloatPair
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.decay import floats, relu
from fa_theory.checker.decay.pairs import PairStep
from fa_theory.checker.decay.relu import ParameterMap, ReferenceNorm, ReluAway, ReluShadow
from fa_theory.checker.document import ExactState

N, P = 3, 5
UNIT, SLACK, K_OFF, S_OFF, KEEP_OFF = 2.0**-11, 2.0**-9, 2.0**-10, 2.0**-8, 2.0**-6
fro: Callable[..., float] = lambda A: float(np.linalg.norm(A))  # noqa: E731
spec: Callable[..., float] = lambda A: float(np.linalg.norm(A, 2))  # noqa: E731
top: Callable[[arb], float] = lambda x: float(x.upper())  # noqa: E731
Near = tuple[Any, float]
"""A matrix, and how far it is off."""
Maps = tuple[Any, Any]
"""``[j, l]``."""


def gamma(k: int) -> float:
    return k * UNIT


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding that is seen, and the true norms."""
    for module in (relu, forms):
        for name, value in (("u", arb(UNIT)), ("gamma", gamma), ("_SLACK", SLACK)):
            monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(forms, "spectral_norm", lambda A, squarings: arb(spec(A)))
    monkeypatch.setattr(relu, "factor_above", lambda A: factor(plain(A)))
    made = floats.FloatShadow.__init__

    def worse(self: floats.FloatShadow, of: ExactState) -> None:
        made(self, of)
        self.K_off, self.K_error, self.s = arb(K_OFF), arb(self.n * K_OFF), arb(self.s.mid(), S_OFF)

    monkeypatch.setattr(floats.FloatShadow, "__init__", worse)


def balls(A: Any) -> arb_mat:
    return arb_mat(np.asarray(A, float).tolist())


def network(seed: int, size: float = 1.0) -> ExactState:
    g = np.random.default_rng([seed, 3])
    X, W = size * g.normal(size=(N, 4)), g.normal(size=(P, 4))
    parts = [[arb(v) for v in g.normal(size=m).tolist()] for m in (N, P, P)]
    eta = float(g.choice([0.125, 0.5, 2.0]))
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
    """A reference of any numbers; what belongs together in it does not."""
    g = np.random.default_rng([seed, 7])
    J, B = (ParameterMap(g.normal(size=(N, P)), g.normal(size=(N, P))) for _ in range(2))
    A = g.normal(size=(2 * N, 2 * N))
    least, most = g.uniform(0.25, 0.75), g.uniform(1.5, 4)
    return ReferenceNorm((J, B), A + A.T, arb(float(least)), arb(float(most)))


def of_entries(A: arb_mat) -> Any:
    return np.array([[float(x) for x in row] for row in A.tolist()])


# matrices that are off


def times(A: Near, B: Near) -> Near:
    (a, x), (b, y) = A, B
    return a @ b, gamma(a.shape[1]) * fro(a) * fro(b) + SLACK + x * fro(b) + x * y + fro(a) * y


def plus(A: Near, B: Near, sign: float = 1.0) -> Near:
    found = A[0] + sign * B[0]
    return found, A[1] + B[1] + UNIT * fro(found)


def multiple(A: Near, by: float) -> Near:
    found = A[0] * by
    return found, abs(by) * A[1] + UNIT * fro(found) + SLACK


def turned_over(A: Near) -> Near:
    return A[0].T, A[1]


def squared(L: Near, P: Near) -> Near:
    """``LᵀPL``."""
    return times(times(turned_over(L), P), L)


def beside(*blocks: Near) -> Near:
    return np.hstack([block[0] for block in blocks]), sum(block[1] for block in blocks)


def size(A: Near) -> float:
    return spec(A[0]) + A[1]


def plain(A: NearMatrix) -> Near:
    return A.x, top(A.off)


def factor(A: Near) -> Any:
    """In place of a factor: a function of the matrix and of what it is off."""
    return np.tril(A[0]) / 4 + np.outer(np.arange(len(A[0])), np.sin(np.arange(len(A[0])))) * A[1]


def same(found: NearMatrix, expected: Near, rtol: float = 1e-9) -> bool:
    entries = np.allclose(found.x, expected[0], rtol=rtol, atol=rtol)
    return bool(entries and np.isclose(top(found.off), expected[1], rtol=rtol, atol=0))


def close(found: Any, expected: Any, rtol: float = 1e-9) -> bool:
    values = [top(v) for v in found] if isinstance(found, tuple) else top(found)
    return bool(np.allclose(values, expected, rtol=rtol, atol=0))


Asked = tuple[NearMatrix, NearMatrix, float]
"""A and B, of which a multiple makes A + gB positive, and the least g that is wanted."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What multiples are asked for; the answers are −¼, ½, 1¼, and so on."""
    seen: list[Asked] = []

    def answer(A: NearMatrix, B: NearMatrix, floor: float) -> float:
        seen.append((A, B, floor))
        return 0.75 * len(seen) - 1

    monkeypatch.setattr(relu, "least_multiple", answer)
    return seen


# maps


class Again:
    """The formulas of the theorem, for one network."""

    def __init__(self, of: ExactState, shadow: ReluShadow) -> None:
        self.X, self.eta, self.power = of_entries(of.X), float(of.eta), shadow.power
        self.K, self.long = self.X @ self.X.T, np.linalg.norm(self.X, axis=1)
        self.b, self.s, self.x = np.array([float(v) for v in of.b]), self.eta / np.sqrt(P), top(shadow.x)
        self.s_top = self.s + S_OFF
        with ctx.workprec(64):
            self.s_share = top(abs(shadow.s - float(shadow.s.mid())) / shadow.s)

    def grams(self, *maps: Maps) -> tuple[Near, Near]:
        """The Gram matrices of the rows of all, for W and for β."""
        j, l = (np.vstack(parts) for parts in zip(*maps, strict=True))  # noqa: E741
        m = len(maps)
        rounded = (self.long.max() ** 2 + m * N * K_OFF) * (gamma(P) + 3 * UNIT) + m * N * K_OFF
        of_W = np.kron(np.ones((m, m)), self.K) * (j @ j.T), rounded * fro(j) ** 2 + SLACK
        return of_W, (l @ l.T, gamma(P) * fro(l) ** 2 + SLACK)

    def scaled(self, J: Maps, B: Maps) -> tuple[Maps, Maps]:
        by = self.power
        return (J[0] * by, J[1] * by), (B[0] / by, B[1] / by)

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

    def compared(self, J: Maps, B: Maps, keep: float, of: ReferenceNorm) -> tuple[Near, Near, float, float]:
        """The form without g, what is multiplied by g, f, and ``‖J̃‖``."""
        grams = self.grams(*map(maps, of.rows), *self.scaled(J, B))
        P_of, whole = (of.P, 0.0), plus(*grams)
        parts = [(1.0, whole)] if keep == 1 else [*zip((1.0, keep), grams, strict=True)]
        rows = {"R": slice(2 * N), "J": slice(2 * N, 3 * N), "B": slice(3 * N, 4 * N)}
        L = [factor(gram) for _, gram in parts]
        Y, R0 = (beside(*[(A[rows[name]], 0.0) for A in L]) for name in "JR")
        S, R1 = (
            beside(*[multiple((A[rows[name]], 0.0), kappa) for (kappa, _), A in zip(parts, L, strict=True)])
            for name in "BR"
        )
        RB, BB = (whole[0][rows["R"], rows["B"]], whole[1]), (whole[0][rows["B"], rows["B"]], whole[1])
        R1 = plus(R1, times(RB, Y), -1)
        first = np.repeat([1 - kappa**2 for kappa, _ in parts], 4 * N)
        form, mixed = squared(R0, P_of), times(turned_over(S), Y)
        found = plus((np.diag(first), 4 * UNIT * max(1, keep**2)), form)
        for part, sign in ((mixed, 1), (turned_over(mixed), 1), (squared(Y, BB), -1), (squared(R1, P_of), -1)):
            found = plus(found, part, sign)
        f = np.sqrt(size(plus(BB, squared(RB, P_of)))) * self.power
        J_size = np.sqrt(spec(whole[0][rows["J"], rows["J"]]) + whole[1]) / self.power
        return found, plus((np.eye(len(first)), 0.0), form), float(f), float(J_size)

    def stepped(self, at: PairStep, away: ReluAway, of: ReferenceNorm, g: float) -> float:
        """ω⁺, if g is that."""
        (J, J_off), (B, B_off), keep = self.forward(at), self.backward(at), float(at.keep.mid())
        _, _, f, J_size = self.compared(J, B, keep, of)
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
        rho = KEEP_OFF * mu
        rho += self.s_top * (lean.max() * whole + self.x * whole * delta)
        rho += self.s_top * fro(nu * (U.T @ (self.long * e)))
        rho += self.s_top * self.x * fro(U * np.outer(e + delta, self.b))
        rho += B_off * delta + self.x * top(at.given_n) + top(at.given_beta)
        return float(np.sqrt(1 + g) * omega + f * q + np.sqrt(top(of.most)) * rho)


def maps(A: ParameterMap) -> Maps:
    return A.j, A.l


def both(seed: int) -> tuple[ReluShadow, PairStep, Again]:
    shadow, at = drawn(seed)
    return shadow, at, Again(network(seed), shadow)


@pytest.mark.parametrize("seed", range(4))
def test_maps_agree(seed: int) -> None:
    shadow, at, again = both(seed)
    J, B = made_up(seed).rows
    for given in ((J,), (J, B), (B, J, J, B)):
        assert all(map(same, shadow.grams(*given), again.grams(*map(maps, given))))
    for (near, off), expected in ((shadow.forward(at), again.forward(at)), (shadow.backward(at), again.backward(at))):
        assert np.allclose(near.j, expected[0][0], rtol=1e-12, atol=0)
        assert np.allclose(near.l, expected[0][1], rtol=1e-12, atol=0)
        assert close(off, expected[1], 1e-7)  # of a radius 30 bits are kept
    assert same(relu.beside([NearMatrix(J.j, arb(0.5)), NearMatrix(B.l, arb(0.25))]), beside((J.j, 0.5), (B.l, 0.25)))


@pytest.mark.parametrize("eta", [2.0**-1000, 0.3, 0.5, 0.9, 1.0, 3.0, 2.0**70])
def test_both_maps_are_of_one_size(eta: float) -> None:
    power = ReluShadow(replace(network(0), eta=arb(eta))).power
    assert np.log2(power) % 1 == 0
    assert 0.5 <= eta / power**2 < 2


@pytest.mark.parametrize("keep", [1.0, 0.875, -0.5, 1.5])
@pytest.mark.parametrize("seed", range(3))
def test_growth_agrees(seed: int, keep: float, asked: list[Asked]) -> None:
    shadow, _, again = both(seed)
    of, (J, B) = made_up(seed), made_up(seed + 9).rows
    change, kept, *expected = again.compared(maps(J), maps(B), keep, of)
    assert close(shadow.growth(J, B, keep, of), [np.sqrt(0.75), *expected])
    ((A, G, floor),) = asked
    assert same(A, change)
    assert same(G, kept)
    assert max(0, keep**2 - 1) <= floor < max(0, keep**2 - 1) + 1e-13
    assert floor > keep**2 - 1  # in spite of rounding


@pytest.mark.parametrize("small", [1.0, 0.125])
@pytest.mark.parametrize("seed", range(6))
def test_omega_after_a_step_agrees(seed: int, small: float, asked: list[Asked]) -> None:
    """Where ω says more of the distance, and where it says less."""
    shadow, at, again = both(seed)
    g, of = np.random.default_rng([seed, 9]), made_up(seed)
    nu = g.uniform(0.1, 1, size=P) * g.choice([0.1, 1.0], size=P)
    whole, mu, epsilon = (arb(float(v)) for v in g.uniform(0.5, 1, size=3))
    away = ReluAway(Upper(nu), whole, mu, epsilon, 3, arb(small), of, at.slopes, 2)
    U = np.abs(at.Z) <= again.long[:, None] * nu + top(at.zeta_here)
    assert 0 < U.mean() < 1
    assert close(shadow.stepped(at, away, of), again.stepped(at, away, of, -0.25), 1e-7)  # of a radius 30 bits are kept
    assert same(asked[0][0], again.compared(again.forward(at)[0], again.backward(at)[0], float(at.keep.mid()), of)[0])


@pytest.mark.parametrize("seed", range(4))
def test_changes_of_the_reference_agree(seed: int, asked: list[Asked]) -> None:
    shadow, _, again = both(seed)
    old, new = made_up(seed), made_up(seed + 1)
    shadow.change(old, old)
    assert close(shadow.change(old, new), np.sqrt(0.5))
    L = factor(plus(*again.grams(*map(maps, (*old.rows, *new.rows)))))
    before, after = (
        plus((np.eye(4 * N), 0.0), squared((rows, 0.0), (of.P, 0.0)))
        for rows, of in ((L[: 2 * N], old), (L[2 * N :], new))
    )
    A, B, floor = asked[1]
    assert same(A, multiple(after, -1))
    assert same(B, before)
    assert floor == 1


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


@pytest.mark.parametrize("seed", range(4))
def test_references_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, again = both(seed)
    slopes, seen = np.random.default_rng(seed).uniform(size=(N, P)), []

    def answer(A: NearMatrix, B: NearMatrix, floor: float) -> float:
        seen.append((A, B, floor))
        return (-0.25, 1.75)[len(seen) - 1]

    monkeypatch.setattr(relu, "least_multiple", answer)
    at = replace(at, features=16 * at.features)  # or the kernel has no positive direction
    J, B = again.scaled(
        (slopes * at.beta.T / np.sqrt(P), at.features / np.sqrt(P)),
        (slopes * again.b * again.s, at.features * again.s),
    )
    found = shadow.reference(slopes, at)
    for near, expected in zip(found.rows, (J, B), strict=True):
        assert np.allclose(near.j, expected[0], rtol=1e-12, atol=0)
        assert np.allclose(near.l, expected[1], rtol=1e-12, atol=0)
    gram = plus(*again.grams(J, B))
    M, BB = gram[0][:N, N:], gram[0][N:, N:]
    assert np.allclose(found.P[:N, :N] @ (M + M.T) / 2, np.eye(N) * again.eta / again.power**2, atol=1e-7)
    assert np.allclose(found.P[N:, N:] @ BB, -np.eye(N), atol=1e-7)
    assert not found.P[:N, N:].any()
    assert (found.P == found.P.T).all()
    (A, one, least), (A_most, one_most, most) = seen
    G = plus((np.eye(2 * N), 0.0), squared((factor(gram), 0.0), (found.P, 0.0)))
    assert same(A, G, 1e-7)
    assert same(A_most, multiple(G, -1), 1e-7)
    assert all((each.x == np.eye(2 * N)).all() and each.off == 0 for each in (one, one_most))
    assert (least, most) == (-1, 1)
    assert found.least == 0.25
    assert found.most == 1.75


@pytest.mark.parametrize("g", [0.0, 0.5, np.nan])
def test_norms_that_may_be_degenerate_are_refused(g: float, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)
    monkeypatch.setattr(relu, "least_multiple", lambda *args: g)
    with pytest.raises(OutOfRange, match="degenerate"):
        shadow.reference(at.slopes, replace(at, features=16 * at.features))


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


def refuse(*args: Any) -> Any:
    raise OutOfRange


@pytest.mark.parametrize("name", ["reference", "change"])
def test_a_reference_that_is_refused_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)
    monkeypatch.setattr(ReluShadow, "reference", lambda *args: made_up(1))
    monkeypatch.setattr(ReluShadow, name, refuse)
    away = away_from(np.random.default_rng(0), made_up(0), 25)
    assert shadow.referred(at, away) is away


def test_far_from_the_reference_the_distances_say_what_omega_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)
    away = away_from(np.random.default_rng(0), made_up(0))
    nu, whole, mu = Upper(np.full(P, 2.0)), arb(3), arb(4)
    monkeypatch.setattr(ReluShadow, "further", lambda *args: (nu, whole, mu, arb(0.25)))
    monkeypatch.setattr(ReluShadow, "stepped", refuse)
    after = shadow.carry(at, away)
    assert (after.nu.x == 2).all()
    assert [after.whole, after.mu, after.epsilon] == [3, 4, 0.25]
    assert close(after.omega, 5 * np.sqrt(top(made_up(0).most)))


@pytest.mark.parametrize("sign", [0.0, -1.0])
def test_a_kernel_without_a_positive_direction_is_refused(sign: float) -> None:
    with pytest.raises(OutOfRange, match="positive direction"):
        relu.inverse_of(sign * np.eye(N))


def test_directions_in_which_a_kernel_is_small_count_as_larger() -> None:
    """Or P would be huge, or not positive."""
    g = np.random.default_rng(0)
    V, skew = np.linalg.qr(g.normal(size=(N, N)))[0], g.normal(size=(N, N))
    found = relu.inverse_of((V * np.array([4.0, -(2.0**-10), 2.0**-40])) @ V.T + skew - skew.T)
    assert np.allclose(found, (V * np.array([0.25, 2.0**28, 2.0**28])) @ V.T, rtol=1e-9, atol=1e-9)
    assert (found == found.T).all()


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
    with pytest.raises(OutOfRange, match="60 bits"):
        drawn(0)[0].carry(replace(at, e=np.full((N, 1), MOST)), away_from(np.random.default_rng(0), made_up(0)))


def test_the_slack_pays_for_what_underflows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert relu.covers(network(0))
    assert arb(2) ** 26 * arb(MOST) ** 4 * arb(2) ** -1075 < relu._SLACK < 2.0**-500
    assert relu._MOST == MOST


def test_precision_does_not_depend_on_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relu, "least_multiple", lambda *args: 0.5)
    shadow, at, _ = both(0)
    away, found = away_from(np.random.default_rng(0), made_up(0)), []
    for bits in (20, 300):
        with ctx.workprec(bits):
            found.append(shadow.carry(at, away).omega)
    assert found[0] == found[1]


@pytest.mark.parametrize("keep", [0.6875, 0.8125])
def test_rounding_of_kappa_counts(keep: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where κ is rounded to 0.75."""
    shadow, at, _ = both(0)
    of = made_up(0)
    monkeypatch.setattr(relu, "float", lambda v: 0.75 if v == keep else float(v), raising=False)
    monkeypatch.setattr(ReluShadow, "growth", lambda *args: (arb(1), arb(1), arb(1)))
    away = away_from(np.random.default_rng(0), of)
    found = [shadow.stepped(replace(at, keep=arb(kappa)), away, of) for kappa in (0.75, keep)]
    expected = np.sqrt(top(of.most)) * 0.0625 * top(away.mu)
    assert np.isclose(float(found[1].mid() - found[0].mid()), expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("keep", [0.5, 1.5])
def test_rounding_of_what_shrinks_counts(keep: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all maps are 0, and nothing else is off."""
    seen: list[NearMatrix] = []
    for module in (relu, forms):
        monkeypatch.setattr(module, "_SLACK", 0.0)
    monkeypatch.setattr(relu, "factor_above", lambda A: np.zeros_like(A.x))

    def told(A: NearMatrix, B: NearMatrix, floor: float) -> float:
        seen.append(A)
        return 0.0

    monkeypatch.setattr(relu, "least_multiple", told)
    shadow, nothing = drawn(0)[0], ParameterMap(np.zeros((N, P)), np.zeros((N, P)))
    shadow.growth(nothing, nothing, keep, replace(made_up(0), rows=(nothing, nothing)))
    shrunk = np.diag(np.repeat([0.0, 1 - keep**2], 4 * N))
    assert np.allclose(seen[0].x, shrunk, atol=1e-12)
    assert close(seen[0].off, 4 * UNIT * max(1, keep**2) + 5 * UNIT * fro(shrunk), 1e-6)


def test_small_kernels_have_inverses() -> None:
    assert np.allclose(relu.inverse_of(np.eye(N) / 4), 4 * np.eye(N))


def test_a_kernel_whose_eigenvalues_are_not_found_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*args: Any) -> Any:
        raise np.linalg.LinAlgError

    monkeypatch.setattr(np.linalg, "eigh", lost)
    with pytest.raises(OutOfRange, match="not found"):
        relu.inverse_of(np.eye(2))
