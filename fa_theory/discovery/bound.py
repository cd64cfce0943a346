"""How many quantities of any kind a rule can conserve: the dimension of the state minus that of a Lie algebra.

A smooth quantity that is conserved whatever the inputs are is constant along the field ``F_u`` of the rule for every
value u of the inputs, hence along all Lie brackets of these fields. Where they span a space of dimension m, at most
``N − m`` of such quantities are independent, N the number of coordinates of the state (Marcotte, Gribonval & Peyré
2023 for gradient flows). Brackets are formed exactly as formulas, and evaluated at a random point modulo a prime, which
bounds m from below.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .contractions import Template, substituted
from .modular import evaluated, point, rank
from .plasticity import Plasticity

Field = Mapping[str, Template]
MOST_TERMS = 4000
"""Brackets with more terms are not formed."""


@dataclass(frozen=True)
class CompletenessBound:
    """At most ``most`` independent conserved quantities at these sizes, near almost every state.

    Attributes
    ----------
    sizes
        The sizes.
    coordinates
        N, the number of coordinates of the state.
    dimension
        A lower bound of the dimension of the Lie algebra.
    depth
        Brackets of up to this many fields were used.
    """

    sizes: dict[str, int]
    coordinates: int
    dimension: int
    depth: int

    @property
    def most(self) -> int:
        """The bound."""
        return self.coordinates - self.dimension


def default_sizes(rule: Plasticity) -> dict[str, int]:
    """Small sizes: 3 for layers, 2 for outputs and samples, 6 for what only helpers of relations have."""
    moving = {sort for name in rule.moving for sort in rule.axes[name]}
    out = {sort: 3 if sort in moving and sort != "c" else 2 for axes in rule.axes.values() for sort in axes}
    others = {sort for name, axes in rule.axes.items() if name not in rule.helpers for sort in axes}
    return out | {sort: 6 for name in rule.helpers for sort in rule.axes[name] if sort not in others}


def completeness_bound(
    rule: Plasticity, sizes: Mapping[str, int], *, stop_at: int = 0, depth: int = 5, seed: int = 0
) -> CompletenessBound:
    """Bound the number of independent conserved quantities.

    Parameters
    ----------
    rule, sizes
        The rule and its sizes.
    stop_at
        Stop when the bound is this small.
    depth
        Longest bracket.
    seed
        Of the random point.
    """
    draw = random.Random(seed)
    values = point(rule.axes, sizes, draw)
    coordinates = sum(values[name].size for name in rule.moving)
    rows: list[list[int]] = []
    used = 0
    for used, field in enumerate(_brackets(rule, depth), 1):
        before, stalled = len(rows), 0
        while stalled < 2 and len(rows) < coordinates - stop_at:
            drawn = {f"{name} {k}": value for k in range(used) for name, value in _inputs(rule, sizes, draw).items()}
            here = {**values, **drawn}
            row = [
                int(x)
                for name in rule.moving
                for x in evaluated(field[name], here, [sizes[sort] for sort in rule.axes[name]]).ravel()
            ]
            if rank([*rows, row]) > len(rows):
                rows.append(row)
                stalled = 0
            else:
                stalled += 1
        if len(rows) >= coordinates - stop_at or (used > 2 and len(rows) == before):
            break
    return CompletenessBound(dict(sizes), coordinates, len(rows), used)


def _inputs(rule: Plasticity, sizes: Mapping[str, int], draw: random.Random) -> dict[str, object]:
    return point({name: rule.axes[name] for name in rule.named("input")}, sizes, draw)


def _brackets(rule: Plasticity, depth: int) -> Iterator[Field]:
    """``F_0``, ``[F_1, F_0]``, ``[F_2, [F_1, F_0]]``, …: the field of the rule for the inputs number 0, 1, …"""
    field: Field = _for_inputs(rule, 0)
    yield field
    for k in range(1, depth):
        other = _for_inputs(rule, k)
        field = {
            name: [*_along(other, field[name]), *((-c, body) for c, body in _along(field, other[name]))]
            for name in rule.moving
        }
        if sum(map(len, field.values())) > MOST_TERMS:
            return
        yield field


def _for_inputs(rule: Plasticity, k: int) -> Field:
    inputs = set(rule.named("input"))
    return {
        name: [(c, [(f"{n} {k}" if n in inputs else n, at) for n, at in factors]) for c, factors in rule.rates[name]]
        for name in rule.moving
    }


def _along(field: Field, body: Template) -> Template:
    """The derivative of a template along a field."""
    return [
        (c * x, substituted(factors, k, inner))
        for c, factors in body
        for k, (name, _) in enumerate(factors)
        if name in field
        for x, inner in field[name]
    ]
