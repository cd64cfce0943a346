"""The normal form of indexed sums: equal normal forms have equal values, for all sizes and all values.

Products are expanded; ``Σ_j δ_ij a_j = a_i``, ``δ_ii = 1``, ``δ² = δ``; a sum over an index that does not occur is the
size of its sort; ``t^(τ+1) = t·t^τ``, ``num(τ+1) = num(τ) + 1``; means are taken (``expect``). A function is a factor:
its head is its name, the sorts it binds and the normal forms of its arguments with free indices renamed arg0, arg1, …
The names of bound indices are those that minimise the text.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import factorial, prod
from typing import NamedTuple

from .budget import fresh, need, spend
from .expect import expectation
from .monomials import DELTA, MAX_BITS, ONE, Factor, Head, Label, Monomial, Place, head, moved, products
from .terms import (
    NUMERAL,
    REAL,
    TIME,
    Add,
    Apply,
    Delta,
    Entry,
    Expectation,
    Formula,
    Index,
    IndexVariable,
    Multiply,
    Number,
    Power,
    Size,
    Sum,
    TensorVariable,
    Term,
    Variable,
    as_value,
    difference,
    opened,
)

MAX_REWRITES = 60
"""Largest depth of nested rewriting."""

Key = tuple[tuple[tuple[str, Fraction], ...], tuple[str, ...], tuple[Factor, ...]]
"""Sizes, sorts of the bound indices, factors."""
Polynomial = tuple[tuple[Key, Fraction], ...]
CONSTANT: Key = ((), (), ())


class Rewrite(NamedTuple):
    """For all values of the variables (indices, each once on the left) ``left = right``."""

    variables: tuple[Variable, ...]
    left: Entry
    right: Term


Rules = Mapping[TensorVariable, Sequence[Rewrite]]


class Scope(NamedTuple):
    """The names of bound variables, the active rewriting rules and their depth."""

    indices: Mapping[IndexVariable, Place]
    tensors: Mapping[TensorVariable, str]
    rules: Rules
    depth: int


def normal(term: Term, rules: Iterable[Rewrite] = ()) -> Polynomial:
    """The normal form, after rewriting from left to right with proved equations."""
    table: dict[TensorVariable, list[Rewrite]] = {}
    for rule in rules:
        table.setdefault(rule.left.tensor, []).append(rule)
    return collect(expand(term, Scope({}, {}, table, 0)))


def constant(polynomial: Polynomial) -> Fraction | None:
    """The number that a normal form equals, if it is constant."""
    match polynomial:
        case ():
            return Fraction(0)
        case ((key, value),) if key == CONSTANT:
            return value
        case _:
            return None


def collect(monomials: Iterable[Monomial]) -> Polynomial:
    """Sum monomials under canonical names."""
    total: dict[Key, Fraction] = {}
    for monomial in monomials:
        key = canonical(monomial)
        total[key] = total.get(key, Fraction(0)) + monomial.coefficient
        need(total[key].denominator.bit_length() < MAX_BITS, "a sum of numbers is too long")
    return tuple(sorted((key, c) for key, c in total.items() if c))


# ------------------------------------------------------------------------------------------------------- expansion
def expand(term: Term, scope: Scope) -> list[Monomial]:
    """A term as a list of monomials with the same sum."""
    spend(1)
    match term:
        case Number(value):
            return [Monomial(value, {}, (), ())] if value else []
        case Size(sort, exponent):
            return [Monomial(Fraction(1), {sort: exponent}, (), ())]
        case Delta(left, right):
            return _single(Factor(DELTA, (_place(left, scope), _place(right, scope))))
        case Entry():
            return _entry(term, scope)
        case Add(terms):
            return [monomial for t in terms for monomial in expand(t, scope)]
        case Multiply(terms):
            return _product([expand(t, scope) for t in terms])
        case Power(base, exponent):
            return _power(base, exponent, scope)
        case Sum(index, body):
            label = (index.sort, fresh())
            inner = scope._replace(indices={**scope.indices, index: (label, 0)})
            return [m._replace(bound=(*m.bound, label)) for m in expand(body, inner)]
        case Apply():
            return _function(term, scope)
        case Expectation(law, tensors, body):
            names = {tensor: fresh() for tensor in tensors}
            mine = {str(_entry_head(name, tensor)): k for k, (tensor, name) in enumerate(names.items())}
            inner = scope._replace(tensors={**scope.tensors, **names})
            drawn = frozenset(names.values())
            return [m for monomial in expand(body, inner) for m in expectation(monomial, law, mine, drawn)]
        case _:
            raise TypeError(f"no expansion of {type(term).__name__}")


def _single(factor: Factor) -> list[Monomial]:
    return [Monomial(Fraction(1), {}, (factor,), ())]


def _product(parts: list[list[Monomial]]) -> list[Monomial]:
    out = [ONE]
    for part in parts:
        out = products(out, part)
    return out


def _power(base: Term, exponent: int, scope: Scope) -> list[Monomial]:
    return _product([expand(base, scope) for _ in range(exponent)])  # each copy binds its own names


def _place(index: Index, scope: Scope) -> Place:
    variable = IndexVariable(index.name, index.sort)
    label, offset = scope.indices.get(variable, ((index.sort, index.name), 0))
    return label, offset + index.offset


def _entry_head(name: str, tensor: TensorVariable) -> Head:
    return head(("tensor", name, tensor.axes), frozenset({name}), name)


def _entry(entry: Entry, scope: Scope) -> list[Monomial]:
    at = tuple(_place(index, scope) for index in entry.at)
    name = scope.tensors.get(entry.tensor)  # a name of its own for a tensor that is averaged over: no rule is about it
    for rule in scope.rules.get(entry.tensor, ()) if name is None else ():
        match = _match(rule, at)
        if match is not None:
            need(scope.depth < MAX_REWRITES, "rewriting {} does not end", entry)
            # a free index of the rule means what it means outside: no binder around this entry is looked up for it
            return expand(rule.right, Scope(match, {}, scope.rules, scope.depth + 1))
    return _single(Factor(_entry_head(name or entry.tensor.name, entry.tensor), at))


def _match(rule: Rewrite, at: tuple[Place, ...]) -> dict[IndexVariable, Place] | None:
    found: dict[IndexVariable, Place] = {}
    for pattern, (label, offset) in zip(rule.left.at, at, strict=True):
        variable = IndexVariable(pattern.name, pattern.sort)
        if variable in rule.variables:
            if offset < pattern.offset:
                return None
            found[variable] = (label, offset - pattern.offset)
        elif (label, offset) != ((pattern.sort, pattern.name), pattern.offset):
            return None
    return found


def _function(term: Apply, scope: Scope) -> list[Monomial]:
    if term.at is None:
        return [_atom(term, scope, ())]
    label, offset = _place(term.at, scope)
    match term.function:
        case "^t":  # t^(τ+k) = t^k · t^τ
            powers = _power(term.arguments[0].body, offset, scope)
            return powers if label[1] == NUMERAL else products(powers, [_atom(term, scope, ((label, 0),))])
        case "num":  # num(τ+k) = num(τ) + k
            rest = [Monomial(Fraction(offset), {}, (), ())] if offset else []
            return rest if label[1] == NUMERAL else [_atom(term, scope, ((label, 0),)), *rest]
        case _:
            return [_atom(term, scope, ((label, offset),))]


def _atom(term: Apply, scope: Scope, at: tuple[Place, ...]) -> Monomial:
    """A function as one factor: its head holds the arguments up to the names of their free indices."""
    own: list[Label] = []
    raw: list[list[Monomial]] = []
    for argument in term.arguments:
        mine = [(sort, fresh()) for sort in argument.sorts]
        bound = {v: (label, 0) for v, label in zip(argument.parameters, mine, strict=True)}
        raw.append(expand(argument.body, scope._replace(indices={**scope.indices, **bound})))
        own += mine
    factors = [f for monomials in raw for (_, _, fs), _ in collect(monomials) for f in fs]
    outer = sorted({label for f in factors for label, _ in f.at if not label[1].startswith("@")} - {*own, *NUMERALS})
    names = {label: (label[0], f"own{m}") for m, label in enumerate(own)}
    spend(factorial(len(outer)) * (1 + len(factors)))
    best: tuple[list[Polynomial], tuple[Label, ...]] | None = None
    for order in itertools.permutations(outer):
        names.update({label: (label[0], f"arg{m}") for m, label in enumerate(order)})
        got = [collect(m._replace(factors=tuple(moved(m.factors, names))) for m in monomials) for monomials in raw]
        best = (got, order) if best is None else min(best, (got, order))
    assert best is not None
    polynomials, order = best
    shown = f"{term.function}({', '.join(map(describe, polynomials))})"
    sorts = [argument.sorts for argument in term.arguments]
    arguments = [sort for sort, _ in order]
    what = head(
        ("function", term.function, sorts, arguments, polynomials),
        frozenset[str]().union(*(f.head.tensors for f in factors)),
        shown[:400],
    )
    return Monomial(Fraction(1), {}, (Factor(what, tuple((label, 0) for label in order) + at),), ())


NUMERALS = ((TIME, NUMERAL), (REAL, NUMERAL))


# --------------------------------------------------------------------------------------------------- canonical names
def canonical(monomial: Monomial) -> Key:
    """A monomial without its coefficient, independent of the order of factors and of the names of bound indices."""
    spend((1 + len(monomial.factors)) * (1 + len(monomial.bound)))
    sizes, factors, bound = _without_deltas(monomial)
    groups = _alike(factors, bound)
    spend(prod(factorial(len(group)) for group in groups) * (1 + len(factors)) if bound else 0)
    best: tuple[Factor, ...] | None = None
    for orders in itertools.product(*(itertools.permutations(group) for group in groups)):
        order = [label for part in orders for label in part]
        names = {label: (label[0], f"@{m:03d}") for m, label in enumerate(order)}
        text = tuple(sorted(map(_in_order, moved(factors, names))))
        best = text if best is None else min(best, text)
    assert best is not None
    return (
        tuple(sorted((sort, exponent) for sort, exponent in sizes.items() if exponent)),
        tuple(sorted(label[0] for label in bound)),
        best,
    )


def _without_deltas(monomial: Monomial) -> tuple[dict[str, Fraction], list[Factor], list[Label]]:
    """Apply ``Σ_j δ_ij a_j = a_i``; between free indices, ``δ_ij a_j = δ_ij a_i`` with the smaller name."""
    sizes, bound, todo, kept = dict(monomial.sizes), list(monomial.bound), list(monomial.factors), list[Factor]()
    while todo:
        factor = todo.pop()
        if factor.head != DELTA:
            kept.append(factor)
            continue
        stays, gone = sorted(label for label, _ in factor.at)
        if stays == gone:
            continue
        if stays in bound:
            stays, gone = gone, stays
        todo, kept = moved(todo, {gone: stays}), moved(kept, {gone: stays})
        if gone in bound:
            bound.remove(gone)
        else:
            kept.append(Factor(DELTA, ((stays, 0), (gone, 0))))
    used = {label for factor in kept for label, _ in factor.at}
    for sort, _ in (label for label in bound if label not in used):
        sizes[sort] = sizes.get(sort, Fraction(0)) + 1
    return sizes, kept, [label for label in bound if label in used]


def _alike(factors: Sequence[Factor], bound: Sequence[Label]) -> list[list[Label]]:
    """Bound indices in groups that differ only by name, in an order independent of names."""
    colour = dict.fromkeys(bound, 0)
    for _ in range(3):
        seen = {}
        for label in bound:
            where = sorted(
                (f.head, [(x == label, colour[x], k) if x in colour else (False, -1, k) for x, k in f.at])
                for f in factors
                if any(x == label for x, _ in f.at)
            )
            seen[label] = repr((label[0], where))
        ranks = {text: rank for rank, text in enumerate(sorted(set(seen.values())))}
        colour = {label: ranks[text] for label, text in seen.items()}
    return [sorted(label for label in bound if colour[label] == c) for c in sorted(set(colour.values()))]


def _in_order(factor: Factor) -> Factor:
    """The arguments of a moment in canonical order."""
    if not factor.head.groups:
        return factor
    places = iter(factor.at)
    parts = sorted((k, tuple(next(places) for _ in range(count))) for k, count in factor.head.groups)
    return Factor(factor.head, tuple(place for _, own in parts for place in own))


# ------------------------------------------------------------------------------------------------ equality, printing
def key(formula: Formula, level: int = 0) -> str:
    """A key of a formula up to names of bound variables and ring identities; equal keys imply equivalence."""
    new: dict[Variable, Variable] = {}
    for k, v in enumerate(formula.variables):
        name = f"!{level}.{k}"
        new[v] = IndexVariable(name, v.sort) if isinstance(v, IndexVariable) else TensorVariable(name, v.axes)
    body = opened(formula, {old: as_value(v) for old, v in new.items()})
    premises = sorted({key(p, level + 1) for p in body.premises})
    gap = normal(difference(body.left, body.right))
    if body.relation == "=" and gap and gap[0][1] < 0:
        gap = tuple((k, -c) for k, c in gap)
    variables = [v.sort if isinstance(v, IndexVariable) else v.axes for v in formula.variables]
    return hashlib.sha256(repr((variables, premises, body.relation, gap)).encode()).hexdigest()


def describe(polynomial: Polynomial, most: int = 6) -> str:
    """A normal form as text, in the notation of the document."""
    out = [_shown(key, c) for key, c in polynomial[:most]]
    return " + ".join(out or ["0"]) + (f" + {len(polynomial) - most} more" if len(polynomial) > most else "")


def _shown(key: Key, coefficient: Fraction) -> str:
    sizes, bound, factors = key
    names: dict[str, str] = {}
    for factor in factors:
        for (sort, name), _ in factor.at:
            if name.startswith("@"):
                names.setdefault(name, f"{sort}{name[1:].lstrip('0') or '0'}")

    def place(at: Place) -> str:
        (_, name), offset = at
        return str(offset) if name == NUMERAL else names.get(name, name) + (f"+{offset}" if offset else "")

    def text(factor: Factor) -> str:
        at = [place(p) for p in factor.at]
        used = set(re.findall(r"\barg(\d+)\b", factor.head.shown))
        named: Callable[[re.Match[str]], str] = lambda m: at[int(m[1])] if int(m[1]) < len(at) else m[0]  # noqa: E731
        rest = [a for k, a in enumerate(at) if str(k) not in used]
        return re.sub(r"\barg(\d+)\b", named, factor.head.shown) + (f"[{','.join(rest)}]" if rest else "")

    parts = [str(coefficient)] if coefficient != 1 or not (sizes or factors) else []
    parts += [f"|{sort}|^({exponent})" for sort, exponent in sizes]
    parts += ["Σ_" + ",".join(names.values())] if bound else []
    return "·".join(parts + [text(f) for f in factors])
