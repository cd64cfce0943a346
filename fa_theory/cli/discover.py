"""``fa-theory discover``."""

from __future__ import annotations

import hashlib
import json as json_library
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fa_theory.discovery.named import RULES, LinearNetwork
from fa_theory.discovery.named import formulas as text

from .options import DEFAULT_OUT, Json, Out
from .terminal import console, progress, prose

if TYPE_CHECKING:
    from fa_theory.discovery.contractions import Polynomial
    from fa_theory.discovery.invariants import Conserved, Invariants
    from fa_theory.discovery.plasticity import Plasticity

FORMAT = "fa-theory-discovery/1"

app = typer.Typer(help="Find statements: what a learning rule conserves, and what it can only decrease.")
Rule = Annotated[str, typer.Argument(metavar="RULE", help="bp, fa, dfa, kolen-pollack, sign, or a file of formulas.")]
Layers = Annotated[int, typer.Option(min=2, max=5, help="Layers of the network, for a rule by name.")]
Activation = Annotated[str, typer.Option(help="linear, homogeneous (such as ReLU) or any.")]
Decay = Annotated[str, typer.Option(help="Weight decay: none, output, all, or matched (doubles from layer to layer).")]
Momentum = Annotated[bool, typer.Option("--momentum", help="Heavy ball.")]
OneOutput = Annotated[bool, typer.Option("--one-output", help="One output instead of any number.")]
Kernels = Annotated[
    bool, typer.Option("--kernels", help="Also use constants in the kernels of the feedback; for dfa also K B2 = L B3.")
]
Degree = Annotated[int, typer.Option(min=1, max=12, help="Largest degree.")]


def _rule(name: str, network: LinearNetwork) -> Plasticity:
    from fa_theory.discovery.plasticity import parse
    from fa_theory.errors import InputError

    if name in RULES:
        return parse(text(name, network), name)
    if not Path(name).is_file():
        raise InputError(f"no rule and no file is named {name!r}; rules are {', '.join(RULES)}")
    if network != LinearNetwork():
        raise InputError(f"{name} is a file: write layers, activation, decay and momentum as formulas there")
    rule = parse(Path(name).read_text("utf-8"), name)
    rule.title = rule.title or Path(name).stem
    return rule


def formulas(
    rule: Rule,
    layers: Layers = 2,
    activation: Activation = "linear",
    decay: Decay = "none",
    momentum: Momentum = False,
    one_output: OneOutput = False,
    kernels: Kernels = False,
) -> None:
    """Print a rule as formulas: the start of a file of your own."""
    print(text(rule, LinearNetwork(layers, activation, decay, momentum, one_output, kernels)))


