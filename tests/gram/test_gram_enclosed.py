"""The enclosures of the infinite-width kernels, against formulas and quadratures that share nothing with them."""

import numpy as np
import pytest
from flint import arb, ctx
from mpmath import mp
from scipy import stats

from fa_theory.errors import InputError
from fa_theory.gram.closed_form import CLOSED_FORMS, closed_gram
from fa_theory.gram.definite import gamma, gamma_lower, gamma_upper
from fa_theory.gram.deviation import (
    _feedback_gram,
    _gram,
    feedback_deviation,
    feedback_deviation_upper,
    gram_deviation,
    gram_deviation_upper,
)
from fa_theory.gram.enclosed import MODULUS, SIGN, enclose, enclosed_gram, pairs
from fa_theory.gram.limit import limit_gram, limit_slopes
from fa_theory.gram.mixture import Mixture, density, logistic_mixture
from fa_theory.gram.sampled import sampled_gram
from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.ball import balls, midpoints
from fa_theory.model.network import Network
from fa_theory.model.problem import gaussian_network

SMOOTH = ("tanh", "sigmoid", "softplus")
BITS = 106  # 31 digits and a bit


def rows(n, d, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1)[:, None]


def agrees(ball, value, digits):
    """Whether a ball and an mpmath number agree to so many digits after the point, in more bits than either has."""
    with ctx.workprec(200):
        return abs(ball.arb - arb(mp.nstr(value, 45))) < arb(10) ** -digits


def enclosure(X, name, slope=False, bits=BITS):
    with ctx.workprec(bits):
        return enclosed_gram(X, activation(name), slope=slope)


def widest(gram):
    return max(float(x.arb.rad()) for x in gram.flat)


# --- the mixture ---


def test_both_series_of_the_kolmogorov_density_agree_where_they_meet():
    with ctx.workprec(100):
        below, above = density(arb(1)), density(arb(1) + arb(2) ** -90)
        assert abs(below - above) < 1e-25
        assert below.rad() < 1e-28


@pytest.mark.parametrize("x", [0.5, 1.0, 1.7])
def test_the_density_is_that_of_kolmogorovs_law(x):
    assert float(density(arb(x))) == pytest.approx(x * stats.kstwobign.pdf(x), rel=1e-8)


@pytest.mark.parametrize("bits", [20, 53, 106])
def test_the_mixture_is_as_near_as_it_says(bits):
    rule = logistic_mixture(bits)
    for x in (0, 2.0**-20, 0.1, 0.5, 1, 3, 10, 100):
        with ctx.workprec(300):
            x = arb(x)
            scales = [(v.sqrt(), w) for v, w in zip(rule.variances, rule.weights, strict=True)]
            sign = sum(w * (x / (s * arb(2).sqrt())).erf() for s, w in scales)
            point = sum(w * 2 * (-((x / s) ** 2) / 2).exp() / (s * (2 * arb.pi()).sqrt()) for s, w in scales)
            modulus = sum(
                w * (x * (x / (s * arb(2).sqrt())).erf() + 2 * s * (-((x / s) ** 2) / 2).exp() / (2 * arb.pi()).sqrt())
                for s, w in scales
            )
            assert not abs(sign - x.tanh()) > rule.sign_error
            assert not abs(point - x.sech() ** 2) > rule.point_error
            assert not abs(modulus - (2 * x.cosh()).log()) > rule.modulus_error + x * rule.sign_error
    assert float(rule.sign_error) < 4 * 2.0**-bits
    assert float(rule.point_error) < 8 * 2.0**-bits


# --- published closed forms, to 30 digits ---


def test_williams_arcsine_as_published():
    X = rows(3, 3)
    G, H = enclosure(X, "erf"), enclosure(X, "erf", slope=True)
    with mp.workdps(50):
        K = mp.matrix(X.tolist()) * mp.matrix(X.tolist()).T
        for i, j in np.ndindex(3, 3):
            root = mp.sqrt((1 + 2 * K[i, i]) * (1 + 2 * K[j, j]))
            assert agrees(G[i, j], 2 / mp.pi * mp.asin(2 * K[i, j] / root), 30)
            published = 4 / mp.pi / mp.sqrt((1 + 2 * K[i, i]) * (1 + 2 * K[j, j]) - 4 * K[i, j] ** 2)
            assert agrees(H[i, j], published, 30)


