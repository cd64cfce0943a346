"""The model: activations, balls, networks, rules, schedules, seeds."""

import dataclasses
import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from flint import arb, ctx, fmpq

from fa_theory import strategies
from fa_theory.checker import ranges
from fa_theory.conjectures import Domain
from fa_theory.enclosure.certify import certify_run
from fa_theory.enclosure.start import certify_from_start
from fa_theory.errors import FATheoryError, InputError, UncertainComparison
from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.ball import Array, Ball, as_arb, balls, midpoints
from fa_theory.model.law import Law
from fa_theory.model.network import Network, alignment, inner, norm
from fa_theory.model.problem import Problem, sample
from fa_theory.model.rules import Rule, as_rule, step
from fa_theory.model.schedules import Schedule
from fa_theory.seeds import generator
from fa_theory.simulation.arrays import available
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.run import states

NAMES = tuple(ACTIVATIONS)
GRID = np.linspace(-20, 20, 400_001)  # contains 0, and the extrema of ψ'' to 1e-9 of their value
X_SYMBOL = sympy.Symbol("x", real=True)

_to_fractions = np.frompyfunc(Fraction, 1, 1)


def fractions(values):
    return np.asarray(_to_fractions(values), dtype=object)


def small_network(psi="tanh", p=4, d=2, k=None, convert=np.asarray):
    rng = generator(1, "test_model", psi)
    outputs = (p,) if k is None else (p, k)
    W, beta, b = (np.round(4 * rng.normal(size=shape)) / 4 for shape in ((p, d), outputs, outputs))
    return Network(convert(W), convert(beta), convert(b), activation(psi))


X = np.array([[1.0, 0.5], [-0.5, 2.0], [0.25, 0.0]])
y = np.array([1.0, -1.0, 0.5])


