"""A proof for the kernel: a document that the checker replays, with every sequent evaluated at random points."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Budget, Context, Provable, Task
from fa_theory.record.evidence import Artefact, DerivationRow, Evidence, Given, Method, Result
from fa_theory.work.ledger import Record

if TYPE_CHECKING:
    from fa_theory.symbolic.proof import ProofWriter

POINTS = {Budget.QUICK: 2, Budget.STANDARD: 6, Budget.THOROUGH: 20}
"""Points at which each sequent is evaluated."""
TRIES = {Budget.QUICK: 4, Budget.STANDARD: 40, Budget.THOROUGH: 40}
"""Points tried for the sequent of a step; many steps name rates, and no point at all is found for them."""


@dataclass(frozen=True)
class Proved(Provable):
    """Replay a proof document; ``derived`` requires that the kernel accepts it and that its hypotheses are satisfiable.

    Attributes
    ----------
    proof
        Writes the proof and returns it, finished.
    """

    proof: Callable[[], ProofWriter] = field(repr=False)
    name: str = "proof"
    settles: bool = True
    method: Method = Method.SYMBOLIC

    def document(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(written(self.proof()))
        return found

    def tasks(self, budget: Budget) -> list[Task]:
        return [Task("replay", {"points": POINTS[budget], "tries": TRIES[budget]})]

    def run(self, task: Task, context: Context) -> Record:
        from fa_theory.checker.proof import Refused, replay
        from fa_theory.checker.proof.evaluate import Evaluation, evaluate

        proof = self.proof()
        text = written(proof)
        try:
            found = replay(text)
        except Refused as why:
            return {"refused": str(why)}
        assumed = tuple(found.theorem.hypotheses.values())

        def look(hypotheses: Sequence[Any], conclusion: Any, points: int, tries: int = 40) -> Evaluation:
            return evaluate(
                hypotheses, conclusion, witness=found.witness, seed=context.seed, points=points, tries=tries
            )

        whole = look(assumed, found.theorem.formula, 4 * task.params["points"])
        refuted = [f"the statement, at {whole.refuted}"] if whole.refuted else []
        points = whole.points
        for step in found.steps:
            seen = look(
                tuple(step.theorem.hypotheses.values()),
                step.theorem.formula,
                task.params["points"],
                task.params["tries"],
            )
            points += seen.points
            refuted += [f"step {step.name}, at {seen.refuted}"] if seen.refuted else []
        return {
            "refused": "",
            "refuted": refuted,
            "met": whole.met,
            "points": points,
            "given": msgspec.to_builtins(given(proof)),
            "rows": msgspec.to_builtins(steps(proof)),
            "artefact": msgspec.to_builtins(context.keep(json.loads(text), "proofs")),
        }

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        (record,) = records.values()
        common: dict[str, Any] = {"procedure": self.name, "method": self.method, "settles": self.settles}
        if record["refused"]:
            says = f"the kernel refuses the proof: {record['refused']}"
            return Evidence(result=Result.UNDECIDED, says=says, n=0, **common)
        if record["refuted"]:
            raise AssertionError(f"a sequent accepted by the kernel is false: {record['refuted'][0]}")
        length = len(record["rows"])
        if record["met"]:
            counted = "1 step" if length == 1 else f"{length} steps"
            says = (
                f"a proof of {counted}, which the kernel replays from its document; no sequent is false at any "
                f"of the {record['points']} points at which its hypotheses hold"
            )
        else:
            says = f"the kernel replays the {length} steps, but no point was found at which the hypotheses hold"
        return Evidence(
            result=Result.DERIVED if record["met"] else Result.VACUOUS,
            says=says,
            n=record["points"],
            given=[Given(**row) for row in record["given"]],
            derivation=[DerivationRow(**row) for row in record["rows"]],
            artefacts=[Artefact(**record["artefact"])],
            **common,
        )


def given(proof: ProofWriter) -> list[Given]:
    """The assumptions of a finished proof, and the statements that it cites without proof."""
    from fa_theory.symbolic.proof.render import latex, worded

    assert proof.finished is not None, "conclude the proof first"
    found = proof.finished
    assumed = [(found.hypotheses[name], words) for name, words in proof.words.items() if name in found.hypotheses]
    cited = [(said, f"without proof, from {found.sources[name]}") for name, said in found.axioms.items()]
    return [Given(latex=latex(said), words=worded(words)) for said, words in (*assumed, *cited)]


def steps(proof: ProofWriter) -> list[DerivationRow]:
    """The steps of a finished proof, each with what it says; the last that is not routine is the conclusion."""
    from fa_theory.symbolic.proof.render import latex, worded

    assert proof.finished is not None, "conclude the proof first"
    found = proof.finished
    end = next(k for k, step in enumerate(found.steps) if step.theorem.formula == found.theorem.formula)
    return [
        DerivationRow(
            part="",
            latex=latex(step.theorem.formula),
            reason=worded(step.reason) or f"by the rule “{step.rule}”",
            checks="",
            name=worded(step.name),
            routine=k > end or (k < end and not step.reason),
        )
        for k, step in enumerate(found.steps)
    ]


def wrong_proofs(proof: Callable[[], ProofWriter], *names: str) -> tuple[Check, ...]:
    """The mutants of a proof, by name; the kernel must refuse each, and evaluation must find it false."""

    def mutant(name: str) -> Check:
        return Check(name, "the same proof with this error", lambda context: _refused(proof(), name, context))

    return tuple(map(mutant, names))


def _refused(right: ProofWriter, name: str, context: Context) -> CheckOutcome:
    from fa_theory.checker.proof import Refused, replay
    from fa_theory.checker.proof.evaluate import evaluate
    from fa_theory.checker.proof.language import Declarations

    wrong = right.mutants[name]
    try:
        replay(wrong.document)
    except Refused as why:
        refusal = str(why)
    else:
        return CheckOutcome(False, "the kernel accepts it")
    assert right.finished is not None  # or it would have no mutants
    said = Declarations(wrong.document)
    kept = right.finished.hypotheses  # those of the document that remain in the statement
    assumed = wrong.document.get("hypotheses", {})
    conclusion = right.finished.theorem.formula if wrong.conclusion is None else said.formula(wrong.conclusion)
    found = evaluate(
        [said.formula(formula) for hypothesis, formula in assumed.items() if hypothesis in kept],
        conclusion,
        witness=right.finished.witness if wrong.witness is None else [said.formula(f) for f in wrong.witness],
        seed=context.seed,
        points=40,
        tries=200,
    )
    if not found.refuted:
        return CheckOutcome(False, f"the kernel refuses it ({refusal}), but no point was found at which it is false")
    return CheckOutcome(
        True, f"the kernel refuses {_refused_step(refusal)}, and it is false at {_sizes(found.refuted)}"
    )


def _refused_step(refusal: str) -> str:
    """The step that the kernel refuses, without what is left over: it has no place in a table.

    Examples
    --------
    >>> _refused_step("step 'drift': does not follow; left over: -1·eta·L")
    'the step “drift”'
    """
    from fa_theory.symbolic.proof.render import worded

    named = re.match(r"step '(.+?)': ", refusal)
    return f"the step “{worded(named[1])}”" if named else f"it ({textwrap.shorten(refusal, 120, placeholder=' …')})"


def _sizes(point: str) -> str:
    """A point by its sizes; its other numbers may be long, and the same seed gives them again.

    Examples
    --------
    >>> _sizes("|d| = 2, |n| = 1, X[0,0] = 5, X[0,1] = 2"), _sizes("x = 1/3")
    ('a point with d = 2, n = 1', 'a point')
    """
    sizes = ", ".join(f"{name} = {value}" for name, value in re.findall(r"\|(\w+)\| = (\d+)", point))
    return f"a point with {sizes}" if sizes else "a point"


def written(proof: ProofWriter) -> str:
    """The document of a finished proof as JSON text, the same every time."""
    return json.dumps(proof.document, sort_keys=True, separators=(",", ":"))