def test_relu_through_the_mixture_is_cho_and_sauls_arc_cosine():
    X = rows(3, 4)
    G, H = enclosure(X, "relu"), enclosure(X, "relu", slope=True)
    none = Mixture((arb(0),), (arb(1),), arb(0), arb(0), arb(0))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        with mp.workdps(50):
            K = mp.matrix(X.tolist()) * mp.matrix(X.tolist()).T
            lengths = mp.sqrt(K[i, i] * K[j, j])
            angle = mp.acos(K[i, j] / lengths)
            value = lengths * (mp.sin(angle) + (mp.pi - angle) * mp.cos(angle)) / (2 * mp.pi)
            assert agrees(G[i, j], value, 30)
            assert agrees(H[i, j], (mp.pi - angle) / (2 * mp.pi), 30)
        with ctx.workprec(BITS):
            pair = pairs(balls(X))[i, j]
            assert abs((pair.k + enclose(MODULUS, none, pair)) / 4 - G[i, j].arb) < 1e-30
            assert abs((1 + enclose(SIGN, none, pair)) / 4 - H[i, j].arb) < 1e-30


def test_linear_is_the_covariance():
    X = rows(3, 4)
    with mp.workdps(50):
        K = mp.matrix(X.tolist()) * mp.matrix(X.tolist()).T
        G = enclosure(X, "linear")
        assert all(agrees(G[i, j], K[i, j], 30) for i, j in np.ndindex(3, 3))


# --- independent quadrature in two dimensions, to 20 digits ---

FUNCTIONS = {
    ("tanh", False): mp.tanh,
    ("tanh", True): lambda x: mp.sech(x) ** 2,
    ("sigmoid", False): lambda x: 1 / (1 + mp.exp(-x)),
    ("sigmoid", True): lambda x: mp.exp(-x) / (1 + mp.exp(-x)) ** 2,
    ("softplus", False): lambda x: mp.log(1 + mp.exp(x)),
    ("softplus", True): lambda x: 1 / (1 + mp.exp(-x)),
}


def trapezoidal(name, slope, a, b, k):
    """E ψ(u)ψ(v) by the trapezoidal rule in the plane, which converges geometrically; 24 digits."""
    psi = FUNCTIONS[name, slope]
    with mp.workdps(28):
        h, reach = mp.mpf(1) / 6, 61
        sigma, tilt = mp.sqrt(a), k / mp.sqrt(a)
        rest = mp.sqrt(b - tilt**2)
        nodes = [i * h for i in range(-reach, reach + 1)]
        weights = [h * mp.exp(-(z**2) / 2) / mp.sqrt(2 * mp.pi) for z in nodes]
        return mp.fsum(
            w * psi(sigma * x) * mp.fsum(v * psi(tilt * x + rest * y) for y, v in zip(nodes, weights, strict=True))
            for x, w in zip(nodes, weights, strict=True)
        )


@pytest.mark.parametrize(("name", "slope"), FUNCTIONS)
def test_quadrature_in_the_plane_agrees_to_20_digits(name, slope):
    for x, y in [((1.0, 0.0), (0.5, 0.75)), ((0.5, 0.25), (-0.75, 0.125))][: 1 if slope else 2]:
        X = np.array([x, y])
        K = X @ X.T  # exact: the entries are short dyadic numbers
        G = enclosure(X, name, slope, bits=80)
        with mp.workdps(28):
            want = trapezoidal(name, slope, *map(mp.mpf, (K[0, 0], K[1, 1], K[0, 1])))
            assert agrees(G[0, 1], want, 20)
        assert widest(G) < 1e-22


# --- the float methods lie inside ---


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_floats_and_samples_lie_inside(name, slope):
    X, psi = np.array([[0.5], [1.0], [1.5]]) * rows(3, 3), activation(name)
    kernel = limit_slopes if slope else limit_gram
    G = kernel(X, psi, "enclosed")
    assert np.array_equal(midpoints(G), midpoints(G).T)
    assert widest(G) < 3e-15
    assert np.abs(midpoints(G) - kernel(X, psi)).max() < 1e-14
    level = 1 - 1e-3 / 6  # all 6 pairs jointly at 99.9 %
    estimate = sampled_gram(X, psi, rng=np.random.default_rng(3), draws=20_000, slope=slope, confidence=level)
    assert (np.abs(midpoints(G) - estimate.value) <= estimate.error + 1e-12).all()


