"""A conjecture in the words of the proof kernel: short runs beside that of the network are written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.expression import RECURRENT, Expr, Statement, Time, constant, parts
from fa_theory.conjectures.language.recurrence import Recurrence

LONGEST, LARGEST = 4, 4000
"""Most steps that are written out, and most operations of a formula that is."""
OTHERS = (
    "array", "clock", "columns", "det", "diagonal", "eigenvalue", "first_over_time", "flat", "identity", "inverse",
    "most_over_time", "rank", "rows", "slice", "stack", *RECURRENT,
)  # fmt: skip
"""Operations that the translation to the kernel does not have."""


def plain(conjecture: Conjecture) -> Conjecture | None:
    """An equivalent conjecture about the run of the network alone, without alternatives; None if there is none.

    ``a → b`` in place of the whole conclusion becomes the conclusion b under the hypothesis a.
    """
    statements = [_rewritten(s) for s in conjecture.statements]
    hypotheses = {name: [_rewritten(s) for s in said] for name, said in conjecture.hypotheses.items()}
    if len(statements) == 1 and isinstance(statements[0], Statement) and statements[0].alternatives:
        *others, last = statements[0].alternatives
        statements = [last]
        hypotheses |= {f"premise {i}": [other.negation] for i, other in enumerate(others, 1)}
    said = [*statements, *(s for given in hypotheses.values() for s in given)]
    if not all(map(_understood, said)):
        return None
    return replace(
        conjecture,
        conclusion=lambda run: statements,
        assumes={name: _says(given) for name, given in hypotheses.items()},
    )


def _says(given: list[Expr | Statement]) -> Callable[[object], list[Expr | Statement]]:
    return lambda run: given


def _understood(said: Expr | Statement) -> bool:
    if isinstance(said, Statement) and said.alternatives:
        return False
    sides = (said.left, said.right) if isinstance(said, Statement) else (said,)
    found = [part for side in sides for part in parts(side)]
    return len(found) <= LARGEST and not any(part.op in OTHERS or _unusual(part) or _array(part) for part in found)


def _unusual(x: Expr) -> bool:
    """Whether it runs over other times than those of one or two states in a row of the run of the network."""
    return x.op.endswith("_over_time") and (len(x.args) > 1 or x.value[0] > 1 or x.value[1])


def _array(x: Expr) -> bool:
    return x.op == "leaf" and x.time is None and x.value not in ("X", "y", "b", "eta", "lam", "n", "d", "p", "T")


def _rewritten(said: Expr | Statement) -> Expr | Statement:
    if isinstance(said, Expr):
        return unrolled(said)
    alternatives = tuple(_rewritten(s) for s in said.alternatives)
    return replace(
        said,
        left=unrolled(said.left),
        right=unrolled(said.right),
        alternatives=tuple(s for s in alternatives if isinstance(s, Statement)),
    )


def unrolled(x: Expr) -> Expr:
    """The formula with the first states of recurrences written out.

    Examples
    --------
    >>> from fa_theory.conjectures import Run
    >>> run = Run(steps=1)
    >>> sorted({part.op for part in parts(unrolled(run.with_(lam=0, rule="bp")[1].W))} & set(OTHERS))
    []
    """
    known: dict[tuple[int, int | None], Expr] = {}
    variables: dict[tuple[Recurrence, str, int], Expr] = {}

    def variable(recurrence: Recurrence, name: str, moment: int) -> Expr:
        key = recurrence, name, moment
        if key not in variables:
            if moment == 0:
                variables[key] = visit(recurrence.start[name], None)
            elif name not in recurrence.step:
                variables[key] = variable(recurrence, name, moment - 1)
            else:
                variables[key] = visit(recurrence.step[name], moment - 1)
        return variables[key]

    def visit(x: Expr, t: int | None) -> Expr:
        key = id(x), t
        if key not in known:
            known[key] = made(x, t)
        return known[key]

    def made(x: Expr, t: int | None) -> Expr:
        if x.op == "previous" and t is not None:
            recurrence, name = x.value
            return variable(recurrence, name, t)
        if x.op == "state":
            (recurrence, name), moment = x.value, _moment(x, t)
            return x if moment is None or moment > LONGEST else variable(recurrence, name, moment)
        if x.op == "clock" and t is not None:
            return constant(t + x.value)
        if x.op == "leaf" and x.time is not None and x.time.bound and t is not None:
            return replace(x, time=Time(x.time.offset + t))
        if x.op.endswith("_over_time"):
            return x
        args = tuple(visit(arg, t) for arg in x.args)
        if x.op == "named" and args[0] is not x.args[0]:
            return args[0]  # the name was that of another time
        return x if all(a is b for a, b in zip(args, x.args, strict=True)) else replace(x, args=args)

    return visit(x, None)


def _moment(x: Expr, t: int | None) -> int | None:
    """A time of a recurrence as a number, if it is one."""
    assert x.time is not None
    steps = x.value[0].steps
    if x.time.from_end:
        known = steps.op == "const" and steps.value.denominator == 1
        return int(steps.value) - x.time.offset if known and steps.value >= x.time.offset else None
    if x.time.bound:
        return None if t is None or x.time.outer else t + x.time.offset
    return x.time.offset
