"""Known inequalities about what occurs in a term, each with its proof by the kernel."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from fa_theory.checker.proof.budget import need
from fa_theory.conjectures.language import effort
from fa_theory.symbolic.proof import Fact, axiom, library

from .algebra import Atom, summed
from .names import flat, names
from .operators import Operators
from .signs import pairings
from .statement import POOLS, number, times
from .usable import UsableFact

if TYPE_CHECKING:
    from .prover import Prover

Json = Any
NORMS = 40
"""Most norms that facts are looked for."""
SPLITS = 6


class Facts:
    """Finds facts about a term and gives them to a prover."""

    def __init__(self, prover: Prover) -> None:
        self.prover = prover
        self.proof, self.algebra, self.signs = prover.proof, prover.algebra, prover.signs
        self.operators = Operators(self)
        self.norms: list[Json] = []
        self.seen: Counter[object] = Counter()
        self.largest: list[Json] = []
        """Terms ``max |x_i|`` in what is to be proved."""
        self.targets: list[Json] = []
        """Terms in upper bounds that are to be proved."""
        self.first = True
        """Whether a norm occurs in what is to be proved."""
        self.upward = False
        """Whether only upper bounds of norms are looked for."""
        self.spectral = False
        """Whether an operator norm is to be reached."""

    def about(self, term: Json, depth: int) -> None:
        """Learn what is known about everything that occurs in a term, and about norms that come in, to a depth."""
        for part, bound in subterms(term, ()):
            used = tuple(b for b in bound if b in names(part))
            self._learn(self._of(part, used))
        for part in self.algebra.functions(term):
            self._learn(self._of(part, ()))
        for atom in self._inner(term):
            self._learn(atom)
        done, self.first = 0, False
        for _ in range(depth):
            new = self.norms[done:]
            done = len(self.norms)
            for norm in new:
                self._learn(self._of(norm, ()))

    def above(self, terms: Iterable[Json], others: Iterable[Json]) -> list[UsableFact]:
        """Upper bounds of norms by other norms, from the outside in: of products, sums and matrices.

        What the others are equal to is given, too, and positive factors are taken out of them.
        """
        self.upward, self.first, found, done = True, False, list[UsableFact](), 0
        terms, others = list(terms), list(others)
        self.targets = others
        self.largest = [t for t in others if _is_largest(t)]
        self.spectral = any(f"'fn', '{f}'" in repr(t) for t in others if t not in self.largest for f in ("op", "top"))
        for term in terms:
            found += self._of(term, ())
        for term in others:
            found += [claim for claim in self._of(term, ()) if claim.relation == "="]
            match term:
                case ["fn", "sqrt", ["fn", "max", ["fn", "top", ["of", [j, _], ["sum", [k], ["*", A, _]]]], 0]]:
                    found += self.operators.below(k, j, A)
        while done < len(self.norms) and not effort.passed(self.prover.deadline):
            found += self._of(self.norms[done], ())
            done += 1
        return found

    def _learn(self, claims: Iterator[UsableFact]) -> None:
        for claim in claims:
            if effort.passed(self.prover.deadline):
                return
            self.prover.learn(claim)

    # ------------------------------------------------------------------------------------------------------ functions
    def _of(self, term: Json, free: tuple[str, ...]) -> Iterator[UsableFact]:
        prove = self.prover
        match term:
            case ["fn", "sqrt", inside]:
                square = None if self.upward else prove.squared(inside, free)
                if square is not None:
                    yield square
                if not self.algebra.poly(inside):
                    yield self._claim(term, "=", 0, partial(self._root_of_0, term), "√0 = 0", free)
                    return
                match inside:
                    case ["sum", over, ["^", entry, 2]]:
                        yield from self._norm(term, over, entry, free)
                    case ["fn", "max", ["fn", "top", ["of", [j, j2], ["sum", [k], ["*", A, A2]]]], 0] if not free:
                        if self.algebra.renamed(A, {j: j2}) == A2:
                            yield from self.operators.spectral(term, k, j, A)
            case ["fn", "op", ["of", [k, j], entry]] if not free:
                yield from self.operators.about(term, k, j, entry)
            case ["fn", "abs", [_, str()] as x] if self.upward:
                yield from self._below_norm(term, x)
            case ["fn", "abs", _] if self.upward:
                pass
            case ["fn", "abs", x]:
                yield self._claim(x, "<=", term, lambda: self.proof.use(library.below_abs())(x), "x ≤ |x|", free)
                minus = lambda: self.proof.use(library.minus_below_abs())(x)  # noqa: E731
                yield self._claim(["-", x], "<=", term, minus, "−x ≤ |x|", free)
                square_ = lambda: self.proof.use(library.abs_square())(x)  # noqa: E731
                yield self._claim(["^", term, 2], "=", ["^", x, 2], square_, "|x|² = x²", free)
                yield from self._absolute(term, x, free)
            case ["fn", "max", x, y]:
                left = lambda: self.proof.use(library.max_left())(x, y)  # noqa: E731
                right = lambda: self.proof.use(library.max_right())(x, y)  # noqa: E731
                yield self._claim(x, "<=", term, left, "x ≤ max(x, y)", free)
                yield self._claim(y, "<=", term, right, "y ≤ max(x, y)", free)
            case ["fn", "top", ["of", [i, j], entry]]:
                yield from self._top(term, i, j, entry, free)
            case ["fn", "inv", x] if not free:
                nonzero = self.signs.nonzero.get(frozenset(self.algebra.poly(x).items()))
                if nonzero is not None:
                    yield UsableFact(["*", x, term], "=", 1, lambda: self._inverse(x, nonzero), "x/x = 1")
            case ["fn", str() as f, x] if f in self.proof.data["functions"]:
                yield from self._cited(f, term, x, free)

    def _claim(
        self, left: Json, relation: str, right: Json, made: Callable[[], Fact], why: str, free: Sequence[str]
    ) -> UsableFact:
        def every() -> Fact:
            return self.prover.combine(left, relation, right, [{"use": made().ref}], variables=free)

        return UsableFact(left, relation, right, every if free else made, why, tuple(free))

    def _root_of_0(self, term: Json) -> Fact:
        square = self.prover.squared(term[2])
        need(square is not None, "a term without a sign")
        assert square is not None
        return self._equal(term, 0, [{"use": square.fact().ref}])

    def _inverse(self, x: Json, nonzero: UsableFact) -> Fact:
        square = self.prover.combine(0, "<", ["^", x, 2], [{"use": nonzero.fact().ref}])
        return axiom("inverse")(x, given=[square])

    def _below_norm(self, term: Json, x: Json) -> Iterator[UsableFact]:
        """``|v_k| ≤ ‖v‖``, if this norm occurs in what is to be proved."""
        for norm in self.targets:
            match norm:
                case ["fn", "sqrt", ["sum", [i], ["^", [name, j], 2]]] if [i, name] == [j, x[0]]:

                    def made(norm: Json = norm, i: str = i) -> Fact:
                        entry = [x[0], i]
                        square = self._cs_squared([i], ["delta", i, x[1]], entry)
                        length, size = self.length([i], entry).fact(), self.proof.use(library.abs_square())(x)
                        items = [{"use": square.ref}, {"use": size.ref}, {"use": length.ref, "times": -1}]
                        return self._by_root(term, norm, items)

                    yield UsableFact(term, "<=", norm, made, "an entry is at most the norm")

    def _absolute(self, term: Json, x: Json, free: tuple[str, ...]) -> Iterator[UsableFact]:
        up, down = self.signs.of_term(x), self.signs.of_term(["-", x])
        for sign, value, name in ((up, x, "abs_up"), (down, ["-", x], "abs_down")):
            if sign is not None:

                def made(sign: Any = sign, name: str = name) -> Fact:
                    side = (0, x) if name == "abs_up" else (x, 0)
                    weak = self.prover.combine(side[0], "<=", side[1], [{"use": sign.fact.ref}])
                    return axiom(name)(x, given=[weak])

                yield self._claim(term, "=", value, made, "|x| of a number whose sign is known", free)

    def _cited(self, f: str, term: Json, x: Json, free: tuple[str, ...]) -> Iterator[UsableFact]:
        for name, said in self.proof.data["axioms"].items():
            formula = said["statement"]
            if f not in repr(formula) or formula.get("all", ["?"]) != ["x"]:
                continue
            left, relation, right = (_put(side, x) for side in formula["say"])
            premises = formula.get("if", [])
            if premises:
                found = [self._premise(p, x) for p in premises]
                signs = [s for s in found if s is not None]
                if len(signs) < len(found):
                    continue
            else:
                signs = []
            made = partial(_instance, name, x, signs)
            yield self._claim(left, relation, right, made, said["source"].partition(":")[0], free)

    def _premise(self, formula: Any, x: Json) -> Callable[[], Fact] | None:
        left, relation, right = (_put(side, x) for side in formula["say"])
        sign = self.signs.of_term(["-", right, left])
        if sign is None or (relation == "<" and not sign.strict):
            return None
        return lambda: self.prover.combine(left, relation, right, [{"use": sign.fact.ref}])

    # ----------------------------------------------------------------------------------------------------------- norms
    def norm(self, over: Sequence[str], entry: Json) -> Json:
        """The norm of an array."""
        term = ["fn", "sqrt", ["sum", list(over), ["^", entry, 2]]]
        self._noted(term)
        return term

    def later(self, term: Json) -> None:
        """Look at an operator norm later."""
        same = frozenset(self.algebra.poly(term).items())
        self.seen[same] += 1
        if self.seen[same] == 1 and len(self.norms) < 2 * NORMS:
            self.norms.append(term)

    def _noted(self, term: Json) -> None:
        """Look at a norm later, unless it was looked at in five forms already."""
        same = frozenset(self.algebra.poly(term[2]).items())
        self.seen[same] += 1
        if self.upward and term in self.norms:
            return
        if self.seen[same] <= 5 and len(self.norms) < (2 * NORMS if self.upward else NORMS):
            self.norms.append(term)

    def _norm(self, term: Json, over: list[str], entry: Json, free: tuple[str, ...]) -> Iterator[UsableFact]:
        if free:
            return
        match entry:
            case ["+" | "-", a, b]:
                minus = ["-", b] if entry[0] == "-" else b
                na, nb = self.norm(over, a), self.norm(over, b)
                why = "the triangle inequality"
                yield UsableFact(term, "<=", ["+", na, nb], lambda: self._triangle(over, a, minus), why)
                if not self.upward:
                    yield from self._parallelogram(over, a, minus)
                    yield UsableFact(na, "<=", ["+", term, nb], lambda: self._triangle(over, entry, ["-", minus]), why)
                    both, one = (["-", entry], a) if entry[0] == "-" else (entry, ["-", a])
                    yield UsableFact(nb, "<=", ["+", term, na], lambda: self._triangle(over, both, one), why)
            case ["-", a]:
                yield self._same(term, self.norm(over, a))
            case ["*", *factors]:
                yield from self._product(term, over, flat(factors))
            case ["sum", [k], ["*", *factors]]:
                yield from self._matrix(term, over, k, flat(factors))
        if self.spectral and len(over) == 2:
            yield from self.operators.entries(term, over[0], over[1], entry)
        if self.first:
            yield from self._entries(term, over, entry)
        yield from self._bounds(term, over, entry)
        yield from self._rewritten(over, entry)

    def _parallelogram(self, over: list[str], a: Json, b: Json) -> Iterator[UsableFact]:
        """``Σ (a − b)² ≥ 0``: with the length of a + b, the law of the parallelogram."""
        gap = ["-", a, b]

        def made() -> Fact:
            square = self.proof.use(library.square())(gap)
            return self.prover.combine(0, "<=", ["sum", over, ["^", gap, 2]], [{"use": square.ref, "over": over}])

        yield UsableFact(0, "<=", ["sum", over, ["^", gap, 2]], made, "a square is ≥ 0")

    def _rewritten(self, over: list[str], entry: Json) -> Iterator[UsableFact]:
        """The same for the entry as a step of the rule, or multiplication out, writes it."""
        others = []
        if isinstance(entry, list) and (step := self.prover.unfolded(entry)) is not None:
            others.append(step)
        poly = self.algebra.poly(entry)
        if len(poly) < 5 and not (isinstance(entry, list) and entry[0] == "*"):
            monos = [
                times(str(c), self.algebra.mono_json(m)) if c != 1 else self.algebra.mono_json(m)
                for m, c in poly.items()
            ]
            if len(monos) == 1:
                others.append(monos[0])
            for k, one in enumerate(monos if len(monos) > 2 else ()):
                others.append(["+", one, ["+", *monos[:k], *monos[k + 1 :]]])
        if self.upward:
            merged = _under_one_sum(entry, over)
            others += [] if merged is None else [merged]
        for other in others:
            if other != entry:
                self._noted(["fn", "sqrt", ["sum", over, ["^", other, 2]]])
        yield from ()

    def length(self, over: Sequence[str], entry: Json) -> UsableFact:
        """``‖v‖² = Σ v²``."""
        square = self.prover.squared(["sum", list(over), ["^", entry, 2]])
        need(square is not None, "a sum of squares without a sign")
        assert square is not None
        return square

    def _triangle(self, over: Sequence[str], a: Json, b: Json) -> Fact:
        """``‖a + b‖ ≤ ‖a‖ + ‖b‖``."""
        both = ["+", a, b]
        na, nb = (["fn", "sqrt", ["sum", list(over), ["^", x, 2]]] for x in (a, b))
        product = self._cauchy_schwarz(over, a, b)
        lengths = [self.length(over, x).fact() for x in (a, b, both)]
        nab = ["fn", "sqrt", ["sum", list(over), ["^", both, 2]]]
        items = [
            {"use": product.ref, "times": 2},
            {"use": lengths[0].ref, "times": -1},
            {"use": lengths[1].ref, "times": -1},
            {"use": lengths[2].ref},
        ]
        return self._by_root(nab, ["+", na, nb], items)

    def _by_root(self, term: Json, bound: Json, items: Sequence[dict[str, Json]]) -> Fact:
        """``term ≤ bound`` from ``0 ≤ bound`` and the squares."""
        sign = self.signs.of_term(bound)
        need(sign is not None, "a bound without a sign")
        assert sign is not None
        weak = self.prover.combine(0, "<=", bound, [{"use": sign.fact.ref}])
        squares = self.prover.combine(["^", term, 2], "<=", ["^", bound, 2], items)
        return self.proof.use(library.root())(term, bound, given=[weak, squares])

    def _cauchy_schwarz(self, over: Sequence[str], u: Json, v: Json) -> Fact:
        """``Σ uv ≤ ‖u‖‖v‖``."""
        product = ["sum", list(over), ["*", u, v]]
        nu, nv = (["fn", "sqrt", ["sum", list(over), ["^", x, 2]]] for x in (u, v))
        squared, lu, lv = self._cs_squared(over, u, v), self.length(over, u).fact(), self.length(over, v).fact()
        items = [
            {"use": squared.ref},
            {"use": lu.ref, "times": ["*", -1, ["^", nv, 2]]},
            {"use": lv.ref, "times": ["*", -1, ["sum", list(over), ["^", u, 2]]]},
        ]
        return self._by_root(product, ["*", nu, nv], items)

    def _cs_squared(self, over: Sequence[str], u: Json, v: Json) -> Fact:
        """``(Σ uv)² ≤ Σu² Σv²``."""
        sorts = self.proof.data["indices"]
        others = [self.algebra.fresh(sorts[i]) for i in over]
        there = dict(zip(over, others, strict=True))
        u2, v2 = self.algebra.renamed(u, there), self.algebra.renamed(v, there)
        gap = ["-", ["*", u, v2], ["*", u2, v]]
        square = self.proof.use(library.square())(self.proof._unhidden(gap, frozenset(), {}))
        left = ["^", ["sum", list(over), ["*", u, v]], 2]
        right = ["*", *(["sum", list(over), ["^", x, 2]] for x in (u, v))]
        return self.prover.combine(left, "<=", right, [{"use": square.ref, "times": "1/2", "over": [*over, *others]}])

    def _same(self, term: Json, other: Json) -> UsableFact:
        """Norms of which the squares are the same."""
        return UsableFact(term, "=", other, lambda: self._equal(term, other, []), "‖−v‖ = ‖v‖")

    def _equal(self, term: Json, other: Json, items: list[dict[str, Json]]) -> Fact:
        """Two numbers ≥ 0 whose squares are equal, by equations."""
        back = [i | {"times": times(-1, i.get("times", 1))} for i in items]
        low, high = self._by_root(term, other, items), self._by_root(other, term, back)
        return self.proof.use(library.equal_if_both())(term, other, given=[low, high])

    def _product(self, term: Json, over: list[str], factors: list[Json]) -> Iterator[UsableFact]:
        outside = [f for f in factors if not names(f) & set(over)]
        inside = [f for f in factors if names(f) & set(over)]
        if outside:
            signed = [f for f in outside if self.signs.of_term(f) or self.signs.of_term(["-", f])]
            c = signed or outside  # factors of unknown sign come later
            yield from self._scaled(term, over, times(*c), times(*(f for f in factors if f not in c)))
            return
        for split in range(1, len(inside)):
            u, v = times(*inside[:split]), times(*inside[split:])
            left, right = [i for i in over if i in names(u)], [i for i in over if i in names(v)]
            if not set(left) & set(right) and left and right:
                product = ["*", self.norm(left, u), self.norm(right, v)]
                yield UsableFact(term, "=", product, partial(self._outer, over, left, u, right, v), "‖uvᵀ‖ = ‖u‖ ‖v‖")
            elif set(left) == set(right) == set(over):
                product = ["*", self.norm(over, u), self.norm(over, v)]
                yield UsableFact(term, "<=", product, partial(self._hadamard, over, u, v), "‖(u_i v_i)‖ ≤ ‖u‖ ‖v‖")
        for k, factor in enumerate(inside):
            bound = self._bound(factor)
            rest = times(*inside[:k], *inside[k + 1 :])
            inner = [i for i in over if i in names(rest)]
            if bound is not None and inner and (self.upward or len(inner) == len(over)):
                c, square = bound
                roots = [["size", self.proof.data["indices"][i], "1/2"] for i in over if i not in inner]
                limit = times(c, *roots, self.norm(inner, rest))
                made = partial(self._damped, term, over, factor, (inner, rest), square, limit)
                yield UsableFact(term, "<=", limit, made, "‖(c_i v_i)‖ ≤ max|c_i| ‖v‖")

    def _scaled(self, term: Json, over: list[str], c: Json, rest: Json) -> Iterator[UsableFact]:
        """``‖cv‖ = |c| ‖v‖``."""
        sign = self.signs.of_term(c) or None
        down = self.signs.of_term(["-", c]) if sign is None else None
        size = c if sign is not None else ["-", c] if down is not None else ["fn", "abs", c]
        inner = self.norm(over, rest)

        def made() -> Fact:
            square = self.proof.use(library.abs_square())(c) if size[:2] == ["fn", "abs"] else None
            one, other = self.length(over, rest).fact(), self.length(over, ["*", c, rest]).fact()
            items = [{"use": other.ref}, {"use": one.ref, "times": ["*", -1, ["^", size, 2]]}]
            if square is not None:
                items.append({"use": square.ref, "times": ["*", -1, ["sum", list(over), ["^", rest, 2]]]})
            return self._equal(term, ["*", size, inner], items)

        if isinstance(size, list) and size[:2] == ["fn", "abs"]:
            for claim in self._of(size, ()):
                if self.upward:
                    yield claim
                else:
                    self.prover.learn(claim)
        yield UsableFact(term, "=", ["*", size, inner], made, "‖cv‖ = |c| ‖v‖")

    def _outer(self, over: list[str], a: list[str], u: Json, b: list[str], v: Json) -> Fact:
        one, two, both = self.length(a, u).fact(), self.length(b, v).fact(), self.length(over, ["*", u, v]).fact()
        nu, nv = (["fn", "sqrt", ["sum", i, ["^", x, 2]]] for i, x in ((a, u), (b, v)))
        term = ["fn", "sqrt", ["sum", over, ["^", ["*", u, v], 2]]]
        items = [
            {"use": both.ref},
            {"use": one.ref, "times": ["*", -1, ["^", nv, 2]]},
            {"use": two.ref, "times": ["*", -1, ["sum", a, ["^", u, 2]]]},
        ]
        return self._equal(term, ["*", nu, nv], items)

    def _hadamard(self, over: list[str], u: Json, v: Json) -> Fact:
        """``‖(u_i v_i)‖ ≤ ‖u‖‖v‖``: each ``v_i² ≤ Σ v²``."""
        sorts = self.proof.data["indices"]
        others = [self.algebra.fresh(sorts[i]) for i in over]
        there = dict(zip(over, others, strict=True))
        deltas = [["delta", i, j] for i, j in there.items()]
        v2 = self.algebra.renamed(v, there)
        entry = self._cs_squared(others, times(*deltas), v2)
        square = self.proof.use(library.square())(u)
        nu, nv = (["fn", "sqrt", ["sum", over, ["^", x, 2]]] for x in (u, v))
        lu, lv, both = (self.length(over, x).fact() for x in (u, v, ["*", u, v]))
        items = [
            {"use": entry.ref, "times": ["^", u, 2], "over": over, "sign": square.ref},
            {"use": lu.ref, "times": ["*", -1, ["^", nv, 2]]},
            {"use": lv.ref, "times": ["*", -1, ["sum", over, ["^", u, 2]]]},
            {"use": both.ref},
        ]
        return self._by_root(["fn", "sqrt", ["sum", over, ["^", ["*", u, v], 2]]], ["*", nu, nv], items)

    def _bound(self, factor: Json) -> tuple[Json, UsableFact] | None:
        """A number c and the fact ``factor² ≤ c²``, for entries of a tensor whose square is known to be bounded."""
        if not isinstance(factor, list):
            return None
        for claim in self.prover.claims:
            match claim.left, claim.relation, claim.right:
                case ["^", [name, *_], 2], "<=", (int() | str()) as limit if name == factor[0] and limit == 1:
                    return 1, claim
        return self._at_most_largest(factor)

    def _at_most_largest(self, factor: Json) -> tuple[Json, UsableFact] | None:
        """``x_i² ≤ (max_j |x_j|)²``, if this maximum occurs in what is to be proved."""
        for term in self.largest:
            i, entry = term[2][1][0], term[2][2][2][2]
            if not isinstance(entry, list) or entry[0] != factor[0] or entry[1:] != [i]:
                continue
            sort = self.proof.data["indices"][i]
            k = self.algebra.fresh(sort)
            at = [factor[0], k]

            def made(term: Json = term, at: Json = at, k: str = k, sort: str = sort, i: str = i) -> Fact:
                combine = self.prover.combine
                matrix, delta = term[2], ["of", [i], ["delta", i, k]]
                most = combine(["fn", "abs", at], "<=", term, [{"use": axiom("top_bound", sort)(matrix, delta).ref}])
                sign = combine(0, "<=", ["fn", "abs", at], [{"use": self.proof.use(library.abs_sign())(at).ref}])
                gap = combine(0, "<=", ["-", term, ["fn", "abs", at]], [{"use": most.ref}])
                both = combine(
                    0, "<=", ["+", term, ["fn", "abs", at]], [{"use": most.ref}, {"use": sign.ref, "times": 2}]
                )
                square = self.proof.use(library.abs_square())(at)
                items = [
                    {"use": gap.ref, "times": ["+", term, ["fn", "abs", at]], "sign": both.ref},
                    {"use": square.ref, "times": -1},
                ]
                return combine(["^", at, 2], "<=", ["^", term, 2], items, variables=[k])

            return term, UsableFact(["^", at, 2], "<=", ["^", term, 2], made, "|x_i| ≤ max|x|", (k,))
        return None

    def _damped(
        self,
        term: Json,
        over: list[str],
        factor: Json,
        other: tuple[list[str], Json],
        square: UsableFact,
        limit: Json,
    ) -> Fact:
        inner, rest = other
        fact = square.fact(factor[1:])
        length = self.length(inner, rest).fact()
        sign = self.proof.use(library.square())(rest)
        c = square.right[1] if square.right != 1 else 1
        sizes = [["size", self.proof.data["indices"][i]] for i in over if i not in inner]
        items = [
            {"use": fact.ref, "times": ["^", rest, 2], "over": over, "sign": sign.ref},
            {"use": length.ref, "times": ["*", -1, ["^", c, 2], *sizes]},
            {"use": self.length(over, term[2][2][1]).fact().ref},
        ]
        return self._by_root(term, limit, items)

    def _matrix(self, term: Json, over: list[str], k: str, factors: list[Json]) -> Iterator[UsableFact]:
        """``‖AB‖ ≤ ‖A‖ ‖B‖``, for every way to tell A from B."""
        outside = [f for f in factors if not names(f) & {*over, k}]
        inside = [f for f in factors if names(f) & {*over, k}]
        if outside:
            rest = ["sum", [k], times(*inside)]
            yield from self._scaled(term, over, times(*outside), rest)
            return
        yield from self._orthonormal(term, over, k, inside)
        for size in range(1, len(inside)):
            for chosen in itertools.combinations(range(len(inside)), size):
                A = times(*(inside[m] for m in chosen))
                B = times(*(f for m, f in enumerate(inside) if m not in chosen))
                rows, columns = [i for i in over if i in names(A)], [i for i in over if i in names(B)]
                if set(rows) & set(columns) or k not in names(A) or k not in names(B) or 0 not in chosen:
                    continue
                product = ["*", self.norm([*rows, k], A), self.norm([*columns, k], B)]
                made = partial(self._times, term, over, k, rows, A, columns, B)
                yield UsableFact(term, "<=", product, made, "‖AB‖ ≤ ‖A‖ ‖B‖")
                if self.spectral and len(rows) == len(columns) == 1:
                    yield from self.operators.frobenius(term, rows[0], columns[0], k, A, B)
                    yield from self.operators.frobenius(term, columns[0], rows[0], k, B, A)

    def _orthonormal(self, term: Json, over: list[str], k: str, factors: list[Json]) -> Iterator[UsableFact]:
        """``‖AX‖ = ‖A‖`` and ``‖XB‖ ≤ ‖B‖``, if ``XXᵀ = I``."""
        inputs = self.proof.data["hypotheses"].get("INPUTS")
        if inputs is None or len(inputs["all"]) < 2:
            return
        for X in factors:
            A = times(*(f for f in factors if f is not X))
            match X:
                case ["X", row, column] if row == k and column in over and column not in names(A):
                    other = [*(i for i in over if i != column), k]
                    made = partial(self._isometry, term, over, other, A, k)
                    yield UsableFact(term, "=", self.norm(other, A), made, "‖AX‖ = ‖A‖, as XXᵀ = I")
                case ["X", row, column] if column == k and row in over and row not in names(A):
                    other = [*(i for i in over if i != row), k]
                    made = partial(self._bessel, term, over, other, A, row, k)
                    yield UsableFact(term, "<=", self.norm(other, A), made, "‖XB‖ ≤ ‖B‖, as XXᵀ = I")

    def _isometry(self, term: Json, over: list[str], other: list[str], A: Json, k: str) -> Fact:
        m = self.algebra.fresh("n")
        items = [
            {"use": self.length(over, term[2][2][1]).fact().ref},
            {"use": self.length(other, A).fact().ref, "times": -1},
            {
                "use": {"by": "INPUTS", "at": [k, m]},
                "times": times(A, self.algebra.renamed(A, {k: m})),
                "over": [*other, m],
            },
        ]
        return self._equal(term, ["fn", "sqrt", ["sum", other, ["^", A, 2]]], items)

    def _bessel(self, term: Json, over: list[str], other: list[str], B: Json, i: str, k: str) -> Fact:
        """``Σ (B − XᵀXB)² ≥ 0``."""
        m, h = self.algebra.fresh("n"), self.algebra.fresh("d")
        product = term[2][2][1]
        here = ["sum", [h], times(["X", m, h], self.algebra.renamed(B, {k: h}))]
        square = self.proof.use(library.square())(["-", B, ["sum", [m], times(["X", m, k], here)]])
        items = [
            {"use": square.ref, "over": other},
            {"use": {"by": "INPUTS", "at": [i, m]}, "times": times(product, here), "over": [*over, m]},
            {"use": self.length(over, product).fact().ref},
            {"use": self.length(other, B).fact().ref, "times": -1},
        ]
        return self._by_root(term, ["fn", "sqrt", ["sum", other, ["^", B, 2]]], items)

    def _times(
        self, term: Json, over: list[str], k: str, rows: list[str], A: Json, columns: list[str], B: Json
    ) -> Fact:
        each = self._cs_squared([k], A, B)
        la, lb = self.length([*rows, k], A).fact(), self.length([*columns, k], B).fact()
        nB = ["fn", "sqrt", ["sum", [*columns, k], ["^", B, 2]]]
        nA = ["fn", "sqrt", ["sum", [*rows, k], ["^", A, 2]]]
        items = [
            {"use": each.ref, "over": over},
            {"use": la.ref, "times": ["*", -1, ["^", nB, 2]]},
            {"use": lb.ref, "times": ["*", -1, ["sum", [*rows, k], ["^", A, 2]]]},
            {"use": self.length(over, term[2][2][1]).fact().ref},
        ]
        return self._by_root(term, ["*", nA, nB], items)

    def _entries(self, term: Json, over: list[str], entry: Json) -> Iterator[UsableFact]:
        """An entry is at most the norm; a sum is at most √m times the norm."""
        others = tuple(f"{POOLS[self.proof.data['indices'][i]]}{5 + k}" for k, i in enumerate(over))
        at = self.algebra.renamed(entry, dict(zip(over, others, strict=True)))

        def entry_made(sign: int) -> Fact:
            deltas = times(*(["delta", i, j] for i, j in zip(over, others, strict=True)))
            square, length = self._cs_squared(over, deltas, entry), self.length(over, entry).fact()
            fact = self._by_root(times(sign, at), term, [{"use": square.ref}, {"use": length.ref, "times": -1}])
            return self.prover.combine(times(sign, at), "<=", term, [{"use": fact.ref}], variables=others)

        for sign in (1, -1):
            yield UsableFact(
                times(sign, at), "<=", term, partial(entry_made, sign), "an entry is at most the norm", others
            )
        count = [["size", self.proof.data["indices"][i], "1/2"] for i in over]
        for sign in (1, -1):
            total = times(sign, ["sum", over, entry])
            made = partial(self._sum, over, times(sign, entry), term, count)
            yield UsableFact(total, "<=", times(*count, term), made, "the Cauchy–Schwarz inequality Σ v_i ≤ √m ‖v‖")

    def _bounds(self, term: Json, over: list[str], entry: Json) -> Iterator[UsableFact]:
        """A norm is at most that of bounds of the entries."""
        if isinstance(entry, list) and (found := self._bound(entry)) is not None:
            limit = times(*(["size", self.proof.data["indices"][i], "1/2"] for i in over))
            made = partial(self._bounded, term, over, entry, limit, found[1])
            yield UsableFact(term, "<=", limit, made, "‖v‖ ≤ √m max|v_i| for m entries")
        yield from self._activated(term, over, entry)
        yield from self._inputs(term, over, entry)

    def _inputs(self, term: Json, over: list[str], entry: Json) -> Iterator[UsableFact]:
        """``‖X‖ ≤ √n``, as no row is longer than 1."""
        inputs = self.proof.data["hypotheses"].get("INPUTS")
        if inputs is None or not isinstance(entry, list) or entry[0] != "X" or sorted(entry[1:]) != sorted(over):
            return
        row = entry[1]
        at = [row] * len(inputs["all"])
        limit = ["size", "n", "1/2"]

        def made() -> Fact:
            items = [{"use": {"by": "INPUTS", "at": at}, "over": [row]}, {"use": self.length(over, entry).fact().ref}]
            return self._by_root(term, limit, items)

        yield UsableFact(term, "<=", limit, made, "‖X‖ ≤ √n, as no row is longer than 1")

    def _sum(self, over: list[str], entry: Json, term: Json, count: list[Json]) -> Fact:
        square, length = self._cs_squared(over, 1, entry), self.length(over, entry).fact()
        sizes = times(*(["size", c[1], "1"] for c in count))
        items = [{"use": square.ref}, {"use": length.ref, "times": times(-1, sizes)}]
        return self._by_root(["sum", over, entry], times(*count, term), items)

    def _bounded(self, term: Json, over: list[str], entry: Json, limit: Json, square: UsableFact) -> Fact:
        items = [{"use": square.fact(entry[1:]).ref, "over": over}, {"use": self.length(over, entry).fact().ref}]
        return self._by_root(term, limit, items)

    def _activated(self, term: Json, over: list[str], entry: Json) -> Iterator[UsableFact]:
        """``‖ψ(Z)‖ ≤ L ‖Z‖``."""
        for claim in self.prover.claims if isinstance(entry, list) else ():
            if claim.why != "|ψ(z)| ≤ L|z|" or claim.left != ["^", ["Psi", *claim.variables], 2]:
                continue
            if entry[0] != "Psi":
                continue
            put = dict(zip(claim.variables, entry[1:], strict=True))
            scale = claim.right[1]
            z = self.algebra.renamed(claim.right[2][1], put)
            steepest = self._root(scale)
            if steepest is None:
                continue
            bound = times(steepest, self.norm(over, z))

            def made(claim: UsableFact = claim, z: Json = z, bound: Json = bound, scale: Json = scale) -> Fact:
                items = [
                    {"use": claim.fact(entry[1:]).ref, "over": over},
                    {"use": self.length(over, entry).fact().ref},
                    {"use": self.length(over, z).fact().ref, "times": times(-1, scale)},
                ]
                return self._by_root(term, bound, items)

            yield UsableFact(term, "<=", bound, made, "|ψ(z)| ≤ sup|ψ'| |z|, as ψ(0) = 0")

    @staticmethod
    def _root(x: Json) -> Json | None:
        """The root of a rational square."""
        value = Fraction(x)
        roots = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
        return number(roots) if roots**2 == value else None

    # ---------------------------------------------------------------------------------------------- largest eigenvalues
    def _top(self, term: Json, i: str, j: str, entry: Json, free: tuple[str, ...]) -> Iterator[UsableFact]:
        sort = self.proof.data["indices"][i]
        matrix = ["of", [i, j], entry]
        k = self.algebra.fresh(sort)

        def at(x: Json) -> Fact:
            return axiom("top_bound", sort)(matrix, x)

        delta = ["of", [j], ["delta", j, k]]
        diagonal = self.algebra.renamed(entry, {i: k, j: k})
        yield self._claim(diagonal, "<=", term, lambda: at(delta), "A_ii ≤ λ_max(A)", (*free, k))
        if free:
            return
        everything = ["sum", [i, j], entry]
        ones = ["of", [i], 1]
        yield UsableFact(everything, "<=", times(term, ["size", sort, "1"]), lambda: at(ones), "1ᵀA1 ≤ m λ_max(A)")
        trace = ["sum", [k], diagonal]

        def traced() -> Fact:
            item = {"use": at(delta).ref, "over": [k]}
            return self.prover.combine(trace, "<=", times(term, ["size", sort, "1"]), [item])

        yield UsableFact(trace, "<=", times(term, ["size", sort, "1"]), traced, "tr A ≤ m λ_max(A)")
        frobenius = self.norm([i, j], entry)
        yield UsableFact(
            term, "<=", frobenius, lambda: self.proof.use(library.top_at_most_frobenius(), A=sort)(matrix), "|λ| ≤ ‖A‖"
        )
        other = ["fn", "top", ["of", [i, j], ["-", entry]]]
        yield UsableFact(0, "<=", ["+", term, other], lambda: self._smaller(sort, i, j, entry), "λ_min ≤ λ_max")
        psd = self._psd(sort, i, j, entry)
        if psd is not None:
            lemma = lambda: self.proof.use(library.top_at_most_trace(), A=sort)(matrix, given=[psd()])  # noqa: E731
            yield UsableFact(term, "<=", trace, lemma, "λ_max ≤ tr of a positive semidefinite matrix")
        yield from self._vectors(term, sort, i, j, entry, at)

    def _smaller(self, sort: str, i: str, j: str, entry: Json) -> Fact:
        k = self.algebra.fresh(sort)
        delta = ["of", [j], ["delta", j, k]]
        tops = [["of", [i, j], e] for e in (entry, ["-", entry])]
        both = [axiom("top_bound", sort)(matrix, delta) for matrix in tops]
        goal = ["+", *(["fn", "top", matrix] for matrix in tops)]
        return self.prover.combine(0, "<=", goal, [{"use": b.ref} for b in both])

    def _psd(self, sort: str, i: str, j: str, entry: Json) -> Callable[[], Fact] | None:
        """``0 ≤ vᵀAv`` for all v, as a sum of squares."""
        v = f"u.{sort}"
        if v not in self.proof.data["tensors"]:
            self.algebra.vector(v, sort)
        form = ["sum", [i, j], ["*", [v, i], entry, [v, j]]]
        sign = self.signs.of_term(form)
        if sign is None:
            return None
        return lambda: self.prover.combine(0, "<=", form, [{"use": sign.fact.ref}], variables=[v])

    def _vectors(
        self, term: Json, sort: str, i: str, j: str, entry: Json, at: Callable[[Json], Fact]
    ) -> Iterator[UsableFact]:
        """``vᵀAv ≤ λ_max(A)‖v‖²`` for the vectors at hand."""
        for name, axes in self.proof.data["tensors"].items():
            if name.startswith("u.") or sort not in axes or axes.count(sort) > 1 or len(axes) - axes.count("time") > 2:
                continue
            moments: list[list[Json]] = [[]] if "time" not in axes else [[t] for t in self.moments(name)]
            for moment in moments:
                others = tuple(self.algebra.fresh(a) for a in axes if a not in (sort, "time"))
                rest, when = iter(others), iter(moment)
                place = [next(when) if a == "time" else i if a == sort else next(rest) for a in axes]
                v = [name, *place]
                w = self.algebra.renamed(v, {i: j})
                form = ["sum", [i, j], ["*", v, entry, w]]
                bound = times(term, ["sum", [i], ["^", v, 2]])
                vector = ["of", [i], v]
                yield self._claim(form, "<=", bound, partial(at, vector), "v·Av ≤ λ_max(A) ‖v‖²", others)

    def moments(self, tensor: str) -> list[Json]:
        """The times at which a tensor occurs in what is to be proved."""
        found: dict[str, Json] = {}
        for term in self.prover.looked_at:
            for part in entries(term):
                if part[0] == tensor:
                    found.setdefault(repr(part[1]), part[1])
        return list(found.values())[:3]

    # --------------------------------------------------------------------------------------------------- inner products
    def _inner(self, term: Json) -> Iterator[Iterator[UsableFact]]:
        """Cauchy–Schwarz for what looks like an inner product."""
        seen: set[Atom] = set()
        for m in list(self.algebra.poly(term)):
            for atom, _ in m.atoms:
                if atom in seen or not atom.bound or len(seen) > 12:
                    continue
                seen.add(atom)
                yield self._squared_products(atom)
                yield self._splits(atom)

    def _squared_products(self, atom: Atom) -> Iterator[UsableFact]:
        """``Σ_K (Σ_k A B)² ≤ Σ A² Σ B²``, for what has the form of the left side."""
        factors, bound = self.algebra.opened(atom)
        for first, exchange, rest in itertools.islice(pairings(factors, bound), 4):
            inner = [label[1] for label in bound if label in {a for a, _ in exchange.halves}]
            outer = [label[1] for label in bound if label not in {x for pair in exchange.halves for x in pair}]
            if rest or len(first) != 2 or not inner:
                continue
            A, B = (self.algebra.factor_json(f) for f in first)
            rows, columns = ([i for i in outer if i in names(x)] for x in (A, B))
            if set(rows) & set(columns) or any(not set(inner) <= names(x) for x in (A, B)):
                continue
            product = ["sum", inner, ["*", A, B]]
            left = summed(outer, ["^", product, 2])
            right = ["*", ["sum", [*rows, *inner], ["^", A, 2]], ["sum", [*columns, *inner], ["^", B, 2]]]

            yield UsableFact(
                left, "<=", right, partial(self._summed, inner, A, B, outer, left, right), "‖AB‖ ≤ ‖A‖ ‖B‖"
            )

    def _summed(self, inner: list[str], A: Json, B: Json, outer: list[str], left: Json, right: Json) -> Fact:
        item = {"use": self._cs_squared(inner, A, B).ref} | ({"over": outer} if outer else {})
        return self.prover.combine(left, "<=", right, [item])

    def _splits(self, atom: Atom) -> Iterator[UsableFact]:
        factors, bound = self.algebra.opened(atom)
        ways = itertools.chain.from_iterable(itertools.combinations(bound, size) for size in (1, 2))
        for over in itertools.islice(ways, 10):
            groups: list[tuple[set[Any], list[Any]]] = []
            inner = set(bound) - set(over)
            for factor in factors:
                own = {label for label, _ in factor.at if label in inner}
                joined = [g for g in groups if g[0] & own]
                groups = [g for g in groups if not g[0] & own]
                groups.append((own.union(*(g[0] for g in joined)), [f for g in joined for f in g[1]] + [factor]))
            if len(groups) != 2:
                continue
            u, v = (
                summed(sorted(label[1] for label in labels), self.algebra.product_json(own)) for labels, own in groups
            )
            place = [label[1] for label in over]
            if u == v or any(not set(place) & names(x) for x in (u, v)):
                continue
            yield from self._pair(place, u, v)

    def _pair(self, over: list[str], u: Json, v: Json) -> Iterator[UsableFact]:
        nu, nv = self.norm(over, u), self.norm(over, v)
        product = ["sum", over, ["*", u, v]]
        for sign in (1, -1):
            x = times(sign, u)
            why = "the Cauchy–Schwarz inequality ⟨u, v⟩ ≤ ‖u‖ ‖v‖"
            yield UsableFact(times(sign, product), "<=", ["*", nu, nv], partial(self._cauchy_schwarz, over, x, v), why)
            both = ["+", x, v]

            def made(both: Json = both) -> Fact:
                square = self.proof.use(library.square())(both)
                return self.prover.combine(0, "<=", ["sum", over, ["^", both, 2]], [{"use": square.ref, "over": over}])

            yield UsableFact(0, "<=", ["sum", over, ["^", both, 2]], made, "a square is ≥ 0")
        squares = times(*(["sum", over, ["^", x, 2]] for x in (u, v)))
        made_squared = partial(self._cs_squared, over, u, v)
        yield UsableFact(["^", product, 2], "<=", squares, made_squared, "the Cauchy–Schwarz inequality, squared")


def _is_largest(term: Json) -> bool:
    """Whether a term is ``max |x_i|``, the largest eigenvalue of a diagonal matrix."""
    match term:
        case ["fn", "top", ["of", [i, j], ["*", ["delta", a, b], ["fn", "abs", _]]]]:
            return bool([i, j] == [a, b])
    return False


def _under_one_sum(entry: Json, over: Sequence[str]) -> Json | None:
    """``b_r Σ_i A_i`` as ``Σ_i b_r A_i``."""
    match entry:
        case ["*", *factors]:
            sums = [f for f in flat(factors) if isinstance(f, list) and f[0] == "sum" and names(f) & set(over)]
            rest = [f for f in flat(factors) if f not in sums]
            if len(sums) == 1 and rest and all(names(f) & set(over) for f in rest):
                return ["sum", sums[0][1], times(*rest, sums[0][2])]
    return None


def _instance(name: str, x: Json, signs: Sequence[Callable[[], Fact]]) -> Fact:
    """A cited formula about any number x, at a term."""
    return Fact(name)(x, given=[sign() for sign in signs])


def subterms(term: Json, bound: tuple[str, ...]) -> Iterator[tuple[Json, tuple[str, ...]]]:
    """Functions in a term, each with the indices bound around it."""
    match term:
        case ["sum" | "of", list() as binders, body]:
            yield from subterms(body, (*bound, *binders))
        case ["fn", _, *arguments]:
            for argument in arguments:
                yield from subterms(argument, bound)
            yield term, bound
        case list():
            for part in term[1:]:
                yield from subterms(part, bound)


def entries(term: Json) -> Iterator[Json]:
    """Entries of tensors, and everything else that is a list."""
    if isinstance(term, list) and term:
        if isinstance(term[0], str) and len(term) > 1:
            yield term
        for part in term:
            yield from entries(part)


def _put(term: Json, x: Json) -> Json:
    """A term for the variable x."""
    if term == "x":
        return x
    return [term[0], *(_put(part, x) for part in term[1:])] if isinstance(term, list) and term else term
