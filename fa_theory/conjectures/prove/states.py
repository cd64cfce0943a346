"""Formulas in the state at one time: names dropped, facts of the domain put in, steps written out.

Every state that is not written out stands for *any* weights W and β. That is more than a run reaches, so what is proved
of any weights holds along every run: this is the induction, whose step needs no assumption.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.expression import Expr, Time, constant
from fa_theory.conjectures.language.keys import key
from fa_theory.conjectures.language.quantities import Run, RunState
from fa_theory.model.rules import as_rule

from .shapes import NotProvable, axes


class Resolve:
    """Rewrite formulas about the networks of a domain.

    Parameters
    ----------
    domain
        What is known: parts that are 0, b = β(0), η and λ if they are fixed.
    unroll
        Of which kinds states are written out, by the step, in the earliest state of the same kind that occurs in
        `formulas`: ``""`` those counted from the start, ``"T"`` from the end, ``"t"`` the two states of a step.
    formulas
        Everything that will be rewritten.
    opaque
        Whether formulas that are named ``e(…)``, the errors, stand for any vectors; equal ones for the same.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, Run
    >>> resolve = Resolve(Domain(n=1, d=1, p=1, targets="zero"), (), unroll=())
    >>> resolve(Run(steps=1).y).op
    'mul'
    """

    def __init__(
        self, domain: Domain, formulas: Iterable[Expr], *, unroll: Collection[str], opaque: bool = False
    ) -> None:
        self.domain = domain
        self.opaque = opaque
        self._opaque: dict[object, int] = {}
        self.unroll = unroll
        self.steps = domain.whole("steps")
        self.run = Run(None, domain.k is not None)
        self.first = {"t": 0}
        self._known: dict[int, tuple[Expr, Expr]] = {}
        if 0 in (domain.W_scale, domain.beta_scale) or domain.feedback == "tied":
            self.first[""] = 0  # something is known of the start
        for formula in formulas:
            self._find_first(formula, set())

    def __call__(self, formula: Expr) -> Expr:
        """The formula in these states."""
        return self._resolve(formula)

    def path_length(self, v: Expr) -> Expr | None:
        """``Σ_t ‖A(t+1) − A(t)‖`` where ``v`` is ``A(T) − A(0)``, both states as they are left."""
        if v.op != "sub" or any(arg.op != "leaf" or arg.time is None for arg in v.args):
            return None
        after, before = v.args
        assert after.time is not None
        assert before.time is not None
        last = ("", self.steps[1]) if self.steps[0] == self.steps[1] else ("T", 0)
        if after.value != before.value or self._moment(after.time) != last or self._moment(before.time) != ("", 0):
            return None
        there, here = (self._resolve(replace(after, time=Time(i, bound=True))) for i in (1, 0))
        step = Expr("norm", (there - here,), 0, line=v.line)
        return Expr("sum_over_time", (step,), 0, 1, line=v.line)

    def _find_first(self, x: Expr, seen: set[int]) -> None:
        if id(x) in seen:
            return
        seen.add(id(x))
        if x.time is not None:
            kind, moment = self._moment(x.time)
            self.first[kind] = min(moment, self.first.get(kind, moment))
        for arg in x.args:
            self._find_first(arg, seen)

    def _moment(self, time: Time) -> tuple[str, int]:
        """``("", t)`` for step t, ``("t", j)`` for step t + j, ``("T", −j)`` for step T − j."""
        if time.bound:
            return "t", time.offset
        if not time.from_end:
            return "", time.offset
        if time.offset > self.steps[0]:
            raise NotProvable(f"some runs of the domain have no state {time.offset} steps before the last")
        return ("", self.steps[1] - time.offset) if self.steps[0] == self.steps[1] else ("T", -time.offset)

    def _resolve(self, x: Expr) -> Expr:
        if id(x) not in self._known:
            self._known[id(x)] = self._rewritten(x), x  # x stays alive, so that its id is not used again
        return self._known[id(x)][0]

    def _rewritten(self, x: Expr) -> Expr:
        if x.op == "named" and self.opaque and x.value.startswith("e("):
            inside = x.args[0]
            number = self._opaque.setdefault(key(inside), len(self._opaque))
            return Expr("opaque", (), x.rank, (number, axes(inside)), line=x.line)
        if x.op == "named":
            return self._resolve(x.args[0])
        if x.op == "leaf":
            return self._leaf(x)
        return replace(x, args=tuple(self._resolve(arg) for arg in x.args)) if x.args else x

    def _leaf(self, x: Expr) -> Expr:
        domain = self.domain
        if x.time is not None:
            return self._state(str(x.value), *self._moment(x.time), x)
        if x.value in ("eta", "lam"):
            low, high = domain.real(x.value)
            return constant(low) if low == high else x
        if x.value == "T" and self.steps[0] == self.steps[1]:
            return constant(self.steps[0])
        if x.value == "y" and domain.targets == "zero":
            return _zero(x)
        if x.value == "b" and domain.feedback == "tied":
            return self._state("beta", "", 0, replace(x, value="beta", time=Time(0)))
        return x

    def _state(self, name: str, kind: str, moment: int, x: Expr) -> Expr:
        domain = self.domain
        if kind == "" and moment == 0:
            return _zero(x) if (domain.W_scale if name == "W" else domain.beta_scale) == 0 else _at(x, kind, 0)
        if kind not in self.unroll or moment <= self.first.get(kind, moment):
            return _at(x, kind, moment)
        before = RunState(self.run, _time(kind, moment - 1))
        if name == "W":
            feedback = as_rule(domain.rule).through(before.beta, self.run.b)
            return self._resolve(before.W - self.run.eta * before.gradient_through(feedback))
        decay = 1 - self.run.eta * self._lam(kind, moment - 1)
        return self._resolve(decay * before.beta - self.run.eta * before.gradient_beta)

    def _lam(self, kind: str, moment: int) -> Expr:
        cutoff = self.domain.cutoff
        if cutoff is None or self.domain.real("lam") == (0, 0):
            return self.run.lam
        if kind:
            raise NotProvable("whether λ is on at a step depends on the step")
        return self.run.lam if moment < cutoff else constant(0)


def _time(kind: str, moment: int) -> Time:
    return Time(-moment, from_end=True) if kind == "T" else Time(moment, bound=kind == "t")


def _at(x: Expr, kind: str, moment: int) -> Expr:
    return replace(x, time=_time(kind, moment))


def _zero(x: Expr) -> Expr:
    return Expr("mul", (constant(0), x), x.rank, line=x.line)
