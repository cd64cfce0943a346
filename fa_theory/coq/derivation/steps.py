"""Every rule of the kernel as a proof term of Coq; every step that is not an instance is a lemma of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from fa_theory.checker.proof import axioms
from fa_theory.checker.proof.normal import constant, key, normal
from fa_theory.checker.proof.rules import Averaging, Summand, Theorem, defined_tensor, rewrite_rule
from fa_theory.checker.proof.terms import (
    NUMERAL,
    TIME,
    Add,
    Entry,
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
    as_value,
    difference,
    instantiate,
    number,
    opened,
    substitute,
)
from fa_theory.coq.exact import NotExportable

from .identity import RewritingRule, functional_same, identity, outer, same_difference
from .record import (
    Absurdity,
    Assumed,
    Cases,
    Combination,
    Congruence,
    Discharge,
    Dropping,
    Generalisation,
    Induction,
    Instantiation,
    Known,
    Origin,
    Origins,
)
from .shallow import ARGUMENT, MINUS_ONE, UNARY, Shallow, ordered

Facts = Mapping[str, tuple[str, Formula]]
"""The hypotheses in scope: by key a proof and what it proves."""

AXIOMS = {
    "sqrt_square": "(@sqrt_square R)",
    "sqrt_sign": "(@sqrt_sign R)",
    "inverse": "(@inverse R)",
    "abs_up": "(@abs_up R)",
    "abs_down": "(@abs_down R)",
    "max_right": "(@max_right R)",
    "max_left": "(@max_left R)",
    "time_sign": "(@time_sign R)",
}


class StepWriter:
    """Writes the lemmas that a theorem rests on, each once."""

    def __init__(self, shallow: Shallow, origins: Origins) -> None:
        self.shallow, self.origins = shallow, origins
        self.lemmas: list[str] = []
        self._done: dict[int, tuple[str, tuple[Variable, ...]]] = {}
        self._keep: list[Theorem] = []

    # ------------------------------------------------------------------------------------------------- theorems
    def proof(self, theorem: Theorem, facts: Facts) -> str:
        """A proof of the theorem's formula, in the scope of its free variables and of some hypotheses."""
        match self.origins.of(theorem):
            case Assumed():
                return self.fact(theorem.formula, facts)
            case Known(name, sorts, exponent):
                return self.axiom(name, sorts, exponent)
            case Instantiation() as made:
                return self.instance(made, facts)
            case _:
                name, variables = self.lemma(theorem)
                return self.call(name, variables, theorem, {}, facts)

    def call(
        self, name: str, variables: Sequence[Variable], theorem: Theorem, values: Mapping[Variable, str], facts: Facts
    ) -> str:
        """A lemma at its variables and hypotheses; a variable that is not in scope gets any value."""
        at = [values[v] if v in values else self.free(v) for v in variables]
        given = [self.fact(h, facts) for h in theorem.hypotheses.values()]
        return f"({' '.join([f'@{name}', *at, *given])})"

    def free(self, variable: Variable) -> str:
        """A variable, or any value if it is not in scope."""
        return self.shallow.names.variable(variable) if variable in self.scope else self.shallow.default(variable)

    def fact(self, formula: Formula, facts: Facts) -> str:
        """A proof of a hypothesis from those in scope."""
        proof, known = facts[key(formula)]
        return self.converted(proof, known, formula)

    def lemma(self, theorem: Theorem) -> tuple[str, tuple[Variable, ...]]:
        """The name and variables of the lemma of a theorem."""
        if id(theorem) not in self._done:
            variables = tuple(ordered(theorem.formula.free.union(*(h.free for h in theorem.hypotheses.values()))))
            outside = self.scope
            self.scope = frozenset(variables)
            hypotheses = [(f"H{k}_", h) for k, h in enumerate(theorem.hypotheses.values())]
            facts = dict(zip(theorem.hypotheses, hypotheses, strict=True))
            self._keep.append(theorem)
            lost = ordered(_mentioned(self.origins.of(theorem)).difference(variables))
            self.scope = self.scope.union(lost)
            set_to = (
                f"pose {self.shallow.names.variable(v)} : {self.shallow.type(v)} := {self.shallow.default(v)}."
                for v in lost
            )
            proof = "\n".join([*set_to, self.made(theorem, facts)])
            name = self.shallow.names.new(f"step_{len(self.lemmas) + 1}")
            said = [self.shallow.binders(variables), *(f"({n} : {self.shallow.formula(h)})" for n, h in hypotheses)]
            text = "\n    ".join(part for part in said if part)
            self.lemmas.append(
                f"Lemma {name} {text} :\n  {self.shallow.formula(theorem.formula)}.\nProof.\n{proof}\nQed.\n"
            )
            self._done[id(theorem)] = name, variables
            self.scope = outside
        return self._done[id(theorem)]

    scope: frozenset[Variable] = frozenset()

    def inside(self, variables: Iterable[Variable]) -> frozenset[Variable]:
        """Enter the scope of bound variables; returns the scope outside."""
        outside, self.scope = self.scope, self.scope.union(variables)
        return outside

    # --------------------------------------------------------------------------------------------- the same formula
    def converted(self, proof: str, have: Formula, want: Formula) -> str:
        """A proof of a formula from one of the same key."""
        if self.shallow.formula(have) == self.shallow.formula(want):
            return proof
        if len(have.variables) != len(want.variables):
            raise NotExportable("two forms of a formula with different variables")
        body = opened(have, {v: as_value(w) for v, w in zip(have.variables, want.variables, strict=True)})
        if self.shallow.formula(_bare(body)) == self.shallow.formula(_bare(want)):
            return proof
        outside = self.inside(want.variables)
        premises = [(f"Q{len(self.scope)}_{k}_", p) for k, p in enumerate(want.premises)]
        known = {key(p): (name, p) for name, p in premises}
        values = [self.bound(w) for w in want.variables]
        call = f"({' '.join([proof, *values, *(self.fact(p, known) for p in body.premises)])})"
        sides = want.left, want.right
        if (body.left, body.right) != sides:
            call = self.moved(call, (body.left, body.right), want.relation, sides)
        self.scope = outside
        binders = [self.shallow.binder(w) for w in want.variables]
        binders += [f"({name} : {self.shallow.formula(p)})" for name, p in premises]
        return f"(fun {' '.join(binders)} => {call})" if binders else call

    def bound(self, variable: Variable) -> str:
        """A bound variable."""
        return self.shallow.names.variable(variable)

    def moved(self, proof: str, have: tuple[Term, Term], relation: str, want: tuple[Term, Term]) -> str:
        """A proof of a relation from one between other sides of the same difference."""
        sign = same_difference(have, want)
        left, right = difference(*want), difference(*(have if sign >= 0 else have[::-1]))
        lemma = {"=": "same_eq" if sign >= 0 else "same_eqN", "<=": "same_le", "<": "same_lt"}[relation]
        return f"({lemma} {proof} ({identity(self.shallow, left, right)} : {self.gaps(left, right)}))"

    def gaps(self, left: Term, right: Term) -> str:
        """An equation."""
        return f"{self.shallow.term(left)} = {self.shallow.term(right)} :> R"

    # ---------------------------------------------------------------------------------------------------- instances
    def instance(self, made: Instantiation, facts: Facts) -> str:
        """An instance; a value None leaves its variable bound.

        ``(-1)·b`` is printed as ``- b``, which is another term to Coq if -1 is the value of a variable.
        """
        formula = made.base.formula
        chosen: dict[Variable, Index | Lambda] = {
            v: s for v, s in zip(formula.variables, made.values, strict=True) if s is not None
        }
        wanted, got = opened(formula, chosen), opened(formula, {v: _kept(s) for v, s in chosen.items()})
        kept = iter(got.variables)
        outside = self.inside(got.variables)
        at = [self.bound(next(kept)) if value is None else self.value(value) for value in made.values]
        given = [
            self.converted(self.proof(proof, facts), proof.formula, premise)
            for premise, proof in zip(got.premises, made.given, strict=False)
        ]
        call = " ".join([self.proof(made.base, facts), *at, *given])
        self.scope = outside
        call = f"(fun {self.shallow.binders(got.variables)} => {call})" if got.variables else f"({call})"
        if made.given:
            got, wanted = _bare(got, ()), _bare(wanted, ())
        return self.converted(call, got, wanted)

    def value(self, value: Index | Lambda) -> str:
        """A value; free variables that are not in scope get any value."""
        lost = value.free.difference(self.scope)
        text = self.shallow.value(value)
        for variable in ordered(lost):
            text = f"(let {self.shallow.names.variable(variable)} := {self.shallow.default(variable)} in {text})"
        return text

    def axiom(self, name: str, sorts: Sequence[str], exponent: Fraction | None) -> str:
        """An axiom of the kernel."""
        names = self.shallow.names
        match name:
            case _ if name in AXIOMS:
                return AXIOMS[name]
            case "size_sign" if exponent is not None:
                k = int(2 * exponent)
                return f"(half_gt R dim_gt0 {names.sort(sorts[0])} ({k})%Z : {self.positive(sorts[0], exponent)})"
            case "size_one":
                return f"(@size_one R _ {names.size(sorts[0])}_gt0)"
            case "op_bound" | "op_sign" | "op_least":
                return f"({name} {names.norm(*sorts)}_is)"
            case _:
                return self.hypothesis(name, sorts)

    def hypothesis(self, name: str, sorts: Sequence[str]) -> str:
        """An axiom of the kernel that is a hypothesis of the theorem."""
        formula = axioms.use(name, sorts, None).formula
        called = self.shallow.names.axiom(name, sorts)
        self.shallow.names.axioms[called] = self.shallow.formula(formula)
        return f"@{called}"

    def positive(self, sort: str, exponent: Fraction) -> str:
        """That a power of a size is positive."""
        return f"0 < {self.shallow.size(sort, exponent)} :> R"

    # -------------------------------------------------------------------------------------------------------- rules
    def made(self, theorem: Theorem, facts: Facts) -> str:
        """The proof script of a lemma."""
        match self.origins.of(theorem):
            case Combination() as made:
                return self.combination(made, facts)
            case Generalisation(base, variables):
                outside = self.inside(variables)
                proof = self.proof(base, facts)
                self.scope = outside
                return f"exact (fun {self.shallow.binders(variables)} => {proof})."
            case Discharge(base, formula):
                inner = theorem.formula.variables
                outside = self.inside(inner)
                known = {**facts, key(formula): ("P_", formula)}
                call = " ".join([self.proof(base, known), *map(self.bound, inner)])
                self.scope = outside
                binders = [*map(self.shallow.binder, inner), f"(P_ : {self.shallow.formula(formula)})"]
                return f"exact (fun {' '.join(binders)} => {call})."
            case Induction() as made:
                return self.induction(made, facts)
            case Cases(left, right, low, high):
                at_most, above = Formula((), (), left, "<=", right), Formula((), (), right, "<", left)
                first = self.converted(
                    self.proof(low, {**facts, key(at_most): ("C_", at_most)}), low.formula, theorem.formula
                )
                second = self.converted(
                    self.proof(high, {**facts, key(above): ("C_", above)}), high.formula, theorem.formula
                )
                split = f"@le_or_lt R {self.shallow.term(left, ARGUMENT)} {self.shallow.term(right, ARGUMENT)}"
                return f"case: ({split}) => C_.\n- exact {first}.\nexact {second}."
            case Absurdity(base):
                return f"case: {self.absurd(base, facts)}."
            case Congruence(function, base, at):
                return self.congruence(function, base, at, facts)
            case Dropping(base, (definition,)):
                tensor, places = defined_tensor(definition, 0)
                value = Lambda(places, definition.right)
                same = f"(fun {self.shallow.binders(places)} => erefl)" if places else "erefl"
                return self.dropped(base, {tensor: value}, self.shallow.function(value), {key(definition): same}, facts)
            case Dropping(base, (start, step)):
                return self.recursion(base, start, step, facts)
            case origin:
                raise NotExportable(f"the rule {type(origin).__name__.lower()}")

    def combination(self, made: Combination, facts: Facts) -> str:
        """Sums and products of inequalities."""
        goal, shallow = made.goal, self.shallow
        outside = self.inside(goal.variables)
        premises = [(f"P{k}_", p) for k, p in enumerate(goal.premises)]
        facts = {**facts, **{key(p): (name, p) for name, p in premises}}
        rules = [self.rule(theorem, facts) for theorem in made.rewrite]
        lines = []
        intro = [*map(self.bound, goal.variables), *(name for name, _ in premises)]
        if intro:
            lines.append(f"move=> {' '.join(intro)}.")
        gaps: list[Term] = []
        parts: list[tuple[str, str]] = []  # proof and whether it is =, <= or <
        for k, item in enumerate(made.items):
            proof, gap, kind = self.item(item, rules, facts)
            about = shallow.term(gap)
            said = f"{about} = 0" if kind == "=" else f"0 {kind} {about}"
            lines.append(f"have I{k}_ : {said} :> R := {proof}.")
            gaps.append(gap)
            parts.append((f"I{k}_", kind))
        kernel = [rule.kernel for rule in rules]
        total = difference(goal.left, goal.right)
        left_over = constant(normal(Add((total, *(Multiply((number(-1), gap)) for gap in gaps))), kernel))
        assert left_over is not None
        if left_over or not parts:
            gaps.append(number(left_over))
            parts.append(self.non_negative(left_over))
        right = gaps[-1]
        proof, kind = parts[-1]
        for gap, (other, another) in zip(reversed(gaps[:-1]), reversed(parts[:-1]), strict=True):
            right = Add((gap, right))
            proof, kind = _sum((other, another), (proof, kind))
        proof = proof if kind == goal.relation else _weaker(proof, kind, goal.relation)
        lemma = {"=": "gap_eq", "<=": "gap_le", "<": "gap_lt"}[goal.relation]
        lines.append(f"have E_ : {self.gaps(total, right)} :=\n  {identity(shallow, total, right, rules)}.")
        lines.append(f"exact: ({lemma} E_ {proof}).")
        self.scope = outside
        return "\n".join(lines)

    @staticmethod
    def non_negative(value: Fraction) -> tuple[str, str]:
        """That a number is 0 or positive."""
        if not value:
            return "(erefl : 0 = 0 :> R)", "="
        if max(value.numerator, value.denominator) >= UNARY:
            raise NotExportable(f"the number {value} left over")
        if value.denominator == 1:
            return f"(ltr0Sn R {value.numerator - 1})", "<"
        return f"(frac_gt R {value.numerator - 1} {value.denominator - 1})", "<"

    def rule(self, theorem: Theorem, facts: Facts) -> RewritingRule:
        """A rewriting rule from a theorem."""
        variables = theorem.formula.variables

        def proof(values: Mapping[Variable, str]) -> str:
            return f"({' '.join([self.proof(theorem, facts), *(f'({values[v]})' for v in variables)])})"

        return RewritingRule(rewrite_rule(theorem), proof)

    def item(self, item: Summand, rules: Sequence[RewritingRule], facts: Facts) -> tuple[str, Term, str]:
        """The proof about one item, the item as a term, and its relation to 0."""
        shallow, said = self.shallow, item.theorem.formula
        binders: list[IndexVariable] = []
        for binder in item.over:
            match binder:
                case IndexVariable():
                    binders.append(binder)
                case Averaging():
                    raise NotExportable("expected values")
        outside = self.inside(binders)
        gap: Term = Multiply((item.factor, difference(said.left, said.right)))
        proof, kind = self.proof(item.theorem, facts), said.relation
        sides = f"{shallow.term(said.left, ARGUMENT)} {shallow.term(said.right, ARGUMENT)}"
        if kind != "=":
            sign, strict = self.sign(item, rules, facts)
            if kind == "<" and not strict:
                proof, kind = f"(ltW {proof})", "<="
            elif kind == "<=" and strict:
                sign = f"(ltW {sign})"
            lemma = "item_le" if kind == "<=" else "item_lt"
            proof = f"({lemma} {sign} {proof})"
        elif item.factor == MINUS_ONE:
            proof = f"(@item_eqN R {sides} {proof})"
        else:
            proof = f"(@item_eq R {shallow.term(item.factor, ARGUMENT)} {sides} {proof})"
        self.scope = outside
        for variable in reversed(binders):
            gap = Sum(variable, gap)
            lemma = {"=": "sum_eq", "<=": "sum_le", "<": f"sum_lt {shallow.names.size(variable.sort)}_gt0"}[kind]
            proof = f"({lemma} (fun {shallow.binder(variable)} => {proof}))"
        return proof, gap, kind

    def sign(self, item: Summand, rules: Sequence[RewritingRule], facts: Facts) -> tuple[str, bool]:
        """That a factor is not negative, and whether it is positive."""
        factor = self.shallow.term(item.factor)
        if item.sign is None:
            value = constant(normal(item.factor))
            assert value is not None
            proof, kind = self.non_negative(value)
            proof = proof if kind == "<" else f"(eq_ge {proof})"
            if item.factor != number(value):
                lemma = "sign_number_lt" if kind == "<" else "sign_number_le"
                same = identity(self.shallow, item.factor, number(value))
                proof = f"({lemma} {proof} ({same} : {factor} = {self.shallow.number(value)} :> R))"
            return proof, kind == "<"
        said = item.sign.formula
        proof = self.proof(item.sign, facts)
        strict = said.relation == "<"
        if said.left == number(0) and self.shallow.term(said.right) == factor:
            return proof, strict
        gap = difference(said.left, said.right)
        same = f"({identity(self.shallow, item.factor, gap, rules)} : {self.gaps(item.factor, gap)})"
        return f"({'sign_lt' if strict else 'sign_le'} {proof} {same})", strict

    def induction(self, made: Induction, facts: Facts) -> str:
        """Several statements together."""
        assert isinstance(made.variable, IndexVariable)
        shallow, t = self.shallow, made.variable
        name = shallow.names.variable(t)
        said = [shallow.formula(goal, inner=True) for goal in made.goals]
        together = said[-1]
        for other in reversed(said[:-1]):
            together = f"({other} /\\ {together})"
        zero, later = Index(NUMERAL, TIME, 0), Index(t.name, TIME, 1)
        starts = [
            self.converted(self.proof(start, facts), start.formula, instantiate(goal, {t: zero}))
            for goal, start in zip(made.goals, made.base, strict=True)
        ]
        outside = self.inside((t,))
        known = {**facts, **{key(goal): (f"J{k}_", goal) for k, goal in enumerate(made.goals)}}
        steps = [
            self.converted(self.proof(step, known), step.formula, instantiate(goal, {t: later}))
            for goal, step in zip(made.goals, made.step, strict=True)
        ]
        self.scope = outside
        induced = f"J{len(said) - 1}_"
        for k in reversed(range(len(said) - 1)):
            induced = f"[J{k}_ {induced}]"
        first, second = starts[-1], steps[-1]
        for start, step in zip(reversed(starts[:-1]), reversed(steps[:-1]), strict=True):
            first, second = f"(conj {start} {first})", f"(conj {step} {second})"
        pick = f"(all_ {name})"
        for _ in range(made.which):
            pick = f"(proj2 {pick})"
        pick = pick if made.which == len(said) - 1 else f"(proj1 {pick})"
        return (
            f"have all_ : forall {name} : nat, {together}.\n"
            f"  elim=> [|{name} {induced}].\n  - exact {first}.\n  exact {second}.\n"
            f"exact (fun {name} : nat => {pick})."
        )

    def absurd(self, base: Theorem, facts: Facts) -> str:
        """A proof of False."""
        said = base.formula
        gap = difference(said.left, said.right)
        value = constant(normal(gap))
        assert value is not None
        proof = self.proof(base, facts)
        same = f"({identity(self.shallow, gap, number(value))} : {self.gaps(gap, number(value))})"
        bound, kind = self.non_negative(abs(value))
        lemma = {"=": "false_eq" if value > 0 else "false_eqN", "<=": "false_le", "<": "false_lt"}[said.relation]
        if said.relation == "<":
            if not value:
                return f"(false_zero {proof} {same})"
            bound = f"(ltW {bound})"
        assert kind == "<" or not value
        return f"({lemma} {proof} {same} {bound})"

    def congruence(self, function: str, base: Theorem, at: Index | None, facts: Facts) -> str:
        """A function of equal arguments."""
        proof = self.proof(base, facts)
        sorts = tuple(v.sort for v in base.formula.variables if isinstance(v, IndexVariable))
        if function == "op":
            return f"exact (op_same {self.shallow.names.norm(*sorts)}_is {proof})."
        if function in ("d", "differentiable", "sup", "top"):
            said, over = base.formula, tuple(v for v in base.formula.variables if isinstance(v, IndexVariable))
            sides = Lambda(over, said.left), Lambda(over, said.right)
            whole = f"({proof} {' '.join(map(self.bound, over))})"
            return f"exact {functional_same(self.shallow, function, *sides, at, whole)}."
        if sorts:
            raise NotExportable(f"congruence of {function}")
        return f"exact (congr1 {outer(self.shallow, function, at)} {proof})."

    def dropped(self, base: Theorem, values: Values, text: str, definitions: Mapping[str, str], facts: Facts) -> str:
        """A lemma with a value for the tensor that a definition defines."""
        name, variables = self.lemma(base)
        (tensor,) = values
        given = []
        for k, formula in base.hypotheses.items():
            if k in definitions:
                given.append(definitions[k])
            else:
                given.append(self.fact(instantiate(formula, values), facts))
        at = [f"({text})" if v == tensor else self.free(v) for v in variables]
        return f"exact ({' '.join([f'@{name}', *at, *given])})."

    def recursion(self, base: Theorem, start: Formula, step: Formula, facts: Facts) -> str:
        """A lemma with the sequence that a recursion defines."""
        tensor, places = defined_tensor(start, 1)
        _, (time, *others) = defined_tensor(step, -1)
        shallow = self.shallow
        before = TensorVariable(f"{tensor.name}_before", tensor.axes[1:])
        right = _at_before(step.right, tensor, before)
        values = f"{' -> '.join([*map(shallow.sort, before.axes), 'R'])}"
        text = (
            f"fun n_ : nat => nat_rect (fun _ => {values}) {shallow.function(Lambda(places, start.right))} "
            f"(fun {shallow.binder(time)} {shallow.binder(before)} => "
            f"{shallow.function(Lambda(tuple(others), right))}) n_"
        )
        name, variables = self.lemma(base)
        first = f"(fun {shallow.binders(places)} => erefl)" if places else "erefl"
        second = f"(fun {shallow.binders(step.variables)} => erefl)"
        definitions = {key(start): first, key(step): second}
        given = [
            definitions[k] if k in definitions else self.fact(formula, facts) for k, formula in base.hypotheses.items()
        ]
        at = [f"({text})" if v == tensor else self.free(v) for v in variables]
        return f"exact ({' '.join([f'@{name}', *at, *given])})."


