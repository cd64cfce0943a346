"""Proofs of identities of indexed sums: both sides as data for the decision procedure of ``IndexedSums.v``.

Entries of tensors are atoms, and so are functions at their arguments. Functions whose arguments have the same normal
form are one atom: the others are rewritten to it, with a proof that their arguments are equal. Times never are bound in
a polynomial, so an entry at another time is another atom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fa_theory.checker.proof.monomials import Factor
from fa_theory.checker.proof.normal import Rewrite, Scope, expand, normal
from fa_theory.checker.proof.rules import Theorem
from fa_theory.checker.proof.terms import (
    NUMERAL,
    REAL,
    TIME,
    Add,
    Apply,
    Delta,
    Entry,
    Index,
    IndexVariable,
    Lambda,
    Multiply,
    Number,
    Power,
    Size,
    Sum,
    Term,
    Values,
    Variable,
    difference,
    substitute,
)
from fa_theory.coq.exact import NotExportable

from .shallow import ANY, ARGUMENT, MINUS_ONE, UNARY, Shallow

INFINITE = (TIME, REAL)
Place = Index | None
"""An index of sort time or real; None for an index of a finite sort."""


@dataclass(frozen=True)
class RewritingRule:
    """A rewriting rule of a step: the kernel's, and a proof of an instance of the theorem."""

    kernel: Rewrite
    proof: Callable[[Mapping[Variable, str]], str]
    """Of the equation, given the values of its variables as Coq reads them."""


