"""Certificates for minibatches: train in float64 until the checker accepts a proof about the exact state.

Mathematics: `fa_theory.checker.decay.epochs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.checker.decay import epochs as checker
from fa_theory.checker.decay.backwards import TWO_LAYERS
from fa_theory.checker.linalg import up
from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import PYTHON_FLINT
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem
from fa_theory.model.rules import step as learn

from .certificate import all_claimed, checked_inputs, exact, sealed, state_document
from .certify import HUGE, CertificationOutcome, later
from .epoch_search import EpochCandidate, Orders, search_epochs
from .reading import Certificate

ORDERS = checker.ORDERS
Partition = Sequence[Sequence[int]]


def consecutive(n: int, size: int) -> list[list[int]]:
    """The samples 0 … n − 1 in batches of this size; the last may be smaller.

    Examples
    --------
    >>> consecutive(5, 2)
    [[0, 1], [2, 3], [4]]
    """
    return [list(range(i, min(i + size, n))) for i in range(0, n, size)]


def certify_epochs_state(
    problem: Problem, *, batches: Partition, orders: str = "all", step: int = 0
) -> CertificationOutcome:
    """Certify that from this state on every epoch of minibatches contracts the error, for all time.

    Parameters
    ----------
    problem
        The state, its data and the rule: feedback alignment or backpropagation.
    batches
        The numbers of the samples of each batch; each sample is in one of them.
    orders
        ``"all"``: the batches may be in another order in every epoch; ``"cyclic"``: always in this one.
    step
        Number of steps that led to this state.

    Returns
    -------
    CertificationOutcome
        With a certificate if the checker accepts one.

    Raises
    ------
    InputError
        If the rule is another one, λ is not 0, the batches are no partition, or the order is unknown.

    Examples
    --------
    >>> from fa_theory.model.problem import sample
    >>> problem = sample(rng=1, n=4, d=6, p=60, activation="tanh", eta=0.2)
    >>> near = Problem(problem.X, problem.network.output(problem.X) + 0.001, problem.network, 0.2)
    >>> certify_epochs_state(near, batches=[[0, 1], [2, 3]]).certified
    True
    """
    rule = _checked(problem, batches, orders)
    network, X, y, eta = problem.network, problem.X, problem.y, problem.eta
    k = network.columns(network.beta).shape[1]
    with np.errstate(all="ignore"):
        candidate = search_epochs(
            network, X, y, eta, Orders.of(batches, k, cyclic=orders == "cyclic"), follows=rule == "bp"
        )
    if isinstance(candidate, str):
        return CertificationOutcome(None, candidate, step)
    document, reason = _document(candidate, problem, rule, batches, orders, step)
    if document is None:
        return CertificationOutcome(None, f"refused by the checker: {reason}", step)
    return CertificationOutcome(Certificate(document), reason, step, PYTHON_FLINT)


def certify_epochs(
    problem: Problem,
    *,
    batch: int,
    orders: str = "all",
    max_steps: int = 10_000,
    rng: int | np.random.Generator = 0,
) -> CertificationOutcome:
    """Train on minibatches in float64 and certify the first state that can be certified, at the end of an epoch.

    Parameters
    ----------
    problem
        The initial network, its data and the rule.
    batch
        Number of samples in a batch: the batches are consecutive samples, in every epoch the same.
    orders
        As for `certify_epochs_state`; for ``"all"`` the run shuffles the batches anew in every epoch.
    max_steps
        Last step to try, a step being one batch.
    rng
        Generator, or its seed, of the orders.

    Returns
    -------
    CertificationOutcome
        With a certificate; or the reason why the last attempt failed.

    Raises
    ------
    InputError
        As `certify_epochs_state`, and if the size of the batches is not between 1 and n.

    Examples
    --------
    >>> from fa_theory.model.problem import sample
    >>> outcome = certify_epochs(sample(rng=1, n=4, d=6, p=60, activation="tanh", eta=0.2), batch=2)
    >>> outcome.certificate["kind"], outcome.certificate["batches"]
    ('decay-of-epochs', [[0, 1], [2, 3]])
    """
    if not 1 <= batch <= problem.n:
        raise InputError(f"expected a batch of 1 to {problem.n} samples but got {batch!r}")
    batches = consecutive(problem.n, batch)
    _checked(problem, batches, orders)
    rng, network, X, y = np.random.default_rng(rng), problem.network, problem.X, problem.y
    limit = HUGE * (1 + float(np.linalg.norm(network.error(X, y)) + np.linalg.norm(y)))
    next_attempt, last = 0, max_steps // len(batches)
    outcome = CertificationOutcome(None, "not tried", 0)
    for epoch in range(last + 1):
        steps = epoch * len(batches)
        with np.errstate(all="ignore"):
            size = float(np.linalg.norm(network.error(X, y)))
            if not size < limit:
                return CertificationOutcome(None, f"diverged: ‖e‖ = {size:.3g} at step {steps}", steps)
        if epoch >= next_attempt or epoch == last:
            state = Problem(X, y, network, problem.eta, rule=problem.rule, label=problem.label)
            outcome = certify_epochs_state(state, batches=batches, orders=orders, step=steps)
            if outcome.certified:
                return outcome
            next_attempt = later(epoch)
        order = rng.permutation(len(batches)) if orders == "all" else range(len(batches))
        with np.errstate(all="ignore"):
            network = epoch_of(network, X, y, [batches[k] for k in order], eta=problem.eta, rule=problem.rule.name)
    return outcome


def epoch_of(network: Network, X: Array, y: Array, batches: Partition, *, eta: Any, rule: str = "fa") -> Network:
    """The network after a step on every batch, in this order."""
    for batch in batches:
        rows = list(batch)
        network = learn(network, X[rows], y[rows], eta=eta, rule=rule)
    return network


def _checked(problem: Problem, batches: Partition, orders: str) -> str:
    """The name of the rule."""
    if problem.rule.name not in TWO_LAYERS:
        known = " and ".join(TWO_LAYERS)
        raise InputError(f"certificates of minibatches are for the rules {known} but got {problem.rule.name!r}")
    if problem.schedule.lam:
        raise InputError(f"certificates of minibatches need λ = 0 but got lam = {problem.schedule.lam}")
    if orders not in ORDERS:
        raise InputError(f"unknown orders {orders!r}; choose one of {', '.join(ORDERS)}")
    if sorted(i for batch in batches for i in batch) != list(range(problem.n)) or not all(map(len, batches)):
        raise InputError(f"expected batches with each of the samples 0 to {problem.n - 1} once but got {batches!r}")
    checked_inputs(problem.network, problem.X, problem.y, problem.eta, problem.label)
    return problem.rule.name


def _document(
    candidate: EpochCandidate, problem: Problem, rule: str, batches: Partition, orders: str, step: int
) -> tuple[dict[str, Any] | None, str]:
    """The document for a candidate, or None if the checker rejects it; with the message of the checker."""
    network = problem.network
    if rule == "bp":
        network = Network(network.W, network.beta, network.beta, network.psi)
    state = state_document("decay-of-epochs", network, problem.X, problem.y, problem.eta, problem.label)
    document = state | {
        "rule": rule,
        "batches": [[int(i) for i in batch] for batch in batches],
        "orders": orders,
        "step": step,
        "norm": exact(candidate.C),
        "rate": candidate.q.hex(),
        "tube": {"budget": float(candidate.S).hex(), "rho": exact(candidate.rho), "tau": exact(candidate.tau)},
        "conclusions": dict.fromkeys(checker.CLAIMS, (0.0).hex()),
        "digest": "",
    }
    reason = "norm: no bound on the orders applies"
    claim = checker.DecayOfEpochs.read(document)
    with ctx.workprec(64):
        ways = sorted(checker.bounds(claim), key=lambda found: up(found.a + found.u))
    for found in ways:
        verdict = recheck(full := sealed(document | {"conclusions": all_claimed(found.at_most)}))
        if verdict.valid:
            return full, verdict.reason
        reason = verdict.reason
    return None, reason
