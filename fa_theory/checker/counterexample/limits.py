"""Limits of the run of a counterexample, as t → ∞: what a certificate inside the document proves of them.

It is a certificate of the kind ``decay-from-start`` about the same network. It is checked in full, as if it stood
alone; it must be about exactly the data X, y, W, β, b, η, ψ, λ(t) of the counterexample; and the limits are the
intervals that this check finds, not those that the certificate claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flint import arb, fmpq

from fa_theory.checker import document as doc
from fa_theory.checker.decay import from_start
from fa_theory.checker.verdict import Interval

from .numbers import Undefined, Value
from .rules import CONSTANT


@dataclass(frozen=True)
class LimitsCertificate:
    """A certificate about the limits; nothing in it is trusted."""

    claim: from_start.DecayFromStart
    same: bool
    """Whether its digest is that of what it contains."""

    @classmethod
    def read(cls, value: object) -> LimitsCertificate | None:
        """Read a certificate, or null."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise doc.MalformedDocument(f"limits: expected a certificate or null but got a {type(value).__name__}")
        doc.text(value.get("format"), "limits.format", (doc.FORMAT,))
        doc.text(value.get("kind"), "limits.kind", ("decay-from-start",))
        try:
            claim = from_start.DecayFromStart.read(value)
        except doc.MalformedDocument as error:
            raise doc.MalformedDocument(f"limits: {error}") from None
        return cls(claim, doc.digest(value) == value["digest"])

    def values(self, network: Mapping[str, Any], arrays: Mapping[str, Value]) -> dict[str, Value]:
        """The limits of the run of this network, in balls.

        Raises
        ------
        Undefined
            If the certificate is not valid, or not about this network.
        """
        other = _different(self.claim, network, arrays)
        if other:
            raise Undefined(f"limits: the certificate is about another network: {other} is not the same")
        return self.found()

    def found(self) -> dict[str, Value]:
        """The limits that the certificate proves, in balls, by name (`formula.LIMITS`).

        Raises
        ------
        Undefined
            If it is not valid.
        """
        if not self.same:
            raise Undefined("limits: the certificate was changed after it was written")
        finding, found = from_start.judge(self.claim)
        if finding.violations or found is None:
            raise Undefined(f"limits: {max(finding.violations)[1]}")
        movement = [_ball(ends) for ends in found.movement]
        proved = {
            "movement_W": Value((len(movement),), list(movement)),
            "movement_beta": Value((), [_ball(found.totals["total_beta"])]),
            "total_W": Value((), [_ball(found.totals["total_w"])]),
        }
        return proved if found.alignment is None else proved | {"alignment": Value((), [_ball(found.alignment)])}


def _different(claim: from_start.DecayFromStart, network: Mapping[str, Any], arrays: Mapping[str, Value]) -> str:
    """What differs between the network of a certificate and that of the counterexample, exactly; or nothing."""
    late = claim.late
    state = late.state
    numbers = {"X": state.X.entries(), "y": state.y, "W": state.W.entries(), "beta": state.beta, "b": state.b}
    same = {
        "rule": network["rule"] in CONSTANT,
        "k": network["k"] is None,
        "activation": state.activation == network["activation"],
        "eta": _exact(state.eta) == network["eta"],
        "lam": _exact(late.lam) == network["lam"],
        "cutoff": late.cutoff == network["cutoff"],
        "n": state.X.nrows() == network["n"],
        "d": state.X.ncols() == network["d"],
        "p": state.p == network["p"],
    } | {name: [_exact(x) for x in entries] == arrays[name].entries for name, entries in numbers.items()}
    return next((name for name, equal in same.items() if not equal), "")


def _exact(x: arb) -> fmpq:
    """The rational that an exact ball is."""
    top, exponent = x.man_exp()
    return fmpq(top) * fmpq(2) ** int(exponent)


def _ball(ends: Interval) -> arb:
    """A ball around an interval."""
    low, high = ends
    if not (low.is_finite() and high.is_finite()):
        raise Undefined("limits: the enclosure of a limit is lost")
    return low.union(high)