@dataclass
class IdentityProblem:
    """One call of the decision procedure."""

    shallow: Shallow
    rules: Sequence[RewritingRule]
    context: list[IndexVariable]
    atoms: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    equations: list[str] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    known: dict[object, int] = field(default_factory=dict)
    meant: dict[object, tuple[int, Apply, tuple[IndexVariable, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table: dict[object, list[Rewrite]] = {}
        for rule in self.rules:
            self.table.setdefault(rule.kernel.left.tensor, []).append(rule.kernel)

    # ------------------------------------------------------------------------------------------------------ deep
    def deep(self, x: Term, at: Mapping[IndexVariable, int], depth: int) -> str:
        """A term as data, in a context of some depth."""
        match x:
            case Number(value):
                return self.number(value)
            case Entry():
                return self.entry(x, at)
            case Add(terms):
                return self.fold("Plus", "(Nat 0)", [self.deep(t, at, depth) for t in terms])
            case Multiply((a, b)) if a == MINUS_ONE:
                return f"(Neg {self.deep(b, at, depth)})"
            case Multiply(terms):
                return self.fold("Times", "(Nat 1)", [self.deep(t, at, depth) for t in terms])
            case Power(base, exponent):
                return f"(Pow {self.deep(base, at, depth)} {exponent})"
            case Sum(index, body):
                inner = self.deep(body, {**at, index: depth}, depth + 1)
                return f"(Big {self.shallow.names.sort(index.sort)} {inner})"
            case Size(sort, exponent):
                return f"(Sz {self.shallow.names.sort(sort)} ({int(2 * exponent)})%Z)"
            case Delta(left, right):
                return f"(Dl {self.label(left, at)} {self.label(right, at)})"
            case Apply():
                return self.apply(x, at)
            case _:
                raise NotExportable("expected values")

    @staticmethod
    def fold(operation: str, empty: str, parts: list[str]) -> str:
        """A left-associated operation."""
        if not parts:
            return empty
        out = parts[0]
        for part in parts[1:]:
            out = f"({operation} {out} {part})"
        return out

    def number(self, value: Fraction) -> str:
        """A number as data."""
        if value < 0:
            return f"(Neg {self.number(-value)})"
        if max(value.numerator, value.denominator) >= UNARY:
            return f"(Rat ({value.numerator}#{value.denominator})%Q)"
        if value.denominator == 1:
            return f"(Nat {value.numerator})"
        return f"(Frac {value.numerator} {value.denominator - 1})"

    def label(self, index: Index, at: Mapping[IndexVariable, int]) -> int:
        """The place of an index in the context."""
        return at[IndexVariable(index.name, index.sort)]

    def at(self, atom: int, labels: Sequence[int]) -> str:
        """An atom at places."""
        return f"(At {atom} [:: {'; '.join(map(str, labels))}]%N)" if labels else f"(At {atom} [::])"

    def atom(self, key: object, sorts: tuple[str, ...], text: str) -> int:
        """A new atom."""
        for sort in sorts:
            self.shallow.names.sort(sort)
        self.known[key] = len(self.atoms)
        self.atoms.append((sorts, text))
        return self.known[key]

    def equation(self, atom: int, parameters: Sequence[IndexVariable], right: str, proof: str) -> None:
        """A rewriting rule for an atom."""
        numbers = [str(self.shallow.names.sort(v.sort)) for v in parameters]
        self.equations.append(f"({atom}%N, ([:: {'; '.join(numbers)}]%N, {right}))")
        binders = self.shallow.binders(parameters)
        self.proofs.append(f"(fun {binders} => {proof})" if parameters else proof)

    def parameters(self, variables: Sequence[IndexVariable]) -> dict[IndexVariable, int]:
        """Places of the context, and of the parameters of an atom after it."""
        places = {v: k for k, v in enumerate(self.context)}
        return places | {v: len(self.context) + k for k, v in enumerate(variables)}

    def entry(self, x: Entry, at: Mapping[IndexVariable, int]) -> str:
        """An entry of a tensor."""
        baked: tuple[Place, ...] = tuple(i if i.sort in INFINITE else None for i in x.at)
        finite = [i for i in x.at if i.sort not in INFINITE]
        key = ("entry", x.tensor, baked)
        if key not in self.known:
            parameters = tuple(IndexVariable(f"&{n}", i.sort) for n, i in enumerate(finite))
            places = iter(parameters)
            general = Entry(
                x.tensor, tuple(b if b is not None else Index((v := next(places)).name, v.sort) for b in baked)
            )
            text = self.shallow.function(Lambda(parameters, general))
            atom = self.atom(key, tuple(v.sort for v in parameters), text)
            self.rewrite(atom, general, parameters)
        return self.at(self.known[key], [self.label(i, at) for i in finite])

    def rewrite(self, atom: int, entry: Entry, parameters: tuple[IndexVariable, ...]) -> None:
        """Rewrite an atom with the first rule that fits, as the kernel does."""
        for rule in self.rules:
            if rule.kernel.left.tensor != entry.tensor:
                continue
            found = self.match(rule.kernel, entry)
            if found is not None:
                right = substitute(rule.kernel.right, found)
                deep = self.deep(right, self.parameters(parameters), len(self.context) + len(parameters))
                values = {v: self.shallow.index(i) for v, i in found.items() if isinstance(i, Index)}
                self.equation(atom, parameters, deep, rule.proof(values))
                return

    @staticmethod
    def match(rule: Rewrite, entry: Entry) -> Values | None:
        """Values of the variables of a rule; None if it does not fit."""
        found: dict[Variable, Index | Lambda] = {}
        for pattern, index in zip(rule.left.at, entry.at, strict=True):
            variable = IndexVariable(pattern.name, pattern.sort)
            if variable in rule.variables:
                if index.offset < pattern.offset:
                    return None
                found[variable] = Index(index.name, index.sort, index.offset - pattern.offset)
            elif index.sort not in INFINITE:
                raise NotExportable(f"rewriting of {rule.left} at a fixed index")
            elif index != pattern:
                return None
        return found

    # ------------------------------------------------------------------------------------------------- functions
    def apply(self, x: Apply, at: Mapping[IndexVariable, int]) -> str:
        """A function at its arguments."""
        finite = tuple(sorted((v for v in x.free if isinstance(v, IndexVariable) and v.sort not in INFINITE), key=str))
        labels = [at[v] for v in finite]
        key = ("apply", x, finite)
        if key in self.known:
            return self.at(self.known[key], labels)
        if x.function == "^t" and x.at is not None and x.at.name == NUMERAL:
            return self.deep(Power(x.arguments[0].body, x.at.offset), at, max(at.values(), default=-1) + 1)
        if x.function == "num" and x.at is not None and x.at.name == NUMERAL and x.at.sort == TIME:
            return self.number(Fraction(x.at.offset))
        sorts = tuple(v.sort for v in finite)
        text = self.shallow.function(Lambda(finite, x))
        if x.function in ("^t", "num") and x.at is not None and x.at.offset:
            atom = self.atom(key, sorts, text)
            self.unfolded(atom, x, finite)
            return self.at(atom, labels)
        if x.function == "num" and x.at is not None and x.at.name == NUMERAL:
            atom = self.atom(key, sorts, text)
            self.equation(atom, finite, "(Nat 0)", "clock_start")
            return self.at(atom, labels)
        factor = self.factor(x)
        names = {(v.sort, v.name) for v in finite}
        places = [label for label, _ in factor.at if label[0] not in INFINITE]
        assert names.issuperset(places)
        infinite = tuple(place for place in factor.at if place[0][0] in INFINITE)
        mine = tuple(IndexVariable(name, sort) for sort, name in places)
        atom = self.atom(key, sorts, text)
        head = (factor.head, infinite)
        if head not in self.meant and len(places) == len(names):
            self.meant[head] = atom, x, mine
            return self.at(atom, labels)
        if head not in self.meant:  # an index that cancels: take any
            fixed = substitute(x, {v: Index(ANY, v.sort) for v in finite if v not in mine})
            assert isinstance(fixed, Apply)
            chosen = tuple(sorted(mine, key=str))
            text = self.shallow.function(Lambda(chosen, fixed))
            self.meant[head] = self.atom(("any", head), tuple(v.sort for v in chosen), text), fixed, mine
        other, y, theirs = self.meant[head]
        renamed = substitute(y, {v: Index(w.name, w.sort) for v, w in zip(theirs, mine, strict=True)})
        assert isinstance(renamed, Apply)
        order = sorted(range(len(theirs)), key=lambda k: str(theirs[k]))
        parameters = self.parameters(finite)
        deep = self.at(other, [parameters[mine[k]] for k in order])
        self.equation(atom, finite, deep, self.congruent(x, renamed))
        return self.at(atom, labels)

    def factor(self, x: Apply) -> Factor:
        """The function as the kernel's normal form has it."""
        (monomial,) = expand(x, Scope({}, {}, self.table, 0))  # type: ignore[arg-type]
        (factor,) = monomial.factors
        return factor

    def unfolded(self, atom: int, x: Apply, finite: tuple[IndexVariable, ...]) -> None:
        """``t^(τ+k) = t^k t^τ`` and ``num(τ+k) = k + num(τ)``."""
        assert x.at is not None
        k, now = x.at.offset, Index(x.at.name, x.at.sort)
        rest = Apply(x.function, x.arguments, now)
        places, depth = self.parameters(finite), len(self.context) + len(finite)
        time = self.shallow.index(now)
        if x.function == "num":
            deep = f"(Plus (Nat {k}) {self.deep(rest, places, depth)})"
            self.equation(atom, finite, deep, f"(natrD R {k} {time})")
        else:
            base = x.arguments[0].body
            deep = f"(Times (Pow {self.deep(base, places, depth)} {k}) {self.deep(rest, places, depth)})"
            self.equation(atom, finite, deep, f"(exprD {self.shallow.term(base, ARGUMENT)} {k} {time})")

    def congruent(self, x: Apply, y: Apply) -> str:
        """A proof that a function has the same value at equal arguments."""
        shallow = self.shallow
        equal = [
            identity(shallow, a.body, _renamed_body(b, a), self.rules)
            for a, b in zip(x.arguments, y.arguments, strict=True)
        ]
        match x.function:
            case "op":
                argument = x.arguments[0]
                norm = shallow.names.norm(*argument.sorts)
                return f"(op_same {norm}_is (fun {shallow.binders(argument.parameters)} => {equal[0]}))"
            case "d" | "differentiable" | "sup" | "top":
                f, g = x.arguments[0], Lambda(x.arguments[0].parameters, _renamed_body(y.arguments[0], x.arguments[0]))
                return functional_same(shallow, x.function, f, g, x.at, equal[0])
            case "max":
                return f"(congr2 Num.max {equal[0]} {equal[1]})"
            case _ if len(equal) == 1:
                return f"(congr1 {outer(shallow, x.function, x.at)} {equal[0]})"
            case name:
                raise NotExportable(f"the function {name} of {len(equal)} arguments")

    # --------------------------------------------------------------------------------------------------- the call
    def statement(self, left: str, right: str) -> str:
        """The proof term."""
        names = self.shallow.names
        atoms = "; ".join(
            f"@Atom R dim [:: {'; '.join(str(names.sort(s)) for s in sorts)}]%N ({text})" for sorts, text in self.atoms
        )
        context = "; ".join(f"@Ix dim {names.sort(v.sort)} {names.variable(v)}" for v in self.context)
        proofs = "I"
        for proof in reversed(self.proofs):
            proofs = f"(conj {proof} {proofs})"
        return (
            f"(@eval_eq R dim dim_gt0 [:: {atoms}] [:: {context}] [:: {'; '.join(self.equations)}] {left} {right} "
            f"{proofs} ltac:(vm_cast_no_check (erefl true)))"
        )


def outer(shallow: Shallow, function: str, at: Index | None) -> str:
    """A function of one argument, as Coq reads it."""
    match function:
        case "inv":
            return "(fun z : R => z^-1)"
        case "sqrt":
            return "(fun z : R => Num.sqrt z)"
        case "abs":
            return "(fun z : R => `|z|)"
        case "^t" if at is not None:
            return f"(fun z : R => z ^+ {shallow.index(at)})"
        case "num" | "d" | "differentiable" | "sup" | "top" | "max":
            raise NotExportable(f"congruence of {function}")
        case name:
            return shallow.names.function(name, 1)


def functional_same(shallow: Shallow, name: str, f: Lambda, g: Lambda, at: Index | None, proof: str) -> str:
    """A proof that a function of functions has the same value at equal functions."""
    called = shallow.names.functional(name, f.sorts[0])
    place = "" if at is None else f" {shallow.index(at)}"
    same = f"(fun {shallow.binders(f.parameters)} => {proof})"
    return f"(@{called}_same {shallow.function(f)} {shallow.function(g)}{place} {same})"


def _renamed_body(old: Lambda, new: Lambda) -> Term:
    return substitute(old.body, _renaming(old.parameters, new.parameters))


def _renaming(old: Sequence[IndexVariable], new: Sequence[IndexVariable]) -> Values:
    return {v: Index(w.name, w.sort) for v, w in zip(old, new, strict=True) if v != w}


def identity(shallow: Shallow, left: Term, right: Term, rules: Sequence[RewritingRule] = ()) -> str:
    """A proof of ``left = right``, which have the same normal form after rewriting."""
    if left == right:
        return "erefl"
    free = left.free.union(right.free)
    for rule in rules:
        free = free.union(rule.kernel.right.free.union(rule.kernel.left.free).difference(rule.kernel.variables))
    context = sorted((v for v in free if isinstance(v, IndexVariable) and v.sort not in INFINITE), key=str)
    problem = IdentityProblem(shallow, rules, context)
    at = problem.parameters(())
    sides = [problem.deep(side, at, len(context)) for side in (left, right)]
    return problem.statement(*sides)


def same_difference(a: Theorem | tuple[Term, Term], b: tuple[Term, Term]) -> int:
    """1 if ``b₂ − b₁`` has the normal form of ``a₂ − a₁``, -1 if of ``a₁ − a₂``, otherwise 0."""
    first = (a.formula.left, a.formula.right) if isinstance(a, Theorem) else a
    left, right = normal(difference(*first)), normal(difference(*b))
    if left == right:
        return 1
    return -1 if tuple((k, -c) for k, c in left) == right else 0
