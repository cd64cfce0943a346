"""What a counterexample claims about limits: searched for in floats, and tried with the checker's own functions.

Nothing here is trusted; `fa_theory.checker.counterexample.settling` says what has to hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from fa_theory.checker.counterexample import numbers as num
from fa_theory.checker.counterexample import settling
from fa_theory.checker.counterexample.formula import Machine
from fa_theory.checker.counterexample.violation import Counterexample, run
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture, margin
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.expression import is_limit, parts
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.language.program import program, recurrences
from fa_theory.conjectures.language.recurrence import Recurrence
from fa_theory.enclosure.search import norms
from fa_theory.model.ball import Array

SHARES = (0.5, 0.1, 0.9)
"""Values of q to try, between the contraction at the last step (0) and 1."""
LATER = (1.0, 1.5, 0.4)
"""Multiples of the number of steps that the floats take, which are tried."""
TRIED = 2000.0
"""Units of work (`effort`) for one attempt; and as many for every step, by 100."""
NETWORK_SIGNALS = ("error", "output", "step", "inputs")


def limits_of(
    conjecture: Conjecture, networks: Networks, document: Mapping[str, Any], precision: int
) -> list[dict[str, Any]] | None:
    """Claims about all limits that a conjecture speaks of, for one network; None if one is not found.

    Parameters
    ----------
    conjecture, networks
        The conjecture, and a batch of one.
    document
        The counterexample, without limits.
    precision
        Bits of the arithmetic.

    Raises
    ------
    MalformedDocument
        If the checker cannot read the document.
    """
    claim = Counterexample.read(document)
    made: list[dict[str, Any]] = []
    with ctx.workprec(precision):
        try:
            machine = run(claim)
            for of, which, signals in _wanted(conjecture, document):
                found = _claim(machine, claim.network, networks, of, which, signals)
                if found is None:
                    return None
                settling.find(machine, claim.network, [settling.Settling.read(found, "limits")])
                made.append(found)
        except num.Undefined:
            return None
    return made


def _wanted(
    conjecture: Conjecture, document: Mapping[str, Any]
) -> Iterator[tuple[Recurrence | None, int | None, list[Any]]]:
    """The runs whose limits a conjecture speaks of: their number, and signals to try."""
    said = [*conjecture.statements, *(s for given in conjecture.hypotheses.values() for s in given)]
    formulas = [margin([s]) for s in said]
    ends = [part for x in formulas for part in parts(x) if is_limit(part)]
    if any(part.op == "leaf" for part in ends):
        yield None, None, list(NETWORK_SIGNALS)
    among = {id(part.value[0]) for part in ends if part.op == "state"}
    beside = recurrences(formulas)
    for recurrence, which in beside.items():
        if id(recurrence) in among:
            steps = document["runs"][which]["step"]
            yield recurrence, which, [*_signals(recurrence, steps, beside), "step"]


def _signals(
    recurrence: Recurrence, steps: Mapping[str, list[Any]], beside: dict[Recurrence, int]
) -> Iterator[list[dict[str, int]]]:
    """Lists of places that may vanish in the limit: of the error, of further variables, of β."""
    keys: dict[Any, int] = {}
    known = {name: {key: place for place, key in enumerate(_keys(p, keys))} for name, p in steps.items()}

    def places(formula: Sequence[Any]) -> dict[str, int]:
        key = _keys(formula, keys)[-1]
        return {name: places[key] for name, places in known.items() if key in places}

    errors = [found for x in recurrence.vanishing if (found := places(program(x, beside)))]
    more = [found for v in steps if v not in ("W", "beta") and (found := places([["previous", [], v]]))]
    beta = [found for v in ("beta",) if v in steps and (found := places([["previous", [], v]]))]
    for each in (errors, [*errors, *more], beta, [*beta, *more]):
        if each:
            yield each


def _keys(nodes: Sequence[Any], keys: dict[Any, int]) -> list[int]:
    """Numbers of the nodes of a program: the same for nodes that say the same."""
    made: list[int] = []
    for op, args, extra in nodes:
        made.append(keys.setdefault((op, tuple(made[i] for i in args), repr(extra)), len(keys)))
    return made


def _claim(
    machine: Machine,
    described: Mapping[str, Any],
    networks: Networks,
    of: Recurrence | None,
    which: int | None,
    signals: Sequence[Any],
) -> dict[str, Any] | None:
    took = _steps(networks, of)
    if took is None:
        return None
    for later in LATER:
        steps = max(int(later * took), networks.cutoff or 0)
        for signal in signals:
            effort.spend(TRIED + TRIED * steps / 100)
            made = {"run": which, "steps": steps, "signal": signal, "norm": [["1"]], "rate": "1/2"}
            for norm, rate in _norms(machine, described, settling.Settling.read(made, "limits")):
                made |= {"norm": norm, "rate": rate}
                claim = settling.Settling.read(made, "limits")
                try:
                    settling.limit(machine, settling.tail_of(machine, described, claim), claim)
                except num.Undefined:
                    machine.spend(0)
                    continue
                return made
    return None


def _steps(networks: Networks, of: Recurrence | None) -> int | None:
    """The number of steps until the run hardly moves, in floats."""
    floats = networks.map(lambda x: x.astype(float))
    found, took = Evaluator(floats).lasting(of)
    return int(took[0]) if all(np.isfinite(x).all() for x in found.values()) else None


def _norms(machine: Machine, described: Mapping[str, Any], claim: settling.Settling) -> Iterator[tuple[Any, str]]:
    """Matrices C and rates q to try."""
    try:
        tail = settling.tail_of(machine, described, claim)
        signal = tail.signal(tail.now)
        size = sum(len(v.entries) for v in signal)
        here = settling.linearised(tail, tail.now, [arb(0)] * size)
    except num.Undefined:
        machine.spend(0)
        return
    if all(num.is_exactly(x, 0) for v in signal for x in v.entries):
        yield _strings(np.eye(size)), "1/2"
        return
    A = _floats(here.contraction)
    if not np.isfinite(A).all():
        return
    radius = float(abs(np.linalg.eigvals(A)).max())
    if radius >= 1 - 1e-9:
        return
    for C, Ci in norms(A, radius):
        centre = float(np.linalg.norm(C @ A @ Ci, 2))
        if centre < 1:
            for share in SHARES:
                yield _strings(C), str(Fraction(centre + share * (1 - centre)).limit_denominator(10**9))


def _floats(M: arb_mat) -> Array:
    return np.array([[float(x.mid()) for x in row] for row in M.tolist()])


def _strings(C: Array) -> list[list[str]]:
    return [[str(Fraction(float(x))) for x in row] for row in C]
