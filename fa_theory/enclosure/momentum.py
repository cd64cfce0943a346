"""Certificates under heavy-ball momentum: run in float64 until the checker accepts a proof about the exact state.

Mathematics: `fa_theory.checker.decay.momentum`. A state has a velocity and a past, ``Σ_s μ^{T−1−s} e(s)`` of the run,
which would explain the velocity exactly if slopes and features had not changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.checker.decay import momentum as checker
from fa_theory.checker.decay.backwards import TWO_LAYERS
from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import PYTHON_FLINT
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem
from fa_theory.model.rules import step as learn

from .certificate import all_claimed, checked_inputs, exact, sealed, state_document
from .certify import HUGE, CertificationOutcome, later
from .epoch_search import kernel, kernel_at
from .reading import Certificate
from .search import INFLATION, MARGIN, SHARES, norm2, norms, rounding, surroundings

LEVELS = (1.0, 2.0, 8.0)
"""Levels to try, in units of the norm at the start: the higher, the less the rest of the velocity counts."""


@dataclass(frozen=True)
class Moving:
    """A network with its velocity, and the past errors that explain it.

    Attributes
    ----------
    network
        The weights.
    V, nu
        What the last step added to W ``(p, d)`` and to β ``(p,)`` or ``(p, k)``.
    past
        Of the shape of y.
    """

    network: Network
    V: Array
    nu: Array
    past: Array

    @classmethod
    def at_rest(cls, problem: Problem) -> Moving:
        """The initial network of a problem."""
        network = problem.network
        return cls(network, 0 * network.W, 0 * network.beta, 0 * problem.y)

    def after(self, X: Array, y: Array, *, eta: Any, mu: Any, rule: str = "fa") -> Moving:
        """One step later: ``V⁺ = μV − η∇``, ``W⁺ = W + V⁺``."""
        now, e = self.network, self.network.error(X, y)
        plain = learn(now, X, y, eta=eta, rule=rule)
        V, nu = mu * self.V + (plain.W - now.W), mu * self.nu + (plain.beta - now.beta)
        return Moving(Network(now.W + V, now.beta + nu, now.b, now.psi), V, nu, mu * self.past + e)


@dataclass(frozen=True)
class MomentumCandidate:
    """A norm, a rate, a level and a tube that satisfy the inequalities of the checker in floating point."""

    C: Array
    q: float
    level: float
    rho: Array
    tau: Array


def search_momentum(
    moving: Moving, X: Array, y: Array, eta: float, mu: float, *, follows: bool
) -> MomentumCandidate | str:
    """Look for a candidate certificate of this state; a string names the obstacle."""
    network, root = moving.network, float(np.sqrt(moving.network.p))
    K = kernel_at(network, X, follows=follows)
    m, one = len(K), np.eye(len(K))
    M = np.block([[one - eta * K, -eta * mu * K], [one, mu * one]])
    radius = float(abs(np.linalg.eigvals(M)).max())
    if radius >= 1 - 1e-12:
        return f"contraction: with momentum {mu:.6g} the step has spectral radius {radius:.6g}, not below 1"
    e, u = network.error(X, y).ravel(), moving.past.ravel()
    b = network.columns(network.beta if follows else network.b)
    Z, columns = network.preactivations(X), moving.past.reshape(len(X), -1)
    V = moving.V + eta / root * (network.psi.slope(Z) * (columns @ b.T)).T @ X
    nu = network.columns(moving.nu) + eta / root * network.psi.value(Z).T @ columns
    along, share, tiny = X @ V.T, mu / (1 - mu), 2.0**-45 * (1 + norm2(moving.V) + norm2(network.columns(moving.nu)))
    sizes_w, sizes_beta = (share * (np.linalg.norm(A, axis=1) + tiny) for A in (V, nu))
    drift = (sizes_w, share * (abs(along) + tiny * np.linalg.norm(X, axis=1)[:, None]), sizes_beta)
    reason = f"norm: the Lyapunov equation is too ill-conditioned at spectral radius {radius:.12g}"
    for C, Ci in norms(M, radius):
        a, on_e, to_e = norm2(C @ M @ Ci), C[:, :m], Ci[:m]
        start = float(np.linalg.norm(C @ np.concatenate([e, u]))) + norm2(on_e) * rounding(network, X, y)
        for share_of_gap in SHARES if a < 1 else ():
            q = a + share_of_gap * (1 - a)
            for level in (INFLATION * start * factor for factor in LEVELS):
                S = INFLATION * (norm2(to_e) * level / (1 - q) + mu * float(np.linalg.norm(u))) / (1 - mu)
                around = surroundings(network, X, eta, S, follows=follows, drift=drift)
                middle, R = kernel(around, network.p)
                R = R + abs(middle - K)
                low, high = around.slopes
                beta = network.columns(network.beta)
                most = np.maximum(abs(low), abs(high)) * abs(along)
                phi = (abs(around.value) + around.value_radius) @ abs(nu) + most @ (abs(beta) + around.tau[:, None])
                forced = eta * np.linalg.norm(abs(on_e) @ R @ abs(u)) + np.linalg.norm(abs(on_e) @ phi.ravel()) / root
                rate = a + eta * norm2(abs(on_e) @ R @ abs(to_e)) / (1 - mu / q) + mu * float(forced) / level
                if q > mu and rate < q - MARGIN * (1 - q):
                    return MomentumCandidate(C, q, level, around.rho, around.tau)
                size = float(np.linalg.norm(e))
                reason = (
                    f"tube: {a:.6g} + {rate - a:.3g} is not below q = {q:.6g}; the tube is too wide, ‖e‖ = {size:.3g}"
                )
    return reason


def certify_momentum_state(problem: Problem, moving: Moving, *, mu: float, step: int = 0) -> CertificationOutcome:
    """Certify exponential decay of the error under momentum, for all time, from one state with its velocity.

    Parameters
    ----------
    problem
        Data, step size and rule: feedback alignment or backpropagation. Its network is not used.
    moving
        The state.
    mu
        Momentum, 0 ≤ μ < 1.
    step
        Number of steps that led to this state.

    Returns
    -------
    CertificationOutcome
        With a certificate if the checker accepts one.

    Raises
    ------
    InputError
        If the rule is another one, λ is not 0, or the momentum is not in [0, 1).

    Examples
    --------
    >>> from fa_theory.model.problem import sample
    >>> problem = sample(rng=1, n=4, d=6, p=60, activation="tanh", eta=0.2)
    >>> near = Problem(problem.X, problem.network.output(problem.X) + 1e-5, problem.network, 0.2)
    >>> certify_momentum_state(near, Moving.at_rest(near), mu=0.5).certified
    True
    """
    rule = _checked(problem, mu)
    with np.errstate(all="ignore"):
        candidate = search_momentum(moving, problem.X, problem.y, problem.eta, mu, follows=rule == "bp")
    if isinstance(candidate, str):
        return CertificationOutcome(None, candidate, step)
    document, reason = _document(candidate, problem, moving, rule, mu, step)
    if document is None:
        return CertificationOutcome(None, f"refused by the checker: {reason}", step)
    return CertificationOutcome(Certificate(document), reason, step, PYTHON_FLINT)


def certify_momentum(problem: Problem, *, mu: float, max_steps: int = 10_000) -> CertificationOutcome:
    """Run with momentum in float64, from rest, and certify the first state that can be certified.

    Parameters
    ----------
    problem
        The initial network, its data and the rule.
    mu
        Momentum, 0 ≤ μ < 1.
    max_steps
        Last step to try.

    Returns
    -------
    CertificationOutcome
        With a certificate; or the reason why the last attempt failed.

    Raises
    ------
    InputError
        As `certify_momentum_state`.

    Examples
    --------
    >>> from fa_theory.model.problem import sample
    >>> outcome = certify_momentum(sample(rng=1, n=4, d=6, p=60, activation="tanh", eta=0.1), mu=0.5)
    >>> outcome.certificate["kind"]
    'decay-with-momentum'
    """
    rule = _checked(problem, mu)
    X, y, moving, next_attempt = problem.X, problem.y, Moving.at_rest(problem), 0
    limit = HUGE * (1 + float(np.linalg.norm(problem.network.error(X, y)) + np.linalg.norm(y)))
    outcome = CertificationOutcome(None, "not tried", 0)
    for t in range(max_steps + 1):
        with np.errstate(all="ignore"):
            size = float(np.linalg.norm(moving.network.error(X, y)))
            if not size < limit:
                return CertificationOutcome(None, f"diverged: ‖e‖ = {size:.3g} at step {t}", t)
        if t >= next_attempt or t == max_steps:
            outcome = certify_momentum_state(problem, moving, mu=mu, step=t)
            if outcome.certified:
                return outcome
            next_attempt = later(t)
        with np.errstate(all="ignore"):
            moving = moving.after(X, y, eta=problem.eta, mu=mu, rule=rule)
    return outcome


def _checked(problem: Problem, mu: float) -> str:
    """The name of the rule."""
    if problem.rule.name not in TWO_LAYERS:
        known = " and ".join(TWO_LAYERS)
        raise InputError(f"certificates with momentum are for the rules {known} but got {problem.rule.name!r}")
    if problem.schedule.lam:
        raise InputError(f"certificates with momentum need λ = 0 but got lam = {problem.schedule.lam}")
    if not 0 <= mu < 1:
        raise InputError(f"expected a momentum of at least 0 and below 1 but got {mu!r}")
    checked_inputs(problem.network, problem.X, problem.y, problem.eta, problem.label)
    if problem.y.size > checker.MAX_ERRORS:
        raise InputError(
            f"with momentum expected at most {checker.MAX_ERRORS} samples times outputs but got {problem.y.size}"
        )
    return problem.rule.name


def _document(
    candidate: MomentumCandidate, problem: Problem, moving: Moving, rule: str, mu: float, step: int
) -> tuple[dict[str, Any] | None, str]:
    """The document for a candidate, or None if the checker rejects it; with the message of the checker."""
    network = moving.network
    if rule == "bp":
        network = Network(network.W, network.beta, network.beta, network.psi)
    nu, past = (A[:, 0] if A.shape[1:] == (1,) else A for A in (moving.nu, moving.past))
    state = state_document("decay-with-momentum", network, problem.X, problem.y, problem.eta, problem.label)
    document = state | {
        "rule": rule,
        "momentum": float(mu).hex(),
        "velocity": {"W": exact(moving.V), "beta": exact(nu)},
        "past": exact(past),
        "step": step,
        "norm": exact(candidate.C),
        "rate": candidate.q.hex(),
        "level": float(candidate.level).hex(),
        "tube": {"rho": exact(candidate.rho), "tau": exact(candidate.tau)},
        "conclusions": dict.fromkeys(checker.CLAIMS, (0.0).hex()),
        "digest": "",
    }
    claim = checker.DecayWithMomentum.read(document)
    with ctx.workprec(64):
        found = checker.bounds(claim)
    if found is None:
        return None, "norm: C is not certainly invertible"
    full = sealed(document | {"conclusions": all_claimed(found.at_most)})
    verdict = recheck(full)
    return full if verdict.valid else None, verdict.reason
