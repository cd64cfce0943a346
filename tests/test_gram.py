"""Infinite-width kernels: closed forms against 30-digit references, against quadrature, against Monte Carlo."""

import mpmath as mp
import numpy as np
import pytest
from flint import arb, ctx
from scipy import stats

from fa_theory.errors import InputError
from fa_theory.gram.closed_form import CLOSED_FORMS, closed_gram
from fa_theory.gram.definite import gamma, gamma_lower
from fa_theory.gram.limit import limit_gram, limit_slopes
from fa_theory.gram.quadrature import quadrature_gram
from fa_theory.gram.sampled import sampled_gram
from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.ball import balls, midpoints

SMOOTH = ("tanh", "erf", "sigmoid", "softplus")


def unit_rows(n, d, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def exact_gram(X):
    """K = XXᵀ of the exact doubles, with 50 digits."""
    rows = [[mp.mpf(float(x)) for x in row] for row in X]
    return [[mp.fdot(u, v) for v in rows] for u in rows]


def reference(name, K, i, j, slope):
    """The kernel by the textbook formula with arccos and arcsin, which shares nothing with the code's."""
    a, b, k = K[i][i], K[j][j], K[i][j]
    if name == "linear":
        return mp.mpf(1) if slope else k
    if name == "erf":
        if slope:
            return 4 / (mp.pi * mp.sqrt((1 + 2 * a) * (1 + 2 * b) - 4 * k * k))
        return 2 / mp.pi * mp.asin(2 * k / mp.sqrt((1 + 2 * a) * (1 + 2 * b)))
    theta = mp.mpf(0) if i == j else mp.acos(k / mp.sqrt(a * b))
    if slope:
        return (mp.pi - theta) / (2 * mp.pi)
    return mp.sqrt(a * b) * (mp.sin(theta) + (mp.pi - theta) * mp.cos(theta)) / (2 * mp.pi)


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_balls_hold_the_reference_to_thirty_digits(name, slope):
    X = np.random.default_rng(1).standard_normal((5, 4))
    X[4] = -X[3] * (1 + 2**-20) + 1e-9  # nearly opposite rows
    with mp.workdps(50), ctx.workprec(150):
        K, gram = exact_gram(X), closed_gram(balls(X), activation(name), slope=slope)
        for i in range(5):
            for j in range(5):
                true = arb(mp.nstr(reference(name, K, i, j, slope), 45))
                assert gram[i, j].arb.overlaps(true + arb(0, 1e-40))
                assert gram[i, j].arb.rad() < 1e-30


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_floats_agree_with_balls(name, slope):
    X = np.random.default_rng(2).standard_normal((8, 5)) * np.geomspace(1e-3, 1e3, 8)[:, None]
    norms = np.linalg.norm(X, axis=1)
    scale = 1.0 if slope else np.outer(norms, norms)
    floats = closed_gram(X, activation(name), slope=slope)
    with ctx.workprec(120):
        true = midpoints(closed_gram(balls(X), activation(name), slope=slope))
    assert np.abs((floats - true) / scale).max() < 1e-14


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_wide_balls_hold_every_kernel_inside(name):
    rng, psi = np.random.default_rng(3), activation(name)
    X = rng.standard_normal((4, 3))
    X[1], X[2] = X[0], -X[0]  # pairs that may be parallel or opposite: angles at the end of their range
    X[3] = 0
    radius = 1e-3
    wide = np.array([[b.plus_minus(radius) for b in row] for row in balls(X)])
    for slope in (False, True):
        gram = closed_gram(wide, psi, slope=slope)
        for _ in range(200):
            inside = closed_gram(X + radius * rng.uniform(-1, 1, X.shape), psi, slope=slope)
            for ball, value in zip(gram.flat, inside.flat, strict=True):
                assert ball.plus_minus(1e-7).contains(value)  # the float value has an error of its own
    assert closed_gram(wide, psi)[0, 0].arb.rad() < 0.05


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_duplicate_opposite_and_zero_rows_are_exact_on_balls(name):
    X = balls(np.array([[1.0, 2], [1, 2], [-1, -2], [0, 0]]))
    psi = activation(name)
    with ctx.workprec(150):
        gram, slopes = closed_gram(X, psi), closed_gram(X, psi, slope=True)
        assert (gram[0, 1] - gram[0, 0]).contains(0)
        assert (gram[0, 1] - gram[0, 0]).arb.abs_upper() < 1e-20
        opposite = {"linear": -5, "relu": 0, "erf": -gram[0, 0]}[name]
        assert (gram[0, 2] - opposite).contains(0)
        assert all(g == 0 for g in gram[3])
    if name == "relu":
        assert all(s == 0 for s in slopes[3])
        assert slopes[0, 0].contains(0.5)
        assert closed_gram(np.zeros((1, 2)), psi, slope=True) == 0


def trapezoid(f, s, t, rho):
    """Reference for E f(u) f(v): the two-dimensional trapezoid rule, exponentially accurate for analytic f."""
    h = mp.mpf(1) / 6
    nodes = [h * i for i in range(-50, 51)]
    weights = [mp.exp(-z * z / 2) for z in nodes]
    c = mp.sqrt(1 - rho**2)
    rows = [mp.fsum(b * f(t * (rho * z + c * y)) for y, b in zip(nodes, weights, strict=True)) for z in nodes]
    return h * h / (2 * mp.pi) * mp.fsum(a * f(s * z) * r for z, a, r in zip(nodes, weights, rows, strict=True))


REFERENCES = {
    "tanh": (mp.tanh, lambda x: mp.sech(x) ** 2),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), lambda x: mp.sech(x / 2) ** 2 / 4),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), lambda x: 1 / (1 + mp.exp(-x))),
}


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("name", REFERENCES)
def test_quadrature_agrees_with_mpmath_on_unit_rows(name, slope):
    with mp.workdps(20):
        rho = mp.mpf("-0.6") if slope else mp.mpf("0.96")
        X = np.array([[1.0, 0], [float(rho), float(mp.sqrt(1 - rho**2))]])
        gram, error = quadrature_gram(X, activation(name), slope=slope)
        assert abs(gram[0, 1] - trapezoid(REFERENCES[name][slope], 1, 1, rho)) < 4e-15
        assert error < 1e-15


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("name", CLOSED_FORMS)
@pytest.mark.parametrize("scale", [0.01, 1, 5, 50])
def test_quadrature_agrees_with_the_closed_forms(name, slope, scale):
    X, psi = scale * unit_rows(10, 10), activation(name)
    exact = closed_gram(X, psi, slope=slope)
    gram, error = quadrature_gram(X, psi, slope=slope)
    assert np.abs(gram - exact).max() <= 4e-15 * np.abs(exact).max()
    assert error <= 1e-15


