"""Normal forms of the kernel as polynomials over atoms, and back to terms.

A monomial of the kernel's normal form falls into parts that share no bound index: ``Σ_ij u_i v_i u_j v_j`` is the
square of ``Σ_i u_i v_i``. These parts are the atoms, so products and quotients of monomials are sums and differences of
exponents.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from fa_theory.checker.proof.budget import Allowance, Refused, working
from fa_theory.checker.proof.monomials import DELTA, Factor, Label, Monomial
from fa_theory.checker.proof.normal import Key, canonical, normal
from fa_theory.checker.proof.rules import Theorem, rewrite_rule
from fa_theory.checker.proof.terms import NUMERAL, IndexVariable, TensorVariable
from fa_theory.conjectures.language import effort
from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.unparse import term_json

Json = Any
UNIT, COLLECTED = 6.0, 60.0
"""Units of work (`effort`) for a unit of the kernel's, and for every factor of a monomial that is named anew."""


LARGEST, LEARNING, SYMMETRIC = 300_000, 20_000, 5_000
"""Most units of the kernel's work for the normal form of one term, for one that comes in by an equation, and for the
names of the indices of one monomial."""
MOMENTS: tuple[Json, ...] = ("t", "T", 0, 1)
"""Times at which functions that come in by equations are recognised."""


class Atom(NamedTuple):
    """A connected sum: sorts of its bound indices, and factors."""

    bound: tuple[str, ...]
    factors: tuple[Factor, ...]


class Mono(NamedTuple):
    """Sizes and atoms with exponents; atoms are in order."""

    sizes: tuple[tuple[str, Fraction], ...]
    atoms: tuple[tuple[Atom, int], ...]

    def __mul__(self, other: Mono) -> Mono:  # type: ignore[override]
        return mono(_plus(dict(self.sizes), dict(other.sizes), 1), _plus(dict(self.atoms), dict(other.atoms), 1))

    def over(self, other: Mono) -> Mono | None:
        """The quotient, if exponents of atoms stay ≥ 0."""
        atoms = _plus(dict(self.atoms), dict(other.atoms), -1)
        if any(count < 0 for count in atoms.values()):
            return None
        return mono(_plus(dict(self.sizes), dict(other.sizes), -1), atoms)


Poly = dict[Mono, Fraction]
ONE = Mono((), ())


def _plus(a: dict[Any, Any], b: dict[Any, Any], sign: int) -> dict[Any, Any]:
    for key, value in b.items():
        a[key] = a.get(key, 0) + sign * value
    return a


def mono(sizes: Mapping[str, Fraction], atoms: Mapping[Atom, int]) -> Mono:
    """A monomial in order."""
    return Mono(
        tuple(sorted((s, e) for s, e in sizes.items() if e)), tuple(sorted((a, k) for a, k in atoms.items() if k))
    )


@dataclass(frozen=True)
class Template:
    """A function as it was written, with the names of its free indices in the order of its places."""

    json: Json
    names: tuple[str, ...]