class TestActivations:
    @pytest.mark.parametrize("name", NAMES)
    def test_value_and_slope_agree_with_sympy(self, name):
        """Floats: ψ and ψ' agree with the SymPy formula and its derivative to 1e-13."""
        psi, at = activation(name), np.array([-30.0, -3.0, -0.7, -1e-3, 0.0, 1e-3, 0.4, 2.0, 30.0])
        value, slope = psi.expression(), sympy.diff(psi.expression(), X_SYMBOL)
        for x in at[at != 0] if name == "relu" else at:
            exact = sympy.Rational(Fraction(x).numerator, Fraction(x).denominator)
            for formula, number in ((value, psi.value(np.array([x]))), (slope, psi.slope(np.array([x])))):
                assert number[0] == pytest.approx(float(formula.subs(X_SYMBOL, exact).evalf(30)), rel=1e-13, abs=1e-15)

    @pytest.mark.parametrize("name", NAMES)
    def test_balls_enclose_sympy(self, name):
        """Balls: ψ and ψ' of an exact ball contain 40 digits of the SymPy value and have a radius below 1e-14."""
        psi = activation(name)
        value, slope = psi.expression(), sympy.diff(psi.expression(), X_SYMBOL)
        for x in (Fraction(-17, 4), Fraction(-1, 8), Fraction(1, 2), Fraction(3)):
            (z,) = balls([float(x)])
            for formula, ball in ((value, psi.value(np.array([z]))[0]), (slope, psi.slope(np.array([z]))[0])):
                truth = formula.subs(X_SYMBOL, sympy.Rational(x.numerator, x.denominator)).evalf(40)
                with ctx.workprec(150):
                    assert ball.arb.overlaps(arb(str(truth)))
                assert ball.arb.rad() < 1e-14

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("order", [0, 1, 2])
    def test_bounds_are_tight(self, name, order):
        """``sup|ψ⁽ᵒʳᵈᵉʳ⁾|`` bounds dense samples of the SymPy derivative and is approached to 1e-6; oo is no bound."""
        psi = activation(name)
        formula = psi.expression()
        if name == "relu" and order > 0:
            formula = sympy.Piecewise((0, X_SYMBOL <= 0), (1, True)) if order == 1 else None
        elif order > 0:
            formula = sympy.diff(formula, X_SYMBOL, order)
        bound = psi.supremum(order)
        if bound == sympy.oo:
            jump = activation(name).slope(np.array([-1e-9, 1e-9]))
            assert np.max(abs(psi.value(1e6 * GRID))) > 1e6 if order == 0 else np.ptp(jump) == 1
            return
        sampled = np.broadcast_to(sympy.lambdify(X_SYMBOL, formula, ["scipy", "numpy"])(GRID), GRID.shape)
        top = np.max(abs(sampled))
        assert top <= float(bound) * (1 + 1e-12)
        assert top >= float(bound) - 1e-6

    @pytest.mark.parametrize("name", NAMES)
    def test_steepest_is_the_bound(self, name):
        """The checker's ``sup|ψ'|`` is the model's."""
        assert Ball(ranges.steepest(name)).midpoint == pytest.approx(float(activation(name).supremum(1)), rel=1e-15)

    @pytest.mark.parametrize("name", NAMES)
    def test_float_slope_is_the_difference_quotient(self, name):
        z, h = np.array([-2.0, -0.3, 0.2, 1.5]), 1e-6
        psi = activation(name)
        np.testing.assert_allclose((psi.value(z + h) - psi.value(z - h)) / (2 * h), psi.slope(z), atol=1e-9)

    def test_relu_at_its_kink(self):
        """ψ'(0) = 0 for numbers; a ball that meets the kink gets [0, 1]."""
        relu = activation("relu")
        assert list(relu.slope(np.array([-1.0, 0.0, 1.0]))) == [0, 0, 1]
        assert list(relu.slope(fractions([-1, 0, Fraction(1, 3)]))) == [0, 0, 1]
        assert list(relu.slope(balls([-1, 0, 1]))) == [0, 0, 1]
        across = relu.slope(np.array([Ball(0).plus_minus(1e-30)]))[0]
        assert across.contains(0)
        assert across.contains(1)
        assert list(relu.value(fractions([-1, Fraction(1, 3)]))) == [0, Fraction(1, 3)]

    @pytest.mark.parametrize("name", NAMES)
    def test_far_out(self, name):
        """No overflow where ψ is flat or linear; warnings are errors here."""
        psi, far = activation(name), np.array([-1e4, -800.0, 800.0, 1e4])
        assert np.all(np.isfinite(psi.value(far)))
        assert np.all((psi.slope(far) >= psi.slopes.low) & (psi.slope(far) <= psi.slopes.high))
        for x in far:
            off = abs(psi.value_range(x, x).arb - as_arb(psi.value(np.array([x]))[0]))
            assert off <= 1e-15 * (1 + abs(x))
            assert psi.slope_range(x, x + 1).arb.is_finite()

    def test_shapes_are_kept(self):
        for psi in ACTIVATIONS.values():
            for z in (np.zeros((2, 3, 4)), balls(np.zeros((2, 3, 4)))):
                assert psi.value(z).shape == psi.slope(z).shape == z.shape

    def test_repr_rebuilds_it(self):
        assert all(eval(repr(psi)) is psi for psi in ACTIVATIONS.values())

    def test_unknown_name(self):
        with pytest.raises(InputError, match=r"'thanh'.*linear, relu, tanh"):
            activation("thanh")

    @pytest.mark.parametrize("interval", [(1.0, 0.0), (math.nan, 1.0), (0.0, math.nan)])
    def test_reversed_interval(self, interval):
        for method in (activation("tanh").value_range, activation("tanh").slope_range):
            with pytest.raises(InputError, match="low ≤ high"):
                method(*interval)

    @pytest.mark.parametrize("name", ["tanh", "erf", "sigmoid", "softplus"])
    def test_smooth_on_rationals(self, name):
        for method in (activation(name).value, activation(name).slope):
            with pytest.raises(InputError, match="Fraction"):
                method(fractions([1]))


