"""Inclusion: no sampled point may escape an enclosure, and no enclosure may be uselessly wide.

References come from mpmath with 50 digits and from exact fractions, neither of which shares code with the balls.
"""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from claimed import case, fractions
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from references import reference

from fa_theory import strategies
from fa_theory.checker import ranges
from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.ball import Ball, balls
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule, step
from fa_theory.seeds import generator

POINTS = 100  # per interval: with 50 examples and six activations, 30,000 values and as many slopes and secants

REFERENCE = {
    "linear": (lambda x: x, lambda x: mpmath.mpf(1)),
    "relu": (lambda x: max(x, mpmath.mpf(0)), lambda x: mpmath.mpf(int(x > 0))),
    "tanh": (mpmath.tanh, lambda x: 1 / mpmath.cosh(x) ** 2),
    "erf": (mpmath.erf, lambda x: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), lambda x: mpmath.exp(-abs(x)) / (1 + mpmath.exp(-abs(x))) ** 2),
    "softplus": (lambda x: mpmath.log(1 + mpmath.exp(x)), lambda x: 1 / (1 + mpmath.exp(-x))),
}


REFERENCE |= {name: reference(name) for name in ACTIVATIONS if name not in REFERENCE}


@pytest.fixture(autouse=True)
def _fifty_digits():
    with mpmath.workdps(50):
        yield


def ends(ball: Ball) -> tuple[mpmath.mpf, mpmath.mpf]:
    return mpmath.mpf(ball.lower), mpmath.mpf(ball.upper)


@st.composite
def intervals(draw):
    """Intervals of all widths from 0 to 100, some ending at 0, some far out where activations are flat."""
    low = draw(st.sampled_from([0.0, -1.0, 1.0]) | st.floats(-50, 50))
    width = draw(st.sampled_from([0.0, 1.0, 1e-300, 1e-12, 1e-3]) | st.floats(0, 50))
    return (low, low + width) if draw(st.booleans()) else (-low - width, -low)


def sample(low: float, high: float, turns: tuple[float, ...] = ()) -> list[mpmath.mpf]:
    """Both ends, 0 and turns if inside, and points in between, some of them crowded at one end."""
    u = generator(0, "inclusion").random(POINTS)
    at = [low + (high - low) * t for t in np.concatenate([u[::2], 10.0 ** (-16 * u[1::2])])]
    special = [low, high, *(x for x in (0.0, *turns) if low <= x <= high)]
    return [mpmath.mpf(float(x)) for x in [*special, *np.clip(at, low, high)]]


# an arb has a midpoint and a 30-bit radius, so a tight hull exceeds its ends by about 2⁻³⁰ of its width, and the
# interval handed over does so too: what is allowed is 1e-7 of the interval and of the range
def narrow(low, high, true_low, true_high, interval) -> bool:
    size = max(1, abs(true_low), abs(true_high))
    allowed = 1e-7 * (true_high - true_low + interval[1] - interval[0]) + 1e-14 * size
    return true_low - low <= allowed and high - true_high <= allowed


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(interval=intervals())
def test_value_range(name, interval):
    """ψ over an interval: contains ψ of every sampled point, and is as narrow as [ψ(low), ψ(high)]."""
    low, high = ends(activation(name).value_range(*interval))
    values = [REFERENCE[name][0](x) for x in sample(*interval, activation(name).value_turns)]
    assert all(low <= value <= high for value in values)
    assert narrow(low, high, min(values), max(values), interval)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(interval=intervals())
def test_slope_range(name, interval):
    """ψ' over an interval: contains ψ' and the secant slopes of all sampled points, and is no wider than they need."""
    low, high = ends(activation(name).slope_range(*interval))
    value, slope = REFERENCE[name]
    points = sample(*interval, activation(name).slope_turns)
    slopes = [slope(x) for x in points]
    secants = [
        (value(u) - value(v)) / (u - v)
        for u, v in itertools.pairwise(points)
        if abs(u - v) > 1e-25 * max(1, abs(u))  # below that, 50 digits are not enough for a quotient
    ]
    slack = mpmath.mpf(10) ** -20  # of the quotient
    assert all(low <= s <= high for s in slopes)
    assert all(low - slack <= s <= high + slack for s in secants)
    reach = 1e-8 * (interval[1] - interval[0])
    if name == "relu" and interval[0] - reach <= 0 <= interval[1] + reach:
        slopes += [0, 1]  # at the kink [0, 1] is right, though ψ' itself may be constant
    assert narrow(low, high, min(slopes), max(slopes), interval)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_steepest(name):
    """``sup|ψ'|`` bounds the slope everywhere and is attained to 1e-6."""
    top = ends(Ball(ranges.steepest(name)))
    slopes = [REFERENCE[name][1](mpmath.mpf(x)) for x in (*np.linspace(-40, 40, 801), *activation(name).slope_turns)]
    assert max(slopes) <= top[1]
    assert max(slopes) >= top[0] - 1e-6


