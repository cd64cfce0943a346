"""The bounds of `relu`, written down a second time.

Whatever is rounded or bounds an error is made large, so that a part left out is seen: the unit roundoff, what underflow
adds, by how much K, s and κ are off. Steps and references are any numbers: the bounds are the same functions of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx

from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.pairs import FloatPair
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.decay import floats, relu
from fa_theory.checker.decay.pairs import PairStep
from fa_theory.checker.decay.relu import NearMatrix, ParameterMap, ReferenceMaps, ReluAway, ReluShadow
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
    monkeypatch.setattr(relu, "u", arb(UNIT))
    monkeypatch.setattr(relu, "gamma", gamma)
    monkeypatch.setattr(relu, "_SLACK", SLACK)
    monkeypatch.setattr(relu, "spectral_norm", lambda A, squarings: arb(spec(A)))
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
    small = [arb(float(v)) for v in g.uniform(0.5, 1, size=15) / 16]
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
        given_n=small[13],
        given_beta=small[14],
    )


def made_up(seed: int) -> ReferenceMaps:
    """A reference of any numbers; what belongs together in it does not."""
    g = np.random.default_rng([seed, 7])
    near = [NearMatrix(g.normal(size=(N, N)), arb(float(v))) for v in g.uniform(0.5, 1, size=4) / 64]
    J, B = (ParameterMap(g.normal(size=(N, P)), g.normal(size=(N, P))) for _ in range(2))
    c, reach = (arb(float(v)) for v in g.uniform(0.5, 2, size=2))
    return ReferenceMaps(J, B, near[0], near[1], near[2], float(g.uniform(0.5, 2)), near[3], c, reach)


def of_entries(A: arb_mat) -> Any:
    return np.array([[float(x) for x in row] for row in A.tolist()])


# matrices that are off


def times(A: Near, B: Near) -> Near:
    (a, x), (b, y) = A, B
    return a @ b, gamma(N) * fro(a) * fro(b) + SLACK + x * fro(b) + x * y + fro(a) * y


def plus(A: Near, B: Near, sign: float = 1.0) -> Near:
    found = A[0] + sign * B[0]
    return found, A[1] + B[1] + UNIT * fro(found)


def multiple(A: Near, factor: float) -> Near:
    found = A[0] * factor
    return found, abs(factor) * A[1] + UNIT * fro(found) + SLACK


def turned_over(A: Near) -> Near:
    return A[0].T, A[1]


def size(A: Near) -> float:
    return spec(A[0]) + A[1]


def plain(A: NearMatrix) -> Near:
    return A.x, top(A.off)


def same(found: NearMatrix, expected: Near, rtol: float = 1e-10) -> bool:
    entries = np.allclose(found.x, expected[0], rtol=rtol, atol=rtol)
    return bool(entries and np.isclose(top(found.off), expected[1], rtol=rtol, atol=0))


def close(found: Any, expected: Any, rtol: float = 1e-9) -> bool:
    values = [top(v) for v in found] if isinstance(found, tuple) else top(found)
    return bool(np.allclose(values, expected, rtol=rtol, atol=0))


@pytest.mark.parametrize("seed", range(3))
def test_matrices_that_are_off_agree(seed: int) -> None:
    of = made_up(seed)
    A, B = of.M_inverse, of.C
    a, b = plain(A), plain(B)
    assert same(A @ B, times(a, b))
    assert same(A + B, plus(a, b))
    assert same(A - B, plus(a, b, -1))
    assert same(A.times(-3.0), multiple(a, -3))
    assert same(A.times(0.25), multiple(a, 0.25))
    assert same(A.T, turned_over(a))
    assert close(A.size(), size(a))


def test_sizes_are_rounded_up() -> None:
    """Where 64 bits do not hold the sum."""
    for off in (2.0**-100, 0.0):
        found = NearMatrix(np.eye(1), arb(off)).size()
        with ctx.workprec(200):
            assert 1 + arb(off) <= found < 1 + arb(off) + arb(2) ** -50
        assert found.rad() == 0


def inverse(A: Near) -> Near:
    R = np.linalg.inv(A[0]), 0.0
    h = size(plus((np.eye(len(R[0])), 0.0), times(A, R), -1))
    assert h < 0.5
    return R[0], size(R) * h / (1 - h)


@pytest.mark.parametrize("off", [0.0, 0.125])
def test_inverses_agree(off: float) -> None:
    for seed in range(3):
        A = 2 * np.eye(N) + np.random.default_rng(seed).normal(size=(N, N)) / 4
        assert same(relu.inverse(NearMatrix(A, arb(off))), inverse((A, off)))


def test_how_nearly_singular_a_matrix_may_be() -> None:
    """``‖I − AR‖`` is what I is off by, but for rounding."""
    A = np.eye(N)
    rounding = gamma(N) * N + SLACK
    for h, allowed in ((0.5 - 2.0**-20, True), (0.5, False), (0.5 + 2.0**-20, False), (np.nan, False)):
        near = NearMatrix(A, arb((h - rounding) / np.sqrt(N)))
        if allowed:
            assert close(relu.inverse(near).off, h / (1 - h), 1e-5)
        else:
            with pytest.raises(OutOfRange, match="nearly singular"):
                relu.inverse(near)
    with pytest.raises(OutOfRange, match="is singular"):
        relu.inverse(NearMatrix(np.zeros((N, N)), arb(0)))


def test_half_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("u", arb(0)), ("gamma", lambda k: 0.0), ("_SLACK", 0.0), ("norm", lambda A: arb(fro(A)))):
        monkeypatch.setattr(relu, name, value)
    assert relu.inverse(NearMatrix(np.eye(4), arb(0.25 - 2.0**-50))).off < 1
    with pytest.raises(OutOfRange, match="nearly singular"):
        relu.inverse(NearMatrix(np.eye(4), arb(0.25)))


# maps


class Again:
    """The formulas of the theorem, for one network."""

    def __init__(self, of: ExactState, shadow: ReluShadow) -> None:
        self.X, self.eta = of_entries(of.X), float(of.eta)
        self.K, self.long = self.X @ self.X.T, np.linalg.norm(self.X, axis=1)
        self.b, self.s, self.x = np.array([float(v) for v in of.b]), self.eta / np.sqrt(P), top(shadow.x)
        self.s_top = self.s + S_OFF
        with ctx.workprec(64):
            self.s_share = top(abs(shadow.s - float(shadow.s.mid())) / shadow.s)

    def gram(self, A: Maps, B: Maps) -> Near:
        """``ABᵀ``."""
        Q, L = A[0] @ B[0].T, A[1] @ B[1].T
        sizes = fro(A[0]) * fro(B[0])
        found = self.K * Q + L
        off = (self.long.max() ** 2 + K_OFF) * (gamma(P) + 3 * UNIT) * sizes + K_OFF * sizes
        return found, off + gamma(P) * fro(A[1]) * fro(B[1]) + UNIT * fro(found) + SLACK

    def distance(self, A: Maps, B: Maps) -> float:
        """``‖A − B‖``."""
        C = A[0] - B[0], A[1] - B[1]
        return float(np.sqrt(size(self.gram(C, C))) + (1 + self.x) * UNIT * (fro(C[0]) + fro(C[1])))

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

    def turned(self, J: Maps, Q: Near, of: ReferenceMaps) -> Near:
        """``ζζᵀ``."""
        mixed = times(Q, self.gram(maps(of.J), J))
        less = plus(plus(self.gram(J, J), mixed, -1), turned_over(mixed), -1)
        return plus(less, times(times(Q, plain(of.JJ)), turned_over(Q)))

    def growth(self, J: Maps, B: Maps, of: ReferenceMaps) -> tuple[float, float, float, float]:
        """``√Γ``, a, f, and what |δ| has of ω."""
        tau, C, C_inverse = of.tau, plain(of.C), plain(of.C_inverse)
        Q = times(self.gram(J, maps(of.B)), plain(of.M_inverse))
        z, a = np.sqrt(size(self.turned(J, Q, of))), self.distance(B, maps(of.B))
        F = self.gram(maps(of.J), B)
        Q_hat, CF = times(Q, C_inverse), times(C, F)
        N_hat = times(times(C, plus((np.eye(N), 0.0), times(F, Q), -1)), C_inverse)
        f = tau * size(CF)
        g = 2 * (a**2 / tau**2 + tau**2 * z**2) + 2.0**-40
        QQ, FN = times(turned_over(Q_hat), Q_hat), times(turned_over(CF), N_hat)
        form = plus(times(turned_over(N_hat), N_hat), multiple(QQ, a**2 / tau**2 * (1 + 2 * (1 + a * z) ** 2 / g)))
        form = plus(form, multiple(times(turned_over(FN), FN), 2 * tau**2 * z**2 / g))
        of_u = (1 + a * z) ** 2 + g + f**2 * z**2
        return float(np.sqrt(max(of_u, size(form)))), a, f, float(np.sqrt(z**2 + size(QQ) / tau**2))

    def stepped(self, at: PairStep, away: ReluAway, of: ReferenceMaps) -> float:
        """ω⁺."""
        (J, J_off), (B, B_off) = self.forward(at), self.backward(at)
        growth, a, f, of_omega = self.growth(J, B, of)
        omega, whole, mu, nu = top(away.omega), top(away.whole), top(away.mu), away.nu.x
        by, keep = at.errors, float(at.keep.mid())
        beta, e = np.abs(at.beta[:, 0]) * (1 + top(by.beta)), np.abs(at.e[:, 0])
        U = np.abs(at.Z) <= self.long[:, None] * nu + top(at.zeta_here)
        bent = fro(self.long * (U @ (nu * beta)))
        far = min(top(of.reach) * omega, np.hypot(whole, mu))
        q = np.sqrt(N) * top(at.epsilon_pair) + (bent + self.x * whole * mu) / np.sqrt(P) + J_off * far
        delta = of_omega * omega + q
        D_e = at.slopes * at.e
        lean = np.sqrt(np.sum(D_e * (self.K @ D_e), axis=0) + N * K_OFF * np.sum(D_e**2, axis=0))
        lean = lean + self.x * (top(by.sigma) * fro(e) + np.sqrt(N) * top(by.epsilon))
        e = e * (1 + 2 * UNIT)
        rho = (abs(1 - keep) + KEEP_OFF) * mu
        rho += self.s_top * (lean.max() * whole + self.x * whole * delta)
        rho += self.s_top * fro(nu * (U.T @ (self.long * e)))
        rho += self.s_top * self.x * fro(U * np.outer(e + delta, self.b))
        rho += B_off * delta + self.x * top(at.given_n) + top(at.given_beta)
        return float(growth * omega + (a + f) * q + (1 + top(of.c)) * rho)

    def change(self, old: ReferenceMaps, new: ReferenceMaps) -> float:
        """By how much ω grows."""
        Y = times(plain(old.M_inverse), plain(old.C_inverse))
        C = new.B.j - old.B.j, new.B.l - old.B.l
        h = np.sqrt(size(times(times(turned_over(Y), self.gram(C, C)), Y)))
        h = (h + (1 + self.x) * UNIT * (fro(C[0]) + fro(C[1])) * size(Y)) / old.tau
        Q, C_new = times(self.gram(maps(new.J), maps(old.B)), plain(old.M_inverse)), plain(new.C)
        inside = times(times(C_new, self.turned(maps(new.J), Q, old)), turned_over(C_new))
        z = new.tau * np.sqrt(size(inside))
        t = new.tau / old.tau * size(times(times(C_new, Q), plain(old.C_inverse)))
        M = np.array([[1 + h * top(old.c), h], [z, t]])
        return float(np.sqrt(M.sum(axis=0).max() * M.sum(axis=1).max()))

    def reference(self, slopes: Any, at: PairStep, C: Any) -> list[Any]:
        """Everything that belongs to the maps with these slopes."""
        J = slopes * at.beta.T / np.sqrt(P), at.features / np.sqrt(P)
        B = slopes * self.b * self.s, at.features * self.s
        M_inverse, C_inverse, JJ = inverse(self.gram(J, B)), inverse((C, 0.0)), self.gram(J, J)
        c = np.sqrt(self.eta) * np.sqrt(size(times(times((C, 0.0), JJ), (C.T, 0.0))))
        Y = times(M_inverse, C_inverse)
        h = np.sqrt(size(times(times(turned_over(Y), self.gram(B, B)), Y))) / np.sqrt(self.eta)
        return [J, B, M_inverse, C_inverse, JJ, c, np.hypot(1 + h * c, h)]


def maps(A: ParameterMap) -> Maps:
    return A.j, A.l


def both(seed: int) -> tuple[ReluShadow, PairStep, Again]:
    shadow, at = drawn(seed)
    return shadow, at, Again(network(seed), shadow)


@pytest.mark.parametrize("seed", range(4))
def test_maps_agree(seed: int) -> None:
    shadow, at, again = both(seed)
    of = made_up(seed)
    assert same(shadow.gram(of.J, of.B), again.gram(maps(of.J), maps(of.B)))
    found = shadow.distance(of.J, of.B)
    assert close(found, again.distance(maps(of.J), maps(of.B)))
    assert found.rad() == 0
    less, off = of.J.less(of.B)
    assert (less.j == of.J.j - of.B.j).all()
    assert (less.l == of.J.l - of.B.l).all()
    assert close(off, UNIT * (fro(less.j) + fro(less.l)))
    for (near, off), expected in ((shadow.forward(at), again.forward(at)), (shadow.backward(at), again.backward(at))):
        assert np.allclose(near.j, expected[0][0], rtol=1e-12, atol=0)
        assert np.allclose(near.l, expected[0][1], rtol=1e-12, atol=0)
        assert close(off, expected[1], 1e-7)  # of a radius 30 bits are kept
    Q = of.M_inverse
    assert same(shadow.turned(of.B, Q, of), again.turned(maps(of.B), plain(Q), of))


@pytest.mark.parametrize("apart", [1.0, 2.0**-4, 2.0**-12])
@pytest.mark.parametrize("seed", range(3))
def test_growth_agrees(seed: int, apart: float) -> None:
    """Far from the reference and near to it."""
    shadow, _, again = both(seed)
    of, other = made_up(seed), made_up(seed + 9)
    J, B = (
        ParameterMap(A.j + apart * (B.j - A.j), A.l + apart * (B.l - A.l))
        for A, B in ((of.J, other.J), (of.B, other.B))
    )
    assert close(shadow.growth(J, B, of), again.growth(maps(J), maps(B), of))


@pytest.mark.parametrize("apart", [1.0, 2.0**-4])
@pytest.mark.parametrize("seed", range(3))
def test_growth_agrees_where_the_range_contracts(seed: int, apart: float) -> None:
    """``FQ = I``, and Q̂ is small: u decides."""
    shadow, _, again = both(seed)
    of, other = made_up(seed), made_up(seed + 9)
    J, B = (
        ParameterMap(A.j + apart * (B.j - A.j), A.l + apart * (B.l - A.l))
        for A, B in ((of.J, other.J), (of.B, other.B))
    )
    contracts = np.linalg.inv(again.gram(maps(of.J), maps(B))[0] @ again.gram(maps(J), maps(of.B))[0])
    of = replace(
        of,
        M_inverse=NearMatrix(contracts, arb(2.0**-20)),
        C=NearMatrix(of.C.x / 64, arb(2.0**-20)),
        C_inverse=NearMatrix(of.C_inverse.x / 64, arb(2.0**-20)),
    )
    found = shadow.growth(J, B, of)
    assert close(found, again.growth(maps(J), maps(B), of))
    a, f, z = again.distance(maps(B), maps(of.B)), top(found[2]), top(found[3])
    assert top(found[0]) ** 2 < (1 + a * z) ** 2 + 2 * (a**2 / of.tau**2 + of.tau**2 * z**2) + f**2 * z**2 + 1e-9


def test_growth_where_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """g may not be 0."""
    shadow, _, _ = both(0)
    of, small = made_up(0), NearMatrix(np.eye(N) / 64, arb(0))
    monkeypatch.setattr(ReluShadow, "distance", lambda *args: arb(0))
    monkeypatch.setattr(ReluShadow, "turned", lambda *args: NearMatrix(np.zeros((N, N)), arb(0)))
    monkeypatch.setattr(ReluShadow, "gram", lambda *args: small)
    found = shadow.growth(
        of.J, of.B, replace(of, M_inverse=NearMatrix(64 * np.eye(N), arb(0)), C=small, C_inverse=small)
    )
    assert np.isclose(top((found[0] ** 2 - 1) * arb(2) ** 40), 1, rtol=1e-2)


@pytest.mark.parametrize("small", [1.0, 0.125])
@pytest.mark.parametrize("seed", range(6))
def test_omega_after_a_step_agrees(seed: int, small: float) -> None:
    """Where ω says more of the distance, and where it says less."""
    shadow, at, again = both(seed)
    g, of = np.random.default_rng([seed, 9]), made_up(seed)
    nu = g.uniform(0.1, 1, size=P) * g.choice([0.1, 1.0], size=P)
    whole, mu, epsilon = (arb(float(v)) for v in g.uniform(0.5, 1, size=3))
    away = ReluAway(Upper(nu), whole, mu, epsilon, 3, arb(small), of, at.slopes, 2)
    U = np.abs(at.Z) <= again.long[:, None] * nu + top(at.zeta_here)
    assert 0 < U.mean() < 1
    assert close(shadow.stepped(at, away, of), again.stepped(at, away, of))


@pytest.mark.parametrize("seed", range(4))
def test_changes_of_the_reference_agree(seed: int) -> None:
    shadow, _, again = both(seed)
    old, new = made_up(seed), made_up(seed + 1)
    assert close(shadow.change(old, new), again.change(old, new))
    assert close(shadow.change(new, old), again.change(new, old))
    old = made_up(seed)  # either row and column may be the larger one
    for h, t in ((0.0, 0.01), (0.0, 9.0), (9.0, 0.01), (9.0, 9.0)):
        B = ParameterMap(old.B.j + h, old.B.l - h)
        new = replace(old, B=B, C=NearMatrix(t * old.C.x, arb(0.01)))
        assert close(shadow.change(old, new), again.change(old, new))
    old = replace(old, C_inverse=NearMatrix(32 * old.C_inverse.x, arb(0.01)), c=arb(0.01))
    assert close(shadow.change(old, made_up(seed)), again.change(old, made_up(seed)))


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


def test_distances_are_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, _, _ = both(0)
    of = made_up(0)
    for square in range(2, 9):
        monkeypatch.setattr(ReluShadow, "gram", lambda *args, v=square: NearMatrix(v * np.eye(1), arb(0)))
        found = shadow.distance(of.J, of.J)
        with ctx.workprec(300):
            assert square <= found**2 < square + arb(2) ** -40


REGULAR = 2.0**4
"""Features are so large that a kernel is regular, in spite of rounding."""


def finer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a kernel might be singular."""
    for name, value in (("UNIT", 2.0**-20), ("SLACK", 2.0**-18)):
        monkeypatch.setitem(globals(), name, value)
    monkeypatch.setattr(relu, "u", arb(2.0**-20))
    monkeypatch.setattr(relu, "_SLACK", 2.0**-18)


