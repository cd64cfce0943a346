"""The bounds of `sharp`, written down a second time.

Whatever is rounded or bounds an error is made large, so that a part left out is seen: the unit roundoff, what underflow
adds, by how much K, s and κ are off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx

from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.binary64.tables import THIRD
from fa_theory.checker.decay import floats, sharp
from fa_theory.checker.decay.sharp import SharpOrbit, SharpShadow, SharpStep
from fa_theory.checker.document import ExactState

MOST = 2.0**60
UNIT, SLACK, K_OFF, S_OFF, KEEP_OFF = 2.0**-11, 2.0**-9, 2.0**-7, 2.0**-8, 2.0**-6
fro: Callable[..., float] = lambda A: float(np.linalg.norm(A))  # noqa: E731
spec: Callable[..., float] = lambda A: float(np.linalg.norm(A, 2))  # noqa: E731


def gamma(k: int) -> float:
    return k * UNIT


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding that is seen, and the true norms."""
    monkeypatch.setattr(sharp, "u", arb(UNIT))
    monkeypatch.setattr(sharp, "gamma", gamma)
    monkeypatch.setattr(sharp, "_SLACK", SLACK)
    monkeypatch.setattr(sharp, "spectral_norm", lambda A, squarings: arb(spec(A)))
    made = floats.FloatShadow.__init__

    def worse(self: floats.FloatShadow, of: ExactState) -> None:
        made(self, of)
        self.K_off, self.K_error, self.s = arb(K_OFF), arb(self.n * K_OFF), arb(self.s.mid(), S_OFF)

    monkeypatch.setattr(floats.FloatShadow, "__init__", worse)


def balls(A: Any) -> arb_mat:
    return arb_mat(np.asarray(A, float).tolist())


def drawn(name: str, seed: int, n: int = 3, p: int = 5) -> tuple[ExactState, SharpStep]:
    """A network, and a step of any numbers: the bounds are the same function of them."""
    g = np.random.default_rng([seed, list(THIRD).index(name)])
    size = float(g.choice([0.25, 1.0]))
    X, W = size * g.normal(size=(n, 4)), g.normal(size=(p, 4))
    y, beta, b = (g.normal(size=m) for m in (n, p, p))
    parts = [[arb(v) for v in part.tolist()] for part in (y, beta, b)]
    eta = float(g.choice([0.125, 2.0, 64.0]))
    of = ExactState(name, arb(eta), balls(X), parts[0], balls(W), parts[1], parts[2])
    small = [arb(float(v)) for v in g.uniform(0.5, 1, size=13) / 16]
    step = SharpStep(
        Z=g.normal(size=(n, p)),
        features=g.normal(size=(n, p)),
        slopes=g.normal(size=(n, p)),
        e=g.normal(size=(n, 1)),
        beta=beta[:, None],
        pull=g.normal(size=(n, p)),
        turn=g.normal(size=(p, 1)),
        beta_next=g.normal(size=(p, 1)),
        keep=arb(float(g.choice([0.75, -0.5])), KEEP_OFF),
        Z_next=g.normal(size=(n, p)),
        errors=floats.Errors(*small[:4], small[11]),
        zeta_next=small[4],
        pull_error=small[5],
        turn_error=small[6],
        delta_n=small[7],
        delta_beta=small[8],
        features_next=g.normal(size=(n, p)),
        slopes_next=g.normal(size=(n, p)),
        phi_next=small[9],
        sigma_next=small[10],
        delta_rows=Upper(g.uniform(size=p) / 16),
        far=small[12],
    )
    return of, step


def second(name: str, at: SharpStep) -> tuple[Any, float]:
    Z, psi, D = at.Z, at.features, at.slopes
    zeta, phi, sigma = (float(x) for x in (at.errors.zeta, at.errors.phi, at.errors.sigma))
    z, f, d = (float(np.abs(A).max()) for A in (Z, psi, D))
    if name == "linear":
        return 0 * Z, 0.0
    found, off = {
        "tanh": (-2 * psi * D, 2 * (f * sigma + phi * d + phi * sigma)),
        "erf": (-2 * Z * D, 2 * (z * sigma + zeta * d + zeta * sigma)),
        "sigmoid": (D - 2 * D * psi, sigma + 2 * (f * sigma + phi * d + phi * sigma)),
        "softplus": (D - D**2, sigma + 2 * d * sigma + sigma**2),
    }[name]
    return found, off + 4 * UNIT * (1 + 2 * max(f, d)) * (1 + z) * (1 + d) + SLACK


