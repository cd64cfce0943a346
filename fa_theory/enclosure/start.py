"""Certificates from time zero: the claim is about the initial network, and the checker encloses the run itself.

A float64 run determines the number of steps T after which a certificate is found. Then the T steps are enclosed, in
verified binary64 if that suffices, otherwise in balls at a precision that is raised until it suffices; norm, rate and
radii are sought for the enclosed state. Mathematics: `fa_theory.checker.decay.from_start`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from math import ceil, log
from typing import Any, Literal, get_args, overload

import numpy as np
from flint import arb, arb_mat, ctx

from fa_theory.checker.decay import from_start, from_state, trajectory
from fa_theory.checker.decay.floats import BINARY64
from fa_theory.checker.document import MAX_FEATURES
from fa_theory.checker.linalg import up
from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import Verdict
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem
from fa_theory.model.schedules import Schedule
from fa_theory.simulation.run import states

from .certificate import conclusions, decay_document, exact, interval, sealed, state_of
from .certify import CertificationOutcome, certifiable_arguments, certify_run, certify_state, first_candidate
from .reading import Certificate
from .search import Candidate, search
from .slow import slowest_rate

_BITS = 128
"""First precision to try; a lower one hardly saves time."""
_ENOUGH = 2.0**-40
"""If the state is enclosed to this radius and no certificate is found, more bits do not help."""
_NEARLY = 2.0**-16
"""The same for an enclosure in binary64: more steps are tried, and only then more bits."""
_NARROW = 2.0**-30
"""The same where there is a candidate, but the checker refuses it."""
_WIDENINGS = 3
_ATTEMPTS = 8
_EXTENSIONS = 2
"""More steps are tried this often in binary64 before balls, which take far longer, whatever the width of the end."""

Choice = Literal["fast", "arb", "binary64"]
"""Arithmetic of the enclosed steps; fast: binary64, and balls where binary64 does not suffice."""
CHOICES: tuple[Choice, ...] = get_args(Choice)


@overload
def certify_from_start(
    network: Problem,
    *,
    max_steps: int = 10_000,
    alignment_width: float | None = None,
    watch: trajectory.Watch = trajectory.unwatched,
    arithmetic: Choice = "fast",
) -> CertificationOutcome: ...
@overload
def certify_from_start(
    network: Network,
    X: Array,
    y: Array,
    *,
    eta: float,
    schedule: Schedule | None = None,
    max_steps: int = 10_000,
    alignment_width: float | None = None,
    data_label: str | None = None,
    watch: trajectory.Watch = trajectory.unwatched,
    arithmetic: Choice = "fast",
) -> CertificationOutcome: ...
def certify_from_start(
    network: Network | Problem,
    X: Array | None = None,
    y: Array | None = None,
    *,
    eta: float | None = None,
    schedule: Schedule | None = None,
    max_steps: int = 10_000,
    alignment_width: float | None = None,
    data_label: str | None = None,
    watch: trajectory.Watch = trajectory.unwatched,
    arithmetic: Choice = "fast",
) -> CertificationOutcome:
    """Certify exponential decay of the error for the initial network, all steps in exact arithmetic.

    Parameters
    ----------
    network
        A problem, or the state at step 0, in float64.
    X, y, eta, schedule, max_steps, data_label
        As for `fa_theory.enclosure.certify.certify_run`.
    alignment_width
        Continue the run until the limit alignment is enclosed to this width; default: stop at the first certificate.
    watch
        Called after every enclosed step, with its number and T.
    arithmetic
        Of the enclosed steps: ``binary64``, floats with proved bounds; ``arb``, balls; or ``fast``, binary64 and, where
        that does not suffice, balls. The outcome says what it trusts.

    Returns
    -------
    CertificationOutcome
        With a certificate of kind ``decay-from-start``, or with the reason: that of `certify_run`, or why the enclosure
        failed.

    Raises
    ------
    InputError
        As `certify_run`, and if ``alignment_width`` is not positive or ``arithmetic`` unknown.

    Examples
    --------
    >>> from fa_theory.model.problem import sample
    >>> outcome = certify_from_start(sample(rng=1, n=4, d=6, p=60, activation="tanh", eta=0.2))
    >>> outcome.certified, outcome.certificate["kind"]
    (True, 'decay-from-start')
    """
    if alignment_width is not None and not alignment_width > 0:
        raise InputError(f"expected an alignment width > 0 but got {alignment_width!r}")
    if arithmetic not in CHOICES:
        raise InputError(f"expected an arithmetic, one of {', '.join(CHOICES)}, but got {arithmetic!r}")
    network, X, y, eta, schedule, label = certifiable_arguments(network, X, y, eta, schedule, data_label)
    large = state_size(network, X) > MAX_FEATURES and arithmetic != "arb"  # too large for a late certificate
    ends = schedule.off_from is not None and schedule.off_from <= max_steps
    if large and (alignment_width is not None or not ends):
        raise InputError(
            f"{state_size(network, X):,} samples × neurons × outputs, more than {MAX_FEATURES:,}: expected no "
            "alignment width, and a regularisation that ends before the last step"
        )
    if alignment_width is None and ends:  # a late certificate would be checked for nothing
        found = first_candidate(network, X, y, eta=eta, schedule=schedule, max_steps=max_steps)
        if found.reason:
            return found
        return certify_after(
            network,
            X,
            y,
            eta=eta,
            steps=found.steps,
            schedule=schedule,
            max_steps=max_steps,
            data_label=label,
            watch=watch,
            arithmetic="binary64" if large else arithmetic,
        )
    late = certify_run(network, X, y, eta=eta, schedule=schedule, max_steps=max_steps, data_label=label)
    aim = alignment_width
    while True:
        if aim is not None:
            late = narrowed(late, eta=eta, schedule=schedule, width=aim, max_steps=max_steps)
        if late.certificate is None:
            return late
        outcome = certify_after(
            network,
            X,
            y,
            eta=eta,
            steps=late.steps,
            schedule=schedule,
            max_steps=max_steps,
            data_label=label,
            watch=watch,
            arithmetic=arithmetic,
        )
        if alignment_width is None or aim is None or outcome.certificate is None:
            return outcome
        if _alignment_width(outcome.certificate) <= alignment_width:
            return outcome
        aim /= 2  # the enclosed state is not quite that of the float run, and its limit is less accurate


def _alignment_width(certificate: Mapping[str, Any]) -> float:
    """Width of the interval that encloses the limit alignment; 2 where there is none."""
    ends = certificate["conclusions"]["alignment"]
    return float.fromhex(ends["high"]) - float.fromhex(ends["low"]) if ends else 2.0


def narrowed(
    late: CertificationOutcome, *, eta: float, schedule: Schedule, width: float, max_steps: int
) -> CertificationOutcome:
    """Continue from a certified state until the certificate encloses the limit alignment to this width."""
    while late.certificate is not None:
        found = _alignment_width(late.certificate)
        if found <= width:
            break
        if late.steps >= max_steps:
            return CertificationOutcome(
                None, f"alignment: its limit is enclosed to width {found:.3g} only, at step {late.steps}", late.steps
            )
        # the proved rate is slower than the true one: wait half the predicted time, and look again
        wait = 1 + int(log(found / width) / -log(float.fromhex(late.certificate["rate"])) / 2)
        wait = min(wait, max_steps - late.steps)
        before, X, y = state_of(late.certificate)
        after = next(islice(states(before, X, y, eta=eta), wait, None))
        late = certify_state(after, X, y, eta=eta, step=late.steps + wait, schedule=schedule)
    return late


def certify_after(
    network: Network,
    X: Array,
    y: Array,
    *,
    eta: float,
    steps: int,
    schedule: Schedule | None = None,
    max_steps: int | None = None,
    data_label: str = "",
    watch: trajectory.Watch = trajectory.unwatched,
    arithmetic: Choice = "fast",
) -> CertificationOutcome:
    """Certify from the initial network with this many enclosed steps, or, if too few, up to ``max_steps``."""
    schedule = schedule or Schedule.none()
    reason = "not tried"
    placeholder = Candidate(np.eye(y.size), 0.5, np.zeros(network.p), np.zeros(network.p))
    document = decay_document(
        "decay-from-start", placeholder, network, X, y, eta=eta, step=steps, schedule=schedule, label=data_label
    )
    zero = {"low": (0.0).hex(), "high": (0.0).hex()}
    nothing = {"rate_low": (0.0).hex(), "movement_w": {end: exact(np.zeros(network.p)) for end in zero}}
    document["conclusions"]["limits"] = nothing | dict.fromkeys(from_start.TOTALS, zero)
    bits, used, first, extended = _BITS, _first(network, arithmetic), steps, 0
    for _ in range(_ATTEMPTS):
        document |= {"step": steps, "precision": bits}
        claim = from_start.DecayFromStart.read(document, used)
        if bits > from_start.MAX_BITS or from_start.too_much(claim, used):
            reason = f"cost: it would take too long to enclose {steps} steps " + (
                f"at {bits} bits" if used == "arb" else "in binary64"
            )
            return CertificationOutcome(
                None, f"{reason}; the late state can be certified without (certify_run, --late)", steps
            )
        end = from_start.enclosed(claim, watch, used)
        narrow = False
        if isinstance(end, tuple):
            reason = f"trajectory: {end[1]}"
        else:
            with np.errstate(all="ignore"):
                candidate = search(middle(network, X, end), X, y, eta)
            if isinstance(candidate, Candidate):
                accepted, verdict = completed(document, claim, candidate, end, used)
                reason = verdict.reason
                if accepted:
                    return CertificationOutcome(Certificate(accepted), reason, steps, verdict.trusted)
            else:
                reason = candidate
            # a candidate that the checker refuses in wide balls needs narrower ones, not more steps
            enough = _ENOUGH if used == "arb" else _NARROW if isinstance(candidate, Candidate) else _NEARLY
            narrow = all(r < enough for r in (*end.nu, *(x.rad() for x in end.beta)))
        cheap = used == "binary64" and not isinstance(end, tuple) and extended < _EXTENSIONS
        if (narrow or cheap) and max_steps is not None and steps < max_steps:
            extended += 1
            steps = min(ceil(1.15 * steps) + 10, max_steps)  # the exact run may be a little behind the float run
        elif used == "arb" and not narrow:
            bits = 2 * bits
        elif used == "binary64" and arithmetic == "fast" and state_size(network, X) <= MAX_FEATURES:
            used, steps = "arb", first
        else:
            break
    return CertificationOutcome(None, reason, steps)


def _first(network: Network, arithmetic: Choice) -> from_start.Arithmetic:
    """The arithmetic to begin with."""
    match arithmetic:
        case "arb" | "binary64":
            return arithmetic
        case "fast":
            return "binary64" if network.psi.name in BINARY64 else "arb"


def state_size(network: Network, X: Array) -> int:
    """Samples times neurons times outputs."""
    return len(X) * network.beta.size


def middle(network: Network, X: Array, end: trajectory.Enclosure) -> Network:
    """The midpoint of an enclosure, in float64."""
    N = np.array([[float(x.mid()) for x in row] for row in end.N.tolist()])
    beta = np.array([float(x.mid()) for x in end.beta]).reshape(network.beta.shape)
    return replace(network, W=network.W - N.T @ X, beta=beta)


def short(have: list[arb], need: list[arb]) -> bool:
    """Whether radii may not be enough."""
    return not all(x <= y for x, y in zip(need, have, strict=True))


def wider(have: list[arb], need: list[arb]) -> list[arb]:
    """Radii that are enough, with a margin."""
    return [arb(max(up(y), 1.002 * up(x))) for x, y in zip(need, have, strict=True)]


def completed(
    document: dict[str, Any],
    claim: from_start.DecayFromStart,
    candidate: Candidate,
    end: trajectory.Enclosure,
    arithmetic: from_start.Arithmetic,
) -> tuple[dict[str, Any] | None, Verdict]:
    """The document for this candidate with all conclusions, or None if the checker rejects it; with its verdict."""
    document = document | {
        "norm": exact(candidate.C),
        "rate": candidate.q.hex(),
        "tube": {"rho": exact(candidate.rho), "tau": exact(candidate.tau)},
    }
    late = replace(
        from_start.at_the_end(claim, end),
        C=arb_mat(candidate.C.tolist()),
        q=arb(candidate.q),
        rho=[arb(x) for x in candidate.rho.tolist()],
        tau=[arb(x) for x in candidate.tau.tolist()],
    )
    with ctx.workprec(64):
        found = from_state.bounds(late.state, late.C, late.q, late.rho, late.tau, late.Z, late.e)
        for _ in range(_WIDENINGS):  # the search knows nothing of the width of the balls
            if found is None or not (short(late.rho, found.rho) or short(late.tau, found.tau)):
                break
            late = replace(late, rho=wider(late.rho, found.rho), tau=wider(late.tau, found.tau))
            found = from_state.bounds(late.state, late.C, late.q, late.rho, late.tau, late.Z, late.e)
        if found is None:
            return None, Verdict(False, "decay-from-start", "norm: C is not certainly invertible", {})
        document |= {"tube": {"rho": [up(x).hex() for x in late.rho], "tau": [up(x).hex() for x in late.tau]}}
        limits = from_start.limits(claim.late.state, end, found)
        rate_low = slowest_rate(found)
    moved = [interval(*pair, 0.0) for pair in limits.movement]
    claims = conclusions(found) | {
        "limits": {
            "rate_low": rate_low.hex(),
            "movement_w": {end_: [m[end_] for m in moved] for end_ in ("low", "high")},
            **{key: interval(*limits.totals[key], 0.0) for key in from_start.TOTALS},
        }
    }
    document = sealed(document | {"conclusions": claims})
    verdict = recheck(document, arithmetic=arithmetic)
    return document if verdict.valid else None, verdict
