"""Conserved quantities: the null space of the derivative on all monomials up to a degree, without what follows."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from fa_theory.errors import InputError

from .ansatz import Ansatz, leg_sets
from .bound import CompletenessBound, completeness_bound, default_sizes
from .contractions import Monomial, Polynomial, Template, degree, flat, substituted, template, widths
from .dynamics import Dynamics
from .exact import RationalSpan, null_space
from .modular import directions, gradients, point, rank
from .plasticity import ETA, Plasticity
from .relations import satisfied, used
from .text import order

MOST_CLASSES = 20_000
POWERS = (0, 1, 2, 3, 4)
"""Powers of a growth factor."""
Watch = Callable[[int, int, str], object]


@dataclass(frozen=True)
class Conserved:
    """A conserved quantity.

    Attributes
    ----------
    polynomial
        The quantity, with the free labels −1, −2, ….
    labels
        The sorts of the labels.
    degree
        Its degree, without growth factors.
    independent
        How many of its entries are independent of the quantities found before, at the sizes of the bound.
    """

    polynomial: Polynomial
    labels: tuple[str, ...]
    degree: int
    independent: int


@dataclass(frozen=True)
class Searched:
    """One null space: the monomials it is about, and what it gave."""

    degree: int
    labels: tuple[str, ...]
    classes: int
    terms: int
    kernel: int
    known: int
    new: int


@dataclass
class Invariants:
    """All conserved quantities of a rule up to a degree.

    Attributes
    ----------
    rule, degree, steps
        What was asked; ``steps``: conserved by steps ``T + η T'`` instead of the flow.
    found
        Generators: all others are contractions of these and of constants.
    dependent
        Conserved quantities that are not contractions of those, but functions of them at almost every state (exact
        ranks at a random point).
    searched
        The null spaces.
    complete_from
        For each size: from here on the list is complete for the monomials searched.
    bound
        How many independent conserved quantities of any kind there can be.
    """

    rule: Plasticity
    degree: int
    steps: bool
    found: list[Conserved] = field(default_factory=list)
    dependent: list[Conserved] = field(default_factory=list)
    searched: list[Searched] = field(default_factory=list)
    complete_from: dict[str, int] = field(default_factory=dict)
    bound: CompletenessBound | None = None

    @property
    def tensors(self) -> list[str]:
        """The tensors of the monomials."""
        return used_tensors(self.rule)

    @property
    def independent(self) -> int:
        """How many independent quantities were found, at the sizes of the bound."""
        return sum(each.independent for each in self.found)


def invariants(
    rule: Plasticity,
    most: int = 4,
    *,
    steps: bool = False,
    sizes: Mapping[str, int] | None = None,
    watch: Watch = lambda done, total, what: None,
    found: Callable[[Conserved], object] = lambda each: None,
) -> Invariants:
    """Find all conserved quantities up to a degree.

    Parameters
    ----------
    rule
        The rule.
    most
        Largest degree in states and constants, growth factors not counted.
    steps
        Of steps ``T + η T'`` instead of the flow.
    sizes
        Sizes at which independence is measured and the completeness bound is computed.
    watch
        Called with the number of finished searches, their total, and what is searched.
    found
        Called with each quantity when it is found.

    Returns
    -------
    Invariants
        What was found, and how complete it is.

    Raises
    ------
    InputError
        If the degree is not positive, or there are too many monomials.

    Examples
    --------
    >>> from .plasticity import parse
    >>> from .text import shown
    >>> rule = parse('''
    ... state w[d] v
    ... input x[d] e
    ... w[k]' = - v e x[k]
    ... v' = - w[k] e x[k]''')
    >>> found = invariants(rule, 2)
    >>> [shown(each.polynomial, rule) for each in found.found], found.bound.most
    (['‖w‖² − v²'], 1)
    """
    if most < 1:
        raise InputError(f"expected a degree ≥ 1 but got {most}")
    search = _Search(rule, most, steps, dict(sizes or default_sizes(rule)), found)
    sorts = list(dict.fromkeys(sort for name in (*rule.helpers, *rule.moving) for sort in rule.axes[name]))
    sets = leg_sets(sorts, rule.entrywise, (rule.axes[name] for name in rule.moving))
    for k in range(most):
        for j, labels in enumerate(sets):
            watch(k * len(sets) + j, most * len(sets), f"degree {k + 1}, {' × '.join(labels) or 'scalars'}")
            search.at(k + 1, labels)
    out = search.out
    if not steps:
        out.bound = completeness_bound(rule, search.sizes, stop_at=out.independent)
    watch(most * len(sets), most * len(sets), "")
    return out


def used_tensors(rule: Plasticity) -> list[str]:
    """The state, and the constants that are in a rate."""
    inside = {name for body in rule.rates.values() for _, factors in body for name, _ in factors}
    return [*rule.named("state"), *(n for n in rule.named("constant") if n in inside or n in rule.helpers)]


class _Search:
    def __init__(
        self, rule: Plasticity, most: int, steps: bool, sizes: dict[str, int], tell: Callable[[Conserved], object]
    ) -> None:
        self.tell, self.rule, self.sizes, self.out = tell, rule, sizes, Invariants(rule, most, steps)
        self.move = Dynamics(rule)
        self.growth = rule.named("growth")
        self.degrees = dict.fromkeys(used_tensors(rule), 1)
        self.ansatz = Ansatz(self.move.ring, self.degrees, rule.entrywise)
        constants = [name for name in self.degrees if rule.kinds[name] == "constant"]
        self.generators: dict[str, tuple[int, Template]] = {
            name: (1, [(Fraction(1), [(name, tuple(-1 - k for k in range(len(rule.axes[name]))))])])
            for name in constants
        }
        self.ring = Dynamics(rule).ring
        values = point(rule.axes, sizes, random.Random(1))
        if rule.relations:
            values |= satisfied(rule.relations, rule.helpers, rule.axes, values, 1)
        self.values = {**values, **directions(rule.axes, rule.moving, sizes)}
        self.rows: list[list[int]] = []

    def at(self, most: int, labels: tuple[str, ...]) -> None:
        """One null space."""
        plain = [m for m in self.ansatz.monomials(most, labels) if self._irreducible(m)]
        if len(plain) * (len(POWERS) if self.growth else 1) > MOST_CLASSES:
            raise InputError(f"degree {most} has {len(plain)} monomials; the most is {MOST_CLASSES}: lower the degree")
        monomials = [tuple(sorted((*m, *power))) for power in self._powers() for m in plain]
        apply = self.move.change if self.out.steps else self.move.rate
        columns = [apply({monomial: Fraction(1)}) for monomial in monomials]
        for sort, number in widths((row for column in columns for row in column), self.rule.axes | {ETA: ()}).items():
            self.out.complete_from[sort] = max(self.out.complete_from.get(sort, 1), number)
        kernel = [{monomials[k]: c for k, c in vector.items()} for vector in null_space(columns)]
        span = RationalSpan()
        for polynomial in self._contractions(most, labels):
            span.add(polynomial)
        known, new = len(span), 0
        for vector in sorted(kernel, key=lambda p: (len(p), sorted(p))):
            left = span.reduced(vector)
            if not left:
                continue
            span.add(vector)
            new += 1
            self._keep(min(left, vector, key=len), labels)
        terms = len({row for column in columns for row in column})
        self.out.searched.append(Searched(most, labels, len(monomials), terms, len(kernel), known, new))

    def _irreducible(self, monomial: Monomial) -> bool:
        relations = self.rule.relations
        return not relations or used(relations, Fraction(1), flat(monomial)) is None

    def _powers(self) -> list[Monomial]:
        if not self.growth:
            return [()]
        (name,) = self.growth
        return [(((name, ()),),) * power for power in POWERS]

    def _keep(self, polynomial: Polynomial, labels: tuple[str, ...]) -> None:
        first = polynomial[min(polynomial, key=lambda monomial: order(monomial, self.rule))]
        lead = max(abs(c) for c in polynomial.values())
        polynomial = {monomial: c / lead if first > 0 else -c / lead for monomial, c in polynomial.items()}
        body = template(polynomial)
        rows = gradients(body, self.values, self.rule.moving, [self.sizes[sort] for sort in labels])
        before = len(self.rows)
        for row in rows:
            if rank([*self.rows, row]) > len(self.rows):
                self.rows.append(row)
        degree_ = max(degree(m, self.degrees | dict.fromkeys(self.growth, 0)) for m in polynomial)
        found = Conserved(polynomial, labels, degree_, len(self.rows) - before)
        name = f"Q{len(self.generators)}"
        (self.out.found if found.independent else self.out.dependent).append(found)
        self.ring.axes[name] = labels
        self.generators[name] = (degree_, body)
        if found.independent:
            self.tell(found)

    def _contractions(self, most: int, labels: tuple[str, ...]) -> list[Polynomial]:
        """All contractions of what is known to be conserved, up to this degree, written out."""
        usable = {name: max(weight, 1) for name, (weight, _) in self.generators.items() if weight <= most}
        out = []
        for monomial in Ansatz(self.ring, usable, self.rule.entrywise).monomials(most, labels):
            todo, done = [(Fraction(1), flat(monomial))], []
            while todo:
                c, factors = todo.pop()
                k = next(
                    (
                        k
                        for k, (n, _) in enumerate(factors)
                        if n.startswith("Q") and n in self.generators and n not in self.rule.axes
                    ),
                    None,
                )
                if k is None:
                    done.append((c, factors))
                else:
                    todo += [(c * x, substituted(factors, k, body)) for x, body in self.generators[factors[k][0]][1]]
            out.append(self.move.plain(done))
        return out
