"""The bounds of `floats` that pay for rounding, written down a second time.

`test_floats` has the theorem without errors, and steps whose true errors take a small part of their bounds. Here the
unit roundoff, what underflows, and all that is off are made large, so that a part left out is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx

from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.products import OutOfRange, bits, product
from fa_theory.checker.binary64.tables import Values, evaluate
from fa_theory.checker.decay import floats
from fa_theory.checker.decay.floats import Errors, FloatShadow, FloatStep, KinkedFloatShadow, Orbit
from fa_theory.checker.document import ExactState

UNIT, TINY, K_OFF, S_OFF, KEEP_OFF = 2.0**-11, 2.0**-9, 2.0**-7, 2.0**-8, 2.0**-6
NAMES = ("linear", "tanh", "erf", "sigmoid", "softplus", "gelu", "relu")
fro: Callable[..., float] = lambda A: float(np.linalg.norm(A))  # noqa: E731
spec: Callable[..., float] = lambda A: float(np.linalg.norm(A, 2))  # noqa: E731


def gamma(k: int) -> float:
    return k * UNIT


def balls(A: Any) -> arb_mat:
    return arb_mat(np.asarray(A, float).tolist())


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding that is seen, and the true norms."""
    monkeypatch.setattr(floats, "u", arb(UNIT))
    monkeypatch.setattr(floats, "U", UNIT)
    monkeypatch.setattr(floats, "gamma", gamma)
    monkeypatch.setattr(floats, "TINY", TINY)
    monkeypatch.setattr(floats, "spectral_norm", lambda A, squarings: arb(spec(A)))


def drawn(name: str, k: int, seed: int, n: int = 3, p: int = 5) -> ExactState:
    g = np.random.default_rng([seed, k, NAMES.index(name)])
    X, W = g.normal(size=(n, 4)), g.normal(size=(p, 4))
    y, beta, b = ([arb(v) for v in g.normal(size=m * k).tolist()] for m in (n, p, p))
    return ExactState(name, arb(float(g.choice([0.125, 2.0]))), balls(X), y, balls(W), beta, b)


def any_step(of: ExactState, seed: int) -> FloatStep:
    """Any numbers: the bounds are the same function of them. ReLU's are of a size at which some signs are certain."""
    g, n, p, k = np.random.default_rng(seed), of.X.nrows(), of.p, of.k
    wide = 3.0 if of.activation == "relu" else 1.0
    small = [arb(float(v)) for v in g.uniform(0.5, 1, size=10) / 16]
    return FloatStep(
        Z=wide * g.normal(size=(n, p)),
        features=g.normal(size=(n, p)),
        slopes=g.normal(size=(n, p)),
        e=g.normal(size=(n, k)),
        beta=g.normal(size=(p, k)),
        pull=g.normal(size=(n, p)),
        turn=g.normal(size=(p, k)),
        beta_next=g.normal(size=(p, k)),
        keep=arb(float(g.choice([0.75, -0.5])), KEEP_OFF),
        Z_next=wide * g.normal(size=(n, p)),
        errors=Errors(*small[:5]),
        zeta_next=24 * small[5],
        pull_error=small[6],
        turn_error=small[7],
        delta_n=small[8],
        delta_beta=small[9],
    )


def shadow(of: ExactState) -> FloatShadow:
    """With K and s off by that."""
    made = floats.shadow(of)
    made.K_off, made.K_error, made.s = arb(K_OFF), arb(made.n * K_OFF), arb(made.s.mid(), S_OFF)
    return made


def array(A: arb_mat) -> Any:
    return np.array([[float(x.mid()) for x in row] for row in A.tolist()])


def rows(A: Any) -> Any:
    return np.linalg.norm(A, axis=1)


