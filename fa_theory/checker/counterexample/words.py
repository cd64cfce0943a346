"""What a document says, in words made from its domain and its programs alone; names and titles are not looked at.

A formula reads as it is computed: ``·`` multiplies entry by entry, ``@`` multiplies matrices, ψ' is the slope of ψ.
Parts that occur more than once are called s1, s2, … and given at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flint import fmpq

from .formula import Node, Program

LENGTH = 4000
"""A longer text is not written."""
SHORT = 16
"""A text of at most so many characters is written again where it occurs again."""
_LEAVES = {"beta": "β", "eta": "η", "lam": "λ"}
_LIMITS = {
    "alignment": "lim cos∠(b, β(t))",
    "movement_W": "lim ‖w_r(t) − w_r(0)‖",
    "movement_beta": "lim ‖β(t) − β(0)‖",
    "total_W": "lim ‖W(t) − W(0)‖",
}
_INFIX = {"add": " + ", "sub": " − ", "mul": " · ", "div": "/", "matmul": " @ "}
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
    domain: Mapping[str, Any],
    hypotheses: Sequence[tuple[Program, bool]],
    conclusion: Sequence[tuple[Program, bool]],
) -> str:
    """The conjecture in one line.

    Parameters
    ----------
    domain
        As `membership.read` gives it.
    hypotheses, conclusion
        Programs of margins, each with whether it must be > 0; else ≥ 0.
    """
    writer = _Writer()
    try:
        given = " and ".join(writer.statement(*s) for s in hypotheses)
        said = " and ".join(writer.statement(*s) for s in conclusion)
        where = f", where {'; '.join(writer.named)}" if writer.named else ""
        if len(given) + len(said) + len(where) > LENGTH:
            raise TooLong
    except TooLong:
        count = sum(len(program) for program, _ in (*hypotheses, *conclusion))
        given, said, where = "", f"a statement of {count} operations, which is too long to be written here", ""
    return f"for every network with {_domain(domain)}: {f'if {given}, then ' if given else ''}{said}{where}"


def _domain(domain: Mapping[str, Any]) -> str:
    sizes = ["n", "d", "p", *(["k"] if domain["k"] is not None else [])]
    parts = [_span(name, domain[name]) for name in sizes]
    parts += [_span("T", domain["steps"]), " or ".join(domain["activation"]), _span("η", domain["eta"])]
    until = "" if domain["cutoff"] is None else f" before step {domain['cutoff']}"
    parts += [_span("λ", domain["lam"]) + until, f"rule {domain['rule']}"]
    kinds = {name: domain[name].replace("gaussian", "any") for name in ("inputs", "targets", "feedback")}
    parts += [f"{name} {kind}" for name, kind in kinds.items()]
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

    def statement(self, program: Program, strict: bool, of: str = "") -> str:
        """A margin that must be ≥ 0, or > 0, as people write it; ``of`` is ``(t)`` if a bound time occurs in it."""
        last = program[-1]
        if last.op == "least_over_time":
            pairs, body = last.extra
            return f"({self.statement(body, strict, '(t)')} for all t {'<' if pairs else '≤'} T)"
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
            case "limit":
                return _LIMITS[extra]
            case "least_over_time" | "sum_over_time":
                pairs, body = extra
                name = "min" if op == "least_over_time" else "Σ"
                return f"{name}_(t {'<' if pairs else '≤'} T) {self._texts(body, '(t)')[-1]}"
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
    return symbol


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
