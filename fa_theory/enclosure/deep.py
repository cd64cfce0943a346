"""Certificates for networks of any depth, under any rule that the checker knows.

The certified object is the exact float64 state that a run reaches, with the rule applied in exact arithmetic from there
on. Mathematics: `fa_theory.checker.decay.deep`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.checker.decay import deep, deep_start
from fa_theory.checker.decay.backwards import BACKWARDS
from fa_theory.checker.decay.deep_shadow import ShadowedState, Watch, unwatched
from fa_theory.checker.document import FORMAT, MAX_ERRORS
from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import PYTHON_FLINT, Verdict
from fa_theory.errors import InputError
from fa_theory.model.deep import advance
from fa_theory.model.deep_problem import DeepProblem

from .certificate import all_claimed, claimed, exact, sealed
from .certify import HUGE, CertificationOutcome, later
from .deep_search import DeepCandidate, search
from .reading import Certificate


def certifiable(problem: DeepProblem) -> DeepProblem:
    """Reject what a certificate cannot hold.

    Raises
    ------
    InputError
        Naming the offending value.
    """
    net, learning = problem.network, problem.learning
    if learning.rule.name not in BACKWARDS:
        why = ", which draws numbers without a bound in every step" if learning.rule.draws is not None else ""
        raise InputError(
            f"a certificate of decay at any depth is for one of the rules {', '.join(BACKWARDS)}, not for "
            f"{learning.rule.name!r}{why}"
        )
    for what, found in (
        ("biases", bool(net.weights.c)),
        ("convolutions", any(net.ties)),
        ("momentum", learning.momentum > 0 or bool(net.weights.V)),
        ("normalised rows", learning.rows is not None),
        ("minibatches", problem.batches is not None),
        (f"the loss {learning.loss.name!r}", learning.loss.name != "squares"),
        (f"the scaling {net.scaling.name!r}", net.scaling.name not in deep.SCALINGS),
        ("a batch of networks", net.weights.W[0].ndim != 2),
    ):
        if found:
            raise InputError(f"a certificate of decay at any depth does not know {what}")
    arrays = [problem.X, problem.y, *net.weights.W, *net.weights.B]
    for A in arrays:
        if A.dtype not in (np.float64, np.float32) or not np.isfinite(A).all():
            raise InputError("certificates need finite float64 arrays")
    if problem.y.size > MAX_ERRORS:
        raise InputError(f"expected at most {MAX_ERRORS} samples times outputs but y has shape {problem.y.shape}")
    return problem


def document_of(problem: DeepProblem, candidate: DeepCandidate, step: int, label: str = "") -> dict[str, Any]:
    """A document about exponential decay, still without its conclusions and digest."""
    net, rule, y = problem.network, problem.learning.rule.name, problem.y
    return {
        "format": FORMAT,
        "kind": "deep-decay-from-state",
        "data": label,
        "activation": net.psi.name,
        "scaling": net.scaling.name,
        "rule": rule,
        "eta": float(problem.eta).hex(),
        "X": exact(problem.X),
        "y": exact(y[:, 0] if y.shape[1] == 1 else y),
        "W": [exact(W) for W in net.weights.W],
        "B": [exact(B) for B in net.weights.B] if BACKWARDS[rule].stored else None,
        "step": step,
        "norm": exact(candidate.C),
        "rate": candidate.q.hex(),
        "conclusions": dict.fromkeys(deep.CLAIMS, (0.0).hex()) | {"movement": [(0.0).hex()] * net.depth},
        "digest": "",
    }


def certify_deep_state(problem: DeepProblem, *, step: int = 0, data_label: str = "") -> CertificationOutcome:
    """Certify exponential decay of the error, for all time, from the state of a network of any depth.

    Parameters
    ----------
    problem
        The state at step ``step``, with its data, step size and rule; regularisation must be over by then.
    step
        Number of steps that led to this state.
    data_label
        Free text that is recorded in the certificate, at most 200 characters.

    Returns
    -------
    CertificationOutcome
        With a certificate of kind ``deep-decay-from-state`` if the checker accepts one.

    Raises
    ------
    InputError
        If the certificate cannot hold the problem: biases, momentum, minibatches, another loss, or a rule that the
        checker does not know.

    Examples
    --------
    >>> from fa_theory.model.deep_problem import DeepLaw
    >>> problem = DeepLaw("linear", 2, 3, (4, 4), rule="bp", eta=0.1).sample(rng=0)
    >>> close = replace(problem, y=problem.network.forward(problem.X).f + 1e-6)
    >>> outcome = certify_deep_state(close)
    >>> outcome.certified, outcome.reason
    (True, '‖e(t)‖ ≤ ...^t · 0.000001415 for all t ≥ 0 after step 0 (linear 3-4-4-1, bp)')
    """
    certifiable(problem)
    if any(problem.lams) and (problem.cutoff is None or problem.cutoff > step):
        return CertificationOutcome(None, f"schedule: λ = {problem.lams} is still active at step {step}", step)
    with np.errstate(all="ignore"):
        candidate = search(problem)
    if isinstance(candidate, str):
        return CertificationOutcome(None, candidate, step)
    document = document_of(problem, candidate, step, data_label)
    claim = deep.DeepDecayFromState.read(document)
    with ctx.workprec(64):
        found = deep.bounds(claim.state, claim.C, claim.q)
    if isinstance(found, str):
        return CertificationOutcome(None, f"refused by the checker: {found}", step)
    document = sealed(document | {"conclusions": _conclusions(found)})
    verdict = recheck(document)
    if not verdict.valid:
        return CertificationOutcome(None, f"refused by the checker: {verdict.reason}", step)
    return CertificationOutcome(Certificate(document), verdict.reason, step, PYTHON_FLINT)


def _conclusions(found: deep.DeepBounds) -> dict[str, Any]:
    """The conclusions that follow from these bounds."""
    return all_claimed(found.at_most) | {"movement": [claimed(value) for value in found.movement]}


def deep_states(problem: DeepProblem) -> Iterator[DeepProblem]:
    """The problem with its state after 0, 1, 2, … steps."""
    net, t = problem.network, 0
    while True:
        yield replace(problem, network=net)
        keep = [1 - problem.eta * lam * (problem.cutoff is None or t < problem.cutoff) for lam in problem.lams]
        net, t = advance(net, problem.X, problem.y, eta=problem.eta, keep=keep, learning=problem.learning)[0], t + 1


def certify_deep_run(problem: DeepProblem, *, max_steps: int = 3000, data_label: str = "") -> CertificationOutcome:
    """Run a network of any depth in float64 and certify the first state that can be certified.

    Parameters
    ----------
    problem
        The network at step 0, with its data, step size, rule and schedule.
    max_steps
        Last step to try. Attempts start when the regularisation has ended and are spaced by 10 steps or 10 %.
    data_label
        As for `certify_deep_state`.

    Returns
    -------
    CertificationOutcome
        On failure, the reason states at which step the run diverged, or which term failed in the last attempt.

    Raises
    ------
    InputError
        As `certify_deep_state`, and if the regularisation never ends.

    Examples
    --------
    >>> from fa_theory.model.deep_problem import DeepLaw
    >>> outcome = certify_deep_run(DeepLaw("tanh", 3, 6, (30, 30), rule="dfa", eta=0.2).sample(rng=0))
    >>> outcome.certificate
    Certificate(deep-decay-from-state, tanh 6-30-30-1, dfa, n=3, step=..., rate=0.9..., digest=...)
    """
    certifiable(problem)
    first = 0 if not any(problem.lams) else problem.cutoff
    if first is None:
        raise InputError(f"λ = {problem.lams} never ends, so the error does not tend to 0; give a cutoff")
    if max_steps < first:
        raise InputError(f"max_steps = {max_steps} is before the end of the regularisation, step {first}")
    limit, next_attempt = np.inf, first
    outcome = CertificationOutcome(None, "not tried", 0)
    for t, now in enumerate(deep_states(problem)):
        with np.errstate(all="ignore"):
            if t < next_attempt and t < max_steps:
                continue
            size = float(np.linalg.norm(now.network.forward(now.X).f - now.y))
            if t == next_attempt == first:
                limit = HUGE * (1 + size + float(np.linalg.norm(now.y)))
        if not size < limit:
            return CertificationOutcome(None, f"diverged: ‖e‖ = {size:.3g} at step {t}; use a smaller step size", t)
        outcome = certify_deep_state(now, step=t, data_label=data_label)
        if outcome.certified or t >= max_steps:
            break
        next_attempt = later(t)
    return outcome


_BITS, _ATTEMPTS = 128, 6


def certify_deep_from_start(
    problem: DeepProblem, *, max_steps: int = 3000, data_label: str = "", watch: Watch = unwatched
) -> CertificationOutcome:
    """Certify exponential decay from the initial network of any depth on, with every step enclosed.

    Parameters
    ----------
    problem
        The network at step 0, with its data, step size and rule; without regularisation.
    max_steps, data_label
        As for `certify_deep_run`, which finds the number of steps.
    watch
        Called after every enclosed step, with its number and the number of steps.

    Returns
    -------
    CertificationOutcome
        With a certificate of kind ``deep-decay-from-start``, or with the reason why there is none.

    Raises
    ------
    InputError
        As `certify_deep_run`, and if there is regularisation.

    Examples
    --------
    >>> from fa_theory.model.deep_problem import DeepLaw
    >>> outcome = certify_deep_from_start(DeepLaw("tanh", 2, 6, (16, 16), rule="bp", eta=0.8).sample(rng=0))
    >>> outcome.certificate
    Certificate(deep-decay-from-start, tanh 6-16-16-1, bp, n=2, step=..., rate=0..., digest=...)
    """
    certifiable(problem)
    if any(problem.lams):
        raise InputError(f"λ = {problem.lams}: a certificate from the start at any depth is without regularisation")
    late = certify_deep_run(problem, max_steps=max_steps, data_label=data_label)
    if not late.certified:
        return late
    steps, bits, reason = late.steps, _BITS, "not tried"
    for _ in range(_ATTEMPTS):
        document = document_of(problem, DeepCandidate(np.eye(problem.y.size), 0.5), steps, data_label)
        document |= {"kind": "deep-decay-from-start", "precision": bits}
        claim = deep_start.DeepDecayFromStart.read(document)
        reason = claim.too_much()
        if reason:
            break
        end = deep_start.enclosed(claim, watch)
        if isinstance(end, tuple):
            reason, bits = f"trajectory: {end[1]}", 2 * bits
            continue
        with np.errstate(all="ignore"):
            candidate = search(_middle(problem, end))
        if isinstance(candidate, DeepCandidate):
            accepted, verdict = _completed(document, candidate, end)
            if accepted is not None:
                return CertificationOutcome(Certificate(accepted), verdict.reason, steps, verdict.trusted)
            reason = verdict.reason
        else:
            reason = candidate
        if steps >= max_steps:
            break
        steps = min(int(1.15 * steps) + 10, max_steps)  # the exact run may be a little behind the float run
    return CertificationOutcome(None, reason, steps)


def _middle(problem: DeepProblem, end: ShadowedState) -> DeepProblem:
    """The stored network, in float64."""
    W = tuple(np.array([[float(x.mid()) for x in row] for row in M.tolist()]) for M in end.state.W)
    B = problem.network.weights.B
    if problem.learning.rule.name in BACKWARDS and BACKWARDS[problem.learning.rule.name].stored:
        moves = BACKWARDS[problem.learning.rule.name].moves
        before = problem.network.weights.W[1:]
        B = tuple(b + w - v for b, w, v in zip(B, W[1:], before, strict=True)) if moves else B
    return replace(problem, network=problem.network.with_weights(problem.network.weights._replace(W=W, B=B)))


def _completed(
    document: dict[str, Any], candidate: DeepCandidate, end: ShadowedState
) -> tuple[dict[str, Any] | None, Verdict]:
    """The document with its conclusions, or None if the checker rejects it; with its verdict."""
    document = document | {"norm": exact(candidate.C), "rate": candidate.q.hex()}
    claim = deep_start.DeepDecayFromStart.read(document)
    with ctx.workprec(64):
        found = deep_start.at_the_end(claim, end)
    if isinstance(found, str):
        return None, Verdict(False, "deep-decay-from-start", found, {})
    document = sealed(document | {"conclusions": _conclusions(found)})
    verdict = recheck(document)
    return (document if verdict.valid else None), verdict
