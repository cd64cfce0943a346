"""Expectation of a multiplied-out term over independent, identically distributed neurons (for the normal form).

A term may name random entries of one or two neurons. For two neurons r, u and products A_r, B_u of their entries

    E[A_r B_u] = E[A] E[B] + δ_ru (E[A B] − E[A] E[B]),

by independence for r ≠ u and because all neurons have the same law. Within one neuron the standard entries are
independent of the rest, with mean 0 and variance 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from fa_theory.errors import InputError

from .term import Factor, Label, SumTerm


def expectation(term: SumTerm, standard: Collection[str], varying: Collection[str]) -> list[SumTerm]:
    """The terms whose sum is the expectation of ``term``.

    Raises
    ------
    InputError
        If the term has random entries of more than two neurons, or an entry that does not belong to one neuron.
    """
    fixed: list[Factor] = []
    neurons: dict[Label, list[Factor]] = defaultdict(list)
    for name, labels in term.factors:
        if name in standard or name in varying:
            neurons[_neuron(name, labels)].append((name, labels))
        else:
            fixed.append((name, labels))
    rest = SumTerm(term.coefficient, term.powers, tuple(fixed), term.bound)
    if len(neurons) > 2:
        raise InputError(f"expectations know products over two neurons but not over {len(neurons)}")
    moments = [_moment(entries, standard) for entries in neurons.values()]
    apart = [rest]
    for moment in moments:
        apart = [a * b for a in apart for b in moment]
    if len(neurons) < 2:
        return apart
    first, second = neurons
    same = SumTerm(factors=(("delta", (first, second)),))
    joint = _moment([entry for entries in neurons.values() for entry in entries], standard)
    minus = SumTerm(-same.coefficient)
    return apart + [rest * same * moment for moment in joint] + [minus * same * term for term in apart]


def _neuron(name: str, labels: tuple[Label, ...]) -> Label:
    own = [label for label in labels if label[0] == "p"]
    if len(own) != 1:
        raise InputError(f"the random tensor {name} must have exactly one neuron index but has {len(own)}")
    return own[0]


def _moment(entries: list[Factor], standard: Collection[str]) -> list[SumTerm]:
    """E of a product of entries of one neuron: no term (it is 0), or one."""
    factors: list[Factor] = []
    for name in sorted({name for name, _ in entries if name in standard}):
        power = sum(1 for other, _ in entries if other == name)
        if power == 1:
            return []
        if power > 2:
            factors.append((f"E({name}^{power})", ()))
    varying = sorted(
        (name, tuple(x for x in labels if x[0] != "p")) for name, labels in entries if name not in standard
    )
    if varying:
        names = ",".join(f"{name}/{len(labels)}" for name, labels in varying)
        factors.append((f"E({names})", tuple(label for _, labels in varying for label in labels)))
    return [SumTerm(factors=tuple(factors))]
