"""What a document says, in words made from its domain and its programs alone; names and titles are not looked at.

A formula reads as it is computed: ``·`` multiplies entry by entry, ``@`` multiplies matrices, ψ' is the slope of ψ.
Parts that occur more than once are called s1, s2, … and given at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flint import fmpq

from .formula import Node, Program, StatedRecurrence

LENGTH = 4000
"""A longer text is not written."""
SHORT = 16
"""A text of at most so many characters is written again where it occurs again."""
_LEAVES = {"beta": "β", "eta": "η", "lam": "λ"}
_INFIX = {"add": " + ", "sub": " − ", "mul": " · ", "div": "/", "matmul": " @ "}
_OVER_TIME = {
    "least_over_time": "min",
    "most_over_time": "max",
    "sum_over_time": "Σ",
    "first_over_time": "the first time at which what follows is ≥ 0, or T + 1: ",
}
_AROUND = {"abs": ("|", "|"), "norm": ("‖", "‖")}
_PREFIX = {
    "neg": "−",
    "sqrt": "√",
    "psi": "ψ",
    "slope": "ψ'",
    "smallest": "min",
    "largest": "max",
    "total": "sum",
    "eigmin": "λ_min",
    "eigmax": "λ_max",
}


class TooLong(Exception):
    """The text would be longer than `LENGTH`."""


def conjecture(
    of: str,
    domain: Mapping[str, Any],
    hypotheses: Sequence[Sequence[tuple[Program, bool]]],
    conclusion: Sequence[Sequence[tuple[Program, bool]]],
    recurrences: Sequence[StatedRecurrence] = (),
) -> str:
    """The conjecture in one line.

    Parameters
    ----------
    of
        Of what it is said: ``every network``.
    domain
        As `membership.read` gives it.
    hypotheses, conclusion
        For every statement its alternatives: programs of margins, each with whether it must be > 0; else ≥ 0.
    recurrences
        The runs beside that of the network.
    """
    writer = _Writer()
    try:
        beside = [writer.recurrence(i, r) for i, r in enumerate(recurrences)]
        given = " and ".join(map(writer.alternatives, hypotheses))
        said = " and ".join(map(writer.alternatives, conclusion))
        named = [*beside, *writer.named]
        where = f", where {'; '.join(named)}" if named else ""
        if len(given) + len(said) + len(where) > LENGTH:
            raise TooLong
    except TooLong:
        count = sum(len(program) for said_as in (*hypotheses, *conclusion) for program, _ in said_as)
        given, said, where = "", f"a statement of {count} operations, which is too long to be written here", ""
    return f"for {of} with {_domain(domain)}: {f'if {given}, then ' if given else ''}{said}{where}"


def _domain(domain: Mapping[str, Any]) -> str:
    sizes = ["n", "d", "p", *(["k"] if domain["k"] is not None else [])]
    parts = [_span(name, domain[name]) for name in sizes]
    parts += [_span("T", domain["steps"]), " or ".join(domain["activation"]), _span("η", domain["eta"])]
    until = "" if domain["cutoff"] is None else f" before step {domain['cutoff']}"
    parts += [_span("λ", domain["lam"]) + until, f"rule {domain['rule']}"]
    kinds = {name: domain[name].replace("gaussian", "any") for name in ("inputs", "targets", "feedback")}
    parts += [f"{name} {kind}" for name, kind in kinds.items()]
    parts += [f"‖{_LEAVES.get(name, name)}‖ ≤ {bound}" for name, bound in domain["bounds"].items()]
    if domain["alignment"] is not None:
        parts.append(_span("cos∠(b, β(0))", domain["alignment"]))
    parts += [f"{name} as given" for name in domain["data"]]
    parts += [f"any {name} of shape ({', '.join(map(str, axes))})" for name, axes in domain["arrays"].items()]
    parts += [f"{symbol}(0) = 0" for name, symbol in (("W_scale", "W"), ("beta_scale", "β")) if domain[name] == 0]
    return ", ".join(parts)


def _span(name: str, ends: tuple[Any, Any]) -> str:
    low, high = ends
    return f"{name} = {low}" if low == high else f"{low} ≤ {name} ≤ {high}"


class _Writer:
    """Writes programs, and collects the parts that were given a name."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self._count = self._length = 0

    def alternatives(self, said: Sequence[tuple[Program, bool]]) -> str:
        """A statement, or several of which one holds."""
        made = [self.statement(*each) for each in said]
        return made[0] if len(made) == 1 else f"({' or '.join(made)})"

    def recurrence(self, index: int, of: StatedRecurrence) -> str:
        """What a run beside that of the network is."""
        name = f"run {index + 1}"
        start = [f"{v}(0) = {_bare(self._texts(p, '')[-1])}" for v, p in of.start.items()]
        step = [f"{v}(t + 1) = {_bare(self._texts(p, '(t)')[-1])}" for v, p in of.step.items()]
        return f"{name} has {_bare(self._texts(of.length, '')[-1])} steps with {', '.join([*start, *step])}"

    def statement(self, program: Program, strict: bool, of: str = "") -> str:
        """A margin that must be ≥ 0, or > 0, as people write it; ``of`` is ``(t)`` if a bound time occurs in it."""
        last = program[-1]
        if last.op == "least_over_time" and not last.args:
            return f"({self.statement(last.extra[1], strict, '(t)')} for all {_times(*last.extra[::2])})"
        texts = self._texts(program, of)
        while last.op == "smallest":
            (only,) = last.args
            last = program[only]
        inside = _absolute(program, last)
        if inside is not None and not strict:
            right, left = (texts[i] for i in inside.args)
            return f"{left} = {right}"
        if last.op == "sub":
            right, left = (texts[i] for i in last.args)
            return f"{_bare(left)} {'<' if strict else '≤'} {_bare(right)}"
        return f"{_bare(self._text(last, texts, program))} {'>' if strict else '≥'} 0"

    def _texts(self, program: Program, of: str) -> list[str]:
        uses = Counter(i for node in program for i in node.args)
        texts: list[str] = []
        for i, node in enumerate(program):
            made = self._text(node, texts, program)
            if uses[i] > 1 and len(made) > SHORT:
                self._count += 1
                name = f"s{self._count}{of}"
                self.named.append(f"{name} = {_bare(made)}")
                made = name
            self._length += len(made)
            if self._length > 20 * LENGTH:
                raise TooLong
            texts.append(made)
        return texts

    def _text(self, node: Node, texts: list[str], program: Program) -> str:
        op, extra = node.op, node.extra
        args = [texts[i] for i in node.args]
        match op:
            case "const":
                return _number(extra)
            case "leaf":
                return _leaf(*extra)
            case "array":
                return f"[{'; '.join(' '.join(map(_number, row)) for row in extra.rows())}]"
            case "state":
                which, name, offset, origin = extra
                return f"{_leaf(name, offset, origin)} of run {which + 1}"
            case "previous":
                return f"{extra}(t)"
            case "clock":
                return f"(t + {extra})" if extra else "t"
            case "eigenvalue":
                return f"λ_{extra + 1}({_bare(args[0])})"
            case "slice":
                return f"{args[0]}[{', '.join(map(_range, extra))}]"
            case "stack":
                return f"[{(', ' if extra else '; ').join(map(_bare, args))}]"
            case _ if op in _OVER_TIME:
                following, body, after = extra
                until = f" ≤ {_bare(args[0])}" if args else ""
                return f"{_OVER_TIME[op]}_({_times(following, after)}{until}) {self._texts(body, '(t)')[-1]}"
            case "pow":
                return f"{args[0]}^{extra}" if extra >= 0 else f"{args[0]}^({extra})"
            case "entry":
                return f"{args[0]}[{', '.join(map(str, extra))}]"
            case "transpose":
                return f"{args[0]}ᵀ"
            case "outer":
                return f"({args[0]} @ {args[1]}ᵀ)"
            case "norm" | "abs":
                left, right = _AROUND[op]
                return f"{left}{_bare(args[0])}{right}"
            case "neg":
                return f"(−{args[0]})"
        if op in _INFIX:
            return f"({_INFIX[op].join(args)})"
        return f"{_PREFIX.get(op, op)}({', '.join(map(_bare, args))})"


