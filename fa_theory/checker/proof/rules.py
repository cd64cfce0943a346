"""The rules of inference. Only they create theorems.

``Γ ⊢ φ`` means: for all sizes of the finite sorts, all values of the free variables, all interpretations of the unknown
functions and laws, if every formula in Γ holds, so does φ. Each rule tracks Γ; its proof is in its docstring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import Final

from .budget import need, spend
from .normal import Rewrite, constant, describe, key, normal
from .terms import (
    NUMERAL,
    TIME,
    Add,
    Apply,
    Distribution,
    Entry,
    Expectation,
    Formula,
    Index,
    IndexVariable,
    Lambda,
    Multiply,
    Sum,
    TensorVariable,
    Term,
    Values,
    Variable,
    apart,
    difference,
    instantiate,
    number,
    opened,
)

_RULES: Final = object()

Hypotheses = Mapping[str, Formula]
"""Formulas by key."""


class Theorem:
    """``hypotheses ⊢ formula``."""

    __slots__ = ("formula", "hypotheses")
    formula: Formula
    hypotheses: Hypotheses

    def __init__(self, by: object, hypotheses: Hypotheses, formula: Formula) -> None:
        need(by is _RULES, "theorems are made by rules only")
        object.__setattr__(self, "hypotheses", MappingProxyType(dict(hypotheses)))
        object.__setattr__(self, "formula", formula)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("theorems do not change")

    def __str__(self) -> str:
        return "; ".join(map(str, self.hypotheses.values())) + f" ⊢ {self.formula}"


def _theorem(hypotheses: Hypotheses, formula: Formula) -> Theorem:
    spend(1 + len(hypotheses))
    return Theorem(_RULES, hypotheses, formula)


def _without(hypotheses: Hypotheses, *formulas: Formula) -> dict[str, Formula]:
    gone = {key(f) for f in formulas}
    return {k: h for k, h in hypotheses.items() if k not in gone}


def for_all(variables: Iterable[Variable], formula: Formula) -> Formula:
    """``∀x. φ``; what φ binds gets other names."""
    variables = tuple(variables)
    inner = apart(formula, variables)
    return Formula((*variables, *inner.variables), inner.premises, inner.left, inner.relation, inner.right)


def implied(formula: Formula, premise: Formula) -> Formula:
    """``A → φ``; what φ binds gets other names than what is free in A."""
    inner = apart(formula, premise.free)
    return Formula(inner.variables, (premise, *inner.premises), inner.left, inner.relation, inner.right)


def _only_about(hypotheses: Hypotheses, variables: Iterable[Variable], doing: str) -> None:
    taken = set(variables)
    spend(len(hypotheses))
    for formula in hypotheses.values():
        clash = sorted(map(str, taken & formula.free))
        need(not clash, "{} {}: it is in the hypothesis {}", doing, ", ".join(clash), formula)


def assume(formula: Formula) -> Theorem:
    """``φ ⊢ φ``."""
    return _theorem({key(formula): formula}, formula)


def axiom(formula: Formula) -> Theorem:
    """``⊢ φ`` for an axiom (``axioms.AXIOMS``, each with its proof); it must not have free variables."""
    need(not formula.free, "an axiom has no free variables")
    return _theorem({}, formula)


def discharge(theorem: Theorem, formula: Formula) -> Theorem:
    """``Γ, A ⊢ φ`` gives ``Γ ⊢ A → φ``."""
    return _theorem(_without(theorem.hypotheses, formula), implied(theorem.formula, formula))


def generalise(theorem: Theorem, variables: Sequence[Variable]) -> Theorem:
    """``Γ ⊢ φ`` gives ``Γ ⊢ ∀x. φ`` if x is not free in Γ."""
    _only_about(theorem.hypotheses, variables, "cannot generalise")
    return _theorem(theorem.hypotheses, for_all(variables, theorem.formula))


def instance(theorem: Theorem, values: Sequence[Index | Lambda | None], given: Sequence[Theorem]) -> Theorem:
    """``Γ ⊢ ∀x. A → φ`` and ``Δ ⊢ A[s/x]`` give ``Γ, Δ ⊢ φ[s/x]``.

    A value None leaves its variable bound. Without ``given`` the premises are kept.
    """
    variables = theorem.formula.variables
    need(len(values) == len(variables), "{} values for the variables {}", len(values), ", ".join(map(str, variables)))
    chosen: dict[Variable, Index | Lambda] = {}
    for variable, value in zip(variables, values, strict=True):
        match variable, value:
            case _, None:
                continue
            case IndexVariable(_, sort), Index():
                need(value.sort == sort, "an index of sort {} for {}", value.sort, variable)
            case TensorVariable(_, axes), Lambda():
                need(value.sorts == axes, "a function of {} for {}", "×".join(value.sorts) or "nothing", variable)
            case _:
                need(False, "{} is no value for {}", value, variable)
        assert value is not None
        chosen[variable] = value
    got, hypotheses = opened(theorem.formula, chosen), dict(theorem.hypotheses)
    if given:
        need(not got.variables, "all variables need values where premises are given")
        need(len(given) == len(got.premises), "{} theorems for {} premises", len(given), len(got.premises))
        for premise, proof in zip(got.premises, given, strict=True):
            need(key(premise) == key(proof.formula), "the premise is {}, given is {}", premise, proof.formula)
            hypotheses.update(proof.hypotheses)
        got = Formula((), (), got.left, got.relation, got.right)
    return _theorem(hypotheses, got)


@dataclass(frozen=True)
class Averaging:
    """The mean over tensors drawn from a law."""

    law: Distribution
    tensors: tuple[TensorVariable, ...]


@dataclass(frozen=True)
class Summand:
    """``factor × theorem``, summed or averaged over; ``sign`` proves that the factor is not negative."""

    over: tuple[IndexVariable | Averaging, ...]
    factor: Term
    theorem: Theorem
    sign: Theorem | None


def rewrite_rule(theorem: Theorem) -> Rewrite:
    """The rule that an equation about an entry is."""
    said = theorem.formula
    need(said.relation == "=" and not said.premises, "{} is no equation to rewrite with", said)
    need(isinstance(said.left, Entry), "the left side of {} is not an entry of a tensor", said)
    assert isinstance(said.left, Entry)
    named = [index.name for index in said.left.at if index.free.intersection(said.variables)]
    need(len(set(named)) == len(named) == len(said.variables), "{}: name each variable once on the left", said)
    return Rewrite(said.variables, said.left, said.right)


def combine(goal: Formula, rewrite: Sequence[Theorem], items: Sequence[Summand]) -> Theorem:
    """Ring identities, substitution, sums and products of inequalities: the goal ``∀x. A → a R b`` holds if

    ``b − a = Σ_k OVER_k m_k (b_k − a_k) + c`` in normal form after rewriting, from theorems ``a_k R_k b_k``, where
    ``m_k ≥ 0`` by a theorem unless ``R_k`` is =, and ``c ≥ 0`` is a number.

    Proof. Each ``m_k (b_k − a_k)`` is not negative (or 0, for =). This holds for all values of the variables that
    ``OVER_k`` binds, since nothing used there (theorem, sign, rewriting) has assumptions on them; finite sums and means
    preserve it.
    Rewriting replaces equals by equals. An equation needs equations and ``c = 0``. ``<`` needs ``c > 0``, or a strict
    item with a strictly positive factor outside means: sorts are not empty, so its sum is positive. A is discharged, x
    generalised.
    """
    rules = [rewrite_rule(theorem) for theorem in rewrite]
    hypotheses: dict[str, Formula] = {k: h for theorem in rewrite for k, h in theorem.hypotheses.items()}
    rewriting, terms, strict = dict(hypotheses), [difference(goal.left, goal.right)], False
    for item in items:
        said = item.theorem.formula
        need(said.bare, "{} has variables or premises: use an instance", said)
        need(goal.relation != "=" or said.relation == "=", "the equation does not follow from the inequality {}", said)
        used = {**item.theorem.hypotheses, **(item.sign.hypotheses if item.sign else {})}
        positive = said.relation == "=" or _positive(item, rules)
        gap: Term = Multiply((item.factor, difference(said.left, said.right)))
        for binder in reversed(item.over):
            match binder:
                case IndexVariable():
                    _only_about({**used, **rewriting}, (binder,), "cannot sum over")
                    gap = Sum(binder, gap)
                case Averaging(law, tensors):
                    _only_about({**used, **rewriting}, tensors, "cannot average over")
                    gap, positive = Expectation(law, tensors, gap), False
        strict = strict or (said.relation == "<" and positive)
        hypotheses.update(used)
        terms.append(Multiply((number(-1), gap)))
    left_over = normal(Add(tuple(terms)), rules)
    rest = constant(left_over)
    need(rest is not None, "does not follow; left over: {}", _Described(left_over))
    assert rest is not None
    need(rest >= 0, "does not follow; left over: {}", rest)
    need(rest == 0 or goal.relation != "=", "the equation is off by {}", rest)
    need(goal.relation != "<" or strict or rest > 0, "nothing here is strict")
    proved = _theorem(hypotheses, Formula((), (), goal.left, goal.relation, goal.right))
    return generalise(reduce(discharge, reversed(goal.premises), proved), goal.variables)


class _Described:
    """A normal form that is converted to text only when it is printed."""

    def __init__(self, polynomial: object) -> None:
        self.polynomial = polynomial

    def __str__(self) -> str:
        return describe(self.polynomial)  # type: ignore[arg-type]


def _positive(item: Summand, rules: Sequence[Rewrite]) -> bool:
    """Whether the factor is positive; `Refused` unless it is known to be non-negative."""
    if item.sign is None:
        known = constant(normal(item.factor))
        need(known is not None and known >= 0, "the inequality is multiplied by {}, of unknown sign", item.factor)
        return known != 0
    said = item.sign.formula
    need(said.bare and said.relation != "=", "{} is no sign", said)
    gap = difference(difference(said.left, said.right), item.factor)
    need(not normal(gap, rules), "the sign {} is not about the factor {}", said, item.factor)
    return said.relation == "<"


def induction(
    variable: Variable, goals: Sequence[Formula], base: Sequence[Theorem], step: Sequence[Theorem], which: int
) -> Theorem:
    """``Γ_i ⊢ φ_i(0)`` and ``Δ_i, φ_1(t), …, φ_k(t) ⊢ φ_i(t+1)`` for all i, t not free in any Δ_i, give
    ``Γ, Δ ⊢ ∀t. φ_which(t)``.

    Proof. Let Γ and Δ hold. The Δ_i do not contain t, so all φ_i(t) together imply all φ_i(t+1), for every t.
    """
    need(isinstance(variable, IndexVariable) and variable.sort == TIME, "{} is no time", variable)
    need(len(goals) == len(base) == len(step), "{} goals, {} starts, {} steps", len(goals), len(base), len(step))
    need(0 <= which < len(goals), "there is no goal {}", which)
    hypotheses: dict[str, Formula] = {}
    for goal, start, onward in zip(goals, base, step, strict=True):
        at_0 = instantiate(goal, {variable: Index(NUMERAL, TIME, 0)})
        need(key(at_0) == key(start.formula), "the start is {}, not {}", at_0, start.formula)
        later = instantiate(goal, {variable: Index(variable.name, TIME, 1)})
        need(key(later) == key(onward.formula), "the step is to {}, not {}", later, onward.formula)
        rest = _without(onward.hypotheses, *goals)
        _only_about(rest, (variable,), "the step is for one time only,")
        hypotheses.update({**rest, **start.hypotheses})
    return _theorem(hypotheses, for_all((variable,), goals[which]))


def cases(left: Term, right: Term, low: Theorem, high: Theorem) -> Theorem:
    """``Γ, a ≤ b ⊢ φ`` and ``Δ, b < a ⊢ φ`` give ``Γ, Δ ⊢ φ``."""
    need(key(low.formula) == key(high.formula), "one case gives {}, the other {}", low.formula, high.formula)
    at_most, above = Formula((), (), left, "<=", right), Formula((), (), right, "<", left)
    return _theorem({**_without(low.hypotheses, at_most), **_without(high.hypotheses, above)}, low.formula)


def absurd(theorem: Theorem, goal: Formula) -> Theorem:
    """``Γ ⊢ a R b`` for numbers a, b for which it is false gives ``Γ ⊢ φ``, for any φ."""
    said = theorem.formula
    gap = constant(normal(difference(said.left, said.right)))
    need(said.bare and gap is not None, "{} is not about numbers", said)
    assert gap is not None
    need({"=": gap != 0, "<=": gap < 0, "<": gap <= 0}[said.relation], "{} is true", said)
    return _theorem(theorem.hypotheses, goal)


def congruence(function: str, theorem: Theorem, at: Index | None) -> Theorem:
    """``Γ ⊢ ∀x. a = b`` gives ``Γ ⊢ F(x ↦ a) = F(x ↦ b)``, for functions of one argument."""
    said = theorem.formula
    need(said.relation == "=" and not said.premises, "{} is no equation", said)
    indices = tuple(v for v in said.variables if isinstance(v, IndexVariable))
    need(len(indices) == len(said.variables), "{} is for all tensors", said)
    left, right = (Apply(function, (Lambda(indices, side),), at) for side in (said.left, said.right))
    return _theorem(theorem.hypotheses, Formula((), (), left, "=", right))


def drop(theorem: Theorem, definition: Formula) -> Theorem:
    """``Γ, ∀x. f[x] = s ⊢ φ`` with f not in s gives ``Γ[s/f] ⊢ φ[s/f]``.

    Proof. Given values for which Γ[s/f] holds, let f be ``x ↦ s``: the definition holds, and so does Γ, hence φ.
    """
    tensor, places = defined_tensor(definition, 0)
    need(tensor not in definition.right.free, "{} is circular", definition)
    values: Values = {tensor: Lambda(places, definition.right)}
    rest = (instantiate(h, values) for h in _without(theorem.hypotheses, definition).values())
    return _theorem({key(h): h for h in rest}, instantiate(theorem.formula, values))


def drop_recursion(theorem: Theorem, start: Formula, step: Formula) -> Theorem:
    """``Γ, ∀x. f[0, x] = a, ∀t, x. f[t+1, x] = b ⊢ φ`` gives ``Γ ⊢ φ``; f is not in Γ, φ, a, and in b only at t.

    Proof. By recursion there is an f that satisfies both equations; Γ and φ do not depend on it.
    """
    tensor, _ = defined_tensor(start, 1)
    again, (time, *_) = defined_tensor(step, -1)
    need(again == tensor, "{} defines another tensor than {}", step, start)
    need(tensor not in start.right.free, "{} is circular", start)
    need(not _beyond(step.right, tensor, time), "{} looks beyond the time {}", step, time.name)
    rest = _without(theorem.hypotheses, start, step)
    _only_about(rest, (tensor,), "cannot drop")
    need(tensor not in theorem.formula.free, "{} is in the conclusion", tensor)
    return _theorem(rest, theorem.formula)


def defined_tensor(definition: Formula, kind: int) -> tuple[TensorVariable, tuple[IndexVariable, ...]]:
    """The tensor that a formula defines, and its variables: at all places (kind 0), after time 0 (1), at t+1 (-1)."""
    need(definition.relation == "=" and not definition.premises, "{} is no definition", definition)
    need(isinstance(definition.left, Entry), "{} does not define a tensor", definition)
    assert isinstance(definition.left, Entry)
    at = definition.left.at
    first = at[0] if at else None
    if kind == 1:
        need(first == Index(NUMERAL, TIME, 0), "{} is no start", definition)
        at = at[1:]
    if kind == -1:
        need(first is not None and first.offset == 1, "{} is no step", definition)
        at = (Index(at[0].name, TIME), *at[1:])
    general = all(index.offset == 0 and index.name != NUMERAL for index in at)
    places = tuple(IndexVariable(index.name, index.sort) for index in at)
    need(general and len(set(places)) == len(places), "the left side of {} is not general", definition)
    need(set(places) == set(definition.variables), "{} must be for all indices on the left", definition)
    return definition.left.tensor, places


def _beyond(term: Term, tensor: TensorVariable, time: IndexVariable) -> bool:
    """Whether the tensor occurs at a time other than this one."""
    if isinstance(term, Entry) and term.tensor == tensor:
        return term.at[0] != Index(time.name, TIME)
    return any(
        tensor not in bound and tensor in part.free and (time in bound or _beyond(part, tensor, time))
        for bound, part in term.parts()
    )
