"""Certificates for concrete networks: run in floating point until the checker accepts a proof about the exact state.

The certified object is the exact float64 state reached, with the rule applied in exact arithmetic from there on; how
the state was reached is irrelevant. Mathematics: `fa_theory.checker.decay.from_state`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

import numpy as np

from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import PYTHON_FLINT
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem, run_arguments
from fa_theory.model.rules import step as learn
from fa_theory.model.schedules import Schedule
from fa_theory.shown import displayed_by
from fa_theory.simulation.run import states

from .certificate import checked_inputs, decay_certificate, exact, sealed, state_document
from .reading import Certificate
from .search import search

HUGE = 1e8
"""An error this many times larger than at the start counts as divergence."""


@dataclass(frozen=True, slots=True)
class CertificationOutcome:
    """The outcome of an attempt to certify.

    Attributes
    ----------
    certificate
        The certificate, accepted by the checker, or None.
    reason
        What is proved, or the obstructing term.
    steps
        Number of the step at which the state was certified, or last tried.
    trusted
        The arithmetic that the proof relies on; empty without a certificate.
    """

    certificate: Certificate | None
    reason: str
    steps: int
    trusted: str = ""

    _repr_html_ = displayed_by("certificates.outcome")
    _repr_latex_ = displayed_by("certificates.latex")

    @property
    def certified(self) -> bool:
        """Whether the checker accepted a certificate."""
        return self.certificate is not None


@overload
def certify_state(network: Problem, *, step: int = 0) -> CertificationOutcome: ...
@overload
def certify_state(
    network: Network,
    X: Array,
    y: Array,
    *,
    eta: float,
    step: int = 0,
    schedule: Schedule | None = None,
    data_label: str | None = None,
) -> CertificationOutcome: ...
def certify_state(
    network: Network | Problem,
    X: Array | None = None,
    y: Array | None = None,
    *,
    eta: float | None = None,
    step: int = 0,
    schedule: Schedule | None = None,
    data_label: str | None = None,
) -> CertificationOutcome:
    """Certify exponential decay of the error, for all time, from one state.

    Parameters
    ----------
    network
        The state at step ``step``, in float64; or a problem with that state as its network, which contains all other
        arguments except ``step``.
    X, y
        Inputs ``(n, d)`` and targets ``(n,)`` or ``(n, k)``.
    eta
        Step size.
    step
        Number of steps that led to this state; the regularisation must be zero from there on.
    schedule
        Regularisation of the run, default none.
    data_label
        Free text that is recorded in the certificate, at most 200 characters.

    Returns
    -------
    CertificationOutcome
        With a certificate if the checker accepts one.

    Raises
    ------
    InputError
        If shapes do not match, a number is not finite, or the rule is not feedback alignment.

    Examples
    --------
    >>> network, X = Network(np.eye(2), [0.5, 0.25], [1.0, -1.0], "linear"), np.eye(2)
    >>> y = network.output(X) + 0.001
    >>> outcome = certify_state(network, X, y, eta=0.5)
    >>> outcome.certified, outcome.reason
    (True, '‖e(t)‖ ≤ ...^t · 0.001415 for all t ≥ 0 after step 0')
    """
    network, X, y, eta, schedule, label = certifiable_arguments(network, X, y, eta, schedule, data_label)
    if schedule.off_from is None or schedule.off_from > step:
        return CertificationOutcome(None, f"schedule: λ = {schedule.lam} is still active at step {step}", step)
    with np.errstate(all="ignore"):
        candidate = search(network, X, y, eta)
    if isinstance(candidate, str):
        return CertificationOutcome(None, candidate, step)
    document, reason = decay_certificate(candidate, network, X, y, eta=eta, step=step, schedule=schedule, label=label)
    certificate = Certificate(document) if document else None
    if certificate is None:
        return CertificationOutcome(None, f"refused by the checker: {reason}", step)
    return CertificationOutcome(certificate, reason, step, PYTHON_FLINT)


def certifiable_arguments(
    network: Network | Problem,
    X: Array | None,
    y: Array | None,
    eta: float | None,
    schedule: Schedule | None,
    data_label: str | None,
) -> tuple[Network, Array, Array, float, Schedule, str]:
    """The arguments of the functions that certify, given as a problem or separately; see `certify_state`."""
    given = run_arguments(network, X, y, eta=eta, schedule=schedule, label=data_label)
    given.rule.require_constant("a certificate of decay")
    checked_inputs(given.network, given.X, given.y, given.eta, given.label)
    return given.network, given.X, given.y, given.eta, given.schedule, given.label


def anything(certificate: Certificate) -> str:
    """No obstacle: every certificate will do."""
    return ""


@overload
def certify_run(
    network: Problem, *, max_steps: int = 3000, obstacle: Callable[[Certificate], str] = anything
) -> CertificationOutcome: ...
@overload
def certify_run(
    network: Network,
    X: Array,
    y: Array,
    *,
    eta: float,
    schedule: Schedule | None = None,
    max_steps: int = 3000,
    data_label: str | None = None,
    obstacle: Callable[[Certificate], str] = anything,
) -> CertificationOutcome: ...
def certify_run(
    network: Network | Problem,
    X: Array | None = None,
    y: Array | None = None,
    *,
    eta: float | None = None,
    schedule: Schedule | None = None,
    max_steps: int = 3000,
    data_label: str | None = None,
    obstacle: Callable[[Certificate], str] = anything,
) -> CertificationOutcome:
    """Run feedback alignment in float64 and certify the first state that can be certified.

    Parameters
    ----------
    network
        A problem, or the state at step 0.
    X, y, eta, schedule, data_label
        As for `certify_state`; a problem has them.
    max_steps
        Last step to try. Attempts start when the regularisation has ended and are spaced by 10 steps or 10 %.
    obstacle
        What else a certificate lacks, in words: the run goes on until this is empty.

    Returns
    -------
    CertificationOutcome
        On failure, the reason states at which step the run diverged, or which term failed in the last attempt.

    Raises
    ------
    InputError
        As `certify_state`, and if the regularisation never ends.

    Examples
    --------
    >>> from fa_theory.model.problem import sample
    >>> certify_run(sample(rng=1, n=4, d=6, p=60, activation="tanh", eta=0.2)).certified
    True
    """
    network, X, y, eta, schedule, label = certifiable_arguments(network, X, y, eta, schedule, data_label)
    if schedule.off_from is None:
        raise InputError(
            f"regularisation λ = {schedule.lam} never ends, so the error does not tend to 0; use Schedule.with_cutoff"
        )
    if max_steps < schedule.off_from:
        raise InputError(f"max_steps = {max_steps} is before the end of the regularisation, step {schedule.off_from}")

    def attempt(state: Network, t: int) -> tuple[bool, CertificationOutcome]:
        outcome = certify_state(state, X, y, eta=eta, step=t, schedule=schedule, data_label=label)
        if outcome.certificate is not None and (reason := obstacle(outcome.certificate)):
            outcome = CertificationOutcome(None, reason, t)
        return outcome.certified, outcome

    return _first(network, X, y, eta, schedule, max_steps, attempt)


def first_candidate(
    network: Network, X: Array, y: Array, *, eta: float, schedule: Schedule, max_steps: int
) -> CertificationOutcome:
    """The first step at which floating point finds a candidate; without a certificate, as this proves nothing.

    The reason is empty if there is one.
    """

    def attempt(state: Network, t: int) -> tuple[bool, CertificationOutcome]:
        with np.errstate(all="ignore"):
            candidate = search(state, X, y, eta)
        reason = candidate if isinstance(candidate, str) else ""
        return not reason, CertificationOutcome(None, reason, t)

    return _first(network, X, y, eta, schedule, max_steps, attempt)


def _first(
    network: Network,
    X: Array,
    y: Array,
    eta: float,
    schedule: Schedule,
    max_steps: int,
    attempt: Callable[[Network, int], tuple[bool, CertificationOutcome]],
) -> CertificationOutcome:
    """Run, and try at ever larger distances, until an attempt succeeds."""
    limit = HUGE * (1 + float(np.linalg.norm(network.error(X, y)) + np.linalg.norm(y)))
    next_attempt = schedule.off_from or 0
    run = states(network, X, y, eta=eta, schedule=schedule)
    outcome = CertificationOutcome(None, "not tried", 0)
    for t in range(max_steps + 1):
        with np.errstate(all="ignore"):
            state = next(run)
            if not np.isfinite(state.beta).all() or not np.isfinite(state.W).all():
                return CertificationOutcome(
                    None, f"diverged: the parameters overflow at step {t}{_too_fast(network, X, eta)}", t
                )
            if t < next_attempt and t < max_steps:
                continue
            size = float(np.linalg.norm(state.error(X, y)))
        if not size < limit:
            return CertificationOutcome(None, f"diverged: ‖e‖ = {size:.3g} at step {t}{_too_fast(network, X, eta)}", t)
        done, outcome = attempt(state, t)
        if done:
            return outcome
        next_attempt = later(t)
    return outcome


def later(t: int) -> int:
    """The step of the next attempt after one at step t: ten steps on at first, then a tenth of the run."""
    return max(t + 10, int(t * 1.1))


def _too_fast(network: Network, X: Array, eta: float) -> str:
    """Hint for a step size at which every network of this kind diverges."""
    top = eta * float(np.linalg.norm(network.gram(X), 2))
    return f"; η·λ_max(G) = {top:.4g} at the start exceeds 2, use a smaller step size" if top > 2 else ""


def growth_counterexample(
    network: Network, X: Array, y: Array, *, eta: float, factor: float, data_label: str = ""
) -> Certificate | None:
    """Certify that one step (λ = 0) from this state multiplies ``‖e‖₂`` by more than ``factor``.

    Returns
    -------
    Certificate or None
        A document of kind ``growth`` that the checker accepts, or None if the claim is false or too close to call.

    Raises
    ------
    InputError
        As `certify_state`, and if the factor is negative or not finite.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> one = np.ones((1, 1))
    >>> network = Network(one, beta=np.array([-1.0]), b=np.array([3.0]), psi=activation("linear"))
    >>> growth_counterexample(network, one, np.zeros(1), eta=0.1, factor=1.0)["kind"]
    'growth'
    >>> growth_counterexample(network, one, np.zeros(1), eta=0.1, factor=2.0) is None
    True
    """
    checked_inputs(network, X, y, eta, data_label)
    if not (np.isfinite(factor) and factor >= 0):
        raise InputError(f"expected a finite factor ≥ 0 but got {factor!r}")
    with np.errstate(all="ignore"):
        before, after = (np.linalg.norm(state.error(X, y)) for state in (network, learn(network, X, y, eta=eta)))
    if not after > factor * before:
        return None
    document = sealed(
        state_document("growth", network, X, y, eta, data_label)
        | {"steps": 1, "lam": (0.0).hex(), "factor": exact(np.asarray(factor))}
    )
    return Certificate(document) if recheck(document).valid else None