def after(of: ExactState, at: FloatStep, nu: Any, mu: float, epsilon: float) -> list[float]:
    """The bounds after a step; entries that are off are bounded where they are used."""
    follow = shadow(of)
    X, b = array(of.X), array(of.by_output(of.b))
    n, p, k = follow.n, follow.p, follow.k
    K, lengths, sizes, eta = X @ X.T, rows(X), rows(b), float(of.eta)
    x, chi, L1, L2 = (float(v.upper()) for v in (follow.x, follow.chi, follow.L1, follow.L2))
    s, keep_near = float(follow.s.mid()) + S_OFF, float(at.keep.mid())
    keep, K_error, wide = abs(keep_near) + KEEP_OFF, n * K_OFF, np.sqrt(n * p)
    zeta, phi, sigma, eps, rough = (float(getattr(at.errors, field.name)) for field in fields(Errors))
    pull_error, turn_error, delta_n, delta_beta, zeta_next = (
        float(v) for v in (at.pull_error, at.turn_error, at.delta_n, at.delta_beta, at.zeta_next)
    )
    a = rows(at.beta) * (1 + rough) + mu
    c = a * sizes
    psi = fro(at.features)
    G = at.features @ at.features.T / p
    G_error = (2 * gamma(p + 2) * psi**2 + wide * phi * (2 * psi + wide * phi)) / p + n * TINY
    Phi = np.sqrt(p * (spec(G) + G_error))
    errors = rows(at.e) + np.sqrt(k) * eps

    # lean
    squares, off = np.zeros(p), np.zeros(p)
    for column in at.e.T:
        f = at.slopes * column[:, None]
        size = np.linalg.norm(f, axis=0)
        squares += np.maximum(np.sum(f * (K @ f), axis=0), 0) + (2 * gamma(2 * n + 4) * fro(K) + K_error) * size**2
        squares += 2 * n**2 * TINY * (1 + size)
        off += UNIT * size + sigma * fro(column) + L1 * np.sqrt(n) * eps + n * TINY
    lean = np.sqrt(squares) + x * off

    def unclear(Z: Any, zeta: float, nu: Any) -> tuple[Any, Any]:
        far = np.outer(lengths, nu) + zeta
        return far < Z, -far >= Z

    if of.activation == "relu":
        old = unclear(at.Z, zeta, nu)
        near = (~(old[0] | old[1])).astype(float)
        assert near.any()
        assert not near.all()
        B = s * sizes * np.sqrt((near.T @ errors**2) * (1 + 2 * gamma(n)))
        rest = near.T @ (lengths * errors) * (1 + 2 * gamma(n))
        g = nu * (lean + rest)
    else:
        weighted = errors[:, None] * K * errors
        Y = spec(weighted) + 4 * UNIT * fro(weighted) + fro(errors) ** 2 * K_error
        B = L2 * s * np.sqrt(Y + TINY * n * (1 + fro(errors)) ** 2) * nu * sizes
        g = nu * (lean + L2 / 2 * x * fro(lengths * errors) * nu)
    nu_hat = nu + x * (B + s * L1 * epsilon * sizes)
    nu_next = nu_hat + x * delta_n
    V = K @ at.pull
    V_error = (gamma(n) * fro(K) + K_error) * fro(at.pull) + n * wide * TINY + (fro(K) + K_error) * pull_error
    M = fro(V) + V_error
    if of.activation == "relu":
        new = unclear(at.Z_next, zeta_next, nu_next)
        crossing = (~((old[0] & new[0]) | (old[1] & new[1]))).astype(float)
        more = 1 + 2 * gamma(p)
        E = fro(lengths * (crossing @ (a * nu)) * more)
        S = fro(lengths * (crossing @ c) * more) + x * float(np.sum(near @ c) * more)
    else:
        j = np.linalg.norm(lengths[:, None] * V, axis=0) * (1 + 4 * UNIT) + chi * V_error + wide * TINY
        E = L2 * float(a * nu_hat @ j)
        S = L2 * (2 * chi * x * float(c @ nu_hat) + float(c @ j) / 2)

    # the propagator
    H, H_error = np.zeros((n, k, n, k)), 0.0
    D, top = fro(at.slopes), abs(K).max()
    for i in range(k):
        for o in range(k):
            w = at.beta[:, i] * b[:, o]
            left = at.slopes * w
            Q = left @ at.slopes.T
            H[:, i, :, o] = K * Q / p
            error = (gamma(p + 4) + rough) * fro(left) * (1 + 4 * UNIT) * D
            error += np.sqrt(n) * sigma * fro(w) * (1 + 4 * UNIT) * (1 + rough) * (2 * D + wide * sigma)
            error += n * p * TINY * (1 + D) ** 2
            H_error += ((top + K_OFF) * error + (4 * UNIT * top + K_OFF) * fro(Q)) / p + 2 * n * TINY
    flat, G_all = H.reshape(n * k, n * k), np.kron(G, np.eye(k))
    A = keep_near * (np.eye(n * k) - eta * flat) - eta * G_all
    around = np.sqrt(n * k) + eta * (fro(flat) + fro(G_all))
    A_error = 16 * UNIT * (1 + keep) * around + KEEP_OFF * around + 4 * n * k * TINY * (1 + keep)
    A_error += eta * (keep * H_error + np.sqrt(k) * G_error)
    propagator = spec(A) + A_error

    theta = s * (fro(g) + (Phi + L1 * x * fro(nu)) * epsilon)
    reach = Phi + L1 * M
    turned = float(nu_hat @ rows(at.turn)) + fro(nu_hat) * turn_error
    total = L1 * (x * (turned + fro(nu_hat) * theta) + keep * mu * M)
    total += keep * (E + L1 * x**2 * float(a @ B)) + keep * s * x * L1 * (x * L1 * fro(sizes) * mu + S) * epsilon
    total += L1 * x**2 * delta_n * fro(at.beta_next) * (1 + rough) + reach * delta_beta
    total += s * (L1 * M * Phi * epsilon + reach * (fro(g) + L1 * x * fro(nu) * epsilon))
    return [*nu_next, keep * mu + theta + delta_beta, propagator * epsilon + total / np.sqrt(p)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_the_bounds_agree_with_a_second_writing(name: str, k: int, seed: int) -> None:
    of = drawn(name, k, seed)
    at, g = any_step(of, seed), np.random.default_rng(seed)
    nu, mu, epsilon = g.uniform(0.05, 0.5, size=of.p), float(g.uniform()), float(g.uniform())
    expected = after(of, at, nu, mu, epsilon)
    follow = shadow(of)
    found, *rest = follow.after(at, Upper(nu), arb(mu), arb(epsilon))
    assert np.allclose([*found.x, *(float(v) for v in rest)], expected, rtol=1e-6, atol=0)
    further = follow.further(at, Upper(nu), arb(99), arb(mu), arb(epsilon))
    assert (further[0].x == found.x).all()
    assert further[1] == found.norm()
    assert [*further[2:]] == rest


def test_what_carries_the_bounds_knows_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    of = drawn("tanh", 2, 0)
    for name, kind in (("tanh", FloatShadow), ("relu", KinkedFloatShadow)):
        made = floats.shadow(ExactState(name, of.eta, of.X, of.y, of.W, of.beta, of.b))
        assert type(made) is kind
        with ctx.workprec(300):
            off = [
                abs(v - w) for v, w in zip((of.X * of.X.transpose()).entries(), made.K.ravel().tolist(), strict=True)
            ]
            most = max(off, key=float)
            assert 0 < most <= made.K_off <= 1.01 * most + arb(2) ** -60
            assert 2.999 * made.K_off < made.K_error < 3.001 * made.K_off
            assert made.K_size >= fro(made.K) * (1 - 1e-15)
            for row, length in zip(array(of.X), made.long.x, strict=True):
                assert sum((arb(v) ** 2 for v in row), arb(0)).sqrt() <= length < fro(row) * (1 + 1e-12)
            for row, length in zip(array(of.by_output(of.b)), made.size.x, strict=True):
                assert sum((arb(v) ** 2 for v in row), arb(0)).sqrt() <= length < fro(row) * (1 + 1e-12)
        assert (made.b_floats == array(of.by_output(of.b))).all()
        assert made.eta_float == of.eta


def test_samples_that_are_0_have_a_side() -> None:
    """Not positive, whatever the weights are; and a pre-activation that is its own margin is positive for none."""
    X = balls([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    weights = [arb(1)] * 3
    follow = KinkedFloatShadow(ExactState("relu", arb(0.5), X, weights, arb_mat(3, 2), weights, weights))
    assert follow.still.tolist() == [True, False, False]
    Z = np.array([[5.0, -5.0, 0.0], [2.0, -2.0, 0.0], [0.5, -0.5, 0.3]])
    nu = Upper(np.array([0.25, 0.25, 0.25]))
    assert follow.sides(Z, Upper(np.array(0.0)), nu).tolist() == [[-1, -1, -1], [1, -1, 0], [1, -1, 1]]
    assert follow.sides(Z, Upper(np.array(0.125)), nu).tolist() == [[-1, -1, -1], [1, -1, 0], [1, -1, 0]]
    assert follow.sides(Z, Upper(np.array(0.5)), nu).tolist() == [[-1, -1, -1], [1, -1, 0], [0, 0, 0]]
    at_margin = np.array([[0.0] * 3, [0.25, -0.25, -0.2500001], [np.nextafter(0.25, 1), np.nextafter(0.25, 0), 0.0]])
    zero = Upper(np.zeros(3))
    margin = above = float(follow.sides(at_margin, Upper(np.array(0.25)), zero)[1, 0])
    assert margin == above == 0
    assert follow.sides(np.zeros((3, 3)), Upper(np.array(0.0)), zero)[1].tolist() == [
        0,
        0,
        0,
    ]  # a product with 0 is rounded up
    far = float((Upper(1.0) * zero + Upper(0.25)).x[0])
    at_margin = np.array([[far, -far, np.nextafter(far, 1)]] * 3)
    assert follow.sides(at_margin, Upper(np.array(0.25)), zero)[1].tolist() == [0, -1, 1]


def test_a_run_starts_at_the_exact_state() -> None:
    start = floats.shadow(drawn("tanh", 1, 0)).start()
    assert start.nu.x.tolist() == [0.0] * 5
    assert start.whole == start.mu == start.epsilon == 0


@pytest.mark.parametrize("keep", [0.6875, 0.8125])
def test_rounding_of_kappa_counts(keep: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where κ is rounded to 0.75, and nothing else is off."""
    for name, value in (("u", arb(0)), ("gamma", lambda k: 0.0), ("TINY", 0.0)):
        monkeypatch.setattr(floats, name, value)
    of, none = drawn("linear", 2, 1), arb(0)
    follow, made, at = floats.shadow(of), Orbit(of, FloatShadow(of)), any_step(of, 1)
    follow.K_off, G = none, np.eye(3)
    at = replace(at, errors=Errors(none, none, none, none))
    N, beta = made.start(of.by_output(of.beta))
    monkeypatch.setattr(floats, "float", lambda v: 0.75 if v == keep else float(v), raising=False)
    sizes, steps = [], []
    for kappa in (arb(0.75), arb(keep)):
        sizes.append(follow.propagator(replace(at, keep=kappa), G, none))
        steps.append(made.step(N, beta, kappa)[1].delta_beta)
    D, b = at.slopes, array(of.by_output(of.b))
    H = [follow.K * ((D * (at.beta[:, c] * b[:, o])) @ D.T) / 5 for c in range(2) for o in range(2)]
    sums = np.sqrt(6) + float(of.eta) * (fro(H) + fro(np.kron(G, np.eye(2))))
    assert np.isclose(float(sizes[1] - sizes[0]), 0.0625 * sums, rtol=1e-9, atol=0)
    assert np.isclose(float(steps[1] - steps[0]), 0.0625 * fro(beta), rtol=1e-9, atol=0)


@pytest.mark.parametrize("eta", [0.1, 0.3, 0.7, 0.9, 1.1])
def test_s_is_rounded_both_ways(eta: float) -> None:
    of = replace(drawn("linear", 1, 0), eta=arb(eta))
    made = Orbit(of, FloatShadow(of))
    with ctx.workprec(300):
        assert abs(of.scale() - made.s) <= made.s_off.upper() < arb(2) ** -53


def test_products_of_every_inner_dimension_are_exact() -> None:
    for n, p in ((2, 40), (40, 2)):
        of = drawn("linear", 1, 0, n=n, p=p)
        assert Orbit(of, FloatShadow(of)).t == bits(40) < bits(2)


def test_what_lean_is_off_by_is_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where balls have few bits, and nothing is off but K."""
    for name, value in (("u", arb(0)), ("gamma", lambda k: 0.0), ("TINY", 0.0)):
        monkeypatch.setattr(floats, name, value)
    of = drawn("linear", 1, 1)
    at, none = any_step(of, 1), arb(0)
    at = replace(at, errors=Errors(none, none, none, none))
    follow = floats.shadow(of)
    f = at.slopes * at.e
    for off in np.random.default_rng(0).uniform(8, 16, size=20).tolist():
        with ctx.workprec(10):
            follow.K_error = arb(off) / 3
            found = follow.lean(at).x
        exact = np.maximum(np.sum(f * (follow.K @ f), axis=0), 0) + off / 3 * np.sum(f**2, axis=0)
        assert (found**2 >= exact * (1 - 1e-12)).all()


# a step


FAR = {"z0": 2.0**-7, "F": 2.0**-8, "s": 2.0**-6, "psi": 2.0**-5, "slope": 2.0**-4, (3, 5): 2.0**-9, (3, 2): 2.0**-5,
       (5, 2): 2.0**-7, (3, 1): 2.0**-5, (5, 1): 2.0**-7}  # fmt: skip
"""By how much these are off; and products, by their shapes."""


def orbit(of: ExactState, monkeypatch: pytest.MonkeyPatch) -> Orbit:
    """One with everything off by that."""
    made = Orbit(of, FloatShadow(of))
    monkeypatch.setattr(floats, "product", lambda A, B: (C := product(A, B)[0], arb(FAR[C.shape])))
    monkeypatch.setattr(
        floats,
        "evaluate",
        lambda name, Z: Values(
            *(lambda v: (v.features, v.slopes))(evaluate(name, Z)), arb(FAR["psi"]), arb(FAR["slope"])
        ),
    )
    made.Z0_error, made.F_entry, made.s_off = arb(FAR["z0"]), arb(FAR["F"]), arb(FAR["s"])
    made.F_off = arb(of.k * of.p).sqrt() * FAR["F"]
    made.parts = made.n * made.p * TINY
    return made


@pytest.mark.parametrize("keep", [1.0, 0.75])
@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "relu"])
def test_what_a_step_is_off_by_agrees(name: str, k: int, keep: float, monkeypatch: pytest.MonkeyPatch) -> None:
    of = drawn(name, k, 1)
    made = orbit(of, monkeypatch)
    n, p = 3, 5
    N, beta = made.start(of.by_output(of.beta))
    N = N + np.random.default_rng(1).normal(size=N.shape) / 8
    N_next, step = made.step(N, beta, arb(keep, KEEP_OFF))
    L1, L2 = float(made.L1), float(made.L2)
    K, Z0, F, s = array(of.X * of.X.transpose()), made.Z0, made.F, made.s
    top: Callable[[Any], float] = lambda A: float(abs(A).max())  # noqa: E731

    def zeta_of(N: Any) -> float:
        return FAR["z0"] + UNIT * top(K @ N) + FAR[n, p] + UNIT * top(Z0 - K @ N)

    zeta = zeta_of(N)
    phi, sigma = FAR["psi"] + L1 * zeta, FAR["slope"] + L2 * zeta
    psi, D, weights = step.features, step.slopes, abs(beta)
    f = psi @ beta
    scaled = f / np.sqrt(p)
    e = scaled - made.y
    off = (FAR["psi"] + (sigma + L2 * zeta) * zeta) * weights.sum(axis=0).max() + zeta * top(abs(D) @ weights)
    off = off * (1 + 2 * gamma(p + 1)) + p * TINY
    epsilon = (UNIT * top(f) + FAR[n, k] + off) / np.sqrt(p) + 4 * UNIT * top(scaled) + UNIT * top(e) + TINY
    far, F_off = np.sqrt(n * k) * epsilon, np.sqrt(k * p) * FAR["F"]
    R = e @ F
    rho = gamma(k) * fro(e) * fro(F) + fro(e) * F_off + far * (fro(F) + F_off) + k * n * p * TINY
    pull_error = UNIT * fro(D * R) + sigma * fro(R) + L1 * rho + n * p * TINY
    T = psi.T @ e
    inner = UNIT * fro(T) + np.sqrt(p * k) * FAR[p, k] + np.sqrt(n * p) * phi * fro(e)
    inner += (fro(psi) + np.sqrt(n * p) * phi) * far
    turn_error = UNIT * s * fro(T) + FAR["s"] * fro(T) + float(of.scale()) * inner + p * k * TINY
    delta_beta = turn_error + KEEP_OFF * fro(beta) + UNIT * fro(keep * beta - s * T) + p * k * TINY
    delta_beta += 0 if keep == 1 else UNIT * fro(keep * beta)
    for found, expected in (
        (step.errors.zeta, zeta),
        (step.errors.phi, phi),
        (step.errors.sigma, sigma),
        (step.errors.epsilon, epsilon),
        (step.errors.beta, 0),
        (step.zeta_next, zeta_of(N_next)),
        (step.pull_error, pull_error),
        (step.turn_error, turn_error),
        (step.delta_n, pull_error + UNIT * fro(N_next)),
        (step.delta_beta, delta_beta),
    ):
        assert np.isclose(float(arb(found).upper()), expected, rtol=1e-7, atol=0), (found, expected)
    assert made.received(arb(3)) == 3
    for numbers, again in ((step.e, e), (step.pull, D * R), (step.turn, s * T), (N_next, N + D * R),
                           (step.beta_next, keep * beta - s * T), (step.Z_next, Z0 - K @ N_next)):  # fmt: skip
        assert np.allclose(numbers, again, rtol=1e-9, atol=1e-12)
    assert step.following() == (step.beta_next, (step.Z_next, step.zeta_next))


def test_what_the_data_of_a_run_are_off_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    of = drawn("tanh", 2, 4, n=4, p=3)
    made = Orbit(of, FloatShadow(of))

    def most(A: arb_mat, B: Any) -> arb:
        found: arb = max((abs(x - v) for x, v in zip(A.entries(), B.ravel().tolist(), strict=True)), key=float)
        return found

    with ctx.workprec(300):
        start, s = of.X * of.W.transpose(), of.scale()
        feedback = (of.by_output(of.b) * s).transpose()
        for found, off in (
            (made.Z0_error, most(start, made.Z0)),
            (made.F_entry, most(feedback, made.F)),
            (made.F_off / arb(6).sqrt(), most(feedback, made.F)),
            (made.s_off, abs(s - made.s)),
        ):
            assert 0 < off <= found * (1 + arb(2) ** -100) + arb(2) ** -150
            assert found <= off * (1 + arb(2) ** -20) + arb(2) ** -150
    assert made.parts == 12 * 2.0**-1074
    assert fro(made.F) <= made.F_size <= fro(made.F) * (1 + 1e-12)
    assert (made.y == np.array([float(v) for v in of.y]).reshape(4, 2)).all()
    assert made.root == np.sqrt(3)
    assert made.t == bits(4)


@pytest.mark.parametrize("zeta", [1.0, 1.5, np.nan, np.inf])
def test_pre_activations_that_are_far_off_are_refused(zeta: float) -> None:
    of = drawn("linear", 1, 0)
    made = Orbit(of, FloatShadow(of))
    N, beta = made.start(of.by_output(of.beta))
    Z, small = made.preactivations(N)
    with pytest.raises(OutOfRange, match="pre-activations as large as"):
        made.step(N, beta, arb(1), (Z, arb(zeta)))
    made.step(N, beta, arb(1), (Z, small.max(arb(0.99))))


def test_values_of_other_pre_activations_are_not_remembered() -> None:
    of = drawn("tanh", 1, 0)
    made = Orbit(of, FloatShadow(of))
    Z = made.preactivations(made.start(of.by_output(of.beta))[0])[0]
    first = made.values(Z)
    assert made.values(Z) is first
    other = made.values(Z + 0.5)
    assert not (other.features == first.features).any()


def test_distances_count_radii() -> None:
    A = arb_mat([[arb(1, 0.25), arb(2)], [arb(-3, 0.125), arb(0)]])
    assert floats.distance(A, np.array([[1.0, 2.0], [-3.0, 0.0]])) >= 0.25
    assert floats.distance(A, np.array([[1.0, 2.0], [-2.0, 0.0]])) >= 1.125
    assert floats.distance(A, np.array([[1.0, 2.0], [-3.0, 0.0]])) < 0.26
    assert floats.nearest(A).tolist() == [[1.0, 2.0], [-3.0, 0.0]]
    with pytest.raises(OutOfRange, match="not binary64"):
        floats.exactly(A)
