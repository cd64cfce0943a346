"""A conjecture as JSON: its formulas as straight-line programs, for the checker and for a digest of the statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fa_theory.checker.counterexample.stated import conjecture_digest

from .declare import Conjecture, margin
from .expression import Expr, Statement, parts
from .recurrence import Recurrence


def program(formula: Expr, beside: dict[Recurrence, int] | None = None) -> list[list[Any]]:
    """The formula as a list of nodes ``[operation, [indices of earlier nodes], extra]``.

    ``beside`` numbers the recurrences it may speak of.

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
        args = part.args[1:] if part.op.endswith("_over_time") else part.args
        made = [part.op, [place(arg) for arg in args], _extra(part, beside or {})]
        key = repr(made)
        if key not in places:
            places[key] = len(nodes)
            nodes.append(made)
        return places[key]

    last = place(formula)
    return nodes if last == len(nodes) - 1 else [*nodes, ["max", [last], None]]


def _extra(part: Expr, beside: dict[Recurrence, int]) -> Any:
    time = part.time
    match part.op:
        case "const":
            return str(part.value)
        case "array":
            return [[str(x) for x in row] if isinstance(row, tuple) else str(row) for row in part.value]
        case "leaf" if time is None:
            return [part.value]
        case "leaf" if time is not None:
            return [part.value, time.offset, time.origin]
        case "state" if time is not None:
            recurrence, name = part.value
            return [beside[recurrence], name, time.offset, time.origin]
        case "previous":
            return part.value[1]
        case "least_over_time" | "most_over_time" | "sum_over_time" | "first_over_time":
            following, after = part.value
            return [following, program(part.args[0], beside), *([True] if after else [])]
        case "entry":
            return list(part.value)
        case "slice":
            return [list(each) for each in part.value]
    return part.value


def recurrences(said: Iterable[Expr]) -> dict[Recurrence, int]:
    """The recurrences that formulas speak of, numbered so that none speaks of a later one."""
    found: dict[Recurrence, int] = {}

    def visit(recurrence: Recurrence) -> None:
        if recurrence in found or recurrence in open_ones:
            return
        open_ones.add(recurrence)
        for formula in recurrence.formulas:
            search(formula)
        found[recurrence] = len(found)

    def search(x: Expr) -> None:
        for part in parts(x):
            if part.op == "state":
                visit(part.value[0])

    open_ones: set[Recurrence] = set()
    for formula in said:
        search(formula)
    return found


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
    said = [*conjecture.statements, *(s for given in conjecture.hypotheses.values() for s in given)]
    beside = recurrences(margin([s]) for s in said)
    made: dict[str, Any] = {
        "conjecture": {"name": conjecture.name[:200], "title": _line(conjecture.title)},
        "domain": conjecture.domain.document(),
        "hypotheses": {_line(name): _statements(given, beside) for name, given in conjecture.hypotheses.items()},
        "conclusion": _statements(conjecture.statements, beside),
    }
    if beside:
        made["runs"] = [_recurrence(recurrence, beside) for recurrence in beside]
    made["conjecture"]["digest"] = conjecture_digest(made)
    return made


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:200]


def _recurrence(recurrence: Recurrence, beside: dict[Recurrence, int]) -> dict[str, Any]:
    return {
        "length": program(recurrence.steps, beside),
        "start": {name: program(x, beside) for name, x in recurrence.start.items()},
        "step": {name: program(x, beside) for name, x in recurrence.step.items()},
    }


def _statements(said: Sequence[Expr | Statement], beside: dict[Recurrence, int]) -> list[dict[str, Any]]:
    return [_statement(s, beside) for s in said]


def _statement(said: Expr | Statement, beside: dict[Recurrence, int]) -> dict[str, Any]:
    if isinstance(said, Statement) and said.alternatives:
        return {"any": [_statement(s, beside) for s in said.alternatives]}
    return {"program": program(margin([said]), beside), "strict": isinstance(said, Statement) and said.strict}
