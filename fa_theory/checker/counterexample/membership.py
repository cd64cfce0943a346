"""The domain of a conjecture, and whether a network lies in it: decided exactly, in rationals.

Ranges include both ends. ``gaussian`` inputs, targets and feedback may be any real numbers; ``sphere`` inputs have norm
1, those of the ``ball`` at most 1, ``orthonormal`` ones ``XXᵀ = I``; ``zero`` and ``bounded`` targets are 0 and at most
1; feedback is ±1 (``sign``) or β(0) (``tied``). Initial weights of scale 0 are 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import fmpq

from fa_theory.checker import document as doc
from fa_theory.checker.ranges import ACTIVATIONS

from .numbers import Real, Undefined, Value, rational
from .rules import FEEDBACK

SIZES = ("n", "d", "p", "steps")
ALLOWED = {
    "inputs": ("gaussian", "sphere", "ball", "orthonormal"),
    "targets": ("gaussian", "zero", "bounded"),
    "feedback": ("gaussian", "sign", "tied"),
    "rule": tuple(FEEDBACK),
}
MAX_BITS, MAX_PRODUCTS = 20_000, 2_000_000
"""Longest sum of products, and how many products, that are computed exactly."""
DOMAIN = (*SIZES, "k", "eta", "lam", "activation", "cutoff", "W_scale", "beta_scale", *ALLOWED)


def read(value: object) -> Mapping[str, Any]:
    """Read a domain, as `fa_theory.conjectures.Domain.document` writes it."""
    stated = dict(doc.fields(value, "domain", DOMAIN))
    for name in (*SIZES, *(("k",) if stated["k"] is not None else ())):
        stated[name] = _ends(stated[name], f"domain.{name}", doc.whole)
    for name in ("eta", "lam"):
        stated[name] = _ends(stated[name], f"domain.{name}", _not_negative)
    for name in ("W_scale", "beta_scale"):
        stated[name] = _not_negative(stated[name], f"domain.{name}")
    for name, allowed in ALLOWED.items():
        doc.text(stated[name], f"domain.{name}", allowed)
    cutoff(stated["cutoff"], "domain.cutoff")
    names = stated["activation"]
    if not isinstance(names, list) or not all(isinstance(name, str) and name in ACTIVATIONS for name in names):
        raise doc.MalformedDocument(f"domain.activation: expected a list out of {', '.join(ACTIVATIONS)}")
    return stated


def _ends(value: object, where: str, one: Any) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise doc.MalformedDocument(f"{where}: expected [low, high]")
    return one(value[0], where), one(value[1], where)


def _not_negative(value: object, where: str) -> fmpq:
    x = rational(value, where)
    if x < 0:
        raise doc.refusal(where, "a rational ≥ 0", value)
    return x


def cutoff(value: object, where: str) -> None:
    """Accept the step at which λ is switched off, or null."""
    if value is not None:
        doc.whole(value, where)


def outside(domain: Mapping[str, Any], network: Mapping[str, Any], arrays: Mapping[str, Value]) -> str:
    """Why the network is not in the domain, or nothing; decided exactly.

    Raises
    ------
    Undefined
        If it takes too long to decide.
    """
    if (domain["k"] is None) != (network["k"] is None):
        return "k: one output and several are not the same"
    for name in (*SIZES, "eta", "lam", *(() if domain["k"] is None else ("k",))):
        low, high = domain[name]
        if not low <= network[name] <= high:
            return f"{name} = {network[name]} is not within [{low}, {high}]"
    if not network["eta"] > 0:
        return "eta is not positive"
    if network["activation"] not in domain["activation"]:
        return f"activation {network['activation']} is not one of {', '.join(domain['activation'])}"
    for name in ("rule", "cutoff"):
        if network[name] != domain[name]:
            return f"{name} is {network[name]} and not {domain[name]}"
    X, y, b, beta = (arrays[name] for name in ("X", "y", "b", "beta"))
    rows = X.rows()
    if domain["inputs"] == "orthonormal" and len(rows) * len(X.entries) > MAX_PRODUCTS:
        raise Undefined("domain: there are too many inputs for their products to be computed exactly")
    squares = [_product(row, row) for row in rows] if domain["inputs"] != "gaussian" else []
    pairs = ((u, v) for i, u in enumerate(rows) for v in rows[:i])
    failures = {
        "an input is not of norm 1": domain["inputs"] == "sphere" and any(s != 1 for s in squares),
        "an input is longer than 1": domain["inputs"] == "ball" and any(s > 1 for s in squares),
        "XXᵀ is not the identity": domain["inputs"] == "orthonormal"
        and (len(rows) > X.shape[1] or any(s != 1 for s in squares) or any(_product(u, v) != 0 for u, v in pairs)),
        "y is not 0": domain["targets"] == "zero" and any(x != 0 for x in y.entries),
        "|y| is larger than 1": domain["targets"] == "bounded" and any(x * x > 1 for x in y.entries),
        "b is not ±1": domain["feedback"] == "sign" and any(x * x != 1 for x in b.entries),
        "b is not β(0)": domain["feedback"] == "tied" and b.entries != beta.entries,
        "W(0) is not 0": domain["W_scale"] == 0 and any(x != 0 for x in arrays["W"].entries),
        "β(0) is not 0": domain["beta_scale"] == 0 and any(x != 0 for x in beta.entries),
    }
    return next((reason for reason, fails in failures.items() if fails), "")


def _product(u: list[Real], v: list[Real]) -> Any:
    """``⟨u, v⟩`` of raw rationals, which never becomes a ball."""
    total: Any = fmpq(0)
    for x, y in zip(u, v, strict=True):
        total += x * y
        if total.height_bits() > MAX_BITS:
            raise Undefined("domain: the inputs are too long for their norms to be computed exactly")
    return total
