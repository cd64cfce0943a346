"""Overlapping balls have no known order: every call that would pick a side has to raise."""

import math

import numpy as np
import pytest
import scipy.linalg
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from fa_theory.errors import UncertainComparison
from fa_theory.model.ball import Ball, balls, midpoints

WIDE = Ball(0).plus_minus(1)
B = np.array([WIDE, Ball(0), Ball(0.5)], dtype=object)
ZERO = balls([0, 0, 0])
M = np.array([[WIDE, Ball(0.5)], [Ball(0.5), WIDE]], dtype=object)

PICKS_A_SIDE = {
    "if": lambda: 1 if WIDE else 0,
    "not": lambda: not WIDE,
    "and": lambda: WIDE and 1,
    "==": lambda: WIDE == 0,
    "!=": lambda: WIDE != 0,
    "float <": lambda: 0.5 < WIDE,  # noqa: SIM300 - the reflected method
    "np.float64 <": lambda: np.float64(0.5) < WIDE,
    "in": lambda: 0 in [WIDE],
    "max": lambda: max(B),
    "min": lambda: min(0, WIDE),
    "sorted": lambda: sorted(B),
    "np.maximum": lambda: np.maximum(B, ZERO),
    "np.minimum": lambda: np.minimum(0, B),
    "np.fmax": lambda: np.fmax(B, 0),
    "np.fmin": lambda: np.fmin(B, 0),
    "np.maximum.accumulate": lambda: np.maximum.accumulate(B),
    "np.max": lambda: np.max(B),
    "np.min": lambda: np.min(B),
    "np.nanmax": lambda: np.nanmax(B),
    "np.ptp": lambda: np.ptp(B),
    "np.argmax": lambda: np.argmax(B),
    "np.argmin": lambda: np.argmin(B),
    "np.sort": lambda: np.sort(B),
    "np.sort stable": lambda: np.sort(B, kind="stable"),
    "np.sort heap": lambda: np.sort(B, kind="heapsort"),
    "np.argsort": lambda: np.argsort(B),
    "np.lexsort": lambda: np.lexsort((B,)),
    "np.partition": lambda: np.partition(B, 1),
    "np.argpartition": lambda: np.argpartition(B, 1),
    "np.median": lambda: np.median(B),
    "np.quantile": lambda: np.quantile(B, 0.5),
    "np.unique": lambda: np.unique(B),
    "np.searchsorted": lambda: np.searchsorted(balls([-1, 0.5]), B),
    "np.digitize": lambda: np.digitize(B, [0]),
    "np.histogram": lambda: np.histogram(B),
    "np.isin": lambda: np.isin(B, [0]),
    "np.union1d": lambda: np.union1d(B, B),
    "np.clip": lambda: np.clip(B, 0, 1),
    "np.sign": lambda: np.sign(B),
    "np.where comparison": lambda: np.where(B > 0, B, ZERO),
    "np.where ball": lambda: np.where(B, 1, 0),
    "np.select": lambda: np.select([B > 0], [B]),
    "np.piecewise": lambda: np.piecewise(B, [B > 0], [1, 0]),
    "mask": lambda: B[B > 0],
    "np.nonzero": lambda: np.nonzero(B),
    "np.count_nonzero": lambda: np.count_nonzero(B),
    "np.any": lambda: np.any(B),
    "np.all": lambda: np.all(B),
    "np.logical_and": lambda: np.logical_and(B, True),
    "np.logical_not": lambda: np.logical_not(B),
    "astype bool": lambda: B.astype(bool),
    "np.array_equal": lambda: np.array_equal(B, ZERO),
    "np.allclose": lambda: np.allclose(B, 0),
    "np.linalg.norm inf": lambda: np.linalg.norm(B, np.inf),
    "np.linalg.norm matrix 1": lambda: np.linalg.norm(M, 1),
}


@pytest.mark.parametrize("smuggle", PICKS_A_SIDE.values(), ids=PICKS_A_SIDE)
def test_no_side_is_picked(smuggle):
    """Comparing, sorting, clipping and masking overlapping balls raises UncertainComparison."""
    with pytest.raises(UncertainComparison, match="overlap"):
        smuggle()


