"""Derivatives of quantities along the continuous flow, as formulas: the rules of differentiation, applied once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fa_theory.errors import InputError

from .expression import Expr, constant, elementwise, where
from .operations import inverse, norm, slope, total

if TYPE_CHECKING:
    from .quantities import RunState

LINEAR = ("neg", "total", "mean", "trace", "transpose", "entry", "slice", "flat", "diagonal")


def flow_rate(quantity: Expr, state: RunState) -> Expr:
    """The derivative of a quantity along ``W' = −Δ_W, β' = −∇_β L − λβ`` at a state of the run.

    Raises
    ------
    InputError
        If it is not differentiable, or speaks of other states.
    """
    velocity = {
        "W": -state.feedback_W,
        "beta": -state.gradient_beta - state.run.given("lam", state.time) * state.beta,
    }
    known: dict[int, Expr | None] = {}

    def rate(x: Expr) -> Expr | None:
        """The derivative, or None where it is 0."""
        if id(x) not in known:
            known[id(x)] = _rate(x)
        return known[id(x)]

    def _rate(x: Expr) -> Expr | None:
        op, args = x.op, x.args
        if x.time is not None and op in ("leaf", "state", "previous"):
            name = x.value if op == "leaf" else x.value[1]
            if x.time != state.time or name not in velocity:
                raise InputError(f"{where()}: the rate of a quantity of another time, or of {name}, is not known")
            return velocity[name]
        rates = [rate(arg) for arg in args]
        if all(r is None for r in rates):
            return None
        first = rates[0]
        match op:
            case "named":
                return first
            case "add" | "sub":
                left, right = rates
                if right is None:
                    return _like(left, x)
                signed = right if op == "add" else -right
                return _like(signed if left is None else left + signed, x)
            case "mul" | "matmul" | "outer":
                u, v = args
                du, dv = rates
                terms = [_again(x, du, v)] if du is not None else []
                terms += [_again(x, u, dv)] if dv is not None else []
                return terms[0] if len(terms) == 1 else terms[0] + terms[1]
            case "div":
                u, v = args
                du, dv = rates
                if dv is None:
                    return None if du is None else elementwise("div", du, v)
                top = -(u * dv) if du is None else du * v - u * dv
                return elementwise("div", top, v * v)
            case "stack":
                return _again(x, *(r if r is not None else 0 * arg for r, arg in zip(rates, args, strict=True)))
        assert first is not None
        if op in LINEAR:
            return _again(x, first)
        match op:
            case "pow":
                power: Expr = args[0] ** (x.value - 1)
                return constant(x.value) * power * first
            case "sqrt":
                return first / (2 * x)
            case "exp":
                return x * first
            case "log":
                return first / args[0]
            case "psi":
                return slope(args[0]) * first
            case "norm":
                return total(args[0] * first) / norm(args[0])
            case "inverse":
                return -(inverse(args[0]) @ first @ inverse(args[0]))
        raise InputError(f"{where()}: the rate of {op} is not known; it may not be differentiable")

    found = rate(quantity)
    return constant(0) if found is None else found


def _again(x: Expr, *args: Expr) -> Expr:
    return Expr(x.op, args, x.rank, x.value, x.time, x.line)


def _like(rate: Expr | None, x: Expr) -> Expr:
    """A rate of the rank of the quantity, where a summand of lower rank is broadcast."""
    assert rate is not None
    return rate if rate.rank == x.rank else rate + 0 * x
