"""What a rule does to a polynomial: its derivative along the flow, and its change by a step ``T + η T'``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

from .contractions import (
    ONE,
    Component,
    Contractions,
    Factor,
    Monomial,
    Polynomial,
    Template,
    combined,
    largest_index,
    put,
    substituted,
    times,
)
from .plasticity import ETA, Plasticity
from .relations import replaced, used


class Dynamics:
    """Derivatives and steps of monomials, cached by component.

    Parameters
    ----------
    rule
        The rule.
    definitions
        Inputs that are written out in derivatives; none: inputs are arbitrary.

    Examples
    --------
    >>> from .plasticity import parse
    >>> move = Dynamics(parse("state w[d]\\ninput u[d]\\nw[k]' = - u[k]"))
    >>> square = move.ring.monomial([("w", (0,)), ("w", (0,))])
    >>> move.rate({square: Fraction(1)})
    {((('u', (0,)), ('w', (0,))),): Fraction(-2, 1)}
    """

    def __init__(self, rule: Plasticity, definitions: Mapping[str, Template] | None = None) -> None:
        self.rule, self.definitions = rule, definitions or {}
        self.ring = Contractions({**rule.axes, ETA: ()})
        self._rates: dict[Component, Polynomial] = {}
        self._steps: dict[Component, Polynomial] = {}

    def plain(self, terms: list[tuple[Fraction, list[Factor]]]) -> Polynomial:
        """A sum of products in canonical form, definitions written out, relations used."""
        done, todo = [], list(terms)
        while todo:
            c, factors = todo.pop()
            k = next((k for k, (name, _) in enumerate(factors) if name in self.definitions), None)
            if k is None:
                use = used(self.rule.relations, c, factors) if self.rule.relations else None
                if use is None:
                    done.append((c, factors))
                else:
                    todo += replaced(use)
            else:
                todo += [(c * x, substituted(factors, k, body)) for x, body in self.definitions[factors[k][0]]]
        return self.ring.collected(done)

    def rate(self, polynomial: Polynomial) -> Polynomial:
        """The derivative along the flow."""
        return combined((c, self._rate_of(monomial)) for monomial, c in polynomial.items())

    def change(self, polynomial: Polynomial) -> Polynomial:
        """The value after a step minus the value before."""
        return combined((c, self._change_of(monomial)) for monomial, c in polynomial.items())

    def _rate_of(self, monomial: Monomial) -> Polynomial:
        parts = []
        for k, component in enumerate(monomial):
            rest: Polynomial = {monomial[:k] + monomial[k + 1 :]: Fraction(1)}
            parts.append((Fraction(1), times(self._component_rate(component), rest)))
        return combined(parts)

    def _component_rate(self, component: Component) -> Polynomial:
        if component not in self._rates:
            self._rates[component] = self.plain(
                [
                    (c, substituted(component, k, body))
                    for k, (name, _) in enumerate(component)
                    for c, body in self.rule.rates.get(name, ())
                ]
            )
        return self._rates[component]

    def _change_of(self, monomial: Monomial) -> Polynomial:
        after: Polynomial = {ONE: Fraction(1)}
        for component in monomial:
            after = times(after, self._component_step(component))
        return combined([(Fraction(1), after), (Fraction(-1), {monomial: Fraction(1)})])

    def _component_step(self, component: Component) -> Polynomial:
        if component not in self._steps:
            choices = [
                [(Fraction(1), [(name, at)], False), *((c, body, True) for c, body in self.rule.rates.get(name, ()))]
                for name, at in component
            ]
            terms = []
            for chosen in product(*choices):
                factors: list[Factor] = []
                c, above = Fraction(1), largest_index(component)
                for (x, body, moved), (_, at) in zip(chosen, component, strict=True):
                    c *= x
                    factors += [*put(body, at, max(above, largest_index(factors))), (ETA, ())] if moved else body
                terms.append((c, factors))
            self._steps[component] = self.plain(terms)
        return self._steps[component]