def test_ball_functions_are_no_ranges():
    """Mutant: ``tanh`` of the ball [−1, 1] is sound but four times as wide as it should be."""
    x = arb(0, 1)
    naive, right = Ball(x.tanh()), activation("tanh").value_range(-1, 1)
    assert naive.contains(right)
    assert naive.arb.rad() > 4 * right.arb.rad()


def test_slope_at_end_points_is_no_range():
    """Mutant: the slopes at both ends miss the slope in between, and the points above find it."""
    ends_only = activation("tanh").slope_range(-2, -2).arb.union(activation("tanh").slope_range(2, 2).arb)
    assert not any(
        ends(Ball(ends_only))[0] <= REFERENCE["tanh"][1](x) <= ends(Ball(ends_only))[1] for x in sample(-1, 1)
    )


NUMBERS = st.fractions(-100, 100, max_denominator=1000) | st.integers(-5, 5).map(Fraction)


@given(NUMBERS, st.lists(st.tuples(st.sampled_from("+-*/^~"), NUMBERS), max_size=12), st.sampled_from([20, 53, 200]))
@settings(max_examples=300)
def test_arithmetic_contains_the_exact_result(start, operations, precision):
    """A chain of ball operations contains what exact fractions give, at any precision."""
    with ctx.workprec(precision):
        ball, truth = Ball(start), start
        for operation, x in operations:
            match operation:
                case "+":
                    ball, truth = ball + x, truth + x
                case "-":
                    ball, truth = x - ball, x - truth
                case "*":
                    ball, truth = ball * Ball(x), truth * x
                case "/" if x != 0:
                    ball, truth = ball / x, truth / x
                case "^" if truth.denominator < 10**20:
                    ball, truth = ball**2, truth**2
                case "~":
                    ball, truth = abs(-ball), abs(-truth)
    assert contains(ball, truth)


def contains(ball: Ball, truth: Fraction) -> bool:
    """Compare with the ball's exact ends, in fractions; a ball that is not finite contains everything."""
    if not ball.arb.is_finite():
        return True
    low, high = (Fraction(int(m)) * Fraction(2) ** int(e) for m, e in map(arb.man_exp, exact_ends(ball)))
    return low <= truth <= high


def exact_ends(ball: Ball) -> tuple[arb, arb]:
    with ctx.workprec(4000):  # mid ± rad without rounding, short of numbers beyond 2^±3000
        return ball.lower, ball.upper


@given(NUMBERS, st.fractions(0, 10, max_denominator=8), NUMBERS, st.fractions(0, 10, max_denominator=8))
def test_arithmetic_on_wide_balls(x, rx, y, ry):
    """For points anywhere inside two wide balls the exact result lies in the ball of the operation."""
    X, Y = Ball(x).plus_minus(rx), Ball(y).plus_minus(ry)
    for s in (-1, Fraction(-1, 3), 0, 1):
        for t in (-1, Fraction(1, 2), 1):
            u, v = x + s * rx, y + t * ry
            assert contains(X + Y, u + v)
            assert contains(X - Y, u - v)
            assert contains(X * Y, u * v)
            assert contains(X**3, u**3)
            assert contains(abs(X), abs(u))
            if abs(y) > ry:
                assert contains(X / Y, u / v)
                assert contains(Y**-2, 1 / v**2)


@pytest.mark.parametrize("method", ["exp", "log", "sqrt", "tanh", "cosh", "erf"])
@given(x=st.floats(2**-20, 30))
def test_functions_contain_the_reference(method, x):
    """``np.exp`` and the like on balls contain mpmath's value and are accurate to 1e-14."""
    (ball,) = getattr(np, method, lambda z: [z[0].erf()])(balls([x]))
    low, high = ends(ball)
    truth = getattr(mpmath, method)(mpmath.mpf(x))
    assert low <= truth <= high
    assert high - low <= 1e-13 * abs(truth) + 1e-15


_to_mpf = np.frompyfunc(lambda x: mpmath.mpf(float(x)), 1, 1)


def reference_step(problem, network):
    """The rule in 50 digits, sums written out by NumPy on mpmath numbers."""
    net, X, y = network, _to_mpf(problem.X), _to_mpf(problem.y)
    value, slope = (np.frompyfunc(f, 1, 1) for f in REFERENCE[net.psi.name])
    W, beta, b = _to_mpf(net.W), _to_mpf(net.beta), _to_mpf(net.b)
    eta, lam, root = mpmath.mpf(problem.eta), mpmath.mpf(problem.schedule(0)), mpmath.sqrt(net.p)
    Z = X @ W.T
    e = value(Z) @ beta / root - y
    back = beta if problem.rule is Rule.BP else b
    W_after = W - eta / root * (e[:, None] * slope(Z) * back).T @ X
    return W_after, (1 - eta * lam) * beta - eta / root * value(Z).T @ e