def _mentioned(origin: Origin) -> frozenset[Variable]:
    """The free variables of the operands of a rule, apart from those that it binds."""
    used: list[Theorem] = []
    free = frozenset[Variable]()
    bound: tuple[Variable, ...] = ()
    match origin:
        case Combination(goal, rewrite, items):
            used, bound = list(rewrite), goal.variables
            for item in items:
                over = [v for v in item.over if isinstance(v, IndexVariable)]
                sign = item.sign.formula.free if item.sign else frozenset[Variable]()
                free |= item.factor.free.union(item.theorem.formula.free, sign).difference(over)
        case Cases(left, right, low, high):
            used, free = [low, high], left.free | right.free
        case Generalisation(base, variables):
            used, bound = [base], variables
        case Induction(variable, _, starts, steps, _):
            used, bound = [*starts, *steps], (variable,)
        case Absurdity(base) | Congruence(_, base, _) | Discharge(base, _):
            used = [base]
        case _:
            pass
    return free.union(*(theorem.formula.free for theorem in used)).difference(bound)


def _bare(x: Formula, premises: tuple[Formula, ...] | None = None) -> Formula:
    """A formula without its variables, and with other premises."""
    return Formula((), x.premises if premises is None else premises, x.left, x.relation, x.right)


def _kept(value: Index | Lambda) -> Index | Lambda:
    """A value that is not mistaken for the sign of a product."""
    if isinstance(value, Lambda) and value.body == MINUS_ONE:
        return Lambda(value.parameters, Add((MINUS_ONE,)))
    return value