class Algebra:
    """Polynomials of one document, with rewriting by some equations."""

    def __init__(self, proof: ProofWriter, rules: Sequence[Fact]) -> None:
        self.proof = proof
        self.rules = list(rules)
        with proof._working():
            self._rewrites = [rewrite_rule(proof.live.theorem(rule.ref)) for rule in rules]
        self.templates: dict[str, Template] = {}
        self._polys: dict[str, Poly] = {}
        self._learnt: set[str] = set()
        self._raw: dict[tuple[Mono, str], tuple[list[Factor], list[Label]]] = {}
        self._fresh = itertools.count(1)
        self._sorts: dict[str, str] = {}

    def recognise(self) -> None:
        """Learn how functions are written that come in by the equations."""
        for rule, moment in itertools.product(self.rules, MOMENTS):
            right = self.renamed(term_json(self.theorem(rule).formula.right), {"t": moment})
            if "fn" in repr(right):
                with suppress(Refused), self.bounded(LEARNING):
                    self._learn(right)

    @contextmanager
    def bounded(self, units: int) -> Iterator[None]:
        """So much work of the kernel, and no more: what is refused is too large to be searched."""
        work = Allowance(units)
        self.proof.live.names.depth = 0
        try:
            with working(work):
                yield
        finally:
            effort.spend(UNIT * (units - max(work.left, 0)))

    def functions(self, term: Json) -> list[Json]:
        """Functions in the normal form of a term, under no sum."""
        found = []
        for m in self.poly(term):
            for atom, _ in m.atoms:
                if not atom.bound and atom.factors[0].head in self.templates:
                    found.append(self.factor_json(atom.factors[0]))
        return found

    def needed(self, terms: Sequence[Json], facts: Sequence[Json]) -> list[Json]:
        """The equations that can change something in these terms and facts."""
        todo = list(terms)
        with self.proof._working():
            for fact in facts:
                said = self.proof.live.theorem(fact).formula
                todo += [term_json(said.left), term_json(said.right)]
            patterns = [self.proof.live.theorem(rule.ref).formula for rule in self.rules]
        used: set[int] = set()
        seen: set[str] = set()
        while todo:
            for entry in _entries(todo.pop()):
                if repr(entry) in seen:
                    continue
                seen.add(repr(entry))
                for k, formula in enumerate(patterns):
                    moved = _moved(term_json(formula.left), entry)
                    if moved is not None:
                        used.add(k)
                        todo.append(self.renamed(term_json(formula.right), moved))
                        break
        return [rule.ref for k, rule in enumerate(self.rules) if k in used]

    # ---------------------------------------------------------------------------------------------------- to atoms
    def poly(self, term: Json) -> Poly:
        """A term multiplied out."""
        name = repr(term)
        if name not in self._polys:
            plain = self.proof._unhidden(term, frozenset(), {})
            with self.bounded(LARGEST):
                known = self.proof.live.names.term(plain)
                self._learn(plain)
                found = normal(known, self._rewrites)
            self._polys[name] = {self.mono(key): c for key, c in found}
        return self._polys[name]

    def gap(self, left: Json, right: Json) -> Poly:
        """``right − left`` multiplied out."""
        return self.poly(["-", right, left])

    def _learn(self, term: Json) -> None:
        """Remember how functions are written."""
        if not isinstance(term, list) or not term or repr(term) in self._learnt:
            return
        self._learnt.add(repr(term))
        for part in term:
            self._learn(part)
        if term[0] in ("fn", "^t", "num"):
            found = normal(self.proof.live.names.term(term), self._rewrites)
            for (_, _, factors), _ in found:
                for factor in factors:
                    names = tuple(label[1] for label, _ in factor.at)
                    if factor.head.shown[:1] != "#" and len(found) == 1 and len(factors) == 1:
                        self.templates.setdefault(factor.head, Template(term, names))

    def mono(self, key: Key) -> Mono:
        """A monomial of the normal form by its atoms."""
        sizes, _, factors = key
        atoms: Counter[Atom] = Counter()
        groups: list[tuple[set[Label], list[Factor]]] = []
        for factor in factors:
            own = {label for label, _ in factor.at if label[1].startswith("@")}
            joined = [g for g in groups if g[0] & own]
            groups = [g for g in groups if not g[0] & own]
            groups.append((own.union(*(g[0] for g in joined)), [f for g in joined for f in g[1]] + [factor]))
        for labels, own_factors in groups:
            atoms[self.atom(own_factors, labels)] += 1
        return mono(dict(sizes), atoms)

    def raw(self, m: Mono, role: str = "") -> tuple[list[Factor], list[Label]]:
        """All factors of a monomial, with names for the bound indices that nothing else in this role has."""
        if (m, role) not in self._raw:
            self._raw[m, role] = self._opened_all(m)
        return self._raw[m, role]

    def _opened_all(self, m: Mono) -> tuple[list[Factor], list[Label]]:
        factors: list[Factor] = []
        bound: list[Label] = []
        for atom, count in m.atoms:
            for _ in range(count):
                own, labels = self.opened(atom)
                factors += own
                bound += labels
        return factors, bound

    def collected(self, m: Monomial) -> Mono:
        """A monomial of the kernel under canonical names, whatever its bound names are."""
        names = {label: (label[0], f"@{k}") for k, label in enumerate(m.bound)}
        factors = tuple(Factor(f.head, tuple((names.get(x, x), k) for x, k in f.at)) for f in m.factors)
        effort.spend(COLLECTED * (1 + len(factors)))
        with self.bounded(SYMMETRIC):
            return self.mono(canonical(m._replace(factors=factors, bound=tuple(names.values()))))

    def atom(self, factors: Sequence[Factor], bound: Iterable[Label]) -> Atom:
        """A connected sum under canonical names."""
        with self.proof._working():
            _, sorts, named = canonical(Monomial(Fraction(1), {}, tuple(factors), tuple(bound)))
        return Atom(sorts, named)

    # ------------------------------------------------------------------------------------------------------ to terms
    def fresh(self, sort: str) -> str:
        """A new index of a sort, declared."""
        name = f"{sort}~{next(self._fresh)}"
        self.proof.data["indices"][name] = sort
        self.proof.live.names.indices[name] = IndexVariable(name, sort)
        return name

    def vector(self, name: str, sort: str) -> None:
        """Declare a vector."""
        self.proof.data["tensors"][name] = [sort]
        self.proof.live.names.tensors[name] = TensorVariable(name, (sort,))

    def opened(self, atom: Atom) -> tuple[list[Factor], list[Label]]:
        """Factors with new names for the bound indices."""
        labels = sorted({label for f in atom.factors for label, _ in f.at if label[1].startswith("@")})
        names = {label: (label[0], self.fresh(label[0])) for label in labels}
        factors = [Factor(f.head, tuple((names.get(x, x), k) for x, k in f.at)) for f in atom.factors]
        return factors, list(names.values())

    def factor_json(self, factor: Factor) -> Json:
        """A factor as a term."""
        places = [_place(label[1], offset) for label, offset in factor.at]
        if factor.head == DELTA:
            return ["delta", *places]
        template = self.templates.get(factor.head)
        if template is None:
            return [factor.head.shown, *places]
        return self.renamed(template.json, dict(zip(template.names, places, strict=True)))

    def product_json(self, factors: Sequence[Factor]) -> Json:
        """A product of factors."""
        made = [self.factor_json(f) for f in factors]
        return made[0] if len(made) == 1 else ["*", *made] if made else 1

    def atom_json(self, atom: Atom) -> Json:
        """An atom as a term."""
        factors, bound = self.opened(atom)
        return summed([label[1] for label in bound], self.product_json(factors))

    def mono_json(self, m: Mono) -> Json:
        """A monomial as a term."""
        made: list[Json] = [["size", sort, str(e)] for sort, e in m.sizes]
        for atom, count in m.atoms:
            one = self.atom_json(atom)
            made.append(one if count == 1 else ["^", one, count])
        return made[0] if len(made) == 1 else ["*", *made] if made else 1

    def renamed(self, term: Json, names: Mapping[str, Json]) -> Json:
        """Free indices by other ones; nothing is captured."""
        names = {old: new for old, new in names.items() if old != new}
        if not names:
            return term
        match term:
            case str():
                return names.get(term, term)
            case ["sum" | "of", list() as binders, body]:
                inner = {k: v for k, v in names.items() if k not in binders}
                taken = {n for new in inner.values() for n in (new if isinstance(new, list) else [new])}
                new = [self.fresh(self.proof.data["indices"][b]) if b in taken else b for b in binders]
                return [term[0], new, self.renamed(body, inner | dict(zip(binders, new, strict=True)))]
            case [str() as name, int() as offset] if name in names:
                at = names[name]
                if isinstance(at, int):
                    return at + offset
                return [at[0], at[1] + offset] if isinstance(at, list) else [at, offset]
            case list() if term:
                return [term[0], *(self.renamed(part, names) for part in term[1:])]
            case _:
                return term

    def theorem(self, fact: Fact) -> Theorem:
        """What a fact is."""
        with self.proof._working():
            return self.proof.live.theorem(fact.ref)


