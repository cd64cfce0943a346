"""Terms that are squares: ``Σ_k N_k (Σ_i A_ik) (Σ_j A_jk) ≥ 0`` whatever A is, if ``N_k ≥ 0``.

A term of a multiplied-out formula is such a sum if its factors fall into two halves and a rest: an exchange of bound
indices, each of which occurs in one half only, turns one half into the other; the rest, N, has none of these indices.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from .entries import Sum
from .term import Factor, Label, SumTerm, canonical


@dataclass
class Known:
    """What the hypotheses say is ≥ 0: whole sums, and products of entries at one index, as canonical texts."""

    sums: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)


def sum_of_squares(found: Sum, known: Known) -> bool:
    """Whether every term has a positive coefficient and consists of squares and of what is known to be ≥ 0."""
    return all(c > 0 and all(_nonnegative(part, known) for part in _components(term)) for c, term in found.values())


def _components(term: SumTerm) -> list[SumTerm]:
    """The factors that share bound indices belong together; the term is the product of the sums."""
    groups: list[tuple[set[Label], list[Factor]]] = []
    for factor in term.factors:
        labels = {label for label in factor[1] if label in term.bound}
        joined = [group for group in groups if group[0] & labels]
        groups = [group for group in groups if not group[0] & labels]
        groups.append((labels.union(*(g[0] for g in joined)), [f for g in joined for f in g[1]] + [factor]))
    return _squared(
        [
            SumTerm(factors=tuple(factors), bound=tuple(label for label in term.bound if label in labels))
            for labels, factors in groups
        ]
    )


def _squared(parts: list[SumTerm]) -> list[SumTerm]:
    """Leave out equal sums in pairs: their product is a square."""
    left: dict[str, SumTerm] = {}
    for part in parts:
        text = canonical(part)
        if text in left:
            del left[text]
        else:
            left[text] = part
    return list(left.values())


def _nonnegative(term: SumTerm, known: Known) -> bool:
    return canonical(term) in known.sums or _paired(list(term.factors), _Exchange(set(term.bound)), [], known)


@dataclass(frozen=True)
class _Exchange:
    """An exchange of bound indices as far as it is decided."""

    bound: Collection[Label]
    halves: tuple[tuple[Label, Label], ...] = ()
    """Pairs of exchanged indices: of the first half, of the second."""
    fixed: frozenset[Label] = frozenset()

    def with_pair(self, left: tuple[Label, ...], right: tuple[Label, ...]) -> _Exchange | None:
        """The exchange that also turns ``left``, in the first half, into ``right``; None if there is none."""
        halves, fixed = dict(self.halves), set(self.fixed)
        back = {b: a for a, b in self.halves}
        for a, b in zip(left, right, strict=True):
            if a == b:
                if a in halves or a in back:
                    return None
                fixed.add(a)
            elif (
                a[0] != b[0]
                or a not in self.bound
                or b not in self.bound
                or {a, b} & fixed
                or a in back
                or b in halves
                or halves.setdefault(a, b) != b
                or back.setdefault(b, a) != a
            ):
                return None
        return replace(self, halves=tuple(halves.items()), fixed=frozenset(fixed))


def _paired(todo: list[Factor], exchange: _Exchange, rest: list[Factor], known: Known) -> bool:
    if not todo:
        return not rest or _rest_known(rest, exchange, known)
    (name, labels), *others = todo
    for i, (other, theirs) in enumerate(others):
        if other != name:
            continue
        left = others[:i] + others[i + 1 :]
        for a, b in ((labels, theirs), (theirs, labels)):
            further = exchange.with_pair(a, b)
            if further is not None and _paired(left, further, rest, known):
                return True
    return bool(known.entries) and len(rest) < 2 and _paired(others, exchange, [*rest, (name, labels)], known)


def _rest_known(rest: list[Factor], exchange: _Exchange, known: Known) -> bool:
    labels = {label for _, own in rest for label in own}
    if len(labels) != 1 or any(label in pair for pair in exchange.halves for label in labels):
        return False
    names = {label: (label[0], "at0") for label in labels}
    renamed = tuple((name, tuple(names[label] for label in own)) for name, own in rest)
    return canonical(SumTerm(factors=renamed)) in known.entries
