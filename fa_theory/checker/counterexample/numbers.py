"""Numbers, vectors and matrices of the checker's formulas: rationals as long as possible, then balls.

A number is an exact rational (`fmpq`) or a finite ball (`arb`) that contains the true value. Rationals stay rational
under everything that keeps them so (also roots of squares, rational eigenvalues of small matrices, ψ of ReLU, and what
ψ is at 0), so equalities can be decided; they become balls when they grow beyond `MAX_HEIGHT` bits. What is not defined
for certain (a division by what may be 0, a root of what may be negative) raises `Undefined`.
"""

from __future__ import annotations

import operator
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from flint import arb, arb_mat, fmpq, fmpq_mat

from fa_theory.checker import document as doc
from fa_theory.checker import ranges
from fa_theory.checker.eigenvalues import extreme_eigenvalues

MAX_DIGITS = 400
MAX_HEIGHT = 1024
MAX_EXACT_SIZE = 8
"""Largest matrix whose eigenvalues are sought among the rationals."""
MAX_EXACT_BITS, MAX_SPECTRAL_BITS = 2**15, 2**14
"""Of all entries of a matrix together, if it is eliminated in rationals, or its eigenvalues are sought there.

A minor may be as long, and there are many."""

Real: TypeAlias = fmpq | arb
ZERO, ONE, HALF = fmpq(0), fmpq(1), fmpq(1, 2)


class Undefined(ArithmeticError):
    """A formula has no certain value, or too dear a one; the message is one line."""


class Carried(ABC):
    """What stands in for a number and carries more than its value, see `derivatives`."""

    @abstractmethod
    def root(self) -> Real:
        """Square root."""

    @abstractmethod
    def exp(self) -> Real:
        """Exponential."""

    @abstractmethod
    def log(self) -> Real:
        """Natural logarithm."""

    @abstractmethod
    def absolute(self) -> Real:
        """``|x|``."""

    @abstractmethod
    def sign(self) -> Real:
        """−1 or 1."""

    @abstractmethod
    def activate(self, which: str, name: str) -> Real:
        """ψ or ψ'."""

    @abstractmethod
    def extreme(self, pick: str, other: Real) -> Real:
        """``min`` or ``max`` of two numbers."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number, vector or matrix: its shape and its entries, row by row."""

    shape: tuple[int, ...]
    entries: list[Real]

    def rows(self) -> list[list[Real]]:
        """The rows of a matrix; a vector is one row, a number one entry."""
        width = self.shape[-1] if self.shape else 1
        return [self.entries[i : i + width] for i in range(0, len(self.entries), width)]


# numbers


def rational(value: object, where: str) -> fmpq:
    """Accept a rational in lowest terms: ``"-3/5"``, ``"2"``."""
    if isinstance(value, str) and len(value) <= MAX_DIGITS and re.fullmatch(r"-?[0-9]+(/[0-9]+)?", value):
        top, _, bottom = value.partition("/")
        if bottom == "" or int(bottom):
            x = fmpq(int(top), int(bottom or 1))
            if str(x) == value:
                return x
    raise doc.refusal(where, 'a rational such as "-3/5"', value)


def array(value: object, where: str, most: int) -> Value:
    """Accept a vector or a matrix of at most so many rationals."""
    rows = value if isinstance(value, list) else []
    flat = [x for row in rows for x in row] if all(isinstance(row, list) for row in rows) else rows
    widths = {len(row) for row in rows} if flat is not rows else set()
    if not flat or len(widths) > 1 or len(flat) > most:
        raise doc.MalformedDocument(f"{where}: expected a list of rationals or of equal rows, at most {most} numbers")
    return Value((len(rows), *widths), [rational(x, where) for x in flat])


def ball(x: Real) -> arb:
    """The number as a ball."""
    if isinstance(x, Carried):
        raise Undefined("limits: the step contains an operation that this checker does not differentiate")
    return arb(x) if isinstance(x, fmpq) else x


