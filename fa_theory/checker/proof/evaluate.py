"""The second check: evaluation of sequents at points that satisfy their hypotheses.

It shares no code with the rules and the normal form: sums, products, and means over all outcomes of a small
distribution are evaluated in exact rationals where possible and in balls of 240 bits elsewhere. Points are built
from the hypotheses: an equation ``∀i. T[i] = s`` defines T, a recursion gives a trajectory, an inequality with a single
entry on one side gives that entry a random slack. A document may carry a *witness*: more such equations, which single
out points at which its hypotheses hold. Sizes and the horizon are chosen here, never by the document.

Along real time there are two kinds of points. In one, functions of time are formulas in time, evaluated at a few times.
In the other, a sequent is evaluated just after time 0: functions of time are germs, known to a few terms. A hypothesis
on the derivative of a tensor determines its germ from its value at 0; other germs are random.

A sequent that is false at a point refutes the kernel. A statement is reported as vacuous if its hypotheses hold at no
tested point.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from flint import ctx, fmpq

from . import reals
from .germs import Exact, Germ, Unknown
from .reals import Real
from .show import finite_sorts, symbols
from .terms import (
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
"""Trajectories are followed to this time, or to two steps later where an index says so. A hypothesis for all times is
tested up to it, and at all times at which something else was evaluated before a conclusion counts as false."""
INSTANTS = (fmpq(0), fmpq(1, 2), fmpq(2))
"""Real times at which what is said for all of them is tested."""
GRID = fmpq(1, 64)
"""Distance of the times at which a function is differentiated."""
SIZES = (1, 2)
LARGER = (1, 2, 3, 4)
TOO_MANY = 3**7
"""Largest number of outcomes of a distribution for which a mean is evaluated."""
WORK, WORK_AT_A_POINT = 2_000_000, 200_000
"""Terms evaluated for one sequent, and at one of its points; beyond that nothing is known."""
MOST_CELLS = 16
"""Entries of a tensor beyond which a quadratic form in it is not decided."""
DRAWS = 30
"""Values of an unknown function that are tried at one place."""
TERMS = 2
"""Terms of a germ beyond its value at 0."""


class Near(Enum):
    """A real time just after 0."""

    ZERO = "0+"


Instant = int | fmpq | Near
Place = tuple[Instant, ...]
Function = Callable[[Place], Real]
Environment = Mapping[Variable, "Instant | Function"]


@dataclass(frozen=True)
class Evaluation:
    """The evaluation of a sequent.

    Attributes
    ----------
    points
        The number of points at which the hypotheses held and the conclusion was evaluated.
    met
        The number of points at which the hypotheses held, and somewhere also the premises of the conclusion, whether
        the conclusion could be evaluated or not.
    refuted
        A point at which the hypotheses hold and the conclusion does not; empty if there was none.
    """

    points: int
    met: int
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
        Equations that help to find points; they only restrict the search and are not trusted.
    seed
        Seed of all random choices.
    points
        Stop after this many points that satisfy the hypotheses.
    tries
        Stop after this many points in total.
    """
    rng = random.Random(seed)
    found = met = 0
    # outcomes of a law grow too fast for the larger sizes
    random_ = any(symbols(formula)[1] for formula in (*hypotheses, conclusion))
    sizes = (SIZES, SIZES, SIZES if random_ else LARGER)
    work = 0
    with ctx.workprec(BITS):
        for attempt in range(tries):
            if work > WORK:
                break
            point = _Point(rng, hypotheses, conclusion, witness, sizes[attempt % 3], near=attempt % 2 == 0)
            try:
                if any(point.holds(h, {}) is not True for h in hypotheses) or not point.allowed():
                    continue
                holds = point.concluded()
                if not point.allowed() or (holds is False and not point.stays_false(conclusion, hypotheses)):
                    continue
                met += point.reached
            except (Unknown, RecursionError):
                continue
            finally:
                work += point.work
            if holds is False and not point.taken:
                return Evaluation(found, met, point.describe())
            found = min(points, found + (holds is True))
            if found == points and met:
                break
    return Evaluation(found, met)