class TestBalls:
    @pytest.mark.parametrize("number", [3, np.int64(3), 3.0, np.float32(3), Fraction(3), fmpq(3), arb(3), Ball(3)])
    def test_exact_entrance(self, number):
        assert Ball(number) == 3
        assert Ball(number).arb.is_exact()

    def test_floats_are_dyadic(self):
        """``Ball(0.1)`` is the float 0.1, not 1/10."""
        assert Ball(Fraction(1, 10)).arb.rad() > 0
        with ctx.workprec(100):
            assert Ball(0.1) != Fraction(1, 10)

    @pytest.mark.parametrize("value", [True, "1", None, 1j, np.longdouble(1), [1], np.bool_(True)])
    def test_what_is_no_number(self, value):
        with pytest.raises(InputError, match="expected"):
            as_arb(value)

    @pytest.mark.parametrize("mix", [lambda b: b + "1", lambda b: None * b, lambda b: b < "1", lambda b: b == None])  # noqa: E711
    def test_arithmetic_with_what_is_no_number(self, mix):
        with pytest.raises(InputError):
            mix(Ball(1))

    def test_powers(self):
        """Integer powers are right for balls that contain 0; other powers are refused."""
        wide = Ball(0).plus_minus(1)
        assert (wide**2).contains(1)
        assert (wide**2).contains(0)
        assert (wide**2).arb.is_finite()
        assert Ball(2) ** 0 == 1
        assert Ball(2) ** -2 == 0.25
        assert Ball(-3) ** 3 == -27
        assert list(np.power(balls([2, 3]), 2)) == [4, 9]
        with pytest.raises(InputError, match="integer exponent"):
            wide**0.5

    def test_plus_minus(self):
        ball = Ball(1).plus_minus(Fraction(1, 3))
        assert ball.contains(Fraction(2, 3) + Fraction(1, 10**9))
        assert ball.contains(Fraction(4, 3))
        assert not ball.contains(1.34)

    def test_no_float_behind_ones_back(self):
        """A ball becomes a float only when asked by name."""
        ball = Ball(Fraction(1, 3))
        with pytest.raises(InputError, match="midpoint"):
            float(ball)
        assert ball.midpoint == 1 / 3
        assert midpoints(np.array([[ball, 1]], dtype=object)).tolist() == [[1 / 3, 1.0]]

    def test_comparison(self):
        assert Ball(1) < 2 <= Ball(2) != 3
        assert sorted(balls([3, 1, 2])) == [1, 2, 3]
        with pytest.raises(UncertainComparison, match="overlap"):
            _ = Ball(1).plus_minus(1) > 0.5

    def test_arrays_on_either_side(self):
        """NumPy arrays take balls element by element from the left and from the right."""
        one = Ball(1)
        for result in (one + np.ones(2), np.ones(2) + one, one - np.ones(2), np.ones(2) * one, one / np.ones(2)):
            assert result.shape == (2,)
            assert all(isinstance(x, Ball) for x in result)
        assert isinstance(np.float64(2) * one, Ball)


