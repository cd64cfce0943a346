"""All monomials up to a degree in given tensors, one per isomorphism class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations_with_replacement, product

from fa_theory.errors import InputError

from .contractions import Component, Contractions, Factor, Monomial, connected_parts

MOST = 100_000
"""Largest number of products of one degree; more are refused."""


class Ansatz:
    """Monomials with the free labels −1, −2, … of given sorts.

    An index occurs twice; one of an entrywise sort occurs any number of times. A label of the first kind occurs once in
    a monomial, one of the second any number of times but not never.

    Parameters
    ----------
    ring
        Canonical forms.
    degrees
        The tensors to use, each with its degree, at least 1.
    entrywise
        Sorts whose indices occur any number of times.

    Raises
    ------
    InputError
        By the methods, if there are more than 100,000 monomials.

    Examples
    --------
    >>> ring = Contractions({"W": ("p", "d"), "b": ("p",)})
    >>> [len(Ansatz(ring, {"W": 1, "b": 1}, frozenset()).monomials(k, ())) for k in (2, 4)]
    [2, 7]
    """

    def __init__(self, ring: Contractions, degrees: Mapping[str, int], entrywise: frozenset[str]) -> None:
        self.ring, self.degrees, self.entrywise = ring, degrees, entrywise
        self.most_legs = max((len(ring.axes[name]) for name in degrees), default=0)
        self._found: dict[tuple[int, tuple[str, ...]], dict[Component, int]] = {}

    def monomials(self, most: int, labels: tuple[str, ...]) -> list[Monomial]:
        """Monomials of degree 1 to ``most`` that carry all the labels, by degree."""
        parts = sorted(self.components(most, labels).items(), key=lambda item: (item[1], item[0]))
        out: dict[Monomial, int] = {}
        stack: list[tuple[int, int, Monomial, frozenset[int]]] = [(0, 0, (), frozenset())]
        while stack:
            start, degree, monomial, used = stack.pop()
            if len(out) > MOST:
                raise _too_many(most)
            if monomial and len(used) == len(labels):
                out[tuple(sorted(monomial))] = degree
            for k in range(start, len(parts)):
                component, more = parts[k]
                if degree + more > most:
                    break
                own = {i for _, at in component for i in at if i < 0}
                if any(i in used and labels[-1 - i] not in self.entrywise for i in own):
                    continue
                stack.append((k, degree + more, (*monomial, component), used | own))
        return sorted(out, key=lambda monomial: (out[monomial], monomial))

    def components(self, most: int, labels: tuple[str, ...]) -> dict[Component, int]:
        """Connected products with some of the labels, and their degrees."""
        if (most, labels) not in self._found:
            self._found[most, labels] = self._connected(most, labels)
        return self._found[most, labels]

    def _connected(self, most: int, labels: tuple[str, ...]) -> dict[Component, int]:
        """Products grow by one factor at a time; every connected product can be reached through connected ones."""
        done: dict[Component, int] = {}
        frontier: dict[Component, int] = {}
        for name, degree in self.degrees.items():
            if degree <= most:
                for factors in self._attached((), name, labels):
                    frontier[self.ring.component(factors)] = degree
        while frontier:
            grown: dict[Component, int] = {}
            for component, degree in frontier.items():
                dangling = self._dangling(component)
                if not dangling:
                    done[component] = degree
                for name, more in self.degrees.items():
                    if degree + more > most:
                        continue
                    for factors in self._attached(component, name, labels):
                        if len(connected_parts(factors)) > 1:
                            continue
                        new = self.ring.component(factors)
                        if len(self._dangling(new)) <= self.most_legs * (most - degree - more):
                            grown[new] = degree + more
            if len(grown) > MOST:
                raise _too_many(most)
            frontier = grown
        return done

    def _dangling(self, component: Component) -> list[int]:
        count: dict[int, int] = defaultdict(int)
        for name, at in component:
            for i, sort in zip(at, self.ring.axes[name], strict=True):
                if i >= 0 and sort not in self.entrywise:
                    count[i] += 1
        return [i for i, number in count.items() if number == 1]

    def _attached(self, component: Component, name: str, labels: tuple[str, ...]) -> Iterator[list[Factor]]:
        """One factor more, with each leg at an index that has room, at a label, or at a new index."""
        sorts = self.ring.axes[name]
        known = {i: s for n, at in component for i, s in zip(at, self.ring.axes[n], strict=True)}
        room = {i for i in known if i >= 0 and known[i] in self.entrywise} | set(self._dangling(component))
        free = [-1 - k for k in range(len(labels))]
        new = max([-1, *known]) + 1
        choices = []
        for leg, sort in enumerate(sorts):
            old = [i for i in room if known[i] == sort]
            open_ = [i for i in free if labels[-1 - i] == sort and (sort in self.entrywise or i not in known)]
            choices.append([*old, *open_, *(new + k for k in range(leg + 1) if sorts[k] == sort)])
        for at in product(*choices):
            twice = [i for i in at if at.count(i) > 1 and sorts[at.index(i)] not in self.entrywise]
            if any(i < new for i in twice):
                continue
            if component and all(i >= new or i < 0 for i in at):
                continue
            yield [*component, (name, at)]


def _too_many(degree: int) -> InputError:
    return InputError(f"degree {degree} has more than {MOST:,} monomials: lower the degree")


def leg_sets(sorts: list[str], entrywise: frozenset[str], shapes: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The sorts of the free labels to look for: pairs first, then single ones, then none.

    A pair has one entrywise sort at most, and is in the order of a tensor of one of these shapes.
    """
    shapes = set(shapes)
    pairs = [pair for pair in combinations_with_replacement(sorts, 2) if sum(sort in entrywise for sort in pair) < 2]
    pairs = [pair if pair in shapes or pair[::-1] not in shapes else pair[::-1] for pair in pairs]
    return [*pairs, *((sort,) for sort in sorts), ()]
