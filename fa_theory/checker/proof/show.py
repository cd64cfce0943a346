"""The printed statement of a theorem: exactly what was proved, with all assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .terms import BUILT_IN, Apply, Distribution, Expectation, Formula, IndexVariable, Size, TensorVariable, Term


@dataclass(frozen=True)
class ProvedStatement:
    """The final sequent: hypotheses by name, axioms from the literature by name with their sources, conclusion."""

    hypotheses: Mapping[str, Formula]
    axioms: Mapping[str, Formula]
    sources: Mapping[str, str]
    conclusion: Formula

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """All formulas of the statement."""
        return (*self.hypotheses.values(), *self.axioms.values(), self.conclusion)

    def __str__(self) -> str:
        """The statement in words and formulas, declarations first."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """The statement line by line: declarations, hypotheses, axioms, conclusion."""
        free = {v for f in self.formulas for v in f.free}
        tensors = sorted(str(v) for v in free if isinstance(v, TensorVariable))
        functions = sorted({f"{f} of {n}" for formula in self.formulas for f, n in symbols(formula)[0]})
        laws = sorted({str(law) for formula in self.formulas for law in symbols(formula)[1]})
        sorts = sorted(set[str]().union(*map(finite_sorts, self.formulas)))
        if sorts:
            yield "for all sizes of " + ", ".join(sorts)
        if tensors:
            yield "for all " + ", ".join(tensors)
        if functions:
            yield "for all functions " + ", ".join(functions) + " real arguments"
        for law in laws:
            yield f"law {law}"
        if self.hypotheses:
            yield "if"
            yield from (f"  {name}: {formula}" for name, formula in self.hypotheses.items())
        if self.axioms:
            yield "using, without proof"
            for name, formula in self.axioms.items():
                yield f"  {name} [{self.sources[name]}]: {formula}"
        yield "then"
        yield f"  {self.conclusion}"


def symbols(formula: Formula) -> tuple[frozenset[tuple[str, int]], frozenset[Distribution]]:
    """Unknown functions, with their numbers of arguments, and laws in a formula."""
    functions: set[tuple[str, int]] = set()
    laws: set[Distribution] = set()
    for term in _terms(formula):
        match term:
            case Apply(function, arguments) if function not in BUILT_IN:
                functions.add((function, len(arguments)))
            case Expectation(law):
                laws.add(law)
            case _:
                pass
    return frozenset(functions), frozenset(laws)


def _terms(formula: Formula) -> Iterator[Term]:
    for premise in formula.premises:
        yield from _terms(premise)
    stack = [formula.left, formula.right]
    while stack:
        term = stack.pop()
        yield term
        stack.extend(part for _, part in term.parts())


def finite_sorts(formula: Formula) -> set[str]:
    """The finite sorts that a formula mentions."""
    found: set[str] = set()

    def add(variables: object) -> None:
        for v in variables:  # type: ignore[attr-defined]
            found.update((v.sort,) if isinstance(v, IndexVariable) else v.axes)

    add(formula.variables)
    add(formula.free)
    for premise in formula.premises:
        found.update(finite_sorts(premise))
    for term in _terms(formula):
        add(variable for bound, _ in term.parts() for variable in bound)
        if isinstance(term, Size):
            found.add(term.sort)
    return found - {"time", "real"}