class TestNetwork:
    def test_output_and_gram_matrices(self):
        """f, G and H are their definitions, entry by entry."""
        net = small_network()
        for i, x in enumerate(X):
            f = sum(net.beta[r] * math.tanh(net.W[r] @ x) for r in range(4)) / 2
            assert net.output(X)[i] == pytest.approx(f, rel=1e-14)
            for j, x2 in enumerate(X):
                G = sum(math.tanh(w @ x) * math.tanh(w @ x2) for w in net.W) / 4
                slopes = [(1 - math.tanh(w @ x) ** 2) * (1 - math.tanh(w @ x2) ** 2) for w in net.W]
                H = x @ x2 * sum(net.beta * net.b * slopes) / 4
                assert net.gram(X)[i, j] == pytest.approx(G, rel=1e-13)
                assert net.feedback_gram(X)[i, j] == pytest.approx(H, rel=1e-13)

    def test_root_p(self):
        assert small_network(p=3).root_p == math.sqrt(3)
        assert small_network(p=4, psi="relu", convert=fractions).root_p == 2
        root = small_network(p=3, convert=balls).root_p
        assert (root * root).contains(3)
        assert root.arb.rad() > 0

    def test_width_without_rational_root(self):
        with pytest.raises(InputError, match="p = 3"):
            small_network(p=3, psi="linear", convert=fractions).output(fractions(X))

    def test_gram_matrices_need_no_root(self):
        """G and H divide by p, so they are exact at every width."""
        net, inputs = small_network(p=3, psi="linear", convert=fractions), fractions(X)
        assert np.all(net.gram(inputs) == inputs @ net.W.T @ net.W @ inputs.T / 3)
        assert np.all(net.feedback_gram(inputs) == inputs @ inputs.T * (net.b @ net.beta) / 3)

    def test_balls_anywhere_enclose_root_p(self):
        """β in balls over float64 W: √p is enclosed all the same."""
        net = small_network(p=3)
        mixed = Network(net.W, balls(net.beta), balls(net.b), net.psi)
        assert isinstance(mixed.root_p, Ball)

    @pytest.mark.parametrize(
        ("W", "beta", "b"),
        [
            ((4,), (4,), (4,)),
            ((4, 2), (3,), (3,)),
            ((4, 2), (4,), (4, 1)),
            ((4, 2), (4, 2, 1), (4, 2, 1)),
            ((3, 4, 2), (4,), (4,)),
            ((0, 2), (0,), (0,)),
            ((4, 0), (4,), (4,)),
        ],
    )
    def test_shapes_that_do_not_fit(self, W, beta, b):
        with pytest.raises(InputError, match="shape"):
            Network(np.ones(W), np.ones(beta), np.ones(b), activation("tanh"))

    @pytest.mark.parametrize(
        ("inputs", "targets", "k"),
        [
            ((3, 3), (3,), None),
            ((2,), (3,), None),
            ((3, 2), (2,), None),
            ((3, 2), (3, 1), None),
            ((3, 2), (3,), 2),
            ((3, 2), (1, 2), 2),  # would broadcast
            ((3, 2), (3, 1), 2),  # would broadcast
            ((3, 2), (), None),
        ],
    )
    def test_data_that_do_not_fit(self, inputs, targets, k):
        with pytest.raises(InputError, match="shape"):
            small_network(k=k).error(np.ones(inputs), np.ones(targets))

    def test_no_matrix_H_for_several_outputs(self):
        with pytest.raises(InputError, match="one output"):
            small_network(k=2).feedback_gram(X)

    def test_mixed_numbers(self):
        """Balls or rationals in a float64 network, and floats among rationals, would lose what they are for."""
        net = small_network("linear")
        for values in (balls(X), fractions(X)):
            with pytest.raises(InputError, match="floats"):
                net.output(values)
        with pytest.raises(InputError, match="floats"):
            net.error(X, balls(y))
        exact = small_network("linear", convert=fractions)
        with pytest.raises(InputError, match="Fractions"):
            exact.output(X)
        with pytest.raises(InputError, match="Fractions"):
            exact.error(fractions(X), y)
        enclosed = small_network("linear", convert=balls)
        assert all(ball.contains(f) for ball, f in zip(enclosed.output(X), net.output(X), strict=True))

    def test_norm_and_alignment(self):
        v = np.array([[3.0, 4.0], [0.0, 0.0]])
        assert norm(v).tolist() == [5, 0]
        assert inner(v, v).tolist() == [25, 0]
        assert norm(balls(v))[0] == 5
        assert math.isnan(alignment(v[0], v[1]))
        assert alignment(v[0], -v[0]) == -1
        assert alignment(balls([3, 4]), balls([4, 3])).contains(Fraction(24, 25))


