"""Linear networks whose error signals and inputs come from outside: runs, the terms of the identity, exact means.

Batches of n inputs x, shape ``(n, d)``, with error signals e, shape ``(n, k)``; feedback b and output weights β of
shape ``(p, k)``. One step is ``W⁺ = W − η (e bᵀ)ᵀ x`` and ``β⁺ = β − η (x Wᵀ)ᵀ e``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fa_theory.claims.claim import Hypothesis
from fa_theory.enclosure.asserted import WrittenTerm, bound, number
from fa_theory.model.ball import Array, Ball, balls

RULE = Hypothesis(
    "linear hidden layer, exogenous signals",
    r"$W(t{+}1) = W(t) - \eta \sum_i b\, e_i(t)\, x_i(t)^\top$, "
    r"$\beta(t{+}1) = \beta(t) - \eta \sum_i W(t) x_i(t)\, e_i(t)^\top$ with $\beta, b \in \mathbb{R}^{p \times k}$; "
    r"$e_i(t)$ and $x_i(t)$ do not depend on the weights",
)
"""The setting of the paper's analysis, in the notation of this package: e for the error signals δ, b for Bᵀ."""


ABSTRACTS = (
    "Only the abstracts were consulted: that of 2021 says that alignment arises “from the successive application of "
    "BP-TRW update rule on forward weights regardless of learning or loss function if error signals and outputs of "
    "neurons satisfy certain conditions such as when they are autocorrelated”, that of the journal version that it “is "
    "induced by statistical properties of the output and error signals of neurons, such as autocorrelation and "
    "cross-correlation”."
)
"""What the paper is quoted with."""


Outcome = Callable[[list[WrittenTerm], list[WrittenTerm]], tuple[WrittenTerm, list[WrittenTerm], list[WrittenTerm]]]
"""From signs to a probability, errors and inputs."""


@dataclass(frozen=True)
class Drive:
    """Weights at the start, feedback weights, and what drives them: errors ``(T, n, k)`` and inputs ``(T, n, d)``."""

    W: Array
    beta: Array
    b: Array
    e: Array
    x: Array
    eta: Any

    def gained(self) -> Any:
        """``⟨b, β(T) − β(0)⟩`` by following the rule."""
        W, beta = self.W, self.beta
        for e, x in zip(self.e, self.x, strict=True):
            W, beta = W - self.eta * ((e @ self.b.T).T @ x), beta - self.eta * ((x @ W.T).T @ e)
        return np.sum(self.b * (beta - self.beta))

    def lead(self) -> Any:
        """``Σ_t Σ_i (b e_i) · (W(0) x_i)``."""
        return np.sum(np.stack([(e @ self.b.T) * (x @ self.W.T) for e, x in zip(self.e, self.x, strict=True)]))

    def pair(self, t: int, s: int) -> Array:
        """``M = Σ_il e_l(s) (x_l(s)·x_i(t)) e_i(t)ᵀ``, shape ``(k, k)``."""
        found: Array = (self.e[s].T @ self.x[s]) @ (self.x[t].T @ self.e[t])
        return found

    def pairs(self) -> Any:
        """``Σ_{s<t} ⟨b, b M⟩``."""
        steps = [(t, s) for t in range(len(self.e)) for s in range(t)]
        return sum(np.sum(self.b * (self.b @ self.pair(t, s))) for t, s in steps)

    def residual(self) -> Any:
        """What the identity leaves, which is 0."""
        return self.gained() + self.eta * self.lead() - self.eta * self.eta * self.pairs()


def small(rng: np.random.Generator, **fixed: Any) -> Drive:
    """A short run in balls with sizes 1 to 3 and 2 to 4 steps, unless fixed; ``zero`` names arrays set to 0."""
    n, d, p, k = (int(fixed.get(size, rng.integers(1, 4))) for size in "ndpk")
    T = int(fixed.get("T", rng.integers(2, 5)))
    arrays = {
        "W": rng.standard_normal((p, d)),
        "beta": rng.standard_normal((p, k)),
        "b": rng.standard_normal((p, k)),
        "e": rng.standard_normal((T, n, k)),
        "x": rng.standard_normal((T, n, d)),
    }
    for zero in fixed.get("zero", ()):
        arrays[zero] *= 0
    return Drive(**{name: balls(A) for name, A in arrays.items()}, eta=Ball(float(rng.uniform(0.01, 1))))


