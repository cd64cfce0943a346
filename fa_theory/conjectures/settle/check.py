"""Checking one conjecture: first the linter, then the method for its quantifier."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import assert_never

import msgspec

from fa_theory.conjectures.language.declare import (
    BestConstant,
    Conjecture,
    ForAll,
    Generic,
    Scales,
    ThereIs,
    WithProbability,
)
from fa_theory.conjectures.language.effort import metered
from fa_theory.conjectures.language.latex import claim, latex
from fa_theory.errors import InputError

from . import for_all, frequencies
from .lint import lint
from .outcome import ConjectureOutcome, ConjectureVerdict
from .work import Notify, Work


def check(
    conjecture: Conjecture, *, budget: float, seed: int, out: Path, notify: Notify = lambda _: None
) -> ConjectureOutcome:
    """Check a conjecture.

    Parameters
    ----------
    conjecture
        The conjecture to check.
    budget
        Work in seconds of an idle machine, counted by `fa_theory.conjectures.language.effort`: on every machine the
        same seed and budget give the same outcome, unless the real clock runs out first; then the reason says so.
    seed
        Seed of all random numbers.
    out
        Folder for counterexamples.
    notify
        Called with the progress.

    Returns
    -------
    ConjectureOutcome
        With its verdict and the evidence.

    Raises
    ------
    InputError
        If the conjecture cannot be evaluated; the message names file and line.
    """
    begin = time.monotonic()
    with metered(budget) as meter, _with_file(conjecture):
        work = Work(conjecture.name, seed, budget, meter, out, notify)
        start = started(conjecture, seed, budget)
        if conjecture.of_law:
            outcome, warnings = frequencies.settle_law(conjecture, start, work), []
        else:
            found = lint(conjecture, rng=work.rng("lint"))
            outcome = _SETTLE[type(conjecture.quantifier)](conjecture, start, work)
            if outcome.verdict not in (ConjectureVerdict.FALSIFIED, ConjectureVerdict.CONTRADICTED):
                found = [w for w in found if not w.fails]  # a draw that seems to fail did so by rounding
            warnings = [f"line {w.line}: {w.says}" for w in found]
    seconds = time.monotonic() - begin
    why = outcome.why
    if meter.struck:
        why += (
            f"; stopped by the clock after {seconds:.0f} s, with {meter.seconds:.3g} s of {budget:g} s of work "
            "done: the machine is busy or slow; another one may get further"
        )
    return msgspec.structs.replace(outcome, why=why, warnings=warnings, seconds=seconds, work=meter.seconds)


@contextmanager
def _with_file(conjecture: Conjecture) -> Iterator[None]:
    """Name the file in messages that know only the line."""
    try:
        yield
    except InputError as error:
        said = str(error)
        raise (InputError(f"{conjecture.file}, {said}") if said.startswith("line ") else error) from None


def started(conjecture: Conjecture, seed: int = 0, budget: float = 0.0) -> ConjectureOutcome:
    """The outcome at the start of a check."""
    return ConjectureOutcome(
        name=conjecture.name,
        title=conjecture.title,
        file=str(conjecture.file),
        line=conjecture.line,
        verdict=ConjectureVerdict.UNDECIDED,
        why="not run",
        statement=_statement(conjecture),
        domain=str(conjecture.domain),
        quantifier="of the distribution of the domain" if conjecture.of_law else str(conjecture.quantifier),
        seed=seed,
        budget=budget,
    )


def unfinished(conjecture: Conjecture, why: str) -> ConjectureOutcome:
    """The outcome of a conjecture that could not be evaluated."""
    return msgspec.structs.replace(started(conjecture), verdict=ConjectureVerdict.ERROR, why=why)


def _statement(conjecture: Conjecture) -> str:
    """Hypotheses and conclusion in LaTeX."""
    assumed = [f"{_text(name)} (${latex(claim(said))}$)" for name, said in conjecture.hypotheses.items()]
    match conjecture.quantifier:
        case BestConstant():
            conclusion = rf"${latex(conjecture.statements)} \le c$"
        case Scales():
            growth = conjecture.quantifier
            size = frequencies.SYMBOLS.get(growth.size, growth.size)
            grows = "grows like a power" if growth.bound == "equal" else f"grows {growth.bound} like a power"
            conclusion = rf"the {growth.statistic} of $|{latex(conjecture.statements)}|$ {grows} of ${size}$"
        case ThereIs():
            chosen = ", ".join(rf"\texttt{{{_text(part)}}}" for part in conjecture.quantifier.parts)
            conclusion = f"there is a choice of {chosen} with ${latex(claim(conjecture.statements))}$"
        case ForAll() | Generic() | WithProbability():
            conclusion = f"${latex(claim(conjecture.statements))}$"
        case _ as unknown:
            assert_never(unknown)
    return f"If {'; '.join(assumed)}, then {conclusion}." if assumed else f"{conclusion[0].upper()}{conclusion[1:]}."


_SPECIAL = str.maketrans(
    {sign: f"\\{sign}" for sign in "{}$&%#_"}
    | {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}"}
)


def _text(name: str) -> str:
    """A name in LaTeX, with line breaks allowed in long words."""
    loose = re.sub(r"\S{24,}", lambda word: re.sub(r"(\S{8})(?=\S{3})", "\\1\u200b", word[0]), name)
    return loose.translate(_SPECIAL)


_SETTLE = {
    ForAll: for_all.settle_for_all,
    Generic: for_all.settle_for_all,
    WithProbability: frequencies.settle_probability,
    Scales: frequencies.settle_scaling,
    BestConstant: frequencies.settle_constant,
    ThereIs: frequencies.settle_existence,
}
"""By quantifier."""
