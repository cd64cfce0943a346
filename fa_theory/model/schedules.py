"""Regularisation schedules λ(t)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fa_theory.errors import InputError


def as_schedule(schedule: Schedule | None) -> Schedule:
    """Return a schedule unchanged, and the zero schedule for None.

    Raises
    ------
    InputError
        If it is anything else.
    """
    if schedule is None:
        return Schedule.none()
    if not isinstance(schedule, Schedule):
        raise InputError(f"expected a Schedule but got {schedule!r}; write Schedule(lam, cutoff)")
    return schedule


@dataclass(frozen=True, slots=True)
class Schedule:
    """``λ(t) = lam`` for ``t < cutoff``, and 0 from ``cutoff`` on.

    Examples
    --------
    >>> schedule = Schedule.with_cutoff(0.3, 60)
    >>> schedule(59), schedule(60), schedule.off_from
    (0.3, 0.0, 60)
    """

    lam: float = 0.0
    cutoff: int | None = None
    """First step without regularisation; None: there is none."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lam) and self.lam >= 0):
            raise InputError(f"expected a finite regularisation lam ≥ 0 but got {self.lam!r}")
        if self.cutoff is not None and self.cutoff < 0:
            raise InputError(f"expected a cutoff ≥ 0 steps but got {self.cutoff!r}")

    @classmethod
    def none(cls) -> Schedule:
        """No regularisation."""
        return cls()

    @classmethod
    def constant(cls, lam: float) -> Schedule:
        """λ for ever."""
        return cls(lam)

    @classmethod
    def with_cutoff(cls, lam: float, cutoff: int) -> Schedule:
        """λ for the first ``cutoff`` steps, then none (Song, Xu & Lafferty 2021, Section 4)."""
        return cls(lam, cutoff)

    def __call__(self, t: int) -> float:
        return self.lam if self.cutoff is None or t < self.cutoff else 0.0

    @property
    def off_from(self) -> int | None:
        """First step from which λ stays 0, or None if there is none."""
        return 0 if self.lam == 0 else self.cutoff