def again(of: ExactState, at: SharpStep, nu: Any, whole: float, mu: float, epsilon: float) -> list[float]:
    """The bounds after a step; entries that are off are bounded where they are used."""
    X = np.array([[float(v) for v in row] for row in of.X.tolist()])
    b = np.array([float(v) for v in of.b])
    (n, p), eta, K = at.Z.shape, float(of.eta), X @ X.T
    shadow = SharpShadow(of)
    x, chi, L1, L2 = (float(v.upper()) for v in (shadow.x, shadow.chi, shadow.L1, shadow.L2))
    L3, lengths = float(THIRD[of.activation]), np.linalg.norm(X, axis=1)
    s_near, keep_near = float(shadow.s.mid()), float(at.keep.mid())
    s, keep = s_near + S_OFF, abs(keep_near) + KEEP_OFF
    phi, sigma, share = (float(v) for v in (at.errors.phi, at.errors.sigma, at.errors.beta))
    phi_next, sigma_next, delta_n, delta_beta = (
        float(v) for v in (at.phi_next, at.sigma_next, at.delta_n, at.delta_beta)
    )
    e, beta, beta_next, turn = (v[:, 0] for v in (at.e, at.beta, at.beta_next, at.turn))
    psi, D, psi_next, D_next = at.features, at.slopes, at.features_next, at.slopes_next
    C, C_off = second(of.activation, at)
    nu, B, size_K = np.minimum(nu, whole), np.abs(b), np.abs(K) + K_OFF
    far = np.sqrt(n) * float(at.far)
    errors, beta_top, next_top = (np.abs(v) * (1 + share) for v in (e, beta, beta_next))
    star = epsilon + far
    lever, top = float((lengths * errors).max()), float(errors.max())

    def forced(P: Any) -> Any:
        one = (size_K @ P).max(axis=0) * (1 + 2 * gamma(n + 8)) + SLACK
        two = np.sum(P * (size_K**2 @ P), axis=0) * (1 + 2 * gamma(2 * n + 16)) + SLACK
        return np.minimum(one, np.sqrt(two))

    def hadamard(size: float, error: float) -> float:
        return (chi**2 + K_OFF) * (error + 2 * UNIT * size) + K_OFF * size + SLACK

    against = s * x**2 * B.max() * top * (np.abs(C).max() + C_off)
    P = -b * e[:, None] * C * (1 + share)
    P = (np.maximum(P, 0) if against <= 2 else np.abs(P)) + errors[:, None] * B * C_off
    growth = s * forced(P)
    D_top = np.abs(D) + sigma
    rows = (D_top * (size_K @ D_top)).max(axis=0) * (1 + 2 * gamma(n + 8)) + SLACK
    squared = np.sum(D_top**2 * (size_K**2 @ D_top**2), axis=0) * (1 + 2 * gamma(2 * n + 16)) + SLACK
    reach = np.sqrt(np.minimum(rows, np.sqrt(squared)))
    turned = B * (s * L3 / 2 * x**2 * lever * nu**2 + s * x * L2 * chi * star * nu)
    received = B * s * star * reach
    nu_hat = (1 + growth) * nu + turned + received
    stirred = B * s * x * L2 * (x * top + chi * star) * nu
    j = fro(stirred + received)
    grown = min(
        whole * (1 + growth.max()),
        whole + fro(growth * nu),
        np.sqrt(whole**2 + np.sum((2 * growth + growth**2) * nu**2)),
    )
    left, off = D * b, sigma * np.sqrt(n) * fro(b)
    Q = left @ left.T
    error = 2 * gamma(p + 3) * fro(left) ** 2 + 2 * off * fro(left) + off**2 + SLACK
    together = np.sqrt(spec(K * Q) + hadamard(fro(Q), error))
    whole_hat = grown + s * star * together + fro(turned)

    f = D * e[:, None]
    lean = np.sqrt(np.sum(f * (K @ f), axis=0) + n * K_OFF * np.sum(f**2, axis=0))
    lean = lean + x * (sigma * fro(e) + L1 * np.sqrt(n) * share * np.abs(e).max())
    gathered = min(fro(lean * nu), lean.max() * whole) + L2 / 2 * x * fro(lengths * errors) * fro(nu**2)
    off = np.sqrt(n * p) * phi
    G_error = (2 * gamma(p + 2) * fro(psi) ** 2 + 2 * off * fro(psi) + off**2) / p + SLACK
    Phi = np.sqrt(p * (spec(psi @ psi.T / p) + G_error))
    V = K @ at.pull
    K_norm, pull_error = fro(K) + n * K_OFF, float(at.pull_error)
    V_error = (gamma(n) * fro(K) + n * K_OFF) * fro(at.pull) + SLACK + K_norm * pull_error
    M = fro(V) + V_error
    Phi_hat, near, near_hat = Phi + L1 * M, L1 * x * whole, L1 * x * whole_hat
    beta_hat = next_top + delta_beta

    # the propagator
    left, wide = D_next * b * beta_next, np.sqrt(n * p)
    Q, G = left @ D.T, psi_next @ psi.T
    D_size, psi_size = fro(D) + wide * sigma, fro(psi) + wide * phi
    error = (2 * gamma(p + 3) + share) * fro(left) * D_size + fro(left) * wide * sigma
    error += sigma_next * np.sqrt(n) * fro(b * next_top) * (1 + 2 * UNIT) * D_size
    error += n * L1**2 * fro(b) * delta_beta + SLACK
    G_error = 2 * gamma(p) * fro(psi_next) * psi_size + (fro(psi_next) + wide * phi_next) * wide * phi
    G_error += wide * phi_next * psi_size + SLACK
    B_error = eta / p * (hadamard(fro(Q), error) + G_error + 8 * UNIT * (fro(K * Q) + fro(G)))
    step = eta / p * (K * Q + G)
    A = keep_near * np.eye(n) - step
    A_error = B_error + 4 * UNIT * (fro(A) + fro(step)) + KEEP_OFF + SLACK
    propagator, passed = spec(A) + A_error, fro(step) + B_error + SLACK

    # the linear part
    first, before = D_next * beta_next, keep_near * D * beta
    bent = s_near * np.diag(K)[:, None] * e[:, None] * D_next * C * b * beta_next
    m, root = first - before - bent, np.sqrt(n)
    with ctx.workprec(64):
        s_share = float((abs(shadow.s - s_near) / shadow.s).upper())
    off = (12 * UNIT + 3 * share) * (fro(first) + fro(before) + fro(bent)) + s_share * fro(bent)
    off += delta_beta * root * L1 + sigma_next * root * fro(next_top)
    off += keep * root * sigma * fro(beta_top) + KEEP_OFF * root * (L1 + sigma) * fro(beta_top)
    pairs = fro(b * next_top) * (1 + 2 * UNIT)
    of_parts = B.max() * delta_beta * L1 * L2 + pairs * (L1 * C_off + L2 * sigma_next + C_off * sigma_next)
    of_K = K_OFF * pairs * (L1 + sigma_next) * (L2 + C_off)
    off += s * root * top * (chi**2 * of_parts + of_K) + SLACK
    Q = m @ m.T
    inner = spec(K * Q) + hadamard(fro(Q), 2 * gamma(p) * fro(m) ** 2 + SLACK)
    C_top, grow = np.abs(C) + C_off, 1 + 2 * gamma(p + 16)
    S = np.sqrt(((np.abs(D_next) + sigma_next) * s * B * beta_hat) ** 2 @ (C_top**2).T * grow + SLACK)
    S_before = np.sqrt((C_top * s * B * beta_top) ** 2 @ (D_top**2).T * grow + SLACK)
    rest = size_K * (1 - np.eye(n)) * S * errors
    outer, after, earlier = (spec(v) * (1 + 8 * UNIT) + SLACK for v in (rest, size_K * S, size_K * S_before))
    c = np.sqrt(inner) + x * (off + outer)

    sway = np.abs(V).max() + V_error + chi * nu_hat
    size = beta_top
    total = c * whole + chi * star * (after * whole + keep * earlier * (whole + j))
    total += keep * chi**2 * L3 / 2 * np.sum(size * (np.linalg.norm(V, axis=0) + V_error) * nu**2)
    total += keep * chi * x * np.sum(size * nu_hat * (L2 * stirred + L3 * sway * received))
    total += L2 / 2 * x * chi * np.sum((np.abs(turn) + float(at.turn_error)) * nu_hat**2)
    total += s / 2 * L1 * L3 * x**2 * (lever * x + chi**2 * star) * np.sum(B * beta_hat * nu**2)
    total += keep * L1 * (M + x * j) * mu
    total += s * (near_hat * (Phi + near) + Phi_hat * near) * star + s * (Phi_hat + near_hat) * gathered
    total += L1 * x**2 * delta_n * fro(next_top) + Phi_hat * delta_beta
    return [
        *(nu_hat + x * at.delta_rows.x),
        whole_hat + x * delta_n,
        keep * mu + s * (gathered + (Phi + near) * star) + delta_beta,
        propagator * epsilon + passed * far + total / np.sqrt(p),
    ]


