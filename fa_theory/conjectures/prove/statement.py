"""What a conjecture says, as formulas of the proof kernel: declarations, domain, steps, hypotheses, conclusions.

Tensors: ``X[i, h]``, ``y[i]``, ``b[r]``, ``W[t, r, h]``, ``beta[t, r]``, features ``Psi[t, i, r]``, slopes
``D[t, i, r]`` and errors ``e[t, i]``; with k outputs y, b, β and e have one more axis. ``run[3]`` is the time 3,
``run[-1]`` any time T, a step of ``every_step`` any time t: what holds at all times holds along every run. Single
entries ``A[0, 1]`` are entries at any two places.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.expression import Expr, Statement, Time, parts
from fa_theory.conjectures.language.keys import key
from fa_theory.conjectures.language.quantities import RunState
from fa_theory.model.rules import Signs, as_rule

from .goals import Goal, goals
from .shapes import NotProvable, axes, square

Json = Any
Index = Any
"""The JSON of an index: a name, ``[name, offset]`` or a number."""
POOLS = {"n": "i", "d": "h", "p": "r", "k": "o", "time": "t"}
SIZES = ("n", "d", "p", "k")
FUNCTIONS = {"exp", "log", "sign"}


LAST = "T"
"""The last time of a run of unknown length."""


def before(time: Index, until: str) -> dict[str, Json]:
    """``τ ≤ T`` for a state, ``τ + 1 ≤ T`` for a step."""
    return {"say": [["+", ["num", time], 1] if until == "step" else ["num", time], "<=", ["num", LAST]]}


def renamed(x: Json, old: str, new: str) -> Json:
    """Another name for an index, everywhere."""
    match x:
        case dict():
            return {k: renamed(v, old, new) for k, v in x.items()}
        case list():
            return [renamed(part, old, new) for part in x]
    return new if x == old else x


@dataclass
class Said:
    """``∀ variables. premises → left relation right``, and which parts of the domain it speaks of."""

    variables: tuple[str, ...]
    premises: list[Json]
    left: Json
    relation: str
    right: Json
    until: str = ""
    """For a statement about every time t of a run of unknown length: "state" (t ≤ T) or "step" (t < T)."""

    @property
    def loose(self) -> tuple[str, ...]:
        """The last time and single places, which mean the same in the whole conjecture."""
        used = _names([self.left, self.right, *([LAST] if self.until else [])])
        return tuple(dict.fromkeys([*(["T"] if LAST in used else []), *(v for v in self.variables if "." in v)]))

    @property
    def json(self) -> dict[str, Json]:
        """As a document has it."""
        out: dict[str, Json] = {"say": [self.left, self.relation, self.right]}
        if self.premises:
            out["if"] = self.premises
        if self.variables:
            out["all"] = list(self.variables)
        return out

    @property
    def assumed(self) -> dict[str, Json]:
        """As a hypothesis of the conclusion: what is loose stays free."""
        out = self.json | {"all": [v for v in self.variables if v not in self.loose]}
        if self.until:
            out = renamed(out, "t", "t2") | {"if": [before("t2", self.until)]}
        return {k: v for k, v in out.items() if v}


@dataclass
class Scalar:
    """``number · Π |sort|^exponent``."""

    number: Fraction = Fraction(1)
    sizes: dict[str, Fraction] = field(default_factory=dict)

    def __mul__(self, other: Scalar) -> Scalar:
        sizes = dict(self.sizes)
        for sort, exponent in other.sizes.items():
            sizes[sort] = sizes.get(sort, Fraction(0)) + exponent
        return Scalar(self.number * other.number, sizes)

    def raised(self, exponent: Fraction) -> Scalar | None:
        """A power, if it is rational."""
        number: Fraction | None
        if exponent.denominator == 1:
            number = self.number ** int(exponent)
        else:
            roots = [math.isqrt(x) for x in (abs(self.number.numerator), self.number.denominator)]
            number = Fraction(*roots) if Fraction(roots[0] ** 2, roots[1] ** 2) == self.number else None
            number = number if number is None or exponent == Fraction(1, 2) else None
        return None if number is None else Scalar(number, {s: e * exponent for s, e in self.sizes.items()})

    @property
    def json(self) -> Json:
        """As a term."""
        sizes = [["size", sort, str(exponent)] for sort, exponent in self.sizes.items() if exponent]
        factors = ([number(self.number)] if self.number != 1 or not sizes else []) + sizes
        return factors[0] if len(factors) == 1 else ["*", *factors]


def number(x: Fraction) -> Json:
    """A rational as a term."""
    return x.numerator if x.denominator == 1 else str(x)


def times(*factors: Json) -> Json:
    """A product without the factor 1; 0 times something stays, as it may not be defined."""
    left = [f for f in factors if f != 1]
    return 1 if not left else left[0] if len(left) == 1 else ["*", *left]


class Translation:
    """Formulas of one conjecture as terms; collects what has to be declared and may be assumed."""

    def __init__(self, conjecture: Conjecture) -> None:
        self.conjecture, self.domain = conjecture, conjecture.domain
        self.several = self.domain.k is not None
        self.steps = self.domain.whole("steps")
        self.run = conjecture.run
        self.linear = set(self.domain.activations) == {"linear"}
        self.sums: dict[object, tuple[str, Json]] = {}
        self.functions: set[str] = set()
        self.places: set[str] = set()
        self.dependencies: set[str] = set()
        self.last = 0
        self._keys: dict[int, tuple[object, Expr]] = {}
        self._known: dict[Any, tuple[str, ...]] = {}
        formulas = [side for s in self._statements() for side in _sides(s)]
        for part in (part for x in formulas for part in parts(x)):
            if part.time is not None and part.time.from_end and self.steps[0] != self.steps[1]:
                if part.time.offset > self.steps[0]:
                    raise NotProvable(f"some runs have no state {part.time.offset} steps before the last")
                self.last = max(self.last, part.time.offset)

    def _statements(self) -> Iterator[Expr | Statement]:
        yield from self.conjecture.statements
        for statements in self.conjecture.hypotheses.values():
            yield from statements

    # ----------------------------------------------------------------------------------------------- declarations
    @property
    def outputs(self) -> tuple[str, ...]:
        """The axis of the outputs, if there are several."""
        return ("k",) if self.several else ()

    @property
    def tensors(self) -> dict[str, tuple[str, ...]]:
        """The axes of all tensors."""
        k = self.outputs
        return {
            "X": ("n", "d"), "y": ("n", *k), "b": ("p", *k), "W": ("time", "p", "d"), "beta": ("time", "p", *k),
            "Psi": ("time", "n", "p"), "D": ("time", "n", "p"), "e": ("time", "n", *k), "eta": (), "lam": (),
        } | {name: ("time",) for name, _ in self.sums.values()}  # fmt: skip

    # -------------------------------------------------------------------------------------------------- statements
    def conclusions(self) -> Iterator[Said]:
        """What has to be proved, one formula after the other."""
        for statement in self.conjecture.statements:
            for goal in goals(statement):
                said = self.said(goal)
                said.until = self._until(statement) if "t" in said.variables else ""
                yield said

    def _until(self, statement: Expr | Statement) -> str:
        """What a statement about every time of a run of unknown length is about."""
        over = [p for side in _sides(statement) for p in parts(side) if p.op == "least_over_time"]
        return ("step" if over[0].value[0] else "state") if over and self.steps[0] != self.steps[1] else ""

    def hypotheses(self) -> Iterator[tuple[str, Said]]:
        """What the conjecture assumes."""
        for name, statements in self.conjecture.hypotheses.items():
            count = 0
            for statement in statements:
                for goal in self._understood(statement):
                    try:
                        said = self.said(goal)
                    except NotProvable:
                        continue
                    if "t" in said.variables:
                        said.until = self._until(statement)
                        if not said.until or self.last:
                            continue  # every time counts from the last one here
                    count += 1
                    yield (name if count == 1 else f"{name} ({count})"), said

    def _understood(self, statement: Expr | Statement) -> Iterator[Goal]:
        over = [p for side in _sides(statement) for p in parts(side) if p.op == "least_over_time"]
        if not over or self.steps[0] != self.steps[1]:
            yield from goals(statement)
        elif self.steps[0] == self.steps[1] and self.steps[1] < 20:
            for goal in goals(statement):
                for t in range(self.steps[0] + (0 if over[0].value[0] else 1)):
                    yield Goal(goal.relation, _taken(goal.x, t))

    def said(self, goal: Goal) -> Said:
        """A goal, entry by entry."""
        x = goal.x
        while x.op == "named":
            x = x.args[0]
        at, scope = self._indices(axes(x), frozenset())
        self.places = set()
        if x.op == "sub":
            right, left = (self.entry(arg, _last(at, arg.rank), scope) for arg in x.args)
        elif x.op == "neg":
            left, right = self.entry(x.args[0], at, scope), 0
        else:
            left, right = 0, self.entry(x, at, scope)
        relation = {"ge": "<=", "gt": "<", "eq": "="}[goal.relation]
        used = _names([left, right])
        variables = [v for v in ("T", "t", *sorted(self.places), *at) if v in used]
        return Said(tuple(dict.fromkeys(variables)), [], left, relation, right)

    # -------------------------------------------------------------------------------------------------------- terms
    def _indices(self, sorts: Iterable[str], scope: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
        """New indices of these sorts."""
        names: list[str] = []
        for sort in sorts:
            count = 1
            while (name := POOLS[sort] + (str(count) if count > 1 else "")) in scope or name in names:
                count += 1
            names.append(name)
        return tuple(names), scope | set(names)

    def _sum(self, sorts: tuple[str, ...], scope: frozenset[str], body: Any) -> Json:
        names, inner = self._indices(sorts, scope)
        made = body(names, inner)
        return ["sum", list(names), made] if names else made

    def key(self, x: Expr) -> object:
        """What a formula says, without names."""
        if id(x) not in self._keys:
            self._keys[id(x)] = key(x), x
        return self._keys[id(x)][0]

    def time(self, time: Time) -> Index:
        """A moment as an index of sort time."""
        if time.bound:
            return ["t", time.offset] if time.offset else "t"
        if not time.from_end:
            return time.offset
        if self.steps[0] == self.steps[1]:
            return self.steps[1] - time.offset
        return ["T", self.last - time.offset] if self.last != time.offset else "T"

    def _tensor_of(self, x: Expr) -> tuple[str, Time] | None:
        """Whether a formula is features, slopes or the error of a state."""
        moment = next((p.time for p in parts(x) if p.time is not None), None)
        if moment is None:
            return None
        state = RunState(self.run, moment)
        for name, op, made in (("Psi", "psi", "features"), ("D", "slope", "slopes"), ("e", "sub", "error")):
            if x.op == op and self.key(x) == self._state_key(state, made):
                return name, moment
        return None

    def _state_key(self, state: RunState, made: str) -> object:
        where = (made, state.time)
        if where not in self._known:
            self._known[where] = key(getattr(state, made))  # type: ignore[assignment]
        return self._known[where]

    def entry(self, x: Expr, at: tuple[Index, ...], scope: frozenset[str]) -> Json:
        """The entry of a formula at these indices."""
        op, args = x.op, x.args
        if op in ("psi", "slope", "sub") and (found := self._tensor_of(x)) is not None:
            if found[0] == "D" and self.linear:
                return 1
            return [found[0], self.time(found[1]), *at]
        scalar = self.scalar(x)
        if scalar is not None:
            return scalar.json

        def each() -> list[Json]:
            return [self.entry(arg, _last(at, arg.rank), scope) for arg in args]

        match op:
            case "named":
                return self.entry(args[0], at, scope)
            case "leaf":
                return self._leaf(x, at)
            case "add":
                return ["+", *each()]
            case "sub":
                return ["-", *each()]
            case "neg":
                return ["-", *each()]
            case "mul":
                return times(*each())
            case "div":
                return times(self.entry(args[0], _last(at, args[0].rank), scope), *self.inverse(args[1], at, scope))
            case "pow" if x.value >= 0:
                return ["^", each()[0], x.value]
            case "pow":
                return times(*(["^", f, -x.value] for f in self.inverse(args[0], at, scope)))
            case "sqrt" | "abs":
                return ["fn", op, each()[0]]
            case "exp" | "log" | "sign":
                self.functions.add(op)
                return ["fn", op, each()[0]]
            case "psi" if self.linear:
                return each()[0]
            case "slope" if self.linear:
                return 1
            case "psi" | "slope":
                self.functions.add({"psi": "psi", "slope": "psi'"}[op])
                return ["fn", {"psi": "psi", "slope": "psi'"}[op], each()[0]]
            case "max" | "min":
                return self._extreme(op, each())
            case "transpose":
                return self.entry(args[0], at[::-1], scope)
            case "outer":
                axes(x)
                return times(self.entry(args[0], at[:1], scope), self.entry(args[1], at[1:], scope))
            case "matmul":
                return self._matmul(x, at, scope)
            case "total":
                return self._sum(axes(args[0]), scope, lambda at, inner: self.entry(args[0], at, inner))
            case "mean":
                count = Scalar(sizes={})
                for sort in axes(args[0]):
                    count = count * Scalar(sizes={sort: Fraction(-1)})
                return times(count.json, self._sum(axes(args[0]), scope, lambda at, i: self.entry(args[0], at, i)))
            case "trace":
                return self._sum((square(args[0]),), scope, lambda at, i: self.entry(args[0], (at[0], at[0]), i))
            case "norm" if args[0].rank == 0:
                return ["fn", "abs", each()[0]]
            case "norm":
                squares = self._sum(axes(args[0]), scope, lambda at, i: ["^", self.entry(args[0], at, i), 2])
                return ["fn", "sqrt", squares]
            case "row_norms":
                row = axes(args[0])[1:]
                squares = self._sum(row, scope, lambda own, i: ["^", self.entry(args[0], (*at, *own), i), 2])
                return ["fn", "sqrt", squares]
            case "eigmax":
                return self._top(args[0], scope, 1)
            case "eigmin":
                return ["-", self._top(args[0], scope, -1)]
            case "largest":
                return self._largest(args[0], (), axes(args[0]), scope, 1)
            case "smallest":
                return ["-", self._largest(args[0], (), axes(args[0]), scope, -1)]
            case "entry":
                return self.entry(args[0], self._fixed(x), scope)
            case "sum_over_time":
                return [self._recursion(args[0]), self.steps[1] if self.steps[0] == self.steps[1] else self._end()]
        raise NotProvable(f"line {x.line}: the proof kernel has no {op}")

    def _end(self) -> Index:
        return ["T", self.last] if self.last else "T"

    def _fixed(self, x: Expr) -> tuple[str, ...]:
        """Single entries: any places, the same ones for the same numbers."""
        names = tuple(f"{POOLS[s]}.{i}" for s, i in zip(axes(x.args[0]), x.value, strict=True))
        self.places.update(names)
        return names

    def _recursion(self, body: Expr) -> str:
        """A tensor S over time with ``S[0] = 0``, ``S[t+1] = S[t] + body``."""
        what = self.key(body)
        if what not in self.sums:
            self.sums[what] = (f"S{len(self.sums) + 1}", self.entry(body, (), frozenset({"t"})))
        return self.sums[what][0]

    def _leaf(self, x: Expr, at: tuple[Index, ...]) -> Json:
        name = str(x.value)
        if x.time is not None:
            return [name, self.time(x.time), *at]
        if name in ("eta", "lam"):
            low, high = self.domain.exact(name)
            return number(low) if low == high else name
        if name == "T":
            return self.steps[0] if self.steps[0] == self.steps[1] else ["num", self._end()]
        return [name, *at]

    def _matmul(self, x: Expr, at: tuple[Index, ...], scope: frozenset[str]) -> Json:
        left, right = x.args
        axes(x)
        rows = left.rank - 1
        return self._sum(
            axes(left)[-1:],
            scope,
            lambda b, i: times(self.entry(left, (*at[:rows], *b), i), self.entry(right, (*b, *at[rows:]), i)),
        )

    def _top(self, A: Expr, scope: frozenset[str], sign: int) -> Json:
        sort = square(A)
        names, inner = self._indices((sort, sort), scope)
        return ["fn", "top", ["of", list(names), times(sign, self.entry(A, names, inner))]]

    def _largest(self, x: Expr, at: tuple[str, ...], left: tuple[str, ...], scope: frozenset[str], sign: int) -> Json:
        if not left:
            return times(sign, self.entry(x, at, scope))
        (i, j), inner = self._indices((left[0], left[0]), scope)
        body = self._largest(x, (*at, i), left[1:], inner, sign)
        return ["fn", "top", ["of", [i, j], ["*", ["delta", i, j], body]]]

    @staticmethod
    def _extreme(op: str, args: list[Json]) -> Json:
        sign = 1 if op == "max" else -1
        found = times(sign, args[0])
        for arg in args[1:]:
            found = ["fn", "max", found, times(sign, arg)]
        return found if op == "max" else ["-", found]

    def scalar(self, x: Expr) -> Scalar | None:
        """A product of numbers and powers of sizes, or None."""
        match x.op:
            case "named":
                return self.scalar(x.args[0])
            case "const":
                return Scalar(x.value)
            case "leaf" if x.value in SIZES:
                return Scalar(sizes={str(x.value): Fraction(1)})
            case "mul" | "div" if x.rank == 0:
                left, right = (self.scalar(arg) for arg in x.args)
                if left is None or right is None or (x.op == "div" and not right.number):
                    return None
                over = right if x.op == "mul" else right.raised(Fraction(-1))
                return None if over is None else left * over
            case "pow" if x.rank == 0:
                base = self.scalar(x.args[0])
                return None if base is None or (x.value < 0 and not base.number) else base.raised(Fraction(x.value))
            case "sqrt" if x.rank == 0:
                base = self.scalar(x.args[0])
                return None if base is None or base.number <= 0 else base.raised(Fraction(1, 2))
        return None

    def inverse(self, x: Expr, at: tuple[Index, ...], scope: frozenset[str]) -> list[Json]:
        """Factors of 1/x: a product is divided by factor by factor."""
        scalar = self.scalar(x)
        if scalar is not None and scalar.number:
            inverse = scalar.raised(Fraction(-1))
            assert inverse is not None
            return [inverse.json]
        at = _last(at, x.rank)
        match x.op:
            case "named":
                return self.inverse(x.args[0], at, scope)
            case "neg":
                return [-1, *self.inverse(x.args[0], at, scope)]
            case "mul":
                return [f for arg in x.args for f in self.inverse(arg, at, scope)]
            case "pow" if x.value > 0:
                return [["^", f, x.value] for f in self.inverse(x.args[0], at, scope)]
        return [["fn", "inv", self.entry(x, at, scope)]]

    # ---------------------------------------------------------------------------------------------------- the domain
    def known(self) -> Iterator[tuple[str, Said, str]]:
        """What the domain says: names, formulas, and in words."""
        domain, k = self.domain, self.outputs
        o = tuple(POOLS[s] for s in k)

        def every(names: Iterable[str], left: Json, relation: str, right: Json) -> Said:
            return Said(tuple(names), [], left, relation, right)

        norm2 = ["sum", ["h"], ["^", ["X", "i", "h"], 2]]
        match domain.inputs:
            case "sphere":
                yield "INPUTS", every("i", norm2, "=", 1), "inputs have length 1"
            case "ball":
                yield "INPUTS", every("i", norm2, "<=", 1), "inputs have length at most 1"
            case "orthonormal":
                product = ["sum", ["h"], ["*", ["X", "i", "h"], ["X", "i2", "h"]]]
                yield "INPUTS", every(("i", "i2"), product, "=", ["delta", "i", "i2"]), "inputs are orthonormal"
        match domain.targets:
            case "zero":
                yield "TARGETS", every(("i", *o), ["y", "i", *o], "=", 0), "targets are 0"
            case "bounded":
                yield "TARGETS", every(("i", *o), ["y", "i", *o], "<=", 1), "targets are at most 1"
                yield "TARGETS below", every(("i", *o), -1, "<=", ["y", "i", *o]), "targets are at least −1"
        match domain.feedback:
            case "sign":
                yield "FEEDBACK", every(("r", *o), ["^", ["b", "r", *o], 2], "=", 1), "feedback weights are ±1"
            case "tied":
                yield "FEEDBACK", every(("r", *o), ["b", "r", *o], "=", ["beta", 0, "r", *o]), "b = β(0)"
        if domain.W_scale == 0:
            yield "START_W", every(("r", "h"), ["W", 0, "r", "h"], "=", 0), "W(0) = 0"
        if domain.beta_scale == 0:
            yield "START_B", every(("r", *o), ["beta", 0, "r", *o], "=", 0), "β(0) = 0"
        for name, symbol in (("eta", "η"), ("lam", "λ")):
            low, high = domain.exact(name)
            if low != high:
                yield f"{name.upper()} low", every((), number(low), "<=", name), f"{symbol} is at least {low}"
                yield f"{name.upper()} high", every((), name, "<=", number(high)), f"{symbol} is at most {high}"
        for sort in ("n", "d", "p", *k):
            least, most = domain.whole(sort)
            size = ["size", sort, "1"]
            if least > 1:
                yield f"SIZE {sort} low", every((), least, "<=", size), f"{sort} is at least {least}"
            yield f"SIZE {sort} high", every((), size, "<=", most), f"{sort} is at most {most}"

    def definitions(self) -> Iterator[tuple[str, Said, str]]:
        """Features, slopes, errors, the steps of the rule, and sums over time."""
        k = self.outputs
        o = tuple(POOLS[s] for s in k)
        z = ["sum", ["h"], ["*", ["X", "i", "h"], ["W", "t", "r", "h"]]]
        features = z if self.linear else ["fn", "psi", z]
        yield "FEATURES", Said(("t", "i", "r"), [], ["Psi", "t", "i", "r"], "=", features), "Ψ = ψ(XWᵀ)"
        if not self.linear:
            slopes = Said(("t", "i", "r"), [], ["D", "t", "i", "r"], "=", ["fn", "psi'", z])
            yield "SLOPES", slopes, "D = ψ'(XWᵀ)"
        root = ["size", "p", "-1/2"]
        output = times(root, ["sum", ["r"], ["*", ["Psi", "t", "i", "r"], ["beta", "t", "r", *o]]])
        yield "ERROR", Said(("t", "i", *o), [], ["e", "t", "i", *o], "=", ["-", output, ["y", "i", *o]]), "e = f − y"
        for name, moments in self._steps():
            lasts = self._lambda(moments)
            t, after = ("t", ["t", 1]) if moments is None else (moments, moments + 1)
            variables = ("t",) if moments is None else ()
            sent = ["*", ["e", t, "i", *o], self._sent(t, o)]
            back = ["sum", list(o), sent] if o else sent
            slope = [] if self.linear else [["D", t, "i", "r"]]
            eta = self._leaf(_LEAF_ETA, ())
            move = ["*", eta, root, ["sum", ["i"], ["*", back, *slope, ["X", "i", "h"]]]]
            W = Said((*variables, "r", "h"), [], ["W", after, "r", "h"], "=", ["-", ["W", t, "r", "h"], move])
            yield f"STEP_W{name}", W, "the step of W"
            own = ["beta", t, "r", *o]
            kept = own if lasts == 0 else ["*", ["-", 1, ["*", eta, lasts]], own]
            pull = ["*", eta, root, ["sum", ["i"], ["*", ["Psi", t, "i", "r"], ["e", t, "i", *o]]]]
            beta = Said((*variables, "r", *o), [], ["beta", after, "r", *o], "=", ["-", kept, pull])
            yield f"STEP_B{name}", beta, "the step of β"
        for name, body in self.sums.values():
            yield f"{name} starts", Said((), [], [name, 0], "=", 0), "a sum over no steps"
            grown = Said(("t",), [], [name, ["t", 1]], "=", ["+", [name, "t"], body])
            yield f"{name} grows", grown, "one more summand"

    def _steps(self) -> list[tuple[str, int | None]]:
        if self.domain.cutoff is None or self.domain.real("lam") == (0, 0):
            return [("", None)]
        return [(f" {t}", t) for t in range(min(self.steps[1], 12))]

    def _lambda(self, moment: int | None) -> Json:
        low, high = self.domain.exact("lam")
        cutoff = self.domain.cutoff
        if cutoff is not None and moment is not None and moment >= cutoff:
            return 0
        return number(low) if low == high else "lam"

    def _sent(self, t: Index, o: tuple[str, ...]) -> Json:
        rule = as_rule(self.domain.rule)
        match rule.sent:
            case "b":
                return ["b", "r", *o]
            case "beta":
                return ["beta", t, "r", *o]
            case Signs():
                self.functions.add("sign")
                signs = ["fn", "sign", ["beta", t, "r", *o]]
                plain = rule.through(Expr("leaf", (), 1, "beta"), Expr("leaf", (), 1, "b"))
                uses_b = any(p.op == "abs" for p in parts(plain))
                return ["*", ["fn", "abs", ["b", "r", *o]], signs] if uses_b else signs


_LEAF_ETA = Expr("leaf", (), 0, "eta")


def _sides(statement: Expr | Statement) -> tuple[Expr, ...]:
    return (statement.left, statement.right) if isinstance(statement, Statement) else (statement,)


def _last(at: tuple[Index, ...], rank: int) -> tuple[Index, ...]:
    return at[len(at) - rank :]


def _taken(x: Expr, t: int) -> Expr:
    """A formula about any step t at a step with a number."""
    from dataclasses import replace

    time = x.time
    if time is not None and time.bound:
        return replace(x, time=Time(t + time.offset))
    return replace(x, args=tuple(_taken(arg, t) for arg in x.args)) if x.args else x


def _names(x: Json) -> set[str]:
    """All texts in a term."""
    if isinstance(x, str):
        return {x}
    return set().union(*map(_names, x)) if isinstance(x, list) else set()
