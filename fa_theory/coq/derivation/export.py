"""A proof document as a Coq file: the statement over mathcomp's big operators, and one lemma for each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fa_theory.checker.proof import Refused
from fa_theory.checker.proof.budget import UNITS, Allowance, working
from fa_theory.checker.proof.document import Proof
from fa_theory.checker.proof.normal import key
from fa_theory.checker.proof.terms import REAL
from fa_theory.coq.exact import NotExportable

from .record import Origins, recorded
from .shallow import Names, Shallow, ordered
from .steps import StepWriter

THEOREM = "statement"


@dataclass(frozen=True)
class CoqDerivation:
    """A Coq file with a theorem: the statement of a proof document."""

    text: str
    said: str
    """The statement as the kernel of this package prints it, on several lines."""
    lemmas: int
    assumed: tuple[str, ...]
    """What the theorem assumes beside its statement: axioms of the kernel of this package, and what functions are."""


def export(document: Mapping[str, Any]) -> CoqDerivation:
    """Write the Coq file of a proof document: the same text for the same document, on every machine.

    Raises
    ------
    Refused
        If the kernel of this package refuses the document.
    NotExportable
        If a step has no counterpart in Coq yet; the message says which.

    Examples
    --------
    >>> made = export({
    ...     "format": "fa-theory-proof/1", "kind": "proof", "tensors": {"x": []},
    ...     "steps": [{"as": "fact", "rule": "combine", "goal": {"all": ["x"], "say": ["x", "<=", ["+", "x", 1]]}}],
    ...     "concludes": "fact",
    ... })
    >>> print(made.text[made.text.index("Theorem"):].splitlines()[1])
      forall (x : R), x <= x + 1.
    """
    proof, origins = recorded(document)
    try:
        with working(Allowance(10 * UNITS)):
            return _written(proof, origins)
    except Refused as why:
        raise NotExportable(f"a term is too large: {why}") from None


def _written(proof: Proof, origins: Origins) -> CoqDerivation:
    names = Names()
    shallow = Shallow(names)
    steps = StepWriter(shallow, origins)
    theorem = proof.theorem
    variables = tuple(ordered(theorem.formula.free.union(*(h.free for h in theorem.hypotheses.values()))))
    by_key = {**proof.statement.hypotheses, **proof.statement.axioms}
    assumed = [(names.new(name), formula) for name, formula in by_key.items()]
    facts = {key(formula): (name, formula) for name, formula in assumed}
    steps.scope = frozenset(variables)
    last = steps.proof(theorem, facts)
    hypotheses = "".join(f"\n    ({name} : {shallow.formula(formula)})" for name, formula in assumed)
    said = shallow.formula(theorem.formula)
    declared = _declared(names)
    text = f"""\
(* A proof document of fa-theory, exported rule by rule: one lemma for each step. The theorem is the statement of the
   document, for all sizes of its index sets, over any real closed field. *)
From Coq Require Import ZArith QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From FA.core Require Import RationalMatrices IndexedSums ProofRules.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Close Scope Q_scope. Delimit Scope Q_scope with Q. Delimit Scope Z_scope with Z. Local Open Scope ring_scope.

Section Document.
{declared}
{chr(10).join(steps.lemmas)}
Theorem {THEOREM} {shallow.binders(variables)}{hypotheses} :
  {said}.
Proof.
exact {last}.
Qed.
End Document.
Print Assumptions {THEOREM}.
"""
    return CoqDerivation(text, proof.text, len(steps.lemmas), (*names.axioms, *_of_functions(names)))


def _real_time(names: Names) -> bool:
    """Whether real time occurs."""
    return names.real_time or any(sort == REAL for _, sort in names.functionals)


def _of_functions(names: Names) -> list[str]:
    """The names of what is assumed of real time and of the functions of functions."""
    start = ["clock_start"] if _real_time(names) else []
    return [*start, *(f"{names.functional(name, sort)}_same" for name, sort in names.functionals)]


def _declared(names: Names) -> str:
    """The sizes, and the functions that the statement is about."""
    sizes = [names.size(sort) for sort in names.sorts]
    lines = ["Variable R : rcfType."]
    lines += [f"Variable {size} : nat. Hypothesis {size}_gt0 : (0 < {size})%N." for size in sizes]
    s = names.new("s")
    branches = "".join(f" | {k} => {size}" for k, size in enumerate(sizes[:-1]))
    lines.append(
        f"Definition dim ({s} : nat) : nat := match {s} with{branches} | _ => {sizes[-1] if sizes else '1%N'} end."
    )
    split = "".join(f"case: {s} => [|{s}]; first exact: {size}_gt0. " for size in sizes[:-1])
    lines.append(
        f"Lemma dim_gt0 {s} : (0 < dim {s})%N. Proof. {split}{f'exact: {sizes[-1]}_gt0.' if sizes else 'by [].'} Qed."
    )
    for rows, columns in names.norms:
        called, m, n = names.norm(rows, columns), names.size(rows), names.size(columns)
        lines.append(
            f"Variable {called} : ('I_{m} -> 'I_{n} -> R) -> R. Hypothesis {called}_is : operator_norm {called}."
        )
    for name, count in names.functions.items():
        lines.append(f"Variable {names.function(name, count)} : {'R -> ' * count}R.")
    if _real_time(names):
        lines.append("Variable real_time : Type. Variable start : real_time. Variable clock : real_time -> R.")
        lines.append("Hypothesis clock_start : clock start = 0.")
    for name, sort in names.functionals:
        called = names.functional(name, sort)
        match name:
            case "top":
                kind, at = f"('I_{names.size(sort)} -> 'I_{names.size(sort)} -> R)", ""
                same = "forall i j, f i j = g i j"
            case "sup":
                kind, at, same = "(nat -> R)", "", "forall t, f t = g t"
            case _:
                kind, at, same = "(real_time -> R)", " w", "forall s, f s = g s"
        lines.append(f"Variable {called} : {kind} -> {'real_time -> ' if at else ''}R.")
        lines.append(f"Hypothesis {called}_same : forall f g{at}, ({same}) -> {called} f{at} = {called} g{at}.")
    lines += [f"Hypothesis {name} : {said}." for name, said in names.axioms.items()]
    return "\n".join(lines)
