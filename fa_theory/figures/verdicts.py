"""How a verdict is shown to people: always a symbol and a word; colour only comes on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

INK = "#000000"
BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"
GREY = "#888888"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
"""The colours of Okabe and Ito, which people with colour-blindness tell apart."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a curve is drawn: colour, dashes and marker."""

    colour: str
    dashes: Any
    marker: str

    @property
    def dark(self) -> str:
        """The colour, dark enough to read small letters in it on white."""
        return "#" + "".join(f"{int(0.72 * int(self.colour[k : k + 2], 16)):02X}" for k in (1, 3, 5))


@dataclass(frozen=True, slots=True)
class Look:
    """How a verdict is shown.

    Attributes
    ----------
    symbol, latex
        The symbol, and how LaTeX sets it.
    colour, style
        Colour on paper and on a page; style on a terminal.
    brief, meaning
        What the verdict means: in a few words for a legend, and in full.
    """

    symbol: str
    latex: str
    colour: str
    style: str
    brief: str
    meaning: str


_SQUARE, _CROSS = r"\ensuremath{\blacksquare}", r"\ding{55}"

LOOKS = {
    "derived": Look(
        "■",
        _SQUARE,
        GREEN,
        "bold green",
        "proved for all sizes it names",
        "Proved for all sizes that it names, from what its statement assumes. The proof of a claim is a document that "
        "the checker replays; how the proof of a conjecture was checked stands with it.",
    ),
    "proved": Look(
        "■",
        _SQUARE,
        GREEN,
        "bold green",
        "for everything in its domain",
        "Proved for every network of the domain it states; how the proof was checked stands with it.",
    ),
    "enclosed": Look(
        "●",
        r"\ding{108}",
        BLUE,
        "green",
        "proved for the instances it names",
        "Proved in ball arithmetic on exact data: a theorem about the instances named here, and about no other.",
    ),
    "supported": Look(
        "○",
        r"\raisebox{0.15ex}{\scalebox{0.7}{\ensuremath{\boldsymbol{\bigcirc}}}}",
        SKY,
        "cyan",
        "random trials agree",
        "Random trials agree, within the interval given at the confidence given. Sampling proves nothing more.",
    ),
    "falsified": Look(
        "✗",
        _CROSS,
        VERMILLION,
        "bold red",
        "a checked counterexample, or too many failures",
        "A checked counterexample, or more failures than the claim allows at the confidence given. A person must look.",
    ),
    "falsified as stated": Look(
        "✗",
        _CROSS,
        PURPLE,
        "magenta",
        "a published statement fails, as expected",
        "The statement as its authors published it fails, as is on record; another claim repairs it.",
    ),
    "variant refuted": Look(
        "✗",
        _CROSS,
        PURPLE,
        "magenta",
        "a reading or variant that its source does not state fails, as expected",
        "A reading or variant of a published statement, which the authors did not make, fails as expected. It shows "
        "why a hypothesis is needed; another claim has that hypothesis.",
    ),
    "undecided": Look(
        "?",
        r"\textbf{?}",
        ORANGE,
        "yellow",
        "the evidence does not suffice",
        "The evidence does not suffice, one way or the other.",
    ),
    "vacuous": Look(
        "∅",
        r"\ensuremath{\varnothing}",
        PURPLE,
        "bold magenta",
        "nothing satisfies the hypotheses",
        "Nothing that was tried satisfies the hypotheses, so the statement says nothing yet.",
    ),
    "not run": Look(
        "–",
        r"\textendash{}",
        GREY,
        "dim",
        "crashed or left out",
        "Something crashed or was left out, so nothing is claimed.",
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


_REFUTATION = (
    "the refutation failing when it is repeated; the run would then stop with exit code 1, and a person would have to "
    "look"
)

CHANGES = {
    "derived": "a step of the proof that the checker refuses, or a point at which what it says is false",
    "enclosed": "a certificate or an instance named here that is rejected when it is checked again; other instances "
    "cannot, since nothing is said about them",
    "supported": "an interval that leaves the range claimed, with other seeds or on a larger budget",
    "falsified": "the refutation failing when it is repeated: a counterexample that the checker rejects, or failures "
    "no more frequent than the claim allows",
    "falsified as stated": _REFUTATION,
    "variant refuted": _REFUTATION,
    "undecided": "more trials, on a larger budget, or a stronger method",
    "vacuous": "an instance that satisfies the hypotheses",
    "not run": "the tasks running to their end",
}
"""What would change a verdict, by `ClaimResult.words`."""

EXITS = {
    0: "Nothing was falsified except what was expected to be, and every claim has a verdict.",
    1: "Something was falsified, or an expected refutation no longer succeeds. A person must look.",
    2: "A task crashed. What it would have shown is missing below.",
    3: "Nothing was falsified except what was expected to be, but something is undecided, vacuous or was not run.",
}
"""What the exit codes of a run mean."""

_FIDELITY = {"verbatim": "as stated there", "adapted": "adapted", "ours": "our own, after it"}
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
