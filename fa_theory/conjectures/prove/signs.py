"""SignSearch of monomials: squares, sums of squares, roots, sizes, and what the claims say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

from fa_theory.checker.proof.monomials import DELTA, Factor, Label, Place
from fa_theory.conjectures.language import effort
from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, library

from .algebra import Algebra, Atom, Json, Mono, Poly, summed
from .usable import Sign, UsableFact

COST = 40.0
"""Units of work (`effort`) for a sign that is looked for."""


@dataclass(eq=False)
class Pattern:
    """A claim that a product of factors has a sign: ``coefficient · Π factors ≥ 0``."""

    claim: UsableFact
    coefficient: Fraction
    factors: tuple[Factor, ...]
    atoms: tuple[Atom, ...]
    """Sums among them, which have no variables."""
    strict: bool


class SignSearch:
    """Looks for signs, and writes their proofs when they are used."""

    def __init__(self, algebra: Algebra, steps: Callable[..., Fact]) -> None:
        self.algebra = algebra
        self.proof: ProofWriter = algebra.proof
        self.combine = steps
        self.patterns: list[Pattern] = []
        self.nonzero: dict[frozenset[tuple[Mono, Fraction]], UsableFact] = {}
        self._known: dict[object, Sign | None] = {}
        self.scalar: Callable[[Json], Fact | None] = lambda _: None
        """Proves that a polynomial in numbers is not negative."""

    def learn(self, claim: UsableFact, gap: Poly) -> None:
        """Take note of a claim that says a sign."""
        if claim.relation == "=" or len(gap) != 1:
            return
        ((m, c),) = gap.items()
        if c <= 0 or not m.atoms:
            return
        factors = [f for atom, k in m.atoms if not atom.bound for f in atom.factors * k]
        atoms = [atom for atom, k in m.atoms if atom.bound for _ in range(k)]
        if (atoms and claim.variables) or any(k > 1 for atom, k in m.atoms if atom.bound):
            return
        self.patterns.append(Pattern(claim, c, tuple(factors), tuple(atoms), claim.relation == "<"))
        self.patterns.sort(key=lambda p: -len(p.factors) - len(p.atoms))
        self._known.clear()

    def forget(self, claim: UsableFact | None = None) -> None:
        """A claim is not to be used any more, or those that failed."""
        self.patterns = [p for p in self.patterns if p.claim is not claim and not p.claim.failed]
        self._known.clear()

    # ------------------------------------------------------------------------------------------------------- signs
    def of(self, m: Mono) -> Sign | None:
        """The sign of a monomial."""
        effort.spend(COST)
        if m not in self._known:
            self._known[m] = None  # a sign must not need itself
            self._known[m] = self._of(m)
        return self._known[m]

    def _of(self, m: Mono) -> Sign | None:
        found: list[Sign] = []
        for sort, exponent in m.sizes:
            term = ["size", sort, str(exponent)]
            found.append(Sign(term, True, partial(axiom, "size_sign", sort, str(exponent))))
        odd: list[Factor] = []
        sums: list[Atom] = []
        for atom, count in m.atoms:
            plain = not atom.bound
            if count >= 2:
                found.append(self._even(self.algebra.atom_json(atom), count // 2, self.of(Mono((), ((atom, 1),)))))
            if count % 2:
                (odd.extend(atom.factors) if plain else sums.append(atom))
        rest = self._stated_sums(sums, odd, found)
        if rest is None:
            return None
        sums, odd = rest
        for atom in sums:
            sign = self._squares(atom)
            if sign is None:
                return None
            found.append(sign)
        more = self.product(odd)
        return None if more is None else self.multiplied([*found, *more])

    def _stated_sums(
        self, sums: list[Atom], odd: list[Factor], found: list[Sign]
    ) -> tuple[list[Atom], list[Factor]] | None:
        for pattern in self.patterns:
            if not pattern.atoms or pattern.claim.variables or Counter(pattern.atoms) - Counter(sums):
                continue
            if Counter(pattern.factors) - Counter(odd):
                continue
            found.append(self._stated(pattern, {}, [self.algebra.atom_json(a) for a in pattern.atoms]))
            sums = list((Counter(sums) - Counter(pattern.atoms)).elements())
            odd = list((Counter(odd) - Counter(pattern.factors)).elements())
        return sums, odd

    def product(self, factors: Sequence[Factor]) -> list[Sign] | None:
        """SignSearch whose product is this one of factors."""
        counts = Counter(f for f in factors if f.head != DELTA)
        found: list[Sign] = []
        for factor in [f for f in factors if f.head == DELTA]:
            return None if factor else found  # 0 or 1, but nobody asks
        odd: list[Factor] = []
        for factor, count in sorted(counts.items()):
            if count >= 2:
                json = self.algebra.factor_json(factor)
                single = self._single(factor)
                found.append(self._even(json, count // 2, single))
            if count % 2:
                odd.append(factor)
        while odd:
            for pattern in self.patterns:
                if pattern.atoms:
                    continue
                variables = self.variables(pattern.claim)
                match = next(matches(pattern.factors, odd, variables), None)
                if match is not None and variables <= match[0].keys():
                    values, rest = match
                    taken = list((Counter(odd) - Counter(rest)).elements())
                    found.append(self._stated(pattern, values, [self.algebra.factor_json(f) for f in taken]))
                    odd = rest
                    break
            else:
                single = self._single(odd[0])
                if single is None:
                    return None
                found.append(single)
                odd = odd[1:]
        return found

    def variables(self, claim: UsableFact) -> frozenset[Label]:
        """The variables of a claim as labels."""
        return frozenset((self.proof.data["indices"][v], v) for v in claim.variables)

    def _stated(self, pattern: Pattern, values: dict[Label, Place], parts: list[Json]) -> Sign:
        term = parts[0] if len(parts) == 1 else ["*", *parts]
        at = [place_json(values[self.proof.data["indices"][v], v]) for v in pattern.claim.variables]
        relation = "<" if pattern.strict else "<="

        def made() -> Fact:
            fact = pattern.claim.fact(at)
            return self.combine(0, relation, term, [{"use": fact.ref, "times": str(1 / pattern.coefficient)}])

        return Sign(term, pattern.strict, made)

    def _even(self, json: Json, half: int, single: Sign | None) -> Sign:
        if single is not None and single.strict:
            both = self.multiplied([single] * (2 * half))
            return Sign(both.term, True, lambda: both.fact)
        base = json if half == 1 else ["^", json, half]
        return Sign(["^", base, 2], False, lambda: self.proof.use(library.square())(base))

    def _single(self, factor: Factor) -> Sign | None:
        """The sign of one factor by what it is, and whether it is known not to be 0."""
        weak = self._weak(factor)
        if weak is None or weak.strict or factor.at:
            return weak
        nonzero = self.nonzero.get(frozenset(self.algebra.poly(weak.term).items()))
        if nonzero is None:
            return weak

        def made() -> Fact:
            least = self.combine(0, "<=", weak.term, [{"use": weak.fact.ref}])
            square = self.combine(0, "<", ["^", weak.term, 2], [{"use": nonzero.fact().ref}])
            return self.proof.use(library.positive_if_not_0())(weak.term, given=[least, square])

        return Sign(weak.term, True, made)

    def _weak(self, factor: Factor) -> Sign | None:
        if factor.head == DELTA:
            return None
        json = self.algebra.factor_json(factor)
        for pattern in self.patterns:
            if len(pattern.factors) == 1 and not pattern.atoms:
                match = next(matches(pattern.factors, [factor], self.variables(pattern.claim)), None)
                if match is not None:
                    return self._stated(pattern, match[0], [json])
        match json:
            case ["fn", "sqrt", inside]:
                return Sign(json, False, lambda: axiom("sqrt_sign")(inside))
            case ["fn", "abs", inside]:
                return Sign(json, False, lambda: self.proof.use(library.abs_sign())(inside))
            case ["fn", "max", x, y]:
                return self._largest(json, x, y)
            case ["fn", "top", ["of", [i, j], entry]]:
                return self._top(json, i, j, entry)
            case ["fn", "op", ["of", [i, j], _] as matrix]:
                sorts = [self.proof.data["indices"][k] for k in (i, j)]
                return Sign(json, False, lambda: axiom("op_sign", *sorts)(matrix))
            case ["fn", "inv", inside]:
                return self._inverse(json, inside)
        return None

    def _largest(self, json: Json, x: Json, y: Json) -> Sign | None:
        """``max(x, y) ≥ 0`` if one of the two is."""
        for side, lemma in ((x, library.max_left), (y, library.max_right)):
            sign = self.of_term(side)
            if sign is not None:
                relation = "<" if sign.strict else "<="

                def made(sign: Sign = sign, lemma: Callable[[], Any] = lemma, relation: str = relation) -> Fact:
                    above = self.proof.use(lemma())(x, y)
                    return self.combine(0, relation, json, [{"use": sign.fact.ref}, {"use": above.ref}])

                return Sign(json, sign.strict, made)
        return None

    def _top(self, json: Json, i: str, j: str, entry: Json) -> Sign | None:
        """``λ_max(A) ≥ 0`` if the entries on the diagonal are, whose mean it is not below."""
        sort = self.proof.data["indices"][i]
        k = self.algebra.fresh(sort)
        sign = self.of_term(self.algebra.renamed(entry, {i: k, j: k}))
        if sign is None:
            return None

        def made() -> Fact:
            above = axiom("top_bound", sort)(json[2], ["of", [i], ["delta", i, k]])
            share = ["size", sort, "-1"]
            items = [{"use": f.ref, "times": share, "over": [k]} for f in (above, sign.fact)]
            weight = self.combine(0, "<", share, [{"use": axiom("size_sign", sort, "-1").ref}])
            return self.combine(0, "<=", json, [item | {"sign": weight.ref} for item in items])

        return Sign(json, False, made)

    def _inverse(self, json: Json, inside: Json) -> Sign | None:
        """``1/x > 0`` for ``x ≥ 0`` that is not 0."""
        nonzero = self.nonzero.get(frozenset(self.algebra.poly(inside).items()))
        sign = self.of_term(inside)
        if nonzero is None or sign is None:
            return None

        def made() -> Fact:
            weak = self.combine(0, "<=", inside, [{"use": sign.fact.ref}])
            square = self.combine(0, "<", ["^", inside, 2], [{"use": nonzero.fact().ref}])
            return self.proof.use(library.inverse_sign())(inside, given=[weak, square])

        return Sign(json, True, made)

    def of_term(self, term: Json) -> Sign | None:
        """The sign of a sum of monomials, each of which has one, or of a polynomial in η, λ and sizes."""
        poly = self.algebra.poly(term)
        if any(c < 0 for c in poly.values()):
            return self._written(term) or self._scalar(term, poly)
        signs = []
        for m, c in poly.items():
            sign = self.of(m) if c > 0 else None
            if sign is None:
                return self._written(term)
            signs.append((sign, c))
        strict = any(s.strict for s, _ in signs)

        def made() -> Fact:
            items = [{"use": s.fact.ref, "times": str(c)} for s, c in signs]
            return self.combine(0, "<" if strict else "<=", term, items)

        return Sign(term, strict, made)

    def _scalar(self, term: Json, poly: Poly) -> Sign | None:
        fact = self.scalar(term) if self.plain(poly) else None
        return None if fact is None else Sign(term, False, lambda: fact)

    def _written(self, term: Json) -> Sign | None:
        """The sign of sums, products and squares as they stand."""
        match term:
            case ["^", x, 2]:
                plain = self.proof._unhidden(x, frozenset(), {})
                return Sign(term, False, lambda: self.proof.use(library.square())(plain))
            case ["sum", names, body]:
                inner = self.of_term(body)
                if inner is None:
                    return None
                return self._as(self._sum(names, inner), term)
            case ["*", *factors]:
                signs = self._all(factors)
                return None if signs is None else self._as(self.multiplied(signs), term)
            case ["+", *terms]:
                parts = self._all(terms)
                if parts is None:
                    return None
                strict = any(s.strict for s in parts)

                def made() -> Fact:
                    items = [{"use": s.fact.ref} for s in parts]
                    return self.combine(0, "<" if strict else "<=", term, items)

                return Sign(term, strict, made)
            case _:
                return None

    def _all(self, terms: Sequence[Json]) -> list[Sign] | None:
        found: list[Sign] = []
        for term in terms:
            sign = self.of_term(term)
            if sign is None:
                return None
            found.append(sign)
        return found

    def _as(self, sign: Sign, term: Json) -> Sign:
        relation = "<" if sign.strict else "<="
        return Sign(term, sign.strict, lambda: self.combine(0, relation, term, [{"use": sign.fact.ref}]))

    def plain(self, poly: Poly) -> bool:
        """Whether it consists of η, λ, sizes and numbers."""
        return all(
            not atom.bound and not f.at and f.head not in self.algebra.templates
            for m in poly
            for atom, _ in m.atoms
            for f in atom.factors
        )

    def multiplied(self, signs: Sequence[Sign]) -> Sign:
        """The sign of a product."""
        if not signs:
            return Sign(1, True, lambda: self.combine(0, "<", 1, []))
        if len(signs) == 1:
            return signs[0]
        first, rest = signs[0], self.multiplied(signs[1:])
        term = ["*", first.term, rest.term]
        strict = first.strict and rest.strict

        def made() -> Fact:
            item = {"use": first.fact.ref, "times": rest.term, "sign": rest.fact.ref}
            return self.combine(0, "<" if strict else "<=", term, [item])

        return Sign(term, strict, made)

    # --------------------------------------------------------------------------------------------- sums of squares
    def _squares(self, atom: Atom) -> Sign | None:
        """``Σ_k N_k (Σ_i A_ik)²`` with ``N_k ≥ 0``: an exchange of bound indices turns one half into the other."""
        factors, bound = self.algebra.opened(atom)
        for first, exchange, rest in pairings(factors, bound):
            one, other = ({pair[k] for pair in exchange.halves} for k in (0, 1))
            if any(label in one | other for f in rest for label, _ in f.at):
                continue
            weights = self.product(rest)
            if weights is not None:
                inner = summed([label[1] for label in bound if label in one], self.algebra.product_json(first))
                parts = [*weights, *([self._square(inner, first if not one else [])] if first else [])]
                return self._sum([label[1] for label in bound if label not in one | other], self.multiplied(parts))
        return None

    def _square(self, inner: Json, factors: Sequence[Factor]) -> Sign:
        """``x² ≥ 0``, and > 0 for a product of positive factors."""
        single = self.product(factors) if factors else None
        if single is not None and all(s.strict for s in single):
            return self.multiplied([*single, *single])
        return Sign(["^", inner, 2], False, lambda: self.proof.use(library.square())(inner))

    def _sum(self, names: Sequence[str], body: Sign) -> Sign:
        """A sum of numbers that have a sign."""
        if not names:
            return body
        term, relation = ["sum", list(names), body.term], "<" if body.strict else "<="

        def made() -> Fact:
            return self.combine(0, relation, term, [{"use": body.fact.ref, "over": list(names)}])

        return Sign(term, body.strict, made)


def place_json(place: Place) -> Json:
    """The JSON of a place."""
    (_, name), offset = place
    return offset if name == "0" else [name, offset] if offset else name


def matches(
    pattern: Sequence[Factor], factors: Sequence[Factor], variables: frozenset[Label]
) -> Iterator[tuple[dict[Label, Place], list[Factor]]]:
    """Ways to find a product of factors in another: values of the variables, and what is left."""

    def search(todo: Sequence[Factor], left: list[Factor], values: dict[Label, Place]) -> Iterator[Any]:
        if not todo:
            yield values, left
            return
        tried = set()
        for k, factor in enumerate(left):
            if factor.head != todo[0].head or factor in tried:
                continue
            tried.add(factor)
            found = _unified(todo[0].at, factor.at, values, variables)
            if found is not None:
                yield from search(todo[1:], left[:k] + left[k + 1 :], found)

    yield from search(pattern, list(factors), {})


def _unified(
    pattern: Sequence[Place], at: Sequence[Place], values: dict[Label, Place], variables: frozenset[Label]
) -> dict[Label, Place] | None:
    found = dict(values)
    for (label, offset), (other, k) in zip(pattern, at, strict=True):
        if label in variables:
            if k < offset or found.setdefault(label, (other, k - offset)) != (other, k - offset):
                return None
        elif (label, offset) != (other, k):
            return None
    return found


@dataclass(frozen=True)
class _Exchange:
    """An exchange of bound indices as far as it is decided."""

    bound: frozenset[Label]
    halves: tuple[tuple[Label, Label], ...] = ()
    fixed: frozenset[Label] = field(default_factory=frozenset)

    def with_pair(self, left: Sequence[Place], right: Sequence[Place]) -> _Exchange | None:
        """The exchange that also turns ``left``, in the first half, into ``right``; None if there is none."""
        halves, fixed = dict(self.halves), set(self.fixed)
        back = {b: a for a, b in self.halves}
        for (a, k), (b, m) in zip(left, right, strict=True):
            if k != m:
                return None
            if a == b:
                if a in halves or a in back:
                    return None
                fixed.add(a)
            elif (
                (
                    a[0] != b[0]
                    or a not in self.bound
                    or b not in self.bound
                    or {a, b} & fixed
                    or a in back
                    or b in halves
                )
                or halves.setdefault(a, b) != b
                or back.setdefault(b, a) != a
            ):
                return None
        return _Exchange(self.bound, tuple(halves.items()), frozenset(fixed))


def pairings(
    factors: Sequence[Factor], bound: Sequence[Label]
) -> Iterator[tuple[list[Factor], _Exchange, list[Factor]]]:
    """Ways to see a product as two halves, which an exchange of bound indices turns into each other, and a rest."""
    return _pairings(list(factors), _Exchange(frozenset(bound)), [])


def _pairings(
    todo: list[Factor], exchange: _Exchange, rest: list[Factor]
) -> Iterator[tuple[list[Factor], _Exchange, list[Factor]]]:
    """First halves, exchanges and what is in neither half."""
    if not todo:
        yield [], exchange, rest
        return
    effort.spend(COST)
    factor, *others = todo
    seen = set()
    for i, other in enumerate(others):
        if other.head != factor.head or other in seen:
            continue
        seen.add(other)
        left = others[:i] + others[i + 1 :]
        for a, b in ((factor, other), (other, factor)) if factor.at != other.at else ((factor, other),):
            further = exchange.with_pair(a.at, b.at)
            if further is not None:
                for first, final, over in _pairings(left, further, rest):
                    yield [a, *first], final, over
    if len(rest) < 3:
        yield from _pairings(others, exchange, [*rest, factor])