def sides(name: str, seed: int) -> tuple[list[float], list[float]]:
    """The bounds, and the second writing."""
    of, at = drawn(name, seed)
    g = np.random.default_rng(seed)
    nu = g.uniform(0.1, 1, size=5) * (g.choice([1.0, 0.1], size=5) if seed % 2 else 1.0)
    whole, mu, epsilon = (float(v) for v in (fro(nu) * g.choice([0.4, 0.8, 1.0, 3.0]), g.uniform(), g.uniform()))
    found, *rest = SharpShadow(of).further(at, Upper(nu), arb(whole), arb(mu), arb(epsilon))
    return [*found.x.tolist(), *(float(v) for v in rest)], again(of, at, nu, whole, mu, epsilon)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", THIRD)
def test_the_bounds_agree_with_a_second_writing(name: str, seed: int) -> None:
    found, expected = sides(name, seed)
    assert np.allclose(found, expected, rtol=1e-6, atol=0), np.divide(found, expected) - 1


@pytest.mark.parametrize("unit", [UNIT, 2.0**-50])
@pytest.mark.parametrize("name", THIRD)
def test_what_a_step_leaves_agrees_with_a_second_writing(
    name: str, unit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once with rounding that is seen, and once with that of ψ'."""
    of, _ = drawn(name, 1)
    orbit = SharpOrbit(of, SharpShadow(of))
    orbit.F_entry, small = arb(unit), unit / 2**10
    monkeypatch.setattr(sharp, "_SLACK", small)
    monkeypatch.setattr(sharp, "u", arb(unit))
    N, beta = orbit.start(of.by_output(of.beta))
    N, step = orbit.step(N, beta, arb(1))
    K, e = orbit.K.full, fro(step.e)
    moved = np.linalg.norm(K, axis=1).max() * (1 + 4 * unit) * float(step.delta_n)
    values, zeta, F = orbit.values(step.Z_next), float(step.zeta_next), orbit.F[0]
    L1, L2 = float(orbit.L1), float(orbit.L2)
    rows = unit * np.linalg.norm(step.pull, axis=0) + float(step.errors.sigma) * fro(step.e) * np.abs(F)
    rows = rows + L1 * e * (2 * unit * np.abs(F) + unit) + unit * np.linalg.norm(N, axis=0) + small
    assert np.allclose(step.delta_rows.x, rows, rtol=1e-9, atol=0)
    assert np.isclose(float(step.phi_next), float(values.feature_error) + L1 * (zeta + moved), rtol=1e-9, atol=0)
    assert np.isclose(float(step.sigma_next), float(values.slope_error) + L2 * (zeta + moved), rtol=1e-9, atol=0)
    assert orbit.received(arb(3)) == 0


def test_the_slack_pays_for_what_underflows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert sharp.covers(drawn("tanh", 0)[0])
    assert arb(2) ** 26 * arb(MOST) ** 6 * arb(2) ** -1075 < sharp._SLACK < 2.0**-500


def test_every_large_number_is_refused() -> None:
    """Also s and κ: what underflowed before is multiplied by them."""
    of, at = drawn("tanh", 0)
    shadow, start = SharpShadow(of), (Upper(np.zeros(5)), arb(0), arb(0), arb(0))
    shadow.further(at, *start)
    for name in ("e", "beta", "beta_next", "slopes", "slopes_next", "Z"):
        assert name in {field.name for field in fields(at)}
        for entry in (MOST, -MOST, np.nan):
            large = getattr(at, name).copy()
            large[-1, 0] = entry
            with pytest.raises(OutOfRange):
                shadow.further(replace(at, **{name: large}), *start)
        large[-1, 0] = 0.75 * MOST
        shadow.further(replace(at, **{name: large}), *start)
    for keep in (2.0**61, -(2.0**61)):
        with pytest.raises(OutOfRange):
            shadow.further(replace(at, keep=arb(keep)), *start)
    for of_shadow, value in (("K", 2.0**60), ("b_floats", 2.0**60), ("s", arb(2.0**61))):
        shadow = SharpShadow(of)
        old = getattr(shadow, of_shadow)
        setattr(shadow, of_shadow, value if isinstance(value, arb) else np.full_like(old, value))
        with pytest.raises(OutOfRange):
            shadow.further(at, *start)


@pytest.mark.parametrize(("against", "both_ways"), [(1.9, False), (2.1, True), (2.9, True)])
def test_what_shrinks_may_not_turn_round(against: float, both_ways: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """I less a matrix that is larger than 2 may have a norm above 1."""
    monkeypatch.setattr(sharp, "gamma", lambda k: 0.0)
    monkeypatch.setattr(sharp, "_SLACK", 0.0)
    of, at = drawn("tanh", 0, n=1, p=2)
    of = replace(of, b=[arb(3), arb(-0.5)])
    shadow, C_off = SharpShadow(of), 0.25
    s, x, K = float(shadow.s.upper()), float(shadow.x.upper()), float(shadow.K[0, 0])
    share = 1 + float(at.errors.beta)
    e = against / (s * x**2 * 3 * (0.5 + C_off)) / share
    found = shadow.growth(replace(at, e=np.array([[e]])), np.full((1, 2), 0.5), arb(C_off))
    shrinks = 3 * e * (0.5 * both_ways + C_off)  # b e C > 0
    assert np.allclose(found.x, s * (K + K_OFF) * np.array([shrinks, 0.5 * e * 0.75]) * share, rtol=1e-9, atol=0)


@pytest.mark.parametrize("keep", [0.6875, 0.8125])
def test_rounding_of_kappa_counts(keep: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where κ is rounded to 0.75."""
    monkeypatch.setattr(sharp, "float", lambda v: 0.75, raising=False)
    of, at = drawn("sigmoid", 1)
    shadow, n = SharpShadow(of), 3
    near, far = (replace(at, keep=arb(v)) for v in (0.75, keep))
    gap = float(shadow.kernels(far)[0] - shadow.kernels(near)[0])
    assert np.isclose(gap, 0.0625, rtol=1e-9, atol=0)
    C, C_off = sharp.second("sigmoid", at)
    beta_hat = Upper(np.abs(at.beta_next[:, 0]))
    gap = float(shadow.linear(far, C, C_off, beta_hat)[0] - shadow.linear(near, C, C_off, beta_hat)[0])
    off = 0.0625 * float(shadow.L1 + at.errors.sigma) + (keep - 0.75) * float(at.errors.sigma)
    off *= 1 + float(at.errors.beta)
    assert np.isclose(gap, float(shadow.x) * np.sqrt(n) * off * fro(at.beta), rtol=1e-6, atol=0)


@pytest.mark.parametrize("share", [0.75, 1.25])
def test_rounding_of_s_counts(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where s is rounded to a number that is smaller, or larger, and nothing else is off."""
    monkeypatch.setattr(sharp, "_SLACK", 0.0)
    of, at = drawn("tanh", 2, n=1)
    none = replace(at.errors, sigma=arb(0), beta=arb(0))
    at = replace(at, errors=none, sigma_next=arb(0), delta_beta=arb(0), keep=arb(at.keep.mid()))
    shadow, C = SharpShadow(of), np.random.default_rng(2).normal(size=(1, 5))
    shadow.K_off, true = arb(0), float(shadow.s.mid())
    beta_hat = Upper(np.abs(at.beta_next[:, 0]))
    shadow.s = arb(true * share)
    without = shadow.linear(at, C, arb(0), beta_hat)[0]
    shadow.s = arb(true)
    monkeypatch.setattr(sharp, "float", lambda v: float(v) * (share if v == true else 1), raising=False)
    gap = float(shadow.linear(at, C, arb(0), beta_hat)[0] - without)
    bent = true * share * shadow.K[0, 0] * at.e * at.slopes_next * C * shadow.b_one * at.beta_next[:, 0]
    assert np.isclose(gap, float(shadow.x) * 0.25 * fro(bent), rtol=1e-6, atol=0)
