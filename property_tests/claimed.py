"""The claimed identities as residuals that have to vanish, written from the paper and not from the package.

A residual is a formula over any kind of number. `vanishes` decides: rationals must give exactly 0; balls must contain
0 and be narrow, or they would say nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from flint import ctx
from hypothesis import find
from hypothesis.strategies import SearchStrategy

from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule, step

PRECISION = 300  # bits: plenty, so that a wide residual means a wrong identity and not rounding


class Case(NamedTuple):
    """One step of one network: the state, the data, η, λ and the rule."""

    network: Network
    X: Array
    y: Array
    eta: Any
    lam: Any
    rule: Rule

    def after(self) -> Network:
        return step(self.network, self.X, self.y, eta=self.eta, lam=self.lam, rule=self.rule)

    def error(self) -> Array:
        return self.network.error(self.X, self.y)

    def error_after(self) -> Array:
        return self.after().error(self.X, self.y)


_to_fractions = np.frompyfunc(Fraction, 1, 1)


def fractions(values: Array) -> Array:
    return np.asarray(_to_fractions(values), dtype=object)


def case(problem: Problem, convert: Callable[[Array], Array] = lambda A: A) -> Case:
    """The first step of a problem, its arrays converted to another kind of number."""
    net = problem.network
    network = Network(convert(net.W), convert(net.beta), convert(net.b), net.psi)
    lam = problem.schedule(0)
    return Case(network, convert(problem.X), convert(problem.y), Fraction(problem.eta), Fraction(lam), problem.rule)


def floats(problem: Problem) -> Case:
    return case(problem)._replace(eta=problem.eta, lam=problem.schedule(0))


def exact(problem: Problem) -> Case:
    """Rationals where ψ and √p allow them, balls otherwise."""
    rational = problem.network.psi.piecewise_linear and round(problem.p**0.5) ** 2 == problem.p
    return case(problem, fractions if rational else balls)


def vanishes(residual: Array, radius: float = 1e-10) -> bool:
    """Whether every element is 0 as far as its kind of number can tell; a ball wider than ``radius`` is an error."""
    for x in np.asarray(residual, dtype=object).flat:
        if not isinstance(x, Ball):
            if x != 0:
                return False
        else:
            if not x.arb.rad() < radius:
                raise AssertionError(f"the enclosure {x} is too wide to say anything")
            if not x.contains(0):
                return False
    return True


def refute(strategy: SearchStrategy[Problem], claim: Callable[[Problem], bool]) -> Problem:
    """The smallest problem for which a false claim fails; raises if Hypothesis finds none."""
    return find(strategy, lambda problem: not claim(problem))


def holds(residual: Callable[[Case], Array]) -> Callable[[Problem], bool]:
    """The claim that a residual vanishes, in rationals or in narrow balls."""

    def claim(problem: Problem) -> bool:
        with ctx.workprec(PRECISION):
            return vanishes(residual(exact(problem)))

    return claim


def secant_slopes(before: Array, after: Array, psi: Activation) -> Array:
    """``s`` with ``ψ(after) − ψ(before) = s (after − before)``; the slope ψ' where nothing moved."""
    if before.dtype == object:
        return np.frompyfunc(lambda x, y: _secant_slope(x, y, psi), 2, 1)(before, after)
    moved = after - before
    rise = psi.value(after) - psi.value(before)
    return np.where(moved == 0, psi.slope(before), rise / np.where(moved == 0, 1, moved))


def _secant_slope(x: Any, y: Any, psi: Activation) -> Any:
    x, y = np.array([x], dtype=object), np.array([y], dtype=object)
    moved = (y - x)[0]
    if isinstance(moved, Ball) and not moved.arb.is_exact() and moved.contains(0):
        return psi.slope(np.array([Ball(x[0].arb.union(y[0].arb))]))[0]  # mean value theorem
    return psi.slope(x)[0] if moved == 0 else (psi.value(y) - psi.value(x))[0] / moved


def secant_terms(case: Case) -> dict[str, Array]:
    """The terms of (★): ``e⁺ = (1 − ηλ) e − ηλ y − η [G̃ + (1 − ηλ) H̃] e``."""
    net, X, y, eta, lam = case.network, case.X, case.y, case.eta, case.lam
    after, e = case.after(), case.error()
    Z, Z_after = net.preactivations(X), after.preactivations(X)
    G = net.psi.value(Z_after) @ net.psi.value(Z).T / net.p
    s = secant_slopes(Z, Z_after, net.psi)
    H = (X @ X.T) * ((s * net.beta * net.b) @ net.psi.slope(Z).T) / net.p
    return {
        "error after": after.error(X, y),
        "decay": (1 - eta * lam) * e,
        "targets": -eta * lam * y,
        "features": -eta * (G @ e),
        "feedback": -eta * (1 - eta * lam) * (H @ e),
    }


def secant_residual(case: Case) -> Array:
    terms = secant_terms(case)
    return terms.pop("error after") - sum(terms.values())


def linear_residual(case: Case) -> Array:
    """S2: ``e⁺ = [(1−ηλ)I − η(G+H)]e − ηλy + (η²λ/p)(b·β)Ke + (η²/p^{3/2})(bᵀWXᵀe)Ke`` for ψ = id."""
    net, X, y, eta, lam = case.network, case.X, case.y, case.eta, case.lam
    e, K, p = case.error(), X @ X.T, net.p
    G, H = X @ net.W.T @ net.W @ X.T / p, net.b @ net.beta * K / p
    first = (1 - eta * lam) * e - eta * ((G + H) @ e) - eta * lam * y
    second = eta**2 * lam / p * (net.b @ net.beta) * (K @ e)
    third = eta**2 / (p * net.root_p) * (net.b @ net.W @ X.T @ e) * (K @ e)
    return case.error_after() - (first + second + third)


def linear_short_residual(case: Case) -> Array:
    """S2, short form: ``e⁺ = (1 − ηλ) e − ηλ y − η p⁻¹ [X WᵀW Xᵀ + (b·β⁺) X Xᵀ] e`` for ψ = id."""
    net, X, y, eta, lam = case.network, case.X, case.y, case.eta, case.lam
    e = case.error()
    kernel = X @ net.W.T @ net.W @ X.T + (net.b @ case.after().beta) * (X @ X.T)
    return case.error_after() - ((1 - eta * lam) * e - eta * lam * y - eta * (kernel @ e) / net.p)
