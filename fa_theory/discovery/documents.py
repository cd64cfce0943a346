"""Proofs of what was found, as documents that the checker replays without this program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from fa_theory.symbolic.proof import Fact, Multiple, ProofWriter, item, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import Expression, IndexName, at_least_0, d, forall, of, term, total

from .contractions import Factor, Polynomial, Template, flat, template, tensors_of
from .dynamics import Dynamics
from .monotone import Decreasing, written_out
from .plasticity import ETA, Plasticity
from .relations import RelationUse, uses

REAL, TIME = "real", "time"
Document = dict[str, Any]
"""A complete proof, as JSON."""


class _Script:
    """A proof about a rule: its tensors, and its formulas as terms."""

    def __init__(
        self,
        rule: Plasticity,
        polynomials: Iterable[Polynomial],
        labels: tuple[str, ...],
        time: str,
        *,
        defined: Iterable[str] = (),
        still: Iterable[str] = (),
    ) -> None:
        self.rule, self.time, self.still = rule, time, set(still)
        self.proof = ProofWriter(rule.title)
        inside = set().union(*map(tensors_of, polynomials))
        self.moving = [name for name in rule.moving if name in inside]
        used = inside | {n for name in self.moving for _, factors in rule.rates[name] for n, _ in factors}
        helpers = inside.intersection(rule.helpers)
        self.relations = [r for r in rule.relations if helpers.intersection(name for name, _ in r.left)]
        used |= {n for r in self.relations for fs in (r.left, *(body for _, body in r.right)) for n, _ in fs}
        used |= {n for name in defined for _, factors in rule.definitions[name] for n, _ in factors}
        self.axes = {name: axes for name, axes in rule.axes.items() if name in used}
        sorts = dict.fromkeys([*(sort for axes in self.axes.values() for sort in axes), *labels])
        self.proof.sorts(*sorts)
        self.taken = {*rule.axes, *sorts, ETA}
        self.names: dict[str, list[IndexName]] = defaultdict(list)
        self.labels = [self.index(sort, labels[:k].count(sort)) for k, sort in enumerate(labels)]

    def free(self, name: str) -> str:
        """A name that nothing else has."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def index(self, sort: str, k: int) -> IndexName:
        """The k-th index of a sort."""
        known = self.names[sort]
        while len(known) <= k:
            letter = self.rule.letters[sort]
            known.append(self.proof.index(self.free(letter if not known else f"{letter}{len(known) + 1}"), sort))
        return known[k]

    def declare(self) -> None:
        """The tensors; all but constants depend on time."""
        constant = {*self.rule.named("constant"), ETA, *self.still}
        self.tensors = {
            name: self.proof.tensor(name, *([] if name in constant else [self.time]), *axes)
            for name, axes in self.axes.items()
        }
        self.constant = constant

    def relate(self) -> None:
        """Assume the relations between the constants that occur."""
        for k, relation in enumerate(self.relations, 1):
            labels = [self.index(sort, relation.labels[:j].count(sort)) for j, sort in enumerate(relation.labels)]
            left = self.term([(Fraction(1), relation.left)], labels, 0)
            formula = left.equals(self.term(relation.right, labels, 0))
            name = f"relation {k}"
            self.proof.assume(name, forall(*labels, formula) if labels else formula, relation.text)

    def used_relation(self, use: RelationUse, at: IndexName) -> Multiple:
        """A use of a relation as an item: the rest of the product times the relation, summed over its indices."""
        names: dict[int, IndexName] = {-1 - k: label for k, label in enumerate(self.labels)}
        sorts = dict(zip(use.at, use.relation.labels, strict=True))
        sorts |= {i: s for name, legs in use.rest for i, s in zip(legs, self.rule.axes.get(name, ()), strict=True)}
        taken = {label.name for label in self.labels}
        for i, sort in sorts.items():
            if i not in names:
                k = 0
                while self.index(sort, k).name in taken:
                    k += 1
                names[i] = self.index(sort, k)
                taken.add(names[i].name)
        rest = term(use.c)
        for factor in use.rest:
            rest = rest * self.entry(factor, names, at)
        fact = Fact(f"relation {self.relations.index(use.relation) + 1}")
        here = fact(*(names[i] for i in use.at)) if use.at else fact
        return item(here, rest, over=[name for i, name in names.items() if i >= 0])

    def entry(self, factor: Factor, names: dict[int, IndexName], at: IndexName | int) -> Expression:
        """A factor as a term."""
        name, legs = factor
        return self.tensors[name](*([] if name in self.constant else [at]), *(names[i] for i in legs))

    def term(self, body: Template, labels: list[IndexName], at: IndexName | int) -> Expression:
        """A template as a term, with these indices on its legs."""
        parts = [self._product(c, factors, labels, at) for c, factors in body]
        return sum(parts[1:], parts[0]) if parts else term(0)

    def _product(
        self, c: Fraction, factors: Iterable[Factor], labels: list[IndexName], at: IndexName | int
    ) -> Expression:
        names: dict[int, IndexName] = {-1 - k: label for k, label in enumerate(labels)}
        used = {label.name for label in labels}
        for name, legs in factors:
            for i, sort in zip(legs, self.rule.axes.get(name, ()), strict=True):
                if i not in names:
                    k = 0
                    while self.index(sort, k).name in used:
                        k += 1
                    names[i] = self.index(sort, k)
                    used.add(names[i].name)
        entries = [self.entry(factor, names, at) for factor in factors]
        body = entries[0] if entries else term(1)
        for entry in entries[1:]:
            body = body * entry
        body = body if c == 1 else -body if c == -1 else c * body
        bound = [name for i, name in names.items() if i >= 0]
        return total(*bound, body) if bound else body


