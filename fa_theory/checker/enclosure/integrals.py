"""Integrals over intervals and means over normal numbers, enclosed by `acb.integral` (Arb).

**Integrands.** `acb.integral` needs, on a complex ball, an enclosure of the integrand, and where it asks for it
(``analytic``) the certainty that the integrand is holomorphic there. An integrand is built from the operations below,
each of which is holomorphic on the balls on which it gives a finite value: roots and logarithms where the real part of
their argument is positive, ``|·|``, min, max and ReLU where the sign is certain, ψ and ψ' as `ranges` says.
Where a value is not finite, `NotDefined` is raised, so that nothing maps it back to a finite one, and Arb divides the
interval further, or the integral is infinite and refused. So a finite integral is of a function defined on all of the
interval. The interval is mapped to [0, 1], ``∫_a^b f = (b − a) ∫_0^1 f(a + (b − a) t) dt``, because its ends are balls.

**Tails.** ``|f(z)| ≤ c (1 + |z|)^m`` for all real z follows from the form of f (`growth`: ψ and ψ' are Lipschitz or
bounded; sin, cos and ``exp(−t²)`` are bounded). For ``|z| ≥ 1`` this is at most ``2^m c |z|^m``. Where
``z² ≥ R² ≥ 2m`` and ``R ≥ 1``, ``(−z^{m−1} e^{−z²/2})' = (z^m − (m−1) z^{m−2}) e^{−z²/2} ≥ ½ z^m e^{−z²/2}``, so

    E |f(Z)| 1{|Z| > R} ≤ 2 · 2^m c · 2 R^{m−1} e^{−R²/2} / √(2π).

**Kernels.** ``gram`` is the matrix of ``E f(x_i·w) f(x_j·w)``, w ~ N(0, I). With ``σ_i = ‖x_i‖``, ``x_i·w = σ_i U`` and
``x_j·w = σ_j V`` for standard normal U, V of correlation ``ρ = x_i·x_j/(σ_iσ_j)``. The Hermite polynomials ``h_k`` are
an orthonormal basis of L²(N(0,1)), and ``E h_k(U) h_l(V) = δ_kl ρ^k`` (Mehler). With ``a_ik = E f(σ_i Z) h_k(Z)``

    E f(x_i·w) f(x_j·w) = Σ_{k≤N} a_ik a_jk ρ^k + r,   |r| ≤ |ρ|^{N+1} √(E f(σ_iZ)² − Σ_{k≤N} a_ik²) √(the same of j),

the rest by Cauchy and Schwarz. With
``√(k+1) h_{k+1} = z h_k − √k h_{k−1}`` induction gives ``|h_k(z)| ≤ (1 + |z|)^k``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add, mul, sub
from typing import TypeAlias

from flint import acb, arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker import ranges

from .terms import ClosedTerm
from .values import NotDefined, Operations, Value, finite, function, matrix, number

EVALUATIONS = 20_000
"""Of one integrand."""
_NOT_FINITE = acb("nan")
Evaluate: TypeAlias = Callable[[ClosedTerm], Value]
"""The value of a term whose names all have values."""
Integrand: TypeAlias = Callable[[acb, bool], acb]
Bound: TypeAlias = tuple[arb, int]
"""c and m of ``c (1 + |z|)^m``."""


def evaluate(term: ClosedTerm, real: Evaluate, work: Operations) -> Value:
    """Enclose an integral, a mean, or a matrix of means."""
    body, (name,) = term.args[0], term.bound
    match term.op:
        case "integral":
            low, high = (number(real(arg), "integral") for arg in term.args[1:])
            f = _Body(body, name, real, work)
            width = high - low
            return width * _integral(lambda t, analytic: f(low + width * t, analytic), arb(0), arb(1), work)
        case "mean":
            f = _Body(body, name, real, work)
            return _mean(f, f.growth(body))
        case _:
            X = matrix(real(term.args[1]), "gram")
            return _gram(X, _Body(body, name, real, work), term.whole[0])


def _integral(f: Integrand, low: arb, high: arb, work: Operations) -> arb:
    """``∫ f`` over an interval with exact ends. Nothing may be raised while Arb calls f."""
    refused: list[doc.MalformedDocument] = []

    def guarded(z: acb, analytic: bool) -> acb:
        if refused:
            return _NOT_FINITE
        try:
            value = f(z, analytic)
        except (NotDefined, ZeroDivisionError):
            return _NOT_FINITE
        except doc.MalformedDocument as why:
            refused.append(why)
            return _NOT_FINITE
        return value if value.is_finite() else _NOT_FINITE

    found = acb.integral(guarded, low, high, eval_limit=EVALUATIONS).real
    if refused:
        raise refused[0]
    finite(found, "an integral")
    return found


def _mean(f: _Body, bound: Bound, weight: Callable[[acb], acb] = lambda z: acb(1), scale: arb = arb(1)) -> arb:  # noqa: B008
    """``E f(scale Z) weight(Z)``, whose size is within the bound."""
    c, m = bound
    R = arb(int((1.5 * ctx.prec + 8 * m + 16) ** 0.5) + 1)
    root = (2 * arb.pi()).sqrt()
    inside = _integral(lambda z, a: f(z * scale, a) * weight(z) * (-z * z / 2).exp(), -R, R, f.work) / root
    return inside + arb(0, _tail(c, m, R).abs_upper())


def _tail(c: arb, m: int, R: arb) -> arb:
    """At least ``E |f(Z)| 1{|Z| > R}`` where ``|f(z)| ≤ c (1 + |z|)^m``, ``R ≥ 1`` and ``R² ≥ 2m``."""
    return 4 * arb(2) ** m * c * R ** (m - 1) * (-R * R / 2).exp() / (2 * arb.pi()).sqrt()


def _hermite(k: int, work: Operations) -> Callable[[acb], acb]:
    """``h_k = He_k/√k!``, orthonormal for N(0, 1)."""
    root = arb.fac_ui(k).sqrt()

    def at(z: acb) -> acb:
        work.spend(k)
        before, now = acb(0), acb(1)
        for j in range(k):
            before, now = now, z * now - j * before
        return now / root

    return at


def _gram(X: arb_mat, f: _Body, degree: int) -> Value:
    K, n = X * X.transpose(), X.nrows()
    f.work.spend(n * n * (X.ncols() + degree))
    sigma = [K[i, i].sqrt() for i in range(n)]
    if not all(s > 0 for s in sigma):
        raise NotDefined("gram: a row is not certainly different from 0")
    c, m = f.growth(f.term)
    squares: list[arb] = []
    parts: list[list[arb]] = []
    rest: list[arb] = []
    for s in sigma:
        size = c * (1 + s) ** m  # |f(σz)| ≤ c (1 + σ|z|)^m ≤ c (1 + σ)^m (1 + |z|)^m
        squared = _mean(_Squared(f), (size * size, 2 * m), scale=s)
        found = [_mean(f, (size, m + k), _hermite(k, f.work), s) for k in range(degree + 1)]
        left = (squared - sum((a * a for a in found), arb(0))).upper().max(arb(0))
        squares.append(squared)
        parts.append(found)
        rest.append(left.sqrt())
    rows = [[squares[i]] * n for i in range(n)]
    for i in range(n):
        for j in range(i):
            rho = K[i, j] / (sigma[i] * sigma[j])
            near = sum((a * b * rho**k for k, (a, b) in enumerate(zip(parts[i], parts[j], strict=True))), arb(0))
            most = rho.abs_upper().min(arb(1)) ** (degree + 1) * rest[i] * rest[j]
            rows[i][j] = rows[j][i] = near + arb(0, most.abs_upper())
    return arb_mat(rows)


class _Body:
    """The integrand: a term in one variable, the others having values."""

    def __init__(self, term: ClosedTerm, name: str, real: Evaluate, work: Operations) -> None:
        self.term, self.name, self.real, self.work = term, name, real, work
        self.constants: dict[int, arb] = {}

    def __call__(self, z: acb, analytic: bool) -> acb:
        """The value on a complex ball."""
        return self._at(self.term, z, analytic)

    def _constant(self, term: ClosedTerm) -> arb:
        if id(term) not in self.constants:
            self.constants[id(term)] = number(self.real(term), term.op)
        return self.constants[id(term)]

    def _at(self, term: ClosedTerm, z: acb, analytic: bool) -> acb:
        self.work.spend(1)
        if self.name not in term.free:
            return acb(self._constant(term))
        if term.op == "name":
            return z
        values = [self._at(arg, z, analytic) for arg in term.args]
        match term.op:
            case "+" | "*" | "-":
                found = reduce({"+": add, "*": mul, "-": sub}[term.op], values)
            case "/":
                found = values[0] / values[1]
            case "neg":
                found = -values[0]
            case "^":
                found = values[0] ** term.whole[0]
            case "min" | "max":
                a, b = values
                found = (acb.real_min if term.op == "min" else acb.real_max)(a, b, analytic=analytic)
            case op if op in _HOLOMORPHIC:
                found = _HOLOMORPHIC[op](values[0], analytic)
            case op if op in ranges.ACTIVATIONS:
                found = ranges.known(op).complex_value(values[0], analytic)
            case op if op.endswith("'"):
                found = ranges.known(op[:-1]).complex_slope(values[0], analytic)
            case op:
                raise doc.MalformedDocument(f"{op!r} cannot stand in an integrand around its variable")
        if not found.is_finite():
            raise NotDefined(f"{term.op} is not certainly defined and finite")
        return found

    def growth(self, term: ClosedTerm) -> Bound:
        """c and m with ``|t(z)| ≤ c (1 + |z|)^m`` for all real z. What is let through is defined everywhere."""
        if self.name not in term.free:
            return self._constant(term).abs_upper(), 0
        if term.op == "name":
            return arb(1), 1
        match term.op, term.args:
            case (("sin" | "cos"), (inner,)):
                self.growth(inner)  # or it may be undefined somewhere
                return arb(1), 0
            case "exp", (ClosedTerm(op="neg", args=(ClosedTerm(op="^", args=(inner,), whole=(power,)),)),) if (
                power % 2 == 0
            ):
                self.growth(inner)
                return arb(1), 0
            case op, (inner,) if op.endswith("'"):
                self.growth(inner)
                return ranges.steepest(op[:-1]).abs_upper(), 0
            case "/", (above, below) if self.name not in below.free:
                c, m = self.growth(above)
                return (c / self._constant(below).abs_lower()).upper(), m
        if term.op not in ("+", "-", "*", "neg", "^", "abs", "min", "max", *ranges.ACTIVATIONS):
            raise doc.MalformedDocument(f"no bound of {term.op!r} is known for the tail of a normal number")
        bounds = [self.growth(arg) for arg in term.args]
        sizes, powers = [c for c, _ in bounds], [m for _, m in bounds]
        match term.op:
            case "*":
                c, m = reduce(mul, sizes), sum(powers)
            case "^":
                c, m = sizes[0] ** term.whole[0], powers[0] * term.whole[0]
            case op if op in ranges.ACTIVATIONS:  # |ψ(t)| ≤ |ψ(0)| + sup|ψ'| |t|
                c, m = function(op)(arb(0)).abs_upper() + ranges.steepest(op).abs_upper() * sizes[0], powers[0]
            case _:
                c, m = reduce(add, sizes), max(powers)
        if m > 200:
            raise doc.MalformedDocument("the integrand grows faster than a power of 200")
        finite(c, "a bound of the integrand")
        return c.upper(), m


class _Squared(_Body):
    """The square of an integrand."""

    def __init__(self, f: _Body) -> None:
        super().__init__(f.term, f.name, f.real, f.work)

    def __call__(self, z: acb, analytic: bool) -> acb:
        value = super().__call__(z, analytic)
        return value * value


def _right(z: acb) -> acb:
    if not z.real > 0:
        raise NotDefined("a root or a logarithm is not certainly defined")
    return z


_HOLOMORPHIC: dict[str, Integrand] = {
    "exp": lambda z, a: z.exp(),
    "log": lambda z, a: _right(z).log(),
    "sqrt": lambda z, a: _right(z).sqrt(),
    "abs": lambda z, a: z.real_abs(analytic=a),
    "sin": lambda z, a: z.sin(),
    "cos": lambda z, a: z.cos(),
}
