"""A decay certificate's network in exact rational numbers, and rational numbers as Coq reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

from fa_theory.checker import document as doc
from fa_theory.checker.decay import from_start, from_state

Vector = list[Fraction]
Matrix = list[Vector]


class NotExportable(Exception):
    """The Coq theorems do not cover a document, or no certificate for them was found; the message says why."""


@dataclass(frozen=True)
class ExactNetwork:
    """The network of a document: data X (n×d), y, weights W (p×d), β, b, and the step size η."""

    activation: str
    step: int
    """Steps that the network has already done in the run it comes from."""
    X: Matrix
    y: Vector
    W: Matrix
    beta: Vector
    b: Vector
    eta: Fraction
    digest: str

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.X)

    @property
    def p(self) -> int:
        """Width."""
        return len(self.W)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> ExactNetwork:
        """Read a decay certificate, as strictly as the checker does.

        Raises
        ------
        MalformedDocument
            If it is not a decay certificate, or was changed after it was written.
        NotExportable
            If the Coq theorems do not cover it.
        """
        if not isinstance(document, Mapping):
            raise doc.MalformedDocument(f"document: expected a JSON object but got a {type(document).__name__}")
        document = dict(document)
        doc.text(document.get("format"), "format", (doc.FORMAT,))
        kind = doc.text(document.get("kind"), "kind", ("decay-from-start", "decay-from-state"))
        late = (
            from_state.DecayFromState.read(document)
            if kind == "decay-from-state"
            else from_start.DecayFromStart.read(document).late
        )
        if doc.digest(document) != document["digest"]:
            raise doc.MalformedDocument("digest: the document was changed after it was written")
        if late.state.k > 1:
            raise NotExportable(f"the Coq theorems are about one output; this network has {late.state.k}")
        regularised = late.lam > 0 and late.cutoff != 0
        from_the_start = kind == "decay-from-start"
        if regularised and (from_the_start or late.cutoff is None or late.cutoff > late.step):
            raise NotExportable("the Coq theorems need λ = 0 from the state of the document on")
        return cls(
            activation=document["activation"],
            step=0 if from_the_start else late.step,
            X=[_numbers(row) for row in document["X"]],
            y=_numbers(document["y"]),
            W=[_numbers(row) for row in document["W"]],
            beta=_numbers(document["beta"]),
            b=_numbers(document["b"]),
            eta=_number(document["eta"]),
            digest=document["digest"],
        )


def _number(text: str) -> Fraction:
    return Fraction(float.fromhex(text))


def _numbers(texts: Sequence[str]) -> Vector:
    return [_number(text) for text in texts]


def dyadic(x: float, bits: int) -> Fraction:
    """The multiple of 2^-bits nearest to x.

    Examples
    --------
    >>> dyadic(0.3, 4)
    Fraction(5, 16)
    """
    return Fraction(round(Fraction(x) * 2**bits), 2**bits)


def root_below(p: int, bits: int) -> Fraction:
    """The largest multiple of 2^-bits that is at most 1/√p.

    Examples
    --------
    >>> float(root_below(4, 10)), float(root_below(50, 20))
    (0.5, 0.14142131805419922)
    """
    return Fraction(isqrt(4**bits // p), 2**bits)


def rational(x: Fraction) -> str:
    """A rational number as Coq reads it.

    Examples
    --------
    >>> rational(Fraction(-3, 4))
    '(-3#4)'
    """
    return f"({x.numerator}#{x.denominator})"


def listed(entries: Iterable[str]) -> str:
    """A list as Coq reads it."""
    return f"[:: {'; '.join(entries)}]"


def vector(v: Iterable[Fraction]) -> str:
    """A list of rational numbers as Coq reads it."""
    return listed(map(rational, v))


def matrix(rows: Iterable[Iterable[Fraction]]) -> str:
    """A list of rows as Coq reads it, one row on a line."""
    return "[::\n    " + ";\n    ".join(map(vector, rows)) + "]"
