"""Kind ``counterexample``: one exact network that lies in the domain of a conjecture, satisfies its hypotheses, and
violates its conclusion.

The document holds the conjecture (name, title, domain, and its hypotheses and conclusion as programs, see `formula`)
and a network with its data in rationals. The checker verifies, exactly, that the network lies in the domain; it runs
the network for T steps in rationals or balls; and it evaluates the margins of all statements, which hold where they are
≥ 0 (> 0 if strict). Every hypothesis must hold for certain, and one statement of the conclusion must certainly fail.
Where they speak of limits of the run, these are enclosed by a certificate inside the document, see `limits`.

What is printed of a valid document is written from its domain and programs (`words`); the name and the title are what
its author typed, and are not printed.

The conjecture carries a digest of its own, of its name, title, domain and programs. Two documents with that digest
speak of the same conjecture; the checker cannot know what conjecture a reader has in mind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

from flint import ctx, fmpq

from fa_theory.checker import document as doc
from fa_theory.checker import linalg
from fa_theory.checker.decimals import above
from fa_theory.checker.ranges import ACTIVATIONS
from fa_theory.checker.verdict import Finding

from . import formula, limits, membership, words
from . import numbers as num
from .formula import Machine, Program
from .numbers import Real, Undefined, Value
from .rules import FEEDBACK

KEYS = ("format", "kind", "conjecture", "domain", "network", "hypotheses", "conclusion", "precision", "digest")
ARRAYS = ("X", "y", "W", "beta", "b")
NETWORK = (*ARRAYS, "eta", "lam", "activation", "rule", "cutoff", "steps")
MIN_BITS, MAX_BITS = 32, 4096
MAX_SIZE, MAX_STEPS, MAX_STATEMENTS, MAX_STORED = 1024, 10_000, 64, 500_000


@dataclass(frozen=True, slots=True)
class MarginCondition:
    """A margin, which must be ≥ 0, or > 0 if strict."""

    name: str
    program: Program
    strict: bool

    def holds(self, margin: Real | None) -> bool:
        """Whether it certainly holds."""
        return margin is None or bool(margin > 0 if self.strict else margin >= 0)

    def fails(self, margin: Real | None) -> bool:
        """Whether it certainly fails."""
        return margin is not None and bool(margin <= 0 if self.strict else margin < 0)


@dataclass(frozen=True)
class Counterexample:
    """What a document of this kind asserts; nothing in it is trusted."""

    domain: Mapping[str, Any]
    arrays: dict[str, Value]
    network: Mapping[str, Any]
    hypotheses: list[MarginCondition]
    conclusion: list[MarginCondition]
    bits: int
    same_conjecture: bool
    """Whether the digest of the conjecture is that of what the document contains."""
    limits: limits.LimitsCertificate | None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Counterexample:
        """Read a document of kind ``counterexample``."""
        doc.fields(document, "document", (*KEYS, "limits") if "limits" in document else KEYS)
        about = doc.fields(document["conjecture"], "conjecture", ("name", "title", "digest"))
        for key in about:
            _line(about[key], f"conjecture.{key}")
        bits = doc.whole(document["precision"], "precision")
        if not MIN_BITS <= bits <= MAX_BITS:
            raise doc.MalformedDocument(f"precision: expected {MIN_BITS} to {MAX_BITS} bits but got {bits}")
        assumed = document["hypotheses"]
        if not isinstance(assumed, dict) or len(assumed) > MAX_STATEMENTS:
            raise doc.MalformedDocument(f"hypotheses: expected an object of at most {MAX_STATEMENTS} by name")
        network, arrays = _network(document["network"])
        return cls(
            domain=membership.read(document["domain"]),
            arrays=arrays,
            network=network,
            hypotheses=[
                s
                for name, item in assumed.items()
                for s in _statements(item, f"hypothesis {_line(name, 'hypotheses')}")
            ],
            conclusion=_statements(document["conclusion"], "conclusion"),
            bits=bits,
            same_conjecture=about["digest"] == conjecture_digest(document),
            limits=limits.LimitsCertificate.read(document.get("limits")),
        )


def conjecture_digest(document: Mapping[str, Any]) -> str:
    """Digest of the conjecture alone: its name, title, domain, hypotheses and conclusion."""
    parts = {key: document[key] for key in ("domain", "hypotheses", "conclusion")}
    return doc.digest(parts | {key: document["conjecture"][key] for key in ("name", "title")})


def _line(value: object, where: str) -> str:
    made = doc.text(value, where)
    if not made.isprintable():
        raise doc.MalformedDocument(f"{where}: expected one printable line")
    return made


def _statements(value: object, where: str) -> list[MarginCondition]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_STATEMENTS:
        raise doc.MalformedDocument(f"{where}: expected a list of 1 to {MAX_STATEMENTS} statements")
    made = []
    for item in value:
        doc.fields(item, where, ("program", "strict"))
        if type(item["strict"]) is not bool:
            raise doc.MalformedDocument(f"{where}: strict is true or false")
        made.append(MarginCondition(where, formula.read(item["program"], where), item["strict"]))
    return made


def _array(value: object, where: str) -> Value:
    """A vector or matrix of rationals."""
    rows = value if isinstance(value, list) else []
    flat = [x for row in rows for x in row] if all(isinstance(row, list) for row in rows) else rows
    widths = {len(row) for row in rows} if flat is not rows else set()
    shape = (len(rows), *widths)
    if not flat or len(widths) > 1 or max(shape) > MAX_SIZE:
        raise doc.MalformedDocument(f"{where}: expected a list of rationals or of equal rows, at most {MAX_SIZE}")
    return Value(shape, [num.rational(x, where) for x in flat])


def _network(value: object) -> tuple[Mapping[str, Any], dict[str, Value]]:
    stated = dict(doc.fields(value, "network", NETWORK))
    arrays = {name: _array(stated[name], f"network.{name}") for name in ARRAYS}
    if len(arrays["X"].shape) != 2 or len(arrays["W"].shape) != 2:
        raise doc.MalformedDocument("network: X and W are matrices")
    (n, d), p, outputs = arrays["X"].shape, arrays["W"].shape[0], arrays["y"].shape[1:]
    fitting = {"y": (n, *outputs), "W": (p, d), "beta": (p, *outputs), "b": (p, *outputs)}
    for name, shape in fitting.items():
        if arrays[name].shape != shape:
            raise doc.MalformedDocument(f"network.{name}: expected shape {shape} but got {arrays[name].shape}")
    for name in ("eta", "lam"):
        stated[name] = num.rational(stated[name], f"network.{name}")
    doc.text(stated["activation"], "network.activation", ACTIVATIONS)
    doc.text(stated["rule"], "network.rule", membership.ALLOWED["rule"])
    membership.cutoff(stated["cutoff"], "network.cutoff")
    steps = doc.whole(stated["steps"], "network.steps")
    k = outputs[0] if outputs else 1
    if steps > MAX_STEPS or (steps + 1) * p * (d + k) > MAX_STORED:
        raise doc.MalformedDocument(f"network: {steps} steps of this size are more than this checker stores")
    stated |= {"n": n, "d": d, "p": p, "k": outputs[0] if outputs else None}
    return stated, arrays


def run(claim: Counterexample) -> Machine:
    """The network with all its states.

    With ``g = e/√p = Ψβ/p − y/√p`` and c = b, β or ``|b| sign β``, one step is ``W ← W − η (gcᵀ ∘ ψ'(Z))ᵀ X`` and
    ``β ← (1 − ηλ)β − η Ψᵀg``; so all stays rational for y = 0, too, whatever p is.
    """
    network, arrays = claim.network, claim.arrays
    sizes = {name: formula.constant(network[name]) for name in ("n", "d", "p")} | {
        "T": formula.constant(network["steps"])
    }
    scalars = {name: Value((), [network[name]]) for name in ("eta", "lam")}
    machine = Machine(network["activation"], {name: arrays[name] for name in ("X", "y", "b")} | scalars | sizes)
    combine, matmul = machine.combine, machine.matmul
    feedback = FEEDBACK[network["rule"]]
    X, y, eta, p = arrays["X"], _columns(arrays["y"]), scalars["eta"], sizes["p"]
    root = Value((), [num.root(fmpq(network["p"]))])
    target = combine("div", y, root)
    state = {"W": arrays["W"], "beta": arrays["beta"]}
    machine.states.append(state)
    for t in range(network["steps"]):
        W, beta = state["W"], _columns(state["beta"])
        Z = matmul(X, num.transpose(W))
        features, slopes = machine.psi("psi", Z), machine.psi("slope", Z)
        g = combine("mul", eta, combine("sub", combine("div", matmul(features, beta), p), target))
        back = combine("mul", matmul(g, num.transpose(feedback(_columns(arrays["b"]), beta))), slopes)
        on = network["cutoff"] is None or t < network["cutoff"]
        decay = Value((), [num.sub(fmpq(1), network["eta"] * network["lam"] if on else fmpq(0))])
        beta = combine("sub", combine("mul", decay, beta), matmul(num.transpose(features), g))
        W = combine("sub", W, matmul(num.transpose(back), X))
        state = {"W": W, "beta": Value(arrays["beta"].shape, beta.entries)}
        machine.states.append(state)
    return machine


def _columns(v: Value) -> Value:
    return v if len(v.shape) == 2 else Value((v.shape[0], 1), v.entries)


def check(claim: Counterexample) -> Finding:
    """Check a claim of this kind."""
    if not claim.same_conjecture:
        return _refused("conjecture.digest: this is not the conjecture it names")
    with ctx.workprec(max(ctx.prec, claim.bits)):
        try:
            reason = membership.outside(claim.domain, claim.network, claim.arrays)
            return _refused(f"domain: {reason}") if reason else _judge(claim)
        except Undefined as error:
            return _refused(str(error))


def _judge(claim: Counterexample) -> Finding:
    machine = run(claim)
    if claim.limits is not None:
        machine.limits.update(claim.limits.values(claim.network, claim.arrays))
    for statement in claim.hypotheses:
        margin = _margin(machine, statement)
        if not statement.holds(margin):
            return _refused(
                f"{statement.name}: its margin {margin} is not certainly {'>' if statement.strict else '≥'} 0"
            )
    found: list[str] = []
    for number, statement in enumerate(claim.conclusion, 1):
        try:
            margin = _margin(machine, statement)
        except Undefined as error:
            found.append(str(error))
            continue
        if margin is None:
            found.append("it speaks of every step, and the run has none")
        elif statement.fails(margin):
            low, high = -linalg.up(-num.ball(margin)), linalg.up(num.ball(margin))
            size = ", ".join(f"{name} = {claim.network[name]}" for name in membership.SIZES)
            said = words.conjecture(
                claim.domain,
                [(s.program, s.strict) for s in claim.hypotheses],
                [(s.program, s.strict) for s in claim.conclusion],
            )
            which = f" of statement {number}" if len(claim.conclusion) > 1 else ""
            shown = f"a network with {size} violates: {said}; the margin{which} is at most {above(high)}"
            bounds = {"margin_low": low, "margin_high": high}
            return Finding([], {name: bound for name, bound in bounds.items() if isfinite(bound)}, shown)
        else:
            found.append(f"its margin is {margin}")
    return _refused(f"conclusion: nothing certainly violates it: {'; '.join(found)}")


def _margin(machine: Machine, statement: MarginCondition) -> Real | None:
    """The margin; None where the statement is about every step of a run that has none, which makes it true."""
    last = statement.program[-1]
    if last.op == "least_over_time" and len(machine.states) == last.extra[0]:
        return None
    value = machine.run(statement.program)
    if value.shape:
        raise Undefined(f"{statement.name}: a margin must be a number, not of shape {value.shape}")
    return value.entries[0]


def _refused(reason: str) -> Finding:
    return Finding([(inf, reason[:300])], {}, "")