def test_the_radius_follows_the_precision():
    X = rows(2, 3)
    radii = [widest(enclosure(X, "softplus", bits=bits)) for bits in (30, 60, 90)]
    assert all(radius < 8 * 2.0**-bits for radius, bits in zip(radii, (30, 60, 90), strict=True))


def test_a_coarse_enclosure_contains_a_fine_one():
    X = np.array([[0.01], [1.0], [30.0]]) * rows(3, 2)
    for name in SMOOTH:
        for slope in (False, True):
            coarse, fine = enclosure(X, name, slope, bits=24), enclosure(X, name, slope, bits=90)
            assert all(a.arb.contains(b.arb) for a, b in zip(coarse.flat, fine.flat, strict=True))


# --- degenerate rows ---


@pytest.mark.parametrize("name", SMOOTH)
def test_degenerate_rows(name):
    psi, x = activation(name), rows(1, 3)[0]
    G = enclosed_gram(np.stack([x, x, -x, 0 * x]), psi)
    at_zero = float(psi.value(np.zeros(1))[0])
    assert G[0, 1].arb.overlaps(G[0, 0].arb)
    assert G[3, 3].contains(at_zero**2) or abs(G[3, 3].midpoint - at_zero**2) < 1e-15
    if name == "tanh":
        assert G[0, 2].arb.overlaps(-G[0, 0].arb)
        assert G[0, 3].arb.contains(0)
        assert G[3, 3].arb.contains(0)
    if name == "sigmoid":  # σ(u) σ(−u) = σ(u) − σ(u)²
        assert (G[0, 2].arb + G[0, 0].arb).overlaps(arb(0.5))
        assert G[0, 3].contains(0.25)
    assert widest(G) < 1e-14


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_equal_rows_are_never_certified(name):
    psi, x = activation(name), rows(1, 3)[0]
    assert gamma_lower(np.stack([x, x]), psi) == 0
    assert gamma_lower(np.stack([x, x, rows(1, 3, 1)[0]]), psi, bits=64) == 0
    assert gamma_upper(np.stack([x, x]), psi, bits=64) >= 0


@pytest.mark.parametrize("name", SMOOTH)
def test_nearly_equal_rows_are_told_apart(name):
    x, y = np.array([1.0, 0.0]), np.array([1.0, 2.0**-12])
    X, psi = np.stack([x, y]), activation(name)
    low, high = gamma_lower(X, psi), gamma_upper(X, psi)
    assert 0 < low <= high < 1e-7


def test_a_single_row():
    for name in SMOOTH:
        psi, x = activation(name), rows(1, 3)
        low, high = gamma_lower(x, psi), gamma_upper(x, psi)
        assert low <= high
        assert float(high) == pytest.approx(limit_gram(x, psi)[0, 0], abs=1e-13)


def test_tiny_rows_keep_their_relative_accuracy_under_tanh():
    X = 1e-40 * rows(2, 3)
    G, K = enclosed_gram(X, activation("tanh")), X @ X.T
    assert midpoints(G) == pytest.approx(K, rel=1e-14, abs=0)
    assert widest(G) < 1e-14 * K.max()


def test_huge_rows_approach_the_piecewise_linear_limit():
    X = rows(3, 3)
    relu, slopes = (closed_gram(balls(X), activation("relu"), slope=s).value for s in (False, True))
    for scale in (1e6, 1e60):
        soft, step = enclosed_gram(scale * X, activation("softplus")), enclosed_gram(scale * X, activation("sigmoid"))
        assert midpoints(soft) / scale**2 == pytest.approx(midpoints(relu), abs=1e-5)
        assert midpoints(step) == pytest.approx(midpoints(slopes), abs=1e-5)
    assert gamma_lower(scale * X, activation("tanh")) > 0


