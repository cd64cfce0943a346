"""Kind ``deep-decay-from-start``: decay for all time at any depth, and the proof begins at the first step.

The document holds exact initial data, the rule and the step size, as `deep` has them, and a number of steps T. Nothing
is said about the state at step T: the checker itself encloses the T steps (`deep_shadow`), and then checks the theorem
of `deep` for every state that it may be. In the sweeps of `deep` the weights of the run are then
``W_l(t) = W̃_l + (W_l(T) − W̃_l) + (W_l(t) − W_l(T))``: the centres are those of the stored network W̃, what moves after
step T is as before, and the rest adds ``s_l ν_lr ‖h‖`` to δz_l and ``Σ_r |v_r| ν_lr`` to (3), also for F where it
moves. Signs of W̃ are those of the run for ever if ``|W̃_l|_rc`` exceeds ν_lr and the radius together. The error at step
T is at most ε from that of the stored network. So for the rule in exact arithmetic from the initial network on, for all
t ≥ 0,

    ‖e(T+t)‖₂ ≤ κ q^t ‖e(T)‖₂,

and no layer moves further than stated after step T.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fa_theory.checker import document as doc
from fa_theory.checker.verdict import Finding

from . import deep
from .deep_shadow import ShadowedState, Watch, enclose_deep, unwatched
from .from_state import refuted

KEYS = (*deep.KEYS, "precision")
DETERMINING = ("activation", "scaling", "rule", "eta", "X", "y", "W", "B", "step", "precision")
"""The entries that determine the trajectory."""
MIN_BITS, MAX_BITS = 32, 8192
MAX_COST = 6 * 10**10
"""See `cost`: about ten minutes."""


def cost(errors: int, widths: Sequence[int], steps: int, bits: int) -> int:
    """What the steps take, in units of about 10 ns."""
    one = 0
    for into, out in pairwise(widths):
        one += into * out * (60 + 8 * errors * (1 + bits // 64))
        one += 1500 * errors * (into + out + errors) * (1 + bits // 512)
    return (steps + 1) * (one + 50 * errors**3) + steps // 32 * sum(6 * min(pair) ** 3 for pair in pairwise(widths))


@dataclass(frozen=True)
class DeepDecayFromStart:
    """The claims of a document of this kind; not trusted."""

    late: deep.DeepDecayFromState
    """Its state is the initial one."""
    bits: int
    key: str
    """Digest of all that determines the trajectory."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> DeepDecayFromStart:
        """Read a document of kind ``deep-decay-from-start``."""
        doc.fields(document, "document", KEYS)
        bits = doc.whole(document["precision"], "precision")
        if not MIN_BITS <= bits <= MAX_BITS:
            raise doc.MalformedDocument(f"precision: expected {MIN_BITS} to {MAX_BITS} bits but got {bits}")
        late = deep.DeepDecayFromState.read({key: document[key] for key in deep.KEYS})
        return cls(late, bits, doc.digest({key: document[key] for key in DETERMINING}))

    def too_much(self) -> str:
        """Why the steps are not enclosed; empty if they are."""
        state, steps = self.late.state, self.late.step
        needed = cost(len(state.y.entries()), state.widths, steps, self.bits) / MAX_COST
        if needed <= 1:
            return ""
        network = "-".join(map(str, state.widths))
        return f"cost: {steps} steps of {network} at {self.bits} bits are {needed:.3g} times what is done at most"


_last: dict[str, ShadowedState | tuple[int, str]] = {}


def enclosed(claim: DeepDecayFromStart, watch: Watch = unwatched) -> ShadowedState | tuple[int, str]:
    """The end of the trajectory; the last one is remembered, under the digest of all that determines it."""
    if claim.key not in _last:
        found = enclose_deep(claim.late.state, claim.late.step, bits=claim.bits, watch=watch)
        _last.clear()
        _last[claim.key] = found
    return _last[claim.key]


def at_the_end(claim: DeepDecayFromStart, end: ShadowedState) -> deep.DeepBounds | str:
    """The quantities of the theorem at step T."""
    return deep.bounds(end.state, claim.late.C, claim.late.q, end.nu, end.eps)


def check(claim: DeepDecayFromStart) -> Finding:
    """Check a claim of this kind."""
    reason = deep.obstacle(claim.late) or claim.too_much()
    if reason:
        return refuted(reason)
    end = enclosed(claim)
    if isinstance(end, tuple):
        return refuted(f"trajectory: {end[1]}")
    finding = deep.judge(claim.late, at_the_end(claim, end))
    statement = finding.statement.replace("e(t)", f"e({claim.late.step}+t)").replace(
        f" after step {claim.late.step}", ", from the initial network on"
    )
    return Finding(finding.violations, finding.bounds, statement)