def _entries(term: Json) -> Iterator[Json]:
    """Everything in a term that looks like an entry of a tensor."""
    if isinstance(term, list) and term:
        if isinstance(term[0], str):
            yield term
        for part in term:
            yield from _entries(part)
    elif isinstance(term, str):
        yield [term]


def _moved(pattern: Json, entry: Json) -> dict[str, Json] | None:
    """The value of the time of a pattern that makes it an entry, if there is one."""
    if pattern[0] != entry[0] or len(pattern) != len(entry):
        return None
    put: dict[str, Json] = {}
    for own, at in zip(pattern[1:], entry[1:], strict=True):
        match own, at:
            case int(), _ if own != at:
                return None
            case [str() as t, int() as k], [str() as other, int() as m]:
                if m < k:
                    return None
                put[t] = [other, m - k] if m > k else other
            case [str() as t, int() as k], int():
                if at < k:
                    return None
                put[t] = at - k
            case [str(), int()], _:
                return None
            case str(), _:
                put[own] = at
            case _:
                pass
    return put


def summed(names: Sequence[str], body: Json) -> Json:
    """A sum over some indices, or just the body."""
    return ["sum", list(names), body] if names else body


def _place(name: str, offset: int) -> Json:
    if name == NUMERAL:
        return offset
    return [name, offset] if offset else name
