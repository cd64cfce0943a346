"""Conjectures about feedback alignment: state them, test them, certify the results.

Everything a file of conjectures needs is here: ``from fa_theory.conjectures import ...``.
"""

from .language.beside import iterate
from .language.declare import BestConstant, Conjecture, ForAll, Generic, Scales, ThereIs, WithProbability, conjecture
from .language.domain import Domain
from .language.expression import Expr, Statement, either, equal, implies, named
from .language.layers import deep
from .language.of_law import expectation, probability, quantile, variance
from .language.operations import (
    arcsin,
    array,
    columns,
    cosine,
    det,
    diagonal,
    eigenvalue,
    eigmax,
    eigmin,
    exp,
    flattened,
    identity,
    inner,
    inverse,
    largest,
    log,
    maximum,
    mean,
    minimum,
    norm,
    outer,
    pinv,
    product,
    projector,
    psi,
    rank,
    row_at,
    row_norms,
    rows,
    sign,
    singular_value,
    slope,
    smallest,
    softmax,
    solve,
    spectral_norm,
    sqrt,
    stack,
    total,
    trace,
)
from .language.quantities import Run, RunState


def __getattr__(name: str) -> object:
    import difflib

    near = difflib.get_close_matches(name, __all__, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise AttributeError(f"fa_theory.conjectures has no {name!r}{meant}")


__all__ = [
    "BestConstant",
    "Conjecture",
    "Domain",
    "Expr",
    "ForAll",
    "Generic",
    "Run",
    "RunState",
    "Scales",
    "Statement",
    "ThereIs",
    "WithProbability",
    "arcsin",
    "array",
    "columns",
    "conjecture",
    "cosine",
    "deep",
    "det",
    "diagonal",
    "eigenvalue",
    "eigmax",
    "eigmin",
    "either",
    "equal",
    "exp",
    "expectation",
    "flattened",
    "identity",
    "implies",
    "inner",
    "inverse",
    "iterate",
    "largest",
    "log",
    "maximum",
    "mean",
    "minimum",
    "named",
    "norm",
    "outer",
    "pinv",
    "probability",
    "product",
    "projector",
    "psi",
    "quantile",
    "rank",
    "row_at",
    "row_norms",
    "rows",
    "sign",
    "singular_value",
    "slope",
    "smallest",
    "softmax",
    "solve",
    "spectral_norm",
    "sqrt",
    "stack",
    "total",
    "trace",
    "variance",
]