@dataclass(frozen=True)
class _Source:
    """The source of the value of an entry: ``entry = value``, or a lower or upper bound."""

    entry: Entry
    value: Term
    bound: str = ""


class _Point:
    """Sizes, and values of free variables, which are chosen on demand."""

    def __init__(
        self,
        rng: random.Random,
        hypotheses: Sequence[Formula],
        conclusion: Formula,
        witness: Sequence[Formula],
        sizes: Sequence[int],
        *,
        near: bool,
    ) -> None:
        formulas = (*witness, *hypotheses, conclusion)
        self.near, self.terms, self.work = near, TERMS, 0
        self.times: Sequence[int] = range(HORIZON + 1)
        self.instants: Sequence[Instant] = (Near.ZERO,) if near else INSTANTS
        self.times_seen: set[int] = set()
        self.instants_seen: set[fmpq] = {fmpq(0)}
        """Times at which something was evaluated, and real time 0."""
        self.rng = rng
        self.sizes = {sort: rng.choice(sizes) for sort in sorted(set[str]().union(*map(finite_sorts, formulas)))}
        self.sources: dict[TensorVariable, list[_Source]] = {}
        self.rates: dict[TensorVariable, _Source] = {}
        self.slopes: dict[str, str] = {}
        self.built_in: set[Formula] = set()
        self.conclusion = conclusion
        self.reached = any(isinstance(v, TensorVariable) for v in conclusion.variables)
        """Whether the premises of the conclusion held somewhere; for a lemma about all tensors nobody looks."""
        self.taken = False
        """Whether something about all tensors was taken to hold: what is false then refutes nothing."""
        self.constants: dict[tuple[str, tuple[Exact, ...]], fmpq] = {}
        self.values: dict[tuple[TensorVariable, Place], Exact] = {}
        self.germs: dict[tuple[TensorVariable, Place], list[Exact]] = {}
        self.functions: dict[tuple[str, tuple[Exact, ...], int], Exact] = {}
        self.properties = [h for h in hypotheses if _of_a_number(h)]
        self.laws: dict[Distribution, list[tuple[dict[tuple[int, Place], Exact], fmpq]]] = {}
        self.busy: set[tuple[TensorVariable, Place, int]] = set()
        for formula in (*witness, *hypotheses):
            self._classify(formula)
        free = sorted((v for v in _free(formulas) if isinstance(v, IndexVariable)), key=str)
        self.free = {v: rng.choice(self.range(v.sort)) for v in free}

    def spend(self) -> None:
        """Count work, so that every evaluation ends."""
        self.work += 1
        if self.work > WORK_AT_A_POINT:
            raise Unknown("too much work")

    def describe(self) -> str:
        """The point, in one line that is never empty: a statement without free variables is false at every point."""
        entries = [
            f"{v.name}{'[' + ','.join(map(str, at)) + ']' if at else ''} = {reals.shown(x)}"
            for (v, at), x in self.values.items()
        ]
        sizes = [f"|{sort}| = {size}" for sort, size in self.sizes.items()]
        return ", ".join([*sizes, *sorted(map(str, entries))])[:2000] or "every point"

    # information on entries from the hypotheses

    def _classify(self, formula: Formula) -> None:
        self._of_function(formula)
        if formula.premises:
            return
        for rate, value in ((formula.left, formula.right), (formula.right, formula.left)):
            moving = _differentiated(rate) if formula.relation == "=" else None
            if moving is not None and _general(moving, formula.variables):
                self.rates.setdefault(moving.tensor, _Source(moving, value))
                return
        for entry, value, bound in ((formula.left, formula.right, "high"), (formula.right, formula.left, "low")):
            if not isinstance(entry, Entry) or not _general(entry, formula.variables):
                continue
            known = self.sources.setdefault(entry.tensor, [])
            if formula.relation == "=":
                if not any(not s.bound and s.entry.at == entry.at for s in known):
                    known.append(_Source(entry, value))
                    return
            elif all(s.bound for s in known):
                known.append(_Source(entry, value, bound))
                return

    def _of_function(self, formula: Formula) -> None:
        """A chain rule states that one function is the derivative of another; a value may be given, too."""
        match formula:
            case Formula(
                (TensorVariable(axes=("real",)) as curve, IndexVariable()),
                (_,),
                Apply("d", (Lambda((_,), Apply(function, (Lambda((), Entry(tensor=inner)),))),)),
                "=",
                Multiply((Apply(slope, (Lambda((), Entry(tensor=again)),)), Apply("d"))),
            ) if inner == again == curve:
                if self.slopes.setdefault(function, slope) == slope:
                    self.built_in.add(formula)
            case Formula(_, _, Apply("differentiable"), "=", Number(value)) if value == 1:
                self.built_in.add(formula)  # every function here has derivatives
            case Formula((), (), Apply(function, (Lambda((), Number(at)),)), "=", Number(value)):
                self.constants[function, (reals.rational(at),)] = reals.rational(value)

    def _random(self) -> fmpq:
        return fmpq(self.rng.randint(-6, 6), self.rng.choice((1, 2, 3)))

    def _entry(self, tensor: TensorVariable, place: Place) -> Real:
        if Near.ZERO in place:
            return self._germ(tensor, place)
        if self.near and any(sort == REAL and x != 0 for sort, x in zip(tensor.axes, place, strict=True)):
            raise Unknown("germs say nothing of later times")
        key = (tensor, place)
        if key not in self.values:
            with self._making(tensor, place, 0):
                self.values[key] = reals.exact(self._made_up(tensor, place))
        return self.values[key]

    @contextmanager
    def _making(self, tensor: TensorVariable, place: Place, terms: int) -> Iterator[None]:
        """Guard against circular definitions."""
        key = (tensor, place, terms)
        if key in self.busy:
            raise Unknown(f"{tensor.name} is defined by itself")
        self.busy.add(key)
        try:
            yield
        finally:
            self.busy.discard(key)

    def _germ(self, tensor: TensorVariable, place: Place) -> Real:
        """An entry just after time 0: by its definition, by its rate, or at random."""
        for source in self.sources.get(tensor, ()):
            match = _matched(source.entry, place)
            if match is not None and not source.bound:
                with self._making(tensor, place, self.terms):
                    return self.value(source.value, match)
        known = self.germs.setdefault((tensor, place), [])
        if not known:
            known.append(reals.exact(self._entry(tensor, tuple(fmpq(0) if x is Near.ZERO else x for x in place))))
        while len(known) <= self.terms:
            known.append(self._random() if tensor not in self.rates else self._next(tensor, place, known))
        return Germ(tuple(known[: self.terms + 1]))

    def _next(self, tensor: TensorVariable, place: Place, known: Sequence[Exact]) -> Exact:
        """The next term of a germ, by its rate."""
        match = _matched(self.rates[tensor].entry, place)
        if match is None:
            raise Unknown(f"no rate of {tensor.name}")
        wanted, self.terms = self.terms, len(known) - 1
        try:
            with self._making(tensor, place, self.terms):
                rate = self.value(self.rates[tensor].value, match)
        finally:
            self.terms = wanted
        last = rate.terms[len(known) - 1] if isinstance(rate, Germ) else rate if len(known) == 1 else fmpq(0)
        return last / len(known)

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
            (low if source.bound == "low" else high).append(reals.approximate(value))
        step = fmpq(self.rng.randint(1, 40), self.rng.choice((8, 40)))
        if low and high and max(low) <= min(high):
            inside = Fraction(max(low)) + (Fraction(min(high)) - Fraction(max(low))) * self.rng.randint(1, 9) / 10
            return reals.rational(inside)
        if low:
            return reals.rational(Fraction(max(low)).limit_denominator(10**9)) + step
        if high:
            return reals.rational(Fraction(min(high)).limit_denominator(10**9)) - step
        return self._random()

    # truth

    def range(self, sort: str) -> Sequence[Instant]:
        """The tested elements of a sort."""
        match sort:
            case "time":
                return self.times
            case "real":
                return self.instants
            case _:
                return range(self.sizes[sort])

    def stays_false(self, conclusion: Formula, hypotheses: Sequence[Formula]) -> bool:
        """Whether a false conclusion is false, and no hypothesis is, if all times that were seen count as all times."""
        self.times = range(max(self.times_seen, default=0) + 1)
        instants = sorted(self.instants_seen)
        if self.near and len(instants) > 1:  # germs say nothing of later times
            return False
        self.instants = (*instants, Near.ZERO) if self.near else instants
        spent, self.work = self.work, 0
        try:
            return self.holds(conclusion, {}) is False and all(self.holds(h, {}) is not False for h in hypotheses)
        except Unknown:
            return False
        finally:
            self.work += spent

    def holds(self, formula: Formula, bound: Environment) -> bool | None:
        """Whether a formula holds; None if unknown.

        A formula about all tensors is tried with a few of them: it can be refuted, and is otherwise taken to hold,
        which ``taken`` remembers; an inequality between quadratic forms in one tensor is decided.
        """
        indices = [v for v in formula.variables if isinstance(v, IndexVariable)]
        tensors = [v for v in formula.variables if isinstance(v, TensorVariable)]
        if _quadratic(formula, tensors):
            decided = self._forms(formula, indices, tensors[0], bound)
            if decided is not None:
                return decided
        certain = True
        for _ in range(3 if tensors else 1):
            drawn = {v: self._any_function() for v in tensors}
            for values in itertools.product(*(self.range(v.sort) for v in indices)):
                self.spend()
                inside: dict[Variable, Instant | Function] = dict(bound)
                inside |= zip(indices, values, strict=True)
                for tensor, function in drawn.items():
                    inside[tensor] = function
                truth = self._instance(formula, inside)
                if truth is False:
                    return False
                certain = certain and truth is True
        self.taken = self.taken or bool(tensors and formula not in self.built_in)
        return True if certain else None

    def concluded(self) -> bool | None:
        """Whether the conclusion holds; None if that is unknown."""
        try:
            return self.holds(self.conclusion, {})
        except (Unknown, RecursionError):
            return None

    def _forms(
        self, formula: Formula, indices: Sequence[IndexVariable], tensor: TensorVariable, bound: Environment
    ) -> bool | None:
        """Whether ``left ≤ right``, polynomials of degree 2 in the entries of a tensor, holds for all its values.

        The gap is ``c + bᵀv + vᵀAv``; it is never negative if and only if ``[[c, bᵀ/2], [b/2, A]]`` is positive
        semidefinite, whose entries follow from the values at 0, at the unit vectors e_i, −e_i and at the e_i + e_j.
        """
        cells = list(self._places(tensor.axes))
        if len(cells) > MOST_CELLS:
            return None
        for values in itertools.product(*(self.range(v.sort) for v in indices)):
            here: dict[Variable, Instant | Function] = {**bound, **dict(zip(indices, values, strict=True))}
            premises = [self.holds(p, here) for p in formula.premises]
            if False in premises:
                continue
            if None in premises:
                return None

            def gap(*at: tuple[int, int], here: Environment = here) -> Real:
                entries = {cell: fmpq(0) for cell in cells}
                for k, x in at:
                    entries[cells[k]] += x
                inside = {**here, tensor: lambda place: entries[place]}
                return self.value(formula.right, inside) - self.value(formula.left, inside)

            try:
                middle = gap()
                up = [gap((k, 1)) - middle for k in range(len(cells))]
                down = [gap((k, -1)) - middle for k in range(len(cells))]
                form: list[list[Real]] = [[middle]]
                for k, (x, y) in enumerate(zip(up, down, strict=True)):
                    mixed = [(gap((k, 1), (m, 1)) - middle - x - up[m]) / 2 for m in range(k)]
                    form.append([(x - y) / 4, *mixed, (x + y) / 2])
                holds = reals.semidefinite([[reals.exact(row[m]) for m in range(k + 1)] for k, row in enumerate(form)])
            except Unknown:
                return None
            if not holds:
                return holds
        return True

    def _instance(self, formula: Formula, bound: Environment) -> bool | None:
        premises = [self.holds(p, bound) for p in formula.premises]
        if False in premises:
            return True
        self.reached = self.reached or (formula is self.conclusion and None not in premises)
        try:
            left, right = self.value(formula.left, bound), self.value(formula.right, bound)
        except Unknown:
            return None
        sign = reals.sign(right - left)
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
        values: dict[Place, list[Exact]] = {}

        def value(place: Place) -> Real:
            known = values.setdefault(tuple(fmpq(0) if x is Near.ZERO else x for x in place), [])
            near = Near.ZERO in place
            while len(known) <= (self.terms if near else 0):
                known.append(self._random())
            return Germ(tuple(known[: self.terms + 1])) if near else known[0]

        return value

    # values

    def at(self, index: Index, bound: Environment) -> Instant:
        """The element that an index stands for."""
        if index.name == NUMERAL:
            place: object = index.offset if index.sort == TIME else fmpq(index.offset)
        else:
            variable = IndexVariable(index.name, index.sort)
            place = bound.get(variable, self.free.get(variable))
        match place:
            case Near():
                return place
            case fmpq():
                self.instants_seen.add(place)
                return place
            case int() if index.sort != TIME:
                return place
            case int():
                time = place if index.name == NUMERAL else place + index.offset
                if time > HORIZON + 2:
                    raise Unknown("beyond the horizon")
                self.times_seen.add(time)
                return time
            case _:
                raise Unknown(f"{index.name} has no value")

    def value(self, term: Term, bound: Environment) -> Real:
        """The value of a term."""
        self.spend()
        match term:
            case Number(value):
                return reals.rational(value)
            case Size(sort, exponent):
                size = fmpq(self.sizes[sort])
                whole = int(2 * exponent)
                return reals.power(size, whole // 2) if whole % 2 == 0 else reals.power(reals.root(size), whole)
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
                    product = reals.times(product, self.value(t, bound))
                return product
            case Power(base, exponent):
                return reals.power(self.value(base, bound), exponent)
            case Sum(index, body):
                return sum((self.value(body, {**bound, index: k}) for k in self.range(index.sort)), fmpq(0))
            case Apply(function, arguments, at):
                return self._apply(function, arguments, None if at is None else self.at(at, bound), bound)
            case Expectation(law, tensors, body):
                outcomes = self._outcomes(law, tensors, max(_degree(body, tensor) for tensor in tensors))
                return sum((reals.times(w, self.value(body, {**bound, **drawn})) for drawn, w in outcomes), fmpq(0))
            case _:
                raise Unknown(type(term).__name__)

    def _apply(self, function: str, arguments: tuple[Lambda, ...], time: Instant | None, bound: Environment) -> Real:
        match function:
            case "op":
                return self._operator_norm(arguments[0], bound)
            case "top":
                return self._top(arguments[0], bound)
            case "num" if time is not None:
                if isinstance(time, Near):
                    return Germ(tuple(fmpq(int(k == 1)) for k in range(self.terms + 1)))
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
            case "^t", [x] if isinstance(time, int):
                return reals.power(x, time)
            case "sqrt", [x]:
                return reals.root(x)
            case "abs", [x]:
                return -x if reals.certain_sign(x) < 0 else x
            case "max", [x, y]:
                return y if reals.certain_sign(y - x) > 0 else x
            case "inv", [x]:
                return reals.inverse(x)
            case _, [Germ() as x]:
                return x.through([self._value_of(function, (x.terms[0],), k) for k in range(len(x.terms))])
            case _:
                return self._value_of(function, tuple(map(reals.exact, values)), 0)

    def _value_of(self, function: str, at: tuple[Exact, ...], times: int) -> Exact:
        """A value of an unknown function that has been differentiated this often."""
        while times and function in self.slopes:
            function, times = self.slopes[function], times - 1
        if not all(isinstance(x, fmpq) for x in at):
            raise Unknown(f"{function} of a number that is not rational")
        if not times and (function, at) in self.constants:
            return self.constants[function, at]
        key = (function, at, times)
        if key not in self.functions:
            self.functions[key] = self._random() if times or len(at) > 1 else self._fitting(function, at)
        return self.functions[key]

    def _fitting(self, function: str, at: tuple[Exact, ...]) -> Exact:
        """A value of an unknown function, where possible one that the hypotheses about all numbers allow."""
        known = {name for name, where, _ in self.functions if where == at} | {function}
        bound = [({h.variables[0]: lambda _: at[0]}, h) for h in self.properties if function in _functions(h)]
        for values, h in bound:
            match h:
                case Formula(_, (), Apply(name, (Lambda((), Entry()),)), "=", right) if name == function:
                    return reals.exact(self.value(right, values))
        draws = (lambda: fmpq(self.rng.randint(0, 9), 10), lambda: fmpq(self.rng.randint(-9, 9), 10), self._random)
        drawn = fmpq(0)
        for k in range(DRAWS):
            drawn = draws[k % 3]()
            self.functions[function, at, 0] = drawn
            if all(self._instance(h, values) is not False for values, h in bound if _functions(h) <= known):
                break
        return drawn

    def allowed(self) -> bool:
        """Whether the hypotheses about all numbers hold at the arguments at which functions were evaluated."""
        places = {at for _, at, times in self.functions if not times and len(at) == 1}
        return all(
            self._instance(h, {h.variables[0]: lambda _, x=x: x}) is not False  # type: ignore[misc]
            for (x,) in places
            for h in self.properties
        )

    def _derivative(self, function: Lambda, time: Instant | None, bound: Environment) -> Real:
        """The derivative at a time; just after 0, and at 0 of germs, from one more term."""
        if not self.near:
            return self._polynomial(function, time, bound)
        (variable,) = function.parameters
        others = [v for v in function.body.free - {variable} if isinstance(v, IndexVariable) and v.sort == REAL]
        if any(bound.get(v, self.free.get(v)) is Near.ZERO for v in others) or time not in (Near.ZERO, 0):
            raise Unknown("a function of two times")
        terms, self.terms = self.terms, (self.terms if isinstance(time, Near) else 0) + 1
        try:
            found = self.value(function.body, {**bound, variable: Near.ZERO})
        finally:
            self.terms = terms
        if not isinstance(found, Germ):
            return fmpq(0)
        return found.derivative() if isinstance(time, Near) else found.terms[1]

    def _polynomial(self, function: Lambda, time: Instant | None, bound: Environment) -> Real:
        """The derivative of a function that appears to be a polynomial of degree ≤ 5; at 0 from the right.

        Finite differences on a fine grid are exact for polynomials; other functions have non-zero sixth differences.
        """
        (variable,) = function.parameters
        if isinstance(time, Near):
            raise Unknown("a time just after 0")
        at = fmpq(time or 0)
        start = at if at == 0 else at - 3 * GRID
        values = [self.value(function.body, {**bound, variable: start + k * GRID}) for k in range(7)]
        return reals.slope(values, first=at == 0) / GRID

    def _operator_norm(self, matrix: Lambda, bound: Environment) -> Real:
        """The largest singular value, in closed form where one side is at most 2."""
        row, column = matrix.parameters
        M = [
            [self.value(matrix.body, {**bound, row: r, column: c}) for c in self.range(column.sort)]
            for r in self.range(row.sort)
        ]
        if len(M) > len(M[0]):
            M = [list(column_) for column_ in zip(*M, strict=True)]
        gram = [[sum((reals.times(x, y) for x, y in zip(a, b, strict=True)), fmpq(0)) for b in M] for a in M]
        return reals.root(reals.largest_eigenvalue(gram))

    def _top(self, matrix: Lambda, bound: Environment) -> Real:
        """The largest eigenvalue of the symmetric part, in closed form for 2 × 2 and diagonal matrices."""
        row, column = matrix.parameters
        places = self.range(row.sort)
        M = [[self.value(matrix.body, {**bound, row: r, column: c}) for c in places] for r in places]
        return reals.largest_eigenvalue([[(M[i][k] + M[k][i]) / 2 for k in places] for i in places])  # type: ignore[index]

    # laws

    def _outcomes(
        self, law: Distribution, tensors: tuple[TensorVariable, ...], degree: int
    ) -> Iterator[tuple[dict[Variable, Function], Real]]:
        """All outcomes of a law with the moments of the given one up to a degree, each with its probability."""
        if sum(math.prod(len(self.range(sort)) for sort in v.axes) for v in tensors) > TOO_MANY:
            raise Unknown("too many entries")
        cells = [(k, place) for k, v in enumerate(tensors) for place in self._places(v.axes)]
        if law.kind == "gauss":
            normal = reals.normal(degree)
            if len(normal) ** len(cells) > TOO_MANY:
                raise Unknown("too many outcomes")
            for choice in itertools.product(normal, repeat=len(cells)):
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
            numbers = {(k, place): place[law.axes[k].index(law.axis)] for k, place in cells}
            drawn = {
                (k, place): slice_of[number][0][within(k, place)]
                for (k, place), number in numbers.items()
                if isinstance(number, int)
            }
            yield _drawn(tensors, drawn), math.prod((w for _, w in slice_of), start=fmpq(1))

    def _places(self, axes: tuple[str, ...]) -> Iterable[Place]:
        return itertools.product(*(self.range(sort) for sort in axes))


def _quadratic(formula: Formula, tensors: Sequence[TensorVariable]) -> bool:
    """Whether a formula is an inequality of degree 2 in the one tensor that it is about."""
    if len(tensors) != 1 or formula.relation != "<=" or any(tensors[0] in p.free for p in formula.premises):
        return False
    if any(sort in (TIME, REAL) for sort in tensors[0].axes):
        return False
    return all(_degree(side, tensors[0]) <= 2 for side in (formula.left, formula.right))


def _degree(term: Term, tensor: TensorVariable) -> int:
    """The degree of a term as a polynomial in the entries of a tensor; 1000 if it does not look like one."""
    if tensor not in term.free:
        return 0
    match term:
        case Entry():
            return 1
        case Add(terms):
            return max(_degree(t, tensor) for t in terms)
        case Multiply(terms):
            return sum(_degree(t, tensor) for t in terms)
        case Power(base, exponent):
            return exponent * _degree(base, tensor)
        case Sum(_, body) | Expectation(_, _, body):
            return _degree(body, tensor)
        case _:
            return 1000


def _drawn(tensors: tuple[TensorVariable, ...], values: dict[tuple[int, Place], Real]) -> dict[Variable, Function]:
    return {v: (lambda place, k=k: values[k, place]) for k, v in enumerate(tensors)}  # type: ignore[misc]


def _differentiated(term: Term) -> Entry | None:
    """``T[t, …]`` for the derivative of ``s ↦ T[s, …]`` at t."""
    match term:
        case Apply("d", (Lambda((variable,), Entry(tensor, (Index(name=name), *rest))),), Index() as at) if (
            name == variable.name
        ):
            return Entry(tensor, (at, *rest))
        case _:
            return None


def _general(entry: Entry, variables: tuple[Variable, ...]) -> bool:
    """Whether an entry names each of the variables once, so that an equation for it defines the tensor."""
    named = [IndexVariable(index.name, index.sort) for index in entry.at if index.name != NUMERAL]
    return sorted(map(str, named)) == sorted(map(str, variables))


def _matched(entry: Entry, place: Place) -> dict[Variable, Instant | Function] | None:
    """Values of the indices that make an entry the one at a place."""
    match: dict[Variable, Instant | Function] = {}
    for index, value in zip(entry.at, place, strict=True):
        if isinstance(value, Near):
            if index.name == NUMERAL:
                return None
            match[IndexVariable(index.name, index.sort)] = value
        elif index.name == NUMERAL:
            if value != index.offset:
                return None
        elif value < index.offset:
            return None
        else:
            match[IndexVariable(index.name, index.sort)] = value - index.offset
    return match


def _free(formulas: Iterable[Formula]) -> set[Variable]:
    return set().union(*(formula.free for formula in formulas))


def _of_a_number(formula: Formula) -> bool:
    """Whether a formula says something of functions of any one real number."""
    return len(formula.variables) == 1 and formula.variables[0] == TensorVariable(formula.variables[0].name, ())


def _functions(formula: Formula) -> set[str]:
    """The unknown functions in a formula."""
    return {name for name, _ in symbols(formula)[0]}
