"""The functions of one argument in formulas: one declaration each, for evaluation, printing and the search.

Two parts have their own declarations: the checker evaluates and prints by its own tables
(`fa_theory.checker.counterexample`), and `fa_theory.conjectures.prove` may use further properties of an operation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array

from .arithmetic import Arithmetic, flat, square
from .expression import KINDS, Expr, elementwise, formula, named, node, where

Value = Callable[[Arithmetic, Array], Array]
Size = Callable[[Expr, Expr], Expr]
Printed = tuple[tuple[str, str], tuple[str, str]]
"""Text before and after the argument, in LaTeX and in plain text."""


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A function of one argument.

    Attributes
    ----------
    name
        As in programs for the checker.
    value
        Its values on a batch ``(B, ...)``, floats or balls.
    around
        Its printed form.
    size
        From the formula and the size of its argument to the size of its computation, see
        `fa_theory.conjectures.search.severity`.
    transcendental
        Whether it is as expensive as an exponential.
    """

    name: str
    value: Value
    around: Printed
    size: Size
    transcendental: bool = False


OPERATIONS: dict[str, Operation] = {}
"""By name."""


def _called(tex: str, plain: str) -> Printed:
    return (rf"{tex}\left(", r"\right)"), (f"{plain}(", ")")


def _grown(x: Expr, size: Expr) -> Expr:
    """The same operation on the size of the argument: it grows with the absolute values of the entries."""
    return replace(x, args=(size,))


def _largest(x: Expr, size: Expr) -> Expr:
    return node("largest", size, rank=0)


def _itself(x: Expr, size: Expr) -> Expr:
    """Its own absolute value, which does not depend on the size of the argument."""
    return abs(x)


def function(
    name: str,
    meaning: str,
    value: Value,
    around: Printed,
    *,
    size: Size = _grown,
    rank: int | None = None,
    takes: tuple[int, ...] = (0, 1, 2),
    transcendental: bool = False,
) -> Callable[[object], Expr]:
    """Declare an operation, and return the function that makes formulas with it.

    Parameters
    ----------
    name, value, around, size, transcendental
        See `Operation`.
    meaning
        Its definition, in a sentence.
    rank
        Rank of its values; None: the rank of its argument.
    takes
        Ranks of the arguments it takes.
    """
    OPERATIONS[name] = Operation(name, value, around, size, transcendental)

    def apply(x: object) -> Expr:
        argument = formula(x)
        if argument.rank not in takes:
            wanted = " or ".join(KINDS[r] for r in takes)
            raise InputError(f"{where()}: {name} takes {wanted}, not {KINDS[argument.rank]}")
        return node(name, argument, rank=rank)

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = meaning
    return apply


