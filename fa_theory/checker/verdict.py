"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from flint import arb

from .decimals import interval
from .linalg import up

PYTHON_FLINT = "python-flint"
"""What every proof relies on: exact rationals and balls."""
Interval = tuple[arb, arb]
VACUOUS = "vacuous:"
"""How the reason starts if a proof, of any kind, is right but nothing is known that satisfies its hypotheses."""
Violation = tuple[float, str]
"""The size of the violation of a constraint (``inf`` if it has none), and its description."""


def violations(where: str, found: Interval, claimed: Interval) -> list[Violation]:
    """None if the interval found is certainly inside the claimed one; else one, relative to the claimed width."""
    if claimed[0] <= found[0] and found[1] <= claimed[1]:
        return []
    if not (found[0].is_finite() and found[1].is_finite()):
        low, high = -up(-claimed[0]) + 0.0, up(claimed[1]) + 0.0
        return [(inf, f"{where}: [{low:.9g}, {high:.9g}] is claimed, but no bound follows from the rest")]
    size = violation_size((claimed[0] - found[0]).max(found[1] - claimed[1]) / (claimed[1] - claimed[0]))
    ends = (interval(-up(-low) + 0.0, up(high) + 0.0, 9) for low, high in (claimed, found))
    return [(size, "{}: the claimed {} does not contain {}".format(where, *ends))]


def violation_size(ratio: arb) -> float:
    """The ratio, or infinity if it is not a number."""
    return up(ratio) if ratio.is_finite() else inf


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of the method for one kind of certificate."""

    violations: list[Violation]
    """Empty if every constraint holds."""
    bounds: dict[str, float]
    statement: str
    """The statement that is proved if there is no violation."""
    trusted: str = PYTHON_FLINT
    """The arithmetic that the proof relies on."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a certificate is valid, and what it proves.

    Attributes
    ----------
    valid
        True only if every claim of the document follows, and its hypotheses can be satisfied.
    kind
        ``almost-every``, ``boxes``, ``counterexample``, ``curve-from-start``, ``decay-from-start``,
        ``decay-from-state``, ``decay-of-epochs``, ``decay-with-momentum``, ``deep-decay-from-start``,
        ``deep-decay-from-state``, ``enclosure``, ``growth`` or ``proof``.
    reason
        The proved statement, or the worst violated constraint: one line, and for a proof also its statement.
    bounds
        The checker's own bounds, as floats rounded outwards.
    trusted
        The arithmetic that the verdict relies on: ``python-flint`` (exact rationals and balls), and NumPy's binary64
        where it was asked for.
    data
        The digests of the files that the document refers to.
    """

    valid: bool
    kind: str
    reason: str
    bounds: dict[str, float]
    trusted: str = PYTHON_FLINT
    data: tuple[str, ...] = ()
