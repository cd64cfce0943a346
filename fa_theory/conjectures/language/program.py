"""A conjecture as JSON: its formulas as straight-line programs, for the checker and for a digest of the statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fa_theory.checker.counterexample.stated import conjecture_digest

from .declare import Conjecture, margin
from .expression import Expr, Statement, Time


def program(formula: Expr) -> list[list[Any]]:
    """The formula as a list of nodes ``[operation, [indices of earlier nodes], extra]``.

    Read by `fa_theory.checker`. Shared and equal parts occur once; names given for printing are omitted.

    Examples
    --------
    >>> from fa_theory.conjectures import Run, norm
    >>> program(2 * norm(Run(0)[0].beta))
    [['const', [], '2'], ['leaf', [], ['beta', 0, 'start']], ['norm', [1], None], ['mul', [0, 2], None]]
    """
    nodes: list[list[Any]] = []
    places: dict[str, int] = {}
    known: dict[int, int] = {}

    def place(part: Expr) -> int:
        if id(part) not in known:
            known[id(part)] = place(part.args[0]) if part.op == "named" else append(part)
        return known[id(part)]

    def append(part: Expr) -> int:
        over_time = part.op.endswith("_over_time")
        made = [part.op, [] if over_time else [place(arg) for arg in part.args], _extra(part)]
        key = repr(made)
        if key not in places:
            places[key] = len(nodes)
            nodes.append(made)
        return places[key]

    last = place(formula)
    return nodes if last == len(nodes) - 1 else [*nodes, ["max", [last], None]]


def _extra(part: Expr) -> Any:
    match part.op, part.time:
        case "const", _:
            return str(part.value)
        case "leaf", None:
            return [part.value]
        case "leaf", Time(offset, bound, from_end):
            return [part.value, offset, "bound" if bound else "end" if from_end else "start"]
        case "least_over_time" | "sum_over_time", _:
            return [part.value, program(part.args[0])]
        case "entry", _:
            return list(part.value)
    return part.value


def declaration(conjecture: Conjecture) -> dict[str, Any]:
    """The statement of a conjecture and its digest: the entries of a counterexample that do not depend on the network.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture
    >>> @conjecture(Domain(n=1, d=1, p=1))
    ... def small_steps(run):
    ...     return run.eta < 1
    >>> declaration(small_steps)["conclusion"][0]["strict"]
    True
    """
    made: dict[str, Any] = {
        "conjecture": {"name": conjecture.name[:200], "title": _line(conjecture.title)},
        "domain": conjecture.domain.document(),
        "hypotheses": {_line(name): _statements(said) for name, said in conjecture.hypotheses.items()},
        "conclusion": _statements(conjecture.statements),
    }
    made["conjecture"]["digest"] = conjecture_digest(made)
    return made


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:200]


def _statements(said: Sequence[Expr | Statement]) -> list[dict[str, Any]]:
    return [{"program": program(margin([s])), "strict": isinstance(s, Statement) and s.strict} for s in said]