def conserved_by_flow(rule: Plasticity, quantity: Polynomial, labels: tuple[str, ...]) -> Document:
    """The proof that a quantity is constant along the flow, for all sizes."""
    script = _Script(rule, [quantity], labels, REAL)
    P, body = script.proof, template(quantity)
    flow = Flow(P, script.free("s"), script.free("t"))
    script.declare()
    script.relate()
    rules = _rates(script, flow)
    value = script.term(body, script.labels, flow.s)
    rate = flow.rate(value)
    unrelated = Dynamics(replace(rule, relations=())).rate(quantity)
    needed = uses(script.relations, template(unrelated))
    zero = P.show(
        "rate is 0",
        d(flow.s, value, flow.t).equals(0),
        rate.equation,
        *(script.used_relation(use, flow.t) for use in needed),
        rewrite=rules,
        reason="the terms cancel in pairs",
    )
    given = [P.generalise(n, f, flow.t) for n, f in (("differentiable", rate.smooth), ("rate is always 0", zero))]
    constant = P.use(library.flow_constant())(of(flow.s, value), flow.t, given=given)
    now, start = (script.term(body, script.labels, at) for at in (flow.t, 0))
    done = P.show("conserved", forall(flow.t, *script.labels, now.equals(start)), constant)
    return _finished(P, done, script)


def _rates(script: _Script, flow: Flow) -> list[str]:
    """Assume that what moves is differentiable, and name its derivative."""
    P = script.proof
    rules = []
    for name in script.moving:
        axes = script.rule.axes[name]
        legs = [script.index(sort, axes[:k].count(sort)) for k, sort in enumerate(axes)]
        dot = P.tensor(f"{name}.", REAL, *axes)
        flow.moves(script.tensors[name], dot)
        rate = script.term(script.rule.rates[name], legs, flow.t)
        rules.append(f"rule of {name}")
        P.assume(rules[-1], forall(flow.t, *legs, dot(flow.t, *legs).equals(rate)), f"the rule for {name}")
    return rules


def _finished(P: ProofWriter, fact: Fact, script: _Script, *defined: str) -> Document:
    for name in script.moving:
        fact = P.drop(f"{fact.ref}, {name}", fact, f"{name} rate")
    return _concluded(P, fact, [*(f"{name} differentiable" for name in script.moving), *defined])


