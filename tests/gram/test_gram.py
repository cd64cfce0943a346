"""Infinite-width kernels: closed forms against 30-digit references, floats against balls, both against Monte Carlo."""

import mpmath as mp
import numpy as np
import pytest
from flint import arb, ctx

from fa_theory.errors import InputError
from fa_theory.gram.arcsine import arcsine_gram
from fa_theory.gram.closed_form import closed_gram
from fa_theory.gram.definite import gamma, gamma_lower
from fa_theory.gram.limit import limit_gram, limit_kernel, limit_slopes
from fa_theory.gram.sampled import sampled_gram
from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.ball import balls, midpoints

PUBLISHED = ("linear", "relu", "erf")
"""The activations whose kernels are textbook formulas."""


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
@pytest.mark.parametrize("name", PUBLISHED)
def test_balls_hold_the_reference_to_thirty_digits(name, slope):
    X = np.random.default_rng(1).standard_normal((5, 4))
    X[4] = -X[3] * (1 + 2**-20) + 1e-9  # nearly opposite rows
    with mp.workdps(50), ctx.workprec(150):
        K, gram = exact_gram(X), limit_kernel(balls(X), activation(name), slope=slope).value
        for i in range(5):
            for j in range(5):
                true = arb(mp.nstr(reference(name, K, i, j, slope), 45))
                assert gram[i, j].arb.overlaps(true + arb(0, 1e-40))
                assert gram[i, j].arb.rad() < 1e-30


def family(scale, norm=1.0):
    """Rows of two norms at every kind of angle: equal, opposite, nearly so, orthogonal, and a zero row."""
    cosines = (1, -1, 1 - 1e-15, -1 + 1e-8, 0.999, 0.6, 0)
    x, z = np.linalg.qr(np.random.default_rng(5).standard_normal((3, 2)))[0].T
    rows = [x, norm * x] + [c * x + np.sqrt(1 - c * c) * z for c in cosines] + [0 * x]
    return scale * np.array(rows)


def worst(kernel, X, psi, slope):
    """The error and its bound, entry by entry, against an enclosure of 128 bits."""
    with ctx.workprec(128):
        true = limit_kernel(X, psi, "enclosed", slope=slope).value
        far = [float(abs(t.arb - arb(v)).upper()) for t, v in zip(true.flat, kernel.value.flat, strict=True)]
    return np.reshape(far, kernel.value.shape), kernel.error


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_error_of_floats_is_bounded_at_any_scale_and_angle(name, slope, scale):
    X = family(scale, norm=7)
    kernel = limit_kernel(X, activation(name), slope=slope)
    assert kernel.proved
    far, bound = worst(kernel, X, activation(name), slope)
    assert (far <= bound).all()
    norms = np.linalg.norm(X, axis=1)
    grows = not slope and activation(name).bounds[0] == "oo"
    size = 1.0 + grows * np.outer(1 + norms, 1 + norms)
    if name == "relu" and slope:  # its slopes are not even continuous at opposite rows
        assert bound.max() < 1e-7
        assert far.max() < 1e-7
    else:
        assert (bound / size).max() < 1e-13 * max(1, scale)
        assert (far / size).max() < 1e-15 * max(1, scale**0.75)


@pytest.mark.parametrize("d", [1, 2, 40, 400])
@pytest.mark.parametrize("name", ["tanh", "softplus", "relu"])
def test_the_bound_holds_in_any_dimension(name, d):
    X = np.random.default_rng(d).standard_normal((6, d))
    for slope in (False, True):
        far, bound = worst(limit_kernel(X, activation(name), slope=slope), X, activation(name), slope)
        assert (far <= bound).all()


@pytest.mark.parametrize("name", ["tanh", "erf"])
def test_short_rows_keep_their_relative_accuracy(name):
    X, psi = family(1e-9), activation(name)
    _, bound = worst(arcsine_gram(X, psi), X, psi, False)
    alive = np.ix_(range(len(X) - 1), range(len(X) - 1))
    norms = np.linalg.norm(X, axis=1)
    assert (bound[alive] <= 3e-14 * np.outer(norms, norms)[alive]).all()
    assert np.all(bound[-1] == 0)


def test_tanh_is_right_where_gauss_hermite_quadrature_is_not():
    """100 × 100 nodes at norm 10 and correlation 0.95; they are off by 4e-2."""
    x, w = np.polynomial.hermite_e.hermegauss(100)
    rho, w = 0.95, w / w.sum()
    u, v = np.meshgrid(x, x, indexing="ij")
    crude = w @ (np.tanh(10 * u) * np.tanh(10 * (rho * u + np.sqrt(1 - rho**2) * v))) @ w
    X, psi = 10 * np.array([[1, 0], [rho, np.sqrt(1 - rho**2)]]), activation("tanh")
    kernel = arcsine_gram(X, psi)
    with mp.workdps(20), ctx.workprec(80):
        assert abs(limit_gram(X, psi, "enclosed")[0, 1].arb - arb(kernel.value[0, 1])) < 1e-14
    assert abs(crude - kernel.value[0, 1]) > 1e-3


@pytest.mark.parametrize("name", PUBLISHED)
def test_wide_balls_hold_every_kernel_inside(name):
    rng, psi = np.random.default_rng(3), activation(name)
    X = rng.standard_normal((4, 3))
    X[1], X[2] = X[0], -X[0]  # pairs that may be parallel or opposite: angles at the end of their range
    X[3] = 0
    radius = 1e-3
    wide = np.array([[b.plus_minus(radius) for b in row] for row in balls(X)])
    for slope in (False, True):
        gram = limit_kernel(wide, psi, slope=slope).value
        for _ in range(200):
            inside = limit_kernel(X + radius * rng.uniform(-1, 1, X.shape), psi, slope=slope)
            for ball, value, error in zip(gram.flat, inside.value.flat, inside.error.flat, strict=True):
                assert ball.plus_minus(error).contains(value)
    assert limit_gram(wide, psi)[0, 0].arb.rad() < 0.05


