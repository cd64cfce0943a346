"""Limits of a run as t → ∞: in floats by continuing the run, exactly by certificates.

They are defined where the error tends to 0, which is the only case that can be certified (`fa_theory.enclosure.start`);
elsewhere they are NaN. λ must be 0 or have a cutoff.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import arb, ctx

from fa_theory.checker.counterexample import limits
from fa_theory.checker.counterexample.numbers import Value
from fa_theory.enclosure.start import certify_from_start
from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball
from fa_theory.model.network import Network
from fa_theory.model.rules import as_rule, step
from fa_theory.model.schedules import Schedule

from . import effort
from .networks import PARTS, Networks, NetworkShape

if TYPE_CHECKING:
    from .declare import Conjecture

NAMES = {"alignment": 0, "movement_W": 1, "movement_beta": 0, "total_W": 0}
"""Ranks by name."""
MOST_STEPS, WORK = 2000, 5e6
"""Steps in floats, fewer for large networks; and as a bound on steps × numbers of one network."""
STEP, NUMBER, CERTIFICATE, CERTIFIED = 25.0, 0.005, 20_000.0, 3.0
"""Units of work (`effort`): for a step and every number in it; for a certificate and every number in a step of it."""
SMALL, HUGE = 1e-9, 1e8
"""The error counts as 0, or as infinite, at these multiples of its initial value."""
LOOK, PATIENCE = 20, 4
"""Steps between two tests of the error; slow runs are stopped after the second fraction of the steps."""
ROUNDING = 1e-7
"""Below this, relative to the numbers involved, a margin may be due to stopping a run early."""
WIDTHS = (1e-7, None)
"""Width to which the limit alignment is enclosed, if possible; otherwise the first certificate is used."""
BITS = 192

Limits = dict[str, Array]


def steps_on(shape: NetworkShape) -> int:
    """Number of steps for which a run is followed, in floats, until its error vanishes."""
    return int(min(MOST_STEPS, WORK / (shape.p * (shape.n + shape.d) + shape.n * shape.d)))


def priced(conjecture: Conjecture, shape: NetworkShape) -> NetworkShape:
    """The shape, with additional steps for the cost of its limits if the conjecture contains any; a rough estimate."""
    return replace(shape, steps=shape.steps + steps_on(shape) // 10) if conjecture.has_limits else shape


def in_floats(networks: Networks) -> Limits:
    """Approximate limits of a batch of floats, by name; NaN where the error does not vanish soon enough.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain
    >>> domain = Domain(n=1, d=1, p=4, eta=0.5, W_scale=1.0, beta_scale=0)
    >>> limits = in_floats(domain.sample(domain.smallest(), np.random.default_rng(0), 3))
    >>> limits["alignment"].shape, limits["movement_W"].shape
    ((3,), (3, 4))
    """
    shape, t = networks.shape, networks.shape.steps
    last = t + steps_on(shape)
    patience = t + (last - t) // PATIENCE
    state = networks.states[-1]
    W, beta = np.full_like(state.W, np.nan), np.full_like(state.beta, np.nan)
    left, on = np.arange(len(networks)), networks
    with np.errstate(all="ignore"):
        start = _size(networks.states[0].error(networks.X, networks.y))
        before = start
        while True:
            size = _size(state.error(on.X, on.y))
            decays = networks.cutoff is None or t < networks.cutoff
            settled = (on.lam == 0) | (not decays)
            done = settled & (size <= SMALL * start)
            W[left[done]], beta[left[done]] = state.W[done], state.beta[done]
            # a slow one is skipped if even twice its present rate would not suffice
            hopeless = (t > patience) & ~(size * (size / before) ** (2 * (last - t) / LOOK) <= SMALL * start)
            stays = ~done & (size <= HUGE * start) & ~(settled & hopeless)
            if t >= last or not stays.any():
                break
            left, on, start, before = left[stays], on[stays], start[stays], size[stays]
            state = Network(state.W[stays], state.beta[stays], on.b, state.psi)
            effort.spend(LOOK * (STEP + NUMBER * len(left) * (3 * on.X.size + 3 * on.W.size) / max(1, len(on))))
            for _ in range(LOOK):
                lam = on.lam[:, None, None] if networks.cutoff is None or t < networks.cutoff else 0
                state = step(state, on.X, on.y, eta=on.eta[:, None, None], lam=lam, rule=networks.rule)
                t += 1
        b = networks.b
        return {
            "alignment": np.sum(b * beta, axis=-1) / (_size(b) * _size(beta)),
            "movement_W": _size(W - networks.W),
            "movement_beta": _size(beta - networks.beta),
            "total_W": _size((W - networks.W).reshape(len(W), -1)),
        }


def _size(v: Array) -> Array:
    squares: Array = np.sum(v * v, axis=-1)
    return np.sqrt(squares)


def limits_certificate(networks: Networks) -> dict[str, Any] | None:
    """A certificate for the limits of one network (a batch of one) of exact float64 numbers; None if there is none, or
    if it would take too long."""
    if networks.arrays:
        return None
    try:
        numbers = tuple(tuple(float(x) for x in getattr(networks, name).flat) for name in PARTS if name != "more")
    except OverflowError:
        return None
    given = (x for name in PARTS for x in getattr(networks, name).flat)
    if any(Fraction(x) != Fraction(y) for x, y in zip(given, (x for part in numbers for x in part), strict=True)):
        return None
    found = _certificate(networks.shape, networks.rule, networks.cutoff, numbers)
    shape = networks.shape
    steps = steps_on(shape) if found is None else found["step"]
    effort.spend(CERTIFICATE + STEP * steps + CERTIFIED * steps * shape.n * (shape.p + shape.n))
    return found


@lru_cache(maxsize=64)
def _certificate(
    shape: NetworkShape, rule: str, cutoff: int | None, numbers: tuple[tuple[float, ...], ...]
) -> dict[str, Any] | None:
    n, d, p = shape.n, shape.d, shape.p
    shapes = [(n, d), (n,), (p, d), (p,), (p,), (), ()]
    X, y, W, beta, b, eta, lam = (np.array(part).reshape(s) for part, s in zip(numbers, shapes, strict=True))
    if not as_rule(rule).constant or (lam > 0 and cutoff is None):
        return None
    network, schedule = Network(W, beta, b, activation(shape.activation)), Schedule(float(lam), cutoff)
    for width in WIDTHS:
        try:
            outcome = certify_from_start(
                network,
                X,
                y,
                eta=float(eta),
                schedule=schedule,
                max_steps=steps_on(shape),
                alignment_width=width,
                arithmetic="arb",
            )
        except InputError:
            return None
        if outcome.certificate is not None:
            return outcome.certificate.document
    return None


def in_balls(networks: Networks) -> Limits:
    """Enclosures of the limits of a batch of balls; undefined where a network is not exact, or not certified."""
    found = [_enclosed(networks[i]) for i in range(len(networks))]
    return {name: np.concatenate([one[name] for one in found]) for name in NAMES}


def _enclosed(one: Networks) -> Limits:
    unknown = Value((), [arb("nan")])
    values = dict.fromkeys(NAMES, unknown) | {"movement_W": Value((one.shape.p,), [arb("nan")] * one.shape.p)}
    if all(Ball(x).arb.is_exact() for name in PARTS for x in getattr(one, name).flat):
        proof = limits.LimitsCertificate.read(limits_certificate(one.map(_rationals)))
        if proof is not None:
            with ctx.workprec(max(ctx.prec, BITS)):
                values |= proof.found()
    balls = {name: [Ball(x) for x in v.entries] for name, v in values.items()}
    return {name: np.array(balls[name], dtype=object).reshape(1, *values[name].shape) for name in NAMES}


def _rationals(exact: Array) -> Array:
    parts = (Ball(x).arb.man_exp() for x in exact.flat)
    made = [Fraction(int(top)) * Fraction(2) ** int(power) for top, power in parts]
    return np.array(made, dtype=object).reshape(exact.shape)
