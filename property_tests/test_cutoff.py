"""Regularisation with a cutoff from an orthogonal start, the accrual of alignment, near-isometry: in rationals."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from claimed import exact, fractions
from hypothesis import find, given
from hypothesis import strategies as st

from fa_theory import strategies
from fa_theory.model.activations import activation
from fa_theory.model.network import Network
from fa_theory.model.rules import step
from fa_theory.proofs.song2021.slow_bounds import orthogonal

DIRECTIONS = [
    [Fraction(1)],
    [Fraction(-1)],
    [Fraction(3, 5), Fraction(-4, 5)],
    [Fraction(1, 3), Fraction(2, 3), Fraction(2, 3)],
]


class Setting(NamedTuple):
    """Targets ``Y h``, a width with a rational root, a schedule; the random signs of the start are keyed by seed."""

    h: list[Fraction]
    Y: Fraction
    root: int
    lam: Fraction
    share: Fraction
    T: int
    after: int
    seed: int

    @property
    def eta(self):
        """The given share of the longest steps that are stable, for T steps of at most 1/(1 + λ)."""
        eta = self.share / (1 + self.lam)
        while not self.stable(eta):
            eta *= Fraction(3, 4)
        return eta

    def stable(self, eta):
        S = eta * self.T / self.root
        return eta * (1 + self.lam + self.Y**2 * (S + Fraction(2, self.root)) ** 2) <= 1

    def start(self):
        network = orthogonal(np.random.default_rng(self.seed), len(self.h), self.root**2)
        arrays = (fractions(A) for A in (network.W, network.beta, network.b))
        return Network(*arrays, activation("linear"))


def twentieths(low, high):
    return st.integers(low, high).map(lambda m: Fraction(m, 20))


SETTINGS = st.builds(
    Setting,
    h=st.sampled_from(DIRECTIONS),
    Y=twentieths(1, 60),
    root=st.sampled_from([2, 4]),
    lam=twentieths(1, 100),
    share=twentieths(1, 20),
    T=st.integers(0, 5),
    after=st.integers(0, 3),
    seed=st.integers(0, 5),
)


class Numbers(NamedTuple):
    """c, ν, w and g of a step, and the time S."""

    c: Fraction
    nu: Fraction
    w: Fraction
    g: Fraction
    S: Fraction


def numbers(setting):
    """The recursion of three numbers: while λ is on, and after the cutoff."""
    eta, c, nu, w = setting.eta, Fraction(0), Fraction(0), Fraction(0)
    for t in range(setting.T + setting.after + 1):
        g = setting.Y - nu - w * c
        yield Numbers(c, nu, w, g, eta * min(t, setting.T) / setting.root)
        keep = 1 - eta * setting.lam if t < setting.T else Fraction(1)
        c, nu, w = c + eta * g / setting.root, keep * nu + eta * g, keep * w + eta * c * g


def states(setting):
    X, y = fractions(np.eye(len(setting.h))), setting.Y * fractions(setting.h)
    state = setting.start()
    for t in range(setting.T + setting.after + 1):
        yield state, state.error(X, y)
        lam = setting.lam if t < setting.T else Fraction(0)
        state = step(state, X, y, eta=setting.eta, lam=lam)


@given(SETTINGS)
def test_the_network_moves_in_three_numbers(setting):
    """song2021.orthogonal-start: error, alignment and length of the output weights, exactly."""
    assert in_three_numbers(setting)


def in_three_numbers(setting, gain=1):
    for (state, e), found in zip(states(setting), numbers(setting), strict=True):
        right = (
            not any(e + found.g * fractions(setting.h))
            and gain * (state.b @ state.beta) == setting.root * found.w
            and state.beta @ state.beta == found.nu**2 + found.w**2
        )
        if not right:
            return False
    return True


def slow_margins(setting, now):
    """song2021.slow-coordinate: what has to be ≥ 0 while λ is on."""
    Y, lam, epsilon, eta = setting.Y, setting.lam, Fraction(1, setting.root), setting.eta
    c, nu, w, g, S = now
    cubic = c**3 / 3 + (1 + lam) * c
    return {
        "signs": min(c, nu, w, g),
        "cubic from below": cubic + epsilon * Y * c**2 / 2 - lam * Y * S,
        "cubic from above": lam * Y * S + epsilon * Y + (epsilon * eta * Y) ** 2 * c / 3 - cubic,
        "w at most cν": c * nu - w,
        "w not far below": lam * (w - c * nu) + epsilon * Y**2,
        "error from below": g * (1 + lam + c**2 + epsilon * Y * c) - lam * Y,
        "speed": Y * S - c,
    }


@given(SETTINGS)
def test_the_slow_coordinate_keeps_its_bounds(setting):
    """song2021.slow-coordinate: every bound at every step, exactly."""
    for now in list(numbers(setting))[: setting.T + 1]:
        assert min(slow_margins(setting, now).values()) >= 0


@given(SETTINGS)
def test_the_error_from_above(setting):
    """song2021.slow-coordinate: the error against its target, what is left of the start, and the level Λ."""
    Y, lam, eta = setting.Y, setting.lam, setting.eta
    found = list(numbers(setting))[: setting.T + 1]
    level = 2 * Y**3 * found[-1].S / (1 + lam) / setting.root
    for t, now in enumerate(found):
        assert now.g * (1 + lam + now.c**2) <= lam * Y + level + (1 - eta * (1 + lam)) ** t * Y


@given(SETTINGS)
def test_after_the_cutoff(setting):
    """song2021.cutoff-orthogonal-start: exponential decay, and w/ν close to c, exactly."""
    found = list(numbers(setting))[setting.T :]
    Y, epsilon, eta, first = setting.Y, Fraction(1, setting.root), setting.eta, found[0]
    D = epsilon * Y**2 * (1 + 1 / setting.lam)
    for t, (c, nu, w, g, _) in enumerate(found):
        assert g <= (1 - eta) ** t * first.g
        assert c + epsilon * g <= first.c + epsilon * first.g
        assert w <= c * nu
        assert Y * c * nu <= Y * w + D * ((1 + c**2) * nu + g)


def accrual_gap(problem, energy=1):
    """b·β(T) less ``b·β₀ − s·q(0) + ½‖b‖²/p (sᵀKs − η²Σ eᵀKe)`` after three steps of a linear network, λ = 0."""
    one = exact(problem)
    network, X, y, eta = one.network, one.X, one.y, one.eta
    K, p, root = X @ X.T, network.p, network.root_p
    q, before = X @ network.W.T @ network.b / root, network.b @ network.beta
    s, lost = 0 * y, Fraction(0)
    for _ in range(3):
        e = network.error(X, y)
        s, lost = s + eta * e, lost + e @ K @ e
        network = step(network, X, y, eta=eta, lam=Fraction(0))
    gained = network.b @ network.b / p * (s @ K @ s - energy * eta**2 * lost) / 2
    return network.b @ network.beta - (before - s @ q + gained)


SQUARE = strategies.problems(
    psi=strategies.activations(names=["linear"]), n=(1, 3), d=(1, 3), p=(1, 9), square_width=True
)


@given(SQUARE)
def test_the_alignment_accrues(problem):
    """song2021.alignment-mean: half the quadratic form of s, less the energy of the steps, exactly, at every width."""
    assert accrual_gap(problem) == 0


MATRICES = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(twentieths(-40, 40), min_size=3, max_size=3), min_size=n, max_size=n)
)


@given(MATRICES, st.lists(twentieths(-100, 100), min_size=4, max_size=4))
def test_nearly_orthonormal_rows_are_nearly_isometric(rows, v):
    """song2021.near-isometry: ``(1 − Λ)‖v‖² ≤ ‖Xᵀv‖² ≤ (1 + Λ)‖v‖²``, exactly."""
    assert nearly_isometric(rows, v)


def nearly_isometric(rows, v, share=1):
    X, v = fractions(rows), fractions(v[: len(rows)])
    room = share * max(sum(abs(x) for x in row) for row in X @ X.T - fractions(np.eye(len(X))))
    length, image = v @ v, (X.T @ v) @ (X.T @ v)
    return (1 - room) * length <= image <= (1 + room) * length


class TestMutants:
    """Each claim with a bound sharpened or a term dropped: Hypothesis must find a counterexample."""

    def test_half_the_alignment(self):
        smallest = find(SETTINGS, lambda setting: not in_three_numbers(setting, gain=Fraction(1, 2)))
        assert smallest.T + smallest.after == 2  # in the first step w stays 0

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda setting, now, bounds: bounds["cubic from above"] - setting.Y / setting.root,
            lambda setting, now, bounds: bounds["w not far below"] - setting.Y**2 / setting.root,
            lambda setting, now, bounds: bounds["speed"] - setting.Y * now.S / 2,
        ],
        ids=["no room above the cubic", "w = cν", "half the speed"],
    )
    def test_without_room(self, wrong):
        def fails(setting):
            found = list(numbers(setting))[: setting.T + 1]
            return any(wrong(setting, now, slow_margins(setting, now)) < 0 for now in found)

        smallest = find(SETTINGS, fails)
        assert len(smallest.h) == 1
        assert smallest.T >= 1

    def test_decay_at_twice_the_rate(self):
        def fails(setting):
            found = list(numbers(setting))[setting.T :]
            return any(now.g > (1 - 2 * setting.eta) ** t * found[0].g for t, now in enumerate(found[:2]))

        assert find(SETTINGS, fails).after >= 1

    def test_the_energy_of_the_steps_forgotten(self):
        problem = find(SQUARE, lambda problem: accrual_gap(problem, energy=0) != 0)
        assert (problem.n, problem.p) == (1, 1)

    def test_half_the_room(self):
        rows = find(MATRICES, lambda rows: not nearly_isometric(rows, [Fraction(1)] * 4, share=Fraction(1, 2)))
        assert len(rows) == 1
