"""Runs beside the run of the network, as a document states them: variables that follow formulas, step by step.

A recurrence is ``{"length": program, "start": {name: program}, "step": {name: program}}``. The programs of its start
may speak of the network and of recurrences before this one in the list; those of its step also of its own variables at
time t (``previous``), and of t (``clock``, ``bound`` leaves). A variable without a step keeps its value.
"""

from __future__ import annotations

from fa_theory.checker import document as doc

from . import formula
from .formula import OVER_TIME, Program, StatedRecurrence

MAX_RECURRENCES, MAX_VARIABLES = 16, 64


def read(value: object) -> list[StatedRecurrence]:
    """Read a list of recurrences.

    Raises
    ------
    MalformedDocument
        If it is none, or one speaks of itself or of a later one.
    """
    if not isinstance(value, list) or not 0 < len(value) <= MAX_RECURRENCES:
        raise doc.MalformedDocument(f"runs: expected a list of 1 to {MAX_RECURRENCES} recurrences")
    return [_recurrence(item, f"runs[{i}]", i) for i, item in enumerate(value)]


def _recurrence(value: object, where: str, index: int) -> StatedRecurrence:
    stated = doc.fields(value, where, ("length", "start", "step"))
    start, step = (_programs(stated[key], f"{where}.{key}", index) for key in ("start", "step"))
    if not start or any(name not in start for name in step):
        raise doc.MalformedDocument(f"{where}: every variable that has a step needs a start")
    return StatedRecurrence(_program(stated["length"], f"{where}.length", index), start, step)


def _programs(value: object, where: str, index: int) -> dict[str, Program]:
    if not isinstance(value, dict) or len(value) > MAX_VARIABLES or not all(map(formula.is_name, value)):
        raise doc.MalformedDocument(f"{where}: expected an object of at most {MAX_VARIABLES} variables")
    return {name: _program(program, f"{where}.{name}", index) for name, program in value.items()}


def _program(value: object, where: str, index: int) -> Program:
    program = formula.read(value, where)
    if any(which >= index for which in _mentioned(program)):
        raise doc.MalformedDocument(f"{where}: it may speak only of recurrences before it")
    return program


def _mentioned(program: Program) -> list[int]:
    """The numbers of the recurrences that a program speaks of."""
    found = [node.extra[0] for node in program if node.op == "state"]
    return found + [which for node in program if node.op in OVER_TIME for which in _mentioned(node.extra[1])]
