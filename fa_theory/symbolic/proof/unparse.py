"""The JSON of the kernel's terms and formulas, the inverse of ``checker.proof.language``."""

from __future__ import annotations

from typing import Any

from fa_theory.checker.proof.terms import (
    NUMERAL,
    Add,
    Apply,
    Delta,
    Entry,
    Expectation,
    Formula,
    Index,
    Lambda,
    Multiply,
    Number,
    Power,
    Size,
    Sum,
    Term,
)

Json = Any


def index_json(index: Index) -> Json:
    """The JSON of an index."""
    if index.name == NUMERAL:
        return index.offset
    return [index.name, index.offset] if index.offset else index.name


def term_json(x: Term) -> Json:
    """The JSON of a term."""
    match x:
        case Number(value):
            return str(value) if value.denominator != 1 else value.numerator
        case Entry(tensor, at):
            return [tensor.name, *map(index_json, at)]
        case Add(terms):
            return ["+", *map(term_json, terms)]
        case Multiply(terms):
            return ["*", *map(term_json, terms)]
        case Power(base, exponent):
            return ["^", term_json(base), exponent]
        case Sum(index, body):
            return ["sum", [index.name], term_json(body)]
        case Size(sort, exponent):
            return ["size", sort, str(exponent)]
        case Delta(left, right):
            return ["delta", index_json(left), index_json(right)]
        case Apply("^t", (base_,), Index() as at_):
            return ["^t", term_json(base_.body), index_json(at_)]
        case Apply("num", _, Index() as at_):
            return ["num", index_json(at_)]
        case Apply(("d" | "differentiable") as name, (body_,), Index() as at_):
            return [name, body_.parameters[0].name, term_json(body_.body), index_json(at_)]
        case Apply(name, arguments):
            return ["fn", name, *map(_argument, arguments)]
        case Expectation(law, tensors, body):
            return ["mean", law.name, [v.name for v in tensors], term_json(body)]
        case _:
            raise TypeError(f"no JSON for {type(x).__name__}")


def _argument(x: Lambda) -> Json:
    body = term_json(x.body)
    return ["of", [v.name for v in x.parameters], body] if x.parameters else body


def formula_json(x: Formula) -> dict[str, Json]:
    """The JSON of a formula."""
    out: dict[str, Json] = {"say": [term_json(x.left), x.relation, term_json(x.right)]}
    if x.premises:
        out["if"] = [formula_json(p) for p in x.premises]
    if x.variables:
        out["all"] = [v.name for v in x.variables]
    return out
