"""The second check: sequents evaluated at points that satisfy their hypotheses.

It shares nothing with the rules and the normal form: sums are summed, means are averaged over all outcomes of a small
law, products are multiplied, in exact rationals where possible and in balls of 240 bits elsewhere. Points are built
from the hypotheses: an equation ``∀i. T[i] = s`` defines T, a recursion makes a trajectory, an inequality with a bare
entry on one side leaves that entry a random slack. A document may carry a *witness*: more such equations, which single
out points at which its hypotheses hold. Sizes and the horizon are chosen here, never by the document.

A sequent that is false at a point refutes the kernel. A statement whose hypotheses hold at no point tried is vacuous.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq

from .terms import (
    FINITE,
    NUMERAL,
    REAL,
    TIME,
    Add,
    Apply,
    Delta,
    Distribution,
    Entry,
    Expectation,
    Formula,
    Index,
    IndexVariable,
    Lambda,
    Multiply,
    Number,
    Power,
    Size,
    Sum,
    TensorVariable,
    Term,
    Variable,
)

BITS = 240
HORIZON = 3
"""Trajectories are followed to this time; a hypothesis for all times is tried up to it."""
GRID = fmpq(1, 64)
"""Distance of the times at which a function is differentiated."""
SIZES = (1, 2)
LARGER = (1, 2, 3, 4)
TOO_MANY = 3**7
"""Outcomes of a law beyond which a mean is not evaluated."""
EQUAL = arb(2) ** -80
"""Two balls that agree to this are called equal."""

Real = fmpq | arb
Place = tuple[int | fmpq, ...]
Function = Callable[[Place], Real]
Environment = Mapping[Variable, "int | fmpq | Function"]


class Unknown(Exception):
    """The value cannot be found at this point: beyond the horizon, circular, or too expensive."""


@dataclass(frozen=True)
class Evaluation:
    """What was found out about a sequent.

    Attributes
    ----------
    points
        At how many points the hypotheses held and the conclusion was evaluated.
    refuted
        A point at which the hypotheses hold and the conclusion does not; empty if there was none.
    """

    points: int
    refuted: str = ""


def evaluate(
    hypotheses: Sequence[Formula],
    conclusion: Formula,
    *,
    witness: Sequence[Formula] = (),
    seed: int = 0,
    points: int = 4,
    tries: int = 40,
) -> Evaluation:
    """Evaluate a sequent at random points.

    Parameters
    ----------
    hypotheses, conclusion
        Of the sequent.
    witness
        Equations that help to find points; they narrow the search and are not believed.
    seed
        Of all random choices.
    points
        Stop after as many points that satisfy the hypotheses.
    tries
        Stop after as many points, good or bad.
    """
    rng = random.Random(seed)
    found = 0
    # outcomes of a law grow too fast for the larger sizes
    random_ = any(_laws(formula) for formula in (*hypotheses, conclusion))
    sizes = (SIZES, SIZES, SIZES if random_ else LARGER)
    with ctx.workprec(BITS):
        for attempt in range(tries):
            point = _Point(rng, hypotheses, conclusion, witness, sizes[attempt % 3])
            try:
                if any(point.holds(h, {}) is not True for h in hypotheses):
                    continue
                holds = point.holds(conclusion, {})
            except (Unknown, RecursionError):
                continue
            if holds is False:
                return Evaluation(found, point.describe())
            found += holds is True
            if found >= points:
                break
    return Evaluation(found)


@dataclass(frozen=True)
class _Source:
    """Where an entry gets its value: ``entry = value``, or a bound on it (from below or from above)."""

    entry: Entry
    value: Term
    bound: str = ""


class _Point:
    """Sizes, and values of free variables that are made up when they are asked for."""

    def __init__(
        self,
        rng: random.Random,
        hypotheses: Sequence[Formula],
        conclusion: Formula,
        witness: Sequence[Formula],
        sizes: Sequence[int],
    ) -> None:
        formulas = (*witness, *hypotheses, conclusion)
        self.rng = rng
        self.sizes = {sort: rng.choice(sizes) for sort in sorted(_sorts(formulas))}
        self.sources: dict[TensorVariable, list[_Source]] = {}
        self.values: dict[tuple[TensorVariable, Place], Real] = {}
        self.functions: dict[tuple[str, tuple[Real, ...]], Real] = {}
        self.laws: dict[Distribution, list[tuple[dict[tuple[int, Place], Real], fmpq]]] = {}
        self.busy: set[tuple[TensorVariable, Place]] = set()
        for formula in (*witness, *hypotheses):
            self._classify(formula)
        free = sorted((v for v in _free(formulas) if isinstance(v, IndexVariable)), key=str)
        self.free = {v: rng.choice(self.range(v.sort)) for v in free}

    def describe(self) -> str:
        """The point, in one line."""
        entries = [
            f"{v.name}{'[' + ','.join(map(str, at)) + ']' if at else ''} = {_shown(x)}"
            for (v, at), x in self.values.items()
        ]
        sizes = [f"|{sort}| = {size}" for sort, size in self.sizes.items()]
        return ", ".join([*sizes, *sorted(map(str, entries))])[:2000]

    # what the hypotheses say about entries

    def _classify(self, formula: Formula) -> None:
        if formula.premises or not all(isinstance(v, IndexVariable) for v in formula.variables):
            return
        for entry, value, bound in ((formula.left, formula.right, "high"), (formula.right, formula.left, "low")):
            if not isinstance(entry, Entry) or not _general(entry, formula.variables):
                continue
            known = self.sources.setdefault(entry.tensor, [])
            if formula.relation == "=":
                if not any(not s.bound and s.entry.at == entry.at for s in known):
                    known.append(_Source(entry, value))
                    return
            elif entry.tensor not in value.free and all(s.bound for s in known):
                known.append(_Source(entry, value, bound))
                return

    def _random(self) -> fmpq:
        return fmpq(self.rng.randint(-6, 6), self.rng.choice((1, 2, 3)))

    def _entry(self, tensor: TensorVariable, place: Place) -> Real:
        key = (tensor, place)
        if key not in self.values:
            if key in self.busy:
                raise Unknown(f"{tensor.name} is defined by itself")
            self.busy.add(key)
            try:
                self.values[key] = self._made_up(tensor, place)
            finally:
                self.busy.discard(key)
        return self.values[key]

    def _made_up(self, tensor: TensorVariable, place: Place) -> Real:
        low: list[float] = []
        high: list[float] = []
        for source in self.sources.get(tensor, ()):
            match = _matched(source.entry, place)
            if match is None:
                continue
            try:
                value = self.value(source.value, match)
            except Unknown:
                continue
            if not source.bound:
                return value
            (low if source.bound == "low" else high).append(float(_ball(value).mid()))
        step = fmpq(self.rng.randint(1, 40), self.rng.choice((8, 40)))
        if low and high and max(low) < min(high):
            inside = Fraction(max(low)) + (Fraction(min(high)) - Fraction(max(low))) * self.rng.randint(1, 9) / 10
            return _rational(inside)
        if low:
            return _rational(Fraction(max(low)).limit_denominator(10**9)) + step
        if high:
            return _rational(Fraction(min(high)).limit_denominator(10**9)) - step
        return self._random()

    # truth

    def range(self, sort: str) -> Sequence[int | fmpq]:
        """Elements of a sort that are tried."""
        match sort:
            case "time":
                return range(HORIZON + 1)
            case "real":
                return (fmpq(0), fmpq(1, 2), fmpq(2))
            case _:
                return range(self.sizes[sort])

    def holds(self, formula: Formula, bound: Environment) -> bool | None:
        """Whether a formula holds; None where that is not known.

        A formula about all tensors is tried with a few of them: it can be refuted, and is otherwise taken to hold.
        """
        indices = [v for v in formula.variables if isinstance(v, IndexVariable)]
        tensors = [v for v in formula.variables if isinstance(v, TensorVariable)]
        certain = True
        for _ in range(3 if tensors else 1):
            drawn = {v: self._any_function() for v in tensors}
            for values in itertools.product(*(self.range(v.sort) for v in indices)):
                inside: dict[Variable, int | fmpq | Function] = dict(bound)
                inside |= zip(indices, values, strict=True)
                for tensor, function in drawn.items():
                    inside[tensor] = function
                truth = self._instance(formula, inside)
                if truth is False:
                    return False
                certain = certain and truth is True
        return True if certain else None

    def _instance(self, formula: Formula, bound: Environment) -> bool | None:
        premises = [self.holds(p, bound) for p in formula.premises]
        if False in premises:
            return True
        try:
            left, right = self.value(formula.left, bound), self.value(formula.right, bound)
        except Unknown:
            return None
        sign = _sign(right - left)
        exact = isinstance(left, fmpq) and isinstance(right, fmpq)
        truth: bool | None
        match formula.relation, sign:
            case _, None:
                truth = None
            case "=", sign:
                truth = sign == 0
            case "<=", sign:
                truth = sign >= 0
            case "<", 0:
                truth = False if exact else None
            case "<", sign:
                truth = sign > 0
            case _:
                raise Unknown(formula.relation)
        return None if truth is False and None in premises else truth

    def _any_function(self) -> Function:
        values: dict[Place, Real] = {}
        return lambda place: values.setdefault(place, self._random())

    # values

    def at(self, index: Index, bound: Environment) -> int | fmpq:
        """The element that an index stands for."""
        if index.name == NUMERAL:
            return index.offset if index.sort == TIME else fmpq(index.offset)
        variable = IndexVariable(index.name, index.sort)
        place = bound.get(variable, self.free.get(variable))
        if place is None or callable(place):
            raise Unknown(f"{index.name} has no value")
        if index.sort == TIME and place + index.offset > HORIZON + 2:
            raise Unknown("beyond the horizon")
        return place + index.offset if index.offset else place

    def value(self, term: Term, bound: Environment) -> Real:
        """The value of a term."""
        match term:
            case Number(value):
                return _rational(value)
            case Size(sort, exponent):
                size = fmpq(self.sizes[sort])
                whole = int(2 * exponent)
                return _power(size, whole // 2) if whole % 2 == 0 else _power(_root(size), whole)
            case Delta(left, right):
                return fmpq(int(self.at(left, bound) == self.at(right, bound)))
            case Entry(tensor, indices):
                place = tuple(self.at(index, bound) for index in indices)
                function = bound.get(tensor)
                return function(place) if callable(function) else self._entry(tensor, place)
            case Add(terms):
                return sum((self.value(t, bound) for t in terms), fmpq(0))
            case Multiply(terms):
                product: Real = fmpq(1)
                for t in terms:
                    product = _times(product, self.value(t, bound))
                return product
            case Power(base, exponent):
                return _power(self.value(base, bound), exponent)
            case Sum(index, body):
                return sum((self.value(body, {**bound, index: k}) for k in self.range(index.sort)), fmpq(0))
            case Apply(function, arguments, at):
                return self._apply(function, arguments, None if at is None else self.at(at, bound), bound)
            case Expectation(law, tensors, body):
                outcomes = self._outcomes(law, tensors)
                return sum((_times(w, self.value(body, {**bound, **drawn})) for drawn, w in outcomes), fmpq(0))
            case _:
                raise Unknown(type(term).__name__)

    def _apply(self, function: str, arguments: tuple[Lambda, ...], time: int | fmpq | None, bound: Environment) -> Real:
        match function:
            case "op":
                return self._operator_norm(arguments[0], bound)
            case "num" if time is not None:
                return fmpq(time)
            case "d":
                return self._derivative(arguments[0], time, bound)
            case "differentiable":
                self._derivative(arguments[0], time, bound)
                return fmpq(1)
            case "sup":
                raise Unknown("a supremum over all times")
        values = [self.value(argument.body, bound) for argument in arguments]
        match function, values:
            case "^t", [x]:
                return _power(x, int(time or 0))
            case "sqrt", [x]:
                return _root(x)
            case "abs", [x]:
                return -x if _certain_sign(x) < 0 else x
            case "max", [x, y]:
                return y if _certain_sign(y - x) > 0 else x
            case "inv", [x]:
                return fmpq(0) if _certain_sign(x) == 0 else 1 / x
            case _:
                if not all(isinstance(x, fmpq) for x in values):
                    raise Unknown(f"{function} of a number that is not rational")
                return self.functions.setdefault((function, tuple(values)), self._random())

    def _derivative(self, function: Lambda, time: int | fmpq | None, bound: Environment) -> Real:
        """The derivative of what looks like a polynomial of degree 5 or less; at 0 from the right.

        Finite differences on a fine grid are exact for polynomials; a sixth difference that is not 0 tells others.
        """
        (variable,) = function.parameters
        at = fmpq(time or 0)
        start = at if at == 0 else at - 3 * GRID
        found = [self.value(function.body, {**bound, variable: start + k * GRID}) for k in range(7)]
        newton: list[Real] = []
        for _ in range(6):
            newton.append(found[0])
            found = [y - x for x, y in itertools.pairwise(found)]
        if _sign(found[0]) != 0:
            raise Unknown("no polynomial in time")
        # f(start + kh) = Σ newton_m C(k, m); its derivative in k, at the k of the time asked for
        offset = (at - start) / GRID
        slope: Real = fmpq(0)
        for m, coefficient in enumerate(newton):
            factors = [offset - i for i in range(m)]
            terms = (math.prod(factors[:i] + factors[i + 1 :], start=fmpq(1)) for i in range(m))
            slope = slope + coefficient * sum(terms, fmpq(0)) / math.factorial(m)
        return slope / GRID

    def _operator_norm(self, matrix: Lambda, bound: Environment) -> Real:
        """The largest singular value, in closed form where one side is at most 2."""
        row, column = matrix.parameters
        M = [
            [self.value(matrix.body, {**bound, row: r, column: c}) for c in self.range(column.sort)]
            for r in self.range(row.sort)
        ]
        if len(M) > len(M[0]):
            M = [list(column_) for column_ in zip(*M, strict=True)]
        gram = [[sum((_times(x, y) for x, y in zip(a, b, strict=True)), fmpq(0)) for b in M] for a in M]
        match gram:
            case [[square]]:
                return _root(square)
            case [[a, b], [_, d]]:
                spread = _root(_times(a - d, a - d) + 4 * _times(b, b))
                return _root((a + d + spread) / 2)
            case _:
                raise Unknown("the norm of a matrix with more than two rows and columns")

    # laws

    def _outcomes(
        self, law: Distribution, tensors: tuple[TensorVariable, ...]
    ) -> Iterator[tuple[dict[Variable, Function], Real]]:
        """All outcomes of a law that stands in for the one named, each with its probability."""
        cells = [(k, place) for k, v in enumerate(tensors) for place in self._places(v.axes)]
        if law.kind == "gauss":
            # three points have the moments of a standard normal number up to order 5
            three = ((_root(fmpq(3)), fmpq(1, 6)), (fmpq(0), fmpq(2, 3)), (-_root(fmpq(3)), fmpq(1, 6)))
            if 3 ** len(cells) > TOO_MANY:
                raise Unknown("too many outcomes")
            for choice in itertools.product(three, repeat=len(cells)):
                drawn = {cell: x for cell, (x, _) in zip(cells, choice, strict=True)}
                yield _drawn(tensors, drawn), math.prod((w for _, w in choice), start=fmpq(1))
            return
        slices = self.sizes[law.axis]

        def within(k: int, place: Place) -> tuple[int, Place]:
            return k, tuple(x for x, sort in zip(place, law.axes[k], strict=True) if sort != law.axis)

        if law not in self.laws:
            inside = sorted({within(k, place) for k, place in cells})
            self.laws[law] = [({cell: self._random() for cell in inside}, w) for w in (fmpq(1, 3), fmpq(2, 3))]
        for slice_of in itertools.product(self.laws[law], repeat=slices):
            drawn = {
                (k, place): slice_of[int(place[law.axes[k].index(law.axis)])][0][within(k, place)] for k, place in cells
            }
            yield _drawn(tensors, drawn), math.prod((w for _, w in slice_of), start=fmpq(1))

    def _places(self, axes: tuple[str, ...]) -> Iterable[Place]:
        return itertools.product(*(self.range(sort) for sort in axes))


def _drawn(tensors: tuple[TensorVariable, ...], values: dict[tuple[int, Place], Real]) -> dict[Variable, Function]:
    return {v: (lambda place, k=k: values[k, place]) for k, v in enumerate(tensors)}  # type: ignore[misc]


def _general(entry: Entry, variables: tuple[Variable, ...]) -> bool:
    """Whether an entry names each of the variables once: then an equation for it says what the tensor is."""
    named = [IndexVariable(index.name, index.sort) for index in entry.at if index.name != NUMERAL]
    return sorted(map(str, named)) == sorted(map(str, variables))


def _matched(entry: Entry, place: Place) -> dict[Variable, int | fmpq | Function] | None:
    """Values of the indices that make an entry the one at a place."""
    match: dict[Variable, int | fmpq | Function] = {}
    for index, value in zip(entry.at, place, strict=True):
        if index.name == NUMERAL:
            if value != index.offset:
                return None
        elif value < index.offset:
            return None
        else:
            match[IndexVariable(index.name, index.sort)] = value - index.offset if index.offset else value
    return match


def _free(formulas: Iterable[Formula]) -> set[Variable]:
    return set().union(*(formula.free for formula in formulas))


def _laws(formula: Formula) -> bool:
    """Whether a formula speaks of a mean."""

    def within(term: Term) -> bool:
        return isinstance(term, Expectation) or any(within(part) for _, part in term.parts())

    return within(formula.left) or within(formula.right) or any(map(_laws, formula.premises))


def _sorts(formulas: Iterable[Formula]) -> set[str]:
    """Names of the finite sorts that formulas mention."""
    found: set[str] = set()

    def of_term(term: Term) -> None:
        match term:
            case Size(sort, _):
                found.add(sort)
            case Delta(left, right):
                found.update((left.sort, right.sort))
            case Entry(tensor, _):
                found.update(tensor.axes)
            case Expectation(law, _, _):
                found.update(sort for axes in law.axes for sort in axes)
            case _:
                pass
        for variables, part in term.parts():
            of_variables(variables)
            of_term(part)

    def of_variables(variables: Iterable[Variable]) -> None:
        for variable in variables:
            found.update((variable.sort,) if isinstance(variable, IndexVariable) else variable.axes)

    def of_formula(formula: Formula) -> None:
        of_variables(formula.variables)
        of_variables(formula.free)
        for premise in formula.premises:
            of_formula(premise)
        of_term(formula.left)
        of_term(formula.right)

    for formula in formulas:
        of_formula(formula)
    return found - {TIME, REAL, FINITE}


# numbers


def _rational(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _ball(x: Real) -> arb:
    return arb(x) if isinstance(x, fmpq) else x


def _shown(x: Real) -> str:
    return str(x) if isinstance(x, fmpq) else x.str(6, radius=False)


def _times(x: Real, y: Real) -> Real:
    """A product; a factor that is 0 makes it exactly 0."""
    return fmpq(0) if (isinstance(x, fmpq) and x == 0) or (isinstance(y, fmpq) and y == 0) else x * y


def _power(x: Real, exponent: int) -> Real:
    return fmpq(1) if exponent == 0 else x**exponent


def _root(x: Real) -> Real:
    """The square root; 0 for a negative number."""
    sign = _certain_sign(x)
    if sign <= 0:
        return fmpq(0)
    if isinstance(x, fmpq):
        top, bottom = math.isqrt(int(x.p)), math.isqrt(int(x.q))
        if top * top == x.p and bottom * bottom == x.q:
            return fmpq(top, bottom)
    return _ball(x).sqrt()


def _sign(x: Real) -> int | None:
    """-1, 0 or 1; None where a ball is too wide to tell."""
    if x > 0:
        return 1
    if x < 0:
        return -1
    if isinstance(x, fmpq) or abs(x).upper() < EQUAL:
        return 0
    return None


def _certain_sign(x: Real) -> int:
    sign = _sign(x)
    if sign is None:
        raise Unknown("a ball that is too wide")
    return sign
