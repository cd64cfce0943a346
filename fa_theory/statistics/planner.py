"""The number of certified networks that shows that a random network is certified with probability at least 1 − δ.

If the true probability were below ``1 − δ``, at most k failures in N independent trials would have a probability below

    P(Bin(N, δ) ≤ k) = Σ_{j ≤ k} C(N, j) δ^j (1 − δ)^(N − j),

the exact one-sided binomial test (Clopper & Pearson 1934). It decreases with N, so there is a smallest N at which it is
at most ``α = 1 − confidence``. With several widths tested at once, each gets ``α / widths`` (Bonferroni), or, in
order of their p-values, Holm's larger shares; then all statements hold jointly at the confidence level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq

from fa_theory.checker.linalg import up
from fa_theory.errors import InputError

from .binomial import Proportion, check_confidence

_LARGEST = 10**9


def _rational(x: float) -> fmpq:
    """The decimal as written: 0.01 is one hundredth, not the nearest float."""
    exact = Fraction(repr(float(x)))
    return fmpq(exact.numerator, exact.denominator)


def _tail(trials: int, failures: int, delta: fmpq | arb) -> fmpq | arb:
    """``P(Bin(trials, δ) ≤ failures)``, in the arithmetic of δ."""
    total, term = 0 * delta, (1 - delta) ** trials
    for j in range(failures + 1):
        total += term
        term = term * (trials - j) / (j + 1) * delta / (1 - delta)
    return total


def _enough(trials: int, failures: int, delta: fmpq, alpha: fmpq) -> bool:
    """Whether the tail is at most α, by balls if they decide it, otherwise exactly."""
    with ctx.workprec(192):
        tail, bound = _tail(trials, failures, arb(delta)), arb(alpha)
        if tail <= bound:
            return True
        if tail > bound:
            return False
    return bool(_tail(trials, failures, delta) <= alpha)


def _check(delta: float, confidence: float) -> None:
    check_confidence(confidence)
    if not 0 < delta < 1:
        raise InputError(f"expected a failure probability delta strictly between 0 and 1 but got {delta!r}")


def _check_counts(failures: int, widths: int) -> None:
    for name, count, least in (("failures", failures, 0), ("widths", widths, 1)):
        if isinstance(count, bool) or not isinstance(count, int) or count < least:
            raise InputError(f"expected {name} to be a whole number ≥ {least} but got {count!r}")


@dataclass(frozen=True, slots=True)
class Plan:
    """A number of trials, fixed in advance, and the number that may fail.

    Attributes
    ----------
    trials, failures
        At each width: N, and the failures k that still show the statement.
    delta, confidence
        The statement is "success has probability ≥ 1 − δ", with this confidence for all widths together.
    widths
        Number of widths tested at once.
    """

    trials: int
    failures: int
    delta: float
    confidence: float
    widths: int

    def shown_by(self, proportion: Proportion) -> bool:
        """Whether a result at one width shows the statement there.

        Raises
        ------
        InputError
            If the number of trials is not the planned one: optional stopping would invalidate the confidence.
        """
        if proportion.trials != self.trials:
            raise InputError(
                f"the plan is for {self.trials} trials but {proportion.trials} were run; run the planned number"
            )
        return proportion.trials - proportion.successes <= self.failures

    def __str__(self) -> str:
        needed = "all" if self.failures == 0 else f"at least {self.trials - self.failures}"
        each = f" at each of {self.widths} widths" if self.widths > 1 else ""
        together = " for all of them together" if self.widths > 1 else ""
        return (
            f"{self.trials} networks{each}: if {needed} of {self.trials} are certified, then P ≥ "
            f"{float(1 - Fraction(repr(float(self.delta)))):g} at {100 * self.confidence:g} % confidence{together}"
        )


def plan(delta: float, *, confidence: float = 0.99, failures: int = 0, widths: int = 1) -> Plan:
    """Smallest number of trials with which at most ``failures`` failures show ``P(success) ≥ 1 − δ``.

    Parameters
    ----------
    delta
        Failure probability that the statement allows, in (0, 1), interpreted as the printed decimal.
    confidence
        Joint confidence of the statements at all widths.
    failures
        Number of failures allowed; each costs about ``1/δ`` more trials.
    widths
        Number of widths tested at once; each gets an even share of ``1 − confidence`` (Bonferroni).

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If a parameter is out of range, or more than 10⁹ trials would be needed.

    Examples
    --------
    >>> print(plan(0.01))
    459 networks: if all of 459 are certified, then P ≥ 0.99 at 99 % confidence
    >>> print(plan(0.05, failures=2, widths=4))
    199 networks at each of 4 widths: if at least 197 of 199 are certified, then P ≥ 0.95 at 99 % confidence for all ...
    """
    _check(delta, confidence)
    _check_counts(failures, widths)
    chance, alpha = _rational(delta), (1 - _rational(confidence)) / widths
    low, high = failures, failures + 1  # the tail is 1 at N = failures
    while not _enough(high, failures, chance, alpha):
        low, high = high, 2 * high
        if high > _LARGEST:
            raise InputError(f"delta = {delta!r} needs more than {_LARGEST} trials; allow a larger delta")
    while high - low > 1:
        middle = (low + high) // 2
        if _enough(middle, failures, chance, alpha):
            high = middle
        else:
            low = middle
    return Plan(high, failures, delta, confidence, widths)


def strongest(trials: int, *, confidence: float = 0.99, failures: int = 0, widths: int = 1) -> Plan:
    """The strongest statement that a number of trials can show: the smallest δ, in thousandths.

    Parameters
    ----------
    trials
        Number of trials at each width.
    confidence, failures, widths
        As for `plan`.

    Raises
    ------
    InputError
        If a parameter is out of range, or the trials are too few to show even ``P(success) ≥ 0.001``.

    Examples
    --------
    >>> strongest(459).delta, strongest(60, widths=3).delta
    (0.01, 0.091)
    """
    if isinstance(trials, bool) or not isinstance(trials, int) or trials < 1:
        raise InputError(f"expected trials to be a whole number ≥ 1 but got {trials!r}")
    _check(0.5, confidence)
    _check_counts(failures, widths)
    alpha = (1 - _rational(confidence)) / widths
    low, high = 0, 1000
    while high - low > 1:
        middle = (low + high) // 2
        if trials > failures and _enough(trials, failures, fmpq(middle, 1000), alpha):
            high = middle
        else:
            low = middle
    if high == 1000:
        raise InputError(
            f"{trials} trials of which {failures} may fail are too few for {widths} widths at once; run more"
        )
    return Plan(trials, failures, high / 1000, confidence, widths)


def p_value(proportion: Proportion, delta: float) -> float:
    """Probability of at most this many failures if the failure probability were δ; a small value refutes that.

    Rounded up, so that comparing it with a level is safe.

    Examples
    --------
    >>> p_value(Proportion(459, 459), 0.01) < 0.01 < p_value(Proportion(458, 458), 0.01)
    True
    """
    _check(delta, proportion.confidence)
    with ctx.workprec(192):
        tail = _tail(proportion.trials, proportion.trials - proportion.successes, arb(_rational(delta)))
        return min(up(arb(tail)), 1.0)


def holm(p_values: Mapping[int, float], *, confidence: float = 0.99) -> set[int]:
    """The widths at which the statement is shown, jointly at the confidence level.

    The smallest of m p-values is compared with ``α/m``, the next with ``α/(m − 1)``, …, until one is too large. Never
    shows less than Bonferroni, and needs no independence.

    Raises
    ------
    InputError
        If a p-value is not in [0, 1] or the confidence not in (0, 1).

    Notes
    -----
    Holm (1979), A simple sequentially rejective multiple test procedure.

    Examples
    --------
    >>> sorted(holm({16: 0.3, 64: 0.004, 256: 0.001}))
    [64, 256]
    """
    check_confidence(confidence)
    for width, p in p_values.items():
        if not 0 <= p <= 1:
            raise InputError(f"expected a p-value in [0, 1] at width {width} but got {p!r}")
    alpha = 1 - Fraction(repr(float(confidence)))
    shown: set[int] = set()
    for width in sorted(p_values, key=p_values.__getitem__):
        if Fraction(p_values[width]) * (len(p_values) - len(shown)) > alpha:
            break
        shown.add(width)
    return shown