def mean_gain(
    errors: Sequence[tuple[Fraction, Any]], inputs: Sequence[tuple[Fraction, Any]], eta: Fraction
) -> Fraction:
    """The exact mean of ``⟨b, β(T) − β(0)⟩`` over finitely many signals, independent of each other.

    Every run is followed by the rule. One hidden neuron; its weights at the start and the feedback weights are ±1,
    independent and as likely as not.

    Parameters
    ----------
    errors, inputs
        Pairs of a probability and a signal, ``(T, k)`` and ``(T, d)`` in integers.
    """
    return joint_mean_gain([(a * b, e, x) for (a, e), (b, x) in itertools.product(errors, inputs)], eta)


def joint_mean_gain(signals: Sequence[tuple[Fraction, Any, Any]], eta: Fraction) -> Fraction:
    """The same for errors and inputs that may depend on each other: a probability, the errors and the inputs."""
    total = Fraction(0)
    for chance, e, x in signals:
        e, x = np.array(e, dtype=object)[:, None, :], np.array(x, dtype=object)[:, None, :]
        starts = [np.array([w], dtype=object) for w in signs(x.shape[2])]
        feedback = [np.array([b], dtype=object) for b in signs(e.shape[2])]
        runs = [Drive(W, 0 * b, b, e, x, eta).gained() for W in starts for b in feedback]
        total += chance * Fraction(sum(runs)) / len(runs)
    return total


def signs(length: int) -> Iterator[tuple[int, ...]]:
    """All ``(±1, …, ±1)``."""
    return itertools.product((-1, 1), repeat=length)


def chain(correlation: Fraction, steps: int) -> list[tuple[Fraction, list[list[int]]]]:
    """The stationary signal ±1 whose neighbours have this correlation, with its probabilities; one coordinate.

    Examples
    --------
    >>> sum(chance * path[0][0] * path[2][0] for chance, path in chain(Fraction(-4, 5), 3))
    Fraction(16, 25)
    """
    found = []
    for path in signs(steps):
        chance = Fraction(1, 2)
        for a, b in itertools.pairwise(path):
            chance *= (1 + a * b * correlation) / 2
        found.append((chance, [[value] for value in path]))
    return found


def mean_by_rule(steps: int, chance: Outcome) -> WrittenTerm:
    """The mean of ``⟨b, β(T) − β(0)⟩``, η = 1, as a term: sums over all outcomes of signals of one coordinate.

    Every run is followed by the rule, with one hidden neuron; its first weight w and its feedback b are ±1.

    Parameters
    ----------
    steps
        T.
    chance
        From signs ``u(t)`` and ``v(t)`` to the probability, the errors and the inputs of an outcome.
    """
    names = [*(f"u{t}" for t in range(steps)), *(f"v{t}" for t in range(steps)), "w", "b"]
    signed = {name: 2 * WrittenTerm(name) - 1 for name in names}
    u, v = ([signed[f"{letter}{t}"] for t in range(steps)] for letter in "uv")
    share, e, x = chance(u, v)
    W, b, beta = signed["w"], signed["b"], number(0)
    for error, inputs in zip(e, x, strict=True):
        W, beta = W - b * error * inputs, beta - W * inputs * error
    total = share * b * beta
    for name in names:
        total = bound("sum", name, 0, 1, of=lambda _, inner=total: inner)  # type: ignore[misc]
    return total / 4


def rational(rng: np.random.Generator, low: float, high: float) -> Fraction:
    """A fraction with denominator 64 in this range."""
    return Fraction(round(float(rng.uniform(low, high)) * 64), 64)


def as_ball(value: Fraction) -> Ball:
    """A fraction as a ball."""
    return Ball(value.numerator) / value.denominator
