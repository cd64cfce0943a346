"""Writing enclosures: Python operators produce the terms that ``checker.enclosure`` reads. Nothing here is trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from fa_theory.checker.document import FORMAT, digest
from fa_theory.model.ball import Array
from fa_theory.model.network import Network

Json: TypeAlias = Any


class WrittenTerm:
    """A term; ``+ - * / **`` work entry by entry, ``@`` multiplies matrices.

    Examples
    --------
    >>> x = WrittenTerm("x")
    >>> (1 + x**2).json
    ['+', '1', ['^', 'x', 2]]
    """

    __array_ufunc__ = None  # so that NumPy leaves the operators to this class

    def __init__(self, json: Json) -> None:
        self.json = json

    def __add__(self, other: Number) -> WrittenTerm:
        return WrittenTerm(["+", self.json, written(other)])

    def __radd__(self, other: Number) -> WrittenTerm:
        return WrittenTerm(["+", written(other), self.json])

    def __sub__(self, other: Number) -> WrittenTerm:
        return WrittenTerm(["-", self.json, written(other)])

    def __rsub__(self, other: Number) -> WrittenTerm:
        return WrittenTerm(["-", written(other), self.json])

    def __mul__(self, other: Number) -> WrittenTerm:
        return WrittenTerm(["*", self.json, written(other)])

    def __rmul__(self, other: Number) -> WrittenTerm:
        return WrittenTerm(["*", written(other), self.json])

    def __truediv__(self, other: Number) -> WrittenTerm:
        return WrittenTerm(["/", self.json, written(other)])

    def __rtruediv__(self, other: Number) -> WrittenTerm:
        return WrittenTerm(["/", written(other), self.json])

    def __matmul__(self, other: Number) -> WrittenTerm:
        return WrittenTerm(["@", self.json, written(other)])

    def __neg__(self) -> WrittenTerm:
        return WrittenTerm(["neg", self.json])

    def __pow__(self, power: int) -> WrittenTerm:
        return WrittenTerm(["^", self.json, power])

    def __abs__(self) -> WrittenTerm:
        return self.of("abs")

    @property
    def T(self) -> WrittenTerm:
        """The transpose."""
        return self.of("T")

    def of(self, name: str) -> WrittenTerm:
        """A function of it, by its name in the language."""
        return WrittenTerm([name, self.json])

    def at(self, i: Number, j: Number) -> WrittenTerm:
        """An entry."""
        return WrittenTerm(["entry", self.json, written(i), written(j)])

    def size(self) -> WrittenTerm:
        """The Euclidean norm of all entries."""
        return (self * self).of("total").of("sqrt")


Number: TypeAlias = WrittenTerm | int | float | Fraction | str


def written(x: Number) -> Json:
    """The JSON of a term or of an exact number."""
    match x:
        case WrittenTerm():
            return x.json
        case float():
            return float_text(x)
        case _:
            return str(x)


def float_text(x: float) -> str:
    """A float exactly: as a decimal if that is short, otherwise in hexadecimal.

    Examples
    --------
    >>> float_text(0.375), float_text(0.1)
    ('0.375', '0x1.999999999999ap-4')
    """
    decimal = format(Decimal(float(x)), "f")
    return decimal if len(decimal) <= 12 else float(x).hex()


PI = WrittenTerm(["pi"])


def number(x: Number) -> WrittenTerm:
    """A number as a term."""
    return WrittenTerm(written(x))


def bound(op: str, name: str, *ends: Number | int, of: Callable[[WrittenTerm], WrittenTerm]) -> WrittenTerm:
    """A sum or an integral, in a variable of this name; the ends of a sum are whole."""
    parts = list(ends) if op in ("sum", "prod") else [written(end) for end in ends]
    return WrittenTerm([op, name, *parts, of(WrittenTerm(name)).json])


def mean(of: Callable[[WrittenTerm], WrittenTerm]) -> WrittenTerm:
    """``E f(Z)`` for a standard normal Z."""
    return bound("mean", "z", of=of)


def table(rows: range, columns: range, of: Callable[[WrittenTerm, WrittenTerm], WrittenTerm]) -> WrittenTerm:
    """The matrix with these entries."""
    ends = ["i", rows.start, rows.stop - 1, "j", columns.start, columns.stop - 1]
    return WrittenTerm(["table", *ends, of(WrittenTerm("i"), WrittenTerm("j")).json])


def gram(X: WrittenTerm, psi: str, degree: int) -> WrittenTerm:
    """``E ψ(x_i·w) ψ(x_j·w)``, w ~ N(0, I), by Hermite coefficients up to this degree."""
    return WrittenTerm(["gram", X.json, "z", [psi, "z"], degree])


class Asserted:
    """A document of kind ``enclosure`` while it is written.

    Parameters
    ----------
    precision
        Of the checker's balls, in bits.

    Examples
    --------
    >>> from fa_theory.checker.recheck import recheck
    >>> said = Asserted(64)
    >>> root = said.let("root", number(2).of("sqrt"))
    >>> said.below(root * root, "2.1")
    >>> recheck(said.document).valid
    True
    """

    def __init__(self, precision: int = 128) -> None:
        self.precision = precision
        self._define: list[Json] = []
        self._assert: list[Json] = []

    def let(self, name: str, value: WrittenTerm | Array) -> WrittenTerm:
        """Define a name: as a term, or as a matrix of floats."""
        body = (
            value.json
            if isinstance(value, WrittenTerm)
            else ["matrix", [list(map(float_text, row)) for row in np.atleast_2d(value).tolist()]]
        )
        self._define.append([name, body])
        return WrittenTerm(name)

    def iterate(self, steps: int, **parts: tuple[WrittenTerm, Callable[[], WrittenTerm]]) -> None:
        """Define names by their first values, and by the next ones from the present ones."""
        self._define.append(
            ["iterate", steps, [[name, first.json, then().json] for name, (first, then) in parts.items()]]
        )

    def at_most(self, left: Number, right: Number) -> None:
        """Assert ``left ≤ right``, of matrices in every entry."""
        self._assert.append([written(left), "<=", written(right)])

    def below(self, left: Number, right: Number) -> None:
        """Assert ``left < right``."""
        self._assert.append([written(left), "<", written(right)])

    def equal(self, left: Number, right: Number) -> None:
        """Assert ``left = right``, for numbers that stay exact."""
        self._assert.append([written(left), "=", written(right)])

    def near(self, left: WrittenTerm, right: Number, room: str) -> None:
        """Assert ``|left − right| ≤ room``."""
        self.at_most(abs(left - right), room)

    @property
    def document(self) -> dict[str, Json]:
        """The document."""
        content = {"format": FORMAT, "kind": "enclosure", "precision": self.precision}
        document = content | {"define": self._define, "assert": self._assert}
        return document | {"digest": digest(document)}


@dataclass(frozen=True)
class State:
    """A network with one output in the language: W is p×d; β and b are columns."""

    psi: str
    W: WrittenTerm
    beta: WrittenTerm
    b: WrittenTerm
    p: int

    @classmethod
    def of(cls, said: Asserted, network: Network) -> State:
        """Define the weights of a network of floats as W0, beta0 and b."""
        W, beta, b = np.asarray(network.W), np.asarray(network.beta)[:, None], np.asarray(network.b)[:, None]
        return cls(network.psi.name, said.let("W0", W), said.let("beta0", beta), said.let("b", b), len(W))

    @property
    def root(self) -> WrittenTerm:
        """``√p``."""
        return number(self.p).of("sqrt")

    def features(self, X: WrittenTerm) -> WrittenTerm:
        """``Ψ = ψ(XWᵀ)``, n×p."""
        Z = X @ self.W.T
        return Z if self.psi == "linear" else Z.of(self.psi)

    def slopes(self, X: WrittenTerm, n: int) -> WrittenTerm:
        """``ψ'(XWᵀ)``, n×p."""
        return WrittenTerm(["ones", n, self.p]) if self.psi == "linear" else (X @ self.W.T).of(f"{self.psi}'")

    def error(self, X: WrittenTerm, y: WrittenTerm) -> WrittenTerm:
        """``Ψβ/√p − y``, a column."""
        return self.features(X) @ self.beta / self.root - y

    def named(self, said: Asserted, W: WrittenTerm, beta: WrittenTerm, suffix: str) -> State:
        """The state with these weights, defined under names with a suffix."""
        return State(self.psi, said.let(f"W{suffix}", W), said.let(f"beta{suffix}", beta), self.b, self.p)

    def after(
        self, X: WrittenTerm, y: WrittenTerm, n: int, eta: WrittenTerm, lam: Number = 0
    ) -> tuple[WrittenTerm, WrittenTerm]:
        """W and β after a step of feedback alignment."""
        e = self.error(X, y)
        W = self.W - (self.slopes(X, n) * (e @ self.b.T)).T @ X * (eta / self.root)
        kept = self.beta if lam == 0 else self.beta * (1 - eta * lam)
        beta = kept - self.features(X).T @ e * (eta / self.root)
        return W, beta
