"""Recurrences: variables with a start, formulas for one step, and a number of steps.

Every run beside that of the network is one: the same network under another rule or with other data, a deep network, a
learning rule of the user. The checker follows it in exact arithmetic (`fa_theory.checker.counterexample.recurrences`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from fa_theory.errors import InputError

from .expression import Expr, Time, formula, parts, where


@dataclass(frozen=True, eq=False)
class Recurrence:
    """Variables that follow formulas.

    Attributes
    ----------
    steps
        The number of steps: a formula of the sizes, rounded to the nearest whole number.
    start
        The variables at time 0.
    step
        The variables one step later, by their values at time t (`before`); a variable without a step stays as it is.
    """

    steps: Expr
    start: Mapping[str, Expr]
    step: dict[str, Expr] = field(default_factory=dict)
    vanishing: list[Expr] = field(default_factory=list)
    """Parts of the step that may tend to 0, such as the error; a proof that it has a limit starts from them."""

    @property
    def formulas(self) -> Iterator[Expr]:
        """All formulas of it."""
        yield self.steps
        yield from self.start.values()
        yield from self.step.values()

    def autonomous(self) -> None:
        """Refuse a step that depends on the time: limits of such runs are not known."""
        for x in self.step.values():
            for part in parts(x):
                bound = part.time is not None and (part.time.bound or part.time.outer)
                if part.op == "clock" or (bound and part.op != "previous"):
                    raise InputError(f"{where()}: a run whose step depends on the time has no known limit")

    def rank(self, name: str) -> int:
        """The rank of a variable."""
        if name not in self.start:
            raise InputError(f"{where()}: there is no variable {name!r}; there are {', '.join(self.start)}")
        return self.start[name].rank

    def at(self, name: str, time: Time) -> Expr:
        """A variable at some time."""
        if time == Time(0):
            self.rank(name)
            return self.start[name]
        return Expr("state", (), self.rank(name), (self, name), time, 0)

    def before(self, name: str) -> Expr:
        """A variable at the time from which a step is made; for formulas of the step."""
        return Expr("previous", (), self.rank(name), (self, name), Time(0, bound=True), 0)

    @staticmethod
    def of(
        start: Mapping[str, object], step: Callable[[Recurrence], Mapping[str, object]], steps: object
    ) -> Recurrence:
        """A recurrence; ``step`` is called once and gives the formulas of the variables one step later."""
        made = Recurrence(formula(steps), {name: formula(x) for name, x in start.items()})
        if made.steps.rank:
            raise InputError(f"{where()}: the number of steps must be a number")
        for name, x in step(made).items():
            if name not in made.start:
                raise InputError(f"{where()}: {name!r} has a step but no start; it has {', '.join(made.start)}")
            after = formula(x)
            if after.rank != made.rank(name):
                raise InputError(
                    f"{where()}: the step of {name!r} changes its rank from {made.rank(name)} to {after.rank}"
                )
            made.step[name] = after
        return made
