"""The notation shared by all claims; other symbols are defined in the statement of the claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fa_theory.claims.result import ClaimResult
from fa_theory.record.evidence import Given


class Symbol(NamedTuple):
    """A symbol: its LaTeX, its name in the code, its shape, and its definition in words with formulas."""

    latex: str
    code: str
    shape: str
    meaning: str


SYMBOLS = (
    Symbol("n", "n", "", "number of samples"),
    Symbol("d", "d", "", "dimension of the inputs"),
    Symbol("p", "p", "", "width: number of hidden neurons"),
    Symbol("X", "X", "$n × d$", "inputs; the rows are the samples $x_i$"),
    Symbol("y", "y", "$n$", "targets"),
    Symbol("W", "W", "$p × d$", "first-layer weights; the rows $w_r$ belong to the neurons"),
    Symbol(r"\beta", "beta", "$p$", "output weights"),
    Symbol("b", "b", "$p$", r"fixed random feedback weights, used in place of $\beta$ in the backward pass"),
    Symbol(r"\psi", "activation", "", r"activation function, with derivative $\psi'$"),
    Symbol("f", "output", "$n$", r"output $f_i = p^{-1/2} \sum_r \beta_r\, \psi(w_r\cdot x_i)$"),
    Symbol("e", "error", "$n$", r"error $e = f - y$; the loss is $\tfrac12 \|e\|_2^2$"),
    Symbol(r"\eta", "eta", "", "step size"),
    Symbol(r"\lambda", "lam", "", r"strength of the $\ell_2$ regularisation of $\beta$, constant or by schedule"),
    Symbol("t", "step", "", "step number; $T$ is the step at which a phase or a certificate begins"),
    Symbol(
        "G",
        "gram",
        "$n × n$",
        r"Gram matrix of the features, $G_{ij} = p^{-1} \sum_r \psi(w_r\cdot x_i)\, \psi(w_r\cdot x_j)$",
    ),
    Symbol(
        "H",
        "feedback_gram",
        "$n × n$",
        r"feedback Gram matrix, the counterpart of $G$ for the first layer, "
        r"$H_{ij} = (x_i\cdot x_j)\, p^{-1} \sum_r \beta_r b_r\, \psi'(w_r\cdot x_i)\, \psi'(w_r\cdot x_j)$",
    ),
    Symbol(r"\tilde G", "", "$n × n$", "secant kernel: $G$ between the states before and after a step"),
    Symbol(
        r"\tilde H",
        "",
        "$n × n$",
        r"secant kernel: $H$ with one slope replaced by the secant slope of $\psi$ over the step",
    ),
    Symbol(
        r"\bar G",
        "",
        "$n × n$",
        r"infinite-width limit $\bar G_{ij} = E\, \psi(w\cdot x_i)\, \psi(w\cdot x_j)$, $w \sim N(0, I)$",
    ),
    Symbol(r"\gamma", "gamma", "", r"smallest eigenvalue of $\bar G$"),
    Symbol(
        "K",
        "",
        "$n × n$",
        r"Gram matrix $XX^\top$ of the data; in certificates the midpoint of an enclosure of $\tilde G + \tilde H$",
    ),
    Symbol("C", "", "$n × n$", r"matrix of the norm $\|Cv\|_2$ in which a certified step contracts"),
    Symbol("q", "rate", "", "certified rate: every step contracts the error by the factor $q < 1$"),
    Symbol(
        r"\angle",
        "alignment",
        "",
        r"weight alignment $\cos\angle(b, \beta) = \langle b, \beta\rangle / (\|b\|_2 \|\beta\|_2)$",
    ),
    Symbol(r"\delta", "delta", "", "probability with which a statement may fail"),
)

_MATHEMATICS = re.compile(
    r"(?<!\\)\$(.+?)(?<!\\)\$|\\\[(.+?)\\\]|\\begin\{(?:align|equation|gather|multline)\*?\}(.+?)\\end", re.DOTALL
)
_WORDS = re.compile(r"\\(?:text|mathrm|operatorname|begin|end)\*?\s*\{[^}]*\}")
_TOKEN = re.compile(r"(?:(\\(?:bar|tilde|hat|dot|ddot|vec))\s*\{?\s*)?(\\[A-Za-z]+|[A-Za-z])\}?(_\{?0)?")


_HEAD = re.compile(r"(\\(?:bar|tilde|dot) ?\{?[A-Za-z]\}?|\\[A-Za-z]+|[A-Za-z])(?:\^\{\+\})?(?:_\{[^}]*\})? =")
_ALWAYS = frozenset({"e", "W", r"\beta"})
"""Letters with the same meaning in all proofs."""


def renamed(given: Sequence[Given]) -> list[tuple[str, str]]:
    r"""The letters in the list of symbols to which a proof gives another meaning, with that meaning.

    Examples
    --------
    >>> rows = [Given(latex="C = \\sum_{r} Q_{r}", words="sum of the brackets"), Given(latex="q = 1", words="rate")]
    >>> renamed(rows)
    [('C', 'sum of the brackets')]
    """
    known = {symbol.latex: symbol for symbol in SYMBOLS}
    found: dict[str, str] = {}
    for row in given:
        match = _HEAD.match(row.latex)
        letter = match[1].replace("{", "").replace("}", "") if match else ""
        if (
            letter in known
            and letter not in _ALWAYS
            and not _long_words(known[letter].meaning) & _long_words(row.words)
        ):
            found.setdefault(letter, row.words)
    return list(found.items())


def _long_words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower())) - {"with", "after", "that", "which", "step", "from"}


class Use(NamedTuple):
    """A symbol, and the id of the first claim that uses it."""

    symbol: Symbol
    first: str


def used(claims: Sequence[ClaimResult]) -> list[Use]:
    """The symbols that statements and hypotheses use, each with the first claim to do so, in the order of `SYMBOLS`."""
    first: dict[str, str] = {}
    for claim in claims:
        for token in tokens([claim.statement, *(hypothesis.statement for hypothesis in claim.hypotheses)]):
            first.setdefault(token, claim.id)
    return [Use(symbol, first[symbol.latex]) for symbol in SYMBOLS if symbol.latex in first]


def tokens(latex: Iterable[str]) -> set[str]:
    """Letters, commands and accented letters in the formulas of a text; a letter with the index 0 is another symbol.

    Examples
    --------
    >>> sorted(tokens([r"a text with $\\bar{G}_{ij} \\le \\mathrm{tr}\\, X - C_0$"]))
    ['C_0', 'X', '\\\\bar G', '\\\\le', 'i', 'j']
    """
    found = set()
    for text in latex:
        for match in _MATHEMATICS.finditer(text):
            formula = _WORDS.sub(" ", match[1] or match[2] or match[3])
            for accent, letter, index in _TOKEN.findall(formula):
                found.add(" ".join(filter(None, (accent, letter))) + ("_0" if index else ""))
    return found
