"""Conjectures about feedback alignment: state them, test them, certify the results.

Everything a file of conjectures needs is here: ``from fa_theory.conjectures import ...``.
"""

from .language.declare import BestConstant, Conjecture, ForAll, Scales, WithProbability, conjecture
from .language.domain import Domain
from .language.expression import Expr, Statement, equal, named
from .language.operations import (
    cosine,
    eigmax,
    eigmin,
    exp,
    inner,
    largest,
    log,
    maximum,
    mean,
    minimum,
    norm,
    outer,
    product,
    psi,
    row_norms,
    sign,
    slope,
    smallest,
    spectral_norm,
    sqrt,
    total,
    trace,
)
from .language.quantities import Run, RunState

__all__ = [
    "BestConstant",
    "Conjecture",
    "Domain",
    "Expr",
    "ForAll",
    "Run",
    "RunState",
    "Scales",
    "Statement",
    "WithProbability",
    "conjecture",
    "cosine",
    "eigmax",
    "eigmin",
    "equal",
    "exp",
    "inner",
    "largest",
    "log",
    "maximum",
    "mean",
    "minimum",
    "named",
    "norm",
    "outer",
    "product",
    "psi",
    "row_norms",
    "sign",
    "slope",
    "smallest",
    "spectral_norm",
    "sqrt",
    "total",
    "trace",
]
