"""Quantities that can only decrease: the derivative is minus a sum of squares, for all sizes.

The unknowns are the coefficients of the quantity Q and the Gram matrices of the squares. Their linear equations are
solved exactly, which leaves Gram matrices ``G(z)`` linear in a few numbers z. Squares of monomials come first: a linear
program for each looks for a sum that it is part of. If there is none, a semidefinite program looks for z: linear
programs in floats, with a cut ``vᵀ G(z) v ≥ 0`` for each negative eigenvector v that they leave. What is found is
rounded, and accepted only if an exact factorisation L D Lᵀ with D ≥ 0 exists, whose rows are the squares.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from fa_theory.errors import InputError

from .ansatz import Ansatz
from .bound import default_sizes
from .contractions import Factor, Monomial, Polynomial, combined, degree, flat, largest_index, template
from .dynamics import Dynamics
from .exact import null_space
from .invariants import MOST_CLASSES, POWERS, Watch, invariants
from .modular import directions, gradients, point, rank
from .plasticity import Plasticity

Floats = NDArray[np.float64]
DENOMINATOR, CUTS, TRIES, MOST_SQUARED = 24, 60, 6, 60
CONSERVED_DEGREE = 2


@dataclass(frozen=True)
class Square:
    """``weight · multiplier · Σ_labels body²``.

    Attributes
    ----------
    weight
        A positive number.
    multiplier
        A product of scalars, which are not negative by hypothesis.
    labels
        The sorts that the square is summed over.
    body
        The polynomial with these labels.
    """

    weight: Fraction
    multiplier: Monomial
    labels: tuple[str, ...]
    body: Polynomial


@dataclass(frozen=True)
class Decreasing:
    """A quantity and the squares whose sum is minus its derivative."""

    polynomial: Polynomial
    squares: tuple[Square, ...]
    degree: int


@dataclass
class Monotone:
    """What was found: quantities that only decrease.

    Attributes
    ----------
    rule, degree, square_degree
        What was asked: the largest degree of the quantity, and of what is squared.
    found
        The quantities, none of which is another one times constants.
    classes, squares
        How many monomials the quantity had, and how many were squared.
    trivial
        How many more there are that are functions of conserved quantities and of time.
    undecided
        Whether a semidefinite program ended without an exact result, or was too large.
    """

    rule: Plasticity
    degree: int
    square_degree: int
    found: list[Decreasing] = field(default_factory=list)
    classes: int = 0
    squares: int = 0
    trivial: int = 0
    undecided: bool = False


@dataclass(frozen=True)
class _Candidate:
    """What may be squared: a monomial with labels, and a multiplier."""

    multiplier: Monomial
    labels: tuple[str, ...]
    monomial: Monomial


def monotone(
    rule: Plasticity,
    most: int = 4,
    *,
    square_degree: int | None = None,
    fixed: bool = False,
    watch: Watch = lambda done, total, what: None,
    found: Callable[[Decreasing], object] = lambda each: None,
) -> Monotone:
    """Find quantities whose derivative along the flow is minus a sum of squares.

    Parameters
    ----------
    rule
        The rule; its inputs that have definitions, such as the error, are written out.
    most
        Largest degree of the quantity.
    square_degree
        Largest degree of what is squared; default: half of ``most``.
    fixed
        The inputs without a definition, such as the data, do not change; then the quantity may contain those with one.
    watch, found
        Called with the progress, and with each quantity when it is found.

    Raises
    ------
    InputError
        If no input has a definition and nothing decays, a degree is not positive, or there are too many monomials.

    Examples
    --------
    >>> from .plasticity import parse
    >>> from .text import shown
    >>> rule = parse('''
    ... state w v
    ... constant b c
    ... input x e
    ... w' = - b e x
    ... v' = - e w x
    ... e = v w x - c x''')
    >>> falls = monotone(rule, 4).found[0]
    >>> shown(falls.polynomial, rule), [shown(s.body, rule) for s in falls.squares]
    ('½v² b² − w b c', ['b e'])
    """
    square_degree = max(most // 2, 1) if square_degree is None else square_degree
    if most < 1 or square_degree < 1:
        raise InputError(f"expected degrees ≥ 1 but got {most} and {square_degree}")
    search = _Search(rule, most, square_degree, fixed, watch, found)
    if not rule.definitions and not search.decays:
        raise InputError(
            "no input has a definition and nothing decays, so there is nothing to square: say what the error is, such "
            "as E[i,a] = W2[a,r] W1[r,k] X[i,k] - T[a,k] X[i,k]"
        )
    return search.run()


class _Search:
    def __init__(
        self,
        rule: Plasticity,
        most: int,
        square_degree: int,
        fixed: bool,
        watch: Watch,
        tell: Callable[[Decreasing], object],
    ) -> None:
        self.rule, self.watch, self.tell = rule, watch, tell
        self.out = Monotone(rule, most, square_degree)
        self.move = Dynamics(rule, rule.definitions)
        bodies = [*rule.rates.values(), *rule.definitions.values()]
        inside = {name for body in bodies for _, factors in body for name, _ in factors}
        scalars = {name for name in rule.named("constant") if not rule.axes[name] and name in self._decays()}
        own = [*rule.named("state"), *(n for n in rule.named("constant") if n in inside and n not in scalars)]
        self.errors = list(rule.definitions)
        self.quantity = own + (self.errors if fixed else [])
        self.squared = [*own, *(rule.named("input") if fixed else self.errors)]
        self.ansatz = Ansatz(self.move.ring, dict.fromkeys(self.quantity, 1), rule.entrywise)
        self.roots = Ansatz(self.move.ring, dict.fromkeys(self.squared, 1), rule.entrywise)
        self.decays = sorted(scalars)
        self.growth = rule.named("growth")
        sizes = default_sizes(rule)
        self.moving = rule.named("state")
        self.values = point(rule.axes, sizes, random.Random(2)) | directions(rule.axes, self.moving, sizes)
        self.conserved_rows = [
            row
            for each in invariants(rule, min(most, CONSERVED_DEGREE)).found
            for row in gradients(
                template(each.polynomial), self.values, self.moving, [sizes[sort] for sort in each.labels]
            )
        ]

    def _decays(self) -> set[str]:
        """The scalars that multiply a tensor in its own rate: rates of decay, taken to be at least 0."""
        return {
            factor[0]
            for name, body in self.rule.rates.items()
            for _, factors in body
            if any(other == name for other, _ in factors) and len(factors) == 2
            for factor in factors
            if factor[0] != name and not self.rule.axes[factor[0]]
        }

    def run(self) -> Monotone:
        """Search, one power of the growth factor after another."""
        powers = POWERS if self.growth else (0,)
        for k, power in enumerate(powers):
            self.watch(k, len(powers), f"power {power} of the growth factor" if self.growth else "")
            self._with(power)
        self.watch(len(powers), len(powers), "")
        return self.out

    def _with(self, power: int) -> None:
        growth: Monomial = (((self.growth[0], ()),),) * power if self.growth else ()
        monomials = [tuple(sorted((*m, *growth))) for m in self.ansatz.monomials(self.out.degree, ())]
        candidates = self._candidates(growth)
        self.out.classes, self.out.squares = len(monomials), max(len(candidates), self.out.squares)
        if max(len(monomials), len(candidates)) > MOST_CLASSES:
            raise InputError(f"there are {len(monomials)} monomials; the most is {MOST_CLASSES}: lower the degree")
        columns = [self.move.rate(self.move.plain([(Fraction(1), flat(m))])) for m in monomials]
        program = _Program(self, monomials, columns, candidates)
        found = program.of_monomials() or program.of_combinations()
        for each in found:
            self._keep(each)
        self.out.undecided |= program.undecided and not found

    def _candidates(self, growth: Monomial) -> list[_Candidate]:
        ring, most = self.move.ring, self.out.square_degree
        sorts = list(dict.fromkeys(sort for name in self.squared for sort in self.rule.axes[name]))
        out: list[_Candidate] = []
        for labels in [(), *((s,) for s in sorts), *combinations_with_replacement(sorts, 2)]:
            seen: set[Monomial] = set()
            for monomial in self.roots.monomials(most, labels):
                errors = sum(name in self.errors for component in monomial for name, _ in component)
                turned = ring.monomial([(n, tuple(-3 - i if i < 0 else i for i in at)) for n, at in flat(monomial)])
                if len(labels) == 2 and labels[0] == labels[1] and turned in seen:
                    continue
                seen.add(monomial)
                if not any(self.rule.kinds[n] != "constant" for component in monomial for n, _ in component):
                    continue
                if errors == 1:
                    out.append(_Candidate(growth, labels, monomial))
                if errors == 0:
                    out += [_Candidate(tuple(sorted((*growth, ((x, ()),)))), labels, monomial) for x in self.decays]
        return sorted(out, key=lambda c: (sum(map(len, c.monomial)), len(c.multiplier), c.labels, c.monomial))

    def core(self, candidate: _Candidate) -> tuple[object, ...]:
        """What is squared, without constants."""
        constants = self.rule.named("constant")
        names = sorted(n for component in candidate.monomial for n, _ in component if n not in constants)
        return (*names, candidate.multiplier)

    def _keep(self, each: Decreasing) -> None:
        if self._function_of_conserved(each.polynomial):
            self.out.trivial += 1
            return
        self.out.found.append(each)
        self.tell(each)

    def _function_of_conserved(self, polynomial: Polynomial) -> bool:
        """Whether the gradient is a combination of those of conserved quantities, at a random point, for each time."""
        if not self.conserved_rows:
            return False
        (row,) = gradients(template(written_out(self.move, polynomial)), self.values, self.moving, [])
        return rank([*self.conserved_rows, row]) == rank(self.conserved_rows)

    def product(self, a: _Candidate, b: _Candidate) -> Polynomial:
        """The sum over the labels of the product of two candidates with the same labels and multiplier."""
        first, second = flat(a.monomial), flat(b.monomial)
        base = max(largest_index(first), largest_index(second), -1) + 1 + len(a.labels)

        def closed(factors: Sequence[Factor], shift: int) -> list[Factor]:
            return [(n, tuple(-1 - i if i < 0 else i + len(a.labels) + shift for i in at)) for n, at in factors]

        scalars = [factor for component in a.multiplier for factor in component]
        return self.move.plain([(Fraction(1), [*closed(first, 0), *closed(second, base), *scalars])])


class _Program:
    """Linear equations between coefficients of Q and entries of Gram matrices, and what solves them."""

    def __init__(
        self,
        search: _Search,
        monomials: Sequence[Monomial],
        columns: Sequence[Polynomial],
        candidates: Sequence[_Candidate],
    ) -> None:
        self.search, self.monomials, self.columns, self.candidates = search, monomials, columns, candidates
        self.undecided = False

    def of_monomials(self) -> list[Decreasing]:
        """Quantities whose derivative is minus a sum of squares of monomials: one for each that can be part of one."""
        squares = [self.search.product(candidate, candidate) for candidate in self.candidates]
        kernel = null_space([*self.columns, *squares])
        width = len(self.columns)
        basis = [v for v in kernel if any(k >= width for k in v)]
        if not basis:
            return []
        table = np.array([[float(v.get(width + k, 0)) for v in basis] for k in range(len(squares))])
        covered: set[tuple[object, ...]] = set()
        out = []
        for k, candidate in enumerate(self.candidates):
            if self.search.core(candidate) in covered or not table[k].any():
                continue
            z = _vertex(table, k)
            if z is None:
                continue
            weights = [
                sum((x * v.get(width + j, 0) for x, v in zip(z, basis, strict=True)), Fraction(0))
                for j in range(len(squares))
            ]
            if weights[k] <= 0 or min(weights) < 0:
                continue
            part = [(w, c, {c.monomial: Fraction(1)}) for w, c in zip(weights, self.candidates, strict=True) if w]
            covered |= {self.search.core(c) for _, c, _ in part}
            out.append(self._decreasing(self._coefficients(z, basis), part))
        return out

    def _coefficients(self, z: Sequence[Fraction], basis: Sequence[Mapping[int, Fraction]]) -> list[Fraction]:
        """The coefficients of the quantity at a point of the kernel."""
        return [
            sum((x * v.get(k, 0) for x, v in zip(z, basis, strict=True)), Fraction(0)) for k in range(len(self.columns))
        ]

    def _decreasing(
        self, coefficients: Sequence[Fraction], squares: Sequence[tuple[Fraction, _Candidate, Polynomial]]
    ) -> Decreasing:
        quantity = {m: c for m, c in zip(self.monomials, coefficients, strict=True) if c}
        names = dict.fromkeys(self.search.rule.axes, 1) | dict.fromkeys(self.search.growth, 0)
        return Decreasing(
            quantity,
            tuple(Square(weight, c.multiplier, c.labels, body) for weight, c, body in squares),
            max((degree(m, names) for m in quantity), default=0),
        )

    def of_combinations(self) -> list[Decreasing]:
        """A quantity whose derivative is minus a sum of squares of combinations of monomials, if one is found."""
        own = self.candidates
        pairs = [
            (i, j)
            for i, j in combinations_with_replacement(range(len(own)), 2)
            if (own[i].labels, own[i].multiplier) == (own[j].labels, own[j].multiplier)
        ]
        products = [combined([(Fraction(1 + (i != j)), self.search.product(own[i], own[j]))]) for i, j in pairs]
        kernel = null_space([*self.columns, *products])
        width = len(self.columns)
        basis = _facial([v for v in kernel if any(k >= width for k in v)], pairs, width)
        gram = _Gram([{pairs[k - width]: c for k, c in v.items() if k >= width} for v in basis])
        if not basis or not gram.rows:
            return []
        if len(gram.rows) > MOST_SQUARED:
            self.undecided = True
            return []
        for z in gram.points():
            factors = gram.squares(z)
            if factors is None:
                self.undecided = True
                continue
            squares = [
                (weight, own[row], {own[j].monomial: x for j, x in line.items()}) for weight, row, line in factors
            ]
            return [self._decreasing(self._coefficients(z, basis), squares)]
        return []


def _facial(
    basis: list[dict[int, Fraction]], pairs: Sequence[tuple[int, int]], width: int
) -> list[dict[int, Fraction]]:
    """The part of a space of Gram matrices in which rows vanish whose diagonal entry is 0, as those of squares do."""
    while basis:
        diagonal = {pairs[k - width][0] for v in basis for k in v if k >= width and len({*pairs[k - width]}) == 1}
        rows = [{k: c for k, c in v.items() if k >= width and not diagonal.issuperset(pairs[k - width])} for v in basis]
        if not any(rows):
            return basis
        basis = [
            {
                k: c
                for k in sorted({k for j in z for k in basis[j]})
                if (c := sum((x * basis[j].get(k, 0) for j, x in z.items()), Fraction(0)))
            }
            for z in null_space(rows)
        ]
        basis = [v for v in basis if any(k >= width for k in v)]
    return basis


def _vertex(table: Floats, k: int) -> list[Fraction] | None:
    """Rational z with ``table z ≥ 0`` and ``(table z)_k = 1``, at a vertex; None if floats find none."""
    from scipy.optimize import linprog

    goal = table.T @ (1 + np.arange(len(table)) / 97)
    found = linprog(goal, A_ub=-table, b_ub=np.zeros(len(table)), A_eq=table[k : k + 1], b_eq=[1.0], bounds=(-1e4, 1e4))
    return [Fraction(float(x)).limit_denominator(DENOMINATOR) for x in np.array(found.x)] if found.success else None


class _Gram:
    """Symmetric matrices ``G(z) = Σ z_k G_k``, sparse."""

    def __init__(self, parts: Sequence[Mapping[tuple[int, int], Fraction]]) -> None:
        self.parts = parts
        used = sorted({i for part in parts for pair in part for i in pair})
        self.rows = used
        place = {i: k for k, i in enumerate(used)}
        self.stack = np.zeros((len(parts), len(used), len(used)))
        for k, part in enumerate(parts):
            for (i, j), c in part.items():
                self.stack[k, place[i], place[j]] = self.stack[k, place[j], place[i]] = float(c)

    def points(self) -> list[list[Fraction]]:
        """Rational z at which G(z) seems to be positive semidefinite, with trace 1 before rounding."""
        from scipy.optimize import linprog

        traces = np.trace(self.stack, axis1=1, axis2=2)
        draw, out = random.Random(0), list[list[Fraction]]()
        cuts = [self.stack[:, k, k] for k in range(len(self.rows))]
        for _ in range(TRIES):
            weights = np.array([draw.random() for _ in self.rows])
            goal = np.einsum("kii,i->k", self.stack, weights)
            for _ in range(CUTS):
                found = linprog(
                    goal,
                    A_ub=-np.array(cuts),
                    b_ub=np.zeros(len(cuts)),
                    A_eq=traces[None],
                    b_eq=[1.0],
                    bounds=(-1e3, 1e3),
                )
                if not found.success:
                    return out
                z: Floats = np.array(found.x)
                values, vectors = np.linalg.eigh(np.einsum("k,kij->ij", z, self.stack))
                if values[0] > -1e-7:
                    out.append(self._rounded(z))
                    break
                cuts += [np.einsum("i,kij,j->k", v, self.stack, v) for v in vectors.T[values < -1e-9]]
        return out

    def _rounded(self, z: Floats) -> list[Fraction]:
        scale = max(abs(z).max(), 1e-12)
        return [Fraction(float(x / scale)).limit_denominator(DENOMINATOR) for x in z]

    def squares(self, z: Sequence[Fraction]) -> list[tuple[Fraction, int, dict[int, Fraction]]] | None:
        """``G(z) = Σ d_k l_k l_kᵀ`` with ``d_k > 0``, exactly: (d_k, a row of the block, l_k); None if it is not."""
        G: dict[tuple[int, int], Fraction] = {}
        for x, part in zip(z, self.parts, strict=True):
            for (i, j), c in part.items():
                G[i, j] = G.get((i, j), Fraction(0)) + x * c
                G[j, i] = G[i, j]
        out = []
        for k in self.rows:
            pivot = G.get((k, k), Fraction(0))
            line = {j: G.get((k, j), Fraction(0)) for j in self.rows if j >= k and G.get((k, j))}
            if pivot < 0 or (pivot == 0 and line):
                return None
            if pivot == 0:
                continue
            factor = {j: x / pivot for j, x in line.items()}
            out.append((pivot, k, factor))
            for i, x in factor.items():
                for j, y in factor.items():
                    G[i, j] = G.get((i, j), Fraction(0)) - pivot * x * y
        return out or None


def written_out(move: Dynamics, polynomial: Polynomial) -> Polynomial:
    """A polynomial with the definitions that the dynamics know written out."""
    return move.plain([(c, flat(monomial)) for monomial, c in polynomial.items()])


def derivative(rule: Plasticity, each: Decreasing) -> Polynomial:
    """Minus the sum of the squares, with definitions written out, for comparison with the derivative."""
    search = _Search(rule, 1, 1, False, lambda done, total, what: None, lambda found: None)
    parts = []
    for square in each.squares:
        for (m, x), (n, y) in ((a, b) for a in square.body.items() for b in square.body.items()):
            left, right = (_Candidate(square.multiplier, square.labels, monomial) for monomial in (m, n))
            parts.append((-square.weight * x * y, search.product(left, right)))
    return combined(parts)
