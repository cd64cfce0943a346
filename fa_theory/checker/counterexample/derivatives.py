"""Numbers that carry their derivatives, so that every formula of the checker can be differentiated by evaluating it.

A `Dual` stands in for a number: its value and its derivatives in some variables, all of them rationals or balls. A ball
of values comes with balls of derivatives that contain the derivatives at every point of it. Where a function has a kink
inside, the derivatives are those on both sides and all between: by the mean value theorem for absolutely continuous
functions the difference of two values is then still one of these derivatives times the difference of the arguments.
A function that jumps inside has none, and `Undefined` is raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from flint import arb

from fa_theory.checker import ranges

from . import numbers as num
from .numbers import ONE, ZERO, Carried, Real, Undefined, Value


@dataclass(frozen=True, slots=True, eq=False)
class Dual(Carried):
    """A number with its derivatives in the variables that it depends on, by their number."""

    value: Real
    slopes: Mapping[int, Real]

    def is_finite(self) -> bool:
        """As of a ball: its parts are kept finite one by one."""
        return True

    def __add__(self, other: Real) -> Real:
        return _sum(num.add(self.value, value_of(other)), self.slopes, slopes_of(other))

    __radd__ = __add__

    def __sub__(self, other: Real) -> Real:
        return _sum(num.sub(self.value, value_of(other)), self.slopes, _scaled(-ONE, slopes_of(other)))

    def __rsub__(self, other: Real) -> Real:
        return _made(num.sub(other, self.value), _scaled(-ONE, self.slopes))

    def __mul__(self, other: Real) -> Real:
        there = value_of(other)
        return _sum(num.mul(self.value, there), _scaled(there, self.slopes), _scaled(self.value, slopes_of(other)))

    __rmul__ = __mul__

    def __truediv__(self, other: Real) -> Real:
        below = value_of(other)
        made = num.div(self.value, below)
        across = num.div(num.sub(ZERO, made), below)
        return _sum(made, _scaled(num.div(ONE, below), self.slopes), _scaled(across, slopes_of(other)))

    def __rtruediv__(self, other: Real) -> Real:
        made = num.div(other, self.value)
        return self._chained(made, num.div(num.sub(ZERO, made), self.value))

    def _chained(self, value: Real, slope: Real) -> Real:
        return _made(value, _scaled(slope, self.slopes))

    def root(self) -> Real:
        """Square root."""
        if not self.value > 0:
            raise Undefined("limits: a root is not differentiable where its argument may be 0")
        made = num.root(self.value)
        return self._chained(made, num.div(num.HALF, made))

    def exp(self) -> Real:
        """Exponential."""
        made = num.exp(self.value)
        return self._chained(made, made)

    def log(self) -> Real:
        """Natural logarithm."""
        return self._chained(num.log(self.value), num.div(ONE, self.value))

    def absolute(self) -> Real:
        """``|x|``, with a slope in [−1, 1] at its kink."""
        return self._chained(num.absolute(self.value), _side(self.value))

    def sign(self) -> Real:
        """The sign, which must be certain."""
        if not (self.value > 0 or self.value < 0):
            raise Undefined("limits: a sign may jump within the enclosure of the run")
        return num.sign(self.value)

    def activate(self, which: str, name: str) -> Real:
        """ψ or ψ'."""
        slope = num.activate("slope", name, self.value)
        if which == "psi":
            if name == "relu" and not (self.value > 0 or self.value < 0):
                slope = arb(num.HALF, num.HALF)
            return self._chained(num.activate("psi", name, self.value), slope)
        return self._chained(slope, _second(name, self.value))

    def extreme(self, pick: str, other: Real) -> Real:
        """``min`` or ``max``; where it is not certain which one it is, all between the derivatives of both."""
        u, v = self.value, value_of(other)
        if u <= v or v <= u:
            return cast(Real, self) if bool(u <= v) == (pick == "min") else other
        mine, theirs = self.slopes, slopes_of(other)
        slopes: dict[int, Real] = {
            i: num.ball(mine.get(i, ZERO)).union(num.ball(theirs.get(i, ZERO))) for i in {*mine, *theirs}
        }
        return _made(num.extreme(pick, u, v), slopes)


def value_of(x: Real) -> Real:
    """The number without its derivatives."""
    given: object = x
    return given.value if isinstance(given, Dual) else x


def slopes_of(x: Real) -> Mapping[int, Real]:
    """The derivatives that are not exactly 0."""
    given: object = x
    return given.slopes if isinstance(given, Dual) else {}


def variables(values: Sequence[Real], first: int = 0) -> list[Real]:
    """The numbers as variables, numbered from the first."""
    return [cast(Real, Dual(x, {first + i: ONE})) for i, x in enumerate(values)]


def carried(value: Value, first: int = 0) -> Value:
    """A vector or matrix of variables."""
    return Value(value.shape, variables(value.entries, first))


def _made(value: Real, slopes: Mapping[int, Real]) -> Real:
    # a ball that may be 0 is kept: for balls, != says "certainly different"
    kept = {i: s for i, s in slopes.items() if not s == 0}  # noqa: SIM201
    return cast(Real, Dual(value, kept)) if kept else value


def _sum(value: Real, left: Mapping[int, Real], right: Mapping[int, Real]) -> Real:
    made = dict(left)
    for i, s in right.items():
        made[i] = num.add(made[i], s) if i in made else s
    return _made(value, made)


def _scaled(factor: Real, slopes: Mapping[int, Real]) -> dict[int, Real]:
    return {i: num.mul(factor, s) for i, s in slopes.items()}


def _side(x: Real) -> Real:
    """The sign as a slope: at 0 everything between −1 and 1."""
    return num.sign(x) if x > 0 or x < 0 else arb(0, 1)


def _second(name: str, z: Real) -> Real:
    """ψ''."""
    found = ranges.known(name).second(num.ball(z))
    if not found.is_finite():
        raise Undefined("limits: a pre-activation may cross a kink, where ψ' jumps")
    return found