class TestStep:
    @pytest.mark.parametrize("eta", [0, -0.1, math.nan, Fraction(-1), Ball(0)])
    def test_eta(self, eta):
        net = small_network("linear", convert=balls)
        with pytest.raises(InputError, match="eta > 0"):
            step(net, balls(X), balls(y), eta=eta)

    @pytest.mark.parametrize("lam", [-0.1, math.nan, Fraction(-1, 3), Ball(-1)])
    def test_lam(self, lam):
        net = small_network("linear", convert=balls)
        with pytest.raises(InputError, match="lam ≥ 0"):
            step(net, balls(X), balls(y), eta=1, lam=lam)

    def test_uncertain_eta(self):
        with pytest.raises(UncertainComparison):
            step(small_network(convert=balls), balls(X), balls(y), eta=Ball(0).plus_minus(1))

    def test_rationals_stay_rational(self):
        """Float η and λ are exact dyadic numbers; they do not turn a rational network into floats."""
        net = small_network("relu", convert=fractions)
        for state in itertools.islice(states(net, fractions(X), fractions(y), eta=0.1), 3):
            assert all(isinstance(x, Fraction) for A in (state.W, state.beta) for x in A.flat)
        exact = step(net, fractions(X), fractions(y), eta=0.1, lam=0.3)
        same = step(net, fractions(X), fractions(y), eta=Fraction(0.1), lam=Fraction(0.3))
        assert np.all(exact.W == same.W)
        assert np.all(exact.beta == same.beta)

    def test_ball_eta_on_floats(self):
        for options in ({"eta": Ball(1)}, {"eta": 1, "lam": Ball(1)}):
            with pytest.raises(InputError, match="ball"):
                step(small_network(), X, y, **options)

    def test_kinds_of_number_agree(self):
        """Float, ball and rational steps of the same network agree."""
        kinds = {convert: small_network("relu", convert=convert) for convert in (np.asarray, balls, fractions)}
        floats, enclosed, exact = (
            step(net, convert(X), convert(y), eta=Fraction(1, 8) if convert is fractions else 0.125, lam=1)
            for convert, net in kinds.items()
        )
        for name in ("W", "beta"):
            A, B, C = (getattr(net, name) for net in (floats, enclosed, exact))
            assert all(ball.contains(truth) for ball, truth in zip(B.flat, C.flat, strict=True))
            np.testing.assert_allclose(A, C.astype(float), rtol=1e-13, atol=1e-15)

    def test_data_that_do_not_fit(self):
        with pytest.raises(InputError, match="shape"):
            step(small_network(), X, y[:2], eta=1)

    def test_states_follow_the_schedule(self):
        """``states`` uses λ(t) at step t and starts with the state itself."""
        net, schedule = small_network(), Schedule.with_cutoff(0.5, 2)
        run = list(itertools.islice(states(net, X, y, eta=0.1, schedule=schedule, rule=Rule.BP), 4))
        assert run[0] is net
        for t in range(3):
            expected = step(run[t], X, y, eta=0.1, lam=0.5 if t < 2 else 0, rule=Rule.BP)
            np.testing.assert_array_equal(run[t + 1].beta, expected.beta)

    def test_rule(self):
        net = small_network()
        assert Rule.FA.feedback(net) is net.b
        assert Rule.BP.feedback(net) is net.beta
        assert repr(Rule.BP) == "Rule.BP"
        with pytest.raises(dataclasses.FrozenInstanceError):
            net.W = X


class TestSchedule:
    def test_values(self):
        assert [Schedule.with_cutoff(0.3, 2)(t) for t in range(4)] == [0.3, 0.3, 0, 0]
        assert Schedule.constant(0.3)(10**9) == 0.3
        assert Schedule.none()(0) == 0

    def test_off_from(self):
        assert Schedule.none().off_from == 0
        assert Schedule.constant(0.0).off_from == 0
        assert Schedule.constant(0.3).off_from is None
        assert Schedule.with_cutoff(0.3, 7).off_from == 7
        assert Schedule.with_cutoff(0.0, 7).off_from == 0

    @pytest.mark.parametrize("lam", [-1, math.nan, math.inf])
    def test_lam(self, lam):
        with pytest.raises(InputError, match=r"lam ≥ 0 but got"):
            Schedule.constant(lam)

    def test_cutoff(self):
        with pytest.raises(InputError, match="-1"):
            Schedule.with_cutoff(0.1, -1)


class TestSeeds:
    def test_same_address_same_bits(self):
        a, b = (generator(7, "claim", "sampling", 3).standard_normal(5) for _ in range(2))
        np.testing.assert_array_equal(a, b)

    def test_other_address_other_bits(self):
        """Seed, every part of the address, its order and its grouping all count."""
        addresses = [
            (7,),
            (7, "a"),
            (7, "b"),
            (8, "a"),
            (7, "a", "b"),
            (7, "b", "a"),
            (7, "ab"),
            (7, "a", 1),
            (7, "a1"),
        ]
        draws = [generator(*address).integers(2**62) for address in addresses]
        assert len(set(draws)) == len(draws)

    def test_bits_are_pinned(self):
        """A seed printed in a report must give the same trial next year."""
        assert generator(1, "song2021.linear-recursion", "sampling", 3).integers(2**32) == PINNED


PINNED = 3381938670


def test_user_errors_are_value_errors():
    """One base for all errors meant for the user; libraries that expect ValueError get one."""
    assert issubclass(InputError, FATheoryError)
    assert issubclass(InputError, ValueError)
    assert issubclass(UncertainComparison, FATheoryError)


# names of rules, and what a rule declares