def decreasing_along_flow(rule: Plasticity, each: Decreasing, *, fixed: bool = False) -> tuple[Document, Document]:
    """The proofs that a quantity never exceeds its first value, and that its derivative is minus the squares.

    The hypotheses define the errors, and say that growth factors and rates of decay are not negative.
    """
    return _decreasing(rule, each, fixed, value=True), _decreasing(rule, each, fixed, value=False)


def _decreasing(rule: Plasticity, each: Decreasing, fixed: bool, *, value: bool) -> Document:
    quantity = written_out(Dynamics(rule, rule.definitions if fixed else {}), each.polynomial)
    shown = [quantity, *(s.body for s in each.squares), {s.multiplier: Fraction(1) for s in each.squares}]
    still = [name for name in rule.named("input") if name not in rule.definitions] if fixed else []
    errors = [name for name in rule.definitions if name in tensors_of_all(rule, shown)]
    script = _Script(rule, shown, (), REAL, defined=errors, still=still)
    P = script.proof
    flow = Flow(P, script.free("s"), script.free("t"))
    script.declare()
    for name in sorted({name for s in each.squares for ((name, _),) in s.multiplier}):
        at = [] if name in script.constant else [flow.t]
        sign = at_least_0(script.tensors[name](*at))
        P.assume(f"{name} ≥ 0", forall(*at, sign) if at else sign, f"{name} is not negative")
    rules = [*_rates(script, flow), *(_definition(script, name, flow.t) for name in errors)]
    body = script.term(template(quantity), [], flow.s)
    rate = flow.rate(body)
    if not value:
        goal = forall(flow.t, d(flow.s, body, flow.t).equals(-_sum_of_squares(script, each, flow.t)))
        P.generalise("differentiable", rate.smooth, flow.t)
        return _finished(P, P.show("rate", goal, rate.equation, rewrite=rules), script, "differentiable")
    signs = []
    for square in each.squares:
        labels = [script.index(sort, square.labels[:k].count(sort)) for k, sort in enumerate(square.labels)]
        root = script.term(template(square.body), labels, flow.t)
        factor = script.term([(square.weight, flat(square.multiplier))], [], flow.t)
        signs.append(item(P.use(library.square())(root), factor, over=labels, sign=P.signed(factor)))
    falls = P.show("falls", d(flow.s, body, flow.t) <= 0, rate.equation, *signs, rewrite=rules)
    given = [P.generalise(n, f, flow.t) for n, f in (("differentiable", rate.smooth), ("always falls", falls))]
    bound = P.use(library.flow_decreasing())(of(flow.s, body), flow.t, given=given)
    now, start = (script.term(template(quantity), [], at) for at in (flow.t, 0))
    return _finished(P, P.show("never above its start", forall(flow.t, now <= start), bound), script)


def decrease_by_steps(rule: Plasticity, each: Decreasing) -> tuple[Document, Polynomial]:
    """The proof of the change by a step, ``−η`` times the squares plus a rest of higher order in η, and that rest."""
    rest = {
        monomial: c
        for monomial, c in Dynamics(rule).change(each.polynomial).items()
        if sum(component == ((ETA, ()),) for component in monomial) > 1
    }
    shown = [each.polynomial, rest, *(s.body for s in each.squares), {s.multiplier: Fraction(1) for s in each.squares}]
    errors = [name for name in rule.definitions if name in tensors_of_all(rule, shown)]
    script, rules, t, body = _stepping(rule, shown, (), each.polynomial, errors)
    rules += [_definition(script, name, t) for name in errors]
    eta = script.tensors[ETA]()
    now, later = (script.term(body, [], at) for at in (t, t + 1))
    drop = eta * _sum_of_squares(script, each, t)
    change = now - drop + script.term(template(rest), [], t)
    done = script.proof.show("change", forall(t, later.equals(change)), rewrite=rules)
    return _concluded(script.proof, done), rest