def test_wide_inputs_give_an_enclosure_of_all_of_them():
    X, psi = rows(2, 3), activation("softplus")
    wide = np.array([[x.plus_minus(1e-3) for x in row] for row in balls(X)])
    G = limit_gram(wide, psi)
    assert widest(G) < 0.02
    rng = np.random.default_rng(0)
    for _ in range(20):
        inside = limit_gram(X + 1e-3 * rng.uniform(-1, 1, X.shape), psi)
        assert all(G[i, j].contains(inside[i, j]) for i, j in np.ndindex(2, 2))


# --- γ and the deviation of a concrete network ---


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gamma_lies_between_its_bounds(name):
    X, psi = rows(6, 8), activation(name)
    low, high = gamma_lower(X, psi, bits=80), gamma_upper(X, psi, bits=80)
    assert low.is_exact()
    assert high.is_exact()
    assert 0 < low <= high
    assert float(high - low) < 1e-13
    assert gamma(X, psi) == pytest.approx(float(low), abs=1e-13)


@pytest.mark.parametrize("name", ["tanh", "relu", "softplus"])
def test_deviations_of_a_network_are_bounded_tightly(name):
    X, psi = rows(4, 5), activation(name)
    network = gaussian_network(np.random.default_rng(1), 60, 5, psi)
    for enclose_norm, bound_norm, matrix in (
        (gram_deviation, gram_deviation_upper, network.gram(X) - limit_gram(X, psi)),
        (feedback_deviation, feedback_deviation_upper, network.feedback_gram(X)),
    ):
        norm = np.linalg.norm(matrix, 2)
        ball, bound = enclose_norm(network, X, bits=64), bound_norm(network, X, bits=64)
        assert bound.is_exact()
        assert bound == ball.upper()
        assert norm * (1 - 1e-6) < float(ball.lower()) < norm + 1e-13
        assert norm - 1e-13 < float(bound) < 1.0002 * norm


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_fast_products_enclose_the_same_matrices(name):
    X = rows(3, 4)
    network = gaussian_network(np.random.default_rng(2), 30, 4, activation(name))
    slow = Network(balls(network.W), balls(network.beta), balls(network.b), network.psi)
    for fast, one_formula in (
        (_gram(network, X), slow.gram(balls(X))),
        (_feedback_gram(network, X), slow.feedback_gram(balls(X))),
    ):
        assert all(a.arb.overlaps(b.arb) for a, b in zip(fast.flat, one_formula.flat, strict=True))
        assert max(float(x.arb.rad()) for x in fast.flat) < 1e-12


def test_deviations_of_degenerate_networks():
    X, psi = rows(3, 2), activation("tanh")
    dead = Network(np.zeros((4, 2)), np.ones(4), np.zeros(4), psi)
    assert feedback_deviation_upper(dead, X) < 1e-30
    assert float(gram_deviation_upper(dead, X)) == pytest.approx(np.linalg.norm(limit_gram(X, psi), 2), rel=1e-3)
    batch = Network(np.zeros((2, 4, 2)), np.ones((2, 4)), np.zeros((2, 4)), psi)
    with pytest.raises(InputError, match=r"one network.*\(2, 4, 2\)"):
        gram_deviation_upper(batch, X)
    with pytest.raises(InputError, match=r"d = 2 but got shape \(3, 5\)"):
        gram_deviation_upper(dead, rows(3, 5))
    several = Network(np.zeros((4, 2)), np.ones((4, 3)), np.zeros((4, 3)), psi)
    with pytest.raises(InputError, match=r"one output.*\(4, 3\)"):
        feedback_deviation(several, X)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_closed_forms_are_used_where_they_exist(name):
    X = rows(3, 3)
    mine, closed = enclosed_gram(X, activation(name)), closed_gram(balls(X), activation(name)).value
    assert all(
        a.arb.overlaps(b.arb) and a.arb.rad() == b.arb.rad() for a, b in zip(mine.flat, closed.flat, strict=True)
    )


def test_unusable_inputs_are_refused():
    with pytest.raises(InputError, match=r"X\[0, 1\] is nan"):
        limit_gram(np.array([[1, np.nan]]), activation("tanh"), "enclosed")
    with pytest.raises(InputError, match="not bounded"):
        limit_gram(balls([[1.0, np.inf]]), activation("tanh"))
