"""Runs beside the run of the network: the same network under other rules or data, and recurrences of the user."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fa_theory.errors import InputError
from fa_theory.model.rules import Rule, as_rule

from .domain import RULES
from .expression import Expr, Time, formula, node, where
from .operations import columns, maximum, rows, sign, sqrt
from .over_time import OverTime, unknown_attribute
from .quantities import PerStep, Run, RunState
from .recurrence import Recurrence

GIVEN = ("X", "y", "b", "eta", "lam")


def clock(offset: int = 0) -> Expr:
    """The time to which a formula about all times refers, as a number."""
    return node("clock", rank=0, value=offset)


@dataclass(frozen=True, eq=False)
class VariedRun(Run):
    """A run that differs from that of the network, and is followed beside it."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    """What is given, by name: formulas, or functions of the time."""
    recurrence: Recurrence | None = None
    inside: bool = False
    """Whether this stands for the run in the formulas of its own step."""
    label: str = "*"
    """Above its quantities when they are printed."""

    @property
    def mark(self) -> str:  # type: ignore[override]
        """What tells its quantities from those of other runs when they are printed."""
        return f"^{{{self.label}}}"

    def at(self, name: str, time: Time) -> Expr:
        """A variable at some time."""
        assert self.recurrence is not None
        if self.inside:
            return self.recurrence.before(name)
        return self.recurrence.at(name, time)

    def given(self, name: str, time: Time) -> Expr:
        """What is given to the run, at a time."""
        if self.recurrence is not None and name in self.recurrence.start:
            return self.at(name, time)
        value = self.changes.get(name)
        if callable(value):
            return formula(value(self.moment(time)))
        made: Expr = super().given(name, time) if value is None else value
        return made

    def _now(self, name: str) -> Expr:
        if callable(self.changes.get(name)):
            raise InputError(f"{where()}: {name} depends on time in this run; there is no {name} of the run as a whole")
        return self.given(name, Time(0))

    @property
    def X(self) -> Expr:
        """Inputs (n, d)."""
        return self._now("X")

    @property
    def y(self) -> Expr:
        """Targets (n,) or (n, k)."""
        return self._now("y")

    @property
    def b(self) -> Expr:
        """Feedback weights, as β."""
        return self._now("b")

    @property
    def eta(self) -> Expr:
        """Step size η."""
        return self._now("eta")

    @property
    def lam(self) -> Expr:
        """Regularisation λ."""
        return self._now("lam")

    @property
    def n(self) -> Expr:
        """Number of samples."""
        return self._now("n")

    @property
    def d(self) -> Expr:
        """Input dimension."""
        return self._now("d")

    @property
    def p(self) -> Expr:
        """Width."""
        return self._now("p")

    @property
    def T(self) -> Expr:
        """Number of steps."""
        assert self.recurrence is not None
        return self.recurrence.steps

    def _length(self) -> tuple[Expr, ...]:
        return (self.T,)

    def __getitem__(self, t: int) -> RunState:
        if type(t) is not int:
            raise InputError(f"{where()}: a state is indexed by a whole number of steps, not {t!r}")
        return VariedState(self, Time(t) if t >= 0 else Time(-1 - t, from_end=True))

    def _at(self, time: Time) -> RunState:
        return VariedState(self, time)

    @property
    def limit(self) -> RunState:
        """The limit of the states as t → ∞, if there is one."""
        assert self.recurrence is not None
        self.recurrence.autonomous()
        return VariedState(self, Time(0, endless=True))


def varied(run: Run, **changes: Any) -> VariedRun:
    """The run with changes: the same network beside itself.

    Parameters
    ----------
    run
        The run to start from.
    changes
        ``X, y, b, eta, lam``: formulas or numbers, or functions of the time t. ``W, beta``: the weights at the start.
        ``rule``: the name of a rule, or a function from the state to the weights through which the error is sent
        back. ``error``: a function from the state to what is sent back in place of e, such as ``sigmoid(f) − y`` for
        cross-entropy, or a signal from outside. ``steps``: a number, or a formula of the sizes, rounded to the nearest
        whole number. ``step``: a function from the state to ``{"W": …, "beta": …}`` one step later, for rules of one's
        own. ``start``: further variables at the start, which ``step`` may change; ``state["v"]`` gives them, and with
        ``b`` among them feedback is learned.

    Returns
    -------
    VariedRun
        With the states and quantities of any run.

    Examples
    --------
    >>> from fa_theory.conjectures import norm
    >>> run = Run(steps=1)
    >>> backprop = run.with_(rule="bp", eta=1 / run.p)
    >>> (norm(backprop[1].error) <= norm(run[1].error)).margin.rank
    0
    """
    allowed = (*GIVEN, "W", "beta", "rule", "error", "steps", "step", "start")
    for name in changes:
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise InputError(f"{where()}: with_ takes {', '.join(allowed)}, not {name!r}{meant}")
    _enough(changes, run)
    given = {name: value if callable(value) else formula(value) for name, value in changes.items() if name in GIVEN}
    start = {name: formula(changes.get(name, getattr(run[0], name))) for name in ("W", "beta")}
    start |= {name: formula(x) for name, x in changes.get("start", {}).items()}
    sizes: dict[str, Expr] = {}
    if "X" in given and not callable(given["X"]):
        sizes |= {"n": rows(given["X"]), "d": columns(given["X"])}
    if "W" in changes:
        sizes["p"] = rows(start["W"])
    inherited = run.changes if isinstance(run, VariedRun) else {}
    names = {f: getattr(run, f) for f in ("steps", "outputs", "rule", "activations", "cutoff", "arrays")}
    label = changes["rule"].upper() if isinstance(changes.get("rule"), str) else "*"
    made = VariedRun(**names, changes={**inherited, **sizes, **given}, label=label)
    rule = changes.get("rule", run.rule)
    if not callable(rule) and rule not in RULES:
        raise InputError(f"{where()}: rule is one of {', '.join(RULES)} or a function of the state, not {rule!r}")
    feedback = rule if callable(rule) else _through(as_rule(rule))
    own, sent = changes.get("step"), changes.get("error")

    def step(recurrence: Recurrence) -> Mapping[str, object]:
        state = VariedState(replace(made, recurrence=recurrence, inside=True), Time(0, bound=True))
        error = state.error if sent is None else formula(sent(state))
        recurrence.vanishing.append(error)
        moved = {} if own is None else dict(own(state))
        if not {"W", "beta"} <= set(moved):
            moved = {**_standard(state, feedback, error, "lam" in given), **moved}
        return moved

    length = changes.get("steps", run.T)
    return replace(made, recurrence=Recurrence.of(start, step, length))


def _enough(changes: Mapping[str, Any], run: Run) -> None:
    """Refuse a run that is longer than what is drawn for its steps, and matrices that are drawn as vectors."""
    steps = changes.get("steps", run.steps)
    for name, value in changes.items():
        if not isinstance(value, PerStep):
            continue
        if isinstance(steps, int) and steps > value.steps:
            raise InputError(f"{where()}: {name} is drawn for {value.steps} steps, but the run has {steps}")
        if name == "X" or run.outputs:
            raise InputError(f"{where()}: {name} is a matrix here, but what is drawn anew for every step is a vector")


def _through(rule: Rule) -> Callable[[RunState], Expr]:
    """Through which weights a rule sends the error back."""

    def feedback(state: RunState) -> Expr:
        made: Expr = rule.through(state.beta, state.b)
        return made

    return feedback


class VariedState(RunState):
    """A state of a run with further variables."""

    def __getitem__(self, name: str) -> Expr:
        return self.run.at(name, self.time)


def _standard(state: RunState, feedback: Callable[[RunState], Expr], error: Expr, own_lam: bool) -> dict[str, Expr]:
    """One step of gradient descent in β, and of a rule in W."""
    run = state.run
    eta, lam = (run.given(name, state.time) for name in ("eta", "lam"))
    if run.cutoff is not None and not own_lam:
        lam = lam * maximum(sign(run.cutoff - state.t), 0)
    return {
        "W": state.W - eta * state.gradient_through(feedback(state), error),
        "beta": (1 - eta * lam) * state.beta - eta * (state.features.T @ error / sqrt(run.given("p", state.time))),
    }


# recurrences of the user


@dataclass(frozen=True, eq=False)
class IterationState:
    """The variables of an iteration at one time, as attributes or items."""

    of: UserIteration
    time: Time

    def __getitem__(self, name: str) -> Expr:
        recurrence = self.of.recurrence
        return recurrence.before(name) if self.of.inside else recurrence.at(name, self.time)

    def __getattr__(self, name: str) -> Expr:
        if name.startswith("_") or name not in self.of.recurrence.start:
            raise unknown_attribute(self, name)
        return self[name]

    @property
    def t(self) -> Expr:
        """The time: the number of steps made."""
        return self.of.moment(self.time)


@dataclass(frozen=True, eq=False)
class UserIteration(OverTime[IterationState]):
    """Variables that follow formulas of the user, step by step; see `iterate`."""

    recurrence: Recurrence
    inside: bool = False

    def __getitem__(self, t: int) -> IterationState:
        if type(t) is not int:
            raise InputError(f"{where()}: a state is indexed by a whole number of steps, not {t!r}")
        return IterationState(self, Time(t) if t >= 0 else Time(-1 - t, from_end=True))

    @property
    def T(self) -> Expr:
        """Number of steps."""
        return self.recurrence.steps

    @property
    def limit(self) -> IterationState:
        """The limits of the variables as t → ∞, if there are any."""
        self.recurrence.autonomous()
        return IterationState(self, Time(0, endless=True))

    def _at(self, time: Time) -> IterationState:
        return IterationState(self, time)

    def _length(self) -> tuple[Expr, ...]:
        return (self.recurrence.steps,)


def iterate(
    start: Mapping[str, object], step: Callable[[IterationState], Mapping[str, object]], *, steps: object
) -> UserIteration:
    """A recurrence: variables that follow formulas, step by step.

    Parameters
    ----------
    start
        The variables at time 0, by name.
    step
        From the state to the variables one step later; those it leaves out stay as they are.
    steps
        The number of steps: a number, or a formula of the sizes, rounded to the nearest whole number.

    Examples
    --------
    >>> halved = iterate({"x": 1}, lambda s: {"x": s.x / 2}, steps=10)
    >>> (halved[-1].x <= 0.001).relation
    'le'
    """

    def formulas(recurrence: Recurrence) -> Mapping[str, object]:
        return step(IterationState(UserIteration(recurrence, inside=True), Time(0, bound=True)))

    return UserIteration(Recurrence.of(start, formulas, steps))
