"""Statements and formulas about all times of a run, for runs of every kind."""

from __future__ import annotations

import difflib
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar

from fa_theory.errors import InputError

from .expression import Expr, NoSuchAttribute, Statement, Time, formula, node, parts, where
from .operations import largest

State = TypeVar("State")


def unknown_attribute(of: object, name: str) -> AttributeError:
    """The error for a misspelt quantity, with the name that was probably meant."""
    if name.startswith("_"):  # what Python and its libraries ask of any object
        return AttributeError(name)
    known = [each for each in dir(type(of)) if not each.startswith("_")]
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return NoSuchAttribute(f"{where()}: there is no quantity {name!r} here; {meant}")


def refuse(why: str) -> NoReturn:
    """Raise an error with the user's file and line."""
    raise InputError(f"{where()}: {why}")


class OverTime(ABC, Generic[State]):
    """What can be said of all times of a run; a run gives its states and its length."""

    @abstractmethod
    def _at(self, time: Time) -> State:
        """The state at a time."""

    @abstractmethod
    def _length(self) -> tuple[Expr, ...]:
        """The number of steps, or nothing for the run of the network."""

    def moment(self, time: Time) -> Expr:
        """A time of the run as a number."""
        if time.endless:
            refuse("the limit has no time")
        if time.bound:
            return (
                node("clock", rank=0, value=time.offset) if not time.outer else refuse("the earlier time has no number")
            )
        if not time.from_end:
            return formula(time.offset)
        return (self._length() or (self.T,))[0] - time.offset

    @property
    @abstractmethod
    def T(self) -> Expr:
        """Number of steps."""

    def _bound(self, op: str, says: Callable[..., Any], *, following: int, after: bool = False) -> tuple[Expr, bool]:
        """A number over all times, and whether what is said is strict."""
        states = [self._at(Time(i, bound=True)) for i in range(following + 1)]
        made = says(*([self._at(Time(0, bound=True, outer=True)), states[0]] if after else states))
        if isinstance(made, Statement) and made.alternatives and made.strict:
            refuse("alternatives over time must all be ≤; a strict one is among them")
        body = made.margin if isinstance(made, Statement) else formula(made)
        if body.rank:
            refuse("expected one number for every step, not a vector; use norm, smallest, …")
        if any(part.op.endswith("_over_time") for part in parts(body)):
            refuse("every_step, always and the like cannot be nested; pairs speaks of two times s < t")
        return node(op, body, *self._length(), rank=0, value=(following, after)), isinstance(
            made, Statement
        ) and made.strict

    def _holds(self, says: Callable[..., Any], op: str = "least_over_time", **how: Any) -> Statement:
        least, strict = self._bound(op, says, **how)
        return Statement("lt" if strict else "le", formula(0), least)

    def every_step(self, says: Callable[..., Any]) -> Statement:
        """``says(before, after)`` holds for every step of the run; with more parameters, for as many states in a row.

        Examples
        --------
        >>> from fa_theory.conjectures import Run, norm
        >>> Run(steps=5).every_step(lambda s, s_next: norm(s_next.error) <= norm(s.error)).relation
        'le'
        """
        return self._holds(says, following=max(1, _parameters(says) - 1))

    def always(self, says: Callable[[State], Any]) -> Statement:
        """``says(state)`` holds at every time of the run, including the first and the last."""
        return self._holds(says, following=0)

    def sometime(self, says: Callable[[State], Any]) -> Statement:
        """``says(state)`` holds at some time of the run."""
        return self._holds(says, "most_over_time", following=0)

    def pairs(self, says: Callable[[State, State], Any]) -> Statement:
        """``says(earlier, later)`` holds for any two times s < t of the run."""
        least, strict = self._bound("least_over_time", says, following=0, after=True)
        whole = node("least_over_time", least, *self._length(), rank=0, value=(1, False))
        return Statement("lt" if strict else "le", formula(0), whole)

    def first_time(self, says: Callable[[State], Any]) -> Expr:
        """The first time t at which ``says(state)`` holds; T + 1 if it never does."""
        found, strict = self._bound("first_over_time", says, following=0)
        if strict:
            refuse("first_time takes a statement with ≤ or ≥, not a strict one")
        return found

    def sum_over_time(self, f: Callable[[State], Any]) -> Expr:
        """Sum of ``f(state)`` over all states before the last."""
        return self._bound("sum_over_time", f, following=1)[0] if _parameters(f) > 1 else self._sum(f)

    def _sum(self, f: Callable[[State], Any]) -> Expr:
        return self._bound("sum_over_time", lambda s, _: f(s), following=1)[0]

    def largest_over_time(self, f: Callable[[State], Any]) -> Expr:
        """The largest value of ``f(state)`` at any time of the run."""
        return self._bound("most_over_time", lambda s: _number(f(s)), following=0)[0]


def _number(x: Any) -> Expr:
    made = formula(x)
    return largest(made) if made.rank else made


def _parameters(says: Callable[..., Any]) -> int:
    try:
        return len(inspect.signature(says).parameters)
    except (TypeError, ValueError):
        return 1