def kept(x: Real) -> Real:
    """The number itself, a ball if it is too long; it must be finite."""
    if isinstance(x, fmpq):
        return arb(x) if x.height_bits() > MAX_HEIGHT else x
    if not x.is_finite():
        raise Undefined("a formula or the run is not certainly defined here, or its enclosure is lost")
    return x


def is_exactly(x: Real, value: int) -> bool:
    """Whether x is known exactly, and is that."""
    return isinstance(x, fmpq) and bool(x == value)


def mul(a: Real, b: Real) -> Real:
    """Product; exactly 0 if a factor is, since the other is finite."""
    if is_exactly(a, 0) or is_exactly(b, 0):
        return ZERO
    return kept(a * b)


def add(a: Real, b: Real) -> Real:
    """Sum."""
    return kept(a + b)


def sub(a: Real, b: Real) -> Real:
    """Difference."""
    return kept(a - b)


def absolute(x: Real) -> Real:
    """``|x|``."""
    if isinstance(x, Carried):
        return x.absolute()
    return abs(x) if isinstance(x, arb) else -x if x < 0 else x


def exp(x: Real) -> Real:
    """Exponential."""
    if isinstance(x, Carried):
        return x.exp()
    return ONE if is_exactly(x, 0) else kept(ball(x).exp())


def log(x: Real) -> Real:
    """Natural logarithm."""
    if isinstance(x, Carried):
        return x.log()
    return ZERO if is_exactly(x, 1) else kept(ball(x).log())


def arcsine(x: Real) -> Real:
    """The angle in [−π/2, π/2] with this sine: of the part of a ball that lies in [−1, 1]."""
    if is_exactly(x, 0):
        return ZERO
    inside = ball(x)
    if not (inside.lower() <= 1 and inside.upper() >= -1):
        raise Undefined("a formula takes the arcsine of a number outside [−1, 1] here")
    # it rises, so it is between its values at the ends
    low, high = inside.lower().max(arb(-1)), inside.upper().min(arb(1))
    return kept(low.asin().union(high.asin()))


def div(a: Real, b: Real) -> Real:
    """Quotient."""
    if is_exactly(b, 0):
        raise Undefined("a formula divides by 0 here")
    return kept(a / b)


def root(x: Real, square: bool = False) -> Real:
    """Square root; ``square`` says that x is known to be ≥ 0 though its ball may reach below."""
    if isinstance(x, Carried):
        return x.root()
    if isinstance(x, fmpq):
        if x < 0:
            raise Undefined("a formula takes the root of a negative number here")
        top, bottom = x.p.isqrt(), x.q.isqrt()
        return fmpq(top, bottom) if top * top == x.p and bottom * bottom == x.q else kept(arb(x).sqrt())
    if square and not x > 0:
        return kept(arb(0).union(x.upper().max(arb(0)).sqrt()))
    return kept(x.sqrt())


def sign(x: Real) -> Real:
    """−1, 0 or 1; all of [−1, 1] where it is not certain."""
    if isinstance(x, Carried):
        return x.sign()
    if isinstance(x, fmpq) or x > 0 or x < 0:
        return ONE if x > 0 else (-ONE if x < 0 else ZERO)
    return arb(0, 1)


def extreme(pick: str, a: Real, b: Real) -> Real:
    """``min`` or ``max`` of two numbers."""
    for x, other in ((a, b), (b, a)):
        if isinstance(x, Carried):
            return x.extreme(pick, other)
    low, high = (a, b) if a <= b else (b, a)
    if low <= high:
        return low if pick == "min" else high
    return kept(getattr(ball(a), pick)(ball(b)))


def power(x: Real, exponent: int) -> Real:
    """``x ** exponent``."""
    made: Real = ONE
    for _ in range(abs(exponent)):
        made = mul(made, x)
    return made if exponent >= 0 else div(ONE, made)


def activate(which: str, name: str, x: Real) -> Real:
    """ψ (``which = "psi"``) or ψ' (``"slope"``); ψ'(0) = 0 for ReLU, all of [0, 1] if a ball meets its kink."""
    if isinstance(x, Carried):
        return x.activate(which, name)
    if name == "linear":
        return x if which == "psi" else ONE
    if name == "relu" and isinstance(x, fmpq):
        return (x if which == "psi" else ONE) if x > 0 else ZERO
    psi, slope = ranges.known(name), which == "slope"
    exact = psi.at_zero[slope] if is_exactly(x, 0) else None
    if exact is not None:
        return exact
    return kept((psi.slope if slope else psi.value)(ball(x)))


