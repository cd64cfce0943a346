"""The domain of a conjecture, and whether a network lies in it: decided exactly, in rationals.

Ranges include both ends. ``gaussian`` inputs, targets and feedback may be any real numbers; ``sphere`` inputs have norm
1, those of the ``ball`` at most 1, ``orthonormal`` ones ``XXᵀ = I``; ``zero`` and ``bounded`` targets are 0 and at most
1; feedback is ±1 (``sign``) or β(0) (``tied``). Initial weights of scale 0 are 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import arb, fmpq

from fa_theory.checker import document as doc
from fa_theory.checker.ranges import ACTIVATIONS

from .formula import CONSTANTS, MOVING, is_name
from .numbers import Real, Undefined, Value, array, rational
from .rules import FEEDBACK

SIZES = ("n", "d", "p", "steps")
ALLOWED = {
    "inputs": ("gaussian", "sphere", "ball", "orthonormal"),
    "targets": ("gaussian", "zero", "bounded"),
    "feedback": ("gaussian", "sign", "tied"),
    "rule": tuple(FEEDBACK),
}
RESERVED = (*CONSTANTS, *MOVING, "k")
MAX_BITS, MAX_PRODUCTS = 20_000, 2_000_000
"""Longest sum of products, and how many products, that are computed exactly."""
MAX_ARRAYS, MAX_DATA = 32, 100_000
BOUNDED = ("X", "y", "W", "beta", "b")
OPTIONAL = ("arrays", "bounds", "data", "alignment")
"""What a domain may have besides: further arrays of any numbers, by name, with their axes; the largest Euclidean norm
of some parts; the exact inputs and targets; and the ends of cos∠(b, β(0))."""
DOMAIN = (*SIZES, "k", "eta", "lam", "activation", "cutoff", "W_scale", "beta_scale", *ALLOWED)


def read(value: object) -> Mapping[str, Any]:
    """Read a domain, as `fa_theory.conjectures.Domain.document` writes it."""
    extra = tuple(key for key in OPTIONAL if isinstance(value, dict) and key in value)
    stated = dict.fromkeys(OPTIONAL) | dict(doc.fields(value, "domain", (*DOMAIN, *extra)))
    stated["arrays"] = _arrays(stated["arrays"])
    stated["bounds"] = _bounds(stated["bounds"])
    stated["data"] = _data(stated["data"])
    if stated["alignment"] is not None:
        stated["alignment"] = _ends(stated["alignment"], "domain.alignment", rational)
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


def array_name(value: object, where: str) -> str:
    """Accept the name of an array that is not a part of the network."""
    if not is_name(value) or value in RESERVED:
        raise doc.refusal(where, "a name that is not that of a part of the network", value)
    return str(value)


def _arrays(value: object) -> dict[str, tuple[Any, ...]]:
    """Further arrays, with their axes: names of sizes, or numbers."""
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MAX_ARRAYS:
        raise doc.MalformedDocument(f"domain.arrays: expected an object of at most {MAX_ARRAYS} arrays")
    for name, axes in value.items():
        array_name(name, "domain.arrays")
        if not isinstance(axes, list) or not 0 < len(axes) <= 2 or not all(map(_is_axis, axes)):
            raise doc.refusal(f"domain.arrays.{name}", "one or two axes, each n, d, p, k or a number", axes)
    return {name: tuple(axes) for name, axes in value.items()}


def _is_axis(axis: object) -> bool:
    return axis in ("n", "d", "p", "k") if isinstance(axis, str) else type(axis) is int and 0 < axis <= 1024


def _bounds(value: object) -> dict[str, fmpq]:
    """Largest Euclidean norms by the name of the part."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(name in BOUNDED for name in value):
        raise doc.refusal("domain.bounds", f"an object with keys out of {', '.join(BOUNDED)}", value)
    return {name: _not_negative(bound, f"domain.bounds.{name}") for name, bound in value.items()}


def _data(value: object) -> dict[str, Value]:
    """Fixed inputs and targets."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(name in ("X", "y") for name in value):
        raise doc.refusal("domain.data", "an object with keys out of X, y", value)
    return {name: array(numbers, f"domain.data.{name}", MAX_DATA) for name, numbers in value.items()}


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
    if set(arrays) != {*BOUNDED, *domain["arrays"]}:
        return f"its arrays are not {', '.join((*BOUNDED, *domain['arrays']))}"
    for name, axes in domain["arrays"].items():
        shape = tuple(network[axis] if isinstance(axis, str) else axis for axis in axes)
        if arrays[name].shape != shape:
            return f"{name} is of shape {arrays[name].shape} and not {shape}"
    for name, fixed in domain["data"].items():
        if arrays[name].shape != fixed.shape or arrays[name].entries != fixed.entries:
            return f"{name} is not what the domain says"
    for name, bound in domain["bounds"].items():
        if _product(arrays[name].entries, arrays[name].entries) > bound * bound:
            return f"‖{name}‖ is larger than {bound}"
    if domain["alignment"] is not None and not _aligned(arrays["b"], arrays["beta"], *domain["alignment"]):
        return f"cos∠(b, β) is not within [{', '.join(map(str, domain['alignment']))}]"
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


def around(
    domain: Mapping[str, Any], network: Mapping[str, Any], arrays: Mapping[str, Value], radius: fmpq
) -> tuple[dict[str, Any], dict[str, Value]]:
    """A network whose balls contain all networks of the domain within a radius of this one, entry by entry.

    What the domain fixes stays as it is: so does a sign, which no other sign is near.
    """
    fixed = {
        "X": "X" in domain["data"],
        "y": "y" in domain["data"] or domain["targets"] == "zero",
        "W": domain["W_scale"] == 0,
        "beta": domain["beta_scale"] == 0,
        "b": domain["feedback"] == "sign" or (domain["feedback"] == "tied" and domain["beta_scale"] == 0),
    } | {name: domain[name][0] == domain[name][1] for name in ("eta", "lam")}

    def widened(name: str, x: Any) -> Any:
        return x if fixed.get(name, False) else arb(x) + arb(0, arb(radius).upper())

    parts = {name: Value(v.shape, [widened(name, x) for x in v.entries]) for name, v in arrays.items()}
    return dict(network) | {name: widened(name, network[name]) for name in ("eta", "lam")}, parts


def _aligned(b: Value, beta: Value, low: fmpq, high: fmpq) -> bool:
    """Whether ``low ≤ ⟨b, β⟩/(‖b‖‖β‖) ≤ high``; not where b or β is 0. Squares with their signs are compared."""
    along = _product(b.entries, beta.entries)
    size = _product(b.entries, b.entries) * _product(beta.entries, beta.entries)
    return bool(size > 0 and low * abs(low) * size <= along * abs(along) <= high * abs(high) * size)


def _product(u: list[Real], v: list[Real]) -> Any:
    """``⟨u, v⟩`` of raw rationals, which never becomes a ball."""
    total: Any = fmpq(0)
    for x, y in zip(u, v, strict=True):
        total += x * y
        if total.height_bits() > MAX_BITS:
            raise Undefined("domain: the inputs are too long for their norms to be computed exactly")
    return total
