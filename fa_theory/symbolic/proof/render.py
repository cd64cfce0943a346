"""Formulas of the proof kernel as LaTeX and as plain text: the printed formula is exactly the one that was proved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from fa_theory.checker.proof.budget import UNITS, Allowance, working
from fa_theory.checker.proof.terms import (
    NUMERAL,
    Add,
    Apply,
    Delta,
    Entry,
    Expectation,
    Formula,
    Index,
    IndexVariable,
    Lambda,
    Multiply,
    Number,
    Power,
    Size,
    Sum,
    TensorVariable,
    Term,
    Variable,
    substitute,
)
from fa_theory.symbolic.style import GREEK, Latex, Style, Text

RELATIONS = {"=": ("=", "="), "<=": (r"\le", "≤"), "<": ("<", "<")}
TIMES = ("time", "real")
DERIVED = {"dpsi": "psi'", "ddpsi": "psi''"}
"""Functions that are named as the derivative of another."""


def latex(said: Term | Formula) -> str:
    r"""Render a term or formula as LaTeX.

    Examples
    --------
    >>> from fa_theory.symbolic.proof import ProofWriter
    >>> from fa_theory.symbolic.proof.notation import forall, norm
    >>> proof = ProofWriter()
    >>> _ = proof.sorts("n")
    >>> (i,), (t,) = proof.indices("i", "n"), proof.indices("t", "time")
    >>> e, eta = proof.tensor("e", "time", "n"), proof.scalar("eta")
    >>> _ = proof.assume("decay", forall(t, norm(i, e(t + 1, i)) <= (1 - eta) * norm(i, e(t, i))))
    >>> print(latex(proof.live.assumed["decay"]))
    \left\lVert e(t+1) \right\rVert \le \left(1 - \eta\right) \left\lVert e(t) \right\rVert \quad\text{for all } t
    """
    return _Printer(Latex()).said(said)


def text(said: Term | Formula) -> str:
    """Render a term or formula as plain text, with Greek letters.

    Examples
    --------
    >>> from fractions import Fraction
    >>> text(Multiply((Number(Fraction(-1)), Entry(TensorVariable("lam", ()), ()))))
    '−λ'
    """
    return _Printer(Text()).said(said)


def worded(words: str) -> str:
    """Names of symbols in a text, in their usual notation.

    Examples
    --------
    >>> worded("beta is differentiable, and dpsi is the slope of psi; Sbar")
    "β is differentiable, and ψ' is the slope of ψ; S̄"
    """
    return re.sub(r"[A-Za-z]+", lambda match: _symbol(match[0]), words)


def _symbol(word: str) -> str:
    stem = word.removesuffix("bar")
    if word in DERIVED:
        return Text().name(DERIVED[word])
    if stem in GREEK or (stem != word and len(stem) == 1):
        return _Printer(Text()).name(word)
    return word


@dataclass(frozen=True)
class _Printer:
    style: Style

    @property
    def _tex(self) -> bool:
        return isinstance(self.style, Latex)

    def name(self, name: str, indices: str = "") -> str:
        """A symbol; ``Gbar`` has a bar."""
        return self.style.name(f"{name.removesuffix('bar')}-" if name.endswith("bar") else name, indices)

    # formulas

    def said(self, said: Term | Formula) -> str:
        return self.formula(said) if isinstance(said, Formula) else self.sum(said)

    def formula(self, formula: Formula) -> str:
        """``left R right``, its premises, and its quantifiers."""
        relation = RELATIONS[formula.relation][0 if self._tex else 1]
        match formula.left, formula.right:
            case Apply("differentiable", (function,), Index() as at), Number(value=1):
                out = self.sum(_taken_at(function, at)) + self._words(" is differentiable in ") + self.index(at)
            case left, right:
                out = f"{self.sum(left)} {relation} {self.sum(right)}"
        if formula.premises:
            premises = [self.style.group(self.formula(p)) if p.premises else self.formula(p) for p in formula.premises]
            out += self._words(" if ") + self._words(" and ").join(premises)
        if formula.variables:
            out += self._words(" for all ") + ", ".join(map(self.variable, formula.variables))
        return out

    def _words(self, words: str) -> str:
        return rf" \quad\text{{{words.strip()} }} " if self._tex else words

    def variable(self, variable: Variable) -> str:
        match variable:
            case IndexVariable(name, _):
                return self.name(name)
            case TensorVariable(name, axes):
                return self.name(name, "·" * sum(axis not in TIMES for axis in axes))
            case _:
                assert_never(variable)

    # terms

    def sum(self, term: Term) -> str:
        """A term where a sum needs no parentheses."""
        if not isinstance(term, Add):
            return self._signed(term)
        out = ""
        for part in _summands(term):
            text = self._signed(part)
            if text == "0":
                continue
            minus = self.style.minus()
            if not out:
                out = text
            elif text.startswith(minus):
                out += f" {minus} {text[len(minus) :]}"
            else:
                out += f" + {text}"
        return out or "0"

    def _signed(self, term: Term) -> str:
        """A product with its sign in front."""
        coefficient, factors = Fraction(1), list[Term]()
        for factor in _factors(term):
            match factor:
                case Number(value):
                    coefficient *= value
                case Apply("num", (), Index(name=name, offset=offset)) if name == NUMERAL:
                    coefficient *= offset
                case _:
                    factors.append(factor)
        if not coefficient:
            return "0"
        sign = self.style.minus() if coefficient < 0 else ""
        return sign + self.product(abs(coefficient), factors)

    def product(self, coefficient: Fraction, factors: Sequence[Term]) -> str:
        below = [f for f in factors if _is_inverse(f)]
        above = [f for f in factors if not _is_inverse(f)]
        above.sort(key=_order)
        bottom = [str(coefficient.denominator)] if coefficient.denominator != 1 else []
        bottom += [self.inverted(f) for f in below]
        top = [str(coefficient.numerator)] if coefficient.numerator != 1 else []
        alone = len(above) + len(top) == 1
        if not bottom:
            inside = [self.factor(f, last=f is above[-1], alone=alone) for f in above]
            return " ".join([*top, *inside]) or "1"
        scalars = [f for f in above if _is_scalar(f)]
        rest = [f for f in above if not _is_scalar(f)]
        top += [self.factor(f) for f in scalars]
        inside = [self.factor(f, last=f is rest[-1]) for f in rest]
        return " ".join([self.style.fraction(" ".join(top) or "1", " ".join(bottom)), *inside])

    def inverted(self, factor: Term) -> str:
        """The reciprocal of a factor that is a reciprocal."""
        match factor:
            case Size(sort, exponent):
                return self.size(sort, -exponent)
            case Apply("inv", (argument,)):
                return self.factor(argument.body, alone=True)
            case _:
                raise ValueError(f"{factor} is not a reciprocal")

    def size(self, sort: str, exponent: Fraction) -> str:
        if exponent == Fraction(1, 2):
            return self.style.root(self.name(sort))
        return self.name(sort) if exponent == 1 else self.style.power(self.name(sort), str(exponent))

    def factor(self, term: Term, last: bool = False, alone: bool = False) -> str:
        """A term inside a product; only the last sum of a product needs no parentheses."""
        match term:
            case Number(value):
                shown = str(value)
                return shown if value >= 0 and value.denominator == 1 else self.style.group(shown)
            case Add():
                return self.style.group(self.sum(term))
            case Multiply():
                return (
                    self.sum(term)
                    if alone and not self.sum(term).startswith(self.style.minus())
                    else self.style.group(self.sum(term))
                )
            case Sum():
                indices, body = [term.index.name], term.body
                while isinstance(body, Sum):
                    indices.append(body.index.name)
                    body = body.body
                inside = self.style.sum(",".join(indices), self.factor(body, last=True, alone=True))
                return inside if last or alone else self.style.group(inside)
            case Power(base, exponent):
                return self.style.power(self.base(base), str(exponent))
            case Size(sort, exponent):
                return self.size(sort, exponent)
            case Delta(left, right):
                return self.name("delta", self.index(left) + self.index(right))
            case Entry(tensor, at):
                return self.entry(tensor.name, at)
            case Apply("d") if not alone:  # or it would be the derivative of the whole product
                return self.style.group(self.apply(term))
            case Apply("num", (), Index(offset=offset) as at) if offset and at.name != NUMERAL and not alone:
                return self.style.group(self.index(at))
            case Expectation(_, _, body):
                return self.style.mean(self.style.group(self.sum(body)))
            case Apply():
                return self.apply(term)
            case _:
                raise ValueError(f"cannot print a {type(term).__name__}")

    def base(self, term: Term) -> str:
        """The base of a power: in parentheses, if the exponent could belong to a part of it."""
        match term:
            case Power() | Expectation() | Apply("inv" | "^t"):
                return self.style.group(self.factor(term))
            case Size(_, exponent) if exponent != 1:
                return self.style.group(self.factor(term))
            case _:
                return self.factor(term)

    def apply(self, term: Apply) -> str:
        match term:
            case Apply("sqrt", (argument,)):
                vector = _squared_entries(argument.body)
                return self.style.root(self.sum(argument.body)) if vector is None else self.norm(*vector)
            case Apply("op", (matrix,)):
                return self.norm(matrix.body, {p.name for p in matrix.parameters})
            case Apply("top", (matrix,)):
                return (r"\lambda_{\max}" if self._tex else "λ_max") + self.style.group(self.sum(matrix.body))
            case Apply("abs", (argument,)):
                return self.style.absolute(self.sum(argument.body))
            case Apply("inv", (argument,)):
                return self.style.power(self.base(argument.body), "-1")
            case Apply("^t", (argument,), Index() as at):
                return self.style.power(self.base(argument.body), self.index(at))
            case Apply("num", (), Index() as at):
                return self.index(at)
            case Apply("d", (function,), Index() as at):
                body = self.factor(_taken_at(function, at), alone=True)
                return (
                    self.style.fraction(
                        r"\mathrm{d}" if self._tex else "d", rf"\mathrm{{d}}{at}" if self._tex else f"d{at}"
                    )
                    + f" {body}"
                )
            case Apply("max", arguments):
                return (r"\max" if self._tex else "max") + self.style.group(
                    ", ".join(self.sum(a.body) for a in arguments)
                )
            case Apply(function, arguments):
                name = self.name(DERIVED[function] if function in DERIVED else function)  # noqa: SIM401
                return name + self.style.group(", ".join(self.sum(a.body) for a in arguments))

    def norm(self, entry: Term, own: set[str]) -> str:
        r"""``‖·‖`` of a vector or matrix; a bare entry is printed as the array it belongs to."""
        if not isinstance(entry, Entry):
            return self.style.norm(self.sum(entry))
        free = [index for index in entry.at if index.name not in own]
        inside = [i for i in free if i.sort not in TIMES]
        if not inside:
            return self.style.norm(self.entry(entry.tensor.name, tuple(free)))
        marks = "".join("·" if i.name in own else self.index(i) for i in entry.at if i.sort not in TIMES)
        times = [i for i in entry.at if i.sort in TIMES]
        return self.style.norm(self.name(entry.tensor.name, marks) + self._times(times))

    def entry(self, name: str, at: Sequence[Index]) -> str:
        """``T_ij(t)``: times in parentheses, other indices below."""
        below = [self.index(index) for index in at if index.sort not in TIMES]
        joined = "".join(below) if all(len(b) == 1 for b in below) else ",".join(below)
        return self.name(name, joined) + self._times([index for index in at if index.sort in TIMES])

    def _times(self, at: Sequence[Index]) -> str:
        return f"({', '.join(map(self.index, at))})" if at else ""

    def index(self, index: Index) -> str:
        if index.name == NUMERAL:
            return str(index.offset)
        name = self.name(index.name)
        return f"{name}+{index.offset}" if index.offset else name


def _summands(term: Term) -> list[Term]:
    if not isinstance(term, Add):
        return [term]
    return [summand for part in term.terms for summand in _summands(part)]


def _factors(term: Term) -> list[Term]:
    if not isinstance(term, Multiply):
        return [term]
    return [factor for part in term.terms for factor in _factors(part)]


def _is_inverse(term: Term) -> bool:
    match term:
        case Size(_, exponent):
            return exponent < 0
        case Apply("inv", _):
            return True
        case _:
            return False


def _is_scalar(term: Term) -> bool:
    match term:
        case Entry(tensor, _):
            return not tensor.axes
        case Power(base, _):
            return _is_scalar(base)
        case Size():
            return True
        case _:
            return False


def _order(term: Term) -> int:
    """Scalars, brackets, entries, functions, norms, and sums last."""
    base = term.base if isinstance(term, Power) else term
    kinds = (Number, Size, Add, Entry, Apply, Expectation, Sum)
    if _is_scalar(base):
        return 0
    return next((place for place, kind in enumerate(kinds, 1) if isinstance(base, kind)), len(kinds))


def _squared_entries(term: Term) -> tuple[Term, set[str]] | None:
    """``Σ x²`` under a root is the norm of x."""
    own: set[str] = set()
    while isinstance(term, Sum):
        own.add(term.index.name)
        term = term.body
    return (term.base, own) if own and isinstance(term, Power) and term.exponent == 2 else None


def _taken_at(function: Lambda, at: Index) -> Term:
    with working(Allowance(UNITS)):
        return substitute(function.body, {function.parameters[0]: at})