# vectors and matrices


def entrywise(f: Callable[..., Real], *values: Value) -> Value:
    """Apply f to corresponding entries; a vector meets a matrix row by row."""
    shape = max((v.shape for v in values), key=len)
    if any(v.shape != shape[len(shape) - len(v.shape) :] for v in values):
        raise Undefined(f"a formula combines shapes {', '.join(str(v.shape) for v in values)}")
    count = len(values[0].entries) if len(values) == 1 else size(shape)
    return Value(shape, [f(*(v.entries[i % len(v.entries)] for v in values)) for i in range(count)])


def size(shape: tuple[int, ...]) -> int:
    """Number of entries."""
    return reduce(operator.mul, shape, 1)


def transpose(A: Value) -> Value:
    """Transpose of a matrix."""
    return Value((A.shape[1], A.shape[0]), [x for column in zip(*A.rows(), strict=True) for x in column])


def dot(u: Sequence[Real], v: Sequence[Real]) -> Real:
    """``Σ u_i v_i``."""
    total: Real = ZERO
    for a, b in zip(u, v, strict=True):
        total = add(total, mul(a, b))
    return total


def matmul(A: Value, B: Value) -> Value:
    """``A @ B`` for vectors and matrices."""
    columns = transpose(B).rows() if len(B.shape) == 2 else [B.entries]
    if not A.shape or not B.shape or A.shape[-1] != B.shape[0]:
        raise Undefined(f"a formula multiplies shapes {A.shape} and {B.shape}")
    return Value(A.shape[:-1] + B.shape[1:], [dot(row, column) for row in A.rows() for column in columns])


def short_rationals(entries: Sequence[Real], most: int = MAX_EXACT_BITS) -> list[fmpq] | None:
    """The entries of a matrix, if all are rational, and of so many bits together at most."""
    exact = [x for x in entries if isinstance(x, fmpq)]
    short = len(exact) == len(entries) and sum(x.height_bits() for x in exact) <= most
    return exact if short else None


def eigenvalue(which: int, A: Value) -> Real:
    """Smallest (0) or largest (1) eigenvalue of the symmetric part; exact where it is rational and A small."""
    if len(A.shape) != 2 or A.shape[0] != A.shape[1]:
        raise Undefined(f"a formula takes eigenvalues of shape {A.shape}")
    n, half = A.shape[0], entrywise(lambda x, y: mul(add(x, y), HALF), A, transpose(A)).entries
    exact = short_rationals(half, MAX_SPECTRAL_BITS) if n <= MAX_EXACT_SIZE else None
    if exact is not None:
        M = fmpq_mat(n, n, exact)
        for factor, _ in M.charpoly().factor()[1]:
            if factor.degree() == 1:
                r = -factor[0] / factor[1]
                # all roots are real, so all eigenvalues of B are ≥ 0 iff the signs of det(xI − B) alternate
                B = (M - _identity(n, r)) * fmpq(1 - 2 * which)
                if all((-1) ** (n - i) * B.charpoly()[i] >= 0 for i in range(n)):
                    return kept(r)
    return kept(extreme_eigenvalues(arb_mat(n, n, [ball(x) for x in half]))[which])


def _identity(n: int, scale: fmpq) -> fmpq_mat:
    return fmpq_mat(n, n, [scale if i == j else ZERO for i in range(n) for j in range(n)])


def norm(v: Sequence[Real]) -> Real:
    """Euclidean norm."""
    return root(dot(v, v), square=True)


def trace(A: Value) -> Real:
    """Trace."""
    if len(A.shape) != 2 or A.shape[0] != A.shape[1]:
        raise Undefined(f"a formula takes the trace of shape {A.shape}")
    return reduce(add, A.entries[:: A.shape[0] + 1])
