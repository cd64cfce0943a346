"""Polynomials in the entries of tensors, valid for all sizes: sums of contractions, one per isomorphism class.

A factor is a tensor with an index on each leg: 0, 1, … are summed over, and −1, −2, … are the free labels of the
polynomial. A connected set of factors is a component, a multiset of components is a monomial. Two monomials are equal
for all tensors and sizes if one is a renaming of the other, which the canonical form decides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import count, product

Factor = tuple[str, tuple[int, ...]]
Component = tuple[Factor, ...]
Monomial = tuple[Component, ...]
Polynomial = dict[Monomial, Fraction]
Template = Sequence[tuple[Fraction, Sequence[Factor]]]
"""A polynomial whose labels −1, −2, … stand for the legs of the tensor it replaces."""

ONE: Monomial = ()


class Contractions:
    """Canonical forms, with a cache.

    Parameters
    ----------
    axes
        For each tensor the sort of each leg.

    Examples
    --------
    >>> ring = Contractions({"W": ("p", "d"), "b": ("p",)})
    >>> same = [("W", (3, 0)), ("b", (3,))], [("b", (1,)), ("W", (1, 2))]
    >>> ring.monomial(same[0]) == ring.monomial(same[1])
    True
    """

    def __init__(self, axes: Mapping[str, tuple[str, ...]]) -> None:
        self.axes = dict(axes)
        self._canonical: dict[Component, Component] = {}

    def monomial(self, factors: Iterable[Factor]) -> Monomial:
        """The canonical form of a product."""
        return tuple(sorted(map(self.component, connected_parts(list(factors)))))

    def component(self, factors: Iterable[Factor]) -> Component:
        """The canonical form of a connected product."""
        names: dict[int, int] = {}
        plain = tuple(
            (name, tuple(i if i < 0 else names.setdefault(i, len(names)) for i in at)) for name, at in sorted(factors)
        )
        if plain not in self._canonical:
            self._canonical[plain] = self._smallest(plain)
        return self._canonical[plain]

    def collected(self, terms: Iterable[tuple[Fraction, Iterable[Factor]]]) -> Polynomial:
        """The polynomial that is a sum of products."""
        out: Polynomial = defaultdict(Fraction)
        for c, factors in terms:
            out[self.monomial(factors)] += c
        return trimmed(out)

    def _smallest(self, factors: Component) -> Component:
        """The smallest naming among those that refined colours of the indices leave open."""
        sorts = {i: sort for name, at in factors for i, sort in zip(at, self.axes[name], strict=True) if i >= 0}
        if not sorts:
            return factors
        places: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for k, (_, at) in enumerate(factors):
            for leg, i in enumerate(at):
                if i >= 0:
                    places[i].append((k, leg))
        best: Component | None = None
        open_colours = [self._refined(factors, places, ranked(sorts))]
        while open_colours:
            colour = open_colours.pop()
            cells: dict[int, list[int]] = defaultdict(list)
            for i, c in colour.items():
                cells[c].append(i)
            tied = [cell for cell in cells.values() if len(cell) > 1]
            if not tied:
                leaf = tuple(sorted((name, tuple(i if i < 0 else colour[i] for i in at)) for name, at in factors))
                best = leaf if best is None or leaf < best else best
                continue
            cell = min(tied, key=lambda cell: (len(cell), colour[cell[0]]))
            for chosen in cell:
                split = {i: 2 * c + (i != chosen) for i, c in colour.items()}
                open_colours.append(self._refined(factors, places, ranked(split)))
        assert best is not None
        return best

    @staticmethod
    def _refined(
        factors: Component, places: Mapping[int, Sequence[tuple[int, int]]], colour: dict[int, int]
    ) -> dict[int, int]:
        """Colours that tell indices apart by the colours around them, as far as that goes."""
        while True:
            around = [(name, tuple(i if i < 0 else colour[i] for i in at)) for name, at in factors]
            finer = ranked({i: (c, sorted((around[k], leg) for k, leg in places[i])) for i, c in colour.items()})
            if len(set(finer.values())) == len(set(colour.values())):
                return finer
            colour = finer


def ranked(values: Mapping[int, object]) -> dict[int, int]:
    """The rank of each value among the different ones."""
    order: list[object] = []
    for value in sorted(values.values()):  # type: ignore[type-var]
        if not order or order[-1] != value:
            order.append(value)
    return {i: order.index(value) for i, value in values.items()}


def connected_parts(factors: Sequence[Factor]) -> list[list[Factor]]:
    """Factors that share summed indices belong together; labels do not connect."""
    groups: list[tuple[set[int], list[Factor]]] = []
    for factor in factors:
        indices, members = {i for i in factor[1] if i >= 0}, [factor]
        apart = []
        for group in groups:
            if group[0] & indices:
                indices |= group[0]
                members = group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (indices, members)]
    return [members for _, members in groups]


def trimmed(polynomial: Mapping[Monomial, Fraction]) -> Polynomial:
    """Without zero coefficients."""
    return {monomial: c for monomial, c in polynomial.items() if c}


def combined(terms: Iterable[tuple[Fraction, Polynomial]]) -> Polynomial:
    """A linear combination."""
    out: Polynomial = defaultdict(Fraction)
    for c, polynomial in terms:
        for monomial, x in polynomial.items():
            out[monomial] += c * x
    return trimmed(out)


def times(a: Polynomial, b: Polynomial) -> Polynomial:
    """A product; the labels of both mean the same."""
    out: Polynomial = defaultdict(Fraction)
    for (m, x), (n, y) in product(a.items(), b.items()):
        out[tuple(sorted(m + n))] += x * y
    return trimmed(out)


def flat(monomial: Monomial) -> list[Factor]:
    """The factors of a monomial, with different names for the summed indices of different components."""
    fresh = count()
    out: list[Factor] = []
    for component in monomial:
        names: dict[int, int] = {}
        for name, at in component:
            for i in at:
                if i >= 0 and i not in names:
                    names[i] = next(fresh)
            out.append((name, tuple(i if i < 0 else names[i] for i in at)))
    return out


def template(polynomial: Polynomial) -> Template:
    """A polynomial as a template, whose labels are legs."""
    return [(c, flat(monomial)) for monomial, c in polynomial.items()]


def put(body: Sequence[Factor], legs: Sequence[int], above: int) -> list[Factor]:
    """A product of a template with these indices on its legs; its summed indices become larger than ``above``."""
    return [(name, tuple(legs[-1 - i] if i < 0 else above + 1 + i for i in at)) for name, at in body]


def largest_index(factors: Iterable[Factor]) -> int:
    """The largest index, −1 if none is summed over."""
    return max((i for _, at in factors for i in at), default=-1)


def substituted(factors: Sequence[Factor], k: int, body: Sequence[Factor]) -> list[Factor]:
    """Factor k replaced by a product of a template."""
    rest = [*factors[:k], *factors[k + 1 :]]
    return rest + put(body, factors[k][1], max(largest_index(factors), -1))


def degree(monomial: Monomial, degrees: Mapping[str, int]) -> int:
    """The sum of the degrees of the factors."""
    return sum(degrees[name] for component in monomial for name, _ in component)


def tensors_of(polynomial: Iterable[Monomial]) -> set[str]:
    """The names of the tensors in monomials."""
    return {name for monomial in polynomial for component in monomial for name, _ in component}


def widths(monomials: Iterable[Monomial], axes: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """For each sort the largest number of different indices in one monomial.

    For sizes of at least these numbers different canonical monomials are linearly independent functions: for indices
    that occur in pairs by the second fundamental theorem for the orthogonal group (its relations antisymmetrise over
    one index more than the size), for indices that occur any number of times because the coefficient of the product
    with all indices different determines the monomial with the most different indices.
    """
    most: dict[str, int] = defaultdict(int)
    for monomial in monomials:
        seen = {
            (i if i < 0 else (k, i), sort)
            for k, component in enumerate(monomial)
            for name, at in component
            for i, sort in zip(at, axes[name], strict=True)
        }
        for sort, number in Counter(sort for _, sort in seen).items():
            most[sort] = max(most[sort], number)
    return dict(most)