sqrt = function(
    "sqrt",
    "Square root, entry by entry.",
    lambda on, x: np.sqrt(x),
    ((r"\sqrt{", "}"), ("√(", ")")),
    transcendental=True,
)
exp = function(
    "exp",
    "Exponential, entry by entry.",
    lambda on, x: np.exp(x),
    _called(r"\exp", "exp"),
    size=lambda x, size: x * (size + 1),
    transcendental=True,
)
log = function(
    "log",
    "Natural logarithm, entry by entry.",
    lambda on, x: np.log(x),
    _called(r"\log", "log"),
    size=lambda x, size: abs(x) + size / abs(x.args[0]),
    transcendental=True,
)
arcsin = function(
    "arcsin",
    "The angle in [−π/2, π/2] with this sine, entry by entry; 2 arcsin(1) is π.",
    lambda on, x: on.arcsine(x),
    _called(r"\arcsin", "arcsin"),
    size=_itself,
    transcendental=True,
)
sign = function(
    "sign",
    "Sign, entry by entry: −1, 0 or 1.",
    lambda on, x: on.sign(x),
    _called(r"\operatorname{sign}", "sign"),
    size=_itself,
)
slope = function(
    "slope",
    "The derivative ψ' of the activation, entry by entry.",
    lambda on, x: on.psi.slope(x),
    _called(r"\psi'", "ψ'"),
    size=_itself,
    transcendental=True,
)
psi = function(
    "psi",
    "The activation ψ, entry by entry.",
    lambda on, x: on.psi.value(x),
    _called(r"\psi", "ψ"),
    size=lambda x, size: abs(x) + abs(slope(x.args[0])) * size,
    transcendental=True,
)
total = function(
    "total",
    "Sum of all entries.",
    lambda on, x: np.sum(flat(x), axis=-1),
    _called(r"\operatorname{sum}", "sum"),
    rank=0,
)
product = function(
    "product",
    "Product of all entries.",
    lambda on, x: np.prod(flat(x), axis=-1),
    _called(r"\operatorname{prod}", "prod"),
    rank=0,
)
mean = function(
    "mean",
    "Mean of all entries.",
    lambda on, x: np.sum(flat(x), axis=-1) / (x.size // len(x)),
    _called(r"\operatorname{mean}", "mean"),
    rank=0,
)
smallest = function(
    "smallest",
    "Smallest entry.",
    lambda on, x: on.fold(on.least, x),
    _called(r"\min", "min"),
    size=_largest,
    rank=0,
)
largest = function(
    "largest",
    "Largest entry.",
    lambda on, x: on.fold(on.most, x),
    _called(r"\max", "max"),
    size=_largest,
    rank=0,
)
norm = function(
    "norm",
    "Euclidean norm ‖v‖₂; for a matrix the Frobenius norm.",
    lambda on, x: on.root(np.sum(flat(x) * flat(x), axis=-1)),
    ((r"\left\lVert ", r"\right\rVert"), ("‖", "‖")),
    rank=0,
)
row_norms = function(
    "row_norms",
    "Euclidean norm of every row of a matrix.",
    lambda on, x: on.root(np.sum(x * x, axis=-1)),
    _called(r"\operatorname{rownorms}", "row_norms"),
    rank=1,
    takes=(2,),
)
trace = function(
    "trace",
    "Trace of a square matrix.",
    lambda on, x: np.sum(np.diagonal(square(x), axis1=-2, axis2=-1), axis=-1),
    _called(r"\operatorname{tr}", "tr"),
    rank=0,
    takes=(2,),
)
eigmin = function(
    "eigmin",
    "Smallest eigenvalue of the symmetric part ``(A + Aᵀ)/2``.",
    lambda on, x: on.extreme(0, x),
    _called(r"\lambda_{\min}", "λ_min"),
    size=lambda x, size: norm(size),
    rank=0,
    takes=(2,),
)
eigmax = function(
    "eigmax",
    "Largest eigenvalue of the symmetric part ``(A + Aᵀ)/2``.",
    lambda on, x: on.extreme(1, x),
    _called(r"\lambda_{\max}", "λ_max"),
    size=lambda x, size: norm(size),
    rank=0,
    takes=(2,),
)


inverse = function(
    "inverse",
    "Inverse of a square matrix; not defined where there is none.",
    lambda on, x: on.inverse(x),
    ((r"\left(", r"\right)^{-1}"), ("inv(", ")")),
    size=lambda x, size: abs(x) @ size @ abs(x),
    takes=(2,),
)
det = function(
    "det",
    "Determinant of a square matrix.",
    lambda on, x: on.determinant(x),
    _called(r"\det", "det"),
    size=lambda x, size: product(row_norms(size)),
    rank=0,
    takes=(2,),
)
rank = function(
    "rank",
    "Rank of a matrix. In a counterexample it is certain only for matrices of rationals.",
    lambda on, x: on.rank(x),
    _called(r"\operatorname{rank}", "rank"),
    size=_itself,
    rank=0,
    takes=(2,),
)
rows = function(
    "rows",
    "Number of entries of a vector, or of rows of a matrix.",
    lambda on, x: on.constant(x, x.shape[1]),
    _called(r"\operatorname{rows}", "rows"),
    size=_itself,
    rank=0,
    takes=(1, 2),
)
columns = function(
    "columns",
    "Number of columns of a matrix.",
    lambda on, x: on.constant(x, x.shape[2]),
    _called(r"\operatorname{columns}", "columns"),
    size=_itself,
    rank=0,
    takes=(2,),
)
identity = function(
    "identity",
    "The identity matrix with as many rows as the argument.",
    lambda on, x: on.constant(x, np.eye(x.shape[1])),
    _called(r"\operatorname{I}", "I"),
    size=_itself,
    rank=2,
    takes=(1, 2),
)
flattened = function(
    "flat",
    "All entries as a vector, row by row.",
    lambda on, x: flat(x),
    (("", ""), ("", "")),
    rank=1,
    takes=(1, 2),
)
_diagonal_matrix = function(
    "diagonal",
    "",
    lambda on, x: (
        on.constant(x, np.eye(x.shape[1])) * x[:, None] if x.ndim == 2 else np.diagonal(square(x), axis1=-2, axis2=-1)
    ),
    _called(r"\operatorname{diag}", "diag"),
    takes=(1, 2),
)


def diagonal(x: object) -> Expr:
    """The diagonal of a square matrix as a vector, or the diagonal matrix of a vector."""
    argument = formula(x)
    return replace(_diagonal_matrix(argument), rank=3 - argument.rank)


def eigenvalue(A: object, number: int) -> Expr:
    """The eigenvalue of the symmetric part with this number: 0 is the smallest."""
    matrix = formula(A)
    if type(number) is not int or number < 0 or matrix.rank != 2:
        raise InputError(f"{where()}: eigenvalue takes a matrix and a whole number ≥ 0, not {number!r}")
    return node("eigenvalue", matrix, rank=0, value=number)


def singular_value(A: object, number: int) -> Expr:
    """The singular value with this number, the square root of an eigenvalue of ``AᵀA``: 0 is the smallest."""
    matrix = formula(A)
    return sqrt(maximum(eigenvalue(matrix.T @ matrix, number), 0))


def solve(A: object, b: object) -> Expr:
    """``A⁻¹ b`` for a square matrix A."""
    return inverse(A) @ formula(b)


def pinv(A: object) -> Expr:
    """The pseudo-inverse ``(AᵀA)⁻¹Aᵀ`` of a matrix with independent columns; for others it is not defined."""
    matrix = formula(A)
    return inverse(matrix.T @ matrix) @ matrix.T


def projector(A: object) -> Expr:
    """The orthogonal projector ``A(AᵀA)⁻¹Aᵀ`` onto the range of a matrix with independent columns."""
    matrix = formula(A)
    return matrix @ pinv(matrix)


def stack(*parts: object, axis: int = 0) -> Expr:
    """Vectors or matrices one below the other (axis 0), or matrices side by side (axis 1)."""
    args = tuple(formula(x) for x in parts)
    if len({arg.rank for arg in args}) != 1 or args[0].rank == 0 or axis not in range(args[0].rank):
        kinds = ", ".join(KINDS[arg.rank] for arg in args)
        raise InputError(
            f"{where()}: stack takes vectors (axis 0) or matrices (axis 0 or 1), not {kinds}, axis {axis!r}"
        )
    return node("stack", *args, value=axis)


def array(numbers: object) -> Expr:
    """Fixed numbers as a vector or matrix: a list, nested lists or an array of NumPy; 0.8 is 4/5."""
    given = numbers.tolist() if isinstance(numbers, np.ndarray) else numbers
    rows_given = list(given) if isinstance(given, list | tuple) else []
    nested = [isinstance(row, list | tuple) for row in rows_given]
    if not rows_given or any(nested) != all(nested) or (all(nested) and len({len(row) for row in rows_given}) != 1):
        raise InputError(f"{where()}: array takes a list of numbers or of rows of equal length, not {numbers!r}"[:300])
    if not all(nested):
        return node("array", rank=1, value=tuple(formula(x).value for x in rows_given))
    return node("array", rank=2, value=tuple(tuple(formula(x).value for x in row) for row in rows_given))


def row_at(A: object, t: object, count: int) -> Expr:
    """Row t of a matrix of ``count`` rows, or entry t of a vector; t is a formula such as the time, 0 ≤ t < count.

    For other t it is 0.

    Examples
    --------
    >>> row_at(array([[1, 2], [3, 4]]), 1, 2).rank
    1
    """
    if type(count) is not int or count < 1:
        raise InputError(f"{where()}: row_at takes the number of rows as a whole number ≥ 1, not {count!r}")
    made: Expr = maximum(0, 1 - abs(array(list(range(count))) - formula(t))) @ formula(A)
    return made


def softmax(A: object) -> Expr:
    """Softmax of every row of a matrix, such as the outputs (n, k): ``exp(a_ij) / Σ_l exp(a_il)``.

    Examples
    --------
    >>> softmax(array([[0, 1], [2, 2]])).rank
    2
    """
    matrix = formula(A)
    if matrix.rank != 2:
        raise InputError(
            f"{where()}: softmax takes a matrix with a row for each sample, not {KINDS[matrix.rank]}; "
            "a domain with k has such outputs"
        )
    weights = exp((matrix.T - matrix[:, 0]).T)  # so that large outputs do not overflow, only large differences
    made = (weights.T / (weights @ (0 * matrix[0] + 1))).T
    return named(rf"\operatorname{{softmax}}({matrix.value})", made) if matrix.op == "named" else made


def spectral_norm(A: object) -> Expr:
    """Spectral norm ``‖A‖₂ = λ_max(AᵀA)^{1/2}`` of a matrix."""
    matrix = formula(A)
    return sqrt(maximum(eigmax(matrix.T @ matrix), 0))


def inner(u: object, v: object) -> Expr:
    """``⟨u, v⟩``: sum of the products of all entries (for matrices the Frobenius product)."""
    return total(formula(u) * v)


def cosine(u: object, v: object) -> Expr:
    """``⟨u, v⟩ / (‖u‖ ‖v‖)``."""
    return inner(u, v) / (norm(u) * norm(v))


def outer(u: object, v: object) -> Expr:
    """``u vᵀ``."""
    return node("outer", formula(u), formula(v), rank=2)


def maximum(x: object, *others: object) -> Expr:
    """Entrywise maximum."""
    return elementwise("max", x, *others)


def minimum(x: object, *others: object) -> Expr:
    """Entrywise minimum."""
    return elementwise("min", x, *others)