def taught() -> tuple[Network, Array, Array]:
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((4, 3)), rng.standard_normal(4)
    return (
        Network(rng.standard_normal((5, 3)), rng.standard_normal(5), rng.standard_normal(5), activation("tanh")),
        X,
        y,
    )


def by_hand(net: Network, X: Array, y: Array, rule: str, eta: float) -> Array:
    """The error after one step, entry by entry, with what is sent back written out."""
    p, Z = net.p, X @ net.W.T
    e = np.tanh(Z) @ net.beta / np.sqrt(p) - y
    sent = [SENT[rule](float(beta), float(b)) for beta, b in zip(net.beta, net.b, strict=True)]
    W, beta = net.W.copy(), net.beta.copy()
    for r in range(p):
        for i in range(len(X)):
            W[r] -= eta / np.sqrt(p) * e[i] * sent[r] * (1 - np.tanh(Z[i, r]) ** 2) * X[i]
            beta[r] -= eta / np.sqrt(p) * e[i] * np.tanh(Z[i, r])
    after: Array = np.tanh(X @ W.T) @ beta / np.sqrt(p) - y
    return after


SENT: dict[str, Callable[[float, float], float]] = {
    "fa": lambda beta, b: b,
    "dfa": lambda beta, b: b,
    "bp": lambda beta, b: beta,
    "sign": lambda beta, b: math.copysign(b, beta),
    "usf": lambda beta, b: math.copysign(1, beta),
    "kolen-pollack": lambda beta, b: b,
}


@pytest.mark.parametrize("rule", SENT)
def test_the_name_of_a_rule_is_that_rule_in_every_way_of_running_it(rule: str) -> None:
    net, X, y = taught()
    expected = by_hand(net, X, y, rule, 0.5)
    problem = Problem(X, y, net, 0.5, rule=rule)  # type: ignore[arg-type]
    assert problem.rule is as_rule(rule)
    found = [
        step(net, X, y, eta=0.5, rule=rule).error(X, y),
        next(itertools.islice(states(net, X, y, eta=0.5, rule=rule), 1, 2)).error(X, y),
    ]
    for backend in ["numpy", *(["jax"] if available() else [])]:
        for path in ("auto", "weight space", "sample space"):
            found.append(simulate(problem, 1, record=("error",), path=path, backend=backend)["error"][0, 1])
            fa = Problem(X, y, net, 0.5)
            found.append(simulate(fa, 1, rule=rule, record=("error",), path=path, backend=backend)["error"][0, 1])
    for error in found:
        assert np.allclose(error, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("wrong", ["nonsense", "FA", "", None, 1, ["fa"]])
def test_what_is_no_rule_is_refused_at_every_door(wrong: Any) -> None:
    net, X, y = taught()
    problem = Problem(X, y, net, 0.5)
    doors: list[Callable[[], object]] = [
        lambda: as_rule(wrong),
        lambda: step(net, X, y, eta=0.5, rule=wrong),
        lambda: Problem(X, y, net, 0.5, rule=wrong),
        lambda: sample(rng=np.random.default_rng(0), n=2, d=2, p=2, activation="tanh", eta=0.1, rule=wrong),
        lambda: strategies.problems(rules=(wrong,)),
        lambda: Domain(n=1, d=1, p=1, rule=wrong),
    ]
    if wrong is not None:  # None: the rule of the problem
        doors += [
            lambda: next(states(net, X, y, eta=0.5, rule=wrong)),
            lambda: simulate(problem, 2, rule=wrong),
            lambda: simulate(Law("tanh", 2, 3, 4), 2, rule=wrong),
            lambda: simulate(Law("linear", 2, 3, 4), 2, rule=wrong),
            lambda: simulate(Law("tanh", 2, 3, 4), 2, rule=wrong, path="infinite width"),
        ]
    for door in doors:
        with pytest.raises(InputError, match="rule"):
            door()


def test_a_certificate_of_decay_is_about_feedback_that_does_not_change() -> None:
    net, X, y = taught()
    for certify in (certify_run, certify_from_start):
        with pytest.raises(
            InputError, match="needs constant feedback weights, which the rule 'bp' does not have; use fa or dfa"
        ):
            certify(Problem(X, y, net, 0.1, rule=Rule.BP))
