"""Known inequalities about the atoms of a formula, as polynomials that are ≥ 0.

Every lemma holds for all real vectors and matrices with the axes of its parts, so for networks of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from fa_theory.conjectures.language.expression import Expr
from fa_theory.model.activations import Activation

from .flatten import Flatten
from .polynomial import Poly, atom, minus, number, plus, power, scaled, single, times
from .ranges import of_span
from .shapes import NotProvable, axes
from .term import Label

HALF = Fraction(1, 2)


def below_one(psi: Activation) -> bool:
    """Whether ``|ψ| < 1``, never 1."""
    low, high = of_span(psi.values).low, of_span(psi.values).high
    if low is None or high is None:
        return False
    return (low > -1 or (low == -1 and psi.values.strict_low)) and (high < 1 or (high == 1 and psi.values.strict_high))


def lipschitz(activations: Iterable[Activation]) -> Fraction | None:
    """At least ``sup |ψ'|`` of all of them, if each has a bound and ``ψ(0) = 0``, so that ``|ψ(z)| ≤ sup|ψ'| |z|``."""
    found = Fraction(0)
    for psi in activations:
        span = of_span(psi.slopes)
        if not psi.fixes_zero or span.low is None or span.high is None:
            return None
        found = max(found, -span.low, span.high)
    return found


@dataclass(frozen=True, eq=False)
class PolynomialFact:
    """A polynomial that is ≥ 0 (> 0 if ``strict``), and why."""

    poly: Poly
    because: str
    strict: bool = False


class Lemmas:
    """The facts about each atom, found when they are needed."""

    def __init__(self, flatten: Flatten, path_length: Callable[[Expr], Expr | None]) -> None:
        self.flatten = flatten
        self.path_length = path_length
        self.bounds = flatten.bounds
        self.given: list[PolynomialFact] = []
        """Hypotheses."""
        self._known: dict[str, tuple[int, list[PolynomialFact]]] = {}

    def about(self, name: str) -> list[PolynomialFact]:
        """Facts in which an atom occurs."""
        own = self.flatten.atoms[name]
        if name not in self._known or self._known[name][0] != len(own.written):
            self._known[name] = len(own.written), list(self._facts(name))
        return self._known[name][1] + [fact for fact in self.given if any(name in dict(m) for m in fact.poly)]

    def _facts(self, name: str) -> Iterator[PolynomialFact]:
        own = self.flatten.atoms[name]
        low, high = own.bounds.low, own.bounds.high
        if low is not None:
            yield PolynomialFact(minus(atom(name), number(low)), "its range", own.bounds.positive and low == 0)
        if high is not None:
            yield PolynomialFact(minus(number(high), atom(name)), "its range")
        if own.size_of:
            yield from self._about_size(name, own.size_of)
        for x, labels in list(own.written):
            try:
                yield from self._written(x, labels)
            except NotProvable:
                continue

    def _about_size(self, name: str, inside: str) -> Iterator[PolynomialFact]:
        yield PolynomialFact(minus(atom(name), atom(inside)), "z ≤ |z|")
        yield PolynomialFact(plus(atom(name), atom(inside)), "−z ≤ |z|")
        for x, labels in list(self.flatten.atoms[inside].written):
            scale = self._scale(x, labels, inside)
            if x.rank and scale is not None:
                gap = minus(self.flatten.norm(x), times(scale, atom(name)))
                yield PolynomialFact(gap, "an entry is at most the norm")
            if x.op == "psi" and scale is not None and all(map(below_one, self.bounds.activations)):
                yield PolynomialFact(minus(number(Fraction(1)), times(scale, atom(name))), "|ψ| < 1", True)
            if x.op == "inner" and scale is not None:
                product = times(*(self.flatten.norm(v) for v in x.args))
                yield PolynomialFact(
                    minus(product, times(scale, atom(name))), "the Cauchy–Schwarz inequality |⟨u, v⟩| ≤ ‖u‖ ‖v‖"
                )

    def _scale(self, x: Expr, labels: tuple[Label, ...], name: str) -> Poly | None:
        """``|c|`` where ``x`` is c times the atom."""
        term = single(self.flatten.atom(x, labels))
        if term is None:
            return None
        return self.flatten.size({tuple((n, e) for n, e in term[0] if n != name): term[1]})

    def _written(self, x: Expr, labels: tuple[Label, ...]) -> Iterator[PolynomialFact]:
        value = self.flatten.atom(x, labels)
        if x.rank:
            norm = self.flatten.norm(x)
            yield PolynomialFact(minus(norm, value), "an entry is at most the norm")
            yield PolynomialFact(plus(norm, value), "an entry is at most the norm")
        match x.op:
            case "smallest" | "largest":
                gap = minus(self.flatten.total(x.args[0]), times(self.flatten.sizes(x.args[0]), value))
                sign = Fraction(1 if x.op == "smallest" else -1)
                yield PolynomialFact(
                    scaled(gap, sign), "m times the smallest of m entries ≤ their sum ≤ m times the largest"
                )
            case "inner":
                yield from self._inner(value, *x.args)
            case "total":
                root = times(self.flatten.sizes(x.args[0], HALF), self.flatten.norm(x.args[0]))
                yield PolynomialFact(minus(root, value), "the Cauchy–Schwarz inequality Σ v_i ≤ √m ‖v‖")
                yield PolynomialFact(plus(root, value), "the Cauchy–Schwarz inequality −Σ v_i ≤ √m ‖v‖")
                found, size = self.bounds(x.args[0]), self.flatten.sizes(x.args[0])
                if found.high is not None:
                    yield PolynomialFact(minus(scaled(size, found.high), value), "the range of the summands")
                if found.low is not None:
                    yield PolynomialFact(minus(value, scaled(size, found.low)), "the range of the summands")
            case "abs":
                inside = self.flatten(x.args[0], labels)
                yield PolynomialFact(minus(value, inside), "z ≤ |z|")
                yield PolynomialFact(plus(value, inside), "−z ≤ |z|")
                parts = [self.flatten.size({m: c}) for m, c in inside.items()]
                if len(parts) > 1 and None not in parts:
                    every = plus(*(part for part in parts if part is not None))
                    yield PolynomialFact(minus(every, value), "the triangle inequality")
            case "norm":
                yield from self._norm(value, x.args[0])
            case "row_norms":
                yield PolynomialFact(minus(self.flatten.norm(x.args[0]), value), "a row is no longer than the matrix")
            case "trace":
                A = x.args[0]
                if self.bounds.psd(A):
                    top = self.flatten.eigenvalue(Expr("eigmax", (A,), 0))
                    yield PolynomialFact(minus(value, top), "λ_max ≤ tr of a positive semidefinite matrix")
            case "eigmin" | "eigmax":
                yield from self._eigenvalue(x.op, value, x.args[0])
            case "exp":
                yield PolynomialFact(
                    minus(value, plus(number(Fraction(1)), self.flatten(x.args[0], labels))), "1 + z ≤ exp z"
                )
            case "log":
                yield PolynomialFact(
                    minus(minus(self.flatten(x.args[0], labels), number(Fraction(1))), value), "log z ≤ z − 1"
                )
            case "psi":
                yield from self._activation(value, x, labels)
            case "max" | "min":
                for arg in x.args:
                    gap = minus(value, self.flatten(arg, labels[len(labels) - arg.rank :]))
                    word = "a maximum" if x.op == "max" else "a minimum"
                    yield PolynomialFact(gap if x.op == "max" else scaled(gap, Fraction(-1)), f"what {word} is")

    def _inner(self, value: Poly, u: Expr, v: Expr) -> Iterator[PolynomialFact]:
        product = times(self.flatten.norm(u), self.flatten.norm(v))
        yield PolynomialFact(minus(product, value), "the Cauchy–Schwarz inequality ⟨u, v⟩ ≤ ‖u‖ ‖v‖")
        yield PolynomialFact(plus(product, value), "the Cauchy–Schwarz inequality −⟨u, v⟩ ≤ ‖u‖ ‖v‖")
        yield PolynomialFact(
            minus(times(product, product), times(value, value)), "the Cauchy–Schwarz inequality, squared"
        )
        for form, z in ((u, v), (v, u)):
            if form.op != "matmul":
                continue
            A, w = form.args if form.args[0].rank == 2 else form.args[::-1]
            if A.rank == 2 and w.rank == 1 and self.bounds.same(w, z) and len(set(axes(A))) == 1:
                square = times(*[self.flatten.norm(z)] * 2)
                for op, sign in (("eigmin", 1), ("eigmax", -1)):
                    bound = times(self.flatten.eigenvalue(Expr(op, (A,), 0)), square)
                    words = "λ_min(A) ‖v‖² ≤ v·Av" if sign == 1 else "v·Av ≤ λ_max(A) ‖v‖²"
                    yield PolynomialFact(scaled(minus(value, bound), Fraction(sign)), words)

    def _norm(self, value: Poly, v: Expr) -> Iterator[PolynomialFact]:
        norm = self.flatten.norm
        op, args = v.op, v.args
        found = self.bounds(v)
        if found.low is not None and found.high is not None:
            top = max(-found.low, found.high)
            size = scaled(self.flatten.sizes(v, HALF), top)
            yield PolynomialFact(minus(size, value), "‖v‖ ≤ √m max|v_i| for m entries")
        if v.op == "leaf" and v.value == "X" and self.bounds.domain.inputs != "gaussian":
            root = self.flatten.scalar("n", HALF)
            yield PolynomialFact(minus(root, value), "‖X‖ ≤ √n, as no row is longer than 1")
            if self.bounds.domain.inputs != "ball":
                yield PolynomialFact(minus(value, root), "‖X‖ = √n, as every row has length 1")
        if op in ("add", "sub") and args[0].rank == args[1].rank:
            left, right = norm(args[0]), norm(args[1])
            yield PolynomialFact(minus(plus(left, right), value), "the triangle inequality")
            yield PolynomialFact(minus(plus(value, right), left), "the triangle inequality")
            yield PolynomialFact(minus(plus(value, left), right), "the triangle inequality")
        path = self.path_length(v)
        if path is not None:
            yield PolynomialFact(minus(self.flatten(path), value), "the triangle inequality, summed over the steps")
        if op == "matmul" or (op == "mul" and args[0].rank == args[1].rank):
            words = "‖AB‖ ≤ ‖A‖ ‖B‖" if op == "matmul" else "‖(u_i v_i)‖ ≤ ‖u‖ ‖v‖"
            yield PolynomialFact(minus(times(norm(args[0]), norm(args[1])), value), words)
        if op == "mul":
            for u, factor in (args, args[::-1]):
                ends = self.bounds(factor)
                if axes(u) == axes(v) and ends.low is not None and ends.high is not None:
                    size = scaled(norm(u), max(-ends.low, ends.high))
                    yield PolynomialFact(minus(size, value), "‖(c_i v_i)‖ ≤ max|c_i| ‖v‖")
        if op == "psi" and (steepest := lipschitz(self.bounds.activations)) is not None:
            yield PolynomialFact(minus(scaled(norm(args[0]), steepest), value), "|ψ(z)| ≤ sup|ψ'| |z|, as ψ(0) = 0")

    def _eigenvalue(self, op: str, value: Poly, A: Expr) -> Iterator[PolynomialFact]:
        flatten = self.flatten
        size = flatten.scalar(axes(A)[0])
        norm, trace = flatten.norm(A), flatten.trace(A)
        other = flatten.eigenvalue(Expr("eigmax" if op == "eigmin" else "eigmin", (A,), 0))
        yield PolynomialFact(minus(norm, value), "|λ| ≤ ‖A‖")
        yield PolynomialFact(plus(norm, value), "|λ| ≤ ‖A‖")
        if op == "eigmin":
            yield PolynomialFact(minus(other, value), "λ_min ≤ λ_max")
            yield PolynomialFact(minus(trace, times(size, value)), "m λ_min ≤ tr A")
        else:
            yield PolynomialFact(minus(value, other), "λ_min ≤ λ_max")
            yield PolynomialFact(minus(times(size, value), trace), "tr A ≤ m λ_max")
            if self.bounds.psd(A):
                yield PolynomialFact(minus(trace, value), "λ_max ≤ tr of a positive semidefinite matrix")
                yield from self._roots(trace, value)
        if A.op in ("add", "sub") and A.args[0].rank == A.args[1].rank:
            left, right = A.args
            if A.op == "sub":
                right = Expr("neg", (right,), 2)
            parts = plus(*(flatten.eigenvalue(Expr(op, (part,), 0)) for part in (left, right)))
            gap = minus(value, parts) if op == "eigmin" else minus(parts, value)
            yield PolynomialFact(gap, "Weyl's inequality for the eigenvalues of a sum")

    @staticmethod
    def _roots(high: Poly, low: Poly) -> Iterator[PolynomialFact]:
        """Roots of a positive semidefinite matrix's eigenvalue and trace."""
        left, right = single(high), single(low)
        if left is not None and right is not None and left[1] == right[1] > 0:
            gap = minus({power(left[0], HALF): Fraction(1)}, {power(right[0], HALF): Fraction(1)})
            yield PolynomialFact(gap, "λ_max ≤ tr of a positive semidefinite matrix, and the root grows")

    def _activation(self, value: Poly, x: Expr, labels: tuple[Label, ...]) -> Iterator[PolynomialFact]:
        every = self.bounds.activations
        inside = self.flatten(x.args[0], labels)
        if all(map(below_one, every)):
            yield PolynomialFact(minus(number(Fraction(1)), value), "ψ < 1", True)
            yield PolynomialFact(plus(number(Fraction(1)), value), "ψ > −1", True)
        if all(psi.above_identity for psi in every):
            yield PolynomialFact(minus(value, inside), "z ≤ ψ(z)")
        steepest = lipschitz(every)
        if steepest is not None and steepest <= 1:
            size = self.flatten.size(inside)
            if size is not None:
                yield PolynomialFact(minus(size, value), "|ψ(z)| ≤ |z|")
                yield PolynomialFact(plus(size, value), "|ψ(z)| ≤ |z|")
