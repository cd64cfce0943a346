"""How a verdict is displayed: always a symbol and a word; colour is only an addition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

INK = "#000000"
BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"
GREY = "#888888"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
"""The colours of Okabe and Ito, which are distinguishable with colour blindness."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a curve is drawn: colour, dashes and marker."""

    colour: str
    dashes: Any
    marker: str

    @property
    def dark(self) -> str:
        """The colour, dark enough for small text on white."""
        return "#" + "".join(f"{int(0.72 * int(self.colour[k : k + 2], 16)):02X}" for k in (1, 3, 5))


@dataclass(frozen=True, slots=True)
class Look:
    """How a verdict is shown.

    Attributes
    ----------
    symbol, latex
        The symbol, and its LaTeX source.
    colour, style
        Colour on paper and on a page; style on a terminal.
    brief, meaning
        The meaning of the verdict: in a few words for a legend, and in full.
    """

    symbol: str
    latex: str
    colour: str
    style: str
    brief: str
    meaning: str


_SQUARE, _CROSS, _CIRCLED = r"\ensuremath{\blacksquare}", r"\ding{55}", r"\ensuremath{\boldsymbol{\otimes}}"

LOOKS = {
    "kernel-checked": Look(
        "◆",
        r"\ding{117}",
        GREEN,
        "bold green",
        "accepted by the kernel of Coq",
        "Stated as a whole by a theorem that the kernel of Coq accepts, in addition to all other evidence; the axioms "
        "on which the theorem rests are named.",
    ),
    "derived": Look(
        "■",
        _SQUARE,
        GREEN,
        "bold green",
        "proved for all stated sizes",
        "Proved for all stated sizes from the stated hypotheses. The proof of a claim is a document that "
        "the checker replays; for a conjecture, the report states how its proof was checked.",
    ),
    "proved": Look(
        "■",
        _SQUARE,
        GREEN,
        "bold green",
        "proved for its whole domain",
        "Proved for every network in the stated domain; the report states how the proof was checked.",
    ),
    "enclosed": Look(
        "●",
        r"\ding{108}",
        BLUE,
        "green",
        "proved for the listed instances",
        "Proved in ball arithmetic on exact data: a theorem about the instances listed here, and about no others.",
    ),
    "supported": Look(
        "○",
        r"\raisebox{0.15ex}{\scalebox{0.7}{\ensuremath{\boldsymbol{\bigcirc}}}}",
        SKY,
        "cyan",
        "random trials agree",
        "Random trials agree, within the given interval at the given confidence. Sampling cannot prove more.",
    ),
    "falsified": Look(
        "✗",
        _CROSS,
        VERMILLION,
        "bold red",
        "a document shows that it fails",
        "A counterexample, a proof or an enclosure that the checker accepts shows that it fails. Needs investigation.",
    ),
    "contradicted": Look(
        "⊗",
        _CIRCLED,
        VERMILLION,
        "red",
        "random trials disagree",
        "More failures than the claim allows, or another value, at the given confidence. Sampling cannot prove more. "
        "Expected of some readings and variants that the authors did not state; otherwise it needs investigation.",
    ),
    "falsified as stated": Look(
        "✗",
        _CROSS,
        PURPLE,
        "magenta",
        "a published statement fails, as expected",
        "The statement as published fails, as expected; another claim repairs it.",
    ),
    "variant refuted": Look(
        "✗",
        _CROSS,
        PURPLE,
        "magenta",
        "a reading or variant not stated by its source fails, as expected",
        "A reading or variant that the authors did not state fails, as expected. It shows "
        "why a hypothesis is needed; another claim includes this hypothesis.",
    ),
    "undecided": Look(
        "?",
        r"\textbf{?}",
        ORANGE,
        "yellow",
        "the evidence is insufficient",
        "The evidence is insufficient to prove or refute the statement.",
    ),
    "vacuous": Look(
        "∅",
        r"\ensuremath{\varnothing}",
        PURPLE,
        "bold magenta",
        "nothing satisfies the hypotheses",
        "No tested instance satisfies the hypotheses, so the statement was not tested.",
    ),
    "not run": Look(
        "–",
        r"\textendash{}",
        GREY,
        "dim",
        "crashed or skipped",
        "A task crashed or was skipped, so nothing is claimed.",
    ),
    "error": Look(
        "!",
        r"\textbf{!}",
        VERMILLION,
        "red",
        "could not be evaluated",
        "The conjecture could not be evaluated; the reason names file and line.",
    ),
}
"""By `ClaimResult.words`, and by the verdict of a conjecture."""


def look(words: str) -> Look:
    """How a verdict is shown.

    Raises
    ------
    KeyError
        If there is no such verdict.

    Examples
    --------
    >>> look("derived").symbol, look("proved").symbol, look("variant refuted").symbol
    ('■', '■', '✗')
    """
    return LOOKS[words]


_REFUTATION = "a refutation that fails when repeated; the run then ends with exit code 1 and needs investigation"

CHANGES = {
    "kernel-checked": "a theorem of the Coq library that Coq rejects, or that does not state what the claim states",
    "derived": "a step of the proof that the checker rejects, or a point at which its statement is false",
    "enclosed": "a certificate or an instance listed here that is rejected when checked again; other instances "
    "cannot, since nothing is claimed about them",
    "supported": "an interval outside the claimed range, with other seeds or a larger budget",
    "falsified": "a document that is rejected when checked again",
    "contradicted": "trials that agree, with other seeds or a larger budget",
    "falsified as stated": _REFUTATION,
    "variant refuted": _REFUTATION,
    "undecided": "more trials with a larger budget, or a stronger method",
    "vacuous": "an instance that satisfies the hypotheses",
    "not run": "tasks that run to completion",
}
"""What would change a verdict, by `ClaimResult.words`."""

EXITS = {
    0: "Nothing was falsified or contradicted except as expected, and every claim has a verdict.",
    1: "Something was falsified or contradicted, or an expected refutation no longer succeeds. It needs a person.",
    2: "A task crashed. Its results are missing below.",
    3: "Nothing was falsified or contradicted except as expected, but something is undecided, vacuous or was not run.",
}
"""The meaning of the exit codes of a run."""

_FIDELITY = {"verbatim": "as stated there", "adapted": "adapted", "ours": "our own, based on it"}
_NOT_STATED = {"reading": "our reading, not stated there", "variant": "our variant, not stated there"}


def attribution(kind: str, fidelity: str) -> str:
    """How a claim relates to its source.

    Parameters
    ----------
    kind, fidelity
        Values of `Kind` and `Fidelity`.

    Examples
    --------
    >>> attribution("theorem", "adapted"), attribution("variant", "adapted")
    ('adapted', 'our variant, not stated there')
    """
    return _NOT_STATED[kind] if kind in _NOT_STATED else _FIDELITY[fidelity]
