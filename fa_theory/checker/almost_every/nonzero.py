"""A formula that is not 0 at one exact network, nor is any conjugate of it, is not 0 at almost every network.

**Setting.** V is an affine space of finite dimension, x a point of it, and O the set of quotients u/v of real-analytic
functions on V with ``v(x) ≠ 0``. V is connected, so an analytic function on V that is not 0 everywhere is 0 on a null
set only (of the Lebesgue measure of V), a product of two such is such, and O is a ring of functions that are defined at
almost every point; ``u/v ↦ u(x)/v(x)`` is a homomorphism to ℝ. An element of O whose value at x is not 0 is therefore
not 0 at almost every point of V.

**Roots.** Let ``q_1, …, q_m`` be monic polynomials over O, and ``ρ_g1, …, ρ_gk`` the roots of q_g at a point where its
coefficients are defined: ±√g for norms and square roots, ±g for ``|g|``, and the eigenvalues of a symmetric matrix in
their order. Let M be made from elements of O and these roots by sums, products and
quotients: ``M = P/Q`` with polynomials P, Q over O in unknowns t_gi, at ``t_gi = ρ_gi``. For permutations π of
the roots of every q_g, write M_π for the same with ``ρ_gπ(i)`` in place of ρ_gi. Suppose that, at x, no divisor in any
M_π is 0, and no M_π is.

The product of all P_π is a polynomial in the unknowns that no permutation changes, so it is one in the elementary
symmetric functions of each group; their values at the roots are the coefficients of q_g up to sign, so the product
takes its values from an element of O. So does that of all Q_π. Both elements are not 0 at x. Hence ``Π_π P_π`` and
``Π_π Q_π`` are not 0 at almost every point of V, and there M, for which π leaves all as it is, is defined and not 0.

Only the places of the roots that occur in M matter for M_π, so only these are permuted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from math import perm, prod

from fa_theory.checker.counterexample import matrices
from fa_theory.checker.counterexample import numbers as num
from fa_theory.checker.counterexample.formula import Machine
from fa_theory.checker.counterexample.numbers import Undefined, Value

from .kinds import EIGENVALUES, SIGNED, Analysed, FormulaKind

MAX_CONJUGATES = 512


def vanishing(machine: Machine, of: Analysed) -> str:
    """Why some entry of the last node may be 0 on more than a null set, or nothing.

    Raises
    ------
    Undefined
        If a conjugate has no certain value, or there are too many.
    """
    if of.kinds[-1] is FormulaKind.UNKNOWN:
        unknown = next(node.op for node, kind in zip(of.program, of.kinds, strict=True) if kind is FormulaKind.UNKNOWN)
        return f"{unknown} is not known to be analytic here"
    for replaced in conjugates(machine, of):
        value = machine.values(of.program, of.moments, replaced=replaced)[-1]
        for x in value.entries:
            if not (x > 0 or x < 0):
                return f"it is not certain that {'a conjugate of it' if replaced else 'it'} is not 0: {x}"
    return ""


def conjugates(machine: Machine, of: Analysed) -> Iterator[dict[int, Value]]:
    """For every choice of roots, what to put in place of the nodes that are roots.

    Raises
    ------
    Undefined
        If there are too many.
    """
    roots = [place for place, kind in enumerate(of.kinds) if kind is FormulaKind.WITH_ROOTS]
    signed = [place for place in roots if of.program[place].op in SIGNED]
    spectral = [place for place in roots if of.program[place].op in EIGENVALUES]
    spectra: dict[int, list[int]] = {}
    for place in spectral:
        used = spectra.setdefault(of.program[place].args[0], [])
        if of.index(place) not in used:
            used.append(of.index(place))
    sizes = {matrix: of.values[matrix].shape[0] for matrix in spectra}
    signs = sum(len(of.values[place].entries) for place in signed)
    if signs > 16 or 2**signs * prod(perm(sizes[m], len(used)) for m, used in spectra.items()) > MAX_CONJUGATES:
        raise Undefined(
            f"cost: it has more than {MAX_CONJUGATES} conjugates, by signs of roots and orders of eigenvalues"
        )
    machine.spend(sum(100 * size**4 for size in sizes.values()))
    eigenvalues = {m: [matrices.eigenvalue(i, of.values[m]) for i in range(sizes[m])] for m in spectra}
    orders = [permutations(range(sizes[m]), len(used)) for m, used in spectra.items()]
    for chosen, *order in product(product((0, 1), repeat=signs), *orders):
        flips = iter(chosen)
        replaced = {place: _flipped(of.values[place], flips) for place in signed}
        for (matrix, used), picked in zip(spectra.items(), order, strict=True):
            for place in spectral:
                if of.program[place].args[0] == matrix:
                    root = eigenvalues[matrix][picked[used.index(of.index(place))]]
                    replaced[place] = Value((), [root])
        yield replaced


def _flipped(value: Value, flips: Iterator[int]) -> Value:
    return Value(value.shape, [num.sub(num.ZERO, x) if next(flips) else x for x in value.entries])