def _at_before(x: Term, tensor: TensorVariable, before: TensorVariable) -> Term:
    """A term with the tensor at the time of a step replaced by its value there."""
    parameters = tuple(IndexVariable(f"%{k}", sort) for k, sort in enumerate(tensor.axes))
    inner = Entry(before, tuple(Index(v.name, v.sort) for v in parameters[1:]))
    return substitute(x, {tensor: Lambda(parameters, inner)})


def _sum(first: tuple[str, str], second: tuple[str, str]) -> tuple[str, str]:
    """The sign of a sum."""
    (a, ka), (b, kb) = first, second
    if ka == kb == "=":
        return f"(both_eq {a} {b})", "="
    if ka == "<":
        b = {"=": f"(eq_ge {b})", "<=": b, "<": f"(ltW {b})"}[kb]
        return f"(gain_first {a} {b})", "<"
    a = f"(eq_ge {a})" if ka == "=" else a
    if kb == "<":
        return f"(gain_last {a} {b})", "<"
    b = f"(eq_ge {b})" if kb == "=" else b
    return f"(addr_ge0 {a} {b})", "<="


def _weaker(proof: str, kind: str, wanted: str) -> str:
    """The sign as the goal needs it."""
    match kind, wanted:
        case "=", "<=":
            return f"(eq_ge {proof})"
        case "<", "<=":
            return f"(ltW {proof})"
        case _:
            raise NotExportable(f"0 {kind} where 0 {wanted} is needed")