def invariants(
    rule: Rule,
    degree: Degree = 4,
    layers: Layers = 2,
    activation: Activation = "linear",
    decay: Decay = "none",
    momentum: Momentum = False,
    one_output: OneOutput = False,
    kernels: Kernels = False,
    steps: Annotated[
        bool, typer.Option("--steps/--flow", help="Of steps T + η T′, for every η; or of the flow T′.")
    ] = False,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """Find all quantities that a learning rule conserves, for all sizes, each with a proof that recheck accepts.

    Nothing besides the quantities printed, and what follows from them, is conserved up to the degree. Below that stands
    how many independent quantities of any kind there can be.
    """
    from fa_theory.discovery.documents import changed_by_steps, conserved_by_flow, conserved_by_steps
    from fa_theory.discovery.dynamics import Dynamics
    from fa_theory.discovery.invariants import invariants as search
    from fa_theory.discovery.text import shown

    formulas_ = _rule(rule, LinearNetwork(layers, activation, decay, momentum, one_output, kernels))
    report = _Report(formulas_, out, json)
    along = "steps T + η T′" if steps else "the flow"
    report.head(f"conserved by {along}, for all sizes and whatever {_inputs(formulas_)} at any time:")

    def tell(found: Conserved) -> None:
        proof = (conserved_by_steps if steps else conserved_by_flow)(formulas_, found.polynomial, found.labels)
        report.add("conserved", found.polynomial, found.labels, found.degree, [proof])

    with report.kept(), progress("searching") as watch:
        result = search(formulas_, degree, steps=steps, watch=watch, found=tell)
    if not report.found:
        prose("  nothing")
    if steps:
        flow = search(formulas_, min(degree, 3))
        report.head("conserved by the flow; a step of size η changes it by exactly")
        for each in flow.found:
            change = Dynamics(formulas_).change(each.polynomial)
            if change:
                proof = changed_by_steps(formulas_, each.polynomial, change, each.labels)
                report.add(
                    "changed", each.polynomial, each.labels, each.degree, [proof], change=shown(change, formulas_)
                )
    _complete(result, report)
    report.write()


def monotone(
    rule: Rule,
    degree: Annotated[
        int | None, typer.Option(min=1, max=12, help="Largest degree; default: twice the number of layers.")
    ] = None,
    square_degree: Annotated[
        int | None, typer.Option(min=1, max=6, help="Largest degree of what is squared; default: half of the degree.")
    ] = None,
    layers: Layers = 2,
    activation: Activation = "linear",
    decay: Decay = "none",
    momentum: Momentum = False,
    one_output: OneOutput = False,
    fixed_data: Annotated[
        bool, typer.Option("--fixed-data", help="The data do not change: the error may be part of the quantity.")
    ] = False,
    steps: Annotated[bool, typer.Option("--steps", help="Also say what a step T + η T′ changes, exactly.")] = False,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """Find quantities that can only decrease: minus their derivative is a sum of squares, for all sizes.

    Each has a proof that it never exceeds its first value, and one of the formula for its derivative.
    """
    from fa_theory.discovery.contractions import tensors_of
    from fa_theory.discovery.documents import decrease_by_steps, decreasing_along_flow
    from fa_theory.discovery.monotone import Decreasing
    from fa_theory.discovery.monotone import monotone as search
    from fa_theory.discovery.text import GREEK, shown, square_shown

    formulas_ = _rule(rule, LinearNetwork(layers, activation, decay, momentum, one_output))
    report = _Report(formulas_, out, json)
    data = [name for name in formulas_.named("input") if name not in formulas_.definitions]
    always = "" if fixed_data or not data else f" and whatever {_listed(data)} at any time"
    report.head(f"can only decrease along the flow, for all sizes{always}:")

    def tell(found: Decreasing) -> None:
        squares = " + ".join(square_shown(s.weight, s.multiplier, s.body, formulas_) for s in found.squares)
        signs = {name for s in found.squares for ((name, _),) in s.multiplier}
        proofs = [*decreasing_along_flow(formulas_, found, fixed=fixed_data)]
        more = {"derivative": f"−({squares})" if " + " in squares else f"−{squares}"}
        more |= {"if": ", ".join(f"{GREEK.get(name, name)} ≥ 0" for name in sorted(signs))} if signs else {}
        if steps and not formulas_.definitions.keys() & tensors_of(found.polynomial):
            proof, rest = decrease_by_steps(formulas_, found)
            drop = more["derivative"].removeprefix("−")
            higher = shown(rest, formulas_) if rest else ""
            sign = "" if not higher else " − " if higher.startswith("−") else " + "
            more["a step changes it by"] = f"−η {drop}{sign}{higher.removeprefix('−')}"
            proofs.append(proof)
        report.add("decreasing", found.polynomial, (), found.degree, proofs, **more)

    wanted = 2 * layers if degree is None else degree
    with report.kept(), progress("searching") as watch:
        result = search(formulas_, wanted, square_degree=square_degree, fixed=fixed_data, watch=watch, found=tell)
    if not report.found:
        prose("  nothing")
    prose(
        f"Searched: {result.classes} monomials up to degree {result.degree}, and squares of {result.squares} monomials "
        f"up to degree {result.square_degree}. Each square that can be part of a sum is in one."
    )
    if result.trivial:
        prose(f"Left out: {result.trivial} that follow from what is conserved.")
    if result.undecided:
        prose("A semidefinite program ended without an exact result, so there may be more.")
    report.more |= {"degree": result.degree, "monomials": result.classes, "squares": result.squares}
    report.more |= {"undecided": result.undecided, "left_out": result.trivial}
    report.write()
    raise typer.Exit(3 if result.undecided and not report.found else 0)


class _Report:
    """Prints what is found, writes its proofs, and keeps the rest for the JSON file."""

    def __init__(self, rule: Plasticity, out: Path, json: Path | None) -> None:
        self.rule, self.out, self.json = rule, out, json
        self.found: list[dict[str, Any]] = []
        self.more: dict[str, Any] = {}
        prose(rule.title, "bold")

    def head(self, text: str) -> None:
        """Print what the quantities that follow have in common."""
        from fa_theory.discovery.contractions import Contractions
        from fa_theory.discovery.text import shown

        prose(text)
        for relation in self.rule.relations:
            prose(f"({relation.text})", indent=2)
        ring = Contractions(self.rule.axes)
        for name in self.rule.named("growth"):
            prose(f"({name}′ = {shown(ring.collected(self.rule.rates[name]), self.rule)})", indent=2)

    def add(
        self,
        kind: str,
        quantity: Polynomial,
        at: tuple[str, ...],
        degree: int,
        proofs: list[dict[str, Any]],
        **more: str,
    ) -> None:
        """Print a quantity, and write its proofs."""
        from fa_theory.discovery.text import labels_shown, shown

        said, labels = shown(quantity, self.rule), labels_shown(at, self.rule)
        paths = [str(self._written(proof)) for proof in proofs]
        self.found.append({"kind": kind, "quantity": said, "labels": labels, "degree": degree, **more, "proofs": paths})
        screen = console()
        where = f"   for all {', '.join(labels)}" if labels else ""
        screen.print(f"  {said}{where}", markup=False, style="green")
        for key, value in more.items():
            prose(f"{key}: {value}", indent=4, hang=2)
        for path in paths:
            screen.print(f"    proof: {path}", markup=False)

    def _written(self, proof: dict[str, Any]) -> Path:
        from fa_theory.work.files import write

        data = json_library.dumps(proof, ensure_ascii=False, separators=(",", ":"))
        name = re.sub(r"[^a-z0-9]+", "-", self.rule.title.lower()).strip("-")[:60]
        digest = hashlib.sha256(data.encode()).hexdigest()[:16]
        return write(self.out / "discoveries" / f"{name}-{digest}.json", data)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Write what has been found when the search is interrupted."""
        try:
            yield
        except KeyboardInterrupt:
            self.more["interrupted"] = True
            self.write()
            raise

    def write(self) -> None:
        """The JSON file, if one was asked for."""
        from fa_theory.work.files import write

        if self.json is not None:
            data = {"format": FORMAT, "rule": self.rule.title, "found": self.found, **self.more}
            write(self.json, json_library.dumps(data, ensure_ascii=False, indent=1) + "\n")


MISSING = ", such as ones with inverses or kernels of constants (--kernels, or relations in a file)"


def _inputs(rule: Plasticity) -> str:
    return _listed(list(rule.named("input"))) or "the start is"


def _listed(names: list[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}" if names else ""


def _complete(result: Invariants, report: _Report) -> None:
    """Say how complete the list is."""
    from fa_theory.discovery.text import sizes_shown

    least = ", ".join(f"{sort} ≥ {k}" for sort, k in sorted(result.complete_from.items()) if k > 1)
    classes = max(each.classes for each in result.searched)
    prose(
        f"Up to degree {result.degree} in {', '.join(result.tensors)} there is nothing else, besides what follows from "
        f"these and from constants{f', for sizes {least}' if least else ''} "
        f"(exact null spaces of {len(result.searched)} sets of up to {classes} monomials)."
    )
    if result.rule.relations:
        prose("Relations between constants were used from left to right only, which may hide some.")
    if result.dependent:
        prose(f"Conserved as well, but functions of these near almost every state: {len(result.dependent)} more.")
    report.more |= {"degree": result.degree, "complete_from": result.complete_from, "monomials": classes}
    bound = result.bound
    if bound is None:
        return
    where = f"at {sizes_shown(bound.sizes)}, " if bound.sizes else ""
    gap = bound.most - result.independent
    verdict = (
        "so no smooth quantity is"
        if not bound.most
        else "the list is complete there: any other smooth one is a function of these"
        if not gap
        else f"up to {gap} of another kind may be missing{MISSING}"
    )
    prose(
        f"Of any kind and degree: {where}near almost every state, at most {bound.most} independent quantities are "
        f"conserved ({bound.coordinates} coordinates, Lie algebra of dimension ≥ {bound.dimension}). "
        f"Found: {result.independent}; {verdict}."
    )
    report.more["bound"] = {
        "sizes": bound.sizes,
        "coordinates": bound.coordinates,
        "dimension": bound.dimension,
        "most": bound.most,
        "found": result.independent,
    }


def inequalities(
    domain: Annotated[
        str, typer.Argument(metavar="DOMAIN", help="FILE.py::NAME, or n=1..3,d=1..3,p=1..8,activation=tanh,steps=0.")
    ],
    most: Annotated[int, typer.Option(min=1, max=200, help="Most inequalities to attack and to print.")] = 20,
    budget: Annotated[float, typer.Option(min=0.1, help="Work on each, in seconds.")] = 3.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 0,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """Find sharp inequalities between quantities of networks, attack each, and prove those that can be proved.

    Writes DIR/inequalities.py, which fa-theory check takes, and the documents of counterexamples and proofs.
    """
    import numpy as np

    from fa_theory.conjectures.language.load import settled
    from fa_theory.conjectures.settle.check import check
    from fa_theory.discovery.inequalities import candidates, reduced, sampled
    from fa_theory.discovery.inequality_files import read_domain, written
    from fa_theory.seeds import generator
    from fa_theory.work.files import write

    networks = read_domain(domain)
    with np.errstate(all="ignore"), progress("sampling") as watch:
        data = sampled(networks, generator(seed, "inequalities", str(networks)), watch=watch)
        found = candidates(data, watch=watch)
        kept = reduced(data, found)[:most]
    file = out / "inequalities.py"
    write(file, written(networks, kept, data.library))
    prose(
        f"{len(data.p):,} networks, {len(data.values)} quantities: {len(found)} sharp inequalities, {len(kept)} kept; "
        f"written to {file}"
    )
    rows: list[dict[str, Any]] = []
    for number, each in enumerate(kept, 1):
        outcome = check(settled(f"{file}::inequality_{number}"), budget=budget, seed=seed, out=out)
        refuted = [outcome.counterexample] if outcome.counterexample else []
        rows.append(
            {
                "name": outcome.name,
                "inequality": str(each),
                "verdict": str(outcome.verdict),
                "largest": each.largest,
                "median": each.typical,
                "tight_at": each.where,
                "documents": [*outcome.documents, *refuted],
            }
        )
    order = ("proved", "supported", "undecided", "vacuous", "contradicted", "falsified")
    rows.sort(key=lambda row: (order.index(row["verdict"]), -row["median"]))
    for row in rows:
        said = f"{row['verdict']:<10} {row['median']:5.2f}  {row['inequality']}"
        console().print(f"{said}  ({row['name']}; tight at {row['tight_at']})", markup=False, highlight=False)
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in order}
    prose(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count))
    if json is not None:
        write(json, json_library.dumps({"format": FORMAT, "domain": str(networks), "inequalities": rows}, indent=1))


COMMANDS: dict[str, Callable[..., None]] = {
    "invariants": invariants,
    "monotone": monotone,
    "inequalities": inequalities,
    "formulas": formulas,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
