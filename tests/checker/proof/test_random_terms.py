"""What the kernel takes for equal is equal, and what its rules make of random theorems is true, at random points.

The terms have few names, so that binders, free indices, definitions and laws meet. ``HYPOTHESIS_PROFILE=thorough``
tries a hundred times as many.
"""

from __future__ import annotations

import os
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from random_terms import LAWS, TENSORS, Draw, at

from fa_theory.checker.proof import Refused, axioms, rules, terms
from fa_theory.checker.proof.budget import Allowance, working
from fa_theory.checker.proof.evaluate import evaluate
from fa_theory.checker.proof.normal import Rewrite, key, normal
from fa_theory.checker.proof.rules import Averaging, Summand, Theorem
from fa_theory.checker.proof.terms import (
    NUMERAL,
    TIME,
    Add,
    Entry,
    Expectation,
    Formula,
    Index,
    IndexVariable,
    Multiply,
    Power,
    Sum,
    Term,
    number,
)

CHAINS = 20
TIMES = 100 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1
T = IndexVariable("t", TIME)


def equal(left: Term, right: Term) -> Formula:
    return Formula((), (), left, "=", right)


def check(hypotheses: list[Formula], conclusion: Formula, seed: int) -> bool:
    """Whether a sequent was evaluated somewhere; fails if it is false there."""
    found = evaluate(hypotheses, conclusion, points=2, tries=6, seed=seed)
    assert not found.refuted, f"{'; '.join(map(str, hypotheses))} ⊢ {conclusion}, at {found.refuted}"
    return found.points > 0


@pytest.mark.parametrize("functions", [False, True])
def test_terms_with_one_normal_form_have_one_value(functions: bool) -> None:
    pairs = same = 0
    for seed in range(250 * TIMES):
        draw = Draw(f"terms {seed}", functions)
        one = draw.term(4)
        if seed % 2:
            one = Sum(draw.variable("A"), one)
        with working(Allowance(60_000)):
            try:
                other = draw.near(one, 0.3)
                pairs += one != other
                if one != other and normal(one) == normal(other):
                    same += check([], equal(one, other), seed)
            except Refused:
                continue
    assert pairs > 150 * TIMES
    assert 0.4 * pairs < same < 0.95 * pairs


def test_definitions_that_are_put_in_are_kept() -> None:
    """T = s ⊢ t = t[s/T]; rewriting with T = s gives both one normal form, as t and s show no name to each other."""
    tried = 0
    for seed in range(250 * TIMES):
        draw = Draw(f"definitions {seed}")
        definition, function = draw.definition()
        assert isinstance(definition.left, Entry)
        tensor = definition.left.tensor
        term = Multiply((draw.term(3), Entry(tensor, tuple(map(draw.index, tensor.axes)))))
        caught = sorted((v for v in function.free if isinstance(v, IndexVariable) and v.sort in "AB"), key=str)
        law, tensors = LAWS[0]
        whole: Term = Sum(caught[0], term) if caught else Expectation(law, tensors, term)
        with working(Allowance(60_000)):
            try:
                put_in = terms.substitute(whole, {tensor: function})
                tried += check([definition], equal(whole, put_in), seed)
                rewritten = normal(whole, [Rewrite(definition.variables, definition.left, definition.right)])
                assert rewritten == normal(put_in), (str(definition), str(whole))
            except Refused:
                continue
    assert tried > 150 * TIMES