@pytest.mark.parametrize("name", PUBLISHED)
def test_duplicate_opposite_and_zero_rows_are_exact_on_balls(name):
    X = balls(np.array([[1.0, 2], [1, 2], [-1, -2], [0, 0]]))
    psi = activation(name)
    with ctx.workprec(150):
        gram, slopes = limit_gram(X, psi), limit_slopes(X, psi)
        assert (gram[0, 1] - gram[0, 0]).contains(0)
        assert (gram[0, 1] - gram[0, 0]).arb.abs_upper() < 1e-20
        opposite = {"linear": -5, "relu": 0, "erf": -gram[0, 0]}[name]
        assert (gram[0, 2] - opposite).contains(0)
        assert all(g == 0 for g in gram[3])
    if name == "relu":
        assert all(s == 0 for s in slopes[3])
        assert slopes[0, 0].contains(0.5)
        assert limit_slopes(np.zeros((1, 2)), psi) == 0


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
def test_floats_agree_with_mpmath_on_unit_rows(name, slope):
    with mp.workdps(20):
        rho = mp.mpf("-0.6") if slope else mp.mpf("0.96")
        X = np.array([[1.0, 0], [float(rho), float(mp.sqrt(1 - rho**2))]])
        value = arcsine_gram(X, activation(name), slope=slope).value[0, 1]
        assert abs(value - trapezoid(REFERENCES[name][slope], 1, 1, rho)) < 2e-15


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_monte_carlo_agrees_within_its_confidence_intervals(name, slope):
    X, psi, kernel = 1.5 * unit_rows(5, 3), activation(name), limit_slopes if slope else limit_gram
    level = 1 - 1e-3 / 15  # all 15 pairs jointly at 99.9 %
    estimate = sampled_gram(X, psi, rng=np.random.default_rng(8), draws=40_000, slope=slope, confidence=level)
    exact = kernel(X, psi)
    assert (np.abs(estimate.value - exact) <= estimate.error + 1e-12).all()
    if not (name == "linear" and slope):
        assert (np.abs(estimate.value - 1.05 * exact - 0.02) > estimate.error).any()  # it would notice a wrong kernel
    same = limit_kernel(X, psi, "sampled", slope=slope, rng=np.random.default_rng(8), draws=40_000)
    assert np.array_equal(same.value, estimate.value)


def test_standard_errors_are_those_of_the_draws():
    X, psi = unit_rows(2, 2), activation("tanh")
    means = [sampled_gram(X, psi, rng=np.random.default_rng(i), draws=50).value[0, 1] for i in range(400)]
    one_sigma = 0.682689492137086
    estimate = sampled_gram(X, psi, rng=np.random.default_rng(0), draws=20_000, confidence=one_sigma)
    assert np.std(means) == pytest.approx(estimate.error[0, 1] * np.sqrt(400), rel=0.2)


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
    assert dead == 0.0 if psi.fixes_zero else dead > 1e-3  # ψ(0) = 0 kills a zero row


def test_linear_networks_with_more_samples_than_dimensions_have_gamma_zero():
    X = unit_rows(7, 3)
    assert gamma(X, activation("linear")) == 0.0
    assert gamma_lower(X, activation("linear")) == 0
    assert gamma(X, activation("relu")) > 1e-3


@pytest.mark.parametrize("name", PUBLISHED)
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
        (lambda: closed_gram(np.eye(2), activation("tanh")), r"no closed form for 'tanh'.*linear, relu"),
        (lambda: arcsine_gram(np.eye(2), activation("relu")), r"no enclosure for 'relu'"),
        (lambda: arcsine_gram(balls(np.eye(2)), activation("tanh")), "is not rigorous for balls"),
        (lambda: limit_gram(balls(np.eye(2)), activation("tanh"), "floats"), "is not rigorous for balls"),
        (lambda: sampled_gram(balls(np.eye(2)), activation("tanh"), rng=None), "is not rigorous for balls"),
        (
            lambda: sampled_gram(np.eye(2), activation("tanh"), rng=np.random.default_rng(0), confidence=1),
            "strictly between 0 and 1",
        ),
        (lambda: limit_gram(np.eye(2), activation("tanh"), "exact"), r"unknown method 'exact'"),
        (lambda: limit_gram(np.eye(2), activation("tanh"), "sampled"), r"needs a generator"),
        (lambda: sampled_gram(np.eye(2), activation("tanh"), rng=np.random.default_rng(0), draws=1), r"draws ≥ 2"),
        (lambda: gamma(balls(np.eye(2)), activation("relu")), r"gamma_lower"),
    ],
)
def test_unusable_requests_are_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_methods_share_one_signature_and_one_result():
    X = unit_rows(3, 3)
    for name in ACTIVATIONS:
        psi = activation(name)
        for slope in (False, True):
            found = {
                method: limit_kernel(X, psi, method, slope=slope, rng=np.random.default_rng(0))
                for method in ("auto", "floats", "enclosed", "sampled")
            }
            assert np.array_equal(found["auto"].value, found["floats"].value)
            assert np.array_equal(found["auto"].value, found["auto"].value.T)
            assert midpoints(found["enclosed"].value) == pytest.approx(found["auto"].value, abs=1e-14)
            assert [kernel.proved for kernel in found.values()] == [True, True, True, False]
            assert all(kernel.error.shape == (3, 3) for kernel in found.values())
            assert found["sampled"].confidence == 0.99