def escapes(enclosure, points, rounding=0) -> list:
    """The points outside their balls."""
    return [
        (ball, point)
        for ball, point in zip(enclosure.flat, points.flat, strict=True)
        if not ends(ball)[0] - rounding <= point <= ends(ball)[1] + rounding
    ]


def ball_step(problem, radius=0.0):
    one = case(problem, balls)
    widen = np.frompyfunc(lambda x: x.plus_minus(radius), 1, 1)
    net = one.network
    net = Network(widen(net.W), widen(net.beta), net.b, net.psi)
    return step(net, one.X, one.y, eta=problem.eta, lam=problem.schedule(0), rule=problem.rule)


@given(strategies.problems(rules=(Rule.FA, Rule.BP)))
def test_step_contains_the_precise_step(problem):
    """A ball step at 53 bits contains the step in 50 digits, and is narrower than 1e-10 away from kinks."""
    after = ball_step(problem)
    W, beta = reference_step(problem, problem.network)
    assert not escapes(after.W, W)
    assert not escapes(after.beta, beta)
    assert all(ball.arb.rad() < 1e-10 for A in (after.W, after.beta) for ball in A.flat)


@given(strategies.problems(rules=(Rule.FA, Rule.BP)), st.sampled_from([1e-9, 1e-3, 0.5]))
def test_step_of_a_box_contains_the_steps_of_its_points(problem, radius):
    """The step of a box of networks contains the step of networks drawn in it, at corners too, kinks included."""
    after = ball_step(problem, radius)
    rng, net = generator(0, "box"), problem.network
    for draw in (lambda shape: rng.uniform(-1, 1, shape), lambda shape: rng.choice([-1.0, 1.0], shape)):
        inside = radius * (1 - 1e-5)  # so that the sampled floats are not rounded out of the box
        W, beta = net.W + inside * draw(net.W.shape), net.beta + inside * draw(net.beta.shape)
        W_after, beta_after = reference_step(problem, Network(W, beta, net.b, net.psi))
        assert not escapes(after.W, W_after)
        assert not escapes(after.beta, beta_after)


@given(strategies.problems(psi=strategies.activations(names=["linear", "relu"]), square_width=True))
def test_step_contains_the_rational_step(problem):
    """A ball step at 53 bits contains the step in exact rationals."""
    exact, enclosed = case(problem, fractions).after(), ball_step(problem)
    for name in ("W", "beta"):
        pairs = zip(getattr(enclosed, name).flat, getattr(exact, name).flat, strict=True)
        assert all(contains(ball, truth) for ball, truth in pairs)


def test_a_float_step_is_no_enclosure():
    """Mutant: float64 results taken for exact do not contain the precise step."""
    rng = generator(0, "float step")
    net = Network(rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=3), activation("tanh"))
    problem = strategies.Problem(rng.normal(size=(2, 2)), rng.normal(size=2), net, 0.1)
    after = step(net, problem.X, problem.y, eta=problem.eta)
    W, _ = reference_step(problem, net)
    assert escapes(balls(after.W), W)
    assert not escapes(ball_step(problem).W, W)
    assert not escapes(balls(after.W), W, rounding=1e-14)


def test_gram_matrices_contain_the_precise_ones():
    """G and H in balls contain G and H in floats up to rounding, for every activation."""
    rng = generator(0, "gram")
    X = rng.normal(size=(3, 2))
    for psi in ACTIVATIONS.values():
        net = Network(rng.normal(size=(5, 2)), rng.normal(size=5), rng.normal(size=5), psi)
        enclosed = Network(balls(net.W), balls(net.beta), balls(net.b), psi)
        for name in ("gram", "feedback_gram", "output"):
            points = getattr(net, name)(X)
            assert not escapes(getattr(enclosed, name)(balls(X)), points, rounding=1e-13 * (1 + abs(points).max()))


def test_unbounded_intervals():
    """Where an end of the interval is infinite the range still contains everything, if need be by being infinite."""
    for name, psi in ACTIVATIONS.items():
        for low, high in ((-math.inf, math.inf), (0.0, math.inf), (-math.inf, -1.0)):
            for x in (-100.0, -1.0, 0.0, 1.0, 100.0):
                if low <= x <= high:
                    value, slope = (f(mpmath.mpf(x)) for f in REFERENCE[name])
                    assert not escapes_finite(psi.value_range(low, high), value)
                    assert not escapes_finite(psi.slope_range(low, high), slope)


def escapes_finite(ball: Ball, x) -> bool:
    return bool(ball.arb.is_finite()) and not ends(ball)[0] <= x <= ends(ball)[1]
