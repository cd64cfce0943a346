"""Every property that an activation declares, against dense samples and against balls; a wrong entry fails here."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, arb_series, ctx
from references import reference

from fa_theory.checker import ranges
from fa_theory.errors import InputError
from fa_theory.model.activations import ACTIVATIONS, activation

NAMES = tuple(ACTIVATIONS)
DENSE = np.linspace(-12, 12, 48_001)  # contains 0
X = sympy.Symbol("x", real=True)


def test_the_checker_and_the_model_know_the_same_names() -> None:
    assert tuple(ACTIVATIONS) == ranges.ACTIVATIONS
    assert all(psi.name == name for name, psi in ACTIVATIONS.items())


@pytest.mark.parametrize("name", NAMES)
def test_signs_and_symmetries(name: str) -> None:
    psi = activation(name)
    values, mirrored = psi.value(DENSE), psi.value(-DENSE)
    assert psi.odd == bool(np.allclose(values, -mirrored, atol=1e-12))
    assert psi.fixes_zero == (reference(name)[0](mpmath.mpf(0)) == 0)
    assert psi.above_identity == bool((values >= DENSE - 1e-12).all())
    assert psi.monotone == bool((np.diff(values) >= -1e-13).all())
    assert psi.monotone == ranges.non_decreasing(name)
    homogeneous = all(np.allclose(psi.value(c * DENSE), c * values, atol=1e-12) for c in (0.5, 3.0))
    assert psi.homogeneous == homogeneous
    assert psi.steps == bool(np.isin(psi.slope(DENSE), (0, 1)).all())
    rational = psi.value(np.array([Fraction(1, 3), Fraction(-2, 7)], dtype=object)) if psi.piecewise_linear else None
    assert rational is None or all(isinstance(x, Fraction) for x in rational)
    jumps = np.abs(np.diff(psi.slope(DENSE))).max() > 0.5
    assert psi.kinked == bool(jumps)


@pytest.mark.parametrize("name", NAMES)
def test_turns_are_where_the_derivative_changes_its_sign_and_nowhere_else(name: str) -> None:
    psi, formula = activation(name), activation(name).expression()
    for turns, values, function in (
        (psi.value_turns, psi.value(DENSE), formula),
        (psi.slope_turns, psi.slope(DENSE), sympy.diff(formula, X)),
    ):
        moves = np.diff(values)
        moves[np.abs(moves) < 1e-12] = 0  # flat, or rounding
        at = np.flatnonzero(moves)
        found = [DENSE[i + 1] for i, j in itertools.pairwise(at) if np.sign(moves[i]) != np.sign(moves[j])]
        assert len(found) == len(turns)
        assert np.allclose(found, turns, atol=2e-3)
        derivative = sympy.lambdify(X, sympy.diff(function, X), "mpmath")
        with mpmath.workdps(40):
            for turn in turns:  # right to the last bit or two of a float
                low, high = (mpmath.mpf(turn) + step * mpmath.mpf(2) ** -50 for step in (-1, 1))
                assert derivative(low) * derivative(high) < 0


@pytest.mark.parametrize("name", NAMES)
def test_spans_contain_every_value_and_their_ends_are_approached(name: str) -> None:
    psi = activation(name)
    far = [mpmath.mpf(x) for x in (*np.linspace(-12, 12, 481), *psi.slope_turns, *psi.value_turns)]
    with mpmath.workdps(120):  # so that erf 12 is below 1
        for span, f in zip((psi.values, psi.slopes), reference(name), strict=True):
            values = [f(x) for x in far]
            for end, strict, extreme, sign in (
                (span.low, span.strict_low, min(values), 1),
                (span.high, span.strict_high, max(values), -1),
            ):
                if end is None:
                    assert abs(extreme) > 11.9
                    continue
                gap = sign * (extreme - mpmath.mpf(Fraction(end).numerator) / Fraction(end).denominator)
                assert 0 <= gap < mpmath.mpf("1e-4")
                assert gap > 0 or not strict
                # an end that is declared attained is attained, or is a rational next to an irrational one
                assert strict or gap == 0 or gap > mpmath.mpf("1e-7")


@pytest.mark.parametrize("name", NAMES)
def test_suprema_are_those_of_the_function(name: str) -> None:
    psi = activation(name)
    for order in range(2 if psi.kinked else 3):
        derivative = sympy.lambdify(X, sympy.diff(psi.expression(), X, order), "mpmath")
        sizes = [abs(derivative(mpmath.mpf(x))) for x in (*DENSE[::8], *psi.slope_turns, *psi.value_turns)]
        declared = psi.supremum(order)
        if declared == sympy.oo:
            assert max(sizes) > 11.9
        else:
            assert float(declared) * (1 - 1e-5) <= float(max(sizes)) <= float(declared) * (1 + 1e-12) + 1e-300


# the checker's own entries


SERIES: dict[str, Callable[[arb_series], arb_series]] = {
    "tanh": lambda x: 2 / (1 + (-2 * x).exp()) - 1,
    "erf": lambda x: x.erf(),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (1 + x.exp()).log(),
    "gelu": lambda x: x * (1 + (x / arb(2).sqrt()).erf()) / 2,
}


@pytest.mark.parametrize("name", NAMES)
def test_the_curvature_of_the_checker_is_a_bound(name: str) -> None:
    """ψ'' by power series in balls that cover [−12, 12]; beyond, it is smaller."""
    if name in ("linear", "relu"):
        assert ranges.curvature(name) == (0 if name == "linear" else arb("inf"))
        return
    assert covered(SERIES[name], ranges.curvature(name))


def covered(series: Callable[[arb_series], arb_series], bound: arb) -> bool:
    """Whether ``|ψ''| ≤ bound`` on [−12, 12], up to a thousandth: ψ'' at 9600 points, ψ''' on balls around them."""
    radius = arb(1) / 800
    with ctx.workprec(64):
        for i in range(-4800, 4800):
            middle = arb(2 * i + 1) / 800
            here, around = (series(arb_series([x, 1], 4)) for x in (middle, middle + arb(0, 1) * radius))
            if not (abs(here[2] * 2) + radius * abs(around[3] * 6)).upper() <= bound * arb("1.001"):
                return False
    return True


def test_the_smallest_value_of_gelu_is_where_the_checker_says() -> None:
    """ψ' changes its sign in the ball, for certain; and the ball has not been widened."""
    with ctx.workprec(200):
        (turn,) = ranges._gelu_turn()
        low, high = (ranges.slope_range("gelu", end) for end in (turn.lower(), turn.upper()))
        assert low < 0 < high
        assert turn.rad() < arb("1e-36")


def test_ranges_of_gelu_reach_its_turns_and_no_further() -> None:
    least, most = -0.16997120747990, 1.12890422085905
    for low, high in ((-3.0, 1.0), (-0.76, -0.74), (-10.0, 0.0)):
        x = ranges.hull(arb(low), arb(high))
        assert float(ranges.value_range("gelu", x).lower()) == pytest.approx(least, abs=1e-7)
    away = ranges.value_range("gelu", ranges.hull(arb(-0.7), arb(1)))
    assert float(away.lower()) == pytest.approx(-0.7 * 0.24196365222307, abs=1e-7)
    slopes = ranges.slope_range("gelu", ranges.hull(arb(-5), arb(5)))
    assert float(slopes.lower()) == pytest.approx(1 - most, abs=1e-7)
    assert float(slopes.upper()) == pytest.approx(most, abs=1e-7)
    between = ranges.slope_range("gelu", ranges.hull(arb(-1), arb(1)))
    assert float(between.lower()) == pytest.approx(0.158655253931457 - 0.241970724519143, abs=1e-7)
    assert float(between.upper()) == pytest.approx(0.841344746068543 + 0.241970724519143, abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_the_checker_knows_what_is_rational_at_zero(name: str) -> None:
    with mpmath.workdps(40):
        for stated, f in zip(ranges.known(name).at_zero, reference(name), strict=True):
            exact = mpmath.identify(f(mpmath.mpf(0))) if stated is None else None
            assert stated is not None or exact is None or "sqrt" in exact or "log" in exact or "pi" in exact
            assert stated is None or f(mpmath.mpf(0)) == mpmath.mpf(int(stated.p)) / int(stated.q)


@pytest.mark.parametrize("name", NAMES)
def test_narrow_balls_contain_the_function(name: str) -> None:
    """What the enclosure from the start uses, at exact points and on small balls, at two precisions."""
    psi = ranges.known(name)
    rng = np.random.default_rng(0)
    points = [float(x) for x in (*rng.standard_normal(40) * 3, 0.0, 1e-8, -30.0, 30.0, -0.75, 1.5)]
    for bits in (53, 200):
        with ctx.workprec(bits), mpmath.workdps(90):
            for radius in (0.0, 1e-12, 1e-3):
                values, slopes = psi.narrow([arb(x, radius) for x in points])
                for x, value, slope in zip(points, values, slopes, strict=True):
                    for t in {x, x - 0.99 * radius, x + 0.99 * radius}:
                        if name == "relu" and t == 0:
                            continue
                        for ball, f in zip((value, slope), reference(name), strict=True):
                            low, high = (mpmath.mpf(end) for end in (ball.lower(), ball.upper()))
                            slack = mpmath.mpf(2) ** -100  # of t, where the ends of the ball are rounded
                            assert low - slack <= f(mpmath.mpf(t)) <= high + slack


def test_an_unknown_name_is_refused_and_never_another_activation() -> None:
    for ask in (ranges.known, ranges.steepest, ranges.curvature, ranges.non_decreasing):
        with pytest.raises(ValueError, match="unknown activation 'elu'; choose one of linear"):
            ask("elu")
    for ask in (ranges.value_range, ranges.slope_range):
        with pytest.raises(ValueError, match="unknown activation"):
            ask("elu", arb(0))
    with pytest.raises(InputError, match="unknown activation 'elu'; choose one of linear"):
        activation("elu")


def test_an_activation_survives_a_pickle() -> None:
    import pickle

    for psi in ACTIVATIONS.values():
        assert pickle.loads(pickle.dumps(psi)) is psi


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_definition_runs_in_jax_too(name: str) -> None:
    jax = pytest.importorskip("jax")
    z = np.concatenate([np.linspace(-40, 40, 161), [0.0, 1e-300]])
    psi = activation(name)
    with jax.enable_x64(True):
        assert np.allclose(psi.value(jax.numpy.asarray(z)), psi.value(z), rtol=1e-13, atol=1e-13)
        assert np.allclose(psi.slope(jax.numpy.asarray(z)), psi.slope(z), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_both_are_the_definition(name: str) -> None:
    z, psi = np.linspace(-30, 30, 121), activation(name)
    value, slope = psi.both(z)
    assert np.allclose(value, psi.value(z), rtol=1e-14, atol=1e-14)
    assert np.allclose(slope, psi.slope(z), rtol=1e-13, atol=1e-13)