@pytest.mark.parametrize("seed", range(4))
def test_references_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    finer(monkeypatch)
    shadow, at, again = both(seed)
    at = replace(at, features=REGULAR * at.features)
    slopes = np.random.default_rng(seed).uniform(size=(N, P))
    found = shadow.reference(slopes, at)
    assert found.C.off == 0
    J, B, M_inverse, C_inverse, JJ, c, reach = again.reference(slopes, at, found.C.x)
    for near, expected in ((found.J, J), (found.B, B)):
        assert np.allclose(near.j, expected[0], rtol=1e-12, atol=0)
        assert np.allclose(near.l, expected[1], rtol=1e-12, atol=0)
    for matrix, true in ((found.M_inverse, M_inverse), (found.C_inverse, C_inverse), (found.JJ, JJ)):
        assert same(matrix, true, 1e-7)
    assert np.isclose(found.tau, np.sqrt(again.eta), rtol=1e-15, atol=0)
    assert close((found.c, found.reach), (c, reach), 1e-7)
    assert found.c.rad() == found.reach.rad() == 0
    M = shadow.gram(found.J, found.B).x
    assert np.allclose(found.C.x @ (M + M.T) @ found.C.x / 2, np.eye(N), atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_c_and_the_reach_are_rounded_up(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    finer(monkeypatch)
    shadow, at = drawn(seed)
    at = replace(at, features=REGULAR * at.features)
    for bits in (30, 31, 32):
        with ctx.workprec(bits):
            of = shadow.reference(at.slopes, at)
            Y = of.M_inverse @ of.C_inverse
            squares = (of.C @ of.JJ @ of.C.T).size(), (Y.T @ shadow.gram(of.B, of.B) @ Y).size()
        with ctx.workprec(300):
            c, h = arb(of.tau) * squares[0].sqrt(), squares[1].sqrt() / of.tau
            for found, true in ((of.c, c), (of.reach, ((1 + h * c) ** 2 + h**2).sqrt())):
                assert true <= found < true * (1 + arb(2) ** -20)


# the bounds that are carried along


def away_from(g: Any, of: ReferenceMaps | None, t: int = 3) -> ReluAway:
    whole, mu, epsilon, omega = (arb(float(v)) for v in g.uniform(0.5, 1, size=4))
    return ReluAway(Upper(g.uniform(0.1, 1, size=P)), whole, mu, epsilon, t, omega, of, g.uniform(size=(N, P)), 2)


@pytest.mark.parametrize("large", ["nu", "whole", "mu", "epsilon", "omega"])
@pytest.mark.parametrize("seed", range(3))
def test_of_two_bounds_the_better_one_is_used(large: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """ω after the step, those of the first theorem, and what either says of the other."""
    shadow, at, again = both(seed)
    g, of = np.random.default_rng([seed, 13]), made_up(seed)
    away = away_from(g, of)
    reach, c = top(of.reach), top(of.c)
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
    assert close(after.omega, min(omega, np.hypot(1, c) * np.hypot(whole, mu)), 1e-7)
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
    from_distance = np.hypot(1, top(new.c)) * np.hypot(top(away.whole), top(away.mu))
    assert close(found.omega, min(from_distance, grown * top(away.omega)) if grown else from_distance)
    assert (seen[0][0] == away.slopes / 2).all()
    assert seen[0][1] is at
    assert seen[1:] == ([(old, new)] if grown else [])
    assert (found.nu, found.whole, found.mu, found.epsilon) == (away.nu, away.whole, away.mu, away.epsilon)
    shadow.referred(at, replace(away, count=0))
    assert seen[-1 if not grown else -2][0] is at.slopes


def test_a_reference_that_is_refused_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)

    def refuse(*args: Any) -> ReferenceMaps:
        raise OutOfRange

    monkeypatch.setattr(ReluShadow, "reference", refuse)
    away = away_from(np.random.default_rng(0), made_up(0), 25)
    assert shadow.referred(at, away) is away


@pytest.mark.parametrize("sign", [0.0, -1.0])
def test_a_kernel_without_a_positive_direction_is_refused(sign: float, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, at, _ = both(0)
    monkeypatch.setattr(ReluShadow, "gram", lambda *args: NearMatrix(sign * np.eye(N), arb(0)))
    with pytest.raises(OutOfRange, match="positive direction"):
        shadow.reference(at.slopes, at)


def test_directions_in_which_a_kernel_is_small_count_as_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or C would be nearly singular, or not exist."""
    shadow, at, _ = both(0)
    monkeypatch.setattr(relu, "gamma", lambda k: 0.0)
    monkeypatch.setattr(relu, "u", arb(0))
    monkeypatch.setattr(relu, "_SLACK", 0.0)
    g = np.random.default_rng(0)
    V = np.linalg.qr(g.normal(size=(N, N)))[0]
    M = (V * np.array([4.0, -(2.0**-10), 2.0**-40])) @ V.T
    monkeypatch.setattr(ReluShadow, "gram", lambda *args: NearMatrix(M, arb(0)))
    C = shadow.reference(at.slopes, at).C.x
    assert np.allclose(C, (V * np.array([0.5, 2.0**14, 2.0**14])) @ V.T, rtol=1e-9, atol=1e-9)


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
    away, found = away_from(np.random.default_rng(0), made_up(0)), []
    for bits in (20, 300):
        with ctx.workprec(bits):
            found.append(shadow.carry(at, away).omega)
    assert found[0] == found[1]