@pytest.mark.parametrize("name", SMOOTH)
def test_quadrature_takes_equal_unit_rows_and_zero_rows(name):
    x, psi = unit_rows(1, 3)[0], activation(name)
    gram, error = quadrature_gram(np.stack([x, x, 0 * x]), psi)
    assert error < 1e-15
    assert gram[0, 1] == pytest.approx(gram[0, 0], rel=1e-14)
    at_zero = float(psi.value(np.zeros(1))[0])
    assert gram[2, 2] == pytest.approx(at_zero**2, rel=1e-14, abs=1e-16)
    z, w = np.polynomial.hermite_e.hermegauss(60)
    mean = psi.value(np.linalg.norm(x) * z) @ w / w.sum()
    assert gram[0, 2] == pytest.approx(at_zero * mean, rel=1e-7, abs=1e-12)


def test_quadrature_says_where_it_fails():
    x = np.array([1.0, 0])
    with pytest.raises(InputError, match=r"relu misses up to .* rows 0 and 1, .*correlation 1"):
        quadrature_gram(np.stack([x, x]), activation("relu"))
    with pytest.raises(InputError, match=r"tanh misses .* norms 100, 100"):
        quadrature_gram(100 * np.stack([x, x]), activation("tanh"))
    with pytest.raises(InputError, match="proves nothing of balls"):
        quadrature_gram(balls([x]), activation("tanh"))


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_monte_carlo_agrees_within_its_confidence_intervals(name, slope):
    X, psi, kernel = 1.5 * unit_rows(5, 3), activation(name), limit_slopes if slope else limit_gram
    estimate = sampled_gram(X, psi, rng=np.random.default_rng(8), draws=40_000, slope=slope)
    exact = kernel(X, psi)
    pairs = 15
    reach = stats.norm.ppf(1 - 1e-3 / (2 * pairs)) * estimate.standard_error  # jointly at 99.9 %
    assert (np.abs(estimate.mean - exact) <= reach + 1e-12).all()
    if not (name == "linear" and slope):
        assert (np.abs(estimate.mean - 1.05 * exact - 0.02) > reach).any()  # it would notice a wrong kernel
    same = kernel(X, psi, "sampled", rng=np.random.default_rng(8), draws=40_000)
    assert np.array_equal(same, estimate.mean)


