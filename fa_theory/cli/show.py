"""``fa-theory list`` and ``fa-theory show``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from fa_theory.record.plain import plain

from .terminal import console, prose, table

if TYPE_CHECKING:
    from fa_theory.claims.claim import Claim
    from fa_theory.symbolic.proof import ProofWriter


_LABELLED = re.compile(r"[a-z ]{10}  (?! )")
"""A line with a label of twelve columns in front."""


def list_claims() -> None:
    """List all claims: id, kind, and the statement in one plain sentence."""
    from fa_theory.claims.library import library

    claims = [located.claim for located in library().values()]
    table(("id", "kind", "statement"), [(c.id, c.kind.value, c.summary) for c in claims])


def show(
    id: Annotated[str, typer.Argument(metavar="ID", help="A claim id; fa-theory list shows all.")],
    derivation: Annotated[bool, typer.Option("--derivation", help="Also print every step of the proofs.")] = False,
) -> None:
    """Show a claim: statement, hypotheses, source, procedures, and the mutants it must refute."""
    from fa_theory.claims.library import select
    from fa_theory.claims.procedures import Proved
    from fa_theory.figures.verdicts import attribution

    screen = console()
    for located in select([id]):
        claim, source = located.claim, located.claim.source
        screen.print(
            f"{claim.id}  {claim.kind.value}, {claim.bound.value}: {plain(claim.title)}", style="bold", markup=False
        )
        lines = [
            claim.summary,
            "",
            plain(claim.statement),
            "",
            *(f"hypothesis  {h.name}: {plain(h.statement)}" for h in claim.hypotheses),
            f"source      {source.key}, {source.locator} ({attribution(claim.kind.value, source.fidelity.value)})",
            *([f"            {source.changes}"] if source.changes else []),
            *([] if claim.probability is None else [f"states      P ≥ {claim.probability:g}"]),
            *([f"uses        {', '.join(claim.uses)}"] if claim.uses else []),
            *_in_coq(claim),
            *(
                f"procedure   {p.name} ({p.method.value}, {'settles' if p.settles else 'corroborates'})"
                for p in claim.procedures
            ),
            *(f"mutant      {m.name}: {m.says}" for m in claim.mutants),
            *(f"degenerate  {c.name}: {c.says}" for c in claim.degenerate),
            f"witness     {claim.witness.says}",
        ]
        if claim.erratum is not None:
            lines.append(f"refuted by  {claim.erratum.refuted_by}; repaired by {claim.erratum.repaired_by}")
        if derivation:
            proofs = [proof_lines(p.proof()) for p in claim.procedures if isinstance(p, Proved)]
            lines += [line for proof in proofs for line in ("", *proof)] or [
                "derivation  none; see the procedures above"
            ]
        for line in "\n".join(lines).split("\n"):
            prose(line, hang=12 if _LABELLED.match(line) else 4 if line.startswith("  ") else 0)
        screen.print(f"verify      fa-theory verify {claim.id}\n", markup=False)


def _in_coq(claim: Claim) -> list[str]:
    """The Coq theorem of a claim with its axioms."""
    from fa_theory.claims.kernel import stated
    from fa_theory.coq.theorems import rests_on

    found = stated(claim)
    if found is None:
        return []
    extent = "the claim" if found.whole else "a part of the claim"
    return [
        f"in Coq      {found.theorem} states {extent}; it rests on {rests_on(tuple(found.axioms))}; {found.says}",
        *(f"              {line}" for line in found.statement.splitlines()),
    ]


def proof_lines(proof: ProofWriter) -> list[str]:
    """A finished proof for the terminal: its assumptions, and its steps with their reasons."""
    from fa_theory.symbolic.proof.render import text

    assert proof.finished is not None, "conclude the proof first"
    found = proof.finished
    kept = found.hypotheses
    assumed = [f"  {text(kept[name])}   [{words}]" for name, words in proof.words.items() if name in kept]
    cited = [f"  {text(said)}   [without proof, from {found.sources[name]}]" for name, said in found.axioms.items()]
    steps = [f"  {text(step.theorem.formula)}   [{step.reason or step.rule}]" for step in found.steps]
    conclusion = ["conclusion", f"  {text(found.theorem.formula)}"]
    return [proof.data["title"], "given", *assumed, *cited, "steps", *steps, *conclusion]
