"""Terms as balls: every value found contains the true one, or is refused.

Extreme eigenvalues are those of ``(A + Aᵀ)/2``, and ``norm`` is ``√λ_max(AᵀA)``; see `checker.eigenvalues`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from operator import add, mul, sub, truediv
from typing import TypeAlias

from flint import arb, arb_mat, fmpz

from fa_theory.checker import document as doc
from fa_theory.checker.eigenvalues import extreme_eigenvalues
from fa_theory.checker.linalg import elementwise, identity

from . import integrals
from .terms import ClosedTerm, Definition, Iteration, Matrix
from .values import NotDefined, Operations, Value, finite, function, matrix, number, paired, shape, size

MAX_MAGNITUDE = arb(2) ** 65_536
"""Of what is iterated: exponents must not grow with every step."""
MAX_EIGENVALUES = 40
"""Largest matrix whose eigenvalues are enclosed."""

Environment: TypeAlias = Mapping[str, Value]


def _integer(value: arb, what: str) -> int:
    found = value.unique_fmpz()
    if not value.is_exact() or found is None or value != arb(found):
        raise doc.MalformedDocument(f"{what}: expected a whole number but got {value.str(6)}")
    return int(found)


def _at_least(a: arb, b: arb) -> arb:
    if a >= b:
        return arb(1)
    if a < b:
        return arb(0)
    raise NotDefined("at_least: it is not certain which of two numbers is larger")


def _binomial(n: arb, k: arb) -> arb:
    top, below = _integer(n, "binomial"), _integer(k, "binomial")
    if not 0 <= below <= top <= 1000:
        raise doc.MalformedDocument(f"binomial: expected 0 ≤ k ≤ n ≤ 1000 but got n = {top}, k = {below}")
    return arb(fmpz.bin_uiui(top, below))


_PAIRED: dict[str, Callable[[arb, arb], arb]] = {
    "+": add,
    "*": mul,
    "-": sub,
    "/": truediv,
    "min": lambda a, b: a.min(b),
    "max": lambda a, b: a.max(b),
}
_OF_NUMBERS: dict[str, Callable[[arb, arb], arb]] = {"at_least": _at_least, "binomial": _binomial}


def evaluate(term: ClosedTerm, known: Environment, work: Operations) -> Value:
    """A ball, or a matrix of balls, that contains the value of a term."""
    return finite(_evaluate(term, known, work), term.op)


def _evaluate(term: ClosedTerm, known: Environment, work: Operations) -> Value:
    op = term.op
    work.spend(1)
    if op == "number":
        return arb(term.number)
    if op == "name":
        return known[term.bound[0]]
    if op == "pi":
        return arb.pi()
    if op in ("ones", "identity"):
        rows, columns = (*term.whole, term.whole[0])[:2]
        work.spend(rows * columns)
        return identity(rows) if op == "identity" else arb_mat([[1] * columns] * rows)
    if op in ("sum", "prod", "table"):
        return _indexed(term, known, work)
    if op in ("integral", "mean", "gram"):
        return integrals.evaluate(term, partial(evaluate, known=known, work=work), work)
    values = [evaluate(arg, known, work) for arg in term.args]
    work.spend(sum(map(size, values)))
    if op in _PAIRED:
        f = _PAIRED[op]
        return reduce(lambda a, b: finite(paired(f, a, b, op), op), values)
    if op in _OF_NUMBERS:
        return _OF_NUMBERS[op](*(number(x, op) for x in values))
    if len(values) == 1 and op not in _OF_MATRICES:
        return _of_entries(term, values[0])
    return _OF_MATRICES[op](work, *values)


def _of_entries(term: ClosedTerm, value: Value) -> Value:
    match term.op:
        case "neg":
            return -value
        case "^":
            (power,) = term.whole
            f: Callable[[arb], arb] = lambda x: x**power  # noqa: E731
        case name:
            f = function(name)
    return f(value) if isinstance(value, arb) else elementwise(f, value)


def _product(work: Operations, a: Value, b: Value) -> Value:
    A, B = matrix(a, "@"), matrix(b, "@")
    if A.ncols() != B.nrows():
        raise doc.MalformedDocument(f"@: {shape(A)} cannot be multiplied by {shape(B)}")
    work.spend(A.nrows() * A.ncols() * B.ncols())
    return A * B


def _square(a: Value, what: str) -> arb_mat:
    A = matrix(a, what)
    if A.nrows() != A.ncols():
        raise doc.MalformedDocument(f"{what}: expected a square matrix but got {shape(A)}")
    return A


def _trace(work: Operations, a: Value) -> Value:
    A = _square(a, "trace")
    return sum((A[i, i] for i in range(A.nrows())), arb(0))


def _eigenvalues(work: Operations, A: arb_mat) -> tuple[arb, arb]:
    n = A.nrows()
    if n > MAX_EIGENVALUES:
        raise doc.MalformedDocument(f"eigenvalues: at most those of a {MAX_EIGENVALUES} × {MAX_EIGENVALUES} matrix")
    work.spend(200 * n**3)
    return extreme_eigenvalues((A + A.transpose()) / 2)


def _norm(work: Operations, a: Value) -> Value:
    A = matrix(a, "norm")
    A = A.transpose() if A.ncols() > A.nrows() else A
    work.spend(A.nrows() * A.ncols() ** 2)
    return _eigenvalues(work, A.transpose() * A)[1].sqrt()


def _entry(work: Operations, a: Value, *place: Value) -> Value:
    A = matrix(a, "entry")
    i, j = (_integer(number(x, "entry"), "entry") for x in place)
    if not (0 <= i < A.nrows() and 0 <= j < A.ncols()):
        raise doc.MalformedDocument(f"entry: ({i}, {j}) lies outside {shape(A)}")
    return A[i, j]


def _over(f: Callable[[arb, arb], arb], name: str) -> Callable[..., Value]:
    return lambda work, a: reduce(f, matrix(a, name).entries())


_OF_MATRICES: dict[str, Callable[..., Value]] = {
    "@": _product,
    "T": lambda work, a: matrix(a, "T").transpose(),
    "trace": _trace,
    "total": _over(add, "total"),
    "least": _over(arb.min, "least"),
    "largest": _over(arb.max, "largest"),
    "min_eigenvalue": lambda work, a: _eigenvalues(work, _square(a, "min_eigenvalue"))[0],
    "max_eigenvalue": lambda work, a: _eigenvalues(work, _square(a, "max_eigenvalue"))[1],
    "norm": _norm,
    "entry": _entry,
}


def _indexed(term: ClosedTerm, known: Environment, work: Operations) -> Value:
    body, ends = term.args[0], term.whole

    def at(*place: int) -> Value:
        return evaluate(body, {**known, **{name: arb(k) for name, k in zip(term.bound, place, strict=True)}}, work)

    first = range(ends[0], ends[1] + 1)
    if term.op == "table":
        second = range(ends[2], ends[3] + 1)
        return arb_mat([[number(at(i, j), "table") for j in second] for i in first])
    f = add if term.op == "sum" else mul
    total = at(ends[0])
    for k in first[1:]:
        total = finite(paired(f, total, at(k), term.op), term.op)
    return total


def define(definitions: Sequence[Definition], work: Operations) -> dict[str, Value]:
    """The values of all names."""
    known: dict[str, Value] = {}
    for each in definitions:
        if isinstance(each, Iteration):
            known |= _iterated(each, known, work)
        elif isinstance(each[1], Matrix):
            work.spend(len(each[1].rows) * len(each[1].rows[0]))
            known[each[0]] = arb_mat([[arb(x) for x in row] for row in each[1].rows])
        else:
            known[each[0]] = evaluate(each[1], known, work)
    return known


def _iterated(each: Iteration, known: Environment, work: Operations) -> dict[str, Value]:
    now = dict(zip(each.names, (evaluate(term, known, work) for term in each.first), strict=True))
    for _ in range(each.steps):
        now = dict(zip(each.names, (evaluate(term, {**known, **now}, work) for term in each.then), strict=True))
        for name, value in now.items():
            entries = value.entries() if isinstance(value, arb_mat) else [value]
            if not all(abs(x) < MAX_MAGNITUDE for x in entries):
                raise NotDefined(f"{name} exceeds 2^65536 in an iteration")
    return now