def _absolute(program: Program, node: Node) -> Node | None:
    """The difference in ``−max |u − v|``, which is how u = v is written."""
    for op in ("neg", "largest", "abs"):
        if node.op != op:
            return None
        node = program[node.args[0]]
    return node if node.op == "sub" else None


def _leaf(name: str, offset: int, origin: str) -> str:
    symbol = _LEAVES.get(name, name)
    match origin:
        case "start":
            return f"{symbol}({offset})"
        case "end":
            return f"{symbol}(T − {offset})" if offset else f"{symbol}(T)"
        case "bound":
            return f"{symbol}(t + {offset})" if offset else f"{symbol}(t)"
        case "limit":
            return f"{symbol}(∞)"
        case "outer":
            return f"{symbol}(s + {offset})" if offset else f"{symbol}(s)"
    return symbol


def _times(following: int, after: bool) -> str:
    last = "≤ T" if not following else "< T" if following == 1 else f"≤ T − {following}"
    return f"{'s < ' if after else ''}t {last}"


def _range(part: slice) -> str:
    ends = ["" if x is None else str(x) for x in (part.start, part.stop)]
    return ":".join([*ends, *([] if part.step is None else [str(part.step)])])


def _number(x: fmpq) -> str:
    return str(x) if x >= 0 and x.q == 1 else f"({x})"


def _bare(text: str) -> str:
    """Without brackets around all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for character in text[:-1]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text
    return text[1:-1]