def _sum_of_squares(script: _Script, each: Decreasing, t: IndexName) -> Expression:
    squares = []
    for square in each.squares:
        labels = [script.index(sort, square.labels[:k].count(sort)) for k, sort in enumerate(square.labels)]
        root = script.term(template(square.body), labels, t)
        factor = script.term([(square.weight, flat(square.multiplier))], [], t)
        inner = root**2 if factor.json == 1 else factor * root**2
        squares.append(total(*labels, inner) if labels else inner)
    return sum(squares[1:], squares[0])


def tensors_of_all(rule: Plasticity, polynomials: Iterable[Polynomial]) -> set[str]:
    """The tensors in polynomials and in the rates of what moves there."""
    inside = set().union(*map(tensors_of, polynomials))
    return inside | {n for name in inside for _, factors in rule.rates.get(name, ()) for n, _ in factors}


def _definition(script: _Script, name: str, t: IndexName) -> str:
    axes = script.rule.axes[name]
    legs = [script.index(sort, axes[:k].count(sort)) for k, sort in enumerate(axes)]
    value = script.term(script.rule.definitions[name], legs, t)
    script.proof.assume(f"{name} is", forall(t, *legs, script.tensors[name](t, *legs).equals(value)), f"what {name} is")
    return f"{name} is"


def _concluded(P: ProofWriter, fact: Fact, defined: Sequence[str] = ()) -> Document:
    """The finished document, which the checker has replayed."""
    P.conclude(fact, defined=defined)
    return P.document


def conserved_by_steps(rule: Plasticity, quantity: Polynomial, labels: tuple[str, ...]) -> Document:
    """The proof that a quantity is constant along the steps ``T + η T'``, for all sizes and all η."""
    script, rules, t, body = _stepping(rule, [quantity], labels, quantity)
    P = script.proof
    now, later, start = (script.term(body, script.labels, at) for at in (t, t + 1, 0))
    still = P.assume("until now", forall(*script.labels, now.equals(start)))
    one = P.show("one step", later.equals(now), rewrite=rules, reason="the terms cancel in pairs")
    onward = P.show("onward", forall(*script.labels, later.equals(start)), one, still(*script.labels))
    first = P.show("start", forall(*script.labels, start.equals(start)))
    done = P.induct("conserved", t, [forall(*script.labels, now.equals(start))], [first], [onward])
    return _concluded(P, done)


def changed_by_steps(rule: Plasticity, quantity: Polynomial, change: Polynomial, labels: tuple[str, ...]) -> Document:
    """The proof that a step changes a quantity by exactly this polynomial in the values before the step."""
    script, rules, t, body = _stepping(rule, [quantity, change], labels, quantity)
    now, later = (script.term(body, script.labels, at) for at in (t, t + 1))
    drift = script.term(template(change), script.labels, t)
    done = script.proof.show("change", forall(t, *script.labels, later.equals(now + drift)), rewrite=rules)
    return _concluded(script.proof, done)


def _stepping(
    rule: Plasticity,
    polynomials: list[Polynomial],
    labels: tuple[str, ...],
    quantity: Polynomial,
    defined: Sequence[str] = (),
) -> tuple[_Script, list[str], IndexName, Template]:
    script = _Script(rule, polynomials, labels, TIME, defined=defined)
    P = script.proof
    t = P.index(script.free("t"), TIME)
    script.axes[ETA] = ()
    script.declare()
    eta = script.tensors[ETA]()
    rules = []
    for name in [name for name in script.moving if name in tensors_of(quantity)]:
        axes = rule.axes[name]
        legs = [script.index(sort, axes[:k].count(sort)) for k, sort in enumerate(axes)]
        tensor, rate = script.tensors[name], script.term(rule.rates[name], legs, t)
        rules.append(f"step of {name}")
        P.assume(
            rules[-1], forall(t, *legs, tensor(t + 1, *legs).equals(tensor(t, *legs) + eta * rate)), f"a step of {name}"
        )
    return script, rules, t, template(quantity)