def test_standard_errors_are_those_of_the_draws():
    X, psi = unit_rows(2, 2), activation("tanh")
    means = [sampled_gram(X, psi, rng=np.random.default_rng(i), draws=50).mean[0, 1] for i in range(400)]
    claimed = sampled_gram(X, psi, rng=np.random.default_rng(0), draws=20_000).standard_error[0, 1] * np.sqrt(400)
    assert np.std(means) == pytest.approx(claimed, rel=0.2)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_finite_networks_tend_to_the_limit(name):
    from fa_theory.model.network import Network

    X, psi, p = unit_rows(4, 3), activation(name), 40_000
    rng = np.random.default_rng(0)
    network = Network(rng.standard_normal((p, 3)), np.ones(p), np.ones(p), psi)
    assert np.abs(network.gram(X) - limit_gram(X, psi)).max() < 0.05
    sigma = (X @ X.T) * limit_slopes(X, psi)
    assert np.abs(network.feedback_gram(X) - sigma).max() < 0.05


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gamma_of_degenerate_inputs(name):
    psi, x = activation(name), unit_rows(1, 4)[0]
    assert gamma(np.stack([x, x]), psi) == 0.0
    assert gamma(unit_rows(6, 1), psi) == 0.0  # rows ±1 only
    assert gamma(x[None], psi) == pytest.approx(limit_gram(x[None], psi)[0, 0])
    dead = gamma(np.stack([x, 0 * x]), psi)
    assert dead > 1e-3 if name in ("sigmoid", "softplus") else dead == 0.0  # ψ(0) = 0 kills a zero row


def test_linear_networks_with_more_samples_than_dimensions_have_gamma_zero():
    X = unit_rows(7, 3)
    assert gamma(X, activation("linear")) == 0.0
    assert gamma_lower(X, activation("linear")) == 0
    assert gamma(X, activation("relu")) > 1e-3


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_the_verified_bound_is_below_gamma_and_near_it(name):
    X, psi = unit_rows(8, 12), activation(name)
    with mp.workdps(40):
        K = exact_gram(X)
        G = mp.matrix([[reference(name, K, i, j, False) for j in range(8)] for i in range(8)])
        true = min(mp.eigsy(G, eigvals_only=True))
        bound = gamma_lower(X, psi)
        assert bound.is_exact()
        assert bound <= arb(mp.nstr(true, 35))
        assert bound > float(true) - 1e-14
    assert gamma(X, psi) == pytest.approx(float(true), abs=1e-14)
    assert gamma_lower(balls(X), psi) == bound


def test_a_tiny_gamma_is_proved_and_a_zero_one_is_not():
    psi = activation("relu")
    x, y = np.array([1.0, 0]), np.array([1.0, 2.0**-16])
    bound = gamma_lower(np.stack([x, y]), psi)
    assert 0 < float(bound) < 1e-9
    assert gamma_lower(np.stack([x, x]), psi) == 0
    assert gamma_lower(np.stack([x, 0 * x]), psi) == 0
    assert ctx.prec == 53


def test_wide_inputs_give_a_bound_for_all_of_them():
    X, psi = unit_rows(4, 6), activation("erf")
    wide = np.array([[b.plus_minus(1e-4) for b in row] for row in balls(X)])
    bound = gamma_lower(wide, psi)
    assert 0 < float(bound) < gamma(X, psi)
    rng = np.random.default_rng(0)
    for _ in range(100):
        assert gamma(X + 1e-4 * rng.uniform(-1, 1, X.shape), psi) > float(bound)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: limit_gram(np.ones(3), activation("relu")), r"\(n, d\).*\(3,\)"),
        (lambda: limit_gram(np.ones((0, 3)), activation("relu")), r"\(0, 3\)"),
        (lambda: limit_gram(np.array([[1, np.nan]]), activation("tanh")), r"X\[0, 1\] is nan"),
        (lambda: limit_gram(balls([[1.0, np.inf]]), activation("relu")), r"inf.*not bounded"),
        (lambda: limit_gram(np.array([[1.0], [1e90]]), activation("erf")), r"row 1 .*1.0e\+90.*rescale"),
        (lambda: limit_gram(np.array([[1.0], [1e-90]]), activation("relu")), r"row 1 .*1.0e-90"),
        (lambda: limit_gram(np.eye(2), activation("tanh"), "closed"), r"no closed form for 'tanh'.*linear, relu, erf"),
        (lambda: limit_gram(np.eye(2), activation("tanh"), "exact"), r"unknown method 'exact'"),
        (lambda: limit_gram(np.eye(2), activation("tanh"), "sampled"), r"needs a generator"),
        (lambda: sampled_gram(np.eye(2), activation("tanh"), rng=np.random.default_rng(0), draws=1), r"draws ≥ 2"),
        (lambda: gamma(balls(np.eye(2)), activation("relu")), r"gamma_lower"),
    ],
)
def test_unusable_requests_are_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_methods_share_one_signature():
    X = unit_rows(3, 3)
    for name in ACTIVATIONS:
        psi = activation(name)
        automatic = limit_gram(X, psi)
        assert np.array_equal(automatic, automatic.T)
        assert limit_gram(X, psi, "quadrature") == pytest.approx(automatic, abs=1e-14)