BECOMES_A_FLOAT = {
    "float": lambda: float(WIDE),
    "int": lambda: int(WIDE),
    "complex": lambda: complex(WIDE),
    "round": lambda: round(WIDE),
    "format": lambda: f"{WIDE:.3f}",
    "%f": lambda: "%f" % WIDE,  # noqa: UP031 - the old way calls __float__
    "math.sqrt": lambda: math.sqrt(WIDE),
    "math.floor": lambda: math.floor(WIDE),
    "math.isclose": lambda: math.isclose(WIDE, 0),
    "math.copysign": lambda: math.copysign(1, WIDE),
    "math.fsum": lambda: math.fsum(B),
    "math.dist": lambda: math.dist(B, B),
    "astype float": lambda: B.astype(float),
    "astype int": lambda: B.astype(int),
    "np.asarray float": lambda: np.asarray(B, dtype=float),
    "np.full float": lambda: np.full(2, WIDE, dtype=float),
    "np.fromiter": lambda: np.fromiter(B, float),
    "assignment": lambda: np.zeros(3).__setitem__(slice(None), B),
    "assignment of one": lambda: np.zeros(3).__setitem__(0, WIDE),
    "np.copyto": lambda: np.copyto(np.zeros(3), B),
    "+=": lambda: np.zeros(3).__iadd__(B),
    "out": lambda: np.add(B, 1, out=np.zeros(3)),
    "np.floor": lambda: np.floor(B),
    "np.ceil": lambda: np.ceil(B),
    "np.rint": lambda: np.rint(B),
    "np.round": lambda: np.round(B),
    "np.isnan": lambda: np.isnan(B),
    "np.isfinite": lambda: np.isfinite(B),
    "np.signbit": lambda: np.signbit(B),
    "np.heaviside": lambda: np.heaviside(B, 0),
    "np.interp": lambda: np.interp(B, [0, 1], [0, 1]),
    "np.std": lambda: np.std(B),
    "np.linalg.norm spectral": lambda: np.linalg.norm(M, 2),
    "np.linalg.eigvalsh": lambda: np.linalg.eigvalsh(M),
    "np.linalg.eigvals": lambda: np.linalg.eigvals(M),
    "np.linalg.svd": lambda: np.linalg.svd(M),
    "np.linalg.qr": lambda: np.linalg.qr(M),
    "np.linalg.det": lambda: np.linalg.det(M),
    "np.linalg.inv": lambda: np.linalg.inv(M),
    "np.linalg.solve": lambda: np.linalg.solve(M, B[:2]),
    "np.linalg.cholesky": lambda: np.linalg.cholesky(M),
    "np.linalg.matrix_rank": lambda: np.linalg.matrix_rank(M),
    "np.linalg.cond": lambda: np.linalg.cond(M),
    "np.linalg.lstsq": lambda: np.linalg.lstsq(M, B[:2]),
    "scipy.linalg.eigvalsh": lambda: scipy.linalg.eigvalsh(M),
    "scipy.linalg.lu": lambda: scipy.linalg.lu(M),
    "scipy.linalg.expm": lambda: scipy.linalg.expm(M),
}


@pytest.mark.parametrize("smuggle", BECOMES_A_FLOAT.values(), ids=BECOMES_A_FLOAT)
def test_no_ball_becomes_a_float(smuggle):
    """Float routines (eigenvalues, rounding, `math`) refuse balls; none quietly goes on with the midpoint."""
    with pytest.raises((TypeError, ValueError)):
        smuggle()


def test_norms_of_balls_are_balls():
    """`np.linalg.norm` of a vector or of a matrix (Frobenius) is computed in balls, so it is right."""
    v = np.array([Ball(3).plus_minus(0.5), Ball(4)], dtype=object)
    euclid, largest, total = np.linalg.norm(v), np.linalg.norm(v, np.inf), np.linalg.norm(v, 1)
    for x in (2.5, 3.0, 3.5):
        assert euclid.lower < math.hypot(x, 4) < euclid.upper
        assert total.contains(x + 4)
    assert largest.contains(4)
    frobenius = np.linalg.norm(np.array([v, v]))
    assert frobenius.contains(np.sqrt(Ball(50)))


