"""A verified upper bound on the width required by the theorem of `fa_theory.gram.apriori`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb, ctx

from fa_theory.checker.linalg import euclidean, spectral_norm
from fa_theory.errors import InputError
from fa_theory.model.activations import Activation, activation
from fa_theory.model.ball import Array, as_arb, balls

from .apriori import EVENTS, AtWidth, Setting, supremum
from .definite import gamma_lower
from .limit import limit_gram
from .number import inputs, matrix

_WIDEST = 10**60


@dataclass(frozen=True)
class RequiredWidth:
    """A width from which the theorem holds, and its conclusions there.

    Attributes
    ----------
    p
        The width; the conditions of the theorem certainly hold at p and, by monotonicity, at every larger width.
    alone
        The width that each contribution would need if it alone used the margin ``(1 − κ)γ``; for ``"step size"``, the
        width from which condition (ii) holds.
    budget
        The fraction of the margin that each contribution uses at p, as a float for tables; the sum is at most 1.
    setting, at
        The constants of the theorem, and its quantities at p.
    """

    p: int
    alone: dict[str, int]
    budget: dict[str, float]
    setting: Setting
    at: AtWidth

    def __repr__(self) -> str:
        """In one line; the attributes show the contributions to the width."""
        return f"RequiredWidth(p={self.p}, rate={float(self.rate):.6g})"

    @property
    def rate(self) -> arb:
        """Upper bound on the factor ``1 − ηκγ`` by which every step contracts the error."""
        return (1 - self.setting.eta * self.setting.share * self.setting.gamma).upper()

    @property
    def first_layer_radius(self) -> arb:
        """Upper bound on ``‖w_r(t) − w_r(0)‖`` for all r and t, at width p."""
        s = self.setting
        largest = (2 * (self.p * EVENTS / s.delta).log()).sqrt()
        return (largest * s.slope * s.spread.sqrt() * self.at.reach / arb(self.p).sqrt()).upper()

    @property
    def output_radius(self) -> arb:
        """Upper bound on ``|β_r(t) − β_r(0)|`` for all r and t, at width p."""
        s = self.setting
        return (s.value * arb(s.n).sqrt() * self.at.reach / arb(self.p).sqrt()).upper()

    @property
    def start(self) -> arb:
        """Upper bound on ``‖e(0)‖``."""
        return self.at.start.upper()


def setting(
    X: Array,
    y: Array,
    psi: str | Activation,
    *,
    eta: float,
    delta: float,
    share: float | Fraction = 0.5,
    bits: int = 128,
) -> Setting:
    """Verified constants of the theorem for these data; parameters and errors as in `required_width`."""
    X, y, psi = inputs(X), np.asarray(y), activation(psi)
    if y.shape != (len(X),):
        raise InputError(f"expected y of shape ({len(X)},), one output, but got shape {y.shape}")
    if y.dtype != object and not np.isfinite(y).all():
        raise InputError("y has an element that is not finite; repair or remove its row")
    for name, part in (("delta", delta), ("share", share)):
        if not 0 < part < 1:
            raise InputError(f"expected {name} strictly between 0 and 1 but got {part!r}")
    if not 0 < eta < float("inf"):
        raise InputError(f"expected a finite step size eta > 0 but got {eta!r}")
    value, slope, bend = (supremum(psi, order) for order in range(3))
    with ctx.workprec(bits):
        gamma = gamma_lower(X, psi, bits=bits)
        if not gamma > 0:
            raise InputError(
                "γ = λ_min(Ḡ) is not provably positive, so no width suffices; remove rows of X that are equal, "
                "opposite or zero, or raise bits if two rows are only very close"
            )
        B = balls(X)
        gram = limit_gram(B, psi)
        top = spectral_norm(matrix(gram))
        exact = as_arb(eta)
        if not exact * (top + as_arb(share) * gamma) < 2:
            largest = 2 / (top + as_arb(share) * gamma)
            raise InputError(
                f"the step size eta = {eta!r} is too large for every width; use eta below "
                f"2/(λ_max(Ḡ) + share·γ) = {float(largest.lower()):.6g}"
            )
        return Setting(
            n=len(X),
            value=value,
            slope=slope,
            bend=bend,
            spread=spectral_norm(matrix(B)) ** 2,
            longest=max((euclidean(as_arb(x) for x in row) for row in B), key=float),
            target=euclidean(as_arb(x) for x in y),
            gamma=gamma,
            top=top,
            trace=sum((as_arb(x) for x in np.diagonal(gram)), arb(0)),
            eta=exact,
            delta=as_arb(delta),
            share=as_arb(share),
        )


def required_width(
    X: Array,
    y: Array,
    psi: str | Activation,
    *,
    eta: float,
    delta: float,
    share: float | Fraction = 0.5,
    bits: int = 128,
) -> RequiredWidth:
    """A width from which feedback alignment converges exponentially with probability at least ``1 − δ``.

    Parameters
    ----------
    X, y
        Inputs ``(n, d)`` and targets ``(n,)``: floats (taken exactly), rationals or balls.
    psi
        A bounded activation, or its name: erf, tanh or sigmoid.
    eta, delta
        Step size on ``½‖e‖²``, and failure probability.
    share
        κ: every step contracts the error by ``1 − ηκγ``. The paper has ¼; ½ needs a smaller width.
    bits
        Working precision.

    Returns
    -------
    RequiredWidth
        The smallest width whose conditions could be verified: an upper bound on the theorem's ``p*``.

    Raises
    ------
    InputError
        If γ is not provably positive, ψ is unbounded, δ or κ is not in (0, 1), or η is too large for every width (the
        message gives the bound).

    Notes
    -----
    Theorem and proof: `fa_theory.gram.apriori`. After Song, Xu & Lafferty (2021), Theorem 3.2.

    Examples
    --------
    >>> found = required_width(np.eye(2), np.array([1.0, -1.0]), "erf", eta=0.5, delta=0.1)
    >>> found.p, found.rate < 0.884
    (134866, True)
    """
    found = setting(X, y, psi, eta=eta, delta=delta, share=share, bits=bits)
    with ctx.workprec(bits):
        p = _first(lambda p: found.contracts(p) and found.slow(p))
        at, room = found.at(p), (1 - found.share) * found.gamma
        assert at.bottom_later is not None
        taken = {
            "Gram matrix at the start": at.theta * found.gamma,
            "drift of the features": (1 - at.theta) * found.gamma - at.bottom_later,
            **at.kernel,
        }
        return RequiredWidth(
            p=p,
            alone=_alone(found, room),
            budget={cause: float((part / room).mid()) for cause, part in taken.items()},
            setting=found,
            at=at,
        )


def _alone(found: Setting, room: arb) -> dict[str, int]:
    def drift(p: int) -> bool:
        return bool(found.gamma.sqrt() - found.at(p).moved / arb(p).sqrt() >= (found.share * found.gamma).sqrt())

    def fits(cause: str) -> Callable[[int], bool]:
        return lambda p: bool(found.at(p).kernel[cause] <= room)

    return {
        "Gram matrix at the start": _first(lambda p: bool(found.at(p).theta * found.gamma <= room)),
        "drift of the features": _first(drift),
        **{cause: _first(fits(cause)) for cause in found.at(1).kernel},
        "step size": _first(found.slow),
    }


def _first(holds: Callable[[int], bool]) -> int:
    """The first width at which a monotone condition is verified, by doubling and bisection."""
    high = 1
    while not holds(high):
        high *= 2
        if high > _WIDEST:
            raise InputError(
                f"no width up to {_WIDEST:.0e} could be verified; use a smaller eta or a larger delta, or raise bits"
            )
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