class Chain:
    """Theorems made by random rules, and the refused attempts by rule."""

    def __init__(self, seed: int) -> None:
        self.draw = Draw(f"chain {seed}", functions=seed % 2 == 0)
        self.random = self.draw.random
        self.pool: list[Theorem] = []
        self.made: Counter[str] = Counter()
        for formula in (self.draw.definition()[0], *(self.draw.formula() for _ in range(5)), *self.recursion()):
            self.pool.append(rules.assume(formula))

    def recursion(self) -> tuple[Formula, Formula]:
        a = TENSORS["a"]
        factor = number(Fraction(self.random.choice((1, 2, 4)), 2))
        step = Add((Multiply((factor, Entry(a, (at(T),)))), number(self.random.randint(-1, 1))))
        self.start = equal(Entry(a, (Index(NUMERAL, TIME),)), number(self.random.randint(0, 2)))
        self.step = Formula((T,), (), Entry(a, (at(T, 1),)), "=", step)
        return self.start, self.step

    def known(self, formula: Formula) -> list[Theorem]:
        wanted = key(formula)
        return [theorem for theorem in self.pool if key(theorem.formula) == wanted]

    def hypothesis(self) -> Formula:
        return self.random.choice([h for theorem in self.pool for h in theorem.hypotheses.values()])

    def attempt(self) -> Theorem:
        """One rule with random operands, that often fit."""
        draw, pick = self.draw, self.random.choice
        theorem = pick(self.pool)
        said = theorem.formula
        match pick(("axiom", "use", "use", "all", "if", "sum", "sum", "sum", "cases", "same", "drop", "step", "never")):
            case "axiom":
                name = pick(list(axioms.AXIOMS))
                known = axioms.AXIOMS[name]
                return axioms.use(name, [pick("AB") for _ in known.sorts], Fraction(1, 2) if known.exponent else None)
            case "use":
                values = [draw.value(v) for v in said.variables]
                chosen = {v: x for v, x in zip(said.variables, values, strict=True) if x is not None}
                given = [
                    pick(self.known(p) or [rules.assume(p), pick(self.pool)])
                    for p in (terms.opened(said, chosen).premises if pick((True, False)) else ())
                ]
                return rules.instance(theorem, values, given)
            case "all":
                free = sorted(said.free, key=str)
                return rules.generalise(theorem, free[: pick((1, 2))])
            case "if":
                return rules.discharge(theorem, self.hypothesis())
            case "sum":
                return self.combined()
            case "cases":
                split = self.hypothesis()
                sides = (split.left, split.right) if split.relation == "<=" else (split.right, split.left)
                return rules.cases(*sides, theorem, pick(self.known(said)))
            case "same":
                name = pick(("abs", "F", "op", "top", "d", "^t", "sup"))
                return rules.congruence(name, theorem, pick((None, draw.index(TIME), draw.index("real"))))
            case "drop":
                if pick((True, False)):
                    return rules.drop_recursion(theorem, self.start, self.step)
                return rules.drop(theorem, self.hypothesis())
            case "step":
                goal = self.hypothesis()
                start = terms.instantiate(goal, {T: Index(NUMERAL, TIME)})
                later = terms.instantiate(goal, {T: at(T, 1)})
                base, step = self.known(start) or [rules.assume(start)], self.known(later) or self.pool
                return rules.induction(T, [goal], [pick(base)], [pick(step)], 0)
            case _:
                return rules.absurd(theorem, self.hypothesis())

    def combined(self) -> Theorem:
        draw, pick = self.draw, self.random.choice
        items, gaps = [], []
        for _ in range(pick((1, 1, 2))):
            theorem = pick(self.pool)
            values = [draw.value(v) or terms.as_value(v) for v in theorem.formula.variables]
            theorem = rules.instance(theorem, values, ())
            signs = [t for t in self.pool if t.formula.bare and t.formula.relation != "="]
            sign = pick(signs) if signs and pick((True, False)) else None
            factor: Term = pick((number(1), number(0), number(2), draw.term(1), Power(draw.entry(), 2)))
            if sign is not None:
                factor = terms.difference(sign.formula.left, sign.formula.right)
            over: list[Any] = [
                draw.variable(pick("AB")) if pick((True, True, False)) else Averaging(*pick(LAWS))
                for _ in range(pick((0, 0, 1, 1, 2)))
            ]
            gap: Term = Multiply((factor, terms.difference(theorem.formula.left, theorem.formula.right)))
            for binder in reversed(over):
                if isinstance(binder, Averaging):
                    gap = Expectation(binder.law, binder.tensors, gap)
                else:
                    gap = Sum(binder, gap)
            items.append(Summand(tuple(over), factor, theorem, sign))
            gaps.append(gap)
        equations = all(item.theorem.formula.relation == "=" for item in items)
        relation = pick(("=", "=", "<=")) if equations else pick(("<=", "<"))
        left, rest = draw.entry(), number(pick((0, 0, 1, -1)))
        right = draw.near(Add((left, *gaps, rest)), 0.05)
        rewrite = [t for t in self.pool if isinstance(t.formula.left, Entry) and t.formula.relation == "="]
        free = sorted(left.free | right.free, key=str)
        goal = Formula(tuple(free[: pick((0, 0, 1, 2))]), (), left, relation, right)
        return rules.combine(goal, rewrite[: pick((0, 0, 1, 2))], items)


def test_random_rules_make_true_theorems() -> None:
    evaluated, accepted, refused = 0, 0, 0
    for seed in range(CHAINS * TIMES):
        with working(Allowance(400_000)):
            chain = Chain(seed)
            for _ in range(40):
                try:
                    new = chain.attempt()
                except (Refused, IndexError):
                    refused += 1
                    continue
                accepted += 1
                chain.pool.append(new)
                evaluated += check(list(new.hypotheses.values()), new.formula, seed)
    assert accepted > 10 * CHAINS * TIMES
    assert refused > 5 * CHAINS * TIMES
    assert evaluated > 0.5 * accepted
