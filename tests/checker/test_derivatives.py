"""Numbers that carry their derivatives: against differences, at kinks, and where there are none."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from flint import arb, fmpq

from fa_theory.checker import ranges
from fa_theory.checker.counterexample import numbers as num
from fa_theory.checker.counterexample.derivatives import slopes_of, value_of, variables
from fa_theory.checker.counterexample.numbers import Real, Undefined

FUNCTIONS: dict[str, Callable[[Real, Real], Real]] = {
    "sum": num.add,
    "difference": num.sub,
    "product": num.mul,
    "quotient": num.div,
    "from a number": lambda x, y: num.sub(fmpq(3), x),
    "a number over it": lambda x, y: num.div(fmpq(3), x),
    "root": lambda x, y: num.root(num.mul(x, y)),
    "exponential": lambda x, y: num.exp(num.mul(x, y)),
    "logarithm": lambda x, y: num.log(num.add(x, y)),
    "power": lambda x, y: num.power(x, 3),
    "negative power": lambda x, y: num.power(y, -2),
    "absolute value": lambda x, y: num.absolute(num.sub(x, y)),
    "minimum": lambda x, y: num.extreme("min", x, y),
    "maximum": lambda x, y: num.extreme("max", num.mul(x, x), y),
    "maximum with a number": lambda x, y: num.extreme("max", fmpq(0), y),
    "norm": lambda x, y: num.norm([x, y]),
    **{
        f"{which} of {name}": lambda x, y, which=which, name=name: num.activate(which, name, num.sub(x, y))
        for which in ("psi", "slope")
        for name in ranges.ACTIVATIONS
    },
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("at", [(fmpq(1, 2), fmpq(5, 4)), (fmpq(7, 3), fmpq(1, 3))])
def test_the_slopes_are_those_of_differences(name: str, at: tuple[fmpq, fmpq]) -> None:
    f, h = FUNCTIONS[name], fmpq(1, 10**6)
    made = f(*variables(at))
    for i in (0, 1):
        ahead, behind = ([x + s * h * (j == i) for j, x in enumerate(at)] for s in (1, -1))
        difference = num.ball(num.div(num.sub(f(*ahead), f(*behind)), 2 * h))
        slope = num.ball(slopes_of(made).get(i, fmpq(0)))
        assert abs(difference.mid() - slope.mid()) < 1e-5 * (1 + abs(slope.mid()))
    assert abs(num.ball(value_of(made)).mid() - num.ball(f(*at)).mid()) < 1e-9


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_box_contains_the_slopes_of_its_points(name: str) -> None:
    f = FUNCTIONS[name]
    box = f(*variables([arb(0.5, 0.125), arb(1.25, 0.125)]))
    for x in (0.375, 0.5, 0.625):
        for y in (1.125, 1.25, 1.375):
            made = f(*variables([arb(x), arb(y)]))
            for i in (0, 1):
                inner = num.ball(slopes_of(made).get(i, fmpq(0)))
                assert num.ball(slopes_of(box).get(i, fmpq(0))).overlaps(inner)
                assert num.ball(slopes_of(box).get(i, fmpq(0))).upper() + 1e-9 >= inner.lower()


@pytest.mark.parametrize("name", ranges.ACTIVATIONS)
def test_the_second_derivative_is_within_its_bound(name: str) -> None:
    psi = ranges.known(name)
    for i in range(-40, 41):
        x = arb(i) / 8 + arb(1) / 1000
        found = psi.second(x)
        h = arb(10) ** -6
        difference = (psi.slope(x + h).mid() - psi.slope(x - h).mid()) / (2 * h)
        assert abs(found.mid() - difference.mid()) < 1e-4
        assert abs(found) <= arb(psi.curvature) + 1e-9 or psi.curvature == "inf"


def test_what_cancels_is_exactly_zero() -> None:
    x, y = variables([arb(0.5, 0.25), fmpq(2)])
    assert slopes_of(num.sub(x, x)) == {}
    assert num.is_exactly(num.mul(x, fmpq(0)), 0)
    assert num.sub(num.mul(y, fmpq(3)), num.mul(fmpq(3), y)) == 0


def test_kinks_have_all_slopes_between_and_jumps_none() -> None:
    (x,) = variables([arb(0, 0.5)])
    for made, low, high in (
        (num.absolute(x), -1, 1),
        (num.activate("psi", "relu", x), 0, 1),
        (num.extreme("max", x, fmpq(0)), 0, 1),
        (num.extreme("min", fmpq(0), x), 0, 1),
    ):
        slope = num.ball(slopes_of(made)[0])
        assert slope.contains(arb(low))
        assert slope.contains(arb(high))
        assert slope.rad() <= (high - low) / 2 + 1e-6
    exact = num.activate("psi", "relu", variables([fmpq(0)])[0])
    assert num.ball(slopes_of(exact)[0]).contains(arb(1))
    for f in (num.sign, num.root, lambda x: num.activate("slope", "relu", x), lambda x: num.div(fmpq(1), x)):
        with pytest.raises(Undefined):
            f(x)


def test_signs_that_are_certain_and_slopes_at_exact_kinks() -> None:
    for x, sign in ((arb(0.5, 0.25), 1), (arb(-0.5, 0.25), -1), (fmpq(-1, 2), -1), (fmpq(1, 2), 1)):
        (u,) = variables([x])
        assert num.sign(u) == sign
        assert slopes_of(num.absolute(u)) == {0: sign}
    for x in (fmpq(0), arb(0.25, 0.25), arb(-0.25, 0.25)):
        (u,) = variables([x])
        with pytest.raises(Undefined, match="a sign may jump"):
            num.sign(u)
        slope = num.ball(slopes_of(num.absolute(u))[0])
        assert slope.contains(1)
        assert slope.contains(-1)


@pytest.mark.parametrize("name", ["erf", "gelu", "tanh", "sigmoid", "softplus"])
def test_slopes_of_smooth_activations_around_zero(name: str) -> None:
    slope = num.ball(slopes_of(num.activate("psi", name, variables([arb(0, 2)])[0]))[0])
    for z in (-2, -1, 0, 1, 2):
        assert slope.overlaps(ranges.known(name).slope(arb(z)))


def test_what_is_not_differentiated_says_so() -> None:
    x, y = variables([fmpq(1), fmpq(2)])
    for f in (lambda: num.arcsine(x), lambda: num.eigenvalue(0, num.Value((1, 1), [y]))):
        with pytest.raises(Undefined, match="does not differentiate"):
            f()
    assert math.isfinite(float(num.ball(value_of(x))))