def test_norms_around_zero_say_nothing():
    """Where the sum of squares may come out negative by overestimation the norm is nan, and nan compares to nothing."""
    nothing = np.linalg.norm(B)
    with pytest.raises(UncertainComparison):
        _ = nothing < 1e300


def test_no_bigger_than_nan():
    """A ball of nan refuses every comparison, with itself too."""
    nan = Ball(math.nan)
    for smuggle in (lambda: nan < 0, lambda: nan >= 0, lambda: nan == nan, lambda: np.maximum(balls([math.nan]), 0)):
        with pytest.raises(UncertainComparison):
            smuggle()


CENTRES = st.integers(-8, 8).map(lambda eighths: eighths / 8)
RADII = st.integers(0, 8).map(lambda eighths: eighths / 8)
ORDERINGS = {
    "<": (lambda a, b: a < b, lambda a, b: a < b),
    "<=": (lambda a, b: a <= b, lambda a, b: a <= b),
    ">": (lambda a, b: a > b, lambda a, b: a > b),
    ">=": (lambda a, b: a >= b, lambda a, b: a >= b),
    "==": (lambda a, b: a == b, lambda a, b: a == b),
    "!=": (lambda a, b: a != b, lambda a, b: a != b),
}


@given(CENTRES, RADII, CENTRES, RADII, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_an_answer_holds_for_all_points(x, rx, y, ry, order):
    """Whenever two balls do compare, the answer is that of all the points in them."""
    compare, of_points = ORDERINGS[order]
    try:
        answer = compare(Ball(x).plus_minus(rx), Ball(y).plus_minus(ry))
    except UncertainComparison:
        return
    points = [(x + s * rx, y + t * ry) for s in (-1, -0.5, 0, 1) for t in (-1, 0, 0.25, 1)]
    assert all(of_points(a, b) == answer for a, b in points)


@given(st.lists(CENTRES, min_size=1, max_size=6, unique=True))
def test_certain_order_is_not_refused(centres):
    """Disjoint balls do compare, sort and clip, and rightly so: refusing everything would be safe and useless."""
    apart = np.array([Ball(x).plus_minus(2**-10) for x in centres], dtype=object)
    assert np.all(midpoints(np.sort(apart)) == np.sort(centres))
    assert np.argmax(apart) == np.argmax(centres)
    assert np.min(apart).contains(min(centres))
    assert [bool(flag) for flag in apart > Ball(1 / 16)] == [x > 1 / 16 for x in centres]
    assert list(midpoints(np.maximum(apart, Ball(1 / 16)))) == list(np.maximum(centres, 1 / 16))


def test_arithmetic_is_not_refused():
    """Sums and products need no order."""
    for ball in (sum(B), np.sum(B), B @ B, np.einsum("i,i", B, B), np.mean(B) * 3, np.float64(2) * WIDE, np.trace(M)):
        assert isinstance(ball, Ball)
        assert ball.contains(0.25)


def test_exact_balls_are_numbers():
    """Balls of radius 0 compare like the numbers they are, integers and fractions of a power of 2 alike."""
    assert list(np.maximum(balls([0, 1]), balls([0.5, 0.5]))) == [0.5, 1]
    assert list(np.sign(balls([-2, 0, 3]))) == [-1, 0, 1]
    assert not Ball(0)


def test_bare_arb_would_pick_a_side():
    """Mutant: arrays of bare `arb` let the same calls through, with a wrong answer; that is what `Ball` is for."""
    bare, zero = np.array([arb(0, 1)], dtype=object), np.array([arb(0)], dtype=object)
    assert not bool(bare[0] > 0)
    assert not bool(bare[0] <= 0)  # neither, so an `else` branch would take the ball for negative
    assert np.where(bare > 0, 1, 0)[0] == 0
    assert np.maximum(bare, zero)[0].is_exact()  # the hull is not exact: a side was picked
